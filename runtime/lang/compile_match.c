/* compile_match.c - pattern matching to code: rows of tests become a decision tree, bodies are emitted once.
 *
 * A row is a clause with the tests that are left to do. Each step picks a place that the first row wants tested, takes the
 * rows that test it too, and makes one test or switch of them; what fits none goes on with the rows behind. So a place is
 * looked at once for many clauses, and a thousand literals are one SWITCH. Rows that do not care about the place stand in
 * the way of those behind them: a few are copied into each branch, else the group ends there (and its place may be looked
 * at again), so code stays linear in the size of the clauses.
 *
 * Tests that need values of the same pattern (^x, sizes, computed keys) are done last, in the order of their serials. One step
 * for many rows is compile_branch.c; here are the loop over rows, rows that stand alone, guards and bodies.
 * INVARIANT: rows are tried in the order of their clauses; a place that was loaded into a register is known on all paths
 * from there on, and forgotten (`trail`) where a path leaves that has not passed there. */
#include "lang/compile_match.h"
#include "value/bits.h"

/* ---- places ---- */

CcState sx_cc_save(const CcMatching *m) { return (CcState){m->c->top, m->trail.n}; }

void sx_cc_restore(CcMatching *m, CcState s)
{
    while (m->trail.n > s.trail) m->trail.at[--m->trail.n]->reg = -1;
    m->c->top = s.top;
}

CcOcc *sx_cc_occ(CcMatching *m, CcOccKind kind, int reg)
{
    CcOcc *o = sx_cc_zero(m->c, sizeof *o);
    o->kind = kind;
    o->reg = reg;
    o->pos_reg = -1;
    o->pos = -1;
    return o;
}

CcOcc *sx_cc_occ_element(CcMatching *m, CcOcc *tuple, uint32_t index)
{
    CcOcc *o = sx_cc_occ(m, OCC_ELEMENT, -1);
    o->parent = tuple;
    o->index = index;
    return o;
}

CcOcc *sx_cc_occ_bits(CcMatching *m, CcOcc *bits, int64_t pos, int pos_reg, const CcLabel *scope)
{
    CcOcc *o = sx_cc_occ(m, OCC_BITS, -1);
    o->parent = bits;
    o->pos = pos;
    o->pos_reg = pos_reg;
    o->scope = scope;
    return o;
}

CcOcc *sx_cc_occ_rest(CcMatching *m, CcOcc *binary, int64_t from_byte)
{
    CcOcc *o = sx_cc_occ(m, OCC_REST, -1);
    o->parent = binary;
    o->index = (uint32_t)from_byte;
    return o;
}

/* The register of a place; elements and rests are loaded when they are first wanted, what they are part of is loaded then. */
unsigned sx_cc_occ_load(CcMatching *m, CcOcc *o)
{
    if (o->reg < 0) {
        o->reg = (int)sx_cc_push(m->c);
        sx_cc_op(m->c, o->kind == OCC_REST ? SX_OP_REST : SX_OP_ELEMENT, (unsigned)o->reg, (unsigned)o->parent->reg, o->index);
        *CC_PUSH(m->trail) = o;
    }
    return (unsigned)o->reg;
}

/* ---- rows ---- */

static bool is_unused(const CcPat *p) { return p->kind == CC_PAT_ANY || (p->kind == CC_PAT_VAR && p->var->uses == 0); }

static void add_late(CcMatching *m, CcRow *row, CcOcc *occ, const CcPat *p)
{
    CcItem **at = &row->late;
    while (*at && (*at)->pat->serial < p->serial) at = &(*at)->next;
    CcItem *item = sx_cc_alloc(m->c, sizeof *item);
    *item = (CcItem){*at, occ, p};
    *at = item;
}

