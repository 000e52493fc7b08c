%% counter.erl - the smallest useful gen_server: counts how often it was asked. echo.sx calls it from its handlers.
-module(counter).
-behaviour(gen_server).
-export([start_link/0, next/0, init/1, handle_call/3, handle_cast/2]).

start_link() ->
    gen_server:start_link({local, ?MODULE}, ?MODULE, [], []).

%% The number of this call, from 1.
next() ->
    gen_server:call(?MODULE, next).

init([]) ->
    {ok, 0}.

handle_call(next, _From, N) ->
    {reply, N + 1, N + 1}.

handle_cast(_, N) ->
    {noreply, N}.
