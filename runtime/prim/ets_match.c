/* ets_match.c - match specifications: see ets_match.h.
 * A head becomes instructions for a stack of values that wait to be looked at: each takes the top one. Guards and bodies become
 * postfix code. Functions in them are the guard natives of module erlang; one that raises makes a guard false, and gives
 * 'EXIT' in a body.
 * INVARIANT: compiling and running are iterative; `stack` and `vars` are as large as the largest clause wants, which the
 * compiler counts while it emits. Values that lie in a table's object are copied before they become part of a result. */
#include "prim/ets_match.h"
#include "prim/words.h"
#include "value/compare.h"
#include <stdio.h>

enum {
    /* heads: take the top value */
    HEAD_ANY, HEAD_BIND, HEAD_SAME, HEAD_EXACT, HEAD_TUPLE, HEAD_CONS, HEAD_MAP /* leaves the map */, HEAD_KEY /* puts its value above */, HEAD_DONE,
    /* guards and bodies: operands from the stack, result onto it */
    PUSH_CONST, PUSH_VAR, PUSH_OBJECT, MAKE_TUPLE, MAKE_LIST, MAKE_MAP, CALL, ALL_TRUE, ANY_TRUE,
    AND_ALSO /* jump with false, drop true */, OR_ELSE, CHECK /* a guard is complete */, DROP, RETURN,
    JUMPS_END /* the compiler's: the jumps of an andalso or orelse lead here */
};

typedef struct Clause {
    sx_val head, body;        /* terms: for the questions about keys */
    uint32_t head_at, code_at, body_at; /* first instructions of head, guards, body */
    uint32_t vars_at, n_vars; /* numbers of its variables, in the order in which they were met */
} Clause;

struct SxMatchSpec {
    SxProc *p;
    SxWords code;      /* pairs: instruction, operand */
    SxWords numbers;   /* of variables, clause after clause */
    SxWords todo;      /* the compiler's */
    Clause *clauses;
    uint32_t n_clauses;
    size_t depth, most_depth, most_vars;
    sx_val *stack, *vars;
    const char *why;
};

/* ---- variables ---- */

/* N of '$N'; -1 for anything else. */
static int64_t variable(sx_val v)
{
    size_t n;
    if (!sx_is_atom(v)) return -1;
    const char *text = sx_atom_text(v, &n);
    if (n < 2 || n > 12 || text[0] != '$' || (text[1] == '0' && n > 2)) return -1;
    int64_t number = 0;
    for (size_t i = 1; i < n; i++) {
        if (text[i] < '0' || text[i] > '9') return -1;
        number = 10 * number + (text[i] - '0');
    }
    return number;
}

/* Nothing in it that stands for something else, and no map, which fits more than its equals. */
static bool is_bound(sx_val v)
{
    SxWords todo;
    sx_words_init(&todo);
    bool bound = true;
    sx_words_push(&todo, v);
    while (bound && !sx_words_empty(&todo)) {
        v = sx_words_pop(&todo);
        if (sx_is_atom(v)) bound = v != SX_A(underscore) && variable(v) < 0;
        else if (sx_is_cons(v)) {
            sx_words_push(&todo, sx_tail(v));
            sx_words_push(&todo, sx_head(v));
        } else if (sx_is_tuple(v)) {
            for (size_t i = 0; i < sx_tuple_size(v); i++) sx_words_push(&todo, sx_tuple_elements(v)[i]);
        } else bound = !sx_is_map(v);
    }
    sx_words_deinit(&todo);
    return bound;
}

/* Index of variable N among the clause's; made when `add`, -1 otherwise. */
static int64_t var_index(SxMatchSpec *m, Clause *c, int64_t number, bool add)
{
    for (uint32_t i = 0; i < c->n_vars; i++)
        if ((int64_t)m->numbers.at[c->vars_at + i] == number) return i;
    if (!add) return -1;
    sx_words_push(&m->numbers, (sx_val)number);
    if (++c->n_vars > m->most_vars) m->most_vars = c->n_vars;
    return c->n_vars - 1;
}

/* ---- compiling ---- */

