/* test_framing.c - the stream of the epoch protocol: commands, labels, control commands, lines, and what is wrong with it.
 * Every case is fed whole, then in two pieces cut at each place, then a byte at a time: the answers are the same. */
#include "cli/framing.h"
#include "unit.h"
#include "value/atom.h"

static const char *const kind_names[] = {"load", "eval", "quit", "error", "interrupt", "ping", "describe", "processes"};

/* Append a frame as "eval@EPOCH text|" (an error without its text, but with line and column). */
static void add_frame(SxBuf *out, SxFrame *f)
{
    sx_buf_addf(out, "%s@%llu", kind_names[f->kind], (unsigned long long)f->epoch);
    if (f->kind == SX_FRAME_ERROR) sx_buf_addf(out, " %d.%d", f->line, f->column);
    if (f->kind == SX_FRAME_INTERRUPT || f->kind == SX_FRAME_QUIT) sx_buf_addf(out, " %lld", (long long)f->number);
    if (f->kind <= SX_FRAME_EVAL) {
        sx_buf_add_char(out, ' ');
        sx_buf_add(out, f->text.data, f->text.len);
    }
    sx_buf_add_char(out, '|');
    sx_buf_deinit(&f->text);
}

static void take_all(SxFraming *f, SxBuf *controls, SxBuf *commands)
{
    SxFrame frame;
    while (sx_framing_control(f, &frame)) add_frame(controls, &frame);
    while (sx_framing_next(f, &frame)) add_frame(commands, &frame);
}

/* Feed in pieces that end at `cut` and then every `stride` bytes; take what is there after each piece when `eager`. */
static bool gives(const char *text, size_t n, size_t cut, size_t stride, bool eager, const char *commands, const char *controls)
{
    SxFraming f;
    SxBuf got = SX_BUF_INIT, got_controls = SX_BUF_INIT;
    sx_framing_init(&f, 1000);
    for (size_t at = 0, end = cut; at < n; at = end, end = end + stride) {
        if (end > n) end = n;
        sx_framing_feed(&f, text + at, end - at);
        if (eager) take_all(&f, &got_controls, &got);
    }
    sx_framing_end(&f);
    take_all(&f, &got_controls, &got);
    sx_buf_add_char(&got, '\0');
    sx_buf_add_char(&got_controls, '\0');
    bool ok = strcmp(got.data, commands) == 0 && strcmp(got_controls.data, controls) == 0 && sx_framing_pending(&f) == 0;
    if (!ok) printf("  `%s` cut at %zu, then every %zu%s\n  gives    %s  %s\n  expected %s  %s\n", text, cut, stride, eager ? ", eager" : "", got.data, got_controls.data, commands, controls);
    sx_buf_deinit(&got);
    sx_buf_deinit(&got_controls);
    sx_framing_deinit(&f);
    return ok;
}

static void check_stream(const char *text, size_t n, const char *commands, const char *controls)
{
    bool ok = gives(text, n, n, 1, false, commands, controls);
    for (size_t cut = 1; ok && cut < n; cut++) ok = gives(text, n, cut, n, cut % 2, commands, controls);
    ok = ok && gives(text, n, 1, 1, false, commands, controls) && gives(text, n, 1, 1, true, commands, controls);
    CHECK(ok);
}
#define STREAM(text, commands) check_stream(text, sizeof(text) - 1, commands, "")
#define WITH_CONTROLS(text, commands, controls) check_stream(text, sizeof(text) - 1, commands, controls)

static void test_commands(void)
{
    STREAM("", "");
    STREAM("(epoch 1)\n(load \"a.sx\")\n(eval \"(+ 1 2)\")\n", "load@1 a.sx|eval@1 (+ 1 2)|");
    STREAM("(eval \"1\")(epoch 7)(eval \"2\")   (epoch 0)\n(eval \"3\")", "eval@0 1|eval@7 2|eval@0 3|");
    STREAM("( eval\n  \"a\n(b)\" ) ; comment (eval \"no\")\n", "eval@0 a\n(b)|");
    STREAM("(eval \"a\\n\\\"b\\\" \\u{e9} \\\\\")", "eval@0 a\n\"b\" \xC3\xA9 \\|");
    STREAM("(eval \"\"\"\n(load \"x\")\n(ping)\n\"\"\")\n", "eval@0 (load \"x\")\n(ping)\n|");
    STREAM("(quit)\n(quit 3)\n", "quit@0 -1|quit@0 3|");
    STREAM("\xEF\xBB\xBF(eval \"1\")\r\n(epoch 18446744073709551615)\r\n(eval \"2\")\r\n", "eval@0 1|eval@18446744073709551615 2|");
    STREAM("#| (eval \"no\") #| nested |# |# (eval \"yes\") #;(eval \"no\")\n", "eval@0 yes|");
    STREAM("(eval #| c |# \"1\" ; (\n)", "eval@0 1|");
    STREAM("(eval \"unfinished line\")", "eval@0 unfinished line|");
    STREAM("\f\t (eval \"\")\v", "eval@0 |");
}