/* Add what p wants of the place: names are bound, tests go in at `where`. Answers where the next one goes. */
CcItem **sx_cc_add_test(CcMatching *m, CcRow *row, CcItem **where, CcOcc *occ, const CcPat *p)
{
    while (p->kind == CC_PAT_ALIAS) {
        where = sx_cc_add_test(m, row, where, occ, p->pair.a);
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
    } else if (p->kind == CC_PAT_CONST && sx_is_bits(p->constant) && sx_bits_size(p->constant) == 0) {
        CcPat *empty = sx_cc_pat(m->c, CC_PAT_BIN); /* so that it shares the test for a bitstring with its neighbours */
        empty->bits.bin = sx_cc_zero(m->c, sizeof *empty->bits.bin);
        return sx_cc_add_test(m, row, where, occ, empty);
    } else {
        CcItem *item = sx_cc_alloc(m->c, sizeof *item);
        *item = (CcItem){*where, occ, p};
        *where = item;
        where = &item->next;
    }
    return where;
}

CcItem **sx_cc_find_test(CcRow *row, const CcOcc *occ)
{
    for (CcItem **at = &row->items; *at; at = &(*at)->next)
        if ((*at)->occ == occ) return at;
    return NULL;
}

/* ---- one test after the other ---- */

static void test_items(CcMatching *m, CcRow *row, CcItem *items, CcLabel *no, bool final);

bool sx_cc_wants(const CcPat *p) { return !is_unused(p); }

/* Head and tail of the cons in reg: places, NULL when nobody wants them. */
void sx_cc_take_cons(CcMatching *m, unsigned reg, bool want_head, bool want_tail, CcOcc **head, CcOcc **tail, CcLabel *no)
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
        *head = sx_cc_occ(m, OCC_REG, (int)first);
        if (want_tail) *tail = sx_cc_occ(m, OCC_REG, (int)second);
        sx_cc_test(c, SX_OP_IFUNCONS, first, second, reg, no);
    } else {
        *tail = sx_cc_occ(m, OCC_REG, (int)first);
        sx_cc_test(c, SX_OP_IFUNCONS, second, first, reg, no);
    }
}

/* The value of a key in the map in reg; the register stays taken when `keep`. */
unsigned sx_cc_take_key(CcMatching *m, unsigned reg, const CcNode *key, bool keep, CcLabel *no)
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

static void test_map(CcMatching *m, CcRow *row, CcOcc *occ, const CcPat *p, CcLabel *no, bool final)
{
    unsigned reg = sx_cc_occ_load(m, occ);
    if (p->map.n == 0) sx_cc_test(m->c, SX_OP_IFTYPE, reg, SX_TYPE_MAP, 0, no);
    for (uint32_t i = 0; i < p->map.n; i++) {
        bool keep = sx_cc_wants(p->map.items[i]);
        unsigned r = sx_cc_take_key(m, reg, p->map.keys[i], keep, no);
        if (!keep) continue;
        CcItem *item = NULL;
        CcOcc *value = sx_cc_occ(m, OCC_REG, (int)r);
        if (final) {
            item = sx_cc_alloc(m->c, sizeof *item);
            *item = (CcItem){NULL, value, p->map.items[i]};
        } else {
            sx_cc_add_test(m, row, &item, value, p->map.items[i]);
        }
        test_items(m, row, item, no, final);
    }
}

/* A register with the position of a bits place that may be moved on. */
unsigned sx_cc_position(CcMatching *m, const CcOcc *o, bool in_place)
{
    Cc *c = m->c;
    if (in_place && o->pos_reg >= 0) return (unsigned)o->pos_reg;
    unsigned r = sx_cc_push(c);
    if (o->pos >= 0) sx_cc_load(c, r, sx_small(o->pos));
    else sx_cc_move(c, r, (unsigned)o->pos_reg);
    return r;
}

/* A part of a bit pattern has its value at this place. */
static void take_segment(CcMatching *m, CcRow *row, CcOcc *value, const CcPat *p, CcLabel *no, bool final)
{
    if (!final) {
        CcItem *none = NULL;
        sx_cc_add_test(m, row, &none, value, p);
        test_items(m, row, none, no, false);
    } else if (p->kind == CC_PAT_VAR) {
        p->var->reg = sx_cc_occ_load(m, value);
    } else {
        CcItem item = {NULL, value, p};
        test_items(m, row, &item, no, true);
    }
}

