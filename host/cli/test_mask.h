/* test_mask.h - what differs from run to run, in a line of output: <PID> <REF> <PORT> <TIME> <DIR> in an expectation stand for
 * it. Everything else of an expectation is literal: a date that is written out is that date. Pure. */
#ifndef SX_TEST_MASK_H
#define SX_TEST_MASK_H

#include "base/buf.h"

/* Is `got` what `wanted` says? dir: the text that <DIR> stands for, or NULL. */
bool sx_test_mask_match(const char *wanted, size_t n_wanted, const char *got, size_t n_got, const char *dir);
/* Append `line` with such words for all that is volatile in it. */
void sx_test_mask_add(SxBuf *out, const char *line, size_t n_line, const char *dir);

#endif
