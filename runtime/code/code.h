/* code.h - code objects: functions, units, globals, exports, and the store that knows them.
 * All of it lives in the shared range and is copied with it into the boot image; so addresses inside these structs are
 * 64-bit words on every machine (SX_PTR), and C functions appear as primitive numbers only.
 * INVARIANT: a unit never changes once published. What can change is the value of a cell or export, one word at a time. */
#ifndef SX_CODE_H
#define SX_CODE_H

#include "base/buf.h"
#include "value/shared.h"
#include "value/atom.h"

/* A pointer that takes 64 bits everywhere. */
#define SX_PTR(type, name) union { type *name; uint64_t name##_word; }

typedef enum SxOp {
#define OP(name, operands, extra, what) SX_OP_##name,
#include "code/opcodes.def"
#undef OP
    SX_OP_COUNT
} SxOp;

typedef struct SxOpInfo { const char *name, *operands, *extra, *what; } SxOpInfo;
extern const SxOpInfo sx_op_info[SX_OP_COUNT];
/* Words of the instruction at pc. */
size_t sx_op_length(const uint64_t *pc);

SX_INLINE uint64_t sx_instr(SxOp op, unsigned a, unsigned b, unsigned c) { return (uint64_t)op | (uint64_t)(a & 0xffff) << 16 | (uint64_t)(b & 0xffff) << 32 | (uint64_t)(c & 0xffff) << 48; }
#define SX_INSTR_OP(w) ((unsigned)((w)&0xffff))
#define SX_INSTR_A(w) ((unsigned)((w) >> 16) & 0xffff)
#define SX_INSTR_B(w) ((unsigned)((w) >> 32) & 0xffff)
#define SX_INSTR_C(w) ((unsigned)((w) >> 48))
#define SX_INSTR_IB(w) ((int16_t)((w) >> 32))
#define SX_INSTR_IC(w) ((int16_t)((w) >> 48))

/* BYTESWITCH: classes of the 256 bytes stand as bytes from word 3 on, the offsets behind them. */
#define SX_CLASSES 3
#define SX_CLASS_OFFSETS (SX_CLASSES + 256 / 8)
SX_INLINE const uint8_t *sx_classes(const uint64_t *pc) { return (const uint8_t *)(pc + SX_CLASSES); }

typedef enum SxTypeTest {
    SX_TYPE_ATOM, SX_TYPE_INTEGER, SX_TYPE_FLOAT, SX_TYPE_NUMBER, SX_TYPE_LIST, SX_TYPE_TUPLE, SX_TYPE_MAP, SX_TYPE_BINARY,
    SX_TYPE_BITSTRING, SX_TYPE_FUNCTION, SX_TYPE_PID, SX_TYPE_REFERENCE, SX_TYPE_BOOLEAN, SX_TYPE_SYMBOL
} SxTypeTest;
typedef enum SxErrorOp { SX_ERR_BADMATCH, SX_ERR_CASE_CLAUSE, SX_ERR_TRY_CLAUSE, SX_ERR_IF_CLAUSE, SX_ERR_BADARG, SX_ERR_ERROR /* reason is the value itself */ } SxErrorOp;
enum { SX_SIZE_TUPLE, SX_SIZE_MAP, SX_SIZE_BYTES, SX_SIZE_LENGTH };

/* Segment spec of IFGET/IFSKIP: type and flags of bits.h in bits 0..7; unit in bits 8..19 (1..256); bit 20: the size is in
 * register (spec >> 32), else (spec >> 32) is the size itself; the segment has size * unit bits. utf types take no size. */
#define SX_SPEC(type_flags, unit, is_reg, size) ((uint64_t)(type_flags) | (uint64_t)(unit) << 8 | (uint64_t)((is_reg) ? 1 : 0) << 20 | (uint64_t)(size) << 32)
#define SX_SPEC_TYPE(s) ((int)((s)&0xff))
#define SX_SPEC_UNIT(s) ((size_t)((s) >> 8) & 0xfff)
#define SX_SPEC_IS_REG(s) (((s) >> 20) & 1)
#define SX_SPEC_SIZE(s) ((size_t)((s) >> 32))
/* Build descriptor of BIN: a constant tuple with a small integer for each segment: spec as above, but the size, when bit 20 is
 * set, is in the register behind the segment's value; bit 21: no size given: the whole bitstring (BITS), or utf. */
#define SX_SPEC_ALL ((uint64_t)1 << 21)

struct SxUnit;

typedef struct SxHandler { /* code offsets in words from the unit's first word; inner ones first */
    uint32_t start, end, target;
    uint16_t base;     /* first of the three registers */
    uint16_t is_guard; /* an exception inside is just "false": jump, build nothing */
} SxHandler;

