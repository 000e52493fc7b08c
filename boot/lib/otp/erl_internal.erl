%% erl_internal.erl - which names of the language mean something by themselves.
-module(erl_internal).

-export([bif/2, bif/3, guard_bif/2, type_test/2, arith_op/2, bool_op/2, comp_op/2, list_op/2, send_op/2, op_type/2,
         is_type/2, new_type_test/2, old_type_test/2, old_bif/2, add_predefined_functions/1]).

%% Functions of module erlang that need no module's name.
bif(erlang, Name, Arity) -> bif(Name, Arity);
bif(_, _, _) -> false.

bif(Name, Arity) -> sx:call('er-auto-bif?', [Name, Arity]).

old_bif(Name, Arity) -> bif(Name, Arity).

guard_bif(Name, Arity) ->
    not is_op(Name, Arity) andalso not new_type_test(Name, Arity) andalso sx:call('er-guard-bif?', [Name, Arity]).

is_op(Name, Arity) -> arith_op(Name, Arity) orelse bool_op(Name, Arity) orelse comp_op(Name, Arity).

type_test(Name, Arity) -> new_type_test(Name, Arity) orelse old_type_test(Name, Arity).

new_type_test(Name, 1) ->
    lists:member(Name, [is_atom, is_boolean, is_binary, is_bitstring, is_float, is_function, is_integer, is_list, is_map,
                        is_number, is_pid, is_port, is_reference, is_tuple]);
new_type_test(is_function, 2) -> true;
new_type_test(is_record, N) -> N =:= 2 orelse N =:= 3;
new_type_test(_, _) -> false.

old_type_test(Name, 1) ->
    lists:member(Name, [integer, float, number, atom, list, tuple, pid, reference, port, binary, function]);
old_type_test(record, 2) -> true;
old_type_test(_, _) -> false.

arith_op(Op, 1) -> lists:member(Op, ['+', '-', 'bnot']);
arith_op(Op, 2) -> lists:member(Op, ['*', '/', '+', '-', 'div', 'rem', 'band', 'bor', 'bxor', 'bsl', 'bsr']);
arith_op(_, _) -> false.

bool_op('not', 1) -> true;
bool_op(Op, 2) -> lists:member(Op, ['and', 'or', 'xor']);
bool_op(_, _) -> false.

comp_op(Op, 2) -> lists:member(Op, ['==', '/=', '=<', '<', '>=', '>', '=:=', '=/=']);
comp_op(_, _) -> false.

list_op(Op, 2) -> Op =:= '++' orelse Op =:= '--';
list_op(_, _) -> false.

send_op('!', 2) -> true;
send_op(_, _) -> false.

op_type(Op, Arity) ->
    Kinds = [{arith, fun arith_op/2}, {bool, fun bool_op/2}, {comp, fun comp_op/2}, {list, fun list_op/2}, {send, fun send_op/2}],
    case [Kind || {Kind, F} <- Kinds, F(Op, Arity)] of
        [Kind] -> Kind;
        [] -> error(function_clause, [Op, Arity])
    end.

%% Types that are there without a definition.
is_type(Name, 0) ->
    lists:member(Name, [any, arity, atom, binary, bitstring, bool, boolean, byte, char, float, function, identifier,
                        integer, iodata, iolist, list, map, maybe_improper_list, mfa, module, neg_integer, nil, no_return,
                        node, non_neg_integer, none, nonempty_binary, nonempty_bitstring, nonempty_improper_list,
                        nonempty_list, nonempty_maybe_improper_list, nonempty_string, number, pid, port, pos_integer,
                        reference, string, term, timeout, tuple]) andalso Name =/= bool;
is_type(Name, 1) -> Name =:= list orelse Name =:= nonempty_list;
is_type(Name, 2) ->
    lists:member(Name, [maybe_improper_list, nonempty_improper_list, nonempty_maybe_improper_list]);
is_type(_, _) -> false.

add_predefined_functions(Forms) -> Forms.
