%% nx_kernel.erl - the server that holds the actors.
%% Owns every actor's private key, outbox and inbox, where we are (base), and the documents of remote actors, in memory.
%% Registered as nx_kernel; each function takes the server's name in front where it is another. Names are text (binaries)
%% inside; atoms and strings are taken from programs, nothing that comes from outside ever becomes an atom.
%% INVARIANT: no private key leaves this process, neither in an answer nor in a report: format_status shows no state, and the
%% state itself holds a key inside a function (envelope:hidden).
%% What is slow (verifying, fetching, delivering) is others' work; the server looks up, signs, appends, and waits for nobody.
-module(nx_kernel).
-behaviour(gen_server).

-export([start_link/3, start_link/4, stop/0, add_actor/3, add_actor/4, actors/0, actors/1, state_for/1, state_for/2,
         publish/2, publish/3, deliver/4, collection/5, outbox_item/3, base/1, set_base/2, remembered/2, remember/3,
         may_refresh/2, key_id/2, sign/3, forget_follower/3, delivery/1]).
-export([init/1, handle_call/3, handle_cast/2, format_status/1]).

-define(REMEMBER_MS, 300000).      % a remote actor's document is asked for anew after this
-define(REFRESH_MS, 10000).        % and no sooner than this, whatever its signatures look like
-define(MAX_REMEMBERED, 10000).    % then all are forgotten

%% Start with one actor. KeySpec is generate (a fresh Ed25519 key pair), {key_file, Path} (kept there, made when it is not),
%% or [{key_id, Id}, {algorithm, ed25519}, {value, PrivateKey}]. ActorState may have
%% {public_keys, [[{id, Id}, {created, Seconds}, {value, PublicKey}]]}, {accept, manual}, and {delivery, Options} (nx_delivery).
%% Keys that are given are not tried here: a wrong one starts all the same and fails when it is used.
start_link(Name, KeySpec, ActorState) -> start_link(nx_kernel, Name, KeySpec, ActorState).
start_link(Server, Name, KeySpec, ActorState) ->
    gen_server:start_link({local, Server}, nx_kernel, {Name, KeySpec, ActorState}, []).

stop() -> gen_server:stop(nx_kernel).

%% ok | {error, exists | bad_name | bad_key_spec | bad_actor_state | {key_file, Reason}}
add_actor(Name, KeySpec, ActorState) -> add_actor(nx_kernel, Name, KeySpec, ActorState).
add_actor(Server, Name, KeySpec, ActorState) -> call(Server, {add_actor, Name, KeySpec, ActorState}).

%% The names.
actors() -> actors(nx_kernel).
actors(Server) -> call(Server, actors).

