/* sx_types.c - primitives that ask what a value is and that convert between types.
 * Texts of values are sx_strings.c's. */
#include "prim/sx_pieces.h"
#include <math.h>
#include <stdlib.h>

/* ---- tests ---- */

#define TYPE_TEST(id, usage, doc, test)                                                                                \
    SX_GUARD_PRIM(id, usage, doc)                                                                                      \
    {                                                                                                                  \
        sx_val x = argv[0];                                                                                            \
        return sx_bool(test);                                                                                          \
    }
TYPE_TEST(is_nil, "(nil? x)", "True for nil. (nil? nil) => true", x == SX_NIL)
TYPE_TEST(is_boolean, "(boolean? x)", "True for true and false. (boolean? false) => true", x == SX_TRUE || x == SX_FALSE)
TYPE_TEST(is_atom, "(atom? x)", "True for an atom; true, false and nil are atoms. (atom? :a) => true", sx_is_atom(x))
TYPE_TEST(is_integer, "(integer? x)", "True for an integer. (integer? 1) => true", sx_is_integer(x))
TYPE_TEST(is_float, "(float? x)", "True for a float. (float? 1.0) => true", sx_is_float(x))
TYPE_TEST(is_number, "(number? x)", "True for an integer or a float. (number? 1.5) => true", sx_is_number(x))
TYPE_TEST(is_list, "(list? x)", "True for a list, the empty one too. (list? []) => true", sx_is_list(x))
TYPE_TEST(is_tuple, "(tuple? x)", "True for a tuple. (tuple? #(1 2)) => true", sx_is_tuple(x))
TYPE_TEST(is_map, "(map? x)", "True for a map. (map? {}) => true", sx_is_map(x))
TYPE_TEST(is_fn, "(fn? x)", "True for a function. (fn? first) => true", sx_is_closure(x))
TYPE_TEST(is_pid, "(pid? x)", "True for the pid of a process. (pid? (self)) => true", sx_is_pid(x))
TYPE_TEST(is_ref, "(ref? x)", "True for a reference. (ref? 1) => false", sx_is_ref(x))
TYPE_TEST(is_binary, "(binary? x)", "True for whole bytes; every string is a binary. (binary? \"ab\") => true", sx_bits_is_binary(x))
TYPE_TEST(is_bitstring, "(bitstring? x)", "True for any number of bits; every binary is a bitstring. (bitstring? \"ab\") => true", sx_is_bits(x))
TYPE_TEST(is_true, "(true? x)", "True for true only. (true? 1) => false", x == SX_TRUE)
TYPE_TEST(is_false, "(false? x)", "True for false only. (false? nil) => false", x == SX_FALSE)
TYPE_TEST(sx_not, "(not x)", "True for false and nil, false for everything else. (not nil) => true", !sx_is_true(x))

SX_GUARD_PRIM(is_string, "(string? x)", "True for a binary that is valid UTF-8. (string? \"ab\") => true")
{
    SxText t;
    return sx_bool(sx_string_of(p, argv[0], &t));
}

/* ---- numbers ---- */

/* The float that a text spells: sign, digits, fraction and exponent, the last two only if they are there. False: none, or
 * one beyond the largest double. */
static bool spelled_float(const unsigned char *s, size_t n, double *out)
{
    size_t i = 0, digits = 0;
    if (i < n && (s[i] == '+' || s[i] == '-')) i++;
    for (; i < n && s[i] >= '0' && s[i] <= '9'; i++) digits++;
    if (digits == 0) return false;
    if (i < n && s[i] == '.') {
        size_t from = ++i;
        while (i < n && s[i] >= '0' && s[i] <= '9') i++;
        if (i == from) return false;
    }
    if (i < n && (s[i] == 'e' || s[i] == 'E')) {
        if (++i < n && (s[i] == '+' || s[i] == '-')) i++;
        size_t from = i;
        while (i < n && s[i] >= '0' && s[i] <= '9') i++;
        if (i == from) return false;
    }
    if (i < n) return false;
    char *text = sx_alloc(n + 1);
    memcpy(text, s, n);
    text[n] = 0;
    *out = strtod(text, NULL);
    sx_free(text);
    return isfinite(*out);
}

/* The integer that v, a string, spells; SX_NONE: none. */
static sx_val spelled_integer(SxProc *p, const SxText *t, int base)
{
    sx_charge(p, t->n / 8);
    return sx_num_parse(&p->heap, (const char *)t->at, t->n, base);
}

