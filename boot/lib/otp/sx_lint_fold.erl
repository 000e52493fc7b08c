%% sx_lint_fold.erl - operators and functions on constants: their value, or a warning that they must fail; calls in vain.
%% Shapes are sx_lint_core's. Only what is quick and makes nothing large is evaluated.
-module(sx_lint_fold).

-export([operator/3, call/4, unused_call/4]).

-import(sx_lint_notes, [warning/4]).

-define(MAX_BITS, 1000).

operator(P, Op, Shapes) ->
    case values(Shapes) of
        {ok, Values} ->
            case is_quick(Op, Values) of
                true ->
                    try {lit, apply(erlang, Op, Values)}
                    catch error:Reason when is_atom(Reason) ->
                            warning(failed, P, "evaluation of operator ~p/~w will fail with a '~w' exception", [Op, length(Values), Reason]),
                            any;
                          _:_ -> any
                    end;
                false -> any
            end;
        no -> any
    end.

is_quick(Op, [A, B]) when Op =:= 'bsl', is_integer(B); Op =:= 'bsr', is_integer(B) -> is_small(A) andalso abs(B) < ?MAX_BITS;
is_quick(Op, Values) ->
    N = length(Values),
    lists:all(fun is_small/1, Values) andalso
        (erl_internal:arith_op(Op, N) orelse erl_internal:bool_op(Op, N) orelse erl_internal:comp_op(Op, N)).

is_small(V) when is_integer(V) -> abs(V) < 1 bsl ?MAX_BITS;
is_small(_) -> true.

values(Shapes) ->
    case [V || {lit, V} <- Shapes] of
        Values when length(Values) =:= length(Shapes) -> {ok, Values};
        _ -> no
    end.

call(P, erlang, F, Shapes) ->
    case {values(Shapes), is_foldable(F, length(Shapes))} of
        {{ok, Values}, true} ->
            try {lit, apply(erlang, F, Values)}
            catch error:Reason when is_atom(Reason) ->
                    warning(failed, P, "the call to ~w/~w will fail with a '~w' exception", [F, length(Values), Reason]),
                    any;
                  _:_ -> any
            end;
        _ -> any
    end;
call(_, _, _, _) -> any.

is_foldable(F, 1) ->
    lists:member(F, [hd, tl, length, tuple_size, size, abs, atom_to_list, byte_size, bit_size, map_size, float, round, trunc, ceil,
                     floor, integer_to_list, float_to_list, list_to_atom, list_to_integer, list_to_float, list_to_tuple,
                     tuple_to_list, is_atom, is_binary, is_bitstring, is_boolean, is_float, is_function, is_integer, is_list,
                     is_map, is_number, is_pid, is_port, is_reference, is_tuple]);
is_foldable(F, 2) -> lists:member(F, [element, max, min]);
is_foldable(_, _) -> false.

%% A call whose value is thrown away.
unused_call(P, erlang, F, N) ->
    case {is_safe(F, N), is_pure(F, N)} of
        {true, _} -> warning(ignored, P, "the call to ~w/~w has no effect", [F, N]);
        {_, true} -> ignored(P, [F, N], "~w/~w");
        _ -> ok
    end;
unused_call(P, lists, F, N) ->
    lists:member({F, N}, [{append, 2}, {subtract, 2}]) andalso ignored(P, [lists, F, N], "~w:~w/~w");
unused_call(P, math, F, N) ->
    lists:member({F, N}, [{K, 1} || K <- [acos, acosh, asin, asinh, atan, atanh, ceil, cos, cosh, erf, erfc, exp, floor, log, log10, log2,
                                          sin, sinh, sqrt, tan, tanh]] ++ [{atan2, 2}, {fmod, 2}, {pow, 2}, {pi, 0}])
        andalso ignored(P, [math, F, N], "~w:~w/~w");
unused_call(P, maps, get, 2) -> ignored(P, [maps, get, 2], "~w:~w/~w"), ignored(P, [map_get, 2], "~w/~w");
unused_call(_, _, _, _) -> ok.

ignored(P, Args, Shown) ->
    warning(ignored, P, "the result of calling " ++ Shown ++ " is ignored (suppress the warning by assigning the expression to the _ variable)", Args).

%% Cannot fail, does nothing.
is_safe(F, 1) ->
    lists:member(F, [is_atom, is_binary, is_bitstring, is_boolean, is_float, is_function, is_integer, is_list, is_map, is_number, is_pid,
                     is_port, is_reference, is_tuple, get, term_to_binary]);
is_safe(F, 0) -> lists:member(F, [date, get, get_cookie, group_leader, is_alive, make_ref, node, nodes, ports, pre_loaded, processes, registered,
                                  self, time]);
is_safe(F, 2) -> lists:member(F, [max, min]);
is_safe(_, _) -> false.

%% May fail, does nothing else.
is_pure(F, 1) ->
    lists:member(F, [abs, atom_to_binary, atom_to_list, binary_to_atom, binary_to_float, binary_to_integer, binary_to_list, bit_size, byte_size,
                     ceil, float, float_to_binary, float_to_list, floor, hd, integer_to_binary, integer_to_list, iolist_size,
                     iolist_to_binary, length, list_to_atom, list_to_binary, list_to_bitstring, list_to_float, list_to_integer, list_to_pid,
                     list_to_tuple, bitstring_to_list, map_size, pid_to_list, round, size, tl, trunc, tuple_size, tuple_to_list,
                     binary_to_term, fun_to_list]);
is_pure(F, 2) ->
    lists:member(F, [atom_to_binary, binary_part, binary_to_integer, binary_to_list, element, append, append_element, float_to_list,
                     float_to_binary, integer_to_binary, integer_to_list, list_to_integer, map_get, is_map_key, is_record, is_function,
                     make_tuple, split_binary, '++', '--']) andalso F =/= binary_to_list;
is_pure(setelement, 3) -> true;
is_pure(insert_element, 3) -> true;
is_pure(_, _) -> false.
