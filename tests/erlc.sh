#!/bin/bash
# `sxhost check` says what erlc says: same line, column and text, all of a file's faults in one go.
#   tests/erlc/NAME.faults   small modules, each behind a line `=== CASE`
#   tests/erlc/NAME.golden   what erlc 25 says of each: LINE:COLUMN: text, errors before warnings, sorted by place
# Where erlc is installed it is asked again, and the golden files must be what it says. --update writes them.
ROOT=${ROOT:-$(cd "$(dirname "$0")/.." && pwd)}
SXHOST=${SXHOST:-$ROOT/build/release/sxhost}
WORK=$(mktemp -d -p "${TEST_DIR:-/tmp}")
trap 'rm -rf "$WORK"' EXIT
FAULTS=$ROOT/tests/erlc

# Each case in a folder of its own, as t.erl.
split_cases() {
    mkdir -p "$WORK/$1"
    awk -v dir="$WORK/$1" '/^=== /{out = dir "/" $2; system("mkdir -p " out); out = out "/t.erl"; printf "" > out; next} {print > out}' "$FAULTS/$1.faults"
}

# One program for all cases of a file; what is shown of a place is left out.
ours() {
    (cd "$WORK/$1" && timeout 120 "$SXHOST" check */t.erl) | sed -e '/^%/d' -e '/^$/d' |
        awk -v cases="$(cd "$WORK/$1" && echo *)" '
            BEGIN { n = split(cases, name, " ") }
            match($0, /^[^\/ ]*\/t\.erl:/) { case_ = substr($0, 1, RLENGTH - 7); $0 = substr($0, RLENGTH + 1) }
            { said[case_] = said[case_] $0 "\n" }
            END { for (i = 1; i <= n; i++) printf "=== %s\n%s", name[i], said[name[i]] }'
}

erlc_says() {
    erl -noinput -pa "$WORK" -eval "erlc_oracle:main(\"$WORK/$1\"), halt()."
}

with_erlc=
if command -v erlc >/dev/null; then
    with_erlc=1
    erlc -o "$WORK" "$FAULTS/erlc_oracle.erl" || exit 1
elif [ "${1:-}" = --update ]; then echo "--update needs erlc"; exit 1
else echo "note: erlc is not installed, its answers are those of the golden files"
fi

status=0 cases=0
for file in "$FAULTS"/*.faults; do
    name=$(basename "$file" .faults)
    split_cases "$name"
    cases=$((cases + $(grep -c '^=== ' "$file")))
    if [ -n "$with_erlc" ]; then
        erlc_says "$name" >"$WORK/$name.erlc"
        if [ "${1:-}" = --update ]; then cp "$WORK/$name.erlc" "$FAULTS/$name.golden"
        else diff -u "$FAULTS/$name.golden" "$WORK/$name.erlc" || { echo "FAIL: $name.golden is not what erlc says"; status=1; }
        fi
    fi
    ours "$name" >"$WORK/$name.ours"
    diff -u "$FAULTS/$name.golden" "$WORK/$name.ours" || { echo "FAIL: sxhost check on $name.faults"; status=1; }
done

# Exit status, the place shown, and the options of sources.
mkdir -p "$WORK/cli/include"
cd "$WORK/cli" || exit 1
printf -- '-define(FROM_HEADER, 1).\n' >include/h.hrl
printf -- '-module(good).\n-export([f/0]).\n-include("h.hrl").\nf() -> ?FROM_HEADER + ?GIVEN.\n' >good.erl
printf -- '-module(bad).\n-export([f/0]).\nf() ->\n\tX.\n' >bad.erl
"$SXHOST" check -I include -D GIVEN=2 good.erl >out 2>err; code=$?
[ "$code" = 0 ] && [ ! -s out ] || { echo "FAIL: a module without faults: exit $code"; cat out err; status=1; }
"$SXHOST" check good.erl bad.erl -Iinclude -DGIVEN >out 2>err; code=$?
[ "$code" = 1 ] && grep -q "^%    4| 	X\.$" out && grep -q "^%     | 	^$" out || { echo "FAIL: the place of a fault: exit $code"; cat out err; status=1; }
"$SXHOST" check nowhere.erl >out 2>err; code=$?
[ "$code" = 1 ] && grep -q 'nowhere.erl: no such file' out || { echo "FAIL: no file: exit $code"; cat out err; status=1; }
"$SXHOST" check >out 2>err; code=$?
[ "$code" = 2 ] || { echo "FAIL: no files: exit $code"; status=1; }

# a text that is none, and one with very many faults: their cost is in proportion
for ((i = 0; i < 20000; i++)); do printf 'a() -> "x\ny, $\\x{zz} 2#9 '; done >none.erl
{ printf -- '-module(many).\n'; for ((i = 0; i < 10000; i++)); do printf 'a%d() -> b%d().\n' $i $i; done; } >many.erl
"$SXHOST" check none.erl >out 2>err; code=$?
[ "$code" = 1 ] || { echo "FAIL: a text that is no Erlang: exit $code"; status=1; }
"$SXHOST" check many.erl >out 2>err; code=$?
[ "$code" = 1 ] && [ "$(grep -c 'undefined$' out)" = 10000 ] || { echo "FAIL: ten thousand faults: exit $code"; status=1; }

[ $cases -ge 150 ] || { echo "FAIL: only $cases cases"; status=1; }
[ $status = 0 ] && echo "$cases faulty modules: as erlc says"
exit $status
