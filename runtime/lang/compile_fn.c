/* compile_fn.c - fn, fn-match and letrec: parameters, clauses, names that functions call themselves by.
 * INVARIANT: while a function is read, c->fn is it, so that variables know their owner; the functions of one letrec share
 * one group, and with it what they capture. */
#include "lang/compile_internal.h"

/* ---- functions ---- */

CcFn *sx_cc_fn_new(Cc *c, CcGroup *group, sx_val name)
{
    CcFn *f = sx_cc_zero(c, sizeof *f);
    f->parent = c->fn;
    f->group = group;
    group->n_members++;
    f->usage = f->doc = SX_NIL;
    f->pos = c->pos;
    f->flags = SX_FN_LAMBDA;
    f->name = c->fn ? c->fn->name : c->define_name != SX_NONE ? c->define_name : name;
    if (f->name == SX_NONE) f->name = SX_A(empty);
    return f;
}

CcGroup *sx_cc_group_new(Cc *c)
{
    CcGroup *g = sx_cc_zero(c, sizeof *g);
    g->owner = c->fn;
    return g;
}

/* Bind a parameter's name; NULL for `_`. */
static CcVar *parameter(Cc *c, sx_val symbol, uint32_t serial)
{
    sx_val name = sx_symbol_name(symbol);
    if (name == SX_A(underscore)) return NULL;
    const CcVar *old = sx_cc_lookup(c, name);
    if (old && old->pattern == serial) return sx_cc_error(c, "syntax", "the parameter `%s` is there twice", sx_cc_text(name));
    CcVar *var = sx_cc_var(c, name, CC_VAR_LOCAL);
    var->pattern = serial;
    sx_cc_bind_name(c, name, var);
    return var;
}

static void parameters(Cc *c, CcFn *f, sx_val params)
{
    int64_t n = sx_cc_length(params);
    if (sx_cc_head(c, params) == CC_FORM_list) {
        sx_cc_error(c, "syntax", "parameters stand in parentheses, not in [ ]: %s", sx_cc_right_form(CC_FORM_fn));
        return;
    }
    if (n < 0 || n > CC_MAX_ARGS + 2) {
        if (n < 0) sx_cc_error(c, "syntax", "parameters are a list of names: %s", sx_cc_right_form(CC_FORM_fn));
        else sx_cc_error(c, "limit", "a function takes at most %d arguments", CC_MAX_ARGS);
        return;
    }
    f->params = sx_cc_zero(c, (size_t)(n + 1) * sizeof *f->params);
    f->defaults = sx_cc_zero(c, (size_t)(n + 1) * sizeof *f->defaults);
    uint32_t serial = ++c->n_patterns;
    unsigned at = 0;
    for (; sx_is_cons(params) && !c->failed; params = sx_tail(params)) {
        sx_val p = sx_head(params);
        sx_cc_place(c, p);
        if (sx_cc_is_symbol(p, SX_A(amp))) {
            sx_val rest = sx_is_cons(sx_tail(params)) ? sx_head(sx_tail(params)) : SX_NIL;
            if (!sx_is_symbol(rest) || sx_tail(sx_tail(params)) != SX_EMPTY) {
                sx_cc_error(c, "syntax", "one name stands behind & and takes the rest: (fn (a & more) ...)");
                return;
            }
            f->rest = true;
            f->params[at++] = parameter(c, rest, serial);
            break;
        }
        if (sx_is_symbol(p)) {
            if (f->n_optional) sx_cc_error(c, "syntax", "`%s` needs a default too: it stands behind one that has", sx_cc_text(sx_symbol_name(p)));
            f->n_required++;
            f->params[at++] = parameter(c, p, serial);
        } else if (sx_cc_length(p) == 3 && sx_is_symbol(sx_head(p)) && sx_head(sx_tail(p)) == c->a_default) {
            f->defaults[f->n_optional++] = sx_cc_form(c, sx_head(sx_tail(sx_tail(p))));
            f->params[at++] = parameter(c, sx_head(p), serial);
        } else {
            sx_cc_error(c, "syntax", "a parameter is a name, or (name :default value); patterns go into %s", sx_cc_right_form(CC_FORM_fn_match));
        }
    }
    if (at - (f->rest ? 1u : 0u) > CC_MAX_ARGS) sx_cc_error(c, "limit", "a function takes at most %d arguments", CC_MAX_ARGS);
}

