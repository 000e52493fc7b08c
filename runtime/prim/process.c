/* process.c - primitives for processes: making, ending, tying, naming, asking. Messages are message.c's, timers timer.c's. */
#include "prim/args.h"
#include "sched/settings.h"

/* ---- what a monitor may be told ---- */

typedef struct MonitorOptions {
    int alias;  /* SX_ALIAS_..., -1: none */
    sx_val tag; /* what stands for 'DOWN'; SX_NONE: none */
} MonitorOptions;
#define NO_ALIAS_NO_TAG {-1, SX_NONE}

static bool alias_mode(sx_val v, int *mode)
{
    if (v == SX_A(explicit_unalias)) *mode = SX_ALIAS_EXPLICIT;
    else if (v == SX_A(demonitor)) *mode = SX_ALIAS_DEMONITOR;
    else if (v == SX_A(reply_demonitor)) *mode = SX_ALIAS_REPLY;
    else return false;
    return true;
}

static bool monitor_options(sx_val list, MonitorOptions *o)
{
    *o = (MonitorOptions)NO_ALIAS_NO_TAG;
    for (; sx_is_cons(list); list = sx_tail(list)) {
        sx_val v = sx_head(list);
        if (!sx_is_tuple(v) || sx_tuple_size(v) != 2) return false;
        sx_val key = sx_tuple_elements(v)[0], value = sx_tuple_elements(v)[1];
        if (key == SX_A(tag)) o->tag = value;
        else if (key != SX_A(alias) || !alias_mode(value, &o->alias)) return false;
    }
    return list == SX_EMPTY;
}

/* Watch `pid`; answers the reference. */
static sx_val watch(SxProc *p, sx_val pid, sx_val name, const MonitorOptions *o)
{
    uint64_t serial = sx_monitor(p, sx_sched(p), pid, name);
    if (pid == p->pid) return sx_ref_new(&p->heap, serial, p->pid); /* no monitor, and as in OTP no alias of one */
    if (o->alias >= 0) sx_rel_add(&p->rels, SX_REL_ALIAS, serial, sx_small(o->alias), SX_NIL);
    if (o->tag != SX_NONE) {
        sx_rel_find(&p->rels, SX_REL_WATCHES, serial)->tagged = true;
        sx_rel_add(&p->rels, SX_REL_TAG, serial, (sx_val)(uintptr_t)sx_frag_copy(o->tag), SX_NIL);
    }
    return sx_ref_new(&p->heap, serial, p->pid);
}

/* ---- spawn ---- */

enum { SPAWN_LINK = 1, SPAWN_MONITOR = 2 };

typedef struct SpawnOptions {
    int ties;
    MonitorOptions monitor;
    uint8_t priority;
    bool has_settings;
    SxSettings settings; /* when has_settings */
} SpawnOptions;

#define MOST_HEAP_AT_START 65536 /* words that min_heap_size makes a new process have */

static sx_val spawn(SxProc *p, sx_val fn, sx_val name, sx_val args, const SpawnOptions *o)
{
    sx_val argv[SX_MAX_ARGS];
    int n = name == SX_NONE ? 0 : sx_list_values(args, argv, SX_MAX_ARGS);
    if (n < 0) return sx_badarg(p, "spawn: the arguments must be a list of at most %d", SX_MAX_ARGS);
    if (name == SX_NONE ? !sx_is_closure(fn) : !sx_is_atom(fn) || !sx_is_atom(name)) return sx_badarg(p, "spawn: takes a function, or a module and a function name");
    SxSpawn s = {.fn = fn, .args = argv, .n_args = n, .name = name, .parent = p->pid, .group_leader = p->group_leader, .epoch = p->epoch,
                 .priority = o->priority};
    if (o->has_settings) s.min_heap_words = o->settings.min_heap_size < MOST_HEAP_AT_START ? o->settings.min_heap_size : MOST_HEAP_AT_START;
    SxProc *child = sx_spawn(p->rt, &s);
    if (child == NULL) return sx_error(p, SX_A(system_limit));
    if (o->has_settings) sx_settings_apply(child, &o->settings);
    sx_charge(p, 20);
    if (o->ties & SPAWN_LINK) { /* both ends at once: the child has not run yet */
        sx_rel_add(&p->rels, SX_REL_LINK, child->pid, child->pid, SX_NIL);
        sx_rel_add(&child->rels, SX_REL_LINK, p->pid, p->pid, SX_NIL);
    }
    if (!(o->ties & SPAWN_MONITOR)) return child->pid;
    sx_val pid = child->pid;
    sx_val ref = watch(p, pid, SX_NIL, &o->monitor);
    return sx_tuple(&p->heap, 2, pid, ref);
}

