%% signals.erl - random scenarios of links, monitors, aliases, names, timers and exits, which must go here as on OTP.
%%   signals.erl make KIND SEED N FILE   N scenarios; KIND steps: a worker does one thing at a time, so nothing depends on who runs when;
%%                                       batches: several in a row, so signals meet others on their way; to look at by hand, for
%%                                       where two processes race OTP and we may differ
%%   signals.erl run FILE OUT            `NUMBER LOG` lines
%%   signals.erl shrink FILE OUT         of the first scenario, every one that is a step shorter; `pick FILE N OUT` and `show FILE` as they say
%% A scenario is a list of {Worker, Commands}, in which workers and references stand as numbers in order of their making; what is not
%% there is passed over, so any part of a scenario is one. The driver sends each to its worker, waits until every signal of it has
%% been taken, and writes down results, ends and the whole state of all workers, with pids and references numbered.
%% Only order between two processes is promised: a mailbox is written sender by sender.
-module(signals).
-export([main/1, loop/1]).

-define(STUCK_MS, 5000).
-define(FAR_MS, 1000000).
-define(WORKERS, 4). % at the start
-define(STATE, [registered_name, trap_exit, status, links, monitors, monitored_by, suspending, messages]).

main(["make", Kind, Seed, N, File]) ->
    rand:seed(exsss, list_to_integer(Seed)),
    write(File, [{I, scenario(list_to_atom(Kind))} || I <- lists:seq(1, list_to_integer(N))]);
main(["shrink", File, Out]) ->
    [{_, S} | _] = read(File),
    Smaller = smaller(S),
    write(Out, lists:zip(lists:seq(1, length(Smaller)), Smaller));
main(["pick", File, N, Out]) -> write(Out, [lists:keyfind(list_to_integer(N), 1, read(File))]);
main(["show", File]) -> [io:format("~p~n~0p~n", [I, S]) || {I, S} <- read(File)];
main(["run", File, Out]) ->
    logger:set_primary_config(level, none),
    {ok, Device} = file:open(Out, [write, raw, delayed_write]),
    [ok = file:write(Device, io_lib:format("~w ~w~n", [I, run(S)])) || {I, S} <- read(File)],
    ok = file:close(Device).

write(File, Scenarios) -> ok = file:write_file(File, term_to_binary(Scenarios)).

read(File) ->
    {ok, Bytes} = file:read_file(File),
    binary_to_term(Bytes).

%% Halves first, then all but one step, then a step with fewer commands.
smaller(S) ->
    N = length(S),
    [L || L <- [lists:sublist(S, N div 2), lists:nthtail(N div 2, S)], L =/= S, L =/= []]
        ++ [without(I, S) || N > 1, I <- lists:seq(1, N)]
        ++ [replaced(I, {W, without(J, Cs)}, S) || {I, {W, Cs}} <- lists:zip(lists:seq(1, N), S), length(Cs) > 1, J <- lists:seq(1, length(Cs))].

without(I, L) -> lists:sublist(L, I - 1) ++ lists:nthtail(I, L).
replaced(I, X, L) -> lists:sublist(L, I - 1) ++ [X | lists:nthtail(I, L)].

%% ---- scenarios ----

scenario(Kind) -> [{r(?WORKERS + 2), commands(Kind)} || _ <- lists:seq(1, 4 + r(24))].

commands(steps) -> [command()];
commands(batches) -> [command() || _ <- lists:seq(1, pick([1, 1, 2, 3, 4]))].

