/* ties.c - links and monitors from the side of whoever makes them. Each end keeps its own record and tells the other by a
 * signal, so order between two processes is the order of their signals. */
#include "sched/sched.h"

static void tell(SxProc *p, SxSched *s, sx_val to, SxSignalKind kind, uint64_t ref, sx_val value)
{
    SxFrag *f = sx_frag_copy(value);
    f->from = p->pid;
    f->ref = ref;
    sx_deliver(p->rt, s, to, kind, f);
}

void sx_link(SxProc *p, SxSched *s, sx_val other)
{
    if (other == p->pid || sx_rel_find(&p->rels, SX_REL_LINK, other) != NULL) return;
    sx_rel_add(&p->rels, SX_REL_LINK, other, other, SX_NIL);
    if (sx_proc_find(p->rt, other) != NULL) tell(p, s, other, SX_SIG_LINK, 0, SX_NIL);
    else sx_exit_signal(p->rt, s, p->pid, other, SX_A(noproc), true);
}

void sx_unlink(SxProc *p, SxSched *s, sx_val other)
{
    if (!sx_rel_remove(&p->rels, SX_REL_LINK, other)) return;
    tell(p, s, other, SX_SIG_UNLINK, 0, SX_NIL);
}

static sx_val down_message(SxHeap *h, sx_val watcher, uint64_t serial, sx_val target, sx_val name, sx_val reason)
{
    sx_val object = name == SX_NIL ? target : sx_tuple(h, 2, name, SX_A(node));
    return sx_tuple(h, 5, SX_A(DOWN), sx_ref_new(h, serial, watcher), SX_A(process), object, reason);
}

void sx_send_down(SxProc *p, SxSched *s, sx_val watcher, uint64_t serial, sx_val target, sx_val name, sx_val reason)
{
    if (sx_proc_find(p->rt, watcher) == NULL) return;
    SxFrag *f = sx_frag_copy(down_message(&p->heap, watcher, serial, target, name, reason));
    f->ref = serial;
    sx_deliver(p->rt, s, watcher, SX_SIG_DOWN, f);
}

uint64_t sx_monitor(SxProc *p, SxSched *s, sx_val target, sx_val name)
{
    uint64_t serial = sx_next_serial(s);
    p->mark_ref = serial;
    p->mark_save = p->last;
    if (target == p->pid) return serial; /* one's own end is never told */
    sx_rel_add(&p->rels, SX_REL_WATCHES, serial, target, name);
    if (target != SX_NONE && sx_proc_find(p->rt, target) != NULL) tell(p, s, target, SX_SIG_MONITOR, serial, name);
    else sx_send_down(p, s, p->pid, serial, target, name, SX_A(noproc));
    return serial;
}

bool sx_demonitor(SxProc *p, SxSched *s, uint64_t serial)
{
    SxRel *r = sx_rel_find(&p->rels, SX_REL_WATCHES, serial);
    if (r == NULL) return false; /* and what else `serial` is, an alias of its own, stays */
    sx_val target = r->other;
    if (r->tagged) sx_frag_free(sx_rel_take_tag(&p->rels, serial));
    r = sx_rel_find(&p->rels, SX_REL_ALIAS, serial);
    if (r != NULL && r->other != sx_small(SX_ALIAS_EXPLICIT)) sx_rel_remove(&p->rels, SX_REL_ALIAS, serial);
    sx_rel_remove(&p->rels, SX_REL_WATCHES, serial);
    if (target != SX_NONE) tell(p, s, target, SX_SIG_DEMONITOR, serial, SX_NIL);
    return true;
}

bool sx_flush_down(SxProc *p, SxSched *s, uint64_t serial)
{
    (void)s;
    SxFrag **keep = p->save;
    for (SxFrag **at = &p->first; *at != NULL; at = &(*at)->next) {
        if ((*at)->kind != SX_SIG_DOWN || (*at)->ref != serial) continue;
        if (keep == &(*at)->next) keep = at;
        p->save = at;
        sx_frag_free(sx_mailbox_unlink(p));
        p->save = keep;
        return true;
    }
    return false;
}
