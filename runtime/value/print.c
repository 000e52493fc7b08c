/* print.c - values as SX text, and the walk over a value that both printers use.
 * What Erlang text looks like is print_erlang.c's; how a closure shows itself is the code layer's.
 * INVARIANT: the stack of the walk is on the C heap: nesting costs memory, never C stack. What SX text can say reads back
 * (SX.md, Reading); all else has the form #<...>. */
#include "value/print.h"
#include "base/utf8.h"
#include "value/atom.h"
#include "value/bits.h"
#include "value/map.h"
#include "value/num.h"
#include "value/print_walk.h"

void (*sx_print_closure)(SxBuf *out, sx_val closure, bool erlang);

/* ---- the walk ---- */

typedef enum FrameKind { FRAME_LIST, FRAME_TUPLE, FRAME_MAP } FrameKind;

typedef struct SxPrintFrame { /* a value that is half printed */
    FrameKind kind;
    sx_val v;         /* list: what is left of it; tuple; map: the value that follows the key just printed, or SX_NONE */
    size_t index;     /* elements or pairs begun */
    SxMapIter *iter;  /* map only; own allocation */
} Frame;

typedef SxPrinting Walk;

/* Begin a list, tuple or map. */
static void push(Walk *w, SxBuf *out, sx_val v, const SxPrintStyle *style)
{
    if (w->depth == w->cap) {
        w->cap = w->cap ? 2 * w->cap : 16;
        w->stack = sx_realloc(w->stack, w->cap * sizeof *w->stack);
    }
    Frame *f = &w->stack[w->depth++];
    *f = (Frame){FRAME_LIST, v, 0, NULL};
    if (sx_is_tuple(v)) {
        f->kind = FRAME_TUPLE;
        sx_buf_add_str(out, style->tuple_open);
    } else if (sx_is_map(v)) {
        f->kind = FRAME_MAP;
        f->v = SX_NONE;
        f->iter = sx_alloc(sizeof *f->iter);
        sx_map_iter_init(f->iter, v);
        sx_buf_add_str(out, style->map_open);
    } else {
        sx_buf_add_str(out, style->list_open);
    }
}

/* What is to be printed next inside f, after what stands between; SX_NONE: f is done and closed. */
static sx_val next_list(Frame *f, SxBuf *out, const SxPrintStyle *style)
{
    if (f->v == SX_EMPTY) {
        sx_buf_add_str(out, style->list_close);
        return SX_NONE;
    }
    if (f->index++ > 0) sx_buf_add_str(out, sx_is_cons(f->v) ? style->list_between : style->list_tail);
    sx_val item = f->v;
    f->v = SX_EMPTY; /* an improper tail is the last */
    if (!sx_is_cons(item)) return item;
    f->v = sx_tail(item);
    return sx_head(item);
}

static sx_val next_tuple(Frame *f, SxBuf *out, const SxPrintStyle *style)
{
    if (f->index == sx_tuple_size(f->v)) {
        sx_buf_add_str(out, style->tuple_close);
        return SX_NONE;
    }
    if (f->index > 0) sx_buf_add_str(out, style->tuple_between);
    return sx_tuple_elements(f->v)[f->index++];
}

static sx_val next_map(Frame *f, SxBuf *out, const SxPrintStyle *style)
{
    sx_val key, value = f->v;
    if (value != SX_NONE) {
        sx_buf_add_str(out, style->map_arrow);
        f->v = SX_NONE;
        return value;
    }
    if (!sx_map_iter_next(f->iter, &key, &f->v)) {
        sx_buf_add_str(out, style->map_close);
        sx_free(f->iter);
        f->iter = NULL;
        return SX_NONE;
    }
    if (f->index++ > 0) sx_buf_add_str(out, style->map_between);
    return key;
}

/* Cut out to max_bytes, between characters, and show it. */
static void cut(SxBuf *out, size_t max_bytes)
{
    out->len = max_bytes;
    while (out->len > 0 && ((unsigned char)out->data[out->len] & 0xC0) == 0x80) out->len--;
    sx_buf_add_str(out, "...");
}

#define LONG_LEAF_BYTES 65536 /* a binary of this size takes long to print by itself, */
#define LONG_NUMBER_BYTES 1024 /* and a number of this one: its cost rises faster */

static bool is_long_leaf(sx_val v)
{
    if (sx_is_bits(v)) return sx_bits_size(v) > 8 * LONG_LEAF_BYTES;
    return sx_is_integer(v) && sx_num_bytes(v) > LONG_NUMBER_BYTES;
}

