%% file.erl - files beyond whole ones (those are native: read_file, write_file, list_dir ...): devices, terms, information.
%% An open file is a process: sx_file_device.
-module(file).

-export([open/2, close/1, read/2, read_line/1, write/2, position/2, pread/2, pread/3, pwrite/2, pwrite/3, truncate/1, sync/1,
         datasync/1, advise/4, allocate/3, altname/1, delete/2, change_mode/2, change_owner/2, change_owner/3, change_group/2,
         change_time/2, change_time/3, write_file_info/2, write_file_info/3, raw_read_file_info/1, raw_write_file_info/2,
         read_link_all/1, pid2name/1, copy/2, copy/3, consult/1, script/1, script/2, eval/1, eval/2, path_open/3, path_consult/2,
         path_eval/2, path_eval/3, path_script/2, path_script/3, format_error/1, read_file_info/1,
         read_file_info/2, read_link_info/1, read_link_info/2, list_dir_all/1, del_dir_r/1, native_name_encoding/0,
         get_cwd/1, ipread_s32bu_p32bu/3]).

-include_lib("kernel/include/file.hrl").

-define(COPY_BYTES, 65536).

-export_type([date_time/0]).
-type date_time() :: calendar:datetime().

%% ---- devices -------------------------------------------------------------------------------------------------------

%% {ok, Device} | {error, Reason}. Modes: read, write, append, exclusive, binary, raw, {encoding, E} ...
open(Name, Mode) when is_atom(Mode) -> open(Name, [Mode]);
open(Name, Modes) when is_list(Modes) ->
    Writes = lists:member(write, Modes),
    Reads = lists:member(read, Modes),
    Appends = lists:member(append, Modes),
    Creates = Writes orelse Appends orelse lists:member(exclusive, Modes),
    Exists = case file:'$file_info'(Name) of {ok, Info} -> element(3, Info); {error, _} -> none end,
    case lists:member(exclusive, Modes) of
        _ when Exists =:= directory -> {error, eisdir};
        true when Exists =/= none -> {error, eexist};
        _ when Writes, not Reads, not Appends -> opened(Name, Modes, file:write_file(Name, <<>>), <<>>);
        _ when Creates, Exists =:= none ->
            opened(Name, Modes, file:write_file(Name, <<>>), <<>>);
        _ ->
            case file:read_file(Name) of
                {ok, Bytes} -> opened(Name, Modes, ok, Bytes);
                Error -> Error
            end
    end.

opened(Name, Modes, ok, Bytes) -> {ok, sx_file_device:start(Name, Modes, Bytes, self())};
opened(_, _, Error, _) -> Error.

ask(Device, Request) when is_pid(Device) ->
    Ref = monitor(process, Device),
    Device ! {file_request, self(), Ref, Request},
    receive
        {file_reply, Ref, Reply} -> demonitor(Ref, [flush]), Reply;
        {'DOWN', Ref, _, _, _} -> {error, terminated}
    end;
ask(_, _) -> {error, badarg}.

close(Device) ->
    case ask(Device, close) of
        {error, terminated} -> ok;
        Reply -> Reply
    end.

read(Device, N) when is_pid(Device), is_integer(N), N >= 0 -> ask(Device, {read, N});
read(Device, N) when is_atom(Device) ->
    case io:get_chars(Device, "", N) of
        Data when is_list(Data); is_binary(Data) -> {ok, Data};
        Other -> Other
    end;
read(_, _) -> {error, badarg}.

read_line(Device) when is_pid(Device) -> ask(Device, read_line);
read_line(Device) ->
    case io:get_line(Device, "") of
        Line when is_list(Line); is_binary(Line) -> {ok, Line};
        Other -> Other
    end.

write(Device, Data) when is_pid(Device) ->
    try iolist_to_binary(Data) of
        Bytes -> ask(Device, {write, Bytes})
    catch error:_ -> {error, badarg}
    end;
write(Device, Data) when is_atom(Device) -> io:put_chars(Device, Data);
write(_, _) -> {error, badarg}.

position(Device, At) -> ask(Device, {position, At}).
pread(Device, At, N) when is_integer(N), N >= 0 -> ask(Device, {pread, At, N});
pread(_, _, _) -> {error, badarg}.

%% {ok, [Data | eof]}, one for each {Position, Number}.
pread(Device, Places) -> pread_all(Device, Places, []).

