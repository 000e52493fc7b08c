%% lint.erl - what OTP's erl_lint says of files that OTP's epp reads, once with erlc's options and once with all warnings there are.
%% Runs on erl and on sxhost alike; for each file a line with a hash of its forms, then a line for each fault.
-module(lint).
-export([main/1]).

main(Files) ->
    Includes = [code:lib_dir(App, include) || App <- [kernel, stdlib]],
    lists:foreach(fun(File) -> file(File, Includes) end, Files).

file(File, Includes) ->
    {ok, Forms} = epp:parse_file(File, [{includes, [filename:dirname(File) | Includes]}, {location, {1, 1}}]),
    io:format("~ts: ~w forms, ~w~n", [filename:basename(File), length(Forms), erlang:phash2(Forms)]),
    lists:foreach(fun(Options) -> faults(erl_lint:module(Forms, File, Options)) end, [[], all()]).

faults({ok, Warnings}) -> shown(warning, Warnings);
faults({error, Errors, Warnings}) ->
    shown(error, Errors),
    shown(warning, Warnings).

shown(Kind, Faults) ->
    [io:format("~w ~ts ~tp ~ts~n", [Kind, filename:basename(File), What, Module:format_error(Fault)])
     || {File, InFile} <- Faults, {_, Module, Fault} = What <- InFile].

all() ->
    [warn_unused_vars, warn_export_all, warn_export_vars, warn_shadow_vars, warn_unused_import, warn_unused_function, warn_unused_record,
     warn_bif_clash, warn_obsolete_guard, warn_deprecated_function, warn_deprecated_type, warn_unused_type, warn_missing_spec,
     warn_missing_spec_all, warn_untyped_record, {warn_format, 2}, warn_keywords].