/* Emit an instruction, after which there are `change` more values on the stack. */
static void emit(SxMatchSpec *m, sx_val op, sx_val operand, int64_t change)
{
    sx_words_push(&m->code, op);
    sx_words_push(&m->code, operand);
    m->depth = (size_t)((int64_t)m->depth + change);
    if (m->depth > m->most_depth) m->most_depth = m->depth;
}

static bool fail(SxMatchSpec *m, const char *why)
{
    m->why = why;
    return false;
}

static bool unbound(SxMatchSpec *m, sx_val v)
{
    char *detail = m->p->rt->sched.detail; /* lasts until the next exception */
    snprintf(detail, sizeof m->p->rt->sched.detail, "Variable %s is unbound.", sx_atom_text(v, NULL));
    return fail(m, detail);
}

/* What waits to be compiled: a term, or an instruction (its number as a mark, with its operand below). */
static void later_term(SxMatchSpec *m, sx_val v) { sx_words_push(&m->todo, v); }
static void later_emit(SxMatchSpec *m, sx_val op, sx_val operand)
{
    sx_words_push(&m->todo, operand);
    sx_words_push(&m->todo, SX_MARK(64 + op));
}
static bool is_mark(sx_val v) { return (v & 7) == SX_TAG_MARK; }
static sx_val marked_op(sx_val mark) { return (mark >> 3) - 64; }

static bool compile_head(SxMatchSpec *m, Clause *c)
{
    c->head_at = (uint32_t)m->code.n;
    m->depth = 1;
    later_term(m, c->head);
    while (!sx_words_empty(&m->todo)) {
        sx_val v = sx_words_pop(&m->todo);
        if (is_mark(v)) {
            sx_val op = marked_op(v);
            emit(m, op, sx_words_pop(&m->todo), op == HEAD_KEY ? 1 : -1);
        } else if (v == SX_A(underscore)) {
            emit(m, HEAD_ANY, 0, -1);
        } else if (variable(v) >= 0) {
            int64_t i = var_index(m, c, variable(v), false);
            bool known = i >= 0;
            if (!known) i = var_index(m, c, variable(v), true);
            emit(m, known ? HEAD_SAME : HEAD_BIND, (sx_val)i, -1);
        } else if (sx_is_tuple(v)) {
            size_t n = sx_tuple_size(v);
            emit(m, HEAD_TUPLE, n, (int64_t)n - 1);
            for (size_t i = n; i-- > 0;) later_term(m, sx_tuple_elements(v)[i]);
        } else if (sx_is_cons(v)) {
            emit(m, HEAD_CONS, 0, 1);
            later_term(m, sx_tail(v));
            later_term(m, sx_head(v));
        } else if (sx_is_map(v)) {
            SxMapIter it;
            sx_val key, value;
            emit(m, HEAD_MAP, sx_map_size(v), 0);
            later_emit(m, HEAD_ANY, 0);
            sx_map_iter_init(&it, v);
            while (sx_map_iter_next(&it, &key, &value)) {
                if (!is_bound(key) && !sx_is_map(key)) return fail(m, "a key of a map in a head must be no variable");
                later_term(m, value);
                later_emit(m, HEAD_KEY, key);
            }
        } else {
            emit(m, HEAD_EXACT, v, -1);
        }
    }
    emit(m, HEAD_DONE, 0, 0);
    return true;
}

typedef struct Callable { const char *name; uint8_t min, max; } Callable;
static const Callable callables[] = {
    {"is_atom", 1, 1}, {"is_float", 1, 1}, {"is_integer", 1, 1}, {"is_list", 1, 1}, {"is_number", 1, 1}, {"is_pid", 1, 1}, {"is_port", 1, 1},
    {"is_reference", 1, 1}, {"is_tuple", 1, 1}, {"is_map", 1, 1}, {"is_map_key", 2, 2}, {"is_binary", 1, 1}, {"is_function", 1, 1}, {"is_record", 3, 3},
    {"abs", 1, 1}, {"element", 2, 2}, {"hd", 1, 1}, {"length", 1, 1}, {"map_get", 2, 2}, {"map_size", 1, 1}, {"node", 0, 1}, {"self", 0, 0},
    {"round", 1, 1}, {"size", 1, 1}, {"bit_size", 1, 1}, {"byte_size", 1, 1}, {"tl", 1, 1}, {"trunc", 1, 1}, {"float", 1, 1}, {"binary_part", 2, 3},
    {"+", 1, 2}, {"-", 1, 2}, {"*", 2, 2}, {"/", 2, 2}, {"div", 2, 2}, {"rem", 2, 2}, {"band", 2, 2}, {"bor", 2, 2}, {"bxor", 2, 2}, {"bnot", 1, 1},
    {"bsl", 2, 2}, {"bsr", 2, 2}, {">", 2, 2}, {">=", 2, 2}, {"<", 2, 2}, {"=<", 2, 2}, {"=:=", 2, 2}, {"==", 2, 2}, {"=/=", 2, 2}, {"/=", 2, 2},
    {"not", 1, 1}, {"xor", 2, 2}};

