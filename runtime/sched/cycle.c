/* cycle.c - see cycle.h. Each process waits for one other at most, so a ring is found by following the calls from any member. */
#include "sched/cycle.h"
#include "base/sys.h"
#include "sched/why.h"
#include "value/atom.h"
#include "vm/vm.h"

/* Follow the calls from p until they come back to it. */
static bool follow(SxRuntime *rt, SxProc *p, SxRing *ring)
{
    SxProc *at = p;
    sx_val callee;
    for (ring->n = 0; ring->n < SX_RING_MOST;) {
        if (!sx_why_call(at, &callee, &ring->ref[ring->n])) return false;
        ring->member[ring->n++] = at->pid;
        at = sx_proc_find(rt, callee);
        if (at == p) return true;
        if (at == NULL || atomic_load(&at->state) != SX_STATE_WAITING) return false;
    }
    return false;
}

/* Begin with the oldest slot: the same ring always reads the same. */
static void turn(SxRing *ring)
{
    SxRing from = *ring;
    int first = 0;
    for (int i = 1; i < ring->n; i++)
        if (sx_pid_slot(from.member[i]) < sx_pid_slot(from.member[first])) first = i;
    for (int i = 0; i < ring->n; i++) {
        ring->member[i] = from.member[(first + i) % ring->n];
        ring->ref[i] = from.ref[(first + i) % ring->n];
    }
}

bool sx_ring_search(SxRuntime *rt, SxRingSearch *search, uint32_t most, SxRing *ring, bool *round)
{
    int64_t now = sx_sys_monotonic_ns();
    *round = false;
    for (; most > 0; most--) {
        if (search->slot >= rt->n_slots) {
            search->slot = 0;
            *round = true;
            return false;
        }
        SxProc *p = sx_proc_at(rt, search->slot++);
        if (p == NULL || p->wait_kind != SX_WAIT_RECEIVE || atomic_load(&p->state) != SX_STATE_WAITING) continue;
        if (now - p->wait_since < SX_RING_AGE_NS || !follow(rt, p, ring)) continue;
        turn(ring);
        return true;
    }
    return false;
}

bool sx_ring_stands(SxRuntime *rt, const SxRing *ring)
{
    for (int i = 0; i < ring->n; i++) {
        SxProc *p = sx_proc_find(rt, ring->member[i]);
        sx_val callee;
        uint64_t ref;
        if (p == NULL || atomic_load(&p->state) != SX_STATE_WAITING || !sx_why_call(p, &callee, &ref) || ref != ring->ref[i]) return false;
    }
    return true;
}

/* ---- who else holds a reference? ---- */

static bool is_member(const SxRing *ring, sx_val pid)
{
    for (int i = 0; i < ring->n; i++)
        if (ring->member[i] == pid) return true;
    return false;
}

/* A reference is three words: header, serial, pid. */
static bool words_hold(const SxRing *ring, const sx_val *from, const sx_val *to)
{
    for (const sx_val *at = from; at + 1 < to; at++) {
        if (*at != SX_HEADER(SX_KIND_REF, 2)) continue;
        for (int i = 0; i < ring->n; i++)
            if (at[1] == ring->ref[i]) return true;
    }
    return false;
}

static bool frags_hold(const SxRing *ring, const SxFrag *f)
{
    for (; f != NULL; f = f->next)
        if (words_hold(ring, f->words, f->words + f->n_words)) return true;
    return false;
}

static bool holds(const SxRing *ring, SxProc *p)
{
    const SxHeap *h = &p->heap;
    if (sx_is_apart(p)) return true; /* it may: another thread has the heap */
    return words_hold(ring, h->stack_end, h->hp) || (h->old != NULL && words_hold(ring, h->old, h->old_hp)) || frags_hold(ring, h->frags) ||
           frags_hold(ring, p->first) || frags_hold(ring, atomic_load(&p->inbox));
}

bool sx_ring_may_be_answered(SxRuntime *rt, const SxRing *ring)
{
    for (uint32_t slot = 0; slot < rt->n_slots; slot++) {
        SxProc *p = sx_proc_at(rt, slot);
        if (p != NULL && !is_member(ring, p->pid) && holds(ring, p)) return true;
    }
    for (int l = 0; l < SX_WHEEL_LEVELS; l++)
        for (int i = 0; i < SX_WHEEL_SLOTS; i++)
            for (const SxTimer *t = rt->sched.wheel[l][i].timers; t != NULL; t = t->next)
                if (frags_hold(ring, t->message)) return true;
    return false;
}

/* ---- telling, breaking ---- */

void sx_ring_add_text(SxRuntime *rt, const SxRing *ring, SxBuf *out)
{
    sx_buf_add_str(out, "call cycle: ");
    for (int i = 0; i <= ring->n; i++) {
        SxProc *p = sx_proc_find(rt, ring->member[i % ring->n]);
        if (i > 0) sx_buf_add_str(out, " -> ");
        if (p != NULL) sx_add_process(out, p);
    }
    sx_buf_add_char(out, '\n');
    for (int i = 0; i < ring->n; i++) {
        SxProc *p = sx_proc_find(rt, ring->member[i]), *callee = sx_proc_find(rt, ring->member[(i + 1) % ring->n]);
        SxWhy why;
        if (p == NULL || callee == NULL) continue;
        sx_why(p, &why);
        sx_buf_add_str(out, "    ");
        sx_add_process(out, p);
        sx_buf_add_str(out, " calls ");
        sx_add_process(out, callee);
        if (why.at.fn != NULL && why.at.line > 0 && sx_is_atom(why.at.file)) sx_buf_addf(out, " at %s:%u", sx_atom_text(why.at.file, NULL), why.at.line);
        sx_buf_add_char(out, '\n');
    }
}

void sx_ring_break(SxRuntime *rt, const SxRing *ring)
{
    SxHeap h;
    sx_heap_init(&h, 0, 256, (size_t)1 << 20);
    sx_val names = SX_EMPTY;
    for (int i = ring->n; i-- > 0;) {
        SxProc *p = sx_proc_find(rt, ring->member[i]);
        names = sx_cons(&h, p != NULL && p->name != SX_NIL ? p->name : ring->member[i], names);
    }
    sx_val reason = sx_tuple(&h, 2, sx_atom("deadlock"), names);
    for (int i = 0; i < ring->n; i++) {
        SxFrag *f = sx_frag_copy(reason);
        f->ref = ring->ref[i];
        sx_deliver(rt, &rt->sched, ring->member[i], SX_SIG_DEADLOCK, f);
    }
    sx_heap_deinit(&h);
}