void sx_cc_fn_read(Cc *c, CcFn *f, sx_val params, sx_val body)
{
    uint32_t mark = sx_cc_scope(c);
    CcFn *outer = c->fn;
    CcPos here = c->pos;
    c->fn = f;
    parameters(c, f, params);
    c->pos = here;
    if (!c->failed) f->body = sx_cc_body(c, body, "a function");
    c->fn = outer;
    sx_cc_unscope(c, mark);
}

void sx_cc_fn_clauses(Cc *c, CcFn *f, sx_val forms, int64_t n_args)
{
    CcFn *outer = c->fn;
    CcPos here = c->pos;
    int64_t n = sx_cc_length(forms);
    if (n < 1) {
        sx_cc_shape(c, CC_FORM_fn_match);
        return;
    }
    c->fn = f;
    f->match = sx_cc_match_new(c, (uint32_t)n, 0);
    for (int64_t i = 0; i < n && !c->failed; i++, forms = sx_tail(forms)) {
        sx_val form = sx_head(forms), patterns = sx_is_cons(form) ? sx_head(form) : SX_NIL;
        int64_t count = sx_cc_length(patterns);
        c->pos = here;
        sx_cc_place(c, sx_is_cons(patterns) ? patterns : form);
        if (!sx_is_cons(form) || count < 0) {
            sx_cc_error(c, "syntax", "a clause begins with the list of its patterns: %s", sx_cc_right_form(CC_FORM_fn_match));
        } else if (n_args < 0) {
            n_args = count;
            if (n_args > CC_MAX_ARGS) sx_cc_error(c, "limit", "a function takes at most %d arguments", CC_MAX_ARGS);
        }
        if (!c->failed && count != n_args)
            sx_cc_error(c, "arity", "clause %lld has %lld pattern%s where %lld %s expected", (long long)i + 1, (long long)count, count == 1 ? "" : "s",
                        (long long)n_args, n_args == 1 ? "is" : "are");
        if (!c->failed) f->match->clauses[i] = sx_cc_clause(c, form, "a clause", n_args);
    }
    f->match->n_columns = (uint32_t)(n_args < 0 ? 0 : n_args);
    f->n_required = (uint16_t)f->match->n_columns;
    c->pos = here;
    c->fn = outer;
}

CcNode *sx_cc_fn_node(Cc *c, CcFn *f)
{
    CcNode *node = sx_cc_node(c, CC_FN, CC_SAFE_POINT);
    node->fn = f;
    return node;
}

/* Read (fn ...) or (fn-match ...) into f; `form` without a name that it has. */
static void fn_parts(Cc *c, CcFn *f, CcFormId id, sx_val rest)
{
    if (id == CC_FORM_fn_match) sx_cc_fn_clauses(c, f, rest, -1);
    else if (!sx_is_cons(rest)) sx_cc_shape(c, CC_FORM_fn);
    else sx_cc_fn_read(c, f, sx_head(rest), sx_tail(rest));
}

/* A function inside a function of a module, once it is read: -main/0-fun-0- as OTP names it, whose count begins with the
 * innermost. The loop of a comprehension is -main/0-lc$^0/1-0-. */
static void name_inner(Cc *c, CcFn *f, bool loop)
{
    CcFn *top = f;
    while (top->parent) top = top->parent;
    if (c->failed || top == f || !c->unit->locals) return;
    SxBuf name = SX_BUF_INIT;
    sx_buf_add_char(&name, '-');
    sx_buf_add_str(&name, sx_cc_text(top->name));
    if (loop) sx_buf_addf(&name, "/%u-lc$^%u/1-0-", top->n_required, (unsigned)top->n_inner++);
    else sx_buf_addf(&name, "/%u-fun-%u-", top->n_required, (unsigned)top->n_inner++);
    sx_val atom = sx_atom_intern(name.data, name.len);
    if (atom != SX_NONE) f->name = atom;
    sx_buf_deinit(&name);
}

