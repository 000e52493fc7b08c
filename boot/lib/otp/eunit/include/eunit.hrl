%% eunit.hrl - what a module with tests includes: the assert macros, tests as values (?_test(E), ?_assertEqual(3, 1 + 2) ...), and
%% output while one looks for a fault (?debugMsg and its kin). Exports every NAME_test/0 and NAME_test_/0, and makes test/0 (see
%% lib/erlang/transforms.sx), unless EUNIT_NOAUTO is defined; NOTEST leaves the tests out.
-ifndef(EUNIT_HRL).
-define(EUNIT_HRL, true).

-ifdef(TEST).
-undef(NOTEST).
-endif.
-ifdef(DEBUG).
-undef(NODEBUG).
-endif.

-ifndef(NOTEST).
-ifndef(ASSERT).
-define(ASSERT, true).
-endif.
-ifndef(TEST).
-define(TEST, true).
-endif.
-ifndef(EUNIT).
-define(EUNIT, true).
-endif.
-else.
-undef(EUNIT).
-endif.

-include_lib("stdlib/include/assert.hrl").

-ifndef(EUNIT_NOAUTO).
-ifndef(NOTEST).
-compile({parse_transform, eunit_autoexport}).
-else.
-compile({parse_transform, eunit_striptests}).
-endif.
-endif.

-ifndef(LET).
-define(LET(X, Y, Z), ((fun(X) -> (Z) end)(Y))).
-endif.
-ifndef(IF).
-define(IF(B, T, F), (case (B) of true -> (T); false -> (F) end)).
-endif.
-ifndef(MATCHES).
-define(MATCHES(G, E), (case (E) of G -> true; _ -> false end)).
-endif.

-define(_test(E), {?LINE, fun() -> (E) end}).
-define(_assert(E), ?_test(?assert(E))).
-define(_assertNot(E), ?_test(?assertNot(E))).
-define(_assertMatch(Guard, E), ?_test(?assertMatch(Guard, E))).
-define(_assertNotMatch(Guard, E), ?_test(?assertNotMatch(Guard, E))).
-define(_assertEqual(Expect, E), ?_test(?assertEqual(Expect, E))).
-define(_assertNotEqual(Unexpected, E), ?_test(?assertNotEqual(Unexpected, E))).
-define(_assertException(Class, Term, E), ?_test(?assertException(Class, Term, E))).
-define(_assertNotException(Class, Term, E), ?_test(?assertNotException(Class, Term, E))).
-define(_assertError(Term, E), ?_assertException(error, Term, E)).
-define(_assertExit(Term, E), ?_assertException(exit, Term, E)).
-define(_assertThrow(Term, E), ?_assertException(throw, Term, E)).

-ifndef(EUNIT_DEBUG_VAL_DEPTH).
-define(EUNIT_DEBUG_VAL_DEPTH, 15).
-endif.

-ifdef(NODEBUG).
-define(debugMsg(S), ok).
-define(debugHere, ok).
-define(debugFmt(S, As), ok).
-define(debugVal(E), (E)).
-define(debugVal(E, D), (E)).
-define(debugTime(S, E), (E)).
-else.
-define(debugMsg(S), (io:format(user, "~ts:~w:~w: ~ts\n", [?FILE, ?LINE, self(), S]))).
-define(debugHere, ?debugMsg("<-")).
-define(debugFmt(S, As), ?debugMsg(io_lib:format((S), (As)))).
-define(debugVal(E, D), ((fun(Value__) -> ?debugFmt("~ts = ~tP", [(??E), Value__, D]), Value__ end)(E))).
-define(debugVal(E), ?debugVal(E, ?EUNIT_DEBUG_VAL_DEPTH)).
-define(debugTime(S, E),
        ((fun() ->
              From__ = erlang:monotonic_time(millisecond),
              Value__ = (E),
              ?debugFmt("~ts: ~.3f s", [(S), (erlang:monotonic_time(millisecond) - From__) / 1000]),
              Value__
          end)())).
-endif.

-endif.
