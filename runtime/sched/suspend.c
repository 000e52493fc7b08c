/* suspend.c - processes that others keep from running.
 * INVARIANT: what a process has suspended is a list of its resources, one for each target, so its end resumes them all. */
#include "sched/sched.h"

typedef struct Suspension {
    SxResource resource; /* of the process that suspends */
    sx_val target;
    uint32_t n;          /* times */
} Suspension;

/* Let go of `n` of the target's suspensions; the last one lets it run. */
static void let_go(SxRuntime *rt, sx_val target, uint32_t n)
{
    SxProc *q = sx_proc_find(rt, target);
    if (q == NULL) return;
    q->suspended -= n;
    if (q->suspended == 0) sx_notify(rt, &rt->sched, q);
}

static void suspender_ends(SxResource *r, SxProc *p)
{
    Suspension *s = SX_CONTAINER(r, Suspension, resource);
    let_go(p->rt, s->target, s->n);
    sx_free(s);
}

static Suspension *suspension_of(const SxProc *p, sx_val target)
{
    for (SxResource *r = p->resources; r != NULL; r = r->next)
        if (r->on_exit == suspender_ends && SX_CONTAINER(r, Suspension, resource)->target == target) return SX_CONTAINER(r, Suspension, resource);
    return NULL;
}

bool sx_suspends(const SxProc *p, sx_val target) { return suspension_of(p, target) != NULL; }

bool sx_suspend(SxProc *p, sx_val target)
{
    SxProc *q = sx_proc_find(p->rt, target);
    if (q == NULL || q == p) return false;
    Suspension *s = suspension_of(p, target);
    if (s == NULL) {
        s = sx_alloc_zero(sizeof *s);
        s->target = target;
        s->resource.on_exit = suspender_ends;
        sx_resource_add(p, &s->resource);
    }
    s->n++;
    q->suspended++;
    return true;
}

bool sx_resume(SxProc *p, sx_val target)
{
    Suspension *s = suspension_of(p, target);
    if (s == NULL || sx_proc_find(p->rt, target) == NULL) return false;
    let_go(p->rt, target, 1);
    if (--s->n == 0) {
        sx_resource_remove(&s->resource);
        sx_free(s);
    }
    return true;
}

sx_val sx_suspending(SxProc *p)
{
    SxHeap *h = &p->heap;
    sx_val list = SX_EMPTY;
    for (SxResource *r = p->resources; r != NULL; r = r->next) {
        const Suspension *s = SX_CONTAINER(r, Suspension, resource);
        if (r->on_exit == suspender_ends && sx_proc_find(p->rt, s->target) != NULL) list = sx_cons(h, sx_tuple(h, 3, s->target, sx_small(s->n), sx_small(0)), list);
    }
    return list;
}
