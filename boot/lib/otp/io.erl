%% io.erl - text in and out of a device.
%% A device is a process that speaks the I/O protocol ({io_request, From, Ref, Request}), a registered name of one, or one of
%% standard_io (the caller's group leader), standard_error and user. What is printed to the console goes there from the
%% caller, through sx_io; what is read from it comes from the process `user`, which keeps what was read too far.
-module(io).

-export([put_chars/1, put_chars/2, nl/0, nl/1, write/1, write/2, format/1, format/2, format/3, fwrite/1,
         fwrite/2, fwrite/3, fread/2, fread/3, get_line/1, get_line/2, get_chars/2, get_chars/3, read/1,
         read/2, columns/0, columns/1, rows/0, rows/1, getopts/0, getopts/1, setopts/1, setopts/2,
         get_password/0, get_password/1, read/3, read/4, scan_erl_exprs/1, scan_erl_exprs/2, scan_erl_exprs/3,
         scan_erl_exprs/4, scan_erl_form/1, scan_erl_form/2, scan_erl_form/3, scan_erl_form/4, parse_erl_exprs/1,
         parse_erl_exprs/2, parse_erl_exprs/3, parse_erl_exprs/4, parse_erl_form/1, parse_erl_form/2, parse_erl_form/3,
         parse_erl_form/4, request/1, request/2, requests/1, requests/2]).

%% What a device answered to output, as a value or an exception of the function that was called with Args.
-define(ANSWER(Reply, Args),
        case Reply of
            ok -> ok;
            {error, terminated} -> error(terminated, Args, [{error_info, #{cause => {io, terminated}, module => erl_stdlib_errors}}]);
            {error, arguments} -> error(badarg, Args, [{error_info, #{cause => {io, arguments}, module => erl_stdlib_errors}}]);
            {error, _} -> error(badarg, Args, [{error_info, #{cause => {device, put_chars}, module => erl_stdlib_errors}}]);
            Other -> Other
        end).

put_chars(Chars) -> ?ANSWER(request(standard_io, {put_chars, unicode, Chars}), [Chars]).
put_chars(Device, Chars) -> ?ANSWER(request(Device, {put_chars, unicode, Chars}), [Device, Chars]).

nl() -> ?ANSWER(request(standard_io, {put_chars, unicode, "\n"}), []).
nl(Device) -> ?ANSWER(request(Device, {put_chars, unicode, "\n"}), [Device]).

write(Term) -> ?ANSWER(request(standard_io, {put_chars, unicode, io_lib, write, [Term]}), [Term]).
write(Device, Term) -> ?ANSWER(request(Device, {put_chars, unicode, io_lib, write, [Term]}), [Device, Term]).

format(Format) -> ?ANSWER(formatted(standard_io, Format, []), [Format]).
format(Format, Args) -> ?ANSWER(formatted(standard_io, Format, Args), [Format, Args]).
format(Device, Format, Args) -> ?ANSWER(formatted(Device, Format, Args), [Device, Format, Args]).

fwrite(Format) -> ?ANSWER(formatted(standard_io, Format, []), [Format]).
fwrite(Format, Args) -> ?ANSWER(formatted(standard_io, Format, Args), [Format, Args]).
fwrite(Device, Format, Args) -> ?ANSWER(formatted(Device, Format, Args), [Device, Format, Args]).

formatted(Device, Format, Args) -> request(Device, {put_chars, unicode, io_lib, format, [Format, Args]}).

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

%% One term, up to its dot: {ok, Term} | eof | {error, Reason}; with a location {ok, Term, End} | {eof, End} | {error, Info, End}.
read(Prompt) -> read(standard_io, Prompt).

read(Device, Prompt) ->
    case read(Device, Prompt, 1) of
        {ok, Term, _} -> {ok, Term};
        {error, _, _} = Error -> {error, element(2, Error)};
        {error, _} = Error -> Error;
        {eof, _} -> eof
    end.

read(Device, Prompt, Start) -> read(Device, Prompt, Start, []).
read(Device, Prompt, Start, Options) -> parsed(scan(Device, Prompt, Start, Options), fun erl_parse:parse_term/1).

scan_erl_exprs(Prompt) -> scan_erl_exprs(standard_io, Prompt).
scan_erl_exprs(Device, Prompt) -> scan_erl_exprs(Device, Prompt, 1).
scan_erl_exprs(Device, Prompt, Start) -> scan_erl_exprs(Device, Prompt, Start, []).
scan_erl_exprs(Device, Prompt, Start, Options) -> scan(Device, Prompt, Start, Options).
scan_erl_form(Prompt) -> scan_erl_exprs(Prompt).
scan_erl_form(Device, Prompt) -> scan_erl_exprs(Device, Prompt).
scan_erl_form(Device, Prompt, Start) -> scan_erl_exprs(Device, Prompt, Start).
scan_erl_form(Device, Prompt, Start, Options) -> scan_erl_exprs(Device, Prompt, Start, Options).
parse_erl_exprs(Prompt) -> parse_erl_exprs(standard_io, Prompt).
parse_erl_exprs(Device, Prompt) -> parse_erl_exprs(Device, Prompt, 1).
parse_erl_exprs(Device, Prompt, Start) -> parse_erl_exprs(Device, Prompt, Start, []).
parse_erl_exprs(Device, Prompt, Start, Options) -> parsed(scan(Device, Prompt, Start, Options), fun erl_parse:parse_exprs/1).
parse_erl_form(Prompt) -> parse_erl_form(standard_io, Prompt).
parse_erl_form(Device, Prompt) -> parse_erl_form(Device, Prompt, 1).
parse_erl_form(Device, Prompt, Start) -> parse_erl_form(Device, Prompt, Start, []).
parse_erl_form(Device, Prompt, Start, Options) -> parsed(scan(Device, Prompt, Start, Options), fun erl_parse:parse_form/1).

scan(Device, Prompt, Start, Options) -> request(Device, {get_until, unicode, Prompt, erl_scan, tokens, [Start, Options]}).

parsed({ok, Tokens, End}, Parse) ->
    case Parse(Tokens) of
        {ok, Tree} -> {ok, Tree, End};
        {error, Info} -> {error, Info, End}
    end;
parsed(Other, _) -> Other.

get_password() -> get_password(standard_io).
get_password(Device) -> request(Device, {get_password, unicode}).

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

%% ---- requests --------------------------------------------------------------------------------------

request(Request) -> request(standard_io, Request).

request(standard_io, Request) -> to_leader(sx_io:leader(), Request);
request(user, Request) -> to_leader(user, Request);
request(standard_error, Request) ->
    case whereis(standard_error) of
        undefined -> io_device:console(err, Request);
        Pid -> ask(Pid, Request)
    end;
request(Pid, Request) when is_pid(Pid) -> ask(Pid, Request);
request(Name, Request) when is_atom(Name) ->
    case whereis(Name) of
        undefined -> {error, arguments};
        Pid -> ask(Pid, Request)
    end;
request(_, _) -> {error, arguments}.

%% To the console what can be done here is done here: the text then belongs to the caller's epoch.
to_leader(user, Request) ->
    case io_device:console(out, Request) of
        {error, input} -> ask(console_process(), Request);
        Reply -> Reply
    end;
to_leader(Pid, Request) -> ask(Pid, Request).

console_process() ->
    case whereis(user) of
        undefined -> user:process();
        Pid -> Pid
    end.

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
    case io_device:to_binary(Chars) of
        Bin when is_binary(Bin) -> {put_chars, unicode, Bin};
        _ -> Request
    end;
plain(Request) -> Request.
