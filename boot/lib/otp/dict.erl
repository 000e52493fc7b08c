%% dict.erl - dictionaries: {dict, Map}. Keys are told apart by =:=; no order is promised.
-module(dict).

-export([new/0, is_key/2, to_list/1, from_list/1, size/1, is_empty/1, fetch/2, find/2, fetch_keys/1, erase/2,
         take/2, store/3, append/3, append_list/3, update/3, update/4, update_counter/3, fold/3, map/2, filter/2,
         merge/3]).

new() -> {dict, #{}}.
is_key(K, {dict, M}) -> is_map_key(K, M);
is_key(_, D) -> error({badrecord, D}).
to_list({dict, M}) -> maps:to_list(M);
to_list(D) -> error({badrecord, D}).
from_list(L) -> lists:foldl(fun({K, V}, D) -> store(K, V, D) end, new(), L).
size({dict, M}) -> map_size(M).
is_empty({dict, M}) -> map_size(M) =:= 0.

fetch(K, {dict, M} = D) ->
    case M of
        #{K := V} -> V;
        #{} -> error(badarg, [K, D])
    end.

find(K, {dict, M}) -> maps:find(K, M);
find(_, D) -> error({badrecord, D}).
fetch_keys({dict, M}) -> maps:keys(M);
fetch_keys(D) -> error({badrecord, D}).
erase(K, {dict, M}) -> {dict, maps:remove(K, M)}.

take(K, {dict, M}) ->
    case maps:take(K, M) of
        {V, M1} -> {V, {dict, M1}};
        error -> error
    end.

store(K, V, {dict, M}) -> {dict, M#{K => V}};
store(_, _, D) -> error({badrecord, D}).
append(K, V, D) -> append_list(K, [V], D).
append_list(K, Vs, D) when is_list(Vs) -> update(K, fun(Old) -> Old ++ Vs end, Vs, D).

update(K, F, {dict, M} = D) ->
    case M of
        #{K := V} -> {dict, M#{K := F(V)}};
        #{} -> error(badarg, [K, F, D])
    end;
update(_, _, D) -> error({badrecord, D}).

update(K, F, Init, {dict, M}) ->
    case M of
        #{K := V} -> {dict, M#{K := F(V)}};
        #{} -> {dict, M#{K => Init}}
    end;
update(_, _, _, D) -> error({badrecord, D}).

update_counter(K, N, D) when is_number(N) -> update(K, fun(V) -> V + N end, N, D).

fold(F, Acc, {dict, M}) -> maps:fold(F, Acc, M).
map(F, {dict, M}) -> {dict, maps:map(F, M)}.
filter(P, {dict, M}) -> {dict, maps:filter(P, M)}.
merge(F, {dict, A}, {dict, B}) -> {dict, maps:merge_with(F, A, B)}.
