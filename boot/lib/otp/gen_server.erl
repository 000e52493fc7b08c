%% gen_server.erl - a server process with a state, driven by callbacks.
%% Owns the message protocol of servers and their loop; how a call waits is gen's, system messages are sys's.
%%
%%   {'$gen_call', From, Request}   Mod:handle_call(Request, From, State)
%%   {'$gen_cast', Request}         Mod:handle_cast(Request, State)
%%   {system, From, Request}        sys
%%   {'EXIT', Parent, Reason}       ends the server (it comes as a message only when exits are trapped)
%%   any other message, timeout     Mod:handle_info(Message, State)
%%
%% A callback answers what the behaviour allows; a thrown value counts as an answer. Anything else, and any exception,
%% ends the server: terminate/2, a report, and the exit reason that the exception calls for.
%% INVARIANT of the loop: Debug is [] unless sys switched something on; only then are events looked at.
-module(gen_server).

-export([start/3, start/4, start_link/3, start_link/4, start_monitor/3, start_monitor/4, stop/1, stop/3,
         call/2, call/3, cast/2, reply/2, abcast/2, abcast/3, multi_call/2, multi_call/3, multi_call/4,
         enter_loop/3, enter_loop/4, enter_loop/5]).
-export([send_request/2, send_request/4, wait_response/2, wait_response/3, receive_response/2,
         receive_response/3, check_response/2, check_response/3, reqids_new/0, reqids_size/1, reqids_add/3,
         reqids_to_list/1]).
%% For gen, sys and proc_lib.
-export([init_it/6, wake_up/4, system_continue/3, system_terminate/4, system_code_change/4,
         system_get_state/1, system_replace_state/2, format_status/2, print_event/3, format_log/1, format_log/2]).

-callback init(Args :: term()) ->
    {ok, State :: term()} | {ok, State :: term(), timeout() | hibernate | {continue, term()}} |
    {stop, Reason :: term()} | ignore.
-callback handle_call(Request :: term(), From :: {pid(), term()}, State :: term()) -> term().
-callback handle_cast(Request :: term(), State :: term()) -> term().
-callback handle_info(Info :: timeout | term(), State :: term()) -> term().
-callback handle_continue(Info :: term(), State :: term()) -> term().
-callback terminate(Reason :: term(), State :: term()) -> term().
-callback code_change(OldVsn :: term(), State :: term(), Extra :: term()) -> term().
-callback format_status(Status :: map()) -> map().
-callback format_status(Opt :: normal | terminate, Args :: list()) -> term().
-optional_callbacks([handle_info/2, handle_continue/2, terminate/2, code_change/3, format_status/1, format_status/2]).

%% What a server keeps beside its state.
-record(server, {parent :: pid(),          % its end is ours
                 name :: term(),           % for reports
                 mod :: module(),
                 idle :: timeout()}).      % hibernate after so many milliseconds without a message

%% ---- clients ---------------------------------------------------------------------------------------

start(Mod, Args, Options) -> gen:start(gen_server, nolink, Mod, Args, Options).
start(Name, Mod, Args, Options) -> gen:start(gen_server, nolink, Name, Mod, Args, Options).
start_link(Mod, Args, Options) -> gen:start(gen_server, link, Mod, Args, Options).
start_link(Name, Mod, Args, Options) -> gen:start(gen_server, link, Name, Mod, Args, Options).
start_monitor(Mod, Args, Options) -> gen:start(gen_server, monitor, Mod, Args, Options).
start_monitor(Name, Mod, Args, Options) -> gen:start(gen_server, monitor, Name, Mod, Args, Options).

stop(Server) -> gen:stop(Server).
stop(Server, Reason, Timeout) -> gen:stop(Server, Reason, Timeout).

%% The server's reply; exits with {Reason, {gen_server, call, Args}} when there will be none.
call(Server, Request) ->
    case sx_call:ask(Server, '$gen_call', Request, 5000) of
        {ok, Reply} -> Reply;
        {down, Reason} -> exit({Reason, {gen_server, call, [Server, Request]}})
    end.

