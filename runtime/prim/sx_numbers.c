/* sx_numbers.c - arithmetic, comparison and bits as functions (the compiler inlines calls of two operands), rounding, powers,
 * randomness and clocks. All of them raise badarith for operands that are no numbers, and for what has no result. */
#include "prim/sx_pieces.h"
#include "base/sys.h"
#include <math.h>

typedef sx_val (*Operation)(SxHeap *h, sx_val a, sx_val b);

/* The result of a number operation, or what it raises. */
static sx_val number(SxProc *p, sx_val v)
{
    if (v == SX_NONE) return sx_error(p, SX_A(badarith));
    if (v == SX_TOO_BIG) return sx_error(p, SX_A(system_limit));
    if (sx_is_boxed(v)) sx_charge(p, sx_header_size(sx_header_of(v)) / 8);
    return v;
}

/* acc op argv[0] op argv[1] ... */
static sx_val fold(SxProc *p, Operation op, sx_val acc, const sx_val *argv, int argc)
{
    for (int i = 0; i < argc; i++) {
        acc = number(p, op(&p->heap, acc, argv[i]));
        if (acc == SX_THROWN) break;
    }
    return acc;
}

/* ---- arithmetic ---- */

SX_GUARD_PRIM(plus, "(+ & xs)", "Sum. Raises badarith for what is no number. (+ 1 2 3) => 6") { return fold(p, sx_num_add, sx_small(0), argv, argc); }
SX_GUARD_PRIM(times, "(* & xs)", "Product. Raises badarith for what is no number. (* 2 3 4) => 24") { return fold(p, sx_num_mul, sx_small(1), argv, argc); }
SX_GUARD_PRIM(minus, "(- x & more)", "`x` less all others; with one argument its negation. Raises badarith for what is no number. (- 10 1 2) => 7")
{
    if (argc == 1) return number(p, sx_num_neg(&p->heap, argv[0]));
    return fold(p, sx_num_sub, argv[0], argv + 1, argc - 1);
}
SX_GUARD_PRIM(divide, "(/ x y & more)", "Quotient, a float. Raises badarith for 0 as divisor. (/ 1 2) => 0.5") { return fold(p, sx_num_fdiv, argv[0], argv + 1, argc - 1); }
SX_GUARD_PRIM(div2, "(div x y)", "Quotient of integers, cut towards 0. Raises badarith for 0 as divisor. (div -7 2) => -3") { return number(p, sx_num_div(&p->heap, argv[0], argv[1])); }
SX_GUARD_PRIM(quotient, "(quotient x y)", "The same as div. (quotient 7 2) => 3") { return number(p, sx_num_div(&p->heap, argv[0], argv[1])); }
SX_GUARD_PRIM(rem2, "(rem x y)", "Remainder of div, with the sign of `x`. Raises badarith for 0 as divisor. (rem -1 3) => -1") { return number(p, sx_num_rem(&p->heap, argv[0], argv[1])); }
SX_GUARD_PRIM(mod2, "(mod x y)", "Floor modulo, with the sign of `y`. Raises badarith for 0 as divisor. (mod -1 3) => 2")
{
    sx_val r = number(p, sx_num_rem(&p->heap, argv[0], argv[1]));
    if (r == SX_THROWN || r == sx_small(0)) return r;
    if ((sx_num_compare(r, sx_small(0)) < 0) == (sx_num_compare(argv[1], sx_small(0)) < 0)) return r;
    return number(p, sx_num_add(&p->heap, r, argv[1]));
}
SX_GUARD_PRIM(inc, "(inc n)", "`n` and 1. (inc 1) => 2") { return number(p, sx_num_add(&p->heap, argv[0], sx_small(1))); }
SX_GUARD_PRIM(dec, "(dec n)", "`n` less 1. (dec 1) => 0") { return number(p, sx_num_sub(&p->heap, argv[0], sx_small(1))); }
SX_GUARD_PRIM(abs1, "(abs n)", "`n` without its sign. (abs -3) => 3")
{
    if (sx_is_float(argv[0])) return signbit(sx_float_value(argv[0])) ? sx_float(&p->heap, fabs(sx_float_value(argv[0]))) : argv[0];
    if (!sx_is_integer(argv[0])) return sx_error(p, SX_A(badarith));
    return sx_num_compare(argv[0], sx_small(0)) < 0 ? number(p, sx_num_neg(&p->heap, argv[0])) : argv[0];
}

