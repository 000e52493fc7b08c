/* wait.pml - the waiting protocol of runtime/sched/wait.c for the model checker spin: one process P, two schedulers, two senders
 * on threads of their own (one message each), a timer of scheduler 0, and a process on scheduler 1 that sends P an exit signal.
 * The steps have the names of runtime/sched/seams.def; tests/model/wait.sh makes SEAM_name of them and runs all this.
 * Checked: no lost wake-up (when nothing can move any more, P has seen everything and waits, or has ended); no double run (P is
 * in one queue at most, and one scheduler at most has it); no touch after the hand-over (every touch asserts the owner).
 * With -DM_... it is a mutant, which the checker must reject. */

#ifndef NEVER
#define NEVER 255           /* -DNEVER=n: the checker must find a way to step n */
#endif
#define STEP(name) assert(SEAM_##name != NEVER)

mtype = { RUNNABLE, RUNNING, WAITING, FREE };
#define MESSAGE 0
#define EXIT 1
#define NOBODY 255
#define QUEUED 254
#define SENDER 100          /* and its number: has claimed P, has not queued it yet */

/* P */
mtype state = WAITING;      /* state and notified are one word: each access is one step */
bit notified = 0;
byte messages = 0;          /* the inbox: how many messages, and whether an exit signal is among it */
bit exit_signal = 0;
byte seen = 0;
bit due = 0;                /* its deadline has passed */
byte owner = NOBODY;

/* schedulers */
byte queue[2];              /* entries of P */
byte woken = 0;             /* made runnable by threads without a scheduler: for scheduler 0 */
bit wake[2];                /* sx_sys_wake was called: the host's sleep ends. Stays until it is seen */

byte sent = 0;
bit timer_set = 1, exit_left = 1;

/* Something was published for P. from: the calling scheduler; 2: none */
inline notify(me, from, claim)
{
#ifdef M_NO_FLAG
    claim = (state == WAITING);                        /* looks, then acts: two may see it */
#else
    d_step { claim = (state == WAITING && !notified); notified = 1 };
#endif
    if
    :: claim ->
        STEP(claimed);
        d_step { assert(owner == NOBODY); owner = SENDER + me };
        state = RUNNABLE;
        STEP(moved);
#ifdef M_WAKE_FIRST
        if
        :: from == 2 -> wake[0] = 1
        :: else -> skip
        fi;
#endif
        if
        :: from < 2 -> d_step { queue[from]++; assert(owner == SENDER + me); owner = QUEUED }
        :: else ->
            d_step { woken++; assert(owner == SENDER + me); owner = QUEUED };
            STEP(queued);
#ifndef M_WAKE_FIRST
            wake[0] = 1
#endif
        fi;
        assert(queue[0] + queue[1] + woken <= 1)
    :: else -> skip
    fi
}

inline publication(what)
{
    d_step {
        if
        :: what == MESSAGE -> messages++
        :: what == EXIT -> exit_signal = 1
        fi
    }
}

inline deliver(me, from, what, claim)
{
    STEP(publish);
#ifdef M_NOTIFY_FIRST
    notify(me, from, claim);
    publication(what);
    STEP(published)
#else
    publication(what);
    STEP(published);
    notify(me, from, claim)
#endif
}

proctype Sender(byte me)
{
    bit claim;
    deliver(me, 2, MESSAGE, claim);
    sent++
}

/* P runs on scheduler i, for a slice at most */
inline execute(i, got, ends, parked, looks)
{
    do
    ::
#ifdef M_TAKE_FIRST
        d_step { assert(owner == i); got = messages; messages = 0; ends = exit_signal; exit_signal = 0 };
        STEP(look_take);
        d_step { assert(owner == i); state = RUNNING; notified = 0 };
        STEP(look_begin);
#else
        d_step { assert(owner == i);                   /* running and not notified since the last look: nothing to look at */
                 looks = (state != RUNNING || notified); state = RUNNING; notified = 0 };
        STEP(look_begin);
        d_step { assert(owner == i);
                 if
                 :: looks -> got = messages; messages = 0; ends = exit_signal; exit_signal = 0
                 :: else -> got = 0; ends = 0
                 fi };
        STEP(look_take);
#endif
        seen = seen + got;
        if
        :: ends ->
            d_step { assert(owner == i); state = FREE; owner = NOBODY };
            break;
        :: !ends && (got > 0 || due) ->
            due = 0;
            if
            :: skip;                                   /* runs, and looks again when it has nothing more to do */
            :: d_step { state = RUNNABLE; notified = 0 }; /* its slice is over */
               STEP(requeue);
               d_step { assert(owner == i); owner = QUEUED; queue[i]++ };
               assert(queue[0] + queue[1] + woken <= 1);
               break
            fi
        :: !ends && got == 0 && !due ->
            STEP(park_try);
#ifdef M_LOOK_THEN_WAIT
            d_step { state = WAITING; notified = 0; parked = 1; owner = NOBODY };
#else
            d_step { parked = (state == RUNNING && !notified);
                     if :: parked -> state = WAITING; owner = NOBODY :: else -> skip fi };
#endif
            if
            :: parked ->
                STEP(park_done);
#ifdef M_TOUCH_AFTER
                d_step { assert(owner == i) };         /* looks at P again though it has given it away */
#endif
                break
            :: else -> skip
            fi
        fi
    od
}

proctype Scheduler(byte i)
{
    byte got;
    bit ends, parked, looks, claim;
    do
    :: STEP(sched_take);
       if
       :: i == 0 -> d_step { queue[0] = queue[0] + woken; woken = 0 }
       :: else -> skip
       fi;
       if
       :: queue[i] > 0 ->
           d_step { queue[i]--; assert(owner == QUEUED); owner = i };
           execute(i, got, ends, parked, looks)
       :: i == 0 && timer_set ->                       /* its wheel fires: the deadline is what was published */
           timer_set = 0;
           due = 1;
           notify(10, 0, claim)
       :: i == 1 && exit_left ->                       /* another process, which runs here, sends an exit signal; or never does */
           exit_left = 0;
           if
           :: deliver(11, 1, EXIT, claim)
           :: skip
           fi
       :: queue[i] == 0 && !(i == 0 && timer_set) && !(i == 1 && exit_left) ->
           STEP(sched_look);
           if
           :: i == 0 && woken > 0 -> skip
           :: else ->
end:           wake[i] -> wake[i] = 0                  /* sleeps */
           fi
       fi
    od
}

init
{
    atomic { run Sender(0); run Sender(1); run Scheduler(0); run Scheduler(1) };
    /* nothing else can move */
    timeout ->
    assert(sent == 2);
    assert(queue[0] + queue[1] + woken == 0);
    assert(state == FREE || (state == WAITING && messages == 0 && !exit_signal && !due && seen == 2))
}
