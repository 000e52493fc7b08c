/* test_harness.c - the pure parts of `sxhost test`: volatile text in expectations, the diff, comments, the command line. */
#include "cli/test_diff.h"
#include "cli/test_expect.h"
#include "cli/test_mask.h"
#include "cli/test_options.h"
#include "unit.h"

static bool match(const char *wanted, const char *got) { return sx_test_mask_match(wanted, strlen(wanted), got, strlen(got), "/tmp/dir/1"); }

static void test_match(void)
{
    CHECK(match("", "") && match("a", "a"));
    CHECK(!match("a", "") && !match("", "a") && !match("a", "ab") && !match("ab", "a"));
    CHECK(match("<PID>", "<0.88.0>") && match("<PID>", "#<pid 0.5.0>") && match("[<PID>, <PID>]", "[<0.1.2>, <12.345.6>]"));
    CHECK(!match("<PID>", "<0.88>") && !match("<PID>", "<0.88.0") && !match("<PID>", "#<pid >") && !match("<PID>", "#<pid 0.5.0"));
    CHECK(match("<PID>", "<PID>"));
    CHECK(match("<0.88.0>", "<0.88.0>") && !match("<0.88.0>", "<0.89.0>"));
    CHECK(match("{<REF>}", "{#Ref<0.1.2.3>}") && match("<REF>", "#<ref 0.0.0.1>") && !match("<REF>", "#Ref<>") && !match("<REF>", "#Ref<0.1"));
    CHECK(match("http://127.0.0.1:<PORT>/", "http://127.0.0.1:40913/") && match("<PORT>", "#Port<0.5>"));
    CHECK(!match(":<PORT>", ":") && !match("<PORT>", "123456") && !match("<PORT>", "x"));
    CHECK(match("at <TIME>.", "at 2026-01-02T03:04:05.678Z.") && match("<TIME>", "2026-01-02 03:04:05+01:00") && match("<TIME>", "2026-01-02"));
    CHECK(match("Date: <TIME>", "Date: Fri, 02 Jan 2026 03:04:05 GMT") && match("<TIME>", "03:04:05"));
    CHECK(match("in <TIME>", "in 12 ms") && match("in <TIME>,", "in 1.5s,") && !match("<TIME>", "12 sheep") && !match("<TIME>", "12"));
    CHECK(match("<DIR>/out", "/tmp/dir/1/out") && !match("<DIR>", "/tmp/dir/2"));
}

static bool masks(const char *line, const char *wanted)
{
    SxBuf out = SX_BUF_INIT;
    sx_test_mask_add(&out, line, strlen(line), "/tmp/dir/1");
    bool ok = out.len == strlen(wanted) && (out.len == 0 || memcmp(out.data, wanted, out.len) == 0);
    if (!ok) printf("%s gives %.*s\n", line, (int)out.len, out.data == NULL ? "" : out.data);
    ok = ok && sx_test_mask_match(wanted, strlen(wanted), line, strlen(line), "/tmp/dir/1"); /* what is written must match */
    sx_buf_deinit(&out);
    return ok;
}

static void test_mask(void)
{
    CHECK(masks("", "") && masks("plain 12 text", "plain 12 text"));
    CHECK(masks("<0.1.0> and #Ref<0.1.2.3>", "<PID> and <REF>"));
    CHECK(masks("[#<pid 0.0.1> #<ref 0.0.0.1>]", "[<PID> <REF>]"));
    CHECK(masks("listening on http://127.0.0.1:4711/", "listening on http://127.0.0.1:<PORT>/"));
    CHECK(masks("port 4711, localhost:80", "port 4711, localhost:<PORT>"));
    CHECK(masks("2026-01-02T03:04:05Z took 12 ms", "<TIME> took <TIME>"));
    CHECK(masks("v1.2s 3.14 12 sheep", "v1.2s 3.14 12 sheep"));
    CHECK(masks("in /tmp/dir/1/x", "in <DIR>/x"));
}

static void lines_of(SxTestLines *lines, const char *text)
{
    memset(lines, 0, sizeof *lines);
    sx_test_lines(lines, text, strlen(text));
}

/* Rows as text: = for a match, - and + for lines that go and come. */
static void rows(const char *wanted, const char *got, char *to)
{
    SxTestLines w, g;
    SxTestDiff d;
    lines_of(&w, wanted);
    lines_of(&g, got);
    sx_test_diff(&d, &w, &g, NULL);
    int next_w = 0, next_g = 0;
    for (int i = 0; i < d.n; i++) {
        to[i] = d.rows[i].wanted < 0 ? '+' : d.rows[i].got < 0 ? '-' : '=';
        CHECK(d.rows[i].wanted < 0 || d.rows[i].wanted == next_w++); /* each line once, in order */
        CHECK(d.rows[i].got < 0 || d.rows[i].got == next_g++);
    }
    CHECK_EQ(next_w, w.n);
    CHECK_EQ(next_g, g.n);
    to[d.n] = 0;
    CHECK_EQ(d.differs, strpbrk(to, "+-") != NULL);
    sx_test_diff_deinit(&d);
    sx_free(w.at);
    sx_free(g.at);
}

