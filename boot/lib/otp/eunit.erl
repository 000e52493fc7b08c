%% eunit.erl - runs tests. What a test may be is eunit_data's; here is who runs it and what is counted. Each test runs in a
%% process of its own, with its output kept for the report of a failure; so does what lies between setup and cleanup.
%% What is no test, a test that takes too long or one whose process dies ends the whole run, as in OTP.
%% INVARIANT: a cleanup runs whenever its setup has succeeded, however the tests in between end.
-module(eunit).

-export([test/1, test/2, start/0, stop/0]).

-define(TEST_TIMEOUT, 5000).
-define(OUTPUT_SHOWN, 800).

-record(run, {verbose, depth, indent = 0, pass = 0, fail = 0, skip = 0, cancel = 0}).

start() -> ok.
stop() -> ok.

%% ok | error: the tests of Tests, any test set, one after the other; the report is printed.
test(Tests) -> test(Tests, []).

test(Tests, Options) when not is_list(Options) -> test(Tests, [Options]);
test(Tests, Options) ->
    Run = #run{verbose = proplists:get_bool(verbose, Options), depth = proplists:get_value(print_depth, Options, 20)},
    Silent = proplists:get_bool(no_tty, Options),
    put('$eunit_silent', Silent),
    Run#run.verbose andalso print("======================== EUnit ========================\n"),
    try finish(in_process(fun() -> put('$eunit_silent', Silent), top(Tests, Run) end, infinity))
    after erase('$eunit_silent')
    end.

