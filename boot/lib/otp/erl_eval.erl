%% erl_eval.erl - the value of expressions in OTP's abstract format, with bindings and handlers for functions.
%% Each sequence becomes a fun of its variables that answers its value and what it bound, and the front end compiles that. So an
%% expression means here what it means in a module. Calls that a handler is to see become calls of the handler first.
%% Bindings are a map, as OTP's are; an ordered list of pairs is taken too, and given back as one.
%% A local handler is none, {value, F} | {value, F, State} with F(Name, Args), or {eval, F} | {eval, F, State} with
%% F(Name, Expressions, Bindings); a non-local one none or {value, F} with F({M, F} | Fun, Args).
-module(erl_eval).

-export([exprs/2, exprs/3, exprs/4, expr/2, expr/3, expr/4, expr/5, expr_list/2, expr_list/3, expr_list/4, new_bindings/0,
         bindings/1, binding/2, add_binding/3, del_binding/2, is_constant_expr/1, partial_eval/1, eval_str/1,
         match_clause/4, check_command/2, fun_data/1, extended_parse_exprs/1, extended_parse_term/1]).

-export_type([binding_struct/0]).
-type binding_struct() :: map() | orddict:orddict().

%% ---- expressions -----------------------------------------------------------------------------------------------------

exprs(Exprs, Bs) -> exprs(Exprs, Bs, none).
exprs(Exprs, Bs, Local) -> exprs(Exprs, Bs, Local, none).

%% {value, Value, NewBindings}
exprs(Exprs, Bs, Local, NonLocal) ->
    case [E || E <- Exprs, not is_warning(E)] of
        [] -> {value, [], Bs};
        Es -> run(Es, Bs, Local, NonLocal)
    end.

%% Definitions may stand beside expressions in a shell; nothing is to be done for them.
is_warning({attribute, _, _, _}) -> true;
is_warning(_) -> false.

expr(E, Bs) -> expr(E, Bs, none).
expr(E, Bs, Local) -> expr(E, Bs, Local, none).
expr(E, Bs, Local, NonLocal) -> run([E], Bs, Local, NonLocal).

expr(E, Bs, Local, NonLocal, value) ->
    {value, Value, _} = run([E], Bs, Local, NonLocal),
    Value;
expr(E, Bs, Local, NonLocal, _) -> run([E], Bs, Local, NonLocal).

expr_list(Es, Bs) -> expr_list(Es, Bs, none).
expr_list(Es, Bs, Local) -> expr_list(Es, Bs, Local, none).

%% Each with the given bindings; what several of them bind has to be the same.
expr_list(Es, Bs, Local, NonLocal) ->
    {Values, Bs1} = lists:mapfoldl(fun(E, Acc) ->
                                           {value, V, New} = expr(E, Bs, Local, NonLocal),
                                           {V, merged(bindings(New), Acc)}
                                   end, Bs, Es),
    {value, Values, Bs1}.

merged(Pairs, Bs) ->
    lists:foldl(fun({Name, V}, Acc) ->
                        case binding(Name, Acc) of
                            {value, V} -> Acc;
                            {value, _} -> error({badmatch, V});
                            unbound -> add_binding(Name, V, Acc)
                        end
                end, Bs, Pairs).

%% ---- one sequence ------------------------------------------------------------------------------------------------------

run(Es, Bs, Local, NonLocal) ->
    case eval_call(Es, Bs, Local) of
        {value, _, _} = Done -> Done;
        compile -> compiled(Es, Bs, Local, NonLocal)
    end.

%% A call of a function that an {eval, F} handler knows: it evaluates the arguments itself.
eval_call([{call, _, {atom, _, Name}, Args}], Bs, Local) when is_tuple(Local), element(1, Local) =:= eval ->
    case is_bif(Name, length(Args)) of
        true -> compile;
        false ->
            case Local of
                {eval, F} -> F(Name, Args, Bs);
                {eval, F, State} -> element(1, F(Name, Args, Bs, State))
            end
    end;
eval_call(_, _, _) -> compile.

