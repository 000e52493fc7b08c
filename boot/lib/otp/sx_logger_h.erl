%% sx_logger_h.erl - the handler `default`: each event is written to standard error at once, in one write, so that those of several
%% processes do not mix. A crash is shown as this program shows errors: sx_report leaves that text in the process's dictionary,
%% where this handler, which runs in the process that logs, finds it.
-module(sx_logger_h).

-export([log/2]).

log(#{level := Level, meta := Meta} = Event, #{formatter := {Formatter, Config}}) ->
    Text = case get('$crash_text') of
               undefined -> Formatter:format(Event, Config);
               told -> [];                                     % by the behaviour
               Crash -> Formatter:format(#{level => Level, msg => {string, Crash}, meta => Meta#{logger_formatter => #{title => "CRASH REPORT"}}}, Config)
           end,
    io:put_chars(standard_error, Text).
