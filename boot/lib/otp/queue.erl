%% queue.erl - queues, both ends at constant cost on average: {Rear, Front}, Rear backwards.
%% INVARIANT: a queue of two or more has elements on both sides, so that either end is at hand.
-module(queue).

-export([new/0, is_queue/1, is_empty/1, len/1, to_list/1, from_list/1, member/2, in/2, in_r/2, out/1, out_r/1,
         get/1, get_r/1, peek/1, peek_r/1, drop/1, drop_r/1, reverse/1, join/2, split/2, filter/2, filtermap/2,
         fold/3, any/2, all/2, delete/2, delete_r/2, delete_with/2, delete_with_r/2]).
-export([cons/2, head/1, tail/1, snoc/2, last/1, daeh/1, init/1, liat/1, lait/1]).

-compile({no_auto_import, [get/1]}).

-define(BAD(Args), error(badarg, Args)).

new() -> {[], []}.

is_queue({R, F}) when is_list(R), is_list(F) -> true;
is_queue(_) -> false.

is_empty({[], []}) -> true;
is_empty({R, F}) when is_list(R), is_list(F) -> false;
is_empty(Q) -> ?BAD([Q]).

len({R, F}) when is_list(R), is_list(F) -> length(R) + length(F);
len(Q) -> ?BAD([Q]).

to_list({R, F}) when is_list(R), is_list(F) -> F ++ lists:reverse(R);
to_list(Q) -> ?BAD([Q]).

from_list(L) when is_list(L) -> to_rear(L);
from_list(L) -> ?BAD([L]).

member(X, {R, F}) when is_list(R), is_list(F) -> lists:member(X, R) orelse lists:member(X, F);
member(X, Q) -> ?BAD([X, Q]).

in(X, {[_] = R, []}) -> {[X], R};
in(X, {R, F}) when is_list(R), is_list(F) -> {[X | R], F};
in(X, Q) -> ?BAD([X, Q]).

in_r(X, {[], [_] = F}) -> {F, [X]};
in_r(X, {R, F}) when is_list(R), is_list(F) -> {R, [X | F]};
in_r(X, Q) -> ?BAD([X, Q]).

out({[], []} = Q) -> {empty, Q};
out({[X], []}) -> {{value, X}, {[], []}};
out({[Y | R], []}) ->
    [X | F] = lists:reverse(R),
    {{value, X}, {[Y], F}};
out({R, [X]}) when is_list(R) -> {{value, X}, from_rear(R)};
out({R, [X | F]}) when is_list(R) -> {{value, X}, {R, F}};
out(Q) -> ?BAD([Q]).

out_r({[], []} = Q) -> {empty, Q};
out_r({[], [X]}) -> {{value, X}, {[], []}};
out_r({[], [Y | F]}) ->
    [X | R] = lists:reverse(F),
    {{value, X}, {R, [Y]}};
out_r({[X], F}) when is_list(F) -> {{value, X}, to_rear(F)};
out_r({[X | R], F}) when is_list(F) -> {{value, X}, {R, F}};
out_r(Q) -> ?BAD([Q]).

%% One side is used up: the other gives half of its elements, the far ones.
from_rear([]) -> {[], []};
from_rear([_] = R) -> {[], R};
from_rear([Y, X]) -> {[Y], [X]};
from_rear(R) ->
    {R1, F} = lists:split(length(R) div 2, R),
    {R1, lists:reverse(F)}.

to_rear([]) -> {[], []};
to_rear([_] = F) -> {F, []};
to_rear([X, Y]) -> {[Y], [X]};
to_rear(F) ->
    {F1, R} = lists:split(length(F) div 2, F),
    {lists:reverse(R), F1}.

get({[], []} = Q) -> error(empty, [Q]);
get({R, F}) when is_list(R), is_list(F) -> first(R, F);
get(Q) -> ?BAD([Q]).

first(_, [X | _]) -> X;
first(R, []) -> lists:last(R).

get_r({[], []} = Q) -> error(empty, [Q]);
get_r({R, F}) when is_list(R), is_list(F) -> first(F, R);
get_r(Q) -> ?BAD([Q]).

peek({[], []}) -> empty;
peek({R, F}) when is_list(R), is_list(F) -> {value, first(R, F)};
peek(Q) -> ?BAD([Q]).

peek_r({[], []}) -> empty;
peek_r({R, F}) when is_list(R), is_list(F) -> {value, first(F, R)};
peek_r(Q) -> ?BAD([Q]).

drop({[], []} = Q) -> error(empty, [Q]);
drop(Q) -> {_, Q1} = out(Q), Q1.

drop_r({[], []} = Q) -> error(empty, [Q]);
drop_r(Q) -> {_, Q1} = out_r(Q), Q1.

