/* reader.c - the structure of SX text: blanks, comments, brackets, prefixes (see SX.md, Reading).
 * Owns the stack of what is open; single tokens are reader_token.c. Iterative: depth costs heap memory, never C stack.
 * INVARIANT: `at`, `line` and `column` always belong to the same character, because sx_rd_step alone moves them. */
#include "lang/reader_internal.h"
#include "base/utf8.h"
#include <stdio.h>

typedef enum OpenKind { OPEN_LIST, OPEN_BRACKET, OPEN_TUPLE, OPEN_MAP, OPEN_PREFIX, OPEN_SKIP /* #; */ } OpenKind;

typedef struct Open { /* a bracket or prefix that waits for more */
    OpenKind kind;
    int line, column;
    size_t start;        /* its first element in `values` */
    const char *head;    /* symbol of the form it makes; NULL for a plain list */
    int template_depth;  /* outside of it */
} Open;

typedef struct Reading {
    SxReader *r;
    SxHeap *h;
    Open *open;
    size_t n_open, cap_open;
    sx_val *values; /* finished elements of all open brackets */
    size_t n_values, cap_values;
    int template_depth; /* ` counts up, , counts down */
} Reading;

static const char *const bracket_open[] = {"(", "[", "#(", "{"};
static const char bracket_close[] = {')', ']', ')', '}'};

/* ---- characters and errors ---- */

