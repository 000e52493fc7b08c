%% error_logger.erl - the older way to log: each function makes a report of its own form, and report handlers (gen_event modules)
%% are told these and those of behaviours as {Tag, GroupLeader, {Pid, FormatOrType, ArgsOrReport}}. The manager is started by the first
%% report handler; while it lives, error_logger is a handler of logger.
-module(error_logger).

-export([format/2, error_msg/1, error_msg/2, warning_msg/1, warning_msg/2, info_msg/1, info_msg/2, error_report/1, error_report/2,
         warning_report/1, warning_report/2, info_report/1, info_report/2, error_info/1, warning_map/0, tty/1, logfile/1,
         add_report_handler/1, add_report_handler/2, delete_report_handler/1, which_report_handlers/0, get_format_depth/0,
         limit_term/1]).
%% For logger.
-export([log/2]).

format(Format, Args) -> error_msg(Format, Args).
error_msg(Format) -> error_msg(Format, []).
error_msg(Format, Args) -> message(error, error, error_msg, Format, Args).
warning_msg(Format) -> warning_msg(Format, []).
warning_msg(Format, Args) -> message(warning, warning_msg, warning_msg, Format, Args).
info_msg(Format) -> info_msg(Format, []).
info_msg(Format, Args) -> message(notice, info_msg, info_msg, Format, Args).

error_report(Report) -> error_report(std_error, Report).
error_report(Type, Report) -> report(error, error_report, Type, Report).
warning_report(Report) -> warning_report(std_warning, Report).
warning_report(Type, Report) -> report(warning, warning_report, Type, Report).
info_report(Report) -> info_report(std_info, Report).
info_report(Type, Report) -> report(notice, info_report, Type, Report).
error_info(Error) -> logged(error, #{label => {error_logger, error_info}, report => Error}, #{tag => info, type => Error}, #{}).

message(Level, Tag, Label, Format, Args) ->
    logged(Level, #{label => {error_logger, Label}, format => Format, args => Args}, #{tag => Tag}, #{}).

report(Level, Tag, Type, Report) ->
    Domain = case lists:member(Type, [std_error, std_warning, std_info]) of true -> #{}; false -> #{domain => [Type]} end,
    logged(Level, #{label => {error_logger, Tag}, report => Report}, #{tag => Tag, type => Type}, Domain).

logged(Level, Report, Ours, More) ->
    case logger:allow(Level, ?MODULE) of
        true -> logger:report(Level, Report, More#{error_logger => Ours, report_cb => fun report_to_format/1});
        false -> ok
    end.

%% The report_cb of the reports above.
report_to_format(#{format := Format, args := Args}) -> {Format, Args};
report_to_format(#{report := Report}) -> logger:format_report(Report).

warning_map() -> warning.
tty(_) -> ok.                                                   % what is written to standard error stays
logfile(_) -> {error, undefined}.
get_format_depth() -> unlimited.
limit_term(Term) -> Term.

%% ---- report handlers ---------------------------------------------------------------------------------------------------

add_report_handler(Module) -> add_report_handler(Module, []).

add_report_handler(Module, Args) when is_atom(Module) ->
    case gen_event:start({local, ?MODULE}) of
        {ok, _} -> logger:add_handler(?MODULE, ?MODULE, #{});
        {error, {already_started, _}} -> ok
    end,
    gen_event:add_handler(?MODULE, Module, Args).

delete_report_handler(Module) when is_atom(Module) ->
    case whereis(?MODULE) of
        undefined -> ok;
        _ ->
            Answer = gen_event:delete_handler(?MODULE, Module, []),
            case which_report_handlers() of
                [] ->
                    logger:remove_handler(?MODULE),
                    gen_event:stop(?MODULE);
                _ -> ok
            end,
            Answer
    end.

which_report_handlers() ->
    case whereis(?MODULE) of
        undefined -> [];
        _ -> gen_event:which_handlers(?MODULE)
    end.

%% An event that says what it is to error_logger, in the form that report handlers know. As in OTP they are not told of others.
log(#{level := Level, msg := Msg, meta := #{error_logger := Ours, pid := Pid, gl := Leader} = Meta}, _) ->
    case whereis(?MODULE) of
        undefined -> ok;
        _ -> gen_event:notify(?MODULE, told(Msg, Level, Ours, Meta, Leader, Pid))
    end;
log(_, _) -> ok.

told({report, Report}, _, #{tag := Tag, type := Type}, _, Leader, Pid) ->
    {Tag, Leader, {Pid, Type, case Report of #{label := _, report := Inner} -> Inner; _ -> Report end}};
told({report, Report}, Level, Ours, Meta, Leader, Pid) ->
    {Format, Args} = case {Ours, Meta} of
                         {#{report_cb := Cb}, _} when is_function(Cb, 1) -> Cb(Report);
                         {_, #{report_cb := Cb}} when is_function(Cb, 1) -> Cb(Report);
                         _ -> logger:format_report(Report)
                     end,
    {maps:get(tag, Ours, tag(Level)), Leader, {Pid, Format, Args}};
told({string, Text}, Level, Ours, _, Leader, Pid) -> {maps:get(tag, Ours, tag(Level)), Leader, {Pid, "~ts", [Text]}};
told({Format, Args}, Level, Ours, _, Leader, Pid) -> {maps:get(tag, Ours, tag(Level)), Leader, {Pid, Format, Args}}.

tag(warning) -> warning_msg;
tag(Level) when Level =:= notice; Level =:= info; Level =:= debug -> info_msg;
tag(_) -> error.
