/* test_seam_confirm.c - the wake confirmer's contract (DESIGN §5), with a clock that the test turns; a mutant scheduler whose
 * hangs it heals; and deliveries from other threads under load, of which it heals none: tools/check makes that 10^8 (WAKE_DELIVERIES).
 * Seen to fail: each function below says how. */
#include "machine.h"
#include "sched/confirm.h"
#include "sched/seams.h"
#include "unit.h"
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#define MS 1000000

extern atomic_int sys_stub_wakes;
static SxConfirmer c;
static int n_ordered;
static void count_order(void *arg) { (void)arg, n_ordered++; }

static void begin(int64_t backoff, int64_t ready)
{
    SxConfirmPolicy policy = {backoff, ready};
    sx_confirmer_init(&c, &rt, &policy);
    c.on_order = count_order;
    rt.confirmer = &c;
    n_ordered = 0;
}

static void end(void)
{
    sx_confirmer_deinit(&c);
    rt.confirmer = NULL;
    SxConfirmBooks b = sx_confirmer_books(&c);
    CHECK_EQ(b.pending, 0);
    CHECK_EQ(b.armed, b.observed + b.ended + b.dropped);
}

/* A receiver that has come to rest. */
static SxProc *parked(void)
{
    static SxFn *fn;
    if (fn == NULL) fn = machine_fn(MACHINE_RECEIVER);
    SxProc *p = machine_spawn(fn);
    machine_settle();
    CHECK_EQ(atomic_load(&p->state), SX_STATE_WAITING);
    return p;
}

static void deliver(SxProc *p) { sx_deliver(&rt, NULL, p->pid, SX_SIG_MESSAGE, sx_frag_copy(SX_TRUE)); }

/* The target is runnable but its scheduler does not step: the ladder has no last check, and none after the observation.
 * Fails when check() retires an order after 12 checks, or puts back one that is observed. */
static void test_ladder(void)
{
    begin(1 * MS, 8 * MS);
    SxProc *p = parked();
    deliver(p);
    int64_t now = 0, next = sx_confirmer_step(&c, now);
    CHECK_EQ(next, 1 * MS);
    int64_t gaps[40];
    for (int i = 0; i < 40; i++) {
        CHECK_EQ(sx_confirmer_step(&c, next - 1), next); /* not before its time */
        CHECK_EQ(sx_confirmer_books(&c).checks, (uint64_t)i);
        now = next;
        next = sx_confirmer_step(&c, now);
        gaps[i] = next - now;
        CHECK_EQ(sx_confirmer_books(&c).wakes, (uint64_t)i + 1);
    }
    CHECK_EQ(gaps[0], 2 * MS);
    CHECK_EQ(gaps[1], 4 * MS);
    CHECK_EQ(gaps[2], 8 * MS);
    CHECK_EQ(gaps[39], 8 * MS);
    CHECK_EQ(sx_confirmer_books(&c).healed, 0); /* late is not lost */
    machine_settle(); /* a plain receive observes */
    CHECK_EQ(sx_confirmer_step(&c, next), (uint64_t)INT64_MAX);
    SxConfirmBooks b = sx_confirmer_books(&c);
    CHECK_EQ(b.checks, 41);
    CHECK_EQ(b.wakes, 40);
    CHECK_EQ(b.observed, 1);
    CHECK_EQ(sx_confirmer_step(&c, next + 1000 * MS), (uint64_t)INT64_MAX);
    CHECK_EQ(sx_confirmer_books(&c).checks, 41);
    end();
}

/* Backoffs below the least are raised to it; a ready timeout below the backoff is raised to that. */
static void test_policy(void)
{
    begin(0, 0);
    SxProc *p = parked();
    deliver(p);
    CHECK_EQ(sx_confirmer_step(&c, 0), SX_CONFIRM_LEAST_NS);
    CHECK_EQ(sx_confirmer_step(&c, SX_CONFIRM_LEAST_NS), 2 * SX_CONFIRM_LEAST_NS);
    machine_settle();
    sx_confirmer_step(&c, MS);
    end();
}

/* Observed before the first check: nobody is woken. Fails when check() wakes before it looks. */
static void test_observed_already(void)
{
    begin(1 * MS, 8 * MS);
    SxProc *p = parked();
    deliver(p);
    machine_settle();
    atomic_store(&sys_stub_wakes, 0);
    CHECK_EQ(sx_confirmer_step(&c, 0), 1 * MS);
    CHECK_EQ(sx_confirmer_step(&c, 1 * MS), (uint64_t)INT64_MAX);
    CHECK_EQ(atomic_load(&sys_stub_wakes), 0);
    CHECK_EQ(sx_confirmer_books(&c).wakes, 0);
    CHECK_EQ(sx_confirmer_books(&c).observed, 1);
    end();
}

