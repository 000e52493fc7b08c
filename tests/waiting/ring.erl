%% ring.erl - servers that call each other, for tests/waiting.sh.
-module(ring).
-export([start/1, go/1, init/1, handle_call/3, handle_cast/2, handle_info/2, worker/2]).

%% A server that does what it is told.
start(Name) -> gen_server:start({local, Name}, ?MODULE, [], []).
go(Name) -> gen_server:cast(Name, go).
init([]) -> {ok, none}.

handle_call({then, [Next | Rest]}, _From, State) ->
    R = gen_server:call(Next, {then, Rest}, 4000),
    {reply, R, State};
handle_call({then, []}, _From, State) -> {reply, done, State};
handle_call(later, From, none) -> {noreply, From};                 % answered when somebody says so
handle_call({hand_over, Other}, From, State) ->                    % another process answers, while we ask the caller's side
    Worker = spawn(?MODULE, worker, [From, self()]),
    R = gen_server:call(Other, {kept, Worker}, 4000),
    {noreply, {State, R}};
handle_call({kept, _Worker}, _From, State) -> {reply, ok, State};
handle_call(hang, _From, State) -> receive never -> ok end, {reply, ok, State}.

handle_cast({ask, Other, Request}, State) ->
    R = (catch gen_server:call(Other, Request, 4000)),
    io:format("~p got ~p~n", [element(2, process_info(self(), registered_name)), R]),
    {noreply, State};
handle_cast(answer, From) -> gen_server:reply(From, answered), {noreply, none}.
handle_info(_, State) -> {noreply, State}.

worker(From, _Server) ->
    receive after 1500 -> ok end,
    gen_server:reply(From, handed_over).
