// mallory.mjs - a remote actor that signs properly and misbehaves: posts one crafted delivery after the other to an inbox and
// prints a line `NAME: STATUS ERROR` for each.
//   node mallory.mjs URL ACTOR [names]      URL is a host's, ACTOR an actor there; names: the flood of hostile names instead
// It serves the documents of its own actors, each behaving as its name says.
import http from 'node:http';
import crypto from 'node:crypto';

const [url, name, what] = process.argv.slice(2);
const authority = new URL(url).host, me = `${url}/actors/${name}`;
const key = () => crypto.generateKeyPairSync('ed25519');
const raw = (k) => k.publicKey.export({ type: 'spki', format: 'der' }).subarray(-32).toString('base64');
const good = key(), newer = key();
let base, rotated = false, fetches = 0;

const documentOf = (actor, k = good, more = {}) => ({
    id: `${base}/${actor}`, type: 'Person', inbox: `${base}/${actor}/inbox`,
    publicKeys: [{ id: `${base}/${actor}#k`, owner: `${base}/${actor}`, value: raw(k) }], ...more,
});
const documents = {
    rotating: () => documentOf('rotating', rotated ? newer : good),
    elsewhere: () => documentOf('elsewhere', good, { inbox: 'http://127.0.0.1:1/inbox' }),
    liar: () => documentOf('other'),
    notowner: () => documentOf('notowner', good, { publicKeys: [{ id: `${base}/notowner#k`, owner: `${base}/m`, value: raw(good) }] }),
};
const server = http.createServer((req, res) => {
    const actor = req.url.split('/')[1];
    fetches++;
    if (req.method === 'POST') res.writeHead(202).end();
    else if (actor === 'down') res.writeHead(500).end();
    else if (actor === 'moved') res.writeHead(302, { location: `${base}/m` }).end();
    else if (actor === 'huge') res.end('x'.repeat(1 << 20));
    else if (actor === 'silent') res.destroy();
    else res.end(JSON.stringify((documents[actor] ?? (() => documentOf(actor)))()));
});

// Canonical enough for what is sent here: sorted keys, no exotic numbers.
const canonical = (v) => Array.isArray(v) ? `[${v.map(canonical)}]` : v !== null && typeof v === 'object'
    ? `{${Object.keys(v).sort().map((k) => `${JSON.stringify(k)}:${canonical(v[k])}`)}}` : JSON.stringify(v);
const sign = (k, text) => crypto.sign(null, Buffer.from(text), k.privateKey).toString('base64');

let n = 0;
function envelope(more = {}, { k = good, actor = 'm' } = {}) {
    const e = { id: `${base}/${actor}/outbox/${++n}`, actor: `${base}/${actor}`, type: 'Create', object: { type: 'Note', content: 'x' },
        published: Math.floor(Date.now() / 1000), key_id: `${base}/${actor}#k`, ...more };
    for (const k2 of Object.keys(e)) if (e[k2] === undefined) delete e[k2];
    return { ...e, signature: sign(k, 'next-kernel envelope 1\n' + canonical(e)) };
}
function post(body, { k = good, actor = 'm', keyId, path = `/actors/${name}/inbox`, date = new Date(), type = 'application/json', headers = {}, drop = [] } = {}) {
    if (typeof body !== 'string') body = JSON.stringify(body);
    const h = { host: authority, date: typeof date === 'string' ? date : date.toUTCString(), 'content-type': type,
        digest: 'sha-256=' + crypto.createHash('sha256').update(body).digest('base64') };
    const text = `next-kernel delivery 1\nPOST ${path}\nhost: ${h.host}\ndate: ${h.date}\ncontent-type: ${h['content-type']}\ndigest: ${h.digest}\n`;
    h.signature = `keyId="${keyId ?? `${base}/${actor}#k`}",algorithm="ed25519",signature="${sign(k, text)}"`;
    Object.assign(h, headers);
    for (const d of drop) delete h[d];
    return new Promise((resolve) => {
        const out = http.request(`${url}${path}`, { method: 'POST', headers: { ...h, 'content-length': Buffer.byteLength(body), accept: 'application/json' }, setHost: false, agent }, (res) => {
            let text2 = '';
            res.on('data', (d) => { text2 += d; });
            res.on('end', () => { let j = {}; try { j = JSON.parse(text2); } catch { /* none */ } resolve(`${res.statusCode} ${j.error ?? j.accepted ?? ''}`); });
        });
        out.on('error', (e) => resolve(e.code));
        out.end(body);
    });
}
const agent = new http.Agent({ keepAlive: true, maxSockets: 16 });
const ago = (s) => new Date(Date.now() - s * 1000);

