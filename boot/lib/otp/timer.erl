%% timer.erl - doing something later, and times.
%% What is only a message uses the system's timers; what calls a function waits in a process of its own. So there is no
%% timer server that could be late or die. A reference is {send, Ref} or {wait, Pid}.
-module(timer).

-export([start/0, apply_after/4, send_after/2, send_after/3, exit_after/2, exit_after/3, kill_after/1,
         kill_after/2, apply_interval/4, send_interval/2, send_interval/3, cancel/1, sleep/1, tc/1, tc/2, tc/3,
         now_diff/2, seconds/1, minutes/1, hours/1, hms/3]).

-define(TIME(T), is_integer(T), T >= 0).

start() -> ok.

sleep(T) -> receive after T -> ok end.

%% {ok, Reference} | {error, badarg}
send_after(T, Msg) -> send_after(T, self(), Msg).

send_after(T, Dest, Msg) when ?TIME(T), (is_pid(Dest) orelse is_atom(Dest)) ->
    {ok, {send, erlang:send_after(T, Dest, Msg)}};
send_after(T, {Name, Node}, Msg) when is_atom(Name), Node =:= node() -> send_after(T, Name, Msg);
send_after(_, _, _) -> {error, badarg}.

apply_after(T, M, F, A) when ?TIME(T), is_atom(M), is_atom(F), is_list(A) ->
    {ok, {wait, spawn(fun() -> sleep(T), apply(M, F, A) end)}};
apply_after(_, _, _, _) -> {error, badarg}.

exit_after(T, Reason) -> exit_after(T, self(), Reason).
exit_after(T, Pid, Reason) -> apply_after(T, erlang, exit, [Pid, Reason]).
kill_after(T) -> exit_after(T, self(), kill).
kill_after(T, Pid) -> exit_after(T, Pid, kill).

%% Ends with the process that asked for it; each call runs in a process of its own, so a slow one delays none.
apply_interval(T, M, F, A) when ?TIME(T), is_atom(M), is_atom(F), is_list(A) ->
    every(T, self(), fun() -> spawn(M, F, A) end);
apply_interval(_, _, _, _) -> {error, badarg}.

send_interval(T, Msg) -> send_interval(T, self(), Msg).

send_interval(T, Dest, Msg) when ?TIME(T), (is_pid(Dest) orelse is_atom(Dest)) ->
    every(T, Dest, fun() -> Dest ! Msg end);
send_interval(_, _, _) -> {error, badarg}.

every(T, Owner, Do) ->
    {ok, {wait, spawn(fun() ->
                              Ref = erlang:monitor(process, Owner),
                              tick(erlang:monotonic_time(millisecond) + T, T, Ref, Do)
                      end)}}.

tick(At, T, Ref, Do) ->
    receive {'DOWN', Ref, _, _, _} -> ok
    after max(0, At - erlang:monotonic_time(millisecond)) ->
            Do(),
            tick(At + T, T, Ref, Do)
    end.

cancel({send, Ref}) -> erlang:cancel_timer(Ref), {ok, cancel};
cancel({wait, Pid}) -> exit(Pid, kill), {ok, cancel};
cancel(_) -> {error, badarg}.

%% ---- measuring -------------------------------------------------------------------------------------

%% {Microseconds, Value}
tc(F) -> timed(F).
tc(F, Args) when is_list(Args) -> timed(fun() -> apply(F, Args) end).
tc(M, F, Args) -> timed(fun() -> apply(M, F, Args) end).

timed(F) ->
    Begin = erlang:monotonic_time(),
    Value = F(),
    {erlang:convert_time_unit(erlang:monotonic_time() - Begin, native, microsecond), Value}.

now_diff({A2, B2, C2}, {A1, B1, C1}) -> ((A2 - A1) * 1000000 + B2 - B1) * 1000000 + C2 - C1.

seconds(N) -> N * 1000.
minutes(N) -> N * 60000.
hours(N) -> N * 3600000.
hms(H, M, S) -> hours(H) + minutes(M) + seconds(S).