/* ---- order ---- */

SX_GUARD_PRIM(min1, "(min x & more)", "The least of all arguments in the order of all terms; the first of equal ones. (min 3 1 2) => 1")
{
    sx_val least = argv[0];
    for (int i = 1; i < argc; i++)
        if (sx_compare(argv[i], least) < 0) least = argv[i];
    return least;
}
SX_GUARD_PRIM(max1, "(max x & more)", "The greatest of all arguments in the order of all terms; the first of equal ones. (max 3 1 2) => 3")
{
    sx_val greatest = argv[0];
    for (int i = 1; i < argc; i++)
        if (sx_compare(argv[i], greatest) > 0) greatest = argv[i];
    return greatest;
}
SX_PRIM(compare2, "(compare x y)", "-1, 0 or 1 in the order of all terms. (compare 1 2) => -1") { return sx_vm_relate(p, argv[0], argv[1], SX_IN_ORDER); }

/* True when what `relation` says of every two neighbours passes `test`. */
#define CHAIN(id, usage, doc, relation, test)                                                                          \
    SX_GUARD_PRIM(id, usage, doc)                                                                                      \
    {                                                                                                                  \
        for (int i = 1; i < argc; i++) {                                                                               \
            sx_val related = argc == 2 ? sx_vm_relate(p, argv[0], argv[1], relation) : sx_vm_relate_at_once(argv[i - 1], argv[i], relation); \
            if (related == SX_APART) return related;                                                                   \
            int64_t order = sx_small_value(related);                                                                   \
            if (!(test)) return SX_FALSE;                                                                              \
        }                                                                                                              \
        return SX_TRUE;                                                                                                \
    }
CHAIN(eq, "(= x & more)", "True when all arguments are the same value; 1 and 1.0 are not. (= 1 1.0) => false", SX_EXACTLY, order == 0)
CHAIN(eq_num, "(== x & more)", "True when all arguments are equal, numbers by value. (== 1 1.0) => true", SX_AS_NUMBERS, order == 0)
CHAIN(lt, "(< x & more)", "True when each argument is less than the next in the order of all terms. (< 1 2 3) => true", SX_IN_ORDER, order < 0)
CHAIN(gt, "(> x & more)", "True when each argument is greater than the next in the order of all terms. (> 3 2 1) => true", SX_IN_ORDER, order > 0)
CHAIN(le, "(<= x & more)", "True when no argument is greater than the next in the order of all terms. (<= 1 1 2) => true", SX_IN_ORDER, order <= 0)
CHAIN(ge, "(>= x & more)", "True when no argument is less than the next in the order of all terms. (>= 2 1 1) => true", SX_IN_ORDER, order >= 0)
SX_GUARD_PRIM(not_eq, "(not= x y)", "False when both are the same value. (not= 1 2) => true")
{
    sx_val related = sx_vm_relate(p, argv[0], argv[1], SX_EXACTLY);
    return related == SX_APART ? related : sx_bool(related != sx_small(0));
}

/* ---- bits ---- */

#define BIT_FOLD(id, usage, doc, op)                                                                                   \
    SX_GUARD_PRIM(id, usage, doc)                                                                                      \
    {                                                                                                                  \
        if (argc == 1 && !sx_is_integer(argv[0])) return sx_error(p, SX_A(badarith));                                  \
        return fold(p, op, argv[0], argv + 1, argc - 1);                                                               \
    }
