/* shared.h - the one reserved range that holds what all processes may point to: code, constants, top-level definitions.
 * "Is it shared?" is a comparison. Nothing in it ever changes after it was published, nothing is moved; it is bump
 * allocated in one arena and counted against `limit`. The boot image is a copy of the range's first part, so every word in
 * it that is an address lies inside the range itself; C functions are named by number (SxFn.prim).
 * Until retired parts are freed, sx_shared_mark/release give back what an evaluation took when nothing can refer to it. */
#ifndef SX_SHARED_H
#define SX_SHARED_H

#include "value/heap.h"

#define SX_SHARED_RESERVE ((size_t)64 << 30) /* bytes of address space; 32 MiB where addresses have 32 bits */

/* Where 64-bit systems have room; it lies elsewhere when that is taken. ThreadSanitizer keeps the usual place for itself. */
#ifdef __SANITIZE_THREAD__
#define SX_SHARED_WANTED 0x1000000000u
#else
#define SX_SHARED_WANTED 0x200000000000u
#endif

typedef struct SxShared {
    sx_val *base, *top, *committed, *end;
    size_t limit_words; /* max_shared_words */
} SxShared;

extern uintptr_t sx_shared_base; /* first address of the range: set once before anything runs */
extern uintptr_t sx_shared_size; /* its size in bytes */
SX_INLINE bool sx_is_shared_ptr(const void *p) { return (uintptr_t)p - sx_shared_base < sx_shared_size; }
SX_INLINE bool sx_is_shared(sx_val pointer) { return sx_is_shared_ptr(sx_ptr(pointer)); }

void sx_shared_init(SxShared *s);
/* n zeroed words, or NULL when the limit is reached. */
sx_val *sx_shared_alloc(SxShared *s, size_t n_words);
/* Deep copy of v into the range (what is there already stays). SX_NONE when the limit is reached. Blobs are held for good. */
sx_val sx_shared_copy(SxShared *s, sx_val v);
SX_INLINE sx_val *sx_shared_mark(const SxShared *s) { return s->top; }
/* Give back all above mark; the caller knows that nothing refers to it. */
void sx_shared_release(SxShared *s, sx_val *mark);

#endif
