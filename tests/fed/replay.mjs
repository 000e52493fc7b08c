// replay.mjs - sends captured deliveries again with one thing altered; prints what came of all of them, `N times STATUS ERROR`.
//   node replay.mjs URL CAPTURE_FILE WAY
import http from 'node:http';
import crypto from 'node:crypto';
import fs from 'node:fs';

const [url, file, way] = process.argv.slice(2);
const digest = (body) => 'sha-256=' + crypto.createHash('sha256').update(body).digest('base64');
const flip = (text, at) => text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);

const ways = {
    'nothing': () => {},
    'body': (d) => { d.body = d.body.replace('"type":', '"type" :'); },
    'body and digest': (d) => { d.body = d.body.replace('"type":', '"type" :'); d.headers.digest = digest(d.body); },
    'actor': (d) => { d.body = d.body.replaceAll('/actors/alice"', '/actors/malice"'); },
    'actor and digest': (d) => { d.body = d.body.replaceAll('/actors/alice"', '/actors/malice"'); d.headers.digest = digest(d.body); },
    'path': (d) => { d.path = d.path === '/inbox' ? '/actors/bob/inbox' : '/inbox'; },
    'query': (d) => { d.path += '?a=1'; },
    'host': (d) => { d.headers.host = 'example.org'; },
    'date': (d) => { d.headers.date = new Date(Date.parse(d.headers.date) + 1000).toUTCString(); },
    'old date': (d) => { d.headers.date = new Date(Date.parse(d.headers.date) - 400000).toUTCString(); },
    'type': (d) => { d.headers['content-type'] = 'application/json; charset=utf-8'; },
    'digest': (d) => { d.headers.digest = digest('x'); },
    'key id': (d) => { d.headers.signature = d.headers.signature.replace('#k1"', '#k2"'); },
    'another\'s key id': (d) => { d.headers.signature = d.headers.signature.replace('/actors/alice#', '/actors/bob#'); },
    'signature': (d) => { d.headers.signature = flip(d.headers.signature, d.headers.signature.indexOf('signature="') + 20); },
    'no signature': (d) => { delete d.headers.signature; },
};

function send(d) {
    return new Promise((resolve) => {
        const out = http.request(`${url}${d.path}`, { method: d.method, headers: { ...d.headers, accept: 'application/json', 'content-length': Buffer.byteLength(d.body) }, setHost: false }, (res) => {
            let text = '';
            res.on('data', (x) => { text += x; });
            res.on('end', () => { const j = JSON.parse(text); resolve(`${res.statusCode} ${j.error ?? j.accepted}`); });
        });
        out.on('error', (e) => resolve(e.code));
        out.end(d.body);
    });
}

const counts = {};
for (const line of fs.readFileSync(file, 'utf8').trim().split('\n')) {
    const d = JSON.parse(line);
    d.body = Buffer.from(d.body, 'base64').toString();
    ways[way](d);
    const answer = await send(d);
    counts[answer] = (counts[answer] ?? 0) + 1;
}
console.log(Object.entries(counts).map(([answer, n]) => `${n} times ${answer}`).join(', '));
