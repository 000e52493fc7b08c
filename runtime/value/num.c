/* num.c - arithmetic on integers without limit and doubles.
 * Owns promotion (small to big and back, integer to float), limits and exact comparison; text is num_text.c, the VM inlines
 * the cases where both operands are small.
 * INVARIANT: what may pass SX_BIG_MAX_BITS is refused by the sizes of the operands before it is computed; sums and products
 * are checked once more exactly, in sx_big_make. */
#include "value/num.h"
#include "value/bigint_lib.h"
#include <math.h>

#define LOCAL_LIMBS 48 /* results up to this size need no malloc */

static inline const mp_limb_t *limbs_of(sx_val big) { return (const mp_limb_t *)(sx_ptr(big) + 1); }
static inline bool big_is_negative(sx_val big) { return sx_header_kind(sx_header_of(big)) == SX_KIND_BIGNEG; }
static inline uint64_t magnitude(int64_t i) { return i < 0 ? 0 - (uint64_t)i : (uint64_t)i; }

bool sx_big_view(SxBigView *o, sx_val v)
{
    if (sx_is_small(v)) {
        o->one = magnitude(sx_small_value(v));
        o->limbs = &o->one;
        o->n = o->one != 0;
        o->negative = sx_small_value(v) < 0;
        return true;
    }
    if (!sx_is_big(v)) return false;
    o->limbs = limbs_of(v);
    o->n = (mp_size_t)sx_header_size(sx_header_of(v));
    o->negative = big_is_negative(v);
    return true;
}

static size_t bit_length(const mp_limb_t *limbs, size_t n)
{
    return n == 0 ? 0 : n * 64 - (size_t)__builtin_clzll(limbs[n - 1]);
}

size_t sx_big_view_bits(const SxBigView *o) { return bit_length(o->limbs, (size_t)o->n); }

sx_val sx_big_make(SxHeap *h, const mp_limb_t *limbs, size_t n, bool negative)
{
    while (n > 0 && limbs[n - 1] == 0) n--;
    if (n == 0) return sx_small(0);
    if (n == 1 && limbs[0] <= (uint64_t)SX_SMALL_MAX + negative) {
        return sx_small(negative ? (int64_t)(0 - limbs[0]) : (int64_t)limbs[0]);
    }
    if (bit_length(limbs, n) > SX_BIG_MAX_BITS) return SX_TOO_BIG;
    sx_val *w = sx_heap_alloc(h, n + 1);
    w[0] = SX_HEADER(negative ? SX_KIND_BIGNEG : SX_KIND_BIGPOS, n);
    memcpy(w + 1, limbs, n * sizeof *w);
    return sx_make_ptr(w, SX_TAG_BOXED);
}

/* The same from a scratch mpz, which is cleared. */
static sx_val take_mpz(SxHeap *h, mpz_t z)
{
    sx_val r = sx_big_make(h, mpz_limbs_read(z), mpz_size(z), mpz_sgn(z) < 0);
    mpz_clear(z);
    return r;
}

static mpz_srcptr as_mpz(mpz_t z, const SxBigView *o) { return mpz_roinit_n(z, o->limbs, o->negative ? -o->n : o->n); }

/* ---- floats ---- */

static sx_val finite_float(SxHeap *h, double d) { return isfinite(d) ? sx_float(h, d) : SX_NONE; }

/* Both operands as doubles; false: one is no number or too large. */
static bool as_doubles(sx_val a, sx_val b, double *x, double *y) { return sx_num_to_double(a, x) && sx_num_to_double(b, y); }