/* The native that a call of `name` with n arguments runs; NULL when a specification may not call it. */
static const SxPrim *callable(SxMatchSpec *m, sx_val name, size_t n)
{
    const char *text = sx_atom_text(name, NULL);
    for (size_t i = 0; i < SX_COUNT(callables); i++) {
        if (strcmp(callables[i].name, text) != 0) continue;
        if (n < callables[i].min || n > callables[i].max) return NULL;
        const SxExport *e = sx_export_find(&m->p->rt->code, SX_A(erlang), name, (unsigned)n);
        return e != NULL && e->fn != NULL && (e->fn->flags & SX_FN_NATIVE) ? m->p->rt->code.prims[e->fn->prim] : NULL;
    }
    return NULL;
}

/* CALL's operand is how many arguments there are; the native stands behind it, in the place of an instruction. `packed`: both
 * in one word. */
static void emit_call(SxMatchSpec *m, sx_val packed)
{
    const SxPrim *prim = (const SxPrim *)(uintptr_t)(packed >> 8 << 3);
    int64_t n = (int64_t)(packed & 255);
    emit(m, CALL, (sx_val)n, 1 - n);
    sx_words_push(&m->code, (sx_val)(uintptr_t)prim);
    sx_words_push(&m->code, 0);
}

static bool compile_tuple_term(SxMatchSpec *m, sx_val v)
{
    const sx_val *e = sx_tuple_elements(v);
    size_t n = sx_tuple_size(v);
    if (n == 0) return fail(m, "{} is no expression; an empty tuple is {{}}");
    if (sx_is_tuple(e[0])) {
        if (n != 1) return fail(m, "a tuple to be made is written {{...}}");
        size_t size = sx_tuple_size(e[0]);
        later_emit(m, MAKE_TUPLE, size);
        for (size_t i = size; i-- > 0;) later_term(m, sx_tuple_elements(e[0])[i]);
        return true;
    }
    if (!sx_is_atom(e[0])) return fail(m, "a tuple in a guard or body is a call, {const, X} or {{...}}");
    if (e[0] == sx_atom("const")) {
        if (n != 2) return fail(m, "const takes one term");
        emit(m, PUSH_CONST, e[1], 1);
        return true;
    }
    bool also = e[0] == sx_atom("andalso"), otherwise = e[0] == sx_atom("orelse");
    if (also || otherwise) {
        if (n < 2) return fail(m, "andalso and orelse take at least one expression");
        later_emit(m, JUMPS_END, 0);
        for (size_t i = n; i-- > 1;) {
            if (i + 1 < n) later_emit(m, also ? AND_ALSO : OR_ELSE, 0);
            later_term(m, e[i]);
        }
        return true;
    }
    if (e[0] == sx_atom("and") || e[0] == sx_atom("or")) {
        if (n < 2) return fail(m, "and and or take at least one expression");
        later_emit(m, e[0] == sx_atom("and") ? ALL_TRUE : ANY_TRUE, n - 1);
    } else {
        const SxPrim *prim = n - 1 <= 255 ? callable(m, e[0], n - 1) : NULL;
        if (prim == NULL) return fail(m, "a guard or body calls what is no guard function");
        later_emit(m, CALL, (sx_val)(uintptr_t)prim >> 3 << 8 | (n - 1));
    }
    for (size_t i = n; i-- > 1;) later_term(m, e[i]);
    return true;
}

