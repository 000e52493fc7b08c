/* reader_internal.h - what reader.c (structure) and reader_token.c (single tokens) share. Nobody else includes it. */
#ifndef SX_READER_INTERNAL_H
#define SX_READER_INTERNAL_H

#include "lang/reader.h"
#include "value/atom.h"

/* ---- characters ---- */
SX_INLINE bool sx_rd_at_end(const SxReader *r) { return r->at >= r->len; }
/* The byte `ahead` bytes on; -1 behind the end. */
SX_INLINE int sx_rd_peek(const SxReader *r, size_t ahead)
{
    return r->at + ahead < r->len ? (unsigned char)r->text[r->at + ahead] : -1;
}
/* Step over one character and keep count of lines and columns. False: it is a NUL or no UTF-8, the error is set and the
 * bad byte passed. */
bool sx_rd_step(SxReader *r);
bool sx_rd_is_blank(int c);
/* A blank, a bracket, a comment or the end: what may stand behind a datum. */
bool sx_rd_is_delimiter(int c);

/* ---- errors ---- */
SxReadStatus sx_rd_fail(SxReader *r, int line, int column, const char *format, ...) SX_PRINTF(4, 5);
/* The same with SX_READ_MORE. */
SxReadStatus sx_rd_more(SxReader *r, int line, int column, const char *format, ...) SX_PRINTF(4, 5);
/* Pass what is left of a token, after an error in it. */
void sx_rd_skip_token(SxReader *r);

/* ---- tokens: `at` stands on the first character; SX_READ_OK leaves it behind the last ---- */
SxReadStatus sx_rd_string(SxReader *r, SxHeap *h, sx_val *out); /* "..." and """...""" */
SxReadStatus sx_rd_keyword(SxReader *r, sx_val *out);
SxReadStatus sx_rd_number(SxReader *r, SxHeap *h, sx_val *out);
SxReadStatus sx_rd_symbol(SxReader *r, SxHeap *h, sx_val *out); /* also true false nil */
SxReadStatus sx_rd_hash(SxReader *r, SxHeap *h, sx_val *out);   /* #\a #chars"" #bytes"" #bits"", and all that is wrong */

sx_val sx_rd_quote_form(SxReader *r, SxHeap *h, const char *head, sx_val v, int line, int column); /* (head v) */

#endif
