/* support.c - what instructions do when it takes more than a few machine instructions: odd calls, arithmetic off the fast path,
 * sizes, segments. Each is entered with p->heap.hp current. */
#include "value/bits.h"
#include "value/compare.h"
#include "value/map.h"
#include "value/num.h"
#include "vm/vm_internal.h"

#ifdef SX_GC_STRESS
#define STRESS_SMALL_WORDS 4096
#define STRESS_WORDS_A_POINT 16 /* what a large heap may cost at a safe point: the larger it is, the rarer its collections */
bool sx_vm_stress(SxProc *p)
{
    size_t words = sx_heap_words(&p->heap);
    return words < STRESS_SMALL_WORDS || ++p->rt->sched.collections % (words / STRESS_WORDS_A_POINT) == 0;
}
#endif

/* ---- calls ---- */

bool sx_vm_fit_args(SxProc *p, const SxFn *fn, sx_val self, sx_val *args, int argc)
{
    if (argc < fn->min_args || (argc > fn->max_args && !(fn->flags & SX_FN_REST))) {
        sx_vm_bad_call(p, self != SX_NIL ? self : sx_fn_closure(&p->rt->code, (SxFn *)(uintptr_t)fn), args, argc);
        return false;
    }
    if (fn->flags & SX_FN_REST) {
        int extra = argc > fn->max_args ? argc - fn->max_args : 0;
        args[fn->max_args] = sx_list_from(&p->heap, args + fn->max_args, (size_t)extra, SX_EMPTY);
    }
    for (int i = argc; i < fn->max_args; i++) args[i] = SX_NONE;
    if (fn->n_free > 0) args[sx_fn_registers(fn)] = self;
    return true;
}

sx_val sx_vm_native(SxProc *p, const SxFn *fn, sx_val *argv, int argc)
{
    sx_val padded[SX_PRIM_MAX_PARAMS];
    if (argc < fn->min_args || (argc > fn->max_args && !(fn->flags & SX_FN_REST))) return sx_vm_bad_call(p, fn->closure, argv, argc);
    const sx_val *args = argv;
    int n = argc;
    if (argc < fn->max_args) {
        SX_CHECK(fn->max_args <= SX_PRIM_MAX_PARAMS);
        memcpy(padded, argv, (size_t)argc * sizeof *argv);
        for (n = argc; n < fn->max_args; n++) padded[n] = SX_NONE;
        args = padded;
    }
    p->reductions--;
    sx_val v = p->rt->code.prims[fn->prim]->fn(p, args, n);
    if (v == SX_THROWN) sx_vm_blame_native(p, fn, argv, argc);
    return v;
}

void sx_vm_start(SxProc *p, sx_val fn, sx_val args, sx_val name)
{
    sx_val *stack = p->heap.stack;
    stack[0] = (sx_val)(uintptr_t)sx_vm_end_code;
    stack[1] = fn;
    stack[2] = args;
    stack[3] = name;
    p->fp = stack + 1;
    p->live = 3;
    p->pc = SX_VM_START_CODE;
}

sx_val sx_vm_first_call(SxProc *p, sx_val fn, sx_val args, sx_val name)
{
    sx_val argv[SX_MAX_ARGS];
    int n = 0;
    for (; sx_is_cons(args); args = sx_tail(args)) {
        if (n == SX_MAX_ARGS) return sx_error(p, SX_A(system_limit));
        argv[n++] = sx_head(args);
    }
    return name == SX_NONE ? sx_tail_call(p, fn, argv, n) : sx_vm_call_named(p, fn, name, argv, n);
}

sx_val sx_vm_call_named(SxProc *p, sx_val module, sx_val name, const sx_val *args, int n)
{
    SxExport *e = sx_export_find(&p->rt->code, module, name, (unsigned)n);
    if (e == NULL || e->fn == NULL) return sx_vm_undefined(p, module, name, args, n);
    return sx_tail_call(p, sx_export_closure(&p->rt->code, e), args, n);
}

/* ---- comparison, length ---- */

