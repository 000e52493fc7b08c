%% proc_lib.erl - processes that know where they come from, answer to their starter, and report when they crash.
%% A process started here has '$ancestors' and '$initial_call' in its dictionary. Its exit reason is that of the
%% exception; an error carries its stack. Reasons other than normal, shutdown and {shutdown, _} are reported.
-module(proc_lib).

-export([spawn/1, spawn/2, spawn/3, spawn/4, spawn_link/1, spawn_link/2, spawn_link/3, spawn_link/4,
         spawn_opt/2, spawn_opt/3, spawn_opt/4, spawn_opt/5, start/3, start/4, start/5, start_link/3,
         start_link/4, start_link/5, start_monitor/3, start_monitor/4, start_monitor/5, init_ack/1,
         init_ack/2, init_p/3, init_p/5, hibernate/3, wake_up/3, initial_call/1,
         translate_initial_call/1, stop/1, stop/3, format/1, format/2, format/3, report_cb/2]).

-compile({no_auto_import, [spawn/1, spawn/2, spawn/3, spawn/4, spawn_link/1, spawn_link/2, spawn_link/3,
                           spawn_link/4, spawn_opt/2, spawn_opt/3, spawn_opt/4, spawn_opt/5]}).

%% ---- spawning --------------------------------------------------------------------------------------

spawn(F) -> spawn_opt(F, []).
spawn(_Node, F) -> spawn_opt(F, []).
spawn(M, F, A) -> spawn_opt(M, F, A, []).
spawn(_Node, M, F, A) -> spawn_opt(M, F, A, []).

spawn_link(F) -> spawn_opt(F, [link]).
spawn_link(_Node, F) -> spawn_opt(F, [link]).
spawn_link(M, F, A) -> spawn_opt(M, F, A, [link]).
spawn_link(_Node, M, F, A) -> spawn_opt(M, F, A, [link]).

spawn_opt(F, Opts) when is_function(F, 0) ->
    erlang:spawn_opt(proc_lib, init_p, [my_name(), ancestors(), F], Opts).

spawn_opt(_Node, F, Opts) -> spawn_opt(F, Opts).

spawn_opt(M, F, A, Opts) when is_atom(M), is_atom(F), is_list(A) ->
    erlang:spawn_opt(proc_lib, init_p, [my_name(), ancestors(), M, F, A], Opts).

spawn_opt(_Node, M, F, A, Opts) -> spawn_opt(M, F, A, Opts).

my_name() ->
    case process_info(self(), registered_name) of
        {registered_name, Name} -> Name;
        _ -> self()
    end.

ancestors() ->
    case get('$ancestors') of
        L when is_list(L) -> L;
        _ -> []
    end.

%% Runs in the new process.
init_p(Parent, Ancestors, F) when is_function(F) ->
    {module, M} = erlang:fun_info(F, module),
    {name, Name} = erlang:fun_info(F, name),
    {arity, Arity} = erlang:fun_info(F, arity),
    put('$ancestors', [Parent | Ancestors]),
    put('$initial_call', {M, Name, Arity}),
    try F()
    catch Class:Reason:Stack -> exit_with(Class, Reason, Stack)
    end.

init_p(Parent, Ancestors, M, F, A) ->
    put('$ancestors', [Parent | Ancestors]),
    put('$initial_call', trans_init(M, F, A)),
    run(M, F, A).

run(M, F, A) ->
    try apply(M, F, A)
    catch Class:Reason:Stack -> exit_with(Class, Reason, Stack)
    end.

exit_with(Class, Reason, Stack) ->
    report(Class, Reason, Stack),
    exit(exit_reason(Class, Reason, Stack)).

exit_reason(error, Reason, Stack) -> {Reason, Stack};
exit_reason(exit, Reason, _) -> Reason;
exit_reason(throw, Reason, Stack) -> {{nocatch, Reason}, Stack}.

hibernate(M, F, A) when is_atom(M), is_atom(F), is_list(A) -> erlang:hibernate(proc_lib, wake_up, [M, F, A]).

wake_up(M, F, A) -> run(M, F, A).

%% ---- start and answer ------------------------------------------------------------------------------

%% Start a process and wait until it calls init_ack (then that is the answer) or ends ({error, Reason}).
%% After Timeout it is killed: {error, timeout}.
start(M, F, A) -> start(M, F, A, infinity).
start(M, F, A, Timeout) -> start(M, F, A, Timeout, []).

start(M, F, A, Timeout, Opts) ->
    {Pid, Ref} = spawn_opt(M, F, A, [monitor | Opts]),
    receive
        {ack, Pid, Return} -> erlang:demonitor(Ref, [flush]), Return;
        {'DOWN', Ref, process, Pid, Reason} -> {error, Reason}
    after Timeout ->
            exit(Pid, kill),
            receive {'DOWN', Ref, process, Pid, _} -> ok end,
            drop_ack(Pid),
            {error, timeout}
    end.

drop_ack(Pid) ->
    receive {ack, Pid, _} -> ok
    after 0 -> ok
    end.

