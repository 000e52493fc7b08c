%% error_logger.erl - the old names of logging; logger does the work.
-module(error_logger).

-export([format/2, error_msg/1, error_msg/2, warning_msg/1, warning_msg/2, info_msg/1, info_msg/2,
         error_report/1, error_report/2, warning_report/1, warning_report/2, info_report/1, info_report/2,
         tty/1, logfile/1]).

format(Format, Args) -> logger:log(error, Format, Args).
error_msg(Format) -> logger:log(error, Format, []).
error_msg(Format, Args) -> logger:log(error, Format, Args).
warning_msg(Format) -> logger:log(warning, Format, []).
warning_msg(Format, Args) -> logger:log(warning, Format, Args).
info_msg(Format) -> logger:log(notice, Format, []).
info_msg(Format, Args) -> logger:log(notice, Format, Args).
error_report(Report) -> logger:report(error, Report).
error_report(Type, Report) -> logger:report(error, [{type, Type}, {report, Report}]).
warning_report(Report) -> logger:report(warning, Report).
warning_report(Type, Report) -> logger:report(warning, [{type, Type}, {report, Report}]).
info_report(Report) -> logger:report(notice, Report).
info_report(Type, Report) -> logger:report(notice, [{type, Type}, {report, Report}]).
tty(_) -> ok.
logfile(_) -> {error, not_supported}.
