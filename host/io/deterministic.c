/* deterministic.c - see deterministic.h.
 *
 * What could make two runs differ, and what is done about it (--deterministic SEED):
 *   which process runs next, for how long   sched/seeded.c draws both. One scheduler, as ever
 *   time                 virtual: it moves by NS_PER_REDUCTION with the work, and jumps to the next deadline when nothing is
 *                        runnable. The wall clock is a fixed date plus the virtual time. posix.c has both, so programs, timers,
 *                        reports and statistics agree. A slice has one time, as its end is where the scheduler looks
 *   randomness           sx_sys_random draws from the seed: hash seeds (and with them the order of maps and tables), (random),
 *                        strong_rand_bytes, keys. rand's default seed is made of time, pid and a unique integer
 *   pids, references, atoms, table ids      counted up: they follow from the order in which things happen
 *   addresses            funs are ordered and hashed by the address of their code, which lies in the shared range: main.c
 *                        refuses to run when that is not where it always is. Nothing else looks at an address but for equality
 *   collections          follow from sizes; a limit that is a share of the machine's memory is the same on the same machine
 *   pool work (files, large regular expressions, collections of large heaps, long work of primitives)   is held, and done on
 *                        this thread when the seed says so
 *   standard input       is read to its end before the first byte is used (input.c); --fifo and the prompt are refused
 *   standard output      never parks a program: what is beyond the writer's limit is written before it goes on. What goes to
 *                        standard error goes the same way, in order
 *   watching for rings and stalls           looks when nothing is runnable, before the clock jumps, not by the wall clock
 *   the auditor          is left out: it looks at deliveries from other threads, and there are none
 *   libuv's loop         is turned for signals and --timeout alone. They come from outside: a run that one ends is not replayed
 *   the network, other programs             are refused: http-listen, http-request and os:cmd raise
 *   files                are input, and the program's own folder: the same files give the same run. Inodes and times of files
 *                        are not shown (fileop.c); the process number is 1
 *   the command line, the environment, the current folder, the build   are input: the same ones give the same run
 * INVARIANT: between two steps nothing happens whose moment does not follow from the seed, signals and --timeout excepted. */
#include "io/deterministic.h"
#include "base/sys.h"
#include "io/console.h"
#include "sys/posix.h"
#include "value/atom.h"
#include "value/bits.h"

#define NS_PER_REDUCTION 25
#define TURN_EVERY 256              /* steps between two looks at signals */
#define FINISH_ONE_IN 4             /* how soon held work is done beside processes that run */
#define LOOK_AFTER_NS 500000000     /* standing still for so long, it is looked for rings of calls; they must be that old */

void sx_deterministic_init(SxDeterministic *d, SxLoop *loop, uint64_t seed)
{
    memset(d, 0, sizeof *d);
    d->seed = seed;
    d->now = sx_sys_monotonic_ns();
    d->looked_at = UINT64_MAX;
    sx_seeded_init(&d->seeded, seed);
    loop->rt->sched.seeded = &d->seeded;
    loop->deterministic = d;
}

static void set_clock(SxDeterministic *d, int64_t now)
{
    d->now = now;
    sx_posix_set_clock(now);
}

/* ---- pool work ---- */

void sx_deterministic_hold(SxLoop *loop, uv_work_t *work, uv_work_cb run, uv_after_work_cb after)
{
    SxDeterministic *d = loop->deterministic;
    if (d->n_held == d->cap_held) {
        d->cap_held = d->cap_held == 0 ? 16 : 2 * d->cap_held;
        d->held = sx_realloc(d->held, d->cap_held * sizeof *d->held);
    }
    d->held[d->n_held++] = (SxHeldWork){work, after, run};
}

/* Do one of those that are held. */
static void finish_one(SxDeterministic *d)
{
    size_t i = sx_seeded_draw(&d->seeded, d->n_held);
    SxHeldWork w = d->held[i];
    memmove(&d->held[i], &d->held[i + 1], (--d->n_held - i) * sizeof *d->held);
    w.run(w.work);
    w.after(w.work, 0);
}

/* ---- the loop ---- */

/* Nothing is runnable or held; `until`: the next deadline, INT64_MAX when there is none. */
static void rest(SxLoop *loop, int64_t until)
{
    SxDeterministic *d = loop->deterministic;
    uint64_t switches = loop->rt->sched.switches;
    if (d->looked_at != switches && until - d->now > LOOK_AFTER_NS) {
        d->looked_at = switches;
        set_clock(d, d->now + LOOK_AFTER_NS);
        if (loop->on_rest != NULL) loop->on_rest(loop, false);
        return;
    }
    if (until < INT64_MAX) {
        if (until > d->now) set_clock(d, until);
        return;
    }
    if (loop->on_rest != NULL) loop->on_rest(loop, true);
    if (sx_has_runnable(&loop->rt->sched) || loop->ended) return;
    if (loop->console != NULL) sx_console_turn(loop->console, true);
    uv_run(&loop->uv, UV_RUN_ONCE); /* a signal, --timeout, or a reader that left */
}

void sx_deterministic_run(SxLoop *loop)
{
    SxDeterministic *d = loop->deterministic;
    SxSched *s = &loop->rt->sched;
    while (!loop->ended) {
        int64_t until = INT64_MAX;
        d->seeded.used = 0;
        SxStepResult r = sx_step(s, d->now, 1, &until);
        set_clock(d, d->now + d->seeded.used * NS_PER_REDUCTION);
        if (r == SX_STEP_HALTED) {
            sx_loop_end(loop, loop->rt->halt_code);
            break;
        }
        bool turn = ++d->steps % TURN_EVERY == 0;
        if (turn || r != SX_STEP_AGAIN || loop->turn_soon) {
            loop->turn_soon = false;
            if (loop->on_wake != NULL) loop->on_wake(loop);
            if (loop->on_turn != NULL) loop->on_turn(loop);
            if (loop->stopping) sx_loop_check_stopped(loop);
            if (loop->console != NULL) sx_console_turn(loop->console, false);
            if (turn) uv_run(&loop->uv, UV_RUN_NOWAIT);
        }
        if (loop->ended || (d->n_held == 0 && (r == SX_STEP_AGAIN || sx_has_runnable(s)))) continue;
        if (d->n_held > 0) {
            if (!sx_has_runnable(s) || sx_seeded_draw(&d->seeded, FINISH_ONE_IN) == 0) finish_one(d);
        } else {
            rest(loop, until);
        }
    }
}

/* ---- what is outside ---- */

bool sx_deterministic_allows(SxProc *p, const char *what)
{
    if (sx_loop_of(p)->deterministic == NULL) return true;
    SxBuf text = SX_BUF_INIT;
    sx_buf_addf(&text, "%s is not part of what --deterministic replays", what);
    sx_error2(p, SX_A(notsup), sx_binary(&p->heap, text.data, text.len));
    sx_buf_deinit(&text);
    return false;
}
