# fed.sh - for shell tests with more than one host: each is a program of its own on a fifo, with one actor. Source it behind host.sh.
#   fed_start ACTOR [MORE]      start a host with ACTOR; MORE: further options of http_server:start, `{base_url, <<"...">>}`.
#                               Afterwards ${URL_actor} (the listener), ${FED_PID_actor}; its output is $TEST_DIR/ACTOR.out
#                               KERNEL: more options of its nx_kernel, each behind a comma
#   fed_send ACTOR TEXT         send forms to its host
#   fed_await FILE PATTERN      wait for a line of a file; prints it
#   publish ACTOR JSON          post to its outbox; prints the status
#   collection URL [CURL...]    every item of a collection, oldest first, one JSON text a line, following `next`
#   await_count N URL           wait until a collection has N items
#   fed_stop                    end all hosts
DELIVERY=${DELIVERY:-'[{initial_ms, 50}, {max_ms, 400}, {timeout_ms, 1500}]'}
DOCUMENTS=${DOCUMENTS:-'[{refresh_ms, 100}, {fresh_ms, 300}]'}
KERNEL=${KERNEL:-}
OWNER='authorization: Bearer secret'
JSON='accept: application/json'
FED_PIDS=
trap 'kill -9 $FED_PIDS $PROXY_PIDS 2>/dev/null' EXIT
PROXY_PIDS=

fed_await() {
    local deadline=$((SECONDS + WAIT_LIMIT))
    until grep -E -m1 -- "$2" "$1"; do
        [ $SECONDS -lt $deadline ] || { echo "no line of $1 matches $2:" >&2; tail -n 5 "$1" >&2; return 1; }
        read -r -t 0.02 <> <(:) || true
    done
}

fed_start() {
    local actor=$1 more=${2:+, $2} fd
    mkfifo "$TEST_DIR/$actor.in"
    "$SXHOST" <"$TEST_DIR/$actor.in" >"$TEST_DIR/$actor.out" 2>"$TEST_DIR/$actor.err" &
    FED_PIDS="$FED_PIDS $!"
    eval "FED_PID_$actor=$!"
    exec {fd}>"$TEST_DIR/$actor.in"
    eval "FED_FD_$actor=$fd"
    fed_await "$TEST_DIR/$actor.out" '^\(ready' >/dev/null
    fed_send "$actor" "(epoch 1) (eval \"(erlang-eval-ast \\\"{ok, _} = nx_kernel:start_link($actor, generate, [{delivery, $DELIVERY}, {documents, $DOCUMENTS}$KERNEL])\\\")\")"
    fed_send "$actor" "(epoch 2) (eval \"(erlang-eval-ast \\\"http_server:start(0, [{kernel, nx_kernel}, {token, <<\\\\\\\"secret\\\\\\\">>}$more])\\\")\")"
    eval "URL_$actor=$(fed_await "$TEST_DIR/$actor.out" '^\(listening 2 ' | sed 's|.*"\(http.*\)/".*|\1|')"
}

fed_send() {
    local name=FED_FD_$1
    shift
    printf '%s\n' "$*" >&"${!name}"
}

publish() {
    local name=URL_$1
    curl -s -o "$TEST_DIR/published" -w '%{http_code}' --max-time 30 -H "$OWNER" -H 'content-type: application/json' -d "$2" "${!name}/actors/$1/outbox"
}

total() { curl -s --max-time 30 -H "$OWNER" -H "$JSON" "$1" | sed -n 's/.*"totalItems":\([0-9]*\).*/\1/p'; }

await_count() {
    local deadline=$((SECONDS + WAIT_LIMIT)) n
    until n=$(total "$2"); [ "${n:-0}" -ge "$1" ]; do
        [ $SECONDS -lt $deadline ] || { echo "$2 has $n items, not $1"; return 1; }
        read -r -t 0.05 <> <(:) || true
    done
}

# ids URL TYPE: the ids of the activities of that type in a collection, oldest first
ids() { node "$ROOT/tests/fed/ids.mjs" "$1" "$2"; }

fed_stop() {
    local pid
    for pid in $FED_PIDS $PROXY_PIDS; do kill -TERM "$pid" 2>/dev/null; done
    for pid in $FED_PIDS $PROXY_PIDS; do wait "$pid" 2>/dev/null; done
    FED_PIDS= PROXY_PIDS=
}

# proxy NAME TARGET MODE: a proxy before a host; $PROXY_NAME is its address. Modes: tests/fed/proxy.mjs.
proxy() {
    node "$ROOT/tests/fed/proxy.mjs" "$2" "$3" "$TEST_DIR/$1.captured" >"$TEST_DIR/$1.proxy" 2>&1 &
    PROXY_PIDS="$PROXY_PIDS $!"
    eval "PROXY_$1=$(fed_await "$TEST_DIR/$1.proxy" '^listening' | cut -d' ' -f2)"
}
