/* vm_internal.h - what the dispatch loop shares with its slow paths. */
#ifndef SX_VM_INTERNAL_H
#define SX_VM_INTERNAL_H

#include "proc/runtime.h"
#include "vm/vm.h"

/* Slots behind a frame that a call may use before the callee's own check: its return address and fitted arguments. */
#define SX_VM_STACK_SLACK 4
/* The caller's return address, to code that says by its operand A where the caller's frame begins. */
SX_INLINE const uint64_t *sx_vm_return_address(const sx_val *fp) { return (const uint64_t *)(uintptr_t)fp[-1]; }

/* Collect so that heap_need words fit and stack_need slots stand above p->fp[p->live]. p->pc, fp, live are current and stay
 * so. False: answer sx_vm_stopped: the process is over its limit and must end, or p->apart is to be done, and then p goes
 * on at p->pc. */
bool sx_vm_collect(SxProc *p, size_t stack_need, size_t heap_need);
SX_INLINE SxRun sx_vm_stopped(const SxProc *p) { return p->apart != NULL && !p->apart_done ? SX_RUN_APART : SX_RUN_EXIT; }

/* Collector stress: whether this safe point collects; always for small heaps, now and then for large ones. */
bool sx_vm_stress(SxProc *p);

/* Find the handler for exc_* from p->pc, p->fp: true when p->pc, fp, live are set to it; false: nobody catches it. */
bool sx_vm_unwind(SxProc *p);
/* Complete exc_trace from p->pc and p->fp unless it was given. */
sx_val sx_vm_raw_trace(SxProc *p);

sx_val sx_vm_arith(SxProc *p, unsigned op, sx_val a, sx_val b); /* value or SX_THROWN */
sx_val sx_vm_build_bits(SxProc *p, const sx_val *values, size_t n, sx_val descriptor);
/* IFGET and IFSKIP: SX_NONE when the segment is not there; moves *position. */
sx_val sx_vm_get_segment(SxProc *p, sx_val bits, sx_val *position, uint64_t spec, const sx_val *fp, bool want_value);
bool sx_vm_same_bits(sx_val bits, sx_val *position, sx_val expected);
bool sx_vm_has_type(sx_val v, unsigned type);
sx_val sx_vm_map_put(SxProc *p, sx_val map, const sx_val *pairs, size_t n, bool must_exist);
sx_val sx_vm_size(SxProc *p, sx_val v, unsigned what);
/* Raise from inside an instruction that stands for module erlang's function `name`. */
sx_val sx_vm_bif_error(SxProc *p, sx_val reason, const char *name, int n_args, sx_val a, sx_val b);
/* Say why, for what was just raised: which argument, and what it should be; `value`, unless it is SX_NONE, is shown behind it.
 * Answers SX_THROWN. */
sx_val sx_vm_explained(SxProc *p, sx_val value, const char *format, ...) SX_PRINTF(3, 4);
sx_val sx_vm_raise_op(SxProc *p, unsigned what, sx_val value);
void sx_vm_function_clause(SxProc *p, const sx_val *args, int n_args);
void sx_vm_blame_native(SxProc *p, const SxFn *fn, const sx_val *argv, int argc);

/* Fit argc arguments at args (closure value in `self`) to fn's registers: defaults, rest list, closure slot.
 * False: the wrong number; badarity is raised. */
bool sx_vm_fit_args(SxProc *p, const SxFn *fn, sx_val self, sx_val *args, int argc);
/* Call a native function with the arguments at argv. Value or mark. */
sx_val sx_vm_native(SxProc *p, const SxFn *fn, sx_val *argv, int argc);
/* What to call when module:name/argc is asked for and not there: sets up sched.tail_*; SX_TAILCALL, or SX_THROWN (undef). */
sx_val sx_vm_undefined(SxProc *p, sx_val module, sx_val name, const sx_val *argv, int argc);
/* Set up the call that a process begins with (see START). */
sx_val sx_vm_first_call(SxProc *p, sx_val fn, sx_val args, sx_val name);
sx_val sx_vm_bad_call(SxProc *p, sx_val f, const sx_val *argv, int argc);
extern const uint64_t sx_vm_end_code[]; /* return address of a process's first frame */
#define SX_VM_START_CODE (sx_vm_end_code + 3)
#define SX_PRIM_MAX_PARAMS 16 /* of a native without a rest list */

#endif
