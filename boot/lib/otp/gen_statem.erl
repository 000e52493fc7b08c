%% gen_statem.erl - a state machine process, driven by callbacks.
%% Owns the order of events: which one is next, what is postponed, what time-outs are due. How a call waits is gen's.
%%
%%   {'$gen_call', From, Request}   event {call, From}, Request
%%   {'$gen_cast', Request}         event cast, Request
%%   {timeout, Ref, Type}           a timer of ours: event Type, its content
%%   {system, From, Request}        sys
%%   {'EXIT', Parent, Reason}       ends the machine
%%   any other message              event info, Message
%%
%% An event is {Type, Content}. One transition: the callback, the enter call if the state is new, then all actions in turn;
%% postponed events come back when the state changes, inserted ones go before what is queued, time-outs of zero behind it.
%% INVARIANT: Debug is [] unless sys switched something on; #timers.by_type and #timers.by_ref hold the same timers.
-module(gen_statem).

-export([start/3, start/4, start_link/3, start_link/4, start_monitor/3, start_monitor/4, stop/1, stop/3, cast/2, call/2,
         call/3, reply/1, reply/2, enter_loop/4, enter_loop/5, enter_loop/6]).
-export([send_request/2, send_request/4, wait_response/1, wait_response/2, wait_response/3, receive_response/1,
         receive_response/2, receive_response/3, check_response/2, check_response/3, reqids_new/0, reqids_size/1,
         reqids_add/3, reqids_to_list/1]).
%% For gen, sys and proc_lib.
-export([init_it/6, wakeup_from_hibernate/3, system_continue/3, system_terminate/4, system_code_change/4,
         system_get_state/1, system_replace_state/2, format_status/2, print_event/3, format_log/1, format_log/2]).

-callback init(Args :: term()) -> term().
-callback callback_mode() -> term().
-callback state_name(term(), term(), term()) -> term().
-callback handle_event(term(), term(), term(), term()) -> term().
-callback terminate(Reason :: term(), State :: term(), Data :: term()) -> term().
-callback code_change(OldVsn :: term(), State :: term(), Data :: term(), Extra :: term()) -> term().
-callback format_status(Status :: map()) -> map().
-callback format_status(Opt :: normal | terminate, Args :: list()) -> term().
-optional_callbacks([state_name/3, handle_event/4, terminate/3, code_change/4, format_status/1, format_status/2]).

