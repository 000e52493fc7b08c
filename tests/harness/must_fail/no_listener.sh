# A program that prints much and ends where it should listen.
. "$SXHOST_TEST_LIB"
echo '(each println (range 0 100)) (exit :broken)' >"$TEST_DIR/broken.sx"
host_serve "$TEST_DIR/broken.sx"
check 'it answers' fetch /
finish