static void begin(Walk *w, const SxBuf *out, sx_val v, size_t max_bytes, const SxPrintStyle *style)
{
    *w = (Walk){NULL, 0, 0, out->len > max_bytes ? out->len : max_bytes, v, style};
}

bool sx_print_on(SxPrinting *w, SxBuf *out, size_t pause_len)
{
    const SxPrintStyle *style = w->style;
    size_t max_bytes = w->max_bytes, stop = pause_len < max_bytes ? pause_len : max_bytes;
    sx_val v = w->v;
    for (;;) {
        if (v == SX_NONE && w->depth > 0 && out->len <= stop) {
            Frame *f = &w->stack[w->depth - 1];
            switch (f->kind) {
            case FRAME_LIST: v = next_list(f, out, style); break;
            case FRAME_TUPLE: v = next_tuple(f, out, style); break;
            case FRAME_MAP: v = next_map(f, out, style); break;
            }
            if (v == SX_NONE) {
                w->depth--;
                continue;
            }
        }
        if (v == SX_NONE) break;
        if (pause_len != SIZE_MAX && sx_is_pointer(v) && is_long_leaf(v)) break;
        if (!style->print_leaf(out, v, max_bytes)) push(w, out, v, style);
        v = SX_NONE;
    }
    w->v = v;
    if (out->len > max_bytes) {
        cut(out, max_bytes);
        return true;
    }
    return v == SX_NONE && w->depth == 0;
}

void sx_print_end(SxPrinting *w)
{
    while (w->depth > 0) sx_free(w->stack[--w->depth].iter);
    sx_free(w->stack);
}

void sx_print_walk(SxBuf *out, sx_val v, size_t max_bytes, const SxPrintStyle *style)
{
    Walk w;
    begin(&w, out, v, max_bytes, style);
    sx_print_on(&w, out, SIZE_MAX);
    sx_print_end(&w);
}

/* ---- what both languages show alike ---- */

void sx_print_integer(SxBuf *out, sx_val v, size_t max_bytes)
{
    size_t n_bytes = sx_num_bytes(v);
    if (n_bytes > 64 && max_bytes < SIZE_MAX / 2 && out->len + n_bytes * 2 > max_bytes) sx_buf_addf(out, "#<integer of %zu bytes>", n_bytes);
    else sx_num_print(out, v, 10);
}

void sx_print_pid_numbers(SxBuf *out, sx_val pid) { sx_buf_addf(out, "0.%u.%u", sx_pid_slot(pid), sx_pid_serial(pid)); }

void sx_print_ref_numbers(SxBuf *out, sx_val ref)
{
    uint64_t serial = sx_ref_serial(ref);
    unsigned slot = sx_is_pid(sx_ref_pid(ref)) ? sx_pid_slot(sx_ref_pid(ref)) : 0;
    sx_buf_addf(out, "0.%u.%u.%u", slot, (unsigned)(serial >> 32), (unsigned)serial);
}

/* ---- SX ---- */

