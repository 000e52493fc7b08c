%% logger.erl - what happens is told to handlers: an event is level, message and metadata; levels and filters, of all and of each
%% handler, say who is told. Handlers are called in the process that logs, so that none of it can pile up anywhere.
%% What is configured is sx_logger_config's; how an event becomes text is logger_formatter's.
%% The handler `default` writes to standard error. It is sx_logger_h, which shows a crash as this program shows errors.
-module(logger).

-export([log/2, log/3, log/4, allow/2, macro_log/3, macro_log/4, macro_log/5, report/2, report/3,
         emergency/1, emergency/2, emergency/3, alert/1, alert/2, alert/3, critical/1, critical/2, critical/3,
         error/1, error/2, error/3, warning/1, warning/2, warning/3, notice/1, notice/2, notice/3,
         info/1, info/2, info/3, debug/1, debug/2, debug/3,
         add_handler/3, add_handlers/1, remove_handler/1, add_handler_filter/3, remove_handler_filter/2,
         add_primary_filter/2, remove_primary_filter/1, get_handler_ids/0, get_handler_config/0, get_handler_config/1,
         set_handler_config/2, set_handler_config/3, update_handler_config/2, update_handler_config/3,
         update_formatter_config/2, update_formatter_config/3,
         get_primary_config/0, set_primary_config/1, set_primary_config/2, update_primary_config/1,
         set_module_level/2, unset_module_level/0, unset_module_level/1, get_module_level/0, get_module_level/1,
         set_application_level/2, unset_application_level/1, get_proxy_config/0, set_proxy_config/1, update_proxy_config/1,
         get_config/0, reconfigure/0, i/0, i/1, compare_levels/2, timestamp/0, filter_stacktrace/2,
         set_process_metadata/1, update_process_metadata/1, get_process_metadata/0, unset_process_metadata/0,
         format_report/1, format_otp_report/1, add_default_metadata/1]).

-export_type([level/0, report/0, metadata/0, msg_fun/0, log_event/0, filter/0, filter_arg/0, filter_id/0, filter_return/0,
              primary_config/0, handler_config/0, handler_id/0, formatter_config/0, report_cb/0, report_cb_config/0, timestamp/0]).

-type level() :: emergency | alert | critical | error | warning | notice | info | debug.
-type report() :: map() | [{atom(), term()}].
-type metadata() :: #{atom() => term()}.
-type timestamp() :: integer().
-type msg_fun() :: fun((term()) -> term()).
-type report_cb_config() :: #{depth := pos_integer() | unlimited, chars_limit := pos_integer() | unlimited, single_line := boolean()}.
-type report_cb() :: fun((report()) -> {io:format(), [term()]}) | fun((report(), report_cb_config()) -> unicode:chardata()).
-type log_event() :: #{level := level(), msg := term(), meta := metadata()}.
-type filter_id() :: atom().
-type filter_arg() :: term().
-type filter_return() :: stop | ignore | log_event().
-type filter() :: {fun((log_event(), filter_arg()) -> filter_return()), filter_arg()}.
-type primary_config() :: map().
-type handler_config() :: map().
-type handler_id() :: atom().
-type formatter_config() :: map().

-compile({no_auto_import, [error/1, error/2, error/3]}).

-define(META, '$logger_metadata$').
-define(IS_STRING(S), (is_list(S) orelse is_binary(S))).
-define(IS_REPORT(R), (is_map(R) orelse (is_list(R) andalso is_tuple(hd(R))))).
-define(IS_FORMAT(F), (is_list(F) orelse is_binary(F) orelse is_atom(F))).

%% ---- logging -------------------------------------------------------------------------------------------------------------

