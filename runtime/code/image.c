/* image.c - the store as bytes: what the build writes once, so that start-up compiles nothing.
 *
 *   | header | atoms, as their table keeps them | three lists of word indices | up to a page | the shared range, base to top |
 *
 * Relocation: writing walks everything that the store reaches, by type, and lists the words that are addresses into the
 * range. Read at the address that it was written at, the list is not even looked at; at another one (the address was taken;
 * WebAssembly) each of these words moves by the difference. All addresses are 64-bit words (SX_PTR), so an image of a
 * 64-bit build serves 32-bit ones. Two more lists, short ones, are applied in any case: the words that point to the empty
 * map, which is static and not in the range, and the large maps, whose tries depend on the hash seed of the run.
 * An image that is part of the program is trusted and not copied: its atoms stay where they are, its words are mapped, and
 * a start touches only the pages that it uses. Any other is checked first.
 * INVARIANT: atoms keep their indices, so words that hold atoms need nothing. */
#include "base/sys.h"
#include "code/code.h"
#include "code/prim.h"
#include "value/map.h"

#define MAGIC 0x31676D4978736853u /* "Shsximg1", little endian */
#define FORMAT 3

typedef struct Header {
    uint64_t magic, format;
    uint64_t build_hash;  /* opcodes, their formats, static atoms */
    uint64_t prims_hash, n_prims;
    uint64_t checksum;    /* over all that follows the header */
    uint64_t map_seed;
    uint64_t base, n_words;
    uint64_t n_atoms, atom_bytes;                /* those that are not static */
    uint64_t list_bytes[3];                      /* by ListKind */
    uint64_t fill_bytes;                         /* zeros, so that the words begin at a page */
    uint64_t cells[3], exports[3], modules[3];   /* slots as a word index, n, cap */
    uint64_t units, n_units, cap_units;
} Header;

typedef enum ListKind { LIST_ADDRESSES, LIST_EMPTY_MAPS, LIST_TRIES } ListKind;

/* ---- what makes two builds alike ---- */

static uint64_t build_hash(void)
{
    static const char *const atoms[] = {
#define ATOM(id, text) text,
#include "value/atoms.def"
#undef ATOM
    };
    SxBuf b = SX_BUF_INIT;
    for (size_t i = 0; i < SX_OP_COUNT; i++) {
        const char *parts[] = {sx_op_info[i].name, sx_op_info[i].operands, sx_op_info[i].extra};
        for (size_t k = 0; k < SX_COUNT(parts); k++) sx_buf_add(&b, parts[k], strlen(parts[k]) + 1);
    }
    for (size_t i = 0; i < SX_COUNT(atoms); i++) sx_buf_add(&b, atoms[i], strlen(atoms[i]) + 1);
    uint64_t hash = sx_hash_bytes(b.data, b.len);
    sx_buf_deinit(&b);
    return hash;
}

/* Four lanes, so that the multiplications overlap: the image is read at the speed of memory. */
static uint64_t checksum(const unsigned char *bytes, size_t n)
{
    uint64_t lane[4] = {n, 1, 2, 3};
    size_t i = 0;
    for (; i + 32 <= n; i += 32)
        for (int k = 0; k < 4; k++) {
            uint64_t w;
            memcpy(&w, bytes + i + 8 * k, 8);
            lane[k] = (lane[k] ^ w) * 0x9E3779B97F4A7C15u;
            lane[k] ^= lane[k] >> 29;
        }
    uint64_t tail = sx_hash_bytes(bytes + i, n - i);
    return (lane[0] ^ lane[1] << 1) + (lane[2] ^ lane[3] << 1) + tail;
}

/* ---- writing: the walk ---- */

typedef enum NodeKind { NODE_TERM, NODE_FN, NODE_UNIT, NODE_CELL, NODE_EXPORT, NODE_MODULE } NodeKind;
typedef struct Node { NodeKind kind; uint64_t at; } Node;

typedef struct Walk {
    const sx_val *base;
    size_t n_words;
    uint8_t *is_address, *is_empty_map, *is_trie, *visited; /* a byte a word */
    Node *todo;
    size_t n_todo, cap_todo;
    bool failed; /* something points outside of the range */
} Walk;

static size_t index_of(const Walk *w, const void *at) { return (size_t)((const sx_val *)at - w->base); }
static bool inside(const Walk *w, const void *at) { return index_of(w, at) < w->n_words; }