compiled(Es, Bs, Local, NonLocal) ->
    Handled = handled(Es, Bs, Local, NonLocal),
    Before = [Name || {Name, _} <- bindings(Bs), mentions(Name, Es)],
    After = new_names(Es) -- Before,
    A = 0,
    Result = {tuple, A, [{var, A, '%value'} | [{var, A, Name} || Name <- After]]},
    {Init, [Last]} = lists:split(length(Handled) - 1, Handled),
    Body = Init ++ [{match, A, {var, A, '%value'}, Last}, Result],
    Params = [{var, A, Name} || Name <- ['%handler', '%nonlocal' | Before]],
    Fun = try sx:call('er-face-run', [{'fun', A, {clauses, [{clause, A, Params, [], Body}]}}])
          catch error:{compile_error, #{kind := unbound, message := Message}} -> error({unbound, unbound_name(Message)})
          end,
    Values = [begin {value, V} = binding(Name, Bs), V end || Name <- Before],
    [Value | New] = tuple_to_list(apply(Fun, [local(Local, Bs), remote(NonLocal) | Values])),
    {value, Value, lists:foldl(fun({Name, V}, Acc) -> add_binding(Name, V, Acc) end, Bs, lists:zip(After, New))}.

%% The name in a message `variable 'X' is unbound`.
unbound_name(Message) ->
    [_, Name | _] = binary:split(Message, <<"'">>, [global]),
    binary_to_atom(Name).

local({value, F}, _) -> F;
local({value, F, State}, _) -> fun(Name, Args) -> element(1, F(Name, Args, State)) end;
local({eval, F}, Bs) -> fun(Name, Args) -> {value, V, _} = F(Name, [erl_parse:abstract(X) || X <- Args], Bs), V end;
local(_, _) -> fun(Name, Args) -> erlang:raise(error, undef, [{erl_eval, Name, Args, []}]) end.

remote({value, F}) -> F;
remote(_) -> none.

mentions(Name, {var, _, Name}) -> true;
mentions(Name, Tree) when is_tuple(Tree) -> mentions(Name, tuple_to_list(Tree));
mentions(Name, [H | T]) -> mentions(Name, H) orelse mentions(Name, T);
mentions(_, _) -> false.

%% ---- what a sequence binds on its way, whichever branch it takes ------------------------------------------------------------

new_names(Es) -> lists:usort(lists:append([binds(E) || E <- Es])).

binds({match, _, P, E}) -> variables(P) ++ binds(E);
binds({op, _, Op, L, _}) when Op =:= 'andalso'; Op =:= 'orelse' -> binds(L);
binds({'case', _, E, Clauses}) -> binds(E) ++ in_all(Clauses);
binds({'if', _, Clauses}) -> in_all(Clauses);
binds({'receive', _, Clauses}) -> in_all(Clauses);
binds({'receive', _, Clauses, Time, Body}) -> binds(Time) ++ in_all(Clauses ++ [{clause, 0, [], [], Body}]);
binds({Kind, _, _, _}) when Kind =:= lc; Kind =:= bc -> [];
binds({'fun', _, _}) -> [];
binds({named_fun, _, _, _}) -> [];
binds({'try', _, _, _, _, _}) -> [];
binds({'catch', _, _}) -> [];
binds({var, _, _}) -> [];
binds(Tree) when is_tuple(Tree) -> binds(tuple_to_list(Tree));
binds([H | T]) -> binds(H) ++ binds(T);
binds(_) -> [].

in_all([]) -> [];
in_all(Clauses) ->
    Sets = [ordsets:from_list(variables(Head) ++ lists:append([binds(E) || E <- Body])) || {clause, _, Head, _, Body} <- Clauses],
    ordsets:intersection(Sets).

variables({var, _, '_'}) -> [];
variables({var, _, Name}) -> [Name];
variables({bin_element, _, Value, _, _}) -> variables(Value);
variables({map_field_exact, _, _, Value}) -> variables(Value);
variables(Tree) when is_tuple(Tree) -> variables(tuple_to_list(Tree));
variables([H | T]) -> variables(H) ++ variables(T);
variables(_) -> [].

%% ---- calls that go to a handler ------------------------------------------------------------------------------------------------

handled(Es, Bs, Local, NonLocal) -> [handle(E, {Bs, Local, NonLocal}) || E <- Es].

handle({call, A, {atom, B, Name}, Args}, H) ->
    Args1 = handle(Args, H),
    case is_bif(Name, length(Args)) of
        true -> bif_call(A, B, Name, Args1, H);
        false -> {call, A, {var, A, '%handler'}, [{atom, B, Name}, list(A, Args1)]}
    end;
handle({call, A, {remote, _, M, F}, Args}, {_, _, {value, _}} = H) ->
    {call, A, {var, A, '%nonlocal'}, [{tuple, A, [handle(M, H), handle(F, H)]}, list(A, handle(Args, H))]};
handle({call, A, F, Args}, {_, _, {value, _}} = H) when element(1, F) =/= remote ->
    {call, A, {var, A, '%nonlocal'}, [handle(F, H), list(A, handle(Args, H))]};
handle({'fun', A, {function, Name, Arity}}, _) when is_atom(Name) ->
    case is_bif(Name, Arity) of
        true -> {'fun', A, {function, {atom, A, erlang}, {atom, A, Name}, {integer, A, Arity}}};
        false ->
            Vars = [{var, A, list_to_atom("%" ++ integer_to_list(I))} || I <- lists:seq(1, Arity)],
            {'fun', A, {clauses, [{clause, A, Vars, [], [{call, A, {var, A, '%handler'}, [{atom, A, Name}, list(A, Vars)]}]}]}}
    end;
handle({clause, A, Head, Guard, Body}, H) -> {clause, A, Head, Guard, handle(Body, H)};
handle({value, A, Value}, _) -> erl_parse:abstract(Value, [{location, erl_anno:location(A)}]);
handle({generate, A, P, E}, H) -> {generate, A, P, handle(E, H)};
handle({b_generate, A, P, E}, H) -> {b_generate, A, P, handle(E, H)};
handle({match, A, P, E}, H) -> {match, A, P, handle(E, H)};
handle({atom, _, _} = E, _) -> E;
handle({string, _, _} = E, _) -> E;
handle(Tree, H) when is_tuple(Tree) -> list_to_tuple(handle(tuple_to_list(Tree), H));
handle([X | Xs], H) -> [handle(X, H) | handle(Xs, H)];
handle(Other, _) -> Other.

bif_call(A, B, Name, Args, {_, _, {value, _}}) ->
    {call, A, {var, A, '%nonlocal'}, [{tuple, A, [{atom, A, erlang}, {atom, B, Name}]}, list(A, Args)]};
bif_call(A, B, Name, Args, _) -> {call, A, {atom, B, Name}, Args}.

list(A, Es) -> lists:foldr(fun(E, Tail) -> {cons, A, E, Tail} end, {nil, A}, Es).

is_bif(record_info, 2) -> true;
is_bif(Name, Arity) -> erl_internal:bif(Name, Arity).

%% ---- bindings ----------------------------------------------------------------------------------------------------------------------

new_bindings() -> #{}.

bindings(Bs) when is_map(Bs) -> maps:to_list(Bs);
bindings(Bs) when is_list(Bs) -> orddict:to_list(Bs).

binding(Name, Bs) ->
    case (if is_map(Bs) -> maps:find(Name, Bs); true -> orddict:find(Name, Bs) end) of
        {ok, Value} -> {value, Value};
        error -> unbound
    end.

add_binding(Name, Value, Bs) when is_map(Bs) -> Bs#{Name => Value};
add_binding(Name, Value, Bs) -> orddict:store(Name, Value, Bs).

del_binding(Name, Bs) when is_map(Bs) -> maps:remove(Name, Bs);
del_binding(Name, Bs) -> orddict:erase(Name, Bs).

%% ---- the rest ------------------------------------------------------------------------------------------------------------------------

%% {ClauseBody, NewBindings} of the first clause that takes the values; nomatch.
match_clause(Clauses, Values, Bs, Local) -> match_clause(Clauses, Values, Bs, Local, 1).

match_clause([], _, _, _, _) -> nomatch;
match_clause([{clause, A, Head, Guard, Body} | Cs], Values, Bs, Local, N) ->
    Names = lists:usort(variables(Head)),
    Found = {tuple, A, [{atom, A, yes} | [{tuple, A, [{atom, A, V}, {var, A, V}]} || V <- Names]]},
    Case = {'case', A, {var, A, '%values'}, [{clause, A, [list(A, Head)], Guard, [Found]},
                                           {clause, A, [{var, A, '_'}], [], [{atom, A, no}]}]},
    case run([Case], add_binding('%values', Values, Bs), Local, none) of
        {value, no, _} -> match_clause(Cs, Values, Bs, Local, N + 1);
        {value, Yes, _} ->
            [yes | Pairs] = tuple_to_list(Yes),
            {Body, lists:foldl(fun({V, X}, Acc) -> add_binding(V, X, Acc) end, Bs, Pairs)}
    end.

is_constant_expr(E) ->
    try erl_parse:normalise(E) of
        _ -> true
    catch error:_ ->
            case partial_eval(E) of
                E -> false;
                _ -> true
            end
    end.

%% Constant parts are replaced by their values.
partial_eval(E) ->
    try folded(E) of
        New -> New
    catch _:_ -> E
    end.

folded({op, A, Op, L, R}) ->
    case {folded(L), folded(R)} of
        {{K1, _, V1}, {K2, _, V2}} when (K1 =:= integer orelse K1 =:= float orelse K1 =:= atom), (K2 =:= integer orelse K2 =:= float orelse K2 =:= atom) ->
            constant(A, erlang:Op(V1, V2));
        {L1, R1} -> {op, A, Op, L1, R1}
    end;
folded({op, A, Op, X}) ->
    case folded(X) of
        {K, _, V} when K =:= integer; K =:= float; K =:= atom -> constant(A, erlang:Op(V));
        X1 -> {op, A, Op, X1}
    end;
folded({tuple, A, Es}) -> {tuple, A, [folded(E) || E <- Es]};
folded({cons, A, Head, Tail}) -> {cons, A, folded(Head), folded(Tail)};
folded({char, A, C}) -> {integer, A, C};
folded(E) -> E.

constant(A, V) when is_integer(V) -> {integer, A, V};
constant(A, V) when is_float(V) -> {float, A, V};
constant(A, V) when is_atom(V) -> {atom, A, V}.

%% {ok, Text} of the value of the expressions in a string; {error, Text}.
eval_str(Text) when is_binary(Text) -> eval_str(unicode:characters_to_list(Text));
eval_str(Text) ->
    case erl_scan:tokens([], Text, 0) of
        {more, _} -> {error, "Incomplete form (missing .<cr>)??"};
        {done, {ok, Tokens, _}, Rest} ->
            case lists:all(fun(C) -> C =< $\s end, Rest) of
                true -> eval_tokens(Tokens);
                false -> {error, lists:flatten(io_lib:format("Non-white space found after end-of-form :~ts", [Rest]))}
            end;
        {done, {error, {_, Mod, What}, _}, _} -> {error, lists:flatten(Mod:format_error(What))}
    end.

eval_tokens(Tokens) ->
    case erl_parse:parse_exprs(Tokens) of
        {ok, Exprs} ->
            try exprs(Exprs, new_bindings()) of
                {value, Value, _} -> {ok, Value}
            catch Class:Reason -> {error, lists:flatten(io_lib:format("~p:~tp", [Class, Reason]))}
            end;
        {error, {_, Mod, What}} -> {error, lists:flatten(Mod:format_error(What))}
    end.

check_command(_, _) -> ok.

%% Funs are compiled: what they are made of is not kept.
fun_data(_) -> false.

extended_parse_exprs(Tokens) ->
    case erl_parse:parse_exprs(Tokens) of
        {ok, Exprs} -> {ok, Exprs, new_bindings()};
        {error, _} = Error -> Error
    end.

extended_parse_term(Tokens) -> erl_parse:parse_term(Tokens).
