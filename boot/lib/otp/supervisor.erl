%% supervisor.erl - starts children in order, starts them again when they fail, ends them in reverse order.
%% Owns the child specifications and the children's processes (linked; the supervisor traps exits). What a child does
%% is its own affair; a start function must link its process to the caller.
%% A static supervisor keeps a list of #child{}, the last started first. A simple_one_for_one supervisor keeps one
%% #child{} as a pattern and a map from pid to the arguments each child was started with.
%% INVARIANT: a child's pid is a linked process of ours, undefined (not running), or {restarting, OldPid} while an
%% attempt to start it again failed and the next one is on its way to us as a message.
-module(supervisor).
-behaviour(gen_server).

-export([start_link/2, start_link/3, start_child/2, terminate_child/2, restart_child/2, delete_child/2,
         which_children/1, count_children/1, get_childspec/2, check_childspecs/1, check_childspecs/2,
         get_callback_module/1]).
-export([init/1, handle_call/3, handle_cast/2, handle_info/2, terminate/2, code_change/3, format_log/1, format_log/2]).

-callback init(Args :: term()) -> {ok, {map() | tuple(), list()}} | ignore.

-record(child, {pid = undefined,
                id,
                mfargs,                  % {M, F, Args}; Args undefined for a temporary child that has started
                restart_type,            % permanent | transient | temporary
                significant = false,
                shutdown,                % brutal_kill | milliseconds | infinity
                child_type,              % worker | supervisor
                modules = []}).

-record(state, {name, mod, args,
                strategy = one_for_one, intensity = 1, period = 5, auto_shutdown = never,
                children = [],           % static children, or the one pattern
                dynamics = #{},          % Pid or {restarting, Pid} => Args
                restarts = []}).         % when, in monotonic milliseconds, the latest first

%% ---- clients ---------------------------------------------------------------------------------------

start_link(Mod, Args) -> gen_server:start_link(supervisor, {self, Mod, Args}, []).
start_link(Name, Mod, Args) -> gen_server:start_link(Name, supervisor, {Name, Mod, Args}, []).

%% A specification, or the extra arguments of a simple_one_for_one child.
start_child(Sup, SpecOrArgs) -> call(Sup, {start_child, SpecOrArgs}).
terminate_child(Sup, IdOrPid) -> call(Sup, {terminate_child, IdOrPid}).
restart_child(Sup, Id) -> call(Sup, {restart_child, Id}).
delete_child(Sup, Id) -> call(Sup, {delete_child, Id}).
which_children(Sup) -> call(Sup, which_children).
count_children(Sup) -> call(Sup, count_children).
get_childspec(Sup, IdOrPid) -> call(Sup, {get_childspec, IdOrPid}).

get_callback_module(Sup) -> call(Sup, get_callback_module).

call(Sup, Request) -> gen_server:call(Sup, Request, infinity).

%% ok | {error, Reason}
check_childspecs(Specs) -> check_childspecs(Specs, undefined).

check_childspecs(Specs, AutoShutdown) when is_list(Specs) ->
    case lists:member(AutoShutdown, [undefined, never, any_significant, all_significant]) of
        true ->
            case children(Specs, AutoShutdown) of
                {ok, _} -> ok;
                {error, _} = Error -> Error
            end;
        false -> {error, {badarg, AutoShutdown}}
    end;
check_childspecs(Specs, _) -> {error, {badarg, Specs}}.

%% ---- beginning -------------------------------------------------------------------------------------

init({Name, Mod, Args}) ->
    process_flag(trap_exit, true),
    case Mod:init(Args) of
        {ok, {Flags, Specs}} ->
            State = #state{name = own_name(Name, Mod), mod = Mod, args = Args},
            case flags(Flags, State) of
                {ok, State1} -> begin_with(Specs, State1);
                {error, Reason} -> {stop, {supervisor_data, Reason}}
            end;
        ignore -> ignore;
        Other -> {stop, {bad_return, {Mod, init, Other}}}
    end.

own_name(self, Mod) -> {self(), Mod};
own_name(Name, _) -> Name.

