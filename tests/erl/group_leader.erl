%% group_leader.erl - output and input go through whoever leads, with OTP's requests; children inherit; the console answers too.
-module(group_leader).
-export([main/1]).

main(_) ->
    redirected(),
    console(),
    scanned().

p(X) -> io:format("~0p~n", [X]).

redirected() ->
    Me = self(),
    p(is_pid(group_leader())),  % expect: true
    p(group_leader() =:= whereis(user)),  % expect: true
    Leader = spawn(fun() -> lead(Me) end),
    spawn(fun() ->
                  group_leader(Leader, self()),
                  io:format("hello ~p", [1]),
                  io:put_chars("x"),
                  io:write({a, b}),
                  Me ! {line, io:get_line("prompt> ")},
                  Me ! {chars, io:get_chars("p", 3)},
                  Me ! {read, io:read("r")},
                  Me ! {opts, io:getopts()},
                  spawn(fun() -> io:put_chars("child"), Me ! {child, group_leader() =:= Leader} end)
          end),
    [p(receive X -> X after 1000 -> late end) || _ <- lists:seq(1, 13)],
    exit(Leader, kill).
% expect: {put_chars,unicode,io_lib,format,["hello ~p",[1]]}
% expect: {put_chars,unicode,<<"x">>}
% expect: {put_chars,unicode,io_lib,write,[{a,b}]}
% expect: {get_line,unicode,"prompt> "}
% expect: {line,"line\n"}
% expect: {get_chars,unicode,"p",3}
% expect: {chars,"abc"}
% expect: get_until
% expect: {read,{ok,{t,1}}}
% expect: getopts
% expect: {opts,[{x,y}]}
% expect: {put_chars,unicode,<<"child">>}
% expect: {child,true}

lead(To) ->
    receive
        {io_request, From, Ref, R} ->
            To ! case R of {get_until, _, _, _, _, _} -> get_until; _ -> R end,
            From ! {io_reply, Ref, answer(R)},
            lead(To)
    end.

answer({get_line, _, _}) -> "line\n";
answer({get_chars, _, _, _}) -> "abc";
answer({get_until, _, _, M, F, A}) ->
    {done, Result, _} = apply(M, F, [[], "{t,1}. " | A]),
    Result;
answer(getopts) -> [{x, y}];
answer(_) -> ok.

console() ->
    group_leader() ! {io_request, self(), r1, {put_chars, unicode, "raw\n"}},  % expect: raw
    p(receive M1 -> M1 end),  % expect: {io_reply,r1,ok}
    group_leader() ! {io_request, self(), r2, {put_chars, unicode, io_lib, format, ["~p~n", [abc]]}},  % expect: abc
    p(receive M2 -> M2 end),  % expect: {io_reply,r2,ok}
    p(io:requests([{put_chars, unicode, "ab"}, {put_chars, unicode, "cd\n"}])),  % expect: abcd
    % expect: ok
    p(io:request(group_leader(), {foo, bar})),  % expect: {error,request}
    p(io:get_line("")),  % expect: eof
    p([element(1, element(2, (catch F()))) || F <- [fun() -> io:format(nobody, "x", []) end, fun() -> io:format("~p", []) end,
                                                    fun() -> io:put_chars([foo]) end]]),  % expect: [badarg,badarg,badarg]
    Dead = spawn(fun() -> ok end),
    timer:sleep(5),
    p(element(1, element(2, (catch io:format(Dead, "x", []))))).  % expect: terminated

%% The faces of the front end.
scanned() ->
    p(erl_scan:string("X=1.", {3, 5})),  % expect: {ok,[{var,{3,5},'X'},{'=',{3,6}},{integer,{3,7},1},{dot,{3,8}}],{3,9}}
    p(erl_scan:string("a % b\n", 1, [return, text])),  % expect: {ok,[{atom,[{text,"a"},{location,1}],a},{white_space,[{text," "},{location,1}]," "},{comment,[{text,"% b"},{location,1}],"% b"},{white_space,[{text,"\n"},{location,1}],"\n"}],2}
    p(erl_scan:string("x \"abc", {1, 1})),  % expect: {error,{{1,3},erl_scan,{string,34,"abc"}},{1,7}}
    {more, C} = erl_scan:tokens([], "foo", 1),
    p(erl_scan:tokens(C, " bar.\nrest", 1)),  % expect: {done,{ok,[{atom,1,foo},{atom,1,bar},{dot,1}],2},"rest"}
    p(parsed("a b.")),  % expect: {error,{1,erl_parse,["syntax error before: ","b"]}}
    p(parsed("1 +")),  % expect: {error,{1,erl_parse,["syntax error before: ",[]]}}
    {ok, T, _} = erl_scan:string("-spec f(A) -> [A] when A :: #{k := 1..2}."),
    p(erl_parse:parse_form(T)),  % expect: {ok,{attribute,1,spec,{{f,1},[{type,1,bounded_fun,[{type,1,'fun',[{type,1,product,[{var,1,'A'}]},{type,1,list,[{var,1,'A'}]}]},[{type,1,constraint,[{atom,1,is_subtype},[{var,1,'A'},{type,1,map,[{type,1,map_field_exact,[{atom,1,k},{type,1,range,[{integer,1,1},{integer,1,2}]}]}]}]]}]]}]}}}
    p(eval("X + (Y = 2).", [{'X', 40}])),  % expect: {value,42,[{'X',40},{'Y',2}]}
    p(catch eval("f(Z).", [])),  % expect: {unbound,'Z'}
    {ok, Es} = parsed("twice(21)."),
    p(erl_eval:exprs(Es, [], {value, fun(twice, [N]) -> 2 * N end})).  % expect: {value,42,[]}

parsed(Text) ->
    {ok, T, _} = erl_scan:string(Text),
    erl_parse:parse_exprs(T).

eval(Text, Bindings) ->
    {ok, Es} = parsed(Text),
    try erl_eval:exprs(Es, Bindings) catch error:Why -> Why end.
