%% nx_keys.erl - where an actor's keys come from: made, kept in a file, or given.
%% INVARIANT: what leaves here has its private part in a function (envelope:hidden), so that no report shows it.
-module(nx_keys).

-export([take/2, public/1]).

%% Spec is generate (a fresh Ed25519 key pair), {key_file, Path} (kept there, made when it is not), or [{key_id, Id},
%% {algorithm, ed25519}, {value, PrivateKey}]; Id is the name of a key whose specification gives none.
%% {ok, Key, PublicKeys} | {error, bad_key_spec | {key_file, Reason}}; the public keys are known only where we made the pair.
take(Spec, Id) ->
    case key(Spec, Id) of
        {ok, #{value := Private} = Key, Public} -> {ok, Key#{value := envelope:hidden(Private)}, Public};
        {error, _} = Error -> Error
    end.

key(generate, Id) ->
    {_, Private} = crypto:generate_key(eddsa, ed25519),
    pair(Private, Id);
key({key_file, Path}, Id) -> key_file(Path, Id);
key(Spec, Id) when is_list(Spec) ->
    case proplists:get_value(key_file, Spec) of
        undefined -> {ok, envelope:key(Spec), []};
        Path -> key_file(Path, Id)
    end;
key(_, _) -> {error, bad_key_spec}.

pair(Private, Id) ->
    {Public, Private} = crypto:generate_key(eddsa, ed25519, Private),
    {ok, envelope:key([{key_id, Id}, {value, Private}]),
     [envelope:key([{key_id, Id}, {created, erlang:system_time(second)}, {value, Public}])]}.

%% The file holds the private key in base64 and a line's end; only its owner may read it. It appears whole or not at all; of two
%% who make it at once, one has made it and both take it.
key_file(Path, Id) ->
    case file:read_file(Path) of
        {ok, Text} ->
            try base64:decode(string:trim(Text)) of
                <<_:32/binary>> = Private -> pair(Private, Id);
                _ -> {error, {key_file, bad_key}}
            catch error:_ -> {error, {key_file, bad_key}}
            end;
        {error, enoent} ->
            {_, Private} = crypto:generate_key(eddsa, ed25519),
            case file:write_new_secret(Path, [base64:encode(Private), $\n]) of
                ok -> pair(Private, Id);
                {error, eexist} -> made_meanwhile(Path, Id);
                {error, Reason} -> {error, {key_file, Reason}}
            end;
        {error, Reason} -> {error, {key_file, Reason}}
    end.

%% A link that leads nowhere exists as well, but cannot be read.
made_meanwhile(Path, Id) ->
    case file:read_file(Path) of
        {ok, _} -> key_file(Path, Id);
        {error, _} -> {error, {key_file, eexist}}
    end.

%% Public keys as an actor's options give them: {ok, Keys} | error.
public(Options) ->
    case proplists:get_value(public_keys, Options, []) of
        Keys when is_list(Keys) ->
            case lists:all(fun is_list/1, Keys) of
                true -> {ok, [envelope:key(Key) || Key <- Keys]};
                false -> error
            end;
        _ -> error
    end.
