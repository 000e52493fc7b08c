/* test_reader.c - text to forms: every literal, every prefix, positions, errors and where they point. */
#include "base/buf.h"
#include "lang/reader.h"
#include "unit.h"
#include "value/atom.h"
#include "value/bits.h"
#include "value/num.h"

static SxHeap heap;

/* ---- forms as text: (a b), atoms :x, bytes as "..." with \xNN, bits as <n:..>; recursion is fine for what is here ---- */

static void dump(SxBuf *out, sx_val v, bool positions)
{
    if (sx_is_integer(v)) {
        sx_num_print(out, v, 10);
    } else if (sx_is_float(v)) {
        sx_buf_addf(out, "%.17g", sx_float_value(v));
    } else if (sx_is_atom(v)) {
        sx_buf_addf(out, ":%s", sx_atom_text(v, NULL));
    } else if (sx_is_symbol(v)) {
        sx_buf_add_str(out, sx_atom_text(sx_symbol_name(v), NULL));
        if (positions) sx_buf_addf(out, "@%d.%d", sx_symbol_line(v), sx_symbol_column(v));
    } else if (sx_is_list(v)) {
        sx_buf_add_char(out, '(');
        for (const char *blank = ""; sx_is_cons(v); v = sx_tail(v), blank = " ") {
            sx_buf_add_str(out, blank);
            dump(out, sx_head(v), positions);
        }
        sx_buf_add_char(out, ')');
    } else if (sx_bits_is_binary(v)) {
        size_t n;
        const unsigned char *bytes = sx_binary_bytes(v, &n);
        sx_buf_add_char(out, '"');
        for (size_t i = 0; i < n; i++) sx_buf_addf(out, bytes[i] < ' ' || bytes[i] > '~' ? "\\x%02x" : "%c", bytes[i]);
        sx_buf_add_char(out, '"');
    } else {
        SxBits b = sx_bits_of(v);
        sx_buf_addf(out, "<%zu:", b.n_bits);
        for (size_t i = b.bit_offset; i < b.bit_offset + b.n_bits; i++) sx_buf_add_char(out, b.bytes[i / 8] & 0x80 >> i % 8 ? '1' : '0');
        sx_buf_add_char(out, '>');
    }
}

static void check_text(const char *text, size_t n, const char *expected, bool positions)
{
    SxReader r;
    SxBuf b = SX_BUF_INIT;
    sx_val v;
    SxReadStatus s;
    sx_reader_init(&r, text, n, sx_atom("t.sx"), 1, 1);
    while ((s = sx_read(&r, &heap, &v)) == SX_READ_OK) {
        if (b.len) sx_buf_add_char(&b, '\n');
        dump(&b, v, positions);
    }
    sx_buf_add_char(&b, '\0');
    if (s != SX_READ_END) printf("  %s: %s\n", text, r.message);
    CHECK(s == SX_READ_END && r.at == n);
    CHECK(strcmp(b.data, expected) == 0);
    if (strcmp(b.data, expected) != 0) printf("  %s\n  gives    %s\n  expected %s\n", text, b.data, expected);
    sx_buf_deinit(&b);
}

static void reads(const char *text, const char *expected) { check_text(text, strlen(text), expected, false); }
static void at(const char *text, const char *expected) { check_text(text, strlen(text), expected, true); }

static void stops(SxReadStatus status, const char *text, size_t n, int line, int column, const char *part)
{
    SxReader r;
    sx_val v;
    SxReadStatus s;
    sx_reader_init(&r, text, n, sx_atom("t.sx"), 1, 1);
    while ((s = sx_read(&r, &heap, &v)) == SX_READ_OK) {}
    bool ok = s == status && r.error_line == line && r.error_column == column && strstr(r.message, part);
    CHECK(ok);
    if (!ok) printf("  `%s` gives status %d, %d.%d %s\n", text, s, r.error_line, r.error_column, s == SX_READ_END ? "" : r.message);
}

#define fails(text, line, column, part) stops(SX_READ_ERROR, text, sizeof(text) - 1, line, column, part)
#define more(text, line, column, part) stops(SX_READ_MORE, text, sizeof(text) - 1, line, column, part)

/* ---- the cases ---- */

