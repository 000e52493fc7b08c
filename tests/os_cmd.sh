#!/bin/bash
# os:cmd and the processes around it: whoever is killed takes the command's whole process group along, as does the program's end;
# meanwhile nothing else stops. What it answers is in tests/erl/os.erlt.
. "$SXHOST_TEST_LIB"
cd "$TEST_DIR" || exit 1
cat >killed.erl <<'END'
-module(killed).
-export([main/1]).
main(["killed"]) ->
    Pid = begun(),
    exit(Pid, kill),
    io:format("~s", [wait_gone(os:cmd("cat inner"))]);
main(["ended"]) -> begun(), io:format("~s", [os:cmd("cat inner")]).
%% A process that waits for a command which has begun a program of its own.
begun() ->
    os:cmd("rm -f ready; mkfifo ready"),
    Pid = spawn(fun() -> os:cmd("sleep 100 & echo $! > inner; echo > ready; wait") end),
    "\n" = os:cmd("cat ready"),
    Pid.
wait_gone(Inner) ->
    case os:cmd("cut -d' ' -f3 /proc/" ++ string:trim(Inner) ++ "/stat 2>/dev/null") of
        Ended when Ended =:= ""; Ended =:= "Z\n" -> "gone\n";
        _ -> wait_gone(Inner)
    end.
END
check 'a killed caller takes the process group along' same 'gone\n' "$SXHOST" killed.erl killed
inner=$("$SXHOST" killed.erl ended)
gone() { while case $(cut -d' ' -f3 "/proc/$inner/stat" 2>/dev/null) in '' | Z) false ;; esac; do pause; done; }
check 'so does the end of the program' gone
check 'a replayed run refuses it' sh -c '"$SXHOST" --deterministic 1 -E "os:cmd(\"echo x\")." 2>&1 | grep -q "notsup.*os:cmd: what other programs do is not part of what --deterministic replays"'
"$SXHOST" -E 'L = [spawn_monitor(fun() -> exit(os:cmd("echo " ++ integer_to_list(N))) end) || N <- lists:seq(1, 60)], io:format("~p~n", [lists:sum([receive {_, R, _, _, X} -> list_to_integer(string:trim(X)) end || {_, R} <- L])]).' >sum
check 'many at once' same '1830\n' head -n 1 sum
finish
