#!/bin/bash
# What errors say, and that they point at the right place: the faults of tests/errors.
#   NAME.KIND.fault     a program with one fault: .sx and .erl are run as files, .forms is piped into a session, .e and .E are
#                       given to -e and -E. A line under the fault marks the place by hand:
#                           ;     ^ token      (%% in Erlang) the fault begins above the caret, and is that token, if one is told
#                           ; and at FILE:LINE:COLUMN: a report of its own, of another fault (what follows from the first, say)
#                           ; at FILE:LINE:COLUMN, where no caret can stand; `; at nowhere`: the error has no place
#   NAME.KIND.golden    exit status, standard output and standard error, as they are to be
#   FILE.part           a file that faults use, under its name without .part
# The place of each report is held against the mark before anything else, so --update cannot bless a wrong one.
#   tests/errors.sh [--update] [NAME.KIND...]
ROOT=${ROOT:-$(cd "$(dirname "$0")/.." && pwd)}
SXHOST=${SXHOST:-$ROOT/build/release/sxhost}
FAULTS=$ROOT/tests/errors
WORK=$(mktemp -d -p "${TEST_DIR:-/tmp}")
trap 'rm -rf "$WORK"' EXIT
UPDATE=
[ "${1:-}" = --update ] && { UPDATE=1; shift; }
unset NO_COLOR
export TERM=xterm # standard error is a file: no colour all the same

for part in "$FAULTS"/*.part; do cp "$part" "$WORK/$(basename "$part" .part)"; done
cd "$WORK" || exit 1

# What changes from run to run, or with the library.
mask() {
    sed -E -e 's/#Ref<[0-9.]+>/#Ref<R>/g' -e 's/<0\.[0-9]+\.[0-9]+>/<PID>/g' -e 's/#<pid [0-9.]+>/#<pid PID>/g' -e 's/[0-9]{1,2}-[A-Z][a-z]{2}-[0-9]{4}::[0-9:.]{15}/DATE/' -e 's/[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8}/DATE/' \
        -e 's/(lib\/[a-z/_0-9-]+\.(erl|sx):)[0-9]+(:[0-9]+)?/\1N/g' -e 's/(:file "lib\/[^"]*" :line )[0-9]+ :column [0-9]+/\1N/g' \
        -e 's/#\(:line [0-9]+\)/#(:line N)/g' -e 's/\(ready .*/(ready)/'
}

run_fault() {
    case $1 in
    *.sx | *.erl) timeout 60 "$SXHOST" "$1" </dev/null ;;
    *.forms) timeout 60 "$SXHOST" --plain <"$1" ;;
    *.e) timeout 60 "$SXHOST" -e "$(grep -v '^; at ' "$1")" </dev/null ;;
    *.E) timeout 60 "$SXHOST" -E "$(grep -v '^; at ' "$1")" </dev/null ;;
    esac >stdout 2>stderr
    echo "status $?" >status
}

# The place that the mark tells: FILE:LINE:COLUMN, with the token behind it when the mark has one.
marked_place() {
    tr -d '\r' <"$1" | LC_ALL=C.UTF-8 awk -v file="$1" '
        match($0, /^(;|%%) at /) { print substr($0, RLENGTH + 1); exit }
        match($0, /^(;|%%) *\^/) { print file ":" NR - 1 ":" RLENGTH substr($0, RLENGTH + 1); exit }'
}

# The places of all reports: of those for people, and of the replies of a session.
reported_places() {
    sed -nE 's/^  --> ([^ ]+).*/\1/p' stderr
    grep -oE ':reason "([^"\\]|\\.)*" :file "[^"]*" :line [0-9]+( :column [0-9]+)?' stdout | sed -E 's/.* :file "([^"]*)" :line ([0-9]+)( :column )?/\1:\2:/'
    sed -nE 's/^\(error [0-9]+ .*\{:kind :[^ ]+ :class :[^ ]+ :file "([^"]*)" :line ([0-9]+) :column ([0-9]+).*/\1:\2:\3/p' stdout
}

# What stands above the carets of the first report, where that line is plain ASCII.
under_carets() {
    awk '/^ *[0-9]+ \| / && !seen { line = $0; seen = 1; getline; if (match($0, /\^+/) && line !~ /[^ -~]/) print substr(line, RSTART, RLENGTH); exit }' stderr
}

check_fault() {
    local fault=$1 mark token places above
    cp "$FAULTS/$fault.fault" "$fault"
    mark=$(marked_place "$fault")
    [ -n "$mark" ] || { echo "no mark in $fault.fault"; return 1; }
    token=${mark#* }
    [ "$token" = "$mark" ] && token=
    mark=${mark%% *}
    [ "$mark" = nowhere ] && mark=
    run_fault "$fault"
    places=$(reported_places | sort -u)
    mark=$({ echo "$mark"; sed -nE 's/^(;|%%) and at //p' "$fault"; } | sort -u)
    [ "$places" = "$mark" ] || { echo "the mark says ${mark:-nowhere}, the report ${places:-nothing}"; cat stdout stderr; return 1; }
    above=$(under_carets)
    [ -z "$token" ] || [ -z "$above" ] || [ "$above" = "$token" ] || { echo "the mark says $token, the carets are under $above"; cat stderr; return 1; }
    if grep -q '^=CRASH REPORT' stderr && [ "$(sed '1,/^=CRASH REPORT/d' stderr | wc -c)" -gt 4096 ]; then
        echo "the crash report has more than 4096 bytes"
        return 1
    fi
    { cat status; echo "---- stdout"; cat stdout; echo "---- stderr"; cat stderr; } | mask >golden
    [ -z "$UPDATE" ] || cp golden "$FAULTS/$fault.golden"
    diff -u "$FAULTS/$fault.golden" golden
}

passed=0 failed=0
if [ $# = 0 ]; then set -- $(cd "$FAULTS" && ls ./*.fault | sed 's|^\./||; s/\.fault$//'); fi
for fault in "$@"; do
    if check_fault "$fault" >report 2>&1; then passed=$((passed + 1)); else
        failed=$((failed + 1))
        echo "FAIL $fault"
        sed 's/^/     /' report
    fi
done
# Colour is for terminals alone, and not for those that do not want it.
coloured() { # coloured ENVIRONMENT...: does the report have colours on a terminal?
    expect -c "log_user 1; spawn -noecho env $* $SXHOST -e (uper); expect eof" | grep -q "$(printf '\033')\\[1;31m"
}
if coloured TERM=xterm && ! coloured TERM=xterm NO_COLOR=1 && ! coloured TERM=dumb; then passed=$((passed + 1)); else
    failed=$((failed + 1))
    echo "FAIL colour on a terminal, with NO_COLOR, with TERM=dumb"
fi

echo "$passed passed, $failed failed"
[ $failed = 0 ] && [ $passed -gt 0 ]
