# OTP's own linter, reading by OTP's own preprocessor, scanner and parser, all from the sources that Debian packages: on sxhost it
# says what it says on erl, and the forms are the same. A few files of stdlib; all of them: SLOW=1.
. "$ROOT/tests/lib/host.sh"

OTP=/usr/lib/erlang
FEW='array c dets_v9 ets gen_server lists proc_lib qlc_pt string'
cd "$OTP"/lib/stdlib-*/src 2>/dev/null || skip "no sources of OTP in $OTP"
command -v erlc >/dev/null || skip 'no erlc'
if [ -n "${SLOW:-}" ]; then files=$(echo *.erl); else files=$(printf '%s.erl ' $FEW); fi

erlc -o "$TEST_DIR" "$ROOT/tests/oracle/lint.erl" || exit 1
erl -noinput -pa "$TEST_DIR" -eval "lint:main(string:lexemes(\"$files\", \" \")), halt()." >"$TEST_DIR/wanted" || exit 1
check 'erl says something' test "$(grep -c '^warning' "$TEST_DIR/wanted")" -gt 100

same_faults() {
    "$SXHOST" --otp-path "$OTP" --otp epp,erl_scan,erl_parse,erl_lint,erl_anno "$ROOT/tests/oracle/lint.erl" $files >"$TEST_DIR/told" || return
    diff "$TEST_DIR/wanted" "$TEST_DIR/told" | head -n 20
    cmp -s "$TEST_DIR/wanted" "$TEST_DIR/told"
}

check "$(echo $files | wc -w) files of stdlib" same_faults
finish
