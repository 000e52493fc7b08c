/* apart.c - work on a process's own heap that another thread does while the process waits: a collection at a safe point, or what a
 * primitive or an instruction finds too long for its slice (printing, comparing, copying, large numbers).
 * The process stops as if its slice were used up and keeps the state `running`, so that nobody queues it and nobody looks at its
 * inbox. When the work is done it goes on at the same instruction, which finds room, or what was done.
 * INVARIANT: while p->apart is set and not done nobody but its work touches p's heap, stack, roots, pc, fp, live, mailbox and reductions. What
 * is sent to it stays in its inbox, an exit too. Those who look at processes from outside ask sx_vm_where, which then knows
 * nothing, and sx_proc_words; what they may set (name, suspended, group leader, priority) the work does not know.
 * INVARIANT: no collection comes between the work and the instruction that takes its outcome, so addresses in it stay true; one that
 * did would drop it, and the work would be done again. */
#include "base/sys.h"
#include "value/copy.h"
#include "vm/vm_internal.h"

#ifdef SX_DEBUG
#define APART_WORDS 512    /* so that the tests of the debug flavours go both ways */
#else
#define APART_WORDS 131072 /* a collection that may have to move more than this (1 MiB, a millisecond or two) is done apart */
#endif
#define MEASURED_WORDS 16384

/* ---- work for primitives ---- */

static void do_work(SxJob *job)
{
    SxApart *a = SX_CONTAINER(job, SxApart, job);
    a->result = a->work(a->p, a->args, a->n_args);
}

static SxApart *apart_new(SxProc *p, void (*on_thread)(SxJob *job), SxWork *work, int n)
{
    SxApart *a = sx_alloc(sizeof *a + (size_t)n * sizeof a->args[0]);
    *a = (SxApart){.job = {on_thread, NULL, p->rt}, .p = p, .words = sx_heap_words(&p->heap), .work = work, .n_args = n};
    return a;
}

void sx_vm_drop_outcome(SxProc *p)
{
    SxApart *a = p->apart;
    if (!p->apart_done) return;
    if (a->copy != NULL) sx_frag_free(a->copy);
    sx_free(a);
    p->apart = NULL;
    p->apart_done = false;
}

/* What was done for the instruction that asks again. It may have asked for something else meanwhile: a name that it sends to is
 * another process's. */
static SxApart *outcome_of(SxProc *p, SxWork *work)
{
    if (p->apart_done && p->apart->work != work) sx_vm_drop_outcome(p);
    return p->apart;
}

sx_val sx_work(SxProc *p, SxWork *work, const sx_val *args, int n)
{
    SxApart *a = outcome_of(p, work);
    if (a != NULL) {
        sx_val result = a->result;
        sx_vm_drop_outcome(p);
        return result;
    }
    if (p->rt->run_apart == NULL || p->rt->sched.at_once) return work(p, args, n);
    p->apart = apart_new(p, do_work, work, n);
    if (n > 0) memcpy(p->apart->args, args, (size_t)n * sizeof *args);
    return SX_APART;
}

bool sx_vm_is_short(sx_val v)
{
    SxCopier c = SX_COPIER_INIT;
    return sx_copier_measure_up_to(&c, &v, 1, SX_AT_ONCE_ELEMENTS) <= SX_AT_ONCE_ELEMENTS;
}

static sx_val copy(SxProc *p, const sx_val *args, int n)
{
    (void)n;
    p->apart->copy = sx_frag_copy_large(args[0], SIZE_MAX);
    return SX_NIL;
}

SxFrag *sx_work_copy(SxProc *p, sx_val v)
{
    SxApart *a = outcome_of(p, copy);
    if (a == NULL) {
        SxFrag *at_once = sx_frag_copy_large(v, SX_AT_ONCE_ELEMENTS);
        if (at_once != NULL) return at_once;
        if (p->rt->run_apart == NULL || p->rt->sched.at_once) return sx_frag_copy_large(v, SIZE_MAX);
        sx_work(p, copy, &v, 1);
        return NULL;
    }
    SxFrag *f = a->copy;
    a->copy = NULL;
    sx_vm_drop_outcome(p);
    return f;
}

