/* compile_form.c - forms to the tree: which core form it is, constructors and control; shapes are checked, constants folded.
 * Does not read names and calls (compile_call.c), functions (compile_fn.c), patterns (compile_pattern.c), bit syntax
 * (compile_bits.c), definitions and modules (compile_module.c).
 * INVARIANT: any term may come as a form. What is not understood is an error with the right form, never a crash; a node is
 * never NULL, after an error it is one without meaning. */
#include "lang/compile_internal.h"
#include "value/map.h"

static CcNode nothing = {.kind = CC_CONST, .constant = SX_NIL};

/* ---- small helpers ---- */

int64_t sx_cc_length(sx_val list)
{
    int64_t n = 0;
    for (; sx_is_cons(list); list = sx_tail(list)) n++;
    return list == SX_EMPTY ? n : -1;
}

bool sx_cc_is_symbol(sx_val v, sx_val name) { return sx_is_symbol(v) && sx_symbol_name(v) == name; }

CcFormId sx_cc_head(const Cc *c, sx_val form)
{
    return sx_is_cons(form) && sx_is_symbol(sx_head(form)) ? sx_cc_form_id(c, sx_symbol_name(sx_head(form))) : CC_FORM_NONE;
}

CcNode *sx_cc_node(Cc *c, CcNodeKind kind, unsigned flags)
{
    CcNode *n = sx_cc_zero(c, sizeof *n);
    n->kind = (uint8_t)kind;
    n->flags = (uint8_t)flags;
    n->pos = c->pos;
    return n;
}

CcNode *sx_cc_const(Cc *c, sx_val v)
{
    unsigned copied = c->options->transient && sx_is_pointer(v) ? CC_SAFE_POINT : 0; /* see sx_cc_load */
    CcNode *n = sx_cc_node(c, CC_CONST, copied | (v == SX_TRUE || v == SX_FALSE ? CC_BOOLEAN : 0));
    n->constant = v;
    return n;
}

CcNode *sx_cc_shape(Cc *c, CcFormId id) { return sx_cc_error(c, "syntax", "the right form is %s", sx_cc_right_form(id)); }

CcNode **sx_cc_args(Cc *c, sx_val forms, uint32_t *n, unsigned *flags)
{
    int64_t count = sx_cc_length(forms);
    if (count < 0) count = 0, sx_cc_error(c, "syntax", "a form has to be a proper list");
    CcNode **args = sx_cc_alloc(c, (size_t)(count + 1) * sizeof *args); /* one more: a list's tail */
    *n = (uint32_t)count;
    for (uint32_t i = 0; i < *n; i++, forms = sx_tail(forms)) {
        args[i] = c->failed ? &nothing : sx_cc_form(c, sx_head(forms));
        *flags |= args[i]->flags & CC_EFFECTS;
    }
    return args;
}

CcNode *sx_cc_body(Cc *c, sx_val forms, const char *what)
{
    if (!sx_is_cons(forms)) {
        if (what) return sx_cc_error(c, "syntax", "%s has no body", what), &nothing;
        return sx_cc_const(c, SX_NIL);
    }
    if (sx_tail(forms) == SX_EMPTY) return sx_cc_form(c, sx_head(forms));
    CcNode *n = sx_cc_node(c, CC_DO, 0);
    unsigned flags = 0;
    n->seq.items = sx_cc_args(c, forms, &n->seq.n, &flags);
    n->flags = (uint8_t)(flags | (n->seq.items[n->seq.n - 1]->flags & CC_BOOLEAN));
    return n;
}

/* ---- constructors ---- */

static bool all_constant(CcNode **args, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (args[i]->kind != CC_CONST) return false;
    return true;
}

/* The constants of args as an array in the arena. */
static sx_val *constants(Cc *c, CcNode **args, uint32_t n)
{
    sx_val *v = sx_cc_alloc(c, n * sizeof *v);
    for (uint32_t i = 0; i < n; i++) v[i] = args[i]->constant;
    return v;
}

