%% gen.erl - what all generic servers share: starting, names, and a call that cannot leave a stray reply behind.
%% A call monitors its server with an alias that ends with the monitor; the server answers to the alias, so a reply
%% that comes after a timeout or after 'DOWN' is dropped by the system and never reaches the mailbox.
%% From is {Client, Tag}. Tag is [alias | Ref], or [[alias | Ref] | Label]-like for request collections: whatever it
%% is, the answer is the message {Tag, Reply} to Ref (or to Client for any other tag).
-module(gen).

-export([start/5, start/6, init_it/6, init_it/7, stop/1, stop/3, call/3, call/4, reply/2]).
-export([send_request/3, send_request/5, wait_response/2, wait_response/3, receive_response/2,
         receive_response/3, check_response/2, check_response/3, reqids_new/0, reqids_size/1, reqids_add/3,
         reqids_to_list/1]).
-export([unregister_name/1, get_proc_name/1, get_parent/0, name/1, hibernate_after/1, debug_options/2,
         format_status/4, format_status_header/2]).

-define(CALL_TIMEOUT, 5000).

%% ---- starting --------------------------------------------------------------------------------------

%% Start a process that runs GenMod:init_it. How: link | monitor | nolink. Options: timeout, spawn_opt, debug,
%% hibernate_after. Gives {ok, Pid}, {ok, {Pid, Ref}} for monitor, ignore, {error, Reason}.
start(GenMod, How, Name, Mod, Args, Options) ->
    case whereis_name(Name) of
        undefined -> spawn_it(How, [GenMod, self(), parent(How), Name, Mod, Args, Options], Options);
        Pid -> {error, {already_started, Pid}}
    end.

start(GenMod, How, Mod, Args, Options) ->
    spawn_it(How, [GenMod, self(), parent(How), Mod, Args, Options], Options).

parent(link) -> self();
parent(_) -> self.

spawn_it(How, Args, Options) ->
    Timeout = option(timeout, Options, infinity),
    SpawnOpts = option(spawn_opt, Options, []),
    case How of
        link -> proc_lib:start_link(gen, init_it, Args, Timeout, SpawnOpts);
        nolink -> proc_lib:start(gen, init_it, Args, Timeout, SpawnOpts);
        monitor ->
            case proc_lib:start_monitor(gen, init_it, Args, Timeout, SpawnOpts) of
                {{ok, Pid}, Ref} -> {ok, {Pid, Ref}};
                {Failure, Ref} ->
                    receive {'DOWN', Ref, process, _, _} -> ok end,
                    Failure
            end
    end.

option(Key, Options, Default) ->
    case lists:keyfind(Key, 1, Options) of
        {_, Value} -> Value;
        false -> Default
    end.

%% Runs in the new process.
init_it(GenMod, Starter, Parent, Mod, Args, Options) ->
    GenMod:init_it(Starter, Parent, self(), Mod, Args, Options).

init_it(GenMod, Starter, Parent, Name, Mod, Args, Options) ->
    case register_name(Name) of
        true -> GenMod:init_it(Starter, Parent, Name, Mod, Args, Options);
        {false, Pid} -> proc_lib:init_ack(Starter, {error, {already_started, Pid}})
    end.

register_name({local, Name}) ->
    try register(Name, self())
    catch error:_ -> {false, whereis(Name)}
    end;
register_name({global, Name}) ->
    case global:register_name(Name, self()) of
        yes -> true;
        no -> {false, whereis_name({global, Name})}
    end;
register_name({via, Module, Name}) ->
    case Module:register_name(Name, self()) of
        yes -> true;
        no -> {false, Module:whereis_name(Name)}
    end.

unregister_name({local, Name}) ->
    try unregister(Name), ok
    catch error:_ -> ok
    end;
unregister_name({global, Name}) -> global:unregister_name(Name), ok;
unregister_name({via, Module, Name}) -> Module:unregister_name(Name), ok;
unregister_name(Pid) when is_pid(Pid) -> ok.

whereis_name({local, Name}) -> whereis(Name);
whereis_name({global, Name}) -> global:whereis_name(Name);
whereis_name({via, Module, Name}) -> Module:whereis_name(Name).

%% For enter_loop: the name, provided that this process has it.
get_proc_name(Pid) when is_pid(Pid) -> Pid;
get_proc_name({local, Name}) ->
    case process_info(self(), registered_name) of
        {registered_name, Name} -> Name;
        {registered_name, _} -> exit(process_not_registered);
        [] -> exit(process_not_registered)
    end;
