/* print_erlang.c - values as Erlang text, as io_lib:format does it with ~0tp (lists and binaries of printable characters
 * as strings) and ~tw (as numbers).
 * The walk is print.c's. Printable means Latin-1, the default of erl (io:printable_range()).
 * INVARIANT: what Erlang's parser can read reads back as the same value. */
#include "base/utf8.h"
#include "value/atom.h"
#include "value/bits.h"
#include "value/num.h"
#include "value/print_walk.h"

static bool is_printable(int64_t c)
{
    return (c >= ' ' && c <= '~') || (c >= 0xA0 && c <= 0xFF) || (c >= '\b' && c <= '\r') || c == 033;
}

/* One character inside quotes. */
static void add_escaped(SxBuf *out, uint32_t c, char quote)
{
    static const char plain[] = "\n\r\t\v\b\f\033\177", escaped[] = "nrtvbfed";
    const char *found = c > 0 && c < 0x80 ? strchr(plain, (int)c) : NULL;
    if (found || c == (unsigned char)quote || c == '\\') {
        sx_buf_add_char(out, '\\');
        sx_buf_add_char(out, found ? escaped[found - plain] : (char)c);
    } else if (c < ' ' || (c >= 0x80 && c < 0xA0)) {
        sx_buf_addf(out, "\\%03o", (unsigned)c);
    } else {
        sx_buf_add_utf8(out, c);
    }
}

/* ---- atoms ---- */

static bool is_reserved(const char *text)
{
    static const char *const words[] = {
        "after", "and", "andalso", "band", "begin", "bnot", "bor", "bsl", "bsr", "bxor", "case", "catch", "cond", "div",
        "end", "fun", "if", "let", "not", "of", "or", "orelse", "receive", "rem", "try", "when", "xor",
    };
    for (size_t i = 0; i < SX_COUNT(words); i++) {
        if (strcmp(words[i], text) == 0) return true;
    }
    return false;
}

static bool is_lower(uint32_t c) { return (c >= 'a' && c <= 'z') || (c >= 0xDF && c <= 0xFF && c != 0xF7); }
static bool is_upper(uint32_t c) { return (c >= 'A' && c <= 'Z') || (c >= 0xC0 && c <= 0xDE && c != 0xD7); }

static bool needs_quotes(const char *text, size_t n_bytes)
{
    uint32_t c;
    for (size_t i = 0; i < n_bytes;) {
        bool first = i == 0;
        i += (size_t)sx_utf8_decode((const unsigned char *)text + i, n_bytes - i, &c);
        if (is_lower(c)) continue;
        if (first || !(is_upper(c) || (c >= '0' && c <= '9') || c == '_' || c == '@')) return true;
    }
    return n_bytes == 0 || is_reserved(text);
}

void sx_print_atom_erlang(SxBuf *out, sx_val atom)
{
    size_t n_bytes;
    const char *text = sx_atom_text(atom, &n_bytes);
    if (!needs_quotes(text, n_bytes)) {
        sx_buf_add(out, text, n_bytes);
        return;
    }
    sx_buf_add_char(out, '\'');
    for (size_t i = 0; i < n_bytes;) {
        uint32_t c;
        i += (size_t)sx_utf8_decode((const unsigned char *)text + i, n_bytes - i, &c);
        add_escaped(out, c, '\'');
    }
    sx_buf_add_char(out, '\'');
}

/* ---- lists and binaries ---- */

/* A proper list, not empty, of printable characters only. */
static bool is_string(sx_val list)
{
    for (; sx_is_cons(list); list = sx_tail(list)) {
        if (!sx_is_small(sx_head(list)) || !is_printable(sx_small_value(sx_head(list)))) return false;
    }
    return list == SX_EMPTY;
}

static void add_string(SxBuf *out, sx_val list, size_t max_bytes)
{
    sx_buf_add_char(out, '"');
    for (; sx_is_cons(list) && out->len <= max_bytes; list = sx_tail(list)) add_escaped(out, (uint32_t)sx_small_value(sx_head(list)), '"');
    sx_buf_add_char(out, '"');
}

/* Bytes as numbers, then what is left of a last byte with its size. */
static void add_numbers(SxBuf *out, sx_val v, size_t max_bytes)
{
    SxBits b = sx_bits_of(v);
    sx_buf_add_str(out, "<<");
    for (size_t at = 0; at < b.n_bits && out->len <= max_bytes; at += 8) {
        unsigned n = b.n_bits - at < 8 ? (unsigned)(b.n_bits - at) : 8;
        unsigned char byte = 0;
        sx_bits_copy(&byte, 0, b.bytes, b.bit_offset + at, n);
        sx_buf_addf(out, at > 0 ? ",%u" : "%u", (unsigned)byte >> (8 - n));
        if (n < 8) sx_buf_addf(out, ":%u", n);
    }
    sx_buf_add_str(out, ">>");
}

