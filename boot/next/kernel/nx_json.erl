%% nx_json.erl - JSON as the kernel reads and writes it: strict in, canonical out (RFC 8785).
%% Objects are maps with text keys; no text becomes an atom but true, false and null. One text has one meaning: equal
%% keys, numbers that a double does not hold, and what is nested too deep are refused.
%% INVARIANT: encode gives equal bytes for equal values, and decode takes them back.
-module(nx_json).

-export([decode/1, encode/1]).

-define(MAX_DEPTH, 64).
-define(MAX_INTEGER, 9007199254740991).   % beyond it a double is not exact

%% {ok, Value} | {error, not_json | duplicate_key | too_deep | number_range}
decode(Text) when is_binary(Text) ->
    try
        {Value, Rest} = value(blank(Text), ?MAX_DEPTH),
        <<>> = blank(Rest),
        {ok, Value}
    catch
        throw:Reason -> {error, Reason};
        error:_ -> {error, not_json}
    end.

blank(<<B, T/binary>>) when B =:= $\s; B =:= $\n; B =:= $\r; B =:= $\t -> blank(T);
blank(T) -> T.

value(_, 0) -> throw(too_deep);
value(<<${, T/binary>>, D) ->
    case blank(T) of
        <<$}, Rest/binary>> -> {#{}, Rest};
        T1 -> members(T1, D - 1, #{})
    end;
value(<<$[, T/binary>>, D) ->
    case blank(T) of
        <<$], Rest/binary>> -> {[], Rest};
        T1 -> elements(T1, D - 1, [])
    end;
value(<<$", T/binary>>, _) -> string(T);
value(<<"true", T/binary>>, _) -> {true, T};
value(<<"false", T/binary>>, _) -> {false, T};
value(<<"null", T/binary>>, _) -> {null, T};
value(Text, _) ->
    N = number_size(Text, 0),
    Number = binary:part(Text, 0, N),
    {in_range(Number, json:decode(Number)), binary:part(Text, N, byte_size(Text) - N)}.

%% A large whole number is taken when it is how a double is spelt.
in_range(Text, I) when is_integer(I), abs(I) > ?MAX_INTEGER ->
    byte_size(Text) =< 22 orelse throw(number_range),
    F = float(I),
    case iolist_to_binary(number(F)) of
        Text -> F;
        _ -> throw(number_range)
    end;
in_range(_, N) when is_number(N) -> N.

%% Bytes that a number may have; whether it is one is json's to say.
number_size(Text, N) ->
    case Text of
        <<_:N/binary, C, _/binary>> when C >= $0, C =< $9; C =:= $-; C =:= $+; C =:= $.; C =:= $e; C =:= $E ->
            number_size(Text, N + 1);
        _ when N > 0 -> N
    end.

%% Text behind the opening quote. What has no escape and nothing beyond ASCII stands for itself; json decodes the rest.
string(Text) ->
    N = plain_size(Text, 0),
    case Text of
        <<Plain:N/binary, $", Rest/binary>> -> {binary:copy(Plain), Rest};
        _ ->
            Size = string_size(Text, N),
            <<Inside:Size/binary, $", Rest/binary>> = Text,
            {json:decode(<<$", Inside/binary, $">>), Rest}
    end.

plain_size(<<C, T/binary>>, N) when C >= 32, C < 128, C =/= $", C =/= $\\ -> plain_size(T, N + 1);
plain_size(_, N) -> N.

string_size(Text, N) ->
    case binary:match(Text, [<<$">>, <<$\\>>], [{scope, {N, byte_size(Text) - N}}]) of
        {At, 1} ->
            case binary:at(Text, At) of
                $" -> At;
                $\\ when At + 2 =< byte_size(Text) -> string_size(Text, At + 2)
            end
    end.

elements(Text, D, Acc) ->
    {Value, T} = value(Text, D),
    case blank(T) of
        <<$,, Rest/binary>> -> elements(blank(Rest), D, [Value | Acc]);
        <<$], Rest/binary>> -> {lists:reverse(Acc, [Value]), Rest}
    end.

members(<<$", Text/binary>>, D, Map) ->
    {Key, T} = string(Text),
    is_map_key(Key, Map) andalso throw(duplicate_key),
    <<$:, T1/binary>> = blank(T),
    {Value, T2} = value(blank(T1), D),
    New = Map#{Key => Value},
    case blank(T2) of
        <<$,, Rest/binary>> -> members(blank(Rest), D, New);
        <<$}, Rest/binary>> -> {New, Rest}
    end.

%% ---- canonical bytes -------------------------------------------------------------------------------

%% The bytes of a value: members in the order of their keys' UTF-16 units, no blanks, one spelling of each number.
%% Raises {unencodable, Part}.
encode(Value) -> iolist_to_binary(enc(Value, ?MAX_DEPTH)).

enc(_, 0) -> error({unencodable, too_deep});
enc(true, _) -> <<"true">>;
enc(false, _) -> <<"false">>;
enc(null, _) -> <<"null">>;
enc(A, _) when is_atom(A) -> quoted(atom_to_binary(A, utf8));
enc(B, _) when is_binary(B) -> quoted(B);
enc(I, _) when is_integer(I), abs(I) =< ?MAX_INTEGER -> integer_to_binary(I);
enc(F, _) when is_float(F) -> number(F);
enc(L, D) when is_list(L) ->
    _ = length(L),
    [$[, lists:join($,, [enc(X, D - 1) || X <- L]), $]];
enc(M, D) when is_map(M) ->
    [${, lists:join($,, [[quoted(K), $:, enc(V, D - 1)] || {K, V} <- in_order([{text(K), V} || {K, V} <- maps:to_list(M)])]), $}];
enc(X, _) -> error({unencodable, X}).

text(K) when is_binary(K) -> K;
text(K) when is_atom(K) -> atom_to_binary(K, utf8);
text(K) -> error({unencodable, K}).

%% By the UTF-16 units of the keys, which for plain ASCII are its bytes.
in_order(Members) ->
    case lists:all(fun({K, _}) -> plain_size(K, 0) =:= byte_size(K) end, Members) of
        true -> lists:keysort(1, Members);
        false -> [Member || {_, Member} <- lists:keysort(1, [{unicode:characters_to_binary(K, utf8, {utf16, big}), M} || {K, _} = M <- Members])]
    end.

quoted(B) ->
    case plain_size(B, 0) of
        N when N =:= byte_size(B) -> [$", B, $"];
        _ -> [$", parts(B, B, 0), $"]
    end.

%% Runs of bytes that stand for themselves are one part.
parts(<<C, T/binary>>, Start, N) when C >= 32, C < 128, C =/= $", C =/= $\\ -> parts(T, Start, N + 1);
parts(<<C, T/binary>>, Start, N) when C < 128 -> [binary:part(Start, 0, N), escape(C) | parts(T, T, 0)];
parts(<<>>, Start, N) -> [binary:part(Start, 0, N)];
parts(<<C/utf8, T/binary>>, Start, N) -> parts(T, Start, N + byte_size(<<C/utf8>>));
parts(B, _, _) -> error({unencodable, B}).

escape($") -> <<"\\\"">>;
escape($\\) -> <<"\\\\">>;
escape($\b) -> <<"\\b">>;
escape($\t) -> <<"\\t">>;
escape($\n) -> <<"\\n">>;
escape($\f) -> <<"\\f">>;
escape($\r) -> <<"\\r">>;
escape(C) -> [<<"\\u00">>, hex(C bsr 4), hex(C band 15)].

hex(D) when D < 10 -> $0 + D;
hex(D) -> $a + D - 10.

%% A double as ECMAScript writes it: the fewest digits that tell it apart, the point by its exponent.
number(F) when F == 0 -> <<"0">>;
number(F) when F < 0 -> [$-, number(-F)];
number(F) ->
    {Digits, Exponent} = shortest(F),
    N = length(Digits),
    if
        Exponent >= N, Exponent =< 21 -> [Digits, lists:duplicate(Exponent - N, $0)];
        Exponent > 0, Exponent =< 21 -> {A, B} = lists:split(Exponent, Digits), [A, $., B];
        Exponent > -6, Exponent =< 0 -> ["0.", lists:duplicate(-Exponent, $0), Digits];
        N =:= 1 -> [Digits, $e, signed(Exponent - 1)];
        true -> [hd(Digits), $., tl(Digits), $e, signed(Exponent - 1)]
    end.

signed(E) when E < 0 -> integer_to_list(E);
signed(E) -> [$+, integer_to_list(E)].

%% {Digits, E}: the value is 0.Digits times ten to the E; no zero at either end.
shortest(F) ->
    Text = float_to_list(F, [short]),
    {Mantissa, E} = case lists:splitwith(fun(C) -> C =/= $e end, Text) of
                        {M, [$e | X]} -> {M, list_to_integer(X)};
                        {M, []} -> {M, 0}
                    end,
    {Whole, [$. | Fraction]} = lists:splitwith(fun(C) -> C =/= $. end, Mantissa),
    Leading = length(lists:takewhile(fun(C) -> C =:= $0 end, Whole ++ Fraction)),
    {trim(lists:nthtail(Leading, Whole ++ Fraction)), length(Whole) + E - Leading}.

trim(Digits) -> lists:reverse(lists:dropwhile(fun(C) -> C =:= $0 end, lists:reverse(Digits))).
