/* test_compare.c - equality and order: a ladder of values in Erlang's order, each rung against each, built twice; maps of all
 * sizes, and shapes that a recursive comparison would not survive. */
#include "unit.h"
#include "value/atom.h"
#include "value/bits.h"
#include "value/compare.h"
#include "value/map.h"
#include "value/num.h"
#include "value/shared.h"

static SxShared shared;

static sx_val number(SxHeap *h, const char *digits) { return sx_num_parse(h, digits, strlen(digits), 10); }

static sx_val tuple_key(SxHeap *h, int i) { return sx_tuple(h, 2, sx_small(i), sx_list_from(h, (sx_val[]){sx_small(i)}, 1, SX_EMPTY)); }

/* n keys, inserted from `start` on; the value of key `odd` is different. */
static sx_val map_of(SxHeap *h, int n, int start, int odd, bool as_floats)
{
    sx_val m = sx_map_empty();
    for (int i = 0; i < n; i++) {
        int k = (start + i) % n;
        sx_val value = as_floats ? sx_float(h, k) : sx_small(k);
        m = sx_map_put(h, m, tuple_key(h, k), k == odd ? sx_small(1000000) : value);
    }
    return m;
}

/* In strictly rising order. */
static size_t ladder(SxHeap *h, sx_val *out)
{
    sx_val one = sx_small(1), two = sx_small(2), ten = SX_EMPTY;
    size_t n = 0;
    for (int i = 0; i < 40; i++) ten = sx_cons(h, sx_small(i), ten);
    out[n++] = number(h, "-123456789012345678901234567890123");
    out[n++] = number(h, "-123456789012345678901234567890");
    out[n++] = sx_int(h, INT64_MIN);
    out[n++] = sx_float(h, -1e10);
    out[n++] = sx_small(-3);
    out[n++] = sx_small(0);
    out[n++] = sx_float(h, 0.5);
    out[n++] = one;
    out[n++] = sx_float(h, 1.5);
    out[n++] = sx_int(h, INT64_MAX);
    out[n++] = number(h, "123456789012345678901234567890");
    out[n++] = sx_float(h, 1e300);
    out[n++] = sx_atom("");
    out[n++] = SX_A(badarg);
    out[n++] = SX_A(error);
    out[n++] = sx_atom("errors");
    out[n++] = sx_ref_new(h, 5, SX_NIL);
    out[n++] = sx_ref_new(h, 6, SX_NIL);
    out[n++] = sx_make_pid(7, 0);
    out[n++] = sx_make_pid(2, 1);
    out[n++] = sx_symbol(h, SX_A(badarg), SX_NIL, (int)(intptr_t)(h->gc_count), 1);
    out[n++] = sx_symbol(h, SX_A(error), SX_NIL, 1, 1);
    out[n++] = sx_tuple(h, 0);
    out[n++] = sx_tuple(h, 1, SX_TRUE);
    out[n++] = sx_tuple(h, 2, one, ten);
    out[n++] = sx_tuple(h, 2, one, sx_cons(h, SX_TRUE, SX_EMPTY));
    out[n++] = sx_tuple(h, 2, two, SX_NIL);
    out[n++] = sx_map_empty();
    out[n++] = sx_map_put(h, sx_map_empty(), one, sx_small(9));
    out[n++] = sx_map_put(h, sx_map_empty(), two, sx_small(7));
    out[n++] = sx_map_put(h, sx_map_empty(), two, sx_small(8));
    out[n++] = sx_map_put(h, sx_map_empty(), sx_float(h, 1.0), one); /* integers before floats among keys */
    out[n++] = map_of(h, 100, 0, -1, false);
    out[n++] = map_of(h, 100, 50, 99, false);
    out[n++] = map_of(h, 100, 50, 50, false);
    out[n++] = map_of(h, 100, 7, 3, false);
    out[n++] = sx_map_put(h, sx_map_remove(h, map_of(h, 100, 0, -1, false), tuple_key(h, 0)), tuple_key(h, 100), SX_NIL);
    out[n++] = SX_EMPTY;
    out[n++] = sx_cons(h, one, SX_EMPTY);
    out[n++] = sx_cons(h, one, sx_cons(h, one, SX_EMPTY));
    out[n++] = sx_cons(h, two, SX_TRUE); /* improper */
    out[n++] = sx_cons(h, two, SX_EMPTY);
    out[n++] = ten;
    out[n++] = sx_cons(h, sx_tuple(h, 0), SX_EMPTY);
    out[n++] = sx_binary_text(h, "");
    out[n++] = sx_binary_text(h, "a");
    out[n++] = sx_binary_text(h, "ab");
    out[n++] = sx_binary_text(h, "b");
    out[n++] = sx_binary_text(h, "b is followed by a text that is longer than what fits inside of a heap, so it is counted");
    return n;
}

