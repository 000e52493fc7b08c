/* print.h - values as SX text that reads back: [1 2], #(:ok 1), {:a 1}, "text", :name; what cannot be read back as #<...>.
 * And as Erlang text (io_lib:format("~0tp")). Iterative. `max_bytes` bounds out->len: what would
 * pass it is cut off between characters and "..." stands in its place (SIZE_MAX: no bound). */
#ifndef SX_PRINT_H
#define SX_PRINT_H

#include "base/buf.h"
#include "value/term.h"

/* Atoms print as :name or :"odd name"; true false nil as they are; symbols by their name. */
void sx_print(SxBuf *out, sx_val v, size_t max_bytes);
void sx_print_erlang(SxBuf *out, sx_val v, size_t max_bytes); /* ~0tp */
void sx_print_erlang_write(SxBuf *out, sx_val v, size_t max_bytes); /* ~0w: lists of integers and binaries as numbers */
void sx_print_string(SxBuf *out, const char *utf8, size_t n_bytes); /* quoted and escaped as SX */
void sx_print_atom_erlang(SxBuf *out, sx_val atom);           /* quoted when needed */

/* How a closure shows itself: set by the code layer, as this one does not know functions. */
extern void (*sx_print_closure)(SxBuf *out, sx_val closure, bool erlang);

#endif
