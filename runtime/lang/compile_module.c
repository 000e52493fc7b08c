/* compile_module.c - what stands at top level only: define and module.
 * Owns the functions of a module by name and arity, and how definitions and modules are made known: by primitives that the
 * compiled form calls, so nothing happens before it runs.
 * INVARIANT: a module is a unit of its own, complete before the form that publishes it; its functions capture nothing. */
#include "lang/compile_internal.h"
#include "value/bits.h"
#include "value/map.h"
#include "value/print.h"

struct CcLocals {
    CcFn **slots;          /* hash table by name and arity */
    uint32_t n_slots;
};

/* ---- the functions of a module ---- */

static CcFn **local_slot(const struct CcLocals *locals, sx_val name, unsigned arity)
{
    uint32_t i = (uint32_t)(((name >> 8) * 0x9E3779B1u + arity * 0x85EBCA6Bu) >> 3) & (locals->n_slots - 1);
    while (locals->slots[i] && !(locals->slots[i]->name == name && locals->slots[i]->n_required == arity)) i = (i + 1) & (locals->n_slots - 1);
    return &locals->slots[i];
}

CcFn *sx_cc_local(Cc *c, sx_val name, int64_t arity)
{
    if (!c->unit->locals || arity < 0 || arity > CC_MAX_ARGS) return NULL;
    return *local_slot(c->unit->locals, name, (unsigned)arity);
}

static sx_val name_of(sx_val v) { return sx_is_symbol(v) ? sx_symbol_name(v) : sx_is_atom(v) ? v : SX_NONE; }

/* ---- what the form does when it runs ---- */

static CcNode *call_library(Cc *c, const char *full_name, CcNode **args, uint32_t n)
{
    sx_val full = sx_atom(full_name);
    const SxCell *cell = sx_cell_find(c->code, full);
    if (cell && cell->fn && cell->fn->flags & SX_FN_NATIVE) return sx_cc_call_native(c, cell->fn, args, n);
    CcNode *node = sx_cc_node(c, CC_CALL_GLOBAL, CC_EFFECTS);
    node->call.args = args;
    node->call.n = n;
    node->call.global = sx_cc_zero(c, sizeof *node->call.global);
    node->call.global->name = node->call.global->full = full;
    return node;
}

/* ---- define ---- */

static bool is_text(sx_val v) { return sx_is_bits(v) && sx_bits_is_binary(v); }

/* The usage of a function as doc shows it: (area r), (f a (b :default 1) & more). */
static sx_val usage(Cc *c, sx_val name, sx_val params)
{
    SxBuf b = SX_BUF_INIT;
    sx_buf_addf(&b, "(%s", sx_cc_text(name));
    for (; sx_is_cons(params); params = sx_tail(params)) {
        sx_val p = sx_head(params);
        sx_buf_add_char(&b, ' ');
        if (sx_is_symbol(p)) {
            sx_buf_add_str(&b, sx_cc_text(sx_symbol_name(p)));
        } else if (sx_cc_length(p) == 3 && sx_is_symbol(sx_head(p))) {
            sx_buf_addf(&b, "(%s :default ", sx_cc_text(sx_symbol_name(sx_head(p))));
            sx_val value = sx_head(sx_tail(sx_tail(p)));
            if (sx_is_cons(value)) sx_buf_add_str(&b, "...");
            else sx_print(&b, value, b.len + 40);
            sx_buf_add_char(&b, ')');
        }
    }
    sx_buf_add_char(&b, ')');
    sx_val v = sx_binary(c->heap, b.data, b.len);
    sx_buf_deinit(&b);
    return v;
}

/* (define (name params) "doc"? body ...) */
static CcNode *define_function(Cc *c, sx_val name, sx_val params, sx_val body, sx_val *doc)
{
    if (sx_is_cons(body) && sx_is_cons(sx_tail(body)) && is_text(sx_head(body))) {
        *doc = sx_head(body);
        body = sx_tail(body);
    }
    CcFn *f = sx_cc_fn_new(c, sx_cc_group_new(c), name);
    f->usage = usage(c, name, params);
    f->doc = *doc;
    sx_cc_fn_read(c, f, params, body);
    return sx_cc_fn_node(c, f);
}

