/* args.c - see args.h. */
#include "prim/args.h"
#include "base/buf.h"
#include "base/utf8.h"

int64_t sx_list_length(SxProc *p, sx_val v)
{
    int64_t n = 0;
    for (; sx_is_cons(v); v = sx_tail(v)) n++;
    sx_charge(p, (size_t)n / 64);
    return v == SX_EMPTY ? n : -1;
}

int sx_list_values(sx_val list, sx_val *out, int max)
{
    int n = 0;
    for (; sx_is_cons(list); list = sx_tail(list)) {
        if (n == max) return -1;
        out[n++] = sx_head(list);
    }
    return list == SX_EMPTY ? n : -1;
}

bool sx_arg_text(sx_val v, const char **text, size_t *n_bytes)
{
    if (sx_is_atom(v)) {
        *text = sx_atom_text(v, n_bytes);
        return true;
    }
    *text = (const char *)sx_binary_bytes(v, n_bytes);
    return *text != NULL;
}

sx_val sx_list_onto(SxHeap *h, sx_val list, sx_val tail)
{
    for (; sx_is_cons(list); list = sx_tail(list)) tail = sx_cons(h, sx_head(list), tail);
    return tail;
}

static bool add_leaf(sx_val v, bool chars, SxBuf *out)
{
    if (sx_is_small(v)) {
        int64_t c = sx_small_value(v);
        if (c < 0 || c > (chars ? 0x10FFFF : 255) || (chars && !sx_is_code_point((uint32_t)c))) return false;
        if (chars) sx_buf_add_utf8(out, (uint32_t)c);
        else sx_buf_add_char(out, (char)c);
        return true;
    }
    if (!sx_bits_is_binary(v)) return false;
    size_t n;
    unsigned char *scratch = NULL;
    const unsigned char *bytes = sx_binary_bytes_any(v, &n, &scratch);
    sx_buf_add(out, bytes, n);
    sx_free(scratch);
    return true;
}

bool sx_flatten_text(sx_val data, bool chars, SxBuf *out)
{
    if (!sx_is_list(data)) return add_leaf(data, chars, out);
    SxBuf pending = SX_BUF_INIT; /* tails still to be done, as words */
    bool ok = true;
    for (;;) {
        while (ok && sx_is_cons(data)) {
            sx_val head = sx_head(data), tail = sx_tail(data);
            if (sx_is_list(head)) {
                if (tail != SX_EMPTY) sx_buf_add(&pending, &tail, sizeof tail);
                data = head;
            } else {
                ok = add_leaf(head, chars, out);
                data = tail;
            }
        }
        if (ok && data != SX_EMPTY) ok = sx_bits_is_binary(data) && add_leaf(data, chars, out);
        if (!ok || pending.len == 0) break;
        pending.len -= sizeof data;
        memcpy(&data, pending.data + pending.len, sizeof data);
    }
    sx_buf_deinit(&pending);
    return ok;
}
