/* map_trie.h - the inside of large maps, for map.c, map_build.c and map_iter.c only.
 *
 *   HAMT | count | root |        NODE | bitmap | child 0 | child 1 | ...
 *
 * A node at level l sorts its keys by digit l of their hash, highest digit first, so that walking a trie visits hashes in
 * rising order. A child is, by the digits that the keys below share:
 *   one key                    cons (key . value)
 *   more                       NODE of the next level
 *   at the last level, always  list of the conses of all keys with this very hash
 * INVARIANT: a trie holds more than SX_MAP_MAX_FLAT keys, and below every node other than the root there are at least two:
 * equal sets of keys have one shape. */
#ifndef SX_MAP_TRIE_H
#define SX_MAP_TRIE_H

#include "value/map.h"

enum { SX_TRIE_BITS = 5, SX_TRIE_WAYS = 1 << SX_TRIE_BITS, SX_TRIE_LEVELS = (64 + SX_TRIE_BITS - 1) / SX_TRIE_BITS, SX_TRIE_LAST = SX_TRIE_LEVELS - 1 };

SX_INLINE unsigned sx_trie_digit(uint64_t hash, int level) { return (unsigned)(hash << (SX_TRIE_BITS * level) >> (64 - SX_TRIE_BITS)); }
SX_INLINE uint32_t sx_trie_bitmap(const sx_val *node) { return (uint32_t)sx_small_value(node[1]); }
SX_INLINE sx_val *sx_trie_children(sx_val *node) { return node + 2; }

SX_INLINE unsigned sx_count_bits(uint32_t x)
{
#ifdef __POPCNT__
    return (unsigned)__builtin_popcount(x);
#else
    x -= (x >> 1) & 0x55555555;
    x = (x & 0x33333333) + ((x >> 2) & 0x33333333);
    return ((x + (x >> 4)) & 0x0F0F0F0F) * 0x01010101 >> 24;
#endif
}

SX_INLINE bool sx_map_is_flat(sx_val map) { return sx_header_kind(sx_header_of(map)) == SX_KIND_MAP; }
SX_INLINE size_t sx_flat_size(sx_val map) { return sx_header_size(sx_header_of(map)) - 1; }
SX_INLINE sx_val *sx_flat_keys(sx_val map) { return sx_tuple_elements(sx_ptr(map)[1]); }
SX_INLINE sx_val *sx_flat_values(sx_val map) { return sx_ptr(map) + 2; }

SX_INLINE sx_val sx_trie_new(SxHeap *h, size_t count, sx_val root)
{
    sx_val *w = sx_heap_alloc(h, 3);
    w[0] = SX_HEADER(SX_KIND_HAMT, 2);
    w[1] = sx_small((int64_t)count);
    w[2] = root;
    return sx_make_ptr(w, SX_TAG_BOXED);
}

typedef struct SxTrieEntry {
    uint64_t hash;
    sx_val leaf; /* cons (key . value) */
} SxTrieEntry;

/* Where `key` is or belongs among n sorted keys; *found tells which. */
size_t sx_flat_find(const sx_val *keys, size_t n, sx_val key, bool *found);
/* The map of n entries whose keys differ: flat or trie by n. The entries are reordered. */
sx_val sx_map_from_entries(SxHeap *h, SxTrieEntry *entries, size_t n);

#endif
