. "$SXHOST_TEST_LIB"
check 'two and two' same 4
finish
