%% The server that delivers, before a kernel that is told what to answer: how many hosts it keeps, and who is forgotten.
%% Its queues are tests/erl/nx_peer.erl's, what hosts answer tests/fed/delivery.sh's.
-module(nx_delivery_test).
-export([main/1]).

main(_) ->
    logger:set_primary_config(level, error),       % each delivery that stops would be a line
    {module, nx_kernel} = code:ensure_loaded(nx_kernel),
    Kernel = spawn(fun() -> kernel([]) end),
    {ok, D} = nx_delivery:start_link(Kernel, []),
    nx_delivery:deliver(D, [job(N) || N <- lists:seq(1, 10050)]),
    io:format("~w hosts wait~n", [length(nx_delivery:peers(D))]),
    % expect: 10000 hosts wait
    nx_delivery:deliver(D, [job(1)]),
    io:format("~w~n", [[Q || #{<<"host">> := <<"http://h1">>, <<"queued">> := Q} <- nx_delivery:peers(D)]]),
    % expect: [2]
    Kernel ! answer,
    until(fun() -> [] =:= [Q || #{<<"queued">> := Q} <- nx_delivery:peers(D), Q > 0] end),
    io:format("~p~n", [lists:usort([{Dropped, Last} || #{<<"dropped">> := Dropped, <<"last">> := Last} <- nx_delivery:peers(D)])]),
    % expect: [{1,<<"unknown_actor">>},{2,<<"unknown_actor">>}]
    nx_delivery:deliver(D, [job(20000)]),
    until(fun() -> [] =:= [Q || #{<<"queued">> := Q} <- nx_delivery:peers(D), Q > 0] end),
    io:format("~p~n", [[H || #{<<"host">> := H} <- nx_delivery:peers(D)]]),
    % expect: [<<"http://h20000">>]
    #{workers := Workers, kicks := Kicks} = sys:get_state(D),
    io:format("~w~n", [{Workers, Kicks}]).
    % expect: {#{},#{}}

job(N) ->
    Origin = <<"http://h", (integer_to_binary(N))/binary>>,
    #{origin => Origin, to => {inbox, <<Origin/binary, "/inbox">>}, from => <<"a">>, id => Origin, key_id => <<"k">>, body => <<"{}">>, reaches => {own, Origin}}.

%% Keeps who asks waiting until it is told to answer.
kernel(Waiting) ->
    receive
        {'$gen_call', From, {key_id, _}} -> kernel([From | Waiting]);
        answer ->
            [gen_server:reply(From, {error, unknown_actor}) || From <- Waiting],
            answering()
    end.

answering() -> receive {'$gen_call', From, _} -> gen_server:reply(From, {error, unknown_actor}), answering() end.

until(F) -> case F() of true -> ok; false -> timer:sleep(5), until(F) end.
