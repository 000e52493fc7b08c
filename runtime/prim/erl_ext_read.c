/* erl_ext_read.c - Erlang's external term format to terms: all that OTP 25 reads, old forms included.
 * Owns the reading; the bytes come from strangers, so every length is checked against the bytes that are left before
 * anything is made of it. Whatever is not well formed raises badarg.
 * INVARIANT: the walk is iterative, and terms are built from their parts upwards, so no term ever points to a younger one:
 * `values` holds the finished parts of what is open, `open` the terms that wait for parts. */
#include "prim/erl_ext.h"
#include "base/utf8.h"
#include "prim/words.h"
#include <math.h>
#include <stdlib.h>
#ifdef SX_ZLIB
#include <zlib.h>
#endif

typedef enum Status { READ_OK, READ_BAD, READ_LIMIT /* atoms, or a number's size */, READ_UNSUPPORTED } Status;

typedef struct Reader {
    SxProc *p;
    const unsigned char *at, *end;
    bool safe;      /* no new atoms, no functions that nobody mentioned */
    Status status;
    SxWords values;
    SxWords open;   /* pairs: kind and count together, parts still missing */
} Reader;

enum { OPEN_TUPLE, OPEN_LIST, OPEN_MAP, OPEN_FUN };

static sx_val fail(Reader *r, Status why)
{
    if (r->status == READ_OK) r->status = why;
    return SX_NONE;
}
static sx_val bad(Reader *r) { return fail(r, READ_BAD); }

static size_t left(const Reader *r) { return (size_t)(r->end - r->at); }

/* n bytes as a number; false and a failed reader when they are not there. */
static bool take(Reader *r, int n, uint64_t *out)
{
    if (left(r) < (size_t)n) {
        bad(r);
        return false;
    }
    uint64_t v = 0;
    for (int i = 0; i < n; i++) v = v << 8 | *r->at++;
    *out = v;
    return true;
}
static const unsigned char *take_bytes(Reader *r, size_t n)
{
    if (left(r) < n) {
        bad(r);
        return NULL;
    }
    const unsigned char *at = r->at;
    r->at += n;
    return at;
}

/* ---- leaves ---- */

static sx_val make_atom(Reader *r, const char *text, size_t n)
{
    sx_val a = r->safe ? sx_atom_existing(text, n) : sx_atom_intern(text, n);
    if (a != SX_NONE) return a;
    if (r->safe || sx_utf8_valid_prefix((const unsigned char *)text, n) != n) return bad(r);
    return fail(r, READ_LIMIT);
}

static sx_val read_atom_text(Reader *r, int size_bytes, bool utf8)
{
    uint64_t n;
    if (!take(r, size_bytes, &n)) return SX_NONE;
    const unsigned char *s = take_bytes(r, (size_t)n);
    if (s == NULL) return SX_NONE;
    if (utf8) return make_atom(r, (const char *)s, (size_t)n);
    if (n > SX_ATOM_MAX_CHARS) return bad(r);
    char text[2 * SX_ATOM_MAX_CHARS];
    size_t len = 0;
    for (uint64_t i = 0; i < n; i++) len += (size_t)sx_utf8_encode(s[i], (unsigned char *)text + len);
    return make_atom(r, text, len);
}

/* An atom with its tag; SX_NONE and a failed reader for anything else. */
static sx_val read_atom(Reader *r)
{
    uint64_t tag;
    if (!take(r, 1, &tag)) return SX_NONE;
    switch (tag) {
    case SX_EXT_ATOM: return read_atom_text(r, 2, false);
    case SX_EXT_SMALL_ATOM: return read_atom_text(r, 1, false);
    case SX_EXT_ATOM_UTF8: return read_atom_text(r, 2, true);
    case SX_EXT_SMALL_ATOM_UTF8: return read_atom_text(r, 1, true);
    default: return bad(r);
    }
}

