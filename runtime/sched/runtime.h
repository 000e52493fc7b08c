/* runtime.h - the machine as its host sees it: make one, spawn into it, step it, deliver to it.
 * One SxSched runs processes on one thread; everything it owns is touched by that thread only. Other threads may call
 * sx_deliver and sx_complete (they publish, then notify: see wait.c). */
#ifndef SX_RUNTIME_H
#define SX_RUNTIME_H

#include "proc/runtime.h"

/* A runtime over static storage of the caller. Atoms, shared range and store are set up; no code is loaded. */
void sx_runtime_init(SxRuntime *rt, const SxLimits *limits);
void sx_runtime_deinit(SxRuntime *rt);

#define SX_SPAWN_MADE 8
typedef struct SxSpawn {
    sx_val fn;                   /* closure; with a name: the module */
    const sx_val *args;
    int n_args;
    sx_val parent;               /* pid or nil */
    sx_val name;                 /* SX_NONE, or the function of module fn to call by name */
    uint64_t epoch;
    uint8_t priority;
    size_t max_heap_words, min_heap_words, min_stack_words;   /* 0: the default */
    /* not NULL: makes the n_args <= SX_SPAWN_MADE arguments in the new process's heap, and `args` is not looked at */
    void (*make_args)(SxHeap *h, sx_val *args, void *data);
    void *data;
    sx_val group_leader;         /* pid or nil */
} SxSpawn;
/* A new runnable process: values are copied to it. NULL: max_processes is reached. */
SxProc *sx_spawn(SxRuntime *rt, const SxSpawn *s);

SxProc *sx_proc_find(SxRuntime *rt, sx_val pid); /* NULL: ended. Only state and inbox may be touched */

SxProc *sx_proc_at(SxRuntime *rt, uint32_t slot); /* for walks over the table: NULL when the slot is free */

/* Is a process in a run queue? Those that other threads have woken are not in one yet. */
SX_INLINE bool sx_has_runnable(const SxSched *s)
{
    for (int i = 0; i < SX_PRIO_COUNT; i++)
        if (s->ready[i].first != NULL) return true;
    return false;
}

typedef enum SxStepResult { SX_STEP_AGAIN, SX_STEP_WAIT, SX_STEP_IDLE, SX_STEP_HALTED } SxStepResult;
/* Run processes for about `budget` reductions, or a millisecond. AGAIN: more is runnable; WAIT: nothing until *until (monotonic ns) unless
 * something is delivered; IDLE: nothing at all; HALTED: the program asked to end (rt->halt_code). */
SxStepResult sx_step(SxSched *s, int64_t now, int64_t budget, int64_t *until);

/* Publish a signal to `to` and wake it. Takes frag. From any thread; from = the calling scheduler, NULL on other threads.
 * A process that has ended drops it. */
void sx_deliver(SxRuntime *rt, SxSched *from, sx_val to, SxSignalKind kind, SxFrag *frag);
/* The same on the scheduler's own thread, between two steps, for what the world sent (files, input, ...): the confirmer watches
 * that it is seen, as it does for other threads. */
void sx_deliver_outside(SxRuntime *rt, sx_val to, SxSignalKind kind, SxFrag *frag);
void sx_send(SxRuntime *rt, SxSched *from, sx_val to, sx_val message);               /* copies */
void sx_complete(SxRuntime *rt, SxSched *from, sx_val to, uint64_t op, SxFrag *result); /* result NULL: nil */

/* An operation that p waits for: its serial goes to whoever will sx_complete it. Then return sx_park(...); called again, the
 * primitive asks sx_op_take. */
uint64_t sx_op_begin(SxProc *p);
bool sx_op_pending(const SxProc *p);
bool sx_op_take(SxProc *p, sx_val *result);   /* true once, when it is complete */
void sx_op_give_up(SxProc *p); /* what it waits for, complete or not, is no longer wanted */

/* Names */
sx_val sx_whereis(SxRuntime *rt, sx_val name);                 /* pid, or SX_NONE */
bool sx_register(SxRuntime *rt, sx_val name, SxProc *p);       /* false: name or process taken */
bool sx_unregister(SxRuntime *rt, sx_val name);

/* References */
uint64_t sx_next_serial(SxSched *s);

/* Timers of this scheduler. One whose receiver is a pid ends with that process. */
uint64_t sx_timer_start(SxSched *s, int64_t when, sx_val to, SxFrag *message); /* takes message */
int64_t sx_timer_cancel(SxSched *s, uint64_t serial);          /* ns left, or -1 when it is not there */
int64_t sx_timer_left(SxSched *s, uint64_t serial);

/* Ties. `p` is the process that runs. Linking to or watching what has ended answers by the signal that its end would have sent. */
void sx_link(SxProc *p, SxSched *s, sx_val other);
void sx_unlink(SxProc *p, SxSched *s, sx_val other);
/* Watch `target` (pid; name: the registered name it was given as, or nil). Answers the reference's serial. */
uint64_t sx_monitor(SxProc *p, SxSched *s, sx_val target, sx_val name);
bool sx_demonitor(SxProc *p, SxSched *s, uint64_t serial); /* false: it was not active */
/* Take the DOWN message of `serial` out of the queue, if it is there. */
bool sx_flush_down(SxProc *p, SxSched *s, uint64_t serial);

/* Keep `target` from running until p, which runs, resumes it as often, or ends. False: it has ended, or is p itself. */
bool sx_suspend(SxProc *p, sx_val target);
bool sx_resume(SxProc *p, sx_val target); /* one suspension by p less; false: there is none */
bool sx_suspends(const SxProc *p, sx_val target);
sx_val sx_suspending(SxProc *p); /* [{Pid, Times, 0}], in p's heap */

/* #(item value) for an atom, a list of them for a list of atoms; allocated in p's heap. SX_NONE: an unknown item. A tuple
 * #(old_code module) asks whether it is inside old code of that module: a boolean. */
sx_val sx_process_info(SxProc *p, sx_val items);

/* Exit p for `reason` as an exit signal from `from` would. */
void sx_exit_signal(SxRuntime *rt, SxSched *s, sx_val to, sx_val from, sx_val reason, bool link);

#endif
