#!/bin/bash
# Whatever way the input arrives, and whatever stands in it, the replies are the same: whole, byte by byte, in uneven pieces.
. "$ROOT/tests/lib/pipe.sh"

# everything that text can be: a mark, CRLF, forms over many lines and several on one, comments, bytes that are no text,
# brackets that never close, no newline at the end
{
    printf '\357\273\277(epoch 1)\r\n(eval "(+ 1\r\n 2)") ; a comment (eval "0")\r\n'
    printf '(epoch 2) (eval "1")(eval "2") (epoch 3)(eval\n  "3"\n)\n'
    printf '#| (eval "0") #| nested |# |# (epoch 4) #;(eval "0") (eval "4")\n'
    printf '(epoch 5)\0(eval "5")\377\376 (eval "51")(eval "\\"\303\\"")\n(eval "52")(eval "\303\251")\n'
    printf '(epoch 6)\n(eval "(str \\"(epoch 0)\\" \\";\\" \\"#|\\" \\"\\\\\\"\\")")\n'
    printf '(epoch 7)\n(eval "(+ 1 2)"\n(epoch 8)\n(eval "8")\n(((\n(eval "81")\n(eval "(str\n(epoch 9)(eval "9")\n'
    printf '(nonsense) word 42 "text" [1 2] #\\( :atom\n(epoch 10)\n(eval """(str "ten" ; (ten\n)""")\n'
    printf '(epoch 11)(eval "#\\\\)")(eval "\\u{e9}")\n(eval "\\"\342\202\254\\"")(quit 3)\n(eval "0")'
} >"$TEST_DIR/input"
cat >"$TEST_DIR/wanted" <<'END'
(ok 1 3)
(ok 2 1)
(ok 2 2)
(ok 3 3)
(ok 4 4)
(error 5 :syntax)
(ok 5 5)
(error 5 :syntax)
(ok 5 51)
(error 5 :syntax)
(ok 5 52)
(error 5 :unbound)
(ok 6 "(epoch 0);#|\"")
(error 7 :syntax)
(ok 8 8)
(error 8 :syntax)
(ok 8 81)
(error 8 :syntax)
(ok 9 9)
(error 9 :syntax)
(error 9 :syntax)
(error 9 :syntax)
(error 9 :syntax)
(error 9 :syntax)
(error 9 :syntax)
(error 9 :syntax)
(ok 10 "ten")
(ok 11 41)
(error 11 :unbound)
(ok 11 "€")
3
END
replies() { piped <"$1" | grep -v '^(err ' | brief; status; }
in_pieces() { dd bs="$1" status=none <"$TEST_DIR/input" | { piped | grep -v '^(err ' | brief; status; }; }
replies "$TEST_DIR/input" >"$TEST_DIR/whole"
check 'a file' diff "$TEST_DIR/wanted" "$TEST_DIR/whole"
for size in 1 2 3 7 64 1000; do
    in_pieces $size >"$TEST_DIR/pieces"
    check "through a pipe, $size at a time" diff "$TEST_DIR/whole" "$TEST_DIR/pieces"
done
tr -d '\r' <"$TEST_DIR/input" >"$TEST_DIR/unix"
check 'without the CRs' sh -c 'diff "$TEST_DIR/whole" "$1"' - <(replies "$TEST_DIR/unix")

# a form over the limit is one error, whatever stands in it; what comes behind it is read
over() { { echo '(epoch 1)'; printf '(eval "'; yes '(quit) ; "" #| ' | head -c 300000 | tr -d '\n"'; printf '")\n'; epoch 2 :behind; } | piped --limit max_form_bytes=100000 | brief; }
check 'a form beyond the limit is one error' same '(error 1 :syntax)\n(ok 2 :behind)\n' over
default_limit() { { echo '(epoch 1)'; printf '(eval "'; head -c 17000000 /dev/zero | tr '\0' ' '; printf '1")\n'; epoch 2 :behind; } | piped | brief; }
check 'the limit is 16 MiB unless told otherwise' same '(error 1 :syntax)\n(ok 2 :behind)\n' default_limit
below() { { echo '(epoch 1)'; printf '(eval "'; head -c 16000000 /dev/zero | tr '\0' ' '; printf '1")\n'; epoch 2 :behind; } | piped | brief; }
check 'a form just below it is evaluated' same '(ok 1 1)\n(ok 2 :behind)\n' below
unclosed() { { echo '(epoch 1)'; printf '('; head -c 200000 /dev/zero | tr '\0' '('; echo; epoch 2 :behind; } | piped --limit max_form_bytes=100000 | brief; }
check 'brackets that never close, beyond the limit' same '(error 1 :syntax)\n(ok 2 :behind)\n' unclosed

# the first lines of a stream are answered before the rest has come
mkfifo "$TEST_DIR/slow"
"$SXHOST" <"$TEST_DIR/slow" >"$TEST_DIR/out" 2>"$TEST_DIR/err" &
begun
exec 7>"$TEST_DIR/slow"
printf '(eval "1")' >&7
check 'a command needs no newline behind it' host_expect '^\(ok 0 1\)'
printf '(epoch 2)(eval "(+ 1' >&7
printf ' 1)" )' >&7
check 'nor to come in one piece' host_expect '^\(ok 2 2\)'
exec 7>&-
check 'and the end is 0' host_ends 0

# early input is not lost while the program starts, nor late output cut when it ends
early() { { for i in $(seq 2000); do echo "(epoch $i)(eval \"$i\")"; done; } | piped | awk '$1 == "(ok" && $2 + 0 == ++n && $3 == n ")" {right++} END {print right, NR}'; }
check 'two thousand commands that came before it started' same '2000 2000\n' early
late() { epoch 1 '(do (reduce (fn (_ i) (println i)) nil (range 0 20000)) (join "" (repeat 200000 "ab")))' | piped | awk '/^\(out/ {n++} /^\(ok-len 1 / {print n, $3; getline; print length($0)}'; }
check 'all that was printed before the end comes out' same '20000 400002)\n400002\n' late
finish
