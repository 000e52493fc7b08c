%% ets.erl - the functions of module ets that call functions of the program, or write files. All others are native.
-module(ets).

-export([foldl/3, foldr/3, init_table/2, tab2file/2, tab2file/3, file2tab/1, file2tab/2, tabfile_info/1, i/0]).

%% Keys that other processes delete meanwhile do no harm: the table is fixed.
foldl(F, Acc, T) when is_function(F, 2) ->
    fixed(T, fun() -> fold(F, Acc, ets:'$step'(T, '$end_of_table'), T) end).

foldr(F, Acc, T) when is_function(F, 2) ->
    fixed(T, fun() -> fold_back(F, Acc, ets:'$step_back'(T, '$end_of_table'), T) end).

fixed(T, Do) ->
    ets:safe_fixtable(T, true),
    try Do()
    after
        %% Do may have deleted the table
        try ets:safe_fixtable(T, false) catch error:badarg -> true end
    end.

fold(F, Acc, [Key, Object], T) -> fold(F, F(Object, Acc), ets:'$step'(T, Key), T);
fold(F, Acc, [Key | Objects], T) -> fold(F, lists:foldl(F, Acc, Objects), ets:'$step'(T, Key), T);
fold(_, Acc, '$end_of_table', _) -> Acc.

fold_back(F, Acc, [Key | Objects], T) -> fold_back(F, lists:foldl(F, Acc, Objects), ets:'$step_back'(T, Key), T);
fold_back(_, Acc, '$end_of_table', _) -> Acc.

%% Fills a table with what Init(read) answers: {Objects, Init} again and again, end_of_input at last.
init_table(T, Init) ->
    ets:delete_all_objects(T),
    fill(T, Init).

fill(T, Init) ->
    case Init(read) of
        end_of_input -> true;
        {Objects, Next} -> ets:insert(T, Objects), fill(T, Next)
    end.

%% A table as a file: {ets_file, 1, Info, Objects} in the external format.
tab2file(T, Name) -> tab2file(T, Name, []).

tab2file(T, Name, _) ->
    case ets:info(T) of
        undefined -> {error, badtab};
        Info ->
            Kept = [{K, V} || {K, V} <- Info, lists:member(K, [name, type, protection, named_table, keypos, size])],
            file:write_file(Name, term_to_binary({ets_file, 1, Kept, ets:tab2list(T)}))
    end.

file2tab(Name) -> file2tab(Name, []).

file2tab(Name, _) ->
    case contents(Name) of
        {ok, Info, Objects} ->
            Get = fun(K) -> proplists:get_value(K, Info) end,
            Named = [named_table || Get(named_table)],
            try ets:new(Get(name), [Get(type), Get(protection), {keypos, Get(keypos)} | Named]) of
                T -> ets:insert(T, Objects), {ok, T}
            catch error:badarg -> {error, cannot_create_table}
            end;
        Error -> Error
    end.

tabfile_info(Name) ->
    case contents(Name) of
        {ok, Info, _} -> {ok, Info ++ [{extended_info, []}, {version, {1, 0}}]};
        Error -> Error
    end.

contents(Name) ->
    case file:read_file(Name) of
        {ok, Bin} ->
            try binary_to_term(Bin) of
                {ets_file, 1, Info, Objects} -> {ok, Info, Objects};
                _ -> {error, badfile}
            catch error:_ -> {error, badfile}
            end;
        {error, Reason} -> {error, {read_error, {file_error, Name, Reason}}}
    end.

i() ->
    io:format(" ~-20w ~-12w ~-10w ~-10w ~w~n", [name, type, size, mem, owner]),
    [io:format(" ~-20w ~-12w ~-10w ~-10w ~w~n", [ets:info(T, K) || K <- [name, type, size, memory, owner]]) || T <- ets:all(), ets:info(T) =/= undefined],
    ok.
