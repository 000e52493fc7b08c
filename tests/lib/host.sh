# host.sh - for shell tests: start a host on a fifo, send it forms, wait for its lines, stop it. Source it.
# Nothing here sleeps for a fixed time where a line of output says that it is time; every wait has a limit.
#   host_start [OPTIONS...]   start $SXHOST on a fifo; its output goes to $TEST_DIR/out
#   host_send TEXT            send forms
#   host_expect PATTERN       wait for a line of output that matches the extended regular expression; prints it
#   host_port N               wait for the `listening` line of epoch N; prints its port
#   host_serve FILE ARGS...   run a program that listens instead, as a user would; URL and PORT say where
#   host_stop                 end of input, SIGTERM, and the exit status in HOST_STATUS
#   check NAME COMMAND...     run a check; reports and counts it. finish: the closing line and exit status of the test
set -u
: "${SXHOST:?}" "${TEST_DIR:?}"
PASSED=0
FAILED=0
WAIT_LIMIT=${WAIT_LIMIT:-60}

host_start() {
    mkfifo "$TEST_DIR/in"
    : >"$TEST_DIR/out"
    "$SXHOST" "$@" <"$TEST_DIR/in" >"$TEST_DIR/out" 2>"$TEST_DIR/err" &
    HOST_PID=$!
    exec 7>"$TEST_DIR/in"
    trap 'kill -9 $HOST_PID 2>/dev/null' EXIT
    host_expect '^\(ready ' >/dev/null
}

host_serve() {
    exec 7>/dev/null
    : >"$TEST_DIR/out"
    "$SXHOST" "$@" </dev/null >"$TEST_DIR/out" 2>&1 &
    HOST_PID=$!
    trap 'kill -9 $HOST_PID 2>/dev/null' EXIT
    URL=$(host_expect '^listening on ' | sed 's|.* \(http.*\)/$|\1|')
    PORT=${URL##*:}
}

host_send() { printf '%s\n' "$*" >&7; }

host_expect() {
    local deadline=$((SECONDS + WAIT_LIMIT))
    until grep -E -m1 -- "$1" "$TEST_DIR/out"; do
        if [ $SECONDS -ge $deadline ] || ! kill -0 "$HOST_PID" 2>/dev/null; then
            grep -E -m1 -- "$1" "$TEST_DIR/out" && return 0
            echo "no line matches $1; output:" >&2
            tail -n 20 "$TEST_DIR/out" "$TEST_DIR/err" >&2
            return 1
        fi
        read -r -t 0.02 <> <(:) || true
    done
}

host_port() { host_expect "^\(listening $1 " | sed 's|.*:\([0-9]*\)/.*|\1|'; }

host_stop() {
    exec 7>&-
    kill -TERM "$HOST_PID" 2>/dev/null
    wait "$HOST_PID"
    HOST_STATUS=$?
    trap - EXIT
}

check() {
    local name=$1
    shift
    if "$@" >"$TEST_DIR/check" 2>&1; then
        PASSED=$((PASSED + 1))
        echo "ok   $name"
    else
        FAILED=$((FAILED + 1))
        echo "FAIL $name"
        sed 's/^/     /' "$TEST_DIR/check"
    fi
}

# same WANTED COMMAND...: the command prints exactly WANTED (with printf's escapes)
same() {
    local wanted got
    wanted=$(printf "$1"; echo .)
    shift
    got=$("$@"; echo .)
    [ "$got" = "$wanted" ] || { printf 'wanted: %s\ngot:    %s\n' "$wanted" "$got"; return 1; }
}

finish() {
    echo "$PASSED passed, $FAILED failed"
    [ "$FAILED" = 0 ] && [ "$PASSED" -gt 0 ]
    exit $?
}

# The recipe's boot script: front end, gen_server, kernel modules; 20 epochs.
recipe_boot() {
    echo '(epoch 1)'
    for f in tokenizer parser parser-core parser-expr parser-module transpile runtime vm/dispatcher; do echo "(load \"lib/erlang/$f.sx\")"; done
    echo '(epoch 2)'
    echo '(eval "(er-load-gen-server!)")'
    for m in envelope log pipeline term_codec outbox nx_kernel http_server; do
        echo "(eval \"(get (erlang-load-module (file-read \\\"next/kernel/$m.erl\\\")) :name)\")"
    done
    echo '(epoch 20)'
}
