# What an owner does: accepting by hand, blocking, deleting, and reading collections page by page; two actors on one host.
. "$ROOT/tests/lib/host.sh"
. "$ROOT/tests/lib/fed.sh"

fed_start alice
fed_start bob
ALICE=$URL_alice/actors/alice BOB=$URL_bob/actors/bob
erl() { # ACTOR EPOCH CODE: evaluate on its host; prints the reply
    fed_send "$1" "(epoch $2) (eval \"(erlang-eval-ast \\\"$3\\\")\")"
    fed_await "$TEST_DIR/$1.out" "^\((ok|error) $2 "
}
status() { curl -s -o /dev/null -w '%{http_code}' --max-time 20 "$@"; }
field() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"; }
get() { curl -s --max-time 20 -H "$JSON" -H "$OWNER" "$@"; }

# ---- accepting by hand ----

check 'an actor who wants to be asked' grep -q ':ok' <(erl alice 10 'nx_kernel:add_actor(maria, generate, [{accept, manual}])')
MARIA=$URL_alice/actors/maria
check 'bob asks' same 201 publish bob "{\"type\":\"Follow\",\"object\":\"$MARIA\"}"
check 'she sees it' await_count 1 "$MARIA/inbox"
check 'and has no follower yet' same '0\n' total "$MARIA/followers"
check 'nor does bob follow her' same '0\n' total "$BOB/following"
as_maria() { curl -s -o "$TEST_DIR/published" -w '%{http_code}' --max-time 20 -H "$OWNER" -d "$1" "$MARIA/outbox"; }
asked=$(ids "$MARIA/inbox" Follow)
check 'accepting what nobody asked' same 404 as_maria '{"type":"Accept","object":"http://127.0.0.1:1/nothing"}'
check 'she accepts' same 201 as_maria "{\"type\":\"Accept\",\"object\":\"$asked\"}"
check 'bob is told' await_count 1 "$BOB/following"
check 'she has a follower' same '1\n' total "$MARIA/followers"
check 'the accept embeds the follow' test "$(get "$MARIA/outbox" | grep -o "\"id\":\"$asked\"" | wc -l)" = 1
check 'what she says arrives' same 201 as_maria '{"type":"Create","object":{"type":"Note","content":"from maria"}}'
check 'at bob' await_count 2 "$BOB/inbox"

# ---- two actors here follow one there: the shared inbox gets one delivery ----

check 'ben lives with bob' grep -q ':ok' <(erl bob 10 'nx_kernel:add_actor(ben, generate, [])')
BEN=$URL_bob/actors/ben
publish bob "{\"type\":\"Follow\",\"object\":\"$ALICE\"}" >/dev/null
curl -s -o /dev/null -H "$OWNER" -d "{\"type\":\"Follow\",\"object\":\"$ALICE\"}" "$BEN/outbox"
check 'both follow alice' await_count 2 "$ALICE/followers"
await_count 1 "$BEN/following" >/dev/null
delivered() { curl -s -H "$OWNER" "$URL_alice/peers" | sed -n 's/.*delivered \([0-9]*\).*/\1/p'; }
await_count 3 "$BOB/inbox" >/dev/null
await_idle() { local d=$((SECONDS + WAIT_LIMIT)); until curl -s -H "$OWNER" "$URL_alice/peers" | grep -q 'queued 0'; do [ $SECONDS -lt $d ] || return 1; done; }
await_idle
before=$(delivered)
publish alice '{"type":"Create","object":{"type":"Note","content":"to both"}}' >/dev/null
check 'both get it' await_count 2 "$BEN/inbox"
check 'bob too' await_count 4 "$BOB/inbox"
await_idle
check 'by one delivery' test "$(($(delivered) - before))" = 1

# ---- pages ----

