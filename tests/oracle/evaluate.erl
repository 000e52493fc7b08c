%% evaluate.erl - runs the modules of a file, each behind a line `%%% NUMBER`, and writes `NUMBER OUTCOME` lines: what main/0
%% answers or raises. The same source runs on erl and on sxhost, each of which compiles the modules its own way.
%% An outcome is {value, V}, {Class, Reason}, compile or timeout; stack traces in it are left out.
-module(evaluate).
-export([main/1]).

-define(TIMEOUT_MS, 10000).

main([File, Out]) ->
    {ok, Text} = file:read_file(File),
    [<<>> | Modules] = binary:split(<<"\n", Text/binary>>, <<"\n%%% ">>, [global]),
    {ok, Device} = file:open(Out, [write, raw, delayed_write]),
    lists:foreach(fun(Module) ->
                          [Number, Source] = binary:split(Module, <<"\n">>),
                          Outcome = io_lib:format("~w", [without_marks(evaluate(binary_to_integer(Number), Source))]),
                          ok = file:write(Device, unicode:characters_to_binary([Number, " ", Outcome, "\n"]))
                  end, Modules),
    ok = file:close(Device).

evaluate(Number, Source) ->
    Module = list_to_atom("p" ++ integer_to_list(Number)),
    try load(Module, <<Source/binary, "\n">>) of
        _ ->
            Outcome = run(Module),
            code:delete(Module),
            code:purge(Module),
            Outcome
    catch _:_ -> compile
    end.

load(Module, Source) ->
    case erlang:function_exported(sx, call, 2) of
        true -> sx:call('erlang-load-module', [Source]);
        false ->
            {ok, Tokens, _} = erl_scan:string(unicode:characters_to_list(Source)),
            {ok, Module, Code} = compile:forms(forms(Tokens, []), [binary]),
            {module, Module} = code:load_binary(Module, "p.erl", Code)
    end.

forms([], []) -> [];
forms([{dot, _} = Dot | Tokens], Acc) ->
    {ok, Form} = erl_parse:parse_form(lists:reverse([Dot | Acc])),
    [Form | forms(Tokens, [])];
forms([Token | Tokens], Acc) -> forms(Tokens, [Token | Acc]).

run(Module) ->
    {Pid, Ref} = spawn_monitor(fun() -> exit({outcome, outcome(Module)}) end),
    receive
        {'DOWN', Ref, _, _, {outcome, Outcome}} -> Outcome;
        {'DOWN', Ref, _, _, Reason} -> {died, Reason}
    after ?TIMEOUT_MS ->
            exit(Pid, kill),
            timeout
    end.

outcome(Module) ->
    try {value, Module:main()}
    catch Class:Reason:Stack -> {Class, why(Reason, Stack, Module)}
    end.

%% As the programs see it.
why(badarith, _, _) -> badarith;
why({badkey, _} = R, _, _) -> R;
why({badmap, _} = R, _, _) -> R;
why(_, [{erlang, F, _, _} | _], _) when F =:= '--'; F =:= '++' -> library;
why(R, [{M, _, _, _} | _], Module) when M =:= Module; M =:= erlang -> R;
why(_, _, _) -> library.

%% Pids, references and funs are not the same twice.
without_marks(T) when is_pid(T) -> '<pid>';
without_marks(T) when is_reference(T) -> '<ref>';
without_marks(T) when is_port(T) -> '<port>';
without_marks(T) when is_function(T) -> {'<fun>', element(2, erlang:fun_info(T, arity))};
without_marks([{M, F, _, Place} | _]) when is_atom(M), is_atom(F), is_list(Place) -> '<stack>';
without_marks(L) when is_list(L) -> elements(L);
without_marks(T) when is_tuple(T) -> list_to_tuple(without_marks(tuple_to_list(T)));
without_marks(T) when is_map(T), map_size(T) > 32 -> {map, lists:sort([{without_marks(K), without_marks(V)} || {K, V} <- maps:to_list(T)])};
without_marks(T) when is_map(T) -> maps:from_list([{without_marks(K), without_marks(V)} || {K, V} <- maps:to_list(T)]);
without_marks(T) -> T.

elements([H | T]) -> [without_marks(H) | elements(T)];
elements([]) -> [];
elements(T) -> without_marks(T).