/* One expression of a guard or body. Jumps of andalso and orelse are chained through their operands, from the newest back to
 * 0, until the end of their expression is known; `chains` holds the newest one of each open expression. */
static bool compile_term(SxMatchSpec *m, Clause *c, sx_val term)
{
    SxWords chains;
    size_t bottom = m->todo.n;
    bool ok = true;
    sx_words_init(&chains);
    later_term(m, term);
    while (ok && m->todo.n > bottom) {
        sx_val v = sx_words_pop(&m->todo);
        if (is_mark(v)) {
            sx_val op = marked_op(v), operand = sx_words_pop(&m->todo);
            if (op == AND_ALSO || op == OR_ELSE) {
                emit(m, op, chains.at[chains.n - 1], -1);
                chains.at[chains.n - 1] = m->code.n - 1;
            } else if (op == JUMPS_END) {
                for (sx_val at = sx_words_pop(&chains); at != 0;) {
                    sx_val before = m->code.at[at];
                    m->code.at[at] = m->code.n;
                    at = before;
                }
            } else if (op == CALL) {
                emit_call(m, operand);
            } else if (op == MAKE_MAP) {
                emit(m, op, operand, 1 - 2 * (int64_t)operand);
            } else {
                emit(m, op, operand, (op == MAKE_LIST ? 0 : 1) - (int64_t)operand);
            }
            continue;
        }
        if (v == sx_atom("$_")) {
            emit(m, PUSH_OBJECT, 0, 1);
        } else if (v == sx_atom("$$")) { /* in the order of their numbers */
            sx_val least = 0;
            for (uint32_t i = 0; i < c->n_vars; i++) {
                sx_val next = UINT64_MAX;
                uint32_t which = 0;
                for (uint32_t k = 0; k < c->n_vars; k++) {
                    sx_val number = m->numbers.at[c->vars_at + k];
                    if (number >= least && number < next) next = number, which = k;
                }
                emit(m, PUSH_VAR, which, 1);
                least = next + 1;
            }
            emit(m, PUSH_CONST, SX_EMPTY, 1);
            emit(m, MAKE_LIST, c->n_vars, -(int64_t)c->n_vars);
        } else if (variable(v) >= 0) {
            int64_t i = var_index(m, c, variable(v), false);
            if (i < 0) ok = unbound(m, v);
            else emit(m, PUSH_VAR, (sx_val)i, 1);
        } else if (sx_is_tuple(v)) {
            bool opens = sx_tuple_size(v) > 0 && (sx_tuple_elements(v)[0] == sx_atom("andalso") || sx_tuple_elements(v)[0] == sx_atom("orelse"));
            ok = compile_tuple_term(m, v);
            if (opens) sx_words_push(&chains, 0);
        } else if (sx_is_cons(v)) {
            size_t n = 0;
            sx_val l = v, at = m->todo.n;
            for (; sx_is_cons(l); l = sx_tail(l)) n++;
            later_emit(m, MAKE_LIST, n);
            sx_words_reserve(&m->todo, n + 1);
            m->todo.n += n + 1;
            m->todo.at[at + 2] = l;
            size_t i = m->todo.n;
            for (l = v; sx_is_cons(l); l = sx_tail(l)) m->todo.at[--i] = sx_head(l);
        } else if (sx_is_map(v)) {
            SxMapIter it;
            sx_val key, value;
            later_emit(m, MAKE_MAP, sx_map_size(v));
            sx_map_iter_init(&it, v);
            while (sx_map_iter_next(&it, &key, &value)) {
                later_term(m, value);
                later_term(m, key);
            }
        } else {
            emit(m, PUSH_CONST, v, 1);
        }
    }
    sx_words_deinit(&chains);
    return ok;
}

