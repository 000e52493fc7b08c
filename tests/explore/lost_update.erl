%% lost_update.erl - two processes add to a counter, and none of what they add is lost: the table adds in one step.
%% must_fail/lost_update.erl is the same with the error that tests/explore.sh must find.
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
    ets:update_counter(counters, hits, 1),
    hit(N - 1).