/* Eight orders interleave and stop one by one: each by its own target's look. Fails when the heap loses or doubles one. */
static void test_eight(void)
{
    SxProc *p[8];
    begin(1 * MS, 16 * MS);
    for (int i = 0; i < 8; i++) {
        p[i] = parked();
    }
    int64_t now = 0, next = 0;
    for (int i = 0; i < 8; i++) { /* armed at different times, so that checks interleave */
        deliver(p[i]);
        next = sx_confirmer_step(&c, now);
        now += 300000;
    }
    CHECK_EQ(n_ordered, 8);
    for (int i = 0; i < 8; i++) {
        CHECK_EQ(c.n, 8 - (unsigned)i);
        atomic_store(&p[i]->looks, atomic_load(&p[i]->looks) + 1); /* p[i] alone is observed */
        uint64_t before = sx_confirmer_books(&c).observed;
        for (int k = 0; k < 60; k++) next = sx_confirmer_step(&c, next == INT64_MAX ? now : next);
        CHECK_EQ(sx_confirmer_books(&c).observed, before + 1);
        for (int k = i + 1; k < 8; k++) CHECK(atomic_load(&p[k]->ordered));
        CHECK(!atomic_load(&p[i]->ordered));
    }
    CHECK_EQ(next, (uint64_t)INT64_MAX);
    machine_settle();
    end();
}

/* Two deliveries share a ladder, which ends by a look after the later one. Fails when sx_confirm makes two orders, or does not
 * raise `asked`. */
static void test_shared(void)
{
    begin(1 * MS, 8 * MS);
    SxProc *p = parked();
    deliver(p);
    deliver(p);
    SxConfirmBooks b = sx_confirmer_books(&c);
    CHECK_EQ(b.armed, 1);
    CHECK_EQ(b.shared, 1);
    sx_confirmer_step(&c, 0);
    CHECK_EQ(c.n, 1);
    machine_settle(); /* both were seen; a third comes before the check */
    deliver(p);
    CHECK_EQ(sx_confirmer_books(&c).shared, 2);
    CHECK_EQ(sx_confirmer_step(&c, 1 * MS), 3 * MS); /* not observed since the third */
    machine_settle();
    CHECK_EQ(sx_confirmer_step(&c, 3 * MS), (uint64_t)INT64_MAX);
    CHECK_EQ(sx_confirmer_books(&c).observed, 1);
    end();
}

/* A target that ended stops its order and leaves nothing behind, also when its record has a new owner. Fails when check()
 * does not compare pids. */
static void test_ended(void)
{
    begin(1 * MS, 8 * MS);
    SxProc *p = parked();
    deliver(p);
    sx_confirmer_step(&c, 0);
    sx_proc_free(&rt, p); /* ends without a look */
    atomic_store(&rt.sched.woken, NULL);
    CHECK_EQ(sx_confirmer_step(&c, 1 * MS), (uint64_t)INT64_MAX);
    SxConfirmBooks b = sx_confirmer_books(&c);
    CHECK_EQ(b.ended, 1);
    CHECK_EQ(b.wakes, 0);
    CHECK_EQ(c.n, 0);
    CHECK(!atomic_load(&p->ordered));
    end();
}

/* Shutdown drops what is pending, may be called again, and later orders are dropped. */
static void test_shutdown(void)
{
    begin(1 * MS, 8 * MS);
    SxProc *a = parked(), *b = parked();
    deliver(a);
    sx_confirmer_step(&c, 0);
    deliver(b); /* not taken up yet */
    sx_confirmer_shutdown(&c);
    sx_confirmer_shutdown(&c);
    CHECK_EQ(sx_confirmer_books(&c).dropped, 2);
    CHECK_EQ(sx_confirmer_step(&c, 10 * MS), (uint64_t)INT64_MAX);
    machine_settle();
    deliver(a);
    CHECK_EQ(sx_confirmer_books(&c).dropped, 3);
    CHECK_EQ(sx_confirmer_step(&c, 20 * MS), (uint64_t)INT64_MAX);
    CHECK_EQ(sx_confirmer_books(&c).checks, 0);
    machine_settle();
    end();
}

/* ---- a scheduler that looks, then waits ---- */

static SxProc *victim;
static sx_val victim_pid;
static bool armed;

/* What comes between the last look and the swap sets NOTIFIED; the mutant's swap does not expect the flag clear. */
static void look_then_wait(SxSeam at, SxProc *p)
{
    if (at != SX_SEAM_park_try || p != victim) return;
    if (armed) {
        armed = false;
        sx_deliver(&rt, NULL, victim_pid, SX_SIG_MESSAGE, sx_frag_copy(SX_TRUE));
    }
    atomic_store(&p->state, SX_STATE_RUNNING);
}