static void test_not_commands(void)
{
    STREAM("hello\n(eval \"1\")\n", "error@0 1.1|eval@0 1|");
    STREAM("a'b )))] 1+ (eval \"1\")", "error@0 1.1|error@0 1.5|error@0 1.10|eval@0 1|");
    STREAM("(foo (bar \")\" #\\) ; )\n)) (eval \"1\")", "error@0 1.1|eval@0 1|");
    STREAM("(define x 1)\n\"a ( string\" :\"odd ( name\" #chars\"a b\" 'x '(a) `(a ,b) #(1 2) [1] {:a 1} #\\( #\\a (eval \"1\")\n",
           "error@0 1.1|error@0 2.1|error@0 2.14|error@0 2.28|error@0 2.40|error@0 2.43|error@0 2.48|error@0 2.56|error@0 2.63|error@0 2.67|error@0 2.74|error@0 2.78|eval@0 1|");
    STREAM("(epoch 2)(epoch x)(epoch -1)(epoch)(epoch 1 2)(epoch 99999999999999999999)(eval \"1\")",
           "error@2 1.10|error@2 1.19|error@2 1.29|error@2 1.36|error@2 1.47|eval@2 1|");
    STREAM("(eval x)(eval)(eval \"a\" \"b\")(load 1)(load \"a\\0b\")(quit 256)(quit x)(ping 1) (evals \"x\")(load/x \"y\")",
           "error@0 1.1|error@0 1.9|error@0 1.15|error@0 1.29|error@0 1.37|error@0 1.50|error@0 1.60|error@0 1.68|error@0 1.77|error@0 1.88|");
    STREAM("(eval \"\\q\")(eval \"1\")", "error@0 1.8|eval@0 1|");
    STREAM("(eval \"a\0b\")(eval \"1\")", "error@0 1.9|eval@0 1|");
    STREAM("(eval \"a\xff\")(eval \"1\")", "error@0 1.9|eval@0 1|");
    STREAM("\0\0 \xff\xfe\n(eval \"1\")", "error@0 1.1|error@0 1.4|eval@0 1|");
    STREAM("(eval \"1\"])(eval \"2\")", "error@0 1.10|eval@0 2|");
}

static void test_recovery(void)
{
    /* an open bracket or string ends in front of a command in column 0 */
    STREAM("(eval \"(+ 1 2)\n(epoch 2)\n(eval \"1\")\n", "error@0 1.7|eval@2 1|");
    STREAM("(eval (foo\n(eval \"1\")\n", "error@0 1.1|eval@0 1|");
    STREAM("(eval \"a\n(eval \"1\")\n(load \"x\")", "error@0 1.7|eval@0 1|load@0 x|");
    STREAM("(eval \"a\n(quit 2)\n", "error@0 1.7|quit@0 2|");
    STREAM("((((\n(epoch 3)(eval \"1\")", "error@0 1.1|eval@3 1|");
    STREAM("'\n(epoch 3)(eval \"1\")", "error@0 1.1|eval@3 1|");
    STREAM("(eval \"\"\"a\n(eval \"no\")\n(epoch 4)\n(eval \"1\")\n", "error@0 1.7|eval@4 1|");
    /* what looks like one but cannot be: escaped quotes, another column, other names */
    STREAM("(eval \"a\n(load \\\"x\\\")\n (epoch 1)\n(epochs 2)\n(epoch x)\n(evaluate 3)\n\")\n", "eval@0 a\n(load \"x\")\n (epoch 1)\n(epochs 2)\n(epoch x)\n(evaluate 3)\n|");
    /* the end of the stream */
    STREAM("(eval \"1\") (eval \"abc", "eval@0 1|error@0 1.18|");
    STREAM("(eval \"1\"", "error@0 1.1|");
    STREAM("(epoch 1", "error@0 1.1|");
    STREAM("'", "error@0 1.1|");
    STREAM("(eval \"1\") #| c", "eval@0 1|error@0 1.12|");
    STREAM("(eval \"1\") ; c", "eval@0 1|");
    STREAM("(eval \"a\\", "error@0 1.7|");
}

