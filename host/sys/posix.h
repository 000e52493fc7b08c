/* posix.h - what the platform offers to main beyond sys.h. */
#ifndef SX_POSIX_H
#define SX_POSIX_H

#include "base/base.h"

/* Set the C library's allocator up for this program; once, before anything is allocated in earnest. */
void sx_posix_tune_malloc(void);

/* Deterministic mode: from now on time stands still unless it is set, and randomness follows from the seed. Before any thread is
 * started; the clock is set by the scheduler's thread only, and read by no other in this mode. */
void sx_posix_determine(uint64_t seed);
void sx_posix_set_clock(int64_t now_ns);

#endif
