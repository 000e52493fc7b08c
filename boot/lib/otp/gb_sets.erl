%% gb_sets.erl - sets as general balanced trees: {Size, Tree}, Tree = nil | {Element, Smaller, Larger}.
%% The balance is that of gb_trees. Operations on two sets go element by element when one is much smaller than the other,
%% and merge both as lists when not: looks/2 says which is cheaper. Shapes are OTP's, so sets print alike.
-module(gb_sets).

-export([empty/0, new/0, is_empty/1, size/1, singleton/1, is_member/2, is_element/2, insert/2, add/2, add_element/2,
         delete/2, delete_any/2, del_element/2, balance/1, union/2, union/1, intersection/2, intersection/1,
         is_disjoint/2, difference/2, subtract/2, is_subset/2, is_set/1, to_list/1, from_list/1, from_ordset/1,
         smallest/1, largest/1, take_smallest/1, take_largest/1, iterator/1, iterator_from/2, next/1, filter/2,
         fold/3]).

-export_type([set/0, set/1, iter/0, iter/1]).
-type gb_set_node(E) :: nil | {E, gb_set_node(E), gb_set_node(E)}.
-opaque set(E) :: {non_neg_integer(), gb_set_node(E)}.
-type set() :: set(_).
-opaque iter(E) :: [gb_set_node(E)].
-type iter() :: iter(_).

-compile({no_auto_import, [size/1]}).

empty() -> {0, nil}.
new() -> empty().

is_empty({0, nil}) -> true;
is_empty(_) -> false.

size({N, _}) -> N.

singleton(X) -> {1, {X, nil, nil}}.

%% Everything that looks like one.
is_set({0, nil}) -> true;
is_set({N, {_, _, _}}) when is_integer(N), N >= 0 -> true;
is_set(_) -> false.

is_element(X, S) -> is_member(X, S).

is_member(X, {_, T}) -> is_member_1(X, T).

is_member_1(X, {Y, L, _}) when X < Y -> is_member_1(X, L);
is_member_1(X, {Y, _, R}) when X > Y -> is_member_1(X, R);
is_member_1(_, {_, _, _}) -> true;
is_member_1(_, nil) -> false.

to_list({_, T}) -> to_list(T, []).
to_list({X, L, R}, More) -> to_list(L, [X | to_list(R, More)]);
to_list(nil, More) -> More.

from_list(L) -> from_ordset(ordsets:from_list(L)).

from_ordset(L) ->
    N = length(L),
    {N, build(L, N)}.

smallest({_, T}) -> smallest_1(T).
smallest_1({X, nil, _}) -> X;
smallest_1({_, L, _}) -> smallest_1(L).

largest({_, T}) -> largest_1(T).
largest_1({X, _, nil}) -> X;
largest_1({_, _, R}) -> largest_1(R).

%% ---- changing --------------------------------------------------------------------------------------

add_element(X, S) -> add(X, S).

add(X, S) ->
    case is_member(X, S) of
        true -> S;
        false -> insert(X, S)
    end.

insert(X, {N, T}) ->
    Size = N + 1,
    case insert_1(X, T, Size * Size) of
        {deep, T1, _, _} -> {Size, T1};
        T1 -> {Size, T1}
    end.

%% As in gb_trees: {deep, Tree, 2^Height, Size} while the subtree to rebuild has not been found. A tree has three
%% elements, so the two cannot be taken for each other.
insert_1(X, {Y, L, R}, Left) when X < Y ->
    case insert_1(X, L, Left bsr 1) of
        {deep, L1, H, N} -> rebuilt({Y, L1, R}, {H, N}, measure(R));
        L1 -> {Y, L1, R}
    end;
insert_1(X, {Y, L, R}, Left) when X > Y ->
    case insert_1(X, R, Left bsr 1) of
        {deep, R1, H, N} -> rebuilt({Y, L, R1}, {H, N}, measure(L));
        R1 -> {Y, L, R1}
    end;
insert_1(X, nil, 0) -> {deep, {X, nil, nil}, 1, 1};
insert_1(X, nil, _) -> {X, nil, nil};
insert_1(X, _, _) -> error({key_exists, X}).

rebuilt(T, {H1, N1}, {H2, N2}) ->
    H = 2 * max(H1, H2),
    N = N1 + N2 + 1,
    if H > N * N -> build(to_list(T, []), N);
       true -> {deep, T, H, N}
    end.

measure({_, nil, nil}) -> {1, 1};
measure({_, L, R}) ->
    {H1, N1} = measure(L),
    {H2, N2} = measure(R),
    {2 * max(H1, H2), N1 + N2 + 1};
measure(nil) -> {1, 0}.

del_element(X, S) -> delete_any(X, S).

delete_any(X, S) ->
    case is_member(X, S) of
        true -> delete(X, S);
        false -> S
    end.

delete(X, {N, T}) -> {N - 1, delete_1(X, T)}.

delete_1(X, {Y, L, R}) when X < Y -> {Y, delete_1(X, L), R};
delete_1(X, {Y, L, R}) when X > Y -> {Y, L, delete_1(X, R)};
delete_1(_, {_, L, R}) -> joined(L, R).

joined(L, nil) -> L;
joined(nil, R) -> R;
joined(L, R) ->
    {X, R1} = take_smallest1(R),
    {X, L, R1}.

take_smallest({N, T}) ->
    {X, T1} = take_smallest1(T),
    {X, {N - 1, T1}}.

take_smallest1({X, nil, R}) -> {X, R};
take_smallest1({Y, L, R}) ->
    {X, L1} = take_smallest1(L),
    {X, {Y, L1, R}}.

