#!/bin/bash
# What leaves the program: out and err records, --plain, and a standard output that is closed, full, unread, a file.
. "$ROOT/tests/lib/pipe.sh"

streams() { epoch 2 '(print "a") (sx_io:put :err "b\n") (println "c")' | piped; }
check 'out and err' same '(out 2 "a")\n(err 2 "b\\n")\n(out 2 "c\\n")\n(ok 2 nil)\n' streams
erlang() { epoch 2 '(erlang-eval-ast "io:format(\"~p~n\", [x]), io:format(standard_error, \"e~n\", []).")' | piped; }
check 'of Erlang' same '(out 2 "x\\n")\n(err 2 "e\\n")\n(ok 2 :ok)\n' erlang
text() { epoch 2 '(print "\u{e9}\"\\\n\t\u{0}")' '(sx_io:put :out #bytes"\xff\n")' | piped | grep '^(out'; }
check 'any text, any bytes' same '(out 2 "\303\251\\"\\\\\\n\\t\\x00")\n(out 2 #bytes"\\xff\\x0a")\n' text
children() {
    {
        epoch 3 '(let ((me (self))) (do (spawn (fn () (do (println :child) (spawn (fn () (do (println :grandchild) (send me :printed))))))) (receive (:printed 1))))'
        epoch 4 '(do (register :late (spawn (fn () (receive (#(:go from) (do (println :late) (send from :printed))))))) :up)'
        epoch 5 '(println :now)' '(do (register :printer (spawn (fn () (letrec ((f (fn () (do (receive (#(x from) (do (println x) (send from :printed)))) (f))))) (f))))) :up)'
        epoch 6 '(do (send :printer #(:for-six (self))) (receive (:printed 1)))' '(do (send :late #(:go (self))) (receive (:printed 1)))'
        epoch 7 '(do (spawn (fn () (error :crash))) (sleep 20))'
    } | piped | grep '^(out\|^(err' | sed 's/\\n  .*//'
}
check 'the epoch is that of the process, and its children' same '(out 3 "child\\n")\n(out 3 "grandchild\\n")\n(out 5 "now\\n")\n(out 5 "for-six\\n")\n(out 4 "late\\n")\n(err 7 "error[crash]: :crash\n' children

plain() { epoch 2 '(print "a")' '(println "b")' '(do (print "(ok 9 :forged)") (sx_io:put :err "e\n"))' | piped --plain; }
check '--plain: as it is, and replies begin in column 0' same 'a\n(ok 2 nil)\nb\n(ok 2 nil)\n(ok 9 :forged)\n(ok 2 :ok)\n' plain
check '... err on standard error' grep -qx e "$TEST_DIR/stderr"

