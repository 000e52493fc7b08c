# HTTP/1.1 byte by byte, against boot/demo/echo.sx: what one request ends and the next begins, what is refused, and how.
# The client is tests/http/wire.c; steps are its arguments.
. "$ROOT/tests/lib/host.sh"

"${CC:-gcc}" -D_GNU_SOURCE -O1 -o "$TEST_DIR/wire" "$ROOT/tests/http/wire.c" || exit 1
host_serve boot/demo/echo.sx 0

wire() { "$TEST_DIR/wire" "$PORT" "$@"; }
H='Host: x\r\n'
GET="GET / HTTP/1.1\\r\\n$H\\r\\n"
LAST="GET / HTTP/1.1\\r\\n${H}Connection: close\\r\\n\\r\\n"

# statuses WANTED STEP...: the status of each answer until the server closes, in order; [reset], [timeout] show
statuses() {
    local wanted=$1
    shift
    wire "$@" end 2>&1 | tr -d '\r' | grep -aoE '^HTTP/1\.1 [0-9]+|(sxhost says hello|^|[^\n]*)HTTP/1\.1 [0-9]{3}|\[[a-z].*' | sed 's/.*HTTP\/1\.1 //' >"$TEST_DIR/statuses"
    same "$wanted\\n" paste -sd' ' "$TEST_DIR/statuses"
}
# refused STATUS BYTES: these bytes get one answer, of this status, that says `connection: close`, and the connection ends; a
# request that follows at once is not looked at
refused() {
    wire send "$2$GET" end >"$TEST_DIR/answer" 2>&1
    local n
    n=$(grep -ac 'HTTP/1.1 ' "$TEST_DIR/answer")
    if [ "$n" = 1 ] && head -n1 "$TEST_DIR/answer" | grep -q "^HTTP/1.1 $1 " && grep -aqi '^connection: close' "$TEST_DIR/answer" && ! grep -aqF '[' "$TEST_DIR/answer"; then return 0; fi
    echo "wanted one $1 that closes, got:"
    cat "$TEST_DIR/answer"
    return 1
}
# body STEP...: all that comes behind the last head
body() { wire "$@" end | sed '1,/^\r$/d'; }

# ---- one request after the other ----

check 'keep-alive: three on one connection' statuses '200 200 200' send "$GET" until hello send "$GET" until hello send "$LAST"
check 'pipelined, in order' same '1\n2\n3\n' sh -c "'$TEST_DIR/wire' $PORT send 'GET /call HTTP/1.1\r\n$H\r\nGET /call HTTP/1.1\r\n$H\r\nGET /call HTTP/1.1\r\n${H}connection: close\r\n\r\n' end | grep -aE '^[0-9]+\$'"
check 'pipelined, a slow one first' same 'slept 200 ms\nsxhost says hello\nslept 1 ms\n' sh -c "'$TEST_DIR/wire' $PORT send 'GET /slow?ms=200 HTTP/1.1\r\n$H\r\n${GET}GET /slow?ms=1 HTTP/1.1\r\n${H}connection: close\r\n\r\n' end | grep -aE '^(slept|sxhost)'"
check '500 pipelined at once' same '500\n' sh -c "'$TEST_DIR/wire' $PORT times 499 '$GET' send '$LAST' end | grep -ac '^sxhost says'"
check 'pipelined behind a body' statuses '200 200' send "POST /echo HTTP/1.1\\r\\n${H}content-length: 3\\r\\n\\r\\nabc$LAST"
check 'a crash keeps the connection' statuses '500 200' send "GET /crash HTTP/1.1\\r\\n$H\\r\\n$LAST"
check 'byte by byte' statuses '200' send G send E send "T / HTTP/1.1\\r" pause 20 send '\n' pause 20 send 'Host: x\r\nConnection: close\r\n\r' pause 20 send '\n'
check 'empty lines before a request' statuses '200 200' send "\\r\\n\\r\\n$GET\\r\\n$LAST"
check 'connection: close ends it' statuses '200' send "$LAST$GET"
check 'connection: a list with close' statuses '200' send "GET / HTTP/1.1\\r\\n${H}connection: x, Close\\r\\n\\r\\n$GET"
check 'it says so' grep -aqi '^connection: close' <(wire send "$LAST" end)
check 'and not otherwise' same '1\n' sh -c "'$TEST_DIR/wire' $PORT send '$GET$LAST' end | grep -aic '^connection:'"
check 'each answer has a date' same '2\n' sh -c "'$TEST_DIR/wire' $PORT send '$GET$LAST' end | grep -ac '^date: '"
check 'half-close: the answer comes all the same' statuses '200' send "$GET" shut
check 'half-close: while the handler works' same 'slept 200 ms\n' body send "GET /slow?ms=200 HTTP/1.1\\r\\n$H\\r\\n" shut
check 'half-close: pipelined ones too' statuses '200 200 200' send "GET /slow?ms=50 HTTP/1.1\\r\\n$H\\r\\n$GET$GET" shut
check 'half-close: amid a large answer' test "$(body send "GET /big?n=3000000 HTTP/1.1\\r\\n$H\\r\\n" shut | wc -c)" = 3000000
check 'half-close: nothing sent' same '' wire shut end
check 'half-close: half a request' statuses '400' send 'GET / HT' shut
check 'half-close: half a body' statuses '400' send "POST /echo HTTP/1.1\\r\\n${H}content-length: 9\\r\\n\\r\\nabc" shut