/* SX_NONE: no proper list; SX_APART: it has `most` cells or more (0: as many as it likes). */
static sx_val length(sx_val v, int64_t most)
{
    int64_t n = 0;
    for (; sx_is_cons(v); v = sx_tail(v))
        if (++n == most) return SX_APART;
    return v == SX_EMPTY ? sx_small(n) : SX_NONE;
}

static sx_val long_length(SxProc *p, const sx_val *args, int n)
{
    (void)p, (void)n;
    return length(args[0], 0);
}

sx_val sx_vm_length(SxProc *p, sx_val v)
{
    if (SX_UNLIKELY(sx_worked(p))) return sx_work(p, long_length, &v, 1);
    sx_val n = length(v, SX_AT_ONCE_ELEMENTS);
    if (SX_UNLIKELY(n == SX_APART)) return sx_work(p, long_length, &v, 1);
    if (n != SX_NONE) sx_charge(p, (size_t)sx_small_value(n) / 64);
    return n;
}

#define PAIRS_PER_REDUCTION 32

static sx_val relate(SxProc *p, const sx_val *args, int n)
{
    (void)p, (void)n;
    return sx_vm_relate_at_once(args[0], args[1], (SxRelation)sx_small_value(args[2]));
}

sx_val sx_vm_relate(SxProc *p, sx_val a, sx_val b, SxRelation relation)
{
    if (SX_LIKELY(!sx_worked(p))) {
        size_t left = SX_AT_ONCE_ELEMENTS;
        int order = sx_relate(a, b, relation, &left);
        sx_charge(p, (SX_AT_ONCE_ELEMENTS - left) / PAIRS_PER_REDUCTION);
        if (SX_LIKELY(order != SX_NOT_YET)) return sx_small(order);
    }
    sx_val args[] = {a, b, sx_small(relation)};
    return sx_work(p, relate, args, 3);
}

/* ---- arithmetic ---- */

/* Which operand of a sum is no number. */
static sx_val explain_operands(SxProc *p, const char *name, sx_val a, sx_val b)
{
    bool left = !sx_is_number(a);
    return sx_vm_explained(p, left ? a : b, "argument %d of `%s` must be a number, got ", left ? 1 : 2, name);
}

#ifdef SX_DEBUG
#define FEW_LIMBS 4 /* so that the tests of the debug flavours go both ways */
#define LONG_NUMBER_BYTES 64
#define LONG_FACTOR_BYTES 600
#define LONG_PRODUCT 256
#else
#define FEW_LIMBS 4096             /* of both operands: no operation on them takes long, a shift excepted */
#define LONG_NUMBER_BYTES 262144   /* a number that takes long to add to */
#define LONG_FACTOR_BYTES 131072   /* to multiply or divide by anything */
#define LONG_PRODUCT ((size_t)1 << 26) /* of the bytes of two numbers that take long to multiply */
#endif

SX_INLINE sx_val arith(SxHeap *h, unsigned op, sx_val a, sx_val b)
{
    switch (op) {
    case SX_OP_ADD: case SX_OP_ADDI: return sx_num_add(h, a, b);
    case SX_OP_SUB: return sx_num_sub(h, a, b);
    case SX_OP_MUL: return sx_num_mul(h, a, b);
    case SX_OP_FDIV: return sx_num_fdiv(h, a, b);
    case SX_OP_IDIV: return sx_num_div(h, a, b);
    case SX_OP_REM: return sx_num_rem(h, a, b);
    case SX_OP_BAND: return sx_num_band(h, a, b);
    case SX_OP_BOR: return sx_num_bor(h, a, b);
    case SX_OP_BXOR: return sx_num_bxor(h, a, b);
    case SX_OP_BSL: return sx_num_bsl(h, a, b);
    case SX_OP_BSR: return sx_num_bsr(h, a, b);
    case SX_OP_NEG: return sx_num_neg(h, a);
    default: return sx_num_bnot(h, a);
    }
}

