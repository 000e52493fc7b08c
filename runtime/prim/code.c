/* code.c - primitives that read, compile and define: what the loader in boot/lib/sx/core.sx stands on, and what `doc` asks. */
#include "base/buf.h"
#include "lang/compile.h"
#include "lang/reader.h"
#include "prim/args.h"
#include "value/copy.h"

static sx_val text_value(SxProc *p, const char *text) { return sx_binary(&p->heap, text, strlen(text)); }

/* ---- symbols ---- */

SX_GUARD_PRIM(is_symbol, "(symbol? x)", "True for a symbol of source code.") { return sx_bool(sx_is_symbol(argv[0])); }
#define SYMBOL_FIELD(id, usage, doc, value)                                                                            \
    SX_PRIM(id, usage, doc)                                                                                            \
    {                                                                                                                  \
        if (!sx_is_symbol(argv[0])) return sx_badarg(p, "takes a symbol");                                             \
        return value;                                                                                                  \
    }
SYMBOL_FIELD(symbol_name, "(symbol-name s)", "Name of a symbol, an atom.", sx_symbol_name(argv[0]))
SYMBOL_FIELD(symbol_file, "(symbol-file s)", "File that a symbol was read from, an atom.", sx_symbol_file(argv[0]))
SYMBOL_FIELD(symbol_line, "(symbol-line s)", "Line that a symbol was read from.", sx_small(sx_symbol_line(argv[0])))
SYMBOL_FIELD(symbol_column, "(symbol-column s)", "Column that a symbol was read from.", sx_small(sx_symbol_column(argv[0])))
SX_PRIM(make_symbol, "(make-symbol name file line column)", "A symbol with that name (atom) and place.")
{
    if (!sx_is_atom(argv[0]) || !sx_is_atom(argv[1]) || !sx_is_small(argv[2]) || !sx_is_small(argv[3])) return sx_badarg(p, "make-symbol: takes two atoms and two integers");
    return sx_symbol(&p->heap, argv[0], argv[1], (int)sx_small_value(argv[2]), (int)sx_small_value(argv[3]));
}
SX_PRIM(symbol_like, "(symbol-like s name)", "A symbol named `name` (atom) with the place of symbol `s`.")
{
    if (!sx_is_symbol(argv[0]) || !sx_is_atom(argv[1])) return sx_badarg(p, "symbol-like: takes a symbol and an atom");
    return sx_symbol_like(&p->heap, argv[1], argv[0]);
}
SX_PRIM(symbol_made_by, "(%symbol-made-by s macro)", "The symbol `s` as the macro with that full name (an atom) makes it; one that a macro made stays.")
{
    if (!sx_is_symbol(argv[0]) || !sx_is_atom(argv[1])) return sx_badarg(p, "%%symbol-made-by: takes a symbol and an atom");
    return sx_symbol_made_by(&p->heap, argv[0], argv[1]);
}
SX_PRIM(symbol_macro, "(symbol-macro s)", "Full name of the macro whose expansion made the symbol `s`, nil when it was read.")
{
    if (!sx_is_symbol(argv[0])) return sx_badarg(p, "takes a symbol");
    uint32_t macro = sx_symbol_macro(argv[0]);
    return macro == 0 ? SX_NIL : SX_ATOM(macro);
}

/* ---- reading and compiling ---- */

SX_PRIM(read, "(%read text offset file line column)",
        "Next datum of `text` from byte `offset`, which stands at line and column: #(:ok form offset line column), :end, #(:error message offset line column) or #(:more message line column).")
{
    size_t n;
    unsigned char *scratch = NULL;
    int64_t at, line, column;
    SxHeap *h = &p->heap;
    if (!sx_bits_is_binary(argv[0]) || !sx_num_to_int64(argv[1], &at) || !sx_is_atom(argv[2]) || !sx_num_to_int64(argv[3], &line) || !sx_num_to_int64(argv[4], &column))
        return sx_badarg(p, "%%read: takes text, an offset, a file name (atom), a line and a column");
    const char *text = (const char *)sx_binary_bytes_any(argv[0], &n, &scratch);
    if (at < 0 || (size_t)at > n) {
        sx_free(scratch);
        return sx_badarg(p, "%%read: the offset is past the text's end");
    }
    SxReader r;
    sx_val form, answer;
    sx_reader_init(&r, text + at, n - (size_t)at, argv[2], (int)line, (int)column);
    SxReadStatus status = sx_read(&r, h, &form);
    sx_val next = sx_small(at + (int64_t)r.at);
    sx_charge(p, r.at / 64);
    switch (status) {
    case SX_READ_OK: answer = sx_tuple(h, 5, SX_A(ok), form, next, sx_small(r.line), sx_small(r.column)); break;
    case SX_READ_END: answer = SX_A(end); break;
    case SX_READ_MORE: answer = sx_tuple(h, 4, SX_A(more), text_value(p, r.message), sx_small(r.error_line), sx_small(r.error_column)); break;
    default: answer = sx_tuple(h, 5, SX_A(error), text_value(p, r.message), next, sx_small(r.error_line), sx_small(r.error_column)); break;
    }
    sx_free(scratch);
    return answer;
}