static bool compile_clause(SxMatchSpec *m, Clause *c, sx_val v)
{
    if (!sx_is_tuple(v) || sx_tuple_size(v) != 3) return fail(m, "Match program part is not a tuple of arity 3.");
    sx_val guards = sx_tuple_elements(v)[1];
    c->head = sx_tuple_elements(v)[0];
    c->body = sx_tuple_elements(v)[2];
    c->vars_at = (uint32_t)m->numbers.n;
    c->n_vars = 0;
    if (!compile_head(m, c)) return false;
    c->code_at = (uint32_t)m->code.n;
    m->depth = 0;
    for (; sx_is_cons(guards); guards = sx_tail(guards)) {
        if (!compile_term(m, c, sx_head(guards))) return false;
        emit(m, CHECK, 0, -1);
    }
    sx_val body = c->body;
    c->body_at = (uint32_t)m->code.n;
    if (guards != SX_EMPTY || !sx_is_cons(body)) return fail(m, "guards and body must be lists, the body not an empty one");
    for (; sx_is_cons(body); body = sx_tail(body)) {
        if (!compile_term(m, c, sx_head(body))) return false;
        if (sx_is_cons(sx_tail(body))) emit(m, DROP, 0, -1);
    }
    emit(m, RETURN, 0, 0);
    return body == SX_EMPTY ? true : fail(m, "the body must be a list");
}

SxMatchSpec *sx_ms_compile(SxProc *p, sx_val spec, const char **why)
{
    int64_t n = 0;
    sx_val l = spec;
    for (; sx_is_cons(l); l = sx_tail(l)) n++;
    if (l != SX_EMPTY) {
        *why = "Match program is not a list.";
        return NULL;
    }
    SxMatchSpec *m = sx_alloc_zero(sizeof *m);
    m->p = p;
    m->most_depth = 1;
    sx_words_init(&m->code);
    sx_words_init(&m->numbers);
    sx_words_init(&m->todo);
    m->clauses = sx_alloc((size_t)n * sizeof *m->clauses);
    for (l = spec; sx_is_cons(l); l = sx_tail(l))
        if (!compile_clause(m, &m->clauses[m->n_clauses++], sx_head(l))) {
            *why = m->why;
            sx_ms_free(m);
            return NULL;
        }
    m->stack = sx_alloc((m->most_depth + m->most_vars + 1) * sizeof *m->stack);
    m->vars = m->stack + m->most_depth;
    sx_charge(p, m->code.n / 16);
    return m;
}

void sx_ms_free(SxMatchSpec *m)
{
    sx_words_deinit(&m->code);
    sx_words_deinit(&m->numbers);
    sx_words_deinit(&m->todo);
    sx_free(m->clauses);
    sx_free(m->stack);
    sx_free(m);
}

/* ---- running ---- */

static bool run_head(SxMatchSpec *m, const Clause *c, sx_val object)
{
    sx_val *s = m->stack;
    const sx_val *pc = m->code.at + c->head_at;
    *s++ = object;
    for (;; pc += 2) {
        sx_val arg = pc[1], v;
        switch (pc[0]) {
        case HEAD_ANY: s--; break;
        case HEAD_BIND: m->vars[arg] = *--s; break;
        case HEAD_SAME:
            if (!sx_equal(m->vars[arg], *--s)) return false;
            break;
        case HEAD_EXACT:
            v = *--s;
            if (v != arg && !sx_equal(v, arg)) return false;
            break;
        case HEAD_TUPLE:
            v = *--s;
            if (!sx_is_tuple(v) || sx_tuple_size(v) != arg) return false;
            for (size_t i = arg; i-- > 0;) *s++ = sx_tuple_elements(v)[i];
            break;
        case HEAD_CONS:
            v = *--s;
            if (!sx_is_cons(v)) return false;
            *s++ = sx_tail(v);
            *s++ = sx_head(v);
            break;
        case HEAD_MAP:
            if (!sx_is_map(s[-1]) || sx_map_size(s[-1]) < arg) return false;
            break;
        case HEAD_KEY:
            v = sx_map_get(s[-1], arg);
            if (v == SX_NONE) return false;
            *s++ = v;
            break;
        default: return true;
        }
    }
}

/* A value that may lie in the object, as one of p's own. */
static sx_val own(SxMatchSpec *m, sx_val v, const SxEtsObj *o)
{
    if (o == NULL || !sx_is_pointer(v) || (size_t)(sx_ptr(v) - o->words) >= o->n_words) return v;
    return sx_ptr(v) == o->words ? sx_ets_copy_out(m->p, o) : sx_heap_copy(&m->p->heap, v);
}
static void own_all(SxMatchSpec *m, sx_val *values, size_t n, const SxEtsObj *o)
{
    for (size_t i = 0; i < n; i++) values[i] = own(m, values[i], o);
}

