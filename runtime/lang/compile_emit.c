/* compile_emit.c - writing code: instructions, labels, constants, positions, handlers; functions one after the other; and the
 * finished unit in the shared range.
 * Knows nothing of forms or patterns. All references leave as relocations, so nothing in the store changes before a unit is
 * complete.
 * INVARIANT: while c->dead, nothing is emitted; a label that somebody jumps to ends that. */
#include "lang/compile_internal.h"
#include "value/compare.h"
#include "value/map.h"

/* ---- instructions ---- */

uint32_t sx_cc_op(Cc *c, SxOp op, unsigned a, unsigned b, unsigned operand_c)
{
    uint32_t at = c->unit->code.n;
    if (!c->dead) *CC_PUSH(c->unit->code) = sx_instr(op, a, b, operand_c);
    return at;
}

void sx_cc_word(Cc *c, uint64_t word)
{
    if (!c->dead) *CC_PUSH(c->unit->code) = word;
}

void sx_cc_reloc(Cc *c, CcReloc reloc)
{
    if (c->dead) return;
    reloc.word = c->unit->code.n;
    *CC_PUSH(c->unit->relocs) = reloc;
    sx_cc_word(c, 0);
}

void sx_cc_move(Cc *c, unsigned dst, unsigned src)
{
    if (dst != src) sx_cc_op(c, SX_OP_MOVE, dst, src, 0);
}

void sx_cc_at(Cc *c, CcPos pos)
{
    if (c->dead || pos.line == 0) return;
    if (pos.line == c->out_pos.line && pos.column == c->out_pos.column && pos.file == c->out_pos.file && pos.macro == c->out_pos.macro) return;
    CcUnit *u = c->unit;
    c->out_pos = pos;
    if (u->positions.n > 0 && u->positions.at[u->positions.n - 1].offset == u->code.n) u->positions.n--;
    *CC_PUSH(u->positions) = (SxPos){.offset = u->code.n, .line = pos.line, .column = pos.column, .file = pos.file, .macro = pos.macro};
}

/* ---- registers ---- */

void sx_cc_reserve(Cc *c, unsigned n)
{
    if (n <= c->max_top) return;
    c->max_top = n;
    if (n > CC_MAX_REGISTERS) {
        c->pos = c->out_pos;
        sx_cc_error(c, "limit", "this form needs more than %d values at once; build it in parts", CC_MAX_REGISTERS);
        c->max_top = CC_MAX_REGISTERS;
    }
}

unsigned sx_cc_push(Cc *c)
{
    if (c->top >= CC_MAX_REGISTERS) { /* an error was set: stay inside the operands */
        sx_cc_reserve(c, CC_MAX_REGISTERS + 1);
        return CC_MAX_REGISTERS - 1;
    }
    unsigned r = c->top++;
    sx_cc_reserve(c, c->top);
    return r;
}

/* ---- labels ---- */

static void patch(Cc *c, const CcPatch *p, int64_t at)
{
    CcUnit *u = c->unit;
    if (p->instruction == UINT32_MAX) u->handlers.at[p->word].target = (uint32_t)at;
    else u->code.at[p->word] = (uint64_t)(at - (int64_t)p->instruction);
}

static void refer(Cc *c, CcLabel *label, uint32_t instruction, uint32_t word)
{
    CcPatch p = {instruction, word, label->patches};
    if (label->at >= 0) {
        patch(c, &p, label->at);
        return;
    }
    *CC_PUSH(c->patches) = p;
    label->patches = c->patches.n;
}

void sx_cc_jump_word(Cc *c, uint32_t instruction, CcLabel *to)
{
    if (c->dead) return;
    sx_cc_word(c, 0);
    refer(c, to, instruction, c->unit->code.n - 1);
}

void sx_cc_jump(Cc *c, CcLabel *to)
{
    if (c->dead) return;
    sx_cc_jump_word(c, sx_cc_op(c, SX_OP_JUMP, 0, 0, 0), to);
    c->dead = true;
}

void sx_cc_test(Cc *c, SxOp op, unsigned a, unsigned b, unsigned operand_c, CcLabel *no)
{
    sx_cc_jump_word(c, sx_cc_op(c, op, a, b, operand_c), no);
}