static const SpawnOptions plain = {.monitor = NO_ALIAS_NO_TAG, .priority = SX_PRIO_NORMAL};
static const SpawnOptions linked = {.ties = SPAWN_LINK, .monitor = NO_ALIAS_NO_TAG, .priority = SX_PRIO_NORMAL};
static const SpawnOptions watched = {.ties = SPAWN_MONITOR, .monitor = NO_ALIAS_NO_TAG, .priority = SX_PRIO_NORMAL};

SX_PRIM(spawn1, "(erlang:spawn f)", "Start a process that calls `f`, a function of no arguments. Answers its pid.") { return spawn(p, argv[0], SX_NONE, SX_EMPTY, &plain); }
SX_PRIM(spawn3, "(erlang:spawn m f args)", "Start a process that calls m:f with the list `args`. Answers its pid.") { return spawn(p, argv[0], argv[1], argv[2], &plain); }
SX_PRIM(spawn_link1, "(erlang:spawn_link f)", "Like spawn, linked to the caller from the start.") { return spawn(p, argv[0], SX_NONE, SX_EMPTY, &linked); }
SX_PRIM(spawn_link3, "(erlang:spawn_link m f args)", "Like spawn/3, linked to the caller from the start.") { return spawn(p, argv[0], argv[1], argv[2], &linked); }
SX_PRIM(spawn_monitor1, "(erlang:spawn_monitor f)", "Like spawn, watched by the caller: answers #(pid reference).") { return spawn(p, argv[0], SX_NONE, SX_EMPTY, &watched); }
SX_PRIM(spawn_monitor3, "(erlang:spawn_monitor m f args)", "Like spawn/3, watched by the caller: answers #(pid reference).") { return spawn(p, argv[0], argv[1], argv[2], &watched); }

static bool priority_of(sx_val v, uint8_t *out)
{
    if (v == SX_A(max)) *out = SX_PRIO_MAX;
    else if (v == SX_A(high)) *out = SX_PRIO_HIGH;
    else if (v == SX_A(normal)) *out = SX_PRIO_NORMAL;
    else if (v == SX_A(low)) *out = SX_PRIO_LOW;
    else return false;
    return true;
}

static bool spawn_pair(sx_val key, sx_val value, SpawnOptions *o)
{
    if (key == SX_A(monitor)) {
        o->ties |= SPAWN_MONITOR;
        return monitor_options(value, &o->monitor);
    }
    if (key == SX_A(priority)) return priority_of(value, &o->priority);
    if (key == sx_atom("scheduler")) return sx_is_small(value) && sx_small_value(value) >= 0;
    if (key == SX_A(save_calls) || key == SX_A(sensitive) || key == SX_A(error_handler)) return false;
    if (!o->has_settings) o->settings = sx_settings_usual();
    o->has_settings = true;
    return sx_setting_change(&o->settings, key, value);
}

static bool spawn_options(sx_val list, SpawnOptions *o)
{
    *o = plain;
    for (; sx_is_cons(list); list = sx_tail(list)) {
        sx_val v = sx_head(list);
        if (v == SX_A(link)) o->ties |= SPAWN_LINK;
        else if (v == SX_A(monitor)) o->ties |= SPAWN_MONITOR;
        else if (!sx_is_tuple(v) || sx_tuple_size(v) != 2 || !spawn_pair(sx_tuple_elements(v)[0], sx_tuple_elements(v)[1], o)) return false;
    }
    return list == SX_EMPTY;
}

