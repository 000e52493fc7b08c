%% program_expr.erl - random Erlang: steps, expressions of a type, patterns, guards, processes. Library calls: program_calls.erl.
%% What has bit segments: program_bits.erl. An expression is most likely of the type that is asked for, another one now and then:
%% errors are part of the language.
-module(program_expr).
-export([program/0, expr/3, constant/1]).
-import(program_tree, [node/2, leaf/1, mix/1, steps/1, r/1, pick/1, chance/1]).

-define(WRONG, 4). % percent of the arguments that are of any type

program() ->
    case r(10) of
        1 -> expr(any, 4, []);  % alone: what it raises is the outcome, with its stack
        2 -> calls();
        _ -> body(1 + r(3), [])
    end.

%% Calls of the library with constants, each on its own: which error a wrong argument gives.
calls() ->
    Results = [leaf("X" ++ integer_to_list(I)) || I <- lists:seq(1, 8)],
    steps([caught("X" ++ integer_to_list(I), atom, one_call()) || I <- lists:seq(1, 8)] ++ [mix(["{" | lists:join(", ", Results)] ++ ["}"])]).

one_call() ->
    {Name, Types} = pick(program_calls:of_type(pick([int, int, float, atom, bool, bool, list, list, list, str, str, str, tuple, tuple, map, bin, bin]))),
    Wrong = r(2 * length(Types) + 1), % at most one argument is of any type
    call(Name, [case I of Wrong -> any_argument(0, []); _ -> right_argument(T, 0, []) end || {I, T} <- lists:zip(lists:seq(1, length(Types)), Types)]).

body(N, Env) -> body(N, Env, []).

body(0, Env, Acc) ->
    Last = mix(["{", expr(any, 2, Env), ", ", expr(any, 2, Env), "}"]),
    steps(lists:reverse([Last | Acc]));
body(N, Env, Acc) ->
    Type = pick([int, int, float, list, list, map, bin, str, tuple, atom, any, fun_]),
    Name = "X" ++ integer_to_list(length(Env) + 1),
    body(N - 1, [{Name, Type} | Env], [caught(Name, Type, expr(Type, 3, Env)) | Acc]).

%% A step that fails leaves a note: one program tells more than its first exception.
caught(N, Type, E) ->
    mix([N ++ " = try ", E, " catch C" ++ N ++ ":R" ++ N ++ ":S" ++ N ++ " -> evaluate:note(C" ++ N ++ ", R" ++ N ++ ", S" ++ N ++ ", ", constant(Type), ") end"]).

expr(Type, D, Env) ->
    case chance(?WRONG) of
        true -> of_type(pick([int, float, list, map, bin, atom, tuple, str, any]), D, Env);
        false -> of_type(Type, D, Env)
    end.

of_type(any, D, Env) -> of_type(pick([int, int, float, list, map, bin, str, atom, tuple, list, bool]), D, Env);
of_type(number, D, Env) -> of_type(pick([int, float]), D, Env);
of_type(Type, D, Env) ->
    Known = [Name || {Name, T} <- Env, T =:= Type],
    case Known =/= [] andalso chance(if D =< 0 -> 70; true -> 25 end) of
        true -> leaf(pick(Known));
        false when D =< 0 -> constant(Type);
        false ->
            case {r(20), lists:member(Type, [int, float, atom, bool, list, str, tuple, map, bin, fun_])} of
                {_, false} -> constant(Type);
                {N, _} when N =< 3 -> control(Type, D - 1, Env);
                {N, _} when N =< 9, Type =/= fun_ ->
                    {Name, Types} = pick(program_calls:of_type(Type)),
                    call(Name, [argument(T, D - 1, Env) || T <- Types]);
                {10, _} when Type =:= bin; Type =:= list; Type =:= int -> program_bits:expr(D - 1, Env);
                {11, _} when Type =:= list; Type =:= tuple; Type =:= str -> special(D - 1, Env);
                _ ->
                    {Texts, Types} = pick(forms(Type)),
                    node(Texts, [argument(T, D - 1, Env) || T <- Types])
            end
    end.

call(Name, []) -> leaf(Name ++ "()");
call(Name, Args) -> mix([Name ++ "(" | lists:join(", ", Args)] ++ [")"]).

argument(Type, D, Env) ->
    case chance(?WRONG) of
        true -> any_argument(D, Env);
        false -> right_argument(Type, D, Env)
    end.

any_argument(D, Env) ->
    case chance(60) of
        true -> leaf(pick(["a", "[]", "1", "1.0", "-1", "<<>>", "#{}", "{}", "[a|b]", "[1|2]", "\"x\"", "<<1:3>>", "fun lists:reverse/1", "[<<\"a\">>]", "{a, b}", "0", "300", "[[]]", "[{a}]", "[1.5]", "1 bsl 70"]));
        false -> of_type(any, D, Env)
    end.

