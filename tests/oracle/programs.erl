%% programs.erl - random Erlang programs, and smaller ones that are like a given one.
%%   programs.erl make SEED N FILE       N programs, [{Number, Tree}] as an external term.
%%   programs.erl shrink TREES FILE      of the first program of TREES, every program that is one step smaller, the smallest first
%%   programs.erl source TREES FILE      the text of each: behind a line `%%% NUMBER` a module
%% A tree is {Texts, Children}: the texts stand around and between the children. So a program is made smaller without knowing
%% what it means: a child stands for its parent, or a constant for a node. What does not compile then is no difference.
%% Of an error that a library function raises a program sees only that: which one a wrong argument gives is for the conformance cases.
-module(programs).
-export([main/1]).

main(["make", Seed, N, File]) ->
    rand:seed(exsss, list_to_integer(Seed)),
    write(File, [{I, program()} || I <- lists:seq(1, list_to_integer(N))]);
main(["shrink", Trees, File]) ->
    [{_, Tree} | _] = read(Trees),
    Smaller = lists:usort([{size_of(T), T} || T <- smaller(Tree), size_of(T) < size_of(Tree)]),
    write(File, [{I, T} || {I, {_, T}} <- lists:zip(lists:seq(1, length(Smaller)), Smaller)]);
main(["pick", Trees, Number, File]) ->
    All = read(Trees),
    write(File, [lists:keyfind(list_to_integer(Number), 1, All)]);
main(["source", Trees, File]) ->
    All = read(Trees),
    ok = file:write_file(File, unicode:characters_to_binary([["%%% ", integer_to_list(I), "\n", module_text(I, T)] || {I, T} <- All])).

write(File, Trees) -> ok = file:write_file(File, term_to_binary(Trees)).

read(File) ->
    {ok, Bytes} = file:read_file(File),
    binary_to_term(Bytes).

module_text(I, Tree) ->
    ["-module(p", integer_to_list(I), ").\n-export([main/0]).\n-record(r, {a = 1, b, c = [x]}).\nmain() ->\n    ", text(Tree),
     ".\n\nid(X) -> X.\nloop(0, F, A) -> F(A);\nloop(N, F, A) -> loop(N - 1, F, F(A)).\n",
     "kind(X) when is_integer(X), X > 10 -> big;\nkind(X) when is_integer(X); is_float(X) -> number;\nkind([_ | T]) -> {list, kind(T)};\n",
     "kind(#r{b = B}) -> {r, B};\nkind({A, B}) when A =:= B -> twins;\nkind(T) when is_tuple(T), tuple_size(T) > 2 -> element(3, T);\n",
     "kind(#{a := A}) -> A;\nkind(<<A, _/binary>>) -> A;\nkind(X) when is_atom(X) -> X.\n",
     "why(badarith, _) -> badarith;\nwhy({badkey, _} = R, _) -> R;\nwhy({badmap, _} = R, _) -> R;\nwhy(_, [{erlang, F, _, _} | _]) when F =:= '--'; F =:= '++' -> library;\nwhy(R, [{M, _, _, _} | _]) when M =:= p", integer_to_list(I), "; M =:= erlang -> R;\nwhy(_, _) -> library.\n",
     "unused() -> {id(1), loop(1, fun id/1, 2), kind(#r{}), fun unused/0, why(1, [])}.\n"].

text({Texts, Children}) -> between(Texts, Children).
between([T], []) -> T;
between([T | Ts], [C | Cs]) -> [T, text(C) | between(Ts, Cs)].

%% ---- smaller ones ----

size_of(T) -> iolist_size(unicode:characters_to_binary(text(T))).

smaller({Texts, Children} = Tree) ->
    [C || C <- Children] ++ [{[K], []} || K <- ["0", "[]", "a", "<<>>", "1.0", "X1"], {[K], []} =/= Tree, Children =/= []]
        ++ lists:append([[{Texts, replaced(I, S, Children)} || S <- smaller(lists:nth(I, Children))] || I <- lists:seq(1, length(Children))]).

replaced(I, X, List) -> lists:sublist(List, I - 1) ++ [X | lists:nthtail(I, List)].

%% ---- programs ----

program() -> body(2 + r(3), []).

%% Steps that bind variables, then a tuple of what came out.
body(N, Env) -> steps(N, Env, []).

