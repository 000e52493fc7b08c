/* erl_terms.c - Erlang's BIFs on tuples, atoms, and the texts of integers, floats and process identifiers. */
#include "base/buf.h"
#include "base/utf8.h"
#include "prim/args.h"
#include "value/print.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- tuples ---- */

/* Index argument (from 1) into a tuple of n elements. */
static bool index_of(sx_val v, size_t n, size_t *out)
{
    if (!sx_is_small(v) || sx_small_value(v) < 1 || (uint64_t)sx_small_value(v) > n) return false;
    *out = (size_t)sx_small_value(v) - 1;
    return true;
}

SX_GUARD_PRIM(element2, "(erlang:element i t)", "Element `i` (from 1) of tuple `t`.")
{
    size_t i;
    if (!sx_is_tuple(argv[1]) || !index_of(argv[0], sx_tuple_size(argv[1]), &i)) return sx_badarg(p, "element: takes an index from 1 and a tuple");
    return sx_tuple_elements(argv[1])[i];
}
SX_PRIM(setelement3, "(erlang:setelement i t v)", "Tuple `t` with element `i` (from 1) replaced.")
{
    size_t i;
    if (!sx_is_tuple(argv[1]) || !index_of(argv[0], sx_tuple_size(argv[1]), &i)) return sx_badarg(p, "setelement: takes an index from 1 and a tuple");
    size_t n = sx_tuple_size(argv[1]);
    sx_val t = sx_tuple_new(&p->heap, n);
    memcpy(sx_tuple_elements(t), sx_tuple_elements(argv[1]), n * sizeof(sx_val));
    sx_tuple_elements(t)[i] = argv[2];
    return t;
}

#define MAX_TUPLE ((1 << 24) - 1)

static sx_val make_tuple(SxProc *p, sx_val size, sx_val fill, sx_val init)
{
    if (!sx_is_small(size) || sx_small_value(size) < 0 || sx_small_value(size) > MAX_TUPLE) return sx_badarg(p, "make_tuple: the size must be 0 to %d", MAX_TUPLE);
    size_t n = (size_t)sx_small_value(size);
    sx_val t = sx_tuple_new(&p->heap, n), *e = sx_tuple_elements(t);
    for (size_t i = 0; i < n; i++) e[i] = fill;
    for (; sx_is_cons(init); init = sx_tail(init)) {
        size_t i;
        sx_val pair = sx_head(init);
        if (!sx_is_tuple(pair) || sx_tuple_size(pair) != 2 || !index_of(sx_tuple_elements(pair)[0], n, &i)) return sx_badarg(p, "make_tuple: takes {Index, Value} pairs");
        e[i] = sx_tuple_elements(pair)[1];
    }
    return init == SX_EMPTY ? t : sx_badarg(p, "make_tuple: takes a list of {Index, Value}");
}
SX_PRIM(make_tuple3, "(erlang:make_tuple size fill &opt init)", "Tuple of `size` times `fill`, then {Index, Value} of `init` put in.")
{
    return make_tuple(p, argv[0], argv[1], sx_given(argv[2]) ? argv[2] : SX_EMPTY);
}

