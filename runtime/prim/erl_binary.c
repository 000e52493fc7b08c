/* erl_binary.c - Erlang's BIFs on bitstrings and iodata, the natives of module binary, and unicode conversion. */
#include "base/buf.h"
#include "base/utf8.h"
#include "prim/args.h"

/* ---- bytes and lists ---- */

static sx_val bytes_to_list(SxHeap *h, const unsigned char *bytes, size_t n, sx_val tail)
{
    for (size_t i = n; i-- > 0;) tail = sx_cons(h, sx_small(bytes[i]), tail);
    return tail;
}

/* Start and length arguments (either may be negative for the length) inside n. */
static bool part_of(sx_val start, sx_val length, size_t n, size_t *from, size_t *count)
{
    if (!sx_is_small(start) || !sx_is_small(length)) return false;
    int64_t s = sx_small_value(start), l = sx_small_value(length);
    if (l < 0) {
        s += l;
        l = -l;
    }
    if (s < 0 || s > (int64_t)n || l > (int64_t)n - s) return false;
    *from = (size_t)s;
    *count = (size_t)l;
    return true;
}

static sx_val binary_to_list(SxProc *p, sx_val v, size_t from, size_t count)
{
    size_t n;
    unsigned char *scratch = NULL;
    const unsigned char *bytes = sx_binary_bytes_any(v, &n, &scratch);
    sx_val list = bytes_to_list(&p->heap, bytes + from, count, SX_EMPTY);
    sx_charge(p, count / 16);
    sx_free(scratch);
    return list;
}
SX_PRIM(binary_to_list1, "(erlang:binary_to_list b)", "Bytes of a binary as a list.")
{
    if (!sx_bits_is_binary(argv[0])) return sx_badarg(p, "binary_to_list: takes a binary");
    return binary_to_list(p, argv[0], 0, sx_bits_size(argv[0]) / 8);
}
SX_PRIM(binary_to_list3, "(erlang:binary_to_list b start stop)", "Bytes `start` to `stop` (from 1) of a binary as a list.")
{
    if (!sx_bits_is_binary(argv[0]) || !sx_is_small(argv[1]) || !sx_is_small(argv[2])) return sx_badarg(p, "binary_to_list: takes a binary and two positions");
    int64_t a = sx_small_value(argv[1]), b = sx_small_value(argv[2]), n = (int64_t)(sx_bits_size(argv[0]) / 8);
    if (a < 1 || b > n || a > b + 1) return sx_badarg(p, "binary_to_list: a position is outside the binary");
    return binary_to_list(p, argv[0], (size_t)a - 1, (size_t)(b - a + 1));
}
static sx_val bin_to_list(SxProc *p, const sx_val *argv, sx_val start, sx_val length)
{
    size_t from, count;
    if (!sx_bits_is_binary(argv[0]) || !part_of(start, length, sx_bits_size(argv[0]) / 8, &from, &count)) return sx_badarg(p, "bin_to_list: takes a binary and a part of it");
    return binary_to_list(p, argv[0], from, count);
}
SX_PRIM(bin_to_list1, "(binary:bin_to_list b)", "Bytes of a binary as a list.") { return bin_to_list(p, argv, sx_small(0), sx_small(sx_bits_is_binary(argv[0]) ? (int64_t)sx_bits_size(argv[0]) / 8 : 0)); }
SX_PRIM(bin_to_list2, "(binary:bin_to_list b part)", "Bytes of {Start, Length} as a list.")
{
    if (!sx_is_tuple(argv[1]) || sx_tuple_size(argv[1]) != 2) return sx_badarg(p, "bin_to_list: the part is {Start, Length}");
    return bin_to_list(p, argv, sx_tuple_elements(argv[1])[0], sx_tuple_elements(argv[1])[1]);
}
SX_PRIM(bin_to_list3, "(binary:bin_to_list b start length)", "Bytes of a part as a list.") { return bin_to_list(p, argv, argv[1], argv[2]); }

