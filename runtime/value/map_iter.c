/* map_iter.c - walking maps: flat ones in the order of their keys, tries in the order of hashes.
 * INVARIANT: path[0..depth) are the nodes from the root to where the walk stands; `child` is the next child to visit. A node
 * at index SX_TRIE_LAST has lists as children; `bucket` is what is left of the one being walked. */
#include "value/map_trie.h"

_Static_assert(SX_TRIE_LEVELS <= SX_COUNT(((SxMapIter *)0)->path), "a path per level");

void sx_map_iter_init(SxMapIter *it, sx_val map)
{
    it->map = map;
    it->index = 0;
    it->depth = 0;
    it->bucket = SX_EMPTY;
    if (sx_map_is_flat(map)) return;
    it->path[0].node = sx_ptr(map)[2];
    it->path[0].child = 0;
    it->depth = 1;
}

bool sx_map_iter_next(SxMapIter *it, sx_val *key, sx_val *value)
{
    if (sx_map_is_flat(it->map)) {
        if (it->index == sx_flat_size(it->map)) return false;
        *key = sx_flat_keys(it->map)[it->index];
        *value = sx_flat_values(it->map)[it->index++];
        return true;
    }
    sx_val leaf = SX_NONE;
    while (leaf == SX_NONE) {
        if (sx_is_cons(it->bucket)) {
            leaf = sx_head(it->bucket);
            it->bucket = sx_tail(it->bucket);
            break;
        }
        if (it->depth == 0) return false;
        int level = it->depth - 1, child = it->path[level].child++;
        sx_val *node = sx_ptr(it->path[level].node);
        if ((size_t)child + 1 == sx_header_size(node[0])) {
            it->depth--;
            continue;
        }
        sx_val at = sx_trie_children(node)[child];
        if (sx_is_boxed(at)) {
            it->path[it->depth].node = at;
            it->path[it->depth++].child = 0;
        } else if (level == SX_TRIE_LAST) {
            it->bucket = at;
        } else {
            leaf = at;
        }
    }
    *key = sx_head(leaf);
    *value = sx_tail(leaf);
    return true;
}
