/* session.h - commands in order, one evaluator process, one reply for each command (DESIGN §4).
 * Owns the queue of commands, the evaluator and the replies; where commands come from is the front's: protocol.c (a stream),
 * repl.c (a terminal) or main.c (arguments). The evaluator is a green process that runs (sx/%evaluator) of
 * boot/lib/sx/session.sx: it asks for a command, evaluates it, answers; it is replaced when it parks in a service or dies.
 * INVARIANT: every command gets exactly one reply, in order: from the evaluator, or by session_exit when that dies first, or
 * at once when the command itself is an error. */
#ifndef SX_SESSION_H
#define SX_SESSION_H

#include "base/buf.h"
#include "cli/options.h"
#include "io/console.h"
#include "io/loop.h"

typedef enum SxCommandKind {
    SX_COMMAND_LOAD,   /* text: path */
    SX_COMMAND_EVAL,   /* text: SX source */
    SX_COMMAND_ERLANG, /* text: Erlang expressions */
    SX_COMMAND_SCRIPT, /* text: path of a module with main/1 */
    SX_COMMAND_ERROR,  /* text: what is wrong with the input */
    SX_COMMAND_QUIT    /* code */
} SxCommandKind;

typedef struct SxCommand {
    struct SxCommand *next;
    SxCommandKind kind;
    uint64_t epoch;
    int line, column;    /* of the text in the input: where the source of an eval begins; 0: has no such place */
    int code;            /* QUIT; -1: as at the end of input */
    bool stalled;        /* it was told that it waits for good */
    bool interrupted;    /* before it began: it answers with an error and does not begin. While it runs: the next one is final */
    SxBuf text;
} SxCommand;
SxCommand *sx_command_new(SxCommandKind kind, uint64_t epoch, const char *text, size_t n_bytes);

typedef enum SxSessionMode {
    SX_SESSION_PROTOCOL, /* replies are protocol lines; errors are replies */
    SX_SESSION_PLAIN,    /* values are printed, the first error ends the program */
    SX_SESSION_REPL      /* values are printed, errors are reported */
} SxSessionMode;

typedef struct SxSession {
    SxLoop *loop;
    SxSessionMode mode;
    SxCommand *first, **last;   /* given, not begun */
    SxCommand *current;         /* begun, not answered */
    sx_val evaluator;           /* pid, SX_NONE when one must be made */
    bool idle;                  /* the evaluator waits for a command */
    int stillborn;              /* evaluators in a row that never asked for a command */
    sx_val *parked;             /* pids that parked in a service and live */
    size_t n_parked, cap_parked;
    bool input_ended;           /* nothing will be given any more */
    bool failed;                /* a reply was an error */
    bool exit_at_eof;
    int64_t drain_ms;
    bool colour;                /* of reports */
    char **args;                /* (args) */
    int n_args;
    const SxSourceOption *sources; /* (%source-options) */
    int n_sources;
    /* the front; may be NULL. pull: give the next command if there is one (by sx_session_give); true when it did */
    bool (*pull)(void *arg);
    bool (*at_end)(void *arg);  /* has the input ended, though a command that stands before the end is not answered? */
    void *front;
} SxSession;

void sx_session_init(SxSession *s, SxLoop *loop, SxSessionMode mode);
/* Queue a command behind the others. Takes it. */
void sx_session_give(SxSession *s, SxCommand *command);
/* The front has something to pull, or its input has ended: look. */
void sx_session_look(SxSession *s);
/* Interrupt the oldest unanswered command of that epoch; a second time past all that the program would catch. False: there is
 * none. */
bool sx_session_interrupt(SxSession *s, uint64_t epoch);
/* Is a command being evaluated or waiting? */
bool sx_session_busy(const SxSession *s);

/* "(kind N" and so on: a reply that is not the answer to a command, at once. */
void sx_session_notice(SxSession *s, const char *format, ...) SX_PRINTF(2, 3);

extern const struct SxPrim *const sx_prims_session[];

#endif