/* Tuple with element i left out or put in. */
static sx_val resized(SxProc *p, sx_val t, size_t i, sx_val insert)
{
    size_t n = sx_tuple_size(t);
    const sx_val *from = sx_tuple_elements(t);
    bool grows = insert != SX_NONE;
    sx_val out = sx_tuple_new(&p->heap, grows ? n + 1 : n - 1), *to = sx_tuple_elements(out);
    memcpy(to, from, i * sizeof *to);
    if (grows) to[i] = insert;
    memcpy(to + i + (grows ? 1 : 0), from + i + (grows ? 0 : 1), (n - i - (grows ? 0 : 1)) * sizeof *to);
    return out;
}
SX_PRIM(append_element2, "(erlang:append_element t v)", "Tuple `t` with `v` behind its last element.")
{
    if (!sx_is_tuple(argv[0])) return sx_badarg(p, "append_element: takes a tuple");
    return resized(p, argv[0], sx_tuple_size(argv[0]), argv[1]);
}
SX_PRIM(insert_element3, "(erlang:insert_element i t v)", "Tuple `t` with `v` put in as element `i`.")
{
    size_t i;
    if (!sx_is_tuple(argv[1]) || !index_of(argv[0], sx_tuple_size(argv[1]) + 1, &i)) return sx_badarg(p, "insert_element: takes an index from 1 and a tuple");
    return resized(p, argv[1], i, argv[2]);
}
SX_PRIM(delete_element2, "(erlang:delete_element i t)", "Tuple `t` without element `i`.")
{
    size_t i;
    if (!sx_is_tuple(argv[1]) || !index_of(argv[0], sx_tuple_size(argv[1]), &i)) return sx_badarg(p, "delete_element: takes an index from 1 and a tuple");
    return resized(p, argv[1], i, SX_NONE);
}
SX_PRIM(tuple_to_list1, "(erlang:tuple_to_list t)", "List of a tuple's elements.")
{
    if (!sx_is_tuple(argv[0])) return sx_badarg(p, "tuple_to_list: takes a tuple");
    sx_charge(p, sx_tuple_size(argv[0]) / 32);
    return sx_list_from(&p->heap, sx_tuple_elements(argv[0]), sx_tuple_size(argv[0]), SX_EMPTY);
}
SX_PRIM(list_to_tuple1, "(erlang:list_to_tuple xs)", "Tuple of a list's elements.")
{
    int64_t n = sx_list_length(p, argv[0]);
    if (n < 0 || n > MAX_TUPLE) return sx_badarg(p, "list_to_tuple: takes a proper list");
    sx_val t = sx_tuple_new(&p->heap, (size_t)n), *e = sx_tuple_elements(t);
    for (sx_val l = argv[0]; sx_is_cons(l); l = sx_tail(l)) *e++ = sx_head(l);
    return t;
}
SX_GUARD_PRIM(is_record2, "(erlang:is_record x tag &opt size)", "True for a tuple that begins with the atom `tag` (and has `size` elements).")
{
    if (!sx_is_atom(argv[1]) || (sx_given(argv[2]) && !sx_is_small(argv[2]))) return sx_badarg(p, "is_record: takes a term, an atom and a size");
    if (!sx_is_tuple(argv[0]) || sx_tuple_size(argv[0]) == 0 || sx_tuple_elements(argv[0])[0] != argv[1]) return SX_FALSE;
    return sx_bool(!sx_given(argv[2]) || sx_small((int64_t)sx_tuple_size(argv[0])) == argv[2]);
}
SX_GUARD_PRIM(size1, "(erlang:size x)", "Elements of a tuple or bytes of a bitstring.")
{
    if (sx_is_tuple(argv[0])) return sx_small((int64_t)sx_tuple_size(argv[0]));
    if (sx_is_bits(argv[0])) return sx_small((int64_t)(sx_bits_size(argv[0]) / 8));
    return sx_badarg(p, "size: takes a tuple or a bitstring");
}

/* ---- text to and from terms ---- */

/* Text of a list of code points (Erlang's string) in b; false: it is none, or holds more than `most` characters. */
static bool string_text(sx_val list, SxBuf *b, size_t most)
{
    size_t n = 0;
    for (; sx_is_cons(list); list = sx_tail(list)) {
        sx_val c = sx_head(list);
        if (!sx_is_small(c) || sx_small_value(c) < 0 || sx_small_value(c) > 0x10FFFF || !sx_is_code_point((uint32_t)sx_small_value(c)) || ++n > most) return false;
        sx_buf_add_utf8(b, (uint32_t)sx_small_value(c));
    }
    return list == SX_EMPTY;
}

static sx_val string_value(SxHeap *h, const char *text, size_t n)
{
    sx_val list = SX_EMPTY;
    size_t end = n;
    while (end > 0) { /* from the back, so that the list is built once */
        size_t at = end - 1;
        while (at > 0 && ((unsigned char)text[at] & 0xC0) == 0x80) at--;
        uint32_t c = 0;
        sx_utf8_decode((const unsigned char *)text + at, end - at, &c);
        list = sx_cons(h, sx_small(c), list);
        end = at;
    }
    return list;
}

