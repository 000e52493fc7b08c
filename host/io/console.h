/* console.h - what leaves the program: what programs print, replies, reports.
 * Owns the two writers and the wording of `out` and `err` records; what a reply says is the session's.
 * The real standard output is kept aside (sx_console_take_stdout) before anything else opens descriptors; descriptor 1 then
 * leads to standard error, so a stray print of a library cannot break the protocol.
 * INVARIANT: a protocol line begins in column 0, also after a program's unfinished line under --plain. */
#ifndef SX_CONSOLE_H
#define SX_CONSOLE_H

#include "io/loop.h"
#include "io/writer.h"

typedef enum SxConsoleMode {
    SX_CONSOLE_RECORDS, /* programs print (out N "text") and (err N "text") */
    SX_CONSOLE_PLAIN    /* programs print to standard output and standard error as they are */
} SxConsoleMode;

typedef struct SxConsole {
    SxLoop *loop;
    SxConsoleMode mode;
    SxWriter *writer;       /* standard output, and in its order the program's errors */
    SxWriter *log;          /* standard error for what must get out while standard output is stuck; made when needed */
    int out_fd;
    int lazy_turns;         /* turns so far, up to LAZY_TURNS */
    bool mid_line;          /* standard output stands behind column 0 */
    sx_val *waiting;        /* pids that were refused */
    size_t n_waiting, cap_waiting;
    atomic_bool room;       /* set by the writer's thread */
    atomic_int broken;      /* errno that ended standard output; 0 */
    void (*before_output)(void *arg); /* a program is about to print: the prompt must go; may be NULL */
    void *before_output_arg;
} SxConsole;

/* Make descriptors 0 to 2 exist, keep the real standard output aside and answer its new number. */
int sx_console_take_stdout(void);
/* out_fd: what sx_console_take_stdout said. */
void sx_console_init(SxConsole *c, SxLoop *loop, SxConsoleMode mode, int out_fd);
/* A protocol line or plain text of the host's own, on standard output; never refused. sx_console_line adds the newline. */
void sx_console_line(SxConsole *c, const char *text, size_t n_bytes);
void sx_console_text(SxConsole *c, const char *text, size_t n_bytes);
/* A report for the person (standard error), behind all that was printed before it. */
void sx_console_report(SxConsole *c, const char *text, size_t n_bytes);
/* A report about a program that nobody waits for: an `err` record of its epoch, or standard error. Dropped when a reader has
 * long stopped reading. */
void sx_console_program_report(SxConsole *c, uint64_t epoch, const char *text, size_t n_bytes);
/* Replies wait for room too: false means that the caller should park; it will be woken. */
bool sx_console_has_room(SxConsole *c, SxProc *p);
/* Far more is queued than programs may: even what may not be refused should wait with asking for more. */
bool sx_console_is_flooded(SxConsole *c);
void sx_console_turn(SxConsole *c, bool will_block); /* once a turn: let the writers work */
void sx_console_woken(SxConsole *c); /* the writers' threads had something to say */
/* Write what is left, for at most timeout_ms (-1: as long as it takes). False: it could not be written; this was said. */
bool sx_console_flush(SxConsole *c, int timeout_ms);

extern const struct SxPrim *const sx_prims_console[];

#endif
