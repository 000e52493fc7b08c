/* sx_sort.c - sorting of lists: stable, in the order of all terms, resumable.
 * Pieces of RUN elements are sorted in an array and become lists, the runs; then neighbouring runs are merged, level by level,
 * by putting the winner before what is merged already. So a level turns rising runs into falling ones and back, and also
 * turns the order in which the runs stand; the last level may be a plain reversal.
 * The place is #(0 rest runs) while runs are made, then #(1 turned todo done a b merged): `a` the run with the earlier
 * elements, `b` the later one; both [] and `merged` too when no merge is under way.
 * INVARIANT: not turned: runs rise, todo has the latest run first. Turned: runs fall (of equal elements the latest comes
 * first), todo has the earliest run first. */
#include "prim/sx_pieces.h"

enum { RUN = 1 << 13, LOCAL = 64, BLOCK = 8, COMPARES_PER_REDUCTION = 8 };

/* What an element is sorted by: itself, or its element `key`. */
SX_INLINE sx_val key_of(sx_val v, int64_t key) { return key < 0 ? v : sx_tuple_elements(v)[key]; }
SX_INLINE bool after(sx_val a, sx_val b, int64_t key)
{
    a = key_of(a, key);
    b = key_of(b, key);
    if (SX_LIKELY(sx_both_small(a, b))) return (int64_t)a > (int64_t)b;
    return sx_compare(a, b) > 0;
}

/* Sort at[0..n); answers where the result is: at or scratch. */
static sx_val *sort_array(sx_val *at, sx_val *scratch, size_t n, int64_t key)
{
    for (size_t low = 0; low < n; low += BLOCK) { /* by insertion */
        size_t high = low + BLOCK < n ? low + BLOCK : n;
        for (size_t i = low + 1; i < high; i++) {
            sx_val v = at[i];
            size_t j = i;
            for (; j > low && after(at[j - 1], v, key); j--) at[j] = at[j - 1];
            at[j] = v;
        }
    }
    for (size_t width = BLOCK; width < n; width *= 2) {
        for (size_t low = 0; low < n; low += 2 * width) {
            size_t middle = low + width < n ? low + width : n, high = middle + width < n ? middle + width : n;
            size_t i = low, j = middle, k = low;
            if (middle < high && after(at[middle - 1], at[middle], key)) {
                while (i < middle && j < high) {
                    bool right = after(at[i], at[j], key);
                    scratch[k++] = at[right ? j : i];
                    j += right;
                    i += !right;
                }
            }
            memcpy(scratch + k, at + i, (middle - i) * sizeof *at);
            k += middle - i;
            memcpy(scratch + k, at + j, (high - j) * sizeof *at);
        }
        sx_val *t = at;
        at = scratch;
        scratch = t;
    }
    return at;
}

static bool is_sorted(const sx_val *at, size_t n, int64_t key)
{
    for (size_t i = 1; i < n; i++)
        if (after(at[i - 1], at[i], key)) return false;
    return true;
}

/* Take up to RUN elements from *xs and put them, sorted, before *runs. False: raised. */
static bool add_run(SxProc *p, const char *what, sx_val whole, sx_val *xs, sx_val *runs, int64_t key)
{
    sx_val local[2 * LOCAL], from = *xs;
    size_t n = 0, max = 0;
    for (sx_val c = from; max < RUN && sx_is_cons(c); c = sx_tail(c)) max++;
    sx_val *scratch = max > LOCAL ? sx_alloc(2 * max * sizeof *scratch) : NULL, *at = scratch ? scratch : local;
    while (n < max) {
        sx_val v = at[n++] = sx_head(*xs);
        *xs = sx_tail(*xs);
        if (key < 0 || (sx_is_tuple(v) && sx_tuple_size(v) > (size_t)key)) continue;
        sx_free(scratch);
        sx_wrong(p, what, v);
        return false;
    }
    bool proper = sx_is_list(*xs);
    if (!proper) sx_wrong(p, what, whole);
    if (proper && n > 0) {
        sx_val run = from;
        if (*xs != SX_EMPTY || !is_sorted(at, n, key)) run = sx_list_from(&p->heap, sort_array(at, at + max, n, key), n, SX_EMPTY);
        *runs = sx_cons(&p->heap, run, *runs);
        sx_charge(p, n * (size_t)(64 - __builtin_clzll(n)) / (2 * COMPARES_PER_REDUCTION) + 1);
    }
    sx_free(scratch);
    return proper;
}

typedef struct Merge {
    bool turned;
    sx_val todo, done, a, b, merged;
} Merge;