static const char *operator_name(unsigned op)
{
    static const char *const names[] = {[SX_OP_ADD] = "+", [SX_OP_ADDI] = "+", [SX_OP_SUB] = "-", [SX_OP_MUL] = "*", [SX_OP_FDIV] = "/", [SX_OP_IDIV] = "div",
        [SX_OP_REM] = "rem", [SX_OP_BAND] = "band", [SX_OP_BOR] = "bor", [SX_OP_BXOR] = "bxor", [SX_OP_BSL] = "bsl", [SX_OP_BSR] = "bsr",
        [SX_OP_NEG] = "-", [SX_OP_BNOT] = "bnot"};
    return names[op];
}

static sx_val long_arith(SxProc *p, const sx_val *args, int n)
{
    (void)n;
    return arith(&p->heap, (unsigned)sx_small_value(args[0]), args[1], args[2]);
}

/* Limbs of a number: more than it has where it is none. */
SX_INLINE size_t limbs(sx_val v) { return sx_is_boxed(v) ? sx_header_size(sx_header_of(v)) : 0; }

/* Does it take long on such operands? */
static SX_NOINLINE bool is_long_arith(unsigned op, sx_val a, sx_val b)
{
    size_t longer, shorter;
    if (op == SX_OP_BSL) return sx_is_small(b) && sx_small_value(b) > 8 * LONG_NUMBER_BYTES;
    if (!sx_is_big(a)) {
        if (!sx_is_big(b)) return false;
        sx_val other = a;
        a = b;
        b = other;
    }
    longer = sx_num_bytes(a);
    shorter = sx_is_big(b) ? sx_num_bytes(b) : sizeof(sx_val);
    if (op == SX_OP_MUL || op == SX_OP_IDIV || op == SX_OP_REM) return longer > LONG_FACTOR_BYTES || longer * shorter > LONG_PRODUCT;
    return longer > LONG_NUMBER_BYTES;
}

sx_val sx_vm_arith(SxProc *p, unsigned op, sx_val a, sx_val b)
{
    sx_val r;
    if (SX_UNLIKELY(sx_worked(p)) || (SX_UNLIKELY(limbs(a) + limbs(b) > FEW_LIMBS || op == SX_OP_BSL) && is_long_arith(op, a, b))) {
        r = sx_work(p, long_arith, (sx_val[]){sx_small(op), a, b}, 3);
        if (r == SX_APART) return r;
    } else {
        r = arith(&p->heap, op, a, b);
    }
    if (SX_LIKELY(r != SX_NONE && r != SX_TOO_BIG)) {
        if (sx_is_boxed(r)) sx_charge(p, sx_header_size(sx_header_of(r)) / 8);
        return r;
    }
    const char *name = operator_name(op);
    sx_val reason = r == SX_NONE ? SX_A(badarith) : SX_A(system_limit);
    /* as on OTP, sums and differences blame the function they stand in, other operators themselves */
    if (op == SX_OP_ADD || op == SX_OP_ADDI || op == SX_OP_SUB) {
        sx_throw(p, SX_A(error), reason);
        if (reason != SX_A(badarith)) return SX_THROWN;
        /* the constant may have stood on either side */
        return op == SX_OP_ADDI ? sx_vm_explained(p, a, "an argument of `+` must be a number, got ") : explain_operands(p, name, a, b);
    }
    return sx_vm_bif_error(p, reason, name, b == SX_NONE ? 1 : 2, a, b);
}

sx_val sx_vm_size(SxProc *p, sx_val v, unsigned what)
{
    switch (what) {
    case SX_SIZE_MAP:
        if (sx_is_map(v)) return sx_small((int64_t)sx_map_size(v));
        return sx_error2(p, SX_A(badmap), v);
    case SX_SIZE_BYTES:
        if (sx_is_bits(v)) return sx_small((int64_t)((sx_bits_size(v) + 7) / 8));
        return sx_vm_bif_error(p, SX_A(badarg), "byte_size", 1, v, SX_NONE);
    case SX_SIZE_LENGTH: {
        sx_val n = sx_vm_length(p, v);
        if (n != SX_NONE) return n;
        return sx_vm_bif_error(p, SX_A(badarg), "length", 1, v, SX_NONE);
    }
    default: return sx_vm_bif_error(p, SX_A(badarg), "tuple_size", 1, v, SX_NONE);
    }
}

