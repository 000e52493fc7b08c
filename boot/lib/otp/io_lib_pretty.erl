%% io_lib_pretty.erl - terms as text of several lines.
%% Two steps. `box` turns a term into boxes, which know how long their text is on one line; `lay` writes a box from a
%% given column on, on one line where there is room and else broken and indented by the shape of the term.
%%
%%   {Text, Len, Dots}                       a leaf: its characters
%%   {{list | map, Items}, Len, Dots}        Items: boxes; the tail is [], {dots, 3, 3}, or a box (an improper list)
%%   {{tuple, Tagged, Items}, Len, Dots}     Tagged: the first of several elements is an atom
%%   {{pair, Key, Value}, Len, Dots}         of a map
%%   {{bin, Parts}, Len, Dots}               the numbers of a binary, each a string
%%
%% Dots counts the characters "..." in it: 0 means that nothing was left out.
%% A depth of 1 leaves out everything inside; depths below 0 have no end. So have limits of characters below 0.
-module(io_lib_pretty).

-export([print/1, print/2, print/3, print/4, box/5, flat/1]).

%% ---- printing --------------------------------------------------------------------------------------

%% Options: column (1), line_length (80), depth (-1), chars_limit (-1), encoding (unicode), strings (true).
print(Term) -> print(Term, 1, 80, -1).

print(Term, Options) when is_list(Options) ->
    Get = fun(Key, Default) ->
                  case lists:keyfind(Key, 1, Options) of
                      {_, Value} -> Value;
                      false -> Default
                  end
          end,
    print(Term, Get(column, 1), Get(line_length, 80), Get(depth, -1), Get(chars_limit, -1),
          Get(encoding, unicode), Get(strings, true));
print(Term, _RecordFun) -> print(Term).

print(Term, Depth, _RecordFun) -> print(Term, 1, 80, Depth).

print(Term, Column, LineLength, Depth) -> print(Term, Column, LineLength, Depth, -1, latin1, true).

print(_, _, _, 0, _, _, _) -> "...";
print(_, _, _, _, 0, _, _) -> "...";
print(Term, Column, LineLength, Depth, Limit, Enc, Strings) when Column < 1 ->
    print(Term, 1, LineLength, Depth, Limit, Enc, Strings);
print(Term, Column, LineLength, Depth, Limit, Enc, Strings) ->
    {_, Len, _} = Box = limited(Term, Depth, Limit, Enc, Strings),
    if
        LineLength =:= 0; Len < LineLength - Column -> flat(Box);
        true -> broken(Box, Column, LineLength)
    end.

%% ---- boxes -----------------------------------------------------------------------------------------

%% The box of Term to the depth at which its text reaches Limit characters (or is complete, or Depth is reached).
limited(Term, Depth, Limit, Enc, Strings) when Limit < 0 -> box(Term, Depth, Limit, Enc, Strings);
limited(Term, Depth, Limit, Enc, Strings) ->
    Box = box(Term, 1, Limit, Enc, Strings),
    case too_small(Box, Limit) andalso Depth =/= 1 of
        true -> deeper(Box, 1, 4, Term, Depth, Limit, Enc, Strings);
        false -> Box
    end.

too_small({_, Len, Dots}, Limit) -> Dots > 0 andalso Len =< Limit.

%% Lower is the box at depth Low, and too small. The step doubles until a box is large enough, then halves.
deeper({_, Len, _} = Lower, Low, Step, Term, Depth, Limit, Enc, Strings) ->
    High = case Depth < 0 of
               true -> Low + Step;
               false -> min(Low + Step, Depth)
           end,
    case box(Term, High, Limit, Enc, Strings) of
        {_, _, 0} = Box -> Box;
        {_, Len, _} = Box -> Box;
        {_, Len1, _} = Box when Len1 =< Limit, (High < Depth orelse Depth < 0) ->
            deeper(Box, High, Step * 2, Term, Depth, Limit, Enc, Strings);
        Box -> between(Lower, Low, Box, High, Term, Limit, Enc, Strings)
    end.

between({_, Limit, _} = Lower, Low, _, High, _, Limit, _, _) when High - Low =:= 1 -> Lower;
between(_, Low, Upper, High, _, _, _, _) when High - Low =:= 1 -> Upper;
between(Lower, Low, Upper, High, Term, Limit, Enc, Strings) ->
    Middle = (Low + High) div 2,
    case box(Term, Middle, Limit, Enc, Strings) of
        {_, Len, _} = Box when Len > Limit -> between(Lower, Low, Box, Middle, Term, Limit, Enc, Strings);
        Box -> between(Box, Middle, Upper, High, Term, Limit, Enc, Strings)
    end.