static void test_bits(CcMatching *m, CcRow *row, CcOcc *o, const CcPat *p, CcLabel *no, bool final)
{
    Cc *c = m->c;
    const CcBin *bin = p->bits.bin;
    unsigned bits = sx_cc_occ_load(m, o->parent);
    CcOcc at = *o; /* moves on; its register is made when it is needed and is ours then */
    bool own = o->scope == no && !final;
    for (uint32_t i = p->bits.from; i < bin->n && !c->failed; i++) {
        const CcSeg *s = &bin->segs[i];
        bool wanted = s->kind != CC_SEG_SAME && sx_cc_wants(s->pat), by_byte = sx_cc_at_byte(&at);
        if (s->kind == CC_SEG_REST && !wanted && (s->unit == 1 || by_byte)) break;
        if (by_byte && sx_cc_is_rest(s)) {
            take_segment(m, row, sx_cc_occ_rest(m, o->parent, at.pos / 8), s->pat, no, final);
            break;
        }
        if (by_byte && sx_cc_is_byte(s)) {
            sx_cc_reserve(c, c->top + 1);
            sx_cc_test(c, SX_OP_IFBYTE, c->top, bits, (unsigned)(at.pos / 8), no);
            at.pos += 8;
            at.pos_reg = -1;
        } else {
            unsigned pos = sx_cc_position(m, &at, own);
            own = true;
            at.pos_reg = (int)pos;
            sx_cc_emit_segment(c, s, bits, pos, wanted, no);
            at.pos = at.pos >= 0 && s->kind == CC_SEG_SIZED ? at.pos + (int64_t)(s->size * s->unit) : -1;
        }
        if (!wanted) continue;
        unsigned r = sx_cc_push(c);
        if (s->pat->kind == CC_PAT_CONST) {
            sx_cc_test_word(c, r, s->pat->constant, no);
            if (r + 1 == c->top) c->top = r;
        } else {
            take_segment(m, row, sx_cc_occ(m, OCC_REG, (int)r), s->pat, no, final);
        }
    }
    if (bin->n > 0 && bin->segs[bin->n - 1].kind == CC_SEG_REST) return;
    if (sx_cc_at_byte(&at)) sx_cc_test(c, SX_OP_IFBYTES, bits, (unsigned)(at.pos / 8), 0, no);
    else sx_cc_test(c, SX_OP_IFEND, 0, bits, sx_cc_position(m, &at, own), no);
}

static void test_pin(CcMatching *m, CcOcc *occ, const CcPat *p, CcLabel *no)
{
    Cc *c = m->c;
    unsigned reg = sx_cc_occ_load(m, occ), saved = c->top;
    sx_cc_test(c, SX_OP_IFEQ, reg, sx_cc_operand(c, p->value), 0, no);
    c->top = saved;
}

