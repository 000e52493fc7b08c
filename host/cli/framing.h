/* framing.h - a stream of bytes, cut into the commands of the epoch protocol (DESIGN §4). Pure: bytes are fed in pieces of any
 * size, commands are asked for; no input, no output, no process, no clock.
 * A command is a datum at top level. They are taken in order, one at a time, for a program may read the lines behind one.
 * Control commands - (interrupt N) (ping) (describe) (processes) - that begin in column 0 are taken from anywhere ahead.
 *
 * What is wrong is one ERROR, and reading goes on:
 *   - bytes that are no datum: up to the next blank or opening bracket;
 *   - a datum that is no command, or does not parse: behind it;
 *   - an open bracket or "string" ends in front of a line that begins with a command in column 0: (epoch N), (quit), (load "...,
 *     (eval "...; a control command ends a bracket too, but in a string it is answered and stays text;
 *   - an open three-quote string ends in front of (epoch N) in column 0 only, as any other line may stand in a source;
 *   - a datum over max_form_bytes: behind it, and none of it is kept;
 *   - what the end of the stream leaves open.
 * INVARIANT: a byte is looked at a bounded number of times, however small the pieces are. */
#ifndef SX_FRAMING_H
#define SX_FRAMING_H

#include "base/buf.h"

#define SX_MAX_FORM_BYTES ((size_t)16 << 20) /* max_form_bytes unless told otherwise */

typedef enum SxFrameKind {
    SX_FRAME_LOAD,                                                           /* text: path */
    SX_FRAME_EVAL,                                                           /* text: source */
    SX_FRAME_QUIT,                                                           /* number: exit code, -1 when none was given */
    SX_FRAME_ERROR,                                                          /* text: what is wrong */
    SX_FRAME_INTERRUPT, SX_FRAME_PING, SX_FRAME_DESCRIBE, SX_FRAME_PROCESSES /* control; INTERRUPT: number, to be read unsigned */
} SxFrameKind;

typedef struct SxFrame {
    SxFrameKind kind;
    uint64_t epoch;      /* the label that holds where it stands */
    int64_t number;
    uint64_t offset;     /* where it begins in the stream, in bytes */
    int line, column;    /* where it begins, or where the mistake is; from 1 */
    SxBuf text;          /* the taker frees it (sx_buf_deinit) */
} SxFrame;

typedef struct SxFramePlace { /* a place in the stream, and the label that holds there */
    uint64_t offset;
    int line, column;
    uint64_t epoch;
} SxFramePlace;

struct SxFrameNode;
typedef struct SxFrameQueue { struct SxFrameNode *first, **last; } SxFrameQueue;

typedef struct SxFraming { /* the machine that finds where data begin and end; see framing.c */
    SxBuf held;             /* the bytes behind `taken`, and perhaps some in front of it */
    uint64_t base;          /* offset of held's first byte */
    size_t max_form_bytes;
    bool ended;
    bool behind_command;    /* a command was taken last: the rest of its line is no line when it is blank */
    SxFramePlace taken;     /* all in front of it is taken */
    SxFramePlace at;        /* next byte to look at */
    uint64_t lines_end;     /* behind the last newline that was fed */
    uint64_t told;          /* control commands that begin in front of it were queued */
    SxFrameQueue commands, controls; /* found, not taken */
    int state;
    size_t depth, comment_depth; /* open brackets; open #| */
    char bracket;           /* the outermost one: only its kind is counted, so one that does not match costs one error */
    bool boundary;          /* a token may begin here: # means something */
    bool is_open;           /* a datum, or comment, has begun at: */
    SxFramePlace start;
    bool dropping;          /* it was too long: its error was given */
} SxFraming;

void sx_framing_init(SxFraming *f, size_t max_form_bytes);
void sx_framing_deinit(SxFraming *f);
void sx_framing_feed(SxFraming *f, const char *bytes, size_t n_bytes);
void sx_framing_end(SxFraming *f); /* nothing more will be fed */
/* Bytes that wait to be taken: bounds the read-ahead. An open datum, and a line that is not all there, do not count, because
 * they need more; max_form_bytes bounds them. */
size_t sx_framing_pending(const SxFraming *f);
/* The next control command that begins in column 0, wherever it stands. False: none is there yet. */
bool sx_framing_control(SxFraming *f, SxFrame *out);
/* The next command in order (a control command that does not begin in column 0 is one). False: more bytes are needed, or all
 * is taken. Labels - (epoch N) - are not answered, they show in the frames. */
bool sx_framing_next(SxFraming *f, SxFrame *out);
/* The next line as it stands, with its newline (the last may have none): for programs that read the stream. What is blank
 * behind a command on its own line is no line, nor are control commands in column 0. A line over max_form_bytes comes in
 * pieces. False: there is none yet, or at all. */
bool sx_framing_line(SxFraming *f, SxBuf *line);
/* The next byte that is neither blank nor comment nor control command; -1 when there is none yet. */
int sx_framing_peek(SxFraming *f);

#endif
