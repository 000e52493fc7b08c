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

/* The same with a pause: sx_print_begin, sx_print_on until it answers true, sx_print_end. A pause comes at the first chance after
 * out->len has passed pause_len, and before a leaf that takes long by itself; the value must not move meanwhile. */
typedef enum SxPrintForm { SX_PRINT_SX, SX_PRINT_ERLANG, SX_PRINT_ERLANG_WRITE } SxPrintForm;
struct SxPrintFrame;
struct SxPrintStyle;
typedef struct SxPrinting {
    struct SxPrintFrame *stack;
    size_t depth, cap, max_bytes;
    sx_val v;                     /* begins the next turn; SX_NONE: the innermost frame does */
    const struct SxPrintStyle *style;
} SxPrinting;
void sx_print_begin(SxPrinting *w, const SxBuf *out, sx_val v, size_t max_bytes, SxPrintForm form);
bool sx_print_on(SxPrinting *w, SxBuf *out, size_t pause_len);
void sx_print_end(SxPrinting *w);

/* How a closure shows itself: set by the code layer, as this one does not know functions. */
extern void (*sx_print_closure)(SxBuf *out, sx_val closure, bool erlang);

#endif
