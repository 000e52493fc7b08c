/* test_bits.c - bitstrings against a model that holds one bit per byte: views of views, appending in place and by copy,
 * comparing, copying at every offset; segments against texts that OTP gave and against their own inverse. */
#include "unit.h"
#include "value/bits.h"
#include "value/compare.h"
#include "value/num.h"
#include <math.h>

static SxHeap heap, *h = &heap;
static uint64_t seed = 88172645463325252u;

static unsigned below(unsigned n) { return (unsigned)(unit_random(&seed) % n); }

/* The model: bits as a string of '0' and '1'. */
#define MODEL_MAX 4096
typedef struct Model {
    char bit[MODEL_MAX];
    size_t n;
} Model;

static void random_model(Model *m, size_t n)
{
    m->n = n;
    for (size_t i = 0; i < n; i++) m->bit[i] = (char)('0' + below(2));
}

static sx_val value_of(const Model *m)
{
    SxBitsOut o;
    sx_bits_out_init(&o);
    for (size_t i = 0; i < m->n; i++) CHECK(sx_bits_put_integer(&o, sx_small(m->bit[i] - '0'), 1, SX_SEG_INTEGER));
    return sx_bits_out_value(&o, h);
}

static bool is_model(sx_val v, const Model *m)
{
    if (sx_bits_size(v) != m->n) return false;
    SxBits b = sx_bits_of(v);
    for (size_t i = 0; i < m->n; i++) {
        size_t at = b.bit_offset + i;
        if ((b.bytes[at / 8] >> (7 - at % 8) & 1) != m->bit[i] - '0') return false;
    }
    return true;
}

static void collect(sx_val *keep, size_t n)
{
    SxRoots roots = {keep, n};
    sx_heap_collect(h, h->stack, &roots, 1, 0, 0, false);
}

static void test_random_changes(void)
{
    static Model models[8];
    sx_val values[SX_COUNT(models)];
    for (size_t i = 0; i < SX_COUNT(models); i++) {
        random_model(&models[i], below(300));
        values[i] = value_of(&models[i]);
        CHECK(is_model(values[i], &models[i]));
    }
    for (int round = 0; round < 20000; round++) {
        unsigned a = below(SX_COUNT(models)), b = below(SX_COUNT(models)), to = below(SX_COUNT(models));
        Model made;
        if (below(2) == 0 && models[a].n + models[b].n < 2000) {
            made = models[a];
            memcpy(made.bit + made.n, models[b].bit, models[b].n);
            made.n += models[b].n;
            values[to] = sx_bits_append(h, values[a], values[b]);
        } else {
            size_t from = below((unsigned)models[a].n + 1), n = below((unsigned)(models[a].n - from) + 1);
            if (below(2)) from -= from % 8, n -= n % 8;
            made.n = n;
            memcpy(made.bit, models[a].bit + from, n);
            values[to] = sx_bits_sub(h, values[a], from, n);
        }
        models[to] = made;
        CHECK(is_model(values[to], &made));
        for (size_t i = 0; i < SX_COUNT(models); i++) CHECK(is_model(values[i], &models[i])); /* nobody else changed */
        size_t common = models[a].n < models[b].n ? models[a].n : models[b].n;
        int c = memcmp(models[a].bit, models[b].bit, common);
        int expected = c ? (c > 0) - (c < 0) : (models[a].n > models[b].n) - (models[a].n < models[b].n);
        CHECK(sx_bits_compare(values[a], values[b]) == expected);
        CHECK(sx_equal(values[a], values[b]) == (expected == 0));
        if (round % 100 == 0) collect(values, SX_COUNT(values));
        if (round % 10 == 0) random_model(&models[to], below(200)), values[to] = value_of(&models[to]);
    }
}