void sx_cc_bind(Cc *c, CcLabel *label)
{
    CcUnit *u = c->unit;
    uint32_t n = u->code.n;
    if (label->patches) { /* a jump that ends right before its target goes away */
        const CcPatch *last = &c->patches.at[label->patches - 1];
        if (last->instruction != UINT32_MAX && last->word == n - 1 && last->instruction == n - 2 && c->barrier < n &&
            SX_INSTR_OP(u->code.at[n - 2]) == SX_OP_JUMP) {
            label->patches = last->next;
            u->code.n = n -= 2;
            c->dead = false;
            if (u->positions.n > 0 && u->positions.at[u->positions.n - 1].offset > n) u->positions.n--;
        }
    }
    label->at = n;
    if (label->patches) c->dead = false;
    if (!c->dead) c->barrier = n;
    for (uint32_t i = label->patches; i != 0;) {
        CcPatch p = c->patches.at[i - 1];
        patch(c, &p, n);
        i = p.next;
    }
}

/* ---- constants ---- */

/* Maps with many keys are ordered by a hash that differs from run to run: they cannot be part of the image. */
static bool is_big_map(sx_val v) { return sx_is_map(v) && sx_map_size(v) > SX_MAP_MAX_FLAT; }

/* 0.0 and -0.0 are equal and yet two constants. */
static bool is_float_zero(sx_val v) { return sx_is_float(v) && sx_float_value(v) == 0; }

/* Is v, or something in it, what is asked for? */
static bool holds(sx_val v, bool (*asked)(sx_val))
{
    CC_ARRAY(sx_val) work = {0};
    bool found = false;
    *CC_PUSH(work) = v;
    while (work.n > 0 && !found) {
        v = work.at[--work.n];
        for (; sx_is_cons(v); v = sx_tail(v))
            if (sx_is_cons(sx_head(v)) || sx_is_boxed(sx_head(v))) *CC_PUSH(work) = sx_head(v);
        found = asked(v);
        if (sx_is_tuple(v)) {
            for (size_t i = 0; i < sx_tuple_size(v); i++) *CC_PUSH(work) = sx_tuple_elements(v)[i];
        } else if (sx_is_map(v)) {
            SxMapIter it;
            sx_val key, value;
            sx_map_iter_init(&it, v);
            while (!found && sx_map_iter_next(&it, &key, &value)) *CC_PUSH(work) = key, *CC_PUSH(work) = value;
        }
    }
    sx_free(work.at);
    return found;
}

static void grow_constant_slots(Cc *c)
{
    CcUnit *u = c->unit;
    uint32_t n = u->n_constant_slots ? u->n_constant_slots * 2 : 32;
    u->constant_slots = sx_cc_zero(c, n * sizeof *u->constant_slots);
    u->n_constant_slots = n;
    for (uint32_t k = 0; k < u->constants.n; k++) {
        uint32_t i = (uint32_t)sx_term_hash(u->constants.at[k]) & (n - 1);
        while (u->constant_slots[i]) i = (i + 1) & (n - 1);
        u->constant_slots[i] = k + 1;
    }
}

/* Index of a constant that equals v; a new one when there is none, when too many have its hash, or when a zero is in it. */
static uint32_t constant_index(Cc *c, sx_val v)
{
    CcUnit *u = c->unit;
    if ((u->constants.n + 1) * 2 > u->n_constant_slots) grow_constant_slots(c);
    uint32_t mask = u->n_constant_slots - 1, i = (uint32_t)sx_term_hash(v) & mask;
    bool alone = holds(v, is_float_zero);
    for (int tries = 0; u->constant_slots[i]; i = (i + 1) & mask)
        if (!alone && tries++ < 8 && sx_equal(u->constants.at[u->constant_slots[i] - 1], v)) return u->constant_slots[i] - 1;
    if (!c->options->transient && holds(v, is_big_map)) {
        c->pos = c->out_pos;
        sx_cc_error(c, "limit", "a constant map has at most %d keys; write larger ones as {...} with keys or values computed", SX_MAP_MAX_FLAT);
    }
    *CC_PUSH(u->constants) = v;
    u->constant_slots[i] = u->constants.n;
    return u->constants.n - 1;
}

void sx_cc_constant_word(Cc *c, sx_val v)
{
    if (c->dead) return;
    if (!sx_is_pointer(v) || sx_is_shared(v)) sx_cc_word(c, v);
    else sx_cc_reloc(c, (CcReloc){.kind = CC_RELOC_CONST, .constant = constant_index(c, v)});
}

