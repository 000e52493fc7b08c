%% logger.erl - a small logger: every event at or above the primary level is written to standard error at once.
%% No handlers, no filters, no process of its own. The level is a persistent_term.
-module(logger).

-export([log/2, log/3, log/4, report/2, emergency/1, emergency/2, emergency/3, alert/1, alert/2, alert/3,
         critical/1, critical/2, critical/3, error/1, error/2, error/3, warning/1, warning/2, warning/3,
         notice/1, notice/2, notice/3, info/1, info/2, info/3, debug/1, debug/2, debug/3, allow/2,
         macro_log/3, macro_log/4, macro_log/5, set_primary_config/1, set_primary_config/2,
         get_primary_config/0, set_module_level/2, compare_levels/2, set_process_metadata/1,
         update_process_metadata/1, get_process_metadata/0, unset_process_metadata/0, add_handler/3,
         remove_handler/1, set_handler_config/2, set_handler_config/3, get_handler_ids/0]).

-compile({no_auto_import, [error/1, error/2, error/3]}).

-define(LEVEL, {logger, level}).

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

log(Level, StringOrReport) -> write(Level, StringOrReport, none).
log(Level, Format, Args) when is_list(Args) -> write(Level, Format, Args);
log(Level, StringOrReport, Meta) when is_map(Meta) -> write(Level, StringOrReport, none).
log(Level, F, Arg, _Meta) when is_function(F, 1) -> write(Level, F(Arg), none);
log(Level, Format, Args, _Meta) -> write(Level, Format, Args).

%% A report of the library itself.
report(Level, Report) -> write(Level, Report, none).

allow(Level, _Module) -> enabled(Level).

%% What the ?LOG macros of kernel's logger.hrl call.
macro_log(_Where, Level, StringOrReport) -> log(Level, StringOrReport).
macro_log(_Where, Level, X, Y) -> log(Level, X, Y).
macro_log(_Where, Level, X, Y, Meta) -> log(Level, X, Y, Meta).

%% ---- configuration ---------------------------------------------------------------------------------

set_primary_config(level, Level) ->
    case number(Level) of
        unknown -> {error, {invalid_level, Level}};
        _ -> persistent_term:put(?LEVEL, Level)
    end;
set_primary_config(_, _) -> ok.

set_primary_config(#{level := Level}) -> set_primary_config(level, Level);
set_primary_config(_) -> ok.

get_primary_config() -> #{level => level(), filter_default => log, filters => [], metadata => #{}}.

level() -> persistent_term:get(?LEVEL, notice).

set_module_level(_, _) -> ok.
add_handler(_, _, _) -> ok.
remove_handler(_) -> ok.
set_handler_config(_, _) -> ok.
set_handler_config(_, _, _) -> ok.
get_handler_ids() -> [default].

set_process_metadata(Meta) -> put('$logger_metadata$', Meta), ok.
update_process_metadata(Meta) -> set_process_metadata(maps:merge(get_meta(), Meta)).
get_process_metadata() -> get('$logger_metadata$').
unset_process_metadata() -> erase('$logger_metadata$'), ok.

get_meta() ->
    case get('$logger_metadata$') of
        undefined -> #{};
        Meta -> Meta
    end.

compare_levels(A, A) -> eq;
compare_levels(A, B) ->
    case number(A) < number(B) of
        true -> gt;                                    % the smaller number is the graver level
        false -> lt
    end.

number(none) -> -1;
number(emergency) -> 0;
number(alert) -> 1;
number(critical) -> 2;
number(error) -> 3;
number(warning) -> 4;
number(notice) -> 5;
number(info) -> 6;
number(debug) -> 7;
number(all) -> 10;
number(_) -> unknown.

enabled(Level) -> number(Level) =< number(level()).

%% ---- writing ---------------------------------------------------------------------------------------

%% One write per event, so that lines of several processes do not mix. What cannot be formatted is shown raw.
write(Level, What, Args) ->
    case enabled(Level) of
        false -> ok;
        true ->
            Text = try text(What, Args)
                   catch _:_ -> io_lib:format("~0tp ~0tp~n", [What, Args])
                   end,
            io:put_chars(standard_error, [header(Level, What), Text]),
            ok
    end.

header(Level, What) ->
    {{Y, Mo, D}, {H, Mi, S}} = erlang:localtime(),
    io_lib:format("=~s==== ~w-~2..0w-~2..0w ~2..0w:~2..0w:~2..0w ===~n", [title(Level, What), Y, Mo, D, H, Mi, S]).

title(_, #{label := {proc_lib, crash}}) -> "CRASH REPORT";
title(_, #{label := {supervisor, progress}}) -> "PROGRESS REPORT";
title(_, #{label := {supervisor, _}}) -> "SUPERVISOR REPORT";
title(Level, _) -> string:to_upper(atom_to_list(Level)) ++ " REPORT".

text(#{label := {proc_lib, crash}, text := Text}, none) -> Text;
text(#{label := {gen_server, no_handle_info}, module := Mod, message := Msg}, none) ->
    io_lib:format("** Undefined handle_info in ~tp~n** Unhandled message: ~tP~n", [Mod, Msg, 60]);
text(#{label := {supervisor, What}, report := Report}, none) ->
    io_lib:format("    ~tp:~n~ts", [What, [io_lib:format("    ~tp: ~tP~n", [K, V, 40]) || {K, V} <- Report]]);
text(#{} = Report, none) -> io_lib:format("~tP~n", [Report, 60]);
text([{_, _} | _] = Report, none) -> [io_lib:format("    ~tp: ~tP~n", [K, V, 60]) || {K, V} <- Report];
text(String, none) -> io_lib:format("~ts~n", [String]);
text(Format, Args) -> io_lib:format(Format ++ "~n", Args).
