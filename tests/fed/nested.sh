# Two hosts whose inbox handlers deliver to each other's inbox before they answer, again and again: no handler holds anything that
# another needs, so the chain comes back however deep it is, and other requests are answered meanwhile.
. "$ROOT/tests/lib/host.sh"
. "$ROOT/tests/lib/fed.sh"

cat >"$TEST_DIR/nested.erl" <<'ERL'
-module(nested).
-export([main/1]).

%% POST /inbox with a number N: deliver N - 1 to the other's inbox, and answer what came back plus one.
main([OtherFile]) ->
    http:listen(0, fun(Request) -> handle(Request, OtherFile) end).

handle(#{path := <<"/inbox">>, body := Body}, OtherFile) ->
    case binary_to_integer(Body) of
        0 -> <<"0">>;
        N ->
            {ok, Other} = file:read_file(OtherFile),
            {ok, #{status := 200, body := Answer}} =
                http:request(#{method => post, url => <<(string:trim(Other))/binary, "/inbox">>, body => integer_to_binary(N - 1), timeout_ms => 60000}),
            integer_to_binary(binary_to_integer(Answer) + 1)
    end;
handle(_, _) -> <<"here">>.
ERL
serve() { # NAME OTHER
    "$SXHOST" "$TEST_DIR/nested.erl" "$TEST_DIR/$2.url" >"$TEST_DIR/$1.out" 2>&1 &
    FED_PIDS="$FED_PIDS $!"
    fed_await "$TEST_DIR/$1.out" '^listening' | sed 's|.* \(http.*\)/$|\1|' >"$TEST_DIR/$1.url"
}
serve a b
serve b a
A=$(cat "$TEST_DIR/a.url") B=$(cat "$TEST_DIR/b.url")
check 'ten deep' same 10 curl -s --max-time 60 -d 10 "$A/inbox"
check 'three hundred deep' same 300 curl -s --max-time 60 -d 300 "$A/inbox"
for i in $(seq 40); do printf 'url=%s/inbox\ndata=20\noutput=%s/answer-%s\nnext\n' "$A" "$TEST_DIR" "$i"; printf 'url=%s/inbox\ndata=20\noutput=%s/answer-b%s\nnext\n' "$B" "$TEST_DIR" "$i"; done >"$TEST_DIR/requests"
sed -i '$d' "$TEST_DIR/requests"
curl -s --no-progress-meter --parallel --parallel-immediate --parallel-max 80 --max-time 90 -K "$TEST_DIR/requests" &
p=$!
check 'another request meanwhile' same here curl -s --max-time 30 "$A/"
wait $p
check 'eighty chains from both ends, twenty deep each' test "$(cat "$TEST_DIR"/answer-* | sed 's/20/x\n/g' | grep -c x)" = 80
fed_stop
finish