static void visit(Walk *w, NodeKind kind, uint64_t at)
{
    size_t i = index_of(w, sx_ptr(at));
    if (w->visited[i]) return;
    w->visited[i] = 1;
    if (w->n_todo == w->cap_todo) {
        w->cap_todo = w->cap_todo ? w->cap_todo * 2 : 1024;
        w->todo = sx_realloc(w->todo, w->cap_todo * sizeof *w->todo);
    }
    w->todo[w->n_todo++] = (Node){kind, at};
}

/* The word at `field` is an address or 0. Answers whether it leads somewhere. */
static bool address(Walk *w, const uint64_t *field)
{
    if (*field == 0) return false;
    if (!inside(w, sx_ptr(*field))) {
        w->failed = true;
        return false;
    }
    w->is_address[index_of(w, field)] = 1;
    return true;
}

static void link_to(Walk *w, NodeKind kind, const uint64_t *field)
{
    if (address(w, field)) visit(w, kind, *field);
}

/* The word at `field` is a term. */
static void term(Walk *w, const sx_val *field)
{
    if (!sx_is_pointer(*field)) return;
    if (*field == sx_map_empty()) w->is_empty_map[index_of(w, field)] = 1;
    else link_to(w, NODE_TERM, field);
}

static void walk_term(Walk *w, sx_val v)
{
    const sx_val *p = sx_ptr(v);
    if (sx_is_cons(v)) {
        term(w, p);
        term(w, p + 1);
        return;
    }
    SxKind kind = sx_header_kind(*p);
    size_t first = 1;
    if (kind == SX_KIND_BLOB) w->failed = true;
    if (kind >= SX_KIND_FIRST_RAW) return;
    if (kind == SX_KIND_CLOSURE) link_to(w, NODE_FN, p + first++);
    if (kind == SX_KIND_HAMT) w->is_trie[index_of(w, p)] = 1;
    for (size_t i = first; i <= sx_header_size(*p); i++) term(w, p + i);
}

static void walk_code(Walk *w, const uint64_t *code, size_t n_code)
{
    for (const uint64_t *pc = code; pc < code + n_code; pc += sx_op_length(pc)) {
        const char *extra = sx_op_info[SX_INSTR_OP(*pc)].extra;
        for (size_t i = 0; extra[i]; i++) switch (extra[i]) {
            case 'k': case 'd': term(w, pc + 1 + i); break;
            case 'f': link_to(w, NODE_FN, pc + 1 + i); break;
            case 'g': link_to(w, NODE_CELL, pc + 1 + i); break;
            case 'e': link_to(w, NODE_EXPORT, pc + 1 + i); break;
            default: break;
            }
    }
}

static void walk_node(Walk *w, Node node)
{
    void *at = (void *)(uintptr_t)node.at;
    switch (node.kind) {
    case NODE_TERM: walk_term(w, node.at); break;
    case NODE_FN: {
        const SxFn *fn = at;
        address(w, &fn->code_word);
        address(w, &fn->handlers_word);
        link_to(w, NODE_UNIT, &fn->unit_word);
        term(w, &fn->usage);
        term(w, &fn->doc);
        term(w, &fn->closure);
        walk_code(w, fn->code, fn->n_code);
        break;
    }
    case NODE_UNIT: {
        const SxUnit *unit = at;
        address(w, &unit->code_word);
        address(w, &unit->fns_word);
        address(w, &unit->positions_word);
        address(w, &unit->files_word);
        for (uint32_t i = 0; i < unit->n_fns; i++) visit(w, NODE_FN, (uint64_t)(uintptr_t)&unit->fns[i]);
        break;
    }
    case NODE_CELL: {
        const SxCell *cell = at;
        term(w, &cell->value);
        term(w, &cell->doc);
        link_to(w, NODE_FN, &cell->fn_word);
        break;
    }
    case NODE_EXPORT: {
        const SxExport *e = at;
        link_to(w, NODE_FN, &e->fn_word);
        term(w, &e->closure);
        break;
    }
    case NODE_MODULE: {
        const SxModule *m = at;
        term(w, &m->info);
        if (m->unit != NULL) link_to(w, NODE_UNIT, &m->unit_word);
        break;
    }
    }
}

static void walk_slots(Walk *w, NodeKind kind, const uint64_t *slots, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++) link_to(w, kind, &slots[i]);
}

static void walk_store(Walk *w, const SxCode *c)
{
    walk_slots(w, NODE_CELL, c->cells.slots, c->cells.cap);
    walk_slots(w, NODE_EXPORT, c->exports.slots, c->exports.cap);
    walk_slots(w, NODE_MODULE, c->modules.slots, c->modules.cap);
    walk_slots(w, NODE_UNIT, c->units, c->n_units);
    while (w->n_todo) walk_node(w, w->todo[--w->n_todo]);
}

/* ---- writing: the bytes ---- */

