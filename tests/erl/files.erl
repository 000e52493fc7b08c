%% files.erl - open files, terms in files, patterns, names, URIs, applications: what OTP 25 answers.
-module(files).
-export([main/1]).

p(X) -> io:format("~0p~n", [X]).

main(_) ->
    Dir = case os:getenv("TEST_DIR") of false -> "/tmp/sxhost_files_test"; D -> D ++ "/files" end,
    file:del_dir_r(Dir),
    ok = filelib:ensure_dir(Dir ++ "/sub/x"),
    devices(Dir, Dir ++ "/a.txt"),
    terms(Dir),
    found(Dir),
    names(),
    applications(),
    file:del_dir_r(Dir).

devices(Dir, F) ->
    p([file:open(Dir ++ "/none", [read]), file:open(Dir, [read])]),  % expect: [{error,enoent},{error,eisdir}]
    {ok, W} = file:open(F, [write]),
    p([file:write(W, "line one\nline two\n"), io:format(W, "~p.~n", [{a, 1}]), file:read(W, 3), file:close(W)]),  % expect: [ok,ok,{error,ebadf},ok]
    p(file:read_file(F)),  % expect: {ok,<<"line one\nline two\n{a,1}.\n">>}
    {ok, R} = file:open(F, [read]),
    p([file:read(R, 4), file:read_line(R), io:get_line(R, ""), io:read(R, ""), io:get_line(R, "")]),  % expect: [{ok,"line"},{ok," one\n"},"line two\n",{ok,{a,1}},eof]
    p([file:position(R, bof), io:get_chars(R, "", 4), file:pread(R, 5, 3), file:position(R, {eof, -3}), file:read(R, 9)]),  % expect: [{ok,0},"line",{ok,"one"},{ok,22},{ok,"}.\n"}]
    p([file:read(R, 1), file:write(R, "x"), file:close(R)]),  % expect: [eof,{error,ebadf},ok]
    {ok, B} = file:open(F, [read, write, binary]),
    p([file:pwrite(B, 0, "LINE"), file:read(B, 9), file:position(B, 8), file:truncate(B), file:close(B)]),  % expect: [ok,{ok,<<" one\nline">>},{ok,8},ok,ok]
    p(file:read_file(F)).  % expect: {ok,<<"LINE one">>}