command() ->
    case r(32) of
        N when N =< 3 -> {link, target()};
        4 -> {unlink, target()};
        N when N =< 7 -> {monitor, pick([target(), target(), name()]), monitor_options()};
        N when N =< 9 -> {demonitor, ref(), pick([[], [flush], [info], [flush, info]])};
        N when N =< 12 -> {exit, target(), reason()};
        N when N =< 14 -> {trap_exit, pick([true, true, false])};
        N when N =< 16 -> {register, name(), target()};
        17 -> {unregister, name()};
        N when N =< 20 -> {send, pick([target(), name(), ref(), ref()])};
        21 -> {alias, pick([[], [explicit_unalias], [reply]])};
        22 -> {unalias, ref()};
        23 -> {pick([send_after, start_timer]), pick([0, ?FAR_MS]), pick([target(), name()])};
        24 -> {cancel_timer, ref(), pick([[], [{async, true}], [{info, false}], [{async, true}, {info, false}]])};
        25 -> {read_timer, ref(), pick([[], [{async, true}]])};
        26 -> {pick([suspend, resume, resume]), target()};
        27 -> {info, target(), pick([links, monitors, monitored_by, trap_exit, registered_name, message_queue_len, [links, trap_exit], []])};
        28 -> {alive, target()};
        29 -> {spawn, ties(), body()};
        30 -> {done, pick([normal, exit, error, throw]), reason()};
        31 -> pick([take, hibernate, {whereis, name()}]);
        32 -> {spawn, ties(), body()}
    end.

target() -> {w, r(?WORKERS + 2)}.
ref() -> {r, r(6)}.
name() -> pick([n1, n2]).
reason() -> pick([normal, kill, killed, foo, {shutdown, 1}, noproc]).
body() -> pick([loop, loop, {done, normal, x}, {done, exit, reason()}, {done, error, foo}, {done, throw, foo}]).
ties() -> pick([[], [link], [monitor], [link, monitor], [{monitor, monitor_options()}]]).
monitor_options() -> pick([[], [], [{tag, tag}], [{alias, alias_mode()}], [{alias, alias_mode()}, {tag, {tag, 1}}]]).
alias_mode() -> pick([explicit_unalias, demonitor, reply_demonitor]).

r(N) -> rand:uniform(N).
pick(L) -> lists:nth(r(length(L)), L).

%% ---- workers ----

loop(D) ->
    receive
        {do, D, N, Commands} ->
            lists:foreach(fun(C) -> do(C, D, N) end, Commands),
            D ! {done, N},
            loop(D)
    end.

do({done, How, Reason}, _, _) -> done(How, Reason);
do(hibernate, D, N) ->
    D ! {done, N},
    erlang:hibernate(?MODULE, loop, [D]);
do(Command, D, N) ->
    Result = try value(Command, D) catch C:R -> {C, R} end,
    D ! {did, N, Command, Result}.

done(normal, Reason) -> Reason;
done(exit, Reason) -> exit(Reason);
done(error, Reason) -> error(Reason);
done(throw, Reason) -> throw(Reason).

value({link, P}, _) -> link(P);
value({unlink, P}, _) -> unlink(P);
value({monitor, P, Options}, _) -> monitor(process, P, Options);
value({demonitor, R, Options}, _) -> demonitor(R, Options);
value({exit, P, Reason}, _) -> exit(P, Reason);
value({trap_exit, On}, _) -> process_flag(trap_exit, On);
value({register, Name, P}, _) -> register(Name, P);
value({unregister, Name}, _) -> unregister(Name);
value({whereis, Name}, _) -> whereis(Name);
value({send, To}, _) -> To ! {hello, self()};
value({alias, Options}, _) -> alias(Options);
value({unalias, R}, _) -> unalias(R);
value({send_after, Ms, To}, _) -> erlang:send_after(Ms, To, {after_ms, Ms});
value({start_timer, Ms, To}, _) -> erlang:start_timer(Ms, To, {after_ms, Ms});
value({cancel_timer, R, Options}, _) -> erlang:cancel_timer(R, Options);
value({read_timer, R, Options}, _) -> erlang:read_timer(R, Options);
value({suspend, P}, _) -> erlang:suspend_process(P);
value({resume, P}, _) -> erlang:resume_process(P);
value({info, P, Items}, _) -> process_info(P, Items);
value({alive, P}, _) -> is_process_alive(P);
value(take, D) -> taken(D, []);
value({spawn, Ties, {done, How, Reason}}, _) -> spawn_opt(fun() -> done(How, Reason) end, Ties);
value({spawn, Ties, loop}, D) -> spawn_opt(?MODULE, loop, [D], Ties).

