/* excerpt.h - one line of source with a place in it marked, in display columns: what an error report shows. */
#ifndef SX_EXCERPT_H
#define SX_EXCERPT_H

#include "base/buf.h"

#define SX_EXCERPT_COLUMNS 110 /* of a longer line, a window around the place */

typedef struct SxExcerpt {
    SxBuf text;       /* printable: tabs are blanks up to the next stop of 8, other control characters a blank */
    int caret, width; /* display columns in text: the first of what is marked, from 1 on, and how many; caret 0: none */
} SxExcerpt;

/* The line (n bytes of UTF-8; what is none shows as U+FFFD) with the token at `column` (a count of code points from 1 on;
 * 0: none) marked. erlang: the token ends as Erlang's do. Appends to e->text. */
void sx_excerpt_take(SxExcerpt *e, const char *line, size_t n, int column, bool erlang);
/* Bytes of the token that begins at `at`. */
size_t sx_excerpt_token(const char *line, size_t n, size_t at, bool erlang);

#endif
