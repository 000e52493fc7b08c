/* sched.h - what the files of this layer share: the waiting protocol, signals, exits, timers, queues. */
#ifndef SX_SCHED_H
#define SX_SCHED_H

#include "sched/runtime.h"

/* wait.c */
/* Something was published for p: make it runnable if it waits. The only way a process leaves the waiting state. */
void sx_notify(SxRuntime *rt, SxSched *from, SxProc *p);
/* p, which runs, looks: its whole inbox, newest first, which is empty now; nothing when nobody has notified it since it looked
 * last. What is published from now on is notified anew. */
SxFrag *sx_wait_look(SxProc *p);
/* Running to waiting, unless something was published since the last look: then false, and p is still running. */
bool sx_wait_park(SxProc *p);
/* Running to runnable, into the queue: p looks when it runs again. */
void sx_wait_requeue(SxSched *s, SxProc *p);
/* Queue what other threads made runnable. */
void sx_take_woken(SxSched *s);
/* Nothing is runnable here: true when other threads made nothing runnable either. What they do later wakes the host. */
bool sx_may_sleep(SxSched *s);

/* queue.c */
SX_INLINE void sx_queue_push(SxSched *s, SxProc *p)
{
    SxQueue *q = &s->ready[p->priority];
    p->queue_next = NULL;
    if (q->last != NULL) q->last->queue_next = p;
    else q->first = p;
    q->last = p;
    q->n++;
}
SxProc *sx_queue_pop(SxSched *s); /* NULL: all are empty */
/* The same for who takes another than the first of the queue whose turn it is: `take` takes one off a queue that is not empty. */
typedef SxProc *(*SxTakeFromQueue)(SxSched *s, SxQueue *q);
SxProc *sx_queue_take(SxSched *s, SxTakeFromQueue take);

/* signal.c */
/* p looks at its inbox: queue messages, act on signals. False: p must end; exc_reason is why. */
bool sx_signals_handle(SxSched *s, SxProc *p);

/* ties.c */
void sx_send_down(SxProc *p, SxSched *s, sx_val watcher, uint64_t serial, sx_val target, sx_val name, sx_val reason);

/* exit.c */
/* End p: exc_class (SX_NONE: normal return), exc_reason and exc_trace say how. Its record is free afterwards. */
void sx_proc_end(SxSched *s, SxProc *p);
void sx_proc_free(SxRuntime *rt, SxProc *p);

/* apart.c; where rt->run_apart is set */
/* Begin p->apart; p, which has stopped, is queued again when it is done. */
void sx_apart_begin(SxSched *s, SxProc *p);
/* Free what p's heap and mailbox hold; both are empty now. */
void sx_apart_give_back(SxRuntime *rt, SxProc *p);
#ifdef SX_DEBUG
#define SX_LARGE_WORDS 2048 /* a process that holds more than this takes long to free, */
#define SX_LARGE_MAILBOX 16 /* or one with more messages than this */
#else
#define SX_LARGE_WORDS 131072
#define SX_LARGE_MAILBOX 4096
#endif
SX_INLINE bool sx_is_large(const SxProc *p) { return sx_heap_words(&p->heap) > SX_LARGE_WORDS || p->n_messages > SX_LARGE_MAILBOX; }

/* timer.c */
void sx_wheel_arm(SxSched *s, SxProc *p);     /* by p->deadline; no-op when it is armed */
void sx_wheel_disarm(SxSched *s, SxProc *p);
void sx_wheel_advance(SxSched *s, int64_t now); /* fires what is due */
int64_t sx_wheel_next(const SxSched *s);        /* monotonic ns of the next look that is needed, INT64_MAX when none */
void sx_wheel_deinit(SxSched *s);

#endif
