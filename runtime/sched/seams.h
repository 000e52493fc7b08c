/* seams.h - where tests get in between two steps of the waiting protocol. SX_SEAM(name, p) stands in wait.c at each step of
 * seams.def. With -DSX_HOOKS (the objects that tests/unit/test_seams*.c link) it calls sx_seam_hook, if that is set; without,
 * it is nothing. `p` may be anybody's by then: the hook looks at what wait.c says may be looked at. */
#ifndef SX_SEAMS_H
#define SX_SEAMS_H

struct SxProc;

typedef enum SxSeam {
#define SEAM(name, what) SX_SEAM_##name,
#include "sched/seams.def"
#undef SEAM
    SX_SEAM_COUNT
} SxSeam;

#ifdef SX_HOOKS
extern void (*sx_seam_hook)(SxSeam at, struct SxProc *p);
#define SX_SEAM(name, p) (sx_seam_hook != NULL ? sx_seam_hook(SX_SEAM_##name, p) : (void)0)
#else
#define SX_SEAM(name, p) ((void)0)
#endif

#endif
