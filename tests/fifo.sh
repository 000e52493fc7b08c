#!/bin/bash
# --fifo: three writers one after the other, no processor time between them, the fifo made anew, one reader only.
. "$ROOT/tests/lib/host.sh"

fifo=$TEST_DIR/fifo
: >"$TEST_DIR/out"
mkfifo "$fifo"
"$SXHOST" --fifo "$fifo" >"$TEST_DIR/out" 2>"$TEST_DIR/err" &
HOST_PID=$!
trap 'kill -9 $HOST_PID 2>/dev/null' EXIT
host_expect '^\(ready ' >/dev/null

for n in 1 2 3; do
    echo "(epoch $n) (eval \"(* $n 11)\")" >"$fifo"
    check "writer $n" host_expect "^\(ok $n $((n * 11))\)"
done
ticks() { awk '{print $14 + $15}' "/proc/$HOST_PID/stat"; }
before=$(ticks)
read -r -t 0.5 <> <(:)
check "no processor time between writers" [ "$(ticks)" -le $((before + 1)) ]
printf '(epoch 4) (eval "(+ 1' >"$fifo"
printf ' 1)")\n' >"$fifo"
check "a form from two writers" host_expect '^\(ok 4 2\)'
check "a second reader is refused" same 'sxhost: FIFO: another sxhost reads this fifo\n1\n' sh -c '"$SXHOST" --fifo "$TEST_DIR/fifo" 2>&1 | sed "s|$TEST_DIR/fifo|FIFO|"; "$SXHOST" --fifo "$TEST_DIR/fifo" 2>/dev/null; echo $?'
rm "$fifo"
mkfifo "$fifo"
echo '(epoch 5) (eval "55")' >"$fifo"
check "the fifo made anew" host_expect '^\(ok 5 55\)'
echo '(quit 3)' >"$fifo"
wait "$HOST_PID"
check "quit" [ $? = 3 ]
trap - EXIT
HOST_PID=
finish
