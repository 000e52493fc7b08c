/* code.c - the store of code objects: cells, exports, modules, units, and which function a code address belongs to.
 * Owns the hash tables over the shared range and the order of units. Registering primitives is native.c; the boot image is
 * image.c. Everything lives in the shared range, so that an image is a copy of it.
 * INVARIANT: readers take no lock. An entry is complete before its slot is published, a table is copied before it grows and
 * the old one stays readable; whoever misses something that was added meanwhile has looked too early. Adding is done by one
 * thread at a time (the caller sees to that). */
#include "code/code.h"
#include "value/print.h"
#include <assert.h>

/* The image written by a 64-bit build is read by one with 32-bit addresses: these sizes are part of its format. */
static_assert(sizeof(SxFn) == 88 && sizeof(SxUnit) == 64 && sizeof(SxCell) == 40 && sizeof(SxExport) == 40, "layout");
static_assert(sizeof(SxModule) == 40 && sizeof(SxPos) == 16 && sizeof(SxHandler) == 16, "layout");

#define WORDS_OF(type) (sizeof(type) / sizeof(sx_val))

/* ---- tables ---- */

typedef enum TableKind { TABLE_CELLS, TABLE_EXPORTS, TABLE_MODULES } TableKind;
typedef struct Key { sx_val a, b; uint64_t c; } Key;

SX_INLINE Key key_of(TableKind kind, const void *entry)
{
    switch (kind) {
    case TABLE_CELLS: return (Key){((const SxCell *)entry)->name, 0, 0};
    case TABLE_MODULES: return (Key){((const SxModule *)entry)->name, 0, 0};
    default: {
        const SxExport *e = entry;
        return (Key){e->module, e->name, e->arity};
    }
    }
}

/* Atom indices are the same in every run of one image, so the hash may be made of them. */
SX_INLINE uint64_t key_hash(Key k)
{
    uint64_t h = (k.a >> 8) * 0x9E3779B97F4A7C15u;
    h = (h ^ (k.b >> 8)) * 0xC2B2AE3D27D4EB4Fu;
    h = (h ^ k.c) * 0x9E3779B97F4A7C15u;
    return h ^ h >> 32;
}

SX_INLINE bool same_key(Key x, Key y) { return x.a == y.a && x.b == y.b && x.c == y.c; }

SX_INLINE void *table_find(const SxTable *t, TableKind kind, Key key)
{
    const uint64_t *slots = __atomic_load_n(&t->slots, __ATOMIC_ACQUIRE);
    if (!slots) return NULL;
    uint64_t mask = slots[-1] - 1;
    for (uint64_t i = key_hash(key) & mask;; i = (i + 1) & mask) {
        void *entry = (void *)(uintptr_t)__atomic_load_n(&slots[i], __ATOMIC_ACQUIRE);
        if (!entry || same_key(key_of(kind, entry), key)) return entry;
    }
}

static void slots_put(uint64_t *slots, TableKind kind, void *entry)
{
    uint64_t mask = slots[-1] - 1;
    uint64_t i = key_hash(key_of(kind, entry)) & mask;
    while (slots[i]) i = (i + 1) & mask;
    __atomic_store_n(&slots[i], (uint64_t)(uintptr_t)entry, __ATOMIC_RELEASE);
}

/* Room for one more entry. False: the shared limit is reached. */
static bool table_reserve(SxCode *c, SxTable *t, TableKind kind)
{
    if ((t->n + 1) * 4 <= t->cap * 3) return true;
    uint64_t cap = t->cap ? t->cap * 2 : 256;
    uint64_t *block = sx_shared_alloc(&c->shared, (size_t)cap + 1);
    if (!block) return false;
    uint64_t *slots = block + 1;
    slots[-1] = cap;
    for (uint64_t i = 0; i < t->cap; i++)
        if (t->slots[i]) slots_put(slots, kind, (void *)(uintptr_t)t->slots[i]);
    __atomic_store_n(&t->slots, slots, __ATOMIC_RELEASE);
    t->cap = cap;
    return true;
}

/* The caller has reserved room, and the entry is complete. */
static void table_add(SxCode *c, SxTable *t, TableKind kind, void *entry)
{
    slots_put(t->slots, kind, entry);
    t->n++;
    sx_code_keep(c);
}

