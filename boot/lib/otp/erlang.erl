%% erlang.erl - those functions of module erlang that need no C. It supplements the native ones.
%% There is one node, so functions that take a node ignore it.
-module(erlang).

-export([spawn/2, spawn/4, spawn_link/2, spawn_link/4, spawn_monitor/2, spawn_monitor/4, spawn_opt/3, spawn_opt/5,
         spawn_request/1, spawn_request/2, spawn_request/3, fun_info/1, convert_time_unit/3,
         append/2, subtract/2, localtime_to_universaltime/1, disconnect_node/1, check_process_code/2, check_process_code/3]).

-compile({no_auto_import, [spawn/2, spawn/4, spawn_link/2, spawn_link/4, spawn_monitor/2, spawn_monitor/4,
                           spawn_opt/3, spawn_opt/5, spawn_request/1, spawn_request/2, spawn_request/3,
                           disconnect_node/1, check_process_code/2, check_process_code/3]}).

spawn(_Node, F) -> erlang:spawn(F).
spawn(_Node, M, F, A) -> erlang:spawn(M, F, A).
spawn_link(_Node, F) -> erlang:spawn_link(F).
spawn_link(_Node, M, F, A) -> erlang:spawn_link(M, F, A).
spawn_monitor(_Node, F) -> erlang:spawn_monitor(F).
spawn_monitor(_Node, M, F, A) -> erlang:spawn_monitor(M, F, A).
spawn_opt(_Node, F, Opts) -> erlang:spawn_opt(F, Opts).
spawn_opt(_Node, M, F, A, Opts) -> erlang:spawn_opt(M, F, A, Opts).

%% The answer {spawn_reply, Ref, ok, Pid} comes as a message, as it would from another node.
spawn_request(F) -> spawn_request(F, []).

spawn_request(F, Opts) when is_function(F, 0) ->
    requested(erlang:spawn_opt(F, [O || O <- Opts, not reply_option(O)]), Opts);
spawn_request(_Node, F) -> spawn_request(F, []).

spawn_request(M, F, A) when is_list(A), is_atom(F) -> requested(erlang:spawn_opt(M, F, A, []), []);
spawn_request(_Node, F, Opts) -> spawn_request(F, Opts).

reply_option({reply, _}) -> true;
reply_option({reply_tag, _}) -> true;
reply_option(_) -> false.

requested(Spawned, Opts) ->
    {Pid, Ref} = case Spawned of
                     {_, _} -> Spawned;
                     _ -> {Spawned, erlang:make_ref()}
                 end,
    Tag = proplists:get_value(reply_tag, Opts, spawn_reply),
    case proplists:get_value(reply, Opts, yes) of
        R when R =:= yes; R =:= success_only -> erlang:self() ! {Tag, Ref, ok, Pid};
        _ -> ok
    end,
    Ref.

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
    catch error:_ -> erlang:error(badarg, [Time, From, To])
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

check_process_code(_, _) -> false.
check_process_code(_, _, _) -> false.
