/* atom.c - the table of names: see atom.h.
 * Two parts: `texts`, from index to text, and a hash table (open addressing, linear probing) from text to index. Readers take
 * no lock: an index appears in the hash table only after its text is in place. Writers hold a spin lock.
 * A full hash table is copied to a larger one; the smaller stays for readers that still look at it, until deinit.
 * INVARIANT: a text never moves and never goes away. A look-up may miss an addition that runs beside it, never an earlier one. */
#include "value/atom.h"
#include "base/utf8.h"
#include <stdatomic.h>

typedef struct Text {
    uint64_t hash;
    uint32_t n_bytes;
    char bytes[]; /* and a NUL */
} Text;

typedef struct Table {
    struct Table *outgrown;
    uint32_t mask;
    _Atomic uint32_t slots[]; /* index + 1; 0: free */
} Table;

typedef struct Piece { /* memory for texts */
    struct Piece *next;
    _Alignas(8) char bytes[];
} Piece;

#define PIECE_BYTES ((size_t)32 << 10)
#define FIRST_SLOTS 1024

static struct {
    Text *_Atomic *texts; /* limit entries, filled to count */
    uint32_t limit;
    _Atomic uint32_t count;
    Table *_Atomic table;
    atomic_flag lock; /* guards adding: count, table, pieces */
    Piece *pieces;
    size_t piece_used;
} atoms = {.lock = ATOMIC_FLAG_INIT};

static void lock(void)
{
    while (atomic_flag_test_and_set_explicit(&atoms.lock, memory_order_acquire)) continue;
}

static void unlock(void) { atomic_flag_clear_explicit(&atoms.lock, memory_order_release); }

static Table *table_new(uint32_t n_slots, Table *outgrown)
{
    Table *t = sx_alloc_zero(sizeof *t + n_slots * sizeof t->slots[0]);
    t->outgrown = outgrown;
    t->mask = n_slots - 1;
    return t;
}

/* Bytes that a text of n_bytes takes. */
static size_t text_size(size_t n_bytes) { return (sizeof(Text) + n_bytes + 1 + 7) & ~(size_t)7; }

static Text *text_at(uint32_t index) { return atomic_load_explicit(&atoms.texts[index], memory_order_acquire); }

/* The index with this text, or -1 and the free slot where it belongs. */
static int64_t find(Table *t, const char *text, size_t n_bytes, uint64_t hash, uint32_t *free_slot)
{
    uint32_t i = (uint32_t)(hash ^ hash >> 32) & t->mask;
    for (;; i = (i + 1) & t->mask) {
        uint32_t found = atomic_load_explicit(&t->slots[i], memory_order_acquire);
        if (found == 0) {
            *free_slot = i;
            return -1;
        }
        const Text *x = text_at(found - 1);
        if (x->hash == hash && x->n_bytes == n_bytes && memcmp(x->bytes, text, n_bytes) == 0) return found - 1;
    }
}

static Text *text_new(const char *text, size_t n_bytes, uint64_t hash)
{
    size_t n = text_size(n_bytes);
    if (!atoms.pieces || PIECE_BYTES - atoms.piece_used < n) {
        Piece *piece = sx_alloc(sizeof *piece + PIECE_BYTES);
        piece->next = atoms.pieces;
        atoms.pieces = piece;
        atoms.piece_used = 0;
    }
    Text *x = (Text *)(void *)(atoms.pieces->bytes + atoms.piece_used);
    atoms.piece_used += n;
    x->hash = hash;
    x->n_bytes = (uint32_t)n_bytes;
    memcpy(x->bytes, text, n_bytes);
    x->bytes[n_bytes] = 0;
    return x;
}

/* Enter an index that is not in the table. */
static void put(Table *t, uint32_t index, uint64_t hash)
{
    uint32_t i = (uint32_t)(hash ^ hash >> 32) & t->mask;
    while (atomic_load_explicit(&t->slots[i], memory_order_relaxed)) i = (i + 1) & t->mask;
    atomic_store_explicit(&t->slots[i], index + 1, memory_order_release);
}

/* Under the lock: a table with room for `count` atoms. */
static void grow_table(uint32_t count)
{
    Table *from = atomic_load_explicit(&atoms.table, memory_order_relaxed);
    uint32_t n_slots = from->mask + 1;
    while (n_slots < 2 * count + 2) n_slots *= 2;
    if (n_slots == from->mask + 1) return;
    Table *to = table_new(n_slots, from);
    uint32_t filled = atomic_load_explicit(&atoms.count, memory_order_relaxed);
    for (uint32_t index = 0; index < filled; index++) put(to, index, text_at(index)->hash);
    atomic_store_explicit(&atoms.table, to, memory_order_release);
}

/* Under the lock: the atom is not in the table. */
static sx_val add(const char *text, size_t n_bytes, uint64_t hash)
{
    uint32_t count = atomic_load_explicit(&atoms.count, memory_order_relaxed), slot;
    if (count >= atoms.limit) return SX_NONE;
    Table *t = atomic_load_explicit(&atoms.table, memory_order_relaxed);
    if (2 * count >= t->mask) {
        grow_table(count + 1);
        t = atomic_load_explicit(&atoms.table, memory_order_relaxed);
    }
    find(t, text, n_bytes, hash, &slot);
    atomic_store_explicit(&atoms.texts[count], text_new(text, n_bytes, hash), memory_order_release);
    atomic_store_explicit(&t->slots[slot], count + 1, memory_order_release);
    atomic_store_explicit(&atoms.count, count + 1, memory_order_release);
    return SX_ATOM(count);
}