void *sx_table_next(const SxTable *t, uint64_t *at)
{
    const uint64_t *slots = __atomic_load_n(&t->slots, __ATOMIC_ACQUIRE);
    for (uint64_t cap = slots ? slots[-1] : 0; *at < cap;) {
        uint64_t entry = __atomic_load_n(&slots[(*at)++], __ATOMIC_ACQUIRE);
        if (entry) return (void *)(uintptr_t)entry;
    }
    return NULL;
}

/* ---- how functions show themselves ---- */

/* `ns/name`, or `name` without a namespace; Erlang's with a colon. */
static void add_full_name(SxBuf *out, const SxFn *fn)
{
    if (sx_is_atom(fn->module) && fn->module != SX_A(empty)) {
        sx_buf_add_str(out, sx_atom_text(fn->module, NULL));
        sx_buf_add_char(out, fn->flags & SX_FN_MODULE ? ':' : '/');
    }
    const char *name = sx_is_atom(fn->name) ? sx_atom_text(fn->name, NULL) : "";
    sx_buf_add_str(out, *name ? name : "fn");
}

static void print_closure_sx(SxBuf *out, const SxFn *fn)
{
    sx_buf_add_str(out, fn->flags & SX_FN_LAMBDA ? "#<fn in " : "#<fn ");
    add_full_name(out, fn);
    sx_buf_addf(out, "/%u", fn->min_args);
    if (fn->flags & SX_FN_REST) sx_buf_add_char(out, '+');
    else if (fn->max_args != fn->min_args) sx_buf_addf(out, "-%u", fn->max_args);
    sx_buf_add_char(out, '>');
}

static void print_closure(SxBuf *out, sx_val closure, bool erlang)
{
    const SxFn *fn = (const SxFn *)(uintptr_t)sx_ptr(closure)[1];
    if (!erlang) {
        print_closure_sx(out, fn);
    } else if (fn->flags & (SX_FN_REMOTE | SX_FN_NATIVE)) {
        sx_buf_add_str(out, "fun ");
        sx_print_atom_erlang(out, fn->module);
        sx_buf_add_char(out, ':');
        sx_print_atom_erlang(out, fn->name);
        sx_buf_addf(out, "/%u", fn->max_args);
    } else {
        sx_buf_add_str(out, "#Fun<");
        sx_print_atom_erlang(out, fn->module);
        unsigned index = fn->unit ? (unsigned)(fn - fn->unit->fns) : 0;
        sx_buf_addf(out, ".%u.%u>", index, (unsigned)(sx_atom_hash(fn->name) & 0x7ffffff));
    }
}

/* ---- the store ---- */

static const SxUnit *unit_at(const uint64_t *units, uint64_t i) { return (const SxUnit *)(uintptr_t)units[i]; }

void sx_code_init(SxCode *c)
{
    memset(c, 0, sizeof *c);
    sx_shared_init(&c->shared);
    sx_print_closure = print_closure;
    sx_code_keep(c);
}

void sx_code_keep(SxCode *c) { c->keep = c->shared.top; }

SxCell *sx_cell_find(const SxCode *c, sx_val full_name)
{
    return table_find(&c->cells, TABLE_CELLS, (Key){full_name, 0, 0});
}

SxCell *sx_cell(SxCode *c, sx_val full_name)
{
    SxCell *cell = sx_cell_find(c, full_name);
    if (cell) return cell;
    if (!table_reserve(c, &c->cells, TABLE_CELLS)) return NULL;
    cell = (SxCell *)sx_shared_alloc(&c->shared, WORDS_OF(SxCell));
    if (!cell) return NULL;
    cell->value = SX_NONE;
    cell->name = full_name;
    cell->doc = SX_NIL;
    table_add(c, &c->cells, TABLE_CELLS, cell);
    return cell;
}

bool sx_cell_define(SxCode *c, SxCell *cell, sx_val value, sx_val doc)
{
    value = sx_shared_copy(&c->shared, value);
    doc = sx_shared_copy(&c->shared, doc);
    if (value == SX_NONE || doc == SX_NONE) return false;
    SxFn *fn = NULL;
    if (sx_is_closure(value)) {
        fn = (SxFn *)(uintptr_t)sx_ptr(value)[1];
        if (fn->n_free) fn = NULL;
    }
    /* a caller sees the old function, or none and then the value: never a stale one behind the new value */
    __atomic_store_n(&cell->fn, NULL, __ATOMIC_RELEASE);
    __atomic_store_n(&cell->value, value, __ATOMIC_RELEASE);
    __atomic_store_n(&cell->fn, fn, __ATOMIC_RELEASE);
    cell->doc = doc;
    sx_code_keep(c);
    return true;
}

