#!/bin/bash
# Standard input and output stay as they were given: never made non-blocking for whoever shares them, left open, read by one.
. "$ROOT/tests/lib/pipe.sh"

nonblocking() { # FD: 1 when the description behind this shell's descriptor is non-blocking
    echo $(((8#$(awk '/^flags:/ {print $2}' "/proc/self/fdinfo/$1") & 8#4000) != 0))
}
flags_of() { awk '/^flags:/ {print $2}' "/proc/$BASHPID/fdinfo/$1"; }

# shared: run a host whose descriptors 0 and 1 this shell holds too, ask for the flags while it runs and after
shared() { # FIFO-NAME OPTIONS...
    local before during after name=$1
    shift
    mkfifo "$TEST_DIR/$name.in" "$TEST_DIR/$name.out"
    exec 5<>"$TEST_DIR/$name.in" 6<>"$TEST_DIR/$name.out"
    before="$(flags_of 5) $(flags_of 6)"
    "$SXHOST" "$@" <&5 >&6 2>"$TEST_DIR/err" &
    HOST_PID=$!
    [ $# != 0 ] || { read -r line <&6; epoch 1 '(do (sleep 20) :up)' '(spawn (fn () (read-line)))' >&5; read -r line <&6; echo "$line"; }
    [ $# = 0 ] || { echo 'a line' >&5; read -r line <&6; echo "$line"; }
    during="$(flags_of 5) $(flags_of 6)"
    kill -TERM "$HOST_PID"
    wait "$HOST_PID"
    after="$(flags_of 5) $(flags_of 6)"
    exec 5>&- 6>&-
    [ "$before" = "$during" ] && [ "$before" = "$after" ] || echo "flags: $before, then $during, then $after"
}
check 'a session leaves the flags as they are' same '(ok 1 :up)\n' shared session
check 'a program that reads, too' same '"a line"\n' shared program -e '(do (println (inspect (read-line))) (sleep 10000000))'
in_turn() { { echo '(eval "1")'; } >"$TEST_DIR/f"; { "$SXHOST" | sed 1d; cat; } <"$TEST_DIR/f"; }
check 'a file' same '(ok 0 1)\n' in_turn

# descriptors that the program was started with and does not know
leak() { "$SXHOST" -e '(erlang-eval-ast "ok.")' 5<"$TEST_DIR/f" </dev/null; }
check 'other descriptors do no harm' same ':ok\n' leak
directory() { "$SXHOST" <"$TEST_DIR" | sed 1d; echo "${PIPESTATUS[0]}"; }
check 'a folder as standard input is an end of input' same '0\n' directory
finish
