%% nx_documents.erl - the server that keeps the documents of remote actors and decides when one is fetched.
%% Callers park until there is a document as new as they need; whoever waits for the same one shares one fetch, which runs in a
%% process of its own (nx_remote:fetch). Failures are kept like documents, for REFRESH_MS.
%% Why so: a key that its owner has replaced must verify nothing. So a cached document counts for FRESH_MS only; what does not
%% verify by it is judged by a document that was asked for after the request came, never by guess; and an owner who rotates tells
%% its followers by an Update that its new key signs (nx_kernel:rotate_key), which makes them ask at once.
%% INVARIANT: fetches of one document begin at least REFRESH_MS apart, whatever others send; what is kept, fetched and waited
%% for at once has the limits below.
-module(nx_documents).
-behaviour(gen_server).

-export([start_link/1, get/4]).
-export([init/1, handle_call/3, handle_cast/2, handle_info/2]).

-define(REFRESH_MS, 1000).
-define(FRESH_MS, 5000).
-define(MAX_KEPT, 4000).           % then those that nobody asked for in the meantime are forgotten
-define(MAX_FETCHES, 256).         % under way at once
-define(MAX_FETCHES_OF_HOST, 16).
-define(MAX_WAITING, 10000).       % callers

%% Options: a list of {refresh_ms, N} and {fresh_ms, N}.
start_link(Options) -> gen_server:start_link(nx_documents, {self(), maps:from_list(Options)}, []).

%% A document of Id: fresh (no older than FRESH_MS), newest (asked for after this call), or no older than so many milliseconds.
%% Addresses is http:request's. {ok, Document} | {error, busy | Reason}.
get(Server, Id, Age, Addresses) -> gen_server:call(Server, {get, Id, Age, Addresses}, infinity).

%% #{recent, older (id -> {Result, Begun}), fetches (id -> #{begun (time | planned), addresses, waiters ([{From, Since}])}),
%%   workers (pid -> id), hosts (origin -> how many fetches), waiting}
init({Kernel, Options}) ->
    erlang:monitor(process, Kernel),
    {ok, #{kernel => Kernel, options => Options, recent => #{}, older => #{}, fetches => #{}, workers => #{}, hosts => #{}, waiting => 0}}.

handle_call({get, Id, Age, Addresses}, From, State0) ->
    Now = erlang:monotonic_time(millisecond),
    Since = Now - age(Age, State0),
    {Known, State} = look(Id, State0),
    Refresh = option(refresh_ms, ?REFRESH_MS, State),
    case {Known, State} of
        {{{ok, _} = Result, Begun}, _} when Begun >= Since, Age =/= newest -> {reply, Result, State};
        {{{error, _} = Result, Begun}, _} when Begun > Now - Refresh, Age =/= newest -> {reply, Result, State};
        {_, #{waiting := Waiting}} when Waiting >= ?MAX_WAITING -> {reply, {error, busy}, State};
        {_, #{fetches := #{Id := Fetch} = Fetches, waiting := Waiting}} ->
            #{waiters := Waiters} = Fetch,
            {noreply, State#{fetches := Fetches#{Id := Fetch#{waiters := [{From, Since} | Waiters]}}, waiting := Waiting + 1}};
        {_, #{fetches := Fetches, waiting := Waiting}} ->
            Fetch = #{begun => planned, addresses => Addresses, waiters => [{From, Since}]},
            Due = case Known of {_, Begun} -> max(Now, Begun + Refresh); none -> Now end,
            {noreply, plan(Id, Due - Now, State#{fetches := Fetches#{Id => Fetch}, waiting := Waiting + 1})}
    end.

handle_cast(_, State) -> {noreply, State}.

handle_info({due, Id}, State) -> {noreply, begin_fetch(Id, State)};
handle_info({fetched, Worker, Result}, State) -> {noreply, fetched(Worker, Result, State)};
handle_info({'DOWN', _, process, Kernel, _}, #{kernel := Kernel} = State) -> {stop, normal, State};
handle_info({'DOWN', _, process, Worker, _}, State) -> {noreply, fetched(Worker, {error, crashed}, State)};
handle_info(_, State) -> {noreply, State}.

age(fresh, State) -> option(fresh_ms, ?FRESH_MS, State);
age(newest, _) -> 0;
age(Ms, _) -> Ms.

option(Name, Default, #{options := Options}) -> maps:get(Name, Options, Default).

%% What is known of Id, which from now on counts as asked for.
look(Id, #{recent := Recent, older := Older} = State) ->
    case {Recent, Older} of
        {#{Id := Known}, _} -> {Known, State};
        {_, #{Id := Known}} -> {Known, keep(Id, Known, State)};
        _ -> {none, State}
    end.

keep(Id, Known, #{recent := Recent} = State) when map_size(Recent) < ?MAX_KEPT div 2; is_map_key(Id, Recent) -> State#{recent := Recent#{Id => Known}};
keep(Id, Known, #{recent := Recent} = State) -> State#{recent := #{Id => Known}, older := Recent}.

plan(Id, Wait, State) when Wait =< 0 -> begin_fetch(Id, State);
plan(Id, Wait, State) ->
    erlang:send_after(Wait, self(), {due, Id}),
    State.

begin_fetch(Id, #{fetches := Fetches, workers := Workers, hosts := Hosts} = State) ->
    #{Id := #{addresses := Addresses} = Fetch} = Fetches,
    Origin = nx_url:origin(Id),
    case maps:get(Origin, Hosts, 0) of
        Count when Count < ?MAX_FETCHES_OF_HOST, map_size(Workers) < ?MAX_FETCHES ->
            Server = self(),
            {Worker, _} = spawn_monitor(fun() -> Server ! {fetched, self(), nx_remote:fetch(Id, Addresses)} end),
            State#{fetches := Fetches#{Id := Fetch#{begun := erlang:monotonic_time(millisecond)}},
                   workers := Workers#{Worker => Id}, hosts := Hosts#{Origin => Count + 1}};
        _ -> answered(Id, {error, busy}, infinity, State)
    end.

fetched(Worker, Result, #{workers := Workers, fetches := Fetches, hosts := Hosts} = State) ->
    case Workers of
        #{Worker := Id} ->
            #{Id := #{begun := Begun}} = Fetches,
            Origin = nx_url:origin(Id),
            Left = case Hosts of
                       #{Origin := 1} -> maps:remove(Origin, Hosts);
                       #{Origin := Count} -> Hosts#{Origin := Count - 1}
                   end,
            answered(Id, Result, Begun, keep(Id, {Result, Begun}, State#{workers := maps:remove(Worker, Workers), hosts := Left}));
        #{} -> State
    end.

%% Who needed nothing newer than Begun has its answer; the others wait for the next fetch.
answered(Id, Result, Begun, #{fetches := Fetches, waiting := Waiting} = State) ->
    #{Id := #{waiters := Waiters} = Fetch} = Fetches,
    {Served, Left} = lists:partition(fun({_, Since}) -> Since =< Begun end, Waiters),
    [gen_server:reply(From, Result) || {From, _} <- Served],
    New = State#{waiting := Waiting - length(Served)},
    case Left of
        [] -> New#{fetches := maps:remove(Id, Fetches)};
        _ ->
            Wait = Begun + option(refresh_ms, ?REFRESH_MS, State) - erlang:monotonic_time(millisecond),
            plan(Id, Wait, New#{fetches := Fetches#{Id := Fetch#{begun := planned, waiters := Left}}})
    end.
