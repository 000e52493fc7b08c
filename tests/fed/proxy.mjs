// proxy.mjs - stands before a host and treats the requests that come to it badly, or writes them down.
//   node proxy.mjs TARGET_FILE MODE CAPTURE_FILE     prints `listening URL`
// TARGET_FILE holds the address of the host; it is read at each request, so it may be written later.
// MODE clean: hands on. MODE third: a third of the POSTs is dropped (before or behind the host), delayed, repeated or held back
// until a later one has passed; which, follows from a count, so runs are alike. Each POST is written to CAPTURE_FILE, a line of JSON.
import http from 'node:http';
import fs from 'node:fs';

const [targetFile, mode, captureFile] = process.argv.slice(2);
let count = 0, held = null;

function send(req, body, done) {
    const target = new URL(fs.readFileSync(targetFile, 'utf8').trim());
    const out = http.request({ host: target.hostname, port: target.port, method: req.method, path: req.url, headers: req.headers, setHost: false }, (answer) => {
        const parts = [];
        answer.on('data', (d) => parts.push(d));
        answer.on('end', () => done(answer, Buffer.concat(parts)));
        answer.on('error', () => done(null));
    });
    out.on('error', () => done(null));
    out.end(body);
}

const server = http.createServer((req, res) => {
    const parts = [];
    req.on('data', (d) => parts.push(d));
    req.on('end', () => {
        const body = Buffer.concat(parts);
        const answer = (a, bytes) => {
            if (a === null) { res.destroy(); return; }
            res.writeHead(a.statusCode, { 'content-type': a.headers['content-type'] ?? 'text/plain' });
            res.end(bytes);
        };
        const release = () => { const h = held; held = null; if (h) h(); };
        if (req.method === 'POST') fs.appendFileSync(captureFile, JSON.stringify({ method: req.method, path: req.url, headers: req.headers, body: body.toString('base64') }) + '\n');
        const way = mode === 'third' && req.method === 'POST' && ++count % 3 === 0 ? (count / 3) % 5 : -1;
        if (way === 0) res.destroy(); // never gets there
        else if (way === 1) send(req, body, () => res.destroy()); // the answer is lost
        else if (way === 2) setTimeout(() => send(req, body, answer), 300);
        else if (way === 3) send(req, body, () => send(req, body, answer));
        else if (way === 4) { // gets there after later ones, and its sender has tried again by then
            held = () => send(req, body, () => {});
            res.destroy();
            setTimeout(release, 600);
        } else {
            send(req, body, answer);
        }
    });
});
server.listen(0, '127.0.0.1', () => console.log(`listening http://127.0.0.1:${server.address().port}`));
