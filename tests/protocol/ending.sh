# How it ends: end of input with and without a listener, signals, what is in flight, readers that leave.
. "$ROOT/tests/lib/host.sh"

hello='(http-listen {:port 0 :handler (fn (r) (do (sleep 300) \"slept\"))})'
wait_for() { # FILE PATTERN
    for _ in $(seq 1000); do grep -q -- "$2" "$1" && return 0; read -r -t 0.02 <> <(:); done
    echo "no $2 in:"; cat "$1"; return 1
}
served() { # OPTIONS...: a host whose input ends behind a listener; its pid in $pid, its address in $url
    printf '(epoch 3)\n(eval "%s")\n(epoch 4)\n(eval "(+ 1 2)")\n' "$hello" | "$SXHOST" "$@" >"$TEST_DIR/served" 2>"$TEST_DIR/served.err" &
    pid=$!
    wait_for "$TEST_DIR/served" '^(listening 3 '
    url=$(sed -n 's/^(listening 3 "\(.*\)").*/\1/p' "$TEST_DIR/served")
}
ends() { # STATUS: the host ends with it
    wait "$pid"
    local status=$?
    [ "$status" = "$1" ] || { echo "status $status"; cat "$TEST_DIR/served" "$TEST_DIR/served.err"; return 1; }
}

served
check 'listening comes before parked, and a fresh evaluator answers' wait_for "$TEST_DIR/served" '^(ok 4 3)'
check 'in this order' same '(listening 3\n(parked 3\n(ok 4\n' sh -c 'grep -o "^([a-z]* [34]" "$TEST_DIR/served"'
check 'it serves after the end of input' same 'slept' curl -s --max-time 20 "$url"
curl -s --max-time 20 "$url" >"$TEST_DIR/flight" & client=$!
read -r -t 0.15 <> <(:)
kill -TERM "$pid"
check 'SIGTERM: ends with 0' ends 0
wait $client
check 'and what was in flight is answered' grep -qx slept "$TEST_DIR/flight"

served
kill -INT "$pid"
check 'SIGINT: ends with 0' ends 0

printf '(eval "%s")' "$hello" | "$SXHOST" --exit-at-eof >"$TEST_DIR/served" 2>&1
check '--exit-at-eof ends though something listens' test $? = 0

served --drain 30
curl -s --max-time 1 "${url}x" >/dev/null & client=$!
read -r -t 0.1 <> <(:)
kill -TERM "$pid"
read -r -t 0.05 <> <(:)
kill -TERM "$pid" 2>/dev/null
wait "$pid"
status=$?
check 'a second SIGTERM ends at once, unless it had ended' test $status = 143 -o $status = 0
wait $client

served
kill -QUIT "$pid"
check 'SIGQUIT shows the processes' wait_for "$TEST_DIR/served.err" 'http-listen'
check 'and goes on' same 'slept' curl -s --max-time 20 "$url"
kill -TERM "$pid"
check 'then ends' ends 0

check 'a port that is taken is an error' same 'error 1\n:eaddrinuse\n' sh -c '
    printf "(eval \"(http-listen {:port 0 :handler (fn (r) 1)})\")\n" | "$SXHOST" >"$TEST_DIR/first" 2>/dev/null & first=$!
    until grep -q listening "$TEST_DIR/first"; do sleep 0.02; done
    port=$(sed -n "s|.*:\([0-9]*\)/.*|\1|p" "$TEST_DIR/first")
    printf "(epoch 1)(eval \"(http-listen {:port $port :handler (fn (r) 1)})\")\n" | "$SXHOST" 2>/dev/null | grep -o "error 1\|:eaddrinuse" | head -n 2
    kill $first; wait $first'

check 'quit waits for what is pending' same '(ok 0 :slow)\n4\n' sh -c 'printf "(eval \"(do (sleep 50) :slow)\")(quit 4)(eval \"1\")" | { "$SXHOST"; echo $?; } | sed 1d'
check 'halt ends at once' same '3\n' sh -c 'printf "(eval \"(erlang:halt 3)\")(eval \"1\")" | { "$SXHOST"; echo $?; } | sed 1d'
check 'the first line is enough for head' same '(ready\n' sh -c 'printf "(eval \"1\")" | "$SXHOST" | head -n 1 | cut -d" " -f1'
check 'empty input' same '0\n' sh -c '"$SXHOST" </dev/null >/dev/null; echo $?'
check 'an error anywhere makes it 1' same '1\n' sh -c 'printf "(nonsense)(eval \"1\")" | "$SXHOST" >/dev/null; echo $?'
check 'input without its last bracket is an error at the end' same '(error 2\n1\n' sh -c 'printf "(epoch 2)(eval \"1\"" | { "$SXHOST"; echo $?; } | sed 1d | grep -o "^(error 2\|^[0-9]$"'
finish
