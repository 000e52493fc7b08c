// fairness.mjs - whether one process can make others wait: requests that arrive at a fixed rate, whether or not those before were
// answered, beside each kind of noise that tests/bench/fairness.sx makes. A time counts from when the request was due.
//   node tools/fairness.mjs [PROGRAM [SECONDS [NOISE...]]]       RATE=N requests a second (500)
// Prints for each: median, 99th percentile and longest time; the longest time that one process held the scheduler, and what held it.
import { spawn } from 'node:child_process';
import http from 'node:http';

const program = process.argv[2] ?? 'build/sxhost', seconds = Number(process.argv[3] ?? 10);
const noises = process.argv.length > 4 ? process.argv.slice(4) : ['nothing', 'loop', 'sort', 'mailbox', 'regex', 'print'];
const rate = Number(process.env.RATE ?? 500), target = 10;

function serve() {
    const child = spawn(program, ['tests/bench/fairness.sx'], { stdio: ['ignore', 'pipe', 'pipe'] });
    return new Promise((resolve, reject) => {
        let text = '';
        const take = (d) => {
            text += d;
            const m = /http:\/\/[^/"]*/.exec(text);
            if (m) resolve({ child, url: m[0] });
        };
        child.stdout.on('data', take);
        child.stderr.on('data', take);
        child.on('exit', () => reject(new Error(`the server ended: ${text}`)));
    });
}

const agent = new http.Agent({ keepAlive: true, maxSockets: 512 });
function call(url) {
    return new Promise((resolve, reject) => {
        http.get(url, { agent }, (res) => {
            let text = '';
            res.on('data', (d) => { text += d; });
            res.on('end', () => (res.statusCode === 200 ? resolve(text) : reject(new Error(`${url}: ${res.statusCode} ${text}`))));
        }).on('error', reject);
    });
}

const now = () => Number(process.hrtime.bigint()) / 1e6;

async function measure(noise) {
    const { child, url } = await serve();
    for (let i = 0; i < 200; i++) await call(`${url}/`); // the client warms up
    await call(`${url}/hold`);
    await call(`${url}/noise/${noise}`);
    const began = now(), times = [], late = [];
    let sent = 0, failed = 0;
    await new Promise((resolve) => {
        const tick = () => {
            const t = now();
            while (sent < rate * seconds && began + (sent * 1000) / rate <= t) {
                const due = began + (sent++ * 1000) / rate;
                late.push(t - due); // the client's own fault
                call(`${url}/`).then(() => { times.push(now() - Math.max(due, t)); }, () => { failed++; }).then(() => {
                    if (times.length + failed === rate * seconds) resolve();
                });
            }
            if (sent < rate * seconds) setTimeout(tick, 1);
        };
        tick();
    });
    const { state, hold } = JSON.parse(await call(`${url}/hold`));
    child.removeAllListeners('exit');
    child.kill('SIGKILL');
    times.sort((a, b) => a - b);
    const at = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))].toFixed(2).padStart(8);
    console.log(`${noise.padEnd(8)} ${at(0.5)} ${at(0.99)} ${at(1)}  ${failed} failed, ${state}`);
    console.log(`         longest slice ${hold}`);
    return times[Math.floor(times.length * 0.99)] <= target && failed === 0;
}

console.log(`fairness: ${rate} requests a second for ${seconds} s beside each noise; target: 99th percentile within ${target} ms`);
console.log('noise      median      99%  longest  ms');
let held = true;
for (const noise of noises) held = (await measure(noise)) && held;
process.exit(held ? 0 : 1);
