/* fuzz_compile.c - any term to the compiler: no crash, no hang; an error says something, and what compiles passes the
 * verifier (operands inside the frame, every register written before it is read and before the collector may look).
 * The bytes are a program for a little stack machine that builds the form: most of it core forms in odd shapes.
 * clang-14 -fsanitize=fuzzer,address; no seeds are needed. */
#include "code/prim.h"
#include "lang/compile.h"
#include "value/atom.h"
#include "value/bits.h"
#include "value/map.h"
#include <stdlib.h>

SX_PRIM(define, "(%define name value doc)", "-") { return argv[0]; }
SX_PRIM(module, "(%module unit name info)", "-") { return argv[1]; }
SX_PRIM(trace, "(%stacktrace raw)", "-") { return argv[0]; }
SX_PRIM(nth, "(nth xs i &opt default)", "-") { return argv[0]; }
SX_PRIM(str, "(str & parts)", "-") { return SX_NIL; }
SX_PRIM(apply3, "(erlang:apply m f args)", "-") { return SX_NIL; }
SX_GUARD_PRIM(is_record, "(erlang:is_record t tag &opt size)", "-") { return SX_TRUE; }
static const SxPrim *const prims[] = {&define_prim, &module_prim, &trace_prim, &nth_prim, &str_prim, &apply3_prim, &is_record_prim};

static const char *const symbols[] = {
    "quote", "if", "do", "let", "letrec", "fn", "fn-match", "match", "receive", "try", "bin", "%list", "%tuple", "%map", "map-put", "map-update",
    "remote", "remote-fn", "%local", "%local-fn", "define", "module", "fun", "%pin", "quasiquote", "unquote", "of", "catch", "after", "=", "&", "_",
    "x", "y", "z", "f", "g", "+", "-", "<", "not", "nth", "str", "sx/nth", "m:f", "lists:map/2", "integer?", "/", "defn", "rem", "self",
};
static const char *const atoms[] = {"when", "default", "erlang", "+", "=:=", "hd", "is_record", "element", "export", "ok", "error", "apply", "integer",
                                    "binary", "bits", "float", "utf8", "little", "signed", "unit", "true", "false", "nil", "infinity", "f", "x", "andalso"};

static SxCode code;
static sx_val *snapshot, *mark;
static SxCode empty_store;

static void init(void)
{
    sx_atoms_init(200000);
    sx_code_init(&code);
    code.shared.limit_words = (size_t)1 << 22;
    SX_CHECK(sx_code_add_prims(&code, prims, SX_COUNT(prims)));
    mark = sx_shared_mark(&code.shared);
    size_t n = (size_t)(mark - code.shared.base);
    snapshot = malloc(n * sizeof *snapshot);
    memcpy(snapshot, code.shared.base, n * sizeof *snapshot);
    empty_store = code;
}

static void reset(void)
{
    sx_val *top = code.shared.top, *committed = code.shared.committed;
    memcpy(code.shared.base, snapshot, (size_t)(mark - code.shared.base) * sizeof *snapshot);
    code = empty_store;
    code.shared.top = top;
    code.shared.committed = committed;
    sx_shared_release(&code.shared, mark);
}

#define MAX_STACK 4000
#define MOST_VERIFIED 3000 /* words of code: the verifier takes its time */
typedef struct Machine {
    SxHeap h;
    const uint8_t *bytes;
    size_t n, at;
    sx_val stack[MAX_STACK];
    size_t top;
} Machine;

static unsigned next(Machine *m) { return m->at < m->n ? m->bytes[m->at++] : 0; }

static sx_val pop(Machine *m) { return m->top ? m->stack[--m->top] : SX_NIL; }

static void push(Machine *m, sx_val v)
{
    if (m->top < MAX_STACK) m->stack[m->top++] = v;
}

/* The last n values as a list. */
static sx_val list(Machine *m, size_t n, sx_val tail)
{
    while (n-- > 0) tail = sx_cons(&m->h, pop(m), tail);
    return tail;
}

