%% data.erl - records, maps, property lists, strings.
-module(data).
-export([main/1]).
-record(point, {x = 0, y = 0 :: integer(), label}).
-record(line, {from = #point{}, to = #point{x = 1}, style = [solid]}).

main(_) ->
    records(),
    maps(),
    strings().

%% What `catch` makes of an error is shown without its stack.
p({'EXIT', {R, [_ | _]}}) -> p({'EXIT', R});
p(X) -> io:format("~0p~n", [X]).

is_origin(#point{x = 0, y = 0}) -> true;
is_origin(#point{}) -> false;
is_origin(_) -> none.

records() ->
    P = #point{x = 3, label = "p"},
    p(P),  % expect: {point,3,0,"p"}
    p({P#point.x, P#point.y, P#point.label}),  % expect: {3,0,"p"}
    p(P#point{y = 4, x = 1}),  % expect: {point,1,4,"p"}
    L = #line{to = P},
    p(L),  % expect: {line,{point,0,0,undefined},{point,3,0,"p"},[solid]}
    p((L#line.to)#point.label),  % expect: "p"
    p(L#line{from = (L#line.from)#point{y = 9}}),  % expect: {line,{point,0,9,undefined},{point,3,0,"p"},[solid]}
    p([is_origin(X) || X <- [#point{}, P, point, {point, 0, 0}]]),  % expect: [true,false,none,none]
    p([is_record(P, point), is_record(P, line), is_record({point, 1}, point), record_info(size, point)]),
    % expect: [true,false,false,4]
    p(record_info(fields, line)),  % expect: [from,to,style]
    p(#point.label),  % expect: 4
    p(lists:keysort(#point.x, [#point{x = 2}, #point{x = 1}])),  % expect: [{point,1,0,undefined},{point,2,0,undefined}]
    p(#point{_ = none}),  % expect: {point,none,none,none}
    #line{to = #point{x = X}, style = [S | _]} = L,
    p({X, S}),  % expect: {3,solid}
    p(catch (fun(R) -> R#point.x end)({other, 1})),  % expect: {'EXIT',{badrecord,{other,1}}}
    p(case P of #point{x = A} when A > 2, P#point.y =:= 0 -> yes; _ -> no end).  % expect: yes

maps() ->
    M = #{a => 1, "b" => 2, {c} => 3, 4 => d, 4.0 => e},
    p(M),  % expect: #{4 => d,4.0 => e,a => 1,{c} => 3,"b" => 2}
    p([maps:get(K, M, none) || K <- [a, "b", {c}, 4, 4.0, <<"b">>]]),  % expect: [1,2,3,d,e,none]
    p(M#{a := 10, z => 26}),  % expect: #{4 => d,4.0 => e,a => 10,z => 26,{c} => 3,"b" => 2}
    p(catch M#{nope := 1}),  % expect: {'EXIT',{badkey,nope}}
    p(catch map_get(nope, M)),  % expect: {'EXIT',{badkey,nope}}
    p(catch maps:get(k, not_a_map)),  % expect: {'EXIT',{badmap,not_a_map}}
    p([map_size(M), maps:size(#{}), is_map_key(a, M), maps:is_key(b, M)]),  % expect: [5,0,true,false]
    p(maps:to_list(maps:remove(a, #{a => 1, b => 2}))),  % expect: [{b,2}]
    p(maps:merge(#{a => 1, b => 2}, #{b => 3, c => 4})),  % expect: #{a => 1,b => 3,c => 4}
    p(maps:map(fun(_, V) -> V * 2 end, #{a => 1, b => 2})),  % expect: #{a => 2,b => 4}
    p(maps:filter(fun(K, _) -> K =/= a end, #{a => 1, b => 2})),  % expect: #{b => 2}
    p(maps:update_with(n, fun(X) -> X + 1 end, 0, #{})),  % expect: #{n => 0}
    p(maps:update_with(n, fun(X) -> X + 1 end, #{n => 5})),  % expect: #{n => 6}
    p({maps:keys(#{b => 1, a => 2}), maps:values(#{b => 1, a => 2})}),  % expect: {[a,b],[2,1]}
    p(maps:take(a, #{a => 1})),  % expect: {1,#{}}
    p(maps:find(q, #{})),  % expect: error
    p(maps:with([a, c], #{a => 1, b => 2})),  % expect: #{a => 1}
    p(maps:without([a, c], #{a => 1, b => 2})),  % expect: #{b => 2}
    p(#{#{a => 1} => inner}),  % expect: #{#{a => 1} => inner}
    Big = maps:from_list([{N, N * N} || N <- lists:seq(1, 1000)]),
    p([map_size(Big), maps:get(777, Big), lists:sum(maps:values(Big)), Big =:= maps:from_list(lists:reverse(maps:to_list(Big)))]),
    % expect: [1000,603729,333833500,true]
    Small = lists:foldl(fun maps:remove/2, Big, lists:seq(4, 1000)),
    p(Small),  % expect: #{1 => 1,2 => 4,3 => 9}
    p(Small =:= #{3 => 9, 2 => 4, 1 => 1}),  % expect: true
    p([X || {X, _} <- lists:sort(maps:to_list(#{b => 1, a => 2}))]),  % expect: [a,b]
    I = maps:iterator(#{one => 1}),
    p(element(1, maps:next(I))).  % expect: one

strings() ->
    p("a" "b" ++ [$c]),  % expect: "abc"
    p([$\n, $\s, $\\, $\x41, $\x{20ac}]),  % expect: [10,32,92,65,8364]
    p(string:split("a,b,c", ",", all)),  % expect: ["a","b","c"]
    p(string:tokens("a b  c", " ")),  % expect: ["a","b","c"]
    p(string:join(["x", "y"], "-")),  % expect: "x-y"
    p(string:uppercase("straight")),  % expect: "STRAIGHT"
    p(string:trim("  x ")),  % expect: "x"
    p(lists:flatten(io_lib:format("~s|~5w|~-5w|~5..0b|~.3f|~p|~c", ["s", ab, cd, 42, 3.14159, "str", $x]))),
    % expect: "s|   ab|cd   |00042|3.142|\"str\"|x"
    p(list_to_binary(["ab", <<"cd">>, [$e, [<<"f">>]]])),  % expect: <<"abcdef">>
    p([integer_to_list(255, 16), list_to_integer("-zz", 36), integer_to_binary(7), float_to_list(1.5, [{decimals, 2}])]),
    % expect: ["FF",-1295,<<"7">>,"1.50"]
    p(lists:flatten(io_lib:format("~w ~p ~tp", ["hi", "hi", [1087]]))),  % expect: "[104,105] \"hi\" [1087]"
    io:format("~s ~ts ~w~n", ["latin", [8364], <<"b">>]),  % expect: latin € <<98>>
    io:format("~p~n", [[1, 2.50, 'A b', "s", <<"b">>, <<1, 2>>, {}, #{}]]),
    % expect: [1,2.5,'A b',"s",<<"b">>,<<1,2>>,{},#{}]
    io:format("~10s|~-10s|~*c|~i~w~n", ["right", "left", 3, $z, skipped, shown]).
    % expect:      right|left      |zzz|shown
