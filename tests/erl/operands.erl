%% operands.erl - operands in no order: what one of them leaves unsafe the others may bind anew; the order within records.
%% And what else random programs found (tests/random_programs.sh).
-module(operands).
-export([main/1]).

-record(r, {a, b, c}).

main(_) ->
    p(branches(1)),                                 % expect: {{1,{1}},{1,1}}
    p(branches(2)),                                 % expect: {{2,3},{2,3}}
    p(tries(3)),                                    % expect: {3,[3]}
    p(everywhere(5)),                               % expect: {r,{x,5},{x,5},{x,5}}
    p(everywhere(none)),                            % expect: {r,no,no,no}
    p(catch update((say(here))#r{a = throw(first)})), % expect: first
    p(update((say(#r{a = 1}))#r{a = say(2), b = begin Y = say(3), Y end})), % expect: {said,[2,3,{r,1,undefined,undefined}],{r,2,3,undefined}}
    p([<<F:N/float>> || F <- [1.5e300, -3.5e38, 65520.0], N <- [32, 16]]), % expect: [<<127,128,0,0>>,<<124,0>>,<<255,128,0,0>>,<<252,0>>,<<71,127,240,0>>,<<124,0>>]
    p({string:str("abc", ""), string:rstr("abc", "")}), % expect: {0,0}
    p([minus_zero(), zero(), {minus_zero(), zero()}]), % expect: [-0.0,0.0,{-0.0,0.0}]
    p({string:split(["ab"], "x", all), string:split(["a", "b"], "b", all)}), % expect: {[["ab"]],["a",[]]}
    p(filters([1, 2])),                             % expect: [2]
    p(old_tests(1)),                                % expect: integer
    p(old_tests([])),                               % expect: list
    p([catch string:tokens(S, T) || {S, T} <- [{"a b  c", " "}, {"a,b;c", ",;"}, {"ab", ""}, {"", ""}, {"", "x"}, {" ", " "}]]), % expect: [["a","b","c"],["a","b","c"],["ab"],[],[],[]]
    p([why(fun() -> string:tokens(S, T) end) || {S, T} <- [{[], 0}, {"a", 0}, {a, ""}, {a, "b"}, {"ab", [$x | y]}]]), % expect: [{case_clause,0},{case_clause,0},{case_clause,a},function_clause,badarg]
    p([try length(float_to_list(F, [{decimals, D}])) catch error:R -> R end || {F, D} <- [{1.0e250, 3}, {1.0e251, 3}, {-1.0e255, 0}, {1.0e255, 0}, {1.0, 253}, {10.0, 253}]]), % expect: [254,badarg,badarg,255,255,badarg]
    p(why(fun() -> float_to_binary(1.0e252, [{decimals, 3}, compact]) end)), % expect: badarg
    merges().

%% Lists that are none: no merge goes on for ever.
merges() ->
    p([why(fun() -> lists:merge(L) end) || L <- [[1], [1, 2], 1, [1 | x], [[1] | x], [[1], [2] | x], [[1], a], [[], a], [a, []]]]), % expect: [1,function_clause,function_clause,function_clause,function_clause,function_clause,function_clause,a,a]
    p([why(fun() -> lists:umerge(L) end) || L <- [[1], [1, 2], 1, [1 | x], [a | b], [[], a], [a, []]]]), % expect: [1,function_clause,function_clause,function_clause,function_clause,a,a]
    p([why(fun() -> lists:merge(A, B) end) || {A, B} <- [{[1 | x], [2]}, {[3], [2 | x]}, {[1], [2 | x]}, {[], a}, {a, []}, {a, [1]}, {[1 | x], []}]]), % expect: [function_clause,function_clause,badarg,function_clause,a,function_clause,[1|x]]
    p([why(fun() -> lists:umerge(A, B) end) || {A, B} <- [{[1 | x], [2]}, {[1], [2 | x]}, {[], a}, {a, []}, {[1 | x], []}]]), % expect: [function_clause,badarg,a,function_clause,badarg]
    p([why(fun() -> lists:reverse(A, B) end) || {A, B} <- [{a, []}, {[1 | x], [2]}, {[], x}]]), % expect: [badarg,badarg,x]
    p([why(fun() -> lists:reverse(L) end) || L <- [a, [1 | x], [1, 2 | x]]]), % expect: [function_clause,function_clause,badarg]
    p([try lists:F(L) catch error:R:S -> {lists, F, [L], _} = hd(S), R end || F <- [sort, usort], L <- [a, [1 | 2]]]). % expect: [function_clause,function_clause,function_clause,function_clause]

why(F) -> try F() catch error:R -> R end.

p(X) -> io:format("~0p~n", [X]).

branches(A) ->
    {{case A of 1 -> X = 1, X; _ -> 2 end, case A of 1 -> X = 1, {X}; _ -> 3 end},
     {case A of 1 -> Z = 1, Z; _ -> 2 end, if A =:= 1 -> Z = 1, Z; true -> 3 end}}.

tries(A) -> {try A of V -> V catch error:_ -> 1 end, try A of V -> [V] catch error:_ -> 1 end}.

%% The value for all fields is written once and computed for each.
everywhere(A) -> #r{_ = case A of none -> no; V -> {x, V} end}.

say(X) -> put(said, [X | case get(said) of undefined -> []; L -> L end]), X.

update(R) -> {said, lists:reverse(get(said)), R}.

minus_zero() -> -0.0.
zero() -> 0.0.

%% A filter of a comprehension that leaves a variable unsafe.
filters(L) -> [E || E <- L, case E of {V} -> V; W when W > 1 -> true; _ -> false end].

old_tests(X) when integer(X) -> integer;
old_tests(X) when atom(X); list(X) -> list.