static void test_ladder(void)
{
    SxHeap h, g;
    sx_val a[64], b[64];
    sx_heap_init(&h, 0, 20000, (size_t)1 << 30);
    sx_heap_init(&g, 0, 20000, (size_t)1 << 30);
    g.gc_count = 77; /* another line for the symbols, which does not count */
    size_t n = ladder(&h, a);
    CHECK_EQ(ladder(&g, b), n);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            int expected = i < j ? -1 : i > j;
            int got = sx_compare(a[i], b[j]);
            if (got != expected) printf("rungs %zu and %zu: %d\n", i, j, got);
            CHECK(got == expected);
            CHECK(sx_equal(a[i], b[j]) == (i == j));
            CHECK(sx_equal_num(a[i], b[j]) == (i == j));
            CHECK((sx_compare_exact(a[i], b[j]) == 0) == (i == j));
            if (i != j) CHECK_EQ(sx_compare_exact(a[i], b[j]), -sx_compare_exact(b[j], a[i]));
        }
    }
    sx_heap_deinit(&h);
    sx_heap_deinit(&g);
}

static void test_numbers(void)
{
    SxHeap h;
    sx_heap_init(&h, 0, 1000, (size_t)1 << 30);
    sx_val one = sx_small(1), float_one = sx_float(&h, 1.0);
    CHECK(!sx_equal(one, float_one) && sx_equal_num(one, float_one) && sx_compare(one, float_one) == 0);
    CHECK(sx_compare_exact(one, float_one) == -1 && sx_compare_exact(float_one, one) == 1);
    CHECK(sx_compare_exact(sx_small(5), float_one) == -1); /* every integer before every float */
    sx_val x = sx_tuple(&h, 2, one, sx_cons(&h, one, SX_EMPTY)), y = sx_tuple(&h, 2, float_one, sx_cons(&h, float_one, SX_EMPTY));
    CHECK(sx_equal_num(x, y) && !sx_equal(x, y) && sx_compare(x, y) == 0 && sx_compare_exact(x, y) == -1);
    /* keys are compared exactly, values by number */
    sx_val m = sx_map_put(&h, sx_map_empty(), one, one), by_float = sx_map_put(&h, sx_map_empty(), float_one, one);
    CHECK(sx_equal_num(m, sx_map_put(&h, sx_map_empty(), one, float_one)) && !sx_equal_num(m, by_float) && sx_compare(m, by_float) == -1);
    CHECK(sx_equal_num(map_of(&h, 100, 0, -1, false), map_of(&h, 100, 9, -1, true)));
    CHECK(!sx_equal(map_of(&h, 100, 0, -1, false), map_of(&h, 100, 9, -1, true)));
    CHECK(sx_compare(map_of(&h, 100, 0, -1, false), map_of(&h, 100, 9, -1, true)) == 0);
    CHECK(sx_equal(sx_int(&h, INT64_MIN), sx_int(&h, INT64_MIN)) && !sx_equal(sx_int(&h, INT64_MIN), sx_int(&h, INT64_MAX)));
    sx_heap_deinit(&h);
}

/* Keys that differ where the hash does not look share one bucket; its order must not matter. */
static void test_collisions(void)
{
    SxHeap h;
    sx_heap_init(&h, 0, 1000, (size_t)1 << 30);
    sx_val key[40], up = sx_map_empty(), down = sx_map_empty(), other = sx_map_empty();
    for (int i = 0; i < 40; i++) {
        key[i] = sx_cons(&h, sx_small(i), SX_EMPTY);
        for (int k = 0; k < 3000; k++) key[i] = sx_cons(&h, SX_NIL, key[i]);
    }
    for (int i = 0; i < 40; i++) {
        up = sx_map_put(&h, up, key[i], sx_small(i));
        down = sx_map_put(&h, down, sx_heap_copy(&h, key[39 - i]), sx_small(39 - i));
        other = sx_map_put(&h, other, key[39 - i], sx_small(i == 5 ? 1 : 39 - i));
    }
    printf("# hashes of the long keys are %s\n", sx_term_hash(key[0]) == sx_term_hash(key[1]) ? "equal" : "different");
    CHECK(sx_equal(up, down) && sx_equal_num(up, down) && sx_compare(up, down) == 0);
    CHECK(!sx_equal(up, other) && sx_compare(up, other) != 0);
    sx_heap_deinit(&h);
}

