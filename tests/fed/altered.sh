# Real deliveries, captured on their way and sent again with one thing altered at a time: each is refused for that reason, and as it
# is it changes nothing.
. "$ROOT/tests/lib/host.sh"
. "$ROOT/tests/lib/fed.sh"

: >"$TEST_DIR/target"
proxy bob "$TEST_DIR/target" clean
fed_start bob "{base_url, <<\\\\\\\"$PROXY_bob\\\\\\\">>}"
echo "$URL_bob" >"$TEST_DIR/target"
fed_start alice
publish bob "{\"type\":\"Follow\",\"object\":\"$URL_alice/actors/alice\"}" >/dev/null
check 'bob follows alice' await_count 1 "$URL_alice/actors/alice/followers"
for i in 1 2 3; do publish alice "{\"type\":\"Create\",\"object\":{\"type\":\"Note\",\"content\":\"$i\"}}" >/dev/null; done
check 'an accept and three notes arrive' await_count 4 "$URL_bob/actors/bob/inbox"
check 'they were captured' test "$(wc -l <"$TEST_DIR/bob.captured")" = 4

while IFS='|' read -r way wanted; do
    check "$way: $wanted" same "4 times $wanted\n" node "$ROOT/tests/fed/replay.mjs" "$URL_bob" "$TEST_DIR/bob.captured" "$way"
done <<'WAYS'
nothing|200 known
body|401 wrong_digest
body and digest|401 bad_signature
actor|401 wrong_digest
actor and digest|401 not_the_actors_key
path|401 bad_signature
query|401 bad_signature
host|401 wrong_host
date|401 bad_signature
old date|401 stale
type|401 bad_signature
digest|401 wrong_digest
key id|401 another_key
another's key id|401 not_the_actors_key
signature|401 bad_signature
no signature|401 unsigned
WAYS
check 'the inbox has not changed' same '4\n' total "$URL_bob/actors/bob/inbox"

# ---- a key that was replaced verifies nothing: what was fresh and well signed a moment ago is refused ----

fed_send alice '(epoch 9) (eval "(erlang-eval-ast \"nx_kernel:rotate_key(alice, generate)\")")'
check 'alice takes a new key' fed_await "$TEST_DIR/alice.out" '^\(ok 9 #\(:ok "k[0-9]*"\)\)'
check 'bob is told' await_count 5 "$URL_bob/actors/bob/inbox"
head -n 4 "$TEST_DIR/bob.captured" >"$TEST_DIR/old.captured"
check 'by the old key' same '4 times 401 unknown_key\n' node "$ROOT/tests/fed/replay.mjs" "$URL_bob" "$TEST_DIR/old.captured" nothing
publish alice '{"type":"Create","object":{"type":"Note","content":"4"}}' >/dev/null
check 'by the new one' await_count 6 "$URL_bob/actors/bob/inbox"
fed_stop
finish