right_argument({fun1, A, R}, D, Env) -> a_fun(A, R, D, Env);
right_argument(f_any, D, Env) -> a_fun(any, any, D, Env);
right_argument(f_int, D, Env) -> a_fun(int, int, D, Env);
right_argument(f_bool, D, Env) -> a_fun(any, bool, D, Env);
right_argument(f_list, D, Env) -> a_fun(any, list, D, Env);
right_argument(f_fold, D, Env) -> funs_of(["E", "A"], [any, int], int, ["fun add/2", "fun erlang:max/2", "fun(E, _) -> E end"], D, Env);
right_argument(f_mapfold, D, Env) -> mix(["fun(E, A) -> {", expr(any, D - 1, [{"E", any}, {"A", int} | Env]), ", ", expr(int, D - 1, [{"E", any}, {"A", int} | Env]), "} end"]);
right_argument(f_fold3, D, Env) -> funs_of(["K", "E", "A"], [any, any, int], int, ["fun(_, E, A) -> E + A end"], D, Env);
right_argument(f_2, D, Env) -> funs_of(["E", "A"], [any, any], any, ["fun(E, A) -> {E, A} end", "fun(E, A) -> [E | A] end", "fun add/2"], D, Env);
right_argument(f_2b, D, Env) -> funs_of(["E", "A"], [any, any], bool, ["fun(E, A) -> E =/= A end", "fun(_, E) -> is_integer(E) end", "fun(_, E) -> {true, E} end"], D, Env);
right_argument(f_3, D, Env) -> funs_of(["K", "E", "A"], [any, any, any], any, ["fun(_, E, A) -> [E, A] end", "fun(K, E, A) -> {K, E, A} end", "fun(K, E, A) -> A#{E => K} end"], D, Env);
right_argument(f_cmp, D, Env) -> funs_of(["E", "A"], [any, any], bool, ["fun(E, A) -> E =< A end", "fun(E, A) -> E >= A end", "fun(E, A) -> E < A end", "fun(_, _) -> true end", "fun(_, _) -> false end"], D, Env);
right_argument(guard, _, Env) -> guard("E", Env);
right_argument(filter, _, Env) -> filter("E", Env);
right_argument(elem, D, Env) -> expr(any, D - 1, [{"E", any} | Env]);
right_argument(fold, D, Env) -> expr(int, D - 1, [{"E", any}, {"A", int} | Env]);
right_argument(Type, D, Env) when Type =:= intlist; Type =:= pairs; Type =:= lists; Type =:= args; Type =:= iolist; Type =:= strlist; Type =:= triples ->
    case chance(50) of
        true -> constant(Type);
        false -> list_of(element_type(Type), D, Env)
    end;
right_argument(chars, D, Env) -> expr(pick([str, str, bin]), D, Env);
right_argument(key, D, Env) ->
    case chance(70) of
        true -> constant(key);
        false -> expr(pick([atom, int]), D, Env)
    end;
right_argument(tokens, _, _) -> mix(["element(2, erl_scan:string(", constant(source), "))"]);
right_argument(Built, D, Env) when Built =:= queue; Built =:= ordset; Built =:= set; Built =:= gb_set; Built =:= array ->
    mix([case Built of queue -> "queue"; ordset -> "ordsets"; set -> "sets"; gb_set -> "gb_sets"; array -> "array" end ++ ":from_list(", expr(list, D - 1, Env), ")"]);
right_argument(Built, D, Env) when Built =:= orddict; Built =:= dict ->
    mix([atom_to_list(Built) ++ ":from_list(", right_argument(pairs, D - 1, Env), ")"]);
right_argument(gb_tree, D, Env) -> mix(["gb_trees:from_orddict(orddict:from_list(", right_argument(pairs, D - 1, Env), "))"]);
right_argument(Type, D, Env) -> expr(Type, D, Env).

element_type(intlist) -> int;
element_type(pairs) -> pair;
element_type(triples) -> triple;
element_type(lists) -> list;
element_type(args) -> any;
element_type(iolist) -> pick([bin, str, char]);
element_type(strlist) -> str.

list_of(Type, D, Env) ->
    mix(["[" | lists:join(", ", [element_of(Type, D - 1, Env) || _ <- lists:seq(1, r(4) - 1)])] ++ ["]"]).

element_of(pair, D, Env) -> mix(["{", right_argument(key, D, Env), ", ", expr(any, D, Env), "}"]);
element_of(triple, D, Env) -> mix(["{", expr(any, D, Env), ", ", expr(any, D, Env), ", ", expr(any, D, Env), "}"]);
element_of(Type, D, Env) -> expr(Type, D, Env).

constant(any) -> constant(pick([int, atom, list]));
constant(number) -> constant(int);
constant(Type) -> leaf(pick(constants(Type))).

constants(int) -> ["0", "1", "-1", "2", "7", "10", "255", "256", "-128", "65536", "576460752303423487", "576460752303423488",
                   "-576460752303423489", "18446744073709551616", "-9223372036854775808", "123456789012345678901234567890",
                   "$a", "16#ff", "2#101", "1_000", "(1 bsl 64)", "-(1 bsl 100)", "36#zz", "$\\n", "1114111", "55296"];
