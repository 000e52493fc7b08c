/* heap.c - birth, growth by overflow and end of a private heap; constructors; counted blobs.
 * Collection is collect.c, fragments and copies are frag.c.
 * An allocation that finds the young heap full goes to an overflow fragment with spare room, kept at the head of h->frags:
 * its `value` holds the room as a small (adopted fragments have 0 there, as nobody asks a heap for their root).
 * INVARIANT: nothing here moves or frees an object of a living heap. */
#include "value/heap.h"
#include "value/heap_policy.h"
#include <stdarg.h>

/* ---- blobs ---- */

SxBlob *sx_blob_new(size_t cap)
{
    SX_CHECK(cap < SIZE_MAX / 2);
    SxBlob *b = sx_alloc(sizeof *b + cap);
    atomic_init(&b->refs, 1);
    atomic_init(&b->used, 0);
    b->cap = cap;
    return b;
}

SxBlob *sx_blob_ref(SxBlob *b)
{
    atomic_fetch_add_explicit(&b->refs, 1, memory_order_relaxed);
    return b;
}

void sx_blob_unref(SxBlob *b)
{
    if (atomic_fetch_sub_explicit(&b->refs, 1, memory_order_release) == 1) {
        atomic_thread_fence(memory_order_acquire);
        sx_free(b);
    }
}

void sx_blob_chain_unref(sx_val *chain)
{
    while (chain) {
        sx_val *next = sx_blob_next(chain);
        sx_blob_unref(sx_blob_at(chain));
        chain = next;
    }
}

sx_val *sx_heap_blob(SxHeap *h, SxBlob *blob)
{
    sx_val *w = sx_heap_alloc(h, SX_BLOB_WORDS);
    w[0] = SX_HEADER(SX_KIND_BLOB, SX_BLOB_WORDS - 1);
    w[1] = (sx_val)(uintptr_t)blob;
    w[2] = (sx_val)(uintptr_t)h->blobs;
    h->blobs = w;
    sx_blob_press(h, blob->cap);
    return w;
}

/* ---- the heap ---- */

void sx_heap_init(SxHeap *h, size_t stack_words, size_t heap_words, size_t limit_words)
{
    memset(h, 0, sizeof *h);
    h->stack = sx_alloc((stack_words + heap_words) * sizeof(sx_val));
    h->stack_end = h->mature = h->hp = h->stack + stack_words;
    h->end = h->young_end = h->hp + heap_words;
    h->limit_words = limit_words;
    h->old_blob_limit = SX_OLD_BLOB_LEAST;
}

void sx_heap_deinit(SxHeap *h)
{
    sx_blob_chain_unref(h->blobs);
    sx_blob_chain_unref(h->old_blobs);
    while (h->frags) {
        SxFrag *f = h->frags;
        h->frags = f->next;
        sx_free(f);
    }
    sx_free(h->stack);
    sx_free(h->old);
    memset(h, 0, sizeof *h);
}

bool sx_heap_admits(SxHeap *h, size_t n_words)
{
    size_t used = (size_t)(h->hp - h->stack) + (size_t)(h->old_hp - h->old) + h->frag_words;
    if (used <= h->limit_words && n_words <= h->limit_words - used) return true;
    h->over_limit = true;
    return false;
}

bool sx_heap_step(SxHeap *h, size_t n_words)
{
    if ((size_t)(h->end - h->hp) >= n_words || (size_t)(h->young_end - h->hp) < n_words) return false;
    sx_heap_give_out(h, n_words);
    return true;
}

