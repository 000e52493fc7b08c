%% nx_delivery.erl - the server that delivers: a queue for each remote host, a process for each delivery under way.
%% Owns when (nx_peer) and how (nx_sign, the HTTP client); what is to be delivered comes from the kernel, which also signs.
%% A job is #{origin, to, from, id, key_id, body, reaches}: to is {inbox, Url}, or {actor, Url} whose inbox is still to be asked for;
%% from is the actor's name; key_id the key that signed the body; reaches says which followers to drop when it is gone (nx_actor).
%% INVARIANT: one slow or dead host holds up no other: each has its own queue, and nothing here waits for the network.
-module(nx_delivery).
-behaviour(gen_server).

-export([start_link/2, deliver/2, peers/1]).
-export([init/1, handle_call/3, handle_cast/2, handle_info/2]).

-define(TIMEOUT_MS, 10000).
-define(MAX_PEERS, 10000).         % then those with nothing to do are forgotten
-define(INBOX_AGE_MS, 300000).     % an actor's inbox is asked for anew after this

%% Options: a list of {initial_ms, N}, {max_ms, N}, {give_up_ms, N}, {timeout_ms, N}, {clock, fun() -> Milliseconds},
%% {random, fun() -> 0 to 1}.
start_link(Kernel, Options) -> gen_server:start_link(nx_delivery, {Kernel, maps:from_list(Options)}, []).

deliver(_, []) -> ok;
deliver(Server, Jobs) -> gen_server:cast(Server, {deliver, Jobs}).

peers(Server) -> gen_server:call(Server, peers, infinity).

