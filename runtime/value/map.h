/* map.h - immutable maps. Up to SX_MAP_MAX_FLAT keys: a sorted keys tuple (shared by maps of one shape) and the values.
 * More: a hash array mapped trie, 32-way; hashes are seeded (sx_map_seed), so a stranger cannot choose collisions.
 * A map of n keys has one of the two forms only, by n. Key equality is sx_equal (exact). */
#ifndef SX_MAP_H
#define SX_MAP_H

#include "value/heap.h"

extern uint64_t sx_map_seed;      /* set once before the first map is made */
uint64_t sx_term_hash(sx_val v);  /* seeded; equal values hash equal; iterative, looks at a bounded part of large terms */

sx_val sx_map_empty(void); /* static: there is only this one, and nobody moves or copies it */
size_t sx_map_size(sx_val map);
sx_val sx_map_get(sx_val map, sx_val key); /* SX_NONE when absent */
sx_val sx_map_put(SxHeap *h, sx_val map, sx_val key, sx_val value);
sx_val sx_map_remove(SxHeap *h, sx_val map, sx_val key);
/* From n pairs k0 v0 k1 v1 ...: a later key wins. */
sx_val sx_map_from_pairs(SxHeap *h, const sx_val *pairs, size_t n);
/* The same for n <= SX_MAP_MAX_FLAT pairs whose keys are known to stand in rising order. */
sx_val sx_map_from_sorted(SxHeap *h, const sx_val *pairs, size_t n);
/* All b's pairs win over a's. */
sx_val sx_map_merge(SxHeap *h, sx_val a, sx_val b);

/* Walk: flat maps in term order of keys, large ones in the trie's order (stable for one map). The iterator holds raw
 * addresses: no safe point may fall inside. */
typedef struct SxMapIter {
    sx_val map;
    size_t index;               /* flat: next pair */
    int depth;                  /* trie: stack of nodes */
    struct { sx_val node; int child; } path[16];
    sx_val bucket;              /* rest of a collision list */
} SxMapIter;
void sx_map_iter_init(SxMapIter *it, sx_val map);
bool sx_map_iter_next(SxMapIter *it, sx_val *key, sx_val *value);

#endif
