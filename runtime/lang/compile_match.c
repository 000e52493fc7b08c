/* compile_match.c - pattern matching to code: rows of tests become a decision tree, bodies are emitted once.
 *
 * A row is a clause with the tests that are left to do. Each step picks a place that the first row wants tested, takes the
 * rows that test it too, and makes one test or switch of them; what fits none goes on with the rows behind. So a place is
 * looked at once for many clauses, and a thousand literals are one SWITCH. Rows that do not care about the place stand in
 * the way of those behind them: a few are copied into each branch, else the group ends there (and its place may be looked
 * at again), so code stays linear in the size of the clauses.
 *
 * Tests that need values of the same pattern (^x, sizes, computed keys) are done last, in the order of their serials.
 * INVARIANT: rows are tried in the order of their clauses; a place that was loaded into a register is known on all paths
 * from there on, and forgotten (`trail`) where a path leaves that has not passed there. */
#include "lang/compile_internal.h"
#include "value/compare.h"
#include <stdlib.h>

#define COPY_ROWS_MAX 64   /* matrices up to this many rows may copy rows */
#define CHAIN_WORDS 3      /* up to so many words are compared one by one */
#define CHAIN_TERMS 6      /* the same for terms before they are searched */

typedef enum OccKind { OCC_REG, OCC_ELEMENT, OCC_BITS } OccKind;

typedef struct CcOcc { /* a place that is looked at */
    OccKind kind;
    int reg;               /* -1: not loaded */
    struct CcOcc *parent;  /* OCC_ELEMENT: the tuple; OCC_BITS: the bitstring */
    uint32_t index;        /* OCC_ELEMENT */
    int pos_reg;           /* OCC_BITS: register of the position, -1: none yet */
    int64_t pos;           /* OCC_BITS: the position when it is known, else -1 */
    const CcLabel *scope;  /* OCC_BITS: where tests go that fail for all rows that use it */
} CcOcc;

typedef struct Item { struct Item *next; CcOcc *occ; const CcPat *pat; } Item;

typedef struct Row {
    CcClause *clause;
    Item *items;           /* tests to be done, left to right */
    Item *late;            /* by serial */
    CcBind *binds, *last;  /* names, left to right */
} Row;

typedef struct Matching {
    Cc *c;
    const CcMatchWant *want;
    CC_ARRAY(CcOcc *) trail;
    int64_t budget;        /* rows that may still be copied */
    unsigned first_reg;
} Matching;

typedef struct State { unsigned top; uint32_t trail; } State;

static void match_rows(Matching *m, Row **rows, uint32_t n, CcLabel *fail);

/* ---- places ---- */

static State save(const Matching *m) { return (State){m->c->top, m->trail.n}; }

static void restore(Matching *m, State s)
{
    while (m->trail.n > s.trail) m->trail.at[--m->trail.n]->reg = -1;
    m->c->top = s.top;
}

static CcOcc *occ_new(Matching *m, OccKind kind, int reg)
{
    CcOcc *o = sx_cc_zero(m->c, sizeof *o);
    o->kind = kind;
    o->reg = reg;
    o->pos_reg = -1;
    o->pos = -1;
    return o;
}

static CcOcc *occ_element(Matching *m, CcOcc *tuple, uint32_t index)
{
    CcOcc *o = occ_new(m, OCC_ELEMENT, -1);
    o->parent = tuple;
    o->index = index;
    return o;
}

static CcOcc *occ_bits(Matching *m, CcOcc *bits, int64_t pos, int pos_reg, const CcLabel *scope)
{
    CcOcc *o = occ_new(m, OCC_BITS, -1);
    o->parent = bits;
    o->pos = pos;
    o->pos_reg = pos_reg;
    o->scope = scope;
    return o;
}

/* The register of a place; elements are loaded when they are first wanted, their tuple is loaded then. */
static unsigned load(Matching *m, CcOcc *o)
{
    if (o->reg < 0) {
        o->reg = (int)sx_cc_push(m->c);
        sx_cc_op(m->c, SX_OP_ELEMENT, (unsigned)o->reg, (unsigned)o->parent->reg, o->index);
        *CC_PUSH(m->trail) = o;
    }
    return (unsigned)o->reg;
}

/* ---- rows ---- */

static bool is_unused(const CcPat *p) { return p->kind == CC_PAT_ANY || (p->kind == CC_PAT_VAR && p->var->uses == 0); }

static void add_late(Matching *m, Row *row, CcOcc *occ, const CcPat *p)
{
    Item **at = &row->late;
    while (*at && (*at)->pat->serial < p->serial) at = &(*at)->next;
    Item *item = sx_cc_alloc(m->c, sizeof *item);
    *item = (Item){*at, occ, p};
    *at = item;
}

/* Add what p wants of the place: names are bound, tests go in at `where`. Answers where the next one goes. */
static Item **add(Matching *m, Row *row, Item **where, CcOcc *occ, const CcPat *p)
{
    while (p->kind == CC_PAT_ALIAS) {
        where = add(m, row, where, occ, p->pair.a);
        p = p->pair.b;
    }
    if (is_unused(p)) return where;
    if (p->kind == CC_PAT_VAR) {
        CcBind *b = sx_cc_alloc(m->c, sizeof *b), **at = &row->binds;
        *b = (CcBind){NULL, p->var, occ};
        if (row->last) at = &row->last->next;
        *at = row->last = b;
    } else if (p->kind == CC_PAT_PIN || p->late) {
        add_late(m, row, occ, p);
    } else {
        Item *item = sx_cc_alloc(m->c, sizeof *item);
        *item = (Item){*where, occ, p};
        *where = item;
        where = &item->next;
    }
    return where;
}

