# What an inbox refuses, one each: the status, the reason, and the line in the log. And that no remote text becomes an atom.
. "$ROOT/tests/lib/host.sh"
. "$ROOT/tests/lib/fed.sh"

fed_start bob
timeout 100 node "$ROOT/tests/fed/mallory.mjs" "$URL_bob" bob >"$TEST_DIR/said" 2>"$TEST_DIR/mallory.err"
check 'mallory comes to the end' test $? = 0

lines() { # an answer, and a line of the log for each refusal
    local what wanted
    while IFS='|' read -r what wanted; do
        check "$what: $wanted" grep -qxF -- "$what: $wanted" "$TEST_DIR/said"
        case $wanted in
        20*) ;;
        *) check "$what: in the log" grep -qF -- "refused with ${wanted%% *}: ${wanted#* }" "$TEST_DIR/bob.out" ;;
        esac
    done
}
lines <<'LINES'
a proper one|202 new
another|202 new
the same again|200 known
one that is signed badly|401 bad_envelope_signature
does not count, the good one does|202 new
unsigned|401 unsigned
no such actor|404 unknown_actor
signature of nonsense|401 bad_signature_field
no date|401 missing_field
no digest|401 missing_field
a date of nonsense|401 bad_date
six minutes old|401 stale
six minutes ahead|401 stale
four minutes old|202 new
another host|401 wrong_host
another digest|401 wrong_digest
another date|401 bad_signature
another type|401 bad_signature
not called JSON|415 not_json
not JSON|400 not_json
a list|400 not_an_object
equal keys|400 duplicate_key
too deep|400 too_deep
too large|413 too_large
no type|400 missing
type is a number|400 bad_member
actor is no address|400 bad_actor
actor with a user|400 bad_actor
somebody else's key|401 not_the_actors_key
two keys|401 another_key
an envelope without a key|401 unsigned_envelope
an id of another origin|403 foreign_id
an unknown key|401 unknown_key
a wrong delivery signature|401 bad_signature
a wrong envelope signature|401 bad_envelope_signature
a member more|401 bad_envelope_signature
document: down|503 sender_unreachable
document: moved|503 sender_unreachable
document: huge|503 sender_unreachable
document: silent|503 sender_unreachable
document: elsewhere|503 sender_unreachable
document: liar|503 sender_unreachable
document: notowner|401 unknown_key
accept of nothing|403 not_followed
undo of another's|403 not_the_owner
delete of another's|403 not_the_owner
follow of another|400 not_the_object
a large follow|413 too_large
follow|202 new
two dates|401 bad_date
two digests|401 wrong_digest
two signatures|401 bad_signature_field
another algorithm|401 bad_signature_field
a signature without end|401 bad_signature_field
actor is an object|400 bad_member
id is a number|400 bad_member
published is text|400 bad_member
no object|400 missing
key id is a number|401 another_key
signature is an object|401 unsigned
id with dots|403 foreign_id
bytes that are no UTF-8|400 not_json
half a surrogate pair|400 not_json
half a surrogate pair as bytes|400 not_json
a number without end|400 number_range
a number beyond doubles|400 not_json
equal keys by escape|400 duplicate_key
no number|400 not_json
two values|400 not_json
an empty body|400 not_json
undo by a name alone|403 not_the_owner
n says something|202 new
delete of what a neighbour said|403 not_the_owner
update of what a neighbour said|403 not_the_owner
delete of one's own|202 new
an accept of what another was asked|403 not_followed
rotating: before|202 new
rotating: the new key|202 new
rotating: the old key|401 bad_signature
quiet: before|202 new
quiet: the old key, and nothing by the new one|401 bad_signature
LINES
said() { sed -n "s/^$1: \([0-9]*\) times\$/\1/p" "$TEST_DIR/said"; }
check 'what is refused by a look at it fetches nothing' test "$(said 'cheap checks asked for the document')" = 0
check 'bad signatures share a fetch, and their rate is limited' test "$(said 'forty bad signatures asked for the document')" -le 4
check 'so do those whose document cannot be fetched' test "$(said 'forty of one whose document is not there asked for it')" -le 4
check 'only what was accepted is in the inbox' same "$(grep -c ' 202 new$' "$TEST_DIR/said")\n" total "$URL_bob/actors/bob/inbox"
check 'nothing was answered by a crash' sh -c "! grep -q ' 500' '$TEST_DIR/said' && ! grep -q 'crashed' '$TEST_DIR/bob.out'"

# ---- what is no request, or too large for one, does not come to the handler; the log has it all the same ----