static sx_val read_big(Reader *r, int size_bytes)
{
    uint64_t n, negative;
    if (!take(r, size_bytes, &n) || !take(r, 1, &negative)) return SX_NONE;
    const unsigned char *s = take_bytes(r, (size_t)n);
    if (s == NULL) return SX_NONE;
    if (n > SX_BIG_MAX_BITS / 8) return fail(r, READ_LIMIT);
    unsigned char *turned = sx_alloc((size_t)n + 1);
    for (uint64_t i = 0; i < n; i++) turned[n - 1 - i] = s[i];
    sx_val v = sx_num_import(&r->p->heap, turned, (size_t)n, false);
    sx_free(turned);
    if (v != SX_NONE && v != SX_TOO_BIG && negative) v = sx_num_neg(&r->p->heap, v);
    if (v == SX_TOO_BIG) return fail(r, READ_LIMIT);
    return v == SX_NONE ? bad(r) : v;
}

static sx_val read_float(Reader *r, bool as_text)
{
    double d;
    if (as_text) {
        const unsigned char *s = take_bytes(r, SX_EXT_OLD_FLOAT_BYTES);
        char text[SX_EXT_OLD_FLOAT_BYTES + 1] = {0}, *end;
        if (s == NULL) return SX_NONE;
        memcpy(text, s, SX_EXT_OLD_FLOAT_BYTES);
        if (strspn(text, "+-.0123456789eE") != strlen(text)) return bad(r);
        d = strtod(text, &end);
        if (end == text || *end != '\0') return bad(r);
    } else {
        uint64_t word;
        if (!take(r, 8, &word)) return SX_NONE;
        memcpy(&d, &word, sizeof d);
    }
    return isfinite(d) ? sx_float(&r->p->heap, d) : bad(r);
}

static sx_val read_string(Reader *r)
{
    uint64_t n;
    if (!take(r, 2, &n)) return SX_NONE;
    const unsigned char *s = take_bytes(r, (size_t)n);
    if (s == NULL) return SX_NONE;
    sx_val list = SX_EMPTY;
    for (uint64_t i = n; i-- > 0;) list = sx_cons(&r->p->heap, sx_small(s[i]), list);
    return list;
}

static sx_val read_bits(Reader *r, bool whole)
{
    uint64_t n, more = 8;
    if (!take(r, 4, &n) || (!whole && !take(r, 1, &more))) return SX_NONE;
    const unsigned char *s = take_bytes(r, (size_t)n);
    if (s == NULL) return SX_NONE;
    if (more > 8 || (more == 0 && n > 0) || (n == 0 && more != 8 && more != 0)) return bad(r);
    if (!sx_heap_admits(&r->p->heap, (size_t)n / 8)) return fail(r, READ_LIMIT);
    sx_val v = sx_binary(&r->p->heap, s, (size_t)n);
    return n == 0 || more == 8 ? v : sx_bits_sub(&r->p->heap, v, 0, (size_t)n * 8 - (8 - (size_t)more));
}

static sx_val read_pid(Reader *r, bool is_new)
{
    uint64_t number, serial, creation;
    sx_val node = read_atom(r);
    if (node == SX_NONE || !take(r, 4, &number) || !take(r, 4, &serial) || !take(r, is_new ? 4 : 1, &creation)) return SX_NONE;
    if (node != SX_A(node)) return fail(r, READ_UNSUPPORTED); /* other nodes: not here */
    return number < 1u << 26 && serial < 1u << 30 ? sx_make_pid((uint32_t)number, (uint32_t)serial) : bad(r);
}

static sx_val read_ref(Reader *r, uint64_t tag)
{
    uint64_t n = 1, creation, id[5] = {0};
    if (tag != SX_EXT_OLD_REF && !take(r, 2, &n)) return SX_NONE;
    if (n < 1 || n > 5) return bad(r);
    sx_val node = read_atom(r);
    if (node == SX_NONE || (tag != SX_EXT_OLD_REF && !take(r, tag == SX_EXT_NEWER_REF ? 4 : 1, &creation))) return SX_NONE;
    for (uint64_t i = 0; i < n; i++)
        if (!take(r, 4, &id[i])) return SX_NONE;
    if (tag == SX_EXT_OLD_REF && !take(r, 1, &creation)) return SX_NONE;
    if (node != SX_A(node)) return fail(r, READ_UNSUPPORTED);
    if (n >= 4 && (id[2] >= 1u << 26 || id[3] >= 1u << 30)) return bad(r);
    /* of three words, as OTP's own have: the third goes where the maker's pid stands, so that nothing of it is lost */
    sx_val pid = n >= 4 ? sx_make_pid((uint32_t)id[2], (uint32_t)id[3]) : n == 3 ? sx_make_pid((uint32_t)id[2] & 0x3FFFFFF, (uint32_t)(id[2] >> 26)) : SX_NIL;
    return sx_ref_new(&r->p->heap, id[0] | id[1] << 32, pid);
}

