#!/bin/bash
# Exactly one reply for each load and eval, in order; what the lines look like.
. "$ROOT/tests/lib/pipe.sh"

check 'the first line' same '(ready "sxhost" "V" 1)\n' sh -c ': | "$SXHOST" | sed "s/\"[0-9.]*\" 1)/\"V\" 1)/"'
values() { epoch 1 ':envelope' '#(:ok 1)' '[1 2]' '{:a 1}' '(str "a\"b" "\n")' 'nil' '3.5' '1.0e100' "'()" '#bytes"\xff"' '(fn (x) x)' '(self)' '(make-ref)' ':"odd name"' | piped | sed -E 's/#<(pid|ref)[^>]*>/#<\1>/; s/^\(error.*/(error)/'; }
check 'values read back; what cannot be read prints as #<...>' same '(ok 1 :envelope)\n(ok 1 #(:ok 1))\n(ok 1 [1 2])\n(ok 1 {:a 1})\n(ok 1 "a\\"b\\n")\n(ok 1 nil)\n(ok 1 3.5)\n(ok 1 1.0e100)\n(ok 1 [])\n(ok 1 #bytes"\\xff")\n(ok 1 #<fn in fn/1>)\n(ok 1 #<pid>)\n(ok 1 #<ref>)\n(ok 1 :"odd name")\n' values
labels() { printf '(eval "1")(epoch 7)(eval "2")\n(epoch 7) (eval "3")\n(epoch\n 3)\n(eval\n "4")(epoch 0)(eval "5")(epoch 18446744073709551615)(eval "6")' | piped; }
check 'labels: any number, again and again, 0 before the first' same '(ok 0 1)\n(ok 7 2)\n(ok 7 3)\n(ok 3 4)\n(ok 0 5)\n(ok 18446744073709551615 6)\n' labels
bad_labels() { printf '(epoch 4)(epoch -1)(epoch x)(epoch)(epoch 1 2)(epoch 1.0)(epoch 18446744073709551616)(eval "1")' | piped | brief; }
check 'what is no label is an error, and changes none' same '(error 4 :syntax)\n(error 4 :syntax)\n(error 4 :syntax)\n(error 4 :syntax)\n(error 4 :syntax)\n(error 4 :syntax)\n(ok 4 1)\n' bad_labels
all_forms() { epoch 0 '(println "a") 2 3' '' '; nothing' '(define (f x) (* 2 x))' '(f 21)' | piped; }
check 'all forms of a source, the last value' same '(out 0 "a\\n")\n(ok 0 3)\n(ok 0 nil)\n(ok 0 nil)\n(ok 0 :f)\n(ok 0 42)\n' all_forms

printf '(define (twice x) (* 2 x))\n(println "loading")\n(twice 21)\n' >"$TEST_DIR/a.sx"
printf '%% a module\n-module(shop).\n-export([area/1]).\narea(R) -> R * R.\n' >"$TEST_DIR/shop.erl"
: >"$TEST_DIR/empty.sx"
printf '(define (broken x)\n  (+ x 1)\n' >"$TEST_DIR/broken.sx"
loads() { { echo '(epoch 2)'; for f in a.sx shop.erl empty.sx broken.sx none.sx; do echo "(load \"$TEST_DIR/$f\")"; done; evaluate '(shop:area 7)'; } | piped | sed 's/^(ok 2 {:exports \(.*\) :file .* :name :shop})/(ok 2 \1)/' | brief; }
check 'load: the value of the last form; a module; nothing; errors' same '(out 2 "loading\\n")\n(ok 2 42)\n(ok 2 [#(:area 1)])\n(ok 2 nil)\n(error 2 :syntax)\n(error 2 :file_error)\n(ok 2 49)\n' loads

printf '%s\n' '-module(faulty).' '-export([f/0]).' 'f() -> X + Y.' 'g() -> 1 + .' >"$TEST_DIR/faulty.erl"
faults() { echo "(load \"$TEST_DIR/faulty.erl\")" | piped | sed -nE 's/^\(error 0 ("[^"]*") .*:line 4 .*( :more .*)\}\)$/\1\2/p' | sed "s|$TEST_DIR/||g"; }
check 'a module that does not compile: where it stopped, then its other faults' same '"syntax error before: '"'.'"', expected an expression" :more [{:kind :unbound :message "variable '"'X'"' is unbound" :file "faulty.erl" :line 3 :column 8 :excerpt "f() -> X + Y."} {:kind :unbound :message "variable '"'Y'"' is unbound" :file "faulty.erl" :line 3 :column 12 :excerpt "f() -> X + Y."}]\n' faults

