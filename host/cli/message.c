/* message.c - see message.h. One row for each reason that the machine raises; anything else is shown as it is. */
#include "cli/message.h"
#include "base/utf8.h"
#include "value/atom.h"
#include "value/bits.h"
#include "value/map.h"
#include "value/print.h"
#include <stdio.h>

#define VALUE_BYTES 300 /* of a value inside a sentence */

static void add_value_as(SxBuf *out, sx_val v, bool erlang)
{
    if (erlang) sx_print_erlang(out, v, out->len + VALUE_BYTES);
    else sx_print(out, v, out->len + VALUE_BYTES);
}

static void add_name(SxBuf *out, sx_val atom)
{
    if (!sx_is_atom(atom)) {
        add_value_as(out, atom, false);
        return;
    }
    size_t n;
    const char *text = sx_atom_text(atom, &n);
    sx_buf_add(out, text, n);
}

static void add_text(SxBuf *out, sx_val v)
{
    size_t n;
    const unsigned char *bytes = sx_is_bits(v) ? sx_binary_bytes(v, &n) : NULL;
    if (bytes == NULL) add_name(out, v);
    else sx_buf_add(out, bytes, n);
}

static size_t list_length(sx_val list)
{
    size_t n = 0;
    for (; sx_is_cons(list); list = sx_tail(list)) n++;
    return n;
}

/* `name`, `ns/name`, `module:name/arity` of a frame; one without a name is that of the place. */
static void add_function(SxBuf *out, sx_val top)
{
    if (!sx_is_tuple(top) || sx_tuple_size(top) < 3) return;
    const sx_val *f = sx_tuple_elements(top);
    if (f[1] == SX_A(empty)) {
        sx_buf_add_str(out, "this function");
        return;
    }
    bool lisp = f[0] == SX_A(empty) || f[0] == SX_A(sx) || f[0] == SX_NIL || strchr(sx_is_atom(f[0]) ? sx_atom_text(f[0], NULL) : "", '/') != NULL;
    if (!lisp) {
        add_name(out, f[0]);
        sx_buf_add_char(out, ':');
    } else if (f[0] != SX_A(empty) && f[0] != SX_A(sx) && f[0] != SX_NIL) {
        add_name(out, f[0]);
        sx_buf_add_char(out, '/');
    }
    add_name(out, f[1]);
    if (!lisp) sx_buf_addf(out, "/%lld", sx_is_small(f[2]) ? (long long)sx_small_value(f[2]) : (long long)list_length(f[2]));
}

/* The arguments of a frame, when it has them. */
static void add_arguments(SxBuf *out, sx_val top, bool erlang)
{
    if (!sx_is_tuple(top) || sx_tuple_size(top) < 3 || !sx_is_list(sx_tuple_elements(top)[2])) return;
    sx_buf_add_str(out, " (arguments: ");
    const char *between = "";
    for (sx_val args = sx_tuple_elements(top)[2]; sx_is_cons(args); args = sx_tail(args)) {
        sx_buf_add_str(out, between);
        add_value_as(out, sx_head(args), erlang);
        between = ", ";
    }
    sx_buf_add_char(out, ')');
}

/* ---- sentences ---- */

typedef struct Told {
    SxBuf *out;
    const char *cause;
    bool erlang;
    sx_val reason, value, top; /* value: second element of a reason that is a tuple, SX_NONE otherwise */
} Told;

static void add_value(const Told *t, sx_val v) { add_value_as(t->out, v, t->erlang); }

static void tell_value(const Told *t, const char *before)
{
    sx_buf_add_str(t->out, before);
    if (t->value != SX_NONE) add_value(t, t->value);
}

