%% A line that does not come.
-module(output).
-export([main/1]).
main(_) ->
    io:format("one~n"),  % expect: one
    ok.  % expect: two
