/* test_map.c - maps against a table of what was put: both forms and the way between them, all kinds of keys, full collisions
 * (through hashes forced by equal prefixes of large keys), sharing of what does not change, one shape per set of keys. */
#include "unit.h"
#include "value/atom.h"
#include "value/bits.h"
#include "value/compare.h"
#include "value/map.h"
#include "value/map_trie.h"
#include "value/num.h"

#define N_KEYS 400

static SxHeap heap, *h = &heap;
static uint64_t seed = 88172645463325252u;

static sx_val key_at(unsigned i)
{
    char text[120];
    switch (i % 7) {
    case 0: return sx_small((int64_t)i * 7919 - 500);
    case 1: snprintf(text, sizeof text, "k%u", i); return sx_atom(text);
    case 2: snprintf(text, sizeof text, "%u", i); return sx_binary_text(h, text);
    case 3: return sx_tuple(h, 2, sx_small(i), sx_float(h, i / 4.0));
    case 4: return sx_cons(h, sx_small(i), SX_EMPTY);
    case 5: return sx_float(h, i);
    default: return sx_num_mul(h, sx_small(SX_SMALL_MAX), sx_small((int64_t)i + 1));
    }
}

/* A list of `length` zeros before a last element: lists longer than the hash looks at all collide. */
static sx_val long_key(int length, int last)
{
    sx_val list = sx_cons(h, sx_small(last), SX_EMPTY);
    for (int i = 0; i < length; i++) list = sx_cons(h, sx_small(0), list);
    return list;
}

static int64_t expected[N_KEYS]; /* 0: absent */
static size_t n_expected;

/* Node by node: two tries are one shape. */
static bool same_shape(sx_val a, sx_val b)
{
    if (sx_map_size(a) != sx_map_size(b) || sx_map_is_flat(a) != sx_map_is_flat(b)) return false;
    SxMapIter x, y;
    sx_val k, l, v, w;
    sx_map_iter_init(&x, a);
    sx_map_iter_init(&y, b);
    while (sx_map_iter_next(&x, &k, &v)) {
        if (!sx_map_iter_next(&y, &l, &w) || x.depth != y.depth || !sx_equal(k, l) || !sx_equal(v, w)) return false;
    }
    return !sx_map_iter_next(&y, &l, &w);
}

static void check_contents(sx_val map)
{
    CHECK_EQ(sx_map_size(map), n_expected);
    CHECK(sx_map_is_flat(map) == (n_expected <= SX_MAP_MAX_FLAT));
    bool all = true;
    for (unsigned i = 0; i < N_KEYS; i++) {
        sx_val v = sx_map_get(map, key_at(i));
        if (v != (expected[i] ? sx_small(expected[i]) : SX_NONE)) all = false;
    }
    CHECK(all);
    SxMapIter it;
    sx_val key, value, before = SX_NONE, pairs[2 * N_KEYS];
    size_t n = 0;
    bool in_order = true;
    sx_map_iter_init(&it, map);
    while (sx_map_iter_next(&it, &key, &value)) {
        if (sx_map_is_flat(map) && before != SX_NONE && sx_compare_exact(before, key) >= 0) in_order = false;
        if (sx_map_get(map, key) != value) all = false;
        before = key;
        if (n < N_KEYS) pairs[2 * n] = key, pairs[2 * n + 1] = value;
        n++;
    }
    CHECK(in_order && all);
    CHECK_EQ(n, n_expected);
    CHECK(same_shape(map, sx_map_from_pairs(h, pairs, n)));
    CHECK(sx_term_hash(map) == sx_term_hash(sx_map_from_pairs(h, pairs, n)));
}

static sx_val collect(sx_val map)
{
    SxRoots roots = {&map, 1};
    sx_heap_collect(h, h->stack, &roots, 1, 0, 0, false);
    return map;
}

