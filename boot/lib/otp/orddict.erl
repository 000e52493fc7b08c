%% orddict.erl - dictionaries as lists of {Key, Value}, sorted by key, keys compared by ==.
-module(orddict).

-export([new/0, is_key/2, to_list/1, from_list/1, size/1, is_empty/1, fetch/2, find/2, fetch_keys/1, erase/2,
         take/2, store/3, append/3, append_list/3, update/3, update/4, update_counter/3, fold/3, map/2, filter/2,
         merge/3]).

new() -> [].

is_key(K, [{K1, _} | T]) when K > K1 -> is_key(K, T);
is_key(K, [{K1, _} | _]) when K < K1 -> false;
is_key(_, [{_, _} | _]) -> true;
is_key(_, []) -> false.

to_list(D) -> D.
from_list(L) when is_list(L) -> lists:foldl(fun({K, V}, D) -> store(K, V, D) end, [], L).
size(D) -> length(D).
is_empty(D) -> D =:= [].

fetch(K, [{K1, _} | D]) when K > K1 -> fetch(K, D);
fetch(K, [{K1, V} | _]) when K == K1 -> V.

find(K, [{K1, _} | T]) when K > K1 -> find(K, T);
find(K, [{K1, _} | _]) when K < K1 -> error;
find(_, [{_, V} | _]) -> {ok, V};
find(_, []) -> error.

fetch_keys([{K, _} | T]) -> [K | fetch_keys(T)];
fetch_keys([]) -> [].

erase(K, [{K1, _} = E | T]) when K > K1 -> [E | erase(K, T)];
erase(K, [{K1, _} | _] = D) when K < K1 -> D;
erase(_, [{_, _} | T]) -> T;
erase(_, []) -> [].

take(K, D) ->
    case find(K, D) of
        {ok, V} -> {V, erase(K, D)};
        error -> error
    end.

store(K, V, [{K1, _} = E | T]) when K > K1 -> [E | store(K, V, T)];
store(K, V, [{K1, _} | _] = D) when K < K1 -> [{K, V} | D];
store(K, V, [{_, _} | T]) -> [{K, V} | T];
store(K, V, []) -> [{K, V}].

append(K, V, D) -> append_list(K, [V], D).
append_list(K, Vs, D) -> update(K, fun(Old) -> Old ++ Vs end, Vs, D).

update(K, F, [{K1, _} = E | T]) when K > K1 -> [E | update(K, F, T)];
update(K, F, [{K1, V} | T]) when K == K1 -> [{K, F(V)} | T].

update(K, F, Init, [{K1, _} = E | T]) when K > K1 -> [E | update(K, F, Init, T)];
update(K, _, Init, [{K1, _} | _] = D) when K < K1 -> [{K, Init} | D];
update(K, F, _, [{_, V} | T]) -> [{K, F(V)} | T];
update(K, _, Init, []) -> [{K, Init}].

update_counter(K, N, D) -> update(K, fun(V) -> V + N end, N, D).

fold(F, Acc, [{K, V} | T]) -> fold(F, F(K, V, Acc), T);
fold(F, Acc, []) when is_function(F, 3) -> Acc.

map(F, [{K, V} | T]) -> [{K, F(K, V)} | map(F, T)];
map(F, []) when is_function(F, 2) -> [].

filter(P, [{K, V} = E | T]) ->
    case P(K, V) of
        true -> [E | filter(P, T)];
        false -> filter(P, T)
    end;
filter(P, []) when is_function(P, 2) -> [].

%% F(Key, Value1, Value2) decides about keys of both.
merge(F, [{K1, _} = E | A], [{K2, _} | _] = B) when K1 < K2 -> [E | merge(F, A, B)];
merge(F, [{K1, _} | _] = A, [{K2, _} = E | B]) when K1 > K2 -> [E | merge(F, A, B)];
merge(F, [{K, V} | A], [{_, W} | B]) -> [{K, F(K, V, W)} | merge(F, A, B)];
merge(F, [], B) when is_function(F, 3) -> B;
merge(F, A, []) when is_function(F, 3) -> A.
