/* loop.h - the scheduler's thread: steps the machine and turns libuv's loop in between.
 * Owns the libuv loop, the wake-up from other threads, the timer that stands in for the scheduler's sleep, and how the
 * program ends. It knows that listeners, the console, the input and the session exist, not what they do.
 * INVARIANT: everything here happens on one thread, but sx_loop_wake; libuv's callbacks run between two steps, never inside
 * one, so they may look at any process and deliver with `&rt->sched` as the calling scheduler. */
#ifndef SX_LOOP_H
#define SX_LOOP_H

#include "sched/runtime.h"
#include <uv.h>

struct SxCommand;
struct SxConsole;
struct SxLines;
struct SxSession;
struct SxWatch;

/* Something that serves strangers: a listener. The owner keeps the struct, adds it when it accepts, removes it when closed. */
typedef struct SxListener {
    struct SxListener *next, **link;
    void (*stop)(struct SxListener *l);       /* the program ends: accept nothing new, close what rests */
    bool (*busy)(const struct SxListener *l); /* requests are in flight */
} SxListener;

typedef struct SxLoop {
    SxRuntime *rt;               /* rt->host is this loop */
    uv_loop_t uv;
    uv_async_t wake;             /* sx_loop_wake */
    uv_timer_t sleep;            /* the scheduler's next deadline */
    uv_prepare_t before_poll;    /* looks whether a timer has made work */
    int64_t turned_ns;           /* when libuv's loop was last turned */
    bool turn_soon;              /* turn it before the next step: something was handed to it that it must start */
    SxListener *listeners;
    bool stopping;               /* sx_loop_stop was called */
    int stop_code;
    uv_timer_t stop_timer;
    bool ended;
    int exit_code;
    /* the other parts of the host, for primitives (p->rt->host); NULL where a mode has none */
    struct SxConsole *console;
    struct SxLines *lines;
    struct SxSession *session;
    struct SxWatch *watch;
    struct SxDeterministic *deterministic; /* NULL but in deterministic mode */
    sx_val awaited;              /* sx_loop_run_process: the process it waits for */
    struct SxCommand *commands;  /* command.c: those that run */
    size_t n_commands;
    uint64_t *replaced_files;    /* files.c: a bit for each boot file of which another version was loaded */
    SxHeap scratch;              /* sx_host_heap */
    bool scratch_made;
    /* set by whoever replies to commands; may be NULL */
    void (*on_listening)(struct SxLoop *loop, SxProc *p, const char *url); /* before on_parked */
    void (*on_parked)(struct SxLoop *loop, SxProc *p, const char *why);
    bool (*on_stop_busy)(struct SxLoop *loop); /* while stopping: is a command still being worked on? */
    void (*on_wake)(struct SxLoop *loop);      /* another thread asked for a look: input may have come */
    bool (*on_turn)(struct SxLoop *loop);      /* before libuv's loop is turned; true: do not block, there is work */
    void (*on_rest)(struct SxLoop *loop, bool for_good); /* deterministic mode: nothing is runnable; for_good: and no timer is left */
} SxLoop;

SX_INLINE SxLoop *sx_loop_of(const SxProc *p) { return (SxLoop *)p->rt->host; }

void sx_loop_init(SxLoop *loop, SxRuntime *rt);
/* Step and turn until sx_loop_end was called or the machine halted; answers the exit code. */
int sx_loop_run(SxLoop *loop);
/* Before anything is served: run until p, which was just spawned, has ended. False: an exception ended it; it was reported on
 * standard error. */
bool sx_loop_run_process(SxLoop *loop, SxProc *p);
/* Leave sx_loop_run with this code, at the next turn. The first call wins. */
void sx_loop_end(SxLoop *loop, int code);
/* Orderly end: stop the listeners, wait for what is in flight (at most drain_ms), then end with code. */
void sx_loop_stop(SxLoop *loop, int code, int64_t drain_ms);
/* What was in flight may be done: ends the program when it is stopping and nothing is busy. Cheap. */
void sx_loop_check_stopped(SxLoop *loop);
/* From any thread: look again. */
void sx_loop_wake(SxLoop *loop);

/* ---- for listeners (host/http) ---- */
/* `p` has opened `l`, which accepts now; url is what the world can call: emits the `listening` line. */
void sx_loop_listening(SxLoop *loop, SxListener *l, SxProc *p, const char *url);
/* l is closed. The struct is the caller's again. */
void sx_loop_unlisten(SxLoop *loop, SxListener *l);
/* `p` parks in a service for good (once, at the first park): the command's `parked` reply, when p evaluates one. */
void sx_loop_parked(SxLoop *loop, SxProc *p, const char *why);
SX_INLINE bool sx_loop_listens(const SxLoop *loop) { return loop->listeners != NULL; }

/* ---- for operations on libuv's pool (files, DNS, ...) ----
 * The primitive: at the first call (p->prim_state is SX_NONE) begins an operation, submits, parks; at later calls
 * sx_host_await. The work's after-callback answers with one of sx_host_answer*, whoever still waits. */
/* Have `run` done on the pool, and then `after` called on the scheduler's thread, between two steps. */
void sx_host_work(SxLoop *loop, uv_work_t *work, uv_work_cb run, uv_after_work_cb after);
/* True when the operation that this primitive began is complete: its value is in *result, copied into p's heap. False: *out is
 * what the primitive has to answer (parked). */
bool sx_host_await(SxProc *p, SxWaitKind why, sx_val *result, sx_val *out);
/* Begin one: the serial to answer to. Sets p->prim_state. */
uint64_t sx_host_begin(SxProc *p);
/* Complete operation `op` of pid with a value that was built in sx_host_heap(loop). */
void sx_host_answer(SxLoop *loop, sx_val pid, uint64_t op, sx_val value);
/* enoent and the like: the system's name of errno, or of libuv's status. */
sx_val sx_host_error_atom(int error);
/* An empty heap for values on their way to a process, until the next sx_host_answer or sx_host_heap. */
SxHeap *sx_host_heap(SxLoop *loop);

#endif
