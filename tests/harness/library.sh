# What a shell test has from $SXHOST_TEST_LIB: each word once, right and wrong.
. "$SXHOST_TEST_LIB"

host_start
check 'eval prints the value' same '5\n' host_eval '(+ 2 3)'
check 'each time its own reply' same '6\n' host_eval '(+ 3 3)'
check 'quotes and backslashes' same '"a\\\\\\"b"\n' host_eval '"a\\\"b"'
check 'several lines' same '3\n' host_eval '(+ 1
2)'
check 'a value longer than a line' test "$(host_eval '(join "" (map (fn (_) "xxxxxxxxxx") (range 0 10000)))' | wc -c)" = 100003
refused() { ! host_eval '(+ 3 :a)' 2>why && grep -q badarith why; }
cd "$TEST_DIR" || exit 1
check 'an error says what' refused
echo '(define (twice x) (* 2 x)) (twice 21)' >app.sx
check 'load prints the last value' same '42\n' host_load "$PWD/app.sx"
host_listen '(http-listen 0 (fn (request) (if (= (get request :path) "/teapot") {:status 418 :headers {"x-pot" "tea"}} (str (get request :method) " " (get request :path) " " (get request :body)))))'
check 'listen says where' test "$URL" = "http://127.0.0.1:$PORT"
check 'fetch' same 'GET /a ' fetch /a
check 'fetch with options of curl' same 'POST /a text' fetch /a -d text
check 'fetch of a whole URL' same 'GET /b ' fetch "$URL/b"
check 'fetch_status' same 418 fetch_status /teapot
check 'fetch_field' same 'tea\n' fetch_field x-pot /teapot
WAIT_LIMIT=1
nothing() { ! host_expect '^never$' 2>why && grep -q 'no line matches \^never\$' why; }
check 'and says what was not there' nothing
WAIT_LIMIT=60
check 'stop: exit status 0' host_stop
echo '(http-listen 0 (fn (request) "served"))' >serve.sx
host_serve serve.sx
check 'serve' same served fetch /
gone() { kill -9 "$HOST_PID"; ! host_stop && [ "$HOST_STATUS" = 137 ]; }
check 'stop of a host that died' gone
check 'a percent sign is itself' same '100%% of /a%20b, %d\n' echo '100%% of /a%20b, %d'
check 'and so is a dash' same '-n\ta\\b\n' printf '%s\n' $'-n\ta\\b'
check 'same sees a missing newline' test -n "$(same 'x\n' printf x)"
check 'same sees a blank line' test -n "$(same 'x\n' printf 'x\n\n')"
(skip no reason to go on) >out
check 'skip exits 77' test $? = 77
check 'and says why' same 'skip: no reason to go on\n' cat out
(PASSED=0; finish) >out
check 'nothing checked is a failure' test $? = 1
check 'a failing check is shown' same 'FAIL it\n     text\n' check it sh -c 'echo text; exit 1'
finish
