%% filelib.erl - questions about files, and files by pattern.
%% In a pattern ? is a character, * any number of them, ** any folders, [a-c] and [!x] a character of a set, {a,b} one of several
%% texts. A name that begins with a dot is found by a pattern that does, or by * as in OTP.
-module(filelib).

-export([is_file/1, is_file/2, is_dir/1, is_dir/2, is_regular/1, is_regular/2, file_size/1, file_size/2, last_modified/1,
         last_modified/2, ensure_dir/1, ensure_path/1, wildcard/1, wildcard/2, wildcard/3, fold_files/5, fold_files/6, find_file/2, find_file/3, find_source/1, find_source/2,
         find_source/3,
         safe_relative_path/2]).

kind(Name) ->
    case file:read_file_info(Name) of
        {ok, Info} -> element(3, Info);
        {error, _} -> none
    end.

is_file(Name) -> lists:member(kind(Name), [regular, directory]).
is_file(Name, _) -> is_file(Name).
is_dir(Name) -> kind(Name) =:= directory.
is_dir(Name, _) -> is_dir(Name).
is_regular(Name) -> kind(Name) =:= regular.
is_regular(Name, _) -> is_regular(Name).

file_size(Name) ->
    case file:read_file_info(Name) of
        {ok, Info} -> element(2, Info);
        {error, _} -> 0
    end.
file_size(Name, _) -> file_size(Name).

last_modified(Name) ->
    case file:read_file_info(Name) of
        {ok, Info} -> element(6, Info);
        {error, _} -> 0
    end.
last_modified(Name, _) -> last_modified(Name).

%% Makes the folders that a file of that name needs.
ensure_dir("/") -> ok;
ensure_dir(Name) -> ensure_path(filename:dirname(Name)).

ensure_path(Folder) ->
    case is_dir(Folder) of
        true -> ok;
        false ->
            case filename:dirname(Folder) of
                Folder -> {error, einval};
                Parent ->
                    case ensure_path(Parent) of
                        ok ->
                            case file:make_dir(Folder) of
                                {error, eexist} -> case is_dir(Folder) of true -> ok; false -> {error, eexist} end;
                                Result -> Result
                            end;
                        Error -> Error
                    end
            end
    end.

%% ---- patterns -------------------------------------------------------------------------------------------------------

wildcard(Pattern) -> found(Pattern, "").
wildcard(Pattern, Folder) -> found(Pattern, Folder).
wildcard(Pattern, Folder, _) -> found(Pattern, Folder).

found(Pattern, Folder) ->
    Chars = filename:flatten(Pattern),
    lists:usort([F || P <- alternatives(Chars), F <- match_parts(filename:split(P), "", Folder)]).

%% Each {a,b} makes as many patterns as it has texts.
alternatives(Chars) ->
    case string:split(Chars, "{") of
        [Before, Rest] ->
            case string:split(Rest, "}") of
                [Inside, After] -> [Before ++ Text ++ A || Text <- string:split(Inside, ",", all), A <- alternatives(After)];
                _ -> [Chars]
            end;
        [_] -> [Chars]
    end.

match_parts([], Found, _) -> [Found];
match_parts(["**"], Found, Folder) -> match_parts(["**", "*"], Found, Folder);
match_parts(["**" | Parts], Found, Folder) ->
    match_parts(Parts, Found, Folder) ++
        [F || Name <- names(Found, Folder), is_dir(under(Folder, below(Found, Name))), F <- match_parts(["**" | Parts], below(Found, Name), Folder)];
match_parts([Part | Parts], Found, Folder) ->
    case lists:any(fun(C) -> lists:member(C, "*?[") end, Part) of
        false ->
            Path = below(Found, Part),
            case kind(under(Folder, Path)) of
                none -> [];
                _ -> match_parts(Parts, Path, Folder)
            end;
        true ->
            [F || Name <- lists:sort(names(Found, Folder)), fits(Part, Name),
                  Parts =:= [] orelse is_dir(under(Folder, below(Found, Name))), F <- match_parts(Parts, below(Found, Name), Folder)]
    end.

names(Found, Folder) ->
    case file:list_dir(case under(Folder, Found) of "" -> "."; F -> F end) of
        {ok, Names} -> Names;
        {error, _} -> []
    end.

below("", Name) -> Name;
below(Found, Name) -> filename:join(Found, Name).

under("", Path) -> Path;
under(Folder, "") -> Folder;
under(Folder, Path) -> filename:join(Folder, Path).