async function refusals() {
    const say = async (what2, answer) => console.log(`${what2}: ${await answer}`);
    await say('a proper one', post(envelope()));
    const again = envelope();
    await say('another', post(again));
    await say('the same again', post(again));
    await say('unsigned', post(envelope(), { drop: ['signature'] }));
    await say('no such actor', post(envelope(), { path: '/actors/nobody/inbox' }));
    await say('signature of nonsense', post(envelope(), { headers: { signature: 'nonsense' } }));
    await say('no date', post(envelope(), { drop: ['date'] }));
    await say('no digest', post(envelope(), { drop: ['digest'] }));
    await say('a date of nonsense', post(envelope(), { date: 'yesterday' }));
    await say('six minutes old', post(envelope(), { date: ago(360) }));
    await say('six minutes ahead', post(envelope(), { date: ago(-360) }));
    await say('four minutes old', post(envelope(), { date: ago(240) }));
    await say('another host', post(envelope(), { headers: { host: 'example.org' } }));
    await say('another digest', post(envelope(), { headers: { digest: 'sha-256=AAAA' } }));
    await say('another date', post(envelope(), { headers: { date: ago(10).toUTCString() } }));
    await say('another type', post(envelope(), { headers: { 'content-type': 'application/activity+json' } }));
    await say('not called JSON', post('hello', { type: 'text/plain' }));
    await say('not JSON', post('hello'));
    await say('a list', post('[1]'));
    await say('equal keys', post('{"a":1,"a":2}'));
    await say('too deep', post('['.repeat(10000)));
    await say('too large', post(envelope({ object: 'x'.repeat(1100000) })));
    await say('no type', post(envelope({ type: undefined })));
    await say('type is a number', post(envelope({ type: 7 })));
    await say('actor is no address', post(envelope({ actor: 'm' })));
    await say('actor with a user', post(envelope({ actor: 'http://a@b/m' })));
    await say('somebody else\'s key', post(envelope(), { keyId: `${base}/n#k` }));
    await say('two keys', post(envelope({ key_id: `${base}/m#other` })));
    await say('an envelope without a key', post(envelope({ key_id: undefined })));
    await say('an id of another origin', post(envelope({ id: 'http://example.org/1' })));
    await say('an unknown key', post(envelope({ key_id: `${base}/m#q` }), { keyId: `${base}/m#q` }));
    await say('a wrong delivery signature', post(envelope(), { k: newer }));
    await say('a wrong envelope signature', post(envelope({}, { k: newer })));
    const changed = envelope();
    changed.extra = 'not signed';
    await say('a member more', post(changed));
    for (const actor of ['down', 'moved', 'huge', 'silent', 'elsewhere', 'liar']) await say(`document: ${actor}`, post(envelope({}, { actor }), { actor }));
    await say('document: notowner', post(envelope({}, { actor: 'notowner' }), { actor: 'notowner' }));
    await say('accept of nothing', post(envelope({ type: 'Accept', object: { type: 'Follow', id: `${me}/outbox/1`, actor: me, object: `${base}/m` } })));
    await say('undo of another\'s', post(envelope({ type: 'Undo', object: { type: 'Follow', actor: `${base}/n`, object: me } })));
    await say('delete of another\'s', post(envelope({ type: 'Delete', object: 'http://example.org/note' })));
    await say('follow of another', post(envelope({ type: 'Follow', object: `${url}/actors/other` })));
    await say('follow', post(envelope({ type: 'Follow', object: me })));
    await say('rotating: before', post(envelope({}, { actor: 'rotating' }), { actor: 'rotating' }));
    rotated = true;
    const before = fetches;
    await say('rotating: too soon to ask again', post(envelope({}, { actor: 'rotating', k: newer }), { actor: 'rotating', k: newer }));
    for (let i = 0; i < 20; i++) await post(envelope(), { k: newer });
    console.log(`bad signatures asked for the document: ${fetches - before} times`);
}

async function names() {
    const strange = (i) => `n${i}-` + crypto.randomBytes(6).toString('hex');
    const jobs = [];
    for (let i = 0; i < 1000; i++) {
        const object = {};
        for (let j = 0; j < 97; j++) object[strange(j)] = strange(j);
        jobs.push(() => post(envelope({ type: strange(i), object, [strange(i)]: 1 }, { actor: strange(i) }), { path: `/actors/${strange(i)}/inbox` }));
        if (i % 4 === 0) jobs.push(() => post(envelope({ type: strange(i), object }), { keyId: `${base}/m#${strange(i)}` }));
        if (i % 4 === 1) jobs.push(() => post(envelope({ type: strange(i), object, [strange(i)]: 1 })));
    }
    const seen = {};
    await Promise.all(Array.from({ length: 8 }, async () => { for (let job; (job = jobs.pop());) { const a = await job(); seen[a] = (seen[a] ?? 0) + 1; } }));
    console.log(JSON.stringify(Object.keys(seen).sort()));
}

server.listen(0, '127.0.0.1', async () => {
    base = `http://127.0.0.1:${server.address().port}`;
    await (what === 'names' ? names() : refusals());
    process.exit(0);
});