static void test_blanks(void)
{
    reads("", "");
    reads(" \t\r\n\f ; a comment", "");
    reads("#!/usr/bin/sxhost\n1", "1");
    reads("\xEF\xBB\xBF#!x\n1", "1");
    at("\xEF\xBB\xBF" "a", "a@1.1");
    reads("1;x\n2 #| a #| nested |# \" |# 3 #|x|#", "1\n2\n3");
    reads("#;(a (b)) c #; #; d e f", "c\nf");
    reads("(a #;b)", "(a)");
    reads("(1 #;2 3)\n#;4", "(1 3)");
    reads("a\r\nb", "a\nb");
    at("a\r\nb\n  c", "a@1.1\nb@2.1\nc@3.3");
}

static void test_numbers(void)
{
    reads("42 -7 +7 0 1_000_000", "42\n-7\n7\n0\n1000000");
    reads("16#ff -16#FF 0xff -0xfF 2#1010 36#zZ 16#ff_ff", "255\n-255\n255\n-255\n10\n1295\n65535");
    reads("1152921504606846975 1152921504606846976 -1152921504606846977", "1152921504606846975\n1152921504606846976\n-1152921504606846977");
    reads("123456789012345678901234567890", "123456789012345678901234567890");
    reads("1.5e3 0.25 -1.0 1.0e-2 1_0.0_1 2.5E+1", "1500\n0.25\n-1\n0.01\n10.01\n25");
    reads("- + -a +b -> 1 -", "-\n+\n-a\n+b\n->\n1\n-");
    fails("1+", 1, 1, "1+");
    fails("(f 1/2)", 1, 4, "(/ 1 2)");
    fails("1.", 1, 1, "1.0");
    fails("1.x", 1, 1, "1.0");
    fails("1e3", 1, 1, "1.0e3");
    fails("0e1", 1, 1, "1.0e3");
    fails("1.5e", 1, 1, "1.5e3");
    fails("1.0.0", 1, 1, "none");
    fails(".5", 1, 1, "0.5");
    fails("-.5", 1, 1, "0.5");
    fails("1__0", 1, 1, "_");
    fails("1_", 1, 1, "_");
    fails("0b10", 1, 1, "2#1010");
    fails("0o17", 1, 1, "8#755");
    fails("0x", 1, 1, "0xff");
    fails("0xfg", 1, 1, "0xff");
    fails("37#1", 1, 1, "2 to 36");
    fails("999999999999999999999#1", 1, 1, "2 to 36");
    fails("2#12", 1, 1, "base 2");
    fails("16#", 1, 1, "base 16");
    fails("1.0e999", 1, 1, "too large");
    fails("12abc", 1, 1, "12abc");
}

static void test_characters(void)
{
    reads("#\\a #\\newline #\\u{1F600} #\\( #\\) #\\; #\\\" #\\' #\\# #\\\\", "97\n10\n128512\n40\n41\n59\n34\n39\n35\n92");
    reads("#\\space #\\tab #\\return #\\nul #\\escape #\\backspace #\\delete", "32\n9\n13\n0\n27\n8\n127");
    reads("(#\\() #\\u #\\\xC3\xA9 #\\7", "(40)\n117\n233\n55");
    fails("#\\foo", 1, 1, "newline");
    fails("#\\ ", 1, 1, "#\\space");
    fails("#\\", 1, 1, "#\\space");
    fails("#\\u{}", 1, 1, "1F600");
    fails("#\\u{D800}", 1, 1, "1F600");
    fails("#\\u{110000}", 1, 1, "1F600");
    fails("#\\(a", 1, 4, "blank");
    fails("#\\12", 1, 4, "blank");
}

static void test_strings(void)
{
    reads("\"text\\n \\u{1F600}\"", "\"text\\x0a \\xf0\\x9f\\x98\\x80\"");
    reads("\"\" \"a\nb\"", "\"\"\n\"a\\x0ab\"");
    reads("\"\\t\\r\\\\\\\"\\0\\e\\x41\\x7f\"", "\"\\x09\\x0d\\\"\\x00\\x1bA\\x7f\"");
    reads("\"\"\"a \"b\" \n\"\"\"", "\"a \"b\" \\x0a\"");
    reads("\"\"\"\nfirst\\u{21}\"\"\" \"\"\"\r\nx\"\"\"", "\"first!\"\n\"x\"");
    reads("\"\"\"\"\"\"", "\"\"");
    reads("#chars\"abc\" #chars\"\" #chars\"\\u{1F600}\xC3\xA9\\xff\"", "(quote (97 98 99))\n(quote ())\n(quote (128512 233 255))");
    reads("#bytes\"\\x00\\xff\xC3\xA9\" #bytes\"\"", "\"\\x00\\xff\\xc3\\xa9\"\n\"\"");
    reads("#bits\"0101\" #bits\"\" #bits\"00000001\" #bits\"111111110\"", "<4:0101>\n\"\"\n\"\\x01\"\n<9:111111110>");
    at("\"\xC3\xA9\" a", "\"\\xc3\\xa9\"\na@1.5");
    at("\"a\nb\" c", "\"a\\x0ab\"\nc@2.4");
}

