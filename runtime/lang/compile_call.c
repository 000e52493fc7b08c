/* compile_call.c - names and calls: what a symbol stands for, which operation, primitive or function a call reaches.
 * Owns the order in which a head is looked up (lexical, module:function, function of the module, global) and the inlining of
 * operations; what a free name means is compile_scope.c. Functions answer NULL after an error. */
#include "lang/compile_internal.h"
#include "value/bits.h"
#include "value/num.h"

static bool is_text(sx_val v) { return sx_is_bits(v) && sx_bits_is_binary(v); }

bool sx_cc_remote_name(sx_val symbol, sx_val *module, sx_val *name)
{
    size_t n;
    const char *text = sx_atom_text(sx_symbol_name(symbol), &n);
    const char *colon = memchr(text, ':', n);
    if (!colon || colon == text || colon + 1 == text + n) return false;
    *module = sx_atom_intern(text, (size_t)(colon - text));
    *name = sx_atom_intern(colon + 1, n - (size_t)(colon - text) - 1);
    return *module != SX_NONE && *name != SX_NONE;
}

/* ---- names ---- */

static CcNode *var_node(Cc *c, CcVar *var, bool as_value)
{
    if (var->kind == CC_VAR_CONST) return sx_cc_const(c, var->constant);
    sx_cc_use(c, var, as_value);
    /* a function of a group is made anew where it is wanted, unless the group captures nothing: not known yet */
    CcNode *n = sx_cc_node(c, CC_VAR, var->kind == CC_VAR_FN ? CC_SAFE_POINT : 0);
    n->var = var;
    return n;
}

CcNode *sx_cc_name_form(Cc *c, sx_val symbol)
{
    sx_val name = sx_symbol_name(symbol), module, function;
    CcPos here = c->pos;
    sx_cc_place(c, symbol);
    CcVar *var = sx_cc_lookup(c, name);
    CcNode *n;
    if (var) {
        n = var_node(c, var, true);
    } else if (name == SX_A(underscore)) {
        n = sx_cc_error(c, "syntax", "`_` is a pattern that fits anything; it has no value");
    } else if (name == SX_A(amp)) {
        n = sx_cc_error(c, "syntax", "`&` stands before the tail in [a b & t] and before the rest in parameters (a & more)");
    } else if (sx_cc_remote_name(symbol, &module, &function)) {
        n = sx_cc_error(c, "syntax", "`%s` is called as (%s x); as a value it is (fun %s/1), with its number of arguments", sx_cc_text(name),
                        sx_cc_text(name), sx_cc_text(name));
    } else {
        n = sx_cc_node(c, CC_GLOBAL, CC_RAISES);
        n->global = sx_cc_global(c, name, -1, false);
    }
    c->pos = here;
    return n;
}

/* ---- inline operations ---- */

static bool folds(const CcInline *op)
{
    switch (op->op) {
    case SX_OP_ADD: case SX_OP_SUB: case SX_OP_MUL: case SX_OP_FDIV: case SX_OP_BAND: case SX_OP_BOR: case SX_OP_BXOR: return op->class == CC_BINARY;
    default: return false;
    }
}

/* The value of a sum of constants, SX_NONE when it is to be computed at run time. */
static sx_val fold_constants(Cc *c, const CcInline *op, CcNode **args)
{
    for (unsigned i = 0; i < op->arity; i++)
        if (args[i]->kind != CC_CONST || !sx_is_small(args[i]->constant)) return SX_NONE;
    sx_val v = SX_NONE;
    switch (op->op) {
    case SX_OP_ADD: v = sx_num_add(c->heap, args[0]->constant, args[1]->constant); break;
    case SX_OP_SUB: v = sx_num_sub(c->heap, args[0]->constant, args[1]->constant); break;
    case SX_OP_MUL: v = sx_num_mul(c->heap, args[0]->constant, args[1]->constant); break;
    case SX_OP_NEG: v = sx_num_neg(c->heap, args[0]->constant); break;
    default: break;
    }
    return v == SX_TOO_BIG ? SX_NONE : v;
}

