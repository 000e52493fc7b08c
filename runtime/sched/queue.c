/* queue.c - the run queues of a scheduler, one for each priority: first come, first served, low priority now and then.
 * Owns their order only; who may be in one is wait.c's matter. Pushing is in sched.h: it
 * is part of every message. */
#include "sched/sched.h"

static SxProc *pop(SxQueue *q)
{
    SxProc *p = q->first;
    q->first = p->queue_next;
    if (q->first == NULL) q->last = NULL;
    q->n--;
    return p;
}

#define LOW_AFTER 8 /* processes of normal priority that run before one of low priority */

SX_INLINE SxQueue *next_queue(SxSched *s)
{
    SxQueue *q = s->ready;
    if (q[SX_PRIO_MAX].first != NULL) return &q[SX_PRIO_MAX];
    if (q[SX_PRIO_HIGH].first != NULL) return &q[SX_PRIO_HIGH];
    if (q[SX_PRIO_LOW].first != NULL && (q[SX_PRIO_NORMAL].first == NULL || ++s->low_skipped >= LOW_AFTER)) {
        s->low_skipped = 0;
        return &q[SX_PRIO_LOW];
    }
    return q[SX_PRIO_NORMAL].first != NULL ? &q[SX_PRIO_NORMAL] : NULL;
}

SxProc *sx_queue_pop(SxSched *s)
{
    SxQueue *q = next_queue(s);
    return q != NULL ? pop(q) : NULL;
}

SxQueue *sx_queue_next(SxSched *s) { return next_queue(s); }