static sx_val atom_from(SxProc *p, const char *text, size_t n, bool existing, const char *what)
{
    sx_val a = existing ? sx_atom_existing(text, n) : sx_atom_intern(text, n);
    if (a != SX_NONE) return a;
    if (existing) return sx_badarg(p, "%s: there is no such atom", what);
    return sx_error(p, SX_A(system_limit));
}

static sx_val list_to_atom(SxProc *p, sx_val list, bool existing)
{
    SxBuf b = SX_BUF_INIT;
    sx_val v;
    if (!string_text(list, &b, SIZE_MAX)) v = sx_badarg(p, "list_to_atom: takes a list of code points");
    else v = atom_from(p, b.data ? b.data : "", b.len, existing, "list_to_existing_atom");
    sx_buf_deinit(&b);
    return v;
}
SX_PRIM(list_to_atom1, "(erlang:list_to_atom chars)", "Atom with that text. Raises system_limit above 255 characters.") { return list_to_atom(p, argv[0], false); }
SX_PRIM(list_to_existing_atom1, "(erlang:list_to_existing_atom chars)", "Atom with that text, if there is one; badarg otherwise.") { return list_to_atom(p, argv[0], true); }

/* The encodings that atoms may be written in. */
static bool is_encoding(sx_val encoding)
{
    return !sx_given(encoding) || encoding == sx_atom("utf8") || encoding == sx_atom("unicode") || encoding == sx_atom("latin1");
}

static sx_val binary_to_atom(SxProc *p, sx_val v, sx_val encoding, bool existing)
{
    if (!is_encoding(encoding)) return sx_badarg(p, "binary_to_atom: the encoding is latin1, utf8 or unicode");
    size_t n;
    unsigned char *scratch = NULL;
    if (!sx_bits_is_binary(v)) return sx_badarg(p, "binary_to_atom: takes a binary");
    const char *text = (const char *)sx_binary_bytes_any(v, &n, &scratch);
    SxBuf b = SX_BUF_INIT;
    if (sx_given(encoding) && encoding == sx_atom("latin1")) {
        for (size_t i = 0; i < n; i++) sx_buf_add_utf8(&b, (unsigned char)text[i]);
    } else {
        sx_buf_add(&b, text, n);
    }
    sx_val a = sx_utf8_valid_prefix((const unsigned char *)b.data, b.len) == b.len ? atom_from(p, b.data ? b.data : "", b.len, existing, "binary_to_existing_atom")
                                                                                      : sx_badarg(p, "binary_to_atom: the text is not valid UTF-8");
    sx_buf_deinit(&b);
    sx_free(scratch);
    return a;
}
SX_PRIM(binary_to_atom2, "(erlang:binary_to_atom text &opt encoding)", "Atom with that text.") { return binary_to_atom(p, argv[0], argv[1], false); }
SX_PRIM(binary_to_existing_atom2, "(erlang:binary_to_existing_atom text &opt encoding)", "Atom with that text, if there is one; badarg otherwise.") { return binary_to_atom(p, argv[0], argv[1], true); }

SX_PRIM(atom_to_list1, "(erlang:atom_to_list a)", "Text of an atom as a list of code points.")
{
    if (!sx_is_atom(argv[0])) return sx_badarg(p, "atom_to_list: takes an atom");
    size_t n;
    const char *text = sx_atom_text(argv[0], &n);
    return string_value(&p->heap, text, n);
}
SX_PRIM(atom_to_binary2, "(erlang:atom_to_binary a &opt encoding)", "Text of an atom as a binary.")
{
    if (!sx_is_atom(argv[0])) return sx_badarg(p, "atom_to_binary: takes an atom");
    if (!is_encoding(argv[1])) return sx_badarg(p, "atom_to_binary: the encoding is latin1, utf8 or unicode");
    size_t n;
    const char *text = sx_atom_text(argv[0], &n);
    if (!sx_given(argv[1]) || argv[1] != sx_atom("latin1")) return sx_binary(&p->heap, text, n);
    SxBuf b = SX_BUF_INIT;
    bool fits = true;
    for (size_t i = 0; i < n && fits;) {
        uint32_t c = 0;
        i += (size_t)sx_utf8_decode((const unsigned char *)text + i, n - i, &c);
        fits = c < 256;
        sx_buf_add_char(&b, (char)c);
    }
    sx_val v = fits ? sx_binary(&p->heap, b.data, b.len) : sx_badarg(p, "atom_to_binary: a character is not Latin-1");
    sx_buf_deinit(&b);
    return v;
}

