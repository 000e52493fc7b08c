%% unicode.erl - texts between encodings and normal forms.
%% UTF-8 and Latin-1 are native: characters_to_list/1 and characters_to_binary/1, '$to_list' and '$to_binary' with an
%% encoding. So are Unicode's tables: '$case', '$normalize', '$grapheme_break'.
%% Results are the text, or {error, Done, Rest} where no character begins, or {incomplete, Done, Rest} where the last
%% one is cut off.
-module(unicode).

-export([characters_to_list/1, characters_to_list/2, characters_to_binary/1, characters_to_binary/2,
         characters_to_binary/3, bin_is_7bit/1, bom_to_encoding/1, encoding_to_bom/1,
         characters_to_nfc_list/1, characters_to_nfc_binary/1, characters_to_nfd_list/1,
         characters_to_nfd_binary/1, characters_to_nfkc_list/1, characters_to_nfkc_binary/1,
         characters_to_nfkd_list/1, characters_to_nfkd_binary/1]).

%% Encodings: unicode or utf8, latin1, utf16, utf32, {utf16 | utf32, big | little}. Integers in lists are code points
%% in any of them.
-define(RAISE(Args), error(badarg, Args, [{error_info, #{module => erl_stdlib_errors}}])).

characters_to_list(Data) -> unicode:'$to_list'(Data, unicode).

characters_to_list(Data, Enc) when Enc =:= unicode; Enc =:= utf8; Enc =:= latin1 -> unicode:'$to_list'(Data, Enc);
characters_to_list(Data, Enc) ->
    try known(Enc), to_list(Data, Enc)
    catch error:_ -> ?RAISE([Data, Enc])
    end.

characters_to_binary(Data) -> unicode:'$to_binary'(Data, unicode).

characters_to_binary(Data, Enc) when Enc =:= unicode; Enc =:= utf8; Enc =:= latin1 -> unicode:'$to_binary'(Data, Enc);
characters_to_binary(Data, Enc) ->
    try known(Enc), to_binary(Data, Enc, unicode)
    catch error:_ -> ?RAISE([Data, Enc])
    end.

characters_to_binary(Data, In, Out) ->
    try known(In), known(Out), to_binary(Data, In, Out)
    catch error:_ -> ?RAISE([Data, In, Out])
    end.

known(Enc) when Enc =:= unicode; Enc =:= utf8; Enc =:= latin1; Enc =:= utf16; Enc =:= utf32 -> ok;
known({Enc, Order}) when (Enc =:= utf16 orelse Enc =:= utf32), (Order =:= big orelse Order =:= little) -> ok.

bin_is_7bit(Bin) when is_binary(Bin) -> [x || <<C>> <= Bin, C > 127] =:= [].

to_binary(Data, In, Out) when Out =:= unicode; Out =:= utf8 ->
    finish(to_list(Data, In), fun(Cs) -> << <<C/utf8>> || C <- Cs >> end);
to_binary(Data, In, Out) ->
    case to_list(Data, In) of
        Cs when is_list(Cs) -> encode(Cs, Out, Out, <<>>);
        {What, Cs, Rest} ->
            case encode(Cs, Out, Out, <<>>) of
                Bin when is_binary(Bin) -> {What, Bin, Rest};
                {error, Bin, Rest1} -> {error, Bin, [Rest1 | Rest]}
            end
    end.

finish(Cs, F) when is_list(Cs) -> F(Cs);
finish({What, Cs, Rest}, F) -> {What, F(Cs), Rest}.

encode([C | T] = Cs, Enc, Out, Acc) ->
    case Enc of
        latin1 when C < 256 -> encode(T, Enc, Out, <<Acc/binary, C>>);
        latin1 -> {error, Acc, [[C] | T]};
        utf16 -> encode(T, Enc, Out, <<Acc/binary, C/utf16>>);
        {utf16, big} -> encode(T, Enc, Out, <<Acc/binary, C/utf16>>);
        {utf16, little} -> encode(T, Enc, Out, <<Acc/binary, C/utf16-little>>);
        utf32 -> encode(T, Enc, Out, <<Acc/binary, C/utf32>>);
        {utf32, big} -> encode(T, Enc, Out, <<Acc/binary, C/utf32>>);
        {utf32, little} -> encode(T, Enc, Out, <<Acc/binary, C/utf32-little>>);
        _ -> error(badarg, [Cs, Enc, Out])
    end;
encode([], _, _, Acc) -> Acc.

to_list(Data, Enc) -> list(Data, Enc, [], []).

%% More: what is still to do behind Data. Out: the characters so far, backwards.
list([C | T], Enc, More, Out) when is_integer(C), C >= 0, C =< 16#10FFFF ->
    case C >= 16#D800 andalso C < 16#E000 of
        true -> {error, lists:reverse(Out), remaining([C | T], More)};
        false -> list(T, Enc, More, [C | Out])
    end;
list([C | T], _, More, Out) when is_integer(C) -> {error, lists:reverse(Out), remaining([C | T], More)};
list([X | T], Enc, More, Out) when is_list(X); is_binary(X) -> list(X, Enc, [T | More], Out);
list([], Enc, [X | More], Out) -> list(X, Enc, More, Out);
list([], _, [], Out) -> lists:reverse(Out);
list(Bin, Enc, More, Out) when is_binary(Bin) ->
    case take(Bin, Enc, Out) of
        {done, Out1} -> list([], Enc, More, Out1);
        {incomplete, Rest, Out1} ->
            case lists:all(fun(M) -> M =:= [] end, More) of
                true -> {incomplete, lists:reverse(Out1), Rest};
                false -> {error, lists:reverse(Out1), remaining(Rest, More)}
            end;
        {error, Rest, Out1} -> {error, lists:reverse(Out1), remaining(Rest, More)}
    end;
list(Data, Enc, _, _) -> error(badarg, [Data, Enc]).

remaining(Rest, []) -> Rest;
remaining(Rest, More) -> [Rest | lists:append([case M of [] -> []; _ -> [M] end || M <- More])].

take(<<>>, _, Out) -> {done, Out};
take(Bin, latin1, Out) -> {done, lists:reverse(binary_to_list(Bin), Out)};
take(Bin, Enc, Out) ->
    case next(Bin, Enc) of
        {C, Rest} -> take(Rest, Enc, [C | Out]);
        What -> {What, Bin, Out}
    end.

next(<<C/utf8, T/binary>>, Enc) when Enc =:= unicode; Enc =:= utf8 -> {C, T};
next(Bin, Enc) when Enc =:= unicode; Enc =:= utf8 -> utf8_problem(Bin);
next(Bin, utf16) -> next(Bin, {utf16, big});
next(<<C/utf16, T/binary>>, {utf16, big}) -> {C, T};
next(<<C/utf16-little, T/binary>>, {utf16, little}) -> {C, T};
next(<<_>>, {utf16, _}) -> incomplete;
next(<<2#110110:6, _:10>>, {utf16, big}) -> incomplete;
next(<<2#110110:6, _:10, _>>, {utf16, big}) -> incomplete;
next(<<_, 2#110110:6, _:2>>, {utf16, little}) -> incomplete;
next(<<_, 2#110110:6, _:2, _>>, {utf16, little}) -> incomplete;
next(_, {utf16, _}) -> error;
next(Bin, utf32) -> next(Bin, {utf32, big});
next(<<C/utf32, T/binary>>, {utf32, big}) -> {C, T};
next(<<C/utf32-little, T/binary>>, {utf32, little}) -> {C, T};
next(Bin, {utf32, _}) when byte_size(Bin) < 4 -> incomplete;
next(_, {utf32, _}) -> error;
next(_, Enc) -> error(badarg, [Enc]).

%% Cut off, or wrong? The bytes that are there must be the begin of a character.
utf8_problem(<<A, T/binary>>) ->
    Need = if
               A >= 16#C2, A =< 16#DF -> 1;
               A >= 16#E0, A =< 16#EF -> 2;
               A >= 16#F0, A =< 16#F4 -> 3;
               true -> 0
           end,
    case byte_size(T) < Need andalso [B || <<B>> <= T, B band 16#C0 =/= 16#80] =:= [] andalso second(A, T) of
        true -> incomplete;
        false -> error
    end.

second(16#E0, <<B, _/binary>>) -> B >= 16#A0;
second(16#ED, <<B, _/binary>>) -> B < 16#A0;
second(16#F0, <<B, _/binary>>) -> B >= 16#90;
second(16#F4, <<B, _/binary>>) -> B < 16#90;
second(_, _) -> true.

%% ---- byte order marks ------------------------------------------------------------------------------

%% {Encoding, Bytes of the mark}
bom_to_encoding(<<16#EF, 16#BB, 16#BF, _/binary>>) -> {utf8, 3};
bom_to_encoding(<<0, 0, 16#FE, 16#FF, _/binary>>) -> {{utf32, big}, 4};
bom_to_encoding(<<16#FF, 16#FE, 0, 0, _/binary>>) -> {{utf32, little}, 4};
bom_to_encoding(<<16#FE, 16#FF, _/binary>>) -> {{utf16, big}, 2};
bom_to_encoding(<<16#FF, 16#FE, _/binary>>) -> {{utf16, little}, 2};
bom_to_encoding(Bin) when is_binary(Bin) -> {latin1, 0}.

encoding_to_bom(Enc) when Enc =:= unicode; Enc =:= utf8 -> <<16#EF, 16#BB, 16#BF>>;
encoding_to_bom(Enc) when Enc =:= utf16; Enc =:= {utf16, big} -> <<16#FE, 16#FF>>;
encoding_to_bom({utf16, little}) -> <<16#FF, 16#FE>>;
encoding_to_bom(Enc) when Enc =:= utf32; Enc =:= {utf32, big} -> <<0, 0, 16#FE, 16#FF>>;
encoding_to_bom({utf32, little}) -> <<16#FF, 16#FE, 0, 0>>;
encoding_to_bom(latin1) -> <<>>.

%% ---- normal forms ----------------------------------------------------------------------------------

characters_to_nfc_list(Data) ->
    try listed(normal(nfc, Data))
    catch error:_ -> ?RAISE([Data])
    end.
characters_to_nfd_list(Data) ->
    try listed(normal(nfd, Data))
    catch error:_ -> ?RAISE([Data])
    end.
characters_to_nfkc_list(Data) ->
    try listed(normal(nfkc, Data))
    catch error:_ -> ?RAISE([Data])
    end.
characters_to_nfkd_list(Data) ->
    try listed(normal(nfkd, Data))
    catch error:_ -> ?RAISE([Data])
    end.
characters_to_nfc_binary(Data) ->
    try normal(nfc, Data)
    catch error:_ -> ?RAISE([Data])
    end.
characters_to_nfd_binary(Data) ->
    try normal(nfd, Data)
    catch error:_ -> ?RAISE([Data])
    end.
characters_to_nfkc_binary(Data) ->
    try normal(nfkc, Data)
    catch error:_ -> ?RAISE([Data])
    end.
characters_to_nfkd_binary(Data) ->
    try normal(nfkd, Data)
    catch error:_ -> ?RAISE([Data])
    end.

normal(Form, Data) ->
    case unicode:characters_to_binary(Data) of
        Bin when is_binary(Bin) -> unicode:'$normalize'(Form, Bin);
        {_, Done, Rest} -> {error, unicode:'$normalize'(Form, Done), Rest}
    end.

listed(Bin) when is_binary(Bin) -> unicode:characters_to_list(Bin);
listed({error, Done, Rest}) -> {error, unicode:characters_to_list(Done), Rest}.
