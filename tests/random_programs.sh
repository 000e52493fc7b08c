#!/bin/bash
# Random Erlang programs mean here what they mean on OTP: tests/oracle makes them, erl and sxhost run the same text, and what
# comes out must be the same. What differs is made smaller until no smaller program differs, and printed.
#   tests/random_programs.sh [SEED [N]]      RANDOM_SEED and RANDOM_PROGRAMS say the same; a long run: $RANDOM 10000
ROOT=${ROOT:-$(cd "$(dirname "$0")/.." && pwd)}
SXHOST=${SXHOST:-$ROOT/build/release/sxhost}
SEED=${1:-${RANDOM_SEED:-3001}}
N=${2:-${RANDOM_PROGRAMS:-150}}
BATCH=1000    # programs of one run of each side
MAX_SHOWN=5   # differences that are made smaller
MAX_ROUNDS=40 # of making one smaller
command -v erlc >/dev/null || { echo "skip: erl, with which the programs are compared, is not installed"; exit 77; }
WORK=$(mktemp -d -p "${TEST_DIR:-/tmp}")
trap 'rm -rf "$WORK"' EXIT
cd "$WORK" || exit 1
PROGRAMS=$ROOT/tests/oracle/programs.erl
EVALUATE=$ROOT/tests/oracle/evaluate.erl
erlc -o "$WORK" "$EVALUATE" || exit 1

# Both outcomes of the programs in FILE: FILE.erl and FILE.sx; false when one side did not come to its end.
run_both() {
    timeout 60 "$SXHOST" "$PROGRAMS" source "$1" "$1.text" || return 1
    timeout 900 erl -noinput -pa "$WORK" -eval "evaluate:main([\"$1.text\", \"$1.erl\"]), halt()." >/dev/null 2>"$1.log" &&
        timeout 900 "$SXHOST" "$EVALUATE" "$1.text" "$1.sx" >"$1.log" 2>&1 || { tail -n 5 "$1.log"; return 1; }
}

# Numbers of the programs of FILE whose outcomes differ.
differing() {
    paste -d'\n' "$1.erl" "$1.sx" | awk '{ a = $0; getline b; if (a != b) { sub(/ .*/, "", a); print a } }'
}

# The smallest program like number N of FILE that still differs: ends as FILE.small.
make_smaller() { # FILE N
    local round next
    timeout 60 "$SXHOST" "$PROGRAMS" pick "$1" "$2" "$1.small" || return
    for ((round = 0; round < MAX_ROUNDS; round++)); do
        timeout 60 "$SXHOST" "$PROGRAMS" shrink "$1.small" "$1.tries" && run_both "$1.tries" || return
        next=$(differing "$1.tries" | head -n 1)
        [ -n "$next" ] || return
        timeout 60 "$SXHOST" "$PROGRAMS" pick "$1.tries" "$next" "$1.small" || return
    done
}

show() { # FILE N
    echo "---- program $2 of seed $SEED_NOW, made smaller:"
    make_smaller "$1" "$2"
    run_both "$1.small"
    sed -n '/^main() ->/,/^$/p' "$1.small.text"
    echo "erl:    $(cut -d' ' -f2- "$1.small.erl")"
    echo "sxhost: $(cut -d' ' -f2- "$1.small.sx")"
}

echo "seed $SEED, $N programs"
status=0 done=0 different=0
for ((SEED_NOW = SEED; done < N; SEED_NOW++)); do
    n=$((N - done < BATCH ? N - done : BATCH))
    timeout 60 "$SXHOST" "$PROGRAMS" make "$SEED_NOW" "$n" batch && run_both batch || { echo "FAIL: seed $SEED_NOW did not run"; exit 1; }
    [ "$(wc -l <batch.erl)" = "$n" ] && [ "$(wc -l <batch.sx)" = "$n" ] || { echo "FAIL: seed $SEED_NOW: outcomes are missing"; exit 1; }
    for number in $(differing batch); do
        status=1
        different=$((different + 1))
        [ $different -le $MAX_SHOWN ] && show batch "$number"
    done
    done=$((done + n))
done
echo "$done programs, $different differ"
exit $status
