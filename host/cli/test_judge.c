/* test_judge.c - see test_judge.h. Exit status, standard output and standard error are compared apart, and all that is wrong is
 * told. Only differing output can be updated: a crash, a hang, a stray process or a wrong status is never made right by it. */
#include "cli/test_judge.h"
#include "cli/test_update.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

#define SHOWN_BYTES 65536 /* of a stream that is shown as it is */
#define FLOOD_BYTES 1000  /* of one that had no end */
#define SKIP_WORD "skip: "
#define KNOWN_WORD "known "

static void wrong(SxTestResult *r, const char *format, ...) SX_PRINTF(2, 3);
static void wrong(SxTestResult *r, const char *format, ...)
{
    va_list args;
    if (r->why.len > 0) sx_buf_add_str(&r->why, "; ");
    va_start(args, format);
    sx_buf_addv(&r->why, format, args);
    va_end(args);
    r->outcome = SX_TEST_FAILED;
}

/* The end of a text, from the beginning of a line. */
static void add_tail(SxTestResult *r, const char *title, const SxBuf *text)
{
    size_t most = text->len < SX_TEST_MAX_OUTPUT_BYTES ? SHOWN_BYTES : FLOOD_BYTES, from = text->len > most ? text->len - most : 0;
    if (text->len == 0) return;
    while (from > 0 && from < text->len && text->data[from - 1] != '\n') from++;
    if (title[0] != 0) sx_buf_addf(&r->details, "%s%s\n", title, from > 0 ? " (its end)" : "");
    sx_buf_add(&r->details, text->data + from, text->len - from);
    if (text->data[text->len - 1] != '\n') sx_buf_add_char(&r->details, '\n');
}

/* ---- status ---- */

