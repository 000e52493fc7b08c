%% unicode_util.erl - the next character of a text, by code point and as people see it; case and normal forms.
%% A text is a list of code points, binaries (UTF-8) and texts. A grapheme cluster is one code point, or a list of the
%% code points that make one visible character. Unicode's tables are native (unicode:'$...'); plain ASCII does not
%% ask them.
-module(unicode_util).

-export([cp/1, gc/1, uppercase/1, lowercase/1, titlecase/1, casefold/1, nfc/1, nfd/1, nfkc/1, nfkd/1,
         whitespace/0, is_whitespace/1]).

%% [CodePoint | Rest], [] at the end, {error, Rest} where no character begins.
cp([C | _] = L) when is_integer(C) -> L;
cp([L]) -> cp(L);
cp([X | Rest]) when is_list(X); is_binary(X) ->
    case cp(X) of
        [C | []] -> [C | Rest];
        [C | <<>>] -> [C | Rest];
        [C | T] -> [C, T | Rest];
        [] -> cp(Rest);
        {error, Bad} -> {error, [Bad | Rest]}
    end;
cp([]) -> [];
cp(<<C/utf8, T/binary>>) -> [C | T];
cp(<<>>) -> [];
cp(Bin) when is_binary(Bin) -> {error, Bin}.

%% [Cluster | Rest], [] or {error, Rest}.
gc([C, D | _] = L) when C < 128, D < 128, C =/= $\r -> L;
gc([C] = L) when is_integer(C); C < 128 -> L;
gc(<<C, D, _/binary>> = B) when C < 128, D < 128, C =/= $\r ->
    <<_, T/binary>> = B,
    [C | T];
gc(<<C>>) when C < 128 -> [C | <<>>];
gc(Text) ->
    case cp(Text) of
        [C | Rest] -> cluster(C, Rest, [], 0);
        Other -> Other
    end.

%% The break between two code points depends on State, what the table said before; negative: they are apart.
cluster(C, Rest, Before, State) ->
    case cp(Rest) of
        [D | T] ->
            case unicode:'$grapheme_break'(C, D, State) of
                State1 when State1 >= 0 -> cluster(D, T, [C | Before], State1);
                _ -> clustered(C, Before, Rest)
            end;
        _ -> clustered(C, Before, Rest)
    end.

clustered(C, [], Rest) -> [C | Rest];
clustered(C, Before, Rest) -> [lists:reverse(Before, [C]) | Rest].

%% Each gives [CodePoint or CodePoints | Rest].
uppercase(Text) -> first(upper, cp(Text)).
lowercase(Text) -> first(lower, cp(Text)).
titlecase(Text) -> first(title, cp(Text)).
casefold(Text) -> first(fold, cp(Text)).

first(Kind, [C | Rest]) -> [map(Kind, C) | Rest];
first(_, Other) -> Other.

map(upper, C) when C < 128 -> if C >= $a, C =< $z -> C - 32; true -> C end;
map(title, C) when C < 128 -> if C >= $a, C =< $z -> C - 32; true -> C end;
map(_, C) when C < 128 -> if C >= $A, C =< $Z -> C + 32; true -> C end;
map(Kind, C) -> unicode:'$case'(Kind, C).

%% Each gives [Cluster in that normal form | Rest]: no character composes across the border of a cluster.
nfc(Text) -> normal(nfc, gc(Text)).
nfd(Text) -> normal(nfd, gc(Text)).
nfkc(Text) -> normal(nfkc, gc(Text)).
nfkd(Text) -> normal(nfkd, gc(Text)).

normal(_, [C | _] = Next) when is_integer(C), C < 128 -> Next;
normal(Form, [Cluster | Rest]) ->
    case unicode:characters_to_list(unicode:'$normalize'(Form, unicode:characters_to_binary([Cluster]))) of
        [C] -> [C | Rest];
        Cs -> [Cs | Rest]
    end;
normal(_, Other) -> Other.

whitespace() -> [[$\r, $\n], $\t, $\n, $\v, $\f, $\r, $\s, 16#85, 16#200E, 16#200F, 16#2028, 16#2029].

is_whitespace(C) -> lists:member(C, whitespace()).