BIT_FOLD(bit_and, "(bit-and x & more)", "Bits that are set in all integers. (bit-and 12 10) => 8", sx_num_band)
BIT_FOLD(bit_or, "(bit-or x & more)", "Bits that are set in one of the integers. (bit-or 12 10) => 14", sx_num_bor)
BIT_FOLD(bit_xor, "(bit-xor x & more)", "Bits that are set in an odd number of the integers. (bit-xor 12 10) => 6", sx_num_bxor)
SX_GUARD_PRIM(bit_not, "(bit-not x)", "Integer `x` with all bits turned. (bit-not 0) => -1") { return number(p, sx_num_bnot(&p->heap, argv[0])); }
SX_GUARD_PRIM(bit_shift_left, "(bit-shift-left x n)", "Integer `x` times 2 to the power `n`. (bit-shift-left 1 4) => 16") { return number(p, sx_num_bsl(&p->heap, argv[0], argv[1])); }
SX_GUARD_PRIM(bit_shift_right, "(bit-shift-right x n)", "Integer `x` without its last `n` bits, sign kept. (bit-shift-right 16 4) => 1") { return number(p, sx_num_bsr(&p->heap, argv[0], argv[1])); }

/* ---- rounding, roots and powers ---- */

static sx_val rounded(SxProc *p, sx_val v, double (*how)(double))
{
    if (sx_is_integer(v)) return v;
    if (!sx_is_float(v) || !isfinite(sx_float_value(v))) return sx_error(p, SX_A(badarith));
    return number(p, sx_num_from_double(&p->heap, how(sx_float_value(v))));
}
SX_GUARD_PRIM(floor1, "(floor x)", "Greatest integer that is not above `x`. (floor -1.5) => -2") { return rounded(p, argv[0], floor); }
SX_GUARD_PRIM(ceil1, "(ceil x)", "Least integer that is not below `x`. (ceil 1.2) => 2") { return rounded(p, argv[0], ceil); }
SX_GUARD_PRIM(round1, "(round x)", "Nearest integer; halves go away from 0. (round 2.5) => 3") { return rounded(p, argv[0], round); }
SX_GUARD_PRIM(trunc1, "(trunc x)", "`x` without its fraction, an integer. (trunc -1.5) => -1") { return rounded(p, argv[0], trunc); }

static bool to_double(sx_val v, double *d)
{
    if (sx_is_float(v)) *d = sx_float_value(v);
    return sx_is_float(v) || (sx_is_integer(v) && sx_num_to_double(v, d));
}
static sx_val finite_float(SxProc *p, double d) { return isfinite(d) ? sx_float(&p->heap, d) : sx_error(p, SX_A(badarith)); }

SX_PRIM(sqrt1, "(sqrt x)", "Square root, a float. Raises badarith for negative numbers. (sqrt 9) => 3.0")
{
    double d;
    return to_double(argv[0], &d) ? finite_float(p, sqrt(d)) : sx_error(p, SX_A(badarith));
}

static sx_val integer_power(SxProc *p, sx_val base, sx_val exponent)
{
    int64_t n;
    bool odd = sx_num_band(&p->heap, exponent, sx_small(1)) == sx_small(1);
    if (base == sx_small(1) || exponent == sx_small(0)) return sx_small(1);
    if (base == sx_small(0)) return base;
    if (base == sx_small(-1)) return odd ? base : sx_small(1);
    if (!sx_num_to_int64(exponent, &n) || n > (int64_t)SX_BIG_MAX_BITS) return sx_error(p, SX_A(system_limit));
    size_t bytes = sx_num_bytes(base); /* |base| >= 256^(bytes - 1): what is sure to be too long is not begun */
    if ((bytes - 1) * 8 * (uint64_t)n > SX_BIG_MAX_BITS) return sx_error(p, SX_A(system_limit));
    sx_val result = sx_small(1);
    for (;;) {
        if (n & 1) result = number(p, sx_num_mul(&p->heap, result, base));
        n >>= 1;
        if (n == 0 || result == SX_THROWN) return result;
        base = number(p, sx_num_mul(&p->heap, base, base));
        if (base == SX_THROWN) return base;
    }
}
SX_PRIM(pow2, "(pow x y)", "`x` to the power `y`; an integer for integers with y >= 0, else a float. Raises badarith when there is no such number. (pow 2 10) => 1024")
{
    double x, y;
    if (sx_is_integer(argv[0]) && sx_is_integer(argv[1]) && sx_num_compare(argv[1], sx_small(0)) >= 0) return integer_power(p, argv[0], argv[1]);
    return to_double(argv[0], &x) && to_double(argv[1], &y) ? finite_float(p, pow(x, y)) : sx_error(p, SX_A(badarith));
}

