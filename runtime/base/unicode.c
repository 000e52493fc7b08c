/* unicode.c - see unicode.h. One to one mappings are utf8proc's; SpecialCasing.txt adds those that become more than one.
 * INVARIANT: special_upper is sorted by code point. */
#include "base/unicode.h"
#include "base/buf.h"

#ifdef SX_NO_UTF8PROC

int sx_unicode_upper(uint32_t c, uint32_t out[SX_UNICODE_MOST])
{
    out[0] = c >= 'a' && c <= 'z' ? c - 32 : c;
    return 1;
}

int sx_unicode_lower(uint32_t c, uint32_t out[SX_UNICODE_MOST])
{
    out[0] = c >= 'A' && c <= 'Z' ? c + 32 : c;
    return 1;
}

int sx_unicode_title(uint32_t c, uint32_t out[SX_UNICODE_MOST]) { return sx_unicode_upper(c, out); }
int sx_unicode_fold(uint32_t c, uint32_t out[SX_UNICODE_MOST]) { return sx_unicode_lower(c, out); }
bool sx_unicode_breaks(uint32_t a, uint32_t b, int32_t *state) { return *state = 0, a != '\r' || b != '\n'; }

int sx_unicode_width(uint32_t c) { return (c >= 0x300 && c <= 0x36F) || c == 0x200D ? 0 : c >= 0x1100 && (c <= 0x115F || (c >= 0x2E80 && c <= 0xD7A3) || c >= 0x1F300) ? 2 : 1; }

bool sx_unicode_normalize(const unsigned char *utf8, size_t n_bytes, SxUnicodeForm form, SxBuf *out)
{
    (void)form;
    for (size_t i = 0; i < n_bytes; i++)
        if (utf8[i] > 127) return false;
    sx_buf_add(out, utf8, n_bytes);
    return true;
}

#else
#include <stdlib.h>
#include <utf8proc.h>

typedef struct Special {
    uint32_t from, to[SX_UNICODE_MOST]; /* padded by 0 */
} Special;