steps(0, Env, Acc) ->
    Last = node(["{", ", ", "}"], [expr(any, 3, Env), expr(any, 2, Env)]),
    sequence(lists:reverse([Last | Acc]));
steps(N, Env, Acc) ->
    Type = pick([int, int, float, list, list, map, bin, str, tuple, atom, any, fun_]),
    Name = "X" ++ integer_to_list(length(Env) + 1),
    steps(N - 1, [{Name, Type} | Env], [caught(Name ++ " = ", Name, expr(Type, 4, Env)) | Acc]).

%% A step that fails leaves what it raised: one program tells more than its first exception.
caught(Before, N, E) -> node([Before ++ "try ", " catch C" ++ N ++ ":R" ++ N ++ ":S" ++ N ++ " -> {C" ++ N ++ ", why(R" ++ N ++ ", S" ++ N ++ ")} end"], [E]).

sequence([One]) -> One;
sequence(Es) -> node([""] ++ lists:duplicate(length(Es) - 1, ",\n    ") ++ [""], Es).

node(Texts, Children) -> {Texts, Children}.
leaf(Text) -> {[Text], []}.

r(N) -> rand:uniform(N).
pick(List) -> lists:nth(r(length(List)), List).
chance(Percent) -> r(100) =< Percent.

%% An expression that is most likely of the type; the wrong one now and then.
expr(Type, D, Env) ->
    case chance(2) of
        true -> of_type(pick([int, float, list, map, bin, atom, tuple, str, any]), D, Env);
        false -> of_type(Type, D, Env)
    end.

of_type(any, D, Env) -> of_type(pick([int, int, float, list, map, bin, str, atom, tuple, list, bool]), D, Env);
of_type(Type, D, Env) ->
    Known = [Name || {Name, T} <- Env, T =:= Type],
    case Known =/= [] andalso chance(if D =< 0 -> 70; true -> 25 end) of
        true -> leaf(pick(Known));
        false when D =< 0 -> constant(Type);
        false ->
            case chance(15) of
                true -> control(Type, D - 1, Env);
                false -> form(Type, D - 1, Env)
            end
    end.

constant(int) -> leaf(pick(["0", "1", "-1", "2", "7", "10", "255", "256", "-128", "65536", "576460752303423487", "576460752303423488",
                            "-576460752303423489", "18446744073709551616", "-9223372036854775808", "123456789012345678901234567890",
                            "$a", "16#ff", "2#101", "1_000"]));
constant(float) -> leaf(pick(["0.0", "1.0", "-1.5", "3.14", "1.0e10", "1.0e-5", "-0.0", "1.5e300", "2.5", "0.1", "123456789.125", "1.0e22", "4.0e-320"]));
constant(atom) -> leaf(pick(["a", "b", "ok", "error", "true", "false", "undefined", "'A b'", "''", "'\\n'", "x"]));
constant(bool) -> leaf(pick(["true", "false"]));
constant(str) -> leaf(pick(["\"\"", "\"abc\"", "\"hello world\"", "\" x \"", "\"a,b,c\"", "\"\\x{e9}\\x{3b1}\"", "\"12\"", "\"-3.5\""]));
constant(list) -> leaf(pick(["[]", "[1]", "[1, 2, 3]", "[a, b]", "[3, 1, 2, 1]", "[{a, 1}, {b, 2}]", "[[1], [2, 3]]", "[1.0, 1, a, \"s\"]"]));
constant(tuple) -> leaf(pick(["{}", "{a}", "{1, 2}", "{ok, 3}", "{a, b, c}", "{error, {x, 1}}", "#r{}", "#r{b = 2}"]));
constant(map) -> leaf(pick(["#{}", "#{a => 1}", "#{1 => a, 1.0 => b}", "#{\"k\" => [1], {x} => y}", "#{a => #{b => 2}}"]));
constant(bin) -> leaf(pick(["<<>>", "<<\"abc\">>", "<<1, 2, 3>>", "<<255>>", "<<\"h\\x{e9}llo\"/utf8>>", "<<1:4, 2:4>>", "<<3.5/float>>", "<<5:3>>", "<<\"a,b,c\">>"]));
constant(fun_) -> leaf(pick(["fun id/1", "fun erlang:abs/1", "fun(E) -> E end", "fun lists:reverse/1", "fun(_) -> 1 end"]));
constant(any) -> constant(pick([int, atom, list])).

