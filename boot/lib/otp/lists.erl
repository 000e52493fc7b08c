%% lists.erl - the list library.
%% Owns what OTP's module lists exports, with the same results and the same exceptions.
%% reverse/2, member/2, keyfind/3, keymember/3 and keysearch/3 are native (others may be): their bodies here are
%% stubs, and they are called with the module's name so that the native function is reached.
%% INVARIANT of the merges and of all sorts but one: stable. The one is sort/1 of a list of four or more
%% whose first difference is a fall: there, as in OTP, elements that compare equal and differ (1 and 1.0) change places.
-module(lists).

-export([append/2, append/1, subtract/2, reverse/1, reverse/2, nth/2, nthtail/2, prefix/2, suffix/2,
         droplast/1, last/1, seq/2, seq/3, sum/1, duplicate/2, min/1, max/1, sublist/2, sublist/3,
         delete/2, zip/2, zip3/3, unzip/1, unzip3/1, zipwith/3, zipwith3/4, concat/1, flatten/1,
         flatten/2, flatlength/1, member/2, join/2, enumerate/1, enumerate/2, uniq/1, uniq/2]).
-export([all/2, any/2, map/2, flatmap/2, foldl/3, foldr/3, filter/2, partition/2, filtermap/2, zf/2,
         mapfoldl/3, mapfoldr/3, foreach/2, takewhile/2, dropwhile/2, splitwith/2, split/2, search/2]).
-export([keyfind/3, keymember/3, keysearch/3, keydelete/3, keyreplace/4, keytake/3, keystore/4, keymap/3,
         keysort/2, ukeysort/2, keymerge/3, ukeymerge/3, rkeymerge/3, rukeymerge/3]).
-export([sort/1, sort/2, usort/1, usort/2, merge/1, merge/2, merge/3, merge3/3, rmerge/2, rmerge/3,
         rmerge3/3, umerge/1, umerge/2, umerge/3, umerge3/3, rumerge/2, rumerge/3, rumerge3/3]).

-compile({no_auto_import, [min/2, max/2]}).

%% ---- native ---------------------------------------------------------------------------------------

reverse([]) -> [];
reverse([_] = L) -> L;
reverse([X, Y | T]) -> lists:reverse(T, [Y, X]).

reverse(_, _) -> erlang:nif_error(undefined).
member(_, _) -> erlang:nif_error(undefined).
keyfind(_, _, _) -> erlang:nif_error(undefined).
keymember(_, _, _) -> erlang:nif_error(undefined).
keysearch(_, _, _) -> erlang:nif_error(undefined).

%% ---- building and taking apart ---------------------------------------------------------------------

append(A, B) -> A ++ B.

append([L]) -> L;
append([L | Ls]) -> L ++ append(Ls);
append([]) -> [].

subtract(A, B) -> A -- B.

nth(1, [X | _]) -> X;
nth(N, [_ | T]) when N > 1 -> nth(N - 1, T).

nthtail(0, L) when is_list(L) -> L;
nthtail(1, [_ | T]) -> T;
nthtail(N, [_ | T]) when N > 1 -> nthtail(N - 1, T).

prefix([X | As], [X | Bs]) -> prefix(As, Bs);
prefix([], L) when is_list(L) -> true;
prefix([_ | _], L) when is_list(L) -> false.

suffix(S, L) ->
    Skip = length(L) - length(S),
    Skip >= 0 andalso nthtail(Skip, L) =:= S.

droplast([_]) -> [];
droplast([X | T]) -> [X | droplast(T)].

last([X]) -> X;
last([_ | T]) -> last(T).

%% Built from the end, so that no list has to be reversed.
seq(From, To) when is_integer(From), is_integer(To), From - 1 =< To -> down(To, 1, To - From + 1, []).

seq(From, To, Step) when is_integer(From), is_integer(To), is_integer(Step),
                         (Step > 0 andalso From - Step =< To orelse Step < 0 andalso From - Step >= To) ->
    N = (To - From + Step) div Step,
    down(From + Step * (N - 1), Step, N, []);
