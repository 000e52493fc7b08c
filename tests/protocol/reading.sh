#!/bin/bash
# A program that reads standard input gets what stands behind its form; commands go on behind that.
. "$ROOT/tests/lib/pipe.sh"

reads() { piped | brief; }
script() { sed 's/^    //' | piped | brief; }

line_then_command() { script <<'IN'
    (eval "(read-line)")
    first line
    (eval "(read-line)")
    second (eval "0") line
    (eval "3")
IN
}
check 'the line behind the form' same '(ok 0 "first line")\n(ok 0 "second (eval \\"0\\") line")\n(ok 0 3)\n' line_then_command

several() { script <<'IN'
    (epoch 1)
    (eval "[(read-line) (read-line) (read-line)]") ; 
    one

      three
    (epoch 2)
    (eval ":next")
IN
}
check 'several lines, empty ones too' same '(ok 1 [" ; " "one" ""])\n(error 1 :syntax)\n(ok 2 :next)\n' several

commands_are_lines() { script <<'IN'
    (eval "[(read-line) (read-line)]")
    (epoch 5)
    (eval \"1\")
    (eval "2")
IN
}
check 'a line that looks like a command is a line for who waits for one' same '(ok 0 ["(epoch 5)" "(eval \\\\\\"1\\\\\\")"])\n(ok 0 2)\n' commands_are_lines

control_is_none() { script <<'IN' | sort
    (eval "(read-line)")
    (ping)
    a line
    (eval "2")
IN
}
check 'a control command is not' same '(ok 0 "a line")\n(ok 0 2)\n(pong 0)\n' control_is_none

rest_of_line() { printf '(eval "(read-line)") the rest\n(eval "(read-line)")\r\nnext\r\n(eval "(read-line)")no newline' | reads; }
check 'the rest of its own line, CRLF, and no newline at the end' same '(ok 0 " the rest")\n(ok 0 "next")\n(ok 0 "no newline")\n' rest_of_line

at_the_end() { printf '(eval "[(read-line) (read-line) (read-line)]")\nlast' | reads; }
check 'nil at the end of input' same '(ok 0 ["last" nil nil])\n' at_the_end

erlang() { script <<'IN'
    (eval "(erlang-eval-ast \"io:get_line(\\\"name? \\\").\")")
    Ada
    (eval "(erlang-eval-ast \"[io:get_line(x), io:get_line(x)].\")")
    last
IN
}
check 'io:get_line, with its prompt' same '(out 0 "name? ")\n(ok 0 [65 100 97 10])\n(out 0 "x")\n(out 0 "x")\n(ok 0 [[108 97 115 116 10] :eof])\n' erlang

by_a_child() { script <<'IN'
    (eval "(let ((me (self))) (do (spawn (fn () (send me (read-line)))) (receive (line #(:from-child line)))))")
    for the child
    (eval "2")
IN
}
check 'a process of the program reads too' same '(ok 0 #(:from-child "for the child"))\n(ok 0 2)\n' by_a_child

bytes() { printf '(eval "(read-line)")\n\377 \000\n(eval "(read-line)")\n\303\251\n' | reads; }
check 'a line may hold any bytes' same '(ok 0 #bytes"\\xff \\x00")\n(ok 0 "\303\251")\n' bytes

many() { { evaluate '(letrec ((sum (fn (n total) (match (read-line) ("end" #(n total)) (line (sum (+ n 1) (+ total (count line)))))))) (sum 0 0))'; yes 'ten bytes!' | head -n 100000; echo end; evaluate ':after'; } | reads; }
check 'a hundred thousand lines' same '(ok 0 #(100000 1000000))\n(ok 0 :after)\n' many

long() { { evaluate '(count (read-line))'; head -c 3000000 /dev/zero | tr '\0' x; echo; evaluate ':after'; } | reads; }
check 'a line of three million bytes' same '(ok 0 3000000)\n(ok 0 :after)\n' long

host_start
host_send "$(epoch 4 '(read-line)')"
host_send '(processes)'
check 'while a program waits for a line, control commands are answered' host_expect '^\(process-table 4 '
printf 'half a ' >&7
host_send '(ping)'
host_send ''
check 'a line comes in pieces' host_expect '^\(ok 4 "half a \(ping\)"\)'
host_stop
check 'and the end is an orderly one' [ "$HOST_STATUS" = 0 ]
finish
