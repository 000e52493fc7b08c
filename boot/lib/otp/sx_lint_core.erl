%% sx_lint_core.erl - what a module without errors does in vain: clauses that cannot match, terms that nothing uses, operators
%% and functions that must fail.
%% A walk over expressions with shapes: {lit, Value}, {tuple, Shapes}, {cons, Head, Tail}, {kind, Kind}, any. Vars maps every bound
%% variable to its shape. Context is `value` or `effect` (the value is thrown away).
%% INVARIANT: a shape says only what holds in every run; `yes` and `no` of a match are certain, everything else is `maybe`.
-module(sx_lint_core).

-export([module/1]).

-import(sx_lint_notes, [warning/3, warning/4]).

module(Forms) ->
    lists:foreach(fun({attribute, _, file, {File, _}}) -> sx_lint_notes:set_file(File);
                     ({function, _, F, N, Clauses}) ->
                          put({sx_lint, once}, sx_lint_cover:once(Clauses)),
                          clauses(Clauses, lists:duplicate(N, any), #{}, value, io_lib:format(" for ~tw/~w", [F, N]), ok)
                              andalso warning(nomatch, element(2, hd(Clauses)), "no clause will ever match");
                     (_) -> ok
                  end, Forms).

%% ---- clauses ----

%% Name is " for f/1" where the warning says whose clause it is.
clauses(Clauses, Shapes, Vars, Ctx, Name, Subject) ->
    {Verdicts, _} = lists:mapfoldl(
        fun({clause, P, Head, Guard, Body}, {Always, Before}) ->
                {Match, Vars1} = patterns(Head, Shapes, Vars),
                Test = case Match of {no, _} -> maybe_true; _ -> guard(Guard, Vars1) end,
                Hidden = Always =:= none andalso Subject =:= ok andalso Guard =:= [] andalso sx_lint_cover:by(Before, Head, Vars),
                if Always =/= none -> hidden(P, Name, Always);
                   Hidden =/= false -> hidden(P, "", Hidden);
                   true -> judged(P, Match, Test, Subject)
                end,
                Dead = Always =/= none orelse Hidden =/= false orelse element(1, wrap(Match)) =:= no orelse Test =:= false,
                Dead orelse body(Body, Vars1, Ctx),
                Next = case {Always, Match, Test} of
                           {none, yes, true} when Subject =/= literal -> line(P);
                           _ -> Always
                       end,
                {Dead, {Next, case Test of true when not Dead -> Before ++ [{line(P), Head}]; _ -> Before end}}
        end, {none, []}, Clauses),
    Verdicts =/= [] andalso lists:all(fun(D) -> D end, Verdicts).

wrap({no, _} = No) -> No;
wrap(Other) -> {Other, none}.

hidden(P, Name, Line) ->
    warning(nomatch, P, "this clause~ts cannot match because a previous clause at line ~w always matches", [Name, Line]).

judged(P, {no, guard}, _, _) -> guard_false(P);
judged(_, {no, {size, P, Size}}, _, _) ->
    warning(nomatch, P, "this clause cannot match because '~w' is not a valid size for a binary segment", [Size]);
judged(_, {no, _}, _, literal) -> ok;
judged(P, {no, _}, _, _) -> warning(nomatch, P, "this clause cannot match because of different types/sizes");
judged(P, _, false, _) -> guard_false(P);
judged(_, _, _, _) -> ok.

guard_false(P) -> warning(nomatch, P, "this clause cannot match because its guard evaluates to 'false'").

line({L, _}) -> L;
line(L) when is_integer(L) -> L;
line(A) -> erl_anno:line(A).

%% true, false or maybe_true of a guard; a test that must fail is told.
guard([], _) -> true;
guard([[Test]], Vars) ->
    case shape(Test, Vars) of
        {lit, true} -> true;
        {lit, false} -> false;
        _ -> maybe_true
    end;
guard(Guard, Vars) -> [shape(T, Vars) || Tests <- Guard, T <- Tests], maybe_true.

%% ---- bodies ----

body([E], Vars, Ctx) -> expr(E, Vars, Ctx);
body([E | Es], Vars, Ctx) ->
    case expr(E, Vars, effect) of
        dead -> dead;
        {_, Vars1} -> body(Es, Vars1, Ctx)
    end;
body([], Vars, _) -> {any, Vars}.

%% {Shape, Vars} of an expression, or dead when it cannot come back.
expr({match, P, Pattern, E}, Vars, _) ->
    case expr(E, Vars, case is_unused(Pattern, E) of true -> effect; false -> value end) of
        dead -> dead;
        {Shape, Vars1} ->
            case pattern(Pattern, Shape, Vars1) of
                {{no, Why}, _} ->
                    [guard_false(P) || Why =:= guard],
                    [warning(nomatch, P, "this clause cannot match because of different types/sizes") || Why =/= guard, not is_literal(Shape)],
                    warning(nomatch, P, "no clause will ever match"),
                    dead;
                {_, Vars2} -> {Shape, Vars2}
            end
    end;
expr({block, _, Es}, Vars, Ctx) -> body(Es, Vars, Ctx);
expr({'case', P, E, Clauses}, Vars, Ctx) ->
    case expr(E, Vars, value) of
        dead -> dead;
        {Shape, Vars1} ->
            Subject = case is_literal(Shape) of true -> literal; false -> ok end,
            case clauses(Clauses, [Shape], Vars1, Ctx, "", Subject) of
                true -> warning(nomatch, P, "no clause will ever match"), dead;
                false -> {any, bound(Clauses, Vars1)}
            end
    end;
expr({'if', P, Clauses}, Vars, Ctx) ->
    case clauses(Clauses, [], Vars, Ctx, "", 'if') of
        true -> warning(nomatch, P, "no clause will ever match"), dead;
        false -> {any, bound(Clauses, Vars)}
    end;
expr({'receive', _, Clauses}, Vars, Ctx) ->
    clauses(Clauses, [any], Vars, Ctx, "", ok),
    {any, bound(Clauses, Vars)};
expr({'receive', _, Clauses, Time, Body}, Vars, Ctx) ->
    clauses(Clauses, [any], Vars, Ctx, "", ok),
    shape(Time, Vars),
    body(Body, Vars, Ctx),
    {any, bound([Clauses, Time, Body], Vars)};
expr({'try', _, Body, Clauses, Handlers, After}, Vars, Ctx) ->
    case body(Body, Vars, case Clauses of [] -> Ctx; _ -> value end) of
        {Shape, Vars1} -> Clauses =:= [] orelse clauses(Clauses, [Shape], Vars1, Ctx, "", ok);
        dead -> ok
    end,
    clauses(Handlers, [{tuple, [any, any, any]}], Vars, Ctx, "", 'catch'),
    After =:= [] orelse body(After, Vars, effect),
    {any, bound([Body, Clauses, Handlers, After], Vars)};
expr({'catch', _, E}, Vars, Ctx) ->
    expr(E, Vars, Ctx),
    {any, bound(E, Vars)};
expr({'maybe', _, Es}, Vars, _) -> maybe_body(Es, Vars), {any, Vars};
expr({'maybe', _, Es, {'else', _, Clauses}}, Vars, Ctx) ->
    maybe_body(Es, Vars),
    clauses(Clauses, [any], Vars, Ctx, "", ok),
    {any, Vars};
expr({K, _, E, Qs}, Vars, Ctx) when K =:= lc; K =:= bc ->
    Inner = lists:foldl(fun({_, _, P, Source}, V) -> shape(Source, V), bound(P, V);
                           (Filter, V) -> shape(Filter, V), bound(Filter, V)
                        end, Vars, Qs),
    expr(E, Inner, case K of lc -> Ctx; bc -> value end),
    {any, Vars};
expr({'fun', P, {clauses, Clauses}}, Vars, Ctx) ->
    unused_term(P, Ctx),
    Ctx =:= effect orelse fun_clauses(Clauses, Vars),
    {{kind, 'fun'}, Vars};
expr({'fun', P, {function, _, _, _}}, Vars, effect) ->
    warning(ignored, P, "the result of fun construction is ignored (suppress the warning by assigning the expression to the _ variable)"),
    {{kind, 'fun'}, Vars};
expr({named_fun, P, Name, Clauses}, Vars, Ctx) ->
    unused_term(P, Ctx),
    Ctx =:= effect orelse fun_clauses(Clauses, Vars#{Name => any}),
    {{kind, 'fun'}, Vars};
expr({op, _, Op, L, R}, Vars, Ctx) when Op =:= 'andalso'; Op =:= 'orelse' ->
    shape(L, Vars),
    expr(R, bound(L, Vars), Ctx),
    {any, bound([L, R], Vars)};
expr({op, _, '!', L, R}, Vars, _) -> shape(L, Vars), shape(R, Vars), {any, bound([L, R], Vars)};
expr({op, P, Op, L, R}, Vars, Ctx) ->
    Shapes = [shape(L, Vars), shape(R, Vars)],
    unused_operator(P, Op, 2, Ctx),
    {sx_lint_fold:operator(P, Op, Shapes), bound([L, R], Vars)};
expr({op, P, Op, E}, Vars, Ctx) ->
    Shape = shape(E, Vars),
    unused_operator(P, Op, 1, Ctx),
    {sx_lint_fold:operator(P, Op, [Shape]), bound(E, Vars)};
expr({call, P, {atom, _, F}, Args}, Vars, Ctx) ->
    case is_map_key({F, length(Args)}, sx_lint_notes:info(functions)) orelse is_map_key({F, length(Args)}, sx_lint_notes:info(imports)) of
        true -> arguments(Args, Vars), {any, bound(Args, Vars)};
        false -> bif(P, erlang, F, Args, Vars, Ctx)
    end;
expr({call, P, {remote, _, {atom, _, M}, {atom, _, F}}, Args}, Vars, Ctx) -> bif(P, M, F, Args, Vars, Ctx);
expr({call, _, F, Args}, Vars, _) ->
    arguments([F | Args], Vars),
    {any, bound([F | Args], Vars)};
expr({remote, _, M, F}, Vars, _) -> arguments([M, F], Vars), {any, Vars};
expr({var, _, Name}, Vars, _) -> {maps:get(Name, Vars, any), Vars};
expr({atom, _, A}, Vars, _) -> {{lit, A}, Vars};
expr({nil, _}, Vars, _) -> {{lit, []}, Vars};
expr({string, _, ""}, Vars, _) -> {{lit, []}, Vars};
expr({K, P, V}, Vars, Ctx) when K =:= integer; K =:= float; K =:= char; K =:= string ->
    unused_term(P, Ctx),
    {{lit, V}, Vars};
expr({cons, P, H, T}, Vars, Ctx) ->
    unused_term(P, Ctx),
    {cons(shape(H, Vars), shape(T, Vars)), bound([H, T], Vars)};
expr({tuple, P, Es}, Vars, Ctx) ->
    unused_term(P, Ctx),
    {tuple([shape(E, Vars) || E <- Es]), bound(Es, Vars)};
expr({bin, P, Segments}, Vars, Ctx) ->
    unused_term(P, Ctx),
    [shape(S, Vars) || {bin_element, _, _, S, _} <- Segments, S =/= default],
    Bad = [1 || {bin_element, _, V, _, Types} <- Segments, bad_segment(shape(V, Vars), V, Types)],
    Bad =/= [] andalso warning(failed, P, "binary construction will fail because of a type mismatch"),
    {{kind, bin}, bound(Segments, Vars)};
expr({map, P, Fields}, Vars, Ctx) ->
    unused_term(P, Ctx),
    fields(Fields, Vars),
    {{kind, map}, bound(Fields, Vars)};
expr({map, P, M, Fields}, Vars, Ctx) ->
    unused_term(P, Ctx),
    shape(M, Vars),
    fields(Fields, Vars),
    {{kind, map}, bound([M, Fields], Vars)};
expr({record, P, _, Fields}, Vars, Ctx) ->
    unused_term(P, Ctx),
    [shape(V, Vars) || {record_field, _, _, V} <- Fields],
    {any, bound(Fields, Vars)};
expr({record, _, R, _, Fields}, Vars, _) ->
    [shape(V, Vars) || V <- [R | [V || {record_field, _, _, V} <- Fields]]],
    {any, bound([R, Fields], Vars)};
expr({record_field, _, R, _, _}, Vars, _) -> shape(R, Vars), {any, bound(R, Vars)};
expr(_, Vars, _) -> {any, Vars}.

shape(E, Vars) ->
    case expr(E, Vars, value) of
        dead -> any;
        {Shape, _} -> Shape
    end.

arguments(Args, Vars) -> [shape(A, Vars) || A <- Args].

fun_clauses(Clauses, Vars) ->
    [{clause, _, Head, _, _} | _] = Clauses,
    Hidden = maps:without(names(heads(Clauses)), Vars),
    clauses(Clauses, lists:duplicate(length(Head), any), Hidden, value, "", ok).

heads(Clauses) -> [Head || {clause, _, Head, _, _} <- Clauses].

maybe_body(Es, Vars) ->
    lists:foldl(fun({maybe_match, _, P, E}, V) -> shape(E, V), bound([P, E], V);
                   (E, V) -> shape(E, V), bound(E, V)
                end, Vars, Es).

bif(P, M, F, Args, Vars, Ctx) ->
    Shapes = arguments(Args, Vars),
    Ctx =:= effect andalso sx_lint_fold:unused_call(P, M, F, length(Args)),
    {sx_lint_fold:call(P, M, F, Shapes), bound(Args, Vars)}.

unused_term(P, effect) -> warning(useless_building, P, "a term is constructed, but never used");
unused_term(_, _) -> ok.

unused_operator(P, Op, N, effect) ->
    case erl_internal:comp_op(Op, N) of
        true -> warning(ignored, P, "use of operator ~p has no effect", [Op]);
        false -> warning(ignored, P, "the result of evaluating operator ~p/~w is ignored (suppress the warning by assigning the expression to the _ variable)", [Op, N])
    end;
unused_operator(_, _, _, _) -> ok.

%% Is what the pattern binds used nowhere, so that a term is made in vain?
is_unused({var, _, Name}, E) ->
    hd(atom_to_list(Name)) =/= $_ andalso is_map_key(Name, get({sx_lint, once})) andalso not lists:member(element(1, E), [integer, float, char, string]);
is_unused(_, _) -> false.

is_literal({lit, _}) -> true;
is_literal(_) -> false.

tuple(Shapes) ->
    case lists:all(fun is_literal/1, Shapes) of
        true -> {lit, list_to_tuple([V || {lit, V} <- Shapes])};
        false -> {tuple, Shapes}
    end.

cons({lit, H}, {lit, T}) -> {lit, [H | T]};
cons(H, T) -> {cons, H, T}.

%% A key that is written again later: the earlier one is in vain.
fields(Fields, Vars) ->
    Keys = [{shape(K, Vars), element(2, K)} || {_, _, K, _} <- Fields],
    [shape(V, Vars) || {_, _, _, V} <- Fields],
    overridden(Keys).

overridden([]) -> ok;
overridden([{{lit, K}, P} | More]) ->
    case lists:any(fun({{lit, Other}, _}) -> Other =:= K; (_) -> false end, More) of
        true -> warning(map, P, "key ~ts will be overridden in expression", [shown_key(K)]);
        false -> ok
    end,
    overridden(More);
overridden([_ | More]) -> overridden(More).

%% Atoms stand in quotes.
shown_key(K) when is_atom(K) -> io_lib:format("'~ts'", [K]);
shown_key(K) -> io_lib:format("~tp", [K]).

bad_segment(_, {string, _, _}, _) -> false;
bad_segment({lit, V}, _, Types) ->
    Type = case is_list(Types) of
               true -> case [T || T <- Types, lists:member(T, [float, binary, bytes, bitstring, bits, utf8, utf16, utf32])] of [T | _] -> T; [] -> integer end;
               false -> integer
           end,
    case Type of
        float -> not is_number(V);
        T1 when T1 =:= binary; T1 =:= bytes; T1 =:= bitstring; T1 =:= bits -> true;
        _ -> not is_integer(V)
    end;
bad_segment(_, _, _) -> false.

%% ---- patterns ----

patterns(Ps, Shapes, Vars) -> patterns(Ps, Shapes, Vars, yes).

patterns([], _, Vars, Acc) -> {Acc, Vars};
patterns([P | Ps], [S | Ss], Vars, Acc) ->
    {Match, Vars1} = pattern(P, S, Vars),
    patterns(Ps, Ss, Vars1, worse(Acc, Match)).

worse({no, _} = No, _) -> No;
worse(_, {no, _} = No) -> No;
worse(maybe_, _) -> maybe_;
worse(_, M) -> M.

%% {yes | maybe_ | {no, Why}, Vars}; Why is guard where a variable that is bound already differs.
pattern({var, _, '_'}, _, Vars) -> {yes, Vars};
pattern({var, _, Name}, Shape, Vars) ->
    case Vars of
        #{Name := Bound} ->
            case {Bound, Shape} of
                {{lit, A}, {lit, B}} when A =/= B -> {{no, guard}, Vars};
                {{lit, A}, {lit, A}} -> {yes, Vars};
                _ -> {maybe_, Vars}
            end;
        _ -> {yes, Vars#{Name => Shape}}
    end;
pattern({match, _, A, B}, Shape, Vars) ->
    {M1, Vars1} = pattern(A, Shape, Vars),
    {M2, Vars2} = pattern(B, Shape, Vars1),
    {worse(M1, M2), Vars2};
pattern({tuple, _, Ps}, Shape, Vars) ->
    N = length(Ps),
    case Shape of
        {tuple, Ss} when length(Ss) =:= N -> patterns(Ps, Ss, Vars);
        {lit, T} when is_tuple(T), tuple_size(T) =:= N -> patterns(Ps, [{lit, V} || V <- tuple_to_list(T)], Vars);
        any -> {maybe_, bound(Ps, Vars)};
        _ -> {{no, types}, bound(Ps, Vars)}
    end;
pattern({cons, _, H, T}, Shape, Vars) ->
    case Shape of
        {cons, A, B} -> patterns([H, T], [A, B], Vars);
        {lit, [A | B]} -> patterns([H, T], [{lit, A}, {lit, B}], Vars);
        any -> {maybe_, bound([H, T], Vars)};
        _ -> {{no, types}, bound([H, T], Vars)}
    end;
pattern({nil, _}, Shape, Vars) -> {literal([], Shape), Vars};
pattern({K, _, V}, Shape, Vars) when K =:= atom; K =:= integer; K =:= float; K =:= char; K =:= string -> {literal(V, Shape), Vars};
pattern({bin, _, Segments} = P, any, Vars) ->
    case [{size, At, V} || {bin_element, At, _, {K, _, V}, _} <- Segments, lists:member(K, [atom, float, string])] of
        [Why | _] -> {{no, Why}, bound(P, Vars)};
        [] -> {maybe_, bound(P, Vars)}
    end;
pattern({K, _, _} = P, Shape, Vars) when K =:= map; K =:= bin ->
    case Shape of
        any -> {maybe_, bound(P, Vars)};
        {kind, K} -> {maybe_, bound(P, Vars)};
        {kind, _} -> {{no, types}, bound(P, Vars)};
        {lit, V} when K =:= bin, is_bitstring(V) -> {maybe_, bound(P, Vars)};
        _ -> {{no, types}, bound(P, Vars)}
    end;
pattern(P, _, Vars) -> {maybe_, bound(P, Vars)}.

literal(V, {lit, V}) -> yes;
literal(_, any) -> maybe_;
literal(_, _) -> {no, types}.

%% Vars with every variable of the trees in it.
bound(Trees, Vars) -> lists:foldl(fun(Name, Acc) -> case Acc of #{Name := _} -> Acc; _ -> Acc#{Name => any} end end, Vars, names(Trees)).

names({var, _, '_'}) -> [];
names({var, _, Name}) -> [Name];
names({'fun', _, _}) -> [];
names({named_fun, _, _, _}) -> [];
names({K, _, _, _}) when K =:= lc; K =:= bc -> [];
names(Tree) when is_tuple(Tree) -> names(tuple_to_list(Tree));
names([H | T]) -> names(H) ++ names(T);
names(_) -> [].
