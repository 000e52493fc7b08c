/* test_report.c - see test_report.h. What tests print is bytes of any kind: in TAP and XML, what is no text is replaced. */
#include "cli/test_report.h"
#include "base/utf8.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static void out(const SxBuf *text)
{
    if (text->len > 0) fwrite(text->data, 1, text->len, stdout);
    fflush(stdout);
}

/* Each line of text behind `indent`. */
static void add_indented(SxBuf *to, const char *indent, const SxBuf *text)
{
    for (size_t at = 0; at < text->len;) {
        const char *newline = memchr(text->data + at, '\n', text->len - at);
        size_t end = newline == NULL ? text->len : (size_t)(newline - text->data);
        sx_buf_add_str(to, indent);
        sx_buf_add(to, text->data + at, end - at);
        sx_buf_add_char(to, '\n');
        at = end + 1;
    }
}

static void add_name(SxBuf *to, const SxTestResult *r, const SxTestOptions *o)
{
    sx_buf_add_str(to, r->test->path);
    if (o->repeat > 1) sx_buf_addf(to, " (%d of %d)", r->test->round, o->repeat);
}

/* Text alone: what is no character, or one that XML or YAML cannot hold, becomes ?. xml: with its entities. */
static void add_clean(SxBuf *to, const char *text, size_t n_bytes, bool xml)
{
    for (size_t at = 0; at < n_bytes;) {
        uint32_t c = 0;
        int n = sx_utf8_decode((const unsigned char *)text + at, n_bytes - at, &c);
        bool ok = n > 0 && (c >= ' ' || c == '\n' || c == '\t') && c != 0x7f && (c < 0x80 || c > 0x9f) && (c & 0xfffe) != 0xfffe;
        if (!ok) sx_buf_add_char(to, '?');
        else if (xml && c == '<') sx_buf_add_str(to, "&lt;");
        else if (xml && c == '>') sx_buf_add_str(to, "&gt;");
        else if (xml && c == '&') sx_buf_add_str(to, "&amp;");
        else if (xml && c == '"') sx_buf_add_str(to, "&quot;");
        else sx_buf_add(to, text + at, (size_t)n);
        at += n > 0 ? (size_t)n : 1;
    }
}

/* ---- for people ---- */

static void tell(const SxTestReport *rep, const SxTestResult *r, const char *kept)
{
    SxBuf text = SX_BUF_INIT;
    const char *words[] = {"ok  ", "FAIL", "skip"};
    bool shown = r->outcome != SX_TEST_PASSED || rep->o->verbose || r->why.len > 0;
    if (shown) {
        sx_buf_addf(&text, "%s ", words[r->outcome]);
        add_name(&text, r, rep->o);
        sx_buf_addf(&text, " (%.1f s)", r->seconds);
        if (r->why.len > 0) sx_buf_add_str(&text, ": ");
        sx_buf_add(&text, r->why.data, r->why.len);
        sx_buf_add_char(&text, '\n');
        add_indented(&text, "    ", &r->details);
        if (kept != NULL) sx_buf_addf(&text, "    its folder: %s\n", kept);
    }
    add_indented(&text, "", &r->known);
    out(&text);
    sx_buf_deinit(&text);
}

/* ---- TAP ---- */

static void add_quoted(SxBuf *to, const SxBuf *text) /* as YAML's double quotes want it */
{
    sx_buf_add_char(to, '"');
    for (size_t i = 0; i < text->len; i++) {
        if (text->data[i] == '"' || text->data[i] == '\\') sx_buf_add_char(to, '\\');
        sx_buf_add_char(to, text->data[i] == '\n' ? ' ' : text->data[i]);
    }
    sx_buf_add_char(to, '"');
}

static void tap(const SxTestReport *rep, const SxTestResult *r, const char *kept)
{
    SxBuf text = SX_BUF_INIT, clean = SX_BUF_INIT, name = SX_BUF_INIT;
    add_name(&name, r, rep->o);
    sx_buf_addf(&text, "%s %d - ", r->outcome == SX_TEST_FAILED ? "not ok" : "ok", rep->passed + rep->failed + rep->skipped);
    for (size_t i = 0; i < name.len; i++) {
        if (name.data[i] == '#' || name.data[i] == '\\') sx_buf_add_char(&text, '\\');
        sx_buf_add_char(&text, name.data[i]);
    }
    add_clean(&clean, r->why.data, r->why.len, false);
    if (r->outcome == SX_TEST_SKIPPED) sx_buf_addf(&text, " # SKIP %.*s", (int)clean.len, clean.data);
    sx_buf_add_str(&text, "\n  ---\n");
    if (r->outcome == SX_TEST_FAILED) {
        sx_buf_add_str(&text, "  message: ");
        add_quoted(&text, &clean);
        sx_buf_add_str(&text, "\n  severity: fail\n");
    }
    sx_buf_addf(&text, "  duration_ms: %.0f\n", r->seconds * 1000);
    if (kept != NULL) sx_buf_addf(&text, "  folder: %s\n", kept);
    if (r->details.len > 0) {
        SxBuf details = SX_BUF_INIT;
        add_clean(&details, r->details.data, r->details.len, false);
        sx_buf_add_str(&text, "  details: |\n    of "); /* a first line that begins with no blank says how far the block is indented */
        sx_buf_add(&text, name.data, name.len);
        sx_buf_add_char(&text, '\n');
        add_indented(&text, "    ", &details);
        sx_buf_deinit(&details);
    }
    sx_buf_add_str(&text, "  ...\n");
    add_indented(&text, "# ", &r->known);
    out(&text);
    sx_buf_deinit(&text);
    sx_buf_deinit(&clean);
    sx_buf_deinit(&name);
}