pread_all(_, [], Datas) -> {ok, lists:reverse(Datas)};
pread_all(Device, [{At, N} | Places], Datas) ->
    case pread(Device, At, N) of
        {ok, Data} -> pread_all(Device, Places, [Data | Datas]);
        eof -> pread_all(Device, Places, [eof | Datas]);
        Error -> Error
    end;
pread_all(_, _, _) -> {error, badarg}.

pwrite(Device, At, Data) ->
    try iolist_to_binary(Data) of
        Bytes -> ask(Device, {pwrite, At, Bytes})
    catch error:_ -> {error, badarg}
    end.

%% ok, or {error, {N, Reason}} where N of the {Position, Data} were written.
pwrite(Device, Places) -> pwrite_all(Device, Places, 0).

pwrite_all(_, [], _) -> ok;
pwrite_all(Device, [{At, Data} | Places], N) ->
    case pwrite(Device, At, Data) of
        ok -> pwrite_all(Device, Places, N + 1);
        {error, Reason} -> {error, {N, Reason}}
    end;
pwrite_all(_, _, _) -> {error, badarg}.

%% Advice is taken: the bytes are in memory already.
advise(Device, At, N, Advice) when is_pid(Device), is_integer(At), is_integer(N) ->
    case lists:member(Advice, [normal, sequential, random, no_reuse, will_need, dont_need]) of
        true -> ok;
        false -> {error, einval}
    end;
advise(_, _, _, _) -> {error, badarg}.

allocate(Device, At, N) when is_integer(At), At >= 0, is_integer(N), N >= 0 -> ask(Device, {allocate, At, N});
allocate(_, _, _) -> {error, badarg}.

%% Which file a device is of is known to the device alone.
pid2name(_) -> undefined.

%% At At stand the size and the place of a block, four bytes each: {ok, {Size, Place, Block | eof}}, eof when no such block can be.
ipread_s32bu_p32bu(Device, At, MaxSize) ->
    case pread(Device, At, 8) of
        {ok, Head} ->
            case iolist_to_binary(Head) of
                <<Size:32, Place:32>> when Size =< MaxSize; MaxSize =:= infinity ->
                    case pread(Device, Place, Size) of
                        {ok, Block} -> {ok, {Size, Place, Block}};
                        eof -> {ok, {Size, Place, eof}};
                        Error -> Error
                    end;
                _ -> eof
            end;
        Other -> Other
    end.

truncate(Device) -> ask(Device, truncate).
sync(Device) -> ask(Device, sync).
datasync(Device) -> ask(Device, sync).

%% ---- copies ----------------------------------------------------------------------------------------------------------

copy(From, To) -> copy(From, To, infinity).

%% {ok, BytesCopied}, at most Max of them. Each side is a name, {Name, Modes} or an open file.
copy(From, To, Max) when is_atom(Max); is_integer(Max), Max >= 0 ->
    case at_end(From, [read, binary]) of
        {ok, Source, CloseSource} ->
            try at_end(To, [write]) of
                {ok, Dest, CloseDest} ->
                    try copied(Source, Dest, Max, 0) after CloseDest() end;
                Error -> Error
            after CloseSource()
            end;
        Error -> Error
    end;
copy(_, _, _) -> {error, badarg}.

%% {ok, Device, Close}: what was opened here is closed again.
at_end(Device, _) when is_pid(Device) -> {ok, Device, fun() -> ok end};
at_end({Name, Modes}, More) when is_list(Modes) ->
    case open(Name, Modes ++ (More -- Modes)) of
        {ok, Device} -> {ok, Device, fun() -> close(Device) end};
        Error -> Error
    end;
at_end({_, _}, _) -> {error, badarg};
at_end(Name, Modes) -> at_end({Name, []}, Modes).

copied(_, _, 0, Done) -> {ok, Done};
copied(Source, Dest, Max, Done) ->
    case read(Source, min(Max, ?COPY_BYTES)) of                % an atom is above all integers
        {ok, Data} ->
            Bytes = iolist_to_binary(Data),
            case write(Dest, Bytes) of
                ok when is_atom(Max) -> copied(Source, Dest, Max, Done + byte_size(Bytes));
                ok -> copied(Source, Dest, Max - byte_size(Bytes), Done + byte_size(Bytes));
                Error -> Error
            end;
        eof -> {ok, Done};
        Error -> Error
    end.

