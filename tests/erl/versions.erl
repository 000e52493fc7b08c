%% versions.erl - two versions of a module: who runs old code, purging, deleting, what the compiler makes and code loads. OTP prints the
%% same.
-module(versions).
-export([main/1, hold/1]).

main(_) ->
    {_, Monitor} = spawn_monitor(fun() -> two(), funs(), deleted(), made() end), % who purges may be purged
    receive {'DOWN', Monitor, _, _, Why} -> normal = Why end.

p({'EXIT', {Reason, _}}) -> p({'EXIT', Reason});
p(X) -> io:format("~0p~n", [X]).

text(N) ->
    "-module(vm1). -export([v/0, loop/0, f/0, hold/1]). "
    "v() -> " ++ integer_to_list(N) ++ ". "
    "loop() -> receive {P, v} -> P ! v(), loop(); {P, up} -> P ! ok, vm1:loop(); stop -> ok end. "
    "f() -> X = v(), fun() -> {X, v()} end. "
    "hold(F) -> receive stop -> F; {P, call} -> P ! F(), hold(F) end. ".

forms(Text) ->
    {ok, Tokens, _} = erl_scan:string(Text),
    forms(Tokens, []).

forms([], Forms) -> lists:reverse(Forms);
forms(Tokens, Forms) ->
    {Form, [Dot | Rest]} = lists:splitwith(fun(T) -> element(1, T) =/= dot end, Tokens),
    {ok, Tree} = erl_parse:parse_form(Form ++ [Dot]),
    forms(Rest, [Tree | Forms]).

load(N) ->
    {ok, vm1, Binary} = compile:forms(forms(text(N)), []),
    code:load_binary(vm1, "vm1.erl", Binary).

ask(P, What) -> P ! {self(), What}, receive X -> X end.

two() ->
    p([load(1), vm1:v(), erlang:check_old_code(vm1)]),  % expect: [{module,vm1},1,false]
    P = spawn(vm1, loop, []),
    p([load(2), vm1:v(), ask(P, v), erlang:check_old_code(vm1)]),  % expect: [{module,vm1},2,1,true]
    p([erlang:check_process_code(P, vm1), erlang:check_process_code(self(), vm1)]),  % expect: [true,false]
    p(erlang:check_process_code(P, vm1, [{async, id}, {allow_gc, false}])),  % expect: async
    receive Checked -> p(Checked) end,  % expect: {check_process_code,id,true}
    p([load(3), vm1:v(), is_process_alive(P)]),  % expect: [{module,vm1},3,false]
    Q = spawn(vm1, loop, []),
    p([load(4), code:soft_purge(vm1), ask(Q, up), erlang:check_process_code(Q, vm1), code:soft_purge(vm1), code:soft_purge(vm1), code:purge(vm1)]),  % expect: [{module,vm1},false,ok,false,true,true,false]
    p([ask(Q, v), load(5), ask(Q, v)]),  % expect: [4,{module,vm1},4]
    Monitor = monitor(process, Q),
    p(code:purge(vm1)),  % expect: true
    receive {'DOWN', Monitor, _, _, Why} -> p(Why) end.  % expect: killed

hold(F) -> receive stop -> F end.

%% Functions of old code that a process only holds keep nobody from purging it.
funs() ->
    F = vm1:f(),
    Inside = spawn(vm1, hold, [F]),
    Outside = spawn(?MODULE, hold, [F]),
    p([load(6), F(), ask(Inside, call), vm1:v()]),  % expect: [{module,vm1},{5,5},{5,5},6]
    p([erlang:check_process_code(P, vm1) || P <- [Inside, Outside]]),  % expect: [true,false]
    p([code:purge(vm1), is_process_alive(Inside), is_process_alive(Outside)]),  % expect: [true,false,true]
    Outside ! stop.

undefined() -> try vm1:v() catch error:Why:Stack -> {Why, element(1, hd(Stack))} end.

deleted() ->
    P = spawn(vm1, loop, []),
    p([ask(P, v), code:is_loaded(vm1), code:delete(vm1), code:is_loaded(vm1), undefined()]),  % expect: [6,{file,"vm1.erl"},true,false,{undef,vm1}]
    p([ask(P, v), code:delete(vm1)]),  % expect: [6,false]
    p([load(7), vm1:v(), is_process_alive(P)]),  % expect: [{module,vm1},7,true]
    p([code:purge(nothere), code:soft_purge(nothere), code:delete(nothere), erlang:delete_module(nothere), erlang:check_old_code(nothere)]),  % expect: [false,true,false,undefined,false]
    p(catch erlang:purge_module(nothere)),  % expect: {'EXIT',badarg}
    p(catch erlang:check_old_code("vm1")),  % expect: {'EXIT',badarg}
    p(code:load_file(nothere)).  % expect: {error,nofile}

made() ->
    p(compile:forms(forms("-module(m). f() -> X."), [])),  % expect: error
    {error, [{_, [{_, _, _}]}], []} = compile:forms(forms("-module(m). -export([f/0]). f() -> X."), [return]),
    {ok, m, Binary, [{_, [_]}]} = compile:forms(forms("-module(m). -export([f/0]). f() -> X = 1, 2."), [return_warnings]),
    p(code:load_binary(m, "m.erl", Binary)),  % expect: {module,m}
    p(m:f()),  % expect: 2
    p([code:load_binary(other, "other.erl", Binary), code:load_binary(m, "m.erl", <<"none">>)]),  % expect: [{error,badfile},{error,badfile}]
    p(code:purge(m)).  % expect: false
