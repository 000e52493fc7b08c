%% calendar.erl - dates of the Gregorian calendar, counted in days or seconds from the first of January of the year 0.
%% Months are counted from March for the arithmetic, so that a leap day is a year's last.
-module(calendar).

-export([date_to_gregorian_days/1, date_to_gregorian_days/3, datetime_to_gregorian_seconds/1, day_of_the_week/1,
         day_of_the_week/3, gregorian_days_to_date/1, gregorian_seconds_to_datetime/1, is_leap_year/1,
         iso_week_number/0, iso_week_number/1, last_day_of_the_month/2, local_time/0, local_time_to_universal_time/1,
         local_time_to_universal_time/2, local_time_to_universal_time_dst/1, now_to_datetime/1, now_to_local_time/1,
         now_to_universal_time/1, rfc3339_to_system_time/1, rfc3339_to_system_time/2, seconds_to_daystime/1,
         seconds_to_time/1, system_time_to_local_time/2, system_time_to_rfc3339/1, system_time_to_rfc3339/2,
         system_time_to_universal_time/2, time_difference/2, time_to_seconds/1, universal_time/0,
         universal_time_to_local_time/1, valid_date/1, valid_date/3]).

-export_type([datetime/0, date/0, time/0, year/0, month/0, day/0, hour/0, minute/0, second/0]).
-type year() :: non_neg_integer().
-type month() :: 1..12.
-type day() :: 1..31.
-type hour() :: 0..23.
-type minute() :: 0..59.
-type second() :: 0..59.
-type date() :: {year(), month(), day()}.
-type time() :: {hour(), minute(), second()}.
-type datetime() :: {date(), time()}.

-define(DAY, 86400).
-define(UNIX_EPOCH, 62167219200). % the first of January 1970 in seconds

%% ---- days ------------------------------------------------------------------------------------------------

is_leap_year(Y) when is_integer(Y), Y >= 0 -> Y rem 4 =:= 0 andalso (Y rem 100 =/= 0 orelse Y rem 400 =:= 0).

last_day_of_the_month(Y, M) when is_integer(Y), Y >= 0 -> last_day_of_the_month1(Y, M).

last_day_of_the_month1(_, M) when M =:= 4; M =:= 6; M =:= 9; M =:= 11 -> 30;
last_day_of_the_month1(Y, 2) -> case is_leap_year(Y) of true -> 29; false -> 28 end;
last_day_of_the_month1(_, M) when is_integer(M), M > 0, M < 13 -> 31.

valid_date({Y, M, D}) -> valid_date(Y, M, D).

valid_date(Y, M, D) when is_integer(Y), is_integer(M), is_integer(D) ->
    Y >= 0 andalso M > 0 andalso M < 13 andalso D > 0 andalso D =< last_day_of_the_month(Y, M).

date_to_gregorian_days({Y, M, D}) -> date_to_gregorian_days(Y, M, D).

date_to_gregorian_days(Y, M, D) when is_integer(D), D > 0 ->
    Last = last_day_of_the_month(Y, M),
    if D =< Last -> days_to_march(Y, M) + days_since_march(M) + D - 1 end.

%% Days before the first of March that begins the year in which month M of year Y lies. March of the year 0 is day 60.
days_to_march(Y, M) when M < 3 -> march(Y - 1);
days_to_march(Y, _) -> march(Y).

march(Y) -> 60 + Y * 365 + floor_div(Y, 4) - floor_div(Y, 100) + floor_div(Y, 400).

days_since_march(M) -> (153 * ((M + 9) rem 12) + 2) div 5.

floor_div(A, B) when A >= 0 -> A div B;
floor_div(A, B) -> -((B - 1 - A) div B).

gregorian_days_to_date(N) -> day_to_date(day_to_year(N), N).

%% The year in which day N lies.
day_to_year(N) when N >= 0 -> day_to_year(N, N * 400 div 146097).

day_to_year(N, Y) ->
    case {new_year(Y) > N, new_year(Y + 1) =< N} of
        {true, _} -> day_to_year(N, Y - 1);
        {_, true} -> day_to_year(N, Y + 1);
        _ -> Y
    end.

new_year(Y) -> march(Y - 1) + 306.

