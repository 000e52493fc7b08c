/* lines.h - lines of standard input for programs: (read-line), io:get_line.
 * Owns who waits for one. Where lines come from is a source's matter: the protocol's stream, or (here) the input itself. */
#ifndef SX_LINES_H
#define SX_LINES_H

#include "base/buf.h"
#include "io/input.h"
#include "io/loop.h"

typedef enum SxLineStatus { SX_LINE_TAKEN, SX_LINE_NONE /* not yet */, SX_LINE_END } SxLineStatus;

typedef struct SxLines {
    SxLoop *loop;
    /* Take the next line with its newline (the last one may have none). NONE: it will call sx_lines_look when there is one */
    SxLineStatus (*take)(void *source, SxBuf *line);
    void *source;
    sx_val *waiting; /* pids */
    size_t n_waiting, cap_waiting;
    /* the plain source */
    SxInput *input;
    SxBuf ahead;     /* bytes of the input that are no whole line yet, or not asked for */
    size_t at;       /* taken up to here */
} SxLines;

void sx_lines_init(SxLines *l, SxLoop *loop, SxLineStatus (*take)(void *source, SxBuf *line), void *source);
/* Lines straight from descriptor 0, which is read only while somebody waits. */
void sx_lines_init_plain(SxLines *l, SxLoop *loop);
/* Something may have come: whoever waits looks again. */
void sx_lines_look(SxLines *l);
SX_INLINE bool sx_lines_wanted(const SxLines *l) { return l->n_waiting > 0; }
/* The next prompt wants the terminal for itself: nobody waits any more (who did is woken, and may ask again). */
void sx_lines_rest(SxLines *l);

extern const struct SxPrim *const sx_prims_lines[];

#endif
