# Two hosts federate: a follow, a hundred notes while the follower's listener closes and opens again and its process is stopped and
# continued, an unfollow. Then three in a ring, a proxy that loses, delays, repeats and reorders, two that follow each other at once,
# and two whose inbox handlers deliver to each other before they answer.
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
check 'and all else that alice said: the log of one is the inbox of the other' diff <(ids "$ALICE/outbox" any) <(ids "$BOB/inbox" any)
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

# ---- two whose inbox handlers deliver to each other's inbox before they answer ----

inward() { # NAME OTHER
    "$SXHOST" "$ROOT/tests/fed/inward.erl" "$1" "$TEST_DIR/$2.inbox" >"$TEST_DIR/$1.out" 2>"$TEST_DIR/$1.err" &
    FED_PIDS="$FED_PIDS $!"
    fed_await "$TEST_DIR/$1.err" '^listening' | sed 's|.* \(http.*\)/$|\1|' >"$TEST_DIR/$1.url"
    echo "$(cat "$TEST_DIR/$1.url")/actors/$1" >"$TEST_DIR/$1.inbox"
}
inward gina hugo
inward hugo gina
GINA=$(cat "$TEST_DIR/gina.url") HUGO=$(cat "$TEST_DIR/hugo.url")
check 'a chain of one' same done curl -s --max-time 60 -d 0 "$GINA/begin"
check 'a chain of forty' same done curl -s --max-time 60 -d 39 "$HUGO/begin"
for i in $(seq 20); do
    for at in "$GINA" "$HUGO"; do printf 'url=%s/begin\ndata=9\noutput=%s/chain-%s-%s\nnext\n' "$at" "$TEST_DIR" "$i" "${at##*:}"; done
done | sed '$d' >"$TEST_DIR/chains"
curl -s --no-progress-meter --parallel --parallel-immediate --parallel-max 40 --max-time 90 -K "$TEST_DIR/chains" &
p1=$!
check 'others are answered meanwhile' same 200 curl -s -o /dev/null -w '%{http_code}' --max-time 30 "$GINA/actors/gina"
wait $p1
check 'forty chains of ten from both ends' test "$(cat "$TEST_DIR"/chain-* | grep -o done | wc -l)" = 40
check 'gina has what hugo said' diff <(ids "$HUGO/actors/hugo/outbox" Create | sort) <(ids "$GINA/actors/gina/inbox" Create | sort)
check 'hugo has what gina said' diff <(ids "$GINA/actors/gina/outbox" Create | sort) <(ids "$HUGO/actors/hugo/inbox" Create | sort)
check 'which is all of it' test "$(($(creates "$GINA/actors/gina/inbox") + $(creates "$HUGO/actors/hugo/inbox")))" = 441

check 'no host reported a crash' sh -c "! grep -lE 'crashed|error\[|CRASH' $TEST_DIR/*.err $TEST_DIR/*.out"
fed_stop
finish
