%% eunit_data.erl - what a test set may be: funs, modules, generators, titles, groups and contexts, read one item after the other.
%% An item is a map: #{kind => test, run, source => {Module, Name}, line, desc, timeout}, or #{kind => group, tests, desc, timeout,
%% order, setup => {Setup, Cleanup, Instantiator}}. What is no test is thrown as {eunit, Why}.
%% INVARIANT: a generator runs once, when its item is asked for; a group of one item is that item.
-module(eunit_data).

-export([next/1]).

%% none | {Item, More}; More is a test set again.
next([]) -> none;
next([H | T] = Set) ->
    case is_title(Set) of
        true -> throw({eunit, {bad_test, Set}});
        false ->
            case next(H) of
                none -> next(T);
                {Item, []} -> {Item, T};
                {Item, More} -> {Item, [More | T]}
            end
    end;
next({'$item', Item}) -> {Item, []};
next(Set) ->
    case parse(Set) of
        {set, Inner} -> next(Inner);
        {item, Item} -> {Item, []}
    end.

%% ---- one descriptor: {set, Tests} that stand for it, or {item, Item} ----

parse({foreach, Setup, Tests}) when is_function(Setup), is_list(Tests) -> parse({foreach, Setup, fun(_) -> ok end, Tests});
parse({foreach, Setup, Cleanup, Tests}) when is_function(Setup), is_function(Cleanup), is_list(Tests) ->
    {set, [{setup, Setup, Cleanup, T} || T <- Tests]};
parse({foreach, Where, Setup, Tests}) when is_function(Setup), is_list(Tests) -> parse({foreach, Where, Setup, fun(_) -> ok end, Tests});
parse({foreach, Where, Setup, Cleanup, Tests}) when is_function(Setup, 0), is_function(Cleanup, 1), is_list(Tests) ->
    {set, [{setup, Where, Setup, Cleanup, T} || T <- Tests]};
parse({foreachx, Setup, Pairs}) when is_function(Setup), is_list(Pairs) -> parse({foreachx, Setup, fun(_, _) -> ok end, Pairs});
parse({foreachx, Where, Setup, Pairs}) when is_atom(Where), is_list(Pairs) -> parse({foreachx, Where, Setup, fun(_, _) -> ok end, Pairs});
parse({foreachx, Setup, Cleanup, Pairs}) -> parse({foreachx, spawn, Setup, Cleanup, Pairs});
parse({foreachx, Where, Setup, Cleanup, Pairs} = T) when is_function(Setup, 1), is_function(Cleanup, 2), is_list(Pairs) ->
    {set, [case P of
               {X, F} when is_function(F, 2) ->
                   {setup, Where, fun() -> Setup(X) end, fun(R) -> Cleanup(X, R) end, fun(R) -> F(X, R) end};
               _ -> throw({eunit, {bad_test, T}})
           end || P <- Pairs]};
