/* runtime.h - the one structure that holds all mutable state of the machine, and the part of it that one scheduler owns.
 * Only data: what is done with it is sched's. Everything in an SxSched is touched by its own thread only, `woken` excepted. */
#ifndef SX_PROC_RUNTIME_H
#define SX_PROC_RUNTIME_H

#include "base/idmap.h"
#include "proc/proc.h"

typedef struct SxLimits {
    uint32_t max_atoms, max_processes;
    size_t max_heap_words;       /* of one process, stack included */
    size_t max_shared_words;
} SxLimits;

typedef struct SxTimer {         /* erlang:send_after and start_timer */
    struct SxTimer *next, **link;
    int64_t when;                /* monotonic ns */
    uint64_t serial;
    sx_val to;                   /* pid or registered name */
    SxFrag *message;
    SxResource of;               /* of the process `to`: the timer ends with it */
} SxTimer;

#define SX_WHEEL_BITS 8
#define SX_WHEEL_SLOTS (1 << SX_WHEEL_BITS)
#define SX_WHEEL_LEVELS 5        /* of 1 ms slots: 34 years */

/* What is known of a trace beside the list that programs see, whose form is Erlang's: file and line. Noted when such a list is
 * made, and found again by the list: atoms and numbers only, so it is no root. */
#define SX_TRACE_NOTES 16
#define SX_CAUSE_BYTES 256
typedef struct SxTraceFrame { sx_val module, name, macro; uint32_t line, column; } SxTraceFrame; /* macro: whose expansion it stands in, or nil */
typedef struct SxTraceNote {
    uint32_t n;
    SxTraceFrame frames[SX_TRACE_DEPTH + 1]; /* outermost first */
    char cause[SX_CAUSE_BYTES];              /* which argument was wrong, and what it should have been; may be empty */
} SxTraceNote;

/* The longest time that one process held the scheduler: see sched/hold.h. */
typedef enum SxHoldKind { SX_HOLD_SEVERAL, SX_HOLD_RUN, SX_HOLD_END } SxHoldKind; /* no process alone; it ran; it was ended */
typedef struct SxHold {
    int64_t ns, collect_ns;      /* collect_ns: of them in collections of large heaps */
    int64_t cpu_ns;              /* processor time, while every slice is measured: the longest is the longest by this, then */
    SxHoldKind what;
    uint32_t slices;             /* that the time was measured over: the process is the last of them */
    uint32_t arity, line;
    sx_val pid, name, module, function, file, primitive; /* atoms and a pid: no roots */
} SxHold;

typedef struct SxQueue { SxProc *first, *last; uint32_t n; } SxQueue;

typedef struct SxSched {
    struct SxRuntime *rt;
    SxQueue ready[SX_PRIO_COUNT];
    SxProc *current;
    _Atomic(SxProc *) woken;     /* made runnable by other threads; newest first */
    int64_t now;                 /* monotonic ns, as of this step */
    /* timing wheel: level l, slot s; processes (deadline) and timers apart */
    int64_t wheel_ms;            /* everything due before is done */
    struct { SxProc *procs; SxTimer *timers; } wheel[SX_WHEEL_LEVELS][SX_WHEEL_SLOTS];
    uint32_t n_armed;
    uint32_t low_skipped;        /* rounds that low-priority work waited */
    uint64_t next_serial;        /* of references and operations */
    /* scratch of the dispatch loop and its slow paths; dead between instructions, so no root */
    sx_val mark, call_self;
    const SxFn *native_fn;
    uint32_t gc_need;
    bool at_once;                /* the primitive that is called now cannot be called again: it does all at once */
    bool mark_is_tail;
    sx_val tail_fn;              /* sx_tail_call's arguments, taken up at once */
    int tail_argc;
    sx_val tail_args[SX_MAX_ARGS];
    sx_val detail_value;         /* shown behind detail; SX_NONE: nothing is. Dead once the trace is made, before any collection */
    char detail[SX_CAUSE_BYTES]; /* what sx_badarg said, until the trace has it */
    SxTraceNote notes[SX_TRACE_NOTES];
    uint32_t next_note;
    uint64_t switches, collections;
    SxHold longest;
    int64_t collect_ns;          /* in collections of large heaps since the clock was read */
    uint32_t short_slices;       /* since the clock was read */
    int64_t cpu_at;              /* sx_sys_thread_ns when the clock was read, while watched */
    bool watched;                /* the clocks are read after every slice */
    struct SxSeeded *seeded;     /* deterministic mode (sched/seeded.h); NULL: first come, first served */
    int64_t last_runtime_ms, last_wall_ms; /* of the last erlang:statistics */
} SxSched;