static void test_random_changes(void)
{
    sx_val map = sx_map_empty();
    for (int round = 0; round < 6000; round++) {
        unsigned i = (unsigned)(unit_random(&seed) % N_KEYS);
        bool growing = round / 1500 % 2 == 0;
        if (unit_random(&seed) % 4 != 0 ? growing : !growing) {
            int64_t value = (int64_t)(unit_random(&seed) % 3) + 1;
            sx_val after = sx_map_put(h, map, key_at(i), sx_small(value));
            CHECK((after == map) == (expected[i] == value));
            map = after;
            n_expected += expected[i] == 0;
            expected[i] = value;
        } else {
            sx_val after = sx_map_remove(h, map, key_at(i));
            CHECK((after == map) == (expected[i] == 0));
            map = after;
            n_expected -= expected[i] != 0;
            expected[i] = 0;
        }
        if (round % 50 == 0) {
            check_contents(map);
            map = collect(map);
        }
    }
    for (unsigned i = 0; i < N_KEYS; i++) {
        map = sx_map_remove(h, map, key_at(i));
        n_expected -= expected[i] != 0;
        expected[i] = 0;
        check_contents(map);
        map = collect(map);
    }
    CHECK(map == sx_map_empty());
}

static void test_from_pairs(void)
{
    static const size_t sizes[] = {0, 1, 2, 31, 32, 33, 34, 100, 5000};
    for (size_t s = 0; s < SX_COUNT(sizes); s++) {
        size_t n = sizes[s];
        for (size_t modulus = 1; modulus <= n; modulus = modulus * 2 + 1) {
            sx_val *pairs = sx_alloc(2 * n * sizeof *pairs + 1), one_by_one = sx_map_empty();
            for (size_t i = 0; i < n; i++) {
                pairs[2 * i] = sx_small((int64_t)((i * 7919) % modulus));
                pairs[2 * i + 1] = sx_small((int64_t)i);
                one_by_one = sx_map_put(h, one_by_one, pairs[2 * i], pairs[2 * i + 1]);
            }
            CHECK(same_shape(one_by_one, sx_map_from_pairs(h, pairs, n)));
            sx_free(pairs);
        }
    }
    CHECK(sx_map_from_pairs(h, NULL, 0) == sx_map_empty());
}

static void test_merge(void)
{
    static const int sizes[] = {0, 1, 3, 20, 32, 33, 200, 3000};
    for (size_t i = 0; i < SX_COUNT(sizes); i++) {
        for (size_t j = 0; j < SX_COUNT(sizes); j++) {
            sx_val a = sx_map_empty(), b = a, both = a;
            for (int k = 0; k < sizes[i]; k++) a = sx_map_put(h, a, sx_small(2 * k), sx_small(1));
            for (int k = 0; k < sizes[j]; k++) b = sx_map_put(h, b, sx_small(3 * k), sx_small(2));
            for (int k = 0; k < sizes[i]; k++) both = sx_map_put(h, both, sx_small(2 * k), sx_small(1));
            for (int k = 0; k < sizes[j]; k++) both = sx_map_put(h, both, sx_small(3 * k), sx_small(2));
            CHECK(same_shape(sx_map_merge(h, a, b), both));
            collect(SX_EMPTY);
        }
    }
}

