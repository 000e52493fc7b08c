%% assert.hrl - macros that raise an error which says what was wrong: ?assert(true), ?assertEqual(3, 1 + 2) ... Each may have a
%% comment as its last argument. NOASSERT leaves them out. The names, and the shape of the errors, are OTP's.
%% INVARIANT: an argument is evaluated once, in a fun of its own, so that no variable gets out.
-ifndef(ASSERT_HRL).
-define(ASSERT_HRL, true).

-ifdef(NODEBUG).
-ifndef(DEBUG).
-ifndef(NOASSERT).
-define(NOASSERT, true).
-endif.
-endif.
-endif.
-ifdef(ASSERT).
-undef(NOASSERT).
-endif.

-ifdef(NOASSERT).
-define(assert(E), ok).
-define(assert(E, Comment), ok).
-define(assertNot(E), ok).
-define(assertNot(E, Comment), ok).
-define(assertMatch(Guard, E), ok).
-define(assertMatch(Guard, E, Comment), ok).
-define(assertNotMatch(Guard, E), ok).
-define(assertNotMatch(Guard, E, Comment), ok).
-define(assertEqual(Expect, E), ok).
-define(assertEqual(Expect, E, Comment), ok).
-define(assertNotEqual(Unexpected, E), ok).
-define(assertNotEqual(Unexpected, E, Comment), ok).
-define(assertException(Class, Term, E), ok).
-define(assertException(Class, Term, E, Comment), ok).
-define(assertNotException(Class, Term, E), ok).
-define(assertNotException(Class, Term, E, Comment), ok).
-else.
%% First holds what stands before the expression: a comment, or nothing.
-define(assertFault_(Kind, First, Notes),
        erlang:error({Kind, [{module, ?MODULE}, {line, ?LINE}] ++ First ++ Notes})).
%% The value is not one that is known when it is compiled: no warning says that a clause cannot match.
-define(assertBoolean_(Wanted, Test, E, Text, First),
        ((fun() ->
              Yes__ = Test,
              case (E) of
                  Yes__ -> ok;
                  Got__ -> ?assertFault_(assert, First,
                                         [{expression, Text}, {expected, Wanted},
                                          case not Yes__ of
                                              Got__ -> {value, Got__};
                                              _ -> {not_boolean, Got__}
                                          end])
              end
          end)())).
-define(assert(E), ?assertBoolean_(true, is_process_alive(self()), E, (??E), [])).
-define(assert(E, Comment), ?assertBoolean_(true, is_process_alive(self()), E, (??E), [{comment, Comment}])).
-define(assertNot(E), ?assertBoolean_(false, not is_process_alive(self()), E, (??E), [])).
-define(assertNot(E, Comment), ?assertBoolean_(false, not is_process_alive(self()), E, (??E), [{comment, Comment}])).

-define(assertMatch_(Guard, E, Pattern, Text, First),
        ((fun() ->
              case (E) of
                  Guard -> ok;
                  Got__ -> ?assertFault_(assertMatch, First, [{expression, Text}, {pattern, Pattern}, {value, Got__}])
              end
          end)())).
-define(assertMatch(Guard, E), ?assertMatch_(Guard, E, (??Guard), (??E), [])).
-define(assertMatch(Guard, E, Comment), ?assertMatch_(Guard, E, (??Guard), (??E), [{comment, Comment}])).

-define(assertNotMatch_(Guard, E, Pattern, Text, First),
        ((fun() ->
              Got__ = (E),
              case Got__ of
                  Guard -> ?assertFault_(assertNotMatch, First, [{expression, Text}, {pattern, Pattern}, {value, Got__}]);
                  _ -> ok
              end
          end)())).
-define(assertNotMatch(Guard, E), ?assertNotMatch_(Guard, E, (??Guard), (??E), [])).
-define(assertNotMatch(Guard, E, Comment), ?assertNotMatch_(Guard, E, (??Guard), (??E), [{comment, Comment}])).

-define(assertEqual_(Expect, E, Text, First),
        ((fun() ->
              Want__ = (Expect),
              case (E) of
                  Want__ -> ok;
                  Got__ -> ?assertFault_(assertEqual, First, [{expression, Text}, {expected, Want__}, {value, Got__}])
              end
          end)())).
-define(assertEqual(Expect, E), ?assertEqual_(Expect, E, (??E), [])).
-define(assertEqual(Expect, E, Comment), ?assertEqual_(Expect, E, (??E), [{comment, Comment}])).

-define(assertNotEqual_(Unexpected, E, Text, First),
        ((fun() ->
              Bad__ = (Unexpected),
              case (E) of
                  Bad__ -> ?assertFault_(assertNotEqual, First, [{expression, Text}, {value, Bad__}]);
                  _ -> ok
              end
          end)())).
-define(assertNotEqual(Unexpected, E), ?assertNotEqual_(Unexpected, E, (??E), [])).
-define(assertNotEqual(Unexpected, E, Comment), ?assertNotEqual_(Unexpected, E, (??E), [{comment, Comment}])).

-define(assertException_(Class, Term, E, Pattern, Text, First),
        ((fun() ->
              try (E) of
                  Got__ -> ?assertFault_(assertException, First,
                                         [{expression, Text}, {pattern, Pattern}, {unexpected_success, Got__}])
              catch
                  Class:Term -> ok;
                  Class__:Reason__:Stack__ ->
                      ?assertFault_(assertException, First,
                                    [{expression, Text}, {pattern, Pattern},
                                     {unexpected_exception, {Class__, Reason__, Stack__}}])
              end
          end)())).
-define(assertException(Class, Term, E),
        ?assertException_(Class, Term, E, "{ " ++ (??Class) ++ " , " ++ (??Term) ++ " , [...] }", (??E), [])).
-define(assertException(Class, Term, E, Comment),
        ?assertException_(Class, Term, E, "{ " ++ (??Class) ++ " , " ++ (??Term) ++ " , [...] }", (??E), [{comment, Comment}])).

-define(assertNotException_(Class, Term, E, Pattern, Text, First),
        ((fun() ->
              try (E) of
                  _ -> ok
              catch
                  Class__:Reason__:Stack__ ->
                      case Class__ of
                          Class ->
                              case Reason__ of
                                  Term -> ?assertFault_(assertNotException, First,
                                                        [{expression, Text}, {pattern, Pattern},
                                                         {unexpected_exception, {Class__, Reason__, Stack__}}]);
                                  _ -> ok
                              end;
                          _ -> ok
                      end
              end
          end)())).
-define(assertNotException(Class, Term, E),
        ?assertNotException_(Class, Term, E, "{ " ++ (??Class) ++ " , " ++ (??Term) ++ " , [...] }", (??E), [])).
-define(assertNotException(Class, Term, E, Comment),
        ?assertNotException_(Class, Term, E, "{ " ++ (??Class) ++ " , " ++ (??Term) ++ " , [...] }", (??E), [{comment, Comment}])).
-endif.

-define(assertError(Term, E), ?assertException(error, Term, E)).
-define(assertError(Term, E, Comment), ?assertException(error, Term, E, Comment)).
-define(assertExit(Term, E), ?assertException(exit, Term, E)).
-define(assertExit(Term, E, Comment), ?assertException(exit, Term, E, Comment)).
-define(assertThrow(Term, E), ?assertException(throw, Term, E)).
-define(assertThrow(Term, E, Comment), ?assertException(throw, Term, E, Comment)).

-endif.