for i in $(seq 120); do publish alice "{\"type\":\"Create\",\"object\":{\"type\":\"Note\",\"content\":\"$i\"}}" >/dev/null; done
n=$(total "$ALICE/outbox")
check 'the first page is not all' test "$(get "$ALICE/outbox" | grep -o '"type":"Create"' | wc -l)" -lt "$n"
check 'following next gives each once' test "$(ids "$ALICE/outbox" Create | sort -u | wc -l)" = 121
check 'in the order of the log' sh -c "ids() { node '$ROOT/tests/fed/ids.mjs' \"\$1\" Create; }; ids '$ALICE/outbox' | sed 's|.*/||' | sort -nc"
check 'next is absolute' grep -q "^$ALICE/outbox?before=" <(get "$ALICE/outbox" | field next)
check 'so is first' grep -q "^$ALICE/outbox?before=" <(get "$ALICE/outbox" | field first)
check 'a page says what it is part of' same "$ALICE/outbox\n" sh -c "curl -s '$ALICE/outbox?before=5' -H '$JSON' | sed -n 's/.*\"partOf\":\"\([^\"]*\)\".*/\1/p'"
check 'an activity at its own address' same "$ALICE/outbox/3\n" sh -c "curl -s -H '$JSON' '$ALICE/outbox/3' | sed -n 's/.*\"id\":\"\([^\"]*outbox[^\"]*\)\",\"key_id.*/\1/p'"
check 'one that is not' same 404 status "$ALICE/outbox/99999"
check 'no number' same 404 status "$ALICE/outbox/x"
check 'the plain form' same "outbox: alice\ntip: $n\n" curl -s "$ALICE/outbox"
check 'HEAD of a collection' same 200 status -I "$ALICE/followers"
check 'another method' same 405 status -X DELETE "$ALICE/followers"

# ---- delete and block ----

check 'a delete is told' same 201 publish alice "{\"type\":\"Delete\",\"object\":\"$ALICE/outbox/3\"}"
told() { local d=$((SECONDS + WAIT_LIMIT)); until [ "$(ids "$BOB/inbox" Delete | grep -c .)" = 1 ]; do [ $SECONDS -lt $d ] || return 1; done; }
check 'bob sees it' told
check 'alice blocks bob' same 201 publish alice "{\"type\":\"Block\",\"object\":\"$BOB\"}"
check 'he is no follower any more' same '1\n' total "$ALICE/followers"
check 'he asks again' same 201 publish bob "{\"type\":\"Follow\",\"object\":\"$ALICE\"}"
refused() { fed_await "$TEST_DIR/alice.out" 'refused with 403: blocked' >/dev/null; }
check 'and is refused' refused
check 'and stays out' same '1\n' total "$ALICE/followers"
check 'she takes it back' same 201 publish alice "{\"type\":\"Undo\",\"object\":{\"type\":\"Block\",\"object\":\"$BOB\"}}"
check 'once' same 404 publish alice "{\"type\":\"Undo\",\"object\":{\"type\":\"Block\",\"object\":\"$BOB\"}}"
check 'he asks once more' same 201 publish bob "{\"type\":\"Follow\",\"object\":\"$ALICE\"}"
check 'and is let in' await_count 2 "$ALICE/followers"

# ---- what was undone or blocked cannot be accepted ----

as_bob() { curl -s -o "$TEST_DIR/published" -w '%{http_code}' --max-time 20 -H "$OWNER" -d "$1" "$BOB/outbox"; }
check 'bob leaves maria' same 201 as_bob "{\"type\":\"Undo\",\"object\":\"$asked\"}"
left() { local d=$((SECONDS + WAIT_LIMIT)); until [ "$(total "$MARIA/followers")" = 0 ]; do [ $SECONDS -lt $d ] || return 1; done; }
check 'she has no follower' left
check 'and cannot accept what was undone' same 404 as_maria "{\"type\":\"Accept\",\"object\":\"$asked\"}"
check 'he asks her again' same 201 as_bob "{\"type\":\"Follow\",\"object\":\"$MARIA\"}"
check 'she hears it' await_count 3 "$MARIA/inbox"
again=$(ids "$MARIA/inbox" Follow | tail -1)
check 'she blocks him' same 201 as_maria "{\"type\":\"Block\",\"object\":\"$BOB\"}"
check 'and cannot accept any more' same 404 as_maria "{\"type\":\"Accept\",\"object\":\"$again\"}"