static Item **find(Row *row, const CcOcc *occ)
{
    for (Item **at = &row->items; *at; at = &(*at)->next)
        if ((*at)->occ == occ) return at;
    return NULL;
}

static bool may_copy(const Row *row) { return row->late == NULL && row->clause->n_guards == 0; }

static Row *copy_row(Matching *m, const Row *row)
{
    Row *copy = sx_cc_alloc(m->c, sizeof *copy);
    *copy = *row;
    Item **end = &copy->items;
    for (const Item *i = row->items; i; i = i->next) {
        *end = sx_cc_alloc(m->c, sizeof **end);
        **end = *i;
        end = &(*end)->next;
    }
    *end = NULL;
    CcBind **at = &copy->binds;
    for (const CcBind *i = row->binds; i; i = i->next) {
        copy->last = *at = sx_cc_alloc(m->c, sizeof **at);
        **at = *i;
        at = &(*at)->next;
    }
    CcClause *clause = row->clause;
    if (!clause->entry) {
        clause->entry = sx_cc_alloc(m->c, sizeof *clause->entry);
        *clause->entry = CC_LABEL;
    }
    m->budget--;
    return copy;
}

/* ---- one test after the other ---- */

static void test_items(Matching *m, Row *row, Item *items, CcLabel *no, bool final);

static bool wants_part(const CcPat *p) { return !is_unused(p); }

/* Head and tail of the cons in reg: places, NULL when nobody wants them. */
static void take_cons(Matching *m, unsigned reg, bool want_head, bool want_tail, CcOcc **head, CcOcc **tail, CcLabel *no)
{
    Cc *c = m->c;
    *head = *tail = NULL;
    if (!want_head && !want_tail) {
        sx_cc_test(c, SX_OP_IFCONS, reg, 0, 0, no);
        return;
    }
    unsigned first = sx_cc_push(c), second = first + 1;
    if (want_head && want_tail) second = sx_cc_push(c);
    else sx_cc_reserve(c, second + 1);
    if (want_head) {
        *head = occ_new(m, OCC_REG, (int)first);
        if (want_tail) *tail = occ_new(m, OCC_REG, (int)second);
        sx_cc_test(c, SX_OP_IFUNCONS, first, second, reg, no);
    } else {
        *tail = occ_new(m, OCC_REG, (int)first);
        sx_cc_test(c, SX_OP_IFUNCONS, second, first, reg, no);
    }
}

/* The value of a key in the map in reg; the register stays taken when `keep`. */
static unsigned take_key(Matching *m, unsigned reg, const CcNode *key, bool keep, CcLabel *no)
{
    Cc *c = m->c;
    unsigned r = sx_cc_push(c);
    c->top = r;
    sx_cc_emit_guarded(c, key, CC_REG(r), no);
    c->top = r + 1;
    sx_cc_test(c, SX_OP_IFKEY, r, reg, r, no);
    if (!keep) c->top = r;
    return r;
}

static void test_map(Matching *m, Row *row, CcOcc *occ, const CcPat *p, CcLabel *no, bool final)
{
    unsigned reg = load(m, occ);
    if (p->map.n == 0) sx_cc_test(m->c, SX_OP_IFTYPE, reg, SX_TYPE_MAP, 0, no);
    for (uint32_t i = 0; i < p->map.n; i++) {
        bool keep = wants_part(p->map.items[i]);
        unsigned r = take_key(m, reg, p->map.keys[i], keep, no);
        if (!keep) continue;
        Item *item = NULL;
        CcOcc *value = occ_new(m, OCC_REG, (int)r);
        if (final) {
            item = sx_cc_alloc(m->c, sizeof *item);
            *item = (Item){NULL, value, p->map.items[i]};
        } else {
            add(m, row, &item, value, p->map.items[i]);
        }
        test_items(m, row, item, no, final);
    }
}

/* A register with the position of a bits place that may be moved on. */
static unsigned position(Matching *m, const CcOcc *o, bool in_place)
{
    Cc *c = m->c;
    if (in_place && o->pos_reg >= 0) return (unsigned)o->pos_reg;
    unsigned r = sx_cc_push(c);
    if (o->pos >= 0) sx_cc_load(c, r, sx_small(o->pos));
    else sx_cc_move(c, r, (unsigned)o->pos_reg);
    return r;
}

static void test_bits(Matching *m, Row *row, CcOcc *o, const CcPat *p, CcLabel *no, bool final)
{
    Cc *c = m->c;
    const CcBin *bin = p->bits.bin;
    unsigned bits = load(m, o->parent), pos = position(m, o, o->scope == no && !final);
    for (uint32_t i = p->bits.from; i < bin->n && !c->failed; i++) {
        const CcSeg *s = &bin->segs[i];
        bool wanted = s->kind != CC_SEG_SAME && wants_part(s->pat);
        if (s->kind == CC_SEG_REST && s->unit == 1 && !wanted) break;
        sx_cc_emit_segment(c, s, bits, pos, wanted, no);
        if (!wanted) continue;
        unsigned r = sx_cc_push(c);
        if (s->pat->kind == CC_PAT_CONST) {
            sx_cc_test_word(c, r, s->pat->constant, no);
            c->top = r;
        } else if (final && s->pat->kind == CC_PAT_VAR) {
            s->pat->var->reg = r;
        } else if (final) {
            Item item = {NULL, occ_new(m, OCC_REG, (int)r), s->pat};
            test_items(m, row, &item, no, true);
        } else {
            Item *none = NULL;
            add(m, row, &none, occ_new(m, OCC_REG, (int)r), s->pat);
        }
    }
    if (bin->n == 0 || bin->segs[bin->n - 1].kind != CC_SEG_REST) sx_cc_test(c, SX_OP_IFEND, 0, bits, pos, no);
}

