# The federation kernel's routes over a real socket: five cases without a kernel, a sixth through one.
. "$ROOT/tests/lib/host.sh"

status() { curl -s -o /dev/null -w '%{http_code}' --max-time 20 "$@"; }
body() { curl -s --max-time 20 "$@"; }

host_start
host_send "$(recipe_boot)"
host_send '(eval "(erlang-eval-ast \"http_server:start(0, [])\")")'
url=http://127.0.0.1:$(host_port 20)

check 'GET / is 200' same 200 status "$url/"
check 'GET /capabilities is 200' same 200 status "$url/capabilities"
check 'an unknown path is 404' same 404 status "$url/no/such/path"
check 'an unknown actor is 404' same 404 status "$url/actors/nobody"
check 'an unsigned inbox post is 401' same 401 status -X POST -d '{"type":"Follow"}' "$url/actors/alice/inbox"

host_send '(epoch 21)' '(eval "(erlang-eval-ast \"AK = <<1,1,1,1>>, AKS = [{key_id,k1},{algorithm,ed25519},{value,AK}], AAS = [{public_keys,[[{id,k1},{created,0},{value,AK}]]}], nx_kernel:start_link(alice, AKS, AAS), http_server:start(0, [{kernel, nx_kernel}])\")")'
url=http://127.0.0.1:$(host_port 21)
check 'the outbox answers through the kernel' same 'outbox: alice\ntip: 0\n' body "$url/actors/alice/outbox"

host_stop
check 'SIGTERM ends it with 0' test "$HOST_STATUS" = 0
finish
