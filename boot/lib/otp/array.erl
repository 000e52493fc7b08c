%% array.erl - arrays that grow, as trees of ten: {array, Size, Max, Default, Tree}.
%%   Max   0 when the size is fixed, else how many entries the tree has room for.
%%   Tree  a leaf is a tuple of 10 entries; a node a tuple of 10 subtrees and, 11th, how many entries each spans;
%%         an integer in place of a subtree is one that spans so many entries, all of them the default.
%% Entries from Size on may hold old values: resize/2 cuts nothing off. Shapes are OTP's, so arrays print alike.
-module(array).

-export([new/0, new/1, new/2, is_array/1, set/3, get/2, size/1, sparse_size/1, default/1, reset/2, to_list/1,
         sparse_to_list/1, from_list/1, from_list/2, to_orddict/1, sparse_to_orddict/1, from_orddict/1,
         from_orddict/2, map/2, sparse_map/2, foldl/3, foldr/3, sparse_foldl/3, sparse_foldr/3, fix/1, relax/1,
         is_fix/1, resize/1, resize/2]).

-export_type([array/0, array/1]).

-define(WIDTH, 10).

-record(array, {size = 0, max = 0, default, elements}).

-opaque array(T) :: #array{default :: T}.
-type array() :: array(_).

%% ---- making ------------------------------------------------------------------------------------------

new() -> new([]).

%% Options: a size, fixed, {size, N}, {fixed, Boolean}, {default, Value}; one, or a list of them. A size fixes.
new(Options) -> made(options(Options, {0, false, undefined})).

new(Size, Options) when is_integer(Size), Size >= 0 -> made(options(Options, {Size, true, undefined}));
new(_, _) -> error(badarg).

options([], So) -> So;
options([O | Os], So) -> options(Os, option(O, So));
options(O, So) -> option(O, So).

option(fixed, {N, _, D}) -> {N, true, D};
option({fixed, Fixed}, {N, _, D}) when is_boolean(Fixed) -> {N, Fixed, D};
option({default, D}, {N, Fixed, _}) -> {N, Fixed, D};
option({size, N}, {_, _, D}) when is_integer(N), N >= 0 -> {N, true, D};
option(N, {_, _, D}) when is_integer(N), N >= 0 -> {N, true, D};
option(_, _) -> error(badarg).

made({Size, Fixed, Default}) ->
    Room = room(Size - 1, ?WIDTH),
    #array{size = Size, max = if Fixed -> 0; true -> Room end, default = Default, elements = Room}.

%% How much a tree has to span for index I to be in it.
room(I, Room) when I >= Room -> room(I, Room * ?WIDTH);
room(_, Room) -> Room.

