%% io.erl - text in and out of a device.
%% A device is a process that speaks the I/O protocol ({io_request, From, Ref, Request}), a registered name of one, or
%% one of standard_io (the caller's group leader), standard_error and user. The group leader is the atom `user` until a
%% program sets another: that is the console, which sx_io reaches without a process in between.
-module(io).

-export([put_chars/1, put_chars/2, nl/0, nl/1, write/1, write/2, format/1, format/2, format/3, fwrite/1,
         fwrite/2, fwrite/3, fread/2, fread/3, get_line/1, get_line/2, get_chars/2, get_chars/3, read/1,
         read/2, columns/0, columns/1, rows/0, rows/1, getopts/0, getopts/1, setopts/1, setopts/2,
         printable_range/0, request/1, request/2, requests/1, requests/2]).

put_chars(Chars) -> put_chars(standard_io, Chars).
put_chars(Device, Chars) -> done(request(Device, {put_chars, unicode, Chars}), [Device, Chars]).

nl() -> nl(standard_io).
nl(Device) -> put_chars(Device, "\n").

write(Term) -> write(standard_io, Term).
write(Device, Term) -> put_chars(Device, io_lib:write(Term)).

format(Format) -> format(Format, []).
format(Format, Args) -> format(standard_io, Format, Args).
format(Device, Format, Args) ->
    try io_lib:format(Format, Args) of
        Chars -> done(request(Device, {put_chars, unicode, Chars}), [Device, Format, Args])
    catch error:_ -> error(badarg, [Device, Format, Args])
    end.

fwrite(Format) -> format(Format).
fwrite(Format, Args) -> format(Format, Args).
fwrite(Device, Format, Args) -> format(Device, Format, Args).

done(ok, _) -> ok;
done({error, terminated}, Args) -> error(terminated, Args);
done({error, _}, Args) -> error(badarg, Args);
done(Other, _) -> Other.

%% A line with its newline, or eof, or {error, Reason}.
get_line(Prompt) -> get_line(standard_io, Prompt).
get_line(Device, Prompt) -> request(Device, {get_line, unicode, Prompt}).

get_chars(Prompt, N) -> get_chars(standard_io, Prompt, N).
get_chars(Device, Prompt, N) when is_integer(N), N >= 0 -> request(Device, {get_chars, unicode, Prompt, N}).

fread(Prompt, Format) -> fread(standard_io, Prompt, Format).
fread(Device, Prompt, Format) -> fread_more(Device, Prompt, Format, []).

fread_more(Device, Prompt, Format, Cont) ->
    Line = case get_line(Device, Prompt) of
               Text when is_list(Text); is_binary(Text) -> unicode:characters_to_list(Text);
               Other -> Other
           end,
    case Line of
        {error, _} = Error -> Error;
        _ ->
            case io_lib:fread(Cont, Line, Format) of
                {done, Result, _} -> Result;
                {more, Cont1} -> fread_more(Device, "", Format, Cont1)
            end
    end.

%% One term, up to its dot: {ok, Term} | eof | {error, Reason}.
read(Prompt) -> read(standard_io, Prompt).
read(Device, Prompt) -> read_more(Device, Prompt, []).

read_more(Device, Prompt, Before) ->
    case get_line(Device, Prompt) of
        eof when Before =:= [] -> eof;
        Line when is_list(Line); is_binary(Line) ->
            Text = Before ++ unicode:characters_to_list(Line),
            case erl_scan:string(Text) of
                {ok, Tokens, _} when Tokens =/= [] ->
                    case element(1, lists:last(Tokens)) of
                        dot -> erl_parse:parse_term(Tokens);
                        _ -> read_more(Device, "", Text)
                    end;
                {ok, [], _} -> read_more(Device, "", Text);
                {error, Info, _} -> {error, Info}
            end;
        Other -> Other
    end.

columns() -> columns(standard_io).
columns(Device) -> size_of(Device, columns).
rows() -> rows(standard_io).
rows(Device) -> size_of(Device, rows).

size_of(Device, What) ->
    case request(Device, {get_geometry, What}) of
        N when is_integer(N), N > 0 -> {ok, N};
        _ -> {error, enotsup}
    end.

getopts() -> getopts(standard_io).
getopts(Device) -> request(Device, getopts).
setopts(Options) -> setopts(standard_io, Options).
setopts(Device, Options) -> request(Device, {setopts, Options}).

%% Which characters ~p shows as text.
printable_range() -> latin1.

%% ---- requests --------------------------------------------------------------------------------------

request(Request) -> request(standard_io, Request).

request(standard_io, Request) -> request(group_leader(), Request);
request(user, Request) ->
    case whereis(user) of
        undefined -> console(out, Request);
        Pid -> ask(Pid, Request)
    end;
request(standard_error, Request) ->
    case whereis(standard_error) of
        undefined -> console(err, Request);
        Pid -> ask(Pid, Request)
    end;
request(Pid, Request) when is_pid(Pid) -> ask(Pid, Request);
request(Name, Request) when is_atom(Name) ->
    case whereis(Name) of
        undefined -> {error, arguments};
        Pid -> ask(Pid, Request)
    end;
request(_, _) -> {error, arguments}.

requests(Requests) -> requests(standard_io, Requests).
requests(Device, Requests) -> request(Device, {requests, Requests}).

%% Unlike a server call there is no time limit; a device that ends says so.
ask(Pid, Request) ->
    Ref = erlang:monitor(process, Pid),
    Pid ! {io_request, self(), Ref, plain(Request)},
    receive
        {io_reply, Ref, Reply} -> erlang:demonitor(Ref, [flush]), Reply;
        {'DOWN', Ref, _, _, _} -> {error, terminated}
    end.

%% What goes to another process goes as one binary where that is possible.
plain({put_chars, unicode, Chars} = Request) ->
    case to_binary(Chars) of
        Bin when is_binary(Bin) -> {put_chars, unicode, Bin};
        _ -> Request
    end;
plain(Request) -> Request.

to_binary(Chars) ->
    try unicode:characters_to_binary(Chars)
    catch error:_ -> error
    end.

console(To, {put_chars, unicode, Chars}) ->
    case to_binary(Chars) of
        Bin when is_binary(Bin) -> sx_io:put(To, Bin);
        _ -> {error, {put_chars, unicode, Chars}}
    end;
console(To, {put_chars, latin1, Chars}) -> sx_io:put(To, unicode:characters_to_binary(Chars, latin1));
console(To, {put_chars, Enc, M, F, A}) -> console(To, {put_chars, Enc, apply(M, F, A)});
console(To, {requests, Requests}) ->
    lists:foldl(fun(_, {error, _} = Error) -> Error;
                   (Request, _) -> console(To, Request)
                end, ok, Requests);
console(out, {get_line, Enc, Prompt}) ->
    prompt(Prompt),
    case sx_io:get_line() of
        Line when is_binary(Line) -> unicode:characters_to_list(Line, Enc);
        Other -> Other
    end;
console(_, {setopts, _}) -> ok;
console(_, getopts) -> [{binary, false}, {encoding, unicode}];
console(_, _) -> {error, request}.

prompt("") -> ok;
prompt('') -> ok;
prompt(Prompt) -> console(out, {put_chars, unicode, io_lib:format_prompt(Prompt, unicode)}).
