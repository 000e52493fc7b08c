%% maybe_expr.erl - maybe, ?= and else behind their feature: what matches, what does not, values, tail calls.
-module(maybe_expr).
-feature(maybe_expr, enable).
-export([main/1]).
f(X) -> maybe {ok, A} ?= X, B = A + 1, {ok, C} ?= g(B), {A, B, C} end.
g(X) when X > 5 -> {ok, X * 2};
g(X) -> {error, X}.
h(X) -> maybe {ok, A} ?= X, {some, A} else {error, E} -> {failed, E}; N when is_integer(N), N > 3 -> {number, N} end.
main(_) ->
    p(f({ok, 7})), p(f({ok, 1})), p(f(zip)),
    p(h({ok, 1})), p(h({error, 2})), p(h(9)),
    p(catch_(fun() -> h(1) end)),
    p(maybe 1 end), p(maybe a ?= b end), p(maybe ok ?= ok end),
    p(maybe X = 3, [_ | _] = Y ?= [X], Y end),
    p([maybe {ok, Z} ?= V, Z else _ -> none end || V <- [{ok, 1}, 2]]),
    p(maybe {ok, Q} ?= maybe {ok, 3} ?= {ok, 3} end, Q + (maybe 1 ?= 2 end) end),
    W = 5, p(maybe W ?= 5, same else _ -> other end), p(maybe W ?= 6, same else _ -> other end),
    p(maybe true ?= W > 3, {ok, T} ?= {ok, W}, T * 2 else false -> no; O -> O end),
    R = maybe 1 ?= 1 end, p(R),
    p(catch_(fun() -> maybe 1 ?= 2 else 3 -> 4 end end)),
    p(catch_(fun() -> maybe {a, U} = f(b), U end end)),
    p(maybe 1 + 2, {ok, W} ?= {ok, 5} end),
    p(try maybe throw(x), a end catch throw:K -> K end),
    'maybe' = list_to_atom("maybe"), 'else' = list_to_atom("else"), p(loop(100000, 0)).
% expect: {7,8,16}
% expect: {error,2}
% expect: zip
% expect: {some,1}
% expect: {failed,2}
% expect: {number,9}
% expect: {error,{else_clause,1}}
% expect: 1
% expect: b
% expect: ok
% expect: [3]
% expect: [1,none]
% expect: 5
% expect: same
% expect: other
% expect: 10
% expect: 1
% expect: {error,{else_clause,2}}
% expect: {error,{badmatch,b}}
% expect: {ok,5}
% expect: x
% expect: 100000
loop(N, Acc) -> maybe true ?= N > 0, loop(N - 1, Acc + 1) else false -> Acc end.
catch_(F) -> try F() catch C:E -> {C, E} end.
p(X) -> io:format("~p~n", [X]).
