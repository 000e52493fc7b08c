. "$SXHOST_TEST_LIB"
finish
