/* compare.c - equality and order of all values: see compare.h.
 * A machine with an explicit stack: begin() looks at one pair of values and answers a result, or CALL after it put what remains
 * to be done into a frame and the next pair into the machine; resume() hands a result to the topmost frame. A frame may go on
 * after "different" (the search in a trie's full collision, the sort of a large map's keys), and frees what it owns before it
 * answers. One that has looked at as many pairs as it may is abandoned, and begins anew with another bound.
 * INVARIANT: the last pair of a PAIRS frame is compared after the frame is gone: long lists need no room. */
#include "value/compare.h"
#include "value/atom.h"
#include "value/bits.h"
#include "value/map_trie.h"
#include "value/num.h"

enum { CALL = 2 };                /* besides the results -1 0 1 */
enum { EXACT = 1, EQUALITY = 2 }; /* modes: 1 and 1.0 differ; any difference may be answered as 1 */

typedef enum FrameKind { PAIRS, NODES, BUCKETS, LARGE_MAPS } FrameKind;

typedef struct Pair {
    sx_val key, value;
} Pair;

/* Two large maps being put in the order of their keys and then compared. */
typedef struct Large {
    size_t n;
    Pair *pairs[2], *from, *to; /* from and to: what the merge sort reads and writes; one of them is pairs[side] */
    size_t width, middle, high, i, j, k;
    int side; /* 0 1: being sorted; 2: keys being compared; 3: values */
    Pair memory[];
} Large;

typedef struct Frame {
    FrameKind kind;
    int mode;
    int level;            /* NODES: of the trie */
    bool wants_value;     /* BUCKETS: the key was found, its values are being compared */
    const sx_val *x, *y;  /* PAIRS, NODES: next ones */
    size_t n;             /* and how many */
    sx_val a, b, b_all;   /* BUCKETS: rest of one, rest and whole of the other */
    Large *large;
} Frame;

enum { FRAMES_ON_STACK = 24 };

typedef struct Machine {
    sx_val a, b; /* the next pair */
    int mode;
    size_t depth, cap;
    size_t left; /* pairs that may still be looked at; none: the machine stops */
    Frame *frames, first[FRAMES_ON_STACK];
} Machine;

SX_INLINE int order(uint64_t a, uint64_t b) { return a < b ? -1 : a > b; }

static Frame *push(Machine *m, FrameKind kind, int mode)
{
    if (SX_UNLIKELY(m->depth == m->cap)) {
        Frame *grown = sx_alloc(2 * m->cap * sizeof *grown);
        memcpy(grown, m->frames, m->cap * sizeof *grown);
        if (m->frames != m->first) sx_free(m->frames);
        m->frames = grown;
        m->cap *= 2;
    }
    Frame *f = &m->frames[m->depth++];
    f->kind = kind;
    f->mode = mode;
    return f;
}

SX_INLINE int call(Machine *m, sx_val a, sx_val b, int mode)
{
    m->a = a;
    m->b = b;
    m->mode = mode;
    return CALL;
}

/* Compare x[0..n) with y[0..n), first difference decides. */
static int pairs(Machine *m, const sx_val *x, const sx_val *y, size_t n, int mode)
{
    while (n > 0 && *x == *y) x++, y++, n--;
    if (n == 0) return 0;
    if (n > 1) {
        Frame *f = push(m, PAIRS, mode);
        f->x = x + 1;
        f->y = y + 1;
        f->n = n - 1;
    }
    return call(m, *x, *y, mode);
}

/* ---- large maps: equality follows the tries, whose shape is one for equal keys ---- */

static int leaves(Machine *m, sx_val a, sx_val b, int mode)
{
    if (a == b) return 0;
    Frame *f = push(m, PAIRS, mode);
    f->x = sx_ptr(a) + 1;
    f->y = sx_ptr(b) + 1;
    f->n = 1;
    return call(m, sx_head(a), sx_head(b), mode | EXACT);
}

static int nodes(Machine *m, sx_val a, sx_val b, int level, int mode)
{
    if (a == b) return 0;
    sx_val *x = sx_ptr(a), *y = sx_ptr(b);
    if (x[0] != y[0] || x[1] != y[1]) return 1;
    Frame *f = push(m, NODES, mode);
    f->level = level;
    f->x = sx_trie_children(x);
    f->y = sx_trie_children(y);
    f->n = sx_header_size(x[0]) - 1;
    return 0; /* the frame is resumed at once */
}

static size_t list_length(sx_val list)
{
    size_t n = 0;
    for (; sx_is_cons(list); list = sx_tail(list)) n++;
    return n;
}

