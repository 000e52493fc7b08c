%% late_signals.erl - whoever links to, watches or asks a process behind an exit signal that is still on its way to it is answered as
%% by one that has ended. Seen to fail, by waiting for good, when signals behind an exit signal were dropped.
-module(late_signals).
-export([main/1]).

main(_) ->
    process_flag(trap_exit, true),
    p([begin P = parked(), exit(P, kill), R = monitor(process, P), receive {'DOWN', R, process, P, Why} -> Why end end || _ <- [1, 2]]),  % expect: [noproc,noproc]
    p([begin P = parked(), exit(P, kill), link(P), receive {'EXIT', P, Why} -> Why end end || _ <- [1, 2]]),  % expect: [noproc,noproc]
    p([begin P = parked(), exit(P, kill), exit(P, foo), process_info(P, links) end || _ <- [1, 2]]),  % expect: [undefined,undefined]
    p([begin P = parked(), exit(P, kill), is_process_alive(P) end || _ <- [1, 2]]),  % expect: [false,false]
    named(),
    many(),
    first_reason().

p(X) -> io:format("~0p~n", [X]).

parked() ->
    P = spawn(fun() -> receive never -> ok end end),
    erlang:yield(),
    P.

named() ->
    P = parked(),
    register(name, P),
    exit(P, kill),
    R = monitor(process, name),
    receive {'DOWN', R, process, {name, Node}, Why} when Node =:= node() -> p(Why) end,  % expect: noproc
    p(whereis(name)).  % expect: undefined

%% All of them in one batch behind the exit, from many at once.
many() ->
    Me = self(),
    P = parked(),
    Asking = [spawn(fun() -> receive go -> ok end, R = monitor(process, P), receive {'DOWN', R, _, _, Why} -> Me ! {self(), Why} end end) || _ <- lists:seq(1, 100)],
    exit(P, bye),
    [A ! go || A <- Asking],
    p(lists:usort([receive {A, Why} -> Why end || A <- Asking])).  % expect: [noproc]

%% A second exit signal changes nothing any more.
first_reason() ->
    {P, R} = spawn_monitor(fun() -> receive never -> ok end end),
    erlang:yield(),
    exit(P, first),
    exit(P, kill),
    receive {'DOWN', R, process, P, Why} -> p(Why) end.  % expect: first
