/* erl_modules.c - what Erlang programs ask of modules: module_info in all its forms, which functions are native, and the
 * versions of a module: the current one, which calls reach, and old code, which runs until code:purge/1 (lib/otp/code.erl).
 * M:module_info/0,1 are no functions of the module: the call ends up at er-undefined-function, which asks
 * erlang:get_module_info (lib/erlang/vm/dispatcher.sx). */
#include "base/utf8.h"
#include "prim/args.h"

static sx_val string_of(SxHeap *h, const char *text, size_t n)
{
    sx_val list = SX_EMPTY;
    for (size_t end = n; end > 0;) {
        size_t at = end - 1;
        while (at > 0 && ((unsigned char)text[at] & 0xC0) == 0x80) at--;
        uint32_t c = 0;
        sx_utf8_decode((const unsigned char *)text + at, end - at, &c);
        list = sx_cons(h, sx_small(c), list);
        end = at;
    }
    return list;
}

static sx_val name_arity(SxHeap *h, sx_val name, int64_t arity) { return sx_tuple(h, 2, name, sx_small(arity)); }

static sx_val with_module_info(SxHeap *h, sx_val list)
{
    for (int arity = 1; arity >= 0; arity--) list = sx_cons(h, name_arity(h, sx_atom("module_info"), arity), list);
    return list;
}

/* Functions that calls from outside reach, natives included: [{F, A}]. */
static sx_val exports_of(SxProc *p, sx_val module)
{
    const SxTable *t = &p->rt->code.exports;
    SxHeap *h = &p->heap;
    sx_val list = with_module_info(h, SX_EMPTY);
    uint64_t at = 0;
    for (const SxExport *e; (e = sx_table_next(t, &at)) != NULL;)
        if (e->module == module && e->fn != NULL) list = sx_cons(h, name_arity(h, e->name, (int64_t)e->arity), list);
    sx_charge(p, (size_t)t->n / 32);
    return list;
}

/* All functions that have names: [{F, A}]. */
static sx_val functions_of(SxProc *p, const SxModule *m, sx_val module)
{
    SxHeap *h = &p->heap;
    sx_val list = exports_of(p, module);
    if (m == NULL) return list;
    for (uint32_t i = 0; i < m->unit->n_fns; i++) {
        const SxFn *fn = &m->unit->fns[i];
        const SxExport *e = sx_export_find(&p->rt->code, module, fn->name, fn->max_args);
        if ((fn->flags & (SX_FN_LAMBDA | SX_FN_REMOTE)) || !(fn->flags & SX_FN_MODULE) || fn->module != module || (e != NULL && e->fn != NULL)) continue;
        list = sx_cons(h, name_arity(h, fn->name, fn->max_args), list);
    }
    return list;
}

static bool has_natives(const SxCode *c, sx_val module)
{
    uint64_t at = 0;
    for (const SxExport *e; (e = sx_table_next(&c->exports, &at)) != NULL;)
        if (e->module == module && e->fn != NULL && (e->fn->flags & SX_FN_NATIVE)) return true;
    return false;
}

/* A number that changes with the code. */
static uint64_t fingerprint(const SxModule *m)
{
    return m == NULL ? 0 : sx_hash_bytes(m->unit->code, (size_t)m->unit->n_code * sizeof(uint64_t)) ^ m->version;
}

/* [{Name, Values}] as the source has them; with a version, as a compiled module always has one. */
static sx_val attributes_of(SxHeap *h, const SxModule *m)
{
    sx_val vsn = sx_atom("vsn"), list = m != NULL && sx_is_map(m->info) ? sx_map_get(m->info, sx_atom("attributes")) : SX_EMPTY;
    if (!sx_is_list(list)) list = SX_EMPTY;
    for (sx_val l = list; sx_is_cons(l); l = sx_tail(l))
        if (sx_is_tuple(sx_head(l)) && sx_tuple_size(sx_head(l)) > 0 && sx_tuple_elements(sx_head(l))[0] == vsn) return list;
    return sx_cons(h, sx_tuple(h, 2, vsn, sx_cons(h, sx_uint(h, fingerprint(m)), SX_EMPTY)), list);
}

static sx_val compile_of(SxHeap *h, const SxModule *m)
{
    sx_val file = m != NULL && sx_is_map(m->info) ? sx_map_get(m->info, SX_A(file)) : SX_NONE, source = SX_EMPTY, list = SX_EMPTY;
    const char *text = NULL;
    size_t n;
    if (file != SX_NONE && sx_arg_text(file, &text, &n)) source = string_of(h, text, n);
    else if (file != SX_NONE && sx_is_cons(file)) source = file;
    if (source != SX_EMPTY) list = sx_cons(h, sx_tuple(h, 2, sx_atom("source"), source), SX_EMPTY);
    list = sx_cons(h, sx_tuple(h, 2, sx_atom("options"), SX_EMPTY), list);
    return sx_cons(h, sx_tuple(h, 2, sx_atom("version"), string_of(h, "8.2.3", 5)), list);
}

