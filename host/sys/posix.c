/* posix.c - runtime/base/sys.h on a POSIX system: memory, clocks, randomness, whole files.
 * Output and wake-ups belong to the parts that own a queue: io/console.c (sx_sys_output, sx_sys_log) and io/loop.c
 * (sx_sys_wake).
 * INVARIANT: nothing here is called while the program serves, but the clocks and the memory calls: these do not block. */
#include "base/sys.h"
#include "sched/seeded.h"
#include "sys/posix.h"
#include <errno.h>
#include <link.h>
#include <malloc.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <time.h>
#include <unistd.h>

void *sx_sys_reserve(void *wanted, size_t n_bytes)
{
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
#ifdef MAP_FIXED_NOREPLACE
    if (wanted != NULL) {
        void *at = mmap(wanted, n_bytes, PROT_NONE, flags | MAP_FIXED_NOREPLACE, -1, 0);
        if (at != MAP_FAILED && at == wanted) return at;
        if (at != MAP_FAILED) munmap(at, n_bytes); /* a kernel that does not know the flag */
    }
#endif
    void *at = mmap(wanted, n_bytes, PROT_NONE, flags, -1, 0);
    return at == MAP_FAILED ? NULL : at;
}

bool sx_sys_commit(void *at, size_t n_bytes)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t first = (uintptr_t)at & ~(page - 1);
    return mprotect((void *)first, (uintptr_t)at + n_bytes - first, PROT_READ | PROT_WRITE) == 0;
}

/* Where in its file a byte of the program stands. */
typedef struct Place {
    uintptr_t address;
    off_t offset;
} Place;

static int find_place(struct dl_phdr_info *info, __attribute__((unused)) size_t size, void *arg)
{
    Place *place = arg;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        uintptr_t from = info->dlpi_addr + part->p_vaddr;
        if (part->p_type != PT_LOAD || place->address < from || place->address - from >= part->p_filesz) continue;
        place->offset = (off_t)(part->p_offset + (place->address - from));
        return 1;
    }
    return -1; /* the program itself comes first, and it is nowhere else */
}

bool sx_sys_map_own(void *at, const void *bytes, size_t n_bytes)
{
    Place place = {.address = (uintptr_t)bytes};
    if (dl_iterate_phdr(find_place, &place) != 1 || place.offset % sysconf(_SC_PAGESIZE) != 0) return false;
    int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return false;
    void *mapped = mmap(at, n_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, fd, place.offset);
    close(fd);
    return mapped != MAP_FAILED;
}

/* ---- memory of the machine or the control group ---- */

/* The number in a small file; `fallback` when there is no file or it says "max". */
static uint64_t number_in_file(const char *path, uint64_t fallback)
{
    char text[64];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return fallback;
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    if (n <= 0) return fallback;
    text[n] = 0;
    char *end;
    unsigned long long number = strtoull(text, &end, 10);
    return end == text ? fallback : (uint64_t)number;
}

/* Least limit of this group and those above it. `group`: its path below root, changed here. */
static uint64_t least_limit(const char *root, const char *file, char *group)
{
    uint64_t least = UINT64_MAX;
    for (;;) {
        char path[1024];
        int n = snprintf(path, sizeof path, "%s%s/%s", root, group, file);
        if (n > 0 && (size_t)n < sizeof path) {
            uint64_t limit = number_in_file(path, UINT64_MAX);
            if (limit < least) least = limit;
        }
        char *slash = strrchr(group, '/');
        if (slash == NULL) return least;
        *slash = 0;
    }
}

