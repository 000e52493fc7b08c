/* seeded.h - deterministic mode, the machine's half: which process runs next and for how long, as a seed says, and a record of
 * what was chosen. The clock and everything outside the machine are the host's (host/io/deterministic.h, which also lists what
 * could make two runs differ).
 * Attached to a scheduler as s->seeded: sx_step then runs one slice and ignores its budget. Without one it pays a look at that
 * pointer for each step.
 * INVARIANT: what is chosen follows from the seed and from the choices before it alone; recording changes nothing. */
#ifndef SX_SEEDED_H
#define SX_SEEDED_H

#include "base/buf.h"
#include "sched/runtime.h"

#define SX_SWITCHES_KEPT 512       /* the last ones */

/* Where a process stood: atoms and numbers only, for its code may be given back before anybody asks. */
typedef struct SxSwitchPlace {
    bool known;                    /* not: at its very beginning, or at its end */
    sx_val file, module, name;
    uint32_t line;                 /* 0: only the function is known */
} SxSwitchPlace;

/* One process had the scheduler, for one slice or for several in a row. */
typedef struct SxSwitch {
    sx_val pid, name;              /* registered name at the end of it, or nil */
    int64_t began;                 /* by the virtual clock, ns */
    uint64_t reductions;
    uint32_t slices;
    SxSwitchPlace from, to;
    sx_val first_module, first_name; /* the function it was spawned with, for a beginning */
    const char *stopped;           /* `preempted`, `ended`, `suspended`, or the name of what it waits for */
    sx_val callee;                 /* whose answer it waits for, or nil */
    sx_val class, reason;          /* of an end by an exception: atoms, or nil */
} SxSwitch;

typedef struct SxSeeded {
    uint64_t state;                /* of the generator */
    uint64_t favour;               /* under which some processes come before others; changes now and then */
    bool unfair;                   /* this seed has favourites */
    int64_t used;                  /* reductions of the last step */
    uint64_t n_switches;           /* so far; the last SX_SWITCHES_KEPT of them are kept */
    SxSwitch kept[SX_SWITCHES_KEPT];
} SxSeeded;

void sx_seeded_init(SxSeeded *d, uint64_t seed);
/* The next of a sequence that follows from *state; any state will do. */
uint64_t sx_seeded_next(uint64_t *state);
/* A number from 0 up to, not including, n. */
uint64_t sx_seeded_draw(SxSeeded *d, uint64_t n);

/* For sched.c: take the next process off the queues, NULL when all are empty; how many reductions it gets; it is about to run;
 * it, whose pid was `pid`, has run for so many. */
SxProc *sx_seeded_pick(SxSched *s);
int32_t sx_seeded_slice(SxSeeded *d);
void sx_seeded_began(SxSched *s, SxProc *p);
void sx_seeded_stopped(SxSched *s, SxProc *p, sx_val pid, int64_t reductions);

/* The last `most` switches, a line each, oldest first. */
void sx_seeded_add_switches(const SxSeeded *d, uint32_t most, SxBuf *out);

#endif
