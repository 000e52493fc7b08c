%% inet.erl - addresses as text and as tuples. Sockets are not here: http is the host's.
-module(inet).

-export([parse_address/1, parse_strict_address/1, parse_ipv4_address/1, parse_ipv4strict_address/1, parse_ipv6_address/1,
         parse_ipv6strict_address/1, ntoa/1, gethostname/0, format_error/1]).

-export_type([ip_address/0, ip4_address/0, ip6_address/0]).
-type ip4_address() :: {0..255, 0..255, 0..255, 0..255}.
-type ip6_address() :: tuple().
-type ip_address() :: ip4_address() | ip6_address().

parse_address(Text) -> either(parse_ipv4_address(Text), fun() -> parse_ipv6_address(Text) end).
parse_strict_address(Text) -> either(parse_ipv4strict_address(Text), fun() -> parse_ipv6strict_address(Text) end).

either({ok, _} = Ok, _) -> Ok;
either(_, Other) -> Other().

%% Fewer than four parts: the last one fills what is missing.
parse_ipv4_address(Text) ->
    try [number(P) || P <- parts(Text, ".")] of
        [A] when A < 1 bsl 32 -> quad(A);
        [A, B] when A < 256, B < 1 bsl 24 -> quad((A bsl 24) bor B);
        [A, B, C] when A < 256, B < 256, C < 1 bsl 16 -> quad((A bsl 24) bor (B bsl 16) bor C);
        [A, B, C, D] when A < 256, B < 256, C < 256, D < 256 -> {ok, {A, B, C, D}};
        _ -> {error, einval}
    catch _:_ -> {error, einval}
    end.

quad(N) -> {ok, {N bsr 24, (N bsr 16) band 255, (N bsr 8) band 255, N band 255}}.

parse_ipv4strict_address(Text) ->
    try [number(P) || P <- parts(Text, ".")] of
        [A, B, C, D] when A < 256, B < 256, C < 256, D < 256 -> {ok, {A, B, C, D}};
        _ -> {error, einval}
    catch _:_ -> {error, einval}
    end.

parts(Text, By) -> string:split(Text, By, all).

%% Decimal, 0x hexadecimal, 0 octal.
number("0x" ++ Digits) -> list_to_integer(Digits, 16);
number("0X" ++ Digits) -> list_to_integer(Digits, 16);
number([$0, D | Digits]) -> list_to_integer([D | Digits], 8);
number([D | _] = Digits) when D >= $0, D =< $9 -> list_to_integer(Digits).

parse_ipv6_address(Text) ->
    case parse_ipv6strict_address(Text) of
        {ok, _} = Ok -> Ok;
        Error ->
            case parse_ipv4_address(Text) of
                {ok, {A, B, C, D}} -> {ok, {0, 0, 0, 0, 0, 16#ffff, (A bsl 8) bor B, (C bsl 8) bor D}};
                _ -> Error
            end
    end.

%% Eight groups; :: stands for as many zeros as are missing; the last two may be an IPv4 address; a %zone is left out.
parse_ipv6strict_address(Text) ->
    [Address | Zone] = string:split(Text, "%"),
    try address(string:split(Address, "::"), Zone)
    catch _:_ -> {error, einval}
    end.

address(_, [""]) -> {error, einval};
address(Halves, _) ->
    case Halves of
        [Whole] -> groups(words(Whole));
        [Left, Right] ->
            L = words(Left),
            R = words(Right),
            case 8 - length(L) - length(R) of
                N when N > 0 -> groups(L ++ lists:duplicate(N, 0) ++ R);
                _ -> {error, einval}
            end
    end.

groups(Words) when length(Words) =:= 8 -> {ok, list_to_tuple(Words)};
groups(_) -> {error, einval}.

words("") -> [];
words(Text) ->
    {Init, [Last]} = lists:split(length(parts(Text, ":")) - 1, parts(Text, ":")),
    [word(W) || W <- Init] ++ case lists:member($., Last) of
                                  true ->
                                      {ok, {A, B, C, D}} = parse_ipv4strict_address(Last),
                                      [(A bsl 8) bor B, (C bsl 8) bor D];
                                  false -> [word(Last)]
                              end.

word([_ | _] = Digits) when length(Digits) =< 4 ->
    true = lists:all(fun(C) -> C =/= $+ andalso C =/= $- end, Digits),
    list_to_integer(Digits, 16).

ntoa({A, B, C, D}) -> lists:concat([A, ".", B, ".", C, ".", D]);
ntoa({0, 0, 0, 0, 0, 0, 0, 0}) -> "::";
ntoa({0, 0, 0, 0, 0, 0, 0, 1}) -> "::1";
ntoa({0, 0, 0, 0, 0, 16#ffff, A, B}) -> "::ffff:" ++ ntoa({A bsr 8, A band 255, B bsr 8, B band 255});
ntoa(T) when tuple_size(T) =:= 8 ->
    Words = tuple_to_list(T),
    case longest_zeros(Words, 0, {0, 0}) of
        {_, N} when N < 2 -> joined(Words);
        {At, N} -> joined(lists:sublist(Words, At)) ++ "::" ++ joined(lists:nthtail(At + N, Words))
    end;
ntoa(_) -> {error, einval}.

joined(Words) -> lists:append(lists:join(":", [string:to_lower(integer_to_list(W, 16)) || W <- Words])).

%% {Where, HowMany} of the first longest run of zeros.
longest_zeros([], _, Best) -> Best;
longest_zeros([0 | _] = Words, At, {_, Most} = Best) ->
    {Zeros, Rest} = lists:splitwith(fun(W) -> W =:= 0 end, Words),
    N = length(Zeros),
    longest_zeros(Rest, At + N, if N > Most -> {At, N}; true -> Best end);
longest_zeros([_ | Words], At, Best) -> longest_zeros(Words, At + 1, Best).

gethostname() ->
    case file:read_file("/etc/hostname") of
        {ok, Bin} -> {ok, string:trim(binary_to_list(Bin))};
        _ -> {ok, "localhost"}
    end.

format_error(Reason) -> file:format_error(Reason).
