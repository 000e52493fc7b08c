#!/bin/bash
# ping, describe and processes are answered at once: while an epoch computes, sleeps, waits, prints; they change nothing.
. "$ROOT/tests/lib/pipe.sh"

host_start
N=10
while_it() { # NAME SOURCE
    N=$((N + 1))
    host_send "$(epoch $N "(do (println \"begun\") $2)")"
    host_expect "^\\(out $N \"begun" >/dev/null
    host_send '(ping)'
    host_send '(processes)'
    host_send '(describe)'
    host_send "$(epoch $((N + 100)) ":behind-$N")"
    check "while it $1: ping" host_expect "^\\(pong $N\\)"
    check '... processes' host_expect "^\\(process-table $N \\[\\{:pid \"<0\\.[0-9]+\\.[0-9]+>\" :status :[a-z]+.* :label \":evaluator\".* :epoch $N .*\\}\\]\\)"
    check '... describe' host_expect "^\\(description $N \\{:name \"sxhost\" :version \"[0-9.]+\" :protocol 1 :features \\[.*:limits \\{.*:counters \\{.*\\}\\}\\)"
    check '... and nothing has ended' sh -c "! grep -q '^(\(ok\|error\) $N ' \"\$TEST_DIR/out\""
    host_send "(interrupt $N)"
    check '... until it is interrupted' host_expect "^\\(error $N \"interrupted\""
    check '... and what stands behind is evaluated' host_expect "^\\(ok $((N + 100)) :behind-$N\\)"
}
while_it computes '(letrec ((f (fn () (f)))) (f))'
while_it sleeps '(sleep 10000000)'
while_it waits '(receive (:never 1))'
while_it prints '(letrec ((f (fn () (do (println "flood") (f))))) (f))'
while_it 'loads a file' "(do $(printf '(file-write "%s" "(define (f) (f))\n(f)")' "$TEST_DIR/endless.sx") (load \"$TEST_DIR/endless.sx\"))"

host_send "$(epoch 50 '(park "my service")')"
check 'parked' host_expect '^\(parked 50 "my service"\)'
host_send "$(epoch 51 '(self)')"
check 'and a fresh evaluator answers' host_expect '^\(ok 51 #<pid '
host_send '(processes)'
check 'the parked one is in the table' host_expect '^\(process-table 51 \[\{.*:waits-for :park.*\{.*\}\]\)'
host_send "$(epoch 52 '(do (register :waiting (spawn (fn () (receive (:never 1))))) :up)')"
host_expect '^\(ok 52 :up\)' >/dev/null
host_send '(epoch 53) (processes)'
host_send '(processes)'
check 'names are in the table' host_expect '^\(process-table 53 .*:waits-for :receive .*:name :waiting'
table() { grep -m1 '^(process-table 53 ' "$TEST_DIR/out" | sed 's/^(process-table 53 //; s/)$//' | { IFS= read -r t; evaluate "(count $t)"; } | "$SXHOST" | grep '^(ok' ; }
check 'the table reads back' same '(ok 0 3)\n' table
description() { grep -m1 '^(description ' "$TEST_DIR/out" | sed 's/^(description [0-9]* //; s/)$//' | { IFS= read -r t; evaluate "(get-in $t [:limits :max_form_bytes])"; } | "$SXHOST" | grep '^(ok'; }
check 'the description, too' same '(ok 0 16777216)\n' description
kill -TERM "$HOST_PID"
check 'SIGTERM: an orderly end' host_ends 0

# where control commands may stand
on_one_line() { printf '(epoch 3) (ping) (eval "1") (epoch 4) (ping)\n' | piped; }
check 'in the middle of a line they are commands as others are' same '(pong 3)\n(ok 3 1)\n(pong 4)\n' on_one_line
arguments() { printf '(epoch 3)\n(ping 1)\n(describe x)\n(processes 1)\n(interrupt)\n(interrupt x)\n(interrupt 1 2)\n(eval "1")' | piped | brief; }
check 'what they do not take is an error each' same "$(for i in 1 2 3 4 5 6; do printf '(error 3 :syntax)\\n'; done)(ok 3 1)\n" arguments
inside() { printf '(epoch 3)\n(eval "(count \\"\n(ping)\n\\")")\n' | piped | sort; }
check 'in a string they are answered, and text still' same '(ok 3 8)\n(pong 3)\n' inside
ahead() { { epoch 1 '(receive (:never 1))'; yes '; read ahead of what is evaluated' | head -n 20000; echo '(ping)'; echo '(interrupt 1)'; } | piped | brief | sort; }
check 'far ahead of what is evaluated' same '(error 1 :interrupted)\n(interrupted 1)\n(pong 1)\n' ahead
finish
