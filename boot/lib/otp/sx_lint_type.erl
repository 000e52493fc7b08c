%% sx_lint_type.erl - types, specs and callbacks: that what they name exists, and which types nothing uses.
-module(sx_lint_type).

-export([definition/4, spec/3, callback/3, field/1, finish/1]).

-import(sx_lint_notes, [error/2, error/3, warning/3, warning/4, note/2, notes/1]).
-compile({no_auto_import, [error/2, error/3]}).

%% -type and -opaque.
definition(Pos, Kind, {Name, Type, Params}, Main) ->
    TA = {Name, length(Params)},
    case {erl_internal:is_type(Name, length(Params)), [1 || {T, _, _, _, _} <- notes(type), T =:= TA]} of
        {true, _} -> error(Pos, "type ~ts is a builtin type; it cannot be redefined", [shown(TA)]);
        {_, [_ | _]} -> error(Pos, "type ~ts already defined", [shown(TA)]);
        _ ->
            note(type, {TA, Kind, Pos, sx_lint_notes:file(), Main}),
            singletons(Params ++ variables(Type)),
            visit(Type, TA)
    end.

%% -spec: Functions are the module's, or unknown yet.
spec(Pos, Name, Clauses) ->
    {FA, Own} = case Name of
                    {M, F, N} -> {{F, N}, M =:= sx_lint_notes:info(module)};
                    _ -> {Name, true}
                end,
    case Own of
        false ->
            error(Pos, "spec for function ~w:~tw/~w from other module", tuple_to_list(Name));
        true ->
            {F1, N1} = FA,
            sx_lint_notes:is_first(spec, FA) orelse error(Pos, "spec for ~tw/~w already defined", [F1, N1]),
            note(spec, {FA, Pos, sx_lint_notes:file()}),
            clauses(FA, Clauses, "spec has wrong arity")
    end.

callback(Pos, Name, Clauses) ->
    case Name of
        {M, F, N} -> error(Pos, "callback for ~w:~tw/~w: no module is expected", [M, F, N]);
        {F, N} ->
            [1 || {Other, _} <- notes(callback), Other =:= Name] =/= [] andalso error(Pos, "callback ~tw/~w already defined", [F, N]),
            note(callback, {Name, Pos}),
            clauses(Name, Clauses, "callback has wrong arity")
    end.

clauses({_, N}, Clauses, WrongArity) ->
    lists:foreach(fun(Clause) ->
                          case arity(Clause) of
                              N -> ok;
                              any -> ok;
                              _ -> error(element(2, Clause), WrongArity)
                          end,
                          singletons(variables(Clause)),
                          visit(Clause, root)
                  end, Clauses).

arity({type, _, bounded_fun, [F, _]}) -> arity(F);
arity({type, _, 'fun', [{type, _, product, Types}, _]}) -> length(Types);
arity(_) -> any.

%% The type of a record's field.
field(Type) -> visit(Type, root), singletons(variables(Type)).

%% ---- variables ----

