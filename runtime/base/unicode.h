/* unicode.h - what text primitives ask of the Unicode tables: case and white space. */
#ifndef SX_UNICODE_H
#define SX_UNICODE_H

#include "base/base.h"

enum { SX_UNICODE_MOST = 3 }; /* code points that one can become */

/* Full mapping (without the rules that depend on context or language) of a valid code point; answers how many code points
 * it becomes. Built with -DSX_NO_UTF8PROC only ASCII has case. */
int sx_unicode_upper(uint32_t c, uint32_t out[SX_UNICODE_MOST]);
int sx_unicode_lower(uint32_t c, uint32_t out[SX_UNICODE_MOST]);
/* The property White_Space. */
bool sx_unicode_is_space(uint32_t c);

#endif
