/* compile_expr.c - the tree to code: values, calls, tests, control. Patterns are compile_match.c.
 * Registers are a stack: c->top is the next free one, and every register below it holds a value. An expression leaves c->top
 * as it was; whoever wants its value in register `top` takes that register afterwards.
 * INVARIANT: a destination register is at most c->top, and it is written by the last instruction of the expression only, so
 * it may lie below variables that the expression still reads.
 * INVARIANT: the base of a call is initialised (CLEAR) when a collection may happen while its arguments are computed. */
#include "lang/compile_internal.h"
#include "value/compare.h"

/* ---- values that stand somewhere ---- */

/* The function itself as a value, when it captures nothing. */
static void load_function(Cc *c, unsigned dst, CcFn *f)
{
    sx_cc_queue(c, f);
    sx_cc_op(c, SX_OP_LOADK, dst, 0, 0);
    sx_cc_reloc(c, (CcReloc){.kind = CC_RELOC_CLOSURE, .fn = f});
}

static void load_var(Cc *c, unsigned dst, CcVar *var);

/* Captured values of a group that stand in neighbouring registers already: the first; else -1. */
static int neighbours(const Cc *c, const CcGroup *g)
{
    for (uint32_t i = 0; i < g->n_caps; i++)
        if (g->caps[i]->kind != CC_VAR_LOCAL || g->caps[i]->owner != c->out || g->caps[i]->reg != g->caps[0]->reg + i) return -1;
    return (int)g->caps[0]->reg;
}

static void make_closure(Cc *c, unsigned dst, CcFn *f)
{
    CcGroup *g = f->group;
    sx_cc_resolve_group(g);
    if (g->n_caps == 0) {
        load_function(c, dst, f);
        return;
    }
    sx_cc_queue(c, f);
    unsigned saved = c->top;
    int first = neighbours(c, g);
    if (first < 0) {
        first = (int)saved;
        for (uint32_t i = 0; i < g->n_caps; i++) {
            unsigned r = sx_cc_push(c);
            c->top = r;
            load_var(c, r, g->caps[i]);
            c->top = r + 1;
        }
    }
    sx_cc_op(c, SX_OP_CLOSURE, dst, (unsigned)first, g->n_caps);
    sx_cc_reloc(c, (CcReloc){.kind = CC_RELOC_FN, .fn = f});
    c->top = saved;
}

/* The register that a variable has in the function being emitted, or -1. */
static int var_register(const Cc *c, const CcVar *var)
{
    if (var->kind == CC_VAR_LOCAL) return var->owner == c->out && !var->is_rest ? (int)var->reg : -1;
    CcGroup *g = var->fn->group;
    if (g->n_caps == 0) return -1;
    if (c->out && c->out->group == g) return g->n_members == 1 ? (int)c->closure_reg : -1;
    return var->owner == c->out ? (int)var->reg : -1;
}

static void load_var(Cc *c, unsigned dst, CcVar *var)
{
    if (var->kind == CC_VAR_FN) sx_cc_resolve_group(var->fn->group);
    int r = var_register(c, var);
    if (r >= 0) sx_cc_move(c, dst, (unsigned)r);
    else if (var->is_rest) sx_cc_op(c, SX_OP_RESTOWN, dst, var->rest_of, var->rest_from);
    else if (var->kind == CC_VAR_FN && var->fn->group->n_caps == 0) load_function(c, dst, var->fn);
    else if (var->kind == CC_VAR_FN && c->out && c->out->group == var->fn->group) make_closure(c, dst, var->fn);
    else sx_cc_op(c, SX_OP_LOADFREE, dst, var->free_index, c->closure_reg);
}

unsigned sx_cc_var_reg(Cc *c, CcVar *var)
{
    if (var->kind == CC_VAR_FN) sx_cc_resolve_group(var->fn->group);
    int known = var_register(c, var);
    if (known >= 0) return (unsigned)known;
    unsigned r = sx_cc_push(c);
    c->top = r;
    load_var(c, r, var);
    c->top = r + 1;
    return r;
}

unsigned sx_cc_operand(Cc *c, const CcNode *node)
{
    if (node->kind == CC_VAR) return sx_cc_var_reg(c, node->var);
    unsigned r = sx_cc_push(c);
    c->top = r;
    sx_cc_expr(c, node, CC_REG(r));
    c->top = r + 1;
    return r;
}

/* How many of the first items are variables that stand, in order, in the registers right below the next free one. */
static uint32_t in_place(const Cc *c, CcNode *const *items, uint32_t n)
{
    if (n == 0 || !items[0] || items[0]->kind != CC_VAR) return 0;
    int first = var_register(c, items[0]->var);
    if (first < 0 || (unsigned)first >= c->top || c->top - (unsigned)first > n) return 0;
    uint32_t k = c->top - (unsigned)first;
    for (uint32_t i = 1; i < k; i++)
        if (!items[i] || items[i]->kind != CC_VAR || var_register(c, items[i]->var) != first + (int)i) return 0;
    return k;
}