typedef enum TextKind { TEXT_NONE, TEXT_ASCII, TEXT_UTF8, TEXT_LATIN1 } TextKind;

static TextKind text_kind(const unsigned char *bytes, size_t n_bytes)
{
    TextKind kind = TEXT_ASCII;
    size_t i = 0;
    if (n_bytes == 0) return TEXT_NONE;
    if (sx_utf8_valid_prefix(bytes, n_bytes) == n_bytes) {
        while (i < n_bytes) {
            uint32_t c;
            i += (size_t)sx_utf8_decode(bytes + i, n_bytes - i, &c);
            if (!is_printable(c)) return TEXT_NONE;
            if (c >= 0x80) kind = TEXT_UTF8;
        }
        return kind;
    }
    while (i < n_bytes && is_printable(bytes[i])) i++;
    return i == n_bytes ? TEXT_LATIN1 : TEXT_NONE;
}

static void add_bits(SxBuf *out, sx_val v, size_t max_bytes)
{
    size_t n_bytes;
    unsigned char *scratch;
    const unsigned char *bytes = sx_binary_bytes_any(v, &n_bytes, &scratch);
    TextKind kind = bytes ? text_kind(bytes, n_bytes) : TEXT_NONE;
    if (kind == TEXT_NONE) {
        add_numbers(out, v, max_bytes);
    } else {
        sx_buf_add_str(out, "<<\"");
        for (size_t i = 0; i < n_bytes && out->len <= max_bytes;) {
            uint32_t c = bytes[i];
            i += kind == TEXT_UTF8 ? (size_t)sx_utf8_decode(bytes + i, n_bytes - i, &c) : 1;
            add_escaped(out, c, '"');
        }
        sx_buf_add_str(out, kind == TEXT_UTF8 ? "\"/utf8>>" : "\">>");
    }
    sx_free(scratch);
}

/* ---- leaves ---- */

/* What looks the same in both forms; lists, tuples and maps are left to the walk. */
static bool print_leaf(SxBuf *out, sx_val v, size_t max_bytes)
{
    if (sx_is_list(v) || sx_is_tuple(v) || sx_is_map(v)) return false;
    if (sx_is_integer(v)) {
        sx_print_integer(out, v, max_bytes);
    } else if (sx_is_float(v)) {
        sx_num_print_double(out, sx_float_value(v));
    } else if (sx_is_atom(v)) {
        sx_print_atom_erlang(out, v);
    } else if (sx_is_symbol(v)) {
        sx_buf_addf(out, "#Symbol<%s>", sx_atom_text(sx_symbol_name(v), NULL));
    } else if (sx_is_pid(v)) {
        sx_buf_add_char(out, '<');
        sx_print_pid_numbers(out, v);
        sx_buf_add_char(out, '>');
    } else if (sx_is_ref(v)) {
        sx_buf_add_str(out, "#Ref<");
        sx_print_ref_numbers(out, v);
        sx_buf_add_char(out, '>');
    } else if (sx_is_closure(v) && sx_print_closure) {
        sx_print_closure(out, v, true);
    } else {
        sx_buf_addf(out, sx_is_closure(v) ? "#Fun<>" : "#Mark<%u>", (unsigned)(v >> 3));
    }
    return true;
}

static bool print_leaf_pretty(SxBuf *out, sx_val v, size_t max_bytes)
{
    if (sx_is_cons(v) && is_string(v)) add_string(out, v, max_bytes);
    else if (sx_is_bits(v)) add_bits(out, v, max_bytes);
    else return print_leaf(out, v, max_bytes);
    return true;
}

static bool print_leaf_write(SxBuf *out, sx_val v, size_t max_bytes)
{
    if (!sx_is_bits(v)) return print_leaf(out, v, max_bytes);
    add_numbers(out, v, max_bytes);
    return true;
}

#define ERLANG_STYLE \
    .list_open = "[", .list_between = ",", .list_tail = "|", .list_close = "]", \
    .tuple_open = "{", .tuple_between = ",", .tuple_close = "}", \
    .map_open = "#{", .map_arrow = " => ", .map_between = ",", .map_close = "}"

const SxPrintStyle sx_print_pretty = {ERLANG_STYLE, .print_leaf = print_leaf_pretty};
const SxPrintStyle sx_print_as_written = {ERLANG_STYLE, .print_leaf = print_leaf_write};

void sx_print_erlang(SxBuf *out, sx_val v, size_t max_bytes) { sx_print_walk(out, v, max_bytes, &sx_print_pretty); }
void sx_print_erlang_write(SxBuf *out, sx_val v, size_t max_bytes) { sx_print_walk(out, v, max_bytes, &sx_print_as_written); }
