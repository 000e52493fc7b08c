/* compile_internal.h - what the files of the compiler share.
 *
 * A form is compiled in two passes. The first (compile_form.c, compile_pattern.c, compile_bits.c, compile_module.c) checks
 * shapes and makes a tree: names become variables, globals, functions; every function knows what it captures. The second
 * (compile_expr.c, compile_match.c, compile_bits.c) walks the tree and emits code; it can fail by limits only. Last,
 * compile.c puts the unit into the shared range.
 *
 * Everything but the growing arrays of a unit lives in one arena and goes with it.
 * INVARIANT: the first error stays in c->err and sets c->failed; from then on what functions answer has no meaning, and
 * loops end soon. Nothing is undone by jumping. */
#ifndef SX_COMPILE_INTERNAL_H
#define SX_COMPILE_INTERNAL_H

#include "lang/compile.h"

#define CC_MAX_ARGS 255
#define CC_MAX_REGISTERS 65000
#define CC_MAX_PARTS (1 << 26) /* of one form: what shares parts of itself could go on without end */
#define CC_MATCH_DEPTH 1000 /* of nested emission, before matching goes on clause by clause */

typedef enum CcFormId {
#define FORM(id, name, right, doc) CC_FORM_##id,
#define HABIT(name, right)
#define HINT(name, right)
#include "lang/forms.def"
#undef FORM
#undef HABIT
#undef HINT
    CC_FORM_NONE
} CcFormId;

typedef enum CcInlineClass { CC_BINARY, CC_UNARY, CC_SIZE, CC_NULLARY, CC_COMPARE, CC_TYPE, CC_WORD, CC_FALSE } CcInlineClass;
typedef struct CcInline {
    const char *module, *name;
    uint64_t extra;
    uint8_t arity, class, op;
} CcInline;

typedef struct CcPos { uint32_t line; uint16_t column, file; uint32_t macro; } CcPos; /* file: index into the unit's files; macro: as in SxPos */

typedef struct CcNode CcNode;
typedef struct CcPat CcPat;
typedef struct CcFn CcFn;
typedef struct CcUnit CcUnit;
typedef struct CcMatch CcMatch;

/* ---- names ---- */

typedef enum CcVarKind { CC_VAR_LOCAL, CC_VAR_FN /* bound by letrec or the name of a fn */, CC_VAR_CONST } CcVarKind;

typedef struct CcVar {
    sx_val name;
    CcFn *owner;          /* whose register it has */
    CcFn *fn;             /* CC_VAR_FN */
    sx_val constant;      /* CC_VAR_CONST */
    uint32_t uses, pattern; /* pattern: serial of the pattern that binds it */
    uint32_t reg;         /* while its owner is emitted */
    uint32_t free_index;  /* while a function that captured it is emitted */
    struct CcGroup *captured_by; /* the last one: saves a search */
    uint32_t rest_of, rest_from; /* is_rest: the argument and the byte that it begins at */
    uint8_t kind;
    bool needs_value;     /* CC_VAR_FN: wanted as a value in its owner */
    bool is_rest;         /* the rest of a binary that only tail calls want: it is made where they do, see compile_bytes.c */
} CcVar;

typedef struct CcBinding { sx_val name; CcVar *var; struct CcBinding *next; uint32_t bucket; } CcBinding;

typedef struct CcGlobal { /* what a free name means in this compilation */
    sx_val name, full;    /* full: of the cell */
    const SxFn *native;   /* a primitive that may be called directly, or NULL */
    sx_val sx_name;       /* name within namespace sx when it is the library's, else SX_NONE */
} CcGlobal;

/* Functions that share their captured values: those of one letrec, or one fn. */
typedef struct CcGroup {
    CcFn *owner;          /* evaluates the letrec or fn */
    CcVar **caps;         /* once resolved, only those that are values at run time */
    uint32_t n_caps, cap_caps, n_members;
    uint32_t reg;         /* in the owner: a closure of the group, when called */
    bool resolved, called;
} CcGroup;

