/* hint.c - see hint.h. One search (Near) over candidates from wherever they come: the globals, the exports of modules, the
 * names in front of the place in its own text, the keys of a map.
 * INVARIANT: the same question has the same answer: of equally near names the first in alphabetical order is taken. */
#include "cli/hint.h"
#include "base/utf8.h"
#include "cli/excerpt.h"
#include "cli/sources.h"
#include "value/atom.h"
#include "value/bits.h"
#include "value/map.h"
#include <stdlib.h>

#define NAME_BYTES 128    /* longer names have no near ones */
#define FORM_LINES 200    /* of text in front of the place that are looked through */
#define KEYS_MOST 1000    /* of a map */

/* ---- the nearest name ---- */

typedef struct Near {
    const char *name; /* the wrong one */
    size_t n;
    int most, best;   /* distance: allowed, and that of found */
    char found[NAME_BYTES + 1]; /* empty: none yet */
} Near;

static Near near_to(const char *name, size_t n) { return (Near){.name = name, .n = n, .most = (int)(n / 3), .best = (int)(n / 3)}; }

/* Changes of one letter (insert, delete, replace, swap neighbours) that lead from a to b; above `most` any larger number. */
static int distance(const char *a, size_t n, const char *b, size_t m, int most)
{
    int rows[3][NAME_BYTES + 1];
    if (n > NAME_BYTES || m > NAME_BYTES || abs((int)n - (int)m) > most) return most + 1;
    for (size_t j = 0; j <= m; j++) rows[0][j] = (int)j;
    for (size_t i = 1; i <= n; i++) {
        int *row = rows[i % 3], *above = rows[(i + 2) % 3], *above2 = rows[(i + 1) % 3];
        row[0] = (int)i;
        for (size_t j = 1; j <= m; j++) {
            int best = above[j - 1] + (a[i - 1] != b[j - 1]);
            if (above[j] + 1 < best) best = above[j] + 1;
            if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && above2[j - 2] + 1 < best) best = above2[j - 2] + 1;
            row[j] = best;
        }
    }
    return rows[n % 3][m];
}

static void offer(Near *near, const char *name, size_t n)
{
    if (n == 0 || n > NAME_BYTES || (n == near->n && memcmp(name, near->name, n) == 0)) return;
    int d = distance(near->name, near->n, name, n, near->best);
    if (d > near->best) return;
    char text[NAME_BYTES + 1];
    memcpy(text, name, n);
    text[n] = 0;
    if (d == near->best && near->found[0] != 0 && strcmp(text, near->found) >= 0) return;
    memcpy(near->found, text, n + 1);
    near->best = d;
}

static void offer_atom(Near *near, sx_val atom)
{
    size_t n;
    const char *text = sx_atom_text(atom, &n);
    offer(near, text, n);
}

static void meant(SxBuf *out, const Near *near)
{
    if (near->found[0] != 0) sx_buf_addf(out, "did you mean `%s`?", near->found);
}

/* ---- the text in front of the place ---- */

/* Offer the names that stand between the beginning of the top-level form (a line that begins in column 1) and the place, as
 * far as `wanted` accepts what begins at `at` of the line. */
static void offer_text(Near *near, const SxHintAsk *ask, bool (*wanted)(const char *line, size_t at, size_t n_name))
{
    for (int line = ask->line; line > 0 && line > ask->line - FORM_LINES; line--) {
        size_t begin, n;
        if (!sx_sources_line(ask->source, ask->n_source, line, &begin, &n)) return;
        const char *l = ask->source + begin;
        for (size_t at = 0; at < n;) {
            if (l[at] == (ask->erlang ? '%' : ';')) break;
            size_t n_name = sx_excerpt_token(l, n, at, ask->erlang);
            if (wanted(l, at, n_name)) offer(near, l + at, n_name);
            at += n_name > 0 ? n_name : 1;
        }
        if (n > 0 && (unsigned char)l[0] > ' ' && strchr("%;)}]", l[0]) == NULL) return;
    }
}

static bool wants_symbol(const char *line, size_t at, size_t n_name)
{
    (void)n_name;
    return (unsigned char)line[at] > ' ' && strchr("()[]{}\"'`,;:#^0123456789", line[at]) == NULL;
}

static bool wants_variable(const char *line, size_t at, size_t n_name)
{
    return (line[at] >= 'A' && line[at] <= 'Z') || (line[at] == '_' && n_name > 1);
}

