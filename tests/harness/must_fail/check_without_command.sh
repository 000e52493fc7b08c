. "$SXHOST_TEST_LIB"
check 'two and two'
finish
