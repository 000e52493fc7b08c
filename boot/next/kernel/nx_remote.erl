%% nx_remote.erl - actors of other hosts: where their documents come from and what one must be.
%% Ours are the kernel's to say; others' are kept and fetched by nx_documents, for which `fetch` runs.
%% INVARIANT: a document is used only if it names itself as it was asked for, and its inbox and keys are its own: the inbox of its
%% origin, the keys' names its address and a fragment. Nothing that is kept holds on to the text that it came in.
-module(nx_remote).

-export([actor/3, fetch/2, addresses/1]).

-define(TIMEOUT_MS, 5000).
-define(MAX_BYTES, 262144).
-define(MAX_KEYS, 16).
-define(MAX_KEY_ID, 2304).         % an address and a fragment

%% Age: as nx_documents:get takes it. {ok, #{id, inbox, shared_inbox, keys}} | {error, Reason}; shared_inbox may be none, keys
%% are as envelope:key makes them.
actor(Kernel, Id, Age) ->
    case nx_kernel:whose(Kernel, Id) of
        {ours, Document} -> {ok, Document};
        {of_others, Documents, Base} ->
            case nx_url:parse(Id) of
                {ok, _} -> nx_documents:get(Documents, Id, Age, addresses(Base));
                error -> {error, bad_address}
            end
    end.

%% Where requests to addresses of others' choosing may go: this machine and its neighbours only when our base is there too.
addresses(Base) when is_binary(Base) ->
    case nx_url:is_private(Base) of true -> private; false -> public end;
addresses(_) -> public.

%% {ok, Document} | {error, Reason}; waits for the network.
fetch(Id, Addresses) ->
    document(Id, http:request(#{url => Id, headers => #{<<"accept">> => <<"application/json">>}, timeout_ms => ?TIMEOUT_MS,
                                redirects => 0, proxy => false, addresses => Addresses, body_limit => ?MAX_BYTES})).

document(Id, {ok, #{status := 200, body := Body}}) ->
    case nx_json:decode(Body) of
        {ok, #{<<"id">> := Id, <<"inbox">> := Inbox, <<"publicKeys">> := Keys} = Map} when is_list(Keys), length(Keys) =< ?MAX_KEYS ->
            case nx_url:same_origin(Id, Inbox) of
                true -> {ok, #{id => Id, inbox => binary:copy(Inbox), shared_inbox => shared(Id, Map), keys => lists:flatmap(fun(K) -> key(Id, K) end, Keys)}};
                false -> {error, foreign_inbox}
            end;
        _ -> {error, bad_document}
    end;
document(_, {ok, #{status := Status}}) -> {error, {status, Status}};
document(_, {error, {Step, Reason, _}}) -> {error, {Step, Reason}}.

shared(Id, #{<<"sharedInbox">> := Shared}) ->
    case nx_url:same_origin(Id, Shared) of true -> binary:copy(Shared); false -> none end;
shared(_, _) -> none.

key(Id, #{<<"id">> := KeyId, <<"owner">> := Id, <<"value">> := Encoded}) when is_binary(KeyId), byte_size(KeyId) =< ?MAX_KEY_ID, is_binary(Encoded) ->
    try base64:decode(Encoded) of
        Value when byte_size(Value) =:= 32 ->
            case nx_url:begins_with(KeyId, <<Id/binary, "#">>) of
                true -> [envelope:key([{key_id, binary:copy(KeyId)}, {value, binary:copy(Value)}])];
                false -> []
            end;
        _ -> []
    catch error:_ -> []
    end;
key(_, _) -> [].
