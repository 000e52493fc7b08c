// checks.mjs MODULE - boots the module and checks what it answers; the last line is `N passed, N failed`.
import { readFileSync } from "node:fs";
import { Machine, PORT, IDLE, HALTED } from "./boot.mjs";

const bytes = readFileSync(process.argv[2]);
let passed = 0, failed = 0;

function check(name, run) {
  try {
    run();
    passed++;
    console.log(`ok   ${name}`);
  } catch (error) {
    failed++;
    console.log(`FAIL ${name}\n     ${error.stack ?? error}`);
  }
}

function same(got, wanted) {
  if (got !== wanted) throw new Error(`wanted ${wanted}\n     got    ${got}`);
}

function matches(got, wanted) {
  if (!wanted.test(got)) throw new Error(`wanted ${wanted}\n     got    ${got}`);
}

// The value of a reply, without its number.
const value = (reply) => reply.replace(/^\(ok \d+ ([^]*)\)$/, "$1");

const started = performance.now();
const m = new Machine(bytes);
const booted = performance.now();
m.eval("1");
const answered = performance.now();

const sx = (text) => value(m.eval(text));
const erlang = (text) => value(m.eval(text, PORT.erlang));
const load = (source) => sx(`(get (erlang-load-module ${JSON.stringify(source)}) :name)`);

// Post, and let the machine rest: what tick answered. No reply may be there yet.
function starts(text, port) {
  const before = m.reply.length;
  m.post(port, text);
  const answer = m.rest();
  same(m.reply.length, before);
  return answer;
}

// Post what waits `ms` for a timer and move the clock as tick says, until the reply; it must not come before its time. Tick may
// ask for several looks (the wheel's), but none may be late.
const waits = (ms, text, port) => m.hold(() => {
  const begin = m.now(), replies = m.reply.length;
  let skipped = 0;
  for (let wait = starts(text, port); m.reply.length === replies; wait = m.rest()) {
    if (wait <= 0 || skipped + wait > ms + 1) throw new Error(`after ${skipped} of ${ms} ms tick answered ${wait}`);
    m.skipped += wait;
    skipped += wait;
  }
  if (m.now() - begin < ms) throw new Error(`it was over after ${m.now() - begin} ms`);
  same(m.rest(), IDLE);
  return value(m.reply.at(-1));
});

check("imports nothing but what host/sys/wasm.c names", () => {
  const modules = new Set(WebAssembly.Module.imports(new WebAssembly.Module(bytes)).map((i) => i.module));
  same([...modules].join(" "), "sxhost");
});

check("evaluates SX", () => {
  same(sx("(+ 1 2)"), "3");
  same(sx("(map (fn (x) (* x x)) [1 2 3])"), "[1 4 9]");
  same(sx('(define (area r) (* 3 r r)) {:area (area 2) :text (str "gr" "\\u{fc}" "n")}'), '{:area 12 :text "grün"}');
  same(sx("(match #(:point 1 2) (#(:point x y) (list y x)))"), "[2 1]");
});

check("numbers of any size", () => {
  same(sx("(reduce * 1 (range 1 26))"), "15511210043330985984000000");
  same(sx("(- (reduce * 1 (range 1 26)) (reduce * 1 (range 1 26)))"), "0");
  same(erlang("((1 bsl 200) - 1) div 12345678901234567890"), ((2n ** 200n - 1n) / 12345678901234567890n).toString());
  same(erlang("-576460752303423489 * 16#ffffffffffffffff"), (-576460752303423489n * 0xffffffffffffffffn).toString());
  same(erlang("[1.5e300 * 1.0e-5, 0.1 + 0.2, 1 / 3, trunc(1.0e20)]"), `[${1.5e300 * 1.0e-5},${0.1 + 0.2},${1 / 3},100000000000000000000]`.replace("e+", "e"));
});

