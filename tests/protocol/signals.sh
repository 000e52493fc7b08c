#!/bin/bash
# SIGTERM and SIGINT: requests in flight, --drain, the second signal, a reader that never reads. SIGQUIT.
. "$ROOT/tests/lib/pipe.sh"

# serve HANDLER-BODY OPTIONS...: a host whose input has ended behind a listener; $URL. Its handler prints `asked` first.
serve() {
    local body=$1
    shift
    : >"$TEST_DIR/out" # of the last host: its lines are not this one's
    epoch 3 "(http-listen {:port 0 :handler (fn (r) (do (println \"asked\") $body))})" | "$SXHOST" "$@" >"$TEST_DIR/out" 2>"$TEST_DIR/err" &
    begun
    host_expect '^\(parked 3 ' >/dev/null
    URL=$(sed -n 's/^(listening 3 "\(.*\)").*/\1/p' "$TEST_DIR/out")
}
ask() { # in the background; returns when the handler has it
    curl -s --max-time 60 "$URL" >"$TEST_DIR/answer" &
    CLIENT=$!
    host_expect '^\(out 3 "asked' >/dev/null
}
for signal in TERM INT; do
    serve '(do (sleep 400) "slept")'
    ask
    kill -$signal "$HOST_PID"
    check "SIG$signal: 0" host_ends 0
    wait $CLIENT
    check '... and what was in flight is answered' grep -qx slept "$TEST_DIR/answer"

    serve '(do (sleep 10000000) "slept")' --drain 30
    ask
    kill -$signal "$HOST_PID"
    refuses() { local i; for i in $(seq 500); do curl -s --max-time 1 -o /dev/null "$URL" & wait $! || return 0; pause; done; return 1; }
    check '... nobody new is accepted' refuses
    kill -$signal "$HOST_PID"
    check '... a second one ends at once' host_ends $((128 + $(kill -l $signal)))
    wait $CLIENT
done

serve '(do (sleep 10000000) "slept")' --drain 0.2
ask
kill -TERM "$HOST_PID"
check '--drain bounds the wait' host_ends 0
wait $CLIENT
check '... and the client is hung up on' [ ! -s "$TEST_DIR/answer" ]

serve '"now"'
check 'an idle listener' curl -s --max-time 20 -o /dev/null "$URL"
kill -TERM "$HOST_PID"
check '... ends at once' host_ends 0

# with commands under way
host_start
host_send "$(epoch 1 "(letrec ((wait (fn () (if (file-exists? \"$TEST_DIR/go-on\") :finished (do (sleep 1) (wait)))))) (do (println \"begun\") (wait)))" ':not-begun')"
host_expect '^\(out 1 "begun' >/dev/null
kill -TERM "$HOST_PID"
dump_shows '^---$' >/dev/null # signals are seen in order: SIGTERM was
: >"$TEST_DIR/go-on"
check 'a command that is being evaluated' host_ends 0
check '... is finished, the next one is not begun' same '(ok 1 :finished)\n' sh -c 'grep "^(ok" "$TEST_DIR/out"'
exec 7>&-
rm "$TEST_DIR/in"
host_start --drain 0.2
host_send "$(epoch 1 '(do (println "begun") (letrec ((f (fn () (f)))) (f)))')"
host_expect '^\(out 1 "begun' >/dev/null
kill -TERM "$HOST_PID"
check 'one that never ends is waited for as long as --drain says' host_ends 0
exec 7>&-
rm "$TEST_DIR/in"

# a reader that never reads
unread() { # a host with more to write than anybody takes, at the end of its input
    mkfifo "$TEST_DIR/unread.$1"
    exec 9<>"$TEST_DIR/unread.$1"
    epoch 1 '(println (join "" (repeat 1000000 "x")))' | "$SXHOST" --drain 0.2 >&9 2>"$TEST_DIR/err" &
    begun
    head -c 100 <&9 >"$TEST_DIR/begun"
    dump_shows 'waiting in output'
}
unread 1
kill -TERM "$HOST_PID"
check 'SIGTERM with a reader that never reads' host_ends 0
unread 2
kill -TERM "$HOST_PID"
kill -INT "$HOST_PID" # not TERM again: the two would be one while they wait
second() { host_ends 130 || [ "$HOST_STATUS" = 143 ]; }
check '... and a second one' second
exec 9>&-

# SIGQUIT
serve '"on"'
check 'SIGQUIT shows every process, where it waits, and its stack' dump_shows '^<0\.[0-9]+\.[0-9]+> :evaluator +waiting in listen .*epoch 3, '
check '... on standard error alone' sh -c '! grep -q waiting "$TEST_DIR/out"'
check '... and goes on' same 'on' curl -s --max-time 20 "$URL"
kill -TERM "$HOST_PID"
check '... until it is told to end' host_ends 0
host_start --drain 0.2
host_send "$(epoch 1 '(do (reduce (fn (_ i) (spawn (fn () (receive (:never 1))))) nil (range 0 3000)) (letrec ((f (fn () (f)))) (f)))')"
host_send '(ping)'
host_expect '^\(pong 1\)' >/dev/null
check 'thousands are counted, not shown' dump_shows '^\.\.\. and 10[0-9][0-9] more:$'
kill -TERM "$HOST_PID"
check 'a loop and three thousand that wait: SIGTERM' host_ends 0
finish