day_to_date(Y, N) -> day_to_date(Y, 1, N - new_year(Y) + 1).

day_to_date(Y, M, D) ->
    case last_day_of_the_month(Y, M) of
        Last when D > Last -> day_to_date(Y, M + 1, D - Last);
        _ -> {Y, M, D}
    end.

%% 1 is Monday.
day_of_the_week({Y, M, D}) -> day_of_the_week(Y, M, D).
day_of_the_week(Y, M, D) -> (date_to_gregorian_days(Y, M, D) + 5) rem 7 + 1.

iso_week_number() ->
    {Date, _} = local_time(),
    iso_week_number(Date).

%% {Year, Week}: a week belongs to the year of its Thursday.
iso_week_number({Y, M, D}) ->
    Days = date_to_gregorian_days(Y, M, D),
    case first_week(Y) of
        First when Days < First -> {Y - 1, (Days - first_week(Y - 1)) div 7 + 1};
        First ->
            case first_week(Y + 1) of
                Next when Days >= Next -> {Y + 1, 1};
                _ -> {Y, (Days - First) div 7 + 1}
            end
    end.

%% The Monday of the week of the fourth of January.
first_week(Y) -> date_to_gregorian_days(Y, 1, 4) - day_of_the_week(Y, 1, 4) + 1.

%% ---- seconds ----------------------------------------------------------------------------------------------

time_to_seconds({H, M, S}) when is_integer(H), is_integer(M), is_integer(S) -> H * 3600 + M * 60 + S.

seconds_to_time(S) when is_integer(S), S >= 0, S < ?DAY -> {S div 3600, S rem 3600 div 60, S rem 60}.

%% {Days, Time}; days are negative for negative seconds, the time never is.
seconds_to_daystime(S) ->
    Days = floor_div(S, ?DAY),
    {Days, seconds_to_time(S - Days * ?DAY)}.

datetime_to_gregorian_seconds({Date, Time}) -> ?DAY * date_to_gregorian_days(Date) + time_to_seconds(Time).

gregorian_seconds_to_datetime(S) when S >= 0 -> {gregorian_days_to_date(S div ?DAY), seconds_to_time(S rem ?DAY)}.

%% From the first to the second: {Days, Time}.
time_difference({{Y1, Mo1, D1}, {H1, M1, S1}}, {{Y2, Mo2, D2}, {H2, M2, S2}}) ->
    seconds_to_daystime(datetime_to_gregorian_seconds({{Y2, Mo2, D2}, {H2, M2, S2}}) -
                            datetime_to_gregorian_seconds({{Y1, Mo1, D1}, {H1, M1, S1}})).

%% ---- clocks and zones ---------------------------------------------------------------------------------------

local_time() -> erlang:localtime().
universal_time() -> erlang:universaltime().
universal_time_to_local_time(DateTime) -> erlang:universaltime_to_localtime(DateTime).
local_time_to_universal_time(DateTime) -> erlang:localtime_to_universaltime(DateTime).
local_time_to_universal_time(DateTime, Dst) -> erlang:localtime_to_universaltime(DateTime, Dst).

%% All universal times that the local time may mean: none in the hour that a spring skips, two in autumn's.
local_time_to_universal_time_dst(DateTime) ->
    Winter = erlang:localtime_to_universaltime(DateTime, false),
    Summer = erlang:localtime_to_universaltime(DateTime, true),
    Fits = [U || U <- [Summer, Winter], erlang:universaltime_to_localtime(U) =:= DateTime],
    case {Fits, erlang:localtime_to_universaltime(DateTime, undefined)} of
        {[U, U], _} -> [U];
        {[_, _] = Both, _} -> Both;
        {[_], U} -> case erlang:universaltime_to_localtime(U) of DateTime -> [U]; _ -> Fits end;
        {[], U} -> case erlang:universaltime_to_localtime(U) of DateTime -> [U]; _ -> [] end
    end.

now_to_datetime({Mega, S, _}) -> system_time_to_universal_time(Mega * 1000000 + S, second).
now_to_universal_time(Now) -> now_to_datetime(Now).
now_to_local_time(Now) -> erlang:universaltime_to_localtime(now_to_universal_time(Now)).

