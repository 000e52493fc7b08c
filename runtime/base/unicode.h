/* unicode.h - what text primitives ask of the Unicode tables: case, white space, grapheme clusters, normal forms. */
#ifndef SX_UNICODE_H
#define SX_UNICODE_H

#include "base/base.h"

enum { SX_UNICODE_MOST = 3 }; /* code points that one can become */

/* Full mapping (without the rules that depend on context or language) of a valid code point; answers how many code points
 * it becomes. Built with -DSX_NO_UTF8PROC only ASCII has case. */
int sx_unicode_upper(uint32_t c, uint32_t out[SX_UNICODE_MOST]);
int sx_unicode_lower(uint32_t c, uint32_t out[SX_UNICODE_MOST]);
int sx_unicode_title(uint32_t c, uint32_t out[SX_UNICODE_MOST]);
int sx_unicode_fold(uint32_t c, uint32_t out[SX_UNICODE_MOST]); /* full case folding */
/* Is there a border between grapheme clusters from a to b? *state is 0 before the first pair of a text. */
bool sx_unicode_breaks(uint32_t a, uint32_t b, int32_t *state);

typedef enum SxUnicodeForm { SX_UNICODE_NFC, SX_UNICODE_NFD, SX_UNICODE_NFKC, SX_UNICODE_NFKD } SxUnicodeForm;
struct SxBuf;
/* Append the normal form of valid UTF-8 to out. False: there are no tables for it in this build. */
bool sx_unicode_normalize(const unsigned char *utf8, size_t n_bytes, SxUnicodeForm form, struct SxBuf *out);
/* Columns that a valid code point takes on a terminal: 0 (combining), 1 or 2 (East Asian wide, emoji). */
int sx_unicode_width(uint32_t c);
/* The property White_Space. */
bool sx_unicode_is_space(uint32_t c);

#endif