bool sx_vm_has_type(sx_val v, unsigned type)
{
    switch ((SxTypeTest)type) {
    case SX_TYPE_ATOM: return sx_is_atom(v);
    case SX_TYPE_INTEGER: return sx_is_integer(v);
    case SX_TYPE_FLOAT: return sx_is_float(v);
    case SX_TYPE_NUMBER: return sx_is_number(v);
    case SX_TYPE_LIST: return sx_is_list(v);
    case SX_TYPE_TUPLE: return sx_is_tuple(v);
    case SX_TYPE_MAP: return sx_is_map(v);
    case SX_TYPE_BINARY: return sx_bits_is_binary(v);
    case SX_TYPE_BITSTRING: return sx_is_bits(v);
    case SX_TYPE_FUNCTION: return sx_is_closure(v);
    case SX_TYPE_PID: return sx_is_pid(v);
    case SX_TYPE_REFERENCE: return sx_is_ref(v);
    case SX_TYPE_BOOLEAN: return v == SX_TRUE || v == SX_FALSE;
    case SX_TYPE_SYMBOL: return sx_is_symbol(v);
    }
    return false;
}

sx_val sx_vm_map_put(SxProc *p, sx_val map, const sx_val *pairs, size_t n, bool must_exist)
{
    if (!sx_is_map(map)) return sx_error2(p, SX_A(badmap), map);
    if (must_exist)
        for (size_t i = 0; i < n; i++)
            if (sx_map_get(map, pairs[2 * i]) == SX_NONE) return sx_error2(p, SX_A(badkey), pairs[2 * i]);
    for (size_t i = 0; i < n; i++) map = sx_map_put(&p->heap, map, pairs[2 * i], pairs[2 * i + 1]);
    return map;
}

/* ---- bitstrings ---- */

sx_val sx_vm_get_segment(SxProc *p, sx_val bits, sx_val *position, uint64_t spec, const sx_val *fp, bool want_value)
{
    int type = SX_SPEC_TYPE(spec);
    size_t at = (size_t)sx_small_value(*position), total = sx_bits_size(bits), n;
    if ((type & 7) >= SX_SEG_UTF8) {
        sx_val c = sx_bits_get_utf(bits, at, type, &n);
        if (c != SX_NONE) *position = sx_small((int64_t)(at + n));
        return c;
    }
    if (SX_SPEC_IS_REG(spec)) {
        sx_val size = fp[SX_SPEC_SIZE(spec)];
        if (!sx_is_small(size) || sx_small_value(size) < 0) return SX_NONE;
        if (__builtin_mul_overflow(sx_small_value(size), SX_SPEC_UNIT(spec), &n)) return SX_NONE;
    } else {
        n = SX_SPEC_SIZE(spec) * SX_SPEC_UNIT(spec);
    }
    if (n > total - at) return SX_NONE;
    sx_val v = SX_NIL;
    if ((type & 7) == SX_SEG_FLOAT) v = sx_bits_get_float(&p->heap, bits, at, n, type);
    else if (!want_value) v = SX_NIL;
    else if ((type & 7) == SX_SEG_INTEGER) v = sx_bits_get_integer(&p->heap, bits, at, n, type);
    else v = sx_bits_sub(&p->heap, bits, at, n);
    if (v != SX_NONE) *position = sx_small((int64_t)(at + n));
    return v;
}

bool sx_vm_same_bits(sx_val bits, sx_val *position, sx_val expected)
{
    SxBits have = sx_bits_of(bits), want = sx_bits_of(expected);
    size_t at = (size_t)sx_small_value(*position);
    if (want.n_bits > have.n_bits - at) return false;
    size_t from = have.bit_offset + at;
    if ((from & 7) == 0 && (want.bit_offset & 7) == 0 && (want.n_bits & 7) == 0) {
        if (memcmp(have.bytes + from / 8, want.bytes + want.bit_offset / 8, want.n_bits / 8) != 0) return false;
    } else {
        for (size_t i = 0; i < want.n_bits; i++) {
            size_t h = from + i, w = want.bit_offset + i;
            if (((have.bytes[h / 8] >> (7 - h % 8)) ^ (want.bytes[w / 8] >> (7 - w % 8))) & 1) return false;
        }
    }
    *position = sx_small((int64_t)(at + want.n_bits));
    return true;
}