static sx_val iolist(SxProc *p, sx_val v, const char *who)
{
    if (sx_bits_is_binary(v)) return v;
    SxBuf b = SX_BUF_INIT;
    sx_val out = sx_is_list(v) && sx_flatten_text(v, false, &b) ? sx_binary(&p->heap, b.data ? b.data : "", b.len)
                                                                : sx_badarg(p, "%s: takes binaries, bytes and lists of them", who);
    sx_charge(p, b.len / 64);
    sx_buf_deinit(&b);
    return out;
}
SX_PRIM(list_to_binary1, "(erlang:list_to_binary iolist)", "Bytes of an iolist as a binary.") { return sx_is_list(argv[0]) ? iolist(p, argv[0], "list_to_binary") : sx_badarg(p, "list_to_binary: takes a list"); }
SX_PRIM(binary_list_to_bin, "(binary:list_to_bin iolist)", "Bytes of an iolist as a binary.") { return sx_is_list(argv[0]) ? iolist(p, argv[0], "list_to_bin") : sx_badarg(p, "list_to_bin: takes a list"); }
SX_PRIM(iolist_to_binary1, "(erlang:iolist_to_binary iodata)", "Bytes of iodata as a binary.") { return iolist(p, argv[0], "iolist_to_binary"); }
SX_PRIM(iolist_to_iovec1, "(erlang:iolist_to_iovec iodata)", "List of binaries with the bytes of iodata.")
{
    sx_val v = iolist(p, argv[0], "iolist_to_iovec");
    if (v == SX_THROWN) return v;
    return sx_bits_size(v) == 0 ? SX_EMPTY : sx_cons(&p->heap, v, SX_EMPTY);
}
SX_PRIM(iolist_size1, "(erlang:iolist_size iodata)", "Number of bytes of iodata.")
{
    if (sx_bits_is_binary(argv[0])) return sx_small((int64_t)sx_bits_size(argv[0]) / 8);
    SxBuf b = SX_BUF_INIT;
    sx_val out = sx_is_list(argv[0]) && sx_flatten_text(argv[0], false, &b) ? sx_small((int64_t)b.len) : sx_badarg(p, "iolist_size: takes binaries, bytes and lists of them");
    sx_charge(p, b.len / 64);
    sx_buf_deinit(&b);
    return out;
}

/* Bitstring list: as an iolist, but bitstrings of any size. */
static bool add_bits(SxBitsOut *out, sx_val data)
{
    SxBuf pending = SX_BUF_INIT;
    bool ok = true;
    for (;;) {
        while (ok && sx_is_cons(data)) {
            sx_val head = sx_head(data), tail = sx_tail(data);
            if (sx_is_list(head)) {
                sx_buf_add(&pending, &tail, sizeof tail);
                data = head;
                continue;
            }
            if (sx_is_small(head)) ok = sx_small_value(head) >= 0 && sx_small_value(head) < 256 && sx_bits_put_integer(out, head, 8, SX_SEG_INTEGER);
            else ok = sx_is_bits(head) && sx_bits_put_bits(out, head, sx_bits_size(head));
            data = tail;
        }
        if (ok && data != SX_EMPTY) ok = sx_is_bits(data) && sx_bits_put_bits(out, data, sx_bits_size(data));
        if (!ok || pending.len == 0) break;
        pending.len -= sizeof data;
        memcpy(&data, pending.data + pending.len, sizeof data);
    }
    sx_buf_deinit(&pending);
    return ok;
}
SX_PRIM(list_to_bitstring1, "(erlang:list_to_bitstring bitlist)", "Bits of a list of bytes, bitstrings and such lists.")
{
    SxBitsOut out;
    sx_bits_out_init(&out);
    bool ok = sx_is_list(argv[0]) && add_bits(&out, argv[0]);
    sx_val v = ok ? sx_bits_out_value(&out, &p->heap) : sx_badarg(p, "list_to_bitstring: takes a list of bytes and bitstrings");
    sx_bits_out_deinit(&out);
    return v;
}
SX_PRIM(bitstring_to_list1, "(erlang:bitstring_to_list b)", "Bytes of a bitstring as a list; bits that are left over come last as a bitstring.")
{
    if (!sx_is_bits(argv[0])) return sx_badarg(p, "bitstring_to_list: takes a bitstring");
    size_t n = sx_bits_size(argv[0]), left = n % 8;
    sx_val tail = left ? sx_cons(&p->heap, sx_bits_sub(&p->heap, argv[0], n - left, left), SX_EMPTY) : SX_EMPTY;
    for (size_t i = n / 8; i-- > 0;) tail = sx_cons(&p->heap, sx_bits_get_integer(&p->heap, argv[0], i * 8, 8, SX_SEG_INTEGER), tail);
    sx_charge(p, n / 128);
    return tail;
}

