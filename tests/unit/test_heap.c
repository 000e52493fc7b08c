/* test_heap.c - heap, collector, fragments and copies: random graphs moved about at random, deep and wide terms, counted
 * blobs, the limit, and the sizes that the policy arrives at. */
#include "graph.h"
#include "unit.h"
#include "value/atom.h"
#include "value/bits.h"
#include "value/heap.h"
#include "value/map.h"
#include "value/shared.h"

#define NO_LIMIT ((size_t)1 << 40)

static SxShared shared;

/* Keep v across a collection by way of the stack's first slot. */
static sx_val collect_with(SxHeap *h, sx_val v, bool major)
{
    SxRoots roots = {&v, 1};
    sx_heap_collect(h, h->stack, &roots, 1, 0, 0, major);
    return v;
}

static sx_val view_of(SxHeap *h, SxBlob *blob, size_t n_bits)
{
    sx_val *object = sx_heap_blob(h, sx_blob_ref(blob)), *w = sx_heap_alloc(h, 4);
    w[0] = SX_HEADER(SX_KIND_BITS, 3);
    w[1] = sx_make_ptr(object, SX_TAG_BOXED);
    w[2] = sx_small(0);
    w[3] = sx_small((int64_t)n_bits);
    return sx_make_ptr(w, SX_TAG_BOXED);
}

static SxBlob *blob_of(size_t n_bytes, int fill)
{
    SxBlob *b = sx_blob_new(n_bytes);
    memset(b->bytes, fill, n_bytes);
    atomic_store(&b->used, n_bytes);
    return b;
}

/* ---- random graphs ---- */

enum { N_SLOTS = 40, N_BLOBS = 8, MOST_OBJECTS = 3000 };

typedef struct World {
    SxHeap heap, other;
    uint64_t digest[N_SLOTS], random;
    size_t size[N_SLOTS];
    SxBlob *blobs[N_BLOBS];
} World;

static size_t pick(World *w, size_t n) { return (size_t)(unit_random(&w->random) % n); }

static void put(World *w, size_t slot, sx_val v)
{
    w->heap.stack[slot] = v;
    w->digest[slot] = graph_digest(v, &w->size[slot]);
}

static void build(World *w)
{
    SxHeap *h = &w->heap;
    size_t slot = pick(w, N_SLOTS), a = pick(w, N_SLOTS), b = pick(w, N_SLOTS);
    bool fits = w->size[a] + w->size[b] < MOST_OBJECTS;
    sx_val x = h->stack[a], y = h->stack[b];
    switch (pick(w, 14)) {
    case 0: put(w, slot, sx_small((int64_t)pick(w, 1000))); break;
    case 1: put(w, slot, SX_EMPTY); break;
    case 2: put(w, slot, sx_float(h, (double)pick(w, 1000) / 7)); break;
    case 3: put(w, slot, sx_int(h, INT64_MIN + (int64_t)pick(w, 1000))); break;
    case 4: put(w, slot, sx_ref_new(h, unit_random(&w->random), SX_TRUE)); break;
    case 5: put(w, slot, sx_symbol(h, SX_A(ok), SX_A(error), 3, 4)); break;
    case 6: put(w, slot, view_of(h, w->blobs[pick(w, N_BLOBS)], 8 * (1 + pick(w, 99)))); break;
    case 7: put(w, slot, sx_map_empty()); break;
    case 8: { /* raw words that look like pointers must be passed over */
        size_t n = pick(w, 8);
        sx_val *bin = sx_heap_alloc(h, n + 2);
        bin[0] = SX_HEADER(SX_KIND_HEAPBIN, n + 1);
        bin[1] = n * 64;
        for (size_t i = 0; i < n; i++) bin[i + 2] = unit_random(&w->random);
        put(w, slot, sx_make_ptr(bin, SX_TAG_BOXED));
        break;
    }
    case 9:
    case 10:
        if (fits) put(w, slot, sx_cons(h, x, y));
        break;
    case 11:
        if (fits) put(w, slot, sx_tuple(h, 3, x, SX_NIL, y));
        break;
    case 12: {
        sx_val many[60];
        size_t n = pick(w, 60);
        for (size_t i = 0; i < n; i++) many[i] = sx_small((int64_t)i);
        if (w->size[a] + n < MOST_OBJECTS) put(w, slot, sx_list_from(h, many, n, x));
        break;
    }
    default: {
        sx_val t = sx_tuple_new(h, pick(w, 40));
        for (size_t i = 0; i < sx_tuple_size(t); i++) sx_tuple_elements(t)[i] = i % 11 == 10 && fits ? x : sx_small((int64_t)i);
        size_t n_objects;
        graph_digest(t, &n_objects);
        if (n_objects < MOST_OBJECTS) put(w, slot, t);
    }
    }
}

