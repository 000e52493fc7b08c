%% nx_kernel.erl - the server that holds the actors.
%% Owns every actor's private key, outbox and inbox, in memory. Registered as nx_kernel; each function takes the
%% server's name in front where it is another. Names are text (binaries) inside; atoms and strings are taken from
%% programs, nothing that comes from outside ever becomes an atom.
%% INVARIANT: no private key leaves this process, neither in an answer nor in a report (format_status).
%% What is slow (verifying, encoding answers) is the caller's work; the server only looks up, signs and appends.
-module(nx_kernel).
-behaviour(gen_server).

-export([start_link/3, start_link/4, stop/0, add_actor/3, add_actor/4, actors/0, actors/1, state_for/1,
         state_for/2, publish/2, publish/3, deliver/2, deliver/3, outbox_items/3, outbox_items/4,
         inbox_items/3, inbox_items/4]).
-export([init/1, handle_call/3, handle_cast/2, format_status/1]).

%% Start with one actor. KeySpec is [{key_id, Id}, {algorithm, ed25519}, {value, PrivateKey}]; ActorState has
%% [{public_keys, [[{id, Id}, {created, Seconds}, {value, PublicKey}]]}]. Keys are not tried here: a wrong one starts
%% all the same and fails when it is used.
start_link(Name, KeySpec, ActorState) -> start_link(nx_kernel, Name, KeySpec, ActorState).
start_link(Server, Name, KeySpec, ActorState) ->
    gen_server:start_link({local, Server}, nx_kernel, {Name, KeySpec, ActorState}, []).

stop() -> gen_server:stop(nx_kernel).

%% ok | {error, exists | bad_name | bad_key_spec | bad_actor_state}
add_actor(Name, KeySpec, ActorState) -> add_actor(nx_kernel, Name, KeySpec, ActorState).
add_actor(Server, Name, KeySpec, ActorState) -> call(Server, {add_actor, Name, KeySpec, ActorState}).

%% The names.
actors() -> actors(nx_kernel).
actors(Server) -> call(Server, actors).

