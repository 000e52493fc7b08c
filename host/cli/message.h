/* message.h - what went wrong in one sentence. */
#ifndef SX_MESSAGE_H
#define SX_MESSAGE_H

#include "base/buf.h"
#include "sched/runtime.h"

typedef struct SxMessageAsk {
    sx_val class, reason;
    sx_val top;         /* innermost frame #(module name args-or-arity location), or SX_NONE */
    const char *cause;  /* which argument was wrong, as the primitive said it; NULL or empty: it said nothing */
    sx_val server;      /* the exception was a server's that was called: its name or pid, else SX_NONE */
    bool erlang;        /* values are shown as Erlang writes them */
} SxMessageAsk;

/* The sentence; kind (a word) goes to kind[n_kind]. */
void sx_message_of(SxBuf *out, char *kind, size_t n_kind, const SxMessageAsk *ask);

#endif