static sx_val spawn_opt(SxProc *p, sx_val fn, sx_val name, sx_val args, sx_val list)
{
    SpawnOptions o;
    if (!spawn_options(list, &o)) return sx_badarg(p, "spawn_opt: an option is not known or malformed");
    return spawn(p, fn, name, args, &o);
}
SX_PRIM(spawn_opt2, "(erlang:spawn_opt f options)", "Like spawn, with options: link, monitor, {priority, P}, {max_heap_size, N}, {min_heap_size, N}.") { return spawn_opt(p, argv[0], SX_NONE, SX_EMPTY, argv[1]); }
SX_PRIM(spawn_opt4, "(erlang:spawn_opt m f args options)", "Like spawn/3, with options.") { return spawn_opt(p, argv[0], argv[1], argv[2], argv[3]); }

/* ---- ties ---- */

SX_PRIM(exit2, "(erlang:exit pid reason)", "Send an exit signal to `pid`.")
{
    if (!sx_is_pid(argv[0])) return sx_badarg(p, "exit: takes a pid");
    if (p->prim_state != SX_NONE) return SX_TRUE; /* sent already, to oneself */
    sx_exit_signal(p->rt, sx_sched(p), argv[0], p->pid, argv[1], false);
    return argv[0] != p->pid ? SX_TRUE : sx_again(p, SX_TRUE); /* to oneself it takes effect before this call answers */
}

SX_PRIM(link1, "(erlang:link pid)", "Link the caller and `pid`: when one ends, the other gets its exit signal. Raises noproc when `pid` has ended, unless the caller traps exits.")
{
    if (!sx_is_pid(argv[0])) return sx_badarg(p, "link: takes a pid");
    if (!p->trap_exit && argv[0] != p->pid && sx_proc_find(p->rt, argv[0]) == NULL) return sx_error(p, SX_A(noproc));
    sx_link(p, sx_sched(p), argv[0]);
    return SX_TRUE;
}

SX_PRIM(unlink1, "(erlang:unlink pid)", "Remove the link between the caller and `pid`, if there is one.")
{
    if (!sx_is_pid(argv[0])) return sx_badarg(p, "unlink: takes a pid");
    sx_unlink(p, sx_sched(p), argv[0]);
    return SX_TRUE;
}

/* The pid and the name that a monitor's target stands for; pid SX_NONE when nothing has the name. */
static bool target_of(SxProc *p, sx_val v, sx_val *pid, sx_val *name)
{
    *name = SX_NIL;
    if (sx_is_tuple(v) && sx_tuple_size(v) == 2 && sx_tuple_elements(v)[1] == SX_A(node)) v = sx_tuple_elements(v)[0];
    if (sx_is_pid(v)) {
        *pid = v;
        return true;
    }
    if (!sx_is_atom(v)) return false;
    *name = v;
    *pid = sx_whereis(p->rt, v);
    return true;
}

static sx_val monitor(SxProc *p, sx_val type, sx_val target, sx_val options)
{
    MonitorOptions o;
    sx_val pid, name;
    if (!monitor_options(options, &o)) return sx_badarg(p, "monitor: the options are {alias, explicit_unalias | demonitor | reply_demonitor} and {tag, Term}");
    if (type != SX_A(process) || !target_of(p, target, &pid, &name)) return sx_badarg(p, "monitor: takes process and a pid or registered name");
    return watch(p, pid, name, &o);
}
SX_PRIM(monitor3, "(erlang:monitor type target &opt options)", "Watch a process: when it ends, the caller gets {'DOWN', Ref, process, Object, Reason}; {tag, T} puts T for 'DOWN'. Answers the reference.")
{
    return monitor(p, argv[0], argv[1], sx_given(argv[2]) ? argv[2] : SX_EMPTY);
}

SX_PRIM(demonitor2, "(erlang:demonitor ref &opt options)", "Stop watching. Options: flush takes a 'DOWN' that has arrived out of the mailbox; info answers whether the monitor was there.")
{
    if (!sx_is_ref(argv[0])) return sx_badarg(p, "demonitor: takes a reference");
    bool flush = false, info = false;
    for (sx_val o = sx_given(argv[1]) ? argv[1] : SX_EMPTY; sx_is_cons(o); o = sx_tail(o)) {
        if (sx_head(o) == SX_A(flush)) flush = true;
        else if (sx_head(o) == SX_A(info)) info = true;
        else return sx_badarg(p, "demonitor: options are flush and info");
    }
    if (sx_ref_pid(argv[0]) != p->pid) return info ? SX_FALSE : SX_TRUE;
    bool was = sx_demonitor(p, sx_sched(p), sx_ref_serial(argv[0]));
    if (flush && !was) {
        bool flushed = sx_flush_down(p, sx_sched(p), sx_ref_serial(argv[0]));
        if (info) return sx_bool(!flushed && was);
    }
    return info ? sx_bool(was) : SX_TRUE;
}

