#!/bin/bash
# The end of input: with nothing, with pending work, with a live listener, with idle servers; exit codes; the time limit.
. "$ROOT/tests/lib/pipe.sh"

ends() { "$@" >/dev/null; status; } # FUNCTION...: the exit status of the host that it runs

nothing() { piped </dev/null; }
check 'nothing at all' same '' nothing
check '... is 0' same '0\n' status
blank() { printf '\n ; just a comment\n\n' | piped; }
check 'nothing but blanks' same '' blank
check '... is 0' same '0\n' status
pending() { epoch 1 '(do (sleep 200) :slow)' '(do (sleep 100) :slower)' ':last' | piped; }
check 'pending work is finished' same '(ok 1 :slow)\n(ok 1 :slower)\n(ok 1 :last)\n' pending
check '... and is 0' same '0\n' status
idle() { epoch 1 '(do (register :idle (spawn (fn () (receive (:never 1))))) :up)' '(do (spawn (fn () (letrec ((f (fn () (f)))) (f)))) :busy)' | piped; }
check 'idle servers do not keep it, nor busy ones' same '(ok 1 :up)\n(ok 1 :busy)\n' idle
check '... and it is 0' same '0\n' status
unfinished() { printf '(epoch 2)(eval "1"' | piped | brief; }
check 'input without its last bracket is an error' same '(error 2 :syntax)\n' unfinished
check '... and 1' same '1\n' status
errors() { printf '(epoch 1)(nonsense)(eval "1")' | piped | brief; }
check 'an error anywhere' same '(error 1 :syntax)\n(ok 1 1)\n' errors
check '... makes it 1' same '1\n' status
stray_interrupt() { printf '(interrupt 5)' | piped | brief; }
check 'an interrupt of nothing, too' same '1\n' ends stray_interrupt
children() { epoch 1 '(do (spawn (fn () (error :child))) (sleep 50) :fine)' | piped; }
check 'a crash in a child is no reply' same '0\n' ends children

quits() { { epoch 1 '(do (sleep 50) :slow)' '(error :x)'; echo "(quit$1)"; evaluate ':never'; } | piped | brief; }
check 'quit waits for what is pending, and nothing comes behind it' same '(ok 1 :slow)\n(error 1 :x)\n' quits ' 4'
check '... with the code that it says' same '4\n' status
check 'without one: as at the end of input' same '1\n' ends quits ''
check 'quit 0 after an error' same '0\n' ends quits ' 0'
check 'quit 255' same '255\n' ends quits ' 255'
bad_quits() { printf '(quit 256)(quit -1)(quit x)(eval "1")' | piped | brief; }
check 'codes that are none' same '(error 0 :syntax)\n(error 0 :syntax)\n(error 0 :syntax)\n(ok 0 1)\n' bad_quits
halts() { epoch 1 '(println "last words")' '(erlang:halt 3)' ':never' | piped; }
check 'halt ends at once' same '(out 1 "last words\\n")\n(ok 1 nil)\n' halts
check '... with its code' same '3\n' status

usage() { "$SXHOST" "$@" </dev/null >"$TEST_DIR/stdout" 2>"$TEST_DIR/stderr"; echo $?; }
for wrong in --nonsense '--timeout' '--timeout x' '--timeout -1' '--drain soon' '--limit max_atoms' '--limit max_wishes=3' '--limit max_atoms=0' '--repl --protocol' '-e' '--fifo'; do
    # shellcheck disable=SC2086
    check "wrong usage is 2: $wrong" same '2\n' usage $wrong
    check '... and says so in a line' grep -q '^sxhost: ..' "$TEST_DIR/stderr"
done

