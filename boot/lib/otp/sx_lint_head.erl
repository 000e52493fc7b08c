%% sx_lint_head.erl - heads of functions: what the grammar of OTP does not take there, although it would as an expression.
%% Only what stands outside of lists, tuples and binaries is meant: inside of those any expression is read, and sx_lint_expr says
%% `illegal pattern`.
-module(sx_lint_head).

-export([faults/1]).

%% [] or [{Pos, Text}], the first place that would not have been read.
faults({match, _, A, B}) -> first(A, B);
faults({op, _, Op, A, B}) when Op =/= 'andalso', Op =/= 'orelse', Op =/= '!' -> first(A, B);
faults({op, P, Op, A, _}) -> case faults(A) of [] -> before(P, quoted(Op)); Fs -> Fs end;
faults({op, _, _, A}) -> faults(A);
faults({call, _, {atom, {L, C}, F}, _}) -> before({L, C + length(lists:flatten(io_lib:format("~tw", [F])))}, "'('");
faults({call, _, {var, {L, C}, V}, _}) -> before({L, C + length(atom_to_list(V))}, "'('");
faults({call, _, {remote, P, _, _}, _}) -> before(P, "':'");
faults({remote, P, _, _}) -> before(P, "':'");
faults({'fun', P, _}) -> before(P, "'fun'");
faults({named_fun, P, _, _}) -> before(P, "'fun'");
faults({'case', P, _, _}) -> before(P, "'case'");
faults({'if', P, _}) -> before(P, "'if'");
faults({'receive', P, _}) -> before(P, "'receive'");
faults({'receive', P, _, _, _}) -> before(P, "'receive'");
faults({'try', P, _, _, _, _}) -> before(P, "'try'");
faults({'catch', P, _}) -> before(P, "'catch'");
faults({block, P, _}) -> before(P, "'begin'");
faults({lc, P, _, _}) -> before(P, "'||'");
faults(_) -> [].

first(A, B) -> case faults(A) of [] -> faults(B); Fs -> Fs end.

before(P, Text) -> [{P, ["syntax error before: ", Text]}].

quoted(Op) -> ["'", atom_to_list(Op), "'"].
