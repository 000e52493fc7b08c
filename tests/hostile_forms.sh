#!/bin/bash
# Whatever is piped in gets its one reply, in order, and the host lives: 200 hostile forms, each behind a label of its own,
# then a friendly one. A second run feeds the same bytes in small pieces.
. "$ROOT/tests/lib/host.sh"

repeat() { yes "$2" | head -n "$1" | tr -d '\n'; }
OPEN=$(repeat 20000 '(')
CLOSE=$(repeat 20000 ')')
XS=$(repeat 50000 'x ')
YS=$(repeat 100000 y)

# One form for each number; what it is made of goes round.
form() {
    case $(($1 % 20)) in
    0) printf '(eval "(+ 1 2"\n' ;;
    1) printf '(eval "(+ 1 2)\n' ;;
    2) printf '(((((((\n' ;;
    3) printf ')\n' ;;
    4) printf '(no-such-command 1 2)\n' ;;
    5) printf '(eval "%s")\n' "$OPEN" ;;
    6) printf '%s%s\n' "$OPEN" "$CLOSE" ;;
    7) printf '(eval "a\000b")\n' ;;
    8) printf '(eval "\377\376\300\200")\n' ;;
    9) printf 'just-some-bytes\377\n' ;;
    10) printf '(eval "(no-such-function 1)")\n' ;;
    11) printf '(eval "(error #(:boom [1 2 {:a 3}]))")\n' ;;
    12) printf '(eval "(do (spawn (fn () (error :child))) (spawn-link (fn () (exit :linked))) (receive (:never 1)))")\n' ;;
    13) printf '(eval "(letrec ((f (fn (n) (+ 1 (f n))))) (f 1))")\n' ;;
    14) printf '(eval "(erlang:exit (self) :kill)")\n' ;;
    15) printf '(load "no/such/file.sx")\n' ;;
    16) printf '(eval 17)\n' ;;
    17) printf '(epoch -1)\n' ;;
    18) printf '(eval "%s")\n' "$XS" ;;
    19) printf '(eval "(str \\"%s\\")")\n' "$YS" ;;
    esac
}

script() {
    for n in $(seq 1 200); do
        printf '(epoch %d)\n' "$n"
        form "$n"
    done
    printf '(epoch 201)\n(eval "(+ 40 2)")\n'
}

# The labels of all replies, in order.
labels() { sed -n 's/^(\(ok\|ok-len\|error\|parked\) \([0-9]*\).*/\2/p' "$1"; }

script >"$TEST_DIR/script"
OPTIONS="--limit max_heap_bytes=50000000 --timeout $((LIMIT * 5 / 6))"

"$SXHOST" $OPTIONS <"$TEST_DIR/script" >"$TEST_DIR/out" 2>"$TEST_DIR/err"
check "exit status says that there were errors" [ $? = 1 ]
check "200 forms and one, 201 replies in order" diff <(seq 1 201) <(labels "$TEST_DIR/out")
check "the last one is answered as ever" grep -qx '(ok 201 42)' "$TEST_DIR/out"
check "an error reply is one line that says what kind it is" [ "$(grep -c '^(error [0-9]* ".*" {:kind :[^ ]* :class :[a-z]* .*})$' "$TEST_DIR/out")" -ge 150 ]

dd if="$TEST_DIR/script" bs=777 2>/dev/null | "$SXHOST" $OPTIONS >"$TEST_DIR/pieces" 2>>"$TEST_DIR/err"
check "the same in small pieces" diff <(seq 1 201) <(labels "$TEST_DIR/pieces")
finish