static void judge_status(SxTestResult *r, const SxTestRun *run, int wanted)
{
    int status = run->status, code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    if (WIFSIGNALED(status)) wrong(r, "ended by signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
    else if (code != wanted && code > 128 && code < 128 + 32) wrong(r, "exit status %d, wanted %d (128 + signal %d, %s)", code, wanted, code - 128, strsignal(code - 128));
    else if (code != wanted) wrong(r, "exit status %d, wanted %d", code, wanted);
}

/* ---- output ---- */

/* Compare one stream; where that is not asked for, answer that it is fine. */
static void judge_stream(SxTestResult *r, const SxTest *t, const SxTestExpected *x, const char *name, const char *word, const SxBuf *text, const char *dir, bool update)
{
    if (!x->compared) return;
    SxTestLines got = {0};
    SxTestDiff d;
    sx_test_lines(&got, text->data, text->len);
    sx_test_diff(&d, &x->lines, &got, dir);
    bool newline = x->exact && !d.differs && x->lines.n > 0 && x->lines.unended != got.unended;
    if ((d.differs || newline) && update) {
        if (sx_test_update(t, x, word, &d, &got, dir)) sx_buf_addf(&r->why, "%supdated %s", r->why.len > 0 ? "; " : "", name);
        else wrong(r, "%s cannot be written: %s", x->path, strerror(errno));
    } else if (d.differs) {
        wrong(r, "%s differs", name);
        sx_buf_addf(&r->details, "%s, expected (-, with its line in %s) and printed (+):\n", name, x->path);
        sx_test_diff_add(&r->details, &d, &x->lines, &got);
    } else if (newline) wrong(r, "%s %s a newline at its end, other than %s", name, got.unended ? "lacks" : "has", x->path);
    sx_test_diff_deinit(&d);
    sx_free(got.at);
}

/* ---- skipping ---- */

/* The last line that begins with `skip: `. */
static bool find_reason(const SxBuf *text, SxTestLine *reason)
{
    SxTestLines lines = {0};
    bool found = false;
    size_t n_word = sizeof SKIP_WORD - 1;
    sx_test_lines(&lines, text->data, text->len);
    for (int i = 0; i < lines.n; i++)
        if (lines.at[i].n_bytes > n_word && memcmp(lines.at[i].text, SKIP_WORD, n_word) == 0) {
            *reason = (SxTestLine){lines.at[i].text + n_word, lines.at[i].n_bytes - n_word, i + 1};
            found = true;
        }
    sx_free(lines.at);
    return found;
}

static void skipped(SxTestResult *r, const char *reason, size_t n_bytes)
{
    if (n_bytes == 0) {
        wrong(r, "skipped without a reason");
        return;
    }
    r->outcome = SX_TEST_SKIPPED;
    sx_buf_add(&r->why, reason, n_bytes);
}

static bool skips_itself(SxTestResult *r, const SxTestRun *run)
{
    SxTestLine reason = {NULL, 0, 0};
    if (!WIFEXITED(run->status) || WEXITSTATUS(run->status) != SX_TEST_SKIP_STATUS) return false;
    if (!find_reason(&run->out, &reason)) find_reason(&run->err, &reason);
    skipped(r, reason.text, reason.n_bytes);
    return true;
}

bool sx_test_judge_skip(SxTestResult *r, const SxTest *t)
{
    SxTestExpect e;
    sx_test_expect_read(&e, t);
    bool skip = e.skip != NULL;
    if (skip) {
        r->test = t;
        skipped(r, e.skip, e.n_skip);
    }
    sx_test_expect_deinit(&e);
    return skip;
}

/* ---- cases that are known to fail ---- */

static void take_known(SxTestResult *r, const SxBuf *text)
{
    SxTestLines lines = {0};
    sx_test_lines(&lines, text->data, text->len);
    for (int i = 0; i < lines.n; i++)
        if (lines.at[i].n_bytes > sizeof KNOWN_WORD - 1 && memcmp(lines.at[i].text, KNOWN_WORD, sizeof KNOWN_WORD - 1) == 0) {
            sx_buf_add(&r->known, lines.at[i].text, lines.at[i].n_bytes);
            sx_buf_add_char(&r->known, '\n');
            r->n_known++;
        }
    sx_free(lines.at);
}

/* ---- all of it ---- */

static void judge_end(SxTestResult *r, const SxTestRun *run, int wanted, const SxTestOptions *o)
{
    if (run->late) wrong(r, "no end within the time limit (%g s)", (double)o->timeout_ms / 1000);
    if (run->flooded) wrong(r, "printed more than %zu MiB", SX_TEST_MAX_OUTPUT_BYTES >> 20);
    if (run->n_strays > 0) wrong(r, "left %d process%s running", run->n_strays, run->n_strays == 1 ? "" : "es");
    if (!run->late && !run->flooded) judge_status(r, run, wanted);
}

void sx_test_judge(SxTestResult *r, const SxTest *t, const SxTestRun *run, const SxTestOptions *o)
{
    SxTestExpect e;
    r->test = t;
    r->seconds = run->seconds;
    if (t->kind == SX_TEST_NONE) {
        wrong(r, "%s", t->wrong);
        return;
    }
    sx_test_expect_read(&e, t);
    bool by_itself = !run->late && !run->flooded;
    if (!by_itself) e.out.compared = e.err.compared = false; /* the host's table is in there; all is shown as it came */
    if (!by_itself || run->n_strays > 0 || e.status == SX_TEST_SKIP_STATUS || !skips_itself(r, run)) {
        judge_end(r, run, e.status, o);
        bool may_update = o->update && r->outcome == SX_TEST_PASSED;
        judge_stream(r, t, &e.out, "standard output", "expect", &run->out, run->dir, may_update);
        judge_stream(r, t, &e.err, "standard error", "stderr", &run->err, run->dir, may_update);
        if (t->kind == SX_TEST_CASES) take_known(r, &run->out);
    }
    if (r->outcome == SX_TEST_FAILED || o->verbose) {
        add_tail(r, "", &run->notes);
        if (!e.out.compared) add_tail(r, "standard output:", &run->out);
        if (!e.err.compared) add_tail(r, "standard error:", &run->err);
    }
    sx_test_expect_deinit(&e);
}

void sx_test_result_deinit(SxTestResult *r)
{
    sx_buf_deinit(&r->why);
    sx_buf_deinit(&r->details);
    sx_buf_deinit(&r->known);
}
