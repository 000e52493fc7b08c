/* compile_pattern.c - patterns and clauses: forms to the tree.
 * Owns what a name in a pattern means: it binds anew, unless the same pattern has bound it already further left, then it
 * compares. Bit syntax is compile_bits.c; turning patterns into tests is compile_match.c.
 * INVARIANT: serials rise from left to right, so a pattern that needs variables of others can be tested after them. */
#include "lang/compile_internal.h"

static CcPat anything = {.kind = CC_PAT_ANY};

CcPat *sx_cc_pat(Cc *c, CcPatKind kind)
{
    CcPat *p = sx_cc_zero(c, sizeof *p);
    p->kind = (uint8_t)kind;
    p->serial = ++c->serial;
    return p;
}

static CcPat *constant_pattern(Cc *c, sx_val v)
{
    CcPat *p = sx_cc_pat(c, CC_PAT_CONST);
    p->constant = v;
    return p;
}

static CcPat *pin_pattern(Cc *c, CcNode *value)
{
    if (value->kind == CC_CONST) return constant_pattern(c, value->constant);
    CcPat *p = sx_cc_pat(c, CC_PAT_PIN);
    c->has_late = true;
    p->value = value;
    return p;
}

static CcPat *name_pattern(Cc *c, sx_val symbol)
{
    sx_val name = sx_symbol_name(symbol), module, function;
    if (name == SX_A(underscore)) return sx_cc_pat(c, CC_PAT_ANY);
    CcVar *old = sx_cc_lookup(c, name);
    if (old && old->pattern == c->pattern) return pin_pattern(c, sx_cc_name_form(c, symbol)); /* the same name twice: equal */
    if (name == SX_A(amp)) return sx_cc_error(c, "pattern", "`&` stands before the tail of a list pattern: [a b & t]");
    if (sx_cc_remote_name(symbol, &module, &function)) return sx_cc_error(c, "pattern", "`%s` cannot be bound; a name has no colon", sx_cc_text(name));
    CcPat *p = sx_cc_pat(c, CC_PAT_VAR);
    p->var = sx_cc_var(c, name, CC_VAR_LOCAL);
    p->var->pattern = c->pattern;
    sx_cc_bind_name(c, name, p->var);
    return p;
}

/* ^x: a variable that is bound, or a global that is defined. */
static CcNode *pinned_value(Cc *c, sx_val form)
{
    sx_val symbol = sx_cc_length(form) == 2 ? sx_head(sx_tail(form)) : SX_NIL;
    if (!sx_is_symbol(symbol)) return sx_cc_error(c, "pattern", "^ stands before a name: ^x");
    sx_val name = sx_symbol_name(symbol);
    if (!sx_cc_lookup(c, name)) {
        const CcGlobal *g = sx_cc_global(c, name, -1, false);
        const SxCell *cell = c->failed || g->full == SX_NONE ? NULL : sx_cell_find(c->code, g->full);
        if (!cell || cell->value == SX_NONE) return sx_cc_error(c, "pattern", "^%s compares with the value that `%s` has, and nothing of that name is bound here", sx_cc_text(name), sx_cc_text(name));
    }
    return sx_cc_name_form(c, symbol);
}

/* The patterns of a list of forms, up to a form `&` when `amp` is given: then *amp is the rest from there on. */
static CcPat **pattern_list(Cc *c, sx_val forms, uint32_t *n, sx_val *amp)
{
    uint32_t count = 0;
    sx_val at = forms;
    for (; sx_is_cons(at) && !(amp && sx_cc_is_symbol(sx_head(at), SX_A(amp))); at = sx_tail(at)) count++;
    if (amp) *amp = at;
    CcPat **items = sx_cc_alloc(c, (count + 1) * sizeof *items);
    for (uint32_t i = 0; i < count; i++, forms = sx_tail(forms)) items[i] = sx_cc_pattern(c, sx_head(forms));
    *n = count;
    return items;
}

