%% sx_lint_bits.erl - segments of binaries: their types, sizes and units, in expressions and in patterns.
-module(sx_lint_bits).

-export([construct/3, pattern/3, generator/1]).

-import(sx_lint_notes, [error/2, error/3, warning/3]).
-compile({no_auto_import, [error/2, error/3]}).

%% Segments of an expression; Visit is what looks at an operand.
construct(Segments, Env, Visit) ->
    lists:foldl(fun({bin_element, P, Value, Size, Types}, Acc) ->
                        Acc1 = maps:merge(Acc, Visit(Value, Env)),
                        Acc2 = case Size of default -> Acc1; _ -> maps:merge(Acc1, Visit(Size, Env)) end,
                        case types(P, Size, Types) of
                            #{type := float} = T -> float_size(P, Size, T);
                            _ -> ok
                        end,
                        Acc2
                end, Env, Segments).

float_size(P, {integer, _, N}, #{unit := Unit}) ->
    lists:member(N * Unit, [16, 32, 64]) orelse warning(bad_size, P, "bad float bit size");
float_size(_, _, _) -> ok.

%% Segments of a pattern: a size sees what stands to the left of it.
pattern(Segments, New, Env) -> segments(Segments, New, #{}, Env).

segments([], New, _, Env) -> {New, Env};
segments([{bin_element, P, Value, Size, Types} | More], New, Here, Env) ->
    size(Size, maps:merge(sx_lint_expr:outside(Env), Here)),
    T = types(P, Size, Types),
    case T of
        #{type := Type} when Size =:= default, More =/= [], Type =:= binary orelse Type =:= bitstring ->
            error(P, "a binary field without size is only allowed at the end of a binary pattern");
        _ -> ok
    end,
    {New1, _} = value(Value, New, Env),
    Bound = case Value of
                {var, _, Name} -> maps:with([Name], New1);
                _ -> #{}
            end,
    segments(More, New1, maps:merge(Here, Bound), Env).

value({var, _, _} = V, New, Env) -> sx_lint_expr:pattern(V, New, Env);
value({K, _, _} = V, New, Env) when K =:= integer; K =:= float; K =:= char; K =:= string -> sx_lint_expr:pattern(V, New, Env);
value({op, _, Op, _} = V, New, Env) when Op =:= '-'; Op =:= '+'; Op =:= 'bnot' -> sx_lint_expr:pattern(V, New, Env);
value({op, _, _, _, _} = V, New, Env) -> sx_lint_expr:pattern(V, New, Env);
value(V, New, Env) -> error(element(2, V), "illegal pattern"), {New, Env}.

size(default, _) -> ok;
size({integer, _, _}, _) -> ok;
size({K, P, _}, _) when K =:= atom; K =:= float; K =:= string ->
    warning(nomatch, P, "a size expression in a pattern evaluates to a non-integer value; this pattern cannot possibly match");
size(Size, Env) -> sx_lint_guard:test(Size, Env).

%% A generator over bits cannot tell where a field without size ends.
generator({bin, _, Segments}) ->
    case lists:last([none | Segments]) of
        {bin_element, P, _, default, Types} when is_list(Types) ->
            case lists:any(fun(T) -> lists:member(T, [binary, bytes, bitstring, bits]) end, Types) of
                true -> error(P, "binary fields without size are not allowed in patterns of bit string generators");
                false -> ok
            end;
        _ -> ok
    end;
generator(_) -> ok.

%% ---- types ----

%% #{type, unit ...} of a segment; faults are told.
types(_, Size, default) -> defaults(#{}, Size);
types(P, Size, Types) ->
    case given(Types, #{}) of
        {error, Format, Args} -> error(P, Format, Args), #{};
        Given -> checked(P, Size, defaults(Given, Size), Given)
    end.

given([], Acc) -> Acc;
given([T | Ts], Acc) ->
    case kind(T) of
        undefined -> {error, "bit type ~tw undefined", [T]};
        {Key, Value} ->
            case Acc of
                #{Key := Other} when Other =/= Value ->
                    {error, "conflict in ~s specification for bit field: '~p' and '~p'", [word(Key), Value, Other]};
                _ -> given(Ts, Acc#{Key => Value})
            end
    end.

word(sign) -> "sign";
word(Key) -> atom_to_list(Key).

kind({unit, N}) when is_integer(N), N >= 1, N =< 256 -> {unit, N};
kind(bytes) -> {type, binary};
kind(bits) -> {type, bitstring};
kind(T) when T =:= integer; T =:= float; T =:= binary; T =:= bitstring; T =:= utf8; T =:= utf16; T =:= utf32 -> {type, T};
kind(T) when T =:= signed; T =:= unsigned -> {sign, T};
kind(T) when T =:= big; T =:= little; T =:= native -> {endianness, T};
kind(_) -> undefined.

defaults(Given, _) ->
    Type = maps:get(type, Given, integer),
    maps:merge(#{type => Type, unit => case Type of binary -> 8; _ -> 1 end}, Given).

checked(P, Size, #{type := Type} = T, Given) ->
    Utf = lists:member(Type, [utf8, utf16, utf32]),
    if Utf, Size =/= default -> utf(P);
       Utf, is_map_key(unit, Given) -> utf(P);
       Size =:= default, is_map_key(unit, Given), Type =/= binary, Type =/= bitstring ->
            error(P, "a bit unit size must not be specified unless a size is specified too");
       true -> ok
    end,
    T.

utf(P) -> error(P, "neither size nor unit must be given for segments of type utf8/utf16/utf32").
