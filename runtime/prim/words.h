/* words.h - a growable stack of words for primitives that walk terms: what is still to do, instead of C recursion.
 * Short ones live in the struct itself, so a walk over a small term asks for no memory.
 * INVARIANT: n <= cap; `at` is `few` or an allocation of its own. Not to be copied or moved. */
#ifndef SX_PRIM_WORDS_H
#define SX_PRIM_WORDS_H

#include "value/term.h"

#define SX_WORDS_FEW 64

typedef struct SxWords {
    sx_val *at;
    size_t n, cap;
    sx_val few[SX_WORDS_FEW];
} SxWords;

SX_INLINE void sx_words_init(SxWords *w)
{
    w->at = w->few;
    w->n = 0;
    w->cap = SX_WORDS_FEW;
}
SX_INLINE void sx_words_deinit(SxWords *w)
{
    if (w->at != w->few) sx_free(w->at);
}
/* Room for n more words behind the n that there are. */
static inline void sx_words_reserve(SxWords *w, size_t n)
{
    if (SX_LIKELY(w->cap - w->n >= n)) return;
    size_t cap = 2 * w->cap > w->n + n ? 2 * w->cap : w->n + n;
    sx_val *grown = sx_alloc(cap * sizeof *grown);
    memcpy(grown, w->at, w->n * sizeof *grown);
    sx_words_deinit(w);
    w->at = grown;
    w->cap = cap;
}
SX_INLINE void sx_words_push(SxWords *w, sx_val v)
{
    sx_words_reserve(w, 1);
    w->at[w->n++] = v;
}
SX_INLINE sx_val sx_words_pop(SxWords *w) { return w->at[--w->n]; }
SX_INLINE bool sx_words_empty(const SxWords *w) { return w->n == 0; }

#endif