struct CcFn {
    CcFn *parent;         /* NULL: the unit's or module's top */
    CcGroup *group;
    sx_val name, usage, doc;
    CcPos pos;
    CcVar **params;       /* required, optional, rest; NULL entries: not named */
    CcNode **defaults;    /* of the optional ones */
    CcNode *body;         /* or */
    CcMatch *match;       /* clauses over all arguments */
    CcVar *self;          /* CC_VAR_FN, or NULL */
    CcFn *next;           /* queue of functions to be emitted */
    uint32_t index;       /* in the unit, once emitted */
    uint32_t n_inner;     /* of the functions inside it, those that have their names */
    uint16_t n_required, n_optional, flags;
    bool rest, queued;
};
static inline unsigned sx_cc_fn_registers(const CcFn *f) { return (unsigned)f->n_required + f->n_optional + (f->rest ? 1 : 0); }

/* ---- tree ---- */

typedef enum CcNodeKind {
    CC_CONST, CC_VAR, CC_GLOBAL, CC_IF, CC_DO, CC_LET, CC_LETREC, CC_FN, CC_MATCH, CC_RECEIVE, CC_TRY, CC_BIN,
    CC_LIST, CC_TUPLE, CC_MAP, CC_MAP_PUT, CC_MAP_UPDATE, CC_OP, CC_TEST, CC_PRIM, CC_CALL, CC_CALL_FN /* known function */,
    CC_CALL_LOCAL /* of the module */, CC_CALL_GLOBAL, CC_CALL_EXPORT, CC_CALL_NAMED, CC_MAKE_FUN, CC_LOCAL_FN, CC_UNIT
} CcNodeKind;

enum { CC_SAFE_POINT = 1 /* a collection may happen inside */, CC_RAISES = 2, CC_BOOLEAN = 4 /* its value is true or false */ };
#define CC_EFFECTS (CC_SAFE_POINT | CC_RAISES)

typedef struct CcLetBinding { CcVar *var; CcPat *pat; CcNode *value; CcPos pos; } CcLetBinding; /* var, or pat, or neither */

typedef struct CcClause {
    CcPat **pats;
    CcNode **guards;      /* alternatives */
    CcNode *body;
    CcVar *trace;         /* of catch: the stack variable, when used */
    struct CcLabel *entry; /* when more than one path leads to the body */
    CcPos pos;
    uint32_t n_guards, pattern; /* pattern: its serial */
    uint32_t top;         /* registers in use where the body begins, */
    bool entered;         /* once it was emitted */
    bool has_late;        /* some pattern has to be tested last: see CcPat */
} CcClause;

struct CcMatch {
    CcClause **clauses;
    uint32_t n_clauses, n_columns;
};

typedef struct CcTry {
    CcNode *body, *after;
    CcMatch *of, *catch;  /* either may be NULL */
} CcTry;

typedef struct CcReceive {
    CcMatch *match;
    CcNode *timeout, *after; /* both or neither */
    CcVar *mark;          /* a variable that every clause wants in the message, or NULL */
} CcReceive;

struct CcNode {
    uint8_t kind, flags;
    CcPos pos;
    union {
        sx_val constant;
        CcVar *var;
        CcGlobal *global;
        CcFn *fn;         /* CC_FN, CC_LOCAL_FN */
        CcUnit *unit;
        struct { CcNode *test, *yes, *no; } branch;
        struct { CcNode **items; uint32_t n; } seq;                      /* CC_DO, CC_LIST (tail last), CC_TUPLE, CC_MAP ... */
        struct { CcLetBinding *bindings; CcNode *body; uint32_t n; } let;
        struct { CcGroup *group; CcFn **members; CcNode *body; } letrec;
        struct { CcNode **args; const CcInline *op; uint32_t n; } op;    /* CC_OP, CC_TEST */
        struct {                                                         /* calls */
            CcNode **args;
            union { CcNode *callee; CcVar *var; CcFn *fn; CcGlobal *global; const SxFn *native; struct { sx_val module, name; } export; };
            uint32_t n;
        } call;
        struct { CcNode *value; CcMatch *match; } match;
        CcReceive *receive;
        CcTry *try_;
        struct CcBin *bin;
    };
};

/* ---- patterns ---- */

typedef enum CcPatKind { CC_PAT_ANY, CC_PAT_VAR, CC_PAT_CONST, CC_PAT_CONS, CC_PAT_TUPLE, CC_PAT_MAP, CC_PAT_BIN, CC_PAT_ALIAS, CC_PAT_PIN } CcPatKind;