CcNode *sx_cc_fn_form(Cc *c, sx_val form, CcFormId id)
{
    if (sx_cc_refused_in_guard(c, "a function")) return NULL;
    sx_val rest = sx_tail(form), name = SX_NONE;
    if (sx_is_cons(rest) && sx_is_symbol(sx_head(rest))) {
        name = sx_symbol_name(sx_head(rest));
        rest = sx_tail(rest);
    }
    CcFn *f = sx_cc_fn_new(c, sx_cc_group_new(c), name);
    uint32_t mark = sx_cc_scope(c);
    if (name != SX_NONE) {
        f->self = sx_cc_var(c, name, CC_VAR_FN);
        f->self->fn = f;
        sx_cc_bind_name(c, name, f->self);
    }
    fn_parts(c, f, id, rest);
    name_inner(c, f, false);
    sx_cc_unscope(c, mark);
    return sx_cc_fn_node(c, f);
}

CcNode *sx_cc_letrec_form(Cc *c, sx_val form, int64_t n)
{
    if (n < 3) return sx_cc_shape(c, CC_FORM_letrec);
    if (sx_cc_refused_in_guard(c, "letrec")) return NULL;
    sx_val bindings = sx_head(sx_tail(form));
    if (!sx_cc_binding_list(c, bindings, CC_FORM_letrec)) return NULL;
    uint32_t mark = sx_cc_scope(c), count = (uint32_t)sx_cc_length(bindings), serial = ++c->n_patterns;
    CcGroup *g = sx_cc_group_new(c);
    CcFn **members = sx_cc_alloc(c, (count + 1) * sizeof *members);
    sx_val at = bindings;
    for (uint32_t i = 0; i < count; i++, at = sx_tail(at)) {
        sx_val symbol = sx_head(sx_head(at));
        CcFormId id = sx_cc_head(c, sx_head(sx_tail(sx_head(at))));
        sx_cc_place(c, symbol);
        if (!sx_is_symbol(symbol) || (id != CC_FORM_fn && id != CC_FORM_fn_match))
            return sx_cc_error(c, "syntax", "letrec binds names to functions: %s; other values stand in let", sx_cc_right_form(CC_FORM_letrec));
        sx_val name = sx_symbol_name(symbol);
        const CcVar *old = sx_cc_lookup(c, name);
        if (old && old->pattern == serial) return sx_cc_error(c, "syntax", "letrec binds `%s` twice", sx_cc_text(name));
        members[i] = sx_cc_fn_new(c, g, name);
        CcVar *var = sx_cc_var(c, name, CC_VAR_FN);
        var->pattern = serial;
        var->fn = members[i];
        members[i]->self = var;
        sx_cc_bind_name(c, name, var);
    }
    at = bindings;
    for (uint32_t i = 0; i < count && !c->failed; i++, at = sx_tail(at)) {
        sx_val fn = sx_head(sx_tail(sx_head(at))), rest = sx_tail(fn);
        uint32_t inner = sx_cc_scope(c);
        sx_cc_place(c, fn);
        members[i]->pos = c->pos;
        if (sx_is_cons(rest) && sx_is_symbol(sx_head(rest))) { /* a name of its own */
            sx_cc_bind_name(c, sx_symbol_name(sx_head(rest)), members[i]->self);
            rest = sx_tail(rest);
        }
        fn_parts(c, members[i], sx_cc_head(c, fn), rest);
        name_inner(c, members[i], true);
        sx_cc_unscope(c, inner);
    }
    CcNode *body = sx_cc_body(c, sx_tail(sx_tail(form)), "letrec");
    sx_cc_unscope(c, mark);
    CcNode *node = sx_cc_node(c, CC_LETREC, body->flags | CC_SAFE_POINT);
    node->letrec.group = g;
    node->letrec.members = members;
    node->letrec.body = body;
    return node;
}
