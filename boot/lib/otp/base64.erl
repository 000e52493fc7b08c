%% base64.erl - bytes as text of 64 letters, and back.
%% encode and decode give binaries, the *_to_string forms lists. decode skips blanks and refuses everything else that is
%% no letter; mime_decode skips whatever is no letter. Lists are of bytes: nothing is nested.
%% INVARIANT: a text that is not right fails with the error that it gives in OTP: letters that are none go on as `bad`, and the
%% padding as `eq`, until something cannot be computed with them; a text that ends inside a group finds no clause.
-module(base64).

-export([encode/1, encode_to_string/1, decode/1, decode_to_string/1, mime_decode/1, mime_decode_to_string/1]).

encode(Data) when is_binary(Data) -> enc(Data, <<>>);
encode(Data) when is_list(Data) -> enc_list(Data, <<>>).

encode_to_string(Data) when is_binary(Data) -> binary_to_list(enc(Data, <<>>));
encode_to_string(Data) when is_list(Data) -> binary_to_list(enc_list(Data, <<>>)).

enc(<<A:6, B:6, C:6, D:6, T/binary>>, Out) ->
    enc(T, <<Out/binary, (letter(A)), (letter(B)), (letter(C)), (letter(D))>>);
enc(<<A:6, B:6, C:4>>, Out) -> <<Out/binary, (letter(A)), (letter(B)), (letter(C bsl 2)), $=>>;
enc(<<A:6, B:2>>, Out) -> <<Out/binary, (letter(A)), (letter(B bsl 4)), $=, $=>>;
enc(<<>>, Out) -> Out.

enc_list([A, B, C | T], Out) ->
    Bits = (A bsl 16) bor (B bsl 8) bor C,
    enc_list(T, <<Out/binary, (letter(Bits bsr 18)), (letter((Bits bsr 12) band 63)), (letter((Bits bsr 6) band 63)), (letter(Bits band 63))>>);
enc_list([A, B], Out) ->
    Bits = (A bsl 8) bor B,
    <<Out/binary, (letter(Bits bsr 10)), (letter((Bits bsr 4) band 63)), (letter((Bits band 15) bsl 2)), $=>>;
enc_list([A], Out) -> <<Out/binary, (letter(A bsr 2)), (letter((A band 3) bsl 4)), $=, $=>>;
enc_list([], Out) -> Out.

letter(V) when V < 0 -> error(badarg);
letter(V) when V < 26 -> $A + V;
letter(V) when V < 52 -> $a + V - 26;
letter(V) when V < 62 -> $0 + V - 52;
letter(62) -> $+;
letter(63) -> $/;
letter(_) -> error(badarg).

%% ---- strict ----

decode(Text) when is_binary(Text); is_list(Text) ->
    try dec(Text, <<>>)
    catch error:no_letter -> error(badarg)
    end.

%% As lists they are put together by arithmetic, which fails in another way.
decode_to_string(Text) when is_binary(Text) -> decode_to_string(binary_to_list(Text));
decode_to_string(Text) when is_list(Text) ->
    try binary_to_list(dec(Text, <<>>))
    catch error:no_letter -> error(badarith)
    end.

%% Four letters at once where nothing is in between, else letter by letter.
dec(<<A, B, C, D, T/binary>> = Text, Out) ->
    case {value(A), value(B), value(C), value(D)} of
        {V, W, X, Y} when is_integer(V), is_integer(W), is_integer(X), is_integer(Y) ->
            dec(T, <<Out/binary, V:6, W:6, X:6, Y:6>>);
        _ -> first(Text, Out)
    end;
dec(Text, Out) -> first(Text, Out).

first(Text, Out) ->
    case next(Text) of
        done -> Out;
        {ws, T} -> first(T, Out);
        {A, T} -> second(T, Out, A)
    end.

second(Text, Out, A) ->
    case next(Text) of
        {ws, T} -> second(T, Out, A);
        {B, T} -> third(T, Out, A, B);
        done -> error(function_clause)
    end.