/* Compute items [from, n) into the next free registers. */
static void push_values(Cc *c, CcNode *const *items, uint32_t from, uint32_t n)
{
    for (uint32_t i = from; i < n && !c->failed; i++) {
        unsigned r = sx_cc_push(c);
        c->top = r;
        if (items[i]) {
            sx_cc_expr(c, items[i], CC_REG(r));
        } else { /* an optional argument that is absent */
            sx_cc_op(c, SX_OP_LOADK, r, 0, 0);
            sx_cc_word(c, SX_NONE);
        }
        c->top = r + 1;
    }
}

/* n values in neighbouring registers: the first. */
static unsigned values(Cc *c, CcNode *const *items, uint32_t n)
{
    bool stand = n > 0;
    for (uint32_t i = 0; i < n && stand; i++)
        stand = items[i] && items[i]->kind == CC_VAR && items[i]->var->kind == CC_VAR_LOCAL && items[i]->var->owner == c->out && items[i]->var->reg == items[0]->var->reg + i;
    if (stand) return items[0]->var->reg;
    uint32_t k = in_place(c, items, n);
    unsigned first = c->top - k;
    push_values(c, items, k, n);
    return first;
}

void sx_cc_finish(Cc *c, CcDest to, unsigned reg)
{
    switch (to.kind) {
    case CC_TO_REG: sx_cc_move(c, to.reg, reg); break;
    case CC_TO_RETURN:
        sx_cc_op(c, SX_OP_RETURN, reg, 0, 0);
        c->dead = true;
        break;
    case CC_TO_NOWHERE: break;
    case CC_TO_TEST: sx_cc_test(c, to.sense ? SX_OP_IFTRUE : SX_OP_IFFALSE, reg, 0, 0, to.label); break;
    }
}

/* Where an instruction may write its result, before sx_cc_finish. */
static unsigned result_register(Cc *c, CcDest to, unsigned saved_top)
{
    if (to.kind == CC_TO_REG) return to.reg;
    sx_cc_reserve(c, saved_top + 1);
    return saved_top;
}

/* ---- constants, names ---- */

static void emit_const(Cc *c, sx_val v, CcDest to)
{
    if (to.kind == CC_TO_NOWHERE) return;
    if (to.kind == CC_TO_TEST) {
        if (sx_is_true(v) != to.sense) sx_cc_jump(c, to.label);
        return;
    }
    unsigned r = result_register(c, to, c->top);
    sx_cc_load(c, r, v);
    sx_cc_finish(c, to, r);
}

static void emit_var(Cc *c, CcVar *var, CcDest to)
{
    unsigned saved = c->top;
    if (to.kind == CC_TO_NOWHERE) return;
    if (to.kind == CC_TO_REG) load_var(c, to.reg, var);
    else sx_cc_finish(c, to, sx_cc_var_reg(c, var));
    c->top = saved;
}

static void emit_global(Cc *c, const CcNode *node, CcDest to)
{
    unsigned r = result_register(c, to, c->top);
    sx_cc_at(c, node->pos);
    sx_cc_op(c, SX_OP_GETG, r, 0, 0);
    sx_cc_reloc(c, (CcReloc){.kind = CC_RELOC_CELL, .global = node->global});
    sx_cc_finish(c, to, r);
}

static void emit_make_fun(Cc *c, const CcNode *node, CcDest to)
{
    unsigned r = result_register(c, to, c->top);
    sx_cc_op(c, SX_OP_MAKEFUN, r, 0, 0);
    sx_cc_reloc(c, (CcReloc){.kind = CC_RELOC_EXPORT, .arity = (uint16_t)node->call.n, .export.module = node->call.export.module, .export.name = node->call.export.name});
    sx_cc_finish(c, to, r);
}

static void emit_fn_value(Cc *c, CcFn *f, CcDest to)
{
    if (to.kind == CC_TO_NOWHERE) return;
    unsigned r = result_register(c, to, c->top);
    make_closure(c, r, f);
    sx_cc_finish(c, to, r);
}

static void emit_unit_address(Cc *c, CcUnit *unit, CcDest to)
{
    unsigned r = result_register(c, to, c->top);
    sx_cc_op(c, SX_OP_LOADK, r, 0, 0);
    sx_cc_reloc(c, (CcReloc){.kind = CC_RELOC_UNIT, .unit = unit});
    sx_cc_finish(c, to, r);
}

/* ---- operations ---- */

static void emit_chain(Cc *c, const CcNode *node, unsigned dst) /* (+ a b c ...) */
{
    const CcInline *op = node->op.op;
    unsigned saved = c->top, left = sx_cc_operand(c, node->op.args[0]);
    for (uint32_t i = 1; i < node->op.n && !c->failed; i++) {
        unsigned right = sx_cc_operand(c, node->op.args[i]);
        bool last = i + 1 == node->op.n;
        c->top = saved;
        unsigned to = last ? dst : sx_cc_push(c);
        sx_cc_at(c, node->pos);
        sx_cc_op(c, (SxOp)op->op, to, left, right);
        left = to;
    }
    c->top = saved;
}

