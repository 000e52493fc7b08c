/* sx_strings.c - primitives over text: strings are UTF-8 binaries. Texts of values, joining and splitting, case, searching.
 * Those that take texts apart by texts look at bytes only, so they work on any binary; what counts or maps code points wants
 * valid UTF-8. Lengths, indices and slices of strings are sx_lists.c's.
 * A long result is kept as a binary between two calls and grown by appending, which is linear (bits.h). */
#include "prim/sx_pieces.h"
#include "base/unicode.h"
#include "value/print.h"

enum { PIECE_BYTES = 1 << 14, CASE_BYTES_PER_REDUCTION = 32 };

static sx_val no_text(SxProc *p) { return sx_binary(&p->heap, "", 0); }

static sx_val too_long(SxProc *p, SxBuf *b)
{
    sx_buf_deinit(b);
    return sx_error(p, SX_A(system_limit));
}

/* ---- texts of values ---- */

/* Append v as `str` shows it (`quoted`: as `inspect` does), when that is short. False: b has a part of it. */
static bool add_short(SxProc *p, SxBuf *b, sx_val v, bool quoted, size_t max)
{
    SxText t;
    SxPrinting w;
    size_t before = b->len;
    if (!quoted && (sx_is_atom(v) || (sx_is_bits(v) && sx_bits_size(v) / 8 <= SX_AT_ONCE_BYTES && sx_string_of(p, v, &t)))) return sx_add_str(p, b, v);
    if (!quoted && sx_is_bits(v) && sx_bits_size(v) / 8 > SX_AT_ONCE_BYTES) return false;
    sx_print_begin(&w, b, v, max, SX_PRINT_SX);
    bool done = sx_print_on(&w, b, before + SX_AT_ONCE_BYTES);
    sx_print_end(&w);
    sx_charge(p, (b->len - before) / SX_BYTES_PER_REDUCTION);
    return done;
}

/* SxWork: the text of all args as `str` shows them. SX_TOO_BIG: past the limit. */
static sx_val long_text(SxProc *p, const sx_val *args, int n)
{
    SxBuf b = SX_BUF_INIT;
    bool ok = true;
    for (int i = 0; i < n && ok; i++) ok = sx_add_str(p, &b, args[i]);
    sx_val v = ok && b.len <= sx_text_limit(p) ? sx_binary(&p->heap, b.data, b.len) : SX_TOO_BIG;
    sx_buf_deinit(&b);
    return v;
}

/* SxWork: the text of args[0] as `inspect` shows it, cut at args[1] bytes unless that is nil. */
static sx_val long_inspect(SxProc *p, const sx_val *args, int n)
{
    SxBuf b = SX_BUF_INIT;
    bool cut = args[1] != SX_NIL;
    size_t max = cut ? (size_t)sx_small_value(args[1]) : sx_text_limit(p);
    (void)n;
    sx_print(&b, args[0], max);
    sx_val v = cut || b.len <= max ? sx_binary(&p->heap, b.data, b.len) : SX_TOO_BIG;
    sx_buf_deinit(&b);
    return v;
}

/* What such work has answered, or SX_APART. */
static sx_val worked_text(SxProc *p, SxWork *work, const sx_val *args, int n)
{
    sx_val v = sx_work(p, work, args, n);
    if (v == SX_NONE) return sx_wrong(p, "join: takes a list that ends in []", args[1]);
    return v == SX_TOO_BIG ? sx_error(p, SX_A(system_limit)) : v;
}

SX_PRIM(str, "(str & xs)",
        "Text of all values, one behind the other: strings as they are, atoms by name, everything else as `inspect`. (str \"a\" 1 :b) => \"a1b\"")
{
    SxBuf b = SX_BUF_INIT;
    bool is_short = !sx_worked(p);
    for (int i = 0; i < argc && is_short; i++) is_short = add_short(p, &b, argv[i], false, SIZE_MAX) && b.len <= SX_AT_ONCE_BYTES;
    if (is_short) return sx_take_text(p, &b);
    sx_buf_deinit(&b);
    return worked_text(p, long_text, argv, argc);
}