/* ---- integers ---- */

static bool base_of(sx_val v, int *base)
{
    *base = 10;
    if (!sx_given(v)) return true;
    if (!sx_is_small(v) || sx_small_value(v) < 2 || sx_small_value(v) > 36) return false;
    *base = (int)sx_small_value(v);
    return true;
}

static sx_val integer_text(SxProc *p, sx_val i, sx_val base_value, bool as_list)
{
    int base;
    if (!sx_is_integer(i) || !base_of(base_value, &base)) return sx_badarg(p, "integer_to_binary: takes an integer and a base from 2 to 36");
    char small[24];
    if (base == 10 && sx_is_small(i)) {
        int n = snprintf(small, sizeof small, "%lld", (long long)sx_small_value(i));
        return as_list ? string_value(&p->heap, small, (size_t)n) : sx_binary(&p->heap, small, (size_t)n);
    }
    SxBuf b = SX_BUF_INIT;
    sx_num_print(&b, i, base);
    for (size_t k = 0; k < b.len; k++)
        if (b.data[k] >= 'a') b.data[k] = (char)(b.data[k] - 32);
    sx_val v = as_list ? string_value(&p->heap, b.data, b.len) : sx_binary(&p->heap, b.data, b.len);
    sx_charge(p, b.len / 16);
    sx_buf_deinit(&b);
    return v;
}
SX_PRIM(integer_to_list2, "(erlang:integer_to_list i &opt base)", "Digits of an integer as a list.") { return integer_text(p, argv[0], argv[1], true); }
SX_PRIM(integer_to_binary2, "(erlang:integer_to_binary i &opt base)", "Digits of an integer as a binary.") { return integer_text(p, argv[0], argv[1], false); }

static sx_val parse_integer(SxProc *p, const char *text, size_t n, sx_val base_value)
{
    int base;
    if (!base_of(base_value, &base)) return sx_badarg(p, "binary_to_integer: the base must be 2 to 36");
    sx_val v = n > 0 ? sx_num_parse(&p->heap, text, n, base) : SX_NONE;
    sx_charge(p, n / 16);
    if (v == SX_TOO_BIG) return sx_error(p, SX_A(system_limit));
    return v == SX_NONE ? sx_badarg(p, "binary_to_integer: the text is no integer of that base") : v;
}
SX_PRIM(list_to_integer2, "(erlang:list_to_integer chars &opt base)", "Integer that a string spells.")
{
    SxBuf b = SX_BUF_INIT;
    sx_val v = string_text(argv[0], &b, SIZE_MAX) ? parse_integer(p, b.data, b.len, argv[1]) : sx_badarg(p, "list_to_integer: takes a string");
    sx_buf_deinit(&b);
    return v;
}
SX_PRIM(binary_to_integer2, "(erlang:binary_to_integer text &opt base)", "Integer that a binary spells.")
{
    size_t n;
    unsigned char *scratch = NULL;
    if (!sx_bits_is_binary(argv[0])) return sx_badarg(p, "binary_to_integer: takes a binary");
    const char *text = (const char *)sx_binary_bytes_any(argv[0], &n, &scratch);
    sx_val v = parse_integer(p, text, n, argv[1]);
    sx_free(scratch);
    return v;
}

/* ---- floats ---- */

/* Of a text that is one. SX_NONE: it is too large. */
static sx_val float_of(SxHeap *h, const char *text, size_t n)
{
    char *copy = sx_alloc(n + 1);
    memcpy(copy, text, n);
    copy[n] = '\0';
    double d = strtod(copy, NULL);
    sx_free(copy);
    return isfinite(d) ? sx_float(h, d) : SX_NONE;
}