static void test_controls(void)
{
    WITH_CONTROLS("(ping)\n(epoch 1)\n(eval \"1\")\n(interrupt 1)\n(describe)\n(processes)\n(eval \"2\")\n", "eval@1 1|eval@1 2|", "ping@0|interrupt@1 1|describe@1|processes@1|");
    WITH_CONTROLS("(ping)(ping)\n", "ping@0|", "ping@0|");
    WITH_CONTROLS(" (ping)\n(eval \"1\") (interrupt 2)", "ping@0|eval@0 1|interrupt@0 2|", "");
    WITH_CONTROLS("(interrupt 18446744073709551615)\n", "", "interrupt@0 -1|");
    WITH_CONTROLS("(eval (\n(ping)\n(eval \"1\")", "error@0 1.1|eval@0 1|", "ping@0|");
    WITH_CONTROLS("(eval \"a\n(ping)\n(b)\")\n(eval \"1\")", "eval@0 a\n(ping)\n(b)|eval@0 1|", "ping@0|");
    WITH_CONTROLS("(eval \"\"\"\n(ping)\n\"\"\")", "eval@0 (ping)\n|", "");
    WITH_CONTROLS("#|\n(ping)\n|# ; \n(pin)(ping", "error@0 4.1|error@0 4.6|", "");
    /* they come at once, whatever waits in front of them */
    SxFraming f;
    SxFrame frame;
    sx_framing_init(&f, 1000);
    sx_framing_feed(&f, "(epoch 1)\n(eval \"1\")\n(interrupt 1)", 34);
    CHECK(sx_framing_control(&f, &frame) && frame.kind == SX_FRAME_INTERRUPT && frame.number == 1 && frame.epoch == 1 && frame.offset == 21);
    CHECK(!sx_framing_control(&f, &frame));
    CHECK(sx_framing_next(&f, &frame) && frame.kind == SX_FRAME_EVAL && frame.offset == 10 && frame.line == 2 && frame.column == 1);
    sx_buf_deinit(&frame.text);
    CHECK(!sx_framing_next(&f, &frame) && sx_framing_pending(&f) == 0);
    sx_framing_deinit(&f);
}

static bool line_is(SxFraming *f, const char *expected)
{
    SxBuf line = SX_BUF_INIT;
    bool found = sx_framing_line(f, &line);
    bool ok = expected ? found && line.len == strlen(expected) && memcmp(line.data, expected, line.len) == 0 : !found;
    if (!ok) printf("  line: %.*s\n", (int)line.len, line.len ? line.data : "");
    sx_buf_deinit(&line);
    return ok;
}

static bool next_is(SxFraming *f, const char *expected)
{
    SxFrame frame;
    SxBuf got = SX_BUF_INIT;
    if (sx_framing_next(f, &frame)) add_frame(&got, &frame);
    sx_buf_add_char(&got, '\0');
    bool ok = strcmp(got.data, expected) == 0;
    if (!ok) printf("  next: %s\n", got.data);
    sx_buf_deinit(&got);
    return ok;
}

static void feed(SxFraming *f, const char *text) { sx_framing_feed(f, text, strlen(text)); }

static void test_lines(void)
{
    SxFraming f;
    SxFrame frame;
    sx_framing_init(&f, 1000);
    feed(&f, "(epoch 1)(eval \"(read-line)\") \r\nhello \"\n\n(ping)\n; text\n(eval \"text too\")\n(eval \"3\")\nlast");
    CHECK(sx_framing_peek(&f) == '(');
    CHECK(next_is(&f, "eval@1 (read-line)|"));
    CHECK(sx_framing_peek(&f) == 'h');
    CHECK(line_is(&f, "hello \"\n") && line_is(&f, "\n") && line_is(&f, "; text\n"));
    CHECK(sx_framing_peek(&f) == '(');
    CHECK(line_is(&f, "(eval \"text too\")\n"));
    CHECK(next_is(&f, "eval@1 3|"));
    CHECK(line_is(&f, NULL));
    feed(&f, " line\n(pi");
    CHECK(line_is(&f, "last line\n") && line_is(&f, NULL));
    /* a " in a program's line hides nothing: the first (ping) stood in what looked like a string */
    CHECK(sx_framing_control(&f, &frame) && frame.kind == SX_FRAME_PING && !sx_framing_control(&f, &frame));
    feed(&f, "ng)  \nx");
    CHECK(sx_framing_control(&f, &frame) && frame.kind == SX_FRAME_PING && !sx_framing_control(&f, &frame));
    CHECK(line_is(&f, NULL));
    sx_framing_end(&f);
    CHECK(line_is(&f, "x") && line_is(&f, NULL) && next_is(&f, ""));
    sx_framing_deinit(&f);
    /* what follows a command on its line is a line when it is not blank */
    sx_framing_init(&f, 1000);
    feed(&f, "(eval \"1\") rest\nmore\n");
    CHECK(next_is(&f, "eval@0 1|") && line_is(&f, " rest\n") && line_is(&f, "more\n"));
    feed(&f, "\n#| c |# ; d\n(describe)\n");
    CHECK(sx_framing_peek(&f) == -1);
    feed(&f, "z");
    CHECK(sx_framing_peek(&f) == 'z');
    sx_framing_deinit(&f);
}