SX_PRIM(inspect, "(inspect x &opt opts)",
        "Value as SX text that reads back. Option :max: at most so many bytes, then \"...\". Raises #(:badopt k) for another option, "
        "badarg for a wrong value. (inspect [1 \"a\"]) => \"[1 \\\"a\\\"]\"")
{
    sx_val opts = sx_opt(argv, argc, 1), key, value;
    size_t max = sx_text_limit(p);
    bool cut = false;
    if (sx_given(opts)) {
        SxMapIter it;
        if (!sx_is_map(opts)) return sx_wrong(p, "inspect: takes a value and a map of options", opts);
        sx_map_iter_init(&it, opts);
        while (sx_map_iter_next(&it, &key, &value)) {
            if (key != SX_A(max)) return sx_error2(p, SX_A(badopt), key);
            if (!sx_is_small(value) || sx_small_value(value) < 0) return sx_wrong(p, "inspect: option :max is an integer from 0", value);
            cut = (size_t)sx_small_value(value) < max;
            if (cut) max = (size_t)sx_small_value(value);
        }
    }
    SxBuf b = SX_BUF_INIT;
    if (!sx_worked(p) && add_short(p, &b, argv[0], true, max)) return cut || b.len <= max ? sx_take_text(p, &b) : too_long(p, &b);
    sx_buf_deinit(&b);
    return worked_text(p, long_inspect, (sx_val[]){argv[0], cut ? sx_small((int64_t)max) : SX_NIL}, 2);
}

/* SxWork: ->string of args[0]. */
static sx_val long_to_string(SxProc *p, const sx_val *args, int n)
{
    SxBuf b = SX_BUF_INIT;
    if (!sx_is_list(args[0]) || !sx_flatten_text(args[0], true, &b)) {
        sx_buf_deinit(&b);
        return long_text(p, args, n);
    }
    sx_val v = b.len <= sx_text_limit(p) ? sx_binary(&p->heap, b.data, b.len) : SX_TOO_BIG;
    sx_buf_deinit(&b);
    return v;
}

SX_PRIM(to_string, "(->string x)",
        "Text of a value as `str`; a list of code points or iodata (list of strings, code points and such lists): its text. (->string [104 105]) => \"hi\"")
{
    SxBuf b = SX_BUF_INIT;
    if (!sx_worked(p) && !sx_is_list(argv[0]) && add_short(p, &b, argv[0], false, SIZE_MAX)) return sx_take_text(p, &b);
    sx_buf_deinit(&b);
    if (sx_worked(p) || !sx_is_list(argv[0]) || !sx_vm_is_short(argv[0])) return worked_text(p, long_to_string, argv, 1);
    sx_val v = long_to_string(p, argv, 1);
    sx_charge(p, v == SX_TOO_BIG ? 0 : sx_bits_size(v) / 8 / SX_ELEMENTS_PER_REDUCTION);
    return v == SX_TOO_BIG ? sx_error(p, SX_A(system_limit)) : v;
}

/* SxWork: join of args[0] and args[1]. SX_NONE: that does not end in []. */
static sx_val long_join(SxProc *p, const sx_val *args, int n)
{
    SxText sep;
    SxBuf b = SX_BUF_INIT;
    bool ok = sx_text_of(p, args[0], &sep);
    sx_val xs = args[1];
    (void)n;
    for (; ok && sx_is_cons(xs); xs = sx_tail(xs)) {
        ok = sx_add_str(p, &b, sx_head(xs));
        if (sx_is_cons(sx_tail(xs))) sx_buf_add(&b, sep.at, sep.n);
    }
    sx_val v = !ok || b.len > sx_text_limit(p) ? SX_TOO_BIG : xs != SX_EMPTY ? SX_NONE : sx_binary(&p->heap, b.data, b.len);
    sx_buf_deinit(&b);
    return v;
}

/* Place: #(0 out rest). A long element: all of it apart. */
SX_PRIM(join, "(join sep xs)", "Text of the elements of list `xs` as `str`, with `sep` between them. Raises badarg when `sep` is no string or `xs` no list. (join \", \" [1 2]) => \"1, 2\"")
{
    SxText sep;
    SxBuf b = SX_BUF_INIT;
    sx_val xs = argv[1], out = SX_NONE;
    if (!sx_text_of(p, argv[0], &sep)) return sx_wrong(p, "join: takes a string to put between", argv[0]);
    if (!sx_is_list(xs)) return sx_wrong(p, "join: takes a list", xs);
    if (sx_resumed(p)) {
        out = sx_place(p, 1);
        xs = sx_place(p, 2);
    }
    if (sx_worked(p)) return worked_text(p, long_join, argv, 2);
    for (size_t n = 1; sx_is_cons(xs); n++) {
        if (!add_short(p, &b, sx_head(xs), false, SIZE_MAX)) {
            sx_buf_deinit(&b);
            return worked_text(p, long_join, argv, 2);
        }
        xs = sx_tail(xs);
        if (sx_is_cons(xs)) sx_buf_add(&b, sep.at, sep.n);
        if (n % SX_PRIM_SLICE == 0) sx_charge(p, SX_PRIM_SLICE / SX_ELEMENTS_PER_REDUCTION);
        if (!sx_out_of_time(p) || xs == SX_EMPTY) continue;
        out = sx_append_text(p, out == SX_NONE ? no_text(p) : out, &b);
        return out == SX_THROWN ? out : sx_again(p, sx_tuple(&p->heap, 3, sx_small(0), out, xs));
    }
    if (!sx_is_list(xs)) {
        sx_buf_deinit(&b);
        return sx_wrong(p, "join: takes a list that ends in []", argv[1]);
    }
    return out == SX_NONE ? sx_take_text(p, &b) : sx_append_text(p, out, &b);
}

