/* erl_shelf.c - what outlives the processes that put it there: persistent_term, and the arrays of atomics and counters.
 * Terms that are put go to the shared range, so that `get` copies nothing; replacing one leaves the old one there, which the
 * range's limit bounds. Arrays are the one mutable thing that a program holds: numbers outside of all heaps, known by a
 * reference. Nobody can tell when the last reference to one is gone, so an array stays to the end, and MOST_BYTES bounds
 * what they take together.
 * INVARIANT: an array's words are changed by atomic operations only; its size never changes. */
#include "prim/args.h"

/* ---- persistent terms ---- */

typedef struct Terms {
    SxStore store;
    struct TermSlot { sx_val key, value; uint64_t hash; } *slots; /* open addressing; key SX_NONE: free. Keys and values are shared or immediate */
    size_t n, cap;
} Terms;

static void terms_free(__attribute__((unused)) SxRuntime *rt, SxStore *s)
{
    Terms *t = SX_CONTAINER(s, Terms, store);
    sx_free(t->slots);
    sx_free(t);
}

static Terms *terms_of(SxProc *p)
{
    SxStore **s = &p->rt->stores[SX_STORE_TERMS];
    if (*s == NULL) {
        Terms *t = sx_alloc_zero(sizeof *t);
        t->store.free = terms_free;
        *s = &t->store;
    }
    return SX_CONTAINER(*s, Terms, store);
}

static struct TermSlot *term_slot(const Terms *t, sx_val key, uint64_t hash)
{
    size_t i = hash & (t->cap - 1);
    while (t->slots[i].key != SX_NONE && !(t->slots[i].hash == hash && sx_equal(t->slots[i].key, key))) i = (i + 1) & (t->cap - 1);
    return &t->slots[i];
}

static sx_val term_get(SxProc *p, sx_val key)
{
    const Terms *t = terms_of(p);
    if (t->n == 0) return SX_NONE;
    const struct TermSlot *slot = term_slot(t, key, sx_term_hash(key));
    return slot->key == SX_NONE ? SX_NONE : slot->value;
}

static void terms_grow(Terms *t)
{
    struct TermSlot *old = t->slots;
    size_t old_cap = t->cap;
    t->cap = old_cap ? 2 * old_cap : 64;
    t->slots = sx_alloc(t->cap * sizeof *t->slots);
    for (size_t i = 0; i < t->cap; i++) t->slots[i].key = SX_NONE;
    for (size_t i = 0; i < old_cap; i++)
        if (old[i].key != SX_NONE) *term_slot(t, old[i].key, old[i].hash) = old[i];
    sx_free(old);
}