static CcNode *inline_node(Cc *c, const CcInline *op, CcNode **args, unsigned flags)
{
    if (op->class == CC_BINARY || op->class == CC_UNARY) {
        sx_val v = op->class == CC_BINARY || op->op == SX_OP_NEG ? fold_constants(c, op, args) : SX_NONE;
        if (v != SX_NONE) return sx_cc_const(c, v);
    }
    bool is_test = op->class >= CC_COMPARE;
    if (op->op == SX_OP_IFEQ) /* (=:= test true) is the test */
        for (int i = 0; i < 2; i++)
            if (args[i]->kind == CC_CONST && args[i]->constant == SX_TRUE && args[1 - i]->flags & CC_BOOLEAN) return args[1 - i];
    if (is_test || op->op == SX_OP_NOT) flags |= CC_BOOLEAN;
    if (!is_test && op->class != CC_NULLARY) flags |= CC_RAISES;
    CcNode *n = sx_cc_node(c, is_test ? CC_TEST : CC_OP, flags);
    n->op.op = op;
    n->op.args = args;
    n->op.n = op->arity;
    const CcNode *operand;
    int immediate;
    bool allocates = op->op == SX_OP_ADD || op->op == SX_OP_SUB || op->op == SX_OP_MUL || op->op == SX_OP_FDIV;
    if (allocates && !sx_cc_addi(n, &operand, &immediate)) n->flags |= CC_SAFE_POINT;
    return n;
}

/* (+ a b c ...) */
static CcNode *fold_node(Cc *c, const CcInline *op, CcNode **args, uint32_t n, unsigned flags)
{
    CcNode *node = sx_cc_node(c, CC_OP, flags | CC_EFFECTS);
    node->op.op = op;
    node->op.args = args;
    node->op.n = n;
    return node;
}

/* ---- calls ---- */

static bool too_many(Cc *c, uint32_t n)
{
    if (n <= CC_MAX_ARGS) return false;
    sx_cc_error(c, "limit", "a call takes at most %d arguments, and here are %u", CC_MAX_ARGS, n);
    return true;
}

bool sx_cc_refused_in_guard(Cc *c, const char *what)
{
    if (c->guard == 0) return false;
    sx_cc_error(c, "guard", "%s may not stand in a guard: only names, literals, constructors, operators and guard primitives", what);
    return true;
}

CcNode *sx_cc_call_native(Cc *c, const SxFn *native, CcNode **args, uint32_t n)
{
    unsigned flags = CC_EFFECTS;
    bool rest = native->flags & SX_FN_REST;
    if (n < native->min_args || (n > native->max_args && !rest)) {
        size_t n_bytes = 0;
        const char *usage = is_text(native->usage) ? (const char *)sx_binary_bytes(native->usage, &n_bytes) : NULL;
        return sx_cc_error(c, "arity", "%s is called as %.*s; here %s %u argument%s", sx_cc_text(native->name), usage ? (int)n_bytes : 3,
                           usage ? usage : "...", n == 1 ? "is" : "are", n, n == 1 ? "" : "s");
    }
    uint32_t n_all = n < native->max_args ? native->max_args : n;
    if (n_all > n) { /* optional ones that are absent */
        CcNode **all = sx_cc_zero(c, n_all * sizeof *all);
        if (n) memcpy(all, args, n * sizeof *all);
        args = all;
    }
    CcNode *node = sx_cc_node(c, CC_PRIM, flags);
    node->call.args = args;
    node->call.n = n_all;
    node->call.native = native;
    return node;
}

static CcNode *call_global(Cc *c, sx_val name, sx_val forms)
{
    unsigned flags = 0;
    uint32_t n;
    CcPos here = c->pos;
    CcNode **args = sx_cc_args(c, forms, &n, &flags);
    c->pos = here;
    if (c->failed) return NULL;
    CcGlobal *g = sx_cc_global(c, name, (int)n, true);
    const CcInline *op = g->sx_name == SX_NONE ? NULL : sx_cc_inline(c, SX_A(sx), g->sx_name, n > 2 ? 2 : n);
    if (op && n == op->arity) return inline_node(c, op, args, flags);
    if (op && n > 2 && folds(op)) return fold_node(c, op, args, n, flags);
    if (c->guard && !(g->native && g->native->flags & SX_FN_GUARD))
        return sx_cc_error(c, "guard", "`%s` may not be called in a guard: only operators and guard primitives may", sx_cc_text(name));
    if (too_many(c, n)) return NULL;
    if (g->native) return sx_cc_call_native(c, g->native, args, n);
    CcNode *node = sx_cc_node(c, CC_CALL_GLOBAL, CC_EFFECTS);
    node->call.args = args;
    node->call.n = n;
    node->call.global = g;
    return node;
}