constants(float) -> ["0.0", "1.0", "-1.5", "3.14", "1.0e10", "1.0e-5", "-0.0", "1.5e300", "2.5", "0.1", "123456789.125", "1.0e22", "4.0e-320", "0.5", "-2.5", "1.0e16", "9007199254740993.0", "1.0e308", "100.0", "0.001", "99.995", "-1.0e-10"];
constants(atom) -> ["a", "b", "ok", "error", "true", "false", "undefined", "'A b'", "''", "'\\n'", "x", "'\\x{e9}'", "'\\x{3b1}'", "a@b", "'when'", "'1a'"];
constants(bool) -> ["true", "false"];
constants(str) -> ["\"\"", "\"abc\"", "\"hello world\"", "\" x \"", "\"a,b,c\"", "\"\\x{e9}\\x{3b1}\"", "\"12\"", "\"-3.5\"", "\"aXbX\"", "\"e\\x{301}a\"", "\"\\r\\n\\t\"", "\"\\\"q\\\\\"", "\"Stra\\x{df}e\"", "[128512]", "\"one\" \" two\""];
constants(list) -> ["[]", "[1]", "[1, 2, 3]", "[a, b]", "[3, 1, 2, 1]", "[{a, 1}, {b, 2}]", "[[1], [2, 3]]", "[1.0, 1, a, \"s\"]", "[{b, 1}, {a, 2}, {b, 3}]", "[x, 1, {}, [], #{}, <<>>]", "[5, 3.0, 3, 4]", "lists:seq(1, 12)", "[a, b | c]", "[c, a, b, a]"];
constants(tuple) -> ["{}", "{a}", "{1, 2}", "{ok, 3}", "{a, b, c}", "{error, {x, 1}}", "#r{}", "#r{b = 2}", "#s{}", "{[1], \"x\", <<1>>}", "#s{r = #r{a = 0}}"];
constants(map) -> ["#{}", "#{a => 1}", "#{1 => a, 1.0 => b}", "#{\"k\" => [1], {x} => y}", "#{a => #{b => 2}}", "#{a => 1, b => 1}", "#{1 => 2, 3 => 4, 5 => 6}", "#{b => <<1>>, c => {}}"];
constants(bin) -> ["<<>>", "<<\"abc\">>", "<<1, 2, 3>>", "<<255>>", "<<\"h\\x{e9}llo\"/utf8>>", "<<1:4, 2:4>>", "<<3.5/float>>", "<<5:3>>", "<<\"a,b,c\">>", "<<\"hello world\">>", "<<0, 0, 1>>", "<<\"aXbX\">>", "<<\" x \">>", "<<128, 200>>"];
constants(fun_) -> ["fun id/1", "fun erlang:abs/1", "fun(E) -> E end", "fun lists:reverse/1", "fun(_) -> 1 end", "fun only/1"];
constants(small) -> ["0", "1", "2", "3", "5", "8", "-1", "12"];
constants(pos) -> ["1", "1", "2", "2", "3", "4", "0"];
constants(key) -> ["a", "b", "1", "1.0", "\"k\"", "{x}", "3", "c"];
constants(size) -> ["1", "4", "8", "12", "16", "24", "32", "64", "0", "3"];
constants(base) -> ["2", "8", "16", "36", "37", "10", "1"];
constants(char) -> ["$a", "32", "$X", "233", "945", "0", "256", "$,"];
constants(numstr) -> ["\"12\"", "\"-7\"", "\"+3\"", "\"ff\"", "\"\"", "\"1.5\"", "\" 1\"", "\"123456789012345678901234567890\"", "\"zz\"", "\"1_0\"", "[$1 | $2]"];
constants(numbin) -> ["<<\"12\">>", "<<\"-7\">>", "<<\"+3\">>", "<<\"ff\">>", "<<>>", "<<\"1.5\">>", "<<\"12 \">>", "<<\"zz\">>"];
constants(floatstr) -> ["\"1.5\"", "\"-0.0\"", "\"1\"", "\"1.0e10\"", "\"1e5\"", "\"1.0E-3\"", "\".5\"", "\"1.5x\"", "\"1.0e400\"", "\"\""];
constants(floatbin) -> ["<<\"1.5\">>", "<<\"-0.0\">>", "<<\"1\">>", "<<\"1.0e10\">>", "<<\"1e5\">>", "<<\"1.0e400\">>", "<<>>"];
constants(floatopts) -> ["[short]", "[{decimals, 2}]", "[{decimals, 2}, compact]", "[{decimals, 0}]", "[{scientific, 3}]", "[{decimals, 10}]", "[]", "[compact]", "[{decimals, -1}]", "[{scientific, 20}]", "[x]", "[{decimals, 4}, short]"];
constants(encoding) -> ["utf8", "latin1", "unicode", "utf16", "{utf16, little}", "utf32", "{utf32, big}", "x"];
constants(endian) -> ["big", "little", "x"];
constants(unit) -> ["second", "millisecond", "microsecond", "nanosecond", "10", "x", "0"];
constants(where) -> ["leading", "trailing", "all", "x"];
constants(direction) -> ["leading", "trailing", "x"];
constants(trim) -> ["leading", "trailing", "both", "x"];
constants(pad) -> ["leading", "trailing", "both"];
constants(nf) -> ["none", "nfc", "nfd", "nfkc", "x"];
constants(args) -> ["[]", "[1]", "[a, \"b\"]", "[1.5]", "[1, 2, 3]", "[[]]", "a"];
constants(intlist) -> ["[]", "[1]", "[3, 1, 2]", "[1 | 2]", "[1, a]", "[1 bsl 70, -1]", "[2.5, 1]"];
constants(pairs) -> ["[]", "[{a, 1}]", "[{b, 2}, {a, 1}]", "[{1, x}, {1.0, y}]", "[{a, 1}, b]", "[{a, 1} | x]", "[{c, 3}, {a, 1}, {b, 2}, {a, 0}]", "[{a, 1, 2}, {b}]", "[{2, a}, {1, b}]"];
constants(triples) -> ["[]", "[{a, 1, x}]", "[{a, 1, x}, {b, 2, y}]", "[{a, 1}]"];
constants(lists) -> ["[]", "[[1], [2]]", "[[a, b], [], [c]]", "[[1] | x]", "[[1, 3], [2, 4], [0]]", "[a]", "[[1], 2]", "[[1, 2, 3], [1, 2], [3]]"];
constants(strlist) -> ["[]", "[\"a\"]", "[\"a\", \"b\"]", "[\",\", \" \"]", "\", \"", "[\"\", \"x\", \"\"]", "[<<\"a\">>]", "[[$\\r, $\\n]]"];
constants(binlist) -> ["[]", "[<<\"abc\">>]", "[<<\"abc\">>, <<\"abd\">>]", "[<<>>, <<1>>]", "[<<1:3>>]", "[a]"];
constants(iolist) -> ["[]", "[<<\"a\">>, \"b\", [$c]]", "\"abc\"", "<<\"x\">>", "[1 | <<2>>]", "[256]", "[a]", "[<<1:4>>]", "[-1]", "[\"a\" | $b]", "[[[]], <<>>]"];
constants(binpat) -> ["<<\"a\">>", "<<\",\">>", "[<<\"a\">>, <<\"b\">>]", "<<>>", "[]", "<<\"lo\">>", "[<<\"X\">>, <<\"aX\">>]", "a", "<<1:1>>", "binary:compile_pattern(<<\"b\">>)"];
constants(splitopts) -> ["[]", "[global]", "[trim]", "[global, trim]", "[global, trim_all]", "[{scope, {0, 2}}]", "[x]", "a", "[{scope, {1, 9}}]"];
constants(replaceopts) -> ["[]", "[global]", "[{insert_replaced, 1}]", "[global, {insert_replaced, [0, 1]}]", "[x]", "[{insert_replaced, 9}]"];
constants(part) -> ["{0, 1}", "{1, 2}", "{0, 0}", "{3, -2}", "{1, 9}", "{-1, 1}", "a"];
constants(regex) -> ["\"a\"", "\"[a-c]+\"", "\"(.)(.)\"", "\"^$\"", "\"(?<n>[0-9]+)\"", "\"\\\\s\"", "\"(\"", "\"x*\"", "\"a|b\"", "<<\"l+\">>", "\"(a)?(b)\""];
constants(reopts) -> ["[]", "[global]", "[{capture, all, list}]", "[{capture, none}]", "[{capture, first, binary}]", "[global, {capture, [1], list}]", "[caseless]", "[{capture, [n], list}]", "[{offset, 1}]", "[anchored]", "[x]", "[{capture, all_but_first, index}]", "[unicode]", "[notempty]", "[{capture, all_names, binary}]"];
constants(resplit) -> ["[]", "[{return, list}]", "[{return, binary}]", "[{parts, 2}]", "[group]", "[trim]", "[trim, {return, list}]", "[x]"];
constants(rereplace) -> ["[]", "[global]", "[{return, list}]", "[global, {return, list}]", "[{return, binary}]", "[x]"];
constants(proplist) -> ["[]", "[a]", "[a, {b, 1}]", "[{a, 1}, {a, 2}, b]", "[{a, true}]", "[{\"k\", 1}, x, 5]", "[{a, [1]}, {a, 2}, {b, 1, 2}]", "a", "[{a, 1} | b]"];
constants(date) -> ["{2024, 2, 29}", "{1970, 1, 1}", "{0, 1, 1}", "{2023, 2, 29}", "{2026, 12, 31}", "{-1, 1, 1}", "{2020, 13, 1}", "{1900, 3, 1}"];
constants(time) -> ["{0, 0, 0}", "{23, 59, 59}", "{24, 0, 0}", "{1, 2, 3}", "a"];
constants(datetime) -> ["{{2024, 2, 29}, {1, 2, 3}}", "{{1970, 1, 1}, {0, 0, 0}}", "{{2023, 2, 30}, {0, 0, 0}}", "{{2000, 12, 31}, {23, 59, 59}}"];
constants(path) -> ["\"a/b.erl\"", "\"/\"", "\"\"", "\"/a//b/\"", "\"x.tar.gz\"", "<<\"a/b\">>", "\"../c\"", "a", "[\"a\", $/, 'b']", "\".x\"", "\"a/.\""];
constants(uri) -> ["\"http://a.b:80/c?d=e#f\"", "\"\"", "\"a/b/../c\"", "\"mailto:x@y\"", "<<\"http://A.com/%7e\">>", "\"//h\"", "\"http://[::1]/\"", "\"a b\"", "\"?x\"", "\"HTTP://u@h/./a\""];
constants(b64) -> ["\"YWJj\"", "<<\"YQ==\">>", "<<\"YQ\">>", "\"Y Q = =\"", "<<>>", "<<\"####\">>", "<<\"YWI=\">>", "[$Y, $Q | \"==\"]", "a"];
constants(source) -> ["\"a.\"", "\"{a, 1}.\"", "\"[1, 2|X] = Y.\"", "\"\\\"s\\\" \\\"t\\\".\"", "\"#{a => 1}.\"", "\"1.5e3 16#ff $a.\"", "\"foo(\"", "\"'q a' ? :: -> .. ...\"", "\"<<1:2/binary>>.\"", "\"1 + .\"", "\"% c\\nx.\"", "\"fun(X) -> X end.\"", "\"-1.\"", "\"\\\"open\"", "\"$\"", "\"1.0e\"", "\"16#\"", "\"a b c\"", "\"{a, -1.5}.\""];
constants(format) -> ["\"~p\"", "\"~w ~s\"", "\"~5.2f|\"", "\"~~~n\"", "\"~10s~-10s|\"", "\"~c\"", "\"~x\"", "\"~b ~.16B\"", "\"~ts\"", "\"abc\"", "\"~*c\"", "\"~d\"", "\"~u\"", "\"~a\"", "<<\"~w\">>", "a", "\"~\"", "\"~5\""];
constants(pair) -> ["{a, 1}"];
constants({leaf, Text}) -> [Text];
constants([leaf, Text]) -> [Text];
constants(_) -> constants(int).