void sx_atoms_init(uint32_t limit)
{
    static const char *const first[] = {
#define ATOM(id, text) text,
#include "value/atoms.def"
#undef ATOM
    };
    SX_CHECK(!atoms.texts);
    if (limit < SX_COUNT(first)) limit = SX_COUNT(first);
    atoms.limit = limit;
    atoms.texts = sx_alloc_zero(limit * sizeof *atoms.texts);
    atomic_store(&atoms.count, 0);
    atomic_store(&atoms.table, table_new(FIRST_SLOTS, NULL));
    for (uint32_t i = 0; i < SX_COUNT(first); i++) SX_CHECK(sx_atom(first[i]) == SX_ATOM(i)); /* fails: named twice */
}

void sx_atoms_deinit(void)
{
    for (Table *t = atomic_load(&atoms.table), *next; t; t = next) {
        next = t->outgrown;
        sx_free(t);
    }
    for (Piece *p = atoms.pieces, *next; p; p = next) {
        next = p->next;
        sx_free(p);
    }
    sx_free(atoms.texts);
    atoms.texts = NULL;
    atoms.pieces = NULL;
    atomic_store(&atoms.table, NULL);
    atomic_store(&atoms.count, 0);
}

static bool is_name(const char *text, size_t n_bytes)
{
    if (n_bytes > 4 * SX_ATOM_MAX_CHARS || sx_utf8_valid_prefix((const unsigned char *)text, n_bytes) != n_bytes) return false;
    size_t chars = 0;
    for (size_t i = 0; i < n_bytes; i++) chars += ((unsigned char)text[i] & 0xC0) != 0x80;
    return chars <= SX_ATOM_MAX_CHARS;
}

sx_val sx_atom_intern(const char *text, size_t n_bytes)
{
    sx_val found = sx_atom_existing(text, n_bytes);
    if (found != SX_NONE || !is_name(text, n_bytes)) return found;
    uint64_t hash = sx_hash_bytes(text, n_bytes);
    uint32_t slot;
    lock();
    int64_t index = find(atomic_load_explicit(&atoms.table, memory_order_relaxed), text, n_bytes, hash, &slot);
    found = index >= 0 ? SX_ATOM(index) : add(text, n_bytes, hash);
    unlock();
    return found;
}

sx_val sx_atom(const char *text)
{
    sx_val atom = sx_atom_intern(text, strlen(text));
    SX_CHECK(atom != SX_NONE);
    return atom;
}

sx_val sx_atom_existing(const char *text, size_t n_bytes)
{
    uint64_t hash = sx_hash_bytes(text, n_bytes);
    Table *t = atomic_load_explicit(&atoms.table, memory_order_acquire);
    uint32_t slot;
    int64_t index = find(t, text, n_bytes, hash, &slot);
    return index < 0 ? SX_NONE : SX_ATOM(index);
}

const char *sx_atom_text(sx_val atom, size_t *n_bytes)
{
    SX_ASSERT(sx_is_atom(atom) && sx_atom_index(atom) < sx_atom_count());
    const Text *x = text_at(sx_atom_index(atom));
    if (n_bytes) *n_bytes = x->n_bytes;
    return x->bytes;
}

size_t sx_atoms_write(SxBuf *out, uint32_t first)
{
    size_t start = out->len;
    for (uint32_t i = first; i < sx_atom_count(); i++) {
        static const char zeros[8];
        const Text *x = text_at(i);
        size_t n = sizeof *x + x->n_bytes;
        sx_buf_add(out, x, n);
        sx_buf_add(out, zeros, text_size(x->n_bytes) - n);
    }
    return out->len - start;
}

/* Under the lock: the atoms at `at` become the next n. */
static bool take(char *at, size_t n_bytes, size_t n)
{
    uint32_t count = atomic_load_explicit(&atoms.count, memory_order_relaxed);
    if (n > atoms.limit - count) return false;
    grow_table(count + (uint32_t)n);
    Table *t = atomic_load_explicit(&atoms.table, memory_order_relaxed);
    for (size_t i = 0; i < n; i++, count++) {
        Text *x = (Text *)(void *)at;
        if (n_bytes < sizeof *x || n_bytes < text_size(x->n_bytes)) return false;
        at += text_size(x->n_bytes);
        n_bytes -= text_size(x->n_bytes);
        atomic_store_explicit(&atoms.texts[count], x, memory_order_release);
        put(t, count, x->hash);
    }
    atomic_store_explicit(&atoms.count, count, memory_order_release);
    return n_bytes == 0;
}

bool sx_atoms_read(const void *bytes, size_t n_bytes, size_t n, bool stays)
{
    char *at = (char *)(uintptr_t)bytes; /* texts are only read */
    lock();
    if (!stays) {
        Piece *piece = sx_alloc(sizeof *piece + n_bytes);
        memcpy(piece->bytes, bytes, n_bytes);
        at = piece->bytes;
        Piece **link = &atoms.pieces; /* behind the one that is being filled */
        if (*link) link = &(*link)->next;
        piece->next = *link;
        *link = piece;
        if (link == &atoms.pieces) atoms.piece_used = PIECE_BYTES;
    }
    bool taken = take(at, n_bytes, n);
    unlock();
    return taken;
}

uint64_t sx_atom_hash(sx_val atom) { return text_at(sx_atom_index(atom))->hash; }
uint32_t sx_atom_count(void) { return atomic_load_explicit(&atoms.count, memory_order_acquire); }
