# The HTTP client: what it sends, what it gives back, what it refuses, which step an error names, a thousand requests at once,
# and that a request ends with its process. Against our own server and against one that misbehaves.
. "$ROOT/tests/lib/host.sh"
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY
export no_proxy='*'

node "$ROOT/tests/http/hostile.mjs" "$ROOT/tests/http/tls/cert.pem" "$ROOT/tests/http/tls/key.pem" >"$TEST_DIR/hostile" 2>&1 &
HOSTILE_PID=$!
host_serve "$ROOT/boot/demo/echo.sx" 0
trap 'kill -9 $HOST_PID $HOSTILE_PID 2>/dev/null' EXIT
saw() { # PATTERN: a line of the hostile server
    local deadline=$((SECONDS + WAIT_LIMIT))
    until grep -E -m1 -- "$1" "$TEST_DIR/hostile"; do
        [ $SECONDS -lt $deadline ] || { cat "$TEST_DIR/hostile"; return 1; }
        read -r -t 0.02 <> <(:) || true
    done
}
seen() { saw "$1" >/dev/null; }
BAD=http://127.0.0.1:$(saw '^listening' | cut -d' ' -f2)
TLS=https://localhost:$(saw '^tls' | cut -d' ' -f2)
OTHER=https://127.0.0.1:${TLS##*:}

sx() { timeout 60 "$SXHOST" -e "$1" 2>&1; }
erl() { timeout 60 "$SXHOST" -E "$1" 2>&1; }
# What comes of a request with the options OPTIONS, short: the status and the body, or the step and the reason.
try() {
    erl "case http:request($1) of {ok, #{status := S, body := B}} -> {S, B}; {error, {Step, Reason, _}} -> {Step, Reason} end"
}
bad() { try "#{url => <<\"$BAD$1\">>${2:+, $2}}"; }

# ---- what goes and comes ----

check 'a URL' same '{200,<<"sxhost says hello\\n">>}\n' try "\"$URL/\""
check 'the response is a map' same '[body,headers,status,url]\n' erl "{ok, R} = http:request(\"$URL/\"), lists:sort(maps:keys(R))"
check 'header names are lower case' same '"18"\n' sx "(get (get (http-request \"$URL/\") :headers) \"content-length\")"
check 'POST with a body' same '{200,<<"a body">>}\n' try "#{url => \"$URL/echo\", method => post, body => [<<\"a \">>, \"body\"]}"
check 'a large body, both ways' same '5000000\n' sx "(byte-size (get (http-request {:url \"$URL/echo\" :method \"POST\" :body (binary:copy \"x\" 5000000)}) :body))"
check 'HEAD' same '{200,<<>>}\n' try "#{url => \"$URL/\", method => \"HEAD\"}"
check 'another method' same '405\n' sx "(get (http-request {:url \"$URL/\" :method \"DELETE\"}) :status)"
check 'a status of failure is a response' same '500\n' sx "(get (http-request \"$URL/crash\") :status)"
check 'a chunked response' same '3\n' sx "(erlang:length (split (get (http-request \"$URL/stream?n=2\") :body) \"\\n\"))"
what_is_sent() {
    sx "(println (get (http-request {:url \"$BAD/what\" :method \"POST\" :body \"hi\" :headers {\"x-a\" 1 \"X-Empty\" \"\" \"x-list\" [\"p\" \"q\"]}}) :body))" |
        tr -d '\r' | sed '/^nil$/d; /^Host: 127.0.0.1:[0-9]*$/d' | sort | tr '\n' '|'
}
check 'what is sent' same '|Accept: */*|Content-Length: 2|POST /what HTTP/1.1|X-Empty:|hi|x-a: 1|x-list: p|x-list: q|' what_is_sent
check 'repeated fields' same '{[<<"a=1">>,<<"b=2">>,<<"c=3">>],<<"1, 2">>}\n' \
    erl "{ok, #{headers := H}} = http:request(\"$BAD/cookies\"), {maps:get(<<\"set-cookie\">>, H), maps:get(<<\"x-twice\">>, H)}"
check 'only the last head counts' same '{<<"2">>,error}\n' \
    erl "{ok, #{headers := H}} = http:request(\"$BAD/informed\"), {maps:get(<<\"x-late\">>, H), maps:find(<<\"x-early\">>, H)}"
check 'trailers are dropped' same '{200,<<"ok">>}\n' bad /trailers
check 'nothing is unzipped' same '{200,<<"not zipped">>}\n' bad /gzip