static void tell_unbound(const Told *t)
{
    sx_buf_add_str(t->out, "undefined symbol `");
    add_name(t->out, t->value);
    sx_buf_add_char(t->out, '`');
}
static void tell_undef(const Told *t)
{
    sx_buf_add_str(t->out, "undefined function ");
    add_function(t->out, t->top);
}
static void tell_badmatch(const Told *t) { tell_value(t, "the pattern does not fit the value "); }
static void tell_case_clause(const Told *t) { tell_value(t, "no clause fits the value "); }
static void tell_try_clause(const Told *t) { tell_value(t, "no `of` clause fits the value "); }
static void tell_if_clause(const Told *t) { sx_buf_add_str(t->out, "no clause of `if` is true"); }
static void tell_badmap(const Told *t) { tell_value(t, "expected a map, got "); }
static void tell_badkey(const Told *t) { tell_value(t, "the map has no key "); }
static void tell_badrecord(const Told *t) { tell_value(t, "not the record that was expected: "); }
static void tell_badopt(const Told *t) { tell_value(t, "unknown option "); }
static void tell_badfun(const Told *t) { tell_value(t, "expected a function to call, got "); }
static void tell_noproc(const Told *t) { tell_value(t, "there is no such process "); }
static void tell_bad_generator(const Told *t) { tell_value(t, "a generator walks a list, got "); }
static void tell_bad_filter(const Told *t) { tell_value(t, "a filter is true or false, got "); }
static void tell_interrupted(const Told *t) { sx_buf_add_str(t->out, "interrupted"); }
static void tell_system_limit(const Told *t) { sx_buf_add_str(t->out, "a limit of the system was reached"); }
static void tell_max_heap(const Told *t) { sx_buf_add_str(t->out, "the process passed its memory limit (max_heap_size)"); }

static void tell_function_clause(const Told *t)
{
    sx_buf_add_str(t->out, "no clause of ");
    add_function(t->out, t->top);
    sx_buf_add_str(t->out, " fits");
    add_arguments(t->out, t->top, t->erlang);
}

/* ---- bad arguments ---- */

typedef enum Shape { ATOM, LIST, TUPLE, MAP, BINARY, BITS, INTEGER, NUMBER, FLOAT, FUNCTION, PID, REF, SYMBOL, UNKNOWN } Shape;

/* The words by which primitives say what they take; longer ones in front of their beginnings. */
static const struct { const char *words; Shape shape; } shapes[] = {
    {"an atom", ATOM}, {"a name", ATOM}, {"a list", LIST}, {"a proper list", LIST}, {"lists", LIST}, {"a tuple", TUPLE}, {"a map", MAP}, {"a binary", BINARY},
    {"a bitstring", BITS}, {"an integer", INTEGER}, {"an index", INTEGER}, {"a position", INTEGER}, {"a number", NUMBER}, {"a float", FLOAT}, {"a function", FUNCTION},
    {"a pid", PID}, {"a reference", REF}, {"a symbol", SYMBOL},
};

static bool has_shape(sx_val v, Shape shape)
{
    switch (shape) {
    case ATOM: return sx_is_atom(v);
    case LIST: return sx_is_list(v);
    case TUPLE: return sx_is_tuple(v);
    case MAP: return sx_is_map(v);
    case BINARY: return sx_bits_is_binary(v);
    case BITS: return sx_is_bits(v);
    case INTEGER: return sx_is_number(v) && !sx_is_float(v);
    case NUMBER: return sx_is_number(v);
    case FLOAT: return sx_is_float(v);
    case FUNCTION: return sx_is_closure(v);
    case PID: return sx_is_pid(v);
    case REF: return sx_is_ref(v);
    case SYMBOL: return sx_is_symbol(v);
    default: return true;
    }
}

/* Of "a binary, an index and a list": one after the other. Answers how long the first is, with what divides it from the next in
 * *n_between. An alternative ("a pid or a name") is one wish. */
static size_t one_wish(const char *wishes, size_t *n_between)
{
    for (size_t i = 0; wishes[i] != 0; i++) {
        *n_between = strncmp(wishes + i, ", ", 2) == 0 ? 2 : strncmp(wishes + i, " and ", 5) == 0 ? 5 : 0;
        if (*n_between == 2 && strncmp(wishes + i, ", and ", 6) == 0) *n_between = 6;
        if (*n_between > 0 && strncmp(wishes + i, ", or ", 5) != 0) return i;
    }
    *n_between = 0;
    return strlen(wishes);
}