static sx_val md5_of(SxHeap *h, const SxModule *m)
{
    uint64_t parts[2] = {fingerprint(m), m == NULL ? 0 : sx_atom_hash(m->name)};
    return sx_binary(h, parts, sizeof parts);
}

/* The value of one item; SX_NONE when there is no such item. */
static sx_val item_of(SxProc *p, sx_val module, const SxModule *m, sx_val item)
{
    SxHeap *h = &p->heap;
    if (item == sx_atom("module")) return module;
    if (item == sx_atom("exports")) return exports_of(p, module);
    if (item == sx_atom("functions")) return functions_of(p, m, module);
    if (item == sx_atom("attributes")) return attributes_of(h, m);
    if (item == sx_atom("compile")) return compile_of(h, m);
    if (item == sx_atom("md5")) return md5_of(h, m);
    if (item == sx_atom("nifs")) return SX_EMPTY;
    if (item == SX_A(native)) return SX_FALSE;
    return SX_NONE;
}

SX_PRIM(get_module_info2, "(erlang:get_module_info m &opt item)",
        "What is known of a loaded module, or one item of it: module, exports, attributes, compile, md5, functions, nifs.")
{
    SxHeap *h = &p->heap;
    const SxModule *m = sx_is_atom(argv[0]) ? sx_module_find(&p->rt->code, argv[0]) : NULL;
    if (!sx_is_atom(argv[0]) || (m == NULL && !has_natives(&p->rt->code, argv[0]))) return sx_badarg(p, "get_module_info: takes the name of a loaded module");
    if (sx_given(argv[1])) {
        sx_val v = item_of(p, argv[0], m, argv[1]);
        return v == SX_NONE ? sx_badarg(p, "get_module_info: the item is not known") : v;
    }
    static const char *const items[] = {"module", "exports", "attributes", "compile", "md5"};
    sx_val list = SX_EMPTY;
    for (size_t i = SX_COUNT(items); i-- > 0;) {
        sx_val name = sx_atom(items[i]);
        list = sx_cons(h, sx_tuple(h, 2, name, item_of(p, argv[0], m, name)), list);
    }
    return list;
}

SX_PRIM(is_builtin3, "(erlang:is_builtin m f arity)", "True when that function is native.")
{
    if (!sx_is_atom(argv[0]) || !sx_is_atom(argv[1]) || !sx_is_small(argv[2])) return sx_badarg(p, "is_builtin: takes module, function and arity");
    const SxExport *e = sx_export_find(&p->rt->code, argv[0], argv[1], (unsigned)sx_small_value(argv[2]));
    return sx_bool(e != NULL && e->fn != NULL && (e->fn->flags & SX_FN_NATIVE));
}

SX_PRIM(is_native_module1, "(erts_internal:is_native_module m)", "True when some function of that module is native.")
{
    return sx_bool(sx_is_atom(argv[0]) && has_natives(&p->rt->code, argv[0]));
}

SX_PRIM(pre_loaded0, "(erlang:pre_loaded)", "Modules that are there from the start.")
{
    static const char *const names[] = {"erlang", "erts_internal", "init", "atomics", "counters", "persistent_term"};
    sx_val list = SX_EMPTY;
    for (size_t i = SX_COUNT(names); i-- > 0;) list = sx_cons(&p->heap, sx_atom(names[i]), list);
    return list;
}

/* ---- old code ---- */

SX_PRIM(check_old_code1, "(erlang:check_old_code m)", "True when versions of the module before the current one were not purged yet.")
{
    return sx_is_atom(argv[0]) ? sx_bool(sx_module_has_old(&p->rt->code, argv[0])) : sx_badarg(p, "check_old_code: takes the name of a module");
}
SX_PRIM(delete_module1, "(erlang:delete_module m)", "Make the module's code old: calls reach it no more. Answers true, or undefined when it is not loaded; raises badarg when there is old code already.")
{
    SxCode *c = &p->rt->code;
    if (!sx_is_atom(argv[0])) return sx_badarg(p, "delete_module: takes the name of a module");
    if (sx_module_find(c, argv[0]) == NULL) return SX_A(undefined);
    return sx_module_delete(c, argv[0]) ? SX_TRUE : sx_badarg(p, "delete_module: the module has old code that must be purged first");
}
SX_PRIM(purge_module1, "(erlang:purge_module m)", "Forget the module's old code, which nobody uses (code:purge/1 makes sure of it). Raises badarg when there is none.")
{
    return sx_is_atom(argv[0]) && sx_module_purge(&p->rt->code, argv[0]) ? SX_TRUE : sx_badarg(p, "purge_module: takes the name of a module with old code");
}

SX_PRIM_TABLE(erl_modules){&get_module_info2_prim, &is_builtin3_prim, &is_native_module1_prim, &pre_loaded0_prim, &check_old_code1_prim, &delete_module1_prim, &purge_module1_prim, NULL};
