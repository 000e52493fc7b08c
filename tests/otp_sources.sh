# OTP's own library modules, from the sources that Debian packages, in place of ours: all of them together give the answers of the
# conformance cases. One at a time, each beside the rest of ours: SLOW=1.
. "$ROOT/tests/lib/host.sh"

MODULES='lists maps string proplists orddict ordsets dict sets gb_trees gb_sets queue array base64 calendar digraph sofs uri_string
unicode_util re gen gen_server gen_statem gen_event supervisor proc_lib sys timer io_lib io_lib_format io_lib_pretty erl_scan erl_parse
erl_lint erl_eval erl_pp'
OTP=/usr/lib/erlang
[ -d "$OTP"/lib/stdlib-*/src ] || skip "no sources of OTP in $OTP"

same_answers() { # MODULES: with commas between
    "$SXHOST" --otp-path "$OTP" --otp "$1" "$ROOT/boot/lib/test/erlt.erl" "$ROOT"/tests/conformance/*.erlt >"$TEST_DIR/told" 2>"$TEST_DIR/errors" && return
    grep '^FAIL' "$TEST_DIR/told" | head -n 20
    tail -n 5 "$TEST_DIR/errors"
    false
}

check 'all of them together' same_answers "$(echo $MODULES | tr ' ' ',')"
if [ -n "${SLOW:-}" ]; then
    for module in $MODULES; do check "$module alone" same_answers "$module"; done
fi

finish