/* ---- JUnit ---- */

static void junit_add(SxTestReport *rep, const SxTestResult *r)
{
    SxBuf *x = &rep->junit, name = SX_BUF_INIT;
    const char *slash = strrchr(r->test->path, '/');
    size_t n_folder = slash == NULL ? 0 : (size_t)(slash - r->test->path);
    add_name(&name, r, rep->o);
    sx_buf_add_str(x, "    <testcase classname=\"");
    add_clean(x, n_folder == 0 ? "." : name.data, n_folder == 0 ? 1 : n_folder, true);
    sx_buf_add_str(x, "\" name=\"");
    add_clean(x, name.data + (n_folder == 0 ? 0 : n_folder + 1), name.len - (n_folder == 0 ? 0 : n_folder + 1), true);
    sx_buf_addf(x, "\" time=\"%.3f\"", r->seconds);
    if (r->outcome == SX_TEST_PASSED) sx_buf_add_str(x, "/>\n");
    else {
        sx_buf_addf(x, ">\n      <%s message=\"", r->outcome == SX_TEST_FAILED ? "failure" : "skipped");
        add_clean(x, r->why.data, r->why.len, true);
        sx_buf_add_str(x, "\">");
        if (r->outcome == SX_TEST_FAILED) add_clean(x, r->details.data, r->details.len, true);
        sx_buf_addf(x, "</%s>\n    </testcase>\n", r->outcome == SX_TEST_FAILED ? "failure" : "skipped");
    }
    sx_buf_deinit(&name);
}

static bool junit_write(const SxTestReport *rep)
{
    FILE *f = fopen(rep->o->junit, "wb");
    bool ok = f != NULL;
    if (ok) {
        fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n", f);
        fprintf(f, "  <testsuite name=\"sxhost test\" tests=\"%d\" failures=\"%d\" errors=\"0\" skipped=\"%d\" time=\"%.3f\">\n", rep->passed + rep->failed + rep->skipped,
                rep->failed, rep->skipped, rep->seconds);
        if (rep->junit.len > 0) fwrite(rep->junit.data, 1, rep->junit.len, f);
        fputs("  </testsuite>\n</testsuites>\n", f);
        ok = ferror(f) == 0;
        if (fclose(f) != 0) ok = false;
    }
    if (!ok) fprintf(stderr, "sxhost test: %s: %s\n", rep->o->junit, strerror(errno));
    return ok;
}

/* ---- all of them ---- */

void sx_test_report_start(SxTestReport *rep, const SxTestOptions *o, int n_planned)
{
    *rep = (SxTestReport){.o = o, .n_planned = n_planned};
    /* Perl's prove, which says so in HARNESS_ACTIVE, refuses numbers above 13; what is written here is the same in both */
    if (o->tap) printf("TAP version %d\n1..%d%s\n", getenv("HARNESS_ACTIVE") != NULL ? 13 : 14, n_planned, n_planned == 0 ? " # SKIP there is no test" : "");
    fflush(stdout);
}

void sx_test_report_add(SxTestReport *rep, const SxTestResult *r, const char *kept)
{
    *(r->outcome == SX_TEST_PASSED ? &rep->passed : r->outcome == SX_TEST_FAILED ? &rep->failed : &rep->skipped) += 1;
    rep->known += r->n_known;
    rep->seconds += r->seconds;
    if (rep->o->tap) tap(rep, r, kept);
    else tell(rep, r, kept);
    if (rep->o->junit != NULL) junit_add(rep, r);
}

bool sx_test_report_end(SxTestReport *rep, const char *stopped)
{
    const char *sign = rep->o->tap ? "# " : "";
    int left = rep->n_planned - rep->passed - rep->failed - rep->skipped;
    bool ok = rep->o->junit == NULL || junit_write(rep);
    if (stopped != NULL) printf("%s%s; %d of %d tests were not run to their end\n", rep->o->tap ? "Bail out! " : "", stopped, left, rep->n_planned);
    if (rep->passed + rep->failed == 0 && stopped == NULL) printf("%snothing was run\n", sign);
    if (rep->known > 0) printf("%s%d case%s known to fail\n", sign, rep->known, rep->known == 1 ? " is" : "s are");
    if (rep->failed > 0 && rep->o->seeded) printf("%sthe order was that of --seed %llu\n", sign, (unsigned long long)rep->o->seed);
    printf("%s%d passed, %d failed, %d skipped\n", sign, rep->passed, rep->failed, rep->skipped);
    ok &= fflush(stdout) == 0;
    sx_buf_deinit(&rep->junit);
    return ok && rep->failed == 0 && rep->passed > 0;
}
