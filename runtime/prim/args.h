/* args.h - what primitives share: the scheduler they run on, reading arguments, walking lists.
 * Readers answer false on a wrong type and leave raising to the primitive, which knows what it should have been. */
#ifndef SX_PRIM_ARGS_H
#define SX_PRIM_ARGS_H

#include "code/prim.h"
#include "sched/runtime.h"
#include "value/bits.h"
#include "value/compare.h"
#include "value/map.h"
#include "value/num.h"
#include "vm/vm.h"

#define SX_PRIM_SLICE 2000 /* elements that a resumable primitive works off between two looks at its budget */

SX_INLINE SxSched *sx_sched(SxProc *p) { return &p->rt->sched; }
SX_INLINE bool sx_given(sx_val v) { return v != SX_NONE; }

/* Elements of a proper list; -1 when v is none. Charges a little for its length. */
int64_t sx_list_length(SxProc *p, sx_val v);
/* The n elements of a proper list into out (at most max). -1: no proper list, or longer. */
int sx_list_values(sx_val list, sx_val *out, int max);
/* Text of an atom or binary into *text; false for anything else. The bytes stay valid until the next safe point. */
bool sx_arg_text(sx_val v, const char **text, size_t *n_bytes);
/* Reverse `list` onto `tail`. */
sx_val sx_list_onto(SxHeap *h, sx_val list, sx_val tail);
/* Flatten iodata (binaries, byte integers, lists of them) or, with `chars`, chardata (integers are code points) into out.
 * False: it is something else. Iterative. */
struct SxBuf;
bool sx_flatten_text(sx_val data, bool chars, struct SxBuf *out);

#endif
