/* confirm.c - see confirm.h.
 * Each process counts its looks (SxProc.looks, by its owner). A delivery reads that count after it has published and before it
 * notifies, and notes it as `asked`. The protocol of wait.c promises a look that begins after the notification; it moves the
 * count past `asked`. So looks == asked after the notification means that the promised look has not begun, and if the process
 * waits then, without the flag that announces a wake-up, there will be none: exactly a lost wake-up, in either direction.
 * `asked` only grows, so one order stands for all deliveries to its target. The flag `ordered` of the record says that there
 * is one: it is set before an order is made and cleared before the last look at `asked`, so a delivery that comes in between
 * is seen by that look, or makes an order of its own. */
#include "sched/confirm.h"
#include "base/sys.h"
#include "sched/sched.h"
#include <stdio.h>

typedef struct SxOrder {
    struct SxOrder *next;
    SxProc *p;
    sx_val pid;
    int64_t due, backoff; /* due 0: not yet taken up */
} SxOrder;

void sx_confirmer_init(SxConfirmer *c, SxRuntime *rt, const SxConfirmPolicy *policy)
{
    memset(c, 0, sizeof *c);
    c->rt = rt;
    c->policy = *policy;
    if (c->policy.initial_backoff_ns < SX_CONFIRM_LEAST_NS) c->policy.initial_backoff_ns = SX_CONFIRM_LEAST_NS;
    if (c->policy.ready_timeout_ns < c->policy.initial_backoff_ns) c->policy.ready_timeout_ns = c->policy.initial_backoff_ns;
}

void sx_confirmer_deinit(SxConfirmer *c)
{
    sx_confirmer_shutdown(c);
    sx_free(c->heap);
    c->heap = NULL;
    c->cap = 0;
}

/* ---- orders come in ---- */

/* Raise p->asked to `looks`. Both wrap around; they are never far apart. */
static void raise_asked(SxProc *p, unsigned looks)
{
    unsigned old = atomic_load(&p->asked);
    while ((int)(looks - old) > 0 && !atomic_compare_exchange_weak(&p->asked, &old, looks)) {}
}

static bool is_observed(SxProc *p) { return atomic_load(&p->looks) != atomic_load(&p->asked); }

void sx_confirm(SxConfirmer *c, SxProc *p, sx_val pid, unsigned looks)
{
    raise_asked(p, looks);
    if (atomic_exchange(&p->ordered, true)) {
        atomic_fetch_add_explicit(&c->shared, 1, memory_order_relaxed);
        return;
    }
    atomic_fetch_add_explicit(&c->armed, 1, memory_order_relaxed);
    if (atomic_load(&c->closed)) {
        atomic_store(&p->ordered, false);
        atomic_fetch_add_explicit(&c->dropped, 1, memory_order_relaxed);
        return;
    }
    SxOrder *o = sx_alloc(sizeof *o), *head = atomic_load_explicit(&c->incoming, memory_order_relaxed);
    *o = (SxOrder){.p = p, .pid = pid};
    do {
        o->next = head;
    } while (!atomic_compare_exchange_weak(&c->incoming, &head, o));
    if (head == NULL && c->on_order != NULL) c->on_order(c->arg);
}

/* ---- the heap, by `due` ---- */

static void put(SxConfirmer *c, SxOrder *o)
{
    if (c->n == c->cap) {
        c->cap = c->cap == 0 ? 16 : 2 * c->cap;
        c->heap = sx_realloc(c->heap, c->cap * sizeof *c->heap);
    }
    uint32_t i = c->n++;
    for (; i > 0 && c->heap[(i - 1) / 2]->due > o->due; i = (i - 1) / 2) c->heap[i] = c->heap[(i - 1) / 2];
    c->heap[i] = o;
}

static SxOrder *take_first(SxConfirmer *c)
{
    SxOrder *first = c->heap[0], *last = c->heap[--c->n];
    uint32_t i = 0;
    for (;;) {
        uint32_t child = 2 * i + 1;
        if (child >= c->n) break;
        if (child + 1 < c->n && c->heap[child + 1]->due < c->heap[child]->due) child++;
        if (c->heap[child]->due >= last->due) break;
        c->heap[i] = c->heap[child];
        i = child;
    }
    c->heap[i] = last;
    return first;
}

