/* seeded.c - see seeded.h.
 * Two ways to choose, as half of the seeds each have it. Even: any of the first CHOICES of the queue is as likely as another.
 * Unfair: there is an order among processes, and who comes first in it runs as long as it can; now and then the order is drawn
 * anew, and now and then anybody runs. Errors that need one process to be late by many switches are found by the second, as
 * even choices hardly ever leave one behind. Slices are from 1 to SLICE_MOST reductions, each order of magnitude as likely, so
 * that a process is also stopped between two calls that follow at once. Priorities mean what they mean otherwise. */
#include "sched/seeded.h"
#include "sched/sched.h"
#include "sched/why.h"
#include "value/atom.h"

#define CHOICES 64     /* of those that are runnable, how many may come next */
#define SLICE_BITS 12  /* slices are up to 2^12 reductions, about those of the normal mode */
#define ANYBODY 16     /* unfair: one choice in so many is even */
#define ANEW 48        /* unfair: the order lasts for about so many choices */

uint64_t sx_seeded_next(uint64_t *state) /* splitmix64 */
{
    uint64_t z = *state += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

uint64_t sx_seeded_draw(SxSeeded *d, uint64_t n) { return sx_seeded_next(&d->state) % n; }

void sx_seeded_init(SxSeeded *d, uint64_t seed)
{
    memset(d, 0, sizeof *d);
    d->state = seed;
    d->unfair = sx_seeded_draw(d, 2) == 1;
    d->favour = sx_seeded_next(&d->state);
}

/* ---- choosing ---- */

/* Take the process behind link `at` off the queue; `before` is the one in front of it. */
static SxProc *unlink_at(SxQueue *q, SxProc **at, SxProc *before)
{
    SxProc *p = *at;
    *at = p->queue_next;
    if (q->last == p) q->last = before;
    q->n--;
    return p;
}

static uint64_t rank(const SxSeeded *d, const SxProc *p)
{
    uint64_t state = d->favour ^ p->pid;
    return sx_seeded_next(&state);
}

static SxProc *pick_from(SxSched *s, SxQueue *q)
{
    SxSeeded *d = s->seeded;
    uint32_t n = q->n < CHOICES ? q->n : CHOICES, which = 0;
    if (d->unfair && sx_seeded_draw(d, ANEW) == 0) d->favour = sx_seeded_next(&d->state);
    if (d->unfair && sx_seeded_draw(d, ANYBODY) != 0) {
        uint32_t i = 0;
        uint64_t best = 0;
        for (const SxProc *p = q->first; i < n; p = p->queue_next, i++)
            if (rank(d, p) >= best) {
                best = rank(d, p);
                which = i;
            }
    } else {
        which = (uint32_t)sx_seeded_draw(d, n);
    }
    SxProc **at = &q->first, *before = NULL;
    for (; which > 0; which--) {
        before = *at;
        at = &before->queue_next;
    }
    return unlink_at(q, at, before);
}

SxProc *sx_seeded_pick(SxSched *s) { return sx_queue_take(s, pick_from); }

int32_t sx_seeded_slice(SxSeeded *d)
{
    uint64_t bits = sx_seeded_draw(d, SLICE_BITS + 1);
    return 1 + (int32_t)sx_seeded_draw(d, (uint64_t)1 << bits);
}

/* ---- recording ---- */

static SxSwitchPlace place_of(const SxWhere *at)
{
    if (at->fn == NULL) return (SxSwitchPlace){.known = false};
    return (SxSwitchPlace){true, at->file, at->fn->module, at->fn->name, at->line};
}

void sx_seeded_began(SxSched *s, SxProc *p)
{
    SxSeeded *d = s->seeded;
    SxSwitch *last = &d->kept[(d->n_switches + SX_SWITCHES_KEPT - 1) % SX_SWITCHES_KEPT];
    if (d->n_switches > 0 && last->pid == p->pid) return; /* it goes on: nobody ran in between */
    SxWhy why;
    sx_why(p, &why);
    d->kept[d->n_switches++ % SX_SWITCHES_KEPT] =
        (SxSwitch){.pid = p->pid, .name = p->name, .began = s->now, .from = place_of(&why.at), .first_module = p->initial_module, .first_name = p->initial_name, .callee = SX_NIL, .class = SX_NIL, .reason = SX_NIL};
}

/* Why p, which runs no more, runs no more. */
static void take_reason(SxSwitch *w, SxProc *p)
{
    w->callee = SX_NIL;
    if (sx_proc_pid(p) != w->pid) { /* its record keeps how it ended until it is used again */
        w->stopped = "ended";
        w->to.known = false;
        if (p->exc_class == SX_NONE || !sx_is_atom(p->exc_class)) return;
        w->class = p->exc_class;
        w->reason = sx_is_atom(p->exc_reason) ? p->exc_reason : SX_NIL;
        return;
    }
    SxWhy why;
    sx_why(p, &why);
    w->name = p->name;
    w->to = place_of(&why.at);
    if ((atomic_load(&p->state) & SX_STATE_MASK) != SX_STATE_WAITING) {
        w->stopped = "preempted";
    } else if (p->suspended > 0) {
        w->stopped = "suspended";
    } else {
        w->stopped = sx_wait_name(&why);
        if (why.is_call) w->callee = why.callee;
    }
}

void sx_seeded_stopped(SxSched *s, SxProc *p, sx_val pid, int64_t reductions)
{
    SxSeeded *d = s->seeded;
    SxSwitch *w = &d->kept[(d->n_switches - 1) % SX_SWITCHES_KEPT];
    SX_ASSERT(w->pid == pid);
    (void)pid;
    d->used = reductions;
    w->slices++;
    w->reductions += (uint64_t)reductions;
    take_reason(w, p);
}

/* ---- telling ---- */

static void add_pid(SxBuf *out, sx_val pid) { sx_buf_addf(out, "<0.%u.%u>", sx_pid_slot(pid), sx_pid_serial(pid)); }

static void add_function(SxBuf *out, sx_val module, sx_val name)
{
    if (sx_is_atom(module) && module != SX_NIL) sx_buf_addf(out, "%s:", sx_atom_text(module, NULL));
    if (sx_is_atom(name) && name != SX_NIL && sx_atom_text(name, NULL)[0] != 0) sx_buf_add_str(out, sx_atom_text(name, NULL));
    else sx_buf_add_str(out, "fn");
}

static void add_place(SxBuf *out, const SxSwitchPlace *at)
{
    if (at->line > 0 && sx_is_atom(at->file)) sx_buf_addf(out, "%s:%u", sx_atom_text(at->file, NULL), at->line);
    else add_function(out, at->module, at->name);
}

static void add_switch(SxBuf *out, const SxSwitch *w)
{
    sx_buf_addf(out, "%10lld.%03lld ms  ", (long long)(w->began / 1000000), (long long)(w->began / 1000 % 1000));
    add_pid(out, w->pid);
    if (w->name != SX_NIL) sx_buf_addf(out, " %s", sx_atom_text(w->name, NULL));
    sx_buf_add_str(out, "  ");
    if (w->from.known) add_place(out, &w->from);
    else {
        sx_buf_add_str(out, "start of ");
        add_function(out, w->first_module, w->first_name);
    }
    if (w->to.known) {
        sx_buf_add_str(out, " -> ");
        add_place(out, &w->to);
    }
    sx_buf_addf(out, "  %s", w->stopped);
    if (w->callee != SX_NIL) {
        sx_buf_add_str(out, " to ");
        add_pid(out, w->callee);
    }
    if (w->class != SX_NIL) sx_buf_addf(out, " by %s", sx_atom_text(w->class, NULL));
    if (w->class != SX_NIL && w->reason != SX_NIL) sx_buf_addf(out, ":%s", sx_atom_text(w->reason, NULL));
    sx_buf_addf(out, " after %llu reductions\n", (unsigned long long)w->reductions);
}

void sx_seeded_add_switches(const SxSeeded *d, uint32_t most, SxBuf *out)
{
    uint64_t n = d->n_switches < SX_SWITCHES_KEPT ? d->n_switches : SX_SWITCHES_KEPT;
    if (n > most) n = most;
    for (uint64_t i = d->n_switches - n; i < d->n_switches; i++) add_switch(out, &d->kept[i % SX_SWITCHES_KEPT]);
}
