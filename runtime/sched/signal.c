/* signal.c - what arrives at a process and is more than a message: exits, links, monitors, completions, interrupts.
 * Owns their meaning at the receiver. Runs on the scheduler that has the process, while that is between two looks. */
#include "sched/sched.h"
#include "vm/vm.h"

/* An exit signal: p->exiting is set when p ends by it. */
static void take_exit(SxProc *p, SxFrag *f)
{
    bool link = f->flags & SX_EXIT_LINK;
    if (link && !sx_rel_remove(&p->rels, SX_REL_LINK, f->from)) return; /* unlinked meanwhile */
    sx_val reason = f->value;
    bool kill = !link && reason == SX_A(kill);
    if (!kill && p->trap_exit) {
        sx_val message = sx_tuple(&p->heap, 3, SX_A(EXIT), f->from, reason);
        SxFrag *m = sx_frag_copy(message);
        m->to = p->pid;
        m->kind = SX_SIG_MESSAGE;
        sx_mailbox_append(p, m);
        return;
    }
    if (!kill && reason == SX_A(normal) && f->from != p->pid) return;
    p->exc_class = SX_A(exit);
    p->exc_reason = kill ? SX_A(killed) : sx_heap_copy(&p->heap, reason);
    p->exc_trace = SX_EMPTY;
    p->exiting = true;
}

static void answer_info(SxSched *s, SxProc *p, SxFrag *f)
{
    sx_complete(p->rt, s, f->from, f->ref, sx_frag_copy(sx_process_info(p, f->value)));
}

/* The message of a monitor that was given a tag carries that in place of 'DOWN'. Takes f; answers what to put into the mailbox. */
static SxFrag *tagged(SxProc *p, SxFrag *f)
{
    SxFrag *tag = sx_rel_take_tag(&p->rels, f->ref);
    sx_val parts[5];
    memcpy(parts, sx_tuple_elements(f->value), sizeof parts);
    parts[0] = tag->value;
    SxFrag *m = sx_frag_copy_tuple(parts, 5);
    m->to = f->to;
    m->from = f->from;
    m->ref = f->ref;
    m->kind = f->kind;
    m->flags = f->flags;
    sx_frag_free(f);
    sx_frag_free(tag);
    return m;
}

/* *keep: the fragment has found a place and must not be freed. */
static void take(SxSched *s, SxProc *p, SxFrag *f, bool *keep)
{
    SxRel *rel;
    switch ((SxSignalKind)f->kind) {
    case SX_SIG_ALIASED:
        rel = sx_rel_find(&p->rels, SX_REL_ALIAS, f->ref);
        if (rel == NULL) return;
        if (rel->other == sx_small(SX_ALIAS_REPLY)) {
            sx_rel_remove(&p->rels, SX_REL_ALIAS, f->ref);
            rel = sx_rel_find(&p->rels, SX_REL_WATCHES, f->ref);
            if (rel != NULL) sx_demonitor(p, s, f->ref);
        }
        sx_mailbox_append(p, f);
        *keep = true;
        return;
    case SX_SIG_MESSAGE:
        sx_mailbox_append(p, f);
        *keep = true;
        return;
    case SX_SIG_EXIT: take_exit(p, f); return;
    case SX_SIG_LINK: sx_rel_add(&p->rels, SX_REL_LINK, f->from, f->from, SX_NIL); return;
    case SX_SIG_UNLINK: sx_rel_remove(&p->rels, SX_REL_LINK, f->from); return;
    case SX_SIG_MONITOR: sx_rel_add(&p->rels, SX_REL_WATCHED, f->ref, f->from, sx_is_atom(f->value) ? f->value : SX_NIL); return;
    case SX_SIG_DEMONITOR: sx_rel_remove(&p->rels, SX_REL_WATCHED, f->ref); return;
    case SX_SIG_DOWN:
        rel = sx_rel_find(&p->rels, SX_REL_WATCHES, f->ref);
        if (rel == NULL) return;
        if (rel->tagged) f = tagged(p, f);
        sx_rel_remove(&p->rels, SX_REL_WATCHES, f->ref);
        rel = sx_rel_find(&p->rels, SX_REL_ALIAS, f->ref);
        if (rel != NULL && rel->other != sx_small(SX_ALIAS_EXPLICIT)) sx_rel_remove(&p->rels, SX_REL_ALIAS, f->ref);
        sx_mailbox_append(p, f);
        *keep = true;
        return;
    case SX_SIG_COMPLETION:
        if (p->op_serial == 0 || p->op_serial != f->ref) return; /* given up meanwhile */
        p->op_result = sx_heap_adopt(&p->heap, f);
        p->op_done = true;
        *keep = true;
        return;
    case SX_SIG_INTERRUPT:
        if (f->ref == p->epoch && sx_vm_interrupt(p, (SxInterrupt)f->flags)) sx_op_give_up(p);
        return;
    case SX_SIG_DEADLOCK:
        if (f->ref == 0) sx_vm_raise_in(p, SX_A(error), sx_heap_copy(&p->heap, f->value));
        else if (sx_rel_find(&p->rels, SX_REL_WATCHES, f->ref) != NULL) sx_vm_raise_in(p, SX_A(exit), sx_heap_copy(&p->heap, f->value));
        return;
    case SX_SIG_INFO: answer_info(s, p, f); return;
    case SX_SIG_WAKE: p->woken = true; return;
    }
}

/* p has ended, but for what was on its way to it. Who waits for an answer gets the one that every ended process gives. */
static void turn_away(SxSched *s, SxProc *p, const SxFrag *f)
{
    switch ((SxSignalKind)f->kind) {
    case SX_SIG_LINK: sx_exit_signal(p->rt, s, f->from, p->pid, SX_A(noproc), true); break;
    case SX_SIG_MONITOR: sx_send_down(p, s, f->from, f->ref, p->pid, sx_is_atom(f->value) ? f->value : SX_NIL, SX_A(noproc)); break;
    case SX_SIG_INFO: sx_complete(p->rt, s, f->from, f->ref, sx_frag_copy(SX_A(undefined))); break;
    default: break;
    }
}

/* All of `list`, newest first, in the order of arrival. */
static SX_NOINLINE bool handle_all(SxSched *s, SxProc *p, SxFrag *list)
{
    SxFrag *in_order = NULL;
    while (list != NULL) {
        SxFrag *next = list->next;
        list->next = in_order;
        in_order = list;
        list = next;
    }
    while (in_order != NULL) {
        SxFrag *f = in_order;
        in_order = f->next;
        bool keep = false;
        if (f->to == p->pid) { /* else: meant for an earlier owner of the slot */
            if (p->exiting) turn_away(s, p, f);
            else take(s, p, f, &keep);
        }
        if (!keep) sx_frag_free(f);
    }
    return !p->exiting;
}

bool sx_signals_handle(SxSched *s, SxProc *p)
{
    SxFrag *list = sx_wait_look(p);
    if (list == NULL) return true;
    if (list->next != NULL || list->kind != SX_SIG_MESSAGE || list->to != p->pid) return handle_all(s, p, list);
    sx_mailbox_append(p, list); /* mostly */
    return true;
}

void sx_exit_signal(SxRuntime *rt, SxSched *s, sx_val to, sx_val from, sx_val reason, bool link)
{
    if (sx_proc_find(rt, to) == NULL) return;
    SxFrag *f = sx_frag_copy(reason);
    f->from = from;
    f->flags = link ? SX_EXIT_LINK : 0;
    sx_deliver(rt, s, to, SX_SIG_EXIT, f);
}
