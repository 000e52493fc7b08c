%% otp.erl - gen_server and supervisor: replies, casts, timeouts, calls to the dead, restarts.
-module(otp).
-behaviour(gen_server).
-export([main/1, start_link/1, init/1, handle_call/3, handle_cast/2, handle_info/2, handle_continue/2, terminate/2]).

main(_) ->
    server(),
    failures(),
    supervised().

%% What `catch` makes of an error is shown without its stack, of a failed call without the server.
p({'EXIT', {R, [_ | _]}}) -> p({'EXIT', R});
p({'EXIT', {R, {gen_server, call, _}}}) -> p({'EXIT', R});
p(X) -> io:format("~0p~n", [X]).

start_link(Name) -> gen_server:start_link({local, Name}, ?MODULE, {server, Name}, []).

init({server, Name}) -> {ok, {Name, 0}};
init(continue) -> {ok, {none, 0}, {continue, seven}};
init(ignore) -> ignore;
init({stop, Why}) -> {stop, Why};
init(Children) when is_list(Children) -> {ok, {#{strategy => one_for_one, intensity => 3, period => 5}, Children}}.

handle_call(get, _, {_, N} = S) -> {reply, N, S};
handle_call({add, X}, _, {Name, N}) -> {reply, ok, {Name, N + X}};
handle_call(later, From, S) -> spawn(fun() -> gen_server:reply(From, replied_later) end), {noreply, S};
handle_call(never, _, S) -> {noreply, S};
handle_call(idle, _, S) -> {reply, ok, S, 10};
handle_call(crash, _, _) -> error(crashed);
handle_call(self, _, S) -> {reply, catch gen_server:call(self(), get), S};
handle_call(stop, _, S) -> {stop, normal, stopping, S}.
handle_cast({set, X}, {Name, _}) -> {noreply, {Name, X}};
handle_cast(stop, S) -> {stop, normal, S}.
handle_info(timeout, {Name, _}) -> {noreply, {Name, timed_out}};
handle_info(X, {Name, _}) -> {noreply, {Name, {info, X}}}.
handle_continue(seven, {Name, _}) -> {noreply, {Name, 7}}.
terminate(Reason, {Name, _}) -> p({terminate, Name, case Reason of {crashed, _} -> crashed; _ -> Reason end}).

server() ->
    {ok, P} = start_link(one),
    p(gen_server:call(one, get)),  % expect: 0
    p([gen_server:call(P, {add, X}) || X <- [1, 2, 3]]),  % expect: [ok,ok,ok]
    p(gen_server:call(P, get)),  % expect: 6
    p(gen_server:cast(one, {set, 9})),  % expect: ok
    p(gen_server:call(one, get)),  % expect: 9
    P ! message,
    p(gen_server:call(one, get)),  % expect: {info,message}
    p(gen_server:call(one, later)),  % expect: replied_later
    p(gen_server:call(one, idle)),  % expect: ok
    receive after 50 -> ok end,
    p(gen_server:call(one, get)),  % expect: timed_out
    p(element(2, start_link(one)) =:= {already_started, P}),  % expect: true
    sys:suspend(P),
    gen_server:cast(P, {set, 1}),
    p(catch gen_server:call(P, get, 20)),  % expect: {'EXIT',timeout}
    sys:resume(P),
    p(gen_server:call(P, get)),  % expect: 1
    p(sys:get_state(P)),
    % expect: {one,1}
    % expect: {terminate,one,normal}
    p(gen_server:call(P, stop)),  % expect: stopping
    {ok, C} = gen_server:start(?MODULE, continue, []),
    p(gen_server:call(C, get)),
    % expect: 7
    % expect: {terminate,none,normal}
    p(gen_server:stop(C)).  % expect: ok

failures() ->
    logger:set_primary_config(level, none),
    p(catch gen_server:call(nobody, get)),  % expect: {'EXIT',noproc}
    {ok, P} = gen_server:start(?MODULE, {server, two}, []),
    p(element(1, element(2, catch gen_server:call(P, self)))),  % expect: calling_self
    p(catch gen_server:call(P, never, 10)),
    % expect: {'EXIT',timeout}
    % expect: {terminate,two,crashed}
    p(element(1, element(1, element(2, catch gen_server:call(P, crash))))),  % expect: crashed
    p(is_process_alive(P)),  % expect: false
    p(catch gen_server:call(P, get)),  % expect: {'EXIT',noproc}
    p(gen_server:start(?MODULE, ignore, [])),  % expect: ignore
    p(gen_server:start(?MODULE, {stop, why}, [])).  % expect: {error,why}

supervised() ->
    Child = fun(Name, Restart) -> #{id => Name, start => {?MODULE, start_link, [Name]}, restart => Restart} end,
    {ok, Sup} = supervisor:start_link(?MODULE, [Child(s1, permanent), Child(s2, temporary)]),
    p([{Id, is_pid(P), Type} || {Id, P, Type, _} <- lists:sort(supervisor:which_children(Sup))]),
    % expect: [{s1,true,worker},{s2,true,worker}]
    Old = whereis(s1),
    gen_server:call(s1, {add, 5}),
    exit(Old, kill),
    p(wait_other(s1, Old)),  % expect: restarted
    p(gen_server:call(s1, get)),
    % expect: 0
    % expect: {terminate,s2,normal}
    gen_server:cast(s2, stop),
    p(wait_gone(s2)),  % expect: gone
    p(supervisor:count_children(Sup)),  % expect: [{specs,1},{active,1},{supervisors,0},{workers,1}]
    {ok, _} = supervisor:start_child(Sup, Child(s3, transient)),
    p(gen_server:call(s3, get)),  % expect: 0
    p(supervisor:terminate_child(Sup, s1)),  % expect: ok
    p(whereis(s1)),  % expect: undefined
    p(element(1, supervisor:restart_child(Sup, s1))),  % expect: ok
    unlink(Sup),
    M = monitor(process, Sup),
    exit(Sup, shutdown),
    p(receive {'DOWN', M, process, Sup, R} -> R end),  % expect: shutdown
    p([whereis(N) || N <- [s1, s2, s3]]).  % expect: [undefined,undefined,undefined]

wait_other(Name, Old) ->
    case whereis(Name) of
        P when is_pid(P), P =/= Old -> restarted;
        _ -> receive after 1 -> wait_other(Name, Old) end
    end.
wait_gone(Name) ->
    case whereis(Name) of
        undefined -> gone;
        _ -> receive after 1 -> wait_gone(Name) end
    end.