SX_PRIM(alias1, "(erlang:alias &opt options)", "A reference that messages to the caller can be sent to, until it is taken back. Options: explicit_unalias (the default), reply.")
{
    int mode = SX_ALIAS_EXPLICIT;
    for (sx_val o = sx_given(argv[0]) ? argv[0] : SX_EMPTY; sx_is_cons(o); o = sx_tail(o)) {
        if (sx_head(o) == sx_atom("reply")) mode = SX_ALIAS_REPLY;
        else if (sx_head(o) != SX_A(explicit_unalias)) return sx_badarg(p, "alias: options are explicit_unalias and reply");
    }
    uint64_t serial = sx_next_serial(sx_sched(p));
    sx_rel_add(&p->rels, SX_REL_ALIAS, serial, sx_small(mode), SX_NIL);
    return sx_ref_new(&p->heap, serial, p->pid);
}

SX_PRIM(unalias1, "(erlang:unalias ref)", "Take an alias back: what is sent to it from now on is dropped. Answers whether it was active.")
{
    if (!sx_is_ref(argv[0])) return sx_badarg(p, "unalias: takes a reference");
    if (sx_ref_pid(argv[0]) != p->pid) return SX_FALSE;
    return sx_bool(sx_rel_remove(&p->rels, SX_REL_ALIAS, sx_ref_serial(argv[0])));
}

SX_PRIM(make_ref, "(erlang:make_ref)", "A new reference, different from every other.")
{
    uint64_t serial = sx_next_serial(sx_sched(p));
    p->mark_ref = serial;
    p->mark_save = p->last;
    return sx_ref_new(&p->heap, serial, p->pid);
}

/* ---- names ---- */

SX_PRIM(register2, "(erlang:register name pid)", "Give process `pid` the name `name`. Raises badarg when either has or is one already.")
{
    SxProc *other = sx_proc_find(p->rt, argv[1]);
    if (!sx_is_atom(argv[0]) || argv[0] == SX_A(undefined)) return sx_badarg(p, "register: the name must be an atom");
    if (other == NULL) return sx_badarg(p, "register: there is no such process");
    if (!sx_register(p->rt, argv[0], other)) return sx_badarg(p, "register: the name or the process is taken");
    return SX_TRUE;
}
SX_PRIM(unregister1, "(erlang:unregister name)", "Take a name back. Raises badarg when nothing has it.")
{
    if (!sx_is_atom(argv[0]) || !sx_unregister(p->rt, argv[0])) return sx_badarg(p, "unregister: nothing has this name");
    return SX_TRUE;
}
SX_PRIM(whereis1, "(erlang:whereis name)", "Pid of the process with that name, or undefined.")
{
    if (!sx_is_atom(argv[0])) return sx_badarg(p, "whereis: takes an atom");
    sx_val pid = sx_whereis(p->rt, argv[0]);
    return pid == SX_NONE ? SX_A(undefined) : pid;
}
SX_PRIM(registered0, "(erlang:registered)", "All registered names.")
{
    sx_val list = SX_EMPTY;
    for (uint32_t i = 0; i < p->rt->names.cap; i++)
        if (p->rt->names.slots[i].key != 0) list = sx_cons(&p->heap, p->rt->names.slots[i].key, list);
    return list;
}

/* ---- asking ---- */

SX_PRIM(processes0, "(erlang:processes)", "Pids of all processes.")
{
    sx_val list = SX_EMPTY;
    for (uint32_t i = p->rt->n_slots; i-- > 0;) {
        SxProc *q = sx_proc_at(p->rt, i);
        if (q != NULL) list = sx_cons(&p->heap, q->pid, list);
    }
    sx_charge(p, p->rt->n_slots / 16);
    return list;
}
/* Do the items look at the mailbox? Then the caller itself is asked by a signal too, behind what others sent before. */
static bool about_mailbox(sx_val items)
{
    for (; sx_is_cons(items); items = sx_tail(items))
        if (about_mailbox(sx_head(items))) return true;
    return items == SX_A(messages) || items == SX_A(message_queue_len);
}

