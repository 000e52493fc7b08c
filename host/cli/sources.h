/* sources.h - the texts that were run not long ago, by the name under which they were compiled: for the line that an error
 * report shows. Bounded in number and bytes, so a session may go on for ever; the oldest go first. Reading a file again would
 * park, which a report cannot, and the file may have changed. */
#ifndef SX_SOURCES_H
#define SX_SOURCES_H

#include "proc/runtime.h"

/* Keep a copy of the text that is run as `file`, in Erlang or in SX. Several may have one name (the evaluations of one epoch). */
void sx_sources_keep(SxRuntime *rt, const char *file, const char *text, size_t n_bytes, bool erlang);

/* The text of `file` in which line:column of `function` (NULL or empty: not known) is most likely, the newest of those; else
 * the boot file of that name. *erlang: it was kept as Erlang. NULL when none is kept. Valid until the next one is kept. */
const char *sx_sources_find(SxRuntime *rt, const char *file, int line, int column, const char *function, size_t *n_bytes, bool *erlang);

/* Where line `line`, from 1 on, of a text begins and how many bytes it has, its end not counted. False: there is none. */
bool sx_sources_line(const char *text, size_t n_bytes, int line, size_t *at, size_t *n_line);

#endif