/* The head of a definition: its name, SX_NONE when the form has another shape. */
static sx_val defined_name(sx_val form)
{
    if (sx_cc_length(form) < 3) return SX_NONE;
    sx_val head = sx_head(sx_tail(form));
    if (sx_is_cons(head)) head = sx_head(head);
    return sx_is_symbol(head) ? sx_symbol_name(head) : SX_NONE;
}

void sx_cc_announce_defines(Cc *c, sx_val forms)
{
    for (; sx_is_cons(forms); forms = sx_tail(forms)) {
        if (sx_cc_head(c, sx_head(forms)) != CC_FORM_define) continue;
        sx_val name = defined_name(sx_head(forms));
        if (name != SX_NONE) sx_cc_own_global(c, name);
    }
}

CcNode *sx_cc_define(Cc *c, sx_val form)
{
    sx_val name = defined_name(form), head, rest;
    if (name == SX_NONE) return sx_cc_shape(c, CC_FORM_define);
    head = sx_head(sx_tail(form));
    rest = sx_tail(sx_tail(form));
    if (sx_cc_form_id(c, name) != CC_FORM_NONE) return sx_cc_error(c, "syntax", "`%s` is a core form, which cannot be redefined", sx_cc_text(name));
    if (name == SX_A(underscore) || name == SX_A(amp)) return sx_cc_error(c, "syntax", "`%s` cannot be defined", sx_cc_text(name));
    const CcGlobal *g = sx_cc_own_global(c, name);
    if (c->failed) return NULL;
    sx_val doc = SX_NIL, outer = c->define_name;
    CcPos here = c->pos;
    CcNode *value;
    c->define_name = name;
    if (sx_is_cons(head)) {
        value = define_function(c, name, sx_tail(head), rest, &doc);
    } else if (sx_tail(rest) != SX_EMPTY) {
        return sx_cc_shape(c, CC_FORM_define);
    } else {
        value = sx_cc_form(c, sx_head(rest));
        if (sx_cc_head(c, sx_head(rest)) == CC_FORM_fn && value->kind == CC_FN) {
            sx_val params = sx_tail(sx_head(rest));
            if (sx_is_symbol(sx_head(params))) params = sx_tail(params);
            value->fn->usage = usage(c, name, sx_head(params));
        }
    }
    c->define_name = outer;
    c->pos = here;
    if (c->failed) return NULL;
    if (value->kind == CC_FN) value->fn->flags &= (uint16_t)~SX_FN_LAMBDA;
    c->keeps = true;
    CcNode **args = sx_cc_alloc(c, 3 * sizeof *args);
    args[0] = sx_cc_const(c, g->full);
    args[1] = value;
    args[2] = sx_cc_const(c, doc);
    return call_library(c, "sx/%define", args, 3);
}

/* ---- module ---- */

/* (fun f n clause ...): name and arity; false when it has another shape. */
static bool fun_head(Cc *c, sx_val form, sx_val *name, int64_t *arity)
{
    sx_cc_place(c, form);
    if (sx_cc_head(c, form) == CC_FORM_fun && sx_cc_length(form) >= 4) {
        sx_val n = sx_head(sx_tail(sx_tail(form)));
        *name = name_of(sx_head(sx_tail(form)));
        *arity = sx_is_small(n) ? sx_small_value(n) : -1;
        if (*name != SX_NONE && *arity >= 0 && *arity <= CC_MAX_ARGS) return true;
    }
    sx_cc_error(c, "syntax", "a function of a module is (fun name arity ((pattern ...) body ...) ...) with at most %d arguments", CC_MAX_ARGS);
    return false;
}

static void declare_functions(Cc *c, sx_val forms)
{
    struct CcLocals *locals = sx_cc_alloc(c, sizeof *locals);
    int64_t n = sx_cc_length(forms);
    locals->n_slots = 16;
    while (locals->n_slots < 2 * n) locals->n_slots *= 2;
    locals->slots = sx_cc_zero(c, locals->n_slots * sizeof *locals->slots);
    c->unit->locals = locals;
    for (; sx_is_cons(forms) && !c->failed; forms = sx_tail(forms)) {
        sx_val name;
        int64_t arity;
        if (!fun_head(c, sx_head(forms), &name, &arity)) return;
        CcFn **slot = local_slot(locals, name, (unsigned)arity);
        if (*slot) {
            sx_cc_error(c, "syntax", "function %s/%lld is there twice", sx_cc_text(name), (long long)arity);
            return;
        }
        *slot = sx_cc_fn_new(c, sx_cc_group_new(c), name);
        (*slot)->flags = 0;
        (*slot)->n_required = (uint16_t)arity;
    }
}