static sx_val merge_place(SxProc *p, const Merge *m)
{
    return sx_tuple(&p->heap, 7, sx_small(1), sx_bool(m->turned), m->todo, m->done, m->a, m->b, m->merged);
}

/* Merge a and b. False: the slice is used up. */
static bool merge_two(SxProc *p, Merge *m, int64_t key)
{
    sx_val a = m->a, b = m->b, merged = m->merged;
    size_t n = 0;
    bool going = true;
    while (sx_is_cons(a) || sx_is_cons(b)) {
        bool take_b;
        if (b == SX_EMPTY) take_b = false;
        else if (a == SX_EMPTY) take_b = true;
        else take_b = after(sx_head(a), sx_head(b), key) != m->turned; /* rising: b only when it is less; falling: a only when it is more */
        sx_val *from = take_b ? &b : &a;
        merged = sx_cons(&p->heap, sx_head(*from), merged);
        *from = sx_tail(*from);
        if (++n < SX_PRIM_SLICE) continue;
        n = 0;
        if (sx_spent(p, SX_PRIM_SLICE, COMPARES_PER_REDUCTION)) {
            going = false;
            break;
        }
    }
    sx_charge(p, n / COMPARES_PER_REDUCTION);
    m->a = a;
    m->b = b;
    m->merged = merged;
    return going;
}

/* Merge until one rising run is left. */
static sx_val merge_all(SxProc *p, Merge *m, int64_t key)
{
    for (;;) {
        if (!merge_two(p, m, key)) return sx_again(p, merge_place(p, m));
        if (m->merged != SX_EMPTY) m->done = sx_cons(&p->heap, m->merged, m->done);
        m->merged = SX_EMPTY;
        if (m->todo == SX_EMPTY) { /* a level is done */
            m->turned = !m->turned;
            m->todo = m->done;
            m->done = SX_EMPTY;
            if (!m->turned && sx_tail(m->todo) == SX_EMPTY) return sx_head(m->todo);
        }
        sx_val first = sx_head(m->todo), second = SX_EMPTY;
        m->todo = sx_tail(m->todo);
        if (sx_is_cons(m->todo)) {
            second = sx_head(m->todo);
            m->todo = sx_tail(m->todo);
        }
        m->a = m->turned ? first : second;
        m->b = m->turned ? second : first;
    }
}

static sx_val sort_list(SxProc *p, const char *what, sx_val whole, int64_t key)
{
    Merge m = {false, SX_EMPTY, SX_EMPTY, SX_EMPTY, SX_EMPTY, SX_EMPTY};
    if (sx_resumed(p) && sx_place(p, 0) == sx_small(1)) {
        m = (Merge){sx_place(p, 1) == SX_TRUE, sx_place(p, 2), sx_place(p, 3), sx_place(p, 4), sx_place(p, 5), sx_place(p, 6)};
        return merge_all(p, &m, key);
    }
    sx_val xs = whole, runs = SX_EMPTY;
    if (sx_resumed(p)) {
        xs = sx_place(p, 1);
        runs = sx_place(p, 2);
    }
    if (!sx_is_list(xs)) return sx_wrong(p, what, whole);
    while (xs != SX_EMPTY) {
        if (!add_run(p, what, whole, &xs, &runs, key)) return SX_THROWN;
        if (xs != SX_EMPTY && sx_out_of_time(p)) return sx_again(p, sx_tuple(&p->heap, 3, sx_small(0), xs, runs));
    }
    if (runs == SX_EMPTY) return SX_EMPTY;
    if (sx_tail(runs) == SX_EMPTY) return sx_head(runs);
    /* merge_all begins with a level that is done */
    m.turned = true;
    m.done = runs;
    return merge_all(p, &m, key);
}

SX_PRIM(sort, "(sort xs)", "List `xs` in the order of all terms; equal elements keep their order. Raises badarg for what is no list. (sort [3 1 2]) => [1 2 3]")
{
    return sort_list(p, "sort: takes a list", argv[0], -1);
}

SX_PRIM(key_sort, "(%key-sort i tuples)", "List of tuples in the order of their elements `i`, from 0; equal ones keep their order. Raises badarg for anything else. (%key-sort 1 [#(:a 2) #(:b 1)]) => [#(:b 1) #(:a 2)]")
{
    if (!sx_is_small(argv[0]) || sx_small_value(argv[0]) < 0) return sx_wrong(p, "%key-sort: takes an index from 0", argv[0]);
    return sort_list(p, "%key-sort: takes a list of tuples that have this element", argv[1], sx_small_value(argv[0]));
}

SX_PRIM_TABLE(sx_sort){&sort_prim, &key_sort_prim, NULL};
