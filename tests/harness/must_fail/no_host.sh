. "$SXHOST_TEST_LIB"
host_start --no-such-option
check 'it answers' same '3\n' host_eval '(+ 1 2)'
finish
