%% filename.erl - names of files, as text: nothing here looks at a file system, but absname for the current folder.
%% A name is a string, an atom, a deep list of those, or a binary; one binary among what is joined makes the answer a binary.
-module(filename).

-export([absname/1, absname/2, absname_join/2, append/2, basedir/2, basedir/3, basename/1, basename/2, dirname/1,
         extension/1, flatten/1, join/1, join/2, nativename/1, pathtype/1, rootname/1, rootname/2, split/1, validate/1]).

-export_type([basedir_path_type/0, basedir_paths_type/0]).
-type basedir_path_type() :: user_cache | user_config | user_data | user_log.
-type basedir_paths_type() :: site_config | site_data.

%% Work on characters; F gets flat strings and what it answers becomes a binary again when Name was one.
flat(Name) when is_binary(Name) -> chars(Name);
flat(Name) -> flatten(Name).

chars(Bin) ->
    case unicode:characters_to_list(Bin) of
        L when is_list(L) -> L;
        _ -> binary_to_list(Bin)
    end.

like(Name, Chars) when is_binary(Name) ->
    case unicode:characters_to_list(Name) of
        L when is_list(L) -> unicode:characters_to_binary(Chars);
        _ -> list_to_binary(Chars)
    end;
like(_, Chars) -> Chars.

flatten(Bin) when is_binary(Bin) -> Bin;
flatten(Name) -> lists:reverse(flatten(Name, [])).

flatten([], Acc) -> Acc;
flatten([H | T], Acc) when is_integer(H) -> flatten(T, [H | Acc]);
flatten([H | T], Acc) -> flatten(T, flatten(H, Acc));
flatten(A, Acc) when is_atom(A) -> lists:reverse(atom_to_list(A), Acc).

%% ---- parts ------------------------------------------------------------------------------------------------------

basename(Name) -> like(Name, last_part(flat(Name))).

last_part(Chars) ->
    case [P || P <- string:split(Chars, "/", all), P =/= []] of
        [] -> "";
        Parts -> lists:last(Parts)
    end.

%% Without the extension Ext, if the name has it.
basename(Name, Ext) ->
    Base = last_part(flat(Name)),
    E = flat(Ext),
    like(if is_binary(Ext) -> Ext; true -> Name end,
         case lists:suffix(E, Base) of
             true -> lists:sublist(Base, length(Base) - length(E));
             false -> Base
         end).

dirname(Name) -> like(Name, folder(flat(Name))).

folder(Chars) ->
    case lists:dropwhile(fun(C) -> C =/= $/ end, lists:reverse(Chars)) of
        [] -> ".";
        Rest ->
            case lists:dropwhile(fun(C) -> C =:= $/ end, Rest) of
                [] -> "/";
                Folder -> lists:reverse(Folder)
            end
    end.

extension(Name) -> like(Name, element(2, parts(flat(Name)))).

%% Of a name that is an extension only, nothing is left.
rootname(Name) ->
    like(Name, case flat(Name) of
                   [$. | Rest] = Chars ->
                       case lists:member($., Rest) orelse lists:member($/, Rest) of
                           true -> element(1, parts(Chars));
                           false -> ""
                       end;
                   Chars -> element(1, parts(Chars))
               end).

%% {Root, Extension}: what begins with the last dot of the last part. A dot that begins the part begins no extension.
parts(Chars) ->
    Reversed = lists:reverse(Chars),
    case lists:splitwith(fun(C) -> C =/= $. andalso C =/= $/ end, Reversed) of
        {Ext, [$., Before | Root]} when Before =/= $/ -> {lists:reverse([Before | Root]), [$. | lists:reverse(Ext)]};
        _ -> {Chars, ""}
    end.

rootname(Name, Ext) ->
    Chars = flat(Name),
    E = flat(Ext),
    like(if is_binary(Ext) -> Ext; true -> Name end,
         case lists:suffix(E, Chars) andalso Chars =/= E andalso lists:last(lists:sublist(Chars, length(Chars) - length(E))) =/= $/ of
             true -> lists:sublist(Chars, length(Chars) - length(E));
             false -> Chars
         end).

split(Name) ->
    Chars = flat(Name),
    Parts = [P || P <- string:split(Chars, "/", all), P =/= []],
    [like(Name, P) || P <- case Chars of [$/ | _] -> ["/" | Parts]; _ -> Parts end].

