%% sx_lint_expr.erl - variables: which are bound where, in bodies, clauses and patterns.
%% An environment maps a name to {bound, Ids, Pos} or {unsafe, What, Pos, Ids}; Ids are the bindings it may come from
%% (sx_lint_notes), none when an error made it known.
%% INVARIANT: every function here takes the environment before and answers the one behind; what a construct does not export is
%% not in the answer. Operands that are evaluated in no order see the same environment, and what they bind is joined.
-module(sx_lint_expr).

-export([function/2, exprs/2, expr/2, parallel/2, use/3, pattern/3, outside/1]).

-import(sx_lint_notes, [error/2, error/3, warning/3, warning/4]).
-compile({no_auto_import, [error/2, error/3]}).

%% ---- functions and bodies ----

%% The clauses of a function or fun whose outer environment is Env. Exports nothing.
function(Clauses, Env) -> [fun_clause(C, Env, 'fun') || C <- Clauses], ok.

fun_clause({clause, _, Head, Guard, Body}, Env, What) ->
    {New, _} = patterns(Head, #{}, hidden(Env)),
    shadowed(New, Env, What),
    Inner = maps:merge(Env, New),
    sx_lint_guard:tests(Guard, Inner),
    exprs(Body, Inner).

%% Warns of the names of New that Env has too.
shadowed(New, Env, What) ->
    [warning(shadow_vars, Pos, "variable ~tp shadowed in ~ts", [Name, What_])
     || {Name, {bound, _, Pos}} <- maps:to_list(New), What_ <- [quoted(What)], is_safe(Name, Env)],
    ok.

quoted('fun') -> "'fun'";
quoted('named fun') -> "'named fun'";
quoted(generate) -> "generate".

is_safe(Name, Env) ->
    case Env of
        #{Name := {bound, [_ | _], _}} -> true;
        _ -> false
    end.

exprs(Es, Env) -> lists:foldl(fun expr/2, Env, Es).

%% Operands in no order.
parallel(Es, Env) -> joined([expr(E, Env) || E <- Es], Env).

joined([], Env) -> Env;
joined([One], _) -> One;
joined(Envs, _) -> lists:foldl(fun(A, B) -> maps:merge_with(fun(_, X, Y) -> both(X, Y) end, A, B) end, hd(Envs), tl(Envs)).

both(Same, Same) -> Same;
both({bound, [], _}, {bound, Ids, _} = B) -> sx_lint_notes:use_vars(Ids), B;
both({bound, Ids, _} = A, {bound, [], _}) -> sx_lint_notes:use_vars(Ids), A;
both({bound, A, P}, {bound, B, _}) -> {bound, lists:umerge(A, B), P};
both({unsafe, W, P, A}, Other) -> {unsafe, W, P, lists:umerge(A, ids(Other))};
both(Other, {unsafe, W, P, A}) -> {unsafe, W, P, lists:umerge(A, ids(Other))}.

ids({bound, Ids, _}) -> Ids;
ids({unsafe, _, _, Ids}) -> Ids.

%% ---- variables ----

%% A use of Name: the environment knows it afterwards, so that a fault is told once.
use('_', Pos, Env) -> error(Pos, "variable '_' is unbound"), Env;
use(Name, Pos, Env) ->
    case Env of
        #{Name := {bound, Ids, _}} -> sx_lint_notes:use_vars(Ids), Env;
        #{Name := {unsafe, What, At, Ids}} ->
            sx_lint_notes:use_vars(Ids),
            unsafe(Name, Pos, What, At),
            Env#{Name => {bound, [], Pos}};
        #{Name := {stack, _}} ->
            error(Pos, "stacktrace variable ~tp must not be used in a guard", [Name]),
            Env;
        _ ->
            error(Pos, "variable ~tp is unbound", [Name]),
            Env#{Name => {bound, [], Pos}}
    end.

unsafe(Name, Pos, What, {L, C}) ->
    error(Pos, "variable ~tp unsafe in ~tp (line ~w, column ~w)", [Name, What, L, C]).

%% Name is bound at Pos in New, unless a pattern has it already (New) or it is bound outside (Env).
bind('_', _, New, Env) -> {New, Env};
bind(Name, Pos, New, Env) ->
    case {New, Env} of
        {#{Name := {bound, Ids, First}}, _} ->
            sx_lint_notes:use_vars(Ids),
            [many_times(Name, P) || hd(atom_to_list(Name)) =:= $_, P <- [First, Pos]],
            {New, Env};
        {_, #{Name := {bound, Ids, _}}} ->
            sx_lint_notes:use_vars(Ids),
            hd(atom_to_list(Name)) =:= $_ andalso
                warning(match_underscore_var, Pos, "variable ~tp is already bound. If you mean to ignore this value, use '_' or a different underscore-prefixed name", [Name]),
            {New, Env};
        {_, #{Name := {unsafe, What, At, Ids}}} ->
            sx_lint_notes:use_vars(Ids),
            unsafe(Name, Pos, What, At),
            {New#{Name => {bound, [], Pos}}, Env};
        _ -> {New#{Name => {bound, [sx_lint_notes:new_var(Name, Pos)], Pos}}, Env}
    end.

many_times(Name, Pos) ->
    warning(match_underscore_var_pat, Pos, "variable ~tp is bound multiple times in this pattern. If you mean to ignore this value, use '_' or a different underscore-prefixed name", [Name]).

%% Env with what Inner has more marked as unsafe since What at Pos.
forget(Inner, Env, What, Pos) ->
    maps:fold(fun(Name, Info, Acc) ->
                      case Acc of
                          #{Name := Info} -> Acc;
                          #{Name := {bound, _, _}} -> Acc;
                          #{Name := {unsafe, _, _, _}} -> Acc;
                          _ -> Acc#{Name => {unsafe, What, Pos, ids(Info)}}
                      end
              end, Env, Inner).

%% Behind branches that end with Envs: what all bind is bound, what some bind is unsafe.
branches([], Env, _, _) -> Env;
branches(Envs, Env, What, Pos) ->
    Names = lists:usort(lists:append([maps:keys(E) || E <- Envs])),
    lists:foldl(fun(Name, Acc) -> Acc#{Name => leave(Name, Envs, Env, What, Pos)} end, Env, Names).

leave(Name, Envs, Env, What, Pos) ->
    Infos = [Info || #{Name := Info} <- Envs],
    case Env of
        #{Name := {bound, Of, _} = Old} -> [sx_lint_notes:use_vars(ids(I)) || Of =:= [], I <- Infos], Old;
        #{Name := {unsafe, _, _, _} = Old} -> case lists:all(fun(I) -> element(1, I) =:= bound end, Infos) of true -> hd(Infos); false -> Old end;
        _ ->
            Ids = lists:umerge([ids(I) || I <- Infos]),
            Unsafe = [I || {unsafe, _, _, _} = I <- Infos],
            if length(Infos) =:= length(Envs), Unsafe =:= [] -> {bound, Ids, element(3, hd(Infos))};
               Unsafe =/= [] -> {unsafe, W, P, _} = hd(Unsafe), {unsafe, W, P, Ids};
               true -> {unsafe, What, Pos, Ids}
            end
    end.

%% ---- expressions ----

expr({var, P, Name}, Env) -> use(Name, P, Env);
expr({K, _, _}, Env) when K =:= atom; K =:= integer; K =:= float; K =:= char; K =:= string -> Env;
expr({nil, _}, Env) -> Env;
expr({cons, _, H, T}, Env) -> parallel([H, T], Env);
expr({tuple, _, Es}, Env) -> parallel(Es, Env);
expr({match, _, Pattern, E}, Env) ->
    Env1 = expr(E, Env),
    {New, _} = pattern(Pattern, #{}, Env1),
    maps:merge(Env1, New);
expr({block, _, Es}, Env) -> exprs(Es, Env);
expr({op, P, Op, L, R}, Env) when Op =:= 'andalso'; Op =:= 'orelse' ->
    Env1 = expr(L, Env),
    forget(expr(R, Env1), Env1, Op, P);
expr({op, _, _, L, R}, Env) -> parallel([L, R], Env);
expr({op, _, _, E}, Env) -> expr(E, Env);
expr({'catch', P, E}, Env) -> forget(expr(E, Env), Env, 'catch', P);
expr({'case', P, E, Clauses}, Env) ->
    Env1 = expr(E, Env),
    branches([clause(C, Env1) || C <- Clauses], Env1, 'case', P);
expr({'if', P, Clauses}, Env) -> branches([clause(C, Env) || C <- Clauses], Env, 'if', P);
expr({'receive', P, Clauses}, Env) -> branches([clause(C, Env) || C <- Clauses], Env, 'receive', P);
expr({'receive', P, Clauses, Time, Body}, Env) ->
    Env1 = expr(Time, Env),
    branches([exprs(Body, Env1) | [clause(C, Env) || C <- Clauses]], Env1, 'receive', P);
expr({'try', P, Body, Clauses, Handlers, After}, Env) -> tried(P, Body, Clauses, Handlers, After, Env);
expr({'maybe', P, Es}, Env) -> forget(maybe_body(Es, Env), Env, 'maybe', P);
expr({'maybe', P, Es, {'else', At, Clauses}}, Env) ->
    Inner = maybe_body(Es, Env),
    Env1 = forget(Inner, Env, 'maybe', P),
    Elses = [clause(C, Env1) || C <- Clauses],
    lists:foldl(fun(E, Acc) -> forget(E, Acc, 'else', At) end, Env1, Elses);
expr({lc, _, E, Qs}, Env) -> comprehension(E, Qs, Env);
expr({bc, _, E, Qs}, Env) -> comprehension(E, Qs, Env);
expr({'fun', _, {clauses, Clauses}}, Env) -> function(Clauses, Env), Env;
expr({'fun', P, {function, F, N}}, Env) ->
    sx_lint_call:fun_name(P, F, N),
    Env;
expr({'fun', _, {function, M, F, N}}, Env) when is_tuple(M) -> parallel([M, F, N], Env);
expr({'fun', _, _}, Env) -> Env;
expr({named_fun, P, Name, Clauses}, Env) ->
    {New, _} = bind(Name, P, #{}, #{}),
    shadowed(New, Env, 'named fun'),
    [sx_lint_notes:use_vars(Ids) || #{Name := {bound, Ids, _}} <- [Env]],
    Inner = maps:merge(Env, New),
    [fun_clause(C, Inner, 'named fun') || C <- Clauses],
    Env;
expr({call, P, F, Args}, Env) -> sx_lint_call:call(P, F, Args, Env);
expr({remote, _, M, F}, Env) -> parallel([M, F], Env);
expr({bin, _, Segments}, Env) -> sx_lint_bits:construct(Segments, Env, fun expr/2);
expr({map, _, Fields}, Env) -> map_fields(Fields, Env);
expr({map, _, M, Fields}, Env) -> parallel([M | lists:append([[K, V] || {_, _, K, V} <- Fields])], Env);
expr({record, P, Name, Fields}, Env) -> sx_lint_record:construct(P, Name, Fields, Env, fun expr/2);
expr({record, P, R, Name, Fields}, Env) -> sx_lint_record:update(P, R, Name, Fields, Env);
expr({record_field, P, R, Name, Field}, Env) ->
    Env1 = expr(R, Env),
    sx_lint_record:field(P, Name, Field),
    Env1;
expr({record_index, P, Name, Field}, Env) -> sx_lint_record:field(P, Name, Field), Env;
expr(Other, Env) -> error(element(2, Other), "illegal expression"), Env.

map_fields(Fields, Env) ->
    [error(P, "only association operators '=>' are allowed in map construction") || {map_field_exact, P, _, _} <- Fields],
    parallel(lists:append([[K, V] || {_, _, K, V} <- Fields]), Env).

clause({clause, _, Head, Guard, Body}, Env) ->
    {New, _} = patterns(Head, #{}, Env),
    Inner = maps:merge(Env, New),
    sx_lint_guard:tests(Guard, Inner),
    exprs(Body, Inner).

maybe_body(Es, Env) -> lists:foldl(fun maybe_expr/2, Env, Es).

maybe_expr({maybe_match, P, Pattern, E}, Env) -> expr({match, P, Pattern, E}, Env);
maybe_expr(E, Env) -> expr(E, Env).

%% What the body binds may be used in the `of` clauses and nowhere else.
tried(P, Body, Clauses, Handlers, After, Env) ->
    Env1 = exprs(Body, Env),
    Outside = forget(Env1, Env, 'try', P),
    Ofs = [clause(C, Env1) || C <- Clauses],
    Catches = [handler(C, Outside) || C <- Handlers],
    Unsafe = lists:foldl(fun(E, Acc) -> forget(E, Acc, 'try', P) end, Outside, Ofs ++ Catches),
    forget(exprs(After, Unsafe), Unsafe, 'try', P).

handler({clause, _, [{tuple, _, [Class, Reason, Stack]}], Guard, Body}, Env) ->
    {New, _} = patterns([Class, Reason], #{}, Env),
    Inner = maps:merge(Env, New),
    case Stack of
        {var, _, '_'} ->
            sx_lint_guard:tests(Guard, Inner),
            exprs(Body, Inner);
        {var, P, Name} when is_map_key(Name, Inner) ->
            error(P, "stacktrace variable ~tp must not be previously bound", [Name]),
            sx_lint_guard:tests(Guard, Inner),
            exprs(Body, use_quietly(Name, Inner));
        {var, P, Name} ->
            sx_lint_guard:tests(Guard, Inner#{Name => {stack, P}}),
            {Bound, _} = bind(Name, P, #{}, #{}),
            exprs(Body, maps:merge(Inner, Bound));
        _ -> exprs(Body, Inner)
    end.

use_quietly(Name, Env) -> sx_lint_notes:use_vars(ids(maps:get(Name, Env))), Env.

comprehension(E, Qs, Env) ->
    expr(E, lists:foldl(fun qualifier/2, Env, Qs)),
    Env.

qualifier({Kind, _, Pattern, E}, Env) when Kind =:= generate; Kind =:= b_generate ->
    Env1 = expr(E, Env),
    {New, _} = pattern(Pattern, #{}, hidden(Env1)),
    Kind =:= b_generate andalso sx_lint_bits:generator(Pattern),
    shadowed(New, Env1, generate),
    maps:merge(Env1, New);
qualifier(E, Env) -> expr(E, Env).

%% A pattern that binds all of its names anew sees Env for sizes and keys only.
hidden(Env) -> #{{outer} => Env}.

%% ---- patterns: {New, Env} with the names that they bind in New ----

patterns(Ps, New, Env) ->
    lists:foldl(fun(P, {N, E}) -> pattern(P, N, E) end, {New, Env}, Ps).

pattern({var, P, Name}, New, Env) -> bind(Name, P, New, Env);
pattern({K, _, _}, New, Env) when K =:= atom; K =:= integer; K =:= float; K =:= char; K =:= string -> {New, Env};
pattern({nil, _}, New, Env) -> {New, Env};
pattern({cons, _, H, T}, New, Env) -> patterns([H, T], New, Env);
pattern({tuple, _, Ps}, New, Env) -> patterns(Ps, New, Env);
pattern({match, _, A, B}, New, Env) -> patterns([A, B], New, Env);
pattern({map, _, Fields}, New, Env) -> lists:foldl(fun map_pattern/2, {New, Env}, Fields);
pattern({record, P, Name, Fields}, New, Env) -> sx_lint_record:pattern(P, Name, Fields, New, Env);
pattern({record_index, P, Name, Field}, New, Env) -> sx_lint_record:field(P, Name, Field), {New, Env};
pattern({bin, _, Segments}, New, Env) -> sx_lint_bits:pattern(Segments, New, Env);
pattern({op, _, '++', {nil, _}, T}, New, Env) -> pattern(T, New, Env);
pattern({op, P, '++', {cons, _, H, T}, Tail}, New, Env) ->
    {New1, _} = pattern(H, New, Env),
    pattern({op, P, '++', T, Tail}, New1, Env);
pattern({op, _, '++', {string, _, _}, T}, New, Env) -> pattern(T, New, Env);
pattern({op, P, _, _, _} = Op, New, Env) -> constant_pattern(P, Op, New, Env);
pattern({op, P, _, _} = Op, New, Env) -> constant_pattern(P, Op, New, Env);
pattern(Other, New, Env) -> error(element(2, Other), "illegal pattern"), {New, Env}.

constant_pattern(P, Op, New, Env) ->
    is_constant(Op) orelse error(P, "illegal pattern"),
    {New, Env}.

is_constant({op, _, Op, L, R}) -> erl_internal:arith_op(Op, 2) andalso is_constant(L) andalso is_constant(R);
is_constant({op, _, Op, E}) -> erl_internal:arith_op(Op, 1) andalso is_constant(E);
is_constant({K, _, _}) -> lists:member(K, [integer, float, char]);
is_constant(_) -> false.

map_pattern({map_field_exact, _, Key, Value}, {New, Env}) ->
    sx_lint_guard:test(Key, outside(Env)),
    pattern(Value, New, Env);
map_pattern({_, P, _, _}, Acc) -> error(P, "illegal pattern"), Acc.

%% What a size or a key in a pattern may use of what is bound before the pattern.
outside(#{{outer} := Env}) -> Env;
outside(Env) -> Env.
