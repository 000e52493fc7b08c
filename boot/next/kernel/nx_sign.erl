%% nx_sign.erl - the signature of a delivery: who sends these exact bytes to this address, now.
%% What is signed is a prefix, then a line for each of method, path, host, date, content-type and the digest of the body.
%%   signature: keyId="ACTOR#KEY",algorithm="ed25519",signature="BASE64"
%% The clock is the caller's; a date more than WINDOW seconds off is stale.
-module(nx_sign).

-export([headers/6, parse/1, check/3, signing_bytes/1, seconds/1]).

-define(PREFIX, <<"next-kernel delivery 1\n">>).
-define(WINDOW, 300).

%% Header fields for a delivery of Body to Url at Now (seconds since 1970); Sign makes a signature of bytes:
%% {ok, Signature} | {error, Reason}, and the answer is the same kind.
headers(Method, Url, Type, Body, {KeyId, Now}, Sign) ->
    {ok, #{host_field := Host, path := Path}} = nx_url:parse(Url),
    Parts = #{method => Method, path => Path, host => Host, date => date(Now), type => Type, digest => digest(Body)},
    case Sign(signing_bytes(Parts)) of
        {ok, Signature} ->
            {ok, #{<<"date">> => map_get(date, Parts), <<"content-type">> => Type, <<"digest">> => map_get(digest, Parts),
                   <<"signature">> => iolist_to_binary(["keyId=\"", KeyId, "\",algorithm=\"ed25519\",signature=\"",
                                                        base64:encode(Signature), "\""])}};
        {error, _} = Error -> Error
    end.

signing_bytes(#{method := Method, path := Path, host := Host, date := Date, type := Type, digest := Digest}) ->
    iolist_to_binary([?PREFIX, Method, $\s, Path, "\nhost: ", Host, "\ndate: ", Date, "\ncontent-type: ", Type,
                      "\ndigest: ", Digest, "\n"]).

digest(Body) -> <<"sha-256=", (base64:encode(crypto:hash(sha256, Body)))/binary>>.

%% {ok, #{key_id, signature, bytes, date, host, digest}} of a request, or {error, Reason}: what it claims, not yet proved.
parse(#{method := Method, path := Path, query := Query, headers := Headers}) ->
    case Headers of
        #{<<"signature">> := Field, <<"date">> := Date, <<"host">> := Host, <<"content-type">> := Type, <<"digest">> := Digest} ->
            Full = case Query of <<>> -> Path; _ -> <<Path/binary, $?, Query/binary>> end,
            Bytes = signing_bytes(#{method => Method, path => Full, host => Host, date => Date, type => Type, digest => Digest}),
            case {field(Field), seconds(Date)} of
                {{ok, KeyId, Signature}, {ok, At}} ->
                    {ok, #{key_id => KeyId, signature => Signature, bytes => Bytes, date => At, host => Host, digest => Digest}};
                {_, error} -> {error, bad_date};
                {error, _} -> {error, bad_signature_field}
            end;
        #{<<"signature">> := _} -> {error, missing_field};
        #{} -> {error, unsigned}
    end.

field(Field) ->
    case re:run(Field, <<"^keyId=\"([^\"]{1,2048})\",algorithm=\"ed25519\",signature=\"([A-Za-z0-9+/=]{1,200})\"$">>,
                [{capture, all_but_first, binary}]) of
        {match, [KeyId, Encoded]} ->
            try {ok, KeyId, base64:decode(Encoded)} catch error:_ -> error end;
        _ -> error
    end.

%% The cheap questions: is it of now, for us, and of this body? ok | {error, Reason}. Ours is what the host field says of us.
check(#{date := At, host := Host, digest := Digest}, {Now, Ours}, Body) ->
    case digest(Body) of
        _ when abs(Now - At) > ?WINDOW -> {error, stale};
        _ when Host =/= Ours -> {error, wrong_host};
        Digest -> ok;
        _ -> {error, wrong_digest}
    end.

%% ---- dates of HTTP ---------------------------------------------------------------------------------

-define(EPOCH, 62167219200).       % seconds of 1970 in calendar's count

date(Now) ->
    {{Y, M, D} = Day, {H, Min, S}} = calendar:gregorian_seconds_to_datetime(Now + ?EPOCH),
    Weekday = lists:nth(calendar:day_of_the_week(Day), ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]),
    iolist_to_binary([Weekday, ", ", two(D), $\s, lists:nth(M, months()), $\s, integer_to_list(Y), $\s,
                      two(H), $:, two(Min), $:, two(S), " GMT"]).

two(N) -> [$0 + N div 10, $0 + N rem 10].
months() -> ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"].

%% A date as it stands in a header field, in seconds since 1970: {ok, Seconds} | error.
seconds(<<_:3/binary, ", ", D:2/binary, " ", Month:3/binary, " ", Y:4/binary, " ", H:2/binary, ":", Min:2/binary, ":",
          S:2/binary, " GMT">>) ->
    try
        M = month(binary_to_list(Month), months(), 1),
        [Year, Day, Hour, Minute, Second] = [binary_to_integer(N) || N <- [Y, D, H, Min, S]],
        true = calendar:valid_date(Year, M, Day) andalso Hour < 24 andalso Minute < 60 andalso Second < 60,
        {ok, calendar:datetime_to_gregorian_seconds({{Year, M, Day}, {Hour, Minute, Second}}) - ?EPOCH}
    catch error:_ -> error
    end;
seconds(_) -> error.

month(Name, [Name | _], N) -> N;
month(Name, [_ | T], N) -> month(Name, T, N + 1).
