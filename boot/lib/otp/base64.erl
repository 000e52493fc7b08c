%% base64.erl - bytes as text of 64 letters, and back.
%% encode and decode give binaries, the *_to_string forms lists. decode skips blanks and refuses everything else that is
%% no letter; mime_decode skips whatever is no letter.
-module(base64).

-export([encode/1, encode_to_string/1, decode/1, decode_to_string/1, mime_decode/1, mime_decode_to_string/1]).

encode(Data) when is_binary(Data) -> enc(Data, <<>>);
encode(Data) when is_list(Data) -> enc(list_to_binary(Data), <<>>).

encode_to_string(Data) -> binary_to_list(encode(Data)).

enc(<<A:6, B:6, C:6, D:6, T/binary>>, Out) ->
    enc(T, <<Out/binary, (letter(A)), (letter(B)), (letter(C)), (letter(D))>>);
enc(<<A:6, B:6, C:4>>, Out) -> <<Out/binary, (letter(A)), (letter(B)), (letter(C bsl 2)), $=>>;
enc(<<A:6, B:2>>, Out) -> <<Out/binary, (letter(A)), (letter(B bsl 4)), $=, $=>>;
enc(<<>>, Out) -> Out.

letter(V) when V < 26 -> $A + V;
letter(V) when V < 52 -> $a + V - 26;
letter(V) when V < 62 -> $0 + V - 52;
letter(62) -> $+;
letter(63) -> $/.

decode(Text) when is_binary(Text) -> dec(Text, strict, <<>>);
decode(Text) when is_list(Text) -> dec(list_to_binary(Text), strict, <<>>).

decode_to_string(Text) -> binary_to_list(decode(Text)).

mime_decode(Text) when is_binary(Text) -> dec(Text, mime, <<>>);
mime_decode(Text) when is_list(Text) -> dec(list_to_binary(Text), mime, <<>>).

mime_decode_to_string(Text) -> binary_to_list(mime_decode(Text)).

%% Four letters at once where nothing is in between, else letter by letter.
dec(<<A, B, C, D, T/binary>> = Text, How, Out) ->
    case {value(A), value(B), value(C), value(D)} of
        {V, W, X, Y} when is_integer(V), is_integer(W), is_integer(X), is_integer(Y) ->
            dec(T, How, <<Out/binary, V:6, W:6, X:6, Y:6>>);
        _ -> slow(Text, How, <<>>, Out)
    end;
dec(Text, How, Out) -> slow(Text, How, <<>>, Out).

%% Group holds the bits of up to three letters.
slow(<<B, T/binary>>, How, Group, Out) ->
    case value(B) of
        V when is_integer(V), bit_size(Group) =:= 18 -> dec(T, How, <<Out/binary, Group/bits, V:6>>);
        V when is_integer(V) -> slow(T, How, <<Group/bits, V:6>>, Out);
        pad -> padding(T, How, Group, Out);
        _ when How =:= mime -> slow(T, How, Group, Out);
        blank -> slow(T, How, Group, Out);
        bad -> error(badarg)
    end;
slow(<<>>, _, <<>>, Out) -> Out;
slow(<<>>, mime, Group, Out) when bit_size(Group) > 6 -> rest(Group, Out);
slow(<<>>, mime, _, Out) -> Out;
slow(<<>>, strict, _, _) -> error(badarg).

padding(T, How, Group, Out) when bit_size(Group) =:= 18 -> ended(T, How, rest(Group, Out));
padding(T, How, Group, Out) when bit_size(Group) =:= 12 ->
    case skip(T, How) of
        <<$=, T1/binary>> -> ended(T1, How, rest(Group, Out));
        _ when How =:= mime -> rest(Group, Out);
        _ -> error(badarg)
    end;
padding(T, mime, Group, Out) -> slow(T, mime, Group, Out);
padding(_, strict, _, _) -> error(badarg).

%% Whole bytes of an unfinished group.
rest(<<A:8, _:4>>, Out) -> <<Out/binary, A>>;
rest(<<A:16, _:2>>, Out) -> <<Out/binary, A:16>>.

ended(T, mime, Out) -> dec(T, mime, Out);
ended(T, strict, Out) ->
    case skip(T, strict) of
        <<>> -> Out;
        _ -> error(badarg)
    end.

skip(<<B, T/binary>> = Text, How) ->
    case value(B) of
        blank -> skip(T, How);
        bad when How =:= mime -> skip(T, How);
        _ -> Text
    end;
skip(<<>>, _) -> <<>>.

value(B) when B >= $A, B =< $Z -> B - $A;
value(B) when B >= $a, B =< $z -> B - $a + 26;
value(B) when B >= $0, B =< $9 -> B - $0 + 52;
value($+) -> 62;
value($/) -> 63;
value($=) -> pad;
value(B) when B =:= $\s; B =:= $\t; B =:= $\n; B =:= $\r -> blank;
value(_) -> bad.