%% id/1 stands where OTP's compiler would compute something early or late: a constant subject, an update of an update.
forms(int) ->
    [{["(", Op, ")"], [int, int]} || Op <- [" + ", " - ", " * ", " div ", " rem ", " band ", " bor ", " bxor "]] ++
    [{["(", Op, ")"], [int, small]} || Op <- [" bsl ", " bsr "]] ++
    [{["(- ", ")"], [int]}, {["(bnot ", ")"], [int]}, {["begin id(", "), ", " end"], [any, int]}, {["(", ")(", ")"], [{fun1, int, int}, int]},
     {["loop(", ", ", ", ", ")"], [small, {fun1, int, int}, int]}, {["(", ")#r.a"], [tuple]}, {["(", ")#s.r#r.a"], [tuple]},
     {["lists:foldl(fun(E, A) -> ", " end, ", ", ", ")"], [fold, int, list]}, {["(+ ", ")"], [number]}, {["(", ")#s.n"], [tuple]},
     {["lists:sum([length(E) || E <- ", ", ", "])"], [list, filter]}, {["#r.", ""], [[leaf, "b"]]}, {["(catch ", ")"], [int]},
     {["apply(", ", [", "])"], [f_int, int]}, {["apply(", ", abs, [", "])"], [[leaf, "erlang"], int]}];
forms(float) ->
    [{["(", Op, ")"], [float, float]} || Op <- [" + ", " - ", " * ", " / "]] ++
    [{["(", " / ", ")"], [int, int]}, {["(", " + ", ")"], [float, int]}, {["(- ", ")"], [float]}, {["begin <<F:64/float>> = ", ", F end"], [bin]},
     {["(", " * ", ")"], [int, float]}, {["(", " - ", ")"], [int, float]}];
