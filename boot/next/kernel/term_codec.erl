%% term_codec.erl - one sequence of bytes for each term, and back.
%% Equal terms (=:=) have equal bytes, on every machine and in every run: what is hashed or signed is these bytes.
%%
%%   i N bytes   integer, two's complement, big endian, as few bytes as it takes (0: none)
%%   f 8 bytes   float, IEEE 754, big endian
%%   a N bytes   atom, UTF-8             b N bytes   binary
%%   l N terms   list                    t N terms   tuple
%%   m N pairs   map, in the order of the keys' bytes
%%
%% N is a varint: seven bits a byte, the lowest first, the high bit says that more follow.
%% INVARIANT: decode takes exactly what encode gives: no second spelling of a number, no other order of keys, nothing
%% behind the end. It makes no atoms: one that does not exist yet is an error.
-module(term_codec).

-export([encode/1, decode/1]).

-define(MAX_DEPTH, 1000).          % of terms in terms, both ways

%% The bytes of Term; raises {unencodable, Part} for pids, references, functions, odd bitstrings, improper lists and
%% what is nested too deep.
encode(Term) -> iolist_to_binary(enc(Term, ?MAX_DEPTH)).

enc(_, 0) -> error({unencodable, too_deep});
enc(I, _) when is_integer(I) -> sized($i, integer_bytes(I));
enc(F, _) when is_float(F) -> <<$f, F/float>>;
enc(A, _) when is_atom(A) -> sized($a, atom_to_binary(A, utf8));
enc(B, _) when is_binary(B) -> sized($b, B);
enc(L, D) when is_list(L) -> [$l, varint(count(L)) | [enc(X, D - 1) || X <- L]];
enc(T, D) when is_tuple(T) -> [$t, varint(tuple_size(T)) | [enc(X, D - 1) || X <- tuple_to_list(T)]];
enc(M, D) when is_map(M) ->
    Pairs = [{iolist_to_binary(enc(K, D - 1)), enc(V, D - 1)} || {K, V} <- maps:to_list(M)],
    [$m, varint(map_size(M)) | [[K, V] || {K, V} <- lists:keysort(1, Pairs)]];
enc(X, _) -> error({unencodable, X}).

count(L) ->
    try length(L)
    catch error:badarg -> error({unencodable, L})
    end.

sized(Tag, Bytes) -> [Tag, varint(byte_size(Bytes)), Bytes].

varint(N) when N < 128 -> [N];
varint(N) -> [N band 127 bor 128 | varint(N bsr 7)].

integer_bytes(0) -> <<>>;
integer_bytes(I) -> integer_bytes(I, 1).

integer_bytes(I, N) when I >= -(1 bsl (8 * N - 1)), I < 1 bsl (8 * N - 1) -> <<I:N/signed-unit:8>>;
integer_bytes(I, N) -> integer_bytes(I, N + 1).

%% {ok, Term} | {error, Reason}, whatever the bytes are.
decode(Bytes) when is_binary(Bytes) ->
    try dec(Bytes, ?MAX_DEPTH) of
        {Term, <<>>} -> {ok, Term};
        {_, _} -> {error, trailing_bytes}
    catch throw:Reason -> {error, Reason}
    end.

dec(_, 0) -> throw(too_deep);
dec(<<$i, T/binary>>, _) ->
    {Bytes, Rest} = take(T),
    I = from_bytes(Bytes),
    must(integer_bytes(I) =:= Bytes, not_canonical),
    {I, Rest};
dec(<<$f, F/float, Rest/binary>>, _) -> {F, Rest};
dec(<<$a, T/binary>>, _) ->
    {Bytes, Rest} = take(T),
    try {binary_to_existing_atom(Bytes, utf8), Rest}
    catch error:_ -> throw(unknown_atom)
    end;
dec(<<$b, T/binary>>, _) -> take(T);
dec(<<$l, T/binary>>, D) -> many(T, D);
dec(<<$t, T/binary>>, D) ->
    {L, Rest} = many(T, D),
    {list_to_tuple(L), Rest};
dec(<<$m, T/binary>>, D) ->
    {N, Rest} = length_of(T),
    pairs(N, Rest, D - 1, <<>>, #{});
dec(_, _) -> throw(bad_bytes).

many(T, D) ->
    {N, Rest} = length_of(T),
    terms(N, Rest, D - 1, []).

terms(0, Rest, _, L) -> {lists:reverse(L), Rest};
terms(N, T, D, L) ->
    {X, Rest} = dec(T, D),
    terms(N - 1, Rest, D, [X | L]).

pairs(0, Rest, _, _, M) -> {M, Rest};
pairs(N, T, D, Before, M) ->
    {K, T1} = dec(T, D),
    Key = binary_part(T, 0, byte_size(T) - byte_size(T1)),
    must(Key > Before, not_canonical),
    {V, Rest} = dec(T1, D),
    pairs(N - 1, Rest, D, Key, M#{K => V}).

take(T) ->
    {N, Rest} = length_of(T),
    case Rest of
        <<Bytes:N/binary, Rest1/binary>> -> {Bytes, Rest1};
        _ -> throw(bad_bytes)
    end.

%% A length can be no larger than what is left: each element takes a byte at least.
length_of(T) ->
    {N, Rest} = varint(T, 0, 0),
    must(N =< byte_size(Rest), bad_bytes),
    {N, Rest}.

varint(<<0, _/binary>>, _, Shift) when Shift > 0 -> throw(not_canonical);
varint(<<0:1, Low:7, Rest/binary>>, N, Shift) -> {N bor (Low bsl Shift), Rest};
varint(<<1:1, Low:7, Rest/binary>>, N, Shift) when Shift < 56 -> varint(Rest, N bor (Low bsl Shift), Shift + 7);
varint(_, _, _) -> throw(bad_bytes).

from_bytes(<<>>) -> 0;
from_bytes(Bytes) ->
    Size = byte_size(Bytes),
    <<I:Size/signed-unit:8>> = Bytes,
    I.

must(true, _) -> ok;
must(false, Reason) -> throw(Reason).