take_largest({N, T}) ->
    {X, T1} = take_largest1(T),
    {X, {N - 1, T1}}.

take_largest1({X, L, nil}) -> {X, L};
take_largest1({Y, L, R}) ->
    {X, R1} = take_largest1(R),
    {X, {Y, L, R1}}.

%% ---- balance ---------------------------------------------------------------------------------------

balance({N, T}) -> {N, build(to_list(T, []), N)}.

build(L, N) ->
    {T, []} = build_1(L, N),
    T.

build_1(L, 0) -> {nil, L};
build_1([X | L], 1) -> {{X, nil, nil}, L};
build_1(L, N) ->
    After = (N - 1) div 2,
    {T1, [X | L1]} = build_1(L, N - 1 - After),
    {T2, L2} = build_1(L1, After),
    {{X, T1, T2}, L2}.

%% ---- two sets ----------------------------------------------------------------------------------------

%% Are N looks into a set of Size elements cheaper than a merge of both?
looks(N, Size) -> Size >= 10 andalso Size >= N * round(1.46 * math:log(Size)).

union({N1, T1}, {N2, T2}) when N2 < N1 -> union(to_list(T2, []), N2, T1, N1);
union({N1, T1}, {N2, T2}) -> union(to_list(T1, []), N1, T2, N2).

%% The set of an ordset that came from two. As in OTP it is built from its end: the larger half of each part comes last.
merged(L) ->
    N = length(L),
    {T, []} = merged_1(L, N),
    {N, T}.

merged_1(L, 0) -> {nil, L};
merged_1(L, N) ->
    {T1, [X | L1]} = merged_1(L, (N - 1) div 2),
    {T2, L2} = merged_1(L1, N - 1 - (N - 1) div 2),
    {{X, T1, T2}, L2}.

union(L, N, T, Size) ->
    case looks(N, Size) of
        true -> lists:foldl(fun add/2, {Size, T}, L);
        false -> merged(ordsets:union(L, to_list(T, [])))
    end.

union([S | Ss]) -> lists:foldl(fun(A, B) -> union(B, A) end, S, Ss);
union([]) -> empty().

intersection({N1, T1}, {N2, T2}) when N2 < N1 -> intersection(to_list(T2, []), N2, T1, N1);
intersection({N1, T1}, {N2, T2}) -> intersection(to_list(T1, []), N1, T2, N2).

intersection(L, N, T, Size) ->
    case looks(N, Size) of
        true -> merged([X || X <- L, is_member_1(X, T)]);
        false -> merged(ordsets:intersection(L, to_list(T, [])))
    end.

intersection([S | Ss]) -> lists:foldl(fun(A, B) -> intersection(B, A) end, S, Ss).

is_disjoint({N1, T1}, {N2, T2}) when N1 < N2 -> is_disjoint_1(T1, T2);
is_disjoint({_, T1}, {_, T2}) -> is_disjoint_1(T2, T1).

%% What is on one side of an element cannot be on the other side of it in the other set.
is_disjoint_1({X, _, _}, {Y, _, _}) when X == Y -> false;
is_disjoint_1({X, L, R}, {Y, L2, _} = T) when X < Y ->
    not is_member_1(X, L2) andalso is_disjoint_1(L, L2) andalso is_disjoint_1(R, T);
is_disjoint_1({X, L, R}, {_, _, R2} = T) ->
    not is_member_1(X, R2) andalso is_disjoint_1(L, T) andalso is_disjoint_1(R, R2);
is_disjoint_1(nil, _) -> true;
is_disjoint_1(_, nil) -> true.

subtract(A, B) -> difference(A, B).

difference({N1, T1}, {N2, T2}) -> difference(to_list(T1, []), N1, T2, N2).

difference(L, N, T, Size) ->
    case looks(N, Size) of
        true -> merged([X || X <- L, not is_member_1(X, T)]);
        false -> merged(ordsets:subtract(L, to_list(T, [])))
    end.

is_subset({N1, T1}, {N2, T2}) -> is_subset(to_list(T1, []), N1, T2, N2).

is_subset(L, N, T, Size) ->
    case looks(N, Size) of
        true -> lists:all(fun(X) -> is_member_1(X, T) end, L);
        false -> ordsets:is_subset(L, to_list(T, []))
    end.

filter(P, S) when is_function(P, 1) -> from_ordset([X || X <- to_list(S), P(X)]).

fold(F, Acc, {_, T}) when is_function(F, 2) -> fold_1(F, Acc, T).

fold_1(F, Acc, {X, L, R}) -> fold_1(F, F(X, fold_1(F, Acc, L)), R);
fold_1(_, Acc, nil) -> Acc.

%% ---- iterators: the subtrees whose root comes next, innermost first -----------------------------------

iterator({_, T}) -> down(T, []).

down({_, nil, _} = T, Up) -> [T | Up];
down({_, L, _} = T, Up) -> down(L, [T | Up]);
down(nil, Up) -> Up.

iterator_from(X, {_, T}) -> down_from(X, T, []).

down_from(X, {Y, _, R}, Up) when Y < X -> down_from(X, R, Up);
down_from(_, {_, nil, _} = T, Up) -> [T | Up];
down_from(X, {Y, L, _} = T, Up) when X < Y -> down_from(X, L, [T | Up]);
down_from(_, {_, _, _} = T, Up) -> [T | Up];
down_from(_, nil, Up) -> Up.

next([{X, _, R} | Up]) -> {X, down(R, Up)};
next([]) -> none.