static void test_collisions(void)
{
    CHECK(sx_term_hash(long_key(5000, 1)) == sx_term_hash(long_key(5000, 2)));
    sx_val map = sx_map_empty();
    enum { SAME = 40 };
    for (int i = 0; i < SAME; i++) map = sx_map_put(h, map, long_key(5000, i), sx_small(i));
    for (int i = 0; i < SAME; i++) map = sx_map_put(h, map, sx_small(i), sx_small(i));
    CHECK_EQ(sx_map_size(map), 2 * SAME);
    for (int i = 0; i < SAME; i++) CHECK(sx_map_get(map, long_key(5000, i)) == sx_small(i));
    CHECK(sx_map_get(map, long_key(5000, SAME)) == SX_NONE);
    CHECK(sx_map_remove(h, map, long_key(5000, SAME)) == map);
    CHECK(sx_map_put(h, map, long_key(5000, 7), sx_small(7)) == map);
    map = sx_map_put(h, map, long_key(5000, 7), sx_small(70));
    CHECK(sx_map_get(map, long_key(5000, 7)) == sx_small(70));
    sx_val merged = sx_map_merge(h, map, map), pairs[4 * SAME];
    CHECK_EQ(sx_map_size(merged), 2 * SAME);
    for (int i = 0; i < 2 * SAME; i++) pairs[2 * i] = long_key(5000, i / 2), pairs[2 * i + 1] = sx_small(i);
    sx_val built = sx_map_from_pairs(h, pairs, 2 * SAME);
    CHECK_EQ(sx_map_size(built), SAME);
    CHECK(sx_map_get(built, long_key(5000, 9)) == sx_small(19));
    for (int i = 1; i < SAME; i++) {
        map = sx_map_remove(h, map, long_key(5000, i));
        CHECK_EQ(sx_map_size(map), 2 * SAME - i);
    }
    CHECK(sx_map_get(map, long_key(5000, 0)) == sx_small(0));
    sx_val alone = sx_map_put(h, sx_map_empty(), long_key(5000, 0), sx_small(0));
    for (int i = 0; i < SAME; i++) alone = sx_map_put(h, alone, sx_small(i), sx_small(i));
    CHECK(same_shape(map, alone)); /* the leaf came all the way up again */
    collect(SX_EMPTY);
}

static void test_equal_keys_hash_equal(void)
{
    sx_val text = sx_binary_text(h, "..abc"), view = sx_bits_sub(h, sx_binary(h, "0123456789012345678901234567890", 31), 3, 200);
    unsigned char copy[25] = {0};
    sx_bits_copy(copy, 0, sx_bits_of(view).bytes, sx_bits_of(view).bit_offset, 200);
    CHECK(sx_term_hash(view) == sx_term_hash(sx_binary(h, copy, 25)));
    CHECK(sx_term_hash(sx_bits_sub(h, text, 16, 24)) == sx_term_hash(sx_binary_text(h, "abc")));
    CHECK(sx_term_hash(sx_float(h, 0.0)) == sx_term_hash(sx_float(h, -0.0)));
    CHECK(sx_term_hash(sx_float(h, 1.0)) != sx_term_hash(sx_small(1)));
    CHECK(sx_term_hash(sx_symbol(h, SX_A(ok), SX_A(file), 1, 2)) == sx_term_hash(sx_symbol(h, SX_A(ok), SX_A(name), 3, 4)));
    CHECK(sx_term_hash(SX_EMPTY) != sx_term_hash(sx_map_empty()));
    sx_val one_float = sx_map_put(h, sx_map_put(h, sx_map_empty(), sx_small(1), SX_A(ok)), sx_float(h, 1.0), SX_A(error));
    CHECK(sx_map_get(one_float, sx_float(h, 1.0)) == SX_A(error) && sx_map_get(one_float, sx_small(1)) == SX_A(ok));
}

int main(void)
{
    sx_map_seed = 0x9E3779B97F4A7C15u;
    sx_atoms_init(SX_ATOM_LIMIT);
    sx_heap_init(h, 64, 4096, (size_t)1 << 27);
    CHECK_EQ(sx_map_size(sx_map_empty()), 0);
    CHECK(sx_map_get(sx_map_empty(), SX_A(ok)) == SX_NONE);
    CHECK(sx_map_remove(h, sx_map_empty(), SX_A(ok)) == sx_map_empty());
    test_random_changes();
    test_from_pairs();
    test_merge();
    test_collisions();
    test_equal_keys_hash_equal();
    sx_heap_deinit(h);
    sx_atoms_deinit();
    return unit_end();
}