%% Several forms by type: {Texts, Types of the children}.
form(Type, D, Env) ->
    {Texts, Types} = pick(forms(Type)),
    node(Texts, [child(T, D, Env) || T <- Types]).

child({fun1, Arg, Result}, D, Env) -> a_fun(Arg, Result, D, Env);
child(small, _, _) -> leaf(pick(["0", "1", "2", "3", "5", "8", "-1"]));
child(key, _, Env) -> pick([leaf(pick(["a", "b", "1", "1.0", "\"k\"", "{x}"])), of_type(pick([atom, int]), 0, Env)]);
child(size, _, _) -> leaf(pick(["1", "4", "8", "12", "16", "24", "32", "64", "0"]));
child(leaf_base, _, _) -> leaf(pick(["2", "8", "16", "36", "37"]));
child(fold, D, Env) -> expr(int, D - 1, [{"E", any}, {"A", int} | Env]);
child(elem, D, Env) -> expr(any, D - 1, [{"E", any} | Env]);
child(guard, _, Env) -> guard(any, "E", Env);
child(T, D, Env) -> expr(T, D, Env).

forms(int) ->
    [{["(", Op, ")"], [int, int]} || Op <- [" + ", " - ", " * ", " div ", " rem ", " band ", " bor ", " bxor "]] ++
    [{["(", Op, ")"], [int, small]} || Op <- [" bsl ", " bsr "]] ++
    [{["(- ", ")"], [int]}, {["(bnot ", ")"], [int]}, {["abs(", ")"], [int]}, {["length(", ")"], [list]}, {["hd(", ")"], [list]},
     {["tuple_size(", ")"], [tuple]}, {["byte_size(", ")"], [bin]}, {["bit_size(", ")"], [bin]}, {["map_size(", ")"], [map]},
     {["trunc(", ")"], [float]}, {["round(", ")"], [float]}, {["floor(", ")"], [float]}, {["ceil(", ")"], [float]},
     {["lists:sum(", ")"], [list]}, {["max(", ", ", ")"], [int, int]}, {["min(", ", ", ")"], [int, int]},
     {["list_to_integer(", ")"], [str]}, {["lists:foldl(fun(E, A) -> ", " end, ", ", ", ")"], [fold, int, list]},
     {["maps:get(", ", ", ", ", ")"], [key, map, int]}, {["element(", ", ", ")"], [small, tuple]}, {["erlang:phash2(", ")"], [str]},
     {["string:length(", ")"], [str]}, {["erlang:crc32(", ")"], [bin]}, {["begin ", ", ", " end"], [any, int]},
     {["(", ")(", ")"], [{fun1, int, int}, int]}, {["loop(", ", ", ", ", ")"], [small, {fun1, int, int}, int]},
     {["id(", ")"], [int]}, {["binary_to_integer(", ")"], [bin]}, {["lists:nth(", ", ", ")"], [small, list]},
     {["binary:at(", ", ", ")"], [bin, small]}, {["binary:decode_unsigned(", ")"], [bin]}, {["lists:max(", ")"], [list]},
     {["string:str(", ", ", ")"], [str, str]}, {["iolist_size(", ")"], [list]}, {["map_get(", ", ", ")"], [key, map]},
     {["(", ")#r.a"], [tuple]}, {["erlang:adler32(", ")"], [bin]}];
forms(float) ->
    [{["(", Op, ")"], [float, float]} || Op <- [" + ", " - ", " * ", " / "]] ++
    [{["(", " / ", ")"], [int, int]}, {["float(", ")"], [int]}, {["math:sqrt(", ")"], [float]}, {["math:pow(", ", ", ")"], [float, small]},
     {["(", " + ", ")"], [float, int]}, {["abs(", ")"], [float]}, {["math:floor(", ")"], [float]}, {["list_to_float(", ")"], [str]},
     {["math:fmod(", ", ", ")"], [float, float]}, {["(- ", ")"], [float]}, {["begin <<F:64/float>> = ", ", F end"], [bin]}];
forms(atom) ->
    [{["element(", ", ", ")"], [small, tuple]}, {["kind(", ")"], [any]}, {["list_to_atom(", ")"], [str]}, {["hd(", ")"], [list]},
     {["id(", ")"], [atom]}, {["binary_to_atom(", ")"], [bin]}] ++ forms(bool);
