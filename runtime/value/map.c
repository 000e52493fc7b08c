/* map.c - look-up, insertion and removal in immutable maps, flat and tries (map_trie.h draws them).
 * Does not own building from many pairs (map_build.c), walking (map_iter.c) and hashing (term_hash.c).
 * INVARIANT: a map is changed by copying: the flat block, or the nodes on the path to the key. What changes nothing answers
 * the map itself. Every map without keys is the one static empty map. */
#include "value/map.h"
#include "value/compare.h"
#include "value/map_trie.h"

static const struct {
    sx_val header;
    union {
        const char *address; /* of `tuple`, tagged */
        sx_val word;
    } keys;
    sx_val tuple;
} empty_map = {SX_HEADER(SX_KIND_MAP, 1), {(const char *)&empty_map.tuple + SX_TAG_BOXED}, SX_HEADER(SX_KIND_TUPLE, 0)};

sx_val sx_map_empty(void) { return sx_make_ptr(&empty_map.header, SX_TAG_BOXED); }

size_t sx_map_size(sx_val map)
{
    return sx_map_is_flat(map) ? sx_flat_size(map) : (size_t)sx_small_value(sx_ptr(map)[1]);
}

/* ---- flat maps ---- */

size_t sx_flat_find(const sx_val *keys, size_t n, sx_val key, bool *found)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int c = sx_compare_exact(key, keys[middle]);
        if (c == 0) {
            *found = true;
            return middle;
        }
        if (c < 0) high = middle;
        else low = middle + 1;
    }
    *found = false;
    return low;
}

#define FEW_KEYS 8 /* comparing so many for equality is cheaper than a search by order */

/* Index of key, or n. Words decide for all that is no pointer. */
static size_t flat_index(const sx_val *keys, size_t n, sx_val key)
{
    for (size_t i = 0; i < n; i++) {
        if (keys[i] == key) return i;
    }
    if (!sx_is_pointer(key)) return n;
    if (n <= FEW_KEYS) {
        for (size_t i = 0; i < n; i++) {
            if (sx_tag(keys[i]) == sx_tag(key) && sx_equal_slow(keys[i], key)) return i;
        }
        return n;
    }
    bool found;
    size_t at = sx_flat_find(keys, n, key, &found);
    return found ? at : n;
}

static sx_val flat_put(SxHeap *h, sx_val map, sx_val key, sx_val value)
{
    size_t n = sx_flat_size(map);
    const sx_val *keys = sx_flat_keys(map), *values = sx_flat_values(map);
    size_t at = flat_index(keys, n, key);
    if (at < n) {
        if (values[at] == value) return map;
        sx_val *w = sx_heap_alloc(h, n + 2);
        memcpy(w, sx_ptr(map), (n + 2) * sizeof *w);
        w[2 + at] = value;
        return sx_make_ptr(w, SX_TAG_BOXED);
    }
    if (n == SX_MAP_MAX_FLAT) {
        SxTrieEntry entries[SX_MAP_MAX_FLAT + 1];
        for (size_t i = 0; i < n; i++) entries[i] = (SxTrieEntry){sx_term_hash(keys[i]), sx_cons(h, keys[i], values[i])};
        entries[n] = (SxTrieEntry){sx_term_hash(key), sx_cons(h, key, value)};
        return sx_map_from_entries(h, entries, n + 1);
    }
    bool found;
    at = sx_flat_find(keys, n, key, &found);
    sx_val *w = sx_heap_alloc(h, (n + 2) + (n + 3)), *k = w, *m = w + n + 2;
    k[0] = SX_HEADER(SX_KIND_TUPLE, n + 1);
    memcpy(k + 1, keys, at * sizeof *k);
    k[1 + at] = key;
    memcpy(k + 2 + at, keys + at, (n - at) * sizeof *k);
    m[0] = SX_HEADER(SX_KIND_MAP, n + 2);
    m[1] = sx_make_ptr(k, SX_TAG_BOXED);
    memcpy(m + 2, values, at * sizeof *m);
    m[2 + at] = value;
    memcpy(m + 3 + at, values + at, (n - at) * sizeof *m);
    return sx_make_ptr(m, SX_TAG_BOXED);
}

