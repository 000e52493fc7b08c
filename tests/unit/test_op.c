/* test_op.c - an operation that is complete just before an interrupt gives it up leaves nothing behind: the process rests in the
 * next receive. (Its mark once kept a process awake for ever.) Seen to fail without the line `p->op_done = false` of sx_op_give_up. */
#include "machine.h"
#include "unit.h"

#define EPOCH 5

int main(void)
{
    machine_init();
    SxProc *p = machine_spawn(machine_fn("(try (receive (:never 1)) (catch (c r s) (receive (:nor-this 2))))"));
    p->epoch = EPOCH;
    CHECK(machine_settle() == SX_STEP_IDLE);
    CHECK(p->wait_kind == SX_WAIT_RECEIVE);
    uint64_t op = sx_op_begin(p);
    sx_complete(&rt, &rt.sched, p->pid, op, NULL);
    SxFrag *interrupt = sx_frag_copy(SX_NIL);
    interrupt->ref = EPOCH;
    interrupt->flags = SX_INTERRUPT_PLAIN;
    sx_deliver(&rt, &rt.sched, p->pid, SX_SIG_INTERRUPT, interrupt);
    int64_t until;
    SxStepResult r = SX_STEP_AGAIN;
    for (int i = 0; i < 1000 && r == SX_STEP_AGAIN; i++) r = sx_step(&rt.sched, machine_now, 1000, &until);
    CHECK(r == SX_STEP_IDLE);
    CHECK(!p->op_done && !sx_op_pending(p));
    CHECK(p->wait_kind == SX_WAIT_RECEIVE);
    return unit_end();
}