/* Do the tests of one row, its items from `items` on. `final`: names get their registers at once and nothing is put off. */
static void test_items(CcMatching *m, CcRow *row, CcItem *items, CcLabel *no, bool final)
{
    Cc *c = m->c;
    while (items && !c->failed) {
        CcOcc *occ = items->occ;
        const CcPat *p = items->pat;
        CcItem *rest = items->next, *parts = NULL, **where = &parts;
        switch ((CcPatKind)p->kind) {
        case CC_PAT_ANY: break;
        case CC_PAT_VAR: p->var->reg = sx_cc_occ_load(m, occ); break;
        case CC_PAT_PIN: test_pin(m, occ, p, no); break;
        case CC_PAT_CONST: sx_cc_test_word(c, sx_cc_occ_load(m, occ), p->constant, no); break;
        case CC_PAT_ALIAS:
        case CC_PAT_CONS: {
            CcOcc *a = occ, *b = occ;
            if (p->kind == CC_PAT_CONS) sx_cc_take_cons(m, sx_cc_occ_load(m, occ), sx_cc_wants(p->pair.a), sx_cc_wants(p->pair.b), &a, &b, no);
            CcPat *const pats[] = {p->pair.a, p->pair.b};
            CcOcc *const occs[] = {a, b};
            for (int i = 0; i < 2; i++) {
                if (!occs[i]) continue;
                if (!final) {
                    where = sx_cc_add_test(m, row, where, occs[i], pats[i]);
                    continue;
                }
                *where = sx_cc_alloc(c, sizeof **where);
                **where = (CcItem){NULL, occs[i], pats[i]};
                where = &(*where)->next;
            }
            break;
        }
        case CC_PAT_TUPLE:
            sx_cc_test(c, SX_OP_IFTUPLE, sx_cc_occ_load(m, occ), p->tuple.n, 0, no);
            for (uint32_t i = 0; i < p->tuple.n; i++) {
                if (!sx_cc_wants(p->tuple.items[i])) continue;
                CcOcc *element = sx_cc_occ_element(m, occ, i);
                if (!final) {
                    where = sx_cc_add_test(m, row, where, element, p->tuple.items[i]);
                    continue;
                }
                *where = sx_cc_alloc(c, sizeof **where);
                **where = (CcItem){NULL, element, p->tuple.items[i]};
                where = &(*where)->next;
            }
            break;
        case CC_PAT_MAP: test_map(m, row, occ, p, no, final); break;
        case CC_PAT_BIN:
            if (occ->kind == OCC_BITS) {
                test_bits(m, row, occ, p, no, final);
            } else {
                CcOcc *start = sx_cc_occ_bits(m, occ, 0, -1, NULL);
                start->whole = sx_cc_whole_bytes(p->bits.bin);
                sx_cc_test(c, start->whole ? SX_OP_IFBINARY : SX_OP_IFBITS, sx_cc_occ_load(m, occ), 0, 0, no);
                test_bits(m, row, start, p, no, final);
            }
            break;
        }
        *where = rest;
        items = parts;
    }
}

/* ---- leaves ---- */

static void bind_names(CcMatching *m, const CcRow *row)
{
    for (const CcBind *b = row->binds; b; b = b->next)
        if (!b->var->is_rest) b->var->reg = sx_cc_occ_load(m, b->occ);
}

/* The same in front of guards: rests that they do not look at are made behind them. */
static void bind_for_guards(CcMatching *m, const CcRow *row)
{
    for (const CcBind *b = row->binds; b; b = b->next)
        if (!b->var->is_rest && (b->occ->kind != OCC_REST || sx_cc_guards_use(row, b->var))) b->var->reg = sx_cc_occ_load(m, b->occ);
}

static void test_guards(Cc *c, const CcClause *clause, CcLabel *no)
{
    CcLabel ok = CC_LABEL;
    for (uint32_t i = 0; i + 1 < clause->n_guards; i++) { /* alternatives: on when one holds */
        CcLabel next = CC_LABEL;
        sx_cc_emit_guarded(c, clause->guards[i], CC_TEST_TO(false, &ok), &next);
        sx_cc_bind(c, &next);
    }
    if (clause->n_guards) sx_cc_emit_guarded(c, clause->guards[clause->n_guards - 1], CC_TEST_TO(true, no), no);
    sx_cc_bind(c, &ok);
}

/* The stack variable of a catch: the list that programs see is made only for those who ask. */
static void bind_trace(CcMatching *m, CcVar *trace)
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
static void enter_again(CcMatching *m, const CcRow *row)
{
    Cc *c = m->c;
    const CcClause *clause = row->clause;
    unsigned n = 0;
    bool conflict = false;
    sx_cc_settle(m, row);
    for (const CcBind *b = row->binds; b; b = b->next, n++)
        if (!b->var->is_rest) sx_cc_occ_load(m, b->occ);
    for (const CcBind *b = row->binds; b && !conflict; b = b->next)
        for (const CcBind *other = row->binds; other && !conflict; other = other->next)
            conflict = n > 32 || (b != other && !b->var->is_rest && !other->var->is_rest && (int)b->var->reg == other->occ->reg && (int)other->var->reg != other->occ->reg);
    unsigned free_from = c->top > clause->top ? c->top : clause->top;
    for (unsigned r = c->top; r < clause->top; r++) sx_cc_op(c, SX_OP_CLEAR, r, 0, 0);
    c->top = free_from;
    for (const CcBind *b = row->binds; b; b = b->next)
        if (!b->var->is_rest) sx_cc_move(c, conflict ? sx_cc_push(c) : b->var->reg, (unsigned)b->occ->reg);
    for (const CcBind *b = row->binds; b && conflict; b = b->next)
        if (!b->var->is_rest) sx_cc_move(c, b->var->reg, free_from++);
    sx_cc_jump(c, clause->entry);
}

