/* hold.h - the longest time that one process held the scheduler, and what held it: what makes others wait.
 * The clock is read where the scheduler reads it anyway: after each slice that used many reductions, and once for several
 * short ones. `watched` reads it after every slice, so that a primitive that charges nothing is found as well.
 * INVARIANT: only atoms, pids and numbers are kept, so that it is no root and outlives the process and its code. */
#ifndef SX_HOLD_H
#define SX_HOLD_H

#include "base/buf.h"
#include "proc/runtime.h"

/* The clock was read: *of gets the time since s->now, which is set. True: it is longer than any before. */
bool sx_hold_measure(SxSched *s, SxHold *of, int64_t now);
/* Whose it would be: p, which has its state saved, as of->what says. */
void sx_hold_whose(SxProc *p, SxHold *of);
/* The scheduler begins a step. */
void sx_hold_begin(SxSched *s);
/* {:us N :pid "<0.5.0>" :in "shop:area/1" :at "shop.erl:9" ...} of the longest since the last sx_hold_reset; nil when there was none. */
void sx_hold_add(SxBuf *out, const SxSched *s);
/* `shop:area/1`; `shop.erl:9`, or nothing when it is not known. */
void sx_hold_add_function(SxBuf *out, const SxHold *h);
void sx_hold_add_place(SxBuf *out, const SxHold *h);
#define SX_HOLD_NAMES {[SX_HOLD_SEVERAL] = "several", [SX_HOLD_RUN] = "run", [SX_HOLD_END] = "end"}
/* Forget it. watched: measure every slice from now on. */
void sx_hold_reset(SxSched *s, bool watched);

#endif