taken(D, Acc) ->
    receive M when element(1, M) =/= do -> taken(D, [M | Acc])
    after 0 -> {mailbox, lists:reverse(Acc)}
    end.

%% ---- the driver ----

-record(s, {workers = [], refs = [], n = 0, log = []}). % workers: [{Pid, Number, our monitor or over}], the newest first; refs: [{Ref, Number}]

run(Scenario) ->
    {Pid, Ref} = spawn_monitor(fun() -> exit({log, drive(Scenario)}) end),
    receive
        {'DOWN', Ref, _, _, {log, Log}} -> Log;
        {'DOWN', Ref, _, _, Reason} -> {died, Reason}
    after 60000 ->
            exit(Pid, kill),
            timeout
    end.

drive(Scenario) ->
    Me = self(),
    S = lists:foldl(fun(_, S) -> add_worker(spawn(?MODULE, loop, [Me]), S) end, #s{}, lists:seq(1, ?WORKERS)),
    #s{log = Log} = tidy(lists:foldl(fun step/2, S, Scenario)),
    lists:reverse(Log).

%% Nothing is left for the next.
tidy(S) ->
    [erlang:cancel_timer(R) || {R, _} <- S#s.refs],
    [begin exit(P, kill), receive {'DOWN', M, _, _, _} -> ok end end || {P, _, M} <- S#s.workers, M =/= over],
    S.

add_worker(P, S) -> S#s{workers = [{P, length(S#s.workers) + 1, monitor(process, P)} | S#s.workers]}.

%% One that ends at once has perhaps ended already: the driver does not watch it.
add_child(loop, P, S) -> add_worker(P, S);
add_child(_, P, S) -> S#s{workers = [{P, length(S#s.workers) + 1, over} | S#s.workers]}.

step({W, Commands}, S0) ->
    S = S0#s{n = S0#s.n + 1},
    case [P || {P, I, M} <- S#s.workers, I =:= W, M =/= over] of
        [P] ->
            case process_info(P, status) of
                {status, suspended} -> S;
                _ -> state(settled(told(P, [C || {ok, C} <- [resolved(C, S) || C <- Commands]], S)))
            end;
        [] -> S
    end.

%% The command with pids and references for their numbers; none when one of them is not there.
resolved(Command, S) ->
    try {ok, resolve(Command, S)} catch throw:none -> none end.

resolve({w, I}, S) -> found(I, [{N, P} || {P, N, _} <- S#s.workers]);
resolve({r, I}, S) -> found(I, [{N, R} || {R, N} <- S#s.refs]);
resolve(T, S) when is_tuple(T) -> list_to_tuple([resolve(E, S) || E <- tuple_to_list(T)]);
resolve(T, _) -> T.

found(Key, List) ->
    case lists:keyfind(Key, 1, List) of
        {_, V} -> V;
        false -> throw(none)
    end.

told(P, Commands, S) ->
    P ! {do, self(), S#s.n, Commands},
    [timer:sleep(3) || {_, 0, _} <- Commands], % a timer of no time
    answers(P, S).

answers(P, S) ->
    N = S#s.n,
    {_, I, M} = lists:keyfind(P, 1, S#s.workers),
    receive
        {did, N, Command, Result} -> answers(P, noted(Command, Result, S));
        {done, N} -> S;
        {'DOWN', M, _, _, Reason} -> ended(P, I, Reason, S)
    after ?STUCK_MS -> log({stuck, I}, S)
    end.

%% New pids and references get their numbers, then the result is written.
noted(Command, Result, S) ->
    S1 = case {element(1, {Command}), Result} of
             {{spawn, _, Body}, {P, R}} when is_pid(P) -> add_ref(R, add_child(Body, P, S));
             {{spawn, _, Body}, P} when is_pid(P) -> add_child(Body, P, S);
             {_, R} when is_reference(R) -> add_ref(R, S);
             _ -> S
         end,
    log({name(Command), shown(Result, S1)}, S1).

add_ref(R, S) ->
    case lists:keymember(R, 1, S#s.refs) of
        true -> S;
        false -> S#s{refs = [{R, length(S#s.refs) + 1} | S#s.refs]}
    end.

name(C) when is_tuple(C) -> element(1, C);
name(C) -> C.

ended(P, I, Reason, S) ->
    log({ended, I, plain(Reason, S)}, S#s{workers = lists:keyreplace(P, 1, S#s.workers, {P, I, over})}).

%% Every signal that is on its way is taken: an end makes others end, as often as there are workers.
settled(S) -> settled(length(S#s.workers) + 2, S).

settled(0, S) -> S;
settled(Rounds, S) ->
    [gone(P, 1000) || {P, _, over} <- S#s.workers],
    Alive = [P || {P, _, _} <- S#s.workers, is_process_alive(P)],
    settled(Rounds - 1, lists:foldl(fun({_, _, over}, S1) -> S1;
                                       ({P, I, M}, S1) ->
                                            case lists:member(P, Alive) of
                                                true -> S1;
                                                false -> receive {'DOWN', M, _, _, Reason} -> ended(P, I, Reason, S1) end
                                            end
                                    end, S, lists:reverse(S#s.workers))).

%% A child that ends at once has done so; not when another has suspended it.
gone(P, Times) when Times > 0 ->
    case is_process_alive(P) of
        true -> erlang:yield(), gone(P, Times - 1);
        false -> ok
    end;
gone(_, 0) -> ok.

%% Of what is as usual nothing is written; ends in a row are no order of one sender's.
state(#s{log = Log} = S0) ->
    {Ends, Before} = lists:splitwith(fun(E) -> is_tuple(E) andalso element(1, E) =:= ended end, Log),
    S = S0#s{log = lists:sort(Ends) ++ Before},
    log([{I, [shown(Item, S) || {_, V} = Item <- process_info(P, ?STATE), V =/= [], V =/= false, V =/= waiting, V =/= running, V =/= [self()]]}
         || {P, I, M} <- lists:reverse(S#s.workers), M =/= over], S).

log(X, S) -> S#s{log = [X | S#s.log]}.

%% ---- what is written ----

shown({messages, L}, S) -> {messages, by_sender([plain(M, S) || M <- L])};
shown({mailbox, L}, S) -> {mailbox, by_sender([plain(M, S) || M <- L])};
shown({Item, L}, S) when is_list(L) -> {Item, lists:sort(plain(L, S))};
shown(L, S) when is_list(L) -> [shown(X, S) || X <- L];
shown(N, _) when is_integer(N), N > 0 -> left;
shown(X, S) -> plain(X, S).

by_sender(L) -> [M || {_, M} <- lists:keysort(1, [{sender(M), M} || M <- L])].

sender({_, _, process, P, _}) -> P;
sender({'EXIT', P, _}) -> P;
sender({hello, P}) -> P;
sender(_) -> timer.

plain(P, S) when is_pid(P) ->
    case lists:keyfind(P, 1, S#s.workers) of
        {_, I, _} -> {w, I};
        false -> pid
    end;
plain(R, S) when is_reference(R) ->
    case lists:keyfind(R, 1, S#s.refs) of
        {_, I} -> {r, I};
        false -> ref
    end;
plain([{M, F, _, Place} | _], _) when is_atom(M), is_atom(F), is_list(Place) -> stack;
plain(N, _) when is_integer(N), N > 1000 -> left; % milliseconds, as many as the clock says
plain(L, S) when is_list(L) -> [plain(X, S) || X <- L];
plain(T, S) when is_tuple(T) -> list_to_tuple([plain(X, S) || X <- tuple_to_list(T)]);
plain(T, _) -> T.
