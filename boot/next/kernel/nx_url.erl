%% nx_url.erl - addresses of actors and inboxes: what may be one, and what two have in common.
%% INVARIANT: parse takes only absolute http and https addresses without user, fragment, blanks or control characters, so
%% what it takes means the same to everybody who reads it.
-module(nx_url).

-export([parse/1, origin/1, same_origin/2, begins_with/2, is_private/1]).

-define(MAX_BYTES, 2048).

%% {ok, #{origin, authority, host, path}} | error; path has the query.
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
    Plain = binary:match(Rest, [<<"#">>, <<"@">>, <<"\\">>]) =:= nomatch
        andalso [C || <<C>> <= Rest, C =< 32 orelse C >= 127] =:= []
        andalso [C || <<C>> <= Authority, C >= $A, C =< $Z] =:= [],
    case Plain andalso host(Authority) of
        false -> error;
        <<>> -> error;
        Host -> {ok, #{origin => <<Scheme/binary, Authority/binary>>, authority => Authority, host => Host, path => Path}}
    end.

host(<<"[", Rest/binary>>) -> hd(binary:split(Rest, <<"]">>));
host(Authority) -> hd(binary:split(Authority, <<":">>)).

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
        {ok, #{host := Host}} ->
            Host =:= <<"localhost">> orelse Host =:= <<"::1">>
                orelse lists:any(fun(P) -> begins_with(Host, P) end,
                                 [<<"127.">>, <<"10.">>, <<"192.168.">>, <<"fc">>, <<"fd">>])
                orelse private_172(binary:split(Host, <<".">>, [global]));
        error -> false
    end.

private_172([<<"172">>, Second, _, _]) -> lists:member(Second, [integer_to_binary(N) || N <- lists:seq(16, 31)]);
private_172(_) -> false.
