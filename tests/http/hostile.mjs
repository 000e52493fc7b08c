// hostile.mjs - a server that behaves as badly as the path asks for, and says on its output what it sees.
//   node hostile.mjs [CERT KEY]     prints `listening PORT`, with a certificate also `tls PORT`
// Lines of output: `connection N`, `request METHOD PATH`, `gone PATH` (the client went away before an answer was whole).
import net from 'node:net';
import tls from 'node:tls';
import fs from 'node:fs';

let connections = 0;
const together = []; // answered when there are a thousand
const say = (text) => process.stdout.write(text + '\n');
const answer = (body, fields = '') => `HTTP/1.1 200 OK\r\n${fields}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

const ways = {
    '/ok': (s) => s.write(answer('ok')),
    '/silent': () => {},
    '/together': (s) => { together.push(s); if (together.length === 1000) for (const t of together) t.write(answer('all here')); },
    '/close': (s) => s.destroy(),
    '/reset': (s) => s.resetAndDestroy(),
    '/partial': (s) => s.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nten bytes.'),
    '/garbage': (s) => s.end('\x00\x01\x02 this is no response at all\r\n\r\n'),
    '/http09': (s) => s.end('just text, as in 1991'),
    '/big-head': (s) => { s.write('HTTP/1.1 200 OK\r\n'); pour(s, 'x-filler: ' + 'y'.repeat(1000) + '\r\n'); },
    '/many-fields': (s) => s.end('HTTP/1.1 200 OK\r\n' + Array.from({ length: 300 }, (_, i) => `x${i}: 1\r\n`).join('') + '\r\n'),
    '/no-end': (s) => { s.write('HTTP/1.1 200 OK\r\n\r\n'); pour(s, 'z'.repeat(5000)); },
    '/chunk-bomb': (s) => { s.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n'); pour(s, '1000\r\n' + 'z'.repeat(4096) + '\r\n'); },
    '/bad-chunk': (s) => s.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nnonsense\r\n'),
    '/huge-length': (s) => s.write('HTTP/1.1 200 OK\r\ncontent-length: 99999999999999\r\n\r\nx'),
    '/bad-length': (s) => s.end('HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\nx'),
    '/trickle': (s) => { s.write('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n'); const t = setInterval(() => s.destroyed ? clearInterval(t) : s.write('.'), 20); },
    '/to-file': (s) => s.write('HTTP/1.1 302 Found\r\nlocation: file:///etc/hostname\r\ncontent-length: 0\r\n\r\n'),
    '/to-ftp': (s) => s.write('HTTP/1.1 302 Found\r\nlocation: ftp://127.0.0.1/\r\ncontent-length: 0\r\n\r\n'),
    '/to-ok': (s) => s.write('HTTP/1.1 302 Found\r\nlocation: /ok\r\ncontent-length: 0\r\n\r\n'),
    '/loop': (s) => s.write('HTTP/1.1 302 Found\r\nlocation: /loop\r\ncontent-length: 0\r\n\r\n'),
    '/informed': (s) => s.write('HTTP/1.1 103 Early Hints\r\nx-early: 1\r\n\r\n' + answer('late', 'x-late: 2\r\n')),
    '/cookies': (s) => s.write(answer('c', 'Set-Cookie: a=1\r\nset-cookie: b=2\r\nSet-Cookie: c=3\r\nX-Twice: 1\r\nx-twice: 2\r\n')),
    '/trailers': (s) => s.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nx-trailer: 1\r\n\r\n'),
    '/gzip': (s) => s.write(answer('not zipped', 'content-encoding: gzip\r\n')),
};

function pour(s, piece) {
    while (!s.destroyed && s.write(piece));
    if (!s.destroyed) s.once('drain', () => setImmediate(pour, s, piece));
}

function serve(s) {
    say(`connection ${++connections}`);
    let text = '', path = null;
    s.on('error', () => {});
    s.on('close', () => { if (path !== null) say(`gone ${path}`); });
    s.on('data', (bytes) => {
        text += bytes.toString('latin1');
        for (let end; (end = text.indexOf('\r\n\r\n')) >= 0;) {
            const head = text.slice(0, end);
            const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
            if (text.length < end + 4 + length) return;
            const body = text.slice(end + 4, end + 4 + length);
            text = text.slice(end + 4 + length);
            const [method, target] = head.split(' ', 2);
            path = target;
            say(`request ${method} ${target}`);
            if (target === '/what') s.write(answer(head + '\r\n\r\n' + body));
            else (ways[target.split('?')[0]] ?? ways['/ok'])(s);
        }
    });
}

const plain = net.createServer(serve).listen(0, '127.0.0.1', () => say(`listening ${plain.address().port}`));
if (process.argv.length > 3) {
    const secure = tls.createServer({ cert: fs.readFileSync(process.argv[2]), key: fs.readFileSync(process.argv[3]) }, serve);
    secure.on('tlsClientError', () => {});
    secure.listen(0, '127.0.0.1', () => say(`tls ${secure.address().port}`));
}