/* Mark what the option :export names; without it everything is exported. */
static void export_functions(Cc *c, sx_val options)
{
    sx_val list = sx_map_get(options, sx_atom("export"));
    const struct CcLocals *locals = c->unit->locals;
    if (list == SX_NONE || list == sx_atom("all")) {
        for (uint32_t i = 0; i < locals->n_slots; i++)
            if (locals->slots[i]) locals->slots[i]->flags |= SX_FN_EXPORTED;
        return;
    }
    for (; sx_is_cons(list); list = sx_tail(list)) {
        sx_val e = sx_head(list);
        if (!sx_is_tuple(e) || sx_tuple_size(e) != 2 || !sx_is_atom(sx_tuple_elements(e)[0]) || !sx_is_small(sx_tuple_elements(e)[1])) break;
        int64_t arity = sx_small_value(sx_tuple_elements(e)[1]);
        CcFn *f = sx_cc_local(c, sx_tuple_elements(e)[0], arity);
        if (!f) {
            sx_cc_error(c, "undefined", "function %s/%lld is exported and not defined", sx_cc_text(sx_tuple_elements(e)[0]), (long long)arity);
            return;
        }
        f->flags |= SX_FN_EXPORTED;
    }
    if (list != SX_EMPTY) sx_cc_error(c, "syntax", "exports are a list of names with arities: {:export [#(:start 0) #(:stop 1)]}");
}

CcNode *sx_cc_module(Cc *c, sx_val form)
{
    sx_val rest = sx_tail(form), name = sx_is_cons(rest) ? name_of(sx_head(rest)) : SX_NONE, options = sx_map_empty();
    if (name == SX_NONE) return sx_cc_shape(c, CC_FORM_module);
    rest = sx_tail(rest);
    if (sx_is_cons(rest) && sx_cc_head(c, sx_head(rest)) == CC_FORM_map) {
        options = sx_cc_quote(c, sx_head(rest));
        rest = sx_tail(rest);
    } else if (sx_is_cons(rest) && sx_is_map(sx_head(rest))) {
        options = sx_head(rest);
        rest = sx_tail(rest);
    }
    if (c->failed) return NULL;
    CcPos here = c->pos;
    CcUnit *outer = c->unit, *unit = sx_cc_alloc(c, sizeof *unit), **last = &c->modules;
    sx_cc_unit_init(unit, name);
    while (*last) last = &(*last)->next;
    *last = unit;
    c->unit = unit;
    c->pos.file = UINT16_MAX; /* files are numbered by unit */
    sx_cc_place(c, form);
    declare_functions(c, rest);
    if (!c->failed) export_functions(c, options);
    for (; sx_is_cons(rest) && !c->failed; rest = sx_tail(rest)) {
        sx_val fun = sx_head(rest), parts = sx_tail(sx_tail(fun));
        sx_cc_place(c, fun);
        CcFn *f = sx_cc_local(c, name_of(sx_head(sx_tail(fun))), sx_small_value(sx_head(parts)));
        f->pos = c->pos;
        sx_cc_fn_clauses(c, f, sx_tail(parts), f->n_required);
        sx_cc_queue(c, f);
    }
    c->keeps = true;
    if (c->failed) return NULL; /* the place of the error names a file of the module: see sx_cc_error */
    c->unit = outer;
    c->pos = here;
    CcNode **args = sx_cc_alloc(c, 3 * sizeof *args);
    args[0] = sx_cc_node(c, CC_UNIT, 0);
    args[0]->unit = unit;
    args[1] = sx_cc_const(c, name);
    args[2] = sx_cc_const(c, options);
    return call_library(c, "sx/%module", args, 3);
}
