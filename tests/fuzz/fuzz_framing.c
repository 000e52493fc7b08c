/* fuzz_framing.c - any bytes to the framing: no crash, nothing left over, and the same answers however the stream is cut and
 * whenever commands are asked for. The first two bytes choose the cuts and how often a line is asked for.
 * clang-14 -fsanitize=fuzzer,address; seeds: boot scripts and tests/unit/test_framing.c. */
#include "cli/framing.h"
#include "value/atom.h"

#define FORM_BYTES 300

static void add(SxBuf *out, SxFrame *f)
{
    SX_CHECK(f->line >= 1 && f->column >= 1);
    sx_buf_addf(out, "%d %llu %lld %llu %d %d ", f->kind, (unsigned long long)f->epoch, (long long)f->number, (unsigned long long)f->offset, f->line, f->column);
    sx_buf_add(out, f->text.data, f->text.len);
    sx_buf_deinit(&f->text);
}

/* All commands, then all control commands, of the stream fed in pieces of `stride` bytes. lines: ask for a line now and then,
 * which makes the answer depend on the cuts; it is only looked whether it comes to an end. */
static void answers(const char *bytes, size_t n, size_t stride, bool eager, unsigned lines, SxBuf *commands, SxBuf *controls)
{
    SxFraming f;
    SxFrame frame;
    SxBuf line = SX_BUF_INIT;
    unsigned turn = 0;
    sx_framing_init(&f, FORM_BYTES);
    for (size_t at = 0; at < n; at += stride) {
        sx_framing_feed(&f, bytes + at, n - at < stride ? n - at : stride);
        while (sx_framing_control(&f, &frame)) add(controls, &frame);
        sx_framing_peek(&f);
        if (lines && turn++ % lines == 0) sx_framing_line(&f, &line);
        while (eager && sx_framing_next(&f, &frame)) add(commands, &frame);
    }
    sx_framing_end(&f);
    while (lines && sx_framing_line(&f, &line)) continue;
    while (sx_framing_next(&f, &frame)) add(commands, &frame);
    while (sx_framing_control(&f, &frame)) add(controls, &frame);
    SX_CHECK(sx_framing_pending(&f) == 0 && sx_framing_peek(&f) == -1 && !sx_framing_line(&f, &line) && line.len <= n);
    sx_buf_deinit(&line);
    sx_framing_deinit(&f);
}

static bool same(const SxBuf *a, const SxBuf *b) { return a->len == b->len && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0); }

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    if (n < 2) return 0;
    size_t stride = 1 + bytes[0] % 40;
    unsigned lines = bytes[1] % 8;
    const char *text = (const char *)bytes + 2;
    n -= 2;
    SxBuf got[3] = {SX_BUF_INIT, SX_BUF_INIT, SX_BUF_INIT}, controls[3] = {SX_BUF_INIT, SX_BUF_INIT, SX_BUF_INIT};
    sx_atoms_init(2000);
    answers(text, n, n + 1, false, 0, &got[0], &controls[0]);
    answers(text, n, stride, bytes[0] & 0x80, 0, &got[1], &controls[1]);
    SX_CHECK(same(&got[0], &got[1]) && same(&controls[0], &controls[1]));
    answers(text, n, stride, bytes[0] & 0x80, lines, &got[2], &controls[2]);
    for (int i = 0; i < 3; i++) {
        sx_buf_deinit(&got[i]);
        sx_buf_deinit(&controls[i]);
    }
    sx_atoms_deinit();
    return 0;
}
