/* cycle.h - rings of calls: a waits for b, b for c, c for a, and nobody else can answer any of them. Found by looking at parked
 * processes from outside, between two steps; nothing is recorded while programs run. */
#ifndef SX_CYCLE_H
#define SX_CYCLE_H

#include "base/buf.h"
#include "sched/runtime.h"

#define SX_RING_MOST 64          /* members; longer rings are not looked for */
#define SX_RING_AGE_NS 200000000 /* a call that is younger is not looked at */

typedef struct SxRing {
    int n;
    sx_val member[SX_RING_MOST]; /* pids, each waits for the next, the last for the first; begins with the oldest slot */
    uint64_t ref[SX_RING_MOST];  /* serials of the calls' references */
} SxRing;

typedef struct SxRingSearch { uint32_t slot; } SxRingSearch; /* where it goes on; 0 at first */

/* Look at up to `most` slots of the process table from where the search stands. True: *ring is one. *round: the table's end
 * was passed. A ring is found from each of its members: the caller knows which it has seen. */
bool sx_ring_search(SxRuntime *rt, SxRingSearch *search, uint32_t most, SxRing *ring, bool *round);
/* Does every call of the ring still wait? */
bool sx_ring_stands(SxRuntime *rt, const SxRing *ring);
/* May somebody outside answer one of the calls? That is, does the reference of a call occur in the memory of a process that
 * is no member, or in a message to one (garbage counts: it may be, not it will). Walks all heaps: for rings that were found only. */
bool sx_ring_may_be_answered(SxRuntime *rt, const SxRing *ring);
/* `call cycle: a -> b -> c -> a` and a line for each call with its place. */
void sx_ring_add_text(SxRuntime *rt, const SxRing *ring, SxBuf *out);
/* Raise exit:#(:deadlock [names or pids]) in every member. */
void sx_ring_break(SxRuntime *rt, const SxRing *ring);

#endif
