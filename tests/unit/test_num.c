/* test_num.c - integers and floats against what OTP answered (num_oracle.inc), then limits, wrong operands, conversions and
 * the text of doubles. Built with GMP and with mini-gmp. */
#include "base/buf.h"
#include "unit.h"
#include "value/compare.h"
#include "value/num.h"
#include <math.h>
#include <stdlib.h>

static SxHeap heap, *h = &heap;
static SxBuf text = SX_BUF_INIT;

static sx_val num(const char *s) { return sx_num_parse(h, s, strlen(s), 10); }

static const char *shown(sx_val v, int base)
{
    text.len = 0;
    if (sx_is_float(v)) sx_num_print_double(&text, sx_float_value(v));
    else if (sx_is_integer(v)) sx_num_print(&text, v, base);
    else sx_buf_add_str(&text, v == SX_NONE ? "none" : v == SX_TOO_BIG ? "too big" : "?");
    sx_buf_add_char(&text, '\0');
    return text.data;
}

static const struct Row { const char *op, *a, *b, *result; } rows[] = {
#include "num_oracle.inc"
};

static const struct { const char *name; sx_val (*f)(SxHeap *, sx_val, sx_val); } operations[] = {
    {"add", sx_num_add}, {"sub", sx_num_sub}, {"mul", sx_num_mul}, {"div", sx_num_div}, {"rem", sx_num_rem}, {"band", sx_num_band},
    {"bor", sx_num_bor}, {"bxor", sx_num_bxor}, {"bsl", sx_num_bsl}, {"bsr", sx_num_bsr}, {"gcd", sx_num_gcd},
};

static const char *result_of(const struct Row *r)
{
    sx_val a = num(r->a), b = num(r->b);
    for (size_t i = 0; i < SX_COUNT(operations); i++) {
        if (strcmp(operations[i].name, r->op) == 0) return shown(operations[i].f(h, a, b), 10);
    }
    double d;
    if (strcmp(r->op, "compare") == 0) return shown(sx_small(sx_num_compare(a, b)), 10);
    if (strcmp(r->op, "float") == 0) return sx_num_to_double(a, &d) ? shown(sx_float(h, d), 10) : "none";
    if (strcmp(r->op, "fcompare") == 0) {
        sx_num_to_double(b, &d);
        CHECK_EQ(sx_num_compare(sx_float(h, d), a), -sx_num_compare(a, sx_float(h, d)));
        return shown(sx_small(sx_num_compare(a, sx_float(h, d))), 10);
    }
    if (strcmp(r->op, "text36") == 0) {
        CHECK(sx_equal(sx_num_parse(h, r->result, strlen(r->result), 36), a));
        return shown(a, 36);
    }
    unsigned char bytes[32];
    size_t n = (size_t)sx_small_value(b);
    sx_num_export(a, bytes, n);
    if (n > sx_num_bytes(a)) CHECK(sx_equal(sx_num_import(h, bytes, n, true), a)); /* there is room for the sign */
    text.len = 0;
    for (size_t i = 0; i < n; i++) sx_buf_addf(&text, "%02x", bytes[i]);
    sx_buf_add_char(&text, '\0');
    return text.data;
}

static void test_oracle(void)
{
    for (size_t i = 0; i < SX_COUNT(rows); i++) {
        const char *got = result_of(&rows[i]);
        bool same = strcmp(got, rows[i].result) == 0;
        if (!same) printf("%s %s %s: expected %s, got %s\n", rows[i].op, rows[i].a, rows[i].b, rows[i].result, got);
        CHECK(same);
        CHECK(strcmp(shown(num(rows[i].a), 10), rows[i].a) == 0);
    }
}

#define SHOWS(v, expected) CHECK(strcmp(shown((v), 10), (expected)) == 0)

