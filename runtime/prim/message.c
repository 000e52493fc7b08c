/* message.c - primitives that send, and message timers. Receiving is bytecode. */
#include "prim/args.h"

/* ---- send ---- */

/* What is large is copied apart: then NULL. A small one never was. */
SX_INLINE SxFrag *copy_of(SxProc *p, sx_val message)
{
    SxFrag *f = sx_frag_copy_small(message);
    return SX_LIKELY(f != NULL) ? f : sx_work_copy(p, message);
}

SX_INLINE sx_val send_to_pid(SxProc *p, sx_val pid, sx_val message)
{
    SxFrag *f = copy_of(p, message);
    if (SX_UNLIKELY(f == NULL)) return SX_APART;
    sx_deliver(p->rt, sx_sched(p), pid, SX_SIG_MESSAGE, f);
    return message;
}

static sx_val send_to_name(SxProc *p, sx_val name, sx_val message)
{
    sx_val pid = sx_whereis(p->rt, name);
    if (pid == SX_NONE) return SX_NONE;
    return send_to_pid(p, pid, message);
}

/* SX_NONE: `to` is no destination, or a name that nothing has. */
static sx_val send(SxProc *p, sx_val to, sx_val message)
{
    sx_charge(p, 1 + (size_t)p->heap.frag_words / 4096);
    if (sx_is_pid(to)) return send_to_pid(p, to, message);
    if (sx_is_atom(to)) return send_to_name(p, to, message);
    if (sx_is_ref(to)) {
        if (sx_proc_find(p->rt, sx_ref_pid(to)) == NULL) return message;
        SxFrag *f = copy_of(p, message);
        if (f == NULL) return SX_APART;
        f->ref = sx_ref_serial(to);
        sx_deliver(p->rt, sx_sched(p), sx_ref_pid(to), SX_SIG_ALIASED, f);
        return message;
    }
    if (sx_is_tuple(to) && sx_tuple_size(to) == 2 && sx_is_atom(sx_tuple_elements(to)[0]) && sx_is_atom(sx_tuple_elements(to)[1])) {
        if (sx_tuple_elements(to)[1] == SX_A(node) && send_to_name(p, sx_tuple_elements(to)[0], message) == SX_APART) return SX_APART;
        return message;
    }
    return SX_NONE;
}

static sx_val send_or_raise(SxProc *p, sx_val to, sx_val message)
{
    sx_val v = send(p, to, message);
    return v == SX_NONE ? sx_badarg(p, "send: takes a pid, a registered name, or an alias") : v;
}
SX_PRIM(bang, "(erlang:! to message)", "Send `message`; answers it. `to`: pid, registered name, {name, node}, alias.") { return send_or_raise(p, argv[0], argv[1]); }
SX_PRIM(erlang_send2, "(erlang:send to message)", "Send `message`; answers it.") { return send_or_raise(p, argv[0], argv[1]); }
SX_PRIM(erlang_send3, "(erlang:send to message options)", "Send `message`; answers ok. Options concern other nodes only.")
{
    sx_val v = send_or_raise(p, argv[0], argv[1]);
    return v == SX_THROWN || v == SX_APART ? v : SX_A(ok);
}
SX_PRIM(sx_send_prim, "(send p message)", "Send `message` to `p`: a pid, a registered name or an alias. Answers the message. (send (self) 1) => 1") { return send_or_raise(p, argv[0], argv[1]); }

/* ---- timers ---- */

/* Milliseconds, relative or (with {abs, true}) absolute, to a monotonic time. */
static bool due(SxProc *p, sx_val time, sx_val options, int64_t *when)
{
    bool absolute = false;
    for (; sx_is_cons(options); options = sx_tail(options)) {
        sx_val o = sx_head(options);
        if (!sx_is_tuple(o) || sx_tuple_size(o) != 2 || sx_tuple_elements(o)[0] != SX_A(abs)) return false;
        absolute = sx_tuple_elements(o)[1] == SX_TRUE;
    }
    if (!sx_is_small(time)) return false;
    int64_t ms = sx_small_value(time);
    if (options != SX_EMPTY || (!absolute && (ms < 0 || ms > UINT32_MAX))) return false;
    *when = absolute ? ms * 1000000 : sx_sched(p)->now + ms * 1000000;
    return true;
}

