. "$SXHOST_TEST_LIB"
host_start
host_send '(eval "(receive (:never 1))")'
wait "$HOST_PID"
