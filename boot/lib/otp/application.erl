%% application.erl - applications: their environment, loading from .app files, starting and stopping.
%% What is known is in one persistent term: App => #{spec, env, running}. kernel and stdlib run from the start.
%% A running application has a master process, which called the callback's start/2, is its group leader and calls stop/1.
%% A .app file is sought as NAME.app in the current folder, ebin/ and src/, as src/NAME.app.src, and in an installed OTP.
-module(application).

-export([ensure_all_started/1, ensure_all_started/2, ensure_started/1, ensure_started/2, get_all_env/0, get_all_env/1,
         get_all_key/0, get_all_key/1, get_application/0, get_application/1, get_env/1, get_env/2, get_env/3, get_key/1,
         get_key/2, load/1, load/2, loaded_applications/0, set_env/1, set_env/2, set_env/3, set_env/4, start/1, start/2,
         start_type/0, stop/1, unload/1, unset_env/2, unset_env/3, which_applications/0, which_applications/1, info/0, permit/2, takeover/2, start_boot/1, start_boot/2]).

-callback start(StartType :: term(), StartArgs :: term()) -> {ok, pid()} | {ok, pid(), term()} | {error, term()}.
-callback stop(State :: term()) -> term().
-callback start_phase(term(), term(), term()) -> term().
-callback prep_stop(term()) -> term().
-callback config_change(term(), term(), term()) -> term().
-optional_callbacks([start_phase/3, prep_stop/1, config_change/3]).

-define(KEY, '$applications').

%% ---- what is known -------------------------------------------------------------------------------------------------