# five hundred commands of all kinds, some in children, some slow: the replies come in order, one for each
mixed() {
    local i
    for ((i = 1; i <= 500; i++)); do
        case $((i % 10)) in
        0) epoch $i "(do (sleep $((i % 7))) $i)" ;;
        1) epoch $i '(error :planned)' ;;
        2) printf '(epoch %d)(eval "(+ 1"\n' $i ;;
        3) epoch $i "(do (spawn (fn () (error :child))) $i)" ;;
        4) printf '(epoch %d) (load "%s/a.sx")\n' $i "$TEST_DIR" ;;
        5) epoch $i '(exit :normal)' ;;
        6) epoch $i '(erlang:exit (self) :kill)' ;;
        7) epoch $i '(join "" (repeat 70000 "x"))' ;;
        8) printf '(epoch %d) (load "none.sx")\n' $i ;;
        9) epoch $i '(do (spawn-link (fn () (exit :linked))) (sleep 1000000))' ;;
        esac
    done
}
in_order() { mixed | piped | grep -E '^\((ok|ok-len|error) ' | awk '$2 + 0 != ++n {print "reply", n, "is", $0; exit} END {print n}'; }
check 'one reply each, in order' same '500\n' in_order
kinds() { sed -n 's/^(\(ok\|ok-len\|error\) \([0-9]*\).*/\2 \1/p' "$TEST_DIR/stdout" | awk '{k[$1 % 10] = k[$1 % 10] ($1 < 10 ? $2 : "")} END {for (i = 1; i < 10; i++) printf "%s ", k[i]; print ""}'; }
check 'of the kinds foretold' same 'error error ok ok error error ok-len error error \n' kinds

# ok-len counts bytes; exactly that many follow, then a newline
for n in 65533 65534 65535 200000; do
    epoch 3 "(join \"\" (repeat $n \"x\"))" ':behind' | piped >"$TEST_DIR/long"
    if [ $((n + 2)) -le 65536 ]; then check "$n characters are an ok" grep -q '^(ok 3 "x*")$' "$TEST_DIR/long"
    else check "$n characters are an ok-len" same "(ok-len 3 $((n + 2)))\n" head -n 1 "$TEST_DIR/long"; fi
    check '... and the next reply stands behind it' same '(ok 3 :behind)\n' tail -n 1 "$TEST_DIR/long"
done
bytes() { epoch 4 '(join "" (repeat 50000 "\u{e9}"))' ':behind' | piped | { IFS= read -r head; n=${head##* }; n=${n%)}; head -c "$n" >"$TEST_DIR/value"; cat >"$TEST_DIR/behind"; echo "$head"; wc -c <"$TEST_DIR/value"; tail -c 3 "$TEST_DIR/value"; echo; cat "$TEST_DIR/behind"; }; }
check 'bytes, not characters' same '(ok-len 4 100002)\n100002\n\303\251"\n\n(ok 4 :behind)\n' bytes
multiline() { epoch 4 '(repeat 30000 "line\n")' | piped | wc -l; }
check 'a long value is one line still' same '2\n' multiline

errors_stay() { epoch 1 '(register :me (self))' '(send (self) :hello)' '(error :x)' '(throw :y)' '(exit :z)' '[(receive (m m)) (= (self) (whereis :me))]' | piped | brief; }
check 'an error ends nothing: mailbox and name survive' same '(ok 1 true)\n(ok 1 :hello)\n(error 1 :x)\n(error 1 :y)\n(error 1 :z)\n(ok 1 [:hello true])\n' errors_stay
replaced() { epoch 1 '(erlang:exit (self) :kill)' '1' '(do (spawn-link (fn () (exit :gone))) (sleep 1000000))' '2' '(do (letrec ((deep (fn (n) (+ 1 (deep n))))) (deep 0)))' '3' | piped --limit max_heap_bytes=10000000 | brief; }
check 'an evaluator that dies is answered for and replaced' same '(error 1 :killed)\n(ok 1 1)\n(error 1 :gone)\n(ok 1 2)\n(error 1 :max_heap_size)\n(ok 1 3)\n' replaced
fields() { epoch 4 '(+ 1 (nope))' | piped | grep -o ':kind :unbound :class :error\|:line [0-9]*\|:excerpt "[^"]*"\|:file "[^"]*"' | head -n 4; }
check 'an error says kind, class, place and line' same ':kind :unbound :class :error\n:file "epoch-4"\n:line 1\n:excerpt "(+ 1 (nope))"\n' fields
finish