SX_PRIM(split_binary2, "(erlang:split_binary b n)", "{First n bytes, Rest}.")
{
    if (!sx_is_bits(argv[0]) || !sx_is_small(argv[1]) || sx_small_value(argv[1]) < 0 || (uint64_t)sx_small_value(argv[1]) > sx_bits_size(argv[0]) / 8)
        return sx_badarg(p, "split_binary: takes a binary and a position inside it");
    size_t at = (size_t)sx_small_value(argv[1]) * 8, n = sx_bits_size(argv[0]);
    return sx_tuple(&p->heap, 2, sx_bits_sub(&p->heap, argv[0], 0, at), sx_bits_sub(&p->heap, argv[0], at, n - at));
}

static sx_val binary_part(SxProc *p, sx_val b, sx_val start, sx_val length)
{
    size_t from, count;
    if (!sx_is_bits(b) || !part_of(start, length, sx_bits_size(b) / 8, &from, &count)) return sx_badarg(p, "binary_part: takes a binary and a part inside it");
    return sx_bits_sub(&p->heap, b, from * 8, count * 8);
}
static sx_val binary_part_pair(SxProc *p, sx_val b, sx_val part)
{
    if (!sx_is_tuple(part) || sx_tuple_size(part) != 2) return sx_badarg(p, "binary_part: the part is {Start, Length}");
    return binary_part(p, b, sx_tuple_elements(part)[0], sx_tuple_elements(part)[1]);
}
SX_GUARD_PRIM(binary_part2, "(erlang:binary_part b part)", "The part {Start, Length} of a binary.") { return binary_part_pair(p, argv[0], argv[1]); }
SX_GUARD_PRIM(binary_part3, "(erlang:binary_part b start length)", "A part of a binary.") { return binary_part(p, argv[0], argv[1], argv[2]); }
SX_PRIM(part2, "(binary:part b part)", "The part {Start, Length} of a binary.") { return binary_part_pair(p, argv[0], argv[1]); }
SX_PRIM(part3, "(binary:part b start length)", "A part of a binary.") { return binary_part(p, argv[0], argv[1], argv[2]); }

SX_PRIM(at2, "(binary:at b i)", "Byte `i` (from 0) of a binary.")
{
    size_t n;
    const unsigned char *bytes = sx_binary_bytes(argv[0], &n);
    if (bytes == NULL || !sx_is_small(argv[1]) || sx_small_value(argv[1]) < 0 || (uint64_t)sx_small_value(argv[1]) >= n) return sx_badarg(p, "at: takes a binary and a position inside it");
    return sx_small(bytes[sx_small_value(argv[1])]);
}
static sx_val edge(SxProc *p, sx_val v, bool last)
{
    size_t n;
    const unsigned char *bytes = sx_binary_bytes(v, &n);
    if (bytes == NULL || n == 0) return sx_badarg(p, "takes a binary that is not empty");
    return sx_small(bytes[last ? n - 1 : 0]);
}
SX_PRIM(first1, "(binary:first b)", "First byte.") { return edge(p, argv[0], false); }
SX_PRIM(last1, "(binary:last b)", "Last byte.") { return edge(p, argv[0], true); }

