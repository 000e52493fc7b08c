%% sys.erl - the system messages that every well-behaved server understands.
%% Client side: suspend, look into, change, trace and end a server. Server side: handle_system_msg, which answers
%% and then returns to the server's module by Mod:system_continue/3 or system_terminate/4.
%% While suspended a server takes system messages and its parent's exit only; the rest waits in the mailbox.
%% A server's debug state is a list of {trace, true} | {log, {Max, N, Events}} | {log_to_file, Path} |
%% {statistics, Since} | {FuncId, {Fun, State}}; [] means that no event is looked at.
-module(sys).

-export([suspend/1, suspend/2, resume/1, resume/2, get_state/1, get_state/2, replace_state/2,
         replace_state/3, get_status/1, get_status/2, terminate/2, terminate/3, change_code/4,
         change_code/5, log/2, log/3, trace/2, trace/3, statistics/2, statistics/3, no_debug/1, no_debug/2,
         install/2, install/3, remove/2, remove/3, log_to_file/2, log_to_file/3]).
-export([handle_system_msg/6, handle_system_msg/7, handle_debug/4, debug_options/1, get_log/1, get_debug/3,
         print_log/1, suspended_wake_up/6]).

%% ---- clients ---------------------------------------------------------------------------------------

suspend(Server) -> request(Server, suspend).
suspend(Server, Timeout) -> request(Server, suspend, Timeout).
resume(Server) -> request(Server, resume).
resume(Server, Timeout) -> request(Server, resume, Timeout).
get_status(Server) -> request(Server, get_status).
get_status(Server, Timeout) -> request(Server, get_status, Timeout).
get_state(Server) -> unwrap(request(Server, get_state)).
get_state(Server, Timeout) -> unwrap(request(Server, get_state, Timeout)).
replace_state(Server, F) -> unwrap(request(Server, {replace_state, F})).
replace_state(Server, F, Timeout) -> unwrap(request(Server, {replace_state, F}, Timeout)).
terminate(Server, Reason) -> request(Server, {terminate, Reason}).
terminate(Server, Reason, Timeout) -> request(Server, {terminate, Reason}, Timeout).
change_code(Server, Mod, Vsn, Extra) -> request(Server, {change_code, Mod, Vsn, Extra}).
change_code(Server, Mod, Vsn, Extra, Timeout) -> request(Server, {change_code, Mod, Vsn, Extra}, Timeout).
log(Server, What) -> request(Server, {debug, {log, What}}).
log(Server, What, Timeout) -> request(Server, {debug, {log, What}}, Timeout).
trace(Server, What) -> request(Server, {debug, {trace, What}}).
trace(Server, What, Timeout) -> request(Server, {debug, {trace, What}}, Timeout).
log_to_file(Server, Path) -> request(Server, {debug, {log_to_file, Path}}).
log_to_file(Server, Path, Timeout) -> request(Server, {debug, {log_to_file, Path}}, Timeout).
statistics(Server, What) -> request(Server, {debug, {statistics, What}}).
statistics(Server, What, Timeout) -> request(Server, {debug, {statistics, What}}, Timeout).
no_debug(Server) -> request(Server, {debug, no_debug}).
no_debug(Server, Timeout) -> request(Server, {debug, no_debug}, Timeout).
install(Server, Spec) -> request(Server, {debug, {install, Spec}}).
install(Server, Spec, Timeout) -> request(Server, {debug, {install, Spec}}, Timeout).
remove(Server, Id) -> request(Server, {debug, {remove, Id}}).
remove(Server, Id, Timeout) -> request(Server, {debug, {remove, Id}}, Timeout).

request(Server, Request) ->
    case sx_call:ask(Server, system, Request, 5000) of
        {ok, Reply} -> Reply;
        {down, Reason} -> exit({Reason, mfa(Server, Request)})
    end.

request(Server, Request, Timeout) ->
    case sx_call:ask(Server, system, Request, Timeout) of
        {ok, Reply} -> Reply;
        {down, Reason} ->
            {M, F, Args} = mfa(Server, Request),
            exit({Reason, {M, F, Args ++ [Timeout]}})
    end.

mfa(Server, {debug, no_debug}) -> {sys, no_debug, [Server]};
mfa(Server, {debug, {What, Arg}}) -> {sys, What, [Server, Arg]};
mfa(Server, {change_code, Mod, Vsn, Extra}) -> {sys, change_code, [Server, Mod, Vsn, Extra]};
mfa(Server, {What, Arg}) -> {sys, What, [Server, Arg]};
mfa(Server, What) -> {sys, What, [Server]}.

unwrap({ok, State}) -> State;
unwrap({error, {callback_failed, _, _} = Reason}) -> error(Reason);
unwrap({error, Reason}) -> error(Reason).

%% ---- servers ---------------------------------------------------------------------------------------

%% Answers Request and goes on in Mod. Misc is Mod's own; Hib: hibernate while suspended. Never returns to the caller.
handle_system_msg(Request, From, Parent, Mod, Debug, Misc) ->
    handle_system_msg(Request, From, Parent, Mod, Debug, Misc, false).