static void send(World *w)
{
    SxHeap *h = &w->heap;
    size_t slot = pick(w, N_SLOTS), from = pick(w, N_SLOTS), n_objects;
    sx_val v = h->stack[from];
    size_t n_words = sx_term_words(v);
    switch (pick(w, 4)) {
    case 0: {
        SxFrag *f = sx_frag_copy(v);
        CHECK_EQ(f->n_words, n_words);
        put(w, slot, sx_heap_adopt(h, f));
        CHECK_EQ(w->digest[slot], w->digest[from]);
        break;
    }
    case 1: {
        sx_val pair[2] = {v, h->stack[slot]};
        if (w->size[from] + w->size[slot] > MOST_OBJECTS) break;
        sx_val t = sx_heap_adopt(h, sx_frag_copy_tuple(pair, 2));
        CHECK_EQ(graph_digest(sx_tuple_elements(t)[0], &n_objects), w->digest[from]);
        put(w, slot, t);
        break;
    }
    case 2:
        CHECK_EQ(graph_digest(sx_heap_copy(&w->other, v), &n_objects), w->digest[from]);
        if (pick(w, 20) == 0) {
            sx_heap_deinit(&w->other);
            sx_heap_init(&w->other, 0, 50, NO_LIMIT);
        }
        break;
    default: {
        SxFrag *f = sx_frag_copy(v); /* a message that nobody receives */
        sx_frag_free(f);
    }
    }
}

static void check_slots(World *w)
{
    for (size_t i = 0; i < N_SLOTS; i++) {
        size_t n_objects;
        CHECK_EQ(graph_digest(w->heap.stack[i], &n_objects), w->digest[i]);
    }
}

static void test_random(uint64_t seed, int steps)
{
    World w = {.random = seed};
    sx_heap_init(&w.heap, N_SLOTS + 2, 20, NO_LIMIT);
    sx_heap_init(&w.other, 0, 50, NO_LIMIT);
    for (int i = 0; i < N_BLOBS; i++) w.blobs[i] = blob_of(100, i);
    for (size_t i = 0; i < N_SLOTS; i++) put(&w, i, SX_NIL);
    for (int i = 0; i < steps; i++) {
        if (pick(&w, 6) == 0) send(&w);
        else build(&w);
        if (pick(&w, 50) == 0 || (w.heap.want_gc && pick(&w, 2))) {
            w.heap.stack[N_SLOTS] = SX_MARK(9);
            w.heap.stack[N_SLOTS + 1] = (sx_val)(uintptr_t)&w & ~(sx_val)7; /* a code address */
            sx_val extra[2] = {w.heap.stack[3], w.heap.stack[4]};
            SxRoots roots = {extra, 2};
            size_t need = pick(&w, 5) ? pick(&w, 30) : pick(&w, 5000);
            sx_heap_collect(&w.heap, w.heap.stack + N_SLOTS + 2, &roots, 1, pick(&w, 100), need, pick(&w, 20) == 0);
            CHECK(w.heap.stack[N_SLOTS] == SX_MARK(9) && w.heap.stack[N_SLOTS + 1] == ((sx_val)(uintptr_t)&w & ~(sx_val)7));
            CHECK(extra[0] == w.heap.stack[3] && extra[1] == w.heap.stack[4]);
            CHECK((size_t)(w.heap.end - w.heap.hp) >= need && !w.heap.frags && !w.heap.want_gc);
            check_slots(&w);
        }
    }
    check_slots(&w);
    sx_heap_deinit(&w.heap);
    sx_heap_deinit(&w.other);
    for (int i = 0; i < N_BLOBS; i++) {
        CHECK_EQ(atomic_load(&w.blobs[i]->refs), 1);
        sx_blob_unref(w.blobs[i]);
    }
}

