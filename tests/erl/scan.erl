%% scan.erl - functions that go through a binary from tail call to tail call: what they keep of it stays what it was, whichever
%% way they are entered; switches on bytes agree with clauses tried one by one.
-module(scan).
-export([main/1]).

main(_) ->
    kept(),
    entered(),
    ends(),
    switched(),
    many().

p(X) -> io:format("~0p~n", [X]).
reason(F) -> try F() catch error:R:Stack -> {_, N, A, _} = hd(Stack), {R, N, A} end.

%% the argument or its rest is kept on the way
kept() ->
    B = list_to_binary(lists:seq($a, $z)),
    p(marks(<<B/binary, B/binary, B/binary>>, [])),  % expect: [78,52,26]
    p(tails(<<"a-b-c">>, [])),  % expect: [<<"c">>,<<"b-c">>]
    p(wholes(<<"x1y2">>, [])),  % expect: [<<>>,<<"y2">>,<<"2">>,<<"1y2">>]
    p(both(<<"pq">>, none)),  % expect: {<<"q">>,<<"q">>}
    p(twice(<<"abcd">>, <<"abcd">>, 0)),  % expect: {<<"d">>,<<"d">>,3}
    p(sent(<<"ab">>)),  % expect: [<<"b">>,<<>>]
    p(captured(<<"abc">>, [])),  % expect: [<<>>,<<"c">>,<<"bc">>]
    p(after_guard(<<"aab">>, 0)),  % expect: {2,<<"b">>}
    p(looked(<<"abc">>, <<"abc">>)),  % expect: {same,<<"bc">>}
    p(reason(fun() -> clause(<<"aa?b">>, 0) end)),  % expect: {function_clause,clause,[<<"?b">>,2]}
    p(reason(fun() -> clause(list_to_binary(lists:duplicate(200, $a) ++ "!"), 0) end)),  % expect: {function_clause,clause,[<<"!">>,200]}
    p(again(<<"ab;cd;">>, [])),  % expect: [{<<"cd;">>,2},{<<"ab;cd;">>,2}]
    p(pieces(binary:copy(<<"name = value;">>, 3), [])).
    % expect: [{<<"name">>,<<"value">>},{<<"name">>,<<"value">>},{<<"name">>,<<"value">>}]

marks(<<>>, Acc) -> Acc;
marks(<<$z, T/binary>>, Acc) -> marks(T, [78 - byte_size(T) | Acc]);
marks(<<_, T/binary>>, Acc) -> marks(T, Acc).
tails(<<$-, T/binary>>, Acc) -> tails(T, [T | Acc]);
tails(<<_, T/binary>>, Acc) -> tails(T, Acc);
tails(<<>>, Acc) -> Acc.
wholes(<<C, T/binary>>, Acc) when C >= $a -> wholes(T, Acc ++ []) ++ [T];
wholes(<<_, T/binary>>, Acc) -> wholes(T, [T | Acc]);
wholes(<<>>, Acc) -> Acc.
both(<<_, T/binary>>, none) -> both(T, T);
both(<<"q">> = X, Y) -> {X, Y}.
twice(<<_, T/binary>>, <<_, U/binary>>, N) when N < 3 -> twice(T, U, N + 1);
twice(T, U, N) -> {T, U, N}.
sent(B) ->
    Self = self(),
    P = spawn(fun() -> send_tails(B, Self) end),
    [receive {P, X} -> X end, receive {P, Y} -> Y end].
send_tails(<<_, T/binary>>, To) -> To ! {self(), T}, send_tails(T, To);
send_tails(<<>>, _) -> ok.
captured(<<_, T/binary>>, Fs) -> captured(T, [fun() -> T end | Fs]);
captured(<<>>, Fs) -> [F() || F <- Fs].
after_guard(<<C, T/binary>>, N) when C =:= $a, byte_size(T) > 0 -> after_guard(T, N + 1);
after_guard(T, N) -> {N, T}.
looked(<<_, T/binary>> = B, B) -> looked(T, {B, T});
looked(T, {_, T}) -> {same, T}.
clause(<<$a, T/binary>>, N) -> clause(T, N + 1);
clause(<<$b>>, N) -> N.
again(<<>>, Acc) -> Acc;
again(B, Acc) -> again(B, B, 0, Acc).
again(<<$;, T/binary>>, B, N, Acc) -> again(T, [{B, N} | Acc]);
again(<<_, T/binary>>, B, N, Acc) -> again(T, B, N + 1, Acc).
pieces(<<>>, Acc) -> Acc;
pieces(B, Acc) ->
    {Name, R1} = word(skip(B), <<>>),
    {Value, R2} = word(skip(R1), <<>>),
    <<";", R3/binary>> = R2,
    pieces(R3, [{Name, Value} | Acc]).
skip(<<C, T/binary>>) when C =:= $\s; C =:= $= -> skip(T);
skip(T) -> T.
word(<<C, T/binary>>, Acc) when C >= $a, C =< $z -> word(T, <<Acc/binary, C>>);
word(T, Acc) -> {Acc, T}.

