#!/bin/bash
# Random Erlang programs mean here what they mean on OTP: tests/oracle makes them, erl and sxhost run the same text, and what
# comes out must be the same. What differs is made smaller until no smaller program differs, and printed.
#   tests/random_programs.sh [SEED [N]]      RANDOM_SEED and RANDOM_PROGRAMS say the same; a long run: $RANDOM 10000
# A program that takes OTP more than three seconds or 240 MB is left out, and counted; one that takes only sxhost too much differs.
ROOT=${ROOT:-$(cd "$(dirname "$0")/.." && pwd)}
SXHOST=${SXHOST:-$ROOT/build/release/sxhost}
SEED=${1:-${RANDOM_SEED:-102}}
N=${2:-${RANDOM_PROGRAMS:-40}}
BATCH=1000     # programs of one run of each side
MAX_SHOWN=5    # differences that are made smaller
MAX_ROUNDS=60  # of making one smaller
MAX_LEFT_OUT=5 # percent
LIMIT_ERL=3000 # ms for a program
LIMIT_SX=20000
command -v erlc >/dev/null || { echo "skip: erl, with which the programs are compared, is not installed"; exit 77; }
WORK=$(mktemp -d -p "${TEST_DIR:-/tmp}")
trap 'rm -rf "$WORK"' EXIT
cd "$WORK" || exit 1
PROGRAMS=$ROOT/tests/oracle/programs.erl
EVALUATE=$ROOT/tests/oracle/evaluate.erl
erlc -o "$WORK" "$EVALUATE" || exit 1

# Both outcomes of the programs FROM to TO of FILE: FILE.erl and FILE.sx; false when one side did not come to its end.
run_both() { # FILE FROM TO
    local erl
    timeout 300 "$SXHOST" "$PROGRAMS" source "$1" "$2" "$3" "$1.text" || return 1
    timeout 3600 erl +S 1:1 +sbwt none -noinput -pa "$WORK" -eval "evaluate:main([\"$1.text\", \"$1.erl\", \"$LIMIT_ERL\"]), halt()." \
        >/dev/null 2>"$1.log" &
    erl=$!
    timeout 3600 "$SXHOST" "$EVALUATE" "$1.text" "$1.sx" "$LIMIT_SX" >"$1.log.sx" 2>&1 || { tail -n 5 "$1.log.sx"; wait $erl; return 1; }
    wait $erl || { tail -n 5 "$1.log"; return 1; }
}

# Numbers of the programs of FILE whose outcomes differ.
differing() {
    paste -d'\n' "$1.erl" "$1.sx" | awk '{ a = $0; getline b; if (a != b && a !~ /^[0-9]+ beyond$/) { sub(/ .*/, "", a); print a } }'
}

# The smallest program like number N of FILE that still differs: ends as FILE.small. Smaller ones are tried some at a time, the
# smallest first.
make_smaller() { # FILE N
    local round next from n last
    timeout 60 "$SXHOST" "$PROGRAMS" pick "$1" "$2" "$1.small" || return
    for ((round = 0; round < MAX_ROUNDS; round++)); do
        last=$(timeout 300 "$SXHOST" "$PROGRAMS" shrink "$1.small" "$1.tries") || return
        next=
        for ((from = 1, n = 20; from <= last; from += n, n = n * 2 > 320 ? 320 : n * 2)); do
            run_both "$1.tries" "$from" $((from + n - 1)) || return
            next=$(differing "$1.tries" | head -n 1)
            [ -z "$next" ] || break
        done
        [ -n "$next" ] || return
        timeout 60 "$SXHOST" "$PROGRAMS" pick "$1.tries" "$next" "$1.small" || return
    done
}

show() { # FILE N
    echo "---- program $2 of seed $SEED_NOW, made smaller:"
    make_smaller "$1" "$2"
    run_both "$1.small" 0 999999999
    sed -n '/^%%% /,$p' "$1.small.text"
    echo "erl:    $(cut -d' ' -f2- "$1.small.erl")"
    echo "sxhost: $(cut -d' ' -f2- "$1.small.sx")"
}

echo "seed $SEED, $N programs"
status=0 done=0 different=0 left_out=0
for ((SEED_NOW = SEED; done < N; SEED_NOW++)); do
    n=$((N - done < BATCH ? N - done : BATCH))
    timeout 300 "$SXHOST" "$PROGRAMS" make "$SEED_NOW" "$n" batch && run_both batch 1 "$n" || { echo "FAIL: seed $SEED_NOW did not run"; exit 1; }
    [ "$(wc -l <batch.erl)" = "$n" ] && [ "$(wc -l <batch.sx)" = "$n" ] || { echo "FAIL: seed $SEED_NOW: outcomes are missing"; exit 1; }
    left_out=$((left_out + $(grep -c '^[0-9]* beyond$' batch.erl)))
    for number in $(differing batch); do
        status=1
        different=$((different + 1))
        [ $different -le $MAX_SHOWN ] && show batch "$number"
    done
    done=$((done + n))
done
echo "$done programs, $left_out left out, $different differ"
[ $((left_out * 100)) -le $((done * MAX_LEFT_OUT)) ] || { echo "FAIL: too many are left out"; exit 1; }
exit $status
