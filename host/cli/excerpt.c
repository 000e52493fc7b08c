/* excerpt.c - see excerpt.h. The line is measured once, then the part that is shown is written.
 * INVARIANT: text never takes more than SX_EXCERPT_COLUMNS display columns and the two marks of what was cut. */
#include "cli/excerpt.h"
#include "base/unicode.h"
#include "base/utf8.h"

#define TAB 8
#define BEFORE 60 /* of a long line: columns kept in front of the place */
#define CUT "..."

static bool is_name_byte(unsigned char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '@' || c >= 128; }
static bool ends_symbol(unsigned char c) { return c <= ' ' || strchr("()[]{}\"';`,", c) != NULL; }

static size_t quoted(const char *line, size_t n, size_t at)
{
    char quote = line[at];
    for (size_t i = at + 1; i < n; i++) {
        if (line[i] == '\\') i++;
        else if (line[i] == quote) return i + 1 - at;
    }
    return n - at;
}

/* A name, with a module in front of it; a variable, a macro, a number; an operator. */
static size_t erlang_token(const char *line, size_t n, size_t at)
{
    size_t i = at;
    unsigned char c = (unsigned char)line[at];
    if (c == '"' || c == '\'') return quoted(line, n, at);
    if (c == '?' || c == '#') i++;
    if (i < n && is_name_byte((unsigned char)line[i])) {
        while (i < n && (is_name_byte((unsigned char)line[i]) || (line[i] == ':' && i + 1 < n && is_name_byte((unsigned char)line[i + 1])))) i++;
        return i - at;
    }
    while (i < n && strchr("+-*/=<>|!:?#", line[i]) != NULL && line[i] != 0) i++;
    return i > at ? i - at : 1;
}

size_t sx_excerpt_token(const char *line, size_t n, size_t at, bool erlang)
{
    if (at >= n) return 0;
    if (erlang) return erlang_token(line, n, at);
    if (line[at] == '"') return quoted(line, n, at);
    size_t i = at;
    while (i < n && !ends_symbol((unsigned char)line[i])) i++;
    return i > at ? i - at : 1;
}

/* One code point as it is shown at display column `shown` (from 0 on). */
typedef struct Glyph { uint32_t c; int columns; size_t n_bytes; } Glyph;

static Glyph glyph_at(const char *line, size_t n, size_t at, int shown)
{
    Glyph g;
    int taken = sx_utf8_decode((const unsigned char *)line + at, n - at, &g.c);
    g.n_bytes = taken > 0 ? (size_t)taken : 1;
    if (taken <= 0) g.c = 0xFFFD;
    if (g.c == '\t') {
        g.c = ' ';
        g.columns = TAB - shown % TAB;
    } else if (g.c < ' ' || (g.c >= 0x7F && g.c < 0xA0)) {
        g.c = ' ';
        g.columns = 1;
    } else g.columns = sx_unicode_width(g.c);
    return g;
}

/* Display columns of the line, and where what is marked begins and ends in it (from 0 on; -1: it does not). */
static int measure(const char *line, size_t n, int column, bool erlang, int *from, int *to)
{
    int shown = 0, point = 1;
    size_t end = 0;
    *from = *to = -1;
    for (size_t at = 0; at < n; point++) {
        if (point == column) {
            *from = shown;
            end = at + sx_excerpt_token(line, n, at, erlang);
        }
        Glyph g = glyph_at(line, n, at, shown);
        at += g.n_bytes;
        shown += g.columns;
        if (*from >= 0 && at <= end) *to = shown;
    }
    if (column > 0 && point == column && *from < 0) *from = shown; /* behind the line: its end is missing something */
    if (*from >= 0 && *to <= *from) *to = *from + 1;
    return shown;
}

void sx_excerpt_take(SxExcerpt *e, const char *line, size_t n, int column, bool erlang)
{
    int from, to, all = measure(line, n, column, erlang, &from, &to);
    int first = 0, last = all;
    if (all > SX_EXCERPT_COLUMNS) {
        first = from > BEFORE ? from - BEFORE : 0;
        if (first + SX_EXCERPT_COLUMNS > all) first = all - SX_EXCERPT_COLUMNS;
        last = first + SX_EXCERPT_COLUMNS;
    }
    if (first > 0) sx_buf_add_str(&e->text, CUT);
    int shown = 0, begin = -1; /* begin: column at which the part that is shown really begins */
    for (size_t at = 0; at < n;) {
        Glyph g = glyph_at(line, n, at, shown);
        at += g.n_bytes;
        if (shown >= first && shown + g.columns <= last && (g.columns > 0 || begin >= 0)) {
            if (begin < 0) begin = shown;
            if (g.c == ' ')
                for (int i = 0; i < g.columns; i++) sx_buf_add_char(&e->text, ' ');
            else sx_buf_add_utf8(&e->text, g.c);
        }
        shown += g.columns;
    }
    if (last < all) sx_buf_add_str(&e->text, CUT);
    if (from < 0) return;
    if (begin < 0) begin = first;
    e->caret = from - begin + 1 + (first > 0 ? (int)strlen(CUT) : 0);
    if (to > last) to = last;
    e->width = to > from ? to - from : 1;
}
