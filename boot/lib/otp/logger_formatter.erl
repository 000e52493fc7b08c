%% logger_formatter.erl - an event as text: a template of texts and keys of metadata around the message, which is formatted by the
%% report's callback and kept within depth and size.
-module(logger_formatter).

-export([format/2, check_config/1]).

-define(LINE_TEMPLATE, [time, " ", level, ": ", msg, "\n"]).
-define(LINES_TEMPLATE, [time, " ", level, ":\n", msg, "\n"]).
-define(LEGACY_TEMPLATE, [[logger_formatter, header], "\n", msg, "\n"]).

%% ---- an event -----------------------------------------------------------------------------------------------------------------

format(#{level := Level, msg := Msg, meta := Meta0}, Given) when is_map(Given) ->
    Config = complete(Given),
    Meta = case Config of
               #{legacy_header := true} -> Meta0#{logger_formatter => legacy(Level, Meta0, Config)};
               _ -> Meta0
           end,
    {Before, Rest} = lists:splitwith(fun(Part) -> Part =/= msg end, maps:get(template, Config)),
    B = parts(Before, Level, Meta, Config),
    case Rest of
        [msg | After] ->
            A = parts(After, Level, Meta, Config),
            Limited = case Config of
                          #{chars_limit := unlimited} -> Config;
                          #{chars_limit := N} -> Config#{chars_limit := max(0, N - string:length([B, A]))}
                      end,
            cut([B, on_lines(message(Msg, Meta, Limited), Config), A], maps:get(max_size, Config));
        [] -> cut([B], maps:get(max_size, Config))
    end.

complete(Given) ->
    Config = maps:merge(#{chars_limit => unlimited, depth => unlimited, legacy_header => false, max_size => unlimited,
                          report_cb => undefined, single_line => true, time_designator => $T, time_offset => ""}, Given),
    maps:merge(#{template => case Config of
                                 #{legacy_header := true} -> ?LEGACY_TEMPLATE;
                                 #{single_line := true} -> ?LINE_TEMPLATE;
                                 _ -> ?LINES_TEMPLATE
                             end}, Config).

%% Keeps a newline at the end.
cut(Text, unlimited) -> Text;
cut(Text, Size) ->
    Flat = lists:flatten(unicode:characters_to_list(Text)),
    case length(Flat) > Size of
        false -> Text;
        true ->
            case lists:last(Flat) of
                $\n -> lists:sublist(Flat, max(0, Size - 4)) ++ "...\n";
                _ -> lists:sublist(Flat, max(0, Size - 3)) ++ "..."
            end
    end.