static void test_pin(Matching *m, CcOcc *occ, const CcPat *p, CcLabel *no)
{
    Cc *c = m->c;
    unsigned reg = load(m, occ), saved = c->top;
    sx_cc_test(c, SX_OP_IFEQ, reg, sx_cc_operand(c, p->value), 0, no);
    c->top = saved;
}

/* Do the tests of one row, its items from `items` on. `final`: names get their registers at once and nothing is put off. */
static void test_items(Matching *m, Row *row, Item *items, CcLabel *no, bool final)
{
    Cc *c = m->c;
    while (items && !c->failed) {
        CcOcc *occ = items->occ;
        const CcPat *p = items->pat;
        Item *rest = items->next, *parts = NULL, **where = &parts;
        switch ((CcPatKind)p->kind) {
        case CC_PAT_ANY: break;
        case CC_PAT_VAR: p->var->reg = load(m, occ); break;
        case CC_PAT_PIN: test_pin(m, occ, p, no); break;
        case CC_PAT_CONST: sx_cc_test_word(c, load(m, occ), p->constant, no); break;
        case CC_PAT_ALIAS:
        case CC_PAT_CONS: {
            CcOcc *a = occ, *b = occ;
            if (p->kind == CC_PAT_CONS) take_cons(m, load(m, occ), wants_part(p->pair.a), wants_part(p->pair.b), &a, &b, no);
            CcPat *const pats[] = {p->pair.a, p->pair.b};
            CcOcc *const occs[] = {a, b};
            for (int i = 0; i < 2; i++) {
                if (!occs[i]) continue;
                if (!final) {
                    where = add(m, row, where, occs[i], pats[i]);
                    continue;
                }
                *where = sx_cc_alloc(c, sizeof **where);
                **where = (Item){NULL, occs[i], pats[i]};
                where = &(*where)->next;
            }
            break;
        }
        case CC_PAT_TUPLE:
            sx_cc_test(c, SX_OP_IFTUPLE, load(m, occ), p->tuple.n, 0, no);
            for (uint32_t i = 0; i < p->tuple.n; i++) {
                if (!wants_part(p->tuple.items[i])) continue;
                CcOcc *element = occ_element(m, occ, i);
                if (!final) {
                    where = add(m, row, where, element, p->tuple.items[i]);
                    continue;
                }
                *where = sx_cc_alloc(c, sizeof **where);
                **where = (Item){NULL, element, p->tuple.items[i]};
                where = &(*where)->next;
            }
            break;
        case CC_PAT_MAP: test_map(m, row, occ, p, no, final); break;
        case CC_PAT_BIN:
            if (occ->kind == OCC_BITS) {
                test_bits(m, row, occ, p, no, final);
            } else {
                sx_cc_test(c, SX_OP_IFBITS, load(m, occ), 0, 0, no);
                test_bits(m, row, occ_bits(m, occ, 0, -1, NULL), p, no, final);
            }
            break;
        }
        *where = rest;
        items = parts;
    }
}

/* ---- leaves ---- */

static void bind_names(Matching *m, const Row *row)
{
    for (const CcBind *b = row->binds; b; b = b->next) b->var->reg = load(m, b->occ);
}

static void test_guards(Cc *c, const CcClause *clause, CcLabel *no)
{
    CcLabel ok = CC_LABEL;
    for (uint32_t i = 0; i < clause->n_guards; i++) {
        bool last = i + 1 == clause->n_guards;
        CcLabel next = CC_LABEL, *other = last ? no : &next;
        sx_cc_emit_guarded(c, clause->guards[i], CC_TEST_TO(true, other), other);
        if (last) break;
        sx_cc_jump(c, &ok);
        sx_cc_bind(c, &next);
    }
    sx_cc_bind(c, &ok);
}

/* The stack variable of a catch: the list that programs see is made only for those who ask. */
static void bind_trace(Matching *m, CcVar *trace)
{
    Cc *c = m->c;
    unsigned r = sx_cc_push(c), raw = m->first_reg + 2;
    const SxCell *cell = sx_cell_find(c->code, sx_atom("sx/%stacktrace"));
    if (cell && cell->fn && cell->fn->flags & SX_FN_NATIVE) {
        sx_cc_op(c, SX_OP_PRIM, r, raw, 1);
        sx_cc_word(c, cell->fn->prim);
    } else {
        sx_cc_move(c, r, raw);
    }
    trace->reg = r;
}

/* A second path to a body that was emitted: its variables go where the first path has put them. */
static void enter_again(Matching *m, const Row *row)
{
    Cc *c = m->c;
    const CcClause *clause = row->clause;
    unsigned n = 0;
    bool conflict = false;
    for (const CcBind *b = row->binds; b; b = b->next, n++) load(m, b->occ);
    for (const CcBind *b = row->binds; b && !conflict; b = b->next)
        for (const CcBind *other = row->binds; other && !conflict; other = other->next)
            conflict = n > 32 || (b != other && (int)b->var->reg == other->occ->reg && (int)other->var->reg != other->occ->reg);
    unsigned free_from = c->top > clause->top ? c->top : clause->top;
    for (unsigned r = c->top; r < clause->top; r++) sx_cc_op(c, SX_OP_CLEAR, r, 0, 0);
    c->top = free_from;
    for (const CcBind *b = row->binds; b; b = b->next)
        sx_cc_move(c, conflict ? sx_cc_push(c) : b->var->reg, (unsigned)b->occ->reg);
    for (const CcBind *b = row->binds; b && conflict; b = b->next) sx_cc_move(c, b->var->reg, free_from++);
    sx_cc_jump(c, clause->entry);
}

