/* control.c - primitives that raise and that call: error, exit, throw, raise, apply, and the parts of `try` that bytecode
 * leaves to them. */
#include "prim/args.h"

SX_PRIM(sx_error, "(error reason)", "Raise `reason` with class error.") { return sx_throw(p, SX_A(error), argv[0]); }
SX_PRIM(sx_exit, "(exit reason)", "Raise `reason` with class exit: ends the process unless it is caught.") { return sx_throw(p, SX_A(exit), argv[0]); }
SX_PRIM(sx_throw, "(throw value)", "Raise `value` with class throw.") { return sx_throw(p, SX_A(throw), argv[0]); }
SX_PRIM(error1, "(erlang:error reason)", "Raise `reason` with class error.") { return sx_throw(p, SX_A(error), argv[0]); }
SX_PRIM(error2, "(erlang:error reason args &opt options)", "Raise `reason`; `args` (a list, or none) are the running function's arguments in the stack trace, where "
        "{error_info, Map} of `options` stands, too.")
{
    if (!sx_is_list(argv[1])) return sx_throw(p, SX_A(error), argv[0]);
    sx_val info = SX_NIL;
    for (sx_val at = sx_given(argv[2]) ? argv[2] : SX_EMPTY; sx_is_cons(at); at = sx_tail(at)) {
        sx_val option = sx_head(at);
        if (sx_is_tuple(option) && sx_tuple_size(option) == 2 && sx_tuple_elements(option)[0] == sx_atom("error_info")) info = sx_tuple_elements(option)[1];
    }
    return sx_vm_error_args(p, argv[0], argv[1], info);
}
SX_PRIM(exit1, "(erlang:exit reason)", "Raise `reason` with class exit.") { return sx_throw(p, SX_A(exit), argv[0]); }
SX_PRIM(throw1, "(erlang:throw value)", "Raise `value` with class throw.") { return sx_throw(p, SX_A(throw), argv[0]); }
SX_PRIM(nif_error, "(erlang:nif_error reason &opt args)", "Raise `reason`: the body of a function that a native should have replaced.") { return sx_throw(p, SX_A(error), argv[0]); }

static bool is_class(sx_val v) { return v == SX_A(error) || v == SX_A(exit) || v == SX_A(throw); }

/* A trace as programs hold it: what a handler was given, or a list of {M, F, A, Info} and {F, A, Info}. */
static bool is_trace(sx_val v)
{
    if (sx_is_tuple(v)) return true;
    for (; sx_is_cons(v); v = sx_tail(v)) {
        sx_val e = sx_head(v);
        if (!sx_is_tuple(e) || sx_tuple_size(e) < 2 || sx_tuple_size(e) > 4) return false;
    }
    return v == SX_EMPTY;
}
SX_PRIM(raise3, "(erlang:raise class reason stack)", "Raise again with the stack trace `stack`. Answers badarg when class or stack is malformed.")
{
    if (!is_class(argv[0]) || !is_trace(argv[2])) return SX_A(badarg);
    return sx_vm_raise(p, argv[0], argv[1], argv[2]);
}
SX_PRIM(sx_raise, "(raise class reason stack)", "Raise `reason` with class :error, :exit or :throw and the stack trace that a `catch` was given.")
{
    if (!is_class(argv[0]) || !is_trace(argv[2])) return sx_badarg(p, "raise: takes :error, :exit or :throw, a reason and a stack trace");
    return sx_vm_raise(p, argv[0], argv[1], argv[2]);
}

SX_PRIM(stacktrace, "(%stacktrace raw)", "Stack trace as a list of what a handler's third register holds.") { return sx_vm_stacktrace(p, argv[0]); }

/* Arguments before the last one, and those that the last one, a list, holds. */
static sx_val apply_spread(SxProc *p, sx_val fn, const sx_val *before, int n_before, sx_val list)
{
    sx_val args[SX_MAX_ARGS];
    if (n_before > SX_MAX_ARGS) return sx_error(p, SX_A(system_limit));
    memcpy(args, before, (size_t)n_before * sizeof *args);
    int n = sx_list_values(list, args + n_before, SX_MAX_ARGS - n_before);
    if (n < 0) return sx_badarg(p, "apply: the last argument must be a list, of at most %d arguments together", SX_MAX_ARGS);
    return sx_tail_call(p, fn, args, n_before + n);
}
SX_PRIM(sx_apply, "(apply f x & more)", "Call `f` with the arguments in the last one, a list, behind the others. (apply + 1 [2 3]) => 6")
{
    return apply_spread(p, argv[0], argv + 1, argc - 2, argv[argc - 1]);
}
SX_PRIM(apply2, "(erlang:apply f args)", "Call the function value `f` with the list `args`.") { return apply_spread(p, argv[0], argv, 0, argv[1]); }
SX_PRIM(apply3, "(erlang:apply m f args)", "Call m:f with the list `args`.")
{
    sx_val args[SX_MAX_ARGS];
    int n = sx_list_values(argv[2], args, SX_MAX_ARGS);
    if (n < 0 || !sx_is_atom(argv[0]) || !sx_is_atom(argv[1])) return sx_badarg(p, "apply: takes module, function and a list of arguments");
    return sx_vm_call_named(p, argv[0], argv[1], args, n);
}
SX_PRIM(make_fun3, "(erlang:make_fun m f arity)", "The function value `fun M:F/Arity`.")
{
    if (!sx_is_atom(argv[0]) || !sx_is_atom(argv[1]) || !sx_is_small(argv[2]) || sx_small_value(argv[2]) < 0 || sx_small_value(argv[2]) > SX_MAX_ARGS)
        return sx_badarg(p, "make_fun: takes module, function and arity");
    SxExport *e = sx_export(&p->rt->code, argv[0], argv[1], (unsigned)sx_small_value(argv[2]));
    return e == NULL ? sx_error(p, SX_A(system_limit)) : sx_export_closure(&p->rt->code, e);
}
SX_PRIM(call_by_name, "(sx:call name args)", "Call the SX function with that full name (an atom) with the list `args`.")
{
    SxCell *cell = sx_is_atom(argv[0]) ? sx_cell_find(&p->rt->code, argv[0]) : NULL;
    if (cell == NULL || cell->value == SX_NONE) return sx_error2(p, SX_A(unbound), argv[0]);
    return apply_spread(p, cell->value, argv, 0, argv[1]);
}

SX_PRIM_TABLE(control){&sx_error_prim, &sx_exit_prim, &sx_throw_prim, &error1_prim, &error2_prim, &exit1_prim, &throw1_prim, &nif_error_prim, &raise3_prim,
                       &sx_raise_prim, &stacktrace_prim, &sx_apply_prim, &apply2_prim, &apply3_prim, &make_fun3_prim, &call_by_name_prim, NULL};
