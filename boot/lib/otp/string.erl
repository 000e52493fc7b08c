%% string.erl - texts: lists of characters, UTF-8 binaries, and mixtures of both.
%% Counts and positions are of grapheme clusters. A binary gives binaries (parts of it where possible), anything else
%% gives lists. The functions under "the old names" take flat lists and count code points.
-module(string).

-export([is_empty/1, length/1, to_graphemes/1, reverse/1, equal/2, equal/3, equal/4, slice/2, slice/3, pad/2,
         pad/3, pad/4, trim/1, trim/2, trim/3, chomp/1, take/2, take/3, take/4, uppercase/1, lowercase/1,
         titlecase/1, casefold/1, prefix/2, split/2, split/3, replace/3, replace/4, find/2, find/3,
         lexemes/2, nth_lexeme/3, next_codepoint/1, next_grapheme/1, to_integer/1, to_float/1]).
-export([len/1, concat/2, chr/2, rchr/2, str/2, rstr/2, span/2, cspan/2, substr/2, substr/3, tokens/2, join/2,
         chars/2, chars/3, copies/2, words/1, words/2, strip/1, strip/2, strip/3, sub_word/2, sub_word/3,
         left/2, left/3, right/2, right/3, centre/2, centre/3, sub_string/2, sub_string/3, to_upper/1,
         to_lower/1]).

-compile({no_auto_import, [length/1]}).

%% ---- characters ------------------------------------------------------------------------------------

is_empty([]) -> true;
is_empty(<<>>) -> true;
is_empty([X | T]) when is_list(X); is_binary(X) -> is_empty(X) andalso is_empty(T);
is_empty(_) -> false.

length(Text) -> count(unicode_util:gc(Text), 0).

count([_ | Rest], N) -> count(unicode_util:gc(Rest), N + 1);
count([], N) -> N;
count({error, Bad}, _) -> error({badarg, Bad}).

next_codepoint(Text) -> unicode_util:cp(Text).
next_grapheme(Text) -> unicode_util:gc(Text).

to_graphemes(Text) ->
    case unicode_util:gc(Text) of
        [G | Rest] -> [G | to_graphemes(Rest)];
        [] -> [];
        {error, Bad} -> error({badarg, Bad})
    end.

reverse(Text) -> lists:reverse(to_graphemes(Text)).

%% Flat code points.
chars_of(Text) when is_binary(Text) -> to_list(Text);
chars_of(Text) ->
    case is_flat(Text) of
        true -> Text;
        false -> to_list(Text)
    end.

is_flat([C | T]) when is_integer(C) -> is_flat(T);
is_flat([]) -> true;
is_flat(_) -> false.

%% What is no text fails as OTP's functions that look for something in it do.
to_list([C | T]) when is_integer(C), is_integer(T) -> error({badmatch, T});
to_list(Text) when is_list(Text); is_binary(Text) ->
    try unicode:characters_to_list(Text) of
        L when is_list(L) -> L;
        {_, _, Bad} -> error({badarg, Bad})
    catch error:badarg -> error(function_clause)
    end;
to_list(Text) -> error({badmatch, Text}).

%% Of what is looked for.
pattern(Text) when is_list(Text); is_binary(Text) ->
    case unicode:characters_to_list(Text) of
        L when is_list(L) -> L;
        {_, _, Bad} -> error({badarg, Bad})
    end;
pattern(_) -> error(badarg).

%% Chars in the form of Like.
as(Chars, Like) when is_binary(Like) -> unicode:characters_to_binary(Chars);
as(Chars, _) ->
    try chars_of(Chars)
    catch error:_ -> Chars
    end.

equal(A, B) -> equal(A, B, false, none).
equal(A, B, IgnoreCase) -> equal(A, B, IgnoreCase, none).

%% Norm: none, nfc, nfd, nfkc, nfkd.
equal(A, B, IgnoreCase, Norm) when is_list(A), is_list(B); is_binary(A), is_list(B); is_list(A), is_binary(B); is_binary(A), is_binary(B) ->
    case lists:member(Norm, [none, nfc, nfd, nfkc, nfkd]) of
        true when not IgnoreCase, Norm =:= none -> equal_points(A, B);
        true -> normal(A, IgnoreCase, Norm) =:= normal(B, IgnoreCase, Norm);
        false -> equal_points(A, B) orelse unicode_util:Norm(A) =:= unicode_util:Norm(B)
    end.

