/* compile_bytes.c - matching that goes through binaries byte by byte: tokenizers, parsers, scanners.
 * Owns two things. The switch on a byte: literals and guards of many clauses are tried for each of its 256 values when they are
 * compiled, so one table does at run time what was a chain of tests. And rests: <<C, T/binary>> in the head of a function whose
 * T is only handed to tail calls that match it again makes an owned view (value/bits.h), moved on in place from call to call.
 *
 * INVARIANT: an owned view is in one argument register of a function of a module that has a bit pattern in that column, and
 * nowhere else. A clause that wants the argument for anything but such a tail call, or its rest twice, settles it first; so
 * does function_clause. */
#include "lang/compile_match.h"
#include "value/bits.h"

#define BYTES 256
#define NO_BYTE BYTES     /* the 257th case: the binary ends here */
#define CLASSES_MAX 64
#define TESTS_LEAST 3     /* literals and comparisons that make a table worth its 288 bytes */
#define ROWS_MAX 256

/* ---- segments and places ---- */

bool sx_cc_is_byte(const CcSeg *s) { return s->kind == CC_SEG_SIZED && s->type == SX_SEG_INTEGER && s->size * s->unit == 8; }
bool sx_cc_is_rest(const CcSeg *s) { return s->kind == CC_SEG_REST && (s->unit == 1 || s->unit == 8); }
bool sx_cc_at_byte(const CcOcc *o) { return o->kind == OCC_BITS && o->whole && o->pos >= 0 && o->pos % 8 == 0 && o->pos / 8 < UINT16_MAX; }

bool sx_cc_whole_bytes(const CcBin *bin)
{
    for (uint32_t i = 0; i < bin->n; i++) {
        const CcSeg *s = &bin->segs[i];
        bool whole = false;
        switch ((CcSegKind)s->kind) {
        case CC_SEG_SAME: whole = sx_bits_size(s->same) % 8 == 0; break;
        case CC_SEG_SIZED: whole = s->size * s->unit % 8 == 0; break;
        case CC_SEG_SIZE_EXPR:
        case CC_SEG_REST: whole = s->unit % 8 == 0; break;
        case CC_SEG_UTF: whole = true; break;
        }
        if (!whole) return false;
    }
    return true;
}

/* ---- guards over one byte ---- */

typedef enum Truth { NO, YES, OPEN } Truth;

static Truth known(bool b) { return b ? YES : NO; }

/* The value of an operand when `var` is the number `byte`; false: not known. */
static bool number(const CcNode *n, const CcVar *var, int64_t byte, int64_t *value)
{
    if (n->kind == CC_VAR && n->var == var) *value = byte;
    else if (n->kind == CC_CONST && sx_is_small(n->constant)) *value = sx_small_value(n->constant);
    else return false;
    return true;
}

/* Does the guard hold when `var` is `byte`? OPEN: only the running program knows. */
static Truth holds(const CcNode *n, const CcVar *var, int64_t byte)
{
    if (n->kind == CC_CONST) return known(sx_is_true(n->constant));
    if (n->kind == CC_IF) {
        Truth test = holds(n->branch.test, var, byte);
        if (test != OPEN) return holds(test == YES ? n->branch.yes : n->branch.no, var, byte);
        Truth yes = holds(n->branch.yes, var, byte), no = holds(n->branch.no, var, byte);
        /* a test that stays open may still raise, which makes the guard false */
        return yes == NO && no == NO ? NO : OPEN;
    }
    int64_t x, y;
    if (n->kind != CC_TEST || n->op.op->class != CC_COMPARE) return OPEN;
    if (!number(n->op.args[0], var, byte, &x) || !number(n->op.args[1], var, byte, &y)) return OPEN;
    if (n->op.op->extra) {
        int64_t swap = x;
        x = y;
        y = swap;
    }
    switch (n->op.op->op) {
    case SX_OP_IFEQ: case SX_OP_IFEQN: return known(x == y);
    case SX_OP_IFNE: case SX_OP_IFNEN: return known(x != y);
    case SX_OP_IFLT: return known(x < y);
    case SX_OP_IFLE: return known(x <= y);
    default: return OPEN;
    }
}

static uint32_t count_compares(const CcNode *n, const CcVar *var)
{
    if (n->kind == CC_IF) return count_compares(n->branch.test, var) + count_compares(n->branch.yes, var) + count_compares(n->branch.no, var);
    int64_t value;
    bool compares = n->kind == CC_TEST && n->op.op->class == CC_COMPARE && number(n->op.args[0], var, 0, &value) && number(n->op.args[1], var, 0, &value);
    return compares ? 1 : 0;
}

