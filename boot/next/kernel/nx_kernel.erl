%% nx_kernel.erl - the server that holds the actors.
%% Owns every actor's private key, outbox and inbox, and where we are (base), in memory.
%% Registered as nx_kernel; each function takes the server's name in front where it is another. Names are text (binaries)
%% inside; atoms and strings are taken from programs, nothing that comes from outside ever becomes an atom.
%% INVARIANT: no private key leaves this process, neither in an answer nor in a report: format_status shows no state, and the
%% state itself holds a key inside a function (envelope:hidden).
%% What is slow (verifying, fetching, delivering) is others' work; the server looks up, signs, appends, and waits for nobody.
-module(nx_kernel).
-behaviour(gen_server).

-export([start_link/3, start_link/4, stop/0, add_actor/3, add_actor/4, actors/0, actors/1, state_for/1, state_for/2,
         publish/2, publish/3, rotate_key/2, rotate_key/3, deliver/4, collection/5, outbox_item/3, base/1, set_base/2, whose/2,
         key_id/2, sign/4, drop_reached/3, delivery/1]).
-export([init/1, handle_call/3, handle_cast/2, format_status/1]).

%% What others send is kept: so many bytes in all, and of the actors of one origin; what is more is refused with 507.
-define(MAX_HELD, 268435456).
-define(MAX_HELD_OF_ORIGIN, 67108864).
-define(HELD_BESIDE, 2048).        % what an activity takes beside its bytes

%% Start with one actor. KeySpec: as nx_keys:take has it. ActorState may have
%% {public_keys, [[{id, Id}, {created, Seconds}, {value, PublicKey}]]}, {accept, manual}; and for the kernel as a whole
%% {delivery, Options} (nx_delivery), {documents, Options} (nx_documents), {max_held, Bytes}, {max_held_of_origin, Bytes}.
%% Keys that are given are not tried here: a wrong one starts all the same and fails when it is used.
start_link(Name, KeySpec, ActorState) -> start_link(nx_kernel, Name, KeySpec, ActorState).
start_link(Server, Name, KeySpec, ActorState) ->
    gen_server:start_link({local, Server}, nx_kernel, {Name, envelope:hidden(KeySpec), ActorState}, []).

stop() -> gen_server:stop(nx_kernel).

%% ok | {error, exists | bad_name | bad_key_spec | bad_actor_state | {key_file, Reason}}
add_actor(Name, KeySpec, ActorState) -> add_actor(nx_kernel, Name, KeySpec, ActorState).
add_actor(Server, Name, KeySpec, ActorState) -> call(Server, {add_actor, Name, envelope:hidden(KeySpec), ActorState}).

%% The names.
actors() -> actors(nx_kernel).
actors(Server) -> call(Server, actors).

