%% sx_report.erl - what is told of faults in processes: by proc_lib of what nobody caught, by behaviours of what they know more of.
%% Handlers of logger see OTP's reports with OTP's metadata. The default one shows one text in their place, which this program
%% makes of the exception and its source: see sx_logger_h.
%% It has a name of its own, so that OTP's proc_lib can stand in for ours.
-module(sx_report).

-export([crash/5, fault/5, uncaught/3, plain/4, told/4, client/1]).

-include_lib("kernel/include/logger.hrl").

%% A behaviour reports the crash of its process itself. Details are {Name, Value}: 'last message', state, and client, the
%% pid whose request it was. Report is OTP's, its label's first element the behaviour. What the process exits with is then shown by
%% other handlers alone.
crash(Class, Reason, Stack, Details, Report) ->
    put('$crash_reported', true),
    fault(Class, Reason, Stack, Details, Report).

%% The same of a fault that the process survives.
fault(Class, Reason, Stack, Details, Report) -> shown(Report, behaviour(Report, error), {Class, Reason, Stack, Details}).

%% Anything else that a behaviour reports; Tag is that of error_logger.
told(Level, Report, Tag, What) -> logger:report(Level, Report, maps:merge(?LOCATION, maps:merge(behaviour(Report, Tag), What))).

behaviour(#{label := {Behaviour, _}}, Tag) ->
    #{domain => [otp], report_cb => fun Behaviour:format_log/2, error_logger => #{tag => Tag, report_cb => fun Behaviour:format_log/1}}.

%% The crash of a process.
uncaught(Class, Reason, Stack) ->
    Told = erase('$crash_reported'),
    shown(#{label => {proc_lib, crash}, report => [own(Class, Reason, Stack), neighbours()]},
          #{domain => [otp, sasl], report_cb => fun proc_lib:report_cb/2, logger_formatter => #{title => "CRASH REPORT"},
            error_logger => #{tag => error_report, type => crash_report}},
          case Told of true -> told; _ -> {Class, Reason, Stack, []} end).

shown(Report, Meta, Crash) ->
    case logger:allow(error, proc_lib) of
        true ->
            put('$crash_text', text(Crash)),
            try logger:report(error, Report, maps:merge(?LOCATION, Meta))
            after erase('$crash_text')
            end;
        false -> ok
    end.

text(told) -> told;
text({Class, Reason, Stack, Details}) ->
    case lists:member(default, logger:get_handler_ids()) of
        true -> string:trim(sx:call('sx/%error-report', [Class, Reason, Stack, Details]), trailing, "\n");
        false -> told
    end.

%% A process that proc_lib did not start has crashed: those handlers are told that are not `default`, for which the host has
%% printed it. It runs in a process of its own.
plain(Pid, Class, Reason, Stack) ->
    put('$crash_text', told),
    Why = case Class of throw -> {{nocatch, Reason}, Stack}; _ -> {Reason, Stack} end,
    try logger:log(error, "Error in process ~p with exit value:~n~p~n", [Pid, Why],
                   #{pid => Pid, gl => group_leader(), time => logger:timestamp(), error_logger => #{emulator => true, tag => error}})
    catch _:_ -> ok                                            % whatever it was, it would come back here
    end.

%% Of the client that waits for an answer: {Pid, {NameOrPid, Stack}}, {Pid, dead}, or undefined.
client({Pid, _}) when is_pid(Pid) ->
    case process_info(Pid, [current_stacktrace, registered_name]) of
        undefined -> {Pid, dead};
        [{current_stacktrace, Stack}, {registered_name, []}] -> {Pid, {Pid, Stack}};
        [{current_stacktrace, Stack}, {registered_name, Name}] -> {Pid, {Name, Stack}}
    end;
client(_) -> undefined.

%% ---- a crash report's parts -------------------------------------------------------------------------------------------------

own(Class, Reason, Stack) ->
    Me = self(),
    {messages, Messages} = process_info(Me, messages),
    [{initial_call, proc_lib:initial_call(Me)}, {pid, Me}, name(Me), {error_info, {Class, Reason, Stack}}, {ancestors, ancestors(get())},
     {message_queue_len, length(Messages)}, {messages, Messages}, item(Me, links),
     {dictionary, [Entry || {Key, _} = Entry <- get(), Key =/= '$ancestors', Key =/= '$initial_call', Key =/= '$crash_reported']}
     | [item(Me, Item) || Item <- [trap_exit, status, heap_size, stack_size, reductions]]].

name(Pid) ->
    case process_info(Pid, registered_name) of
        {registered_name, _} = Named -> Named;
        _ -> {registered_name, []}
    end.

ancestors(Dictionary) -> proplists:get_value('$ancestors', Dictionary, []).

item(Pid, Item) ->
    case process_info(Pid, Item) of
        {Item, _} = Value -> Value;
        _ -> {Item, undefined}
    end.

%% The processes that this end takes along: linked ones that do not trap exits.
neighbours() ->
    {links, Links} = process_info(self(), links),
    [{neighbour, neighbour(Pid, Dictionary)} || Pid <- Links, is_pid(Pid), [{trap_exit, false}, {dictionary, Dictionary}] <- [process_info(Pid, [trap_exit, dictionary])]].

neighbour(Pid, Dictionary) ->
    [{pid, Pid}, name(Pid), {initial_call, proc_lib:initial_call({dictionary, Dictionary})}, item(Pid, current_function),
     {ancestors, ancestors(Dictionary)}
     | [item(Pid, Item) || Item <- [message_queue_len, links, trap_exit, status, heap_size, stack_size, reductions, current_stacktrace]]].
