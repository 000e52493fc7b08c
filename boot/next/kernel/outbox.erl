%% outbox.erl - what an actor says: built, signed, checked, appended.
%% An outbox is the actor's name and the log of its envelopes; the key is the caller's and never kept here.
-module(outbox).

-export([new/1, publish/4, tip/1, items/3, item/2, find/2]).

-define(TYPES, [<<"Create">>, <<"Update">>, <<"Delete">>, <<"Follow">>, <<"Accept">>, <<"Undo">>, <<"Block">>,
                <<"Announce">>, <<"Like">>]).

new(Name) -> #{name => Name, log => log:new()}.

%% Activity is a map with text keys, type and object; Now is seconds since 1970, Base where our actors are.
%% {ok, Envelope, Outbox} | {error, Status, Reason}, and then nothing has changed.
publish(Activity, Key, {Now, Base}, #{name := Name, log := Log} = Outbox) ->
    Actor = nx_actor:id(Name, Base),
    Id = id(Name, Base, log:tip(Log) + 1),
    Steps = [{type, fun known_type/1},
             {object, fun has_object/1},
             {build, fun(A) -> {ok, build(Actor, A, Id, Now)} end},
             {bytes, fun encodable/1},
             {sign, fun(E) -> signed(envelope:sign(E, named(Key, Actor, Base))) end}],
    case pipeline:run(Steps, Activity) of
        {accept, Envelope} ->
            {_, Log1} = log:append(Envelope, Log),
            {ok, Envelope, Outbox#{log := Log1}};
        {reject, Status, Reason} -> {error, Status, Reason}
    end.

id(Name, undefined, Seq) -> id(Name, <<>>, Seq);
id(Name, Base, Seq) -> <<Base/binary, "/actors/", Name/binary, "/outbox/", (integer_to_binary(Seq))/binary>>.

%% The key by the name that others know it by.
named(Key, _, undefined) -> Key;
named(#{key_id := KeyId} = Key, Actor, _) -> Key#{key_id := <<Actor/binary, "#", KeyId/binary>>}.

known_type(#{<<"type">> := Type}) when is_binary(Type) ->
    case lists:member(Type, ?TYPES) of
        true -> ok;
        false -> {reject, 400, unknown_type}
    end;
known_type(_) -> {reject, 400, missing_type}.

has_object(#{<<"object">> := _}) -> ok;
has_object(_) -> {reject, 400, missing_object}.

%% Other members of the activity go along, and are signed.
build(Actor, #{<<"type">> := Type, <<"object">> := Object} = Activity, Id, Now) ->
    maps:merge(maps:without([<<"signature">>, <<"key_id">>], Activity),
               envelope:build(Actor, Type, Object, #{id => Id, published => Now})).

encodable(Envelope) ->
    try envelope:canonical(Envelope) of _ -> ok
    catch error:_ -> {reject, 400, unencodable}
    end.

signed({ok, _} = Signed) -> Signed;
signed({error, Reason}) -> {reject, 500, Reason}.

%% The number of envelopes.
tip(#{log := Log}) -> log:tip(Log).

%% At most Count envelopes from number From on.
items(From, Count, #{log := Log}) -> [Item || #{item := Item} <- log:slice(From, Count, Log)].

%% {ok, Envelope} | error
item(Seq, #{log := Log}) ->
    case log:entry(Seq, Log) of
        {ok, #{item := Item}} -> {ok, Item};
        error -> error
    end.

%% {ok, Envelope} | error, by its id, which ends with its number.
find(Id, Outbox) when is_binary(Id) ->
    case number(lists:last(binary:split(Id, <<"/">>, [global])), Outbox) of
        {ok, #{<<"id">> := Id} = Envelope} -> {ok, Envelope};
        _ -> error
    end;
find(_, _) -> error.

number(Digits, Outbox) when byte_size(Digits) < 15 ->
    try item(binary_to_integer(Digits), Outbox)
    catch error:badarg -> error
    end;
number(_, _) -> error.
