/* utf8.h - UTF-8, strict: no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef SX_UTF8_H
#define SX_UTF8_H

#include "base/base.h"

/* Decode the code point at s (n_bytes left). Answers the bytes it took, 0 when they are no valid UTF-8 or too few. */
int sx_utf8_decode(const unsigned char *s, size_t n_bytes, uint32_t *c);
/* Write c (a valid code point) to out, at most 4 bytes; answers how many. */
int sx_utf8_encode(uint32_t c, unsigned char out[4]);
/* Length of the valid prefix of s. */
size_t sx_utf8_valid_prefix(const unsigned char *s, size_t n_bytes);
SX_INLINE bool sx_is_code_point(uint32_t c) { return c <= 0x10FFFF && !(c >= 0xD800 && c <= 0xDFFF); }

#endif
