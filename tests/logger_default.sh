#!/bin/bash
# The handler `default` shows each crash once, as this program shows errors, whoever else is told; without it nothing is shown. What
# other handlers see is in tests/erl/logger.erlt.
. "$SXHOST_TEST_LIB"
cd "$TEST_DIR" || exit 1
cat >crashes.erl <<'END'
-module(crashes).
-export([main/1, init/1, handle_call/3, handle_cast/2, log/2]).
-include_lib("kernel/include/logger.hrl").
main(Options) ->
    lists:member("removed", Options) andalso logger:remove_handler(default),
    lists:member("added", Options) andalso logger:add_handler(mine, ?MODULE, #{to => self()}),
    {ok, Server} = gen_server:start(?MODULE, [], []),
    catch gen_server:call(Server, crash),
    {_, Ref} = spawn_monitor(fun() -> error(plainly) end),
    receive {'DOWN', Ref, _, _, _} -> ok end,
    ?LOG_WARNING("a warning of ~p", [main]),
    lists:member("added", Options) andalso io:format("~p~n", [lists:sort([receive {told, L, What} -> {L, What} end || _ <- [1, 2, 3, 4]])]).
init(_) -> {ok, []}.
handle_call(crash, _, _) -> error(on_purpose).
handle_cast(_, S) -> {noreply, S}.
log(#{level := L, msg := {report, #{label := Label}}}, #{to := To}) -> To ! {told, L, Label};
log(#{level := L, msg := {Format, _}}, #{to := To}) -> To ! {told, L, Format}.
END
told='[{error,{gen_server,terminate}},\n {error,{proc_lib,crash}},\n {error,"Error in process ~p with exit value:~n~p~n"},\n {warning,"a warning of ~p"}]\n'
shown() { "$SXHOST" crashes.erl "$@" 2>&1 >out | grep -oE '^=(CRASH|WARNING) REPORT=+|error\[on_purpose\]|error\[plainly\]|^a warning of main$'; }
all='=CRASH REPORT====\nerror[on_purpose]\nerror[plainly]\n=WARNING REPORT====\na warning of main\n'
check 'the default handler shows each once' same "$all" shown
check 'and does so beside another' same "$all" shown added
check 'which is told all' same "$told" cat out
check 'nothing is shown without it' same '' shown removed
check 'nor beside another' same '' shown removed added
check 'which is still told all' same "$told" cat out
finish