terms(Dir) ->
    file:write_file(Dir ++ "/t.config", "{a,1}. % x\n[b, \"c\"].\n#{k => <<1>>}.\n"),
    p(file:consult(Dir ++ "/t.config")),  % expect: {ok,[{a,1},[b,"c"],#{k => <<1>>}]}
    file:write_file(Dir ++ "/bad.config", "{a,1}.\n{b"),
    p(file:consult(Dir ++ "/bad.config")),  % expect: {error,{2,erl_parse,["syntax error before: ",[]]}}
    p(growth(Dir ++ "/many.config", fun(N) -> [io_lib:format("{item, ~w, \"no. ~w\"}. % ~w\n", [I, I, I]) || I <- lists:seq(1, N)] end)),  % expect: {ok,in_proportion}
    p(growth(Dir ++ "/open.config", fun(N) -> ["{a, \"", lists:duplicate(N, "one. two. three\n")] end)),  % expect: {error,in_proportion}
    p(growth(Dir ++ "/long.config", fun(N) -> ["[\"", lists:duplicate(N, "one. two. three\n"), "\"]. b.\n"] end)),  % expect: {ok,in_proportion}
    p(read_all(Dir ++ "/device.config")),  % expect: in_proportion
    file:write_file(Dir ++ "/quoted.config", "{'not', 'bnot'}."),
    p(file:consult(Dir ++ "/quoted.config")),  % expect: {ok,[{'not','bnot'}]}
    p(erl_scan:string("'x' x", 1, [{reserved_word_fun, fun(W) -> W =:= x end}])),  % expect: {ok,[{atom,1,x},{x,1}],1}
    file:write_file(Dir ++ "/s.es", "X = 1. X + 2."),
    p(file:script(Dir ++ "/s.es")),  % expect: {ok,3}
    in_path(Dir).

%% Reading an open file term by term: its own process is asked for each.
read_all(File) ->
    [Few, Many] = [device_work(File, N) || N <- [100, 800]],
    if Many < 20 * Few -> in_proportion; true -> {Few, Many} end.

device_work(File, N) ->
    ok = file:write_file(File, lists:duplicate(N, "{item, \"one\",\n two}.\n")),
    {ok, D} = file:open(File, [read]),
    {reductions, Before} = process_info(D, reductions),
    N = terms_of(D, 0),
    {reductions, After} = process_info(D, reductions),
    ok = file:close(D),
    After - Before.

terms_of(D, N) ->
    case io:read(D, "") of
        {ok, {item, "one", two}} -> terms_of(D, N + 1);
        eof -> N
    end.

in_path(Dir) ->
    Sub = Dir ++ "/sub",
    ok = file:write_file(Sub ++ "/p.terms", "3. 4."),
    p([lists:nthtail(length(Dir), Full) || {ok, _, Full} <- [file:path_consult([Dir, Sub], "p.terms"), file:path_script([Sub], "p.terms")]]),  % expect: ["/sub/p.terms","/sub/p.terms"]
    {ok, Device, Full} = file:path_open([Dir ++ "/none", Sub], "p.terms", [read]),
    p([io:read(Device, ""), lists:nthtail(length(Dir), Full), file:close(Device)]),  % expect: [{ok,3},"/sub/p.terms",ok]
    {ok, Evaluated} = file:path_eval([Sub], "p.terms"),
    p(lists:nthtail(length(Dir), Evaluated)),  % expect: "/sub/p.terms"
    p([file:path_open([Dir], "p.terms", [read]), file:path_eval([Dir], "p.terms")]),  % expect: [{error,enoent},{error,enoent}]
    p(element(3, file:path_consult(["/nowhere"], Sub ++ "/p.terms")) =:= Sub ++ "/p.terms").  % expect: true

%% Eight times the text costs about eight times the work, and not 64 times.
growth(File, Text) ->
    [{_, Few}, {Answer, Many}] = [{element(1, A), W} || N <- [100, 800], {A, W} <- [work(File, Text(N))]],
    {Answer, if Many < 20 * Few -> in_proportion; true -> {Few, Many} end}.

work(File, Text) ->
    ok = file:write_file(File, Text),
    {reductions, Before} = process_info(self(), reductions),
    Answer = file:consult(File),
    {reductions, After} = process_info(self(), reductions),
    {Answer, After - Before}.

found(Dir) ->
    p([filelib:is_dir(Dir), filelib:is_regular(Dir), filelib:file_size(Dir ++ "/a.txt")]),  % expect: [true,false,8]
    p(filelib:wildcard("*", Dir)),  % expect: ["a.txt","bad.config","device.config","long.config","many.config","open.config","quoted.config","s.es","sub","t.config"]
    p(filelib:wildcard("*.{txt,es}", Dir)),  % expect: ["a.txt","s.es"]
    p(filelib:wildcard("[a-b]*", Dir)),  % expect: ["a.txt","bad.config"]
    p([filelib:safe_relative_path("a/../../b", ""), filelib:safe_relative_path("a/./b/../c", "")]).  % expect: [unsafe,"a/c"]

names() ->
    p([filename:F(N) || N <- ["/a/b.c", <<"a/b.c">>, ".a"], F <- [basename, dirname, extension, rootname, split]]),  % expect: ["b.c","/a",".c","/a/b",["/","a","b.c"],<<"b.c">>,<<"a">>,<<".c">>,<<"a/b">>,[<<"a">>,<<"b.c">>],".a",".",[],[],[".a"]]
    p([filename:join(["a", "b//", "c"]), filename:join("a", "/x"), filename:absname("a", "/r")]),  % expect: ["a/b/c","/x","/r/a"]
    p(uri_string:normalize("HTTP://HOST:80/%7euser/./b/../c")),  % expect: "http://host/~user/c"
    p([uri_string:resolve(R, "http://a/b/c/d;p?q") || R <- ["../g", "?y", "g;x", "//g", "../../../g", ""]]),  % expect: ["http://a/b/g","http://a/b/c/d;p?y","http://a/b/c/g;x","http://g","http://a/g","http://a/b/c/d;p?q"]
    p(uri_string:parse("http://a b/")),  % expect: {error,invalid_uri,":"}
    p([inet:parse_address(A) || A <- ["1.2", "::1", "::ffff:1.2.3.4", "g::"]]),  % expect: [{ok,{1,0,0,2}},{ok,{0,0,0,0,0,0,0,1}},{ok,{0,0,0,0,0,65535,258,772}},{error,einval}]
    p(unicode:characters_to_list(<<97:32, 98:32>>, utf32)).  % expect: "ab"

applications() ->
    p([is_list(os:find_executable("sh", "/bin")), os:find_executable("no-such-program"), erlang:append([1], [2]), init:get_plain_arguments()]),  % expect: [true,false,[1,2],[]]
    p(application:start(nosuchapp)),  % expect: {error,{"no such file or directory","nosuchapp.app"}}
    p(application:load({application, myapp, [{vsn, "1"}, {env, [{k, v}]}, {applications, [kernel, stdlib]}]})),  % expect: ok
    p([application:get_env(myapp, k), application:set_env(myapp, k, w), application:get_env(myapp, k, d)]),  % expect: [{ok,v},ok,w]
    p([application:start(myapp), application:start(myapp), application:stop(myapp)]),  % expect: [ok,{error,{already_started,myapp}},ok]
    p([application:ensure_all_started(myapp), application:get_key(myapp, vsn)]).  % expect: [{ok,[myapp]},{ok,"1"}]