static void test_diff(void)
{
    char r[64];
    rows("", "", r);
    CHECK(strcmp(r, "") == 0);
    rows("a\nb\n", "a\nb", r);
    CHECK(strcmp(r, "==") == 0);
    rows("a\nb\nc\n", "a\nc\n", r);
    CHECK(strcmp(r, "=-=") == 0);
    rows("a\nc\n", "a\nb\nc\n", r);
    CHECK(strcmp(r, "=+=") == 0);
    rows("a\nx\nc\n", "a\ny\nc\n", r);
    CHECK(strcmp(r, "=-+=") == 0);
    rows("a\nb\nc\nd\n", "b\nc\nx\nd\ne\n", r);
    CHECK(strcmp(r, "-==+=+") == 0);
    rows("", "a\nb\n", r);
    CHECK(strcmp(r, "++") == 0);
    rows("<PID> a\n", "<0.1.0> a\n", r);
    CHECK(strcmp(r, "=") == 0);
}

static void test_lines(void)
{
    SxTestLines l;
    lines_of(&l, "a\n\nb");
    CHECK(l.n == 3 && l.unended && l.at[1].n_bytes == 0 && l.at[2].number == 3);
    sx_free(l.at);
    lines_of(&l, "a\n");
    CHECK(l.n == 1 && !l.unended);
    sx_free(l.at);
}

static bool comment(const char *line, char sign, const char *word, bool alone, const char *wanted)
{
    SxTestLine l = {line, strlen(line), 1}, text;
    const char *at = sx_test_comment(&l, sign, word, alone, &text);
    if (at == NULL || wanted == NULL) return at == NULL && wanted == NULL;
    return text.n_bytes == strlen(wanted) && memcmp(text.text, wanted, text.n_bytes) == 0;
}

static void test_comments(void)
{
    CHECK(comment("(f)  ; expect: a b ", ';', "expect", false, "a b "));
    CHECK(comment("; expect:", ';', "expect", false, ""));
    CHECK(comment("; expect: ", ';', "expect", false, ""));
    CHECK(comment("; expect:  x", ';', "expect", false, " x"));
    CHECK(comment("\"; expect: 1\" ; expect: 2", ';', "expect", false, "2"));
    CHECK(comment("f(),  % expect: {a,1}", '%', "expect", false, "{a,1}"));
    CHECK(comment("f(),  % expect: {a,1}", ';', "expect", false, NULL));
    CHECK(comment("; expected: 1", ';', "expect", false, NULL));
    CHECK(comment("  ; exit: 3", ';', "exit", true, "3"));
    CHECK(comment(";; exit: 3", ';', "exit", true, "3"));
    CHECK(comment("(f) ; exit: 3", ';', "exit", true, NULL));
    CHECK(comment("", ';', "exit", true, NULL));
}

static bool parse(SxTestOptions *o, const char *complaint, const char **words)
{
    SxBuf why = SX_BUF_INIT;
    int n = 0;
    while (words[n] != NULL) n++;
    bool ok = sx_test_options_parse(o, n, (char **)words, &why);
    sx_buf_add_char(&why, 0);
    bool as_foretold = complaint == NULL ? ok : !ok && strstr(why.data, complaint) != NULL;
    sx_buf_deinit(&why);
    return as_foretold;
}
#define PARSE(o, complaint, ...) parse(o, complaint, (const char *[]){"test", __VA_ARGS__, NULL})

static void test_options(void)
{
    SxTestOptions o;
    CHECK(PARSE(&o, NULL, "a", "--repeat", "3", "b", "--seed=7", "--fail-fast", "--", "--tap"));
    CHECK(o.n_paths == 3 && o.repeat == 3 && o.seeded && o.seed == 7 && o.fail_fast && !o.tap && o.jobs == 0 && o.timeout_ms == 120000);
    sx_test_options_deinit(&o);
    CHECK(PARSE(&o, NULL, "--run", "*.c=cc=1", "--timeout", "0.5", "--jobs", "8", "x"));
    CHECK(o.n_runners == 1 && strcmp(o.runners[0].pattern, "*.c") == 0 && strcmp(o.runners[0].command, "cc=1") == 0 && o.timeout_ms == 500 && o.jobs == 8);
    sx_test_options_deinit(&o);
    static const struct { const char *complaint, *words[4]; } bad[] = {
        {"a PATH is missing", {"--tap"}}, {"unknown option: --no", {"--no", "x"}}, {"missing behind: --seed", {"x", "--seed"}},
        {"not a number", {"--repeat", "0", "x"}}, {"not a number", {"--jobs", "-1", "x"}}, {"not a number", {"--jobs=9999999999", "x"}},
        {"not a seed", {"--seed", "x", "x"}}, {"not a number of seconds", {"--timeout", "0", "x"}}, {"GLOB=COMMAND", {"--run", "x", "x"}},
        {"one or the other", {"--update", "--repeat=2", "x"}},
    };
    for (size_t i = 0; i < SX_COUNT(bad); i++) {
        const char *words[6] = {"test"};
        for (int j = 0; j < 4; j++) words[j + 1] = bad[i].words[j];
        CHECK(parse(&o, bad[i].complaint, words));
        sx_test_options_deinit(&o);
    }
}

int main(void)
{
    test_match();
    test_mask();
    test_diff();
    test_lines();
    test_comments();
    test_options();
    return unit_end();
}
