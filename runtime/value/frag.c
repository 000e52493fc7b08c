/* frag.c - values on the move: fragments, their way into a heap, and copies into a heap.
 * The copying itself is copy.c. A fragment is owned by one place at a time: a mailbox, the host, at last a heap.
 * INVARIANT: the words of a fragment point into the same fragment or the shared range only, until a heap owns it. */
#include "value/copy.h"
#include "value/heap_policy.h"
#include "value/shared.h"

/* ---- memory ----
 * Most fragments are small and live for a moment: some of each size are kept for the next message instead of going back to
 * malloc. Each thread keeps its own. The debug flavours keep none, so that the sanitizers see every use of a freed one. */

#define KEPT_WORDS 16 /* fragments up to this size are kept, by the pair of words */
#define KEPT_EACH 64

#ifndef SX_DEBUG
static _Thread_local struct { SxFrag *first; unsigned n; } kept[KEPT_WORDS / 2 + 1];
#endif

static SxFrag *frag_memory(size_t n_words)
{
    n_words = (n_words + 1) & ~(size_t)1;
#ifndef SX_DEBUG
    if (n_words <= KEPT_WORDS && kept[n_words / 2].first) {
        SxFrag *f = kept[n_words / 2].first;
        kept[n_words / 2].first = f->next;
        kept[n_words / 2].n--;
        return f;
    }
#endif
    return sx_alloc(sizeof(SxFrag) + n_words * sizeof(sx_val));
}

/* Of a fragment that frag_new made, without its blobs. */
static void frag_release(SxFrag *f)
{
#ifndef SX_DEBUG
    size_t k = (f->n_words + 1) / 2;
    if (k <= KEPT_WORDS / 2 && kept[k].n < KEPT_EACH) {
        f->next = kept[k].first;
        kept[k].first = f;
        kept[k].n++;
        return;
    }
#endif
    sx_free(f);
}

static SxFrag *frag_new(size_t n_words)
{
    SxFrag *f = frag_memory(n_words);
    f->next = NULL;
    f->n_words = n_words;
    f->value = SX_NONE;
    f->blobs = NULL;
    return f;
}

/* ---- small values ----
 * Most messages are a few words: they are copied by a bounded recursion, without a work list. What is larger, deeper, or holds
 * bitstring views or tries goes the general way. */

#define SMALL_DEPTH 4
#define SMALL_WORDS 40
#define NOT_SMALL ((size_t)SMALL_WORDS + 1)

static size_t small_words(sx_val v, int depth)
{
    size_t n = 0;
    if (!sx_is_pointer(v) || sx_is_shared(v)) return 0;
    if (depth == 0) return NOT_SMALL;
    const sx_val *from = sx_ptr(v);
    while (sx_is_cons(v)) {
        n += 2 + small_words(from[0], depth - 1);
        v = from[1];
        if (n > SMALL_WORDS) return NOT_SMALL;
        if (!sx_is_pointer(v) || sx_is_shared(v)) return n;
        from = sx_ptr(v);
    }
    size_t size = sx_header_size(from[0]);
    SxKind kind = sx_header_kind(from[0]);
    n += size + 1;
    if (n > SMALL_WORDS || kind == SX_KIND_BITS || kind == SX_KIND_HAMT || kind == SX_KIND_MAP) return NOT_SMALL;
    if (kind >= SX_KIND_FIRST_RAW) return n;
    for (size_t i = 1; i <= size && n <= SMALL_WORDS; i++)
        if (sx_is_pointer(from[i])) n += small_words(from[i], depth - 1);
    return n > SMALL_WORDS ? NOT_SMALL : n;
}

static sx_val copy_small(sx_val v, sx_val **free)
{
    if (!sx_is_pointer(v) || sx_is_shared(v)) return v;
    const sx_val *from = sx_ptr(v);
    sx_val *to = *free;
    if (sx_is_cons(v)) {
        sx_val first = sx_make_ptr(to, SX_TAG_CONS);
        for (;;) { /* the cells of one list stand apart by what their heads need */
            *free = to + 2;
            to[0] = copy_small(from[0], free);
            if (!sx_is_cons(from[1]) || sx_is_shared(from[1])) break;
            to[1] = sx_make_ptr(*free, SX_TAG_CONS);
            from = sx_ptr(from[1]);
            to = *free;
        }
        to[1] = copy_small(from[1], free);
        return first;
    }
    size_t size = sx_header_size(from[0]);
    *free = to + size + 1;
    to[0] = from[0];
    if (sx_header_kind(from[0]) >= SX_KIND_FIRST_RAW) memcpy(to + 1, from + 1, size * sizeof *to);
    else
        for (size_t i = 1; i <= size; i++) to[i] = sx_is_pointer(from[i]) ? copy_small(from[i], free) : from[i];
    return sx_make_ptr(to, sx_tag(v));
}

SxFrag *sx_frag_copy_small(sx_val v)
{
    size_t n = small_words(v, SMALL_DEPTH);
    if (SX_LIKELY(n <= SMALL_WORDS)) {
        SxFrag *f = frag_new(n);
        sx_val *at = f->words;
        f->value = copy_small(v, &at);
        SX_ASSERT(at == f->words + n);
        return f;
    }
    return NULL;
}