all() -> persistent_term:get(?KEY, #{kernel => library("8.5.3"), stdlib => library("4.2")}).

library(Vsn) -> #{spec => [{vsn, Vsn}, {description, "here from the start"}], env => #{}, running => permanent}.

known(App) -> maps:get(App, all(), undefined).

update(App, F) ->
    Apps = all(),
    persistent_term:put(?KEY, Apps#{App => F(maps:get(App, Apps, #{spec => none, env => #{}, running => false}))}).

loaded_applications() -> [{A, text(description, S), text(vsn, S)} || {A, #{spec := S}} <- maps:to_list(all()), S =/= none].

which_applications() -> [{A, text(description, S), text(vsn, S)} || {A, #{spec := S, running := R}} <- maps:to_list(all()), R =/= false].
which_applications(_) -> which_applications().

%% The states that applications are in; only loaded, started and running are ever left for others to see.
info() ->
    Running = [{A, R} || {A, #{running := R}} <- maps:to_list(all()), R =/= false],
    [{loaded, loaded_applications()}, {loading, []}, {started, [{A, case R of {Type, _, _} -> Type; Type -> Type end} || {A, R} <- Running]},
     {start_p_false, []}, {running, [{A, case R of {_, Master, _} -> Master; _ -> undefined end} || {A, R} <- Running]}, {starting, []}].

text(Key, Spec) -> proplists:get_value(Key, Spec, "").

%% ---- the environment -------------------------------------------------------------------------------------------------

get_env(Key) ->
    case get_application() of
        {ok, App} -> get_env(App, Key);
        undefined -> undefined
    end.

get_env(App, Key) ->
    case known(App) of
        #{env := #{Key := Value}} -> {ok, Value};
        _ -> undefined
    end.

get_env(App, Key, Default) ->
    case get_env(App, Key) of
        {ok, Value} -> Value;
        undefined -> Default
    end.

get_all_env() ->
    case get_application() of
        {ok, App} -> get_all_env(App);
        undefined -> []
    end.

get_all_env(App) ->
    case known(App) of
        #{env := Env} -> maps:to_list(Env);
        undefined -> []
    end.

set_env(Config) -> set_env(Config, []).

set_env(Config, _Options) when is_list(Config) ->
    [set_env(App, Key, Value) || {App, Env} <- Config, {Key, Value} <- Env],
    ok.

set_env(App, Key, Value) -> set_env(App, Key, Value, []).
set_env(App, Key, Value, _) when is_atom(App), is_atom(Key) -> update(App, fun(#{env := E} = A) -> A#{env := E#{Key => Value}} end).

unset_env(App, Key) -> unset_env(App, Key, []).
unset_env(App, Key, _) -> update(App, fun(#{env := E} = A) -> A#{env := maps:remove(Key, E)} end).

%% ---- the specification ---------------------------------------------------------------------------------------------------

get_key(Key) ->
    case get_application() of
        {ok, App} -> get_key(App, Key);
        undefined -> undefined
    end.

get_key(App, Key) ->
    case get_all_key(App) of
        {ok, Keys} ->
            case lists:keyfind(Key, 1, Keys) of
                {_, Value} -> {ok, Value};
                false -> undefined
            end;
        undefined -> undefined
    end.

get_all_key() ->
    case get_application() of
        {ok, App} -> get_all_key(App);
        undefined -> []
    end.

get_all_key(App) ->
    case known(App) of
        #{spec := Spec, env := Env} when Spec =/= none ->
            {ok, [{K, proplists:get_value(K, Spec, D)}
                  || {K, D} <- [{description, ""}, {id, ""}, {vsn, ""}, {modules, []}, {maxP, infinity}, {maxT, infinity},
                                {registered, []}, {included_applications, []}, {optional_applications, []},
                                {applications, []}]] ++
                 [{env, maps:to_list(Env)}, {mod, proplists:get_value(mod, Spec, [])},
                  {start_phases, proplists:get_value(start_phases, Spec, undefined)}]};
        _ -> undefined
    end.

get_application() -> get_application(self()).

%% Of a module that some application lists; of a process by its group leader.
get_application(Pid) when is_pid(Pid) ->
    case process_info(Pid, group_leader) of
        {group_leader, Leader} -> first([A || {A, #{running := {_, Master, _}}} <- maps:to_list(all()), Master =:= Leader]);
        _ -> undefined
    end;
get_application(Module) ->
    first([A || {A, #{spec := S}} <- maps:to_list(all()), S =/= none, lists:member(Module, proplists:get_value(modules, S, []))]).

first([App | _]) -> {ok, App};
first([]) -> undefined.

%% ---- loading ------------------------------------------------------------------------------------------------------------------

load(What) -> load(What, false).

load({application, App, Keys}, _) ->
    case known(App) of
        #{spec := Spec} when Spec =/= none -> {error, {already_loaded, App}};
        _ ->
            Env = maps:from_list(proplists:get_value(env, Keys, [])),
            update(App, fun(#{env := Set} = A) -> A#{spec := Keys, env := maps:merge(Env, Set)} end)
    end;
load(App, _) when is_atom(App) ->
    case known(App) of
        #{spec := Spec} when Spec =/= none -> {error, {already_loaded, App}};
        _ ->
            case [Spec || File <- files(App), {ok, [{application, A, _} = Spec]} <- [file:consult(File)], A =:= App] of
                [Spec | _] -> load(Spec, false);
                [] -> {error, {"no such file or directory", atom_to_list(App) ++ ".app"}}
            end
    end.

files(App) ->
    Name = atom_to_list(App) ++ ".app",
    [Name, "ebin/" ++ Name, "src/" ++ Name, "src/" ++ Name ++ ".src"] ++
        [binary_to_list(F) ++ "/src/" ++ Name ++ ".src" || F <- sx:call('er-otp-applications', []), application_name(F) =:= atom_to_list(App)].

application_name(Folder) -> hd(string:split(filename:basename(binary_to_list(Folder)), "-")).

unload(App) ->
    case known(App) of
        #{running := false, spec := Spec} when Spec =/= none -> persistent_term:put(?KEY, maps:remove(App, all()));
        #{spec := Spec} when Spec =/= none -> {error, {running, App}};
        _ -> {error, {not_loaded, App}}
    end.

%% ---- starting ------------------------------------------------------------------------------------------------------------------

start(App) -> start(App, temporary).

start(App, Type) ->
    case load(App) of
        {error, {already_loaded, App}} -> begin_app(App, Type);
        ok -> begin_app(App, Type);
        Error -> Error
    end.

begin_app(App, Type) ->
    #{spec := Spec, running := Running} = known(App),
    Missing = [A || A <- proplists:get_value(applications, Spec, []),
                    not lists:member(A, proplists:get_value(optional_applications, Spec, [])), not is_running(A)],
    case {Running, Missing} of
        {false, []} -> begin_app(App, Type, proplists:get_value(mod, Spec, []));
        {false, [A | _]} -> {error, {not_started, A}};
        _ -> {error, {already_started, App}}
    end.

begin_app(App, Type, []) -> update(App, fun(A) -> A#{running := Type} end);
begin_app(App, Type, {Mod, Args}) ->
    Me = self(),
    {Master, Ref} = spawn_monitor(fun() -> master(Me, App, Type, Mod, Args) end),
    receive
        {Master, ok} ->
            demonitor(Ref, [flush]),
            ok;
        {Master, {error, _} = Error} ->
            receive {'DOWN', Ref, _, _, _} -> ok end,
            Error;
        {'DOWN', Ref, _, _, Reason} -> {error, Reason}
    end.

is_running(App) ->
    case known(App) of
        #{running := R} -> R =/= false;
        undefined -> false
    end.

%% The master's output goes where its starter's did; its application's processes have it as their leader.
master(Starter, App, Type, Mod, Args) ->
    process_flag(trap_exit, true),
    Leader = group_leader(),
    group_leader(self(), self()),
    update(App, fun(A) -> A#{running := {Type, self(), Mod}} end),
    case catch Mod:start(normal, Args) of
        {ok, Top} when is_pid(Top) -> master_ok(Starter, App, Type, Mod, Top, [], Leader);
        {ok, Top, State} when is_pid(Top) -> master_ok(Starter, App, Type, Mod, Top, State, Leader);
        Other ->
            update(App, fun(A) -> A#{running := false} end),
            Reason = case Other of
                         {error, R} -> R;
                         {'EXIT', R} -> {bad_return, {{Mod, start, [normal, Args]}, {'EXIT', R}}};
                         _ -> {bad_return, {{Mod, start, [normal, Args]}, Other}}
                     end,
            Starter ! {self(), {error, {case Other of {error, _} -> Reason; _ -> Reason end, {Mod, start, [normal, Args]}}}}
    end.

master_ok(Starter, App, Type, Mod, Top, State, Leader) ->
    link(Top),
    Starter ! {self(), ok},
    master_loop(App, Type, Mod, Top, State, Leader).

master_loop(App, Type, Mod, Top, State, Leader) ->
    receive
        {io_request, _, _, _} = Request ->
            Leader ! Request,
            master_loop(App, Type, Mod, Top, State, Leader);
        {stop, From, Ref} ->
            Prepared = case erlang:function_exported(Mod, prep_stop, 1) of
                           true -> Mod:prep_stop(State);
                           false -> State
                       end,
            exit(Top, shutdown),
            receive {'EXIT', Top, _} -> ok end,
            ended(App, Mod, Prepared),
            From ! {Ref, ok};
        {'EXIT', Top, Reason} ->
            ended(App, Mod, State),
            Normal = Reason =:= normal orelse Reason =:= shutdown,
            if Type =:= permanent; Type =:= transient, not Normal ->
                    logger:report(error, #{label => {application_controller, exit}, application => App, exited => Reason, type => Type}),
                    init:stop(1);
               true -> ok
            end;
        _ -> master_loop(App, Type, Mod, Top, State, Leader)
    end.

ended(App, Mod, State) ->
    catch Mod:stop(State),
    update(App, fun(A) -> A#{running := false} end).

stop(App) ->
    case known(App) of
        #{running := {_, Master, _}} ->
            Ref = monitor(process, Master),
            Master ! {stop, self(), Ref},
            receive
                {Ref, ok} -> demonitor(Ref, [flush]), ok;
                {'DOWN', Ref, _, _, _} -> ok
            end;
        #{running := Type} when Type =/= false -> update(App, fun(A) -> A#{running := false} end);
        _ -> {error, {not_started, App}}
    end.

%% An application that may not run is stopped.
permit(App, Permission) when is_atom(App), is_boolean(Permission) ->
    case {known(App), Permission} of
        {#{spec := Spec}, true} when Spec =/= none -> ok;
        {#{spec := Spec, running := false}, false} when Spec =/= none -> ok;
        {#{spec := Spec}, false} when Spec =/= none -> stop(App);
        _ -> {error, {not_loaded, App}}
    end.

%% From another node, of which there is none.
takeover(App, Type) -> start(App, Type).
start_boot(App) -> start(App, temporary).
start_boot(App, Type) -> start(App, Type).

start_type() -> undefined.

ensure_started(App) -> ensure_started(App, temporary).

ensure_started(App, Type) ->
    case start(App, Type) of
        {error, {already_started, App}} -> ok;
        Result -> Result
    end.

ensure_all_started(App) -> ensure_all_started(App, temporary).

%% {ok, Started} in the order in which they were, or {error, {App, Reason}} with those stopped again.
ensure_all_started(App, Type) when is_atom(App) ->
    case all_started(App, Type, []) of
        {ok, Started} -> {ok, lists:reverse(Started)};
        {error, Why, Started} ->
            [stop(A) || A <- Started],
            {error, Why}
    end.

all_started(App, Type, Started) ->
    case start(App, Type) of
        ok -> {ok, [App | Started]};
        {error, {already_started, App}} -> {ok, Started};
        {error, {not_started, Dependency}} ->
            case all_started(Dependency, Type, Started) of
                {ok, Started1} -> all_started(App, Type, Started1);
                Error -> Error
            end;
        {error, Reason} -> {error, {App, Reason}, Started}
    end.