typedef struct SxPos { /* the instruction at `offset` and those behind it come from here */
    uint32_t offset, line;
    uint16_t column, file; /* index into the unit's files */
    uint32_t macro;        /* whose expansion it is: index of an atom, 0: none (atom 0 names no macro) */
} SxPos;

enum { SX_FN_REST = 1, SX_FN_NATIVE = 2 /* code is a stub that calls `prim` */, SX_FN_EXPORTED = 4, SX_FN_GUARD = 8 /* native, allowed in guards */, SX_FN_LAMBDA = 16,
       SX_FN_REMOTE = 32 /* stub behind the value `fun M:F/A`: calls the export */, SX_FN_MODULE = 64 /* stands in a module: prints as m:f/n */ };

typedef struct SxFn {
    SX_PTR(const uint64_t, code);
    union {                      /* calls look at all four in one word */
        struct {
            uint16_t min_args, max_args; /* max_args does not count the rest list; registers 0..max_args(+rest) are the arguments */
            uint16_t frame;              /* stack words that an activation needs, its outgoing arguments included */
            uint16_t flags;
        };
        uint64_t shape;
    };
    uint32_t n_free;             /* captured values; the closure is then in the register behind the arguments */
    uint32_t prim;               /* with SX_FN_NATIVE */
    sx_val name;                 /* atom; SX lambdas: the name of what encloses them */
    sx_val module;               /* Erlang module, or SX namespace atom (`` when none) */
    sx_val usage, doc;           /* shared binaries or nil: "(area r)" */
    SX_PTR(struct SxUnit, unit);
    SX_PTR(SxHandler, handlers);
    uint32_t n_handlers, n_code; /* n_code: words */
    sx_val closure;              /* the closure value of a function without captured values, shared; SX_NONE before it exists */
} SxFn;
/* Takes exactly argc arguments as they stand, and is bytecode (little-endian order of the four fields). */
SX_INLINE bool sx_fn_fits(const SxFn *fn, uint64_t argc) { return (fn->shape & (((uint64_t)(SX_FN_REST | SX_FN_NATIVE) << 48) | 0xffffffff)) == (argc | argc << 16); }
SX_INLINE unsigned sx_fn_registers(const SxFn *fn) { return fn->max_args + (fn->flags & SX_FN_REST ? 1u : 0u); } /* argument registers */

typedef struct SxUnit { /* what one compilation made: a top-level form, or a module */
    SX_PTR(uint64_t, code);
    SX_PTR(SxFn, fns);
    SX_PTR(SxPos, positions);
    SX_PTR(sx_val, files);       /* atoms */
    uint32_t n_code, n_fns, n_positions, n_files; /* functions stand in code order */
    sx_val module;
    uint64_t owner;              /* the process whose transient evaluation it is (sx_code_drop_units_of), 0: none */
} SxUnit;

typedef struct SxCell { /* a global of SX */
    sx_val value;                /* SX_NONE: not defined. Always shared or immediate */
    SX_PTR(SxFn, fn);            /* its function, when the value is a function without captured values */
    sx_val name, doc;            /* full name: ns/name */
    uint64_t flags;
} SxCell;
enum { SX_CELL_LIBRARY = 1 /* defined by the library: user code may shadow, never change it */, SX_CELL_MACRO = 2 };

typedef struct SxExport { /* module:name/arity */
    SX_PTR(SxFn, fn);            /* NULL: undefined */
    sx_val module, name;
    uint64_t arity;
    sx_val closure;              /* `fun M:F/A`, shared; SX_NONE until asked for */
} SxExport;

typedef struct SxModule { /* a loaded Erlang-like module */
    sx_val name, info;           /* info: shared map (exports, attributes, file) */
    SX_PTR(SxUnit, unit);        /* NULL: deleted */
    uint64_t version;
    uint64_t has_old;            /* 1: versions before this one were not purged yet */
} SxModule;

/* A primitive as C declares it (see proc/prim.h) looks like this to the compiler and to `doc`. */
struct SxPrim;

typedef struct SxTable { SX_PTR(uint64_t, slots); uint64_t n, cap; } SxTable; /* open addressing; a slot is an address or 0; slots[-1] is cap too */

typedef struct SxCode { /* the store: one for a runtime */
    SxShared shared;
    SxTable cells, exports, modules;
    SX_PTR(uint64_t, units);     /* addresses of SxUnit in rising order of their code */
    uint64_t n_units, cap_units;
    SX_PTR(sx_val, keep);        /* what lies below in the range stays: sx_code_drop_unit gives back nothing of it */
    uint64_t prims_hash;         /* over the usage strings */
    const struct SxPrim *const *prims; /* by number; not part of the image */
    uint32_t n_prims;
} SxCode;