static sx_val read_export(Reader *r)
{
    uint64_t tag, arity;
    sx_val module = read_atom(r), name = module == SX_NONE ? SX_NONE : read_atom(r);
    if (name == SX_NONE || !take(r, 1, &tag) || !take(r, 1, &arity)) return SX_NONE;
    if (tag != SX_EXT_SMALL_INT) return bad(r);
    SxCode *code = &r->p->rt->code;
    SxExport *e = r->safe ? sx_export_find(code, module, name, (unsigned)arity) : sx_export(code, module, name, (unsigned)arity);
    if (e == NULL) return fail(r, r->safe ? READ_BAD : READ_LIMIT);
    sx_val v = sx_export_closure(code, e);
    return v == SX_NONE ? fail(r, READ_LIMIT) : v;
}

/* ---- what has parts ---- */

/* Wait for n parts. Each takes at least a byte, and that bounds n; `words`: that the finished term will take for each. */
static sx_val open_term(Reader *r, int kind, uint64_t n, size_t words)
{
    if (n > left(r)) return bad(r);
    if (n > 64 && !sx_heap_admits(&r->p->heap, (size_t)n * words)) return fail(r, READ_LIMIT);
    sx_words_push(&r->open, (sx_val)n << 3 | (sx_val)kind);
    sx_words_push(&r->open, (sx_val)n);
    return SX_NONE;
}

/* A local function: what it is, and that as many values as it captured follow, are its parts. */
static sx_val open_closure(Reader *r)
{
    uint64_t size, arity, index, n_free;
    if (!take(r, 4, &size) || !take(r, 1, &arity)) return SX_NONE;
    const unsigned char *uniq = take_bytes(r, SX_EXT_UNIQ_BYTES);
    if (uniq == NULL || !take(r, 4, &index) || !take(r, 4, &n_free)) return SX_NONE;
    sx_val name = read_atom(r);
    for (int i = 0; i < 2 && r->status == READ_OK; i++) { /* index and version again, in their old form */
        uint64_t tag, ignored;
        if (!take(r, 1, &tag)) return SX_NONE;
        if (tag != SX_EXT_SMALL_INT && tag != SX_EXT_INT) return bad(r);
        if (!take(r, tag == SX_EXT_INT ? 4 : 1, &ignored)) return SX_NONE;
    }
    uint64_t tag;
    if (r->status != READ_OK || !take(r, 1, &tag)) return SX_NONE;
    if (tag != SX_EXT_NEW_PID && tag != SX_EXT_PID) return bad(r);
    if (read_pid(r, tag == SX_EXT_NEW_PID) == SX_NONE) return SX_NONE;
    const SxModule *m = sx_module_find(&r->p->rt->code, name);
    if (m == NULL || index >= m->unit->n_fns || n_free > left(r)) return bad(r);
    SxFn *fn = &m->unit->fns[index];
    unsigned char expected[SX_EXT_UNIQ_BYTES];
    sx_ext_uniq(fn, expected);
    if (memcmp(uniq, expected, sizeof expected) != 0 || fn->n_free != n_free || fn->max_args != arity) return bad(r);
    if (n_free == 0) {
        sx_val v = sx_fn_closure(&r->p->rt->code, fn);
        return v == SX_NONE ? fail(r, READ_LIMIT) : v;
    }
    sx_words_push(&r->values, (sx_val)(uintptr_t)fn);
    return open_term(r, OPEN_FUN, n_free, 1);
}

