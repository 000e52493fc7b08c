# The tour of the language says what its lines print; the Erlang handler of the README serves.
. "$ROOT/tests/lib/host.sh"

check 'boot/demo/tour.sx' "$SXHOST" test "$ROOT/boot/demo/tour.sx"
sed -n '/^-module(greet)/,/^```/p' "$ROOT/README.md" | sed '$d; s/8081/0/' >"$TEST_DIR/greet.erl"
host_serve "$TEST_DIR/greet.erl"
check 'the Erlang handler of the README' same 'hello, /ann' fetch /ann
check 'another method' same 405 fetch_status /ann -d x

finish
