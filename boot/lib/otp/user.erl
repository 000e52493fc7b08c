%% user.erl - the console as a process that speaks the I/O protocol: everybody's group leader until another is set.
%% It is made when somebody first asks for its pid or reads. Output of the console's own clients does not pass here (io.erl).
%% State: the characters that were read and not yet taken, or eof.
-module(user).

-export([process/0, server/0]).

%% The pid of the console's process.
process() ->
    case whereis(user) of
        undefined ->
            Me = self(),
            Leader = sx_io:leader(),
            group_leader(user, Me),
            Pid = group_leader(),
            Leader =:= user orelse group_leader(Leader, Me),
            Pid;
        Pid -> Pid
    end.

server() -> loop([]).

loop(Chars) ->
    receive
        {io_request, From, Ref, Request} ->
            {Reply, Left} = io_device:request(Request, Chars, fun read/1, fun(R) -> io_device:console(out, R) end),
            From ! {io_reply, Ref, Reply},
            loop(Left);
        _ -> loop(Chars)
    end.

%% More characters, or eof.
read(Prompt) ->
    case io_device:prompt_text(Prompt) of
        "" -> ok;
        Text -> io_device:console(out, {put_chars, unicode, Text})
    end,
    case sx_io:get_line() of
        Line when is_binary(Line) ->
            case unicode:characters_to_list(Line) of
                Chars when is_list(Chars) -> Chars;
                _ -> binary_to_list(Line)
            end;
        Other -> Other
    end.
