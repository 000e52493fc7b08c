%% eunit_sample.erl - eunit on a module's own tests: what passes, fails, is set up, takes too long; what is printed of it.
-module(eunit_sample).
-export([main/1]).
-include_lib("eunit/include/eunit.hrl").

good_test() -> ?assertEqual(3, 1 + f(2)), ?assert(f(true)), ?assertNot(f(false)), ?assertNotEqual(1, f(2)).
match_test() -> ?assertMatch({ok, N} when N > 1, {ok, f(2)}), ?assertNotMatch([_ | _], f(x)), ?assertEqual(1, f(1), "comment").
raise_test() ->
    ?assertError(badarith, 1 / f(0)), ?assertExit({x, _}, exit({x, f(1)})), ?assertThrow(t, throw(f(t))),
    ?assertException(error, {badmatch, _}, a = f(b)).
many_test_() ->
    [?_test(f(1)), ?_assertEqual(1, f(1)), {"title", ?_assert(f(true))}, ?_assertMatch({_}, f({1})), ?_assertError(x, error(f(x))),
     fun() -> ok end, {timeout, 3, ?_assertNot(f(false))}, {inorder, [?_assertThrow(a, throw(f(a)))]}, {with, 3, [fun(3) -> ok end]},
     {generator, fun() -> ?_test(ok) end}, {inparallel, [fun() -> ok end, fun() -> ok end]}].
setup_test_() ->
    {setup, fun() -> put(k, 1), self() end, fun(P) -> 1 = get(k), P end, fun(P) -> [?_assert(is_process_alive(P)), ?_assertNotEqual(P, self())] end}.
foreach_test_() ->
    {foreach, fun() -> f(1) end, fun(1) -> ok end, [fun(X) -> ?_assertEqual(1, X) end, fun(X) -> {"second", ?_assertEqual(1, X)} end]}.

f(X) -> X.

main(_) ->
    io:format("~p~n", [lists:sort([F || {F, 0} <- ?MODULE:module_info(exports)])]),
    io:format("~p~n", [?MODULE:test()]),
    run([]),
    run({?MODULE, good_test}),
    run([fun() -> ok end, fun() -> ok end]),
    run(no_such_module),
    run([?_assertEqual(3, f(4)), ?_assert(f(false)), ?_assertError(x, f(ok)), {?MODULE, nothing}, ?_test(begin io:format("hi"), throw(t) end)]),
    run({setup, fun() -> io:format("set up~n") end, fun(_) -> io:format("cleaned up~n") end, [{timeout, 0.01, fun() -> timer:sleep(9000) end}]}),
    run([{setup, fun() -> error(no) end, fun(_) -> ok end, [?_assert(true)]}, ?_assert(true)]),
    run([fun() -> exit(self(), kill), timer:sleep(9000) end, ?_assert(true)]),
    run({"group", [{"a", fun() -> ok end}, {"inner", [fun() -> ok end, fun() -> ok end]}]}, [verbose]).
% expect: [foreach_test_,good_test,many_test_,match_test,module_info,raise_test,
% expect:  setup_test_,test]
% expect:   All 19 tests passed.
% expect: ok
% expect:   There were no tests to run.
% expect: ok
% expect:   Test passed.
% expect: ok
% expect:   2 tests passed.
% expect: ok
% expect: undefined
% expect: *** test module not found ***
% expect: **no_such_module
% expect: =======================================================
% expect:   Failed: 0.  Skipped: 0.  Passed: 0.
% expect: One or more tests were cancelled.
% expect: error
% expect: eunit_sample:29: ...*failed*
% expect: **error:{assertEqual,[{module,eunit_sample},
% expect:               {line,29},
% expect:               {expression,"f ( 4 )"},
% expect:               {expected,3},
% expect:               {value,4}]}
% expect:   output:<<"">>
% expect: eunit_sample:29: ...*failed*
% expect: **error:{assert,[{module,eunit_sample},
% expect:          {line,29},
% expect:          {expression,"f ( false )"},
% expect:          {expected,true},
% expect:          {value,false}]}
% expect:   output:<<"">>
% expect: eunit_sample:29: ...*failed*
% expect: **error:{assertException,[{module,eunit_sample},
% expect:                   {line,29},
% expect:                   {expression,"f ( ok )"},
% expect:                   {pattern,"{ error , x , [...] }"},
% expect:                   {unexpected_success,ok}]}
% expect:   output:<<"">>
% expect: eunit_sample: nothing...*did not run*
% expect: ::no such function: eunit_sample:nothing/0
% expect: eunit_sample:29: ...*failed*
% expect: **throw:t
% expect:   output:<<"hi">>
% expect: =======================================================
% expect:   Failed: 4.  Skipped: 1.  Passed: 0.
% expect: error
% expect: eunit_sample: ...*timed out*
% expect: undefined
% expect: =======================================================
% expect:   Failed: 0.  Skipped: 0.  Passed: 0.
% expect: One or more tests were cancelled.
% expect: error
% expect: undefined
% expect: *** context setup failed ***
% expect: **error:no
% expect: =======================================================
% expect:   Failed: 0.  Skipped: 0.  Passed: 1.
% expect: One or more tests were cancelled.
% expect: error
% expect: eunit_sample: ...*skipped*
% expect: undefined
% expect: *unexpected termination of test process*
% expect: ::killed
% expect: =======================================================
% expect:   Failed: 0.  Skipped: 0.  Passed: 0.
% expect: One or more tests were cancelled.
% expect: error
% expect: ======================== EUnit ========================
% expect: group
% expect:   eunit_sample:  (a)...ok
% expect:   inner
% expect:     eunit_sample: ...ok
% expect:     eunit_sample: ...ok
% expect: =======================================================
% expect:   All 3 tests passed.
% expect: ok

run(Tests) -> run(Tests, []).

%% What differs from OTP, or from run to run, is left out: names of funs, stacks, times, empty lines.
run(Tests, Options) ->
    Self = self(),
    Leader = spawn_link(fun() -> keep(Self, []) end),
    Old = group_leader(),
    group_leader(Leader, Self),
    Answer = eunit:test(Tests, Options),
    group_leader(Old, Self),
    Leader ! stop,
    Text = receive {kept, T} -> T end,
    Lines = [L || L <- string:split(Text, "\n", all), string:trim(L) =/= "", not lists:prefix("in ", L), not lists:prefix("**in ", L), string:find(L, "[done") =:= nomatch],
    [io:format("~ts~n", [re:replace(L, "[^ ]*fun-[0-9]*-|\\[0.*s\\] |'?run/1.*|main/1|main", "", [global, {return, list}])]) || L <- Lines],
    io:format("~p~n", [Answer]).

keep(To, Kept) ->
    receive
        {io_request, From, As, {put_chars, _, M, F, A}} -> From ! {io_reply, As, ok}, keep(To, [apply(M, F, A) | Kept]);
        {io_request, From, As, {put_chars, _, Chars}} -> From ! {io_reply, As, ok}, keep(To, [Chars | Kept]);
        stop -> To ! {kept, unicode:characters_to_list(lists:reverse(Kept))}
    end.
