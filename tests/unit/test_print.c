/* test_print.c - the texts of values in both languages; Erlang's are what OTP 25 printed with ~0tp and ~tw. Deep and wide
 * values, and the limit at every length. */
#include "base/utf8.h"
#include "unit.h"
#include "value/atom.h"
#include "value/bits.h"
#include "value/map.h"
#include "value/num.h"
#include "value/print.h"

static SxHeap heap, *h = &heap;
static SxBuf text = SX_BUF_INIT;

typedef void Printer(SxBuf *out, sx_val v, size_t max_bytes);

static void check(Printer *print, sx_val v, const char *expected, int line)
{
    text.len = 0;
    print(&text, v, SIZE_MAX);
    size_t n = text.len;
    bool same = n == strlen(expected) && memcmp(text.data, expected, n) == 0;
    if (!same) printf("line %d: expected %s, got %.*s\n", line, expected, (int)n, text.data);
    CHECK(same);
    for (size_t limit = 0; limit < n; limit++) {
        text.len = 0;
        print(&text, v, limit);
        CHECK(text.len >= 3 && text.len <= limit + 3 && memcmp(text.data + text.len - 3, "...", 3) == 0);
        CHECK(sx_utf8_valid_prefix((unsigned char *)text.data, text.len) == text.len);
    }
}

#define SX(v, expected) check(sx_print, v, expected, __LINE__)
#define PRETTY(v, expected) check(sx_print_erlang, v, expected, __LINE__)
#define WRITE(v, expected) check(sx_print_erlang_write, v, expected, __LINE__)
#define ALL(v, sx, pretty, write) (SX(v, sx), PRETTY(v, pretty), WRITE(v, write))

static sx_val bin(const char *s) { return sx_binary_text(h, s); }

static sx_val chars(const char *latin1)
{
    sx_val list = SX_EMPTY;
    for (size_t i = strlen(latin1); i > 0; i--) list = sx_cons(h, sx_small((unsigned char)latin1[i - 1]), list);
    return list;
}

static void test_atoms(void)
{
    ALL(SX_A(ok), ":ok", "ok", "ok");
    ALL(SX_TRUE, "true", "true", "true");
    ALL(SX_FALSE, "false", "false", "false");
    ALL(SX_NIL, "nil", "nil", "nil");
    static const struct { const char *name, *sx, *erlang; } rows[] = {
        {"", ":\"\"", "''"}, {"A b", ":\"A b\"", "'A b'"}, {"a@b", ":a@b", "a@b"}, {"_a", ":_a", "'_a'"}, {"a.b", ":a.b", "'a.b'"},
        {"1a", ":1a", "'1a'"}, {"aB", ":aB", "aB"}, {"a-b", ":a-b", "'a-b'"}, {"a:b", ":\"a:b\"", "'a:b'"}, {"a'b", ":\"a'b\"", "'a\\'b'"},
        {"a\nb", ":\"a\\nb\"", "'a\\nb'"}, {"\033", ":\"\\e\"", "'\\e'"}, {"été", ":été", "été"}, {"日本", ":日本", "'日本'"},
        {"fun", ":fun", "'fun'"}, {"maybe", ":maybe", "maybe"}, {"begin", ":begin", "'begin'"}, {"else", ":else", "else"},
        {"a÷", ":a÷", "'a÷'"}, {"aÀ", ":aÀ", "aÀ"}, {"\u2028", ":\"\\u{2028}\"", "'\u2028'"}, {"+", ":+", "'+'"}, {"a;b", ":\"a;b\"", "'a;b'"},
        {"x\177", ":\"x\\x7f\"", "'x\\d'"}, {"x\001", ":\"x\\x01\"", "'x\\001'"}, {"a\"\\", ":\"a\\\"\\\\\"", "'a\"\\\\'"},
    };
    for (size_t i = 0; i < SX_COUNT(rows); i++) ALL(sx_atom(rows[i].name), rows[i].sx, rows[i].erlang, rows[i].erlang);
}