/* The unconditional upper case mappings of SpecialCasing.txt. */
static const Special special_upper[] = {
    {0x00DF, {0x0053, 0x0053, 0}}, {0x0149, {0x02BC, 0x004E, 0}}, {0x01F0, {0x004A, 0x030C, 0}},
    {0x0390, {0x0399, 0x0308, 0x0301}}, {0x03B0, {0x03A5, 0x0308, 0x0301}}, {0x0587, {0x0535, 0x0552, 0}},
    {0x1E96, {0x0048, 0x0331, 0}}, {0x1E97, {0x0054, 0x0308, 0}}, {0x1E98, {0x0057, 0x030A, 0}},
    {0x1E99, {0x0059, 0x030A, 0}}, {0x1E9A, {0x0041, 0x02BE, 0}}, {0x1F50, {0x03A5, 0x0313, 0}},
    {0x1F52, {0x03A5, 0x0313, 0x0300}}, {0x1F54, {0x03A5, 0x0313, 0x0301}}, {0x1F56, {0x03A5, 0x0313, 0x0342}},
    {0x1F80, {0x1F08, 0x0399, 0}}, {0x1F81, {0x1F09, 0x0399, 0}}, {0x1F82, {0x1F0A, 0x0399, 0}},
    {0x1F83, {0x1F0B, 0x0399, 0}}, {0x1F84, {0x1F0C, 0x0399, 0}}, {0x1F85, {0x1F0D, 0x0399, 0}},
    {0x1F86, {0x1F0E, 0x0399, 0}}, {0x1F87, {0x1F0F, 0x0399, 0}}, {0x1F88, {0x1F08, 0x0399, 0}},
    {0x1F89, {0x1F09, 0x0399, 0}}, {0x1F8A, {0x1F0A, 0x0399, 0}}, {0x1F8B, {0x1F0B, 0x0399, 0}},
    {0x1F8C, {0x1F0C, 0x0399, 0}}, {0x1F8D, {0x1F0D, 0x0399, 0}}, {0x1F8E, {0x1F0E, 0x0399, 0}},
    {0x1F8F, {0x1F0F, 0x0399, 0}}, {0x1F90, {0x1F28, 0x0399, 0}}, {0x1F91, {0x1F29, 0x0399, 0}},
    {0x1F92, {0x1F2A, 0x0399, 0}}, {0x1F93, {0x1F2B, 0x0399, 0}}, {0x1F94, {0x1F2C, 0x0399, 0}},
    {0x1F95, {0x1F2D, 0x0399, 0}}, {0x1F96, {0x1F2E, 0x0399, 0}}, {0x1F97, {0x1F2F, 0x0399, 0}},
    {0x1F98, {0x1F28, 0x0399, 0}}, {0x1F99, {0x1F29, 0x0399, 0}}, {0x1F9A, {0x1F2A, 0x0399, 0}},
    {0x1F9B, {0x1F2B, 0x0399, 0}}, {0x1F9C, {0x1F2C, 0x0399, 0}}, {0x1F9D, {0x1F2D, 0x0399, 0}},
    {0x1F9E, {0x1F2E, 0x0399, 0}}, {0x1F9F, {0x1F2F, 0x0399, 0}}, {0x1FA0, {0x1F68, 0x0399, 0}},
    {0x1FA1, {0x1F69, 0x0399, 0}}, {0x1FA2, {0x1F6A, 0x0399, 0}}, {0x1FA3, {0x1F6B, 0x0399, 0}},
    {0x1FA4, {0x1F6C, 0x0399, 0}}, {0x1FA5, {0x1F6D, 0x0399, 0}}, {0x1FA6, {0x1F6E, 0x0399, 0}},
    {0x1FA7, {0x1F6F, 0x0399, 0}}, {0x1FA8, {0x1F68, 0x0399, 0}}, {0x1FA9, {0x1F69, 0x0399, 0}},
    {0x1FAA, {0x1F6A, 0x0399, 0}}, {0x1FAB, {0x1F6B, 0x0399, 0}}, {0x1FAC, {0x1F6C, 0x0399, 0}},
    {0x1FAD, {0x1F6D, 0x0399, 0}}, {0x1FAE, {0x1F6E, 0x0399, 0}}, {0x1FAF, {0x1F6F, 0x0399, 0}},
    {0x1FB2, {0x1FBA, 0x0399, 0}}, {0x1FB3, {0x0391, 0x0399, 0}}, {0x1FB4, {0x0386, 0x0399, 0}},
    {0x1FB6, {0x0391, 0x0342, 0}}, {0x1FB7, {0x0391, 0x0342, 0x0399}}, {0x1FBC, {0x0391, 0x0399, 0}},
    {0x1FC2, {0x1FCA, 0x0399, 0}}, {0x1FC3, {0x0397, 0x0399, 0}}, {0x1FC4, {0x0389, 0x0399, 0}},
    {0x1FC6, {0x0397, 0x0342, 0}}, {0x1FC7, {0x0397, 0x0342, 0x0399}}, {0x1FCC, {0x0397, 0x0399, 0}},
    {0x1FD2, {0x0399, 0x0308, 0x0300}}, {0x1FD3, {0x0399, 0x0308, 0x0301}}, {0x1FD6, {0x0399, 0x0342, 0}},
    {0x1FD7, {0x0399, 0x0308, 0x0342}}, {0x1FE2, {0x03A5, 0x0308, 0x0300}}, {0x1FE3, {0x03A5, 0x0308, 0x0301}},
    {0x1FE4, {0x03A1, 0x0313, 0}}, {0x1FE6, {0x03A5, 0x0342, 0}}, {0x1FE7, {0x03A5, 0x0308, 0x0342}},
    {0x1FF2, {0x1FFA, 0x0399, 0}}, {0x1FF3, {0x03A9, 0x0399, 0}}, {0x1FF4, {0x038F, 0x0399, 0}},
    {0x1FF6, {0x03A9, 0x0342, 0}}, {0x1FF7, {0x03A9, 0x0342, 0x0399}}, {0x1FFC, {0x03A9, 0x0399, 0}},
    {0xFB00, {0x0046, 0x0046, 0}}, {0xFB01, {0x0046, 0x0049, 0}}, {0xFB02, {0x0046, 0x004C, 0}},
    {0xFB03, {0x0046, 0x0046, 0x0049}}, {0xFB04, {0x0046, 0x0046, 0x004C}}, {0xFB05, {0x0053, 0x0054, 0}},
    {0xFB06, {0x0053, 0x0054, 0}}, {0xFB13, {0x0544, 0x0546, 0}}, {0xFB14, {0x0544, 0x0535, 0}},
    {0xFB15, {0x0544, 0x053B, 0}}, {0xFB16, {0x054E, 0x0546, 0}}, {0xFB17, {0x0544, 0x053D, 0}},
};