is_array(#array{size = Size, max = Max}) when is_integer(Size), is_integer(Max) -> true;
is_array(_) -> false.

size(#array{size = N}) -> N;
size(_) -> error(badarg).

default(#array{default = D}) -> D;
default(_) -> error(badarg).

fix(#array{} = A) -> A#array{max = 0}.

is_fix(#array{max = 0}) -> true;
is_fix(#array{}) -> false.

relax(#array{size = N} = A) when N > 0 -> A#array{max = room(N - 1, ?WIDTH)};
relax(#array{} = A) -> A#array{max = ?WIDTH}.

resize(Size, #array{size = N, max = Max, elements = T} = A) when is_integer(Size), Size >= 0 ->
    if Size > N ->
            {T1, Room} = grown(Size - 1, T, span(N - 1, T, Max)),
            A#array{size = Size, max = if Max > 0 -> Room; true -> 0 end, elements = T1};
       true -> A#array{size = Size}
    end;
resize(_, _) -> error(badarg).

resize(A) -> resize(sparse_size(A), A).

%% How many entries the tree spans; a fixed array does not say so itself.
span(_, _, Max) when Max > 0 -> Max;
span(_, T, _) when is_integer(T) -> T;
span(_, T, _) when tuple_size(T) =:= ?WIDTH -> ?WIDTH;
span(_, T, _) -> ?WIDTH * element(?WIDTH + 1, T).

%% The tree made high enough for index I: {Tree, Span}.
grown(I, T, Span) when I < Span -> {T, Span};
grown(I, T, Span) when is_integer(T) ->
    Room = room(I, Span),
    {Room, Room};
grown(I, T, Span) -> grown(I, setelement(1, node(Span), T), Span * ?WIDTH).

%% A node of empty subtrees that span N entries each.
node(N) -> {N, N, N, N, N, N, N, N, N, N, N}.

leaf(D) -> {D, D, D, D, D, D, D, D, D, D}.

%% ---- one entry -----------------------------------------------------------------------------------------

set(I, V, #array{size = N, max = Max, default = D, elements = T} = A) when is_integer(I), I >= 0 ->
    if I < N -> A#array{elements = put(I, T, V, D)};
       Max =:= 0 -> error(badarg);
       true ->
            {T1, Room} = grown(I, T, Max),
            A#array{size = I + 1, max = Room, elements = put(I, T1, V, D)}
    end;
set(_, _, _) -> error(badarg).

put(I, T, V, _) when tuple_size(T) =:= ?WIDTH -> setelement(I + 1, T, V);
put(I, T, V, D) when is_tuple(T) ->
    N = element(?WIDTH + 1, T),
    At = I div N + 1,
    setelement(At, T, put(I rem N, element(At, T), V, D));
put(I, ?WIDTH, V, D) -> setelement(I + 1, leaf(D), V);
put(I, N, V, D) -> put(I, node(N div ?WIDTH), V, D).

get(I, #array{size = N, max = Max, default = D, elements = T}) when is_integer(I), I >= 0 ->
    if I < N -> entry(I, T, D);
       Max > 0 -> D;
       true -> error(badarg)
    end;
get(_, _) -> error(badarg).

entry(I, T, _) when tuple_size(T) =:= ?WIDTH -> element(I + 1, T);
entry(I, T, D) when is_tuple(T) ->
    N = element(?WIDTH + 1, T),
    entry(I rem N, element(I div N + 1, T), D);
entry(_, _, D) -> D.

%% The default in place of entry I; the size stays.
reset(I, #array{size = N, max = Max, default = D, elements = T} = A) when is_integer(I), I >= 0 ->
    if I < N ->
            case entry(I, T, D) of
                D -> A;
                _ -> A#array{elements = put(I, T, D, D)}
            end;
       Max > 0 -> A;
       true -> error(badarg)
    end;
reset(_, _) -> error(badarg).

%% ---- all entries ---------------------------------------------------------------------------------------

to_list(A) -> foldr(fun(_, V, L) -> [V | L] end, [], checked(A)).
sparse_to_list(A) -> sparse_foldr(fun(_, V, L) -> [V | L] end, [], checked(A)).
to_orddict(A) -> foldr(fun(I, V, L) -> [{I, V} | L] end, [], checked(A)).
sparse_to_orddict(A) -> sparse_foldr(fun(I, V, L) -> [{I, V} | L] end, [], checked(A)).

checked(#array{} = A) -> A;
checked(_) -> error(badarg).

%% The index behind the last entry that is not the default.
sparse_size(A) ->
    try sparse_foldr(fun(I, _, _) -> throw({found, I}) end, none, checked(A)) of
        none -> 0
    catch throw:{found, I} -> I + 1
    end.

from_list(L) -> from_list(L, undefined).

from_list([], Default) -> new({default, Default});
from_list(L, Default) when is_list(L) ->
    Leaves = leaves(L, Default),
    {T, Room} = tree(Leaves, ?WIDTH),
    #array{size = length(L), max = Room, default = Default, elements = T};
from_list(_, _) -> error(badarg).

leaves([A, B, C, D, E, F, G, H, I, J | L], Default) when L =/= [] -> [{A, B, C, D, E, F, G, H, I, J} | leaves(L, Default)];
leaves(L, Default) -> [filled(L, ?WIDTH, Default)].

filled(L, N, Fill) when is_list(L) ->
    try length(L) of
        Got -> list_to_tuple(L ++ lists:duplicate(N - Got, Fill))
    catch error:badarg -> error(badarg)
    end.

%% {Tree, Span} of subtrees that span N entries each.
tree([T], N) -> {T, N};
tree(Ts, N) -> tree(nodes(Ts, N), N * ?WIDTH).

nodes([A, B, C, D, E, F, G, H, I, J | Ts], N) when Ts =/= [] -> [{A, B, C, D, E, F, G, H, I, J, N} | nodes(Ts, N)];
nodes(Ts, N) -> [erlang:append_element(filled(Ts, ?WIDTH, N), N)].

from_orddict(L) -> from_orddict(L, undefined).

from_orddict([], Default) -> new({default, Default});
from_orddict(L, Default) when is_list(L) -> from_pairs(L, -1, new({default, Default}));
from_orddict(_, _) -> error(badarg).

from_pairs([{I, V} | L], Last, A) when is_integer(I), I > Last -> from_pairs(L, I, set(I, V, A));
from_pairs([], _, A) -> A;
from_pairs(L, _, _) -> error({badarg, L}).

%% Entries that span nothing but defaults stay one number where the function is not asked (sparse_map).
map(F, #array{size = N, default = D, elements = T} = A) when is_function(F, 2) ->
    A#array{elements = map(F, T, 0, N, D, all)};
map(_, _) -> error(badarg).

sparse_map(F, #array{size = N, default = D, elements = T} = A) when is_function(F, 2) ->
    A#array{elements = map(F, T, 0, N, D, sparse)};
sparse_map(_, _) -> error(badarg).

%% `From` is the index of the subtree's first entry. What begins at or behind Size is left as it is.
map(_, T, From, Size, _, _) when From >= Size -> T;
map(_, T, _, _, _, sparse) when is_integer(T) -> T;
map(F, ?WIDTH, From, Size, D, How) -> map(F, leaf(D), From, Size, D, How);
map(F, T, From, Size, D, How) when is_integer(T) -> map(F, node(T div ?WIDTH), From, Size, D, How);
map(F, T, From, Size, D, How) when tuple_size(T) =:= ?WIDTH ->
    list_to_tuple(map_leaf(F, tuple_to_list(T), From, Size, D, How));
map(F, T, From, Size, D, How) -> list_to_tuple(map_node(F, tuple_to_list(T), From, Size, D, How, element(?WIDTH + 1, T))).

map_node(_, [N], _, _, _, _, N) -> [N];
map_node(F, [T | Ts], From, Size, D, How, N) ->
    T1 = map(F, T, From, Size, D, How),
    [T1 | map_node(F, Ts, From + N, Size, D, How, N)].

map_leaf(_, [], _, _, _, _) -> [];
map_leaf(_, Vs, I, Size, D, all) when I >= Size -> [D || _ <- Vs];
map_leaf(_, Vs, I, Size, _, sparse) when I >= Size -> Vs;
map_leaf(F, [D | Vs], I, Size, D, sparse) -> [D | map_leaf(F, Vs, I + 1, Size, D, sparse)];
map_leaf(F, [V | Vs], I, Size, D, How) ->
    V1 = F(I, V),
    [V1 | map_leaf(F, Vs, I + 1, Size, D, How)].

foldl(F, Acc, #array{size = N} = A) when is_function(F, 3) -> up(F, Acc, A#array.elements, 0, N, A#array.default, all);
foldl(_, _, _) -> error(badarg).
sparse_foldl(F, Acc, #array{size = N} = A) when is_function(F, 3) -> up(F, Acc, A#array.elements, 0, N, A#array.default, sparse);
sparse_foldl(_, _, _) -> error(badarg).
foldr(F, Acc, #array{size = N} = A) when is_function(F, 3) -> down(F, Acc, A#array.elements, 0, N, A#array.default, all);
foldr(_, _, _) -> error(badarg).
sparse_foldr(F, Acc, #array{size = N} = A) when is_function(F, 3) -> down(F, Acc, A#array.elements, 0, N, A#array.default, sparse);
sparse_foldr(_, _, _) -> error(badarg).

%% From the first entry on; and from the last one back.
up(_, Acc, _, From, Size, _, _) when From >= Size -> Acc;
up(_, Acc, T, _, _, _, sparse) when is_integer(T) -> Acc;
up(F, Acc, T, From, Size, D, all) when is_integer(T) -> up_default(F, Acc, From, min(From + T, Size), D);
up(F, Acc, T, From, Size, D, How) when tuple_size(T) =:= ?WIDTH -> up_leaf(F, Acc, T, 1, From, min(Size - From, ?WIDTH), D, How);
up(F, Acc, T, From, Size, D, How) -> up_node(F, Acc, T, 1, From, Size, D, How).

up_default(_, Acc, End, End, _) -> Acc;
up_default(F, Acc, I, End, D) -> up_default(F, F(I, D, Acc), I + 1, End, D).

up_leaf(_, Acc, _, At, _, N, _, _) when At > N -> Acc;
up_leaf(F, Acc, T, At, From, N, D, sparse) when element(At, T) =:= D -> up_leaf(F, Acc, T, At + 1, From, N, D, sparse);
up_leaf(F, Acc, T, At, From, N, D, How) -> up_leaf(F, F(From + At - 1, element(At, T), Acc), T, At + 1, From, N, D, How).

up_node(_, Acc, _, At, _, _, _, _) when At > ?WIDTH -> Acc;
up_node(F, Acc, T, At, From, Size, D, How) ->
    up_node(F, up(F, Acc, element(At, T), From, Size, D, How), T, At + 1, From + element(?WIDTH + 1, T), Size, D, How).

down(_, Acc, _, From, Size, _, _) when From >= Size -> Acc;
down(_, Acc, T, _, _, _, sparse) when is_integer(T) -> Acc;
down(F, Acc, T, From, Size, D, all) when is_integer(T) -> down_default(F, Acc, min(From + T, Size) - 1, From, D);
down(F, Acc, T, From, Size, D, How) when tuple_size(T) =:= ?WIDTH -> down_leaf(F, Acc, T, min(Size - From, ?WIDTH), From, D, How);
down(F, Acc, T, From, Size, D, How) -> down_node(F, Acc, T, ?WIDTH, From, Size, D, How).

down_default(_, Acc, I, From, _) when I < From -> Acc;
down_default(F, Acc, I, From, D) -> down_default(F, F(I, D, Acc), I - 1, From, D).

down_leaf(_, Acc, _, 0, _, _, _) -> Acc;
down_leaf(F, Acc, T, At, From, D, sparse) when element(At, T) =:= D -> down_leaf(F, Acc, T, At - 1, From, D, sparse);
down_leaf(F, Acc, T, At, From, D, How) -> down_leaf(F, F(From + At - 1, element(At, T), Acc), T, At - 1, From, D, How).

down_node(_, Acc, _, 0, _, _, _, _) -> Acc;
down_node(F, Acc, T, At, From, Size, D, How) ->
    Acc1 = down(F, Acc, element(At, T), From + (At - 1) * element(?WIDTH + 1, T), Size, D, How),
    down_node(F, Acc1, T, At - 1, From, Size, D, How).
