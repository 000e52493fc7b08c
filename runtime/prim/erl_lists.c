/* erl_lists.c - natives of modules lists and maps, and the list operators ++ and --. What is long is done in slices. */
#include "prim/args.h"
#include <stdlib.h>

/* ---- lists ---- */

/* Slices: the place is #(rest . built so far) as a cons. What is no list has no clause of reverse/1, which looks at two elements;
 * for reverse/2 it is a wrong argument. */
static sx_val reverse_onto(SxProc *p, sx_val list, sx_val tail, bool is_onto)
{
    if (p->prim_state != SX_NONE) {
        list = sx_head(p->prim_state);
        tail = sx_tail(p->prim_state);
        is_onto = true;
    }
    size_t n = 0;
    for (; sx_is_cons(list); list = sx_tail(list)) {
        if (++n > 16 * SX_PRIM_SLICE) return sx_again(p, sx_cons(&p->heap, list, tail));
        tail = sx_cons(&p->heap, sx_head(list), tail);
    }
    sx_charge(p, n / 16);
    if (list == SX_EMPTY) return tail;
    return is_onto || n >= 2 ? sx_badarg(p, "reverse: takes a proper list") : sx_error(p, SX_A(function_clause));
}
SX_PRIM(reverse2, "(lists:reverse xs &opt tail)", "`xs` backwards, in front of `tail`.") { return reverse_onto(p, argv[0], sx_given(argv[1]) ? argv[1] : SX_EMPTY, sx_given(argv[1])); }

SX_PRIM(member2, "(lists:member x xs)", "True when an element of `xs` is exactly `x`.")
{
    sx_val l = argv[1];
    size_t n = 0;
    for (; sx_is_cons(l); l = sx_tail(l), n++)
        if (sx_equal(argv[0], sx_head(l))) {
            sx_charge(p, n / 8);
            return SX_TRUE;
        }
    sx_charge(p, n / 8);
    return l == SX_EMPTY ? SX_FALSE : sx_badarg(p, "member: takes a proper list");
}

/* First tuple of the list whose element `i` equals the key (numbers by value). SX_NONE: none; SX_THROWN: no list. */
static sx_val key_find(SxProc *p, sx_val key, sx_val i, sx_val list)
{
    if (!sx_is_small(i) || sx_small_value(i) < 1) return sx_badarg(p, "keyfind: the position counts from 1");
    size_t at = (size_t)sx_small_value(i), n = 0;
    for (; sx_is_cons(list); list = sx_tail(list), n++) {
        sx_val t = sx_head(list);
        if (!sx_is_tuple(t) || sx_tuple_size(t) < at) continue;
        sx_val have = sx_tuple_elements(t)[at - 1];
        if (have == key || (!(sx_is_atom(key) || sx_is_atom(have)) && sx_equal_num(key, have))) {
            sx_charge(p, n / 8);
            return t;
        }
    }
    sx_charge(p, n / 8);
    return list == SX_EMPTY ? SX_NONE : sx_badarg(p, "keyfind: takes a proper list");
}
SX_PRIM(keyfind3, "(lists:keyfind key i tuples)", "First tuple whose element `i` equals `key`, or false.")
{
    sx_val t = key_find(p, argv[0], argv[1], argv[2]);
    return t == SX_NONE ? SX_FALSE : t;
}
SX_PRIM(keymember3, "(lists:keymember key i tuples)", "True when a tuple's element `i` equals `key`.")
{
    sx_val t = key_find(p, argv[0], argv[1], argv[2]);
    return t == SX_THROWN ? t : sx_bool(t != SX_NONE);
}
SX_PRIM(keysearch3, "(lists:keysearch key i tuples)", "{value, Tuple} or false.")
{
    sx_val t = key_find(p, argv[0], argv[1], argv[2]);
    if (t == SX_THROWN) return t;
    return t == SX_NONE ? SX_FALSE : sx_tuple(&p->heap, 2, SX_A(value), t);
}

