%% sets.erl - sets as maps from element to []. Elements are told apart by =:=.
%% OTP's version 2 is this very term; its version 1, the default there, is opaque, so this serves for both.
-module(sets).

-export([new/0, new/1, is_set/1, size/1, is_empty/1, to_list/1, from_list/1, from_list/2, is_element/2,
         add_element/2, del_element/2, union/2, union/1, intersection/2, intersection/1, is_disjoint/2,
         subtract/2, is_subset/2, fold/3, filter/2]).

new() -> #{}.
new(Options) -> checked(Options, #{}).

checked(Options, Set) ->
    case proplists:get_value(version, Options, 1) of
        V when V =:= 1; V =:= 2 -> Set
    end.

is_set(S) when is_map(S) -> lists:all(fun(V) -> V =:= [] end, maps:values(S));
is_set(_) -> false.

size(S) when is_map(S) -> map_size(S).
is_empty(S) when is_map(S) -> map_size(S) =:= 0.
to_list(S) when is_map(S) -> maps:keys(S).
from_list(L) when not is_list(L) -> error({case_clause, L});
from_list(L) ->
    try maps:from_keys(L, [])
    catch error:badarg -> error(function_clause)
    end.
from_list(L, Options) -> checked(Options, from_list(L)).

is_element(X, S) when is_map(S) -> is_map_key(X, S).
add_element(X, S) when is_map(S) -> S#{X => []}.
del_element(X, S) when is_map(S) -> maps:remove(X, S).

union(A, B) when is_map(A), is_map(B) -> maps:merge(A, B).
union([A, B | T]) -> union([union(A, B) | T]);
union([S]) -> S;
union([]) -> new().

intersection(A, B) when is_map(A), is_map(B), map_size(A) > map_size(B) -> intersection(B, A);
intersection(A, B) when is_map(A), is_map(B) -> filter(fun(X) -> is_map_key(X, B) end, A).
intersection([A, B | T]) -> intersection([intersection(A, B) | T]);
intersection([S]) -> S.

is_disjoint(A, B) when is_map(A), is_map(B), map_size(A) > map_size(B) -> is_disjoint(B, A);
is_disjoint(A, B) when is_map(A), is_map(B) -> not lists:any(fun(X) -> is_map_key(X, B) end, maps:keys(A)).

subtract(A, B) when is_map(A), is_map(B) -> filter(fun(X) -> not is_map_key(X, B) end, A).

is_subset(A, B) when is_map(A), is_map(B) -> map_size(A) =< map_size(B) andalso lists:all(fun(X) -> is_map_key(X, B) end, maps:keys(A)).

fold(F, Acc, S) when is_function(F, 2) -> lists:foldl(F, Acc, maps:keys(S)).
filter(P, S) when is_function(P, 1) -> maps:from_keys([X || X <- maps:keys(S), P(X)], []).
