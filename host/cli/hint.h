/* hint.h - what was probably meant. A hint is given only when it is near: an edit distance of at most a third of the length,
 * and a thing of the same kind (a function where one is called, a key for a key). */
#ifndef SX_HINT_H
#define SX_HINT_H

#include "base/buf.h"
#include "proc/runtime.h"

typedef struct SxHintAsk {
    const char *kind;      /* of the error: unbound, undef, badkey ... */
    sx_val reason, top;    /* top: innermost frame #(module name args-or-arity location), or SX_NONE */
    const char *source;    /* text in which the error stands, or NULL */
    size_t n_source;
    int line, column;      /* in it */
    bool erlang;           /* it is Erlang */
} SxHintAsk;

/* Append the hint, a sentence without a full stop; nothing when there is none. */
void sx_hint(SxBuf *out, SxRuntime *rt, const SxHintAsk *ask);

#endif
