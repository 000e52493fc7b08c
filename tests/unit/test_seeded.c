/* test_seeded.c - deterministic mode's half in the machine, and the timing wheel under a clock that jumps. */
#include "machine.h"
#include "sched/seeded.h"
#include "unit.h"
#include <stdlib.h>

#define PROCESSES 12
#define STEPS 200

/* Which of PROCESSES ran, step after step. */
static void play(SxSeeded *d, uint64_t seed, uint32_t *which)
{
    static SxFn *spinner;
    if (spinner == NULL) spinner = machine_fn("(letrec ((f (fn () (f)))) (f))");
    sx_seeded_init(d, seed);
    rt.sched.seeded = d;
    SxProc *all[PROCESSES];
    sx_val pids[PROCESSES];
    for (int i = 0; i < PROCESSES; i++) {
        all[i] = machine_spawn(spinner);
        pids[i] = all[i]->pid;
    }
    for (int i = 0; i < STEPS; i++) {
        int64_t until;
        CHECK(sx_step(&rt.sched, machine_now, 1, &until) == SX_STEP_AGAIN);
        which[i] = 0;
        while (pids[which[i]] != d->kept[(d->n_switches - 1) % SX_SWITCHES_KEPT].pid) which[i]++;
        CHECK(d->used > 0 && d->used <= SX_REDUCTIONS + 200);
    }
    for (int i = 0; i < PROCESSES; i++) sx_exit_signal(&rt, &rt.sched, all[i]->pid, SX_NIL, SX_A(kill), false);
    rt.sched.seeded = NULL;
    machine_settle();
    CHECK_EQ(rt.n_processes, 0);
}

static void test_seed_decides(void)
{
    static SxSeeded d;
    uint32_t first[STEPS], second[STEPS], n_different = 0, ran[PROCESSES] = {0};
    for (uint64_t seed = 0; seed < 40; seed++) {
        play(&d, seed, first);
        play(&d, seed, second);
        if (!d.unfair) CHECK(memcmp(first, second, sizeof first) == 0); /* favourites are told by pid, and these are new ones */
        play(&d, seed + 1000, second);
        n_different += memcmp(first, second, sizeof first) != 0;
        for (int i = 0; i < STEPS; i++) ran[first[i]]++;
    }
    CHECK_EQ(n_different, 40);
    for (int i = 0; i < PROCESSES; i++) CHECK(ran[i] > 40 * STEPS / PROCESSES / 3); /* nobody is left out */
}

/* Draws are spread evenly, and slices over all magnitudes. */
static void test_draws(void)
{
    static SxSeeded d;
    uint32_t counts[10] = {0}, shorter = 0, longer = 0;
    sx_seeded_init(&d, 3);
    for (int i = 0; i < 100000; i++) counts[sx_seeded_draw(&d, 10)]++;
    for (int i = 0; i < 10; i++) CHECK(counts[i] > 9500 && counts[i] < 10500);
    for (int i = 0; i < 10000; i++) {
        int32_t slice = sx_seeded_slice(&d);
        CHECK(slice >= 1 && slice <= 4096);
        shorter += slice <= 8;
        longer += slice > 512;
    }
    CHECK(shorter > 1500 && longer > 1500);
}

/* The record keeps the last ones, and says who and why. */
static void test_record(void)
{
    static SxSeeded d;
    SxBuf text = SX_BUF_INIT;
    int64_t until;
    sx_seeded_init(&d, 1);
    rt.sched.seeded = &d;
    SxProc *waits = machine_spawn(machine_fn("(receive (:never 1))"));
    CHECK(sx_register(&rt, sx_atom("patient"), waits));
    while (sx_step(&rt.sched, machine_now, 1, &until) == SX_STEP_AGAIN) {}
    CHECK_EQ(d.n_switches, 1);
    CHECK(strcmp(d.kept[0].stopped, "receive") == 0 && d.kept[0].name == sx_atom("patient"));
    sx_val pid = waits->pid;
    sx_exit_signal(&rt, &rt.sched, pid, SX_NIL, SX_A(kill), false);
    while (sx_step(&rt.sched, machine_now, 1, &until) == SX_STEP_AGAIN) {}
    CHECK(strcmp(d.kept[0].stopped, "ended") == 0 && d.kept[0].class == SX_A(exit) && d.kept[0].reason == SX_A(killed));
    sx_seeded_add_switches(&d, 1000, &text);
    sx_buf_add_char(&text, 0);
    CHECK(strstr(text.data, "1000.000 ms") != NULL && strstr(text.data, "patient") != NULL && strstr(text.data, "ended by exit:killed") != NULL);
    sx_buf_deinit(&text);
    rt.sched.seeded = NULL;
}

/* ---- the wheel ---- */

#define TIMERS 400

static int by_time(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

/* Timers from now to years away, from a millisecond to the next, in random jumps: each fires at its time and never before,
 * and the clock that goes from one answer of sx_wheel_next to the next comes to all of them in few jumps. */
static void test_far_timers(uint64_t seed, bool jump_at_random)
{
    SxSched *s = &rt.sched;
    int64_t when[TIMERS], now = machine_now;
    SxProc *to = machine_spawn(machine_fn(MACHINE_RECEIVER));
    machine_settle();
    s->now = now;
    for (int i = 0; i < TIMERS; i++) {
        when[i] = now + (int64_t)(unit_random(&seed) >> (unit_random(&seed) % 36 + 8));
        when[i] = when[i] - when[i] % 1000000;
        if (when[i] <= now) when[i] = (now / 1000000 + 1) * 1000000;
        sx_timer_start(s, when[i], to->pid, sx_frag_copy(SX_NIL));
    }
    qsort(when, TIMERS, sizeof *when, by_time);
    int n_jumps = 0;
    while (s->n_armed > 0 && ++n_jumps < 100000) {
        int64_t next = sx_wheel_next(s);
        CHECK(next <= when[TIMERS - s->n_armed] || when[TIMERS - s->n_armed] <= now);
        now = jump_at_random ? now + (int64_t)(unit_random(&seed) >> (unit_random(&seed) % 40 + 8)) : next > now ? next : now + 1000000;
        sx_wheel_advance(s, now);
        uint32_t due = 0;
        while (due < TIMERS && when[due] <= now) due++;
        CHECK_EQ(TIMERS - s->n_armed, due);
    }
    CHECK_EQ(s->n_armed, 0);
    if (!jump_at_random) CHECK(n_jumps < TIMERS * 6);
    machine_now = now;
    sx_exit_signal(&rt, s, to->pid, SX_NIL, SX_A(kill), false);
    machine_settle();
}

int main(void)
{
    machine_init();
    test_seed_decides();
    test_draws();
    test_record();
    for (uint64_t seed = 1; seed <= 20; seed++) {
        test_far_timers(seed * 7919, false);
        test_far_timers(seed * 104729, true);
    }
    sx_runtime_deinit(&rt);
    return unit_end();
}