singletons(Vars) ->
    Counts = lists:foldl(fun({var, P, V}, Acc) -> maps:update_with(V, fun({N, _}) -> {N + 1, P} end, {1, P}, Acc) end, #{}, Vars),
    [error(P, "type variable ~tp is only used once (is unbound)", [V])
     || {V, {1, P}} <- maps:to_list(Counts), hd(atom_to_list(V)) =/= $_],
    ok.

%% Occurrences of variables; a name that annotates a type is none.
variables({var, _, _} = V) -> [V];
variables({ann_type, _, [_, T]}) -> variables(T);
variables({type, _, constraint, [_, Parts]}) -> variables(Parts);
variables({type, _, record, [_ | Fields]}) -> variables(Fields);
variables({type, _, field_type, [_, T]}) -> variables(T);
variables({type, _, _, any}) -> [];
variables({type, _, _, Parts}) -> variables(Parts);
variables({user_type, _, _, Parts}) -> variables(Parts);
variables({remote_type, _, [_, _, Parts]}) -> variables(Parts);
variables(Ts) when is_list(Ts) -> lists:append([variables(T) || T <- Ts]);
variables(_) -> [].

%% ---- uses ----

visit({user_type, P, Name, Args}, From) ->
    note(type_use, {From, {Name, length(Args)}, P, sx_lint_notes:file()}),
    visit(Args, From);
visit({remote_type, P, [{atom, _, M}, {atom, _, T}, Args]}, From) ->
    case sx_lint_notes:info(module) of
        M -> visit({user_type, P, T, Args}, From);
        _ -> visit(Args, From)
    end;
visit({ann_type, _, [_, T]}, From) -> visit(T, From);
visit({type, P, record, [{atom, _, Name} | Fields]}, From) ->
    sx_lint_record:exists(P, Name) andalso sx_lint_record:type_fields(Name, Fields, fun(T) -> visit(T, From) end);
visit({type, P, range, [Low, High]}, _) ->
    case {value(Low), value(High)} of
        {L, H} when is_integer(L), is_integer(H), L =< H -> ok;
        _ -> error(P, "bad range type")
    end;
visit({type, P, binary, [Base, Unit]}, _) ->
    case {value(Base), value(Unit)} of
        {B, U} when is_integer(B), is_integer(U), B >= 0, U >= 0 -> ok;
        _ -> error(P, "bad binary type")
    end;
visit({type, P, bool, []}, _) ->
    warning(deprecated_type, P, "type bool() is now called boolean(); please use the new name instead");
visit({type, _, constraint, [_, [V, T]]}, From) -> visit([V, T], From);
visit({type, _, _, any}, _) -> ok;
visit({type, _, _, Parts}, From) -> visit(Parts, From);
visit({op, P, _, _, _} = Op, _) -> is_integer(value(Op)) orelse error(P, "bad integer type");
visit({op, P, _, _} = Op, _) -> is_integer(value(Op)) orelse error(P, "bad integer type");
visit(Ts, From) when is_list(Ts) -> [visit(T, From) || T <- Ts], ok;
visit(_, _) -> ok.

value({integer, _, N}) -> N;
value({char, _, C}) -> C;
value({op, _, Op, X}) ->
    case value(X) of
        N when is_integer(N) -> try erlang:Op(N) catch _:_ -> bad end;
        _ -> bad
    end;
value({op, _, Op, X, Y}) ->
    case {value(X), value(Y)} of
        {A, B} when is_integer(A), is_integer(B) -> try erlang:Op(A, B) catch _:_ -> bad end;
        _ -> bad
    end;
value(_) -> bad.

%% ---- the module as a whole ----

%% Undefined, unused and unexported types; Exported is [{Type, Pos, File}].
finish(Exported) ->
    Defined = maps:from_list([{TA, Kind} || {TA, Kind, _, _, _} <- notes(type)]),
    Uses = notes(type_use),
    [begin sx_lint_notes:set_file(File), error(P, "type ~ts undefined", [shown(TA)]) end
     || {_, TA, P, File} <- [{x, T, P1, F} || {_, T, P1, F} <- Uses] ++ [{x, T, P1, F} || {T, P1, F} <- Exported],
        not is_map_key(TA, Defined)],
    Roots = [TA || {root, TA, _, _} <- Uses] ++ [TA || {TA, _, _} <- Exported],
    Reached = reached(Roots, Uses, #{}),
    lists:foreach(fun({TA, Kind, P, File, Main}) ->
                          sx_lint_notes:set_file(File),
                          Main andalso not is_map_key(TA, Reached) andalso
                              warning(unused_type, P, "type ~ts is unused", [shown(TA)]),
                          Kind =:= opaque andalso not lists:keymember(TA, 1, Exported) andalso
                              warning(opaque, P, "opaque type ~ts is not exported", [shown(TA)])
                  end, notes(type)).

reached([], _, Acc) -> Acc;
reached([TA | More], Uses, Acc) when is_map_key(TA, Acc) -> reached(More, Uses, Acc);
reached([TA | More], Uses, Acc) -> reached([To || {From, To, _, _} <- Uses, From =:= TA] ++ More, Uses, Acc#{TA => true}).

shown({Name, N}) -> io_lib:format("~tw(~ts)", [Name, lists:join(",", lists:duplicate(N, "_"))]).
