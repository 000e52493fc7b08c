%% stdlib.erl - every module of OTP's stdlib does something: a line each, the same on erl and, with the modules compiled from their
%% source, on sxhost. Arguments: a folder for files, then modules, or none for all of them.
-module(stdlib).
-export([main/1]).
-compile(nowarn_deprecated_function).

main([Dir | Names]) ->
    io:setopts([{encoding, unicode}]),
    Modules = case Names of [] -> lists:sort([M || {M, _} <- calls(Dir)]); _ -> [list_to_atom(N) || N <- Names] end,
    lists:foreach(fun(M) -> tried(M, proplists:get_value(M, calls(Dir))) end, Modules).

tried(M, F) ->
    Answer = try F() catch Class:Reason:Stack -> {Class, Reason, lists:sublist(Stack, 2)} end,
    io:format("~w: ~0tp~n", [M, Answer]).

%% A call of each module; what takes more than a line stands below.
calls(Dir) ->
    [{array, fun() -> array:to_list(array:set(2, x, array:new())) end},
     {base64, fun() -> base64:decode(base64:encode("text?")) end},
     {beam_lib, fun() -> [beam_lib:info(<<"no beam">>), lists:flatten(beam_lib:format_error({not_a_beam_file, "x"}))] end},
     {binary, fun() -> binary:split(<<"a,b,c">>, <<",">>, [global]) end},
     {c, fun() -> c:appcall(stdlib, lists, reverse, [[1, 2]]) end},
     {calendar, fun() -> calendar:day_of_the_week(2026, 11, 21) end},
     {dets, fun() -> dets_file(Dir ++ "/t.dets") end},
     {dets_server, fun() -> dets:all() end},
     {dets_sup, fun() -> dets_sup:init([]) end},
     {dets_utils, fun() -> dets_utils:log2(1000) end},
     {dets_v9, fun() -> lists:member({init, 2}, dets_v9:module_info(exports)) end},
     {dict, fun() -> dict:to_list(dict:append(k, v, dict:new())) end},
     {digraph, fun() -> graph(fun(G) -> lists:sort(digraph:vertices(G)) end) end},
     {digraph_utils, fun() -> graph(fun digraph_utils:topsort/1) end},
     {edlin, fun() -> typed("lists:seq(1)\n") end},
     {edlin_expand, fun() -> edlin_expand:expand(lists:reverse("stdlib:mai")) end},
     {epp, fun() -> preprocessed(Dir ++ "/e.erl") end},
     {erl_abstract_code, fun() -> erl_abstract_code:debug_info(erlang_v1, m, {[], []}, []) end},
     {erl_anno, fun() -> erl_anno:line(erl_anno:set_line(7, erl_anno:new({1, 2}))) end},
     {erl_bits, fun() -> erl_bits:set_bit_type({integer, 8}, [little, {unit, 4}]) end},
     {erl_compile, fun() -> element(1, hd(lists:keysort(1, erl_compile:module_info(exports)))) end},
     {erl_error, fun() -> lists:flatten(erl_error:format_exception(error, badarith, [{m, f, 1, []}])) end},
     {erl_eval, fun() -> value("lists:sum([X * X || X <- [1, 2, 3]]).") end},
     {erl_expand_records, fun() -> erl_expand_records:module(forms(["-module(m).", "-record(r, {a = 1}).", "f() -> #r{}."]), []) end},
     {erl_features, fun() -> erl_features:all() end},
     {erl_internal, fun() -> erl_internal:op_type('bsl', 2) end},
     {erl_lint, fun() -> erl_lint:module(forms(["-module(m).", "-export([f/0]).", "f() -> X = 1."])) end},
     {erl_parse, fun() -> forms(["f(X) when X > 1 -> <<X:4>>."]) end},
     {erl_posix_msg, fun() -> erl_posix_msg:message(enoent) end},
     {erl_pp, fun() -> lists:flatten(erl_pp:form(hd(forms(["-spec f(A) -> [A] when A :: atom()."])))) end},
     {erl_scan, fun() -> erl_scan:string("X = 'a b' + 16#ff.") end},
     {erl_stdlib_errors, fun() -> erl_stdlib_errors:format_error(badarg, [{lists, keyfind, [a, 0, b], []}]) end},
     {erl_tar, fun() -> archive(Dir ++ "/t.tar") end},
     {error_logger_file_h, fun() -> element(1, error_logger_file_h:init(Dir ++ "/no/such/log")) end},
     {error_logger_tty_h, fun() -> error_logger_tty_h:write_event({{{2026, 1, 1}, {0, 0, 0}}, ignored}, io) end},
     {escript, fun() -> escript:create(binary, [shebang, {source, <<"main(_) -> ok.\n">>}]) end},
     {ets, fun() -> T = ets:new(t, [ordered_set]), ets:insert(T, [{2, b}, {1, a}]), ets:tab2list(T) end},
     {eval_bits, fun() -> value("<<A:4, B:4>> = <<16#ab>>, {A, B}.") end},
     {file_sorter, fun() -> sorted(Dir) end},
     {filelib, fun() -> filelib:ensure_dir(Dir ++ "/x/y") end},
     {filename, fun() -> filename:join(["/a", "b", "../c"]) end},
     {gb_sets, fun() -> gb_sets:to_list(gb_sets:add(2, gb_sets:from_list([3, 1]))) end},
     {gb_trees, fun() -> gb_trees:to_list(gb_trees:enter(k, v, gb_trees:empty())) end},
     {gen, fun() -> catch gen:call(nobody, '$gen_call', hello) end},
     {gen_event, fun() -> {ok, P} = gen_event:start(), Hs = gen_event:which_handlers(P), gen_event:stop(P), Hs end},
     {gen_fsm, fun() -> catch gen_fsm:sync_send_event(nobody, hello) end},
     {gen_server, fun() -> catch gen_server:call(nobody, hello) end},
     {gen_statem, fun() -> catch gen_statem:call(nobody, hello) end},
     {io, fun() -> io:printable_range() end},
     {io_lib, fun() -> lists:flatten(io_lib:format("~p ~6.2f ~ts", [{a, [1]}, 2.5, "ö"])) end},
     {io_lib_format, fun() -> io_lib_format:fwrite_g(0.1) end},
     {io_lib_fread, fun() -> io_lib:fread("~d,~s", "12,ab") end},
     {io_lib_pretty, fun() -> lists:flatten(io_lib_pretty:print(lists:seq(1, 60), 1, 20, 10)) end},
     {lists, fun() -> lists:keysort(1, [{b, 1}, {a, 2}]) end},
     {log_mf_h, fun() -> tuple_size(log_mf_h:init(Dir, 1000, 2)) end},
     {maps, fun() -> maps:fold(fun(_, V, A) -> V + A end, 0, #{a => 1, b => 2}) end},
     {math, fun() -> math:sqrt(2.0) end},
     {ms_transform, fun() -> ms_transform:transform_from_shell(ets, clauses("fun({A, B}) when A > 1 -> B end."), []) end},
     {orddict, fun() -> orddict:store(a, 1, orddict:from_list([{b, 2}])) end},
     {ordsets, fun() -> ordsets:union([1, 3], [2]) end},
     {otp_internal, fun() -> otp_internal:obsolete(erlang, now, 0) end},
     {peer, fun() -> is_list(peer:random_name()) end},
     {pool, fun() -> catch pool:get_nodes() end},
     {proc_lib, fun() -> proc_lib:start(erlang, apply, [fun() -> proc_lib:init_ack(here) end, []]) end},
     {proplists, fun() -> proplists:get_all_values(a, [{a, 1}, a]) end},
     {qlc, fun() -> qlc:eval(qlc:string_to_handle("[{X, Y} || X <- [1, 2, 3], {Z, Y} <- [{2, a}, {3, b}], Z =:= X].")) end},
     {qlc_pt, fun() -> lists:member({parse_transform, 2}, qlc_pt:module_info(exports)) end},
     {queue, fun() -> queue:to_list(queue:in(2, queue:in(1, queue:new()))) end},
     {rand, fun() -> element(1, rand:uniform_s(1000, rand:seed_s(exsss, {1, 2, 3}))) end},
     {random, fun() -> random:seed(1, 2, 3), [random:uniform(100) || _ <- [1, 2, 3]] end},
     {re, fun() -> re:split("a1b22c", "[0-9]+", [{return, list}]) end},
     {sets, fun() -> lists:sort(sets:to_list(sets:from_list([b, a, b]))) end},
     {shell, fun() -> is_boolean(shell:strings(true)) end},
     {shell_default, fun() -> lists:member({h, 2}, shell_default:module_info(exports)) end},
     {shell_docs, fun() -> unicode:characters_to_list(shell_docs:render(m, f, docs())) end},
     {slave, fun() -> lists:member({start_link, 3}, slave:module_info(exports)) end},
     {sofs, fun() -> sofs:to_external(sofs:converse(sofs:relation([{1, a}, {2, b}]))) end},
     {string, fun() -> string:pad(string:uppercase("straße"), 9) end},
     {supervisor, fun() -> supervisor:check_childspecs([#{id => a, start => {m, f, []}}, #{id => b}]) end},
     {supervisor_bridge, fun() -> lists:member({start_link, 2}, supervisor_bridge:module_info(exports)) end},
     {sys, fun() -> catch sys:get_state(nobody, 10) end},
     {timer, fun() -> timer:hms(1, 2, 3) end},
     {unicode, fun() -> unicode:characters_to_nfd_list("é") end},
     {unicode_util, fun() -> unicode_util:gc("é!") end},
     {uri_string, fun() -> uri_string:parse("http://a@b:1/c?d#e") end},
     {win32reg, fun() -> win32reg:format_error(no_such_reason) end},
     {zip, fun() -> zipped() end}].

dets_file(File) ->
    {ok, T} = dets:open_file(t, [{file, File}]),
    ok = dets:insert(T, [{I, I * I} || I <- lists:seq(1, 300)]),
    ok = dets:close(T),
    {ok, T} = dets:open_file(t, [{file, File}, {access, read}]),
    Found = {dets:lookup(T, 17), dets:info(T, size), lists:sort(dets:match(T, {'$1', 289}))},
    ok = dets:close(T),
    Found.

graph(F) ->
    G = digraph:new(),
    [digraph:add_vertex(G, V) || V <- [a, b, c]],
    [digraph:add_edge(G, X, Y) || {X, Y} <- [{b, a}, {a, c}]],
    Answer = F(G),
    digraph:delete(G),
    Answer.

typed(Chars) ->
    {_, Cont, _} = edlin:start("> "),
    {done, Line, Rest, _} = edlin:edit_line(Chars, Cont),
    {Line, Rest}.

preprocessed(File) ->
    ok = file:write_file(File, "-module(e).\n-define(ADD(X), X + ?LINE).\n-ifdef(NO).\nx.\n-else.\nf() -> ?ADD(1).\n-endif.\n"),
    {ok, Forms} = epp:parse_file(File, []),
    tl(Forms).

tokens(Text) -> {ok, Tokens, _} = erl_scan:string(Text), Tokens.
forms(Texts) -> [begin {ok, Form} = erl_parse:parse_form(tokens(T)), Form end || T <- Texts].

value(Text) ->
    {ok, Exprs} = erl_parse:parse_exprs(tokens(Text)),
    element(2, erl_eval:exprs(Exprs, [])).

clauses(Text) ->
    {ok, [{'fun', _, {clauses, Clauses}}]} = erl_parse:parse_exprs(tokens(Text)),
    Clauses.

archive(File) ->
    ok = erl_tar:create(File, [{"a.txt", <<"one">>}, {"b/c.txt", binary:copy(<<"two">>, 400)}]),
    {ok, Files} = erl_tar:extract(File, [memory]),
    [{Name, byte_size(Bytes)} || {Name, Bytes} <- Files].

sorted(Dir) ->
    [In, Out] = [Dir ++ "/" ++ N || N <- ["in", "out"]],
    ok = file:write_file(In, [<<(byte_size(B)):32, B/binary>> || N <- [5, 1, 9, 3], B <- [term_to_binary(N)]]),
    ok = file_sorter:keysort(1, [In], Out, [{format, fun(B) -> {binary_to_term(B)} end}]),
    {ok, Bytes} = file:read_file(Out),
    [binary_to_term(B) || <<Size:32, B:Size/binary>> <= Bytes].

docs() ->
    {docs_v1, 0, erlang, <<"application/erlang+html">>, none, #{},
     [{{function, f, 1}, 3, [<<"f(X)">>], #{<<"en">> => [{p, [], [<<"Says ">>, {c, [], [<<"yes">>]}]}]}, #{}}]}.

zipped() ->
    {ok, {_, Zip}} = zip:zip("t.zip", [{"a.txt", <<"one">>}, {"b.txt", binary:copy(<<"two">>, 100)}], [memory]),
    {ok, Files} = zip:unzip(Zip, [memory]),
    [{Name, byte_size(Bytes)} || {Name, Bytes} <- Files].
