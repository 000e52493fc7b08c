/* map_build.c - maps from many pairs at once, and merging.
 * Owns sorting of entries and bottom-up building, so that n pairs cost n log n time and memory in proportion to the result
 * (allocation never collects, so n insertions would leave n paths behind).
 * INVARIANT: sorting is stable; of equal keys the last one wins. */
#include "value/compare.h"
#include "value/map_trie.h"

#define MERGE_BY_PUT 64 /* a trie that is this many times larger takes the other map's pairs one by one */

/* ---- flat ---- */

static sx_val flat_map(SxHeap *h, const sx_val *keys, const sx_val *values, size_t count)
{
    if (count == 0) return sx_map_empty();
    sx_val *k = sx_heap_alloc(h, (count + 1) + (count + 2)), *m = k + count + 1;
    k[0] = SX_HEADER(SX_KIND_TUPLE, count);
    memcpy(k + 1, keys, count * sizeof *k);
    m[0] = SX_HEADER(SX_KIND_MAP, count + 1);
    m[1] = sx_make_ptr(k, SX_TAG_BOXED);
    memcpy(m + 2, values, count * sizeof *m);
    return sx_make_ptr(m, SX_TAG_BOXED);
}

/* The flat map of n <= SX_MAP_MAX_FLAT pairs k0 v0 k1 v1 ... in any order. */
static sx_val build_flat(SxHeap *h, const sx_val *pairs, size_t n)
{
    sx_val keys[SX_MAP_MAX_FLAT], values[SX_MAP_MAX_FLAT];
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        sx_val key = pairs[2 * i];
        bool found = false;
        size_t at = count;
        if (count > 0 && sx_compare_exact(keys[count - 1], key) >= 0) at = sx_flat_find(keys, count, key, &found);
        if (!found) {
            memmove(keys + at + 1, keys + at, (count - at) * sizeof *keys);
            memmove(values + at + 1, values + at, (count - at) * sizeof *values);
            count++;
        }
        keys[at] = key;
        values[at] = pairs[2 * i + 1];
    }
    return flat_map(h, keys, values, count);
}

sx_val sx_map_from_sorted(SxHeap *h, const sx_val *pairs, size_t n)
{
    sx_val keys[SX_MAP_MAX_FLAT], values[SX_MAP_MAX_FLAT];
    SX_CHECK(n <= SX_MAP_MAX_FLAT);
    for (size_t i = 0; i < n; i++) {
        keys[i] = pairs[2 * i];
        values[i] = pairs[2 * i + 1];
        SX_ASSERT(i == 0 || sx_compare_exact(keys[i - 1], keys[i]) < 0);
    }
    return flat_map(h, keys, values, n);
}

/* ---- tries ---- */

/* Stable merge sort by hash, bottom up. */
static void sort_entries(SxTrieEntry *entries, size_t n)
{
    size_t sorted = 1;
    while (sorted < n && entries[sorted - 1].hash <= entries[sorted].hash) sorted++;
    if (sorted >= n) return;
    SxTrieEntry *scratch = sx_alloc(n * sizeof *scratch), *from = entries, *to = scratch;
    for (size_t run = 1; run < n; run *= 2) {
        for (size_t low = 0; low < n; low += 2 * run) {
            size_t middle = low + run < n ? low + run : n, high = middle + run < n ? middle + run : n;
            size_t a = low, b = middle;
            for (size_t i = low; i < high; i++) {
                bool left = b == high || (a < middle && from[a].hash <= from[b].hash);
                to[i] = left ? from[a++] : from[b++];
            }
        }
        SxTrieEntry *t = from;
        from = to;
        to = t;
    }
    if (from != entries) memcpy(entries, from, n * sizeof *entries);
    sx_free(scratch);
}

/* Of sorted entries with equal keys keep the last. Answers how many remain. */
static size_t drop_doubles(SxTrieEntry *entries, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        size_t same = kept;
        while (same > 0 && entries[same - 1].hash == entries[i].hash) {
            if (sx_equal(sx_head(entries[same - 1].leaf), sx_head(entries[i].leaf))) break;
            same--;
        }
        bool found = same > 0 && entries[same - 1].hash == entries[i].hash;
        entries[found ? same - 1 : kept++] = entries[i];
    }
    return kept;
}

/* Children gathered so far for one node of each level. */
typedef struct Open {
    uint32_t bitmap[SX_TRIE_LEVELS];
    int n[SX_TRIE_LEVELS];
    sx_val child[SX_TRIE_LEVELS][SX_TRIE_WAYS];
} Open;

static void add_child(Open *open, int level, uint64_t hash, sx_val child)
{
    open->bitmap[level] |= (uint32_t)1 << sx_trie_digit(hash, level);
    open->child[level][open->n[level]++] = child;
}

