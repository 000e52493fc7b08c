/* prim.h - how a primitive is declared: once, in one macro, with usage, doc and body.
 * The usage string is the only truth: "(slice xs start &opt end)" gives name, arity (&opt: optional ones, & more: any number),
 * `doc`, completion and arity errors. A name without a module belongs to SX ("nth" is the global sx/nth); with a module
 * ("erlang:setelement") it is that module's function. A forgotten table row is an unused-variable warning.
 *
 * A primitive gets the process and its arguments; absent optional ones are SX_NONE. It answers a value, or a mark:
 *   SX_THROWN    after sx_throw... (proc.h)
 *   SX_AGAIN     it used up the time slice: it is called again with the same arguments; its place is in p->prim_state (a root,
 *                SX_NONE at the first call)
 *   SX_APART     its work is long: another thread does it (sx_apart); it is called again with the same arguments
 *   SX_PARKED    it waits: called again after a wake-up, looks again, may park again
 *   SX_TAILCALL  p->tail_fn is to be called with the p->tail_argc values p->tail_args, in its place
 * It never runs SX code, never blocks, never collects; argv stays valid while it runs. */
#ifndef SX_PRIM_H
#define SX_PRIM_H

#include "value/term.h"

struct SxProc;
typedef sx_val (*SxPrimFn)(struct SxProc *p, const sx_val *argv, int argc);

enum { SX_PRIM_IS_GUARD = 1 };

typedef struct SxPrim {
    const char *usage, *doc;
    SxPrimFn fn;
    int flags;
} SxPrim;

#define SX_PRIM_DECLARE(id, usage_text, doc_text, flag_bits)                                                           \
    static sx_val id##_body(struct SxProc *p, const sx_val *argv, int argc);                                          \
    static const SxPrim id##_prim = {usage_text, doc_text, id##_body, flag_bits};                                     \
    static sx_val id##_body(__attribute__((unused)) struct SxProc *p, __attribute__((unused)) const sx_val *argv,     \
                            __attribute__((unused)) int argc)
#define SX_PRIM(id, usage_text, doc_text) SX_PRIM_DECLARE(id, usage_text, doc_text, 0)
#define SX_GUARD_PRIM(id, usage_text, doc_text) SX_PRIM_DECLARE(id, usage_text, doc_text, SX_PRIM_IS_GUARD)
/* SX_PRIM_TABLE(list) { &list_first_prim, ..., NULL }; the table is sx_prims_list */
#define SX_PRIM_TABLE(subject) const SxPrim *const sx_prims_##subject[] =

#endif