static void emit_op(Cc *c, const CcNode *node, CcDest to)
{
    unsigned saved = c->top, dst = result_register(c, to, saved);
    const CcInline *op = node->op.op;
    const CcNode *operand;
    int immediate;
    if (node->op.n > op->arity) {
        emit_chain(c, node, dst);
    } else if (sx_cc_addi(node, &operand, &immediate)) {
        unsigned r = sx_cc_operand(c, operand);
        sx_cc_at(c, node->pos);
        sx_cc_op(c, SX_OP_ADDI, dst, r, (unsigned)immediate & 0xffff);
    } else if (op->class == CC_NULLARY) {
        sx_cc_op(c, (SxOp)op->op, dst, 0, 0);
    } else if (op->class == CC_BINARY) {
        unsigned a = sx_cc_operand(c, node->op.args[0]), b = sx_cc_operand(c, node->op.args[1]);
        sx_cc_at(c, node->pos);
        sx_cc_op(c, (SxOp)op->op, dst, a, b);
    } else {
        unsigned a = sx_cc_operand(c, node->op.args[0]);
        sx_cc_at(c, node->pos);
        sx_cc_op(c, (SxOp)op->op, dst, a, op->class == CC_SIZE ? (unsigned)op->extra : 0);
    }
    c->top = saved;
    sx_cc_finish(c, to, dst);
}

/* ---- tests ---- */

/* Go on when register reg is v (sense), or is not v. */
static void test_constant(Cc *c, unsigned reg, sx_val v, bool sense, CcLabel *label)
{
    CcLabel skip = CC_LABEL;
    sx_cc_test_word(c, reg, v, sense ? label : &skip);
    if (sense) return;
    sx_cc_jump(c, label);
    sx_cc_bind(c, &skip);
}

static bool is_immediate(const CcNode *n)
{
    return n->kind == CC_CONST && sx_is_small(n->constant) && sx_small_value(n->constant) >= INT16_MIN && sx_small_value(n->constant) <= INT16_MAX;
}

static SxOp negated(SxOp op)
{
    switch (op) {
    case SX_OP_IFEQ: return SX_OP_IFNE;
    case SX_OP_IFNE: return SX_OP_IFEQ;
    case SX_OP_IFEQN: return SX_OP_IFNEN;
    case SX_OP_IFNEN: return SX_OP_IFEQN;
    case SX_OP_IFLTI: return SX_OP_IFGEI;
    case SX_OP_IFGEI: return SX_OP_IFLTI;
    case SX_OP_IFLEI: return SX_OP_IFGTI;
    case SX_OP_IFGTI: return SX_OP_IFLEI;
    default: return op;
    }
}

/* x op y, where op is one of IFEQ IFNE IFEQN IFNEN IFLT IFLE. */
static void emit_compare(Cc *c, SxOp op, const CcNode *x, const CcNode *y, bool swapped, bool sense, CcLabel *label)
{
    const CcNode *k = y->kind == CC_CONST ? y : x->kind == CC_CONST ? x : NULL, *other = k == y ? x : y;
    bool exact = op == SX_OP_IFEQ || op == SX_OP_IFNE, numeric = op == SX_OP_IFEQN || op == SX_OP_IFNEN;
    if (k && (exact || (numeric && (sx_is_atom(k->constant) || k->constant == SX_EMPTY)))) {
        bool equal = op == SX_OP_IFEQ || op == SX_OP_IFEQN;
        test_constant(c, sx_cc_operand(c, other), k->constant, equal == sense, label);
        return;
    }
    if (k && !numeric && is_immediate(k)) {
        unsigned r = sx_cc_operand(c, other);
        bool k_right = (k == y) != swapped; /* other op k */
        SxOp i = op == SX_OP_IFLT ? (k_right ? SX_OP_IFLTI : SX_OP_IFGTI) : (k_right ? SX_OP_IFLEI : SX_OP_IFGEI);
        sx_cc_test(c, sense ? i : negated(i), r, (unsigned)sx_small_value(k->constant) & 0xffff, 0, label);
        return;
    }
    unsigned a = sx_cc_operand(c, x), b = sx_cc_operand(c, y);
    bool exchange = swapped;
    if (!sense) {
        if (op == SX_OP_IFLT || op == SX_OP_IFLE) { /* not a < b: b =< a */
            op = op == SX_OP_IFLT ? SX_OP_IFLE : SX_OP_IFLT;
            exchange = !exchange;
        } else {
            op = negated(op);
        }
    }
    sx_cc_test(c, op, exchange ? b : a, exchange ? a : b, 0, label);
}

