/* erl_ext_write.c - terms to Erlang's external term format, byte for byte as OTP 25 writes them.
 * Owns the writing; reading is erl_ext_read.c's. Pids and references are written with all that identifies them here.
 * Built with -DSX_ZLIB the option `compressed` is zlib's work; without, the text stays as it is, which is allowed.
 * INVARIANT: the walk is iterative: what is still to be written is a stack of pairs (what, value). */
#include "prim/erl_ext.h"
#include "base/utf8.h"
#include "prim/words.h"
#include <stdio.h>
#include <stdlib.h>
#ifdef SX_ZLIB
#include <zlib.h>
#endif

typedef struct Writer {
    SxBuf out;
    SxWords todo; /* pairs: what, value */
    int minor;    /* version of the format: 0 floats as text, 2 all atoms in UTF-8 */
    bool sorted;  /* pairs of maps in the order of their keys */
    sx_val bad;   /* a term that has no external form, or SX_NONE */
} Writer;

enum {
    TERM,
    LIST,    /* the rest of one whose length was written */
    TUPLE,   /* and 8 * the index to go on with */
    FUN_SIZE /* and 8 * where the size of a function stands that is complete now */
};

static void put8(SxBuf *b, unsigned v) { sx_buf_add_char(b, (char)v); }
static void put_big_endian(SxBuf *b, uint64_t v, int n_bytes)
{
    char *at = sx_buf_reserve(b, (size_t)n_bytes);
    for (int i = 0; i < n_bytes; i++) at[i] = (char)(v >> (8 * (n_bytes - 1 - i)));
    b->len += (size_t)n_bytes;
}
static void put16(SxBuf *b, unsigned v) { put_big_endian(b, v, 2); }
static void put32(SxBuf *b, size_t v) { put_big_endian(b, v, 4); }

static void later(Writer *w, sx_val what, sx_val v)
{
    sx_words_push(&w->todo, v);
    sx_words_push(&w->todo, what);
}

/* ---- leaves ---- */

static void write_atom(Writer *w, sx_val atom)
{
    size_t n, start = w->out.len;
    const unsigned char *text = (const unsigned char *)sx_atom_text(atom, &n);
    if (w->minor < 2) {
        put8(&w->out, SX_EXT_ATOM);
        put16(&w->out, 0);
        size_t i = 0;
        while (i < n) {
            uint32_t c = 0;
            int taken = sx_utf8_decode(text + i, n - i, &c);
            if (c > 255) break;
            put8(&w->out, c);
            i += (size_t)taken;
        }
        if (i == n) {
            size_t chars = w->out.len - start - 3;
            w->out.data[start + 1] = (char)(chars >> 8);
            w->out.data[start + 2] = (char)chars;
            return;
        }
        w->out.len = start;
    }
    put8(&w->out, n < 256 ? SX_EXT_SMALL_ATOM_UTF8 : SX_EXT_ATOM_UTF8);
    if (n < 256) put8(&w->out, (unsigned)n);
    else put16(&w->out, (unsigned)n);
    sx_buf_add(&w->out, text, n);
}

static void write_integer(SxBuf *b, sx_val v)
{
    if (sx_is_small(v)) {
        int64_t i = sx_small_value(v);
        if (i >= 0 && i <= 255) {
            put8(b, SX_EXT_SMALL_INT);
            put8(b, (unsigned)i);
            return;
        }
        if (i >= INT32_MIN && i <= INT32_MAX) {
            put8(b, SX_EXT_INT);
            put32(b, (uint32_t)i);
            return;
        }
    }
    uint64_t one;
    const uint64_t *limbs = &one;
    size_t n_limbs = 1;
    bool negative;
    if (sx_is_small(v)) {
        negative = sx_small_value(v) < 0;
        one = negative ? -(uint64_t)sx_small_value(v) : (uint64_t)sx_small_value(v);
    } else {
        negative = sx_header_kind(sx_header_of(v)) == SX_KIND_BIGNEG;
        limbs = sx_ptr(v) + 1;
        n_limbs = sx_header_size(sx_header_of(v));
    }
    size_t n = 8 * n_limbs - (size_t)__builtin_clzll(limbs[n_limbs - 1]) / 8;
    put8(b, n < 256 ? SX_EXT_SMALL_BIG : SX_EXT_LARGE_BIG);
    if (n < 256) put8(b, (unsigned)n);
    else put32(b, n);
    put8(b, negative);
    char *at = sx_buf_reserve(b, n);
    for (size_t i = 0; i < n; i++) at[i] = (char)(limbs[i / 8] >> (8 * (i % 8)));
    b->len += n;
}