forms(atom) -> [{["(catch ", ")"], [atom]}, {["element(1, ", ")"], [tuple]} | forms(bool)];
forms(bool) ->
    [{["(", Op, ")"], [any, any]} || Op <- [" == ", " =:= ", " < ", " =< ", " > ", " >= ", " /= ", " =/= "]] ++
    [{["(", Op, ")"], [int, float]} || Op <- [" == ", " < ", " >= "]] ++
    [{["(", Op, ")"], [bool, bool]} || Op <- [" and ", " or ", " xor ", " andalso ", " orelse "]] ++
    [{["(not ", ")"], [bool]}, {["is_record(", ", r)"], [tuple]}];
forms(list) ->
    [{["[", ", ", "]"], [any, any]}, {["[", " | ", "]"], [any, list]}, {["(", " ++ ", ")"], [list, list]}, {["(", " -- ", ")"], [list, list]},
     {["[", " || E <- ", "]"], [elem, list]}, {["[{E, G} || E <- ", ", G <- ", "]"], [list, list]}, {["[E || E <- ", ", ", "]"], [list, filter]},
     {["[E || <<E:", ">> <= ", "]"], [size, bin]}, {["[V || {V, _} <- ", "]"], [list]}, {["[E || E <- ", ", {G} <- [{E}], G =/= ", "]"], [list, any]},
     {["[E || E <- ", ", is_integer(E) orelse E =:= ", "]"], [list, atom]}, {["begin [H | T] = ", ", [T, H] end"], [list]},
     {["[", " || E <- ", ", ", "]"], [elem, list, bool]}, {["[E || E <- ", ", ", " =/= E]"], [list, elem]}, {["[{K, E} || {K, E} <- maps:to_list(", ")]"], [map]},
     {["[[G || G <- E, ", "] || E <- ", "]"], [filter, lists]}, {["[{E, I} || {I, E} <- lists:enumerate(", ")]"], [list]},
     {["deep(", ", fun() -> ", " end)"], [small, any]}, {["[E || <<E:4, _:", ">> <= ", ", ", "]"], [size, bin, filter]},
     {["[{A, B} || <<A:8, B:A/binary>> <= ", "]"], [bin]}, {["[E || <<E/utf8>> <= ", "]"], [bin]}, {["[X || X = {_, _} <- ", "]"], [pairs]},
     {["lists:sort([G || #{a := G} <- [", ", ", "]])"], [map, map]}, {["(catch ", ")"], [list]}];
forms(str) ->
    [{["(", " ++ ", ")"], [str, str]}, {["lists:flatten(io_lib:write(", "))"], [any]}, {["lists:flatten(io_lib:print(", "))"], [any]}, {["lists:flatten(io_lib:format(", ", ", "))"], [format, args]}, {["lists:flatten(io_lib:format(\"~p\", [", "]))"], [any]}, {["lists:flatten(io_lib:format(\"~w\", [", "]))"], [any]},
     {["lists:flatten(io_lib:format(\"~10.3f|~-8s|~5w|~e\", [", ", ", ", ", ", ", "]))"], [float, str, atom, float]},
     {["lists:flatten(io_lib:format(\"~s ~ts ~c ~b ~.16b\", [", ", ", ", ", ", ", ", ", "]))"], [str, str, int, int, int]},
     {["lists:flatten(io_lib:format(\"~20p|~0p|~tp\", [", ", ", ", ", "]))"], [any, any, any]}, {["lists:flatten(string:replace(", ", ", ", ", ", all))"], [str, str, str]},
     {["lists:flatten(io_lib:format(\"~P|~W\", [", ", ", ", ", ", ", "]))"], [any, small, any, small]}];
forms(tuple) ->
    [{["{", ", ", "}"], [any, any]}, {["{", "}"], [any]}, {["#r{a = ", ", b = ", "}"], [any, any]}, {["(", ")#r{b = ", "}"], [tuple, any]},
     {["{", ", ", ", ", "}"], [any, any, any]}, {["#r{_ = ", "}"], [any]}, {["(", ")#s{r = #r{c = ", "}, n = ", "}"], [tuple, any, int]},
     {["((", ")#s.r)#r{a = ", "}"], [tuple, any]}, {["(catch ", ")"], [tuple]}, {["{catch ", ", ", "}"], [any, any]}];
forms(map) ->
    [{["#{", " => ", ", ", " => ", "}"], [key, any, key, any]}, {["(id(", "))#{", " => ", "}"], [map, key, any]}, {["(id(", "))#{", " := ", "}"], [map, key, any]},
     {["(id(", "))#{", " := ", ", ", " => ", "}"], [map, key, any, key, any]}, {["maps:map(fun(_, E) -> ", " end, ", ")"], [elem, map]},
     {["maps:filter(fun(_, E) when ", " -> true; (_, _) -> false end, ", ")"], [guard, map]},
     {["maps:from_list([{E, ", "} || E <- ", "])"], [elem, list]}, {["begin #{", " := V} = ", ", #{V => 1} end"], [key, map]}];
forms(bin) ->
    [{["<<(", ")>>"], [int]}, {["<<(", "):", ">>"], [int, size]}, {["<<(", "):16/little>>"], [int]}, {["<<(", ")/binary, (", ")/binary>>"], [bin, bin]},
     {["<<(", ")/float>>"], [float]}, {["<<(", "):32/float>>"], [float]}, {["<<(", ")/utf8>>"], [int]}, {["<< <<E>> || E <- ", " >>"], [list]},
     {["<< <<E:4>> || <<E:8>> <= ", " >>"], [bin]}, {["<<(", "):24/signed-little, (", "):4>>"], [int, int]}, {["<<(", ")/bitstring, 1:1>>"], [bin]},
     {["begin <<A:", "/bitstring, _/bitstring>> = ", ", A end"], [size, bin]}, {["begin <<A:", "/signed, B/bitstring>> = ", ", {A, B} end"], [size, bin]},
     {["begin <<A:", "/little, B/bitstring>> = ", ", {A, B} end"], [size, bin]}, {["begin <<A/utf8, B/binary>> = ", ", {A, B} end"], [bin]},
     {["binary_to_term(term_to_binary(", "))"], [any]}, {["<< <<(", ")/binary>> || E <- ", " >>"], [bin, list]}, {["<< <<", ":8>> || E <- ", ", ", " >>"], [elem, list, filter]}];