bool sx_num_to_double(sx_val a, double *out)
{
    if (sx_is_small(a)) {
        *out = (double)sx_small_value(a);
        return true;
    }
    if (sx_is_float(a)) {
        *out = sx_float_value(a);
        return true;
    }
    SxBigView o;
    if (!sx_big_view(&o, a)) return false;
    if (sx_big_view_bits(&o) > 1024) return false;
    double d = 0; /* limb by limb from the top, as OTP does: on a tie of the first two limbs this rounds twice */
    for (mp_size_t i = o.n; i > 0; i--) d = d * 0x1p64 + (double)o.limbs[i - 1];
    if (!isfinite(d)) return false;
    *out = o.negative ? -d : d;
    return true;
}

sx_val sx_num_from_double(SxHeap *h, double d)
{
    if (fabs(d) < 9223372036854775808.0) return sx_int(h, (int64_t)d);
    mpz_t z;
    mpz_init(z);
    mpz_set_d(z, d);
    return take_mpz(h, z);
}

sx_val sx_num_fdiv(SxHeap *h, sx_val a, sx_val b)
{
    double x, y;
    if (!as_doubles(a, b, &x, &y) || y == 0) return SX_NONE;
    return finite_float(h, x / y);
}

/* ---- sums and products ---- */

/* a + b, or a - b when `subtract`; both not zero. */
static sx_val add_big(SxHeap *h, const SxBigView *a, const SxBigView *b, bool subtract)
{
    bool a_negative = a->negative, b_negative = b->negative != subtract;
    bool same_sign = a_negative == b_negative, swap = a->n < b->n;
    if (!same_sign && a->n == b->n) swap = mpn_cmp(a->limbs, b->limbs, a->n) < 0;
    const SxBigView *large = swap ? b : a, *less = swap ? a : b;
    bool negative = swap ? b_negative : a_negative;
    size_t n = (size_t)large->n;
    mp_limb_t local[LOCAL_LIMBS], *sum = n + 1 <= LOCAL_LIMBS ? local : sx_alloc((n + 1) * sizeof *sum);
    if (same_sign) {
        sum[n] = mpn_add(sum, large->limbs, large->n, less->limbs, less->n);
    } else {
        mpn_sub(sum, large->limbs, large->n, less->limbs, less->n);
        sum[n] = 0;
    }
    sx_val r = sx_big_make(h, sum, n + 1, negative);
    if (sum != local) sx_free(sum);
    return r;
}

static SX_NOINLINE sx_val add_slow(SxHeap *h, sx_val a, sx_val b, bool subtract)
{
    if (sx_is_float(a) || sx_is_float(b)) {
        double x, y;
        if (!as_doubles(a, b, &x, &y)) return SX_NONE;
        return finite_float(h, subtract ? x - y : x + y);
    }
    SxBigView u, v;
    if (!sx_big_view(&u, a) || !sx_big_view(&v, b)) return SX_NONE;
    if (v.n == 0) return a;
    if (u.n == 0) return subtract ? sx_big_make(h, v.limbs, (size_t)v.n, !v.negative) : b;
    return add_big(h, &u, &v, subtract);
}

sx_val sx_num_add(SxHeap *h, sx_val a, sx_val b)
{
    if (sx_both_small(a, b)) return sx_int(h, sx_small_value(a) + sx_small_value(b));
    return add_slow(h, a, b, false);
}

sx_val sx_num_sub(SxHeap *h, sx_val a, sx_val b)
{
    if (sx_both_small(a, b)) return sx_int(h, sx_small_value(a) - sx_small_value(b));
    return add_slow(h, a, b, true);
}

static sx_val mul_big(SxHeap *h, const SxBigView *a, const SxBigView *b)
{
    if (sx_big_view_bits(a) + sx_big_view_bits(b) - 1 > SX_BIG_MAX_BITS) return SX_TOO_BIG;
    if (a->n < b->n) {
        const SxBigView *t = a;
        a = b;
        b = t;
    }
    size_t n = (size_t)(a->n + b->n);
    mp_limb_t local[LOCAL_LIMBS], *product = n <= LOCAL_LIMBS ? local : sx_alloc(n * sizeof *product);
    mpn_mul(product, a->limbs, a->n, b->limbs, b->n);
    sx_val r = sx_big_make(h, product, n, a->negative != b->negative);
    if (product != local) sx_free(product);
    return r;
}