SX_NOINLINE sx_val *sx_heap_alloc_slow(SxHeap *h, size_t n_words)
{
    if (h->end != h->young_end && sx_heap_step(h, n_words)) {
        sx_val *at = h->hp;
        h->hp += n_words;
        return at;
    }
    SxFrag *f = h->frags;
    if (!f || sx_small_value(f->value) - (int64_t)f->n_words < (int64_t)n_words) {
        size_t room = h->frag_words / 2;
        if (room < SX_OVERFLOW_LEAST) room = SX_OVERFLOW_LEAST;
        if (room > SX_OVERFLOW_MOST) room = SX_OVERFLOW_MOST;
        if (room < n_words) room = n_words;
        SX_CHECK(room < SIZE_MAX / 2 / sizeof(sx_val));
        f = sx_alloc(sizeof *f + room * sizeof(sx_val));
        f->next = h->frags;
        f->n_words = 0;
        f->value = sx_small((int64_t)room);
        f->blobs = NULL;
        h->frags = f;
        h->want_gc = true;
    }
    sx_val *at = f->words + f->n_words;
    f->n_words += n_words;
    h->frag_words += n_words;
    if (h->frag_words > h->limit_words) h->over_limit = true;
    return at;
}

/* ---- constructors ---- */

sx_val sx_tuple(SxHeap *h, size_t n, ...)
{
    sx_val t = sx_tuple_new(h, n);
    va_list args;
    va_start(args, n);
    for (size_t i = 0; i < n; i++) sx_tuple_elements(t)[i] = va_arg(args, sx_val);
    va_end(args);
    return t;
}

static sx_val one_limb(SxHeap *h, SxKind sign, uint64_t limb)
{
    sx_val *w = sx_heap_alloc(h, 2);
    w[0] = SX_HEADER(sign, 1);
    w[1] = limb;
    return sx_make_ptr(w, SX_TAG_BOXED);
}

sx_val sx_int(SxHeap *h, int64_t i)
{
    if (sx_fits_small(i)) return sx_small(i);
    return i < 0 ? one_limb(h, SX_KIND_BIGNEG, -(uint64_t)i) : one_limb(h, SX_KIND_BIGPOS, (uint64_t)i);
}

sx_val sx_uint(SxHeap *h, uint64_t u)
{
    if (u <= (uint64_t)SX_SMALL_MAX) return sx_small((int64_t)u);
    return one_limb(h, SX_KIND_BIGPOS, u);
}

sx_val sx_symbol(SxHeap *h, sx_val name, sx_val file, int line, int column)
{
    sx_val *w = sx_heap_alloc(h, 5);
    w[0] = SX_HEADER(SX_KIND_SYMBOL, 4);
    w[1] = name;
    w[2] = file;
    w[3] = sx_small(line);
    w[4] = sx_small(column);
    return sx_make_ptr(w, SX_TAG_BOXED);
}

sx_val sx_symbol_like(SxHeap *h, sx_val name, sx_val like)
{
    const sx_val *l = sx_ptr(like);
    sx_val *w = sx_heap_alloc(h, 5);
    w[0] = SX_HEADER(SX_KIND_SYMBOL, 4);
    w[1] = name;
    memcpy(w + 2, l + 2, 3 * sizeof *w);
    return sx_make_ptr(w, SX_TAG_BOXED);
}

sx_val sx_symbol_made_by(SxHeap *h, sx_val like, sx_val macro)
{
    if (sx_symbol_macro(like) != 0) return like;
    sx_val s = sx_symbol_like(h, sx_symbol_name(like), like);
    int64_t column = sx_symbol_column(like) > 0 ? sx_symbol_column(like) : 0;
    sx_ptr(s)[4] = sx_small((int64_t)sx_atom_index(macro) << SX_SYMBOL_MACRO_SHIFT | column);
    return s;
}

sx_val sx_ref_new(SxHeap *h, uint64_t serial, sx_val pid)
{
    sx_val *w = sx_heap_alloc(h, 3);
    w[0] = SX_HEADER(SX_KIND_REF, 2);
    w[1] = serial;
    w[2] = pid;
    return sx_make_ptr(w, SX_TAG_BOXED);
}

sx_val sx_list_from(SxHeap *h, const sx_val *values, size_t n, sx_val tail)
{
    if (n == 0) return tail;
    sx_val *w = sx_heap_alloc(h, 2 * n);
    for (size_t i = 0; i < n; i++) {
        w[2 * i] = values[i];
        w[2 * i + 1] = sx_make_ptr(w + 2 * i + 2, SX_TAG_CONS);
    }
    w[2 * n - 1] = tail;
    return sx_make_ptr(w, SX_TAG_CONS);
}