forms(bool) ->
    [{["(", Op, ")"], [any, any]} || Op <- [" == ", " =:= ", " < ", " =< ", " > ", " >= ", " /= ", " =/= "]] ++
    [{["(", Op, ")"], [int, float]} || Op <- [" == ", " < ", " >= "]] ++
    [{["(", Op, ")"], [bool, bool]} || Op <- [" and ", " or ", " xor ", " andalso ", " orelse "]] ++
    [{["(not ", ")"], [bool]}, {["lists:member(", ", ", ")"], [any, list]}, {["maps:is_key(", ", ", ")"], [key, map]},
     {["is_list(", ")"], [any]}, {["is_record(", ", r)"], [tuple]}, {["lists:all(", ", ", ")"], [{fun1, any, bool}, list]},
     {["lists:any(", ", ", ")"], [{fun1, any, bool}, list]}, {["string:equal(", ", ", ")"], [str, str]}, {["is_function(", ", 1)"], [fun_]},
     {["lists:prefix(", ", ", ")"], [list, list]}, {["is_map_key(", ", ", ")"], [key, map]}];
forms(list) ->
    [{["[", ", ", "]"], [any, any]}, {["[", " | ", "]"], [any, list]}, {["(", " ++ ", ")"], [list, list]}, {["(", " -- ", ")"], [list, list]},
     {["lists:reverse(", ")"], [list]}, {["lists:sort(", ")"], [list]}, {["lists:usort(", ")"], [list]}, {["tl(", ")"], [list]},
     {["lists:map(", ", ", ")"], [{fun1, any, any}, list]}, {["lists:filter(", ", ", ")"], [{fun1, any, bool}, list]},
     {["lists:seq(", ", ", ")"], [small, small]}, {["lists:sublist(", ", ", ")"], [list, small]}, {["tuple_to_list(", ")"], [tuple]},
     {["binary_to_list(", ")"], [bin]}, {["lists:sort(maps:keys(", "))"], [map]}, {["lists:sort(maps:to_list(", "))"], [map]},
     {["lists:zip(", ", ", ")"], [list, list]}, {["lists:flatten(", ")"], [list]}, {["lists:duplicate(", ", ", ")"], [small, any]},
     {["[", " || E <- ", "]"], [elem, list]}, {["[{E, G} || E <- ", ", G <- ", "]"], [list, list]},
     {["[E || E <- ", ", ", "]"], [list, guard]}, {["[E || <<E:", ">> <= ", "]"], [size, bin]}, {["[V || {V, _} <- ", "]"], [list]},
     {["[E || E <- ", ", {G} <- [{E}], G =/= ", "]"], [list, any]}, {["lists:keysort(1, ", ")"], [list]},
     {["lists:delete(", ", ", ")"], [any, list]}, {["lists:nthtail(", ", ", ")"], [small, list]}, {["lists:append(", ")"], [list]},
     {["lists:foldr(fun(E, A) -> [E | A] end, ", ", ", ")"], [list, list]}, {["lists:partition(", ", ", ")"], [{fun1, any, bool}, list]},
     {["lists:splitwith(", ", ", ")"], [{fun1, any, bool}, list]}, {["lists:merge(", ", ", ")"], [list, list]}, {["lists:unzip(", ")"], [list]},
     {["lists:takewhile(", ", ", ")"], [{fun1, any, bool}, list]}, {["lists:droplast(", ")"], [list]}, {["lists:last(", ")"], [list]},
     {["lists:keyfind(", ", 1, ", ")"], [key, list]}, {["lists:keystore(", ", 1, ", ", ", ")"], [key, list, tuple]},
     {["proplists:get_value(", ", ", ")"], [atom, list]}, {["lists:flatmap(", ", ", ")"], [{fun1, any, list}, list]},
     {["string:split(", ", ", ", all)"], [str, str]}, {["string:tokens(", ", ", ")"], [str, str]}, {["binary:split(", ", ", ", [global])"], [bin, bin]},
     {["[E || E <- ", ", is_integer(E) orelse E =:= ", "]"], [list, atom]}, {["ordsets:union(ordsets:from_list(", "), ordsets:from_list(", "))"], [list, list]},
     {["begin [H | T] = ", ", [T, H] end"], [list]}, {["lists:enumerate(", ")"], [list]}, {["lists:join(", ", ", ")"], [any, list]},
     {["lists:mapfoldl(fun(E, A) -> {{E}, ", "} end, ", ", ", ")"], [fold, int, list]}, {["binary:bin_to_list(", ")"], [bin]},
     {["lists:umerge(", ", ", ")"], [list, list]}, {["lists:subtract(", ", ", ")"], [list, list]}, {["lists:keydelete(", ", 1, ", ")"], [key, list]}];