int sx_unicode_upper(uint32_t c, uint32_t out[SX_UNICODE_MOST])
{
    out[0] = c;
    if (c < 0x80) {
        if (c >= 'a' && c <= 'z') out[0] = c - 32;
        return 1;
    }
    size_t low = 0, high = SX_COUNT(special_upper);
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (special_upper[middle].from < c) low = middle + 1;
        else high = middle;
    }
    if (low < SX_COUNT(special_upper) && special_upper[low].from == c) {
        memcpy(out, special_upper[low].to, sizeof special_upper[low].to);
        return out[2] != 0 ? 3 : 2;
    }
    out[0] = (uint32_t)utf8proc_toupper((utf8proc_int32_t)c);
    return 1;
}

int sx_unicode_lower(uint32_t c, uint32_t out[SX_UNICODE_MOST])
{
    out[0] = c;
    if (c < 0x80) {
        if (c >= 'A' && c <= 'Z') out[0] = c + 32;
        return 1;
    }
    if (c == 0x0130) { /* I with a dot: i and a combining dot */
        out[0] = 'i';
        out[1] = 0x0307;
        return 2;
    }
    out[0] = (uint32_t)utf8proc_tolower((utf8proc_int32_t)c);
    return 1;
}

/* Title case differs from upper case where several letters are one character: only the first of them is a capital, and an
 * iota below stays below. */
int sx_unicode_title(uint32_t c, uint32_t out[SX_UNICODE_MOST])
{
    uint32_t title = (uint32_t)utf8proc_totitle((utf8proc_int32_t)c);
    int n = sx_unicode_upper(c, out);
    bool ligature = c == 0xDF || c == 0x587 || (c >= 0xFB00 && c <= 0xFB17);
    if (n == 1 || (title != c && !ligature) || utf8proc_category((utf8proc_int32_t)c) == UTF8PROC_CATEGORY_LT) {
        out[0] = title;
        return 1;
    }
    for (int i = 1; i < n; i++) {
        if (ligature) out[i] = (uint32_t)utf8proc_tolower((utf8proc_int32_t)out[i]);
        else if (out[i] == 0x399) out[i] = 0x345;
    }
    return n;
}

int sx_unicode_fold(uint32_t c, uint32_t out[SX_UNICODE_MOST])
{
    utf8proc_int32_t folded[SX_UNICODE_MOST];
    utf8proc_ssize_t n = utf8proc_decompose_char((utf8proc_int32_t)c, folded, SX_UNICODE_MOST, UTF8PROC_CASEFOLD, NULL);
    if (n < 1 || n > SX_UNICODE_MOST) {
        out[0] = c;
        return 1;
    }
    for (int i = 0; i < (int)n; i++) out[i] = (uint32_t)folded[i];
    return (int)n;
}

bool sx_unicode_breaks(uint32_t a, uint32_t b, int32_t *state)
{
    return utf8proc_grapheme_break_stateful((utf8proc_int32_t)a, (utf8proc_int32_t)b, state);
}

int sx_unicode_width(uint32_t c)
{
    int width = utf8proc_charwidth((utf8proc_int32_t)c);
    return width < 0 ? 1 : width;
}

bool sx_unicode_normalize(const unsigned char *utf8, size_t n_bytes, SxUnicodeForm form, SxBuf *out)
{
    static const int options[] = {[SX_UNICODE_NFC] = UTF8PROC_COMPOSE, [SX_UNICODE_NFD] = UTF8PROC_DECOMPOSE,
                                  [SX_UNICODE_NFKC] = UTF8PROC_COMPOSE | UTF8PROC_COMPAT, [SX_UNICODE_NFKD] = UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT};
    utf8proc_uint8_t *made = NULL;
    utf8proc_ssize_t n = utf8proc_map(utf8, (utf8proc_ssize_t)n_bytes, &made, UTF8PROC_STABLE | options[form]);
    if (n > 0) sx_buf_add(out, made, (size_t)n);
    free(made);
    return n >= 0;
}

#endif

bool sx_unicode_is_space(uint32_t c)
{
    if (c < 0x80) return c == ' ' || (c >= 9 && c <= 13);
    return c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}