third(Text, Out, A, B) ->
    case next(Text) of
        {ws, T} -> third(T, Out, A, B);
        {C, T} -> fourth(T, Out, A, B, C);
        done -> error(function_clause)
    end.

fourth(Text, Out, A, B, C) ->
    case next(Text) of
        {ws, T} -> fourth(T, Out, A, B, C);
        {eq, T} when C =:= eq ->
            Last = B bsr 4,
            only_blanks(T, whole(Out, [A], Last, 2));
        {eq, T} ->
            Last = C bsr 2,
            only_blanks(T, whole(Out, [A, B], Last, 4));
        {D, T} -> dec(T, whole(Out, [A, B, C], D, 6));
        done -> error(function_clause)
    end.

%% Values of 6 bits, the last of Bits bits, behind Out.
whole(Out, Values, Last, Bits) ->
    lists:all(fun is_integer/1, [Last | Values]) orelse error(no_letter),
    All = << <<V:6>> || V <- Values >>,
    <<Out/binary, All/bits, Last:Bits>>.

only_blanks(Text, Out) ->
    case next(Text) of
        done -> Out;
        {ws, T} -> only_blanks(T, Out);
        {What, _} -> error({case_clause, What})
    end.

%% {Value of the next letter, what is behind it}, or done.
next(<<C, T/binary>>) -> {value(C), T};
next([C | T]) when is_integer(C), C >= 1, C =< 255 -> {value(C), T};
next([_ | _]) -> error(badarg);
next(<<>>) -> done;
next([]) -> done;
next(_) -> error(function_clause).

%% ---- what is no letter is skipped ----

mime_decode(Text) when is_binary(Text) -> mime(Text, <<>>);
mime_decode(Text) when is_list(Text) -> skipping(Text, [], <<>>).

mime_decode_to_string(Text) when is_binary(Text) -> mime_decode_to_string(binary_to_list(Text));
mime_decode_to_string(Text) when is_list(Text) -> binary_to_list(skipping(Text, [], <<>>)).

mime(<<A, B, C, D, T/binary>> = Text, Out) ->
    case {value(A), value(B), value(C), value(D)} of
        {V, W, X, Y} when is_integer(V), is_integer(W), is_integer(X), is_integer(Y) ->
            mime(T, <<Out/binary, V:6, W:6, X:6, Y:6>>);
        _ -> skipping(Text, [], Out)
    end;
mime(Text, Out) -> skipping(Text, [], Out).

%% Group: up to three letters, the last first.
skipping(Text, Group, Out) ->
    case next(Text) of
        {D, T} when is_integer(D), length(Group) =:= 3 -> mime(T, whole(Out, lists:reverse(Group), D, 6));
        {V, T} when is_integer(V) -> skipping(T, [V | Group], Out);
        {eq, T} when length(Group) >= 2 -> padded(T, Group, Out);
        {_, T} -> skipping(T, Group, Out);
        done when Group =:= [] -> Out;
        done -> error(function_clause)
    end.

%% Behind padding the text ends, or a letter says that it was none.
padded(Text, Group, Out) ->
    case {next(Text), Group} of
        {{V, _}, _} when is_integer(V) -> skipping(Text, Group, Out);
        {{_, T}, _} -> padded(T, Group, Out);
        {done, [B, A]} -> whole(Out, [A], B bsr 4, 2);
        {done, [C, B, A]} -> whole(Out, [A, B], C bsr 2, 4)
    end.

value(B) when B >= $A, B =< $Z -> B - $A;
value(B) when B >= $a, B =< $z -> B - $a + 26;
value(B) when B >= $0, B =< $9 -> B - $0 + 52;
value($+) -> 62;
value($/) -> 63;
value($=) -> eq;
value(B) when B =:= $\s; B =:= $\t; B =:= $\n; B =:= $\r -> ws;
value(_) -> bad.
