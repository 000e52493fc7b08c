%% nx_people.erl - who follows, or is followed: addresses of actors in the order in which they came; pure.
%% Each has a number that grows and is never used again, by which pages are cut: a page costs its length, whoever came or left.
%% INVARIANT: entries (id -> {Number, Data}) and order (minus Number -> id, a gb_tree) hold the same people.
-module(nx_people).

-export([new/0, put/3, find/2, remove/2, size/1, last/1, page/3, to_list/1]).

new() -> #{entries => #{}, order => gb_trees:empty(), last => 0}.

%% Who is there keeps the number and has new Data.
put(Id, Data, #{entries := Entries, order := Order, last := Last} = People) ->
    case Entries of
        #{Id := {N, _}} -> People#{entries := Entries#{Id := {N, Data}}};
        #{} ->
            N = Last + 1,
            People#{entries := Entries#{Id => {N, Data}}, order := gb_trees:insert(-N, Id, Order), last := N}
    end.

%% {ok, Data} | error
find(Id, #{entries := Entries}) ->
    case Entries of
        #{Id := {_, Data}} -> {ok, Data};
        #{} -> error
    end.

remove(Id, #{entries := Entries, order := Order} = People) ->
    case Entries of
        #{Id := {N, _}} -> People#{entries := maps:remove(Id, Entries), order := gb_trees:delete(-N, Order)};
        #{} -> People
    end.

size(#{entries := Entries}) -> map_size(Entries).

%% The highest number given so far.
last(#{last := Last}) -> Last.

%% At most Count people numbered below Before, the newest first: {[{Number, Id}], whether there are older ones}.
page(Before, Count, #{order := Order}) -> take(Count, gb_trees:next(gb_trees:iterator_from(1 - Before, Order)), []).

take(_, none, Page) -> {lists:reverse(Page), false};
take(0, _, Page) -> {lists:reverse(Page), true};
take(Count, {Key, Id, Iterator}, Page) -> take(Count - 1, gb_trees:next(Iterator), [{-Key, Id} | Page]).

%% [{Id, Data}], in no order.
to_list(#{entries := Entries}) -> [{Id, Data} || {Id, {_, Data}} <- maps:to_list(Entries)].