# ---- the document, in both forms; plain text is plain everywhere ----

doc=$(curl -s -H "$JSON" "$ALICE")
for member in "\"id\":\"$ALICE\"" "\"inbox\":\"$ALICE/inbox\"" "\"outbox\":\"$ALICE/outbox\"" "\"followers\":\"$ALICE/followers\"" "\"following\":\"$ALICE/following\"" \
    "\"sharedInbox\":\"$URL_alice/inbox\"" "\"publicKeys\":\[{\"algorithm\":\"ed25519\",\"created\":[0-9]*,\"id\":\"$ALICE#k1\",\"owner\":\"$ALICE\",\"value\":\"[A-Za-z0-9+/]*=\"}\]"; do
    check "the document has $member" grep -q -- "$member" <<<"$doc"
done
check 'as text' grep -qx "inbox: $ALICE/inbox" <(curl -s "$ALICE")
for at in / /capabilities /actors/alice /actors/alice/outbox /actors/alice/outbox/3 /actors/alice/followers /actors/nobody; do
    check "$at: text unless asked" same text/plain sh -c "curl -s -o /dev/null -w '%{content_type}' '$URL_alice$at' | cut -d';' -f1 | tr -d '\n'"
    check "$at: JSON when asked" same application/json curl -s -o /dev/null -w '%{content_type}' -H "$JSON" "$URL_alice$at"
done

# ---- what an owner cannot say ----

check 'id, actor, date and signature are not the owner'\''s to choose' same 201 publish alice '{"type":"Create","object":1,"id":"http://127.0.0.1:1/x","actor":"http://127.0.0.1:1/y","published":7,"key_id":"z","signature":"AAAA","extra":"kept"}'
said=$(curl -s -H "$JSON" "$ALICE/outbox/$(total "$ALICE/outbox")")
check 'they are the kernel'\''s' test "$(grep -c "\"actor\":\"$ALICE\",\"extra\":\"kept\",\"id\":\"$ALICE/outbox/[0-9]*\",\"key_id\":\"$ALICE#k1\"" <<<"$said")" = 1
await_idle

# ---- a new key: what waits is signed by it, the old one is in no document, who follows is told ----

notes() { ids "$BOB/inbox" Create | grep -c .; }
before=$(notes)
kill -STOP "$FED_PID_bob"
for i in 1 2 3; do publish alice '{"type":"Create","object":{"type":"Note","content":"by the old key"}}' >/dev/null; done
check 'alice takes a new key' grep -q '#(:ok "k[0-9]*")' <(erl alice 20 'nx_kernel:rotate_key(alice, generate)')
publish alice '{"type":"Create","object":{"type":"Note","content":"by the new key"}}' >/dev/null
kill -CONT "$FED_PID_bob"
arrived() { local d=$((SECONDS + WAIT_LIMIT)); until [ "$(notes)" = $((before + 4)) ]; do [ $SECONDS -lt $d ] || return 1; done; }
check 'bob gets what waited and what came later' arrived
check 'and was told between' same '1\n' sh -c "node '$ROOT/tests/fed/ids.mjs' '$BOB/inbox' Update | grep -c ."
check 'her document has the new key alone' sh -c "curl -s '$ALICE' | grep '^key: ' | grep -v 'key: k1 ' | wc -l | grep -qx 1"
check 'a key that is no key changes nothing' grep -q ':error :bad_key_spec' <(erl alice 21 'nx_kernel:rotate_key(alice, nonsense)')
fed_stop
finish
