/* vm.c - the dispatch loop: each opcode's body once, compiled two ways.
 * Owns instruction execution. Does not own policy: it runs one process until that yields, parks or ends (vm.h), never
 * blocks, and enters no C function that runs bytecode again.
 *
 * The native build makes each body a function that ends in a sibling call of the next one, the machine state in argument
 * registers; -DSX_DISPATCH_LABELS makes them labels of one function (WebAssembly, sanitizers, -O0).
 *
 * INVARIANT: p->heap.hp is stale while hp lives in its register. SAVE_HP before, LOAD_HP after whatever allocates in C.
 * INVARIANT: addresses into heap or stack do not survive a collection; after one, all state is loaded from p again. */
#include "value/bits.h"
#include "value/compare.h"
#include "value/map.h"
#include "value/num.h"
#include "vm/vm_internal.h"
#include <math.h>

#define PARAMS SxProc *p, const uint64_t *pc, sx_val *fp, sx_val *hp, int64_t reds, __attribute__((unused)) uint64_t w
#define STATE p, pc, fp, hp, reds, w

#ifdef SX_DISPATCH_LABELS
#define OPCODE(name) op_##name:
#define DISPATCH()                                                                                                     \
    do {                                                                                                               \
        w = *pc;                                                                                                       \
        goto *labels[w & 0xffff];                                                                                      \
    } while (0)
#define GOTO_SHARED(name) goto shared_##name
#define SHARED(name) shared_##name:
#else
typedef SxRun Op(PARAMS);
static Op *const op_table[];
static SX_NOINLINE Op shared_throw, shared_collect, shared_grow_stack, shared_enter_slowly, shared_arith, shared_compare, shared_mark, shared_native_tail, shared_float_ADD, shared_float_SUB, shared_float_MUL, shared_call_odd, shared_tcall_odd, shared_call_named;
#define OPCODE(name) static SxRun op_##name(PARAMS)
#define DISPATCH()                                                                                                     \
    do {                                                                                                               \
        w = *pc;                                                                                                       \
        return op_table[w & 0xffff](STATE);                                                                            \
    } while (0)
#define GOTO_SHARED(name) return shared_##name(STATE)
#define SHARED(name) static SX_NOINLINE SxRun shared_##name(PARAMS)
#endif

#define A SX_INSTR_A(w)
#define B SX_INSTR_B(w)
#define C SX_INSTR_C(w)
#define RA fp[A]
#define RB fp[B]
#define RC fp[C]
#define NEXT(n)                                                                                                        \
    do {                                                                                                               \
        pc += (n);                                                                                                     \
        DISPATCH();                                                                                                    \
    } while (0)
#define JUMP_BY(offset)                                                                                                \
    do {                                                                                                               \
        pc += (int64_t)(offset);                                                                                       \
        DISPATCH();                                                                                                    \
    } while (0)
/* A test: two words, the second the target when it does not hold. */
#define TEST(condition)                                                                                                \
    do {                                                                                                               \
        if (condition) NEXT(2);                                                                                        \
        JUMP_BY(pc[1]);                                                                                                \
    } while (0)

#define SAVE_HP() (p->heap.hp = hp)
#define LOAD_HP() (hp = p->heap.hp)
#define SAVE(n_live) (SAVE_HP(), p->pc = pc, p->fp = fp, p->live = (uint32_t)(n_live), p->reductions = (int32_t)reds)
#define LOAD() (pc = p->pc, fp = p->fp, hp = p->heap.hp, reds = p->reductions)
#define MAX2(x, y) ((x) > (y) ? (x) : (y))

/* The collector-stress flavour collects at every safe point; `stressed` lets the instruction go on the second time. */
#ifdef SX_GC_STRESS
#define STRESS() (p->stressed = !p->stressed && sx_vm_stress(p))
#else
#define STRESS() false
#endif

/* Room for n words or a collection, after which the same instruction starts over. */
#define ALLOC(n, n_live)                                                                                               \
    do {                                                                                                               \
        if (SX_UNLIKELY((size_t)(p->heap.end - hp) < (size_t)(n)) || STRESS()) {                                       \
            SAVE(n_live);                                                                                              \
            p->rt->sched.gc_need = (uint32_t)(n);                                                                                \
            GOTO_SHARED(collect);                                                                                      \
        }                                                                                                              \
    } while (0)
#define THROW(n_live)                                                                                                  \
    do {                                                                                                               \
        SAVE(n_live);                                                                                                  \
        GOTO_SHARED(throw);                                                                                            \
    } while (0)
/* A slow path has answered v: store it, or raise. */
#define STORE_OR_THROW(v, n_live, length)                                                                              \
    do {                                                                                                               \
        sx_val result_ = (v);                                                                                          \
        LOAD_HP();                                                                                                     \
        if (SX_UNLIKELY(result_ == SX_THROWN)) THROW(n_live);                                                          \
        RA = result_;                                                                                                  \
        NEXT(length);                                                                                                  \
    } while (0)

/* Enter fn with its argument registers in place at new_fp; new_fp[-1] holds the return address. */
#define ENTER(fn_, new_fp)                                                                                             \
    do {                                                                                                               \
        const SxFn *enter_ = (fn_);                                                                                    \
        fp = (new_fp);                                                                                                 \
        pc = enter_->code;                                                                                             \
        reds--;                                                                                                        \
        if (SX_UNLIKELY(reds < 0 || fp + ((enter_->shape >> 32) & 0xffff) + SX_VM_STACK_SLACK > p->heap.stack_end))    \
            GOTO_SHARED(enter_slowly);                                                                                 \
        DISPATCH();                                                                                                    \
    } while (0)

SX_INLINE uint32_t entry_live(const SxFn *fn) { return sx_fn_registers(fn) + (fn->n_free > 0); }
SX_INLINE sx_val code_address(const uint64_t *pc) { return (sx_val)(uintptr_t)pc; }
SX_INLINE const uint64_t *to_code(sx_val v) { return (const uint64_t *)(uintptr_t)v; }
SX_INLINE const SxFn *closure_fn(sx_val closure) { return (const SxFn *)(uintptr_t)sx_ptr(closure)[1]; }
/* Downwards, or to another place: in rising order, so they may overlap. Mostly a few. */
SX_INLINE void move_args(sx_val *to, const sx_val *from, unsigned n)
{
    if (n == 0) return;
    to[0] = from[0];
    if (n == 1) return;
    to[1] = from[1];
    if (n == 2) return;
    to[2] = from[2];
    for (unsigned i = 3; i < n; i++) to[i] = from[i];
}

const uint64_t sx_vm_end_code[] = {/* a return address with base 0: RETURN goes on behind it */
                                   SX_OP_CALL, 0, SX_OP_END, SX_OP_START};

