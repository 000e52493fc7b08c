/* test_main.c - `sxhost test`: from the command line to the closing line. Owns the folder of a run and what tests see of it. */
#include "cli/test_judge.h"
#include "cli/test_pool.h"
#include "cli/test_report.h"
#include "io/lookup.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define LIBRARY "lib/test/host.sh" /* what SXHOST_TEST_LIB names, among the program's own files */
#define PATH_BYTES 4096

typedef struct Run {
    SxTestOptions o;
    SxTestList list;
    SxTestReport report;
    char program[PATH_BYTES], folder[PATH_BYTES];
    bool kept; /* a test's folder was left */
} Run;

static bool complain(const char *what, const char *why)
{
    fprintf(stderr, "sxhost test: %s: %s\n", what, why);
    return false;
}

static bool write_library(const char *path)
{
    const SxBootFile *file = sx_boot_file(LIBRARY, sizeof LIBRARY - 1);
    if (file == NULL) return complain(LIBRARY, "not in this program");
    FILE *f = fopen(path, "wb");
    bool ok = f != NULL && fwrite(file->bytes, 1, file->n_bytes, f) == file->n_bytes;
    if (f != NULL && fclose(f) != 0) ok = false;
    return ok || complain(path, strerror(errno));
}

/* The folder of the run, the library in it, and the words that tests find in their environment. */
static bool prepare(Run *run)
{
    const char *tmp = getenv("TMPDIR");
    char library[PATH_BYTES + 16], seed[32], timeout[32];
    snprintf(run->folder, sizeof run->folder, "%s/sxhost-test.XXXXXX", tmp != NULL && tmp[0] == '/' ? tmp : "/tmp");
    if (mkdtemp(run->folder) == NULL) {
        complain(run->folder, strerror(errno));
        run->folder[0] = 0;
        return false;
    }
    ssize_t n = readlink("/proc/self/exe", run->program, sizeof run->program - 1);
    if (n < 0) return complain("/proc/self/exe", strerror(errno));
    run->program[n] = 0;
    snprintf(library, sizeof library, "%s/host.sh", run->folder);
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)run->o.seed);
    snprintf(timeout, sizeof timeout, "%lld", (long long)(run->o.timeout_ms + 999) / 1000);
    setenv("SXHOST", run->program, 1);
    setenv("TEST_TIMEOUT", timeout, 1);
    setenv("SXHOST_TEST_LIB", library, 1);
    if (run->o.seeded) setenv("TEST_SEED", seed, 1);
    return write_library(library);
}

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
    if (!prepare(run)) return 1;
    sx_test_find(&run->list, &run->o);
    sx_test_report_start(&run->report, &run->o, run->list.n);
    skip_some(run);
    SxTestPool pool = {&run->o, run->program, run->folder, ended, run};
    int number = sx_test_pool_run(&pool, &run->list);
    int told = run->report.passed + run->report.failed + run->report.skipped;
    const char *stopped = number != 0 ? "stopped by a signal" : told < run->report.n_planned ? "stopped at the first failure" : NULL;
    bool ok = sx_test_report_end(&run->report, stopped);
    return number != 0 ? 128 + number : ok ? 0 : 1;
}

int sx_test_main(int argc, char **argv)
{
    Run *run = sx_alloc_zero(sizeof *run);
    SxBuf why = SX_BUF_INIT;
    int code = 0;
    if (!sx_test_options_parse(&run->o, argc, argv, &why)) {
        fprintf(stderr, "sxhost test: %.*s\n(sxhost test --help says more)\n", (int)why.len, why.data);
        code = 2;
    } else if (run->o.help) code = fputs(sx_test_options_help, stdout) >= 0 && fflush(stdout) == 0 ? 0 : 1;
    else {
        code = run_tests(run);
        char library[PATH_BYTES + 16];
        snprintf(library, sizeof library, "%s/host.sh", run->folder);
        if (run->kept) unlink(library);
        else if (run->folder[0] != 0) sx_test_remove(run->folder);
    }
    sx_buf_deinit(&why);
    sx_test_list_deinit(&run->list);
    sx_test_options_deinit(&run->o);
    sx_free(run);
    return code;
}
