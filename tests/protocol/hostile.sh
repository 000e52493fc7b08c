# Whatever is piped in gets its one reply: 200 hostile forms, each under a label of its own, are answered 200 times, in order,
# as `ok` or `error` as foretold, and the host lives. Memory is limited so that what grows without end ends soon.
. "$ROOT/tests/lib/host.sh"

SCRIPT=$TEST_DIR/hostile.script
FORMS=0
: >"$TEST_DIR/foretold"

label() { # KIND: `ok`, `error`, or `any` when both would do
    FORMS=$((FORMS + 1))
    echo "$FORMS $1" >>"$TEST_DIR/foretold"
    printf '(epoch %d)\n' $FORMS
}
raw() { # KIND FORM: the form as it stands, with printf's escapes
    label "$1"
    printf '%b\n' "$2"
}
evaluate() { # KIND SOURCE
    local text=${2//\\/\\\\}
    label "$1"
    printf '(eval "%s")\n' "${text//\"/\\\"}"
}
file() { # KIND NAME TEXT: a load of this file
    printf '%b' "$3" >"$TEST_DIR/$2"
    label "$1"
    printf '(load "%s/%s")\n' "$TEST_DIR" "$2"
}
times() { # N TEXT
    yes -- "$2" | head -n "$1" | tr -d '\n'
}
erlang() { # KIND SOURCE
    evaluate "$1" "(erlang-eval-ast \"${2//\"/\\\"}\")"
}

# what does not parse, what is no command
broken() {
    raw error '('
    raw error ')'
    raw error ']'
    raw error '}'
    raw error '(]'
    raw error '(eval'
    raw error '(eval "'
    raw error '(eval "(+ 1'
    raw error '(eval "1'
    raw error '"""'
    raw error '#'
    raw error '#| #| |# |# |#'
    raw error "'"
    raw error ',@'
    raw error '#\\'
    raw error '(eval "\\q")'
    raw error '(eval "\\u{110000}")'
    raw error '(eval "\\u{d800}")'
    raw error '\0'
    raw error '\0\0\0\0'
    raw error '\xff\xfe'
    raw error '(eval "\xff")'
    raw error '(eval "\xc3")'
    raw error '(eval "\xed\xa0\x80")'
    raw error '(eval "\\"\0\\"x")'
    raw error '\xe2\x80\x8b'
    raw error '(load)'
    raw error '(load "")'
    raw error '(load "/")'
    raw error '(load "/dev/null/x.sx")'
    raw error '(load "a\\u{0}b.sx")'
    raw error '(load "no-such-file.erl")'
    raw error '(load 1)'
    raw error '(eval)'
    raw error '(eval eval)'
    raw error '(eval "1" "2")'
    raw error '(eval . "1")'
    raw error '(evil "1")'
    raw error '(EVAL "1")'
    raw error '()'
    raw error '(())'
    raw error '((eval "1"))'
    raw error '[eval "1"]'
    raw error '{:a}'
    raw error '42'
    raw error 'word'
    raw error '"text"'
    raw error '(epoch)'
    raw error '(epoch -1)'
    raw error '(epoch 1.5)'
    raw error '(epoch "1")'
    raw error '(epoch 99999999999999999999999999)'
    raw error '(interrupt)'
    raw error '(quit "now")'
    raw error '(quit 1 2)'
}

# deep and huge
large() {
    label any; echo "(eval \"$(times 20000 '(')$(times 20000 ')')\")"
    label any; echo "(eval \"$(times 20000 '(do ')1$(times 20000 ')')\")"
    label any; echo "(eval \"$(times 20000 '(+ 1 ')1$(times 20000 ')')\")"
    label any; echo "(eval \"$(times 20000 '[')$(times 20000 ']')\")"
    label any; echo "(eval \"$(times 20000 "'")a\")"
    label any; echo "(eval \"$(times 20000 '`')a\")"
    label any; echo "(eval \"$(times 20000 '`(,')a$(times 20000 ')')\")"
    label any; echo "(eval \"$(times 20000 '#(')$(times 20000 ')')\")"
    label any; echo "(eval \"$(times 20000 '{1 ')2$(times 20000 '}')\")"
    label any; echo "(eval \"$(times 20000 '(fn () ')1$(times 20000 ')')\")"
    label any; echo "(eval \"$(times 20000 '(let ((x 1)) ')x$(times 20000 ')')\")"
    label any; echo "(eval \"$(times 20000 '(if true ')1$(times 20000 ')')\")"
    label any; echo "(eval \"$(times 20000 '(try ')1$(times 20000 ' (after 1))')\")"
    label any; echo "(eval \"(match 1 ($(times 20000 '[')x$(times 20000 ']') 1))\")"
    label any; echo "(eval \"(match 1 (x :when $(times 20000 '(not ')x$(times 20000 ')') 1))\")"
    label any; echo "(eval \"$(times 20000 '#;')a\")"
    label any; echo "(eval \"$(times 20000 '#|')$(times 20000 '|#')\")"
    label any; echo "(eval \"(erlang-eval-ast \\\"$(times 20000 '(')1$(times 20000 ')').\\\")\")"
    label any; echo "(eval \"(erlang-eval-ast \\\"$(times 20000 '[').\\\")\")"
    label any; echo "(eval \"(json-read \\\"$(times 20000 '[')\\\")\")"
    label error; echo "$(times 20000 '(')"
    label error; echo "$(times 20000 '(')$(times 20000 ')')"
    label error; echo "$(times 20000 '[')$(times 20000 ')')"
    label error; echo "$(times 20000 "'")"
    label error; echo "(eval \"$(times 100000 x)\")"
    label error; echo "(eval \":$(times 70000 x)\")"
    label any; echo "(eval \"$(times 300000 9)\")"
    label any; echo "(eval \"1.0e$(times 4000 9)\")"
    label any; echo "(eval \"16#$(times 100000 f)\")"
    label ok; echo "(eval \"(count \\\"$(times 300000 x)\\\")\")"
    label ok; echo "(eval \"(count '($(times 30000 'a ')))\")"
    label any; echo "(eval \"(+ $(times 3000 '1 '))\")"
    label any; echo "(eval \"(fn ($(for i in {1..3000}; do printf 'a%d ' $i; done)) a1)\")"
    label any; echo "(eval \"(let ($(for i in {1..3000}; do printf '(a%d 1)' $i; done)) (+ $(for i in {1..3000}; do printf 'a%d ' $i; done)))\")"
    label any; echo "(eval \"(match 77 $(for i in {1..3000}; do printf '(%d :a%d)' $i $i; done))\")"
    label error; printf '(eval "%s")\n' "$(times 2100000 ' ')"
    label error; printf '(%s)\n' "$(times 2100000 'a')"
}

# memory and numbers without end
unbounded() {
    evaluate ok '(define (deep n) (+ 1 (deep (+ n 1))))'
    evaluate error '(deep 0)'
    evaluate error '(do (deep 0) 1)'
    evaluate error '(try (deep 0) (catch (_ r _) r))'
    evaluate error '((fn more (xs) (more [xs & xs])) 1)'
    evaluate error '((fn more (xs) (more [1 & xs])) [])'
    evaluate error '((fn more (s) (more (str s s))) "ab")'
    evaluate error '((fn more (n) (more (* n n))) 3)'
    evaluate error '((fn more (m n) (more (assoc m n n) (+ n 1))) {} 0)'
    evaluate error '(letrec ((f (fn (n) [1 & (g n)])) (g (fn (n) [2 & (f n)]))) (f 1))'
    evaluate error '(do (defmacro (forever x) `(do 1 (forever ,x))) (forever 1))'
    evaluate error '(forever 1)'
    evaluate error '(try ((fn f (n) (do (try (f (+ n 1)) (after n)) n)) 0) (after 1))'
    evaluate error '(spawn-monitor 3)'
    evaluate ok '(do (spawn (fn () (deep 0))) 1)'
    evaluate error '(do (spawn-link (fn () (deep 0))) (sleep 60000))'
    evaluate any '(do (send (self) (reduce (fn (acc _) [acc & acc]) [] (range 0 60))) 1)'
    evaluate any '(inspect (reduce (fn (acc _) #(acc acc)) [] (range 0 40)))'
    evaluate any '(= (reduce (fn (acc _) #(acc acc)) [] (range 0 40)) (reduce (fn (acc _) #(acc acc)) [] (range 0 30)))'
    evaluate any '(do (spawn (fn () (spawn (fn () (deep 0))) (deep 0))) (sleep 10) :spawned)'
    evaluate ok '(each (fn (_) (spawn (fn () (error :one-of-many)))) (range 0 50))'
    evaluate ok '(each (fn (_) (spawn (fn () (exit (list 1 2))))) (range 0 50))'
    evaluate error '(each (fn (_) (spawn-link (fn () (deep 0)))) (range 0 5) (sleep 1000))'
    erlang error '1 bsl 100000000'
    erlang error '1 bsl (1 bsl 70)'
    erlang error 'binary:copy(<<0>>, 1 bsl 40)'
    erlang error 'binary:copy(<<0>>, -1)'
    erlang error 'list_to_atom(lists:duplicate(300, $a))'
    erlang error 'lists:seq(1, 1 bsl 60)'
    erlang error 'lists:duplicate(1 bsl 50, x)'
    erlang error '<<0:(1 bsl 40)>>'
    erlang error 'erlang:make_tuple(1 bsl 40, x)'
    erlang error 'F = fun F() -> [1 | F()] end, F()'
    erlang error 'exit(self(), kill), timer:sleep(60000)'
    erlang error 'spawn_link(fun() -> exit(boom) end), timer:sleep(60000)'
}

# what is wrong at compile time, and what fails when it runs
wrong() {
    local form
    for form in if let letrec fn fn-match match receive try define defmacro quote quasiquote for map-put map-update remote module \
        namespace import do-not-know bin catch of after unquote '%pin' '%list' cond when unless case '->' with; do
        case $form in bin | cond | '%list') evaluate ok "($form)" ;; *) evaluate error "($form)" ;; esac
    done
    evaluate error '(define (if x) x)'
    evaluate error '(define if 1)'
    evaluate error '(defmacro (let x) x)'
    evaluate error '(let ((fn 1) (x)) x)'
    evaluate error '(let [x 1] x)'
    evaluate error '(let ((1 2)) 3)'
    evaluate error '(fn (1) 1)'
    evaluate error '(fn (x x) x)'
    evaluate error '(match 1 (x :when (print x) 1))'
    evaluate error '(match 1 ((f x) 1))'
    evaluate error '^x'
    evaluate error ',x'
    evaluate error '(lambda (x) x)'
    evaluate error '(defn f (x) x)'
    evaluate error '(do (defmacro (bad) (error :in-macro)) 1) (bad)'
    evaluate error '(bad)'
    evaluate error '(do (defmacro (odd) [(self) & 1]) 1) (odd)'
    evaluate error '(do (defmacro (wide x) x) 1) (wide 1 2)'
    evaluate error '(undefined-thing 1)'
    evaluate error 'undefined-thing'
    evaluate error '((fn (x) x))'
    evaluate error '(+ 1 :a)'
    evaluate error '(div 1 0)'
    evaluate error '(rem 1 0)'
    evaluate error '(/ 1 0)'
    evaluate error '(1 2)'
    evaluate error '(let ((#(:ok x) :no)) x)'
    evaluate error '(match 1 (2 3))'
    evaluate error '(nth [1 2] 7.5)'
    evaluate error '(remote nowhere nothing 1)'
    evaluate error '(lists:no-such 1)'
    evaluate error '(no_such_module:f)'
    evaluate error '(throw [1 & 2])'
    evaluate error '(throw (self))'
    evaluate error '(error (fn () 1))'
    evaluate error '(error nil)'
    evaluate error '(exit {1 (self)})'
    evaluate error '(raise :error :x [1 2 3])'
    evaluate any '(raise :odd :x [])'
    evaluate error '(exit :normal)'
    evaluate error '(exit-to (self) :kill)'
    evaluate error '(do (exit-to (self) :boom) (sleep 60000))'
    evaluate error '(eval 1 2 3 4)'
    evaluate error '(read-line 1)'
    evaluate error '(sleep -1)'
    evaluate error '(sleep :long)'
    evaluate error '(receive (x x) (after :soon 1))'
    evaluate ok '(receive (:never 1) (after 5 :late))'
    evaluate ok '(receive (:never 1) (after 0 :late))'
    evaluate error '(call :nobody 1)'
    evaluate error '(send :nobody 1)'
    evaluate error '(register :me 3)'
    erlang error 'X = 1, X = 2'
    erlang error '1 +'
    erlang error 'foo('
    erlang error 'X'
    erlang error '"abc'
    erlang error 'case 1 of 2 -> 3 end'
    erlang error 'if false -> 1 end'
    erlang error 'throw({a, b})'
    erlang error 'exit(normal)'
    erlang error 'nope:nope(1)'
    erlang error '1 / 0'
    erlang error 'list_to_atom("a" ++ b)'
    file error broken.sx '(define (f x)\n  (+ x'
    file error late.sx '(define a 1)\n(error :late)\n(define b 2)\n'
    file error nul.sx '(define a \0 1)\n'
    file error latin.sx '(define a "\xff")\n'
    file error itself.sx "(load \"$TEST_DIR/itself.sx\")\n"
    file any empty.sx ''
    file error empty.erl ''
    file error wrong.erl '-module(other).\nf() -> .\n'
    file error unsafe.erl '-module(unsafe).\n-export([f/0, g/1]).\nf() -> X.\n'
    file error text.txt 'what is this?'
}

