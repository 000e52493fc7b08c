%% sx_lint_notes.erl - what a lint pass finds on its way: errors, warnings, uses of variables, functions, records and types.
%% The notes live in the process dictionary of the process that lints (sx_lint:module/2 starts one), so that the passes over
%% trees carry nothing but an environment of variables.
%% INVARIANT: a variable is in `vars` from its binding on until something uses it; what is left at a function's end is unused.
-module(sx_lint_notes).

-export([start/0, file/0, set_file/1, disable/1, disabled/1, error/2, error/3, warning/3, warning/4, errors/0, found/0,
         new_var/2, use_vars/1, unused_vars/0, note/2, notes/1, is_first/2, set_function/1, function/0,
         set_info/1, info/1]).

start() ->
    [erase(Key) || {{sx_lint, _} = Key, _} <- get()],
    put({sx_lint, disabled}, #{}),
    put({sx_lint, vars}, {0, #{}}),
    put({sx_lint, function}, none),
    set_file("nofile").

%% The file that the form under the lint came from.
file() -> get({sx_lint, file}).
set_file(File) -> put({sx_lint, file}, File), ok.

%% The function {Name, Arity} whose body is looked at, or none.
function() -> get({sx_lint, function}).
set_function(F) -> put({sx_lint, function}, F), ok.

%% What is known of the module: functions (#{FA => Pos}), imports (#{FA => Module}), no_auto (#{FA => true}, or all), records
%% (#{Name => {File, Pos, [{Field, Pos}]}}), module.
info(Key) -> maps:get(Key, get({sx_lint, info})).
set_info(Info) -> put({sx_lint, info}, Info), ok.

%% Kinds of warnings that are not wanted: unused_vars, {unused_function, {F, N}} ...
disable(Kind) -> put({sx_lint, disabled}, (get({sx_lint, disabled}))#{Kind => true}), ok.
disabled(Kind) -> maps:is_key(Kind, get({sx_lint, disabled})).

error(Pos, Text) -> add(errors, {file(), position(Pos), text(Text, [])}).
error(Pos, Format, Args) -> add(errors, {file(), position(Pos), text(Format, Args)}).

warning(Kind, Pos, Text) -> warning(Kind, Pos, Text, []).
warning(Kind, Pos, Format, Args) ->
    case disabled(Kind) of
        true -> ok;
        false -> add(warnings, {file(), position(Pos), text(Format, Args)})
    end.

text(Text, []) -> unicode:characters_to_binary(Text);
text(Format, Args) -> unicode:characters_to_binary(io_lib:format(Format, Args)).

position({_, _} = P) -> P;
position(Line) when is_integer(Line) -> {Line, 1};
position(Anno) -> position(erl_anno:location(Anno)).

errors() -> listed(errors).

%% {Errors, Warnings} by place, each once.
found() -> {lists:usort(listed(errors)), lists:usort(listed(warnings))}.

add(Key, Item) -> put({sx_lint, Key}, [Item | listed(Key)]), ok.
listed(Key) -> case get({sx_lint, Key}) of undefined -> []; Items -> Items end.

%% ---- variables ----

%% The number of a new binding of Name.
new_var(Name, Pos) ->
    {N, Vars} = get({sx_lint, vars}),
    put({sx_lint, vars}, {N + 1, Vars#{N => {Name, Pos}}}),
    N.

use_vars(Ids) ->
    {N, Vars} = get({sx_lint, vars}),
    put({sx_lint, vars}, {N, maps:without(Ids, Vars)}),
    ok.

%% Warns of the bindings that nothing used, and forgets all.
unused_vars() ->
    {N, Vars} = get({sx_lint, vars}),
    [warning(unused_vars, Pos, "variable ~tp is unused", [Name]) || {Name, Pos} <- maps:values(Vars), not ignored(Name)],
    put({sx_lint, vars}, {N, #{}}),
    ok.

ignored(Name) -> hd(atom_to_list(Name)) =:= $_.

%% ---- uses of what a module defines: note(call, {Caller, Called, Pos, File}) ... ----

note(Key, Item) -> add({note, Key}, Item).
notes(Key) -> lists:reverse(listed({note, Key})).

%% Has nobody asked this of Item, one of a Kind, before?
is_first(Kind, Item) -> put({sx_lint, {first, Kind, Item}}, true) =:= undefined.