forms(str) ->
    [{["integer_to_list(", ")"], [int]}, {["atom_to_list(", ")"], [atom]}, {["(", " ++ ", ")"], [str, str]}, {["string:uppercase(", ")"], [str]},
     {["string:trim(", ")"], [str]}, {["lists:flatten(io_lib:format(\"~p\", [", "]))"], [any]}, {["lists:flatten(io_lib:format(\"~w\", [", "]))"], [any]},
     {["integer_to_list(", ", ", ")"], [int, leaf_base]}, {["float_to_list(", ", [short])"], [float]}, {["string:reverse(", ")"], [str]},
     {["lists:concat([", ", ", "])"], [atom, int]}, {["string:slice(", ", ", ")"], [str, small]}, {["string:pad(", ", ", ")"], [str, small]},
     {["float_to_list(", ", [{decimals, 3}])"], [float]}, {["lists:flatten(io_lib:format(\"~10.3f|~-8s|~5w|~e\", [", ", ", ", ", ", ", "]))"], [float, str, atom, float]},
     {["string:lexemes(", ", ", ")"], [str, str]}, {["unicode:characters_to_list(", ")"], [bin]}, {["lists:flatten(string:replace(", ", ", ", ", ", all))"], [str, str, str]},
     {["string:to_integer(", ")"], [str]}, {["string:casefold(", ")"], [str]}, {["string:join([", ", ", "], ", ")"], [str, str, str]},
     {["lists:flatten(io_lib:format(\"~s ~ts ~c ~b ~.16b\", [", ", ", ", ", ", ", ", ", "]))"], [str, str, int, int, int]},
     {["lists:flatten(io_lib:format(\"~20p|~0p|~tp\", [", ", ", ", ", "]))"], [any, any, any]}];
forms(tuple) ->
    [{["{", ", ", "}"], [any, any]}, {["{", "}"], [any]}, {["list_to_tuple(", ")"], [list]}, {["setelement(", ", ", ", ", ")"], [small, tuple, any]},
     {["#r{a = ", ", b = ", "}"], [any, any]}, {["(", ")#r{b = ", "}"], [tuple, any]}, {["{", ", ", ", ", "}"], [any, any, any]},
     {["erlang:append_element(", ", ", ")"], [tuple, any]}, {["erlang:delete_element(", ", ", ")"], [small, tuple]}, {["#r{_ = ", "}"], [any]},
     {["lists:split(", ", ", ")"], [small, list]}, {["maps:find(", ", ", ")"], [key, map]}];
forms(map) ->
    [{["#{", " => ", ", ", " => ", "}"], [key, any, key, any]}, {["(", ")#{", " => ", "}"], [map, key, any]}, {["(", ")#{", " := ", "}"], [map, key, any]},
     {["maps:put(", ", ", ", ", ")"], [key, any, map]}, {["maps:remove(", ", ", ")"], [key, map]}, {["maps:merge(", ", ", ")"], [map, map]},
     {["maps:from_list([{", ", ", "}])"], [key, any]}, {["maps:map(fun(_, E) -> ", " end, ", ")"], [elem, map]},
     {["maps:filter(fun(_, E) -> ", " end, ", ")"], [guard, map]}, {["maps:with(", ", ", ")"], [list, map]}, {["maps:without(", ", ", ")"], [list, map]},
     {["maps:from_list(", ")"], [list]}, {["maps:update_with(", ", ", ", ", ", ", ")"], [key, {fun1, any, any}, any, map]},
     {["maps:groups_from_list(", ", ", ")"], [{fun1, any, any}, list]}, {["maps:update(", ", ", ", ", ")"], [key, any, map]},
     {["maps:fold(fun(K, E, A) -> A#{E => K} end, ", ", ", ")"], [map, map]}, {["maps:take(", ", ", ")"], [key, map]},
     {["maps:from_keys(", ", ", ")"], [list, any]}, {["maps:intersect(", ", ", ")"], [map, map]}];
