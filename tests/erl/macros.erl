%% macros.erl - the preprocessor, attributes, control flow, operators' order.
-module(macros).
-vsn("1").
-author(me).
-export([main/1]).
-define(ANSWER, 42).
-define(ADD(A, B), (A + B)).
-define(SHOW(E), {??E, E}).
-define(TWICE(X), begin X, X end).
-define(NAME, ?MODULE).
-ifdef(TEST).
-define(MODE, test).
-else.
-define(MODE, normal).
-endif.
-ifndef(NOT_DEFINED).
-define(UNDEF, yes).
-endif.
-if(?ANSWER > 40).
-define(LARGE, true).
-elif(true).
-define(LARGE, maybe_).
-else.
-define(LARGE, false).
-endif.
-undef(UNDEF).
-ifdef(UNDEF).
-define(GONE, no).
-else.
-define(GONE, yes).
-endif.
-type t() :: {a, integer()} | [t()].
-spec main([string()]) -> ok.
-spec p(term()) -> ok.
-compile({inline, [p/1]}).

main(_) ->
    p(?ANSWER),  % expect: 42
    p(?ADD(1, 2) * 3),  % expect: 9
    p(?SHOW(1 + ?ANSWER)),  % expect: {"1 + ? ANSWER",43}
    p(?TWICE(x)),  % expect: x
    p([?NAME, ?MODE, ?LARGE, ?GONE, ?FUNCTION_NAME, ?FUNCTION_ARITY]),  % expect: [macros,normal,true,yes,main,1]
    p(?LINE),  % expect: 43
    p(lists:suffix("macros.erl", ?FILE)),  % expect: true
    p([1 + 2 * 3 - 4, (1 + 2) * 3, -3 + 1, - -3, not true or true, 2 + 3 bsl 1]),  % expect: [3,9,-2,3,true,10]
    p([1 - 2 - 3, [1] ++ [2] ++ [3], [1, 2, 3, 1] -- [1] -- [1], 7 div 2 * 2]),  % expect: [-4,[1,2,3],[1,2,3,1],6]
    p([true andalso false orelse true, 1 < 2 andalso 2 < 3, false xor true]),  % expect: [true,true,true]
    p([begin A = 1, B = A + 1, B end, begin ok end]),  % expect: [2,ok]
    p("multi"  % expect: "multipartstring"
      "part" "string"),
    p('quoted atom \'x\''),  % expect: 'quoted atom \'x\''
    p([$a, $\s, $\t, $\^a, $\x7f, $\101, $"]),  % expect: [97,32,9,1,127,65,34]
    p(["\x41\102\n\"\\", 'a\nb']),  % expect: ["AB\n\"\\",'a\nb']
    p({?MODULE:module_info(module), proplists:get_value(author, ?MODULE:module_info(attributes))}),
    % expect: {macros,[me]}
    p(lists:member({main, 1}, ?MODULE:module_info(exports))),  % expect: true
    p(fun ?MODULE:main/1),  % expect: fun macros:main/1
    p(case 1 of 1 -> case 2 of 3 -> a; 2 -> b end end),  % expect: b
    ok.

p(X) -> io:format("~0p~n", [X]).
