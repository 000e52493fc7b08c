/* loop.c - see loop.h. The rhythm: a step of the machine (a fraction of a millisecond), then libuv when it is due; when
 * nothing is runnable libuv's loop may block, until a deadline, an event or a wake-up from another thread. A wake-up cannot be
 * lost between the two: uv_async_send before the block makes the block return at once. What libuv's timers do right before the
 * block counts as well (before_poll). */
#include "io/loop.h"
#include "io/console.h"
#include "io/deterministic.h"
#include "base/sys.h"
#include "value/atom.h"
#include <ctype.h>

#define STEP_REDUCTIONS 40000         /* of one step */
#define TURN_NS 500000                /* a busy machine looks at descriptors and timers this often */
#define SCRATCH_LIMIT ((size_t)1 << 30)

void sx_sys_wake(struct SxRuntime *rt)
{
    if (rt->host != NULL) sx_loop_wake(rt->host);
}

void sx_loop_wake(SxLoop *loop) { uv_async_send(&loop->wake); }

static void woken(uv_async_t *wake)
{
    SxLoop *loop = wake->data;
    if (loop->console != NULL) sx_console_woken(loop->console);
    if (loop->on_wake != NULL) loop->on_wake(loop);
}

/* libuv runs its timers before it blocks: what they did must keep it from blocking. */
static void slept(uv_timer_t *timer) { sx_loop_wake(timer->data); }

static void before_poll(uv_prepare_t *prepare)
{
    SxLoop *loop = prepare->data;
    if (loop->ended || sx_has_runnable(&loop->rt->sched)) sx_loop_wake(loop);
}

/* ---- work on libuv's pool ---- */

typedef struct Apart {
    uv_work_t work;
    SxJob *job;
} Apart;

static void on_pool(uv_work_t *work)
{
    SxJob *job = SX_CONTAINER(work, Apart, work)->job;
    job->work(job);
}

static void off_pool(uv_work_t *work, int status)
{
    Apart *a = SX_CONTAINER(work, Apart, work);
    SX_CHECK(status == 0); /* nobody cancels it */
    a->job->done(a->job);
    sx_free(a);
}

static void run_apart(SxRuntime *rt, SxJob *job)
{
    Apart *a = sx_alloc(sizeof *a);
    a->job = job;
    sx_host_work(rt->host, &a->work, on_pool, off_pool);
}

void sx_loop_init(SxLoop *loop, SxRuntime *rt)
{
    memset(loop, 0, sizeof *loop);
    loop->rt = rt;
    SX_CHECK(uv_loop_init(&loop->uv) == 0);
    SX_CHECK(uv_async_init(&loop->uv, &loop->wake, woken) == 0);
    uv_timer_init(&loop->uv, &loop->sleep);
    uv_timer_init(&loop->uv, &loop->stop_timer);
    uv_prepare_init(&loop->uv, &loop->before_poll);
    uv_prepare_start(&loop->before_poll, before_poll);
    loop->before_poll.data = loop;
    loop->wake.data = loop->sleep.data = loop->stop_timer.data = loop;
    rt->host = loop;
    rt->run_apart = run_apart;
}

/* Turn libuv's loop; block: until something happens, or `until`, unless that is negative. */
static void turn(SxLoop *loop, bool block, int64_t until)
{
    if (loop->on_turn != NULL && loop->on_turn(loop)) block = false;
    if (loop->stopping) sx_loop_check_stopped(loop);
    if (loop->ended) return;
    if (loop->console != NULL) sx_console_turn(loop->console, block);
    loop->turn_soon = false;
    if (block && until >= 0) {
        int64_t left = until - sx_sys_monotonic_ns();
        if (left <= 0) block = false;
        else {
            uv_update_time(&loop->uv);
            uv_timer_start(&loop->sleep, slept, (uint64_t)((left + 999999) / 1000000), 0);
        }
    }
    uv_run(&loop->uv, block ? UV_RUN_ONCE : UV_RUN_NOWAIT);
    if (until >= 0) uv_timer_stop(&loop->sleep);
    loop->turned_ns = sx_sys_monotonic_ns();
}

int sx_loop_run(SxLoop *loop)
{
    if (loop->deterministic != NULL) sx_deterministic_run(loop);
    while (!loop->ended) {
        int64_t until = -1;
        int64_t now = sx_sys_monotonic_ns();
        switch (sx_step(&loop->rt->sched, now, STEP_REDUCTIONS, &until)) {
        case SX_STEP_AGAIN:
            if (loop->turn_soon || loop->rt->sched.now - loop->turned_ns >= TURN_NS) turn(loop, false, -1);
            break;
        case SX_STEP_WAIT: turn(loop, true, until); break;
        case SX_STEP_IDLE: turn(loop, true, -1); break;
        case SX_STEP_HALTED: sx_loop_end(loop, loop->rt->halt_code); break;
        }
    }
    return loop->exit_code;
}

