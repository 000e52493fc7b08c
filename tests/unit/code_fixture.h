/* code_fixture.h - what test_code.c and test_image.c share: a few primitives, and units made by hand. */
#ifndef CODE_FIXTURE_H
#define CODE_FIXTURE_H

#include "code/code.h"
#include "code/prim.h"

/* An instruction word (a constant expression), and an address as an operand. */
#define I(op, a, b, c) ((uint64_t)SX_OP_##op | (uint64_t)(a) << 16 | (uint64_t)(b) << 32 | (uint64_t)(c) << 48)
#define W(x) ((uint64_t)(uintptr_t)(x))

SX_PRIM(fixture_slice, "(slice xs start &opt end)", "Part of `xs`.") { return argv[0]; }
SX_GUARD_PRIM(fixture_length, "(erlang:length xs)", "Its length.") { return argv[0]; }
SX_PRIM(fixture_reverse, "(lists:reverse xs &opt tail)", "Turned round.") { return argv[0]; }
SX_PRIM(fixture_str, "(str & parts)", "All parts as one string. This text is longer than the sixty-four bytes that a binary in a heap has at most.") { return argv[0]; }
SX_PRIM(fixture_equal, "(erlang:=:= a b)", "Are they the same?") { return argv[0]; }
SX_PRIM(fixture_self, "(self)", "Own pid.") { return SX_NIL; }

static const SxPrim *const fixture_prims[] = {&fixture_slice_prim, &fixture_length_prim, &fixture_reverse_prim,
                                              &fixture_str_prim, &fixture_equal_prim, &fixture_self_prim};
#define FIXTURE_PRIMS ((uint32_t)SX_COUNT(fixture_prims))

typedef struct FixtureFn {
    const char *name;
    unsigned n_args, frame, flags;
    const uint64_t *code;
    size_t n_code;
} FixtureFn;

/* A unit of these functions. Each function's code comes from line 10, 20, ... of file, column 1, and from its third word on
 * from column 5. */
static inline SxUnit *fixture_unit(SxCode *c, const char *module, const char *file, const FixtureFn *fns, size_t n_fns)
{
    size_t n_code = 0;
    for (size_t i = 0; i < n_fns; i++) n_code += fns[i].n_code;
    SxUnit *unit = (SxUnit *)sx_shared_alloc(&c->shared, sizeof *unit / 8);
    unit->fns = (SxFn *)sx_shared_alloc(&c->shared, sizeof(SxFn) / 8 * n_fns);
    unit->positions = (SxPos *)sx_shared_alloc(&c->shared, sizeof(SxPos) / 8 * n_fns * 2);
    unit->files = sx_shared_alloc(&c->shared, 1);
    unit->files[0] = sx_atom(file);
    unit->code = sx_shared_alloc(&c->shared, n_code);
    unit->n_files = 1;
    unit->n_fns = (uint32_t)n_fns;
    unit->n_code = (uint32_t)n_code;
    unit->module = sx_atom(module);
    uint32_t at = 0;
    for (size_t i = 0; i < n_fns; i++) {
        SxFn *fn = &unit->fns[i];
        memcpy(unit->code + at, fns[i].code, fns[i].n_code * 8);
        fn->code = unit->code + at;
        fn->n_code = (uint32_t)fns[i].n_code;
        fn->min_args = fn->max_args = (uint16_t)fns[i].n_args;
        fn->frame = (uint16_t)fns[i].frame;
        fn->flags = (uint16_t)fns[i].flags;
        fn->name = sx_atom(fns[i].name);
        fn->module = unit->module;
        fn->usage = fn->doc = SX_NIL;
        fn->unit = unit;
        fn->closure = SX_NONE;
        unit->positions[unit->n_positions++] = (SxPos){.offset = at, .line = 10 * (uint32_t)(i + 1), .column = 1};
        if (fns[i].n_code > 2) unit->positions[unit->n_positions++] = (SxPos){.offset = at + 2, .line = 10 * (uint32_t)(i + 1), .column = 5};
        at += fn->n_code;
    }
    return unit;
}

#endif
