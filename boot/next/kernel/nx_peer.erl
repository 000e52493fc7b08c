%% nx_peer.erl - what is to be delivered to one remote host, one at a time, and when to try again; pure.
%% The time (milliseconds) and the random number (0 to 1) are the caller's, so tests hand them in.
%% INVARIANT: jobs leave in the order in which they came, and the next leaves only when the one before is delivered or
%% dropped: an actor's activities arrive in its order whatever the network does.
-module(nx_peer).

-export([new/2, add/2, next/2, done/3, is_idle/1, line/2]).

-define(INITIAL_MS, 1000).
-define(MAX_MS, 3600000).
-define(GIVE_UP_MS, 604800000).    % a week without an answer: all that waits is dropped, and what comes later gets one try
-define(MAX_ASKED_MS, 86400000).   % what a peer may ask us to wait
-define(MAX_QUEUE, 10000).

%% Options: #{initial_ms, max_ms, give_up_ms}.
new(Origin, Options) ->
    #{origin => Origin, queue => queue:new(), sending => false, failures => 0, failing_since => none, not_before => 0,
      delivered => 0, dropped => 0, last => none,
      initial_ms => maps:get(initial_ms, Options, ?INITIAL_MS), max_ms => maps:get(max_ms, Options, ?MAX_MS),
      give_up_ms => maps:get(give_up_ms, Options, ?GIVE_UP_MS)}.

%% {ok, Peer} | {full, Peer}
add(Job, #{queue := Queue, dropped := Dropped} = Peer) ->
    case queue:len(Queue) < ?MAX_QUEUE of
        true -> {ok, Peer#{queue := queue:in(Job, Queue)}};
        false -> {full, Peer#{dropped := Dropped + 1, last := full}}
    end.

%% {send, Job, Peer} | {wait, Milliseconds} | idle
next(_, #{sending := true}) -> idle;
next(Now, #{queue := Queue, not_before := NotBefore} = Peer) ->
    case queue:peek(Queue) of
        empty -> idle;
        {value, _} when NotBefore > Now -> {wait, NotBefore - Now};
        {value, Job} -> {send, Job, Peer#{sending := true}}
    end.

%% What came of the job that was sent: ok | {stop, Why} | {retry, AskedMs or none, Why}.
%% {delivered | {dropped, Why} | {given_up, HowMany, Why} | retried, Job, Peer}
done(Outcome, {Now, Random}, #{queue := Queue, sending := true} = Peer) ->
    {value, Job} = queue:peek(Queue),
    case Outcome of
        ok -> {delivered, Job, counted(delivered, ok, Peer)};
        {stop, Why} -> {{dropped, Why}, Job, counted(dropped, Why, Peer)};
        {retry, Asked, Why} -> retry(Asked, Why, Job, {Now, Random}, Peer)
    end.

counted(Which, Last, #{queue := Queue} = Peer) ->
    Peer#{queue := queue:drop(Queue), sending := false, failures := 0, failing_since := none, not_before := 0,
          last := Last, Which := map_get(Which, Peer) + 1}.

retry(Asked, Why, Job, {Now, Random}, #{failures := Failures, failing_since := Since0, give_up_ms := GiveUp} = Peer) ->
    Since = case Since0 of none -> Now; _ -> Since0 end,
    case Now - Since >= GiveUp of
        true ->
            #{queue := Queue, dropped := Dropped} = Peer,
            N = queue:len(Queue),
            {{given_up, N, Why}, Job, Peer#{queue := queue:new(), sending := false, failing_since := Since, last := Why, dropped := Dropped + N}};
        false ->
            Wait = max(backoff(Failures, Random, Peer), clamp(Asked)),
            {retried, Job, Peer#{sending := false, failures := Failures + 1, failing_since := Since,
                                 not_before := Now + Wait, last := Why}}
    end.

%% Twice as long each time, half of it by chance, so that those who failed together do not come back together.
backoff(Failures, Random, #{initial_ms := Initial, max_ms := Max}) ->
    Whole = min(Max, Initial bsl min(Failures, 30)),
    Whole div 2 + trunc(Random * (Whole - Whole div 2)).

clamp(none) -> 0;
clamp(Ms) -> max(0, min(Ms, ?MAX_ASKED_MS)).

%% Nothing is on its way and nothing waits.
is_idle(#{queue := Queue, sending := Sending}) -> not Sending andalso queue:is_empty(Queue).

%% For people: what GET /peers shows.
line(Now, #{origin := Origin, queue := Queue, failures := Failures, not_before := NotBefore, delivered := Delivered,
            dropped := Dropped, last := Last}) ->
    #{<<"host">> => Origin, <<"queued">> => queue:len(Queue), <<"delivered">> => Delivered, <<"dropped">> => Dropped,
      <<"failures">> => Failures, <<"retryInMs">> => max(0, NotBefore - Now), <<"last">> => iolist_to_binary(io_lib:format("~0tp", [Last]))}.
