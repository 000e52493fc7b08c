/* print_walk.h - what the two languages' printers share: print.c walks a value with an explicit stack, a style says how it
 * looks. Included by print.c and print_erlang.c only. */
#ifndef SX_PRINT_WALK_H
#define SX_PRINT_WALK_H

#include "value/print.h"

typedef struct SxPrintStyle {
    const char *list_open, *list_between, *list_tail, *list_close;
    const char *tuple_open, *tuple_between, *tuple_close;
    const char *map_open, *map_arrow, *map_between, *map_close;
    /* Print v and answer true, or answer false when it is a list, tuple or map to be walked. May stop early once `max_bytes`
     * are passed: what is too much is cut off. */
    bool (*print_leaf)(SxBuf *out, sx_val v, size_t max_bytes);
} SxPrintStyle;

extern const SxPrintStyle sx_print_pretty, sx_print_as_written; /* print_erlang.c's */

/* Print v; when out->len would pass max_bytes, cut there and add "...". */
void sx_print_walk(SxBuf *out, sx_val v, size_t max_bytes, const SxPrintStyle *style);
/* An integer, or only its size where the digits would not fit. */
void sx_print_integer(SxBuf *out, sx_val v, size_t max_bytes);
/* "0.SLOT.SERIAL" of a pid; "0.SLOT.HIGH.LOW" of a reference. */
void sx_print_pid_numbers(SxBuf *out, sx_val pid);
void sx_print_ref_numbers(SxBuf *out, sx_val ref);

#endif
