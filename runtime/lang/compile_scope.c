/* compile_scope.c - names: core forms and inline operations, lexical scopes, captured variables, what a free name means.
 * Owns the compiler's memory (one arena) and its errors. It reads the store and never changes it: cells and exports are made
 * when the unit is installed, so a compilation that fails leaves nothing behind.
 * INVARIANT: bindings are opened and closed like a stack, so the first binding in a bucket is the innermost. */
#include "lang/compile_internal.h"
#include <stdarg.h>
#include <stdio.h>

/* ---- memory ---- */

#define FIRST_CHUNK ((size_t)16 << 10)
#define LAST_CHUNK ((size_t)1 << 20)

void *sx_cc_alloc(Cc *c, size_t n_bytes)
{
    n_bytes = (n_bytes + 7) & ~(size_t)7;
    if (!c->arena || (size_t)(c->arena_end - c->arena) < n_bytes) {
        size_t cap = c->chunks ? c->chunks->cap * 2 : FIRST_CHUNK;
        if (cap > LAST_CHUNK) cap = LAST_CHUNK;
        if (cap < n_bytes) cap = n_bytes;
        CcChunk *chunk = sx_alloc(sizeof *chunk + cap);
        chunk->next = c->chunks;
        chunk->cap = cap;
        c->chunks = chunk;
        c->arena = (char *)(chunk + 1);
        c->arena_end = c->arena + cap;
    }
    void *at = c->arena;
    c->arena += n_bytes;
    return at;
}

void *sx_cc_zero(Cc *c, size_t n_bytes) { return memset(sx_cc_alloc(c, n_bytes), 0, n_bytes); }

void sx_cc_grow(void **at, uint32_t *cap, size_t n_bytes_each)
{
    *cap = *cap ? *cap * 2 : 16;
    *at = sx_realloc(*at, *cap * n_bytes_each);
}

/* ---- fixed names ---- */

static const struct { const char *name, *right, *doc; } forms[] = {
#define FORM(id, name, right, doc) {name, right, doc},
#define HABIT(name, right)
#define HINT(name, right)
#include "lang/forms.def"
#undef FORM
#undef HABIT
#undef HINT
};

typedef struct Habit { const char *name, *right; bool is_error; } Habit;
static const Habit habits[] = {
#define FORM(id, name, right, doc)
#define HABIT(name, right) {name, right, true},
#define HINT(name, right) {name, right, false},
#include "lang/forms.def"
#undef FORM
#undef HABIT
#undef HINT
};

static const CcInline inlines[] = {
#define INLINE(module, name, arity, class, op, extra) {module, name, extra, arity, CC_##class, SX_OP_##op},
#include "lang/inline.def"
#undef INLINE
};

#define NAME_SLOTS 1024 /* a power of two, well above the number of names */
#define ANY_ARITY 1000 /* above every number of arguments */
#define FORM_ARITY 1001

typedef struct NameSlot { sx_val module, name; uint16_t arity, index; } NameSlot; /* module 0: free */

struct CcNames {
    sx_val witness; /* the atom `quote`: tells whether the table of atoms is still the same */
    NameSlot slots[NAME_SLOTS];
};

SX_INLINE uint32_t name_hash(sx_val module, sx_val name, unsigned arity)
{
    uint64_t h = ((name >> 8) * 31 + (module >> 8)) * 0x9E3779B97F4A7C15u + arity * 0xC2B2AE3D27D4EB4Fu;
    return (uint32_t)(h >> 40) & (NAME_SLOTS - 1);
}

static void names_put(struct CcNames *names, sx_val module, sx_val name, unsigned arity, size_t index)
{
    uint32_t i = name_hash(module, name, arity);
    for (; names->slots[i].module != 0; i = (i + 1) & (NAME_SLOTS - 1))
        if (names->slots[i].module == module && names->slots[i].name == name && names->slots[i].arity == arity) return;
    names->slots[i] = (NameSlot){module, name, (uint16_t)arity, (uint16_t)index};
}

static const NameSlot *names_find(const struct CcNames *names, sx_val module, sx_val name, unsigned arity)
{
    for (uint32_t i = name_hash(module, name, arity); names->slots[i].module != 0; i = (i + 1) & (NAME_SLOTS - 1))
        if (names->slots[i].module == module && names->slots[i].name == name && names->slots[i].arity == arity) return &names->slots[i];
    return NULL;
}

