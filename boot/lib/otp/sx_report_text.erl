%% sx_report_text.erl - the reports of behaviours and of crashing processes as OTP words them, on several lines or on one: what
%% format_log/1,2 of gen_server, gen_statem, gen_event and supervisor, and proc_lib's report_cb/2, are made of.
-module(sx_report_text).

-export([format/1, text/2, crash/2]).

%% {Format, Args} of a behaviour's report.
format(Report) -> joined(many(Report)).

%% Its text within depth and chars_limit, on one line with single_line.
text(Report, #{single_line := Single} = Config) ->
    {Format, Args} = joined(case Single of true -> one(Report); false -> many(Report) end),
    limited(Format, Args, Config).

joined(Parts) -> {lists:append([F || {F, _} <- Parts]), lists:append([A || {_, A} <- Parts])}.

limited(Format, Args, #{depth := Depth, chars_limit := Limit, single_line := Single}) ->
    Parts = [limit_part(P, Depth, Single) || P <- io_lib:scan_format(Format, Args)],
    case Limit of
        unlimited -> io_lib:build_text(Parts);
        _ -> io_lib:build_text(Parts, [{chars_limit, Limit}])
    end.

limit_part(#{control_char := $p, args := [Term]} = Part, Depth, Single) ->
    Within = case Depth of unlimited -> Part; _ -> Part#{control_char := $P, args := [Term, Depth]} end,
    case Single of true -> Within#{width := 0}; false -> Within end;
limit_part(Part, _, _) -> Part.

%% ---- several lines ---------------------------------------------------------------------------------------------------------

many(#{label := {gen_server, terminate}, name := Name, last_message := Last, state := State, log := Log, reason := Reason} = R) ->
    [{"** Generic server ~tp terminating \n** Last message in was ~tp~n** When Server state == ~tp~n** Reason for termination ==~n** ~tp~n",
      [Name, Last, State, known(Reason)]} | logged(Log, "** Log ==~n** [") ++ client(R)];
many(#{label := {gen_statem, terminate}, name := Name, queue := Queue, postponed := Postponed, modules := Modules,
       callback_mode := Mode, state_enter := Enter, state := State, log := Log, reason := {Class, Reason, Stack}} = R) ->
    {Shown, Frames} = known(Class, Reason, Stack),
    [{"** State machine ~tp terminating~n", [Name]}] ++
        [{"** Last event = ~tp~n", [Event]} || [Event | _] <- [Queue]] ++
        [{"** When server state  = ~tp~n** Reason for termination = ~tp:~tp~n** Callback modules = ~tp~n** Callback mode = ~tp~n",
          [State, Class, Shown, Modules, case Enter of true -> [Mode, state_enter]; false -> Mode end]}] ++
        [{"** Queued = ~tp~n", [Rest]} || [_ | [_ | _] = Rest] <- [Queue]] ++
        [{"** Postponed = ~tp~n", [Postponed]} || Postponed =/= []] ++
        [{"** Stacktrace =~n**  ~tp~n", [Frames]} || Frames =/= []] ++
        [{"** Time-outs: ~tp~n", [T]} || #{timeouts := {N, _} = T} <- [R], N > 0] ++
        [{"** Log =~n**  ~tp~n", [Log]} || Log =/= []] ++ client(R);
many(#{label := {gen_event, terminate}, handler := Handler, name := Name, last_message := Last, state := State, reason := Reason}) ->
    [{"** gen_event handler ~tp crashed.\n** Was installed in ~tp\n** Last event was: ~tp\n** When handler state == ~tp\n** Reason == ~tp\n",
      [Handler, Name, Last, State, handler_reason(Reason)]}];
many(#{label := {gen_event, no_handle_info}, module := Mod, message := Message}) ->
    [{"** Undefined handle_info in ~p\n** Unhandled message: ~tp\n", [Mod, Message]}];
many(#{label := {_, no_handle_info}, module := Mod, message := Message}) ->
    [{"** Undefined handle_info in ~p~n** Unhandled message: ~tp~n", [Mod, Message]}];
many(#{label := {supervisor, _}, report := Report}) -> [{"    " ++ atom_to_list(Key) ++ ": ~tp~n", [Value]} || {Key, Value} <- Report];
many(#{label := Label, report := Report}) -> [{"** ~tp: ~tp~n", [Label, Report]}].

logged([], _) -> [];
logged([Event], Title) -> [{Title ++ "~tp]~n", [Event]}];
logged([Event | Events], Title) -> [{Title ++ "~tp,~n" ++ lists:append(lists:join(",~n", ["    ~tp" || _ <- Events])) ++ "]~n", [Event | Events]}].

client(#{client_info := {Pid, dead}}) -> [{"** Client ~p is dead~n", [Pid]}];
client(#{client_info := {_, {Name, Stack}}}) -> [{"** Client ~tp stacktrace~n** ~tp~n", [Name, Stack]}];
client(_) -> [].

%% ---- one line ---------------------------------------------------------------------------------------------------------------

one(#{label := {gen_server, terminate}, name := Name, last_message := Last, state := State, log := Log, reason := Reason} = R) ->
    [{"Generic server ~tp terminating. Reason: ~tp. Last message: ~tp. State: ~tp.", [Name, known(Reason), Last, State]}] ++
        [{" Log: ~tp", [Log]} || Log =/= []] ++ one_client(R);
one(#{label := {gen_statem, terminate}, name := Name, queue := Queue, state := State, log := Log, reason := {Class, Reason, Stack}} = R) ->
    {Shown, Frames} = known(Class, Reason, Stack),
    [{"State machine ~tp terminating. Reason: ~tp.", [Name, Shown]}] ++
        [{" Stack: ~tp.", [Frames]} || Frames =/= []] ++
        [{" Last event: ~tp.", [Event]} || [Event | _] <- [Queue]] ++
        [{" State: ~tp.", [State]}] ++
        [{" Log: ~tp.", [Log]} || Log =/= []] ++ one_client(R);
one(#{label := {gen_event, terminate}, handler := Handler, name := Name, last_message := Last, state := State, reason := Reason}) ->
    [{"Generic event handler ~tp crashed. Installed: ~tp. Last event: ~tp. State: ~tp. Reason: ~tp.",
      [Handler, Name, Last, State, handler_reason(Reason)]}];
one(#{label := {_, no_handle_info}, module := Mod, message := Message}) ->
    [{"Undefined handle_info in ~p. Unhandled message: ~tp.", [Mod, Message]}];
one(#{label := {supervisor, progress}, report := [{supervisor, Name}, {started, Child}]}) ->
    [{"Supervisor: ~tp. Started: ", [Name]}, child(Child)];
one(#{label := {supervisor, _}, report := [{supervisor, Name}, {errorContext, Context}, {reason, Reason}, {offender, Child}]}) ->
    [{"Supervisor: ~tp. Context: ~tp. Reason: ~tp. Offender: ", [Name, Context, Reason]}, child(Child)];
one(Report) -> many(Report).

child(Child) -> {"id=~tp,pid=~tp.", [proplists:get_value(id, Child), proplists:get_value(pid, Child)]}.

one_client(#{client_info := {Pid, dead}}) -> [{" Client ~0p is dead.", [Pid]}];
one_client(#{client_info := {_, {Name, Stack}}}) -> [{" Client ~tp stacktrace: ~tp.", [Name, Stack]}];
one_client(_) -> [].

%% ---- reasons: an undefined function says what is missing -------------------------------------------------------------------------

known({undef, [{M, F, A, _} | _] = Stack}) -> {missing(M, F, A), Stack};
known(Reason) -> Reason.

known(error, undef, [{M, F, A, _} | _] = Stack) -> {{missing(M, F, A), {M, F, A}}, tl(Stack)};
known(_, Reason, Stack) -> {Reason, Stack}.

missing(M, F, A) ->
    Arity = if is_list(A) -> length(A); true -> A end,
    case code:ensure_loaded(M) of
        {module, M} ->
            case erlang:function_exported(M, F, Arity) of
                true -> undef;
                false -> 'function not exported'
            end;
        _ -> 'module could not be loaded'
    end.

handler_reason({'EXIT', Reason}) -> known(Reason);
handler_reason(Reason) -> Reason.

%% ---- a crashing process: [Own, Neighbours] -------------------------------------------------------------------------------------

crash([Own, Linked], #{single_line := true} = Config) ->
    ["crasher: ", lists:join(", ", [one_item(I, Config) || I <- Own]), "; neighbours: ",
     lists:join(", ", [["neighbour: ", lists:join(", ", [one_item(I, Config) || I <- Items])] || {neighbour, Items} <- Linked])];
crash([Own, Linked], Config) ->
    ["  crasher:\n", [item("    ", I, Config) || I <- Own], "  neighbours:\n",
     lists:join("\n", [["    neighbour:\n", string:trim([item("      ", I, Config) || I <- Items], trailing, "\n")] || {neighbour, Items} <- Linked])].

one_item({initial_call, Call}, Config) -> ["initial call: ", call(Call, Config)];
one_item({error_info, {Class, Reason, Stack}}, Config) -> limited("~w: ~tp", [Class, {Reason, Stack}], Config);
one_item({Key, Value}, Config) -> limited("~w: ~tp", [Key, Value], Config).

item(Indent, {initial_call, Call}, Config) -> [Indent, "initial call: ", call(Call, Config), $\n];
item(Indent, {error_info, {Class, Reason, Stack}}, Config) ->
    [Indent, limited("exception ~w: ~tp~n", [Class, Reason], Config), frames(Stack, "      in function  ")];
item(Indent, {Key, Value}, Config) -> [Indent, limited("~w: ~tp~n", [Key, Value], Config)].

call({M, F, Args}, _) when is_list(Args) -> io_lib:format("~tw:~tw/~w", [M, F, length(Args)]);
call({M, F, Arity}, _) -> io_lib:format("~tw:~tw/~w", [M, F, Arity]);
call(Other, Config) -> limited("~tp", [Other], Config).

frames([Frame | Frames], In) -> [In, frame(Frame), $\n | frames(Frames, "      in call from ")];
frames(_, _) -> [].

frame({M, F, A, Where}) ->
    Arity = if is_list(A) -> length(A); true -> A end,
    Place = case {proplists:get_value(file, Where), proplists:get_value(line, Where)} of
                {File, Line} when is_list(File), is_integer(Line) -> io_lib:format("(~ts, line ~w)", [File, Line]);
                _ -> ""
            end,
    io_lib:format("~tw:~tw/~w ~ts", [M, F, Arity, Place]);
frame(Other) -> io_lib:format("~tp", [Other]).
