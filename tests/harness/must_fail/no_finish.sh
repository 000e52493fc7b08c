# A failed check counts also where nobody calls finish.
. "$SXHOST_TEST_LIB"
check 'two and two' test $((2 + 2)) = 5
check 'two and two again' test $((2 + 2)) = 4