struct CcPat {
    uint8_t kind;
    bool late;            /* map, bin: needs variables of the same pattern, or values computed, so it is tested last */
    uint32_t serial;      /* order in which patterns were read: later ones may use the variables of earlier ones */
    union {
        CcVar *var;
        sx_val constant;
        struct { CcPat *a, *b; } pair;                                   /* CC_PAT_CONS, CC_PAT_ALIAS */
        struct { CcPat **items; uint32_t n; } tuple;
        struct { CcPat **items; CcNode **keys; uint32_t n; } map;
        struct { struct CcBin *bin; uint32_t from; } bits;               /* segments from `from` on */
        CcNode *value;    /* CC_PAT_PIN */
    };
};

typedef enum CcSegKind { CC_SEG_SAME /* the bits of a constant */, CC_SEG_SIZED, CC_SEG_SIZE_EXPR, CC_SEG_REST, CC_SEG_UTF } CcSegKind;
typedef struct CcSeg {
    uint8_t kind, type;   /* type: SX_SEG_* and its flags */
    uint16_t unit;
    uint64_t size;        /* CC_SEG_SIZED: units */
    CcNode *size_expr;
    union { CcPat *pat; CcNode *value; };
    sx_val same;
} CcSeg;
typedef struct CcBin { CcSeg *segs; uint32_t n; } CcBin;

/* ---- unit: what is emitted ---- */

typedef struct CcLabel { int64_t at; uint32_t patches; } CcLabel; /* at: -1 until bound; patches: chain of places to fill, 0 ends */
#define CC_LABEL ((CcLabel){-1, 0})
typedef struct CcPatch { uint32_t instruction, word, next; } CcPatch; /* instruction UINT32_MAX: word is a handler's index */

typedef enum CcRelocKind { CC_RELOC_CONST, CC_RELOC_FN, CC_RELOC_CLOSURE, CC_RELOC_CELL, CC_RELOC_EXPORT, CC_RELOC_UNIT } CcRelocKind;
typedef struct CcReloc {
    uint32_t word;
    uint16_t kind, arity;
    union { uint32_t constant; CcFn *fn; CcGlobal *global; CcUnit *unit; struct { sx_val module, name; } export; };
} CcReloc;

typedef struct CcFnOut { SxFn fn; uint32_t start; uint32_t handlers; } CcFnOut;

#define CC_ARRAY(type) struct { type *at; uint32_t n, cap; }

struct CcUnit {
    CcUnit *next;         /* units that are installed before this one, in order */
    sx_val module;
    CC_ARRAY(uint64_t) code;
    CC_ARRAY(CcReloc) relocs;
    CC_ARRAY(SxPos) positions;
    CC_ARRAY(SxHandler) handlers;
    CC_ARRAY(CcFnOut) fns;
    CC_ARRAY(sx_val) files;
    CC_ARRAY(sx_val) constants;
    uint32_t *constant_slots; /* hash table of indices + 1 */
    uint32_t n_constant_slots;
    CcFn *queue, **queue_end;
    struct CcLocals *locals; /* of a module: its functions by name and arity */
    SxUnit *installed;
};

/* Where the value of an expression goes. */
typedef enum CcDestKind { CC_TO_REG, CC_TO_RETURN, CC_TO_NOWHERE, CC_TO_TEST /* falls through when truth == sense, else jumps */ } CcDestKind;
typedef struct CcDest { CcDestKind kind; unsigned reg; CcLabel *label; bool sense; } CcDest;
#define CC_REG(r) ((CcDest){CC_TO_REG, (r), NULL, false})
#define CC_RETURN ((CcDest){CC_TO_RETURN, 0, NULL, false})
#define CC_NOWHERE ((CcDest){CC_TO_NOWHERE, 0, NULL, false})
#define CC_TEST_TO(truth, no) ((CcDest){CC_TO_TEST, 0, (no), (truth)})

typedef struct CcCold { struct CcCold *next; CcLabel label; CcPos pos; uint32_t reg, n, top; SxErrorOp op; } CcCold;

typedef struct CcChunk { struct CcChunk *next; size_t cap; } CcChunk;

#define CC_BUCKETS 512
#define CC_GLOBAL_SLOTS 64

