// boot.mjs - runs build/wasm/sxhost.wasm under node: the imports, and a loop that does what tick's answers say.
// Time is the real one plus `skipped`: a test that has to wait for a timer moves the clock by what tick asked for. `hold` stops the
// real one meanwhile, so that how fast this computer is makes no difference to a timer.
import { webcrypto } from "node:crypto";
import { readFileSync } from "node:fs";

export const PORT = { sx: 0, erlang: 1, line: 2, room: 3 };
export const IDLE = -1, HALTED = -2;
const STREAMS = ["reply", "out", "err"];
const CAP_FILES = 1;
const SLICE_MS = 8;

export class Machine {
  reply = []; // lines that were written, by stream; out and err with their epoch
  out = [];
  err = [];
  skipped = 0; // ms by which the machine's clock is ahead
  held = null; // where the real clock stands still
  full = false; // the writer refuses what programs print
  exitCode = null;
  files = {}; // what read_file finds

  constructor(bytes) {
    const module = new WebAssembly.Module(bytes);
    const imports = {
      monotonic: () => this.now(),
      wall: () => Date.now(),
      random: (at, n) => webcrypto.getRandomValues(this.bytes(at, n)),
      write: (stream, epoch, at, n) => this.write(stream, epoch, this.text(at, n)),
      read_file: (path, nPath, to, room) => this.readFile(this.text(path, nPath), to, room),
      wake: () => {},
      exit: (code) => { this.exitCode = code; },
      capabilities: () => CAP_FILES,
    };
    this.exports = new WebAssembly.Instance(module, { sxhost: imports }).exports;
    this.exports._initialize();
    if (this.exports.boot() !== 0) throw new Error(`boot: ${this.err.map((e) => e.text).join("")}`);
  }

  static ofFile(path) { return new Machine(readFileSync(path)); }

  now() { return (this.held ?? performance.now()) + this.skipped; }

  hold(run) {
    this.held = performance.now();
    try {
      return run();
    } finally {
      this.skipped -= performance.now() - this.held; // it goes on from where it stood
      this.held = null;
    }
  }

  // A view of the machine's memory; stale as soon as the machine has run.
  bytes(at, n) { return new Uint8Array(this.exports.memory.buffer, at >>> 0, n); }
  text(at, n) { return new TextDecoder().decode(this.bytes(at, n)); }

  write(stream, epoch, text) {
    if (this.full && stream !== 0 && epoch !== 0) return 0;
    this[STREAMS[stream]].push(stream === 0 ? text : { epoch, text });
    return 1;
  }

  readFile(path, to, room) {
    const text = this.files[path];
    if (text === undefined) return -1;
    const data = new TextEncoder().encode(text);
    if (data.length <= room) this.bytes(to, data.length).set(data);
    return data.length;
  }

  post(port, text = "") {
    const data = new TextEncoder().encode(text);
    const at = this.exports.room(data.length);
    this.bytes(at, data.length).set(data);
    return this.exports.post(port, at, data.length);
  }

  // Tick until there is nothing to do now: milliseconds to the next timer, IDLE or HALTED.
  rest(limitMs = 20000) {
    for (const end = performance.now() + limitMs; ;) {
      const answer = this.exports.tick(SLICE_MS);
      if (answer !== 0) return answer;
      if (performance.now() > end) throw new Error(`still busy after ${limitMs} ms`);
    }
  }

  // Post a command and tick until its reply is there, past timers: the reply.
  eval(text, port = PORT.sx) {
    const number = this.post(port, text);
    const mine = new RegExp(`^\\((ok|error|parked) ${number} `);
    for (const end = performance.now() + 20000; ;) {
      const answer = this.exports.tick(SLICE_MS);
      const reply = this.reply.find((line) => mine.test(line));
      if (reply !== undefined) return reply;
      if (answer === HALTED || answer === IDLE) throw new Error(`no reply to ${text}`);
      if (performance.now() > end) throw new Error(`no reply to ${text} in 20 s`);
      this.skipped += Math.max(answer, 0);
    }
  }
}
