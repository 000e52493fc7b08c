/* verify_internal.h - what verify.c (formats) and verify_flow.c (registers) share. */
#ifndef SX_VERIFY_INTERNAL_H
#define SX_VERIFY_INTERNAL_H

#include "code/code.h"

typedef struct SxVerify {
    const SxCode *c;
    const SxUnit *unit;
    const SxFn *fn;
    uint8_t *starts; /* a byte a word of fn's code: 1 where an instruction begins */
    SxBuf *why;
} SxVerify;

/* Write "function at 12, ADD: ..." to why; answers false. */
bool sx_verify_fail(SxVerify *v, const uint64_t *pc, const char *format, ...) SX_PRINTF(3, 4);
/* Registers that an instruction reads as a run: how many, *first the first; 0 when none. The operands b of such
 * instructions are part of the run. */
size_t sx_verify_run(const uint64_t *pc, size_t *first);
bool sx_verify_is_call(unsigned op);
bool sx_verify_is_tail_call(unsigned op);
/* Does the code go on behind this instruction? */
bool sx_verify_goes_on(unsigned op);
/* Is every register written on every way before it is read, and everything below a safe point's limit? */
bool sx_verify_flow(SxVerify *v);

#endif