/* A float as Erlang writes it: digits, a point, digits, an exponent. */
static sx_val parse_float(SxProc *p, const char *text, size_t n)
{
    size_t i = 0, digits = 0, fraction = 0;
    if (i < n && (text[i] == '+' || text[i] == '-')) i++;
    for (; i < n && text[i] >= '0' && text[i] <= '9'; i++) digits++;
    if (digits > 0 && i < n && text[i] == '.')
        for (i++; i < n && text[i] >= '0' && text[i] <= '9'; i++) fraction++;
    bool ok = fraction > 0;
    if (ok && i < n && (text[i] == 'e' || text[i] == 'E')) {
        i++;
        if (i < n && (text[i] == '+' || text[i] == '-')) i++;
        size_t exponent = 0;
        for (; i < n && text[i] >= '0' && text[i] <= '9'; i++) exponent++;
        ok = exponent > 0;
    }
    if (!ok || i != n) return sx_badarg(p, "binary_to_float: the text is no float, such as 1.5 or 1.0e3");
    sx_val v = float_of(&p->heap, text, n);
    return v == SX_NONE ? sx_badarg(p, "binary_to_float: the number is too large") : v;
}
SX_PRIM(list_to_float1, "(erlang:list_to_float chars)", "Float that a string spells.")
{
    SxBuf b = SX_BUF_INIT;
    sx_val v = string_text(argv[0], &b, SIZE_MAX) ? parse_float(p, b.data, b.len) : sx_badarg(p, "list_to_float: takes a string");
    sx_buf_deinit(&b);
    return v;
}
SX_PRIM(binary_to_float1, "(erlang:binary_to_float text)", "Float that a binary spells.")
{
    size_t n;
    const char *text = (const char *)sx_binary_bytes(argv[0], &n);
    return text == NULL ? sx_badarg(p, "binary_to_float: takes a binary") : parse_float(p, text, n);
}

/* ---- numbers at the start of a string ---- */

static bool is_digit_at(sx_val l) { return sx_is_cons(l) && sx_is_small(sx_head(l)) && sx_small_value(sx_head(l)) >= '0' && sx_small_value(sx_head(l)) <= '9'; }
static bool is_char_at(sx_val l, char a, char b) { return sx_is_cons(l) && (sx_head(l) == sx_small(a) || sx_head(l) == sx_small(b)); }

/* Sign and digits at the start of *l into b, *l behind them; false, and nothing done, when there are none. */
static bool take_digits(SxBuf *b, sx_val *l, bool with_sign)
{
    sx_val at = *l, sign = with_sign && is_char_at(at, '+', '-') ? sx_head(at) : SX_NONE;
    if (sign != SX_NONE) at = sx_tail(at);
    if (!is_digit_at(at)) return false;
    if (sign != SX_NONE) sx_buf_add_char(b, (char)sx_small_value(sign));
    for (; is_digit_at(at); at = sx_tail(at)) sx_buf_add_char(b, (char)sx_small_value(sx_head(at)));
    *l = at;
    return true;
}

static sx_val no_number(SxProc *p, const char *why) { return sx_tuple(&p->heap, 2, SX_A(error), sx_atom(why)); }

SX_PRIM(string_list_to_integer1, "(string:list_to_integer chars)", "{Integer, Rest} of a string that begins with one, else {error, no_integer}; {error, not_a_list}.")
{
    SxBuf b = SX_BUF_INIT;
    sx_val rest = argv[0], v;
    if (!sx_is_list(rest)) return no_number(p, "not_a_list");
    if (!take_digits(&b, &rest, true)) v = no_number(p, "no_integer");
    else if ((v = parse_integer(p, b.data, b.len, SX_NONE)) != SX_THROWN) v = sx_tuple(&p->heap, 2, v, rest);
    sx_buf_deinit(&b);
    return v;
}
SX_PRIM(string_list_to_float1, "(string:list_to_float chars)", "{Float, Rest} of a string that begins with one, else {error, no_float}; {error, not_a_list}.")
{
    SxBuf b = SX_BUF_INIT;
    sx_val rest = argv[0], v = SX_NONE;
    if (!sx_is_list(rest)) return no_number(p, "not_a_list");
    if (take_digits(&b, &rest, true) && is_char_at(rest, '.', '.')) {
        sx_buf_add_char(&b, '.');
        rest = sx_tail(rest);
        if (take_digits(&b, &rest, false)) {
            size_t mantissa = b.len;
            if (is_char_at(rest, 'e', 'E')) {
                sx_val behind = sx_tail(rest);
                sx_buf_add_char(&b, 'e');
                if (take_digits(&b, &behind, true)) rest = behind;
                else b.len = mantissa;
            }
            v = float_of(&p->heap, b.data, b.len);
        }
    }
    sx_buf_deinit(&b);
    return v == SX_NONE ? no_number(p, "no_float") : sx_tuple(&p->heap, 2, v, rest);
}