sx_val sx_num_mul(SxHeap *h, sx_val a, sx_val b)
{
    if (sx_both_small(a, b)) {
        int64_t x = sx_small_value(a), y = sx_small_value(b), product;
        if (!__builtin_mul_overflow(x, y, &product)) return sx_int(h, product);
        unsigned __int128 wide = (unsigned __int128)magnitude(x) * magnitude(y);
        mp_limb_t limbs[2] = {(mp_limb_t)wide, (mp_limb_t)(wide >> 64)};
        return sx_big_make(h, limbs, 2, (x < 0) != (y < 0));
    }
    if (sx_is_float(a) || sx_is_float(b)) {
        double x, y;
        if (!as_doubles(a, b, &x, &y)) return SX_NONE;
        return finite_float(h, x * y);
    }
    SxBigView u, v;
    if (!sx_big_view(&u, a) || !sx_big_view(&v, b)) return SX_NONE;
    if (u.n == 0 || v.n == 0) return sx_small(0);
    return mul_big(h, &u, &v);
}

sx_val sx_num_neg(SxHeap *h, sx_val a)
{
    if (sx_is_small(a)) return sx_int(h, -sx_small_value(a));
    if (sx_is_float(a)) return sx_float(h, -sx_float_value(a));
    SxBigView o;
    if (!sx_big_view(&o, a)) return SX_NONE;
    return sx_big_make(h, o.limbs, (size_t)o.n, !o.negative);
}

/* ---- operations of integers only ---- */

/* A library call on two integers, at least one of them big. */
static sx_val apply_mpz(SxHeap *h, sx_val a, sx_val b, void (*operation)(mpz_t, mpz_srcptr, mpz_srcptr))
{
    SxBigView u, v;
    if (!sx_big_view(&u, a) || !sx_big_view(&v, b)) return SX_NONE;
    mpz_t x, y, r;
    as_mpz(x, &u);
    as_mpz(y, &v);
    mpz_init(r);
    operation(r, x, y);
    return take_mpz(h, r);
}

/* The library's entry points are macros of another name, or take mpz_t: these have one type. */
static void quotient(mpz_t r, mpz_srcptr a, mpz_srcptr b) { mpz_tdiv_q(r, a, b); }
static void remainder_of(mpz_t r, mpz_srcptr a, mpz_srcptr b) { mpz_tdiv_r(r, a, b); }
static void bits_and(mpz_t r, mpz_srcptr a, mpz_srcptr b) { mpz_and(r, a, b); }
static void bits_or(mpz_t r, mpz_srcptr a, mpz_srcptr b) { mpz_ior(r, a, b); }
static void bits_xor(mpz_t r, mpz_srcptr a, mpz_srcptr b) { mpz_xor(r, a, b); }
static void common_divisor(mpz_t r, mpz_srcptr a, mpz_srcptr b) { mpz_gcd(r, a, b); }

sx_val sx_num_div(SxHeap *h, sx_val a, sx_val b)
{
    if (b == sx_small(0)) return SX_NONE;
    if (sx_both_small(a, b)) return sx_int(h, sx_small_value(a) / sx_small_value(b));
    return apply_mpz(h, a, b, quotient);
}

sx_val sx_num_rem(SxHeap *h, sx_val a, sx_val b)
{
    if (b == sx_small(0)) return SX_NONE;
    if (sx_both_small(a, b)) return sx_small(sx_small_value(a) % sx_small_value(b));
    return apply_mpz(h, a, b, remainder_of);
}

sx_val sx_num_band(SxHeap *h, sx_val a, sx_val b)
{
    if (sx_both_small(a, b)) return a & b;
    return apply_mpz(h, a, b, bits_and);
}