/* All tests of the row are done but the late ones and the guards; those go to `no`. */
static void leaf(Matching *m, Row *row, CcLabel *no)
{
    Cc *c = m->c;
    CcClause *clause = row->clause;
    if (c->dead || c->failed) return;
    if (clause->entered) {
        State s = save(m);
        enter_again(m, row);
        restore(m, s);
        return;
    }
    bind_names(m, row);
    unsigned saved = c->top;
    State s = save(m);
    test_items(m, row, row->late, no, true);
    test_guards(c, clause, no);
    if (!c->dead) {
        if (clause->entry) {
            sx_cc_bind(c, clause->entry);
            clause->entered = true;
            clause->top = c->top;
        }
        if (m->want->take) sx_cc_op(c, SX_OP_RECV_TAKE, 0, 0, 0);
        if (clause->trace) bind_trace(m, clause->trace);
        sx_cc_expr(c, clause->body, m->want->to);
        sx_cc_jump(c, m->want->end);
    }
    restore(m, s);
    c->top = saved;
}

/* ---- classes of tests ---- */

typedef enum Class { CLASS_WORD, CLASS_TERM, CLASS_LIST_TERM, CLASS_CONS, CLASS_TUPLE, CLASS_MAP, CLASS_BIN } Class;

static Class class_of(const CcPat *p)
{
    switch ((CcPatKind)p->kind) {
    case CC_PAT_CONST: return !sx_is_pointer(p->constant) ? CLASS_WORD : sx_is_cons(p->constant) ? CLASS_LIST_TERM : sx_is_tuple(p->constant) ? CLASS_TUPLE : CLASS_TERM;
    case CC_PAT_CONS: return CLASS_CONS;
    case CC_PAT_TUPLE: return CLASS_TUPLE;
    case CC_PAT_MAP: return CLASS_MAP;
    default: return CLASS_BIN;
    }
}

/* Do two values of these classes exclude each other, so that they can be branches of one switch? */
static bool is_exclusive(Class k) { return k <= CLASS_TUPLE; }

static int key_index(const CcPat *p, sx_val key)
{
    for (uint32_t i = 0; i < p->map.n; i++)
        if (sx_equal(p->map.keys[i]->constant, key)) return (int)i;
    return -1;
}

/* May rows with patterns a (the first) and b at this place, maps or bits, share the next test? */
static bool shares_test(const CcOcc *occ, const CcPat *a, const CcPat *b)
{
    Class k = class_of(a);
    if (k != class_of(b)) return false;
    if (k == CLASS_MAP) return a->map.n == 0 ? b->map.n == 0 : key_index(b, a->map.keys[0]->constant) >= 0;
    if (occ->kind != OCC_BITS) return true; /* is it a bitstring at all? */
    const CcBin *x = a->bits.bin, *y = b->bits.bin;
    uint32_t i = a->bits.from, j = b->bits.from;
    if (i == x->n || j == y->n) return i == x->n && j == y->n;
    return sx_cc_same_read(&x->segs[i], &y->segs[j]);
}

/* How many of the rows take part in the test of `occ` that the first one wants. Rows between them that do not care are
 * counted in when they may be copied. */
static uint32_t group_size(Matching *m, Row **rows, uint32_t n, const CcOcc *occ)
{
    const CcPat *first = (*find(rows[0], occ))->pat;
    bool exclusive = is_exclusive(class_of(first)) && occ->kind != OCC_BITS;
    uint32_t end = 1, wild = 0;
    for (uint32_t i = 1; i < n; i++) {
        Item **at = find(rows[i], occ);
        if (at && exclusive && is_exclusive(class_of((*at)->pat))) {
            if (wild && (int64_t)wild * (i + 1 - wild) > m->budget) break;
            end = i + 1;
        } else if (at && !exclusive && wild == 0 && shares_test(occ, first, (*at)->pat)) {
            end = i + 1;
        } else if (!at && exclusive && n <= COPY_ROWS_MAX && may_copy(rows[i])) {
            wild++;
        } else {
            break;
        }
    }
    return end;
}

/* The place to be tested: of those that the first row wants, the one that most of the next rows want too. */
static CcOcc *choose(Row **rows, uint32_t n)
{
    CcOcc *best = rows[0]->items->occ;
    uint32_t best_score = 0, items = 0, limit = n < 16 ? n : 16;
    for (const Item *i = rows[0]->items; i && items < 8; i = i->next, items++) {
        uint32_t score = 1;
        while (score < limit && find(rows[score], i->occ)) score++;
        if (score <= best_score) continue;
        best_score = score;
        best = i->occ;
    }
    return best;
}

/* ---- branches ---- */

typedef struct Branching {
    Matching *m;
    Row **rows;
    uint32_t n;
    CcOcc *occ;
    uint32_t *wild;        /* rows that do not care about the place, in order */
    uint32_t n_wild;
    CcLabel *fail;
} Branching;

