/* why.h - what a parked process waits for, read off its saved state: nothing is recorded for it beyond the kind and the time
 * (SxProc.wait_kind, wait_since), so knowing costs nothing until somebody asks.
 * For looking from outside, between two steps. Changes nothing. */
#ifndef SX_WHY_H
#define SX_WHY_H

#include "base/buf.h"
#include "sched/runtime.h"

#define SX_WHY_FRAMES 24         /* looked at to find the place in the program's own code */

typedef struct SxWhy {
    SxWaitKind kind;             /* SX_WAIT_NONE: it does not wait */
    bool is_call;                /* it waits for an answer, or the end, of a process that it watches since it asked */
    sx_val callee;               /* that process: a pid */
    uint64_t call_ref;           /* serial of the reference that the answer carries */
    sx_val primitive;            /* name of the primitive that parked, or nil */
    int64_t left_ns;             /* until its deadline; -1: none */
    SxWhere at;                  /* innermost place that is not the library's, else the innermost; fn NULL: unknown */
} SxWhy;

void sx_why(SxProc *p, SxWhy *why);
/* The call alone, at the cost of a few loads: true when p waits for the answer of *callee (pid), to the call of *ref. */
bool sx_why_call(const SxProc *p, sx_val *callee, uint64_t *ref);
/* Name of the primitive that p, innermost in fn, stands at, or nil. */
sx_val sx_why_primitive(const SxProc *p, const SxFn *fn);
/* One word: none, receive, call, sleep, io, listen, output, info, park. */
const char *sx_wait_name(const SxWhy *why);
/* `shop`, or `<0.40.0>`. */
void sx_add_process(SxBuf *out, const SxProc *p);
/* `waiting for db <0.40.0> at shop.erl:91`, `waiting in receive at a.sx:3`, `waiting in io (file-read) at a.sx:5`, `runnable`, `running`. */
void sx_add_why(SxBuf *out, SxProc *p);
/* The same as a whole sentence about a server that somebody waits for in vain: `shop is in handle_cast at shop.erl:91, waiting for
 * db <0.40.0>, 812 messages queued`. */
void sx_add_state_of(SxBuf *out, SxProc *p);

#endif