static CcNode *call_remote(Cc *c, sx_val module, sx_val name, sx_val forms)
{
    unsigned flags = 0;
    uint32_t n;
    CcPos here = c->pos;
    CcNode **args = sx_cc_args(c, forms, &n, &flags);
    c->pos = here;
    if (c->failed || too_many(c, n)) return NULL;
    const CcInline *op = n <= 2 ? sx_cc_inline(c, module, name, n) : NULL;
    if (op) return inline_node(c, op, args, flags);
    const SxExport *e = sx_export_find(c->code, module, name, n);
    const SxFn *native = e && e->fn && e->fn->flags & SX_FN_NATIVE ? e->fn : NULL;
    if (c->guard && !(native && native->flags & SX_FN_GUARD))
        return sx_cc_error(c, "guard", "%s:%s/%u may not be called in a guard: only operators and guard primitives may", sx_cc_text(module), sx_cc_text(name), n);
    if (native) return sx_cc_call_native(c, native, args, n);
    CcNode *node = sx_cc_node(c, CC_CALL_EXPORT, CC_EFFECTS);
    node->call.args = args;
    node->call.n = n;
    node->call.export.module = module;
    node->call.export.name = name;
    return node;
}

static CcNode *call_local(Cc *c, CcFn *f, sx_val forms)
{
    unsigned flags = 0;
    CcNode *node = sx_cc_node(c, CC_CALL_LOCAL, CC_EFFECTS);
    node->call.args = sx_cc_args(c, forms, &node->call.n, &flags);
    node->call.fn = f;
    return too_many(c, node->call.n) ? NULL : node;
}

/* callee: any expression. */
static CcNode *call_value(Cc *c, sx_val callee, sx_val forms)
{
    if (sx_cc_refused_in_guard(c, "a call of a function value")) return NULL;
    unsigned flags = 0;
    CcNode *f = sx_cc_form(c, callee);
    CcNode *node = sx_cc_node(c, CC_CALL, CC_EFFECTS);
    node->call.callee = f;
    node->call.args = sx_cc_args(c, forms, &node->call.n, &flags);
    return too_many(c, node->call.n) ? NULL : node;
}

static CcNode *call_var(Cc *c, CcVar *var, sx_val callee, sx_val forms)
{
    if (sx_cc_refused_in_guard(c, "a call of a function value")) return NULL;
    if (var->kind != CC_VAR_FN) return call_value(c, callee, forms);
    unsigned flags = 0;
    CcNode *node = sx_cc_node(c, CC_CALL_FN, CC_EFFECTS);
    node->call.var = sx_cc_use(c, var, false);
    node->call.args = sx_cc_args(c, forms, &node->call.n, &flags);
    return too_many(c, node->call.n) ? NULL : node;
}

CcNode *sx_cc_call_form(Cc *c, sx_val form)
{
    sx_val head = sx_head(form), rest = sx_tail(form);
    if (!sx_is_symbol(head)) {
        if (sx_is_cons(head)) return call_value(c, head, rest);
        if (sx_is_atom(head))
            return sx_cc_error(c, "syntax", "`%s` is an atom and cannot be called; look it up with (get m :%s), quote data with '", sx_cc_text(head), sx_cc_text(head));
        return sx_cc_error(c, "syntax", "what stands first in a form is called, and this is no function; quote data with ' or write [a b]");
    }
    sx_val name = sx_symbol_name(head), module, function;
    CcVar *var = sx_cc_lookup(c, name);
    if (var) return call_var(c, var, head, rest);
    if (sx_cc_remote_name(head, &module, &function)) return call_remote(c, module, function, rest);
    if (c->unit->locals) {
        CcFn *f = sx_cc_local(c, name, sx_cc_length(rest));
        if (f) return sx_cc_refused_in_guard(c, "a call of a function of the module") ? NULL : call_local(c, f, rest);
    }
    if (name == SX_A(underscore) || name == SX_A(amp)) return sx_cc_form(c, head);
    return call_global(c, name, rest);
}

/* (remote m f e ...) */
CcNode *sx_cc_remote_form(Cc *c, sx_val form, int64_t n)
{
    if (n < 3) return sx_cc_shape(c, CC_FORM_remote);
    sx_val rest = sx_tail(form);
    CcPos here = c->pos;
    CcNode *m = sx_cc_form(c, sx_head(rest)), *f = sx_cc_form(c, sx_head(sx_tail(rest)));
    c->pos = here;
    rest = sx_tail(sx_tail(rest));
    if (c->failed) return NULL;
    if (m->kind == CC_CONST && f->kind == CC_CONST && sx_is_atom(m->constant) && sx_is_atom(f->constant))
        return call_remote(c, m->constant, f->constant, rest);
    if (sx_cc_refused_in_guard(c, "a call by a computed name")) return NULL;
    unsigned flags = 0;
    uint32_t n_args;
    CcNode **args = sx_cc_args(c, rest, &n_args, &flags);
    if (too_many(c, n_args)) return NULL;
    CcNode *node = sx_cc_node(c, CC_CALL_NAMED, CC_EFFECTS);
    node->call.args = sx_cc_alloc(c, (n_args + 2) * sizeof *args);
    node->call.args[0] = m;
    node->call.args[1] = f;
    memcpy(node->call.args + 2, args, n_args * sizeof *args);
    node->call.n = n_args; /* without module and function */
    return node;
}

