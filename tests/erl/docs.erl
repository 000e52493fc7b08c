%% docs.erl - what a module's source says of its functions and types is there when asked for: code:get_doc/1, as OTP makes it of
%% a module without documentation, and (doc docs:area); terms cut short for reports.
-module(docs).
-export([main/1, area/1, area/2]).
-export_type([shape/0]).

-opaque shape() :: {square, float()} |
                   circle.                 % no corners

%% The area of a shape.
%% ---------------------------------
-spec area(shape()) -> number().
area({square, S}) -> S * S;
area(circle) -> 3.

-spec area(shape(), Unit) -> {number(), Unit}
              when Unit :: m | ft.

area(S, Unit) -> {area(S), Unit}.

main(_) ->
    {ok, {docs_v1, 0, erlang, <<"application/erlang+html">>, none, About, Docs}} = code:get_doc(?MODULE),
    p(About),  % expect: #{generated => true,otp_doc_vsn => {1,0,0}}
    p([{Id, Line, Signature} || {Id, {Line, 1}, Signature, none, _} <- Docs]),
    % expect: [{{function,area,1},13,[<<"area/1">>]},{{function,area,2},19,[<<"area/2">>]},{{function,main,1},21,[<<"main/1">>]},{{function,p,1},40,[<<"p/1">>]},{{function,d,1},41,[<<"d/1">>]}]
    {_, _, _, _, #{signature := [Spec]}} = lists:keyfind({function, area, 1}, 1, Docs),
    p(Spec),  % expect: {attribute,{12,2},spec,{{area,1},[{type,{12,11},'fun',[{type,{12,11},product,[{user_type,{12,12},shape,[]}]},{type,{12,24},number,[]}]}]}}
    p([element(5, D) || D <- Docs, element(1, D) =:= {function, main, 1}]),  % expect: [#{}]
    p([code:get_doc(http), code:get_doc(no_such_module)]),  % expect: [{error,missing},{error,non_existing}]
    d(<<"docs:area">>),  % expect: docs:area/1|-spec area(shape()) -> number().|The area of a shape.||docs:area/2|-spec area(shape(), Unit) -> {number(), Unit}|              when Unit :: m | ft.
    d(<<"docs:area/2">>),  % expect: docs:area/2|-spec area(shape(), Unit) -> {number(), Unit}|              when Unit :: m | ft.
    d(<<"docs:shape">>),  % expect: -opaque shape() :: {square, float()} ||                   circle.                 % no corners
    d(<<"lists:reverse/2">>),  % expect: lists:reverse/2, a native function
    p([sx:call('er-doc-text', [T]) || T <- [<<"docs:none">>, <<"docs:area/3">>, <<"no_such_module:f">>, <<"a:b:c">>, <<"a">>, <<":">>, <<"docs:area/x">>]]),  % expect: [nil,nil,nil,nil,nil,nil,nil]
    p([io_lib:limit_term({a, [b, c, {d, e}], #{k => {v, w}, l => 1, m => 2, n => 3}, <<1, 2>>, "text"}, D) || D <- [-1, 0, 1, 2, 4, 5]]),
    % expect: [{a,[b,c,{d,e}],#{k => {v,w},l => 1,m => 2,n => 3},<<1,2>>,"text"},'...',{'...'},{a,'...'},{a,[b,'...'],#{k => '...',l => '...'},'...'},{a,[b,c,'...'],#{k => {'...'},l => 1,m => 2},<<1,2>>,'...'}]
    p([io_lib:limit_term([{a, b}, {c, d} | e], D) || D <- [1, 2, 3, 4, 5]]).
    % expect: [['...'],[{'...'},'...'],[{a,'...'},{'...'},'...'],[{a,b},{c,'...'}|e],[{a,b},{c,d}|e]]

p(X) -> io:format("~0p~n", [X]).
d(Name) -> io:format("~ts~n", [lists:join("|", string:split(sx:call('er-doc-text', [Name]), "\n", all))]).