SX_PRIM(term_put2, "(persistent_term:put key value)", "Keep `value` under `key` for all processes; getting it copies nothing. For what changes rarely.")
{
    Terms *t = terms_of(p);
    SxCode *c = &p->rt->code;
    if (2 * t->n >= t->cap) terms_grow(t);
    uint64_t hash = sx_term_hash(argv[0]);
    struct TermSlot *slot = term_slot(t, argv[0], hash);
    if (slot->key != SX_NONE && sx_equal(slot->value, argv[1])) return SX_A(ok);
    sx_val value = sx_shared_copy(&c->shared, argv[1]), key = slot->key;
    if (key == SX_NONE) key = sx_shared_copy(&c->shared, argv[0]);
    if (key == SX_NONE || value == SX_NONE) return sx_error(p, SX_A(system_limit));
    sx_code_keep(c);
    if (slot->key == SX_NONE) t->n++;
    slot->key = key;
    slot->value = value;
    slot->hash = hash;
    sx_charge(p, sx_term_words(argv[1]) / 64);
    return SX_A(ok);
}
SX_PRIM(term_get1, "(persistent_term:get key)", "Value that was put under `key`; raises badarg when there is none.")
{
    sx_val v = term_get(p, argv[0]);
    return v == SX_NONE ? sx_badarg(p, "persistent_term: nothing was put under this key") : v;
}
SX_PRIM(term_get2, "(persistent_term:get key default)", "Value that was put under `key`, or `default`.")
{
    sx_val v = term_get(p, argv[0]);
    return v == SX_NONE ? argv[1] : v;
}
SX_PRIM(term_get0, "(persistent_term:get)", "All persistent terms as a list of {Key, Value}.")
{
    const Terms *t = terms_of(p);
    sx_val list = SX_EMPTY;
    for (size_t i = 0; i < t->cap; i++)
        if (t->slots[i].key != SX_NONE) list = sx_cons(&p->heap, sx_tuple(&p->heap, 2, t->slots[i].key, t->slots[i].value), list);
    sx_charge(p, t->cap / 32);
    return list;
}
SX_PRIM(term_erase1, "(persistent_term:erase key)", "Forget what was put under `key`. Answers whether there was something.")
{
    Terms *t = terms_of(p);
    if (t->n == 0) return SX_FALSE;
    struct TermSlot *slot = term_slot(t, argv[0], sx_term_hash(argv[0]));
    if (slot->key == SX_NONE) return SX_FALSE;
    slot->key = SX_NONE;
    t->n--;
    /* what stands behind may have been pushed there by this one */
    for (size_t i = (size_t)(slot - t->slots + 1) & (t->cap - 1); t->slots[i].key != SX_NONE; i = (i + 1) & (t->cap - 1)) {
        struct TermSlot moved = t->slots[i];
        t->slots[i].key = SX_NONE;
        *term_slot(t, moved.key, moved.hash) = moved;
    }
    return SX_TRUE;
}
SX_PRIM(term_info0, "(persistent_term:info)", "#{count, memory} of the persistent terms.")
{
    const Terms *t = terms_of(p);
    sx_val pairs[] = {sx_atom("count"), sx_int(&p->heap, (int64_t)t->n), SX_A(memory), sx_int(&p->heap, (int64_t)(t->cap * sizeof *t->slots))};
    return sx_map_from_pairs(&p->heap, pairs, 2);
}

/* ---- arrays ---- */

#define MOST_BYTES ((size_t)1 << 30) /* of all arrays together */

typedef struct Array {
    size_t n;
    bool is_signed, is_counters;
    atomic_uint_least64_t at[];
} Array;

typedef struct Arrays {
    SxStore store;
    SxIdMap by_serial; /* of the reference: an Array's address */
    size_t n_bytes;
} Arrays;

static void arrays_free(__attribute__((unused)) SxRuntime *rt, SxStore *s)
{
    Arrays *a = SX_CONTAINER(s, Arrays, store);
    for (uint32_t i = 0; i < a->by_serial.cap; i++)
        if (a->by_serial.slots[i].key != 0) sx_free((void *)(uintptr_t)a->by_serial.slots[i].value);
    sx_idmap_deinit(&a->by_serial);
    sx_free(a);
}

static Arrays *arrays_of(SxProc *p)
{
    SxStore **s = &p->rt->stores[SX_STORE_ATOMICS];
    if (*s == NULL) {
        Arrays *a = sx_alloc_zero(sizeof *a);
        a->store.free = arrays_free;
        *s = &a->store;
    }
    return SX_CONTAINER(*s, Arrays, store);
}

static sx_val array_new(SxProc *p, sx_val size, bool is_signed, bool is_counters, const char *name)
{
    Arrays *all = arrays_of(p);
    if (!sx_is_small(size) || sx_small_value(size) < 1) return sx_badarg(p, "%s:new: the size must be a positive integer", name);
    size_t n = (size_t)sx_small_value(size);
    if (n > MOST_BYTES / 8 || n * 8 > MOST_BYTES - all->n_bytes) return sx_error(p, SX_A(system_limit));
    Array *a = sx_alloc_zero(sizeof *a + n * sizeof *a->at);
    a->n = n;
    a->is_signed = is_signed;
    a->is_counters = is_counters;
    all->n_bytes += n * 8;
    uint64_t serial = sx_next_serial(sx_sched(p));
    sx_idmap_put(&all->by_serial, serial, (uint64_t)(uintptr_t)a);
    sx_charge(p, n / 256);
    return sx_ref_new(&p->heap, serial, p->pid);
}

static Array *array_of(SxProc *p, sx_val ref, bool is_counters)
{
    uint64_t address;
    if (!sx_is_ref(ref) || !sx_idmap_get(&arrays_of(p)->by_serial, sx_ref_serial(ref), &address)) return NULL;
    Array *a = (Array *)(uintptr_t)address;
    return a->is_counters == is_counters ? a : NULL;
}

