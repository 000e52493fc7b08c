%% conformance.erl - runs FILE.erlt cases (shared/conformance/README.md has the format) on this host:
%%   build/sxhost tools/conformance.erl [-v] [-t MS] [-k CASE]... FILE.erlt...
%% -v: also say which cases pass. -k: a case that is known to fail; it does not count, unless it passes. -t: the limit of a case.
%% A line for each case that fails, the count of each file, and `N passed, N failed` at the end; exit status 1 if any failed.
%% Each case runs in a process of its own, for 2 s at most unless told otherwise; what it leaves - processes, names, tables - is removed.
-module(conformance).
-export([main/1]).

-record(options, {verbose = false, known = [], limit = 2000}).

main(Args) -> run(Args, #options{}).

run(["-v" | Args], O) -> run(Args, O#options{verbose = true});
run(["-t", Ms | Args], O) -> run(Args, O#options{limit = list_to_integer(Ms)});
run(["-k", Case | Args], O) -> run(Args, O#options{known = [list_to_binary(Case) | O#options.known]});
run(Files, O) ->
    logger:set_primary_config(level, none),
    Counts = [run_file(F, O) || F <- Files],
    {Ok, Bad} = {lists:sum([A || {A, _} <- Counts]), lists:sum([B || {_, B} <- Counts])},
    io:format("~b passed, ~b failed~n", [Ok, Bad]),
    if Bad =:= 0, Ok > 0 -> ok; true -> halt(1) end.

run_file(File, O) ->
    {ok, Text} = file:read_file(File),
    Items = items(binary:split(Text, <<"\n">>, [global]), none, []),
    Results = [report(File, Item, run_item(Item, O), O) || Item <- Items],
    Ok = length([ok || ok <- Results]),
    Bad = length([bad || bad <- Results]),
    io:format("~ts: ~b passed, ~b failed~n", [filename(File), Ok, Bad]),
    {Ok, Bad}.

filename(Path) -> lists:last(string:split(Path, "/", all)).

report(_, {module, _, _}, ok, _) -> none;
report(File, {module, Name, _}, Got, _) ->
    io:format("FAIL ~ts module ~ts: ~ts~n", [filename(File), Name, show(Got)]),
    none;
report(_, {test, Name, Code, Want}, Got, #options{verbose = Verbose, known = Known}) ->
    case {Got, lists:member(Name, Known)} of
        {Want, false} ->
            Verbose andalso io:format("ok   ~ts~n", [Name]),
            ok;
        {Want, true} ->
            io:format("FAIL ~ts passes and is known to fail~n", [Name]),
            bad;
        {_, true} ->
            none;
        {_, false} ->
            io:format("FAIL ~ts: wanted ~ts, got ~ts~n     ~ts~n", [Name, show(Want), show(Got), string:trim(Code)]),
            bad
    end.

show({value, Text}) -> Text;
show({Class, Text}) -> [atom_to_list(Class), ": ", Text];
show(Other) -> io_lib:format("~0tp", [Other]).

%% ---- the file ----

items([], Item, Items) -> lists:reverse(close(Item, Items));
items([<<"%% CASE: ", Name/binary>> | Lines], Item, Items) -> items(Lines, {test, Name, [], none}, close(Item, Items));
items([<<"%% MODULE: ", Name/binary>> | Lines], Item, Items) -> items(Lines, {module, Name, []}, close(Item, Items));
items([<<"%% EXPECT: ", Want/binary>> | Lines], {test, Name, Code, _}, Items) -> items(Lines, {test, Name, Code, {value, Want}}, Items);
items([<<"%% RAISES: ", Want/binary>> | Lines], {test, Name, Code, _}, Items) -> items(Lines, {test, Name, Code, raised(Want)}, Items);
items([Line | Lines], {test, Name, Code, Want}, Items) -> items(Lines, {test, Name, [Code, Line, $\n], Want}, Items);
items([Line | Lines], {module, Name, Code}, Items) -> items(Lines, {module, Name, [Code, Line, $\n]}, Items);
items([_ | Lines], none, Items) -> items(Lines, none, Items).

close(none, Items) -> Items;
close({test, Name, Code, Want}, Items) -> [{test, Name, iolist_to_binary(Code), Want} | Items];
close({module, Name, Code}, Items) -> [{module, Name, iolist_to_binary(Code)} | Items].

raised(Text) ->
    [Class, Reason] = binary:split(Text, <<":">>),
    {binary_to_atom(Class), Reason}.

%% ---- running ----

run_item({module, _, Code}, _) ->
    try sx:call('erlang-load-module', [Code]) of _ -> ok catch _:Why -> {error, print(Why)} end;
run_item({test, _, Code, _}, #options{limit = Limit}) ->
    Before = processes(),
    Me = self(),
    {Pid, Ref} = spawn_monitor(fun() -> Me ! {answer, self(), answer(Code)} end),
    Answer = receive
        {answer, Pid, A} -> demonitor(Ref, [flush]), A;
        {'DOWN', Ref, _, _, Why} -> receive {answer, Pid, A} -> A after 0 -> {died, print(Why)} end
    after Limit -> {late, <<>>}
    end,
    clean([P || P <- processes() -- Before]),
    flush(),
    Answer.

answer(Code) ->
    try sx:call('erlang-eval-ast', [Code]) of
        Value -> {value, print(Value)}
    catch Class:Reason -> {Class, print(Reason)}
    end.

print(Value) -> unicode:characters_to_binary(io_lib:format("~0tp", [Value])).

clean(Pids) ->
    Refs = [begin Ref = monitor(process, P), exit(P, kill), Ref end || P <- Pids],
    [receive {'DOWN', Ref, _, _, _} -> ok after 1000 -> ok end || Ref <- Refs].

flush() -> receive _ -> flush() after 0 -> ok end.
