%% sx_lint_record.erl - uses of records: that they and their fields exist, and which are used at all.
-module(sx_lint_record).

-export([exists/2, construct/5, update/5, field/3, pattern/5, known/2, type_fields/3]).

-import(sx_lint_notes, [error/2, error/3]).
-compile({no_auto_import, [error/2, error/3]}).

%% Is there a record Name? It counts as used; a fault is told.
exists(Pos, Name) ->
    case sx_lint_notes:info(records) of
        #{Name := _} -> sx_lint_notes:note(record, Name), true;
        _ -> error(Pos, "record ~tw undefined", [Name]), false
    end.

fields(Name) ->
    #{Name := {_, _, Fields}} = sx_lint_notes:info(records),
    Fields.

field(Pos, Name, Field) -> exists(Pos, Name) andalso known(Name, Field).

%% Is Field, an atom node, a field of the record Name?
known(Name, {atom, Pos, Field}) ->
    case lists:keymember(Field, 1, fields(Name)) of
        true -> true;
        false -> error(Pos, "field ~tw undefined in record ~tw", [Field, Name]), false
    end.

%% #Name{...} as an expression; Visit looks at an operand.
construct(Pos, Name, Given, Env, Visit) ->
    case exists(Pos, Name) of
        true -> given(Given, Name, [], Env, Env, Visit);
        false -> Env
    end.

given([], _, _, _, Acc, _) -> Acc;
given([{record_field, P, Node, Value} | More], Name, Seen, Env, Acc, Visit) ->
    case Node of
        {var, _, '_'} -> given(More, Name, Seen, Env, maps:merge(Acc, Visit(Value, Env)), Visit);
        {var, _, V} ->
            error(P, "field ~tp is not an atom or _ in record ~tw", [V, Name]),
            given(More, Name, Seen, Env, Acc, Visit);
        {atom, _, F} ->
            case lists:member(F, Seen) of
                true ->
                    error(P, "field ~tw already defined in record ~tw", [F, Name]),
                    given(More, Name, Seen, Env, Acc, Visit);
                false ->
                    known(Name, Node),
                    given(More, Name, [F | Seen], Env, maps:merge(Acc, Visit(Value, Env)), Visit)
            end
    end.

update(Pos, R, Name, Given, Env) ->
    case [P || {record_field, P, {var, _, '_'}, _} <- Given] of
        [P | _] -> error(P, "meaningless use of _ in update of record ~tw", [Name]), Env;
        [] ->
            Env1 = sx_lint_expr:expr(R, Env),
            case exists(Pos, Name) of
                true -> given(Given, Name, [], Env, Env1, fun sx_lint_expr:expr/2);
                false -> Env1
            end
    end.

%% #Name{...} as a pattern; a field that is none is not looked into.
pattern(Pos, Name, Given, New, Env) ->
    case exists(Pos, Name) of
        false -> {New, Env};
        true ->
            {Acc, _} = lists:foldl(fun(G, {A, Seen}) -> pattern_field(G, Name, Seen, A, Env) end, {New, []}, Given),
            {Acc, Env}
    end.

pattern_field({record_field, _, {var, _, '_'}, P}, _, Seen, New, Env) ->
    {New1, _} = sx_lint_expr:pattern(P, New, Env),
    {New1, Seen};
pattern_field({record_field, P, {var, _, V}, _}, Name, Seen, New, _) ->
    error(P, "field ~tp is not an atom or _ in record ~tw", [V, Name]),
    {New, Seen};
pattern_field({record_field, P, {atom, _, F} = Node, Pattern}, Name, Seen, New, Env) ->
    case lists:member(F, Seen) of
        true -> error(P, "field ~tw already defined in record ~tw", [F, Name]), {New, Seen};
        false ->
            case known(Name, Node) of
                true ->
                    {New1, _} = sx_lint_expr:pattern(Pattern, New, Env),
                    {New1, [F | Seen]};
                false -> {New, [F | Seen]}
            end
    end.

%% The fields that a type #Name{F :: T} gives.
type_fields(Name, Fields, Visit) ->
    lists:foldl(fun({type, P, field_type, [{atom, At, F} = Node, T]}, Seen) ->
                        case lists:member(F, Seen) of
                            true -> error(P, "field ~tw already defined in record ~tw", [F, Name]);
                            false -> known(Name, setelement(2, Node, At)), Visit(T)
                        end,
                        [F | Seen]
                end, [], Fields),
    ok.