void sx_cc_load(Cc *c, unsigned reg, sx_val v)
{
    if (sx_is_small(v) && sx_small_value(v) >= INT16_MIN && sx_small_value(v) <= INT16_MAX) {
        sx_cc_op(c, SX_OP_LOADI, reg, (unsigned)sx_small_value(v) & 0xffff, 0);
        return;
    }
    sx_cc_op(c, SX_OP_LOADK, reg, 0, 0);
    sx_cc_constant_word(c, v);
    if (!sx_is_pointer(v) || sx_is_shared(v) || !c->options->transient) return;
    /* the value may outlive the unit: copy it out, or keep the unit */
    const SxCell *copy = sx_cell_find(c->code, sx_atom("sx/%constant"));
    if (!copy || !copy->fn || !(copy->fn->flags & SX_FN_NATIVE)) {
        c->keeps = true;
        return;
    }
    sx_cc_reserve(c, reg + 1);
    sx_cc_op(c, SX_OP_PRIM, reg, reg, 1);
    sx_cc_word(c, copy->fn->prim);
}

void sx_cc_test_word(Cc *c, unsigned reg, sx_val v, CcLabel *no)
{
    if (sx_is_small(v) && sx_small_value(v) >= INT16_MIN && sx_small_value(v) <= INT16_MAX) {
        sx_cc_test(c, SX_OP_IFEQI, reg, (unsigned)sx_small_value(v) & 0xffff, 0, no);
        return;
    }
    uint32_t at = sx_cc_op(c, sx_is_pointer(v) ? SX_OP_IFEQT : SX_OP_IFEQK, reg, 0, 0);
    sx_cc_constant_word(c, v);
    sx_cc_jump_word(c, at, no);
}

/* ---- protected regions, errors out of the way ---- */

uint32_t sx_cc_region(Cc *c) { return c->barrier = c->unit->code.n; }

void sx_cc_handler(Cc *c, uint32_t start, unsigned base, bool is_guard, CcLabel *target)
{
    CcUnit *u = c->unit;
    if (start == u->code.n) return;
    c->barrier = u->code.n;
    *CC_PUSH(u->handlers) = (SxHandler){.start = start, .end = u->code.n, .base = (uint16_t)base, .is_guard = is_guard};
    refer(c, target, UINT32_MAX, u->handlers.n - 1);
}

CcLabel *sx_cc_cold(Cc *c, SxErrorOp op, unsigned reg, uint32_t n_tuple, CcPos pos)
{
    CcCold *k = sx_cc_alloc(c, sizeof *k);
    *k = (CcCold){.next = c->cold, .label = CC_LABEL, .pos = pos, .reg = reg, .n = n_tuple, .op = op};
    c->cold = k;
    return &k->label;
}

void sx_cc_flush_cold(Cc *c, const CcCold *until)
{
    bool any = false, falls = !c->dead;
    for (const CcCold *k = c->cold; k != until; k = k->next) any = any || k->label.patches != 0;
    CcLabel over = CC_LABEL;
    if (any && falls) sx_cc_jump(c, &over);
    for (CcCold *k = c->cold; k != until; k = k->next) {
        if (k->label.patches == 0) continue;
        sx_cc_bind(c, &k->label);
        sx_cc_at(c, k->pos);
        if (k->n) sx_cc_op(c, SX_OP_TUPLE, k->reg, k->reg, k->n);
        sx_cc_op(c, SX_OP_ERROR, k->op, k->reg, 0);
        c->dead = true;
    }
    if (any && falls) sx_cc_bind(c, &over);
    while (c->cold != until) c->cold = c->cold->next;
}

/* ---- functions ---- */

void sx_cc_queue(Cc *c, CcFn *fn)
{
    if (fn->queued) return;
    fn->queued = true;
    *c->unit->queue_end = fn;
    c->unit->queue_end = &fn->next;
}

static CcFnOut *begin_fn(Cc *c, CcFn *f)
{
    CcUnit *u = c->unit;
    CcFnOut *out = CC_PUSH(u->fns);
    *out = (CcFnOut){.start = u->code.n, .handlers = u->handlers.n};
    c->out = f;
    c->top = c->max_top = f ? sx_cc_fn_registers(f) : 0;
    c->closure_reg = c->top;
    if (f && f->group->n_caps > 0) c->max_top = ++c->top;
    c->barrier = u->code.n;
    c->dead = false;
    c->out_pos = (CcPos){0};
    c->cold = NULL;
    c->patches.n = 0;
    return out;
}