{ broken; large; unbounded; wrong; } >"$SCRIPT"
echo "$FORMS forms, $(wc -c <"$SCRIPT") bytes"

"$SXHOST" --limit max_heap_bytes=16777216 --limit max_form_bytes=2000000 --timeout $((LIMIT * 5 / 6)) >"$TEST_DIR/out" 2>"$TEST_DIR/err" < <(cat "$SCRIPT"; printf '(epoch 5000)\n(eval "(+ 1 2)")\n(epoch 6000)\n#| all behind it is comment\n(eval "1")')
STATUS=$?

# the replies as `LABEL KIND`; ok-len is followed by that many bytes
perl -e '
    while (<>) {
        if (/^\(ok-len (\d+) (\d+)\)$/) { print "$1 ok\n"; read(ARGV, my $skipped, $2 + 1); next }
        print "$2 $1\n" if /^\((ok|error|parked) (\d+) /;
    }' "$TEST_DIR/out" >"$TEST_DIR/replies"

as_foretold() { # beside `any` either kind is right
    paste -d ' ' "$TEST_DIR/foretold" <(grep -v '^[56]000 ' "$TEST_DIR/replies") |
        awk '$1 != $3 || ($2 != "any" && $2 != $4) { print "wanted: " $1 " " $2 ", got: " $3 " " $4; bad = 1; if (++n > 20) exit } END { exit bad }'
}

check 'there are 200 forms at least' test "$FORMS" -ge 200
check 'every form has its one reply, in order' diff <(cut -d ' ' -f 1 "$TEST_DIR/foretold") <(grep -v '^[56]000 ' "$TEST_DIR/replies" | cut -d ' ' -f 1)
check 'and of the kind foretold' as_foretold
check 'the host lives' grep -x '(ok 5000 3)' "$TEST_DIR/out"
check 'an open comment is one error' test "$(grep -c '^(error 6000 ' "$TEST_DIR/out")" = 1
check 'it ends with 1, as there were errors' test "$STATUS" = 1

# the same bytes in small pieces: the framing sees other cuts
sed '/^(epoch 57)$/,$d' "$SCRIPT" | dd bs=777 2>/dev/null | "$SXHOST" >"$TEST_DIR/pieces" 2>>"$TEST_DIR/err"
check 'small pieces make no difference' diff <(head -n 57 "$TEST_DIR/out") "$TEST_DIR/pieces"
check 'nothing went past the protocol' test ! -s "$TEST_DIR/err"
finish
