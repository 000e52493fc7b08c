/* sx_maps.c - primitives over maps, and those that look into maps, lists and tuples alike.
 * INVARIANT: ->list, keys, vals and pairs give one order for one map, which is the iterator's (map.h). */
#include "prim/sx_pieces.h"
#include "value/map_trie.h"

enum { BUILT_AT_ONCE = 1 << 13, REDUCTIONS_PER_PUT = 2, PAIRS_PER_REDUCTION = 4 };

/* ---- looking into ---- */

SX_GUARD_PRIM(get, "(get m k &opt default)",
        "Value of key `k` in map `m`, or element `k` (from 0) of a list or tuple; `default` (nil) when absent, and when `m` is nil. "
        "Raises badarg for anything else. (get {:a 1} :a) => 1")
{
    sx_val m = argv[0], k = argv[1], absent = sx_opt(argv, argc, 2);
    if (!sx_given(absent)) absent = SX_NIL;
    if (sx_is_map(m)) {
        sx_val v = sx_map_get(m, k);
        return v == SX_NONE ? absent : v;
    }
    if (m == SX_NIL) return absent;
    if (!sx_is_list(m) && !sx_is_tuple(m)) return sx_wrong(p, "get: takes a map, list or tuple", m);
    if (!sx_is_integer(k)) return sx_wrong(p, "get: takes an index into a list or tuple", k);
    if (!sx_is_small(k) || sx_small_value(k) < 0) return absent;
    int64_t i = sx_small_value(k), left = i;
    if (sx_is_tuple(m)) return (size_t)i < sx_tuple_size(m) ? sx_tuple_elements(m)[i] : absent;
    for (; left > 0 && sx_is_cons(m); left--) m = sx_tail(m);
    sx_charge(p, (size_t)(i - left) / (4 * SX_ELEMENTS_PER_REDUCTION));
    return sx_is_cons(m) ? sx_head(m) : absent;
}

SX_GUARD_PRIM(has_key, "(has-key? m k)", "True when map `m` has key `k`. Raises badarg when `m` is no map. (has-key? {:a nil} :a) => true")
{
    if (!sx_is_map(argv[0])) return sx_wrong(p, "has-key?: takes a map and a key", argv[0]);
    return sx_bool(sx_map_get(argv[0], argv[1]) != SX_NONE);
}

/* ---- changing ---- */

static sx_val assoc_tuple(SxProc *p, sx_val t, const sx_val *argv, int argc)
{
    size_t n = sx_tuple_size(t);
    sx_val copy = sx_tuple_new(&p->heap, n), *to = sx_tuple_elements(copy);
    memcpy(to, sx_tuple_elements(t), n * sizeof *to);
    for (int i = 0; i < argc; i += 2) {
        if (!sx_is_small(argv[i]) || sx_small_value(argv[i]) < 0 || (size_t)sx_small_value(argv[i]) >= n)
            return sx_wrong(p, "assoc: takes an index inside the tuple", argv[i]);
        to[sx_small_value(argv[i])] = argv[i + 1];
    }
    sx_charge(p, n / SX_ELEMENTS_PER_REDUCTION);
    return copy;
}

SX_PRIM(assoc, "(assoc m k v & more)",
        "Map `m` with value `v` at key `k`, and so on for more keys and values; or a tuple with element `k` (from 0) exchanged. "
        "Raises badarg for anything else, and for an index outside the tuple. (assoc {:a 1} :b 2) => {:a 1 :b 2}")
{
    sx_val m = argv[0];
    if (argc % 2 == 0) return sx_badarg(p, "assoc: takes a value for each key, the last one has none");
    if (sx_is_tuple(m)) return assoc_tuple(p, m, argv + 1, argc - 1);
    if (!sx_is_map(m)) return sx_wrong(p, "assoc: takes a map or tuple", m);
    for (int i = 1; i < argc; i += 2) m = sx_map_put(&p->heap, m, argv[i], argv[i + 1]);
    sx_charge(p, (size_t)argc);
    return m;
}

SX_PRIM(dissoc, "(dissoc m & ks)", "Map `m` without the keys `ks`. Raises badarg when `m` is no map. (dissoc {:a 1 :b 2} :a) => {:b 2}")
{
    sx_val m = argv[0];
    if (!sx_is_map(m)) return sx_wrong(p, "dissoc: takes a map", m);
    for (int i = 1; i < argc; i++) m = sx_map_remove(&p->heap, m, argv[i]);
    sx_charge(p, (size_t)argc);
    return m;
}

SX_PRIM(merge, "(merge & ms)", "All pairs of maps; of equal keys the last map's wins. Raises badarg for what is no map. (merge {:a 1} {:a 2 :b 3}) => {:a 2 :b 3}")
{
    sx_val m = sx_map_empty();
    for (int i = 0; i < argc; i++)
        if (!sx_is_map(argv[i])) return sx_wrong(p, "merge: takes maps", argv[i]);
    for (int i = 0; i < argc; i++) {
        size_t a = sx_map_size(m), b = sx_map_size(argv[i]);
        if (a > 0 && b > 0) sx_charge(p, (a / 64 > b ? b * 8 : b / 64 > a ? a * 8 : a + b) / PAIRS_PER_REDUCTION);
        m = sx_map_merge(&p->heap, m, argv[i]);
    }
    return m;
}

