# Many requests at once. A handler that calls a gen_server which calls another, 10,000 times over 64 connections: no hang, no
# error, no number lost. 1,000 handlers asleep at once all answer, and what is asked meanwhile is answered before any of them.
. "$ROOT/tests/lib/host.sh"

cat >"$TEST_DIR/outer.erl" <<'ERL'
-module(outer).
-behaviour(gen_server).
-export([start_link/0, next/0, init/1, handle_call/3, handle_cast/2]).

start_link() -> gen_server:start_link({local, ?MODULE}, ?MODULE, [], []).
next() -> gen_server:call(?MODULE, next, infinity).

init([]) -> {ok, []}.
handle_call(next, _From, S) -> {reply, counter:next(), S}.
handle_cast(_, S) -> {noreply, S}.
ERL
cat >"$TEST_DIR/many.sx" <<'SX'
(load "demo/counter.erl")
; hands out numbers: how many handlers went to sleep, and the order in which answers were given
(define (clerk asleep given)
  (receive
    (#(:asleep) (clerk (inc asleep) given))
    (#(:count from) (do (send from #(:count asleep)) (clerk asleep given)))
    (#(:stamp from) (do (send from #(:stamp (inc given))) (clerk asleep (inc given))))))
(define (ask what) (do (send :clerk #(what (self))) (receive (#(^what n) n))))
(define (handle r)
  (match (get r :path)
    ("/call" (str (outer:next) "\n"))
    ("/sleep" (do (send :clerk #(:asleep)) (sleep 5000) (str "slept " (ask :stamp) "\n")))
    ("/asleep" (str (ask :count) "\n"))
    ("/stamp" (str (ask :stamp) "\n"))))
(define (start)
  (do (register :clerk (spawn (fn () (clerk 0 0))))
      (counter:start_link) (outer:start_link)
      (http-listen 0 handle)))
SX

host_start
host_send "(epoch 1) (load \"$TEST_DIR/outer.erl\") (load \"$TEST_DIR/many.sx\")" '(epoch 2) (eval "(start)")'
url=http://127.0.0.1:$(host_port 2)

curl -sS --no-progress-meter --parallel --parallel-max 64 --max-time 100 -w '%{stderr}%{http_code} %{num_connects}\n' "$url/call?[1-10000]" >"$TEST_DIR/numbers" 2>"$TEST_DIR/codes"
check '10,000 nested calls over 64 connections: 200 each' same '10000\n' grep -c '^200 ' "$TEST_DIR/codes"
check 'nothing else came' same '0\n' grep -vc '^200 ' "$TEST_DIR/codes"
check 'each number once' bash -c "sort -n '$TEST_DIR/numbers' | cmp - <(seq 10000)"
check 'at most 64 connections' awk '{n += $2} END {print n; exit !(n > 1 && n <= 64)}' "$TEST_DIR/codes"

for i in 1 2 3 4; do
    curl -sS --no-progress-meter --parallel --parallel-immediate --parallel-max 250 --max-time 60 "$url/sleep?[1-250]" >"$TEST_DIR/slept-$i" 2>>"$TEST_DIR/errors" &
    curls="${curls-} $!"
done
for i in $(seq 1000); do [ "$(curl -sS --max-time 20 "$url/asleep")" = 1000 ] && break; done
check '1,000 handlers sleep at once' same '1000\n' curl -sS --max-time 20 "$url/asleep"
check 'a request meanwhile is answered before any of them' same '1\n' curl -sS --max-time 20 "$url/stamp"
wait $curls
check 'all 1,000 answer' bash -c "cat '$TEST_DIR'/slept-* | sort -k2n | cmp - <(seq 2 1001 | sed 's/^/slept /')"
check 'without an error' test ! -s "$TEST_DIR/errors"

host_send '(describe)'
host_expect '^\(description ' >"$TEST_DIR/description"
check 'no wake-up had to be healed' grep -qE 'lost.wakeups.healed"? 0' "$TEST_DIR/description"
host_stop
check 'SIGTERM ends it with 0' test "$HOST_STATUS" = 0
finish