%% entered with any kind of bitstring
entered() ->
    Big = binary:copy(<<"ab">>, 100),
    <<_:4, Odd/bits>> = <<16#f, Big/binary, 16#0:4>>,
    <<_, Sub:150/binary, _/binary>> = Big,
    p([count(X, 0) || X <- [<<>>, <<"a">>, <<"aba">>, Big, Odd, Sub]]),  % expect: [0,1,2,100,0,75]
    p([reason(fun() -> count(X, 0) end) || X <- [<<1:4>>, <<"a", 1:1>>, "ab", 7, {}]]),
    % expect: [{function_clause,count,[<<1:4>>,0]},{function_clause,count,[<<97,1:1>>,0]},{function_clause,count,["ab",0]},{function_clause,count,[7,0]},{function_clause,count,[{},0]}]
    p([bits(X) || X <- [<<1:1>>, <<"a", 5:3>>, <<"ab">>]]).  % expect: [{left,<<1:1>>},{left,<<5:3>>},{left,<<>>}]

count(<<$a, T/binary>>, N) -> count(T, N + 1);
count(<<_, T/binary>>, N) -> count(T, N);
count(<<>>, N) -> N.
bits(<<_, T/bits>>) -> bits(T);
bits(T) -> {left, T}.

%% where a binary ends
ends() ->
    p([two(X) || X <- [<<"-">>, <<"->">>, <<"->x">>, <<"-x">>, <<"+">>, <<"++">>, <<"/">>, <<>>]]),
    % expect: [minus,arrow,{arrow,<<"x">>},{minus,<<"x">>},plus,inc,{other,47},none]
    p([one(X) || X <- [<<"a">>, <<"b">>, <<"c">>, <<"ab">>, <<>>, <<300:16>>]]).  % expect: [1,2,3,no,no,no]

two(<<"->">>) -> arrow;
two(<<"->", T/binary>>) -> {arrow, T};
two(<<"-">>) -> minus;
two(<<"-", T/binary>>) -> {minus, T};
two(<<"++">>) -> inc;
two(<<"+">>) -> plus;
two(<<C, _/binary>>) -> {other, C};
two(<<>>) -> none.
one(<<$a>>) -> 1;
one(<<$b>>) -> 2;
one(<<$c>>) -> 3;
one(_) -> no.

%% guards over the byte, with each operator and form; a guard that fails by an exception; a variable of the same pattern
switched() ->
    p([class(<<C>>, 2) || C <- " \tazAZ09_@.~" ++ [0, 127, 128, 255]]),
    % expect: [blank,blank,{2,low},{2,low},{2,up},{2,up},digit,digit,{up,95},at,other,tilde,null,other,high,last]
    p([pinned(<<A, B>>, A0) || {A, B, A0} <- [{1, 2, 1}, {1, 2, 3}, {9, 9, 0}]]),  % expect: [same,third,pair]
    p([bad(<<C>>) || C <- [1, 2, 3, 4]]).  % expect: [one,none,three,none]

class(<<C, _/binary>>, _) when C =:= $\s; C == $\t -> blank;
class(<<C, _/binary>>, N) when C >= $a, not (C > $z) -> {N, low};
class(<<C, _/binary>>, N) when $A =< C, C < $[ -> {N, up};
class(<<C, _/binary>>, _) when C > $/ andalso $: > C -> digit;
class(<<C, _/binary>>, _) when C =:= $_ orelse C =:= $` -> {up, C};
class(<<C, _/binary>>, _) when C - 1 =:= $? -> at;
class(<<C:8/integer, _/binary>>, _) when C /= 0, C =/= 255, C < 128, C =/= $~ -> other;
class(<<$~, _/binary>>, _) -> tilde;
class(<<0, _/binary>>, _) -> null;
class(<<C, _/binary>>, _) when C >= 128, C < 255 -> high;
class(<<_, _/binary>>, _) -> last.
pinned(<<A, _>>, A) -> same;
pinned(<<A, A>>, _) -> pair;
pinned(<<A, B>>, _) when A =:= 1, B > 0; A =:= 2 -> third;
pinned(_, _) -> no.
bad(<<C>>) when C =:= 1 -> one;
bad(<<C>>) when C =:= 2, hd(C) =:= 1 -> two;
bad(<<C>>) when C =:= 3; element(C, C) =:= 1 -> three;
bad(_) -> none.

%% long binaries with collections on the way, against the same over a list
many() ->
    L = [(I * 7919) rem 96 + 32 || I <- lists:seq(1, 20000)],
    B = list_to_binary(L),
    p(tokens(B, 0, []) =:= list_tokens(L, 0, [])),  % expect: true
    p(erlang:phash2(tokens(B, 0, []))).  % expect: 131149455

tokens(<<C, T/binary>>, N, Acc) when C >= $a, C =< $z; C >= $A, C =< $Z -> tokens(T, N + 1, Acc);
tokens(<<C, D, T/binary>>, N, Acc) when C >= $0, C =< $9, D =/= $! -> tokens(T, 0, [{N, C, D, lists:seq(1, N rem 5)} | Acc]);
tokens(<<$!, T/binary>>, N, Acc) -> tokens(T, 0, [{N, bang} | Acc]);
tokens(<<_, T/binary>>, N, Acc) -> tokens(T, N, Acc);
tokens(<<>>, N, Acc) -> [N | Acc].
list_tokens([C | T], N, Acc) when C >= $a, C =< $z; C >= $A, C =< $Z -> list_tokens(T, N + 1, Acc);
list_tokens([C, D | T], N, Acc) when C >= $0, C =< $9, D =/= $! -> list_tokens(T, 0, [{N, C, D, lists:seq(1, N rem 5)} | Acc]);
list_tokens([$! | T], N, Acc) -> list_tokens(T, 0, [{N, bang} | Acc]);
list_tokens([_ | T], N, Acc) -> list_tokens(T, N, Acc);
list_tokens([], N, Acc) -> [N | Acc].
