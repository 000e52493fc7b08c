%% sx_file_device.erl - an open file: a process that holds the file's bytes and a position, and writes through: what is written at
%% the end is appended, anything else writes the file anew. It speaks the I/O protocol and file:'s own requests
%% ({file_request, From, Ref, Request}), and ends with its owner.
-module(sx_file_device).

-export([start/4]).

-record(open, {name, modes, bytes = <<>>, at = 0, owner}).

%% The device of a file that was found to hold Bytes.
start(Name, Modes, Bytes, Owner) ->
    spawn(fun() ->
                  monitor(process, Owner),
                  loop(#open{name = Name, modes = Modes, bytes = Bytes, owner = Owner})
          end).

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
obey({pread, To, N}, F) ->
    case where(To, F) of
        At when is_integer(At) ->
            {Reply, _} = taken(N, At, F),
            {Reply, F};
        wrong -> {{error, badarg}, F}
    end;
obey({write, Data}, #open{bytes = B, at = At, modes = Modes} = F) ->
    Where = case lists:member(append, Modes) of true -> byte_size(B); false -> At end,
    put_at(Where, Data, F);
obey({pwrite, To, Data}, F) ->
    case where(To, F) of
        At when is_integer(At) -> put_at(At, Data, F);
        wrong -> {{error, badarg}, F}
    end;
obey({position, To}, F) ->
    case where(To, F) of
        At when is_integer(At) -> {{ok, At}, F#open{at = At}};
        wrong -> {{error, einval}, F}
    end;
obey(truncate, #open{name = Name, bytes = B, at = At} = F) ->
    Cut = binary:part(B, 0, min(At, byte_size(B))),
    {file:write_file(Name, Cut), F#open{bytes = Cut}};
obey(sync, F) -> {ok, F};
obey({allocate, At, N}, #open{name = Name, bytes = B, modes = Modes} = F) ->
    Missing = At + N - byte_size(B),
    case lists:member(write, Modes) orelse lists:member(append, Modes) of
        true when Missing > 0 ->
            Zeros = <<0:(8 * Missing)>>,
            {file:write_file(Name, Zeros, [append]), F#open{bytes = <<B/binary, Zeros/binary>>}};
        true -> {ok, F};
        false -> {{error, ebadf}, F}
    end;
obey(_, F) -> {{error, badarg}, F}.

%% A position as file:position takes it.
where({bof, N}, _) when is_integer(N), N >= 0 -> N;
where({cur, N}, #open{at = At}) when is_integer(N), At + N >= 0 -> At + N;
where({eof, N}, #open{bytes = B}) when is_integer(N), byte_size(B) + N >= 0 -> byte_size(B) + N;
where(bof, _) -> 0;
where(cur, #open{at = At}) -> At;
where(eof, #open{bytes = B}) -> byte_size(B);
where(N, _) when is_integer(N), N >= 0 -> N;
where(_, _) -> wrong.

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