handle_system_msg(Request, From, Parent, Mod, Debug, Misc, Hib) ->
    obey(running, Request, From, Parent, Mod, Debug, Misc, Hib).

obey(SysState, Request, From, Parent, Mod, Debug, Misc, Hib) ->
    case do(SysState, Request, Parent, Mod, Debug, Misc) of
        {running, Reply, Debug1, Misc1} ->
            gen:reply(From, Reply),
            Mod:system_continue(Parent, Debug1, Misc1);
        {suspended, Reply, Debug1, Misc1} ->
            gen:reply(From, Reply),
            suspended(Parent, Mod, Debug1, Misc1, Hib);
        {terminating, Reason, Debug1, Misc1} ->
            gen:reply(From, ok),
            Mod:system_terminate(Reason, Parent, Debug1, Misc1)
    end.

suspended(Parent, Mod, Debug, Misc, true) ->
    proc_lib:hibernate(sys, suspended_wake_up, [Parent, Mod, Debug, Misc, true, []]);
suspended(Parent, Mod, Debug, Misc, false) ->
    receive
        {system, From, Request} -> obey(suspended, Request, From, Parent, Mod, Debug, Misc, false);
        {'EXIT', Parent, Reason} -> Mod:system_terminate(Reason, Parent, Debug, Misc)
    end.

suspended_wake_up(Parent, Mod, Debug, Misc, Hib, _) ->
    receive
        {system, From, Request} -> obey(suspended, Request, From, Parent, Mod, Debug, Misc, Hib);
        {'EXIT', Parent, Reason} -> Mod:system_terminate(Reason, Parent, Debug, Misc)
    after 0 -> suspended(Parent, Mod, Debug, Misc, false)      % something else woke it: it stays in the mailbox
    end.

do(_, suspend, _, _, Debug, Misc) -> {suspended, ok, Debug, Misc};
do(_, resume, _, _, Debug, Misc) -> {running, ok, Debug, Misc};
do(SysState, get_state, _, Mod, Debug, Misc) ->
    {SysState, state(Mod, Misc), Debug, Misc};
do(SysState, {replace_state, F}, _, Mod, Debug, Misc) ->
    {Reply, Misc1} = replace(F, Mod, Misc),
    {SysState, Reply, Debug, Misc1};
do(SysState, get_status, Parent, Mod, Debug, Misc) ->
    {SysState, status(SysState, Parent, Mod, Debug, Misc), Debug, Misc};
do(SysState, {debug, What}, _, _, Debug, Misc) ->
    {Reply, Debug1} = debug(What, Debug),
    {SysState, Reply, Debug1, Misc};
do(_, {terminate, Reason}, _, _, Debug, Misc) -> {terminating, Reason, Debug, Misc};
do(suspended, {change_code, Module, Vsn, Extra}, _, Mod, Debug, Misc) ->
    case catch Mod:system_code_change(Misc, Module, Vsn, Extra) of
        {ok, Misc1} -> {suspended, ok, Debug, Misc1};
        Other -> {suspended, {error, Other}, Debug, Misc}
    end;
do(SysState, Other, _, _, Debug, Misc) -> {SysState, {error, {unknown_system_msg, Other}}, Debug, Misc}.

state(Mod, Misc) ->
    case erlang:function_exported(Mod, system_get_state, 1) of
        false -> {ok, Misc};
        true ->
            try Mod:system_get_state(Misc) of
                {ok, State} -> {ok, State};
                Other -> {error, {callback_failed, {Mod, system_get_state}, {bad_return, Other}}}
            catch Class:Reason -> {error, {callback_failed, {Mod, system_get_state}, {Class, Reason}}}
            end
    end.

replace(F, Mod, Misc) ->
    case erlang:function_exported(Mod, system_replace_state, 2) of
        false ->
            try F(Misc) of New -> {{ok, New}, New}
            catch Class:Reason -> {{error, {callback_failed, {sys, replace_state}, {Class, Reason}}}, Misc}
            end;
        true ->
            Callback = {Mod, system_replace_state},
            try Mod:system_replace_state(F, Misc) of
                {ok, State, Misc1} -> {{ok, State}, Misc1};
                Other -> {{error, {callback_failed, Callback, {bad_return, Other}}}, Misc}
            catch Class:Reason -> {{error, {callback_failed, Callback, {Class, Reason}}}, Misc}
            end
    end.

status(SysState, Parent, Mod, Debug, Misc) ->
    Dict = get(),
    Shown = case erlang:function_exported(Mod, format_status, 2) of
                true -> Mod:format_status(normal, [Dict, SysState, Parent, Debug, Misc]);
                false -> Misc
            end,
    {status, self(), {module, Mod}, [Dict, SysState, Parent, Debug, Shown]}.

%% ---- debugging -------------------------------------------------------------------------------------

%% The debug state for a server's start options; bad ones raise badarg.
debug_options(Options) -> lists:foldl(fun option/2, [], Options).

