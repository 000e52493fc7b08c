/* sched.c - one scheduler: which process runs next, for how long, and what becomes of it then.
 * Owns the step. The waiting protocol is wait.c's, the meaning of signals signal.c's, time the caller's. */
#include "base/sys.h"
#include "sched/hold.h"
#include "sched/sched.h"
#include "sched/seeded.h"
#include "vm/vm.h"

#define CLOCK_EVERY 16 /* short slices between two looks at the clock */
#define STEP_NS 1000000 /* a step begins no slice any more when it has lasted so long: the world is to be looked at */
#define LONG_SLICE (SX_REDUCTIONS / CLOCK_EVERY)

uint64_t sx_next_serial(SxSched *s)
{
    return ++s->next_serial;
}

static SX_NOINLINE void end_measured(SxSched *s, SxProc *p)
{
    SxHold of = {.what = SX_HOLD_END};
    sx_hold_whose(p, &of);
    sx_proc_end(s, p);
    if (sx_hold_measure(s, &of, sx_sys_monotonic_ns())) s->longest = of;
}

/* End p. One that holds much takes its time. */
static void end(SxSched *s, SxProc *p)
{
    if (SX_UNLIKELY(s->watched || sx_is_large(p))) end_measured(s, p);
    else sx_proc_end(s, p);
}

static void end_over_limit(SxSched *s, SxProc *p)
{
    if (p->rt->on_crash != NULL) p->rt->on_crash(p->rt, p);
    end(s, p);
}

/* Look and, when there is something to do, answer true; else park and answer false. The process may have ended: *ended. */
static bool stays_awake(SxSched *s, SxProc *p, bool *ended)
{
    for (;;) {
        if (!sx_signals_handle(s, p)) {
            end(s, p);
            *ended = true;
            return false;
        }
        if (p->interrupted || p->op_done || p->woken || (p->wait_kind == SX_WAIT_RECEIVE && *p->save != NULL)) return true;
        if (p->deadline_set && p->deadline <= s->now) {
            p->timed_out = true;
            return true;
        }
        if (p->deadline_set) sx_wheel_arm(s, p);
        p->wait_since = s->now;
        if (sx_wait_park(p)) return false;
        sx_wheel_disarm(s, p);
    }
}

/* p is suspended: it takes what has arrived, and waits. Whoever resumes it notifies it. */
static void rest(SxSched *s, SxProc *p)
{
    do {
        if (!sx_signals_handle(s, p)) {
            end(s, p);
            return;
        }
    } while (!sx_wait_park(p));
}

/* p has run for a while, or may have: look at the clock, while where it stands can still be told. */
SX_INLINE void clock_slice(SxSched *s, SxProc *p, int64_t spent, SxHoldKind what)
{
    if (spent <= LONG_SLICE && !s->watched) return;
    SxHold of = {.what = what};
    if (!sx_hold_measure(s, &of, sx_sys_monotonic_ns())) return;
    sx_hold_whose(p, &of);
    s->longest = of;
}

/* Run p for one slice of `slice` reductions at most. */
SX_INLINE int64_t run(SxSched *s, SxProc *p, int32_t slice)
{
    int64_t used = 0;
    s->current = p;
    s->switches++;
    sx_wheel_disarm(s, p);
    if (SX_UNLIKELY(p->suspended > 0)) {
        rest(s, p);
        s->current = NULL;
        return 1;
    }
    if (p->wait_kind == SX_WAIT_RECEIVE) { /* woken by what is no message: sleeps on without running */
        bool ended = false;
        if (!stays_awake(s, p, &ended)) {
            s->current = NULL;
            return 1;
        }
    } else {
        if (!sx_signals_handle(s, p)) {
            end(s, p);
            s->current = NULL;
            return 1;
        }
        if (p->deadline_set && p->deadline <= s->now && p->wait_kind != SX_WAIT_NONE) p->timed_out = true;
    }
    if (SX_UNLIKELY(p->over_limit)) { /* as a collection apart has found */
        end_over_limit(s, p);
        s->current = NULL;
        return 1;
    }
    p->reductions = slice;
    for (;;) {
        p->woken = false;
        int32_t before = p->reductions;
        SxRun r = sx_vm_run(p);
        int64_t spent = before - p->reductions;
        used += spent;
        p->total_reductions += (uint64_t)spent;
        clock_slice(s, p, spent, SX_HOLD_RUN);
        if (r != SX_RUN_PARK) {
            if (r == SX_RUN_YIELD) sx_wait_requeue(s, p);
            else if (r == SX_RUN_APART) sx_apart_begin(s, p);
            else if (p->over_limit) end_over_limit(s, p);
            else end(s, p);
            break;
        }
        bool ended = false;
        if (!stays_awake(s, p, &ended)) break;
        if (p->reductions <= 0) {
            sx_wait_requeue(s, p);
            break;
        }
    }
    s->current = NULL;
    return used;
}

