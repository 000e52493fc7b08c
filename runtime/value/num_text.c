/* num_text.c - numbers as text: integers in bases 2 to 36, the shortest text of a double.
 * Owns digits only; underscores, prefixes such as 16# and the text of floats on input belong to the readers.
 * INVARIANT: the text of a double reads back as the same double, no shorter one does, and it is what Erlang's
 * float_to_list(D, [short]) gives. */
#include "base/buf.h"
#include "value/bigint_lib.h"
#include "value/num.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- integers ---- */

static int digit_value(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'z') return c - 'a' + 10;
    if (c >= 'A' && c <= 'Z') return c - 'A' + 10;
    return 36;
}

/* The digits do not fit a word: hand their values to the library. */
static sx_val parse_big(SxHeap *h, const char *digits, size_t n, int base, bool negative)
{
    if ((double)(n - 1) * log2(base) > (double)SX_BIG_MAX_BITS) return SX_TOO_BIG; /* digits[0] is not 0 */
    unsigned char *values = sx_alloc(n);
    for (size_t i = 0; i < n; i++) values[i] = (unsigned char)digit_value(digits[i]);
    mp_limb_t *limbs = sx_alloc(((size_t)((double)n * log2(base)) / 64 + 3) * sizeof *limbs);
    mp_size_t n_limbs = mpn_set_str(limbs, values, n, base);
    sx_val r = sx_big_make(h, limbs, (size_t)n_limbs, negative);
    sx_free(limbs);
    sx_free(values);
    return r;
}

sx_val sx_num_parse(SxHeap *h, const char *digits, size_t n, int base)
{
    bool negative = n > 0 && digits[0] == '-';
    if (n > 0 && (negative || digits[0] == '+')) {
        digits++;
        n--;
    }
    if (n == 0 || base < 2 || base > 36) return SX_NONE;
    for (size_t i = 0; i < n; i++) {
        if (digit_value(digits[i]) >= base) return SX_NONE;
    }
    while (n > 1 && digits[0] == '0') {
        digits++;
        n--;
    }
    uint64_t u = 0;
    for (size_t i = 0; i < n; i++) {
        if (__builtin_mul_overflow(u, (uint64_t)base, &u) || __builtin_add_overflow(u, (uint64_t)digit_value(digits[i]), &u)) {
            return parse_big(h, digits, n, base, negative);
        }
    }
    mp_limb_t limb = u;
    return sx_big_make(h, &limb, 1, negative);
}

static void print_word(SxBuf *out, uint64_t u, int base)
{
    char text[64], *at = text + sizeof text;
    do {
        *--at = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[u % (unsigned)base];
        u /= (unsigned)base;
    } while (u != 0);
    sx_buf_add(out, at, (size_t)(text + sizeof text - at));
}

void sx_num_print(SxBuf *out, sx_val integer, int base)
{
    SxBigView o;
    if (!sx_big_view(&o, integer)) SX_CHECK(!"sx_num_print: an integer");
    if (o.negative) sx_buf_add_char(out, '-');
    if (o.n <= 1) {
        print_word(out, o.n == 0 ? 0 : o.limbs[0], base);
        return;
    }
    mpz_t z;
    mpz_roinit_n(z, o.limbs, o.n);
    char *at = sx_buf_reserve(out, mpz_sizeinbase(z, base) + 1);
    mpz_get_str(at, -base, z); /* a negative base: upper case */
    out->len += strlen(at);
}

/* ---- doubles ---- */

#define MAX_DIGITS 17

/* Significant digits of a double: 0.d1d2d3... times ten to the power of `point`. No trailing zeros, at least one digit. */
typedef struct Digits {
    char d[MAX_DIGITS + 1];
    int n, point;
} Digits;

static void strip_zeros(Digits *r)
{
    while (r->n > 1 && r->d[r->n - 1] == '0') r->n--;
}

static void digits_of_word(Digits *r, uint64_t m, int scale)
{
    char text[24];
    r->n = snprintf(text, sizeof text, "%llu", (unsigned long long)m);
    memcpy(r->d, text, (size_t)r->n);
    r->point = r->n - scale;
    strip_zeros(r);
}