/* ---- taking apart ---- */

SX_PRIM(chars, "(chars s)", "Code points of string `s`. Raises badarg for what is no string. (chars \"ab\") => [97 98]") { return sx_code_points(p, argv[0], "chars: takes a string"); }

static sx_val part(SxProc *p, const SxText *s, size_t from, size_t to) { return sx_bits_sub(&p->heap, s->v, from * 8, (to - from) * 8); }

/* Parts between occurrences of `sep`, at most `limit`. Without a separator each code point is a part; a byte that is none,
 * too. Place: #(0 chunks from at left): `from` where the part begins, `at` where the search goes on. */
static sx_val split(SxProc *p, const SxText *s, const SxText *sep, int64_t left)
{
    size_t from = 0, at = 0, n = 0;
    SxListOut o;
    sx_list_out(&o, p, SX_EMPTY);
    if (sx_resumed(p)) {
        o.chunks = sx_place(p, 1);
        from = (size_t)sx_small_value(sx_place(p, 2));
        at = (size_t)sx_small_value(sx_place(p, 3));
        left = sx_small_value(sx_place(p, 4));
    }
    while (left > 1 && from < s->n) {
        if (sx_out_of_time(p)) return sx_again(p, sx_tuple(&p->heap, 5, sx_small(0), sx_list_chunks(&o), sx_small((int64_t)from), sx_small((int64_t)at), sx_small(left)));
        size_t end, next;
        if (sep->n == 0) {
            uint32_t c;
            int size = sx_utf8_decode(s->at + from, s->n - from, &c);
            end = next = from + (size_t)(size > 0 ? size : 1);
            if (end == s->n) break;
        } else {
            bool found = sx_find_piece(p, s, at, sep, &end);
            if (!found && end == s->n) break;
            at = next = found ? end + sep->n : end;
            if (!found) continue;
        }
        sx_list_add(&o, part(p, s, from, end));
        from = at = next;
        left--;
        if (++n % 8 == 0) sx_charge(p, 1);
    }
    if (sep->n > 0 || s->n > 0) sx_list_add(&o, part(p, s, from, s->n));
    return sx_list_finish(p, &o, SX_EMPTY);
}

SX_PRIM(split3, "(split s sep &opt opts)",
        "Parts of `s` between occurrences of `sep`; \"\" gives the characters. Option :limit: at most so many parts, the last one has the rest. "
        "Raises badarg for what is no string, #(:badopt k) for another option. (split \"a,b\" \",\") => [\"a\" \"b\"]")
{
    sx_val opts = sx_opt(argv, argc, 2), key, value;
    int64_t limit = INT32_MAX;
    SxText s, sep;
    if (sx_joining(p)) return sx_list_join(p);
    if (!sx_text_of(p, argv[0], &s)) return sx_wrong(p, "split: takes a string", argv[0]);
    if (!sx_text_of(p, argv[1], &sep)) return sx_wrong(p, "split: takes a string as separator", argv[1]);
    if (sx_given(opts)) {
        SxMapIter it;
        if (!sx_is_map(opts)) return sx_wrong(p, "split: takes a map of options", opts);
        sx_map_iter_init(&it, opts);
        while (sx_map_iter_next(&it, &key, &value)) {
            if (key != sx_atom("limit")) return sx_error2(p, SX_A(badopt), key);
            if (!sx_is_small(value) || sx_small_value(value) < 1) return sx_wrong(p, "split: option :limit is an integer from 1", value);
            limit = sx_small_value(value);
        }
    }
    return split(p, &s, &sep, limit);
}

