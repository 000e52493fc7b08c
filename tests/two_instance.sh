# Two hosts federate: a follow, a hundred notes while the follower's listener closes and opens again and its process is stopped and
# continued, an unfollow. Then three in a ring, a proxy that loses, delays, repeats and reorders, and two that answer each other's
# deliveries from inside their inbox handlers.
. "$ROOT/tests/lib/host.sh"
. "$ROOT/tests/lib/fed.sh"
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY

note() { echo "{\"type\":\"Create\",\"object\":{\"type\":\"Note\",\"content\":\"note $1\"}}"; }
follow() { echo "{\"type\":\"Follow\",\"object\":\"$1\"}"; }
notes() { # ACTOR FROM TO: publish; prints the statuses that are not 201
    local i s
    for i in $(seq "$2" "$3"); do
        s=$(publish "$1" "$(note "$i")")
        [ "$s" = 201 ] || echo "$i: $s"
    done
}
same_notes() { # SENDER_OUTBOX FOLLOWER_INBOX N
    diff <(ids "$1" Create) <(ids "$2" Create) && [ "$(ids "$2" Create | wc -l)" = "$3" ]
}
creates() { ids "$1" Create | grep -c .; }
await_creates() { # N INBOX
    local deadline=$((SECONDS + WAIT_LIMIT))
    until [ "$(creates "$2")" -ge "$1" ]; do
        [ $SECONDS -lt $deadline ] || { echo "$(creates "$2") of $1"; return 1; }
        read -r -t 0.2 <> <(:) || true
    done
}

# ---- two ----

fed_start alice
fed_start bob
ALICE=$URL_alice/actors/alice BOB=$URL_bob/actors/bob
check 'bob follows alice' same 201 publish bob "$(follow "$ALICE")"
check 'alice has a follower' await_count 1 "$ALICE/followers"
check 'bob is told so' await_count 1 "$BOB/following"
check 'the first notes' same '' notes alice 1 30
port=${URL_bob##*:}
fed_send bob "(epoch 5) (eval \"(erlang-eval-ast \\\"http_server:stop($port)\\\")\")"
fed_await "$TEST_DIR/bob.out" '^\(ok 5 1\)' >/dev/null
check 'notes while the listener is closed' same '' notes alice 31 60
fed_send bob "(epoch 6) (eval \"(erlang-eval-ast \\\"http_server:start($port, [{kernel, nx_kernel}, {token, <<\\\\\\\"secret\\\\\\\">>}])\\\")\")"
fed_await "$TEST_DIR/bob.out" '^\(listening 6 ' >/dev/null
kill -STOP "$FED_PID_bob"
check 'notes while the process is stopped' same '' notes alice 61 100
kill -CONT "$FED_PID_bob"
check 'they all arrive' await_creates 100 "$BOB/inbox"
check 'each once, in order' same_notes "$ALICE/outbox" "$BOB/inbox" 100
check 'the peers of alice' grep -qE 'queued 0, delivered [0-9]+, dropped 0' <(curl -s -H "$OWNER" "$URL_alice/peers")
check 'unfollow' same 201 publish bob "{\"type\":\"Undo\",\"object\":{\"type\":\"Follow\",\"object\":\"$ALICE\"}}"
gone() { local d=$((SECONDS + WAIT_LIMIT)); until [ "$(total "$ALICE/followers")" = 0 ]; do [ $SECONDS -lt $d ] || return 1; read -r -t 0.05 <> <(:) || true; done; }
check 'alice has no follower' gone
check 'one more note' same '' notes alice 101 101
check 'nothing is queued for it' grep -q 'queued 0' <(curl -s -H "$OWNER" "$URL_alice/peers")
check 'the flow has stopped' same '100\n' creates "$BOB/inbox"

# ---- three in a ring, each following the one before ----

fed_start carol
CAROL=$URL_carol/actors/carol
publish bob "$(follow "$ALICE")" >/dev/null
publish carol "$(follow "$BOB")" >/dev/null
publish alice "$(follow "$CAROL")" >/dev/null
for a in "$ALICE" "$BOB" "$CAROL"; do check "a follower of ${a##*/}" await_count 1 "$a/followers"; done
notes alice 1 20 >"$TEST_DIR/n1" & p1=$!
notes bob 1 20 >"$TEST_DIR/n2" & p2=$!
notes carol 1 20 >"$TEST_DIR/n3" & p3=$!
wait $p1 $p2 $p3
check 'all were published' test ! -s "$TEST_DIR/n1" -a ! -s "$TEST_DIR/n2" -a ! -s "$TEST_DIR/n3"
check 'the ring: to carol' await_creates 20 "$CAROL/inbox"
check 'the ring: to alice' await_creates 20 "$ALICE/inbox"
check 'the ring: to bob' await_creates 120 "$BOB/inbox"
check 'carol has what bob said' same_notes "$BOB/outbox" "$CAROL/inbox" 20
check 'alice has what carol said' same_notes "$CAROL/outbox" "$ALICE/inbox" 20

# ---- a proxy before the follower that treats a third of the requests badly ----

: >"$TEST_DIR/target"
proxy dora "$TEST_DIR/target" third
fed_start dora "{base_url, <<\\\\\\\"$PROXY_dora\\\\\\\">>}"
echo "$URL_dora" >"$TEST_DIR/target"
check 'dora follows carol' same 201 publish dora "$(follow "$CAROL")"
check 'and is accepted' await_count 1 "$URL_dora/actors/dora/following"
check 'notes through it' same '' notes carol 21 60
check 'they arrive' await_creates 40 "$URL_dora/actors/dora/inbox"
check 'each once, in order' diff <(ids "$CAROL/outbox" Create | tail -n 40) <(ids "$URL_dora/actors/dora/inbox" Create)
check 'some had to be sent again' test "$(wc -l <"$TEST_DIR/dora.captured")" -gt 45

# ---- two that follow each other at once: each inbox handler needs the other's document ----

fed_start erin
fed_start frank
ERIN=$URL_erin/actors/erin FRANK=$URL_frank/actors/frank
publish erin "$(follow "$FRANK")" >/dev/null & p1=$!
publish frank "$(follow "$ERIN")" >/dev/null & p2=$!
wait $p1 $p2
check 'erin is followed' await_count 1 "$ERIN/followers"
check 'frank is followed' await_count 1 "$FRANK/followers"
notes erin 1 30 >"$TEST_DIR/n1" & p1=$!
notes frank 1 30 >"$TEST_DIR/n2" & p2=$!
wait $p1 $p2
check 'both get everything' await_creates 30 "$ERIN/inbox"
check 'both of them' await_creates 30 "$FRANK/inbox"

check 'no host reported a crash' sh -c "! grep -lE 'crashed|error\[|CRASH' $TEST_DIR/*.err $TEST_DIR/*.out"
fed_stop
finish