/* ---- building ---- */

SX_PRIM(hash_map, "(hash-map & kvs)", "Map of keys and values, in turn. Raises badarg when the last key has no value. (hash-map :a 1) => {:a 1}")
{
    if (argc % 2 != 0) return sx_badarg(p, "hash-map: takes a value for each key, the last one has none");
    return sx_map_from_pairs(&p->heap, argv, (size_t)argc / 2);
}

/* Takes the next pair from *xs (and *ys). False: there is none, or what is there is no pair. */
typedef bool (*NextPair)(sx_val *xs, sx_val *ys, sx_val *key, sx_val *value);

/* The map of all pairs: the first ones at once, the others put one by one. Ends at what `next` refuses, where *xs stands. */
static sx_val map_of(SxProc *p, NextPair next, sx_val *xs, sx_val *ys)
{
    sx_val m, key, value;
    if (sx_resumed(p)) {
        m = sx_place(p, 1);
        *xs = sx_place(p, 2);
        *ys = sx_place(p, 3);
    } else {
        SxBuf b = SX_BUF_INIT;
        size_t n = 0;
        for (; n < BUILT_AT_ONCE && next(xs, ys, &key, &value); n++) {
            sx_buf_add(&b, &key, sizeof key);
            sx_buf_add(&b, &value, sizeof value);
        }
        m = sx_map_from_pairs(&p->heap, (const sx_val *)(void *)b.data, n);
        sx_buf_deinit(&b);
        sx_charge(p, n / 2);
    }
    for (;;) {
        if (sx_is_cons(*xs) && sx_out_of_time(p)) return sx_again(p, sx_tuple(&p->heap, 4, sx_small(0), m, *xs, *ys));
        if (!next(xs, ys, &key, &value)) return m;
        m = sx_map_put(&p->heap, m, key, value);
        sx_charge(p, REDUCTIONS_PER_PUT);
    }
}

static bool next_tuple(sx_val *xs, __attribute__((unused)) sx_val *ys, sx_val *key, sx_val *value)
{
    if (!sx_is_cons(*xs)) return false;
    sx_val pair = sx_head(*xs);
    if (!sx_is_tuple(pair) || sx_tuple_size(pair) != 2) return false;
    *key = sx_tuple_elements(pair)[0];
    *value = sx_tuple_elements(pair)[1];
    *xs = sx_tail(*xs);
    return true;
}

SX_PRIM(to_map, "(->map pairs)", "Map of a list of #(k v) pairs; later ones win. A map is itself. Raises badarg for anything else. (->map [#(:a 1)]) => {:a 1}")
{
    sx_val xs = argv[0], none = SX_EMPTY;
    if (sx_is_map(xs)) return xs;
    if (!sx_is_list(xs)) return sx_wrong(p, "->map: takes a list of #(key value)", xs);
    sx_val m = map_of(p, next_tuple, &xs, &none);
    if (m == SX_AGAIN || xs == SX_EMPTY) return m;
    return sx_wrong(p, "->map: takes a list of #(key value)", sx_is_cons(xs) ? sx_head(xs) : xs);
}

static bool next_two(sx_val *xs, sx_val *ys, sx_val *key, sx_val *value)
{
    if (!sx_is_cons(*xs) || !sx_is_cons(*ys)) return false;
    *key = sx_head(*xs);
    *value = sx_head(*ys);
    *xs = sx_tail(*xs);
    *ys = sx_tail(*ys);
    return true;
}

SX_PRIM(zipmap, "(zipmap ks vs)", "Map of the keys `ks` and the values `vs`, two lists, as long as the shorter. Raises badarg for anything else. (zipmap [:a :b] [1 2]) => {:a 1 :b 2}")
{
    sx_val xs = argv[0], ys = argv[1];
    sx_val m = map_of(p, next_two, &xs, &ys);
    if (m == SX_AGAIN || (sx_is_list(xs) && sx_is_list(ys))) return m;
    return sx_wrong(p, "zipmap: takes a list of keys and a list of values", sx_is_list(xs) ? ys : xs);
}

/* ---- walking ---- */

typedef enum Part { KEYS, VALUES, PAIRS } Part;

static sx_val part_of(SxProc *p, Part part, sx_val key, sx_val value)
{
    return part == KEYS ? key : part == VALUES ? value : sx_tuple(&p->heap, 2, key, value);
}

/* A walk through a trie from its end to its start, so that putting each entry before the others gives the iterator's order. */
typedef struct Walk {
    int depth; /* path[depth - 1] is where it stands */
    struct { sx_val node; size_t left; } path[SX_TRIE_LEVELS]; /* left: children still to be visited */
} Walk;

static void enter(Walk *w, sx_val node)
{
    w->path[w->depth].node = node;
    w->path[w->depth++].left = sx_header_size(sx_header_of(node)) - 1;
}