/* Rows `chosen` (in order), with copies of those that do not care in their places. */
static Row **branch_rows(const Branching *b, const uint32_t *chosen, uint32_t n_chosen, uint32_t *n)
{
    Row **sub = sx_cc_alloc(b->m->c, (n_chosen + b->n_wild) * sizeof *sub);
    uint32_t i = 0, w = 0, at = 0;
    while (i < n_chosen || w < b->n_wild) {
        if (w == b->n_wild || (i < n_chosen && chosen[i] < b->wild[w])) sub[at++] = b->rows[chosen[i++]];
        else sub[at++] = copy_row(b->m, b->rows[b->wild[w++]]);
    }
    *n = at;
    return sub;
}

static void run_branch(const Branching *b, Row **sub, uint32_t n)
{
    State s = save(b->m);
    match_rows(b->m, sub, n, b->fail);
    restore(b->m, s);
}

/* The rows chosen have one and the same constant: their test is done. */
static void constant_branch(const Branching *b, const uint32_t *chosen, uint32_t n_chosen)
{
    uint32_t n;
    for (uint32_t i = 0; i < n_chosen; i++) {
        Item **at = find(b->rows[chosen[i]], b->occ);
        *at = (*at)->next;
    }
    Row **sub = branch_rows(b, chosen, n_chosen, &n);
    run_branch(b, sub, n);
}

typedef struct Choice { sx_val value; uint32_t row; } Choice;

static int by_word(const void *x, const void *y)
{
    const Choice *a = x, *b = y;
    if (a->value != b->value) return a->value < b->value ? -1 : 1;
    return a->row < b->row ? -1 : a->row > b->row;
}

static int by_term(const void *x, const void *y)
{
    const Choice *a = x, *b = y;
    int order = sx_compare(a->value, b->value);
    if (order == 0) order = sx_compare_exact(a->value, b->value);
    if (order != 0) return order;
    return a->row < b->row ? -1 : a->row > b->row;
}

typedef struct Run { sx_val value; uint32_t first, n; CcLabel label; } Run; /* rows that have one value */

/* Sorted choices as runs; the rows of run i are chosen[runs[i].first ..]. */
static Run *make_runs(Cc *c, Choice *choices, uint32_t n, uint32_t *n_runs, uint32_t *chosen)
{
    Run *runs = sx_cc_alloc(c, n * sizeof *runs);
    uint32_t count = 0;
    for (uint32_t i = 0; i < n; i++) {
        chosen[i] = choices[i].row;
        if (count == 0 || !sx_equal(runs[count - 1].value, choices[i].value)) runs[count++] = (Run){choices[i].value, i, 0, CC_LABEL};
        runs[count - 1].n++;
    }
    *n_runs = count;
    return runs;
}

/* Jump to the run's label by the word in reg. */
static void emit_switch(Cc *c, unsigned reg, Run *runs, uint32_t n, CcLabel *no)
{
    bool numbers = true;
    int64_t low = INT64_MAX, high = INT64_MIN;
    for (uint32_t i = 0; i < n && numbers; i++) {
        numbers = sx_is_small(runs[i].value);
        int64_t v = sx_small_value(runs[i].value);
        if (v < low) low = v;
        if (v > high) high = v;
    }
    uint64_t range = (uint64_t)high - (uint64_t)low;
    if (numbers && range < 2 * (uint64_t)n + 8) {
        uint32_t at = sx_cc_op(c, SX_OP_JTABLE, reg, 0, 0);
        CcLabel **table = sx_cc_alloc(c, (size_t)(range + 1) * sizeof *table);
        for (uint64_t i = 0; i <= range; i++) table[i] = no;
        for (uint32_t i = 0; i < n; i++) table[sx_small_value(runs[i].value) - low] = &runs[i].label;
        sx_cc_word(c, range + 1);
        sx_cc_jump_word(c, at, no);
        sx_cc_word(c, (uint64_t)low);
        for (uint64_t i = 0; i <= range; i++) sx_cc_jump_word(c, at, table[i]);
    } else {
        uint32_t at = sx_cc_op(c, SX_OP_SWITCH, reg, 0, 0);
        sx_cc_word(c, n);
        sx_cc_jump_word(c, at, no);
        for (uint32_t i = 0; i < n; i++) {
            sx_cc_word(c, runs[i].value);
            sx_cc_jump_word(c, at, &runs[i].label);
        }
    }
    c->dead = true;
}

static void test_words(const Branching *b, Choice *choices, uint32_t n, CcLabel *no)
{
    Cc *c = b->m->c;
    unsigned reg = load(b->m, b->occ);
    uint32_t n_runs, *chosen = sx_cc_alloc(c, n * sizeof *chosen);
    qsort(choices, n, sizeof *choices, by_word);
    Run *runs = make_runs(c, choices, n, &n_runs, chosen);
    bool chain = n_runs <= CHAIN_WORDS;
    if (!chain) emit_switch(c, reg, runs, n_runs, no);
    for (uint32_t i = 0; i < n_runs && !c->failed; i++) {
        CcLabel next = CC_LABEL;
        bool last = i + 1 == n_runs;
        if (chain) sx_cc_test_word(c, reg, runs[i].value, last ? no : &next);
        else sx_cc_bind(c, &runs[i].label);
        constant_branch(b, chosen + runs[i].first, runs[i].n);
        if (chain && !last) sx_cc_bind(c, &next);
    }
}

