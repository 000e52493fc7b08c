/* reader.h - text to forms with positions (see SX.md, Reading). Pure: bytes in, a status out; no recursion on the C stack.
 * Symbols become SYMBOL terms; [ ] #( ) { } become (%list ...) (%tuple ...) (%map ...) forms whose head has the position of
 * the bracket; ' ` , ,@ ^ become (quote x) (quasiquote x) (unquote x) (unquote-splicing x) (%pin x). */
#ifndef SX_READER_H
#define SX_READER_H

#include "base/buf.h"
#include "value/heap.h"

#define SX_READ_MAX_DEPTH 10000 /* open brackets at once */

typedef enum SxReadStatus { SX_READ_OK, SX_READ_END /* only blanks and comments were left */, SX_READ_MORE /* text ends inside a datum */, SX_READ_ERROR } SxReadStatus;

typedef struct SxReader {
    const char *text;
    size_t len, at;      /* at: next byte */
    sx_val file;         /* atom */
    int line, column;    /* of the next byte; columns count code points, from 1 */
    /* after SX_READ_ERROR or SX_READ_MORE: */
    char message[200];   /* what is wrong and what was expected; says the right form where a habit is known */
    int error_line, error_column;
} SxReader;

void sx_reader_init(SxReader *r, const char *text, size_t len, sx_val file, int line, int column);
/* Read the next datum into *out (allocated in h). After an error `at` is behind the offending token. */
SxReadStatus sx_read(SxReader *r, SxHeap *h, sx_val *out);

#endif
