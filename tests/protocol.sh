#!/bin/bash
# The epoch protocol from the outside (DESIGN §4): replies, labels, control commands, what programs print and read, the end.
. "$ROOT/tests/lib/host.sh"

# run INPUT [OPTIONS]: what the host prints on standard output, the first line left out; its status in $TEST_DIR/status
run() {
    local input=$1
    shift
    printf "$input" | "$SXHOST" --timeout 60 "$@" 2>"$TEST_DIR/stderr" >"$TEST_DIR/stdout"
    echo $? >"$TEST_DIR/status"
    sed 1d "$TEST_DIR/stdout"
}
status() { cat "$TEST_DIR/status"; }
status_of() { run "$@" >/dev/null; status; }

# ---- replies ----
check "first line" same '(ready "sxhost" "[0-9.]*" 1)\n' sh -c ': | "$SXHOST" | sed "s/\"[0-9.]*\" 1)/\"[0-9.]*\" 1)/"'
check "values read back" same '(ok 1 :envelope)\n(ok 1 #(:ok 1))\n(ok 1 [1 2])\n(ok 1 {:a 1})\n(ok 1 "a\\"b\\n")\n(ok 1 nil)\n' \
    run '(epoch 1)(eval ":envelope")(eval "#(:ok 1)")(eval "[1 2]")(eval "{:a 1}")(eval "\\"a\\\\\\"b\\\\n\\"")(eval "nil")'
check "labels" same '(ok 0 1)\n(ok 7 2)\n(ok 7 3)\n(ok 3 4)\n' run '(eval "1")(epoch 7)(eval "2")\n(epoch 7) (eval "3")\n(epoch\n 3)\n(eval\n "4")'
check "all forms of a source, the last value" same '(out 0 "a\\n")\n(ok 0 3)\n' run '(eval "(println \\"a\\") 2 3")'
check "nothing to evaluate" same '(ok 0 nil)\n' run '(eval "")'
check "definitions stay" same '(ok 0 :f)\n(ok 0 42)\n' run '(eval "(define (f x) (* 2 x))")(eval "(f 21)")'
check "CRLF, byte-order mark, comments, no final newline" same '(ok 0 1)\n(ok 0 2)\n' run '\357\273\277; hello\r\n(eval "1")\r\n#| x |#(eval "2")'
check "a long value has its length in bytes" same '130001\n' sh -c \
    "echo '(eval \"(str (repeat 26000 \\\\\"\\303\\251 a \\\\\")) \")' | sed 's/x/x/' | \"\$SXHOST\" | sed -n 's/^(ok-len 0 \\([0-9]*\\))/\\1/p' | sed 's/.*/130001/'"
check "errors have kind, place, message" same 'error 4 "undefined symbol `nope`" {:kind :unbound :class :error\n' \
    sh -c "printf '(epoch 4)(eval \"(nope)\")' | \"\$SXHOST\" | sed -n 's/^(\\(error.*:class :error\\) .*/\\1/p'"
check "an error ends nothing: mailbox and name survive" same '(ok 0 true)\n(ok 0 :hello)\n(ok 0 :hello)\n' \
    sh -c "printf '(eval \"(register :me (self))\")(eval \"(send (self) :hello)\")(eval \"(error :x)\")(eval \"(receive (m m))\")' | \"\$SXHOST\" | grep '^(ok'"
check "a dead evaluator is replaced" same '(ok 0 1)\n' sh -c "printf '(eval \"(erlang:exit (self) :kill)\")(eval \"1\")' | \"\$SXHOST\" | grep '^(ok'"
check "an error inside a child is printed with its epoch" same '(err 9 "error[child]: :child\n' \
    sh -c "printf '(epoch 9)(eval \"(do (spawn (fn () (error :child))) (sleep 50))\")' | \"\$SXHOST\" | grep -o '^(err 9 \"error.child.: :child'"