check 'HTTP/1.0 closes' statuses '200' send 'GET / HTTP/1.0\r\n\r\n'"$GET"
check 'HTTP/1.0 with keep-alive' statuses '200 200' send 'GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\nGET / HTTP/1.0\r\n\r\n'
check 'and the answer says so' same '1\n' sh -c "'$TEST_DIR/wire' $PORT send 'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET / HTTP/1.0\r\n\r\n' end | grep -aic '^connection: keep-alive'"
check 'HTTP/1.0: a stream ends with the connection' same 'line 1\nline 2\n' body send 'GET /stream?n=2 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n'
check 'HTTP/1.0: never chunked' same '0\n' sh -c "'$TEST_DIR/wire' $PORT send 'GET /stream?n=2 HTTP/1.0\r\n\r\n' end | grep -aic '^transfer-encoding'"

check 'HEAD: no body, and the next answer in its place' same '18 200 18 \n' sh -c "'$TEST_DIR/wire' $PORT send 'HEAD / HTTP/1.1\r\n$H\r\n$LAST' end | tr -d '\r' | sed -n 's/^content-length: //p; s/^\$/=/p; s/^HTTP.1.1 200.*/200/p' | paste -sd' ' | sed 's/^200 //; s/ = / /; s/=\$//'"
check 'HEAD of a stream' statuses '200 200' send "HEAD /stream?n=5 HTTP/1.1\\r\\n$H\\r\\n$LAST"
check 'HEAD of a crash' statuses '500 200' send "HEAD /crash HTTP/1.1\\r\\n$H\\r\\n$LAST"
check '204 and 304 frame themselves' statuses '204 304 205 200' send "GET /status?code=204 HTTP/1.1\\r\\n$H\\r\\nGET /status?code=304 HTTP/1.1\\r\\n$H\\r\\nGET /status?code=205 HTTP/1.1\\r\\n$H\\r\\n$LAST"

