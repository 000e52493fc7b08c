/* machine.h - for unit tests that run processes: a machine with all primitives and no library, and processes of a core form. */
#ifndef MACHINE_H
#define MACHINE_H

#include "lang/compile.h"
#include "lang/reader.h"
#include "prim/prims.h"
#include "sched/runtime.h"
#include "sched/sched.h"
#include "value/atom.h"
#include <stdio.h>

static SxRuntime rt;
static int64_t machine_now = 1000000000;

static inline void machine_init(void)
{
    SxLimits limits = {.max_atoms = 1 << 20, .max_processes = 1 << 16, .max_heap_words = (size_t)1 << 26, .max_shared_words = (size_t)1 << 28};
    sx_runtime_init(&rt, &limits);
    uint32_t n;
    const SxPrim *const *prims = sx_prims_all(&n);
    SX_CHECK(sx_code_add_prims(&rt.code, prims, n));
}

/* The function that performs a core form. */
static inline SxFn *machine_fn(const char *text)
{
    SxHeap h;
    SxReader r;
    sx_val form;
    SxCompileError error;
    bool keeps;
    SxCompileOptions options = {.ns = sx_atom("")};
    sx_heap_init(&h, 16, 1024, (size_t)1 << 20);
    sx_reader_init(&r, text, strlen(text), sx_atom("t.sx"), 1, 1);
    SX_CHECK(sx_read(&r, &h, &form) == SX_READ_OK);
    SxFn *fn = sx_compile(&rt.code, &h, form, &options, &error, &keeps);
    if (fn == NULL) printf("%s\n", error.message);
    SX_CHECK(fn != NULL);
    sx_heap_deinit(&h);
    return fn;
}

static inline SxProc *machine_spawn(SxFn *fn)
{
    SxSpawn spawn = {.fn = sx_fn_closure(&rt.code, fn), .parent = SX_NIL, .name = SX_NONE, .priority = SX_PRIO_NORMAL, .group_leader = SX_NIL};
    SxProc *p = sx_spawn(&rt, &spawn);
    SX_CHECK(p != NULL);
    return p;
}

/* Step until nothing is runnable. Time stands still. */
static inline SxStepResult machine_settle(void)
{
    int64_t until;
    SxStepResult r;
    while ((r = sx_step(&rt.sched, machine_now, 100000, &until)) == SX_STEP_AGAIN) {}
    return r;
}

/* A process that receives and forgets, for ever; and one whose primitive parks again whatever comes. */
#define MACHINE_RECEIVER "(letrec ((f (fn () (receive (m (f)))))) (f))"

#endif
