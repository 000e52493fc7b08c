%% envelope.erl - an activity with who says so.
%% An envelope is a map with text keys (binaries), as it travels: id, actor, type, object, published, and once signed
%% key_id and signature (base64). Whatever other members it has are signed too; no text of it ever becomes an atom.
%% What is signed is `canonical`: a prefix that says what kind of thing this is, then everything but the signature itself
%% as canonical JSON (RFC 8785).
-module(envelope).

-export([build/4, canonical/1, sign/2, sign/3, verify/2, is_signed/1, from_map/1, key/1, hidden/1, reveal/1, text/1]).

-define(PREFIX, <<"next-kernel envelope 1\n">>).
-define(REQUIRED, [<<"id">>, <<"actor">>, <<"type">>, <<"object">>, <<"published">>]).

%% Actor and Type are atoms or text, Published is seconds since 1970, Object any JSON value.
build(Actor, Type, Object, #{id := Id, published := Published}) ->
    #{<<"id">> => Id, <<"actor">> => text(Actor), <<"type">> => text(Type), <<"object">> => Object,
      <<"published">> => Published}.

%% {ok, Envelope} when the members that count are there and of the right kind, else {error, Reason}.
from_map(#{<<"id">> := Id, <<"actor">> := Actor, <<"type">> := Type, <<"published">> := Published} = Map)
  when is_binary(Id), is_binary(Actor), is_binary(Type), is_integer(Published), is_map_key(<<"object">>, Map) ->
    {ok, Map};
from_map(Map) when is_map(Map) ->
    case [K || K <- ?REQUIRED, not is_map_key(K, Map)] of
        [K | _] -> {error, {missing, K}};
        [] -> {error, bad_member}
    end;
from_map(_) -> {error, not_an_object}.

canonical(Envelope) ->
    <<?PREFIX/binary, (nx_json:encode(maps:remove(<<"signature">>, Envelope)))/binary>>.

is_signed(#{<<"signature">> := Signature}) when is_binary(Signature), Signature =/= <<>> -> true;
is_signed(_) -> false.

%% Key is what key/1 makes. {ok, Signed} | {error, bad_key}.
sign(Envelope, #{key_id := KeyId, algorithm := ed25519, value := Private}) ->
    sign(Envelope, KeyId, fun(Bytes) ->
                              try {ok, crypto:sign(eddsa, none, Bytes, [reveal(Private), ed25519])}
                              catch error:_ -> {error, bad_key}
                              end
                          end);
sign(_, _) -> {error, bad_key}.

%% The same by Sign, which answers {ok, Signature} | {error, Reason} to bytes. A signature that is there is replaced.
sign(Envelope, KeyId, Sign) ->
    Named = Envelope#{<<"key_id">> => KeyId},
    case Sign(canonical(Named)) of
        {ok, Signature} -> {ok, Named#{<<"signature">> => base64:encode(Signature)}};
        {error, _} = Error -> Error
    end.

%% Keys are public keys as key/1 makes them. ok | {error, unsigned | unknown_key | bad_signature}.
%% A key that is no real one verifies nothing.
verify(#{<<"signature">> := Encoded, <<"key_id">> := KeyId} = Envelope, Keys)
  when is_binary(Encoded), is_binary(KeyId) ->
    case [Public || #{key_id := Id, value := Public} <- Keys, Id =:= KeyId] of
        [Public | _] -> check(Envelope, Encoded, Public);
        [] -> {error, unknown_key}
    end;
verify(_, _) -> {error, unsigned}.

check(Envelope, Encoded, Public) ->
    try crypto:verify(eddsa, none, canonical(Envelope), base64:decode(Encoded), [Public, ed25519]) of
        true -> ok;
        false -> {error, bad_signature}
    catch error:_ -> {error, bad_signature}
    end.

%% A key from the property list that configures it: key_id or id, algorithm (ed25519 unless told), value, created.
key(Properties) ->
    Id = proplists:get_value(key_id, Properties, proplists:get_value(id, Properties, <<>>)),
    #{key_id => text(Id),
      algorithm => proplists:get_value(algorithm, Properties, ed25519),
      created => proplists:get_value(created, Properties, 0),
      value => proplists:get_value(value, Properties, <<>>)}.

%% A secret inside a function: it is nowhere to be seen when a report prints what holds it.
hidden(Secret) -> fun() -> Secret end.
reveal(Secret) when is_function(Secret, 0) -> Secret();
reveal(Secret) -> Secret.

%% Names are atoms, strings or binaries in programs, and binaries everywhere else.
text(T) when is_binary(T) -> T;
text(T) when is_atom(T) -> atom_to_binary(T, utf8);
text(T) when is_list(T) -> unicode:characters_to_binary(T).
