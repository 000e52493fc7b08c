#!/bin/bash
# (interrupt N): what N evaluates ends with an error, and the session is as it was: the same process, its name, its mailbox.
. "$ROOT/tests/lib/pipe.sh"

host_start
host_send "$(epoch 1 '(register :me (self))' '(send (self) :kept)' '(define xs (range 0 200000))' '(define text (join "" (repeat 100000 "ab")))' '1')"
host_expect '^\(ok 1 1\)' >/dev/null

N=10
# begin SOURCE: evaluate it in an epoch of its own; returns once it computes
begin() {
    N=$((N + 1))
    host_send "$(epoch $N "$1")"
    host_send '(ping)'
    host_expect "^\\(pong $N\\)" >/dev/null
}
ends() { host_expect "^\\((ok|error) $N" | cut -d' ' -f1-3 | grep -qx "(error $N \"interrupted\""; }
yields() { # NAME SOURCE
    begin "$2"
    host_send "(interrupt $N)"
    check "$1" ends
    check "... and was confirmed" host_expect "^\\(interrupted $N\\)"
}

yields 'an endless loop' '(letrec ((f (fn () (f)))) (f))'
yields 'a receive that never ends' '(receive (:never 1))'
yields 'a sleep' '(sleep 10000000)'
yields 'a flood' '(letrec ((f (fn () (do (println "flood") (f))))) (f))'
yields 'a read-line that nobody answers' '(read-line)'
yields 'a call that nobody answers' '(call (spawn (fn () (sleep 10000000))) :x {:timeout 10000000})'
yields 'a sort' '(letrec ((f (fn () (do (sort xs) (f))))) (f))'
yields 'a comparison' '(letrec ((f (fn () (do (= (range 0 200000) xs) (f))))) (f))'
yields 'a comparison in a guard, which is not just false' '(let ((xs (range 0 2000)) (ys (range 0 2000))) (letrec ((f (fn () (match ys (y :when (= y xs) (f)) (_ (f)))))) (f)))'
yields 'printing' '(letrec ((f (fn () (do (inspect xs) (f))))) (f))'
yields 'a string that grows' '(letrec ((f (fn (n) (do (str text n) (f (+ n 1)))))) (f 0))'
yields 'Erlang that loops' '(erlang-eval-ast "F = fun F() -> F() end, F().")'
yields 'Erlang that waits' '(erlang-eval-ast "receive x -> 1 end.")'
yields 'a file without end' '(file-read "/dev/zero")'
yields 'a load without end' "(do $(printf '(file-write "%s" "(define (f) (f)) (f)")' "$TEST_DIR/endless.sx") (load \"$TEST_DIR/endless.sx\"))"
yields 'a loop whose clean-up runs' '(try (sleep 10000000) (after (println "cleaned up")))'
check '... it ran' host_expect "^\\(out $N \"cleaned up"
yields 'macros that expand for ever' '(do (defmacro (again x) `(again ,x)) (eval (quote (again 1))))'

begin '(letrec ((f (fn () (do (try (sleep 10000000) (catch (_ _ _) :caught)) (f))))) (f))'
printf '(interrupt %d)\n' $N $N >&7
check 'a program that catches everything: the second one counts' ends

begin '(letrec ((f (fn () (f)))) (f))'
printf '(interrupt %d)\n' $N $N $N $N >&7
check 'many at once' ends
host_send '(interrupt 999)'
check 'an epoch that nobody evaluates is an error' host_expect '^\(error 999 "nothing of epoch 999'

N=$((N + 1))
host_send "$(epoch $N '(sleep 10000000)' ':second' ':third')"
host_send "(interrupt $N)"
check 'of three commands the first is interrupted' host_expect "^\\(error $N \"interrupted\""
check 'the others are evaluated' host_expect "^\\(ok $N :third\\)"

N=$((N + 1))
host_send "$(epoch $((N + 1)) '(sleep 10000000)')"
host_send "$(epoch $((N + 2)) ':not-evaluated')"
host_send "(interrupt $((N + 2)))
(interrupt $((N + 1)))"
check 'one that waits is answered too' host_expect "^\\(error $((N + 2)) \"interrupted\""

host_send "$(epoch 7 '[(= (self) (whereis :me)) (receive (m m) (after 0 :lost))]')"
check 'it is the same process still, with its name and its mailbox' host_expect '^\(ok 7 \[true :kept\]\)'
check 'everything was answered once' sh -c '! grep -v "^(error [0-9]* \"nothing of epoch" "$TEST_DIR/out" | grep -oE "^\((ok|error) [0-9]+" | grep -v " [17]$\|'"$((N - 1))"'" | sort | uniq -d | grep .'
host_stop

# while the answer waits for a reader that is behind
mkfifo "$TEST_DIR/input" "$TEST_DIR/output"
"$SXHOST" <"$TEST_DIR/input" >"$TEST_DIR/output" 2>>"$TEST_DIR/err" &
begun
exec 7>"$TEST_DIR/input" 6<"$TEST_DIR/output"
read -r ready <&6
host_send "$(epoch 5 '(register :me (self))' '(do (println (join "" (repeat 1000000 "x"))) (error :gone))')"
check 'nobody reads: the answer waits for room' dump_shows ' me .*waiting in output'
host_send '(interrupt 5)'
host_send "$(epoch 6 '(= (self) (whereis :me))' '(erlang:halt 0)')"
grep -v '^(out' <&6 | brief >"$TEST_DIR/late"
check 'that host ends as it is told' host_ends 0
exec 7>&- 6<&-
check 'an interrupt then ends nothing' grep -qx '(ok 6 true)' "$TEST_DIR/late"
check 'and the answer comes' grep -qx '(error 5 :gone)' "$TEST_DIR/late"
finish