static sx_val trim(SxProc *p, sx_val v, const char *what, bool left, bool right)
{
    SxText t;
    if (!sx_text_of(p, v, &t)) return sx_wrong(p, what, v);
    size_t from = 0, to = t.n;
    uint32_t c;
    int n;
    while (left && from < to && (n = sx_utf8_decode(t.at + from, to - from, &c)) > 0 && sx_unicode_is_space(c)) from += (size_t)n;
    while (right && to > from) {
        size_t start = to - 1;
        while (start > from && (t.at[start] & 0xC0) == 0x80) start--;
        n = sx_utf8_decode(t.at + start, to - start, &c);
        if ((size_t)n != to - start || !sx_unicode_is_space(c)) break;
        to = start;
    }
    sx_charge(p, (from + t.n - to) / SX_BYTES_PER_REDUCTION);
    return from == 0 && to == t.n ? v : part(p, &t, from, to);
}
SX_PRIM(trim1, "(trim s)", "String `s` without white space at both ends. Raises badarg for what is no string. (trim \" a \") => \"a\"") { return trim(p, argv[0], "trim: takes a string", true, true); }
SX_PRIM(trim_left, "(trim-left s)", "String `s` without white space at its start. Raises badarg for what is no string. (trim-left \" a \") => \"a \"") { return trim(p, argv[0], "trim-left: takes a string", true, false); }
SX_PRIM(trim_right, "(trim-right s)", "String `s` without white space at its end. Raises badarg for what is no string. (trim-right \" a \") => \" a\"") { return trim(p, argv[0], "trim-right: takes a string", false, true); }

/* ---- case ---- */

/* Place: #(0 out at). */
static sx_val map_case(SxProc *p, sx_val v, const char *what, int (*map)(uint32_t c, uint32_t out[SX_UNICODE_MOST]))
{
    SxText t;
    SxBuf b = SX_BUF_INIT;
    size_t at = 0;
    sx_val out = SX_NONE;
    if (sx_resumed(p)) {
        sx_text_of(p, v, &t);
        out = sx_place(p, 1);
        at = (size_t)sx_small_value(sx_place(p, 2));
    } else if (!sx_string_of(p, v, &t)) {
        return sx_wrong(p, what, v);
    }
    while (at < t.n) {
        size_t end = t.n - at > PIECE_BYTES ? at + PIECE_BYTES : t.n, from = at;
        sx_buf_reserve(&b, end - at);
        while (at < end) {
            uint32_t c, to[SX_UNICODE_MOST];
            at += (size_t)sx_utf8_decode(t.at + at, t.n - at, &c);
            int n = map(c, to);
            for (int i = 0; i < n; i++) sx_buf_add_utf8(&b, to[i]);
        }
        if (!sx_spent(p, at - from, CASE_BYTES_PER_REDUCTION) || at == t.n) continue;
        out = sx_append_text(p, out == SX_NONE ? no_text(p) : out, &b);
        return out == SX_THROWN ? out : sx_again(p, sx_tuple(&p->heap, 3, sx_small(0), out, sx_small((int64_t)at)));
    }
    return out == SX_NONE ? sx_take_text(p, &b) : sx_append_text(p, out, &b);
}
SX_PRIM(upper, "(upper s)", "String `s` in upper case, by Unicode's full mapping. Raises badarg for what is no string. (upper \"ab\") => \"AB\"") { return map_case(p, argv[0], "upper: takes a string", sx_unicode_upper); }
SX_PRIM(lower, "(lower s)", "String `s` in lower case, by Unicode's full mapping. Raises badarg for what is no string. (lower \"AB\") => \"ab\"") { return map_case(p, argv[0], "lower: takes a string", sx_unicode_lower); }

/* ---- searching ---- */

/* Place: #(0 out at from): text before `from` is in out, the search goes on at `at`. */
static sx_val replace(SxProc *p, const SxText *s, const SxText *old, const SxText *new)
{
    SxBuf b = SX_BUF_INIT;
    size_t at = 0, from = 0, limit = sx_text_limit(p);
    sx_val out = SX_NONE;
    if (sx_resumed(p)) {
        out = sx_place(p, 1);
        at = (size_t)sx_small_value(sx_place(p, 2));
        from = (size_t)sx_small_value(sx_place(p, 3));
    }
    size_t next;
    for (size_t n = 0;; at = next) {
        bool found = sx_find_piece(p, s, at, old, &next);
        if (found) {
            sx_buf_add(&b, s->at + from, next - from);
            sx_buf_add(&b, new->at, new->n);
            from = next = next + old->n;
            if (++n % 8 == 0) sx_charge(p, 1 + new->n / (SX_BYTES_PER_REDUCTION / 8));
        } else if (next == s->n) {
            break;
        }
        if (b.len > limit) break;
        if (!sx_out_of_time(p)) continue;
        out = sx_append_text(p, out == SX_NONE ? no_text(p) : out, &b);
        return out == SX_THROWN ? out : sx_again(p, sx_tuple(&p->heap, 4, sx_small(0), out, sx_small((int64_t)next), sx_small((int64_t)from)));
    }
    if (from == 0) return s->v;
    if (b.len <= limit) sx_buf_add(&b, s->at + from, s->n - from);
    return out == SX_NONE ? sx_take_text(p, &b) : sx_append_text(p, out, &b);
}