reverse({R, F}) when is_list(R), is_list(F) -> {F, R};
reverse(Q) -> ?BAD([Q]).

join({R, F} = Q, {[], []}) when is_list(R), is_list(F) -> Q;
join({[], []}, {R, F} = Q) when is_list(R), is_list(F) -> Q;
join({R1, F1}, {R2, F2}) when is_list(R1), is_list(F1), is_list(R2), is_list(F2) ->
    {R2, F1 ++ lists:reverse(R1, F2)};
join(A, B) -> ?BAD([A, B]).

%% {First N elements, the others}. A part that comes from one side keeps its outermost element there.
split(0, {R, F} = Q) when is_list(R), is_list(F) -> {{[], []}, Q};
split(N, {R, F} = Q) when is_integer(N), N >= 1, is_list(R), is_list(F) ->
    case N - length(F) of
        0 -> {to_rear(F), from_rear(R)};
        More when More < 0 ->
            {[X | A], B} = lists:split(N, F),
            {{lists:reverse(A), [X]}, {R, B}};
        More ->
            case length(R) - More of
                0 -> {Q, {[], []}};
                Left when Left > 0 ->
                    {[X | B], A} = lists:split(Left, R),
                    {{A, F}, {[X], lists:reverse(B)}};
                _ -> ?BAD([N, Q])
            end
    end;
split(N, Q) -> ?BAD([N, Q]).

refilled({[], F}) -> to_rear(F);
refilled({R, []}) -> from_rear(R);
refilled(Q) -> Q.

%% P answers true, false, or a list of elements that stand in the element's place.
filter(P, {R, F}) when is_function(P, 1), is_list(R), is_list(F) ->
    F1 = filter_front(P, F),
    refilled({filter_rear(P, R), F1});
filter(P, Q) -> ?BAD([P, Q]).

filter_front(P, [X | T]) ->
    case P(X) of
        true -> [X | filter_front(P, T)];
        false -> filter_front(P, T);
        L when is_list(L) -> L ++ filter_front(P, T)
    end;
filter_front(_, []) -> [].

%% The rear from its end, which comes first in the queue.
filter_rear(P, [X | T]) ->
    L = filter_rear(P, T),
    case P(X) of
        true -> [X | L];
        false -> L;
        Xs when is_list(Xs) -> lists:reverse(Xs, L)
    end;
filter_rear(_, []) -> [].

filtermap(F, Q) when is_function(F, 1) ->
    filter(fun(X) ->
                   case F(X) of
                       {true, Y} -> [Y];
                       Answer when is_boolean(Answer) -> Answer
                   end
           end, Q);
filtermap(F, Q) -> ?BAD([F, Q]).

fold(F, Acc, {R, L}) when is_function(F, 2), is_list(R), is_list(L) ->
    lists:foldr(F, lists:foldl(F, Acc, L), R);
fold(F, Acc, Q) -> ?BAD([F, Acc, Q]).

any(P, {R, F}) when is_function(P, 1), is_list(R), is_list(F) -> lists:any(P, F) orelse lists:any(P, R);
any(P, Q) -> ?BAD([P, Q]).

all(P, {R, F}) when is_function(P, 1), is_list(R), is_list(F) -> lists:all(P, F) andalso lists:all(P, R);
all(P, Q) -> ?BAD([P, Q]).

%% Without the first (or last) element that is X, or that P answers true for.
delete(X, Q) -> delete_with(fun(Y) -> Y =:= X end, Q).
delete_r(X, Q) -> delete_with_r(fun(Y) -> Y =:= X end, Q).

delete_with(P, {R, F} = Q) when is_function(P, 1), is_list(R), is_list(F) ->
    case without_first(P, F) of
        false ->
            case without_first(P, lists:reverse(R)) of
                false -> Q;
                L -> refilled({lists:reverse(L), F})
            end;
        F1 -> refilled({R, F1})
    end;
delete_with(P, Q) -> ?BAD([P, Q]).

delete_with_r(P, {R, F}) when is_function(P, 1), is_list(R), is_list(F) -> reverse(delete_with(P, {F, R}));
delete_with_r(P, Q) -> ?BAD([P, Q]).

without_first(P, L) -> without_first(P, L, []).

without_first(P, [X | T], Before) ->
    case P(X) of
        true -> lists:reverse(Before, T);
        false -> without_first(P, T, [X | Before])
    end;
without_first(_, [], _) -> false.

%% ---- other names -----------------------------------------------------------------------------------

cons(X, Q) -> in_r(X, Q).
head(Q) -> get(Q).
tail(Q) -> drop(Q).
snoc(Q, X) -> in(X, Q).
last(Q) -> get_r(Q).
daeh(Q) -> get_r(Q).
init(Q) -> drop_r(Q).
liat(Q) -> drop_r(Q).
lait(Q) -> drop_r(Q).
