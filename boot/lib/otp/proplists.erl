%% proplists.erl - lists of {Key, Value} and of atoms, which stand for {Atom, true}.
%% What is neither is skipped, never an error; the first entry of a key counts unless a function says otherwise.
-module(proplists).

-export([property/1, property/2, unfold/1, compact/1, lookup/2, lookup_all/2, is_defined/2, get_value/2,
         get_value/3, get_all_values/2, append_values/2, get_bool/2, get_keys/1, delete/2,
         substitute_aliases/2, substitute_negations/2, expand/2, normalize/2, split/2, to_map/1, to_map/2,
         from_map/1]).

property({K, true}) when is_atom(K) -> K;
property(P) -> P.

property(K, true) when is_atom(K) -> K;
property(K, V) -> {K, V}.

unfold([K | T]) when is_atom(K) -> [{K, true} | unfold(T)];
unfold([P | T]) -> [P | unfold(T)];
unfold([]) -> [].

compact(L) -> [property(P) || P <- L].

%% The entry itself; an atom as {Atom, true}.
lookup(K, [P | _]) when is_atom(P), P =:= K -> {K, true};
lookup(K, [P | _]) when tuple_size(P) >= 1, element(1, P) =:= K -> P;
lookup(K, [_ | T]) -> lookup(K, T);
lookup(_, []) -> none.

lookup_all(K, [P | T]) when is_atom(P), P =:= K -> [{K, true} | lookup_all(K, T)];
lookup_all(K, [P | T]) when tuple_size(P) >= 1, element(1, P) =:= K -> [P | lookup_all(K, T)];
lookup_all(K, [_ | T]) -> lookup_all(K, T);
lookup_all(_, []) -> [].

is_defined(K, [P | _]) when is_atom(P), P =:= K -> true;
is_defined(K, [P | _]) when tuple_size(P) >= 1, element(1, P) =:= K -> true;
is_defined(K, [_ | T]) -> is_defined(K, T);
is_defined(_, []) -> false.

get_value(K, L) -> get_value(K, L, undefined).

%% A longer tuple headed by the key hides what comes behind it.
get_value(K, [P | _], _) when is_atom(P), P =:= K -> true;
get_value(K, [{K, V} | _], _) -> V;
get_value(K, [P | _], Default) when tuple_size(P) >= 1, element(1, P) =:= K -> Default;
get_value(K, [_ | T], Default) -> get_value(K, T, Default);
get_value(_, [], Default) -> Default.

get_all_values(K, [P | T]) when is_atom(P), P =:= K -> [true | get_all_values(K, T)];
get_all_values(K, [{K, V} | T]) -> [V | get_all_values(K, T)];
get_all_values(K, [_ | T]) -> get_all_values(K, T);
get_all_values(_, []) -> [].

%% The values one behind the other, a list as its elements.
append_values(K, [P | T]) when is_atom(P), P =:= K -> [true | append_values(K, T)];
append_values(K, [{K, V} | T]) when is_list(V) -> V ++ append_values(K, T);
append_values(K, [{K, V} | T]) -> [V | append_values(K, T)];
append_values(K, [_ | T]) -> append_values(K, T);
append_values(_, []) -> [].

get_bool(K, [P | _]) when is_atom(P), P =:= K -> true;
get_bool(K, [{K, true} | _]) -> true;
get_bool(K, [P | _]) when tuple_size(P) >= 1, element(1, P) =:= K -> false;
get_bool(K, [_ | T]) -> get_bool(K, T);
get_bool(_, []) -> false.

%% Each key once, in no particular order.
get_keys(L) -> maps:keys(maps:from_keys(all_keys(L), [])).

all_keys([P | T]) when is_atom(P) -> [P | all_keys(T)];
all_keys([P | T]) when tuple_size(P) >= 1 -> [element(1, P) | all_keys(T)];
all_keys([_ | T]) -> all_keys(T);
all_keys([]) -> [].

