%% gb_trees.erl - general balanced trees (Arne Andersson): {Size, Tree}, Tree = nil | {Key, Value, Smaller, Larger}.
%% A tree of N nodes is at most 2 * log2(N + 1) + 1 deep. Nothing is stored for balance: an insertion that goes too deep
%% looks, on its way back, for the first subtree that is too deep for its size, and rebuilds that one. Deletion never
%% rebuilds. Keys are compared by ==. Shapes are OTP's, so trees print alike.
-module(gb_trees).

-export([empty/0, is_empty/1, size/1, lookup/2, get/2, insert/3, update/3, enter/3, delete/2, delete_any/2, take/2,
         take_any/2, balance/1, is_defined/2, keys/1, values/1, to_list/1, from_orddict/1, smallest/1, largest/1,
         take_smallest/1, take_largest/1, iterator/1, iterator_from/2, next/1, map/2]).

-export_type([tree/0, tree/2, iter/0, iter/2]).
-type tree_node(K, V) :: nil | {K, V, tree_node(K, V), tree_node(K, V)}.
-opaque tree(K, V) :: {non_neg_integer(), tree_node(K, V)}.
-type tree() :: tree(_, _).
-opaque iter(K, V) :: [tree_node(K, V)].
-type iter() :: iter(_, _).

-compile({no_auto_import, [size/1]}).

empty() -> {0, nil}.

is_empty({0, nil}) -> true;
is_empty(_) -> false.

size({N, _}) when is_integer(N), N >= 0 -> N.

%% ---- looking ---------------------------------------------------------------------------------------

lookup(K, {_, T}) -> lookup_1(K, T).

lookup_1(K, {K1, _, L, _}) when K < K1 -> lookup_1(K, L);
lookup_1(K, {K1, _, _, R}) when K > K1 -> lookup_1(K, R);
lookup_1(_, {_, V, _, _}) -> {value, V};
lookup_1(_, nil) -> none.

is_defined(K, {_, T}) -> is_defined_1(K, T).

is_defined_1(K, {K1, _, L, _}) when K < K1 -> is_defined_1(K, L);
is_defined_1(K, {K1, _, _, R}) when K > K1 -> is_defined_1(K, R);
is_defined_1(_, {_, _, _, _}) -> true;
is_defined_1(_, nil) -> false.

get(K, {_, T}) -> get_1(K, T).

get_1(K, {K1, _, L, _}) when K < K1 -> get_1(K, L);
get_1(K, {K1, _, _, R}) when K > K1 -> get_1(K, R);
get_1(_, {_, V, _, _}) -> V.

keys({_, T}) -> keys(T, []).
keys({K, _, L, R}, More) -> keys(L, [K | keys(R, More)]);
keys(nil, More) -> More.

values({_, T}) -> values(T, []).
values({_, V, L, R}, More) -> values(L, [V | values(R, More)]);
values(nil, More) -> More.

to_list({_, T}) -> to_list(T, []).
to_list({K, V, L, R}, More) -> to_list(L, [{K, V} | to_list(R, More)]);
to_list(nil, More) -> More.

smallest({_, T}) -> smallest_1(T).
smallest_1({K, V, nil, _}) -> {K, V};
smallest_1({_, _, L, _}) -> smallest_1(L).

largest({_, T}) -> largest_1(T).
largest_1({K, V, _, nil}) -> {K, V};
largest_1({_, _, _, R}) -> largest_1(R).

%% ---- changing --------------------------------------------------------------------------------------

update(K, V, {N, T}) -> {N, update_1(K, V, T)}.

update_1(K, V, {K1, V1, L, R}) when K < K1 -> {K1, V1, update_1(K, V, L), R};
update_1(K, V, {K1, V1, L, R}) when K > K1 -> {K1, V1, L, update_1(K, V, R)};
update_1(K, V, {_, _, L, R}) -> {K, V, L, R}.

enter(K, V, T) ->
    case is_defined(K, T) of
        true -> update(K, V, T);
        false -> insert(K, V, T)
    end.

%% `Left` halves on the way down: 0 at the bottom says that the new node is deeper than the size allows.
insert(K, V, {N, T}) when is_integer(N) ->
    Size = N + 1,
    case insert_1(K, V, T, Size * Size) of
        {deep, T1, _, _} -> {Size, T1};
        T1 -> {Size, T1}
    end.

%% A tree, or {deep, Tree, 2^Height, Size} while the subtree to rebuild has not been found.
insert_1(K, V, {K1, V1, L, R}, Left) when K < K1 ->
    case insert_1(K, V, L, Left bsr 1) of
        {deep, L1, H, N} -> rebuilt({K1, V1, L1, R}, {H, N}, measure(R));
        L1 -> {K1, V1, L1, R}
    end;
insert_1(K, V, {K1, V1, L, R}, Left) when K > K1 ->
    case insert_1(K, V, R, Left bsr 1) of
        {deep, R1, H, N} -> rebuilt({K1, V1, L, R1}, {H, N}, measure(L));
        R1 -> {K1, V1, L, R1}
    end;
