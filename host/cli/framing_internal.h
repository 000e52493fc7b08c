/* framing_internal.h - what framing.c (where data begin and end) and framing_command.c (what they say) share. */
#ifndef SX_FRAMING_INTERNAL_H
#define SX_FRAMING_INTERNAL_H

#include "cli/framing.h"

typedef enum SxCommandStart {
    SX_START_NONE,
    SX_START_MAYBE,   /* too few bytes to tell */
    SX_START_EPOCH,   /* (epoch N) */
    SX_START_COMMAND, /* (load "  (eval "  (quit)  (quit N) */
    SX_START_CONTROL  /* (ping) (describe) (processes) (interrupt N) */
} SxCommandStart;

#define SX_START_BYTES 64 /* in which the start of a command must show */
/* Does a command begin with this `(`? *n_bytes: how long a control command is. */
SxCommandStart sx_command_start(const char *text, size_t n, size_t *n_bytes);

typedef enum SxDatum { SX_DATUM_FRAME, SX_DATUM_EPOCH /* number: the label */, SX_DATUM_NOTHING /* skipped by #; */ } SxDatum;

/* What the datum `text` says: into *out, whose place and epoch are set; an ERROR when it is no command. */
SxDatum sx_command_decode(const char *text, size_t n, SxFrame *out);
/* Make *out an ERROR of this line and column. */
void sx_command_error(SxFrame *out, int line, int column, const char *format, ...) SX_PRINTF(4, 5);

SX_INLINE bool sx_frame_blank(int c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

#endif
