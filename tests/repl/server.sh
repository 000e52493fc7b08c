#!/bin/bash
# Behind the prompt, on a real pseudo-terminal: a server prints while a line is edited, and the line survives; it answers
# while an endless evaluation runs and when Ctrl-C has ended that; Ctrl-D ends what was served.
. "$ROOT/tests/lib/prompt.sh"

prompt server <<'EXP'
start
type "(http-listen {:port 0 :handler (fn (r) (do (println (str \"asked for \" (get r :path))) \"served\"))})\r"
want "a server" {listening on (http://[0-9.:]+)/}
set url [match 1]
want "goes on behind the prompt" {sx> $}
is "it answers while nothing is typed" [ask $url/one] served
want "what it prints is seen" {asked for /one\r\n.*sx> $}
type "(str \"half  line\002\002\002\002\002"
want "a line is edited" {line}
is "it answers meanwhile" [ask $url/two] served
want "what it prints comes above the line" {asked for /two\r\n}
want "and the line is there again" {sx> \(str "half  line}
type "a"
is "it answers again" [ask $url/three] served
want "and prints again" {asked for /three\r\n.*sx> \(str "half a line}
type "\005\")\r"
want "the line can be finished" {\r"half a line"\r\n.*sx> $}
type "(do (println \"computes\") (letrec ((f (fn () (f)))) (f)))\r"
want "an evaluation without end" {computes\r\n$}
is "it answers meanwhile" [ask $url/four] served
want "and prints" {asked for /four\r\n}
type "\003"
want "Ctrl-C gives the prompt back" {interrupted.*sx> $}
is "it answers still" [ask $url/five] served
want "and prints still" {asked for /five\r\n.*sx> $}
type "(letrec ((f (fn () (do (try (do (println \"tries\") (sleep 10000000)) (catch (_ _ _) (println \"caught\"))) (f))))) (f))\r"
want "a program that catches everything" {tries\r\n$}
type "\003"
want "catches the first Ctrl-C" {caught\r\ntries\r\n}
type "\003"
want "the second one ends it" {interrupted.*sx> $}
type "(letrec ((f (fn () (do (println \"flood\") (f))))) (f))\r"
want "a flood" {flood\r\nflood\r\n}
type "\003"
want "is ended by Ctrl-C" {interrupted.*sx> $}
is "it answers still" [ask $url/six] served
type "\004"
ends "Ctrl-D leaves" 0
is "and the server is gone" [ask $url/] "no answer: child process exited abnormally"
EXP
finish