/* a in front of b: a is copied cons by cons; the copy's last tail is filled in while it is still this primitive's own. */
static sx_val append(SxProc *p, sx_val a, sx_val b)
{
    if (a == SX_EMPTY) return b;
    int64_t n = sx_list_length(p, a);
    if (n < 0) return sx_badarg(p, "++: the first argument must be a proper list");
    if (n > 8 * SX_PRIM_SLICE) { /* long: backwards first, then onto b, both in slices */
        sx_val state = p->prim_state;
        bool turned = state != SX_NONE && sx_head(state) == SX_TRUE;
        sx_val rest = state == SX_NONE ? a : sx_head(sx_tail(state)), done = state == SX_NONE ? SX_EMPTY : sx_tail(sx_tail(state));
        size_t k = 0;
        for (;;) {
            for (; sx_is_cons(rest); rest = sx_tail(rest)) {
                if (++k > 16 * SX_PRIM_SLICE) return sx_again(p, sx_cons(&p->heap, sx_bool(turned), sx_cons(&p->heap, rest, done)));
                done = sx_cons(&p->heap, sx_head(rest), done);
            }
            if (turned) return done;
            turned = true;
            rest = done;
            done = b;
        }
    }
    sx_val *cells = sx_heap_alloc(&p->heap, 2 * (size_t)n), first = sx_make_ptr(cells, SX_TAG_CONS);
    for (; sx_is_cons(a); a = sx_tail(a), cells += 2) {
        cells[0] = sx_head(a);
        cells[1] = sx_make_ptr(cells + 2, SX_TAG_CONS);
    }
    cells[-1] = b;
    return first;
}
SX_PRIM(append2, "(erlang:++ a b)", "List `a` in front of `b`.") { return append(p, argv[0], argv[1]); }
SX_PRIM(lists_append2, "(lists:append a b)", "List `a` in front of `b`.") { return append(p, argv[0], argv[1]); }

/* Elements of b in order, sorted with their counts, so that a long subtraction is no product of lengths. */
#define SUBTRACT_LINEAR 16

static int by_value(const void *x, const void *y) { return sx_compare_exact(*(const sx_val *)x, *(const sx_val *)y); }

static sx_val subtract(SxProc *p, sx_val a, sx_val b)
{
    int64_t na = sx_list_length(p, a), nb = sx_list_length(p, b);
    if (na < 0 || nb < 0) return sx_badarg(p, "--: takes two proper lists");
    if (na == 0 || nb == 0) return a;
    sx_val *gone = sx_alloc((size_t)nb * sizeof *gone);
    bool *used = sx_alloc_zero((size_t)nb);
    sx_list_values(b, gone, (int)nb);
    if (nb > SUBTRACT_LINEAR) qsort(gone, (size_t)nb, sizeof *gone, by_value);
    sx_val kept = SX_EMPTY;
    for (; sx_is_cons(a); a = sx_tail(a)) {
        sx_val x = sx_head(a);
        int64_t low = 0, high = nb;
        if (nb > SUBTRACT_LINEAR) {
            while (low < high) {
                int64_t mid = (low + high) / 2;
                if (sx_compare_exact(gone[mid], x) < 0) low = mid + 1;
                else high = mid;
            }
        }
        while (low < nb && (used[low] || !sx_equal(gone[low], x))) {
            if (nb > SUBTRACT_LINEAR && !sx_equal(gone[low], x)) low = nb;
            else low++;
        }
        if (low < nb) used[low] = true;
        else kept = sx_cons(&p->heap, x, kept);
    }
    sx_free(gone);
    sx_free(used);
    sx_charge(p, (size_t)(na + nb) / 4);
    return sx_list_onto(&p->heap, kept, SX_EMPTY);
}
SX_PRIM(subtract2, "(erlang:-- a b)", "List `a` without the first occurrence of each element of `b`.") { return subtract(p, argv[0], argv[1]); }
SX_PRIM(lists_subtract2, "(lists:subtract a b)", "List `a` without the first occurrence of each element of `b`.") { return subtract(p, argv[0], argv[1]); }

SX_PRIM(nth2, "(lists:nth i xs)", "Element `i` (from 1) of a list.")
{
    if (!sx_is_number(argv[0]) && sx_is_cons(argv[1])) return sx_error(p, SX_A(badarith)); /* more than any number, to OTP */
    if (!sx_is_small(argv[0]) || sx_small_value(argv[0]) < 1) return sx_error(p, SX_A(function_clause));
    int64_t i = sx_small_value(argv[0]);
    sx_val l = argv[1];
    sx_charge(p, (size_t)i / 16);
    while (--i > 0 && sx_is_cons(l)) l = sx_tail(l);
    return sx_is_cons(l) ? sx_head(l) : sx_error(p, SX_A(function_clause));
}

