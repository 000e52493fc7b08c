// peers.mjs - remote hosts that do as their name says with what is delivered to them; each is a server of its own with one actor.
//   node peers.mjs NAME...      prints `NAME URL` for each, later a line `NAME TIME DATE TYPE SIGNED ANSWER` for each delivery
//   good: 202   busy: 503 with Retry-After: 1, then 202   soon: 429 with a date two seconds ahead, then 202   wrong: 400
//   gone: 202 until a Create, then 410   sharedgone: the same at its shared inbox   slow: never answers a Create   moved: 302
// SIGNED is whether both signatures verify, checked here on their own; DATE is the delivery's; TIME in milliseconds.
import http from 'node:http';
import crypto from 'node:crypto';

const pair = crypto.generateKeyPairSync('ed25519');
const raw = pair.publicKey.export({ type: 'spki', format: 'der' }).subarray(-32).toString('base64');
const keys = new Map(); // of those who deliver, by key id
// Canonical JSON: JavaScript writes strings and numbers as RFC 8785 wants them.
const canonical = (v) => Array.isArray(v) ? `[${v.map(canonical)}]` : v !== null && typeof v === 'object'
    ? `{${Object.keys(v).sort().map((k) => `${JSON.stringify(k)}:${canonical(v[k])}`)}}` : JSON.stringify(v);
const fromRaw = (text) => crypto.createPublicKey({ key: Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.from(text, 'base64')]), format: 'der', type: 'spki' });

async function keyOf(id) {
    const doc = await (await fetch(id.split('#')[0], { headers: { accept: 'application/json' } })).json();
    for (const k of doc.publicKeys) if (k.owner === doc.id) keys.set(k.id, fromRaw(k.value));
    return keys.get(id);
}
async function signed(req, text, activity) {
    const m = /^keyId="([^"]*)",algorithm="ed25519",signature="([^"]*)"$/.exec(req.headers.signature);
    const key = await keyOf(m[1]), { signature, ...rest } = activity;
    const digest = 'sha-256=' + crypto.createHash('sha256').update(text).digest('base64');
    const line = `next-kernel delivery 1\n${req.method} ${req.url}\nhost: ${req.headers.host}\ndate: ${req.headers.date}\ncontent-type: ${req.headers['content-type']}\ndigest: ${req.headers.digest}\n`;
    return m[1] === activity.key_id && m[1].startsWith(activity.actor + '#') && req.headers.digest === digest &&
        crypto.verify(null, Buffer.from(line), key, Buffer.from(m[2], 'base64')) &&
        crypto.verify(null, Buffer.from('next-kernel envelope 1\n' + canonical(rest)), key, Buffer.from(signature, 'base64'));
}

const answers = {
    good: () => [202], wrong: () => [400], slow: (type) => type === 'Create' ? null : [202],
    busy: (type, n) => n === 1 ? [503, { 'retry-after': '1' }] : [202],
    soon: (type, n) => n === 1 ? [429, { 'retry-after': new Date(Date.now() + 2000).toUTCString() }] : [202],
    gone: (type) => type === 'Create' ? [410] : [202], sharedgone: (type) => type === 'Create' ? [410] : [202],
    moved: () => [302, { location: 'http://127.0.0.1:1/' }],
};

for (const name of process.argv.slice(2)) {
    let base, n = 0;
    const server = http.createServer((req, res) => {
        const parts = [];
        req.on('data', (d) => parts.push(d));
        req.on('end', async () => {
            if (req.method === 'GET') {
                const more = name.startsWith('shared') ? { sharedInbox: `${base}/inbox` } : {};
                res.end(JSON.stringify({ id: `${base}/${name}`, inbox: `${base}/${name}/inbox`, publicKeys: [{ id: `${base}/${name}#k`, owner: `${base}/${name}`, value: raw }], ...more }));
                return;
            }
            const text = Buffer.concat(parts), activity = JSON.parse(text);
            const answer = answers[name](activity.type, activity.type === 'Create' ? ++n : 0);
            console.log(name, Date.now(), Date.parse(req.headers.date) / 1000, activity.type, await signed(req, text, activity).catch((e) => e.message), answer ? answer[0] : 'none');
            if (answer) res.writeHead(answer[0], answer[1]).end();
        });
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${server.address().port}`;
    console.log(name, base);
    // follow whom we are told to on standard input: its actor and its address
    process.stdin.setEncoding('utf8').on('data', async (me) => {
        for (const line of me.split('\n')) if (line.startsWith(`${name} `)) await follow(line.split(' ')[1]);
    });
    const follow = (me) => new Promise((resolve) => {
        const e = { id: `${base}/follow/${me.length}`, actor: `${base}/${name}`, type: 'Follow', object: me, published: 1, key_id: `${base}/${name}#k` };
        const sign = (t) => crypto.sign(null, Buffer.from(t), pair.privateKey).toString('base64');
        const body = JSON.stringify({ ...e, signature: sign('next-kernel envelope 1\n' + canonical(e)) }), url = new URL(me + '/inbox');
        const h = { host: url.host, date: new Date().toUTCString(), 'content-type': 'application/json', digest: 'sha-256=' + crypto.createHash('sha256').update(body).digest('base64') };
        h.signature = `keyId="${base}/${name}#k",algorithm="ed25519",signature="${sign(`next-kernel delivery 1\nPOST ${url.pathname}\nhost: ${h.host}\ndate: ${h.date}\ncontent-type: ${h['content-type']}\ndigest: ${h.digest}\n`)}"`;
        const out = http.request(url, { method: 'POST', headers: h, setHost: false }, (res) => { res.resume(); console.log(name, 'follows', res.statusCode); resolve(); });
        out.end(body);
    });
}