static Shape shape_of(const char *wish, size_t n)
{
    if (memmem(wish, n, " or ", 4) != NULL) return UNKNOWN;
    for (size_t i = 0; i < SX_COUNT(shapes); i++) {
        size_t m = strlen(shapes[i].words);
        if (m <= n && memcmp(wish, shapes[i].words, m) == 0 && (m == n || wish[m] == ' ')) return shapes[i].shape;
    }
    return UNKNOWN;
}

#define GOT ", got " /* some primitives say which value it was */

static void tell_wish(const Told *t, int number, const char *wish, size_t n_wish, sx_val got)
{
    sx_buf_addf(t->out, ": argument %d must be %.*s, got ", number, (int)n_wish, wish);
    add_value(t, got);
}

/* Number of the argument that prints as `text`, 0 when none does. */
static int argument_printed_as(sx_val args, const char *text)
{
    int found = 0;
    SxBuf shown = SX_BUF_INIT;
    for (int number = 1; found == 0 && sx_is_cons(args); args = sx_tail(args), number++) {
        shown.len = 0;
        sx_print(&shown, sx_head(args), VALUE_BYTES);
        if (shown.len == strlen(text) && memcmp(shown.data, text, shown.len) == 0) found = number;
    }
    sx_buf_deinit(&shown);
    return found;
}

/* "takes an atom and a list", "takes a string as separator, got 5" of a primitive: says which argument is not that. False when
 * that cannot be seen. */
static bool tell_taken(const Told *t, const char *wishes)
{
    sx_val args = sx_tuple_elements(t->top)[2];
    const char *got = strstr(wishes, GOT);
    size_t n_all = got == NULL ? strlen(wishes) : (size_t)(got - wishes);
    int number = list_length(args) == 1 ? 1 : got != NULL ? argument_printed_as(args, got + strlen(GOT)) : 0;
    if (number > 0) {
        for (int i = 1; i < number; i++) args = sx_tail(args);
        tell_wish(t, number, wishes, n_all, sx_head(args));
        return true;
    }
    for (number = 1; sx_is_cons(args) && got == NULL; args = sx_tail(args), number++) {
        size_t n_between, n = one_wish(wishes, &n_between);
        if (!has_shape(sx_head(args), shape_of(wishes, n))) {
            tell_wish(t, number, wishes, n, sx_head(args));
            return true;
        }
        if (n_between == 0) return false;
        wishes += n + n_between;
    }
    return false;
}

/* What the primitive said about its argument. */
static void tell_badarg(const Told *t)
{
    const char *cause = t->cause;
    sx_buf_add_str(t->out, "bad argument");
    bool called = sx_is_tuple(t->top) && sx_is_list(sx_tuple_elements(t->top)[2]);
    if (called) {
        sx_val name = sx_tuple_elements(t->top)[1];
        size_t n = 0;
        const char *text = sx_is_atom(name) ? sx_atom_text(name, &n) : "";
        sx_buf_add_str(t->out, " of ");
        add_function(t->out, t->top);
        if (n > 0 && strncmp(cause, text, n) == 0 && strncmp(cause + n, ": ", 2) == 0) cause += n + 2; /* it says so itself */
        if (strncmp(cause, "takes ", 6) == 0 && tell_taken(t, cause + 6)) return;
    }
    if (cause[0] != 0) sx_buf_addf(t->out, ": %s", cause);
    add_arguments(t->out, t->top, t->erlang);
}

static bool is_zero(sx_val v) { return v == sx_small(0) || (sx_is_float(v) && sx_float_value(v) == 0); }

/* Operators that are calls say which operand it was; sums say it as their cause. */
static void tell_badarith(const Told *t)
{
    sx_buf_add_str(t->out, "bad argument of an arithmetic operation");
    if (t->cause[0] != 0) {
        sx_buf_addf(t->out, ": %s", t->cause);
        return;
    }
    if (!sx_is_tuple(t->top) || !sx_is_list(sx_tuple_elements(t->top)[2])) return;
    sx_val args = sx_tuple_elements(t->top)[2];
    if (list_length(args) == 2 && sx_is_number(sx_head(args)) && is_zero(sx_head(sx_tail(args)))) {
        sx_buf_add_str(t->out, ": division by zero");
        add_arguments(t->out, t->top, t->erlang);
        return;
    }
    for (int number = 1; sx_is_cons(args); args = sx_tail(args), number++)
        if (!sx_is_number(sx_head(args))) {
            sx_buf_addf(t->out, ": argument %d of `", number);
            add_name(t->out, sx_tuple_elements(t->top)[1]);
            sx_buf_add_str(t->out, "` must be a number, got ");
            add_value(t, sx_head(args));
            return;
        }
    sx_buf_add_str(t->out, ": ");
    add_name(t->out, sx_tuple_elements(t->top)[1]);
    add_arguments(t->out, t->top, t->erlang);
}

