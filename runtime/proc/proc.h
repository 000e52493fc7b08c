/* proc.h - the record of a process, and the runtime that holds them.
 * A record is type-stable: its memory is never given back, its slot is used again only with a new serial, so a stale pid
 * finds a stranger's serial and nothing else. What other processes and threads may touch of a record is `pid` (read, by
 * sx_proc_pid), `state`, `inbox` and what confirm.c counts; all else belongs to whoever runs it.
 * INVARIANT: no mutable state of the machine outside SxRuntime (atoms and the shared range excepted, which only grow). */
#ifndef SX_PROC_H
#define SX_PROC_H

#include "code/code.h"
#include "code/prim.h"
#include "proc/rel.h"
#include "value/heap.h"
#include <stdatomic.h>

struct SxRuntime;
struct SxSched;
struct SxResource;

#define SX_REDUCTIONS 4000        /* of one time slice */
#define SX_MAX_ARGS 255
#define SX_TRACE_DEPTH 16         /* frames kept of a stack trace */
#define SX_MAX_PROCESSES (1u << 22)
#define SX_PROC_STACK_WORDS 12    /* a new process */
#define SX_PROC_HEAP_WORDS 20

/* `state`: one of these and the flag. See sched/wait.c for the protocol. */
enum { SX_STATE_FREE, SX_STATE_RUNNABLE, SX_STATE_RUNNING, SX_STATE_WAITING, SX_STATE_MASK = 7, SX_STATE_NOTIFIED = 8 };

typedef enum SxSignalKind {
    SX_SIG_MESSAGE,    /* value: the message */
    SX_SIG_ALIASED,    /* the same, to alias `ref`: dropped unless that is active */
    SX_SIG_EXIT,       /* value: reason; from; flags: SX_EXIT_LINK when a link broke */
    SX_SIG_LINK, SX_SIG_UNLINK, /* from */
    SX_SIG_MONITOR,    /* from watches us under `ref`; value: the name it was given, or the pid */
    SX_SIG_DEMONITOR,  /* ref */
    SX_SIG_DOWN,       /* value: the whole 'DOWN' message; dropped unless monitor `ref` is active */
    SX_SIG_COMPLETION, /* value: the result of operation `ref` that this process waits for */
    SX_SIG_INTERRUPT,  /* raise error:interrupted when epoch `ref` is what it evaluates; flags: an SxInterrupt */
    SX_SIG_DEADLOCK,   /* raise exit:value when it still waits for the answer to the call of reference `ref`; ref 0: error:value */
    SX_SIG_INFO,       /* from asks for process_info items (value) under operation `ref` */
    SX_SIG_WAKE        /* nothing but a reason to look again */
} SxSignalKind;
enum { SX_EXIT_LINK = 1 };

typedef enum SxInterrupt {
    SX_INTERRUPT_NONE,
    SX_INTERRUPT_PLAIN, /* raised as any exception is, but no guard takes it for a failure */
    SX_INTERRUPT_FINAL  /* goes to the outermost handler, whatever the program would catch on the way */
} SxInterrupt;

enum { SX_PRIO_MAX, SX_PRIO_HIGH, SX_PRIO_NORMAL, SX_PRIO_LOW, SX_PRIO_COUNT };

/* Why a process is parked: shown by SIGQUIT and (processes). */
typedef enum SxWaitKind { SX_WAIT_NONE, SX_WAIT_RECEIVE, SX_WAIT_SLEEP, SX_WAIT_IO, SX_WAIT_LISTEN, SX_WAIT_OUTPUT, SX_WAIT_INFO, SX_WAIT_PARK } SxWaitKind;