%% What may be known of an actor: {ok, #{name, id, tip, inbox_tip, public_keys, followers, following}} | {error, unknown_actor}.
state_for(Name) -> state_for(nx_kernel, Name).
state_for(Server, Name) -> call(Server, {state_for, envelope:text(Name)}).

%% Activity: a map with type and object. {ok, Envelope, Tip} | {error, Status, Reason}.
publish(Name, Activity) -> publish(nx_kernel, Name, Activity).
publish(Server, Name, Activity) -> call(Server, {publish, envelope:text(Name), Activity}).

%% A new key, as nx_keys:take makes one, instead of the one that Name has: from now on it alone signs, and stands in the actor's
%% document. Followers are told. {ok, KeyId} | {error, Reason}
rotate_key(Name, KeySpec) -> rotate_key(nx_kernel, Name, KeySpec).
rotate_key(Server, Name, KeySpec) -> call(Server, {rotate_key, envelope:text(Name), envelope:hidden(KeySpec)}).

%% A verified envelope for the actor To, or for everybody here who follows its sender (shared), and the sender's document:
%% {ok, new | known, Tip} | {error, Status, Reason}.
deliver(Server, To, Envelope, Sender) -> call(Server, {deliver, To, Envelope, nx_json:encode(Envelope), Sender}).

%% Which: outbox, inbox, followers or following; at most Count items numbered below Before, the newest first. Next is the Before of
%% the page behind it, or none; first of the first one: {ok, #{total, items, first, next}} | {error, unknown_actor}.
collection(Server, Name, Which, Before, Count) ->
    case call(Server, {collection, Name, Which, Before, Count}) of
        {ok, #{items := Items} = Page} -> {ok, Page#{items := [whole(Item) || Item <- Items]}};
        Error -> Error
    end.

whole(#{json := Json}) -> {ok, Item} = nx_json:decode(Json), Item;
whole(Item) -> Item.

%% {ok, {ok, Envelope} | error} | {error, unknown_actor}
outbox_item(Server, Name, Number) -> call(Server, {outbox_item, Name, Number}).

%% Where our actors are: <<"http://host:port">>, or undefined.
base(Server) -> call(Server, base).
set_base(Server, Base) -> call(Server, {set_base, Base}).

%% Whose actor is this: {ours, Document}, or {of_others, Documents, Base}: the server that knows (nx_documents), and where we are.
whose(Server, Id) -> call(Server, {whose, Id}).

%% For deliveries: the actor's key by its public name, and a signature by it. {ok, _} | {error, Reason}; key_changed: KeyId is not
%% its name any more.
key_id(Server, Name) -> call(Server, {key_id, Name}).
sign(Server, Name, KeyId, Bytes) -> call(Server, {sign, Name, KeyId, Bytes}).
drop_reached(Server, Name, Where) -> gen_server:cast(Server, {drop_reached, Name, Where}).
delivery(Server) -> call(Server, delivery).

%% No time limit: a suspended kernel answers when it is resumed, one that has ended says so at once.
call(Server, Request) -> gen_server:call(Server, Request, infinity).

%% ---- the server ------------------------------------------------------------------------------------
%% #{actors (name -> nx_actor), base, documents (nx_documents), delivery (nx_delivery), held (bytes), held_of (origin -> bytes),
%%   limits ({Held, HeldOfOrigin})}

init({Name, KeySpec, ActorState}) ->
    case add(Name, KeySpec, ActorState, #{}) of
        {ok, Actors} ->
            {ok, Delivery} = nx_delivery:start_link(self(), proplists:get_value(delivery, ActorState, [])),
            {ok, Documents} = nx_documents:start_link(proplists:get_value(documents, ActorState, [])),
            {ok, #{actors => Actors, base => undefined, documents => Documents, delivery => Delivery, held => 0, held_of => #{},
                   limits => {proplists:get_value(max_held, ActorState, ?MAX_HELD), proplists:get_value(max_held_of_origin, ActorState, ?MAX_HELD_OF_ORIGIN)}}};
        {error, Reason} -> {stop, Reason}
    end.

handle_call({state_for, Name}, _, #{base := Base} = State) ->
    {reply, with(Name, State, fun(Actor) -> (nx_actor:public(Actor))#{id => nx_actor:id(Name, Base)} end), State};
handle_call({publish, Name, Activity}, _, State) ->
    case change(Name, fun(Actor) -> nx_actor:publish(Activity, context(State), Actor) end, State) of
        {{ok, Envelope, #{outbox := Outbox}}, New} -> {reply, {ok, Envelope, outbox:tip(Outbox)}, New};
        {Error, _} -> {reply, Error, State}
    end;
handle_call({rotate_key, Name, Spec}, _, State) ->
    Rotate = fun(#{outbox := Outbox} = Actor) ->
                 case nx_keys:take(envelope:reveal(Spec), <<"k", (integer_to_binary(outbox:tip(Outbox) + 2))/binary>>) of
                     {ok, Key, [_ | _] = Public} -> nx_actor:rotate(Key, Public, context(State), Actor);
                     {ok, _, []} -> {error, 400, bad_key_spec};
                     {error, Reason} -> {error, 400, Reason}
                 end
             end,
    case change(Name, Rotate, State) of
        {{ok, _, #{key := #{key_id := KeyId}}}, New} -> {reply, {ok, KeyId}, New};
        {{error, _, Reason}, _} -> {reply, {error, Reason}, State}
    end;
handle_call({deliver, shared, #{<<"actor">> := From} = Envelope, Json, Sender}, _, #{actors := Actors} = State) ->
    Names = [Name || {Name, Actor} <- maps:to_list(Actors), nx_actor:follows(From, Actor)],
    {Reply, New} = lists:foldl(fun(Name, {Which, S}) ->
                                   case {take(Name, Envelope, Json, Sender, S), Which} of
                                       {{{ok, new, _}, S1}, known} -> {new, S1};
                                       {{{error, 507, _} = Full, S1}, _} -> {Full, S1};
                                       {{_, S1}, _} -> {Which, S1}
                                   end
                               end, {known, State}, Names),
    {reply, if is_atom(Reply) -> {ok, Reply, length(Names)}; true -> Reply end, New};
handle_call({deliver, Name, Envelope, Json, Sender}, _, #{actors := Actors} = State) ->
    case is_map_key(Name, Actors) of
        true ->
            {Reply, New} = take(Name, Envelope, Json, Sender, State),
            {reply, Reply, New};
        false -> {reply, {error, 404, unknown_actor}, State}
    end;
handle_call({collection, Name, Which, Before, Count}, _, State) ->
    {reply, with(Name, State, fun(Actor) -> page(Which, Before, Count, Actor) end), State};
handle_call({outbox_item, Name, Number}, _, State) ->
    {reply, with(Name, State, fun(#{outbox := Outbox}) -> outbox:item(Number, Outbox) end), State};
handle_call(base, _, #{base := Base} = State) -> {reply, Base, State};
handle_call({set_base, Base}, _, State) -> {reply, ok, State#{base := Base}};
handle_call({whose, Id}, _, #{documents := Documents, base := Base} = State) ->
    case local(Id, State) of
        {ok, Document} -> {reply, {ours, Document}, State};
        none -> {reply, {of_others, Documents, Base}, State}
    end;
handle_call({key_id, Name}, _, #{base := Base} = State) ->
    {reply, with(Name, State, fun(#{key := Key}) -> named(Name, Key, Base) end), State};
handle_call({sign, Name, KeyId, Bytes}, _, #{base := Base} = State) ->
    Reply = case with(Name, State, fun(#{key := Key}) -> {named(Name, Key, Base), Key} end) of
                {ok, {KeyId, #{value := Private}}} -> sign_bytes(Bytes, Private);
                {ok, _} -> {error, key_changed};
                Error -> Error
            end,
    {reply, Reply, State};
handle_call(delivery, _, #{delivery := Delivery} = State) -> {reply, Delivery, State};
handle_call({add_actor, Name, Spec, ActorState}, _, #{actors := Actors} = State) ->
    case add(Name, Spec, ActorState, Actors) of
        {ok, New} -> {reply, ok, State#{actors := New}};
        {error, _} = Error -> {reply, Error, State}
    end;
handle_call(actors, _, #{actors := Actors} = State) -> {reply, maps:keys(Actors), State};
handle_call(_, _, State) -> {reply, {error, unknown_request}, State}.

handle_cast({drop_reached, Name, Where}, #{actors := Actors} = State) ->
    case Actors of
        #{Name := Actor} -> {noreply, State#{actors := Actors#{Name := nx_actor:drop_reached(Where, Actor)}}};
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

context(#{base := Base}) -> {erlang:system_time(second), Base}.

sent(Jobs, #{delivery := Delivery} = State) ->
    nx_delivery:deliver(Delivery, Jobs),
    State.

%% The actor changed by F, which answers as nx_actor:publish does: {{ok, Envelope, Actor}, State} | {{error, Status, Reason}, State}.
change(Name, F, #{actors := Actors} = State) ->
    case Actors of
        #{Name := Actor} ->
            case F(Actor) of
                {ok, Envelope, Jobs, New} -> {{ok, Envelope, New}, sent(Jobs, State#{actors := Actors#{Name := New}})};
                {error, _, _} = Error -> {Error, State}
            end;
        #{} -> {{error, 404, unknown_actor}, State}
    end.

take(Name, #{<<"actor">> := From} = Envelope, Json, Sender, #{actors := Actors} = State) ->
    case nx_actor:take(Envelope, Json, Sender, context(State), map_get(Name, Actors)) of
        {ok, known, [], #{inbox := Inbox}} -> {{ok, known, log:tip(Inbox)}, State};
        {ok, new, Jobs, #{inbox := Inbox} = New} ->
            case hold(nx_url:origin(From), weight(Envelope, Json), State) of
                {ok, Held} -> {{ok, new, log:tip(Inbox)}, sent(Jobs, Held#{actors := Actors#{Name := New}})};
                {error, Reason} -> {{error, 507, Reason}, State}
            end;
        {error, _, _} = Error -> {Error, State}
    end.

%% A Follow is kept twice: our Accept has it inside.
weight(#{<<"type">> := <<"Follow">>}, Json) -> 2 * (byte_size(Json) + ?HELD_BESIDE);
weight(_, Json) -> byte_size(Json) + ?HELD_BESIDE.

hold(Origin, Bytes, #{held := Held, held_of := Of, limits := {Max, MaxOfOrigin}} = State) ->
    OfOrigin = maps:get(Origin, Of, 0) + Bytes,
    if
        OfOrigin > MaxOfOrigin -> {error, origin_full};
        Held + Bytes > Max -> {error, inbox_full};
        true -> {ok, State#{held := Held + Bytes, held_of := Of#{Origin => OfOrigin}}}
    end.

%% An actor's key by the name that others know.
named(Name, #{key_id := KeyId}, Base) -> <<(nx_actor:id(Name, Base))/binary, "#", KeyId/binary>>.

sign_bytes(Bytes, Private) ->
    try {ok, crypto:sign(eddsa, none, Bytes, [envelope:reveal(Private), ed25519])}
    catch error:_ -> {error, bad_key}
    end.

page(outbox, Before, Count, #{outbox := Outbox}) ->
    numbered(Before, Count, outbox:tip(Outbox), fun(From, N) -> outbox:items(From, N, Outbox) end);
page(inbox, Before, Count, #{inbox := Inbox}) ->
    numbered(Before, Count, log:tip(Inbox), fun(From, N) -> [I || #{item := I} <- log:slice(From, N, Inbox)] end);
page(followers, Before, Count, #{followers := Followers}) -> people(Followers, Before, Count);
page(following, Before, Count, #{followed := Followed}) -> people(Followed, Before, Count).

numbered(Before, Count, Tip, Slice) ->
    Last = min(Before - 1, Tip),
    From = max(1, Last - Count + 1),
    #{total => Tip, items => lists:reverse(Slice(From, Last - From + 1)), first => Tip + 1,
      next => if From > 1, From =< Last -> From; true -> none end}.

people(People, Before, Count) ->
    {Page, More} = nx_people:page(Before, Count, People),
    #{total => nx_people:size(People), items => [Id || {_, Id} <- Page], first => nx_people:last(People) + 1,
      next => case More of true -> element(1, lists:last(Page)); false -> none end}.

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

%% Spec: a key's specification inside a function.
add(Name, Spec, ActorState, Actors) ->
    case {name(Name), is_list(ActorState) andalso nx_keys:public(ActorState)} of
        {{ok, Text}, _} when is_map_key(Text, Actors) -> {error, exists};
        {{ok, Text}, {ok, Given}} ->
            case nx_keys:take(envelope:reveal(Spec), k1) of
                {ok, Key, Own} ->
                    Keys = case Given of [] -> Own; _ -> Given end,
                    {ok, Actors#{Text => nx_actor:new(Text, Key, Keys, ActorState)}};
                {error, _} = Error -> Error
            end;
        {error, _} -> {error, bad_name};
        {_, _} -> {error, bad_actor_state}
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
