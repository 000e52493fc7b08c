%% ordsets.erl - sets as sorted lists without duplicates, compared by ==.
-module(ordsets).

-export([new/0, is_set/1, size/1, is_empty/1, to_list/1, from_list/1, is_element/2, add_element/2, del_element/2,
         union/2, union/1, intersection/2, intersection/1, is_disjoint/2, subtract/2, is_subset/2, fold/3,
         filter/2]).

new() -> [].

is_set([X | T]) -> rises(T, X);
is_set([]) -> true;
is_set(_) -> false.

rises([Y | T], X) when X < Y -> rises(T, Y);
rises([], _) -> true;
rises(_, _) -> false.

size(S) -> length(S).
is_empty(S) -> S =:= [].
to_list(S) -> S.
from_list(L) -> lists:usort(L).

is_element(X, [Y | T]) when X > Y -> is_element(X, T);
is_element(X, [Y | _]) when X < Y -> false;
is_element(_, [_ | _]) -> true;
is_element(_, []) -> false.

add_element(X, [Y | T]) when X > Y -> [Y | add_element(X, T)];
add_element(X, [Y | _] = S) when X < Y -> [X | S];
add_element(_, [_ | _] = S) -> S;
add_element(X, []) -> [X].

del_element(X, [Y | T]) when X > Y -> [Y | del_element(X, T)];
del_element(X, [Y | _] = S) when X < Y -> S;
del_element(_, [_ | T]) -> T;
del_element(_, []) -> [].

union([X | A], [Y | _] = B) when X < Y -> [X | union(A, B)];
union([X | _] = A, [Y | B]) when X > Y -> [Y | union(B, A)];
union([_ | A], [Y | B]) -> [Y | union(A, B)];
union([], B) -> B;
union(A, []) -> A.

union(Sets) -> lists:umerge(Sets).

intersection([X | A], [Y | _] = B) when X < Y -> intersection(A, B);
intersection([X | _] = A, [Y | B]) when X > Y -> intersection(B, A);
intersection([_ | A], [Y | B]) -> [Y | intersection(A, B)];
intersection([], _) -> [];
intersection(_, []) -> [].

intersection([A, B | T]) -> intersection([intersection(A, B) | T]);
intersection([S]) -> S.

is_disjoint([X | A], [Y | _] = B) when X < Y -> is_disjoint(A, B);
is_disjoint([X | _] = A, [Y | B]) when X > Y -> is_disjoint(B, A);
is_disjoint([_ | _], [_ | _]) -> false;
is_disjoint([], _) -> true;
is_disjoint(_, []) -> true.

subtract([X | A], [Y | _] = B) when X < Y -> [X | subtract(A, B)];
subtract([X | _] = A, [Y | B]) when X > Y -> subtract(A, B);
subtract([_ | A], [_ | B]) -> subtract(A, B);
subtract([], _) -> [];
subtract(A, []) -> A.

is_subset([X | _], [Y | _]) when X < Y -> false;
is_subset([X | _] = A, [Y | B]) when X > Y -> is_subset(A, B);
is_subset([_ | A], [_ | B]) -> is_subset(A, B);
is_subset([], _) -> true;
is_subset(_, []) -> false.

fold(F, Acc, S) -> lists:foldl(F, Acc, S).
filter(P, S) -> lists:filter(P, S).