/* What a warning (kind SX_NONE) or an error says, and where. */
static sx_val place(SxProc *p, sx_val kind, const char *message, sx_val file, int line, int column, sx_val macro)
{
    sx_val pairs[12] = {SX_A(message), text_value(p, message), SX_A(file), file, SX_A(line), sx_small(line), SX_A(column), sx_small(column), SX_A(kind), kind,
                        sx_atom("macro"), macro};
    return sx_map_from_pairs(&p->heap, pairs, kind == SX_NONE ? 4 : macro == SX_NIL ? 5 : 6);
}

typedef struct Warnings { SxProc *p; sx_val list; } Warnings;
static void add_warning(void *arg, const SxCompileWarning *w)
{
    Warnings *ws = arg;
    ws->list = sx_cons(&ws->p->heap, place(ws->p, SX_NONE, w->message, w->file, w->line, w->column, SX_NIL), ws->list);
}

static bool option(sx_val map, sx_val key)
{
    sx_val v = sx_map_get(map, key);
    return v != SX_NONE && sx_is_true(v);
}

SX_PRIM(compile, "(%compile form ns options)",
        "Compile one expanded form in namespace `ns`: #(f warnings), f a function that performs it. Options :library, :transient. Raises #(:compile_error {...}).")
{
    if (!sx_is_atom(argv[1]) || !sx_is_map(argv[2])) return sx_badarg(p, "%%compile: takes a form, a namespace (atom) and a map");
    Warnings ws = {p, SX_EMPTY};
    SxCompileOptions o = {.ns = argv[1], .is_library = option(argv[2], SX_A(library)), .transient = option(argv[2], SX_A(transient)), .warn = add_warning, .warn_arg = &ws};
    SxCompileError error = {0};
    bool keeps;
    SxFn *fn = sx_compile(&p->rt->code, &p->heap, argv[0], &o, &error, &keeps);
    sx_charge(p, 50);
    if (fn == NULL) return sx_throw(p, SX_A(error), sx_tuple(&p->heap, 2, SX_A(compile_error), place(p, error.kind, error.message, error.file, error.line, error.column, error.macro)));
    if (o.transient && !keeps) fn->unit->owner = p->pid;
    sx_val f = sx_fn_closure(&p->rt->code, fn);
    return sx_tuple(&p->heap, 3, f, ws.list, sx_bool(keeps));
}

SX_PRIM(constant, "(%constant v)", "Copy of a constant in the process's own memory: transient evaluations load constants through it.")
{
    SxCopier c = SX_COPIER_INIT;
    c.out_of_shared = true;
    sx_val v = argv[0];
    size_t n = sx_copier_measure(&c, &v, 1);
    sx_copier_run(&c, &v, 1, n > 0 ? sx_heap_alloc(&p->heap, n) : NULL); /* no words: the empty map, of which there is one */
    sx_copier_deinit(&c);
    sx_charge(p, n / 16);
    return v;
}
SX_PRIM(drop, "(%drop f)", "Give back the code of a transient evaluation that left nothing behind: `f` must not be called again. True when it could be.")
{
    if (!sx_is_closure(argv[0])) return sx_badarg(p, "%%drop: takes a function");
    const SxFn *fn = (const SxFn *)(uintptr_t)sx_ptr(argv[0])[1];
    sx_code_drop_unit(&p->rt->code, fn->unit);
    return SX_TRUE;
}

SX_PRIM(drop_failed, "(%drop-failed)",
        "Give back the code of this process's transient evaluations that raised: what they raised was told, and none of them runs any more.")
{
    (void)argv;
    sx_code_drop_units_of(&p->rt->code, p->pid);
    return SX_A(ok);
}

/* ---- defining ---- */

SX_PRIM(define, "(%define name value doc)", "Give the global with that full name a value. Answers the name.")
{
    if (!sx_is_atom(argv[0])) return sx_badarg(p, "%%define: the name must be an atom");
    SxCell *cell = sx_cell(&p->rt->code, argv[0]);
    if (cell == NULL || !sx_cell_define(&p->rt->code, cell, argv[1], argv[2])) return sx_error(p, SX_A(system_limit));
    cell->flags &= ~(uint64_t)SX_CELL_MACRO;
    return argv[0];
}