static void end_fn(Cc *c, const CcFn *f)
{
    CcUnit *u = c->unit;
    sx_cc_flush_cold(c, NULL);
    CcFnOut *out = &u->fns.at[u->fns.n - 1];
    out->fn.n_code = u->code.n - out->start;
    out->fn.n_handlers = u->handlers.n - out->handlers;
    out->fn.frame = (uint16_t)(c->max_top ? c->max_top : 1);
    out->fn.usage = f ? f->usage : SX_NIL;
    out->fn.doc = f ? f->doc : SX_NIL;
    out->fn.name = f ? f->name : SX_A(empty);
    out->fn.flags = f ? (uint16_t)(f->flags | (f->rest ? SX_FN_REST : 0)) : SX_FN_LAMBDA;
    if (!f) return;
    out->fn.min_args = f->n_required;
    out->fn.max_args = (uint16_t)(f->n_required + f->n_optional);
    out->fn.n_free = f->group->n_caps;
}

static void emit_clauses(Cc *c, const CcFn *f)
{
    CcLabel end = CC_LABEL, fail = CC_LABEL;
    CcMatchWant want = {.to = CC_RETURN, .end = &end, .fail = &fail};
    sx_cc_emit_match(c, f->match, 0, &want);
    sx_cc_bind(c, &fail);
    sx_cc_at(c, f->pos);
    sx_cc_op(c, SX_OP_FNCLAUSE, f->match->n_columns, 0, 0);
    c->dead = true;
}

static void emit_fn(Cc *c, CcFn *f)
{
    f->index = c->unit->fns.n;
    begin_fn(c, f);
    unsigned n = sx_cc_fn_registers(f);
    for (unsigned i = 0; f->params && i < n; i++)
        if (f->params[i]) f->params[i]->reg = i;
    for (uint32_t i = 0; i < f->group->n_caps; i++) f->group->caps[i]->free_index = i;
    for (unsigned i = 0; i < f->n_optional; i++) {
        CcLabel given = CC_LABEL;
        sx_cc_test(c, SX_OP_IFMISSING, f->n_required + i, 0, 0, &given);
        sx_cc_expr(c, f->defaults[i], CC_REG(f->n_required + i));
        sx_cc_bind(c, &given);
    }
    if (f->match) emit_clauses(c, f);
    else sx_cc_expr(c, f->body, CC_RETURN);
    end_fn(c, f);
}

void sx_cc_emit_unit(Cc *c, CcUnit *unit, const CcNode *entry)
{
    CcUnit *outer = c->unit;
    c->unit = unit;
    if (entry) {
        begin_fn(c, NULL);
        unsigned value = sx_cc_push(c);
        c->top = value; /* not written yet: no safe point may see it */
        sx_cc_expr(c, entry, CC_REG(value)); /* no tail call: a trace shows the form that a text consists of */
        sx_cc_finish(c, CC_RETURN, value);
        end_fn(c, NULL);
    }
    while (unit->queue && !c->failed) {
        CcFn *f = unit->queue;
        unit->queue = f->next;
        if (!unit->queue) unit->queue_end = &unit->queue;
        emit_fn(c, f);
    }
    c->unit = outer;
}

/* ---- the unit ---- */

void sx_cc_unit_init(CcUnit *unit, sx_val module)
{
    memset(unit, 0, sizeof *unit);
    unit->module = module;
    unit->queue_end = &unit->queue;
}

void sx_cc_unit_deinit(CcUnit *u)
{
    void *arrays[] = {u->code.at, u->relocs.at, u->positions.at, u->handlers.at, u->fns.at, u->files.at, u->constants.at};
    for (size_t i = 0; i < SX_COUNT(arrays); i++) sx_free(arrays[i]);
}

#define WORDS_OF(type) (sizeof(type) / sizeof(sx_val))

/* Cells and exports that the code names come into being, before the unit takes its place in the range. */
static bool make_entries(Cc *c, const CcUnit *u)
{
    for (uint32_t i = 0; i < u->relocs.n; i++) {
        const CcReloc *r = &u->relocs.at[i];
        if (r->kind == CC_RELOC_CELL && !sx_cell(c->code, r->global->full)) return false;
        if (r->kind == CC_RELOC_EXPORT && !sx_export(c->code, r->export.module, r->export.name, r->arity)) return false;
    }
    return true;
}