/* Ask `pid`, and answer what it says; undefined when it has ended. */
static sx_val ask(SxProc *p, sx_val pid, sx_val what)
{
    sx_val v;
    if (sx_op_take(p, &v)) return v;
    if (!sx_op_pending(p)) {
        if (sx_proc_find(p->rt, pid) == NULL) return SX_A(undefined);
        SxFrag *f = sx_frag_copy(what);
        f->from = p->pid;
        f->ref = sx_op_begin(p);
        sx_deliver(p->rt, sx_sched(p), pid, SX_SIG_INFO, f);
    }
    return sx_park(p, SX_WAIT_INFO);
}

static sx_val process_info(SxProc *p, sx_val pid, sx_val items)
{
    if (!sx_op_pending(p)) {
        if (!sx_is_pid(pid)) return sx_badarg(p, "process_info: takes a pid");
        sx_val v = sx_is_tuple(items) ? SX_NONE : sx_process_info(p, items);
        if (v == SX_NONE) return sx_badarg(p, "process_info: an item is not known");
        if (pid == p->pid && !about_mailbox(items)) return v;
    }
    return ask(p, pid, items);
}

SX_PRIM(is_process_alive1, "(erlang:is_process_alive pid)", "Whether the process has not ended, what was sent to it before the call considered.")
{
    if (!sx_is_pid(argv[0])) return sx_badarg(p, "is_process_alive: takes a pid");
    const SxProc *q = sx_proc_find(p->rt, argv[0]);
    if (!sx_op_pending(p) && (q == NULL || q == p || atomic_load(&q->inbox) == NULL)) return sx_bool(q != NULL);
    sx_val v = ask(p, argv[0], SX_EMPTY);
    return v == SX_PARKED ? v : sx_bool(v == SX_EMPTY);
}
SX_PRIM(in_old_code2, "(erts_internal:in_old_code pid m)", "Whether the process is inside old code of module `m`; false when it has ended.")
{
    if (!sx_is_pid(argv[0]) || !sx_is_atom(argv[1])) return sx_badarg(p, "in_old_code: takes a pid and the name of a module");
    sx_val v = ask(p, argv[0], sx_tuple(&p->heap, 2, sx_atom("old_code"), argv[1]));
    return v == SX_A(undefined) ? SX_FALSE : v;
}

static sx_val tidy_info(sx_val v)
{
    /* asked alone, a missing name is [] */
    if (sx_is_tuple(v) && sx_tuple_size(v) == 2 && sx_tuple_elements(v)[0] == SX_A(registered_name) && sx_tuple_elements(v)[1] == SX_EMPTY) return SX_EMPTY;
    return v;
}
SX_PRIM(process_info2, "(erlang:process_info pid items)", "What is known of a process: {Item, Value} for an atom, a list of them for a list; undefined when it has ended.")
{
    return tidy_info(process_info(p, argv[0], argv[1]));
}
SX_PRIM(process_info1, "(erlang:process_info pid)", "The usual items of a process, as a list of {Item, Value}.")
{
    static const char *const usual[] = {"current_function", "initial_call", "status", "message_queue_len", "links", "dictionary", "trap_exit", "error_handler", "priority",
                                        "group_leader", "total_heap_size", "heap_size", "stack_size", "reductions", "garbage_collection", "suspending"};
    sx_val list = SX_EMPTY;
    for (size_t i = SX_COUNT(usual); i-- > 0;) list = sx_cons(&p->heap, sx_atom(usual[i]), list);
    return process_info(p, argv[0], list);
}

static sx_val set_flag(SxProc *p, sx_val flag, sx_val value)
{
    sx_val old;
    if (flag == SX_A(trap_exit) && (value == SX_TRUE || value == SX_FALSE)) {
        old = sx_bool(p->trap_exit);
        p->trap_exit = value == SX_TRUE;
        return old;
    }
    if (flag == SX_A(priority)) {
        sx_val pair = sx_process_info(p, SX_A(priority));
        if (priority_of(value, &p->priority)) return sx_tuple_elements(pair)[1];
    }
    if (flag == SX_A(monitor_nodes) && (value == SX_TRUE || value == SX_FALSE)) return sx_small(0); /* no node comes or goes */
    SxSettings settings = sx_settings_of(p);
    old = sx_setting_value(&p->heap, &settings, flag);
    if (old == SX_NONE || !sx_setting_change(&settings, flag, value)) return sx_badarg(p, "process_flag: the flag is not known, or the value is none of its");
    sx_settings_apply(p, &settings);
    return old;
}
SX_PRIM(process_flag2, "(erlang:process_flag flag value)", "Set a flag of the caller: trap_exit, priority, max_heap_size. Answers the old value.") { return set_flag(p, argv[0], argv[1]); }