static sx_val start_timer(SxProc *p, const sx_val *argv, bool with_ref)
{
    int64_t when;
    sx_val to = argv[1], options = sx_given(argv[3]) ? argv[3] : SX_EMPTY;
    if (!due(p, argv[0], options, &when)) return sx_badarg(p, "timer: takes milliseconds from 0 up to 2^32-1");
    if (!sx_is_pid(to) && !sx_is_atom(to)) return sx_badarg(p, "timer: takes a pid or a registered name");
    /* the reference is made first: start_timer's message holds it */
    uint64_t serial = sx_sched(p)->next_serial + 1;
    sx_val ref = sx_ref_new(&p->heap, serial, p->pid);
    sx_val message = with_ref ? sx_tuple(&p->heap, 3, SX_A(timeout), ref, argv[2]) : argv[2];
    uint64_t made = sx_timer_start(sx_sched(p), when, to, sx_frag_copy(message));
    SX_CHECK(made == serial);
    return ref;
}
SX_PRIM(send_after, "(erlang:send_after ms to message &opt options)", "Send `message` to `to` (pid or name) after `ms` milliseconds. Answers the timer's reference.") { return start_timer(p, argv, false); }
SX_PRIM(start_timer, "(erlang:start_timer ms to message &opt options)", "Like send_after, but what arrives is {timeout, Ref, Message}.") { return start_timer(p, argv, true); }

static sx_val ms_left(SxProc *p, int64_t ns) { return ns < 0 ? SX_FALSE : sx_int(&p->heap, (ns + 999999) / 1000000); }

/* Answer `left`, or as the options say: nothing but ok, or by the message {kind, ref, left}. */
static sx_val tell_left(SxProc *p, const char *kind, sx_val ref, sx_val left, bool async, bool info)
{
    if (async && info) sx_send(p->rt, sx_sched(p), p->pid, sx_tuple(&p->heap, 3, sx_atom(kind), ref, left));
    return async || !info ? SX_A(ok) : left;
}

/* {async, B}, and for cancel_timer {info, B}. */
static bool timer_options(sx_val list, bool *async, bool *info)
{
    *async = false;
    if (info != NULL) *info = true;
    for (; sx_is_cons(list); list = sx_tail(list)) {
        sx_val o = sx_head(list);
        if (!sx_is_tuple(o) || sx_tuple_size(o) != 2) return false;
        sx_val key = sx_tuple_elements(o)[0], value = sx_tuple_elements(o)[1];
        if (value != SX_TRUE && value != SX_FALSE) return false;
        if (key == SX_A(async)) *async = value == SX_TRUE;
        else if (info != NULL && key == SX_A(info)) *info = value == SX_TRUE;
        else return false;
    }
    return list == SX_EMPTY;
}

SX_PRIM(cancel_timer, "(erlang:cancel_timer ref &opt options)", "Stop a timer. Answers the milliseconds that were left, or false when it is over. Options: {async, true} sends that as {cancel_timer, Ref, Left}, {info, false} leaves it out; both answer ok.")
{
    bool async, info;
    if (!sx_is_ref(argv[0])) return sx_badarg(p, "cancel_timer: takes a timer's reference");
    if (!timer_options(sx_given(argv[1]) ? argv[1] : SX_EMPTY, &async, &info)) return sx_badarg(p, "cancel_timer: options are {async, B} and {info, B}");
    return tell_left(p, "cancel_timer", argv[0], ms_left(p, sx_timer_cancel(sx_sched(p), sx_ref_serial(argv[0]))), async, info);
}
SX_PRIM(read_timer, "(erlang:read_timer ref &opt options)", "Milliseconds until the timer fires, or false when it is over. {async, true} answers ok and sends them as {read_timer, Ref, Left}.")
{
    bool async;
    if (!sx_is_ref(argv[0])) return sx_badarg(p, "read_timer: takes a timer's reference");
    if (!timer_options(sx_given(argv[1]) ? argv[1] : SX_EMPTY, &async, NULL)) return sx_badarg(p, "read_timer: the option is {async, B}");
    return tell_left(p, "read_timer", argv[0], ms_left(p, sx_timer_left(sx_sched(p), sx_ref_serial(argv[0]))), async, true);
}

SX_PRIM_TABLE(message){&bang_prim, &erlang_send2_prim, &erlang_send3_prim, &sx_send_prim_prim, &send_after_prim, &start_timer_prim, &cancel_timer_prim, &read_timer_prim, NULL};