static bool relocate(Cc *c, const CcUnit *u, SxUnit *out, const sx_val *constants)
{
    for (uint32_t i = 0; i < u->relocs.n; i++) {
        const CcReloc *r = &u->relocs.at[i];
        uint64_t word = 0;
        switch ((CcRelocKind)r->kind) {
        case CC_RELOC_CONST: word = constants[r->constant]; break;
        case CC_RELOC_FN: word = (uint64_t)(uintptr_t)&out->fns[r->fn->index]; break;
        case CC_RELOC_CLOSURE: word = sx_fn_closure(c->code, &out->fns[r->fn->index]); break;
        case CC_RELOC_CELL: word = (uint64_t)(uintptr_t)sx_cell_find(c->code, r->global->full); break;
        case CC_RELOC_EXPORT: word = (uint64_t)(uintptr_t)sx_export_find(c->code, r->export.module, r->export.name, r->arity); break;
        case CC_RELOC_UNIT: word = sx_small((int64_t)(uintptr_t)r->unit->installed); break;
        }
        if (word == SX_NONE) return false;
        out->code[r->word] = word;
    }
    return true;
}

static bool fill_fns(Cc *c, const CcUnit *u, SxUnit *out, SxHandler *handlers)
{
    for (uint32_t i = 0; i < u->fns.n; i++) {
        SxFn *f = &out->fns[i];
        *f = u->fns.at[i].fn;
        f->code = out->code + u->fns.at[i].start;
        f->handlers = handlers + u->fns.at[i].handlers;
        f->unit = out;
        f->module = u->module;
        f->closure = SX_NONE;
        f->usage = sx_shared_copy(&c->code->shared, f->usage);
        f->doc = sx_shared_copy(&c->code->shared, f->doc);
        if (f->usage == SX_NONE || f->doc == SX_NONE) return false;
    }
    return true;
}

SxUnit *sx_cc_install(Cc *c, CcUnit *u)
{
    SxShared *s = &c->code->shared;
    if (!make_entries(c, u)) return sx_cc_error(c, "limit", "the memory for code and constants is used up (max_shared_words)");
    sx_val *mark = sx_shared_mark(s);
    size_t n_fns = WORDS_OF(SxFn) * u->fns.n, n_positions = WORDS_OF(SxPos) * u->positions.n, n_handlers = WORDS_OF(SxHandler) * u->handlers.n;
    sx_val *words = sx_shared_alloc(s, WORDS_OF(SxUnit) + n_fns + u->code.n + n_positions + n_handlers + u->files.n);
    sx_val *constants = sx_cc_alloc(c, (u->constants.n + 1) * sizeof *constants);
    bool ok = words != NULL;
    for (uint32_t i = 0; i < u->constants.n && ok; i++) {
        constants[i] = sx_shared_copy(s, u->constants.at[i]);
        ok = constants[i] != SX_NONE;
    }
    if (ok) {
        SxUnit *out = (SxUnit *)words;
        words += WORDS_OF(SxUnit);
        out->fns = (SxFn *)words;
        words += n_fns;
        out->code = words;
        words += u->code.n;
        out->positions = (SxPos *)words;
        words += n_positions;
        SxHandler *handlers = (SxHandler *)words;
        words += n_handlers;
        out->files = words;
        out->n_fns = u->fns.n;
        out->n_code = u->code.n;
        out->n_positions = u->positions.n;
        out->n_files = u->files.n;
        out->module = u->module;
        if (u->code.n) memcpy(out->code, u->code.at, u->code.n * sizeof *out->code);
        if (u->positions.n) memcpy(out->positions, u->positions.at, u->positions.n * sizeof *out->positions);
        if (u->handlers.n) memcpy(handlers, u->handlers.at, u->handlers.n * sizeof *handlers);
        if (u->files.n) memcpy(out->files, u->files.at, u->files.n * sizeof *out->files);
        ok = fill_fns(c, u, out, handlers) && relocate(c, u, out, constants) && sx_code_add_unit(c->code, out);
        if (ok) return u->installed = out;
    }
    if (c->code->keep <= mark) sx_shared_release(s, mark);
    return sx_cc_error(c, "limit", "the memory for code and constants is used up (max_shared_words)");
}