static void test_append_in_place(void)
{
    sx_val text = sx_binary_text(h, ""), piece = sx_binary_text(h, "0123456789"), early = text;
    size_t moves = 0;
    const unsigned char *at = NULL;
    for (int i = 0; i < 20000; i++) {
        text = sx_bits_append(h, text, piece);
        if (i == 100) early = text;
        if (sx_bits_of(text).bytes != at) moves++;
        at = sx_bits_of(text).bytes;
        if (i % 50 == 0) {
            sx_val keep[] = {text, early, piece};
            collect(keep, 3);
            text = keep[0], early = keep[1], piece = keep[2];
            at = sx_bits_of(text).bytes;
        }
    }
    CHECK(moves < 40); /* copied a few times only, so building is linear */
    sx_val other = sx_bits_append(h, early, sx_binary_text(h, "x")); /* its end is not free any more */
    size_t n, m;
    const unsigned char *a = sx_binary_bytes(text, &n), *b = sx_binary_bytes(other, &m);
    CHECK(n == 200000 && m == 1011 && memcmp(a, b, 1010) == 0 && a[1010] == '0' && b[1010] == 'x');
    CHECK(sx_bits_append(h, text, sx_binary_text(h, "")) == text);
    sx_val keep[] = {SX_EMPTY};
    collect(keep, 1);
}

static void test_binaries(void)
{
    unsigned char bytes[300], *scratch;
    size_t n;
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (unsigned char)(i * 7);
    static const size_t sizes[] = {0, 1, 8, 16, 17, 63, 64, 65, 300};
    for (size_t s = 0; s < SX_COUNT(sizes); s++) {
        sx_val v = sx_binary(h, bytes, sizes[s]);
        const unsigned char *at = sx_binary_bytes(v, &n);
        CHECK(at && n == sizes[s] && memcmp(at, bytes, n) == 0 && sx_bits_is_binary(v));
        CHECK(sx_is_kind(v, sizes[s] <= SX_HEAPBIN_MAX_BYTES ? SX_KIND_HEAPBIN : SX_KIND_BITS));
    }
    sx_val whole = sx_binary(h, bytes, 300), odd = sx_bits_sub(h, whole, 3, 8 * 200);
    CHECK(!sx_binary_bytes(odd, &n) && !sx_binary_bytes(SX_TRUE, &n) && !sx_binary_bytes(sx_bits_sub(h, whole, 0, 801), &n));
    const unsigned char *copy = sx_binary_bytes_any(odd, &n, &scratch);
    CHECK(copy == scratch && n == 200);
    CHECK(sx_equal(odd, sx_binary(h, copy, n)));
    sx_free(scratch);
    CHECK(!sx_binary_bytes_any(sx_bits_sub(h, whole, 0, 801), &n, &scratch) && !scratch);
    SxBlob *blob = sx_blob_new(10);
    memcpy(blob->bytes, "abcdefghij", 10);
    atomic_store(&blob->used, 10);
    sx_val view = sx_binary_from_blob(h, blob, 2, 3);
    sx_blob_unref(blob);
    CHECK(sx_equal(view, sx_binary_text(h, "cde")));
}

/* What OTP 25 makes of <<I:Size/Flags>>, as bits. */
static void test_integers(void)
{
    static const struct { const char *number; size_t n_bits; int flags; const char *bits; } rows[] = {
        {"-1", 3, 0, "111"}, {"5", 4, 0, "0101"}, {"2748", 12, 0, "101010111100"}, {"2748", 12, SX_SEG_LITTLE, "101111001010"},
        {"-2", 12, SX_SEG_LITTLE, "111111101111"}, {"258", 16, SX_SEG_LITTLE, "0000001000000001"}, {"1", 1, SX_SEG_LITTLE, "1"},
        {"1234567890123456789012", 70, 0, "0000101110110100010010001110110000101111011000001000000011101000010100"}, /* modulo 2^70 */
        {"-1234567890123456789012", 70, SX_SEG_LITTLE, "1110110011000101110111110010011111110100110001001110110100010010111101"},
    };
    for (size_t i = 0; i < SX_COUNT(rows); i++) {
        SxBitsOut o;
        Model m = {.n = strlen(rows[i].bits)};
        memcpy(m.bit, rows[i].bits, m.n);
        sx_bits_out_init(&o);
        CHECK(sx_bits_put_integer(&o, sx_num_parse(h, rows[i].number, strlen(rows[i].number), 10), rows[i].n_bits, rows[i].flags));
        CHECK(is_model(sx_bits_out_value(&o, h), &m));
    }
}

