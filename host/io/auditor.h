/* auditor.h - the thread on which the wake confirmer (runtime/sched/confirm.h) runs: it sleeps until a check is due. A thread of
 * its own, so that it also finds a scheduler that sleeps though something is runnable. Started by the first order. */
#ifndef SX_AUDITOR_H
#define SX_AUDITOR_H

#include "sched/confirm.h"
#include <uv.h>

typedef struct SxAuditor {
    SxConfirmer confirmer;
    uv_mutex_t lock;             /* guards what follows */
    uv_cond_t changed;
    uv_thread_t thread;
    bool started, stopping, has_order;
} SxAuditor;

/* From now on what is delivered from outside to a process of rt is audited. */
void sx_auditor_init(SxAuditor *a, SxRuntime *rt);
/* Join the thread, drop what is pending. Answers false when a lost wake-up was found. May be called again. */
bool sx_auditor_stop(SxAuditor *a);

#endif
