/* rel.c - see rel.h. Entries are dense and unordered; the index, made when the table grows long, maps (kind, key) to an
 * entry's place and follows when the last entry moves into a hole. */
#include "proc/rel.h"

static uint32_t index_size(const SxRels *r) { return r->index[-1]; }

static void free_index(SxRels *r)
{
    if (r->index != NULL) sx_free(r->index - 1);
    r->index = NULL;
}

static uint32_t hash(uint32_t kind, uint64_t key) { return (uint32_t)(((key ^ ((uint64_t)kind << 60)) * 0x9E3779B97F4A7C15u) >> 33); }
static bool is(const SxRel *e, uint32_t kind, uint64_t key) { return e->key == key && e->kind == kind; }

static SxFrag *tag_of(const SxRel *e) { return (SxFrag *)(uintptr_t)e->other; }

void sx_rels_deinit(SxRels *r)
{
    for (uint32_t i = 0; i < r->n; i++)
        if (r->entries[i].kind == SX_REL_TAG) sx_frag_free(tag_of(&r->entries[i]));
    sx_free(r->entries);
    free_index(r);
    *r = (SxRels){0};
}

/* Index slot of (kind, key), or the free slot where it would go. */
static uint32_t slot_of(const SxRels *r, uint32_t kind, uint64_t key)
{
    uint32_t i = hash(kind, key) & (index_size(r) - 1);
    while (r->index[i] != 0 && !is(&r->entries[r->index[i] - 1], kind, key)) i = (i + 1) & (index_size(r) - 1);
    return i;
}

static void reindex(SxRels *r)
{
    uint32_t size = 64;
    while (size < r->cap * 2) size *= 2;
    free_index(r);
    r->index = (uint32_t *)sx_alloc_zero((size + 1) * sizeof *r->index) + 1;
    r->index[-1] = size;
    for (uint32_t i = 0; i < r->n; i++) r->index[slot_of(r, r->entries[i].kind, r->entries[i].key)] = i + 1;
}

SxRel *sx_rel_find(const SxRels *r, SxRelKind kind, uint64_t key)
{
    if (r->index != NULL) {
        uint32_t i = r->index[slot_of(r, kind, key)];
        return i ? &r->entries[i - 1] : NULL;
    }
    for (uint32_t i = r->n; i-- > 0;)
        if (is(&r->entries[i], kind, key)) return &r->entries[i];
    return NULL;
}

SxRel *sx_rel_add(SxRels *r, SxRelKind kind, uint64_t key, sx_val other, sx_val name)
{
    SxRel *old = sx_rel_find(r, kind, key);
    if (old != NULL) return old;
    bool longer = r->n == r->cap;
    if (longer) {
        r->cap = r->cap ? r->cap * 2 : 2;
        r->entries = sx_realloc(r->entries, r->cap * sizeof *r->entries);
    }
    SxRel *e = &r->entries[r->n++];
    *e = (SxRel){.key = key, .other = other, .name = name, .kind = kind};
    if (r->index != NULL && !longer) r->index[slot_of(r, kind, key)] = r->n;
    else if (r->n > SX_RELS_LINEAR) reindex(r);
    return e;
}

/* Empty index slot i and close the gap in its probe run. */
static void unindex(SxRels *r, uint32_t i)
{
    uint32_t mask = index_size(r) - 1;
    r->index[i] = 0;
    for (uint32_t j = (i + 1) & mask; r->index[j] != 0; j = (j + 1) & mask) {
        uint32_t entry = r->index[j];
        r->index[j] = 0;
        r->index[slot_of(r, r->entries[entry - 1].kind, r->entries[entry - 1].key)] = entry;
    }
}

bool sx_rel_remove(SxRels *r, SxRelKind kind, uint64_t key)
{
    SxRel *e = sx_rel_find(r, kind, key);
    if (e == NULL) return false;
    SxRel *last = &r->entries[r->n - 1];
    if (r->index != NULL) {
        unindex(r, slot_of(r, kind, key));
        if (e != last) r->index[slot_of(r, last->kind, last->key)] = (uint32_t)(e - r->entries) + 1;
    }
    *e = *last;
    r->n--;
    return true;
}

SxFrag *sx_rel_take_tag(SxRels *r, uint64_t key)
{
    const SxRel *e = sx_rel_find(r, SX_REL_TAG, key);
    if (e == NULL) return NULL;
    SxFrag *tag = tag_of(e);
    sx_rel_remove(r, SX_REL_TAG, key);
    return tag;
}
