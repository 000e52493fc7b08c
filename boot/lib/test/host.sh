# host.sh - for shell tests, sourced as "$SXHOST_TEST_LIB" (bash): start a host, wait for what it says, send it forms, ask it by
# HTTP, stop it. `sxhost test` sets SXHOST (the program) and TEST_DIR (a folder of the test's own). No test needs to sleep or to
# name a port: a listener binds port 0 and its line of output says which one it got. Every wait ends after WAIT_LIMIT seconds
# (half of the limit of the test, TEST_TIMEOUT).
#
#   host_serve FILE [ARGS]     run a program that listens; PORT and URL say where
#   host_start [OPTIONS]       run a host that reads forms. A host that does not come up ends the test
#   host_send TEXT             send forms as they are
#   host_eval SOURCE           evaluate SX in an epoch of its own, wait for the reply and print its value; 1 when it is an error
#   host_load FILE             the same for a file
#   host_listen SOURCE         the same for a form that listens; PORT and URL say where
#   host_expect PATTERN        wait for a line of output that matches the extended regular expression; print it
#   host_port EPOCH            wait for the `listening` line of an epoch; print its port
#   host_stop                  SIGTERM and the end; HOST_STATUS is its exit status, and so is that of host_stop
#   fetch PATH [CURL...]       ask $URL/PATH (or any URL) by curl; print the body. fetch_status prints the status,
#                              fetch_field NAME PATH the value of a field of the answer
#   check NAME COMMAND...      one check: passes when the command succeeds; its output is shown when it does not
#   same WANTED COMMAND...     does the command print exactly WANTED? In it \n, \t, \\ and so on are escapes, as printf's %b has them
#   skip REASON                end the test: it is counted as skipped
#   finish                     end the test: closing line and exit status; a host that still runs is stopped
# What the host prints is in $TEST_DIR/out and $TEST_DIR/err.
set -u
: "${SXHOST:?is set by sxhost test}" "${TEST_DIR:?is set by sxhost test}"
PASSED=0
FAILED=0
WAIT_LIMIT=${WAIT_LIMIT:-$((${TEST_TIMEOUT:-120} / 2 + 1))}
PRINTED_LINES=20 # of each file, where what the host printed is shown
HOST_PID=
HOST_EPOCH=
# The end of a test that does not call finish: no host stays, and what has failed has failed.
left() {
    local status=$?
    [ -z "$HOST_PID" ] || kill -9 "$HOST_PID" 2>/dev/null
    [ "$status" != 0 ] || [ "$FAILED" = 0 ] || status=1
    exit "$status"
}
trap left EXIT
mkfifo "$TEST_DIR/never" && exec 8<>"$TEST_DIR/never" # nothing is ever written to it: reading it with a limit is a pause
pause() { read -r -t 0.02 -u 8 || true; }

host_start() {
    [ -p "$TEST_DIR/in" ] || mkfifo "$TEST_DIR/in"
    : >"$TEST_DIR/out"
    "$SXHOST" "$@" <"$TEST_DIR/in" >"$TEST_DIR/out" 2>"$TEST_DIR/err" 7>&- 8>&- &
    HOST_PID=$!
    exec 7>"$TEST_DIR/in"
    host_came '^\(ready ' 'it was ready' || exit 1
}

host_serve() {
    exec 7>/dev/null
    : >"$TEST_DIR/out"
    "$SXHOST" "$@" </dev/null >"$TEST_DIR/out" 2>&1 7>&- 8>&- &
    HOST_PID=$!
    host_came '^listening on ' 'it listened' || exit 1
    URL=$(cat "$TEST_DIR/came")
    URL=${URL##* } URL=${URL%/}
    PORT=${URL##*:}
}

host_send() { printf '%s\n' "$*" >&7; }

# wait for `grep -E ARGUMENTS` to find a line in what the host printed, as long as it lives
host_wait() {
    local deadline=$((SECONDS + WAIT_LIMIT))
    until grep -E "$@" "$TEST_DIR/out"; do
        if [ $SECONDS -ge $deadline ] || ! host_lives; then
            grep -E "$@" "$TEST_DIR/out"
            return
        fi
        pause
    done
}

host_lives() { [ -n "$HOST_PID" ] && kill -0 "$HOST_PID" 2>/dev/null; }

# the same, and tell when there is none
host_grep() {
    host_wait "$@" && return
    { host_lives || echo 'the host has ended'; echo "no line matches ${*: -1}"; host_printed; } >&2
    return 1
}

# host_came PATTERN WHAT: wait for the first line that a host prints once it is up; it is in $TEST_DIR/came. In no subshell, so
# that the exit status of one that does not come up can be told.
host_came() {
    host_wait -m1 -- "$1" >"$TEST_DIR/came" && return
    if host_lives; then
        echo "not within ${WAIT_LIMIT} s: $2 (no line matches $1)"
    else
        wait "$HOST_PID"
        echo "the host ended with exit status $? before $2"
        HOST_PID=
    fi >&2
    host_printed >&2
    return 1
}

host_printed() { # the end of what the host printed
    local file lines
    for file in "$TEST_DIR/out" "$TEST_DIR/err"; do
        [ -s "$file" ] || continue
        echo "the host's ${file##*/}:"
        lines=$(wc -l <"$file")
        [ "$lines" -le "$PRINTED_LINES" ] || echo "... ($((lines - PRINTED_LINES)) lines left out)"
        tail -n "$PRINTED_LINES" "$file"
    done
}

host_expect() { host_grep -m1 -- "$1"; }

host_port() { host_expect "^\(listening $1 " | sed 's|.*:\([0-9]*\)/.*|\1|'; }

# host_command FORM: send it in an epoch of its own, print the reply. The last epoch is in a file, for this may run in a subshell.
host_command() {
    HOST_EPOCH=$(($(cat "$TEST_DIR/epoch" 2>/dev/null || echo 1000000) + 1))
    echo "$HOST_EPOCH" >"$TEST_DIR/epoch"
    host_send "(epoch $HOST_EPOCH)"
    host_send "$1"
    host_grep -m1 -- "^\((ok|ok-len|error|parked) $HOST_EPOCH " >"$TEST_DIR/reply" || return 1
    case $(cat "$TEST_DIR/reply") in
    '(ok-len '*) host_long_reply ;;
    '(ok '*) sed -n "s/^(ok $HOST_EPOCH \(.*\))\$/\1/p" "$TEST_DIR/reply" ;;
    '(parked '*) cat "$TEST_DIR/reply" ;;
    *) cat "$TEST_DIR/reply" >&2; return 1 ;;
    esac
}

