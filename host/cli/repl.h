/* repl.h - the prompt: GNU readline inside the loop, so that servers go on while a line is edited. One in a program, as
 * readline is one. */
#ifndef SX_REPL_H
#define SX_REPL_H

#include "cli/session.h"
#include "io/lines.h"

/* False: standard input cannot be waited for; it was said. */
bool sx_repl_start(SxSession *session, SxLines *lines);
/* Ctrl-C: ends the evaluation, or clears the line. */
void sx_repl_interrupt(SxSession *session);
/* Give the terminal back as it was. */
void sx_repl_end(void);

#endif
