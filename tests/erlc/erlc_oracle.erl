%% erlc_oracle.erl - what erlc says of t.erl in each folder of a folder: `=== FOLDER`, then LINE:COLUMN: text of each fault.
-module(erlc_oracle).
-export([main/1]).

main(Dir) ->
    Files = lists:sort(filelib:wildcard(filename:join([Dir, "*", "t.erl"]))),
    lists:foreach(fun(File) ->
                          ok = file:set_cwd(filename:dirname(File)),
                          io:format("=== ~ts~n", [filename:basename(filename:dirname(File))]),
                          {Errors, Warnings} = compiled(compile:file("t.erl", [binary, return])),
                          [io:put_chars([L, "\n"]) || {_, _, L} <- lists:usort(lines(Errors, "")) ++ lists:usort(lines(Warnings, "Warning: "))]
                  end, Files).

compiled({ok, _, _, Warnings}) -> {[], Warnings};
compiled({error, Errors, Warnings}) -> {Errors, Warnings}.

lines(Faults, Kind) -> [line(Fault, Kind) || {_, InFile} <- Faults, Fault <- InFile].

line({{L, C}, Mod, What}, Kind) ->
    Text = unicode:characters_to_binary(Mod:format_error(What)),
    {L, C, unicode:characters_to_binary(io_lib:format("~w:~w: ~s~ts", [L, C, Kind, Text]))}.
