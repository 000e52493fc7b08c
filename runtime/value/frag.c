/* frag.c - values on the move: fragments, their way into a heap, and copies into a heap.
 * The copying itself is copy.c. A fragment is owned by one place at a time: a mailbox, the host, at last a heap.
 * INVARIANT: the words of a fragment point into the same fragment or the shared range only, until a heap owns it. */
#include "value/copy.h"
#include "value/heap_policy.h"

static SxFrag *frag_new(size_t n_words)
{
    SxFrag *f = sx_alloc(sizeof *f + n_words * sizeof(sx_val));
    f->next = NULL;
    f->n_words = n_words;
    f->value = SX_NONE;
    f->blobs = NULL;
    return f;
}

SxFrag *sx_frag_copy(sx_val v)
{
    SxCopier c = SX_COPIER_INIT;
    SxFrag *f = frag_new(sx_copier_measure(&c, &v, 1));
    f->value = v;
    sx_copier_run(&c, &f->value, 1, f->words);
    SX_ASSERT(c.at == f->words + f->n_words);
    f->blobs = c.blobs;
    sx_copier_deinit(&c);
    return f;
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
    SxCopier c = SX_COPIER_INIT;
    size_t words = sx_copier_measure(&c, &v, 1);
    sx_copier_deinit(&c);
    return words;
}

void sx_frag_free(SxFrag *f)
{
    sx_blob_chain_unref(f->blobs);
    sx_free(f);
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
static sx_val move_words(SxFrag *f, sx_val *to)
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
    if (h->frag_words > SX_ADOPT_LEAST + (size_t)(h->end - h->stack_end) / 2) h->want_gc = true;
}

sx_val sx_heap_adopt(SxHeap *h, SxFrag *f)
{
    sx_val v = f->value;
    if (f->n_words <= SX_ADOPT_COPY && !f->blobs && (size_t)(h->end - h->hp) >= f->n_words) {
        /* small: moving it in now costs less than collecting it later, and the fragment is free again at once */
        v = move_words(f, h->hp);
        h->hp += f->n_words;
        sx_free(f);
        return v;
    }
    sx_heap_link(h, f);
    return v;
}

sx_val sx_heap_copy(SxHeap *h, sx_val v)
{
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
