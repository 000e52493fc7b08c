/* sx_pieces.c - see sx_pieces.h. */
#include "prim/sx_pieces.h"
#include "value/print.h"

enum { SHOWN_BYTES = 80, FIND_PIECE = 1 << 16 };

sx_val sx_wrong(SxProc *p, const char *what, sx_val got)
{
    SxBuf b = SX_BUF_INIT;
    sx_print(&b, got, SHOWN_BYTES);
    sx_badarg(p, "%s, got %.*s", what, (int)b.len, b.data);
    sx_buf_deinit(&b);
    return SX_THROWN;
}

/* ---- lists ---- */

sx_val sx_list_chunks(SxListOut *o)
{
    if (o->first == SX_EMPTY) return o->chunks;
    return sx_cons(o->heap, o->first, o->chunks);
}

/* Put copies of the chunks, newest first, before `result`. */
static sx_val join(SxProc *p, sx_val chunks, sx_val result)
{
    while (sx_is_cons(chunks)) {
        if (sx_out_of_time(p)) return sx_again(p, sx_tuple(&p->heap, 3, SX_TRUE, chunks, result));
        SxListOut o;
        size_t n = 0;
        sx_list_out(&o, p, SX_EMPTY);
        for (sx_val c = sx_head(chunks); sx_is_cons(c); c = sx_tail(c), n++) sx_list_add(&o, sx_head(c));
        *o.end = result;
        result = o.first;
        chunks = sx_tail(chunks);
        sx_charge(p, n / SX_ELEMENTS_PER_REDUCTION + 1);
    }
    return result;
}

sx_val sx_list_finish(SxProc *p, SxListOut *o, sx_val tail)
{
    *o->end = tail;
    return join(p, o->chunks, o->first);
}

sx_val sx_list_join(SxProc *p) { return join(p, sx_place(p, 1), sx_place(p, 2)); }

/* ---- text ---- */

bool sx_text_of(SxProc *p, sx_val v, SxText *t)
{
    t->v = v;
    t->at = sx_binary_bytes(v, &t->n);
    if (t->at != NULL) return true;
    if (!sx_bits_is_binary(v)) return false;
    unsigned char *bytes;
    SxBits b = sx_bits_of(v);
    t->n = b.n_bits / 8;
    t->v = sx_binary_new(&p->heap, t->n, &bytes);
    sx_bits_copy(bytes, 0, b.bytes, b.bit_offset, b.n_bits);
    t->at = bytes;
    return true;
}

bool sx_string_of(SxProc *p, sx_val v, SxText *t)
{
    if (!sx_text_of(p, v, t)) return false;
    sx_charge(p, t->n / 1024);
    return sx_utf8_valid_prefix(t->at, t->n) == t->n;
}

size_t sx_count_code_points(const unsigned char *s, size_t n_bytes)
{
    size_t n = 0;
    for (size_t i = 0; i < n_bytes; i++) n += (s[i] & 0xC0) != 0x80;
    return n;
}

size_t sx_code_point_offset(const unsigned char *s, size_t n_bytes, size_t index)
{
    size_t at = 0;
    for (; at < n_bytes; at++)
        if ((s[at] & 0xC0) != 0x80 && index-- == 0) break;
    return at;
}

sx_val sx_code_points(SxProc *p, sx_val v, const char *what)
{
    if (sx_joining(p)) return sx_list_join(p);
    SxText t;
    SxListOut o;
    size_t at = 0;
    sx_list_out(&o, p, SX_EMPTY);
    if (sx_resumed(p)) {
        sx_text_of(p, v, &t);
        o.chunks = sx_place(p, 1);
        at = (size_t)sx_small_value(sx_place(p, 2));
    } else if (!sx_string_of(p, v, &t)) {
        return sx_wrong(p, what, v);
    }
    for (size_t n = 0; at < t.n; n++) {
        uint32_t c;
        if (n == SX_PRIM_SLICE) {
            n = 0;
            if (sx_spent(p, SX_PRIM_SLICE, SX_ELEMENTS_PER_REDUCTION)) return sx_again(p, sx_tuple(&p->heap, 3, sx_small(0), sx_list_chunks(&o), sx_small((int64_t)at)));
        }
        at += (size_t)sx_utf8_decode(t.at + at, t.n - at, &c);
        sx_list_add(&o, sx_small(c));
    }
    return sx_list_finish(p, &o, SX_EMPTY);
}

bool sx_find_piece(SxProc *p, const SxText *s, size_t from, const SxText *pattern, size_t *at)
{
    *at = s->n;
    if (from >= s->n || s->n - from < pattern->n) return false;
    size_t piece = pattern->n < FIND_PIECE ? FIND_PIECE : pattern->n;
    size_t n = s->n - from < piece + pattern->n - 1 ? s->n - from : piece + pattern->n - 1;
    const unsigned char *found = memmem(s->at + from, n, pattern->at, pattern->n);
    if (found != NULL) {
        *at = (size_t)(found - s->at);
        sx_charge(p, (*at - from) / SX_BYTES_PER_REDUCTION);
        return true;
    }
    sx_charge(p, n / SX_BYTES_PER_REDUCTION);
    if (from + n < s->n) *at = from + n - (pattern->n - 1);
    return false;
}

size_t sx_text_limit(const SxProc *p)
{
    size_t words = p->heap.limit_words;
    return words > SX_BITS_MAX_BYTES / sizeof(sx_val) ? SX_BITS_MAX_BYTES : words * sizeof(sx_val);
}

sx_val sx_take_text(SxProc *p, SxBuf *b)
{
    sx_val v = SX_TOO_BIG;
    if (b->len <= sx_text_limit(p)) {
        v = sx_binary(&p->heap, b->data, b->len);
        sx_charge(p, b->len / 1024);
    }
    sx_buf_deinit(b);
    *b = SX_BUF_INIT;
    return v == SX_TOO_BIG ? sx_error(p, SX_A(system_limit)) : v;
}

sx_val sx_append_text(SxProc *p, sx_val out, SxBuf *b)
{
    sx_val v = SX_TOO_BIG;
    if (b->len + sx_bits_size(out) / 8 <= sx_text_limit(p)) v = sx_bits_append(&p->heap, out, sx_binary(&p->heap, b->data, b->len));
    sx_buf_deinit(b);
    *b = SX_BUF_INIT;
    return v == SX_TOO_BIG ? sx_error(p, SX_A(system_limit)) : v;
}

bool sx_add_str(SxProc *p, SxBuf *b, sx_val v)
{
    size_t n, before = b->len, limit = sx_text_limit(p);
    SxText t;
    if (sx_is_atom(v)) {
        const char *text = sx_atom_text(v, &n);
        sx_buf_add(b, text, n);
    } else if (sx_string_of(p, v, &t)) {
        if (before + t.n > limit) return false;
        sx_buf_add(b, t.at, t.n);
    } else {
        sx_print(b, v, limit);
    }
    sx_charge(p, (b->len - before) / SX_BYTES_PER_REDUCTION);
    return b->len <= limit;
}
