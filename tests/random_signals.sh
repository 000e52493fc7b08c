#!/bin/bash
# Signals between processes go here as on OTP: tests/oracle/signals.erl makes random scenarios, erl and sxhost run the same ones,
# and their logs must be the same. They depend on no order of running, so deterministic mode must give the same logs too.
# What differs is made smaller until no smaller scenario differs, and printed.
#   tests/random_signals.sh [SEED [N]]       SIGNALS_SEED and SIGNALS_SCENARIOS say the same; a long run: $RANDOM 5000
ROOT=${ROOT:-$(cd "$(dirname "$0")/.." && pwd)}
SXHOST=${SXHOST:-$ROOT/build/release/sxhost}
SEED=${1:-${SIGNALS_SEED:-1}}
N=${2:-${SIGNALS_SCENARIOS:-100}}
BATCH=500     # scenarios of one run of each side
MAX_SHOWN=3   # differences that are made smaller
MAX_ROUNDS=40 # of making one smaller
command -v erlc >/dev/null || { echo "skip: erl, with which the scenarios are compared, is not installed"; exit 77; }
WORK=$(mktemp -d -p "${TEST_DIR:-/tmp}")
trap 'rm -rf "$WORK"' EXIT
cd "$WORK" || exit 1
SIGNALS=$ROOT/tests/oracle/signals.erl
erlc -o "$WORK" "$SIGNALS" || exit 1

signals() { timeout 60 "$SXHOST" "$SIGNALS" "$@"; }

# Both logs of the scenarios in FILE: FILE.erl and FILE.sx. One scheduler, on which what is not waited for runs later.
run_both() { # FILE
    timeout 300 erl +S 1 -noinput -pa "$WORK" -eval "signals:main([\"run\", \"$1\", \"$1.erl\"]), halt()." >"$1.log" 2>&1 &&
        timeout 300 "$SXHOST" $MODE "$SIGNALS" run "$1" "$1.sx" >"$1.log" 2>&1 || { tail -n 5 "$1.log"; return 1; }
}

differing() { # FILE
    paste -d'\n' "$1.erl" "$1.sx" | awk '{ a = $0; getline b; if (a != b) { sub(/ .*/, "", a); print a } }'
}

# The smallest scenario like number N of FILE that still differs: ends as FILE.small.
show() { # FILE N
    local round next
    echo "---- scenario $2 of seed $SEED_NOW, made smaller:"
    signals pick "$1" "$2" "$1.small" || return
    for ((round = 0; round < MAX_ROUNDS; round++)); do
        signals shrink "$1.small" "$1.tries" && run_both "$1.tries" || break
        next=$(differing "$1.tries" | head -n 1)
        [ -n "$next" ] || break
        signals pick "$1.tries" "$next" "$1.small" || break
    done
    signals show "$1.small"
    run_both "$1.small"
    echo "erl:    $(cut -d' ' -f2- "$1.small.erl")"
    echo "sxhost: $(cut -d' ' -f2- "$1.small.sx")"
}

echo "seed $SEED, $N scenarios of each kind"
status=0 done=0 different=0
for ((SEED_NOW = SEED; done < N; SEED_NOW++)); do
    n=$((N - done < BATCH ? N - done : BATCH))
    for how in "steps" "steps --deterministic $SEED_NOW"; do
        read -r kind MODE <<<"$how"
        signals make "$kind" "$SEED_NOW" "$n" batch && run_both batch || { echo "FAIL: $how: seed $SEED_NOW did not run"; exit 1; }
        [ "$(wc -l <batch.erl)" = "$n" ] && [ "$(wc -l <batch.sx)" = "$n" ] || { echo "FAIL: $how: seed $SEED_NOW: logs are missing"; exit 1; }
        for number in $(differing batch); do
            status=1
            different=$((different + 1))
            [ $different -le $MAX_SHOWN ] && { echo "$how"; show batch "$number"; }
        done
    done
    done=$((done + n))
done
echo "$done scenarios of each kind, $different differences"
exit $status
