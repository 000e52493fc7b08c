%% sx_lint.erl - the faults of a module: module/2 takes its forms (erl_parse's, types kept) and answers what erlc would say.
%% Owns what concerns the module as a whole: attributes, exports, imports, which functions are defined, called and unused,
%% callbacks of behaviours. Variables are sx_lint_expr's, types sx_lint_type's; sx_lint_core finds what cannot match.
%% Besides OTP's forms there are {error, Pos, Text} and {warning, Pos, Text} for what the parser found.
%% INVARIANT: answers {Errors, Warnings}, lists of {File, {Line, Column}, Text}, each sorted by place.
-module(sx_lint).

-export([module/2, is_error_free/1]).

-import(sx_lint_notes, [error/2, error/3, warning/3, warning/4, note/2, notes/1]).
-compile({no_auto_import, [error/2, error/3]}).

%% File is the module's own, as its -file attribute says it.
module(Forms, File) ->
    Self = self(),
    {Pid, Ref} = spawn_monitor(fun() -> Self ! {self(), lint(Forms, File)} end),
    receive
        {Pid, Result} -> demonitor(Ref, [flush]), Result;
        {'DOWN', Ref, _, _, Reason} -> erlang:error(Reason)
    end.

is_error_free({Errors, _}) -> Errors =:= [].

lint(Forms0, File) ->
    sx_lint_notes:start(),
    Forms = [whole(F) || F <- Forms0],
    sx_lint_notes:set_info(known(Forms)),
    options(Forms),
    start(Forms),
    walk(Forms, File, attributes),
    finish(),
    {Errors, Warnings} = sx_lint_notes:found(),
    case Errors of
        [] ->
            sx_lint_core:module(Forms),
            [begin sx_lint_notes:set_file(F), warning(invalid_call, P, "invalid function call") end || {F, P} <- notes(invalid_call)],
            sx_lint_notes:found();
        _ -> {Errors, Warnings}
    end.

%% A head of a function is a pattern by grammar already: {error, Pos, Text} in place of a function that has none.
whole({function, _, _, _, Clauses} = Form) ->
    case [Fault || {clause, _, Head, _, _} <- Clauses, P <- Head, Fault <- sx_lint_head:faults(P)] of
        [{Pos, Text} | _] -> {error, Pos, Text};
        [] -> Form
    end;
whole(Form) -> Form.

%% ---- what is known before the walk ----

known(Forms) ->
    #{module => case [M || {attribute, _, module, M} <- Forms] of [M | _] -> M; [] -> undefined end,
      functions => maps:from_list([{{F, N}, P} || {function, P, F, N, _} <- lists:reverse(Forms)]),
      imports => maps:from_list([{FA, M} || {attribute, _, import, {M, FAs}} <- lists:reverse(Forms), is_list(FAs), FA <- FAs]),
      no_auto => no_auto(compile_options(Forms)),
      records => #{}}.

compile_options(Forms) -> lists:append([if is_list(O) -> O; true -> [O] end || {attribute, _, compile, O} <- Forms]).

no_auto(Options) ->
    case lists:member(no_auto_import, Options) of
        true -> all;
        false -> maps:from_list([{FA, true} || {no_auto_import, FAs} <- Options, FA <- FAs])
    end.

options(Forms) ->
    lists:foreach(fun({nowarn_unused_function, FAs}) -> [sx_lint_notes:disable({unused_function, FA}) || FA <- list(FAs)];
                     ({nowarn_unused_type, TAs}) -> [sx_lint_notes:disable({unused_type, TA}) || TA <- list(TAs)];
                     ({nowarn_deprecated_function, MFAs}) -> [sx_lint_notes:disable({deprecated_function, MFA}) || MFA <- list(MFAs)];
                     (Option) when is_atom(Option) ->
                          case atom_to_list(Option) of
                              "nowarn_" ++ Kind -> sx_lint_notes:disable(list_to_atom(Kind));
                              _ -> ok
                          end;
                     (_) -> ok
                  end, compile_options(Forms)).

list(Items) when is_list(Items) -> Items;
list(Item) -> [Item].

%% ---- the forms in order ----

%% The module attribute comes first; what the parser found is no form.
start(Forms) ->
    case [F || F <- Forms, element(1, F) =/= error, element(1, F) =/= warning, element(1, F) =/= eof orelse no_error(Forms),
               not is_file(F)] of
        [{attribute, _, module, _} | _] -> ok;
        [First | _] -> set_file_before(First, Forms), error(element(2, First), "no module definition");
        [] -> ok
    end.

no_error(Forms) -> not lists:keymember(error, 1, Forms).

is_file({attribute, _, file, _}) -> true;
is_file(_) -> false.

set_file_before(_, [{attribute, _, file, {File, _}} | _]) -> sx_lint_notes:set_file(File);
set_file_before(_, _) -> ok.

%% State is attributes until the first function, then functions.
walk([], _, _) -> ok;
walk([Form | Forms], Main, State) -> walk(Forms, Main, form(Form, Main, State)).

form({attribute, _, file, {File, _}}, _, State) -> sx_lint_notes:set_file(File), State;
form({error, Pos, Text}, _, State) -> error(Pos, Text), State;
form({warning, Pos, Text}, _, State) -> warning(user, Pos, Text), State;
form({eof, _}, _, State) -> State;
form({function, P, F, N, Clauses}, _, _) ->
    function(P, {F, N}, Clauses),
    functions;
form({attribute, P, Name, Value}, Main, State) ->
    case State =:= attributes orelse lists:member(Name, [record, type, opaque, spec, callback, dialyzer, compile]) of
        true -> attribute(Name, Value, P, Main);
        false -> error(P, "attribute ~tw after function definitions", [Name])
    end,
    State;
form(_, _, State) -> State.

function(P, {F, N} = FA, Clauses) ->
    Defined = not sx_lint_notes:is_first(function, FA) orelse lists:member(FA, [{module_info, 0}, {module_info, 1}]),
    Defined andalso error(P, "function ~tw/~w already defined", [F, N]),
    note(function, FA),
    note(function_at, {FA, P, sx_lint_notes:file()}),
    is_map_key(FA, sx_lint_notes:info(imports)) andalso error(P, "defining imported function ~tw/~w", [F, N]),
    N > 255 andalso error(P, "too many arguments (~w) - maximum allowed is 255", [N]),
    sx_lint_notes:set_function(FA),
    sx_lint_expr:function(Clauses, #{}),
    sx_lint_notes:unused_vars(),
    sx_lint_notes:set_function(none).

attribute(module, M, P, _) ->
    case notes(module) of
        [] -> note(module, M);
        _ -> error(P, "redefining module")
    end;
attribute(export, FAs, P, _) when is_list(FAs) ->
    lists:foreach(fun({F, N} = FA) ->
                          case sx_lint_notes:is_first(export, FA) of
                              true -> note(export, {FA, P, sx_lint_notes:file()});
                              false -> warning(duplicated_export, P, "function ~tw/~w already exported", [F, N])
                          end
                  end, FAs);
attribute(export_type, TAs, P, _) when is_list(TAs) ->
    lists:foreach(fun({T, N} = TA) ->
                          case [1 || {X, _, _} <- notes(export_type), X =:= TA] of
                              [] -> note(export_type, {TA, P, sx_lint_notes:file()});
                              _ -> warning(duplicated_export, P, "type ~tw/~w already exported", [T, N])
                          end
                  end, TAs);
attribute(import, {M, FAs}, P, _) when is_list(FAs) ->
    lists:foreach(fun({F, N} = FA) ->
                          case [Other || {X, Other} <- notes(imported), X =:= FA] of
                              [] -> note(imported, {FA, M});
                              [Other | _] -> error(P, "function ~tw/~w already imported from ~w", [F, N, Other])
                          end
                  end, FAs);
attribute(compile, Options, P, _) ->
    lists:member(export_all, list(Options)) andalso
        begin note(export_all, P), warning(export_all, P, "export_all flag enabled - all functions will be exported") end,
    [note(option_function, {Kind, FA, P, sx_lint_notes:file()})
     || {Kind, FAs} <- list(Options), Kind =:= inline orelse Kind =:= nowarn_unused_function, FA <- list(FAs)],
    ok;
attribute(record, {Name, Fields}, P, Main) -> record(P, Name, Fields, Main);
attribute(Kind, Definition, P, Main) when Kind =:= type; Kind =:= opaque ->
    sx_lint_type:definition(P, Kind, Definition, sx_lint_notes:file() =:= Main);
attribute(spec, {Name, Clauses}, P, _) -> sx_lint_type:spec(P, Name, Clauses);
attribute(callback, {Name, Clauses}, P, _) -> sx_lint_type:callback(P, Name, Clauses);
attribute(optional_callbacks, FAs, P, _) when is_list(FAs) -> [note(optional, {FA, P, sx_lint_notes:file()}) || FA <- FAs], ok;
attribute(Name, B, P, _) when Name =:= behaviour; Name =:= behavior -> note(behaviour, {B, P, sx_lint_notes:file()});
attribute(on_load, {F, N} = FA, P, _) when is_atom(F), is_integer(N) ->
    case notes(on_load) of
        [] when N =:= 0 -> note(on_load, {FA, P, sx_lint_notes:file()});
        [] -> error(P, "function ~tw/~w has wrong arity (must be 0)", [F, N]);
        _ -> error(P, "more than one on_load attribute")
    end;
attribute(on_load, Value, P, _) -> error(P, "badly formed on_load attribute: ~tw", [Value]);
attribute(dialyzer, Value, P, _) -> note(dialyzer, {Value, P, sx_lint_notes:file()});
attribute(Name, Value, P, _) when Name =:= deprecated; Name =:= removed -> note(Name, {Value, P, sx_lint_notes:file()});
attribute(_, _, _, _) -> ok.

record(P, Name, Fields, Main) ->
    Records = sx_lint_notes:info(records),
    case is_map_key(Name, Records) of
        true -> error(P, "record ~tw already defined", [Name]);
        false ->
            Names = fields(Fields, Name, []),
            note(record_at, {Name, P, sx_lint_notes:file(), sx_lint_notes:file() =:= Main}),
            set(records, Records#{Name => {sx_lint_notes:file(), P, Names}}),
            [sx_lint_expr:expr(Default, #{}) || {record_field, _, _, Default} <- [plain(F) || F <- Fields]],
            sx_lint_notes:unused_vars(),
            [sx_lint_type:field(T) || {typed_record_field, _, T} <- Fields],
            ok
    end.

plain({typed_record_field, Field, _}) -> Field;
plain(Field) -> Field.

fields([], _, Acc) -> lists:reverse(Acc);
fields([F | More], Name, Acc) ->
    Field = plain(F),
    {atom, _, FieldName} = element(3, Field),
    case lists:keymember(FieldName, 1, Acc) of
        true -> error(element(2, Field), "field ~tw already defined in record ~tw", [FieldName, Name]), fields(More, Name, Acc);
        false -> fields(More, Name, [{FieldName, element(2, Field)} | Acc])
    end.

set(Key, Value) ->
    sx_lint_notes:set_info((maps:from_list([{K, sx_lint_notes:info(K)} || K <- [module, functions, imports, no_auto, records]]))#{Key => Value}).

%% ---- behind the last form ----

finish() ->
    Defined = (maps:from_list([{FA, true} || FA <- notes(function)]))#{{module_info, 0} => true, {module_info, 1} => true},
    undefined_functions(Defined),
    unused_functions(),
    sx_lint_type:finish([{TA, P, File} || {TA, P, File} <- notes(export_type)]),
    unused_records(),
    sx_lint_behaviour:check([FA || {FA, _, _} <- exported()]).

exported() ->
    case notes(export_all) of
        [] -> notes(export);
        _ -> [{FA, P, File} || {FA, P, File} <- notes(function_at)]
    end.

undefined_functions(Defined) ->
    Imports = sx_lint_notes:info(imports),
    Uses = [{P, File, FA} || {FA, P, File} <- notes(export) ++ notes(on_load)]
        ++ [{P, File, FA} || {nowarn_unused_function, FA, P, File} <- notes(option_function)]
        ++ [{P, File, FA} || {{Option, FAs}, P, File} <- lists:append([[{V, P, F} || V <- list(Vs)] || {Vs, P, F} <- notes(dialyzer)]),
                             Option =/= none, FA <- list(FAs), is_tuple(FA)]
        ++ [{P, File, FA} || {_, FA, File, P} <- notes(call), not is_map_key(FA, Imports)],
    [at(File, fun() -> error(P, "function ~tw/~w undefined", [F, N]) end)
     || {P, File, {F, N} = FA} <- Uses, not is_map_key(FA, Defined)],
    [at(File, fun() -> error(P, "inlined function ~tw/~w undefined", [F, N]) end)
     || {inline, {F, N} = FA, P, File} <- notes(option_function), not is_map_key(FA, Defined)],
    [at(File, fun() -> error(P, "spec for undefined function ~tw/~w", [F, N]) end)
     || {{F, N} = FA, P, File} <- notes(spec), not is_map_key(FA, Defined)],
    Callbacks = [FA || {FA, _} <- notes(callback)],
    [at(File, fun() -> error(P, "callback ~tw/~w is undefined", [F, N]) end)
     || {{F, N} = FA, P, File} <- notes(optional), not lists:member(FA, Callbacks)],
    [at(File, fun() -> error(P, "unknown dialyzer warning option: ~tw", [V]) end)
     || {Vs, P, File} <- notes(dialyzer), V <- list(Vs), is_atom(V), not lists:member(V, dialyzer_options())],
    [deprecated(Kind, V, P, File) || Kind <- [deprecated, removed], {Vs, P, File} <- notes(Kind), V <- list(Vs)],
    ok.

dialyzer_options() ->
    [no_return, no_unused, no_unknown, no_improper_lists, no_fun_app, no_match, no_opaque, no_fail_call, no_contracts,
     no_behaviours, no_undefined_callbacks, no_missing_calls, unmatched_returns, error_handling, race_conditions,
     no_contract_range, specdiffs, overspecs, underspecs, unknown, no_missing_return, no_extra_return, missing_return,
     extra_return, no_underspecs, overlapping_contract, no_spec, no_spec_missing].

deprecated(Kind, V, P, File) ->
    Exported = [FA || {FA, _, _} <- exported()],
    case V of
        module -> ok;
        {F, '_'} when is_atom(F) -> ok;
        {F, '_', _} when is_atom(F) -> ok;
        _ when is_tuple(V), tuple_size(V) >= 2, tuple_size(V) =< 3, is_atom(element(1, V)), is_integer(element(2, V)) ->
            {F, N} = FA = {element(1, V), element(2, V)},
            Ok = case Kind of deprecated -> lists:member(FA, Exported); removed -> not lists:member(FA, Exported) end,
            Ok orelse at(File, fun() ->
                case Kind of
                    deprecated -> error(P, "deprecated function ~tw/~w undefined or not exported", [F, N]);
                    removed -> warning(removed, P, "removed function ~tw/~w is exported", [F, N])
                end end);
        _ -> at(File, fun() -> error(P, "badly formed ~w attribute ~tw", [Kind, V]) end)
    end.

at(File, F) -> sx_lint_notes:set_file(File), F().

%% Functions that no exported one reaches.
unused_functions() ->
    Calls = maps:groups_from_list(fun({From, _, _, _}) -> From end, fun({_, To, _, _}) -> To end, notes(call)),
    Roots = [FA || {FA, _, _} <- exported() ++ notes(on_load)] ++ maps:get(none, Calls, [])
        ++ [FA || {nowarn_unused_function, FA, _, _} <- notes(option_function)],
    Reached = reached(Roots, Calls, #{}),
    case notes(export_all) of
        [] ->
            lists:foldl(fun({FA, _, _}, Seen) when is_map_key(FA, Seen) -> Seen;
                           ({FA, P, File}, Seen) -> unused(FA, P, File, is_map_key(FA, Reached)), Seen#{FA => true}
                        end, #{}, notes(function_at));
        _ -> #{}
    end.

unused(_, _, _, true) -> ok;
unused({F, N} = FA, P, File, false) ->
    sx_lint_notes:disabled({unused_function, FA}) orelse lists:member(FA, [{module_info, 0}, {module_info, 1}])
        orelse at(File, fun() -> warning(unused_function, P, "function ~tw/~w is unused", [F, N]) end).

reached([], _, Acc) -> Acc;
reached([FA | More], Calls, Acc) when is_map_key(FA, Acc) -> reached(More, Calls, Acc);
reached([FA | More], Calls, Acc) -> reached(maps:get(FA, Calls, []) ++ More, Calls, Acc#{FA => true}).

unused_records() ->
    Used = maps:from_list([{Name, true} || Name <- notes(record)]),
    [at(File, fun() -> warning(unused_record, P, "record ~tw is unused", [Name]) end)
     || {Name, P, File, true} <- notes(record_at), not is_map_key(Name, Used)],
    ok.
