%% The signature of a delivery on a clock that is handed in: the window to the second, and what each altered part says.
-module(nx_sign_test).
-export([main/1]).

main(_) ->
    Now = 1700000000,
    {Public, Private} = crypto:generate_key(eddsa, ed25519),
    Sign = fun(Bytes) -> {ok, crypto:sign(eddsa, none, Bytes, [Private, ed25519])} end,
    {ok, Headers} = nx_sign:headers(<<"POST">>, <<"http://b:1/actors/b/inbox?x=1">>, <<"application/json">>, <<"{}">>, {<<"http://a/a#k">>, Now}, Sign),
    Request = #{method => <<"POST">>, path => <<"/actors/b/inbox">>, query => <<"x=1">>, headers => Headers#{<<"host">> => <<"b:1">>}, body => <<"{}">>},
    {ok, #{key_id := <<"http://a/a#k">>, signature := Signature, bytes := Bytes, date := Now} = Claim} = nx_sign:parse(Request),
    io:format("~w~n", [crypto:verify(eddsa, none, Bytes, Signature, [Public, ed25519])]),
    % expect: true
    io:format("~w~n", [[nx_sign:check(Claim, {Now + D, <<"b:1">>}, <<"{}">>) || D <- [0, 300, -300, 301, -301]]]),
    % expect: [ok,ok,ok,{error,stale},{error,stale}]
    io:format("~w~n", [[nx_sign:check(Claim, {Now, <<"b:2">>}, <<"{}">>), nx_sign:check(Claim, {Now, <<"b:1">>}, <<"{ }">>)]]),
    % expect: [{error,wrong_host},{error,wrong_digest}]
    Signed = fun(R) -> {ok, #{bytes := B}} = nx_sign:parse(R), crypto:verify(eddsa, none, B, Signature, [Public, ed25519]) end,
    #{headers := H} = Request,
    io:format("~w~n", [[Signed(R) || R <- [Request#{method := <<"PUT">>}, Request#{path := <<"/inbox">>}, Request#{query := <<>>},
                                           Request#{headers := H#{<<"host">> := <<"c">>}}, Request#{headers := H#{<<"date">> := date(Now + 1)}},
                                           Request#{headers := H#{<<"content-type">> := <<"a/json">>}}, Request#{headers := H#{<<"digest">> := <<"x">>}}]]]),
    % expect: [false,false,false,false,false,false,false]
    io:format("~w~n", [[nx_sign:seconds(D) || D <- [<<"Tue, 14 Nov 2023 22:13:20 GMT">>, <<"Tue, 14 Nov 2023 22:13:20 +0000">>, <<"Tue, 31 Feb 2023 22:13:20 GMT">>,
                                                    <<"Tue, 14 Nov 2023 25:13:20 GMT">>, <<"Tue, 14 Nov 2023 22:13:20 GMT, x">>, <<>>]]]).
    % expect: [{ok,1700000000},error,error,error,error,error]

date(Now) ->
    {ok, #{<<"date">> := Date}} = nx_sign:headers(<<"GET">>, <<"http://a/">>, <<>>, <<>>, {<<>>, Now}, fun(_) -> {ok, <<>>} end),
    Date.
