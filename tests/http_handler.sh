# What handlers see and may do, beyond echo.sx: a client that leaves, answers of every shape, crashes of every kind, deadlines and
# limits by options, the end of a listener.
. "$ROOT/tests/lib/host.sh"

"${CC:-gcc}" -D_GNU_SOURCE -O1 -o "$TEST_DIR/wire" "$ROOT/tests/http/wire.c" || exit 1
host_start
wire() { "$TEST_DIR/wire" "$PORT" "$@"; }
fetch() { curl -sS --max-time 30 "$@"; }
status() { fetch -o /dev/null -w '%{http_code}\n' "$@"; }
field() {
    local name=$1
    shift
    fetch -o /dev/null -D - "$@" | tr -d '\r' | sed -n "s/^$name: //Ip"
}
first() { head -n1 | tr -d '\r'; }
H='Host: x\r\n'

cat >"$TEST_DIR/handlers.sx" <<'SX'
(define (pieces n piece)
  (fn (write) (let loop ((i n)) (if (and (> i 0) (write piece)) (loop (dec i)) :done))))
(define (wait-for-end)
  (receive (#(:http-closed _) (println "client left")) (after 15000 (println "nobody told"))))
(define (handle r)
  (match (get r :path)
    ("/text" "just text")
    ("/map" (inspect (dissoc r :headers)))
    ("/iodata" {:body ["a" [98 "c"] "é"]})
    ("/cookies" {:headers {"set-cookie" ["a=1" "b=2"] "x-number" 7 :x-atom :yes} :body "x"})
    ("/own-length" {:headers {"content-length" "999" "transfer-encoding" "chunked" "date" "never"} :body "four"})
    ("/close" {:headers {"connection" "close"} :body "x"})
    ("/head-length" {:headers {"content-length" "1234"} :body ""})
    ("/wait" (do (println "waiting") (wait-for-end) "x"))
    ("/endless" {:body (fn (write) (let loop () (if (write (binary:copy "x" 100000)) (loop) (println "endless: ended"))))})
    ("/fixed" {:headers {"content-length" "6"} :body (pieces 2 "abc")})
    ("/fixed-more" {:headers {"content-length" "4"} :body (pieces 2 "abc")})
    ("/fixed-less" {:headers {"content-length" "9"} :body (pieces 2 "abc")})
    ("/stream-crash" {:body (fn (write) (do (write "first\n") (error :amid-stream)))})
    ("/stream-empty-parts" {:body (fn (write) (do (write "a") (write "") (write []) (write ["b" "c"])))})
    ("/stream-204" {:status 204 :body (pieces 3 "abc")})
    ("/stream-slow" {:body (fn (write) (do (write "a") (sleep 1500) (write "b")))})
    ("/bad-answer" 42)
    ("/bad-key" {:stauts 200 :body "x"})
    ("/bad-status" {:status 700 :body "x"})
    ("/status-100" {:status 100 :body "x"})
    ("/bad-header" {:headers {"x" "a\r\nset-cookie: evil=1"} :body "x"})
    ("/bad-name" {:headers {"x y" "a"} :body "x"})
    ("/bad-length" {:headers {"content-length" "12abc"} :body "x"})
    ("/bad-body" {:body 42})
    ("/exit" (exit :normal))
    ("/kill" (do (exit-to (self) :kill) (sleep 10000) "x"))
    ("/throw" (throw :ball))
    ("/deep" (do (erlang:process_flag :max_heap_size 100000) (letrec ((f (fn (n) (+ 1 (f (+ n 1)))))) (f 0)) "x"))
    (_ {:status 404 :body "no"})))
SX
host_send "(epoch 1) (load \"$TEST_DIR/handlers.sx\")" '(epoch 2) (eval "(http-listen 0 handle)")'
PORT=$(host_port 2)
URL=http://127.0.0.1:$PORT

# ---- answers ----

check 'a string is 200, text/plain' same 'just text 200 text/plain; charset=utf-8\n' fetch -w ' %{http_code} %{content_type}\n' "$URL/text"
check 'the request map' same '{:body "b" :method "POST" :path "/map" :peer "P" :query "q=1" :version "1.1"}' sh -c "curl -sS -d b '$URL/map?q=1' | sed 's/\"127.0.0.1:[0-9]*\"/\"P\"/'"
check 'iodata' same 'abc\xc3\xa9' fetch "$URL/iodata"
check 'a list is a field for each' same 'a=1\nb=2\n' field set-cookie "$URL/cookies"
check 'a number' same '7\n' field x-number "$URL/cookies"
check 'atoms' same 'yes\n' field x-atom "$URL/cookies"
check 'framing is the engine'"'"'s' same '4\nfour' sh -c "curl -sS -D - '$URL/own-length' | tr -d '\r' | sed -n 's/^content-length: //p; s/^transfer.*//p; /^four/p' | head -c 6"
check 'connection: close closes' same '[end]' sh -c "'$TEST_DIR/wire' $PORT send 'GET /close HTTP/1.1\r\n$H\r\nGET /text HTTP/1.1\r\n$H\r\n' end | grep -ac 'HTTP/1.1 200' | sed 's/^1\$/[end]/' | tr -d '\n'"
check 'HEAD may tell the length that GET would have' same '1234\n' field content-length -I "$URL/head-length"
check 'a stream of a known length' same 'abcabc 6\n' fetch -w ' %header{content-length}\n' "$URL/fixed"
check 'a stream longer than its length ends at it' same '18\n' sh -c "curl -sS '$URL/fixed-more' -o /dev/null 2>/dev/null; echo \$?"
check 'a stream shorter than its length is an error' same '18\n' sh -c "curl -sS '$URL/fixed-less' -o /dev/null 2>/dev/null; echo \$?"
check 'empty parts end nothing' same 'abc' fetch "$URL/stream-empty-parts"
check 'a stream of 204 has no body' same '204 0\n' fetch -w '%{http_code} %{size_download}\n' "$URL/stream-204"

# ---- crashes ----

for path in bad-answer bad-key bad-status status-100 bad-header bad-name bad-length bad-body exit kill throw; do
    check "/$path is 500" same '500\n' status "$URL/$path"
done
check 'a handler that runs out of memory is 500' same '500\n' status "$URL/deep"
for path in bad-answer bad-header bad-body throw; do
    check "/$path is in the log" host_expect "GET /$path: the handler crashed"
done
check 'nothing of the bad field went out' same '0\n' sh -c "curl -sS -D - '$URL/bad-header' | grep -c evil"
check 'a crash amid a stream: the client sees it' same '18\n' sh -c "curl -sS '$URL/stream-crash' -o /dev/null 2>/dev/null; echo \$?"
check 'HTTP/1.0 too: a reset' same '56\n' sh -c "curl -sS -0 '$URL/stream-crash' -o /dev/null 2>/dev/null; echo \$?"
check 'and it is in the log' host_expect 'amid-stream'

# ---- a client that leaves ----

wire send "GET /wait HTTP/1.1\\r\\n$H\\r\\n" pause 100 reset
check 'a reset tells the handler' host_expect 'client left'
wire send "GET /wait HTTP/1.1\\r\\n$H\\r\\n" shut end >"$TEST_DIR/answer"
check 'a half-close tells it too' same '2\n' grep -c 'client left' "$TEST_DIR/out"
check 'which may answer all the same' grep -q 'HTTP/1.1 200' "$TEST_DIR/answer"
wire send "GET /endless HTTP/1.1\\r\\n$H\\r\\n" until xxxxxxxxxx reset >/dev/null
check 'a stream to nobody ends' host_expect 'endless: ended'
check 'nobody waited for nothing' same '0\n' grep -c 'nobody told' "$TEST_DIR/out"

# ---- limits by options ----

# listen EPOCH OPTIONS: a listener of its own; PORT and URL say where
listen() {
    host_send "(epoch $1) (eval \"(http-listen {:port 0 :handler handle $2})\")"
    PORT=$(host_port "$1")
    URL=http://127.0.0.1:$PORT
}
listen 3 ':request-timeout 700 :idle-timeout 700 :body-limit 10 :header-limit 1000 :max-connections 3'
check 'a body of the limit' same '200\n' status -d 1234567890 "$URL/text"
check 'a byte more is 413' same '413\n' status -d 12345678901 "$URL/text"
check 'a head over the limit is 431' same '431\n' status -H "x: $(head -c 1000 /dev/zero | tr '\0' x)" "$URL/text"
check 'half a head is 408 in time' same 'HTTP/1.1 408 Request Timeout\n' sh -c "'$TEST_DIR/wire' $PORT send 'GET / HTTP/1.1\r\n' end | head -n1 | tr -d '\r'"
check 'a head in drops too' same 'HTTP/1.1 408 Request Timeout\n' sh -c "'$TEST_DIR/wire' $PORT send G pause 300 send E pause 300 send T pause 300 send ' ' pause 300 send / pause 300 send ' ' end 2>/dev/null | head -n1 | tr -d '\r'"
check 'half a body is 408 in time' same 'HTTP/1.1 408 Request Timeout\n' sh -c "'$TEST_DIR/wire' $PORT send 'POST /text HTTP/1.1\r\n${H}content-length: 9\r\n\r\nabc' end | head -n1 | tr -d '\r'"
check 'a connection that rests is closed' same '1\n' sh -c "'$TEST_DIR/wire' $PORT send 'GET /text HTTP/1.1\r\n$H\r\n' end | grep -ac '^HTTP'"
check 'one that says nothing is closed' same '' wire end
check 'a stream that rests is not' same 'ab' fetch "$URL/stream-slow"
for i in 1 2 3; do "$TEST_DIR/wire" "$PORT" send "GET /wait HTTP/1.1\\r\\n$H\\r\\n" end >/dev/null & done
n=0
until [ "$(grep -c waiting "$TEST_DIR/out")" -ge 5 ] || [ $((n += 1)) -gt 1000 ]; do read -r -t 0.02 <> <(:); done
check 'a connection over the limit is closed' same '' sh -c "'$TEST_DIR/wire' $PORT send 'GET /text HTTP/1.1\r\n$H\r\n' end 2>/dev/null | sed 's/\[reset\]//'"
kill $(jobs -p | grep -v "^$HOST_PID\$")
for i in $(seq 200); do [ "$(status "$URL/text" 2>/dev/null)" = 200 ] && break; done
check 'and room comes back' same '200\n' status "$URL/text"

# ---- the end of a listener ----

listen 4 ''
wire send "GET /stream-slow HTTP/1.1\\r\\n$H\\r\\n" until 'a\r\n' end >"$TEST_DIR/late" &
late=$!
n=0
until grep -aqs '^a' "$TEST_DIR/late" || [ $((n += 1)) -gt 1000 ]; do read -r -t 0.02 <> <(:); done
host_send "(epoch 5) (eval \"(http-close $PORT)\")"
check 'http-close' host_expect '^\(ok 5 1\)$'
check 'it accepts nothing new' same '7\n' sh -c "curl -sS '$URL/text' 2>/dev/null; echo \$?"
wait $late
check 'what was in flight is answered' grep -aq '^b' "$TEST_DIR/late"
host_send "(epoch 6) (eval \"(http-listen {:port ${URL##*:} :handler handle})\")"
check 'the port is free again' test "$(host_port 6)" = "$PORT"
host_send "(epoch 7) (eval \"(http-listen {:port $PORT :handler handle})\")"
check 'a port that is taken is an error' host_expect '^\(error 7 .*eaddrinuse'
host_send '(epoch 8) (eval "(http-listen {:port 0 :handler handle :prot 1})")' '(epoch 9) (eval "(http-listen {:port 0 :host \"no.where\" :handler handle})")'
check 'an unknown option is an error' host_expect '^\(error 8 .*badopt'
check 'a host that is no address is an error' host_expect '^\(error 9 '

# the answer to a request in flight comes before the end
wire send "GET /stream-slow HTTP/1.1\\r\\n$H\\r\\n" until 'a\r\n' end >"$TEST_DIR/last" &
late=$!
n=0
until grep -aqs '^a' "$TEST_DIR/last" || [ $((n += 1)) -gt 1000 ]; do read -r -t 0.02 <> <(:); done
host_stop
check 'SIGTERM ends it with 0' test "$HOST_STATUS" = 0
wait $late
check 'and with the answer in flight' grep -aq '^b' "$TEST_DIR/last"
finish
