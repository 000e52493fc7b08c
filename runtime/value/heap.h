/* heap.h - the private heap and stack of one process, its collector, and fragments (values on the move).
 *
 * One block:   | stack, grows up ->      | young heap, bump allocated ->          |
 *              stack         stack_end = young   mature        hp     end      young_end
 *
 * and, once something survived twice, an old generation in a block of its own: [old, old_end), filled to old_hp.
 * Values never change once built, so old never points to young and no write barrier exists. What points to the shared
 * range (shared.h) is never moved or scanned.
 *
 * INVARIANT: allocation never collects. When the young heap is full, sx_heap_alloc takes a fragment (malloc) that belongs
 * to the heap until the next collection copies it in, and sets `want_gc`. Collection happens only at the VM's safe points.
 * INVARIANT: every stack slot below the live top holds a value, an 8-aligned code address, or SX_MARK word: the stack is
 * scanned without knowing its frames. */
#ifndef SX_HEAP_H
#define SX_HEAP_H

#include "base/base.h"
#include "value/term.h"
#include <stdatomic.h>

/* Counted bytes of a large binary, shared by processes. Bytes below `used` never change; whoever owns the view that ends
 * at `used` may append in place by moving `used` with a compare-and-swap. */
typedef struct SxBlob {
    atomic_size_t refs;
    atomic_size_t used; /* bytes filled */
    size_t cap;
    unsigned char bytes[];
} SxBlob;
SxBlob *sx_blob_new(size_t cap);           /* one reference, used = 0 */
SxBlob *sx_blob_ref(SxBlob *b);
void sx_blob_unref(SxBlob *b);

/* A value copied out of any heap: messages and signals, spawn arguments, what the host keeps. Owns its words and references
 * blobs. One allocation serves the value and its delivery: the last fields belong to whoever queues it (proc/signal.h). */
typedef struct SxFrag {
    struct SxFrag *next;
    size_t n_words; /* used */
    sx_val value;   /* root: points into words, or immediate, or shared */
    sx_val *blobs;  /* chain of BLOB objects inside words */
    sx_val to;      /* pid it was sent to: a later owner of the slot drops it */
    sx_val from;
    uint64_t ref;   /* reference serial, operation serial or epoch, by kind */
    uint32_t kind;  /* SxSignalKind */
    uint32_t flags;
    sx_val words[];
} SxFrag;

typedef struct SxHeap {
    sx_val *stack, *stack_end; /* block start; end of the stack part = start of the young heap */
    sx_val *hp, *end;          /* next free word; end of what is given out. While the VM runs, hp lives in a register */
    sx_val *young_end;         /* end of block. `end` comes there step by step, so that who fills a large heap is stopped on the way */
    sx_val *mature;            /* words below survived one collection */
    sx_val *old, *old_hp, *old_end;
    SxFrag *frags;             /* overflow and adopted messages; from-space of the next collection */
    sx_val *blobs;             /* BLOB objects of young heap and frags, chained through word 2 */
    sx_val *old_blobs;         /* BLOB objects of the old generation */
    size_t frag_words;         /* sum of n_words over frags */
    size_t blob_bytes;         /* bytes of blobs first referenced since the last collection: large ones press for one */
    size_t old_blob_bytes;     /* bytes of blobs that old_blobs refer to, and at how many of them */
    size_t old_blob_limit;     /* a major collection is due */
    size_t limit_words;        /* stack + young + old + frags may not pass it, nor stay within a sixteenth of it */
    uint32_t gc_count;
    uint16_t minor_since_major;
    bool want_gc;              /* collect at the next safe point */
    bool over_limit;           /* set by the collector or by sx_heap_admits: the process must end */
} SxHeap;

/* A heap with room for the given words; stack first. */
void sx_heap_init(SxHeap *h, size_t stack_words, size_t heap_words, size_t limit_words);
void sx_heap_deinit(SxHeap *h); /* frees all, drops blob references */

/* n words, uninitialised; the caller fills them before the next safe point. Never fails, never collects. */
sx_val *sx_heap_alloc_slow(SxHeap *h, size_t n_words);
SX_INLINE sx_val *sx_heap_alloc(SxHeap *h, size_t n_words)
{
    if (SX_LIKELY((size_t)(h->end - h->hp) >= n_words)) {
        sx_val *at = h->hp;
        h->hp += n_words;
        return at;
    }
    return sx_heap_alloc_slow(h, n_words);
}
/* When only `end`, and not the block, leaves no room for n_words: move it on. False: there was room, or a collection is due. */
bool sx_heap_step(SxHeap *h, size_t n_words);
/* A BLOB object (3 words, chained into h) that takes over the caller's reference; it is the base of BITS, never a value.
 * Presses for a collection when much was referenced. */
sx_val *sx_heap_blob(SxHeap *h, SxBlob *blob);
/* True when n more words stay within the limit, garbage counted; else sets over_limit, which nothing takes back: the process
 * ends at its next safe point. Asked before big copies. */
bool sx_heap_admits(SxHeap *h, size_t n_words);
/* All words held: stack, young, old, fragments. */
SX_INLINE size_t sx_heap_words(const SxHeap *h) { return (size_t)(h->young_end - h->stack) + (size_t)(h->old_end - h->old) + h->frag_words; }