equal_points(A, B) ->
    case {unicode_util:cp(A), unicode_util:cp(B)} of
        {[C | A1], [C | B1]} -> equal_points(A1, B1);
        {[], []} -> true;
        {A1, B1} when is_list(A1), is_list(B1) -> false
    end.

normal(Text, false, none) -> chars_of(Text);
normal(Text, true, Norm) -> normal(casefold(chars_of(Text)), false, Norm);
normal(Text, false, nfc) -> unicode:characters_to_nfc_list(Text);
normal(Text, false, nfd) -> unicode:characters_to_nfd_list(Text);
normal(Text, false, nfkc) -> unicode:characters_to_nfkc_list(Text);
normal(Text, false, nfkd) -> unicode:characters_to_nfkd_list(Text).

%% ---- parts -----------------------------------------------------------------------------------------

slice(Text, Start) when is_integer(Start), Start >= 0 -> rest_like(skip(Text, Start), Text).

slice(Text, Start, 0) when is_integer(Start), Start >= 0, not is_binary(Text) -> [];
slice(Text, Start, Length) when is_integer(Start), Start >= 0, is_integer(Length), Length >= 0 ->
    From = skip(Text, Start),
    case is_binary(Text) of
        true -> binary:part(From, 0, byte_size(From) - byte_size(skip(From, Length)));
        false -> as(front(From, Length), Text)
    end;
slice(Text, Start, infinity) -> slice(Text, Start).

skip(Text, 0) -> Text;
skip(Text, N) ->
    case unicode_util:gc(Text) of
        [_ | Rest] -> skip(Rest, N - 1);
        [] when is_binary(Text) -> <<>>;
        [] -> [];
        {error, Bad} -> error({badarg, Bad})
    end.

rest_like([], Text) when is_binary(Text) -> <<>>;
rest_like(Rest, _) -> Rest.

front(_, 0) -> [];
front(Text, N) ->
    case unicode_util:gc(Text) of
        [G | Rest] -> [G | front(Rest, N - 1)];
        [] -> [];
        {error, Bad} -> error({badarg, Bad})
    end.

pad(Text, Length) -> pad(Text, Length, trailing, $\s).
pad(Text, Length, Where) -> pad(Text, Length, Where, $\s).

pad(Text, Length, Where, Char) when is_integer(Length), (Where =:= leading orelse Where =:= trailing orelse Where =:= both) ->
    N = max(0, Length - length(Text)),
    case Where of
        trailing -> [Text | lists:duplicate(N, Char)];
        leading -> [lists:duplicate(N, Char), Text];
        both ->
            Half = lists:duplicate(N div 2, Char),
            [Half, Text, Half | lists:duplicate(N rem 2, Char)]
    end.

%% Separators are clusters: characters, or lists such as "\r\n".
trim(Text) -> trim(Text, both, unicode_util:whitespace()).
trim(Text, Where) -> trim(Text, Where, unicode_util:whitespace()).

trim(Text, Where, []) when Where =:= leading; Where =:= trailing; Where =:= both -> Text;
trim(Text, leading, Seps) when is_list(Seps) -> without_front(Text, clusters(Seps));
trim(Text, trailing, Seps) when is_list(Seps) -> without_end(Text, clusters(Seps));
trim(Text, both, Seps) when is_list(Seps) -> without_end(without_front(Text, clusters(Seps)), Seps).

%% Separators are characters and lists of them.
clusters([S | T] = Seps) when is_integer(S); is_list(S) -> _ = clusters(T), Seps;
clusters([]) -> [].

without_front(Text, Seps) ->
    case unicode_util:gc(Text) of
        [G | Rest] ->
            case lists:member(G, Seps) of
                true -> rest_like(without_front(Rest, Seps), Text);
                false -> Text
            end;
        [] -> Text;
        {error, Bad} -> error({badarg, Bad})
    end.

