/* test_seams.c - deliveries from a second thread in every gap of the waiting protocol: nothing is lost, and the receiver is
 * queued once. Links the machine with hooks (sched/seams.h).
 * Seen to fail: tools/mutants breaks wait.c in five ways, and each fails here. */
#include "machine.h"
#include "sched/seams.h"
#include "unit.h"
#include <pthread.h>
#include <semaphore.h>

static SxProc *receiver;
static sx_val receiver_pid;
static _Thread_local bool is_sender;

/* ---- what is delivered ---- */

enum { KIND_MESSAGE, KIND_EXIT, KIND_COMPLETION, KIND_INTERRUPT, KIND_WAKE, KIND_COUNT };

static void send(int kind)
{
    static const SxSignalKind kinds[] = {SX_SIG_MESSAGE, SX_SIG_EXIT, SX_SIG_COMPLETION, SX_SIG_INTERRUPT, SX_SIG_WAKE};
    SxFrag *f = sx_frag_copy(kind == KIND_EXIT ? SX_A(normal) : SX_TRUE); /* an exit for `normal` ends nobody */
    f->from = SX_NIL;
    f->flags = 0;
    f->ref = 77; /* an operation and an epoch that nobody has: what arrives is looked at and dropped */
    sx_deliver(&rt, NULL, receiver_pid, kinds[kind], f);
}

/* As the host does: asleep until the machine asks for a look, then steps until there is nothing to run. */
extern atomic_int sys_stub_wakes;
static void host(void)
{
    while (atomic_exchange(&sys_stub_wakes, 0) > 0) machine_settle();
}

/* ---- what the hook does ---- */

static SxSeam gap;            /* where the receiver's side is interrupted, once */
static int passes;            /* how often it passes there before */
static bool gap_used;
static int kind_in_gap;
static SxSeam stop_at;        /* SX_SEAM_COUNT: the second thread runs through */
static sem_t stopped, go_on;  /* it has stopped there or is done; it may go on */
static bool has_stopped;
static pthread_t second;
static atomic_int queued;     /* moved to runnable and not run since */
static atomic_int most_queued;

static void *deliver_in_gap(void *arg)
{
    (void)arg;
    is_sender = true;
    send(kind_in_gap);
    sem_post(&stopped);
    return NULL;
}

static void hook(SxSeam at, SxProc *p)
{
    if (p != NULL && p != receiver) return;
    if (at == SX_SEAM_moved) {
        int n = atomic_fetch_add(&queued, 1) + 1;
        if (n > atomic_load(&most_queued)) atomic_store(&most_queued, n);
    }
    if (at == SX_SEAM_look_begin) atomic_store(&queued, 0);
    if (is_sender) {
        if (at != stop_at) return;
        has_stopped = true;
        sem_post(&stopped);
        sem_wait(&go_on);
        return;
    }
    if (at != gap || gap_used || passes-- > 0) return;
    gap_used = true;
    SX_CHECK(pthread_create(&second, NULL, deliver_in_gap, NULL) == 0);
    sem_wait(&stopped);
}

static bool all_seen(void)
{
    return atomic_load(&receiver->inbox) == NULL && receiver->n_messages == 0 && atomic_load(&receiver->state) == SX_STATE_WAITING &&
           rt.sched.woken == NULL;
}

/* One run: the receiver's side is interrupted when it comes to `at` for the nth time, where another thread delivers, up to its
 * own seam `stop`. */
static void run(SxSeam at, int nth, int kind, SxSeam stop)
{
    gap = at;
    passes = nth;
    gap_used = has_stopped = false;
    kind_in_gap = kind;
    stop_at = stop;
    atomic_store(&most_queued, 0);
    send(KIND_MESSAGE); /* gets the receiver going; passes the sender's seams on this thread too */
    host();
    if (!gap_used) return; /* it did not come there so often */
    if (has_stopped) {
        send(KIND_WAKE); /* a third delivery overtakes the one that stands still */
        host();
        sem_post(&go_on);
        sem_wait(&stopped);
    }
    pthread_join(second, NULL);
    host();
    bool ok = all_seen() && atomic_load(&most_queued) <= 1;
    if (!ok) {
        static const char *const names[] = {
#define SEAM(name, what) #name,
#include "sched/seams.def"
#undef SEAM
            "end"};
        printf("delivery of kind %d at pass %d of %s, stopped at %s: inbox %s, state %u, queued %d times at once\n", kind, nth, names[at], names[stop],
               atomic_load(&receiver->inbox) == NULL ? "empty" : "not empty", atomic_load(&receiver->state), atomic_load(&most_queued));
    }
    CHECK(ok);
    if (!all_seen()) { /* a broken protocol: get it going for the next run */
        atomic_store(&receiver->state, SX_STATE_WAITING);
        atomic_store(&rt.sched.woken, NULL);
        send(KIND_WAKE);
        host();
    }
}

static bool reached[SX_SEAM_COUNT];

#define MOST_PASSES 6

static void deliver_at(SxSeam at)
{
    for (int nth = 0; nth < MOST_PASSES; nth++)
        for (int kind = 0; kind < KIND_COUNT; kind++)
            for (int stop = SX_SEAM_publish; stop <= SX_SEAM_queued + 1; stop++) {
                run(at, nth, kind, stop > SX_SEAM_queued ? SX_SEAM_COUNT : (SxSeam)stop);
                if (gap_used) reached[at] = true;
            }
}

static void test_gaps(const char *form)
{
    receiver = machine_spawn(machine_fn(form));
    receiver_pid = receiver->pid;
    sx_seam_hook = hook;
    gap = SX_SEAM_COUNT;
    machine_settle();
    for (int at = 0; at < SX_SEAM_COUNT; at++) deliver_at((SxSeam)at);
    sx_seam_hook = NULL;
}

/* A receiver that uses up its slice passes `requeue`. */
static void test_requeue(void)
{
    receiver = machine_spawn(machine_fn("(letrec ((f (fn () (receive (m (g 9000))))) (g (fn (n) (if (erlang:=:= n 0) (f) (g (erlang:- n 1)))))) (f))"));
    receiver_pid = receiver->pid;
    sx_seam_hook = hook;
    gap = SX_SEAM_COUNT;
    machine_settle();
    deliver_at(SX_SEAM_requeue);
    sx_seam_hook = NULL;
}

int main(void)
{
    machine_init();
    sem_init(&stopped, 0, 0);
    sem_init(&go_on, 0, 0);
    test_gaps(MACHINE_RECEIVER);
    test_requeue();
    for (int at = 0; at < SX_SEAM_COUNT; at++) {
        if (!reached[at]) printf("seam %d was never passed\n", at);
        CHECK(reached[at]);
    }
    return unit_end();
}