static void test_integers_back(void)
{
    for (int round = 0; round < 20000; round++) {
        size_t n_bits = below(4) ? below(130) : 8 * below(40), lead = below(20);
        int flags = (int)below(4) * SX_SEG_LITTLE; /* little, signed, both, none */
        Model m;
        random_model(&m, n_bits);
        SxBitsOut o;
        sx_bits_out_init(&o);
        CHECK(sx_bits_put_integer(&o, sx_small((int64_t)round), lead, 0));
        CHECK(sx_bits_put_bits(&o, value_of(&m), n_bits));
        CHECK(sx_bits_put_integer(&o, sx_small(-1), 5, 0));
        sx_val all = sx_bits_out_value(&o, h), i = sx_bits_get_integer(h, all, lead, n_bits, flags);
        CHECK(sx_is_integer(i));
        if (!(flags & SX_SEG_SIGNED)) CHECK(sx_num_compare(i, sx_small(0)) >= 0);
        CHECK(n_bits == 0 || sx_num_bytes(i) <= (n_bits + 7) / 8);
        sx_bits_out_init(&o);
        CHECK(sx_bits_put_integer(&o, i, n_bits, flags));
        CHECK(is_model(sx_bits_out_value(&o, h), &m));
        CHECK(sx_bits_get_integer(h, all, lead, n_bits + 6, flags) == SX_NONE);
        CHECK(sx_bits_get_integer(h, all, SIZE_MAX, 8, flags) == SX_NONE && sx_bits_get_integer(h, all, lead, SIZE_MAX, flags) == SX_NONE);
        if (round % 1000 == 0) collect(NULL, 0);
    }
    sx_val bytes = sx_binary(h, "\xff\x80\x01", 3);
    CHECK(sx_bits_get_integer(h, bytes, 0, 8, SX_SEG_SIGNED) == sx_small(-1));
    CHECK(sx_bits_get_integer(h, bytes, 8, 8, 0) == sx_small(128));
    CHECK(sx_bits_get_integer(h, bytes, 8, 16, SX_SEG_LITTLE | SX_SEG_SIGNED) == sx_small(0x180));
    CHECK(sx_bits_get_integer(h, bytes, 0, 12, SX_SEG_LITTLE | SX_SEG_SIGNED) == sx_small(-1793)); /* 0x8ff in 12 bits */
    SxBitsOut o;
    sx_bits_out_init(&o);
    CHECK(!sx_bits_put_integer(&o, SX_TRUE, 8, 0) && !sx_bits_put_integer(&o, sx_float(h, 1.0), 8, 0));
    CHECK(!sx_bits_put_bits(&o, SX_TRUE, 8) && !sx_bits_put_bits(&o, bytes, 25) && o.n_bits == 0);
    sx_bits_out_deinit(&o);
}

static void test_floats(void)
{
    static const struct { double d; unsigned half; } halves[] = {
        {0.0, 0}, {-0.0, 0x8000}, {1.0, 0x3C00}, {-2.0, 0xC000}, {65504.0, 0x7BFF}, {65519.0, 0x7BFF}, {6.103515625e-5, 0x400}, {0x1p-24, 1},
        {0x1p-25, 0}, {0x1.8p-25, 1}, {0x1.8p-24, 2}, {6.0975551605224609e-5, 0x3FF}, {0.333251953125, 0x3555}, {1.0 / 3, 0x3555}, {2049.0, 0x6800}, {2051.0, 0x6802},
    };
    SxBitsOut o;
    for (size_t i = 0; i < SX_COUNT(halves); i++) {
        sx_bits_out_init(&o);
        CHECK(sx_bits_put_float(&o, sx_float(h, halves[i].d), 16, 0));
        sx_val v = sx_bits_out_value(&o, h);
        CHECK(sx_bits_get_integer(h, v, 0, 16, 0) == sx_small(halves[i].half));
    }
    for (unsigned half = 0; half < 0x10000; half++) {
        sx_bits_out_init(&o);
        sx_bits_put_integer(&o, sx_small(half), 16, SX_SEG_LITTLE);
        sx_val f = sx_bits_get_float(h, sx_bits_out_value(&o, h), 0, 16, SX_SEG_LITTLE);
        CHECK((f == SX_NONE) == ((half & 0x7C00) == 0x7C00));
        if (f == SX_NONE) continue;
        sx_bits_out_init(&o);
        CHECK(sx_bits_put_float(&o, f, 16, 0));
        CHECK(sx_bits_get_integer(h, sx_bits_out_value(&o, h), 0, 16, 0) == sx_small(half));
        if (half % 1000 == 0) collect(NULL, 0);
    }
    sx_bits_out_init(&o);
    CHECK(sx_bits_put_float(&o, sx_float(h, 65520.0), 16, 0) && sx_bits_put_float(&o, sx_float(h, -1e39), 32, 0)); /* infinite */
    sx_val infinite = sx_bits_out_value(&o, h);
    CHECK(sx_bits_get_integer(h, infinite, 0, 16, 0) == sx_small(0x7C00) && sx_bits_get_integer(h, infinite, 16, 32, 0) == sx_small(0xFF800000));
    sx_bits_out_init(&o);
    CHECK(!sx_bits_put_float(&o, SX_TRUE, 64, 0) && !sx_bits_put_float(&o, sx_float(h, 1.0), 8, 0));
    CHECK(sx_bits_put_float(&o, sx_small(3), 32, SX_SEG_LITTLE) && sx_bits_put_float(&o, sx_float(h, -1.1), 64, 0));
    sx_val v = sx_bits_out_value(&o, h);
    CHECK(sx_equal(sx_bits_get_float(h, v, 0, 32, SX_SEG_LITTLE), sx_float(h, 3.0)));
    CHECK(sx_equal(sx_bits_get_float(h, v, 32, 64, 0), sx_float(h, -1.1)));
    CHECK(sx_bits_get_float(h, v, 33, 64, 0) == SX_NONE);
    CHECK(sx_bits_get_float(h, sx_binary(h, "\x7f\xf0\0\0\0\0\0\0", 8), 0, 64, 0) == SX_NONE);
}