forms(bin) ->
    [{["<<(", ")>>"], [int]}, {["<<(", "):", ">>"], [int, size]}, {["<<(", "):16/little>>"], [int]}, {["<<(", ")/binary, (", ")/binary>>"], [bin, bin]},
     {["<<(", ")/float>>"], [float]}, {["<<(", "):32/float>>"], [float]}, {["<<(", ")/utf8>>"], [int]}, {["list_to_binary(", ")"], [list]},
     {["term_to_binary(", ")"], [any]}, {["atom_to_binary(", ")"], [atom]}, {["integer_to_binary(", ")"], [int]}, {["<< <<E>> || E <- ", " >>"], [list]},
     {["<< <<E:4>> || <<E:8>> <= ", " >>"], [bin]}, {["binary:part(", ", ", ", ", ")"], [bin, small, small]}, {["unicode:characters_to_binary(", ")"], [str]},
     {["binary:replace(", ", ", ", ", ", [global])"], [bin, bin, bin]}, {["<<(", "):24/signed-little, (", "):4>>"], [int, int]},
     {["iolist_to_binary(", ")"], [list]}, {["binary:copy(", ", ", ")"], [bin, small]}, {["string:uppercase(", ")"], [bin]}, {["<<(", ")/bitstring, 1:1>>"], [bin]},
     {["begin <<A:", "/bitstring, _/bitstring>> = ", ", A end"], [size, bin]}, {["begin <<A:", "/signed, B/bitstring>> = ", ", {A, B} end"], [size, bin]},
     {["begin <<A:", "/little, B/bitstring>> = ", ", {A, B} end"], [size, bin]}, {["begin <<A/utf8, B/binary>> = ", ", {A, B} end"], [bin]},
     {["binary:encode_unsigned(", ")"], [int]}, {["base64:encode(", ")"], [bin]}, {["binary_to_term(term_to_binary(", "))"], [any]},
     {["erlang:md5(", ")"], [bin]}, {["float_to_binary(", ", [{decimals, 2}, compact])"], [float]}];
forms(fun_) ->
    [{["", ""], [{fun1, int, int}]}, {["", ""], [{fun1, any, any}]}, {["", ""], [{fun1, list, any}]}].

a_fun(Arg, Result, D, Env) ->
    case r(6) of
        1 -> leaf(pick(["fun id/1", "fun erlang:abs/1", "fun is_integer/1", "fun kind/1"]));
        2 -> node(["fun(" ++ pick(["0", "[]", "a", "{E, _}", "[E | _]", "#{a := E}"]) ++ ") -> ", "; (E) -> ", " end"],
                  [expr(Result, D - 1, Env), expr(Result, D - 1, [{"E", Arg} | Env])]);
        3 -> node(["fun(E) when ", " -> ", "; (_) -> ", " end"], [guard(Arg, "E", Env), expr(Result, D - 1, [{"E", Arg} | Env]), expr(Result, D - 1, Env)]);
        _ -> node(["fun(E) -> ", " end"], [expr(Result, D - 1, [{"E", Arg} | Env])])
    end.

guard(Type, Name, Env) ->
    leaf(case {Type, r(6)} of
             {_, 1} -> "is_integer(" ++ Name ++ ")";
             {_, 2} -> Name ++ " > " ++ known(int, Env);
             {_, 3} -> Name ++ " =:= " ++ known(any, Env) ++ "; is_list(" ++ Name ++ "), hd(" ++ Name ++ ") == 1";
             {_, 4} -> "length(" ++ Name ++ ") > 1";
             {_, 5} -> "is_tuple(" ++ Name ++ ") andalso element(1, " ++ Name ++ ") =:= a orelse is_map_key(a, " ++ Name ++ ")";
             {_, 6} -> "abs(" ++ Name ++ ") + 1 < 10, not is_float(" ++ Name ++ ")"
         end).

known(any, Env) -> case Env of [] -> "1"; _ -> element(1, pick(Env)) end;
known(Type, Env) -> case [N || {N, T} <- Env, T =:= Type] of [] -> "2"; Names -> pick(Names) end.

