#!/bin/bash
# Twenty megabytes of small forms through the pipe (with SLOW=1 a gigabyte): each has its one reply, in order, and the host's
# memory is flat, by /proc/PID/status. What defines something or makes a function stays in memory by design (max_shared_bytes
# bounds it), so it is not among them.
. "$ROOT/tests/lib/pipe.sh"

case $FLAVOUR in
release | labels) MEGABYTES=${MEGABYTES:-20} ;;
*) MEGABYTES=${MEGABYTES:-2} ;; # the same replies; memory there is the sanitizer's
esac
[ -z "${SLOW:-}" ] || MEGABYTES=1000

# a block of commands, its replies and errors are foretold: all forms below, under a label each, again and again
block() {
    local i
    for ((i = 1; i <= 1000; i++)); do
        cat <<END
(epoch $i) ; a comment that is read and forgotten
(eval "(+ $i 1)") (eval "(let ((x [$i 2 3])) (match x ([a & _] {:a a :b \"text\"}) (_ :none)))")
(eval "(try (error #(:oops $i)) (catch (_ r _) r))")
(eval "(do (send (self) [:message $i]) (receive ([:message n] n)))")
(eval "(map inspect '(a \\"b\\" $i 4.5))")
  (eval
     "(-> $i (+ 1) (list) (count))"
  )
(eval "(join \", \" (repeat 3 \"$i\"))") (eval "(+ 1"
(eval "(get-in {:a {:b $i}} [:a :b])")(eval "(error #(:oops [$i]))")
END
    done
}
block >"$TEST_DIR/block"
TIMES=$((MEGABYTES * 1000000 / $(wc -c <"$TEST_DIR/block") + 1))
mkfifo "$TEST_DIR/input" "$TEST_DIR/output"
"$SXHOST" <"$TEST_DIR/input" >"$TEST_DIR/output" 2>>"$TEST_DIR/err" &
begun
for ((i = 0; i < TIMES; i++)); do echo "$TEST_DIR/block"; done | xargs cat >"$TEST_DIR/input" &

# the memory is looked at twenty times, by who counts the replies
awk -v status="/proc/$HOST_PID/status" -v replies=$((TIMES * 10000)) '
    /^\(ready/ { next }
    { n++ }
    $2 + 0 != int((n - 1) / 10) % 1000 + 1 && !wrong { wrong = "reply " n ": " $0 }
    /^\(error/ { errors++ }
    n % int(replies / 20) == 0 {
        while ((getline line <status) > 0) if (line ~ /^VmRSS/) { split(line, words); print "rss", words[2] }
        close(status)
    }
    END { print "replies", n; print "errors", errors + 0; print "wrong", wrong }' "$TEST_DIR/output" >"$TEST_DIR/seen"
check 'there were errors' host_ends 1
seen() { sed -n "s/^$1 //p" "$TEST_DIR/seen"; }
check "$MEGABYTES MB: one reply each" same "$((TIMES * 10000))\n" seen replies
check '... in order' same '\n' seen wrong
check '... errors where they are due' same "$((TIMES * 2000))\n" seen errors
echo "memory in KiB: $(seen rss | tr '\n' ' ')"
flat() { seen rss | awk '{ if (NR <= 5) { if ($1 > first) first = $1 } else if ($1 > later) later = $1 } END { print "first " first ", later " later; exit !(NR >= 18 && later <= first + 4096 && later < 100000) }'; }
case $FLAVOUR in release | labels) check '... and memory is flat' flat ;; esac
finish
