%% nx_inbox.erl - what a delivery must be before the kernel hears of it: checks in order, the cheap ones first.
%% Runs in the request's own process, which may wait for the sender's document. The first check that objects decides; each
%% refusal leaves a line in the log.
%% INVARIANT: what is accepted is signed twice by one key of the activity's own actor: the delivery (these bytes, to this
%% address, now) and the envelope (this activity, for whoever gets it).
-module(nx_inbox).

-export([check/3]).

-define(MAX_BODY, 1048576).
-define(MAX_FOLLOW, 16384).        % our Accept has it inside, and anybody may read that

%% To is the actor's name or shared; Kernel undefined: there is none. {accept, Envelope, SenderDocument} | {reject, Status, Reason}.
check(To, Request, Kernel) ->
    Steps = [{signed, fun signed/1},
             {actor, fun(_) -> known(To, Kernel) end},
             {base, fun(Subject) -> based(Subject, Kernel) end},
             {size, fun size/1},
             {type, fun type/1},
             {fields, fun fields/1},
             {fresh, fun fresh/1},
             {body, fun body/1},
             {envelope, fun envelope/1},
             {owner, fun owner/1},
             {signatures, fun(Subject) -> signatures(Subject, Kernel) end}],
    case pipeline:run(Steps, #{request => Request}) of
        {accept, #{envelope := Envelope, sender := Sender}} -> {accept, Envelope, Sender};
        {reject, Status, Reason} ->
            logger:warning("inbox: refused with ~w: ~0tp", [Status, word(Reason)]),
            {reject, Status, Reason}
    end.

%% Only names of our own: nothing of the sender's goes into the log.
word(Reason) when is_tuple(Reason) -> element(1, Reason);
word(Reason) -> Reason.

signed(#{request := #{headers := #{<<"signature">> := _}}}) -> ok;
signed(_) -> {reject, 401, unsigned}.

known(_, undefined) -> {reject, 404, unknown_actor};
known(shared, _) -> ok;
known(Name, Kernel) ->
    case nx_kernel:state_for(Kernel, Name) of
        {ok, _} -> ok;
        {error, unknown_actor} -> {reject, 404, unknown_actor}
    end.

%% While nobody knows where we listen, nothing can be for us.
based(#{} = Subject, Kernel) ->
    case nx_url:parse(nx_kernel:base(Kernel)) of
        {ok, #{host_field := Ours}} -> {ok, Subject#{ours => Ours}};
        error -> {reject, 503, no_base_url}
    end.

size(#{request := #{body := Body}}) when byte_size(Body) > ?MAX_BODY -> {reject, 413, too_large};
size(_) -> ok.

type(#{request := #{headers := #{<<"content-type">> := Type}}}) ->
    case binary:match(Type, <<"json">>) of
        nomatch -> {reject, 415, not_json};
        _ -> ok
    end;
type(_) -> {reject, 415, not_json}.

fields(#{request := Request} = Subject) ->
    case nx_sign:parse(Request) of
        {ok, Claim} -> {ok, Subject#{claim => Claim}};
        {error, Reason} -> {reject, 401, Reason}
    end.

fresh(#{claim := Claim, ours := Ours, request := #{body := Body}}) ->
    case nx_sign:check(Claim, {erlang:system_time(second), Ours}, Body) of
        ok -> ok;
        {error, Reason} -> {reject, 401, Reason}
    end.

body(#{request := #{body := Body}} = Subject) ->
    case nx_json:decode(Body) of
        {ok, #{<<"type">> := <<"Follow">>}} when byte_size(Body) > ?MAX_FOLLOW -> {reject, 413, too_large};
        {ok, Map} when is_map(Map) -> {ok, Subject#{map => Map}};
        {ok, _} -> {reject, 400, not_an_object};
        {error, Reason} -> {reject, 400, Reason}
    end.

envelope(#{map := Map} = Subject) ->
    case envelope:from_map(Map) of
        {ok, Envelope} -> {ok, Subject#{envelope => Envelope}};
        {error, Reason} -> {reject, 400, Reason}
    end.

%% The key that signed the delivery is the actor's, so is the envelope's, and the activity's id is of the actor's origin.
owner(#{envelope := #{<<"actor">> := Actor, <<"id">> := Id} = Envelope, claim := #{key_id := KeyId}}) ->
    Prefix = <<Actor/binary, "#">>,
    case nx_url:parse(Actor) of
        error -> {reject, 400, bad_actor};
        {ok, _} ->
            case {nx_url:begins_with(KeyId, Prefix), Envelope, nx_url:same_origin(Actor, Id)} of
                {false, _, _} -> {reject, 401, not_the_actors_key};
                {_, #{<<"key_id">> := KeyId}, true} -> ok;
                {_, #{<<"key_id">> := _}, true} -> {reject, 401, another_key};
                {_, _, false} -> {reject, 403, foreign_id};
                _ -> {reject, 401, unsigned_envelope}
            end
    end.

%% What does not verify may be signed by a newer key than the one we know: judged once more by a document that is newer than it.
signatures(Subject, Kernel) ->
    case verified(fresh, Subject, Kernel) of
        {reject, 401, _} -> verified(newest, Subject, Kernel);
        Answer -> Answer
    end.

verified(Age, #{envelope := #{<<"actor">> := Actor} = Envelope, claim := Claim} = Subject, Kernel) ->
    case nx_remote:actor(Kernel, Actor, Age) of
        {ok, #{keys := Keys} = Sender} ->
            case {verify_delivery(Claim, Keys), envelope:verify(Envelope, Keys)} of
                {ok, ok} -> {ok, Subject#{sender => Sender}};
                {Delivery, Result} -> refusal(Delivery, Result)
            end;
        {error, busy} -> {reject, 503, too_busy};
        {error, _} -> {reject, 503, sender_unreachable}
    end.

refusal({error, Reason}, _) -> {reject, 401, Reason};
refusal(ok, {error, bad_signature}) -> {reject, 401, bad_envelope_signature};
refusal(ok, {error, Reason}) -> {reject, 401, Reason}.

verify_delivery(#{key_id := KeyId, signature := Signature, bytes := Bytes}, Keys) ->
    case [Public || #{key_id := Id, value := Public} <- Keys, Id =:= KeyId] of
        [] -> {error, unknown_key};
        [Public | _] ->
            try crypto:verify(eddsa, none, Bytes, Signature, [Public, ed25519]) of
                true -> ok;
                false -> {error, bad_signature}
            catch error:_ -> {error, bad_signature}
            end
    end.
