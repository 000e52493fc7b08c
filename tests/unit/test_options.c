/* test_options.c - the command line: words in, options or a complaint out. */
#include "cli/options.h"
#include "unit.h"

typedef struct Case {
    bool ok;
    SxOptions o;
    char why[200];
} Case;

#define PARSE(...) parse((const char *[]){"sxhost", __VA_ARGS__, NULL})

static Case parse(const char **words)
{
    Case c;
    SxBuf why = SX_BUF_INIT;
    int n = 0;
    while (words[n] != NULL) n++;
    c.ok = sx_options_parse(&c.o, n, (char **)words, &why);
    snprintf(c.why, sizeof c.why, "%.*s", (int)why.len, why.len > 0 ? why.data : "");
    sx_buf_deinit(&why);
    return c;
}

static void test_modes(void)
{
    Case c = parse((const char *[]){"sxhost", NULL});
    CHECK(c.ok && c.o.mode == SX_RUN_SESSION && c.o.drain_ms == 10000 && c.o.n_args == 0);
    c = PARSE("app.sx", "--plain", "-e");
    CHECK(c.ok && c.o.mode == SX_RUN_FILE && strcmp(c.o.file, "app.sx") == 0 && c.o.n_args == 2 && !c.o.plain);
    CHECK(strcmp(c.o.args[0], "--plain") == 0);
    c = PARSE("-e", "1", "-E", "2.", "--", "a", "b");
    CHECK(c.ok && c.o.mode == SX_RUN_ONCE && c.o.n_once == 2 && !c.o.once[0].erlang && c.o.once[1].erlang && c.o.n_args == 2);
    CHECK(strcmp(c.o.once[1].source, "2.") == 0);
    CHECK(PARSE("--help").o.mode == SX_RUN_HELP && PARSE("--version").o.mode == SX_RUN_VERSION);
    c = PARSE("--make-image", "x");
    CHECK(c.ok && c.o.mode == SX_RUN_MAKE_IMAGE && strcmp(c.o.file, "x") == 0);
}

static void test_values(void)
{
    Case c = PARSE("--drain", "0.5", "--timeout=3", "--fifo", "/tmp/f", "--limit", "max_atoms=1000", "--exit-at-eof", "--plain");
    CHECK(c.ok && c.o.drain_ms == 500 && c.o.timeout_ms == 3000 && c.o.max_atoms == 1000 && c.o.exit_at_eof && c.o.plain);
    CHECK(strcmp(c.o.fifo, "/tmp/f") == 0);
    CHECK(PARSE("--limit=max_read_ahead=5").o.max_read_ahead == 5);
    c = PARSE("-I", "a", "-Ib", "-DX=1", "-pa", "c", "--otp-path=d", "--otp", "lists,maps", "e.erl", "-I");
    CHECK(c.ok && c.o.n_sources == 6 && c.o.n_args == 1);
    CHECK(c.o.sources[1].kind == SX_SOURCE_INCLUDE && strcmp(c.o.sources[1].value, "b") == 0);
    CHECK(c.o.sources[2].kind == SX_SOURCE_DEFINE && strcmp(c.o.sources[2].value, "X=1") == 0);
    CHECK(c.o.sources[4].kind == SX_SOURCE_OTP_PATH && strcmp(c.o.sources[4].value, "d") == 0);
    CHECK(c.o.sources[5].kind == SX_SOURCE_OTP && strcmp(c.o.sources[5].value, "lists,maps") == 0);
}

static void test_complaints(void)
{
    CHECK(!PARSE("--nonsense").ok && strcmp(PARSE("--nonsense").why, "unknown option: --nonsense") == 0);
    CHECK(!PARSE("-e").ok && !PARSE("-I").ok && !PARSE("--otp").ok && !PARSE("--drain").ok && !PARSE("--drain", "soon").ok && !PARSE("--timeout", "-1").ok);
    CHECK(!PARSE("--limit", "max_atoms").ok && !PARSE("--limit", "max_atoms=x").ok && !PARSE("--limit", "max_atoms=0").ok && !PARSE("--limit", "max_shoes=1").ok);
    CHECK(!PARSE("-e", "1", "file.sx").ok && !PARSE("--fifo", "f", "file.sx").ok && !PARSE("--repl", "--protocol").ok);
}

int main(void)
{
    test_modes();
    test_values();
    test_complaints();
    return unit_end();
}