%% T is how many characters are left to use.
box([], _, _, _, _) -> {"[]", 2, 0};
box({}, _, _, _, _) -> {"{}", 2, 0};
box(M, _, _, _, _) when map_size(M) =:= 0 -> {"#{}", 3, 0};
box(<<>>, _, _, _, _) -> {"<<>>", 4, 0};
box(A, _, _, Enc, _) when is_atom(A) -> leaf(atom(A, Enc));
box(L, D, T, Enc, Strings) when is_list(L) ->
    case Strings andalso printable(L, D, T, Enc) of
        true -> leaf(string(L, Enc));
        {prefix, Prefix} ->
            Text = string(Prefix, Enc),
            {[Text | "..."], io_lib:chars_length(Text) + 3, 0};
        false -> sized(fun(Items) -> {list, Items} end, list_items(L, D, minus(T, 2), Enc, Strings), 2)
    end;
box(Tuple, 1, _, _, _) when is_tuple(Tuple) -> {"{...}", 5, 3};
box(Tuple, D, T, Enc, Strings) when is_tuple(Tuple) ->
    Tagged = is_atom(element(1, Tuple)) andalso tuple_size(Tuple) > 1,
    Items = tuple_items(tuple_to_list(Tuple), D, minus(T, 2), Enc, Strings),
    sized(fun(Is) -> {tuple, Tagged, Is} end, Items, 2);
box(M, 1, _, _, _) when is_map(M) -> {"#{...}", 6, 3};
box(M, D, T, Enc, Strings) when is_map(M) ->
    Items = pair_items(maps:to_list(M), D, D - 1, minus(T, 3), Enc, Strings),
    sized(fun(Is) -> {map, Is} end, Items, 3);
box(B, 1, _, _, _) when is_bitstring(B) -> {"<<...>>", 7, 3};
box(B, D, T, Enc, Strings) when is_bitstring(B) ->
    case Strings andalso is_binary(B) andalso binary_text(B, D - 1, minus(T, 6), Enc) of
        {whole, Kind, Chars} -> leaf(["<<", io_lib:write_string(Chars), suffix(Kind), ">>"]);
        {prefix, Kind, Chars} ->
            Text = ["<<", io_lib:write_string(Chars), suffix(Kind), "...>>"],
            {Text, io_lib:chars_length(Text), 3};
        false ->
            {Text, Rest} = io_lib:write_binary(B, D, T),
            "<<" ++ Chars = lists:flatten(Text),
            Parts = string:split(lists:droplast(lists:droplast(Chars)), ",", all),
            Dots = if Rest =:= <<>> -> 0; true -> 3 end,
            {{bin, Parts}, lists:foldl(fun(P, N) -> length(P) + 1 + N end, 3, Parts), Dots}
    end;
box(Term, _, _, _, _) -> leaf(io_lib:write(Term)).

leaf(Text) -> {Text, io_lib:chars_length(Text), 0}.

suffix(latin1) -> "";
suffix(utf8) -> "/utf8".

atom(A, latin1) -> io_lib:write_atom_as_latin1(A);
atom(A, _) -> io_lib:write_atom(A).

string(S, latin1) -> io_lib:write_latin1_string(S);
string(S, _) -> io_lib:write_string(S).

minus(T, _) when T < 0 -> T;
minus(T, N) when T >= N -> T - N;
minus(_, _) -> 0.

sized(Shape, Items, Brackets) ->
    {Len, Dots} = measure(Items, Brackets, 0, 0),
    {Shape(Items), Len, Dots}.

%% Sep is 1 once a separator stands before the next item.
measure([{_, Len, Dots} | T], N, Sep, Ds) -> measure(T, N + Sep + Len, 1, Ds + Dots);
measure([], N, _, Ds) -> {N, Ds};
measure({_, Len, Dots}, N, Sep, Ds) -> {N + Sep + Len, Ds + Dots}.

list_items([], _, _, _, _) -> [];
list_items(_, D, T, _, _) when D =:= 1; T =:= 0 -> {dots, 3, 3};
list_items([X | Xs], D, T, Enc, Strings) ->
    T1 = comma(Xs, T),
    {_, Len, _} = Box = box(X, D - 1, T1, Enc, Strings),
    [Box | list_items(Xs, D - 1, minus(T1, Len), Enc, Strings)];
list_items(Tail, D, T, Enc, Strings) -> box(Tail, D - 1, T, Enc, Strings).

