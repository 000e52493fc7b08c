# Where requests to addresses of others' choosing may go, who is an owner, and that no key or token shows anywhere.
. "$ROOT/tests/lib/host.sh"
. "$ROOT/tests/lib/fed.sh"
status() { curl -s -o /dev/null -w '%{http_code}' --max-time 20 "$@"; }

# ---- a host whose base address is public asks no private one, neither for a document nor to deliver ----

fed_start out '{base_url, <<\\\"https://203.0.114.9\\\">>}'
check 'ids are of the base address' grep -q '"id":"https://203.0.114.9/actors/out"' <(curl -s -H "$JSON" "$URL_out/actors/out")
node "$ROOT/tests/fed/peers.mjs" good </dev/null >"$TEST_DIR/peers" 2>&1 &
PROXY_PIDS="$PROXY_PIDS $!"
GOOD=$(fed_await "$TEST_DIR/peers" '^good http' | cut -d' ' -f2)
refused() { # HOST: a follow of an actor there is dropped because of its address
    local d=$((SECONDS + WAIT_LIMIT)) url="http://$1:${GOOD##*:}"
    [ "$(publish out "{\"type\":\"Follow\",\"object\":\"$url/good\"}")" = 201 ] || return 1
    until curl -s -H "$OWNER" "$URL_out/peers" | grep -qF "$url: queued 0, delivered 0, dropped 1, failures 0, retry in 0 ms, last address_refused"; do
        [ $SECONDS -lt $d ] || { curl -s -H "$OWNER" "$URL_out/peers"; return 1; }
    done
}
for at in 127.0.0.1 localhost '[::1]' '[::ffff:127.0.0.1]' '[64:ff9b::7f00:1]' 127.1 2130706433 0x7f000001 0.0.0.0 '[::]' 10.0.0.1 169.254.169.254 '[fe80::1]' '[fc00::1]' 100.64.0.1; do
    check "no delivery to $at" refused "$at"
done
check 'nothing has reached it' test "$(wc -l <"$TEST_DIR/peers")" = 1
timeout 60 node "$ROOT/tests/fed/mallory.mjs" "$URL_out" out fill 10 203.0.114.9 >"$TEST_DIR/said" 2>&1
check 'no key is fetched from there' same '0 taken, then 503 sender_unreachable; the document was asked for 0 times\n' cat "$TEST_DIR/said"
check 'with a line in the log' fed_await "$TEST_DIR/out.out" 'inbox: refused with 503: sender_unreachable'

# ---- without a token there is no owner ----

"$SXHOST" -E '{ok, _} = nx_kernel:start_link(nobody, generate, []), http_server:start(0, [{kernel, nx_kernel}])' >"$TEST_DIR/nobody" 2>&1 &
FED_PIDS="$FED_PIDS $!"
"$SXHOST" -E '{ok, _} = nx_kernel:start_link(nobody, generate, []), http_server:start(0, [{kernel, nx_kernel}, {token, <<>>}])' >"$TEST_DIR/empty" 2>&1 &
FED_PIDS="$FED_PIDS $!"
for host in nobody empty; do
    URL=$(fed_await "$TEST_DIR/$host" '^listening' | sed 's|.* \(http.*\)/$|\1|')
    for given in 'Bearer ' 'Bearer undefined' 'Bearer <<>>' 'Bearer secret' 'Basic Og==' 'bearer'; do
        check "$host: no owner by '$given'" same 401 status -H "authorization: $given" "$URL/actors/nobody/inbox"
    done
    check "$host: publishes nothing" same 401 status -H 'authorization: Bearer ' -d '{"type":"Create","object":1}' "$URL/actors/nobody/outbox"
done

# ---- keys and tokens in dumps, reports and logs ----

TOKEN=t0ps3cr3t-0123456789
printf 'a-private-key-that-can-be-read--' | base64 >"$TEST_DIR/key" # whatever prints it, it shows
cat >"$TEST_DIR/secrets.erl" <<ERL
-module(secrets).
-export([main/1]).
main([Path]) ->
    {ok, _} = nx_kernel:start_link(alice, {key_file, Path}, []),
    {ok, Text} = file:read_file(Path),
    Key = base64:decode(string:trim(Text)),
    spawn(fun() -> nx_kernel:add_actor(no_such_kernel, bob, [{key_id, k}, {value, Key}], []) end),
    spawn(fun() -> nx_kernel:start_link(second, {not_a, name}, [{key_id, k}, {value, Key}], nonsense) end),
    spawn(fun() -> http_server:start(-1, [{kernel, nx_kernel}, {token, <<"$TOKEN">>}]) end),
    spawn(fun() -> http_server:start(not_a_port, [{kernel, nx_kernel}, {token, <<"$TOKEN">>}]) end),
    spawn(fun() -> http_server:handle(not_a_request, [{kernel, nx_kernel}, {token, envelope:hidden(<<"$TOKEN">>)}]) end),
    register(fake, spawn(fun fake/0)),
    spawn(fun() -> http_server:start(0, [{kernel, fake}, {token, "$TOKEN"}]) end),
    http_server:start(0, [{kernel, nx_kernel}, {token, <<"$TOKEN">>}]).

%% A kernel whose pages lack what they must have: the handler crashes with the request among its arguments.
fake() ->
    receive
        {_, From, {state_for, Name}} -> gen_server:reply(From, {ok, #{id => <<"http://a/actors/a">>, name => Name}});
        {_, From, {collection, _, _, _, _}} -> gen_server:reply(From, {ok, #{items => []}});
        {_, From, {publish, _, _}} -> gen_server:reply(From, {ok, #{}, 7});
        {_, From, _} -> gen_server:reply(From, nonsense)
    end,
    fake().
ERL
mkfifo "$TEST_DIR/s.in"
"$SXHOST" <"$TEST_DIR/s.in" >"$TEST_DIR/s.out" 2>"$TEST_DIR/s.err" &
S_PID=$!
FED_PIDS="$FED_PIDS $S_PID"
exec 8>"$TEST_DIR/s.in"
printf '(epoch 1)\n(load "%s")\n(eval "(secrets:main [\\"%s\\"])")\n' "$TEST_DIR/secrets.erl" "$TEST_DIR/key" >&8
both() { local d=$((SECONDS + WAIT_LIMIT)); until [ "$(grep -c '^(listening' "$TEST_DIR/s.out")" = 2 ]; do [ $SECONDS -lt $d ] || return 1; done; }
check 'both listen' both
URL=$(sed -n 's|^(listening.*"\(http.*\)/".*|\1|p' "$TEST_DIR/s.out" | tail -1)
FAKE=$(sed -n 's|^(listening.*"\(http.*\)/".*|\1|p' "$TEST_DIR/s.out" | head -1)
BEARER="authorization: Bearer $TOKEN"
[ "$(curl -s -o /dev/null -w '%{http_code}' -H "$BEARER" "$URL/peers")" = 200 ] || { OTHER=$URL URL=$FAKE FAKE=$OTHER; }
check 'a handler that crashes, its request among the arguments' same 500 status -H "$BEARER" "$FAKE/actors/a/inbox"
check 'and another' same 500 status -H "$BEARER" -d '{"type":"Create","object":1}' "$FAKE/actors/a/outbox"
check 'which is reported' fed_await "$TEST_DIR/s.out" 'the handler crashed.*http_server:page'
check 'the owner is the owner' same 200 status -H "$BEARER" "$URL/peers"
check 'an owner with a bad request' same 400 status -H "$BEARER" -d '{"type":7,"object":1}' "$URL/actors/alice/outbox"
check 'one that has a query of nonsense' same 200 status -H "$BEARER" "$URL/actors/alice/inbox?before=%ff"
printf '(epoch 2)\n(eval "(erlang-eval-ast \\"sys:suspend(nx_kernel)\\")")\n' >&8
fed_await "$TEST_DIR/s.out" '^\(ok 2 ' >/dev/null
curl -s -o /dev/null --max-time 60 -H "$BEARER" -d '{"type":"Create","object":1}' "$URL/actors/alice/outbox" &
WAITING=$!
shown() { local d=$((SECONDS + WAIT_LIMIT)); until printf '(processes)\n' >&8; grep -q 'http_server:handle_outbox_post' "$TEST_DIR/s.out"; do [ $SECONDS -lt $d ] || return 1; read -r -t 0.1 <> <(:) || true; done; }
check 'a request that waits is in the table of processes' shown
kill -QUIT "$S_PID"
check 'and in the dump' fed_await "$TEST_DIR/s.err" 'nx_kernel'
printf '(epoch 3)\n(eval "(erlang-eval-ast \\"[sys:get_status(nx_kernel), sys:get_state(nx_kernel), erlang:process_info(whereis(nx_kernel), [messages, dictionary, current_stacktrace])]\\")")\n' >&8
fed_await "$TEST_DIR/s.out" '^\((ok|ok-len|error) 3 ' >/dev/null
kill -KILL "$WAITING" 2>/dev/null
wait "$WAITING" 2>/dev/null
printf '(epoch 4)\n(eval "(erlang-eval-ast \\"exit(whereis(nx_kernel), {a, crash})\\")")\n(describe)\n' >&8
fed_await "$TEST_DIR/s.out" '^\(description' >/dev/null
check 'something was reported' test "$(cat "$TEST_DIR/s.out" "$TEST_DIR/s.err" | grep -ciE 'error|crash|terminat')" -ge 4
key=$(cat "$TEST_DIR/key")
numbers=$(base64 -d <"$TEST_DIR/key" | od -An -tu1 | tr -s ' \n' ',' | sed 's/^,//; s/,$//' | cut -d, -f1-6)
raw=$(base64 -d <"$TEST_DIR/key" | od -An -tx1 | tr -d ' \n' | cut -c1-16)
hex() { cat "$TEST_DIR/s.out" "$TEST_DIR/s.err" | od -An -v -tx1 | tr -d ' \n'; }
check 'the token is in none of it' sh -c "! grep -q '$TOKEN' '$TEST_DIR/s.out' '$TEST_DIR/s.err'"
check 'the key neither' sh -c "! grep -qF -e '$key' -e '$numbers' -e '$(echo "$numbers" | sed 's/,/, /g')' -e '$(echo "$numbers" | tr , ' ')' '$TEST_DIR/s.out' '$TEST_DIR/s.err'"
check 'nor its text' sh -c "! grep -q 'private-key-that' '$TEST_DIR/s.out' '$TEST_DIR/s.err'"
check 'nor its bytes' test "$(hex | grep -c "$raw")" = 0

# ---- the file of a key ----

key_error() { "$SXHOST" -E "process_flag(trap_exit, true), nx_kernel:start_link(k, alice, {key_file, \"$1\"}, [])" 2>&1 | grep -o '{key_file,[a-z_]*}' | head -1; }
umask 0
"$SXHOST" -E "{ok, _} = nx_kernel:start_link(k, alice, {key_file, \"$TEST_DIR/open\"}, []), ok" >/dev/null 2>&1
check 'made for its owner alone whatever the umask is' same '600\n' stat -c %a "$TEST_DIR/open"
ln -s "$TEST_DIR/elsewhere" "$TEST_DIR/link"
check 'not made through a link' same '{key_file,eexist}\n' key_error "$TEST_DIR/link"
check 'nothing is behind it' test ! -e "$TEST_DIR/elsewhere"
echo half >"$TEST_DIR/half"
check 'one that is no key' same '{key_file,bad_key}\n' key_error "$TEST_DIR/half"
check 'is left as it is' same 'half\n' cat "$TEST_DIR/half"
check 'a folder that is not there' same '{key_file,enoent}\n' key_error "$TEST_DIR/no/key"
check 'nothing half made is left behind' test -z "$(ls "$TEST_DIR" | grep -E '^(open|link|half)\.')"
cat >"$TEST_DIR/race.erl" <<'ERL'
-module(race).
-export([main/1]).
main([Path]) ->
    Me = self(),
    Names = [list_to_atom("k" ++ integer_to_list(N)) || N <- lists:seq(1, 20)],
    [spawn(fun() -> {ok, P} = nx_kernel:start_link(N, alice, {key_file, Path}, []), Me ! {N, nx_kernel:state_for(N, alice)}, unlink(P) end) || N <- Names],
    Keys = [receive {N, {ok, #{public_keys := [#{value := V}]}}} -> V end || N <- Names],
    io:format("~w key~n", [length(lists:usort(Keys))]).
ERL
check 'twenty who make it at once have one key' same '1 key\n' "$SXHOST" "$TEST_DIR/race.erl" "$TEST_DIR/raced"
fed_stop
finish
