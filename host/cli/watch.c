/* watch.c - see watch.h. */
#include "cli/watch.h"
#include "base/sys.h"
#include "sched/why.h"

#define TICK_MS 150
#define SLOTS_PER_TICK 100000    /* of the process table */
#define MOST_PATIENCE 256        /* rounds */

/* ---- rings ---- */

static SxWatchedRing *known(SxWatch *w, const SxRing *ring)
{
    for (uint32_t i = 0; i < SX_WATCH_RINGS; i++)
        if (w->rings[i].ring.n == ring->n && memcmp(w->rings[i].ring.ref, ring->ref, (size_t)ring->n * sizeof *ring->ref) == 0) return &w->rings[i];
    return NULL;
}

/* One that is free, or the oldest of those that are over; NULL when all stand. */
static SxWatchedRing *unused(SxWatch *w)
{
    for (uint32_t i = 0; i < SX_WATCH_RINGS; i++) {
        SxWatchedRing *r = &w->rings[(w->next_ring + i) % SX_WATCH_RINGS];
        if (r->ring.n > 0 && sx_ring_stands(w->loop->rt, &r->ring)) continue;
        w->next_ring += i + 1;
        return r;
    }
    return NULL;
}

static void tell(SxWatch *w, SxWatchedRing *r)
{
    r->told = true;
    sx_ring_add_text(w->loop->rt, &r->ring, &r->text);
    sx_sys_log(r->text.data, r->text.len);
    if (w->break_rings) sx_ring_break(w->loop->rt, &r->ring);
}

/* A ring is told when nobody outside can answer it. While somebody may, it is looked at again after 1, 2, 4, ... findings: the
 * look is not cheap. */
static void found(SxWatch *w, const SxRing *ring)
{
    SxWatchedRing *r = known(w, ring);
    if (r == NULL) {
        r = unused(w);
        if (r == NULL) return; /* so many stand already: one more is no news */
        sx_buf_deinit(&r->text);
        *r = (SxWatchedRing){.ring = *ring, .text = SX_BUF_INIT, .patience = 1};
    } else if (r->told || ++r->waited < r->patience) {
        return;
    }
    r->waited = 0;
    if (r->patience < MOST_PATIENCE) r->patience *= 2;
    if (!sx_ring_may_be_answered(w->loop->rt, ring)) tell(w, r);
}

/* True: the whole table was looked at. */
static bool look_for_rings(SxWatch *w)
{
    SxRing ring;
    bool round = false;
    for (int i = 0; i < SX_WATCH_RINGS && sx_ring_search(w->loop->rt, &w->search, SLOTS_PER_TICK, &ring, &round); i++) found(w, &ring);
    return round;
}

/* Rings that stand but were not told, since somebody may answer. */
static bool has_doubts(SxWatch *w)
{
    for (uint32_t i = 0; i < SX_WATCH_RINGS; i++)
        if (w->rings[i].ring.n > 0 && !w->rings[i].told && sx_ring_stands(w->loop->rt, &w->rings[i].ring)) return true;
    return false;
}

/* ---- standing still ---- */

/* Descriptors and child programs. Timers of libuv belong to them or to the program's own housekeeping; those of processes are
 * in the scheduler's wheel. */
static void count_active(uv_handle_t *handle, void *n)
{
    switch (handle->type) {
    case UV_TCP: case UV_UDP: case UV_NAMED_PIPE: case UV_TTY: case UV_POLL: case UV_PROCESS: case UV_FS_EVENT: case UV_FS_POLL: break;
    default: return;
    }
    if (uv_is_active(handle) && !uv_is_closing(handle)) ++*(int *)n;
}

/* Does somebody wait for the world? */
static bool waits_for_world(SxRuntime *rt)
{
    for (uint32_t slot = 0; slot < rt->n_slots; slot++) {
        SxProc *p = sx_proc_at(rt, slot);
        if (p != NULL && (p->wait_kind == SX_WAIT_IO || p->wait_kind == SX_WAIT_OUTPUT || p->wait_kind == SX_WAIT_LISTEN)) return true;
    }
    return false;
}

bool sx_watch_is_quiet(SxWatch *w)
{
    SxLoop *loop = w->loop;
    SxSched *s = &loop->rt->sched;
    if (sx_has_runnable(s) || s->n_armed > 0 || atomic_load(&s->woken) != NULL || sx_loop_listens(loop) || loop->uv.active_reqs.count > 0) return false;
    int n = 0;
    uv_walk(&loop->uv, count_active, &n);
    return n == 0 && !waits_for_world(loop->rt);
}

static void tick(uv_timer_t *timer)
{
    SxWatch *w = SX_CONTAINER(timer, SxWatch, timer);
    uint64_t switches = w->loop->rt->sched.switches;
    bool moved = switches != w->switches;
    int64_t now = sx_sys_monotonic_ns();
    w->switches = switches;
    if (moved) w->moved_ns = now;
    bool round = look_for_rings(w);
    if (!moved && w->is_stalled != NULL && w->is_stalled(w->arg) && sx_watch_is_quiet(w)) w->on_stalled(w->arg);
    if (moved || !round || has_doubts(w)) return;
    if (now - w->moved_ns < 2 * SX_RING_AGE_NS) return; /* the youngest calls are too young still */
    uv_timer_stop(timer);
    w->ticking = false;
}

/* Deterministic mode: nothing is runnable. The same looks as a tick's, at a moment that the program alone decides. */
static void rested(SxLoop *loop, bool for_good)
{
    SxWatch *w = loop->watch;
    while (!look_for_rings(w)) {}
    if (for_good && w->is_stalled != NULL && w->is_stalled(w->arg) && sx_watch_is_quiet(w)) w->on_stalled(w->arg);
}

/* The runtime's hook: adds the ring that p is in, if that was told. */
static void add_ring(SxRuntime *rt, SxProc *p, SxBuf *out)
{
    SxWatch *w = rt->host != NULL ? ((SxLoop *)rt->host)->watch : NULL;
    sx_val callee;
    uint64_t ref;
    if (w == NULL || !sx_why_call(p, &callee, &ref)) return;
    for (uint32_t i = 0; i < SX_WATCH_RINGS; i++)
        for (int k = 0; k < w->rings[i].ring.n; k++)
            if (w->rings[i].told && w->rings[i].ring.ref[k] == ref) {
                const SxBuf *text = &w->rings[i].text;
                const char *end = memchr(text->data, '\n', text->len);
                sx_buf_addf(out, "; %.*s", end != NULL ? (int)(end - text->data) : 0, text->data);
                return;
            }
}

void sx_watch_init(SxWatch *w, SxLoop *loop, bool break_rings)
{
    memset(w, 0, sizeof *w);
    w->loop = loop;
    w->break_rings = break_rings;
    uv_timer_init(&loop->uv, &w->timer);
    w->timer.data = w;
    loop->watch = w;
    loop->rt->add_ring = add_ring;
    loop->on_rest = rested;
}

void sx_watch_look(SxWatch *w, bool now)
{
    if (w->loop->deterministic != NULL) return; /* looks by `rested` */
    if (w->ticking || (!now && w->switches == w->loop->rt->sched.switches)) return;
    w->ticking = true;
    w->moved_ns = sx_sys_monotonic_ns();
    uv_update_time(&w->loop->uv);
    uv_timer_start(&w->timer, tick, TICK_MS, TICK_MS);
}