/* Deterministic mode's step: one slice of one process, as the seed says. */
static SX_NOINLINE void run_seeded(SxSched *s)
{
    sx_take_woken(s);
    sx_wheel_advance(s, s->now);
    SxProc *p = sx_seeded_pick(s);
    if (p == NULL) return;
    sx_val pid = p->pid;
    sx_seeded_began(s, p);
    int64_t used = run(s, p, sx_seeded_slice(s->seeded)) + 1;
    sx_seeded_stopped(s, p, pid, used);
}

#ifdef SX_SURPLUS_WAKES
#define SURPLUS 8
/* The flavour `surplus`: beside what has something to do, wake some that have no reason to, half of them up to the primitive or
 * the receive that parked. Nothing may change by it; where nothing moves at all nothing is moved, or nobody would ever be seen
 * to wait for good. */
static void wake_some(SxSched *s)
{
    static uint64_t random = 88172645463325252u;
    bool moves = atomic_load(&s->woken) != NULL || sx_has_runnable(s);
    for (int i = 0; moves && i < SURPLUS; i++) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        SxProc *p = s->rt->n_slots == 0 ? NULL : sx_proc_at(s->rt, (uint32_t)(random % s->rt->n_slots));
        if (p == NULL) continue;
        if (random >> 40 & 1) p->woken = true;
        sx_notify(s->rt, s, p);
    }
}
#else
static void wake_some(SxSched *s) { (void)s; }
#endif

SxStepResult sx_step(SxSched *s, int64_t now, int64_t budget, int64_t *until)
{
    SxRuntime *rt = s->rt;
    s->now = now;
    sx_hold_begin(s);
    int64_t fired_until = -1;
    wake_some(s);
    if (SX_UNLIKELY(s->seeded != NULL)) {
        if (atomic_load(&rt->halting)) return SX_STEP_HALTED;
        run_seeded(s);
        budget = 0;
    }
    while (budget > 0 && s->now - now < STEP_NS) {
        if (atomic_load_explicit(&rt->halting, memory_order_relaxed)) return SX_STEP_HALTED;
        sx_take_woken(s);
        if (s->now != fired_until) sx_wheel_advance(s, fired_until = s->now);
        SxProc *p = sx_queue_pop(s);
        if (p == NULL) break;
        int64_t used = run(s, p, SX_REDUCTIONS) + 1;
        budget -= used;
        if (used > LONG_SLICE) wake_some(s);
        else if (++s->short_slices >= CLOCK_EVERY) {
            SxHold of = {.what = SX_HOLD_SEVERAL};
            if (sx_hold_measure(s, &of, sx_sys_monotonic_ns())) s->longest = of;
            wake_some(s);
        }
    }
    if (atomic_load(&rt->halting)) return SX_STEP_HALTED;
    if (sx_has_runnable(s) || !sx_may_sleep(s)) return SX_STEP_AGAIN;
    int64_t next = sx_wheel_next(s);
    if (next == INT64_MAX) return SX_STEP_IDLE;
    *until = next;
    return SX_STEP_WAIT;
}