# a value of many bytes stands behind its line, which says how many
host_long_reply() {
    local bytes
    bytes=$(sed -n 's/.* \([0-9]*\))$/\1/p' "$TEST_DIR/reply")
    while :; do
        sed "1,/^(ok-len $HOST_EPOCH /d" "$TEST_DIR/out" | head -c "$bytes" >"$TEST_DIR/reply"
        [ "$(wc -c <"$TEST_DIR/reply")" = "$bytes" ] && break
        kill -0 "$HOST_PID" 2>/dev/null || return 1
        pause
    done
    cat "$TEST_DIR/reply"
    echo
}

host_quote() { # as an SX string
    local text=${1//\\/\\\\}
    printf '"%s"' "${text//\"/\\\"}"
}

host_eval() { host_command "(eval $(host_quote "$1"))"; }
host_load() { host_command "(load $(host_quote "$1"))"; }

host_listen() {
    host_eval "$1" >/dev/null || return 1
    PORT=$(host_port "$HOST_EPOCH")
    URL=http://127.0.0.1:$PORT
}

host_stop() {
    exec 7>&-
    kill -TERM "$HOST_PID" 2>/dev/null
    wait "$HOST_PID"
    HOST_STATUS=$?
    HOST_PID=
    return $HOST_STATUS
}

host_url() { case $1 in /*) echo "${URL:?nothing listens yet}$1" ;; *) echo "$1" ;; esac; }
fetch() { curl -sS --max-time "$WAIT_LIMIT" "${@:2}" "$(host_url "$1")"; }
fetch_status() { fetch "$1" -o /dev/null -w '%{http_code}' "${@:2}"; }
fetch_field() { fetch "$2" -o /dev/null -D - "${@:3}" | tr -d '\r' | sed -n "s/^$1: //Ip"; }

check() {
    local name=${1-}
    shift
    if [ $# = 0 ]; then
        FAILED=$((FAILED + 1))
        echo "FAIL $name"
        echo '     there is no command to check: check NAME COMMAND...'
    elif "$@" >"$TEST_DIR/check" 2>&1; then
        PASSED=$((PASSED + 1))
        echo "ok   $name"
    else
        FAILED=$((FAILED + 1))
        echo "FAIL $name"
        sed 's/^/     /' "$TEST_DIR/check"
    fi
}

same() {
    local wanted got
    [ $# -ge 2 ] || { echo 'there is no command to compare: same WANTED COMMAND...'; return 1; }
    wanted=$(printf '%b.' "$1")
    shift
    got=$("$@"; echo .)
    wanted=${wanted%.} got=${got%.}
    [ "$got" != "$wanted" ] || return 0
    # what differs in nothing that can be seen is shown quoted
    if [ "${got//[[:space:][:cntrl:]]/}" = "${wanted//[[:space:][:cntrl:]]/}" ]; then wanted=${wanted@Q} got=${got@Q}; fi
    printf 'wanted: %s\ngot:    %s\n' "$wanted" "$got"
    return 1
}

skip() {
    echo "skip: $*"
    exit 77
}

finish() {
    [ -z "$HOST_PID" ] || host_stop || { FAILED=$((FAILED + 1)); echo "FAIL the host ended with $HOST_STATUS"; }
    [ "$FAILED" = 0 ] || host_printed
    [ $((PASSED + FAILED)) != 0 ] || echo 'no check was made'
    echo "$PASSED passed, $FAILED failed"
    [ "$FAILED" = 0 ] && [ "$PASSED" -gt 0 ]
    exit $?
}
