%% programs.erl - random Erlang programs, and smaller ones that are like a given one.
%%   programs.erl make SEED N FILE         N programs, [{Number, Tree}] as an external term
%%   programs.erl shrink TREES FILE        of the first program of TREES, every program that is one step smaller, the smallest first;
%%                                         prints how many
%%   programs.erl pick TREES N FILE        only program number N
%%   programs.erl source TREES FROM TO FILE  the text of those whose numbers are between: what is common to them, then behind a line
%%                                         `%%% NUMBER` the function main_NUMBER/0 of each
%% What a program is made of: program_expr.erl; what a tree is: program_tree.erl. What programs use beside that: common/0.
-module(programs).
-export([main/1]).
-import(program_tree, [text/1]).

main(["make", Seed, N, File]) ->
    rand:seed(exsss, list_to_integer(Seed)),
    write(File, [{I, program_expr:program()} || I <- lists:seq(1, list_to_integer(N))]);
main(["shrink", Trees, File]) ->
    [{_, Tree} | _] = read(Trees),
    Size = program_tree:size_of(Tree),
    Smaller = lists:usort([{program_tree:size_of(T), T} || T <- program_tree:smaller(Tree)]),
    Used = [T || {S, T} <- Smaller, S < Size],
    write(File, lists:zip(lists:seq(1, length(Used)), Used)),
    io:format("~b~n", [length(Used)]);
main(["pick", Trees, Number, File]) ->
    All = read(Trees),
    write(File, [lists:keyfind(list_to_integer(Number), 1, All)]);
main(["source", Trees, From, To, File]) ->
    {A, B} = {list_to_integer(From), list_to_integer(To)},
    Texts = [["%%% ", integer_to_list(I), "\nmain_", integer_to_list(I), "() ->\n    ", text(T), ".\n"] || {I, T} <- read(Trees), I >= A, I =< B],
    ok = file:write_file(File, unicode:characters_to_binary([common() | Texts])).

write(File, Trees) -> ok = file:write_file(File, term_to_binary(Trees)).

read(File) ->
    {ok, Bytes} = file:read_file(File),
    binary_to_term(Bytes).

%% Functions and records that the programs use.
common() ->
    "-export([id/1]).\n-compile([export_all, nowarn_export_all]).\n"
    "-record(r, {a = 1, b, c = [x]}).\n-record(s, {r = #r{}, n = 0 :: integer()}).\n"
    "id(X) -> X.\n"
    "loop(0, F, A) -> F(A);\nloop(N, F, A) -> loop(N - 1, F, F(A)).\n"
    "deep(0, F) -> F();\ndeep(N, F) -> [deep(N - 1, F)].\n"
    "kind(X) when is_integer(X), X > 10 -> big;\nkind(X) when is_integer(X); is_float(X) -> number;\nkind([_ | T]) -> {list, kind(T)};\n"
    "kind(#r{b = B}) -> {r, B};\nkind({A, B}) when A =:= B -> twins;\nkind(T) when is_tuple(T), tuple_size(T) > 2 -> element(3, T);\n"
    "kind(#{a := A}) -> A;\nkind(<<A, _/binary>>) -> A;\nkind(X) when is_atom(X) -> X.\n"
    "only(a) -> 1;\nonly({a, X}) -> X;\nonly([X]) when X > 0 -> X;\nonly(#{a := X, b := Y}) when X =:= Y -> Y;\nonly(#s{r = #r{a = A}, n = A}) -> A.\n"
    "add(A, B) -> A + B.\n"
    "down(Ref) -> receive {'DOWN', Ref, _, _, Why} -> Why after 5000 -> timeout end.\n"
    "got(Tag) -> receive {Tag, X} -> X after 5000 -> timeout end.\n"
    "unused() -> {loop(1, fun id/1, 2), deep(1, fun unused/0), kind(#r{}), only(a), add(1, 2), #s{}, down(a), got(b)}.\n".
