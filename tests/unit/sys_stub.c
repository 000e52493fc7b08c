/* sys_stub.c - a platform for unit tests: memory from mmap, time that stands still unless a test moves it, a log on standard error. */
#include "base/sys.h"
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>

void *sx_sys_reserve(void *wanted, size_t n_bytes)
{
    void *at = mmap(wanted, n_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return at == MAP_FAILED ? NULL : at;
}

bool sx_sys_map_own(void *at, const void *bytes, size_t n_bytes)
{
    (void)at, (void)bytes, (void)n_bytes;
    return false;
}
bool sx_sys_commit(void *at, size_t n_bytes) { return mprotect(at, n_bytes, PROT_READ | PROT_WRITE) == 0; }
size_t sx_sys_half_memory(void) { return (size_t)1 << 30; }
int64_t sys_stub_tick; /* ns that each look at the clock takes */
int64_t sx_sys_monotonic_ns(void)
{
    static int64_t now = 1000000000;
    return now += sys_stub_tick;
}
int64_t sx_sys_thread_ns(void) { return sx_sys_monotonic_ns(); }
int64_t sx_sys_wall_ns(void) { return 1700000000000000000; }
void sx_sys_random(void *out, size_t n_bytes) { memset(out, 42, n_bytes); }
int sx_sys_read_file(const char *path, char **data, size_t *n_bytes) { (void)path, (void)data, (void)n_bytes; return -2; }

bool sx_sys_output(struct SxRuntime *rt, int stream, uint64_t epoch, const char *bytes, size_t n_bytes)
{
    (void)rt, (void)stream, (void)epoch;
    return fwrite(bytes, 1, n_bytes, stdout) == n_bytes;
}

void sx_sys_log(const char *text, size_t n_bytes) { fwrite(text, 1, n_bytes, stderr); }
atomic_int sys_stub_wakes; /* calls since a test looked */
void sx_sys_wake(struct SxRuntime *rt)
{
    (void)rt;
    atomic_fetch_add(&sys_stub_wakes, 1);
}
