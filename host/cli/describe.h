/* describe.h - what the program tells of itself: description, process table, the dump on SIGQUIT.
 * Looks at processes from outside, between two steps, and changes nothing. */
#ifndef SX_DESCRIBE_H
#define SX_DESCRIBE_H

#include "base/buf.h"
#include "sched/runtime.h"

#define SX_PROTOCOL 1

/* {:name "sxhost" :version ... :limits {...} :counters {...}}; `more` is put into :limits (may be ""). */
void sx_describe(SxRuntime *rt, SxBuf *out, const char *more_limits);
/* [{:pid "<0.1.0>" :status :waiting ...} ...] */
void sx_describe_processes(SxRuntime *rt, SxBuf *out);
/* For people: a line for each process, with where it is. */
void sx_describe_dump(SxRuntime *rt, SxBuf *out);

#endif
