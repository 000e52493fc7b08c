/* verify.c - does code keep to the formats of opcodes.def?
 * Every operand inside the frame, every jump to an instruction of the same function, every constant and address well formed,
 * every function ending in an instruction that does not go on; and, in verify_flow.c, every register written before it is
 * read. Code that passes cannot make the machine leave its frame, its code or the range. */
#include "code/verify_internal.h"
#include "code/prim.h"
#include "value/bits.h"
#include "value/map.h"

bool sx_verify_fail(SxVerify *v, const uint64_t *pc, const char *format, ...)
{
    if (v->fn && sx_is_atom(v->fn->name)) sx_buf_addf(v->why, "%s/%u", sx_atom_text(v->fn->name, NULL), v->fn->min_args);
    if (pc) sx_buf_addf(v->why, " at %td, %s", pc - v->fn->code, SX_INSTR_OP(*pc) < SX_OP_COUNT ? sx_op_info[SX_INSTR_OP(*pc)].name : "?");
    sx_buf_add_str(v->why, v->fn ? ": " : "");
    va_list args;
    va_start(args, format);
    sx_buf_addv(v->why, format, args);
    va_end(args);
    return false;
}

/* ---- facts about instructions ---- */

bool sx_verify_is_tail_call(unsigned op) { return op >= SX_OP_TCALL && op <= SX_OP_TCALLM; }
bool sx_verify_is_call(unsigned op) { return op >= SX_OP_CALL && op <= SX_OP_TCALLM; }

bool sx_verify_goes_on(unsigned op)
{
    switch (op) {
    case SX_OP_JUMP: case SX_OP_SWITCH: case SX_OP_JTABLE: case SX_OP_BYTESWITCH: case SX_OP_RETURN: case SX_OP_RAISE: case SX_OP_ERROR: case SX_OP_FNCLAUSE:
        return false;
    default: return !sx_verify_is_tail_call(op);
    }
}

size_t sx_verify_run(const uint64_t *pc, size_t *first)
{
    unsigned op = SX_INSTR_OP(*pc);
    size_t c = SX_INSTR_C(*pc);
    *first = SX_INSTR_B(*pc);
    switch (op) {
    case SX_OP_CLOSURE: case SX_OP_TUPLE: case SX_OP_BIN: case SX_OP_PRIM: return c;
    case SX_OP_LIST: return c + 1;
    case SX_OP_MAP: return 2 * c;
    case SX_OP_MAPPUT: case SX_OP_MAPUPD: return 2 * c + 1;
    case SX_OP_FNCLAUSE: *first = 0; return SX_INSTR_A(*pc);
    default:
        if (!sx_verify_is_call(op)) return 0;
        *first = (size_t)SX_INSTR_A(*pc) + 1;
        return SX_INSTR_B(*pc) + (op == SX_OP_CALLM || op == SX_OP_TCALLM ? 2u : 0u);
    }
}

static bool reads_run(unsigned op)
{
    switch (op) {
    case SX_OP_CLOSURE: case SX_OP_TUPLE: case SX_OP_BIN: case SX_OP_PRIM: case SX_OP_LIST: case SX_OP_MAP: case SX_OP_MAPPUT: case SX_OP_MAPUPD:
        return true;
    default: return false;
    }
}

/* ---- addresses and constants ---- */

/* n words at address `a` lie inside what is allocated of the range. */
static bool in_range(const SxCode *c, uint64_t a, size_t n_words)
{
    uint64_t base = (uint64_t)(uintptr_t)c->shared.base, size = (uint64_t)(c->shared.top - c->shared.base) * sizeof(sx_val);
    return a % sizeof(sx_val) == 0 && a >= base && a - base <= size && n_words <= (size - (a - base)) / sizeof(sx_val);
}

static bool is_constant(const SxCode *c, sx_val k)
{
    if (k == SX_NONE) return true; /* an optional argument that is absent */
    switch (sx_tag(k)) {
    case SX_TAG_SMALL: return true;
    case SX_TAG_IMM: return k == SX_EMPTY || sx_is_pid(k) || (sx_is_atom(k) && sx_atom_index(k) < sx_atom_count());
    case SX_TAG_CONS: return in_range(c, k - SX_TAG_CONS, 2);
    case SX_TAG_FLOAT: return in_range(c, k - SX_TAG_FLOAT, 2) && *sx_ptr(k) == SX_HEADER(SX_KIND_FLOAT, 1);
    case SX_TAG_BOXED: {
        if (k == sx_map_empty()) return true;
        if (!in_range(c, k - SX_TAG_BOXED, 1) || !sx_is_header(*sx_ptr(k))) return false;
        SxKind kind = sx_header_kind(*sx_ptr(k));
        return kind <= SX_KIND_REF && kind != SX_KIND_NODE && kind != SX_KIND_BLOB && in_range(c, k - SX_TAG_BOXED, 1 + sx_header_size(*sx_ptr(k)));
    }
    default: return false;
    }
}