static sx_val symbol(Machine *m, unsigned i)
{
    return sx_symbol(&m->h, sx_atom(symbols[i % SX_COUNT(symbols)]), sx_atom("fuzz.sx"), (int)m->at + 1, 1);
}

static void step(Machine *m)
{
    unsigned b = next(m), k = b & 31;
    switch (b >> 5) {
    case 0: push(m, symbol(m, k)); break;
    case 1: push(m, symbol(m, 32 + k)); break;
    case 2: push(m, sx_atom(atoms[k % SX_COUNT(atoms)])); break;
    case 3: push(m, sx_small((int)k - 4)); break;
    case 4: push(m, list(m, k & 7, SX_EMPTY)); break;
    case 5: { /* a form: head and the last values */
        sx_val head = symbol(m, next(m)), rest = list(m, k & 7, SX_EMPTY);
        push(m, sx_cons(&m->h, head, rest));
        break;
    }
    case 6: { /* a known head of the first 26, the most interesting ones */
        sx_val rest = list(m, next(m) & 7, SX_EMPTY);
        push(m, sx_cons(&m->h, symbol(m, k), rest));
        break;
    }
    default:
        switch (k & 15) {
        case 0: push(m, sx_binary_text(&m->h, "text")); break;
        case 1: push(m, sx_float(&m->h, 1.5)); break;
        case 2: push(m, sx_int(&m->h, INT64_MAX)); break;
        case 3: push(m, list(m, 2, pop(m))); break; /* improper */
        case 4: push(m, sx_tuple(&m->h, 2, pop(m), pop(m))); break;
        case 5: {
            sx_val pair[2] = {pop(m), pop(m)};
            push(m, sx_map_from_pairs(&m->h, pair, 1));
            break;
        }
        case 6: { /* the same form, nested */
            unsigned n = next(m) * 10;
            sx_val v = pop(m), head = symbol(m, next(m));
            while (n-- > 0) v = sx_cons(&m->h, head, sx_cons(&m->h, v, SX_EMPTY));
            push(m, v);
            break;
        }
        case 7: { /* the same values, many times */
            sx_val v = pop(m), all = SX_EMPTY;
            if (sx_is_cons(v)) v = symbol(m, 32); /* forms that share parts grow without end when they are walked */
            for (unsigned n = next(m) * 4; n-- > 0;) all = sx_cons(&m->h, v, all);
            push(m, sx_cons(&m->h, symbol(m, next(m)), all));
            break;
        }
        case 8: { /* twice, or its head */
            sx_val v = pop(m);
            push(m, v);
            push(m, sx_is_cons(v) ? sx_head(v) : v);
            break;
        }
        case 9: push(m, SX_EMPTY); break;
        case 10: { /* swap */
            sx_val a = pop(m), c = pop(m);
            push(m, a);
            push(m, c);
            break;
        }
        default: push(m, symbol(m, 32 + (k & 3))); break;
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static Machine m;
    if (!snapshot) init();
    m.bytes = bytes;
    m.n = n;
    m.at = m.top = 0;
    sx_heap_init(&m.h, 16, 4096, (size_t)1 << 27);
    while (m.at < m.n) step(&m);
    SxCompileOptions options = {.ns = n % 2 ? SX_A(empty) : sx_atom("shop"), .transient = n % 3 == 0};
    SxCompileError error;
    bool keeps;
    while (m.top > 0) {
        uint64_t n_units = code.n_units;
        SxFn *fn = sx_compile(&code, &m.h, pop(&m), &options, &error, &keeps);
        if (!fn) SX_CHECK(error.message[0] && sx_is_atom(error.kind));
        SxBuf why = SX_BUF_INIT;
        for (uint64_t u = n_units; u < code.n_units; u++) {
            const SxUnit *unit = (const SxUnit *)(uintptr_t)code.units[u];
            if (unit->n_code > MOST_VERIFIED || sx_code_verify(&code, unit, &why)) continue;
            sx_buf_add_char(&why, '\0');
            sx_fail(why.data, 0, "the verifier refuses what the compiler made");
        }
        sx_buf_deinit(&why);
    }
    reset();
    sx_heap_deinit(&m.h);
    return 0;
}