static int buckets(Machine *m, sx_val a, sx_val b, int mode)
{
    if (a == b) return 0;
    if (list_length(a) != list_length(b)) return 1;
    Frame *f = push(m, BUCKETS, mode);
    f->a = a;
    f->b = f->b_all = b;
    f->wants_value = false;
    return call(m, sx_head(sx_head(a)), sx_head(sx_head(b)), mode | EXACT);
}

static int resume_nodes(Machine *m, Frame *f, int result)
{
    if (result != 0 || f->n == 0) {
        m->depth--;
        return result;
    }
    sx_val a = *f->x++, b = *f->y++;
    int level = f->level, mode = f->mode;
    f->n--;
    if (sx_is_boxed(a) != sx_is_boxed(b)) {
        m->depth--;
        return 1;
    }
    if (sx_is_boxed(a)) return nodes(m, a, b, level + 1, mode);
    return level == SX_TRIE_LAST ? buckets(m, a, b, mode) : leaves(m, a, b, mode);
}

static int resume_buckets(Machine *m, Frame *f, int result)
{
    if (f->wants_value) {
        f->a = sx_tail(f->a);
        if (result != 0 || !sx_is_cons(f->a)) {
            m->depth--;
            return result;
        }
        f->b = f->b_all;
        f->wants_value = false;
    } else if (result == 0) {
        f->wants_value = true;
        return call(m, sx_tail(sx_head(f->a)), sx_tail(sx_head(f->b)), f->mode);
    } else {
        f->b = sx_tail(f->b);
        if (!sx_is_cons(f->b)) {
            m->depth--;
            return 1;
        }
    }
    return call(m, sx_head(sx_head(f->a)), sx_head(sx_head(f->b)), f->mode | EXACT);
}

/* ---- large maps: order needs their keys sorted ---- */

static void next_run(Large *l, size_t low)
{
    l->i = l->k = low;
    l->middle = l->j = low + l->width < l->n ? low + l->width : l->n;
    l->high = l->middle + l->width < l->n ? l->middle + l->width : l->n;
}

static void sort_side(Large *l)
{
    l->from = l->pairs[l->side];
    l->width = 1;
    next_run(l, 0);
}

static int large_maps(Machine *m, sx_val a, sx_val b, int mode)
{
    size_t n = sx_map_size(a);
    if (m->left < 4 * n) {
        m->left = 0;
        return call(m, a, b, mode);
    }
    Large *l = sx_alloc(sizeof *l + 3 * n * sizeof(Pair));
    l->n = n;
    l->pairs[0] = l->memory;
    l->pairs[1] = l->memory + n;
    l->to = l->memory + 2 * n;
    for (int side = 0; side < 2; side++) {
        SxMapIter it;
        Pair *p = l->pairs[side];
        for (sx_map_iter_init(&it, side ? b : a); sx_map_iter_next(&it, &p->key, &p->value);) p++;
    }
    l->side = 0;
    sort_side(l);
    push(m, LARGE_MAPS, mode)->large = l;
    return call(m, l->from[0].key, l->from[1].key, EXACT);
}

/* Go on with the merge until two keys have to be compared, or both sides are sorted. */
static int merge(Machine *m, Large *l)
{
    while (l->side < 2) {
        if (l->i < l->middle && l->j < l->high) return call(m, l->from[l->i].key, l->from[l->j].key, EXACT);
        while (l->i < l->middle) l->to[l->k++] = l->from[l->i++];
        while (l->j < l->high) l->to[l->k++] = l->from[l->j++];
        if (l->high < l->n) {
            next_run(l, l->high);
            continue;
        }
        Pair *sorted = l->to;
        l->to = l->from;
        l->from = sorted;
        l->width *= 2;
        if (l->width < l->n) {
            next_run(l, 0);
        } else {
            l->pairs[l->side++] = sorted;
            if (l->side < 2) sort_side(l);
        }
    }
    l->i = 1;
    return call(m, l->pairs[0][0].key, l->pairs[1][0].key, EXACT);
}

static int resume_large(Machine *m, Frame *f, int result)
{
    Large *l = f->large;
    if (l->side < 2) {
        l->to[l->k++] = result <= 0 ? l->from[l->i++] : l->from[l->j++];
        return merge(m, l);
    }
    if (result == 0 && l->i == l->n && l->side == 2) {
        l->side = 3;
        l->i = 0;
    }
    if (result != 0 || l->i == l->n) {
        sx_free(l);
        m->depth--;
        return result;
    }
    Pair *a = &l->pairs[0][l->i], *b = &l->pairs[1][l->i];
    l->i++;
    return l->side == 2 ? call(m, a->key, b->key, EXACT) : call(m, a->value, b->value, f->mode);
}

/* ---- one pair ---- */

enum { NUMBER, ATOM, REFERENCE, FUNCTION, PID, SYMBOL, TUPLE, MAP, NO_LIST, LIST, BITSTRING, INNER };