static void test_mutant(void)
{
    begin(1 * MS, 8 * MS);
    victim = parked();
    victim_pid = victim->pid;
    sx_seam_hook = look_then_wait;
    int64_t now = 0;
    for (int i = 1; i <= 50; i++) {
        armed = true;
        deliver(victim);
        machine_settle();
        CHECK(atomic_load(&victim->inbox) != NULL); /* it hangs: the second message is there and it waits */
        CHECK_EQ(atomic_load(&victim->state), SX_STATE_WAITING);
        sx_confirmer_step(&c, now);
        now += 20 * MS;
        sx_confirmer_step(&c, now);
        CHECK_EQ(sx_confirmer_books(&c).healed, (uint64_t)i);
        machine_settle();
        CHECK(atomic_load(&victim->inbox) == NULL);
        now += 20 * MS;
        CHECK_EQ(sx_confirmer_step(&c, now), (uint64_t)INT64_MAX);
    }
    sx_seam_hook = NULL;
    end();
}

/* ---- the real thing under load ---- */

#define SENDERS 3
#define TARGETS 64
#define MOST_IN_FLIGHT 20000

static sx_val targets[TARGETS];
static long n_each;
static atomic_long sent;
static atomic_long in_flight; /* delivered since the machine last came to rest */
static atomic_bool done;

static void *sender(void *arg)
{
    uint64_t random = (uint64_t)(uintptr_t)arg * 7919 + 12345;
    for (long i = 0; i < n_each; i++) {
        while (atomic_load_explicit(&in_flight, memory_order_relaxed) > MOST_IN_FLIGHT) sched_yield();
        atomic_fetch_add_explicit(&in_flight, 1, memory_order_relaxed);
        sx_deliver(&rt, NULL, targets[unit_random(&random) % TARGETS], SX_SIG_MESSAGE, sx_frag_copy(SX_TRUE));
    }
    atomic_fetch_add(&sent, n_each);
    return NULL;
}

static void *auditor(void *arg)
{
    (void)arg;
    for (int64_t now = 0; !atomic_load(&done); now += MS) { /* a clock that runs fast: many checks */
        sx_confirmer_step(&c, now);
        sched_yield();
    }
    return NULL;
}

static void test_load(void)
{
    pthread_t threads[SENDERS], checks;
    begin(1, 1 * MS);
    c.on_order = NULL;
    for (int i = 0; i < TARGETS; i++) targets[i] = parked()->pid;
    n_each = (getenv("WAKE_DELIVERIES") != NULL ? atol(getenv("WAKE_DELIVERIES")) : 300000) / SENDERS;
    uint64_t looks = 0;
    atomic_store(&sys_stub_wakes, 0);
    for (int i = 0; i < SENDERS; i++) SX_CHECK(pthread_create(&threads[i], NULL, sender, (void *)(uintptr_t)(i + 1)) == 0);
    SX_CHECK(pthread_create(&checks, NULL, auditor, NULL) == 0);
    while (atomic_load(&sent) < SENDERS * n_each || atomic_load(&sys_stub_wakes) > 0) {
        if (atomic_exchange(&sys_stub_wakes, 0) == 0) { /* asleep: nothing but a wake makes it step */
            sched_yield();
            continue;
        }
        machine_settle();
        looks++;
        atomic_store_explicit(&in_flight, 0, memory_order_relaxed);
    }
    for (int i = 0; i < SENDERS; i++) pthread_join(threads[i], NULL);
    while (atomic_exchange(&sys_stub_wakes, 0) > 0) machine_settle();
    atomic_store(&done, true);
    pthread_join(checks, NULL);
    for (int i = 0; i < TARGETS; i++) {
        SxProc *p = sx_proc_find(&rt, targets[i]);
        CHECK(p != NULL && atomic_load(&p->inbox) == NULL && p->n_messages == 0);
    }
    sx_confirmer_step(&c, INT64_MAX / 2);
    SxConfirmBooks b = sx_confirmer_books(&c);
    printf("%ld deliveries, %llu orders (%llu shared), %llu checks, %llu wakes, %llu healed\n", SENDERS * n_each, (unsigned long long)b.armed,
           (unsigned long long)b.shared, (unsigned long long)b.checks, (unsigned long long)b.wakes, (unsigned long long)b.healed);
    CHECK_EQ(b.healed, 0);
    CHECK(b.armed > 0);
    CHECK_EQ(b.armed + b.shared, (uint64_t)(SENDERS * n_each));
    end();
}

int main(void)
{
    machine_init();
    test_ladder();
    test_policy();
    test_observed_already();
    test_eight();
    test_shared();
    test_ended();
    test_shutdown();
    test_mutant();
    test_load();
    return unit_end();
}