/* The console's process, registered as `user`: made when somebody first asks for it (lib/otp/user.erl). What prints to the console
 * needs it not, see io.erl. SX_NONE: it cannot be made. */
static sx_val console_leader(SxProc *p)
{
    sx_val pid = sx_whereis(p->rt, SX_A(user));
    if (pid != SX_NONE) return pid;
    SxSpawn spawn = {.fn = SX_A(user), .name = sx_atom("server"), .parent = SX_NIL, .group_leader = SX_NIL, .priority = SX_PRIO_NORMAL, .epoch = p->epoch};
    SxProc *made = sx_spawn(p->rt, &spawn);
    if (made == NULL || !sx_register(p->rt, SX_A(user), made)) return SX_NONE;
    return made->pid;
}

SX_PRIM(group_leader0, "(erlang:group_leader)", "The caller's group leader, which its output goes to: the console unless another was set.")
{
    if (p->group_leader != SX_NIL) return p->group_leader;
    sx_val pid = console_leader(p);
    return pid == SX_NONE ? sx_error(p, SX_A(system_limit)) : pid;
}
SX_PRIM(leader0, "(sx_io:leader)", "The caller's group leader; the atom user when that is the console.") { return p->group_leader == SX_NIL ? SX_A(user) : p->group_leader; }
SX_PRIM(group_leader2, "(erlang:group_leader leader pid)", "Make `leader` the group leader of `pid`.")
{
    SxProc *q = sx_proc_find(p->rt, argv[1]);
    bool console = argv[0] == SX_A(user) || (sx_is_pid(argv[0]) && argv[0] == sx_whereis(p->rt, SX_A(user)));
    if (q == NULL || !(sx_is_pid(argv[0]) || console)) return sx_badarg(p, "group_leader: takes a pid and the pid of a living process");
    q->group_leader = console ? SX_NIL : argv[0];
    return SX_TRUE;
}

SX_PRIM(label1, "(label x)", "Set the label of the process, any term: reports, dumps and the process table show it. Answers :ok.")
{
    p->label = argv[0];
    return SX_A(ok);
}

/* ---- dictionary ---- */

SX_PRIM(put2, "(erlang:put key value)", "Set `key` in the process dictionary. Answers the old value or undefined.")
{
    sx_val old = sx_map_get(p->dictionary, argv[0]);
    p->dictionary = sx_map_put(&p->heap, p->dictionary, argv[0], argv[1]);
    return old == SX_NONE ? SX_A(undefined) : old;
}
SX_PRIM(get1, "(erlang:get key)", "Value of `key` in the process dictionary, or undefined.")
{
    sx_val v = sx_map_get(p->dictionary, argv[0]);
    return v == SX_NONE ? SX_A(undefined) : v;
}
SX_PRIM(get0, "(erlang:get)", "The process dictionary as a list of {Key, Value}.")
{
    return sx_tuple_elements(sx_process_info(p, SX_A(dictionary)))[1];
}
SX_PRIM(erase1, "(erlang:erase key)", "Remove `key` from the process dictionary. Answers the old value or undefined.")
{
    sx_val old = sx_map_get(p->dictionary, argv[0]);
    if (old == SX_NONE) return SX_A(undefined);
    p->dictionary = sx_map_remove(&p->heap, p->dictionary, argv[0]);
    return old;
}
SX_PRIM(erase0, "(erlang:erase)", "Empty the process dictionary. Answers what it held.")
{
    sx_val old = sx_tuple_elements(sx_process_info(p, SX_A(dictionary)))[1];
    p->dictionary = sx_map_empty();
    return old;
}
SX_PRIM(get_keys0, "(erlang:get_keys)", "Keys of the process dictionary.")
{
    SxMapIter it;
    sx_val key, value, list = SX_EMPTY;
    sx_map_iter_init(&it, p->dictionary);
    while (sx_map_iter_next(&it, &key, &value)) list = sx_cons(&p->heap, key, list);
    return list;
}