static sx_val flat_remove(SxHeap *h, sx_val map, sx_val key)
{
    size_t n = sx_flat_size(map);
    const sx_val *keys = sx_flat_keys(map), *values = sx_flat_values(map);
    size_t at = flat_index(keys, n, key);
    if (at == n) return map;
    if (n == 1) return sx_map_empty();
    sx_val *w = sx_heap_alloc(h, n + (n + 1)), *k = w, *m = w + n;
    k[0] = SX_HEADER(SX_KIND_TUPLE, n - 1);
    memcpy(k + 1, keys, at * sizeof *k);
    memcpy(k + 1 + at, keys + at + 1, (n - at - 1) * sizeof *k);
    m[0] = SX_HEADER(SX_KIND_MAP, n);
    m[1] = sx_make_ptr(k, SX_TAG_BOXED);
    memcpy(m + 2, values, at * sizeof *m);
    memcpy(m + 2 + at, values + at + 1, (n - at - 1) * sizeof *m);
    return sx_make_ptr(m, SX_TAG_BOXED);
}

/* ---- tries ---- */

/* The way from the root to where a key is or belongs. */
typedef struct Path {
    sx_val *node[SX_TRIE_LEVELS];
    unsigned slot[SX_TRIE_LEVELS]; /* index among the children */
    int last;                      /* level of the last node */
    bool taken;                    /* the last node has a child at slot */
} Path;

static void find_path(Path *path, sx_val map, uint64_t hash)
{
    sx_val *node = sx_ptr(sx_ptr(map)[2]);
    for (int level = 0;; level++) {
        uint32_t bitmap = sx_trie_bitmap(node), bit = (uint32_t)1 << sx_trie_digit(hash, level);
        unsigned slot = sx_count_bits(bitmap & (bit - 1));
        path->node[level] = node;
        path->slot[level] = slot;
        path->last = level;
        path->taken = (bitmap & bit) != 0;
        if (!path->taken || !sx_is_boxed(sx_trie_children(node)[slot])) return;
        node = sx_ptr(sx_trie_children(node)[slot]);
    }
}

/* The cons of key in a list of conses; SX_NONE when it is not there. */
static sx_val bucket_find(sx_val bucket, sx_val key)
{
    for (; sx_is_cons(bucket); bucket = sx_tail(bucket)) {
        if (sx_equal(sx_head(sx_head(bucket)), key)) return sx_head(bucket);
    }
    return SX_NONE;
}

/* The bucket without one of its conses. */
static sx_val bucket_without(SxHeap *h, sx_val bucket, sx_val leaf)
{
    sx_val rest = SX_EMPTY;
    for (; sx_is_cons(bucket); bucket = sx_tail(bucket)) {
        if (sx_head(bucket) != leaf) rest = sx_cons(h, sx_head(bucket), rest);
    }
    return rest;
}

static sx_val trie_get(sx_val map, sx_val key)
{
    uint64_t hash = sx_term_hash(key);
    const sx_val *node = sx_ptr(sx_ptr(map)[2]);
    for (int level = 0;; level++) {
        uint32_t bitmap = sx_trie_bitmap(node), bit = (uint32_t)1 << sx_trie_digit(hash, level);
        if (!(bitmap & bit)) return SX_NONE;
        sx_val child = node[2 + sx_count_bits(bitmap & (bit - 1))];
        if (sx_is_boxed(child)) {
            node = sx_ptr(child);
            continue;
        }
        if (level == SX_TRIE_LAST) child = bucket_find(child, key);
        else if (!sx_equal(sx_head(child), key)) return SX_NONE;
        return child == SX_NONE ? SX_NONE : sx_tail(child);
    }
}

