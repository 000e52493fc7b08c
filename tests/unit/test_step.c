/* test_step.c - a step of the scheduler ends for time, too: when slices take long (first touches of memory, say), the world is
 * looked at after a millisecond and not after the step's reductions. Seen to fail without STEP_NS in sched.c: ten slices. */
#include "base/sys.h"
#include "machine.h"
#include "unit.h"

extern int64_t sys_stub_tick;

/* Slices of a step while each takes so long. */
static uint64_t slices(int64_t ns)
{
    int64_t until;
    uint64_t before = rt.sched.switches;
    sys_stub_tick = ns;
    CHECK(sx_step(&rt.sched, sx_sys_monotonic_ns(), 10 * SX_REDUCTIONS, &until) == SX_STEP_AGAIN);
    sys_stub_tick = 0;
    return rt.sched.switches - before;
}

int main(void)
{
    machine_init();
    machine_spawn(machine_fn("(letrec ((f (fn () (f)))) (f))"));
    CHECK(slices(0) == 10);
    CHECK(slices(3000000) == 1);
    CHECK(slices(400000) == 3);
    return unit_end();
}
