/* erl_process.c - BIFs about processes and the node that process.c leaves over: suspending, flags of others, settings of
 * the system that are fixed here, cookies and nodes (there is one node), identifiers as text. */
#include "base/buf.h"
#include "base/sys.h"
#include "prim/args.h"
#include "sched/sched.h"
#include <stdio.h>

/* ---- suspending ---- */

static sx_val suspend(SxProc *p, sx_val target, bool unless_suspending)
{
    if (unless_suspending && sx_suspends(p, target)) return SX_FALSE;
    return sx_suspend(p, target) ? SX_TRUE : sx_badarg(p, "suspend_process: takes the pid of another living process");
}
SX_PRIM(suspend_process1, "(erlang:suspend_process pid)", "Keep another process from running until it is resumed as often, or the caller ends.") { return suspend(p, argv[0], false); }
SX_PRIM(suspend_process2, "(erlang:suspend_process pid options)", "Like suspend_process/1. Options: unless_suspending answers false when the caller suspends it already, asynchronous.")
{
    bool unless = false, async = false;
    sx_val reply = SX_NONE;
    for (sx_val l = argv[1]; l != SX_EMPTY; l = sx_tail(l)) {
        if (!sx_is_cons(l)) return sx_badarg(p, "suspend_process: the options must be a list");
        sx_val o = sx_head(l);
        if (o == sx_atom("unless_suspending")) unless = true;
        else if (o == sx_atom("asynchronous")) async = true;
        else if (sx_is_tuple(o) && sx_tuple_size(o) == 2 && sx_tuple_elements(o)[0] == sx_atom("asynchronous")) reply = sx_tuple_elements(o)[1];
        else return sx_badarg(p, "suspend_process: options are unless_suspending, asynchronous and {asynchronous, Tag}");
    }
    if (reply != SX_NONE || (async && sx_proc_find(p->rt, argv[0]) == NULL && sx_is_pid(argv[0]))) {
        bool lives = sx_proc_find(p->rt, argv[0]) != NULL;
        if (reply != SX_NONE) sx_send(p->rt, sx_sched(p), p->pid, sx_tuple(&p->heap, 2, reply, sx_atom(lives ? "suspended" : "exited")));
        if (!lives) return SX_TRUE;
    }
    return suspend(p, argv[0], unless);
}
SX_PRIM(resume_process1, "(erlang:resume_process pid)", "Take one suspension by the caller back.")
{
    return sx_resume(p, argv[0]) ? SX_TRUE : sx_badarg(p, "resume_process: the caller does not suspend this process");
}

/* ---- flags ---- */

SX_PRIM(process_flag3, "(erlang:process_flag pid flag value)", "Set a flag of another process: save_calls only, which does nothing here.")
{
    bool fits = argv[1] == SX_A(save_calls) && sx_is_small(argv[2]) && sx_small_value(argv[2]) >= 0 && sx_small_value(argv[2]) <= 10000;
    if (!fits || sx_proc_find(p->rt, argv[0]) == NULL) return sx_badarg(p, "process_flag/3: takes the pid of a living process, save_calls and 0 to 10000");
    return sx_small(0);
}

SX_PRIM(system_flag2, "(erlang:system_flag flag value)", "Set a system flag. Answers the value that was set before; most are fixed here.")
{
    static const struct { const char *flag; int64_t value; } numbers[] = {{"backtrace_depth", 8}, {"min_heap_size", 233}, {"min_bin_vheap_size", 46422}, {"fullsweep_after", 65535},
                                                                          {"trace_control_word", 0}, {"schedulers_online", 1}, {"dirty_cpu_schedulers_online", 1}};
    for (size_t i = 0; i < SX_COUNT(numbers); i++)
        if (argv[0] == sx_atom(numbers[i].flag)) {
            if (!sx_is_small(argv[1]) || sx_small_value(argv[1]) < 0) return sx_badarg(p, "system_flag: %s takes an integer", numbers[i].flag);
            return sx_small(numbers[i].value);
        }
    if (argv[0] == sx_atom("max_heap_size")) {
        sx_val pairs[] = {SX_A(size), sx_small(0), SX_A(kill), SX_TRUE, sx_atom("error_logger"), SX_TRUE};
        return sx_map_from_pairs(&p->heap, pairs, 3);
    }
    if (argv[0] == sx_atom("multi_scheduling")) return sx_atom(argv[1] == sx_atom("block") ? "blocked" : "enabled");
    if (argv[0] == sx_atom("time_offset")) return sx_atom("final");
    return sx_badarg(p, "system_flag: the flag is not known");
}

/* ---- nodes ---- */

