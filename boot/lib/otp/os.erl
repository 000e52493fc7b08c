%% os.erl - what of the operating system needs little or no C: commands, programs on the path, its version. The rest of os is native.
-module(os).

-export([cmd/1, cmd/2, find_executable/1, find_executable/2, version/0, env/0, set_signal/2]).

cmd(Command) -> command(Command, infinity, [Command]).

cmd(Command, Options) when is_map(Options) -> command(Command, maps:get(max_size, Options, infinity), [Command, Options]);
cmd(Command, Options) -> erlang:error(badarg, [Command, Options]).

%% What the shell's command wrote, as characters when it is UTF-8. It runs in a shell of its own, so that `exit` ends that.
%% Anything above all integers is no limit, as for OTP.
command(Command, Max, Args) ->
    Text = try lists:flatten(if is_atom(Command) -> atom_to_list(Command); is_list(Command) -> Command end)
           catch error:_ -> erlang:error(badarg, Args)
           end,
    lists:all(fun is_integer/1, Text) andalso not is_float(Max) andalso (not is_integer(Max) orelse Max >= 0)
        orelse erlang:error(badarg, Args),
    Limit = if is_integer(Max) -> min(Max, 1 bsl 50); true -> nil end,
    try os:'$command'(["(", Text, "\n)"], Limit) of
        {ok, Bytes} ->
            case unicode:characters_to_list(Bytes) of
                Chars when is_list(Chars) -> Chars;
                _ -> binary_to_list(Bytes)
            end;
        {error, system_limit} -> erlang:error(system_limit, Args);
        {error, _} -> erlang:error(badarg, Args)
    catch error:badarg -> erlang:error(badarg, Args)
    end.

find_executable(Name) ->
    case os:getenv("PATH") of
        false -> find_executable(Name, "");
        Path -> find_executable(Name, Path)
    end.

%% The full name of the first program Name on Path, false when there is none. A name with a slash is looked up as it is.
find_executable(Name, Path) ->
    Names = case filename:split(Name) of
                [_] -> [filename:join(Folder, Name) || Folder <- string:split(Path, ":", all), Folder =/= ""];
                _ -> [filename:absname(Name)]
            end,
    case [N || N <- Names, is_program(N)] of
        [First | _] -> First;
        [] -> false
    end.

%% A regular file that somebody may execute: fields 3 and 8 of a file_info are its kind and its mode.
is_program(Name) ->
    case file:read_file_info(Name) of
        {ok, Info} -> element(3, Info) =:= regular andalso element(8, Info) band 8#111 =/= 0;
        {error, _} -> false
    end.

%% {Major, Minor, Release}, as the kernel says.
version() ->
    case file:read_file("/proc/sys/kernel/osrelease") of
        {ok, Text} ->
            {match, Parts} = re:run(Text, "^(\\d+)\\.(\\d+)\\.?(\\d*)", [{capture, all_but_first, list}]),
            list_to_tuple([case P of "" -> 0; _ -> list_to_integer(P) end || P <- Parts]);
        {error, _} -> {0, 0, 0}
    end.

env() ->
    [case string:split(Pair, "=") of
         [Name, Value] -> {Name, Value};
         [Name] -> {Name, ""}
     end || Pair <- os:getenv()].

%% Signals are the host's: SIGTERM drains and ends it.
set_signal(_, _) -> ok.