on_lines(Text, #{single_line := true}) -> re:replace(string:trim(Text), ",?\r?\n\\s*", ", ", [{return, list}, global, unicode]);
on_lines(Text, _) -> Text.

%% ---- the template -------------------------------------------------------------------------------------------------------------

parts(Parts, Level, Meta, Config) -> [part(P, Level, Meta, Config) || P <- Parts].

part(level, Level, Meta, Config) -> value(level, maps:get(level, Meta, Level), Config);
part({Key, Present, Absent}, Level, Meta, Config) ->
    case found(Key, Meta) of
        {ok, _} -> parts(Present, Level, Meta, Config);
        error -> parts(Absent, Level, Meta, Config)
    end;
part(Key, _, Meta, Config) when is_atom(Key) -> key(Key, Meta, Config);
part([Key | _] = Keys, _, Meta, Config) when is_atom(Key) -> key(Keys, Meta, Config);
part(Text, _, _, _) -> Text.

key(Key, Meta, Config) ->
    case found(Key, Meta) of
        {ok, Value} -> value(Key, Value, Config);
        error -> ""
    end.

found([Key], Meta) -> found(Key, Meta);
found([Key | Keys], Meta) ->
    case Meta of
        #{Key := Inner} when is_map(Inner) -> found(Keys, Inner);
        _ -> error
    end;
found(Key, Meta) -> maps:find(Key, Meta).

value(time, Time, Config) when is_integer(Time) -> time(Time, Config);
value(mfa, {M, F, Args}, Config) when is_list(Args) -> value(mfa, {M, F, length(Args)}, Config);
value(mfa, {M, F, A}, _) when is_atom(M), is_atom(F), is_integer(A) -> io_lib:format("~tw:~tw/~w", [M, F, A]);
value(_, [], _) -> "[]";
value(_, Value, Config) ->
    case is_atom(Value) orelse is_list(Value) andalso printable(lists:flatten(Value)) of
        true -> io_lib:format("~ts", [Value]);
        false -> limited("~0tp", [Value], Config)
    end.

printable(Flat) -> Flat =/= [] andalso io_lib:printable_list(Flat).

time(Time, #{time_offset := Offset, time_designator := Designator}) ->
    calendar:system_time_to_rfc3339(Time, [{unit, microsecond}, {offset, Offset}, {time_designator, Designator}]).

%% The line above an event of OTP's older form.
legacy(Level, #{time := Time} = Meta, Config) ->
    Mine = case Meta of #{logger_formatter := #{} = M} -> M; _ -> #{} end,
    Title = case Mine of
                #{title := T} -> T;
                _ -> [string:to_upper(atom_to_list(case {Meta, Level} of {#{error_logger := _}, notice} -> info; _ -> Level end)), " REPORT"]
            end,
    Seconds = floor_div(Time, 1000000),
    {{{Y, Mo, D}, {H, Mi, S}}, Utc} =
        case is_utc(maps:get(time_offset, Config)) of
            true -> {erlang:posixtime_to_universaltime(Seconds), "UTC "};
            false -> {erlang:universaltime_to_localtime(erlang:posixtime_to_universaltime(Seconds)), ""}
        end,
    Month = element(Mo, {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"}),
    Mine#{header => io_lib:format("=~ts==== ~w-~s-~4w::~2..0w:~2..0w:~2..0w.~6..0w ~s===",
                                  [Title, D, Month, Y, H, Mi, S, Time - Seconds * 1000000, Utc])}.

is_utc(Offset) -> lists:member(Offset, ["Z", "z", 0, "+00:00", "-00:00"]).

floor_div(A, B) -> (A - ((A rem B) + B) rem B) div B.

%% ---- the message ---------------------------------------------------------------------------------------------------------------

message({string, Text}, Meta, Config) -> message({"~ts", [Text]}, Meta, Config);
message({report, Report}, _, #{report_cb := Cb} = Config) when is_function(Cb, 1); is_function(Cb, 2) -> report(Cb, Report, Config);
message({report, Report}, #{report_cb := Cb}, Config) when is_function(Cb, 1); is_function(Cb, 2) -> report(Cb, Report, Config);
message({report, Report}, _, Config) -> report(fun logger:format_report/1, Report, Config);
message({Format, Args}, _, Config) ->
    try limited(Format, Args, Config)
    catch _:_ -> limited("FORMAT ERROR: ~0tp - ~0tp", [Format, Args], Config)
    end.

report(Cb, Report, Config) when is_function(Cb, 1) ->
    try Cb(Report) of
        {Format, Args} when is_list(Format), is_list(Args) -> message({Format, Args}, #{}, Config#{report_cb := undefined});
        Other -> limited("REPORT_CB/1 ERROR: ~0tp; Returned: ~0tp", [Report, Other], Config)
    catch Class:Reason:Stack -> limited("REPORT_CB/1 CRASH: ~0tp; Reason: ~0tp", [Report, {Class, Reason, crash_frames(Stack)}], Config)
    end;
report(Cb, Report, Config) ->
    try Cb(Report, maps:with([depth, chars_limit, single_line], Config)) of
        Text when is_list(Text); is_binary(Text) ->
            case unicode:characters_to_list(Text) of
                Chars when is_list(Chars) -> Chars;
                _ -> limited("REPORT_CB/2 ERROR: ~0tp; Returned: ~0tp", [Report, Text], Config)
            end;
        Other -> limited("REPORT_CB/2 ERROR: ~0tp; Returned: ~0tp", [Report, Other], Config)
    catch Class:Reason:Stack -> limited("REPORT_CB/2 CRASH: ~0tp; Reason: ~0tp", [Report, {Class, Reason, crash_frames(Stack)}], Config)
    end.

crash_frames(Stack) -> logger:filter_stacktrace(?MODULE, Stack).

%% Terms within depth, on one line where that is wanted, the whole within chars_limit.
limited(Format, Args, #{depth := Depth, chars_limit := Limit, single_line := Single}) ->
    Parts = [limit_part(P, Depth, Single) || P <- io_lib:scan_format(Format, Args)],
    lists:flatten(case Limit of
                      unlimited -> io_lib:build_text(Parts);
                      _ -> io_lib:build_text(Parts, [{chars_limit, Limit}])
                  end).

limit_part(#{control_char := C, width := none} = Part, Depth, true) when C =:= $p; C =:= $P -> limit_part(Part#{width := 0}, Depth, true);
limit_part(#{control_char := $p, args := [Term]} = Part, Depth, _) when is_integer(Depth) -> Part#{control_char := $P, args := [Term, Depth]};
limit_part(#{control_char := $w, args := [Term]} = Part, Depth, _) when is_integer(Depth) -> Part#{control_char := $W, args := [Term, Depth]};
limit_part(#{control_char := C, args := [Term, D]} = Part, Depth, _) when is_integer(Depth), C =:= $P orelse C =:= $W ->
    Part#{args := [Term, min(D, Depth)]};
limit_part(Part, _, _) -> Part.

%% ---- a configuration: ok | {error, Why} ----------------------------------------------------------------------------------------

check_config(Config) when is_map(Config) ->
    case [Pair || {Key, Value} = Pair <- maps:to_list(Config), not valid(Key, Value)] of
        [] -> ok;
        [{template, Template} | _] -> {error, {invalid_formatter_template, ?MODULE, Template}};
        [Pair | _] -> {error, {invalid_formatter_config, ?MODULE, Pair}}
    end;
check_config(Config) -> {error, {invalid_formatter_config, ?MODULE, Config}}.

valid(Key, V) when Key =:= chars_limit; Key =:= max_size; Key =:= depth -> V =:= unlimited orelse is_integer(V) andalso V > 0;
valid(Key, V) when Key =:= legacy_header; Key =:= single_line -> is_boolean(V);
valid(report_cb, V) -> is_function(V, 1) orelse is_function(V, 2);
valid(template, V) -> is_list(V) andalso lists:all(fun valid_part/1, V);
valid(time_offset, V) -> is_integer(V) orelse V =:= "" orelse V =:= "Z" orelse V =:= "z" orelse valid_offset(V);
valid(time_designator, V) -> is_integer(V) andalso V >= 0 andalso V =< 16#10FFFF;
valid(_, _) -> false.

valid_offset([Sign, H1, H2, $:, M1, M2]) when Sign =:= $+; Sign =:= $- -> lists:all(fun(C) -> C >= $0 andalso C =< $9 end, [H1, H2, M1, M2]);
valid_offset(_) -> false.

valid_part(Part) when is_atom(Part) -> true;
valid_part({Key, Present, Absent}) -> valid_key(Key) andalso valid(template, Present) andalso valid(template, Absent);
valid_part(Part) when is_list(Part) -> valid_key(Part) orelse io_lib:printable_unicode_list(Part);
valid_part(_) -> false.

valid_key(Key) when is_atom(Key) -> true;
valid_key([_ | _] = Keys) -> lists:all(fun is_atom/1, Keys);
valid_key(_) -> false.
