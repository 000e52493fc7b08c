%% code.erl - which modules there are. Loading is the system's: a call to a module that is not there yet loads it.
-module(code).

-export([ensure_loaded/1, ensure_modules_loaded/1, is_loaded/1, is_sticky/1, which/1, all_loaded/0, load_file/1,
         purge/1, soft_purge/1, delete/1, get_path/0, add_path/1, add_patha/1, add_pathz/1, add_paths/1, add_pathsa/1,
         add_pathsz/1, del_path/1, lib_dir/1, lib_dir/2, priv_dir/1, root_dir/0, get_mode/0, get_object_code/1, on_load/2,
         load_abs/1, load_abs/2, all_available/0, modified_modules/0, objfile_extension/0, where_is_file/1, set_path/1, get_doc/1]).

%% {module, Module} | {error, nofile | on_load_failure}
ensure_loaded(M) when is_atom(M) ->
    try sx:call('er-ensure-loaded', [M]), M:module_info(module) of
        M ->
            case on_load_failed(M) of
                false -> {module, M};
                true -> {error, on_load_failure}
            end
    catch
        error:undef -> {error, nofile};
        error:{on_load_failure, M} -> {error, on_load_failure}
    end.

%% A module that failed keeps its name in the system, and nothing else (lib/erlang/runtime.sx).
on_load_failed(M) -> persistent_term:get({'%er-on-load-failed', M}, false).

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

load_file(M) -> ensure_loaded(M).

%% {file, Path} | false
is_loaded(M) when is_atom(M) ->
    case erlang:module_loaded(M) andalso not on_load_failed(M) of
        true -> {file, which(M)};
        false -> false
    end.

is_sticky(_) -> false.

which(M) when is_atom(M) ->
    case ensure_loaded(M) of
        {module, M} -> proplists:get_value(source, M:module_info(compile), atom_to_list(M) ++ ".erl");
        {error, nofile} -> non_existing
    end.

all_loaded() -> [{M, which(M)} || M <- erlang:loaded()].

purge(_) -> false.
soft_purge(_) -> true.
delete(M) -> erlang:module_loaded(M).

%% Name is a file's without .erl: {module, M} | {error, Reason}.
load_abs(Name) -> load_abs(Name, list_to_atom(filename:basename(Name))).
load_abs(Name, M) ->
    File = unicode:characters_to_binary([Name, ".erl"]),
    try sx:call('erlang-load-file', [File]) of
        #{name := M} -> {module, M};
        _ -> {error, badfile}
    catch
        error:{file_error, enoent, _} -> {error, nofile};
        error:{on_load_failure, _} -> {error, on_load_failure};
        error:_ -> {error, badfile}
    end.

%% Modules are found by asking for them: these are known.
all_available() -> [{atom_to_list(M), File, true} || {M, File} <- all_loaded()].
modified_modules() -> [].

%% There are no object files.
objfile_extension() -> ".beam".
where_is_file(_) -> non_existing.

get_path() -> ["."].
set_path(_) -> true.
add_path(_) -> true.
add_patha(_) -> true.
add_pathz(_) -> true.
add_paths(_) -> ok.
add_pathsa(_) -> ok.
add_pathsz(_) -> ok.
del_path(_) -> true.

%% The folder of an application of the installed OTP that was named by --otp-path or ERL_LIBS.
lib_dir(App) when is_atom(App) -> lib_dir(atom_to_list(App));
lib_dir(App) when is_list(App) ->
    case sx:call('er-application-folder', [unicode:characters_to_binary(App)]) of
        nil -> {error, bad_name};
        Folder -> unicode:characters_to_list(Folder)
    end;
lib_dir(_) -> {error, bad_name}.

lib_dir(App, Part) when is_atom(Part) ->
    case lib_dir(App) of
        {error, _} = Error -> Error;
        Folder -> filename:join(Folder, atom_to_list(Part))
    end.

priv_dir(App) -> lib_dir(App, priv).
root_dir() -> "/".
get_mode() -> interactive.
get_object_code(_) -> error.

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