parse({generator, F}) when is_function(F, 0) -> generated(F, name(F));
parse({generator, F, {_, _, _} = Name}) when is_function(F, 0) -> generated(F, Name);
parse({generator, M, F}) when is_atom(M), is_atom(F) -> generated(fun() -> exported(M, F) end, {M, F, 0});
parse({inorder, T}) -> group(#{tests => T, order => inorder});
parse({inparallel, T}) -> parse({inparallel, 0, T});
parse({inparallel, N, T}) when is_integer(N), N >= 0 -> group(#{tests => T, order => {inparallel, N}});
parse({timeout, N, T}) when is_number(N), N >= 0 -> group(#{tests => T, timeout => round(N * 1000)});
parse({spawn, T}) -> group(#{tests => T});
parse({setup, Setup, T}) when is_function(Setup); is_list(Setup) -> parse({setup, spawn, Setup, T});
parse({setup, Where, Setup, T}) when is_atom(Where), is_function(Setup) -> parse({setup, Where, Setup, fun(_) -> ok end, T});
parse({setup, Setup, Cleanup, T}) when is_function(Setup), is_function(Cleanup) -> parse({setup, spawn, Setup, Cleanup, T});
parse({setup, Where, Setups, T}) when is_atom(Where), is_list(Setups) ->
    {Setup, Cleanup} = several(Setups, T),
    parse({setup, Where, Setup, Cleanup, T});
parse({setup, Where, Setup, Cleanup, T}) when is_function(Setup, 0), is_function(Cleanup, 1), (Where =:= spawn orelse Where =:= local) ->
    Tests = case T of
                _ when is_function(T, 1) -> T;
                {with, As} when is_list(As) -> fun(X) -> {with, X, As} end;
                _ -> fun(_) -> T end
            end,
    group(#{setup => {Setup, Cleanup, Tests}});
parse({module, M}) when is_atom(M) -> group(#{tests => module(M), desc => "module '" ++ atom_to_list(M) ++ "'"});
parse({with, X, As} = T) when is_list(As) ->
    {set, [case is_function(A, 1) of
               true -> {'$item', (test(fun() -> A(X) end, name(A)))};
               false -> throw({eunit, {bad_test, T}})
           end || A <- As]};
parse({test, M, F}) when is_atom(M), is_atom(F) -> {item, test(fun() -> exported(M, F) end, {M, F, 0})};
parse({Line, F}) when is_integer(Line), Line >= 0, is_function(F, 0) -> {item, (test(F, name(F)))#{line => Line}};
parse({Line, T}) when is_integer(Line), Line >= 0 ->
    case parse(T) of
        {item, #{kind := test} = Test} -> {item, Test#{line => Line}};
        _ -> throw({eunit, {bad_test, {Line, T}}})
    end;
parse({M, F}) when is_atom(M), is_atom(F) -> parse({test, M, F});
parse({Title, T} = Pair) ->
    case is_title(Title) of
        true -> group(#{tests => T, desc => unicode:characters_to_list(Title)});
        false -> throw({eunit, {bad_test, Pair}})
    end;
parse(F) when is_function(F, 0) -> {item, test(F, name(F))};
parse(M) when is_atom(M) -> parse({module, M});
parse(T) -> throw({eunit, {bad_test, T}}).

test(F, {M, N, _}) -> #{kind => test, run => F, source => {M, N}}.

name(F) ->
    [{_, M}, {_, N}, {_, A}] = [erlang:fun_info(F, Item) || Item <- [module, name, arity]],
    {M, N, A}.

is_title(B) when is_binary(B) -> B =/= <<>>;
is_title([_ | _] = S) -> lists:all(fun(C) -> is_integer(C) andalso C >= 0 andalso C =< 16#10FFFF end, S);
is_title([]) -> false;
is_title(_) -> false.

exported(M, F) ->
    case code:ensure_loaded(M) =:= {module, M} andalso erlang:function_exported(M, F, 0) of
        true -> M:F();
        false -> throw({eunit, {no_such_function, {M, F, 0}}})
    end.

generated(F, Name) ->
    try F() of
        T ->
            is_none(T) andalso throw({eunit, {bad_generator, Name, T}}),
            {set, T}
    catch
        throw:{eunit, _} = Why -> throw(Why);
        Class:Reason:Stack -> throw({eunit, {generator_failed, Name, {Class, Reason, Stack}}})
    end.

%% What a test that was taken for a generator answers.
is_none(T) when is_number(T); is_binary(T); is_pid(T); is_reference(T) -> true;
is_none(T) -> lists:member(T, [ok, error, true, false, undefined]).

%% ---- groups ----

group(#{setup := _} = Group) -> {item, Group#{kind => group}};
group(#{tests := Tests} = Group) ->
    case next(Tests) of
        none -> {item, Group#{kind => group}};
        {Item, More} ->
            case next(More) of
                none -> {item, alone(Group, Item)};
                {Second, Rest} -> {item, Group#{kind => group, tests => [{'$item', Item}, {'$item', Second}, Rest]}}
            end
    end.

%% A group of one item.
alone(Group, Item) ->
    case is_map_key(desc, Group) andalso is_map_key(desc, Item) orelse is_map_key(timeout, Group) andalso is_map_key(timeout, Item)
        orelse maps:get(kind, Item) =:= group andalso (is_map_key(timeout, Group) orelse is_map_key(order, Group) orelse is_map_key(setup, Item)) of
        true -> Group#{kind => group, tests => {'$item', Item}};
        false -> maps:merge(maps:with([desc, timeout], Group), Item)
    end.

%% The tests of module M, and those of its companion M_tests.
module(M) ->
    {module, M} =:= code:ensure_loaded(M) orelse throw({eunit, {module_not_found, M}}),
    Own = lists:append([of_function(M, atom_to_list(F), F) || {F, 0} <- exports(M)]),
    Name = atom_to_list(M),
    case lists:suffix("_tests", Name) of
        true -> Own;
        false ->
            Companion = list_to_atom(Name ++ "_tests"),
            case code:ensure_loaded(Companion) of
                {module, Companion} -> Own ++ [{module, Companion}];
                _ -> Own
            end
    end.

%% In the order of the text, which the front end has kept where eunit.hrl exports the tests.
exports(M) ->
    Kept = proplists:get_value('$eunit_tests', M:module_info(attributes), []),
    Kept ++ lists:sort(M:module_info(exports) -- Kept).

of_function(M, Name, F) ->
    case {lists:suffix("_test", Name), lists:suffix("_test_", Name)} of
        {true, _} -> [{test, M, F}];
        {_, true} -> [{generator, M, F}];
        _ -> []
    end.

%% [{Tag, Setup} | {Tag, Setup, Cleanup}]: one setup that answers the list of all values, and the cleanup of what was set up.
several([], _) -> {fun() -> [] end, fun(_) -> ok end};
several([{_, Setup} | More], T) when is_function(Setup, 0) -> several([{x, Setup, fun(_) -> ok end} | More], T);
several([{_, Setup, Cleanup} | More], T) when is_function(Setup, 0), is_function(Cleanup, 1) ->
    {Rest, Clean} = several(More, T),
    {fun() ->
             Value = Setup(),
             try [Value | Rest()]
             catch Class:Reason:Stack -> catch Cleanup(Value), erlang:raise(Class, Reason, Stack)
             end
     end,
     fun([Value | Values]) -> try Clean(Values) after Cleanup(Value) end end};
several(_, T) -> throw({eunit, {bad_test, T}}).
