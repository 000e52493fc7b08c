%% hibernate.erl - a process that hibernates forgets what it was doing, handlers too, gives its memory back and goes on with the next
%% message. OTP prints the same.
-module(hibernate).
-export([main/1, woken/2, loop/1]).

main(_) ->
    logger:remove_handler(default),
    process_flag(trap_exit, true),
    forgets(),
    ends(),
    goes_on(),
    refuses().

p(X) -> io:format("~0p~n", [X]).

forgets() ->
    Me = self(),
    P = spawn_link(fun() -> put(a, 1), try deep(Me) catch _:_ -> Me ! caught after Me ! never end, Me ! never end),
    rests(P),
    {total_heap_size, Words} = process_info(P, total_heap_size),
    p(Words < 2000),  % expect: true
    P ! hello,
    receive X -> p(X) end,  % expect: {woken,1,{message_queue_len,0}}
    receive {'EXIT', P, Why} -> p(Why) end.  % expect: normal

deep(Me) ->
    L = lists:seq(1, 50000),
    {L, [catch erlang:hibernate(?MODULE, woken, [Me, ok])]}.

woken(Me, ok) -> receive hello -> Me ! {woken, get(a), process_info(self(), message_queue_len)} end;
woken(_, error) -> error(oops).

rests(P) ->
    case process_info(P, [status, current_function]) of
        [{status, waiting}, {current_function, {erlang, hibernate, 3}}] -> ok;
        _ -> erlang:yield(), rests(P)
    end.

%% What is in the mailbox already wakes it at once.
ends() ->
    Me = self(),
    P = spawn_link(fun() -> self() ! first, erlang:hibernate(?MODULE, woken, [Me, error]) end),
    receive {'EXIT', P, {Why, [{M, F, A, _} | _]}} -> p({Why, M, F, A}) end,  % expect: {oops,hibernate,woken,2}
    {Q, Monitor} = spawn_monitor(fun() -> erlang:hibernate(nomod, nofun, []) end),
    rests(Q),
    Q ! go,
    receive {'DOWN', Monitor, _, _, {Why2, [{M2, F2, A2, _} | _]}} -> p({Why2, M2, F2, A2}) end.  % expect: {undef,nomod,nofun,[]}

goes_on() ->
    {P, Monitor} = spawn_monitor(fun() -> erlang:hibernate(?MODULE, loop, [0]) end),
    [P ! I || I <- lists:seq(1, 1000)],
    P ! {self(), sum},
    receive {sum, N} -> p(N) end,  % expect: 500500
    rests(P),
    exit(P, stop),
    receive {'DOWN', Monitor, _, _, Why} -> p(Why) end.  % expect: stop

loop(N) ->
    receive
        {P, sum} -> P ! {sum, N}, erlang:hibernate(?MODULE, loop, [N]);
        I -> erlang:hibernate(?MODULE, loop, [N + I])
    end.

refuses() ->
    p([try erlang:hibernate(M, F, A) catch C:E -> {C, E} end || {M, F, A} <- [{1, f, []}, {m, 2, []}, {m, f, x}, {m, f, [a | b]}]]).  % expect: [{error,badarg},{error,badarg},{error,badarg},{error,badarg}]