flood='(letrec ((f (fn (n) (do (println "flood") (f (+ n 1)))))) (f 0))'
check 'a reader that leaves ends it quietly' same '(ready\n' sh -c 'yes "(eval \"1\")" | "$SXHOST" 2>&1 | head -n 1 | cut -c1-6'
leaves() { epoch 1 "$flood" | { "$SXHOST" 2>"$TEST_DIR/stderr"; echo $? >"$TEST_DIR/status"; } | head -n 3 | tail -n 1; }
check 'also in the middle of a flood' same '(out 1 "flood\\n")\n' leaves
check '... with 0, and no word' same '0\n' sh -c 'cat "$TEST_DIR/status" "$TEST_DIR/stderr"'
closed() { epoch 1 "$flood" | "$SXHOST" >&- 2>"$TEST_DIR/stderr"; echo $?; }
check 'closed from the start' same '0\n' closed
check '... without a word' [ ! -s "$TEST_DIR/stderr" ]
full() { epoch 1 ':value' | "$SXHOST" 2>&1 >/dev/full; echo $?; }
check 'a full disk is told' same 'sxhost: standard output: no space left on device\n1\n' full
full_once() { "$SXHOST" -e 1 2>&1 >/dev/full; echo $?; }
check '... without a protocol, too' same 'sxhost: standard output: no space left on device\n1\n' full_once
file() { epoch 1 '(println "a")' | "$SXHOST" >"$TEST_DIR/file" 2>&1; sed 1d "$TEST_DIR/file"; }
check 'a file' same '(out 1 "a\\n")\n(ok 1 nil)\n' file
appended() { printf 'before\n' >"$TEST_DIR/file"; epoch 1 ':x' | "$SXHOST" >>"$TEST_DIR/file"; sed -n '1p;3p' "$TEST_DIR/file"; }
check '... that is appended to' same 'before\n(ok 1 :x)\n' appended
together() { epoch 1 ':x' '(erlang-eval-ast "logger:error(\"x\").")' | "$SXHOST" 2>&1 | grep -c '^(ok'; }
check 'both on one pipe' same '2\n' together
no_stderr() { epoch 1 '(sx_io:put :err "e")' '(do (spawn (fn () (error :x))) (sleep 20) 1)' '2' | "$SXHOST" 2>&- | sed 1d | brief | cut -c1-20; }
check 'standard error closed' same '(err 1 "e")\n(ok 1 :ok)\n(err 1 "error[x]: :x\n(ok 1 1)\n(ok 1 2)\n' no_stderr
full_stderr() { epoch 1 '2' | "$SXHOST" --plain 2>/dev/full | sed 1d; "$SXHOST" -e '(error :x)' 2>/dev/full; echo $?; }
check 'standard error full' same '(ok 1 2)\n1\n' full_stderr
none() { epoch 1 ':x' | "$SXHOST" >&- 2>&-; "$SXHOST" <&- 2>&- | cut -c1-6; "$SXHOST" -e 1 <&- >&- 2>&-; echo $?; }
check 'none of the three open' same '(ready\n0\n' none

# unread: programs wait, the machine does not; nothing is lost once somebody reads
mkfifo "$TEST_DIR/input" "$TEST_DIR/output"
"$SXHOST" <"$TEST_DIR/input" >"$TEST_DIR/output" 2>>"$TEST_DIR/err" &
begun
exec 7>"$TEST_DIR/input" 6<"$TEST_DIR/output"
read -r ready <&6
host_send "$(epoch 1 '(do (spawn (fn () (do (label "ticker") (letrec ((f (fn (n) (do (erlang:put :n n) (sleep 1) (f (+ n 1)))))) (f 0))))) 1)')"
host_send "$(epoch 2 '(do (label "flood") (reduce (fn (_ i) (println i)) nil (range 0 100000)))' ':done')"
host_send '(quit 0)'
check 'nobody reads: who prints waits' dump_shows '"flood" +waiting in output'
reductions() { : >"$TEST_DIR/before"; dump_shows '"ticker"' && sed -n 's/.*"ticker".* \([0-9]*\) reductions/\1/p' "$TEST_DIR/err" | tail -n 1; }
first=$(reductions)
others_run() { local i; for i in $(seq 100); do [ "$(reductions)" -gt "$first" ] && return 0; pause; done; return 1; }
check '... and who does not, runs' others_run
memory=$(awk '/VmRSS/ {print $2}' "/proc/$HOST_PID/status")
check '... in little memory' [ "$memory" -lt 150000 ]
cat <&6 >"$TEST_DIR/late"
check 'it ends' host_ends 0
check 'all of it comes once somebody reads' same '100001\n(ok 2 :done)\n' sh -c 'grep -c "^(out 2 \|^(ok 2 nil)" "$TEST_DIR/late"; tail -n 1 "$TEST_DIR/late"'
in_order() { awk -F'"' '/^\(out 2/ && $2 == n + 0 "\\n" {n++} END {print n}' "$TEST_DIR/late"; }
check '... in order' same '100000\n' in_order
exec 7>&- 6<&-
finish
