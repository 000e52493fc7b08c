%% exceptions.erl - try, catch, after, classes, stack traces, re-raising.
-module(exceptions).
-export([main/1, deep/1]).

main(_) ->
    classes(),
    order(),
    traces(),
    reasons().

%% What `catch` makes of an error is shown without its stack.
p({'EXIT', {R, [_ | _]}}) -> p({'EXIT', R});
p(X) -> io:format("~0p~n", [X]).

classes() ->
    p([try F() of V -> {value, V} catch throw:T -> {throw, T}; exit:E -> {exit, E}; error:R -> {error, R} end
    % expect: [{value,1},{throw,t},{exit,e},{error,r},{error,{r,1}}]
       || F <- [fun() -> 1 end, fun() -> throw(t) end, fun() -> exit(e) end, fun() -> error(r) end, fun() -> error({r, 1}, [x]) end]]),
    p(catch throw(plain)),  % expect: plain
    p(catch exit(gone)),  % expect: {'EXIT',gone}
    p(element(1, catch error(bad))),  % expect: 'EXIT'
    p(try throw(a) catch a -> bare end),  % expect: bare
    p(try error(x) catch C:R when C =/= error; R =:= x -> {C, R} end),  % expect: {error,x}
    p(try (try error(x) catch throw:_ -> no end) catch error:x -> outer end),  % expect: outer
    p(catch try 1 of 2 -> two catch _:_ -> never end).  % expect: {'EXIT',{try_clause,1}}

order() ->
    p(try p(body), value after p(cleanup) end),
    % expect: body
    % expect: cleanup
    % expect: value
    p(catch try p(body), throw(t) catch throw:t -> p(caught), handled after p(cleanup) end),
    % expect: body
    % expect: caught
    % expect: cleanup
    % expect: handled
    p(catch try throw(first) after throw(second) end),  % expect: second
    p(try try throw(t) after p(inner) end catch throw:T -> {outer, T} end),
    % expect: inner
    % expect: {outer,t}
    p(catch (fun() -> try ok of ok -> throw(from_of) catch throw:_ -> never end end)()),  % expect: from_of
    done.

deep(0) -> error(bottom);
deep(-1) -> 0;
deep(N) -> 1 + deep(N - 1).

first(Class, Reason, [{M, F, A, _} | _]) -> {Class, Reason, M, F, A}.

traces() ->
    p(try deep(3) catch error:bottom:S1 -> [{F, A} || {?MODULE, F, A, _} <- S1, F =:= deep] end),
    % expect: [{deep,1},{deep,1}]
    p(try deep(1) catch _:_:S2 -> [proplists:get_value(line, I) * 100 || {?MODULE, deep, _, I} <- S2] end),
    % expect: [4400,4600]
    p(try hd(deep(-1)) catch C3:R3:S3 -> first(C3, R3, S3) end),  % expect: {error,badarg,erlang,hd,[0]}
    p(try list_to_integer(x) catch C4:R4:S4 -> first(C4, R4, S4) end),
    % expect: {error,badarg,erlang,list_to_integer,[x]}
    p(try no_such:thing(1, 2) catch C5:R5:S5 -> first(C5, R5, S5) end),  % expect: {error,undef,no_such,thing,[1,2]}
    p(try (try error(again) catch error:R6:S6 -> erlang:raise(exit, R6, S6) end) catch C7:R7:S7 -> first(C7, R7, S7) end),
    % expect: {exit,again,exceptions,traces,0}
    p(try error(args, [1, 2]) catch C8:R8:S8 -> first(C8, R8, S8) end),  % expect: {error,args,exceptions,traces,[1,2]}
    p(try deep(a) div 2 catch C9:R9 -> {C9, R9} end),  % expect: {error,badarith}
    p(try clauses(a) catch C10:R10:S10 -> first(C10, R10, S10) end).
    % expect: {error,function_clause,exceptions,clauses,[a]}

clauses(1) -> 1;
clauses([]) -> 2.

reasons() ->
    p([(fun() -> try F() catch C:R -> {C, R} end end)() || F <- [
    % expect: [{error,badarith},{error,badarith},{error,badarg},{error,badarg},{error,{case_clause,z}},{error,if_clause},{error,{badmatch,{error,enoent}}},{error,function_clause},{error,{badfun,f}},{error,badarg},{error,{badarg,maybe}},{error,{badmatch,#{}}},{error,{badkey,k}},{error,badarg},{error,badarg},{error,badarg},{exit,{shutdown,x}}]
        fun() -> 1 + list_to_atom("a") end,
        fun() -> 1 div (length([]) * 1) end,
        fun() -> hd(tl([1])) end,
        fun() -> element(5, {1}) end,
        fun() -> case list_to_atom("z") of y -> 1 end end,
        fun() -> if length([]) > 1 -> 1 end end,
        fun() -> {ok, _} = {error, enoent} end,
        fun() -> (fun(1) -> 1 end)(2) end,
        fun() -> (list_to_atom("f"))(1) end,
        fun() -> apply(fun(_) -> 1 end, [1, 2]) =:= 1 end,
        fun() -> atom_to_list(1) end,
        fun() -> true andalso list_to_atom("maybe") andalso true end,
        fun() -> #{a := 1} = #{} end,
        fun() -> maps:get(k, #{}) end,
        fun() -> lists:keyfind(a, 0, []) end,
        fun() -> list_to_existing_atom("surely not there yet") end,
        fun() -> spawn(1) end,
        fun() -> exit({shutdown, x}) end
      ], not is_badarity(F)]).

is_badarity(F) -> try F() of _ -> false catch error:{badarity, _} -> true; _:_ -> false end.
