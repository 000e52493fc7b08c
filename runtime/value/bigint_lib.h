/* bigint_lib.h - the big integer library (GMP, or mini-gmp under -DSX_MINI_GMP) and how integers of a heap are shown to it.
 * Only the number files of value/ include it; only what both libraries have is used, and none of their _ui and _si calls
 * with 64-bit values (long has 32 bits on WebAssembly; build mini-gmp there with -DMINI_GMP_LIMB_TYPE="long long").
 * INVARIANT: a limb is a word of the heap. */
#ifndef SX_BIGINT_LIB_H
#define SX_BIGINT_LIB_H

#include "value/heap.h"
#ifdef SX_MINI_GMP
#include "mini-gmp.h"
#else
#include <gmp.h>
#endif

_Static_assert(sizeof(mp_limb_t) == sizeof(sx_val), "limbs must be words");

/* An integer as sign and magnitude. Valid until the next safe point; not to be copied, as `limbs` may point to `one`. */
typedef struct SxBigView {
    const mp_limb_t *limbs; /* least significant first, no leading zeros */
    mp_size_t n;            /* 0 for zero */
    bool negative;
    mp_limb_t one; /* the magnitude of a small */
} SxBigView;

bool sx_big_view(SxBigView *o, sx_val v); /* false: no integer */
size_t sx_big_view_bits(const SxBigView *o); /* of the magnitude; 0 for zero */
/* The integer with this magnitude (leading zeros allowed), small when it fits; SX_TOO_BIG past SX_BIG_MAX_BITS. Copies. */
sx_val sx_big_make(SxHeap *h, const mp_limb_t *limbs, size_t n, bool negative);

#endif