get_proc_name({global, Name}) -> proc_name({global, Name}, Name, process_not_registered_globally);
get_proc_name({via, Module, Name}) ->
    proc_name({via, Module, Name}, Name, {process_not_registered_via, Module}).

proc_name(Where, Name, Reason) ->
    case whereis_name(Where) =:= self() of
        true -> Name;
        false -> exit(Reason)
    end.

%% For enter_loop: the first of the ancestors that proc_lib noted down.
get_parent() ->
    case get('$ancestors') of
        [Parent | _] when is_pid(Parent) -> Parent;
        [Parent | _] when is_atom(Parent) ->
            case whereis(Parent) of
                undefined -> exit(could_not_find_registered_name);
                Pid -> Pid
            end;
        _ -> exit(process_was_not_started_by_proc_lib)
    end.

%% How a server is called in reports.
name({local, Name}) -> Name;
name({global, Name}) -> Name;
name({via, _, Name}) -> Name;
name(Pid) when is_pid(Pid) -> Pid.

hibernate_after(Options) -> option(hibernate_after, Options, infinity).

debug_options(Name, Options) ->
    case lists:keyfind(debug, 1, Options) of
        {_, Debug} ->
            try sys:debug_options(Debug)
            catch _:_ ->
                    error_logger:format("~tp: ignoring bad debug options ~tp~n", [Name, Debug]),
                    []
            end;
        false -> []
    end.

%% Waits until the server is gone: ok if it went for Reason, else exits with what it went for.
stop(Server) -> stop(Server, normal, infinity).

stop(Server, Reason, Timeout) ->
    case sx_call:resolve(Server) of
        {ok, To} -> proc_lib:stop(To, Reason, Timeout);
        {down, Why} -> exit(Why)
    end.

%% ---- calling ---------------------------------------------------------------------------------------

call(Server, Label, Request) -> call(Server, Label, Request, ?CALL_TIMEOUT).

call(Server, Label, Request, Timeout) ->
    case sx_call:ask(Server, Label, Request, Timeout) of
        {ok, _} = Ok -> Ok;
        {down, Reason} -> exit(Reason)
    end.

%% Answers a call. Never fails: a caller that is gone or has stopped waiting gets nothing.
reply({_, [alias | Ref] = Tag}, Reply) when is_reference(Ref) -> Ref ! {Tag, Reply}, ok;
reply({_, [[alias | Ref] | _] = Tag}, Reply) when is_reference(Ref) -> Ref ! {Tag, Reply}, ok;
reply({To, Tag}, Reply) ->
    try To ! {Tag, Reply}, ok
    catch _:_ -> ok
    end.

%% ---- requests whose answer is fetched later --------------------------------------------------------
%% A request id is the monitor's reference. A collection maps references to labels.

send_request(Server, Label, Request) ->
    {Ref, To} = case sx_call:resolve(Server) of
                    {ok, Pid} -> {erlang:monitor(process, Pid, [{alias, demonitor}]), Pid};
                    {down, _} when is_atom(Server) -> {erlang:monitor(process, Server, [{alias, demonitor}]), none};
                    {down, _} -> {erlang:monitor(process, {'', node()}, [{alias, demonitor}]), none}
                end,
    is_pid(To) andalso (To ! {Label, {self(), [alias | Ref]}, Request}),
    Ref.

send_request(Server, Label, Request, ReqLabel, Ids) when is_map(Ids) ->
    reqids_add(send_request(Server, Label, Request), ReqLabel, Ids).

reqids_new() -> #{}.

reqids_size(Ids) when is_map(Ids) -> map_size(Ids);
reqids_size(Ids) -> error(badarg, [Ids]).

reqids_add(Ref, _, Ids) when is_reference(Ref), is_map_key(Ref, Ids) -> error(badarg);
reqids_add(Ref, Label, Ids) when is_reference(Ref), is_map(Ids) -> Ids#{Ref => Label};
reqids_add(Ref, Label, Ids) -> error(badarg, [Ref, Label, Ids]).

reqids_to_list(Ids) when is_map(Ids) -> maps:to_list(Ids);
reqids_to_list(Ids) -> error(badarg, [Ids]).