/* ---- the others ---- */

static void tell_badarity(const Told *t)
{
    if (!sx_is_tuple(t->value) || sx_tuple_size(t->value) != 2) {
        tell_value(t, "wrong number of arguments: ");
        return;
    }
    const sx_val *call = sx_tuple_elements(t->value);
    size_t n = list_length(call[1]);
    sx_buf_add_str(t->out, "wrong number of arguments: ");
    if (sx_is_closure(call[0])) {
        const SxFn *fn = (const SxFn *)(uintptr_t)sx_ptr(call[0])[1];
        if (sx_is_bits(fn->usage)) add_text(t->out, fn->usage);
        else add_value(t, call[0]);
        sx_buf_addf(t->out, " takes %u", fn->min_args);
        if (fn->flags & SX_FN_REST) sx_buf_add_str(t->out, " or more");
        else if (fn->max_args != fn->min_args) sx_buf_addf(t->out, " to %u", fn->max_args);
    } else add_value(t, call[0]);
    sx_buf_addf(t->out, ", was given %zu", n);
}

static void tell_file_error(const Told *t)
{
    const sx_val *parts = sx_tuple_elements(t->reason);
    if (sx_tuple_size(t->reason) < 3) {
        add_value(t, t->reason);
        return;
    }
    sx_buf_add_str(t->out, "cannot use file ");
    add_value(t, parts[2]);
    sx_buf_add_str(t->out, ": ");
    add_name(t->out, parts[1]);
}

static void tell_http_listen(const Told *t)
{
    if (t->value == sx_atom("eaddrinuse")) sx_buf_add_str(t->out, "cannot listen: another program has that port (port 0 is any free one)");
    else if (t->value == sx_atom("eacces")) sx_buf_add_str(t->out, "cannot listen: that port is not for this user");
    else tell_value(t, "cannot listen: ");
}

static void tell_bad_response(const Told *t)
{
    tell_value(t, "a handler answered ");
    sx_buf_add_str(t->out, t->erlang ? "; it answers a binary, or #{status => 200, headers => #{<<\"name\">> => <<\"value\">>}, body => Text}"
                                     : "; it answers a string, or {:status 200 :headers {\"name\" \"value\"} :body text}");
}

/* #(:compile_error {:message ...}), #(:read_error {:message ...}) */
static void tell_message(const Told *t)
{
    sx_val text = t->value != SX_NONE && sx_is_map(t->value) ? sx_map_get(t->value, SX_A(message)) : SX_NONE;
    if (text == SX_NONE) add_value(t, t->reason);
    else add_text(t->out, text);
}

typedef struct Row {
    uint32_t atom;
    void (*tell)(const Told *t);
} Row;
static const Row rows[] = {
    {SX_ATOM_INDEX_unbound, tell_unbound}, {SX_ATOM_INDEX_undef, tell_undef}, {SX_ATOM_INDEX_badmatch, tell_badmatch},
    {SX_ATOM_INDEX_case_clause, tell_case_clause}, {SX_ATOM_INDEX_try_clause, tell_try_clause}, {SX_ATOM_INDEX_if_clause, tell_if_clause},
    {SX_ATOM_INDEX_function_clause, tell_function_clause}, {SX_ATOM_INDEX_badarg, tell_badarg}, {SX_ATOM_INDEX_badarith, tell_badarith},
    {SX_ATOM_INDEX_badarity, tell_badarity}, {SX_ATOM_INDEX_badfun, tell_badfun}, {SX_ATOM_INDEX_badmap, tell_badmap},
    {SX_ATOM_INDEX_badkey, tell_badkey}, {SX_ATOM_INDEX_badrecord, tell_badrecord}, {SX_ATOM_INDEX_badopt, tell_badopt},
    {SX_ATOM_INDEX_noproc, tell_noproc}, {SX_ATOM_INDEX_bad_generator, tell_bad_generator}, {SX_ATOM_INDEX_bad_filter, tell_bad_filter},
    {SX_ATOM_INDEX_interrupted, tell_interrupted}, {SX_ATOM_INDEX_system_limit, tell_system_limit}, {SX_ATOM_INDEX_max_heap_size, tell_max_heap},
    {SX_ATOM_INDEX_compile_error, tell_message}, {SX_ATOM_INDEX_read_error, tell_message},
};

