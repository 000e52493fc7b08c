%% program_bits.erl - random bit syntax: what is built of segments of all types, sizes, units and byte orders, and what is taken
%% apart by such segments, whose sizes may come from earlier ones or from outside.
-module(program_bits).
-export([expr/2]).
-import(program_tree, [leaf/1, mix/1, r/1, pick/1, chance/1]).

expr(D, Env) ->
    case r(3) of
        1 -> built(D, Env);
        _ -> taken(D, Env)
    end.

built(D, Env) -> mix(["<<" | lists:join(", ", [segment(D, Env) || _ <- lists:seq(1, r(3))])] ++ [">>"]).

segment(D, Env) ->
    case r(6) of
        N when N =< 3 -> mix(["(", program_expr:expr(int, D - 1, Env), ")" ++ size_of_segment(Env) ++ "/" ++ flags(["integer", "integer", "signed", "unsigned"])]);
        4 -> mix(["(", program_expr:expr(pick([float, float, int]), D - 1, Env), "):" ++ pick(["64", "32", "16", "8"]) ++ "/" ++ flags(["float"])]);
        5 -> mix(["(", program_expr:expr(bin, D - 1, Env), ")" ++ pick(["", "", ":1", ":2", ":0"]) ++ "/" ++ pick(["binary", "binary", "bitstring", "bits", "bytes", "binary-unit:4"])]);
        6 -> mix(["(", program_expr:expr(int, D - 1, Env), ")/" ++ pick(["utf8", "utf16", "utf32", "utf16-little", "utf32-little"])])
    end.

size_of_segment(Env) ->
    Ints = [N || {N, int} <- Env],
    pick(["", "", ":1", ":4", ":8", ":13", ":16", ":24", ":0", ":64", ":100", ":3", ":(3 - 5)", ":(2.0)"] ++ [":(" ++ N ++ " band 31)" || N <- Ints] ++ [":(length([1, 2]))"]).

flags(Types) ->
    pick(Types) ++ pick(["", "", "-little", "-big", "-native"]).

%% case B of <<A:4, B:A/...>> -> {A, B}; ...
taken(D, Env) ->
    N = integer_to_list(r(100000)),
    {Segments, Names} = segments(r(4), N, [], []),
    Before = "<<" ++ lists:append(lists:join(", ", Segments)),
    Pattern = Before ++ pick([", Z" ++ N ++ "/bitstring", ", Z" ++ N ++ "/binary", ", _/bits", "", ", Z" ++ N ++ "/bits"]) ++ ">>",
    Repeated = Before ++ ">>",
    Shown = "{" ++ lists:append(lists:join(", ", Names)) ++ "}",
    Subject = case chance(50) of true -> built(D, Env); false -> program_expr:expr(bin, D, Env) end,
    case r(4) of
        1 -> mix(["begin " ++ Pattern ++ " = ", Subject, ", " ++ Shown ++ " end"]);
        2 -> mix(["[" ++ Shown ++ " || " ++ Repeated ++ " <= ", Subject, "]"]);
        3 -> mix(["<< <<(erlang:phash2(" ++ Shown ++ ", 256))>> || " ++ Repeated ++ " <= ", Subject, " >>"]);
        4 -> mix(["case ", Subject, " of " ++ Pattern ++ " -> " ++ Shown ++ "; <<Y" ++ N ++ ":4, _/bits>> when Y" ++ N ++ " > 3 -> Y" ++ N ++ "; _ -> no end"])
    end.

segments(0, _, Segments, Names) -> {lists:reverse(Segments), Names};
segments(Left, N, Segments, Names) ->
    Name = [$A + length(Names)] ++ N,
    Known = case Names of [] -> []; _ -> lists:last(Names) end,
    Size = pick(["", ":1", ":4", ":8", ":16", ":12", ":0", ":3", ":7", ":33", ":64"] ++ [":" ++ Known || Known =/= []] ++ [":(" ++ Known ++ " band 7)" || Known =/= []] ++ [":(" ++ Known ++ " - 1)" || Known =/= []]),
    Text = case r(8) of
               M when M =< 4 -> Name ++ Size ++ pick(["", "", "/signed", "/little", "/big-unsigned", "/signed-little", "/integer-native", "/integer"]);
               5 -> Name ++ pick([":64", ":32", ":16", ""]) ++ "/float" ++ pick(["", "-little"]);
               6 -> Name ++ pick([":1", ":2", ":0"] ++ [":" ++ Known || Known =/= []]) ++ "/" ++ pick(["binary", "bitstring", "binary-unit:4", "binary-unit:3"]);
               7 -> Name ++ "/" ++ pick(["utf8", "utf16", "utf32", "utf16-little"]);
               8 -> pick(["1", "0:4", "\"a\"", "255", "1:1", "_:4", "_", "\"ab\"/utf16", "97:8/little", "_/utf8", "3.5/float"])
           end,
    segments(Left - 1, N, [Text | Segments], case Text of [$A | _] -> [Name | Names]; _ -> case lists:prefix(Name, Text) of true -> [Name | Names]; false -> Names end end).