/* The native's answer, or SX_NONE when it raises. */
static sx_val call(SxMatchSpec *m, const SxPrim *prim, sx_val *args, int n, const SxEtsObj *o)
{
    SxProc *p = m->p;
    if (n > 0 && sx_is_bits(args[0]) && o != NULL) own_all(m, args, (size_t)n, o); /* a part of a binary would point to it */
    sx_val padded[4] = {SX_NONE, SX_NONE, SX_NONE, SX_NONE};
    if (n > 0) memcpy(padded, args, (size_t)n * sizeof *args);
    sx_val v = prim->fn(p, padded, n);
    if (sx_tag(v) != SX_TAG_MARK) return v;
    p->exc_class = p->exc_reason = p->exc_trace = SX_NIL;
    p->blame = false;
    p->prim_state = SX_NONE;
    return SX_NONE;
}

static bool is_bool(sx_val v) { return v == SX_TRUE || v == SX_FALSE; }

/* SX_NONE: a guard does not hold. */
static sx_val run_code(SxMatchSpec *m, const Clause *c, sx_val object, const SxEtsObj *o)
{
    SxHeap *h = &m->p->heap;
    sx_val *s = m->stack, failed = sx_atom("EXIT");
    const sx_val *code = m->code.at, *pc = code + c->code_at, *body = code + c->body_at;
    for (;; pc += 2) {
        sx_val arg = pc[1], v;
        bool bad = false;
        switch (pc[0]) {
        case PUSH_CONST: *s++ = arg; break;
        case PUSH_VAR: *s++ = m->vars[arg]; break;
        case PUSH_OBJECT: *s++ = object; break;
        case MAKE_TUPLE:
            s -= arg;
            own_all(m, s, arg, o);
            v = sx_tuple_new(h, arg);
            if (arg > 0) memcpy(sx_tuple_elements(v), s, arg * sizeof *s);
            *s++ = v;
            break;
        case MAKE_LIST:
            s -= arg + 1;
            own_all(m, s, arg + 1, o);
            *s = sx_list_from(h, s, arg, s[arg]);
            s++;
            break;
        case MAKE_MAP:
            s -= 2 * arg;
            own_all(m, s, 2 * arg, o);
            *s = sx_map_from_pairs(h, s, arg);
            s++;
            break;
        case CALL:
            s -= arg;
            v = call(m, (const SxPrim *)(uintptr_t)pc[2], s, (int)arg, o);
            bad = v == SX_NONE;
            *s++ = v;
            pc += 2;
            break;
        case ALL_TRUE:
        case ANY_TRUE:
            s -= arg;
            v = sx_bool(pc[0] == ALL_TRUE);
            for (size_t i = 0; i < arg; i++) {
                if (!is_bool(s[i])) bad = true;
                else if (s[i] != sx_bool(pc[0] == ALL_TRUE)) v = s[i];
            }
            *s++ = v;
            break;
        case AND_ALSO:
        case OR_ELSE:
            bad = !is_bool(s[-1]);
            if (!bad && s[-1] == sx_bool(pc[0] == AND_ALSO)) {
                s--;
                break;
            }
            if (bad) {
                if (pc < body) return SX_NONE;
                s[-1] = failed;
            }
            pc = code + arg - 2;
            continue;
        case CHECK:
            if (*--s != SX_TRUE) return SX_NONE;
            break;
        case DROP: s--; break;
        default: return own(m, s[-1], o);
        }
        if (SX_UNLIKELY(bad)) {
            if (pc < body) return SX_NONE;
            s[-1] = failed;
        }
    }
}

sx_val sx_ms_run(SxMatchSpec *m, sx_val object, const SxEtsObj *o)
{
    for (uint32_t i = 0; i < m->n_clauses; i++) {
        const Clause *c = &m->clauses[i];
        if (!run_head(m, c, object)) continue;
        sx_val v = run_code(m, c, object, o);
        if (v != SX_NONE) return v;
    }
    return SX_NONE;
}