typedef struct Cc { /* one compilation */
    SxCode *code;
    SxHeap *heap;
    const SxCompileOptions *options;
    SxCompileError *err;
    const struct CcNames *names;
    sx_val a_when, a_equal, a_default; /* atoms that are compared with often */
    bool failed, keeps;
    /* arena */
    CcChunk *chunks;
    char *arena, *arena_end;
    /* first pass */
    CcUnit *unit;
    CcUnit *modules;      /* to be installed before the main unit */
    CcFn *fn;             /* being read; NULL: top level */
    CcPos pos;            /* of the form at hand */
    sx_val last_file;
    uint16_t last_file_index;
    sx_val define_name;   /* names lambdas inside */
    CcBinding *buckets[CC_BUCKETS];
    CC_ARRAY(CcBinding *) scope;
    CcGlobal **globals;   /* hash table by name */
    uint32_t n_globals, n_global_slots;
    uint32_t depth, serial, n_parts;
    uint32_t pattern, n_patterns; /* serial of the pattern being read; how many there were */
    uint16_t guard;       /* > 0: inside a guard */
    bool has_late;        /* the clause at hand has patterns that are tested last */
    bool top_level;       /* the form at hand may be a define */
    /* second pass */
    CcFn *out;            /* being emitted; NULL: the entry function */
    uint32_t top, max_top, closure_reg;
    uint32_t barrier;     /* code offset that something refers to: the code before it stays */
    bool dead;            /* the end of the code cannot be reached: nothing is emitted */
    CcPos out_pos;
    CC_ARRAY(CcPatch) patches;
    CcCold *cold;
    uint32_t nesting;     /* of emission */
} Cc;

/* Room for one more in a growing array; answers where it goes. */
#define CC_PUSH(array) ((array).n == (array).cap ? sx_cc_grow((void **)&(array).at, &(array).cap, sizeof *(array).at) : (void)0, &(array).at[(array).n++])
void sx_cc_grow(void **at, uint32_t *cap, size_t n_bytes_each);

/* ---- compile_scope.c ---- */
void *sx_cc_alloc(Cc *c, size_t n_bytes); /* from the arena, not zeroed */
void *sx_cc_zero(Cc *c, size_t n_bytes);
const struct CcNames *sx_cc_names(void);
CcFormId sx_cc_form_id(const Cc *c, sx_val name); /* CC_FORM_NONE when it is no core form */
const char *sx_cc_right_form(CcFormId id);
const CcInline *sx_cc_inline(const Cc *c, sx_val module, sx_val name, unsigned arity); /* NULL when there is none */
/* Report an error at the form at hand (the first one counts); kind is a C string. Answers NULL. */
void *sx_cc_error(Cc *c, const char *kind, const char *format, ...) SX_PRINTF(3, 4);
void sx_cc_warn(Cc *c, const char *format, ...) SX_PRINTF(2, 3);
void sx_cc_place(Cc *c, sx_val form); /* the position of form (a symbol, or a list by its head) becomes that of the form at hand */
const char *sx_cc_text(sx_val atom);  /* for messages; "?" when it is none */
uint32_t sx_cc_scope(const Cc *c);    /* mark */
void sx_cc_unscope(Cc *c, uint32_t mark);
CcVar *sx_cc_var(Cc *c, sx_val name, CcVarKind kind); /* a new one of the function at hand, not yet bound */
void sx_cc_bind_name(Cc *c, sx_val name, CcVar *var);
CcVar *sx_cc_lookup(const Cc *c, sx_val name);        /* NULL: not lexical */
CcVar *sx_cc_use(Cc *c, CcVar *var, bool as_value);   /* count a use and let functions between capture it */
void sx_cc_resolve_group(CcGroup *g);                 /* drop captures that turned out to be constants */
CcGlobal *sx_cc_global(Cc *c, sx_val name, int argc, bool head); /* what a free name means; argc for messages, -1 as a value */
CcGlobal *sx_cc_own_global(Cc *c, sx_val name);       /* the name that a define gives */

/* Is this sum an ADDI: a variable part and a constant that fits? */
static inline bool sx_cc_addi(const CcNode *node, const CcNode **operand, int *immediate)
{
    if (node->kind != CC_OP || node->op.n != 2 || (node->op.op->op != SX_OP_ADD && node->op.op->op != SX_OP_SUB)) return false;
    bool add = node->op.op->op == SX_OP_ADD;
    for (int i = 1; i >= (add ? 0 : 1); i--) {
        const CcNode *k = node->op.args[i];
        if (k->kind != CC_CONST || !sx_is_small(k->constant)) continue;
        int64_t v = sx_small_value(k->constant);
        if (v < -32767 || v > 32767) continue;
        *operand = node->op.args[1 - i];
        *immediate = (int)(add ? v : -v);
        return true;
    }
    return false;
}

