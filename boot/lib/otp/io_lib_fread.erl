%% io_lib_fread.erl - input by format: ~d ~u ~- ~# ~f ~s ~a ~c ~l ~~, each with a width, `*` to drop what was read, and
%% `t` for what may be beyond Latin-1. A blank in the format stands for any number of blanks, also none.
-module(io_lib_fread).

-export([fread/2, fread/3]).

-define(BLANK(C), C =:= $\s; C =:= $\t; C =:= $\n; C =:= $\r).

%% {ok, Terms, Rest} | {more, FormatLeft, CharsRead, Terms backwards} | {error, {fread, What}}
fread(Format, Chars) -> read(Format, Chars, 0, []).

%% From pieces: Cont is [] first, then what {more, Cont} gave; Chars may be eof.
%% {done, {ok, Terms} | {error, _} | eof, RestChars} | {more, Cont}
fread([], eof, _) -> {done, eof, []};
fread([], Chars, Format) -> step(Format, Chars, []);
fread({Format, Left, Terms}, eof, _) -> finish(Format, Left, Terms);
fread({Format, Left, Terms}, Chars, _) -> step(Format, Left ++ Chars, Terms).

%% A line at a time: what does not fit the format to its end waits for more.
step(Format, Chars, Terms) ->
    case read(Format, Chars, 0, Terms) of
        {ok, All, Rest} -> {done, {ok, All}, Rest};
        {more, Format1, N, Terms1} -> {more, {Format1, lists:nthtail(min(N, length(Chars)), Chars), Terms1}};
        {error, _} = Error -> {done, Error, []}
    end.

finish(Format, Left, Terms) ->
    case read(Format, Left ++ "\n", 0, Terms) of
        {ok, All, _} -> {done, {ok, All}, eof};
        {more, _, _, _} -> {done, {error, {fread, input}}, eof};
        {error, _} = Error -> {done, Error, eof}
    end.

%% N counts the characters read.
read([C | F], Chars, N, Terms) when ?BLANK(C) ->
    {Rest, N1} = skip(Chars, N),
    read(F, Rest, N1, Terms);
read([$~ | F] = Format, Chars, N, Terms) ->
    {Drop, F1} = case F of [$* | T] -> {true, T}; _ -> {false, F} end,
    {Width, F2} = width(F1, none),
    {Enc, F3} = case F2 of [$t | T2] -> {unicode, T2}; _ -> {latin1, F2} end,
    case F3 of
        [C | Rest] -> directive(C, Width, Drop, Enc, Rest, Format, Chars, N, Terms);
        [] -> {error, {fread, format}}
    end;
read([C | F], [C | Chars], N, Terms) -> read(F, Chars, N + 1, Terms);
read([_ | _] = F, [], N, Terms) -> {more, F, N, Terms};
read([_ | _], [_ | _], _, _) -> {error, {fread, input}};
read([], Chars, _, Terms) -> {ok, lists:reverse(Terms), Chars}.

width([C | F], W) when C >= $0, C =< $9 -> width(F, case W of none -> C - $0; _ -> 10 * W + C - $0 end);
width(F, W) -> {W, F}.

skip([C | T], N) when ?BLANK(C) -> skip(T, N + 1);
skip(Chars, N) -> {Chars, N}.

directive(C, _, _, _, _, _, Chars, _, _) when not is_list(Chars) -> {error, {fread, what(C)}};
directive($l, none, Drop, _, F, _, Chars, N, Terms) -> read(F, Chars, N, keep(Drop, N, Terms));
directive($~, none, _, _, F, _, [$~ | Chars], N, Terms) -> read(F, Chars, N + 1, Terms);
directive($~, none, _, _, _, Format, [], N, Terms) -> {more, Format, N, Terms};
directive($~, _, _, _, _, _, _, _, _) -> {error, {fread, input}};
directive($c, Width, Drop, Enc, F, Format, Chars, N, Terms) ->
    Count = case Width of none -> 1; _ -> Width end,
    case Chars of
        [] -> {more, Format, N, Terms};
        _ ->
            {Taken, Rest} = lists:split(min(Count, length(Chars)), Chars),
            case Enc =:= unicode orelse lists:all(fun(C) -> C =< 255 end, Taken) of
                true -> read(F, Rest, N + length(Taken), keep(Drop, Taken, Terms));
                false -> {error, {fread, string}}
            end
    end;
directive(C, Width, Drop, Enc, F, Format, Chars, N, Terms) ->
    case skip(Chars, N) of
        {[], N1} -> {more, Format, N1, Terms};
        {Word, N1} ->
            Max = case {Width, C} of
                      {none, _} -> length(Word);
                      {_, $u} -> length(Word);                 % there it is the base
                      _ -> min(Width, length(Word))
                  end,
            {Field, Beyond} = lists:split(Max, Word),
            case item(C, Width, Enc, Field) of
                {ok, Term, Left} ->
                    Used = length(Field) - length(Left),
                    read(F, Left ++ Beyond, N1 + Used, keep(Drop, Term, Terms));
                error -> {error, {fread, what(C)}}
            end
    end.

keep(true, _, Terms) -> Terms;
keep(false, Term, Terms) -> [Term | Terms].

what($d) -> integer;
what($u) -> unsigned;
what($-) -> character;
what($c) -> character;
what($#) -> based;
what($f) -> float;
what($s) -> string;
what($a) -> atom;
what(_) -> format.

%% {ok, Term, Left} | error
item($d, _, _, Field) -> signed(Field, 10);
item($u, Width, _, Field) -> unsigned(Field, case Width of none -> 10; _ -> Width end);
item($-, _, _, [$- | Left]) -> {ok, -1, Left};
item($-, _, _, [$+ | Left]) -> {ok, 1, Left};
item($-, _, _, Left) -> {ok, 1, Left};
item($#, _, _, Field) ->
    case unsigned(Field, 10) of
        {ok, Base, [$# | T]} when Base >= 2, Base =< 36 -> unsigned(T, Base);
        _ -> error
    end;
item($f, _, _, Field) ->
    case string:to_float(Field) of
        {F, Left} when is_float(F) -> {ok, F, Left};
        {error, _} -> error
    end;
item($s, _, Enc, Field) -> word(Field, Enc);
item($a, _, Enc, Field) ->
    case word(Field, Enc) of
        {ok, Word, Left} -> {ok, list_to_atom(Word), Left};
        error -> error
    end;
item(_, _, _, _) -> error.

signed([$- | T], Base) -> negated(unsigned(T, Base));
signed([$+ | T], Base) -> unsigned(T, Base);
signed(Chars, Base) -> unsigned(Chars, Base).

negated({ok, N, Left}) -> {ok, -N, Left};
negated(error) -> error.

unsigned(Chars, Base) ->
    case lists:splitwith(fun(C) -> value(C) < Base end, Chars) of
        {[], _} -> error;
        {Digits, Left} -> {ok, list_to_integer(Digits, Base), Left}
    end.

value(C) when C >= $0, C =< $9 -> C - $0;
value(C) when C >= $A, C =< $Z -> C - $A + 10;
value(C) when C >= $a, C =< $z -> C - $a + 10;
value(_) -> 99.

word(Field, Enc) ->
    {Word, Left} = lists:splitwith(fun(C) when ?BLANK(C) -> false; (_) -> true end, Field),
    case Enc =:= unicode orelse lists:all(fun(C) -> C =< 255 end, Word) of
        true -> {ok, Word, Left};
        false -> error
    end.
