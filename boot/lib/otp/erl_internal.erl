%% erl_internal.erl - which names of the language mean something by themselves.
-module(erl_internal).

-export([bif/2, bif/3, guard_bif/2, type_test/2, arith_op/2, bool_op/2, comp_op/2, list_op/2, send_op/2, op_type/2,
         is_type/2, new_type_test/2, old_type_test/2, old_bif/2, add_predefined_functions/1]).

%% Functions of module erlang that need no module's name.
bif(erlang, Name, Arity) -> bif(Name, Arity);
bif(_, _, _) -> false.

bif(Name, Arity) when is_atom(Name), is_integer(Arity) -> sx:call('er-auto-bif?', [Name, Arity]).

%% Those of them that are older than OTP R14: a function of a module's own by such a name must say which one it means.
old_bif(Name, Arity) -> bif(Name, Arity) andalso not lists:member(Arity, newer(Name)).

newer(Name) when Name =:= ceil; Name =:= demonitor; Name =:= floor; Name =:= is_map; Name =:= map_size; Name =:= check_old_code;
                 Name =:= binary_to_float; Name =:= list_to_port; Name =:= list_to_ref; Name =:= port_to_list; Name =:= ref_to_list;
                 Name =:= unalias; Name =:= spawn_request_abandon; Name =:= binary_to_integer; Name =:= term_to_iovec;
                 Name =:= float_to_binary; Name =:= integer_to_binary -> [1, 2];
newer(Name) when Name =:= atom_to_binary; Name =:= binary_to_atom; Name =:= binary_to_existing_atom -> [1];
newer(Name) when Name =:= binary_to_term; Name =:= float_to_list; Name =:= garbage_collect; Name =:= halt; Name =:= integer_to_list;
                 Name =:= is_map_key; Name =:= list_to_integer; Name =:= map_get; Name =:= max; Name =:= min; Name =:= nodes -> [2];
newer(Name) when Name =:= check_process_code; Name =:= port_command -> [3];
newer(alias) -> [0, 1];
newer(get_keys) -> [0];
newer(spawn_monitor) -> [2, 4];
newer(binary_part) -> [2, 3];
newer(monitor) -> [2, 3];
newer(error) -> [1, 2, 3];
newer(spawn_request) -> [1, 2, 3, 4, 5];
newer(_) -> [].

guard_bif(Name, Arity) when is_atom(Name), is_integer(Arity) ->
    not is_op(Name, Arity) andalso sx:call('er-guard-bif?', [Name, Arity]).

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
                        node, non_neg_integer, none, nonempty_binary, nonempty_bitstring, nonempty_list,
                        nonempty_maybe_improper_list, nonempty_string, number, pid, port, pos_integer, reference, string, term, timeout, tuple]);
is_type(Name, 1) -> Name =:= list orelse Name =:= nonempty_list;
is_type(Name, 2) ->
    lists:member(Name, [maybe_improper_list, nonempty_improper_list, nonempty_maybe_improper_list]);
is_type(_, _) -> false.

add_predefined_functions(Forms) -> Forms.