/* ---- compile_form.c ---- */
CcNode *sx_cc_form(Cc *c, sx_val form);
CcNode *sx_cc_guard_form(Cc *c, sx_val form);
CcNode *sx_cc_body(Cc *c, sx_val forms, const char *what); /* a list of forms as one; what: for whom a body must be there, or NULL */
CcNode **sx_cc_args(Cc *c, sx_val forms, uint32_t *n, unsigned *flags); /* has room for one more */
CcNode *sx_cc_node(Cc *c, CcNodeKind kind, unsigned flags);
CcNode *sx_cc_const(Cc *c, sx_val v);
CcNode *sx_cc_shape(Cc *c, CcFormId id);  /* error: the right form is ... */
int64_t sx_cc_length(sx_val list);        /* -1: not a proper list */
bool sx_cc_is_symbol(sx_val v, sx_val name);
CcFormId sx_cc_head(const Cc *c, sx_val form); /* of a list with a symbol in front */
bool sx_cc_binding_list(Cc *c, sx_val bindings, CcFormId id); /* is it a list of (name value) pairs? else an error is set */

/* ---- compile_call.c ---- */
CcNode *sx_cc_name_form(Cc *c, sx_val symbol);
CcNode *sx_cc_call_form(Cc *c, sx_val form);
CcNode *sx_cc_remote_form(Cc *c, sx_val form, int64_t n);
CcNode *sx_cc_remote_fn_form(Cc *c, sx_val form, int64_t n);
CcNode *sx_cc_fun_form(Cc *c, sx_val form, int64_t n);
CcNode *sx_cc_local_form(Cc *c, sx_val form, int64_t n, bool as_value);
CcNode *sx_cc_call_native(Cc *c, const SxFn *native, CcNode **args, uint32_t n);
bool sx_cc_refused_in_guard(Cc *c, const char *what);
bool sx_cc_remote_name(sx_val symbol, sx_val *module, sx_val *name); /* m:f */

/* ---- compile_fn.c ---- */
CcFn *sx_cc_fn_new(Cc *c, CcGroup *group, sx_val name);         /* a function inside the one at hand */
CcGroup *sx_cc_group_new(Cc *c);
void sx_cc_fn_read(Cc *c, CcFn *f, sx_val params, sx_val body); /* parameters and body */
void sx_cc_fn_clauses(Cc *c, CcFn *f, sx_val clauses, int64_t n_args); /* n_args -1: as many as in the first clause */
CcNode *sx_cc_fn_node(Cc *c, CcFn *f);
CcNode *sx_cc_fn_form(Cc *c, sx_val form, CcFormId id);
CcNode *sx_cc_letrec_form(Cc *c, sx_val form, int64_t n);

/* ---- compile_quote.c ---- */
sx_val sx_cc_quote(Cc *c, sx_val form); /* symbols become atoms, bracket forms what they stand for */

/* ---- compile_pattern.c ---- */
CcPat *sx_cc_pattern(Cc *c, sx_val form);
CcPat *sx_cc_pat(Cc *c, CcPatKind kind);
/* (pat... :when g ... body...): n patterns stand in front, or as a list of n when n_args >= 0. */
CcClause *sx_cc_clause(Cc *c, sx_val form, const char *what, int64_t n_args);
CcMatch *sx_cc_match_new(Cc *c, uint32_t n_clauses, uint32_t n_columns);
bool sx_cc_guards(Cc *c, CcClause *clause, sx_val *rest);

/* ---- compile_bits.c ---- */
CcPat *sx_cc_bin_pattern(Cc *c, sx_val form);
CcNode *sx_cc_bin_form(Cc *c, sx_val form);
void sx_cc_emit_bin(Cc *c, const CcNode *node, unsigned dst);
/* Read one segment of the bitstring in register `bits` at the position in register `pos`, which moves on; `no` when it is not
 * there. The value goes to the next free register, which is not taken; nothing is read when !wanted and it can be skipped. */
