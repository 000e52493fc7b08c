/* op.c - operations: a process begins one, waits for it and takes its result; whoever does the work completes it.
 * INVARIANT: op_serial is that of the one operation waited for; the completion of any other is dropped when it arrives. */
#include "sched/sched.h"

void sx_complete(SxRuntime *rt, SxSched *from, sx_val to, uint64_t op, SxFrag *result)
{
    if (result == NULL) result = sx_frag_copy(SX_NIL);
    result->ref = op;
    sx_deliver(rt, from, to, SX_SIG_COMPLETION, result);
}

uint64_t sx_op_begin(SxProc *p)
{
    p->op_serial = sx_next_serial(&p->rt->sched);
    p->op_done = false;
    p->op_result = SX_NIL;
    return p->op_serial;
}

bool sx_op_pending(const SxProc *p) { return p->op_serial != 0; }

bool sx_op_take(SxProc *p, sx_val *result)
{
    if (!p->op_done) return false;
    *result = p->op_result;
    p->op_result = SX_NIL;
    p->op_done = false;
    p->op_serial = 0;
    return true;
}

void sx_op_give_up(SxProc *p)
{
    p->op_serial = 0;
    p->op_done = false; /* one that came just before would keep the process from ever resting */
    p->op_result = SX_NIL;
}