/* Terms in the heap: one after the other, or many by halves, ordered as < orders them. */
static void search_terms(const Branching *b, Run *runs, uint32_t n, const uint32_t *chosen, CcLabel *no)
{
    Cc *c = b->m->c;
    unsigned reg = load(b->m, b->occ);
    uint32_t middle = n / 2;
    while (middle > 0 && middle < n && sx_compare(runs[middle - 1].value, runs[middle].value) == 0) middle++;
    if (n > CHAIN_TERMS && middle < n && middle > 0) {
        CcLabel upper = CC_LABEL;
        unsigned saved = c->top, k = sx_cc_push(c);
        sx_cc_load(c, k, runs[middle].value);
        sx_cc_test(c, SX_OP_IFLT, reg, k, 0, &upper);
        c->top = saved;
        search_terms(b, runs, middle, chosen, no);
        sx_cc_bind(c, &upper);
        search_terms(b, runs + middle, n - middle, chosen, no);
        return;
    }
    for (uint32_t i = 0; i < n && !c->failed; i++) {
        CcLabel next = CC_LABEL;
        bool last = i + 1 == n;
        sx_cc_test_word(c, reg, runs[i].value, last ? no : &next);
        constant_branch(b, chosen + runs[i].first, runs[i].n);
        if (!last) sx_cc_bind(c, &next);
    }
}

static void test_terms(const Branching *b, Choice *choices, uint32_t n, CcLabel *no)
{
    Cc *c = b->m->c;
    uint32_t n_runs, *chosen = sx_cc_alloc(c, n * sizeof *chosen);
    qsort(choices, n, sizeof *choices, by_term);
    Run *runs = make_runs(c, choices, n, &n_runs, chosen);
    search_terms(b, runs, n_runs, chosen, no);
}

static CcPat *constant_pat(Matching *m, sx_val v)
{
    CcPat *p = sx_cc_pat(m->c, CC_PAT_CONST);
    p->constant = v;
    return p;
}

static void test_conses(const Branching *b, const uint32_t *chosen, uint32_t n_chosen, CcLabel *no)
{
    Matching *m = b->m;
    bool want_head = false, want_tail = false;
    for (uint32_t i = 0; i < n_chosen; i++) {
        const CcPat *p = (*find(b->rows[chosen[i]], b->occ))->pat;
        want_head = want_head || p->kind == CC_PAT_CONST || wants_part(p->pair.a);
        want_tail = want_tail || p->kind == CC_PAT_CONST || wants_part(p->pair.b);
    }
    CcOcc *head, *tail;
    State s = save(m);
    take_cons(m, load(m, b->occ), want_head, want_tail, &head, &tail, no);
    for (uint32_t i = 0; i < n_chosen; i++) {
        Row *row = b->rows[chosen[i]];
        Item **at = find(row, b->occ);
        const CcPat *p = (*at)->pat;
        *at = (*at)->next;
        if (p->kind == CC_PAT_CONST) {
            at = add(m, row, at, head, constant_pat(m, sx_head(p->constant)));
            add(m, row, at, tail, constant_pat(m, sx_tail(p->constant)));
        } else {
            if (head) at = add(m, row, at, head, p->pair.a);
            if (tail) add(m, row, at, tail, p->pair.b);
        }
    }
    uint32_t n;
    Row **sub = branch_rows(b, chosen, n_chosen, &n);
    match_rows(m, sub, n, b->fail);
    restore(m, s);
}

static void test_tuples(const Branching *b, const uint32_t *chosen, uint32_t n_chosen, uint32_t arity, CcLabel *no)
{
    Matching *m = b->m;
    unsigned reg = load(m, b->occ);
    sx_cc_test(m->c, SX_OP_IFTUPLE, reg, arity, 0, no);
    CcOcc **elements = sx_cc_alloc(m->c, (arity + 1) * sizeof *elements);
    for (uint32_t i = 0; i < arity; i++) elements[i] = occ_element(m, b->occ, i);
    for (uint32_t i = 0; i < n_chosen; i++) {
        Row *row = b->rows[chosen[i]];
        Item **at = find(row, b->occ);
        const CcPat *p = (*at)->pat;
        *at = (*at)->next;
        for (uint32_t k = 0; k < arity; k++)
            at = add(m, row, at, elements[k], p->kind == CC_PAT_CONST ? constant_pat(m, sx_tuple_elements(p->constant)[k]) : p->tuple.items[k]);
    }
    uint32_t n;
    Row **sub = branch_rows(b, chosen, n_chosen, &n);
    run_branch(b, sub, n);
}

