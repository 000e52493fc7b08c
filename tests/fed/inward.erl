%% A host whose inbox handler delivers a signed activity to the other host's inbox, and has its answer, before it answers itself: for
%% tests/two_instance.sh. POST /begin with N starts a chain: N is delivered to the other, whose handler delivers N - 1 back, and so on.
-module(inward).
-export([main/1]).

main([Name, OtherFile]) ->
    {ok, _} = nx_kernel:start_link(Name, generate, []),
    Based = spawn(fun() -> receive {'http-listening', Url} -> nx_kernel:set_base(nx_kernel, string:trim(Url, trailing, "/")) end end),
    http:listen(#{port => 0, notify => Based}, fun(Request) -> handle(Request, list_to_binary(Name), OtherFile) end).

handle(#{path := <<"/begin">>, body := Body}, Name, OtherFile) ->
    deliver(binary_to_integer(Body), Name, OtherFile),
    <<"done">>;
handle(#{method := <<"POST">>, body := Body} = Request, Name, OtherFile) ->
    case nx_json:decode(Body) of
        {ok, #{<<"object">> := #{<<"content">> := N}}} when N > 0 -> deliver(N - 1, Name, OtherFile);
        _ -> ok
    end,
    answer(Request);
handle(Request, _, _) -> answer(Request).

answer(Request) -> http_server:handle(Request, [{kernel, nx_kernel}, {token, <<"secret">>}]).

deliver(N, Name, OtherFile) ->
    {ok, Text} = file:read_file(OtherFile),
    Url = <<(string:trim(Text))/binary, "/inbox">>,
    {ok, Envelope, _} = nx_kernel:publish(nx_kernel, Name, #{<<"type">> => <<"Create">>, <<"object">> => #{<<"type">> => <<"Note">>, <<"content">> => N}}),
    {ok, KeyId} = nx_kernel:key_id(nx_kernel, Name),
    Body = nx_json:encode(Envelope),
    {ok, Headers} = nx_sign:headers(<<"POST">>, Url, <<"application/json">>, Body, {KeyId, erlang:system_time(second)},
                                    fun(Bytes) -> nx_kernel:sign(nx_kernel, Name, KeyId, Bytes) end),
    {ok, #{status := 202}} = http:request(#{method => post, url => Url, headers => Headers, body => Body, timeout_ms => 60000}).