static void test_edges(void)
{
    sx_val max = sx_small(SX_SMALL_MAX), min = sx_small(SX_SMALL_MIN), one = sx_small(1), big = num("123456789012345678901234567890");
    SHOWS(sx_num_add(h, max, one), "1152921504606846976");
    SHOWS(sx_num_sub(h, min, one), "-1152921504606846977");
    SHOWS(sx_num_neg(h, min), "1152921504606846976");
    SHOWS(sx_num_div(h, min, sx_small(-1)), "1152921504606846976");
    SHOWS(sx_num_gcd(h, min, min), "1152921504606846976");
    CHECK(sx_num_neg(h, sx_num_neg(h, min)) == min);
    CHECK(sx_num_sub(h, sx_num_add(h, max, one), one) == max); /* small again */
    CHECK(sx_num_sub(h, big, big) == sx_small(0));
    CHECK(sx_num_add(h, big, sx_small(0)) == big && sx_num_add(h, sx_small(0), big) == big);
    SHOWS(sx_num_sub(h, sx_small(0), big), "-123456789012345678901234567890");
    SHOWS(sx_num_bnot(h, big), "-123456789012345678901234567891");
    SHOWS(sx_num_bnot(h, max), "-1152921504606846976");
    SHOWS(sx_num_fdiv(h, sx_small(7), sx_small(2)), "3.5");
    SHOWS(sx_num_fdiv(h, big, big), "1.0");
    SHOWS(sx_num_from_double(h, 1e22), "10000000000000000000000");
    SHOWS(sx_num_from_double(h, -0x1p63), "-9223372036854775808");
    SHOWS(sx_num_from_double(h, 42.0), "42");
}

static void test_wrong_operands(void)
{
    sx_val atom = SX_TRUE, f = sx_float(h, 1.5), huge = sx_float(h, 1e308), zero = sx_float(h, 0.0);
    sx_val wide = sx_num_bsl(h, sx_small(1), sx_small(1024));
    for (size_t i = 0; i < SX_COUNT(operations); i++) {
        CHECK(operations[i].f(h, atom, sx_small(1)) == SX_NONE);
        CHECK(operations[i].f(h, sx_small(1), atom) == SX_NONE);
        CHECK(operations[i].f(h, wide, SX_EMPTY) == SX_NONE);
        if (i >= 3) CHECK(operations[i].f(h, f, sx_small(1)) == SX_NONE && operations[i].f(h, sx_small(1), f) == SX_NONE);
    }
    CHECK(sx_num_div(h, sx_small(1), sx_small(0)) == SX_NONE && sx_num_rem(h, wide, sx_small(0)) == SX_NONE);
    CHECK(sx_num_fdiv(h, f, zero) == SX_NONE && sx_num_fdiv(h, f, sx_small(0)) == SX_NONE);
    CHECK(sx_num_mul(h, huge, huge) == SX_NONE && sx_num_add(h, huge, huge) == SX_NONE);
    CHECK(sx_num_add(h, wide, f) == SX_NONE && sx_num_fdiv(h, wide, sx_small(1)) == SX_NONE);
    CHECK(sx_num_neg(h, atom) == SX_NONE && sx_num_bnot(h, f) == SX_NONE);
    CHECK(num("") == SX_NONE && num("-") == SX_NONE && num("1a") == SX_NONE && num("1 ") == SX_NONE && num("--1") == SX_NONE);
    CHECK(num("+12") == sx_small(12) && num("-0") == sx_small(0) && num("0000000000000000000000000000001") == sx_small(1));
}

static void test_limits(void)
{
    sx_val most = sx_num_bsl(h, sx_small(1), sx_small((int64_t)SX_BIG_MAX_BITS - 1)), one = sx_small(1);
    CHECK(sx_is_big(most));
    CHECK(sx_num_bsl(h, most, one) == SX_TOO_BIG);
    CHECK(sx_num_add(h, most, most) == SX_TOO_BIG);
    CHECK(sx_num_mul(h, most, sx_small(2)) == SX_TOO_BIG);
    CHECK(sx_num_mul(h, most, most) == SX_TOO_BIG);
    CHECK(sx_is_big(sx_num_add(h, most, one)));
    sx_val huge = num("99999999999999999999999");
    CHECK(sx_num_bsl(h, one, huge) == SX_TOO_BIG);
    CHECK(sx_num_bsl(h, sx_small(0), huge) == sx_small(0));
    CHECK(sx_num_bsr(h, most, huge) == sx_small(0) && sx_num_bsr(h, sx_num_neg(h, most), huge) == sx_small(-1));
    CHECK(sx_num_bsl(h, sx_small(-5), sx_num_neg(h, huge)) == sx_small(-1));
    CHECK(sx_num_bsl(h, sx_small(-5), sx_small(SX_SMALL_MIN)) == sx_small(-1));
    CHECK(sx_num_bsr(h, sx_small(-5), sx_small(100)) == sx_small(-1));
    CHECK(sx_num_compare(most, sx_num_neg(h, most)) == 1);
    CHECK(sx_num_compare(most, sx_float(h, 1.7976931348623157e308)) == 1);
    size_t n = SX_BIG_MAX_BITS / 2;
    char *digits = sx_alloc(n);
    memset(digits, 'f', n);
    CHECK(sx_num_parse(h, digits, n, 16) == SX_TOO_BIG);
    sx_free(digits);
}

