%% erlang.erl - those functions of module erlang that need no C. It supplements the native ones.
%% There is one node, so functions that take a node ignore it.
-module(erlang).

-export([spawn/2, spawn/4, spawn_link/2, spawn_link/4, spawn_monitor/2, spawn_monitor/4, spawn_opt/3, spawn_opt/5,
         spawn_request/1, spawn_request/2, spawn_request/3, spawn_request/4, spawn_request/5, spawn_request_abandon/1,
         send_nosuspend/2, send_nosuspend/3, nodes/2, ports/0, trace/3, trace_pattern/2, trace_pattern/3, trace_delivered/1,
         trace_info/2, seq_trace/2, seq_trace_info/1, seq_trace_print/1, seq_trace_print/2, system_monitor/0, system_monitor/1,
         system_monitor/2, system_profile/0, system_profile/2, process_display/2, decode_packet/3, fun_info/1, convert_time_unit/3,
         append/2, subtract/2, localtime_to_universaltime/1, disconnect_node/1, check_process_code/2, check_process_code/3]).

-compile({no_auto_import, [spawn/2, spawn/4, spawn_link/2, spawn_link/4, spawn_monitor/2, spawn_monitor/4,
                           spawn_opt/3, spawn_opt/5, spawn_request/1, spawn_request/2, spawn_request/3, spawn_request/4, spawn_request/5,
                           spawn_request_abandon/1, nodes/2, disconnect_node/1, check_process_code/2, check_process_code/3]}).

spawn(_Node, F) -> erlang:spawn(F).
spawn(_Node, M, F, A) -> erlang:spawn(M, F, A).
spawn_link(_Node, F) -> erlang:spawn_link(F).
spawn_link(_Node, M, F, A) -> erlang:spawn_link(M, F, A).
spawn_monitor(_Node, F) -> erlang:spawn_monitor(F).
spawn_monitor(_Node, M, F, A) -> erlang:spawn_monitor(M, F, A).
spawn_opt(_Node, F, Opts) -> erlang:spawn_opt(F, Opts).
spawn_opt(_Node, M, F, A, Opts) -> erlang:spawn_opt(M, F, A, Opts).

%% The answer {spawn_reply, Ref, ok, Pid} comes as a message, as it would from another node. It is there at once.
spawn_request(F) -> requested(fun(Opts) -> erlang:spawn_opt(F, Opts) end, is_function(F, 0), [], [F]).

spawn_request(F, Opts) when is_function(F) -> requested(fun(O) -> erlang:spawn_opt(F, O) end, is_function(F, 0), Opts, [F, Opts]);
spawn_request(Node, F) when is_atom(Node) -> spawn_request(F, []);
spawn_request(Node, F) -> erlang:error(badarg, [Node, F]).

spawn_request(M, F, A) when is_atom(F) -> spawn_request(M, F, A, []);
spawn_request(Node, F, Opts) when is_atom(Node) -> spawn_request(F, Opts);
spawn_request(Node, F, Opts) -> erlang:error(badarg, [Node, F, Opts]).

spawn_request(Node, M, F, A) when is_atom(F) -> spawn_request(Node, M, F, A, []);
spawn_request(M, F, A, Opts) ->
    requested(fun(O) -> erlang:spawn_opt(M, F, A, O) end, is_atom(M) andalso is_atom(F) andalso is_list(A), Opts, [M, F, A, Opts]).

spawn_request(Node, M, F, A, Opts) when is_atom(Node) -> spawn_request(M, F, A, Opts);
spawn_request(Node, M, F, A, Opts) -> erlang:error(badarg, [Node, M, F, A, Opts]).

%% Wrong options are answered as a message, too.
requested(Spawn, IsRight, Opts, Args) ->
    IsRight andalso is_list(Opts) andalso length(Opts) >= 0 orelse erlang:error(badarg, Args),
    {Tags, Opts1} = lists:partition(fun(O) -> is_tuple(O) andalso tuple_size(O) =:= 2 andalso element(1, O) =:= reply_tag end, Opts),
    {Replies, Opts2} = lists:partition(fun(O) -> lists:member(O, [{reply, yes}, {reply, no}, {reply, success_only}, {reply, error_only}]) end, Opts1),
    Tag = case Tags of [] -> spawn_reply; _ -> element(2, lists:last(Tags)) end,
    Reply = case Replies of [] -> yes; _ -> element(2, lists:last(Replies)) end,
    try Spawn(Opts2) of
        {Pid, Ref} -> answered(Reply, success_only, {Tag, Ref, ok, Pid}, Ref);
        Pid ->
            Ref = erlang:make_ref(),
            answered(Reply, success_only, {Tag, Ref, ok, Pid}, Ref)
    catch
        error:badarg ->
            Ref = erlang:make_ref(),
            answered(Reply, error_only, {Tag, Ref, error, badopt}, Ref);
        error:Reason ->
            Ref = erlang:make_ref(),
            answered(Reply, error_only, {Tag, Ref, error, Reason}, Ref)
    end.

answered(Reply, Own, Message, Ref) ->
    case Reply =:= yes orelse Reply =:= Own of
        true -> erlang:self() ! Message;
        false -> ok
    end,
    Ref.

%% Every answer is there before one could give it up.
spawn_request_abandon(Ref) when is_reference(Ref) -> false;
spawn_request_abandon(Ref) -> erlang:error(badarg, [Ref]).

%% Sending never waits.
send_nosuspend(To, Message) ->
    try To ! Message of
        _ -> true
    catch error:badarg -> erlang:error(badarg, [To, Message])
    end.

