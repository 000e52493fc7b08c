/* utf8.c - UTF-8, strict: see utf8.h.
 * INVARIANT: what decode accepts, encode gives back byte for byte. */
#include "base/utf8.h"

int sx_utf8_decode(const unsigned char *s, size_t n_bytes, uint32_t *c)
{
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000}; /* smaller ones are overlong */
    if (n_bytes == 0) return 0;
    unsigned char first = s[0];
    if (first < 0x80) {
        *c = first;
        return 1;
    }
    int n = (first & 0xE0) == 0xC0 ? 2 : (first & 0xF0) == 0xE0 ? 3 : (first & 0xF8) == 0xF0 ? 4 : 0;
    if (n == 0 || n_bytes < (size_t)n) return 0;
    uint32_t code = first & (0x7Fu >> n);
    for (int i = 1; i < n; i++) {
        if ((s[i] & 0xC0) != 0x80) return 0;
        code = code << 6 | (s[i] & 0x3F);
    }
    if (code < least[n] || !sx_is_code_point(code)) return 0;
    *c = code;
    return n;
}

int sx_utf8_encode(uint32_t c, unsigned char out[4])
{
    SX_ASSERT(sx_is_code_point(c));
    if (c < 0x80) {
        out[0] = (unsigned char)c;
        return 1;
    }
    int n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (int i = n - 1; i > 0; i--) {
        out[i] = (unsigned char)(0x80 | (c & 0x3F));
        c >>= 6;
    }
    out[0] = (unsigned char)((0xF00u >> n) | c);
    return n;
}

size_t sx_utf8_valid_prefix(const unsigned char *s, size_t n_bytes)
{
    size_t at = 0;
    while (at < n_bytes) {
        uint64_t eight;
        if (n_bytes - at >= 8 && (memcpy(&eight, s + at, 8), (eight & 0x8080808080808080u) == 0)) {
            at += 8;
            continue;
        }
        uint32_t c;
        int n = sx_utf8_decode(s + at, n_bytes - at, &c);
        if (n == 0) break;
        at += (size_t)n;
    }
    return at;
}
