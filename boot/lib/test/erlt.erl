%% erlt.erl - runs the cases of FILE.erlt on this host: `sxhost test FILE.erlt` does, or by hand
%%   sxhost lib/test/erlt.erl [-v] FILE.erlt...
%% A file has, line by line: `%% MODULE: name` and a module's source, which stays loaded; `%% CASE: name` and expressions with
%% dots, then `%% EXPECT: value` (of the last, as ~0tp prints it) or `%% RAISES: class:reason`. `%% KNOWN: reason` in a case says
%% that it is known to fail: it is told and counted apart, and fails when it passes or the reason is missing.
%% A line for each case that fails (-v: that passes, too), the count of each file, and `N passed, N failed` at the end; exit
%% status 1 if any failed. Each case runs in a process of its own, for 2 s at most, or a 60th of TEST_TIMEOUT where that is more;
%% what it leaves - processes, names, tables - is removed.
-module(erlt).
-export([main/1]).
-define(LIMIT, 2000). % ms

-record(test, {name, code = [], want = none, known = none}).

main(["-v" | Files]) -> run(Files, true);
main(Files) -> run(Files, false).

run(Files, Verbose) ->
    logger:set_primary_config(level, none),
    Counts = [run_file(F, Verbose) || F <- Files],
    {Ok, Bad} = {lists:sum([A || {A, _} <- Counts]), lists:sum([B || {_, B} <- Counts])},
    io:format("~b passed, ~b failed~n", [Ok, Bad]),
    if Bad =:= 0, Ok > 0 -> ok; true -> halt(1) end.

run_file(File, Verbose) ->
    {ok, Text} = file:read_file(File),
    Items = items(binary:split(Text, <<"\n">>, [global]), none, []),
    Results = [report(File, Item, run_item(Item), Verbose) || Item <- Items],
    Count = fun(Kind) -> length([R || R <- Results, R =:= Kind]) end,
    io:format("~ts: ~b passed, ~b failed, ~b known to fail~n", [filename(File), Count(ok), Count(bad), Count(known)]),
    {Count(ok), Count(bad)}.

filename(Path) -> lists:last(string:split(Path, "/", all)).

report(_, {module, _, _}, ok, _) -> none;
report(File, {module, Name, _}, Got, _) ->
    io:format("FAIL ~ts module ~ts: ~ts~n", [filename(File), Name, show(Got)]),
    bad;
report(_, #test{name = Name, known = <<>>}, _, _) ->
    io:format("FAIL ~ts is known to fail without a reason~n", [Name]),
    bad;
report(_, #test{name = Name, want = Want, known = none}, Want, Verbose) ->
    Verbose andalso io:format("ok   ~ts~n", [Name]),
    ok;
report(_, #test{name = Name, want = Want}, Want, _) ->
    io:format("FAIL ~ts passes and is known to fail~n", [Name]),
    bad;
report(_, #test{name = Name, code = Code, want = Want, known = none}, Got, _) ->
    io:format("FAIL ~ts: wanted ~ts, got ~ts~n     ~ts~n", [Name, show(Want), show(Got), string:trim(Code)]),
    bad;
report(_, #test{name = Name, known = Reason}, _, _) ->
    io:format("known ~ts: ~ts~n", [Name, Reason]),
    known.

show({value, Text}) -> Text;
show({Class, Text, Function}) -> [show({Class, Text}), " (", Function, ")"];
show({Class, Text}) -> [atom_to_list(Class), ": ", Text];
show(Other) -> io_lib:format("~0tp", [Other]).

%% ---- the file ----

items([], Item, Items) -> lists:reverse(close(Item, Items));
items([<<"%% CASE: ", Name/binary>> | Lines], Item, Items) -> items(Lines, #test{name = Name}, close(Item, Items));
items([<<"%% MODULE: ", Name/binary>> | Lines], Item, Items) -> items(Lines, {module, Name, []}, close(Item, Items));
items([<<"%% EXPECT: ", Want/binary>> | Lines], #test{} = T, Items) -> items(Lines, T#test{want = {value, Want}}, Items);
items([<<"%% RAISES: ", Want/binary>> | Lines], #test{} = T, Items) -> items(Lines, T#test{want = raised(Want)}, Items);
items([<<"%% KNOWN:", Reason/binary>> | Lines], #test{} = T, Items) -> items(Lines, T#test{known = string:trim(Reason)}, Items);
items([Line | Lines], #test{code = Code} = T, Items) -> items(Lines, T#test{code = [Code, Line, $\n]}, Items);
items([Line | Lines], {module, Name, Code}, Items) -> items(Lines, {module, Name, [Code, Line, $\n]}, Items);
items([_ | Lines], none, Items) -> items(Lines, none, Items).

close(none, Items) -> Items;
close(#test{code = Code} = T, Items) -> [T#test{code = iolist_to_binary(Code)} | Items];
close({module, Name, Code}, Items) -> [{module, Name, iolist_to_binary(Code)} | Items].

raised(Text) ->
    [Class, Reason] = binary:split(Text, <<":">>),
    {binary_to_atom(Class), Reason}.

%% ---- running ----

limit() ->
    case os:getenv("TEST_TIMEOUT") of
        false -> ?LIMIT;
        Seconds -> max(?LIMIT, list_to_integer(Seconds) * 1000 div 60)
    end.

run_item({module, _, Code}) ->
    try sx:call('erlang-load-module', [Code]) of _ -> ok catch _:Why -> {error, print(Why)} end;
run_item(#test{code = Code, want = Want}) ->
    Before = processes(),
    Me = self(),
    {Pid, Ref} = spawn_monitor(fun() -> Me ! {answer, self(), answer(Code)} end),
    Answer = receive
        {answer, Pid, A} -> demonitor(Ref, [flush]), A;
        {'DOWN', Ref, _, _, Why} -> receive {answer, Pid, A} -> A after 0 -> {died, print(Why)} end
    after limit() -> {late, <<>>}
    end,
    clean([P || P <- processes() -- Before]),
    flush(),
    case Answer of
        {Class, Text, _} when {Class, Text} =:= Want -> Want;
        _ -> Answer
    end.

answer(Code) ->
    try sx:call('erlang-eval-ast', [Code]) of
        Value -> {value, print(Value)}
    catch Class:Reason:Stack -> failure(Class, Reason, Stack)
    end.

%% which function there is none of stands behind, for people
failure(error, undef, [{M, F, As, _} | _]) -> {error, <<"undef">>, io_lib:format("~0tp:~0tp/~b", [M, F, arity(As)])};
failure(Class, Reason, _) -> {Class, print(Reason)}.

arity(As) when is_list(As) -> length(As);
arity(N) -> N.

print(Value) -> unicode:characters_to_binary(io_lib:format("~0tp", [Value])).

clean(Pids) ->
    Refs = [begin Ref = monitor(process, P), exit(P, kill), Ref end || P <- Pids],
    [receive {'DOWN', Ref, _, _, _} -> ok after 1000 -> ok end || Ref <- Refs].

flush() -> receive _ -> flush() after 0 -> ok end.