SxFrag *sx_frag_copy_large(sx_val v, size_t most)
{
    SxCopier c = SX_COPIER_INIT;
    size_t n = sx_copier_measure_up_to(&c, &v, 1, most);
    if (n > most) return NULL; /* nothing was seen, so there is nothing to free */
    SxFrag *f = frag_new(n);
    f->value = v;
    sx_copier_run(&c, &f->value, 1, f->words);
    SX_ASSERT(c.at == f->words + f->n_words);
    f->blobs = c.blobs;
    sx_copier_deinit(&c);
    return f;
}

SxFrag *sx_frag_copy(sx_val v)
{
    SxFrag *f = sx_frag_copy_small(v);
    return f != NULL ? f : sx_frag_copy_large(v, SIZE_MAX);
}

SxFrag *sx_frag_copy_tuple(const sx_val *values, size_t n)
{
    SxCopier c = SX_COPIER_INIT;
    SxFrag *f = frag_new(n + 1 + sx_copier_measure(&c, values, n));
    f->value = sx_make_ptr(f->words, SX_TAG_BOXED);
    f->words[0] = SX_HEADER(SX_KIND_TUPLE, n);
    if (n > 0) memcpy(f->words + 1, values, n * sizeof *values);
    sx_copier_run(&c, f->words + 1, n, f->words + 1 + n);
    SX_ASSERT(c.at == f->words + f->n_words);
    f->blobs = c.blobs;
    sx_copier_deinit(&c);
    return f;
}

size_t sx_term_words(sx_val v)
{
    if (!sx_is_pointer(v) || sx_is_shared(v)) return 0;
    SxCopier c = SX_COPIER_INIT;
    size_t words = sx_copier_measure(&c, &v, 1);
    sx_copier_deinit(&c);
    return words;
}

void sx_frag_free(SxFrag *f)
{
    if (f->blobs) sx_blob_chain_unref(f->blobs);
    frag_release(f);
}

/* Give h a chain of BLOB objects. */
static void take_blobs(SxHeap *h, sx_val *chain)
{
    sx_val *last = chain;
    size_t n_bytes = sx_blob_at(last)->cap;
    for (; sx_blob_next(last); n_bytes += sx_blob_at(last)->cap) last = sx_blob_next(last);
    last[2] = (sx_val)(uintptr_t)h->blobs;
    h->blobs = chain;
    sx_blob_press(h, n_bytes);
}

/* Move the words of f to `to`: what points into f goes along. */
static sx_val move_words(const SxFrag *f, sx_val *to)
{
    size_t n_bytes = f->n_words * sizeof(sx_val), i = 0;
    uintptr_t delta = (uintptr_t)to - (uintptr_t)f->words;
    while (i < f->n_words) {
        sx_val w = f->words[i];
        size_t raw = sx_is_header(w) && sx_header_kind(w) >= SX_KIND_FIRST_RAW ? sx_header_size(w) : 0;
        if (sx_is_pointer(w) && (uintptr_t)sx_ptr(w) - (uintptr_t)f->words < n_bytes) w += (sx_val)(intptr_t)delta;
        to[i++] = w;
        for (; raw > 0; raw--, i++) to[i] = f->words[i];
    }
    return sx_is_pointer(f->value) && (uintptr_t)sx_ptr(f->value) - (uintptr_t)f->words < n_bytes ? f->value + (sx_val)(intptr_t)delta : f->value;
}

sx_val sx_frag_peek(SxHeap *h, const SxFrag *f)
{
    if (f->n_words == 0) return f->value;
    if (f->n_words > SX_ADOPT_COPY || f->blobs || (size_t)(h->end - h->hp) < f->n_words) return SX_NONE;
    sx_val v = move_words(f, h->hp);
    h->hp += f->n_words;
    return v;
}

void sx_heap_link(SxHeap *h, SxFrag *f)
{
    if (f->blobs) {
        take_blobs(h, f->blobs);
        f->blobs = NULL;
    }
    f->value = 0;
    if (h->frags && h->frags->value != 0) { /* an overflow fragment with room stays the first */
        f->next = h->frags->next;
        h->frags->next = f;
    } else {
        f->next = h->frags;
        h->frags = f;
    }
    h->frag_words += f->n_words;
    if (h->frag_words > SX_ADOPT_LEAST + (size_t)(h->young_end - h->stack_end) / 2) h->want_gc = true;
}

sx_val sx_heap_adopt(SxHeap *h, SxFrag *f)
{
    sx_val v = f->value;
    if (f->n_words <= SX_ADOPT_COPY && !f->blobs && (size_t)(h->end - h->hp) >= f->n_words) {
        /* small: moving it in now costs less than collecting it later, and the fragment is free again at once */
        v = move_words(f, h->hp);
        h->hp += f->n_words;
        frag_release(f);
        return v;
    }
    sx_heap_link(h, f);
    return v;
}

sx_val sx_heap_copy(SxHeap *h, sx_val v)
{
    if (!sx_is_pointer(v) || sx_is_shared(v)) return v;
    SxCopier c = SX_COPIER_INIT;
    size_t n_words = sx_copier_measure(&c, &v, 1);
    if (n_words > 0) {
        sx_val *to = sx_heap_alloc(h, n_words);
        sx_copier_run(&c, &v, 1, to);
        SX_ASSERT(c.at == to + n_words);
        if (c.blobs) take_blobs(h, c.blobs);
    }
    sx_copier_deinit(&c);
    return v;
}