%% Control: case, if, try, receive, processes, exceptions.
control(Type, D, Env) ->
    E = expr(Type, D, Env),
    N = integer_to_list(r(100000)),
    V = "V" ++ N, W = "W" ++ N,
    case r(14) of
        1 -> node(["case ", " of ", " -> ", "; ", " -> ", " end"],
                  [expr(any, D, Env), pattern(V), expr(Type, D, Env), pattern(W), E]);
        2 -> node(["case ", " of ", " -> ", "; _ -> ", " end"], [expr(any, D, Env), pattern(V), expr(Type, D, [{V, any} | Env]), E]);
        3 -> node(["if ", " -> ", "; true -> ", " end"], [guard(any, known(any, Env), Env), expr(Type, D, Env), E]);
        4 -> node(["try ", " catch C" ++ N ++ ":R" ++ N ++ ":S" ++ N ++ " -> {C" ++ N ++ ", why(R" ++ N ++ ", S" ++ N ++ ")} end"], [E]);
        5 -> node(["try ", " of " ++ V ++ " -> ", " catch error:_ -> ", "; throw:" ++ W ++ " -> {t, " ++ W ++ "} end"], [E, expr(Type, D, [{V, Type} | Env]), expr(Type, D, Env)]);
        6 -> node([pick(["error", "throw", "exit", "erlang:error"]) ++ "(", ")"], [expr(any, D, Env)]);
        7 -> node(["begin self() ! {m" ++ N ++ ", ", "}, receive {m" ++ N ++ ", " ++ V ++ "} -> " ++ V ++ " after 1000 -> timeout end end"], [E]);
        8 -> node(["begin P" ++ N ++ " = self(), spawn(fun() -> P" ++ N ++ " ! {m" ++ N ++ ", try ", " catch C" ++ N ++ ":R" ++ N ++ ":S" ++ N ++ " -> {C" ++ N ++ ", why(R" ++ N ++ ", S" ++ N ++ ")} end} end), receive {m" ++ N ++ ", " ++ V ++ "} -> " ++ V ++ " after 2000 -> timeout end end"], [E]);
        9 -> node(["begin {_, M" ++ N ++ "} = spawn_monitor(fun() -> exit(try ", " catch _:_ -> failed end) end), receive {'DOWN', M" ++ N ++ ", process, _, " ++ V ++ "} -> " ++ V ++ " after 2000 -> timeout end end"], [E]);
        10 -> node(["(fun F" ++ N ++ "(0, A) -> A; F" ++ N ++ "(K, A) when K > 0 -> F" ++ N ++ "(K - 1, [A | ", "]); F" ++ N ++ "(K, _) -> K end)(", ", ", ")"],
                   [expr(list, D - 1, Env), leaf(pick(["0", "1", "2"])), E]);
        11 -> node(["begin ", " = ", ", ", " end"], [pattern(V), expr(any, D, Env), E]);
        12 -> node(["try ", " after put(k, ", ") end"], [E, expr(any, D - 1, Env)]);
        13 -> node(["begin put(k, ", "), ", ", get(k) end"], [E, expr(any, D - 1, Env)]);
        14 -> node(["case {", ", ", "} of {" ++ V ++ ", " ++ V ++ "} -> same; {" ++ V ++ ", " ++ W ++ "} when " ++ V ++ " < " ++ W ++ " -> {less, " ++ V ++ "}; _ -> more end"],
                   [E, expr(any, D, Env)])
    end.

pattern(V) ->
    leaf(pick([V, "{" ++ V ++ ", _}", "[" ++ V ++ " | _]", "#{a := " ++ V ++ "}", "<<" ++ V ++ ", _/binary>>", "{ok, _} = " ++ V, "\"a\" ++ " ++ V,
               "#r{a = " ++ V ++ "}", "[" ++ V ++ ", _, _]", "{_, [" ++ V ++ "]}", "1", "a", "[]", "<<" ++ V ++ ":4, _/bitstring>>", "1.0", "{a, " ++ V ++ "}",
               "[{_, " ++ V ++ "} | _]", "<<_:8, " ++ V ++ ":2/binary, _/bits>>", "#{\"k\" := [" ++ V ++ "]}", "<<" ++ V ++ "/utf8, _/binary>>"])).
