# A host that nobody stops, in a session of its own.
mkfifo "$TEST_DIR/fifo"
setsid "$SXHOST" --fifo "$TEST_DIR/fifo" >"$TEST_DIR/out" 2>&1 &
. "$SXHOST_TEST_LIB"
HOST_PID=$!
host_expect '^\(ready '
HOST_PID=
