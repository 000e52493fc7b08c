%% compile.erl - the compiler as programs that make code see it: forms or a file in, what code:load_binary/3 takes out.
%% A compiled module here is its forms in a binary; code for the machine is made when it is loaded. Nothing is written: modules are
%% loaded from their source. Options: binary, return, return_errors, return_warnings, report, report_errors, report_warnings, verbose,
%% {i, Folder}, {d, Macro}, {d, Macro, Value}; others are taken and mean nothing.
-module(compile).

-export([forms/1, forms/2, noenv_forms/2, file/1, file/2, noenv_file/2, format_error/1, env_compiler_options/0, unpack/1]).

-define(MARK, "sxhost forms 1\n").

forms(Forms) -> forms(Forms, [verbose, report_errors, report_warnings]).
forms(Forms, Option) when not is_list(Option) -> forms(Forms, [Option]);
forms(Forms, Options) -> checked(sx:call('er-positioned', [Forms]), source_name(Forms), [binary | Options]).

noenv_forms(Forms, Options) -> forms(Forms, Options).

file(File) -> file(File, [verbose, report_errors, report_warnings]).
file(File, Option) when not is_list(Option) -> file(File, [Option]);
file(File, Options) ->
    Path = filename:rootname(name(File), ".erl") ++ ".erl",
    case file:read_file(Path) of
        {ok, Source} ->
            try sx:call('er-parse-module', [Source, parse_options(Path, Options)]) of
                Forms -> checked(Forms, Path, Options)
            catch
                error:{compile_error, Fault} -> answer({[fault(Fault)], []}, none, Options)
            end;
        {error, Reason} -> answer({[{Path, none, ["no such file or it cannot be read: ", file:format_error(Reason)]}], []}, none, Options)
    end.

noenv_file(File, Options) -> file(File, Options).

format_error(Text) -> Text.

env_compiler_options() -> [].

%% {Module, Forms} of a binary that this module made, undefined for any other.
unpack(<<?MARK, Packed/binary>>) ->
    try binary_to_term(Packed) of
        {M, Forms} when is_atom(M), is_list(Forms) -> {M, Forms};
        _ -> undefined
    catch
        error:badarg -> undefined
    end;
unpack(_) -> undefined.

name(File) when is_atom(File) -> atom_to_list(File);
name(File) -> File.

source_name([{attribute, _, file, {File, _}} | _]) -> File;
source_name([_ | Forms]) -> source_name(Forms);
source_name([]) -> "no_file".

parse_options(Path, Options) ->
    #{file => unicode:characters_to_binary(Path),
      'include-path' => [unicode:characters_to_binary(I) || {i, I} <- Options],
      macros => maps:from_list([{M, true} || {d, M} <- Options] ++ [{M, V} || {d, M, V} <- Options])}.

fault(#{file := File, line := Line, column := Column, message := Text}) -> {unicode:characters_to_list(File), {Line, Column}, Text}.

checked(Forms, Path, Options) ->
    try sx_lint:module(sx:call('er-transformed', [Forms]), unicode:characters_to_binary(Path)) of
        {[], _} = Found -> answer(Found, {module_name(Forms), Forms}, Options);
        Found -> answer(Found, none, Options)
    catch
        error:{compile_error, Fault} -> answer({[fault(Fault)], []}, none, Options)
    end.

module_name([{attribute, _, module, M} | _]) -> M;
module_name([_ | Forms]) -> module_name(Forms).

%% What is found is printed, answered, or both, as the options say.
answer({Errors, Warnings}, Made, Options) ->
    Report = lists:member(report, Options),
    [say(E, "") || Report orelse lists:member(report_errors, Options), E <- Errors],
    [say(W, "Warning: ") || Report orelse lists:member(report_warnings, Options), W <- Warnings],
    Return = lists:member(return, Options),
    case Made of
        {M, _} ->
            Binary = [pack(Made) || lists:member(binary, Options)],
            Found = [told(Warnings) || Return orelse lists:member(return_warnings, Options)],
            list_to_tuple([ok, M] ++ Binary ++ Found);
        none ->
            case Return orelse lists:member(return_errors, Options) of
                true -> {error, told(Errors), told(Warnings)};
                false -> error
            end
    end.

pack(Made) -> <<?MARK, (term_to_binary(Made, [compressed]))/binary>>.

say({File, Where, Text}, Kind) -> io:format("~ts:~ts: ~s~ts~n", [File, place(Where), Kind, Text]).

place({Line, Column}) -> io_lib:format("~w:~w", [Line, Column]);
place(none) -> "none".

%% [{File, [{Where, Module, What}]}], a pair for each file.
told(Found) ->
    Files = lists:uniq([unicode:characters_to_list(F) || {F, _, _} <- Found]),
    [{F, [{Where, ?MODULE, Text} || {G, Where, Text} <- Found, unicode:characters_to_list(G) =:= F]} || F <- Files].
