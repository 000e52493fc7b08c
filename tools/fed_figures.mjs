// fed_figures.mjs - what federation does on this machine, in one run: deliveries a second between two hosts, the time from publish
// to the follower's inbox (median and 99th percentile), and the same while a thousand requests a second hit the outbox routes.
//   node tools/fed_figures.mjs [PROGRAM [NOTES]]
import { spawn } from 'node:child_process';
import http from 'node:http';

const program = process.argv[2] ?? 'build/sxhost', notes = Number(process.argv[3] ?? 500);
const children = [];
const agent = new http.Agent({ keepAlive: true });
const owner = { authorization: 'Bearer secret', accept: 'application/json' };

function host(name) {
    const child = spawn(program, ['-E', `{ok, _} = nx_kernel:start_link(${name}, generate, []), http_server:start(0, [{kernel, nx_kernel}, {token, <<"secret">>}])`]);
    children.push(child);
    return new Promise((resolve, reject) => {
        let text = '';
        const take = (d) => { text += d; const m = /listening on (http:\/\/[^/]*)/.exec(text); if (m) resolve(m[1]); };
        child.stdout.on('data', take);
        child.stderr.on('data', take);
        child.on('exit', () => reject(new Error(text)));
    });
}
function call(url, body) {
    return new Promise((resolve, reject) => {
        const out = http.request(url, { method: body === undefined ? 'GET' : 'POST', headers: owner, agent }, (res) => {
            let text = '';
            res.on('data', (d) => { text += d; });
            res.on('end', () => resolve({ status: res.statusCode, text }));
        });
        out.on('error', reject);
        out.end(body === undefined ? undefined : JSON.stringify(body));
    });
}
const json = async (url) => JSON.parse((await call(url)).text);
const note = (content) => ({ type: 'Create', object: { type: 'Note', content } });
const ms = (since) => Number(process.hrtime.bigint() - since) / 1e6;

async function measure(alice, bob, label) {
    const start = (await json(`${bob}/inbox`)).totalItems;
    const t0 = process.hrtime.bigint();
    for (let i = 0; i < notes; i += 10) await Promise.all(Array.from({ length: 10 }, (_, j) => call(`${alice}/outbox`, note(`${i + j}`))));
    while ((await json(`${bob}/inbox?before=1`)).totalItems < start + notes);
    const rate = notes / (ms(t0) / 1000);
    const times = [];
    for (let i = 0; i < 100; i++) {
        const at = (await json(`${bob}/inbox?before=1`)).totalItems, t = process.hrtime.bigint();
        await call(`${alice}/outbox`, note('timed'));
        while ((await json(`${bob}/inbox?before=1`)).totalItems === at);
        times.push(ms(t));
    }
    times.sort((a, b) => a - b);
    console.log(`${label}: ${rate.toFixed(0)} deliveries a second; publish to inbox: median ${times[50].toFixed(1)} ms, 99th percentile ${times[98].toFixed(1)} ms`);
}

const [a, b] = await Promise.all([host('alice'), host('bob')]);
const alice = `${a}/actors/alice`, bob = `${b}/actors/bob`;
await call(`${bob}/outbox`, { type: 'Follow', object: alice });
while ((await json(`${bob}/following`)).totalItems < 1);
await measure(alice, bob, 'at rest');
let sent = 0, answered = 0;
const began = process.hrtime.bigint();
const load = setInterval(() => {
    const due = ms(began); // a thousand a second
    while (sent < due) { const url = sent++ % 2 ? `${alice}/outbox` : `${bob}/outbox`; http.get(url, { agent }, (res) => { res.resume(); res.on('end', () => { answered++; }); }).on('error', () => {}); }
}, 5);
await measure(alice, bob, 'under load');
clearInterval(load);
console.log(`load: ${(answered / (ms(began) / 1000)).toFixed(0)} requests a second answered of ${(sent / (ms(began) / 1000)).toFixed(0)} sent`);
for (const c of children) c.removeAllListeners('exit').kill();
process.exit(0);
