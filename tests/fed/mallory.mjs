// mallory.mjs - a remote actor that signs properly and misbehaves: posts one crafted delivery after the other to an inbox and
// prints a line `NAME: STATUS ERROR` for each.
//   node mallory.mjs URL ACTOR [names N | fill N]     URL is a host's, ACTOR an actor there; names: N times a hundred hostile names instead;
//                                           fill N [HOST]: notes of N bytes until one is refused, to a host that goes by that name
// It serves the documents of its own actors, each behaving as its name says.
import http from 'node:http';
import crypto from 'node:crypto';

const [url, name, what] = process.argv.slice(2);
const authority = process.argv[6] ?? new URL(url).host, me = `${url}/actors/${name}`;
const key = () => crypto.generateKeyPairSync('ed25519');
const raw = (k) => k.publicKey.export({ type: 'spki', format: 'der' }).subarray(-32).toString('base64');
const good = key(), newer = key();
let base, fetches = 0;
const rotated = new Set(); // actors that have replaced their key

const documentOf = (actor, k = good, more = {}) => ({
    id: `${base}/${actor}`, type: 'Person', inbox: `${base}/${actor}/inbox`,
    publicKeys: [{ id: `${base}/${actor}#k`, owner: `${base}/${actor}`, value: raw(k) }], ...more,
});
const documents = {
    elsewhere: () => documentOf('elsewhere', good, { inbox: 'http://127.0.0.1:1/inbox' }),
    landing: () => documentOf('moved'), // which would do if the redirect were followed
    liar: () => documentOf('other'),
    notowner: () => documentOf('notowner', good, { publicKeys: [{ id: `${base}/notowner#k`, owner: `${base}/m`, value: raw(good) }] }),
};
const server = http.createServer((req, res) => {
    const actor = req.url.split('/')[1];
    fetches++;
    if (req.method === 'POST') res.writeHead(202).end();
    else if (actor === 'down') res.writeHead(500).end();
    else if (actor === 'moved') res.writeHead(302, { location: `${base}/landing` }).end();
    else if (actor === 'huge') res.end('x'.repeat(1 << 20));
    else if (actor === 'silent') res.destroy();
    else res.end(JSON.stringify((documents[actor] ?? (() => documentOf(actor, rotated.has(actor) ? newer : good)))()));
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
    if (typeof body !== 'string' && !Buffer.isBuffer(body)) body = JSON.stringify(body);
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
const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
const ago = (s) => new Date(Date.now() - s * 1000);

async function refusals() {
    const say = async (what2, answer) => console.log(`${what2}: ${await answer}`);
    await say('a proper one', post(envelope()));
    const again = envelope();
    await say('another', post(again));
    await say('the same again', post(again));
    const first = envelope();
    await say('one that is signed badly', post({ ...first, object: 'changed' }));
    await say('does not count, the good one does', post(first));
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
    await say('a large follow', post(envelope({ type: 'Follow', object: me, extra: 'x'.repeat(20000) })));
    await say('follow', post(envelope({ type: 'Follow', object: me })));
    await say('two dates', post(envelope(), { headers: { date: [ago(0).toUTCString(), ago(0).toUTCString()] } }));
    await say('two digests', post(envelope(), { headers: { digest: ['sha-256=AAAA', 'sha-256=AAAA'] } }));
    const twice = sign(good, 'x');
    await say('two signatures', post(envelope(), { headers: { signature: [`keyId="${base}/m#k",algorithm="ed25519",signature="${twice}"`, `keyId="${base}/m#k",algorithm="ed25519",signature="${twice}"`] } }));
    await say('another algorithm', post(envelope(), { headers: { signature: `keyId="${base}/m#k",algorithm="none",signature="${twice}"` } }));
    await say('a signature without end', post(envelope(), { headers: { signature: `keyId="${base}/m#k",algorithm="ed25519",signature="${'A'.repeat(4000)}"` } }));
    await say('actor is an object', post(envelope({ actor: { id: `${base}/m` } })));
    await say('id is a number', post(envelope({ id: 7 })));
    await say('published is text', post(envelope({ published: 'now' })));
    await say('no object', post(envelope({ object: undefined })));
    await say('key id is a number', post({ ...envelope(), key_id: 7 }));
    await say('signature is an object', post({ ...envelope(), signature: {} }));
    await say('id with dots', post(envelope({ id: `${base}/m/../n/1` })));
    await say('bytes that are no UTF-8', post(Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')])));
    await say('half a surrogate pair', post('{"a":"\\ud800"}'));
    await say('half a surrogate pair as bytes', post(Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])));
    await say('a number without end', post(`{"a":1${'0'.repeat(100000)}}`));
    await say('a number beyond doubles', post('{"a":1e999}'));
    await say('equal keys by escape', post('{"a":1,"\\u0061":2}'));
    await say('no number', post('{"a":NaN}'));
    await say('two values', post('{}{}'));
    await say('an empty body', post(''));
    await say('undo by a name alone', post(envelope({ type: 'Undo', object: `${base}/n/outbox/1` })));
    await say('n says something', post(envelope({ object: { id: `${base}/n/note`, type: 'Note', content: 'x' } }, { actor: 'n' }), { actor: 'n' }));
    await say('delete of what a neighbour said', post(envelope({ type: 'Delete', object: `${base}/n/note` })));
    await say('update of what a neighbour said', post(envelope({ type: 'Update', object: { id: `${base}/n/note`, type: 'Note', content: 'y' } })));
    await say('delete of one\'s own', post(envelope({ type: 'Delete', object: `${base}/n/note` }, { actor: 'n' }), { actor: 'n' }));
    await say('an accept of what another was asked', post(envelope({ type: 'Accept', object: { type: 'Follow', id: `${me}/outbox/2`, actor: me, object: `${base}/n` } })));

    // what is refused by a look at it fetches nothing
    let before = fetches;
    for (const odd of [{ date: ago(400) }, { drop: ['signature'] }, { headers: { digest: 'sha-256=AAAA' } }, { headers: { host: 'example.org' } }, { keyId: `${base}/m#k` }])
        await post(envelope({}, { actor: 'unseen' }), { actor: 'unseen', ...odd });
    await post('nonsense', { actor: 'unseen' });
    console.log(`cheap checks asked for the document: ${fetches - before} times`);

    // a key that is replaced
    const rotating = { actor: 'rotating' }, quiet = { actor: 'quiet' };
    await say('rotating: before', post(envelope({}, rotating), rotating));
    rotated.add('rotating');
    await say('rotating: the new key', post(envelope({}, { ...rotating, k: newer }), { ...rotating, k: newer }));
    await say('rotating: the old key', post(envelope({}, rotating), rotating));
    await say('quiet: before', post(envelope({}, quiet), quiet));
    rotated.add('quiet');
    await new Promise((wake) => setTimeout(wake, 400)); // the test's fresh_ms is 300
    await say('quiet: the old key, and nothing by the new one', post(envelope({}, quiet), quiet));
    before = fetches;
    await Promise.all(Array.from({ length: 40 }, () => post(envelope(), { k: newer })));
    console.log(`forty bad signatures asked for the document: ${fetches - before} times`);
    before = fetches;
    await Promise.all(Array.from({ length: 40 }, () => post(envelope({}, { actor: 'down' }), { actor: 'down' })));
    console.log(`forty of one whose document is not there asked for it: ${fetches - before} times`);
}

async function fill(bytes) {
    for (let i = 1; ; i++) {
        const answer = await post(envelope({ object: { type: 'Note', content: 'x'.repeat(bytes) } }));
        if (answer !== '202 new') { console.log(`${i - 1} taken, then ${answer}${process.argv[6] ? `; the document was asked for ${fetches} times` : ''}`); return; }
    }
}

async function names(n) {
    const strange = (i) => `n${i}-` + crypto.randomBytes(6).toString('hex');
    const jobs = [];
    for (let i = 0; i < n; i++) {
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
    await (what === 'names' ? names(Number(process.argv[5])) : what === 'fill' ? fill(Number(process.argv[5])) : refusals());
    process.exit(0);
});
