/* vm.h - running bytecode: one process, until it gives way. */
#ifndef SX_VM_H
#define SX_VM_H

#include "proc/runtime.h"
#include "value/compare.h"

typedef enum SxRun {
    SX_RUN_YIELD, /* its slice is used up */
    SX_RUN_PARK,  /* it waits: pc is where it goes on after any wake-up */
    SX_RUN_APART, /* p->apart is to be done on another thread; then sx_vm_apart_done, and it may run again */
    SX_RUN_EXIT   /* it has ended: exc_class is SX_NONE after a normal return, else what was not caught */
} SxRun;

/* Run p from its saved state for p->reductions. The whole state is in p again when this returns. */
SxRun sx_vm_run(SxProc *p);
/* The work of p->apart is done. p may be over its limit (p->over_limit) and must end then, as after SX_RUN_EXIT. */
void sx_vm_apart_done(SxProc *p);
/* What was done apart for p is not wanted any more. */
void sx_vm_drop_outcome(SxProc *p);
/* Prepare a fresh process to call fn with the list args, both in its heap, shared or immediate. name: SX_NONE, or the
 * name of a function of module fn, looked up when it first runs. */
void sx_vm_start(SxProc *p, sx_val fn, sx_val args, sx_val name);
/* Raise error:interrupted in p where it stands between two slices. False: no handler is there for it, so nothing was done, as
 * an interrupt never ends a process: it is late, and what it meant is over. */
bool sx_vm_interrupt(SxProc *p, SxInterrupt kind);
/* Raise any exception in p where it stands between two slices; it ends p when nobody handles it. */
void sx_vm_raise_in(SxProc *p, sx_val class, sx_val reason);

/* Raise `reason` as if the running function had been called with `args` (a list): erlang:error/2. `info`: a map for error_info
 * in its frame, or anything else for none. */
sx_val sx_vm_error_args(SxProc *p, sx_val reason, sx_val args, sx_val info);
/* Raise with a trace that was given, raw or as a list: erlang:raise/3. */
sx_val sx_vm_raise(SxProc *p, sx_val class, sx_val reason, sx_val trace);

/* Whether v has at most SX_AT_ONCE_ELEMENTS words; bytes of large binaries do not count. */
bool sx_vm_is_short(sx_val v);
/* Length of a list as a small integer; SX_NONE when it is none that ends in []; SX_APART as from sx_work. Charges. */
sx_val sx_vm_length(SxProc *p, sx_val v);
/* -1 0 1 of two values as a small integer (equality: 0 or not). SX_APART, from a long comparison: as from sx_work. Charges. */
sx_val sx_vm_relate(SxProc *p, sx_val a, sx_val b, SxRelation relation);
SX_INLINE sx_val sx_vm_relate_at_once(sx_val a, sx_val b, SxRelation relation)
{
    size_t no_bound = SIZE_MAX;
    return sx_small(sx_relate(a, b, relation, &no_bound));
}

/* Answer of a primitive that wants module:name called instead: SX_TAILCALL, or what an undefined function does. */
sx_val sx_vm_call_named(SxProc *p, sx_val module, sx_val name, const sx_val *args, int n);

/* The list that Erlang sees of a raw trace: [{M, F, ArityOrArgs, [{file, F}, {line, L}]}]. */
sx_val sx_vm_stacktrace(SxProc *p, sx_val raw);
/* What was noted when sx_vm_stacktrace made this list, not long ago (SX_TRACE_NOTES lists are remembered): columns, macros, the
 * cause. Of a list of n frames the i-th is the note's frames[n - 1 - i]; when it is not *exact, all but the first are. NULL when
 * nothing was noted; valid until the next list is made. */
const SxTraceNote *sx_vm_trace_note(const SxSched *s, sx_val list, bool *exact);
/* The same of a process that does not run, innermost first, as positions: for dumps. Answers how many were written: none while
 * its heap is being collected. */
int sx_vm_where(SxProc *p, SxWhere *out, int max);
/* Is p, which does not run now, inside old code of `module`? As in OTP, functions of it that it only holds do not count. */
bool sx_vm_in_old_code(const SxProc *p, sx_val module);
/* Where a frame stands as Erlang tells it: [{file, F}, {line, L}]; [] when that is not known (at may be NULL). */
sx_val sx_vm_location(SxHeap *h, const SxWhere *at, sx_val rest);

#endif