/* Size in bits of one segment to build from its size register; false: not a size. */
static bool segment_size(uint64_t spec, sx_val size, size_t *n_bits)
{
    if (!SX_SPEC_IS_REG(spec)) {
        *n_bits = SX_SPEC_SIZE(spec) * SX_SPEC_UNIT(spec);
        return true;
    }
    if (!sx_is_small(size) || sx_small_value(size) < 0) return false;
    return !__builtin_mul_overflow(sx_small_value(size), SX_SPEC_UNIT(spec), n_bits) && *n_bits / 8 <= SX_BITS_MAX_BYTES;
}

/* A value that does not fit its segment, the i-th. */
static sx_val bad_segment(SxProc *p, size_t i, int type, sx_val v)
{
    static const char *const wants[8] = {[SX_SEG_INTEGER] = "an integer, and its size not negative", [SX_SEG_FLOAT] = "a number, and its size 16, 32 or 64",
                                         [SX_SEG_BITS] = "a binary of at least that size"};
    sx_throw(p, SX_A(error), SX_A(badarg));
    return sx_vm_explained(p, v, "segment %zu of the binary must be %s, got ", i + 1, wants[type & 7] != NULL ? wants[type & 7] : "a code point");
}

sx_val sx_vm_build_bits(SxProc *p, const sx_val *values, size_t n, sx_val descriptor)
{
    SxBitsOut out;
    const sx_val *specs = sx_tuple_elements(descriptor), *end = values + n;
    size_t n_specs = sx_tuple_size(descriptor), i = 0;
    sx_val head = SX_NONE;
    /* <<Acc/binary, ...>>: append to what is there, in place when it can be */
    if (n_specs > 1) {
        uint64_t spec = (uint64_t)sx_small_value(specs[0]);
        if ((SX_SPEC_TYPE(spec) & 7) == SX_SEG_BITS && (spec & SX_SPEC_ALL)) {
            if (!sx_is_bits(*values) || sx_bits_size(*values) % SX_SPEC_UNIT(spec) != 0) return bad_segment(p, 0, SX_SEG_BITS, *values);
            head = *values++;
            i = 1;
        }
    }
    sx_bits_out_init(&out);
    for (; i < n_specs; i++) {
        uint64_t spec = (uint64_t)sx_small_value(specs[i]);
        int type = SX_SPEC_TYPE(spec);
        SX_CHECK(values < end);
        sx_val v = *values++, size = SX_SPEC_IS_REG(spec) ? *values++ : SX_NONE;
        size_t n_bits = 0;
        bool ok = true;
        if (!(spec & SX_SPEC_ALL)) ok = segment_size(spec, size, &n_bits);
        if (ok) switch (type & 7) {
            case SX_SEG_INTEGER: ok = sx_bits_put_integer(&out, v, n_bits, type); break;
            case SX_SEG_FLOAT: ok = sx_bits_put_float(&out, v, n_bits, type); break;
            case SX_SEG_BITS:
                ok = sx_is_bits(v);
                if (ok && (spec & SX_SPEC_ALL)) {
                    n_bits = sx_bits_size(v);
                    ok = n_bits % SX_SPEC_UNIT(spec) == 0;
                }
                ok = ok && sx_bits_put_bits(&out, v, n_bits);
                break;
            default: ok = sx_bits_put_utf(&out, v, type); break;
            }
        if (!ok) {
            sx_bits_out_deinit(&out);
            return bad_segment(p, i, type, v);
        }
    }
    sx_charge(p, out.n_bits / 8 / 256);
    sx_val v = sx_bits_out_value(&out, &p->heap);
    if (head != SX_NONE) v = sx_bits_append(&p->heap, head, v);
    return v == SX_TOO_BIG ? sx_throw(p, SX_A(error), SX_A(system_limit)) : v;
}
