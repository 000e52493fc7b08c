# Erlang's behaviour, case by case: the files of tests/conformance beside what OTP 25 answers.
. "$ROOT/tests/lib/host.sh"
for file in "$ROOT"/tests/conformance/*.erlt; do
    check "$(basename "$file")" "$SXHOST" --timeout 100 "$ROOT/tools/conformance.erl" "$file"
done
finish