seq(N, N, 0) when is_integer(N) -> [N];
seq(From, To, Step) -> error(badarg, [From, To, Step], [{error_info, #{module => erl_stdlib_errors}}]).

down(X, Step, N, L) when N >= 4 ->
    Y = X - Step, Z = Y - Step, W = Z - Step,
    down(W - Step, Step, N - 4, [W, Z, Y, X | L]);
down(_, _, 0, L) -> L;
down(X, Step, N, L) -> down(X - Step, Step, N - 1, [X | L]).

sum(L) -> sum(L, 0).

sum([X | T], S) -> sum(T, S + X);
sum([], S) -> S.

duplicate(N, X) when is_integer(N), N >= 0 -> duplicate(N, X, []).

duplicate(0, _, L) -> L;
duplicate(N, X, L) -> duplicate(N - 1, X, [X | L]).

min([X | T]) -> min(T, X).

min([X | T], M) when X < M -> min(T, X);
min([_ | T], M) -> min(T, M);
min([], M) -> M.

max([X | T]) -> max(T, X).

max([X | T], M) when X > M -> max(T, X);
max([_ | T], M) -> max(T, M);
max([], M) -> M.

sublist(L, 1, N) when is_list(L), is_integer(N), N >= 0 -> sublist(L, N);
sublist([], S, _) when is_integer(S), S >= 2 -> [];
sublist([_ | T], S, N) when is_integer(S), S >= 2 -> sublist(T, S - 1, N).

sublist(L, N) when is_integer(N), is_list(L) -> take(L, N).

take(_, 0) -> [];
take([X | T], N) when N > 0 -> [X | take(T, N - 1)];
take([], N) when N > 0 -> [].

delete(X, [X | T]) -> T;
delete(X, [Y | T]) -> [Y | delete(X, T)];
delete(_, []) -> [].

zip([A | As], [B | Bs]) -> [{A, B} | zip(As, Bs)];
zip([], []) -> [].

zip3([A | As], [B | Bs], [C | Cs]) -> [{A, B, C} | zip3(As, Bs, Cs)];
zip3([], [], []) -> [].

unzip(L) -> unzip(L, [], []).

unzip([{A, B} | T], As, Bs) -> unzip(T, [A | As], [B | Bs]);
unzip([], As, Bs) -> {lists:reverse(As), lists:reverse(Bs)}.

unzip3(L) -> unzip3(L, [], [], []).

unzip3([{A, B, C} | T], As, Bs, Cs) -> unzip3(T, [A | As], [B | Bs], [C | Cs]);
unzip3([], As, Bs, Cs) -> {lists:reverse(As), lists:reverse(Bs), lists:reverse(Cs)}.

zipwith(F, [A | As], [B | Bs]) -> [F(A, B) | zipwith(F, As, Bs)];
zipwith(F, [], []) when is_function(F, 2) -> [].

zipwith3(F, [A | As], [B | Bs], [C | Cs]) -> [F(A, B, C) | zipwith3(F, As, Bs, Cs)];
zipwith3(F, [], [], []) when is_function(F, 3) -> [].

%% The text of atoms, numbers and strings, one behind the other.
concat(L) -> flatmap(fun text/1, L).

text(X) when is_integer(X) -> integer_to_list(X);
text(X) when is_float(X) -> float_to_list(X);
text(X) when is_atom(X) -> atom_to_list(X);
text(X) when is_list(X) -> X.

flatten(L) when is_list(L) -> flat(L, []).
flatten(L, Tail) when is_list(L), is_list(Tail) -> flat(L, Tail).

flat([X | T], Tail) when is_list(X) -> flat(X, flat(T, Tail));
flat([X | T], Tail) -> [X | flat(T, Tail)];
flat([], Tail) -> Tail.

flatlength(L) -> flatlength(L, 0).

flatlength([X | T], N) when is_list(X) -> flatlength(T, flatlength(X, N));
flatlength([_ | T], N) -> flatlength(T, N + 1);
flatlength([], N) -> N.

join(_, []) -> [];
join(Sep, [X | T]) -> [X | prepend(Sep, T)].

prepend(Sep, [X | T]) -> [Sep, X | prepend(Sep, T)];
prepend(_, []) -> [].

enumerate(L) when is_list(L) -> number(1, L).
enumerate(I, L) when is_integer(I), is_list(L) -> number(I, L).

number(I, [X | T]) -> [{I, X} | number(I + 1, T)];
number(_, []) -> [].

%% The first of each value (or of each key F(X)), told apart by =:=.
uniq(L) -> uniq_in(L, #{}).

uniq_in([X | T], Seen) when is_map_key(X, Seen) -> uniq_in(T, Seen);
uniq_in([X | T], Seen) -> [X | uniq_in(T, Seen#{X => []})];
uniq_in([], _) -> [].

uniq(F, L) when is_function(F, 1) -> uniq_in(F, L, #{}).

uniq_in(F, [X | T], Seen) ->
    Key = F(X),
    case Seen of
        #{Key := _} -> uniq_in(F, T, Seen);
        #{} -> [X | uniq_in(F, T, Seen#{Key => []})]
    end;
uniq_in(_, [], _) -> [].

%% ---- with a function ------------------------------------------------------------------------------
%% The first call checks the function's arity even when the list is empty; the loops behind it do not.

all(P, L) when is_function(P, 1) ->
    case L of
        [X | T] ->
            case P(X) of
                true -> all_in(P, T);
                false -> false
            end;
        [] -> true
    end.

all_in(P, [X | T]) ->
    case P(X) of
        true -> all_in(P, T);
        false -> false
    end;
all_in(_, []) -> true.

any(P, L) when is_function(P, 1) ->
    case L of
        [X | T] ->
            case P(X) of
                true -> true;
                false -> any_in(P, T)
            end;
        [] -> false
    end.

any_in(P, [X | T]) ->
    case P(X) of
        true -> true;
        false -> any_in(P, T)
    end;
any_in(_, []) -> false.

map(F, L) when is_function(F, 1) ->
    case L of
        [X | T] -> [F(X) | map_in(F, T)];
        [] -> []
    end.

map_in(F, [X | T]) -> [F(X) | map_in(F, T)];
map_in(_, []) -> [].

flatmap(F, L) when is_function(F, 1) -> flatmap_in(F, L).

flatmap_in(F, [X | T]) -> F(X) ++ flatmap_in(F, T);
flatmap_in(_, []) -> [].

foldl(F, Acc, L) when is_function(F, 2) ->
    case L of
        [X | T] -> foldl_in(F, F(X, Acc), T);
        [] -> Acc
    end.

foldl_in(F, Acc, [X | T]) -> foldl_in(F, F(X, Acc), T);
foldl_in(_, Acc, []) -> Acc.

foldr(F, Acc, L) when is_function(F, 2) -> foldr_in(F, Acc, L).

foldr_in(F, Acc, [X | T]) -> F(X, foldr_in(F, Acc, T));
foldr_in(_, Acc, []) -> Acc.

filter(P, L) when is_function(P, 1) -> [X || X <- L, P(X)].

partition(P, L) when is_function(P, 1) -> partition(P, L, [], []).

partition(P, [X | T], Yes, No) ->
    case P(X) of
        true -> partition(P, T, [X | Yes], No);
        false -> partition(P, T, Yes, [X | No])
    end;
partition(_, [], Yes, No) -> {lists:reverse(Yes), lists:reverse(No)}.

filtermap(F, L) when is_function(F, 1) -> filtermap_in(F, L).

filtermap_in(F, [X | T]) ->
    case F(X) of
        true -> [X | filtermap_in(F, T)];
        {true, Y} -> [Y | filtermap_in(F, T)];
        false -> filtermap_in(F, T)
    end;
filtermap_in(_, []) -> [].

zf(F, L) -> filtermap(F, L).

mapfoldl(F, Acc, L) when is_function(F, 2) -> mapfoldl_in(F, Acc, L).

mapfoldl_in(F, Acc0, [X | T]) ->
    {Y, Acc1} = F(X, Acc0),
    {Ys, Acc} = mapfoldl_in(F, Acc1, T),
    {[Y | Ys], Acc};
mapfoldl_in(_, Acc, []) -> {[], Acc}.

mapfoldr(F, Acc, L) when is_function(F, 2) -> mapfoldr_in(F, Acc, L).

mapfoldr_in(F, Acc0, [X | T]) ->
    {Ys, Acc1} = mapfoldr_in(F, Acc0, T),
    {Y, Acc} = F(X, Acc1),
    {[Y | Ys], Acc};
mapfoldr_in(_, Acc, []) -> {[], Acc}.

foreach(F, L) when is_function(F, 1) -> foreach_in(F, L).

foreach_in(F, [X | T]) -> F(X), foreach_in(F, T);
foreach_in(_, []) -> ok.

takewhile(P, L) when is_function(P, 1) -> takewhile_in(P, L).

takewhile_in(P, [X | T]) ->
    case P(X) of
        true -> [X | takewhile_in(P, T)];
        false -> []
    end;
takewhile_in(_, []) -> [].

dropwhile(P, L) when is_function(P, 1) -> dropwhile_in(P, L).

dropwhile_in(P, [X | T] = L) ->
    case P(X) of
        true -> dropwhile_in(P, T);
        false -> L
    end;
dropwhile_in(_, []) -> [].

splitwith(P, L) when is_function(P, 1) -> splitwith_in(P, L, []).

splitwith_in(P, [X | T] = L, Taken) ->
    case P(X) of
        true -> splitwith_in(P, T, [X | Taken]);
        false -> {lists:reverse(Taken), L}
    end;
splitwith_in(_, [], Taken) -> {lists:reverse(Taken), []}.

split(N, L) when is_integer(N), N >= 0, is_list(L) ->
    case split(N, L, []) of
        {_, _} = Parts -> Parts;
        too_short -> error(badarg, [N, L])
    end;
split(N, L) -> error(badarg, [N, L]).

split(0, T, Taken) -> {lists:reverse(Taken), T};
split(N, [X | T], Taken) -> split(N - 1, T, [X | Taken]);
split(_, [], _) -> too_short.

search(P, L) when is_function(P, 1) -> search_in(P, L).

search_in(P, [X | T]) ->
    case P(X) of
        true -> {value, X};
        false -> search_in(P, T)
    end;
search_in(_, []) -> false.

%% ---- lists of tuples: the key is element N, compared by == ------------------------------------------

keydelete(Key, N, L) when is_integer(N), N > 0 -> keydelete_in(Key, N, L).

keydelete_in(Key, N, [X | T]) when element(N, X) == Key -> T;
keydelete_in(Key, N, [X | T]) -> [X | keydelete_in(Key, N, T)];
keydelete_in(_, _, []) -> [].

keyreplace(Key, N, L, New) when is_integer(N), N > 0, is_tuple(New) -> keyreplace_in(Key, N, L, New).

keyreplace_in(Key, N, [X | T], New) when element(N, X) == Key -> [New | T];
keyreplace_in(Key, N, [X | T], New) -> [X | keyreplace_in(Key, N, T, New)];
keyreplace_in(_, _, [], _) -> [].

keytake(Key, N, L) when is_integer(N), N > 0 -> keytake(Key, N, L, []).

keytake(Key, N, [X | T], Before) when element(N, X) == Key -> {value, X, lists:reverse(Before, T)};
keytake(Key, N, [X | T], Before) -> keytake(Key, N, T, [X | Before]);
keytake(_, _, [], _) -> false.

keystore(Key, N, L, New) when is_integer(N), N > 0, is_tuple(New) -> keystore_in(Key, N, L, New).

keystore_in(Key, N, [X | T], New) when element(N, X) == Key -> [New | T];
keystore_in(Key, N, [X | T], New) -> [X | keystore_in(Key, N, T, New)];
keystore_in(_, _, [], New) -> [New].

keymap(F, N, [X | T]) -> [setelement(N, X, F(element(N, X))) | keymap(F, N, T)];
keymap(F, N, []) when is_integer(N), N >= 1, is_function(F, 1) -> [].

%% ---- sorting ---------------------------------------------------------------------------------------
%% A merge sort from the bottom up. `rising` cuts the list into descending runs, the last run first. Each round
%% merges neighbours while it builds the result from its far end, so the direction turns with every round and
%% nothing is ever reversed but a run without a partner and, at most, the result.

sort([_, _, _, _ | _] = L) -> by_direction(L, []);
sort([_, _ | _] = L) -> stable(L);
sort([_] = L) -> L;
sort([] = L) -> L.

stable([X, Y | T]) -> down_round(rise([Y | T], X, []), []);
stable([_] = L) -> L;
stable([] = L) -> L.

by_direction([X, Y | T], Equals) when X < Y -> down_round(rising(T, X, Y, Equals, []), []);
by_direction([X, Y | T], Equals) when X > Y -> up_round(falling(T, X, Y, Equals, []), []);
by_direction([X, Y | T], Equals) -> by_direction([Y | T], [X | Equals]);
by_direction([X], Equals) -> lists:reverse([X | Equals], []).

%% The open run is [B, A | Run], descending. A new element may still go behind its first, second or third.
rising([Z | T], A, B, Run, Runs) when Z >= B -> rising(T, B, Z, [A | Run], Runs);
rising([Z | T], A, B, Run, Runs) when Z >= A -> rising(T, Z, B, [A | Run], Runs);
rising([Z | T], A, B, [], Runs) -> rising(T, A, B, [Z], Runs);
rising([Z | T], A, B, [C | _] = Run, Runs) when Z >= C -> rising(T, A, B, [Z | Run], Runs);
rising([Z | T], A, B, Run, Runs) -> rise(T, Z, [[B, A | Run] | Runs]);
rising([], A, B, Run, Runs) -> [[B, A | Run] | Runs].

rise([Y | T], X, Runs) when X =< Y -> rising(T, X, Y, [], Runs);
rise([Y | T], X, Runs) -> rising(T, Y, X, [], Runs);
rise([], X, Runs) -> [[X] | Runs].

%% The same for a list that begins with a fall: ascending runs, and of equals the later one in front.
falling([Z | T], A, B, Run, Runs) when Z =< B -> falling(T, B, Z, [A | Run], Runs);
falling([Z | T], A, B, Run, Runs) when Z =< A -> falling(T, Z, B, [A | Run], Runs);
falling([Z | T], A, B, [], Runs) -> falling(T, A, B, [Z], Runs);
falling([Z | T], A, B, [C | _] = Run, Runs) when Z =< C -> falling(T, A, B, [Z | Run], Runs);
falling([Z | T], A, B, Run, Runs) -> fall(T, Z, [[B, A | Run] | Runs]);
falling([], A, B, Run, Runs) -> [[B, A | Run] | Runs].

fall([Y | T], X, Runs) when X >= Y -> falling(T, X, Y, [], Runs);
fall([Y | T], X, Runs) -> falling(T, Y, X, [], Runs);
fall([], X, Runs) -> [[X] | Runs].

%% Descending lists, the last first, to ascending lists, the first first; and back.
down_round([Late, Early | T], Out) -> down_round(T, [merge_down(Early, Late, []) | Out]);
down_round([L], []) -> lists:reverse(L);
down_round([L], Out) -> up_round([lists:reverse(L) | Out], []);
down_round([], Out) -> up_round(Out, []).

up_round([Early, Late | T], Out) -> up_round(T, [merge_up(Early, Late, []) | Out]);
up_round([L], []) -> L;
up_round([L], Out) -> down_round([lists:reverse(L) | Out], []);
up_round([], Out) -> down_round(Out, []).

%% The head of each list travels in an argument, so each step looks at one new cell only.
merge_down([A | As], [B | Bs], Out) -> merge_down(A, As, B, Bs, Out).

merge_down(A, As, B, Bs, Out) when A > B ->
    case As of
        [X | T] -> merge_down(X, T, B, Bs, [A | Out]);
        [] -> lists:reverse(Bs, [B, A | Out])
    end;
merge_down(A, As, B, Bs, Out) ->
    case Bs of
        [X | T] -> merge_down(A, As, X, T, [B | Out]);
        [] -> lists:reverse(As, [A, B | Out])
    end.

merge_up([A | As], [B | Bs], Out) -> merge_up(A, As, B, Bs, Out).

merge_up(A, As, B, Bs, Out) when A =< B ->
    case As of
        [X | T] -> merge_up(X, T, B, Bs, [A | Out]);
        [] -> lists:reverse(Bs, [B, A | Out]);
        _ -> merge_up(As, [B | Bs], [A | Out])    % no list: no clause
    end;
merge_up(A, As, B, Bs, Out) ->
    case Bs of
        [X | T] -> merge_up(A, As, X, T, [B | Out]);
        [] -> lists:reverse(As, [A, B | Out]);
        _ -> merge_up([A | As], Bs, [B | Out])
    end.

%% The same with an order of one's own: F(A, B) answers whether A may stand before B.
sort(F, [X, Y | T]) ->
    Runs = case F(X, Y) of
               true -> fruns(F, T, Y, [X], []);
               false -> fruns(F, T, X, [Y], [])
           end,
    fdown_round(F, Runs, []);
sort(F, [_] = L) when is_function(F, 2) -> L;
sort(F, [] = L) when is_function(F, 2) -> L.

%% The open run is [B | Run], descending.
fruns(F, [Z | T], B, Run, Runs) ->
    case F(B, Z) of
        true -> fruns(F, T, Z, [B | Run], Runs);
        false ->
            case Run of
                [A | Rest] ->
                    case F(A, Z) of
                        true -> fruns(F, T, B, [Z | Run], Runs);
                        false when Rest =:= [] -> fruns(F, T, B, [A, Z], Runs);
                        false -> fruns(F, T, Z, [], [[B | Run] | Runs])
                    end;
                [] -> fruns(F, T, B, [Z], Runs)
            end
    end;
fruns(_, [], B, Run, Runs) -> [[B | Run] | Runs].

fdown_round(F, [Late, Early | T], Out) -> fdown_round(F, T, [fmerge_down(F, Early, Late, []) | Out]);
fdown_round(_, [L], []) -> lists:reverse(L);
fdown_round(F, [L], Out) -> fup_round(F, [lists:reverse(L) | Out], []);
fdown_round(F, [], Out) -> fup_round(F, Out, []).

fup_round(F, [Early, Late | T], Out) -> fup_round(F, T, [fmerge_up(F, Early, Late, []) | Out]);
fup_round(_, [L], []) -> L;
fup_round(F, [L], Out) -> fdown_round(F, [lists:reverse(L) | Out], []);
fup_round(F, [], Out) -> fdown_round(F, Out, []).

fmerge_down(F, [A | As] = L1, [B | Bs] = L2, Out) ->
    case F(A, B) of
        true -> fmerge_down(F, L1, Bs, [B | Out]);
        false -> fmerge_down(F, As, L2, [A | Out])
    end;
fmerge_down(_, [], L2, Out) -> lists:reverse(L2, Out);
fmerge_down(_, L1, [], Out) -> lists:reverse(L1, Out).

fmerge_up(F, [A | As] = L1, [B | Bs] = L2, Out) ->
    case F(A, B) of
        true -> fmerge_up(F, As, L2, [A | Out]);
        false -> fmerge_up(F, L1, Bs, [B | Out])
    end;
fmerge_up(_, [], L2, Out) -> lists:reverse(L2, Out);
fmerge_up(_, L1, [], Out) -> lists:reverse(L1, Out).

%% Sorted, and of those that compare equal only the first.
usort([_, _ | _] = L) -> dedup(stable(L));
usort([_] = L) -> L;
usort([] = L) -> L.

dedup([X, Y | T]) when X == Y -> dedup([X | T]);
dedup([X | T]) -> [X | dedup(T)];
dedup([]) -> [].

usort(F, L) when is_function(F, 2) -> dedup(F, sort(F, L)).

dedup(F, [X | [Y | T] = Rest]) ->
    case F(Y, X) of
        true -> dedup(F, [X | T]);
        false -> [X | dedup(F, Rest)]
    end;
dedup(_, L) -> L.

keysort(N, L) when is_integer(N), N > 0 ->
    case L of
        [_, _ | _] -> sort(key_order(N), L);
        [_] -> L;
        [] -> L
    end.

ukeysort(N, L) when is_integer(N), N > 0 -> dedup(key_order(N), keysort(N, L)).

key_order(N) -> fun(A, B) -> element(N, A) =< element(N, B) end.

%% ---- merging sorted lists --------------------------------------------------------------------------
%% merge: all elements, those of the first list before their equals. umerge: inputs without duplicates, the first
%% list's element stands for its equal. An r in front: the lists descend, and equals stand the other way round.

merge(Lists) -> merge_all(fun merge/2, Lists).
umerge(Lists) -> merge_all(fun umerge/2, Lists).

merge_all(_, []) -> [];
merge_all(_, [L]) -> L;
merge_all(Merge, [_, _ | _] = Lists) -> merge_all(Merge, merge_pairs(Merge, Lists)).

merge_pairs(Merge, [A, [] | T]) -> [A | merge_pairs(Merge, T)];
merge_pairs(Merge, [[], B | T]) -> [B | merge_pairs(Merge, T)];
merge_pairs(Merge, [A, B | T]) -> [Merge(A, B) | merge_pairs(Merge, T)];
merge_pairs(_, [L]) -> [L];
merge_pairs(_, []) -> [].

merge([_ | _] = A, [_ | _] = B) -> lists:reverse(merge_up(A, B, []));
merge([], B) when is_list(B) -> B;
merge(A, []) -> A.

merge(F, A, B) when is_function(F, 2), is_list(A), is_list(B) -> lists:reverse(fmerge_up(F, A, B, [])).
merge3(A, B, C) -> merge(merge(A, B), C).

rmerge(A, B) -> rmerge(fun(X, Y) -> X =< Y end, A, B).
rmerge(F, A, B) when is_function(F, 2), is_list(A), is_list(B) -> lists:reverse(fmerge_down(F, A, B, [])).
rmerge3(A, B, C) -> rmerge(rmerge(A, B), C).

umerge([], B) -> B;
umerge([_ | _] = A, B) -> umerge(fun(X, Y) -> X =< Y end, A, B).
umerge(F, A, B) when is_function(F, 2), is_list(A), is_list(B) -> lists:reverse(umerge_up(F, A, B, [])).
umerge3(A, B, C) -> umerge(umerge(A, B), C).

umerge_up(F, [A | As] = L1, [B | Bs] = L2, Out) ->
    case F(A, B) of
        true ->
            case F(B, A) of
                true -> umerge_up(F, As, Bs, [A | Out]);
                false -> umerge_up(F, As, L2, [A | Out])
            end;
        false -> umerge_up(F, L1, Bs, [B | Out])
    end;
umerge_up(_, [], L2, Out) -> lists:reverse(L2, Out);
umerge_up(_, L1, [], Out) -> lists:reverse(L1, Out).

rumerge(A, B) -> rumerge(fun(X, Y) -> X =< Y end, A, B).
rumerge(F, A, B) when is_function(F, 2), is_list(A), is_list(B) ->
    lists:reverse(umerge_up(fun(X, Y) -> F(Y, X) end, A, B, [])).
rumerge3(A, B, C) -> rumerge(rumerge(A, B), C).

keymerge(N, A, B) when is_integer(N), N > 0 -> merge(key_order(N), A, B).
rkeymerge(N, A, B) when is_integer(N), N > 0 -> rmerge(key_order(N), A, B).
ukeymerge(N, A, B) when is_integer(N), N > 0 -> umerge(key_order(N), A, B).
rukeymerge(N, A, B) when is_integer(N), N > 0 -> rumerge(key_order(N), A, B).
