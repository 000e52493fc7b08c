#!/bin/bash
# The prompt, on a real pseudo-terminal: history, completion, forms of several lines, paste, Ctrl-C, Ctrl-D, output that comes
# while a line is edited. tests/repl/server.sh has the same with a server behind it.
. "$ROOT/tests/lib/prompt.sh"

prompt words <<'EXP'
start
type "(help)\r"
want "a page of words" {Ctrl-D leaves; sxhost --help has the options\r\nnil\r\n.*sx> $}
type "(+ 1 2)\r"
want "a value" {\r3\r\n.*sx> $}
type "(* 2 *1)\r"
want "the last value" {\r6\r\n.*sx> $}
type "(define (twice x)\r"
want "an open form goes on in the next line" {  > $}
type "(* 2 x))\r"
want "until it is closed" {:twice\r\n.*sx> $}
type "(twi\t21)\r"
want "a name is completed" {\(twice 21\).*\r42\r\n.*sx> $}
type "(json-wri\t"
want "one of the library, too" {\(json-write $}
type "(list 1 2))\r"
want "... and goes on behind it" {\r"\[1,2\]"\r\n.*sx> $}
type "(define (twofold x) x)\r"
want "a second name that begins alike" {:twofold\r\n.*sx> $}
type "(tw\t\t"
want "both are offered" {twice +twofold.*sx> \(tw$}
type "\003"
want "Ctrl-C clears the line" {sx> $}
type "\033\[A\033\[A\r"
want "history: the line before the last one" {\r"\[1,2\]"\r\n.*sx> $}
type "\022(\* 2 x\r"
want "history: a search finds a form of two lines" {:twice\r\n.*sx> $}
type "(error :oops)\r"
want "an error is reported" {error.*oops.*sx> $}
type "(read-line)\r"
want "a program that reads" {\(read-line\)\r\n}
type "typed\r"
want "... gets the line" {"typed"\r\n.*sx> $}
type "\033\[200~(do\n  (println 5)\n  :pasted)\033\[201~\r"
want "a form of several lines is pasted" {\r5\r\n:pasted\r\n.*sx> $}
type "\033\[200~(define (a) 1)\n(define (b)\n  2)\n(+ (a) (b))\033\[201~\r"
want "several forms are pasted" {\r3\r\n.*sx> $}
type "(+ 1\n(* 2\n3))\n"
want "what is typed ahead is read in turn" {\r7\r\n.*sx> $}
type "\004"
ends "Ctrl-D leaves" 0
EXP
check 'history is kept, forms whole' grep -q '^  :pasted)' "$TEST_DIR/history"

prompt again <<'EXP'
start
type "\033\[A"
want "the history of the last session" {2[\r\n]+3\)\)$}
type "\003"
want "is there" {sx> $}
type "(do (println \"computes\") (letrec ((f (fn () (f)))) (f)))\r"
want "an evaluation without end" {computes\r\n$}
type "\003"
want "is ended by Ctrl-C" {interrupted.*sx> $}
type "(do (println \"waits\") (receive (:never 1)))\r"
want "one that waits for good" {waits\r\n$}
type "\003"
want "as well" {interrupted.*sx> $}
type "(do (println \"reads\") (read-line))\r"
want "one that reads" {reads\r\n$}
type "\003"
want "as well, too" {interrupted.*sx> $}
type "(abandoned"
want "a line begun" {abandoned}
type "\003"
want "is cleared by Ctrl-C" {sx> $}
type "(define (open\r"
want "an open form" {  > $}
type "\003"
want "is given up by Ctrl-C" {sx> $}
type "(do (spawn (fn () (receive (:print (println \"from behind\"))))) 1)\r"
want "a process" {\r1\r\n.*sx> $}
type "(do (register :behind (spawn (fn () (do (sleep 300) (println \"from behind\"))))) :up)\r"
want "one that prints later" {:up\r\n.*sx> $}
type "(str \"half  line"
type "\002\002\002\002\002"
want "what it prints comes while a line is edited" {from behind\r\n}
want "the line is still there" {sx> \(str "half  line}
type "a\005\")\r"
want "the cursor, too" {"half a line"\r\n.*sx> $}
type "(erlang:halt 3)\r"
ends "halt leaves with its code" 3
EXP

prompt leaving <<'EXP'
start
type "(define (half"
want "a line begun" {\(define \(half}
type "\025\004"
ends "Ctrl-D on a line that was taken back" 0
start
type "(do (println \"computes\") (letrec ((f (fn () (f)))) (f)))\r"
want "an evaluation without end" {computes\r\n$}
set pid [exp_pid]
leave
is "a terminal that goes away ends it" [file exists /proc/$pid] 0
EXP
finish
