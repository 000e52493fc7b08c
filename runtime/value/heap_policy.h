/* heap_policy.h - what heap.c, collect.c and frag.c share and nobody else needs: the numbers of the policy (in words unless
 * the name says bytes) and the inside of a BLOB object. */
#ifndef SX_HEAP_POLICY_H
#define SX_HEAP_POLICY_H

#include "value/heap.h"

#define SX_PROMOTE_LEAST 1024                    /* less than this that survived is copied again rather than promoted */
#define SX_OLD_LEAST 8192                        /* smallest old generation */
#define SX_YOUNG_MOST ((size_t)2 << 20)          /* young heaps stop growing by themselves here (16 MiB) */
#ifdef SX_DEBUG
#define SX_YOUNG_STEP 512                        /* so that the tests of the debug flavours take many */
#else
#define SX_YOUNG_STEP 32768                      /* words of a young heap that are given out at a time */
#endif
#define SX_YOUNG_KEEP 4096                       /* and do not shrink by themselves below this */
#define SX_MAJOR_EVERY 60000                     /* minor collections at most between two major ones */
#define SX_OVERFLOW_LEAST 32                     /* room of an overflow fragment */
#define SX_OVERFLOW_MOST ((size_t)1 << 20)
#define SX_ADOPT_COPY 16                         /* messages up to this size are moved into the young heap when it has room */
#define SX_ADOPT_LEAST 64                        /* adopted words that never cause a collection */
#define SX_BLOB_PRESSURE ((size_t)1 << 20)       /* bytes of new blobs that make a small heap collect; larger ones wait longer */
#define SX_OLD_BLOB_LEAST ((size_t)8 << 20)      /* bytes of promoted blobs that make the next collection a major one */
#define SX_SHARING_FROM ((size_t)1 << 20)        /* copies larger than this keep sharing (see frag.c) */

/* Give out the next step of the young heap, n_words at least, which are there. */
SX_INLINE void sx_heap_give_out(SxHeap *h, size_t n_words)
{
    size_t left = (size_t)(h->young_end - h->hp), step = n_words > SX_YOUNG_STEP ? n_words : SX_YOUNG_STEP;
    h->end = left > step + step / 2 ? h->hp + step : h->young_end;
}

/* BLOB object: | header | SxBlob address | next BLOB object of this heap | */
#define SX_BLOB_WORDS 3
SX_INLINE SxBlob *sx_blob_at(const sx_val *object) { return (SxBlob *)(uintptr_t)object[1]; }
SX_INLINE sx_val *sx_blob_next(const sx_val *object) { return (sx_val *)(uintptr_t)object[2]; }
/* Count n_bytes of blobs that h refers to from now on. */
SX_INLINE void sx_blob_press(SxHeap *h, size_t n_bytes)
{
    h->blob_bytes += n_bytes;
    if (h->blob_bytes > SX_BLOB_PRESSURE + 4 * (size_t)((char *)h->young_end - (char *)h->stack)) h->want_gc = true;
}
/* Drop the reference of every object of the chain. The objects themselves are left as they are. */
void sx_blob_chain_unref(sx_val *chain);

/* The empty map is static (map.h) and is neither moved nor copied: whoever meets a map without pairs takes the static one. */
#define SX_EMPTY_MAP_HEADER SX_HEADER(SX_KIND_MAP, 1)

#endif