static void test_code_points(void)
{
    static const uint32_t points[] = {0, 'a', 0x7F, 0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFD, 0xFFFF, 0x10000, 0x1F600, 0x10FFFF};
    static const int types[] = {SX_SEG_UTF8, SX_SEG_UTF16, SX_SEG_UTF16 | SX_SEG_LITTLE, SX_SEG_UTF32, SX_SEG_UTF32 | SX_SEG_LITTLE};
    for (size_t t = 0; t < SX_COUNT(types); t++) {
        for (unsigned lead = 0; lead < 9; lead++) {
            SxBitsOut o;
            sx_bits_out_init(&o);
            sx_bits_put_integer(&o, sx_small(0), lead, 0);
            for (size_t i = 0; i < SX_COUNT(points); i++) CHECK(sx_bits_put_utf(&o, sx_small(points[i]), types[t]));
            sx_val v = sx_bits_out_value(&o, h);
            size_t at = lead, taken;
            for (size_t i = 0; i < SX_COUNT(points); i++, at += taken) CHECK(sx_bits_get_utf(v, at, types[t], &taken) == sx_small(points[i]));
            CHECK_EQ(at, sx_bits_size(v));
            CHECK(sx_bits_get_utf(v, at, types[t], &taken) == SX_NONE);
            CHECK(sx_bits_get_utf(v, at - 7, types[t], &taken) == SX_NONE);
        }
        SxBitsOut o;
        sx_bits_out_init(&o);
        CHECK(!sx_bits_put_utf(&o, sx_small(0xD800), types[t]) && !sx_bits_put_utf(&o, sx_small(0x110000), types[t]));
        CHECK(!sx_bits_put_utf(&o, sx_small(-1), types[t]) && !sx_bits_put_utf(&o, SX_TRUE, types[t]));
        sx_bits_out_deinit(&o);
    }
    size_t taken;
    CHECK(sx_bits_get_utf(sx_binary(h, "\xD8\x00\x00\x41", 4), 0, SX_SEG_UTF16, &taken) == SX_NONE);
    CHECK(sx_bits_get_utf(sx_binary(h, "\xDC\x00\xDC\x00", 4), 0, SX_SEG_UTF16, &taken) == SX_NONE);
    CHECK(sx_bits_get_utf(sx_binary(h, "\xC0\x80", 2), 0, SX_SEG_UTF8, &taken) == SX_NONE);
    CHECK(sx_bits_get_utf(sx_binary(h, "\x00\x11\x00\x00", 4), 0, SX_SEG_UTF32, &taken) == SX_NONE);
}

int main(void)
{
    sx_heap_init(h, 16, 4096, (size_t)1 << 27);
    test_random_changes();
    test_append_in_place();
    test_binaries();
    test_integers();
    test_integers_back();
    test_floats();
    test_code_points();
    sx_heap_deinit(h);
    return unit_end();
}