/* A stream that alternates commands and lines, all of it there at once: time must grow with its length only. */
static void test_alternating(void)
{
    SxFraming f;
    SxBuf text = SX_BUF_INIT;
    enum { TIMES = 5000 };
    for (int i = 0; i < TIMES; i++) sx_buf_addf(&text, "(eval \"%d\")\nline \" %d\n", i, i);
    sx_framing_init(&f, 1000);
    sx_framing_feed(&f, text.data, text.len);
    bool ok = true;
    char expected[40];
    for (int i = 0; ok && i < TIMES; i++) {
        snprintf(expected, sizeof expected, "eval@0 %d|", i);
        ok = next_is(&f, expected);
        snprintf(expected, sizeof expected, "line \" %d\n", i);
        ok = ok && line_is(&f, expected);
    }
    CHECK(ok);
    sx_buf_deinit(&text);
    sx_framing_deinit(&f);
}

static void test_limits(void)
{
    SxFraming f;
    SxFrame frame;
    char block[100];
    memset(block, 'a', sizeof block);
    sx_framing_init(&f, 1000);
    feed(&f, "(epoch 5)(eval \"");
    for (int i = 0; i < 20000; i++) sx_framing_feed(&f, block, sizeof block);
    CHECK(next_is(&f, "error@5 1.10|") && next_is(&f, ""));
    size_t most = 0;
    bool quiet = true;
    for (int i = 0; i < 20000; i++) {
        sx_framing_feed(&f, block, sizeof block);
        quiet = quiet && !sx_framing_next(&f, &frame);
        if (f.held.cap > most) most = f.held.cap;
    }
    CHECK(quiet && most <= 4u << 20); /* what came before its error was taken; nothing since */
    CHECK(f.held.len < 100000);
    feed(&f, "\\\")\")(eval \"2\")\n");
    CHECK(next_is(&f, "eval@5 2|"));
    /* dropped up to a command in column 0 too */
    feed(&f, "(eval \"");
    for (int i = 0; i < 20; i++) sx_framing_feed(&f, block, sizeof block);
    feed(&f, "\n(epoch 6)\n(eval \"3\")\n");
    CHECK(next_is(&f, "error@5 2.1|") && next_is(&f, "eval@6 3|") && next_is(&f, ""));
    /* an open datum and an unfinished line do not fill the read-ahead */
    feed(&f, "(eval \"abc");
    CHECK_EQ(sx_framing_pending(&f), 0);
    feed(&f, "\")\n(eval \"1\")");
    CHECK_EQ(sx_framing_pending(&f), 23);
    CHECK(next_is(&f, "eval@6 abc|") && next_is(&f, "eval@6 1|") && sx_framing_pending(&f) == 0);
    feed(&f, "\n");
    CHECK(line_is(&f, NULL));
    for (int i = 0; i < 10; i++) sx_framing_feed(&f, block, sizeof block);
    CHECK(line_is(&f, NULL) && sx_framing_pending(&f) == 0);
    sx_framing_feed(&f, block, sizeof block);
    SxBuf line = SX_BUF_INIT;
    CHECK(sx_framing_line(&f, &line) && line.len == 1100);
    sx_buf_deinit(&line);
    sx_framing_deinit(&f);
}

static bool error_says(const char *text, const char *part)
{
    SxFraming f;
    SxFrame frame = {0};
    sx_framing_init(&f, 1000);
    feed(&f, text);
    sx_framing_end(&f);
    bool ok = sx_framing_next(&f, &frame) && frame.kind == SX_FRAME_ERROR;
    sx_buf_add_char(&frame.text, '\0');
    ok = ok && strstr(frame.text.data, part);
    if (!ok) printf("  says: %s\n", frame.text.data);
    sx_buf_deinit(&frame.text);
    sx_framing_deinit(&f);
    return ok;
}

static void test_messages(void)
{
    CHECK(error_says("(define (f x) 1)", "write (eval \"(define ...)\")"));
    CHECK(error_says("hello", "`hello` is no command; there are (epoch N)"));
    CHECK(error_says("(epoch x)", "(epoch N) has one integer"));
    CHECK(error_says("(eval \"a", "a \" is missing"));
    CHECK(error_says("(eval \"1\"\n(epoch 2)", "`)` is missing"));
    CHECK(error_says("(eval \"\\q\")", "unknown escape"));
    CHECK(error_says("\xff\n", "byte 0xff"));
    CHECK(error_says("#|", "|#"));
}

int main(void)
{
    sx_atoms_init(SX_ATOM_LIMIT);
    test_commands();
    test_not_commands();
    test_recovery();
    test_controls();
    test_lines();
    test_alternating();
    test_limits();
    test_messages();
    sx_atoms_deinit();
    return unit_end();
}