/* Indices of the marked words, as distances in 7-bit groups. */
static void add_list(SxBuf *out, const uint8_t *marked, size_t n_words)
{
    size_t last = 0;
    for (size_t i = 0; i < n_words; i++) {
        if (!marked[i]) continue;
        size_t distance = i - last;
        for (; distance >= 0x80; distance >>= 7) sx_buf_add_char(out, (char)(distance | 0x80));
        sx_buf_add_char(out, (char)distance);
        last = i;
    }
}

static void put_table(const Walk *w, const SxTable *t, uint64_t *to)
{
    to[0] = t->slots ? index_of(w, t->slots) : 0;
    to[1] = t->n;
    to[2] = t->cap;
}

bool sx_image_write(SxCode *c, SxBuf *out)
{
    size_t n = (size_t)(c->shared.top - c->shared.base);
    uint8_t *marks = sx_alloc_zero(4 * n + 1);
    Walk w = {.base = c->shared.base, .n_words = n, .is_address = marks, .is_empty_map = marks + n, .is_trie = marks + 2 * n, .visited = marks + 3 * n};
    walk_store(&w, c);
    sx_free(w.todo);
    Header h = {.magic = MAGIC, .format = FORMAT, .build_hash = build_hash(), .prims_hash = c->prims_hash, .n_prims = c->n_prims,
                .map_seed = sx_map_seed, .base = (uint64_t)(uintptr_t)w.base, .n_words = n,
                .units = c->units ? index_of(&w, c->units) : 0, .n_units = c->n_units, .cap_units = c->cap_units};
    put_table(&w, &c->cells, h.cells);
    put_table(&w, &c->exports, h.exports);
    put_table(&w, &c->modules, h.modules);
    size_t start = out->len;
    sx_buf_add(out, &h, sizeof h); /* its place */
    h.n_atoms = sx_atom_count() - SX_ATOM_INDEX_COUNT;
    h.atom_bytes = sx_atoms_write(out, SX_ATOM_INDEX_COUNT);
    const uint8_t *marked[] = {w.is_address, w.is_empty_map, w.is_trie};
    for (int k = 0; k < 3; k++) {
        size_t before = out->len;
        add_list(out, marked[k], n);
        h.list_bytes[k] = out->len - before;
    }
    for (; (out->len - start) % SX_SYS_PAGE; h.fill_bytes++) sx_buf_add_char(out, 0);
    sx_buf_add(out, w.base, n * sizeof(sx_val));
    size_t body = start + sizeof h;
    h.checksum = checksum((const unsigned char *)out->data + body, out->len - body);
    memcpy(out->data + start, &h, sizeof h);
    sx_free(marks);
    return !w.failed;
}

/* ---- reading ---- */

static bool header_fits(const void *bytes, size_t n_bytes, Header *h, const char **why)
{
    if (n_bytes < sizeof *h) return *why = "the image is cut short", false;
    memcpy(h, bytes, sizeof *h);
    if (h->magic != MAGIC) return *why = "this is no boot image", false;
    if (h->format != FORMAT) return *why = "the image has the format of another version", false;
    if (h->build_hash != build_hash()) return *why = "the image is of a build with other instructions or static atoms", false;
    return true;
}

bool sx_image_matches(const void *bytes, size_t n_bytes, const SxPrim *const *prims, uint32_t n_prims, const char **why)
{
    Header h;
    if (!header_fits(bytes, n_bytes, &h, why)) return false;
    if (h.n_prims != n_prims || h.prims_hash != sx_prims_hash(prims, n_prims)) return *why = "the image is of a build with other primitives", false;
    return true;
}

/* Are the parts as long as the header says, and undamaged (not asked of the program's own)? *words: where the words begin. */
static bool parts_fit(const unsigned char *bytes, size_t n_bytes, const Header *h, bool own, const unsigned char **words, const char **why)
{
    uint64_t left = n_bytes - sizeof *h;
    uint64_t parts[] = {h->atom_bytes, h->list_bytes[0], h->list_bytes[1], h->list_bytes[2], h->fill_bytes};
    const unsigned char *at = bytes + sizeof *h;
    for (size_t i = 0; i < SX_COUNT(parts); i++) {
        if (parts[i] > left) return *why = "the image is cut short", false;
        left -= parts[i];
        at += parts[i];
    }
    if (h->n_words > left / sizeof(sx_val) || h->n_words * sizeof(sx_val) != left) return *why = "the image is cut short", false;
    if (!own && checksum(bytes + sizeof *h, n_bytes - sizeof *h) != h->checksum) return *why = "the image is damaged: its checksum differs", false;
    *words = at;
    return true;
}