tuple_items([], _, _, _, _) -> [];
tuple_items(_, D, T, _, _) when D =:= 1; T =:= 0 -> {dots, 3, 3};
tuple_items([X | Xs], D, T, Enc, Strings) ->
    T1 = comma(Xs, T),
    {_, Len, _} = Box = box(X, D - 1, T1, Enc, Strings),
    [Box | tuple_items(Xs, D - 1, minus(T1, Len), Enc, Strings)].

%% Every pair has the depth Inner, however many stand before it; D counts the pairs.
pair_items([], _, _, _, _, _) -> [];
pair_items(_, D, _, T, _, _) when D =:= 1; T =:= 0 -> {dots, 3, 3};
pair_items([{K, V} | Ps], D, Inner, T, Enc, Strings) ->
    T1 = comma(Ps, T),
    {_, KLen, KDots} = KBox = box(K, Inner, T1, Enc, Strings),
    {_, VLen, VDots} = VBox = box(V, Inner, minus(T1, KLen + 4), Enc, Strings),
    Len = KLen + 4 + VLen,
    [{{pair, KBox, VBox}, Len, KDots + VDots} | pair_items(Ps, D - 1, Inner, minus(T1, Len), Enc, Strings)].

comma([], T) -> T;
comma(_, T) -> minus(T, 1).

%% ---- is it text? -----------------------------------------------------------------------------------

%% true | false | {prefix, Chars}: the part for which there is room.
printable(_, 1, _, _) -> false;
printable(L, _, T, latin1) when T < 0 -> io_lib:printable_latin1_list(L);
printable(L, _, T, _) when T < 0 -> io_lib:printable_list(L);
printable(L, _, T, Enc) ->
    N = minus(T, 2),
    Fits = case Enc of latin1 -> fun io_lib:printable_latin1_list/1; _ -> fun io_lib:printable_list/1 end,
    case front(L, N, []) of
        all -> N > 0 andalso Fits(L);
        [] -> false;
        Prefix when is_list(Prefix) -> Fits(Prefix) andalso {prefix, Prefix};
        no -> false
    end.

%% The first N characters, or `all` when there are no more than that.
front([], _, _) -> all;
front(L, 0, Cs) when is_list(L) -> lists:reverse(Cs);
front([C | T], N, Cs) when is_integer(C), C >= 0 -> front(T, N - 1, [C | Cs]);
front(_, _, _) -> no.

%% {whole | prefix, latin1 | utf8, Chars} or false. Each level of depth shows four characters.
binary_text(B, D, T, Enc) ->
    Size = byte_size(B),
    Room = if
               D >= 0, T >= 0 -> min(T, min(4 * D, Size));
               D >= 0 -> min(4 * D, Size);
               T < 0 -> Size;
               true -> T
           end,
    case Room of
        0 -> false;
        _ when Enc =:= latin1 -> latin1_text(B, Room, D);
        _ ->
            case valid_utf8(B, Room) of
                true -> utf8_text(B, Room, D, io:printable_range());
                false -> latin1_text(B, Room, D)
            end
    end.

latin1_text(B, Room, D) ->
    case latin1_front(B, Room, []) of
        Chars when length(Chars) =:= byte_size(B) -> {whole, latin1, Chars};
        Chars when length(Chars) =:= Room -> {prefix, latin1, Chars};
        Chars when D > 0, length(Chars) >= D -> {prefix, latin1, Chars};
        _ -> false
    end.

latin1_front(<<C, T/binary>>, N, Cs) when N > 0 ->
    case printable_char(C, latin1) of
        true -> latin1_front(T, N - 1, [C | Cs]);
        false -> lists:reverse(Cs)
    end;
latin1_front(_, _, Cs) -> lists:reverse(Cs).

valid_utf8(<<>>, _) -> true;
valid_utf8(_, 0) -> true;
valid_utf8(<<_/utf8, T/binary>>, N) -> valid_utf8(T, N - 1);
valid_utf8(_, _) -> false.

utf8_text(B, Room, D, Range) ->
    {Chars, Rest} = utf8_front(B, Room, Range, []),
    Kind = case byte_size(B) - byte_size(Rest) =:= length(Chars) of
               true -> latin1;
               false -> utf8
           end,
    case Rest of
        <<>> -> {whole, Kind, Chars};
        _ when D > 0, length(Chars) >= D -> {prefix, Kind, Chars};
        _ -> false
    end.