check("binaries, maps with many keys", () => {
  same(erlang("<<A:12, B/bits>> = <<1, 2, 3>>, {A, bit_size(B), <<B/bits, 1:4>>}"), "{16,12,<<\" 1\">>}");
  same(erlang("N = 4294967304, {try <<1:N>> catch error:R -> R end, case <<1, 2>> of <<_:N, _/bits>> -> seen; _ -> short end}"), "{badarg,short}");
  same(erlang("M = maps:from_list([{I, I * I} || I <- lists:seq(1, 1000)]), {map_size(M), maps:get(777, M), maps:get(1001, M, none)}"), "{1000,603729,none}");
});

check("an Erlang module whose two processes exchange messages", () => {
  same(load(`
-module(pair).
-export([run/1]).
run(N) ->
    Self = self(),
    Pong = spawn(fun() -> pong(0) end),
    Ping = spawn(fun() -> Self ! {ping, ping(Pong, N, [])} end),
    Ref = monitor(process, Ping),
    receive {ping, Answers} -> ok end,
    receive {'DOWN', Ref, process, Ping, Reason} -> ok end,
    Pong ! {stop, self()},
    receive {stopped, Seen} -> {Answers, Reason, Seen} end.
ping(_, 0, Answers) -> lists:reverse(Answers);
ping(Pong, N, Answers) ->
    Pong ! {self(), N},
    receive {Pong, Answer} -> ping(Pong, N - 1, [Answer | Answers]) end.
pong(Seen) ->
    receive
        {stop, From} -> From ! {stopped, Seen};
        {From, N} -> From ! {self(), N * 10}, pong(Seen + 1)
    end.
`), ":pair");
  same(erlang("pair:run(4)"), "{[40,30,20,10],normal,4}");
  same(erlang("{_, normal, N} = pair:run(20000), N"), "20000");
});

