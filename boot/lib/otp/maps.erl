%% maps.erl - the map library.
%% Owns the functions that walk maps; single-key operations and conversions are native and stand here as stubs.
%% An iterator is [Pos | Map] or {K, V, Iterator}; what Pos means is the native side's affair.
-module(maps).

-export([get/2, get/3, find/2, put/3, remove/2, take/2, update/3, update_with/3, update_with/4, is_key/2,
         keys/1, values/1, size/1, new/0, merge/2, merge_with/3, intersect/2, intersect_with/3,
         from_list/1, from_keys/2, to_list/1, groups_from_list/2, groups_from_list/3,
         map/2, fold/3, foreach/2, filter/2, filtermap/2, with/2, without/2, iterator/1, next/1]).

-compile({no_auto_import, [get/1]}).
-define(RAISE(Reason, Args), error(Reason, Args, [{error_info, #{module => erl_stdlib_errors}}])).

%% ---- native ---------------------------------------------------------------------------------------

get(_, _) -> erlang:nif_error(undefined).
find(_, _) -> erlang:nif_error(undefined).
put(_, _, _) -> erlang:nif_error(undefined).
remove(_, _) -> erlang:nif_error(undefined).
take(_, _) -> erlang:nif_error(undefined).
update(_, _, _) -> erlang:nif_error(undefined).
is_key(_, _) -> erlang:nif_error(undefined).
keys(_) -> erlang:nif_error(undefined).
values(_) -> erlang:nif_error(undefined).
merge(_, _) -> erlang:nif_error(undefined).
from_list(_) -> erlang:nif_error(undefined).
from_keys(_, _) -> erlang:nif_error(undefined).

%% ---- one key ---------------------------------------------------------------------------------------

get(K, M, Default) when is_map(M) ->
    case M of
        #{K := V} -> V;
        #{} -> Default
    end;
get(K, M, Default) -> ?RAISE({badmap, M}, [K, M, Default]).

update_with(K, F, M) when is_function(F, 1), is_map(M) ->
    case M of
        #{K := V} -> M#{K := F(V)};
        #{} -> error({badkey, K}, [K, F, M])
    end;
update_with(K, F, M) -> ?RAISE(kind(M), [K, F, M]).

update_with(K, F, Init, M) when is_function(F, 1), is_map(M) ->
    case M of
        #{K := V} -> M#{K := F(V)};
        #{} -> M#{K => Init}
    end;
update_with(K, F, Init, M) -> ?RAISE(kind(M), [K, F, Init, M]).

%% The reason when a call got a wrong argument and M should be a map.
kind(M) when is_map(M) -> badarg;
kind(M) -> {badmap, M}.

size(M) when is_map(M) -> map_size(M);
size(M) -> ?RAISE({badmap, M}, [M]).

new() -> #{}.

%% ---- the whole map ---------------------------------------------------------------------------------

%% Native where it matters; this walk gives the same list.
to_list(M) when is_map(M) -> pairs(next(iterator(M)));
to_list(M) -> ?RAISE({badmap, M}, [M]).

pairs({K, V, It}) -> [{K, V} | pairs(next(It))];
pairs(none) -> [].

%% map, fold, foreach, filter and filtermap take a map or an iterator.
map(F, M) when is_function(F, 2) ->
    case walk(M) of
        Pairs when is_list(Pairs) -> maps:from_list([{K, F(K, V)} || {K, V} <- Pairs]);
        Bad -> ?RAISE(Bad, [F, M])
    end;
map(F, M) -> ?RAISE(badarg, [F, M]).

fold(F, Acc, M) when is_function(F, 3) ->
    case walk(M) of
        Pairs when is_list(Pairs) -> fold_in(F, Acc, Pairs);
        Bad -> ?RAISE(Bad, [F, Acc, M])
    end;
fold(F, Acc, M) -> ?RAISE(badarg, [F, Acc, M]).

fold_in(F, Acc, [{K, V} | T]) -> fold_in(F, F(K, V, Acc), T);
fold_in(_, Acc, []) -> Acc.

foreach(F, M) when is_function(F, 2) ->
    case walk(M) of
        Pairs when is_list(Pairs) -> foreach_in(F, Pairs);
        Bad -> ?RAISE(Bad, [F, M])
    end;
foreach(F, M) -> ?RAISE(badarg, [F, M]).

foreach_in(F, [{K, V} | T]) -> F(K, V), foreach_in(F, T);
foreach_in(_, []) -> ok.

filter(P, M) when is_function(P, 2) ->
    case walk(M) of
        Pairs when is_list(Pairs) -> maps:from_list(filter_in(P, Pairs));
        Bad -> ?RAISE(Bad, [P, M])
    end;
filter(P, M) -> ?RAISE(badarg, [P, M]).

filter_in(P, [{K, V} = Pair | T]) ->
    case P(K, V) of
        true -> [Pair | filter_in(P, T)];
        false -> filter_in(P, T)
    end;
filter_in(_, []) -> [].

filtermap(F, M) when is_function(F, 2) ->
    case walk(M) of
        Pairs when is_list(Pairs) -> maps:from_list(filtermap_in(F, Pairs));
        Bad -> ?RAISE(Bad, [F, M])
    end;
filtermap(F, M) -> ?RAISE(badarg, [F, M]).

filtermap_in(F, [{K, V} = Pair | T]) ->
    case F(K, V) of
        true -> [Pair | filtermap_in(F, T)];
        {true, New} -> [{K, New} | filtermap_in(F, T)];
        false -> filtermap_in(F, T)
    end;
filtermap_in(_, []) -> [].

%% The pairs of a map or of what is left of an iterator, or else the reason: the caller raises it, as its own.
walk(M) when is_map(M) -> maps:to_list(M);
walk([Pos | M] = It) when is_integer(Pos), is_map(M); is_list(Pos), is_map(M) -> pairs(next(It));
walk({_, _, _} = It) -> pairs(next(It));
walk(none) -> [];
walk(M) -> {badmap, M}.

with(Keys, M) when is_list(Keys), is_map(M) -> maps:from_list(pick(Keys, M));
with(Keys, M) -> ?RAISE(kind(M), [Keys, M]).

pick([K | T], M) ->
    case M of
        #{K := V} -> [{K, V} | pick(T, M)];
        #{} -> pick(T, M)
    end;
pick([], _) -> [].

without(Keys, M) when is_list(Keys), is_map(M) ->
    lists:foldl(fun maps:remove/2, M, Keys);
without(Keys, M) -> ?RAISE(kind(M), [Keys, M]).

%% ---- two maps --------------------------------------------------------------------------------------

%% F(K, V1, V2) decides about a key of both. Walks the smaller map.
merge_with(F, A, B) when is_function(F, 3), is_map(A), is_map(B) ->
    case map_size(A) =< map_size(B) of
        true -> merge_in(F, maps:to_list(A), B);
        false -> merge_in(fun(K, V, W) -> F(K, W, V) end, maps:to_list(B), A)
    end;
merge_with(F, A, B) -> ?RAISE(kind2(F, A, B), [F, A, B]).

merge_in(F, [{K, V} | T], M) ->
    case M of
        #{K := W} -> merge_in(F, T, M#{K := F(K, V, W)});
        #{} -> merge_in(F, T, M#{K => V})
    end;
merge_in(_, [], M) -> M.

kind2(F, A, B) when is_function(F, 3) -> kind2(A, B);
kind2(_, _, _) -> badarg.

kind2(A, B) when is_map(A) -> kind(B);
kind2(A, _) -> {badmap, A}.

%% The keys of both, with the second map's values.
intersect(A, B) when is_map(A), is_map(B) ->
    case map_size(A) =< map_size(B) of
        true -> maps:from_list(pick(maps:keys(A), B));
        false -> maps:from_list([Pair || {K, _} = Pair <- maps:to_list(B), is_map_key(K, A)])
    end;
intersect(A, B) -> ?RAISE(kind2(A, B), [A, B]).

intersect_with(F, A, B) when is_function(F, 3), is_map(A), is_map(B) ->
    case map_size(A) =< map_size(B) of
        true -> maps:from_list([{K, F(K, V, map_get(K, B))} || {K, V} <- maps:to_list(A), is_map_key(K, B)]);
        false -> maps:from_list([{K, F(K, map_get(K, A), W)} || {K, W} <- maps:to_list(B), is_map_key(K, A)])
    end;
intersect_with(F, A, B) -> ?RAISE(kind2(F, A, B), [F, A, B]).

%% Lists of elements by key, each list in the order of the elements.
groups_from_list(F, L) when is_function(F, 1) ->
    case reversed(L) of
        error -> ?RAISE(badarg, [F, L]);
        Back -> groups(F, fun(X) -> X end, Back, #{})
    end;
groups_from_list(F, L) -> ?RAISE(badarg, [F, L]).

groups_from_list(F, G, L) when is_function(F, 1), is_function(G, 1) ->
    case reversed(L) of
        error -> ?RAISE(badarg, [F, G, L]);
        Back -> groups(F, G, Back, #{})
    end;
groups_from_list(F, G, L) -> ?RAISE(badarg, [F, G, L]).

reversed(L) ->
    try lists:reverse(L)
    catch error:_ -> error
    end.

groups(F, G, [X | T], M) ->
    K = F(X), V = G(X),
    case M of
        #{K := Vs} -> groups(F, G, T, M#{K := [V | Vs]});
        #{} -> groups(F, G, T, M#{K => [V]})
    end;
groups(_, _, [], M) -> M.

%% ---- iterators -------------------------------------------------------------------------------------

iterator(M) when is_map(M) -> [0 | M];
iterator(M) -> ?RAISE({badmap, M}, [M]).

%% {K, V, NextIterator} or none.
next({_, _, _} = Triple) -> Triple;
next([0 | M]) when is_map(M) -> erts_internal:map_next(0, M, iterator);
next(none) -> none;
next(It) -> ?RAISE(badarg, [It]).
