/* verify_flow.c - is every register written before it is read, on every way through a function?
 * And the invariant that the collector lives by: at a safe point everything below the instruction's limit (destination, call
 * base, highest operand) was written, and nothing above it is read later, because a collection may have passed it over.
 * A forward analysis: a set of written registers for each place that a jump reaches, joined by intersection until nothing
 * changes. */
#include "code/verify_internal.h"

typedef uint64_t Set;

typedef struct Flow {
    SxVerify *v;
    size_t n_set;        /* words of a set */
    uint32_t *place;     /* by code offset: number of the place + 1; 0: no jump comes here */
    Set *at_place;       /* sets, all ones before anything reached it */
    uint32_t *todo;      /* offsets of places whose set has changed */
    uint8_t *is_queued;
    size_t n_todo;
    Set *now;            /* the set behind the instruction looked at last */
    Set *edge;           /* scratch */
} Flow;

static void set_add(Set *s, size_t r) { s[r / 64] |= (Set)1 << (r % 64); }
static bool set_has(const Set *s, size_t r) { return s[r / 64] >> (r % 64) & 1; }

/* Only registers below `limit` stay. */
static void set_cut(Set *s, size_t n_set, size_t limit)
{
    for (size_t i = 0; i < n_set; i++) {
        if (limit <= i * 64) s[i] = 0;
        else if (limit < (i + 1) * 64) s[i] &= ((Set)1 << (limit % 64)) - 1;
    }
}

/* The first register below limit that is not in s; limit when all are. */
static size_t set_gap(const Set *s, size_t limit)
{
    for (size_t r = 0; r < limit; r++)
        if (!set_has(s, r)) return r;
    return limit;
}

static void reach(Flow *f, int64_t offset, const Set *s)
{
    Set *to = f->at_place + (f->place[offset] - 1) * f->n_set;
    bool changed = false;
    for (size_t i = 0; i < f->n_set; i++) {
        changed = changed || (to[i] & s[i]) != to[i];
        to[i] &= s[i];
    }
    if ((changed || f->is_queued[offset] == 0) && f->is_queued[offset] != 1) {
        f->is_queued[offset] = 1;
        f->todo[f->n_todo++] = (uint32_t)offset;
    }
}

static bool needs(Flow *f, const uint64_t *pc, size_t r)
{
    return set_has(f->now, r) || sx_verify_fail(f->v, pc, "register %zu is read, but not written on every way to here", r);
}

/* Instructions at which the machine may collect. */
static bool is_safe_point(unsigned op)
{
    switch (op) {
    case SX_OP_CLOSURE: case SX_OP_IFGET: case SX_OP_IFREST: case SX_OP_REST: case SX_OP_RESTOWN: case SX_OP_PRIM: case SX_OP_RECV_SKIP: case SX_OP_RECV_NEXT: case SX_OP_RECV_WAIT:
        return true;
    default:
        return sx_verify_is_call(op) || (op >= SX_OP_ADD && op <= SX_OP_FDIV) || (op >= SX_OP_CONS && op <= SX_OP_BIN);
    }
}

static bool reads_registers(Flow *f, const uint64_t *pc, size_t *limit)
{
    unsigned op = SX_INSTR_OP(*pc);
    const SxOpInfo *info = &sx_op_info[op];
    size_t first, n = sx_verify_run(pc, &first);
    *limit = 0;
    for (size_t r = first; r < first + n; r++)
        if (!needs(f, pc, r)) return false;
    if (n) *limit = first + n;
    bool has_run = n || op == SX_OP_CLOSURE || op == SX_OP_TUPLE || op == SX_OP_BIN || op == SX_OP_PRIM || op == SX_OP_MAP;
    for (int i = 0; i < 3; i++) {
        size_t r = (*pc >> (16 + 16 * i)) & 0xffff;
        char letter = info->operands[i];
        if (letter == 'w' || letter == 'B') {
            if (i == 0 && r > *limit) *limit = r;
            continue;
        }
        if ((letter != 'r' && letter != 'm') || (i == 1 && has_run)) continue;
        if (!needs(f, pc, r)) return false;
        if (r + 1 > *limit) *limit = r + 1;
    }
    if (op == SX_OP_IFGET || op == SX_OP_IFSKIP) return !SX_SPEC_IS_REG(pc[1]) || needs(f, pc, SX_SPEC_SIZE(pc[1]));
    return true;
}

/* What stands in the extra words: jumps. They are taken before anything is written, but those of BYTESWITCH for a byte that
 * is there. */
static void follow_jumps(Flow *f, const uint64_t *pc)
{
    const char *extra = sx_op_info[SX_INSTR_OP(*pc)].extra;
    int64_t at = pc - f->v->fn->code;
    for (size_t i = 0; extra[i]; i++)
        if (extra[i] == 'j') reach(f, at + (int64_t)pc[1 + i], f->now);
    if (SX_INSTR_OP(*pc) == SX_OP_SWITCH)
        for (uint64_t i = 0; i < pc[1]; i++) reach(f, at + (int64_t)pc[4 + 2 * i], f->now);
    if (SX_INSTR_OP(*pc) == SX_OP_JTABLE)
        for (uint64_t i = 0; i < pc[1]; i++) reach(f, at + (int64_t)pc[4 + i], f->now);
    if (*extra == 't' || *extra == 'c') reach(f, at + (int64_t)pc[2], f->now);
    if (*extra == 'c') reach(f, at + (int64_t)pc[SX_CLASS_OFFSETS], f->now);
}

