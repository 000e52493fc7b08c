/* wait.c - the waiting protocol: how a process falls asleep and is woken, so that no wake-up is lost.
 *
 * One atomic word a process: a state (runnable, running, waiting, free) and the flag NOTIFIED.
 *   sender:   publish (push to the inbox), then set NOTIFIED. Whoever sets it first on a waiting process moves it to runnable
 *             and queues it: once, because the flag was clear before.
 *   receiver: clear NOTIFIED, look (take the whole inbox), and when there is nothing to do move running to waiting by one
 *             compare-and-swap that expects the flag clear. If anything was published after the look, the flag is set, the
 *             swap fails, and it looks again. After success it touches nothing of the process.
 * INVARIANT: whatever is published is either seen by the look before the swap, or its NOTIFIED makes the swap fail, or it
 * finds the state waiting and wakes. Timers, completions, exits and interrupts are published the same way.
 * The scheduler sleeps by the same rule: `woken` is pushed, then sx_sys_wake; the host looks at `woken` in sx_step after it
 * was woken and before it sleeps. */
#include "base/sys.h"
#include "sched/sched.h"

void sx_queue_push(SxSched *s, SxProc *p)
{
    SxQueue *q = &s->ready[p->priority];
    p->queue_next = NULL;
    if (q->last != NULL) q->last->queue_next = p;
    else q->first = p;
    q->last = p;
    q->n++;
}

static SxProc *pop(SxQueue *q)
{
    SxProc *p = q->first;
    q->first = p->queue_next;
    if (q->first == NULL) q->last = NULL;
    q->n--;
    return p;
}

#define LOW_AFTER 8 /* processes of normal priority that run before one of low priority */

SxProc *sx_queue_pop(SxSched *s)
{
    SxQueue *q = s->ready;
    if (q[SX_PRIO_MAX].first != NULL) return pop(&q[SX_PRIO_MAX]);
    if (q[SX_PRIO_HIGH].first != NULL) return pop(&q[SX_PRIO_HIGH]);
    if (q[SX_PRIO_LOW].first != NULL && (q[SX_PRIO_NORMAL].first == NULL || ++s->low_skipped >= LOW_AFTER)) {
        s->low_skipped = 0;
        return pop(&q[SX_PRIO_LOW]);
    }
    return q[SX_PRIO_NORMAL].first != NULL ? pop(&q[SX_PRIO_NORMAL]) : NULL;
}

void sx_notify(SxRuntime *rt, SxSched *from, SxProc *p)
{
    unsigned old = atomic_fetch_or(&p->state, SX_STATE_NOTIFIED);
    if (old != SX_STATE_WAITING) return; /* will look before it sleeps, or is on its way already, or has ended */
    atomic_store(&p->state, SX_STATE_RUNNABLE | SX_STATE_NOTIFIED);
    if (from != NULL) {
        sx_queue_push(from, p);
        return;
    }
    SxSched *s = &rt->sched;
    SxProc *head = atomic_load_explicit(&s->woken, memory_order_relaxed);
    do {
        p->queue_next = head;
    } while (!atomic_compare_exchange_weak(&s->woken, &head, p));
    sx_sys_wake(rt);
}

void sx_take_woken(SxSched *s)
{
    if (atomic_load_explicit(&s->woken, memory_order_relaxed) == NULL) return;
    SxProc *list = atomic_exchange(&s->woken, NULL), *in_order = NULL;
    while (list != NULL) {
        SxProc *next = list->queue_next;
        list->queue_next = in_order;
        in_order = list;
        list = next;
    }
    while (in_order != NULL) {
        SxProc *next = in_order->queue_next;
        sx_queue_push(s, in_order);
        in_order = next;
    }
}

void sx_wait_begin_look(SxProc *p)
{
    atomic_store(&p->state, SX_STATE_RUNNING);
}

bool sx_wait_park(SxProc *p)
{
    unsigned expected = SX_STATE_RUNNING;
    return atomic_compare_exchange_strong(&p->state, &expected, SX_STATE_WAITING);
}

void sx_deliver(SxRuntime *rt, SxSched *from, sx_val to, SxSignalKind kind, SxFrag *frag)
{
    SxProc *p = sx_proc_find(rt, to);
    if (p == NULL) {
        sx_frag_free(frag);
        return;
    }
    frag->to = to;
    frag->kind = (uint32_t)kind;
    SxFrag *head = atomic_load_explicit(&p->inbox, memory_order_relaxed);
    do {
        frag->next = head;
    } while (!atomic_compare_exchange_weak_explicit(&p->inbox, &head, frag, memory_order_release, memory_order_relaxed));
    sx_notify(rt, from, p);
}

void sx_send(SxRuntime *rt, SxSched *from, sx_val to, sx_val message)
{
    if (sx_proc_find(rt, to) != NULL) sx_deliver(rt, from, to, SX_SIG_MESSAGE, sx_frag_copy(message));
}

void sx_complete(SxRuntime *rt, SxSched *from, sx_val to, uint64_t op, SxFrag *result)
{
    if (result == NULL) result = sx_frag_copy(SX_NIL);
    result->ref = op;
    sx_deliver(rt, from, to, SX_SIG_COMPLETION, result);
}

uint64_t sx_op_begin(SxProc *p)
{
    p->op_serial = sx_next_serial(&p->rt->sched);
    p->op_done = false;
    p->op_result = SX_NIL;
    return p->op_serial;
}

bool sx_op_pending(const SxProc *p) { return p->op_serial != 0; }

bool sx_op_take(SxProc *p, sx_val *result)
{
    if (!p->op_done) return false;
    *result = p->op_result;
    p->op_result = SX_NIL;
    p->op_done = false;
    p->op_serial = 0;
    return true;
}
