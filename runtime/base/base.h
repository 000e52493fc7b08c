/* base.h - what every file of the machine includes: fixed types, assertions, memory.
 * Owns the rule for failure: a bug in the program aborts with file, line and expression (SX_CHECK always, SX_ASSERT in
 * debug flavours); memory that the machine itself cannot give ends the program with a message. Limits of a process are
 * checked before memory is asked for (see heap.h), so neither is reachable from outside. */
#ifndef SX_BASE_H
#define SX_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define SX_LIKELY(x) __builtin_expect(!!(x), 1)
#define SX_UNLIKELY(x) __builtin_expect(!!(x), 0)
#define SX_NOINLINE __attribute__((noinline))
#define SX_INLINE static inline __attribute__((always_inline))
#define SX_PRINTF(f, a) __attribute__((format(printf, f, a)))
#define SX_NORETURN __attribute__((noreturn))
#define SX_COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define SX_CONTAINER(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

/* Print the message and abort. */
SX_NORETURN void sx_fail(const char *file, int line, const char *what);

#define SX_CHECK(c) (SX_LIKELY(c) ? (void)0 : sx_fail(__FILE__, __LINE__, #c))
#ifdef SX_DEBUG
#define SX_ASSERT(c) SX_CHECK(c)
#else
#define SX_ASSERT(c) ((void)0)
#endif

/* malloc and friends that never answer NULL. Zero bytes give a pointer that may be freed. */
void *sx_alloc(size_t n_bytes);
void *sx_alloc_zero(size_t n_bytes);
void *sx_realloc(void *old, size_t n_bytes);
void sx_free(void *p);

/* FNV-1a over bytes: for atoms, file contents and names. Not seeded; never over what a stranger chooses. */
uint64_t sx_hash_bytes(const void *bytes, size_t n_bytes);

#endif