insert_1(K, V, nil, 0) -> {deep, {K, V, nil, nil}, 1, 1};
insert_1(K, V, nil, _) -> {K, V, nil, nil};
insert_1(K, _, _, _) -> error({key_exists, K}).

rebuilt(T, {H1, N1}, {H2, N2}) ->
    H = 2 * max(H1, H2),
    N = N1 + N2 + 1,
    if H > N * N -> build(to_list(T, []), N);
       true -> {deep, T, H, N}
    end.

%% {2^Height, Size}
measure({_, _, nil, nil}) -> {1, 1};
measure({_, _, L, R}) ->
    {H1, N1} = measure(L),
    {H2, N2} = measure(R),
    {2 * max(H1, H2), N1 + N2 + 1};
measure(nil) -> {1, 0}.

delete_any(K, T) ->
    case is_defined(K, T) of
        true -> delete(K, T);
        false -> T
    end.

delete(K, {N, T}) when is_integer(N), N >= 0 -> {N - 1, delete_1(K, T)}.

delete_1(K, {K1, V, L, R}) when K < K1 -> {K1, V, delete_1(K, L), R};
delete_1(K, {K1, V, L, R}) when K > K1 -> {K1, V, L, delete_1(K, R)};
delete_1(_, {_, _, L, R}) -> joined(L, R).

take_any(K, T) ->
    case is_defined(K, T) of
        true -> take(K, T);
        false -> error
    end.

take(K, {N, T}) when is_integer(N), N >= 0 ->
    {V, T1} = take_1(K, T),
    {V, {N - 1, T1}}.

take_1(K, {K1, V1, L, R}) when K < K1 ->
    {V, L1} = take_1(K, L),
    {V, {K1, V1, L1, R}};
take_1(K, {K1, V1, L, R}) when K > K1 ->
    {V, R1} = take_1(K, R),
    {V, {K1, V1, L, R1}};
take_1(_, {_, V, L, R}) -> {V, joined(L, R)}.

%% One tree of two, everything in the first being smaller.
joined(L, nil) -> L;
joined(nil, R) -> R;
joined(L, R) ->
    {K, V, R1} = take_smallest1(R),
    {K, V, L, R1}.

take_smallest({N, T}) when is_integer(N), N >= 0 ->
    {K, V, T1} = take_smallest1(T),
    {K, V, {N - 1, T1}}.

take_smallest1({K, V, nil, R}) -> {K, V, R};
take_smallest1({K1, V1, L, R}) ->
    {K, V, L1} = take_smallest1(L),
    {K, V, {K1, V1, L1, R}}.

take_largest({N, T}) when is_integer(N), N >= 0 ->
    {K, V, T1} = take_largest1(T),
    {K, V, {N - 1, T1}}.

take_largest1({K, V, L, nil}) -> {K, V, L};
take_largest1({K1, V1, L, R}) ->
    {K, V, R1} = take_largest1(R),
    {K, V, {K1, V1, L, R1}}.

map(F, {N, T}) when is_function(F, 2) -> {N, map_1(F, T)}.

map_1(F, {K, V, L, R}) -> {K, F(K, V), map_1(F, L), map_1(F, R)};
map_1(_, nil) -> nil.

%% ---- balance ---------------------------------------------------------------------------------------

balance({N, T}) -> {N, build(to_list(T, []), N)}.

from_orddict(L) ->
    N = length(L),
    {N, build(L, N)}.

build(L, N) ->
    {T, []} = build_1(L, N),
    T.

%% A tree of the first N pairs, and the pairs behind them. The larger half comes first.
build_1(L, 0) -> {nil, L};
build_1([{K, V} | L], 1) -> {{K, V, nil, nil}, L};
build_1(L, N) when N > 1 ->
    After = (N - 1) div 2,
    {T1, [{K, V} | L1]} = build_1(L, N - 1 - After),
    {T2, L2} = build_1(L1, After),
    {{K, V, T1, T2}, L2}.

%% ---- iterators: the subtrees whose root comes next, innermost first -----------------------------------

iterator({_, T}) -> down(T, []).

down({_, _, nil, _} = T, Up) -> [T | Up];
down({_, _, L, _} = T, Up) -> down(L, [T | Up]);
down(nil, Up) -> Up.

iterator_from(K, {_, T}) -> down_from(K, T, []).

down_from(K, {K1, _, _, R}, Up) when K1 < K -> down_from(K, R, Up);
down_from(_, {_, _, nil, _} = T, Up) -> [T | Up];
down_from(K, {K1, _, L, _} = T, Up) when K < K1 -> down_from(K, L, [T | Up]);
down_from(_, {_, _, _, _} = T, Up) -> [T | Up];
down_from(_, nil, Up) -> Up.

next([{K, V, _, R} | Up]) -> {K, V, down(R, Up)};
next([]) -> none.
