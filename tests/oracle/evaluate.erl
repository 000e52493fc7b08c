%% evaluate.erl - runs the programs of a file, and writes a line `NUMBER OUTCOME` for each. The same source runs on erl and on
%% sxhost, each of which compiles the programs its own way.
%%   evaluate.erl FILE OUT LIMIT_MS
%% A program is a function main_NUMBER/0 behind a line `%%% NUMBER`; what stands before the first is common to all. MODULE_SIZE
%% programs make a module, for the common part costs more than a program does; when one does not compile each gets its own.
%% An outcome is {value, V, Notes}, {Class, Error, Notes}, compile, {died, Reason} or, past the limits of time and memory, beyond.
%% INVARIANT: nothing in an outcome differs from run to run.
-module(evaluate).
-export([main/1, note/4, why/2]).

-define(MODULE_SIZE, 20).
-define(MEMORY_WORDS, 30000000).

main([File, Out, Limit]) ->
    {ok, Text} = file:read_file(File),
    [Common | Programs] = binary:split(Text, <<"%%% ">>, [global]),
    {ok, Device} = file:open(Out, [write, raw, delayed_write]),
    put(limit, list_to_integer(Limit)),
    put(module, 0),
    lists:foreach(fun({Number, Outcome}) -> ok = file:write(Device, unicode:characters_to_binary(io_lib:format("~b ~0tp~n", [Number, Outcome]))) end,
                  outcomes([numbered(P) || P <- Programs], prepared(Common))),
    ok = file:close(Device).

numbered(Program) ->
    [Number, Source] = binary:split(Program, <<"\n">>),
    {binary_to_integer(Number), prepared(<<Source/binary, "\n">>)}.

%% What the compiler takes: forms on OTP, text on sxhost.
prepared(Source) ->
    case on_sxhost() of
        true -> Source;
        false ->
            case erl_scan:string(unicode:characters_to_list(Source)) of
                {ok, Tokens, _} -> forms(Tokens, []);
                {error, Error, _} -> [{error, Error}]
            end
    end.

on_sxhost() -> erlang:function_exported(sx, call, 2).

forms([], []) -> [];
forms([{dot, _} = Dot | Tokens], Acc) ->
    [case erl_parse:parse_form(lists:reverse([Dot | Acc])) of
         {ok, Form} -> Form;
         {error, Error} -> {error, Error}
     end | forms(Tokens, [])];
forms([Token | Tokens], Acc) -> forms(Tokens, [Token | Acc]).

outcomes([], _) -> [];
outcomes(Programs, Common) ->
    {Now, Later} = lists:split(min(?MODULE_SIZE, length(Programs)), Programs),
    of_module(Now, Common) ++ outcomes(Later, Common).

of_module(Programs, Common) ->
    Module = list_to_atom("p" ++ integer_to_list(put(module, get(module) + 1))),
    try load(Module, Common, [P || {_, P} <- Programs]) of
        _ ->
            Outcomes = [{N, run(Module, N)} || {N, _} <- Programs],
            code:delete(Module),
            code:purge(Module),
            Outcomes
    catch
        _:_ when length(Programs) =:= 1 -> [{N, compile} || {N, _} <- Programs];
        _:_ -> lists:append([of_module([P], Common) || P <- Programs])
    end.

load(Module, Common, Programs) ->
    case on_sxhost() of
        true -> sx:call('erlang-load-module', [iolist_to_binary(["-module(", atom_to_list(Module), ").\n", Common, Programs])]);
        false ->
            {ok, Module, Code} = compile:forms([{attribute, {1, 1}, module, Module} | lists:append([Common | Programs])], [binary]),
            {module, Module} = code:load_binary(Module, "p.erl", Code)
    end.