%% #{kernel, options, peers (origin -> nx_peer), workers (pid -> origin), kicks (origins that a timer is set for)}
init({Kernel, Options}) ->
    erlang:monitor(process, Kernel),
    {ok, #{kernel => Kernel, options => Options, peers => #{}, workers => #{}, kicks => #{}}}.

handle_call(peers, _, #{peers := Peers} = State) ->
    {reply, [nx_peer:line(now_ms(State), Peer) || {_, Peer} <- lists:sort(maps:to_list(Peers))], State}.

handle_cast({deliver, Jobs}, State) -> {noreply, lists:foldl(fun add/2, State, Jobs)}.

handle_info({kick, Origin}, #{kicks := Kicks} = State) -> {noreply, kick(Origin, State#{kicks := maps:remove(Origin, Kicks)})};
handle_info({outcome, Worker, Outcome}, State) -> {noreply, finished(Worker, Outcome, State)};
handle_info({'DOWN', _, process, Kernel, _}, #{kernel := Kernel} = State) -> {stop, normal, State};
handle_info({'DOWN', _, process, Worker, Reason}, State) -> {noreply, finished(Worker, {retry, none, {crashed, kind(Reason)}}, State)};
handle_info(_, State) -> {noreply, State}.

%% Of a crash only the kind is kept: the rest may hold a key or a text of somebody's.
kind({Reason, _}) when is_atom(Reason) -> Reason;
kind(Reason) when is_atom(Reason) -> Reason;
kind(_) -> other.

now_ms(#{options := #{clock := Clock}}) -> Clock();
now_ms(_) -> erlang:monotonic_time(millisecond).
random(#{options := #{random := Random}}) -> Random();
random(_) -> rand:uniform().

add(#{origin := Origin, id := Id} = Job, #{options := Options} = State0) ->
    #{peers := Peers} = State = with_room(Origin, State0),
    case Peers of
        #{Origin := Peer} -> add(Job, Peer, State);
        #{} when map_size(Peers) < ?MAX_PEERS -> add(Job, nx_peer:new(Origin, Options), State);
        #{} ->
            logger:warning("delivery of ~ts to ~ts dropped: too many hosts", [Id, Origin]),
            State
    end.

add(#{origin := Origin, id := Id} = Job, Peer, #{peers := Peers} = State) ->
    case nx_peer:add(Job, Peer) of
        {ok, New} -> kick(Origin, State#{peers := Peers#{Origin => New}});
        {full, New} ->
            logger:warning("delivery of ~ts to ~ts dropped: its queue is full", [Id, Origin]),
            State#{peers := Peers#{Origin => New}}
    end.

with_room(Origin, #{peers := Peers} = State) when map_size(Peers) < ?MAX_PEERS; is_map_key(Origin, Peers) -> State;
with_room(_, #{peers := Peers} = State) -> State#{peers := maps:filter(fun(_, Peer) -> not nx_peer:is_idle(Peer) end, Peers)}.

%% Does what is due at a host; it may have been forgotten meanwhile.
kick(Origin, #{peers := Peers, workers := Workers, kicks := Kicks, kernel := Kernel, options := Options} = State) when is_map_key(Origin, Peers) ->
    case nx_peer:next(now_ms(State), map_get(Origin, Peers)) of
        {send, Job, Peer} ->
            Server = self(),
            Timeout = maps:get(timeout_ms, Options, ?TIMEOUT_MS),
            {Worker, _} = spawn_monitor(fun() -> Server ! {outcome, self(), attempt(Job, Kernel, Timeout)} end),
            State#{peers := Peers#{Origin := Peer}, workers := Workers#{Worker => Origin}};
        {wait, _} when is_map_key(Origin, Kicks) -> State;
        {wait, Ms} ->
            erlang:send_after(Ms, self(), {kick, Origin}),
            State#{kicks := Kicks#{Origin => []}};
        idle -> State
    end;
kick(_, State) -> State.

finished(Worker, Outcome, #{peers := Peers, workers := Workers, kernel := Kernel} = State) ->
    case Workers of
        #{Worker := Origin} ->
            {Event, Job, Peer} = nx_peer:done(settled(Outcome), {now_ms(State), random(State)}, map_get(Origin, Peers)),
            tell(Event, Job),
            case {Outcome, Job} of
                {gone, #{reaches := Where, from := From}} -> nx_kernel:drop_reached(Kernel, From, Where);
                _ -> ok
            end,
            kick(Origin, State#{peers := Peers#{Origin := Peer}, workers := maps:remove(Worker, Workers)});
        #{} -> State
    end.

settled(gone) -> {stop, gone};
settled(Outcome) -> Outcome.

tell({dropped, Why}, #{origin := Origin, id := Id}) ->
    logger:warning("delivery of ~ts to ~ts stopped: ~0tp", [Id, Origin, Why]);
tell({given_up, N, Why}, #{origin := Origin, id := Id}) ->
    logger:warning("delivery of ~ts and of what waited behind it to ~ts given up (~w): ~0tp", [Id, Origin, N, Why]);
tell(_, _) -> ok.

%% ---- one attempt, in a process of its own ----------------------------------------------------------

attempt(#{to := {actor, Actor}} = Job, Kernel, Timeout) ->
    case nx_remote:actor(Kernel, Actor, ?INBOX_AGE_MS) of
        {ok, #{inbox := Inbox}} -> attempt(Job#{to := {inbox, Inbox}}, Kernel, Timeout);
        {error, {status, 410}} -> gone;
        {error, {status, Status}} when Status >= 400, Status < 500, Status =/= 429 -> {stop, {actor, Status}};
        {error, {address, refused}} -> {stop, address_refused};
        {error, Reason} -> {retry, none, Reason}
    end;
attempt(#{to := {inbox, Url}, from := From} = Job, Kernel, Timeout) ->
    case nx_kernel:key_id(Kernel, From) of
        {ok, KeyId} ->
            Sign = fun(Bytes) -> nx_kernel:sign(Kernel, From, KeyId, Bytes) end,
            case signed(Job, Url, KeyId, Sign) of
                {ok, Headers, Body} ->
                    %% a key that was replaced while the delivery was on its way is refused, and that is no end of it
                    case outcome(post(Kernel, Url, Headers, Body, Timeout)) of
                        {stop, 401} -> case nx_kernel:key_id(Kernel, From) of {ok, KeyId} -> {stop, 401}; _ -> {retry, none, key_changed} end;
                        Outcome -> Outcome
                    end;
                {error, key_changed} -> {retry, none, key_changed};
                {error, Reason} -> {stop, Reason}
            end;
        {error, Reason} -> {stop, Reason}
    end.

%% The delivery is signed anew each time, the activity only when its key was replaced meanwhile. {ok, Headers, Body} | {error, Reason}
signed(#{key_id := KeyId, body := Body}, Url, KeyId, Sign) ->
    case nx_sign:headers(<<"POST">>, Url, <<"application/json">>, Body, {KeyId, erlang:system_time(second)}, Sign) of
        {ok, Headers} -> {ok, Headers, Body};
        {error, _} = Error -> Error
    end;
signed(#{body := Body} = Job, Url, KeyId, Sign) ->
    {ok, Envelope} = nx_json:decode(Body),
    case envelope:sign(Envelope, KeyId, Sign) of
        {ok, Signed} -> signed(Job#{key_id := KeyId, body := nx_json:encode(Signed)}, Url, KeyId, Sign);
        {error, _} = Error -> Error
    end.

post(Kernel, Url, Headers, Body, Timeout) ->
    http:request(#{method => post, url => Url, headers => Headers, body => Body, timeout_ms => Timeout, redirects => 0,
                   proxy => false, addresses => nx_remote:addresses(nx_kernel:base(Kernel)), body_limit => 65536}).

outcome({ok, #{status := Status}}) when Status >= 200, Status < 300 -> ok;
outcome({ok, #{status := 410}}) -> gone;
outcome({ok, #{status := Status, headers := Headers}}) when Status >= 500; Status =:= 429 ->
    {retry, asked(Headers), Status};
outcome({ok, #{status := Status}}) -> {stop, Status};
outcome({error, {address, refused, _}}) -> {stop, address_refused};
outcome({error, {Step, Reason, _}}) -> {retry, none, {Step, Reason}}.

%% Retry-After in milliseconds: seconds, or a date.
asked(#{<<"retry-after">> := Value}) when byte_size(Value) < 10 ->
    try max(0, binary_to_integer(Value)) * 1000 catch error:_ -> none end;
asked(#{<<"retry-after">> := Value}) ->
    case nx_sign:seconds(Value) of
        {ok, At} -> max(0, At - erlang:system_time(second)) * 1000;
        error -> none
    end;
asked(_) -> none.