/* Macros are cells of their own: the name with %macro: before it. */
static SxCell *macro_cell(SxProc *p, sx_val name, bool make)
{
    SxBuf b = SX_BUF_INIT;
    size_t n;
    const char *text = sx_atom_text(name, &n);
    sx_buf_add_str(&b, "%macro:");
    sx_buf_add(&b, text, n);
    sx_val full = make ? sx_atom_intern(b.data, b.len) : sx_atom_existing(b.data, b.len);
    sx_buf_deinit(&b);
    if (full == SX_NONE) return NULL;
    return make ? sx_cell(&p->rt->code, full) : sx_cell_find(&p->rt->code, full);
}
SX_PRIM(define_macro, "(%define-macro name f doc)", "Make `f` the macro with that full name. Answers the name.")
{
    if (!sx_is_atom(argv[0]) || !sx_is_closure(argv[1])) return sx_badarg(p, "%%define-macro: takes an atom and a function");
    SxCell *cell = macro_cell(p, argv[0], true);
    if (cell == NULL || !sx_cell_define(&p->rt->code, cell, argv[1], argv[2])) return sx_error(p, SX_A(system_limit));
    cell->flags |= SX_CELL_MACRO;
    return argv[0];
}
SX_PRIM(macro_of, "(%macro-of name)", "The macro with that full name, or nil.")
{
    if (!sx_is_atom(argv[0])) return sx_badarg(p, "%%macro-of: takes an atom");
    SxCell *cell = macro_cell(p, argv[0], false);
    return cell == NULL || cell->value == SX_NONE ? SX_NIL : cell->value;
}

/* The value of a global or native by its full name; SX_NONE when there is none. */
static sx_val global(SxProc *p, sx_val name)
{
    const SxCell *cell = sx_cell_find(&p->rt->code, name);
    return cell == NULL ? SX_NONE : cell->value;
}
SX_PRIM(global_defined, "(global-defined? name)", "True when the full name (atom) is a global or a native. (global-defined? 'sx/nth) => true")
{
    if (!sx_is_atom(argv[0])) return sx_badarg(p, "global-defined?: takes an atom");
    return sx_bool(global(p, argv[0]) != SX_NONE);
}
SX_PRIM(global_value, "(%global name)", "Value of the global with that full name. Raises #(:unbound name).")
{
    if (!sx_is_atom(argv[0])) return sx_badarg(p, "%%global: takes an atom");
    sx_val v = global(p, argv[0]);
    return v == SX_NONE ? sx_error2(p, SX_A(unbound), argv[0]) : v;
}
SX_PRIM(install_module, "(%module unit name info)", "Publish a compiled module. Answers its name.")
{
    if (!sx_is_small(argv[0]) || !sx_is_atom(argv[1])) return sx_badarg(p, "%%module: takes a unit, a name and a map");
    SxUnit *unit = (SxUnit *)(uintptr_t)sx_small_value(argv[0]);
    if (sx_module_install(&p->rt->code, argv[1], unit, argv[2]) == NULL) return sx_error(p, SX_A(system_limit));
    return argv[1];
}

/* ---- asking ---- */

