# The demonstration comes to its end and shows what it says.
. "$ROOT/tests/lib/host.sh"
demo() { sh "$ROOT/boot/demo/federate.sh" "$SXHOST" >"$TEST_DIR/shown" 2>&1; }
check 'boot/demo/federate.sh' demo
check 'bob has what alice said' grep -q '"content":"hello"' "$TEST_DIR/shown"
check 'alice delivered it' grep -qE 'queued 0, delivered 2|queued 1, delivered 1' "$TEST_DIR/shown"
finish
