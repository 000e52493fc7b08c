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
 * was woken and before it sleeps.
 * Order: taking the inbox and pushing are read-modify-write operations on one word, so one of them comes first. If the push
 * does, the take has it. If the take does, the clearing of the flag, which stands before it, is behind the sender when that
 * sets (or merely reads) the flag. So a plain store clears it, and a sender that reads it set need not set it. A receiver
 * that finds it clear since its last look need not look again: what is on its way will fail its swap.
 *
 * Its steps are named in seams.def; tests/unit/test_seams.c delivers in each gap between them, tests/model/wait.pml is the
 * same protocol for a model checker, and confirm.c audits it while the program runs. */
#include "base/sys.h"
#include "sched/confirm.h"
#include "sched/sched.h"
#include "sched/seams.h"

#ifdef SX_HOOKS
void (*sx_seam_hook)(SxSeam at, struct SxProc *p);
#endif

/* ---- the sender's side ---- */

void sx_notify(SxRuntime *rt, SxSched *from, SxProc *p)
{
    if (atomic_load(&p->state) & SX_STATE_NOTIFIED) return; /* it looks after this */
    unsigned old = atomic_fetch_or(&p->state, SX_STATE_NOTIFIED);
    if (old != SX_STATE_WAITING) return; /* will look before it sleeps, or is on its way already, or has ended */
    SX_SEAM(claimed, p);
    /* nobody else moves it, and the flag that others set is set: no read-modify-write is needed */
    atomic_store_explicit(&p->state, SX_STATE_RUNNABLE | SX_STATE_NOTIFIED, memory_order_release);
    SX_SEAM(moved, p);
    if (from != NULL) {
        sx_queue_push(from, p);
        return;
    }
    SxSched *s = &rt->sched;
    SxProc *head = atomic_load_explicit(&s->woken, memory_order_relaxed);
    do {
        p->queue_next = head;
    } while (!atomic_compare_exchange_weak(&s->woken, &head, p));
    SX_SEAM(queued, p);
    sx_sys_wake(rt);
}

/* Publish to p, whose pid is `to`, then notify. */
SX_INLINE void deliver(SxRuntime *rt, SxSched *from, SxProc *p, sx_val to, SxSignalKind kind, SxFrag *frag, bool audited)
{
    frag->to = to;
    frag->kind = (uint32_t)kind;
    SX_SEAM(publish, p);
    SxFrag *head = atomic_load_explicit(&p->inbox, memory_order_relaxed);
    do {
        frag->next = head;
    } while (!atomic_compare_exchange_weak_explicit(&p->inbox, &head, frag, memory_order_acq_rel, memory_order_relaxed));
    unsigned looks = audited ? atomic_load_explicit(&p->looks, memory_order_acquire) : 0;
    SX_SEAM(published, p);
    sx_notify(rt, from, p);
    if (audited && rt->confirmer != NULL) sx_confirm(rt->confirmer, p, to, looks);
}

void sx_deliver(SxRuntime *rt, SxSched *from, sx_val to, SxSignalKind kind, SxFrag *frag)
{
    SxProc *p = sx_proc_find(rt, to);
    if (p == NULL) sx_frag_free(frag);
    else if (SX_LIKELY(from != NULL)) deliver(rt, from, p, to, kind, frag, false);
    else deliver(rt, NULL, p, to, kind, frag, true);
}

void sx_deliver_outside(SxRuntime *rt, sx_val to, SxSignalKind kind, SxFrag *frag)
{
    SxProc *p = sx_proc_find(rt, to);
    if (p == NULL) sx_frag_free(frag);
    else deliver(rt, &rt->sched, p, to, kind, frag, true);
}

void sx_send(SxRuntime *rt, SxSched *from, sx_val to, sx_val message)
{
    SxProc *p = sx_proc_find(rt, to);
    if (p != NULL) deliver(rt, from, p, to, SX_SIG_MESSAGE, sx_frag_copy(message), from == NULL);
}

/* ---- the receiver's side ---- */

SxFrag *sx_wait_look(SxProc *p)
{
    SxFrag *list = NULL;
    bool notified = atomic_load_explicit(&p->state, memory_order_relaxed) != SX_STATE_RUNNING;
    if (notified) {
        atomic_store_explicit(&p->state, SX_STATE_RUNNING, memory_order_relaxed);
        /* only its owner writes it: no read-modify-write is needed */
        atomic_store_explicit(&p->looks, atomic_load_explicit(&p->looks, memory_order_relaxed) + 1, memory_order_release);
    }
    SX_SEAM(look_begin, p);
    if (notified) list = atomic_exchange(&p->inbox, NULL);
    SX_SEAM(look_take, p);
    return list;
}

bool sx_wait_park(SxProc *p)
{
    unsigned expected = SX_STATE_RUNNING;
    SX_SEAM(park_try, p);
    if (!atomic_compare_exchange_strong(&p->state, &expected, SX_STATE_WAITING)) return false;
    SX_SEAM(park_done, p);
    return true;
}

void sx_wait_requeue(SxSched *s, SxProc *p)
{
    atomic_store_explicit(&p->state, SX_STATE_RUNNABLE, memory_order_release); /* whoever notifies from now on finds it runnable: it looks when it runs */
    SX_SEAM(requeue, p);
    sx_queue_push(s, p);
}

/* ---- the scheduler's side ---- */

void sx_take_woken(SxSched *s)
{
    SX_SEAM(sched_take, NULL);
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

bool sx_may_sleep(SxSched *s)
{
    SX_SEAM(sched_look, NULL);
    return atomic_load(&s->woken) == NULL;
}
