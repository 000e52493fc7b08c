# The recipe that used to deadlock: a handler calls a gen_server. Then, with that server suspended, the handlers that need it
# wait and nothing else does.
. "$ROOT/tests/lib/host.sh"

host_start
host_send "$(recipe_boot)"
host_send '(eval "(erlang-eval-ast \"AK = <<1,1,1,1>>, AKS = [{key_id,k1},{algorithm,ed25519},{value,AK}], AAS = [{public_keys,[[{id,k1},{created,0},{value,AK}]]}], nx_kernel:start_link(alice, AKS, AAS), http_server:start(0, [{kernel, nx_kernel}])\")")'
port=$(host_port 20)
url=http://127.0.0.1:$port
host_expect '^\(parked 20 "http-listen"\)' >/dev/null

replies_before_listening() { grep -E '^\((ok|error|ok-len) ' "$TEST_DIR/out" | grep -vcE '^\(ok '; }
check 'every reply before is ok' same '0\n' replies_before_listening
check 'sixteen replies before' test "$(grep -cE '^\(ok (1|2) ' "$TEST_DIR/out")" = 16
check 'GET / is 200' same 200 curl -s -o /dev/null -w '%{http_code}' --max-time 20 "$url/"
check 'the outbox' same 'outbox: alice\ntip: 0\n' curl -s --max-time 20 "$url/actors/alice/outbox"

host_send '(epoch 30) (eval "(+ 1 2)")'
check 'a later eval answers' host_expect '^\(ok 30 3\)$'

# 200 requests that need the suspended server, and two that do not
host_send '(epoch 31) (eval "(sys:suspend :nx_kernel)")'
host_expect '^\(ok 31 :ok\)' >/dev/null
for i in $(seq 200); do printf 'url=%s/actors/alice/outbox\noutput=%s/outbox-%s\n' "$url" "$TEST_DIR" "$i"; done >"$TEST_DIR/requests"
curl -sS --no-progress-meter --parallel --parallel-immediate --parallel-max 200 --max-time 50 -w '%{http_code}\n' -K "$TEST_DIR/requests" >"$TEST_DIR/codes" &
curls=$!
waiting() { host_send "(epoch $1) (eval \"(get (process-info (whereis :nx_kernel)) :message_queue_len)\")"; host_expect "^\(ok $1 " | grep -qE ' 200\)$'; }
n=1000
until waiting $n; do n=$((n + 1)); [ $n -lt 6000 ] || break; done
check 'all 200 wait for the server' waiting 7000
check 'GET / is answered meanwhile' same 200 curl -s -o /dev/null -w '%{http_code}' --max-time 20 "$url/"
host_send '(epoch 32) (eval "(* 6 7)")'
check 'an epoch is answered meanwhile' host_expect '^\(ok 32 42\)$'
check 'none of the 200 has an answer' test "$(wc -l <"$TEST_DIR/codes")" = 0
host_send '(epoch 33) (eval "(sys:resume :nx_kernel)")'
wait $curls
check 'all 200 are answered' same '200\n' grep -c '^200$' "$TEST_DIR/codes"

host_stop
check 'SIGTERM ends it with 0' test "$HOST_STATUS" = 0
finish