/* The word that reference and index name; NULL: badarg was raised. */
static atomic_uint_least64_t *word_of(SxProc *p, const sx_val *argv, bool is_counters, Array **array)
{
    Array *a = array_of(p, argv[0], is_counters);
    if (a != NULL && sx_is_small(argv[1]) && sx_small_value(argv[1]) >= 1 && (uint64_t)sx_small_value(argv[1]) <= a->n) {
        *array = a;
        return &a->at[sx_small_value(argv[1]) - 1];
    }
    sx_badarg(p, a == NULL ? "the reference is that of no such array" : "the index must be 1 to the array's size");
    return NULL;
}

/* An integer of 64 bits: in the array's range, or for a difference in either. */
static bool value_of(sx_val v, bool is_signed, bool difference, uint64_t *out)
{
    int64_t i;
    if ((is_signed || difference) && sx_num_to_int64(v, &i)) {
        *out = (uint64_t)i;
        return true;
    }
    return (!is_signed || difference) && sx_num_to_uint64(v, out);
}
static sx_val word_value(SxProc *p, const Array *a, uint64_t v) { return a->is_signed ? sx_int(&p->heap, (int64_t)v) : sx_uint(&p->heap, v); }

enum { PUT, ADD, SUB, ADD_GET, SUB_GET, EXCHANGE };
static sx_val change(SxProc *p, const sx_val *argv, bool is_counters, int how)
{
    Array *a = NULL;
    uint64_t v, old;
    atomic_uint_least64_t *at = word_of(p, argv, is_counters, &a);
    if (at == NULL) return SX_THROWN;
    if (!value_of(argv[2], a->is_signed, how != PUT && how != EXCHANGE, &v)) return sx_badarg(p, "the value must be an integer of 64 bits");
    switch (how) {
    case PUT: atomic_store(at, v); return SX_A(ok);
    case EXCHANGE: return word_value(p, a, atomic_exchange(at, v));
    case ADD:
    case ADD_GET:
        old = atomic_fetch_add(at, v);
        return how == ADD ? SX_A(ok) : word_value(p, a, old + v);
    default:
        old = atomic_fetch_sub(at, v);
        return how == SUB ? SX_A(ok) : word_value(p, a, old - v);
    }
}
static sx_val word_get(SxProc *p, const sx_val *argv, bool is_counters)
{
    Array *a = NULL;
    atomic_uint_least64_t *at = word_of(p, argv, is_counters, &a);
    return at == NULL ? SX_THROWN : word_value(p, a, atomic_load(at));
}
static sx_val array_info(SxProc *p, sx_val ref, bool is_counters)
{
    SxHeap *h = &p->heap;
    const Array *a = array_of(p, ref, is_counters);
    if (a == NULL) return sx_badarg(p, "info: the reference is that of no such array");
    sx_val pairs[] = {SX_A(size), sx_int(h, (int64_t)a->n), SX_A(memory), sx_int(h, (int64_t)(sizeof *a + a->n * 8)),
                      SX_A(max), a->is_signed ? sx_int(h, INT64_MAX) : sx_uint(h, UINT64_MAX), SX_A(min), a->is_signed ? sx_int(h, INT64_MIN) : sx_small(0)};
    return sx_map_from_pairs(h, pairs, is_counters ? 2 : 4);
}