run(Module, Number) ->
    Main = list_to_atom("main_" ++ integer_to_list(Number)),
    {Pid, Ref} = spawn_opt(fun() -> exit({outcome, outcome(Module, Main)}) end,
                           [monitor, {max_heap_size, #{size => ?MEMORY_WORDS, kill => true, error_logger => false}}]),
    receive
        {'DOWN', Ref, _, _, {outcome, Outcome}} -> Outcome;
        {'DOWN', Ref, _, _, killed} -> beyond;
        {'DOWN', Ref, _, _, Reason} -> {died, without_marks(Reason)}
    after get(limit) ->
            exit(Pid, kill),
            receive {'DOWN', Ref, _, _, _} -> beyond end
    end.

outcome(Module, Main) ->
    put(notes, []),
    {Class, Value} =
        try {value, Module:Main()}
        catch C:R:S -> {C, why(R, S)}
        end,
    without_marks({Class, Value, lists:reverse(get(notes))}).

%% What a step that failed leaves: a note of why, and a value with which the program goes on.
note(Class, Reason, Stack, Instead) ->
    case get(notes) of
        Notes when is_list(Notes) -> put(notes, [{Class, why(Reason, Stack)} | Notes]);
        _ -> ok
    end,
    Instead.

why({bad_generator, [_ | T]}, Stack) when not is_list(T) -> why({bad_generator, T}, Stack); % where OTP has counted the list before
why({bad_generator, [_ | T]}, Stack) when T =/= [] -> why({bad_generator, T}, Stack);
why(Reason, Stack) -> {Reason, Stack}.

%% Pids, references and funs are not the same twice; compiled patterns are opaque.
without_marks(T) when is_pid(T) -> '<pid>';
without_marks(T) when is_reference(T) -> '<ref>';
without_marks(T) when is_port(T) -> '<port>';
without_marks(T) when is_function(T) -> {'<fun>', element(2, erlang:fun_info(T, arity))};
without_marks({re_pattern, A, B, C, D}) when is_binary(D) -> {re_pattern, A, B, C, compiled};
without_marks({K, _}) when K =:= bm; K =:= ac -> {pattern, compiled}; % binary:compile_pattern/1
without_marks([{M, F, A, Place} | _] = Stack) when is_atom(M), is_atom(F), is_list(Place), (is_list(A) orelse is_integer(A)) ->
    {stack, stack(Stack)};
without_marks(L) when is_list(L) -> elements(L);
without_marks(T) when is_tuple(T) -> list_to_tuple(without_marks(tuple_to_list(T)));
without_marks(T) when is_map(T), map_size(T) > 32 -> {map, lists:sort([{without_marks(K), without_marks(V)} || {K, V} <- maps:to_list(T)])};
without_marks(T) when is_map(T) -> maps:from_list([{without_marks(K), without_marks(V)} || {K, V} <- maps:to_list(T)]);
without_marks(T) -> T.

elements([H | T]) -> [without_marks(H) | elements(T)];
elements([]) -> [];
elements(T) -> without_marks(T).

%% What is compared of a stack: the function that failed when the program called it, and what it was called with; of the
%% program's own functions those that have a name, main but once. Helpers inside the library have other names here; a call in tail
%% position, a fun or a comprehension may be compiled into its place, and so may operators be, which then have no frame.
stack([{erlang, F, _, _} | Rest]) when F =:= '+'; F =:= '-'; F =:= '*'; F =:= '/'; F =:= 'div'; F =:= 'rem'; F =:= 'bsl'; F =:= 'bsr';
                                       F =:= 'band'; F =:= 'bor'; F =:= 'bxor'; F =:= 'bnot'; F =:= map_get; F =:= hd; F =:= tl;
                                       F =:= length; F =:= 'not'; F =:= map_size; F =:= is_map_key; F =:= 'and'; F =:= 'or'; F =:= 'xor' ->
    stack(Rest);
stack([{maps, to_list, _, _} | Rest]) -> [library | own(Rest, none)]; % in OTP no native
stack([{maps, F, _, _} | Rest]) when F =:= get; F =:= size; F =:= is_key -> stack(Rest); % to OTP they are map_get, ...
stack([Top | Rest]) ->
    case top(Top, Rest) of
        {_, Arity} when is_integer(Arity) -> own([Top | Rest], none);
        Shown -> [Shown | own(Rest, none)]
    end;
stack([]) -> [].

top({M, F, A, Place}, Rest) ->
    case {own_name(M, F), lists:keyfind(error_info, 1, Place)} of
        {none, {_, #{module := Explains}}} ->
            case Rest of
                [{M1, F1, _, _} | _] -> case own_name(M1, F1) of none -> library; _ -> {M, F, without_marks(A), Explains} end;
                [] -> {M, F, without_marks(A), Explains}
            end;
        {none, _} -> library;
        {here, _} when is_integer(A) -> here;
        {Name, _} -> {Name, without_marks(A)}
    end.

%% A function that calls itself may be there any number of times.
own([{M, F, A, _} | Rest], Last) ->
    case own_name(M, F) of
        Name when Name =:= none; Name =:= here; {Name, A} =:= Last -> own(Rest, Last);
        Name -> [{Name, A} | own(Rest, {Name, A})]
    end;
own(_, _) -> [].

%% Without what numbers the module, the program and the fun.
own_name(M, F) ->
    case {atom_to_list(M), atom_to_list(F)} of
        {[$p, D | _], "main_" ++ _} when D >= $0, D =< $9 -> here;
        {[$p, D | _], "-" ++ _} when D >= $0, D =< $9 -> here;
        {[$p, D | _], _} when D >= $0, D =< $9 -> F;
        _ -> none
    end.
