%% funs.erl - closures, named funs, comprehensions, higher-order calls, apply.
-module(funs).
-export([main/1, twice/1]).

main(_) ->
    closures(),
    comprehensions(),
    shadows(),
    calls().

%% What `catch` makes of an error is shown without its stack.
p({'EXIT', {R, [_ | _]}}) -> p({'EXIT', R});
p(X) -> io:format("~0p~n", [X]).
twice(X) -> 2 * X.

closures() ->
    Add = fun(A) -> fun(B) -> A + B end end,
    p((Add(3))(4)),  % expect: 7
    Fact = fun F(0) -> 1; F(N) -> N * F(N - 1) end,
    p(Fact(30)),  % expect: 265252859812191058636308480000000
    p([F(10) || F <- [fun twice/1, fun ?MODULE:twice/1, fun(X) -> X end, Add(1)]]),  % expect: [20,20,10,11]
    Compose = fun(F, G) -> fun(X) -> F(G(X)) end end,
    p((lists:foldl(Compose, fun(X) -> X end, [fun twice/1, Add(1), fun integer_to_list/1]))(20)),  % expect: "41"
    p(lists:map(fun({A, B}) -> A * B; (X) -> X end, [{2, 3}, z])),  % expect: [6,z]
    p([is_function(fun twice/1, 1), is_function(fun twice/1, 2), is_function(twice), fun twice/1 =:= fun twice/1]),
    % expect: [true,false,false,true]
    p(erlang:fun_info(fun lists:map/2, arity)),  % expect: {arity,2}
    p(catch (fun(1) -> 1 end)(2)),  % expect: {'EXIT',function_clause}
    p(element(1, catch (fun(_) -> 1 end)())),  % expect: 'EXIT'
    Self = fun Loop(0, Acc) -> Acc; Loop(N, Acc) -> Loop(N - 1, Acc + N) end,
    p(Self(100000, 0)).  % expect: 5000050000

comprehensions() ->
    p([X * X || X <- lists:seq(1, 5)]),  % expect: [1,4,9,16,25]
    p([{X, Y} || X <- [1, 2, 3], Y <- [a, b], X =/= 2]),  % expect: [{1,a},{1,b},{3,a},{3,b}]
    p([X || {ok, X} <- [{ok, 1}, error, {ok, 2}, {ok, 3, 4}]]),  % expect: [1,2]
    p([X || X <- [1, a, 2.0, "s"], is_number(X), X > 1]),  % expect: [2.0]
    p([Y || X <- [[1, 2], [3], []], Y <- X]),  % expect: [1,2,3]
    p([{A, B, C} || C <- lists:seq(1, 15), B <- lists:seq(1, C), A <- lists:seq(1, B), A * A + B * B =:= C * C]),
    % expect: [{3,4,5},{6,8,10},{5,12,13},{9,12,15}]
    p(<< <<(X * 2)>> || X <- [1, 2, 3] >>),  % expect: <<2,4,6>>
    p([B || <<B:4>> <= <<16#1234:16>>]),  % expect: [1,2,3,4]
    p(<< <<B:1>> || <<_:3, B:1>> <= <<16#5A3F:16>> >>),  % expect: <<11:4>>
    p([X || <<X:2/binary>> <= <<"abcde">>]),  % expect: [<<"ab">>,<<"cd">>]
    p(<< <<C/utf8>> || C <- "a\x{e9}\x{20ac}" >>),  % expect: <<97,195,169,226,130,172>>
    p(catch [X || X <- {1, 2}]),  % expect: {'EXIT',{bad_generator,{1,2}}}
    p([X || X <- [1, 2, 3], not (X == 2)]).  % expect: [1,3]

shadows() ->
    X = 1,
    p([X || X <- [5, 6]]),  % expect: [5,6]
    p((fun(X) -> X + 1 end)(10)),  % expect: 11
    p(X),  % expect: 1
    F = fun(Y) -> Z = X + Y, Z * 2 end,
    p([F(1), F(2)]),  % expect: [4,6]
    Z = 7,
    p({Z, [Z || _ <- [1, 2]]}).  % expect: {7,[7,7]}

calls() ->
    p(apply(lists, reverse, [[1, 2, 3]])),  % expect: [3,2,1]
    p(apply(fun twice/1, [4])),  % expect: 8
    M = lists, N = max,
    p(M:N([3, 9, 2])),  % expect: 9
    p((list_to_atom("erlang")):abs(-3)),  % expect: 3
    p([erlang:apply(?MODULE, twice, [21]), ?MODULE:twice(3)]),  % expect: [42,6]
    p(lists:sort(fun(A, B) -> A > B end, [3, 1, 2])),  % expect: [3,2,1]
    p(lists:foldr(fun(E, Acc) -> [E, Acc] end, [], [1, 2, 3])),  % expect: [1,[2,[3,[]]]]
    p(lists:partition(fun(E) -> E rem 2 =:= 0 end, [1, 2, 3, 4])),  % expect: {[2,4],[1,3]}
    p(maps:fold(fun(K, V, A) -> [{K, V} | A] end, [], #{a => 1, b => 2})),  % expect: [{b,2},{a,1}]
    p(lists:zipwith(fun(A, B) -> A - B end, [5, 6], [1, 2])).  % expect: [4,4]
