# Random bytes and mutated commands: a reply for everything that is owed one, in order (tests/fuzz/program.pl). The everyday run is
# short and has a fixed seed; tools/check goes on for a minute, with another one each time.
. "$ROOT/tests/lib/host.sh"

REPLIES=$OUT/unit/replies
make -s -C "$ROOT" FLAVOUR="$FLAVOUR" "build/$FLAVOUR/unit/replies" || exit 1
FUZZ_KEEP=${FUZZ_KEEP:-$TEST_DIR} perl "$ROOT/tests/fuzz/program.pl" "$SXHOST" "$REPLIES" "${FUZZ_SECONDS:-60}" "${FUZZ_SEED:-1}" "${FUZZ_BATCHES:-15}"
