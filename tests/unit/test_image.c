/* test_image.c - a store written as an image and read again: at another address, at the same one, with another hash seed;
 * images that do not fit or are damaged; the time that reading takes. */
#include "code_fixture.h"
#include "unit.h"
#include "value/bits.h"
#include "value/compare.h"
#include "value/map.h"
#include <sys/mman.h>
#include <time.h>

static const char long_text[] = "A text that is longer than the sixty-four bytes which a binary in a private heap has at most.";

/* A tuple of one value of each kind. */
static sx_val sample(SxHeap *h)
{
    sx_val pairs[2 * 100], bits = sx_bits_sub(h, sx_binary_text(h, "abc"), 3, 13);
    for (int i = 0; i < 100; i++) {
        pairs[2 * i] = i % 2 ? sx_small(i) : sx_tuple(h, 2, sx_small(i), SX_A(ok));
        pairs[2 * i + 1] = sx_float(h, i);
    }
    sx_val trie = sx_map_from_pairs(h, pairs, 100), flat = sx_map_from_pairs(h, pairs, 5);
    sx_val nested = sx_map_put(h, trie, trie, sx_small(7)); /* a large map as a key of a large map */
    sx_val big = sx_int(h, INT64_MIN), list = sx_cons(h, sx_map_empty(), sx_cons(h, sx_atom("an atom of the image"), SX_EMPTY));
    return sx_tuple(h, 9, trie, flat, nested, bits, sx_binary_text(h, long_text), big, list, sx_symbol(h, SX_A(ok), SX_A(file), 3, 4), sx_map_empty());
}

static void fill(SxCode *c)
{
    CHECK(sx_code_add_prims(c, fixture_prims, FIXTURE_PRIMS));
    SxHeap h;
    sx_heap_init(&h, 16, 4096, (size_t)1 << 30);
    CHECK(sx_cell_define(c, sx_cell(c, sx_atom("sample")), sample(&h), sx_binary_text(&h, "doc")));
    sx_val k = sx_shared_copy(&c->shared, sx_tuple(&h, 2, SX_A(ok), sx_cons(&h, sx_small(1), sx_map_empty())));
    sx_heap_deinit(&h);
    SxExport *e = sx_export(c, sx_atom("shop"), sx_atom("area"), 1);
    SxCell *missing = sx_cell(c, sx_atom("shop/missing"));
    const uint64_t area[] = {I(LOADK, 1, 0, 0), k, I(LOADK, 1, 0, 0), sx_map_empty(), I(CALLE, 1, 0, 0), W(sx_export(c, sx_atom("shop"), sx_atom("other"), 0)), I(RETURN, 1, 0, 0)};
    const uint64_t other[] = {I(CALLG, 0, 0, 0), W(missing), I(SWITCH, 0, 0, 0), 1, 5, SX_A(ok), 5, I(RETURN, 0, 0, 0)};
    FixtureFn fns[] = {{"area", 1, 2, SX_FN_EXPORTED, area, SX_COUNT(area)}, {"other", 0, 3, SX_FN_EXPORTED, other, SX_COUNT(other)}};
    SxUnit *u = fixture_unit(c, "shop", "shop.erl", fns, 2);
    CHECK(sx_code_add_unit(c, u) && sx_module_install(c, sx_atom("shop"), u, SX_NIL));
    sx_val closure = sx_export_closure(c, e);
    CHECK(sx_cell_define(c, sx_cell(c, sx_atom("f")), closure, SX_NIL));
    u->fns[1].handlers = (SxHandler *)sx_shared_alloc(&c->shared, sizeof(SxHandler) / 8);
    u->fns[1].n_handlers = 1;
    *u->fns[1].handlers = (SxHandler){.start = 7, .end = 9, .target = 14};
}