pathtype(Name) ->
    case flat(Name) of
        [$/ | _] -> absolute;
        _ -> relative
    end.

%% ---- putting together ----------------------------------------------------------------------------------------------

join([Name]) -> like(Name, squeezed(flat(Name)));
join([Name, Next | Names]) -> join([join(Name, Next) | Names]).

join(Name1, Name2) ->
    Joined = case flat(Name2) of
                 [$/ | _] = Absolute -> Absolute;
                 Relative -> flat(Name1) ++ "/" ++ Relative
             end,
    like(case is_binary(Name1) andalso not is_list(unicode:characters_to_list(Name1)) of
             false when is_binary(Name2) -> Name2;
             _ -> Name1
         end, squeezed(Joined)).

%% Without doubled slashes and one at the end.
squeezed([$/ | Cs]) -> squeezed_end([$/], [$/ | lists:dropwhile(fun(C) -> C =:= $/ end, Cs)]);
squeezed(Cs) -> squeezed_end([], Cs).

squeezed_end([$/], [$/ | Cs]) -> [$/ | trimmed(once(Cs))];
squeezed_end([], Cs) -> trimmed(once(Cs)).

once([$/, $/ | Cs]) -> once([$/ | Cs]);
once([$/, $., $/ | Cs]) -> once([$/ | Cs]);
once([C | Cs]) -> [C | once(Cs)];
once([]) -> [].

trimmed(Cs) ->
    case lists:reverse(Cs) of
        [$/, Before | Rest] -> lists:reverse([Before | Rest]);
        _ -> Cs
    end.

append(Folder, Name) when is_binary(Folder); is_binary(Name) ->
    unicode:characters_to_binary(append(flat(Folder), flat(Name)));
append(Folder, Name) -> Folder ++ "/" ++ Name.

absname(Name) ->
    {ok, Folder} = file:get_cwd(),
    absname(Name, Folder).

absname(Name, Folder) ->
    case pathtype(Name) of
        relative -> absname_join(Folder, Name);
        absolute -> join([if is_binary(Name) -> Name; true -> flatten(Name) end])
    end.

absname_join(Folder, Name) -> join(Folder, Name).

nativename(Name) -> join([Name]).

%% Could the name be a file's?
validate(Name) when is_binary(Name) -> binary:match(Name, <<0>>) =:= nomatch;
validate(Name) ->
    try flatten(Name) of
        [] -> is_list(Name) andalso false;
        Chars -> not lists:member(0, Chars) andalso is_binary(unicode:characters_to_binary(Chars))
    catch _:_ -> false
    end.

%% ---- folders of a user and of the system, after the XDG base directories --------------------------------------------------

basedir(Type, App) -> basedir(Type, App, #{}).

basedir(Type, App, Opts) when is_map(Opts) ->
    Below = [A || A <- [App, maps:get(author, Opts, []), maps:get(version, Opts, [])], A =/= []],
    In = fun(Folder) -> join([Folder | case {maps:find(author, Opts), maps:find(version, Opts)} of
                                           {_, {ok, V}} -> [App, V];
                                           _ -> [hd(Below)]
                                       end])
         end,
    case Type of
        user_data -> In(xdg("XDG_DATA_HOME", [".local", "share"]));
        user_config -> In(xdg("XDG_CONFIG_HOME", [".config"]));
        user_cache -> In(xdg("XDG_CACHE_HOME", [".cache"]));
        user_log -> join(In(xdg("XDG_CACHE_HOME", [".cache"])), "log");
        site_data -> [In(F) || F <- folders("XDG_DATA_DIRS", ["/usr/local/share/", "/usr/share/"])];
        site_config -> [In(F) || F <- folders("XDG_CONFIG_DIRS", ["/etc/xdg"])]
    end.

xdg(Name, Below) ->
    case os:getenv(Name) of
        Value when Value =:= false; Value =:= "" ->
            case os:getenv("HOME") of
                false -> error(noproc);
                Home -> join([Home | Below])
            end;
        Value -> Value
    end.

folders(Name, Default) ->
    case os:getenv(Name) of
        Value when Value =:= false; Value =:= "" -> Default;
        Value -> string:split(Value, ":", all)
    end.