SX_PRIM(copy2, "(binary:copy b &opt n)", "`n` copies (one unless given) of a binary, one behind the other.")
{
    size_t n;
    unsigned char *scratch = NULL, *out;
    int64_t times = 1;
    if (!sx_bits_is_binary(argv[0]) || (sx_given(argv[1]) && (!sx_num_to_int64(argv[1], &times) || times < 0))) return sx_badarg(p, "copy: takes a binary and a number from 0");
    const unsigned char *bytes = sx_binary_bytes_any(argv[0], &n, &scratch);
    if (n > 0 && (uint64_t)times > SX_BITS_MAX_BYTES / n) {
        sx_free(scratch);
        return sx_error(p, SX_A(system_limit));
    }
    sx_val v = sx_binary_new(&p->heap, n * (size_t)times, &out);
    for (int64_t i = 0; i < times; i++) memcpy(out + (size_t)i * n, bytes, n);
    sx_charge(p, n * (size_t)times / 256);
    sx_free(scratch);
    return v;
}
SX_PRIM(referenced1, "(binary:referenced_byte_size b)", "Bytes of the memory that a binary keeps alive.")
{
    if (!sx_bits_is_binary(argv[0])) return sx_badarg(p, "referenced_byte_size: takes a binary");
    return sx_small((int64_t)sx_bits_size(argv[0]) / 8);
}

/* ---- searching ---- */

typedef struct Pattern { const unsigned char *bytes; size_t n; } Pattern;
#define MAX_PATTERNS 1024

/* Alternatives of a pattern: a binary, a list of binaries, or what compile_pattern answered. 0: it is none. */
static size_t patterns_of(sx_val v, Pattern *out)
{
    size_t n = 0;
    if (sx_is_tuple(v) && sx_tuple_size(v) == 2) v = sx_tuple_elements(v)[1];
    if (sx_bits_is_binary(v)) {
        out[0].bytes = sx_binary_bytes(v, &out[0].n);
        return out[0].bytes != NULL && out[0].n > 0;
    }
    for (; sx_is_cons(v); v = sx_tail(v)) {
        if (n == MAX_PATTERNS) return 0;
        out[n].bytes = sx_binary_bytes(sx_head(v), &out[n].n);
        if (out[n].bytes == NULL || out[n].n == 0) return 0;
        n++;
    }
    return v == SX_EMPTY ? n : 0;
}

/* Leftmost occurrence of any alternative in [from, end), the longest of those that begin there. */
static bool find(const unsigned char *text, size_t from, size_t end, const Pattern *ps, size_t n_ps, size_t *at, size_t *len)
{
    if (n_ps == 1) {
        const unsigned char *hit = from <= end ? memmem(text + from, end - from, ps->bytes, ps->n) : NULL;
        if (hit == NULL) return false;
        *at = (size_t)(hit - text);
        *len = ps->n;
        return true;
    }
    bool starts[256] = {false};
    for (size_t i = 0; i < n_ps; i++) starts[ps[i].bytes[0]] = true;
    for (size_t i = from; i < end; i++) {
        if (!starts[text[i]]) continue;
        size_t best = 0;
        for (size_t k = 0; k < n_ps; k++)
            if (ps[k].n > best && ps[k].n <= end - i && memcmp(text + i, ps[k].bytes, ps[k].n) == 0) best = ps[k].n;
        if (best > 0) {
            *at = i;
            *len = best;
            return true;
        }
    }
    return false;
}

/* {scope, {Start, Length}} of an option list. */
static bool scope_of(sx_val options, size_t n, size_t *from, size_t *end)
{
    size_t count;
    *from = 0;
    *end = n;
    for (; sx_is_cons(options); options = sx_tail(options)) {
        sx_val o = sx_head(options);
        if (!sx_is_tuple(o) || sx_tuple_size(o) != 2 || sx_tuple_elements(o)[0] != sx_atom("scope")) return false;
        sx_val part = sx_tuple_elements(o)[1];
        if (!sx_is_tuple(part) || sx_tuple_size(part) != 2 || !part_of(sx_tuple_elements(part)[0], sx_tuple_elements(part)[1], n, from, &count)) return false;
        *end = *from + count;
    }
    return options == SX_EMPTY;
}