fits([$* | P], Name) -> fits(P, Name) orelse (Name =/= [] andalso fits([$* | P], tl(Name)));
fits([$? | P], [_ | Name]) -> fits(P, Name);
fits([$[ | P], [C | Name]) ->
    case string:split(P, "]") of
        [[$! | Set], Rest] -> not in_set(C, Set) andalso fits(Rest, Name);
        [Set, Rest] -> in_set(C, Set) andalso fits(Rest, Name);
        _ -> C =:= $[ andalso fits(P, Name)
    end;
fits([$\\, C | P], [C | Name]) -> fits(P, Name);
fits([C | P], [C | Name]) -> fits(P, Name);
fits([], []) -> true;
fits(_, _) -> false.

in_set(C, [A, $-, B | Set]) -> C >= A andalso C =< B orelse in_set(C, Set);
in_set(C, [C | _]) -> true;
in_set(C, [_ | Set]) -> in_set(C, Set);
in_set(_, []) -> false.

%% F(File, Acc) over the files below Folder whose names match the regular expression.
fold_files(Folder, RegExp, Recursive, F, Acc) ->
    {ok, Compiled} = re:compile(RegExp, [unicode]),
    fold(Folder, Compiled, Recursive, F, Acc).

fold(Folder, RegExp, Recursive, F, Acc) ->
    Names = case file:list_dir(Folder) of {ok, Ns} -> lists:sort(Ns); _ -> [] end,
    lists:foldl(fun(Name, A) ->
                        Path = filename:join(Folder, Name),
                        case kind(Path) of
                            regular ->
                                case re:run(Name, RegExp, [{capture, none}]) of
                                    match -> F(Path, A);
                                    nomatch -> A
                                end;
                            directory when Recursive -> fold(Path, RegExp, Recursive, F, A);
                            _ -> A
                        end
                end, Acc, Names).

%% Options are for OTP's own use.
fold_files(Folder, RegExp, Recursive, F, Acc, _) -> fold_files(Folder, RegExp, Recursive, F, Acc).

%% ---- a file by another --------------------------------------------------------------------------------------------------

-define(RULES, [{".beam", ".erl", source_folders()}, {".erl", ".yrl", [{"", ""}]}, {"", ".src", source_folders()},
                {".so", ".c", [{"priv", "c_src"}, {"priv", "src"}]}, {".o", ".c", [{"priv", "c_src"}, {"priv", "src"}]},
                {"", ".c", [{"priv", "c_src"}, {"priv", "src"}]}, {"", ".in", [{"priv", "c_src"}, {"priv", "src"}]}]).

source_folders() -> [{"ebin", "src"}, {"ebin", "esrc"}, {"", "src"}, {"ebin", "src/*"}].

%% {ok, File} | {error, not_found}: Name in Folder, or where a rule {Ending, Other} puts it: in place of a folder that ends so,
%% that with Other as its end. In Other a * stands for any folder.
find_file(Name, Folder) -> find_file(Name, Folder, []).
find_file(Name, Folder, []) -> find_file(Name, Folder, folder_rules());
find_file(Name, Folder, Rules) ->
    first_file([filename:join(Folder, Name) | [F || {Ending, Other} <- Rules, F <- by_rule(Ending, Other, Name, Folder)]]).

folder_rules() -> [{"", ""} | source_folders()].

by_rule(Ending, Other, Name, Folder) ->
    case tail_replaced(filename:flatten(Folder), Ending, Other) of
        {ok, New} ->
            Path = case New of "" -> filename:flatten(Name); _ -> filename:join(New, filename:flatten(Name)) end,
            case lists:member($*, Path) of
                true -> wildcard(Path);
                false -> [Path]
            end;
        no -> []
    end.

%% Folder with Other in place of Ending, or in addition when that is empty.
tail_replaced(Folder, "", Other) -> {ok, case Other of "" -> Folder; _ -> filename:join(Folder, Other) end};
tail_replaced(Folder, Ending, Other) ->
    case lists:suffix(Ending, Folder) of
        true -> {ok, lists:sublist(Folder, length(Folder) - length(Ending)) ++ Other};
        false -> no
    end.

first_file([File | Files]) ->
    case is_regular(File) of
        true -> {ok, File};
        false -> first_file(Files)
    end;
first_file([]) -> {error, not_found}.

%% The source of a compiled file, by rules {Extension, SourceExtension, FolderRules}.
find_source(File) -> find_source(filename:basename(File), filename:dirname(File)).
find_source(Name, Folder) -> find_source(Name, Folder, []).
find_source(Name, Folder, []) -> find_source(Name, Folder, ?RULES);
find_source(Name, Folder, Rules) ->
    Extension = filename:flatten(filename:extension(Name)),
    Root = filename:rootname(filename:flatten(Name), Extension),
    found_source([{Root ++ New, case Folders of [] -> folder_rules(); _ -> Folders end}
                  || {E, New, Folders} <- [three(R) || R <- Rules], E =:= Extension], Folder).

three({E, New}) -> {E, New, []};
three({_, _, _} = Rule) -> Rule.

found_source([{Name, Folders} | Rest], Folder) ->
    case find_file(Name, Folder, Folders) of
        {ok, _} = Found -> Found;
        {error, not_found} -> found_source(Rest, Folder)
    end;
found_source([], _) -> {error, not_found}.

%% The path without . and .., unsafe when it is absolute or leads out of the folder.
safe_relative_path(Path, _) ->
    case filename:pathtype(Path) of
        relative -> safe(filename:split(Path), []);
        _ -> unsafe
    end.

safe([], []) -> "";
safe([], Done) -> filename:join(lists:reverse(Done));
safe(["." | Parts], Done) -> safe(Parts, Done);
safe([".." | _], []) -> unsafe;
safe([".." | Parts], [_ | Done]) -> safe(Parts, Done);
safe([Part | Parts], Done) -> safe(Parts, [Part | Done]).