/* ---- collections ---- */

/* Registers may point into the message that is being matched. It becomes part of the heap; the queue keeps a copy, which
 * RECV_TAKE throws away. */
static void keep_peeked(SxProc *p)
{
    SxFrag *old = *p->save, *copy = sx_frag_copy(old->value);
    copy->next = old->next;
    copy->to = old->to;
    copy->kind = old->kind;
    *p->save = copy;
    if (p->last == &old->next) p->last = &copy->next;
    if (p->mark_save == &old->next) p->mark_save = &copy->next;
    sx_heap_link(&p->heap, old);
    p->peeking = false;
}

#define FRAME_MOST UINT16_MAX /* of SxFn's frame */

/* The slots of the stack that the functions on it may write without a check, `least` or more: each checks for its whole frame
 * when it is entered, and never again. */
static size_t stack_reach(const SxProc *p, size_t least)
{
    const uint64_t *pc = p->pc;
    const sx_val *fp = p->fp;
    size_t reach = least;
    while (pc != sx_vm_end_code) {
        size_t at = (size_t)(fp - p->heap.stack);
        if (at + FRAME_MOST + SX_VM_STACK_SLACK <= reach) break; /* nor do those below: a deep stack is not walked down */
        const SxFn *fn = sx_code_fn_at(&p->rt->code, pc);
        size_t top = at + (fn != NULL ? fn->frame : 0) + SX_VM_STACK_SLACK;
        if (top > reach) reach = top;
        pc = sx_vm_return_address(fp);
        fp -= SX_INSTR_A(*pc) + 1;
    }
    return reach;
}

static bool collected(SxProc *p, size_t frame)
{
    p->fp = p->heap.stack + frame;
    p->rt->sched.collections++;
    if (!p->heap.over_limit) return true;
    p->exc_class = SX_A(exit);
    p->exc_reason = SX_A(killed);
    p->exc_trace = SX_EMPTY;
    p->over_limit = true;
    return false;
}

/* On another thread. */
static void collect(SxJob *job)
{
    SxApart *c = SX_CONTAINER(job, SxApart, job);
    SxProc *p = c->p;
    SxRoots roots = SX_PROC_ROOTS(p);
    sx_heap_collect(&p->heap, p->heap.stack + c->frame + p->live, &roots, 1, c->stack_need, c->heap_need, false);
}

bool sx_vm_collect(SxProc *p, size_t stack_need, size_t heap_need)
{
    SxSched *s = &p->rt->sched;
    if (p->peeking) keep_peeked(p);
    sx_vm_drop_outcome(p);
    size_t frame = (size_t)(p->fp - p->heap.stack), least = frame + p->live + stack_need;
    if (sx_heap_stack_may_shrink(&p->heap, least)) stack_need += stack_reach(p, least) - least;
    size_t words = sx_heap_collect_words(&p->heap, p->fp + p->live);
    if (words > APART_WORDS && s->tail_argc == 0 && p->rt->run_apart != NULL) {
        p->apart = apart_new(p, collect, NULL, 0);
        p->apart->frame = frame;
        p->apart->stack_need = stack_need;
        p->apart->heap_need = heap_need;
        return false;
    }
    SxRoots roots[3] = {SX_PROC_ROOTS(p), {s->tail_args, (size_t)s->tail_argc}, {&s->tail_fn, s->tail_argc ? 1 : 0}};
    int64_t began = words > MEASURED_WORDS ? sx_sys_monotonic_ns() : 0;
    sx_heap_collect(&p->heap, p->fp + p->live, roots, 3, stack_need, heap_need, false);
    if (words > MEASURED_WORDS) s->collect_ns += sx_sys_monotonic_ns() - began;
    return collected(p, frame);
}

void sx_vm_apart_done(SxProc *p)
{
    SxApart *a = p->apart;
    p->apart_done = true;
    if (a->work != NULL) return;
    collected(p, a->frame);
    sx_vm_drop_outcome(p);
}