bool sx_rd_is_blank(int c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

bool sx_rd_is_delimiter(int c)
{
    switch (c) {
    case -1: case '(': case ')': case '[': case ']': case '{': case '}': case ';': return true;
    default: return sx_rd_is_blank(c);
    }
}

static void set_message(SxReader *r, int line, int column, const char *format, va_list args)
{
    vsnprintf(r->message, sizeof r->message, format, args);
    r->message[sx_utf8_valid_prefix((const unsigned char *)r->message, strlen(r->message))] = '\0'; /* may be cut */
    r->error_line = line;
    r->error_column = column;
}

SxReadStatus sx_rd_fail(SxReader *r, int line, int column, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    set_message(r, line, column, format, args);
    va_end(args);
    return SX_READ_ERROR;
}

SxReadStatus sx_rd_more(SxReader *r, int line, int column, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    set_message(r, line, column, format, args);
    va_end(args);
    return SX_READ_MORE;
}

bool sx_rd_step(SxReader *r)
{
    unsigned char c = (unsigned char)r->text[r->at];
    uint32_t point;
    int n = 1;
    if (c == 0 || (c >= 0x80 && (n = sx_utf8_decode((const unsigned char *)r->text + r->at, r->len - r->at, &point)) == 0)) {
        if (c == 0) sx_rd_fail(r, r->line, r->column, "a NUL byte: SX text has none; in a string write \\u{0}");
        else sx_rd_fail(r, r->line, r->column, "byte 0x%02x is not UTF-8 here: SX text is UTF-8; in #bytes\"\" write \\x%02x", c, c);
        r->at++;
        r->column++;
        return false;
    }
    r->at += (size_t)n;
    if (c == '\n') {
        r->line++;
        r->column = 1;
    } else {
        r->column++;
    }
    return true;
}

void sx_rd_skip_token(SxReader *r)
{
    while (!sx_rd_is_delimiter(sx_rd_peek(r, 0))) {
        if ((sx_rd_peek(r, 0) & 0xC0) != 0x80) r->column++;
        r->at++;
    }
}

/* ---- blanks and comments ---- */

static SxReadStatus skip_line(SxReader *r)
{
    while (!sx_rd_at_end(r) && r->text[r->at] != '\n')
        if (!sx_rd_step(r)) return SX_READ_ERROR;
    return SX_READ_OK;
}

/* #| ... |#, which nest */
static SxReadStatus skip_block(SxReader *r)
{
    int line = r->line, column = r->column, depth = 0;
    do {
        int c = sx_rd_peek(r, 0), next = sx_rd_peek(r, 1);
        if (c < 0) return sx_rd_more(r, line, column, "the text ends inside the comment `#|`, which `|#` ends");
        bool opens = c == '#' && next == '|', closes = c == '|' && next == '#';
        depth += opens - closes;
        if (opens || closes) sx_rd_step(r);
        if (!sx_rd_step(r)) return SX_READ_ERROR;
    } while (depth > 0);
    return SX_READ_OK;
}

static SxReadStatus skip_blanks(SxReader *r)
{
    if (r->at == 0 && r->len >= 3 && memcmp(r->text, "\xEF\xBB\xBF", 3) == 0) r->at = 3; /* byte order mark: no column */
    if (r->line == 1 && r->column == 1 && sx_rd_peek(r, 0) == '#' && sx_rd_peek(r, 1) == '!' && skip_line(r) != SX_READ_OK)
        return SX_READ_ERROR;
    for (;;) {
        int c = sx_rd_peek(r, 0);
        SxReadStatus s = SX_READ_OK;
        if (c < 0) return SX_READ_END;
        if (sx_rd_is_blank(c)) sx_rd_step(r);
        else if (c == ';') s = skip_line(r);
        else if (c == '#' && sx_rd_peek(r, 1) == '|') s = skip_block(r);
        else return SX_READ_OK;
        if (s != SX_READ_OK) return s;
    }
}

/* ---- what is open ---- */

static void push_value(Reading *g, sx_val v)
{
    if (g->n_values == g->cap_values) {
        g->cap_values = g->cap_values ? g->cap_values * 2 : 64;
        g->values = sx_realloc(g->values, g->cap_values * sizeof *g->values);
    }
    g->values[g->n_values++] = v;
}

/* Open something whose text is n_bytes long. */
static SxReadStatus push_open(Reading *g, OpenKind kind, const char *head, int n_bytes)
{
    SxReader *r = g->r;
    Open o = {kind, r->line, r->column, g->n_values, head, g->template_depth};
    while (n_bytes-- > 0) sx_rd_step(r);
    if (g->n_open == SX_READ_MAX_DEPTH)
        return sx_rd_fail(r, o.line, o.column, "more than %d brackets are open: no form is that deep", SX_READ_MAX_DEPTH);
    if (g->n_open == g->cap_open) {
        g->cap_open = g->cap_open ? g->cap_open * 2 : 32;
        g->open = sx_realloc(g->open, g->cap_open * sizeof *g->open);
    }
    g->open[g->n_open++] = o;
    return SX_READ_OK;
}

static sx_val symbol_at(Reading *g, const char *name, int line, int column)
{
    return sx_symbol(g->h, sx_atom(name), g->r->file, line, column);
}

sx_val sx_rd_quote_form(SxReader *r, SxHeap *h, const char *head, sx_val v, int line, int column)
{
    sx_val symbol = sx_symbol(h, sx_atom(head), r->file, line, column);
    return sx_cons(h, symbol, sx_cons(h, v, SX_EMPTY));
}

static SxReadStatus close_bracket(Reading *g, sx_val *out)
{
    SxReader *r = g->r;
    int line = r->line, column = r->column;
    char c = r->text[r->at];
    sx_rd_step(r);
    if (g->n_open == 0) return sx_rd_fail(r, line, column, "`%c` closes nothing", c);
    Open *o = &g->open[g->n_open - 1];
    if (o->kind == OPEN_SKIP) return sx_rd_fail(r, o->line, o->column, "`#;` skips the next datum, but `%c` follows", c);
    if (o->kind == OPEN_PREFIX)
        return sx_rd_fail(r, o->line, o->column, "a datum stands behind this (%s), but `%c` follows", o->head, c);
    if (bracket_close[o->kind] != c)
        return sx_rd_fail(r, line, column, "`%c` stands where `%c` closes the `%s` of line %d, column %d", c,
                          bracket_close[o->kind], bracket_open[o->kind], o->line, o->column);
    size_t n = g->n_values - o->start;
    if (o->kind == OPEN_MAP && n % 2 && g->template_depth == 0)
        return sx_rd_fail(r, o->line, o->column, "a map has a value behind each key, as in {:a 1 :b 2}; here are %zu data", n);
    sx_val list = n ? sx_list_from(g->h, g->values + o->start, n, SX_EMPTY) : SX_EMPTY;
    if (o->head) list = sx_cons(g->h, symbol_at(g, o->head, o->line, o->column), list);
    g->n_values = o->start;
    g->n_open--;
    *out = list;
    return SX_READ_OK;
}

/* A comma: an unquote inside a template, a mistake elsewhere. */
static SxReadStatus open_comma(Reading *g)
{
    SxReader *r = g->r;
    int next = sx_rd_peek(r, 1);
    if (g->template_depth == 0 || sx_rd_is_blank(next)) {
        int line = r->line, column = r->column;
        sx_rd_step(r);
        if (next < 0 || sx_rd_is_blank(next) || next == ')' || next == ']' || next == '}')
            return sx_rd_fail(r, line, column, "`,` does not separate: blanks do, as in [1 2] and {:a 1 :b 2}");
        return sx_rd_fail(r, line, column, "`,` stands inside a template, as in `(a ,b); elements are separated by blanks");
    }
    SxReadStatus s = next == '@' ? push_open(g, OPEN_PREFIX, "unquote-splicing", 2) : push_open(g, OPEN_PREFIX, "unquote", 1);
    g->template_depth--;
    return s;
}

/* One token, or a bracket or prefix opened or closed. *out is SX_NONE when no datum is complete yet. */
static SxReadStatus read_one(Reading *g, sx_val *out)
{
    SxReader *r = g->r;
    int c = sx_rd_peek(r, 0), next = sx_rd_peek(r, 1);
    *out = SX_NONE;
    switch (c) {
    case '(': return push_open(g, OPEN_LIST, NULL, 1);
    case '[': return push_open(g, OPEN_BRACKET, "%list", 1);
    case '{': return push_open(g, OPEN_MAP, "%map", 1);
    case ')': case ']': case '}': return close_bracket(g, out);
    case '\'': return push_open(g, OPEN_PREFIX, "quote", 1);
    case '^': return push_open(g, OPEN_PREFIX, "%pin", 1);
    case ',': return open_comma(g);
    case '`': {
        SxReadStatus s = push_open(g, OPEN_PREFIX, "quasiquote", 1);
        g->template_depth++;
        return s;
    }
    case '"': return sx_rd_string(r, g->h, out);
    case ':': return sx_rd_keyword(r, out);
    case '#':
        if (next == '(') return push_open(g, OPEN_TUPLE, "%tuple", 2);
        if (next == ';') return push_open(g, OPEN_SKIP, NULL, 2);
        return sx_rd_hash(r, g->h, out);
    default:
        if ((c >= '0' && c <= '9') || ((c == '-' || c == '+') && next >= '0' && next <= '9')) return sx_rd_number(r, g->h, out);
        return sx_rd_symbol(r, g->h, out);
    }
}

/* The text ends while something is open. The outermost bracket is named: the closing one that is missing mostly belongs to
 * the form which then swallowed the rest. */
static SxReadStatus unfinished(Reading *g)
{
    const Open *o = &g->open[0];
    if (o->kind == OPEN_SKIP) return sx_rd_more(g->r, o->line, o->column, "the text ends behind `#;`, which skips a datum");
    if (o->kind == OPEN_PREFIX) return sx_rd_more(g->r, o->line, o->column, "the text ends where the datum of (%s ...) is missing", o->head);
    if (g->n_open == 1)
        return sx_rd_more(g->r, o->line, o->column, "the text ends inside this `%s`: a `%c` is missing", bracket_open[o->kind], bracket_close[o->kind]);
    return sx_rd_more(g->r, o->line, o->column, "the text ends inside this `%s`: %zu brackets or prefixes are still open",
                      bracket_open[o->kind], g->n_open);
}

static SxReadStatus read_datum(Reading *g, sx_val *out)
{
    for (;;) {
        SxReadStatus s = skip_blanks(g->r);
        if (s == SX_READ_END && g->n_open) return unfinished(g);
        if (s != SX_READ_OK) return s;
        sx_val v;
        s = read_one(g, &v);
        if (s != SX_READ_OK) return s;
        /* prefixes that waited for this datum */
        while (v != SX_NONE && g->n_open && g->open[g->n_open - 1].kind >= OPEN_PREFIX) {
            Open *o = &g->open[--g->n_open];
            g->template_depth = o->template_depth;
            v = o->kind == OPEN_SKIP ? SX_NONE : sx_rd_quote_form(g->r, g->h, o->head, v, o->line, o->column);
        }
        if (v == SX_NONE) continue;
        if (g->n_open == 0) {
            *out = v;
            return SX_READ_OK;
        }
        push_value(g, v);
    }
}

void sx_reader_init(SxReader *r, const char *text, size_t len, sx_val file, int line, int column)
{
    memset(r, 0, sizeof *r);
    r->text = text;
    r->len = len;
    r->file = file;
    r->line = line;
    r->column = column;
}

SxReadStatus sx_read(SxReader *r, SxHeap *h, sx_val *out)
{
    Reading g = {.r = r, .h = h};
    SxReadStatus s = read_datum(&g, out);
    sx_free(g.open);
    sx_free(g.values);
    return s;
}
