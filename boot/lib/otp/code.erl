%% code.erl - which modules there are, where they are looked for, and their versions. Loading is the system's: a call to a module that
%% is not there yet loads it. What is loaded again leaves old code behind, which whoever is in it goes on with until it is purged.
-module(code).

-export([ensure_loaded/1, ensure_modules_loaded/1, is_loaded/1, is_sticky/1, is_module_native/1, which/1, all_loaded/0, load_file/1, load_abs/1,
         load_abs/2, load_binary/3, on_load/2, module_status/0, module_status/1, module_md5/1, get_object_code/1, get_mode/0]).
-export([purge/1, soft_purge/1, delete/1]).
-export([get_path/0, set_path/1, add_path/1, add_patha/1, add_pathz/1, add_paths/1, add_pathsa/1, add_pathsz/1, del_path/1, replace_path/2,
         where_is_file/1, where_is_file/2, all_available/0, modified_modules/0, get_doc/1, rehash/0, clash/0, stick_dir/1, unstick_dir/1, stick_mod/1, unstick_mod/1, lib_dir/0, lib_dir/1,
         lib_dir/2, priv_dir/1, root_dir/0, objfile_extension/0]).

%% {module, Module} | {error, nofile | on_load_failure}
ensure_loaded(M) when is_atom(M) ->
    try sx:call('er-ensure-loaded', [M]), M:module_info(module) of
        M -> {module, M}
    catch
        error:undef -> {error, nofile};
        error:{on_load_failure, M} -> {error, on_load_failure}
    end.

%% What the loader asks for when a module has an -on_load function: it runs in a process of its own. ok | error.
on_load(M, F) ->
    {_, Monitor} = spawn_monitor(fun() -> exit({on_load, M:F()}) end),
    receive
        {'DOWN', Monitor, _, _, {on_load, ok}} -> ok;
        {'DOWN', Monitor, _, _, Reason} ->
            Why = case Reason of {on_load, Answer} -> Answer; _ -> Reason end,
            error_logger:warning_msg("The on_load function for module ~ts returned:~n~tP~n", [M, Why, 10]),
            error
    end.

ensure_modules_loaded(Ms) ->
    case [{M, Reason} || M <- Ms, {error, Reason} <- [ensure_loaded(M)]] of
        [] -> ok;
        Bad -> {error, Bad}
    end.