sx_val sx_num_bor(SxHeap *h, sx_val a, sx_val b)
{
    if (sx_both_small(a, b)) return a | b;
    return apply_mpz(h, a, b, bits_or);
}

sx_val sx_num_bxor(SxHeap *h, sx_val a, sx_val b)
{
    if (sx_both_small(a, b)) return a ^ b;
    return apply_mpz(h, a, b, bits_xor);
}

sx_val sx_num_bnot(SxHeap *h, sx_val a)
{
    if (sx_is_small(a)) return sx_small(~sx_small_value(a));
    SxBigView o;
    if (!sx_big_view(&o, a)) return SX_NONE;
    mpz_t x, r;
    as_mpz(x, &o);
    mpz_init(r);
    mpz_com(r, x);
    return take_mpz(h, r);
}

/* Shift left by n >= 0 bits, or right when `right`. */
static sx_val shift(SxHeap *h, sx_val a, uint64_t n, bool right)
{
    SxBigView o;
    if (!sx_big_view(&o, a)) return SX_NONE;
    if (o.n == 0 || n == 0) return a;
    size_t bits = sx_big_view_bits(&o);
    if (right && n >= bits) return sx_small(o.negative ? -1 : 0);
    if (!right && n > SX_BIG_MAX_BITS - bits) return SX_TOO_BIG;
    if (right && sx_is_small(a)) return sx_small(sx_small_value(a) >> n);
    if (!right && n + bits < SX_SMALL_BITS) return a << n;
    mpz_t x, r;
    as_mpz(x, &o);
    mpz_init(r);
    if (right) mpz_fdiv_q_2exp(r, x, (mp_bitcnt_t)n);
    else mpz_mul_2exp(r, x, (mp_bitcnt_t)n);
    return take_mpz(h, r);
}

static sx_val shift_by(SxHeap *h, sx_val a, sx_val n, bool right)
{
    if (sx_is_small(n)) {
        int64_t i = sx_small_value(n);
        return shift(h, a, magnitude(i), right != (i < 0));
    }
    if (!sx_is_big(n)) return SX_NONE;
    return shift(h, a, UINT64_MAX, right != big_is_negative(n));
}

sx_val sx_num_bsl(SxHeap *h, sx_val a, sx_val n) { return shift_by(h, a, n, false); }
sx_val sx_num_bsr(SxHeap *h, sx_val a, sx_val n) { return shift_by(h, a, n, true); }

sx_val sx_num_gcd(SxHeap *h, sx_val a, sx_val b)
{
    if (!sx_both_small(a, b)) return apply_mpz(h, a, b, common_divisor);
    uint64_t x = magnitude(sx_small_value(a)), y = magnitude(sx_small_value(b));
    while (y != 0) {
        uint64_t r = x % y;
        x = y;
        y = r;
    }
    return sx_uint(h, x);
}

/* ---- comparison and conversion ---- */

static int three_way(bool less, bool more) { return (int)more - (int)less; }

static int compare_integers(const SxBigView *a, const SxBigView *b)
{
    if (a->negative != b->negative) return a->negative ? -1 : 1;
    int c = a->n != b->n ? three_way(a->n < b->n, a->n > b->n) : mpn_cmp(a->limbs, b->limbs, a->n);
    return a->negative ? three_way(c > 0, c < 0) : three_way(c < 0, c > 0);
}

/* Integer a against double d, without rounding either. */
static int compare_with_double(sx_val a, double d)
{
    if (!sx_is_small(a)) {
        SxBigView o;
        mpz_t x;
        sx_big_view(&o, a);
        int c = mpz_cmp_d(as_mpz(x, &o), d);
        return three_way(c < 0, c > 0);
    }
    if (fabs(d) >= 9223372036854775808.0) return d > 0 ? -1 : 1;
    int64_t i = sx_small_value(a), whole = (int64_t)d;
    if (i != whole) return i < whole ? -1 : 1;
    double part = d - (double)whole; /* exact: a double with a fraction has a whole part below 2^53 */
    return three_way(part > 0, part < 0);
}

