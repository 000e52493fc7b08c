/* copy.c - deep copies: see copy.h. */
#include "value/copy.h"
#include "value/bits.h"
#include "value/heap_policy.h"
#include "value/map.h"
#include "value/shared.h"

/* ---- what was seen ---- */

static SxSeen *seen_slot(SxSeen *seen, size_t cap, const sx_val *from)
{
    size_t i = (size_t)(((uint64_t)(uintptr_t)from >> 3) * 0x9E3779B97F4A7C15u >> 20) & (cap - 1);
    while (seen[i].from && seen[i].from != from) i = (i + 1) & (cap - 1);
    return &seen[i];
}

/* True when `from` is new. */
static bool see(SxCopier *c, const sx_val *from)
{
    if (2 * c->n_seen >= c->cap_seen) {
        size_t cap = 2 * c->cap_seen;
        SxSeen *grown = sx_alloc_zero(cap * sizeof *grown);
        for (size_t i = 0; i < c->cap_seen; i++)
            if (c->seen[i].from) *seen_slot(grown, cap, c->seen[i].from) = c->seen[i];
        sx_free(c->seen);
        c->seen = grown;
        c->cap_seen = cap;
    }
    SxSeen *slot = seen_slot(c->seen, c->cap_seen, from);
    if (slot->from) return false;
    slot->from = from;
    c->n_seen++;
    return true;
}

void sx_copier_deinit(SxCopier *c)
{
    sx_free(c->seen);
    c->seen = NULL;
}

/* ---- measure ---- */

SX_INLINE bool stays(const SxCopier *c, sx_val v) { return !sx_is_pointer(v) || (sx_is_shared(v) && !c->out_of_shared); }

/* True when v is a pointer to something that has to be copied. */
SX_INLINE bool is_copied(const SxCopier *c, sx_val v)
{
    if (stays(c, v)) return false;
    return c->into_shared || sx_ptr(v)[0] != SX_EMPTY_MAP_HEADER;
}

SX_INLINE size_t heapbin_words(size_t n_bits) { return 2 + (n_bits + 63) / 64; }

typedef struct Range {
    const sx_val *at, *end;
} Range;

/* Count until more than `most` words were found. */
static size_t measure(SxCopier *c, const sx_val *values, size_t n, size_t most)
{
    Range on_stack[32], *ranges = on_stack; /* what is left to look at besides [at, end) */
    size_t cap = SX_COUNT(on_stack), depth = 0, words = 0;
    const sx_val *at = values, *end = values + n;

    for (;;) {
        if (at == end) {
            if (depth == 0 || words > most) break;
            at = ranges[--depth].at;
            end = ranges[depth].end;
        }
        sx_val v = *at++;
        if (!is_copied(c, v) || (c->seen && !see(c, sx_ptr(v)))) continue;

        const sx_val *p = sx_ptr(v), *children = p, *children_end = p + 2;
        if (sx_is_cons(v)) {
            words += 2;
            if (SX_UNLIKELY(words > most)) break;
        } else {
            SxKind kind = sx_header_kind(p[0]);
            if (c->into_shared && kind == SX_KIND_BITS) {
                words += heapbin_words(sx_bits_size(v));
                continue;
            }
            children = p + 1;
            children_end = children + sx_header_size(p[0]);
            words += (size_t)(children_end - p);
            if (kind >= SX_KIND_FIRST_RAW || children == children_end) continue;
        }
        if (at != end) { /* else nothing is left to come back to: long lists need no room */
            if (depth == cap) {
                Range *grown = sx_alloc(2 * cap * sizeof *grown);
                memcpy(grown, ranges, cap * sizeof *grown);
                if (ranges != on_stack) sx_free(ranges);
                ranges = grown;
                cap *= 2;
            }
            ranges[depth++] = (Range){at, end};
        }
        at = children;
        end = children_end;
    }
    if (ranges != on_stack) sx_free(ranges);
    return words;
}

size_t sx_copier_measure(SxCopier *c, const sx_val *values, size_t n) { return sx_copier_measure_up_to(c, values, n, SIZE_MAX); }

size_t sx_copier_measure_up_to(SxCopier *c, const sx_val *values, size_t n, size_t most)
{
    size_t words = measure(c, values, n, most < SX_SHARING_FROM ? most : SX_SHARING_FROM);
    if (words <= SX_SHARING_FROM || words > most) return words;
    c->cap_seen = 1024;
    c->seen = sx_alloc_zero(c->cap_seen * sizeof *c->seen);
    return measure(c, values, n, SIZE_MAX - 1);
}

/* ---- copy ---- */

static sx_val flatten_bits(SxCopier *c, sx_val v)
{
    SxBits bits = sx_bits_of(v);
    size_t n = heapbin_words(bits.n_bits);
    sx_val *to = c->at;
    to[0] = SX_HEADER(SX_KIND_HEAPBIN, n - 1);
    to[1] = bits.n_bits;
    memset(to + 2, 0, (n - 2) * sizeof *to);
    sx_bits_copy((unsigned char *)(to + 2), 0, bits.bytes, bits.bit_offset, bits.n_bits);
    c->at += n;
    return sx_make_ptr(to, SX_TAG_BOXED);
}

static SX_NOINLINE sx_val copy_object(SxCopier *c, sx_val v)
{
    const sx_val *from = sx_ptr(v);
    SxSeen *slot = NULL;
    if (c->seen) {
        slot = seen_slot(c->seen, c->cap_seen, from);
        if (slot->to) return sx_make_ptr(slot->to, sx_tag(v));
        slot->to = c->at;
    }
    sx_val *to = c->at;
    if (sx_is_cons(v)) {
        to[0] = from[0];
        to[1] = from[1];
        c->at += 2;
        return sx_make_ptr(to, SX_TAG_CONS);
    }
    SxKind kind = sx_header_kind(from[0]);
    if (c->into_shared && kind == SX_KIND_BITS) return flatten_bits(c, v);
    size_t n = sx_header_size(from[0]) + 1;
    for (size_t i = 0; i < n; i++) to[i] = from[i];
    c->at += n;
    if (kind == SX_KIND_BLOB) {
        SxBlob *blob = sx_blob_ref(sx_blob_at(from));
        to[2] = (sx_val)(uintptr_t)c->blobs;
        c->blobs = to;
        c->blob_bytes += blob->cap;
    }
    return sx_make_ptr(to, sx_tag(v));
}

SX_INLINE sx_val copied(SxCopier *c, sx_val v)
{
    if (stays(c, v)) return v;
    if (!c->into_shared && sx_ptr(v)[0] == SX_EMPTY_MAP_HEADER) return sx_map_empty();
    return copy_object(c, v);
}

void sx_copier_run(SxCopier *c, sx_val *values, size_t n, sx_val *to)
{
    c->at = to;
    for (size_t i = 0; i < n; i++) values[i] = copied(c, values[i]);
    for (sx_val *scan = to; scan < c->at; scan++) {
        sx_val w = *scan;
        if (sx_is_pointer(w)) *scan = copied(c, w);
        else if (sx_is_header(w) && sx_header_kind(w) >= SX_KIND_FIRST_RAW) scan += sx_header_size(w);
    }
}
