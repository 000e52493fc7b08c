/* text.c - see text.h. */
#include "io/text.h"
#include "base/utf8.h"
#include "prim/args.h"
#include "value/atom.h"

bool sx_text_name(SxBuf *out, sx_val name)
{
    size_t before = out->len;
    if (sx_is_atom(name)) {
        size_t n_bytes;
        const char *text = sx_atom_text(name, &n_bytes);
        sx_buf_add(out, text, n_bytes);
    } else if (!sx_flatten_text(name, true, out)) return false;
    return out->len == before || memchr(out->data + before, 0, out->len - before) == NULL;
}

sx_val sx_text_string(SxHeap *h, const char *text, size_t n_bytes)
{
    const unsigned char *at = (const unsigned char *)text;
    sx_val *points = sx_alloc(n_bytes * sizeof *points);
    size_t n = 0;
    for (size_t i = 0; i < n_bytes; n++) {
        uint32_t c;
        int taken = sx_utf8_decode(at + i, n_bytes - i, &c);
        points[n] = sx_small(taken > 0 ? (int64_t)c : at[i]);
        i += taken > 0 ? (size_t)taken : 1;
    }
    sx_val list = sx_list_from(h, points, n, SX_EMPTY);
    sx_free(points);
    return list;
}