static CcNode *list_form(Cc *c, sx_val form)
{
    unsigned flags = CC_SAFE_POINT;
    uint32_t n = 0;
    CcNode **args = NULL, *tail = NULL;
    sx_val rest = sx_tail(form), amp = rest;
    while (sx_is_cons(amp) && !sx_cc_is_symbol(sx_head(amp), SX_A(amp))) amp = sx_tail(amp), n++;
    if (sx_is_cons(amp)) { /* (%list a b & t) */
        if (!sx_is_cons(sx_tail(amp)) || sx_tail(sx_tail(amp)) != SX_EMPTY) return sx_cc_error(c, "syntax", "one form, the tail, stands behind & in [a b & tail]");
        args = sx_cc_alloc(c, (n + 1) * sizeof *args);
        for (uint32_t i = 0; i < n; i++, rest = sx_tail(rest)) {
            args[i] = sx_cc_form(c, sx_head(rest));
            flags |= args[i]->flags & CC_EFFECTS;
        }
        tail = sx_cc_form(c, sx_head(sx_tail(amp)));
        flags |= tail->flags & CC_EFFECTS;
    } else {
        args = sx_cc_args(c, rest, &n, &flags);
        tail = sx_cc_const(c, SX_EMPTY);
    }
    if (c->failed) return NULL;
    if (n == 0) return tail;
    if (tail->kind == CC_CONST && all_constant(args, n)) return sx_cc_const(c, sx_list_from(c->heap, constants(c, args, n), n, tail->constant));
    args[n] = tail;
    CcNode *node = sx_cc_node(c, CC_LIST, flags);
    node->seq.items = args;
    node->seq.n = n + 1;
    return node;
}

static CcNode *tuple_form(Cc *c, sx_val form)
{
    unsigned flags = CC_SAFE_POINT;
    uint32_t n;
    CcNode **args = sx_cc_args(c, sx_tail(form), &n, &flags);
    if (c->failed) return NULL;
    if (all_constant(args, n)) {
        sx_val t = sx_tuple_new(c->heap, n);
        for (uint32_t i = 0; i < n; i++) sx_tuple_elements(t)[i] = args[i]->constant;
        return sx_cc_const(c, t);
    }
    CcNode *node = sx_cc_node(c, CC_TUPLE, flags);
    node->seq.items = args;
    node->seq.n = n;
    return node;
}

/* {k v ...}, (map-put m k v ...), (map-update m k v ...) */
static CcNode *map_form(Cc *c, sx_val form, CcNodeKind kind, CcFormId id)
{
    unsigned flags = kind == CC_MAP ? CC_SAFE_POINT : CC_EFFECTS, first = kind == CC_MAP ? 0 : 1;
    uint32_t n;
    CcNode **args = sx_cc_args(c, sx_tail(form), &n, &flags);
    if (c->failed) return NULL;
    if (kind != CC_MAP && n == 0) return sx_cc_shape(c, id);
    if ((n - first) % 2) return sx_cc_error(c, "syntax", "keys and values stand in pairs, and the last key here has no value: %s", sx_cc_right_form(id));
    if (kind == CC_MAP && n / 2 <= SX_MAP_MAX_FLAT && all_constant(args, n)) return sx_cc_const(c, sx_map_from_pairs(c->heap, constants(c, args, n), n / 2));
    CcNode *node = sx_cc_node(c, kind, flags);
    node->seq.items = args;
    node->seq.n = n;
    return node;
}

/* ---- control ---- */

static CcNode *if_node(Cc *c, CcNode *test, CcNode *yes, CcNode *no)
{
    if (test->kind == CC_CONST) return sx_is_true(test->constant) ? yes : no;
    CcNode *n = sx_cc_node(c, CC_IF, ((test->flags | yes->flags | no->flags) & CC_EFFECTS) | (yes->flags & no->flags & CC_BOOLEAN));
    n->branch.test = test;
    n->branch.yes = yes;
    n->branch.no = no;
    return n;
}

static CcNode *if_form(Cc *c, sx_val form, int64_t n)
{
    if (n == 3) return sx_cc_error(c, "syntax", "an `if` has an else: (if test then else), or (when test then)");
    if (n != 4) return sx_cc_shape(c, CC_FORM_if);
    sx_val rest = sx_tail(form);
    CcPos here = c->pos;
    CcNode *test = sx_cc_form(c, sx_head(rest)), *yes = sx_cc_form(c, sx_head(sx_tail(rest))), *no = sx_cc_form(c, sx_head(sx_tail(sx_tail(rest))));
    c->pos = here;
    return if_node(c, test, yes, no);
}

