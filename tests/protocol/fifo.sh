#!/bin/bash
# --fifo: three writers one after the other, no processor time between them, the fifo made anew, one reader only.
. "$ROOT/tests/lib/pipe.sh"

fifo=$TEST_DIR/fifo
: >"$TEST_DIR/out"
mkfifo "$fifo"
"$SXHOST" --fifo "$fifo" >"$TEST_DIR/out" 2>"$TEST_DIR/err" &
begun
host_expect '^\(ready ' >/dev/null

for n in 1 2 3; do
    echo "(epoch $n) (eval \"(* $n 11)\")" >"$fifo"
    check "writer $n" host_expect "^\(ok $n $((n * 11))\)"
done
ticks() { awk '{print $14 + $15}' "/proc/$HOST_PID/stat"; }
ticks_of_others() { awk '{print $16 + $17}' "/proc/$$/stat"; } # of the programs that this test ran to their end
before=$(ticks)
others=$(ticks_of_others)
until [ "$(ticks_of_others)" -ge $((others + 20)) ]; do : | "$SXHOST" >/dev/null; done
check "no processor time between writers, while others take twenty ticks" [ "$(ticks)" -le $((before + 1)) ]
printf '(epoch 4) (eval "(+ 1' >"$fifo"
printf ' 1)")\n' >"$fifo"
check "a form from two writers" host_expect '^\(ok 4 2\)'
for i in $(seq 20); do echo "(eval \":writer-$i\")" >"$fifo" & done
for i in $(seq 20); do host_expect "^\(ok 4 :writer-$i\)" >/dev/null || break; done
check "twenty writers at once" [ "$(grep -c '^(ok 4 :writer-' "$TEST_DIR/out")" = 20 ]

refused() { "$SXHOST" --fifo "$1" </dev/null 2>&1 | sed "s|$1|FIFO|"; "$SXHOST" --fifo "$1" </dev/null >/dev/null 2>&1; echo $?; }
check "a second host is refused" same 'sxhost: FIFO: another sxhost reads this fifo\n1\n' refused "$fifo"
check "a fifo that is not there" same 'sxhost: FIFO: no such fifo (mkfifo makes one)\n1\n' refused "$TEST_DIR/nothing"
check "a file" same 'sxhost: FIFO: not a fifo\n1\n' refused "$TEST_DIR/out"
echo '(eval ":undisturbed")' >"$fifo"
check "the first one goes on" host_expect '^\(ok 4 :undisturbed\)'

rm "$fifo"
mkfifo "$fifo"
echo '(epoch 5) (eval "55")' >"$fifo"
check "the fifo made anew" host_expect '^\(ok 5 55\)'
mkfifo "$fifo.new"
mv "$fifo.new" "$fifo"
echo '(epoch 6) (eval "66")' >"$fifo"
check "another one moved into its place" host_expect '^\(ok 6 66\)'
check "the new one has one reader, too" same 'sxhost: FIFO: another sxhost reads this fifo\n1\n' refused "$fifo"
echo '(epoch 7) (eval "(sleep 10000000)")' >"$fifo"
printf '(ping)\n' >"$fifo"
check "control commands are taken while an epoch sleeps" host_expect '^\(pong 7\)'
printf '(interrupt 7)\n' >"$fifo"
check "... an interrupt too" host_expect '^\(error 7 "interrupted"'
echo '(quit 3)' >"$fifo"
check "quit" host_ends 3

: >"$TEST_DIR/out"
"$SXHOST" --fifo "$fifo" >"$TEST_DIR/out" 2>"$TEST_DIR/err" &
begun
host_expect '^\(ready ' >/dev/null
check "the next host may have it" [ $? = 0 ]
kill -TERM "$HOST_PID"
check "SIGTERM ends one that has nothing to do" host_ends 0
finish