static CcPat *list_pattern(Cc *c, sx_val form)
{
    uint32_t n;
    sx_val amp;
    CcPat **items = pattern_list(c, sx_tail(form), &n, &amp), *p;
    if (sx_is_cons(amp)) {
        if (!sx_is_cons(sx_tail(amp)) || sx_tail(sx_tail(amp)) != SX_EMPTY) return sx_cc_error(c, "pattern", "one pattern, for the tail, stands behind &: [a b & t]");
        p = sx_cc_pattern(c, sx_head(sx_tail(amp)));
    } else {
        p = constant_pattern(c, SX_EMPTY);
    }
    while (n-- > 0) {
        CcPat *head = items[n], *tail = p;
        if (head->kind == CC_PAT_CONST && tail->kind == CC_PAT_CONST) {
            p = constant_pattern(c, sx_cons(c->heap, head->constant, tail->constant));
        } else {
            p = sx_cc_pat(c, CC_PAT_CONS);
            p->pair.a = head;
            p->pair.b = tail;
        }
    }
    return p;
}

static CcPat *tuple_pattern(Cc *c, sx_val form)
{
    uint32_t n;
    CcPat **items = pattern_list(c, sx_tail(form), &n, NULL);
    if (n > UINT16_MAX) return sx_cc_error(c, "limit", "a tuple pattern has at most %d elements", UINT16_MAX);
    bool constant = true;
    for (uint32_t i = 0; i < n; i++) constant = constant && items[i]->kind == CC_PAT_CONST;
    if (constant) {
        sx_val t = sx_tuple_new(c->heap, n);
        for (uint32_t i = 0; i < n; i++) sx_tuple_elements(t)[i] = items[i]->constant;
        return constant_pattern(c, t);
    }
    CcPat *p = sx_cc_pat(c, CC_PAT_TUPLE);
    p->tuple.items = items;
    p->tuple.n = n;
    return p;
}

/* A key: a literal, ^name, or a guard expression over what is bound. */
static CcNode *map_key(Cc *c, sx_val form)
{
    if (sx_cc_head(c, form) == CC_FORM_pin) return pinned_value(c, form);
    if (sx_is_symbol(form) && !sx_cc_lookup(c, sx_symbol_name(form)))
        return sx_cc_error(c, "pattern", "`%s` is no key: keys of a map pattern are literals, as in {:%s x}, or ^name", sx_cc_text(sx_symbol_name(form)),
                           sx_cc_text(sx_symbol_name(form)));
    return sx_cc_guard_form(c, form);
}

static CcPat *map_pattern(Cc *c, sx_val form)
{
    sx_val rest = sx_tail(form);
    int64_t n = sx_cc_length(rest);
    if (n % 2) return sx_cc_error(c, "pattern", "a map pattern has keys and patterns in pairs: {:a x :b y}");
    CcPat *p = sx_cc_pat(c, CC_PAT_MAP);
    p->map.n = (uint32_t)(n / 2);
    p->map.items = sx_cc_alloc(c, p->map.n * sizeof *p->map.items);
    p->map.keys = sx_cc_alloc(c, p->map.n * sizeof *p->map.keys);
    for (uint32_t i = 0; i < p->map.n; i++) {
        CcNode *key = map_key(c, sx_head(rest));
        rest = sx_tail(rest);
        if (c->failed) return NULL;
        p->map.keys[i] = key;
        p->map.items[i] = sx_cc_pattern(c, sx_head(rest));
        rest = sx_tail(rest);
        if (key->kind != CC_CONST) p->late = c->has_late = true;
    }
    return p;
}

static CcPat *alias_pattern(Cc *c, sx_val form, int64_t n)
{
    if (n != 3) return sx_cc_error(c, "pattern", "an alias is (= pattern pattern), as in (= whole [first & _])");
    CcPat *p = sx_cc_pat(c, CC_PAT_ALIAS);
    p->pair.a = sx_cc_pattern(c, sx_head(sx_tail(form)));
    p->pair.b = sx_cc_pattern(c, sx_head(sx_tail(sx_tail(form))));
    return p;
}

static CcPat *compound_pattern(Cc *c, sx_val form)
{
    int64_t n = sx_cc_length(form);
    if (n < 0) return sx_cc_error(c, "pattern", "a pattern has to be a proper list");
    switch (sx_cc_head(c, form)) {
    case CC_FORM_quote: return n == 2 ? constant_pattern(c, sx_cc_quote(c, sx_head(sx_tail(form)))) : (CcPat *)sx_cc_shape(c, CC_FORM_quote);
    case CC_FORM_list: return list_pattern(c, form);
    case CC_FORM_tuple: return tuple_pattern(c, form);
    case CC_FORM_map: return map_pattern(c, form);
    case CC_FORM_bin: return sx_cc_bin_pattern(c, form);
    case CC_FORM_pin: {
        CcNode *value = pinned_value(c, form);
        return c->failed ? NULL : pin_pattern(c, value);
    }
    default: break;
    }
    sx_val head = sx_head(form);
    if (sx_is_symbol(head) && sx_symbol_name(head) == c->a_equal) return alias_pattern(c, form, n);
    return sx_cc_error(c, "pattern", "(%s ...) is no pattern; patterns are names, literals, [a & t], #(a b), {:key p}, (bin ...), (= p p), 'data and ^name",
                       sx_is_symbol(head) ? sx_cc_text(sx_symbol_name(head)) : "...");
}

