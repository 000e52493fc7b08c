/* compile_branch.c - one step of pattern matching for many rows: which place to test, which rows take part, the test or switch.
 * Owns the classes of tests (words, terms, conses, tuples; map keys; bit segments), the sorting of literals, and copying rows
 * that do not care about a place into its branches; the loop over rows, single rows and bodies are compile_match.c.
 * INVARIANT: rows of one branch keep their order; copies are counted against the budget of the match, so code stays linear. */
#include "lang/compile_match.h"
#include "value/compare.h"
#include <stdlib.h>

#define COPY_ROWS_MAX 64   /* matrices up to this many rows may copy rows */
#define CHAIN_WORDS 3      /* up to so many words are compared one by one */
#define CHAIN_TERMS 6      /* the same for terms before they are searched */

/* ---- copies ---- */

static bool may_copy(const CcRow *row) { return !row->clause->has_late && row->clause->n_guards == 0; }

CcRow *sx_cc_copy_row(CcMatching *m, const CcRow *row)
{
    CcRow *copy = sx_cc_alloc(m->c, sizeof *copy);
    *copy = *row;
    CcItem **end = &copy->items;
    for (const CcItem *i = row->items; i; i = i->next) {
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
uint32_t sx_cc_group_size(CcMatching *m, CcRow **rows, uint32_t n, const CcOcc *occ)
{
    const CcPat *first = (*sx_cc_find_test(rows[0], occ))->pat;
    bool exclusive = is_exclusive(class_of(first)) && occ->kind != OCC_BITS;
    uint32_t end = 1, wild = 0;
    for (uint32_t i = 1; i < n; i++) {
        CcItem **at = sx_cc_find_test(rows[i], occ);
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
CcOcc *sx_cc_choose(CcRow **rows, uint32_t n)
{
    CcOcc *best = rows[0]->items->occ;
    uint32_t best_score = 0, items = 0, limit = n < 16 ? n : 16;
    for (const CcItem *i = rows[0]->items; i && items < 8; i = i->next, items++) {
        uint32_t score = 1;
        while (score < limit && sx_cc_find_test(rows[score], i->occ)) score++;
        if (score <= best_score) continue;
        best_score = score;
        best = i->occ;
    }
    return best;
}

/* ---- branches ---- */

/* Rows `chosen` (in order), with copies of those that do not care in their places. */
static CcRow **branch_rows(const CcBranching *b, const uint32_t *chosen, uint32_t n_chosen, uint32_t *n)
{
    CcRow **sub = sx_cc_alloc(b->m->c, (n_chosen + b->n_wild) * sizeof *sub);
    uint32_t i = 0, w = 0, at = 0;
    while (i < n_chosen || w < b->n_wild) {
        if (w == b->n_wild || (i < n_chosen && chosen[i] < b->wild[w])) sub[at++] = b->rows[chosen[i++]];
        else sub[at++] = sx_cc_copy_row(b->m, b->rows[b->wild[w++]]);
    }
    *n = at;
    return sub;
}

void sx_cc_run_branch(const CcBranching *b, CcRow **sub, uint32_t n)
{
    CcState s = sx_cc_save(b->m);
    sx_cc_match_rows(b->m, sub, n, b->fail);
    sx_cc_restore(b->m, s);
}

/* The rows chosen have one and the same constant: their test is done. */
static void constant_branch(const CcBranching *b, const uint32_t *chosen, uint32_t n_chosen)
{
    uint32_t n;
    for (uint32_t i = 0; i < n_chosen; i++) {
        CcItem **at = sx_cc_find_test(b->rows[chosen[i]], b->occ);
        *at = (*at)->next;
    }
    CcRow **sub = branch_rows(b, chosen, n_chosen, &n);
    sx_cc_run_branch(b, sub, n);
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

static void test_words(const CcBranching *b, Choice *choices, uint32_t n, CcLabel *no)
{
    Cc *c = b->m->c;
    unsigned reg = sx_cc_occ_load(b->m, b->occ);
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
static void search_terms(const CcBranching *b, Run *runs, uint32_t n, const uint32_t *chosen, CcLabel *no)
{
    Cc *c = b->m->c;
    unsigned reg = sx_cc_occ_load(b->m, b->occ);
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

static void test_terms(const CcBranching *b, Choice *choices, uint32_t n, CcLabel *no)
{
    Cc *c = b->m->c;
    uint32_t n_runs, *chosen = sx_cc_alloc(c, n * sizeof *chosen);
    qsort(choices, n, sizeof *choices, by_term);
    Run *runs = make_runs(c, choices, n, &n_runs, chosen);
    search_terms(b, runs, n_runs, chosen, no);
}

static CcPat *constant_pat(CcMatching *m, sx_val v)
{
    CcPat *p = sx_cc_pat(m->c, CC_PAT_CONST);
    p->constant = v;
    return p;
}

static void test_conses(const CcBranching *b, const uint32_t *chosen, uint32_t n_chosen, CcLabel *no)
{
    CcMatching *m = b->m;
    bool want_head = false, want_tail = false;
    for (uint32_t i = 0; i < n_chosen; i++) {
        const CcPat *p = (*sx_cc_find_test(b->rows[chosen[i]], b->occ))->pat;
        want_head = want_head || p->kind == CC_PAT_CONST || sx_cc_wants(p->pair.a);
        want_tail = want_tail || p->kind == CC_PAT_CONST || sx_cc_wants(p->pair.b);
    }
    CcOcc *head, *tail;
    CcState s = sx_cc_save(m);
    sx_cc_take_cons(m, sx_cc_occ_load(m, b->occ), want_head, want_tail, &head, &tail, no);
    for (uint32_t i = 0; i < n_chosen; i++) {
        CcRow *row = b->rows[chosen[i]];
        CcItem **at = sx_cc_find_test(row, b->occ);
        const CcPat *p = (*at)->pat;
        *at = (*at)->next;
        if (p->kind == CC_PAT_CONST) {
            at = sx_cc_add_test(m, row, at, head, constant_pat(m, sx_head(p->constant)));
            sx_cc_add_test(m, row, at, tail, constant_pat(m, sx_tail(p->constant)));
        } else {
            if (head) at = sx_cc_add_test(m, row, at, head, p->pair.a);
            if (tail) sx_cc_add_test(m, row, at, tail, p->pair.b);
        }
    }
    uint32_t n;
    CcRow **sub = branch_rows(b, chosen, n_chosen, &n);
    sx_cc_match_rows(m, sub, n, b->fail);
    sx_cc_restore(m, s);
}

static void test_tuples(const CcBranching *b, const uint32_t *chosen, uint32_t n_chosen, uint32_t arity, CcLabel *no)
{
    CcMatching *m = b->m;
    unsigned reg = sx_cc_occ_load(m, b->occ);
    sx_cc_test(m->c, SX_OP_IFTUPLE, reg, arity, 0, no);
    CcOcc **elements = sx_cc_alloc(m->c, (arity + 1) * sizeof *elements);
    for (uint32_t i = 0; i < arity; i++) elements[i] = sx_cc_occ_element(m, b->occ, i);
    for (uint32_t i = 0; i < n_chosen; i++) {
        CcRow *row = b->rows[chosen[i]];
        CcItem **at = sx_cc_find_test(row, b->occ);
        const CcPat *p = (*at)->pat;
        *at = (*at)->next;
        for (uint32_t k = 0; k < arity; k++)
            at = sx_cc_add_test(m, row, at, elements[k], p->kind == CC_PAT_CONST ? constant_pat(m, sx_tuple_elements(p->constant)[k]) : p->tuple.items[k]);
    }
    uint32_t n;
    CcRow **sub = branch_rows(b, chosen, n_chosen, &n);
    sx_cc_run_branch(b, sub, n);
}

/* Words, terms, conses and tuples at one place: a test for each class, in the order in which they first appear. */
static void test_exclusive(CcBranching *b)
{
    CcMatching *m = b->m;
    Cc *c = m->c;
    Choice *words = sx_cc_alloc(c, b->n * sizeof *words), *terms = sx_cc_alloc(c, b->n * sizeof *terms), *tuples = sx_cc_alloc(c, b->n * sizeof *tuples);
    uint32_t *conses = sx_cc_alloc(c, b->n * sizeof *conses), n_words = 0, n_terms = 0, n_conses = 0, n_tuples = 0;
    bool has_cons = false;
    b->wild = sx_cc_alloc(c, b->n * sizeof *b->wild);
    b->n_wild = 0;
    for (uint32_t i = 0; i < b->n && !has_cons; i++) {
        CcItem **at = sx_cc_find_test(b->rows[i], b->occ);
        has_cons = at && (*at)->pat->kind == CC_PAT_CONS;
    }
    Class first = class_of((*sx_cc_find_test(b->rows[0], b->occ))->pat);
    for (uint32_t i = 0; i < b->n; i++) {
        CcItem **at = sx_cc_find_test(b->rows[i], b->occ);
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
    sx_cc_occ_load(m, b->occ);
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
    CcRow **sub = sx_cc_alloc(c, b->n_wild * sizeof *sub);
    for (uint32_t i = 0; i < b->n_wild; i++) sub[i] = b->rows[b->wild[i]];
    sx_cc_run_branch(b, sub, b->n_wild);
}

/* All rows have a map pattern here, with the first key of the first one (or with no keys at all). */
static void test_key(CcBranching *b)
{
    CcMatching *m = b->m;
    const CcPat *first = (*sx_cc_find_test(b->rows[0], b->occ))->pat;
    unsigned reg = sx_cc_occ_load(m, b->occ);
    CcOcc *value = NULL;
    const CcNode *key = NULL;
    if (first->map.n == 0) {
        sx_cc_test(m->c, SX_OP_IFTYPE, reg, SX_TYPE_MAP, 0, b->fail);
    } else {
        bool keep = false;
        key = first->map.keys[0];
        for (uint32_t i = 0; i < b->n && !keep; i++) {
            const CcPat *p = (*sx_cc_find_test(b->rows[i], b->occ))->pat;
            keep = sx_cc_wants(p->map.items[key_index(p, key->constant)]);
        }
        value = sx_cc_occ(m, OCC_REG, (int)sx_cc_take_key(m, reg, key, keep, b->fail));
    }
    for (uint32_t i = 0; i < b->n; i++) {
        CcRow *row = b->rows[i];
        CcItem **at = sx_cc_find_test(row, b->occ);
        const CcPat *p = (*at)->pat;
        *at = (*at)->next;
        if (!key) continue;
        uint32_t k = (uint32_t)key_index(p, key->constant);
        at = sx_cc_add_test(m, row, at, value, p->map.items[k]);
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
        sx_cc_add_test(m, row, at, b->occ, others);
    }
    sx_cc_match_rows(m, b->rows, b->n, b->fail);
}

/* All rows have a bit pattern here: once it is a bitstring, they look at its position 0. */
static void test_bitstring(CcBranching *b)
{
    CcMatching *m = b->m;
    CcOcc *start = sx_cc_occ_bits(m, b->occ, 0, -1, b->fail);
    unsigned reg = sx_cc_occ_load(m, b->occ);
    start->whole = true;
    for (uint32_t i = 0; i < b->n; i++) {
        CcItem *item = *sx_cc_find_test(b->rows[i], b->occ);
        item->occ = start;
        start->whole = start->whole && sx_cc_whole_bytes(item->pat->bits.bin);
    }
    if (start->whole && sx_cc_byte_switch(b, start)) return;
    sx_cc_test(m->c, start->whole ? SX_OP_IFBINARY : SX_OP_IFBITS, reg, 0, 0, b->fail);
    sx_cc_match_rows(m, b->rows, b->n, b->fail);
}

static void test_end(CcBranching *b, bool at_byte, unsigned bits)
{
    CcMatching *m = b->m;
    CcOcc *occ = b->occ;
    if (at_byte) sx_cc_test(m->c, SX_OP_IFBYTES, bits, (unsigned)(occ->pos / 8), 0, b->fail);
    else sx_cc_test(m->c, SX_OP_IFEND, 0, bits, sx_cc_position(m, occ, occ->scope == b->fail), b->fail);
    for (uint32_t i = 0; i < b->n; i++) {
        CcItem **at = sx_cc_find_test(b->rows[i], occ);
        *at = (*at)->next;
    }
    sx_cc_match_rows(m, b->rows, b->n, b->fail);
}

/* All rows read the same segment next, or are all at the end. */
static void test_segment(CcBranching *b)
{
    CcMatching *m = b->m;
    Cc *c = m->c;
    CcOcc *occ = b->occ, *value = NULL, *next;
    const CcPat *first = (*sx_cc_find_test(b->rows[0], occ))->pat;
    const CcBin *bin = first->bits.bin;
    const CcSeg *seg = first->bits.from < bin->n ? &bin->segs[first->bits.from] : NULL;
    bool at_byte = sx_cc_at_byte(occ), wanted = false;
    if (at_byte && seg && sx_cc_is_byte(seg) && sx_cc_byte_switch(b, occ)) return;
    unsigned bits = sx_cc_occ_load(m, occ->parent);
    if (!seg) {
        test_end(b, at_byte, bits);
        return;
    }
    for (uint32_t i = 0; i < b->n && seg->kind != CC_SEG_SAME && !wanted; i++) {
        const CcPat *p = (*sx_cc_find_test(b->rows[i], b->occ))->pat;
        wanted = sx_cc_wants(p->bits.bin->segs[p->bits.from].pat);
    }
    if (at_byte && sx_cc_is_byte(seg)) {
        sx_cc_reserve(c, c->top + 1);
        sx_cc_test(c, SX_OP_IFBYTE, c->top, bits, (unsigned)(occ->pos / 8), b->fail);
        if (wanted) value = sx_cc_occ(m, OCC_REG, (int)sx_cc_push(c));
        next = sx_cc_occ_bits(m, occ->parent, occ->pos + 8, -1, b->fail);
    } else if (at_byte && sx_cc_is_rest(seg)) {
        if (wanted) value = sx_cc_occ_rest(m, occ->parent, occ->pos / 8);
        next = NULL;
    } else {
        unsigned pos = sx_cc_position(m, occ, occ->scope == b->fail);
        if (seg->kind != CC_SEG_REST || seg->unit != 1 || wanted) sx_cc_emit_segment(c, seg, bits, pos, wanted, b->fail);
        if (wanted) value = sx_cc_occ(m, OCC_REG, (int)sx_cc_push(c));
        int64_t at_bit = occ->pos >= 0 && seg->kind == CC_SEG_SIZED ? occ->pos + (int64_t)(seg->size * seg->unit) : -1;
        next = sx_cc_occ_bits(m, occ->parent, at_bit, (int)pos, b->fail);
    }
    if (next) next->whole = occ->whole;
    for (uint32_t i = 0; i < b->n; i++) {
        CcRow *row = b->rows[i];
        CcItem **at = sx_cc_find_test(row, b->occ);
        const CcPat *p = (*at)->pat;
        *at = (*at)->next;
        const CcSeg *own = &p->bits.bin->segs[p->bits.from];
        if (value) at = sx_cc_add_test(m, row, at, value, own->pat);
        if (own->kind == CC_SEG_REST) continue;
        CcPat *others = sx_cc_alloc(c, sizeof *others);
        *others = *p;
        others->bits.from++;
        sx_cc_add_test(m, row, at, next, others);
    }
    sx_cc_match_rows(m, b->rows, b->n, b->fail);
}

void sx_cc_branch(CcBranching *b)
{
    Class class = class_of((*sx_cc_find_test(b->rows[0], b->occ))->pat);
    if (class == CLASS_MAP) test_key(b);
    else if (class == CLASS_BIN && b->occ->kind != OCC_BITS) test_bitstring(b);
    else if (class == CLASS_BIN) test_segment(b);
    else test_exclusive(b);
}
