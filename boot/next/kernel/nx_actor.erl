%% nx_actor.erl - one actor of ours: what it said, what it was told, who follows whom; pure.
%% publish and take change an actor by one activity and say what is to be delivered; they verify nothing that needs a key
%% of somebody else: what reaches `take` is known to be its sender's.
%% #{name, key (private), public_keys, outbox, inbox (a log of #{id, json}), seen (by actor and id), owners (id -> who said it),
%%   followers (nx_people: #{inbox, shared}), asked (actor -> #{follow (its id), seq (its place in the inbox), from
%%   (as in followers)}), asked_by (the follow's id -> actor), following (id -> #{state, follow}), followed (nx_people: those that have accepted),
%%   blocked (id -> the block's id), accept (auto | manual)}
%% INVARIANT: an activity counts once by (actor, id); an id belongs to its actor's origin; asked and asked_by name the same follows,
%% those that were neither undone nor blocked. Nothing here takes longer the more there is in the boxes.
-module(nx_actor).

-export([new/4, publish/3, take/5, rotate/4, id/2, public/1, drop_reached/2, follows/2]).

new(Name, Key, PublicKeys, Options) ->
    #{name => Name, key => Key, public_keys => PublicKeys, outbox => outbox:new(Name), inbox => log:new(), seen => #{}, owners => #{},
      followers => nx_people:new(), asked => #{}, asked_by => #{}, following => #{}, followed => nx_people:new(), blocked => #{},
      accept => proplists:get_value(accept, Options, auto)}.

%% The actor's address; its bare name while nobody knows where we listen.
id(Name, undefined) -> Name;
id(Name, Base) -> <<Base/binary, "/actors/", Name/binary>>.

public(#{name := Name, public_keys := Keys, outbox := Outbox, inbox := Inbox, followers := Followers, followed := Followed}) ->
    #{name => Name, public_keys => Keys, tip => outbox:tip(Outbox), inbox_tip => log:tip(Inbox),
      followers => nx_people:size(Followers), following => nx_people:size(Followed)}.

follows(Id, #{following := Following}) -> is_map_key(Id, Following).

%% Without the followers that are reached at Where, the `reaches` of a job.
drop_reached({actor, Id}, Actor) -> drop_follower(Id, Actor);
drop_reached(Where, #{followers := Followers} = Actor) ->
    lists:foldl(fun({Id, Follower}, A) ->
                    case address(Follower) of {Where, _} -> drop_follower(Id, A); _ -> A end
                end, Actor, nx_people:to_list(Followers)).

drop_follower(Id, #{followers := Followers} = Actor) -> forget_asked(Id, Actor#{followers := nx_people:remove(Id, Followers)}).

%% From now on Key signs, and nothing else verifies; followers are told by an Update that it signs. As publish.
rotate(Key, PublicKeys, {_, Base} = Context, #{name := Name} = Actor) ->
    publish(#{<<"type">> => <<"Update">>, <<"object">> => id(Name, Base)}, Context, Actor#{key := Key, public_keys := PublicKeys}).

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
            {ok, Envelope, [Job#{from => Name, id => map_get(<<"id">>, Envelope), key_id => map_get(<<"key_id">>, Envelope), body => Body} || Job <- Jobs], Actor1};
        {error, _, _} = Error -> Error
    end.

%% The activity as it is said, and what it does to the actor.
prepare(<<"Follow">>, #{<<"object">> := Target} = Activity, _) ->
    case nx_url:parse(Target) of
        {ok, _} -> {ok, Activity, {follow, Target}};
        error -> {error, 400, bad_object}
    end;
prepare(<<"Undo">>, #{<<"object">> := Object} = Activity, Actor) ->
    case undone(Object, Actor) of
        {Effect, Id} ->
            {ok, Said} = said(Id, Actor),
            {ok, Activity#{<<"object">> := Said}, Effect};
        none -> {error, 404, unknown_follow}
    end;
prepare(<<"Accept">>, #{<<"object">> := Object} = Activity, #{asked := Asked, asked_by := By, inbox := Inbox}) ->
    case maps:find(id_of(Object), By) of
        {ok, From} ->
            #{From := #{seq := Seq}} = Asked,
            {ok, #{item := #{json := Json}}} = log:entry(Seq, Inbox),
            {ok, Follow} = nx_json:decode(Json),
            {ok, Activity#{<<"object">> := Follow}, {accept, Follow}};
        error -> {error, 404, unknown_follow}
    end;
prepare(<<"Block">>, #{<<"object">> := Target} = Activity, _) ->
    case nx_url:parse(Target) of
        {ok, _} -> {ok, Activity, {block, Target}};
        error -> {error, 400, bad_object}
    end;
prepare(_, Activity, _) -> {ok, Activity, followers}.

id_of(#{<<"id">> := Id}) -> Id;
id_of(Object) -> Object.

%% What an Undo takes back, and the id of what was said: a Follow or a Block, by its id, whole, or by its type and object.
undone(#{<<"type">> := <<"Follow">>, <<"object">> := Target}, #{following := Following}) when is_map_key(Target, Following) ->
    #{Target := #{follow := Id}} = Following,
    {{unfollow, Target}, Id};
undone(#{<<"type">> := <<"Block">>, <<"object">> := Target}, #{blocked := Blocked}) when is_map_key(Target, Blocked) ->
    {{unblock, Target}, map_get(Target, Blocked)};
undone(Object, #{following := Following, blocked := Blocked} = Actor) ->
    case said(id_of(Object), Actor) of
        {ok, #{<<"type">> := <<"Follow">>, <<"object">> := Target, <<"id">> := Id}} ->
            case Following of #{Target := #{follow := Id}} -> {{unfollow, Target}, Id}; #{} -> none end;
        {ok, #{<<"type">> := <<"Block">>, <<"object">> := Target, <<"id">> := Id}} ->
            case Blocked of #{Target := Id} -> {{unblock, Target}, Id}; #{} -> none end;
        _ -> none
    end.

said(Id, #{outbox := Outbox}) -> outbox:find(Id, Outbox).

effect({follow, Target}, #{<<"id">> := Id}, #{following := Following, followed := Followed} = Actor) ->
    {[to_actor(Target)], Actor#{following := Following#{Target => #{state => pending, follow => Id}}, followed := nx_people:remove(Target, Followed)}};
effect({unfollow, Target}, _, Actor) -> {[to_actor(Target)], drop_followed(Target, Actor)};
effect({accept, #{<<"actor">> := Follower}}, _, #{followers := Followers, asked := Asked} = Actor) ->
    #{Follower := #{from := Where}} = Asked,
    {[to_actor(Follower)], Actor#{followers := nx_people:put(Follower, Where, Followers)}};
effect({block, Target}, #{<<"id">> := Id}, #{blocked := Blocked} = Actor) ->
    {[], (drop_followed(Target, drop_follower(Target, Actor)))#{blocked := Blocked#{Target => Id}}};
effect({unblock, Target}, _, #{blocked := Blocked} = Actor) -> {[], Actor#{blocked := maps:remove(Target, Blocked)}};
effect(followers, _, #{followers := Followers} = Actor) -> {to_followers(Followers), Actor}.

drop_followed(Target, #{following := Following, followed := Followed} = Actor) ->
    Actor#{following := maps:remove(Target, Following), followed := nx_people:remove(Target, Followed)}.

to_actor(Id) -> #{origin => nx_url:origin(Id), to => {actor, Id}, reaches => {actor, Id}}.

%% Once to each shared inbox, and to the inbox of who has none.
to_followers(Followers) ->
    Addresses = lists:usort([address(Follower) || {_, Follower} <- nx_people:to_list(Followers)]),
    [#{origin => nx_url:origin(Url), to => To, reaches => Where} || {{_, Url} = Where, To} <- Addresses].

%% Where a follower is reached, and what is to be delivered to.
address(#{shared := Shared}) when is_binary(Shared) -> {{shared, Shared}, {inbox, Shared}};
address(#{inbox := Inbox}) -> {{own, Inbox}, {inbox, Inbox}}.

%% ---- what it is told -------------------------------------------------------------------------------

%% Envelope is verified, Json its canonical bytes; Sender is the document of its actor:
%% {ok, new | known, Jobs, Actor} | {error, Status, Reason}.
take(#{<<"actor">> := From, <<"id">> := Id} = Envelope, Json, Sender, Context, #{seen := Seen, blocked := Blocked} = Actor) ->
    if
        is_map_key({From, Id}, Seen) -> {ok, known, [], Actor};
        is_map_key(From, Blocked) -> {error, 403, blocked};
        true ->
            case react(Envelope, Context, Actor) of
                {ok, Actor1} ->
                    {Jobs, Actor2} = answer(Envelope, Sender, Context, keep(Envelope, Json, Actor1)),
                    {ok, new, Jobs, Actor2};
                {error, _, _} = Error -> Error
            end
    end.

keep(#{<<"actor">> := From, <<"id">> := Id} = Envelope, Json, #{inbox := Inbox, seen := Seen, owners := Owners} = Actor) ->
    {_, Inbox1} = log:append(#{id => Id, json => Json}, Inbox),
    Owners1 = lists:foldl(fun(I, O) when is_map_key(I, O) -> O; (I, O) -> O#{I => From} end, Owners, [Id | created(Envelope)]),
    Actor#{inbox := Inbox1, seen := Seen#{{From, Id} => []}, owners := Owners1}.

%% The id of what a Create brings.
created(#{<<"type">> := <<"Create">>, <<"actor">> := From, <<"object">> := #{<<"id">> := Id}}) ->
    case nx_url:same_origin(From, Id) of true -> [Id]; false -> [] end;
created(_) -> [].

%% May this be said by this sender, and what does it change?
react(#{<<"type">> := <<"Follow">>, <<"actor">> := From, <<"id">> := Id, <<"object">> := Object}, {_, Base},
      #{name := Name, asked_by := By} = Actor) ->
    case {id(Name, Base), By} of
        {Object, #{Id := Other}} when Other =/= From -> {error, 403, foreign_id};
        {Object, _} -> {ok, Actor};
        _ -> {error, 400, not_the_object}
    end;
react(#{<<"type">> := <<"Accept">>, <<"actor">> := From, <<"object">> := Object}, {_, Base},
      #{name := Name, following := Following, followed := Followed} = Actor) ->
    Me = id(Name, Base),
    case {Object, Following} of
        {#{<<"id">> := Follow, <<"actor">> := Me}, #{From := #{follow := Follow} = Known}} ->
            {ok, Actor#{following := Following#{From := Known#{state := accepted}}, followed := nx_people:put(From, [], Followed)}};
        _ -> {error, 403, not_followed}
    end;
react(#{<<"type">> := <<"Undo">>, <<"actor">> := From, <<"object">> := Object}, {_, Base}, #{name := Name} = Actor) ->
    Me = id(Name, Base),
    case Object of
        #{<<"type">> := <<"Follow">>, <<"actor">> := From, <<"object">> := Me} -> {ok, drop_follower(From, Actor)};
        #{<<"actor">> := From} -> {ok, Actor};
        _ -> {error, 403, not_the_owner}
    end;
react(#{<<"type">> := Type, <<"actor">> := From, <<"object">> := Object}, _, #{owners := Owners} = Actor)
  when Type =:= <<"Delete">>; Type =:= <<"Update">> ->
    Id = id_of(Object),
    case Owners of
        #{Id := From} -> {ok, Actor};
        #{Id := _} -> {error, 403, not_the_owner};
        #{} ->
            case nx_url:same_origin(From, Id) of
                true when Id =:= From, Type =:= <<"Delete">> -> {ok, drop_follower(From, Actor)};
                true -> {ok, Actor};
                false -> {error, 403, not_the_owner}
            end
    end;
react(_, _, Actor) -> {ok, Actor}.

%% A Follow is accepted by itself, unless the owner wants to be asked.
answer(#{<<"type">> := <<"Follow">>, <<"actor">> := From, <<"id">> := Id} = Follow, #{inbox := To, shared_inbox := Shared}, Context,
       #{accept := Accept, inbox := Inbox} = Actor) ->
    #{asked := Asked, asked_by := By} = Forgotten = forget_asked(From, Actor),
    Ask = #{follow => Id, seq => log:tip(Inbox), from => #{inbox => To, shared => Shared}},
    Actor1 = Forgotten#{asked := Asked#{From => Ask}, asked_by := By#{Id => From}},
    case Accept of
        auto ->
            case say(#{<<"type">> => <<"Accept">>, <<"object">> => Follow}, {accept, Follow}, Context, Actor1) of
                {ok, _, Jobs, Actor2} -> {Jobs, Actor2};
                {error, _, _} -> {[], Actor1}      % our key is none: nobody can be accepted
            end;
        _ -> {[], Actor1}
    end;
answer(_, _, _, Actor) -> {[], Actor}.

forget_asked(From, #{asked := Asked, asked_by := By} = Actor) ->
    case Asked of
        #{From := #{follow := Old}} -> Actor#{asked := maps:remove(From, Asked), asked_by := maps:remove(Old, By)};
        #{} -> Actor
    end.