/* An exception here may reach a handler: it keeps the registers below its base and gets three more. */
static void follow_handlers(Flow *f, const uint64_t *pc)
{
    const SxFn *fn = f->v->fn;
    uint32_t first = (uint32_t)(fn->code - f->v->unit->code), at = first + (uint32_t)(pc - fn->code);
    for (uint32_t i = 0; i < fn->n_handlers; i++) {
        const SxHandler *h = &fn->handlers[i];
        if (at < h->start || at >= h->end) continue;
        memcpy(f->edge, f->now, f->n_set * sizeof(Set));
        set_cut(f->edge, f->n_set, h->base);
        for (size_t k = 0; k < 3 && !h->is_guard; k++) set_add(f->edge, h->base + k);
        reach(f, h->target - first, f->edge);
        return; /* the innermost one takes it */
    }
}

/* From the set before the instruction to the one behind it. */
static bool step(Flow *f, const uint64_t *pc)
{
    unsigned op = SX_INSTR_OP(*pc), a = SX_INSTR_A(*pc), b = SX_INSTR_B(*pc);
    size_t limit;
    follow_handlers(f, pc);
    if (!reads_registers(f, pc, &limit)) return false;
    if (op == SX_OP_RECV_SKIP || op == SX_OP_RECV_NEXT) limit = a;
    if (op == SX_OP_RECV_WAIT) limit = SX_INSTR_A(pc[(int64_t)pc[1]]);
    if (is_safe_point(op)) {
        size_t below = sx_verify_is_call(op) ? a : limit, gap = set_gap(f->now, below);
        if (gap < below) return sx_verify_fail(f->v, pc, "register %zu lies below a safe point and is not written on every way to here", gap);
        set_cut(f->now, f->n_set, limit);
    }
    follow_jumps(f, pc);
    if (sx_verify_is_call(op) || op == SX_OP_PRIM) set_cut(f->now, f->n_set, a); /* what stood above is the callee's */
    const char *operands = sx_op_info[op].operands;
    if (operands[0] == 'w' || operands[0] == 'B') set_add(f->now, a);
    if (operands[1] == 'w') set_add(f->now, b);
    if (op == SX_OP_BYTESWITCH)
        for (uint64_t i = 1; i < pc[1]; i++) reach(f, pc - f->v->fn->code + (int64_t)pc[SX_CLASS_OFFSETS + i], f->now);
    return true;
}

/* Go on from a place to where the code ends, jumps away or comes to another place. */
static bool run_from(Flow *f, uint32_t offset)
{
    const SxFn *fn = f->v->fn;
    memcpy(f->now, f->at_place + (f->place[offset] - 1) * f->n_set, f->n_set * sizeof(Set));
    for (const uint64_t *pc = fn->code + offset;;) {
        if (!step(f, pc)) return false;
        if (!sx_verify_goes_on(SX_INSTR_OP(*pc))) return true;
        pc += sx_op_length(pc);
        if (f->place[pc - fn->code]) {
            reach(f, pc - fn->code, f->now);
            return true;
        }
    }
}

static void mark_place(Flow *f, int64_t offset, uint32_t *n_places)
{
    if (f->place[offset] == 0) f->place[offset] = ++*n_places;
}

/* Number all places that a jump or a handler reaches; the entry is the first. */
static uint32_t find_places(Flow *f)
{
    const SxFn *fn = f->v->fn;
    uint32_t n = 0;
    mark_place(f, 0, &n);
    for (int64_t at = 0; at < (int64_t)fn->n_code; at += (int64_t)sx_op_length(fn->code + at)) {
        const uint64_t *pc = fn->code + at;
        unsigned op = SX_INSTR_OP(*pc);
        const char *extra = sx_op_info[op].extra;
        for (size_t i = 0; extra[i]; i++)
            if (extra[i] == 'j') mark_place(f, at + (int64_t)pc[1 + i], &n);
        if (*extra != 't' && *extra != 'c') continue;
        mark_place(f, at + (int64_t)pc[2], &n);
        for (uint64_t i = 0; *extra == 'c' && i < pc[1]; i++) mark_place(f, at + (int64_t)pc[SX_CLASS_OFFSETS + i], &n);
        if (*extra == 'c') continue;
        for (uint64_t i = 0; i < pc[1]; i++) mark_place(f, at + (int64_t)(op == SX_OP_SWITCH ? pc[4 + 2 * i] : pc[4 + i]), &n);
    }
    uint32_t first = (uint32_t)(fn->code - f->v->unit->code);
    for (uint32_t i = 0; i < fn->n_handlers; i++) mark_place(f, fn->handlers[i].target - first, &n);
    return n;
}

bool sx_verify_flow(SxVerify *v)
{
    const SxFn *fn = v->fn;
    Flow f = {.v = v, .n_set = fn->frame / 64u + 1};
    f.place = sx_alloc_zero(fn->n_code * sizeof *f.place);
    uint32_t n_places = find_places(&f);
    f.at_place = sx_alloc(n_places * f.n_set * sizeof(Set));
    memset(f.at_place, 0xff, n_places * f.n_set * sizeof(Set));
    f.todo = sx_alloc(fn->n_code * sizeof *f.todo);
    f.is_queued = sx_alloc_zero(fn->n_code);
    f.now = sx_alloc_zero(f.n_set * sizeof(Set));
    f.edge = sx_alloc_zero(f.n_set * sizeof(Set));
    size_t n_args = sx_fn_registers(fn) + (fn->n_free > 0);
    for (size_t r = 0; r < n_args; r++) set_add(f.now, r);
    reach(&f, 0, f.now);
    bool ok = true;
    while (ok && f.n_todo) {
        uint32_t offset = f.todo[--f.n_todo];
        f.is_queued[offset] = 2;
        ok = run_from(&f, offset);
    }
    sx_free(f.place);
    sx_free(f.at_place);
    sx_free(f.todo);
    sx_free(f.is_queued);
    sx_free(f.now);
    sx_free(f.edge);
    return ok;
}
