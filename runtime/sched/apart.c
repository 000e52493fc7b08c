/* apart.c - what another thread does for this one: long work on a process's heap (vm/apart.c), and giving back what a large
 * process held.
 * INVARIANT: a job is done on the scheduler's thread, between two steps; rt->n_apart counts those that are not. */
#include "sched/sched.h"
#include "vm/vm.h"

static void done(SxJob *job)
{
    SxProc *p = SX_CONTAINER(job, SxApart, job)->p;
    SxRuntime *rt = p->rt;
    rt->n_apart--;
    sx_vm_apart_done(p);
    sx_wait_requeue(&rt->sched, p);
}

void sx_apart_begin(SxSched *s, SxProc *p)
{
    p->apart->job.done = done;
    p->apart->begun = true;
    s->rt->n_apart++;
    s->rt->run_apart(s->rt, &p->apart->job);
}

/* ---- giving back ---- */

typedef struct Rubbish {
    SxJob job;
    SxHeap heap;
    SxFrag *messages;
} Rubbish;

static void give_back(SxJob *job)
{
    Rubbish *r = SX_CONTAINER(job, Rubbish, job);
    sx_heap_deinit(&r->heap);
    for (SxFrag *f = r->messages, *next; f != NULL; f = next) {
        next = f->next;
        sx_frag_free(f);
    }
}

static void given_back(SxJob *job)
{
    job->rt->n_apart--;
    sx_free(SX_CONTAINER(job, Rubbish, job));
}

void sx_apart_give_back(SxRuntime *rt, SxProc *p)
{
    Rubbish *r = sx_alloc(sizeof *r);
    *r = (Rubbish){{give_back, given_back, rt}, p->heap, p->first};
    memset(&p->heap, 0, sizeof p->heap);
    sx_mailbox_init(p);
    rt->n_apart++;
    rt->run_apart(rt, &r->job);
}