send_nosuspend(To, Message, Options) ->
    is_list(Options) andalso Options -- [noconnect] =:= [] orelse erlang:error(badarg, [To, Message, Options]),
    send_nosuspend(To, Message).

%% ---- nodes, tracing, packets ------------------------------------------------------------------------------------------------

%% There is this node alone.
nodes(Type, Options) when is_atom(Type) -> nodes([Type], Options, [Type, Options]);
nodes(Types, Options) -> nodes(Types, Options, [Types, Options]).

nodes(Types, Options, Args) ->
    is_list(Types) andalso is_map(Options) andalso Types -- [T || T <- Types, lists:member(T, [this, visible, hidden, connected, known])] =:= [] andalso
        [O || {K, V} = O <- maps:to_list(Options), not is_boolean(V) orelse K =/= connection_id andalso K =/= node_type] =:= [] orelse
        erlang:error(badarg, Args),
    Known = #{connection_id => undefined, node_type => this},
    case lists:member(this, Types) orelse lists:member(known, Types) of
        true -> [{erlang:node(), maps:with([K || {K, true} <- maps:to_list(Options)], Known)}];
        false -> []
    end.

%% No port is open: see os:cmd for other programs.
ports() -> [].

%% Nothing is traced. Who wants it is told that it cannot be, rather than left waiting.
trace(_, _, _) -> erlang:error(notsup).
trace_pattern(_, _) -> erlang:error(notsup).
trace_pattern(_, _, _) -> erlang:error(notsup).
trace_delivered(_) -> erlang:error(notsup).
trace_info(_, Item) when Item =:= flags; Item =:= tracer -> {Item, []};
trace_info(_, Item) -> {Item, false}.

seq_trace(sequential_trace_token, []) -> [];
seq_trace(_, _) -> erlang:error(notsup).
seq_trace_info(Item) when Item =:= label; Item =:= serial -> [];
seq_trace_info(Item) when is_atom(Item) -> {Item, false};
seq_trace_info(Item) -> erlang:error(badarg, [Item]).
seq_trace_print(_) -> false.
seq_trace_print(_, _) -> false.

%% The monitor of the system is not there: longest-slice and the limits of processes say what it would.
system_monitor() -> undefined.
system_monitor(undefined) -> undefined;
system_monitor(_) -> erlang:error(notsup).
system_monitor(undefined, _) -> undefined;
system_monitor(_, _) -> erlang:error(notsup).
system_profile() -> undefined.
system_profile(undefined, _) -> undefined;
system_profile(_, _) -> erlang:error(notsup).

%% What is known of a process, to standard error.
process_display(Pid, backtrace) ->
    case erlang:process_info(Pid, [registered_name, status, message_queue_len, current_stacktrace]) of
        undefined -> erlang:error(badarg, [Pid, backtrace]);
        Items ->
            io:format(standard_error, "~p~n~p~n", [Pid, Items]),
            true
    end;
process_display(Pid, What) -> erlang:error(badarg, [Pid, What]).

decode_packet(Kind, Bytes, Options) ->
    is_binary(Bytes) andalso is_list(Options) orelse erlang:error(badarg, [Kind, Bytes, Options]),
    try sx_packet:decode(Kind, Bytes, Options)
    catch error:function_clause -> erlang:error(badarg, [Kind, Bytes, Options])
    end.

fun_info(F) when is_function(F) ->
    [erlang:fun_info(F, Item) || Item <- case erlang:fun_info(F, type) of
                                             {type, local} -> [pid, module, new_index, new_uniq, index, uniq, name,
                                                               arity, env, type];
                                             {type, external} -> [module, name, arity, env, type]
                                         end].

append(A, B) -> A ++ B.
subtract(A, B) -> A -- B.

%% Rounds down, as the system's own conversions do.
convert_time_unit(Time, From, To) ->
    try floor_div(Time * per_second(To), per_second(From))
    catch error:_ -> erlang:error(badarg, [Time, From, To], [{error_info, #{module => erl_erts_errors}}])
    end.

floor_div(A, B) when A >= 0 -> A div B;
floor_div(A, B) -> -((-A + B - 1) div B).

per_second(second) -> 1;
per_second(millisecond) -> 1000;
per_second(microsecond) -> 1000000;
per_second(nanosecond) -> 1000000000;
per_second(native) -> 1000000000;
per_second(perf_counter) -> 1000000000;
per_second(seconds) -> 1;
per_second(milli_seconds) -> 1000;
per_second(micro_seconds) -> 1000000;
per_second(nano_seconds) -> 1000000000;
per_second(N) when is_integer(N), N > 0 -> N.

localtime_to_universaltime(Local) -> erlang:localtime_to_universaltime(Local, undefined).

disconnect_node(_) -> ignored.

%% A process that is inside old code of M. Functions of it that a process only holds do not count, as in OTP.
check_process_code(Pid, M) -> check_process_code(Pid, M, []).

check_process_code(Pid, M, Options) ->
    case check_options(Options, none) of
        none when is_pid(Pid), is_atom(M) -> erts_internal:in_old_code(Pid, M);
        {async, Id} when is_pid(Pid), is_atom(M) ->
            self() ! {check_process_code, Id, erts_internal:in_old_code(Pid, M)},
            async;
        _ -> erlang:error(badarg, [Pid, M, Options])
    end.

check_options([{async, Id} | Options], _) -> check_options(Options, {async, Id});
check_options([{allow_gc, Bool} | Options], Async) when is_boolean(Bool) -> check_options(Options, Async);
check_options([], Async) -> Async;
check_options(_, _) -> bad.
