%% io_device.erl - the I/O protocol for whoever implements a device: the console, a file, a test's group leader.
%% Owns how lines, counted characters and scanned terms are taken from a stream that comes in pieces, and what the console does.
%% A stream is the characters read and not yet taken, or eof; Read(Prompt) gives the next piece, eof, or {error, Reason}.
-module(io_device).

-export([request/4, prompt_text/1, console/2, to_binary/1]).

%% {Reply, Stream}. Other(Request) answers what is no input.
request({get_line, Prompt}, Cs, Read, _) -> get_line(Prompt, Cs, Read);
request({get_line, _, Prompt}, Cs, Read, _) -> get_line(Prompt, Cs, Read);
request({get_chars, Prompt, N}, Cs, Read, _) -> get_chars(Prompt, N, Cs, Read);
request({get_chars, _, Prompt, N}, Cs, Read, _) -> get_chars(Prompt, N, Cs, Read);
request({get_until, Prompt, M, F, A}, Cs, Read, _) -> get_until(Prompt, M, F, A, Cs, Read);
request({get_until, _, Prompt, M, F, A}, Cs, Read, _) -> get_until(Prompt, M, F, A, Cs, Read);
request({get_password, _}, Cs, Read, _) ->
    case get_line("", Cs, Read) of
        {Line, Left} when is_list(Line) -> {string:trim(Line, trailing, "\n"), Left};
        Other -> Other
    end;
request({requests, []}, Cs, _, _) -> {ok, Cs};
request({requests, [R]}, Cs, Read, Other) -> request(R, Cs, Read, Other);
request({requests, [R | Rs]}, Cs, Read, Other) ->
    case request(R, Cs, Read, Other) of
        {{error, _}, _} = Failed -> Failed;
        {_, Cs1} -> request({requests, Rs}, Cs1, Read, Other)
    end;
request(Request, Cs, _, Other) -> {Other(Request), Cs}.

%% What a prompt shows: format_prompt's text; nothing for an empty one.
prompt_text(Prompt) when Prompt =:= ""; Prompt =:= '' -> "";
prompt_text(Prompt) -> io_lib:format_prompt(Prompt, unicode).

get_line(Prompt, Cs, Read) -> get_line(Prompt, Cs, [], Read).

get_line(_, eof, [], _) -> {eof, eof};
get_line(_, eof, Before, _) -> {Before, eof};
get_line(Prompt, Cs, Before, Read) ->
    case lists:splitwith(fun(C) -> C =/= $\n end, Cs) of
        {Line, [$\n | Left]} -> {Before ++ Line ++ "\n", Left};
        {Part, []} ->
            case Read(Prompt) of
                {error, _} = Error -> {Error, Part};
                More -> get_line("", More, Before ++ Part, Read)
            end
    end.

get_chars(Prompt, N, Cs, Read) -> get_chars(Prompt, N, Cs, [], Read).

get_chars(_, 0, Cs, Before, _) -> {Before, Cs};
get_chars(_, _, eof, [], _) -> {eof, eof};
get_chars(_, _, eof, Before, _) -> {Before, eof};
get_chars(Prompt, N, Cs, Before, Read) ->
    {Taken, Left} = take(N, Cs, []),
    case N - length(Taken) of
        0 -> {Before ++ Taken, Left};
        Missing ->
            case Read(Prompt) of
                {error, _} = Error -> {Error, []};
                More -> get_chars("", Missing, More, Before ++ Taken, Read)
            end
    end.

take(N, [C | Cs], Taken) when N > 0 -> take(N - 1, Cs, [C | Taken]);
take(_, Cs, Taken) -> {lists:reverse(Taken), Cs}.

%% M:F(Continuation, Chars, ...) until it says {done, Result, Left}.
get_until(Prompt, M, F, A, Cs, Read) -> get_until(Prompt, M, F, A, [], Cs, Read).

get_until(Prompt, M, F, A, Cont, [], Read) ->
    case Read(Prompt) of
        {error, _} = Error -> {Error, []};
        More -> until("", M, F, A, Cont, More, Read)
    end;
get_until(Prompt, M, F, A, Cont, Cs, Read) -> until(Prompt, M, F, A, Cont, Cs, Read).

until(Prompt, M, F, A, Cont, Cs, Read) ->
    case catch apply(M, F, [Cont, Cs | A]) of
        {done, Result, Left} -> {Result, Left};
        {more, Cont1} -> get_until(Prompt, M, F, A, Cont1, [], Read);
        _ -> {{error, F}, []}
    end.

%% ---- the console: what needs no reading is done by who asks, and its text belongs to the asker's epoch ------------------------

%% To is out or err. {error, input} when the console's process must be asked (user.erl).
console(To, {put_chars, unicode, Chars}) ->
    case to_binary(Chars) of
        Bin when is_binary(Bin) -> sx_io:put(To, Bin);
        _ -> {error, {put_chars, unicode, Chars}}
    end;
console(To, {put_chars, latin1, Chars}) -> sx_io:put(To, unicode:characters_to_binary(Chars, latin1));
console(To, {put_chars, Enc, M, F, A} = Request) ->
    try apply(M, F, A) of
        Chars -> console(To, {put_chars, Enc, Chars})
    catch _:_ -> {error, {error, Request}}
    end;
console(To, {requests, Requests}) ->
    lists:foldl(fun(_, {error, _} = Error) -> Error;
                   (Request, _) -> console(To, Request)
                end, ok, Requests);
console(To, {put_chars, Chars}) -> console(To, {put_chars, latin1, Chars});
console(To, {put_chars, M, F, A}) -> console(To, {put_chars, latin1, M, F, A});
console(out, Request) when element(1, Request) =:= get_line; element(1, Request) =:= get_chars; element(1, Request) =:= get_until;
                           element(1, Request) =:= get_password -> {error, input};
console(_, {setopts, _}) -> ok;
console(_, getopts) -> [{binary, false}, {encoding, unicode}];
console(_, _) -> {error, request}.

%% A binary in UTF-8, or something else when Chars are no text.
to_binary(Chars) ->
    try unicode:characters_to_binary(Chars)
    catch error:_ -> error
    end.