static bool is_function(const SxVerify *v, uint64_t word)
{
    if (!in_range(v->c, word, sizeof(SxFn) / sizeof(sx_val))) return false;
    const SxFn *fn = (const SxFn *)(uintptr_t)word;
    const SxUnit *unit = fn->unit; /* its own word: only compared, never followed */
    return unit == v->unit ? fn >= unit->fns && fn < unit->fns + unit->n_fns : sx_code_fn_at(v->c, fn->code) == fn;
}

/* ---- one instruction ---- */

static bool check_register(SxVerify *v, const uint64_t *pc, size_t r)
{
    return r < v->fn->frame || sx_verify_fail(v, pc, "register %zu is outside of the frame of %u", r, v->fn->frame);
}

static bool check_target(SxVerify *v, const uint64_t *pc, uint64_t offset)
{
    int64_t at = pc - v->fn->code + (int64_t)offset;
    if (at >= 0 && at < (int64_t)v->fn->n_code && v->starts[at]) return true;
    return sx_verify_fail(v, pc, "it jumps to %lld, where no instruction of the function begins", (long long)at);
}

static bool check_table(SxVerify *v, const uint64_t *pc)
{
    bool is_switch = SX_INSTR_OP(*pc) == SX_OP_SWITCH;
    if (!check_target(v, pc, pc[2])) return false;
    for (uint64_t i = 0; i < pc[1]; i++) {
        if (!check_target(v, pc, is_switch ? pc[4 + 2 * i] : pc[4 + i])) return false;
        if (is_switch && i > 0 && pc[3 + 2 * i] <= pc[1 + 2 * i]) return sx_verify_fail(v, pc, "its words are not in rising order");
        if (is_switch && sx_is_pointer(pc[3 + 2 * i])) return sx_verify_fail(v, pc, "its words are not immediate");
    }
    return true;
}

static bool check_classes(SxVerify *v, const uint64_t *pc)
{
    if (pc[1] == 0 || !check_target(v, pc, pc[2])) return pc[1] != 0 ? false : sx_verify_fail(v, pc, "it has no classes");
    for (size_t i = 0; i < 256; i++)
        if (sx_classes(pc)[i] >= pc[1]) return sx_verify_fail(v, pc, "byte %zu is of class %u, which is not there", i, sx_classes(pc)[i]);
    for (uint64_t i = 0; i < pc[1]; i++)
        if (!check_target(v, pc, pc[SX_CLASS_OFFSETS + i])) return false;
    return true;
}

static bool check_spec(SxVerify *v, const uint64_t *pc, uint64_t spec)
{
    if ((SX_SPEC_TYPE(spec) & 7) > SX_SEG_UTF32 || SX_SPEC_UNIT(spec) > 256) return sx_verify_fail(v, pc, "no segment has spec 0x%llx", (unsigned long long)spec);
    return !SX_SPEC_IS_REG(spec) || check_register(v, pc, SX_SPEC_SIZE(spec));
}

/* A build descriptor takes a value a segment, and a size where the spec says so. */
static bool check_build(SxVerify *v, const uint64_t *pc, sx_val d)
{
    if (!is_constant(v->c, d) || !sx_is_tuple(d)) return sx_verify_fail(v, pc, "its descriptor is no tuple");
    size_t n = 0;
    for (size_t i = 0; i < sx_tuple_size(d); i++) {
        sx_val spec = sx_tuple_elements(d)[i];
        if (!sx_is_small(spec)) return sx_verify_fail(v, pc, "its descriptor holds what is no number");
        n += 1 + (size_t)SX_SPEC_IS_REG((uint64_t)sx_small_value(spec));
    }
    return n == SX_INSTR_C(*pc) || sx_verify_fail(v, pc, "its descriptor takes %zu registers", n);
}

static bool check_prim(SxVerify *v, const uint64_t *pc, uint64_t number)
{
    if (number >= v->c->n_prims) return sx_verify_fail(v, pc, "there is no primitive %llu", (unsigned long long)number);
    const SxFn *fn = sx_code_prim_fn(v->c, (uint32_t)number);
    unsigned n = SX_INSTR_C(*pc);
    if (n == fn->max_args || (n > fn->max_args && fn->flags & SX_FN_REST)) return true;
    return sx_verify_fail(v, pc, "%s gets %u arguments", v->c->prims[number]->usage, n);
}