static CcNode *make_fun(Cc *c, sx_val module, sx_val name, int64_t arity)
{
    if (arity < 0 || arity > CC_MAX_ARGS) return sx_cc_error(c, "limit", "a function takes 0 to %d arguments", CC_MAX_ARGS);
    CcNode *node = sx_cc_node(c, CC_MAKE_FUN, 0);
    node->call.export.module = module;
    node->call.export.name = name;
    node->call.n = (uint32_t)arity;
    return node;
}

CcNode *sx_cc_remote_fn_form(Cc *c, sx_val form, int64_t n)
{
    if (n != 4) return sx_cc_shape(c, CC_FORM_remote_fn);
    unsigned flags = 0;
    uint32_t n_args;
    CcPos here = c->pos;
    CcNode **args = sx_cc_args(c, sx_tail(form), &n_args, &flags);
    c->pos = here;
    if (c->failed || sx_cc_refused_in_guard(c, "a function value")) return NULL;
    if (args[0]->kind == CC_CONST && sx_is_atom(args[0]->constant) && args[1]->kind == CC_CONST && sx_is_atom(args[1]->constant) &&
        args[2]->kind == CC_CONST && sx_is_small(args[2]->constant))
        return make_fun(c, args[0]->constant, args[1]->constant, sx_small_value(args[2]->constant));
    const SxExport *e = sx_export_find(c->code, SX_A(erlang), sx_atom("make_fun"), 3);
    if (e && e->fn && e->fn->flags & SX_FN_NATIVE) return sx_cc_call_native(c, e->fn, args, 3);
    CcNode *node = sx_cc_node(c, CC_CALL_EXPORT, CC_EFFECTS);
    node->call.args = args;
    node->call.n = 3;
    node->call.export.module = SX_A(erlang);
    node->call.export.name = sx_atom("make_fun");
    return node;
}

/* (fun m:f/2) */
CcNode *sx_cc_fun_form(Cc *c, sx_val form, int64_t n)
{
    sx_val module, name;
    if (n != 2 || !sx_is_symbol(sx_head(sx_tail(form))) || !sx_cc_remote_name(sx_head(sx_tail(form)), &module, &name)) return sx_cc_shape(c, CC_FORM_fun);
    if (sx_cc_refused_in_guard(c, "a function value")) return NULL;
    size_t len;
    const char *text = sx_atom_text(name, &len);
    size_t at = len;
    while (at > 0 && text[at - 1] >= '0' && text[at - 1] <= '9') at--;
    if (at == len || len - at > 3 || at < 2 || text[at - 1] != '/') return sx_cc_shape(c, CC_FORM_fun);
    int64_t arity = 0;
    for (size_t i = at; i < len; i++) arity = arity * 10 + (text[i] - '0');
    name = sx_atom_intern(text, at - 1);
    return name == SX_NONE ? sx_cc_error(c, "limit", "too many atoms") : make_fun(c, module, name, arity);
}

static sx_val name_of(sx_val v) { return sx_is_symbol(v) ? sx_symbol_name(v) : sx_is_atom(v) ? v : SX_NONE; }

/* (%local f e ...) and (%local-fn f n) */
CcNode *sx_cc_local_form(Cc *c, sx_val form, int64_t n, bool as_value)
{
    sx_val name = n >= 2 ? name_of(sx_head(sx_tail(form))) : SX_NONE;
    if (name == SX_NONE || (as_value && (n != 3 || !sx_is_small(sx_head(sx_tail(sx_tail(form))))))) return sx_cc_shape(c, as_value ? CC_FORM_local_fn : CC_FORM_local);
    if (sx_cc_refused_in_guard(c, as_value ? "a function value" : "a call of a function of the module")) return NULL;
    int64_t arity = as_value ? sx_small_value(sx_head(sx_tail(sx_tail(form)))) : n - 2;
    CcFn *f = sx_cc_local(c, name, arity);
    if (!f) return sx_cc_error(c, "undefined", "undefined function %s/%lld", sx_cc_text(name), (long long)arity);
    if (!as_value) return call_local(c, f, sx_tail(sx_tail(form)));
    CcNode *node = sx_cc_node(c, CC_LOCAL_FN, 0);
    node->fn = f;
    return node;
}