int sx_num_compare(sx_val a, sx_val b)
{
    if (sx_both_small(a, b)) return three_way((int64_t)a < (int64_t)b, (int64_t)a > (int64_t)b);
    if (sx_is_float(a) && sx_is_float(b)) {
        double x = sx_float_value(a), y = sx_float_value(b);
        return three_way(x < y, x > y);
    }
    if (sx_is_float(a)) return -compare_with_double(b, sx_float_value(a));
    if (sx_is_float(b)) return compare_with_double(a, sx_float_value(b));
    SxBigView u, v;
    sx_big_view(&u, a);
    sx_big_view(&v, b);
    return compare_integers(&u, &v);
}

bool sx_num_to_int64(sx_val a, int64_t *out)
{
    if (sx_is_small(a)) {
        *out = sx_small_value(a);
        return true;
    }
    SxBigView o;
    if (!sx_big_view(&o, a) || o.n > 1 || o.limbs[0] > (uint64_t)INT64_MAX + o.negative) return false;
    *out = o.negative ? (int64_t)(0 - o.limbs[0]) : (int64_t)o.limbs[0];
    return true;
}

bool sx_num_to_uint64(sx_val a, uint64_t *out)
{
    SxBigView o;
    if (!sx_big_view(&o, a) || o.n > 1 || o.negative) return false;
    *out = o.n == 0 ? 0 : o.limbs[0];
    return true;
}

/* ---- bytes ---- */

size_t sx_num_bytes(sx_val integer)
{
    SxBigView o;
    if (!sx_big_view(&o, integer)) return 0;
    return (sx_big_view_bits(&o) + 7) / 8;
}

void sx_num_export(sx_val integer, unsigned char *big_endian, size_t n_bytes)
{
    SxBigView o;
    if (!sx_big_view(&o, integer)) SX_CHECK(!"sx_num_export: an integer");
    unsigned carry = o.negative; /* two's complement: invert and add one, from the low end */
    unsigned char flip = o.negative ? 0xFF : 0;
    for (size_t i = 0; i < n_bytes; i++) {
        size_t limb = i / 8;
        unsigned char byte = limb < (size_t)o.n ? (unsigned char)(o.limbs[limb] >> (i % 8 * 8)) : 0;
        unsigned sum = (unsigned)(byte ^ flip) + carry;
        big_endian[n_bytes - 1 - i] = (unsigned char)sum;
        carry = sum >> 8;
    }
}

sx_val sx_num_import(SxHeap *h, const unsigned char *big_endian, size_t n_bytes, bool is_signed)
{
    bool negative = is_signed && n_bytes > 0 && (big_endian[0] & 0x80);
    unsigned char flip = negative ? 0xFF : 0;
    while (n_bytes > 0 && big_endian[0] == flip) {
        big_endian++;
        n_bytes--;
    }
    if (n_bytes > SX_BIG_MAX_BITS / 8 + 8) return SX_TOO_BIG;
    size_t n = n_bytes / 8 + 1; /* one more than needed at times: room for the carry */
    mp_limb_t local[LOCAL_LIMBS], *limbs = n <= LOCAL_LIMBS ? local : sx_alloc(n * sizeof *limbs);
    memset(limbs, 0, n * sizeof *limbs);
    for (size_t i = 0; i < n_bytes; i++) {
        limbs[i / 8] |= (mp_limb_t)(unsigned char)(big_endian[n_bytes - 1 - i] ^ flip) << (i % 8 * 8);
    }
    for (size_t i = 0; negative && i < n && ++limbs[i] == 0; i++) {
    }
    sx_val r = sx_big_make(h, limbs, n, negative);
    if (limbs != local) sx_free(limbs);
    return r;
}
