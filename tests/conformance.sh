# Erlang's behaviour, case by case: the files of tests/conformance beside what OTP 25 answers.
. "$ROOT/tests/lib/host.sh"

# rare modules (digraph, sofs, erl_pp) come from the installed OTP's source
OTP=${OTP:-/usr/lib/erlang}

# cases that need what is not there yet
known='processes/group-leader'

for file in "$ROOT"/tests/conformance/*.erlt; do
    area=$(basename "$file" .erlt)
    options=(-t "${SLOW:+30}2000")
    for case in $known; do [ "${case%%/*}" = "$area" ] && options+=(-k "$case"); done
    check "$area" "$SXHOST" --timeout $((LIMIT * 5 / 6)) --otp-path "$OTP" "$ROOT/tools/conformance.erl" "${options[@]}" "$file"
done
finish