static CcNode *do_form(Cc *c, sx_val form, bool top)
{
    if (top) {
        sx_cc_announce_defines(c, sx_tail(form));
        c->top_level = true;
    }
    CcNode *n = sx_cc_body(c, sx_tail(form), NULL);
    c->top_level = false;
    return n;
}

/* A list of (name-or-pattern value) pairs: false when it is something else. */
bool sx_cc_binding_list(Cc *c, sx_val bindings, CcFormId id)
{
    const char *right = sx_cc_right_form(id);
    if (sx_is_symbol(bindings)) return sx_cc_error(c, "syntax", "bindings are a list of pairs: %s; a named let is a macro", right) != NULL;
    if (sx_cc_head(c, bindings) == CC_FORM_list) return sx_cc_error(c, "syntax", "bindings stand in parentheses, not in [ ]: %s", right) != NULL;
    if (sx_cc_length(bindings) < 0) return sx_cc_error(c, "syntax", "bindings are a list of pairs: %s", right) != NULL;
    for (; sx_is_cons(bindings); bindings = sx_tail(bindings)) {
        sx_val pair = sx_head(bindings);
        if (sx_cc_length(pair) == 2) continue;
        sx_cc_place(c, pair);
        return sx_cc_error(c, "syntax", "each binding is a name (or a pattern) and a value in parentheses: %s", right) != NULL;
    }
    return true;
}

/* One binding of let; false when the name stands for something that exists already and nothing is to be done. */
static bool let_binding(Cc *c, sx_val pair, CcLetBinding *b, unsigned *flags)
{
    sx_val pattern = sx_head(pair);
    CcPos here = c->pos;
    b->value = sx_cc_form(c, sx_head(sx_tail(pair)));
    sx_cc_place(c, pattern);
    b->pos = c->pos;
    c->pos = here;
    *flags |= b->value->flags & CC_EFFECTS;
    if (!sx_is_symbol(pattern)) {
        uint32_t outer = c->pattern;
        c->pattern = ++c->n_patterns;
        b->pat = sx_cc_pattern(c, pattern);
        c->pattern = outer;
        if (b->pat->kind == CC_PAT_VAR) b->var = b->pat->var;
        else *flags |= CC_EFFECTS;
        return true;
    }
    sx_val name = sx_symbol_name(pattern);
    if (name == SX_A(underscore)) return (b->value->flags & CC_EFFECTS) != 0;
    if (name == SX_A(amp)) return sx_cc_error(c, "syntax", "`&` is no name"), false;
    if (b->value->kind == CC_VAR) {
        sx_cc_bind_name(c, name, b->value->var);
        return false;
    }
    if (b->value->kind == CC_CONST) {
        CcVar *k = sx_cc_var(c, name, CC_VAR_CONST);
        k->constant = b->value->constant;
        sx_cc_bind_name(c, name, k);
        return false;
    }
    b->var = sx_cc_var(c, name, CC_VAR_LOCAL);
    sx_cc_bind_name(c, name, b->var);
    return true;
}

static CcNode *let_form(Cc *c, sx_val form, int64_t n)
{
    if (n < 3) return n == 2 ? sx_cc_error(c, "syntax", "this let has no body: %s", sx_cc_right_form(CC_FORM_let)) : sx_cc_shape(c, CC_FORM_let);
    sx_val bindings = sx_head(sx_tail(form));
    if (!sx_cc_binding_list(c, bindings, CC_FORM_let)) return NULL;
    uint32_t mark = sx_cc_scope(c), count = 0;
    CcLetBinding *all = sx_cc_zero(c, (size_t)sx_cc_length(bindings) * sizeof *all);
    CcNode *node = sx_cc_node(c, CC_LET, 0);
    unsigned flags = 0;
    for (; sx_is_cons(bindings) && !c->failed; bindings = sx_tail(bindings)) {
        if (let_binding(c, sx_head(bindings), &all[count], &flags)) count++;
        else memset(&all[count], 0, sizeof *all);
    }
    CcNode *body = sx_cc_body(c, sx_tail(sx_tail(form)), "let");
    sx_cc_unscope(c, mark);
    if (count == 0) return body;
    node->let.bindings = all;
    node->let.n = count;
    node->let.body = body;
    node->flags = (uint8_t)(flags | body->flags);
    return node;
}

