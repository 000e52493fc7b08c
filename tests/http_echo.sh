# Every route of boot/demo/echo.sx, as curl sees it: statuses, fields, bodies, HEAD, OPTIONS, what is not there.
. "$ROOT/tests/lib/host.sh"

host_serve boot/demo/echo.sx 0

fetch() { curl -sS --max-time 30 "$@"; }
status() { fetch -o /dev/null -w '%{http_code}\n' "$@"; }
# field NAME CURL-ARGS...: the value of a field of the answer
field() {
    local name=$1
    shift
    fetch -o /dev/null -D - "$@" | tr -d '\r' | sed -n "s/^$name: //Ip"
}
sum() { cksum | cut -d' ' -f1,2; }

check '/: status' same '200\n' status "$URL/"
check '/: some text' same 'sxhost says hello\n' fetch "$URL/"
check '/: type' same 'text/plain; charset=utf-8\n' field content-type "$URL/"
check '/: length' same '18\n' field content-length "$URL/"
check '/: one date' grep -qE '^[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} GMT$' <(field date "$URL/")
check '/: a query does not matter' same '200\n' status "$URL/?x=1"
check 'HEAD /: no body, the length of GET' same '200 18 0\n' fetch -I -o /dev/null -w '%{http_code} %header{content-length} %{size_download}\n' "$URL/"
check 'HEAD /big: length' same '20000000\n' field content-length -I "$URL/big?n=20000000"
check 'HEAD /stream: nothing streamed' same '200 0\n' fetch -I -o /dev/null -w '%{http_code} %{size_download}\n' "$URL/stream?n=1000"
check 'HEAD /nowhere' same '404\n' status -I "$URL/nowhere"

check '/echo: the body as it came' same 'a b\nc' fetch --data-binary $'a b\nc' "$URL/echo"
check '/echo: its type' same 'application/x-thing; a=b\n' field content-type -H 'content-type: application/x-thing; a=b' -d x "$URL/echo"
check '/echo: without a type' same 'application/octet-stream\n' field content-type -H 'content-type:' -d x "$URL/echo"
check '/echo: empty' same '200 0\n' fetch -o /dev/null -w '%{http_code} %{size_download}\n' -X POST "$URL/echo"
head -c 5000000 /dev/urandom >"$TEST_DIR/bytes"
check '/echo: 5,000,000 random bytes, by length' test "$(fetch --data-binary @"$TEST_DIR/bytes" "$URL/echo" | sum)" = "$(sum <"$TEST_DIR/bytes")"
check '/echo: the same, chunked' test "$(fetch -H 'transfer-encoding: chunked' --data-binary @"$TEST_DIR/bytes" "$URL/echo" | sum)" = "$(sum <"$TEST_DIR/bytes")"
check '/echo: the same, without Expect' test "$(fetch -H 'expect:' --data-binary @"$TEST_DIR/bytes" "$URL/echo" | sum)" = "$(sum <"$TEST_DIR/bytes")"
head -c 16777216 /dev/zero >"$TEST_DIR/most"
check '/echo: 16 MiB' same '200 16777216\n' fetch -o /dev/null -w '%{http_code} %{size_download}\n' --data-binary @"$TEST_DIR/most" "$URL/echo"
echo >>"$TEST_DIR/most"
check '/echo: a byte more is 413' same '413\n' status --data-binary @"$TEST_DIR/most" "$URL/echo"
check '/echo: chunked too' same '413\n' status -H 'transfer-encoding: chunked' --data-binary @"$TEST_DIR/most" "$URL/echo"
check '/echo: and without Expect' same '413\n' status -H 'expect:' --data-binary @"$TEST_DIR/most" "$URL/echo"

headers() { fetch -H 'X-One: a' -H 'x-TWO:   b c  ' -H 'x-one: d' -H 'X-Empty;' -b 'k=v' "$URL/headers" | sort | grep -vE '^(accept|user-agent): '; }
check '/headers: lower-case names, joined values' same "cookie: k=v\nhost: 127.0.0.1:$PORT\nx-empty: \nx-one: a, d\nx-two: b c\n" headers

