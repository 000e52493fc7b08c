#!/bin/bash
# Without a protocol: files, -e, -E, their arguments, output and exit codes.
. "$ROOT/tests/lib/pipe.sh"
cd "$TEST_DIR" || exit 1
program=$SXHOST

says() { # says STATUS OUTPUT COMMAND...: exit status and standard output
    local wanted_status=$1 wanted=$2 status
    shift 2
    "$@" >stdout 2>stderr
    status=$?
    [ "$status" = "$wanted_status" ] || { echo "status $status"; cat stderr; return 1; }
    diff <(printf "$wanted") stdout
}

check "-e prints the value" says 0 '3\n' "$program" -e '(+ 1 2)'
check "several, in order" says 0 '1\n{ok,2}\n"three"\n' "$program" -e 1 -E '{ok, 2}.' -e '"three"'
check "-E with and without the dot" says 0 '6\n' "$program" -E 'lists:sum([1,2,3])'
check "an exception is 1" says 1 '' "$program" -e '(error :boom)'
check "its report is on standard error" grep -q '^error\[boom\]: :boom' stderr
check "nothing after an error" says 1 '1\n' "$program" -e 1 -e '(error :x)' -e 2
check "halt says the status" says 9 'a\n' "$program" -e '(do (println "a") (erlang:halt 9))'
# Seen to fail with `return run(h)` in host/cli/main.c: the end of the C library waits for the threads of the pool.
check "halt does not wait for what the pool is at" says 9 '' timeout 20 "$program" -e '(do (spawn (fn () (re:run (str (repeat-string 40 "a") "b") "^(a+)+$" [#(:match_limit 4000000000)]))) (receive (after 100 :go)) (erlang:halt 9))'
check "exit(normal) is no failure" says 0 '' "$program" -e '(exit :normal)'

printf '#! /usr/bin/env sxhost\n(println (args))\n(println (read-line))\n(println (read-line))\n(println (read-line))\n' >file.sx
check "FILE.sx, arguments, standard input" says 0 '["-e" "b c"]\none\ntwo\nnil\n' sh -c 'printf "one\ntwo" | "$SXHOST" file.sx -e "b c"'
printf '#!/usr/bin/env sxhost\n-module(m).\n-export([main/1]).\nmain(Args) -> lists:foreach(fun(A) -> io:format("~s~n", [A]) end, Args).\n' >m.erl
check "FILE.erl calls main/1" says 0 'a\nbb\n' "$program" m.erl a bb
check "a file that is not there" says 1 '' "$program" nothing.sx
printf '(println 1)\n\n  (no-such-thing 2)\n' >bad.sx
check "a mistake in a file" says 1 '1\n' "$program" bad.sx
check "names the place" grep -q 'bad.sx:3' stderr
check "and shows the line" grep -q '^3 |   (no-such-thing 2)' stderr
check "--version" says 0 "sxhost $("$program" --version | cut -d' ' -f2)\n" "$program" --version
check "--help" sh -c '"$SXHOST" --help | grep -q "^usage: sxhost"'
echo '(http-listen {:port 0 :handler (fn (request) "hello")})' >serve.sx
host_serve serve.sx
check "a script that listens goes on" same hello fetch /
host_stop
check "... and ends by SIGTERM" [ "$HOST_STATUS" = 0 ]
"$program" -e '(do (println "begun") (letrec ((f (fn () (f)))) (f)))' >endless.out 2>stderr &
begun
wait_for endless.out begun
kill -INT "$HOST_PID"
check "an endless program ends by SIGINT with 130" host_ends 130
finish