begin_with(Specs, #state{strategy = simple_one_for_one, auto_shutdown = Auto} = State) ->
    case children(Specs, Auto) of
        {ok, [Child]} -> {ok, State#state{children = [Child]}};
        {ok, _} -> {stop, {bad_start_spec, Specs}};
        {error, Reason} -> {stop, {start_spec, Reason}}
    end;
begin_with(Specs, #state{auto_shutdown = Auto} = State) ->
    case children(Specs, Auto) of
        {ok, Children} ->
            case start_all(Children, [], State#state.name) of
                {ok, Started} -> {ok, State#state{children = Started}};
                {error, Started, #child{id = Id}, Reason} ->
                    end_all(Started, State#state.name),
                    {stop, {shutdown, {failed_to_start_child, Id, Reason}}}
            end;
        {error, Reason} -> {stop, {start_spec, Reason}}
    end.

%% Children in start order, in front of Started (the last first). A temporary child that ignores is forgotten.
start_all([Child | T], Started, Name) ->
    case start_one(Child, Name) of
        {ok, undefined} when Child#child.restart_type =:= temporary -> start_all(T, Started, Name);
        {ok, Pid} -> start_all(T, [running(Child, Pid) | Started], Name);
        {ok, Pid, _} -> start_all(T, [running(Child, Pid) | Started], Name);
        {error, Reason} ->
            report(start_error, Reason, Child, Name),
            {error, Started, Child, Reason}
    end;
start_all([], Started, _) -> {ok, Started}.

start_one(#child{mfargs = {M, F, Args}} = Child, Name) ->
    Result = start_mfa(M, F, Args),
    case Result of
        {error, _} -> ok;
        {ok, undefined} -> ok;
        _ -> progress(Child#child{pid = element(2, Result)}, Name)
    end,
    Result.

start_mfa(M, F, Args) ->
    case catch apply(M, F, Args) of
        {ok, Pid} when is_pid(Pid) -> {ok, Pid};
        {ok, Pid, Extra} when is_pid(Pid) -> {ok, Pid, Extra};
        ignore -> {ok, undefined};
        {error, Reason} -> {error, Reason};
        Other -> {error, Other}
    end.

%% The arguments of a temporary child are not needed again, and may be large.
running(#child{restart_type = temporary, mfargs = {M, F, _}} = Child, Pid) when is_pid(Pid) ->
    Child#child{pid = Pid, mfargs = {M, F, undefined}};
running(Child, Pid) -> Child#child{pid = Pid}.

%% ---- requests --------------------------------------------------------------------------------------

handle_call({start_child, Extra}, _, #state{strategy = simple_one_for_one} = State) ->
    [#child{mfargs = {M, F, A}} = Child] = State#state.children,
    Args = A ++ Extra,
    case start_mfa(M, F, Args) of
        {ok, undefined} -> {reply, {ok, undefined}, State};
        {ok, Pid} -> {reply, {ok, Pid}, keep(Pid, Args, Child, State)};
        {ok, Pid, Info} -> {reply, {ok, Pid, Info}, keep(Pid, Args, Child, State)};
        {error, _} = Error -> {reply, Error, State}
    end;
handle_call({start_child, Spec}, _, State) ->
    case child(Spec, State#state.auto_shutdown) of
        {ok, Child} -> add_child(Child, State);
        {error, _} = Error -> {reply, Error, State}
    end;
handle_call({terminate_child, Pid}, _, #state{strategy = simple_one_for_one} = State) when is_pid(Pid) ->
    [Child] = State#state.children,
    case State#state.dynamics of
        #{Pid := _} = Dynamics ->
            end_one(Child#child{pid = Pid}, State#state.name),
            {reply, ok, State#state{dynamics = maps:remove(Pid, Dynamics)}};
        #{{restarting, Pid} := _} = Dynamics ->
            {reply, ok, State#state{dynamics = maps:remove({restarting, Pid}, Dynamics)}};
        #{} -> {reply, {error, not_found}, State}
    end;
handle_call({What, _}, _, #state{strategy = simple_one_for_one} = State)
  when What =:= terminate_child; What =:= restart_child; What =:= delete_child ->
    {reply, {error, simple_one_for_one}, State};
handle_call({terminate_child, Id}, _, State) ->
    case find(Id, State) of
        #child{} = Child ->
            Ended = end_one(Child, State#state.name),
            {reply, ok, not_running(Ended, State)};
        false -> {reply, {error, not_found}, State}
    end;
handle_call({restart_child, Id}, _, State) ->
    case find(Id, State) of
        #child{pid = undefined} = Child ->
            case start_one(Child, State#state.name) of
                {ok, Pid} -> {reply, {ok, Pid}, replace(running(Child, Pid), State)};
                {ok, Pid, Extra} -> {reply, {ok, Pid, Extra}, replace(running(Child, Pid), State)};
                {error, _} = Error -> {reply, Error, State}
            end;
        #child{pid = Pid} -> {reply, {error, busy(Pid)}, State};
        false -> {reply, {error, not_found}, State}
    end;
handle_call({delete_child, Id}, _, State) ->
    case find(Id, State) of
        #child{pid = undefined} -> {reply, ok, forget(Id, State)};
        #child{pid = Pid} -> {reply, {error, busy(Pid)}, State};
        false -> {reply, {error, not_found}, State}
    end;
handle_call({get_childspec, IdOrPid}, _, State) ->
    case find_any(IdOrPid, State) of
        #child{} = Child -> {reply, {ok, spec(Child)}, State};
        false -> {reply, {error, not_found}, State}
    end;
handle_call(which_children, _, #state{strategy = simple_one_for_one, children = [Child]} = State) ->
    #child{child_type = Type, modules = Mods} = Child,
    {reply, [{undefined, shown(Pid), Type, Mods} || Pid <- maps:keys(State#state.dynamics)], State};
handle_call(which_children, _, State) ->
    {reply, [{Id, shown(Pid), Type, Mods}
             || #child{id = Id, pid = Pid, child_type = Type, modules = Mods} <- State#state.children], State};
handle_call(count_children, _, #state{strategy = simple_one_for_one, children = [Child]} = State) ->
    Pids = maps:keys(State#state.dynamics),
    {reply, counts(1, Pids, [Child#child.child_type || _ <- Pids]), State};
handle_call(count_children, _, #state{children = Children} = State) ->
    {reply, counts(length(Children), [Pid || #child{pid = Pid} <- Children],
                   [Type || #child{child_type = Type} <- Children]), State};
handle_call(get_callback_module, _, State) -> {reply, State#state.mod, State}.

keep(Pid, Args, #child{restart_type = Type}, #state{dynamics = Dynamics} = State) ->
    Kept = case Type of temporary -> undefined; _ -> Args end,
    State#state{dynamics = Dynamics#{Pid => Kept}}.

add_child(#child{id = Id} = Child, State) ->
    case find(Id, State) of
        #child{pid = Pid} when is_pid(Pid) -> {reply, {error, {already_started, Pid}}, State};
        #child{} -> {reply, {error, already_present}, State};
        false ->
            case start_one(Child, State#state.name) of
                {ok, undefined} when Child#child.restart_type =:= temporary -> {reply, {ok, undefined}, State};
                {ok, Pid} -> {reply, {ok, Pid}, push(running(Child, Pid), State)};
                {ok, Pid, Extra} -> {reply, {ok, Pid, Extra}, push(running(Child, Pid), State)};
                {error, {already_started, _}} = Error -> {reply, Error, State};
                {error, Reason} ->
                    report(start_error, Reason, Child, State#state.name),
                    {reply, {error, {Reason, Child}}, State}
            end
    end.

busy({restarting, _}) -> restarting;
busy(_) -> running.

shown({restarting, _}) -> restarting;
shown(Pid) -> Pid.

counts(Specs, Pids, Types) ->
    [{specs, Specs},
     {active, length([Pid || Pid <- Pids, is_pid(Pid), is_process_alive(Pid)])},
     {supervisors, length([T || T <- Types, T =:= supervisor])},
     {workers, length([T || T <- Types, T =:= worker])}].

find(Id, #state{children = Children}) -> lists:keyfind(Id, #child.id, Children).

find_any(Pid, #state{strategy = simple_one_for_one, children = [Child], dynamics = Dynamics}) when is_pid(Pid) ->
    case is_map_key(Pid, Dynamics) of
        true -> Child;
        false -> false
    end;
find_any(Pid, #state{children = Children}) when is_pid(Pid) -> lists:keyfind(Pid, #child.pid, Children);
find_any(Id, State) -> find(Id, State).

push(Child, #state{children = Children} = State) -> State#state{children = [Child | Children]}.

replace(#child{id = Id} = Child, #state{children = Children} = State) ->
    State#state{children = lists:keyreplace(Id, #child.id, Children, Child)}.

forget(Id, #state{children = Children} = State) ->
    State#state{children = lists:keydelete(Id, #child.id, Children)}.

%% A temporary child is forgotten once it does not run.
not_running(#child{restart_type = temporary, id = Id}, State) -> forget(Id, State);
not_running(Child, State) -> replace(Child#child{pid = undefined}, State).

%% ---- exits and restarts ----------------------------------------------------------------------------

handle_info({'EXIT', Pid, Reason}, State) -> child_exit(Pid, Reason, State);
handle_info(Msg, State) ->
    logger:error("Supervisor received unexpected message: ~tp~n", [Msg], #{domain => [otp], error_logger => #{tag => error}}),
    {noreply, State}.

%% A start that failed during a restart is tried again by way of our mailbox, so that requests get their turn.
handle_cast({try_again, {restarting, _} = Key}, #state{strategy = simple_one_for_one} = State) ->
    case State#state.dynamics of
        #{Key := Args} = Dynamics -> restart_dynamic(Key, Args, State#state{dynamics = maps:remove(Key, Dynamics)});
        #{} -> {noreply, State}
    end;
handle_cast({try_again, Id}, State) ->
    case find(Id, State) of
        #child{pid = {restarting, _}} = Child -> restart(Child, State);
        _ -> {noreply, State}
    end.

child_exit(Pid, Reason, #state{strategy = simple_one_for_one, children = [Child], dynamics = Dynamics} = State) ->
    case Dynamics of
        #{Pid := Args} ->
            State1 = State#state{dynamics = maps:remove(Pid, Dynamics)},
            Ended = Child#child{pid = Pid},
            case wants_restart(Reason, Child) of
                true -> report(child_terminated, Reason, Ended, State#state.name), restart_dynamic(Pid, Args, State1);
                false -> report_abnormal(Reason, Ended, State), {noreply, State1}
            end;
        #{} -> {noreply, State}
    end;
child_exit(Pid, Reason, #state{children = Children} = State) ->
    case lists:keyfind(Pid, #child.pid, Children) of
        #child{} = Child ->
            case wants_restart(Reason, Child) of
                true -> report(child_terminated, Reason, Child, State#state.name), restart(Child, State);
                false ->
                    report_abnormal(Reason, Child, State),
                    auto_shutdown(Child, not_running(Child, State))
            end;
        false -> {noreply, State}
    end.

wants_restart(_, #child{restart_type = permanent}) -> true;
wants_restart(_, #child{restart_type = temporary}) -> false;
wants_restart(Reason, #child{restart_type = transient}) -> not is_normal(Reason).

is_normal(normal) -> true;
is_normal(shutdown) -> true;
is_normal({shutdown, _}) -> true;
is_normal(_) -> false.

report_abnormal(Reason, Child, State) ->
    is_normal(Reason) orelse report(child_terminated, Reason, Child, State#state.name).

auto_shutdown(#child{significant = false}, State) -> {noreply, State};
auto_shutdown(_, #state{auto_shutdown = any_significant} = State) -> {stop, shutdown, State};
auto_shutdown(_, #state{auto_shutdown = all_significant, children = Children} = State) ->
    case [x || #child{significant = true, pid = Pid} <- Children, Pid =/= undefined] of
        [] -> {stop, shutdown, State};
        _ -> {noreply, State}
    end;
auto_shutdown(_, State) -> {noreply, State}.

restart(Child, State) ->
    case may_restart(State) of
        {true, State1} -> restart_by(State1#state.strategy, Child, State1);
        {false, State1} ->
            report(shutdown, reached_max_restart_intensity, Child, State#state.name),
            {stop, shutdown, not_running(Child, State1)}
    end.

restart_by(one_for_one, #child{id = Id, pid = Old} = Child, State) ->
    case start_one(Child, State#state.name) of
        {ok, Pid} -> {noreply, replace(running(Child, Pid), State)};
        {ok, Pid, _} -> {noreply, replace(running(Child, Pid), State)};
        {error, Reason} ->
            report(start_error, Reason, Child, State#state.name),
            try_again(Id, replace(Child#child{pid = restarting(Old)}, State))
    end;
restart_by(one_for_all, Child, #state{children = Children} = State) ->
    start_over(Children, [], Child, State);
restart_by(rest_for_one, #child{id = Id} = Child, #state{children = Children} = State) ->
    {After, [Self | Before]} = lists:splitwith(fun(#child{id = I}) -> I =/= Id end, Children),
    start_over(After ++ [Self], Before, Child, State).

%% Ends Again (the last started first) and starts it in order, behind what Stay holds. Temporary ones are gone then.
start_over(Again, Stay, #child{pid = Old}, #state{name = Name} = State) ->
    Ended = end_all(Again, Name),
    case start_all(lists:reverse(Ended), Stay, Name) of
        {ok, Children} -> {noreply, State#state{children = Children}};
        {error, Started, #child{id = Id} = Failed, _} ->
            Rest = lists:takewhile(fun(#child{id = I}) -> I =/= Id end, Ended),
            Children = Rest ++ [Failed#child{pid = restarting(Old)} | Started],
            try_again(Id, State#state{children = Children})
    end.

restarting({restarting, _} = Old) -> Old;
restarting(Pid) -> {restarting, Pid}.

try_again(Id, State) ->
    gen_server:cast(self(), {try_again, Id}),
    {noreply, State}.

restart_dynamic(Old, Args, #state{children = [Child]} = State) ->
    case may_restart(State) of
        {true, #state{dynamics = Dynamics} = State1} ->
            {M, F, _} = Child#child.mfargs,
            case start_mfa(M, F, Args) of
                {ok, undefined} -> {noreply, State1};
                {ok, Pid} -> {noreply, keep(Pid, Args, Child, State1)};
                {ok, Pid, _} -> {noreply, keep(Pid, Args, Child, State1)};
                {error, Reason} ->
                    Key = restarting(Old),
                    report(start_error, Reason, Child#child{pid = Key}, State#state.name),
                    try_again(Key, State1#state{dynamics = Dynamics#{Key => Args}})
            end;
        {false, State1} ->
            report(shutdown, reached_max_restart_intensity, Child, State#state.name),
            {stop, shutdown, State1}
    end.

%% More than intensity restarts within period seconds are too many.
may_restart(#state{intensity = Intensity, period = Period, restarts = Restarts} = State) ->
    Now = erlang:monotonic_time(millisecond),
    Recent = lists:takewhile(fun(At) -> Now - At =< Period * 1000 end, Restarts),
    {length(Recent) < Intensity, State#state{restarts = [Now | Recent]}}.

%% ---- ending ----------------------------------------------------------------------------------------

terminate(_, #state{strategy = simple_one_for_one, children = [Child], dynamics = Dynamics, name = Name}) ->
    end_dynamic([Pid || Pid <- maps:keys(Dynamics), is_pid(Pid)], Child, Name);
terminate(_, #state{children = Children, name = Name}) -> end_all(Children, Name).

%% The last started first; gives the children that are kept, not running.
end_all(Children, Name) ->
    Ended = [end_one(Child, Name) || Child <- Children],
    [Child || #child{restart_type = Type} = Child <- Ended, Type =/= temporary].

end_one(#child{pid = Pid, shutdown = Shutdown} = Child, Name) when is_pid(Pid) ->
    case stop(Pid, Shutdown) of
        ok -> ok;
        {error, Reason} -> report(shutdown_error, Reason, Child, Name)
    end,
    Child#child{pid = undefined};
end_one(Child, _) -> Child#child{pid = undefined}.

stop(Pid, Shutdown) ->
    Ref = erlang:monitor(process, Pid),
    unlink(Pid),
    receive
        {'EXIT', Pid, Reason} ->                               % it had ended before we asked
            receive {'DOWN', Ref, process, Pid, _} -> ok end,
            stopped(Reason, shutdown)
    after 0 -> ask_to_stop(Pid, Ref, Shutdown)
    end.

ask_to_stop(Pid, Ref, brutal_kill) ->
    exit(Pid, kill),
    receive {'DOWN', Ref, process, Pid, Reason} -> stopped(Reason, killed) end;
ask_to_stop(Pid, Ref, Timeout) ->
    exit(Pid, shutdown),
    receive {'DOWN', Ref, process, Pid, Reason} -> stopped(Reason, shutdown)
    after Timeout ->
            exit(Pid, kill),
            receive {'DOWN', Ref, process, Pid, Reason} -> {error, Reason} end
    end.

stopped(Expected, Expected) -> ok;
stopped(normal, _) -> ok;
stopped(noproc, _) -> ok;
stopped({shutdown, _}, shutdown) -> ok;
stopped(Reason, _) -> {error, Reason}.

%% All at once: they do not depend on each other.
end_dynamic(Pids, #child{shutdown = Shutdown} = Child, Name) ->
    Refs = maps:from_list([begin
                               Ref = erlang:monitor(process, Pid),
                               unlink(Pid),
                               exit(Pid, case Shutdown of brutal_kill -> kill; _ -> shutdown end),
                               {Ref, Pid}
                           end || Pid <- Pids]),
    Deadline = case Shutdown of
                   T when is_integer(T) -> erlang:start_timer(T, self(), kill);
                   _ -> none
               end,
    await_dynamic(Refs, Deadline, Child, Name).

await_dynamic(Refs, Deadline, _, _) when map_size(Refs) =:= 0 ->
    is_reference(Deadline) andalso erlang:cancel_timer(Deadline),
    ok;
await_dynamic(Refs, Deadline, #child{shutdown = Shutdown} = Child, Name) ->
    receive
        {'DOWN', Ref, process, Pid, Reason} when is_map_key(Ref, Refs) ->
            case stopped(Reason, case Shutdown of brutal_kill -> killed; _ -> shutdown end) of
                ok -> ok;
                {error, _} -> report(shutdown_error, Reason, Child#child{pid = Pid}, Name)
            end,
            await_dynamic(maps:remove(Ref, Refs), Deadline, Child, Name);
        {timeout, Deadline, kill} ->
            maps:foreach(fun(_, Pid) -> exit(Pid, kill) end, Refs),
            await_dynamic(Refs, none, Child, Name)
    end.

code_change(_, #state{mod = Mod, args = Args} = State, _) ->
    case Mod:init(Args) of
        {ok, {Flags, _}} ->
            case flags(Flags, State) of
                {ok, _} = Ok -> Ok;
                {error, Reason} -> {error, {supervisor_data, Reason}}
            end;
        ignore -> {ok, State};
        Other -> Other
    end.

%% ---- flags and specifications ----------------------------------------------------------------------

flags(#{} = Map, State) ->
    flags(maps:get(strategy, Map, one_for_one), maps:get(intensity, Map, 1), maps:get(period, Map, 5),
          maps:get(auto_shutdown, Map, never), State);
flags({Strategy, Intensity, Period}, State) -> flags(Strategy, Intensity, Period, never, State);
flags(Other, _) -> {error, {invalid_type, Other}}.

flags(Strategy, Intensity, Period, Auto, State) ->
    case first_error([{lists:member(Strategy, [one_for_one, one_for_all, rest_for_one, simple_one_for_one]),
                       {invalid_strategy, Strategy}},
                      {is_integer(Intensity) andalso Intensity >= 0, {invalid_intensity, Intensity}},
                      {is_integer(Period) andalso Period > 0, {invalid_period, Period}},
                      {lists:member(Auto, [never, any_significant, all_significant]), {invalid_auto_shutdown, Auto}},
                      {Strategy =/= simple_one_for_one orelse Auto =:= never,
                       {bad_combination, [{auto_shutdown, Auto}, {strategy, Strategy}]}}]) of
        ok -> {ok, State#state{strategy = Strategy, intensity = Intensity, period = Period, auto_shutdown = Auto}};
        Error -> Error
    end.

first_error([{true, _} | T]) -> first_error(T);
first_error([{false, Reason} | _]) -> {error, Reason};
first_error([]) -> ok.

%% {ok, Children} in the given order, or the first error.
children(Specs, Auto) -> children(Specs, Auto, []).

children([Spec | T], Auto, Acc) ->
    case child(Spec, Auto) of
        {ok, #child{id = Id} = Child} ->
            case lists:keymember(Id, #child.id, Acc) of
                true -> {error, {duplicate_child_name, Id}};
                false -> children(T, Auto, [Child | Acc])
            end;
        {error, _} = Error -> Error
    end;
children([], _, Acc) -> {ok, lists:reverse(Acc)};
children(Other, _, _) -> {error, {invalid_child_spec, Other}}.

child(#{} = Map, Auto) ->
    case Map of
        #{id := Id, start := Start} ->
            Type = maps:get(type, Map, worker),
            Modules = case Map of
                          #{modules := Mods} -> Mods;
                          #{} when is_tuple(Start), tuple_size(Start) > 0 -> [element(1, Start)];
                          #{} -> []
                      end,
            child(#child{id = Id, mfargs = Start, restart_type = maps:get(restart, Map, permanent),
                         significant = maps:get(significant, Map, false), child_type = Type,
                         shutdown = maps:get(shutdown, Map, default_shutdown(Type)), modules = Modules}, Auto);
        #{id := _} -> {error, missing_start};
        #{} -> {error, missing_id}
    end;
child({Id, Start, Restart, Shutdown, Type, Modules}, Auto) ->
    child(#child{id = Id, mfargs = Start, restart_type = Restart, shutdown = Shutdown, child_type = Type,
                 modules = Modules}, Auto);
child(#child{mfargs = Start, restart_type = Restart, significant = Significant, shutdown = Shutdown,
             child_type = Type, modules = Modules} = Child, Auto) ->
    case first_error([{is_mfa(Start), {invalid_mfa, Start}},
                      {lists:member(Restart, [permanent, transient, temporary]), {invalid_restart_type, Restart}},
                      {is_boolean(Significant), {invalid_significant, Significant}},
                      {Significant =/= true orelse Restart =/= permanent,
                       {bad_combination, [{restart, Restart}, {significant, true}]}},
                      {Significant =/= true orelse Auto =/= never,
                       {bad_combination, [{auto_shutdown, never}, {significant, true}]}},
                      {is_shutdown(Shutdown), {invalid_shutdown, Shutdown}},
                      {Type =:= worker orelse Type =:= supervisor, {invalid_child_type, Type}},
                      {is_modules(Modules), {invalid_modules, Modules}}]) of
        ok -> {ok, Child};
        Error -> Error
    end;
child(Other, _) -> {error, {invalid_child_spec, Other}}.

default_shutdown(supervisor) -> infinity;
default_shutdown(_) -> 5000.

is_mfa({M, F, A}) -> is_atom(M) andalso is_atom(F) andalso is_list(A);
is_mfa(_) -> false.

is_shutdown(infinity) -> true;
is_shutdown(brutal_kill) -> true;
is_shutdown(T) -> is_integer(T) andalso T >= 0.

is_modules(dynamic) -> true;
is_modules(Mods) -> is_list(Mods) andalso lists:all(fun is_atom/1, Mods).

spec(#child{id = Id, mfargs = Start, restart_type = Restart, significant = Significant, shutdown = Shutdown,
            child_type = Type, modules = Modules}) ->
    #{id => Id, start => Start, restart => Restart, significant => Significant, shutdown => Shutdown, type => Type,
      modules => Modules}.

%% ---- reports ---------------------------------------------------------------------------------------

report(What, Reason, Child, Name) ->
    told(error, #{label => {supervisor, What},
                  report => [{supervisor, Name}, {errorContext, What}, {reason, Reason}, {offender, offender(Child)}]},
         error_report, supervisor_report, "SUPERVISOR REPORT").

%% Told to those who asked for level info.
progress(Child, Name) ->
    logger:allow(info, supervisor) andalso
        told(info, #{label => {supervisor, progress}, report => [{supervisor, Name}, {started, offender(Child)}]},
             info_report, progress, "PROGRESS REPORT").

told(Level, Report, Tag, Type, Title) ->
    sx_report:told(Level, Report, Tag,
                   #{domain => [otp, sasl], logger_formatter => #{title => Title},
                     error_logger => #{tag => Tag, type => Type, report_cb => fun supervisor:format_log/1}}).

offender(#child{pid = Pid, id = Id, mfargs = Start, restart_type = Restart, significant = Significant, shutdown = Shutdown, child_type = Type}) ->
    [{pid, Pid}, {id, Id}, {mfargs, Start}, {restart_type, Restart}, {significant, Significant}, {shutdown, Shutdown}, {child_type, Type}].

%% What logger's reports of supervisors say: {Format, Args}, and the text that a formatter's configuration asks for.
format_log(Report) -> sx_report_text:format(Report).
format_log(Report, Config) -> sx_report_text:text(Report, Config).