# ---- what is refused before anything is sent ----

check 'no other scheme: ftp' same '{url,unsupported_scheme}\n' try '"ftp://127.0.0.1/"'
check 'no other scheme: file' same '{url,unsupported_scheme}\n' try '"file:///etc/hostname"'
check 'a scheme is not guessed' same '{url,unsupported_scheme}\n' try '"127.0.0.1/"'
check 'a URL with a line end' same '{url,malformed}\n' try '<<"http://127.0.0.1/\\r\\nx: y">>'
check 'a URL without a host' same '{url,malformed}\n' try '"http://"'
check 'a URL that is too long' same '{url,malformed}\n' try '"http://x/" ++ lists:duplicate(9000, $a)'
for wrong in 'url => 42' 'method => "G T"' 'method => ""' 'headers => #{"a b" => "c"}' 'headers => #{"a" => "b\r\nc: d"}' 'headers => 7' 'body => 7' 'timeout_ms => 0' \
    'timeout_ms => soon' 'redirects => -1' 'body_limit => none' 'addresses => some' 'verify => maybe' 'nonsense => 1' 'proxy => 1'; do
    check "bad option: $wrong" same 'refused\n' erl "try http:request(maps:merge(#{url => <<\"$BAD/ok\">>}, #{$wrong})) catch error:{badarg, _} -> refused; error:{badopt, _} -> refused; error:badarg -> refused end"
done
check 'none of these was sent' test "$(grep -c '^request .* /ok' "$TEST_DIR/hostile")" = 0

# ---- redirects are followed by choice ----

check 'no redirect unless asked' same '{302,<<>>}\n' bad /to-ok
check 'a redirect when asked' same '{200,<<"ok">>}\n' bad /to-ok 'redirects => 3'
check 'and where it ended' same "<<\"$BAD/ok\">>\n" erl "{ok, #{url := U}} = http:request(#{url => \"$BAD/to-ok\", redirects => 1}), U"
check 'too many' same '{redirect,too_many}\n' bad /loop 'redirects => 5'
check 'not to a file' same '{redirect,unsupported_scheme}\n' bad /to-file 'redirects => 5'
check 'not to ftp' same '{redirect,unsupported_scheme}\n' bad /to-ftp 'redirects => 5'

# ---- errors say which step failed ----

check 'resolve' same '{resolve,unknown_host}\n' try "\"http://$(printf 'a%.0s' $(seq 70)).example/\""
check 'connect' same '{connect,econnrefused}\n' try '"http://127.0.0.1:1/"'
check 'in SX it is raised' same '[:connect :econnrefused]\n' sx '(try (http-request "http://127.0.0.1:1/") (catch (:error #(:http_request step reason text) stack) [step reason]))'
check 'an address beyond the ones allowed' same '{address,refused}\n' bad /ok 'addresses => public'
check 'by name too' same '{address,refused}\n' try "#{url => \"http://localhost:${BAD##*:}/ok\", addresses => public}"
check 'link-local is refused as private' same '{address,refused}\n' try '#{url => "http://169.254.1.1/", addresses => private}'
check 'loopback is allowed as private' same '{200,<<"ok">>}\n' bad /ok 'addresses => private'
check 'a connection that is open already is refused as well' same '{200,{address,refused}}\n' \
    erl "{ok, #{status := S}} = http:request(\"$BAD/ok\"), {error, {A, B, _}} = http:request(#{url => \"$BAD/ok\", addresses => public}), {S, {A, B}}"
check 'no answer in time' same '{response,timeout}\n' bad /silent 'timeout_ms => 300'
check 'a trickle does not put it off' same '{response,timeout}\n' bad /trickle 'timeout_ms => 400'
check 'closed without an answer' same '{response,closed}\n' bad /close
check 'reset' same '{response,econnreset}\n' bad /reset
check 'less than was promised' same '{response,incomplete}\n' bad /partial
check 'no HTTP' same '{response,bad_response}\n' bad /garbage
check 'HTTP of 1991' same '{response,bad_response}\n' bad /http09
check 'a bad chunk' same '{response,closed}\n' bad /bad-chunk
check 'a negative length' same '{response,bad_response}\n' bad /bad-length

# ---- limits ----

