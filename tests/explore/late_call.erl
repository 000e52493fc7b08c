%% late_call.erl - a small job and a big one go to one server, whichever comes first. The server gives each to a process of its
%% own and answers later, so the small one never waits for the big one.
%% must_fail/late_call.erl is the same with the error that tests/explore.sh must find.
-module(late_call).
-behaviour(gen_server).
-export([main/1, init/1, handle_call/3, handle_cast/2]).

main(_) ->
    {ok, Server} = gen_server:start_link(?MODULE, [], []),
    Me = self(),
    spawn_link(fun() -> small = gen_server:call(Server, {work, small, 1000}), Me ! small end),
    spawn_link(fun() -> big = gen_server:call(Server, {work, big, 4500}, 10000), Me ! big end),
    receive small -> ok end,
    receive big -> ok end,
    io:format("done~n"). % expect: done

init([]) -> {ok, none}.

handle_call({work, What, Ms}, From, State) ->
    spawn_link(fun() -> timer:sleep(Ms), gen_server:reply(From, What) end),
    {noreply, State}.

handle_cast(_, State) -> {noreply, State}.
