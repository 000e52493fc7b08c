/* queue.c - the run queues of a scheduler, one for each priority: first come, first served, low priority now and then.
 * Owns their order only; who may be in one is wait.c's matter. Pushing is in sched.h: it
 * is part of every message. */
#include "sched/sched.h"

SX_INLINE SxProc *pop(__attribute__((unused)) SxSched *s, SxQueue *q)
{
    SxProc *p = q->first;
    q->first = p->queue_next;
    if (q->first == NULL) q->last = NULL;
    q->n--;
    return p;
}

#define LOW_AFTER 8 /* processes of normal priority that run before one of low priority */

/* Inlined, with what it is given: so the queue that it takes from is known where it is taken from. */
SX_INLINE SxProc *next(SxSched *s, SxTakeFromQueue take)
{
    SxQueue *q = s->ready;
    if (q[SX_PRIO_MAX].first != NULL) return take(s, &q[SX_PRIO_MAX]);
    if (q[SX_PRIO_HIGH].first != NULL) return take(s, &q[SX_PRIO_HIGH]);
    if (q[SX_PRIO_LOW].first != NULL && (q[SX_PRIO_NORMAL].first == NULL || ++s->low_skipped >= LOW_AFTER)) {
        s->low_skipped = 0;
        return take(s, &q[SX_PRIO_LOW]);
    }
    return q[SX_PRIO_NORMAL].first != NULL ? take(s, &q[SX_PRIO_NORMAL]) : NULL;
}

SxProc *sx_queue_pop(SxSched *s) { return next(s, pop); }
SxProc *sx_queue_take(SxSched *s, SxTakeFromQueue take) { return next(s, take); }
