# The harness's options and reports, by running it on tests made here. (That it is red where it must be: tests/harness/outside.)
. "$SXHOST_TEST_LIB"
cd "$TEST_DIR" || exit 1
unset TEST_SEED HARNESS_ACTIVE
export TMPDIR=$TEST_DIR # a harness that is killed cannot remove its folder

mkdir -p t/lib t/more
cat >t/good.sx <<'END'
(println (+ 1 2))  ; expect: 3
(println [(self) (make-ref)])  ; expect: [<PID> <REF>]
(println "it took 12 ms on 2026-01-02T03:04:05Z, by 127.0.0.1:8080")  ; expect: it took <TIME> on <TIME>, by 127.0.0.1:<PORT>
END
printf '(println 1)  ; expect: 2\n' >t/bad.sx
printf '; skip: the <moon> & "stars"\n' >t/skipped.sx
printf 'echo "skip: no # here"; exit 77\n' >t/more/skipped.sh
printf 'echo "$TEST_SEED $TEST_DIR" >>seen\n' >t/more/seed.sh
printf 'exit 1\n' >t/lib/no_test.sh
printf '(println :no-test-either)\n' >t/data.sx

harness() { "$SXHOST" test "$@"; }
says() { # STATUS PATTERN ARGUMENTS...
    local wanted=$1 pattern=$2 got
    shift 2
    harness "$@" >said 2>&1
    got=$?
    cat said
    [ $got = "$wanted" ] && grep -qE -- "$pattern" said
}
check 'a folder: passed, failed, skipped' says 1 '^2 passed, 1 failed, 2 skipped$' t
check 'skips say why' says 1 '^skip t/skipped.sx .*: the <moon> & "stars"$' t
check '--only takes a part of a path' says 0 '^1 passed, 0 failed, 0 skipped$' --only good t
check '--only takes a pattern' says 0 '^1 passed, 0 failed, 1 skipped$' --only '/more/s*.sh' t
check '--repeat' says 0 '^7 passed, 0 failed, 0 skipped$' --repeat 7 t/good.sx
check '--repeat says which' says 1 '^FAIL t/bad.sx \(3 of 3\)' --repeat 3 t/bad.sx
check '--fail-fast' says 1 '^stopped at the first failure; [1-9][0-9]* of 200' --fail-fast --repeat 200 --jobs 2 t/bad.sx
check 'a test that is named twice is one' says 0 '^1 passed' t/good.sx t/good.sx "$PWD/t/good.sx"
check '--run' says 0 '^1 passed' --run 'good.*=/bin/true' t/good.sx
check 'an executable' says 0 '^1 passed' /bin/true

for i in 1 2 3 4 5 6 7 8 9; do printf 'exit 0\n' >"t/more/o$i.sh"; done
numbers() { harness -v --jobs 1 --only '/o[0-9]' "$@" t | sed -n 's/^ok.*o\([0-9]\).*/\1/p' | tr -d '\n'; }
check 'in order of names' same 123456789 numbers
check '--seed gives one order' test "$(numbers --seed 5)" = "$(numbers --seed 5)"
check 'and another seed another one' test "$(numbers --seed 5)" != "$(numbers --seed 6)"
check 'each once' same 123456789 sh -c 'echo "$1" | fold -w 1 | sort | tr -d "\n"' sh "$(numbers --seed 5)"
rm -f seen
harness --seed 42 --repeat 3 --only seed.sh t >/dev/null
check 'tests see the seed' test "$(cut -d ' ' -f 1 seen | sort -u)" = 42
check 'each run has a folder of its own' test "$(cut -d ' ' -f 2 seen | sort -u | wc -l)" = 3
check 'which is gone afterwards' test ! -e "$(head -n 1 seen | cut -d ' ' -f 2)"
rm t/more/o?.sh

check '--help has the words of the shell library' sh -c 'for word in host_start host_eval check same finish; do "$SXHOST" test --help | grep -q "^  $word " || exit 1; done'

mkdir t/lib/src
printf -- '-module(%s).\n-export([f/0]).\nf() -> %s.\n' beside 7 >t/more/beside.erl
printf -- '-module(%s).\n-export([f/0]).\nf() -> %s.\n' elsewhere 8 >t/lib/src/elsewhere.erl
printf '%%%% options: -pa %s\n%%%% CASE: both\n{beside:f(), elsewhere:f()}.\n%%%% EXPECT: {7,8}\n%%%% CASE: none\nbeside:g(1).\n%%%% RAISES: error:undef\n' "$PWD/t/lib" >t/more/cases.erlt
check 'cases call modules beside their file, and those of -pa' says 0 '^1 passed' t/more/cases.erlt
rm t/more/cases.erlt t/more/beside.erl

# ---- reports ----

