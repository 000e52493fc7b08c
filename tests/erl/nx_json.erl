%% The kernel's JSON: what it takes, what it refuses, and its canonical bytes (RFC 8785, with that document's examples).
-module(nx_json_test).
-export([main/1]).

main(_) ->
    p(nx_json:encode(#{<<"b">> => 1, <<"a">> => [true, false, null], <<"">> => #{}})),
    % expect: {"":{},"a":[true,false,null],"b":1}
    numbers(),
    % expect: 0 0 1 -1 0.1 333333333.3333333 1e+30 4.5 0.002 1e-27 9007199254740992 1e+21 123456789012345680000 0.000001 1e-7 5e-324 1.7976931348623157e+308 -1.5e-9
    p(nx_json:encode(<<"€$"/utf8, 15, "\nA'B\"\\\\\"/", 127>>)),
    % expect: "€$\u000f\nA'B\"\\\\\"/"
    keys(),
    % expect: ["\r","1","\u0080","ö","€","😀","\ufb33"]
    refused(),
    % expect: {error,duplicate_key} {error,duplicate_key} {error,too_deep} {error,number_range} {error,not_json} {error,not_json} {error,not_json} {error,not_json} {error,not_json} {error,not_json} {error,not_json} {error,not_json}
    io:format("~w~n", [nx_json:decode(<<" {\"a\\u0062\" : [1, -2.5e1, \"\\ud83d\\ude00\", {}], \"c\":null } ">>)]),
    % expect: {ok,#{<<97,98>> => [1,-25.0,<<240,159,152,128>>,#{}],<<99>> => null}}
    hostile(),
    % expect: [not_json,not_json,not_json,not_json,not_json,not_json,not_json,not_json,not_json,not_json,number_range,number_range,number_range,number_range]
    doubles(),
    % expect: [1.0e20,1.2345678901234568e20,-1.0e20,0.0,9007199254740991]
    round_trips().
    % expect: 200 round trips

p(B) -> io:format("~ts~n", [[C || <<C/utf8>> <= B, C =/= 127]]).

numbers() ->
    Fs = [0.0, -0.0, 1.0, -1.0, 0.1, 333333333.33333329, 1.0e30, 4.50, 2.0e-3, 1.0e-27, 9007199254740992.0, 1.0e21,
          123456789012345678901.0, 1.0e-6, 1.0e-7, 5.0e-324, 1.7976931348623157e308, -1.5e-9],
    io:format("~ts~n", [lists:join(" ", [nx_json:encode(F) || F <- Fs])]).

%% By UTF-16 units, a character beyond 16 bits comes before U+FB33.
keys() ->
    Keys = [<<16#20ac/utf8>>, <<"\r">>, <<16#fb33/utf8>>, <<"1">>, <<16#1f600/utf8>>, <<16#80/utf8>>, <<16#f6/utf8>>],
    Bytes = nx_json:encode(maps:from_list([{K, 0} || K <- Keys])),
    Order = [K || {_, K} <- lists:sort([{element(1, binary:match(Bytes, body(K))), K} || K <- Keys])],
    io:format("[~ts]~n", [lists:join(",", [case K of <<16#80/utf8>> -> "\"\\u0080\""; <<16#fb33/utf8>> -> "\"\\ufb33\""; _ -> nx_json:encode(K) end || K <- Order])]).

body(<<"\r">>) -> <<"\"\\r\":">>;
body(K) -> <<$", K/binary, $", $:>>.

refused() ->
    Texts = [<<"{\"a\":1,\"a\":1}">>, <<"{\"a\":1,\"\\u0061\":1}">>, binary:copy(<<"[">>, 100000), <<"9007199254740993">>,
             <<"[1,]">>, <<"{\"a\" 1}">>, <<"nul">>, <<"\"a">>, <<"01">>, <<"1 2">>, <<"\"", 255, "\"">>, <<>>],
    io:format("~ts~n", [lists:join(" ", [io_lib:format("~w", [nx_json:decode(T)]) || T <- Texts])]).

%% Broken UTF-8, halves of surrogate pairs, an overlong NUL, beyond Unicode, a byte order mark, and numbers that no double holds.
hostile() ->
    Texts = [<<"\"", 16#c3, 16#28, "\"">>, <<"\"", 16#ed, 16#a0, 16#80, "\"">>, <<"\"\\ud800\"">>, <<"\"\\udc00\\ud800\"">>, <<"\"", 16#c0, 16#80, "\"">>,
             <<"\"", 16#f4, 16#90, 16#80, 16#80, "\"">>, <<16#ef, 16#bb, 16#bf, "1">>, <<"\"a", 0, "\"">>, <<"1e400">>, <<"-1e400">>,
             <<"9007199254740993">>, <<"-9007199254740993">>, <<"123456789012345678901">>, (binary:copy(<<"9">>, 1000000))],
    io:format("~w~n", [[element(2, nx_json:decode(T)) || T <- Texts]]).

%% What encode writes for a large double is read back as one.
doubles() ->
    io:format("~w~n", [[element(2, nx_json:decode(T)) || T <- [<<"100000000000000000000">>, <<"123456789012345680000">>, <<"-100000000000000000000">>, <<"1e-400">>,
                                                              <<"9007199254740991">>]]]).

round_trips() ->
    Vs = [#{integer_to_binary(N) => [N, N / 7, -N * 1.0e10, #{<<"k", N/utf8>> => <<N/utf8>>}]} || N <- lists:seq(1, 200)],
    Good = [1 || V <- Vs, {ok, W} <- [nx_json:decode(nx_json:encode(V))], nx_json:encode(W) =:= nx_json:encode(V)],
    io:format("~w round trips~n", [length(Good)]).
