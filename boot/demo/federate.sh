#!/bin/sh
# federate.sh - two hosts on this machine: bob follows alice, alice says something, and it shows in bob's inbox.
#   boot/demo/federate.sh [PROGRAM]      PROGRAM: build/sxhost unless told
set -eu
program=${1:-build/sxhost}
folder=$(mktemp -d)
trap 'kill $alice $bob 2>/dev/null; rm -rf "$folder"' EXIT

host() { # NAME: one host with one actor, the token `secret`, on a port of its own
    exec "$program" -E "{ok, _} = nx_kernel:start_link($1, generate, []), http_server:start(0, [{kernel, nx_kernel}, {token, <<\"secret\">>}])" >"$folder/$1" 2>&1
}
address() { # NAME: where it listens
    until grep -qs '^listening' "$folder/$1"; do read -r _ </dev/null || sleep 0.05; done
    sed -n 's|^listening on \(.*\)/$|\1|p' "$folder/$1"
}
say() { # ADDRESS NAME JSON
    curl -s -H 'authorization: Bearer secret' -d "$3" "$1/actors/$2/outbox"
}
shown() { # WANTED COMMAND...: wait until the command prints it
    wanted=$1
    shift
    until "$@" | grep -q "$wanted"; do sleep 0.05; done
}
inbox() { curl -s -H 'authorization: Bearer secret' -H 'accept: application/json' "$bob_url/actors/bob/inbox"; }
followers() { curl -s "$alice_url/actors/alice/followers"; }

host alice & alice=$!
host bob & bob=$!
alice_url=$(address alice)
bob_url=$(address bob)
echo "alice lives at $alice_url/actors/alice"
echo "bob lives at $bob_url/actors/bob"

echo; echo '-- bob follows alice'
say "$bob_url" bob "{\"type\":\"Follow\",\"object\":\"$alice_url/actors/alice\"}"
shown 'total: 1' followers
echo; echo '-- alice says hello'
say "$alice_url" alice '{"type":"Create","object":{"type":"Note","content":"hello"}}'
shown hello inbox
echo; echo "-- bob's inbox, the newest first"
inbox
echo; echo '-- what alice delivered'
curl -s -H 'authorization: Bearer secret' "$alice_url/peers"