static sx_val close_node(SxHeap *h, Open *open, int level)
{
    size_t n = (size_t)open->n[level];
    sx_val *w = sx_heap_alloc(h, n + 2);
    w[0] = SX_HEADER(SX_KIND_NODE, n + 1);
    w[1] = sx_small((int64_t)open->bitmap[level]);
    memcpy(w + 2, open->child[level], n * sizeof *w);
    open->bitmap[level] = 0;
    open->n[level] = 0;
    return sx_make_ptr(w, SX_TAG_BOXED);
}

/* Leading digits that two hashes share: SX_TRIE_LEVELS when they are equal. */
static int shared_digits(uint64_t a, uint64_t b) { return a == b ? SX_TRIE_LEVELS : __builtin_clzll(a ^ b) / SX_TRIE_BITS; }

/* From n > 1 sorted entries with different keys. */
static sx_val build_trie(SxHeap *h, const SxTrieEntry *entries, size_t n)
{
    Open open;
    memset(open.bitmap, 0, sizeof open.bitmap);
    memset(open.n, 0, sizeof open.n);
    int before = 0;
    for (size_t i = 0; i < n;) {
        uint64_t hash = entries[i].hash;
        size_t end = i + 1;
        while (end < n && entries[end].hash == hash) end++;
        int after = end < n ? shared_digits(hash, entries[end].hash) : 0;
        int level = end - i > 1 ? SX_TRIE_LAST : before > after ? before : after;
        sx_val child = entries[i].leaf;
        if (level == SX_TRIE_LAST) {
            child = SX_EMPTY;
            for (size_t k = i; k < end; k++) child = sx_cons(h, entries[k].leaf, child);
        }
        add_child(&open, level, hash, child);
        for (; level > after; level--) add_child(&open, level - 1, hash, close_node(h, &open, level));
        before = after;
        i = end;
    }
    return sx_trie_new(h, n, close_node(h, &open, 0));
}

sx_val sx_map_from_entries(SxHeap *h, SxTrieEntry *entries, size_t n)
{
    if (n <= SX_MAP_MAX_FLAT) {
        sx_val pairs[2 * SX_MAP_MAX_FLAT];
        for (size_t i = 0; i < n; i++) {
            pairs[2 * i] = sx_head(entries[i].leaf);
            pairs[2 * i + 1] = sx_tail(entries[i].leaf);
        }
        return build_flat(h, pairs, n);
    }
    sort_entries(entries, n);
    return build_trie(h, entries, n);
}

/* ---- pairs and merging ---- */

/* The map of n entries, hashed, in any order; the last of equal keys wins. */
static sx_val build_any(SxHeap *h, SxTrieEntry *entries, size_t n)
{
    sort_entries(entries, n);
    return sx_map_from_entries(h, entries, drop_doubles(entries, n));
}

sx_val sx_map_from_pairs(SxHeap *h, const sx_val *pairs, size_t n)
{
    if (n <= SX_MAP_MAX_FLAT) return build_flat(h, pairs, n);
    SxTrieEntry *entries = sx_alloc(n * sizeof *entries);
    for (size_t i = 0; i < n; i++) entries[i] = (SxTrieEntry){sx_term_hash(pairs[2 * i]), sx_cons(h, pairs[2 * i], pairs[2 * i + 1])};
    sx_val map = build_any(h, entries, n);
    sx_free(entries);
    return map;
}

/* The pairs of a map as entries. Answers the end. */
static SxTrieEntry *add_entries(SxHeap *h, SxTrieEntry *at, sx_val map)
{
    SxMapIter it;
    sx_val key, value;
    sx_map_iter_init(&it, map);
    while (sx_map_iter_next(&it, &key, &value)) *at++ = (SxTrieEntry){sx_term_hash(key), sx_cons(h, key, value)};
    return at;
}

sx_val sx_map_merge(SxHeap *h, sx_val a, sx_val b)
{
    size_t size_a = sx_map_size(a), size_b = sx_map_size(b);
    if (size_b == 0 || a == b) return a;
    if (size_a == 0) return b;
    SxMapIter it;
    sx_val key, value;
    if (size_a / MERGE_BY_PUT >= size_b) {
        sx_map_iter_init(&it, b);
        while (sx_map_iter_next(&it, &key, &value)) a = sx_map_put(h, a, key, value);
        return a;
    }
    if (size_b / MERGE_BY_PUT >= size_a) {
        sx_map_iter_init(&it, a);
        while (sx_map_iter_next(&it, &key, &value)) {
            if (sx_map_get(b, key) == SX_NONE) b = sx_map_put(h, b, key, value);
        }
        return b;
    }
    SxTrieEntry *entries = sx_alloc((size_a + size_b) * sizeof *entries), *end = add_entries(h, entries, a);
    end = add_entries(h, end, b);
    sx_val map = build_any(h, entries, (size_t)(end - entries));
    sx_free(entries);
    return map;
}