static void emit_test(Cc *c, const CcNode *node, bool sense, CcLabel *label)
{
    const CcInline *op = node->op.op;
    unsigned saved = c->top;
    switch ((CcInlineClass)op->class) {
    case CC_FALSE: sx_cc_expr(c, node->op.args[0], CC_TEST_TO(!sense, label)); break;
    case CC_COMPARE: emit_compare(c, (SxOp)op->op, node->op.args[0], node->op.args[1], op->extra != 0, sense, label); break;
    case CC_WORD: test_constant(c, sx_cc_operand(c, node->op.args[0]), op->extra, sense, label); break;
    default: {
        CcLabel skip = CC_LABEL;
        sx_cc_test(c, SX_OP_IFTYPE, sx_cc_operand(c, node->op.args[0]), (unsigned)op->extra, 0, sense ? label : &skip);
        if (!sense) {
            sx_cc_jump(c, label);
            sx_cc_bind(c, &skip);
        }
    }
    }
    c->top = saved;
}

/* A test where something else than a branch wants it. */
static void emit_test_value(Cc *c, const CcNode *node, CcDest to)
{
    if (to.kind == CC_TO_TEST) {
        emit_test(c, node, to.sense, to.label);
        return;
    }
    if (to.kind == CC_TO_NOWHERE) {
        for (uint32_t i = 0; i < node->op.n; i++) sx_cc_expr(c, node->op.args[i], to);
        return;
    }
    CcLabel no = CC_LABEL, end = CC_LABEL;
    emit_test(c, node, true, &no);
    emit_const(c, SX_TRUE, to);
    sx_cc_jump(c, &end);
    sx_cc_bind(c, &no);
    emit_const(c, SX_FALSE, to);
    sx_cc_bind(c, &end);
}

/* ---- calls ---- */

/* Natives that call functions in their place: in tail position they are called as functions, so that the frame is given up. */
static bool calls_in_its_place(const SxFn *native)
{
    const char *name = sx_cc_text(native->name);
    return strcmp(name, "apply") == 0 || strcmp(name, "hibernate") == 0;
}

static void emit_prim(Cc *c, const CcNode *node, CcDest to)
{
    unsigned saved = c->top, dst = result_register(c, to, saved);
    const SxFn *native = node->call.native;
    unsigned first = values(c, node->call.args, node->call.n);
    sx_cc_at(c, node->pos);
    sx_cc_op(c, SX_OP_PRIM, dst, first, node->call.n);
    sx_cc_word(c, native->prim);
    c->top = saved;
    sx_cc_finish(c, to, dst);
}

static bool any_safe_point(CcNode *const *args, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (args[i] && (args[i]->flags & CC_SAFE_POINT || (args[i]->kind == CC_VAR && args[i]->var->is_rest))) return true;
    return false;
}

typedef struct Callee { SxOp op, tail_op; unsigned reg; bool has_reg; CcReloc reloc; } Callee; /* reloc.kind UINT16_MAX: no address */

static Callee find_callee(Cc *c, const CcNode *node)
{
    Callee k = {.reloc = {.kind = UINT16_MAX}};
    switch ((CcNodeKind)node->kind) {
    case CC_CALL_GLOBAL:
        k.op = SX_OP_CALLG, k.tail_op = SX_OP_TCALLG;
        k.reloc = (CcReloc){.kind = CC_RELOC_CELL, .global = node->call.global};
        break;
    case CC_CALL_EXPORT:
        k.op = SX_OP_CALLE, k.tail_op = SX_OP_TCALLE;
        k.reloc = (CcReloc){.kind = CC_RELOC_EXPORT, .arity = (uint16_t)node->call.n, .export.module = node->call.export.module, .export.name = node->call.export.name};
        break;
    case CC_PRIM: /* tail calls of natives that call others */
        if (node->call.native->flags & SX_FN_MODULE) {
            k.op = SX_OP_CALLE, k.tail_op = SX_OP_TCALLE;
            k.reloc = (CcReloc){.kind = CC_RELOC_EXPORT, .arity = (uint16_t)node->call.n, .export.module = node->call.native->module, .export.name = node->call.native->name};
        } else {
            CcGlobal *g = sx_cc_zero(c, sizeof *g);
            g->full = sx_full_name(SX_A(sx), node->call.native->name);
            k.op = SX_OP_CALLG, k.tail_op = SX_OP_TCALLG;
            k.reloc = (CcReloc){.kind = CC_RELOC_CELL, .global = g};
        }
        break;
    case CC_CALL_LOCAL:
        sx_cc_queue(c, node->call.fn);
        k.op = SX_OP_CALLF, k.tail_op = SX_OP_TCALLF;
        k.reloc = (CcReloc){.kind = CC_RELOC_FN, .fn = node->call.fn};
        break;
    case CC_CALL_NAMED: k.op = SX_OP_CALLM, k.tail_op = SX_OP_TCALLM; break;
    case CC_CALL_FN: {
        CcVar *var = node->call.var;
        CcGroup *g = var->fn->group;
        sx_cc_resolve_group(g);
        bool plain = var->fn->n_optional == 0 && !var->fn->rest && var->fn->n_required == node->call.n;
        k.has_reg = g->n_caps > 0 || !plain;
        if (g->n_caps == 0 && !plain) { /* its arguments are to be fitted: as a value */
            k.op = SX_OP_CALL, k.tail_op = SX_OP_TCALL;
            k.reg = sx_cc_push(c);
            load_function(c, k.reg, var->fn);
            break;
        }
        sx_cc_queue(c, var->fn);
        k.reloc = (CcReloc){.kind = CC_RELOC_FN, .fn = var->fn};
        k.op = g->n_caps ? SX_OP_CALLS : SX_OP_CALLF;
        k.tail_op = g->n_caps ? SX_OP_TCALLS : SX_OP_TCALLF;
        if (g->n_caps == 0) break;
        if (c->out && c->out->group == g) k.reg = c->closure_reg;
        else if (g->owner == c->out) k.reg = g->reg;
        else k.reg = sx_cc_var_reg(c, var);
        break;
    }
    default:
        k.op = SX_OP_CALL, k.tail_op = SX_OP_TCALL;
        k.has_reg = true;
        k.reg = sx_cc_operand(c, node->call.callee);
    }
    return k;
}

