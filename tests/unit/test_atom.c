/* test_atom.c - the table of names, and the base layer below it: buffers and UTF-8. */
#include "base/buf.h"
#include "base/utf8.h"
#include "unit.h"
#include "value/atom.h"
#include <pthread.h>

static void test_fixed(void)
{
    CHECK(sx_atom("false") == SX_FALSE && sx_atom("nil") == SX_NIL && sx_atom("true") == SX_TRUE);
    CHECK(sx_atom("badarg") == SX_A(badarg));
    CHECK_EQ(sx_atom_count(), SX_ATOM_INDEX_COUNT);
}

static void test_many(uint32_t limit)
{
    char text[32];
    uint32_t before = sx_atom_count();
    CHECK(sx_atom_existing("atom_1", 6) == SX_NONE);
    for (uint32_t i = before; i < limit; i++) {
        int n = snprintf(text, sizeof text, "atom_%u", i);
        CHECK_EQ(sx_atom_intern(text, (size_t)n), SX_ATOM(i));
    }
    for (uint32_t i = before; i < limit; i++) {
        size_t n_bytes;
        int n = snprintf(text, sizeof text, "atom_%u", i);
        CHECK_EQ(sx_atom_existing(text, (size_t)n), SX_ATOM(i));
        CHECK(strcmp(sx_atom_text(SX_ATOM(i), &n_bytes), text) == 0 && n_bytes == (size_t)n);
        CHECK_EQ(sx_atom_hash(SX_ATOM(i)), sx_hash_bytes(text, (size_t)n));
    }
    CHECK_EQ(sx_atom_count(), limit);
    CHECK(sx_atom_intern("one more", 8) == SX_NONE);
    CHECK(sx_atom_intern("ok", 2) == SX_A(ok));
}

static void test_names(void)
{
    char text[4 * 256];
    for (int i = 0; i < 256; i++) memcpy(text + 4 * i, "\xF0\x9F\x98\x80", 4);
    CHECK(sx_atom_intern(text, 4 * 255) != SX_NONE);
    CHECK(sx_atom_intern(text, 4 * 256) == SX_NONE);
    CHECK(sx_atom_intern("\xFF", 1) == SX_NONE);
    CHECK(sx_atom_intern("", 0) != SX_NONE && sx_atom_intern("", 0) == sx_atom(""));
    CHECK(sx_atom_intern("a\0b", 3) != sx_atom("a"));
}

/* Threads that intern the same names in different order agree about them. */
enum { N_THREADS = 4, N_NAMES = 5000 };
typedef struct Thread {
    pthread_t id;
    int step;
    sx_val atoms[N_NAMES];
} Thread;

static void *intern_names(void *arg)
{
    Thread *t = arg;
    char text[32];
    for (int i = 0; i < N_NAMES; i++) {
        int k = (int)((long)i * t->step % N_NAMES);
        int n = snprintf(text, sizeof text, "name%d", k);
        t->atoms[k] = sx_atom_intern(text, (size_t)n);
        if (strcmp(sx_atom_text(t->atoms[k], NULL), text) != 0) t->atoms[k] = SX_NONE;
    }
    return NULL;
}

static void test_threads(void)
{
    static Thread threads[N_THREADS];
    static const int steps[N_THREADS] = {1, 7, 3, 1};
    for (int i = 0; i < N_THREADS; i++) {
        threads[i].step = steps[i];
        pthread_create(&threads[i].id, NULL, intern_names, &threads[i]);
    }
    for (int i = 0; i < N_THREADS; i++) pthread_join(threads[i].id, NULL);
    for (int i = 0; i < N_NAMES; i++)
        for (int k = 1; k < N_THREADS; k++) CHECK(threads[k].atoms[i] == threads[0].atoms[i] && sx_is_atom(threads[0].atoms[i]));
    CHECK_EQ(sx_atom_count(), SX_ATOM_INDEX_COUNT + N_NAMES);
}

static void test_utf8(void)
{
    unsigned char bytes[4];
    uint32_t back = 0;
    for (uint32_t c = 0; c <= 0x10FFFF; c++) {
        if (!sx_is_code_point(c)) continue;
        int n = sx_utf8_encode(c, bytes);
        if (sx_utf8_decode(bytes, (size_t)n, &back) != n || back != c || sx_utf8_decode(bytes, (size_t)n - 1, &back) != 0) CHECK_EQ(c, back);
    }
    static const char *const wrong[] = {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xF8\x88\x80\x80\x80", "\xC3("};
    for (size_t i = 0; i < SX_COUNT(wrong); i++) CHECK_EQ(sx_utf8_decode((const unsigned char *)wrong[i], strlen(wrong[i]), &back), 0);
    CHECK_EQ(sx_utf8_valid_prefix((const unsigned char *)"plain text \xC3\xA4\xFFx", 15), 13);
    CHECK_EQ(sx_utf8_valid_prefix((const unsigned char *)"0123456789abcde\xC3", 16), 15);
}

static void test_buf(void)
{
    SxBuf b = SX_BUF_INIT;
    for (int i = 0; i < 1000; i++) sx_buf_addf(&b, "%d,", i);
    CHECK_EQ(b.len, 10 * 2 + 90 * 3 + 900 * 4);
    CHECK(memcmp(b.data, "0,1,2,3,", 8) == 0);
    b.len = 0;
    sx_buf_add_utf8(&b, 0x20AC);
    sx_buf_add_char(&b, '!');
    sx_buf_add_str(&b, "");
    CHECK(b.len == 4 && memcmp(b.data, "\xE2\x82\xAC!", 4) == 0);
    sx_buf_deinit(&b);
    CHECK(b.data == NULL && b.cap == 0);
}

int main(void)
{
    sx_atoms_init(20000);
    test_fixed();
    test_names();
    test_many(20000);
    sx_atoms_deinit();
    sx_atoms_init(20000);
    test_threads();
    sx_atoms_deinit();
    test_utf8();
    test_buf();
    return unit_end();
}