without_end(Text, Seps) when is_binary(Text) -> binary:part(Text, 0, last_other(Text, Seps, byte_size(Text), 0));
without_end(Text, Seps) ->
    Gs = lists:dropwhile(fun(G) -> lists:member(G, Seps) end, reverse(Text)),
    chars_of(lists:reverse(Gs)).

%% Where the last cluster that is no separator ends.
last_other(Text, Seps, Size, End) ->
    case unicode_util:gc(Text) of
        [G | Rest] ->
            case lists:member(G, Seps) of
                true -> last_other(Rest, Seps, Size, End);
                false -> last_other(Rest, Seps, Size, Size - byte_size(Rest))
            end;
        [] -> End;
        {error, _} -> Size
    end.

chomp(Text) -> trim(Text, trailing, [[$\r, $\n], $\n]).

take(Text, Set) -> take(Text, Set, false, leading).
take(Text, Set, Complement) -> take(Text, Set, Complement, leading).

%% {Leading, Trailing}, parted where the clusters of Set (or, complement, those not of it) end or begin.
take(Text, Set, Complement, leading) when is_boolean(Complement) ->
    {Taken, Rest} = lists:splitwith(fun(G) -> lists:member(G, Set) =/= Complement end, to_graphemes(Text)),
    {as(Taken, Text), as(Rest, Text)};
take(Text, Set, Complement, trailing) when is_boolean(Complement) ->
    {Taken, Rest} = lists:splitwith(fun(G) -> lists:member(G, Set) =/= Complement end, reverse(Text)),
    {as(lists:reverse(Rest), Text), as(lists:reverse(Taken), Text)}.

%% ---- case ------------------------------------------------------------------------------------------

uppercase(Text) -> mapped(Text, fun unicode_util:uppercase/1).
lowercase(Text) -> mapped(Text, fun unicode_util:lowercase/1).
casefold(Text) -> mapped(Text, fun unicode_util:casefold/1).

mapped(Text, F) when is_binary(Text) -> iolist_to_binary(unicode:characters_to_binary(map_all(Text, F)));
mapped(Text, F) when is_list(Text) -> map_all(Text, F);
mapped(Text, _) -> error({badarg, Text}).

map_all([C | [_ | _] = T], F) when is_float(C) -> [C | map_all(T, F)];
map_all(Text, F) ->
    case F(Text) of
        [C | Rest] when is_integer(C) -> [C | map_all(Rest, F)];
        [Cs | Rest] -> Cs ++ map_all(Rest, F);
        [] -> [];
        {error, Bad} -> error({badarg, Bad})
    end.

%% The first character only.
titlecase(Text) ->
    case unicode_util:titlecase(Text) of
        [C | Rest] when is_binary(Text) -> <<(unicode:characters_to_binary([C]))/binary, Rest/binary>>;
        [_ | _] = Title -> case is_flat(Title) of true -> Title; false -> flat_start(Title) end;
        {error, Bad} -> error({badarg, Bad});
        Empty -> as(Empty, Text)
    end.

%% What is behind the first character stays as it is when it is no text.
flat_start([C | Rest] = Title) ->
    try chars_of(Title)
    catch error:_ -> if is_list(C) -> C ++ Rest; true -> Title end
    end.

%% ---- searching -------------------------------------------------------------------------------------

%% What follows Prefix, or nomatch.
prefix(Text, Prefix) -> prefix_of(pattern(Prefix), Text, Text).

prefix_of([_ | _], [C | _], _) when is_float(C) -> nomatch;
prefix_of([C | Prefix], Text, Like) ->
    case unicode_util:cp(Text) of
        [C | Rest] -> prefix_of(Prefix, Rest, Like);
        _ -> nomatch
    end;
prefix_of([], Rest, Like) -> rest_like(Rest, Like).

find(Text, Pattern) -> find(Text, Pattern, leading).

%% The text from the first (or last) place on where Pattern stands, or nomatch.
find(Text, Pattern, Where) when Where =:= leading; Where =:= trailing ->
    case is_empty(Pattern) of
        true -> Text;
        false ->
            case place(Text, Pattern, Where) of
                {_, Found, _} -> Found;
                nomatch -> nomatch
            end
    end.

