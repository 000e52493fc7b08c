/* input.h - standard input, or a fifo, read by a thread of its own.
 * Owns the descriptor and at most SX_INPUT_AHEAD bytes that were read and not taken. What the bytes mean is the framing's and
 * the session's. The descriptor is never made non-blocking, for its description is shared with whoever started the program.
 * INVARIANT: nothing is read that was not wanted: with sx_input_want(in, false) the thread leaves the descriptor alone, so
 * that the line editor can have it. */
#ifndef SX_INPUT_H
#define SX_INPUT_H

#include "base/buf.h"

typedef struct SxInput SxInput;

#define SX_INPUT_AHEAD ((size_t)64 << 10)
#define SX_INPUT_WHOLE_MAX ((size_t)256 << 20)

/* `arrived` is called on the input's thread when bytes or the end can be taken. Nothing is wanted yet. */
SxInput *sx_input_new(int fd, void (*arrived)(void *arg), void *arg);
/* A fifo that many writers open and close, one after the other or at once: it has no end, also not when it is made anew.
 * NULL: *why says in one line what is wrong (no fifo, another host reads it...). */
SxInput *sx_input_new_fifo(const char *path, void (*arrived)(void *arg), void *arg, SxBuf *why);
void sx_input_want(SxInput *in, bool want);
/* Deterministic mode: read all of it now, on the caller's thread; there is no other then, and `arrived` is not called. A signal
 * ends the reading. False: it is longer than SX_INPUT_WHOLE_MAX, or *why says what else is wrong. */
bool sx_input_read_whole(SxInput *in, SxBuf *why);
/* Move all bytes that have come to `to`; answers how many. */
size_t sx_input_take(SxInput *in, SxBuf *to);
/* True when the end has come and everything was taken. */
bool sx_input_ended(SxInput *in);

#endif
