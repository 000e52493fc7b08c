/* compile.c - the compiler's entry: one top-level form in, a function of no arguments out.
 * Owns the order of things: read the form into a tree, emit the units of its modules and its own, then install them. What
 * each part does is in compile_internal.h.
 * INVARIANT: the store is touched last, when nothing but its limit can stand in the way. */
#include "lang/compile_internal.h"

static void init(Cc *c, SxCode *code, SxHeap *scratch, const SxCompileOptions *options, SxCompileError *err)
{
    memset(c, 0, sizeof *c);
    memset(err, 0, sizeof *err);
    err->kind = err->file = SX_NIL;
    c->code = code;
    c->heap = scratch;
    c->options = options;
    c->err = err;
    c->names = sx_cc_names();
    c->a_when = sx_atom("when");
    c->a_equal = sx_atom("=");
    c->a_default = sx_atom("default");
    c->define_name = SX_NONE;
    c->last_file = SX_NONE;
    c->top_level = true;
}

static void deinit(Cc *c, CcUnit *main)
{
    for (CcUnit *u = c->modules; u; u = u->next) sx_cc_unit_deinit(u);
    sx_cc_unit_deinit(main);
    sx_free(c->scope.at);
    sx_free(c->patches.at);
    for (CcChunk *chunk = c->chunks; chunk;) {
        CcChunk *next = chunk->next;
        sx_free(chunk);
        chunk = next;
    }
}

SxFn *sx_compile(SxCode *code, SxHeap *scratch, sx_val form, const SxCompileOptions *options, SxCompileError *err, bool *keeps)
{
    Cc c;
    CcUnit main;
    init(&c, code, scratch, options, err);
    sx_cc_unit_init(&main, options->ns);
    c.unit = &main;
    sx_cc_place(&c, form);
    const CcNode *entry = sx_cc_form(&c, form);
    c.fn = NULL;
    for (CcUnit *u = c.modules; u && !c.failed; u = u->next) sx_cc_emit_unit(&c, u, NULL);
    if (!c.failed) sx_cc_emit_unit(&c, &main, entry);
    for (CcUnit *u = c.modules; u && !c.failed; u = u->next) sx_cc_install(&c, u);
    SxFn *fn = c.failed || !sx_cc_install(&c, &main) ? NULL : main.installed->fns;
    if (keeps) *keeps = c.keeps || main.fns.n > 1;
    deinit(&c, &main);
    return fn;
}
