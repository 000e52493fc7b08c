%% io_lib.erl - terms and data as text: deep lists of characters.
%% Owns ~format (scan_format reads the directives, build_text writes them), write, and what may be called text.
%% Lines are io_lib_pretty's. Output is code points; what becomes of them is for io to decide.
-module(io_lib).

-export([format/2, format/3, fwrite/2, fwrite/3, scan_format/2, unscan_format/1, build_text/1, build_text/2,
         fread/2, fread/3, print/1, print/4, indentation/2, nl/0, format_prompt/1, format_prompt/2, limit_term/2]).
-export([write/1, write/2, write/3, write_atom/1, write_atom_as_latin1/1, quote_atom/2, write_string/1,
         write_string/2, write_latin1_string/1, write_latin1_string/2, write_string_as_latin1/1,
         write_string_as_latin1/2, write_unicode_string/1, write_char/1, write_latin1_char/1,
         write_char_as_latin1/1, write_unicode_char/1, write_binary/3]).
-export([char_list/1, latin1_char_list/1, deep_char_list/1, deep_latin1_char_list/1, deep_unicode_char_list/1,
         printable_list/1, printable_latin1_list/1, printable_unicode_list/1, chars_length/1]).

%% ---- formatting ------------------------------------------------------------------------------------

fwrite(Format, Args) -> format(Format, Args).
fwrite(Format, Args, Options) -> format(Format, Args, Options).

%% Raises badarg when the arguments are not what the directives need.
format(Format, Args) ->
    try build_text(scan_format(Format, Args))
    catch _:_ -> error(badarg, [Format, Args])
    end.

%% Options: {chars_limit, N}, about how long the result may be.
format(Format, Args, Options) ->
    try build_text(scan_format(Format, Args), Options)
    catch _:_ -> error(badarg, [Format, Args, Options])
    end.

%% A list of characters and of maps, one for each directive, with its arguments.
scan_format(Format, Args) ->
    try scan(characters(Format), Args)
    catch _:_ -> error(badarg, [Format, Args])
    end.

characters(Format) when is_atom(Format) -> atom_to_list(Format);
characters(Format) when is_binary(Format) -> binary_to_list(Format);
characters(Format) -> Format.