typedef struct SxRoots {
    sx_val *at;
    size_t n;
} SxRoots;
/* Does a collection make the stack shorter when `least` of its words are live or needed? Whoever may write above those without a
 * check (see sx_vm_collect) needs them. */
SX_INLINE bool sx_heap_stack_may_shrink(const SxHeap *h, size_t least)
{
    size_t now = (size_t)(h->stack_end - h->stack);
    return now > 32 && least < now / 4;
}
/* Collect. `live_top`: end of the live stack. `roots`: further ranges that hold values. Afterwards the young heap has room
 * for heap_need words and the stack for stack_need words above live_top; all addresses of heap and stack have changed
 * (keep offsets from h->stack). Sets over_limit instead of growing past limit_words. Minor unless a major one is due. */
void sx_heap_collect(SxHeap *h, sx_val *live_top, const SxRoots *roots, size_t n_roots, size_t stack_need, size_t heap_need, bool force_major);
/* Words that the next collection may have to look at or move, at most. */
size_t sx_heap_collect_words(const SxHeap *h, const sx_val *live_top);

/* Make the next collection a major one, and due at the next safe point. */
#define SX_WANT_ALL (UINT16_MAX - 1)
#define SX_WANT_LEAST UINT16_MAX
SX_INLINE void sx_heap_want_all(SxHeap *h)
{
    h->minor_since_major = SX_WANT_ALL;
    h->want_gc = true;
}
/* The same, and it leaves no more room than is sensible for a process that will not run soon. */
SX_INLINE void sx_heap_want_least(SxHeap *h)
{
    h->minor_since_major = SX_WANT_LEAST;
    h->want_gc = true;
}

/* Deep copy of v into a fragment of its own (iterative; never recurses on the C stack). Shared-range data is not copied;
 * immediates make a fragment without words. */
SxFrag *sx_frag_copy(sx_val v);
/* Its two halves: NULL when v takes more than a few words; and then NULL when it takes more than `most`, which is some dozens
 * at least. */
SxFrag *sx_frag_copy_small(sx_val v);
SxFrag *sx_frag_copy_large(sx_val v, size_t most);
/* The same for several values at once (one fragment; value = tuple of them when n > 1 is wanted by the caller: see spawn). */
SxFrag *sx_frag_copy_tuple(const sx_val *values, size_t n);
size_t sx_term_words(sx_val v); /* words a copy takes; sharing inside is kept from 2^20 words on; the shared range counts 0 */
void sx_frag_free(SxFrag *f);   /* drops its blob references too */
/* Take f into h; answers its value, valid like any value of h. h owns f from now on: small ones are moved into the young heap
 * and freed, so f and what was read out of it are invalid; others are linked. h->hp changes. */
sx_val sx_heap_adopt(SxHeap *h, SxFrag *f);
/* The same, and f's words stay where they are: for a message whose inside registers point to already. */
void sx_heap_link(SxHeap *h, SxFrag *f);
/* A copy of f's value in the young heap, when it is small and there is room without a collection; SX_NONE otherwise. */
sx_val sx_frag_peek(SxHeap *h, const SxFrag *f);
/* Deep copy into h: for values that live elsewhere (another heap, the host). */
sx_val sx_heap_copy(SxHeap *h, sx_val v);

/* ---- constructors (all allocate by sx_heap_alloc) ---- */
SX_INLINE sx_val sx_cons(SxHeap *h, sx_val head, sx_val tail)
{
    sx_val *c = sx_heap_alloc(h, 2);
    c[0] = head;
    c[1] = tail;
    return sx_make_ptr(c, SX_TAG_CONS);
}
/* Tuple of n elements, which the caller fills at once: sx_tuple_elements(t)[i]. */
SX_INLINE sx_val sx_tuple_new(SxHeap *h, size_t n)
{
    sx_val *t = sx_heap_alloc(h, n + 1);
    t[0] = SX_HEADER(SX_KIND_TUPLE, n);
    return sx_make_ptr(t, SX_TAG_BOXED);
}
sx_val sx_tuple(SxHeap *h, size_t n, ...); /* n sx_val arguments */
SX_INLINE sx_val sx_float(SxHeap *h, double d)
{
    sx_val *f = sx_heap_alloc(h, 2);
    f[0] = SX_HEADER(SX_KIND_FLOAT, 1);
    memcpy(f + 1, &d, sizeof d);
    return sx_make_ptr(f, SX_TAG_FLOAT);
}
sx_val sx_int(SxHeap *h, int64_t i);   /* small or big */
sx_val sx_uint(SxHeap *h, uint64_t u);
sx_val sx_symbol(SxHeap *h, sx_val name, sx_val file, int line, int column);
/* Symbol `name` at the place of symbol `like`, of the expansion that `like` is of. */
sx_val sx_symbol_like(SxHeap *h, sx_val name, sx_val like);
/* Symbol `like`, as made by the macro with that full name (an atom), unless an outer one made it. */
sx_val sx_symbol_made_by(SxHeap *h, sx_val like, sx_val macro);
sx_val sx_ref_new(SxHeap *h, uint64_t serial, sx_val pid);
sx_val sx_list_from(SxHeap *h, const sx_val *values, size_t n, sx_val tail);

#endif
