/* message.c - see message.h. One row for each reason that the machine raises; anything else is shown as it is. */
#include "cli/message.h"
#include "base/utf8.h"
#include "value/atom.h"
#include "value/bits.h"
#include "value/map.h"
#include "value/print.h"
#include <stdlib.h>

#define VALUE_BYTES 300 /* of a value inside a sentence */
#define NAME_BYTES 128  /* longer names have no near ones */

static void add_value(SxBuf *out, sx_val v) { sx_print(out, v, out->len + VALUE_BYTES); }

static void add_name(SxBuf *out, sx_val atom)
{
    if (!sx_is_atom(atom)) {
        add_value(out, atom);
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

/* `name`, `ns/name`, `module:name/arity` of a frame. */
static void add_function(SxBuf *out, sx_val top)
{
    if (!sx_is_tuple(top) || sx_tuple_size(top) < 3) return;
    const sx_val *f = sx_tuple_elements(top);
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
static void add_arguments(SxBuf *out, sx_val top)
{
    if (!sx_is_tuple(top) || sx_tuple_size(top) < 3 || !sx_is_list(sx_tuple_elements(top)[2])) return;
    sx_buf_add_str(out, " (arguments: ");
    const char *between = "";
    for (sx_val args = sx_tuple_elements(top)[2]; sx_is_cons(args); args = sx_tail(args)) {
        sx_buf_add_str(out, between);
        add_value(out, sx_head(args));
        between = ", ";
    }
    sx_buf_add_char(out, ')');
}

/* ---- sentences ---- */

typedef struct Told {
    SxBuf *out;
    SxRuntime *rt;
    sx_val reason, value, top; /* value: second element of a reason that is a tuple, SX_NONE otherwise */
} Told;

static void tell_value(const Told *t, const char *before)
{
    sx_buf_add_str(t->out, before);
    if (t->value != SX_NONE) add_value(t->out, t->value);
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
    add_arguments(t->out, t->top);
}

/* What the primitive said about its argument, when it was the last that complained. */
static void tell_badarg(const Told *t)
{
    const char *detail = t->rt->sched.detail;
    sx_buf_add_str(t->out, "bad argument");
    if (sx_is_tuple(t->top) && sx_is_list(sx_tuple_elements(t->top)[2])) {
        sx_val name = sx_tuple_elements(t->top)[1];
        size_t n = 0;
        const char *text = sx_is_atom(name) ? sx_atom_text(name, &n) : "";
        sx_buf_add_str(t->out, " of ");
        add_function(t->out, t->top);
        if (n > 0 && strncmp(detail, text, n) == 0 && strncmp(detail + n, ": ", 2) == 0) detail += n + 2; /* it says so itself */
    }
    if (detail[0] != 0) sx_buf_addf(t->out, ": %s", detail);
    add_arguments(t->out, t->top);
}

static void tell_badarith(const Told *t)
{
    sx_buf_add_str(t->out, "bad argument of an arithmetic operation");
    if (sx_is_tuple(t->top) && sx_is_list(sx_tuple_elements(t->top)[2])) {
        sx_buf_add_str(t->out, ": ");
        add_name(t->out, sx_tuple_elements(t->top)[1]);
    }
    add_arguments(t->out, t->top);
}

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
        else add_value(t->out, call[0]);
        sx_buf_addf(t->out, " takes %u", fn->min_args);
        if (fn->flags & SX_FN_REST) sx_buf_add_str(t->out, " or more");
        else if (fn->max_args != fn->min_args) sx_buf_addf(t->out, " to %u", fn->max_args);
    } else add_value(t->out, call[0]);
    sx_buf_addf(t->out, ", was given %zu", n);
}

static void tell_file_error(const Told *t)
{
    const sx_val *parts = sx_tuple_elements(t->reason);
    if (sx_tuple_size(t->reason) < 3) {
        add_value(t->out, t->reason);
        return;
    }
    sx_buf_add_str(t->out, "cannot use file ");
    add_value(t->out, parts[2]);
    sx_buf_add_str(t->out, ": ");
    add_name(t->out, parts[1]);
}

/* #(:compile_error {:message ...}), #(:read_error {:message ...}) */
static void tell_message(const Told *t)
{
    sx_val text = t->value != SX_NONE && sx_is_map(t->value) ? sx_map_get(t->value, SX_A(message)) : SX_NONE;
    if (text == SX_NONE) add_value(t->out, t->reason);
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

void sx_message_of(SxBuf *out, char *kind, size_t n_kind, SxRuntime *rt, sx_val class, sx_val reason, sx_val top)
{
    bool tagged = sx_is_tuple(reason) && sx_tuple_size(reason) > 0 && sx_is_atom(sx_tuple_elements(reason)[0]);
    sx_val tag = tagged ? sx_tuple_elements(reason)[0] : reason;
    Told t = {out, rt, reason, tagged && sx_tuple_size(reason) > 1 ? sx_tuple_elements(reason)[1] : SX_NONE, top};
    set_kind(kind, n_kind, sx_is_atom(tag) ? tag : class);
    if (tag == SX_A(compile_error) && t.value != SX_NONE && sx_is_map(t.value)) { /* says more exactly what kind it is */
        sx_val exact = sx_map_get(t.value, SX_A(kind));
        if (exact != SX_NONE && sx_is_atom(exact)) set_kind(kind, n_kind, exact);
    }
    if (tag == SX_A(read_error)) set_kind(kind, n_kind, sx_atom("syntax"));
    if (tag == sx_atom("file_error")) {
        tell_file_error(&t);
        return;
    }
    for (size_t i = 0; i < SX_COUNT(rows) && class == SX_A(error); i++)
        if (tag == SX_ATOM(rows[i].atom)) {
            rows[i].tell(&t);
            return;
        }
    if (class == SX_A(exit)) sx_buf_add_str(out, "exit: ");
    if (class == SX_A(throw)) sx_buf_add_str(out, "nobody caught: ");
    add_value(out, reason);
}

/* ---- near names ---- */

/* Changes of one letter (insert, delete, replace, swap neighbours) that lead from a to b; above `most` any larger number. */
static int distance(const char *a, size_t n, const char *b, size_t m, int most)
{
    static const size_t width = NAME_BYTES + 1;
    int rows3[3][NAME_BYTES + 1];
    if (n >= width || m >= width || abs((int)n - (int)m) > most) return most + 1;
    for (size_t j = 0; j <= m; j++) rows3[0][j] = (int)j;
    for (size_t i = 1; i <= n; i++) {
        int *row = rows3[i % 3], *above = rows3[(i + 2) % 3], *above2 = rows3[(i + 1) % 3];
        row[0] = (int)i;
        for (size_t j = 1; j <= m; j++) {
            int best = above[j - 1] + (a[i - 1] != b[j - 1]);
            if (above[j] + 1 < best) best = above[j] + 1;
            if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && above2[j - 2] + 1 < best) best = above2[j - 2] + 1;
            row[j] = best;
        }
    }
    return rows3[n % 3][m];
}

bool sx_message_near_name(const SxCode *code, sx_val unbound, SxBuf *out)
{
    if (!sx_is_atom(unbound)) return false;
    size_t n;
    const char *name = sx_atom_text(unbound, &n);
    int most = (int)(n / 3), best = most + 1;
    const char *found = NULL;
    size_t found_n = 0;
    const SxCell *cell;
    for (uint64_t at = 0; (cell = sx_table_next(&code->cells, &at)) != NULL;) {
        if (cell->value == SX_NONE || cell->name == unbound) continue;
        size_t m;
        const char *other = sx_atom_text(cell->name, &m);
        if (m > 3 && memcmp(other, "sx/", 3) == 0) other += 3, m -= 3;
        if (other[0] == '%') continue; /* inner names */
        int d = distance(name, n, other, m, most);
        if (d > best || d > most) continue;
        if (d == best && found != NULL && strcmp(other, found) >= 0) continue; /* the first in order of names, so that it is always the same */
        best = d;
        found = other;
        found_n = m;
    }
    if (found == NULL) return false;
    sx_buf_add(out, found, found_n);
    return true;
}