call(Server, Request, Timeout) ->
    case sx_call:ask(Server, '$gen_call', Request, Timeout) of
        {ok, Reply} -> Reply;
        {down, Reason} -> exit({Reason, {gen_server, call, [Server, Request, Timeout]}})
    end.

%% Never fails, whoever is there.
cast(Server, Request) when is_pid(Server) -> Server ! {'$gen_cast', Request}, ok;
cast(Server, Request) ->
    case sx_call:cast_to(Server) of
        undefined -> ok;
        Pid -> Pid ! {'$gen_cast', Request}, ok
    end.

reply(From, Reply) -> gen:reply(From, Reply).

abcast(Name, Request) -> abcast([node() | nodes()], Name, Request).
abcast(Nodes, Name, Request) ->
    lists:foreach(fun(Node) -> cast({Name, Node}, Request) end, Nodes),
    abcast.

%% {[{Node, Reply}], BadNodes}.
multi_call(Name, Request) -> multi_call([node() | nodes()], Name, Request).
multi_call(Nodes, Name, Request) -> multi_call(Nodes, Name, Request, infinity).
multi_call(Nodes, Name, Request, Timeout) ->
    Answers = [{Node, sx_call:ask({Name, Node}, '$gen_call', Request, Timeout)} || Node <- Nodes],
    {[{Node, Reply} || {Node, {ok, Reply}} <- Answers], [Node || {Node, {down, _}} <- Answers]}.

send_request(Server, Request) -> gen:send_request(Server, '$gen_call', Request).
send_request(Server, Request, Label, Ids) -> gen:send_request(Server, '$gen_call', Request, Label, Ids).
wait_response(Id, Timeout) -> gen:wait_response(Id, Timeout).
wait_response(Ids, Timeout, Delete) -> gen:wait_response(Ids, Timeout, Delete).
receive_response(Id, Timeout) -> gen:receive_response(Id, Timeout).
receive_response(Ids, Timeout, Delete) -> gen:receive_response(Ids, Timeout, Delete).
check_response(Msg, Id) -> gen:check_response(Msg, Id).
check_response(Msg, Ids, Delete) -> gen:check_response(Msg, Ids, Delete).
reqids_new() -> gen:reqids_new().
reqids_size(Ids) -> gen:reqids_size(Ids).
reqids_add(Id, Label, Ids) -> gen:reqids_add(Id, Label, Ids).
reqids_to_list(Ids) -> gen:reqids_to_list(Ids).

%% ---- beginning -------------------------------------------------------------------------------------

%% Makes the calling process, started by proc_lib, a server. Options: debug, hibernate_after.
enter_loop(Mod, Options, State) -> enter_loop(Mod, Options, State, self(), infinity).

enter_loop(Mod, Options, State, {Scope, _} = Name) when Scope =:= local; Scope =:= global ->
    enter_loop(Mod, Options, State, Name, infinity);
enter_loop(Mod, Options, State, {via, _, _} = Name) -> enter_loop(Mod, Options, State, Name, infinity);
enter_loop(Mod, Options, State, Then) -> enter_loop(Mod, Options, State, self(), Then).

enter_loop(Mod, Options, State, ServerName, Then) ->
    Name = gen:get_proc_name(ServerName),
    Server = #server{parent = gen:get_parent(), name = Name, mod = Mod, idle = gen:hibernate_after(Options)},
    loop(Server, State, Then, gen:debug_options(Name, Options)).

init_it(Starter, self, Name, Mod, Args, Options) -> init_it(Starter, self(), Name, Mod, Args, Options);
init_it(Starter, Parent, ServerName, Mod, Args, Options) ->
    Name = gen:name(ServerName),
    Server = #server{parent = Parent, name = Name, mod = Mod, idle = gen:hibernate_after(Options)},
    Debug = gen:debug_options(Name, Options),
    try Mod:init(Args) of
        Answer -> begin_with(Answer, Starter, ServerName, Server, Debug)
    catch
        throw:Answer -> begin_with(Answer, Starter, ServerName, Server, Debug);
        Class:Reason:Stack ->
            gen:unregister_name(ServerName),
            proc_lib:init_ack(Starter, {error, exit_reason(Class, Reason, Stack)}),
            erlang:raise(Class, Reason, Stack)
    end.