/* ---- the switch ---- */

typedef enum ByteKind { A_BYTE, AT_END, A_REST } ByteKind;
typedef struct ByteRow { ByteKind kind; const CcPat *bin, *pat; bool is_last; /* nothing else is tested */ uint32_t n_classes; bool open; } ByteRow;
typedef enum RowState { OUT, MAYBE, SURE } RowState; /* of a row for one value of the byte */
typedef struct ByteClass { uint8_t *state; CcLabel label; } ByteClass;

/* What the row looks at: a byte, the end, or whatever is left; false when it is something else. */
static bool byte_row(const CcRow *row, const CcOcc *occ, ByteRow *r)
{
    const CcItem *item = *sx_cc_find_test((CcRow *)(uintptr_t)row, occ);
    const CcBin *bin = item->pat->bits.bin;
    uint32_t from = item->pat->bits.from;
    *r = (ByteRow){.kind = AT_END, .bin = item->pat};
    bool alone = row->items == item && !item->next && !row->late;
    r->is_last = alone;
    if (from == bin->n) return true;
    const CcSeg *s = &bin->segs[from];
    r->pat = s->pat;
    if (sx_cc_is_rest(s)) {
        r->kind = A_REST;
        r->is_last = alone && s->pat->kind <= CC_PAT_VAR;
        return true;
    }
    if (!sx_cc_is_byte(s)) return false;
    r->kind = A_BYTE;
    r->is_last = alone && s->pat->kind != CC_PAT_PIN && from + 2 == bin->n && sx_cc_is_rest(&bin->segs[from + 1]) && bin->segs[from + 1].pat->kind <= CC_PAT_VAR;
    return true;
}

static const CcVar *byte_var(const ByteRow *r) { return r->kind == A_BYTE && r->pat->kind == CC_PAT_VAR ? r->pat->var : NULL; }

static RowState row_state(const CcRow *row, const ByteRow *r, int value)
{
    if (r->kind == A_BYTE && value == NO_BYTE) return OUT;
    if (r->kind == AT_END && value != NO_BYTE) return OUT;
    if (r->kind == A_BYTE && r->pat->kind == CC_PAT_CONST && r->pat->constant != sx_small(value)) return OUT;
    const CcClause *clause = row->clause;
    bool fits = row->sure || clause->n_guards == 0, open = false; /* by one of the alternatives, by one that is not known */
    for (uint32_t i = 0; i < clause->n_guards && !fits; i++) {
        Truth t = byte_var(r) ? holds(clause->guards[i], byte_var(r), value) : OPEN;
        fits = t == YES;
        open = open || t == OPEN;
    }
    if (!fits && !open) return OUT;
    return fits && !row->late ? SURE : MAYBE;
}

/* The states of all rows for one value, ended by the first that fits for certain. */
static void find_states(const CcBranching *b, const ByteRow *rows, int value, uint8_t *state)
{
    bool done = false;
    for (uint32_t i = 0; i < b->n; i++) {
        RowState s = done ? OUT : row_state(b->rows[i], &rows[i], value);
        state[i] = (uint8_t)s;
        done = done || (s == SURE && rows[i].is_last);
    }
}

/* Sort the 257 cases into classes; the first is that of the end. 0: too many. */
static uint32_t find_classes(const CcBranching *b, ByteRow *rows, ByteClass *classes, uint8_t *class_of)
{
    uint32_t n = 0;
    uint8_t *state = sx_cc_alloc(b->m->c, b->n);
    for (int value = NO_BYTE; value >= 0; value--) {
        uint32_t k = value == NO_BYTE ? 0 : 1;
        find_states(b, rows, value, state);
        while (k < n && memcmp(classes[k].state, state, b->n) != 0) k++;
        if (k == n) {
            if (n == CLASSES_MAX) return 0;
            classes[n++] = (ByteClass){.state = state, .label = CC_LABEL};
            for (uint32_t i = 0; i < b->n; i++) {
                rows[i].n_classes += state[i] != OUT;
                rows[i].open = rows[i].open || state[i] == MAYBE;
            }
            state = sx_cc_alloc(b->m->c, b->n);
        }
        if (value != NO_BYTE) class_of[value] = (uint8_t)k;
    }
    return n;
}

