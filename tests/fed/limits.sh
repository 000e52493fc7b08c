# What others send grows nothing without a limit: the boxes' bytes in all and by origin, with a refusal, a line in the log, and room for
# others; and what a Follow costs.
. "$ROOT/tests/lib/host.sh"
. "$ROOT/tests/lib/fed.sh"

KERNEL=', {max_held, 200000}, {max_held_of_origin, 100000}'
fed_start bob
mallory() { timeout 60 node "$ROOT/tests/fed/mallory.mjs" "$URL_bob" bob fill "$1"; }
check 'one origin gets its part' same '8 taken, then 507 origin_full\n' mallory 10000
check 'with a line in the log' fed_await "$TEST_DIR/bob.out" 'inbox: refused with 507: origin_full'
check 'another has its own' same '8 taken, then 507 origin_full\n' mallory 10000
check 'until all is full' same '0 taken, then 507 inbox_full\n' mallory 10000
check 'with a line for that' fed_await "$TEST_DIR/bob.out" 'inbox: refused with 507: inbox_full'
check 'what was taken is there' same '16\n' total "$URL_bob/actors/bob/inbox"
KERNEL=
fed_start alice
check 'a follow of a full host is refused for now' same 201 publish alice "{\"type\":\"Follow\",\"object\":\"$URL_bob/actors/bob\"}"
waits() { local d=$((SECONDS + WAIT_LIMIT)); until curl -s -H "$OWNER" "$URL_alice/peers" | grep -qE 'queued 1, delivered 0, dropped 0, failures [1-9][0-9]*, .* last 507'; do [ $SECONDS -lt $d ] || return 1; done; }
check 'and tried again later' waits
check 'it is no follower' same '0\n' total "$URL_bob/actors/bob/followers"
check 'bob still publishes' same 201 publish bob '{"type":"Create","object":{"type":"Note","content":"full"}}'
fed_stop
finish