check 'absolute-form' statuses '200' send "GET http://example.org:80/ HTTP/1.1\\r\\n${H}connection: close\\r\\n\\r\\n"
check 'absolute-form: no path' statuses '200' send "GET HTTP://example.org HTTP/1.1\\r\\n${H}connection: close\\r\\n\\r\\n"
check 'absolute-form: a query alone' same 'a=1\n' body send "GET http://example.org/query?a=1 HTTP/1.1\\r\\n${H}connection: close\\r\\n\\r\\n"
check 'asterisk-form' statuses '204' send "OPTIONS * HTTP/1.1\\r\\n${H}connection: close\\r\\n\\r\\n"
check 'an upgrade that nobody knows is passed over' statuses '200 200' send "GET / HTTP/1.1\\r\\n${H}Connection: Upgrade\\r\\nUpgrade: h2c\\r\\n\\r\\n$LAST"
check 'blanks around values' statuses '200' send 'GET / HTTP/1.1\r\nHost: \t x \t\r\nConnection:close\r\n\r\n'
check 'a tab within a value' statuses '200' send "GET / HTTP/1.1\\r\\n${H}X: a\\tb\\r\\nConnection: close\\r\\n\\r\\n"
check 'bytes above 127 in a value' statuses '200' send "GET / HTTP/1.1\\r\\n${H}X: \\xc3\\xa4\\xff\\r\\nConnection: close\\r\\n\\r\\n"
for host in '' 'x:80' '127.0.0.1:1' '[::1]:80' '[::1]' 'a-b.c_d~e' 'x:'; do
    check "Host: $host" statuses '200' send "GET / HTTP/1.1\\r\\nHost: $host\\r\\nConnection: close\\r\\n\\r\\n"
done

# ---- bodies ----

chunked() { body send "POST /echo HTTP/1.1\\r\\n${H}Transfer-Encoding: ${CODING:-chunked}\\r\\nConnection: close\\r\\n\\r\\n$1"; }
check 'chunked' same 'hello, world' chunked '5\r\nhello\r\n7\r\n, world\r\n0\r\n\r\n'
check 'chunked: upper and lower hex, leading zeros' same '0123456789abcdefghijklmnop' chunked '00A\r\n0123456789\r\na\r\nabcdefghij\r\n006\r\nklmnop\r\n000\r\n\r\n'
check 'chunked: extensions' same 'hello' chunked '5;a=b;c="d;e" ; f\r\nhello\r\n0;z\r\n\r\n'
check 'chunked: trailers are dropped' same 'hello' chunked '5\r\nhello\r\n0\r\nX-Sum: 1\r\nContent-Length: 4\r\nHost: y\r\n\r\n'
CODING=Chunked check 'chunked: in any letters' same 'hello' chunked '5\r\nhello\r\n0\r\n\r\n'
check 'chunked: the next request follows' statuses '200 200' send "POST /echo HTTP/1.1\\r\\n${H}Transfer-Encoding: chunked\\r\\n\\r\\n3\\r\\nabc\\r\\n0\\r\\nA: b\\r\\n\\r\\n$LAST"
check 'chunked: in pieces' same 'hello' body send "POST /echo HTTP/1.1\\r\\n${H}Transfer-Encoding: chunked\\r\\nConnection: close\\r\\n\\r\\n5" pause 20 send '\r' pause 20 send '\nhel' pause 20 send 'lo\r' pause 20 send '\n0\r\n' pause 20 send '\r' pause 20 send '\n'
check 'chunked: 20,000 chunks of a byte' test "$(body send "POST /echo HTTP/1.1\\r\\n${H}Transfer-Encoding: chunked\\r\\nConnection: close\\r\\n\\r\\n" times 20000 '1\r\nx\r\n' send '0\r\n\r\n' | wc -c)" = 20000
check 'a body that GET has is read' statuses '200 200' send "GET / HTTP/1.1\\r\\n${H}content-length: 5\\r\\n\\r\\nGET /$LAST"
check 'content-length: 0' statuses '200 200' send "POST /echo HTTP/1.1\\r\\n${H}content-length: 0\\r\\n\\r\\n$LAST"

