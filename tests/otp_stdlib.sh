# Every module of OTP's stdlib, from the sources that Debian packages, all together in place of ours: a call of each gives here what
# it gives on erl. What a module lacks stands behind its name.
. "$ROOT/tests/lib/host.sh"

NATIVE='binary unicode' # most of their functions are stubs that our own modules, in Erlang, stand for: ours stay
LACKING='pool   global
shell  application_controller as a process
zip    zlib'
# Calls of what is not here, in modules that are fine without: ports (slave peer escript c win32reg), crypto_one_time (beam_lib),
# inet:getifaddrs and inet:setopts (peer), prim_zip (zip:foldl), user:interfaces (shell), intermediate results of printing in io_lib
# when it alone is OTP's (io_lib_pretty:intermediate/6).
OTP=/usr/lib/erlang
[ -d "$OTP"/lib/stdlib-*/src ] || skip "no sources of OTP in $OTP"
command -v erlc >/dev/null || skip 'no erlc'

modules=$(cd "$OTP"/lib/stdlib-*/src && ls *.erl | sed 's/\.erl$//')
mkdir "$TEST_DIR/erl" "$TEST_DIR/ours"
erlc -o "$TEST_DIR" "$ROOT/tests/oracle/stdlib.erl" || exit 1
erl -noinput -pa "$TEST_DIR" -eval "stdlib:main([\"$TEST_DIR/erl\"]), halt()." >"$TEST_DIR/wanted" || exit 1
asked=$(echo "$modules" | grep -vxF "$(printf '%s\n' $NATIVE)" | paste -sd,)
"$SXHOST" --otp-path "$OTP" --otp "$asked" "$ROOT/tests/oracle/stdlib.erl" "$TEST_DIR/ours" >"$TEST_DIR/told" 2>"$TEST_DIR/errors"

check 'each module is called' same "$modules"'\n' sed 's/:.*//' "$TEST_DIR/wanted"
others() { grep -vE "^($(echo "$LACKING" | sed 's/ .*//' | paste -sd'|')): " "$1"; }
same_answers() { diff <(others "$TEST_DIR/wanted") <(others "$TEST_DIR/told"); }
check 'all give the answers of erl, but for those that lack something' same_answers
still_lacking() { diff "$TEST_DIR/wanted" "$TEST_DIR/told" | sed -n 's/^> \([a-z_]*\): .*/\1/p'; }
check 'and these lack it still' same "$(echo "$LACKING" | sed 's/ .*//')"'\n' still_lacking
finish