static int rank(sx_val v)
{
    switch (sx_tag(v)) {
    case SX_TAG_SMALL:
    case SX_TAG_FLOAT: return NUMBER;
    case SX_TAG_CONS: return LIST;
    case SX_TAG_IMM: return sx_is_atom(v) ? ATOM : sx_is_pid(v) ? PID : NO_LIST;
    case SX_TAG_BOXED: break;
    default: return INNER;
    }
    static const unsigned char of_kind[] = {
        [SX_KIND_TUPLE] = TUPLE, [SX_KIND_MAP] = MAP, [SX_KIND_HAMT] = MAP, [SX_KIND_NODE] = INNER, [SX_KIND_CLOSURE] = FUNCTION,
        [SX_KIND_SYMBOL] = SYMBOL, [SX_KIND_BITS] = BITSTRING, [SX_KIND_FLOAT] = NUMBER, [SX_KIND_BIGPOS] = NUMBER,
        [SX_KIND_BIGNEG] = NUMBER, [SX_KIND_HEAPBIN] = BITSTRING, [SX_KIND_BLOB] = INNER, [SX_KIND_REF] = REFERENCE,
    };
    return of_kind[sx_header_kind(sx_header_of(v))];
}

static int atom_order(sx_val a, sx_val b)
{
    size_t n_a, n_b;
    if (a == b) return 0;
    const char *x = sx_atom_text(a, &n_a), *y = sx_atom_text(b, &n_b);
    int c = memcmp(x, y, n_a < n_b ? n_a : n_b);
    return c ? (c < 0 ? -1 : 1) : order(n_a, n_b);
}

static int number_order(sx_val a, sx_val b, int mode)
{
    if ((mode & EXACT) && sx_is_float(a) != sx_is_float(b)) return sx_is_float(a) ? 1 : -1;
    if (sx_is_float(a) && sx_is_float(b)) {
        double x = sx_float_value(a), y = sx_float_value(b);
        return x < y ? -1 : x > y;
    }
    return sx_num_compare(a, b);
}

/* Lists are walked here as long as their heads are the same words or tell at once. */
static int lists(Machine *m, sx_val a, sx_val b, int mode)
{
    for (;;) {
        const sx_val *x = sx_ptr(a), *y = sx_ptr(b);
        if (x[0] != y[0]) {
            if (sx_both_small(x[0], y[0])) return (int64_t)x[0] < (int64_t)y[0] ? -1 : 1;
            Frame *f = push(m, PAIRS, mode);
            f->x = x + 1;
            f->y = y + 1;
            f->n = 1;
            return call(m, x[0], y[0], mode);
        }
        if (x[1] == y[1]) return 0;
        if (!sx_is_cons(x[1]) || !sx_is_cons(y[1]) || SX_UNLIKELY(m->left == 0)) return call(m, x[1], y[1], mode);
        m->left--;
        a = x[1];
        b = y[1];
    }
}

static int maps(Machine *m, sx_val a, sx_val b, int mode)
{
    size_t n = sx_map_size(a);
    if (n != sx_map_size(b)) return n < sx_map_size(b) ? -1 : 1;
    if (sx_map_is_flat(a)) {
        if (n == 0) return 0;
        if (sx_ptr(a)[1] == sx_ptr(b)[1]) return pairs(m, sx_flat_values(a), sx_flat_values(b), n, mode);
        Frame *f = push(m, PAIRS, mode);
        f->x = sx_flat_values(a);
        f->y = sx_flat_values(b);
        f->n = n;
        return pairs(m, sx_flat_keys(a), sx_flat_keys(b), n, mode | EXACT);
    }
    return mode & EQUALITY ? nodes(m, sx_ptr(a)[2], sx_ptr(b)[2], 0, mode) : large_maps(m, a, b, mode);
}