begin_with({ok, State}, Starter, _, Server, Debug) ->
    proc_lib:init_ack(Starter, {ok, self()}),
    loop(Server, State, infinity, Debug);
begin_with({ok, State, Then}, Starter, _, Server, Debug) ->
    proc_lib:init_ack(Starter, {ok, self()}),
    loop(Server, State, Then, Debug);
begin_with({stop, Reason}, Starter, ServerName, _, _) -> give_up({error, Reason}, Reason, Starter, ServerName);
begin_with(ignore, Starter, ServerName, _, _) -> give_up(ignore, normal, Starter, ServerName);
begin_with(Other, Starter, ServerName, _, _) ->
    Reason = {bad_return_value, Other},
    give_up({error, Reason}, Reason, Starter, ServerName).

%% The name goes first: who is told may start another server of that name.
give_up(Answer, Reason, Starter, ServerName) ->
    gen:unregister_name(ServerName),
    proc_lib:init_ack(Starter, Answer),
    exit(Reason).

%% ---- the loop --------------------------------------------------------------------------------------

%% Then says how to wait: infinity, milliseconds, hibernate, or {continue, Term} for no wait at all.
loop(#server{idle = Idle} = Server, State, infinity, Debug) ->
    receive Msg -> handle(Msg, Server, State, infinity, Debug)
    after Idle -> loop(Server, State, hibernate, Debug)
    end;
loop(Server, State, {continue, Continue}, Debug) -> handle_continue(Continue, Server, State, Debug);
loop(Server, State, hibernate, Debug) -> proc_lib:hibernate(gen_server, wake_up, [Server, State, hibernate, Debug]);
loop(Server, State, Timeout, Debug) ->
    receive Msg -> handle(Msg, Server, State, Timeout, Debug)
    after Timeout -> handle(timeout, Server, State, Timeout, Debug)
    end.

wake_up(Server, State, Then, Debug) ->
    receive Msg -> handle(Msg, Server, State, Then, Debug) end.

%% Then is how the server waited: a suspended one goes on waiting so.
handle({'$gen_call', From, Request}, Server, State, _, []) -> handle_call(Request, From, Server, State, []);
handle({'$gen_cast', Request}, Server, State, _, []) -> handle_cast(Request, Server, State, []);
handle({system, From, Request}, #server{parent = Parent} = Server, State, Then, Debug) ->
    sys:handle_system_msg(Request, From, Parent, gen_server, Debug, [Server, State, Then], Then =:= hibernate);
handle({'EXIT', Parent, Reason} = Msg, #server{parent = Parent} = Server, State, _, Debug) ->
    terminate(exit, Reason, [], undefined, Msg, Server, State, Debug);
handle(Msg, Server, State, _, []) -> handle_info(Msg, Server, State, []);
handle(Msg, #server{name = Name} = Server, State, _, Debug) ->
    dispatch(Msg, Server, State, sys:handle_debug(Debug, fun gen_server:print_event/3, Name, {in, Msg})).

dispatch({'$gen_call', From, Request}, Server, State, Debug) -> handle_call(Request, From, Server, State, Debug);
dispatch({'$gen_cast', Request}, Server, State, Debug) -> handle_cast(Request, Server, State, Debug);
dispatch(Msg, Server, State, Debug) -> handle_info(Msg, Server, State, Debug).

handle_call(Request, From, #server{mod = Mod} = Server, State, Debug) ->
    try Mod:handle_call(Request, From, State) of
        Answer -> answer_call(Answer, Request, From, Server, State, Debug)
    catch
        throw:Answer -> answer_call(Answer, Request, From, Server, State, Debug);
        Class:Reason:Stack -> terminate(Class, Reason, Stack, From, Request, Server, State, Debug)
    end.

answer_call({reply, Reply, New}, _, From, Server, _, []) ->
    gen:reply(From, Reply),
    loop(Server, New, infinity, []);
answer_call({reply, Reply, New}, _, From, Server, _, Debug) ->
    loop(Server, New, infinity, reply(From, Reply, New, Server, Debug));
answer_call({reply, Reply, New, Then}, _, From, Server, _, Debug) ->
    loop(Server, New, Then, reply(From, Reply, New, Server, Debug));
answer_call({stop, Reason, Reply, New}, Request, From, Server, _, Debug) ->
    try terminate(exit, Reason, [], From, Request, Server, New, Debug)
    after reply(From, Reply, New, Server, Debug)
    end;
answer_call(Answer, Request, From, Server, State, Debug) -> answer(Answer, From, Request, Server, State, Debug).

reply(From, Reply, _, _, []) -> gen:reply(From, Reply), [];
reply(From, Reply, State, #server{name = Name}, Debug) ->
    gen:reply(From, Reply),
    sys:handle_debug(Debug, fun gen_server:print_event/3, Name, {out, Reply, From, State}).

handle_cast(Request, #server{mod = Mod} = Server, State, Debug) ->
    Msg = {'$gen_cast', Request},
    try Mod:handle_cast(Request, State) of
        Answer -> answer(Answer, undefined, Msg, Server, State, Debug)
    catch
        throw:Answer -> answer(Answer, undefined, Msg, Server, State, Debug);
        Class:Reason:Stack -> terminate(Class, Reason, Stack, undefined, Msg, Server, State, Debug)
    end.

handle_info(Msg, #server{mod = Mod} = Server, State, Debug) ->
    try Mod:handle_info(Msg, State) of
        Answer -> answer(Answer, undefined, Msg, Server, State, Debug)
    catch
        throw:Answer -> answer(Answer, undefined, Msg, Server, State, Debug);
        error:undef:Stack ->
            case erlang:function_exported(Mod, handle_info, 2) of
                true -> terminate(error, undef, Stack, undefined, Msg, Server, State, Debug);
                false ->                                       % the callback is optional
                    sx_report:told(warning, #{label => {gen_server, no_handle_info}, module => Mod, message => Msg}, warning_msg, #{}),
                    loop(Server, State, infinity, Debug)
            end;
        Class:Reason:Stack -> terminate(Class, Reason, Stack, undefined, Msg, Server, State, Debug)
    end.

handle_continue(Continue, #server{mod = Mod} = Server, State, Debug) ->
    Msg = {continue, Continue},
    try Mod:handle_continue(Continue, State) of
        Answer -> answer(Answer, undefined, Msg, Server, State, Debug)
    catch
        throw:Answer -> answer(Answer, undefined, Msg, Server, State, Debug);
        Class:Reason:Stack -> terminate(Class, Reason, Stack, undefined, Msg, Server, State, Debug)
    end.

%% The answers that all callbacks may give.
answer({noreply, New}, _, _, Server, _, []) -> loop(Server, New, infinity, []);
answer({noreply, New}, _, _, Server, _, Debug) -> loop(Server, New, infinity, noreply(New, Server, Debug));
answer({noreply, New, Then}, _, _, Server, _, Debug) -> loop(Server, New, Then, noreply(New, Server, Debug));
answer({stop, Reason, New}, From, Msg, Server, _, Debug) ->
    terminate(exit, Reason, [], From, Msg, Server, New, Debug);
answer(Other, From, Msg, Server, State, Debug) ->
    terminate(exit, {bad_return_value, Other}, [], From, Msg, Server, State, Debug).

noreply(_, _, []) -> [];
noreply(State, #server{name = Name}, Debug) ->
    sys:handle_debug(Debug, fun gen_server:print_event/3, Name, {noreply, State}).

%% ---- ending ----------------------------------------------------------------------------------------

%% Calls Mod:terminate/2 if there is one, reports, and raises what ends the process. Never returns.
terminate(Class, Reason, Stack, From, Msg, #server{mod = Mod} = Server, State, Debug) ->
    try erlang:function_exported(Mod, terminate, 2)
             andalso Mod:terminate(exit_reason(Class, Reason, Stack), State) of
        _ -> report(Class, Reason, Stack, From, Msg, Server, State, Debug)
    catch
        throw:_ -> report(Class, Reason, Stack, From, Msg, Server, State, Debug);
        Class1:Reason1:Stack1 ->
            report(Class1, Reason1, Stack1, From, Msg, Server, State, Debug),
            erlang:raise(Class1, Reason1, Stack1)
    end,
    erlang:raise(Class, Reason, Stack).

exit_reason(error, Reason, Stack) -> {Reason, Stack};
exit_reason(_, Reason, _) -> Reason.

report(exit, normal, _, _, _, _, _, _) -> ok;
report(exit, shutdown, _, _, _, _, _, _) -> ok;
report(exit, {shutdown, _}, _, _, _, _, _, _) -> ok;
report(Class, Reason, Stack, From, Msg, #server{mod = Mod, name = Name}, State, Debug) ->
    Shown = gen:format_status(Mod, terminate, #{state => State, message => Msg, reason => Reason,
                                                log => sys:get_log(Debug)}, [get(), State]),
    sx_report:crash(Class, maps:get(reason, Shown), Stack,
                          [{'last message', maps:get(message, Shown)},
                           {state, maps:get('$status', Shown, maps:get(state, Shown))} | client(From)],
                          #{label => {gen_server, terminate}, name => Name, last_message => maps:get(message, Shown),
                            state => maps:get('$status', Shown, maps:get(state, Shown)), log => maps:get(log, Shown),
                            reason => exit_reason(Class, maps:get(reason, Shown), Stack), client_info => sx_report:client(From)}),
    sys:print_log(Debug),
    ok.

%% What logger's reports of servers say: {Format, Args}, and the text that a formatter's configuration asks for.
format_log(Report) -> sx_report_text:format(Report).
format_log(Report, Config) -> sx_report_text:text(Report, Config).

client({Pid, _}) -> [{client, Pid}];
client(undefined) -> [].

%% ---- for sys ---------------------------------------------------------------------------------------

system_continue(Parent, Debug, [Server, State, Then]) -> loop(Server#server{parent = Parent}, State, Then, Debug).

system_terminate(Reason, _, Debug, [Server, State, _]) ->
    terminate(exit, Reason, [], undefined, [], Server, State, Debug).

system_code_change([#server{mod = Mod} = Server, State, Then], _, OldVsn, Extra) ->
    case catch Mod:code_change(OldVsn, State, Extra) of
        {ok, New} -> {ok, [Server, New, Then]};
        Other -> Other
    end.

system_get_state([_, State, _]) -> {ok, State}.

system_replace_state(Replace, [Server, State, Then]) ->
    New = Replace(State),
    {ok, New, [Server, New, Then]}.

%% What sys:get_status shows.
format_status(Opt, [Dict, SysState, Parent, Debug, [#server{name = Name, mod = Mod}, State, _]]) ->
    Shown = gen:format_status(Mod, Opt, #{state => State, log => sys:get_log(Debug)}, [Dict, State]),
    Own = case Shown of
              #{'$status' := L} when is_list(L) -> L;
              #{'$status' := Term} -> [Term];
              #{state := S} -> [{data, [{"State", S}]}]
          end,
    [{header, gen:format_status_header("Status for generic server", Name)},
     {data, [{"Status", SysState}, {"Parent", Parent}, {"Logged events", maps:get(log, Shown)}]} | Own].

%% How sys:trace prints an event.
print_event(Dev, {in, {'$gen_call', {From, _}, Request}}, Name) ->
    io:format(Dev, "*DBG* ~tp got call ~tp from ~tw~n", [Name, Request, From]);
print_event(Dev, {in, {'$gen_cast', Request}}, Name) ->
    io:format(Dev, "*DBG* ~tp got cast ~tp~n", [Name, Request]);
print_event(Dev, {in, Msg}, Name) -> io:format(Dev, "*DBG* ~tp got ~tp~n", [Name, Msg]);
print_event(Dev, {out, Reply, {To, _}, State}, Name) ->
    io:format(Dev, "*DBG* ~tp sent ~tp to ~tw, new state ~tp~n", [Name, Reply, To, State]);
print_event(Dev, {noreply, State}, Name) -> io:format(Dev, "*DBG* ~tp new state ~tp~n", [Name, State]);
print_event(Dev, Event, Name) -> io:format(Dev, "*DBG* ~tp dbg  ~tp~n", [Name, Event]).