/* Lists nested in the head, maps as keys of maps. */
static void test_deep(void)
{
    SxHeap h;
    sx_heap_init(&h, 0, 1000, (size_t)1 << 40);
    for (int shape = 0; shape < 4; shape++) {
        sx_val v[2] = {SX_EMPTY, SX_EMPTY}, w;
        int n = shape == 3 ? 3000 : 500000;
        for (int side = 0; side < 2; side++) {
            for (int i = 0; i < n; i++) {
                if (shape == 0) v[side] = sx_cons(&h, v[side], SX_EMPTY);
                else if (shape == 1) v[side] = sx_cons(&h, SX_NIL, v[side]);
                else if (shape == 2) v[side] = sx_tuple(&h, 2, v[side], SX_NIL);
                else v[side] = sx_map_put(&h, i % 2 ? map_of(&h, 33, side, -1, false) : sx_map_empty(), v[side], SX_NIL);
            }
        }
        CHECK(sx_equal(v[0], v[1]) && sx_equal_num(v[0], v[1]) && sx_compare(v[0], v[1]) == 0);
        w = shape == 1 ? sx_cons(&h, SX_TRUE, v[1]) : sx_cons(&h, v[1], SX_EMPTY);
        CHECK(!sx_equal(v[0], w) && sx_compare(v[0], w) != 0);
    }
    sx_heap_deinit(&h);
}

/* Order of random terms is antisymmetric and transitive. */
static sx_val random_term(SxHeap *h, uint64_t *random, int depth)
{
    switch (unit_random(random) % (depth > 0 ? 9 : 4)) {
    case 0: return sx_small((int64_t)(unit_random(random) % 3));
    case 1: return sx_float(h, (double)(unit_random(random) % 3));
    case 2: return SX_ATOM(unit_random(random) % 3);
    case 3: return SX_EMPTY;
    case 4:
    case 5: return sx_cons(h, random_term(h, random, depth - 1), random_term(h, random, depth - 1));
    case 6: return sx_tuple(h, 2, random_term(h, random, depth - 1), random_term(h, random, depth - 1));
    case 7: return sx_map_put(h, map_of(h, 33, 0, (int)(unit_random(random) % 4), false), random_term(h, random, depth - 1), random_term(h, random, depth - 1));
    default: return sx_map_put(h, sx_map_empty(), random_term(h, random, depth - 1), random_term(h, random, depth - 1));
    }
}

static void test_laws(void)
{
    enum { N = 120 };
    SxHeap h;
    sx_val t[N];
    uint64_t random = 12345;
    sx_heap_init(&h, 0, 1000, (size_t)1 << 40);
    for (int i = 0; i < N; i++) t[i] = random_term(&h, &random, 3);
    int (*const compare[2])(sx_val, sx_val) = {sx_compare, sx_compare_exact};
    for (int way = 0; way < 2; way++) {
        int broken = 0;
        static signed char c[N][N];
        for (int i = 0; i < N; i++)
            for (int j = 0; j < N; j++) c[i][j] = (signed char)compare[way](t[i], t[j]);
        for (int i = 0; i < N; i++)
            for (int j = 0; j < N; j++) {
                broken += c[i][j] != -c[j][i];
                broken += (c[i][j] == 0) != (way ? sx_equal(t[i], t[j]) : sx_equal_num(t[i], t[j]));
                for (int k = 0; k < N; k++) broken += c[i][j] <= 0 && c[j][k] <= 0 && c[i][k] > 0;
            }
        CHECK_EQ(broken, 0);
    }
    sx_heap_deinit(&h);
}

int main(void)
{
    sx_map_seed = 99;
    sx_atoms_init(1000);
    sx_shared_init(&shared);
    test_numbers();
    test_ladder();
    test_collisions();
    test_deep();
    test_laws();
    sx_atoms_deinit();
    return unit_end();
}