static void take_incoming(SxConfirmer *c, int64_t now)
{
    SxOrder *o = atomic_exchange(&c->incoming, NULL);
    while (o != NULL) {
        SxOrder *next = o->next;
        o->backoff = c->policy.initial_backoff_ns;
        o->due = now + o->backoff;
        put(c, o);
        o = next;
    }
}

/* ---- checks ---- */

/* The order's reason is gone: count it and free it, unless a delivery came meanwhile that relied on it. True: it is gone. */
static bool retire(SxConfirmer *c, SxOrder *o, atomic_ullong *why)
{
    SxProc *p = o->p;
    atomic_fetch_add_explicit(why, 1, memory_order_relaxed);
    atomic_store(&p->ordered, false);
    if (!is_observed(p) && sx_proc_pid(p) != SX_NIL && !atomic_exchange(&p->ordered, true)) {
        /* an order of its own for that delivery, which counts itself among those that share one, now or in a moment */
        atomic_fetch_add_explicit(&c->armed, 1, memory_order_relaxed);
        atomic_fetch_sub_explicit(&c->shared, 1, memory_order_relaxed);
        o->pid = sx_proc_pid(p);
        o->backoff = c->policy.initial_backoff_ns / 2;
        return false;
    }
    sx_free(o);
    return true;
}

static void tell_healed(const SxOrder *o, uint64_t count)
{
    char line[160];
    int n = snprintf(line, sizeof line, "sxhost: a lost wake-up of <0.%u.%u> was healed (%llu so far); this is a bug in sxhost\n",
                     sx_pid_slot(o->pid), sx_pid_serial(o->pid), (unsigned long long)count);
    sx_sys_log(line, (size_t)n);
}

/* Does p wait although nobody has looked since the last delivery that is known here? The delivery had notified, so p was no
 * longer waiting then, and could wait again only behind a look: the look is asked for after the state, and for the delivery
 * that was read before it. In another order a process that looks and parks meanwhile would seem lost. */
static bool is_lost(SxProc *p)
{
    unsigned asked = atomic_load(&p->asked);
    return atomic_load(&p->state) == SX_STATE_WAITING && atomic_load(&p->looks) == asked;
}

/* True: the order is gone. */
static bool check(SxConfirmer *c, SxOrder *o)
{
    SxProc *p = o->p;
    atomic_fetch_add_explicit(&c->checks, 1, memory_order_relaxed);
    if (is_observed(p)) return retire(c, o, &c->observed);
    if (sx_proc_pid(p) != o->pid) return retire(c, o, &c->ended);
    atomic_fetch_add_explicit(&c->wakes, 1, memory_order_relaxed);
    if (is_lost(p)) {
        tell_healed(o, atomic_fetch_add_explicit(&c->healed, 1, memory_order_relaxed) + 1);
        sx_notify(c->rt, NULL, p);
    } else {
        sx_sys_wake(c->rt); /* runnable but late: perhaps its scheduler sleeps */
    }
    return false;
}

int64_t sx_confirmer_step(SxConfirmer *c, int64_t now)
{
    take_incoming(c, now);
    while (c->n > 0 && c->heap[0]->due <= now) {
        SxOrder *o = take_first(c);
        if (check(c, o)) continue;
        o->backoff *= 2;
        if (o->backoff > c->policy.ready_timeout_ns) o->backoff = c->policy.ready_timeout_ns;
        o->due = now + o->backoff;
        put(c, o);
    }
    return c->n > 0 ? c->heap[0]->due : INT64_MAX;
}

/* ---- the end ---- */

static void drop(SxConfirmer *c, SxOrder *o)
{
    atomic_store(&o->p->ordered, false);
    atomic_fetch_add_explicit(&c->dropped, 1, memory_order_relaxed);
    sx_free(o);
}

void sx_confirmer_shutdown(SxConfirmer *c)
{
    atomic_store(&c->closed, true);
    take_incoming(c, 0);
    while (c->n > 0) drop(c, c->heap[--c->n]);
}

SxConfirmBooks sx_confirmer_books(const SxConfirmer *c)
{
    SxConfirmBooks b = {
        .observed = atomic_load(&c->observed), .ended = atomic_load(&c->ended), .dropped = atomic_load(&c->dropped),
        .shared = atomic_load(&c->shared), .checks = atomic_load(&c->checks), .wakes = atomic_load(&c->wakes), .healed = atomic_load(&c->healed),
    };
    b.armed = atomic_load(&c->armed); /* read last: never less than what the others sum up to */
    b.pending = b.armed - b.observed - b.ended - b.dropped;
    return b;
}
