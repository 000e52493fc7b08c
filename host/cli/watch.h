/* watch.h - watches for what never ends: rings of calls, and a command that waits for good. Looks a few times a second while
 * something runs, and not at all while nothing does.
 * Owns when to look and what is told; how a ring is found is sched/cycle.h's. */
#ifndef SX_WATCH_H
#define SX_WATCH_H

#include "base/buf.h"
#include "io/loop.h"
#include "sched/cycle.h"

#define SX_WATCH_RINGS 16        /* remembered, so that each is told once and a timeout can say that it was in one */

typedef struct SxWatchedRing {
    SxRing ring;                 /* n 0: unused */
    SxBuf text;
    bool told;                   /* printed. Not: somebody may answer; looked at again, ever later */
    uint32_t patience;           /* rounds until it is looked at again */
    uint32_t waited;
} SxWatchedRing;

typedef struct SxWatch {
    SxLoop *loop;
    uv_timer_t timer;
    bool ticking;
    uint64_t switches;           /* of the scheduler, at the last tick */
    int64_t moved_ns;            /* the last tick at which it had moved */
    bool break_rings;            /* --deadlock=error */
    SxRingSearch search;
    SxWatchedRing rings[SX_WATCH_RINGS];
    uint32_t next_ring;
    /* a command that waits for good: asked when nothing has moved for a tick. Set by the session; may be NULL */
    bool (*is_stalled)(void *arg);
    void (*on_stalled)(void *arg);
    void *arg;
} SxWatch;

void sx_watch_init(SxWatch *w, SxLoop *loop, bool break_rings);
/* The machine may have run (or, with `now`, something else is new): look at it from now on. Cheap. */
void sx_watch_look(SxWatch *w, bool now);
/* Nothing can happen any more unless somebody asks for it: nothing is runnable, no timer, no descriptor, no work on the pool. */
bool sx_watch_is_quiet(SxWatch *w);

#endif