SX_PRIM(integer_to_string, "(integer->string n base)", "Digits of `n` in `base` 2 to 36, lower case. Raises badarg for anything else. (integer->string 255 16) => \"ff\"")
{
    if (!sx_is_integer(argv[0])) return sx_wrong(p, "integer->string: takes an integer", argv[0]);
    if (!sx_is_small(argv[1]) || sx_small_value(argv[1]) < 2 || sx_small_value(argv[1]) > 36) return sx_wrong(p, "integer->string: takes a base from 2 to 36", argv[1]);
    SxBuf b = SX_BUF_INIT;
    sx_num_print(&b, argv[0], (int)sx_small_value(argv[1]));
    for (size_t i = 0; i < b.len; i++)
        if (b.data[i] >= 'A' && b.data[i] <= 'Z') b.data[i] += 'a' - 'A';
    sx_charge(p, b.len / 8);
    return sx_take_text(p, &b);
}

/* ---- randomness and time: the platform's, so that they can be determined ---- */

static uint64_t random_word(void)
{
    uint64_t r;
    sx_sys_random(&r, sizeof r);
    return r;
}

static sx_val random_big(SxProc *p, sx_val n)
{
    size_t n_bytes = sx_num_bytes(n) + 8; /* 64 bits more than needed: the remainder's bias is below 2^-64 */
    unsigned char *bytes = sx_alloc(n_bytes);
    sx_sys_random(bytes, n_bytes);
    sx_val r = sx_num_import(&p->heap, bytes, n_bytes, false);
    sx_free(bytes);
    return number(p, r == SX_TOO_BIG ? r : sx_num_rem(&p->heap, r, n));
}

SX_PRIM(random1, "(random &opt n)", "Float in [0,1), or an integer from 0 up to, not including, `n`. Raises badarg for n below 1. (random 1) => 0")
{
    sx_val n = sx_opt(argv, argc, 0);
    if (!sx_given(n)) return sx_float(&p->heap, (double)(random_word() >> 11) * 0x1p-53);
    if (!sx_is_integer(n) || sx_num_compare(n, sx_small(1)) < 0) return sx_wrong(p, "random: takes an integer from 1", n);
    if (!sx_is_small(n)) return random_big(p, n);
    uint64_t limit = (uint64_t)sx_small_value(n), uneven = (0 - limit) % limit, r; /* 2^64 mod limit words are drawn again */
    do r = random_word();
    while (r < uneven);
    return sx_small((int64_t)(r % limit));
}

SX_PRIM(now_ms, "(now-ms)", "Milliseconds since 1970 by the wall clock. (integer? (now-ms)) => true") { return sx_int(&p->heap, sx_sys_wall_ns() / 1000000); }
SX_PRIM(monotonic_ms, "(monotonic-ms)", "Milliseconds of a clock that never goes back, to measure with. (integer? (monotonic-ms)) => true") { return sx_int(&p->heap, sx_sys_monotonic_ns() / 1000000); }

SX_PRIM_TABLE(sx_numbers){&plus_prim, &times_prim, &minus_prim, &divide_prim, &div2_prim, &quotient_prim, &rem2_prim, &mod2_prim, &inc_prim,
                          &dec_prim, &abs1_prim, &min1_prim, &max1_prim, &compare2_prim, &eq_prim, &eq_num_prim, &lt_prim, &gt_prim,
                          &le_prim, &ge_prim, &not_eq_prim, &bit_and_prim, &bit_or_prim, &bit_xor_prim, &bit_not_prim,
                          &bit_shift_left_prim, &bit_shift_right_prim, &floor1_prim, &ceil1_prim, &round1_prim, &trunc1_prim,
                          &sqrt1_prim, &pow2_prim, &integer_to_string_prim, &random1_prim, &now_ms_prim, &monotonic_ms_prim, NULL};