/* Words, terms, conses and tuples at one place: a test for each class, in the order in which they first appear. */
static void test_exclusive(Branching *b)
{
    Matching *m = b->m;
    Cc *c = m->c;
    Choice *words = sx_cc_alloc(c, b->n * sizeof *words), *terms = sx_cc_alloc(c, b->n * sizeof *terms), *tuples = sx_cc_alloc(c, b->n * sizeof *tuples);
    uint32_t *conses = sx_cc_alloc(c, b->n * sizeof *conses), n_words = 0, n_terms = 0, n_conses = 0, n_tuples = 0;
    bool has_cons = false;
    b->wild = sx_cc_alloc(c, b->n * sizeof *b->wild);
    b->n_wild = 0;
    for (uint32_t i = 0; i < b->n && !has_cons; i++) {
        Item **at = find(b->rows[i], b->occ);
        has_cons = at && (*at)->pat->kind == CC_PAT_CONS;
    }
    Class first = class_of((*find(b->rows[0], b->occ))->pat);
    for (uint32_t i = 0; i < b->n; i++) {
        Item **at = find(b->rows[i], b->occ);
        if (!at) {
            b->wild[b->n_wild++] = i;
            continue;
        }
        const CcPat *p = (*at)->pat;
        switch (class_of(p)) {
        case CLASS_WORD: words[n_words++] = (Choice){p->constant, i}; break;
        case CLASS_TUPLE: tuples[n_tuples++] = (Choice){p->kind == CC_PAT_CONST ? sx_tuple_size(p->constant) : p->tuple.n, i}; break;
        case CLASS_TERM: terms[n_terms++] = (Choice){p->constant, i}; break;
        case CLASS_LIST_TERM:
            if (!has_cons) terms[n_terms++] = (Choice){p->constant, i};
            else conses[n_conses++] = i;
            break;
        default: conses[n_conses++] = i; break;
        }
    }
    qsort(tuples, n_tuples, sizeof *tuples, by_word);
    uint32_t n_left = (n_words > 0) + (n_terms > 0) + (n_conses > 0), *chosen = sx_cc_alloc(c, n_tuples * sizeof *chosen);
    for (uint32_t i = 0; i < n_tuples; i++) n_left += i == 0 || tuples[i].value != tuples[i - 1].value;
    CcLabel rest = CC_LABEL, *none = b->n_wild ? &rest : b->fail;
    load(m, b->occ);
    /* the class of the first row goes first: it is what the writer expects most */
    static const Class order[] = {CLASS_WORD, CLASS_CONS, CLASS_TUPLE, CLASS_TERM};
    for (int k = -1; k < 4; k++) {
        Class class = k < 0 ? (first == CLASS_LIST_TERM ? (has_cons ? CLASS_CONS : CLASS_TERM) : first) : order[k];
        for (uint32_t i = 0; class == CLASS_TUPLE && i < n_tuples;) {
            uint32_t end = i;
            for (; end < n_tuples && tuples[end].value == tuples[i].value; end++) chosen[end - i] = tuples[end].row;
            CcLabel next = CC_LABEL, *no = --n_left ? &next : none;
            test_tuples(b, chosen, end - i, (uint32_t)tuples[i].value, no);
            if (no == &next) sx_cc_bind(c, &next);
            i = end;
        }
        uint32_t *count = class == CLASS_WORD ? &n_words : class == CLASS_CONS ? &n_conses : class == CLASS_TERM ? &n_terms : &n_tuples;
        if (class != CLASS_TUPLE && *count) {
            CcLabel next = CC_LABEL, *no = --n_left ? &next : none;
            if (class == CLASS_WORD) test_words(b, words, n_words, no);
            else if (class == CLASS_TERM) test_terms(b, terms, n_terms, no);
            else test_conses(b, conses, n_conses, no);
            if (no == &next) sx_cc_bind(c, &next);
        }
        *count = 0;
    }
    if (b->n_wild == 0) return;
    sx_cc_bind(c, &rest);
    Row **sub = sx_cc_alloc(c, b->n_wild * sizeof *sub);
    for (uint32_t i = 0; i < b->n_wild; i++) sub[i] = b->rows[b->wild[i]];
    run_branch(b, sub, b->n_wild);
}

/* All rows have a map pattern here, with the first key of the first one (or with no keys at all). */
static void test_key(Branching *b)
{
    Matching *m = b->m;
    const CcPat *first = (*find(b->rows[0], b->occ))->pat;
    unsigned reg = load(m, b->occ);
    CcOcc *value = NULL;
    const CcNode *key = NULL;
    if (first->map.n == 0) {
        sx_cc_test(m->c, SX_OP_IFTYPE, reg, SX_TYPE_MAP, 0, b->fail);
    } else {
        bool keep = false;
        key = first->map.keys[0];
        for (uint32_t i = 0; i < b->n && !keep; i++) {
            const CcPat *p = (*find(b->rows[i], b->occ))->pat;
            keep = wants_part(p->map.items[key_index(p, key->constant)]);
        }
        value = occ_new(m, OCC_REG, (int)take_key(m, reg, key, keep, b->fail));
    }
    for (uint32_t i = 0; i < b->n; i++) {
        Row *row = b->rows[i];
        Item **at = find(row, b->occ);
        const CcPat *p = (*at)->pat;
        *at = (*at)->next;
        if (!key) continue;
        uint32_t k = (uint32_t)key_index(p, key->constant);
        at = add(m, row, at, value, p->map.items[k]);
        if (p->map.n == 1) continue;
        CcPat *others = sx_cc_alloc(m->c, sizeof *others);
        *others = *p;
        others->map.items = sx_cc_alloc(m->c, (p->map.n - 1) * sizeof *others->map.items);
        others->map.keys = sx_cc_alloc(m->c, (p->map.n - 1) * sizeof *others->map.keys);
        others->map.n = 0;
        for (uint32_t j = 0; j < p->map.n; j++) {
            if (j == k) continue;
            others->map.items[others->map.n] = p->map.items[j];
            others->map.keys[others->map.n++] = p->map.keys[j];
        }
        add(m, row, at, b->occ, others);
    }
    match_rows(m, b->rows, b->n, b->fail);
}

/* All rows have a bit pattern here: once it is a bitstring, they look at its position 0. */
static void test_bitstring(Branching *b)
{
    Matching *m = b->m;
    sx_cc_test(m->c, SX_OP_IFBITS, load(m, b->occ), 0, 0, b->fail);
    CcOcc *start = occ_bits(m, b->occ, 0, -1, b->fail);
    for (uint32_t i = 0; i < b->n; i++) (*find(b->rows[i], b->occ))->occ = start;
    match_rows(m, b->rows, b->n, b->fail);
}