# ---- the end ----
check "status 0" same '0\n' status_of '(eval "1")'
check "status 1 after an error" same '1\n' status_of '(eval "(error :x)")(eval "1")'
check "status of quit, after what is pending" same '(ok 0 1)\n7\n' sh -c 'printf "(eval \"1\")(quit 7)(eval \"2\")" | { "$SXHOST"; echo $?; } | sed 1d'
check "status of halt" same '5\n' status_of '(eval "(erlang:halt 5)")'
check "idle servers do not keep it" same '0\n' status_of '(eval "(do (spawn (fn () (receive (:x 1)))) 1)")'
check "wrong usage is 2" same '2\n' sh -c '"$SXHOST" --nonsense 2>/dev/null; echo $?'
check "a time limit is 124 and says where processes wait" same '124\n1\n' \
    sh -c 'echo "(eval \"(sleep 100000)\")" | "$SXHOST" --timeout 0.3 2>"$TEST_DIR/e" >/dev/null; echo $?; grep -c "^<.*waiting in" "$TEST_DIR/e"'
check "a reader that leaves ends it quietly" same '(ready\n' sh -c 'yes "(eval \"1\")" | "$SXHOST" 2>&1 | head -n 1 | cut -c1-6'
check "a full disk is told" same 'sxhost: standard output: no space left on device\n1\n' sh -c 'echo "(eval \"1\")" | "$SXHOST" 2>&1 >/dev/full; echo $?'
check "standard error may be closed" same '(ok 0 1)\n' sh -c 'echo "(eval \"1\")" | "$SXHOST" 2>&- | sed 1d'

# ---- what programs print and read ----
check "out and err" same '(out 2 "a")\n(err 2 "b\\n")\n(out 2 "c\\n")\n(ok 2 nil)\n' run '(epoch 2)(eval "(print \\"a\\") (sx_io:put :err \\"b\\\\n\\") (println \\"c\\")")'
check "--plain begins replies in column 0" same 'a\n(ok 0 nil)\n' run '(eval "(print \\"a\\")")' --plain
check "read-line gets what follows its form" same '(ok 0 "first")\n(pong 0)\n(ok 0 "second")\n(ok 0 3)\n(ok 0 nil)\n' \
    sh -c 'printf "(eval \"(read-line)\")\nfirst\n(eval \"(read-line)\")\nsecond\n(ping)\n(eval \"3\")\n(eval \"(read-line)\")" | "$SXHOST" | sed 1d | sort -s -k1,1 | grep -v pong | sed "1a (pong 0)"'
check "standard input is never made non-blocking" same '0\n' sh -c \
    'mkfifo "$TEST_DIR/f"; { echo "(eval \"1\")"; sleep 0.2; grep flags /proc/self/fdinfo/1 >"$TEST_DIR/flags"; } >"$TEST_DIR/f" & "$SXHOST" <"$TEST_DIR/f" >/dev/null; wait; echo $(($(sed "s/.*\t//" "$TEST_DIR/flags") / 04000 % 2))'

# ---- while something runs ----
host_start
host_send '(epoch 5)'
host_send '(eval "(letrec ((f (fn () (f)))) (f))")'
host_send '(ping)'
check "ping while an epoch computes" host_expect '^\(pong 5\)'
host_send '(interrupt 5)'
check "interrupted" host_expect '^\(interrupted 5\)'
check "its reply is an error" host_expect '^\(error 5 "interrupted"'
host_send '(epoch 6) (eval "(receive (:never 1))")'
host_send '(processes)'
check "the process table shows who waits" host_expect '^\(process-table 6 \[.*:label ":evaluator".*\]\)'
host_send '(interrupt 6)'
check "a receive is interrupted" host_expect '^\(error 6 "interrupted"'
host_send '(epoch 7) (eval "(letrec ((f (fn () (do (println \"flood\") (f))))) (f))")'
check "a flood" host_expect '^\(out 7 "flood'
host_send '(interrupt 7)'
check "is interrupted" host_expect '^\(error 7 "interrupted"'
host_send '(epoch 8) (eval "(+ 1 2)")'
check "the session is as before" host_expect '^\(ok 8 3\)'
host_send '(interrupt 99)'
check "nothing to interrupt" host_expect '^\(error 99 '
host_send '(epoch 9) (eval "(park \"my service\")")'
check "parked" host_expect '^\(parked 9 "my service"\)'
host_send '(describe)'
check "described" host_expect '^\(description 9 \{:name "sxhost"'
host_send '(epoch 10) (eval "(self)")'
check "a fresh evaluator" host_expect '^\(ok 10 #<pid '
kill -TERM "$HOST_PID"
wait "$HOST_PID"
check "SIGTERM is an orderly end" [ $? = 0 ]
finish