check 'TAP: the plan' says 1 '^1\.\.5$' --tap t
check 'TAP: its version' test "$(head -n 1 said)" = 'TAP version 14'
check 'TAP: a failure' grep -qE '^not ok [1-5] - t/bad.sx$' said
check 'TAP: a skip' grep -qE '^ok [1-5] - t/more/skipped.sh # SKIP no # here$' said
check 'TAP: a diff in YAML' grep -qE '^    .*[-] +1 +\| 2$' said
check 'TAP: the closing line' test "$(tail -n 1 said)" = '# 2 passed, 1 failed, 2 skipped'
check 'prove likes what passes' prove -v --exec "$SXHOST test --tap" t/good.sx t/more/seed.sh
prove --exec "$SXHOST test --tap" t/good.sx t/bad.sx >said 2>&1
check 'prove sees what fails' test $? != 0
check 'and finds no fault with the format' sh -c '! grep -i "parse error" said'

says 1 passed --junit junit.xml t >/dev/null
check 'JUnit: counts' grep -qE '<testsuite name="sxhost test" tests="5" failures="1" errors="0" skipped="2"' junit.xml
check 'JUnit: texts' grep -qF '<skipped message="the &lt;moon&gt; &amp; &quot;stars&quot;">' junit.xml
printf 'printf "\\001\\377<]]>&\\n"; exit 1\n' >t/bytes.sh
says 1 passed --junit junit.xml t/bytes.sh >/dev/null
check 'JUnit: what is no text is replaced' grep -qF '??&lt;]]&gt;&amp;' junit.xml
check 'JUnit: well-formed' perl -0ne '
    my @open;
    s/^<\?xml[^>]*>//;
    while (/<(\/?)(\w+)((?:\s+\w+="[^"<]*")*)\s*(\/?)>|([^<]+)|(.)/gs) {
        die "stray: $6" if defined $6;
        die "bare &: $5" if defined $5 && $5 =~ /&(?!(?:lt|gt|amp|quot);)/;
        next if defined $5 || $4;
        if ($1) { die "</$2>" unless @open && pop(@open) eq $2 } else { push @open, $2 }
    }
    die "open: @open" if @open' junit.xml
check 'JUnit: a file that cannot be written' says 1 'No such file' --junit no/such/folder.xml t/good.sx

# ---- --update ----

cat >t/update.sx <<'END'
(println 1)  ; expect: 0
(println 2)  ; expect: 2
(println (self))
(println 4)    ; expect: 3
    ; expect: 5
(println "2026-01-02")  ; expect: 2026-01-02
END
cat >updated <<'END'
(println 1)  ; expect: 1
(println 2)  ; expect: 2
(println (self))
(println 4)    ; expect: <PID>
    ; expect: 4
(println "2026-01-02")  ; expect: 2026-01-02
END
chmod 640 t/update.sx
check '--update' says 0 'updated standard output' --update t/update.sx
check 'writes what came, beside the lines' diff updated t/update.sx
check 'and keeps the mode' test "$(stat -c %a t/update.sx)" = 640
check 'then it passes' says 0 '^1 passed' t/update.sx
printf '%%%% new.erl\n-module(new).\n-export([main/1]).\nmain(_) -> io:format("a~n~nb~n").\n' >t/new.erl
check 'a test without expectations gets them' says 0 'updated' --update t/new.erl
check 'in its language' same '% expect: a\n% expect:\n% expect: b\n' tail -n 3 t/new.erl
check 'and passes' says 0 '^1 passed' t/new.erl
printf 'echo one; echo "$TEST_DIR/x"; echo e >&2\n' >t/files.sh
: >t/files.out
: >t/files.err
check 'files beside a shell test' says 0 'updated standard output; updated standard error' --update t/files.sh
check 'hold what it prints' same 'one\n<DIR>/x\ne\n' cat t/files.out t/files.err
check 'and it passes' says 0 '^1 passed' t/files.sh
printf 'one\n<DIR>/x' >t/files.out
check 'the last newline counts' says 1 'a newline at its end' t/files.sh
printf '; exit: 3\n(println 1)  ; expect: 2\n' >t/status.sx
cp t/status.sx before
check 'a wrong exit status is not updated away' says 1 'exit status 0, wanted 3' --update t/status.sx
check 'and nothing is written then' diff before t/status.sx

# ---- ends ----

printf 'sleep 10738 & setsid sleep 10738 & touch "$1"; echo $$ >>started; wait\n' >t/long.sh
started() { for i in $(seq 500); do [ "$(wc -l 2>/dev/null <started || echo 0)" -ge "$1" ] && return 0; pause; done; return 1; }
ended() { for i in $(seq 500); do pgrep -f '^sleep 10738' >/dev/null || return 0; pause; done; pgrep -af '^sleep 10738'; return 1; }
for signal in INT TERM KILL; do
    rm -f started
    (trap - INT; exec "$SXHOST" test --repeat 4 --jobs 2 t/long.sh) >said 2>&1 &
    pid=$!
    check "two run ($signal)" started 2
    kill -$signal $pid
    wait $pid 2>/dev/null
    status=$?
    check "SIG$signal ends the harness" test $status = $((128 + $(kill -l $signal)))
    check "and all that its tests started" ended
    [ $signal = KILL ] || check "and it says so ($signal)" grep -qE '^stopped by a signal; 4 of 4 ' said
done
printf 'exit 1' >t/fails.sh
harness --keep t/fails.sh >said
folder=$(sed -n 's/^ *its folder: //p' said)
check '--keep leaves the folder of a failure' test -d "$folder"
rm -rf "${folder%/*}"
finish