void sx_cc_emit_segment(Cc *c, const CcSeg *seg, unsigned bits, unsigned pos, bool wanted, CcLabel *no);
/* Do two segments read the same bits in the same way, with a size that is known? */
bool sx_cc_same_read(const CcSeg *a, const CcSeg *b);

/* ---- compile_module.c ---- */
CcNode *sx_cc_module(Cc *c, sx_val form);
CcNode *sx_cc_define(Cc *c, sx_val form);
void sx_cc_announce_defines(Cc *c, sx_val forms); /* names that a top-level `do` defines */
CcFn *sx_cc_local(Cc *c, sx_val name, int64_t arity); /* NULL when the module has none */

/* ---- compile_emit.c ---- */
uint32_t sx_cc_op(Cc *c, SxOp op, unsigned a, unsigned b, unsigned operand_c);
void sx_cc_word(Cc *c, uint64_t word);
void sx_cc_constant_word(Cc *c, sx_val v);
void sx_cc_reloc(Cc *c, CcReloc reloc);     /* the next word is that */
void sx_cc_load(Cc *c, unsigned reg, sx_val v);
void sx_cc_move(Cc *c, unsigned dst, unsigned src);
void sx_cc_at(Cc *c, CcPos pos);            /* what follows comes from here */
void sx_cc_jump(Cc *c, CcLabel *to);
void sx_cc_jump_word(Cc *c, uint32_t instruction, CcLabel *to);
void sx_cc_test(Cc *c, SxOp op, unsigned a, unsigned b, unsigned operand_c, CcLabel *no);
void sx_cc_test_word(Cc *c, unsigned reg, sx_val v, CcLabel *no); /* IFEQI, IFEQK or IFEQT */
void sx_cc_bind(Cc *c, CcLabel *label);
unsigned sx_cc_push(Cc *c);                 /* the next free register */
void sx_cc_reserve(Cc *c, unsigned n);      /* the frame holds at least n registers */
uint32_t sx_cc_region(Cc *c);               /* start of a protected region: here */
void sx_cc_handler(Cc *c, uint32_t start, unsigned base, bool is_guard, CcLabel *target); /* up to here */
/* Label of code out of the way that raises `op` with the value in reg, or with the tuple of the n_tuple values from there. */
CcLabel *sx_cc_cold(Cc *c, SxErrorOp op, unsigned reg, uint32_t n_tuple, CcPos pos);
void sx_cc_flush_cold(Cc *c, const CcCold *until); /* emit what was asked for since c->cold was `until` */
void sx_cc_queue(Cc *c, CcFn *fn);
void sx_cc_emit_unit(Cc *c, CcUnit *unit, const CcNode *entry); /* entry NULL: the queued functions only */
SxUnit *sx_cc_install(Cc *c, CcUnit *unit);
void sx_cc_unit_init(CcUnit *unit, sx_val module);
void sx_cc_unit_deinit(CcUnit *unit);

/* ---- compile_expr.c ---- */
void sx_cc_expr(Cc *c, const CcNode *node, CcDest to);
unsigned sx_cc_operand(Cc *c, const CcNode *node); /* a register that holds the value: a variable's, or the next free one */
void sx_cc_finish(Cc *c, CcDest to, unsigned reg); /* a value that stands in reg goes where it is wanted */
unsigned sx_cc_var_reg(Cc *c, CcVar *var);   /* of a variable, loaded when it was captured */

/* ---- compile_match.c ---- */
typedef struct CcBind { struct CcBind *next; CcVar *var; struct CcOcc *occ; } CcBind;
typedef struct CcMatchWant { CcDest to; CcLabel *end, *fail; bool take; } CcMatchWant; /* take: RECV_TAKE in front of bodies */
/* Emit the clauses over n_columns registers from first_reg on; whatever fits goes to want->end when it is done (and not
 * elsewhere), what fits none to want->fail. Falls through to neither. */
void sx_cc_emit_match(Cc *c, const CcMatch *match, unsigned first_reg, const CcMatchWant *want);
/* One pattern on a register; variables get registers, `no` when it does not fit. */
void sx_cc_emit_pattern(Cc *c, const CcPat *pat, unsigned reg, CcLabel *no);
void sx_cc_emit_guarded(Cc *c, const CcNode *node, CcDest to, CcLabel *no); /* an exception inside is just `no` */

#endif