%% What may be known of an actor: {ok, #{name, tip, inbox_tip, public_keys}} | {error, unknown_actor}.
state_for(Name) -> state_for(nx_kernel, Name).
state_for(Server, Name) -> call(Server, {state_for, envelope:text(Name)}).

%% Activity: a map with type and object. {ok, Envelope, Tip} | {error, Status, Reason}.
publish(Name, Activity) -> publish(nx_kernel, Name, Activity).
publish(Server, Name, Activity) -> call(Server, {publish, envelope:text(Name), Activity}).

%% Puts a verified envelope in the inbox, once: {ok, new | known, Tip} | {error, unknown_actor}.
deliver(Name, Envelope) -> deliver(nx_kernel, Name, Envelope).
deliver(Server, Name, Envelope) -> call(Server, {deliver, envelope:text(Name), Envelope}).

%% {ok, Envelopes} | {error, unknown_actor}: at most Count from number From on.
outbox_items(Name, From, Count) -> outbox_items(nx_kernel, Name, From, Count).
outbox_items(Server, Name, From, Count) -> call(Server, {outbox_items, envelope:text(Name), From, Count}).
inbox_items(Name, From, Count) -> inbox_items(nx_kernel, Name, From, Count).
inbox_items(Server, Name, From, Count) -> call(Server, {inbox_items, envelope:text(Name), From, Count}).

%% No time limit: a suspended kernel answers when it is resumed, one that has ended says so at once.
call(Server, Request) -> gen_server:call(Server, Request, infinity).

%% ---- the server ------------------------------------------------------------------------------------

init({Name, KeySpec, ActorState}) ->
    case add(Name, KeySpec, ActorState, #{}) of
        {ok, Actors} -> {ok, Actors};
        {error, Reason} -> {stop, Reason}
    end.

handle_call({state_for, Name}, _, Actors) -> {reply, with(Name, Actors, fun public/1), Actors};
handle_call({publish, Name, Activity}, _, Actors) ->
    case Actors of
        #{Name := #{key := Key, outbox := Outbox} = Actor} ->
            case outbox:publish(Activity, Key, erlang:system_time(second), Outbox) of
                {ok, Envelope, New} ->
                    {reply, {ok, Envelope, outbox:tip(New)}, Actors#{Name := Actor#{outbox := New}}};
                {error, _, _} = Error -> {reply, Error, Actors}
            end;
        #{} -> {reply, {error, 404, unknown_actor}, Actors}
    end;
handle_call({deliver, Name, Envelope}, _, Actors) ->
    case Actors of
        #{Name := Actor} ->
            {Which, #{inbox := Inbox} = New} = receive_once(Envelope, Actor),
            {reply, {ok, Which, log:tip(Inbox)}, Actors#{Name := New}};
        #{} -> {reply, {error, unknown_actor}, Actors}
    end;
handle_call({outbox_items, Name, From, Count}, _, Actors) ->
    {reply, with(Name, Actors, fun(#{outbox := Outbox}) -> outbox:items(From, Count, Outbox) end), Actors};
handle_call({inbox_items, Name, From, Count}, _, Actors) ->
    {reply, with(Name, Actors, fun(#{inbox := Inbox}) -> [I || #{item := I} <- log:slice(From, Count, Inbox)] end),
     Actors};
handle_call({add_actor, Name, KeySpec, ActorState}, _, Actors) ->
    case add(Name, KeySpec, ActorState, Actors) of
        {ok, New} -> {reply, ok, New};
        {error, _} = Error -> {reply, Error, Actors}
    end;
handle_call(actors, _, Actors) -> {reply, maps:keys(Actors), Actors};
handle_call(_, _, Actors) -> {reply, {error, unknown_request}, Actors}.

handle_cast(_, Actors) -> {noreply, Actors}.

%% Reports show who is here, and no key; nor does the reason or the last message, which may hold one.
format_status(Status) ->
    maps:map(fun(state, Actors) when is_map(Actors) -> {actors, maps:keys(Actors)};
                (message, {'$gen_call', _, Request}) -> {request, request_kind(Request)};
                (message, Request) -> {request, request_kind(Request)};
                (log, _) -> [];
                (_, V) -> V
             end, Status).

request_kind(Request) when is_tuple(Request), tuple_size(Request) > 0 -> element(1, Request);
request_kind(Request) when is_atom(Request) -> Request;
request_kind(_) -> other.

with(Name, Actors, F) ->
    case Actors of
        #{Name := Actor} -> {ok, F(Actor)};
        #{} -> {error, unknown_actor}
    end.

%% ---- an actor --------------------------------------------------------------------------------------
%% #{name, key (private), public_keys, outbox, inbox (a log), seen (by actor and id)}

add(Name, KeySpec, ActorState, Actors) ->
    case {name(Name), is_list(KeySpec), public_keys(ActorState)} of
        {{ok, Text}, _, _} when is_map_key(Text, Actors) -> {error, exists};
        {{ok, Text}, true, {ok, Keys}} ->
            {ok, Actors#{Text => #{name => Text, key => envelope:key(KeySpec), public_keys => Keys,
                                   outbox => outbox:new(Text), inbox => log:new(), seen => #{}}}};
        {error, _, _} -> {error, bad_name};
        {_, false, _} -> {error, bad_key_spec};
        {_, _, error} -> {error, bad_actor_state}
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

public_keys(ActorState) when is_list(ActorState) ->
    case proplists:get_value(public_keys, ActorState, []) of
        Keys when is_list(Keys) ->
            case lists:all(fun is_list/1, Keys) of
                true -> {ok, [envelope:key(Key) || Key <- Keys]};
                false -> error
            end;
        _ -> error
    end;
public_keys(_) -> error.

public(#{name := Name, public_keys := Keys, outbox := Outbox, inbox := Inbox}) ->
    #{name => Name, public_keys => Keys, tip => outbox:tip(Outbox), inbox_tip => log:tip(Inbox)}.

receive_once(#{<<"actor">> := From, <<"id">> := Id} = Envelope, #{inbox := Inbox, seen := Seen} = Actor) ->
    case is_map_key({From, Id}, Seen) of
        true -> {known, Actor};
        false ->
            {_, Inbox1} = log:append(Envelope, Inbox),
            {new, Actor#{inbox := Inbox1, seen := Seen#{{From, Id} => []}}}
    end.