/* The table is made at the first compilation; when two threads make it at once, one throws its own away. */
const struct CcNames *sx_cc_names(void)
{
    static struct CcNames *shared;
    struct CcNames *names = __atomic_load_n(&shared, __ATOMIC_ACQUIRE);
    if (names && sx_atom_existing("quote", 5) == names->witness) return names;
    struct CcNames *fresh = sx_alloc_zero(sizeof *fresh);
    for (size_t i = 0; i < SX_COUNT(forms); i++) names_put(fresh, SX_NIL, sx_atom(forms[i].name), FORM_ARITY, i);
    for (size_t i = 0; i < SX_COUNT(inlines); i++) {
        sx_val module = sx_atom(inlines[i].module), name = sx_atom(inlines[i].name);
        names_put(fresh, module, name, inlines[i].arity, i);
        names_put(fresh, module, name, ANY_ARITY, i);
    }
    fresh->witness = sx_atom("quote");
    if (__atomic_compare_exchange_n(&shared, &names, fresh, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) return fresh; /* an outdated one is left to its readers */
    sx_free(fresh);
    return names;
}

CcFormId sx_cc_form_id(const Cc *c, sx_val name)
{
    const NameSlot *slot = names_find(c->names, SX_NIL, name, FORM_ARITY);
    return slot ? (CcFormId)slot->index : CC_FORM_NONE;
}

const char *sx_cc_right_form(CcFormId id) { return forms[id].right; }

bool sx_form_doc(sx_val name, const char **usage, const char **doc)
{
    const NameSlot *slot = names_find(sx_cc_names(), SX_NIL, name, FORM_ARITY);
    if (slot == NULL) return false;
    *usage = forms[slot->index].right;
    *doc = forms[slot->index].doc;
    return true;
}

const CcInline *sx_cc_inline(const Cc *c, sx_val module, sx_val name, unsigned arity)
{
    const NameSlot *slot = names_find(c->names, module, name, arity);
    return slot ? &inlines[slot->index] : NULL;
}

/* ---- places and errors ---- */

const char *sx_cc_text(sx_val atom) { return sx_is_atom(atom) ? sx_atom_text(atom, NULL) : "?"; }

static uint16_t file_index(Cc *c, sx_val file)
{
    CcUnit *u = c->unit;
    if (file == c->last_file && c->last_file_index < u->files.n && u->files.at[c->last_file_index] == file) return c->last_file_index;
    uint32_t i = 0;
    while (i < u->files.n && u->files.at[i] != file) i++;
    if (i >= UINT16_MAX) i = UINT16_MAX - 1;
    else if (i == u->files.n) *CC_PUSH(u->files) = file;
    c->last_file = file;
    return c->last_file_index = (uint16_t)i;
}

void sx_cc_place(Cc *c, sx_val form)
{
    if (sx_is_cons(form)) form = sx_head(form);
    if (!sx_is_symbol(form)) return;
    int line = sx_symbol_line(form), column = sx_symbol_column(form);
    if (line <= 0) return;
    c->pos.line = (uint32_t)line;
    c->pos.column = (uint16_t)(column < 0 || column > UINT16_MAX ? 0 : column) /* 0: not known */;
    c->pos.file = file_index(c, sx_symbol_file(form));
    c->pos.macro = sx_symbol_macro(form);
}

void *sx_cc_error(Cc *c, const char *kind, const char *format, ...)
{
    if (c->failed) return NULL;
    c->failed = true;
    SxCompileError *e = c->err;
    e->kind = sx_atom(kind);
    e->file = c->pos.file < c->unit->files.n ? c->unit->files.at[c->pos.file] : SX_NIL;
    e->line = (int)c->pos.line;
    e->column = c->pos.column;
    e->macro = c->pos.macro ? SX_ATOM(c->pos.macro) : SX_NIL;
    va_list args;
    va_start(args, format);
    vsnprintf(e->message, sizeof e->message, format, args);
    va_end(args);
    return NULL;
}

void sx_cc_warn(Cc *c, const char *format, ...)
{
    if (!c->options->warn) return;
    SxCompileWarning w = {.file = c->pos.file < c->unit->files.n ? c->unit->files.at[c->pos.file] : SX_NIL,
                          .line = (int)c->pos.line, .column = c->pos.column};
    va_list args;
    va_start(args, format);
    vsnprintf(w.message, sizeof w.message, format, args);
    va_end(args);
    c->options->warn(c->options->warn_arg, &w);
}

/* ---- lexical scopes ---- */

SX_INLINE uint32_t bucket_of(sx_val name) { return (uint32_t)((name >> 8) * 0x9E3779B1u >> 7) & (CC_BUCKETS - 1); }

uint32_t sx_cc_scope(const Cc *c) { return c->scope.n; }

void sx_cc_unscope(Cc *c, uint32_t mark)
{
    while (c->scope.n > mark) {
        const CcBinding *b = c->scope.at[--c->scope.n];
        c->buckets[b->bucket] = b->next;
    }
}

CcVar *sx_cc_var(Cc *c, sx_val name, CcVarKind kind)
{
    CcVar *var = sx_cc_zero(c, sizeof *var);
    var->name = name;
    var->kind = (uint8_t)kind;
    var->owner = c->fn;
    return var;
}

void sx_cc_bind_name(Cc *c, sx_val name, CcVar *var)
{
    CcBinding *b = sx_cc_alloc(c, sizeof *b);
    uint32_t bucket = bucket_of(name);
    *b = (CcBinding){name, var, c->buckets[bucket], bucket};
    c->buckets[bucket] = b;
    *CC_PUSH(c->scope) = b;
}

CcVar *sx_cc_lookup(const Cc *c, sx_val name)
{
    const CcBinding *b = c->buckets[bucket_of(name)];
    while (b && b->name != name) b = b->next;
    return b ? b->var : NULL;
}

/* ---- captured variables ---- */

static void capture(Cc *c, CcGroup *g, CcVar *var)
{
    if (var->captured_by == g) return;
    var->captured_by = g;
    for (uint32_t i = 0; i < g->n_caps; i++)
        if (g->caps[i] == var) return;
    if (g->n_caps == g->cap_caps) {
        uint32_t cap = g->cap_caps ? g->cap_caps * 2 : 4;
        CcVar **caps = sx_cc_alloc(c, cap * sizeof *caps);
        if (g->n_caps) memcpy(caps, g->caps, g->n_caps * sizeof *caps);
        g->caps = caps;
        g->cap_caps = cap;
    }
    g->caps[g->n_caps++] = var;
    if (g->n_caps > UINT16_MAX - 8) sx_cc_error(c, "limit", "a function cannot capture more than %d variables", UINT16_MAX - 8);
}

CcVar *sx_cc_use(Cc *c, CcVar *var, bool as_value)
{
    var->uses++;
    if (var->kind == CC_VAR_CONST) return var;
    CcFn *f = c->fn;
    const CcGroup *own = var->kind == CC_VAR_FN ? var->fn->group : NULL;
    for (; f != var->owner && f && (!own || f->group != own); f = f->parent) {
        capture(c, f->group, var);
        as_value = true;
    }
    if (own && f == var->owner) {
        if (as_value) var->needs_value = true;
        else var->fn->group->called = true;
    }
    return var;
}

/* Functions that capture nothing are constants, so nobody has to capture them: known only once all bodies were read. What a
 * group captures comes from further out, and groups are resolved from the outside in. */
void sx_cc_resolve_group(CcGroup *g)
{
    if (g->resolved) return;
    g->resolved = true;
    uint32_t n = 0;
    for (uint32_t i = 0; i < g->n_caps; i++) {
        CcVar *var = g->caps[i];
        if (var->kind == CC_VAR_FN) {
            sx_cc_resolve_group(var->fn->group);
            if (var->fn->group->n_caps == 0) continue;
        }
        g->caps[n++] = var;
    }
    g->n_caps = n;
}

/* ---- free names ---- */

/* `ns/name` when such an atom exists; SX_NONE when not, and then no cell has that name either. */
static sx_val existing_full_name(sx_val ns, sx_val name)
{
    char text[2 * 4 * SX_ATOM_MAX_CHARS + 8];
    size_t n, m;
    const char *ns_text = sx_atom_text(ns, &n), *name_text = sx_atom_text(name, &m);
    if (n + m + 1 > sizeof text) return SX_NONE;
    memcpy(text, ns_text, n);
    text[n] = '/';
    memcpy(text + n + 1, name_text, m);
    return sx_atom_existing(text, n + m + 1);
}

static bool defined(const Cc *c, sx_val full)
{
    const SxCell *cell = full == SX_NONE ? NULL : sx_cell_find(c->code, full);
    return cell && cell->value != SX_NONE;
}

static CcGlobal **global_slot(CcGlobal **slots, uint32_t n_slots, sx_val name)
{
    uint32_t i = (uint32_t)((name >> 8) * 0x9E3779B1u >> 5) & (n_slots - 1);
    while (slots[i] && slots[i]->name != name) i = (i + 1) & (n_slots - 1);
    return &slots[i];
}

static CcGlobal *global_new(Cc *c, sx_val name)
{
    if (c->n_globals * 2 >= c->n_global_slots) {
        uint32_t n = c->n_global_slots ? c->n_global_slots * 2 : CC_GLOBAL_SLOTS;
        CcGlobal **slots = sx_cc_zero(c, n * sizeof *slots);
        for (uint32_t i = 0; i < c->n_global_slots; i++)
            if (c->globals[i]) *global_slot(slots, n, c->globals[i]->name) = c->globals[i];
        c->globals = slots;
        c->n_global_slots = n;
    }
    CcGlobal *g = sx_cc_zero(c, sizeof *g);
    g->name = name;
    g->sx_name = SX_NONE;
    c->n_globals++;
    *global_slot(c->globals, c->n_global_slots, name) = g;
    return g;
}

/* The global is that of the library: its primitive may be called directly, or be an inline operation. */
static void is_library(Cc *c, CcGlobal *g, sx_val full, sx_val sx_name)
{
    g->full = full;
    g->sx_name = sx_name;
    const SxCell *cell = sx_cell_find(c->code, full);
    if (cell && cell->fn && cell->fn->flags & SX_FN_NATIVE) g->native = cell->fn;
}

static bool is_inline(const Cc *c, sx_val sx_name) { return sx_cc_inline(c, SX_A(sx), sx_name, ANY_ARITY) != NULL; }

static void undefined(Cc *c, const CcGlobal *g, int argc, bool head)
{
    const char *name = sx_cc_text(g->name);
    for (size_t i = 0; i < SX_COUNT(habits); i++) {
        if (strcmp(habits[i].name, name) != 0) continue;
        if (habits[i].is_error && head) sx_cc_error(c, "syntax", "there is no `%s` in SX; write %s", name, habits[i].right);
        else sx_cc_warn(c, "nothing defines `%s`; SX has %s", name, habits[i].right);
        return;
    }
    if (head && argc >= 0) sx_cc_warn(c, "nothing defines `%s`, which is called with %d argument%s", name, argc, argc == 1 ? "" : "s");
    else sx_cc_warn(c, "nothing defines `%s`", name);
}

/* ns/name, then plain name, then the library's; else it is one that may be defined later. */
static void resolve(Cc *c, CcGlobal *g, int argc, bool head)
{
    sx_val name = g->name, ns = c->options->ns;
    size_t n;
    const char *text = sx_atom_text(name, &n);
    const char *slash = n > 1 ? memchr(text, '/', n) : NULL;
    if (slash && slash > text && slash + 1 < text + n) { /* a full name already */
        g->full = name;
        if (slash - text == 2 && memcmp(text, "sx", 2) == 0) {
            sx_val rest = sx_atom_existing(slash + 1, n - 3);
            if (rest != SX_NONE && (defined(c, name) || is_inline(c, rest))) {
                is_library(c, g, name, rest);
                return;
            }
        }
        if (!defined(c, name)) undefined(c, g, argc, head);
        return;
    }
    bool has_ns = ns != SX_A(empty);
    if (has_ns) {
        sx_val full = existing_full_name(ns, name);
        if (defined(c, full)) {
            if (ns == SX_A(sx)) is_library(c, g, full, name);
            g->full = full;
            return;
        }
    }
    if (defined(c, name)) {
        g->full = name;
        return;
    }
    sx_val full = existing_full_name(SX_A(sx), name);
    if (defined(c, full) || is_inline(c, name)) {
        is_library(c, g, full != SX_NONE ? full : sx_full_name(SX_A(sx), name), name);
        return;
    }
    g->full = sx_full_name(ns, name);
    undefined(c, g, argc, head);
    if (g->full == SX_NONE) sx_cc_error(c, "limit", "the name `%s` is too long, or there are too many atoms", text);
}

CcGlobal *sx_cc_global(Cc *c, sx_val name, int argc, bool head)
{
    CcGlobal *g = c->n_global_slots ? *global_slot(c->globals, c->n_global_slots, name) : NULL;
    if (g) return g;
    g = global_new(c, name);
    resolve(c, g, argc, head);
    return g;
}

CcGlobal *sx_cc_own_global(Cc *c, sx_val name)
{
    CcGlobal *g = c->n_global_slots ? *global_slot(c->globals, c->n_global_slots, name) : NULL;
    if (!g) g = global_new(c, name);
    size_t n;
    const char *text = sx_atom_text(name, &n);
    const char *slash = n > 1 ? memchr(text, '/', n) : NULL;
    bool is_full = slash && slash > text && slash + 1 < text + n;
    g->full = is_full ? name : sx_full_name(c->options->ns, name);
    g->native = NULL;
    g->sx_name = SX_NONE;
    if (g->full == SX_NONE) sx_cc_error(c, "limit", "the name `%s` is too long, or there are too many atoms", text);
    return g;
}