SX_PRIM(atomics_new2, "(atomics:new size options)", "A reference to an array of `size` integers of 64 bits, all 0. Option {signed, Bool}, true unless given. Arrays are never freed.")
{
    bool is_signed = true;
    for (sx_val l = argv[1]; l != SX_EMPTY; l = sx_tail(l)) {
        sx_val o = sx_is_cons(l) ? sx_head(l) : SX_NIL;
        bool ok = sx_is_tuple(o) && sx_tuple_size(o) == 2 && sx_tuple_elements(o)[0] == sx_atom("signed") && (sx_tuple_elements(o)[1] == SX_TRUE || sx_tuple_elements(o)[1] == SX_FALSE);
        if (!ok) return sx_badarg(p, "atomics:new: the only option is {signed, true | false}");
        is_signed = sx_tuple_elements(o)[1] == SX_TRUE;
    }
    return array_new(p, argv[0], is_signed, false, "atomics");
}
SX_PRIM(atomics_put3, "(atomics:put ref i value)", "Set element `i` (from 1).") { return change(p, argv, false, PUT); }
SX_PRIM(atomics_get2, "(atomics:get ref i)", "Element `i`.") { return word_get(p, argv, false); }
SX_PRIM(atomics_add3, "(atomics:add ref i n)", "Add `n` to element `i`; wraps around.") { return change(p, argv, false, ADD); }
SX_PRIM(atomics_add_get3, "(atomics:add_get ref i n)", "Add `n` to element `i`. Answers the new value.") { return change(p, argv, false, ADD_GET); }
SX_PRIM(atomics_sub3, "(atomics:sub ref i n)", "Subtract `n` from element `i`; wraps around.") { return change(p, argv, false, SUB); }
SX_PRIM(atomics_sub_get3, "(atomics:sub_get ref i n)", "Subtract `n` from element `i`. Answers the new value.") { return change(p, argv, false, SUB_GET); }
SX_PRIM(atomics_exchange3, "(atomics:exchange ref i value)", "Set element `i`. Answers the old value.") { return change(p, argv, false, EXCHANGE); }
SX_PRIM(atomics_compare_exchange4, "(atomics:compare_exchange ref i expected value)", "Set element `i` when it is `expected`: answers ok, or what it is instead.")
{
    Array *a = NULL;
    uint64_t expected, v;
    atomic_uint_least64_t *at = word_of(p, argv, false, &a);
    if (at == NULL) return SX_THROWN;
    if (!value_of(argv[2], a->is_signed, false, &expected) || !value_of(argv[3], a->is_signed, false, &v)) return sx_badarg(p, "compare_exchange: takes two integers of 64 bits");
    return atomic_compare_exchange_strong(at, &expected, v) ? SX_A(ok) : word_value(p, a, expected);
}
SX_PRIM(atomics_info1, "(atomics:info ref)", "#{size, max, min, memory} of an array.") { return array_info(p, argv[0], false); }

SX_PRIM(counters_new2, "(counters:new size options)", "A reference to an array of `size` counters of 64 bits, all 0. Options: atomics, write_concurrency. Arrays are never freed.")
{
    for (sx_val l = argv[1]; l != SX_EMPTY; l = sx_tail(l))
        if (!sx_is_cons(l) || (sx_head(l) != sx_atom("atomics") && sx_head(l) != sx_atom("write_concurrency"))) return sx_badarg(p, "counters:new: options are atomics and write_concurrency");
    return array_new(p, argv[0], true, true, "counters");
}
SX_PRIM(counters_put3, "(counters:put ref i value)", "Set counter `i` (from 1).") { return change(p, argv, true, PUT); }
SX_PRIM(counters_get2, "(counters:get ref i)", "Counter `i`.") { return word_get(p, argv, true); }
SX_PRIM(counters_add3, "(counters:add ref i n)", "Add `n` to counter `i`; wraps around.") { return change(p, argv, true, ADD); }
SX_PRIM(counters_sub3, "(counters:sub ref i n)", "Subtract `n` from counter `i`; wraps around.") { return change(p, argv, true, SUB); }
SX_PRIM(counters_info1, "(counters:info ref)", "#{size, memory} of an array.") { return array_info(p, argv[0], true); }

SX_PRIM_TABLE(erl_shelf){
    &term_put2_prim, &term_get1_prim, &term_get2_prim, &term_get0_prim, &term_erase1_prim, &term_info0_prim, &atomics_new2_prim, &atomics_put3_prim,
    &atomics_get2_prim, &atomics_add3_prim, &atomics_add_get3_prim, &atomics_sub3_prim, &atomics_sub_get3_prim, &atomics_exchange3_prim,
    &atomics_compare_exchange4_prim, &atomics_info1_prim, &counters_new2_prim, &counters_put3_prim, &counters_get2_prim, &counters_add3_prim,
    &counters_sub3_prim, &counters_info1_prim, NULL};
