/* base.c - memory that never answers NULL, the end of the program when something is wrong with it, and a plain hash.
 * Owns nothing; malloc does. Messages leave through sx_sys_log, so this file needs no stream of its own.
 * INVARIANT: no function here returns after a failure. */
#include "base/base.h"
#include "base/sys.h"
#include <stdio.h>
#include <stdlib.h>

static SX_NORETURN void end_with(const char *message)
{
    sx_sys_log(message, strlen(message));
    abort();
}

void sx_fail(const char *file, int line, const char *what)
{
    char message[512];
    snprintf(message, sizeof message, "sxhost: bug at %s:%d: %s\n", file, line, what);
    end_with(message);
}

static SX_NORETURN SX_NOINLINE void out_of_memory(size_t n_bytes)
{
    char message[96];
    snprintf(message, sizeof message, "sxhost: the machine has no memory left (%zu bytes were asked for)\n", n_bytes);
    end_with(message);
}

void *sx_alloc(size_t n_bytes)
{
    void *p = malloc(n_bytes ? n_bytes : 1);
    if (SX_UNLIKELY(!p)) out_of_memory(n_bytes);
    return p;
}

void *sx_alloc_zero(size_t n_bytes)
{
    void *p = calloc(n_bytes ? n_bytes : 1, 1);
    if (SX_UNLIKELY(!p)) out_of_memory(n_bytes);
    return p;
}

void *sx_realloc(void *old, size_t n_bytes)
{
    void *p = realloc(old, n_bytes ? n_bytes : 1);
    if (SX_UNLIKELY(!p)) out_of_memory(n_bytes);
    return p;
}

void sx_free(void *p) { free(p); }

uint64_t sx_hash_bytes(const void *bytes, size_t n_bytes)
{
    const unsigned char *s = bytes;
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < n_bytes; i++) hash = (hash ^ s[i]) * 0x100000001b3u;
    return hash;
}