/* Looking up may happen on any thread at any time; whatever adds or changes is called by one thread at a time. */
void sx_code_init(SxCode *c);
/* Something else in the range (a value that a table keeps, say) stays: sx_code_drop_unit may not give it back. */
void sx_code_keep(SxCode *c);
/* The cell of a full name, made when it is new; NULL: the shared limit is reached. */
SxCell *sx_cell(SxCode *c, sx_val full_name);
SxCell *sx_cell_find(const SxCode *c, sx_val full_name); /* NULL when nobody mentioned it */
/* Give a cell its value (copied into the shared range). False: the shared limit is reached. */
bool sx_cell_define(SxCode *c, SxCell *cell, sx_val value, sx_val doc);
SxExport *sx_export(SxCode *c, sx_val module, sx_val name, unsigned arity);
SxExport *sx_export_find(const SxCode *c, sx_val module, sx_val name, unsigned arity);
SxModule *sx_module_find(const SxCode *c, sx_val name); /* NULL: not loaded, or deleted */
/* The module is called no more: its functions are old code from now on. False: it is not loaded, or has old code already. */
bool sx_module_delete(SxCode *c, sx_val name);
bool sx_module_has_old(const SxCode *c, sx_val name);
bool sx_module_purge(SxCode *c, sx_val name); /* nobody is in old code any more, says the caller. False: there is none */
/* Is fn code of a version of its module that is not the one that calls reach? */
bool sx_fn_is_old(const SxCode *c, const SxFn *fn);
/* Publish the functions of a unit as module `name`: exports point to the new version from now on; natives win over them. */
SxModule *sx_module_install(SxCode *c, sx_val name, SxUnit *unit, sx_val info);
/* The shared closure of a function without captured values. */
sx_val sx_fn_closure(SxCode *c, SxFn *fn);
sx_val sx_export_closure(SxCode *c, SxExport *e);
/* `ns/name` as one atom; name alone when ns is the empty atom. */
sx_val sx_full_name(sx_val ns, sx_val name);

/* Which function and source position a code address belongs to. False when none. */
typedef struct SxWhere { const SxFn *fn; sx_val file, macro; uint32_t line, column; } SxWhere; /* macro: full name, or nil */
bool sx_code_where(const SxCode *c, const uint64_t *pc, SxWhere *out);
const SxFn *sx_code_fn_at(const SxCode *c, const uint64_t *pc); /* NULL when none */
/* Walk a table (cells, exports, modules): NULL at the end. *at is 0 at first. */
void *sx_table_next(const SxTable *t, uint64_t *at);
/* A unit whose code is in place becomes known to the store. */
bool sx_code_add_unit(SxCode *c, SxUnit *unit);
/* Take back the newest unit, of an evaluation that left nothing behind: its memory from the lowest of its parts (or from what
 * was made since and stays: cells, exports, closures) up to the top is given back. A unit that is not the newest stays. */
void sx_code_drop_unit(SxCode *c, SxUnit *unit);
/* The same for the newest units, as long as this process (a pid) owns them; none of them runs any more. */
void sx_code_drop_units_of(SxCode *c, uint64_t owner);

/* Register primitives: numbers by order, a stub function, a cell (`sx/name`) or an export for each arity. Called once at
 * start: without an image in a fresh store, with one after it was read (then only the table is set). False: the usage
 * strings are not those that the image was built with, or the shared limit is reached. A usage string that does not parse,
 * or a name that is there twice, ends the program.
 * PRIM gets SX_NONE for an optional argument that is absent; what belongs to `& rest` follows as it is, argc tells how much. */
bool sx_code_add_prims(SxCode *c, const struct SxPrim *const *prims, uint32_t n_prims);
uint64_t sx_prims_hash(const struct SxPrim *const *prims, uint32_t n_prims); /* never 0 in practice: FNV over the usages */

/* The function that stands for a primitive. */
const SxFn *sx_code_prim_fn(const SxCode *c, uint32_t prim);

/* Does code keep to the formats: operands inside the frame, jumps inside the function, constants well formed? False and a
 * message otherwise. Run on every image in debug flavours and on what a stranger hands in. */
bool sx_code_verify(const SxCode *c, const SxUnit *unit, SxBuf *why);
/* Text of a function's code, a line an instruction with source lines between. */
void sx_code_disassemble(const SxCode *c, const SxFn *fn, SxBuf *out);

/* ---- image ---- */
/* Everything in the store, the atoms and the range as bytes; relocatable (see image.c). */
bool sx_image_write(SxCode *c, SxBuf *out);
/* Is this an image for this build (version, opcodes, static atoms) and these primitives? False: *why says what differs. */
bool sx_image_matches(const void *bytes, size_t n_bytes, const struct SxPrim *const *prims, uint32_t n_prims, const char **why);
/* Fill a fresh store (nothing but static atoms exist yet) from an image. False: not an image of this build; *why says it. */
bool sx_image_read(SxCode *c, const void *bytes, size_t n_bytes, bool own, const char **why);

#endif