/* All rows read the same segment next, or are all at the end. */
static void test_segment(Branching *b)
{
    Matching *m = b->m;
    Cc *c = m->c;
    CcOcc *occ = b->occ;
    const CcPat *first = (*find(b->rows[0], occ))->pat;
    unsigned bits = load(m, occ->parent), pos = position(m, occ, occ->scope == b->fail);
    if (first->bits.from == first->bits.bin->n) {
        sx_cc_test(c, SX_OP_IFEND, 0, bits, pos, b->fail);
        for (uint32_t i = 0; i < b->n; i++) {
            Item **at = find(b->rows[i], occ);
            *at = (*at)->next;
        }
        match_rows(m, b->rows, b->n, b->fail);
        return;
    }
    const CcSeg *seg = &first->bits.bin->segs[first->bits.from];
    bool wanted = false;
    for (uint32_t i = 0; i < b->n && seg->kind != CC_SEG_SAME && !wanted; i++) {
        const CcPat *p = (*find(b->rows[i], b->occ))->pat;
        wanted = wants_part(p->bits.bin->segs[p->bits.from].pat);
    }
    if (seg->kind != CC_SEG_REST || seg->unit != 1 || wanted) sx_cc_emit_segment(c, seg, bits, pos, wanted, b->fail);
    CcOcc *value = wanted ? occ_new(m, OCC_REG, (int)sx_cc_push(c)) : NULL;
    int64_t at_bit = occ->pos >= 0 && seg->kind == CC_SEG_SIZED ? occ->pos + (int64_t)(seg->size * seg->unit) : -1;
    CcOcc *next = occ_bits(m, occ->parent, at_bit, (int)pos, b->fail);
    for (uint32_t i = 0; i < b->n; i++) {
        Row *row = b->rows[i];
        Item **at = find(row, b->occ);
        const CcPat *p = (*at)->pat;
        *at = (*at)->next;
        const CcSeg *own = &p->bits.bin->segs[p->bits.from];
        if (value) at = add(m, row, at, value, own->pat);
        if (own->kind == CC_SEG_REST) continue;
        CcPat *others = sx_cc_alloc(c, sizeof *others);
        *others = *p;
        others->bits.from++;
        add(m, row, at, next, others);
    }
    match_rows(m, b->rows, b->n, b->fail);
}

/* ---- rows to code ---- */

static void match_rows(Matching *m, Row **rows, uint32_t n, CcLabel *fail)
{
    Cc *c = m->c;
    c->nesting++;
    while (n > 0 && !c->dead && !c->failed) {
        Row *row = rows[0];
        CcLabel next = CC_LABEL, *no = n > 1 ? &next : fail;
        uint32_t taken = 1;
        if (!row->items) {
            leaf(m, row, no);
        } else if (n == 1 || c->nesting > CC_MATCH_DEPTH) {
            State s = save(m);
            Item *items = row->items;
            row->items = NULL;
            test_items(m, row, items, no, false);
            leaf(m, row, no);
            restore(m, s);
        } else {
            CcOcc *occ = choose(rows, n);
            if (occ->kind != OCC_BITS) load(m, occ); /* known to the rows behind too */
            taken = group_size(m, rows, n, occ);
            if (taken == n) no = fail;
            Branching b = {.m = m, .rows = rows, .n = taken, .occ = occ, .fail = no};
            Class class = class_of((*find(row, occ))->pat);
            State s = save(m);
            if (class == CLASS_MAP) test_key(&b);
            else if (class == CLASS_BIN && occ->kind != OCC_BITS) test_bitstring(&b);
            else if (class == CLASS_BIN) test_segment(&b);
            else test_exclusive(&b);
            restore(m, s);
        }
        rows += taken;
        n -= taken;
        if (no == &next) sx_cc_bind(c, &next);
    }
    if (n == 0) sx_cc_jump(c, fail);
    c->nesting--;
}

void sx_cc_emit_match(Cc *c, const CcMatch *match, unsigned first_reg, const CcMatchWant *want)
{
    Matching m = {.c = c, .want = want, .first_reg = first_reg, .budget = 4 * (int64_t)match->n_clauses + 32};
    unsigned saved = c->top;
    CcOcc **columns = sx_cc_alloc(c, (match->n_columns + 1) * sizeof *columns);
    Row **rows = sx_cc_alloc(c, (match->n_clauses + 1) * sizeof *rows);
    for (uint32_t i = 0; i < match->n_columns; i++) columns[i] = occ_new(&m, OCC_REG, (int)(first_reg + i));
    for (uint32_t i = 0; i < match->n_clauses; i++) {
        Row *row = rows[i] = sx_cc_zero(c, sizeof *row);
        row->clause = match->clauses[i];
        Item **where = &row->items;
        for (uint32_t k = 0; k < match->n_columns; k++) where = add(&m, row, where, columns[k], row->clause->pats[k]);
    }
    match_rows(&m, rows, match->n_clauses, want->fail);
    sx_free(m.trail.at);
    c->top = saved;
}

void sx_cc_emit_pattern(Cc *c, const CcPat *pat, unsigned reg, CcLabel *no)
{
    Matching m = {.c = c};
    Row row = {0};
    add(&m, &row, &row.items, occ_new(&m, OCC_REG, (int)reg), pat);
    Item *items = row.items;
    row.items = NULL;
    test_items(&m, &row, items, no, false);
    bind_names(&m, &row);
    test_items(&m, &row, row.late, no, true);
    sx_free(m.trail.at);
}