split(Text, Pattern) -> split(Text, Pattern, leading).

%% The parts around the first, the last, or each Pattern.
split(Text, Pattern, Where) ->
    case is_empty(Pattern) of
        _ when Where =/= leading, Where =/= trailing, Where =/= all -> split_nowhere(Text, Pattern);
        true -> [Text];
        false -> split_by(Text, Pattern, Where)
    end.

%% What OTP makes of a place that is none.
split_nowhere(Text, Pattern) ->
    case is_empty(Pattern) orelse place(Text, Pattern, leading) of
        true -> [Text];
        nomatch -> [Text];
        {_, _, After} -> error({case_clause, After})
    end.

split_by(Text, Pattern, all) when is_binary(Text) ->
    binary:split(Text, unicode:characters_to_binary(Pattern), [global]);
split_by(Text, Pattern, all) ->
    Wanted = pattern(Pattern),
    case split_all(chars_of(Text), Wanted, []) of
        [_] -> [Text]; % as it is, flat or not
        Parts -> Parts
    end;
split_by(Text, Pattern, Where) ->
    case place(Text, Pattern, Where) of
        {Before, _, After} -> [Before, After];
        nomatch -> [Text]
    end.

split_all([C | T] = Text, [C | Cs] = Pattern, Part) ->
    case after_prefix(T, Cs) of
        no -> split_all(T, Pattern, [C | Part]);
        Rest when Part =:= [], Text =:= Rest -> error(badarg);
        Rest -> [lists:reverse(Part) | split_all(Rest, Pattern, [])]
    end;
split_all([C | T], Pattern, Part) -> split_all(T, Pattern, [C | Part]);
split_all([], _, Part) -> [lists:reverse(Part)].

after_prefix(Rest, []) -> Rest;
after_prefix([C | T], [C | Cs]) -> after_prefix(T, Cs);
after_prefix(_, _) -> no.

%% {Before, FromPatternOn, After} or nomatch.
place(Text, Pattern, Where) when is_binary(Text) ->
    Bytes = unicode:characters_to_binary(Pattern),
    Found = case Where of
                leading -> binary:match(Text, Bytes);
                trailing -> last_match(Text, Bytes, byte_size(Text) - byte_size(Bytes))
            end,
    case Found of
        {At, Len} ->
            <<Before:At/binary, From/binary>> = Text,
            <<_:Len/binary, After/binary>> = From,
            {Before, From, After};
        nomatch -> nomatch
    end;
place(Text, Pattern, leading) ->
    Wanted = pattern(Pattern),
    first_place(chars_of(Text), Wanted, []);
place(Text, Pattern, trailing) ->
    Wanted = pattern(Pattern),
    last_place(chars_of(Text), Wanted, [], nomatch).

last_match(_, _, At) when At < 0 -> nomatch;
last_match(Text, Bytes, At) ->
    Len = byte_size(Bytes),
    case Text of
        <<_:At/binary, Bytes:Len/binary, _/binary>> -> {At, Len};
        _ -> last_match(Text, Bytes, At - 1)
    end.

first_place([C | T] = Text, [C | Cs] = Pattern, Before) ->
    case after_prefix(T, Cs) of
        no -> first_place(T, Pattern, [C | Before]);
        After -> {lists:reverse(Before), Text, After}
    end;
first_place([C | T], Pattern, Before) -> first_place(T, Pattern, [C | Before]);
first_place([], _, _) -> nomatch.

last_place([C | T] = Text, [C | Cs] = Pattern, Before, Last) ->
    case after_prefix(T, Cs) of
        no -> last_place(T, Pattern, [C | Before], Last);
        After -> last_place(T, Pattern, [C | Before], {Before, Text, After})
    end;
last_place([C | T], Pattern, Before, Last) -> last_place(T, Pattern, [C | Before], Last);
last_place([], _, _, {Before, Text, After}) -> {lists:reverse(Before), Text, After};
last_place([], _, _, nomatch) -> nomatch.