forms(fun_) ->
    [{["", ""], [{fun1, int, int}]}, {["", ""], [{fun1, any, any}]}, {["", ""], [{fun1, list, any}]}];
forms(_) -> [{["", ""], [any]}].

%% ---- what has more than one form ----

%% Formats with directives of all kinds, tables, sorted answers of what has no order.
special(D, Env) ->
    case r(7) of
        N when N =< 3 -> formatted(D, Env);
        4 -> ets(D, Env);
        5 -> mix(["lists:sort(sets:to_list(", pick([mix(["sets:union(", right_argument(set, D, Env), ", ", right_argument(set, D, Env), ")"]),
                                                    mix(["sets:subtract(", right_argument(set, D, Env), ", ", right_argument(set, D, Env), ")"]),
                                                    mix(["sets:add_element(", expr(any, D, Env), ", ", right_argument(set, D, Env), ")"])]), "))"]);
        6 -> mix(["lists:sort(dict:to_list(", pick([mix(["dict:store(", expr(any, D, Env), ", ", expr(any, D, Env), ", ", right_argument(dict, D, Env), ")"]),
                                                    mix(["dict:append(", right_argument(key, D, Env), ", ", expr(any, D, Env), ", ", right_argument(dict, D, Env), ")"]),
                                                    mix(["dict:update(", right_argument(key, D, Env), ", ", right_argument(f_any, D, Env), ", ", right_argument(dict, D, Env), ")"])]), "))"]);
        7 -> mix(["begin I = maps:next(maps:iterator(", expr(map, D, Env), ")), case I of none -> none; {K, V, _} -> {K, V} end end"])
    end.

formatted(D, Env) ->
    Parts = [directive(D, Env) || _ <- lists:seq(1, r(3))],
    Arguments = lists:append([A || {_, A} <- Parts]),
    Format = lists:append([F || {F, _} <- Parts]),
    mix(["lists:flatten(io_lib:format(\"" ++ Format ++ "\", [" | lists:join(", ", Arguments)] ++ ["]))"]).

directive(D, Env) ->
    Width = pick(["", "", "5", "-8", "12", "1", "0", "30"]),
    {W, WA} = case chance(10) of true -> {"*", [constant(small)]}; false -> {Width, []} end,
    Precision = pick(["", "", ".2", ".5", ".1", ".0", ".10"]),
    Pad = pick(["", "", "", ".0", "..x"]),
    P = case Pad of ".0" -> W ++ (case Precision of "" -> "."; _ -> Precision end) ++ ".0"; "..x" -> W ++ "..x"; "" -> W ++ Precision end,
    case r(16) of
        1 -> {"~" ++ W ++ "w", WA ++ [argument(any, D, Env)]};
        2 -> {"~" ++ pick(["", "t"]) ++ "p", [argument(any, D, Env)]};
        3 -> {"~" ++ P ++ pick(["s", "ts"]), WA ++ [argument(pick([str, bin, atom, iolist]), D, Env)]};
        4 -> {"~" ++ P ++ pick(["f", "e", "g"]), WA ++ [argument(float, D, Env)]};
        5 -> {"~" ++ W ++ pick(["b", "B"]), WA ++ [argument(int, D, Env)]};
        6 -> {"~" ++ W ++ "." ++ pick(["2", "16", "36", "37", "10"]) ++ pick(["b", "B", "#", "+"]), WA ++ [argument(int, D, Env)]};
        7 -> {"~" ++ W ++ pick(["c", "tc"]), WA ++ [argument(pick([char, int]), D, Env)]};
        8 -> {"~n~~", []};
        9 -> {"~i|", [argument(any, D, Env)]};
        10 -> {"~" ++ pick(["W", "P"]), [argument(any, D, Env), argument(small, D, Env)]};
        11 -> {"~.16x", [argument(int, D, Env), constant(str)]};
        12 -> {"~" ++ pick(["10", "20", "40"]) ++ "p", [argument(any, D, Env)]};
        13 -> {"~" ++ pick(["tw", "0tp", "lp", "0p", "lw", "ltp"]), [argument(any, D, Env)]};
        14 -> {"text ", []};
        15 -> {"~" ++ pick(["10.3", "8.2", ".1", ".4", "5.1", "20.15", "-12.3"]) ++ pick(["f", "e", "g"]), [argument(float, D, Env)]};
        16 -> {"~" ++ pick(["10.4", "6", "-6", ".3", "10..-", "-10.4.+", "3.2"]) ++ pick(["s", "ts", "w"]), [argument(str, D, Env)]}
    end.