static void test_string_errors(void)
{
    fails("\"a\\q\" b", 1, 3, "unknown escape");
    fails("\"a\\u41\"", 1, 3, "\\u{1F600}");
    fails("\"\\xff\"", 1, 2, "#bytes\"\\xff\"");
    fails("\"\\xg1\"", 1, 2, "two hexadecimal");
    fails("\"\\\n\"", 1, 2, "next line");
    fails("\"a\"b", 1, 4, "blank");
    fails("\"a\"\"b\"", 1, 4, "blank");
    fails("\"a\0b\"", 1, 3, "NUL");
    fails("\"a\xff\"", 1, 3, "0xff");
    fails("\"\xed\xa0\x80\"", 1, 2, "UTF-8");
    fails("#bits\"012\"", 1, 1, "0 and 1");
    more("\"abc", 1, 1, "a \" is missing");
    more("(f \"abc\\", 1, 4, "missing");
    more("\"\"\"abc\"\"", 1, 1, "\"\"\"");
    /* reading goes on behind the string */
    SxReader r;
    sx_val v;
    sx_reader_init(&r, "\"a\\q\\\"b\" 7", 10, SX_NIL, 1, 1);
    CHECK(sx_read(&r, &heap, &v) == SX_READ_ERROR);
    CHECK(sx_read(&r, &heap, &v) == SX_READ_OK && v == sx_small(7));
}

static void test_names(void)
{
    reads("true false nil :true", ":true\n:false\n:nil\n:true");
    reads(":name :\"odd name\" :\"\" :\"a\\\"b\" :=:= :1 :a/b", ":name\n:odd name\n:\n:a\"b\n:=:=\n:1\n:a/b");
    reads("lists:map shop/add lists:map/2 erlang:=:= x# & * <=> a? b! %1 _ _x \xC3\xA9t\xC3\xA9 ...",
          "lists:map\nshop/add\nlists:map/2\nerlang:=:=\nx#\n&\n*\n<=>\na?\nb!\n%1\n_\n_x\n\xC3\xA9t\xC3\xA9\n...");
    at("\xC3\xA9\xC3\xA9 x\n\xF0\x9F\x98\x80 y", "\xC3\xA9\xC3\xA9@1.1\nx@1.4\n\xF0\x9F\x98\x80@2.1\ny@2.3");
    fails("a'b", 1, 2, "blank");
    fails("a`b", 1, 2, "blank");
    fails("a\"b\"", 1, 2, "blank");
    fails("[1 a,b]", 1, 5, "blanks do");
    fails("a\\b", 1, 2, "#\\a");
    fails("name:", 1, 1, ":name");
    fails(":", 1, 1, ":name");
    fails("(: a)", 1, 2, ":name");
    fails("(a . b)", 1, 4, "[a & b]");
    fails("a\xC2\xA0" "b", 1, 2, "U+00A0");
    fails("\xE2\x80\x9Chi\xE2\x80\x9D", 1, 1, "typographic");
    fails("a\xE2\x80\x8B", 1, 2, "invisible");
    fails("a\0", 1, 2, "NUL");
    fails("(a \xff)", 1, 4, "0xff");
    fails("; \xff\n", 1, 3, "0xff");
    fails("a\x01", 1, 2, "control");
    char longest[300];
    memset(longest, 'a', sizeof longest);
    stops(SX_READ_ERROR, longest, 256, 1, 1, "255");
    stops(SX_READ_END, longest, 255, 0, 0, "");
}