replace(Text, Pattern, New) -> replace(Text, Pattern, New, leading).
replace(Text, Pattern, New, Where) -> lists:join(New, split(Text, Pattern, Where)).

%% The non-empty parts between separators.
lexemes(Text, []) ->
    case is_empty(Text) of
        true -> [];
        false -> [Text]
    end;
lexemes(Text, Seps) when is_list(Seps) -> [as(L, Text) || L <- lexemes_of(to_graphemes(Text), clusters(Seps))].

lexemes_of(Gs, Seps) ->
    case lists:dropwhile(fun(G) -> lists:member(G, Seps) end, Gs) of
        [] -> [];
        Gs1 ->
            {Lexeme, Rest} = lists:splitwith(fun(G) -> not lists:member(G, Seps) end, Gs1),
            [Lexeme | lexemes_of(Rest, Seps)]
    end.

nth_lexeme(Text, N, []) when is_integer(N), N > 0 -> Text;
nth_lexeme(Text, N, Seps) when is_integer(N), N > 0, is_list(Seps) ->
    Lexemes = lexemes(Text, Seps),
    case N =< erlang:length(Lexemes) of
        true -> lists:nth(N, Lexemes);
        false -> as([], Text)
    end.

%% ---- numbers ---------------------------------------------------------------------------------------

%% {Integer, Rest} | {error, no_integer | badarg}
to_integer([X]) when is_float(X) -> {error, no_integer};
to_integer([X | Y]) when is_integer(X), is_integer(Y) -> {error, no_integer};
to_integer(Text) -> number(Text, fun string:list_to_integer/1).

%% {Float, Rest} | {error, no_float | badarg}
to_float([X]) when is_float(X) -> {error, no_float};
to_float([X | Y]) when is_integer(X), is_integer(Y) -> {error, no_float};
to_float(Text) -> number(Text, fun string:list_to_float/1).

number(Text, Read) ->
    try chars_of(Text) of
        Chars ->
            case Read(Chars) of
                {Number, Rest} when is_number(Number), is_binary(Text) -> {Number, unicode:characters_to_binary(Rest)};
                Answer -> Answer
            end
    catch error:_ -> {error, badarg}
    end.

%% ---- the old names ---------------------------------------------------------------------------------

len(S) -> erlang:length(S).

concat(A, B) -> A ++ B.

%% Positions count from 1; 0 is nowhere.
chr(S, C) when is_integer(C) -> chr(S, C, 1).

chr([C | _], C, I) -> I;
chr([_ | T], C, I) -> chr(T, C, I + 1);
chr([], _, _) -> 0.

rchr(S, C) when is_integer(C) -> rchr(S, C, 1, 0).

rchr([C | T], C, I, _) -> rchr(T, C, I + 1, I);
rchr([_ | T], C, I, Last) -> rchr(T, C, I + 1, Last);
rchr([], _, _, Last) -> Last.

%% Nothing is nowhere.
str(S, "") when is_list(S) -> 0;
str(S, Sub) when is_list(Sub) -> str(S, Sub, 1).

str([_ | T] = S, Sub, I) ->
    case lists:prefix(Sub, S) of
        true -> I;
        false -> str(T, Sub, I + 1)
    end;
str([], _, _) -> 0.

rstr(S, "") when is_list(S) -> 0;
rstr(S, Sub) when is_list(Sub) -> rstr(S, Sub, 1, 0).

rstr([_ | T] = S, Sub, I, Last) ->
    case lists:prefix(Sub, S) of
        true -> rstr(T, Sub, I + 1, I);
        false -> rstr(T, Sub, I + 1, Last)
    end;
rstr([], _, _, Last) -> Last.

span(S, Set) when is_list(S), is_list(Set) -> erlang:length(lists:takewhile(fun(C) -> lists:member(C, Set) end, S)).
cspan(S, Set) when is_list(S), is_list(Set) -> erlang:length(lists:takewhile(fun(C) -> not lists:member(C, Set) end, S)).

substr(S, 1) when is_list(S) -> S;
substr(S, Start) when is_integer(Start), Start > 1 -> lists:nthtail(Start - 1, S).