static bool check_extra(SxVerify *v, const uint64_t *pc, char letter, uint64_t word)
{
    const SxCode *c = v->c;
    switch (letter) {
    case 'k': return is_constant(c, word) || sx_verify_fail(v, pc, "0x%llx is no constant", (unsigned long long)word);
    case 'j': return check_target(v, pc, word);
    case 'f': return is_function(v, word) || sx_verify_fail(v, pc, "0x%llx is no function", (unsigned long long)word);
    case 'g': {
        const SxCell *cell = (const SxCell *)(uintptr_t)word;
        bool ok = in_range(c, word, sizeof *cell / sizeof(sx_val)) && sx_cell_find(c, cell->name) == cell;
        return ok || sx_verify_fail(v, pc, "0x%llx is no global", (unsigned long long)word);
    }
    case 'e': {
        const SxExport *e = (const SxExport *)(uintptr_t)word;
        bool ok = in_range(c, word, sizeof *e / sizeof(sx_val)) && sx_export_find(c, e->module, e->name, (unsigned)e->arity) == e;
        return ok || sx_verify_fail(v, pc, "0x%llx is no export", (unsigned long long)word);
    }
    case 'p': return check_prim(v, pc, word);
    case 's': return check_spec(v, pc, word);
    case 'd': return check_build(v, pc, word);
    case 't': return check_table(v, pc);
    case 'c': return check_classes(v, pc);
    default: return true;
    }
}

static bool check_numbers(SxVerify *v, const uint64_t *pc)
{
    unsigned a = SX_INSTR_A(*pc), b = SX_INSTR_B(*pc), c = SX_INSTR_C(*pc);
    switch (SX_INSTR_OP(*pc)) {
    case SX_OP_IFTYPE: return b <= SX_TYPE_SYMBOL || sx_verify_fail(v, pc, "there is no type test %u", b);
    case SX_OP_SIZE: return c <= SX_SIZE_LENGTH || sx_verify_fail(v, pc, "there is no size %u", c);
    case SX_OP_ERROR: return a <= SX_ERR_ERROR || sx_verify_fail(v, pc, "there is no error %u", a);
    case SX_OP_CLOSURE: {
        const SxFn *fn = (const SxFn *)(uintptr_t)pc[1];
        return fn->n_free == c || sx_verify_fail(v, pc, "its function captures %u values", fn->n_free);
    }
    case SX_OP_CALLF: case SX_OP_TCALLF: {
        const SxFn *fn = (const SxFn *)(uintptr_t)pc[1];
        return (fn->n_free == 0 && sx_fn_fits(fn, b)) || sx_verify_fail(v, pc, "its function captures values, or does not take %u arguments", b);
    }
    case SX_OP_RECV_SKIP:
        if (a > v->fn->frame || pc[1] == 0 || pc[1] > UINT16_MAX) return sx_verify_fail(v, pc, "there is no tuple of %llu elements with a first one, or no frame of %u", (unsigned long long)pc[1], a);
        return !sx_is_pointer(pc[2]) || sx_verify_fail(v, pc, "its word is not immediate");
    case SX_OP_RECV_NEXT: return a <= v->fn->frame || sx_verify_fail(v, pc, "there is no frame of %u", a);
    case SX_OP_RECV_WAIT: {
        unsigned op = SX_INSTR_OP(pc[(int64_t)pc[1]]);
        return op == SX_OP_RECV_PEEK || sx_verify_fail(v, pc, "its target is no RECV_PEEK");
    }
    case SX_OP_START: case SX_OP_END: return sx_verify_fail(v, pc, "this instruction belongs to the machine");
    default: return true;
    }
}

static bool check_instruction(SxVerify *v, const uint64_t *pc)
{
    unsigned op = SX_INSTR_OP(*pc);
    const SxOpInfo *info = &sx_op_info[op];
    size_t first, n = sx_verify_run(pc, &first);
    if (n && !check_register(v, pc, first + n - 1)) return false;
    for (int i = 0; i < 3; i++) {
        unsigned r = (unsigned)(*pc >> (16 + 16 * i)) & 0xffff;
        if (!strchr("wrmB", info->operands[i]) || (i == 1 && reads_run(op))) continue;
        if (!check_register(v, pc, r)) return false;
    }
    for (size_t i = 0; info->extra[i]; i++)
        if (!check_extra(v, pc, info->extra[i], pc[1 + i])) return false;
    return check_numbers(v, pc);
}

