# A host that dies by a signal, and a test that would not notice but for finish.
. "$SXHOST_TEST_LIB"
host_start
check 'it answers' same '3\n' host_eval '(+ 1 2)'
kill -ABRT "$HOST_PID"
finish