/* The words, at `base`: whole pages of the program's own are mapped. */
static void place_words(sx_val *base, const unsigned char *words, size_t n_words, bool own)
{
    size_t n_bytes = n_words * sizeof *base, mapped = n_bytes & ~(size_t)(SX_SYS_PAGE - 1);
    if (!own || (uintptr_t)words % SX_SYS_PAGE || (uintptr_t)base % SX_SYS_PAGE || mapped == 0 || !sx_sys_map_own(base, words, mapped)) mapped = 0;
    memcpy((char *)base + mapped, words + mapped, n_bytes - mapped);
}

typedef struct List { const unsigned char *at, *end; size_t index; } List;

/* The next word index of a list; false at its end. */
static bool list_next(List *l, size_t *index)
{
    if (l->at == l->end) return false;
    size_t distance = 0;
    unsigned shift = 0;
    while (l->at < l->end) {
        unsigned char c = *l->at++;
        distance |= (size_t)(c & 0x7f) << shift;
        shift += 7;
        if (!(c & 0x80)) break;
    }
    *index = l->index += distance;
    return true;
}

/* The pairs of the map at `object` in a trie that suits the seed of this run. */
static bool rebuild_trie(SxCode *c, SxHeap *h, sx_val *object)
{
    sx_val map = sx_make_ptr(object, SX_TAG_BOXED), key, value;
    size_t n = sx_map_size(map), i = 0;
    sx_val *pairs = sx_alloc(2 * n * sizeof *pairs);
    SxMapIter it;
    sx_map_iter_init(&it, map);
    while (i < n && sx_map_iter_next(&it, &key, &value)) {
        pairs[2 * i] = key;
        pairs[2 * i + 1] = value;
        i++;
    }
    sx_val copy = sx_shared_copy(&c->shared, sx_map_from_pairs(h, pairs, n));
    sx_free(pairs);
    if (copy == SX_NONE) return false;
    memcpy(object + 1, sx_ptr(copy) + 1, 2 * sizeof *object); /* count and root */
    return true;
}

static bool rebuild_tries(SxCode *c, sx_val *base, List tries)
{
    SxHeap h;
    sx_heap_init(&h, 16, 1024, SIZE_MAX / sizeof(sx_val) / 2);
    bool ok = true;
    for (size_t i; ok && list_next(&tries, &i);) ok = rebuild_trie(c, &h, base + i);
    sx_heap_deinit(&h);
    return ok;
}

static void get_table(sx_val *base, SxTable *t, const uint64_t *from)
{
    t->slots = from[2] ? base + from[0] : NULL;
    t->n = from[1];
    t->cap = from[2];
}

bool sx_image_read(SxCode *c, const void *bytes, size_t n_bytes, bool own, const char **why)
{
    Header h;
    const unsigned char *words;
    if (!header_fits(bytes, n_bytes, &h, why) || !parts_fit(bytes, n_bytes, &h, own, &words, why)) return false;
    if (sx_atom_count() != SX_ATOM_INDEX_COUNT || c->shared.top != c->shared.base) return *why = "the store that an image is read into is not fresh", false;
    const unsigned char *at = (const unsigned char *)bytes + sizeof h;
    if (!sx_atoms_read(at, (size_t)h.atom_bytes, (size_t)h.n_atoms, own)) return *why = "the image has more atoms than max_atoms allows, or is damaged", false;
    sx_val *base = sx_shared_alloc(&c->shared, (size_t)h.n_words);
    if (!base) return *why = "the image is larger than max_shared_words allows", false;
    place_words(base, words, (size_t)h.n_words, own);

    List lists[3];
    at += h.atom_bytes;
    for (int k = 0; k < 3; k++) {
        lists[k] = (List){at, at + h.list_bytes[k], 0};
        at += h.list_bytes[k];
    }
    uint64_t moved = (uint64_t)(uintptr_t)base - h.base;
    size_t i;
    if (moved)
        while (list_next(&lists[LIST_ADDRESSES], &i)) base[i] += moved;
    while (list_next(&lists[LIST_EMPTY_MAPS], &i)) base[i] = sx_map_empty();

    get_table(base, &c->cells, h.cells);
    get_table(base, &c->exports, h.exports);
    get_table(base, &c->modules, h.modules);
    c->units = h.cap_units ? base + h.units : NULL;
    c->n_units = h.n_units;
    c->cap_units = h.cap_units;
    c->prims_hash = h.prims_hash;
    if (h.map_seed != sx_map_seed && !rebuild_tries(c, base, lists[LIST_TRIES])) return *why = "the image is larger than max_shared_words allows", false;
    sx_code_keep(c);
    return true;
}