CcPat *sx_cc_pattern(Cc *c, sx_val form)
{
    if (c->failed) return &anything;
    if (sx_is_cons(form) && c->depth == SX_COMPILE_MAX_DEPTH) sx_cc_error(c, "limit", "forms are nested more than %d deep", SX_COMPILE_MAX_DEPTH);
    if (++c->n_parts > CC_MAX_PARTS) sx_cc_error(c, "limit", "the form has more than %d parts", CC_MAX_PARTS);
    if (c->failed) return &anything;
    CcPos here = c->pos;
    sx_cc_place(c, form);
    c->depth++;
    CcPat *p = sx_is_symbol(form) ? name_pattern(c, form) : sx_is_cons(form) ? compound_pattern(c, form) : constant_pattern(c, form);
    c->depth--;
    c->pos = here;
    return p ? p : &anything;
}

/* ---- clauses ---- */

CcMatch *sx_cc_match_new(Cc *c, uint32_t n_clauses, uint32_t n_columns)
{
    CcMatch *m = sx_cc_alloc(c, sizeof *m);
    m->clauses = sx_cc_zero(c, (n_clauses + 1) * sizeof *m->clauses);
    m->n_clauses = n_clauses;
    m->n_columns = n_columns;
    return m;
}

/* The `:when g` parts at the front of *rest. One that is always true leaves none. */
static void guards(Cc *c, CcClause *clause, sx_val *rest)
{
    sx_val when = c->a_when, at = *rest;
    uint32_t n = 0;
    for (; sx_is_cons(at) && sx_head(at) == when && sx_is_cons(sx_tail(at)); at = sx_tail(sx_tail(at))) n++;
    if (sx_is_cons(at) && sx_head(at) == when) sx_cc_error(c, "guard", "a guard stands behind :when");
    if (n == 0 || c->failed) return;
    clause->guards = sx_cc_alloc(c, n * sizeof *clause->guards);
    bool always = false;
    for (uint32_t i = 0; i < n; i++) {
        CcNode *g = sx_cc_guard_form(c, sx_head(sx_tail(*rest)));
        *rest = sx_tail(sx_tail(*rest));
        if (g->kind == CC_CONST && sx_is_true(g->constant)) always = true;
        clause->guards[clause->n_guards++] = g;
    }
    if (always) clause->n_guards = 0;
}

CcClause *sx_cc_clause(Cc *c, sx_val form, const char *what, int64_t n_args)
{
    CcPos here = c->pos;
    sx_cc_place(c, form);
    if (sx_cc_length(form) < 2) {
        if (sx_cc_length(form) == 1) return sx_cc_error(c, "syntax", "this clause of %s has no body: (pattern body ...)", what);
        return sx_cc_error(c, "syntax", "a clause of %s is a pattern and a body in parentheses: (pattern :when guard body ...)", what);
    }
    uint32_t mark = sx_cc_scope(c), outer = c->pattern;
    bool outer_late = c->has_late;
    c->has_late = false;
    CcClause *clause = sx_cc_zero(c, sizeof *clause);
    clause->pos = c->pos;
    clause->pattern = c->pattern = ++c->n_patterns;
    sx_val first = sx_head(form), rest = sx_tail(form);
    uint32_t n = n_args < 0 ? 1 : (uint32_t)n_args;
    clause->pats = sx_cc_alloc(c, (n + 1) * sizeof *clause->pats);
    if (n_args < 0) clause->pats[0] = sx_cc_pattern(c, first);
    else
        for (uint32_t i = 0; i < n; i++, first = sx_tail(first)) clause->pats[i] = sx_cc_pattern(c, sx_head(first));
    c->pattern = outer;
    clause->has_late = c->has_late;
    c->has_late = outer_late;
    guards(c, clause, &rest);
    if (!c->failed) clause->body = sx_cc_body(c, rest, "this clause");
    sx_cc_unscope(c, mark);
    c->pos = here;
    return c->failed ? NULL : clause;
}