status() { curl -s -o /dev/null -w '%{http_code}' --max-time 20 "$@"; }
head -c 17000000 /dev/zero >"$TEST_DIR/big"
check 'seventeen million bytes' same 413 status -H 'content-type: application/json' -H 'signature: x' --data-binary "@$TEST_DIR/big" "$URL_bob/actors/bob/inbox"
check 'in the log' fed_await "$TEST_DIR/bob.out" 'http: refused with 413'
check 'the same in pieces' same 413 status -H 'content-type: application/json' -H 'transfer-encoding: chunked' -H 'signature: x' --data-binary "@$TEST_DIR/big" "$URL_bob/actors/bob/inbox"
check 'a head without end' same 431 status -H "signature: $(head -c 70000 /dev/zero | tr '\0' x)" -d x "$URL_bob/actors/bob/inbox"
check 'in the log as well' fed_await "$TEST_DIR/bob.out" 'http: refused with 431'

# ---- the owner ----

check 'the inbox is the owner'\''s' same 401 status "$URL_bob/actors/bob/inbox"
check 'the peers as well' same 401 status "$URL_bob/peers"
check 'a wrong token' same 401 status -H 'authorization: Bearer secreT' "$URL_bob/peers"
check 'a longer token' same 401 status -H 'authorization: Bearer secret1' "$URL_bob/peers"
check 'publishing without one' same 401 status -d '{"type":"Create","object":1}' "$URL_bob/actors/bob/outbox"
check 'what is no JSON is not published' same 400 status -H "$OWNER" -d 'hello' "$URL_bob/actors/bob/outbox"
check 'nor an unknown type' same 400 status -H "$OWNER" -d '{"type":"Explode","object":1}' "$URL_bob/actors/bob/outbox"
check 'nor a follow of a file' same 400 status -H "$OWNER" -d '{"type":"Follow","object":"file:///etc/passwd"}' "$URL_bob/actors/bob/outbox"

# ---- no remote text becomes an atom ----

atoms() {
    fed_send bob "(epoch $1) (eval \"(erlang-eval-ast \\\"erlang:system_info(atom_count)\\\")\")"
    fed_await "$TEST_DIR/bob.out" "^\(ok $1 " | sed 's/.* \([0-9]*\))/\1/'
}
timeout 100 node "$ROOT/tests/fed/mallory.mjs" "$URL_bob" bob names 8 >/dev/null 2>&1 # whatever is loaded on demand is there now
first=$(atoms 50)
before=$(atoms 51) # each epoch has a name of its own, which counts
check 'a hundred thousand strange names' timeout 100 node "$ROOT/tests/fed/mallory.mjs" "$URL_bob" bob names 1000
check 'no atom more' test "$(($(atoms 52) - before))" = "$((before - first))"
check 'the host is well' same 200 status "$URL_bob/"

# ---- secrets ----

cat >"$TEST_DIR/keys.erl" <<'ERL'
-module(keys).
-export([main/1]).
main([Path]) ->
    {ok, _} = nx_kernel:start_link(k1, alice, {key_file, Path}, []),
    {ok, #{public_keys := [#{value := A}]}} = nx_kernel:state_for(k1, alice),
    {ok, _} = nx_kernel:start_link(k2, alice, [{key_file, Path}], []),
    {ok, #{public_keys := [#{value := A}]}} = nx_kernel:state_for(k2, alice),
    io:format("the same key~n"),
    io:format("~p~n", [sys:get_status(k1)]),
    unlink(whereis(k1)),
    catch gen_server:call(k1, {collection, <<"alice">>, nonsense, 1, 1}),
    timer:sleep(200).
ERL
timeout 30 "$SXHOST" "$TEST_DIR/keys.erl" "$TEST_DIR/key" >"$TEST_DIR/keys.out" 2>&1
check 'a key file is made and kept' grep -q '^the same key$' "$TEST_DIR/keys.out"
check 'its owner alone may read it' same '600\n' stat -c %a "$TEST_DIR/key"
check 'the crash was reported' grep -qi 'terminat\|crash' "$TEST_DIR/keys.out"
private=$(base64 -d <"$TEST_DIR/key" | od -An -tu1 | tr -s ' \n' ',' | sed 's/^,//; s/,$//' | cut -d, -f1-8)
check 'the private key is in no report' sh -c "! grep -qF '$private' '$TEST_DIR/keys.out' && ! grep -qF \"\$(cat '$TEST_DIR/key')\" '$TEST_DIR/keys.out'"
check 'the token is in no log' sh -c "! grep -q 'secret' '$TEST_DIR/bob.err' '$TEST_DIR/bob.out'"
fed_stop
finish