static bool is_worth_it(const CcBranching *b, const ByteRow *rows)
{
    uint32_t tests = 0;
    for (uint32_t i = 0; i < b->n && tests < TESTS_LEAST; i++) {
        const CcVar *var = byte_var(&rows[i]);
        tests += rows[i].kind == A_BYTE && rows[i].pat->kind == CC_PAT_CONST;
        for (uint32_t k = 0; var && k < b->rows[i]->clause->n_guards; k++) tests += count_compares(b->rows[i]->clause->guards[k], var);
    }
    return tests >= TESTS_LEAST;
}

/* The row as it goes on in a class. */
static CcRow *row_of_class(CcBranching *b, CcOcc *occ, uint32_t i, const ByteRow *r, RowState state, CcOcc *value, CcOcc *next)
{
    CcMatching *m = b->m;
    CcRow *row = r->n_classes > 1 ? sx_cc_copy_row(m, b->rows[i]) : b->rows[i];
    CcItem **at = sx_cc_find_test(row, occ);
    *at = (*at)->next;
    row->sure = row->sure || state == SURE;
    if (r->kind == A_REST) sx_cc_add_test(m, row, at, sx_cc_occ_rest(m, occ->parent, occ->pos / 8), r->pat);
    if (r->kind != A_BYTE) return row;
    if (r->pat->kind != CC_PAT_CONST) at = sx_cc_add_test(m, row, at, value, r->pat);
    CcPat *others = sx_cc_alloc(m->c, sizeof *others);
    *others = *r->bin;
    others->bits.from++;
    sx_cc_add_test(m, row, at, next, others);
    return row;
}

static void emit_class(CcBranching *b, CcOcc *occ, const ByteRow *rows, const ByteClass *class, CcOcc *value, CcOcc *next)
{
    CcRow **sub = sx_cc_alloc(b->m->c, (b->n + 1) * sizeof *sub);
    uint32_t n = 0;
    for (uint32_t i = 0; i < b->n; i++)
        if (class->state[i] != OUT) sub[n++] = row_of_class(b, occ, i, &rows[i], (RowState)class->state[i], value, next);
    sx_cc_run_branch(b, sub, n);
}

bool sx_cc_byte_switch(CcBranching *b, CcOcc *occ)
{
    CcMatching *m = b->m;
    Cc *c = m->c;
    if (b->n > ROWS_MAX || !sx_cc_at_byte(occ)) return false;
    ByteRow *rows = sx_cc_alloc(c, b->n * sizeof *rows);
    for (uint32_t i = 0; i < b->n; i++)
        if (!byte_row(b->rows[i], occ, &rows[i])) return false;
    if (!is_worth_it(b, rows)) return false;
    ByteClass classes[CLASSES_MAX];
    uint8_t class_of[BYTES];
    uint32_t n = find_classes(b, rows, classes, class_of), n_copies = 0;
    if (n == 0) return false;
    for (uint32_t i = 0; i < b->n; i++) {
        if (rows[i].n_classes > 1 && rows[i].open) return false; /* its body is entered behind the guards */
        if (rows[i].n_classes > 1) n_copies += rows[i].n_classes;
    }
    if (n_copies > m->budget) return false;

    CcState s = sx_cc_save(m);
    unsigned binary = sx_cc_occ_load(m, occ->parent), dst = sx_cc_push(c);
    CcOcc *value = sx_cc_occ(m, OCC_REG, (int)dst), *next = sx_cc_occ_bits(m, occ->parent, occ->pos + 8, -1, b->fail);
    next->whole = true;
    uint64_t words[BYTES / 8];
    memcpy(words, class_of, sizeof words);
    uint32_t at = sx_cc_op(c, SX_OP_BYTESWITCH, dst, binary, (unsigned)(occ->pos / 8));
    sx_cc_word(c, n);
    sx_cc_jump_word(c, at, b->fail);
    for (size_t i = 0; i < SX_COUNT(words); i++) sx_cc_word(c, words[i]);
    for (uint32_t k = 0; k < n; k++) {
        bool empty = memchr(classes[k].state, MAYBE, b->n) == NULL && memchr(classes[k].state, SURE, b->n) == NULL;
        sx_cc_jump_word(c, at, empty ? b->fail : &classes[k].label);
    }
    c->dead = true;
    for (uint32_t k = 0; k < n && !c->failed; k++) {
        if (classes[k].label.patches == 0) continue;
        sx_cc_bind(c, &classes[k].label);
        if (k == 0) sx_cc_op(c, SX_OP_CLEAR, dst, 0, 0);
        emit_class(b, occ, rows, &classes[k], value, next);
    }
    sx_cc_restore(m, s);
    return true;
}

/* ---- rests ---- */