static void test_numbers(void)
{
    ALL(sx_small(-5), "-5", "-5", "-5");
    ALL(sx_float(h, 1.0), "1.0", "1.0", "1.0");
    ALL(sx_float(h, 1e22), "1.0e22", "1.0e22", "1.0e22");
    sx_val big = sx_num_mul(h, sx_small(SX_SMALL_MAX), sx_small(-1000));
    ALL(big, "-1152921504606846975000", "-1152921504606846975000", "-1152921504606846975000");
    text.len = 0;
    sx_print(&text, sx_num_bsl(h, sx_small(1), sx_small(1 << 25)), 100);
    CHECK(text.len == 27 && memcmp(text.data, "#<integer of 4194305 bytes>", 27) == 0);
}

static void test_binaries(void)
{
    ALL(bin("abc"), "\"abc\"", "<<\"abc\">>", "<<97,98,99>>");
    ALL(bin(""), "\"\"", "<<>>", "<<>>");
    ALL(bin("å"), "\"å\"", "<<\"å\"/utf8>>", "<<195,165>>");
    ALL(bin("\xe5"), "#bytes\"\\xe5\"", "<<\"å\">>", "<<229>>");
    ALL(bin("日"), "\"日\"", "<<230,151,165>>", "<<230,151,165>>");
    ALL(bin("a\"b\n\\"), "\"a\\\"b\\n\\\\\"", "<<\"a\\\"b\\n\\\\\">>", "<<97,34,98,10,92>>");
    ALL(bin("\001"), "\"\\x01\"", "<<1>>", "<<1>>");
    ALL(sx_binary(h, "abc", 4), "\"abc\\x00\"", "<<97,98,99,0>>", "<<97,98,99,0>>");
    ALL(bin("a\xc8"), "#bytes\"a\\xc8\"", "<<\"aÈ\">>", "<<97,200>>");
    ALL(bin("\xe2\x82"), "#bytes\"\\xe2\\x82\"", "<<226,130>>", "<<226,130>>");
    ALL(bin("\xc2\x80"), "\"\\u{80}\"", "<<194,128>>", "<<194,128>>");
    ALL(sx_bits_sub(h, bin("abc "), 0, 27), "#bits\"011000010110001001100011001\"", "<<97,98,99,1:3>>", "<<97,98,99,1:3>>");
    ALL(sx_bits_sub(h, bin("0123456789012345678901234"), 4, 160), "#bytes\"\\x03\\x13#3CScs\\x83\\x93\\x03\\x13#3CScs\\x83\\x93\"",
        "<<3,19,35,51,67,83,99,115,131,147,3,19,35,51,67,83,99,115,131,147>>",
        "<<3,19,35,51,67,83,99,115,131,147,3,19,35,51,67,83,99,115,131,147>>");
}

static void test_lists(void)
{
    sx_val one_two = sx_cons(h, sx_small(1), sx_cons(h, sx_small(2), SX_EMPTY));
    ALL(SX_EMPTY, "[]", "[]", "[]");
    ALL(one_two, "[1 2]", "[1,2]", "[1,2]");
    ALL(sx_cons(h, sx_small(1), sx_small(2)), "[1 & 2]", "[1|2]", "[1|2]");
    ALL(sx_cons(h, sx_small(1), one_two), "[1 1 2]", "[1,1,2]", "[1,1,2]");
    ALL(chars("abc"), "[97 98 99]", "\"abc\"", "[97,98,99]");
    ALL(chars("a\"\\\n\t\b\v\f\033"), "[97 34 92 10 9 8 11 12 27]", "\"a\\\"\\\\\\n\\t\\b\\v\\f\\e\"", "[97,34,92,10,9,8,11,12,27]");
    ALL(chars("\177"), "[127]", "[127]", "[127]");
    ALL(chars("\xe5"), "[229]", "\"å\"", "[229]");
    ALL(sx_cons(h, sx_small(97), SX_A(ok)), "[97 & :ok]", "[97|ok]", "[97|ok]");
    ALL(sx_cons(h, sx_small(97), bin("b")), "[97 & \"b\"]", "[97|<<\"b\">>]", "[97|<<98>>]");
    ALL(sx_cons(h, chars("a"), sx_cons(h, sx_small(98), SX_EMPTY)), "[[97] 98]", "[\"a\",98]", "[[97],98]");
    ALL(sx_cons(h, sx_small(1000), SX_EMPTY), "[1000]", "[1000]", "[1000]");
}