SxExport *sx_export_find(const SxCode *c, sx_val module, sx_val name, unsigned arity)
{
    return table_find(&c->exports, TABLE_EXPORTS, (Key){module, name, arity});
}

SxExport *sx_export(SxCode *c, sx_val module, sx_val name, unsigned arity)
{
    SxExport *e = sx_export_find(c, module, name, arity);
    if (e) return e;
    if (!table_reserve(c, &c->exports, TABLE_EXPORTS)) return NULL;
    e = (SxExport *)sx_shared_alloc(&c->shared, WORDS_OF(SxExport));
    if (!e) return NULL;
    e->module = module;
    e->name = name;
    e->arity = arity;
    e->closure = SX_NONE;
    table_add(c, &c->exports, TABLE_EXPORTS, e);
    return e;
}

/* The module's record, also when it was deleted. */
static SxModule *module_record(const SxCode *c, sx_val name) { return table_find(&c->modules, TABLE_MODULES, (Key){name, 0, 0}); }

SxModule *sx_module_find(const SxCode *c, sx_val name)
{
    SxModule *m = module_record(c, name);
    return m != NULL && m->unit != NULL ? m : NULL;
}

/* Exports of `old` that still stand become undefined. */
static void withdraw_exports(SxCode *c, sx_val module, const SxUnit *old)
{
    for (uint32_t i = 0; i < old->n_fns; i++) {
        SxFn *fn = &old->fns[i];
        if (!(fn->flags & SX_FN_EXPORTED)) continue;
        SxExport *e = sx_export_find(c, module, fn->name, fn->max_args);
        if (e && e->fn == fn) __atomic_store_n(&e->fn, NULL, __ATOMIC_RELEASE);
    }
}

SxModule *sx_module_install(SxCode *c, sx_val name, SxUnit *unit, sx_val info)
{
    /* all that can fail comes first */
    info = sx_shared_copy(&c->shared, info);
    if (info == SX_NONE) return NULL;
    for (uint32_t i = 0; i < unit->n_fns; i++)
        if (unit->fns[i].flags & SX_FN_EXPORTED && !sx_export(c, name, unit->fns[i].name, unit->fns[i].max_args)) return NULL;
    SxModule *m = module_record(c, name);
    if (!m) {
        if (!table_reserve(c, &c->modules, TABLE_MODULES)) return NULL;
        m = (SxModule *)sx_shared_alloc(&c->shared, WORDS_OF(SxModule));
        if (!m) return NULL;
        *m = (SxModule){.name = name, .info = info};
        table_add(c, &c->modules, TABLE_MODULES, m);
    }
    SxUnit *old = m->unit;
    for (uint32_t i = 0; i < unit->n_fns; i++) {
        SxFn *fn = &unit->fns[i];
        fn->flags |= SX_FN_MODULE;
        if (!(fn->flags & SX_FN_EXPORTED)) continue;
        SxExport *e = sx_export(c, name, fn->name, fn->max_args);
        if (!e->fn || !(e->fn->flags & SX_FN_NATIVE)) __atomic_store_n(&e->fn, fn, __ATOMIC_RELEASE);
    }
    if (old != NULL && old != unit) {
        withdraw_exports(c, name, old);
        m->has_old = 1;
    }
    m->info = info;
    m->unit = unit;
    m->version++;
    sx_code_keep(c);
    return m;
}

bool sx_module_delete(SxCode *c, sx_val name)
{
    SxModule *m = sx_module_find(c, name);
    if (m == NULL || m->has_old) return false;
    withdraw_exports(c, name, m->unit);
    m->unit = NULL;
    m->has_old = 1;
    return true;
}

bool sx_module_has_old(const SxCode *c, sx_val name)
{
    const SxModule *m = module_record(c, name);
    return m != NULL && m->has_old;
}

