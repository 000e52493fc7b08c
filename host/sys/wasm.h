/* wasm.h - the machine inside a WebAssembly module: what its two files share.
 * The embedder (a page, node) calls boot once, then tick again and again, and post when something has come. Replies and what
 * programs print leave through the import `write`. There is one machine in a module. */
#ifndef SX_WASM_H
#define SX_WASM_H

#include "base/buf.h"
#include "sched/runtime.h"

/* Ports of post, streams of write, capabilities: known to the embedder by these numbers. */
typedef enum SxWasmPort {
    SX_PORT_SX,     /* SX source: a command */
    SX_PORT_ERLANG, /* Erlang expressions: a command */
    SX_PORT_LINE,   /* a line that programs may read, with its newline; no bytes: there are no more */
    SX_PORT_ROOM    /* the writer that refused has room again */
} SxWasmPort;
typedef enum SxWasmStream { SX_STREAM_REPLY, SX_STREAM_OUT, SX_STREAM_ERR } SxWasmStream;
enum { SX_CAP_FILES = 1 /* read_file may be asked */ };

typedef struct SxWasmCommand {
    struct SxWasmCommand *next;
    uint32_t number; /* counts up from 1; it is the epoch of what it starts */
    SxWasmPort port;
    SxBuf text;
} SxWasmCommand;

typedef struct SxWaiters { /* parked processes that look again when they are woken; one may be there twice, or have ended */
    sx_val *pids;
    size_t n, cap;
} SxWaiters;

typedef struct SxWasm {
    SxRuntime rt;                 /* rt.host is this */
    SxWasmCommand *first, **last; /* not begun yet */
    SxWasmCommand *current;       /* being evaluated; NULL when none is */
    uint32_t n_commands;          /* posted so far */
    sx_val evaluator;             /* pid; SX_NONE until the next tick makes one */
    bool idle;                    /* it waits for a command */
    int stillborn;                /* evaluators that ended before they asked for a command, in a row */
    SxBuf lines;                  /* posted, not read */
    size_t lines_at;
    bool lines_ended;
    SxWaiters for_line, for_room;
    uint8_t *replaced_files; /* for each boot file: another version of it was loaded */
} SxWasm;

SX_INLINE SxWasm *sx_wasm_of(const SxProc *p) { return (SxWasm *)p->rt->host; }

/* ---- exports ---- */
#define SX_EXPORT(name) __attribute__((export_name(#name)))
enum { SX_TICK_AGAIN = 0, SX_TICK_IDLE = -1, SX_TICK_HALTED = -2 };

/* Once, before all else. 0, or 1 after a line in the log. */
SX_EXPORT(boot) int sx_wasm_boot(void);
/* Run for about slice_ms, at least one step. AGAIN: there is more to run; n > 0: nothing for n milliseconds, when a timer is due;
 * IDLE: nothing at all; HALTED: the program has ended. A post makes every answer void but HALTED: call again. */
SX_EXPORT(tick) int32_t sx_wasm_tick(int32_t slice_ms);
/* n_bytes of the module's memory for the embedder to write to, until it posts them. */
SX_EXPORT(room) char *sx_wasm_room(size_t n_bytes);
/* Something has come; `bytes` is from room and is freed. Runs no code. A command's number, 0 for what is no command. */
SX_EXPORT(post) uint32_t sx_wasm_post(int port, char *bytes, size_t n_bytes);

/* ---- wasm.c ---- */
/* A line of the epoch protocol, without its newline. Never refused. */
void sx_wasm_reply(const SxBuf *line);
/* A report about a program that nobody waits for. */
void sx_wasm_report(uint32_t epoch, const SxBuf *text);
void sx_wasm_wait(SxWaiters *w, SxProc *p); /* the caller parks */
void sx_wasm_wake(SxWasm *m, SxWaiters *w);
/* Size in bytes of the file that `path` means outside (false: nowhere). Carried files are sx_boot_file's. */
bool sx_wasm_has_file(const char *path, size_t *n_bytes);

/* ---- wasm_prims.c ---- */
/* Ends with NULL. Their usage strings are those of the native host's. */
extern const struct SxPrim *const sx_prims_wasm[];
/* The hooks of the runtime: answer for an evaluator that ends, report what crashes. */
void sx_wasm_hooks(SxWasm *m);
/* See to it that there is an evaluator. False: three in a row could not start; it was said. */
bool sx_wasm_make_evaluator(SxWasm *m);

#endif