#define MAX_DECIMALS 253
#define MAX_FIXED_TEXT 255 /* characters that {decimals, N} may make */

/* Drop zeros behind the point, but one. */
static void compact(SxBuf *b)
{
    size_t end = b->len;
    if (memchr(b->data, '.', b->len) == NULL) return;
    while (end > 2 && b->data[end - 1] == '0' && b->data[end - 2] != '.') end--;
    b->len = end;
}

/* As Erlang rounds: what the double's decimals make, half up, where these fit into an integer; so 1.25 with one is 1.3. */
static void add_decimals(SxBuf *b, double d, int decimals)
{
    double whole, part = modf(d < 0 ? -d : d, &whole), scale = 1;
    if (!(whole < 9007199254740992.0) || decimals >= 18) {
        sx_buf_addf(b, "%.*f", decimals, d);
        return;
    }
    for (int i = 0; i < decimals; i++) scale *= 10;
    uint64_t before = (uint64_t)whole, behind = (uint64_t)(part * scale + 0.5);
    if (behind >= (uint64_t)scale) {
        behind -= (uint64_t)scale;
        before++;
    }
    sx_buf_addf(b, "%s%llu", signbit(d) ? "-" : "", (unsigned long long)before);
    if (decimals > 0) sx_buf_addf(b, ".%0*llu", decimals, (unsigned long long)behind);
}

static sx_val float_text(SxProc *p, sx_val f, sx_val options, bool as_list)
{
    if (!sx_is_float(f)) return sx_badarg(p, "float_to_binary: takes a float");
    double d = sx_float_value(f);
    int decimals = -1, scientific = 20;
    bool is_short = false, is_compact = false;
    sx_val l = sx_given(options) ? options : SX_EMPTY;
    for (; sx_is_cons(l); l = sx_tail(l)) {
        sx_val o = sx_head(l);
        if (o == sx_atom("short")) is_short = true;
        else if (o == sx_atom("compact")) is_compact = true;
        else if (sx_is_tuple(o) && sx_tuple_size(o) == 2 && sx_is_small(sx_tuple_elements(o)[1])) {
            int64_t n = sx_small_value(sx_tuple_elements(o)[1]);
            if (sx_tuple_elements(o)[0] == sx_atom("decimals") && n >= 0 && n <= MAX_DECIMALS) decimals = (int)n, is_short = false;
            else if (sx_tuple_elements(o)[0] == sx_atom("scientific") && n >= 0 && n <= 249) scientific = (int)n, decimals = -1, is_short = false;
            else return sx_badarg(p, "float_to_binary: an option is out of range");
        } else return sx_badarg(p, "float_to_binary: options are short, compact, {decimals, N}, {scientific, N}");
    }
    if (l != SX_EMPTY) return sx_badarg(p, "float_to_binary: the options are a list");
    SxBuf b = SX_BUF_INIT;
    if (is_short) sx_num_print_double(&b, d);
    else if (decimals >= 0) {
        add_decimals(&b, d, decimals);
        if (b.len > MAX_FIXED_TEXT) {
            sx_buf_deinit(&b);
            return sx_badarg(p, "float_to_binary: with its decimals the number is longer than 255 characters");
        }
        if (is_compact) compact(&b);
    } else sx_buf_addf(&b, "%.*e", scientific, d);
    sx_val v = as_list ? string_value(&p->heap, b.data, b.len) : sx_binary(&p->heap, b.data, b.len);
    sx_buf_deinit(&b);
    return v;
}
SX_PRIM(float_to_list2, "(erlang:float_to_list f &opt options)", "Text of a float as a list: short, {decimals, N}, compact, {scientific, N}.") { return float_text(p, argv[0], argv[1], true); }
SX_PRIM(float_to_binary2, "(erlang:float_to_binary f &opt options)", "Text of a float as a binary; options as in float_to_list.") { return float_text(p, argv[0], argv[1], false); }

