%% The kernel's addresses: what may be one, what two have in common, which count as our neighbours.
-module(nx_url_test).
-export([main/1]).

main(_) ->
    [{ok, #{}} = nx_url:parse(U) || U <- good()],
    io:format("good~n"),
    % expect: good
    io:format("~p~n", [[U || U <- bad(), nx_url:parse(U) =/= error]]),
    % expect: []
    {ok, #{origin := <<"http://[::1]:80">>, host_field := <<"[::1]">>, host := <<"::1">>, path := <<"/a?b=/../c">>}} =
        nx_url:parse(<<"http://[::1]:80/a?b=/../c">>),
    io:format("~s~n", [lists:join(" ", [F || U <- fields(), {ok, #{host_field := F}} <- [nx_url:parse(U)]])]),
    % expect: a a:443 a a:80 a:8080 a
    io:format("~p~n", [[nx_url:same_origin(A, B) || {A, B} <- pairs()]]),
    % expect: [true,false,false,false,false]
    io:format("~p~n", [[U || U <- private(), not nx_url:is_private(U)]]),
    % expect: []
    io:format("~p~n", [[U || U <- public(), nx_url:is_private(U)]]).
    % expect: []

good() -> [<<"http://a">>, <<"http://a/">>, <<"https://a.example:8443/x">>, <<"http://127.0.0.1:1/actors/a">>, <<"http://[::1]/">>, <<"http://a/..b/.c/d..">>].

%% As an HTTP client writes its host field: without the port that goes without saying.
fields() -> [<<"http://a:80/">>, <<"http://a:443/">>, <<"https://a:443/">>, <<"https://a:80/">>, <<"http://a:8080/">>, <<"http://a">>].

bad() ->
    [<<>>, <<"a">>, <<"ftp://a/">>, <<"file:///etc/passwd">>, <<"HTTP://a/">>, <<"http://">>, <<"http:///a">>, <<"http://A/">>, <<"http://u@a/">>,
     <<"http://u:p@a/">>, <<"http://a/#x">>, <<"http://a\\b/">>, <<"http://a/\\b">>, <<"http://a b/">>, <<"http://a/ b">>, <<"http://a/\r\nx: y">>,
     <<"http://a\n">>, <<"http://a:/">>, <<"http://a:0/">>, <<"http://a:80:80/">>, <<"http://a:123456/">>, <<"http://[::1/">>, <<"http://[::1]x/">>,
     <<"http://::1/">>, <<"http://%61/">>, <<"http://a/../b">>, <<"http://a/.">>, <<"http://a/./b">>, <<"http://a/%2E%2e/b">>, <<"http://a/.%2e">>, <<"http://a/..?x">>,
     <<"http://a?b">>, <<"http://\x{e4}/"/utf8>>, <<"http://a/\x{e4}"/utf8>>, <<"http://a/", 0>>, <<"http://a/", (binary:copy(<<"x">>, 2048))/binary>>,
     undefined, 42, #{}, [], null].

pairs() ->
    [{<<"http://a/x">>, <<"http://a/y">>}, {<<"http://a/x">>, <<"https://a/x">>}, {<<"http://a:1/x">>, <<"http://a/x">>}, {<<"http://a/">>, <<"http://a.b/">>},
     {<<"nonsense">>, <<"nonsense">>}].

private() ->
    [<<"http://localhost:1">>, <<"http://127.1.2.3">>, <<"http://10.0.0.1:80">>, <<"http://172.16.0.1">>, <<"http://192.168.1.1">>, <<"http://100.64.0.1">>,
     <<"http://[::1]:8080">>, <<"http://[fd00::1]">>, <<"http://[::ffff:10.0.0.1]">>].

%% Names that begin as a private address does are names; special addresses are nobody's neighbours.
public() ->
    [<<"http://fcbarcelona.com">>, <<"http://fd.example">>, <<"http://10.example.com">>, <<"http://127.0.0.1.example.com">>, <<"http://192.168.evil.org">>,
     <<"http://172.16.example">>, <<"http://1.1.1.1">>, <<"http://172.32.0.1">>, <<"http://169.254.169.254">>, <<"http://[fe80::1]">>, <<"http://example.org">>].
