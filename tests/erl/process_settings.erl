%% process_settings.erl - process_flag, spawn_opt and process_info: every setting, what it may be, and how it reads back. OTP prints
%% the same.
-module(process_settings).
-export([main/1, loop/0]).

main(_) ->
    flags(),
    sizes(),
    options(),
    items(),
    tags().

p(X) -> io:format("~0p~n", [X]).

flag(Flag, Value) -> p(try process_flag(Flag, Value) catch error:Reason -> Reason end).

flags() ->
    flag(max_heap_size, 100000000),  % expect: #{error_logger => true,kill => true,size => 0}
    flag(max_heap_size, #{size => 200000000, kill => false}),  % expect: #{error_logger => true,kill => true,size => 100000000}
    flag(max_heap_size, 0),  % expect: #{error_logger => true,kill => false,size => 200000000}
    flag(max_heap_size, #{size => 0, kill => true}),  % expect: #{error_logger => true,kill => true,size => 0}
    flag(max_heap_size, -1),  % expect: badarg
    flag(max_heap_size, #{}),  % expect: badarg
    flag(max_heap_size, #{size => 1000000, kill => 3}),  % expect: badarg
    flag(max_heap_size, 10),  % expect: badarg
    flag(min_heap_size, 500),  % expect: 233
    flag(min_heap_size, 100),  % expect: 610
    flag(min_heap_size, x),  % expect: badarg
    flag(min_bin_vheap_size, 1000),  % expect: 46422
    flag(fullsweep_after, 7),  % expect: 65535
    flag(fullsweep_after, 8),  % expect: 7
    flag(fullsweep_after, -1),  % expect: badarg
    flag(message_queue_data, off_heap),  % expect: on_heap
    flag(message_queue_data, on_heap),  % expect: off_heap
    flag(message_queue_data, mixed),  % expect: badarg
    flag(save_calls, 10),  % expect: 0
    flag(save_calls, 0),  % expect: 10
    flag(sensitive, true),  % expect: false
    flag(sensitive, false),  % expect: true
    flag(sensitive, x),  % expect: badarg
    flag(error_handler, foo),  % expect: error_handler
    flag(error_handler, error_handler),  % expect: foo
    flag(priority, low),  % expect: normal
    flag(priority, normal),  % expect: low
    flag(priority, x),  % expect: badarg
    flag(trap_exit, x),  % expect: badarg
    flag(foo, 1).  % expect: badarg

%% min_heap_size is rounded up to the next of OTP's sizes.
sizes() ->
    p([begin process_flag(min_heap_size, N), element(2, process_info(self(), min_heap_size)) end
       || N <- [0, 234, 400, 318187, 318188, 600000, 900000, 1500000, 5000000]]),  % expect: [233,376,610,318187,514838,833026,999631,1727361,5157867]
    process_flag(min_heap_size, 233),
    p([begin process_flag(min_bin_vheap_size, N), element(2, process_info(self(), min_bin_vheap_size)) end || N <- [0, 20000, 50000]]).  % expect: [46422,46422,75113]

options() ->
    Try = fun(Options) -> try spawn_opt(fun() -> ok end, Options), ok catch error:Reason -> Reason end end,
    p([Try(O) || O <- [[], [link, monitor], [{min_heap_size, 10}], [{min_bin_vheap_size, 1}], [{fullsweep_after, 0}], [{message_queue_data, off_heap}],
                       [{scheduler, 1}], [{max_heap_size, #{size => 0}}], [{max_heap_size, #{size => 1000, kill => false}}], [{monitor, [{tag, x}]}]]]),  % expect: [ok,ok,ok,ok,ok,ok,ok,ok,ok,ok]
    p([Try(O) || O <- [[x], x, [link | x], [{link, true}], [{fullsweep_after, -1}], [{message_queue_data, foo}], [{async_dist, true}], [{priority, foo}],
                       [{monitor, [x]}], [{max_heap_size, 10}], [{sensitive, true}]]]).  % expect: [badarg,badarg,badarg,badarg,badarg,badarg,badarg,badarg,badarg,badarg,badarg]

loop() ->
    receive
        stop -> ok;
        X -> put(x, X), loop()
    end.

items() ->
    P = spawn_opt(?MODULE, loop, [], [{min_heap_size, 5000}, {fullsweep_after, 3}, {message_queue_data, off_heap}]),
    p(lists:keydelete(minor_gcs, 1, element(2, process_info(P, garbage_collection)))),  % expect: [{max_heap_size,#{error_logger => true,kill => true,size => 0}},{min_bin_vheap_size,46422},{min_heap_size,6772},{fullsweep_after,3}]
    p(process_info(P, [message_queue_data, min_heap_size, suspending, error_handler, sequential_trace_token, last_calls, trace])),  % expect: [{message_queue_data,off_heap},{min_heap_size,6772},{suspending,[]},{error_handler,error_handler},{sequential_trace_token,[]},{last_calls,false},{trace,0}]
    P ! 1,
    erlang:suspend_process(P),
    erlang:suspend_process(P),
    p(process_info(self(), suspending) =:= {suspending, [{P, 2, 0}]}),  % expect: true
    erlang:resume_process(P),
    erlang:resume_process(P),
    {current_location, {process_settings, loop, 0, [{file, File}, {line, Line}]}} = process_info(P, current_location),
    p({filename:basename(File), Line > 60}),  % expect: {"process_settings.erl",true}
    {current_stacktrace, [{process_settings, loop, 0, [_, {line, Line}]}]} = process_info(P, current_stacktrace),
    {backtrace, Text} = process_info(P, backtrace),
    p(binary:match(Text, <<"process_settings">>) =/= nomatch),  % expect: true
    p([K || {K, _} <- process_info(P)]),  % expect: [current_function,initial_call,status,message_queue_len,links,dictionary,trap_exit,error_handler,priority,group_leader,total_heap_size,heap_size,stack_size,reductions,garbage_collection,suspending]
    p([K || {K, N} <- element(2, process_info(P, garbage_collection_info)), is_integer(N)]),  % expect: [old_heap_block_size,heap_block_size,mbuf_size,recent_size,stack_size,old_heap_size,heap_size,bin_vheap_size,bin_vheap_block_size,bin_old_vheap_size,bin_old_vheap_block_size]
    Large = binary:copy(<<"x">>, 1000),
    {binary, Held} = process_info(self(), binary),
    p(lists:any(fun({_, Bytes, _}) -> Bytes =:= byte_size(Large) end, Held)),  % expect: true
    p([try process_info(self(), I), ok catch error:R -> R end || I <- [[], foo, [foo], [links | x], [registered_name]]]),  % expect: [ok,badarg,badarg,badarg,ok]
    p([try process_info(X, links) catch error:R -> R end || X <- [foo, 1]]),  % expect: [badarg,badarg]
    P ! stop.

%% A tag stands for 'DOWN'; what is taken back, or never comes, leaves nothing.
tags() ->
    {P1, R1} = spawn_opt(fun() -> exit(bye) end, [{monitor, [{tag, {a, "tag", [P || P <- [self()]]}}]}]),
    receive {{a, "tag", [Me]}, R1, process, P1, Reason1} when Me =:= self() -> p(Reason1) end,  % expect: bye
    R2 = erlang:monitor(process, P1, [{tag, gone}]),
    receive {gone, R2, process, P1, Reason2} -> p(Reason2) end,  % expect: noproc
    P3 = spawn(?MODULE, loop, []),
    R3 = erlang:monitor(process, P3, [{tag, left}, {alias, demonitor}]),
    p(erlang:demonitor(R3, [info])),  % expect: true
    R4 = monitor(process, P3, [{alias, reply_demonitor}, {tag, late}]),
    P3 ! stop,
    receive {late, R4, process, P3, Reason4} -> p(Reason4) end,  % expect: normal
    p(try erlang:monitor(process, P3, [{tag}]) catch error:R5 -> R5 end),  % expect: badarg
    receive {Tag, _, process, P3, _} -> p(Tag) after 0 -> p(none) end.  % expect: none
