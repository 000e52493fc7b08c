#!/bin/bash
# The prompt, on a real pseudo-terminal: history, completion, forms of several lines, paste, Ctrl-C, Ctrl-D, output that comes
# while a line is edited.
. "$ROOT/tests/lib/host.sh"
export TERM=xterm SXHOST_HISTORY=$TEST_DIR/history

cat >"$TEST_DIR/repl.exp" <<'EXP'
set timeout 20
log_user 0
proc want {name pattern} {
    expect -re $pattern { puts "ok   $name" } timeout { puts "FAIL $name: not seen" } eof { puts "FAIL $name: the end came" }
}
spawn $env(SXHOST)
want "a prompt" {sx> $}
send "(+ 1 2)\r"
want "a value" {\r3\r\n.*sx> $}
send "(* 2 *1)\r"
want "the last value" {\r6\r\n.*sx> $}
send "(define (twice x)\r"
want "an open form goes on in the next line" {  > $}
send "(* 2 x))\r"
want "until it is closed" {:twice\r\n.*sx> $}
send "(twi\t21)\r"
want "a name is completed" {\r42\r\n.*sx> $}
send "\033\[A\r"
want "history" {\r42\r\n.*sx> $}
send "(letrec ((f (fn () (f)))) (f))\r"
expect -re {\n}
send "\003"
want "Ctrl-C ends an endless evaluation" {interrupted.*sx> $}
send "(abandoned"
expect -re {abandoned}
send "\003"
want "Ctrl-C clears the line" {sx> $}
send "(spawn (fn () (do (sleep 300) (println \"from behind\"))))\r"
want "a process" {#<pid .*sx> $}
send "(str \"edi"
want "prints while a line is edited" {from behind\r\n}
want "and the line is still there" {sx> \(str "edi$}
send "ted\")\r"
want "and can be finished" {"edited"\r\n.*sx> $}
send "\033\[200~(do\n  (println 5)\n  :pasted)\033\[201~\r"
want "a form of several lines is pasted" {\r5\r\n:pasted\r\n.*sx> $}
send "(read-line)\r"
expect -re {\n}
send "typed\r"
want "a program reads a line" {"typed"\r\n.*sx> $}
send "(http-listen {:port 0 :handler (fn (r) \"x\")})\r"
want "a server goes on behind the prompt" {listening on http.*sx> $}
send "(error :oops)\r"
want "an error is reported" {error.*oops.*sx> $}
send "\004"
expect eof
lassign [wait] pid id os status
puts [expr {$status == 0 ? "ok   Ctrl-D leaves" : "FAIL Ctrl-D leaves: status $status"}]
EXP

expect "$TEST_DIR/repl.exp" >"$TEST_DIR/results" 2>&1
cat "$TEST_DIR/results"
PASSED=$(grep -c '^ok ' "$TEST_DIR/results")
FAILED=$(grep -vc '^ok ' "$TEST_DIR/results")
check "history is kept, forms whole" grep -q '^  :pasted)' "$TEST_DIR/history"
finish
