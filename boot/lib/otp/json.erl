%% json.erl - JSON text to terms and back, as in OTP 27's json (decode/1, encode/1).
%% Objects are maps with binary keys (of equal keys the last counts), arrays lists, strings binaries in UTF-8, null the
%% atom null; no other text becomes an atom. Numbers without a fraction and an exponent are integers of any size.
%% What is no JSON raises unexpected_end, {invalid_byte, Byte} or {unexpected_sequence, Bytes}.
-module(json).

-export([decode/1, encode/1]).

%% ---- decoding --------------------------------------------------------------------------------------

decode(Text) when is_binary(Text) ->
    {Value, Rest} = value(blank(Text)),
    case blank(Rest) of
        <<>> -> Value;
        <<B, _/binary>> -> error({invalid_byte, B})
    end.

blank(<<B, T/binary>>) when B =:= $\s; B =:= $\n; B =:= $\r; B =:= $\t -> blank(T);
blank(T) -> T.

%% Each of these takes the text from where its thing begins and gives {Value, Rest}.
value(<<$", T/binary>>) -> string(T, T, 0, []);
value(<<${, T/binary>>) ->
    case blank(T) of
        <<$}, Rest/binary>> -> {#{}, Rest};
        T1 -> members(T1, [])
    end;
value(<<$[, T/binary>>) ->
    case blank(T) of
        <<$], Rest/binary>> -> {[], Rest};
        T1 -> elements(T1, [])
    end;
value(<<"true", T/binary>>) -> {true, T};
value(<<"false", T/binary>>) -> {false, T};
value(<<"null", T/binary>>) -> {null, T};
value(<<$-, T/binary>> = Text) -> number(T, Text, 1);
value(<<B, _/binary>> = Text) when B >= $0, B =< $9 -> number(Text, Text, 0);
value(Text) -> unexpected(Text).

unexpected(Text) ->
    case lists:any(fun(Word) -> begins(Text, Word) end, [<<"true">>, <<"false">>, <<"null">>]) of
        true -> error(unexpected_end);
        false -> error({invalid_byte, binary:first(Text)})
    end.

%% Text ends within Word.
begins(Text, Word) -> byte_size(Text) < byte_size(Word) andalso binary:part(Word, 0, byte_size(Text)) =:= Text.

elements(Text, Acc) ->
    {Value, T} = value(Text),
    case blank(T) of
        <<$,, Rest/binary>> -> elements(blank(Rest), [Value | Acc]);
        <<$], Rest/binary>> -> {lists:reverse(Acc, [Value]), Rest};
        T1 -> unexpected_byte(T1)
    end.

members(<<$", Text/binary>>, Acc) ->
    {Key, T} = string(Text, Text, 0, []),
    case blank(T) of
        <<$:, T1/binary>> ->
            {Value, T2} = value(blank(T1)),
            case blank(T2) of
                <<$,, Rest/binary>> -> members(blank(Rest), [{Key, Value} | Acc]);
                <<$}, Rest/binary>> -> {maps:from_list(lists:reverse(Acc, [{Key, Value}])), Rest};
                T3 -> unexpected_byte(T3)
            end;
        T1 -> unexpected_byte(T1)
    end;
members(T, _) -> unexpected_byte(T).

unexpected_byte(<<>>) -> error(unexpected_end);
unexpected_byte(<<B, _/binary>>) -> error({invalid_byte, B}).

%% Start is where the run of plain bytes began, N its length, Parts what came before it, the last first.
string(<<$", T/binary>>, Start, N, []) -> {binary:part(Start, 0, N), T};
string(<<$", T/binary>>, Start, N, Parts) ->
    {iolist_to_binary(lists:reverse(Parts, [binary:part(Start, 0, N)])), T};
string(<<$\\, T/binary>>, Start, N, Parts) -> escape(T, [binary:part(Start, 0, N) | Parts]);
string(<<B, T/binary>>, Start, N, Parts) when B >= 32, B < 128 -> string(T, Start, N + 1, Parts);
string(<<B, _/binary>>, _, _, _) when B < 32 -> error({invalid_byte, B});
string(<<C/utf8, T/binary>>, Start, N, Parts) -> string(T, Start, N + utf8_size(C), Parts);
string(<<>>, _, _, _) -> error(unexpected_end);
string(<<B, _/binary>>, _, _, _) -> error({invalid_byte, B}).

utf8_size(C) when C < 16#800 -> 2;
utf8_size(C) when C < 16#10000 -> 3;
utf8_size(_) -> 4.

escape(<<$u, A, B, C, D, T/binary>>, Parts) -> code_unit(hex(<<A, B, C, D>>), T, Parts);
escape(<<E, T/binary>>, Parts) when E =/= $u -> string(T, T, 0, [escaped(E) | Parts]);
escape(_, _) -> error(unexpected_end).

escaped($") -> $";
escaped($\\) -> $\\;
escaped($/) -> $/;
escaped($b) -> $\b;
escaped($f) -> $\f;
escaped($n) -> $\n;
escaped($r) -> $\r;
escaped($t) -> $\t;
escaped(B) -> error({invalid_byte, B}).

%% Characters beyond 16 bits come as two units; half a pair is an error.
code_unit(High, <<$\\, $u, A, B, C, D, T/binary>>, Parts) when High >= 16#D800, High < 16#DC00 ->
    case hex(<<A, B, C, D>>) of
        Low when Low >= 16#DC00, Low < 16#E000 ->
            Code = 16#10000 + ((High - 16#D800) bsl 10) + (Low - 16#DC00),
            string(T, T, 0, [<<Code/utf8>> | Parts]);
        _ -> error({unexpected_sequence, <<"\\u", A, B, C, D>>})
    end;
code_unit(Unit, T, Parts) when Unit < 16#D800; Unit >= 16#E000 -> string(T, T, 0, [<<Unit/utf8>> | Parts]);
code_unit(Unit, _, _) -> error({unexpected_sequence, <<"\\u", (integer_to_binary(Unit, 16))/binary>>}).

hex(Digits) ->
    case [B || <<B>> <= Digits, not is_hex(B)] of
        [] -> binary_to_integer(Digits, 16);
        [B | _] -> error({invalid_byte, B})
    end.

is_hex(B) -> B >= $0 andalso B =< $9 orelse B >= $a andalso B =< $f orelse B >= $A andalso B =< $F.

%% T is behind the N bytes of Text that are the number so far. A 0 is not followed by a digit.
number(<<$0, T/binary>>, Text, N) -> fraction(T, Text, N + 1);
number(<<B, T/binary>>, Text, N) when B >= $1, B =< $9 -> integer(T, Text, N + 1);
number(T, _, _) -> unexpected_byte(T).

integer(<<B, T/binary>>, Text, N) when B >= $0, B =< $9 -> integer(T, Text, N + 1);
integer(T, Text, N) -> fraction(T, Text, N).

fraction(<<$., T/binary>>, Text, N) ->
    {T1, K} = digits(T),
    Mantissa = binary:part(Text, 0, N + 1 + K),
    case exponent(T1) of
        {none, Rest} -> {to_float(Mantissa, Text), Rest};
        {E, Rest} -> {to_float(<<Mantissa/binary, "e", E/binary>>, Text), Rest}
    end;
fraction(T, Text, N) ->
    Whole = binary:part(Text, 0, N),
    case exponent(T) of
        {none, Rest} -> {binary_to_integer(Whole), Rest};
        {E, Rest} -> {to_float(<<Whole/binary, ".0e", E/binary>>, Text), Rest}
    end.

exponent(<<E, S, T/binary>>) when (E =:= $e orelse E =:= $E), (S =:= $+ orelse S =:= $-) ->
    {Rest, N} = digits(T),
    {<<S, (binary:part(T, 0, N))/binary>>, Rest};
exponent(<<E, T/binary>>) when E =:= $e; E =:= $E ->
    {Rest, N} = digits(T),
    {binary:part(T, 0, N), Rest};
exponent(T) -> {none, T}.

%% One digit at least.
digits(<<B, T/binary>>) when B >= $0, B =< $9 -> digits(T, 1);
digits(T) -> unexpected_byte(T).

digits(<<B, T/binary>>, N) when B >= $0, B =< $9 -> digits(T, N + 1);
digits(T, N) -> {T, N}.

to_float(Digits, Text) ->
    try binary_to_float(Digits)
    catch error:badarg -> error({unexpected_sequence, binary:part(Text, 0, min(byte_size(Text), 32))})
    end.

%% ---- encoding --------------------------------------------------------------------------------------

%% iodata. Atoms but true, false and null are strings; keys are binaries, atoms or numbers.
encode(true) -> <<"true">>;
encode(false) -> <<"false">>;
encode(null) -> <<"null">>;
encode(A) when is_atom(A) -> quoted(atom_to_binary(A, utf8));
encode(B) when is_binary(B) -> quoted(B);
encode(I) when is_integer(I) -> integer_to_binary(I);
encode(F) when is_float(F) -> float_to_binary(F, [short]);
encode([]) -> <<"[]">>;
encode([X | T]) -> [$[, encode(X) | more(T)];
encode(M) when is_map(M) ->
    case maps:to_list(M) of
        [] -> <<"{}">>;
        [{K, V} | T] -> [${, key(K), $:, encode(V) | more_members(T)]
    end;
encode(X) -> error({unsupported_type, X}).

more([X | T]) -> [$,, encode(X) | more(T)];
more([]) -> [$]].

more_members([{K, V} | T]) -> [$,, key(K), $:, encode(V) | more_members(T)];
more_members([]) -> [$}].

key(B) when is_binary(B) -> quoted(B);
key(A) when is_atom(A) -> quoted(atom_to_binary(A, utf8));
key(I) when is_integer(I) -> [$", integer_to_binary(I), $"];
key(F) when is_float(F) -> [$", float_to_binary(F, [short]), $"];
key(X) -> error({unsupported_type, X}).

%% Runs of bytes that need no escape are copied as one part.
quoted(B) -> [$", parts(B, B, 0), $"].

parts(<<B, T/binary>>, Start, N) when B >= 32, B < 127, B =/= $", B =/= $\\ -> parts(T, Start, N + 1);
parts(<<>>, Start, N) -> [binary:part(Start, 0, N)];
parts(<<B, T/binary>>, Start, N) when B < 32; B =:= $"; B =:= $\\; B =:= 127 ->
    [binary:part(Start, 0, N), escape_of(B) | parts(T, T, 0)];
parts(<<C/utf8, T/binary>>, Start, N) -> parts(T, Start, N + utf8_size(C));
parts(<<B, _/binary>>, _, _) -> error({invalid_byte, B}).

escape_of($") -> <<"\\\"">>;
escape_of($\\) -> <<"\\\\">>;
escape_of($\b) -> <<"\\b">>;
escape_of($\f) -> <<"\\f">>;
escape_of($\n) -> <<"\\n">>;
escape_of($\r) -> <<"\\r">>;
escape_of($\t) -> <<"\\t">>;
escape_of(127) -> <<127>>;
escape_of(B) -> [<<"\\u00">>, hex_digit(B bsr 4), hex_digit(B band 15)].

hex_digit(D) when D < 10 -> $0 + D;
hex_digit(D) -> $A + D - 10.
