/* exit.c - the end of a process: what it tells others, and that its record is free again.
 * INVARIANT: after sx_proc_end nothing of the process is left but its record, which waits for its next serial. */
#include "sched/sched.h"
#include "vm/vm.h"

/* What links and monitors are told. */
static sx_val exit_reason(SxProc *p)
{
    SxHeap *h = &p->heap;
    if (p->exc_class == SX_NONE) return SX_A(normal);
    if (p->exc_class == SX_A(exit)) return p->exc_reason;
    sx_val stack = sx_vm_stacktrace(p, p->exc_trace);
    sx_val reason = p->exc_class == SX_A(throw) ? sx_tuple(h, 2, SX_A(nocatch), p->exc_reason) : p->exc_reason;
    return sx_tuple(h, 2, reason, stack);
}

/* As OTP does it, who is linked and watches too hears of the link first. */
static void tell_all(SxSched *s, SxProc *p, sx_val reason)
{
    for (uint32_t i = 0; i < p->rels.n; i++)
        if (p->rels.entries[i].kind == SX_REL_LINK) sx_exit_signal(p->rt, s, p->rels.entries[i].other, p->pid, reason, true);
    for (uint32_t i = 0; i < p->rels.n; i++) {
        const SxRel *r = &p->rels.entries[i];
        switch ((SxRelKind)r->kind) {
        case SX_REL_WATCHED: sx_send_down(p, s, r->other, r->key, p->pid, r->name, reason); break;
        case SX_REL_WATCHES:
            if (r->other != SX_NONE) {
                SxFrag *f = sx_frag_copy(SX_NIL);
                f->from = p->pid;
                f->ref = r->key;
                sx_deliver(p->rt, s, r->other, SX_SIG_DEMONITOR, f);
            }
            break;
        case SX_REL_LINK:
        case SX_REL_TAG:
        case SX_REL_ALIAS: break;
        }
    }
}

void sx_proc_free(SxRuntime *rt, SxProc *p)
{
    sx_vm_drop_outcome(p);
    if (rt->run_apart != NULL && sx_is_large(p)) sx_apart_give_back(rt, p);
    sx_mailbox_deinit(p);
    sx_heap_deinit(&p->heap);
    sx_rels_deinit(&p->rels);
    sx_proc_set_pid(p, SX_NIL);
    atomic_store(&p->state, SX_STATE_FREE);
    p->queue_next = NULL;
    if (rt->free_last != NULL) rt->free_last->queue_next = p;
    else rt->free_first = p;
    rt->free_last = p;
    rt->n_processes--;
}

void sx_proc_end(SxSched *s, SxProc *p)
{
    SxRuntime *rt = p->rt;
    p->exiting = true;
    sx_wheel_disarm(s, p);
    if (p->exc_class != SX_NONE && p->exc_class != SX_A(exit) && rt->on_crash != NULL) rt->on_crash(rt, p);
    if (rt->on_exit != NULL) rt->on_exit(rt, p);
    while (p->resources != NULL) {
        SxResource *r = p->resources;
        sx_resource_remove(r);
        r->on_exit(r, p);
    }
    if (p->name != SX_NIL) sx_unregister(rt, p->name);
    sx_signals_handle(s, p); /* who was on its way to link, watch or ask is told that p has ended */
    tell_all(s, p, exit_reason(p));
    sx_proc_free(rt, p);
}