%% {reply, Reply} | {error, {Reason, ServerRef}} | timeout. The request stays open after a timeout.
wait_response(Ref, Timeout) when is_reference(Ref) -> await(Ref, left(deadline(Timeout))).

await(Ref, Timeout) ->
    receive
        {[alias | Ref], Reply} -> erlang:demonitor(Ref, [flush]), {reply, Reply};
        {'DOWN', Ref, _, Object, Reason} -> {error, {Reason, Object}}
    after Timeout -> timeout
    end.

%% The same, but a timeout ends the request.
receive_response(Ref, Timeout) when is_reference(Ref) ->
    case await(Ref, left(deadline(Timeout))) of
        timeout -> abandon(Ref);
        Response -> Response
    end.

abandon(Ref) ->
    erlang:demonitor(Ref, [flush]),
    receive {[alias | Ref], Reply} -> {reply, Reply}
    after 0 -> timeout
    end.

check_response({[alias | Ref], Reply}, Ref) -> erlang:demonitor(Ref, [flush]), {reply, Reply};
check_response({'DOWN', Ref, _, Object, Reason}, Ref) -> {error, {Reason, Object}};
check_response(_, Ref) when is_reference(Ref) -> no_reply.

%% With a collection: {Response, Label, NewCollection} | no_request | timeout.
wait_response(Ids, Timeout, Delete) when is_map(Ids) -> any_response(Ids, Timeout, Delete, fun keep/1).
receive_response(Ids, Timeout, Delete) when is_map(Ids) -> any_response(Ids, Timeout, Delete, fun abandon_all/1).

any_response(Ids, _, _, _) when map_size(Ids) =:= 0 -> no_request;
any_response(Ids, Timeout, Delete, AtTimeout) ->
    receive
        {[alias | Ref], _} = Msg when is_map_key(Ref, Ids) -> labelled(Msg, Ref, Ids, Delete);
        {'DOWN', Ref, _, _, _} = Msg when is_map_key(Ref, Ids) -> labelled(Msg, Ref, Ids, Delete)
    after left(deadline(Timeout)) -> AtTimeout(Ids), timeout
    end.

keep(_) -> ok.
abandon_all(Ids) -> maps:foreach(fun(Ref, _) -> abandon(Ref) end, Ids).

labelled(Msg, Ref, Ids, Delete) ->
    Response = check_response(Msg, Ref),
    Label = map_get(Ref, Ids),
    {Response, Label, case Delete of true -> maps:remove(Ref, Ids); false -> Ids end}.

check_response(_, Ids, _) when map_size(Ids) =:= 0 -> no_request;
check_response({[alias | Ref], _} = Msg, Ids, Delete) when is_map_key(Ref, Ids) -> labelled(Msg, Ref, Ids, Delete);
check_response({'DOWN', Ref, _, _, _} = Msg, Ids, Delete) when is_map_key(Ref, Ids) ->
    labelled(Msg, Ref, Ids, Delete);
check_response(_, Ids, _) when is_map(Ids) -> no_reply.

%% A timeout may be infinity, milliseconds, or {abs, MonotonicMilliseconds}.
deadline({abs, At}) -> {abs, At};
deadline(Timeout) -> Timeout.

left({abs, At}) -> erlang:max(0, At - erlang:monotonic_time(millisecond));
left(Timeout) -> Timeout.

%% ---- status, for sys:get_status and for reports -----------------------------------------------------

%% What of the server's inner life may be shown: its module's format_status/1, else format_status/2, else all of it.
%% Status is a map with state, and maybe message, reason, log.
format_status(Mod, Opt, Status, Args) ->
    case {erlang:function_exported(Mod, format_status, 1), erlang:function_exported(Mod, format_status, 2)} of
        {true, _} ->
            try maps:merge(Status, Mod:format_status(Status))
            catch _:_ -> Status#{'$status' => hidden(Mod, 1)}
            end;
        {false, true} ->
            try Status#{'$status' => Mod:format_status(Opt, Args)}
            catch _:_ -> Status#{'$status' => hidden(Mod, 2)}
            end;
        _ -> Status
    end.

hidden(Mod, Arity) -> lists:concat([Mod, ":format_status/", Arity, " crashed"]).

format_status_header(Title, Name) when is_pid(Name) -> lists:concat([Title, " ", pid_to_list(Name)]);
format_status_header(Title, Name) when is_atom(Name) -> lists:concat([Title, " ", Name]);
format_status_header(Title, Name) -> {Title, Name}.
