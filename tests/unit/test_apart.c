/* test_apart.c - what others may do to a process while another thread has its heap (vm/apart.c): whatever arrives waits in its
 * inbox, whoever looks sees nothing of its heap, and it goes on once, at the instruction where it stopped.
 * ThreadSanitizer's build of it says whether anybody touched what the thread has.
 * Seen to fail: sx_is_apart answering false (dumps walk the stack that is being moved); `done` of sched/apart.c calling sx_notify
 * instead of sx_wait_requeue (it never goes on); sx_vm_unwind without sx_vm_drop_outcome (an answer meant for the instruction that
 * was interrupted is taken by another one). */
#include "machine.h"
#include "sched/why.h"
#include "unit.h"
#include "vm/vm.h"
#include <pthread.h>

#define EPOCH 5

/* ---- the pool: one job at a time ---- */

static SxJob *waiting[64];
static int n_waiting;

static void hold(SxRuntime *r, SxJob *job)
{
    (void)r;
    SX_CHECK(n_waiting < 64);
    waiting[n_waiting++] = job;
}

static void *work(void *job)
{
    ((SxJob *)job)->work(job);
    return NULL;
}

/* Do the oldest job on a thread of its own, and `meanwhile` on this one. */
static void finish(void (*meanwhile)(SxProc *p), SxProc *p)
{
    SxJob *job = waiting[0];
    pthread_t thread;
    memmove(waiting, waiting + 1, (size_t)--n_waiting * sizeof *waiting);
    SX_CHECK(pthread_create(&thread, NULL, work, job) == 0);
    if (meanwhile != NULL) meanwhile(p);
    pthread_join(thread, NULL);
    job->done(job);
}

/* Until nothing is runnable and nothing is at work. */
static void settle(void)
{
    machine_settle();
    while (n_waiting > 0) {
        finish(NULL, NULL);
        machine_settle();
    }
}

/* ---- what others do meanwhile ---- */

static void deliver(SxProc *p, SxSignalKind kind, sx_val value, uint64_t ref, uint32_t flags)
{
    SxFrag *f = sx_frag_copy(value);
    f->from = SX_NIL;
    f->ref = ref;
    f->flags = flags;
    sx_deliver(&rt, NULL, p->pid, kind, f);
}

static void look(SxProc *p)
{
    SxWhere at[8];
    SxWhy why;
    SxBuf text = SX_BUF_INIT;
    CHECK_EQ(sx_vm_where(p, at, 8), 0);
    sx_why(p, &why);
    CHECK(why.at.fn == NULL);
    sx_add_why(&text, p);
    CHECK(text.len > 0);
    CHECK(sx_proc_words(p) > 0);
    sx_buf_deinit(&text);
}

static void disturb(SxProc *p)
{
    look(p);
    for (int i = 0; i < 20; i++) deliver(p, SX_SIG_MESSAGE, sx_small(i), 0, 0);
    deliver(p, SX_SIG_WAKE, SX_NIL, 0, 0);
    deliver(p, SX_SIG_COMPLETION, SX_NIL, 77, 0);
    p->woken = true; /* a surplus wake */
    sx_notify(&rt, &rt.sched, p);
    CHECK(machine_settle() == SX_STEP_IDLE); /* nobody queues it */
    CHECK(sx_is_apart(p));
    look(p);
}

static void kill_it(SxProc *p)
{
    deliver(p, SX_SIG_EXIT, SX_A(kill), 0, 0);
    CHECK(machine_settle() == SX_STEP_IDLE);
    CHECK(sx_is_apart(p));
}

static void interrupt(SxProc *p) { deliver(p, SX_SIG_INTERRUPT, SX_NIL, EPOCH, SX_INTERRUPT_PLAIN); }

/* ---- programs ---- */

/* Lists that are equal and not the same, long enough for any flavour; `rest` stands where both are bound. */
#define WITH_LISTS(rest) \
    "(letrec ((make (fn (n) (if (erlang:=:= n 0) [] [n & (make (erlang:- n 1))])))) (let ((a (make 200000)) (b (make 200000))) " rest "))"

static SxProc *start(const char *text)
{
    SxProc *p = machine_spawn(machine_fn(text));
    p->epoch = EPOCH;
    machine_settle();
    return p;
}

/* Finish the collections that making the lists takes, and n pieces of work of another kind, until p stands at the next. */
static bool reach_work(SxProc *p, int n)
{
    for (int i = 0; i < 100000 && n_waiting > 0; i++) {
        if (p->apart != NULL && p->apart->work != NULL && n-- == 0) return true;
        finish(NULL, NULL);
        machine_settle();
    }
    return false;
}

static void test_collection(void)
{
    SxProc *p = start(WITH_LISTS("(receive (19 (erlang:put :seen true))) (receive (:never 1))"));
    int n = 0;
    while (n_waiting > 0 && p->wait_kind != SX_WAIT_RECEIVE) {
        CHECK(sx_is_apart(p) && p->apart->work == NULL);
        CHECK((atomic_load(&p->state) & SX_STATE_MASK) == SX_STATE_RUNNING);
        finish(n++ == 1 ? disturb : NULL, p);
        machine_settle();
    }
    CHECK(n > 1); /* there were collections on another thread */
    CHECK_EQ(p->n_messages, 19); /* all that was sent, less the one it took */
    CHECK((atomic_load(&p->state) & SX_STATE_MASK) == SX_STATE_WAITING);
    deliver(p, SX_SIG_EXIT, SX_A(kill), 0, 0);
    settle();
}

static void test_kill(void)
{
    SxProc *p = start(WITH_LISTS("(receive (:never (erlang:=:= a b)))"));
    sx_val pid = p->pid;
    CHECK(sx_is_apart(p));
    finish(kill_it, p);
    settle();
    CHECK(sx_proc_find(&rt, pid) == NULL);
}

static void test_limit(void)
{
    SxProc *p = start("(letrec ((make (fn (n) [n & (make (erlang:+ n 1))]))) (make 0))");
    sx_val pid = p->pid;
    p->heap.limit_words = 1 << 20;
    settle();
    CHECK(sx_proc_find(&rt, pid) == NULL);
}

/* An interrupt while two lists are compared: in a receive, with a message at hand, or in an expression whose handler then wants
 * work of the same kind. */
static void test_interrupt(const char *text, int works_before, uint32_t left)
{
    SxProc *p = start(text);
    bool reached = reach_work(p, works_before);
    CHECK(reached);
    if (!reached) return;
    finish(interrupt, p);
    settle();
    CHECK(p->wait_kind == SX_WAIT_RECEIVE);
    CHECK(!p->apart_done);
    CHECK(!p->peeking);
    CHECK_EQ(p->n_messages, left);
    deliver(p, SX_SIG_EXIT, SX_A(kill), 0, 0);
    settle();
}

int main(void)
{
    machine_init();
    rt.run_apart = hold;
    test_collection();
    test_kill();
    test_limit();
    /* the handler compares lists that differ: `true` would be the outcome of the interrupted comparison */
    test_interrupt(WITH_LISTS("(try (erlang:=:= a b) (catch (c r s) (if (erlang:=:= a [1 & b]) (receive (:never 1)) (do (erlang:send (erlang:self) :differ) (receive (:nor-this 2))))))"), 0, 1);
    test_interrupt(WITH_LISTS("(do (erlang:send (erlang:self) b) (try (receive (m :when (erlang:=:= m a) 1)) (catch (c r s) (do (make 50000) (receive (:nor-this 2))))))"), 1, 1); /* the copy of b, first */
    return unit_end();
}