system_time_to_universal_time(Time, Unit) ->
    gregorian_seconds_to_datetime(erlang:convert_time_unit(Time, Unit, second) + ?UNIX_EPOCH).

system_time_to_local_time(Time, Unit) -> erlang:universaltime_to_localtime(system_time_to_universal_time(Time, Unit)).

%% ---- RFC 3339: 2018-02-01T16:17:58.123+01:00 ---------------------------------------------------------------------

rfc3339_to_system_time(Text) -> rfc3339_to_system_time(Text, []).

rfc3339_to_system_time(Text, Options) ->
    Unit = proplists:get_value(unit, Options, second),
    [Y1, Y2, Y3, Y4, $-, Mo1, Mo2, $-, D1, D2, _Sep, H1, H2, $:, M1, M2, $:, S1, S2 | Rest] = Text,
    {Fraction, Zone} = lists:splitwith(fun(C) -> C =:= $. orelse C >= $0 andalso C =< $9 end, Rest),
    DateTime = {{number([Y1, Y2, Y3, Y4]), number([Mo1, Mo2]), number([D1, D2])},
                {number([H1, H2]), number([M1, M2]), number([S1, S2])}},
    Seconds = datetime_to_gregorian_seconds(DateTime) - ?UNIX_EPOCH - zone(Zone),
    Parts = erlang:convert_time_unit(1, second, Unit),
    Seconds * Parts + fraction(Fraction, Parts).

number(Digits) -> list_to_integer(Digits).

%% Seconds that the zone is ahead.
zone(Z) when Z =:= "Z"; Z =:= "z" -> 0;
zone([Sign, H1, H2, $:, M1, M2]) when Sign =:= $+; Sign =:= $- ->
    S = number([H1, H2]) * 3600 + number([M1, M2]) * 60,
    if Sign =:= $- -> -S; true -> S end.

%% The digits behind the point, in units of which a second has `Parts`.
fraction([], _) -> 0;
fraction([$. | Digits], Parts) -> round(number(Digits) * Parts / pow10(length(Digits))).

pow10(0) -> 1;
pow10(N) -> 10 * pow10(N - 1).

system_time_to_rfc3339(Time) -> system_time_to_rfc3339(Time, []).

%% Options: {unit, Unit}, {offset, "Z" | "+01:00" | Time in that unit}, {time_designator, Char}.
system_time_to_rfc3339(Time, Options) ->
    Unit = proplists:get_value(unit, Options, second),
    Parts = erlang:convert_time_unit(1, second, Unit),
    Offset = case proplists:get_value(offset, Options, "") of
                 "" -> local_offset(Time, Unit);
                 Given -> Given
             end,
    Ahead = offset_seconds(Offset, Parts),
    Seconds = floor_div(Time, Parts),
    {{Y, Mo, D}, {H, M, S}} = gregorian_seconds_to_datetime(Seconds + Ahead + ?UNIX_EPOCH),
    Text = io_lib:format("~4..0B-~2..0B-~2..0B~c~2..0B:~2..0B:~2..0B~ts~ts",
                         [Y, Mo, D, proplists:get_value(time_designator, Options, $T), H, M, S,
                          parts_text(Time - Seconds * Parts, Parts), offset_text(Offset, Ahead)]),
    lists:flatten(Text).

local_offset(Time, Unit) ->
    Universal = system_time_to_universal_time(Time, Unit),
    Local = erlang:universaltime_to_localtime(Universal),
    (datetime_to_gregorian_seconds(Local) - datetime_to_gregorian_seconds(Universal)) *
        erlang:convert_time_unit(1, second, Unit).

offset_seconds(N, Parts) when is_integer(N) -> floor_div(N, Parts);
offset_seconds(Text, _) -> zone(Text).

offset_text(Text, _) when is_list(Text) -> Text;
offset_text(_, S) when S < 0 -> [$- | hours_minutes(-S)];
offset_text(_, S) -> [$+ | hours_minutes(S)].

hours_minutes(S) -> io_lib:format("~2..0B:~2..0B", [S div 3600, S rem 3600 div 60]).

%% Nothing for whole seconds as the unit, else as many digits as the unit has.
parts_text(_, 1) -> "";
parts_text(N, Parts) -> io_lib:format(".~*..0B", [length(integer_to_list(Parts)) - 1, N]).
