%% sx_lint_cover.erl - clauses that an earlier one without a guard hides because its pattern takes all that theirs does.
-module(sx_lint_cover).

-export([by/3, once/1]).

%% The line of the first of Before, [{Line, Patterns}], that takes every value that Patterns take; false when there is none.
%% Bound are the variables that are bound outside: a pattern that compares with one covers nothing.
by(Before, Patterns, Bound) ->
    case [Line || {Line, Ps} <- Before, length(Ps) =:= length(Patterns), are_free(Ps, Bound), all(Ps, Patterns)] of
        [Line | _] -> Line;
        [] -> false
    end.

%% Does each variable occur once, and none is bound?
are_free(Ps, Bound) ->
    Names = variables(Ps),
    length(lists:usort(Names)) =:= length(Names) andalso not lists:any(fun(Name) -> is_map_key(Name, Bound) end, Names).

all(Ps, Qs) -> lists:all(fun({P, Q}) -> covers(P, Q) end, lists:zip(Ps, Qs)).

covers({var, _, _}, _) -> true;
covers({match, _, A, B}, Q) -> covers(A, Q) andalso covers(B, Q);
covers(P, {match, _, A, B}) -> covers(P, A) orelse covers(P, B);
covers({op, _, '++', {string, _, S}, T}, Q) -> covers(unfolded(S, T), Q);
covers(P, {op, _, '++', {string, _, S}, T}) -> covers(P, unfolded(S, T));
covers({op, _, '++', {cons, A, H, T}, Tail}, Q) -> covers({cons, A, H, {op, A, '++', T, Tail}}, Q);
covers(P, {op, _, '++', {cons, A, H, T}, Tail}) -> covers(P, {cons, A, H, {op, A, '++', T, Tail}});
covers({op, _, '++', {nil, _}, T}, Q) -> covers(T, Q);
covers(P, {op, _, '++', {nil, _}, T}) -> covers(P, T);
covers({string, _, S}, Q) when element(1, Q) =/= string -> covers(unfolded(S, {nil, 0}), Q);
covers(P, {string, _, S}) when element(1, P) =/= string -> covers(P, unfolded(S, {nil, 0}));
covers({tuple, _, Ps}, {tuple, _, Qs}) -> length(Ps) =:= length(Qs) andalso all(Ps, Qs);
covers({cons, _, A, B}, {cons, _, C, D}) -> covers(A, C) andalso covers(B, D);
covers({nil, _}, {nil, _}) -> true;
covers({K1, _, V}, {K2, _, V}) when K1 =:= integer; K1 =:= char -> K2 =:= integer orelse K2 =:= char;
covers({K, _, V}, {K, _, V}) when K =:= atom; K =:= float; K =:= string -> true;
covers({K, _, _} = P, {K, _, _} = Q) when K =:= map; K =:= bin -> bare(P) =:= bare(Q);
covers({record, _, N, Fs}, {record, _, N, Gs}) -> Fs =:= [] orelse bare(Fs) =:= bare(Gs);
covers(_, _) -> false.

unfolded([], Tail) -> Tail;
unfolded([C | Cs], Tail) -> {cons, 0, {integer, 0, C}, unfolded(Cs, Tail)}.

%% A tree without positions.
bare(Tree) when is_tuple(Tree), tuple_size(Tree) >= 2 ->
    list_to_tuple([element(1, Tree) | [bare(T) || T <- lists:nthtail(2, tuple_to_list(Tree))]]);
bare([H | T]) -> [bare(H) | bare(T)];
bare(Other) -> Other.

%% #{Name => true} of the variables that occur once in the trees.
once(Trees) ->
    Counts = lists:foldl(fun(Name, Acc) -> maps:update_with(Name, fun(N) -> N + 1 end, 1, Acc) end, #{}, variables(Trees)),
    maps:filter(fun(_, N) -> N =:= 1 end, Counts).

variables(Tree) -> variables(Tree, []).

variables({var, _, '_'}, Acc) -> Acc;
variables({var, _, Name}, Acc) -> [Name | Acc];
variables(Tree, Acc) when is_tuple(Tree) -> variables(tuple_to_list(Tree), Acc);
variables([H | T], Acc) -> variables(T, variables(H, Acc));
variables(_, Acc) -> Acc.