static void set_kind(char *kind, size_t n_kind, sx_val atom)
{
    size_t n;
    const char *text = sx_atom_text(atom, &n);
    if (n >= n_kind) n = n_kind - 1;
    memcpy(kind, text, n);
    kind[n] = 0;
}

static void find_kind(char *kind, size_t n_kind, sx_val class, sx_val tag, sx_val value)
{
    set_kind(kind, n_kind, sx_is_atom(tag) ? tag : class);
    if (tag == SX_A(compile_error) && value != SX_NONE && sx_is_map(value)) { /* says more exactly what kind it is */
        sx_val exact = sx_map_get(value, SX_A(kind));
        if (exact != SX_NONE && sx_is_atom(exact)) set_kind(kind, n_kind, exact);
    }
    if (tag == SX_A(read_error)) set_kind(kind, n_kind, sx_atom("syntax"));
}

/* A call of a server that failed for an atom's reason. */
static void tell_failed_call(SxBuf *out, const SxMessageAsk *ask)
{
    add_value_as(out, ask->server, ask->erlang);
    if (ask->reason == SX_A(noproc)) sx_buf_add_str(out, " cannot be called: there is no such process");
    else if (ask->reason == SX_A(timeout)) sx_buf_add_str(out, " did not answer in time");
    else if (ask->reason == SX_A(normal)) sx_buf_add_str(out, " ended before it answered");
    else {
        sx_buf_add_str(out, " ended before it answered: ");
        add_value_as(out, ask->reason, ask->erlang);
    }
}

void sx_message_of(SxBuf *out, char *kind, size_t n_kind, const SxMessageAsk *ask)
{
    sx_val reason = ask->reason;
    bool tagged = sx_is_tuple(reason) && sx_tuple_size(reason) > 0 && sx_is_atom(sx_tuple_elements(reason)[0]);
    sx_val tag = tagged ? sx_tuple_elements(reason)[0] : reason;
    Told t = {.out = out, .cause = ask->cause == NULL ? "" : ask->cause, .erlang = ask->erlang, .reason = reason, .top = ask->top};
    t.value = tagged && sx_tuple_size(reason) > 1 ? sx_tuple_elements(reason)[1] : SX_NONE;
    find_kind(kind, n_kind, ask->class, tag, t.value);
    if (ask->server != SX_NONE && ask->class == SX_A(exit)) {
        tell_failed_call(out, ask);
        return;
    }
    if (ask->server != SX_NONE) {
        add_value(&t, ask->server);
        sx_buf_add_str(out, " failed while it was called: ");
    }
    static const struct { const char *tag; void (*tell)(const Told *t); } others[] = {
        {"file_error", tell_file_error}, {"http_listen", tell_http_listen}, {"bad_response", tell_bad_response}};
    for (size_t i = 0; i < SX_COUNT(others); i++)
        if (tagged && tag == sx_atom(others[i].tag)) {
            others[i].tell(&t);
            return;
        }
    for (size_t i = 0; i < SX_COUNT(rows) && ask->class == SX_A(error); i++)
        if (tag == SX_ATOM(rows[i].atom)) {
            rows[i].tell(&t);
            return;
        }
    if (ask->class == SX_A(error) && reason == sx_atom("stalled")) {
        sx_buf_add_str(out, "everything waits for good: there is no timer, no descriptor and no listener that could wake anybody");
        return;
    }
    if (ask->class == SX_A(exit)) sx_buf_add_str(out, "exit: ");
    if (ask->class == SX_A(throw)) sx_buf_add_str(out, "nobody caught: ");
    add_value(&t, reason);
}