static CcMatch *clauses(Cc *c, sx_val forms, const char *what)
{
    CcMatch *m = sx_cc_match_new(c, (uint32_t)sx_cc_length(forms), 1);
    for (uint32_t i = 0; i < m->n_clauses && !c->failed; i++, forms = sx_tail(forms)) m->clauses[i] = sx_cc_clause(c, sx_head(forms), what, -1);
    return m;
}

static bool is_literal(const CcClause *clause, sx_val v)
{
    return clause->n_guards == 0 && clause->pats[0]->kind == CC_PAT_CONST && clause->pats[0]->constant == v;
}

/* A match of a truth value on true and false is an if. */
static CcNode *match_as_if(Cc *c, CcNode *value, CcMatch *m)
{
    if (!(value->flags & CC_BOOLEAN) || m->n_clauses < 2) return NULL;
    const CcClause *a = m->clauses[0], *b = m->clauses[1];
    bool b_any = b->n_guards == 0 && (b->pats[0]->kind == CC_PAT_ANY || (b->pats[0]->kind == CC_PAT_VAR && b->pats[0]->var->uses == 0));
    if (is_literal(a, SX_TRUE) && (b_any || is_literal(b, SX_FALSE))) return if_node(c, value, a->body, b->body);
    if (is_literal(a, SX_FALSE) && (b_any || is_literal(b, SX_TRUE))) return if_node(c, value, b->body, a->body);
    return NULL;
}

static CcNode *match_form(Cc *c, sx_val form, int64_t n)
{
    if (n < 3) return sx_cc_shape(c, CC_FORM_match);
    CcPos here = c->pos;
    CcNode *value = sx_cc_form(c, sx_head(sx_tail(form)));
    CcMatch *m = clauses(c, sx_tail(sx_tail(form)), "match");
    c->pos = here;
    if (c->failed) return NULL;
    CcNode *branch = match_as_if(c, value, m);
    if (branch) return branch;
    unsigned booleans = CC_BOOLEAN;
    for (uint32_t i = 0; i < m->n_clauses; i++) booleans &= m->clauses[i]->body->flags;
    CcNode *node = sx_cc_node(c, CC_MATCH, CC_EFFECTS | booleans);
    node->match.value = value;
    node->match.match = m;
    return node;
}

static bool is_part(sx_val form, const char *name)
{
    return sx_is_cons(form) && sx_is_symbol(sx_head(form)) && strcmp(sx_cc_text(sx_symbol_name(sx_head(form))), name) == 0;
}

/* A variable that each clause pins at a place that has to match: messages older than its value cannot fit. */
static CcVar *pinned(const CcPat *p, const CcVar *wanted, unsigned depth)
{
    CcVar *found = NULL;
    if (depth > 4) return NULL;
    switch (p->kind) {
    case CC_PAT_PIN:
        if (p->value->kind == CC_VAR && p->value->var->kind == CC_VAR_LOCAL && (!wanted || wanted == p->value->var)) return p->value->var;
        return NULL;
    case CC_PAT_TUPLE:
        for (uint32_t i = 0; i < p->tuple.n && i < 16 && !found; i++) found = pinned(p->tuple.items[i], wanted, depth + 1);
        return found;
    case CC_PAT_CONS:
    case CC_PAT_ALIAS:
        found = pinned(p->pair.a, wanted, depth + 1);
        return found ? found : pinned(p->pair.b, wanted, depth + 1);
    default: return NULL;
    }
}

static CcVar *receive_mark(const Cc *c, const CcMatch *m)
{
    CcVar *mark = NULL;
    for (uint32_t i = 0; i < m->n_clauses; i++) {
        mark = pinned(m->clauses[i]->pats[0], mark, 0);
        if (!mark || mark->pattern == m->clauses[i]->pattern) return NULL;
    }
    return mark && mark->owner == c->fn ? mark : NULL;
}

