/* test_update.h - writes what came where a test says what should come. */
#ifndef SX_TEST_UPDATE_H
#define SX_TEST_UPDATE_H

#include "cli/test_diff.h"
#include "cli/test_expect.h"

/* Rewrite the expectations of one stream by its diff: lines that match stay as they are, volatile text in new ones becomes
 * <PID> and so on. False: errno says why not. */
bool sx_test_update(const SxTest *t, const SxTestExpected *x, const char *word, const SxTestDiff *d, const SxTestLines *got, const char *dir);

#endif