/* All tests of the row are done but the late ones and the guards; those go to `no`. */
static void leaf(CcMatching *m, CcRow *row, CcLabel *no)
{
    Cc *c = m->c;
    CcClause *clause = row->clause;
    if (c->dead || c->failed) return;
    if (clause->entered) {
        CcState s = sx_cc_save(m);
        enter_again(m, row);
        sx_cc_restore(m, s);
        return;
    }
    sx_cc_find_rests(m, row);
    sx_cc_settle(m, row);
    bind_for_guards(m, row);
    unsigned saved = c->top;
    CcState s = sx_cc_save(m);
    test_items(m, row, row->late, no, true);
    if (!row->sure) test_guards(c, clause, no);
    if (!c->dead) {
        bind_names(m, row);
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
    sx_cc_restore(m, s);
    c->top = saved;
}

/* ---- rows to code ---- */

void sx_cc_match_rows(CcMatching *m, CcRow **rows, uint32_t n, CcLabel *fail)
{
    Cc *c = m->c;
    c->nesting++;
    while (n > 0 && !c->dead && !c->failed) {
        CcRow *row = rows[0];
        CcLabel next = CC_LABEL, *no = n > 1 ? &next : fail;
        uint32_t taken = 1;
        if (!row->items) {
            leaf(m, row, no);
        } else if (n == 1 || c->nesting > CC_MATCH_DEPTH) {
            CcState s = sx_cc_save(m);
            CcItem *items = row->items;
            row->items = NULL;
            test_items(m, row, items, no, false);
            leaf(m, row, no);
            sx_cc_restore(m, s);
        } else {
            CcOcc *occ = sx_cc_choose(rows, n);
            if (occ->kind != OCC_BITS) sx_cc_occ_load(m, occ); /* known to the rows behind too */
            taken = sx_cc_group_size(m, rows, n, occ);
            if (taken == n) no = fail;
            CcBranching b = {.m = m, .rows = rows, .n = taken, .occ = occ, .fail = no};
            CcState s = sx_cc_save(m);
            sx_cc_branch(&b);
            sx_cc_restore(m, s);
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
    CcMatching m = {.c = c, .want = want, .first_reg = first_reg, .budget = 4 * (int64_t)match->n_clauses + 32};
    if (c->out && c->out->match == match && first_reg == 0) m.fn = c->out;
    unsigned saved = c->top;
    CcOcc **columns = sx_cc_alloc(c, (match->n_columns + 1) * sizeof *columns);
    CcRow **rows = sx_cc_alloc(c, (match->n_clauses + 1) * sizeof *rows);
    for (uint32_t i = 0; i < match->n_columns; i++) columns[i] = sx_cc_occ(&m, OCC_REG, (int)(first_reg + i));
    for (uint32_t i = 0; i < match->n_clauses; i++) {
        CcRow *row = rows[i] = sx_cc_zero(c, sizeof *row);
        row->clause = match->clauses[i];
        CcItem **where = &row->items;
        for (uint32_t k = 0; k < match->n_columns; k++) where = sx_cc_add_test(&m, row, where, columns[k], row->clause->pats[k]);
    }
    sx_cc_match_rows(&m, rows, match->n_clauses, want->fail);
    sx_free(m.trail.at);
    c->top = saved;
}

void sx_cc_emit_pattern(Cc *c, const CcPat *pat, unsigned reg, CcLabel *no)
{
    CcMatching m = {.c = c};
    CcRow row = {0};
    sx_cc_add_test(&m, &row, &row.items, sx_cc_occ(&m, OCC_REG, (int)reg), pat);
    CcItem *items = row.items;
    row.items = NULL;
    test_items(&m, &row, items, no, false);
    bind_names(&m, &row);
    test_items(&m, &row, row.late, no, true);
    sx_free(m.trail.at);
}
