#!/bin/bash
# Behind the prompt, on a real pseudo-terminal: a server prints while a line is edited, and the line survives; it answers
# while an endless evaluation runs and when Ctrl-C has ended that; Ctrl-D ends what was served.
. "$ROOT/tests/lib/host.sh"
export TERM=xterm SXHOST_HISTORY=$TEST_DIR/history

cat >"$TEST_DIR/repl.exp" <<'EXP'
set timeout 60
log_user 0
proc want {name pattern} {
    expect -re $pattern { puts "ok   $name" } timeout { puts "FAIL $name: not seen" } eof { puts "FAIL $name: the end came" }
}
proc ask {} {
    global url
    if {[catch {exec curl -s --max-time 30 $url} answer]} { return "no answer: $answer" }
    return $answer
}
proc answers {name} { set got [ask]; puts [expr {$got eq "served" ? "ok   $name" : "FAIL $name: $got"}] }
spawn $env(SXHOST)
want "a prompt" {sx> $}
send "(http-listen {:port 0 :handler (fn (r) (do (println (str \"asked for \" (get r :path))) \"served\"))})\r"
expect -re {listening on (http://[0-9.:]+/)} { set url $expect_out(1,string) } timeout { puts "FAIL no listener" }
want "the prompt is back" {sx> $}
answers "the server answers while nothing is typed"
want "what it prints is seen" {asked for /\r\n.*sx> $}
send "(str \"half a "
expect -re {half a }
answers "... while a line is edited"
want "what it prints comes above the line" {asked for /\r\n}
want "and the line is there again" {sx> \(str "half a $}
send "\001\006(list \005line\"))\r"
want "with what was changed in it" {sx> }
expect -re {\n}
send "\003"
expect -re {sx> $}
send "(str \"a \" \"line\")\r"
want "a value" {\r"a line"\r\n.*sx> $}
send "(letrec ((f (fn () (f)))) (f))\r"
expect -re {\n}
answers "it answers while an evaluation never ends"
want "and prints" {asked for /\r\n}
send "\003"
want "Ctrl-C gives the prompt back" {interrupted.*sx> $}
answers "and the server answers still"
want "and prints still" {asked for /\r\n.*sx> $}
send "(letrec ((f (fn () (do (try (sleep 1000000) (catch (_ _ _) (println \"caught\"))) (f))))) (f))\r"
expect -re {\n}
send "\003"
expect -re {caught\r\n}
send "\003"
want "a program that catches everything: the second Ctrl-C ends it" {interrupted.*sx> $}
send "(do (println (join \"\" (repeat 30 \"flood \"))) (letrec ((f (fn () (do (println \"flood\") (f))))) (f)))\r"
expect -re {flood\r\nflood\r\n}
send "\003"
want "Ctrl-C ends a flood" {interrupted.*sx> $}
send "\004"
expect eof
lassign [wait] pid id os status
puts [expr {$status == 0 ? "ok   Ctrl-D leaves" : "FAIL Ctrl-D leaves: status $status"}]
puts [expr {[catch {exec curl -s --max-time 30 $url}] ? "ok   and the server is gone" : "FAIL the server is still there"}]
EXP

expect "$TEST_DIR/repl.exp" >"$TEST_DIR/results" 2>&1
cat "$TEST_DIR/results"
PASSED=$(grep -c '^ok ' "$TEST_DIR/results")
FAILED=$(grep -vc '^ok ' "$TEST_DIR/results")
check 'all of it ran' [ "$PASSED" -ge 18 ]
finish