/* #(0 done node left node left ...) */
static sx_val walk_place(SxProc *p, const Walk *w, sx_val done)
{
    sx_val place = sx_tuple_new(&p->heap, 2 + 2 * (size_t)w->depth), *to = sx_tuple_elements(place);
    *to++ = sx_small(0);
    *to++ = done;
    for (int i = 0; i < w->depth; i++) {
        *to++ = w->path[i].node;
        *to++ = sx_small((int64_t)w->path[i].left);
    }
    return place;
}

static void walk_from_place(Walk *w, sx_val place)
{
    const sx_val *from = sx_tuple_elements(place) + 2;
    for (w->depth = 0; 2 + 2 * (size_t)w->depth < sx_tuple_size(place); w->depth++) {
        w->path[w->depth].node = *from++;
        w->path[w->depth].left = (size_t)sx_small_value(*from++);
    }
}

static sx_val large_map_list(SxProc *p, sx_val map, Part part)
{
    Walk w = {.depth = 0};
    sx_val done = SX_EMPTY;
    if (sx_resumed(p)) {
        done = sx_place(p, 1);
        walk_from_place(&w, p->prim_state);
    } else {
        enter(&w, sx_ptr(map)[2]);
    }
    size_t n = 0;
    while (w.depth > 0) {
        int level = w.depth - 1;
        if (w.path[level].left == 0) {
            w.depth--;
            continue;
        }
        sx_val at = sx_trie_children(sx_ptr(w.path[level].node))[--w.path[level].left];
        if (sx_is_boxed(at)) {
            enter(&w, at);
            continue;
        }
        sx_val leaves = level == SX_TRIE_LAST ? sx_list_onto(&p->heap, at, SX_EMPTY) : SX_EMPTY;
        if (level != SX_TRIE_LAST) done = sx_cons(&p->heap, part_of(p, part, sx_head(at), sx_tail(at)), done);
        for (; sx_is_cons(leaves); leaves = sx_tail(leaves)) done = sx_cons(&p->heap, part_of(p, part, sx_head(sx_head(leaves)), sx_tail(sx_head(leaves))), done);
        if (++n < SX_PRIM_SLICE) continue;
        n = 0;
        if (sx_spent(p, SX_PRIM_SLICE, PAIRS_PER_REDUCTION)) return sx_again(p, walk_place(p, &w, done));
    }
    sx_charge(p, n / PAIRS_PER_REDUCTION);
    return done;
}

static sx_val map_list(SxProc *p, sx_val map, Part part)
{
    if (!sx_map_is_flat(map)) return large_map_list(p, map, part);
    sx_val list = SX_EMPTY;
    size_t n = sx_map_size(map);
    if (n == 0) return list;
    const sx_val *keys = sx_flat_keys(map), *values = sx_flat_values(map);
    while (n-- > 0) list = sx_cons(&p->heap, part_of(p, part, keys[n], values[n]), list);
    return list;
}

SX_PRIM(keys, "(keys m)", "Keys of map `m`, in the order of vals and pairs. Raises badarg for what is no map. (keys {:a 1 :b 2}) => [:a :b]")
{
    return sx_is_map(argv[0]) ? map_list(p, argv[0], KEYS) : sx_wrong(p, "keys: takes a map", argv[0]);
}
SX_PRIM(vals, "(vals m)", "Values of map `m`, in the order of keys and pairs. Raises badarg for what is no map. (vals {:a 1 :b 2}) => [1 2]")
{
    return sx_is_map(argv[0]) ? map_list(p, argv[0], VALUES) : sx_wrong(p, "vals: takes a map", argv[0]);
}
SX_PRIM(pairs, "(pairs m)", "Pairs #(k v) of map `m`, in the order of keys and vals. Raises badarg for what is no map. (pairs {:a 1}) => [#(:a 1)]")
{
    return sx_is_map(argv[0]) ? map_list(p, argv[0], PAIRS) : sx_wrong(p, "pairs: takes a map", argv[0]);
}

SX_PRIM(to_list, "(->list x)", "List of what a list, tuple, map (pairs #(k v)) or string (code points) holds. Raises badarg for anything else. (->list #(1 2)) => [1 2]")
{
    sx_val x = argv[0];
    if (sx_is_list(x)) return x;
    if (sx_is_map(x)) return map_list(p, x, PAIRS);
    if (sx_is_tuple(x)) {
        size_t n = sx_tuple_size(x);
        sx_charge(p, n / SX_ELEMENTS_PER_REDUCTION);
        return sx_list_from(&p->heap, sx_tuple_elements(x), n, SX_EMPTY);
    }
    return sx_code_points(p, x, "->list: takes a list, tuple, map or string");
}

SX_PRIM_TABLE(sx_maps){&get_prim, &has_key_prim, &assoc_prim, &dissoc_prim, &merge_prim, &hash_map_prim, &to_map_prim, &zipmap_prim,
                       &keys_prim, &vals_prim, &pairs_prim, &to_list_prim, NULL};
