/* idmap.h - a table from 64-bit keys (never 0) to 64-bit values: open addressing, linear probing, no tombstones. */
#ifndef SX_IDMAP_H
#define SX_IDMAP_H

#include "base/base.h"

typedef struct SxIdMap {
    struct SxIdMapSlot { uint64_t key, value; } *slots;
    uint32_t n, cap; /* cap: a power of two, or 0 */
} SxIdMap;

void sx_idmap_deinit(SxIdMap *m);
bool sx_idmap_get(const SxIdMap *m, uint64_t key, uint64_t *value);
void sx_idmap_put(SxIdMap *m, uint64_t key, uint64_t value);
bool sx_idmap_remove(SxIdMap *m, uint64_t key);

#endif
