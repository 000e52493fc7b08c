%% sx_lint_behaviour.erl - the behaviours that a module names: callbacks that it lacks, behaviours that want the same one.
-module(sx_lint_behaviour).

-export([check/1]).

-import(sx_lint_notes, [warning/4, notes/1]).

%% Exported are the functions {Name, Arity} that the module exports.
check(Exported) ->
    Found = [{B, P, File, callbacks(B)} || {B, P, File} <- notes(behaviour)],
    [missing(B, P, File, Callbacks, Exported) || {B, P, File, {ok, Callbacks, _}} <- Found],
    [begin
         sx_lint_notes:set_file(File),
         warning(undefined_behaviour, P, "behaviour ~tw undefined", [B])
     end || {B, P, File, undefined} <- Found],
    conflicts([{B, P, File, All} || {B, P, File, {ok, All, _}} <- Found], #{}).

missing(B, P, File, Callbacks, Exported) ->
    {ok, _, Optional} = callbacks(B),
    sx_lint_notes:set_file(File),
    [warning(undefined_behaviour_func, P, "undefined callback function ~tw/~w (behaviour '~w')", [F, N, B])
     || {F, N} = FA <- Callbacks, not lists:member(FA, Optional), not lists:member(FA, Exported)].

%% {ok, Callbacks, Optional} of a behaviour, or undefined.
callbacks(B) ->
    try {ok, B:behaviour_info(callbacks), optional(B)}
    catch error:_ -> undefined
    end.

optional(B) ->
    try B:behaviour_info(optional_callbacks) of
        L when is_list(L) -> L;
        _ -> []
    catch error:_ -> []
    end.

conflicts([], _) -> ok;
conflicts([{B, P, File, Callbacks} | More], Seen) ->
    sx_lint_notes:set_file(File),
    Seen1 = lists:foldl(fun({F, N} = FA, Acc) ->
                                case Acc of
                                    #{FA := {Other, {L, C}}} ->
                                        warning(conflicting_behaviours, P, "conflicting behaviours - callback ~tw/~w required by both '~p' and '~p' (line ~w, column ~w)",
                                                [F, N, B, Other, L, C]),
                                        Acc;
                                    _ -> Acc#{FA => {B, P}}
                                end
                        end, Seen, required(B, Callbacks)),
    conflicts(More, Seen1).

required(B, Callbacks) -> Callbacks -- optional(B).