bool sx_module_purge(SxCode *c, sx_val name)
{
    if (!sx_module_has_old(c, name)) return false;
    module_record(c, name)->has_old = 0;
    return true;
}

bool sx_fn_is_old(const SxCode *c, const SxFn *fn)
{
    if (!(fn->flags & SX_FN_MODULE) || (fn->flags & (SX_FN_NATIVE | SX_FN_REMOTE))) return false;
    const SxModule *m = module_record(c, fn->module);
    return m != NULL && m->unit != fn->unit;
}

/* The closure lives as long as its unit: of the newest unit, which may yet be dropped, it is not kept. */
sx_val sx_fn_closure(SxCode *c, SxFn *fn)
{
    if (fn->closure != SX_NONE) return fn->closure;
    sx_val *words = sx_shared_alloc(&c->shared, 2);
    if (!words) return SX_NONE;
    words[0] = SX_HEADER(SX_KIND_CLOSURE, 1);
    words[1] = (sx_val)(uintptr_t)fn;
    __atomic_store_n(&fn->closure, sx_make_ptr(words, SX_TAG_BOXED), __ATOMIC_RELEASE);
    if (c->n_units == 0 || unit_at(c->units, c->n_units - 1) != fn->unit) sx_code_keep(c);
    return fn->closure;
}

/* `fun M:F/A` is the closure of a stub that calls the export in tail position, so it reaches the version of its time. A
 * native of one arity stays what it is: its own closure serves. */
sx_val sx_export_closure(SxCode *c, SxExport *e)
{
    if (e->closure != SX_NONE) return e->closure;
    if (e->fn && e->fn->flags & SX_FN_NATIVE && e->fn->min_args == e->fn->max_args) return sx_fn_closure(c, e->fn);
    unsigned n = (unsigned)e->arity;
    size_t n_code = n + 2;
    sx_val *words = sx_shared_alloc(&c->shared, WORDS_OF(SxUnit) + WORDS_OF(SxFn) + n_code);
    if (!words) return SX_NONE;
    SxUnit *unit = (SxUnit *)words;
    SxFn *fn = (SxFn *)(words + WORDS_OF(SxUnit));
    uint64_t *code = words + WORDS_OF(SxUnit) + WORDS_OF(SxFn);
    unit->code = code;
    unit->n_code = fn->n_code = (uint32_t)n_code;
    unit->fns = fn;
    unit->n_fns = 1;
    unit->module = fn->module = e->module;
    fn->code = code;
    fn->min_args = fn->max_args = (uint16_t)n;
    fn->frame = (uint16_t)(n + 1);
    fn->flags = SX_FN_REMOTE | SX_FN_MODULE;
    fn->name = e->name;
    fn->usage = fn->doc = SX_NIL;
    fn->closure = SX_NONE;
    fn->unit = unit;
    for (unsigned i = n; i > 0; i--) *code++ = sx_instr(SX_OP_MOVE, i, i - 1, 0);
    *code++ = sx_instr(SX_OP_TCALLE, 0, n, 0);
    *code = (uint64_t)(uintptr_t)e;
    sx_val closure = sx_fn_closure(c, fn);
    if (closure == SX_NONE || !sx_code_add_unit(c, unit)) return SX_NONE;
    __atomic_store_n(&e->closure, closure, __ATOMIC_RELEASE);
    sx_code_keep(c);
    return closure;
}

sx_val sx_full_name(sx_val ns, sx_val name)
{
    if (ns == SX_A(empty)) return name;
    SxBuf b = SX_BUF_INIT;
    size_t n;
    const char *text = sx_atom_text(ns, &n);
    sx_buf_add(&b, text, n);
    sx_buf_add_char(&b, '/');
    text = sx_atom_text(name, &n);
    sx_buf_add(&b, text, n);
    sx_val full = sx_atom_intern(b.data, b.len);
    sx_buf_deinit(&b);
    return full;
}

/* ---- units ---- */

