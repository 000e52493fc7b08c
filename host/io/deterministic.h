/* deterministic.h - deterministic mode, the host's half (DESIGN D11): the virtual clock, the loop that moves it, and what of the
 * world stays outside. runtime/sched/seeded.h chooses the processes. The list of what could make two runs differ, and what is
 * done about each, is at the head of deterministic.c.
 * Begins before the machine is set up (sx_posix_determine), as hashes are seeded with it. */
#ifndef SX_DETERMINISTIC_H
#define SX_DETERMINISTIC_H

#include "io/loop.h"
#include "sched/seeded.h"

typedef struct SxHeldWork { uv_work_t *work; uv_after_work_cb after; uv_work_cb run; } SxHeldWork;

typedef struct SxDeterministic {
    uint64_t seed;
    SxSeeded seeded;
    SxHeldWork *held;            /* work for the pool that was handed over, not done */
    size_t n_held, cap_held;
    int64_t now;                 /* the virtual clock, ns */
    uint64_t steps;
    uint64_t looked_at;          /* switches of the scheduler at the last look of loop->on_rest */
} SxDeterministic;

/* From now on loop runs as `seed` says, which sx_posix_determine was given already. */
void sx_deterministic_init(SxDeterministic *d, SxLoop *loop, uint64_t seed);
/* sx_loop_run in this mode. */
void sx_deterministic_run(SxLoop *loop);
/* sx_host_work in this mode. */
void sx_deterministic_hold(SxLoop *loop, uv_work_t *work, uv_work_cb run, uv_after_work_cb after);
/* For primitives that deal with the network or other programs: false in this mode, and raises #(:notsup text); `what` begins it:
 * "NAME: the network". */
bool sx_deterministic_allows(SxProc *p, const char *what);

#endif