static sx_val search(SxProc *p, const sx_val *argv, bool all)
{
    Pattern ps[MAX_PATTERNS];
    size_t n, from, end, at, len, n_ps = patterns_of(argv[1], ps);
    unsigned char *scratch = NULL;
    if (!sx_bits_is_binary(argv[0]) || n_ps == 0) return sx_badarg(p, "match: takes a binary and a pattern, a binary that is not empty or a list of them");
    const unsigned char *text = sx_binary_bytes_any(argv[0], &n, &scratch);
    if (!scope_of(sx_given(argv[2]) ? argv[2] : SX_EMPTY, n, &from, &end)) {
        sx_free(scratch);
        return sx_badarg(p, "match: the only option is {scope, {Start, Length}} inside the binary");
    }
    sx_val found = SX_EMPTY;
    sx_charge(p, (end - from) / 256);
    while (find(text, from, end, ps, n_ps, &at, &len)) {
        sx_val part = sx_tuple(&p->heap, 2, sx_small((int64_t)at), sx_small((int64_t)len));
        if (!all) {
            sx_free(scratch);
            return part;
        }
        found = sx_cons(&p->heap, part, found);
        from = at + len;
    }
    sx_free(scratch);
    return all ? sx_list_onto(&p->heap, found, SX_EMPTY) : sx_atom("nomatch");
}
SX_PRIM(match3, "(binary:match b pattern &opt options)", "{Start, Length} of the first occurrence, or nomatch.") { return search(p, argv, false); }
SX_PRIM(matches3, "(binary:matches b pattern &opt options)", "{Start, Length} of all occurrences, none inside another.") { return search(p, argv, true); }
SX_PRIM(compile_pattern1, "(binary:compile_pattern pattern)", "A pattern checked once, for match, matches, split and replace.")
{
    Pattern ps[MAX_PATTERNS];
    if (patterns_of(argv[0], ps) == 0) return sx_badarg(p, "compile_pattern: takes a binary that is not empty, or a list of them");
    return sx_tuple(&p->heap, 2, sx_atom("bm"), argv[0]);
}

static sx_val common(SxProc *p, sx_val list, bool suffix)
{
    size_t n = 0, first_n = 0;
    const unsigned char *first = NULL;
    sx_val l = list;
    for (; sx_is_cons(l); l = sx_tail(l)) {
        size_t m;
        const unsigned char *bytes = sx_binary_bytes(sx_head(l), &m);
        if (bytes == NULL) return sx_badarg(p, "takes a list of binaries");
        if (first == NULL) {
            first = bytes;
            n = first_n = m;
            continue;
        }
        size_t k = 0;
        while (k < n && k < m && (suffix ? bytes[m - 1 - k] == first[first_n - 1 - k] : bytes[k] == first[k])) k++;
        n = k;
    }
    if (l != SX_EMPTY || first == NULL) return sx_badarg(p, "takes a list of binaries that is not empty");
    return sx_small((int64_t)n);
}
SX_PRIM(prefix1, "(binary:longest_common_prefix binaries)", "Bytes that all of them begin with.") { return common(p, argv[0], false); }
SX_PRIM(suffix1, "(binary:longest_common_suffix binaries)", "Bytes that all of them end with.") { return common(p, argv[0], true); }

/* ---- unsigned integers ---- */

static bool is_little(sx_val v, bool *little)
{
    *little = sx_given(v) && v == sx_atom("little");
    return !sx_given(v) || *little || v == sx_atom("big");
}
static void turn_round(unsigned char *b, size_t n)
{
    for (size_t i = 0; i < n / 2; i++) {
        unsigned char t = b[i];
        b[i] = b[n - 1 - i];
        b[n - 1 - i] = t;
    }
}
SX_PRIM(decode_unsigned2, "(binary:decode_unsigned b &opt order)", "Integer of the bytes, big endian unless `little`.")
{
    bool little;
    if (!sx_bits_is_binary(argv[0]) || !is_little(argv[1], &little)) return sx_badarg(p, "decode_unsigned: takes a binary and big or little");
    return sx_bits_get_integer(&p->heap, argv[0], 0, sx_bits_size(argv[0]), SX_SEG_INTEGER | (little ? SX_SEG_LITTLE : 0));
}
SX_PRIM(encode_unsigned2, "(binary:encode_unsigned n &opt order)", "Bytes of an integer from 0, big endian unless `little`.")
{
    bool little;
    if (!sx_is_integer(argv[0]) || sx_num_compare(argv[0], sx_small(0)) < 0 || !is_little(argv[1], &little)) return sx_badarg(p, "encode_unsigned: takes an integer from 0 and big or little");
    size_t n = sx_num_bytes(argv[0]);
    if (n == 0) n = 1;
    unsigned char *out;
    sx_val v = sx_binary_new(&p->heap, n, &out);
    sx_num_export(argv[0], out, n);
    if (little) turn_round(out, n);
    return v;
}