/* A chain of nodes from `level` on that holds two leaves of different keys. */
static sx_val join_leaves(SxHeap *h, int level, uint64_t hash_a, sx_val a, uint64_t hash_b, sx_val b)
{
    int fork = level;
    while (fork < SX_TRIE_LAST && sx_trie_digit(hash_a, fork) == sx_trie_digit(hash_b, fork)) fork++;
    unsigned digit_a = sx_trie_digit(hash_a, fork), digit_b = sx_trie_digit(hash_b, fork);
    sx_val *w;
    if (hash_a == hash_b) {
        w = sx_heap_alloc(h, 3);
        w[0] = SX_HEADER(SX_KIND_NODE, 2);
        w[2] = sx_cons(h, a, sx_cons(h, b, SX_EMPTY));
    } else {
        if (fork == SX_TRIE_LAST) {
            a = sx_cons(h, a, SX_EMPTY);
            b = sx_cons(h, b, SX_EMPTY);
        }
        w = sx_heap_alloc(h, 4);
        w[0] = SX_HEADER(SX_KIND_NODE, 3);
        w[2] = digit_a < digit_b ? a : b;
        w[3] = digit_a < digit_b ? b : a;
    }
    w[1] = sx_small((int64_t)1 << digit_a | (int64_t)1 << digit_b);
    while (fork > level) {
        sx_val *up = sx_heap_alloc(h, 3);
        fork--;
        up[0] = SX_HEADER(SX_KIND_NODE, 2);
        up[1] = sx_small((int64_t)1 << sx_trie_digit(hash_a, fork));
        up[2] = sx_make_ptr(w, SX_TAG_BOXED);
        w = up;
    }
    return sx_make_ptr(w, SX_TAG_BOXED);
}

/* Words are few and their number varies: a plain loop beats a call of memcpy. */
SX_INLINE void copy_words(sx_val *to, const sx_val *from, size_t n)
{
    for (size_t i = 0; i < n; i++) to[i] = from[i];
}

/* Copies of the nodes of the path above `level`, the lowest with `child` in its place; answers the root. */
static sx_val copy_path(SxHeap *h, const Path *path, int level, sx_val child)
{
    while (--level >= 0) {
        const sx_val *node = path->node[level];
        size_t words = sx_header_size(node[0]) + 1;
        sx_val *w = sx_heap_alloc(h, words);
        copy_words(w, node, words);
        w[2 + path->slot[level]] = child;
        child = sx_make_ptr(w, SX_TAG_BOXED);
    }
    return child;
}

/* A copy of node with a further child. */
static sx_val node_insert(SxHeap *h, const sx_val *node, unsigned digit, unsigned slot, sx_val child)
{
    size_t n = sx_header_size(node[0]);
    sx_val *w = sx_heap_alloc(h, n + 2);
    w[0] = SX_HEADER(SX_KIND_NODE, n + 1);
    w[1] = sx_small((int64_t)(sx_trie_bitmap(node) | (uint32_t)1 << digit));
    copy_words(w + 2, node + 2, slot);
    w[2 + slot] = child;
    copy_words(w + 3 + slot, node + 2 + slot, n - 1 - slot);
    return sx_make_ptr(w, SX_TAG_BOXED);
}

/* A copy of node without one of its children, of which it has at least two. */
static sx_val node_remove(SxHeap *h, const sx_val *node, unsigned digit, unsigned slot)
{
    size_t n = sx_header_size(node[0]);
    sx_val *w = sx_heap_alloc(h, n);
    w[0] = SX_HEADER(SX_KIND_NODE, n - 1);
    w[1] = sx_small((int64_t)(sx_trie_bitmap(node) & ~((uint32_t)1 << digit)));
    copy_words(w + 2, node + 2, slot);
    copy_words(w + 2 + slot, node + 3 + slot, n - 2 - slot);
    return sx_make_ptr(w, SX_TAG_BOXED);
}