static void write_float(Writer *w, double d)
{
    if (w->minor == 0) {
        char text[SX_EXT_OLD_FLOAT_BYTES + 8] = {0};
        snprintf(text, sizeof text, "%.20e", d);
        put8(&w->out, SX_EXT_OLD_FLOAT);
        sx_buf_add(&w->out, text, SX_EXT_OLD_FLOAT_BYTES);
        return;
    }
    uint64_t word;
    memcpy(&word, &d, sizeof word);
    put8(&w->out, SX_EXT_NEW_FLOAT);
    put_big_endian(&w->out, word, 8);
}

static void write_bits(SxBuf *b, sx_val v)
{
    SxBits bits = sx_bits_of(v);
    size_t n = (bits.n_bits + 7) / 8, more = bits.n_bits % 8;
    put8(b, more == 0 ? SX_EXT_BINARY : SX_EXT_BITSTRING);
    put32(b, n);
    if (more != 0) put8(b, (unsigned)more);
    char *at = sx_buf_reserve(b, n + 1);
    if (n > 0) at[n - 1] = 0;
    if (bits.bit_offset % 8 == 0 && more == 0) memcpy(at, bits.bytes + bits.bit_offset / 8, n);
    else sx_bits_copy((unsigned char *)at, 0, bits.bytes, bits.bit_offset, bits.n_bits);
    b->len += n;
}

static void write_pid(Writer *w, sx_val pid)
{
    put8(&w->out, SX_EXT_NEW_PID);
    write_atom(w, SX_A(node));
    put32(&w->out, sx_pid_slot(pid));
    put32(&w->out, sx_pid_serial(pid));
    put32(&w->out, 0);
}

static void write_ref(Writer *w, sx_val ref)
{
    uint64_t serial = sx_ref_serial(ref);
    sx_val pid = sx_ref_pid(ref);
    put8(&w->out, SX_EXT_NEWER_REF);
    put16(&w->out, sx_is_pid(pid) ? 4 : 2);
    write_atom(w, SX_A(node));
    put32(&w->out, 0);
    put32(&w->out, (uint32_t)serial);
    put32(&w->out, (uint32_t)(serial >> 32));
    if (!sx_is_pid(pid)) return;
    put32(&w->out, sx_pid_slot(pid));
    put32(&w->out, sx_pid_serial(pid));
}

void sx_ext_uniq(const SxFn *fn, unsigned char uniq[SX_EXT_UNIQ_BYTES])
{
    uint64_t parts[2] = {sx_atom_hash(fn->name), sx_atom_hash(fn->module) ^ ((uint64_t)fn->n_code << 32 | fn->max_args)};
    memcpy(uniq, parts, sizeof parts);
}

static void write_closure(Writer *w, sx_val v)
{
    const SxFn *fn = (const SxFn *)(uintptr_t)sx_ptr(v)[1];
    if (fn->flags & (SX_FN_REMOTE | SX_FN_NATIVE)) {
        put8(&w->out, SX_EXT_EXPORT);
        write_atom(w, fn->module);
        write_atom(w, fn->name);
        put8(&w->out, SX_EXT_SMALL_INT);
        put8(&w->out, fn->max_args);
        return;
    }
    unsigned char uniq[SX_EXT_UNIQ_BYTES];
    size_t start = w->out.len + 1, index = (size_t)(fn - fn->unit->fns), n_free = sx_header_size(sx_header_of(v)) - 1;
    sx_ext_uniq(fn, uniq);
    put8(&w->out, SX_EXT_NEW_FUN);
    put32(&w->out, 0); /* the size: known when the captured values are written */
    put8(&w->out, fn->max_args);
    sx_buf_add(&w->out, uniq, sizeof uniq);
    put32(&w->out, index);
    put32(&w->out, n_free);
    write_atom(w, fn->module);
    write_integer(&w->out, sx_small((int64_t)index));
    write_integer(&w->out, sx_small((int64_t)(sx_atom_hash(fn->name) & 0x7FFFFFF)));
    write_pid(w, sx_make_pid(0, 0));
    later(w, sx_small((int64_t)start << 3 | FUN_SIZE), SX_EMPTY);
    for (size_t i = n_free; i-- > 0;) later(w, sx_small(TERM), sx_ptr(v)[2 + i]);
}

/* ---- what has parts ---- */