delete(K, [P | T]) when is_atom(P), P =:= K -> delete(K, T);
delete(K, [P | T]) when tuple_size(P) >= 1, element(1, P) =:= K -> delete(K, T);
delete(K, [P | T]) -> [P | delete(K, T)];
delete(_, []) -> [].

%% ---- rewriting -------------------------------------------------------------------------------------

substitute_aliases(Aliases, L) -> [rename(P, Aliases) || P <- L].

rename(P, [{K, New} | _]) when is_atom(P), P =:= K -> property(New, true);
rename(P, [{K, New} | _]) when tuple_size(P) >= 1, element(1, P) =:= K -> property(setelement(1, P, New));
rename(P, [{_, _} | Aliases]) -> rename(P, Aliases);
rename(P, []) -> P.

%% For {NoX, X}: NoX and {NoX, true} become {X, false}; any other entry of NoX becomes X.
substitute_negations(Negations, L) -> [negate(P, Negations) || P <- L].

negate(P, [{K, X} | _]) when is_atom(P), P =:= K; P =:= {K, true} -> property(X, false);
negate(P, [{K, X} | _]) when tuple_size(P) >= 1, element(1, P) =:= K -> property(X, true);
negate(P, [{_, _} | Negations]) -> negate(P, Negations);
negate(P, []) -> P.

%% Each {Property, Expansion}: entries equal to Property (an atom stands for {Atom, true}) give way to the expansion,
%% the first only, and hide all later entries of their key. The result is flat.
expand(Expansions, L) ->
    Pairs = [{property(P), Es} || {P, Es} <- Expansions],
    lists:flatten(lists:foldl(fun({P, Es}, Acc) -> expand_one(P, Es, Acc) end, L, Pairs)).

expand_one(P, Es, L) ->
    case key(P) of
        {key, K} -> expand_key(K, P, Es, L);
        none -> L
    end.

key(P) when is_atom(P) -> {key, P};
key(P) when tuple_size(P) >= 1 -> {key, element(1, P)};
key(_) -> none.

expand_key(K, P, Es, [E | T]) ->
    case key(E) of
        {key, K} ->
            case property(E) of
                P when is_list(Es) -> Es ++ delete(K, T);
                P -> [Es | delete(K, T)];
                E1 -> [E1 | T]
            end;
        _ -> [E | expand_key(K, P, Es, T)]
    end;
expand_key(_, _, _, []) -> [].

%% Stages in turn ({aliases, _}, {negations, _}, {expand, _}), then compact.
normalize(L, []) -> compact(L);
normalize(L, [{aliases, As} | T]) -> normalize(substitute_aliases(As, L), T);
normalize(L, [{negations, Ns} | T]) -> normalize(substitute_negations(Ns, L), T);
normalize(L, [{expand, Es} | T]) -> normalize(expand(Es, L), T).

%% The entries of each key, and the rest.
split(L, Keys) -> split(L, maps:from_list([{K, []} || K <- Keys]), Keys, []).

split([P | T], Groups, Keys, Rest) ->
    case key(P) of
        {key, K} when is_map_key(K, Groups) ->
            split(T, Groups#{K := [P | map_get(K, Groups)]}, Keys, Rest);
        none -> split(T, Groups, Keys, [P | Rest]);
        _ -> split(T, Groups, Keys, [P | Rest])
    end;
split([], Groups, Keys, Rest) ->
    {[lists:reverse(map_get(K, Groups)) || K <- Keys], lists:reverse(Rest)}.

%% ---- maps ------------------------------------------------------------------------------------------

to_map([P | T]) when is_atom(P) -> (to_map(T))#{P => true};
to_map([{K, V} | T]) -> (to_map(T))#{K => V};
to_map([P | T]) when tuple_size(P) >= 1 -> maps:remove(element(1, P), to_map(T));
to_map([_ | T]) -> to_map(T);
to_map([]) -> #{}.

to_map(L, Stages) -> to_map(normalize(L, Stages)).

from_map(M) -> maps:to_list(M).