# the time limit
limit() { epoch 4 "$1" | "$SXHOST" --timeout 0.3 2>"$TEST_DIR/stderr" >"$TEST_DIR/stdout"; echo $?; }
check 'time is over in a sleep: 124' same '124\n' limit '(sleep 10000000)'
check '... the processes and where they wait are shown' grep -qE '^<[0-9.]+> .*waiting in .*epoch 4' "$TEST_DIR/stderr"
check '... with their stacks' grep -qE '^    0 sx/sleep lib/sx/process.sx:[0-9]+' "$TEST_DIR/stderr"
check '... and the reason' grep -q '^sxhost: time is over (--timeout)$' "$TEST_DIR/stderr"
check 'in a loop' same '124\n' limit '(letrec ((f (fn () (f)))) (f))'
check '... which is running' grep -qE '^<[0-9.]+> .*(running|runnable)' "$TEST_DIR/stderr"
check 'with a listener' same '124\n' limit '(http-listen {:port 0 :handler (fn (r) 1)})'
check '... parked' grep -qE 'waiting in listen' "$TEST_DIR/stderr"
check 'in a flood that is read' same '124\n' limit '(letrec ((f (fn () (do (println "flood") (f))))) (f))'
in_time() { epoch 1 ':fast' | piped; }
check 'what ends in time is not touched' same '(ok 1 :fast)\n' in_time
check 'a script' same '124\n' sh -c '"$SXHOST" --timeout 0.3 -e "(sleep 10000000)" 2>/dev/null; echo $?'
unread() { # what is left when nobody reads counts too
    mkfifo "$TEST_DIR/unread"
    exec 9<>"$TEST_DIR/unread"
    epoch 1 '(println (join "" (repeat 1000000 "x")))' | "$SXHOST" --timeout 0.5 >&9 2>"$TEST_DIR/stderr"
    echo $?
    exec 9>&-
}
check 'with a reader that never reads' same '124\n' unread

# a listener
serving() { # OPTIONS...: a host whose input has ended behind a listener; $URL
    : >"$TEST_DIR/out" # of the last host: its lines are not this one's
    { epoch 3 '(http-listen {:port 0 :handler (fn (r) "served")})'; epoch 4 '(+ 1 2)'; } | "$SXHOST" "$@" >"$TEST_DIR/out" 2>"$TEST_DIR/err" &
    begun
    host_expect '^\(ok 4 ' >/dev/null
    URL=$(sed -n 's/^(listening 3 "\(.*\)").*/\1/p' "$TEST_DIR/out")
}
serving
check 'listening, then parked, then a fresh evaluator' same '(listening 3\n(parked 3\n(ok 4\n' sh -c 'grep -o "^([a-z]* [34]" "$TEST_DIR/out"'
check 'a listener goes on behind the end of input' same 'served' curl -s --max-time 20 "$URL"
kill -TERM "$HOST_PID"
check '... until SIGTERM: 0' host_ends 0
at_eof() { epoch 3 '(http-listen {:port 0 :handler (fn (r) "served")})' "$1" | piped --exit-at-eof | sed -E 's/127.0.0.1:[0-9]+/HOST/' | brief; }
check '--exit-at-eof ends though something listens' same '(listening 3 "http://HOST/")\n(parked 3 "http-listen")\n(ok 3 :pending)\n' at_eof '(do (sleep 100) :pending)'
check '... with 0' same '0\n' status
check '... or 1 after an error' same '1\n' ends at_eof '(error :x)'
closed() { epoch 3 '(do (spawn (fn () (http-listen {:port 0 :handler (fn (r) 1)}))) (sleep 50))' '(each (fn (p) (if (= p (self)) nil (exit-to p :kill))) (erlang:processes))' | piped | sed -E 's/127.0.0.1:[0-9]+/HOST/' | brief | head -n 1; }
check 'a listener that is closed again does not keep it' same '(listening 3 "http://HOST/")\n' closed
taken() {
    local port
    port=${URL##*:}
    epoch 1 "(http-listen {:port ${port%/} :handler (fn (r) 1)})" | piped | grep -o 'error 1\|:eaddrinuse' | head -n 2
}
serving
check 'a port that is taken is the error of the command' same 'error 1\n:eaddrinuse\n' taken
kill -TERM "$HOST_PID"
check '... and the first one is not disturbed' host_ends 0
# a listener whose process is taken along by a link
struck='(do (spawn-link (fn () (do (sleep 50) (exit :boom)))) (http-listen 0 (fn (r) 1)))'
struck_script() { "$SXHOST" -e "$struck" >"$TEST_DIR/stdout" 2>"$TEST_DIR/stderr"; echo $? >"$TEST_DIR/status"; }
check 'a program that is struck where it had parked' struck_script
check '... says so' grep -q '^exit\[boom\]' "$TEST_DIR/stderr"
check '... and has failed' same '1\n' status
struck_epoch() { epoch 1 "$struck" '(sleep 200)' '(+ 1 2)' | piped | grep -v listening; }
check 'an epoch has its reply already' same '(parked 1 "http-listen")\n(ok 1 :ok)\n(ok 1 3)\n' struck_epoch
check '... and its end is told' grep -q 'what epoch 1 parked in has ended' "$TEST_DIR/stderr"

finish