check 'a head without end' same '{limit,head_too_large}\n' bad /big-head
check 'too many fields' same '{limit,head_too_large}\n' bad /many-fields
check 'a body without end' same '{limit,body_too_large}\n' bad /no-end
check 'chunks without end' same '{limit,body_too_large}\n' bad /chunk-bomb 'body_limit => 100000'
check 'a length past the limit, at once' same '{limit,body_too_large}\n' bad /huge-length
check 'exactly the limit' same '2000\n' sx "(byte-size (get (http-request {:url \"$URL/big?n=2000\" :body-limit 2000}) :body))"
check 'one byte more' same '{limit,body_too_large}\n' try "#{url => \"$URL/big?n=2001\", body_limit => 2000}"

# ---- TLS ----

check 'an unknown authority is refused' same '{tls,certificate}\n' try "\"$TLS/ok\""
check 'its own is accepted' same '{200,<<"ok">>}\n' try "#{url => \"$TLS/ok\", ca_file => \"$ROOT/tests/http/tls/cert.pem\"}"
check 'by another name it is not' same '{tls,certificate}\n' try "#{url => \"$OTHER/ok\", ca_file => \"$ROOT/tests/http/tls/cert.pem\"}"
check 'unless one does not care' same '{200,<<"ok">>}\n' try "#{url => \"$TLS/ok\", verify => false}"
check 'no such file' same '{tls,ca_file}\n' try "#{url => \"$TLS/ok\", ca_file => \"/nonexistent\"}"
check 'no TLS where it is expected' same '{tls,timeout}\n' try "#{url => \"https://127.0.0.1:${BAD##*:}/ok\", timeout_ms => 500}"

# ---- many at once; reuse; the end of a process ----

cat >"$TEST_DIR/many.sx" <<SX
(define me (self))
(define (each-of n f) (if (> n 0) (do (spawn (fn () (send me (try (f) (catch (class reason stack) reason))))) (each-of (dec n) f)) :ok))
(define (count-ok n ok) (if (= n 0) ok (receive (200 (count-ok (dec n) (inc ok))) (x (do (println (inspect x)) (count-ok (dec n) ok))))))
(define (status-of path) (get (http-request {:url (str "$URL" path) :timeout-ms 50000}) :status))
(each-of 1000 (fn () (status-of "/slow?ms=2000")))
(sleep 10)
(println "meanwhile" (status-of "/"))
(println "answered" (count-ok 1000 0))
SX
timeout 100 "$SXHOST" "$TEST_DIR/many.sx" >"$TEST_DIR/many" 2>&1
check 'a thousand at once are all answered' grep -qE '^answered *1000$' "$TEST_DIR/many"
check 'and hold up nobody' sh -c "[ \"\$(sed -n 's/^meanwhile *//p' '$TEST_DIR/many')\" = 200 ] && sed -n '1p' '$TEST_DIR/many' | grep -q meanwhile"

sed -e 's|/slow?ms=2000|/together|' -e "s|$URL|$BAD|" -e '/meanwhile/d' "$TEST_DIR/many.sx" >"$TEST_DIR/together.sx"
check 'a server that answers none before the thousandth answers all' grep -qE '^answered *1000$' <(timeout 100 "$SXHOST" "$TEST_DIR/together.sx" 2>&1)

before=$(grep -c '^connection' "$TEST_DIR/hostile")
check 'connections are used again' same 'true\n' erl "lists:all(fun(_) -> {ok, #{status := S}} = http:request(\"$BAD/ok\"), S =:= 200 end, lists:seq(1, 20))"
check 'twenty requests, one connection' test "$(($(grep -c '^connection' "$TEST_DIR/hostile") - before))" = 1

cat >"$TEST_DIR/cancel.erl" <<ERL
-module(cancel).
-export([main/1]).
main([Url]) ->
    Pid = spawn(fun() -> http:request(#{url => Url, timeout_ms => 60000}) end),
    timer:sleep(500),
    exit(Pid, kill),
    receive stop -> ok after 30000 -> ok end.
ERL
timeout 60 "$SXHOST" "$TEST_DIR/cancel.erl" "$BAD/silent?cancelled" >"$TEST_DIR/cancel" 2>&1 &
CANCEL_PID=$!
check 'a request is on its way' seen '^request GET /silent\?cancelled'
check 'it ends with its process' seen '^gone /silent.cancelled'
check 'while the program goes on' kill -0 $CANCEL_PID
kill $CANCEL_PID 2>/dev/null
wait $CANCEL_PID 2>/dev/null

check 'nor does the program need it' sh -c "! ldd '$SXHOST' | grep -q libcurl"
kill $HOSTILE_PID 2>/dev/null
wait $HOSTILE_PID 2>/dev/null
host_stop
check 'the server ends with 0' test "$HOST_STATUS" = 0
finish