static void write_list(Writer *w, sx_val list, size_t *work)
{
    size_t n = 0;
    bool bytes = true;
    sx_val l = list;
    for (; sx_is_cons(l); l = sx_tail(l), n++) bytes = bytes && sx_is_small(sx_head(l)) && (uint64_t)sx_small_value(sx_head(l)) <= 255;
    *work += n / 8;
    if (bytes && l == SX_EMPTY && n <= SX_EXT_STRING_MOST) {
        put8(&w->out, SX_EXT_STRING);
        put16(&w->out, (unsigned)n);
        char *at = sx_buf_reserve(&w->out, n);
        for (l = list; sx_is_cons(l); l = sx_tail(l)) *at++ = (char)sx_small_value(sx_head(l));
        w->out.len += n;
        return;
    }
    put8(&w->out, SX_EXT_LIST);
    put32(&w->out, n);
    later(w, sx_small(LIST), list);
}

typedef struct Pair { sx_val key, value; } Pair;
static int by_key(const void *a, const void *b) { return sx_compare_exact(((const Pair *)a)->key, ((const Pair *)b)->key); }

static void write_map(Writer *w, sx_val map)
{
    size_t n = sx_map_size(map), i = 0;
    SxMapIter it;
    put8(&w->out, SX_EXT_MAP);
    put32(&w->out, n);
    if (n == 0) return;
    Pair few[SX_MAP_MAX_FLAT], *pairs = n <= SX_MAP_MAX_FLAT ? few : sx_alloc(n * sizeof *pairs);
    sx_map_iter_init(&it, map);
    while (i < n && sx_map_iter_next(&it, &pairs[i].key, &pairs[i].value)) i++;
    if (w->sorted && n > SX_MAP_MAX_FLAT) qsort(pairs, n, sizeof *pairs, by_key);
    while (i-- > 0) {
        later(w, sx_small(TERM), pairs[i].value);
        later(w, sx_small(TERM), pairs[i].key);
    }
    if (pairs != few) sx_free(pairs);
}

static void write_term(Writer *w, sx_val v, size_t *work)
{
    SxBuf *b = &w->out;
    if (sx_is_integer(v)) write_integer(b, v);
    else if (sx_is_atom(v)) write_atom(w, v);
    else if (v == SX_EMPTY) put8(b, SX_EXT_EMPTY);
    else if (sx_is_cons(v)) write_list(w, v, work);
    else if (sx_is_float(v)) write_float(w, sx_float_value(v));
    else if (sx_is_bits(v)) write_bits(b, v);
    else if (sx_is_pid(v)) write_pid(w, v);
    else if (sx_is_ref(v)) write_ref(w, v);
    else if (sx_is_map(v)) write_map(w, v);
    else if (sx_is_closure(v)) write_closure(w, v);
    else if (sx_is_tuple(v)) {
        size_t n = sx_tuple_size(v);
        put8(b, n < 256 ? SX_EXT_SMALL_TUPLE : SX_EXT_LARGE_TUPLE);
        if (n < 256) put8(b, (unsigned)n);
        else put32(b, n);
        if (n > 0) later(w, sx_small(TUPLE), v);
    } else {
        w->bad = v;
    }
}

/* Write v and all below it. False: it, or a part, has no external form, or the result passes the limit of a binary. */
static bool write_all(Writer *w, sx_val v, size_t *work)
{
    later(w, sx_small(TERM), v);
    while (!sx_words_empty(&w->todo) && w->bad == SX_NONE && w->out.len < SX_BITS_MAX_BYTES) {
        int64_t what = sx_small_value(sx_words_pop(&w->todo)), more = what >> 3;
        v = sx_words_pop(&w->todo);
        ++*work;
        switch (what & 7) {
        case TERM: write_term(w, v, work); break;
        case LIST:
            later(w, sx_is_cons(sx_tail(v)) ? sx_small(LIST) : sx_small(TERM), sx_tail(v));
            write_term(w, sx_head(v), work);
            break;
        case TUPLE:
            if ((size_t)more + 1 < sx_tuple_size(v)) later(w, sx_small((more + 1) << 3 | TUPLE), v);
            write_term(w, sx_tuple_elements(v)[more], work);
            break;
        case FUN_SIZE: {
            size_t size = w->out.len - (size_t)more;
            for (int i = 0; i < 4; i++) w->out.data[more + i] = (char)(size >> (24 - 8 * i));
            break;
        }
        }
    }
    return w->bad == SX_NONE && w->out.len < SX_BITS_MAX_BYTES;
}