/* Functions of an Erlang module: names in column 1 with a parenthesis behind them. */
static void offer_functions(Near *near, const char *text, size_t n)
{
    for (size_t at = 0; at < n;) {
        const char *newline = memchr(text + at, '\n', n - at);
        size_t end = newline == NULL ? n : (size_t)(newline - text);
        size_t n_name = text[at] >= 'a' && text[at] <= 'z' ? sx_excerpt_token(text + at, end - at, 0, true) : 0;
        if (n_name > 0 && at + n_name < end && text[at + n_name] == '(') offer(near, text + at, n_name);
        at = end + 1;
    }
}

/* The token at the place, and what stands before it; false when the source is not known. */
static bool token_at(const SxHintAsk *ask, const char **token, size_t *n_token, char *before)
{
    size_t begin, n, at = 0;
    uint32_t c;
    if (ask->source == NULL || ask->column <= 0 || !sx_sources_line(ask->source, ask->n_source, ask->line, &begin, &n)) return false;
    const char *l = ask->source + begin;
    for (int point = 1; point < ask->column && at < n; point++) {
        int taken = sx_utf8_decode((const unsigned char *)l + at, n - at, &c);
        at += taken > 0 ? (size_t)taken : 1;
    }
    if (at >= n) return false;
    *token = l + at;
    *n_token = sx_excerpt_token(l, n, at, ask->erlang);
    *before = at > 0 ? l[at - 1] : 0;
    return true;
}

/* ---- SX names ---- */

#define MACRO "%macro:"

/* Globals, without the library's sx/ in front; only functions and macros when one is called. */
static void offer_globals(Near *near, const SxCode *code, bool called)
{
    const SxCell *cell;
    for (uint64_t at = 0; (cell = sx_table_next(&code->cells, &at)) != NULL;) {
        if (cell->value == SX_NONE) continue;
        size_t n, n_macro = strlen(MACRO);
        const char *name = sx_atom_text(cell->name, &n);
        bool macro = n > n_macro && memcmp(name, MACRO, n_macro) == 0;
        if (macro) name += n_macro, n -= n_macro;
        if (called ? !macro && !sx_is_closure(cell->value) : macro) continue;
        if (n > 3 && memcmp(name, "sx/", 3) == 0) name += 3, n -= 3;
        if (name[0] != '%') offer(near, name, n); /* those are inner ones */
    }
}

/* What SX writes for a name that other Lisps have; NULL: nothing. */
static const char *habit(const char *name)
{
    static const struct { const char *name, *right; } habits[] = {
#define FORM(id, form, right, doc)
#define HABIT(form, right)
#define HINT(form, right) {form, right},
#include "lang/forms.def"
#undef FORM
#undef HABIT
#undef HINT
    };
    for (size_t i = 0; i < SX_COUNT(habits); i++)
        if (strcmp(habits[i].name, name) == 0) return habits[i].right;
    return NULL;
}

static void hint_unbound(SxBuf *out, SxRuntime *rt, const SxHintAsk *ask, sx_val name)
{
    size_t n, n_token;
    const char *text = sx_atom_text(name, &n), *token;
    char before = 0;
    Near near = near_to(text, n);
    const char *right = habit(text);
    if (right != NULL) {
        sx_buf_addf(out, "SX has %s", right);
        return;
    }
    bool known = token_at(ask, &token, &n_token, &before);
    if (known && !ask->erlang) offer_text(&near, ask, wants_symbol);
    offer_globals(&near, &rt->code, known && before == '(');
    meant(out, &near);
}

/* ---- functions of modules ---- */

/* m:f/1, m:f/2 ... of the name that exists with other arities. */
static bool other_arities(SxBuf *out, const SxCode *code, sx_val module, sx_val name)
{
    size_t before = out->len;
    for (unsigned arity = 0; arity <= 20; arity++) {
        const SxExport *e = sx_export_find(code, module, name, arity);
        if (e == NULL || e->fn == NULL) continue;
        sx_buf_addf(out, "%s%s:%s/%u", out->len == before ? "there is " : ", ", sx_atom_text(module, NULL), sx_atom_text(name, NULL), arity);
    }
    return out->len > before;
}

