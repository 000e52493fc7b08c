# The Erlang cases of tests/conformance, all in one count. By hand: `bash tests/conformance.sh`. The harness runs their files as tests
# of their own; there, this one sees that tools/conformance tells a wrong answer from a right one.
cd "$(dirname "$0")/.." || exit 1
if [ -z "${TEST_DIR:-}" ]; then
    exec tools/conformance tests/conformance/*.erlt
fi

. "$ROOT/tests/lib/host.sh"
cat >"$TEST_DIR/some.erlt" <<'END'
%% MODULE: m
-module(m).
-export([twice/1]).
twice(X) -> 2 * X.
%% CASE: some/right
m:twice(2).
%% EXPECT: 4
%% CASE: some/wrong
m:twice(3).
%% EXPECT: 7
%% CASE: some/raises
m:twice(a).
%% RAISES: error:badarith
END
tools/conformance "$TEST_DIR/some.erlt" >"$TEST_DIR/told"
check 'a wrong answer is a failure' test $? = 1
check 'the difference is shown' grep -q '^FAIL some/wrong: wanted 7, got 6$' "$TEST_DIR/told"
check 'the counts close it' same '2 passed, 1 failed\n' tail -n 1 "$TEST_DIR/told"
sed -i 's/EXPECT: 7/EXPECT: 6/' "$TEST_DIR/some.erlt"
tools/conformance "$TEST_DIR/some.erlt" >"$TEST_DIR/told"
check 'right answers are a success' test $? = 0
check 'and counted' same '3 passed, 0 failed\n' tail -n 1 "$TEST_DIR/told"

finish