static void check_store(SxCode *c)
{
    SxHeap h;
    sx_heap_init(&h, 16, 4096, (size_t)1 << 30);
    SxCell *cell = sx_cell_find(c, sx_atom("sample"));
    CHECK(cell && sx_is_shared(cell->value) && sx_equal(cell->value, sample(&h)));
    sx_val *parts = sx_tuple_elements(cell->value);
    CHECK(sx_float_value(sx_map_get(parts[0], sx_small(51))) == 51.0 && sx_map_get(parts[2], parts[0]) == sx_small(7));
    CHECK(sx_map_size(parts[8]) == 0 && sx_map_size(sx_head(parts[6])) == 0 && sx_is_shared(parts[8]));
    sx_heap_deinit(&h);
    SxExport *e = sx_export_find(c, sx_atom("shop"), sx_atom("area"), 1);
    SxModule *m = sx_module_find(c, sx_atom("shop"));
    CHECK(e && m && m->unit && e->fn == &m->unit->fns[0] && e->fn->unit == m->unit && m->version == 1);
    SxBuf text = SX_BUF_INIT;
    for (uint64_t i = 0; i < c->n_units; i++) {
        bool ok = sx_code_verify(c, (const SxUnit *)(uintptr_t)c->units[i], &text);
        CHECK(ok);
    }
    if (text.len) printf("  %.*s\n", (int)text.len, text.data);
    sx_buf_deinit(&text);
    SxWhere at;
    CHECK(sx_code_where(c, e->fn->code + 2, &at) && at.line == 10 && at.column == 5 && at.file == sx_atom("shop.erl"));
    cell = sx_cell_find(c, sx_atom("f"));
    CHECK(cell->value == e->closure && cell->fn && cell->fn->flags & SX_FN_REMOTE && sx_cell_find(c, sx_atom("shop/missing"))->value == SX_NONE);
    size_t n;
    const unsigned char *doc = sx_binary_bytes(sx_cell_find(c, sx_atom("sx/str"))->doc, &n);
    CHECK(n == strlen(fixture_str_prim.doc) && memcmp(doc, fixture_str_prim.doc, n) == 0);
    CHECK(sx_code_prim_fn(c, 3) == sx_cell_find(c, sx_atom("sx/str"))->fn);
    /* the store goes on from here */
    CHECK(sx_cell(c, sx_atom("new after the image")) && sx_cell_find(c, sx_atom("new after the image")));
    CHECK(sx_cell_define(c, sx_cell(c, sx_atom("sample")), SX_TRUE, SX_NIL));
}

static void fresh(SxCode *c)
{
    sx_atoms_deinit();
    sx_atoms_init(SX_ATOM_LIMIT);
    sx_code_init(c);
}

static void test_round_trip(SxBuf *image)
{
    static SxCode first, moved, same;
    const char *why = NULL;
    sx_map_seed = 11;
    sx_atoms_init(SX_ATOM_LIMIT);
    sx_code_init(&first);
    fill(&first);
    CHECK(sx_image_write(&first, image));

    sx_map_seed = 12;
    fresh(&moved); /* the first range is still there, so this one is elsewhere */
    CHECK(moved.shared.base != first.shared.base);
    CHECK(sx_image_read(&moved, image->data, image->len, false, &why) && sx_code_add_prims(&moved, fixture_prims, FIXTURE_PRIMS));
    check_store(&moved);
    CHECK(!sx_code_add_prims(&moved, fixture_prims, FIXTURE_PRIMS - 1));

    munmap(first.shared.base, SX_SHARED_RESERVE);
    sx_map_seed = 11;
    fresh(&same);
#ifndef __SANITIZE_THREAD__ /* which keeps the wanted address for itself: there an image always moves */
    CHECK(same.shared.base == first.shared.base);
#endif
    CHECK(sx_image_read(&same, image->data, image->len, false, &why) && sx_code_add_prims(&same, fixture_prims, FIXTURE_PRIMS));
    check_store(&same);
    CHECK(!sx_image_read(&same, image->data, image->len, false, &why) && strstr(why, "not fresh"));
    munmap(moved.shared.base, SX_SHARED_RESERVE);
    munmap(same.shared.base, SX_SHARED_RESERVE);

    /* an image of a store that came from an image, written from another address */
    static SxCode again;
    SxBuf second = SX_BUF_INIT;
    sx_map_seed = 13;
    fresh(&moved);
    CHECK(sx_image_read(&moved, image->data, image->len, false, &why) && sx_code_add_prims(&moved, fixture_prims, FIXTURE_PRIMS) && sx_image_write(&moved, &second));
    fresh(&again);
    CHECK(sx_image_read(&again, second.data, second.len, false, &why) && sx_code_add_prims(&again, fixture_prims, FIXTURE_PRIMS));
    check_store(&again);
    sx_buf_deinit(&second);
    munmap(moved.shared.base, SX_SHARED_RESERVE);
    munmap(again.shared.base, SX_SHARED_RESERVE);
}