static void test_brackets(void)
{
    reads("(f x) () [] {} #()", "(f x)\n()\n(%list)\n(%map)\n(%tuple)");
    reads("[1 2 x] [1 2 & t] #(:ok x) {:a 1 \"b\" x}", "(%list 1 2 x)\n(%list 1 2 & t)\n(%tuple :ok x)\n(%map :a 1 \"b\" x)");
    reads("'x '() `x `(a ,x ,@y) ^x ''x", "(quote x)\n(quote ())\n(quasiquote x)\n(quasiquote (a (unquote x) (unquote-splicing y)))\n(%pin x)\n(quote (quote x))");
    reads("`(a `(b ,(c ,d)))", "(quasiquote (a (quasiquote (b (unquote (c (unquote d)))))))");
    reads("`{,@x} `{,a ,b}", "(quasiquote (%map (unquote-splicing x)))\n(quasiquote (%map (unquote a) (unquote b)))");
    reads("((a)(b)c(d))", "((a) (b) c (d))");
    reads("{^k v}", "(%map (%pin k) v)");
    at("(a [b]\n #(c {d 'e}))", "(a@1.2 (%list@1.4 b@1.5) (%tuple@2.2 c@2.4 (%map@2.6 d@2.7 (quote@2.9 e@2.10))))");
    at("  `,@x", "(quasiquote@1.3 (unquote-splicing@1.4 x@1.6))");
    at("#chars\"a\"", "(quote@1.1 (97))");
}

static void test_bracket_errors(void)
{
    fails(")", 1, 1, "closes nothing");
    fails("(a ]", 1, 4, "`)` closes the `(` of line 1, column 1");
    fails("#(a\n}", 2, 1, "`)` closes the `#(` of line 1, column 1");
    fails("(a ')", 1, 4, "datum");
    fails("(a #;)", 1, 4, "#;");
    fails("{:a}", 1, 1, "{:a 1 :b 2}");
    fails("{:a 1 :b}", 1, 1, "3 data");
    fails("[1, 2]", 1, 3, "blanks do");
    fails("[1 , 2]", 1, 4, "blanks do");
    fails("(a ,b)", 1, 4, "`(a ,b)");
    fails(",(f)", 1, 1, "`(a ,b)");
    fails("`(a ,,b)", 1, 6, "`(a ,b)");
    fails("#{:a 1}", 1, 1, "{:a 1 \"b\" 2}");
    fails("#[1]", 1, 1, "[1 2]");
    fails("#<pid 0.5.0>", 1, 1, "does not read back");
    fails("#t", 1, 1, "written true");
    fails("#f", 1, 1, "written false");
    fails("1 #!x", 1, 3, "first line");
    fails("#_a", 1, 1, "#;");
    fails("#foo", 1, 1, "unknown `#foo`");
    fails("#re\"x\"", 1, 1, "unknown `#re");
    more("(a (b)", 1, 1, "`)` is missing");
    more("\n (a [b", 2, 2, "2 brackets");
    more("[", 1, 1, "`]` is missing");
    more("'", 1, 1, "quote");
    more("#;", 1, 1, "#;");
    more("#| a", 1, 1, "|#");
    more("(a #| b", 1, 4, "|#");
}

static void test_deep(void)
{
    static char text[200002];
    memset(text, '[', 100001);
    stops(SX_READ_ERROR, text, 100001, 1, SX_READ_MAX_DEPTH + 1, "10000 brackets");
    memset(text, '[', 10000);
    memset(text + 10000, ']', 10000);
    stops(SX_READ_END, text, 20000, 0, 0, "");
    memset(text, '\'', 100000);
    stops(SX_READ_ERROR, text, 100000, 1, SX_READ_MAX_DEPTH + 1, "10000");
}

static void test_start_position(void)
{
    SxReader r;
    sx_val v;
    sx_reader_init(&r, "\n x", 3, sx_atom("f.sx"), 10, 5);
    CHECK(sx_read(&r, &heap, &v) == SX_READ_OK);
    CHECK(sx_symbol_line(v) == 11 && sx_symbol_column(v) == 2 && sx_symbol_file(v) == sx_atom("f.sx"));
    CHECK(sx_read(&r, &heap, &v) == SX_READ_END);
}

int main(void)
{
    sx_atoms_init(SX_ATOM_LIMIT);
    sx_heap_init(&heap, 64, 4096, (size_t)1 << 40);
    test_blanks();
    test_numbers();
    test_characters();
    test_strings();
    test_string_errors();
    test_names();
    test_brackets();
    test_bracket_errors();
    test_deep();
    test_start_position();
    sx_heap_deinit(&heap);
    sx_atoms_deinit();
    return unit_end();
}