%% Loads the module anew, from its source. What runs older code than the version before is killed.
load_file(M) when is_atom(M) ->
    case sx:call('er-find-module', [M]) of
        nil -> {error, nofile};
        {Path, Source} -> load(M, fun() -> sx:call('erlang-load-module', [Source, #{file => Path}]) end)
    end.

load_abs(File) -> load_abs(File, list_to_atom(filename:basename(File))).

load_abs(File, M) ->
    Path = File ++ ".erl",
    case file:read_file(Path) of
        {ok, Source} -> load(M, fun() -> sx:call('erlang-load-module', [Source, #{file => unicode:characters_to_binary(Path)}]) end);
        {error, _} -> {error, nofile}
    end.

%% Binary is what compile:forms/2 made: no BEAM code.
load_binary(M, File, Binary) when is_atom(M), is_list(File), is_binary(Binary) ->
    case compile:unpack(Binary) of
        {M, [{attribute, _, file, _} | _] = Forms} -> load_forms(M, Forms);
        {M, Forms} -> load_forms(M, [{attribute, {1, 1}, file, {unicode:characters_to_binary(File), 1}} | Forms]);
        _ -> {error, badfile}
    end;
load_binary(_, _, _) -> {error, badarg}.

load_forms(M, Forms) -> load(M, fun() -> sx:call('er-load-forms', [Forms]) end).

load(M, Load) ->
    erlang:module_loaded(M) andalso purge(M), % else the old code can stay: there is room for a current one
    try Load() of
        #{name := M} -> {module, M};
        #{name := _} -> {error, badfile}
    catch
        error:{compile_error, #{file := File, line := Line, column := Column, message := Text}} ->
            io:format(standard_error, "~ts:~w:~w: ~ts~n", [File, Line, Column, Text]),
            {error, badfile};
        error:{on_load_failure, M} -> {error, on_load_failure}
    end.

%% {file, Path} | false
is_loaded(M) when is_atom(M) ->
    case erlang:module_loaded(M) of
        true -> {file, which(M)};
        false -> false
    end.

is_sticky(_) -> false.
is_module_native(M) when is_atom(M) -> case erlang:module_loaded(M) of true -> false; false -> undefined end.

which(M) when is_atom(M) ->
    case ensure_loaded(M) of
        {module, M} -> proplists:get_value(source, M:module_info(compile), atom_to_list(M) ++ ".erl");
        {error, nofile} -> non_existing
    end.

all_loaded() -> [{M, which(M)} || M <- erlang:loaded()].

%% ---- old code --------------------------------------------------------------------------------------

%% Kills what runs old code of M, and forgets that; true when there was somebody. A process of its own does it: the caller may be
%% among them.
purge(M) when is_atom(M) ->
    case erlang:check_old_code(M) of
        true -> purger(fun() -> [kill(P) || P <- users(M)] =/= [] end, M);
        false -> false
    end.

%% Forgets old code that nobody runs; false when somebody does.
soft_purge(M) when is_atom(M) ->
    case erlang:check_old_code(M) of
        true -> users(M) =:= [] andalso purger(fun() -> true end, M);
        false -> true
    end.

users(M) -> [P || P <- processes(), erlang:check_process_code(P, M)].

kill(P) ->
    Monitor = monitor(process, P),
    exit(P, kill),
    receive {'DOWN', Monitor, _, _, _} -> killed end.

purger(Before, M) ->
    {_, Monitor} = spawn_monitor(fun() ->
                                     Answer = Before(),
                                     true = not erlang:check_old_code(M) orelse erlang:purge_module(M),
                                     exit({purged, Answer})
                                 end),
    receive {'DOWN', Monitor, _, _, {purged, Answer}} -> Answer end.

%% Makes the module's code old. False when it is not loaded, or has old code that was not purged.
delete(M) when is_atom(M) ->
    try erlang:delete_module(M) of
        true -> true;
        undefined -> false
    catch
        error:badarg ->
            error_logger:error_msg("Module ~w must be purged before deleting~n", [M]),
            false
    end.

%% ---- where modules are looked for -------------------------------------------------------------------

%% What was added in front, the current folder, what was added behind.
get_path() ->
    {Front, Back} = path(),
    Front ++ ["."] ++ Back.

path() ->
    {Front, Back} = sx:call('er-code-path', []),
    {[unicode:characters_to_list(F) || F <- Front], [unicode:characters_to_list(B) || B <- Back]}.

set({Front, Back}) ->
    sx:call('er-set-code-path', [[unicode:characters_to_binary(F) || F <- Front], [unicode:characters_to_binary(B) || B <- Back]]),
    true.

set_path(Folders) when is_list(Folders) ->
    case lists:splitwith(fun(F) -> name(F) =/= "." end, Folders) of
        {Front, ["." | Back]} -> set({[name(F) || F <- Front], [name(B) || B <- Back]});
        {Front, []} -> set({[name(F) || F <- Front], []})
    end.

add_path(Folder) -> add_pathz(Folder).
add_patha(Folder) -> add(Folder, fun(Name, {Front, Back}) -> {[Name | Front], Back} end).
add_pathz(Folder) -> add(Folder, fun(Name, {Front, Back}) -> {Front, Back ++ [Name]} end).
add_paths(Folders) -> add_pathsz(Folders).
add_pathsa(Folders) -> lists:foreach(fun add_patha/1, Folders).
add_pathsz(Folders) -> lists:foreach(fun add_pathz/1, Folders).

add(Folder, Put) ->
    Name = name(Folder),
    case filelib:is_dir(Name) of
        true -> set(Put(Name, without(Name, path())));
        false -> {error, bad_directory}
    end.

del_path(Folder) ->
    Name = name(Folder),
    Path = path(),
    case without(Name, Path) of
        Path -> false;
        Without -> set(Without)
    end.

replace_path(_, Folder) -> add_pathz(Folder).

without(Name, {Front, Back}) -> {lists:delete(Name, Front), lists:delete(Name, Back)}.

name(Folder) when is_atom(Folder) -> atom_to_list(Folder);
name(Folder) -> Folder.

where_is_file(Name) -> where_is_file(get_path(), Name).

where_is_file(Folders, Name) ->
    case [Path || F <- Folders, Path <- [filename:join(F, Name)], filelib:is_file(Path)] of
        ["./" ++ First | _] -> First;
        [First | _] -> First;
        [] -> non_existing
    end.

%% Nothing is cached, nothing hides anything else, every module may be replaced.
rehash() -> ok.
clash() -> ok.
stick_dir(_) -> ok.
unstick_dir(_) -> ok.
stick_mod(_) -> true.
unstick_mod(_) -> true.

%% ---- the rest ---------------------------------------------------------------------------------------

%% Modules are found by asking for them: these are known.
all_available() -> [{atom_to_list(M), File, true} || {M, File} <- all_loaded()].
modified_modules() -> [].

module_status(Ms) when is_list(Ms) -> [{M, module_status(M)} || M <- Ms];
module_status(M) when is_atom(M) ->
    case is_loaded(M) of
        false -> not_loaded;
        {file, File} ->
            case filelib:is_file(File) of
                true -> loaded;
                false -> removed
            end
    end.

module_status() -> module_status([M || {M, _} <- all_loaded()]).

module_md5(Binary) when is_binary(Binary) ->
    case compile:unpack(Binary) of
        {_, Forms} -> erlang:md5(term_to_binary(Forms));
        undefined -> undefined
    end.

objfile_extension() -> ".beam".

%% The folder of an application of the installed OTP that was named by --otp-path or ERL_LIBS.
lib_dir(App) when is_atom(App) -> lib_dir(atom_to_list(App));
lib_dir(App) when is_list(App) ->
    case sx:call('er-application-folder', [unicode:characters_to_binary(App)]) of
        nil -> {error, bad_name};
        Folder -> unicode:characters_to_list(Folder)
    end;
lib_dir(_) -> {error, bad_name}.

%% Where the applications are: of the installed OTP, when one was named.
lib_dir() ->
    case lib_dir(stdlib) of
        {error, _} -> "/lib";
        Folder -> filename:dirname(Folder)
    end.

lib_dir(App, Part) when is_atom(Part) ->
    case lib_dir(App) of
        {error, _} = Error -> Error;
        Folder -> filename:join(Folder, atom_to_list(Part))
    end.

priv_dir(App) -> lib_dir(App, priv).
root_dir() -> "/".
get_mode() -> interactive.

%% {M, Binary, File} as compile:file/2 makes it from the source, error when there is none.
get_object_code(M) when is_atom(M) ->
    case which(M) of
        File when is_list(File) ->
            case compile:file(File, [binary]) of
                {ok, M, Binary} -> {M, Binary, File};
                _ -> error
            end;
        _ -> error
    end.

%% {ok, Docs} in the format of EEP 48: names and specs, from the source of a module; {error, non_existing | missing}.
get_doc(M) when is_atom(M) ->
    case ensure_loaded(M) of
        {error, _} -> {error, non_existing};
        {module, M} ->
            case sx:call('er-source-forms', [M]) of
                nil -> {error, missing};
                Forms ->
                    {ok, {docs_v1, 0, erlang, <<"application/erlang+html">>, none, #{generated => true, otp_doc_vsn => {1, 0, 0}},
                          [function_doc(F, Forms) || {function, _, _, _, _} = F <- Forms]}}
            end
    end.

function_doc({function, P, F, N, _}, Forms) ->
    Specs = [Spec || {attribute, _, spec, {FA, _}} = Spec <- Forms, FA =:= {F, N}],
    {{function, F, N}, P, [unicode:characters_to_binary(io_lib:format("~tw/~w", [F, N]))], none,
     case Specs of [] -> #{}; _ -> #{signature => Specs} end}.