/* One character inside a quoted text. */
static void add_escaped(SxBuf *out, uint32_t c)
{
    static const char plain[] = "\n\t\r\033\"\\", escaped[] = "ntre\"\\";
    const char *found = c > 0 && c < 0x80 ? strchr(plain, (int)c) : NULL;
    if (found) {
        sx_buf_add_char(out, '\\');
        sx_buf_add_char(out, escaped[found - plain]);
    } else if (c < ' ' || c == 0x7F) {
        sx_buf_addf(out, "\\x%02x", (unsigned)c);
    } else if ((c >= 0x80 && c < 0xA0) || (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF) {
        sx_buf_addf(out, "\\u{%x}", (unsigned)c); /* controls: line ends, changes of direction */
    } else {
        sx_buf_add_utf8(out, c);
    }
}

static void add_quoted(SxBuf *out, const char *utf8, size_t n_bytes, size_t max_bytes)
{
    sx_buf_add_char(out, '"');
    for (size_t i = 0; i < n_bytes && out->len <= max_bytes;) {
        uint32_t c;
        int taken = sx_utf8_decode((const unsigned char *)utf8 + i, n_bytes - i, &c);
        add_escaped(out, taken ? c : 0xFFFD);
        i += taken ? (size_t)taken : 1;
    }
    sx_buf_add_char(out, '"');
}

void sx_print_string(SxBuf *out, const char *utf8, size_t n_bytes) { add_quoted(out, utf8, n_bytes, SIZE_MAX); }

/* True when the reader takes the name behind a colon as it stands. Rather too strict than too lax. */
static bool is_plain_name(const char *text, size_t n_bytes)
{
    if (n_bytes == 0) return false;
    for (size_t i = 0; i < n_bytes;) {
        uint32_t c;
        i += (size_t)sx_utf8_decode((const unsigned char *)text + i, n_bytes - i, &c);
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        bool sign = c < 0x80 && c > 0 && strchr("_-+*/<>=!?.$%&@", (int)c);
        bool foreign = (c >= 0xC0 && c < 0x2000 && c != 0x1680 && c != 0x180E) || (c > 0x3000 && c < 0xD800);
        if (!letter && !sign && !foreign) return false;
    }
    return true;
}

static void add_atom(SxBuf *out, sx_val v, size_t max_bytes)
{
    size_t n_bytes;
    const char *text = sx_atom_text(v, &n_bytes);
    bool keyword = v != SX_TRUE && v != SX_FALSE && v != SX_NIL;
    if (keyword) sx_buf_add_char(out, ':');
    if (!keyword || is_plain_name(text, n_bytes)) sx_buf_add(out, text, n_bytes);
    else add_quoted(out, text, n_bytes, max_bytes);
}

static void add_bits(SxBuf *out, sx_val v, size_t max_bytes)
{
    if (!sx_bits_is_binary(v)) {
        SxBits b = sx_bits_of(v);
        sx_buf_add_str(out, "#bits\"");
        for (size_t i = b.bit_offset; i < b.bit_offset + b.n_bits && out->len <= max_bytes; i++) {
            sx_buf_add_char(out, (char)('0' + (b.bytes[i / 8] >> (7 - i % 8) & 1)));
        }
        sx_buf_add_char(out, '"');
        return;
    }
    size_t n_bytes;
    unsigned char *scratch;
    const unsigned char *bytes = sx_binary_bytes_any(v, &n_bytes, &scratch);
    if (sx_utf8_valid_prefix(bytes, n_bytes) == n_bytes) {
        add_quoted(out, (const char *)bytes, n_bytes, max_bytes);
    } else {
        sx_buf_add_str(out, "#bytes\"");
        for (size_t i = 0; i < n_bytes && out->len <= max_bytes; i++) {
            if (bytes[i] < 0x80) add_escaped(out, bytes[i]);
            else sx_buf_addf(out, "\\x%02x", bytes[i]);
        }
        sx_buf_add_char(out, '"');
    }
    sx_free(scratch);
}

static bool print_sx_leaf(SxBuf *out, sx_val v, size_t max_bytes)
{
    if (sx_is_list(v) || sx_is_tuple(v) || sx_is_map(v)) return false;
    if (sx_is_integer(v)) {
        sx_print_integer(out, v, max_bytes);
    } else if (sx_is_float(v)) {
        sx_num_print_double(out, sx_float_value(v));
    } else if (sx_is_atom(v)) {
        add_atom(out, v, max_bytes);
    } else if (sx_is_bits(v)) {
        add_bits(out, v, max_bytes);
    } else if (sx_is_symbol(v)) {
        sx_buf_add_str(out, sx_atom_text(sx_symbol_name(v), NULL));
    } else if (sx_is_pid(v)) {
        sx_buf_add_str(out, "#<pid ");
        sx_print_pid_numbers(out, v);
        sx_buf_add_char(out, '>');
    } else if (sx_is_ref(v)) {
        sx_buf_add_str(out, "#<ref ");
        sx_print_ref_numbers(out, v);
        sx_buf_add_char(out, '>');
    } else if (sx_is_closure(v) && sx_print_closure) {
        sx_print_closure(out, v, false);
    } else {
        sx_buf_addf(out, sx_is_closure(v) ? "#<fn>" : "#<mark %u>", (unsigned)(v >> 3));
    }
    return true;
}

static const SxPrintStyle sx_style = {
    .list_open = "[", .list_between = " ", .list_tail = " & ", .list_close = "]",
    .tuple_open = "#(", .tuple_between = " ", .tuple_close = ")",
    .map_open = "{", .map_arrow = " ", .map_between = " ", .map_close = "}",
    .print_leaf = print_sx_leaf,
};

void sx_print(SxBuf *out, sx_val v, size_t max_bytes) { sx_print_walk(out, v, max_bytes, &sx_style); }

void sx_print_begin(SxPrinting *w, const SxBuf *out, sx_val v, size_t max_bytes, SxPrintForm form)
{
    begin(w, out, v, max_bytes, form == SX_PRINT_SX ? &sx_style : form == SX_PRINT_ERLANG ? &sx_print_pretty : &sx_print_as_written);
}