/* ---- what clauses say of keys ---- */

uint32_t sx_ms_clauses(const SxMatchSpec *m) { return m->n_clauses; }

SxMsKey sx_ms_key(const SxMatchSpec *m, uint32_t clause, size_t key_at, sx_val *key, size_t *n_bound)
{
    sx_val head = m->clauses[clause].head;
    if (head == SX_A(underscore) || variable(head) >= 0) return SX_MS_KEY_ANY;
    if (!sx_is_tuple(head) || sx_tuple_size(head) <= key_at) return SX_MS_KEY_NONE;
    sx_val v = sx_tuple_elements(head)[key_at];
    *key = v;
    if (is_bound(v)) return SX_MS_KEY_BOUND;
    if (!sx_is_tuple(v)) return SX_MS_KEY_ANY;
    size_t n = 0;
    while (is_bound(sx_tuple_elements(v)[n])) n++;
    *n_bound = n;
    return n > 0 ? SX_MS_KEY_PREFIX : SX_MS_KEY_ANY;
}

/* Does the expression make what the pattern fits? Both are walked side by side; '_' fits what nobody can name again. */
static bool makes(sx_val expression, sx_val pattern)
{
    SxWords todo;
    bool same = true;
    sx_words_init(&todo);
    sx_words_push(&todo, pattern);
    sx_words_push(&todo, expression);
    while (same && !sx_words_empty(&todo)) {
        sx_val e = sx_words_pop(&todo), q = sx_words_pop(&todo);
        bool is_tuple = sx_is_tuple(e);
        if (variable(q) >= 0) same = e == q;
        else if (is_tuple && sx_tuple_size(e) == 2 && sx_tuple_elements(e)[0] == sx_atom("const")) same = is_bound(q) && sx_equal(sx_tuple_elements(e)[1], q);
        else if (sx_is_tuple(q)) {
            same = is_tuple && sx_tuple_size(e) == 1 && sx_is_tuple(sx_tuple_elements(e)[0]) && sx_tuple_size(sx_tuple_elements(e)[0]) == sx_tuple_size(q);
            for (size_t i = 0; same && i < sx_tuple_size(q); i++) {
                sx_words_push(&todo, sx_tuple_elements(q)[i]);
                sx_words_push(&todo, sx_tuple_elements(sx_tuple_elements(e)[0])[i]);
            }
        } else if (sx_is_cons(q)) {
            same = sx_is_cons(e);
            if (same) {
                sx_words_push(&todo, sx_tail(q));
                sx_words_push(&todo, sx_tail(e));
                sx_words_push(&todo, sx_head(q));
                sx_words_push(&todo, sx_head(e));
            }
        } else {
            same = is_bound(q) && !is_tuple && sx_equal(e, q);
        }
    }
    sx_words_deinit(&todo);
    return same;
}

bool sx_ms_keeps_key(const SxMatchSpec *m, uint32_t clause, size_t key_at)
{
    const Clause *c = &m->clauses[clause];
    sx_val body = c->body, object = sx_atom("$_");
    while (sx_is_cons(sx_tail(body))) body = sx_tail(body);
    sx_val made = sx_head(body);
    if (made == object) return true;
    if (variable(c->head) >= 0 && made == c->head) return true;
    if (!sx_is_tuple(made) || sx_tuple_size(made) != 1 || !sx_is_tuple(sx_tuple_elements(made)[0])) return false;
    sx_val tuple = sx_tuple_elements(made)[0];
    if (sx_tuple_size(tuple) <= key_at) return false;
    sx_val key = sx_tuple_elements(tuple)[key_at];
    if (sx_is_tuple(key) && sx_tuple_size(key) == 3) {
        const sx_val *e = sx_tuple_elements(key);
        bool whole = e[2] == object || (variable(c->head) >= 0 && e[2] == c->head);
        if (e[0] == sx_atom("element") && e[1] == sx_small((int64_t)key_at + 1) && whole) return true;
    }
    if (!sx_is_tuple(c->head) || sx_tuple_size(c->head) <= key_at) return false;
    return makes(key, sx_tuple_elements(c->head)[key_at]);
}