/* ---- identifiers ---- */

static sx_val printed(SxProc *p, sx_val v)
{
    SxBuf b = SX_BUF_INIT;
    sx_print_erlang(&b, v, 4096);
    sx_val list = string_value(&p->heap, b.data, b.len);
    sx_buf_deinit(&b);
    return list;
}
SX_PRIM(pid_to_list1, "(erlang:pid_to_list pid)", "Text of a pid: <0.N.S>.") { return sx_is_pid(argv[0]) ? printed(p, argv[0]) : sx_badarg(p, "pid_to_list: takes a pid"); }
SX_PRIM(ref_to_list1, "(erlang:ref_to_list ref)", "Text of a reference.") { return sx_is_ref(argv[0]) ? printed(p, argv[0]) : sx_badarg(p, "ref_to_list: takes a reference"); }
SX_PRIM(fun_to_list1, "(erlang:fun_to_list f)", "Text of a function value.") { return sx_is_closure(argv[0]) ? printed(p, argv[0]) : sx_badarg(p, "fun_to_list: takes a function"); }
SX_PRIM(list_to_pid1, "(erlang:list_to_pid chars)", "Pid that the text <0.N.S> names.")
{
    SxBuf b = SX_BUF_INIT;
    unsigned slot, serial;
    int end = 0;
    bool ok = string_text(argv[0], &b, 64);
    sx_buf_add_char(&b, '\0');
    ok = ok && sscanf(b.data, "<0.%u.%u>%n", &slot, &serial, &end) == 2 && end == (int)b.len - 1 && slot < (1u << 26) && serial < (1u << 30);
    sx_buf_deinit(&b);
    return ok ? sx_make_pid(slot, serial) : sx_badarg(p, "list_to_pid: takes a string such as <0.5.0>");
}
SX_PRIM(fun_info2, "(erlang:fun_info f item)", "What is known of a function value: {Item, Value} for module, name, arity, type, env.")
{
    if (!sx_is_closure(argv[0]) || !sx_is_atom(argv[1])) return sx_badarg(p, "fun_info: takes a function and an item");
    const SxFn *fn = (const SxFn *)(uintptr_t)sx_ptr(argv[0])[1];
    sx_val item = argv[1], v;
    if (item == sx_atom("module")) v = fn->module;
    else if (item == SX_A(name)) v = fn->name;
    else if (item == SX_A(arity)) v = sx_small(fn->max_args);
    else if (item == sx_atom("type")) v = sx_atom(fn->flags & (SX_FN_REMOTE | SX_FN_NATIVE) ? "external" : "local");
    else if (item == sx_atom("env")) v = sx_list_from(&p->heap, sx_ptr(argv[0]) + 2, fn->n_free, SX_EMPTY);
    else if (item == sx_atom("pid")) v = p->pid;
    else if (item == sx_atom("index") || item == sx_atom("uniq") || item == sx_atom("new_index") || item == sx_atom("new_uniq")) v = sx_small(0);
    else return sx_badarg(p, "fun_info: the item is not known");
    return sx_tuple(&p->heap, 2, item, v);
}

SX_PRIM_TABLE(erl_terms){
    &element2_prim, &setelement3_prim, &make_tuple3_prim, &append_element2_prim, &insert_element3_prim, &delete_element2_prim, &tuple_to_list1_prim,
    &list_to_tuple1_prim, &is_record2_prim, &size1_prim, &list_to_atom1_prim, &list_to_existing_atom1_prim, &binary_to_atom2_prim,
    &binary_to_existing_atom2_prim, &atom_to_list1_prim, &atom_to_binary2_prim, &integer_to_list2_prim, &integer_to_binary2_prim,
    &list_to_integer2_prim, &binary_to_integer2_prim, &list_to_float1_prim, &binary_to_float1_prim, &string_list_to_integer1_prim, &string_list_to_float1_prim, &float_to_list2_prim, &float_to_binary2_prim,
    &pid_to_list1_prim, &ref_to_list1_prim, &fun_to_list1_prim, &list_to_pid1_prim, &fun_info2_prim, NULL};
