/* test_judge.h - what came of a test against what it should give: passed, failed or skipped, and why. */
#ifndef SX_TEST_JUDGE_H
#define SX_TEST_JUDGE_H

#include "cli/test_diff.h"
#include "cli/test_expect.h"
#include "cli/test_options.h"

/* Fill r (zeroed by the caller) from a run. With o->update, where only output differs, its expectations are rewritten instead. */
void sx_test_judge(SxTestResult *r, const SxTest *t, const SxTestRun *run, const SxTestOptions *o);
/* A test that its own comments skip is not run. True: it is, and r says so. */
bool sx_test_judge_skip(SxTestResult *r, const SxTest *t);
void sx_test_result_deinit(SxTestResult *r);

#endif
