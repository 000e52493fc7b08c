/* timer.c - the timing wheel: deadlines of parked processes and message timers, both by intrusive links.
 * Five levels of 256 slots; level 0 has slots of 1 ms. Arming and disarming take constant time; a timer of level n moves down
 * when the wheel's hand enters its slot. Nothing fires early; late by less than 1 ms and the scheduler's own delay.
 * INVARIANT: what stands in level l, slot s is due at or after the time at which the hand enters that slot. */
#include "sched/sched.h"

#define MS 1000000
#define MASK (SX_WHEEL_SLOTS - 1)
#define FAR_MS 64 /* the hand looks ahead rather than pass so many slots one by one */

static int64_t due_ms(int64_t ns) { return (ns + MS - 1) / MS; }

static void slot_for(const SxSched *s, int64_t when_ms, int *level, int *slot)
{
    int64_t delta = when_ms - s->wheel_ms;
    if (delta < 0) {
        delta = 0;
        when_ms = s->wheel_ms;
    }
    int l = 0;
    while (l < SX_WHEEL_LEVELS - 1 && delta >> (SX_WHEEL_BITS * (l + 1)) != 0) l++;
    if (l == SX_WHEEL_LEVELS - 1 && delta >> (SX_WHEEL_BITS * SX_WHEEL_LEVELS) != 0) when_ms = s->wheel_ms + ((int64_t)1 << (SX_WHEEL_BITS * SX_WHEEL_LEVELS)) - 1;
    *level = l;
    *slot = (int)(when_ms >> (SX_WHEEL_BITS * l)) & MASK;
}

static void link_proc(SxSched *s, SxProc *p)
{
    int l, i;
    slot_for(s, due_ms(p->deadline), &l, &i);
    SxProc **head = &s->wheel[l][i].procs;
    p->timer_next = *head;
    p->timer_link = head;
    if (*head != NULL) (*head)->timer_link = &p->timer_next;
    *head = p;
}

static void link_timer(SxSched *s, SxTimer *t)
{
    int l, i;
    slot_for(s, due_ms(t->when), &l, &i);
    SxTimer **head = &s->wheel[l][i].timers;
    t->next = *head;
    t->link = head;
    if (*head != NULL) (*head)->link = &t->next;
    *head = t;
}

static void unlink_timer(SxTimer *t)
{
    *t->link = t->next;
    if (t->next != NULL) t->next->link = t->link;
}

void sx_wheel_arm(SxSched *s, SxProc *p)
{
    if (p->timer_link != NULL) return;
    if (s->n_armed == 0 && s->wheel_ms < s->now / MS) s->wheel_ms = s->now / MS; /* nothing to pass: jump */
    s->n_armed++;
    link_proc(s, p);
}

void sx_wheel_disarm(SxSched *s, SxProc *p)
{
    if (p->timer_link == NULL) return;
    *p->timer_link = p->timer_next;
    if (p->timer_next != NULL) p->timer_next->timer_link = p->timer_link;
    p->timer_link = NULL;
    s->n_armed--;
}

static void fire_timer(SxSched *s, SxTimer *t)
{
    sx_idmap_remove(&s->rt->timers, t->serial);
    sx_val to = sx_is_atom(t->to) ? sx_whereis(s->rt, t->to) : t->to;
    sx_resource_remove(&t->of);
    s->n_armed--;
    if (to != SX_NONE) sx_deliver(s->rt, s, to, SX_SIG_MESSAGE, t->message);
    else sx_frag_free(t->message);
    sx_free(t);
}

/* The hand enters this slot: fire (level 0) or spread over the levels below. */
static void enter(SxSched *s, int level, int slot)
{
    SxProc *p = s->wheel[level][slot].procs;
    SxTimer *t = s->wheel[level][slot].timers;
    s->wheel[level][slot].procs = NULL;
    s->wheel[level][slot].timers = NULL;
    while (p != NULL) {
        SxProc *next = p->timer_next;
        if (level == 0) {
            p->timer_link = NULL;
            s->n_armed--;
            sx_notify(s->rt, s, p); /* it looks at its deadline itself */
        } else {
            link_proc(s, p);
        }
        p = next;
    }
    while (t != NULL) {
        SxTimer *next = t->next;
        if (level == 0) fire_timer(s, t);
        else link_timer(s, t);
        t = next;
    }
}

