/* graph.h - what heap tests share: a digest of a value (iterative, independent of addresses), to compare a graph with what
 * it was before it moved or was copied. Sharing does not show in the digest. */
#ifndef GRAPH_H
#define GRAPH_H

#include "value/heap.h"

static inline uint64_t graph_mix(uint64_t digest, uint64_t w) { return (digest ^ w) * 0x9E3779B97F4A7C15u + (digest >> 29); }

/* Digest of v in preorder; *n_objects counts what was visited. */
static inline uint64_t graph_digest(sx_val v, size_t *n_objects)
{
    size_t depth = 0, cap = 256;
    sx_val *todo = sx_alloc(cap * sizeof *todo);
    uint64_t digest = 1;
    todo[depth++] = v;
    *n_objects = 0;
    while (depth > 0) {
        v = todo[--depth];
        digest = graph_mix(digest, (uint64_t)sx_tag(v));
        if (!sx_is_pointer(v)) {
            digest = graph_mix(digest, v);
            continue;
        }
        const sx_val *p = sx_ptr(v);
        size_t n = 2, from = 0;
        ++*n_objects;
        if (!sx_is_cons(v)) {
            n = sx_header_size(p[0]) + 1;
            from = 1;
            digest = graph_mix(digest, p[0]);
            if (sx_header_kind(p[0]) == SX_KIND_BLOB) {
                SxBlob *b = (SxBlob *)(uintptr_t)p[1];
                digest = graph_mix(digest, sx_hash_bytes(b->bytes, atomic_load(&b->used)));
                continue;
            }
            if (sx_header_kind(p[0]) >= SX_KIND_FIRST_RAW) {
                for (size_t i = 1; i < n; i++) digest = graph_mix(digest, p[i]);
                continue;
            }
        }
        if (depth + n > cap) todo = sx_realloc(todo, (cap = 2 * (depth + n)) * sizeof *todo);
        for (size_t i = n; i > from; i--) todo[depth++] = p[i - 1];
    }
    sx_free(todo);
    return digest;
}

#endif
