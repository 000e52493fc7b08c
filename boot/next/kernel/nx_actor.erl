%% nx_actor.erl - one actor of ours: what it said, what it was told, who follows whom; pure.
%% publish and take change an actor by one activity and say what is to be delivered; they verify nothing that needs a key
%% of somebody else: what reaches `take` is known to be its sender's.
%% #{name, key (private), public_keys, outbox, inbox (a log), seen (by actor and id), followers (id -> #{inbox, shared, n}),
%%   following (id -> #{state, follow, n}), blocked (ids), accept (auto | manual), n (counts followers and followed)}
%% INVARIANT: an activity counts once by (actor, id); an id belongs to its actor's origin.
-module(nx_actor).

-export([new/4, publish/3, take/4, id/2, public/1, drop_follower/2, in_order/1, follows/2]).

new(Name, Key, PublicKeys, Options) ->
    #{name => Name, key => Key, public_keys => PublicKeys, outbox => outbox:new(Name), inbox => log:new(), seen => #{},
      followers => #{}, following => #{}, blocked => #{}, accept => proplists:get_value(accept, Options, auto), n => 0}.

%% The actor's address; its bare name while nobody knows where we listen.
id(Name, undefined) -> Name;
id(Name, Base) -> <<Base/binary, "/actors/", Name/binary>>.

public(#{name := Name, public_keys := Keys, outbox := Outbox, inbox := Inbox, followers := Followers, following := Following}) ->
    #{name => Name, public_keys => Keys, tip => outbox:tip(Outbox), inbox_tip => log:tip(Inbox),
      followers => maps:size(Followers), following => length([1 || {_, #{state := accepted}} <- maps:to_list(Following)])}.

%% Keys of a map of #{n}, the newest first.
in_order(Map) -> [K || {_, K} <- lists:reverse(lists:sort([{N, K} || {K, #{n := N}} <- maps:to_list(Map)]))].

follows(Id, #{following := Following}) -> is_map_key(Id, Following).

drop_follower(Id, #{followers := Followers} = Actor) -> Actor#{followers := maps:remove(Id, Followers)}.

%% ---- what it says ----------------------------------------------------------------------------------

%% {ok, Envelope, Jobs, Actor} | {error, Status, Reason}
publish(#{<<"type">> := Type} = Activity, Context, Actor) ->
    case prepare(Type, Activity, Actor) of
        {ok, Prepared, Effect} -> say(Prepared, Effect, Context, Actor);
        {error, _, _} = Error -> Error
    end;
publish(_, _, _) -> {error, 400, missing_type}.

say(Activity, Effect, {Now, Base}, #{name := Name, key := Key, outbox := Outbox} = Actor) ->
    case outbox:publish(Activity, Key, {Now, Base}, Outbox) of
        {ok, Envelope, New} ->
            {Jobs, Actor1} = effect(Effect, Envelope, Actor#{outbox := New}),
            Body = nx_json:encode(Envelope),
            {ok, Envelope, [Job#{from => Name, id => map_get(<<"id">>, Envelope), body => Body} || Job <- Jobs], Actor1};
        {error, _, _} = Error -> Error
    end.

%% The activity as it is said, and what it does to the actor.
prepare(<<"Follow">>, #{<<"object">> := Target} = Activity, _) ->
    case nx_url:parse(Target) of
        {ok, _} -> {ok, Activity, {follow, Target}};
        error -> {error, 400, bad_object}
    end;
prepare(<<"Undo">>, #{<<"object">> := Object} = Activity, #{following := Following} = Actor) ->
    case [{Target, Follow} || {Target, #{follow := Follow}} <- maps:to_list(Following), undoes(Object, Target, Follow)] of
        [{Target, FollowId} | _] ->
            {ok, Follow} = said(FollowId, Actor),
            {ok, Activity#{<<"object">> := Follow}, {unfollow, Target}};
        [] -> {error, 404, unknown_follow}
    end;
prepare(<<"Accept">>, #{<<"object">> := Object} = Activity, #{inbox := Inbox}) ->
    FollowId = case Object of #{<<"id">> := I} -> I; _ -> Object end,
    case [Item || #{item := #{<<"type">> := <<"Follow">>, <<"id">> := Id} = Item} <- log:entries(Inbox), Id =:= FollowId] of
        [Follow | _] -> {ok, Activity#{<<"object">> := Follow}, {accept, Follow}};
        [] -> {error, 404, unknown_follow}
    end;
prepare(<<"Block">>, #{<<"object">> := Target} = Activity, _) when is_binary(Target) -> {ok, Activity, {block, Target}};
prepare(<<"Block">>, _, _) -> {error, 400, bad_object};
prepare(_, Activity, _) -> {ok, Activity, followers}.

undoes(Id, _, Id) -> true;
undoes(#{<<"id">> := Id}, _, Id) -> true;
undoes(#{<<"type">> := <<"Follow">>, <<"object">> := Target}, Target, _) -> true;
undoes(_, _, _) -> false.

said(Id, #{outbox := Outbox}) -> outbox:find(Id, Outbox).

effect({follow, Target}, #{<<"id">> := Id}, #{following := Following, n := N} = Actor) ->
    {[to_actor(Target)], Actor#{following := Following#{Target => #{state => pending, follow => Id, n => N + 1}}, n := N + 1}};
effect({unfollow, Target}, _, #{following := Following} = Actor) ->
    {[to_actor(Target)], Actor#{following := maps:remove(Target, Following)}};
effect({accept, #{<<"actor">> := Follower}}, _, #{followers := Followers, n := N} = Actor) ->
    Known = maps:get(Follower, Followers, #{inbox => ask, shared => none, n => N + 1}),
    {[to_actor(Follower)], Actor#{followers := Followers#{Follower => Known}, n := N + 1}};
effect({block, Target}, _, #{blocked := Blocked} = Actor) ->
    {[], (drop_follower(Target, Actor))#{blocked := Blocked#{Target => []}}};
effect(followers, _, #{followers := Followers} = Actor) -> {to_followers(Followers), Actor}.

to_actor(Id) -> #{origin => nx_url:origin(Id), to => {actor, Id}, follower => none}.

%% Once to each shared inbox, and to the inbox of who has none.
to_followers(Followers) ->
    Jobs = [{address(Id, Follower), Id} || {Id, Follower} <- maps:to_list(Followers)],
    [#{origin => nx_url:origin(Url), to => To, follower => case Kind of shared -> none; _ -> Id end}
     || {{Kind, Url, To}, Id} <- lists:ukeysort(1, Jobs)].

address(_, #{shared := Shared}) when is_binary(Shared) -> {shared, Shared, {inbox, Shared}};
address(_, #{inbox := Inbox}) when is_binary(Inbox) -> {own, Inbox, {inbox, Inbox}};
address(Id, _) -> {own, Id, {actor, Id}}.

%% ---- what it is told -------------------------------------------------------------------------------

%% Envelope is verified; Sender is the document of its actor: {ok, new | known, Jobs, Actor} | {error, Status, Reason}.
take(#{<<"actor">> := From, <<"id">> := Id} = Envelope, Sender, Context, #{seen := Seen, blocked := Blocked, inbox := Inbox} = Actor) ->
    if
        is_map_key({From, Id}, Seen) -> {ok, known, [], Actor};
        is_map_key(From, Blocked) -> {error, 403, blocked};
        true ->
            case react(Envelope, Sender, Context, Actor) of
                {ok, Actor1} -> keep(Envelope, Inbox, Seen, Actor1, Sender, Context);
                {error, _, _} = Error -> Error
            end
    end.

keep(#{<<"actor">> := From, <<"id">> := Id} = Envelope, Inbox, Seen, Actor, Sender, Context) ->
    {_, Inbox1} = log:append(Envelope, Inbox),
    Actor1 = Actor#{inbox := Inbox1, seen := Seen#{{From, Id} => []}},
    {Jobs, Actor2} = answer(Envelope, Sender, Context, Actor1),
    {ok, new, Jobs, Actor2}.

%% May this be said by this sender, and what does it change?
react(#{<<"type">> := <<"Follow">>, <<"object">> := Object}, _, {_, Base}, #{name := Name} = Actor) ->
    case id(Name, Base) of
        Object -> {ok, Actor};
        _ -> {error, 400, not_the_object}
    end;
react(#{<<"type">> := <<"Accept">>, <<"actor">> := From, <<"object">> := Object}, _, {_, Base}, #{name := Name, following := Following} = Actor) ->
    Me = id(Name, Base),
    case {Object, Following} of
        {#{<<"id">> := Follow, <<"actor">> := Me}, #{From := #{follow := Follow} = Known}} ->
            {ok, Actor#{following := Following#{From := Known#{state := accepted}}}};
        _ -> {error, 403, not_followed}
    end;
react(#{<<"type">> := <<"Undo">>, <<"actor">> := From, <<"object">> := Object}, _, _, Actor) ->
    case Object of
        #{<<"type">> := <<"Follow">>, <<"actor">> := From} -> {ok, drop_follower(From, Actor)};
        #{<<"actor">> := From} -> {ok, Actor};
        _ -> {error, 403, not_the_owner}
    end;
react(#{<<"type">> := <<"Delete">>, <<"actor">> := From, <<"object">> := Object}, _, _, Actor) ->
    Id = case Object of #{<<"id">> := I} -> I; _ -> Object end,
    case nx_url:same_origin(From, Id) of
        true -> {ok, Actor};
        false -> {error, 403, not_the_owner}
    end;
react(_, _, _, Actor) -> {ok, Actor}.

%% A Follow is accepted by itself, unless the owner wants to be asked.
answer(#{<<"type">> := <<"Follow">>, <<"actor">> := From} = Follow, #{inbox := To, shared_inbox := Shared}, Context,
       #{accept := auto, followers := Followers, n := N} = Actor) ->
    Actor1 = Actor#{followers := Followers#{From => #{inbox => To, shared => Shared, n => N + 1}}, n := N + 1},
    case say(#{<<"type">> => <<"Accept">>, <<"object">> => Follow}, {accept, Follow}, Context, Actor1) of
        {ok, _, Jobs, Actor2} -> {Jobs, Actor2};
        {error, _, _} -> {[], Actor}           % our key is none: nobody can be accepted
    end;
answer(_, _, _, Actor) -> {[], Actor}.
