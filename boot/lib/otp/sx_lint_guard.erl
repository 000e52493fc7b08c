%% sx_lint_guard.erl - what may stand in a guard, a size or a map pattern's key.
%% Guards bind nothing; operands of an operator are looked at before the operator is found unfit, those of a form that cannot
%% stand in a guard are not.
-module(sx_lint_guard).

-export([tests/2, test/2]).

-import(sx_lint_notes, [error/2, error/3, warning/4]).
-compile({no_auto_import, [error/2, error/3]}).

%% A guard: alternatives of tests.
tests(Guard, Env) -> [old_test(T, Env) || Tests <- Guard, T <- Tests], ok.

%% A test by its old name, atom(X), may stand at the top of a guard.
old_test({call, P, {atom, _, Name}, Args} = E, Env) ->
    N = length(Args),
    case erl_internal:old_type_test(Name, N) andalso not is_local({Name, N}) of
        true ->
            warning(obsolete_guard, P, "~tw/~w obsolete (use is_~tw/~w)", [Name, N, Name, N]),
            all(Args, Env);
        false -> test(E, Env)
    end;
old_test(E, Env) -> test(E, Env).

all(Es, Env) -> [test(E, Env) || E <- Es], ok.

test({var, P, Name}, Env) -> sx_lint_expr:use(Name, P, Env), ok;
test({K, _, _}, _) when K =:= atom; K =:= integer; K =:= float; K =:= char; K =:= string -> ok;
test({nil, _}, _) -> ok;
test({cons, _, H, T}, Env) -> all([H, T], Env);
test({tuple, _, Es}, Env) -> all(Es, Env);
test({map, _, Fields}, Env) ->
    [error(P, "only association operators '=>' are allowed in map construction") || {map_field_exact, P, _, _} <- Fields],
    all(lists:append([[K, V] || {_, _, K, V} <- Fields]), Env);
test({map, _, M, Fields}, Env) -> all([M | lists:append([[K, V] || {_, _, K, V} <- Fields])], Env);
test({record, P, Name, Fields}, Env) ->
    sx_lint_record:construct(P, Name, Fields, Env, fun(E, En) -> test(E, En), En end), ok;
test({record_field, P, R, Name, Field}, Env) -> test(R, Env), sx_lint_record:field(P, Name, Field);
test({record_index, P, Name, Field}, _) -> sx_lint_record:field(P, Name, Field);
test({bin, _, Segments}, Env) -> sx_lint_bits:construct(Segments, Env, fun(E, En) -> test(E, En), En end), ok;
test({op, P, Op, L, R}, Env) ->
    all([L, R], Env),
    is_operator(Op, 2) orelse illegal(P);
test({op, P, Op, E}, Env) ->
    test(E, Env),
    is_operator(Op, 1) orelse illegal(P);
test({call, P, {remote, _, {atom, _, erlang}, {atom, _, F}}, Args}, Env) ->
    case erl_internal:guard_bif(F, length(Args)) orelse is_operator(F, length(Args)) of
        true -> bif(P, F, Args, Env);
        false -> illegal(P)
    end;
test({call, P, {atom, _, F}, Args}, Env) ->
    N = length(Args),
    case is_local({F, N}) orelse is_imported({F, N}) of
        true ->
            all(Args, Env),
            case erl_internal:guard_bif(F, N) andalso sx_lint_call:is_auto({F, N}) of
                true -> sx_lint_call:clash(P, {F, N});
                false -> error(P, "call to local/imported function ~tw/~w is illegal in guard", [F, N])
            end;
        false ->
            case erl_internal:guard_bif(F, N) of
                true -> bif(P, F, Args, Env);
                false -> all(Args, Env), illegal(P)
            end
    end;
test(E, _) -> illegal(element(2, E)).

bif(_, is_record, [E, {atom, P, Name}], Env) -> sx_lint_record:exists(P, Name), test(E, Env);
bif(_, is_record, [E, {atom, _, _} = Name, Size], Env) -> all([E, Name, Size], Env);
bif(_, _, Args, Env) -> all(Args, Env).

illegal(P) -> error(P, "illegal guard expression").

is_operator(Op, N) ->
    erl_internal:arith_op(Op, N) orelse erl_internal:bool_op(Op, N) orelse erl_internal:comp_op(Op, N)
        orelse (N =:= 2 andalso (Op =:= 'andalso' orelse Op =:= 'orelse')).

is_local(FA) -> maps:is_key(FA, sx_lint_notes:info(functions)).
is_imported(FA) -> maps:is_key(FA, sx_lint_notes:info(imports)).