ets(D, Env) ->
    N = integer_to_list(r(100000)),
    T = "T" ++ N,
    Read = pick([["ets:lookup(" ++ T ++ ", ", right_argument(key, D, Env), ")"], ["ets:member(" ++ T ++ ", ", right_argument(key, D, Env), ")"],
                 ["lists:sort(ets:tab2list(" ++ T ++ "))"], ["ets:update_counter(" ++ T ++ ", ", right_argument(key, D, Env), ", ", leaf(pick(["1", "{2, 3}", "{3, -1}", "[{2, 1}, {2, 2}]", "{2, 1, 5, 0}"])), ")"],
                 ["ets:lookup_element(" ++ T ++ ", ", right_argument(key, D, Env), ", ", constant(pos), ")"], ["ets:insert_new(" ++ T ++ ", ", element_of(pair, D, Env), ")"],
                 ["ets:delete(" ++ T ++ ", ", right_argument(key, D, Env), ")"], ["lists:sort(ets:match(" ++ T ++ ", ", leaf(pick(["{'$1', '_'}", "{a, '$1'}", "{'$2', '$1'}", "'$1'", "'_'", "{'_', 1}"])), "))"],
                 ["lists:sort(ets:select(" ++ T ++ ", ", leaf(pick(["[{{'$1', '$2'}, [], ['$2']}]", "[{{'$1', '$2'}, [{'>', '$2', 1}], ['$_']}]", "[{{'$1', '_'}, [{is_atom, '$1'}], [{{'$1', x}}]}]", "[{'$1', [], ['$1']}, {x}]", "[{{'$1', '$2'}, [{'=:=', {'+', '$2', 1}, 2}], ['$$']}]"])), "))"],
                 ["ets:take(" ++ T ++ ", ", right_argument(key, D, Env), ")"], ["ets:update_element(" ++ T ++ ", ", right_argument(key, D, Env), ", {", constant(pos), ", ", expr(any, D, Env), "})"],
                 ["ets:first(" ++ T ++ ")"], ["ets:info(" ++ T ++ ", size)"], ["ets:select_count(" ++ T ++ ", [{{'_', '$1'}, [{'<', '$1', 2}], [true]}])"], ["ets:select_delete(" ++ T ++ ", [{{'_', 1}, [], [true]}])"],
                 ["ets:next(" ++ T ++ ", ", right_argument(key, D, Env), ")"], ["ets:foldl(fun(E, A) -> [E | A] end, [], " ++ T ++ ")"]]),
    Order = pick(["ordered_set", "ordered_set", "set", "bag", "duplicate_bag"]),
    mix(["begin " ++ T ++ " = ets:new(t, [" ++ Order ++ "]), ets:insert(" ++ T ++ ", ", right_argument(pairs, D, Env), "), [", mix(Read), ", lists:sort(ets:tab2list(" ++ T ++ "))] end"]).

funs_of(Names, Types, Result, Fixed, D, Env) ->
    case chance(30) of
        true -> leaf(pick(Fixed));
        false -> mix(["fun(" ++ lists:append(lists:join(", ", Names)) ++ ") -> ", expr(Result, D - 1, lists:zip(Names, Types) ++ Env), " end"])
    end.

a_fun(Arg, Result, D, Env) ->
    case r(7) of
        1 -> leaf(pick(["fun id/1", "fun erlang:abs/1", "fun is_integer/1", "fun kind/1", "fun only/1", "fun lists:sum/1", "fun erlang:element/2"]));
        2 -> mix(["fun(" ++ pick(["0", "[]", "a", "{E, _}", "[E | _]", "#{a := E}"]) ++ ") -> ", expr(Result, D - 1, Env), "; (E) -> ", expr(Result, D - 1, [{"E", Arg} | Env]), " end"]);
        3 -> mix(["fun(E) when ", guard("E", Env), " -> ", expr(Result, D - 1, [{"E", Arg} | Env]), "; (_) -> ", expr(Result, D - 1, Env), " end"]);
        4 -> mix(["fun(" ++ pick(["0", "[]", "a", "{E, _}", "[E | _]", "#{a := E}", "E"]) ++ ") -> ", expr(Result, D - 1, Env), " end"]);
        _ -> mix(["fun(E) -> ", expr(Result, D - 1, [{"E", Arg} | Env]), " end"])
    end.

guard(Name, Env) ->
    leaf(case r(10) of
             1 -> "is_integer(" ++ Name ++ ")";
             2 -> Name ++ " > " ++ known(int, Env);
             3 -> Name ++ " =:= " ++ known(any, Env) ++ "; is_list(" ++ Name ++ "), hd(" ++ Name ++ ") == 1";
             4 -> "length(" ++ Name ++ ") > 1";
             5 -> "is_tuple(" ++ Name ++ ") andalso element(1, " ++ Name ++ ") =:= a orelse is_map_key(a, " ++ Name ++ ")";
             6 -> "abs(" ++ Name ++ ") + 1 < 10, not is_float(" ++ Name ++ ")";
             7 -> "is_record(" ++ Name ++ ", r), " ++ Name ++ "#r.a == 1";
             8 -> "map_size(" ++ Name ++ ") > 0; byte_size(" ++ Name ++ ") < 3; tuple_size(" ++ Name ++ ") == 2";
             9 -> "element(" ++ known(int, Env) ++ ", " ++ Name ++ ") =/= b orelse true";
             10 -> Name ++ " rem 2 =:= 0; round(" ++ Name ++ ") > 2, is_number(" ++ Name ++ "); " ++ Name
         end).

%% A guard of one sequence.
filter(Name, Env) ->
    Guard = guard(Name, Env),
    case string:find(program_tree:text(Guard), ";") of
        nomatch -> Guard;
        _ -> filter(Name, Env)
    end.

known(any, Env) -> case Env of [] -> "(1)"; _ -> element(1, pick(Env)) end;
known(Type, Env) -> case [N || {N, T} <- Env, T =:= Type] of [] -> "2"; Names -> pick(Names) end.

