%% erl_anno.erl - annotations of tokens and trees: a location (Line or {Line, Column}), or a list of {Key, Value} with one.
-module(erl_anno).

-export([new/1, is_anno/1, column/1, end_location/1, file/1, generated/1, line/1, location/1, record/1, text/1,
         set_file/2, set_generated/2, set_line/2, set_location/2, set_record/2, set_text/2, to_term/1, from_term/1]).

-export_type([anno/0, anno_term/0, location/0, line/0, column/0, text/0]).
-type line() :: non_neg_integer().
-type column() :: pos_integer().
-type location() :: line() | {line(), column()}.
-type text() :: string().
-type anno() :: term().
-type anno_term() :: term().

-define(IS_LINE(L), is_integer(L), L >= 0).
-define(IS_COLUMN(C), is_integer(C), C >= 1).

new(L) when ?IS_LINE(L) -> L;
new({L, C} = Location) when ?IS_LINE(L), ?IS_COLUMN(C) -> Location;
new(Other) -> error(badarg, [Other]).

to_term(Anno) -> Anno.
from_term(Line) when is_integer(Line), Line < 0 -> set_generated(true, new(-Line));
from_term(Term) -> Term.

is_anno(L) when ?IS_LINE(L) -> true;
is_anno({L, C}) when ?IS_LINE(L), ?IS_COLUMN(C) -> true;
is_anno([_ | _] = Anno) -> lists:keymember(location, 1, Anno) andalso lists:all(fun is_item/1, Anno);
is_anno(_) -> false.

is_item({location, L}) -> is_location(L);
is_item({generated, G}) -> is_boolean(G);
is_item({record, R}) -> is_boolean(R);
is_item({file, F}) -> is_list(F);
is_item({text, T}) -> is_list(T);
is_item(_) -> false.

is_location(L) when ?IS_LINE(L) -> true;
is_location({L, C}) when ?IS_LINE(L), ?IS_COLUMN(C) -> true;
is_location(_) -> false.

location(L) when is_integer(L) -> L;
location({_, _} = Location) -> Location;
location(Anno) -> item(location, Anno).

line(Anno) ->
    case location(Anno) of
        {L, _} -> L;
        L -> L
    end.

column(Anno) ->
    case location(Anno) of
        {_, C} -> C;
        _ -> undefined
    end.

file(Anno) -> optional(file, Anno, undefined).
text(Anno) -> optional(text, Anno, undefined).
generated(Anno) -> optional(generated, Anno, false).
record(Anno) -> optional(record, Anno, false).

%% Where the text ends; undefined without text.
end_location(Anno) ->
    case text(Anno) of
        undefined -> undefined;
        Text -> moved(Text, location(Anno))
    end.

moved([], Location) -> Location;
moved([$\n | T], {L, _}) -> moved(T, {L + 1, 1});
moved([_ | T], {L, C}) -> moved(T, {L, C + 1});
moved([$\n | T], L) -> moved(T, L + 1);
moved([_ | T], L) -> moved(T, L).

item(Key, Anno) ->
    {_, Value} = lists:keyfind(Key, 1, Anno),
    Value.

optional(Key, Anno, Default) when is_list(Anno) ->
    case lists:keyfind(Key, 1, Anno) of
        {_, Value} -> Value;
        false -> Default
    end;
optional(_, _, Default) -> Default.

set_file(File, Anno) -> set(file, File, Anno).
set_generated(Generated, Anno) -> set(generated, Generated, Anno).
set_record(Record, Anno) -> set(record, Record, Anno).
set_text(Text, Anno) -> set(text, Text, Anno).
set_location(Location, Anno) -> set(location, Location, Anno).

set_line(Line, Anno) ->
    case location(Anno) of
        {_, C} -> set(location, {Line, C}, Anno);
        _ -> set(location, Line, Anno)
    end.

set(location, Location, Anno) when is_integer(Anno); is_tuple(Anno) -> Location;
set(Key, false, Anno) when Key =:= generated; Key =:= record -> simple(lists:keydelete(Key, 1, listed(Anno)));
set(Key, Value, Anno) -> lists:keystore(Key, 1, listed(Anno), {Key, Value}).

listed(Anno) when is_list(Anno) -> Anno;
listed(Anno) -> [{location, Anno}].

simple([{location, Location}]) -> Location;
simple(Anno) -> Anno.
