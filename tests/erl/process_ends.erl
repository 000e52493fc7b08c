%% process_ends.erl - what others are told of a process that ends or is kept from running, and of the timers to it, as OTP tells it.
-module(process_ends).
-export([main/1]).

main(_) ->
    process_flag(trap_exit, true),
    to_oneself(),
    oneself(),
    suspended(),
    link_before_monitor(),
    timers(),
    timer_by_message().

p(X) -> io:format("~0p~n", [X]).

parked() ->
    P = spawn(fun() -> receive never -> ok end end),
    erlang:yield(),
    P.

%% An exit signal to oneself arrives once, before exit/2 answers.
to_oneself() ->
    exit(self(), once),
    p([receive {'EXIT', P, once} when P =:= self() -> once after 0 -> none end || _ <- [1, 2]]).  % expect: [once,none]

%% A monitor of oneself is none, and so it is no alias.
oneself() ->
    R = monitor(process, self(), [{alias, explicit_unalias}]),
    R ! dropped,
    p({receive dropped -> got after 0 -> nothing end, unalias(R)}),  % expect: {nothing,false}
    A = alias([reply]),
    demonitor(A, [flush]), % no monitor: the alias stays
    A ! kept,
    p(receive kept -> got after 0 -> nothing end).  % expect: got

suspended() ->
    Ended = parked(),
    erlang:suspend_process(Ended),
    exit(Ended, kill),
    p({is_process_alive(Ended), process_info(self(), suspending)}),  % expect: {false,{suspending,[]}}
    P = parked(),
    erlang:suspend_process(P),
    p(process_info(P, status)),  % expect: {status,suspended}
    erlang:resume_process(P),
    p(process_info(P, status)).  % expect: {status,waiting}

%% Who is linked and watches too hears of the link first, in whatever order they were made.
link_before_monitor() ->
    P = parked(),
    R = monitor(process, P),
    link(P),
    exit(P, bye),
    p([receive {'EXIT', P, bye} -> link; {'DOWN', R, process, P, bye} -> monitor end || _ <- [1, 2]]).  % expect: [link,monitor]

%% A timer ends with the process that it would send to, and for an ended one there is none.
timers() ->
    P = parked(),
    T = erlang:send_after(1000000, P, late),
    p(is_integer(erlang:read_timer(T))),  % expect: true
    R = monitor(process, P),
    exit(P, kill),
    receive {'DOWN', R, _, _, _} -> ok end,
    p([erlang:read_timer(T), erlang:cancel_timer(T), erlang:read_timer(erlang:start_timer(1000000, P, late))]).  % expect: [false,false,false]

timer_by_message() ->
    T = erlang:start_timer(1000000, nobody, late),
    p(erlang:read_timer(T, [{async, true}])),  % expect: ok
    p(receive {read_timer, T, Left} -> is_integer(Left) after 1000 -> nothing end),  % expect: true
    p([erlang:cancel_timer(T, [{async, true}, {info, false}]), receive {cancel_timer, T, _} -> told after 0 -> silent end]).  % expect: [ok,silent]