start_link(M, F, A) -> start_link(M, F, A, infinity).
start_link(M, F, A, Timeout) -> start_link(M, F, A, Timeout, []).

start_link(M, F, A, Timeout, Opts) ->
    Pid = spawn_opt(M, F, A, [link | Opts]),
    receive
        {ack, Pid, Return} -> Return;
        {'EXIT', Pid, Reason} -> {error, Reason}
    after Timeout ->
            unlink(Pid),
            exit(Pid, kill),
            receive {'EXIT', Pid, _} -> ok
            after 0 -> ok
            end,
            drop_ack(Pid),
            {error, timeout}
    end.

%% {Return, Ref}: the monitor stays, so that 'DOWN' follows in every case.
start_monitor(M, F, A) -> start_monitor(M, F, A, infinity).
start_monitor(M, F, A, Timeout) -> start_monitor(M, F, A, Timeout, []).

start_monitor(M, F, A, Timeout, Opts) ->
    {Pid, Ref} = spawn_opt(M, F, A, [monitor | Opts]),
    receive
        {ack, Pid, Return} -> {Return, Ref};
        {'DOWN', Ref, process, Pid, Reason} ->
            self() ! {'DOWN', Ref, process, Pid, Reason},
            {{error, Reason}, Ref}
    after Timeout ->
            exit(Pid, kill),
            receive {'DOWN', Ref, process, Pid, _} = Down -> self() ! Down end,
            drop_ack(Pid),
            {{error, timeout}, Ref}
    end.

init_ack(Return) ->
    [Parent | _] = get('$ancestors'),
    init_ack(Parent, Return).

init_ack(Starter, Return) -> Starter ! {ack, self(), Return}, ok.

%% ---- stopping --------------------------------------------------------------------------------------

stop(Process) -> stop(Process, normal, infinity).

%% Asks by a system message and waits for the end: ok if it went for Reason, else exits with what it went for.
stop(Process, Reason, Timeout) ->
    Ref = erlang:monitor(process, Process, [{alias, demonitor}]),
    Tag = [alias | Ref],
    try Process ! {system, {self(), Tag}, {terminate, Reason}}
    catch error:badarg -> ok                                   % no such name: 'DOWN' says so
    end,
    receive
        {'DOWN', Ref, _, _, Reason} -> drop_reply(Tag);
        {'DOWN', Ref, _, _, Other} -> drop_reply(Tag), exit(Other)
    after Timeout ->
            erlang:demonitor(Ref, [flush]),
            drop_reply(Tag),
            exit(timeout)
    end.

drop_reply(Tag) ->
    receive {Tag, _} -> ok
    after 0 -> ok
    end.

%% ---- where a process began --------------------------------------------------------------------------

initial_call(Process) ->
    case raw_initial_call(Process) of
        {M, F, Arity} -> {M, F, [list_to_atom("Argument__" ++ integer_to_list(I)) || I <- lists:seq(1, Arity)]};
        false -> false
    end.

translate_initial_call(Process) ->
    case raw_initial_call(Process) of
        false -> {proc_lib, init_p, 5};
        Call -> Call
    end.

raw_initial_call(Pid) when is_pid(Pid) ->
    case process_info(Pid, dictionary) of
        {dictionary, D} -> found_call(lists:keyfind('$initial_call', 1, D));
        undefined -> false
    end;
raw_initial_call({dictionary, D}) -> found_call(lists:keyfind('$initial_call', 1, D));
raw_initial_call(Info) when is_list(Info) ->
    case lists:keyfind(dictionary, 1, Info) of
        {dictionary, D} -> found_call(lists:keyfind('$initial_call', 1, D));
        false -> false
    end.

found_call({_, Call}) -> Call;
found_call(false) -> false.

%% A generic server begins at its callback module's init/1.
trans_init(gen, init_it, [gen_event | _]) -> {gen_event, init_it, 6};
trans_init(gen, init_it, [_, _, _, Mod, Arg, _]) -> server_call(Mod, Arg);
trans_init(gen, init_it, [_, _, _, _, Mod, Arg, _]) -> server_call(Mod, Arg);
trans_init(M, F, A) -> {M, F, length(A)}.

server_call(supervisor, {_, Mod, _}) -> {supervisor, Mod, 1};
server_call(Mod, _) -> {Mod, init, 1}.

%% ---- crash reports ---------------------------------------------------------------------------------

report(exit, normal, _) -> ok;
report(exit, shutdown, _) -> ok;
report(exit, {shutdown, _}, _) -> ok;
report(Class, Reason, Stack) -> sx_report:uncaught(Class, Reason, Stack).

%% The text of a crash report.
format(Report) -> format(Report, unicode).
format(Report, Encoding) -> format(Report, Encoding, unlimited).
format(Report, _Encoding, Depth) ->
    lists:flatten(sx_report_text:crash(Report, #{depth => Depth, chars_limit => unlimited, single_line => false})).

%% The same for logger's formatters.
report_cb(#{label := {proc_lib, crash}, report := Report}, Config) -> sx_report_text:crash(Report, Config).