static void test_conversions(void)
{
    int64_t i;
    uint64_t u;
    CHECK(sx_num_to_int64(num("9223372036854775807"), &i) && i == INT64_MAX);
    CHECK(sx_num_to_int64(num("-9223372036854775808"), &i) && i == INT64_MIN);
    CHECK(!sx_num_to_int64(num("9223372036854775808"), &i) && !sx_num_to_int64(num("-9223372036854775809"), &i));
    CHECK(!sx_num_to_int64(sx_float(h, 1.0), &i) && !sx_num_to_int64(SX_TRUE, &i));
    CHECK(sx_num_to_uint64(num("18446744073709551615"), &u) && u == UINT64_MAX);
    CHECK(!sx_num_to_uint64(num("18446744073709551616"), &u) && !sx_num_to_uint64(sx_small(-1), &u));
    CHECK(sx_num_to_uint64(sx_small(0), &u) && u == 0);
    CHECK_EQ(sx_num_bytes(sx_small(0)), 0);
    CHECK_EQ(sx_num_bytes(sx_small(-255)), 1);
    CHECK_EQ(sx_num_bytes(sx_small(256)), 2);
    CHECK(sx_num_import(h, (const unsigned char *)"\xff\xff\xff", 3, true) == sx_small(-1));
    CHECK(sx_num_import(h, (const unsigned char *)"\x80", 1, true) == sx_small(-128));
    CHECK(sx_num_import(h, (const unsigned char *)"\0\0\0\0\0\0\0\0\0\0\7", 11, true) == sx_small(7));
    CHECK(sx_num_import(h, NULL, 0, true) == sx_small(0));
    SHOWS(sx_num_import(h, (const unsigned char *)"\xff\0\0\0\0\0\0\0\0", 9, true), "-18446744073709551616");
    SHOWS(sx_num_import(h, (const unsigned char *)"\xff\xff\xff\xff\xff\xff\xff\xff", 8, false), "18446744073709551615");
}

/* Texts from OTP 25, float_to_list(D, [short]). */
static void test_doubles(void)
{
    static const char *const texts[] = {
        "0.0", "-0.0", "1.0", "0.1", "1.0e3", "100.0", "1.0e4", "12345678.0", "1.0e22", "1.0e-5", "0.001", "0.01", "0.0001", "0.00123",
        "1.23e-4", "123456789.0", "1234567890123456.0", "9007199254740991.0", "9.007199254740992e15", "9007199254740990.0", "5.0e-324",
        "5.684341886080802e-14", "2.2250738585072014e-308", "1.7976931348623157e308", "1.2e3", "1.25e-4", "1.0e5", "1.234e5", "-1.0e3",
        "-100.0", "3.141592653589793", "123456.789", "0.30000000000000004", "4.35", "9.5367431640625e-7", "1.0e23",
    };
    for (size_t i = 0; i < SX_COUNT(texts); i++) {
        const char *got = shown(sx_float(h, strtod(texts[i], NULL)), 10);
        if (strcmp(got, texts[i]) != 0) printf("expected %s, got %s\n", texts[i], got);
        CHECK(strcmp(got, texts[i]) == 0);
    }
    uint64_t seed = 12345;
    for (int i = 0; i < 20000; i++) {
        uint64_t bits = unit_random(&seed);
        double d;
        memcpy(&d, &bits, sizeof d);
        if (isfinite(d)) CHECK(strtod(shown(sx_float(h, d), 10), NULL) == d);
    }
}

int main(void)
{
    sx_heap_init(h, 16, 4096, (size_t)1 << 27);
    test_oracle();
    test_edges();
    test_wrong_operands();
    test_limits();
    test_conversions();
    test_doubles();
    sx_buf_deinit(&text);
    sx_heap_deinit(h);
    return unit_end();
}