static sx_val doc_of(SxProc *p, sx_val name)
{
    SxHeap *h = &p->heap;
    const SxCell *macro = macro_cell(p, name, false), *cell = sx_cell_find(&p->rt->code, name);
    if (macro != NULL && macro->value != SX_NONE) return sx_tuple(h, 3, SX_A(macro), SX_NIL, macro->doc);
    const char *usage, *doc;
    if ((cell == NULL || cell->value == SX_NONE) && sx_form_doc(name, &usage, &doc))
        return sx_tuple(h, 3, sx_atom("form"), sx_binary(h, usage, strlen(usage)), sx_binary(h, doc, strlen(doc)));
    if (cell == NULL || cell->value == SX_NONE) return SX_NIL;
    if (!sx_is_closure(cell->value)) return sx_tuple(h, 3, SX_A(value), SX_NIL, cell->doc);
    const SxFn *fn = (const SxFn *)(uintptr_t)sx_ptr(cell->value)[1];
    if (fn->flags & SX_FN_NATIVE) return sx_tuple(h, 3, SX_A(native), fn->usage, fn->doc);
    return sx_tuple(h, 3, SX_A(function), fn->usage, cell->doc != SX_NIL && cell->doc != 0 ? cell->doc : fn->doc);
}
SX_PRIM(doc, "(%doc name)", "What is known of a full name: #(kind usage doc), or nil.")
{
    return sx_is_atom(argv[0]) ? doc_of(p, argv[0]) : sx_badarg(p, "%%doc: takes an atom");
}
SX_PRIM(names, "(%names)", "Full names of all globals, natives and macros.")
{
    const SxTable *t = &p->rt->code.cells;
    sx_val list = SX_EMPTY;
    for (uint64_t i = 0; i < t->cap; i++) {
        const SxCell *cell = (const SxCell *)(uintptr_t)t->slots[i];
        if (cell == NULL || cell->value == SX_NONE) continue;
        size_t n;
        const char *text = sx_atom_text(cell->name, &n);
        sx_val name = cell->name;
        if (n > 7 && memcmp(text, "%macro:", 7) == 0) name = sx_atom_intern(text + 7, n - 7);
        list = sx_cons(&p->heap, name, list);
    }
    return list;
}
SX_PRIM(disassemble, "(disassemble f)", "Bytecode of function `f` as text; of `(fun m:f/2)`, of the function that a call would reach now.")
{
    if (!sx_is_closure(argv[0])) return sx_badarg(p, "disassemble: takes a function");
    SxBuf b = SX_BUF_INIT;
    const SxFn *fn = (const SxFn *)(uintptr_t)sx_ptr(argv[0])[1];
    const SxExport *e = fn->flags & SX_FN_REMOTE ? sx_export_find(&p->rt->code, fn->module, fn->name, fn->max_args) : NULL;
    if (e != NULL && e->fn != NULL && !(e->fn->flags & SX_FN_NATIVE)) fn = e->fn;
    sx_code_disassemble(&p->rt->code, fn, &b);
    sx_val v = sx_binary(&p->heap, b.data, b.len);
    sx_buf_deinit(&b);
    return v;
}
SX_PRIM(fn_info, "(%fn-info f)", "What is known of a function: a map of :name :module :arity :max :file :line :native.")
{
    if (!sx_is_closure(argv[0])) return sx_badarg(p, "%%fn-info: takes a function");
    const SxFn *fn = (const SxFn *)(uintptr_t)sx_ptr(argv[0])[1];
    SxWhere at = {0};
    bool found = sx_code_where(&p->rt->code, fn->code, &at);
    sx_val pairs[] = {SX_A(name), fn->name, sx_atom("module"), fn->module, SX_A(arity), sx_small(fn->min_args),
                      SX_A(max), fn->flags & SX_FN_REST ? SX_NIL : sx_small(fn->max_args), SX_A(file), found && at.line ? at.file : SX_NIL,
                      SX_A(line), found ? sx_small(at.line) : SX_NIL, SX_A(native), sx_bool(fn->flags & SX_FN_NATIVE)};
    return sx_map_from_pairs(&p->heap, pairs, SX_COUNT(pairs) / 2);
}
SX_PRIM(function_exported3, "(erlang:function_exported m f arity)", "True when the loaded module exports that function, or it is native.")
{
    if (!sx_is_atom(argv[0]) || !sx_is_atom(argv[1]) || !sx_is_small(argv[2])) return sx_badarg(p, "function_exported: takes module, function and arity");
    const SxExport *e = sx_export_find(&p->rt->code, argv[0], argv[1], (unsigned)sx_small_value(argv[2]));
    bool loaded = sx_module_find(&p->rt->code, argv[0]) != NULL;
    if (loaded && argv[1] == sx_atom("module_info") && (argv[2] == sx_small(0) || argv[2] == sx_small(1))) return SX_TRUE; /* every module has it */
    return sx_bool(e != NULL && e->fn != NULL && (loaded || (e->fn->flags & SX_FN_NATIVE)));
}
SX_PRIM(module_loaded1, "(erlang:module_loaded m)", "True when the module is loaded.")
{
    if (!sx_is_atom(argv[0])) return sx_badarg(p, "module_loaded: takes an atom");
    return sx_bool(sx_module_find(&p->rt->code, argv[0]) != NULL);
}
SX_PRIM(module_info, "(%module-info m)", "Info map of a loaded module, or nil.")
{
    if (!sx_is_atom(argv[0])) return sx_badarg(p, "%%module-info: takes an atom");
    const SxModule *m = sx_module_find(&p->rt->code, argv[0]);
    return m == NULL ? SX_NIL : m->info;
}
SX_PRIM(loaded0, "(erlang:loaded)", "Names of all loaded modules.")
{
    const SxTable *t = &p->rt->code.modules;
    sx_val list = SX_EMPTY;
    for (uint64_t i = 0; i < t->cap; i++)
        if (t->slots[i] != 0) list = sx_cons(&p->heap, ((const SxModule *)(uintptr_t)t->slots[i])->name, list);
    return list;
}

SX_PRIM_TABLE(code){&is_symbol_prim, &symbol_name_prim, &symbol_file_prim, &symbol_line_prim, &symbol_column_prim, &make_symbol_prim, &symbol_like_prim, &symbol_made_by_prim, &symbol_macro_prim,
                    &read_prim, &compile_prim, &constant_prim, &drop_prim, &drop_failed_prim, &define_prim, &define_macro_prim, &macro_of_prim, &global_defined_prim, &global_value_prim,
                    &install_module_prim, &doc_prim, &names_prim, &disassemble_prim, &fn_info_prim, &function_exported3_prim, &module_loaded1_prim,
                    &module_info_prim, &loaded0_prim, NULL};
