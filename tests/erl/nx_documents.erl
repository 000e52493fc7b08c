%% Documents of others: who waits for the same one shares a fetch, fetches of one keep apart, failures are kept, limits are said.
-module(nx_documents_test).
% stderr: ...
-export([main/1]).

main(_) ->
    Me = self(),
    Counter = ets:new(asked, [public]),
    spawn(fun() -> http:listen(#{port => 0, notify => Me}, fun(Request) -> answer(Request, Counter) end) end),
    Base = receive {'http-listening', Url} -> string:trim(Url, trailing, "/") end,
    ets:insert(Counter, {base, Base}),
    {ok, D} = nx_documents:start_link([{refresh_ms, 50}, {fresh_ms, 300}]),
    Get = fun(Name, Age) -> nx_documents:get(D, <<Base/binary, "/", Name/binary>>, Age, private) end,
    A = <<Base/binary, "/a">>,
    {ok, #{id := A}} = Get(<<"a">>, fresh),
    {ok, #{id := A}} = Get(<<"a">>, fresh),
    io:format("~w~n", [asked(Counter, <<"/a">>)]),
    % expect: 1
    all([fun() -> Get(<<"b">>, fresh) end || _ <- lists:seq(1, 200)]),
    io:format("two hundred at once: ~w~n", [asked(Counter, <<"/b">>)]),
    % expect: two hundred at once: 1
    all([fun() -> Get(<<"b">>, newest) end || _ <- lists:seq(1, 200)]),
    io:format("~w~n", [asked(Counter, <<"/b">>) =< 3]),
    % expect: true
    {T, _} = timer:tc(fun() -> [Get(<<"c">>, newest) || _ <- lists:seq(1, 5)] end),
    io:format("~w ~w~n", [asked(Counter, <<"/c">>), T >= 200000]),
    % expect: 5 true
    io:format("~w~n", [[Get(<<"none">>, fresh) || _ <- [1, 2, 3]]]),
    % expect: [{error,{status,404}},{error,{status,404}},{error,{status,404}}]
    io:format("~w~n", [asked(Counter, <<"/none">>) =< 2]),
    % expect: true
    io:format("~w~n", [[element(1, nx_documents:get(D, Id, fresh, public)) || Id <- [<<Base/binary, "/d">>, <<"http://localhost:1/x">>]]]),
    % expect: [error,error]
    Slow = [fun() -> Get(<<"slow", (integer_to_binary(N))/binary>>, fresh) end || N <- lists:seq(1, 20)],
    Answers = all(Slow),
    io:format("~w of one host at once, ~w too many~n", [length([ok || {ok, _} <- Answers]), length([busy || {error, busy} <- Answers])]),
    % expect: 16 of one host at once, 4 too many
    Many = [nx_documents:get(D, <<Base/binary, "/m", (integer_to_binary(N))/binary>>, fresh, private) || N <- lists:seq(1, 4500)],
    io:format("~w~n", [lists:all(fun({ok, _}) -> true; (_) -> false end, Many)]),
    % expect: true
    #{recent := Recent, older := Older, fetches := Fetches, workers := Workers, hosts := Hosts, waiting := 0} = sys:get_state(D),
    io:format("~w ~w~n", [map_size(Recent) + map_size(Older) =< 4000, {Fetches, Workers, Hosts}]),
    % expect: true {#{},#{},#{}}
    http:close(all).

all(Fs) ->
    Me = self(),
    Pids = [spawn(fun() -> Me ! {self(), F()} end) || F <- Fs],
    [receive {Pid, Answer} -> Answer end || Pid <- Pids].

asked(Counter, Path) -> case ets:lookup(Counter, Path) of [{_, N}] -> N; [] -> 0 end.

answer(#{path := Path}, Counter) ->
    ets:update_counter(Counter, Path, 1, {Path, 0}),
    case Path of
        <<"/none">> -> #{status => 404, body => <<>>};
        <<"/slow", _/binary>> ->
            timer:sleep(1500),
            document(Path, Counter);
        _ -> document(Path, Counter)
    end.

document(Path, Counter) ->
    [{_, Base}] = ets:lookup(Counter, base),
    Id = <<Base/binary, Path/binary>>,
    nx_json:encode(#{<<"id">> => Id, <<"inbox">> => <<Id/binary, "/inbox">>, <<"publicKeys">> => []}).
