%% patterns.erl - matching, guards, case, if, aliases, repeated variables.
-module(patterns).
-export([main/1]).

main(_) ->
    heads(),
    guards(),
    order(),
    binds(),
    large().

%% What `catch` makes of an error is shown without its stack.
p({'EXIT', {R, [_ | _]}}) -> p({'EXIT', R});
p(X) -> io:format("~0p~n", [X]).

size_of([]) -> none;
size_of([_]) -> one;
size_of([_, _]) -> two;
size_of([_ | _]) -> many;
size_of({A, A}) -> twin;
size_of({_, _}) -> pair;
size_of("" ++ _) -> never;
size_of(#{k := #{k := V}}) -> {inner, V};
size_of(#{}) -> map;
size_of(<<"ab", R/binary>>) -> {ab, R};
size_of(<<N:4, _/bits>>) -> {nibble, N};
size_of(1.0) -> float;
size_of(1) -> integer;
size_of(X) when is_function(X, 1) -> fun1;
size_of(_) -> other.

heads() ->
    p([size_of(X) || X <- [[], [1], [1, 2], [1, 2, 3], [1 | 2]]]),  % expect: [none,one,two,many,many]
    p([size_of(X) || X <- [{1, 1}, {1, 1.0}, {a, b}, {}, {1, 2, 3}]]),  % expect: [twin,pair,pair,never,never]
    p([size_of(X) || X <- [#{k => #{k => 7}}, #{k => 1}, #{}]]),  % expect: [never,never,never]
    p([size_of(X) || X <- [<<"abc">>, <<"x">>, <<>>, <<5:3>>, <<5:4>>]]),  % expect: [never,never,never,never,never]
    p([size_of(X) || X <- [1, 1.0, 2, fun size_of/1, fun() -> 1 end, self]]).
    % expect: [never,never,never,never,never,never]

class(X) when is_integer(X), X > 10; is_float(X), X > 1.0e3 -> large;
class(X) when not is_number(X) andalso length(X) > 2 -> long;
class(X) when hd(X) =:= a orelse X =:= [] -> first;
class(X) when is_atom(X) xor (X == 3) -> odd;
class(X) when element(1, X) =:= y -> never;
class(_) -> rest.

guards() ->
    p([class(X) || X <- [11, 2000.0, 3, [1, 2, 3], [a], [], at, {y}, {}, <<>>, 10, 1.5]]),
    % expect: [large,large,odd,long,first,rest,odd,never,rest,rest,rest,rest]
    p([if X < 1 -> lt; X =:= 1 -> eq; true -> gt end || X <- [0, 1, 1.0, a, []]]),  % expect: [lt,eq,gt,gt,gt]
    p([catch if X -> yes end || X <- [true]]),  % expect: [yes]
    p(case {1, 2} of {A, B} when A > B -> gt; {A, B} when A < B -> {lt, A, B} end),  % expect: {lt,1,2}
    p([case X of Y when Y / 0 > 1 -> div0; Y when hd(Y) > 1 -> head; _ -> none end || X <- [1, [2], []]]).
    % expect: [none,head,none]

order() ->
    p(lists:sort([b, 1.0, {}, "z", 1, #{}, <<1>>, a, [], {1}, 2, -1, <<>>, #{a => 1}])),
    % expect: [-1,1,1.0,2,a,b,{},{1},#{},#{a => 1},[],"z",<<>>,<<1>>]
    p([1 == 1.0, 1 =:= 1.0, 1 =< 1.0, a < b, {2} < {1, 1}, [1, 2] < [1, 3], [] < [1], <<1>> < <<1:9>>, #{a => 1} == #{a => 1.0}]),
    % expect: [true,false,true,true,true,true,true,false,true]
    p([0 bsl 70 =:= 0, 1 bsl 70 > 1.0e20, 16#ffffffffffffffff == 1.8446744073709552e19, -0.0 == 0.0]).
    % expect: [true,true,false,true]

binds() ->
    {ok, [X, Y | Z]} = {ok, [1, 2, 3, 4]},
    p({X, Y, Z}),  % expect: {1,2,[3,4]}
    X = 1,
    p(catch (X = hd([2]))),  % expect: {'EXIT',{badmatch,2}}
    W = V = {X, Y},
    p([W, V]),  % expect: [{1,2},{1,2}]
    {T, [_ | _] = L} = {t, [9]},
    p({T, L}),  % expect: {t,"\t"}
    case W of
        {_, Q} when Q > 1 -> R = big;
        _ -> Q = 0, R = small
    end,
    p({Q, R}),  % expect: {2,big}
    K = b,
    #{K := KV, a := [AH | _]} = #{a => "xyz", b => 2},
    p({KV, [AH]}),  % expect: {2,"x"}
    N = 3,
    <<Len, Body:Len/binary, N, Tail/bits>> = <<2, "hi", 3, 7:5>>,
    p({Len, Body, Tail}).  % expect: {2,<<"hi">>,<<7:5>>}

word(0) -> zero; word(1) -> one; word(2) -> two; word(3) -> three; word(4) -> four; word(5) -> five; word(7) -> seven;
word(100) -> hundred; word(-1) -> minus; word(1 bsl 80) -> huge; word(1.5) -> half; word(zero) -> 0; word(one) -> 1;
word("abc") -> str; word("abd") -> strd; word(<<"abc">>) -> bin; word({a, 1}) -> a1; word({a, 2}) -> a2; word({b, _}) -> b;
word([]) -> nil; word(_) -> unknown.

large() ->
    p([word(X) || X <- [0, 1, 2, 3, 4, 5, 6, 7, 100, -1, 1 bsl 80, 1.5, 1.0, zero, one, two]]),
    % expect: [zero,one,two,three,four,five,unknown,seven,hundred,minus,huge,half,unknown,0,1,unknown]
    p([word(X) || X <- ["abc", "abd", "abe", "ab", <<"abc">>, <<"ab">>, {a, 1}, {a, 2}, {a, 3}, {b, 3}, {c, 3}, [], {}]]).
    % expect: [str,strd,unknown,unknown,bin,unknown,a1,a2,unknown,b,unknown,nil,unknown]
