/* test_main.c - `sxhost test`: from the command line to the closing line. */
#include "cli/test_judge.h"
#include "cli/test_place.h"
#include "cli/test_pool.h"
#include "cli/test_report.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct Run {
    SxTestOptions o;
    SxTestList list;
    SxTestReport report;
    SxTestPlace place;
    bool kept; /* a test's folder was left */
} Run;

static bool ended(void *arg, const SxTest *t, SxTestRun *test_run)
{
    Run *run = arg;
    SxTestResult r = {0};
    sx_test_judge(&r, t, test_run, &run->o);
    bool failed = r.outcome == SX_TEST_FAILED, keep = failed && run->o.keep && t->kind != SX_TEST_NONE;
    sx_test_report_add(&run->report, &r, keep ? test_run->dir : NULL);
    if (keep) {
        run->kept = true;
        test_run->dir = NULL;
    }
    sx_test_result_deinit(&r);
    return !failed || !run->o.fail_fast;
}

/* Those that skip themselves by a comment are told at once and leave the list. */
static void skip_some(Run *run)
{
    int n = 0;
    for (int i = 0; i < run->list.n; i++) {
        SxTestResult r = {0};
        SxTest t = run->list.at[i];
        if (t.kind != SX_TEST_NONE && sx_test_judge_skip(&r, &t)) {
            sx_test_report_add(&run->report, &r, NULL);
            free(t.path);
            free(t.full);
        } else run->list.at[n++] = t;
        sx_test_result_deinit(&r);
    }
    run->list.n = n;
}

static int run_tests(Run *run)
{
    signal(SIGPIPE, SIG_IGN); /* a reader that leaves does not leave the tests behind */
    if (!sx_test_place_make(&run->place, &run->o)) return 1;
    sx_test_find(&run->list, &run->o);
    sx_test_report_start(&run->report, &run->o, run->list.n);
    skip_some(run);
    SxTestPool pool = {&run->o, run->place.program, run->place.folder, ended, run};
    int number = sx_test_pool_run(&pool, &run->list);
    int told = run->report.passed + run->report.failed + run->report.skipped;
    const char *stopped = number != 0 ? "stopped by a signal" : told < run->report.n_planned ? "stopped at the first failure" : NULL;
    bool ok = sx_test_report_end(&run->report, stopped);
    return number != 0 ? 128 + number : ok ? 0 : 1;
}

static bool print_help(void)
{
    SxBuf words = SX_BUF_INIT;
    sx_test_place_add_words(&words);
    bool ok = printf("%s\n%.*s", sx_test_options_help, (int)words.len, words.data) >= 0 && fflush(stdout) == 0;
    sx_buf_deinit(&words);
    return ok;
}

int sx_test_main(int argc, char **argv)
{
    Run *run = sx_alloc_zero(sizeof *run);
    SxBuf why = SX_BUF_INIT;
    int code = 0;
    if (!sx_test_options_parse(&run->o, argc, argv, &why)) {
        fprintf(stderr, "sxhost test: %.*s\n(sxhost test --help says more)\n", (int)why.len, why.data);
        code = 2;
    } else if (run->o.help) code = print_help() ? 0 : 1;
    else {
        code = run_tests(run);
        sx_test_place_leave(&run->place, run->kept);
    }
    sx_buf_deinit(&why);
    sx_test_list_deinit(&run->list);
    sx_test_options_deinit(&run->o);
    sx_free(run);
    return code;
}