utf8_front(<<C/utf8, T/binary>> = B, N, Range, Cs) when N > 0 ->
    case printable_char(C, Range) of
        true -> utf8_front(T, N - 1, Range, [C | Cs]);
        false -> {lists:reverse(Cs), B}
    end;
utf8_front(B, _, _, Cs) -> {lists:reverse(Cs), B}.

printable_char(C, latin1) -> io_lib:printable_latin1_list([C]);
printable_char(C, unicode) -> io_lib:printable_unicode_list([C]).

%% ---- on one line -----------------------------------------------------------------------------------

flat({{list, Items}, _, _}) -> [$[, flat_items(Items, $|), $]];
flat({{tuple, _, Items}, _, _}) -> [${, flat_items(Items, $,), $}];
flat({{map, Items}, _, _}) -> ["#{", flat_items(Items, $,), $}];
flat({{pair, K, V}, _, _}) -> [flat(K), " => ", flat(V)];
flat({{bin, Parts}, _, _}) -> ["<<", lists:join($,, Parts), ">>"];
flat({dots, _, _}) -> "...";
flat({Text, _, _}) -> Text.

flat_items([Box | T], Bar) -> [flat(Box) | flat_more(T, Bar)];
flat_items(Dots, _) -> flat(Dots).

flat_more([Box | T], Bar) -> [$,, flat(Box) | flat_more(T, Bar)];
flat_more([], _) -> [];
flat_more(Tail, Bar) -> [Bar | flat(Tail)].

%% ---- on several lines ------------------------------------------------------------------------------
%% A line is {Line length, tag indent, strict, total}. The tag indent says where the elements of a tagged tuple stand:
%% behind the tag (-1), or N columns in. They stand behind their tags if that leaves half a line for each of them, else
%% 4 in if that does, else 1 in. `strict` throws no_room where half a line is not left.
%%
%% lay(Box, Col, Ind, Close, Used, Line): from column Col on; lines that follow begin with Ind; Close brackets follow
%% directly behind; Used characters stand on this line already, blanks at its begin not counted.

broken({_, Total, _} = Box, Col, Length) ->
    Try = fun(Tag, Strict) -> lay(Box, Col, blanks(Col - 1), 0, 0, {Length, Tag, Strict, Total}) end,
    try Try(-1, true)
    catch throw:no_room ->
            try Try(4, true)
            catch throw:no_room -> Try(1, false)
            end
    end.

fits(Len, Col, Close, {Length, _, _, _}) -> Len < Length - Col - Close.

lay({_, Len, _} = Box, Col, Ind, Close, Used, Line) ->
    case fits(Len, Col, Close, Line) of
        true -> flat(Box);
        false -> break(Box, Col, Ind, Close, Used, Line)
    end.

break({{list, Items}, _, _}, Col, Ind, Close, Used, Line) ->
    [$[, items(Items, Col + 1, [$\s | Ind], Close, $|, Used + 1, Line), $]];
break({{tuple, true, [{Tag, TagLen, _} | Items]}, _, _}, Col, Ind, Close, Used, {Length, In, Strict, _} = Line) ->
    Behind = TagLen + 2,
    if
        In > 0, Behind > In ->
            Strict andalso Col + In > Length div 2 andalso throw(no_room),
            Rest = rest(Items, Col + In, Col + Behind, [blanks(In) | Ind], Close, $,, Used + 1 + TagLen, Line),
            [${, Tag, Rest, $}];
        true ->
            Strict andalso Col + Behind >= Length div 2 andalso throw(no_room),
            Rest = items(Items, Col + Behind, [blanks(Behind) | Ind], Close, $,, Used + TagLen + 2, Line),
            [${, Tag, $,, Rest, $}]
    end;
break({{tuple, _, Items}, _, _}, Col, Ind, Close, Used, Line) ->
    [${, items(Items, Col + 1, [$\s | Ind], Close, $,, Used + 1, Line), $}];
break({{map, Items}, _, _}, Col, Ind, Close, Used, Line) ->
    ["#{", pairs(Items, Col + 2, [$\s, $\s | Ind], Close, Used + 1, Line), $}];
break({{bin, Parts}, _, _}, Col, Ind, Close, Used, {Length, _, _, Total}) ->
    Room = max(8, min(Length - Col - 2, Total - 4 - Used) - Close),
    ["<<", parts(Parts, Room, Room, [$\s, $\s | Ind]), ">>"];
break(Leaf, _, _, _, _, _) -> flat(Leaf).

%% The brackets that follow directly behind an element: none but behind the last.
closing([_ | _], _) -> 0;
closing(_, Close) -> Close + 1.

