%% late_call.erl - a small job and a big one go to one server, which does one after the other: when the big one comes first, the
%% caller of the small one waits longer than the five seconds that it has.
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

handle_call({work, What, Ms}, _From, State) ->
    timer:sleep(Ms),
    {reply, What, State}.

handle_cast(_, State) -> {noreply, State}.
