# prompt.sh - for tests of the prompt: a script of expect on standard input, with the words of prompt.exp. Source it; it takes
# host.sh with it.
#   prompt NAME     run the script and count its checks; its end must be reached
. "$ROOT/tests/lib/host.sh"
export TERM=xterm SXHOST_HISTORY=$TEST_DIR/history WAIT_LIMIT

prompt() {
    { cat "$ROOT/tests/lib/prompt.exp" - && printf '\nputs "ok   the end of it: %s"\n' "$1"; } >"$TEST_DIR/$1.exp"
    expect "$TEST_DIR/$1.exp" 7>&- 8>&- >"$TEST_DIR/$1.results" 2>&1
    cat "$TEST_DIR/$1.results"
    PASSED=$((PASSED + $(grep -c '^ok ' "$TEST_DIR/$1.results")))
    FAILED=$((FAILED + $(grep -vc '^ok ' "$TEST_DIR/$1.results")))
    grep -q "^ok   the end of it: $1\$" "$TEST_DIR/$1.results" || FAILED=$((FAILED + 1))
}
