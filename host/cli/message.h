/* message.h - what went wrong in one sentence, and what was probably meant. */
#ifndef SX_MESSAGE_H
#define SX_MESSAGE_H

#include "base/buf.h"
#include "sched/runtime.h"

/* The sentence for `reason`, raised with `class`; `top` is the innermost frame #(module name args-or-arity location), or
 * SX_NONE. Kind (a word) goes to kind[n_kind]. */
void sx_message_of(SxBuf *out, char *kind, size_t n_kind, SxRuntime *rt, sx_val class, sx_val reason, sx_val top);
/* A defined name near to the unbound one, or false: edit distance at most a third of its length. */
bool sx_message_near_name(const SxCode *code, sx_val unbound, SxBuf *out);

#endif
