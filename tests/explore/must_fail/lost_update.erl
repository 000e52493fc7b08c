%% lost_update.erl - two processes add to a counter in two steps, so that one may write what it read before the other wrote.
-module(lost_update).
-export([main/1]).

-define(TIMES, 3).

main(_) ->
    ets:new(counters, [named_table, public]),
    ets:insert(counters, {hits, 0}),
    Me = self(),
    [spawn(fun() -> hit(?TIMES), Me ! done end) || _ <- [a, b]],
    [receive done -> ok end || _ <- [a, b]],
    io:format("~p~n", [ets:lookup_element(counters, hits, 2)]). % expect: 6

hit(0) -> ok;
hit(N) ->
    Hits = ets:lookup_element(counters, hits, 2),
    put_hits(Hits + 1),
    hit(N - 1).

put_hits(Hits) -> ets:insert(counters, {hits, Hits}).