/* ---- maps ---- */

static sx_val badmap(SxProc *p, sx_val m) { return sx_error2(p, SX_A(badmap), m); }
#define NEED_MAP(m)                                                                                                    \
    do {                                                                                                               \
        if (!sx_is_map(m)) return badmap(p, m);                                                                        \
    } while (0)

SX_PRIM(maps_get2, "(maps:get k m)", "Value of key `k`; raises {badkey, K}.")
{
    NEED_MAP(argv[1]);
    sx_val v = sx_map_get(argv[1], argv[0]);
    return v == SX_NONE ? sx_error2(p, SX_A(badkey), argv[0]) : v;
}
SX_PRIM(maps_get3, "(maps:get k m default)", "Value of key `k`, or `default`.")
{
    NEED_MAP(argv[1]);
    sx_val v = sx_map_get(argv[1], argv[0]);
    return v == SX_NONE ? argv[2] : v;
}
SX_PRIM(maps_find2, "(maps:find k m)", "{ok, Value} or error.")
{
    NEED_MAP(argv[1]);
    sx_val v = sx_map_get(argv[1], argv[0]);
    return v == SX_NONE ? SX_A(error) : sx_tuple(&p->heap, 2, SX_A(ok), v);
}
SX_PRIM(maps_is_key2, "(maps:is_key k m)", "True when the map has key `k`.")
{
    NEED_MAP(argv[1]);
    return sx_bool(sx_map_get(argv[1], argv[0]) != SX_NONE);
}
SX_PRIM(maps_put3, "(maps:put k v m)", "The map with key `k` set to `v`.")
{
    NEED_MAP(argv[2]);
    return sx_map_put(&p->heap, argv[2], argv[0], argv[1]);
}
SX_PRIM(maps_update3, "(maps:update k v m)", "The map with key `k`, which it has, set to `v`.")
{
    NEED_MAP(argv[2]);
    if (sx_map_get(argv[2], argv[0]) == SX_NONE) return sx_error2(p, SX_A(badkey), argv[0]);
    return sx_map_put(&p->heap, argv[2], argv[0], argv[1]);
}
SX_PRIM(maps_remove2, "(maps:remove k m)", "The map without key `k`.")
{
    NEED_MAP(argv[1]);
    return sx_map_remove(&p->heap, argv[1], argv[0]);
}
SX_PRIM(maps_take2, "(maps:take k m)", "{Value, Map without k} or error.")
{
    NEED_MAP(argv[1]);
    sx_val v = sx_map_get(argv[1], argv[0]);
    if (v == SX_NONE) return SX_A(error);
    return sx_tuple(&p->heap, 2, v, sx_map_remove(&p->heap, argv[1], argv[0]));
}
SX_PRIM(maps_merge2, "(maps:merge a b)", "Both maps; values of `b` win.")
{
    NEED_MAP(argv[0]);
    NEED_MAP(argv[1]);
    sx_charge(p, (sx_map_size(argv[0]) + sx_map_size(argv[1])) / 8);
    return sx_map_merge(&p->heap, argv[0], argv[1]);
}

