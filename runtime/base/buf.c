/* buf.c - a growable run of bytes: see buf.h.
 * Grows by half again, so that adding byte by byte costs constant time each. */
#include "base/buf.h"
#include "base/utf8.h"
#include <stdio.h>

void sx_buf_deinit(SxBuf *b)
{
    sx_free(b->data);
    *b = SX_BUF_INIT;
}

char *sx_buf_reserve(SxBuf *b, size_t n_bytes)
{
    if (b->cap - b->len < n_bytes) {
        size_t cap = b->cap + b->cap / 2;
        SX_CHECK(n_bytes < SIZE_MAX / 4);
        if (cap < b->len + n_bytes) cap = b->len + n_bytes;
        if (cap < 64) cap = 64;
        b->data = sx_realloc(b->data, cap);
        b->cap = cap;
    }
    return b->data + b->len;
}

void sx_buf_add(SxBuf *b, const void *bytes, size_t n_bytes)
{
    if (n_bytes == 0) return;
    memcpy(sx_buf_reserve(b, n_bytes), bytes, n_bytes);
    b->len += n_bytes;
}

void sx_buf_add_str(SxBuf *b, const char *text) { sx_buf_add(b, text, strlen(text)); }

void sx_buf_add_char(SxBuf *b, char c)
{
    *sx_buf_reserve(b, 1) = c;
    b->len++;
}

void sx_buf_add_utf8(SxBuf *b, uint32_t c) { b->len += (size_t)sx_utf8_encode(c, (unsigned char *)sx_buf_reserve(b, 4)); }

void sx_buf_addf(SxBuf *b, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    sx_buf_addv(b, format, args);
    va_end(args);
}

void sx_buf_addv(SxBuf *b, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    char *at = sx_buf_reserve(b, 64);
    int n = vsnprintf(at, b->cap - b->len, format, args);
    SX_CHECK(n >= 0);
    if ((size_t)n >= b->cap - b->len) {
        at = sx_buf_reserve(b, (size_t)n + 1);
        vsnprintf(at, (size_t)n + 1, format, again);
    }
    va_end(again);
    b->len += (size_t)n;
}
