# pipe.sh - for tests of the epoch protocol: what is written into a host, and what comes out of it. Source it; it takes host.sh
# with it.
#   evaluate SOURCE           prints the command that evaluates SOURCE, quoted as it must be
#   epoch N [SOURCE...]       prints the label, and a command for each source
#   piped [OPTIONS...]        runs a host to its end on this function's standard input and prints what it printed, the `ready`
#                             line left out; $TEST_DIR/status and $TEST_DIR/stderr have the rest
#   status                    the exit status of the last host
#   brief                     a filter: of an error only (error N :kind), of a long line its beginning
#   begun                     behind `"$SXHOST" ... &`: this is $HOST_PID now
#   host_ends STATUS          wait for the end of $HOST_PID; is it this exit status?
#   wait_for FILE PATTERN     wait until a line of FILE matches the regular expression
#   dump_shows PATTERN        ask the host $HOST_PID for its processes (SIGQUIT, appended to $TEST_DIR/err) until a line matches
. "$ROOT/tests/lib/host.sh"

evaluate() {
    local text=${1//\\/\\\\}
    printf '(eval "%s")\n' "${text//\"/\\\"}"
}

epoch() {
    local source
    printf '(epoch %d)\n' "$1"
    shift
    for source; do evaluate "$source"; done
}

piped() {
    "$SXHOST" --timeout "$WAIT_LIMIT" "$@" 2>"$TEST_DIR/stderr" >"$TEST_DIR/stdout"
    echo $? >"$TEST_DIR/status"
    sed 1d "$TEST_DIR/stdout"
}

status() { cat "$TEST_DIR/status"; }

brief() { sed -E 's/^\(error ([0-9]+) .*\{:kind (:[a-z_]+) .*/(error \1 \2)/' | cut -c1-100; }

# begun: a host that the test started by itself is $HOST_PID: killed when the test ends early
begun() { HOST_PID=$!; }

host_ends() {
    wait "$HOST_PID"
    HOST_STATUS=$?
    HOST_PID=
    [ "$HOST_STATUS" = "$1" ] || { echo "it ended with $HOST_STATUS"; host_printed; return 1; }
}

wait_for() {
    local deadline=$((SECONDS + WAIT_LIMIT))
    until grep -E -q -- "$2" "$1"; do
        [ $SECONDS -lt $deadline ] || { echo "no $2 in:"; tail -n 30 "$1"; return 1; }
        pause
    done
}

dump_shows() {
    local deadline=$((SECONDS + WAIT_LIMIT))
    while [ $SECONDS -lt $deadline ]; do
        : >"$TEST_DIR/err"
        kill -QUIT "$HOST_PID" || return 1
        wait_for "$TEST_DIR/err" '^---$' || return 1 # behind the last process
        grep -E -q -- "$1" "$TEST_DIR/err" && return 0
        pause
    done
    cat "$TEST_DIR/err"
    return 1
}