/* ---- terms of extreme shape ---- */

static sx_val nested(SxHeap *h, size_t n, bool in_head)
{
    sx_val v = SX_EMPTY;
    for (size_t i = 0; i < n; i++) {
        v = in_head ? sx_cons(h, v, SX_EMPTY) : sx_cons(h, sx_small((int64_t)i), v);
        if (h->want_gc) v = collect_with(h, v, false);
    }
    return v;
}

static void test_deep(void)
{
    const size_t n = 1000000;
    for (int in_head = 0; in_head < 2; in_head++) {
        SxHeap h, to;
        size_t n_objects;
        sx_heap_init(&h, 2, 20, NO_LIMIT);
        sx_heap_init(&to, 2, 20, NO_LIMIT);
        sx_val v = nested(&h, n, in_head);
        uint64_t digest = graph_digest(v, &n_objects);
        CHECK_EQ(n_objects, n);
        CHECK(h.gc_count < 200);
        v = collect_with(&h, v, true);
        CHECK_EQ(graph_digest(v, &n_objects), digest);
        CHECK_EQ(sx_term_words(v), 2 * n);
        sx_val copy = sx_heap_adopt(&to, sx_frag_copy(v));
        CHECK_EQ(graph_digest(copy, &n_objects), digest);
        copy = collect_with(&to, copy, false);
        copy = collect_with(&to, copy, false);
        CHECK_EQ(graph_digest(copy, &n_objects), digest);
        collect_with(&to, SX_NIL, true);
        CHECK(sx_heap_words(&to) < 1000); /* given back */
        sx_heap_deinit(&h);
        sx_heap_deinit(&to);
    }
}

/* 60 objects that stand for 2^60: copies must not explode. */
static void test_sharing(void)
{
    SxHeap h, to;
    sx_heap_init(&h, 0, 1000, NO_LIMIT);
    sx_heap_init(&to, 0, 10, NO_LIMIT);
    sx_val v = SX_EMPTY;
    for (int i = 0; i < 60; i++) v = sx_tuple(&h, 2, v, v);
    CHECK_EQ(sx_term_words(v), 60 * 3);
    SxFrag *f = sx_frag_copy(v);
    CHECK_EQ(f->n_words, 60 * 3);
    v = collect_with(&to, sx_heap_adopt(&to, f), false);
    int depth = 0;
    for (; sx_is_tuple(v); v = sx_tuple_elements(v)[1]) depth++;
    CHECK_EQ(depth, 60);
    sx_heap_deinit(&h);
    sx_heap_deinit(&to);
}

static void test_blobs(void)
{
    SxHeap h;
    sx_heap_init(&h, 0, 30, NO_LIMIT);
    SxBlob *b = blob_of(1000, 1);
    sx_val v = view_of(&h, b, 8000);
    CHECK_EQ(atomic_load(&b->refs), 2);
    v = collect_with(&h, v, false);
    v = collect_with(&h, v, true);
    CHECK_EQ(atomic_load(&b->refs), 2);
    SxFrag *f = sx_frag_copy(v);
    CHECK_EQ(atomic_load(&b->refs), 3);
    sx_val w = sx_heap_adopt(&h, f);
    CHECK_EQ(h.blob_bytes, 1000);
    w = collect_with(&h, w, false); /* v dies */
    CHECK_EQ(atomic_load(&b->refs), 2);
    collect_with(&h, SX_NIL, false);
    CHECK_EQ(atomic_load(&b->refs), 1);
    /* promoted ones go in a major collection, which many of them bring about */
    sx_val list = SX_EMPTY;
    for (int i = 0; i < 2000; i++) list = sx_cons(&h, view_of(&h, b, 80), list);
    for (int i = 0; i < 3; i++) list = collect_with(&h, list, false);
    CHECK(h.old_blobs && !h.blobs);
    CHECK_EQ(h.old_blob_bytes, 2000 * 1000);
    CHECK_EQ(atomic_load(&b->refs), 2001);
    collect_with(&h, SX_NIL, false);
    CHECK_EQ(atomic_load(&b->refs), 2001);
    h.old_blob_limit = 1000;
    collect_with(&h, SX_NIL, false);
    CHECK_EQ(atomic_load(&b->refs), 1);
    SxBlob *large = blob_of((size_t)3 << 20, 2);
    h.want_gc = false;
    view_of(&h, large, 8);
    CHECK(h.want_gc);
    sx_heap_deinit(&h);
    CHECK_EQ(atomic_load(&large->refs), 1);
    sx_blob_unref(large);
    sx_blob_unref(b);
}

