%% nx_url.erl - addresses of actors and inboxes: what may be one, and what two have in common.
%% INVARIANT: parse takes only absolute http and https addresses without user, fragment, blanks or control characters, so
%% what it takes means the same to everybody who reads it.
-module(nx_url).

-export([parse/1, origin/1, same_origin/2, begins_with/2, is_private/1]).

-define(MAX_BYTES, 2048).

%% {ok, #{origin, host, host_field, path}} | error; host_field is what a client's host field says, path has the query.
parse(Url) when is_binary(Url), byte_size(Url) =< ?MAX_BYTES ->
    case Url of
        <<"http://", Rest/binary>> -> parse(<<"http://">>, Rest);
        <<"https://", Rest/binary>> -> parse(<<"https://">>, Rest);
        _ -> error
    end;
parse(_) -> error.

parse(Scheme, Rest) ->
    {Authority, Path} = case binary:match(Rest, [<<"/">>, <<"?">>]) of
                            {At, 1} -> {binary:part(Rest, 0, At), binary:part(Rest, At, byte_size(Rest) - At)};
                            nomatch -> {Rest, <<"/">>}
                        end,
    case plain_path(Path) andalso host(Authority) of
        false -> error;
        Host ->
            {ok, #{origin => <<Scheme/binary, Authority/binary>>, host => Host, path => Path,
                   host_field => without_default_port(Scheme, Authority)}}
    end.

without_default_port(Scheme, Authority) ->
    Port = case Scheme of <<"http://">> -> <<":80">>; _ -> <<":443">> end,
    Size = byte_size(Authority) - byte_size(Port),
    case Authority of
        <<Name:Size/binary, Port/binary>> when Size > 0 -> Name;
        _ -> Authority
    end.

%% As it is sent: printable ASCII, and no segment that a client would take out (. and .. in any spelling).
plain_path(<<"/", _/binary>> = Path) ->
    binary:match(Path, [<<"#">>, <<"\\">>]) =:= nomatch
        andalso [C || <<C>> <= Path, C =< 32 orelse C >= 127] =:= []
        andalso re:run(Path, <<"^[^?]*/(\\.|%2e){1,2}(/|\\?|$)">>, [caseless, {capture, none}]) =:= nomatch;
plain_path(_) -> false.

%% A name, an IPv4 address or [IPv6], and perhaps a port; false for anything else. Names are lower case, so that one host has one spelling.
host(Authority) ->
    case re:run(Authority, <<"^([a-z0-9._-]+|\\[[0-9a-f:.]+\\])(:[1-9][0-9]{0,4})?\\z">>, [{capture, [1], binary}]) of
        {match, [<<"[", Address/binary>>]} -> binary:part(Address, 0, byte_size(Address) - 1);
        {match, [Host]} -> Host;
        nomatch -> false
    end.

%% <<"http://host:port">>, or error.
origin(Url) ->
    case parse(Url) of
        {ok, #{origin := Origin}} -> Origin;
        error -> error
    end.

same_origin(A, B) ->
    Origin = origin(A),
    Origin =/= error andalso Origin =:= origin(B).

begins_with(Text, Prefix) ->
    N = byte_size(Prefix),
    is_binary(Text) andalso byte_size(Text) >= N andalso binary:part(Text, 0, N) =:= Prefix.

%% Is the host one of this machine or its neighbours, as far as its name says? Asked of our own address only.
is_private(Url) ->
    case parse(Url) of
        {ok, #{host := Host}} -> Host =:= <<"localhost">> orelse http:address_reach(Host) =:= private;
        error -> false
    end.