/* /proc/self/cgroup has lines "0::/path" (version 2) and "7:memory:/path" (version 1). */
static uint64_t group_memory(void)
{
    char text[4096];
    int fd = open("/proc/self/cgroup", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return UINT64_MAX;
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    uint64_t least = UINT64_MAX;
    if (n <= 0) return least;
    text[n] = 0;
    char *rest = NULL;
    for (char *line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
        char *kinds = strchr(line, ':');
        char *group = kinds == NULL ? NULL : strchr(kinds + 1, ':');
        if (group == NULL) continue;
        *group++ = 0;
        kinds++;
        uint64_t limit = UINT64_MAX;
        if (*kinds == 0) limit = least_limit("/sys/fs/cgroup", "memory.max", group);
        else if (strstr(kinds, "memory") != NULL) limit = least_limit("/sys/fs/cgroup/memory", "memory.limit_in_bytes", group);
        if (limit < least) least = limit;
    }
    return least;
}

size_t sx_sys_half_memory(void)
{
    struct sysinfo info;
    uint64_t machine = (uint64_t)2 << 30;
    if (sysinfo(&info) == 0) machine = (uint64_t)info.totalram * info.mem_unit;
    uint64_t group = group_memory();
    return (size_t)((group < machine ? group : machine) / 2);
}

/* ---- clocks, randomness ---- */

static int64_t clock_ns(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Deterministic mode (io/deterministic.c). The wall clock begins within a second that the seed chooses from, so that what is seeded
 * by the time of day differs from seed to seed. */
#define FIRST_NS ((int64_t)1000000000)
#define FIRST_WALL_NS ((int64_t)1767225600 * 1000000000) /* 2026-01-01 */
static struct {
    bool on;
    int64_t now, wall_offset;
    uint64_t random;
} determined;

void sx_posix_determine(uint64_t seed)
{
    determined.on = true;
    determined.now = FIRST_NS;
    determined.random = seed ^ 0x6A09E667F3BCC909u; /* another sequence than the scheduler's */
    determined.wall_offset = FIRST_WALL_NS + (int64_t)(sx_seeded_next(&determined.random) % 1000000000) - FIRST_NS;
}

void sx_posix_set_clock(int64_t now_ns) { determined.now = now_ns; }

int64_t sx_sys_monotonic_ns(void) { return SX_UNLIKELY(determined.on) ? determined.now : clock_ns(CLOCK_MONOTONIC); }
int64_t sx_sys_thread_ns(void) { return SX_UNLIKELY(determined.on) ? determined.now : clock_ns(CLOCK_THREAD_CPUTIME_ID); }
int64_t sx_sys_wall_ns(void) { return SX_UNLIKELY(determined.on) ? determined.now + determined.wall_offset : clock_ns(CLOCK_REALTIME); }

static void determined_bytes(unsigned char *at, size_t n_bytes)
{
    for (size_t i = 0; i < n_bytes; i += 8) {
        uint64_t word = sx_seeded_next(&determined.random);
        memcpy(at + i, &word, n_bytes - i < 8 ? n_bytes - i : 8);
    }
}

void sx_sys_random(void *out, size_t n_bytes)
{
    unsigned char *at = out;
    if (determined.on) {
        determined_bytes(at, n_bytes);
        return;
    }
    while (n_bytes > 0) {
        ssize_t n = getrandom(at, n_bytes, 0);
        if (n < 0 && errno == EINTR) continue;
        SX_CHECK(n > 0);
        at += n;
        n_bytes -= (size_t)n;
    }
}

/* ---- files ---- */

/* Bytes of fd until its end. 0 or a negative errno; *data is a fresh allocation with a NUL behind the bytes. */
static int read_all(int fd, char **data, size_t *n_bytes)
{
    struct stat st;
    if (fstat(fd, &st) != 0) return -errno;
    size_t cap = S_ISREG(st.st_mode) && st.st_size > 0 ? (size_t)st.st_size + 1 : 4096;
    size_t len = 0;
    char *bytes = sx_alloc(cap);
    for (;;) {
        if (len + 1 >= cap) bytes = sx_realloc(bytes, cap *= 2);
        ssize_t n = read(fd, bytes + len, cap - 1 - len);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) {
            int error = -errno;
            sx_free(bytes);
            return error;
        }
        if (n == 0) break;
        len += (size_t)n;
    }
    bytes[len] = 0;
    *data = bytes;
    *n_bytes = len;
    return 0;
}

int sx_sys_read_file(const char *path, char **data, size_t *n_bytes)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return -errno;
    int status = read_all(fd, data, n_bytes);
    close(fd);
    return status;
}

/* Collections free and take blocks of many megabytes in turn: keep such memory rather than fault it in anew each time. */
#define KEEP_BYTES (256 << 20)
#define MMAP_FROM_BYTES (64 << 20)
void sx_posix_tune_malloc(void)
{
    mallopt(M_TRIM_THRESHOLD, KEEP_BYTES);
    mallopt(M_MMAP_THRESHOLD, MMAP_FROM_BYTES);
}