check("a gen_server", () => {
  same(load(`
-module(counter).
-behaviour(gen_server).
-export([init/1, handle_call/3, handle_cast/2]).
init(N) -> {ok, N}.
handle_call(get, _, N) -> {reply, N, N};
handle_call(never, _, N) -> {noreply, N}.
handle_cast({add, K}, N) -> {noreply, N + K}.
`), ":counter");
  same(erlang("{ok, P} = gen_server:start(counter, 5, []), gen_server:cast(P, {add, 37}), gen_server:call(P, get)"), "42");
  matches(m.eval("{ok, P} = gen_server:start(counter, 5, []), gen_server:call(P, never, 20)", PORT.erlang), /^\(error \d+ .*timeout/);
});

check("a module that the image does not hold is loaded from the files that are carried", () => {
  same(erlang("queue:to_list(queue:in(2, queue:in(1, queue:new())))"), "[1,2]");
  same(sx('(get (erlang-load-module (file-read "next/kernel/log.erl")) :name)'), ":log");
});

check("a sleep of 50 ms: tick says how long", () => same(waits(50, "(do (sleep 50) :rested)", PORT.sx), ":rested"));

check("a look before it is due changes nothing", () => m.hold(() => {
  starts("(do (sleep 500) :rested)", PORT.sx);
  m.skipped += 20;
  const left = m.rest();
  if (left <= 0 || left > 481) throw new Error(`20 ms later tick answered ${left}`);
  same(m.reply.filter((line) => line.includes("rested")).length, 1);
  for (let wait = left; wait > 0; wait = m.rest()) m.skipped += wait;
  same(m.reply.filter((line) => line.includes("rested")).length, 2);
}));

check("a receive times out, and one that gets its message does not", () => {
  same(waits(50, "receive never -> no after 50 -> late end", PORT.erlang), "late");
  same(waits(3000, "receive never -> no after 3000 -> late end", PORT.erlang), "late");
  same(erlang("S = self(), spawn(fun() -> receive after 40 -> S ! soon end end), receive soon -> in_time after 5000 -> late end"), "in_time");
});

check("a timer that nobody waits for any more is not waited for", () => {
  same(erlang("T = erlang:send_after(100000, self(), x), is_integer(erlang:cancel_timer(T))"), "true");
  same(m.rest(), IDLE);
});

check("a loop without end leaves room for others, and tick comes back", () => {
  sx("(define hog (spawn (fn () (letrec ((spin (fn () (spin)))) (spin)))))");
  const begin = performance.now();
  same(m.exports.tick(8), 0);
  if (performance.now() - begin > 1000) throw new Error("tick(8) took over a second");
  same(sx("(+ 20 22)"), "42");
  sx("(erlang:exit hog :kill)");
  same(m.rest(), IDLE);
});

check("what programs print, with its epoch; a full writer makes them wait", () => {
  const number = m.post(PORT.sx, '(println "one" 2)');
  same(m.rest(), IDLE);
  same(JSON.stringify(m.out.at(-1)), JSON.stringify({ epoch: number, text: "one 2\n" }));
  m.full = true;
  same(starts('(println "later")', PORT.sx), IDLE);
  m.full = false;
  m.post(PORT.room);
  same(m.rest(), IDLE);
  same(m.out.at(-1).text, "later\n");
});

check("lines that are posted", () => {
  same(starts("(list (read-line) (read-line) (read-line) (read-line))", PORT.sx), IDLE);
  m.post(PORT.line, "first\nsec");
  m.post(PORT.line, "ond\r\nlast");
  m.post(PORT.line);
  same(m.rest(), IDLE);
  matches(m.reply.at(-1), /^\(ok \d+ \["first" "second" "last" nil\]\)$/);
});

check("files of the embedder come before those that are carried", () => {
  m.files["mine.sx"] = "(define (answer) 42) (answer)";
  same(sx('(load "mine.sx")'), "42");
  same(sx('(load "lib/erlang/tokenizer.sx")'), ":loaded");
  same(sx('(> (erlang:byte_size (file-read "lib/sx/core.sx")) 1000)'), "true");
  matches(m.eval('(file-read "nowhere")'), /^\(error \d+ .*enoent/);
});

check("errors are replies", () => {
  matches(m.eval("(+ 1 no-such-name)"), /^\(error \d+ ".*no-such-name.*:line 1/);
  matches(m.eval("(+ 1"), /^\(error \d+ /);
  matches(m.eval("1 + a", PORT.erlang), /^\(error \d+ .*badarith/);
  matches(m.eval("(erlang:exit (self) :kill)"), /^\(error \d+ .*killed/);
  same(sx("(+ 1 2)"), "3");
});

check("what needs a missing library raises notsup", () => {
  same(erlang("try crypto:hash(sha256, <<>>) catch error:notsup -> no_library end"), "no_library");
  matches(m.eval("(http-listen 0 (fn (request) request))"), /^\(error \d+ .*notsup/);
});

check("forms nested 20,000 deep, recursion 1,000,000 deep", () => {
  matches(m.eval("(".repeat(20000) + ")".repeat(20000)), /^\(error \d+ /);
  matches(m.eval("(list ".repeat(1500) + ")".repeat(1500)), /^\((ok|error) \d+ /);
  matches(m.eval("[".repeat(20000) + "]".repeat(20000), PORT.erlang), /^\((ok|error) \d+ /);
  same(sx("(letrec ((deep (fn (n) (if (= n 0) 0 (+ 1 (deep (- n 1))))))) (deep 1000000))"), "1000000");
  same(sx("(+ 1 2)"), "3");
});

check("a process over its limit is killed, not the machine", () => {
  matches(m.eval("(letrec ((grow (fn (xs) (grow [1 & xs])))) (do (erlang:process_flag :max_heap_size 1000000) (grow [])))"), /^\(error \d+ /);
  same(sx("(+ 1 2)"), "3");
});

check("halt ends it with its code", () => {
  const other = new Machine(bytes);
  other.post(PORT.erlang, "halt(7)");
  same(other.rest(), HALTED);
  same(other.exitCode, 7);
  same(other.rest(), HALTED);
});

console.log(`module ${bytes.length} bytes; booted in ${(booted - started).toFixed(0)} ms, first answer after ${(answered - started).toFixed(0)} ms`);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
