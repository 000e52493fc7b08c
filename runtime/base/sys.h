/* sys.h - all that the machine asks of the world. The platform (host/sys/posix, host/sys/wasm) implements it.
 * Nothing here blocks: output that finds its writer full is refused, and the caller parks. */
#ifndef SX_SYS_H
#define SX_SYS_H

#include "base/base.h"

struct SxRuntime;

/* Address space for the shared area: `n_bytes` at `wanted` (or anywhere when it is taken), not yet usable. */
void *sx_sys_reserve(void *wanted, size_t n_bytes);
/* Make [at, at + n_bytes) of the reserved range readable and writable, zeroed. False: no memory. */
bool sx_sys_commit(void *at, size_t n_bytes);
/* Show `n_bytes` of the program's own read-only data, which begin at `bytes`, at `at` as well, writable, copied when written to;
 * both and n_bytes are multiples of SX_SYS_PAGE. False: not possible here, nothing has changed. */
#define SX_SYS_PAGE 4096
bool sx_sys_map_own(void *at, const void *bytes, size_t n_bytes);
/* Half of the machine's or the control group's memory, in bytes: what one process may take at most. */
size_t sx_sys_half_memory(void);

int64_t sx_sys_monotonic_ns(void);
int64_t sx_sys_thread_ns(void); /* processor time of this thread, or the monotonic clock where that is not known */
int64_t sx_sys_wall_ns(void);
void sx_sys_random(void *out, size_t n_bytes);

/* Whole file into a fresh allocation (*data, freed by sx_free). 0, or a negative errno. For the loader at boot and the
 * WebAssembly build; programs read files through the host's primitives, which park. */
int sx_sys_read_file(const char *path, char **data, size_t *n_bytes);

/* Hand bytes to the program's output. stream: 1 what programs print, 2 their errors. `epoch`: which command they
 * belong to. Answers false when the writer is full: nothing was taken, try again after parking. */
bool sx_sys_output(struct SxRuntime *rt, int stream, uint64_t epoch, const char *bytes, size_t n_bytes);
/* A line for the person who runs the program (standard error), never refused. */
void sx_sys_log(const char *text, size_t n_bytes);

/* Called from any thread after something was published for a scheduler that may sleep. */
void sx_sys_wake(struct SxRuntime *rt);

#endif
