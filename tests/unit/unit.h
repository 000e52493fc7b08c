/* unit.h - the little that a unit test in C needs. A test is a program: main calls functions that CHECK, then returns
 * unit_end(). Every failure is shown with its place and none stops the run; having checked nothing is a failure. */
#ifndef UNIT_H
#define UNIT_H

#include <inttypes.h>
#include <stdio.h>

static long unit_passed, unit_failed;

#define CHECK(c) unit_check((c), __FILE__, __LINE__, #c)
#define CHECK_EQ(a, b) unit_check_eq((uint64_t)(a), (uint64_t)(b), __FILE__, __LINE__, #a " == " #b)

static inline void unit_check(int ok, const char *file, int line, const char *what)
{
    if (ok) unit_passed++;
    else if (++unit_failed <= 50) printf("%s:%d: failed: %s\n", file, line, what);
}

static inline void unit_check_eq(uint64_t a, uint64_t b, const char *file, int line, const char *what)
{
    if (a == b) unit_passed++;
    else if (++unit_failed <= 50) printf("%s:%d: failed: %s (%" PRIu64 " and %" PRIu64 ")\n", file, line, what, a, b);
}

static inline int unit_end(void)
{
    printf("%ld passed, %ld failed\n", unit_passed, unit_failed);
    return unit_failed > 0 || unit_passed == 0;
}

/* A small generator (xorshift), so that a run can be repeated. */
static inline uint64_t unit_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

#endif