/* ---- a function, a unit ---- */

/* Mark where instructions begin; their lengths end exactly at the function's end. */
static bool find_starts(SxVerify *v)
{
    const uint64_t *code = v->fn->code;
    size_t n = v->fn->n_code, last = 0;
    for (size_t at = 0; at < n;) {
        const uint64_t *pc = code + at;
        unsigned op = SX_INSTR_OP(*pc);
        if (op >= SX_OP_COUNT) return sx_verify_fail(v, pc, "there is no opcode %u", op);
        bool is_table = op == SX_OP_SWITCH || op == SX_OP_JTABLE || op == SX_OP_BYTESWITCH;
        if (is_table && (n - at < 2 || pc[1] > n)) return sx_verify_fail(v, pc, "its table passes the function's end");
        size_t length = sx_op_length(pc);
        if (length > n - at) return sx_verify_fail(v, pc, "it passes the function's end");
        v->starts[at] = 1;
        last = at;
        at += length;
    }
    if (sx_verify_goes_on(SX_INSTR_OP(code[last]))) return sx_verify_fail(v, code + last, "the function ends here, but the instruction goes on");
    return true;
}

static bool check_handlers(SxVerify *v)
{
    const SxFn *fn = v->fn;
    uint32_t first = (uint32_t)(fn->code - v->unit->code);
    for (uint32_t i = 0; i < fn->n_handlers; i++) {
        const SxHandler *h = &fn->handlers[i];
        if (h->start < first || h->start > h->end || h->end > first + fn->n_code || h->target < first || h->target - first >= fn->n_code ||
            !v->starts[h->target - first])
            return sx_verify_fail(v, NULL, "handler %u covers or reaches what is not code of the function", i);
        if (h->base + (h->is_guard ? 0u : 3u) > fn->frame) return sx_verify_fail(v, NULL, "handler %u: base %u is outside of the frame", i, h->base);
    }
    return true;
}

static bool check_function(SxVerify *v)
{
    const SxFn *fn = v->fn;
    const SxUnit *u = v->unit;
    if (fn->code < u->code || fn->n_code == 0 || fn->code + fn->n_code > u->code + u->n_code) return sx_verify_fail(v, NULL, "its code is not the unit's");
    if (fn->unit != u) return sx_verify_fail(v, NULL, "it belongs to another unit");
    if (fn->min_args > fn->max_args || fn->frame < sx_fn_registers(fn) + (fn->n_free > 0)) return sx_verify_fail(v, NULL, "its arguments pass its frame");
    if (fn->n_handlers && !in_range(v->c, fn->handlers_word, fn->n_handlers * sizeof(SxHandler) / sizeof(sx_val))) return sx_verify_fail(v, NULL, "its handlers are not in the range");
    v->starts = sx_alloc_zero(fn->n_code);
    bool ok = find_starts(v);
    for (uint32_t at = 0; ok && at < fn->n_code; at++)
        if (v->starts[at]) ok = check_instruction(v, fn->code + at);
    ok = ok && check_handlers(v) && sx_verify_flow(v);
    sx_free(v->starts);
    return ok;
}

bool sx_code_verify(const SxCode *c, const SxUnit *unit, SxBuf *why)
{
    SxVerify v = {.c = c, .unit = unit, .why = why};
    if (!in_range(c, unit->code_word, unit->n_code) || !in_range(c, unit->fns_word, unit->n_fns * (sizeof(SxFn) / sizeof(sx_val))) ||
        (unit->n_positions && !in_range(c, unit->positions_word, unit->n_positions * (sizeof(SxPos) / sizeof(sx_val)))) ||
        (unit->n_files && !in_range(c, unit->files_word, unit->n_files)))
        return sx_verify_fail(&v, NULL, "a part of the unit is not in the range");
    for (uint32_t i = 0; i < unit->n_positions; i++) {
        const SxPos *p = &unit->positions[i];
        if (p->file >= unit->n_files || p->macro >= sx_atom_count() || (i > 0 && p->offset < p[-1].offset)) return sx_verify_fail(&v, NULL, "position %u is out of order or of no file", i);
    }
    for (uint32_t i = 0; i < unit->n_fns; i++) {
        v.fn = &unit->fns[i];
        if (i > 0 && v.fn->code < v.fn[-1].code + v.fn[-1].n_code) return sx_verify_fail(&v, NULL, "it is not in code order");
        if (!check_function(&v)) return false;
    }
    return true;
}