SX_PRIM(monitor_node2, "(erlang:monitor_node node flag &opt options)", "Watch a node. There is only this one; another raises notalive.")
{
    if (!sx_is_atom(argv[0]) || (argv[1] != SX_TRUE && argv[1] != SX_FALSE)) return sx_badarg(p, "monitor_node: takes a node and true or false");
    return argv[0] == SX_A(node) ? SX_TRUE : sx_error(p, sx_atom("notalive"));
}
SX_PRIM(get_cookie1, "(erlang:get_cookie &opt node)", "nocookie: this node is not distributed.") { return sx_atom("nocookie"); }
SX_PRIM(set_cookie2, "(erlang:set_cookie cookie &opt more)", "Raises badarg: this node is not distributed.") { return sx_badarg(p, "set_cookie: this node is not distributed"); }

/* ---- dictionary ---- */

SX_PRIM(get_keys1, "(erlang:get_keys value)", "Keys of the process dictionary that have this value.")
{
    SxMapIter it;
    sx_val key, value, list = SX_EMPTY;
    sx_map_iter_init(&it, p->dictionary);
    while (sx_map_iter_next(&it, &key, &value))
        if (sx_equal(value, argv[0])) list = sx_cons(&p->heap, key, list);
    return list;
}

/* ---- text ---- */

/* The text of a string of at most 63 characters; false: it is none. */
static bool short_text(sx_val list, char text[64])
{
    size_t n = 0;
    for (; sx_is_cons(list); list = sx_tail(list)) {
        if (n == 63 || !sx_is_small(sx_head(list)) || sx_small_value(sx_head(list)) < 1 || sx_small_value(sx_head(list)) > 127) return false;
        text[n++] = (char)sx_small_value(sx_head(list));
    }
    text[n] = '\0';
    return list == SX_EMPTY;
}
SX_PRIM(list_to_ref1, "(erlang:list_to_ref chars)", "Reference that the text #Ref<0.A.B.C> names.")
{
    char text[64];
    unsigned slot, high, low;
    int end = 0;
    bool ok = short_text(argv[0], text) && sscanf(text, "#Ref<0.%u.%u.%u>%n", &slot, &high, &low, &end) == 3 && end > 0 && text[end] == '\0' && slot < (1u << 26);
    if (!ok) return sx_badarg(p, "list_to_ref: takes a string such as #Ref<0.5.0.7>");
    const SxProc *maker = sx_proc_at(p->rt, slot);
    return sx_ref_new(&p->heap, (uint64_t)high << 32 | low, maker != NULL ? maker->pid : sx_make_pid(slot, 0));
}
SX_PRIM(port_to_list1, "(erlang:port_to_list port)", "Raises badarg: there are no ports.") { return sx_badarg(p, "port_to_list: there are no ports"); }
SX_PRIM(list_to_port1, "(erlang:list_to_port chars)", "Raises badarg: there are no ports.") { return sx_badarg(p, "list_to_port: there are no ports"); }

SX_PRIM(fun_info_mfa1, "(erlang:fun_info_mfa f)", "{Module, Name, Arity} of a function value.")
{
    if (!sx_is_closure(argv[0])) return sx_badarg(p, "fun_info_mfa: takes a function");
    const SxFn *fn = (const SxFn *)(uintptr_t)sx_ptr(argv[0])[1];
    return sx_tuple(&p->heap, 3, fn->module, fn->name, sx_small(fn->max_args));
}

SX_PRIM(display_string1, "(erlang:display_string chars)", "Print a string as it is.")
{
    SxBuf b = SX_BUF_INIT;
    if (!sx_is_list(argv[0]) || !sx_flatten_text(argv[0], true, &b)) {
        sx_buf_deinit(&b);
        return sx_badarg(p, "display_string: takes a string");
    }
    bool taken = sx_sys_output(p->rt, 1, p->epoch, b.data ? b.data : "", b.len);
    sx_buf_deinit(&b);
    return taken ? SX_TRUE : sx_park(p, SX_WAIT_OUTPUT);
}

SX_PRIM(init_stop1, "(init:stop &opt status)", "End the program, with exit status 0 or the given one.")
{
    bool number = sx_given(argv[0]) && sx_is_small(argv[0]);
    p->rt->halt_code = number ? (int)sx_small_value(argv[0]) & 255 : sx_given(argv[0]) ? 1 : 0;
    atomic_store(&p->rt->halting, true);
    return sx_again(p, SX_TRUE);
}

SX_PRIM_TABLE(erl_process){
    &suspend_process1_prim, &suspend_process2_prim, &resume_process1_prim, &process_flag3_prim, &system_flag2_prim, &monitor_node2_prim, &get_cookie1_prim,
    &set_cookie2_prim, &get_keys1_prim, &list_to_ref1_prim, &port_to_list1_prim, &list_to_port1_prim, &fun_info_mfa1_prim, &display_string1_prim,
    &init_stop1_prim, NULL};
