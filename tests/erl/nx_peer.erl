%% The queue of one host on a clock that is handed in: order, backoff with jitter, what a peer asks for, giving up.
-module(nx_peer_test).
-export([main/1]).

main(_) ->
    P0 = nx_peer:new(<<"http://b">>, #{initial_ms => 1000, max_ms => 60000, give_up_ms => 3600000}),
    idle = nx_peer:next(0, P0),
    {ok, P1} = nx_peer:add(a, P0),
    {ok, P2} = nx_peer:add(b, P1),
    {send, a, P3} = nx_peer:next(0, P2),
    idle = nx_peer:next(0, P3),
    io:format("one at a time~n"),
    % expect: one at a time
    {retried, a, P4} = nx_peer:done({retry, none, down}, {0, 0.0}, P3),
    {wait, W} = nx_peer:next(0, P4),
    {wait, 1} = nx_peer:next(W - 1, P4),
    {send, a, _} = nx_peer:next(W, P4),
    io:format("the same one again, after ~w~n", [W]),
    % expect: the same one again, after 500
    io:format("~w~n", [waits(P3, none, 1.0, 9)]),
    % expect: [1000,2000,4000,8000,16000,32000,60000,60000,60000]
    io:format("~w~n", [waits(P3, none, 0.0, 9)]),
    % expect: [500,1000,2000,4000,8000,16000,30000,30000,30000]
    io:format("~w~n", [waits(P3, 90000, 0.0, 2)]),
    % expect: [90000,90000]
    io:format("~w~n", [waits(P3, 1 bsl 60, 0.0, 1)]),
    % expect: [86400000]
    {delivered, a, P5} = nx_peer:done(ok, {0, 0.0}, P3),
    {send, b, P6} = nx_peer:next(0, P5),
    {{dropped, 404}, b, P7} = nx_peer:done({stop, 404}, {0, 0.0}, P6),
    idle = nx_peer:next(0, P7),
    io:format("~ts~n", [nx_json:encode(nx_peer:line(0, P7))]),
    % expect: {"delivered":1,"dropped":1,"failures":0,"host":"http://b","last":"404","queued":0,"retryInMs":0}
    io:format("~w~n", [give_up(P3, 0)]),
    % expect: {given_up,2,down}
    io:format("~w~n", [fill(P0, 0)]).
    % expect: {full,10000}

waits(_, _, _, 0) -> [];
waits(P, Asked, Random, N) ->
    {retried, a, P1} = nx_peer:done({retry, Asked, down}, {0, Random}, P),
    {wait, W} = nx_peer:next(0, P1),
    {send, a, P2} = nx_peer:next(W, P1),
    [W | waits(P2, Asked, Random, N - 1)].

give_up(P, Now) ->
    case nx_peer:done({retry, none, down}, {Now, 1.0}, P) of
        {retried, a, P1} ->
            {wait, W} = nx_peer:next(Now, P1),
            {send, a, P2} = nx_peer:next(Now + W, P1),
            give_up(P2, Now + W);
        {Dropped, a, P1} when Now >= 3600000 ->
            idle = nx_peer:next(Now, P1),
            true = nx_peer:is_idle(P1),
            {ok, P2} = nx_peer:add(c, P1),
            {send, c, P3} = nx_peer:next(Now + 1, P2),
            {{given_up, 1, down}, c, P4} = nx_peer:done({retry, none, down}, {Now + 2, 1.0}, P3),
            {ok, P5} = nx_peer:add(d, P4),
            {send, d, P6} = nx_peer:next(Now + 3, P5),
            {delivered, d, P7} = nx_peer:done(ok, {Now + 4, 1.0}, P6),
            {ok, P8} = nx_peer:add(e, P7),
            {send, e, P9} = nx_peer:next(Now + 5, P8),
            {retried, e, _} = nx_peer:done({retry, none, down}, {Now + 6, 1.0}, P9),
            Dropped
    end.

fill(P, N) ->
    case nx_peer:add(N, P) of
        {ok, P1} -> fill(P1, N + 1);
        {full, _} -> {full, N}
    end.