%% ~ [width] [. [precision] [. pad]] [t | l]* directive; * takes the number or the pad from the arguments.
scan([$~ | F0], Args0) ->
    {Width, F1, Args1} = width(F0, Args0),
    {Precision, F2, Args2} = precision(F1, Args1),
    {Pad, F3, Args3} = pad(F2, Args2),
    {Spec, [Control | F]} = modifiers(F3, #{precision => Precision, pad_char => Pad, encoding => latin1,
                                            strings => true}),
    {Taken, Args} = arguments(Control, Args3),
    {Adjust, W} = case Width of
                      none -> {right, none};
                      _ when Width < 0 -> {left, -Width};
                      _ -> {right, Width}
                  end,
    [Spec#{control_char => Control, args => Taken, width => W, adjust => Adjust} | scan(F, Args)];
scan([C | F], Args) -> [C | scan(F, Args)];
scan([], []) -> [].

width([$- | F], Args) ->
    case number(F, Args) of
        {none, _, _} -> error(badarg);
        {N, F1, Args1} -> {-N, F1, Args1}
    end;
width(F, Args) -> number(F, Args).

precision([$. | F], Args) -> number(F, Args);
precision(F, Args) -> {none, F, Args}.

pad([$., $* | F], [Pad | Args]) -> {Pad, F, Args};
pad([$., Pad | F], Args) -> {Pad, F, Args};
pad(F, Args) -> {$\s, F, Args}.

number([$* | F], [N | Args]) when is_integer(N) -> {N, F, Args};
number([C | F], Args) when C >= $0, C =< $9 -> number(F, Args, C - $0);
number(F, Args) -> {none, F, Args}.

number([C | F], Args, N) when C >= $0, C =< $9 -> number(F, Args, 10 * N + C - $0);
number(F, Args, N) -> {N, F, Args}.

modifiers([$t | F], Spec) -> modifiers(F, Spec#{encoding := unicode});
modifiers([$l | F], Spec) -> modifiers(F, Spec#{strings := false});
modifiers(F, Spec) -> {Spec, F}.

arguments(C, Args) when C =:= $~; C =:= $n, is_list(Args) -> {[], Args};
arguments(C, [A, B | Args]) when C =:= $P; C =:= $W; C =:= $x; C =:= $X -> {[A, B], Args};
arguments(C, [A | Args]) ->
    true = lists:member(C, "wpsefgbB+#ci"),
    {[A], Args}.

%% The format and the arguments that scan_format would make this list of.
unscan_format(Specs) -> {lists:flatmap(fun unscan/1, Specs), lists:append([As || #{args := As} <- Specs])}.

unscan(#{control_char := C, width := W, adjust := Adjust, precision := P, pad_char := Pad, encoding := Enc,
         strings := Strings}) ->
    lists:append(["~",
                  case {W, Adjust} of {none, _} -> ""; {_, left} -> integer_to_list(-W); _ -> integer_to_list(W) end,
                  case {P, Pad} of {none, $\s} -> ""; {none, _} -> "."; _ -> [$. | integer_to_list(P)] end,
                  case Pad of $\s -> ""; _ -> [$., Pad] end,
                  case Enc of unicode -> "t"; latin1 -> "" end,
                  case Strings of true -> ""; false -> "l" end, [C]]);
unscan(C) -> [C].

build_text(Specs) -> build(Specs, -1).

build_text(Specs, Options) ->
    case lists:keyfind(chars_limit, 1, Options) of
        {_, Limit} -> build(Specs, Limit);
        false -> build(Specs, -1)
    end.

%% First what has a length of its own; what is left of the limit is shared among the terms and strings.
build(Specs, Limit) ->
    Pieces = expand(Specs),
    case length([x || #{} <- Pieces]) of
        0 -> Pieces;
        Open when Limit < 0 -> fill(Pieces, Open, Limit, []);
        Open -> fill(Pieces, Open, minus(Limit, length(Pieces) - Open), [])
    end.

%% Characters, and the directives that are still open.
expand([Spec | T]) ->
    case fixed(Spec) of
        Text when is_list(Text) -> lists:flatten(Text, expand(T));
        Piece -> [Piece | expand(T)]
    end;
expand([]) -> [].

%% Done is the text so far, backwards: ~p asks it for the column.
fill([#{} = Spec | T], Open, Left, Done) ->
    Limit = if Left < 0 -> Left; true -> Left div Open end,
    Text = open(Spec, Limit, Done),
    Left1 = if Left < 0 -> Left; true -> minus(Left, chars_length(Text)) end,
    fill(T, Open - 1, Left1, [Text | Done]);
fill([Piece | T], Open, Left, Done) -> fill(T, Open, Left, [Piece | Done]);
fill([], _, _, Done) -> lists:reverse(Done).

minus(T, _) when T < 0 -> T;
minus(T, N) when T >= N -> T - N;
minus(_, _) -> 0.

%% The text of a directive whose length nobody limits; the others come back as they are.
fixed(#{control_char := C, args := Args, width := W, adjust := Adj, precision := P, pad_char := Pad,
        encoding := Enc} = Spec) ->
    case {C, Args} of
        {$s, [A]} when is_atom(A) -> text(atom_chars(A, Enc), W, Adj, P, Pad, Enc);
        {$e, [F]} when is_float(F) -> field(float_e(F, default(P, 6)), W, Adj, W, Pad);
        {$f, [F]} when is_float(F) -> field(float_f(F, default(P, 6)), W, Adj, W, Pad);
        {$g, [F]} when is_float(F) -> field(float_g(F, default(P, 6)), W, Adj, W, Pad);
        {$b, [I]} when is_integer(I) -> integer(I, "", fun lower/1, W, Adj, P, Pad);
        {$B, [I]} when is_integer(I) -> integer(I, "", fun upper/1, W, Adj, P, Pad);
        {$x, [I, Prefix]} when is_integer(I) -> integer(I, prefix(Prefix), fun lower/1, W, Adj, P, Pad);
        {$X, [I, Prefix]} when is_integer(I) -> integer(I, prefix(Prefix), fun upper/1, W, Adj, P, Pad);
        {$+, [I]} when is_integer(I) -> integer(I, base_prefix(P), fun lower/1, W, Adj, P, Pad);
        {$#, [I]} when is_integer(I) -> integer(I, base_prefix(P), fun upper/1, W, Adj, P, Pad);
        {$c, [I]} when is_integer(I), Enc =:= unicode -> characters(I, W, Adj, P, Pad);
        {$c, [I]} when is_integer(I) -> characters(I band 255, W, Adj, P, Pad);
        {$~, []} -> characters($~, W, Adj, P, Pad);
        {$n, []} when Adj =:= right -> lists:duplicate(default(W, 1), $\n);
        {$i, [_]} -> [];
        _ -> Spec
    end;
fixed(C) -> C.

default(none, Default) -> Default;
default(Value, _) -> Value.

%% The text of a term or a string, in about Limit characters.
open(#{control_char := $s, args := [A], width := W, adjust := Adj, precision := P, pad_char := Pad,
       encoding := Enc}, Limit, _) ->
    Chars = case Enc of
                latin1 -> latin1_chars(A);
                unicode -> unicode_chars(A)
            end,
    case Limit < 0 orelse Limit >= W of
        true -> text(Chars, W, Adj, P, Pad, Enc);
        false ->
            Width = case W of none -> none; _ -> max(3, min(W, Limit)) end,
            text(shortened(Chars, Limit), Width, Adj, P, Pad, Enc)
    end;
open(#{control_char := $w, args := [A]} = Spec, Limit, _) -> written(A, -1, Spec, Limit);
open(#{control_char := $W, args := [A, Depth]} = Spec, Limit, _) when is_integer(Depth) ->
    written(A, Depth, Spec, Limit);
open(#{control_char := $p, args := [A]} = Spec, Limit, Done) -> pretty(A, -1, Spec, Limit, Done);
open(#{control_char := $P, args := [A, Depth]} = Spec, Limit, Done) when is_integer(Depth) ->
    pretty(A, Depth, Spec, Limit, Done).

written(Term, Depth, #{width := W, adjust := Adj, precision := P, pad_char := Pad, encoding := Enc}, Limit) ->
    field(write(Term, [{depth, Depth}, {encoding, Enc}, {chars_limit, Limit}]), W, Adj, P, Pad).

%% The width is the line's length, the precision the column.
pretty(Term, Depth, #{width := W, adjust := right, precision := P, encoding := Enc, strings := Strings}, Limit, Done) ->
    Column = case P of none -> column(Done) + 1; _ -> P end,
    io_lib_pretty:print(Term, [{column, Column}, {line_length, default(W, 80)}, {depth, Depth},
                               {chars_limit, Limit}, {encoding, Enc}, {strings, Strings}]).

%% How far the last line of this text (backwards, in pieces) has come.
column(Done) -> indentation(last_line(Done, []), 0).

last_line([P | T], Line) ->
    case has_newline(P) of
        true -> [P | Line];
        false -> last_line(T, [P | Line])
    end;
last_line([], Line) -> Line.

has_newline($\n) -> true;
has_newline([P | T]) -> has_newline(P) orelse has_newline(T);
has_newline(_) -> false.

%% The column behind String, which begins at column Start; tabs stand every eighth.
indentation([$\n | T], _) -> indentation(T, 0);
indentation([$\t | T], N) -> indentation(T, (N + 8) div 8 * 8);
indentation([C | T], N) when is_integer(C) -> indentation(T, N + 1);
indentation([L | T], N) -> indentation(T, indentation(L, N));
indentation([], N) -> N.

%% ---- fields ----------------------------------------------------------------------------------------

%% A text that must not be cut: stars when it is too long.
field(Text, none, _, none, _) -> Text;
field(Text, none, Adj, P, Pad) -> field(Text, P, Adj, P, Pad);
field(Text, W, Adj, P, Pad) ->
    Len = chars_length(Text),
    Room = min(W, default(P, W)),
    case Len > Room of
        true -> adjust(lists:duplicate(Room, $*), W - Room, Pad, Adj);
        false -> adjust(Text, W - Len, Pad, Adj)
    end.

%% A text that is cut: to the precision, then padded to the width.
text(Text, none, _, none, _, _) -> Text;
text(Text, W, Adj, none, Pad, Enc) -> cut_or_pad(Text, W, Adj, Pad, Enc);
text(Text, none, _, P, Pad, Enc) -> cut_or_pad(Text, P, left, Pad, Enc);
text(Text, W, Adj, W, Pad, Enc) -> cut_or_pad(Text, W, Adj, Pad, Enc);
text(Text, W, Adj, P, Pad, Enc) when W > P ->
    adjust(cut_or_pad(Text, P, left, Pad, Enc), W - P, Pad, Adj).

cut_or_pad(Text, W, Adj, Pad, Enc) ->
    case chars_length(Text) of
        Len when Len > W -> cut(Text, W, Enc);
        Len -> adjust(Text, W - Len, Pad, Adj)
    end.

cut(Text, N, latin1) -> lists:sublist(lists:flatten(Text), N);
cut(Text, N, unicode) -> string:slice(Text, 0, N).

adjust(Text, 0, _, _) -> Text;
adjust(Text, N, Pad, left) -> [Text | lists:duplicate(N, Pad)];
adjust(Text, N, Pad, right) -> [lists:duplicate(N, Pad) | Text].

characters(C, none, _, none, _) -> [C];
characters(C, W, _, none, _) -> lists:duplicate(W, C);
characters(C, none, _, P, _) -> lists:duplicate(P, C);
characters(C, W, Adj, P, Pad) when W >= P -> adjust(lists:duplicate(P, C), W - P, Pad, Adj).

%% ---- strings ---------------------------------------------------------------------------------------

atom_chars(A, unicode) -> atom_to_list(A);
atom_chars(A, latin1) -> latin1_chars(atom_to_list(A)).

%% Bytes as characters; a character beyond 255 is an error.
latin1_chars(B) when is_binary(B) -> binary_to_list(B);
latin1_chars([C | T]) when is_integer(C), C >= 0, C =< 255 -> [C | latin1_chars(T)];
latin1_chars([X | T]) -> [latin1_chars(X) | latin1_chars(T)];
latin1_chars([]) -> [].

%% Binaries are UTF-8, or bytes where they are not.
unicode_chars(B) when is_binary(B) ->
    case unicode:characters_to_list(B) of
        L when is_list(L) -> L;
        _ -> binary_to_list(B)
    end;
unicode_chars([C | T]) when is_integer(C), C >= 0 -> [C | unicode_chars(T)];
unicode_chars([X | T]) -> [unicode_chars(X) | unicode_chars(T)];
unicode_chars([]) -> [].

shortened(Chars, Limit) ->
    Keep = minus(Limit, 3),
    case chars_length(Chars) > max(3, Limit) of
        true -> [string:slice(Chars, 0, Keep) | "..."];
        false -> Chars
    end.

%% ---- numbers ---------------------------------------------------------------------------------------

integer(I, Prefix, Case, W, Adj, P, Pad) ->
    Base = default(P, 10),
    Digits = [Prefix | Case(integer_to_list(abs(I), Base))],
    field(case I < 0 of true -> [$- | Digits]; false -> Digits end, W, Adj, none, Pad).

prefix(Prefix) when is_atom(Prefix) -> atom_to_list(Prefix);
prefix(Prefix) ->
    true = deep_char_list(Prefix),
    Prefix.

base_prefix(P) -> [integer_to_list(default(P, 10)), $#].

upper(S) -> S.
lower(S) -> [if C >= $A, C =< $Z -> C + 32; true -> C end || C <- S].

%% A float is N * 10^E with the 21 digits that float_to_list gives; rounding is of these digits, half away from zero.
decimal(F) ->
    {Mantissa, [$e | E]} = lists:splitwith(fun(C) -> C =/= $e end, float_to_list(abs(F))),
    {list_to_integer([C || C <- Mantissa, C =/= $.]), list_to_integer(E) - 20}.

sign(F) ->
    case <<F/float>> of
        <<1:1, _/bits>> -> "-";
        _ -> ""
    end.

%% N * 10^E as an integer.
scale(N, E) when E >= 0 -> N * power(E);
scale(N, E) ->
    Unit = power(-E),
    (N + Unit div 2) div Unit.

power(N) -> power(N, 10, 1).

power(0, _, Acc) -> Acc;
power(N, B, Acc) when N band 1 =:= 1 -> power(N bsr 1, B * B, Acc * B);
power(N, B, Acc) -> power(N bsr 1, B * B, Acc).

float_f(F, P) when P >= 1 ->
    {N, E} = decimal(F),
    Digits = zeros(integer_to_list(scale(N, E + P)), P + 1),
    {Whole, Fraction} = lists:split(length(Digits) - P, Digits),
    sign(F) ++ Whole ++ "." ++ Fraction.

zeros(Digits, Len) -> lists:duplicate(max(0, Len - length(Digits)), $0) ++ Digits.

%% P digits in all.
float_e(F, P) when P >= 2 ->
    {N, E} = decimal(F),
    {Digits, E1} = case integer_to_list(scale(N, P - 21)) of
                       Ds when length(Ds) > P -> {lists:droplast(Ds), E + 21};
                       Ds -> {zeros(Ds, P), E + 20}
                   end,
    [D | Ds1] = Digits,
    sign(F) ++ [D, $. | Ds1] ++ [$e | exponent(E1)].

exponent(E) when E >= 0 -> [$+ | integer_to_list(E)];
exponent(E) -> integer_to_list(E).

%% As ~f from 0.1 up to 10000 when the digits reach beyond the point, else as ~e; P digits in all.
float_g(F, P) when P >= 1 ->
    A = abs(F),
    E = if
            A < 0.1 -> -2;
            A < 1.0 -> -1;
            A < 10.0 -> 0;
            A < 100.0 -> 1;
            A < 1000.0 -> 2;
            A < 10000.0 -> 3;
            true -> large
        end,
    if
        P =:= 1, E =:= -1; is_integer(E), P - 1 > E, E >= -1 -> float_f(F, P - 1 - E);
        true -> float_e(F, max(P, 2))
    end.

%% ---- terms -----------------------------------------------------------------------------------------

print(Term) -> io_lib_pretty:print(Term).
print(Term, Column, LineLength, Depth) -> io_lib_pretty:print(Term, Column, LineLength, Depth).

nl() -> "\n".

%% On one line. Options: {depth, D}, {encoding, latin1 | unicode | utf8}, {chars_limit, N}.
write(Term) -> wr(Term, -1, latin1).

write(Term, Options) when is_list(Options) ->
    Depth = proplists:get_value(depth, Options, -1),
    Enc = proplists:get_value(encoding, Options, unicode),
    case proplists:get_value(chars_limit, Options, -1) of
        Limit when Limit =:= 0; Depth =:= 0 -> "...";
        Limit when Limit < 0 -> wr(Term, Depth, Enc);
        Limit -> io_lib_pretty:print(Term, [{line_length, 0}, {depth, Depth}, {encoding, Enc}, {chars_limit, Limit},
                                            {strings, false}])
    end;
write(_, 0) -> "...";
write(Term, Depth) -> wr(Term, Depth, latin1).

write(Term, Depth, true) -> io_lib_pretty:print(Term, 1, 80, Depth);
write(Term, Depth, false) -> write(Term, Depth).

wr(_, 0, _) -> "...";
wr(I, _, _) when is_integer(I) -> integer_to_list(I);
wr(A, _, latin1) when is_atom(A) -> write_atom_as_latin1(A);
wr(A, _, _) when is_atom(A) -> write_atom(A);
wr([], _, _) -> "[]";
wr([_ | _], 1, _) -> "[...]";
wr([X | T], D, Enc) -> [$[, wr(X, D - 1, Enc), wr_tail(T, D - 1, Enc), $]];
wr({}, _, _) -> "{}";
wr(T, 1, _) when is_tuple(T) -> "{...}";
wr(T, D, Enc) when is_tuple(T) ->
    [X | Xs] = tuple_to_list(T),
    [${, wr(X, D - 1, Enc), wr_elements(Xs, D - 1, Enc), $}];
wr(F, _, _) when is_float(F) -> float_to_list(F, [short]);
wr(B, D, _) when is_bitstring(B) ->
    {Chars, _} = write_binary(B, D, -1),
    Chars;
wr(M, D, Enc) when is_map(M) ->
    case maps:to_list(M) of
        [] -> "#{}";
        _ when D =:= 1 -> "#{}";
        [Pair | Pairs] -> ["#{", wr_pair(Pair, D - 1, Enc), wr_pairs(Pairs, D - 1, D - 1, Enc), $}]
    end;
wr(P, _, _) when is_pid(P) -> pid_to_list(P);
wr(R, _, _) when is_reference(R) -> ref_to_list(R);
wr(F, _, _) when is_function(F) -> erlang:fun_to_list(F);
wr(P, _, _) when is_port(P) -> erlang:port_to_list(P).

wr_tail([], _, _) -> [];
wr_tail(_, 1, _) -> "|...";
wr_tail([X | T], D, Enc) -> [$,, wr(X, D - 1, Enc) | wr_tail(T, D - 1, Enc)];
wr_tail(X, D, Enc) -> [$| | wr(X, D - 1, Enc)].

wr_elements([], _, _) -> [];
wr_elements(_, 1, _) -> ",...";
wr_elements([X | T], D, Enc) -> [$,, wr(X, D - 1, Enc) | wr_elements(T, D - 1, Enc)].

wr_pairs(_, 1, _, _) -> ",...";
wr_pairs([Pair | T], D, Inner, Enc) -> [$,, wr_pair(Pair, Inner, Enc) | wr_pairs(T, D - 1, Inner, Enc)];
wr_pairs([], _, _, _) -> [].

wr_pair({K, V}, D, Enc) -> [wr(K, D, Enc), " => ", wr(V, D, Enc)].

write_binary(B, D, T) ->
    {Parts, Rest} = binary_parts(B, D, minus(T, 4), []),
    {["<<", lists:join($,, Parts), ">>"], Rest}.

binary_parts(<<>>, _, _, Acc) -> {lists:reverse(Acc), <<>>};
binary_parts(B, D, T, Acc) when D =:= 1; T =:= 0 -> {lists:reverse(Acc, ["..."]), B};
binary_parts(<<X, Rest/bits>>, D, T, Acc) ->
    S = integer_to_list(X),
    binary_parts(Rest, D - 1, minus(T, length(S) + 1), [S | Acc]);
binary_parts(Bits, _, _, Acc) ->
    N = bit_size(Bits),
    <<X:N>> = Bits,
    {lists:reverse(Acc, [integer_to_list(X) ++ ":" ++ integer_to_list(N)]), <<>>}.

%% ---- atoms, strings, characters --------------------------------------------------------------------
%% Control characters are escaped. What lies beyond 255 stays, but in the *_as_latin1 forms.

write_atom(A) -> written_atom(A, fun write_string/2).
write_atom_as_latin1(A) -> written_atom(A, fun write_string_as_latin1/2).

written_atom(A, Write) ->
    Chars = atom_to_list(A),
    case quote_atom(A, Chars) of
        true -> Write(Chars, $');
        false -> Chars
    end.

%% Whether the atom, whose characters these are, needs quotes.
quote_atom(A, [C | Cs]) when C >= $a, C =< $z; C >= 223, C =< 255, C =/= 247 ->
    reserved(A) orelse not lists:all(fun name_char/1, Cs);
quote_atom(_, _) -> true.

name_char(C) when C >= $a, C =< $z; C >= $A, C =< $Z; C >= $0, C =< $9; C =:= $_; C =:= $@ -> true;
name_char(C) -> C >= 192 andalso C =< 255 andalso C =/= 215 andalso C =/= 247.

reserved('after') -> true;
reserved('begin') -> true;
reserved('case') -> true;
reserved('try') -> true;
reserved('cond') -> true;
reserved('catch') -> true;
reserved('andalso') -> true;
reserved('orelse') -> true;
reserved('end') -> true;
reserved('fun') -> true;
reserved('if') -> true;
reserved('let') -> true;
reserved('of') -> true;
reserved('receive') -> true;
reserved('when') -> true;
reserved('bnot') -> true;
reserved('not') -> true;
reserved('div') -> true;
reserved('rem') -> true;
reserved('band') -> true;
reserved('and') -> true;
reserved('bor') -> true;
reserved('bxor') -> true;
reserved('bsl') -> true;
reserved('bsr') -> true;
reserved('or') -> true;
reserved('xor') -> true;
reserved(_) -> false.

write_string(S) -> write_string(S, $").
write_string(S, Quote) -> quoted(S, Quote, unicode).
write_unicode_string(S) -> write_string(S).
write_latin1_string(S) -> write_latin1_string(S, $").
write_latin1_string(S, Quote) -> quoted(S, Quote, latin1).
write_string_as_latin1(S) -> write_string_as_latin1(S, $").
write_string_as_latin1(S, Quote) -> quoted(S, Quote, as_latin1).

quoted(S, Quote, Enc) -> [Quote | escaped(S, Quote, Enc)].

escaped([C | T], Quote, Enc) -> escape(C, Quote, Enc, escaped(T, Quote, Enc));
escaped([], Quote, _) -> [Quote].

escape(Quote, Quote, _, T) -> [$\\, Quote | T];
escape($\\, _, _, T) -> [$\\, $\\ | T];
escape(C, _, _, T) when C >= $\s, C =< $~; C >= 160, C =< 255 -> [C | T];
escape(C, _, unicode, T) when C > 255 -> [C | T];
escape(C, _, as_latin1, T) when C > 255 -> "\\x{" ++ integer_to_list(C, 16) ++ [$} | T];
escape($\n, _, _, T) -> [$\\, $n | T];
escape($\r, _, _, T) -> [$\\, $r | T];
escape($\t, _, _, T) -> [$\\, $t | T];
escape($\v, _, _, T) -> [$\\, $v | T];
escape($\b, _, _, T) -> [$\\, $b | T];
escape($\f, _, _, T) -> [$\\, $f | T];
escape($\e, _, _, T) -> [$\\, $e | T];
escape($\d, _, _, T) -> [$\\, $d | T];
escape(C, _, _, T) when C < 160 -> [$\\, C bsr 6 + $0, C bsr 3 band 7 + $0, C band 7 + $0 | T].

write_char(C) -> char(C, unicode).
write_unicode_char(C) -> char(C, unicode).
write_latin1_char(C) when C =< 255 -> char(C, latin1).
write_char_as_latin1(C) -> char(C, as_latin1).

char($\s, _) -> "$\\s";
char(C, Enc) when is_integer(C), C >= 0 -> [$$ | escape(C, -1, Enc, [])].

%% ---- what is text? ---------------------------------------------------------------------------------

char_list([C | T]) when C >= 0, C < 16#D800; C > 16#DFFF, C < 16#FFFE; C > 16#FFFF, C =< 16#10FFFF ->
    is_integer(C) andalso char_list(T);
char_list([]) -> true;
char_list(_) -> false.

latin1_char_list([C | T]) when is_integer(C), C >= 0, C =< 255 -> latin1_char_list(T);
latin1_char_list([]) -> true;
latin1_char_list(_) -> false.

deep_char_list(L) -> deep(L, [], fun(C) -> char_list([C]) end).
deep_unicode_char_list(L) -> deep_char_list(L).
deep_latin1_char_list(L) -> deep(L, [], fun(C) -> latin1_char_list([C]) end).

deep([L | T], More, Is) when is_list(L) -> deep(L, [T | More], Is);
deep([C | T], More, Is) -> Is(C) andalso deep(T, More, Is);
deep([], [L | More], Is) -> deep(L, More, Is);
deep([], [], _) -> true;
deep(_, _, _) -> false.

%% What the system shows as characters: see io:printable_range/0.
printable_list(L) ->
    case io:printable_range() of
        latin1 -> printable_latin1_list(L);
        unicode -> printable_unicode_list(L)
    end.

printable_latin1_list([C | T]) when is_integer(C), C >= $\s, C =< $~; is_integer(C), C >= 160, C =< 255 ->
    printable_latin1_list(T);
printable_latin1_list([C | T]) -> is_space(C) andalso printable_latin1_list(T);
printable_latin1_list([]) -> true;
printable_latin1_list(_) -> false.

printable_unicode_list([C | T])
  when is_integer(C), C >= $\s, C =< $~; is_integer(C), C >= 160, C < 16#D800;
       is_integer(C), C > 16#DFFF, C < 16#FFFE; is_integer(C), C > 16#FFFF, C =< 16#10FFFF ->
    printable_unicode_list(T);
printable_unicode_list([C | T]) -> is_space(C) andalso printable_unicode_list(T);
printable_unicode_list([]) -> true;
printable_unicode_list(_) -> false.

is_space(C) when is_integer(C), C >= $\b, C =< $\r; C =:= $\e -> true;
is_space(_) -> false.

%% How many characters a text shows.
chars_length(Text) ->
    try iolist_size(Text)
    catch error:_ -> string:length(Text)
    end.

%% ---- the rest --------------------------------------------------------------------------------------

fread(Format, Chars) -> io_lib_fread:fread(Format, Chars).
fread(Cont, Chars, Format) -> io_lib_fread:fread(Cont, Chars, Format).

format_prompt(Prompt) -> format_prompt(Prompt, latin1).

format_prompt({format, Format, Args}, _) -> prompt(Format, Args);
format_prompt(P, latin1) when is_list(P); is_atom(P); is_binary(P) -> prompt("~s", [P]);
format_prompt(P, _) when is_list(P); is_atom(P); is_binary(P) -> prompt("~ts", [P]);
format_prompt(P, latin1) -> prompt("~p", [P]);
format_prompt(P, _) -> prompt("~tp", [P]).

prompt(Format, Args) ->
    try format(Format, Args)
    catch _:_ -> "???"
    end.

%% The term with '...' in place of what lies deeper than Depth, or too far along; that of a negative one is all of it.
limit_term(Term, Depth) when Depth < 0 -> Term;
limit_term(Term, Depth) -> limit(Term, Depth).

limit(_, 0) -> '...';
limit([_ | _], 1) -> ['...'];
limit([H | T] = List, D) ->
    case printable_list(List) of
        true -> List;
        false -> [limit(H, D - 1) | limit_tail(T, D - 1)]
    end;
limit(Tuple, 1) when is_tuple(Tuple), Tuple =/= {} -> {'...'};
limit(Tuple, D) when is_tuple(Tuple), Tuple =/= {} ->
    [H | T] = tuple_to_list(Tuple),
    list_to_tuple([limit(H, D - 1) | limit_tail(T, D - 1)]);
limit(Map, D) when is_map(Map) ->
    maps:from_list([{K, limit(V, D - 1)} || {K, V} <- lists:sublist(lists:sort(maps:to_list(Map)), D + 1)]);
limit(Term, _) -> Term.

limit_tail([], _) -> [];
limit_tail(_, 1) -> ['...'];
limit_tail([H | T], D) -> [limit(H, D - 1) | limit_tail(T, D - 1)];
limit_tail(Other, D) -> limit(Other, D - 1).