enum { KEYS, VALUES, PAIRS };
static sx_val listed(SxProc *p, sx_val map, int what)
{
    NEED_MAP(map);
    size_t n = sx_map_size(map), i = 0;
    if (n == 0) return SX_EMPTY;
    SxHeap *h = &p->heap;
    sx_val *cells = sx_heap_alloc(h, 2 * n), key, value;
    SxMapIter it;
    sx_map_iter_init(&it, map);
    while (sx_map_iter_next(&it, &key, &value)) {
        cells[2 * i] = what == KEYS ? key : what == VALUES ? value : sx_tuple(h, 2, key, value);
        cells[2 * i + 1] = i + 1 < n ? sx_make_ptr(cells + 2 * i + 2, SX_TAG_CONS) : SX_EMPTY;
        i++;
    }
    sx_charge(p, n / 8);
    return sx_make_ptr(cells, SX_TAG_CONS);
}
SX_PRIM(maps_keys1, "(maps:keys m)", "Keys of the map.") { return listed(p, argv[0], KEYS); }
SX_PRIM(maps_values1, "(maps:values m)", "Values of the map.") { return listed(p, argv[0], VALUES); }
SX_PRIM(maps_to_list1, "(maps:to_list m)", "Pairs of the map as {Key, Value}.")
{
    return listed(p, argv[0], PAIRS);
}
SX_PRIM(maps_size1, "(maps:size m)", "Number of pairs.")
{
    NEED_MAP(argv[0]);
    return sx_small((int64_t)sx_map_size(argv[0]));
}
SX_PRIM(maps_from_list1, "(maps:from_list pairs)", "Map of a list of {Key, Value}; later ones win.")
{
    int64_t n = sx_list_length(p, argv[0]);
    if (n < 0) return sx_badarg(p, "from_list: takes a list of {Key, Value}");
    sx_val *pairs = sx_alloc((2 * (size_t)n + 1) * sizeof *pairs);
    size_t i = 0;
    for (sx_val l = argv[0]; sx_is_cons(l); l = sx_tail(l)) {
        sx_val t = sx_head(l);
        if (!sx_is_tuple(t) || sx_tuple_size(t) != 2) {
            sx_free(pairs);
            return sx_badarg(p, "from_list: takes a list of {Key, Value}");
        }
        pairs[i++] = sx_tuple_elements(t)[0];
        pairs[i++] = sx_tuple_elements(t)[1];
    }
    sx_val m = sx_map_from_pairs(&p->heap, pairs, (size_t)n);
    sx_free(pairs);
    sx_charge(p, (size_t)n / 4);
    return m;
}
SX_PRIM(maps_from_keys2, "(maps:from_keys keys value)", "Map of the keys, each with `value`.")
{
    int64_t n = sx_list_length(p, argv[0]);
    if (n < 0) return sx_badarg(p, "from_keys: takes a list");
    sx_val *pairs = sx_alloc((2 * (size_t)n + 1) * sizeof *pairs);
    size_t i = 0;
    for (sx_val l = argv[0]; sx_is_cons(l); l = sx_tail(l)) {
        pairs[i++] = sx_head(l);
        pairs[i++] = argv[1];
    }
    sx_val m = sx_map_from_pairs(&p->heap, pairs, (size_t)n);
    sx_free(pairs);
    sx_charge(p, (size_t)n / 4);
    return m;
}
/* The only place of an iteration is 0, its start: what follows is in the iterator itself. */
SX_PRIM(map_next3, "(erts_internal:map_next place map how)", "All pairs from `place` 0 on: nested as {K, V, {K, V, ... none}} for the atom iterator, as {K, V} before the list `how` for a list.")
{
    NEED_MAP(argv[1]);
    if (argv[0] != sx_small(0) || (argv[2] != sx_atom("iterator") && !sx_is_list(argv[2]))) return sx_badarg(p, "map_next: takes 0, a map, and iterator or a list");
    SxHeap *h = &p->heap;
    SxMapIter it;
    sx_val key, value, all = SX_NONE, *open = NULL; /* the slot that the next pair fills */
    sx_map_iter_init(&it, argv[1]);
    while (sx_map_iter_next(&it, &key, &value)) {
        sx_val next, *slot;
        if (sx_is_list(argv[2])) {
            next = sx_cons(h, sx_tuple(h, 2, key, value), SX_EMPTY);
            slot = sx_ptr(next) + 1;
        } else {
            next = sx_tuple(h, 3, key, value, SX_EMPTY);
            slot = sx_ptr(next) + 3;
        }
        if (open == NULL) all = next;
        else *open = next;
        open = slot;
    }
    sx_val end = sx_is_list(argv[2]) ? argv[2] : sx_atom("none");
    if (open == NULL) return end;
    *open = end;
    sx_charge(p, sx_map_size(argv[1]) / 8);
    return all;
}

SX_PRIM_TABLE(erl_lists){
    &reverse2_prim, &member2_prim, &keyfind3_prim, &keymember3_prim, &keysearch3_prim, &append2_prim, &lists_append2_prim, &subtract2_prim,
    &lists_subtract2_prim, &nth2_prim, &maps_get2_prim, &maps_get3_prim, &maps_find2_prim, &maps_is_key2_prim, &maps_put3_prim, &maps_update3_prim,
    &maps_remove2_prim, &maps_take2_prim, &maps_merge2_prim, &maps_keys1_prim, &maps_values1_prim, &maps_to_list1_prim, &maps_size1_prim,
    &maps_from_list1_prim, &maps_from_keys2_prim, &map_next3_prim, NULL};
