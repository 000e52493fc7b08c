/* mailbox.c - messages waiting for one process: the private queue in order of arrival, and the save pointer of selective
 * receive. Does not own arrival (sched/wait.c) nor what is no message (sched/signal.c).
 * INVARIANT: `save` and `mark_save` are links inside the queue (or `first`); every message before `save` has failed to match
 * in the receive that is going on. */
#include "proc/proc.h"

void sx_mailbox_init(SxProc *p)
{
    p->first = NULL;
    p->last = p->save = p->mark_save = &p->first;
    p->mark_ref = 0;
    p->n_messages = 0;
    p->peeking = false;
}

static void free_all(SxFrag *f)
{
    while (f != NULL) {
        SxFrag *next = f->next;
        sx_frag_free(f);
        f = next;
    }
}

void sx_mailbox_deinit(SxProc *p)
{
    free_all(p->first);
    free_all(atomic_exchange(&p->inbox, NULL));
    sx_mailbox_init(p);
}

void sx_mailbox_append(SxProc *p, SxFrag *message)
{
    message->next = NULL;
    *p->last = message;
    p->last = &message->next;
    p->n_messages++;
}

SxFrag *sx_mailbox_unlink(SxProc *p)
{
    SxFrag **at = p->save, *m = *at;
    *at = m->next;
    if (p->last == &m->next) p->last = at;
    if (p->mark_save == &m->next) p->mark_save = at;
    p->save = &p->first;
    p->n_messages--;
    return m;
}

void sx_resource_add(SxProc *p, SxResource *r)
{
    r->next = p->resources;
    r->link = &p->resources;
    if (r->next != NULL) r->next->link = &r->next;
    p->resources = r;
}

void sx_resource_remove(SxResource *r)
{
    if (r->link == NULL) return;
    *r->link = r->next;
    if (r->next != NULL) r->next->link = r->link;
    r->link = NULL;
}
