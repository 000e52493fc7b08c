/* idmap.c - see idmap.h. Removal moves later members of the probe run back, so look-ups never pass over dead slots. */
#include "base/idmap.h"

#define FIRST_CAP 16u

static uint32_t place(const SxIdMap *m, uint64_t key)
{
    return (uint32_t)((key * 0x9E3779B97F4A7C15u) >> 32) & (m->cap - 1);
}

/* The slot that holds key, or the free one where it would go. */
static uint32_t find(const SxIdMap *m, uint64_t key)
{
    uint32_t i = place(m, key);
    while (m->slots[i].key != 0 && m->slots[i].key != key) i = (i + 1) & (m->cap - 1);
    return i;
}

void sx_idmap_deinit(SxIdMap *m)
{
    sx_free(m->slots);
    *m = (SxIdMap){0};
}

bool sx_idmap_get(const SxIdMap *m, uint64_t key, uint64_t *value)
{
    if (m->cap == 0) return false;
    uint32_t i = find(m, key);
    if (m->slots[i].key == 0) return false;
    *value = m->slots[i].value;
    return true;
}

static void grow(SxIdMap *m)
{
    SxIdMap old = *m;
    m->cap = old.cap ? old.cap * 2 : FIRST_CAP;
    m->slots = sx_alloc_zero(m->cap * sizeof *m->slots);
    for (uint32_t i = 0; i < old.cap; i++)
        if (old.slots[i].key != 0) m->slots[find(m, old.slots[i].key)] = old.slots[i];
    sx_free(old.slots);
}

void sx_idmap_put(SxIdMap *m, uint64_t key, uint64_t value)
{
    SX_ASSERT(key != 0);
    if (m->n * 4 >= m->cap * 3) grow(m);
    uint32_t i = find(m, key);
    if (m->slots[i].key == 0) m->n++;
    m->slots[i].key = key;
    m->slots[i].value = value;
}

bool sx_idmap_remove(SxIdMap *m, uint64_t key)
{
    if (m->cap == 0) return false;
    uint32_t hole = find(m, key), mask = m->cap - 1;
    if (m->slots[hole].key == 0) return false;
    m->n--;
    for (uint32_t i = (hole + 1) & mask; m->slots[i].key != 0; i = (i + 1) & mask) {
        uint32_t home = place(m, m->slots[i].key);
        if (((i - home) & mask) < ((i - hole) & mask)) continue; /* its home lies behind the hole */
        m->slots[hole] = m->slots[i];
        hole = i;
    }
    m->slots[hole].key = 0;
    return true;
}