SX_PRIM(to_integer, "(->integer x)",
        "Integer of a string, a float without fraction, or an integer. Raises badarg when it is none. (->integer \"42\") => 42")
{
    sx_val v = SX_NONE;
    SxText t;
    if (sx_is_integer(argv[0])) return argv[0];
    if (sx_is_float(argv[0])) {
        double d = sx_float_value(argv[0]);
        if (isfinite(d) && d == trunc(d)) v = sx_num_from_double(&p->heap, d);
    } else if (sx_text_of(p, argv[0], &t)) {
        v = spelled_integer(p, &t, 10);
    }
    if (v == SX_TOO_BIG) return sx_error(p, SX_A(system_limit));
    return v == SX_NONE ? sx_wrong(p, "->integer: takes the text of an integer, a float without fraction or an integer", argv[0]) : v;
}

SX_PRIM(to_float, "(->float x)", "Float of a number, or of a string that spells one. Raises badarg when it is none. (->float 2) => 2.0")
{
    double d;
    SxText t;
    if (sx_is_float(argv[0])) return argv[0];
    if (sx_is_integer(argv[0]) ? sx_num_to_double(argv[0], &d) : sx_text_of(p, argv[0], &t) && spelled_float(t.at, t.n, &d)) return sx_float(&p->heap, d);
    return sx_wrong(p, "->float: takes a number that a float can hold, or the text of one", argv[0]);
}

SX_PRIM(parse_integer, "(parse-integer s &opt base)",
        "Integer that string `s` spells in `base` 2 to 36 (10 unless told), or nil. Raises badarg for what is no string. "
        "(parse-integer \"ff\" 16) => 255")
{
    SxText t;
    sx_val base = sx_opt(argv, argc, 1), v;
    if (!sx_given(base)) base = sx_small(10);
    if (!sx_text_of(p, argv[0], &t)) return sx_wrong(p, "parse-integer: takes a string", argv[0]);
    if (!sx_is_small(base) || sx_small_value(base) < 2 || sx_small_value(base) > 36) return sx_wrong(p, "parse-integer: takes a base from 2 to 36", base);
    v = spelled_integer(p, &t, (int)sx_small_value(base));
    return v == SX_TOO_BIG ? sx_error(p, SX_A(system_limit)) : v == SX_NONE ? SX_NIL : v;
}

SX_PRIM(parse_float, "(parse-float s)", "Number that string `s` spells, as a float, or nil. Raises badarg for what is no string. (parse-float \"2.5\") => 2.5")
{
    SxText t;
    double d;
    if (!sx_text_of(p, argv[0], &t)) return sx_wrong(p, "parse-float: takes a string", argv[0]);
    return spelled_float(t.at, t.n, &d) ? sx_float(&p->heap, d) : SX_NIL;
}

/* ---- atoms, lists, tuples, maps ---- */

SX_PRIM(to_atom, "(->atom x)",
        "Atom of a string or atom. Raises badarg for anything else, system_limit when the text is too long for an atom or there "
        "are too many. (->atom \"ab\") => :ab")
{
    SxText t;
    if (sx_is_atom(argv[0])) return argv[0];
    if (sx_is_symbol(argv[0])) return sx_symbol_name(argv[0]);
    if (!sx_string_of(p, argv[0], &t)) return sx_wrong(p, "->atom: takes a string or an atom", argv[0]);
    sx_val v = sx_atom_intern((const char *)t.at, t.n);
    return v == SX_NONE ? sx_error(p, SX_A(system_limit)) : v;
}

SX_PRIM(to_tuple, "(->tuple xs)", "Tuple of the elements of list `xs`; a tuple is itself. Raises badarg for anything else. (->tuple [1 2]) => #(1 2)")
{
    if (sx_is_tuple(argv[0])) return argv[0];
    int64_t n = sx_list_length(p, argv[0]);
    if (n < 0) return sx_wrong(p, "->tuple: takes a list", argv[0]);
    if (n >= 1 << 24) return sx_error(p, SX_A(system_limit));
    if (!sx_heap_admits(&p->heap, (size_t)n + 1)) return SX_NIL;
    sx_val t = sx_tuple_new(&p->heap, (size_t)n), *at = sx_tuple_elements(t);
    for (sx_val xs = argv[0]; sx_is_cons(xs); xs = sx_tail(xs)) *at++ = sx_head(xs);
    sx_charge(p, (size_t)n / SX_ELEMENTS_PER_REDUCTION);
    return t;
}

SX_PRIM_TABLE(sx_types){&is_nil_prim, &is_boolean_prim, &is_atom_prim, &is_integer_prim, &is_float_prim, &is_number_prim, &is_list_prim,
                        &is_tuple_prim, &is_map_prim, &is_fn_prim, &is_pid_prim, &is_ref_prim, &is_binary_prim, &is_bitstring_prim,
                        &is_true_prim, &is_false_prim, &sx_not_prim, &is_string_prim, &to_integer_prim, &to_float_prim,
                        &parse_integer_prim, &parse_float_prim, &to_atom_prim, &to_tuple_prim, NULL};
