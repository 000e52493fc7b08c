%% program_tree.erl - the text of a program as a tree, so that it can be made smaller without knowing what it means.
%% A tree is {Texts, Children}: the texts stand around and between the children, one more than they are. A child may stand for its
%% parent, a constant for a node, a node of fewer steps for one of many. What does not compile then is no difference.
-module(program_tree).
-export([node/2, leaf/1, mix/1, steps/1, text/1, size_of/1, smaller/1, r/1, pick/1, chance/1]).

-define(BETWEEN_STEPS, ",\n    ").

node(Texts, Children) -> {Texts, Children}.
leaf(Text) -> {[Text], []}.

%% Of texts and trees in any order.
mix(Parts) -> mix(Parts, "", [], []).

mix([], Text, Texts, Children) -> {lists:reverse([Text | Texts]), lists:reverse(Children)};
mix([{_, _} = Child | Parts], Text, Texts, Children) -> mix(Parts, "", [Text | Texts], [Child | Children]);
mix([More | Parts], Text, Texts, Children) -> mix(Parts, Text ++ More, Texts, Children).

%% Expressions one after the other.
steps([One]) -> One;
steps(Es) -> node([""] ++ lists:duplicate(length(Es) - 1, ?BETWEEN_STEPS) ++ [""], Es).

text({Texts, Children}) -> between(Texts, Children).
between([T], []) -> T;
between([T | Ts], [C | Cs]) -> [T, text(C) | between(Ts, Cs)].

size_of(T) -> iolist_size(unicode:characters_to_binary(text(T))).

%% Every tree that is one step smaller; some are no smaller.
smaller({_, []}) -> [];
smaller({Texts, Children} = Tree) ->
    Children ++ fewer(Tree) ++ [{[K], []} || K <- ["0", "[]", "a", "<<>>", "1.0", "X1"]]
        ++ lists:append([[{Texts, replaced(I, S, Children)} || S <- smaller(lists:nth(I, Children))] || I <- lists:seq(1, length(Children))]).

fewer({Texts, Children}) ->
    N = length(Children),
    case N > 1 andalso Texts =:= [""] ++ lists:duplicate(N - 1, ?BETWEEN_STEPS) ++ [""] of
        true -> [steps(lists:sublist(Children, I - 1) ++ lists:nthtail(I, Children)) || I <- lists:seq(1, N - 1)];
        false -> []
    end.

replaced(I, X, List) -> lists:sublist(List, I - 1) ++ [X | lists:nthtail(I, List)].

%% ---- chance ----

r(N) -> rand:uniform(N).
pick(List) -> lists:nth(r(length(List)), List).
chance(Percent) -> r(100) =< Percent.