static sx_val trie_put(SxHeap *h, sx_val map, sx_val key, sx_val value)
{
    uint64_t hash = sx_term_hash(key);
    size_t count = (size_t)sx_small_value(sx_ptr(map)[1]);
    Path path;
    find_path(&path, map, hash);
    sx_val *node = path.node[path.last];
    unsigned slot = path.slot[path.last];
    if (!path.taken) {
        sx_val leaf = sx_cons(h, key, value);
        if (path.last == SX_TRIE_LAST) leaf = sx_cons(h, leaf, SX_EMPTY);
        sx_val below = node_insert(h, node, sx_trie_digit(hash, path.last), slot, leaf);
        return sx_trie_new(h, count + 1, copy_path(h, &path, path.last, below));
    }
    sx_val child = sx_trie_children(node)[slot], below;
    if (path.last == SX_TRIE_LAST) {
        sx_val old = bucket_find(child, key);
        if (old != SX_NONE && sx_tail(old) == value) return map;
        if (old == SX_NONE) count++;
        else child = bucket_without(h, child, old);
        below = sx_cons(h, sx_cons(h, key, value), child);
    } else if (sx_equal(sx_head(child), key)) {
        if (sx_tail(child) == value) return map;
        below = sx_cons(h, sx_head(child), value);
    } else {
        below = join_leaves(h, path.last + 1, sx_term_hash(sx_head(child)), child, hash, sx_cons(h, key, value));
        count++;
    }
    return sx_trie_new(h, count, copy_path(h, &path, path.last + 1, below));
}

/* What remains of a trie of 33 keys without one: a flat map. */
static sx_val shrink_to_flat(SxHeap *h, sx_val map, sx_val without)
{
    SxTrieEntry entries[SX_MAP_MAX_FLAT];
    size_t n = 0;
    SxMapIter it;
    sx_val key, value;
    sx_map_iter_init(&it, map);
    while (sx_map_iter_next(&it, &key, &value)) {
        if (!sx_equal(key, without)) entries[n++] = (SxTrieEntry){0, sx_cons(h, key, value)};
    }
    return sx_map_from_entries(h, entries, n);
}

static sx_val trie_remove(SxHeap *h, sx_val map, sx_val key)
{
    if (sx_map_get(map, key) == SX_NONE) return map;
    uint64_t hash = sx_term_hash(key);
    size_t count = (size_t)sx_small_value(sx_ptr(map)[1]) - 1;
    if (count <= SX_MAP_MAX_FLAT) return shrink_to_flat(h, map, key);
    Path path;
    find_path(&path, map, hash);
    int level = path.last;
    sx_val child = SX_NONE; /* what takes the place of the node at `level`'s child; SX_NONE: nothing */
    if (level == SX_TRIE_LAST) {
        sx_val bucket = sx_trie_children(path.node[level])[path.slot[level]];
        bucket = bucket_without(h, bucket, bucket_find(bucket, key));
        if (bucket != SX_EMPTY) child = bucket;
    }
    /* A node that is left with a single leaf gives way to it, up to the first that keeps others. */
    for (;; level--) {
        const sx_val *node = path.node[level];
        size_t n = sx_header_size(node[0]) - 1;
        unsigned slot = path.slot[level];
        sx_val single = SX_NONE;
        if (n == 1) single = child;
        else if (n == 2 && child == SX_NONE) single = node[2 + (slot ^ 1)];
        if (level > 0 && sx_is_cons(single) && level == SX_TRIE_LAST) single = sx_tail(single) == SX_EMPTY ? sx_head(single) : SX_NONE;
        if (level > 0 && sx_is_cons(single)) {
            child = single;
            continue;
        }
        if (child != SX_NONE) return sx_trie_new(h, count, copy_path(h, &path, level + 1, child));
        return sx_trie_new(h, count, copy_path(h, &path, level, node_remove(h, node, sx_trie_digit(hash, level), slot)));
    }
}

/* ---- both ---- */

sx_val sx_map_get(sx_val map, sx_val key)
{
    if (!sx_map_is_flat(map)) return trie_get(map, key);
    size_t n = sx_flat_size(map), at = flat_index(sx_flat_keys(map), n, key);
    return at < n ? sx_flat_values(map)[at] : SX_NONE;
}

sx_val sx_map_put(SxHeap *h, sx_val map, sx_val key, sx_val value)
{
    return sx_map_is_flat(map) ? flat_put(h, map, key, value) : trie_put(h, map, key, value);
}

sx_val sx_map_remove(SxHeap *h, sx_val map, sx_val key)
{
    return sx_map_is_flat(map) ? flat_remove(h, map, key) : trie_remove(h, map, key);
}