static void test_others(void)
{
    ALL(sx_tuple(h, 0), "#()", "{}", "{}");
    ALL(sx_tuple(h, 3, SX_A(ok), chars("b"), bin("c")), "#(:ok [98] \"c\")", "{ok,\"b\",<<\"c\">>}", "{ok,[98],<<99>>}");
    ALL(sx_map_empty(), "{}", "#{}", "#{}");
    sx_val map = sx_map_put(h, sx_map_put(h, sx_map_empty(), chars("k"), SX_EMPTY), sx_float(h, 1.0), sx_small(3));
    map = sx_map_put(h, sx_map_put(h, map, sx_small(1), sx_small(2)), SX_A(ok), sx_map_empty());
    ALL(map, "{1 2 1.0 3 :ok {} [107] []}", "#{1 => 2,1.0 => 3,ok => #{},\"k\" => []}", "#{1 => 2,1.0 => 3,ok => #{},[107] => []}");
    ALL(sx_make_pid(5, 7), "#<pid 0.5.7>", "<0.5.7>", "<0.5.7>");
    ALL(sx_ref_new(h, ((uint64_t)3 << 32) + 4, sx_make_pid(2, 0)), "#<ref 0.2.3.4>", "#Ref<0.2.3.4>", "#Ref<0.2.3.4>");
    ALL(sx_symbol(h, sx_atom("a-b"), SX_A(file), 1, 2), "a-b", "#Symbol<a-b>", "#Symbol<a-b>");
    text.len = 0;
    sx_print_string(&text, "a\xff\"", 3);
    CHECK(text.len == 8 && memcmp(text.data, "\"a\uFFFD\\\"\"", 8) == 0);
}

static void test_size(void)
{
    enum { DEPTH = 1000000 };
    sx_val list = SX_EMPTY, tuple = SX_EMPTY, map = SX_EMPTY, large = sx_map_empty();
    for (int i = 0; i < DEPTH; i++) {
        list = sx_cons(h, list, SX_EMPTY);
        tuple = sx_tuple(h, 1, tuple);
        if (i < DEPTH / 10) map = sx_map_put(h, sx_map_empty(), map, SX_TRUE);
    }
    text.len = 0;
    sx_print(&text, list, SIZE_MAX);
    CHECK_EQ(text.len, 2 * DEPTH + 2);
    text.len = 0;
    sx_print_erlang(&text, tuple, SIZE_MAX);
    CHECK_EQ(text.len, 2 * DEPTH + 2);
    text.len = 0;
    sx_print(&text, map, SIZE_MAX);
    CHECK_EQ(text.len, 7 * (DEPTH / 10) + 2);
    for (int i = 0; i < 100; i++) large = sx_map_put(h, large, sx_small(i + 100), sx_small(7));
    text.len = 0;
    sx_print(&text, large, SIZE_MAX);
    CHECK_EQ(text.len, 100 * 6 + 1);
    text.len = 0;
    sx_print(&text, tuple, 50); /* what is begun is released */
    sx_print(&text, map, 1000); /* the bound is on the whole text */
    CHECK_EQ(text.len, 1003);
    sx_print(&text, SX_TRUE, 10); /* passed before: nothing but the mark */
    CHECK_EQ(text.len, 1006);
}

int main(void)
{
    sx_atoms_init(SX_ATOM_LIMIT);
    sx_heap_init(h, 16, 4096, (size_t)1 << 27);
    test_atoms();
    test_numbers();
    test_binaries();
    test_lists();
    test_others();
    test_size();
    sx_buf_deinit(&text);
    sx_heap_deinit(h);
    sx_atoms_deinit();
    return unit_end();
}
