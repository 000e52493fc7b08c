/* buf.h - a growable run of bytes.
 * INVARIANT: len <= cap; data is NULL only while cap is 0. The owner frees it with sx_buf_deinit. */
#ifndef SX_BUF_H
#define SX_BUF_H

#include "base/base.h"
#include <stdarg.h>

typedef struct SxBuf {
    char *data;
    size_t len, cap;
} SxBuf;

#define SX_BUF_INIT ((SxBuf){NULL, 0, 0})

void sx_buf_deinit(SxBuf *b);
/* Room for n more bytes behind len; answers where they go. The caller adds to len. */
char *sx_buf_reserve(SxBuf *b, size_t n_bytes);
void sx_buf_add(SxBuf *b, const void *bytes, size_t n_bytes);
void sx_buf_add_str(SxBuf *b, const char *text);
void sx_buf_add_char(SxBuf *b, char c);
/* Append code point c as UTF-8. */
void sx_buf_add_utf8(SxBuf *b, uint32_t c);
void sx_buf_addf(SxBuf *b, const char *format, ...) SX_PRINTF(2, 3);
void sx_buf_addv(SxBuf *b, const char *format, va_list args);

#endif