%% Control: case, if, try, receive, processes, exceptions.
control(Type, D, Env) ->
    E = expr(Type, D, Env),
    N = integer_to_list(r(100000)),
    V = "V" ++ N, W = "W" ++ N,
    Why = " catch C" ++ N ++ ":R" ++ N ++ ":S" ++ N ++ " -> {C" ++ N ++ ", evaluate:why(R" ++ N ++ ", S" ++ N ++ ")} end",
    Down = "end), down(M" ++ N ++ ") end",
    case r(26) of
        1 -> mix(["case id(", expr(any, D, Env), ") of ", pattern(V), " -> ", expr(Type, D, Env), "; ", pattern(W), " -> ", E, " end"]);
        2 -> mix(["case id(", expr(any, D, Env), ") of ", binding(V), " -> ", expr(Type, D, [{V, any} | Env]), "; _ -> ", E, " end"]);
        3 -> mix(["if ", guard(known(any, Env), Env), " -> ", expr(Type, D, Env), "; true -> ", E, " end"]);
        4 -> mix(["try ", E, Why]);
        5 -> mix(["try ", E, " of " ++ V ++ " -> ", expr(Type, D, [{V, Type} | Env]), " catch error:_ -> ", expr(Type, D, Env), "; throw:" ++ W ++ " -> {t, " ++ W ++ "} end"]);
        6 -> mix([pick(["error", "throw", "exit", "erlang:error"]) ++ "(", expr(any, D, Env), ")"]);
        7 -> mix(["begin self() ! {m" ++ N ++ ", ", E, "}, got(m" ++ N ++ ") end"]);
        8 -> mix(["begin P" ++ N ++ " = self(), spawn(fun() -> P" ++ N ++ " ! {m" ++ N ++ ", try ", E, Why ++ "} end), got(m" ++ N ++ ") end"]);
        9 -> mix(["begin {_, M" ++ N ++ "} = spawn_monitor(fun() -> exit(", E, ") " ++ Down]);
        10 -> mix(["(fun F" ++ N ++ "(0, A) -> A; F" ++ N ++ "(K, A) when K > 0 -> F" ++ N ++ "(K - 1, [A | ", expr(list, D - 1, Env), "]); F" ++ N ++ "(K, _) -> K end)(", leaf(pick(["0", "1", "2"])), ", ", E, ")"]);
        11 -> mix(["begin ", pattern(V), " = id(", expr(any, D, Env), "), ", E, " end"]);
        12 -> mix(["try ", E, " after put(k, ", expr(any, D - 1, Env), ") end"]);
        13 -> mix(["begin put(k, ", expr(any, D - 1, Env), "), {", E, ", get(k)} end"]);
        14 -> mix(["case {", E, ", id(", expr(any, D, Env), ")} of {" ++ V ++ ", " ++ V ++ "} -> same; {" ++ V ++ ", " ++ W ++ "} when " ++ V ++ " < " ++ W ++ " -> {less, " ++ V ++ "}; _ -> more end"]);
        15 -> mix(["try ", E, " catch error:{badmatch, " ++ V ++ "} -> ", expr(Type, D, [{V, any} | Env]), "; error:function_clause -> fc; exit:" ++ V ++ " when is_atom(" ++ V ++ ") -> " ++ V ++ " after ok end"]);
        16 -> mix(["try ", expr(any, D, Env), " of ", pattern(V), " -> ", E, " catch throw:" ++ W ++ " -> " ++ W ++ " end"]);
        17 -> mix(["erlang:raise(" ++ pick(["error", "exit", "throw", "throw", "x"]) ++ ", ", expr(any, D, Env), ", " ++ pick(["[]", "[{m, f, 1, []}]", "[{m, f, [a], [{line, 1}]}]", "x"]) ++ ")"]);
        18 -> mix(["erlang:error(", expr(any, D, Env), ", [", expr(any, D - 1, Env), "])"]);
        19 -> mix(["begin P" ++ N ++ " = self(), {Q" ++ N ++ ", M" ++ N ++ "} = spawn_monitor(fun() -> process_flag(trap_exit, ", leaf(pick(["true", "false"])), "), P" ++ N ++ " ! {m" ++ N ++ ", ok}, ",
                   "receive {'EXIT', _, " ++ V ++ "} -> exit({got, " ++ V ++ "}) after 5000 -> ok end end), got(m" ++ N ++ "), exit(Q" ++ N ++ ", ", expr(atom, 0, Env), "), down(M" ++ N ++ ") end"]);
        20 -> mix(["begin {_, M" ++ N ++ "} = spawn_monitor(fun() -> process_flag(trap_exit, true), spawn_link(fun() -> ", E, " end), receive {'EXIT', _, " ++ V ++ "} -> exit({linked, " ++ V ++ "}) after 5000 -> ok end " ++ Down]);
        21 -> mix(["begin {_, M" ++ N ++ "} = spawn_monitor(fun() -> {_, L" ++ N ++ "} = spawn_opt(fun() -> exit(", E, ") end, [link, monitor]), down(L" ++ N ++ "), receive after 30 -> alone end " ++ Down]);
        22 -> mix(["case id(", E, ") of ", binding(V), " when ", guard(V, Env), " -> {yes, " ++ V ++ "}; ", binding(V), " -> " ++ V ++ "; _ -> no end"]);
        23 -> mix(["begin " ++ V ++ " = ", E, ", fun(" ++ V ++ ") -> ", expr(Type, D, [{V, any} | Env]), " end(", expr(any, D, Env), ") end"]);
        24 -> mix(["(id(", expr(any, D, Env), "))(", E, ")"]);
        25 -> mix([pick(["lists", "erlang", "nomodule", "string"]) ++ ":" ++ pick(["reverse", "nofun", "abs", "map", "element"]) ++ "(", E, ")"]);
        26 -> mix(["begin self() ! {a, ", E, "}, self() ! b, receive b -> ok after 0 -> none end, receive ", pattern(V), " -> ", expr(Type, D, Env), " after 0 -> nothing end end"])
    end.

%% A pattern that binds V.
binding(V) ->
    P = pattern(V),
    case string:find(program_tree:text(P), V) of
        nomatch -> binding(V);
        _ -> P
    end.

pattern(V) ->
    leaf(pick([V, "{" ++ V ++ ", _}", "[" ++ V ++ " | _]", "#{a := " ++ V ++ "}", "<<" ++ V ++ ", _/binary>>", "{ok, _} = " ++ V, "\"a\" ++ " ++ V,
               "#r{a = " ++ V ++ "}", "[" ++ V ++ ", _, _]", "{_, [" ++ V ++ "]}", "1", "a", "[]", "<<" ++ V ++ ":4, _/bitstring>>", "1.0", "{a, " ++ V ++ "}",
               "[{_, " ++ V ++ "} | _]", "<<_:8, " ++ V ++ ":2/binary, _/bits>>", "#{\"k\" := [" ++ V ++ "]}", "<<" ++ V ++ "/utf8, _/binary>>", "{" ++ V ++ ", " ++ V ++ "}",
               "#s{r = #r{a = " ++ V ++ "}}", "#{1 := " ++ V ++ ", 1.0 := _}", "[" ++ V ++ "]", "{}", "<<>>", "\"\"", "-1", "1 + 1", "#{}", "<<_, " ++ V ++ "/bits>>"])).
