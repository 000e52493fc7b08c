%% nx_remote.erl - actors of other hosts: their documents, fetched when they are needed and kept by the kernel.
%% Runs in the caller's process, which waits for the network; the kernel only remembers.
%% INVARIANT: a document is used only if it names itself as it was asked for, and its inbox and keys are of its own origin.
-module(nx_remote).

-export([actor/2, refresh/2, addresses/1]).

-define(TIMEOUT_MS, 5000).
-define(MAX_BYTES, 262144).
-define(MAX_KEYS, 16).

%% {ok, #{id, inbox, shared_inbox, keys}} | {error, Reason}; shared_inbox may be none, keys are as envelope:key makes them.
actor(Kernel, Id) ->
    case nx_kernel:remembered(Kernel, Id) of
        {ok, Document} -> {ok, Document};
        none -> fetch(Kernel, Id)
    end.

%% Ask again, if it was not asked a moment ago: {ok, Document} | too_soon | {error, Reason}.
refresh(Kernel, Id) ->
    case nx_kernel:may_refresh(Kernel, Id) of
        true -> fetch(Kernel, Id);
        false -> too_soon
    end.

%% Where requests to addresses of others' choosing may go: this machine and its neighbours only when we are there too.
addresses(Kernel) ->
    case nx_kernel:base(Kernel) of
        Base when is_binary(Base) ->
            case nx_url:is_private(Base) of true -> private; false -> public end;
        _ -> public
    end.

fetch(Kernel, Id) ->
    case nx_url:parse(Id) of
        {ok, _} ->
            Answer = http:request(#{url => Id, headers => #{<<"accept">> => <<"application/json">>}, timeout_ms => ?TIMEOUT_MS,
                                    redirects => 0, proxy => false, addresses => addresses(Kernel), body_limit => ?MAX_BYTES}),
            case document(Id, Answer) of
                {ok, Document} ->
                    nx_kernel:remember(Kernel, Id, Document),
                    {ok, Document};
                {error, _} = Error -> Error
            end;
        error -> {error, bad_address}
    end.

document(Id, {ok, #{status := 200, body := Body}}) ->
    case nx_json:decode(Body) of
        {ok, #{<<"id">> := Id, <<"inbox">> := Inbox, <<"publicKeys">> := Keys} = Map} when is_list(Keys), length(Keys) =< ?MAX_KEYS ->
            case nx_url:same_origin(Id, Inbox) of
                true -> {ok, #{id => Id, inbox => Inbox, shared_inbox => shared(Id, Map), keys => lists:flatmap(fun(K) -> key(Id, K) end, Keys)}};
                false -> {error, foreign_inbox}
            end;
        _ -> {error, bad_document}
    end;
document(_, {ok, #{status := Status}}) -> {error, {status, Status}};
document(_, {error, {Step, Reason, _}}) -> {error, {Step, Reason}}.

shared(Id, #{<<"sharedInbox">> := Shared}) ->
    case nx_url:same_origin(Id, Shared) of true -> Shared; false -> none end;
shared(_, _) -> none.

key(Id, #{<<"id">> := KeyId, <<"owner">> := Id, <<"value">> := Encoded}) when is_binary(KeyId), is_binary(Encoded) ->
    try base64:decode(Encoded) of
        Value when byte_size(Value) =:= 32 -> [envelope:key([{key_id, KeyId}, {value, Value}])];
        _ -> []
    catch error:_ -> []
    end;
key(_, _) -> [].