items([Box | T], Col0, Ind, Close, Bar, Used, Line) ->
    {Text, Width} = element_of(Box, Col0, Ind, closing(T, Close), Used, Line),
    [Text | rest(T, Col0, Col0 + Width, Ind, Close, Bar, Used + Width, Line)];
items(Dots, _, _, _, _, _, _) -> flat(Dots).

%% Only leaves share a line: behind anything else a new one begins, so its width is a whole line.
element_of({Shape, Len, _} = Box, Col, Ind, Close, Used, {Length, _, _, _} = Line) ->
    case is_list(Shape) andalso fits(Len, Col, Close, Line) of
        true -> {Shape, Len};
        false -> {lay(Box, Col, Ind, Close, Used, Line), Length}
    end.

rest([{Shape, Len, _} = Box | T], Col0, Col, Ind, Close, Bar, Used, Line) ->
    Close1 = closing(T, Close),
    case is_list(Shape) andalso shares(Len, Col, Close1, Line) of
        true -> [$,, Shape | rest(T, Col0, Col + Len + 1, Ind, Close, Bar, Used + Len + 1, Line)];
        false ->
            {Text, Width} = element_of(Box, Col0, Ind, Close1, 0, Line),
            [$,, $\n, Ind, Text | rest(T, Col0, Col0 + Width, Ind, Close, Bar, Width, Line)]
    end;
rest([], _, _, _, _, _, _, _) -> [];
rest({dots, _, _}, _, _, _, _, Bar, _, _) -> [Bar | "..."];
rest({Shape, Len, _} = Tail, Col0, Col, Ind, Close, Bar, _, Line) ->
    case is_list(Shape) andalso fits(Len + 1, Col, Close + 1, Line) of
        true -> [Bar | Shape];
        false -> [Bar, $\n, Ind | lay(Tail, Col0, Ind, Close + 1, 0, Line)]
    end.

%% Is there room behind a comma, for the element and for what follows it directly (a comma or brackets)?
shares(Len, Col, 0, Line) -> fits(Len + 2, Col, 0, Line);
shares(Len, Col, Close, Line) -> fits(Len + 1, Col, Close, Line).

pairs([Pair | T], Col, Ind, Close, Used, Line) ->
    {Text, Width} = pair(Pair, Col, Ind, closing(T, Close), Used, Line),
    [Text | more_pairs(T, Col, Col + Width, Ind, Close, Width, Line)];
pairs(Dots, _, _, _, _, _) -> flat(Dots).

more_pairs([{_, Len, _} = Pair | T], Col0, Col, Ind, Close, Used, Line) ->
    Close1 = closing(T, Close),
    case of_leaves(Pair) andalso shares(Len, Col, Close1, Line) of
        true -> [$,, flat(Pair) | more_pairs(T, Col0, Col + Len + 1, Ind, Close, Used + Len + 1, Line)];
        false ->
            {Text, Width} = pair(Pair, Col0, Ind, Close1, 0, Line),
            [$,, $\n, Ind, Text | more_pairs(T, Col0, Col0 + Width, Ind, Close, Width, Line)]
    end;
more_pairs([], _, _, _, _, _, _) -> [];
more_pairs(_, _, _, _, _, _, _) -> ",...".

of_leaves({{pair, {K, _, _}, {V, _, _}}, _, _}) -> is_list(K) andalso is_list(V).

pair({{pair, K, V}, Len, _} = Pair, Col, Ind, Close, Used, {Length, In, _, _} = Line) ->
    case fits(Len, Col, Close, Line) of
        true ->
            {flat(Pair), case of_leaves(Pair) of true -> Len; false -> Length end};
        false ->
            Step = case In > 0 of true -> In; false -> 4 end,
            Ind1 = [blanks(Step) | Ind],
            Key = lay(K, Col, Ind, Close, Used, Line),
            {[Key, " =>\n", Ind1, lay(V, Col + Step, Ind1, Close, 0, Line)], Length}
    end.

%% Room is what is left of this line, Full what a line has.
parts([Part], Room, _, Ind) ->
    case length(Part) > Room of
        true -> [$\n, Ind, Part];
        false -> Part
    end;
parts([Part | T], Room, Full, Ind) ->
    Len = length(Part) + 1,
    case Len > Room of
        true -> [$\n, Ind, Part, $, | parts(T, Full - Len, Full, Ind)];
        false -> [Part, $, | parts(T, Room - Len, Full, Ind)]
    end.

blanks(N) -> lists:duplicate(N, $\s).
