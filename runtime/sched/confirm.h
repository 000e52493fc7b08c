/* confirm.h - the wake confirmer: audits that what is delivered from outside the scheduler is looked at (DESIGN §5).
 * Each such delivery, once it has notified, stands under an order, one for each target. The order is checked after the
 * policy's backoff, which doubles up to a limit and has no last check, until the target was observed (it has looked at its
 * inbox since the delivery) or has ended. A check that finds it waiting all the same has found a lost wake-up: it wakes the
 * target and counts it. In a correct build that count stays 0.
 * It knows no thread and no clock: sx_confirm may be called by any thread; one thread at a time steps and shuts down, and is
 * handed the time. INVARIANT: armed = observed + ended + dropped + what is pending. */
#ifndef SX_CONFIRM_H
#define SX_CONFIRM_H

#include "proc/runtime.h"

#define SX_CONFIRM_LEAST_NS 50000          /* of the initial backoff */
#define SX_CONFIRM_BACKOFF_NS 1000000      /* what the program uses */
#define SX_CONFIRM_READY_NS 200000000

typedef struct SxConfirmPolicy {
    int64_t initial_backoff_ns;  /* until the first check; raised to SX_CONFIRM_LEAST_NS */
    int64_t ready_timeout_ns;    /* the longest wait between two checks, or the initial backoff when that is longer */
} SxConfirmPolicy;

typedef struct SxConfirmBooks { /* counts since the start */
    uint64_t armed, observed, ended, dropped;
    uint64_t shared;             /* deliveries that an order stood for already */
    uint64_t checks, wakes;      /* of orders; wakes: checks that woke somebody */
    uint64_t healed;             /* wakes that found the target waiting with unseen input: lost wake-ups */
    uint64_t pending;
} SxConfirmBooks;

struct SxOrder;
typedef struct SxConfirmer {
    SxRuntime *rt;
    SxConfirmPolicy policy;
    /* called by sx_confirm, from any thread, when an order was put where there was none to be taken up; may be NULL */
    void (*on_order)(void *arg);
    void *arg;
    /* any thread */
    _Atomic(struct SxOrder *) incoming; /* not yet taken up; newest first */
    atomic_bool closed;
    atomic_ullong armed, shared, observed, ended, dropped, checks, wakes, healed;
    /* the thread that steps */
    struct SxOrder **heap;       /* by the time of the next check */
    uint32_t n, cap;
} SxConfirmer;

void sx_confirmer_init(SxConfirmer *c, SxRuntime *rt, const SxConfirmPolicy *policy);
/* Nothing was ordered yet or all is shut down: gives the memory back. */
void sx_confirmer_deinit(SxConfirmer *c);
/* Something was published for p, whose pid was `pid`, and p was notified; `looks`: p->looks, read between the two. */
void sx_confirm(SxConfirmer *c, SxProc *p, sx_val pid, unsigned looks);
/* Do the checks that are due; when the next one is (monotonic ns), INT64_MAX when nothing is ordered. */
int64_t sx_confirmer_step(SxConfirmer *c, int64_t now);
/* Drop what is pending; what is ordered from now on is dropped at once. May be called again. */
void sx_confirmer_shutdown(SxConfirmer *c);
SxConfirmBooks sx_confirmer_books(const SxConfirmer *c);

#endif