%% ---- terms and expressions -----------------------------------------------------------------------------------------------

%% {ok, Terms} of a file of terms, each with its dot; {error, Reason | {Line, Module, What}}.
consult(Name) ->
    case source(Name) of
        {ok, Chars} -> terms(Chars, 1, []);
        Error -> Error
    end.

source(Name) ->
    case file:read_file(Name) of
        {ok, Bytes} ->
            case unicode:characters_to_list(Bytes) of
                Chars when is_list(Chars) -> {ok, Chars};
                _ -> {ok, binary_to_list(Bytes)}
            end;
        Error -> Error
    end.

terms(Chars, Line, Terms) ->
    case next_form(Chars, Line, fun erl_parse:parse_term/1) of
        eof -> {ok, lists:reverse(Terms)};
        {ok, Term, Rest, End} -> terms(Rest, End, [Term | Terms]);
        Error -> Error
    end.

%% {ok, Tree, Rest, Line} | eof | {error, Info}
next_form(Chars, Line, Parse) ->
    Scanned = case erl_scan:tokens([], Chars, Line) of
                  {more, Cont} -> erl_scan:tokens(Cont, eof, Line);
                  Done -> Done
              end,
    case Scanned of
        {done, {eof, _}, _} -> eof;
        {done, {error, Info, _}, _} -> {error, Info};
        {done, {ok, Tokens, End}, Rest} ->
            case Parse(Tokens) of
                {ok, Tree} -> {ok, Tree, if Rest =:= eof -> []; true -> Rest end, End};
                Error -> Error
            end
    end.

script(Name) -> script(Name, erl_eval:new_bindings()).

%% {ok, Value} of the last of a file's expressions.
script(Name, Bindings) ->
    case source(Name) of
        {ok, Chars} -> run(Chars, 1, Bindings, undefined);
        Error -> Error
    end.

run(Chars, Line, Bs, Last) ->
    case next_form(Chars, Line, fun erl_parse:parse_exprs/1) of
        eof -> {ok, Last};
        {ok, Exprs, Rest, End} ->
            try erl_eval:exprs(Exprs, Bs) of
                {value, Value, Bs1} -> run(Rest, End, Bs1, Value)
            catch Class:Reason:Stack -> {error, {Line, file, {Class, Reason, Stack}}}
            end;
        Error -> Error
    end.

eval(Name) -> eval(Name, erl_eval:new_bindings()).
eval(Name, Bindings) ->
    case script(Name, Bindings) of
        {ok, _} -> ok;
        Error -> Error
    end.

%% The first folder of Path that has the file: what the other functions say of it, with its full name.
path_open(Path, Name, Modes) -> in_path(Path, Name, fun(Full) -> open(Full, Modes) end).
path_consult(Path, Name) -> in_path(Path, Name, fun consult/1).
path_script(Path, Name) -> path_script(Path, Name, erl_eval:new_bindings()).
path_script(Path, Name, Bindings) -> in_path(Path, Name, fun(Full) -> script(Full, Bindings) end).

path_eval(Path, Name) -> path_eval(Path, Name, erl_eval:new_bindings()).
path_eval(Path, Name, Bindings) ->
    case in_path(Path, Name, fun(Full) -> case eval(Full, Bindings) of ok -> {ok, ok}; Error -> Error end end) of
        {ok, ok, Full} -> {ok, Full};
        Error -> Error
    end.

%% A name that says its folder is looked up there alone.
in_path(_, Name, _) when is_tuple(Name) -> {error, badarg};
in_path(Path, Name, F) ->
    case filename:pathtype(Name) of
        relative -> in_folders(Path, Name, F);
        _ -> in_folders([""], Name, F)
    end.

in_folders([Folder | Path], Name, F) ->
    Full = case Folder of "." -> Name; _ -> filename:join(Folder, Name) end,
    case F(Full) of
        {ok, Value} -> {ok, Value, Full};
        {error, Reason} when Reason =:= enoent; Reason =:= enotdir -> in_folders(Path, Name, F);
        Error -> Error
    end;
in_folders([], _, _) -> {error, enoent}.

%% ---- information -------------------------------------------------------------------------------------------------------------

