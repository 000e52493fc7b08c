// ids.mjs - ids of the activities of one type (`any`: of all) in an ordered collection, oldest first, one a line; follows `next`.
//   node ids.mjs URL TYPE
const [url, type] = process.argv.slice(2);
const ids = [];
for (let at = url; at; ) {
    const page = await (await fetch(at, { headers: { accept: 'application/json', authorization: 'Bearer secret' } })).json();
    for (const item of page.orderedItems) if (type === 'any' || item.type === type) ids.push(item.id);
    at = page.next;
}
console.log(ids.reverse().join('\n'));