static bool not_exported(SxBuf *out, const SxCode *code, sx_val module, sx_val name, unsigned arity)
{
    const SxModule *m = sx_module_find(code, module);
    for (uint32_t i = 0; m != NULL && m->unit != NULL && i < m->unit->n_fns; i++) {
        const SxFn *fn = &m->unit->fns[i];
        if (fn->name != name || fn->max_args != arity || fn->flags & (SX_FN_LAMBDA | SX_FN_EXPORTED)) continue;
        sx_buf_addf(out, "%s has it, but does not export it", sx_atom_text(module, NULL));
        return true;
    }
    return false;
}

static void hint_undef(SxBuf *out, SxRuntime *rt, sx_val top)
{
    if (!sx_is_tuple(top) || sx_tuple_size(top) < 3) return;
    const sx_val *e = sx_tuple_elements(top);
    if (!sx_is_atom(e[0]) || !sx_is_atom(e[1])) return;
    unsigned arity = 0;
    if (sx_is_small(e[2])) arity = (unsigned)sx_small_value(e[2]);
    else
        for (sx_val args = e[2]; sx_is_cons(args); args = sx_tail(args)) arity++;
    if (not_exported(out, &rt->code, e[0], e[1], arity) || other_arities(out, &rt->code, e[0], e[1])) return;
    size_t n_name, n_module;
    const char *name = sx_atom_text(e[1], &n_name), *module = sx_atom_text(e[0], &n_module);
    Near function = near_to(name, n_name), owner = near_to(module, n_module);
    const SxExport *x;
    for (uint64_t at = 0; (x = sx_table_next(&rt->code.exports, &at)) != NULL;) {
        if (x->fn == NULL || x->arity != arity) continue;
        if (x->module == e[0]) offer_atom(&function, x->name);
        else if (x->name == e[1]) offer_atom(&owner, x->module);
    }
    if (function.found[0] != 0) sx_buf_addf(out, "did you mean `%s:%s/%u`?", module, function.found, arity);
    else if (owner.found[0] != 0) sx_buf_addf(out, "did you mean `%s:%s/%u`?", owner.found, name, arity);
}

/* ---- keys ---- */

/* The map among the arguments of the call that missed the key. */
static void hint_badkey(SxBuf *out, sx_val key, sx_val top)
{
    if (!sx_is_atom(key) || !sx_is_tuple(top) || sx_tuple_size(top) < 3) return;
    size_t n;
    const char *text = sx_atom_text(key, &n);
    Near near = near_to(text, n);
    for (sx_val args = sx_tuple_elements(top)[2]; sx_is_cons(args); args = sx_tail(args)) {
        SxMapIter it;
        sx_val k, v;
        if (!sx_is_map(sx_head(args))) continue;
        sx_map_iter_init(&it, sx_head(args));
        for (int i = 0; i < KEYS_MOST && sx_map_iter_next(&it, &k, &v); i++)
            if (sx_is_atom(k)) offer_atom(&near, k);
    }
    meant(out, &near);
}

/* ---- what the Erlang compiler did not find ---- */

static void hint_erlang(SxBuf *out, const SxHintAsk *ask, sx_val told)
{
    const char *token;
    size_t n, n_message = 0;
    char before;
    sx_val message = sx_is_map(told) ? sx_map_get(told, SX_A(message)) : SX_NONE;
    const unsigned char *text = message != SX_NONE && sx_is_bits(message) ? sx_binary_bytes(message, &n_message) : NULL;
    bool variable = strcmp(ask->kind, "unbound") == 0, function = text != NULL && n_message > 9 && memcmp(text, "function ", 9) == 0;
    if ((!variable && !function) || !token_at(ask, &token, &n, &before)) return;
    Near near = near_to(token, n);
    if (variable) offer_text(&near, ask, wants_variable);
    else offer_functions(&near, ask->source, ask->n_source);
    meant(out, &near);
}

void sx_hint(SxBuf *out, SxRuntime *rt, const SxHintAsk *ask)
{
    bool pair = sx_is_tuple(ask->reason) && sx_tuple_size(ask->reason) == 2;
    sx_val tag = pair ? sx_tuple_elements(ask->reason)[0] : ask->reason;
    sx_val value = pair ? sx_tuple_elements(ask->reason)[1] : SX_NONE;
    if (tag == SX_A(unbound) && pair && sx_is_atom(value)) hint_unbound(out, rt, ask, value);
    else if (tag == SX_A(undef)) hint_undef(out, rt, ask->top);
    else if (tag == SX_A(badkey) && pair) hint_badkey(out, value, ask->top);
    else if (tag == SX_A(compile_error) && pair && ask->erlang) hint_erlang(out, ask, value);
}