#define ARITH_FAST(name, builtin, float_op)                                                                            \
    OPCODE(name)                                                                                                       \
    {                                                                                                                  \
        sx_val x = RB, y = RC;                                                                                         \
        if (SX_LIKELY(sx_both_small(x, y))) {                                                                          \
            int64_t r;                                                                                                 \
            if (SX_LIKELY(!builtin)) {                                                                                 \
                RA = (sx_val)r;                                                                                        \
                NEXT(1);                                                                                               \
            }                                                                                                          \
        }                                                                                                              \
        GOTO_SHARED(float_##name);                                                                                     \
    }                                                                                                                  \
    SHARED(float_##name) /* apart, so that the registers it needs cost integers nothing */                             \
    {                                                                                                                  \
        sx_val x = RB, y = RC;                                                                                         \
        if (sx_is_float(x) && sx_is_float(y)) {                                                                        \
            double d = sx_float_value(x) float_op sx_float_value(y);                                                   \
            if (SX_LIKELY(isfinite(d))) {                                                                              \
                ALLOC(2, MAX2(A, MAX2(B, C) + 1));                                                                     \
                hp[0] = SX_HEADER(SX_KIND_FLOAT, 1);                                                                   \
                memcpy(hp + 1, &d, sizeof d);                                                                          \
                RA = sx_make_ptr(hp, SX_TAG_FLOAT);                                                                    \
                hp += 2;                                                                                               \
                NEXT(1);                                                                                               \
            }                                                                                                          \
        }                                                                                                              \
        GOTO_SHARED(arith);                                                                                            \
    }

/* Results of C functions that allocated may want a collection soon: the next safe point sees want_gc. */
#define SAFE_POINT(n_live)                                                                                             \
    do {                                                                                                               \
        if (SX_UNLIKELY(p->heap.want_gc) || STRESS()) {                                                                            \
            SAVE(n_live);                                                                                              \
            p->rt->sched.gc_need = 0;                                                                                            \
            GOTO_SHARED(collect);                                                                                      \
        }                                                                                                              \
    } while (0)

#ifdef SX_DISPATCH_LABELS
static SxRun run(PARAMS)
{
    static const void *const labels[] = {
#define OP(name, operands, extra, what) &&op_##name,
#include "code/opcodes.def"
#undef OP
    };
    DISPATCH();
#else
#define OP(name, operands, extra, what) static Op op_##name;
#include "code/opcodes.def"
#undef OP
static Op *const op_table[] = {
#define OP(name, operands, extra, what) op_##name,
#include "code/opcodes.def"
#undef OP
};
#endif

/* ---- shared slow paths ---- */

SHARED(throw)
{
    /* p is saved at the faulting instruction, exc_* are set */
    if (!sx_vm_unwind(p)) return SX_RUN_EXIT;
    LOAD();
    DISPATCH();
}

#define REDUCTIONS_A_STEP 1000 /* of a large heap that is being filled: returns from deep recursion fill it and charge nothing */
SHARED(collect)
{
    if (!p->heap.want_gc && sx_heap_step(&p->heap, p->rt->sched.gc_need)) {
        p->reductions -= REDUCTIONS_A_STEP;
        if (p->reductions <= 0) return SX_RUN_YIELD;
    } else if (!sx_vm_collect(p, 0, p->rt->sched.gc_need)) {
        return sx_vm_stopped(p);
    }
    LOAD();
    DISPATCH();
}

SHARED(grow_stack)
{
    if (!sx_vm_collect(p, p->rt->sched.gc_need + SX_VM_STACK_SLACK, 0)) return sx_vm_stopped(p);
    LOAD();
    DISPATCH();
}

/* At the entry of the function at pc, its arguments in place: the slice is used up, or the stack is too short. When it is both,
 * the stack grows first and the next entry yields: who comes back from a yield here is past the look at the stack. */
SHARED(enter_slowly)
{
    const SxFn *fn = sx_code_fn_at(&p->rt->code, pc);
    SAVE(entry_live(fn));
    if (fp + fn->frame + SX_VM_STACK_SLACK <= p->heap.stack_end) return SX_RUN_YIELD;
    p->rt->sched.gc_need = fn->frame;
    GOTO_SHARED(grow_stack);
}

/* The arithmetic instruction at pc, off its fast path. Unary ones have nothing in c. */
SHARED(arith)
{
    unsigned op = SX_INSTR_OP(w), top = MAX2(A, B + 1);
    bool unary = op == SX_OP_NEG || op == SX_OP_BNOT, immediate = op == SX_OP_ADDI;
    if (!unary && !immediate) top = MAX2(top, C + 1);
    SAVE(top);
    int k = immediate ? SX_INSTR_IC(w) : 0;
    if (immediate && k < 0) op = SX_OP_SUB; /* an error shows x - 1 as it was written */
    sx_val r = sx_vm_arith(p, op, RB, unary ? SX_NONE : immediate ? sx_small(k < 0 ? -k : k) : RC);
    if (SX_UNLIKELY(r == SX_APART)) return SX_RUN_APART;
    LOAD_HP();
    reds = p->reductions;
    if (SX_UNLIKELY(r == SX_THROWN)) GOTO_SHARED(throw);
    RA = r;
    NEXT(1);
}

/* The comparison at pc, on operands that do not tell at once. Long ones are compared apart. */
SHARED(compare)
{
    unsigned op = SX_INSTR_OP(w);
    SxRelation relation = op == SX_OP_IFEQ || op == SX_OP_IFNE || op == SX_OP_IFEQT ? SX_EXACTLY
                          : op == SX_OP_IFEQN || op == SX_OP_IFNEN                  ? SX_AS_NUMBERS
                                                                                    : SX_IN_ORDER;
    bool immediate = op == SX_OP_IFLTI || op == SX_OP_IFLEI || op == SX_OP_IFGTI || op == SX_OP_IFGEI;
    sx_val x = RA, y = immediate ? sx_small(SX_INSTR_IB(w)) : op == SX_OP_IFEQT ? pc[1] : RB;
    SAVE(immediate || op == SX_OP_IFEQT ? A + 1 : MAX2(A, B) + 1);
    sx_val v = sx_vm_relate(p, x, y, relation);
    if (SX_UNLIKELY(v == SX_APART)) return SX_RUN_APART;
    int order = (int)sx_small_value(v);
    reds = p->reductions;
    switch (op) {
    case SX_OP_IFEQT:
        if (order == 0) NEXT(3);
        JUMP_BY(pc[2]);
    case SX_OP_IFEQ:
    case SX_OP_IFEQN: TEST(order == 0);
    case SX_OP_IFNE:
    case SX_OP_IFNEN: TEST(order != 0);
    case SX_OP_IFLT:
    case SX_OP_IFLTI: TEST(order < 0);
    case SX_OP_IFLE:
    case SX_OP_IFLEI: TEST(order <= 0);
    case SX_OP_IFGTI: TEST(order > 0);
    default: TEST(order >= 0);
    }
}

/* A native has answered the mark p->rt->sched.mark to the instruction at pc; its frame is live up to p->live. Calls made in its place
 * return to the register that operand A names, or, from a tail call, to our caller. */
SHARED(mark)
{
    sx_val mark = p->rt->sched.mark;
    if (mark == SX_THROWN) GOTO_SHARED(throw);
    if (mark == SX_AGAIN) /* what it has built so far counts against the limit */
        return p->heap.want_gc && !sx_vm_collect(p, 0, 0) ? sx_vm_stopped(p) : SX_RUN_YIELD;
    if (mark == SX_PARKED) return SX_RUN_PARK;
    if (mark == SX_APART) return SX_RUN_APART;
    SX_CHECK(mark == SX_TAILCALL);
    SxSched *s = &p->rt->sched;
    bool tail = p->rt->sched.mark_is_tail;
    uint32_t keep = tail ? 0 : A + 1; /* registers that stay; the return address is the last of them */
    p->prim_state = SX_NONE;
    if (!tail) fp[A] = code_address(pc);
    p->live = keep;
    if ((size_t)(p->heap.stack_end - (fp + keep)) < (size_t)s->tail_argc + 2 + SX_VM_STACK_SLACK) {
        if (!sx_vm_collect(p, (size_t)s->tail_argc + 2 + SX_VM_STACK_SLACK, 0)) return sx_vm_stopped(p);
        LOAD();
    }
    fp += keep;
    move_args(fp, s->tail_args, (unsigned)s->tail_argc);
    sx_val f = s->tail_fn;
    int argc = s->tail_argc;
    s->tail_argc = 0;
    s->tail_fn = SX_NIL;
    p->live = (uint32_t)argc;
    p->fp = fp;
    if (!sx_is_closure(f)) {
        sx_vm_bad_call(p, f, fp, argc);
        p->fp = fp - keep; /* pc is the caller's: so is the frame whose handlers count */
        GOTO_SHARED(throw);
    }
    const SxFn *fn = closure_fn(f);
    if (fn->flags & SX_FN_NATIVE) {
        p->rt->sched.native_fn = fn;
        GOTO_SHARED(native_tail);
    }
    SAVE_HP();
    p->pc = pc;
    if (!sx_vm_fit_args(p, fn, f, fp, argc)) {
        p->fp = fp - keep;
        GOTO_SHARED(throw);
    }
    LOAD_HP();
    ENTER(fn, fp);
}

/* Native p->rt->sched.native_fn as the whole body of the frame fp: its p->live arguments are R[0..]. It may wait, and then has to be
 * entered again: the stub code of the function does that. */
SHARED(native_tail)
{
    const SxFn *fn = p->rt->sched.native_fn;
    int argc = (int)p->live;
    SAVE_HP();
    p->pc = pc;
    p->fp = fp;
    if (argc < fn->min_args || argc > fn->max_args) {
        if (!(argc >= fn->min_args && (fn->flags & SX_FN_REST))) {
            sx_vm_fit_args(p, fn, fn->closure, fp, argc);
            if (!p->rt->sched.mark_is_tail) p->fp = fp - (A + 1);
            GOTO_SHARED(throw);
        }
        /* more than the stub can take: answer at once; such natives never wait */
        p->rt->sched.at_once = true;
        sx_val v = sx_vm_native(p, fn, fp, argc);
        p->rt->sched.at_once = false;
        LOAD_HP();
        reds = p->reductions;
        if (v == SX_THROWN) {
            if (!p->rt->sched.mark_is_tail) p->fp = fp - (A + 1);
            GOTO_SHARED(throw);
        }
        SX_CHECK(v != SX_AGAIN && v != SX_PARKED && v != SX_TAILCALL && v != SX_APART);
        fp[0] = v;
        const uint64_t *back = to_code(fp[-1]);
        w = *back;
        fp -= A + 1;
        fp[A] = v;
        pc = back;
        NEXT(2);
    }
    for (int i = argc; i < fn->max_args; i++) fp[i] = SX_NONE;
    if (fn->flags & SX_FN_REST) fp[fn->max_args] = SX_EMPTY;
    ENTER(fn, fp);
}

/* ---- moves and constants ---- */

OPCODE(MOVE)
{
    RA = RB;
    NEXT(1);
}
OPCODE(LOADK)
{
    RA = pc[1];
    NEXT(2);
}
OPCODE(LOADI)
{
    RA = sx_small(SX_INSTR_IB(w));
    NEXT(1);
}
OPCODE(LOADFREE)
{
    RA = sx_ptr(RC)[2 + B];
    NEXT(1);
}
OPCODE(CLEAR)
{
    RA = 0;
    NEXT(1);
}
OPCODE(GETG)
{
    const SxCell *cell = (const SxCell *)(uintptr_t)pc[1];
    if (SX_UNLIKELY(cell->value == SX_NONE)) {
        SAVE_HP();
        sx_error2(p, SX_A(unbound), cell->name);
        LOAD_HP();
        THROW(A);
    }
    RA = cell->value;
    NEXT(2);
}
OPCODE(MAKEFUN)
{
    RA = sx_export_closure(&p->rt->code, (SxExport *)(uintptr_t)pc[1]);
    NEXT(2);
}
OPCODE(CLOSURE)
{
    unsigned n = C;
    ALLOC(n + 2, MAX2(A, B + n));
    hp[0] = SX_HEADER(SX_KIND_CLOSURE, n + 1);
    hp[1] = pc[1];
    for (unsigned i = 0; i < n; i++) hp[2 + i] = fp[B + i];
    RA = sx_make_ptr(hp, SX_TAG_BOXED);
    hp += n + 2;
    NEXT(2);
}

/* ---- jumps and tests ---- */

OPCODE(JUMP) { JUMP_BY(pc[1]); }
OPCODE(IFTRUE) { TEST(sx_is_true(RA)); }
OPCODE(IFFALSE) { TEST(!sx_is_true(RA)); }
OPCODE(IFEQ)
{
    sx_val x = RA, y = RB;
    if (x == y || !sx_is_pointer(x) || !sx_is_pointer(y)) TEST(x == y);
    GOTO_SHARED(compare);
}
OPCODE(IFNE)
{
    sx_val x = RA, y = RB;
    if (x == y || !sx_is_pointer(x) || !sx_is_pointer(y)) TEST(x != y);
    GOTO_SHARED(compare);
}
OPCODE(IFEQK)
{
    if (RA == pc[1]) NEXT(3);
    JUMP_BY(pc[2]);
}
OPCODE(IFEQT)
{
    sx_val x = RA;
    if (x == pc[1]) NEXT(3);
    if (!sx_is_pointer(x)) JUMP_BY(pc[2]);
    GOTO_SHARED(compare);
}
OPCODE(IFEQN)
{
    sx_val x = RA, y = RB;
    if (x == y || sx_both_small(x, y)) TEST(x == y);
    GOTO_SHARED(compare);
}
OPCODE(IFNEN)
{
    sx_val x = RA, y = RB;
    if (x == y || sx_both_small(x, y)) TEST(x != y);
    GOTO_SHARED(compare);
}
OPCODE(IFLT)
{
    sx_val x = RA, y = RB;
    if (SX_LIKELY(sx_both_small(x, y))) TEST((int64_t)x < (int64_t)y);
    if (sx_is_float(x) && sx_is_float(y)) TEST(sx_float_value(x) < sx_float_value(y));
    GOTO_SHARED(compare);
}
OPCODE(IFLE)
{
    sx_val x = RA, y = RB;
    if (SX_LIKELY(sx_both_small(x, y))) TEST((int64_t)x <= (int64_t)y);
    if (sx_is_float(x) && sx_is_float(y)) TEST(sx_float_value(x) <= sx_float_value(y));
    GOTO_SHARED(compare);
}
OPCODE(IFEQI) { TEST(RA == sx_small(SX_INSTR_IB(w))); }
#define TEST_IMMEDIATE(name, op)                                                                                       \
    OPCODE(name)                                                                                                       \
    {                                                                                                                  \
        sx_val x = RA, y = sx_small(SX_INSTR_IB(w));                                                                   \
        if (SX_LIKELY(sx_is_small(x))) TEST((int64_t)x op(int64_t) y);                                                 \
        GOTO_SHARED(compare);                                                                                          \
    }
TEST_IMMEDIATE(IFLTI, <)
TEST_IMMEDIATE(IFLEI, <=)
TEST_IMMEDIATE(IFGTI, >)
TEST_IMMEDIATE(IFGEI, >=)
OPCODE(IFTYPE)
{
    sx_val x = RA;
    switch (B) {
    case SX_TYPE_INTEGER: TEST(sx_is_small(x) || sx_is_big(x));
    case SX_TYPE_ATOM: TEST(sx_is_atom(x));
    case SX_TYPE_LIST: TEST(sx_is_list(x));
    case SX_TYPE_TUPLE: TEST(sx_is_tuple(x));
    default: TEST(sx_vm_has_type(x, B));
    }
}
OPCODE(IFCONS) { TEST(sx_is_cons(RA)); }
OPCODE(IFUNCONS)
{
    sx_val c = RC;
    if (SX_LIKELY(sx_is_cons(c))) {
        sx_val head = sx_ptr(c)[0], tail = sx_ptr(c)[1];
        RA = head;
        RB = tail;
        NEXT(2);
    }
    JUMP_BY(pc[1]);
}
OPCODE(IFTUPLE)
{
    sx_val x = RA;
    TEST(sx_is_boxed(x) && sx_header_of(x) == SX_HEADER(SX_KIND_TUPLE, B));
}
OPCODE(IFKEY)
{
    sx_val m = RB, v;
    if (sx_is_map(m) && (v = sx_map_get(m, RC)) != SX_NONE) {
        RA = v;
        NEXT(2);
    }
    JUMP_BY(pc[1]);
}
OPCODE(IFMISSING) { TEST(RA == SX_NONE); }
OPCODE(SWITCH)
{
    sx_val v = RA;
    size_t low = 0, high = pc[1];
    const uint64_t *pairs = pc + 3;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (pairs[2 * mid] < v) low = mid + 1;
        else high = mid;
    }
    if (low < pc[1] && pairs[2 * low] == v) JUMP_BY(pairs[2 * low + 1]);
    JUMP_BY(pc[2]);
}
OPCODE(JTABLE)
{
    sx_val v = RA;
    uint64_t index = (uint64_t)(sx_small_value(v) - (int64_t)pc[3]);
    if (sx_is_small(v) && index < pc[1]) JUMP_BY(pc[4 + index]);
    JUMP_BY(pc[2]);
}

/* ---- taking apart ---- */

OPCODE(HEAD)
{
    RA = sx_head(RB);
    NEXT(1);
}
OPCODE(TAIL)
{
    RA = sx_tail(RB);
    NEXT(1);
}
OPCODE(ELEMENT)
{
    RA = sx_ptr(RB)[1 + C];
    NEXT(1);
}
OPCODE(IFBITS) { TEST(sx_is_bits(RA)); }
OPCODE(IFINT8)
{
    sx_val v = RB;
    size_t at = (size_t)sx_small_value(RC), n;
    const unsigned char *bytes;
    if (SX_LIKELY((at & 7) == 0)) {
        sx_val *o = sx_ptr(v);
        if (sx_header_kind(o[0]) == SX_KIND_BITS) {
            size_t off = (size_t)sx_small_value(o[2]) + at;
            n = (size_t)sx_small_value(o[3]);
            if (at + 8 > n) JUMP_BY(pc[1]);
            if (SX_LIKELY((off & 7) == 0)) {
                sx_val *base = sx_ptr(o[1]);
                bytes = sx_header_kind(base[0]) == SX_KIND_BLOB ? ((SxBlob *)(uintptr_t)base[1])->bytes : (const unsigned char *)(base + 2);
                RC = sx_small((int64_t)at + 8);
                RA = sx_small(bytes[off >> 3]);
                NEXT(2);
            }
        } else {
            n = o[1];
            if (at + 8 > n) JUMP_BY(pc[1]);
            RC = sx_small((int64_t)at + 8);
            RA = sx_small(((const unsigned char *)(o + 2))[at >> 3]);
            NEXT(2);
        }
    }
    SAVE_HP();
    sx_val r = sx_vm_get_segment(p, v, &RC, SX_SPEC(SX_SEG_INTEGER, 1, 0, 8), fp, true);
    LOAD_HP();
    if (r == SX_NONE) JUMP_BY(pc[1]);
    RA = r;
    NEXT(2);
}
OPCODE(IFGET)
{
    SAVE_HP();
    sx_val r = sx_vm_get_segment(p, RB, &RC, pc[1], fp, true);
    LOAD_HP();
    if (r == SX_NONE) JUMP_BY(pc[2]);
    RA = r;
    NEXT(3);
}
OPCODE(IFSKIP)
{
    SAVE_HP();
    sx_val r = sx_vm_get_segment(p, RB, &RC, pc[1], fp, false);
    LOAD_HP();
    if (r == SX_NONE) JUMP_BY(pc[2]);
    NEXT(3);
}
OPCODE(IFREST)
{
    sx_val v = RB;
    size_t at = (size_t)sx_small_value(RC), n = sx_bits_size(v), left = n - at;
    if (pc[1] > 1 && left % pc[1] != 0) JUMP_BY(pc[2]);
    sx_val *o = sx_ptr(v);
    if (SX_LIKELY(sx_header_kind(o[0]) == SX_KIND_BITS)) {
        ALLOC(4, MAX2(A, MAX2(B, C) + 1));
        o = sx_ptr(RB);
        hp[0] = SX_HEADER(SX_KIND_BITS, 3);
        hp[1] = o[1];
        hp[2] = o[2] + sx_small((int64_t)at);
        hp[3] = sx_small((int64_t)left);
        RC = sx_small((int64_t)n);
        RA = sx_make_ptr(hp, SX_TAG_BOXED);
        hp += 4;
        NEXT(3);
    }
    RC = sx_small((int64_t)n);
    SAVE_HP();
    RA = sx_bits_sub(&p->heap, v, at, left);
    LOAD_HP();
    NEXT(3);
}
OPCODE(IFSAME)
{
    if (sx_vm_same_bits(RB, &RC, pc[1])) NEXT(3);
    JUMP_BY(pc[2]);
}
OPCODE(IFEND) { TEST((size_t)sx_small_value(RC) == sx_bits_size(RB)); }
OPCODE(IFBINARY) { TEST(sx_bits_is_binary(RA)); }
OPCODE(IFBYTES) { TEST(sx_bits_size(RA) == 8 * (size_t)B); }
OPCODE(IFBYTE)
{
    int byte = sx_binary_byte(RB, C);
    if (SX_UNLIKELY(byte < 0)) JUMP_BY(pc[1]);
    RA = sx_small(byte);
    NEXT(2);
}
OPCODE(BYTESWITCH)
{
    int byte = sx_binary_byte(RB, C);
    if (SX_UNLIKELY(byte < 0)) JUMP_BY(byte == SX_NO_BYTE ? pc[SX_CLASS_OFFSETS] : pc[2]);
    RA = sx_small(byte);
    JUMP_BY(pc[SX_CLASS_OFFSETS + sx_classes(pc)[byte]]);
}
#define MAKE_REST(header)                                                                                              \
    do {                                                                                                               \
        ALLOC(4, MAX2(A, B + 1));                                                                                      \
        const sx_val v = RB, *o = sx_ptr(v);                                                                           \
        sx_val skipped = sx_small(8 * (int64_t)C);                                                                     \
        bool is_view = sx_header_kind(o[0]) == SX_KIND_BITS;                                                           \
        hp[0] = (header);                                                                                              \
        hp[1] = is_view ? o[1] : v;                                                                                    \
        hp[2] = (is_view ? o[2] : 0) + skipped;                                                                        \
        hp[3] = (is_view ? o[3] : sx_small((int64_t)o[1])) - skipped;                                                  \
        RA = sx_make_ptr(hp, SX_TAG_BOXED);                                                                            \
        hp += 4;                                                                                                       \
        NEXT(1);                                                                                                       \
    } while (0)
OPCODE(REST) { MAKE_REST(SX_BITS_HEADER); }
OPCODE(RESTOWN)
{
    sx_val owned = RB, *at = sx_ptr(owned);
    if (SX_LIKELY(at[0] == SX_OWNED_BITS_HEADER)) {
        at[2] += sx_small(8 * (int64_t)C);
        at[3] -= sx_small(8 * (int64_t)C);
        RA = owned;
        NEXT(1);
    }
    MAKE_REST(SX_OWNED_BITS_HEADER);
}
OPCODE(SETTLE)
{
    sx_bits_settle(RA);
    NEXT(1);
}

/* ---- arithmetic ---- */

ARITH_FAST(ADD, __builtin_add_overflow((int64_t)x, (int64_t)y, &r), +)
ARITH_FAST(SUB, __builtin_sub_overflow((int64_t)x, (int64_t)y, &r), -)
ARITH_FAST(MUL, __builtin_mul_overflow(sx_small_value(x), (int64_t)y, &r), *)
OPCODE(FDIV)
{
    sx_val x = RB, y = RC;
    if (sx_is_float(x) && sx_is_float(y)) {
        double d = sx_float_value(x) / sx_float_value(y);
        if (SX_LIKELY(isfinite(d))) {
            ALLOC(2, MAX2(A, MAX2(B, C) + 1));
            hp[0] = SX_HEADER(SX_KIND_FLOAT, 1);
            memcpy(hp + 1, &d, sizeof d);
            RA = sx_make_ptr(hp, SX_TAG_FLOAT);
            hp += 2;
            NEXT(1);
        }
    }
    GOTO_SHARED(arith);
}
OPCODE(IDIV)
{
    sx_val x = RB, y = RC;
    if (SX_LIKELY(sx_both_small(x, y)) && y != 0 && y != sx_small(-1)) {
        RA = sx_small(sx_small_value(x) / sx_small_value(y));
        NEXT(1);
    }
    GOTO_SHARED(arith);
}
OPCODE(REM)
{
    sx_val x = RB, y = RC;
    if (SX_LIKELY(sx_both_small(x, y)) && y != 0 && y != sx_small(-1)) {
        RA = (sx_val)((int64_t)x % (int64_t)y);
        NEXT(1);
    }
    GOTO_SHARED(arith);
}
#define BITWISE(name, op)                                                                                              \
    OPCODE(name)                                                                                                       \
    {                                                                                                                  \
        sx_val x = RB, y = RC;                                                                                         \
        if (SX_LIKELY(sx_both_small(x, y))) {                                                                          \
            RA = x op y;                                                                                               \
            NEXT(1);                                                                                                   \
        }                                                                                                              \
            GOTO_SHARED(arith);                                                                                \
    }
BITWISE(BAND, &)
BITWISE(BOR, |)
BITWISE(BXOR, ^)
OPCODE(BSL)
{
    sx_val x = RB, y = RC;
    if (sx_both_small(x, y) && (uint64_t)sx_small_value(y) < 60) {
        int64_t shift = sx_small_value(y), v = (int64_t)x;
        if (((int64_t)((uint64_t)v << shift) >> shift) == v) {
            RA = (sx_val)((uint64_t)v << shift);
            NEXT(1);
        }
    }
    GOTO_SHARED(arith);
}
OPCODE(BSR)
{
    sx_val x = RB, y = RC;
    if (sx_both_small(x, y) && (uint64_t)sx_small_value(y) < 61) {
        RA = sx_small(sx_small_value(x) >> sx_small_value(y));
        NEXT(1);
    }
    GOTO_SHARED(arith);
}
OPCODE(NEG)
{
    GOTO_SHARED(arith);
}
OPCODE(BNOT)
{
    GOTO_SHARED(arith);
}
OPCODE(ADDI)
{
    sx_val x = RB;
    int64_t r, y = (int64_t)sx_small(SX_INSTR_IC(w));
    if (SX_LIKELY(sx_is_small(x)) && SX_LIKELY(!__builtin_add_overflow((int64_t)x, y, &r))) {
        RA = (sx_val)r;
        NEXT(1);
    }
    GOTO_SHARED(arith);
}
OPCODE(NOT)
{
    sx_val x = RB;
    if (SX_LIKELY(x == SX_TRUE || x == SX_FALSE)) {
        RA = x == SX_TRUE ? SX_FALSE : SX_TRUE;
        NEXT(1);
    }
    SAVE_HP();
    STORE_OR_THROW(sx_vm_bif_error(p, SX_A(badarg), "not", 1, x, SX_NONE), MAX2(A, B + 1), 1);
}
OPCODE(SELF)
{
    RA = p->pid;
    NEXT(1);
}

/* ---- constructors ---- */

OPCODE(CONS)
{
    ALLOC(2, MAX2(A, MAX2(B, C) + 1));
    hp[0] = RB;
    hp[1] = RC;
    RA = sx_make_ptr(hp, SX_TAG_CONS);
    hp += 2;
    NEXT(1);
}
OPCODE(LIST)
{
    unsigned n = C;
    ALLOC(2 * n, MAX2(A, B + n + 1));
    sx_val list = fp[B + n];
    for (unsigned i = n; i-- > 0;) {
        hp[0] = fp[B + i];
        hp[1] = list;
        list = sx_make_ptr(hp, SX_TAG_CONS);
        hp += 2;
    }
    RA = list;
    NEXT(1);
}
OPCODE(TUPLE)
{
    unsigned n = C;
    ALLOC(n + 1, MAX2(A, B + n));
    hp[0] = SX_HEADER(SX_KIND_TUPLE, n);
    for (unsigned i = 0; i < n; i++) hp[1 + i] = fp[B + i];
    RA = sx_make_ptr(hp, SX_TAG_BOXED);
    hp += n + 1;
    NEXT(1);
}
OPCODE(MAP)
{
    SAFE_POINT(MAX2(A, B + 2 * C));
    SAVE_HP();
    RA = sx_map_from_pairs(&p->heap, fp + B, C);
    LOAD_HP();
    NEXT(1);
}
OPCODE(MAPPUT)
{
    SAFE_POINT(MAX2(A, B + 1 + 2 * C));
    SAVE_HP();
    STORE_OR_THROW(sx_vm_map_put(p, RB, fp + B + 1, C, false), B + 1 + 2 * C, 1);
}
OPCODE(MAPUPD)
{
    SAFE_POINT(MAX2(A, B + 1 + 2 * C));
    SAVE_HP();
    STORE_OR_THROW(sx_vm_map_put(p, RB, fp + B + 1, C, true), B + 1 + 2 * C, 1);
}
OPCODE(BIN)
{
    SAFE_POINT(MAX2(A, B + C));
    SAVE_HP();
    STORE_OR_THROW(sx_vm_build_bits(p, fp + B, C, pc[1]), B + C, 2);
}

/* ---- inlined primitives ---- */

OPCODE(HD)
{
    sx_val x = RB;
    if (SX_LIKELY(sx_is_cons(x))) {
        RA = sx_head(x);
        NEXT(1);
    }
    SAVE_HP();
    STORE_OR_THROW(sx_vm_bif_error(p, SX_A(badarg), "hd", 1, x, SX_NONE), MAX2(A, B + 1), 1);
}
OPCODE(TL)
{
    sx_val x = RB;
    if (SX_LIKELY(sx_is_cons(x))) {
        RA = sx_tail(x);
        NEXT(1);
    }
    SAVE_HP();
    STORE_OR_THROW(sx_vm_bif_error(p, SX_A(badarg), "tl", 1, x, SX_NONE), MAX2(A, B + 1), 1);
}
OPCODE(ELEM)
{
    sx_val i = RB, t = RC;
    if (SX_LIKELY(sx_is_small(i) && sx_is_tuple(t))) {
        uint64_t index = (uint64_t)(sx_small_value(i) - 1);
        if (index < sx_tuple_size(t)) {
            RA = sx_ptr(t)[1 + index];
            NEXT(1);
        }
    }
    SAVE_HP();
    STORE_OR_THROW(sx_vm_bif_error(p, SX_A(badarg), "element", 2, i, t), MAX2(A, MAX2(B, C) + 1), 1);
}
OPCODE(SIZE)
{
    sx_val x = RB;
    if (C == SX_SIZE_TUPLE && sx_is_tuple(x)) {
        RA = sx_small((int64_t)sx_tuple_size(x));
        NEXT(1);
    }
    SAVE(MAX2(A, B + 1));
    sx_val r = sx_vm_size(p, x, C);
    if (SX_UNLIKELY(r == SX_APART)) return SX_RUN_APART;
    reds = p->reductions;
    STORE_OR_THROW(r, MAX2(A, B + 1), 1);
}
OPCODE(MAPGET)
{
    sx_val key = RB, m = RC, v;
    if (sx_is_map(m) && (v = sx_map_get(m, key)) != SX_NONE) {
        RA = v;
        NEXT(1);
    }
    SAVE_HP();
    if (sx_is_map(m)) STORE_OR_THROW(sx_error2(p, SX_A(badkey), key), MAX2(A, MAX2(B, C) + 1), 1);
    STORE_OR_THROW(sx_error2(p, SX_A(badmap), m), MAX2(A, MAX2(B, C) + 1), 1);
}

/* ---- calls ---- */

/* A call whose callee was found: the plain case at once, the others by the shared paths. */
#define CALL_FN(fn_, self)                                                                                             \
    do {                                                                                                               \
        const SxFn *callee_ = (fn_);                                                                                   \
        fp[A] = code_address(pc);                                                                                      \
        if (SX_LIKELY(sx_fn_fits(callee_, B))) {                                                                     \
            if ((self) != SX_NIL) fp[A + 1 + B] = (self); /* the register that a capturing function expects it in */   \
            ENTER(callee_, fp + A + 1);                                                                                \
        }                                                                                                              \
        p->rt->sched.native_fn = callee_;                                                                                        \
        p->rt->sched.call_self = (self);                                                                                         \
        GOTO_SHARED(call_odd);                                                                                         \
    } while (0)
#define TCALL_FN(fn_, self)                                                                                            \
    do {                                                                                                               \
        const SxFn *callee_ = (fn_);                                                                                   \
        if (SX_LIKELY(sx_fn_fits(callee_, B))) {                                                                     \
            sx_val self_ = (self);                                                                                     \
            move_args(fp, fp + A + 1, B);                                                                              \
            if (self_ != SX_NIL) fp[B] = self_;                                                                        \
            ENTER(callee_, fp);                                                                                        \
        }                                                                                                              \
        p->rt->sched.native_fn = callee_;                                                                                        \
        p->rt->sched.call_self = (self);                                                                                         \
        GOTO_SHARED(tcall_odd);                                                                                        \
    } while (0)

/* A call of p->rt->sched.native_fn that is native, or takes its arguments in another shape. */
SHARED(call_odd)
{
    const SxFn *fn = p->rt->sched.native_fn;
    sx_val self = p->rt->sched.call_self;
    p->rt->sched.call_self = SX_NIL;
    if (fn->flags & SX_FN_NATIVE) {
        fp[A] = 0;
        SAVE(A + 1 + B);
        sx_val v = sx_vm_native(p, fn, fp + A + 1, (int)B);
        if (SX_UNLIKELY((v & 7) == SX_TAG_MARK)) {
            p->rt->sched.mark = v;
            p->rt->sched.mark_is_tail = false;
            LOAD_HP();
            reds = p->reductions;
            GOTO_SHARED(mark);
        }
        LOAD_HP();
        reds = p->reductions;
        p->prim_state = SX_NONE;
        fp[A] = v;
        pc += 2;
        SAFE_POINT(A + 1);
        DISPATCH();
    }
    if ((size_t)(p->heap.stack_end - (fp + A + 1)) < (size_t)fn->max_args + 2 + SX_VM_STACK_SLACK + B) {
        SAVE(A + 1 + B);
        p->rt->sched.gc_need = (uint32_t)(fn->max_args + 2u + B);
        GOTO_SHARED(grow_stack);
    }
    SAVE(A + 1 + B);
    if (!sx_vm_fit_args(p, fn, self, fp + A + 1, (int)B)) GOTO_SHARED(throw);
    LOAD_HP();
    ENTER(fn, fp + A + 1);
}
SHARED(tcall_odd)
{
    const SxFn *fn = p->rt->sched.native_fn;
    sx_val self = p->rt->sched.call_self;
    p->rt->sched.call_self = SX_NIL;
    if (fn->flags & SX_FN_NATIVE) {
        fp[A] = 0;
        SAVE(A + 1 + B);
        sx_val v = sx_vm_native(p, fn, fp + A + 1, (int)B);
        LOAD_HP();
        reds = p->reductions;
        if (SX_UNLIKELY((v & 7) == SX_TAG_MARK)) {
            p->rt->sched.mark = v;
            p->rt->sched.mark_is_tail = true;
            GOTO_SHARED(mark);
        }
        p->prim_state = SX_NONE;
        const uint64_t *back = to_code(fp[-1]);
        w = *back;
        fp -= A + 1;
        fp[A] = v;
        pc = back + 2;
        SAFE_POINT(A + 1);
        DISPATCH();
    }
    if ((size_t)(p->heap.stack_end - (fp + A + 1)) < (size_t)fn->max_args + 2 + SX_VM_STACK_SLACK + B) {
        fp[A] = 0;
        SAVE(A + 1 + B);
        p->rt->sched.gc_need = (uint32_t)(fn->max_args + 2u + B);
        GOTO_SHARED(grow_stack);
    }
    SAVE(A + 1 + B);
    move_args(fp, fp + A + 1, B);
    if (!sx_vm_fit_args(p, fn, self, fp, (int)B)) GOTO_SHARED(throw);
    LOAD_HP();
    ENTER(fn, fp);
}
/* The function to be called is not there: p->rt->sched.mark says what happens instead. */
#define CALL_INSTEAD(mark_, tail)                                                                                      \
    do {                                                                                                               \
        fp[A] = 0;                                                                                                     \
        SAVE(A + 1 + B);                                                                                               \
        p->rt->sched.mark = (mark_);                                                                                             \
        p->rt->sched.mark_is_tail = (tail);                                                                                      \
        LOAD_HP();                                                                                                     \
        GOTO_SHARED(mark);                                                                                             \
    } while (0)

OPCODE(CALL)
{
    sx_val f = RC;
    if (SX_LIKELY(sx_is_closure(f))) CALL_FN(closure_fn(f), f);
    CALL_INSTEAD(sx_vm_bad_call(p, f, fp + A + 1, (int)B), false);
}
OPCODE(CALLF)
{
    fp[A] = code_address(pc);
    ENTER((const SxFn *)(uintptr_t)pc[1], fp + A + 1);
}
OPCODE(CALLS)
{
    const SxFn *fn = (const SxFn *)(uintptr_t)pc[1];
    CALL_FN(fn, fn->n_free ? RC : SX_NIL);
}
OPCODE(CALLG)
{
    const SxCell *cell = (const SxCell *)(uintptr_t)pc[1];
    if (SX_LIKELY(cell->fn != NULL)) CALL_FN(cell->fn, cell->value);
    if (sx_is_closure(cell->value)) CALL_FN(closure_fn(cell->value), cell->value);
    if (cell->value == SX_NONE) CALL_INSTEAD(sx_error2(p, SX_A(unbound), cell->name), false);
    CALL_INSTEAD(sx_vm_bad_call(p, cell->value, fp + A + 1, (int)B), false);
}
OPCODE(CALLE)
{
    const SxExport *e = (const SxExport *)(uintptr_t)pc[1];
    if (SX_LIKELY(e->fn != NULL)) CALL_FN(e->fn, SX_NIL);
    CALL_INSTEAD(sx_vm_undefined(p, e->module, e->name, fp + A + 1, (int)B), false);
}
OPCODE(CALLM)
{
    sx_val m = fp[A + 1], f = fp[A + 2];
    if (sx_is_atom(m) && sx_is_atom(f)) {
        const SxExport *e = sx_export_find(&p->rt->code, m, f, B);
        if (e != NULL && e->fn != NULL && sx_fn_fits(e->fn, B)) {
            move_args(fp + A + 1, fp + A + 3, B);
            CALL_FN(e->fn, SX_NIL);
        }
    }
    p->rt->sched.mark_is_tail = false;
    GOTO_SHARED(call_named);
}
/* Calls by name that are native, odd, undefined or wrong: arguments stay where they are until the callee is entered. */
SHARED(call_named)
{
    bool tail = p->rt->sched.mark_is_tail;
    sx_val m = fp[A + 1], f = fp[A + 2];
    fp[A] = 0;
    SAVE(A + 3 + B);
    if (!sx_is_atom(m) || !sx_is_atom(f)) {
        sx_vm_bif_error(p, SX_A(badarg), "apply", 2, m, f);
        GOTO_SHARED(throw);
    }
    const SxExport *e = sx_export_find(&p->rt->code, m, f, B);
    sx_val v;
    if (e != NULL && e->fn != NULL && (e->fn->flags & SX_FN_NATIVE)) v = sx_vm_native(p, e->fn, fp + A + 3, (int)B);
    else if (e != NULL && e->fn != NULL) v = sx_tail_call(p, sx_export_closure(&p->rt->code, (SxExport *)(uintptr_t)e), fp + A + 3, (int)B);
    else v = sx_vm_undefined(p, m, f, fp + A + 3, (int)B);
    LOAD_HP();
    reds = p->reductions;
    if ((v & 7) == SX_TAG_MARK) {
        p->rt->sched.mark = v;
        p->rt->sched.mark_is_tail = tail;
        GOTO_SHARED(mark);
    }
    p->prim_state = SX_NONE;
    if (tail) {
        const uint64_t *back = to_code(fp[-1]);
        w = *back;
        fp -= A + 1;
        pc = back;
    }
    fp[A] = v;
    pc += 2;
    SAFE_POINT(A + 1);
    DISPATCH();
}
OPCODE(TCALL)
{
    sx_val f = RC;
    if (SX_LIKELY(sx_is_closure(f))) TCALL_FN(closure_fn(f), f);
    CALL_INSTEAD(sx_vm_bad_call(p, f, fp + A + 1, (int)B), true);
}
OPCODE(TCALLF)
{
    move_args(fp, fp + A + 1, B);
    ENTER((const SxFn *)(uintptr_t)pc[1], fp);
}
OPCODE(TCALLS)
{
    const SxFn *fn = (const SxFn *)(uintptr_t)pc[1];
    TCALL_FN(fn, fn->n_free ? RC : SX_NIL);
}
OPCODE(TCALLG)
{
    const SxCell *cell = (const SxCell *)(uintptr_t)pc[1];
    if (SX_LIKELY(cell->fn != NULL)) TCALL_FN(cell->fn, cell->value);
    if (sx_is_closure(cell->value)) TCALL_FN(closure_fn(cell->value), cell->value);
    if (cell->value == SX_NONE) CALL_INSTEAD(sx_error2(p, SX_A(unbound), cell->name), true);
    CALL_INSTEAD(sx_vm_bad_call(p, cell->value, fp + A + 1, (int)B), true);
}
OPCODE(TCALLE)
{
    const SxExport *e = (const SxExport *)(uintptr_t)pc[1];
    if (SX_LIKELY(e->fn != NULL)) TCALL_FN(e->fn, SX_NIL);
    CALL_INSTEAD(sx_vm_undefined(p, e->module, e->name, fp + A + 1, (int)B), true);
}
OPCODE(TCALLM)
{
    p->rt->sched.mark_is_tail = true;
    GOTO_SHARED(call_named);
}
OPCODE(PRIM)
{
    unsigned n = C;
    SAVE(MAX2(A, B + n));
    const SxPrim *prim = p->rt->code.prims[pc[1]];
    sx_val v = prim->fn(p, fp + B, (int)n);
    LOAD_HP();
    reds = p->reductions;
    if (SX_UNLIKELY((v & 7) == SX_TAG_MARK)) {
        if (v == SX_THROWN) sx_vm_blame_native(p, sx_code_prim_fn(&p->rt->code, (uint32_t)pc[1]), fp + B, (int)n);
        LOAD_HP();
        p->rt->sched.mark = v;
        p->rt->sched.mark_is_tail = false;
        GOTO_SHARED(mark);
    }
    p->prim_state = SX_NONE;
    RA = v;
    pc += 2;
    SAFE_POINT(A + 1);
    DISPATCH();
}
OPCODE(RETURN)
{
    sx_val v = RA;
    const uint64_t *back = to_code(fp[-1]);
    w = *back;
    fp -= A + 1;
    fp[A] = v;
    pc = back;
    NEXT(2);
}

/* ---- exceptions ---- */

OPCODE(RAISE)
{
    p->exc_class = RA;
    p->exc_reason = RB;
    p->exc_trace = RC;
    THROW(MAX2(A, MAX2(B, C)) + 1);
}
OPCODE(ERROR)
{
    SAVE(B + 1);
    sx_vm_raise_op(p, A, RB);
    GOTO_SHARED(throw);
}
OPCODE(FNCLAUSE)
{
    SAVE(A);
    sx_vm_function_clause(p, fp, (int)A);
    GOTO_SHARED(throw);
}

/* ---- receive ---- */

OPCODE(RECV_PEEK)
{
    SxFrag *m = *p->save;
    if (m == NULL) JUMP_BY(pc[1]);
    if (p->save == &p->first) { /* the first one mostly matches: a small one is copied at once, and can go when it is taken */
        SAVE_HP();
        sx_val v = sx_frag_peek(&p->heap, m);
        LOAD_HP();
        if (v != SX_NONE) {
            RA = v;
            NEXT(2);
        }
    }
    p->peeking = true;
    RA = m->value;
    NEXT(2);
}
#define SKIPS_A_REDUCTION 16 /* messages passed over by one reduction */
OPCODE(RECV_SKIP)
{
    const sx_val header = SX_HEADER(SX_KIND_TUPLE, pc[1]), key = pc[2];
    SxFrag **at = p->save, *m;
    for (unsigned n = 1; (m = *at) != NULL; at = &m->next) {
        if (sx_is_boxed(m->value) && sx_ptr(m->value)[0] == header && sx_ptr(m->value)[1] == key) break;
        if (n++ % SKIPS_A_REDUCTION == 0 && SX_UNLIKELY(--reds < 0)) { /* a long queue: goes on from here when it runs again */
            p->save = at;
            SAVE(A);
            return SX_RUN_YIELD;
        }
    }
    p->save = at;
    NEXT(3);
}
OPCODE(RECV_NEXT)
{
    p->peeking = false;
    if (SX_UNLIKELY(--reds < 0)) { /* a long queue: goes on from here when it runs again */
        SAVE(A);
        return SX_RUN_YIELD;
    }
    p->save = &(*p->save)->next;
    NEXT(1);
}
OPCODE(RECV_TAKE)
{
    SxFrag *m = sx_mailbox_unlink(p);
    if (p->peeking) sx_heap_link(&p->heap, m);
    else sx_frag_free(m); /* it was copied when it was looked at, or by a collection since */
    p->peeking = false;
    p->deadline_set = false;
    p->timed_out = false;
    NEXT(1);
}
OPCODE(RECV_TIMER)
{
    sx_val t = RA;
    p->timed_out = false;
    if (sx_is_small(t) && (uint64_t)sx_small_value(t) <= UINT32_MAX) {
        p->deadline = p->rt->sched.now + sx_small_value(t) * 1000000;
        p->deadline_set = true;
    } else if (t == SX_A(infinity)) {
        p->deadline_set = false;
    } else {
        SAVE(A + 1);
        sx_error(p, SX_A(timeout_value));
        GOTO_SHARED(throw);
    }
    NEXT(1);
}
OPCODE(RECV_WAIT)
{
    if (p->timed_out) {
        p->timed_out = false;
        p->deadline_set = false;
        p->save = &p->first;
        NEXT(2);
    }
    pc += (int64_t)pc[1];
    /* what is live here is what is live at the loop's start, which writes above it: the operand of its RECV_PEEK says */
    SAVE(SX_INSTR_A(*pc));
    p->wait_kind = SX_WAIT_RECEIVE;
    return SX_RUN_PARK;
}
OPCODE(RECV_MARK)
{
    sx_val r = RA;
    if (p->mark_ref != 0 && sx_is_ref(r) && sx_ref_serial(r) == p->mark_ref) p->save = p->mark_save;
    NEXT(1);
}

OPCODE(START)
{
    SAVE(3);
    p->rt->sched.mark = sx_vm_first_call(p, fp[0], fp[1], fp[2]);
    p->rt->sched.mark_is_tail = true;
    LOAD_HP();
    GOTO_SHARED(mark);
}
OPCODE(END)
{
    p->exc_class = SX_NONE;
    SAVE(1);
    return SX_RUN_EXIT;
}

#ifdef SX_DISPATCH_LABELS
}
#endif

SxRun sx_vm_run(SxProc *p)
{
    p->wait_kind = SX_WAIT_NONE;
    if (SX_UNLIKELY(p->interrupted)) { /* exc_* are set: raise them where it stopped */
        p->deadline_set = p->timed_out = false;
        p->save = &p->first;
        p->peeking = false;
        bool caught = sx_vm_unwind(p);
        p->interrupted = SX_INTERRUPT_NONE;
        if (!caught) return SX_RUN_EXIT;
    }
#ifdef SX_DISPATCH_LABELS
    return run(p, p->pc, p->fp, p->heap.hp, p->reductions, 0);
#else
    return op_table[*p->pc & 0xffff](p, p->pc, p->fp, p->heap.hp, p->reductions, *p->pc);
#endif
}
