%% file.erl - files beyond whole ones (those are native: read_file, write_file, list_dir ...): devices, terms, information.
%% An open file is a process that holds the file's bytes and a position, and writes through: what is written at the end is
%% appended, anything else writes the file anew. It speaks the I/O protocol and file:'s own requests, and ends with its owner.
-module(file).

-export([open/2, close/1, read/2, read_line/1, write/2, position/2, pread/3, pwrite/3, truncate/1, sync/1, datasync/1,
         copy/2, consult/1, script/1, script/2, eval/1, eval/2, path_open/3, path_consult/2,
         path_eval/2, path_script/2, path_script/3, format_error/1, read_file_info/1,
         read_file_info/2, read_link_info/1, read_link_info/2, list_dir_all/1, del_dir_r/1, native_name_encoding/0,
         get_cwd/1]).

-record(open, {name, modes, bytes = <<>>, at = 0, owner}).

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

opened(Name, Modes, ok, Bytes) ->
    Owner = self(),
    {ok, spawn(fun() ->
                       monitor(process, Owner),
                       loop(#open{name = Name, modes = Modes, bytes = Bytes, owner = Owner})
               end)};
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
pread(Device, At, N) -> ask(Device, {pread, At, N}).
pwrite(Device, At, Data) -> ask(Device, {pwrite, At, iolist_to_binary(Data)}).
truncate(Device) -> ask(Device, truncate).
sync(Device) -> ask(Device, sync).
datasync(Device) -> ask(Device, sync).

loop(F) ->
    receive
        {file_request, From, Ref, close} -> From ! {file_reply, Ref, ok};
        {file_request, From, Ref, Request} ->
            {Reply, F1} = obey(Request, F),
            From ! {file_reply, Ref, Reply},
            loop(F1);
        {io_request, From, Ref, Request} ->
            {Reply, F1} = io_request(Request, F),
            From ! {io_reply, Ref, Reply},
            loop(F1);
        {'DOWN', _, _, Owner, _} when Owner =:= F#open.owner -> ok;
        _ -> loop(F)
    end.

obey({read, N}, #open{at = At} = F) -> taken(N, At, F);
obey(read_line, #open{bytes = B, at = At} = F) ->
    case binary:match(B, <<"\n">>, [{scope, {min(At, byte_size(B)), max(0, byte_size(B) - At)}}]) of
        {Where, 1} -> taken(Where + 1 - At, At, F);
        nomatch -> taken(max(1, byte_size(B) - At), At, F)
    end;
obey({pread, At, N}, F) ->
    {Reply, _} = taken(N, At, F),
    {Reply, F};
obey({write, Data}, #open{bytes = B, at = At, modes = Modes} = F) ->
    Where = case lists:member(append, Modes) of true -> byte_size(B); false -> At end,
    put_at(Where, Data, F);
obey({pwrite, At, Data}, F) -> put_at(At, Data, F);
obey({position, To}, #open{bytes = B, at = At} = F) ->
    case To of
        {bof, N} when N >= 0 -> {{ok, N}, F#open{at = N}};
        {cur, N} when At + N >= 0 -> {{ok, At + N}, F#open{at = At + N}};
        {eof, N} when byte_size(B) + N >= 0 -> {{ok, byte_size(B) + N}, F#open{at = byte_size(B) + N}};
        bof -> {{ok, 0}, F#open{at = 0}};
        cur -> {{ok, At}, F};
        eof -> {{ok, byte_size(B)}, F#open{at = byte_size(B)}};
        N when is_integer(N), N >= 0 -> {{ok, N}, F#open{at = N}};
        _ -> {{error, einval}, F}
    end;
obey(truncate, #open{name = Name, bytes = B, at = At} = F) ->
    Cut = binary:part(B, 0, min(At, byte_size(B))),
    {file:write_file(Name, Cut), F#open{bytes = Cut}};
obey(sync, F) -> {ok, F};
obey(_, F) -> {{error, badarg}, F}.

%% What may be read is there: {ok, Data} in the mode's form, or eof.
taken(N, At, #open{bytes = B, modes = Modes} = F) ->
    Writes = lists:member(write, Modes) orelse lists:member(append, Modes),
    case lists:member(read, Modes) of
        false when Writes -> {{error, ebadf}, F};
        _ when At >= byte_size(B), N > 0 -> {eof, F};
        _ when At >= byte_size(B) -> {{ok, shape(<<>>, Modes)}, F};
        _ ->
            Part = binary:part(B, At, min(N, byte_size(B) - At)),
            {{ok, shape(Part, Modes)}, F#open{at = At + byte_size(Part)}}
    end.

shape(Bytes, Modes) ->
    case lists:member(binary, Modes) of
        true -> Bytes;
        false -> binary_to_list(Bytes)
    end.

put_at(Where, Data, #open{name = Name, bytes = B, modes = Modes} = F) ->
    case lists:member(write, Modes) orelse lists:member(append, Modes) of
        false -> {{error, ebadf}, F};
        true when Where =:= byte_size(B) ->
            {file:write_file(Name, Data, [append]), F#open{bytes = <<B/binary, Data/binary>>, at = Where + byte_size(Data)}};
        true ->
            Gap = max(0, Where - byte_size(B)),
            Before = binary:part(B, 0, min(Where, byte_size(B))),
            End = Where + byte_size(Data),
            After = if End < byte_size(B) -> binary:part(B, End, byte_size(B) - End); true -> <<>> end,
            New = <<Before/binary, 0:(8 * Gap), Data/binary, After/binary>>,
            {file:write_file(Name, New), F#open{bytes = New, at = End}}
    end.

%% ---- a file by the I/O protocol: characters in the file's encoding ----------------------------------------------------

encoding(#open{modes = Modes}) ->
    case lists:keyfind(encoding, 1, Modes) of
        {_, unicode} -> utf8;
        {_, Encoding} -> Encoding;
        false -> latin1
    end.

io_request({put_chars, In, Chars}, F) ->
    case unicode:characters_to_binary(Chars, In, encoding(F)) of
        Bytes when is_binary(Bytes) -> obey({write, Bytes}, F);
        _ -> {{error, {no_translation, In, encoding(F)}}, F}
    end;
io_request({put_chars, In, M, A, Args}, F) ->
    try apply(M, A, Args) of
        Chars -> io_request({put_chars, In, Chars}, F)
    catch _:_ -> {{error, A}, F}
    end;
io_request({put_chars, Chars}, F) -> io_request({put_chars, latin1, Chars}, F);
io_request({requests, [R]}, F) -> io_request(R, F);
io_request({requests, [R | Rs]}, F) ->
    case io_request(R, F) of
        {{error, _}, _} = Failed -> Failed;
        {_, F1} -> io_request({requests, Rs}, F1)
    end;
io_request({requests, []}, F) -> {ok, F};
io_request({get_line, _, _}, F) ->
    case obey(read_line, F) of
        {{ok, Line}, F1} -> {text(Line, F), F1};
        Other -> Other
    end;
io_request(getopts, #open{modes = Modes} = F) -> {[{binary, lists:member(binary, Modes)}, {encoding, case encoding(F) of utf8 -> unicode; E -> E end}], F};
io_request({setopts, Options}, #open{modes = Modes} = F) ->
    Kept = [M || M <- Modes, M =/= binary, not (is_tuple(M) andalso element(1, M) =:= encoding andalso lists:keymember(encoding, 1, Options))],
    {ok, F#open{modes = [O || O <- Options, is_tuple(O), element(1, O) =:= encoding] ++
                    case lists:member(binary, Options) orelse lists:member({binary, true}, Options) of true -> [binary]; false -> [] end ++ Kept}};
io_request(Request, #open{at = At} = F) when element(1, Request) =:= get_chars; element(1, Request) =:= get_until ->
    put('$reading', {At, 1024}),
    {Reply, Left} = io_device:request(Request, [], fun(_) -> next_chars(F) end, fun(_) -> {error, request} end),
    LeftBytes = case Left of eof -> <<>>; _ -> unicode:characters_to_binary(Left, unicode, encoding(F)) end,
    {Read, _} = erase('$reading'),
    Shaped = if element(1, Request) =:= get_chars, is_list(Reply) -> text(unicode:characters_to_binary(Reply, unicode, encoding(F)), F);
                true -> Reply
             end,
    {Shaped, F#open{at = Read - byte_size(LeftBytes)}};
io_request(_, F) -> {{error, request}, F}.

%% The next whole lines, for a request that reads on: how far it has come stands in '$reading' with how much is next, which
%% doubles, so that a request costs what it takes and not what is left of the file.
next_chars(#open{bytes = B} = F) ->
    {At, Size} = get('$reading'),
    End = line_end(B, At + Size, encoding(F)),
    put('$reading', {max(At, End), 2 * Size}),
    if At >= byte_size(B) -> eof;
       true ->
            case unicode:characters_to_list(binary:part(B, At, End - At), encoding(F)) of
                Chars when is_list(Chars) -> Chars;
                _ -> {error, collect_chars}
            end
    end.

%% Behind the first newline at or behind From, where a byte says what a newline is; else the end.
line_end(B, From, Encoding) when From < byte_size(B), (Encoding =:= latin1 orelse Encoding =:= utf8) ->
    case binary:match(B, <<"\n">>, [{scope, {From, byte_size(B) - From}}]) of
        {At, _} -> At + 1;
        nomatch -> byte_size(B)
    end;
line_end(B, _, _) -> byte_size(B).

%% Bytes of the file as the device's text.
text(Bytes, #open{modes = Modes} = F) ->
    Chars = unicode:characters_to_list(iolist_to_binary(Bytes), encoding(F)),
    case lists:member(binary, Modes) of
        true -> unicode:characters_to_binary(Chars);
        false -> Chars
    end.

copy(From, To) ->
    case file:read_file(From) of
        {ok, Bytes} ->
            case file:write_file(To, Bytes) of
                ok -> {ok, byte_size(Bytes)};
                Error -> Error
            end;
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

path_eval(Path, Name) ->
    case in_path(Path, Name, fun(Full) -> case eval(Full) of ok -> {ok, ok}; Error -> Error end end) of
        {ok, ok, Full} -> {ok, Full};
        Error -> Error
    end.

%% A name that says its folder is looked up there alone.
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
