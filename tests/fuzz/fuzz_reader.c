/* fuzz_reader.c - any bytes to the reader: no crash, progress at every call, positions inside the text; and what was read
 * prints as text that reads back, equal unless it is a form.
 * clang-14 -fsanitize=fuzzer,address; seeds: the .sx files below boot. */
#include "lang/reader.h"
#include "value/atom.h"
#include "value/compare.h"
#include "value/print.h"

#define MOST_PRINTED ((size_t)1 << 20)

static void print_and_reread(sx_val v)
{
    SxBuf text = SX_BUF_INIT;
    SxHeap h;
    SxReader r;
    sx_val again = SX_NONE;
    sx_print(&text, v, MOST_PRINTED);
    sx_heap_init(&h, 16, 1024, (size_t)1 << 27);
    sx_reader_init(&r, text.data, text.len, SX_NIL, 1, 1);
    SX_CHECK(sx_read(&r, &h, &again) == SX_READ_OK);
    if (!sx_is_list(v)) SX_CHECK(sx_equal(v, again)); /* a form (f x) prints as the list [f x], which reads as another form */
    SX_CHECK(sx_read(&r, &h, &again) == SX_READ_END);
    sx_heap_deinit(&h);
    sx_buf_deinit(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    SxHeap h;
    SxReader r;
    sx_atoms_init(2000);
    sx_heap_init(&h, 16, 1024, (size_t)1 << 27);
    sx_reader_init(&r, (const char *)bytes, n, SX_NIL, 1, 1);
    for (;;) {
        sx_val v = SX_NONE;
        size_t before = r.at;
        SxReadStatus s = sx_read(&r, &h, &v);
        SX_CHECK(r.at <= n);
        if (s == SX_READ_END || s == SX_READ_MORE) {
            SX_CHECK(r.at == n || s == SX_READ_MORE);
            break;
        }
        SX_CHECK(r.at > before);
        if (s == SX_READ_ERROR) SX_CHECK(r.message[0] && r.error_line >= 1 && r.error_line <= r.line && r.error_column >= 1);
        else print_and_reread(v);
    }
    sx_heap_deinit(&h);
    sx_atoms_deinit();
    return 0;
}
