/* test_diff.h - two runs of lines beside each other: the fewest lines that must go and come. Pure. */
#ifndef SX_TEST_DIFF_H
#define SX_TEST_DIFF_H

#include "cli/test_expect.h"

/* One row: line `wanted` (or -1) beside line `got` (or -1); both: they match. Rows keep both orders. */
typedef struct SxTestRow {
    int wanted, got;
} SxTestRow;

typedef struct SxTestDiff {
    SxTestRow *rows;
    int n;
    bool differs;
} SxTestDiff;

/* dir: what <DIR> stands for. */
void sx_test_diff(SxTestDiff *d, const SxTestLines *wanted, const SxTestLines *got, const char *dir);
void sx_test_diff_deinit(SxTestDiff *d);
/* For people: rows that differ with some that match around them, each with its line numbers. */
void sx_test_diff_add(SxBuf *out, const SxTestDiff *d, const SxTestLines *wanted, const SxTestLines *got);

#endif
