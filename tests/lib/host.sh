# host.sh - the shell library that the program brings along (boot/lib/test/host.sh says what is in it), and what only this
# project's own tests need. Source it.
. "$SXHOST_TEST_LIB"
. "$ROOT/tests/lib/recipe.sh"