finish({ok, #run{pass = Pass, fail = 0, skip = 0, cancel = 0} = Run}) ->
    Pass > 0 andalso Run#run.verbose andalso bar(),
    case Pass of
        0 -> print("  There were no tests to run.\n");
        1 -> print("  Test passed.\n");
        2 -> print("  2 tests passed.\n");
        _ -> print("  All ~w tests passed.\n", [Pass])
    end,
    ok;
finish({ok, #run{pass = Pass, fail = Fail, skip = Skip, cancel = Cancel}}) ->
    bar(),
    print("  Failed: ~w.  Skipped: ~w.  Passed: ~w.\n", [Fail, Skip, Pass]),
    Cancel > 0 andalso print("One or more tests were cancelled.\n"),
    error;
finish({exit, Reason}) ->
    print("Internal error: ~tP.\n", [Reason, 20]),
    error.

bar() -> print("=======================================================\n").

%% All tests; what ends the run is told here.
top(Tests, Run) ->
    case items(Tests, inorder, Run) of
        {stop, Why, Run1} ->
            print("undefined\n~ts", [why(Why, Run)]),
            Run1#run{cancel = Run1#run.cancel + 1};
        Run1 -> Run1
    end.

%% ---- groups: the answer is the run after them, or {stop, Why, Run} ----

items(Tests, inorder, Run) ->
    try eunit_data:next(Tests) of
        none -> Run;
        {Item, More} ->
            case item(Item, Run) of
                {stop, _, _} = Stop -> Stop;
                Run1 -> items(More, inorder, Run1)
            end
    catch throw:{eunit, Why} -> {stop, Why, Run}
    end;
items(Tests, {inparallel, Limit}, Run) ->
    try all(Tests) of
        Items -> batches(Items, Limit, Run)
    catch throw:{eunit, Why} -> {stop, Why, Run}
    end.

all(Tests) ->
    case eunit_data:next(Tests) of
        none -> [];
        {Item, More} -> [Item | all(More)]
    end.

batches([], _, Run) -> Run;
batches(Items, Limit, Run) ->
    {Now, Later} = case Limit > 0 andalso length(Items) > Limit of
                       true -> lists:split(Limit, Items);
                       false -> {Items, []}
                   end,
    Silent = get('$eunit_silent'),
    Zero = Run#run{pass = 0, fail = 0, skip = 0, cancel = 0},
    Jobs = [begin
                {Out, Leader} = capture(),
                {started(fun() -> put('$eunit_silent', Silent), group_leader(Leader, self()), item(Item, Zero) end), Out}
            end || Item <- Now],
    case lists:foldl(fun joined/2, Run, Jobs) of
        {stop, _, _} = Stop -> Stop;
        Run1 -> batches(Later, Limit, Run1)
    end.

joined({Job, Out}, Sum) ->
    Answer = waited(Job, infinity),
    print("~ts", [captured(Out)]),
    case {Answer, Sum} of
        {{ok, {stop, _, Run}}, {stop, First, Before}} -> {stop, First, sum(Before, Run)};
        {{ok, {stop, Why, Run}}, _} -> {stop, Why, sum(Sum, Run)};
        {{ok, Run}, {stop, Why, Before}} -> {stop, Why, sum(Before, Run)};
        {{ok, Run}, _} -> sum(Sum, Run);
        {{exit, _}, {stop, _, _}} -> Sum;
        {{exit, Reason}, _} -> {stop, {exit, Reason}, Sum}
    end.

sum(A, B) ->
    A#run{pass = A#run.pass + B#run.pass, fail = A#run.fail + B#run.fail, skip = A#run.skip + B#run.skip,
          cancel = A#run.cancel + B#run.cancel}.

item(#{kind := test} = Test, Run) -> one(Test, Run);
item(#{kind := group} = Group, Run) ->
    Desc = maps:get(desc, Group, ""),
    Shown = Run#run.verbose andalso Desc =/= "",
    Shown andalso print("~ts~ts\n", [indent(Run), Desc]),
    From = now_ms(),
    Inner = case Shown of true -> Run#run{indent = Run#run.indent + 1}; false -> Run end,
    Silent = get('$eunit_silent'),
    case in_process(fun() -> put('$eunit_silent', Silent), group(Group, Inner) end, maps:get(timeout, Group, infinity)) of
        {ok, {stop, _, _} = Stop} -> Stop;
        {ok, Run1} ->
            Time = now_ms() - From,
            Shown andalso Time > 0 andalso print("~ts[done in ~.3f s]\n", [indent(Inner), Time / 1000]),
            Run1#run{indent = Run#run.indent};
        {timeout, _} -> {stop, blame, Run};
        {exit, Reason} -> {stop, {exit, Reason}, Run}
    end.

group(#{setup := {Setup, Cleanup, Tests}} = Group, Run) ->
    try quiet(Setup) of
        Value -> instantiated(Value, Cleanup, Tests, Group, Run)
    catch Class:Reason:Stack -> context_failed(setup, {Class, Reason, Stack}, Run)
    end;
group(#{tests := Tests} = Group, Run) -> items(Tests, maps:get(order, Group, inorder), Run).

instantiated(Value, Cleanup, Tests, Group, Run) ->
    Answer = try quiet(fun() -> Tests(Value) end) of
                 Set -> items(Set, maps:get(order, Group, inorder), Run)
             catch Class:Reason:Stack -> {instantiation, {Class, Reason, Stack}}
             end,
    Cleaned = try quiet(fun() -> Cleanup(Value) end), ok catch C:R:S -> {failed, {C, R, S}} end,
    case {Answer, Cleaned} of
        {{instantiation, Exception}, _} -> context_failed(instantiation, Exception, Run);
        {{stop, _, _}, _} -> Answer;
        {_, ok} -> Answer;
        {_, {failed, Exception}} -> context_failed(cleanup, Exception, Answer)
    end.

%% What F answers; what it writes is for nobody.
quiet(F) ->
    Old = group_leader(),
    {Out, Leader} = capture(),
    group_leader(Leader, self()),
    try F() after group_leader(Old, self()), captured(Out) end.

context_failed(What, Exception, Run) ->
    print("~tsundefined\n~ts~ts", [indent(Run), indent(Run), why({context, What, Exception}, Run)]),
    Run#run{cancel = Run#run.cancel + 1}.

%% ---- one test ----

one(#{run := F} = Test, Run) ->
    Run#run.verbose andalso print(head(Test, Run)),
    {Out, Leader} = capture(),
    From = now_ms(),
    Result = in_process(fun() -> group_leader(Leader, self()), tried(F) end, maps:get(timeout, Test, ?TEST_TIMEOUT)),
    Time = now_ms() - From,
    Text = captured(Out),
    case Result of
        {ok, ok} ->
            Run#run.verbose andalso print("~tsok\n", [[io_lib:format("[~.3f s] ", [Time / 1000]) || Time > 0]]),
            Run#run{pass = Run#run.pass + 1};
        {ok, {skipped, MFA}} ->
            {M, N, A} = MFA,
            told(Test, Run, "*did not run*\n::no such function: ~w:~tw/~w\n", [M, N, A]),
            Run#run{skip = Run#run.skip + 1};
        {ok, {failed, Exception}} ->
            told(Test, Run, "*failed*\n~ts~ts\n\n", [exception(Exception, Run), shown(Text)]),
            Run#run{fail = Run#run.fail + 1};
        {timeout, Stack} ->
            told(Test, Run, "*timed out*\n~ts", [trace(own(Stack))]),
            {stop, blame, Run};
        {exit, Reason} ->
            told(Test, Run, "*skipped*\n", []),
            {stop, {exit, Reason}, Run}
    end.

tried(F) ->
    try F(), ok
    catch
        throw:{eunit, {no_such_function, MFA}} -> {skipped, MFA};
        Class:Reason:Stack -> {failed, {Class, Reason, Stack}}
    end.

told(Test, Run, Format, Args) ->
    Run#run.verbose orelse print(head(Test, Run)),
    print(Format, Args).

head(#{source := {M, N}} = Test, Run) ->
    Line = case Test of #{line := L} when L > 0 -> [integer_to_list(L), $:]; _ -> "" end,
    Desc = case Test of #{desc := [_ | _] = D} -> [" (", D, ")"]; _ -> "" end,
    io_lib:format("~ts~ts:~ts ~ts~ts...", [indent(Run), atom_to_list(M), Line, atom_to_list(N), Desc]).

shown(Text) when length(Text) > ?OUTPUT_SHOWN -> ["  output:<<\"", lists:sublist(Text, ?OUTPUT_SHOWN), "\">>..."];
shown(Text) -> ["  output:<<\"", Text, "\">>"].

indent(#run{indent = N}) -> lists:duplicate(2 * N, $\s).

now_ms() -> erlang:monotonic_time(millisecond).

%% ---- processes ----

%% {ok, Value} of F in a process of its own, {exit, Reason} when it died, {timeout, Stack} when it was killed.
in_process(F, Timeout) -> waited(started(F), Timeout).

started(F) ->
    Ref = make_ref(),
    Leader = group_leader(),
    spawn_monitor(fun() -> group_leader(Leader, self()), exit({Ref, F()}) end).

waited({Pid, Monitor}, Timeout) ->
    receive
        {'DOWN', Monitor, _, _, {Ref, Value}} when is_reference(Ref) -> {ok, Value};
        {'DOWN', Monitor, _, _, Reason} -> {exit, Reason}
    after Timeout ->
            Stack = case erlang:process_info(Pid, current_stacktrace) of {_, S} -> S; undefined -> [] end,
            exit(Pid, kill),
            receive {'DOWN', Monitor, _, _, _} -> ok end,
            {timeout, Stack}
    end.

%% A group leader that keeps what is written: {Owner, Leader}; captured/1 ends it.
capture() ->
    Leader = spawn_link(fun() -> keep([]) end),
    {Leader, Leader}.

captured(Leader) ->
    unlink(Leader),
    Ref = erlang:monitor(process, Leader),
    Leader ! {text, self(), Ref},
    receive
        {Ref, Text} -> erlang:demonitor(Ref, [flush]), Text;
        {'DOWN', Ref, _, _, _} -> ""
    end.

keep(Kept) ->
    receive
        {io_request, From, As, Request} ->
            {Answer, Kept1} = request(Request, Kept),
            From ! {io_reply, As, Answer},
            keep(Kept1);
        {text, From, Ref} -> From ! {Ref, lists:append(lists:reverse(Kept))}
    end.

request({put_chars, Encoding, Chars}, Kept) ->
    case unicode:characters_to_list(Chars, Encoding) of
        Text when is_list(Text) -> {ok, [Text | Kept]};
        _ -> {{error, {put_chars, Encoding, Chars}}, Kept}
    end;
request({put_chars, Encoding, M, F, As}, Kept) ->
    try request({put_chars, Encoding, apply(M, F, As)}, Kept)
    catch _:_ -> {{error, {put_chars, Encoding, {M, F, As}}}, Kept}
    end;
request({put_chars, Chars}, Kept) -> request({put_chars, latin1, Chars}, Kept);
request({put_chars, M, F, As}, Kept) -> request({put_chars, latin1, M, F, As}, Kept);
request({requests, Requests}, Kept) ->
    lists:foldl(fun(R, {ok, K}) -> request(R, K); (_, Failed) -> Failed end, {ok, Kept}, Requests);
request(getopts, Kept) -> {[], Kept};
request({setopts, _}, Kept) -> {ok, Kept};
request({get_geometry, _}, Kept) -> {{error, enotsup}, Kept};
request(Request, Kept) when element(1, Request) =:= get_line; element(1, Request) =:= get_chars; element(1, Request) =:= get_until ->
    {eof, Kept};
request(_, Kept) -> {{error, request}, Kept}.

%% ---- words ----

print(Text) -> print("~ts", [Text]).
print(Format, Args) -> get('$eunit_silent') =:= true orelse io:format(Format, Args).

%% What ended a run or a context.
why(blame, _) -> "";
why({exit, Reason}, #run{depth = Depth}) ->
    io_lib:format("*unexpected termination of test process*\n::~tP\n\n", [Reason, Depth]);
why({context, What, Exception}, Run) -> reported(["context ", atom_to_list(What), " failed"], [exception(Exception, Run), $\n]);
why({module_not_found, M}, Run) -> reported("test module not found", term(M, Run));
why({bad_test, Term}, Run) -> reported("bad test descriptor", term(Term, Run));
why({bad_generator, {M, F, A}, Term}, Run) ->
    reported(io_lib:format("result from generator ~w:~tw/~w is not a test", [M, F, A]), term(Term, Run));
why({generator_failed, {M, F, A}, Exception}, Run) ->
    reported(io_lib:format("test generator ~w:~tw/~w failed", [M, F, A]), [exception(Exception, Run), $\n]).

reported(Title, Text) -> io_lib:format("*** ~ts ***\n**~ts\n", [Title, Text]).

exception({Class, Reason, Stack}, Run) -> [trace(own(Stack)), io_lib:format("**~w:", [Class]), term(Reason, Run)].

term(Term, #run{depth = Depth}) -> io_lib:format("~tP\n", [Term, Depth]).

%% The stack up to the function that ran the test.
own(Stack) -> lists:takewhile(fun(Frame) -> not lists:member(element(1, Frame), [eunit, eunit_data]) end, Stack).

trace([]) -> "";
trace([First | More]) -> [frame("in function", First) | [frame("in call from", F) || F <- More]].

frame(Words, {M, F, A, Where}) when is_integer(A) ->
    io_lib:format("~ts ~w:~tw/~w~ts\n", [Words, M, F, A, place(Where)]);
frame(Words, {M, F, As, Where}) ->
    N = length(As),
    io_lib:format("~ts ~w:~tw/~w~ts\n  called as ~ts\n", [Words, M, F, N, place(Where), called(F, As)]).

called(F, [A, B] = As) -> case infix(F) of true -> [value(A), $\s, atom_to_list(F), $\s, value(B)]; false -> plain(F, As) end;
called(F, As) -> plain(F, As).

infix(F) -> erl_internal:arith_op(F, 2) orelse erl_internal:comp_op(F, 2) orelse erl_internal:list_op(F, 2)
    orelse erl_internal:bool_op(F, 2).

plain(F, As) -> io_lib:format("~tw(~ts)", [F, lists:join(",", [value(A) || A <- As])]).

value(Term) -> io_lib:format("~tP", [Term, 15]).

place(Where) ->
    case {lists:keyfind(file, 1, Where), lists:keyfind(line, 1, Where)} of
        {{file, File}, {line, Line}} -> io_lib:format(" (~ts, line ~w)", [File, Line]);
        _ -> ""
    end.