void sx_wheel_advance(SxSched *s, int64_t now)
{
    int64_t now_ms = now / MS;
    while (s->wheel_ms <= now_ms) {
        if (s->n_armed == 0) {
            s->wheel_ms = now_ms + 1;
            return;
        }
        if (now_ms - s->wheel_ms > FAR_MS) { /* a long sleep, or a clock that jumps: past the empty slots at once */
            int64_t next_ms = sx_wheel_next(s) / MS;
            if (next_ms > now_ms) next_ms = now_ms + 1;
            if (next_ms > s->wheel_ms) {
                s->wheel_ms = next_ms;
                continue;
            }
        }
        int64_t ms = s->wheel_ms;
        /* higher levels first, so that what they spread reaches the slots below in time */
        for (int l = SX_WHEEL_LEVELS - 1; l > 0; l--)
            if ((ms & (((int64_t)1 << (SX_WHEEL_BITS * l)) - 1)) == 0) enter(s, l, (int)(ms >> (SX_WHEEL_BITS * l)) & MASK);
        enter(s, 0, (int)ms & MASK);
        s->wheel_ms = ms + 1;
    }
}

int64_t sx_wheel_next(const SxSched *s)
{
    if (s->n_armed == 0) return INT64_MAX;
    int64_t best = INT64_MAX;
    for (int l = 0; l < SX_WHEEL_LEVELS; l++) {
        int64_t hand = s->wheel_ms >> (SX_WHEEL_BITS * l);
        for (int i = 0; i <= SX_WHEEL_SLOTS; i++) {
            int64_t at = hand + i;
            if (l > 0 && i == 0 && (at << (SX_WHEEL_BITS * l)) < s->wheel_ms) continue; /* entered already: a full turn away */
            int slot = (int)at & MASK;
            if (s->wheel[l][slot].procs == NULL && s->wheel[l][slot].timers == NULL) continue;
            int64_t ms = at << (SX_WHEEL_BITS * l);
            if (ms < best) best = ms;
            break;
        }
    }
    return best == INT64_MAX ? (s->wheel_ms + 1) * MS : best * MS;
}

/* Take t away before it has fired. */
static void drop_timer(SxSched *s, SxTimer *t)
{
    sx_idmap_remove(&s->rt->timers, t->serial);
    unlink_timer(t);
    sx_resource_remove(&t->of);
    s->n_armed--;
    sx_frag_free(t->message);
    sx_free(t);
}

static void receiver_ends(SxResource *r, SxProc *p) { drop_timer(&p->rt->sched, SX_CONTAINER(r, SxTimer, of)); }

uint64_t sx_timer_start(SxSched *s, int64_t when, sx_val to, SxFrag *message)
{
    SxProc *receiver = sx_proc_find(s->rt, to);
    if (receiver == NULL && sx_is_pid(to)) { /* has ended */
        sx_frag_free(message);
        return sx_next_serial(s);
    }
    SxTimer *t = sx_alloc_zero(sizeof *t);
    t->of.on_exit = receiver_ends;
    if (receiver != NULL) sx_resource_add(receiver, &t->of);
    t->when = when;
    t->to = to;
    t->message = message;
    t->serial = sx_next_serial(s);
    if (s->n_armed == 0 && s->wheel_ms < s->now / MS) s->wheel_ms = s->now / MS;
    s->n_armed++;
    link_timer(s, t);
    sx_idmap_put(&s->rt->timers, t->serial, (uint64_t)(uintptr_t)t);
    return t->serial;
}

int64_t sx_timer_left(SxSched *s, uint64_t serial)
{
    uint64_t at;
    if (!sx_idmap_get(&s->rt->timers, serial, &at)) return -1;
    int64_t left = ((SxTimer *)(uintptr_t)at)->when - s->now;
    return left > 0 ? left : 0;
}

int64_t sx_timer_cancel(SxSched *s, uint64_t serial)
{
    int64_t left = sx_timer_left(s, serial);
    if (left < 0) return -1;
    uint64_t at = 0;
    sx_idmap_get(&s->rt->timers, serial, &at);
    drop_timer(s, (SxTimer *)(uintptr_t)at);
    return left;
}

void sx_wheel_deinit(SxSched *s)
{
    for (int l = 0; l < SX_WHEEL_LEVELS; l++)
        for (int i = 0; i < SX_WHEEL_SLOTS; i++)
            for (SxTimer *t = s->wheel[l][i].timers, *next; t != NULL; t = next) {
                next = t->next;
                sx_frag_free(t->message);
                sx_free(t);
            }
}