typedef struct SxProc {
    SxHeap heap;                 /* first: a process is its heap */
    struct SxRuntime *rt;
    /* saved machine state while it does not run */
    const uint64_t *pc;
    sx_val *fp;                  /* into heap.stack */
    uint32_t live;               /* registers of fp that hold values */
    int32_t reductions;          /* left of this slice */
    uint64_t total_reductions;
    /* touched by others */
    _Atomic(SxFrag *) inbox;     /* signals, newest first */
    atomic_uint state;
    atomic_uint looks;           /* how often it has looked at its inbox, over all lives of the record; written by its owner */
    atomic_uint asked;           /* `looks` at the last delivery that confirm.c audits */
    /* mailbox: private queue in order of arrival */
    uint32_t n_messages;
    SxFrag *first, **last, **save; /* save: the link to the message that receive looks at next */
    atomic_bool ordered;         /* an order of the confirmer stands for this record */
    bool stressed;               /* collector-stress flavour only */
    bool peeking;                /* a queued message is being matched: no collection until it is taken or passed over */
    bool blame;                  /* the exception was raised by a native: the trace begins with it */
    bool trap_exit, exiting, over_limit;
    uint8_t interrupted;         /* an SxInterrupt that is about to be raised */
    bool op_done;                /* the operation waited for is complete: its value is in op_result */
    bool timed_out;              /* the deadline passed while parked */
    bool woken;                  /* a wake signal came: the parked primitive looks again */
    uint8_t priority, wait_kind;
    uint8_t deadline_set;
    bool apart_done;             /* `apart` is what was done: the instruction that wanted it takes it when it starts over */
    /* roots: the collector sees these as one range, first to last */
    sx_val roots_begin[0];
    sx_val prim_state;           /* place of a resumable or parked primitive; SX_NONE otherwise */
    sx_val op_result;
    sx_val exc_class, exc_reason, exc_trace; /* between throw and handler, and at exit */
    sx_val dictionary;           /* map */
    sx_val label;                /* any; nil when none */
    sx_val roots_end[0];
    /* identity */
    sx_val pid, parent, group_leader; /* immediate */
    sx_val name;                 /* registered name or nil */
    sx_val initial_module, initial_name; /* atoms of the first function, for reports */
    uint64_t epoch;              /* of the command it descends from */
    uint32_t initial_arity, slot, serial_next;
    uint32_t suspended;          /* times: while not 0 it takes signals and does not run */
    SxRels rels;                 /* links, monitors, aliases */
    struct SxResource *resources; /* what the host must tidy up when it ends */
    struct SxApart *apart;       /* not NULL: another thread has heap, stack and roots (vm/apart.c), unless apart_done */
    uint64_t op_serial;          /* operation waited for; 0: none */
    uint64_t mark_ref;           /* receive for a fresh reference: serial, and the queue's end when it was made */
    SxFrag **mark_save;
    /* timer and queue links, owned by the scheduler */
    int64_t deadline;            /* monotonic ns; meaningful when deadline_set */
    struct SxProc *timer_next, **timer_link;
    struct SxProc *queue_next;
    int64_t wait_since;          /* monotonic ns */
} SxProc;
/* The pid, for threads that do not own the record: it may change under them. */
SX_INLINE sx_val sx_proc_pid(const SxProc *p) { return atomic_load_explicit((const _Atomic(sx_val) *)&p->pid, memory_order_relaxed); }
SX_INLINE void sx_proc_set_pid(SxProc *p, sx_val pid) { atomic_store_explicit((_Atomic(sx_val) *)&p->pid, pid, memory_order_relaxed); }
#define SX_PROC_ROOTS(p) ((SxRoots){(p)->roots_begin, (size_t)((p)->roots_end - (p)->roots_begin)})

/* Something outside the heap that belongs to a process: told when it ends, on the scheduler's thread. */
typedef struct SxResource {
    struct SxResource *next, **link;
    void (*on_exit)(struct SxResource *r, SxProc *p);
} SxResource;
void sx_resource_add(SxProc *p, SxResource *r);
void sx_resource_remove(SxResource *r);

/* ---- raising, from primitives: answers SX_THROWN ---- */
sx_val sx_throw(SxProc *p, sx_val class, sx_val reason);                 /* any class and reason */
sx_val sx_error(SxProc *p, sx_val reason);                               /* class error */
sx_val sx_badarg(SxProc *p, const char *format, ...) SX_PRINTF(2, 3);    /* badarg; the text says which argument and what it should be */
sx_val sx_error2(SxProc *p, sx_val tag, sx_val value);                   /* #(tag value) */

/* ---- results that are not values ---- */
/* Call `fn_value` with the n values at args in place of the primitive. n <= SX_MAX_ARGS. */
sx_val sx_tail_call(SxProc *p, sx_val fn_value, const sx_val *args, int n);
/* Give way: charge, keep `place` and be called again. */
sx_val sx_again(SxProc *p, sx_val place);
/* Work that may take long for one call of a primitive or an instruction: what more than this has to be looked at is done apart. */
#ifdef SX_DEBUG
#define SX_AT_ONCE_ELEMENTS 300 /* so that the tests of the debug flavours go both ways */
#define SX_AT_ONCE_BYTES 600
#else
#define SX_AT_ONCE_ELEMENTS 16384
#define SX_AT_ONCE_BYTES 32768
#endif
/* Such work: on another thread. It may read what args reach and atoms, allocate in p's heap, and nothing else: it raises nothing,
 * and answers a value or a mark that its caller understands. */
typedef sx_val SxWork(SxProc *p, const sx_val *args, int n);
/* Have it done. SX_APART: that is what the caller answers, too, and it is called again with the same arguments; then
 * sx_worked is true, and this answers what the work has. */
sx_val sx_work(SxProc *p, SxWork *work, const sx_val *args, int n);
SX_INLINE bool sx_worked(const SxProc *p) { return p->apart_done; }
/* The same for a copy of v that is to be sent, when sx_frag_copy_small has refused it: NULL: SX_APART. */
struct SxFrag *sx_work_copy(SxProc *p, sx_val v);
/* Wait for a signal, an operation or the deadline; called again after each wake-up, spurious ones included. */
sx_val sx_park(SxProc *p, SxWaitKind why);
SX_INLINE void sx_charge(SxProc *p, size_t reductions) { p->reductions -= (int32_t)(reductions > 1000000 ? 1000000 : reductions); }
SX_INLINE bool sx_out_of_time(const SxProc *p) { return p->reductions <= 0; }

/* ---- mailbox (private side) ---- */
/* Move what arrived from the inbox to its place: messages to the queue; the others are handled by sched/signal.c. */
void sx_mailbox_append(SxProc *p, SxFrag *message);
void sx_mailbox_init(SxProc *p);
void sx_mailbox_deinit(SxProc *p); /* frees queue and inbox */
SxFrag *sx_mailbox_unlink(SxProc *p); /* the message at save; save goes back to the first */

#endif
