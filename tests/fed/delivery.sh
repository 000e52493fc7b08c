# What becomes of a delivery by what the other host answers, and that one slow host delays no other. The remote hosts also verify
# both signatures on their own.
. "$ROOT/tests/lib/host.sh"
. "$ROOT/tests/lib/fed.sh"
export http_proxy=http://127.0.0.1:1 HTTP_PROXY=http://127.0.0.1:1 all_proxy=http://127.0.0.1:1 # which no delivery may use
DELIVERY='[{initial_ms, 50}, {max_ms, 400}, {timeout_ms, 6000}]'
fed_start alice
unset http_proxy HTTP_PROXY all_proxy
ALICE=$URL_alice/actors/alice
NAMES='good busy soon wrong gone sharedgone slow moved'
mkfifo "$TEST_DIR/peers.in"
node "$ROOT/tests/fed/peers.mjs" $NAMES <"$TEST_DIR/peers.in" >"$TEST_DIR/peers" 2>&1 &
PROXY_PIDS="$PROXY_PIDS $!"
exec 9>"$TEST_DIR/peers.in"
fed_await "$TEST_DIR/peers" '^moved http' >/dev/null
for n in $NAMES; do
    echo "$n $ALICE" >&9
    check "$n asks to follow" fed_await "$TEST_DIR/peers" "^$n follows 202"
done
check 'alice has eight followers' await_count 8 "$ALICE/followers"
for n in $NAMES; do check "$n got its Accept" fed_await "$TEST_DIR/peers" "^$n [0-9]+ [0-9]+ Accept true"; done
check 'alice says something' same 201 publish alice '{"type":"Create","object":{"type":"Note","content":"one"}}'
for n in $NAMES; do check "$n got it, signed" fed_await "$TEST_DIR/peers" "^$n [0-9]+ [0-9]+ Create true"; done
check 'busy gets it again' fed_await "$TEST_DIR/peers" '^busy .* Create true 202'
check 'soon gets it again' fed_await "$TEST_DIR/peers" '^soon .* Create true 202'
apart() { awk -v name="$1" -v least="$2" '$1 == name && $4 == "Create" { if (at && $2 - at >= least && $3 > date) found = 1; at = $2; date = $3 } END { exit !found }' "$TEST_DIR/peers"; }
check 'busy: after what it asked, signed anew' apart busy 990
check 'soon: after the date it named, signed anew' apart soon 950

peers() { curl -s -H "$OWNER" "$URL_alice/peers"; }
url_of() { sed -n "s/^$1 \(http.*\)/\1/p" "$TEST_DIR/peers"; }
line_of() { # NAME PATTERN: wait until its line of GET /peers matches
    local d=$((SECONDS + WAIT_LIMIT)) url
    url=$(url_of "$1")
    until peers | grep -qE "^$url: $2"; do [ $SECONDS -lt $d ] || { peers; return 1; }; done
}
check 'slow keeps it in its queue' line_of slow 'queued 1, delivered 1, dropped 0'
check 'good has its line' line_of good 'queued 0, delivered 2, dropped 0, failures 0, retry in 0 ms, last ok'
check 'wrong: stopped with a record' line_of wrong 'queued 0, delivered 0, dropped 2, .* last 400'
check 'and a line in the log' fed_await "$TEST_DIR/alice.out" "delivery of $ALICE/outbox/[0-9]* to $(url_of wrong) stopped: 400"
check 'a redirect is not followed' line_of moved 'queued 0, delivered 0, dropped 2, .* last 302'
check 'who is gone is no follower any more' line_of gone 'queued 0, .* last gone'
check 'nor who is gone by its shared inbox' line_of sharedgone 'queued 0, .* last gone'
followers() { local d=$((SECONDS + WAIT_LIMIT)); until [ "$(total "$ALICE/followers")" = 6 ]; do [ $SECONDS -lt $d ] || return 1; done; }
check 'six are left' followers
check 'alice says more' same 201 publish alice '{"type":"Create","object":{"type":"Note","content":"two"}}'
got() { local d=$((SECONDS + WAIT_LIMIT)); until [ "$(grep -c "^$1 .* Create true 202" "$TEST_DIR/peers")" = "$2" ]; do [ $SECONDS -lt $d ] || return 1; done; }
check 'good gets it while slow is still slow' got good 2
check 'slow has two waiting' line_of slow 'queued 2, delivered 1'
check 'those that are gone get nothing' test "$(grep -cE '^(gone|sharedgone) .* Create' "$TEST_DIR/peers")" = 2
check 'every delivery was signed well' test "$(grep -E ' (Accept|Create) ' "$TEST_DIR/peers" | grep -vc ' true ')" = 0
check 'GET /peers as JSON' grep -q '"peers":\[{"delivered":' <(curl -s -H "$OWNER" -H "$JSON" "$URL_alice/peers")
fed_stop
finish