substr(S, Start, Length) when is_integer(Start), Start > 0, is_integer(Length), Length >= 0 ->
    lists:sublist(lists:nthtail(Start - 1, S), Length).

sub_string(S, Start) -> substr(S, Start).
sub_string(S, Start, Stop) -> substr(S, Start, Stop - Start + 1).

tokens(S, Seps) ->
    case Seps of
        [_ | _] -> tokens(lists:reverse(S), Seps, []);
        [] ->
            case S of
                [_ | _] -> [S];
                [] -> []
            end
    end.

%% From the last character on.
tokens([C | Cs], Seps, Tokens) ->
    case lists:member(C, Seps) of
        true -> tokens(Cs, Seps, Tokens);
        false -> token(Cs, Seps, [C], Tokens)
    end;
tokens([], _, Tokens) -> Tokens.

token([C | Cs], Seps, Token, Tokens) ->
    case lists:member(C, Seps) of
        true -> tokens(Cs, Seps, [Token | Tokens]);
        false -> token(Cs, Seps, [C | Token], Tokens)
    end;
token([], _, Token, Tokens) -> [Token | Tokens].

join([], Sep) when is_list(Sep) -> [];
join([S | T], Sep) -> S ++ lists:append([Sep ++ X || X <- T]).

chars(C, N) when is_integer(C) -> chars(C, N, []).
chars(C, N, Tail) when is_integer(C), N > 0 -> chars(C, N - 1, [C | Tail]);
chars(C, 0, Tail) when is_integer(C) -> Tail.

copies(S, N) when is_list(S), is_integer(N), N >= 0 -> lists:append(lists:duplicate(N, S)).

words(S) -> words(S, $\s).
words(S, C) when is_integer(C) -> max(1, erlang:length(tokens(S, [C]))).

sub_word(S, N) -> sub_word(S, N, $\s).

sub_word(S, N, C) when is_integer(N), N > 0, is_integer(C) ->
    case N =< erlang:length(tokens(S, [C])) of
        true -> lists:nth(N, tokens(S, [C]));
        false -> []
    end.

strip(S) -> strip(S, both, $\s).
strip(S, Where) -> strip(S, Where, $\s).

strip(S, left, C) when is_integer(C) -> lists:dropwhile(fun(X) -> X =:= C end, S);
strip(S, right, C) -> lists:reverse(strip(lists:reverse(S), left, C));
strip(S, both, C) -> strip(strip(S, left, C), right, C).

left(S, N) -> left(S, N, $\s).
left(S, N, C) when is_integer(N), is_integer(C), not is_list(S) -> error(badarg, [S, N, C]);
left(S, N, C) when is_integer(N), is_integer(C) -> lists:sublist(S, N) ++ lists:duplicate(max(0, N - erlang:length(S)), C).

right(S, N) -> right(S, N, $\s).
right(S, N, C) when is_integer(N), is_integer(C) ->
    Len = erlang:length(S),
    case Len > N of
        true -> lists:nthtail(Len - N, S);
        false -> lists:duplicate(N - Len, C) ++ S
    end.

centre(S, N) -> centre(S, N, $\s).

centre(_, 0, C) when is_integer(C) -> [];
centre(S, N, C) when is_integer(N), is_integer(C) ->
    Len = erlang:length(S),
    case Len > N of
        true -> lists:sublist(S, (Len - N) div 2 + 1, N);
        false ->
            Left = (N - Len) div 2,
            lists:duplicate(Left, C) ++ S ++ lists:duplicate(N - Len - Left, C)
    end.

%% Latin-1 letters only; a string or one character.
to_upper(S) when is_list(S) -> [case C of _ when is_integer(C) -> to_upper(C); _ -> C end || C <- S];
to_upper(C) when C >= $a, C =< $z; C >= 224, C =< 246; C >= 248, C =< 254 -> C - 32;
to_upper(C) when is_integer(C) -> C.

to_lower(S) when is_list(S) -> [case C of _ when is_integer(C) -> to_lower(C); _ -> C end || C <- S];
to_lower(C) when C >= $A, C =< $Z; C >= 192, C =< 214; C >= 216, C =< 222 -> C + 32;
to_lower(C) when is_integer(C) -> C.