option(trace, Debug) -> element(2, debug({trace, true}, Debug));
option(log, Debug) -> element(2, debug({log, true}, Debug));
option({log, N}, Debug) -> element(2, debug({log, {true, N}}, Debug));
option(statistics, Debug) -> element(2, debug({statistics, true}, Debug));
option({log_to_file, Path}, Debug) -> element(2, debug({log_to_file, Path}, Debug));
option({install, Spec}, Debug) -> element(2, debug({install, Spec}, Debug));
option(_, _) -> error(badarg).

%% {Reply, NewDebug}.
debug(no_debug, _) -> {ok, []};
debug({trace, true}, Debug) -> {ok, put_option(trace, true, Debug)};
debug({trace, false}, Debug) -> {ok, drop_option(trace, Debug)};
debug({log, true}, Debug) -> debug({log, {true, 10}}, Debug);
debug({log, {true, Max}}, Debug) ->
    Events = case lists:keyfind(log, 1, Debug) of
                 {log, {_, Old}} -> lists:sublist(Old, Max);
                 false -> []
             end,
    {ok, put_option(log, {Max, Events}, Debug)};
debug({log, false}, Debug) -> {ok, drop_option(log, Debug)};
debug({log, get}, Debug) -> {{ok, get_log(Debug)}, Debug};
debug({log, print}, Debug) -> print_log(Debug), {ok, Debug};
debug({log_to_file, false}, Debug) -> {ok, drop_option(log_to_file, Debug)};
debug({log_to_file, Path}, Debug) ->
    case file:write_file(Path, <<>>) of
        ok -> {ok, put_option(log_to_file, Path, Debug)};
        {error, _} -> {{error, open_file}, drop_option(log_to_file, Debug)}
    end;
debug({statistics, true}, Debug) ->
    {ok, put_option(statistics, {erlang:localtime(), reductions(), 0, 0}, Debug)};
debug({statistics, false}, Debug) -> {ok, drop_option(statistics, Debug)};
debug({statistics, get}, Debug) -> {{ok, get_statistics(lists:keyfind(statistics, 1, Debug))}, Debug};
debug({install, {Id, {F, State}}}, Debug) -> {ok, put_option(Id, {F, State}, Debug)};
debug({install, {F, State}}, Debug) -> {ok, put_option(F, {F, State}, Debug)};
debug({remove, Id}, Debug) -> {ok, drop_option(Id, Debug)};
debug(Other, Debug) -> {{error, {unknown_debug, Other}}, Debug}.

put_option(Key, Value, Debug) -> lists:keystore(Key, 1, Debug, {Key, Value}).
drop_option(Key, Debug) -> lists:keydelete(Key, 1, Debug).

reductions() ->
    {reductions, N} = process_info(self(), reductions),
    N.

get_statistics({statistics, {Since, Reductions, In, Out}}) ->
    [{start_time, Since}, {current_time, erlang:localtime()}, {reductions, reductions() - Reductions},
     {messages_in, In}, {messages_out, Out}];
get_statistics(false) -> no_statistics.

%% Shows Event to everything that is switched on. Print(Device, Event, Extra) writes it.
handle_debug(Debug, Print, Extra, Event) ->
    lists:filtermap(fun(Option) -> see(Option, Print, Extra, Event) end, Debug).

see({trace, true}, Print, Extra, Event) -> Print(standard_io, Event, Extra), true;
see({log, {Max, Events}}, Print, Extra, Event) ->
    {true, {log, {Max, lists:sublist([{Event, Extra, Print} | Events], Max)}}};
see({log_to_file, Path}, _, Extra, Event) ->
    file:write_file(Path, io_lib:format("~tp: ~tp~n", [Extra, Event]), [append]),
    true;
see({statistics, {Since, Reductions, In, Out}}, _, _, Event) ->
    case direction(Event) of
        in -> {true, {statistics, {Since, Reductions, In + 1, Out}}};
        out -> {true, {statistics, {Since, Reductions, In, Out + 1}}};
        none -> true
    end;
see({Id, {F, State}}, _, Extra, Event) ->
    try F(State, Event, Extra) of
        done -> false;
        New -> {true, {Id, {F, New}}}
    catch _:_ -> false
    end.

direction(Event) when is_tuple(Event), element(1, Event) =:= in -> in;
direction(Event) when is_tuple(Event), element(1, Event) =:= out -> out;
direction(_) -> none.

%% The logged events, the oldest first.
get_log(Debug) ->
    case lists:keyfind(log, 1, Debug) of
        {log, {_, Events}} -> [Event || {Event, _, _} <- lists:reverse(Events)];
        false -> []
    end.

get_debug(Item, Debug, Default) ->
    case lists:keyfind(Item, 1, Debug) of
        {_, Value} -> Value;
        false -> Default
    end.

print_log(Debug) ->
    case lists:keyfind(log, 1, Debug) of
        {log, {_, Events}} ->
            lists:foreach(fun({Event, Extra, Print}) -> Print(standard_io, Event, Extra) end, lists:reverse(Events));
        false -> ok
    end.