static void test_stack(void)
{
    SxHeap h;
    size_t live = 0, n_objects;
    sx_heap_init(&h, 12, 20, NO_LIMIT);
    for (int i = 0; i < 100000; i++) {
        if (h.stack + live + 2 > h.stack_end) sx_heap_collect(&h, h.stack + live, NULL, 0, 2, 4, false);
        h.stack[live++] = sx_tuple(&h, 1, sx_small(i));
        h.stack[live++] = (sx_val)(uintptr_t)&h;
        if (h.want_gc) sx_heap_collect(&h, h.stack + live, NULL, 0, 0, 4, false);
    }
    CHECK(h.gc_count < 100);
    for (size_t i = 0; i < live; i += 2) CHECK(sx_tuple_elements(h.stack[i])[0] == sx_small((int64_t)i / 2));
    live = 10;
    for (int i = 0; i < 30; i++) sx_heap_collect(&h, h.stack + live, NULL, 0, 2, 4, false);
    CHECK((size_t)(h.stack_end - h.stack) < 100);
    sx_heap_collect(&h, h.stack + live, NULL, 0, 2, 4, true);
    CHECK(sx_heap_words(&h) < 300);
    CHECK(graph_digest(h.stack[0], &n_objects) != 0);
    sx_heap_deinit(&h);
}

static void test_limit(void)
{
    SxHeap h;
    sx_heap_init(&h, 4, 20, 10000);
    CHECK(sx_heap_admits(&h, 5000) && !h.over_limit);
    sx_val v = SX_EMPTY;
    for (int i = 0; i < 100000; i++) { /* garbage does not count */
        sx_cons(&h, SX_NIL, SX_NIL);
        if (h.want_gc) collect_with(&h, v, false);
    }
    CHECK(!h.over_limit);
    int n = 0;
    for (; !h.over_limit && n < 100000; n++) {
        v = sx_cons(&h, SX_NIL, v);
        if (h.want_gc) v = collect_with(&h, v, false);
    }
    CHECK(n > 4000 && n < 5100);
    sx_heap_deinit(&h);

    sx_heap_init(&h, 4, 20, 10000);
    CHECK(!sx_heap_admits(&h, SIZE_MAX) && h.over_limit);
    h.over_limit = false;
    sx_heap_collect(&h, h.stack, NULL, 0, 4, SIZE_MAX / 2, false);
    CHECK(h.over_limit);
    sx_heap_deinit(&h);
}

/* Messages: collections must be rare, and what was received must not pile up. */
static void test_messages(void)
{
    SxHeap h, sender;
    sx_heap_init(&sender, 0, 100, NO_LIMIT);
    sx_heap_init(&h, 12, 20, NO_LIMIT);
    sx_val message = sx_tuple(&sender, 3, SX_A(ok), sx_small(1), sx_cons(&sender, SX_NIL, SX_EMPTY));
    for (int i = 0; i < 10000; i++) {
        sx_heap_adopt(&h, sx_frag_copy(message));
        if (h.want_gc) sx_heap_collect(&h, h.stack, NULL, 0, 0, 0, false);
    }
    CHECK(h.gc_count < 1500);
    CHECK(sx_heap_words(&h) < 300);
    CHECK_EQ(sx_heap_adopt(&h, sx_frag_copy(SX_TRUE)), SX_TRUE);
    sx_heap_deinit(&h);
    sx_heap_deinit(&sender);
}

