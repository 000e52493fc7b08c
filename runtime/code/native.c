/* native.c - primitives become functions: a number, a stub `PRIM, RETURN`, and a cell or exports that name it.
 * The usage string is parsed here and nowhere else: "(slice xs start &opt end)", "(lists:reverse xs &opt tail)", "(str & parts)".
 * INVARIANT: primitive i of the table is function i of the first unit, so its stub is found without a search. */
#include "code/code.h"
#include "code/prim.h"

#define STUB_WORDS 3 /* PRIM and its number, RETURN */
#define WORDS_OF(type) (sizeof(type) / sizeof(sx_val))

typedef struct Usage {
    const char *module, *name; /* module: NULL for SX's own */
    size_t module_len, name_len;
    unsigned min_args, max_args;
    bool rest;
} Usage;

/* Next word of a usage string, up to a blank or the closing parenthesis; 0: the parenthesis. */
static size_t next_word(const char **at)
{
    while (**at == ' ') ++*at;
    return strcspn(*at, " ()");
}

/* False when the text does not have the form that prim.h asks for. */
static bool parse_usage(const char *text, Usage *u)
{
    *u = (Usage){0};
    if (*text++ != '(') return false;
    size_t n = next_word(&text);
    if (n == 0) return false;
    u->name = text;
    u->name_len = n;
    const char *colon = memchr(text, ':', n);
    if (colon && colon > text && colon + 1 < text + n) {
        u->module = text;
        u->module_len = (size_t)(colon - text);
        u->name = colon + 1;
        u->name_len = n - u->module_len - 1;
    }
    bool optional = false;
    for (text += n; (n = next_word(&text)) > 0; text += n) {
        if (u->rest) return false; /* one name behind &, and nothing behind that */
        if (n == 4 && memcmp(text, "&opt", 4) == 0) {
            if (optional) return false;
            optional = true;
        } else if (n == 1 && *text == '&') {
            text += n;
            n = next_word(&text);
            if (n == 0) return false;
            u->rest = true;
        } else {
            u->max_args++;
            if (!optional) u->min_args++;
        }
    }
    return text[0] == ')' && text[1] == '\0' && !(u->module && u->rest);
}

/* Bytes of any length as one HEAPBIN of the range. SX_NONE: the shared limit is reached. */
static sx_val shared_text(SxCode *c, const char *text)
{
    size_t n = strlen(text), n_words = 1 + (n + 7) / 8;
    sx_val *words = sx_shared_alloc(&c->shared, 1 + n_words);
    if (!words) return SX_NONE;
    words[0] = SX_HEADER(SX_KIND_HEAPBIN, n_words);
    words[1] = (sx_val)n * 8;
    memcpy(words + 2, text, n);
    return sx_make_ptr(words, SX_TAG_BOXED);
}

uint64_t sx_prims_hash(const SxPrim *const *prims, uint32_t n_prims)
{
    SxBuf b = SX_BUF_INIT;
    for (uint32_t i = 0; i < n_prims; i++) {
        sx_buf_add_str(&b, prims[i]->usage);
        sx_buf_add_char(&b, prims[i]->flags & SX_PRIM_IS_GUARD ? 'g' : '-');
    }
    uint64_t hash = sx_hash_bytes(b.data, b.len);
    sx_buf_deinit(&b);
    return hash;
}

/* The cell `sx/name`. */
static bool name_sx(SxCode *c, SxFn *fn, const char *usage)
{
    sx_val full = sx_full_name(SX_A(sx), fn->name);
    SxCell *cell = sx_cell(c, full);
    if (!cell) return false;
    if (cell->value != SX_NONE) sx_fail(usage, 0, "two primitives of this name");
    cell->flags |= SX_CELL_LIBRARY;
    sx_val closure = sx_fn_closure(c, fn);
    return closure != SX_NONE && sx_cell_define(c, cell, closure, fn->doc);
}

/* module:name/arity for each arity that it takes. */
static bool name_exports(SxCode *c, SxFn *fn, const char *usage)
{
    for (unsigned arity = fn->min_args; arity <= fn->max_args; arity++) {
        SxExport *e = sx_export(c, fn->module, fn->name, arity);
        if (!e) return false;
        if (e->fn) sx_fail(usage, 0, "two primitives of this name and arity");
        e->fn = fn;
    }
    return sx_fn_closure(c, fn) != SX_NONE;
}

static bool add_native(SxCode *c, SxFn *fn, uint64_t *code, SxUnit *unit, const SxPrim *prim, uint32_t number)
{
    Usage u;
    if (!parse_usage(prim->usage, &u)) sx_fail(prim->usage, 0, "this is no usage string of a primitive");
    fn->code = code;
    fn->n_code = STUB_WORDS;
    fn->min_args = (uint16_t)u.min_args;
    fn->max_args = (uint16_t)u.max_args;
    fn->flags = (uint16_t)(SX_FN_NATIVE | (u.rest ? SX_FN_REST : 0) | (u.module ? SX_FN_MODULE : 0) |
                           (prim->flags & SX_PRIM_IS_GUARD ? SX_FN_GUARD : 0));
    unsigned n = sx_fn_registers(fn);
    fn->frame = (uint16_t)(n ? n : 1); /* the result needs one */
    fn->prim = number;
    fn->module = u.module ? sx_atom_intern(u.module, u.module_len) : SX_A(sx);
    fn->name = sx_atom_intern(u.name, u.name_len);
    fn->usage = shared_text(c, prim->usage);
    fn->doc = shared_text(c, prim->doc);
    fn->unit = unit;
    fn->closure = SX_NONE;
    code[0] = sx_instr(SX_OP_PRIM, 0, 0, u.max_args); /* a rest is given only by a direct PRIM (see vm.c, native_tail) */
    code[1] = number;
    code[2] = sx_instr(SX_OP_RETURN, 0, 0, 0);
    if (fn->usage == SX_NONE || fn->doc == SX_NONE) return false;
    return u.module ? name_exports(c, fn, prim->usage) : name_sx(c, fn, prim->usage);
}

bool sx_code_add_prims(SxCode *c, const SxPrim *const *prims, uint32_t n_prims)
{
    uint64_t hash = sx_prims_hash(prims, n_prims);
    bool from_image = c->prims_hash != 0;
    if (from_image && hash != c->prims_hash) return false;
    c->prims = prims;
    c->n_prims = n_prims;
    c->prims_hash = hash;
    if (from_image) return true;
    SX_CHECK(c->n_units == 0);
    SxUnit *unit = (SxUnit *)sx_shared_alloc(&c->shared, WORDS_OF(SxUnit));
    SxFn *fns = (SxFn *)sx_shared_alloc(&c->shared, WORDS_OF(SxFn) * n_prims);
    uint64_t *code = sx_shared_alloc(&c->shared, (size_t)STUB_WORDS * n_prims);
    if (!unit || !fns || !code) return false;
    unit->code = code;
    unit->n_code = STUB_WORDS * n_prims;
    unit->fns = fns;
    unit->n_fns = n_prims;
    unit->module = SX_A(sx);
    if (!sx_code_add_unit(c, unit)) return false;
    for (uint32_t i = 0; i < n_prims; i++)
        if (!add_native(c, &fns[i], code + (size_t)STUB_WORDS * i, unit, prims[i], i)) return false;
    sx_code_keep(c);
    return true;
}

const SxFn *sx_code_prim_fn(const SxCode *c, uint32_t prim)
{
    const SxUnit *natives = (const SxUnit *)(uintptr_t)c->units[0];
    SX_ASSERT(prim < natives->n_fns);
    return &natives->fns[prim];
}