emergency(X) -> log(emergency, X).
emergency(X, Y) -> log(emergency, X, Y).
emergency(X, Y, Z) -> log(emergency, X, Y, Z).
alert(X) -> log(alert, X).
alert(X, Y) -> log(alert, X, Y).
alert(X, Y, Z) -> log(alert, X, Y, Z).
critical(X) -> log(critical, X).
critical(X, Y) -> log(critical, X, Y).
critical(X, Y, Z) -> log(critical, X, Y, Z).
error(X) -> log(error, X).
error(X, Y) -> log(error, X, Y).
error(X, Y, Z) -> log(error, X, Y, Z).
warning(X) -> log(warning, X).
warning(X, Y) -> log(warning, X, Y).
warning(X, Y, Z) -> log(warning, X, Y, Z).
notice(X) -> log(notice, X).
notice(X, Y) -> log(notice, X, Y).
notice(X, Y, Z) -> log(notice, X, Y, Z).
info(X) -> log(info, X).
info(X, Y) -> log(info, X, Y).
info(X, Y, Z) -> log(info, X, Y, Z).
debug(X) -> log(debug, X).
debug(X, Y) -> log(debug, X, Y).
debug(X, Y, Z) -> log(debug, X, Y, Z).

log(Level, StringOrReport) when ?IS_STRING(StringOrReport); ?IS_REPORT(StringOrReport) -> logged(Level, StringOrReport, #{}).

log(Level, Format, Args) when ?IS_FORMAT(Format), is_list(Args) -> logged(Level, {Format, Args}, #{});
log(Level, StringOrReport, Meta) when is_map(Meta), (?IS_STRING(StringOrReport) orelse ?IS_REPORT(StringOrReport)) ->
    logged(Level, StringOrReport, Meta);
log(Level, Fun, Arg) when is_function(Fun, 1) -> logged(Level, {Fun, Arg}, #{}).

log(Level, Format, Args, Meta) when ?IS_FORMAT(Format), is_list(Args), is_map(Meta) -> logged(Level, {Format, Args}, Meta);
log(Level, Fun, Arg, Meta) when is_function(Fun, 1), is_map(Meta) -> logged(Level, {Fun, Arg}, Meta).

%% A report of the library itself.
report(Level, Report) -> report(Level, Report, #{}).
report(Level, Report, Meta) -> logged(Level, Report, Meta).

logged(Level, What, Meta) ->
    case allow(Level) of
        true -> tell(Level, What, Meta);
        false -> ok
    end.

allow(Level) -> sx_logger_config:number(Level) =< sx_logger_config:level().

%% Is an event of Module at this level wanted? function_clause for what is no level.
allow(Level, Module) -> sx_logger_config:number(Level) =< sx_logger_config:level(Module).

%% What the ?LOG macros call, once allow/2 said yes.
macro_log(Where, Level, X) when ?IS_STRING(X); ?IS_REPORT(X) -> tell(Level, X, Where).
macro_log(Where, Level, Format, Args) when ?IS_FORMAT(Format), is_list(Args) -> tell(Level, {Format, Args}, Where);
macro_log(Where, Level, X, Meta) when is_map(Meta), (?IS_STRING(X) orelse ?IS_REPORT(X)) -> tell(Level, X, maps:merge(Where, Meta));
macro_log(Where, Level, Fun, Arg) when is_function(Fun, 1) -> tell(Level, {Fun, Arg}, Where).
macro_log(Where, Level, Format, Args, Meta) when ?IS_FORMAT(Format), is_list(Args), is_map(Meta) ->
    tell(Level, {Format, Args}, maps:merge(Where, Meta));
macro_log(Where, Level, Fun, Arg, Meta) when is_function(Fun, 1), is_map(Meta) -> tell(Level, {Fun, Arg}, maps:merge(Where, Meta)).

tell(Level, {Fun, Arg} = Call, Meta) when is_function(Fun, 1) ->
    try Fun(Arg) of
        {Answer, #{} = More} -> answered(Level, Answer, maps:merge(Meta, More), Call);
        Answer -> answered(Level, Answer, Meta, Call)
    catch Class:Reason -> event(Level, {"LAZY_FUN CRASH: ~tp; Reason: ~tp", [Call, {Class, Reason}]}, Meta)
    end;
tell(Level, {_, _} = Format, Meta) -> event(Level, Format, Meta);
tell(Level, Report, Meta) when ?IS_REPORT(Report) -> event(Level, {report, Report}, Meta);
tell(Level, String, Meta) -> event(Level, {string, String}, Meta).

answered(_, ignore, _, _) -> ok;
answered(Level, {Format, Args} = M, Meta, _) when ?IS_FORMAT(Format), is_list(Args) -> event(Level, M, Meta);
answered(Level, Report, Meta, _) when ?IS_REPORT(Report) -> event(Level, {report, Report}, Meta);
answered(Level, String, Meta, _) when ?IS_STRING(String) -> event(Level, {string, String}, Meta);
answered(Level, Other, Meta, Call) -> event(Level, {"LAZY_FUN ERROR: ~tp; Returned: ~tp", [Call, Other]}, Meta).

%% The event's own metadata goes before the process's, and that before the primary configuration's.
event(Level, Msg, Meta) ->
    #{primary := #{metadata := Ours} = Primary, handlers := Handlers} = sx_logger_config:all(),
    Merged = maps:merge(Ours, maps:merge(own_meta(), Meta)),
    Event = #{level => Level, msg => Msg, meta => add_default_metadata(Merged)},
    case filtered(Event, primary, Primary) of
        stop -> ok;
        Event1 ->
            [handled(Event1, Id, Config) || {Id, Config} <- Handlers],
            ok
    end.

add_default_metadata(#{pid := _, gl := _, time := _} = Meta) -> Meta;
add_default_metadata(Meta) -> maps:merge(#{pid => self(), gl => group_leader(), time => timestamp()}, Meta).

handled(#{level := Level} = Event, Id, #{level := Most, module := Module} = Config) ->
    case sx_logger_config:number(Level) =< sx_logger_config:number(Most) of
        true ->
            case filtered(Event, Id, Config) of
                stop -> ok;
                Event1 ->
                    try Module:log(Event1, Config)
                    catch Class:Reason:Stack ->
                            ok = remove_failing(sx_logger_config:remove_handler(Id), handler, Id, {Class, Reason, Stack})
                    end
            end;
        false -> ok
    end.

%% The event, as filters left it, or stop.
filtered(Event, Of, #{filters := Filters, filter_default := Default}) -> filtered(Filters, Event, Of, case Default of log -> Event; stop -> stop end).

filtered([{Id, {F, Arg}} | Filters], Event, Of, Result) ->
    try F(Event, Arg) of
        stop -> stop;
        ignore -> filtered(Filters, Event, Of, Result);
        #{level := Level, msg := _, meta := _} = Event1 when is_atom(Level) -> filtered(Filters, Event1, Of, Event1);
        Other ->
            remove_failing(sx_logger_config:remove_filter(Of, Id), filter, Id, {bad_return_value, Other}),
            filtered(Filters, Event, Of, Result)
    catch Class:Reason:Stack ->
            remove_failing(sx_logger_config:remove_filter(Of, Id), filter, Id, {Class, Reason, Stack}),
            filtered(Filters, Event, Of, Result)
    end;
filtered([], _, _, Result) -> Result.

remove_failing(ok, What, Id, Why) ->
    io:format(standard_error, "Logger - error: the ~w ~w fails and was removed: ~0tP~n", [What, Id, Why, 30]);
remove_failing({error, _}, _, _, _) -> ok.                      % somebody else was faster

timestamp() -> os:system_time(microsecond).

%% The frames above those of Module.
filter_stacktrace(Module, [{Module, _, _, _} | _]) -> [];
filter_stacktrace(Module, [Frame | Frames]) -> [Frame | filter_stacktrace(Module, Frames)];
filter_stacktrace(_, []) -> [].

%% ---- metadata of a process ------------------------------------------------------------------------------------------------

set_process_metadata(Meta) when is_map(Meta) ->
    put(?META, Meta),
    ok;
set_process_metadata(Meta) -> erlang:error(badarg, [Meta]).

update_process_metadata(Meta) when is_map(Meta) -> set_process_metadata(maps:merge(own_meta(), Meta));
update_process_metadata(Meta) -> erlang:error(badarg, [Meta]).

get_process_metadata() -> get(?META).

unset_process_metadata() ->
    erase(?META),
    ok.

own_meta() ->
    case get(?META) of
        undefined -> #{};
        Meta -> Meta
    end.

%% ---- configuration -----------------------------------------------------------------------------------------------------------

add_handler(Id, Module, Config) -> sx_logger_config:add_handler(Id, Module, Config).
remove_handler(Id) -> sx_logger_config:remove_handler(Id).
add_handler_filter(Id, FilterId, Filter) -> sx_logger_config:add_filter(Id, {FilterId, Filter}).
remove_handler_filter(Id, FilterId) -> sx_logger_config:remove_filter(Id, FilterId).
add_primary_filter(FilterId, Filter) -> sx_logger_config:add_filter(primary, {FilterId, Filter}).
remove_primary_filter(FilterId) -> sx_logger_config:remove_filter(primary, FilterId).
set_handler_config(Id, Config) -> sx_logger_config:change_handler(set, Id, Config).
set_handler_config(Id, Key, Value) -> sx_logger_config:change_handler(set, Id, Key, Value).
update_handler_config(Id, Config) -> sx_logger_config:change_handler(update, Id, Config).
update_handler_config(Id, Key, Value) -> sx_logger_config:change_handler(update, Id, Key, Value).

update_formatter_config(Id, Config) when is_map(Config) ->
    case get_handler_config(Id) of
        {ok, #{formatter := {Module, Old}}} -> set_handler_config(Id, formatter, {Module, maps:merge(Old, Config)});
        Error -> Error
    end;
update_formatter_config(_, Config) -> {error, {invalid_config, Config}}.

update_formatter_config(Id, Key, Value) -> update_formatter_config(Id, #{Key => Value}).

get_handler_ids() -> [Id || {Id, _} <- maps:get(handlers, sx_logger_config:all())].
get_handler_config() -> [C || Id <- get_handler_ids(), {ok, C} <- [get_handler_config(Id)]].

get_handler_config(Id) ->
    case lists:keyfind(Id, 1, maps:get(handlers, sx_logger_config:all())) of
        {_, #{module := Module} = Config} ->
            {ok, case erlang:function_exported(Module, filter_config, 1) of true -> Module:filter_config(Config); false -> Config end};
        false -> {error, {not_found, Id}}
    end.

get_primary_config() -> maps:get(primary, sx_logger_config:all()).
set_primary_config(Config) -> sx_logger_config:set_primary(Config).
set_primary_config(Key, Value) -> update_primary_config(#{Key => Value}).
update_primary_config(Config) -> sx_logger_config:update_primary(Config).

set_module_level(Modules, Level) -> sx_logger_config:set_levels(Modules, Level).
unset_module_level() -> sx_logger_config:unset_levels().
unset_module_level(Modules) -> sx_logger_config:unset_levels(Modules).
get_module_level() -> maps:to_list(maps:get(modules, sx_logger_config:all())).
get_module_level(Module) when is_atom(Module) -> get_module_level([Module]);
get_module_level(Modules) -> [L || {M, _} = L <- get_module_level(), lists:member(M, Modules)].

set_application_level(App, Level) ->
    case application:get_key(App, modules) of
        {ok, Modules} -> set_module_level(Modules, Level);
        undefined -> {error, {not_loaded, App}}
    end.

unset_application_level(App) ->
    case application:get_key(App, modules) of
        {ok, Modules} -> unset_module_level(Modules);
        undefined -> {error, {not_loaded, App}}
    end.

%% There is no other node to log for.
get_proxy_config() -> #{}.
set_proxy_config(Config) -> proxy(Config).
update_proxy_config(Config) -> proxy(Config).

proxy(Config) when is_map(Config) -> ok;
proxy(Config) -> {error, {invalid_config, Config}}.

get_config() ->
    #{primary => get_primary_config(), handlers => get_handler_config(), proxy => get_proxy_config(), module_levels => get_module_level()}.

%% What an application's environment, or such a list, says: {handler, Id, Module, Config} and the like. Of an error the first.
add_handlers(App) when is_atom(App) -> add_handlers(application:get_env(App, logger, []));
add_handlers(Settings) when is_list(Settings) ->
    case [E || S <- Settings, E <- [setting(S)], E =/= ok] of
        [] -> ok;
        [Error | _] -> Error
    end.

setting({handler, default, undefined}) -> remove_handler(default);
setting({handler, Id, Module, Config}) ->
    Id =:= default andalso remove_handler(default),
    add_handler(Id, Module, Config);
setting({filters, Default, Filters}) -> update_primary_config(#{filter_default => Default, filters => Filters});
setting({module_level, Level, Modules}) -> set_module_level(Modules, Level);
setting({proxy, Config}) -> set_proxy_config(Config);
setting(Other) -> {error, {invalid_config, logger, Other}}.

%% As at the start, and then what kernel's environment says.
reconfigure() ->
    [remove_handler(Id) || Id <- get_handler_ids(), Id =/= default],
    sx_logger_config:reset(),
    update_primary_config(#{level => application:get_env(kernel, logger_level, notice)}),
    add_handlers(kernel).

i() -> [i(What) || What <- [primary, handlers, proxy, modules]], ok.

i(primary) -> io:format("Primary configuration:~n    ~tp~n", [get_primary_config()]);
i(handlers) -> io:format("Handler configuration:~n~ts", [[io_lib:format("    ~tp~n", [C]) || C <- get_handler_config()]]);
i(proxy) -> io:format("Proxy configuration:~n    ~tp~n", [get_proxy_config()]);
i(modules) -> io:format("Level set per module:~n~ts", [[io_lib:format("    ~tp: ~tp~n", [M, L]) || {M, L} <- get_module_level()]]);
i(Id) ->
    case get_handler_config(Id) of
        {ok, Config} -> io:format("Handler configuration:~n    ~tp~n", [Config]);
        Error -> Error
    end.

%% gt: A is graver than B.
compare_levels(A, B) ->
    try {sx_logger_config:number(A), sx_logger_config:number(B)} of
        {N, N} -> eq;
        {N, M} when N < M -> gt;
        _ -> lt
    catch error:_ -> erlang:error(badarg, [A, B])
    end.

%% ---- reports as formats -------------------------------------------------------------------------------------------------------

%% {Format, Args}: a line for each key.
format_otp_report(#{label := _, report := Report}) -> format_report(Report);
format_otp_report(Report) -> format_report(Report).

format_report(Report) when is_map(Report) -> format_report(maps:to_list(Report));
format_report(Report) when is_list(Report) ->
    case lists:flatten(Report) of
        [] -> {"~tp", [[]]};
        Flat ->
            case printable(Flat) of
                true -> {"~ts", [Flat]};
                false -> lines(Report, [], [])
            end
    end;
format_report(Report) -> {"~tp", [Report]}.

lines([{Key, Value} | More], Format, Args) ->
    case printable(Value) of
        true -> lines(More, ["    ~tp: ~ts" | Format], [Value, Key | Args]);
        false -> lines(More, ["    ~tp: ~tp" | Format], [Value, Key | Args])
    end;
lines([Other | More], Format, Args) -> lines(More, ["    ~tp" | Format], [Other | Args]);
lines([], Format, Args) -> {lists:flatten(lists:join($\n, lists:reverse(Format))), lists:reverse(Args)}.

printable([_ | _] = Text) -> io_lib:printable_unicode_list(Text);
printable(_) -> false.