static void emit_call(Cc *c, const CcNode *node, CcDest to)
{
    unsigned saved = c->top;
    bool tail = to.kind == CC_TO_RETURN;
    Callee k = find_callee(c, node);
    uint32_t n = node->call.n, n_values = node->kind == CC_CALL_NAMED ? n + 2 : n;
    uint32_t ready = 0;
    unsigned base;
    if (tail && c->top > 0) ready = in_place(c, node->call.args, n_values);
    if (tail && c->top > ready && !(k.has_reg && k.reg == c->top - ready - 1)) {
        base = c->top - ready - 1; /* a tail call does not write its base before the frame is given up */
    } else {
        ready = 0;
        base = sx_cc_push(c);
        if (any_safe_point(node->call.args, n_values)) sx_cc_op(c, SX_OP_CLEAR, base, 0, 0);
    }
    push_values(c, node->call.args, ready, n_values);
    sx_cc_at(c, node->pos);
    sx_cc_op(c, tail ? k.tail_op : k.op, base, n, k.has_reg ? k.reg : 0);
    if (k.reloc.kind == UINT16_MAX) sx_cc_word(c, 0);
    else sx_cc_reloc(c, k.reloc);
    c->top = saved;
    if (tail) {
        c->dead = true;
        return;
    }
    if (to.kind == CC_TO_TEST) c->top = base + 1;
    sx_cc_finish(c, to, base);
    c->top = saved;
}

/* ---- constructors ---- */

static void emit_seq(Cc *c, const CcNode *node, CcDest to)
{
    unsigned saved = c->top, dst = result_register(c, to, saved);
    uint32_t n = node->seq.n;
    if (node->kind == CC_LIST && n == 2) {
        unsigned a = sx_cc_operand(c, node->seq.items[0]), b = sx_cc_operand(c, node->seq.items[1]);
        sx_cc_op(c, SX_OP_CONS, dst, a, b);
    } else {
        unsigned first = values(c, node->seq.items, n);
        if (node->kind == CC_MAP_PUT || node->kind == CC_MAP_UPDATE) sx_cc_at(c, node->pos);
        switch ((CcNodeKind)node->kind) {
        case CC_LIST: sx_cc_op(c, SX_OP_LIST, dst, first, n - 1); break;
        case CC_TUPLE: sx_cc_op(c, SX_OP_TUPLE, dst, first, n); break;
        case CC_MAP: sx_cc_op(c, SX_OP_MAP, dst, first, n / 2); break;
        case CC_MAP_PUT: sx_cc_op(c, SX_OP_MAPPUT, dst, first, n / 2); break;
        default: sx_cc_op(c, SX_OP_MAPUPD, dst, first, n / 2); break;
        }
    }
    c->top = saved;
    sx_cc_finish(c, to, dst);
}

static void emit_bits(Cc *c, const CcNode *node, CcDest to)
{
    unsigned saved = c->top, dst = result_register(c, to, saved);
    sx_cc_emit_bin(c, node, dst);
    c->top = saved;
    sx_cc_finish(c, to, dst);
}

/* ---- control ---- */