/* A finished term, or SX_NONE: the reader has failed, or waits for parts. */
static sx_val read_term(Reader *r)
{
    uint64_t tag, n;
    if (!take(r, 1, &tag)) return SX_NONE;
    switch (tag) {
    case SX_EXT_SMALL_INT: return take(r, 1, &n) ? sx_small((int64_t)n) : SX_NONE;
    case SX_EXT_INT: return take(r, 4, &n) ? sx_small((int32_t)n) : SX_NONE;
    case SX_EXT_SMALL_BIG: return read_big(r, 1);
    case SX_EXT_LARGE_BIG: return read_big(r, 4);
    case SX_EXT_NEW_FLOAT: return read_float(r, false);
    case SX_EXT_OLD_FLOAT: return read_float(r, true);
    case SX_EXT_ATOM:
    case SX_EXT_SMALL_ATOM:
    case SX_EXT_ATOM_UTF8:
    case SX_EXT_SMALL_ATOM_UTF8: r->at--; return read_atom(r);
    case SX_EXT_EMPTY: return SX_EMPTY;
    case SX_EXT_STRING: return read_string(r);
    case SX_EXT_BINARY: return read_bits(r, true);
    case SX_EXT_BITSTRING: return read_bits(r, false);
    case SX_EXT_PID: return read_pid(r, false);
    case SX_EXT_NEW_PID: return read_pid(r, true);
    case SX_EXT_OLD_REF:
    case SX_EXT_NEW_REF:
    case SX_EXT_NEWER_REF: return read_ref(r, tag);
    case SX_EXT_EXPORT: return read_export(r);
    case SX_EXT_NEW_FUN: return open_closure(r);
    case SX_EXT_SMALL_TUPLE:
    case SX_EXT_LARGE_TUPLE:
        if (!take(r, tag == SX_EXT_SMALL_TUPLE ? 1 : 4, &n)) return SX_NONE;
        return n == 0 ? sx_tuple_new(&r->p->heap, 0) : open_term(r, OPEN_TUPLE, n, 1);
    case SX_EXT_LIST:
        if (!take(r, 4, &n)) return SX_NONE;
        return open_term(r, OPEN_LIST, n + 1, 2); /* and the tail */
    case SX_EXT_MAP:
        if (!take(r, 4, &n)) return SX_NONE;
        return n == 0 ? sx_map_empty() : open_term(r, OPEN_MAP, 2 * n, 4);
    case SX_EXT_NEW_PORT:
    case SX_EXT_OLD_PORT:
    case SX_EXT_V4_PORT:
    case SX_EXT_FUN: return fail(r, READ_UNSUPPORTED);
    default: return bad(r);
    }
}

/* The term of the n finished parts at `parts`. */
static sx_val close_term(Reader *r, int kind, const sx_val *parts, size_t n)
{
    SxHeap *h = &r->p->heap;
    sx_val v;
    switch (kind) {
    case OPEN_TUPLE:
        v = sx_tuple_new(h, n);
        memcpy(sx_tuple_elements(v), parts, n * sizeof *parts);
        return v;
    case OPEN_LIST: return sx_list_from(h, parts, n - 1, parts[n - 1]);
    case OPEN_MAP:
        v = sx_map_from_pairs(h, parts, n / 2);
        return sx_map_size(v) == n / 2 ? v : bad(r); /* a key that is there twice */
    default: {
        sx_val *w = sx_heap_alloc(h, n + 2);
        w[0] = SX_HEADER(SX_KIND_CLOSURE, n + 1);
        memcpy(w + 1, parts - 1, (n + 1) * sizeof *w);
        return sx_make_ptr(w, SX_TAG_BOXED);
    }
    }
}

static sx_val read_all(Reader *r, size_t *work)
{
    for (;;) {
        sx_val v = read_term(r);
        ++*work;
        if (r->status != READ_OK) return SX_NONE;
        if (v == SX_NONE) continue;
        for (;;) { /* v is finished: the last part of something? */
            if (sx_words_empty(&r->open)) return v;
            sx_words_push(&r->values, v);
            if (--r->open.at[r->open.n - 1] > 0) break;
            sx_words_pop(&r->open);
            sx_val what = sx_words_pop(&r->open);
            int kind = (int)(what & 7);
            size_t n = (size_t)(what >> 3);
            v = close_term(r, kind, r->values.at + r->values.n - n, n);
            if (r->status != READ_OK) return SX_NONE;
            r->values.n -= n + (kind == OPEN_FUN);
        }
    }
}

