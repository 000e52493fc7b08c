/* apart.c - what another thread does for this one: long work on a process's heap (vm/apart.c), and giving back what a large
 * process held.
 * INVARIANT: a job's `done` runs on the scheduler's thread, between two steps. */
#include "sched/sched.h"
#include "vm/vm.h"

static void done(SxJob *job)
{
    SxProc *p = SX_CONTAINER(job, SxApart, job)->p;
    sx_vm_apart_done(p);
    sx_wait_requeue(&p->rt->sched, p);
}

void sx_apart_begin(SxSched *s, SxProc *p)
{
    p->apart->job.done = done;
    p->apart->begun = true;
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

static void given_back(SxJob *job) { sx_free(SX_CONTAINER(job, Rubbish, job)); }

void sx_apart_give_back(SxRuntime *rt, SxProc *p)
{
    Rubbish *r = sx_alloc(sizeof *r);
    *r = (Rubbish){{give_back, given_back, rt}, p->heap, p->first};
    memset(&p->heap, 0, sizeof p->heap);
    sx_mailbox_init(p);
    rt->run_apart(rt, &r->job);
}