read_file_info(Name) -> read_file_info(Name, []).
read_file_info(Name, Options) -> dated(file:'$file_info'(Name), proplists:get_value(time, Options, local)).
read_link_info(Name) -> read_link_info(Name, []).
read_link_info(Name, Options) -> dated(file:'$link_info'(Name), proplists:get_value(time, Options, local)).

%% Fields 5 to 7 are times: local or universal dates, or seconds.
dated({ok, Info}, How) -> {ok, lists:foldl(fun(I, R) -> setelement(I, R, date(element(I, R), How)) end, Info, [5, 6, 7])};
dated(Error, _) -> Error.

date(Seconds, posix) -> Seconds;
date(Seconds, universal) -> erlang:posixtime_to_universaltime(Seconds);
date(Seconds, local) -> erlang:universaltime_to_localtime(erlang:posixtime_to_universaltime(Seconds)).

raw_read_file_info(Name) -> read_file_info(Name, [raw]).
raw_write_file_info(Name, Info) -> write_file_info(Name, Info, [raw]).

change_mode(Name, Mode) when is_integer(Mode) -> write_file_info(Name, #file_info{mode = Mode}).
change_owner(Name, Uid) when is_integer(Uid) -> write_file_info(Name, #file_info{uid = Uid}).
change_owner(Name, Uid, Gid) when is_integer(Uid), is_integer(Gid) -> write_file_info(Name, #file_info{uid = Uid, gid = Gid}).
change_group(Name, Gid) when is_integer(Gid) -> write_file_info(Name, #file_info{gid = Gid}).
change_time(Name, {{_, _, _}, {_, _, _}} = Time) -> write_file_info(Name, #file_info{mtime = Time}).
change_time(Name, {{_, _, _}, {_, _, _}} = Atime, {{_, _, _}, {_, _, _}} = Mtime) ->
    write_file_info(Name, #file_info{atime = Atime, mtime = Mtime}).

write_file_info(Name, #file_info{} = Info) -> write_file_info(Name, Info, []).

%% Sets mode, owner and times: an undefined atime is now, an undefined mtime the atime, as OTP has it.
write_file_info(Name, #file_info{mode = Mode, uid = Uid, gid = Gid, atime = Atime, mtime = Mtime}, Options) when is_list(Options) ->
    try
        How = proplists:get_value(time, Options, local),
        Accessed = case Atime of undefined -> erlang:system_time(second); _ -> seconds(Atime, How) end,
        Modified = case Mtime of undefined -> Accessed; _ -> seconds(Mtime, How) end,
        file:'$set_info'(Name, number(Mode), number(Uid), number(Gid), Accessed, Modified)
    catch error:_ -> {error, badarg}
    end.

number(undefined) -> nil;
number(N) when is_integer(N) -> N.

seconds(Time, posix) when is_integer(Time) -> Time;
seconds(Time, universal) -> erlang:universaltime_to_posixtime(Time);
seconds(Time, local) -> erlang:universaltime_to_posixtime(erlang:localtime_to_universaltime(Time)).

read_link_all(Name) -> file:read_link(Name).

delete(Name, Options) when is_list(Options) -> file:delete(Name).
altname(_) -> {error, enotsup}.

list_dir_all(Name) -> file:list_dir(Name).

%% A folder with all that is in it; of a link the link itself.
del_dir_r(Name) ->
    case file:'$link_info'(Name) of
        {ok, Info} when element(3, Info) =:= directory ->
            {ok, Names} = file:list_dir(Name),
            [del_dir_r(filename:join(Name, N)) || N <- Names],
            file:del_dir(Name);
        {ok, _} -> file:delete(Name);
        Error -> Error
    end.

native_name_encoding() -> utf8.
get_cwd(_) -> {error, enotsup}.

format_error({Line, file, What}) -> lists:flatten(io_lib:format("~w: ~tp", [Line, What]));
format_error({Line, Mod, What}) -> lists:flatten([io_lib:format("~w: ", [Line]), Mod:format_error(What)]);
format_error(Reason) ->
    Texts = #{enoent => "no such file or directory", eacces => "permission denied", eexist => "file already exists",
              eisdir => "illegal operation on a directory", enotdir => "not a directory", einval => "invalid argument",
              badarg => "bad argument", terminated => "no such file or directory", enotsup => "operation not supported",
              enospc => "no space left on device", enomem => "not enough memory", ebadf => "bad file number",
              enotempty => "directory not empty"},
    maps:get(Reason, Texts, "unknown POSIX error").