/* Doubles such as 42.0 and 3.75: d = m / 10^k with m below 10^15 and k up to 15. The division of two exact doubles is
 * correctly rounded, so m reads back as d, and different decimals of up to 15 digits are different doubles. */
static bool few_digits(Digits *r, double d)
{
    static const double power[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    for (int k = 0; k < (int)SX_COUNT(power); k++) {
        double m = d * power[k];
        if (!(m < 1e15)) return false;
        uint64_t whole = (uint64_t)(m + 0.5);
        if (whole > 0 && (double)whole / power[k] == d) {
            digits_of_word(r, whole, k);
            return true;
        }
    }
    return false;
}

/* d in n digits, as the C library rounds it. */
static void round_to(Digits *r, double d, int n)
{
    char text[40];
    snprintf(text, sizeof text, "%.*e", n - 1, d);
    r->d[0] = text[0];
    if (n > 1) memcpy(r->d + 1, text + 2, (size_t)n - 1);
    r->n = n;
    r->point = atoi(strchr(text, 'e') + 1) + 1;
}

static bool reads_back(const Digits *r, double d)
{
    char text[40];
    snprintf(text, sizeof text, "%.*se%d", r->n, r->d, r->point - r->n);
    return strtod(text, NULL) == d;
}

/* The next larger decimal of as many digits. */
static void step_up(Digits *r)
{
    int i = r->n - 1;
    while (i >= 0 && r->d[i] == '9') r->d[i--] = '0';
    if (i >= 0) {
        r->d[i]++;
    } else {
        r->d[0] = '1'; /* the rest are zeros */
        r->point++;
    }
}

/* The shortest digits that read back as d > 0, the closest of these. */
static void shortest_digits(Digits *r, double d)
{
    if (few_digits(r, d)) return;
    int exponent;
    /* Below a power of two doubles lie twice as dense: the nearest decimal may be too low and the next one fit. */
    bool uneven = frexp(d, &exponent) == 0.5;
    /* Up to 15 digits are kept by every normal double, so rounding to 15 shows all that are shorter. */
    for (int n = d < 0x1p-1022 ? 1 : 15; n <= MAX_DIGITS; n++) {
        round_to(r, d, n);
        if (!reads_back(r, d)) {
            if (!uneven) continue;
            step_up(r);
            if (!reads_back(r, d)) continue;
        }
        strip_zeros(r);
        return;
    }
    SX_CHECK(!"17 digits read back");
}

void sx_num_print_double(SxBuf *out, double d)
{
    if (signbit(d)) {
        sx_buf_add_char(out, '-');
        d = -d;
    }
    if (d == 0) {
        sx_buf_add_str(out, "0.0");
        return;
    }
    Digits r;
    shortest_digits(&r, d);
    int exponent = r.point - 1;
    char power[8];
    int scientific = (r.n == 1 ? 3 : r.n + 1) + 1 + snprintf(power, sizeof power, "%d", exponent);
    int plain = r.point <= 0 ? 2 - r.point + r.n : r.point < r.n ? r.n + 1 : r.point + 2;
    if (scientific < plain || d >= 0x1p53) {
        sx_buf_add_char(out, r.d[0]);
        sx_buf_add_char(out, '.');
        if (r.n == 1) sx_buf_add_char(out, '0');
        else sx_buf_add(out, r.d + 1, (size_t)r.n - 1);
        sx_buf_addf(out, "e%s", power);
    } else if (r.point <= 0) {
        sx_buf_add(out, "0.00000", (size_t)(2 - r.point)); /* plain is no longer than scientific: few zeros */
        sx_buf_add(out, r.d, (size_t)r.n);
    } else if (r.point < r.n) {
        sx_buf_add(out, r.d, (size_t)r.point);
        sx_buf_add_char(out, '.');
        sx_buf_add(out, r.d + r.point, (size_t)(r.n - r.point));
    } else {
        sx_buf_add(out, r.d, (size_t)r.n);
        for (int i = r.n; i < r.point; i++) sx_buf_add_char(out, '0');
        sx_buf_add_str(out, ".0");
    }
}
