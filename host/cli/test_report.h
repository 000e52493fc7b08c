/* test_report.h - tells what came of the tests: lines for people or TAP 14 as they end, JUnit XML at the end. */
#ifndef SX_TEST_REPORT_H
#define SX_TEST_REPORT_H

#include "cli/test_options.h"
#include "cli/test.h"

typedef struct SxTestReport {
    const SxTestOptions *o;
    int n_planned;
    int passed, failed, skipped, known;
    SxBuf junit; /* the cases so far */
    double seconds;
} SxTestReport;

void sx_test_report_start(SxTestReport *rep, const SxTestOptions *o, int n_planned);
/* kept: the test's folder that was left, or NULL. */
void sx_test_report_add(SxTestReport *rep, const SxTestResult *r, const char *kept);
/* The closing line, and the XML file. `stopped`: why not all were run, or NULL. False: the file cannot be written (it was said),
 * a test failed, or none was run. */
bool sx_test_report_end(SxTestReport *rep, const char *stopped);

#endif