-record(timers, {by_type = #{}, by_ref = #{}}). % Type => {Ref, Content}, Ref => Type

-record(machine, {parent :: pid(),
                  name :: term(),
                  mods :: [module()],                % the first is the callback module
                  mode = undefined,                  % state_functions | handle_event_function
                  enter = false :: boolean(),        % are there enter calls?
                  idle :: timeout(),                 % hibernate after so many milliseconds without an event
                  state, data,
                  postponed = [],                    % newest first
                  timers = #timers{},
                  hibernate = false}).

%% What the actions of one transition ask for.
-record(asked, {postpone = false, hibernate = false, next = [], timeouts = []}). % both lists newest first

%% ---- clients -----------------------------------------------------------------------------------------------

start(Mod, Args, Options) -> gen:start(gen_statem, nolink, Mod, Args, Options).
start(Name, Mod, Args, Options) -> gen:start(gen_statem, nolink, Name, Mod, Args, Options).
start_link(Mod, Args, Options) -> gen:start(gen_statem, link, Mod, Args, Options).
start_link(Name, Mod, Args, Options) -> gen:start(gen_statem, link, Name, Mod, Args, Options).
start_monitor(Mod, Args, Options) -> gen:start(gen_statem, monitor, Mod, Args, Options).
start_monitor(Name, Mod, Args, Options) -> gen:start(gen_statem, monitor, Name, Mod, Args, Options).

stop(Server) -> gen:stop(Server).
stop(Server, Reason, Timeout) -> gen:stop(Server, Reason, Timeout).

cast(Server, Request) ->
    case sx_call:cast_to(Server) of
        undefined -> ok;
        Pid -> Pid ! {'$gen_cast', Request}, ok
    end.

call(Server, Request) -> call(Server, Request, infinity).

%% Replies to an alias cannot come late, so a clean and a dirty time-out are the same.
call(Server, Request, Timeout) ->
    T = case Timeout of
            {clean_timeout, T1} -> T1;
            {dirty_timeout, T1} -> T1;
            _ -> Timeout
        end,
    case sx_call:ask(Server, '$gen_call', Request, T) of
        {ok, Reply} -> Reply;
        {down, Reason} -> exit({Reason, {gen_statem, call, [Server, Request, Timeout]}})
    end.

reply({reply, From, Reply}) -> reply(From, Reply);
reply(Replies) when is_list(Replies) -> lists:foreach(fun(R) -> reply(R) end, Replies).
reply(From, Reply) -> gen:reply(From, Reply).

send_request(Server, Request) -> gen:send_request(Server, '$gen_call', Request).
send_request(Server, Request, Label, Ids) -> gen:send_request(Server, '$gen_call', Request, Label, Ids).
wait_response(Id) -> wait_response(Id, infinity).
wait_response(Id, Timeout) -> gen:wait_response(Id, Timeout).
wait_response(Ids, Timeout, Delete) -> gen:wait_response(Ids, Timeout, Delete).
receive_response(Id) -> receive_response(Id, infinity).
receive_response(Id, Timeout) -> gen:receive_response(Id, Timeout).
receive_response(Ids, Timeout, Delete) -> gen:receive_response(Ids, Timeout, Delete).
check_response(Msg, Id) -> gen:check_response(Msg, Id).
check_response(Msg, Ids, Delete) -> gen:check_response(Msg, Ids, Delete).
reqids_new() -> gen:reqids_new().
reqids_size(Ids) -> gen:reqids_size(Ids).
reqids_add(Id, Label, Ids) -> gen:reqids_add(Id, Label, Ids).
reqids_to_list(Ids) -> gen:reqids_to_list(Ids).

%% ---- beginning ---------------------------------------------------------------------------------------------

%% Makes the calling process, started by proc_lib, a state machine.
enter_loop(Mod, Options, State, Data) -> enter_loop(Mod, Options, State, Data, self(), []).

enter_loop(Mod, Options, State, Data, Actions) when is_list(Actions) -> enter_loop(Mod, Options, State, Data, self(), Actions);
enter_loop(Mod, Options, State, Data, Server) -> enter_loop(Mod, Options, State, Data, Server, []).

enter_loop(Mod, Options, State, Data, Server, Actions) ->
    Name = gen:get_proc_name(Server),
    M = #machine{parent = gen:get_parent(), name = Name, mods = [Mod], idle = gen:hibernate_after(Options)},
    enter(M, State, Data, Actions, gen:debug_options(Name, Options), fun() -> ok end).

init_it(Starter, self, Name, Mod, Args, Options) -> init_it(Starter, self(), Name, Mod, Args, Options);
init_it(Starter, Parent, ServerName, Mod, Args, Options) ->
    Name = gen:name(ServerName),
    M = #machine{parent = Parent, name = Name, mods = [Mod], idle = gen:hibernate_after(Options)},
    try Mod:init(Args) of
        Answer -> begin_with(Answer, Starter, ServerName, M, gen:debug_options(Name, Options))
    catch
        throw:Answer -> begin_with(Answer, Starter, ServerName, M, gen:debug_options(Name, Options));
        Class:Reason:Stack ->
            gen:unregister_name(ServerName),
            proc_lib:init_ack(Starter, {error, exit_reason(Class, Reason, Stack)}),
            report(Class, Reason, Stack, M, [], []),
            erlang:raise(Class, Reason, Stack)
    end.

begin_with({ok, State, Data}, Starter, ServerName, M, Debug) -> begin_with({ok, State, Data, []}, Starter, ServerName, M, Debug);
begin_with({ok, State, Data, Actions}, Starter, ServerName, M, Debug) ->
    case set_mode(M) of
        {ok, M1} -> enter(M1, State, Data, Actions, Debug, fun() -> proc_lib:init_ack(Starter, {ok, self()}) end);
        {Class, Reason, Stack} ->
            gen:unregister_name(ServerName),
            proc_lib:init_ack(Starter, {error, exit_reason(Class, Reason, Stack)}),
            erlang:raise(Class, Reason, Stack)
    end;
begin_with({stop, Reason}, Starter, ServerName, _, _) -> give_up({error, Reason}, Reason, Starter, ServerName);
begin_with(ignore, Starter, ServerName, _, _) -> give_up(ignore, normal, Starter, ServerName);
begin_with(Other, Starter, ServerName, M, _) ->
    Reason = {bad_return_from_init, Other},
    report(error, Reason, [], M, [], []),
    give_up({error, Reason}, Reason, Starter, ServerName).

give_up(Answer, Reason, Starter, ServerName) ->
    gen:unregister_name(ServerName),
    proc_lib:init_ack(Starter, Answer),
    exit(Reason).

%% Asks the callback module how it wants to be called: {ok, Machine} or an exception as a tuple.
set_mode(#machine{mods = [Mod | _]} = M) ->
    try Mod:callback_mode() of
        Mode -> checked_mode(Mode, M)
    catch
        throw:Mode -> checked_mode(Mode, M);
        Class:Reason:Stack -> {Class, Reason, Stack}
    end.

checked_mode(Mode, M) ->
    Modes = if is_list(Mode) -> Mode; true -> [Mode] end,
    case {[X || X <- Modes, X =:= state_functions orelse X =:= handle_event_function], Modes -- [state_functions, handle_event_function, state_enter]} of
        {[How], []} -> {ok, M#machine{mode = How, enter = lists:member(state_enter, Modes)}};
        _ -> {error, {bad_return_from_callback_mode, Mode}, []}
    end.

%% The first state: there may be an enter call, and init's actions. Started tells the starter when that has gone well.
enter(#machine{mode = undefined} = M, State, Data, Actions, Debug, Started) ->
    case set_mode(M) of
        {ok, M1} -> enter(M1, State, Data, Actions, Debug, Started);
        {Class, Reason, Stack} -> terminate(Class, Reason, Stack, M#machine{state = State, data = Data}, [], Debug)
    end;
enter(M, State, Data, Actions, Debug, Started) ->
    Started(),
    M1 = M#machine{state = State, data = Data},
    transition({init, none}, M1, {next_state, State, Data, Actions}, M#machine.enter, [], Debug).

%% ---- waiting ------------------------------------------------------------------------------------------------

%% The next event: of the queue, or of the mailbox.
next([Event | Queue], M, Debug) -> handle(Event, M, Queue, Debug);
next([], #machine{hibernate = true} = M, Debug) ->
    proc_lib:hibernate(gen_statem, wakeup_from_hibernate, [M, Debug, []]);
next([], #machine{idle = Idle} = M, Debug) ->
    receive Msg -> received(Msg, M, Debug)
    after Idle -> next([], M#machine{hibernate = true}, Debug)
    end.

wakeup_from_hibernate(M, Debug, _) -> receive Msg -> received(Msg, M, Debug) end.

received({'$gen_call', From, Request}, M, Debug) -> arrived({{call, From}, Request}, M, Debug);
received({'$gen_cast', Request}, M, Debug) -> arrived({cast, Request}, M, Debug);
received({timeout, Ref, _} = Msg, #machine{timers = #timers{by_ref = Refs} = Ts} = M, Debug) ->
    case Refs of
        #{Ref := Type} ->
            {_, Content} = map_get(Type, Ts#timers.by_type),
            Ts1 = #timers{by_type = maps:remove(Type, Ts#timers.by_type), by_ref = maps:remove(Ref, Refs)},
            arrived({Type, Content}, M#machine{timers = Ts1}, Debug);
        _ -> arrived({info, Msg}, M, Debug)
    end;
received({system, From, Request}, #machine{parent = Parent, hibernate = Hib} = M, Debug) ->
    sys:handle_system_msg(Request, From, Parent, gen_statem, Debug, M, Hib);
received({'EXIT', Parent, Reason}, #machine{parent = Parent} = M, Debug) ->
    terminate(exit, Reason, [], M, [], Debug);
received(Msg, M, Debug) -> arrived({info, Msg}, M, Debug).

%% A new event cancels the event time-out.
arrived(Event, M, Debug) ->
    M1 = M#machine{hibernate = false, timers = cancel(timeout, M#machine.timers)},
    handle(Event, M1, [], noted({in, Event, M#machine.state}, M1, Debug)).

noted(_, _, []) -> [];
noted(What, #machine{name = Name}, Debug) -> sys:handle_debug(Debug, fun gen_statem:print_event/3, Name, What).

%% ---- one event ------------------------------------------------------------------------------------------------

handle({Type, Content} = Event, M, Queue, Debug) ->
    try called(M, Type, Content) of
        Answer -> answered(Answer, Event, M, Queue, Debug)
    catch
        throw:Answer -> answered(Answer, Event, M, Queue, Debug);
        Class:Reason:Stack -> terminate(Class, Reason, Stack, M, [Event | Queue], Debug)
    end.

called(#machine{mode = state_functions, mods = [Mod | _], state = State, data = Data}, Type, Content) ->
    Mod:State(Type, Content, Data);
called(#machine{mods = [Mod | _], state = State, data = Data}, Type, Content) -> Mod:handle_event(Type, Content, State, Data).

answered(Answer, Event, M, Queue, Debug) -> transition(Event, M, Answer, maybe_enter, Queue, Debug).

%% What the callback's answer makes of the machine. Enter: is there an enter call even when the state stays?
transition(Event, #machine{state = S, data = D} = M, Answer, Enter, Queue, Debug) ->
    case Answer of
        {next_state, S, D1} -> moved(Event, M, S, D1, [], Enter, Queue, Debug);
        {next_state, S, D1, As} -> moved(Event, M, S, D1, As, Enter, Queue, Debug);
        {next_state, S1, D1} -> moved(Event, M, S1, D1, [], M#machine.enter, Queue, Debug);
        {next_state, S1, D1, As} -> moved(Event, M, S1, D1, As, M#machine.enter, Queue, Debug);
        {keep_state, D1} -> moved(Event, M, S, D1, [], Enter, Queue, Debug);
        {keep_state, D1, As} -> moved(Event, M, S, D1, As, Enter, Queue, Debug);
        keep_state_and_data -> moved(Event, M, S, D, [], Enter, Queue, Debug);
        {keep_state_and_data, As} -> moved(Event, M, S, D, As, Enter, Queue, Debug);
        {repeat_state, D1} -> moved(Event, M, S, D1, [], M#machine.enter, Queue, Debug);
        {repeat_state, D1, As} -> moved(Event, M, S, D1, As, M#machine.enter, Queue, Debug);
        repeat_state_and_data -> moved(Event, M, S, D, [], M#machine.enter, Queue, Debug);
        {repeat_state_and_data, As} -> moved(Event, M, S, D, As, M#machine.enter, Queue, Debug);
        _ -> stopped(Answer, M, [Event | Queue], Debug)
    end.

stopped(stop, M, Queue, Debug) -> terminate(exit, normal, [], M, Queue, Debug);
stopped({stop, Reason}, M, Queue, Debug) -> terminate(exit, Reason, [], M, Queue, Debug);
stopped({stop, Reason, D}, M, Queue, Debug) -> terminate(exit, Reason, [], M#machine{data = D}, Queue, Debug);
stopped({stop_and_reply, Reason, Replies}, M, Queue, Debug) -> last_replies(Reason, Replies, M, Queue, Debug);
stopped({stop_and_reply, Reason, Replies, D}, M, Queue, Debug) -> last_replies(Reason, Replies, M#machine{data = D}, Queue, Debug);
stopped(Other, M, Queue, Debug) -> terminate(error, {bad_return_from_state_function, Other}, trace(M), M, Queue, Debug).

last_replies(Reason, Replies, M, Queue, Debug) ->
    Bad = [R || R <- listed(Replies), not is_reply(R)],
    [gen:reply(From, Reply) || {reply, From, Reply} = R <- listed(Replies), is_reply(R)],
    case Bad of
        [] -> terminate(exit, Reason, [], M, Queue, Debug);
        [R | _] -> terminate(error, {bad_reply_action_from_state_function, R}, trace(M), M, Queue, Debug)
    end.

is_reply({reply, {_, _}, _}) -> true;
is_reply(_) -> false.

listed(L) when is_list(L) -> L;
listed(X) -> [X].

trace(#machine{mods = [Mod | _]}) -> [{Mod, callback_mode, 0, []}].

%% The state after the callback, its actions done; then the enter call, whose actions may neither postpone nor insert.
moved(Event, #machine{state = Old} = M, S, D, Actions, Enter, Queue, Debug) ->
    case do_actions(listed(Actions), #asked{}, M, event) of
        {ok, Asked, M1} ->
            M2 = M1#machine{state = S, data = D},
            entered(Event, Old, M2, Asked, Enter, Queue, Debug);
        {bad, Reason, M1} -> terminate(error, Reason, trace(M1), M1#machine{state = S, data = D}, [Event | Queue], Debug)
    end.

entered(Event, Old, M, Asked, true, Queue, Debug) ->
    From = case Event of {init, none} -> M#machine.state; _ -> Old end,
    try called(M, enter, From) of
        Answer -> after_enter(Answer, Event, Old, M, Asked, Queue, Debug)
    catch
        throw:Answer -> after_enter(Answer, Event, Old, M, Asked, Queue, Debug);
        Class:Reason:Stack -> terminate(Class, Reason, Stack, M, [Event | Queue], Debug)
    end;
entered(Event, Old, M, Asked, _, Queue, Debug) -> settle(Event, Old, M, Asked, Queue, Debug).

after_enter(Answer, Event, Old, #machine{state = S, data = D} = M, Asked, Queue, Debug) ->
    Done = fun(D1, Actions, Again) ->
                   case do_actions(listed(Actions), Asked, M, enter) of
                       {ok, Asked1, M1} -> entered(Event, Old, M1#machine{data = D1}, Asked1, Again, Queue, Debug);
                       {bad, Reason, M1} -> terminate(error, Reason, trace(M1), M1#machine{data = D1}, [Event | Queue], Debug)
                   end
           end,
    case Answer of
        {next_state, S, D1} -> Done(D1, [], false);
        {next_state, S, D1, As} -> Done(D1, As, false);
        {keep_state, D1} -> Done(D1, [], false);
        {keep_state, D1, As} -> Done(D1, As, false);
        keep_state_and_data -> Done(D, [], false);
        {keep_state_and_data, As} -> Done(D, As, false);
        {repeat_state, D1} -> Done(D1, [], true);
        {repeat_state, D1, As} -> Done(D1, As, true);
        repeat_state_and_data -> Done(D, [], true);
        {repeat_state_and_data, As} -> Done(D, As, true);
        {next_state, _, _} -> terminate(error, {bad_state_enter_return_from_state_function, Answer}, trace(M), M, [Event | Queue], Debug);
        {next_state, _, _, _} -> terminate(error, {bad_state_enter_return_from_state_function, Answer}, trace(M), M, [Event | Queue], Debug);
        _ -> stopped(Answer, M, [Event | Queue], Debug)
    end.

%% ---- actions ------------------------------------------------------------------------------------------------------

%% {ok, Asked, Machine} | {bad, Reason, Machine}. Where: event, or enter, which may do less.
do_actions([], Asked, M, _) -> {ok, Asked, M};
do_actions([A | As], Asked, M, Where) ->
    case do_action(A, Asked, M, Where) of
        {#asked{} = Asked1, M1} -> do_actions(As, Asked1, M1, Where);
        bad when Where =:= enter -> {bad, {bad_state_enter_action_from_state_function, A}, M};
        bad -> {bad, {bad_action_from_state_function, A}, M};
        {bad, _, _} = Bad -> Bad
    end.

do_action({reply, {_, _} = From, Reply}, Asked, M, _) ->
    gen:reply(From, Reply),
    {Asked, M};
do_action(hibernate, Asked, M, _) -> {Asked#asked{hibernate = true}, M};
do_action({hibernate, Yes}, Asked, M, _) when is_boolean(Yes) -> {Asked#asked{hibernate = Yes}, M};
do_action(postpone, Asked, M, event) -> {Asked#asked{postpone = true}, M};
do_action({postpone, Yes}, Asked, M, event) when is_boolean(Yes) -> {Asked#asked{postpone = Yes}, M};
do_action({next_event, Type, Content}, #asked{next = Es} = Asked, M, event) ->
    case is_event_type(Type) of
        true -> {Asked#asked{next = [{Type, Content} | Es]}, M};
        false -> bad
    end;
do_action({change_callback_module, Mod}, Asked, #machine{mods = [_ | Mods]} = M, event) when is_atom(Mod) ->
    changed(Asked, M#machine{mods = [Mod | Mods]});
do_action({push_callback_module, Mod}, Asked, #machine{mods = Mods} = M, event) when is_atom(Mod) ->
    changed(Asked, M#machine{mods = [Mod | Mods]});
do_action(pop_callback_module, Asked, #machine{mods = [_ | [_ | _] = Mods]} = M, event) -> changed(Asked, M#machine{mods = Mods});
do_action(T, Asked, M, _) when is_integer(T), T >= 0; T =:= infinity -> timer(timeout, T, T, [], Asked, M);
do_action({timeout, T, C}, Asked, M, _) -> timer(timeout, T, C, [], Asked, M);
do_action({timeout, T, C, Opts}, Asked, M, _) -> timer(timeout, T, C, Opts, Asked, M);
do_action({timeout, cancel}, Asked, M, _) -> timer(timeout, infinity, undefined, [], Asked, M);
do_action({state_timeout, T, C}, Asked, M, _) -> timer(state_timeout, T, C, [], Asked, M);
do_action({state_timeout, T, C, Opts}, Asked, M, _) -> timer(state_timeout, T, C, Opts, Asked, M);
do_action({state_timeout, cancel}, Asked, M, _) -> timer(state_timeout, infinity, undefined, [], Asked, M);
do_action({{timeout, _} = Type, T, C}, Asked, M, _) -> timer(Type, T, C, [], Asked, M);
do_action({{timeout, _} = Type, T, C, Opts}, Asked, M, _) -> timer(Type, T, C, Opts, Asked, M);
do_action({{timeout, _} = Type, cancel}, Asked, M, _) -> timer(Type, infinity, undefined, [], Asked, M);
do_action(_, _, _, _) -> bad.

is_event_type({call, {_, _}}) -> true;
is_event_type({timeout, _}) -> true;
is_event_type(Type) -> lists:member(Type, [cast, info, timeout, state_timeout, internal]).

changed(Asked, M) ->
    case set_mode(M) of
        {ok, M1} -> {Asked, M1};
        {_, Reason, _} -> {bad, Reason, M}
    end.

%% Time-outs are started when the state is known, one of a type: the last that was asked for.
timer(Type, T, Content, Opts, #asked{timeouts = Ts} = Asked, M) ->
    Abs = lists:member({abs, true}, listed(Opts)),
    if is_integer(T), (Abs orelse T >= 0); T =:= infinity; T =:= update ->
            {Asked#asked{timeouts = [{Type, T, Content, Abs} | Ts]}, M};
       true -> bad
    end.

%% ---- between events --------------------------------------------------------------------------------------------------

settle(Event, Old, #machine{state = S} = M, Asked, Queue, Debug) ->
    Changed = Old =/= S,
    Postponed = if Asked#asked.postpone, Event =/= {init, none} -> [Event | M#machine.postponed];
                   true -> M#machine.postponed
                end,
    Debug1 = noted({if Asked#asked.postpone -> postpone; true -> consume end, Event, S}, M, Debug),
    {Kept, Queue1} = if Changed -> {[], lists:reverse(Postponed, Queue)};
                        true -> {Postponed, Queue}
                     end,
    Timers = if Changed -> cancel(state_timeout, M#machine.timers);
                true -> M#machine.timers
             end,
    Queue2 = lists:reverse(Asked#asked.next, Queue1),
    {Timers1, Zero} = start_timers(lists:reverse(latest(Asked#asked.timeouts)), Timers, []),
    Queue3 = Queue2 ++ [{Type, C} || {Type, C} <- Zero, Type =/= timeout],
    Queue4 = case lists:keyfind(timeout, 1, Zero) of
                 Timeout when is_tuple(Timeout), Queue3 =:= [] -> [Timeout];
                 _ -> Queue3
             end,
    Timers2 = case Queue4 of
                  [] -> Timers1;
                  [_ | _] -> cancel(timeout, Timers1)
              end,
    next(Queue4, M#machine{postponed = Kept, timers = Timers2, hibernate = Asked#asked.hibernate}, Debug1).

%% The list without what a newer entry of the same type replaces; it is newest first.
latest([]) -> [];
latest([T | Ts]) -> [T | latest([Old || Old <- Ts, element(1, Old) =/= element(1, T)])].

%% {Timers, time-outs of zero in order}
start_timers([], Ts, Zero) -> {Ts, lists:reverse(Zero)};
start_timers([{Type, infinity, _, _} | More], Ts, Zero) -> start_timers(More, cancel(Type, Ts), Zero);
start_timers([{Type, update, Content, _} | More], #timers{by_type = Types} = Ts, Zero) ->
    case Types of
        #{Type := {Ref, _}} -> start_timers(More, Ts#timers{by_type = Types#{Type := {Ref, Content}}}, Zero);
        _ -> start_timers(More, Ts, [{Type, Content} | Zero])
    end;
start_timers([{Type, 0, Content, false} | More], Ts, Zero) -> start_timers(More, cancel(Type, Ts), [{Type, Content} | Zero]);
start_timers([{Type, T, Content, Abs} | More], Ts, Zero) ->
    #timers{by_type = Types, by_ref = Refs} = cancel(Type, Ts),
    Ref = erlang:start_timer(T, self(), Type, [{abs, Abs}]),
    start_timers(More, #timers{by_type = Types#{Type => {Ref, Content}}, by_ref = Refs#{Ref => Type}}, Zero).

%% A timer that has fired already has its message in the mailbox: it is taken out, so that nobody takes it for an event.
cancel(Type, #timers{by_type = Types, by_ref = Refs} = Ts) ->
    case Types of
        #{Type := {Ref, _}} ->
            case erlang:cancel_timer(Ref) of
                false -> receive {timeout, Ref, _} -> ok after 0 -> ok end;
                _ -> ok
            end,
            #timers{by_type = maps:remove(Type, Types), by_ref = maps:remove(Ref, Refs)};
        _ -> Ts
    end.

%% ---- ending ------------------------------------------------------------------------------------------------------------

terminate(Class, Reason, Stack, #machine{mods = [Mod | _], state = S, data = D} = M, Queue, Debug) ->
    try erlang:function_exported(Mod, terminate, 3) andalso Mod:terminate(exit_reason(Class, Reason, Stack), S, D) of
        _ -> report(Class, Reason, Stack, M, Queue, Debug)
    catch
        throw:_ -> report(Class, Reason, Stack, M, Queue, Debug);
        Class1:Reason1:Stack1 ->
            report(Class1, Reason1, Stack1, M, Queue, Debug),
            erlang:raise(Class1, Reason1, Stack1)
    end,
    case Stack of
        [] when Class =:= exit -> exit(Reason);
        _ -> erlang:raise(Class, Reason, Stack)
    end.

exit_reason(error, Reason, Stack) -> {Reason, Stack};
exit_reason(_, Reason, _) -> Reason.

report(exit, normal, _, _, _, _) -> ok;
report(exit, shutdown, _, _, _, _) -> ok;
report(exit, {shutdown, _}, _, _, _, _) -> ok;
report(Class, Reason, Stack, #machine{mods = [Mod | _], state = S, data = D} = M, Queue, Debug) ->
    Shown = gen:format_status(Mod, terminate, #{state => S, data => D, reason => Reason, queue => Queue,
                                                postponed => M#machine.postponed, log => sys:get_log(Debug)}, [get(), S, D]),
    sx_report:crash(Class, maps:get(reason, Shown), Stack,
                          last_event(maps:get(queue, Shown)) ++
                          [{state, maps:get('$status', Shown, {maps:get(state, Shown), maps:get(data, Shown)})},
                           {postponed, length(M#machine.postponed)} | client(Queue)],
                          #{label => {gen_statem, terminate}, name => M#machine.name, queue => maps:get(queue, Shown),
                            postponed => maps:get(postponed, Shown), modules => M#machine.mods, callback_mode => M#machine.mode,
                            state_enter => M#machine.enter, state => maps:get('$status', Shown, {maps:get(state, Shown), maps:get(data, Shown)}),
                            timeouts => {0, []}, log => maps:get(log, Shown), reason => {Class, maps:get(reason, Shown), Stack},
                            client_info => case Queue of [{{call, From}, _} | _] -> sx_report:client(From); _ -> undefined end}),
    sys:print_log(Debug),
    ok.

%% What logger's reports of machines say: {Format, Args}, and the text that a formatter's configuration asks for.
format_log(Report) -> sx_report_text:format(Report).
format_log(Report, Config) -> sx_report_text:text(Report, Config).

%% The event at hand is the first of the queue.
last_event([Event | _]) -> [{'last event', Event}];
last_event(_) -> [].

client([{{call, {Pid, _}}, _} | _]) -> [{client, Pid}];
client(_) -> [].

%% ---- for sys -------------------------------------------------------------------------------------------------------------

system_continue(Parent, Debug, M) -> next([], M#machine{parent = Parent}, Debug).

system_terminate(Reason, _, Debug, M) -> terminate(exit, Reason, [], M, [], Debug).

system_code_change(#machine{mods = [Mod | _], state = S, data = D} = M, _, OldVsn, Extra) ->
    case catch Mod:code_change(OldVsn, S, D, Extra) of
        {ok, S1, D1} ->
            case set_mode(M#machine{state = S1, data = D1}) of
                {ok, M1} -> {ok, M1};
                {_, Reason, _} -> {error, Reason}
            end;
        Other -> Other
    end.

system_get_state(#machine{state = S, data = D}) -> {ok, {S, D}}.

system_replace_state(Replace, #machine{state = S, data = D} = M) ->
    {S1, D1} = New = Replace({S, D}),
    {ok, New, M#machine{state = S1, data = D1}}.

format_status(Opt, [Dict, SysState, Parent, Debug, #machine{name = Name, mods = [Mod | _] = Mods, state = S, data = D} = M]) ->
    Shown = gen:format_status(Mod, Opt, #{state => S, data => D, queue => [], postponed => M#machine.postponed,
                                          log => sys:get_log(Debug)}, [Dict, S, D]),
    Own = case Shown of
              #{'$status' := L} when is_list(L) -> L;
              #{'$status' := Term} -> [Term];
              _ -> [{data, [{"State", {maps:get(state, Shown), maps:get(data, Shown)}}]}]
          end,
    Timers = M#machine.timers,
    [{header, gen:format_status_header("Status for state machine", Name)},
     {data, [{"Status", SysState}, {"Parent", Parent}, {"Modules", Mods},
             {"Time-outs", {map_size(Timers#timers.by_type), maps:keys(Timers#timers.by_type)}},
             {"Logged Events", maps:get(log, Shown)}, {"Postponed", maps:get(postponed, Shown)}]} | Own].

print_event(Dev, {in, {{call, {From, _}}, Request}, S}, Name) ->
    io:format(Dev, "*DBG* ~tp receive call ~tp from ~tw in state ~tp~n", [Name, Request, From, S]);
print_event(Dev, {in, {Type, Content}, S}, Name) ->
    io:format(Dev, "*DBG* ~tp receive ~tw ~tp in state ~tp~n", [Name, Type, Content, S]);
print_event(Dev, {What, {Type, Content}, S}, Name) when What =:= postpone; What =:= consume ->
    io:format(Dev, "*DBG* ~tp ~tw ~tw ~tp in state ~tp~n", [Name, What, Type, Content, S]);
print_event(Dev, Event, Name) -> io:format(Dev, "*DBG* ~tp dbg ~tp~n", [Name, Event]).