static void emit_if(Cc *c, const CcNode *node, CcDest to)
{
    const CcNode *test = node->branch.test, *yes = node->branch.yes, *no = node->branch.no;
    CcLabel other = CC_LABEL, end = CC_LABEL;
    if (to.kind == CC_TO_TEST) { /* and, or, and their like: branches that are constants are places to go to */
        if (no->kind == CC_CONST) {
            bool goes_on = sx_is_true(no->constant) == to.sense;
            sx_cc_expr(c, test, CC_TEST_TO(true, goes_on ? &end : to.label));
            sx_cc_expr(c, yes, to);
            sx_cc_bind(c, &end);
            return;
        }
        if (yes->kind == CC_CONST) {
            bool goes_on = sx_is_true(yes->constant) == to.sense;
            sx_cc_expr(c, test, CC_TEST_TO(false, goes_on ? &end : to.label));
            sx_cc_expr(c, no, to);
            sx_cc_bind(c, &end);
            return;
        }
    }
    sx_cc_expr(c, test, CC_TEST_TO(true, &other));
    sx_cc_expr(c, yes, to);
    sx_cc_jump(c, &end);
    sx_cc_bind(c, &other);
    sx_cc_expr(c, no, to);
    sx_cc_bind(c, &end);
}

static void emit_do(Cc *c, const CcNode *node, CcDest to)
{
    for (uint32_t i = 0; i + 1 < node->seq.n && !c->failed; i++) sx_cc_expr(c, node->seq.items[i], CC_NOWHERE);
    sx_cc_expr(c, node->seq.items[node->seq.n - 1], to);
}

static void emit_let(Cc *c, const CcNode *node, CcDest to)
{
    unsigned saved = c->top;
    for (uint32_t i = 0; i < node->let.n && !c->failed; i++) {
        const CcLetBinding *b = &node->let.bindings[i];
        if (b->var && b->var->uses > 0) {
            unsigned r = sx_cc_push(c);
            c->top = r;
            sx_cc_expr(c, b->value, CC_REG(r));
            c->top = r + 1;
            b->var->reg = r;
        } else if (b->var || !b->pat || b->pat->kind == CC_PAT_ANY) {
            sx_cc_expr(c, b->value, CC_NOWHERE);
        } else {
            unsigned r = sx_cc_operand(c, b->value);
            sx_cc_emit_pattern(c, b->pat, r, sx_cc_cold(c, SX_ERR_BADMATCH, r, 0, b->pos));
        }
    }
    sx_cc_expr(c, node->let.body, to);
    c->top = saved;
}

static void emit_letrec(Cc *c, const CcNode *node, CcDest to)
{
    unsigned saved = c->top;
    CcGroup *g = node->letrec.group;
    sx_cc_resolve_group(g);
    if (g->n_caps > 0) {
        bool have = false;
        for (uint32_t i = 0; i < g->n_members; i++) {
            CcFn *f = node->letrec.members[i];
            bool last_chance = i + 1 == g->n_members && g->called && !have;
            if (!f->self->needs_value && !last_chance) continue;
            unsigned r = sx_cc_push(c);
            c->top = r;
            make_closure(c, r, f);
            c->top = r + 1;
            f->self->reg = r;
            if (!have) g->reg = r;
            have = true;
        }
    }
    sx_cc_expr(c, node->letrec.body, to);
    c->top = saved;
}

/* A match on a tuple that is built for it: its elements are matched where they are, when each pattern takes it apart. */
static CcMatch *match_elements(Cc *c, const CcNode *node)
{
    const CcMatch *m = node->match.match;
    uint32_t n = node->match.value->seq.n;
    if (n == 0 || n > CC_MAX_ARGS) return NULL;
    for (uint32_t i = 0; i < m->n_clauses; i++) {
        const CcPat *p = m->clauses[i]->pats[0];
        bool fits = p->kind == CC_PAT_ANY || (p->kind == CC_PAT_VAR && p->var->uses == 0) || (p->kind == CC_PAT_TUPLE && p->tuple.n == n) ||
                    (p->kind == CC_PAT_CONST && sx_is_tuple(p->constant) && sx_tuple_size(p->constant) == n);
        if (!fits) return NULL;
    }
    CcMatch *flat = sx_cc_match_new(c, m->n_clauses, n);
    for (uint32_t i = 0; i < m->n_clauses; i++) {
        const CcPat *p = m->clauses[i]->pats[0];
        CcClause *clause = sx_cc_alloc(c, sizeof *clause);
        *clause = *m->clauses[i];
        flat->clauses[i] = clause;
        if (p->kind == CC_PAT_TUPLE) {
            clause->pats = p->tuple.items;
            continue;
        }
        clause->pats = sx_cc_alloc(c, n * sizeof *clause->pats);
        for (uint32_t k = 0; k < n; k++) {
            clause->pats[k] = sx_cc_pat(c, p->kind == CC_PAT_CONST ? CC_PAT_CONST : CC_PAT_ANY);
            if (p->kind == CC_PAT_CONST) clause->pats[k]->constant = sx_tuple_elements(p->constant)[k];
        }
    }
    return flat;
}