/* ---- the whole ---- */

/* What zlib made of a term: its bytes, freed by the caller; NULL and a failed reader when there are none. */
static unsigned char *inflated(Reader *r, size_t *n_bytes)
{
    uint64_t size;
    if (!take(r, 4, &size)) return NULL;
#ifdef SX_ZLIB
    if (size > SX_BITS_MAX_BYTES || size / 1032 > left(r) || !sx_heap_admits(&r->p->heap, (size_t)size / 8)) {
        bad(r);
        return NULL;
    }
    unsigned char *to = sx_alloc((size_t)size + 1);
    uLongf made = (uLongf)size;
    uLong used = (uLong)left(r);
    if (uncompress2(to, &made, r->at, &used) != Z_OK || made != size) {
        bad(r);
        sx_free(to);
        return NULL;
    }
    r->at += used;
    *n_bytes = (size_t)size;
    return to;
#else
    *n_bytes = 0;
    fail(r, READ_UNSUPPORTED);
    return NULL;
#endif
}

static sx_val read_binary(Reader *r, size_t *work, size_t *used)
{
    const unsigned char *start = r->at;
    uint64_t version;
    if (!take(r, 1, &version)) return SX_NONE;
    if (version != SX_EXT_VERSION) return bad(r);
    if (left(r) > 0 && *r->at == SX_EXT_COMPRESSED) {
        r->at++;
        size_t n;
        unsigned char *text = inflated(r, &n);
        if (text == NULL) return SX_NONE;
        *used = (size_t)(r->at - start);
        r->at = text;
        r->end = text + n;
        sx_val v = read_all(r, work);
        if (v != SX_NONE && left(r) > 0) v = bad(r);
        *work += n / 64;
        sx_free(text);
        return v;
    }
    sx_val v = read_all(r, work);
    *used = (size_t)(r->at - start);
    return v;
}

SX_PRIM(binary_to_term2, "(erlang:binary_to_term binary &opt options)",
        "The term that a binary in Erlang's external format holds. Options: safe makes no new atoms, used answers {Term, Bytes}.")
{
    bool safe = false, want_used = false;
    for (sx_val o = sx_given(argv[1]) ? argv[1] : SX_EMPTY; o != SX_EMPTY; o = sx_tail(o)) {
        if (sx_is_cons(o) && sx_head(o) == sx_atom("safe")) safe = true;
        else if (sx_is_cons(o) && sx_head(o) == sx_atom("used")) want_used = true;
        else return sx_badarg(p, "binary_to_term: options are safe and used");
    }
    if (!sx_bits_is_binary(argv[0])) return sx_badarg(p, "binary_to_term: takes a binary");
    size_t n, used = 0, work = 0;
    unsigned char *scratch = NULL;
    const unsigned char *bytes = sx_binary_bytes_any(argv[0], &n, &scratch);
    Reader r = {.p = p, .at = bytes, .end = bytes + n, .safe = safe, .status = READ_OK};
    sx_words_init(&r.values);
    sx_words_init(&r.open);
    sx_val v = read_binary(&r, &work, &used);
    sx_words_deinit(&r.values);
    sx_words_deinit(&r.open);
    sx_free(scratch);
    sx_charge(p, work / 8 + used / 256);
    switch (r.status) {
    case READ_OK: return want_used ? sx_tuple(&p->heap, 2, v, sx_small((int64_t)used)) : v;
    case READ_LIMIT: return sx_error(p, SX_A(system_limit));
    case READ_UNSUPPORTED: return sx_error(p, SX_A(notsup));
    default: return sx_badarg(p, "binary_to_term: the bytes are no term in the external format");
    }
}

SX_PRIM_TABLE(erl_ext_read){&binary_to_term2_prim, NULL};