/* State that primitives keep for the whole runtime: made when it is first needed, freed with the runtime. */
struct SxRuntime;
struct SxBuf;
typedef struct SxStore { void (*free)(struct SxRuntime *rt, struct SxStore *s); } SxStore;
enum { SX_STORE_ETS, SX_STORE_ATOMICS, SX_STORE_TERMS, SX_STORE_SOURCES, SX_STORE_COUNT };

/* Work that is handed to another thread: it owns what `work` touches, until `done` is called on the scheduler's thread. */
typedef struct SxJob {
    void (*work)(struct SxJob *job);
    void (*done)(struct SxJob *job);
    struct SxRuntime *rt;
} SxJob;

/* Long work on a process's own heap, done apart: see vm/apart.c. */
typedef struct SxApart {
    SxJob job;
    SxProc *p;
    bool begun;                  /* it has been handed over */
    size_t words;                /* that the heap held before: what others are told meanwhile */
    /* work == NULL: a collection, and nobody asks for the outcome */
    SxWork *work;
    size_t frame;                /* collection: of p->fp, above heap.stack */
    size_t stack_need, heap_need;
    sx_val result;
    SxFrag *copy;                /* the result of copying */
    int n_args;
    sx_val args[];
} SxApart;
/* Does another thread have p's heap, stack and roots? Then nobody else may look at them. */
SX_INLINE bool sx_is_apart(const SxProc *p) { return p->apart != NULL && !p->apart_done && p->apart->begun; }
/* Words of p's heap, for those who look from outside. */
SX_INLINE size_t sx_proc_words(const SxProc *p) { return sx_is_apart(p) ? p->apart->words : sx_heap_words(&p->heap); }

typedef struct SxRuntime {
    SxCode code;
    SxLimits limits;
    SxSched sched;               /* one in this version; several later */
    SxProc **slabs;              /* process table: slot >> 10, slot & 1023. Never moves: other threads read it */
    atomic_uint n_slots;
    uint32_t n_slabs, n_processes;
    SxProc *free_first, *free_last; /* free records through queue_next; used oldest first, so that slots rest */
    SxIdMap names;               /* registered name to pid */
    SxIdMap timers;              /* serial to SxTimer */
    atomic_bool halting;
    int halt_code;
    struct SxConfirmer *confirmer; /* audits deliveries from outside; NULL: nobody does */
    SxStore *stores[SX_STORE_COUNT]; /* NULL: not made yet */
    void *host;                  /* the host's own */
    /* hooks of the host; may be NULL */
    void (*run_apart)(struct SxRuntime *rt, SxJob *job); /* do job->work on another thread, then job->done between two steps */
    void (*on_crash)(struct SxRuntime *rt, SxProc *p); /* an uncaught exception ends p: exc_* say which */
    void (*add_ring)(struct SxRuntime *rt, SxProc *p, struct SxBuf *out); /* `; call cycle: ...` when p is in one that was found */
    void (*on_exit)(struct SxRuntime *rt, SxProc *p);  /* p is about to end, for whatever reason */
    /* what the program wants of on_crash (logger:$handlers) */
    bool crash_quiet;            /* nothing printed: logger's default handler was removed */
    bool crash_told;             /* sx_report:plain is told, for logger has other handlers */
} SxRuntime;

#endif