static CcNode *receive_form(Cc *c, sx_val form)
{
    CcReceive *r = sx_cc_zero(c, sizeof *r);
    sx_val rest = sx_tail(form), last = SX_EMPTY;
    uint32_t n = 0;
    for (sx_val at = rest; sx_is_cons(at); at = sx_tail(at)) {
        if (is_part(sx_head(at), "after")) {
            if (sx_tail(at) != SX_EMPTY) return sx_cc_error(c, "syntax", "`after` is the last part of a receive: %s", sx_cc_right_form(CC_FORM_receive));
            last = sx_head(at);
            break;
        }
        n++;
    }
    if (n == 0 && last == SX_EMPTY) return sx_cc_shape(c, CC_FORM_receive);
    r->match = sx_cc_match_new(c, n, 1);
    for (uint32_t i = 0; i < n && !c->failed; i++, rest = sx_tail(rest)) r->match->clauses[i] = sx_cc_clause(c, sx_head(rest), "receive", -1);
    if (last != SX_EMPTY) {
        if (sx_cc_length(last) < 3) return sx_cc_error(c, "syntax", "`after` takes milliseconds (or :infinity) and a body: (after 1000 :timeout)");
        r->timeout = sx_cc_form(c, sx_head(sx_tail(last)));
        r->after = sx_cc_body(c, sx_tail(sx_tail(last)), "after");
    }
    if (c->failed) return NULL;
    if (n > 0) r->mark = receive_mark(c, r->match);
    CcNode *node = sx_cc_node(c, CC_RECEIVE, CC_EFFECTS);
    node->receive = r;
    return node;
}

/* (catch (class reason stack) :when g ... body ...) */
static CcClause *catch_clause(Cc *c, sx_val part)
{
    sx_val patterns = sx_is_cons(sx_tail(part)) ? sx_head(sx_tail(part)) : SX_EMPTY;
    sx_cc_place(c, part);
    if (sx_cc_length(part) < 3 || sx_cc_length(patterns) != 3 || !sx_is_symbol(sx_head(sx_tail(sx_tail(patterns)))))
        return sx_cc_error(c, "syntax", "a catch names class, reason and stack: (catch (class reason stack) body ...), as in (catch (:error r _) r)");
    CcClause *clause = sx_cc_clause(c, sx_tail(part), "catch", 3);
    if (c->failed) return NULL;
    CcPat *stack = clause->pats[2];
    if (stack->kind == CC_PAT_VAR && stack->var->uses > 0) clause->trace = stack->var;
    if (stack->kind == CC_PAT_PIN) return sx_cc_error(c, "pattern", "the stack of a catch has a name of its own, or _");
    clause->pats[2] = sx_cc_pat(c, CC_PAT_ANY);
    return clause;
}

static CcNode *try_form(Cc *c, sx_val form, int64_t n)
{
    if (n < 2) return sx_cc_shape(c, CC_FORM_try);
    CcTry *t = sx_cc_zero(c, sizeof *t);
    sx_val parts = sx_tail(sx_tail(form));
    CcPos here = c->pos;
    t->body = sx_cc_form(c, sx_head(sx_tail(form)));
    uint32_t n_catch = 0, i = 0;
    for (sx_val at = parts; sx_is_cons(at); at = sx_tail(at))
        if (is_part(sx_head(at), "catch")) n_catch++;
    if (n_catch) t->catch = sx_cc_match_new(c, n_catch, 3);
    for (; sx_is_cons(parts) && !c->failed; parts = sx_tail(parts)) {
        sx_val part = sx_head(parts);
        c->pos = here;
        sx_cc_place(c, part);
        if (is_part(part, "of") && !t->of && i == 0 && !t->after) {
            if (sx_cc_length(part) < 2) return sx_cc_error(c, "syntax", "`of` takes clauses: (of (pattern body ...) ...)");
            t->of = clauses(c, sx_tail(part), "of");
        } else if (is_part(part, "catch") && !t->after) {
            t->catch->clauses[i++] = catch_clause(c, part);
        } else if (is_part(part, "after") && !t->after) {
            t->after = sx_cc_body(c, sx_tail(part), "after");
        } else {
            return sx_cc_error(c, "syntax", "behind its one expression a try has `of`, `catch` and `after` parts in this order: %s", sx_cc_right_form(CC_FORM_try));
        }
    }
    c->pos = here;
    if (c->failed) return NULL;
    if (!t->of && !t->catch && !t->after) return t->body;
    CcNode *node = sx_cc_node(c, CC_TRY, CC_EFFECTS);
    node->try_ = t;
    return node;
}