%% What may be known of an actor: {ok, #{name, id, tip, inbox_tip, public_keys, followers, following}} | {error, unknown_actor}.
state_for(Name) -> state_for(nx_kernel, Name).
state_for(Server, Name) -> call(Server, {state_for, envelope:text(Name)}).

%% Activity: a map with type and object. {ok, Envelope, Tip} | {error, Status, Reason}.
publish(Name, Activity) -> publish(nx_kernel, Name, Activity).
publish(Server, Name, Activity) -> call(Server, {publish, envelope:text(Name), Activity}).

%% A verified envelope for the actor To, or for everybody here who follows its sender (shared), and the sender's document:
%% {ok, new | known, Tip} | {error, Status, Reason}.
deliver(Server, To, Envelope, Sender) -> call(Server, {deliver, To, Envelope, Sender}).

%% Which: outbox, inbox, followers or following; at most Count entries numbered below Before, the newest first:
%% {ok, Total, [{Number, Item}]} | {error, unknown_actor}.
collection(Server, Name, Which, Before, Count) -> call(Server, {collection, Name, Which, Before, Count}).
%% {ok, {ok, Envelope} | error} | {error, unknown_actor}
outbox_item(Server, Name, Number) -> call(Server, {outbox_item, Name, Number}).

%% Where our actors are: <<"http://host:port">>, or undefined.
base(Server) -> call(Server, base).
set_base(Server, Base) -> call(Server, {set_base, Base}).

%% Documents of actors, ours among them (nx_remote): {ok, Document} | none.
remembered(Server, Id) -> call(Server, {remembered, Id}).
remember(Server, Id, Document) -> gen_server:cast(Server, {remember, Id, Document}).
may_refresh(Server, Id) -> call(Server, {may_refresh, Id}).

%% For deliveries: the actor's key by its public name, and a signature by it. {ok, _} | {error, Reason}
key_id(Server, Name) -> call(Server, {key_id, Name}).
sign(Server, Name, Bytes) -> call(Server, {sign, Name, Bytes}).
forget_follower(Server, Name, Id) -> gen_server:cast(Server, {forget_follower, Name, Id}).
delivery(Server) -> call(Server, delivery).

%% No time limit: a suspended kernel answers when it is resumed, one that has ended says so at once.
call(Server, Request) -> gen_server:call(Server, Request, infinity).

%% ---- the server ------------------------------------------------------------------------------------
%% #{actors (name -> nx_actor), base, remotes (id -> #{document, at}), delivery (pid)}

init({Name, KeySpec, ActorState}) ->
    case add(Name, KeySpec, ActorState, #{}) of
        {ok, Actors} ->
            {ok, Delivery} = nx_delivery:start_link(self(), proplists:get_value(delivery, ActorState, [])),
            {ok, #{actors => Actors, base => undefined, remotes => #{}, delivery => Delivery}};
        {error, Reason} -> {stop, Reason}
    end.

handle_call({state_for, Name}, _, #{base := Base} = State) ->
    {reply, with(Name, State, fun(Actor) -> (nx_actor:public(Actor))#{id => nx_actor:id(Name, Base)} end), State};
handle_call({publish, Name, Activity}, _, #{actors := Actors} = State) ->
    case Actors of
        #{Name := Actor} ->
            case nx_actor:publish(Activity, context(State), Actor) of
                {ok, Envelope, Jobs, #{outbox := Outbox} = New} ->
                    {reply, {ok, Envelope, outbox:tip(Outbox)}, sent(Jobs, State#{actors := Actors#{Name := New}})};
                {error, _, _} = Error -> {reply, Error, State}
            end;
        #{} -> {reply, {error, 404, unknown_actor}, State}
    end;
handle_call({deliver, shared, #{<<"actor">> := From} = Envelope, Sender}, _, #{actors := Actors} = State) ->
    Names = [Name || {Name, Actor} <- maps:to_list(Actors), nx_actor:follows(From, Actor)],
    {Which, New} = lists:foldl(fun(Name, {Which, S}) ->
                                   case take(Name, Envelope, Sender, S) of
                                       {{ok, new, _}, S1} -> {new, S1};
                                       {_, S1} -> {Which, S1}
                                   end
                               end, {known, State}, Names),
    {reply, {ok, Which, length(Names)}, New};
handle_call({deliver, Name, Envelope, Sender}, _, #{actors := Actors} = State) ->
    case is_map_key(Name, Actors) of
        true ->
            {Reply, New} = take(Name, Envelope, Sender, State),
            {reply, Reply, New};
        false -> {reply, {error, 404, unknown_actor}, State}
    end;
handle_call({collection, Name, Which, Before, Count}, _, State) ->
    Reply = case with(Name, State, fun(Actor) -> entries(Which, Before, Count, Actor) end) of
                {ok, {Total, Items}} -> {ok, Total, Items};
                Error -> Error
            end,
    {reply, Reply, State};
handle_call({outbox_item, Name, Number}, _, State) ->
    {reply, with(Name, State, fun(#{outbox := Outbox}) -> outbox:item(Number, Outbox) end), State};
handle_call(base, _, #{base := Base} = State) -> {reply, Base, State};
handle_call({set_base, Base}, _, State) -> {reply, ok, State#{base := Base}};
handle_call({remembered, Id}, _, #{remotes := Remotes} = State) ->
    Reply = case {local(Id, State), Remotes} of
                {{ok, _} = Ours, _} -> Ours;
                {none, #{Id := #{document := Document, at := At}}} ->
                    case now_ms() - At < ?REMEMBER_MS of true -> {ok, Document}; false -> none end;
                {none, #{}} -> none
            end,
    {reply, Reply, State};
handle_call({may_refresh, Id}, _, #{remotes := Remotes} = State) ->
    case {local(Id, State), Remotes} of
        {none, #{Id := #{at := At} = Known}} ->
            Now = now_ms(),
            case Now - At >= ?REFRESH_MS of
                true -> {reply, true, State#{remotes := Remotes#{Id := Known#{at := Now}}}};
                false -> {reply, false, State}
            end;
        {none, #{}} -> {reply, true, State};
        {{ok, _}, _} -> {reply, false, State}
    end;
handle_call({key_id, Name}, _, #{base := Base} = State) ->
    {reply, with(Name, State, fun(#{key := #{key_id := KeyId}}) -> <<(nx_actor:id(Name, Base))/binary, "#", KeyId/binary>> end), State};
handle_call({sign, Name, Bytes}, _, State) ->
    Reply = case with(Name, State, fun(#{key := #{value := Private}}) -> sign_bytes(Bytes, Private) end) of
                {ok, Signed} -> Signed;
                Error -> Error
            end,
    {reply, Reply, State};
handle_call(delivery, _, #{delivery := Delivery} = State) -> {reply, Delivery, State};
handle_call({add_actor, Name, KeySpec, ActorState}, _, #{actors := Actors} = State) ->
    case add(Name, KeySpec, ActorState, Actors) of
        {ok, New} -> {reply, ok, State#{actors := New}};
        {error, _} = Error -> {reply, Error, State}
    end;
handle_call(actors, _, #{actors := Actors} = State) -> {reply, maps:keys(Actors), State};
handle_call(_, _, State) -> {reply, {error, unknown_request}, State}.

handle_cast({remember, Id, Document}, #{remotes := Remotes} = State) ->
    Kept = case map_size(Remotes) >= ?MAX_REMEMBERED of true -> #{}; false -> Remotes end,
    {noreply, State#{remotes := Kept#{Id => #{document => Document, at => now_ms()}}}};
handle_cast({forget_follower, Name, Id}, #{actors := Actors} = State) ->
    case Actors of
        #{Name := Actor} -> {noreply, State#{actors := Actors#{Name := nx_actor:drop_follower(Id, Actor)}}};
        #{} -> {noreply, State}
    end;
handle_cast(_, State) -> {noreply, State}.

%% Reports show who is here, and no key; nor does the reason or the last message, which may hold one.
format_status(Status) ->
    maps:map(fun(state, #{actors := Actors, base := Base}) -> #{actors => maps:keys(Actors), base => Base};
                (state, _) -> hidden;
                (message, {'$gen_call', _, Request}) -> {request, request_kind(Request)};
                (message, Request) -> {request, request_kind(Request)};
                (log, _) -> [];
                (_, V) -> V
             end, Status).

request_kind(Request) when is_tuple(Request), tuple_size(Request) > 0 -> element(1, Request);
request_kind(Request) when is_atom(Request) -> Request;
request_kind(_) -> other.

with(Name, #{actors := Actors}, F) ->
    case Actors of
        #{Name := Actor} -> {ok, F(Actor)};
        #{} -> {error, unknown_actor}
    end.

now_ms() -> erlang:monotonic_time(millisecond).

context(#{base := Base}) -> {erlang:system_time(second), Base}.

sent(Jobs, #{delivery := Delivery} = State) ->
    nx_delivery:deliver(Delivery, Jobs),
    State.

take(Name, Envelope, Sender, #{actors := Actors} = State) ->
    case nx_actor:take(Envelope, Sender, context(State), map_get(Name, Actors)) of
        {ok, Which, Jobs, #{inbox := Inbox} = New} -> {{ok, Which, log:tip(Inbox)}, sent(Jobs, State#{actors := Actors#{Name := New}})};
        {error, _, _} = Error -> {Error, State}
    end.

sign_bytes(Bytes, Private) ->
    try {ok, crypto:sign(eddsa, none, Bytes, [envelope:reveal(Private), ed25519])}
    catch error:_ -> {error, bad_key}
    end.

entries(outbox, Before, Count, #{outbox := Outbox}) ->
    Tip = outbox:tip(Outbox),
    {Tip, numbered(Before, Count, Tip, fun(From, N) -> outbox:items(From, N, Outbox) end)};
entries(inbox, Before, Count, #{inbox := Inbox}) ->
    Tip = log:tip(Inbox),
    {Tip, numbered(Before, Count, Tip, fun(From, N) -> [I || #{item := I} <- log:slice(From, N, Inbox)] end)};
entries(followers, Before, Count, #{followers := Followers}) -> people(Followers, Before, Count);
entries(following, Before, Count, #{following := Following}) ->
    people(maps:filter(fun(_, #{state := S}) -> S =:= accepted end, Following), Before, Count).

numbered(Before, Count, Tip, Slice) ->
    Last = min(Before - 1, Tip),
    From = max(1, Last - Count + 1),
    lists:reverse(lists:zip(lists:seq(From, Last), Slice(From, Last - From + 1))).

people(Map, Before, Count) ->
    Ids = lists:reverse(nx_actor:in_order(Map)),
    Total = length(Ids),
    {Total, numbered(Before, Count, Total, fun(From, N) -> lists:sublist(Ids, From, N) end)}.

%% The document of one of ours, as nx_remote makes those of others.
local(Id, #{base := Base, actors := Actors}) when is_binary(Base) ->
    Prefix = <<Base/binary, "/actors/">>,
    case nx_url:begins_with(Id, Prefix) andalso binary:part(Id, byte_size(Prefix), byte_size(Id) - byte_size(Prefix)) of
        Name when is_map_key(Name, Actors) ->
            #{Name := #{public_keys := Keys}} = Actors,
            {ok, #{id => Id, inbox => <<Id/binary, "/inbox">>, shared_inbox => <<Base/binary, "/inbox">>,
                   keys => [Key#{key_id := <<Id/binary, "#", KeyId/binary>>} || #{key_id := KeyId} = Key <- Keys]}};
        _ -> none
    end;
local(_, _) -> none.

%% ---- a new actor -----------------------------------------------------------------------------------

add(Name, KeySpec, ActorState, Actors) ->
    case {name(Name), is_list(ActorState) andalso public_keys(ActorState)} of
        {{ok, Text}, _} when is_map_key(Text, Actors) -> {error, exists};
        {{ok, Text}, {ok, Given}} ->
            case key(KeySpec) of
                {ok, Key, Own} ->
                    Keys = case Given of [] -> Own; _ -> Given end,
                    {ok, Actors#{Text => nx_actor:new(Text, Key#{value := envelope:hidden(map_get(value, Key))}, Keys, ActorState)}};
                {error, _} = Error -> Error
            end;
        {error, _} -> {error, bad_name};
        {_, _} -> {error, bad_actor_state}
    end.

%% {ok, Private, PublicKeys}: the public ones are known only where we made the pair.
key(generate) ->
    {_, Private} = crypto:generate_key(eddsa, ed25519),
    pair(Private);
key({key_file, Path}) -> key_file(Path);
key(Spec) when is_list(Spec) ->
    case proplists:get_value(key_file, Spec) of
        undefined -> {ok, envelope:key(Spec), []};
        Path -> key_file(Path)
    end;
key(_) -> {error, bad_key_spec}.

pair(Private) ->
    {Public, Private} = crypto:generate_key(eddsa, ed25519, Private),
    {ok, envelope:key([{key_id, k1}, {value, Private}]),
     [envelope:key([{key_id, k1}, {created, erlang:system_time(second)}, {value, Public}])]}.

%% The file holds the private key in base64 and a line's end; only its owner may read it.
key_file(Path) ->
    case file:read_file(Path) of
        {ok, Text} ->
            try base64:decode(string:trim(Text)) of
                <<_:32/binary>> = Private -> pair(Private);
                _ -> {error, {key_file, bad_key}}
            catch error:_ -> {error, {key_file, bad_key}}
            end;
        {error, enoent} ->
            {ok, #{value := Private}, _} = Made = key(generate),
            case file:write_new_secret(Path, [base64:encode(Private), $\n]) of
                ok -> Made;
                {error, Reason} -> {error, {key_file, Reason}}
            end;
        {error, Reason} -> {error, {key_file, Reason}}
    end.

%% A name stands in addresses as it is: letters, digits, and . _ -
name(Name) ->
    try envelope:text(Name) of
        Text when byte_size(Text) > 0, byte_size(Text) =< 64 ->
            case [C || <<C>> <= Text, not in_name(C)] of
                [] -> {ok, Text};
                _ -> error
            end;
        _ -> error
    catch error:_ -> error
    end.

in_name(C) ->
    C >= $a andalso C =< $z orelse C >= $A andalso C =< $Z orelse C >= $0 andalso C =< $9
        orelse C =:= $. orelse C =:= $_ orelse C =:= $-.

public_keys(ActorState) ->
    case proplists:get_value(public_keys, ActorState, []) of
        Keys when is_list(Keys) ->
            case lists:all(fun is_list/1, Keys) of
                true -> {ok, [envelope:key(Key) || Key <- Keys]};
                false -> error
            end;
        _ -> error
    end.
