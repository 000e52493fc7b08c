/* chunk.c - bodies in chunked coding (RFC 9112, 7.1). Pure: bytes in, a status out.
 * Exact about line ends and sizes, where decoders that differ let requests be smuggled: llhttp 8.1 takes any byte behind a chunk's
 * CR unless compiled strict, and then refuses extensions in quotes. Extensions and trailers are checked, bounded and dropped. */
#include "http/http.h"

enum { SIZE, BLANKS, EXTENSION, SIZE_LF, DATA, DATA_CR, DATA_LF, LINE, NAME, VALUE, LINE_LF, LAST_LF };

static int hex(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* What may stand in an extension or a field's value. */
static bool is_text(unsigned char c) { return (c >= 0x20 && c != 0x7f) || c == '\t'; }

int sx_http_dechunk(SxHttpChunks *s, const char *bytes, size_t n, size_t *used, SxBuf *body, size_t max_body)
{
    size_t i = 0;
    while (i < n) {
        char c = bytes[i++];
        switch (s->state) {
        case SIZE:
            if (hex(c) >= 0) {
                if (++s->digits > 16) return 400;
                s->left = s->left << 4 | (uint64_t)hex(c);
                continue;
            }
            if (s->digits == 0) return 400;
            if (s->left > max_body - body->len) return 413;
            s->state = c == '\r' ? SIZE_LF : c == ';' ? EXTENSION : BLANKS;
            if (s->state == BLANKS && c != ' ' && c != '\t') return 400;
            break;
        case BLANKS: /* only before an extension */
            if (c == ';') s->state = EXTENSION;
            else if (c != ' ' && c != '\t') return 400;
            break;
        case EXTENSION:
            if (c == '\r') s->state = SIZE_LF;
            else if (!is_text((unsigned char)c)) return 400;
            break;
        case SIZE_LF:
            if (c != '\n') return 400;
            s->state = s->left > 0 ? DATA : LINE;
            s->digits = 0;
            continue;
        case DATA: {
            size_t k = n - --i < s->left ? n - i : (size_t)s->left;
            sx_buf_add(body, bytes + i, k);
            i += k;
            s->left -= k;
            if (s->left == 0) s->state = DATA_CR;
            continue;
        }
        case DATA_CR:
            if (c != '\r') return 400;
            s->state = DATA_LF;
            continue;
        case DATA_LF:
            if (c != '\n') return 400;
            s->state = SIZE;
            continue;
        case LINE: /* a trailer, or the end */
            if (c != '\r' && !sx_http_is_token((unsigned char)c)) return 400;
            s->state = c == '\r' ? LAST_LF : NAME;
            break;
        case NAME:
            if (c == ':') s->state = VALUE;
            else if (!sx_http_is_token((unsigned char)c)) return 400;
            break;
        case VALUE:
            if (c == '\r') s->state = LINE_LF;
            else if (!is_text((unsigned char)c)) return 400;
            break;
        case LINE_LF:
            if (c != '\n') return 400;
            s->state = LINE;
            break;
        case LAST_LF:
            if (c != '\n') return 400;
            *used = i;
            return 1;
        }
        /* here come the bytes of extensions and trailers, and one or two of each line */
        if (s->state != SIZE_LF && ++s->dropped > SX_HTTP_MAX_CHUNK_LINES) return 431;
    }
    *used = n;
    return 0;
}