static void emit_match_node(Cc *c, const CcNode *node, CcDest to)
{
    unsigned saved = c->top, first;
    const CcMatch *m = node->match.match;
    CcLabel end = CC_LABEL;
    CcMatchWant want = {.to = to, .end = &end};
    CcMatch *flat = node->match.value->kind == CC_TUPLE ? match_elements(c, node) : NULL;
    if (flat) {
        first = values(c, node->match.value->seq.items, flat->n_columns);
        m = flat;
    } else {
        first = sx_cc_operand(c, node->match.value);
    }
    want.fail = sx_cc_cold(c, SX_ERR_CASE_CLAUSE, first, flat ? flat->n_columns : 0, node->pos);
    sx_cc_emit_match(c, m, first, &want);
    sx_cc_bind(c, &end);
    c->top = saved;
}

/* A tuple with an immediate literal in front: its size, *key the literal. 0: another pattern. */
static uint32_t tagged_tuple(const CcPat *p, sx_val *key)
{
    uint32_t n;
    if (p->kind == CC_PAT_ALIAS) return (n = tagged_tuple(p->pair.a, key)) ? n : tagged_tuple(p->pair.b, key);
    if (p->kind == CC_PAT_CONST && sx_is_tuple(p->constant) && (n = (uint32_t)sx_tuple_size(p->constant)) > 0) *key = sx_tuple_elements(p->constant)[0];
    else if (p->kind == CC_PAT_TUPLE && (n = p->tuple.n) > 0 && p->tuple.items[0]->kind == CC_PAT_CONST) *key = p->tuple.items[0]->constant;
    else return 0;
    return sx_is_pointer(*key) || n > UINT16_MAX ? 0 : n;
}

/* The tuple that every clause wants, as above. */
static uint32_t wanted_tuple(const CcMatch *m, sx_val *key)
{
    sx_val other;
    uint32_t n = m->n_clauses ? tagged_tuple(m->clauses[0]->pats[0], key) : 0;
    for (uint32_t i = 1; i < m->n_clauses && n; i++)
        if (tagged_tuple(m->clauses[i]->pats[0], &other) != n || other != *key) n = 0;
    return n;
}

static void emit_receive(Cc *c, const CcNode *node, CcDest to)
{
    unsigned saved = c->top;
    const CcReceive *r = node->receive;
    CcLabel scan = CC_LABEL, loop = CC_LABEL, next = CC_LABEL, wait = CC_LABEL, end = CC_LABEL;
    sx_val key = SX_NIL;
    uint32_t n_tuple = wanted_tuple(r->match, &key);
    bool timer = r->timeout && !(r->timeout->kind == CC_CONST && r->timeout->constant == SX_A(infinity));
    if (r->mark) sx_cc_op(c, SX_OP_RECV_MARK, sx_cc_var_reg(c, r->mark), 0, 0);
    c->top = saved;
    if (timer) {
        unsigned ms = sx_cc_operand(c, r->timeout);
        sx_cc_at(c, node->pos);
        sx_cc_op(c, SX_OP_RECV_TIMER, ms, 0, 0);
        c->top = saved;
    }
    sx_cc_bind(c, &scan);
    if (n_tuple) {
        sx_cc_at(c, node->pos);
        sx_cc_op(c, SX_OP_RECV_SKIP, c->top, 0, 0);
        sx_cc_word(c, n_tuple);
        sx_cc_word(c, key);
    }
    sx_cc_bind(c, &loop);
    unsigned message = sx_cc_push(c);
    sx_cc_at(c, node->pos);
    sx_cc_test(c, SX_OP_RECV_PEEK, message, 0, 0, &wait);
    CcMatchWant want = {.to = to, .end = &end, .fail = &next, .take = true};
    sx_cc_emit_match(c, r->match, message, &want);
    sx_cc_bind(c, &next);
    sx_cc_op(c, SX_OP_RECV_NEXT, saved, 0, 0);
    sx_cc_jump(c, &scan);
    c->top = saved;
    sx_cc_bind(c, &wait);
    sx_cc_at(c, node->pos);
    sx_cc_test(c, SX_OP_RECV_WAIT, 0, 0, 0, &loop);
    if (timer) sx_cc_expr(c, r->after, to);
    else sx_cc_jump(c, &loop);
    sx_cc_bind(c, &end);
    c->top = saved;
}

