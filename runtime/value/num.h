/* num.h - integers without limit and doubles: what the VM's fast paths leave over.
 * Operands are any values: a result of SX_NONE means an operand had the wrong type or value (badarith, a division by zero,
 * a float result that is not finite); SX_TOO_BIG that the result would pass SX_BIG_MAX_BITS (system_limit).
 * Big integers are limbs in the heap, read in place by GMP (mpz_roinit_n); results are computed in scratch space and copied.
 * INVARIANT: an integer that fits a small is never big, so equal integers have equal representation. */
#ifndef SX_NUM_H
#define SX_NUM_H

#include "value/heap.h"
struct SxBuf;

#define SX_BIG_MAX_BITS ((size_t)1 << 26)

sx_val sx_num_add(SxHeap *h, sx_val a, sx_val b);
sx_val sx_num_sub(SxHeap *h, sx_val a, sx_val b);
sx_val sx_num_mul(SxHeap *h, sx_val a, sx_val b);
sx_val sx_num_fdiv(SxHeap *h, sx_val a, sx_val b); /* `/`: always a float */
sx_val sx_num_div(SxHeap *h, sx_val a, sx_val b);  /* truncates towards zero */
sx_val sx_num_rem(SxHeap *h, sx_val a, sx_val b);  /* sign of a */
sx_val sx_num_neg(SxHeap *h, sx_val a);
sx_val sx_num_band(SxHeap *h, sx_val a, sx_val b); /* two's complement without end, like Erlang */
sx_val sx_num_bor(SxHeap *h, sx_val a, sx_val b);
sx_val sx_num_bxor(SxHeap *h, sx_val a, sx_val b);
sx_val sx_num_bnot(SxHeap *h, sx_val a);
sx_val sx_num_bsl(SxHeap *h, sx_val a, sx_val n);  /* negative n shifts right */
sx_val sx_num_bsr(SxHeap *h, sx_val a, sx_val n);
sx_val sx_num_gcd(SxHeap *h, sx_val a, sx_val b);

/* -1, 0, 1. Numbers only. Mixed comparison is exact as in Erlang (no rounding of big integers). */
int sx_num_compare(sx_val a, sx_val b);
bool sx_num_to_double(sx_val a, double *out);             /* false: too large for a double */
sx_val sx_num_from_double(SxHeap *h, double d);           /* d is integral and finite: small or big */
bool sx_num_to_int64(sx_val a, int64_t *out);             /* false: not an integer, or out of range */
bool sx_num_to_uint64(sx_val a, uint64_t *out);

/* base 2..36; digits may be separated by nothing else than what the reader has removed. SX_NONE: not a number;
 * SX_TOO_BIG: past the limit. */
sx_val sx_num_parse(SxHeap *h, const char *digits, size_t n, int base); /* optional sign first */
void sx_num_print(struct SxBuf *out, sx_val integer, int base); /* upper case, as integer_to_list/2 */
/* Shortest text that reads back as d, in Erlang's form: 1.0, 1.0e-10, 123456.789. */
void sx_num_print_double(struct SxBuf *out, double d);

/* Bytes of |a|, big endian without leading zeros (zero gives none), and back. */
size_t sx_num_bytes(sx_val integer);
void sx_num_export(sx_val integer, unsigned char *big_endian, size_t n_bytes); /* two's complement, n_bytes long, truncated */
sx_val sx_num_import(SxHeap *h, const unsigned char *big_endian, size_t n_bytes, bool is_signed); /* two's complement when signed */

#endif