static bool refused(const char *bytes, size_t n, const char *part)
{
    static SxCode c;
    const char *why = "";
    fresh(&c);
    bool ok = !sx_image_read(&c, bytes, n, false, &why) && strstr(why, part);
    if (!ok) printf("  answered: %s\n", why);
    munmap(c.shared.base, SX_SHARED_RESERVE);
    return ok;
}

static void test_refused(const SxBuf *image)
{
    const char *why = NULL;
    CHECK(sx_image_matches(image->data, image->len, fixture_prims, FIXTURE_PRIMS, &why));
    CHECK(!sx_image_matches(image->data, image->len, fixture_prims + 1, FIXTURE_PRIMS - 1, &why) && strstr(why, "primitives"));
    CHECK(!sx_image_matches("", 0, fixture_prims, FIXTURE_PRIMS, &why) && strstr(why, "short"));
    char *copy = sx_alloc(image->len);
    memcpy(copy, image->data, image->len);
    for (size_t n = 0; n < image->len; n += 1 + n / 4) CHECK(refused(copy, n, "short"));
    CHECK(refused(copy, image->len - 1, "short"));
    copy[0] ^= 1;
    CHECK(refused(copy, image->len, "no boot image"));
    copy[0] ^= 1;
    copy[8] ^= 2;
    CHECK(refused(copy, image->len, "another version"));
    copy[8] ^= 2;
    copy[16] ^= 4;
    CHECK(refused(copy, image->len, "other instructions"));
    copy[16] ^= 4;
    for (size_t at = 300; at < image->len; at += 1 + image->len / 50) {
        copy[at] ^= 0x10;
        CHECK(refused(copy, image->len, "damaged"));
        copy[at] ^= 0x10;
    }
    sx_free(copy);
}

static double milliseconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* Not a check, as machines differ: the figure is shown. */
static void show_time(void)
{
    static SxCode big, c;
    SxBuf image = SX_BUF_INIT;
    char name[30];
    fresh(&big);
    fill(&big);
    for (int i = 0; i < 4000; i++) {
        snprintf(name, sizeof name, "names/of/%d", i);
        const uint64_t words[] = {I(CALLG, 0, 0, 0), W(sx_cell(&big, sx_atom(name))), I(RETURN, 0, 0, 0)};
        FixtureFn fns[] = {{name, 0, 1, 0, words, 3}, {"second", 0, 1, 0, words, 3}};
        sx_code_add_unit(&big, fixture_unit(&big, "", "big.sx", fns, 2));
    }
    CHECK(sx_image_write(&big, &image));
    munmap(big.shared.base, SX_SHARED_RESERVE);
    fresh(&c);
    const char *why;
    double start = milliseconds();
    CHECK(sx_image_read(&c, image.data, image.len, false, &why));
    printf("reading %zu KiB took %.2f ms\n", image.len / 1024, milliseconds() - start);
    munmap(c.shared.base, SX_SHARED_RESERVE);
    sx_buf_deinit(&image);
}

int main(void)
{
    SxBuf image = SX_BUF_INIT;
    test_round_trip(&image);
    test_refused(&image);
    show_time();
    sx_buf_deinit(&image);
    sx_atoms_deinit();
    return unit_end();
}