/* Does argument i of f's own module calls take an owned view? */
static bool accepts_owned(const CcFn *f, uint32_t i)
{
    if (!f->match || f->match->n_columns != f->n_required || i >= f->match->n_columns) return false;
    for (uint32_t k = 0; k < f->match->n_clauses; k++) {
        const CcPat *p = f->match->clauses[k]->pats[i];
        while (p->kind == CC_PAT_ALIAS) {
            if (p->pair.a->kind == CC_PAT_BIN) return true;
            p = p->pair.b;
        }
        if (p->kind == CC_PAT_BIN) return true;
    }
    return false;
}

/* How many uses of v are the only argument v of a tail call that takes an owned view there. `n` is in tail position. */
static uint32_t owning_uses(const CcNode *n, const CcVar *v)
{
    uint32_t count = 0;
    switch ((CcNodeKind)n->kind) {
    case CC_IF: return owning_uses(n->branch.yes, v) + owning_uses(n->branch.no, v);
    case CC_DO: return owning_uses(n->seq.items[n->seq.n - 1], v);
    case CC_LET: return owning_uses(n->let.body, v);
    case CC_LETREC: return owning_uses(n->letrec.body, v);
    case CC_MATCH:
        for (uint32_t i = 0; i < n->match.match->n_clauses; i++) count += owning_uses(n->match.match->clauses[i]->body, v);
        return count;
    case CC_CALL_LOCAL:
        for (uint32_t i = 0; i < n->call.n; i++) {
            if (n->call.args[i]->kind != CC_VAR || n->call.args[i]->var != v) continue;
            if (count++ > 0 || !accepts_owned(n->call.fn, i)) return 0;
        }
        return count;
    default: return 0;
    }
}

static bool is_argument(const CcMatching *m, const CcOcc *o) { return m->fn && o->kind == OCC_REG && o->reg >= 0 && (uint32_t)o->reg < m->fn->match->n_columns; }

/* The argument that b's name is, or is a rest of, when it may be an owned view and no other name of the row wants it; *only
 * false: others do. NULL: no such argument. */
static const CcOcc *owned_argument(const CcMatching *m, const CcRow *row, const CcBind *b, bool *only)
{
    const CcOcc *argument = b->occ->kind == OCC_REST ? b->occ->parent : b->occ;
    if (!is_argument(m, argument) || !accepts_owned(m->fn, (uint32_t)argument->reg)) return NULL;
    *only = true;
    for (const CcBind *other = row->binds; other && *only; other = other->next)
        *only = other == b || (other->occ != argument && !(other->occ->kind == OCC_REST && other->occ->parent == argument));
    return argument;
}

void sx_cc_settle(CcMatching *m, const CcRow *row)
{
    for (const CcBind *b = row->binds; b && m->fn; b = b->next) {
        bool only;
        const CcOcc *argument = b->occ->kind == OCC_REST ? NULL : owned_argument(m, row, b, &only);
        if (argument && !(only && owning_uses(row->clause->body, b->var) == b->var->uses)) sx_cc_op(m->c, SX_OP_SETTLE, (unsigned)argument->reg, 0, 0);
    }
}

void sx_cc_find_rests(CcMatching *m, const CcRow *row)
{
    for (const CcBind *b = row->binds; b && m->fn; b = b->next) {
        bool only;
        const CcOcc *argument = b->occ->kind == OCC_REST ? owned_argument(m, row, b, &only) : NULL;
        if (!argument || !only || owning_uses(row->clause->body, b->var) != b->var->uses) continue;
        b->var->is_rest = true;
        b->var->rest_of = (uint32_t)argument->reg;
        b->var->rest_from = b->occ->index;
    }
}

/* Does the expression look at v? True also for what is not known here. */
static bool looks_at(const CcNode *n, const CcVar *v)
{
    switch ((CcNodeKind)n->kind) {
    case CC_CONST: return false;
    case CC_VAR: return n->var == v;
    case CC_IF: return looks_at(n->branch.test, v) || looks_at(n->branch.yes, v) || looks_at(n->branch.no, v);
    case CC_OP:
    case CC_TEST:
        for (uint32_t i = 0; i < n->op.n; i++)
            if (looks_at(n->op.args[i], v)) return true;
        return false;
    default: return true;
    }
}

bool sx_cc_guards_use(const CcRow *row, const CcVar *v)
{
    if (row->late) return true;
    for (uint32_t i = 0; i < row->clause->n_guards && !row->sure; i++)
        if (looks_at(row->clause->guards[i], v)) return true;
    return false;
}
