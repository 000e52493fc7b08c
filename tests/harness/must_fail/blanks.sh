# What differs in blanks alone is shown so that one sees it.
. "$SXHOST_TEST_LIB"
check 'a blank' same 'blank \n' printf 'blank\n'
finish