static int begin(Machine *m)
{
    sx_val a = m->a, b = m->b;
    int mode = m->mode;
    if (a == b) return 0;
    if (sx_both_small(a, b)) return (int64_t)a < (int64_t)b ? -1 : 1;
    if (sx_is_cons(a) && sx_is_cons(b)) return lists(m, a, b, mode);
    int type = rank(a), c = type - rank(b);
    if (c != 0) return c < 0 ? -1 : 1;

    sx_val *x = sx_ptr(a), *y = sx_ptr(b);
    switch (type) {
    case NUMBER: return number_order(a, b, mode);
    case ATOM: return mode & EQUALITY ? 1 : atom_order(a, b);
    case SYMBOL: return atom_order(sx_symbol_name(a), sx_symbol_name(b));
    case PID: return order(a, b);
    case REFERENCE:
        c = order(sx_ref_serial(a), sx_ref_serial(b));
        return c ? c : order(sx_ref_pid(a), sx_ref_pid(b));
    case FUNCTION:
        c = order(x[1], y[1]);
        if (c == 0) c = order(x[0], y[0]);
        return c ? c : pairs(m, x + 2, y + 2, sx_header_size(x[0]) - 1, mode);
    case TUPLE:
        c = order(x[0], y[0]);
        return c ? c : pairs(m, x + 1, y + 1, sx_header_size(x[0]), mode);
    case MAP: return maps(m, a, b, mode);
    case BITSTRING:
        if ((mode & EQUALITY) && sx_bits_size(a) != sx_bits_size(b)) return 1;
        if (SX_UNLIKELY(sx_bits_size(a) / 8 > m->left && sx_bits_size(b) / 8 > m->left)) {
            m->left = 0;
            return call(m, a, b, mode);
        }
        return sx_bits_compare(a, b);
    default: return order(a, b);
    }
}

static int resume(Machine *m, int result)
{
    Frame *f = &m->frames[m->depth - 1];
    switch (f->kind) {
    case PAIRS:
        m->depth--;
        return result ? result : pairs(m, f->x, f->y, f->n, f->mode);
    case NODES: return resume_nodes(m, f, result);
    case BUCKETS: return resume_buckets(m, f, result);
    case LARGE_MAPS: return resume_large(m, f, result);
    }
    return result;
}

/* Give up what owns memory. */
static void abandon(Machine *m)
{
    while (m->depth > 0) {
        Frame *f = &m->frames[--m->depth];
        if (f->kind == LARGE_MAPS) sx_free(f->large);
    }
}

SX_INLINE int run_machine(sx_val a, sx_val b, int mode, size_t *most)
{
    Machine m;
    m.left = most != NULL ? *most : SIZE_MAX;
    m.depth = 0;
    m.cap = FRAMES_ON_STACK;
    m.frames = m.first;
    int result = call(&m, a, b, mode);
    for (;;) {
        if (result == CALL) {
            if (most != NULL) {
                if (SX_UNLIKELY(m.left == 0)) {
                    abandon(&m);
                    result = SX_NOT_YET;
                    break;
                }
                m.left--;
            }
            result = begin(&m);
        } else if (m.depth > 0) result = resume(&m, result);
        else break;
    }
    if (m.frames != m.first) sx_free(m.frames);
    if (most != NULL) *most = m.left;
    return result;
}

static SX_NOINLINE int run_up_to(sx_val a, sx_val b, int mode, size_t *most) { return run_machine(a, b, mode, most); }
static SX_NOINLINE int run(sx_val a, sx_val b, int mode) { return run_machine(a, b, mode, NULL); }

static bool differ_at_once(sx_val a, sx_val b)
{
    if (sx_tag(a) != sx_tag(b)) return true;
    if (sx_is_boxed(a)) { /* what differs in kind or size is told apart without a walk */
        bool a_bits = sx_is_bits(a), b_bits = sx_is_bits(b);
        if (a_bits != b_bits) return true;
        if (a_bits ? sx_bits_size(a) != sx_bits_size(b) : sx_header_of(a) != sx_header_of(b)) return true;
    }
    return false;
}
SX_INLINE bool same_ref(sx_val a, sx_val b) { return sx_ref_serial(a) == sx_ref_serial(b) && sx_ref_pid(a) == sx_ref_pid(b); }

bool sx_equal_slow(sx_val a, sx_val b)
{
    if (differ_at_once(a, b)) return false;
    return sx_is_ref(a) ? same_ref(a, b) : run(a, b, EXACT | EQUALITY) == 0;
}

int sx_relate(sx_val a, sx_val b, SxRelation relation, size_t *most)
{
    static const int modes[] = {[SX_EXACTLY] = EXACT | EQUALITY, [SX_AS_NUMBERS] = EQUALITY, [SX_IN_ORDER] = 0};
    if (a == b) return 0;
    if (relation == SX_EXACTLY) {
        if (differ_at_once(a, b)) return 1;
        if (sx_is_ref(a)) return !same_ref(a, b);
    }
    return run_up_to(a, b, modes[relation], most);
}

bool sx_equal_num(sx_val a, sx_val b) { return a == b || run(a, b, EQUALITY) == 0; }
int sx_compare(sx_val a, sx_val b) { return a == b ? 0 : run(a, b, 0); }
int sx_compare_exact(sx_val a, sx_val b)
{
    if (a == b) return 0;
    if (sx_is_atom(a) && sx_is_atom(b)) return atom_order(a, b); /* the keys of maps, mostly */
    if (sx_is_bits(a) && sx_is_bits(b)) return sx_bits_compare(a, b);
    return run(a, b, EXACT);
}