static void test_shared(void)
{
    SxHeap h;
    size_t n_objects;
    sx_heap_init(&h, 0, 1000, NO_LIMIT);
    sx_val *mark = sx_shared_mark(&shared);
    sx_val v = sx_tuple(&h, 3, sx_cons(&h, SX_NIL, SX_EMPTY), sx_float(&h, 1.5), sx_map_empty());
    uint64_t digest = graph_digest(v, &n_objects);
    sx_val s = sx_shared_copy(&shared, v);
    CHECK(sx_is_shared(s) && !sx_is_shared(v) && sx_is_shared(sx_tuple_elements(s)[2]));
    CHECK_EQ(graph_digest(s, &n_objects), digest);
    CHECK_EQ(sx_term_words(s), 0);
    CHECK_EQ(sx_shared_copy(&shared, s), s);
    v = sx_cons(&h, s, SX_EMPTY);
    CHECK_EQ(sx_term_words(v), 2);
    v = collect_with(&h, v, false);
    CHECK_EQ(sx_head(v), s);
    SxBlob *b = blob_of(1000, 7);
    sx_val bits = sx_shared_copy(&shared, view_of(&h, b, 8000 - 8 - 3));
    CHECK(sx_is_kind(bits, SX_KIND_HEAPBIN));
    CHECK_EQ(sx_ptr(bits)[1], 8000 - 8 - 3);
    CHECK_EQ(((unsigned char *)(sx_ptr(bits) + 2))[997], 7);
    sx_shared_release(&shared, mark);
    CHECK(sx_shared_mark(&shared) == mark && mark[0] == 0);
    size_t limit = shared.limit_words;
    shared.limit_words = (size_t)(shared.top - shared.base) + 3;
    CHECK(sx_shared_copy(&shared, sx_tuple(&h, 3, SX_NIL, SX_NIL, SX_NIL)) == SX_NONE);
    CHECK(sx_shared_copy(&shared, sx_tuple(&h, 2, SX_NIL, SX_NIL)) != SX_NONE);
    shared.limit_words = limit;
    CHECK(sx_shared_alloc(&shared, 1000000) != NULL);
    sx_heap_deinit(&h);
    CHECK_EQ(atomic_load(&b->refs), 1);
    sx_blob_unref(b);
}

static void test_constructors(void)
{
    SxHeap h;
    sx_heap_init(&h, 0, 0, NO_LIMIT);
    CHECK(sx_int(&h, SX_SMALL_MAX) == sx_small(SX_SMALL_MAX) && sx_int(&h, SX_SMALL_MIN) == sx_small(SX_SMALL_MIN));
    sx_val big = sx_int(&h, SX_SMALL_MAX + 1);
    CHECK(sx_is_big(big) && sx_ptr(big)[1] == (uint64_t)SX_SMALL_MAX + 1);
    big = sx_int(&h, INT64_MIN);
    CHECK(sx_ptr(big)[0] == SX_HEADER(SX_KIND_BIGNEG, 1) && sx_ptr(big)[1] == (uint64_t)1 << 63);
    CHECK(sx_ptr(sx_uint(&h, UINT64_MAX))[1] == UINT64_MAX && sx_uint(&h, 5) == sx_small(5));
    CHECK(sx_float_value(sx_float(&h, 2.5)) == 2.5);
    sx_val values[3] = {sx_small(1), sx_small(2), sx_small(3)}, list = sx_list_from(&h, values, 3, SX_EMPTY);
    CHECK(sx_head(sx_tail(list)) == sx_small(2) && sx_tail(sx_tail(sx_tail(list))) == SX_EMPTY);
    CHECK(sx_list_from(&h, values, 0, SX_NIL) == SX_NIL);
    sx_val symbol = sx_symbol(&h, SX_A(ok), SX_A(error), 7, 8);
    CHECK(sx_is_symbol(symbol) && sx_symbol_line(symbol) == 7 && sx_symbol_column(symbol) == 8);
    CHECK(h.want_gc && h.frags);
    sx_heap_deinit(&h);
}

int main(void)
{
    sx_atoms_init(1000);
    sx_shared_init(&shared);
    test_constructors();
    for (uint64_t seed = 1; seed <= 20; seed++) test_random(seed * 7919, 6000);
    test_deep();
    test_sharing();
    test_blobs();
    test_stack();
    test_limit();
    test_messages();
    test_shared();
    sx_atoms_deinit();
    return unit_end();
}