static void init(Writer *w)
{
    w->out = SX_BUF_INIT;
    w->minor = 1;
    w->sorted = false;
    w->bad = SX_NONE;
    sx_words_init(&w->todo);
    put8(&w->out, SX_EXT_VERSION);
}

static void deinit(Writer *w)
{
    sx_words_deinit(&w->todo);
    sx_buf_deinit(&w->out);
}

/* Put what follows the version byte through zlib when that makes it shorter. */
static void compress_text(__attribute__((unused)) SxBuf *b, __attribute__((unused)) int level)
{
#ifdef SX_ZLIB
    size_t n = b->len - 1;
    if (level == 0 || n <= 5) return;
    unsigned char *to = sx_alloc(n);
    uLongf room = (uLongf)(n - 5);
    if (compress2(to, &room, (const unsigned char *)b->data + 1, (uLong)n, level) == Z_OK) {
        b->len = 1;
        put8(b, SX_EXT_COMPRESSED);
        put32(b, n);
        sx_buf_add(b, to, room);
    }
    sx_free(to);
#endif
}

static bool take_options(Writer *w, sx_val list, int *level)
{
    *level = 0;
    for (; sx_is_cons(list); list = sx_tail(list)) {
        sx_val o = sx_head(list);
        if (o == sx_atom("compressed")) *level = -1;
        else if (o == sx_atom("deterministic")) w->sorted = true;
        else if (sx_is_tuple(o) && sx_tuple_size(o) == 2 && sx_is_small(sx_tuple_elements(o)[1])) {
            int64_t n = sx_small_value(sx_tuple_elements(o)[1]);
            if (sx_tuple_elements(o)[0] == sx_atom("minor_version") && n >= 0 && n <= 2) w->minor = (int)n;
            else if (sx_tuple_elements(o)[0] == sx_atom("compressed") && n >= 0 && n <= 9) *level = (int)n;
            else return false;
        } else return false;
    }
    return list == SX_EMPTY;
}

/* The writer's text as a binary, or what is wrong; the writer is gone in any case. */
static sx_val finish(SxProc *p, Writer *w, bool ok, const char *name)
{
    sx_val v;
    if (ok) v = sx_binary(&p->heap, w->out.data, w->out.len);
    else if (w->bad != SX_NONE) v = sx_badarg(p, "%s: a symbol of source code has no external form", name);
    else v = sx_error(p, SX_A(system_limit));
    deinit(w);
    return v;
}

static sx_val to_binary(SxProc *p, sx_val term, sx_val options, const char *name)
{
    Writer w;
    size_t work = 0;
    int level;
    init(&w);
    if (!take_options(&w, options, &level)) {
        deinit(&w);
        return sx_badarg(p, "%s: options are compressed, {compressed, 0..9}, {minor_version, 0..2} and deterministic", name);
    }
    bool ok = write_all(&w, term, &work);
    if (ok && level != 0) compress_text(&w.out, level);
    sx_charge(p, work / 8 + w.out.len / 256);
    return finish(p, &w, ok, name);
}

SX_PRIM(term_to_binary2, "(erlang:term_to_binary term &opt options)", "The term in Erlang's external format, as a binary.")
{
    return to_binary(p, argv[0], sx_given(argv[1]) ? argv[1] : SX_EMPTY, "term_to_binary");
}
SX_PRIM(term_to_iovec2, "(erlang:term_to_iovec term &opt options)", "The term in Erlang's external format, as a list of binaries.")
{
    sx_val v = to_binary(p, argv[0], sx_given(argv[1]) ? argv[1] : SX_EMPTY, "term_to_iovec");
    return v == SX_THROWN ? v : sx_cons(&p->heap, v, SX_EMPTY);
}
SX_PRIM(external_size2, "(erlang:external_size term &opt options)", "Bytes that the term takes in Erlang's external format.")
{
    Writer w;
    size_t work = 0, n;
    int level;
    init(&w);
    bool ok = take_options(&w, sx_given(argv[1]) ? argv[1] : SX_EMPTY, &level) && write_all(&w, argv[0], &work);
    n = w.out.len;
    deinit(&w);
    sx_charge(p, work / 8 + n / 256);
    return ok ? sx_small((int64_t)n) : sx_badarg(p, "external_size: takes a term and a list of options");
}

SX_PRIM_TABLE(erl_ext_write){&term_to_binary2_prim, &term_to_iovec2_prim, &external_size2_prim, NULL};