E100="POST /echo HTTP/1.1\\r\\n${H}Content-Length: 3\\r\\nConnection: close\\r\\nExpect: 100-continue\\r\\n\\r\\n"
check 'Expect: 100-continue' statuses '100 200' send "$E100" until 'Continue\r\n\r\n' send abc
check 'Expect: the body is there already' statuses '200' send "${E100}abc"
check 'Expect: in any letters' statuses '100 200' send "${E100/100-continue/100-Continue}" until 'Continue\r\n\r\n' send abc
check 'Expect: too much is refused at once' refused 413 "POST /echo HTTP/1.1\\r\\n${H}Content-Length: 99999999\\r\\nExpect: 100-continue\\r\\n\\r\\n"
check 'Expect: anything else is 417' refused 417 "POST /echo HTTP/1.1\\r\\n${H}Content-Length: 3\\r\\nExpect: 200-ok\\r\\n\\r\\nabc"
check 'Expect: HTTP/1.0 has none' statuses '200' send 'POST /echo HTTP/1.0\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n' pause 50 send abc

# ---- refusals ----

while IFS='|' read -r name status bytes; do
    [ -n "$name" ] && check "$status: $name" refused "$status" "${bytes//@/$H}"
done <<'CASES'
no version|400|GET /\r\n@\r\n
two blanks|400|GET  / HTTP/1.1\r\n@\r\n
a blank at the end of the line|400|GET / HTTP/1.1 \r\n@\r\n
a blank before|400| GET / HTTP/1.1\r\n@\r\n
a tab for a blank|400|GET\t/ HTTP/1.1\r\n@\r\n
a blank in the target|400|GET /a b HTTP/1.1\r\n@\r\n
a control byte in the target|400|GET /a\x01b HTTP/1.1\r\n@\r\n
NUL in the target|400|GET /a\x00b HTTP/1.1\r\n@\r\n
a fragment|400|GET /a#b HTTP/1.1\r\n@\r\n
no slash|400|GET a HTTP/1.1\r\n@\r\n
an asterisk for GET|400|GET * HTTP/1.1\r\n@\r\n
a user in the target|400|GET http://u@x/ HTTP/1.1\r\n@\r\n
no authority|400|GET http:/// HTTP/1.1\r\n@\r\n
another scheme|400|GET ftp://x/ HTTP/1.1\r\n@\r\n
lower-case version|400|GET / http/1.1\r\n@\r\n
a version of one digit|400|GET / HTTP/1\r\n@\r\n
a version of three|400|GET / HTTP/1.10\r\n@\r\n
a method that is no token|400|G@T / HTTP/1.1\r\n\r\n
no method|400|/ HTTP/1.1\r\n@\r\n
TLS|400|\x16\x03\x01\x02\x00\x01\x00
HTTP/2.0|505|GET / HTTP/2.0\r\n@\r\n
HTTP/0.9|505|GET / HTTP/0.9\r\n@\r\n
HTTP/2's preface|505|PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n
an unknown method|501|BREW / HTTP/1.1\r\n@\r\n
a method in small letters|501|get / HTTP/1.1\r\n@\r\n
CONNECT|501|CONNECT x:80 HTTP/1.1\r\n@\r\n
bare LF|400|GET / HTTP/1.1\nHost: x\n\n
bare LF behind a field|400|GET / HTTP/1.1\r\nHost: x\n\r\n
bare LF for the empty line|400|GET / HTTP/1.1\r\n@\n
bare LF before a request|400|\nGET / HTTP/1.1\r\n@\r\n
bare CR in the request line|400|GET /\r HTTP/1.1\r\n@\r\n
bare CR in a value|400|GET / HTTP/1.1\r\n@X: a\rb\r\n\r\n
bare CR that hides a field|400|GET / HTTP/1.1\r\n@X: a\rContent-Length: 5\r\n\r\n
two CR|400|GET / HTTP/1.1\r\n@X: a\r\r\n\r\n
no Host|400|GET / HTTP/1.1\r\n\r\n
two Hosts|400|GET / HTTP/1.1\r\n@@\r\n
two Hosts that differ|400|GET / HTTP/1.1\r\n@Host: y\r\n\r\n
a list of Hosts|400|GET / HTTP/1.1\r\nHost: x y\r\n\r\n
Host with a path|400|GET / HTTP/1.1\r\nHost: x/y\r\n\r\n
Host with a user|400|GET / HTTP/1.1\r\nHost: u@x\r\n\r\n
Host with a bad port|400|GET / HTTP/1.1\r\nHost: x:8a\r\n\r\n
Host with an open bracket|400|GET / HTTP/1.1\r\nHost: [::1\r\n\r\n
two Hosts in HTTP/1.0|400|GET / HTTP/1.0\r\n@@\r\n
a blank before the colon|400|GET / HTTP/1.1\r\n@X : y\r\n\r\n
a blank before Content-Length's colon|400|POST /echo HTTP/1.1\r\n@Content-Length : 3\r\n\r\nabc
a blank before a name|400|GET / HTTP/1.1\r\n X: y\r\n@\r\n
a folded line|400|GET / HTTP/1.1\r\n@X: a\r\n b\r\n\r\n
a folded line with a tab|400|GET / HTTP/1.1\r\n@X: a\r\n\tb\r\n\r\n
a folded coding|400|POST /echo HTTP/1.1\r\n@Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n
a field without a colon|400|GET / HTTP/1.1\r\n@Xy\r\n\r\n
a field without a name|400|GET / HTTP/1.1\r\n@: y\r\n\r\n
a name that is no token|400|GET / HTTP/1.1\r\n@X(y): z\r\n\r\n
a name beyond ASCII|400|GET / HTTP/1.1\r\n@X\xc3\xa4: z\r\n\r\n
NUL in a value|400|GET / HTTP/1.1\r\n@X: a\x00b\r\n\r\n
a control byte in a value|400|GET / HTTP/1.1\r\n@X: a\x0bb\r\n\r\n
DEL in a value|400|GET / HTTP/1.1\r\n@X: a\x7fb\r\n\r\n
two lengths that differ|400|POST /echo HTTP/1.1\r\n@Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd
two lengths alike|400|POST /echo HTTP/1.1\r\n@Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc
a list of lengths|400|POST /echo HTTP/1.1\r\n@Content-Length: 3, 3\r\n\r\nabc
no length in it|400|POST /echo HTTP/1.1\r\n@Content-Length: \r\n\r\n
a length with a sign|400|POST /echo HTTP/1.1\r\n@Content-Length: +3\r\n\r\nabc
a negative length|400|POST /echo HTTP/1.1\r\n@Content-Length: -3\r\n\r\nabc
a length in hex|400|POST /echo HTTP/1.1\r\n@Content-Length: 0x3\r\n\r\nabc
a length with a blank in it|400|POST /echo HTTP/1.1\r\n@Content-Length: 3 3\r\n\r\nabc
a length of 2^64 + 3|400|POST /echo HTTP/1.1\r\n@Content-Length: 18446744073709551619\r\n\r\nabc
a length too large|413|POST /echo HTTP/1.1\r\n@Content-Length: 16777217\r\n\r\n
a length beside a coding|400|POST /echo HTTP/1.1\r\n@Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n
a coding beside a length|400|POST /echo HTTP/1.1\r\n@Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n
a length beside a coding that is none|400|POST /echo HTTP/1.1\r\n@Transfer-Encoding: identity\r\nContent-Length: 3\r\n\r\nabc
no coding in it|400|POST /echo HTTP/1.1\r\n@Transfer-Encoding:\r\n\r\n0\r\n\r\n
a coding that does not end|400|POST /echo HTTP/1.1\r\n@Transfer-Encoding: gzip\r\n\r\n0\r\n\r\n
chunked is not last|400|POST /echo HTTP/1.1\r\n@Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n
chunked twice|400|POST /echo HTTP/1.1\r\n@Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n
two codings|400|POST /echo HTTP/1.1\r\n@Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n
nearly chunked|400|POST /echo HTTP/1.1\r\n@Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n
nearly chunked, behind|400|POST /echo HTTP/1.1\r\n@Transfer-Encoding: chunkedx\r\n\r\n0\r\n\r\n
chunked in quotes|400|POST /echo HTTP/1.1\r\n@Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n
a vertical tab before chunked|400|POST /echo HTTP/1.1\r\n@Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n
a blank before a coding's colon|400|POST /echo HTTP/1.1\r\n@Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n
an unknown coding before chunked|501|POST /echo HTTP/1.1\r\n@Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n
a coding in HTTP/1.0|400|POST /echo HTTP/1.0\r\n@Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n
a chunk size in hex notation|400|POST /echo HTTP/1.1\r\n@Transfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n
a chunk size with a sign|400|POST /echo HTTP/1.1\r\n@Transfer-Encoding: chunked\r\n\r\n+3\r\nabc\r\n0\r\n\r\n
a negative chunk size|400|POST /echo HTTP/1.1\r\n@Transfer-Encoding: chunked\r\n\r\n-1\r\nabc\r\n0\r\n\r\n
no chunk size|400|POST /echo HTTP/1.1\r\n@Transfer-Encoding: chunked\r\n\r\n\r\nabc\r\n0\r\n\r\n
a chunk size of 2^64 + 3|400|POST /echo HTTP/1.1\r\n@Transfer-Encoding: chunked\r\n\r\n10000000000000003\r\nabc\r\n0\r\n\r\n
a blank behind a chunk size|400|POST /echo HTTP/1.1\r\n@Transfer-Encoding: chunked\r\n\r\n3 \r\nabc\r\n0\r\n\r\n
a chunk longer than its size|400|POST /echo HTTP/1.1\r\n@Transfer-Encoding: chunked\r\n\r\n3\r\nabcde\r\n0\r\n\r\n
bare LF behind a chunk size|400|POST /echo HTTP/1.1\r\n@Transfer-Encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n
bare CR behind a chunk size|400|POST /echo HTTP/1.1\r\n@Transfer-Encoding: chunked\r\n\r\n3\rXabc\r\n0\r\n\r\n
bare LF behind a chunk|400|POST /echo HTTP/1.1\r\n@Transfer-Encoding: chunked\r\n\r\n3\r\nabc\n0\r\n\r\n
bare LF in an extension|400|POST /echo HTTP/1.1\r\n@Transfer-Encoding: chunked\r\n\r\n3;a\nabc\r\n0\r\n\r\n
bare LF behind a trailer|400|POST /echo HTTP/1.1\r\n@Transfer-Encoding: chunked\r\n\r\n0\r\nA: b\nC: d\r\n\r\n
a trailer with a blank before its colon|400|POST /echo HTTP/1.1\r\n@Transfer-Encoding: chunked\r\n\r\n0\r\nA : b\r\n\r\n
a folded trailer|400|POST /echo HTTP/1.1\r\n@Transfer-Encoding: chunked\r\n\r\n0\r\n b\r\n\r\n
CASES

x() { head -c "$1" /dev/zero | tr '\0' x; }
check 'a request line of 8,000 bytes passes' statuses '404' send "GET /$(x 7986) HTTP/1.1\\r\\n${H}connection: close\\r\\n\\r\\n"
check '414: a request line of 20,000' refused 414 "GET /$(x 20000) HTTP/1.1\\r\\n$H\\r\\n"
check '414: one that does not end' statuses '414' send "GET /" times 40000 x
check 'a field of 16,000 bytes passes' statuses '200' send "GET / HTTP/1.1\\r\\n${H}X: $(x 16000)\\r\\nconnection: close\\r\\n\\r\\n"
check '431: a head of 80,000 bytes' refused 431 "GET / HTTP/1.1\\r\\n${H}X: $(x 80000)\\r\\n\\r\\n"
check '431: one that does not end' statuses '431' send "GET / HTTP/1.1\\r\\n" times 20000 'X: y\r\n'
check '200 fields pass' statuses '200' send "GET / HTTP/1.1\\r\\n${H}connection: close\\r\\n" times 198 'X: y\r\n' send '\r\n'
check '431: 201 fields' statuses '431' send "GET / HTTP/1.1\\r\\n${H}connection: close\\r\\n" times 199 'X: y\r\n' send '\r\n'
check '431: extensions without end' statuses '431' send "POST /echo HTTP/1.1\\r\\n${H}Transfer-Encoding: chunked\\r\\n\\r\\n" times 2000 '1;abc=def\r\nx\r\n'
check '431: an extension without end' statuses '431' send "POST /echo HTTP/1.1\\r\\n${H}Transfer-Encoding: chunked\\r\\n\\r\\n1;" times 20000 x
check '431: trailers without end' statuses '431' send "POST /echo HTTP/1.1\\r\\n${H}Transfer-Encoding: chunked\\r\\n\\r\\n0\\r\\n" times 4000 'A: b\r\n'
check 'a refusal behind good ones' statuses '200 200 400' send "$GET$GET"'GET / HTTP/1.1\r\n\r\n'"$GET"
check 'a refusal behind a slow one' statuses '200 400' send "GET /slow?ms=100 HTTP/1.1\\r\\n$H\\r\\nNONSENSE\\r\\n\\r\\n"

# ---- smuggling: what a lax proxy might take for a body is never answered as a request of its own ----

check 'chunked body that holds a request' same '0\n' sh -c "'$TEST_DIR/wire' $PORT send 'POST /echo HTTP/1.1\r\n${H}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n12\r\nGET /call HTTP/1.1\r\n0\r\n\r\nGET /call HTTP/1.1\r\n$H\r\n' end | grep -ac '^[0-9][0-9]*\r*\$'"
check 'what follows connection: close is dropped' statuses '200' send "${LAST}GET /call HTTP/1.1\\r\\n$H\\r\\n"
check 'what follows a refusal is dropped' statuses '400' send "POST / HTTP/1.1\\r\\n${H}Content-Length: 6\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n0\\r\\n\\r\\nGET /call HTTP/1.1\\r\\n$H\\r\\n"
check 'none of them was counted' same '4\n' body send "GET /call HTTP/1.1\\r\\n${H}connection: close\\r\\n\\r\\n"

# ---- a client that goes on sending reads its refusal all the same ----

check 'a body of 20 MB, sent before it looks' statuses '413' send "POST /echo HTTP/1.1\\r\\n${H}Content-Length: 20000000\\r\\n\\r\\n" times 20000000 x
check 'in chunks' statuses '413' send "POST /echo HTTP/1.1\\r\\n${H}Transfer-Encoding: chunked\\r\\n\\r\\n" times 20000 '400\r\n'"$(x 1024)"'\r\n'
check 'behind a bad head' statuses '400' send "POST /echo HTTP/1.1\\r\\nContent-Length: 10000000\\r\\n\\r\\n" times 10000000 x
check 'an answer that closes while more is sent' statuses '200' send "$LAST" times 10000000 x
check 'a client that leaves in the middle harms nobody' sh -c "'$TEST_DIR/wire' $PORT send 'POST /echo HTTP/1.1\r\n${H}content-length: 9\r\n\r\nabc' reset; '$TEST_DIR/wire' $PORT send 'GET /big?n=20000000 HTTP/1.1\r\n$H\r\n' until xxxx reset >'$TEST_DIR/big'; '$TEST_DIR/wire' $PORT send 'GET /stream?n=1000000 HTTP/1.1\r\n$H\r\n' until 'line 9' reset >'$TEST_DIR/big'; curl -sS --max-time 20 $URL/"

host_stop
check 'SIGTERM ends it with 0' test "$HOST_STATUS" = 0
finish