/* ---- running ---- */

SX_PRIM(yield, "(yield)", "Let other processes run. Answers true.")
{
    return p->prim_state == SX_NONE ? sx_again(p, SX_TRUE) : SX_TRUE;
}
SX_PRIM(erlang_yield, "(erlang:yield)", "Let other processes run.")
{
    return p->prim_state == SX_NONE ? sx_again(p, SX_TRUE) : SX_TRUE;
}
SX_PRIM(bump_reductions1, "(erlang:bump_reductions n)", "Charge `n` reductions to the caller.")
{
    if (!sx_is_small(argv[0]) || sx_small_value(argv[0]) < 1) return sx_badarg(p, "bump_reductions: takes a positive integer");
    sx_charge(p, (size_t)sx_small_value(argv[0]));
    return SX_TRUE;
}
SX_PRIM(garbage_collect, "(erlang:garbage_collect &opt pid options)", "Collect the caller's garbage; that of others is collected when they need room. Answers true.")
{
    if (!sx_given(argv[0]) || argv[0] == p->pid) sx_heap_want_all(&p->heap);
    return SX_TRUE;
}
/* Is the primitive that runs the first function of its process, so that nothing comes behind it? */
static bool is_first(const SxProc *p)
{
    const SxFn *fn = sx_code_fn_at(&p->rt->code, p->pc);
    return fn != NULL && fn->flags & SX_FN_NATIVE && p->fp == p->heap.stack + 1;
}
SX_PRIM(hibernate3, "(erlang:hibernate m f args)", "Forget what the caller was doing, collect its garbage, wait for a message, and go on as m:f with the list `args`: this call does not return.")
{
    if (!sx_is_atom(argv[0]) || !sx_is_atom(argv[1]) || sx_list_length(p, argv[2]) < 0) return sx_badarg(p, "hibernate: takes module, function and a list of arguments");
    if (!is_first(p)) { /* begin anew, as a process whose first function this is */
        sx_vm_start(p, SX_A(erlang), sx_list_from(&p->heap, argv, 3, SX_EMPTY), sx_atom("hibernate"));
        p->prim_state = SX_NONE;
        return SX_AGAIN;
    }
    if (p->prim_state == SX_NONE) {
        sx_heap_want_least(&p->heap);
        return sx_again(p, SX_TRUE);
    }
    if (*p->save == NULL) return sx_park(p, SX_WAIT_RECEIVE);
    const SxExport *apply = sx_export_find(&p->rt->code, SX_A(erlang), sx_atom("apply"), 3);
    return sx_tail_call(p, sx_export_closure(&p->rt->code, (SxExport *)(uintptr_t)apply), argv, 3);
}
SX_PRIM(halt, "(erlang:halt &opt status options)", "End the program with this exit status.")
{
    p->rt->halt_code = sx_given(argv[0]) && sx_is_small(argv[0]) ? (int)sx_small_value(argv[0]) & 255 : 0;
    atomic_store(&p->rt->halting, true);
    return sx_again(p, SX_TRUE);
}

SX_PRIM_TABLE(process){
    &spawn1_prim, &spawn3_prim, &spawn_link1_prim, &spawn_link3_prim, &spawn_monitor1_prim, &spawn_monitor3_prim, &spawn_opt2_prim,
    &spawn_opt4_prim, &exit2_prim, &link1_prim, &unlink1_prim, &monitor3_prim, &demonitor2_prim, &alias1_prim, &unalias1_prim,
    &make_ref_prim, &register2_prim, &unregister1_prim, &whereis1_prim, &registered0_prim, &processes0_prim, &is_process_alive1_prim, &in_old_code2_prim,
    &process_info2_prim, &process_info1_prim, &process_flag2_prim, &group_leader0_prim, &leader0_prim, &group_leader2_prim, &label1_prim, &put2_prim,
    &get1_prim, &get0_prim, &erase1_prim, &erase0_prim, &get_keys0_prim, &yield_prim, &erlang_yield_prim, &bump_reductions1_prim,
    &garbage_collect_prim, &hibernate3_prim, &halt_prim, NULL};
