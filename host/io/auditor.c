/* auditor.c - see auditor.h. */
#include "io/auditor.h"
#include "base/sys.h"

static void run(void *arg)
{
    SxAuditor *a = arg;
    uv_mutex_lock(&a->lock);
    while (!a->stopping) {
        a->has_order = false;
        uv_mutex_unlock(&a->lock);
        int64_t now = sx_sys_monotonic_ns(), next = sx_confirmer_step(&a->confirmer, now);
        uv_mutex_lock(&a->lock);
        if (a->has_order || a->stopping) continue;
        if (next == INT64_MAX) uv_cond_wait(&a->changed, &a->lock);
        else if (next > now) uv_cond_timedwait(&a->changed, &a->lock, (uint64_t)(next - now));
    }
    uv_mutex_unlock(&a->lock);
}

/* Any thread. */
static void ordered(void *arg)
{
    SxAuditor *a = arg;
    uv_mutex_lock(&a->lock);
    a->has_order = true;
    if (!a->started && !a->stopping) a->started = uv_thread_create(&a->thread, run, a) == 0;
    uv_cond_signal(&a->changed);
    uv_mutex_unlock(&a->lock);
}

void sx_auditor_init(SxAuditor *a, SxRuntime *rt)
{
    SxConfirmPolicy policy = {SX_CONFIRM_BACKOFF_NS, SX_CONFIRM_READY_NS};
    memset(a, 0, sizeof *a);
    SX_CHECK(uv_mutex_init(&a->lock) == 0 && uv_cond_init(&a->changed) == 0);
    sx_confirmer_init(&a->confirmer, rt, &policy);
    a->confirmer.on_order = ordered;
    a->confirmer.arg = a;
    rt->confirmer = &a->confirmer;
}

bool sx_auditor_stop(SxAuditor *a)
{
    uv_mutex_lock(&a->lock);
    a->stopping = true;
    bool join = a->started;
    a->started = false;
    uv_cond_signal(&a->changed);
    uv_mutex_unlock(&a->lock);
    if (join) uv_thread_join(&a->thread);
    sx_confirmer_shutdown(&a->confirmer);
    return sx_confirmer_books(&a->confirmer).healed == 0;
}