/* try without its `after`. */
static void emit_try_catch(Cc *c, const CcNode *node, CcDest to)
{
    const CcTry *t = node->try_;
    unsigned base = c->top;
    CcLabel caught = CC_LABEL, end = CC_LABEL, again = CC_LABEL;
    uint32_t start = sx_cc_region(c);
    const CcCold *cold = c->cold;
    CcDest inside = t->of ? CC_REG(base) : to;
    if (inside.kind == CC_TO_RETURN || inside.kind == CC_TO_TEST) inside = CC_REG(base);
    sx_cc_reserve(c, base + (t->catch ? 3 : 1));
    sx_cc_expr(c, t->body, inside);
    sx_cc_flush_cold(c, cold);
    if (t->catch) sx_cc_handler(c, start, base, false, &caught);
    if (t->of) {
        c->top = base + 1;
        CcMatchWant want = {.to = to, .end = &end, .fail = sx_cc_cold(c, SX_ERR_TRY_CLAUSE, base, 0, node->pos)};
        sx_cc_emit_match(c, t->of, base, &want);
    } else if (inside.kind != to.kind) {
        sx_cc_finish(c, to, base);
    }
    sx_cc_jump(c, &end);
    if (t->catch) {
        sx_cc_bind(c, &caught);
        c->top = base + 3;
        CcMatchWant want = {.to = to, .end = &end, .fail = &again};
        sx_cc_emit_match(c, t->catch, base, &want);
        sx_cc_bind(c, &again);
        sx_cc_op(c, SX_OP_RAISE, base, base + 1, base + 2);
        c->dead = true;
    }
    sx_cc_bind(c, &end);
    c->top = base;
}

/* The part after `after` is there once: what it ends with is in the three registers of the exception, where a class of 0
 * means that there is none and the reason is the value. */
static void emit_try(Cc *c, const CcNode *node, CcDest to)
{
    const CcTry *t = node->try_;
    if (!t->after) {
        emit_try_catch(c, node, to);
        return;
    }
    unsigned base = c->top;
    CcLabel common = CC_LABEL, raised = CC_LABEL, again = CC_LABEL, end = CC_LABEL;
    sx_cc_reserve(c, base + 3);
    uint32_t start = sx_cc_region(c);
    const CcCold *cold = c->cold;
    emit_try_catch(c, node, CC_REG(base));
    sx_cc_flush_cold(c, cold);
    sx_cc_handler(c, start, base, false, &raised);
    sx_cc_move(c, base + 1, base);
    sx_cc_op(c, SX_OP_CLEAR, base, 0, 0);
    sx_cc_op(c, SX_OP_CLEAR, base + 2, 0, 0);
    sx_cc_jump(c, &common);
    sx_cc_bind(c, &common);
    sx_cc_bind(c, &raised);
    c->top = base + 3;
    sx_cc_expr(c, t->after, CC_NOWHERE);
    sx_cc_test_word(c, base, sx_small(0), &again);
    sx_cc_finish(c, to, base + 1);
    sx_cc_jump(c, &end);
    sx_cc_bind(c, &again);
    sx_cc_op(c, SX_OP_RAISE, base, base + 1, base + 2);
    c->dead = true;
    sx_cc_bind(c, &end);
    c->top = base;
}

void sx_cc_emit_guarded(Cc *c, const CcNode *node, CcDest to, CcLabel *no)
{
    if (!(node->flags & CC_RAISES)) {
        sx_cc_expr(c, node, to);
        return;
    }
    unsigned base = c->top;
    const CcCold *cold = c->cold;
    uint32_t start = sx_cc_region(c);
    sx_cc_expr(c, node, to);
    sx_cc_flush_cold(c, cold);
    sx_cc_handler(c, start, base, true, no);
}

void sx_cc_expr(Cc *c, const CcNode *node, CcDest to)
{
    if (c->failed || c->dead) return;
    c->nesting++;
    switch ((CcNodeKind)node->kind) {
    case CC_CONST: emit_const(c, node->constant, to); break;
    case CC_VAR: emit_var(c, node->var, to); break;
    case CC_GLOBAL: emit_global(c, node, to); break;
    case CC_IF: emit_if(c, node, to); break;
    case CC_DO: emit_do(c, node, to); break;
    case CC_LET: emit_let(c, node, to); break;
    case CC_LETREC: emit_letrec(c, node, to); break;
    case CC_FN:
    case CC_LOCAL_FN: emit_fn_value(c, node->fn, to); break;
    case CC_MATCH: emit_match_node(c, node, to); break;
    case CC_RECEIVE: emit_receive(c, node, to); break;
    case CC_TRY: emit_try(c, node, to); break;
    case CC_BIN: emit_bits(c, node, to); break;
    case CC_LIST:
    case CC_TUPLE:
    case CC_MAP:
    case CC_MAP_PUT:
    case CC_MAP_UPDATE: emit_seq(c, node, to); break;
    case CC_OP: emit_op(c, node, to); break;
    case CC_TEST: emit_test_value(c, node, to); break;
    case CC_PRIM:
        if (to.kind == CC_TO_RETURN && calls_in_its_place(node->call.native)) emit_call(c, node, to);
        else emit_prim(c, node, to);
        break;
    case CC_MAKE_FUN: emit_make_fun(c, node, to); break;
    case CC_UNIT: emit_unit_address(c, node->unit, to); break;
    case CC_CALL:
    case CC_CALL_FN:
    case CC_CALL_LOCAL:
    case CC_CALL_GLOBAL:
    case CC_CALL_EXPORT:
    case CC_CALL_NAMED: emit_call(c, node, to); break;
    }
    c->nesting--;
}