/* ---- unicode ---- */

enum { INPUT_UTF8, INPUT_LATIN1 };
static bool encoding_of(sx_val v, int *in)
{
    *in = INPUT_UTF8;
    if (!sx_given(v) || v == sx_atom("unicode") || v == sx_atom("utf8")) return true;
    *in = INPUT_LATIN1;
    return v == sx_atom("latin1");
}

typedef struct Chars { /* conversion of chardata: text so far, and where it stopped */
    SxBuf out;
    SxBuf pending;       /* tails still to be done */
    sx_val rest;         /* what was not converted, when `bad` */
    bool bad, incomplete, not_chars;
} Chars;

static void add_leaf(SxProc *p, Chars *c, sx_val v, int in, sx_val tail)
{
    size_t n;
    unsigned char *scratch = NULL;
    const unsigned char *bytes = sx_binary_bytes_any(v, &n, &scratch);
    size_t good = n;
    if (in == INPUT_LATIN1)
        for (size_t i = 0; i < n; i++) sx_buf_add_utf8(&c->out, bytes[i]);
    else {
        good = sx_utf8_valid_prefix(bytes, n);
        sx_buf_add(&c->out, bytes, good);
    }
    if (good < n) {
        c->bad = true;
        size_t want = bytes[good] >= 0xF0 ? 4 : bytes[good] >= 0xE0 ? 3 : 2;
        /* a sequence that is cut off, but so far well formed, may go on in what follows */
        bool cut = n - good < want && bytes[good] >= 0xC2 && bytes[good] <= 0xF4;
        for (size_t i = good + 1; i < n && cut; i++) cut = (bytes[i] & 0xC0) == 0x80;
        sx_val left = sx_bits_sub(&p->heap, v, good * 8, (n - good) * 8);
        bool last = tail == SX_EMPTY && c->pending.len == 0;
        c->incomplete = cut && last;
        c->rest = last ? left : sx_cons(&p->heap, left, tail);
    }
    sx_free(scratch);
}

static void convert(SxProc *p, Chars *c, sx_val data, int in)
{
    c->rest = SX_EMPTY;
    if (sx_bits_is_binary(data)) {
        add_leaf(p, c, data, in, SX_EMPTY);
        return;
    }
    if (!sx_is_list(data)) c->not_chars = true;
    while (!c->bad && !c->not_chars) {
        while (sx_is_cons(data) && !c->bad && !c->not_chars) {
            sx_val head = sx_head(data), tail = sx_tail(data);
            if (sx_is_list(head)) {
                if (tail != SX_EMPTY) sx_buf_add(&c->pending, &tail, sizeof tail);
                data = head;
                continue;
            }
            if (sx_is_small(head)) {
                int64_t i = sx_small_value(head);
                if (i >= 0 && i <= 0x10FFFF && sx_is_code_point((uint32_t)i)) sx_buf_add_utf8(&c->out, (uint32_t)i);
                else {
                    c->bad = true;
                    c->rest = data;
                }
            } else if (sx_bits_is_binary(head)) add_leaf(p, c, head, in, tail);
            else c->not_chars = true;
            data = tail;
        }
        if (c->bad || c->not_chars) break;
        if (data != SX_EMPTY) {
            if (sx_bits_is_binary(data)) add_leaf(p, c, data, in, SX_EMPTY);
            else c->not_chars = true;
        }
        if (c->bad || c->pending.len == 0) break;
        c->pending.len -= sizeof data;
        memcpy(&data, c->pending.data + c->pending.len, sizeof data);
    }
    /* what stood behind the place belongs to the rest too */
    while (c->bad && c->pending.len > 0) {
        sx_val tail;
        c->pending.len -= sizeof tail;
        memcpy(&tail, c->pending.data + c->pending.len, sizeof tail);
        c->rest = sx_cons(&p->heap, c->rest, tail);
    }
}

