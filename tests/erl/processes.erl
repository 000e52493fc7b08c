%% processes.erl - messages, selective receive, links, monitors, names, timers, the dictionary.
-module(processes).
% stderr: ...
-export([main/1, relay/2]).

main(_) ->
    logger:set_primary_config(level, none),
    messages(),
    passed_over(),
    ties(),
    names(),
    many().

%% What `catch` makes of an error is shown without its stack.
p({'EXIT', {R, [_ | _]}}) -> p({'EXIT', R});
p(X) -> io:format("~0p~n", [X]).

messages() ->
    Me = self(),
    [Me ! X || X <- [a, {b, 1}, c, {b, 2}]],
    p([receive {b, N} -> N end || _ <- [1, 2]]),  % expect: [1,2]
    p(receive X1 -> X1 end),  % expect: a
    p(receive never -> 1 after 0 -> timeout end),  % expect: timeout
    p(receive c -> c after 1000 -> timeout end),  % expect: c
    p(receive never -> 1 after 20 -> later end),  % expect: later
    P = spawn(fun() -> receive {From, Q} -> From ! {self(), Q * 2} end end),
    P ! {Me, 21},
    p(receive {P, R} -> R end),  % expect: 42
    Ref = make_ref(),
    spawn(fun() -> [Me ! {noise, I} || I <- lists:seq(1, 1000)], Me ! {Ref, found} end),
    p(receive {Ref, V} -> V end),  % expect: found
    p(element(2, process_info(self(), message_queue_len))),  % expect: 1000
    flush(),
    p(element(2, process_info(self(), message_queue_len))),  % expect: 0
    p(catch (list_to_atom("nobody here") ! x)),  % expect: {'EXIT',badarg}
    p(spawn(fun() -> ok end) ! to_the_dead),  % expect: to_the_dead
    put(key, 1),
    p({put(key, 2), get(key), get(none), erase(key), get(key)}).  % expect: {1,2,undefined,2,undefined}

flush() -> receive _ -> flush() after 0 -> ok end.

%% messages that cannot match are passed over without a look at each clause
passed_over() ->
    Me = self(),
    [Me ! X || X <- [want, {want}, {want, 1, 2}, {other, 1}, [want | 1], <<"want">>, #{want => 1}, 1.5, {want, 3}, {{want}, 4}, {want, no}, {want, 5}]],
    p([receive {want, N} when is_integer(N) -> N end || _ <- [1, 2]]),  % expect: [3,5]
    p(receive {want, 6} -> 6; {want, no} = M -> M after 0 -> none end),  % expect: {want,no}
    p(receive {want, _} -> some after 0 -> none end),  % expect: none
    spawn(fun() -> receive after 10 -> [Me ! {junk, I} || I <- lists:seq(1, 5000)], Me ! {want, late} end end),
    p(receive {want, X} -> X end),  % expect: late
    spawn(fun() -> receive after 10 -> Me ! {junk, 0}, Me ! {want, later} end end),
    p(receive {want, Y} -> Y after 10000 -> never end),  % expect: later
    p(element(2, process_info(self(), message_queue_len))),  % expect: 5010
    p(receive {want, 7} -> 7 after 10 -> late end),  % expect: late
    p(receive First -> First end),  % expect: want
    flush().

ties() ->
    process_flag(trap_exit, true),
    p([begin P = spawn_link(F), receive {'EXIT', P, R} -> shorten(R) end end || F <- [
    % expect: [normal,reason,{{nocatch,ball},with_stack},{wrong,with_stack},killed,{{badmatch,0},with_stack}]
        fun() -> ok end, fun() -> exit(reason) end, fun() -> throw(ball) end, fun() -> error(wrong) end,
        fun() -> exit(self(), kill), receive after infinity -> ok end end, fun() -> 1 = length([]) end]]),
    p([begin {P, M} = spawn_monitor(F), receive {'DOWN', M, process, P, R} -> shorten(R) end end || F <- [
    % expect: [normal,reason,{undef,with_stack}]
        fun() -> ok end, fun() -> exit(reason) end, fun() -> no:such() end]]),
    {Q, M1} = spawn_monitor(fun() -> receive stop -> ok end end),
    true = demonitor(M1, [flush]),
    Q ! stop,
    p(receive {'DOWN', M1, _, _, _} -> down after 20 -> nothing end),  % expect: nothing
    M2 = monitor(process, Q),
    p(receive {'DOWN', M2, process, Q, R2} -> R2 end),  % expect: noproc
    A = spawn(fun() -> process_flag(trap_exit, true), receive {'EXIT', F, R3} -> exit({trapped, is_pid(F), R3}) end end),
    link(A),
    exit(A, poke),
    p(receive {'EXIT', A, R4} -> R4 end),  % expect: poke
    B = spawn_link(fun() -> link(spawn(fun() -> exit(chain) end)), receive after infinity -> ok end end),
    p(receive {'EXIT', B, R5} -> R5 end),  % expect: chain
    C = spawn_link(fun() -> receive after infinity -> ok end end),
    exit(C, normal),
    p(is_process_alive(C)),  % expect: true
    unlink(C),
    exit(C, kill),
    p(receive {'EXIT', C, _} -> told after 20 -> not_told end),  % expect: not_told
    process_flag(trap_exit, false),
    p(process_flag(trap_exit, false)).  % expect: false

shorten({Reason, [{_, _, _, _} | _]}) -> {Reason, with_stack};
shorten(Reason) -> Reason.

names() ->
    register(me, self()),
    me ! hello,
    p(receive hello -> got end),  % expect: got
    p(whereis(me) =:= self()),  % expect: true
    p(element(1, catch register(me, self()))),  % expect: 'EXIT'
    p(unregister(me)),  % expect: true
    p(whereis(me)),  % expect: undefined
    T = erlang:send_after(10, self(), tick),
    p(receive tick -> tick end),  % expect: tick
    p(erlang:cancel_timer(T)),  % expect: false
    T2 = erlang:start_timer(100000, self(), tock),
    p(is_integer(erlang:cancel_timer(T2))),  % expect: true
    T3 = erlang:start_timer(1, self(), tock),
    p(receive {timeout, T3, What} -> What end),  % expect: tock
    Al = alias(),
    Al ! {aliased, 1},
    p(receive {aliased, X} -> X end),  % expect: 1
    unalias(Al),
    Al ! {aliased, 2},
    p(receive {aliased, Y} -> Y after 10 -> dropped end).  % expect: dropped

relay(0, To) -> To ! {done, self()};
relay(N, To) -> spawn(?MODULE, relay, [N - 1, To]), ok.

many() ->
    Me = self(),
    relay(1000, Me),
    p(receive {done, Last} -> is_pid(Last) end),  % expect: true
    Ps = [spawn(fun() -> receive {From, N} -> From ! N * N end end) || _ <- lists:seq(1, 1000)],
    lists:foldl(fun(P, N) -> P ! {Me, N}, N + 1 end, 1, Ps),
    p(lists:sum([receive X -> X end || _ <- Ps])),  % expect: 333833500
    Big = lists:seq(1, 20000),
    E = spawn(fun Echo() -> receive {F, M} -> F ! {self(), M}, Echo() end end),
    p([begin E ! {Me, Big}, receive {E, Back} -> Back =:= Big end end || _ <- [1, 2, 3]]),  % expect: [true,true,true]
    exit(E, kill).