/* ---- one process, before anything is served ---- */

static void awaited_exit(SxRuntime *rt, SxProc *p)
{
    SxLoop *loop = rt->host;
    if (p->pid == loop->awaited) sx_loop_end(loop, p->exc_class == SX_NONE || (p->exc_class == SX_A(exit) && p->exc_reason == SX_A(normal)) ? 0 : 1);
}

bool sx_loop_run_process(SxLoop *loop, SxProc *p)
{
    void (*on_exit)(SxRuntime *rt, SxProc *p) = loop->rt->on_exit;
    loop->rt->on_exit = awaited_exit;
    loop->awaited = p->pid;
    int code = sx_loop_run(loop);
    loop->rt->on_exit = on_exit;
    loop->awaited = SX_NONE;
    loop->ended = false;
    loop->exit_code = 0;
    return code == 0;
}

void sx_loop_end(SxLoop *loop, int code)
{
    if (loop->ended) return;
    loop->ended = true;
    loop->exit_code = code;
}

/* ---- orderly end ---- */

static void stop_late(uv_timer_t *timer)
{
    SxLoop *loop = timer->data;
    sx_loop_end(loop, loop->stop_code);
}

void sx_loop_stop(SxLoop *loop, int code, int64_t drain_ms)
{
    if (loop->stopping) return;
    loop->stopping = true;
    loop->stop_code = code;
    uv_update_time(&loop->uv);
    uv_timer_start(&loop->stop_timer, stop_late, (uint64_t)drain_ms, 0);
    for (SxListener *l = loop->listeners, *next; l != NULL; l = next) {
        next = l->next;
        l->stop(l);
    }
    loop->turn_soon = true; /* the turn checks whether anything is left to wait for */
}

void sx_loop_check_stopped(SxLoop *loop)
{
    if (!loop->stopping || loop->ended) return;
    for (const SxListener *l = loop->listeners; l != NULL; l = l->next)
        if (l->busy(l)) return;
    if (loop->on_stop_busy != NULL && loop->on_stop_busy(loop)) return;
    sx_loop_end(loop, loop->stop_code);
}

/* ---- listeners ---- */

void sx_loop_listening(SxLoop *loop, SxListener *l, SxProc *p, const char *url)
{
    l->next = loop->listeners;
    l->link = &loop->listeners;
    if (l->next != NULL) l->next->link = &l->next;
    loop->listeners = l;
    if (loop->on_listening != NULL) loop->on_listening(loop, p, url);
}

void sx_loop_unlisten(SxLoop *loop, SxListener *l)
{
    *l->link = l->next;
    if (l->next != NULL) l->next->link = l->link;
    l->next = NULL;
    l->link = NULL;
    loop->turn_soon = true; /* it may have been what kept the program alive */
}

void sx_loop_parked(SxLoop *loop, SxProc *p, const char *why)
{
    if (loop->on_parked != NULL) loop->on_parked(loop, p, why);
}

/* ---- operations ---- */

void sx_host_work(SxLoop *loop, uv_work_t *work, uv_work_cb run, uv_after_work_cb after)
{
    if (loop->deterministic != NULL) sx_deterministic_hold(loop, work, run, after);
    else SX_CHECK(uv_queue_work(&loop->uv, work, run, after) == 0);
}

uint64_t sx_host_begin(SxProc *p)
{
    uint64_t op = sx_op_begin(p);
    p->prim_state = sx_small((int64_t)op);
    return op;
}

bool sx_host_await(SxProc *p, SxWaitKind why, sx_val *result, sx_val *out)
{
    if (sx_op_take(p, result)) return true;
    *out = sx_park(p, why);
    return false;
}

sx_val sx_host_error_atom(int error)
{
    char name[32];
    const char *text = uv_err_name(uv_translate_sys_error(error));
    size_t n = 0;
    for (; text[n] != 0 && n < sizeof name; n++) name[n] = (char)tolower((unsigned char)text[n]);
    return sx_atom_intern(name, n);
}

SxHeap *sx_host_heap(SxLoop *loop)
{
    if (loop->scratch_made) sx_heap_deinit(&loop->scratch);
    sx_heap_init(&loop->scratch, 0, 256, SCRATCH_LIMIT);
    loop->scratch_made = true;
    return &loop->scratch;
}

void sx_host_answer(SxLoop *loop, sx_val pid, uint64_t op, sx_val value)
{
    SxFrag *result = sx_frag_copy(value);
    result->ref = op;
    sx_deliver_outside(loop->rt, pid, SX_SIG_COMPLETION, result);
    if (loop->scratch_made) sx_heap_deinit(&loop->scratch);
    loop->scratch_made = false;
}
