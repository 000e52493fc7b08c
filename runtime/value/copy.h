/* copy.h - the deep copy that fragments, heaps and the shared range have in common: measure, get room, copy.
 * Copying needs no work list: the copied words are the queue (Cheney's scan), and the source is only read, so that any
 * thread may copy from what cannot change. Sharing inside a term is lost as long as the copy stays small; from
 * SX_SHARING_FROM words on, a table of what was copied keeps it, so a term of few objects that share much cannot explode.
 * INVARIANT: sx_copier_measure and sx_copier_run see the same values; run fills exactly the words that measure counted. */
#ifndef SX_COPY_H
#define SX_COPY_H

#include "value/heap.h"

typedef struct SxSeen {
    const sx_val *from;
    sx_val *to; /* NULL until it is copied */
} SxSeen;

typedef struct SxCopier {
    bool into_shared;  /* bitstrings become HEAPBINs and nothing outside the range is kept (see shared.c) */
    bool out_of_shared; /* what lies in the range is copied too */
    sx_val *at;        /* next free word of the destination */
    sx_val *blobs;     /* chain of the BLOB objects made */
    size_t blob_bytes; /* and the sum of their blobs */
    SxSeen *seen;      /* open addressing by `from`; NULL while sharing is not kept */
    size_t n_seen, cap_seen;
} SxCopier;

#define SX_COPIER_INIT ((SxCopier){.at = NULL})

/* Words that copies of all n values take, the values themselves not counted. */
size_t sx_copier_measure(SxCopier *c, const sx_val *values, size_t n);
size_t sx_copier_measure_up_to(SxCopier *c, const sx_val *values, size_t n, size_t most); /* no further once past most: then it is not to be copied */
/* Copy to `to`: values[0..n) are replaced by their copies, or by what they are when that needs none. */
void sx_copier_run(SxCopier *c, sx_val *values, size_t n, sx_val *to);
void sx_copier_deinit(SxCopier *c);

#endif