/* ---- forms ---- */

CcNode *sx_cc_guard_form(Cc *c, sx_val form)
{
    c->guard++;
    CcNode *n = sx_cc_form(c, form);
    c->guard--;
    return n;
}

static CcNode *compound(Cc *c, sx_val form, bool top)
{
    int64_t n = sx_cc_length(form);
    if (n < 0) return sx_cc_error(c, "syntax", "a form has to be a proper list");
    CcFormId id = sx_cc_head(c, form);
    switch (id) {
    case CC_FORM_quote: return n == 2 ? sx_cc_const(c, sx_cc_quote(c, sx_head(sx_tail(form)))) : sx_cc_shape(c, id);
    case CC_FORM_if: return if_form(c, form, n);
    case CC_FORM_do: return do_form(c, form, top);
    case CC_FORM_let: return let_form(c, form, n);
    case CC_FORM_letrec: return sx_cc_letrec_form(c, form, n);
    case CC_FORM_fn:
    case CC_FORM_fn_match: return sx_cc_fn_form(c, form, id);
    case CC_FORM_match: return match_form(c, form, n);
    case CC_FORM_receive: return sx_cc_refused_in_guard(c, "receive") ? NULL : receive_form(c, form);
    case CC_FORM_try: return sx_cc_refused_in_guard(c, "try") ? NULL : try_form(c, form, n);
    case CC_FORM_bin: return sx_cc_bin_form(c, form);
    case CC_FORM_list: return list_form(c, form);
    case CC_FORM_tuple: return tuple_form(c, form);
    case CC_FORM_map: return map_form(c, form, CC_MAP, id);
    case CC_FORM_map_put: return map_form(c, form, CC_MAP_PUT, id);
    case CC_FORM_map_update: return map_form(c, form, CC_MAP_UPDATE, id);
    case CC_FORM_remote: return sx_cc_remote_form(c, form, n);
    case CC_FORM_remote_fn: return sx_cc_remote_fn_form(c, form, n);
    case CC_FORM_local: return sx_cc_local_form(c, form, n, false);
    case CC_FORM_local_fn: return sx_cc_local_form(c, form, n, true);
    case CC_FORM_fun: return sx_cc_fun_form(c, form, n);
    case CC_FORM_define:
        if (!top) return sx_cc_error(c, "syntax", "define stands at top level only; inside of a form names come from let and letrec");
        return sx_cc_define(c, form);
    case CC_FORM_module:
        if (!top) return sx_cc_error(c, "syntax", "a module stands at top level only");
        return sx_cc_module(c, form);
    case CC_FORM_pin: return sx_cc_error(c, "syntax", "^x stands in patterns only, where it is the value that x has already");
    case CC_FORM_quasiquote: return sx_cc_error(c, "syntax", "a template ` has to be expanded before it is compiled");
    case CC_FORM_unquote:
    case CC_FORM_unquote_splicing: return sx_cc_error(c, "syntax", "`%s` stands inside of a template ` only", id == CC_FORM_unquote ? "," : ",@");
    case CC_FORM_NONE: break;
    }
    return sx_cc_call_form(c, form);
}

CcNode *sx_cc_form(Cc *c, sx_val form)
{
    if (c->failed) return &nothing;
    bool top = c->top_level;
    CcNode *n;
    if (sx_is_symbol(form)) {
        n = sx_cc_name_form(c, form);
    } else if (!sx_is_cons(form)) {
        return sx_cc_const(c, form);
    } else if (c->depth == SX_COMPILE_MAX_DEPTH) {
        n = sx_cc_error(c, "limit", "forms are nested more than %d deep", SX_COMPILE_MAX_DEPTH);
    } else {
        CcPos here = c->pos;
        if (++c->n_parts > CC_MAX_PARTS) sx_cc_error(c, "limit", "the form has more than %d parts", CC_MAX_PARTS);
        c->depth++;
        c->top_level = false;
        sx_cc_place(c, form);
        n = compound(c, form, top);
        c->top_level = top;
        c->pos = here;
        c->depth--;
    }
    return n ? n : &nothing;
}