check '/query: decoded' same 'a=1\nb= x\n' fetch "$URL/query?a=1&b=%20x"
check '/query: plus, UTF-8, no value, an equals sign, an empty part' same 'a=x y\n\xc3\xa9=\xe2\x82\xac\nflag=\ne=1=2\n' fetch "$URL/query?a=x+y&%C3%A9=%e2%82%ac&flag&&e=1=2"
check '/query: repeated names, in order' same 'b=2\na=1\nb=3\n' fetch "$URL/query?b=2&a=1&b=3"
check '/query: broken escapes are an answer too' same '200\n' status -g "$URL/query?a=%&b=%zz&c=%ff"
check '/query: none' same '' fetch "$URL/query"

check '/slow' same 'slept 30 ms\n' fetch "$URL/slow?ms=30"
check '/slow takes its time' awk '{exit !($1 >= 0.3)}' <(fetch -o /dev/null -w '%{time_total}\n' "$URL/slow?ms=300")
check '/slow: no number is 400' same '400\n' status "$URL/slow?ms=abc"
check '/slow: out of range is 400' same '400\n' status "$URL/slow?ms=-1"

check '/crash is 500' same '500\n' status "$URL/crash"
check 'the log says where' host_expect 'echo\.sx:[0-9]+'
check 'and which request' host_expect '^GET /crash: the handler crashed'
check 'it harms nobody' same '500\n200\n' fetch -o /dev/null -o /dev/null -w '%{http_code}\n' "$URL/crash" "$URL/"

for n in 0 1 100000 20000000; do
    check "/big: $n bytes" same "200 $n $n\n" fetch -o "$TEST_DIR/big" -w '%{http_code} %{size_download} %header{content-length}\n' "$URL/big?n=$n"
done
check '/big: all x' same '0\n' sh -c "tr -d x <'$TEST_DIR/big' | wc -c"
check '/big: too many is 400' same '400\n' status "$URL/big?n=20000001"

check '/stream: coded in chunks' same 'chunked\n' field transfer-encoding "$URL/stream?n=3"
check '/stream: lines' same 'line 1\nline 2\nline 3\n' fetch "$URL/stream?n=3"
check '/stream: none' same '' fetch "$URL/stream?n=0"
check '/stream: 20,000 lines' same '20000\n' sh -c "curl -sS --max-time 30 '$URL/stream?n=20000' | wc -l"
check '/stream: to HTTP/1.0, not coded' same 'line 1\nline 2\n' fetch -0 "$URL/stream?n=2"

check '/call' same '1\n' fetch "$URL/call"
check '/call counts' same '2\n' fetch "$URL/call"

for code in 200 201 299 301 400 404 418 500 599; do
    check "/status: $code" same "status $code\n$code\n" fetch -w '%{http_code}\n' "$URL/status?code=$code"
done
for code in 204 205 304; do
    check "/status: $code without a body" same "$code 0\n" fetch -w '%{http_code} %{size_download}\n' "$URL/status?code=$code"
done
check '/status: 204 has no length' same '' field content-length "$URL/status?code=204"
check '/status: out of range is 400' same '400\n' status "$URL/status?code=600"

check 'anything else is 404' same '404\n' status "$URL/nowhere"
check 'paths are exact' same '404\n' status "$URL/echo/"
check 'an encoded slash is not one' same '404\n' status "$URL/%2F"
check 'POST / is 405' same '405\n' status -d x "$URL/"
check 'with Allow' same 'GET, HEAD, OPTIONS\n' field allow -d x "$URL/"
check 'GET /echo is 405' same '405\n' status "$URL/echo"
check 'with its own Allow' same 'POST, OPTIONS\n' field allow "$URL/echo"
check 'DELETE /big is 405' same '405\n' status -X DELETE "$URL/big"
check 'OPTIONS / is 204' same '204\n' status -X OPTIONS "$URL/"
check 'OPTIONS /echo says what it takes' same 'POST, OPTIONS\n' field allow -X OPTIONS "$URL/echo"
check 'OPTIONS *' same '204\n' status -X OPTIONS --request-target '*' "$URL/"
check 'an unknown method is 501' same '501\n' status -X BREW "$URL/"

check 'one connection for all' same '1 0 0 ' fetch -o /dev/null -o /dev/null -o /dev/null -w '%{num_connects} ' "$URL/" "$URL/call" "$URL/stream?n=2"

host_stop
check 'SIGTERM ends it with 0' test "$HOST_STATUS" = 0
finish