static sx_val text_list(SxHeap *h, const char *text, size_t n)
{
    sx_val list = SX_EMPTY;
    for (size_t end = n; end > 0;) {
        size_t at = end - 1;
        while (at > 0 && ((unsigned char)text[at] & 0xC0) == 0x80) at--;
        uint32_t c = 0;
        sx_utf8_decode((const unsigned char *)text + at, end - at, &c);
        list = sx_cons(h, sx_small(c), list);
        end = at;
    }
    return list;
}

static sx_val characters(SxProc *p, const sx_val *argv, bool as_list)
{
    int in;
    Chars c = {0};
    if (!encoding_of(argv[1], &in)) return sx_badarg(p, "characters: the encoding must be unicode, utf8 or latin1");
    convert(p, &c, argv[0], in);
    sx_val v;
    if (c.not_chars) v = sx_badarg(p, "characters: takes text: binaries, code points and lists of them");
    else {
        v = as_list ? text_list(&p->heap, c.out.data, c.out.len) : sx_binary(&p->heap, c.out.data ? c.out.data : "", c.out.len);
        if (c.bad) v = sx_tuple(&p->heap, 3, c.incomplete ? sx_atom("incomplete") : SX_A(error), v, c.rest);
    }
    sx_charge(p, c.out.len / 64);
    sx_buf_deinit(&c.out);
    sx_buf_deinit(&c.pending);
    return v;
}
/* Other encodings are unicode.erl's. */
SX_PRIM(to_list1, "(unicode:characters_to_list text)", "Code points of chardata; {error, Done, Rest} or {incomplete, Done, Rest} where it is not valid.")
{
    sx_val with[] = {argv[0], SX_NONE};
    return characters(p, with, true);
}
SX_PRIM(to_list2, "(unicode:$to_list text encoding)", "The same; binaries in it are in encoding unicode, utf8 or latin1.") { return characters(p, argv, true); }
SX_PRIM(to_binary1, "(unicode:characters_to_binary text)", "Chardata as UTF-8; {error, Done, Rest} or {incomplete, Done, Rest} where it is not valid.")
{
    sx_val with[] = {argv[0], SX_NONE};
    return characters(p, with, false);
}
SX_PRIM(to_binary2, "(unicode:$to_binary text encoding)", "The same; binaries in it are in encoding unicode, utf8 or latin1.") { return characters(p, argv, false); }
SX_PRIM(is_7bit1, "(unicode:bin_is_7bit b)", "True when all bytes are below 128.")
{
    size_t n;
    const unsigned char *bytes = sx_binary_bytes(argv[0], &n);
    if (bytes == NULL) return SX_FALSE;
    for (size_t i = 0; i < n; i++)
        if (bytes[i] > 127) return SX_FALSE;
    return SX_TRUE;
}

SX_PRIM_TABLE(erl_binary){
    &binary_to_list1_prim, &binary_to_list3_prim, &bin_to_list1_prim, &bin_to_list2_prim, &bin_to_list3_prim, &list_to_binary1_prim, &binary_list_to_bin_prim,
    &iolist_to_binary1_prim, &iolist_to_iovec1_prim, &iolist_size1_prim, &list_to_bitstring1_prim, &bitstring_to_list1_prim, &split_binary2_prim,
    &binary_part2_prim, &binary_part3_prim, &part2_prim, &part3_prim, &at2_prim, &first1_prim, &last1_prim, &copy2_prim, &referenced1_prim, &match3_prim,
    &matches3_prim, &compile_pattern1_prim, &prefix1_prim, &suffix1_prim, &decode_unsigned2_prim, &encode_unsigned2_prim, &to_list1_prim, &to_list2_prim, &to_binary1_prim, &to_binary2_prim,
    &is_7bit1_prim, NULL};