bool sx_code_add_unit(SxCode *c, SxUnit *unit)
{
    if (c->n_units == c->cap_units) {
        uint64_t cap = c->cap_units ? c->cap_units * 2 : 512;
        uint64_t *units = sx_shared_alloc(&c->shared, (size_t)cap);
        if (!units) return false;
        if (c->n_units) memcpy(units, c->units, c->n_units * sizeof *units);
        __atomic_store_n(&c->units, units, __ATOMIC_RELEASE);
        c->cap_units = cap;
        sx_code_keep(c);
    }
    /* code is bump allocated, so a new unit's code lies above all others */
    SX_CHECK(c->n_units == 0 || unit_at(c->units, c->n_units - 1)->code < unit->code);
    c->units[c->n_units] = (uint64_t)(uintptr_t)unit;
    __atomic_store_n(&c->n_units, c->n_units + 1, __ATOMIC_RELEASE);
    return true;
}

void sx_code_drop_unit(SxCode *c, SxUnit *unit)
{
    if (c->n_units == 0 || unit_at(c->units, c->n_units - 1) != unit) return;
    __atomic_store_n(&c->n_units, c->n_units - 1, __ATOMIC_RELEASE);
    const void *parts[] = {unit, unit->code, unit->fns, unit->positions, unit->files};
    uintptr_t lowest = (uintptr_t)unit;
    for (size_t i = 0; i < SX_COUNT(parts); i++)
        if (parts[i] && (uintptr_t)parts[i] < lowest) lowest = (uintptr_t)parts[i];
    if (lowest < (uintptr_t)c->keep) lowest = (uintptr_t)c->keep;
    sx_shared_release(&c->shared, (sx_val *)lowest);
}

void sx_code_drop_units_of(SxCode *c, uint64_t owner)
{
    for (SxUnit *unit; c->n_units > 0 && (unit = (SxUnit *)(uintptr_t)c->units[c->n_units - 1])->owner == owner;) sx_code_drop_unit(c, unit);
}

/* The unit whose code holds pc. Units stand in rising order, but a unit may have been dropped: then nothing is found. */
static const SxUnit *unit_of(const SxCode *c, const uint64_t *pc)
{
    uint64_t n = __atomic_load_n(&c->n_units, __ATOMIC_ACQUIRE);
    const uint64_t *units = __atomic_load_n(&c->units, __ATOMIC_ACQUIRE);
    uint64_t low = 0;
    while (low < n) { /* the first unit whose code begins behind pc */
        uint64_t mid = low + (n - low) / 2;
        if (unit_at(units, mid)->code <= pc) low = mid + 1;
        else n = mid;
    }
    if (low == 0) return NULL;
    const SxUnit *u = unit_at(units, low - 1);
    return pc < u->code + u->n_code ? u : NULL;
}

static const SxFn *fn_in_unit(const SxUnit *u, const uint64_t *pc)
{
    uint32_t low = 0, n = u->n_fns;
    while (low < n) {
        uint32_t mid = low + (n - low) / 2;
        if (u->fns[mid].code <= pc) low = mid + 1;
        else n = mid;
    }
    if (low == 0) return NULL;
    const SxFn *fn = &u->fns[low - 1];
    return pc < fn->code + fn->n_code ? fn : NULL;
}

const SxFn *sx_code_fn_at(const SxCode *c, const uint64_t *pc)
{
    const SxUnit *u = unit_of(c, pc);
    return u ? fn_in_unit(u, pc) : NULL;
}

bool sx_code_where(const SxCode *c, const uint64_t *pc, SxWhere *out)
{
    const SxUnit *u = unit_of(c, pc);
    const SxFn *fn = u ? fn_in_unit(u, pc) : NULL;
    if (!fn) return false;
    *out = (SxWhere){.fn = fn, .file = SX_NIL, .macro = SX_NIL};
    uint32_t offset = (uint32_t)(pc - u->code), first = (uint32_t)(fn->code - u->code);
    uint32_t low = 0, n = u->n_positions;
    while (low < n) {
        uint32_t mid = low + (n - low) / 2;
        if (u->positions[mid].offset <= offset) low = mid + 1;
        else n = mid;
    }
    if (low == 0 || u->positions[low - 1].offset < first) low++; /* in front of the function's first position: that one */
    if (low > u->n_positions || u->positions[low - 1].offset >= first + fn->n_code) return true; /* it has none */
    const SxPos *pos = &u->positions[low - 1];
    out->line = pos->line;
    out->column = pos->column;
    if (pos->macro) out->macro = SX_ATOM(pos->macro);
    if (pos->file < u->n_files) out->file = u->files[pos->file];
    return true;
}