SX_PRIM(replace3, "(replace s old new)", "String `s` with `new` for every occurrence of `old`. Raises badarg for what is no string, and when `old` is empty. (replace \"a-b\" \"-\" \"+\") => \"a+b\"")
{
    SxText s, old, new;
    if (!sx_text_of(p, argv[0], &s)) return sx_wrong(p, "replace: takes a string", argv[0]);
    if (!sx_text_of(p, argv[1], &old) || old.n == 0) return sx_wrong(p, "replace: takes a string that is not empty as what to replace", argv[1]);
    if (!sx_text_of(p, argv[2], &new)) return sx_wrong(p, "replace: takes a string as replacement", argv[2]);
    return replace(p, &s, &old, &new);
}

/* Both texts, or false after raising. */
static bool two_texts(SxProc *p, const sx_val *argv, SxText *s, SxText *x, const char *what)
{
    bool first = sx_text_of(p, argv[0], s), both = first && sx_text_of(p, argv[1], x);
    if (!both) sx_wrong(p, what, argv[first]);
    else sx_charge(p, x->n / 1024);
    return both;
}

SX_PRIM(starts_with, "(starts-with? s x)", "True when string `s` begins with `x`. Raises badarg for what is no string. (starts-with? \"abc\" \"ab\") => true")
{
    SxText s, x;
    if (!two_texts(p, argv, &s, &x, "starts-with?: takes two strings")) return SX_THROWN;
    return sx_bool(x.n <= s.n && memcmp(s.at, x.at, x.n) == 0);
}
SX_PRIM(ends_with, "(ends-with? s x)", "True when string `s` ends with `x`. Raises badarg for what is no string. (ends-with? \"abc\" \"bc\") => true")
{
    SxText s, x;
    if (!two_texts(p, argv, &s, &x, "ends-with?: takes two strings")) return SX_THROWN;
    return sx_bool(x.n <= s.n && memcmp(s.at + s.n - x.n, x.at, x.n) == 0);
}
SX_PRIM(includes, "(includes? s x)", "True when `x` occurs in string `s`. Raises badarg for what is no string. (includes? \"abc\" \"b\") => true")
{
    SxText s, x;
    if (!two_texts(p, argv, &s, &x, "includes?: takes two strings")) return SX_THROWN;
    if (x.n == 0) return SX_TRUE;
    size_t at = sx_resumed(p) ? (size_t)sx_small_value(sx_place(p, 1)) : 0;
    for (;;) {
        if (sx_find_piece(p, &s, at, &x, &at)) return SX_TRUE;
        if (at == s.n) return SX_FALSE;
        if (sx_out_of_time(p)) return sx_again(p, sx_tuple(&p->heap, 2, sx_small(0), sx_small((int64_t)at)));
    }
}

/* ---- bytes ---- */

SX_GUARD_PRIM(byte_size, "(byte-size s)", "Bytes of a binary; those of a bitstring are rounded up. Raises badarg for anything else. (byte-size \"ab\") => 2")
{
    if (!sx_is_bits(argv[0])) return sx_wrong(p, "byte-size: takes a binary", argv[0]);
    return sx_small((int64_t)((sx_bits_size(argv[0]) + 7) / 8));
}
SX_PRIM(is_utf8, "(utf8? b)", "True when binary `b` is valid UTF-8. Raises badarg for what is no bitstring. (utf8? \"ab\") => true")
{
    SxText t;
    if (!sx_is_bits(argv[0])) return sx_wrong(p, "utf8?: takes a binary", argv[0]);
    return sx_bool(sx_string_of(p, argv[0], &t));
}

SX_PRIM_TABLE(sx_strings){&str_prim, &inspect_prim, &to_string_prim, &join_prim, &chars_prim, &split3_prim, &trim1_prim, &trim_left_prim,
                          &trim_right_prim, &upper_prim, &lower_prim, &replace3_prim, &starts_with_prim, &ends_with_prim, &includes_prim,
                          &byte_size_prim, &is_utf8_prim, NULL};
