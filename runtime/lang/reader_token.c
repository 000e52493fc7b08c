/* reader_token.c - single tokens of SX text: names, numbers, characters, strings (see SX.md, Reading).
 * Every token ends at a blank, a bracket, a comment or the end of the text; what is wrong with one is said with the form
 * that is right. */
#include "lang/reader_internal.h"
#include "base/utf8.h"
#include "value/bits.h"
#include "value/num.h"
#include <stdio.h>
#include <stdlib.h>

#define SHOWN 40 /* bytes of a token that a message shows */

typedef struct Token {
    const char *text;
    size_t n;
    int line, column;
} Token;

/* The arguments of %.*s that show a token, cut between characters. */
static int shown(Token t)
{
    return (int)sx_utf8_valid_prefix((const unsigned char *)t.text, t.n < SHOWN ? t.n : SHOWN);
}

static bool is_digit(int c) { return c >= '0' && c <= '9'; }
static bool is_letter(int c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

static int digit_value(int c)
{
    if (is_digit(c)) return c - '0';
    if (c >= 'a' && c <= 'z') return c - 'a' + 10;
    if (c >= 'A' && c <= 'Z') return c - 'A' + 10;
    return 99;
}

/* After a string or character: what stands next must not touch it. */
static SxReadStatus check_end(SxReader *r, const char *what)
{
    if (sx_rd_is_delimiter(sx_rd_peek(r, 0))) return SX_READ_OK;
    int line = r->line, column = r->column;
    sx_rd_skip_token(r);
    return sx_rd_fail(r, line, column, "a blank or a bracket stands between two data: put a blank behind this %s", what);
}

/* ---- names ---- */

/* What is wrong with this character in a name; NULL: nothing. */
static const char *character_fault(uint32_t c)
{
    if (c < 0x80) {
        if (c < ' ' || c == 0x7f) return "a control character stands in a name";
        if (c == '"' || c == '\'' || c == '`' || c == '^')
            return "a blank or a bracket stands between two data: put a blank in front of this";
        if (c == ',') return "`,` does not separate: blanks do, as in [1 2] and {:a 1 :b 2}";
        if (c == '\\') return "`\\` stands in strings and in characters like #\\a only";
        return NULL;
    }
    if (c == 0x2018 || c == 0x2019) return "a typographic quote: quote with a plain '";
    if (c == 0x201C || c == 0x201D || c == 0x201E) return "a typographic quote: strings stand in plain \"";
    if (c < 0xA0) return "a control character stands in a name";
    if (c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x202F || c == 0x205F || c == 0x3000)
        return "a blank that is not plain (U+0020) stands here";
    if ((c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF)
        return "an invisible character stands here";
    return NULL;
}

/* Bytes up to the next delimiter, all of them fit for names. The token is empty when a delimiter stands here. */
static SxReadStatus scan_name(SxReader *r, Token *t)
{
    *t = (Token){r->text + r->at, 0, r->line, r->column};
    size_t start = r->at;
    while (!sx_rd_is_delimiter(sx_rd_peek(r, 0))) {
        uint32_t c = (unsigned char)r->text[r->at];
        if (c >= 0x80) sx_utf8_decode((const unsigned char *)r->text + r->at, r->len - r->at, &c);
        int line = r->line, column = r->column;
        if (!sx_rd_step(r)) { /* NUL, or no UTF-8 */
            sx_rd_skip_token(r);
            return SX_READ_ERROR;
        }
        const char *fault = character_fault(c);
        if (!fault) continue;
        sx_rd_skip_token(r);
        if (c < 0x80) return sx_rd_fail(r, line, column, "%s", fault);
        return sx_rd_fail(r, line, column, "%s (U+%04X)", fault, (unsigned)c);
    }
    t->n = r->at - start;
    return SX_READ_OK;
}

static size_t count_points(const char *text, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) count += ((unsigned char)text[i] & 0xC0) != 0x80;
    return count;
}

static SxReadStatus intern(SxReader *r, int line, int column, const char *text, size_t n, sx_val *out)
{
    *out = sx_atom_intern(text, n);
    if (*out != SX_NONE) return SX_READ_OK;
    if (count_points(text, n) > SX_ATOM_MAX_CHARS)
        return sx_rd_fail(r, line, column, "a name has at most %d characters", SX_ATOM_MAX_CHARS);
    return sx_rd_fail(r, line, column, "the table of names is full (%u atoms): system_limit", (unsigned)sx_atom_count());
}

SxReadStatus sx_rd_symbol(SxReader *r, SxHeap *h, sx_val *out)
{
    Token t;
    if (scan_name(r, &t) != SX_READ_OK) return SX_READ_ERROR;
    size_t sign = t.text[0] == '-' || t.text[0] == '+';
    if (t.n > sign + 1 && t.text[sign] == '.' && is_digit(t.text[sign + 1]))
        return sx_rd_fail(r, t.line, t.column, "`%.*s`: a number has a digit before the point, as in 0.5", shown(t), t.text);
    if (t.n == 1 && t.text[0] == '.')
        return sx_rd_fail(r, t.line, t.column, "no dotted pairs: the tail of a list is written [a & b]");
    if (t.text[t.n - 1] == ':')
        return sx_rd_fail(r, t.line, t.column, "`%.*s`: the colon of a keyword stands in front, as in :name", shown(t), t.text);
    if (t.n == 3 && memcmp(t.text, "nil", 3) == 0) return *out = SX_NIL, SX_READ_OK;
    if (t.n == 4 && memcmp(t.text, "true", 4) == 0) return *out = SX_TRUE, SX_READ_OK;
    if (t.n == 5 && memcmp(t.text, "false", 5) == 0) return *out = SX_FALSE, SX_READ_OK;
    sx_val name;
    if (intern(r, t.line, t.column, t.text, t.n, &name) != SX_READ_OK) return SX_READ_ERROR;
    *out = sx_symbol(h, name, r->file, t.line, t.column);
    return SX_READ_OK;
}

/* ---- numbers ---- */

static SxReadStatus number_fault(SxReader *r, Token t, const char *right)
{
    return sx_rd_fail(r, t.line, t.column, "`%.*s` begins as a number and is none%s%s", shown(t), t.text, *right ? ": " : "", right);
}

/* Append the digits of `base` at *i to b, without the _ that may stand between two of them. False: no digit, or a _ that is
 * not between digits. */
static bool take_digits(Token t, size_t *i, int base, SxBuf *b)
{
    size_t start = *i;
    for (; *i < t.n; ++*i) {
        char c = t.text[*i];
        if (c == '_') {
            if (*i == start || t.text[*i - 1] == '_') return false;
        } else if (digit_value(c) < base) {
            sx_buf_add_char(b, c);
        } else {
            break;
        }
    }
    return *i > start && t.text[*i - 1] != '_';
}

static SxReadStatus finish_integer(SxReader *r, SxHeap *h, Token t, SxBuf *b, int base, sx_val *out)
{
    *out = sx_num_parse(h, b->data, b->len, base);
    if (*out == SX_TOO_BIG) return sx_rd_fail(r, t.line, t.column, "this number has more than 2^26 bits: system_limit");
    return *out == SX_NONE ? number_fault(r, t, "") : SX_READ_OK;
}

/* Behind the digits before the point, which are in b. */
static SxReadStatus finish_float(SxReader *r, SxHeap *h, Token t, size_t i, SxBuf *b, sx_val *out)
{
    sx_buf_add_char(b, '.');
    i++;
    if (i == t.n || !is_digit(t.text[i])) return number_fault(r, t, "a digit stands behind the point, as in 1.0");
    if (!take_digits(t, &i, 10, b)) return number_fault(r, t, "_ stands between two digits");
    if (i < t.n && (t.text[i] == 'e' || t.text[i] == 'E')) {
        sx_buf_add_char(b, t.text[i++]);
        if (i < t.n && (t.text[i] == '-' || t.text[i] == '+')) sx_buf_add_char(b, t.text[i++]);
        if (!take_digits(t, &i, 10, b)) return number_fault(r, t, "digits stand behind the e, as in 1.5e3");
    }
    if (i < t.n) return number_fault(r, t, "");
    sx_buf_add_char(b, '\0');
    double d = strtod(b->data, NULL);
    if (!__builtin_isfinite(d)) return sx_rd_fail(r, t.line, t.column, "`%.*s` is too large for a float", shown(t), t.text);
    *out = sx_float(h, d);
    return SX_READ_OK;
}

/* `16#ff`: the base is in b. */
static SxReadStatus finish_based(SxReader *r, SxHeap *h, Token t, size_t i, SxBuf *b, sx_val *out)
{
    size_t sign = b->data[0] == '-' || b->data[0] == '+';
    int base = 0;
    for (size_t k = sign; k < b->len && base <= 36; k++) base = base * 10 + (b->data[k] - '0');
    if (base < 2 || base > 36) return number_fault(r, t, "a base is 2 to 36");
    b->len = sign;
    i++;
    if (!take_digits(t, &i, base, b) || i < t.n) {
        char right[40];
        snprintf(right, sizeof right, "digits of base %d follow the #", base);
        return number_fault(r, t, right);
    }
    return finish_integer(r, h, t, b, base, out);
}

static SxReadStatus parse_number(SxReader *r, SxHeap *h, Token t, SxBuf *b, sx_val *out)
{
    size_t i = 0;
    if (t.text[0] == '-' || t.text[0] == '+') sx_buf_add_char(b, t.text[i++]);
    if (t.text[i] == '0' && i + 1 < t.n && is_letter(t.text[i + 1])) {
        char c = t.text[i + 1];
        i += 2;
        if (c == 'x' && take_digits(t, &i, 16, b) && i == t.n) return finish_integer(r, h, t, b, 16, out);
        if (c == 'e' || c == 'E') return number_fault(r, t, "a float has a point, as in 1.0e3");
        return number_fault(r, t, c == 'b' ? "base 2 is written 2#1010" : c == 'o' ? "base 8 is written 8#755" : "base 16 is written 0xff or 16#ff");
    }
    if (!take_digits(t, &i, 10, b)) return number_fault(r, t, "_ stands between two digits");
    if (i == t.n) return finish_integer(r, h, t, b, 10, out);
    switch (t.text[i]) {
    case '.': return finish_float(r, h, t, i, b, out);
    case '#': return finish_based(r, h, t, i, b, out);
    case '/': return number_fault(r, t, "there are no fractions, write (/ 1 2)");
    case 'e': case 'E': return number_fault(r, t, "a float has a point, as in 1.0e3");
    default: return number_fault(r, t, "a name begins with something else than a digit");
    }
}

SxReadStatus sx_rd_number(SxReader *r, SxHeap *h, sx_val *out)
{
    Token t;
    if (scan_name(r, &t) != SX_READ_OK) return SX_READ_ERROR;
    SxBuf b = SX_BUF_INIT;
    SxReadStatus s = parse_number(r, h, t, &b, out);
    sx_buf_deinit(&b);
    return s;
}

/* ---- strings ---- */

typedef enum StringKind { STRING_TEXT, STRING_CHARS, STRING_BYTES, STRING_BITS, STRING_NAME } StringKind;

/* `\u{1F600}`: `at` stands behind the u. */
static SxReadStatus scan_unicode(SxReader *r, int line, int column, uint32_t *c)
{
    static const char right[] = "an escape by code point is written \\u{1F600}: one to six hexadecimal digits of a character";
    int n = 0;
    *c = 0;
    if (sx_rd_peek(r, 0) != '{') return sx_rd_fail(r, line, column, right);
    sx_rd_step(r);
    for (int d; (d = sx_rd_peek(r, 0)) >= 0 && digit_value(d) < 16 && n < 7; n++) {
        *c = *c * 16 + (uint32_t)digit_value(d);
        sx_rd_step(r);
    }
    if (sx_rd_peek(r, 0) != '}' || n == 0 || n > 6 || !sx_is_code_point(*c)) return sx_rd_fail(r, line, column, right);
    sx_rd_step(r);
    return SX_READ_OK;
}

/* An escape: `at` stands on the backslash, and something follows. */
static SxReadStatus scan_escape(SxReader *r, StringKind kind, SxBuf *b)
{
    static const char names[] = "abefnrtv0\\\"'", values[] = "\a\b\033\f\n\r\t\v\0\\\"'";
    int line = r->line, column = r->column;
    sx_rd_step(r);
    Token t = {r->text + r->at, 1, line, column};
    int c = sx_rd_peek(r, 0);
    if (!sx_rd_step(r)) return SX_READ_ERROR;
    t.n = (size_t)(r->text + r->at - t.text);
    const char *found = c ? strchr(names, c) : NULL;
    if (found) return sx_buf_add_char(b, values[found - names]), SX_READ_OK;
    if (c == 'u') {
        uint32_t point;
        if (scan_unicode(r, line, column, &point) != SX_READ_OK) return SX_READ_ERROR;
        sx_buf_add_utf8(b, point);
        return SX_READ_OK;
    }
    if (c == 'x') {
        int high = sx_rd_peek(r, 0), low = sx_rd_peek(r, 1);
        if (high < 0 || low < 0 || digit_value(high) > 15 || digit_value(low) > 15)
            return sx_rd_fail(r, line, column, "`\\x` has two hexadecimal digits, as in \\x1b");
        sx_rd_step(r);
        sx_rd_step(r);
        unsigned byte = (unsigned)(digit_value(high) * 16 + digit_value(low));
        if (kind == STRING_BYTES) sx_buf_add_char(b, (char)byte);
        else if (byte < 0x80 || kind == STRING_CHARS) sx_buf_add_utf8(b, byte);
        else return sx_rd_fail(r, line, column, "`\\x%02x`: write the character as \\u{%x}; a raw byte stands in #bytes\"\\x%02x\"", byte, byte, byte);
        return SX_READ_OK;
    }
    if (t.text[0] == '\n' || t.text[0] == '\r')
        return sx_rd_fail(r, line, column, "`\\` at the end of a line: a string may simply go on in the next line");
    return sx_rd_fail(r, line, column, "unknown escape `\\%.*s`: there are \\n \\t \\r \\\\ \\\" \\0 \\e \\x1b \\u{1F600}", shown(t), t.text);
}

/* After an error inside a string: go behind its end, so that reading goes on outside. */
static SxReadStatus skip_string(SxReader *r, int n_quotes)
{
    SxReader at_error = *r;
    while (!sx_rd_at_end(r)) {
        int c = sx_rd_peek(r, 0);
        bool end = c == '"' && (n_quotes == 1 || (sx_rd_peek(r, 1) == '"' && sx_rd_peek(r, 2) == '"'));
        if (c == '\\') sx_rd_step(r);
        if (!sx_rd_at_end(r)) sx_rd_step(r);
        if (!end) continue;
        for (int i = 1; i < n_quotes; i++) sx_rd_step(r);
        break;
    }
    memcpy(r->message, at_error.message, sizeof r->message);
    r->error_line = at_error.error_line;
    r->error_column = at_error.error_column;
    return SX_READ_ERROR;
}

/* The content of "..." or """...""" into b; `at` stands on the first quote. */
static SxReadStatus scan_string(SxReader *r, StringKind kind, SxBuf *b)
{
    int line = r->line, column = r->column;
    int n_quotes = sx_rd_peek(r, 1) == '"' && sx_rd_peek(r, 2) == '"' ? 3 : 1;
    for (int i = 0; i < n_quotes; i++) sx_rd_step(r);
    if (n_quotes == 3) { /* the line end behind the opening quotes is not part of the text */
        if (sx_rd_peek(r, 0) == '\r' && sx_rd_peek(r, 1) == '\n') sx_rd_step(r);
        if (sx_rd_peek(r, 0) == '\n') sx_rd_step(r);
    }
    for (;;) {
        int c = sx_rd_peek(r, 0);
        if (c < 0 || (c == '\\' && sx_rd_peek(r, 1) < 0))
            return sx_rd_more(r, line, column, "the text ends inside this string: %s is missing", n_quotes == 3 ? "\"\"\"" : "a \"");
        if (c == '"' && (n_quotes == 1 || (sx_rd_peek(r, 1) == '"' && sx_rd_peek(r, 2) == '"'))) break;
        if (c == '\\') {
            if (scan_escape(r, kind, b) != SX_READ_OK) return skip_string(r, n_quotes);
            continue;
        }
        size_t start = r->at;
        if (!sx_rd_step(r)) return skip_string(r, n_quotes);
        sx_buf_add(b, r->text + start, r->at - start);
    }
    for (int i = 0; i < n_quotes; i++) sx_rd_step(r);
    return check_end(r, "string");
}

SxReadStatus sx_rd_string(SxReader *r, SxHeap *h, sx_val *out)
{
    SxBuf b = SX_BUF_INIT;
    SxReadStatus s = scan_string(r, STRING_TEXT, &b);
    if (s == SX_READ_OK) *out = sx_binary(h, b.data, b.len);
    sx_buf_deinit(&b);
    return s;
}

SxReadStatus sx_rd_keyword(SxReader *r, sx_val *out)
{
    int line = r->line, column = r->column;
    sx_rd_step(r);
    if (sx_rd_peek(r, 0) == '"') {
        SxBuf b = SX_BUF_INIT;
        SxReadStatus s = scan_string(r, STRING_NAME, &b);
        if (s == SX_READ_OK) s = intern(r, line, column, b.len ? b.data : "", b.len, out);
        sx_buf_deinit(&b);
        return s;
    }
    Token t;
    if (scan_name(r, &t) != SX_READ_OK) return SX_READ_ERROR;
    if (t.n == 0) return sx_rd_fail(r, line, column, "`:` stands before a name, as in :name or :\"odd name\"");
    return intern(r, line, column, t.text, t.n, out);
}

/* (quote (97 98 99)) of UTF-8 text */
static sx_val chars_form(SxReader *r, SxHeap *h, const SxBuf *b, int line, int column)
{
    size_t n = 0, n_points = count_points(b->data, b->len);
    sx_val *points = sx_alloc(n_points * sizeof *points);
    for (size_t i = 0; i < b->len;) {
        uint32_t c;
        i += (size_t)sx_utf8_decode((const unsigned char *)b->data + i, b->len - i, &c);
        points[n++] = sx_small(c);
    }
    sx_val list = sx_list_from(h, points, n, SX_EMPTY);
    sx_free(points);
    return sx_rd_quote_form(r, h, "quote", list, line, column);
}

/* "0101" to a bitstring. SX_NONE: something else than 0 and 1. */
static sx_val bits_value(SxHeap *h, const SxBuf *b)
{
    unsigned char *bytes;
    sx_val v = sx_binary_new(h, (b->len + 7) / 8, &bytes);
    memset(bytes, 0, (b->len + 7) / 8);
    for (size_t i = 0; i < b->len; i++) {
        if (b->data[i] != '0' && b->data[i] != '1') return SX_NONE;
        bytes[i / 8] = (unsigned char)(bytes[i / 8] | (b->data[i] - '0') << (7 - i % 8));
    }
    return sx_bits_sub(h, v, 0, b->len);
}

/* #chars"abc" and its like: `at` stands on the quote. */
static SxReadStatus read_special_string(SxReader *r, SxHeap *h, StringKind kind, int line, int column, sx_val *out)
{
    SxBuf b = SX_BUF_INIT;
    SxReadStatus s = scan_string(r, kind, &b);
    if (s == SX_READ_OK) {
        *out = kind == STRING_CHARS ? chars_form(r, h, &b, line, column) : kind == STRING_BITS ? bits_value(h, &b) : sx_binary(h, b.data, b.len);
        if (*out == SX_NONE) s = sx_rd_fail(r, line, column, "#bits has the digits 0 and 1 only, as in #bits\"0101\"");
    }
    sx_buf_deinit(&b);
    return s;
}

/* ---- characters ---- */

static const struct { const char *name; int c; } char_names[] = {
    {"newline", '\n'}, {"space", ' '}, {"tab", '\t'}, {"return", '\r'}, {"nul", 0}, {"escape", 27}, {"backspace", 8}, {"delete", 127},
};

/* `at` stands behind `#\`. */
static SxReadStatus read_char(SxReader *r, int line, int column, sx_val *out)
{
    static const char right[] = "a character is written #\\a, #\\newline or #\\u{1F600}; a blank is #\\space";
    int c = sx_rd_peek(r, 0);
    if (c < 0 || sx_rd_is_blank(c)) return sx_rd_fail(r, line, column, right);
    if (c == 'u' && sx_rd_peek(r, 1) == '{') {
        uint32_t point;
        sx_rd_step(r);
        if (scan_unicode(r, line, column, &point) != SX_READ_OK) return sx_rd_skip_token(r), SX_READ_ERROR;
        *out = sx_small(point);
        return check_end(r, "character");
    }
    Token t = {r->text + r->at, 0, line, column};
    uint32_t point = (unsigned char)c;
    if (c >= 0x80) sx_utf8_decode((const unsigned char *)t.text, r->len - r->at, &point);
    if (!sx_rd_step(r)) return sx_rd_skip_token(r), SX_READ_ERROR;
    *out = sx_small(point);
    if (!is_letter(c) || sx_rd_is_delimiter(sx_rd_peek(r, 0))) return check_end(r, "character");
    Token rest;
    if (scan_name(r, &rest) != SX_READ_OK) return SX_READ_ERROR;
    t.n = rest.n + 1;
    for (size_t i = 0; i < SX_COUNT(char_names); i++) {
        if (strlen(char_names[i].name) != t.n || memcmp(char_names[i].name, t.text, t.n) != 0) continue;
        *out = sx_small(char_names[i].c);
        return SX_READ_OK;
    }
    return sx_rd_fail(r, line, column, "unknown character `#\\%.*s`: there are newline space tab return nul escape backspace delete and #\\u{1F600}",
                      shown(t), t.text);
}

/* ---- # ---- */

SxReadStatus sx_rd_hash(SxReader *r, SxHeap *h, sx_val *out)
{
    static const struct { const char *text, *right; } habits[] = {
        {"t", "true is written true"}, {"f", "false is written false"}, {"true", "true is written true"}, {"false", "false is written false"},
    };
    int line = r->line, column = r->column;
    sx_rd_step(r);
    int c = sx_rd_peek(r, 0);
    if (c == '\\') return sx_rd_step(r), read_char(r, line, column, out);
    Token t = {r->text + r->at, 0, line, column};
    while (is_letter(sx_rd_peek(r, 0))) sx_rd_step(r);
    t.n = (size_t)(r->text + r->at - t.text);
    if (sx_rd_peek(r, 0) == '"') {
        static const char *const kinds[] = {[STRING_CHARS] = "chars", [STRING_BYTES] = "bytes", [STRING_BITS] = "bits"};
        for (int k = STRING_CHARS; k <= STRING_BITS; k++)
            if (strlen(kinds[k]) == t.n && memcmp(kinds[k], t.text, t.n) == 0)
                return read_special_string(r, h, (StringKind)k, line, column, out);
    }
    sx_rd_skip_token(r);
    t.n = (size_t)(r->text + r->at - t.text);
    if (c == '{') return sx_rd_fail(r, line, column, "a map is written {:a 1 \"b\" 2}");
    if (c == '[') return sx_rd_fail(r, line, column, "a list is written [1 2], a tuple #(1 2)");
    if (c == '<') return sx_rd_fail(r, line, column, "`#<...>` shows a value that has no written form (a pid, a function): it does not read back");
    if (c == '!') return sx_rd_fail(r, line, column, "`#!` stands on the first line only; a comment begins with ;");
    if (c == '_') return sx_rd_fail(r, line, column, "the next datum is skipped by #;");
    for (size_t i = 0; i < SX_COUNT(habits); i++)
        if (strlen(habits[i].text) == t.n && memcmp(habits[i].text, t.text, t.n) == 0) return sx_rd_fail(r, line, column, "%s", habits[i].right);
    return sx_rd_fail(r, line, column, "unknown `#%.*s`: there are #( ) #\\a #chars\"\" #bytes\"\" #bits\"\" #; and #| |#", shown(t), t.text);
}
