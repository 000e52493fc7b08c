/* crash.h - the report of a process that crashed: what happened (report.h), and what the process was: how it began, its last
 * message, its state, its ancestors, who was waiting for it. Never over SX_CRASH_BYTES, however large the state. */
#ifndef SX_CRASH_H
#define SX_CRASH_H

#include "cli/report.h"

#define SX_CRASH_BYTES 4000

/* Append the report of an exception in `p`. details: a list of #(name value), shown in that order behind what is known of any
 * process; [] when there is nothing more. */
void sx_crash_text(SxBuf *out, SxProc *p, sx_val class, sx_val reason, sx_val stack, sx_val details, bool colour);

#endif
