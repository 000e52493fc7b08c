/* erl_unicode.c - what unicode.erl and unicode_util.erl ask of Unicode's tables (base/unicode.h has them). */
#include "base/buf.h"
#include "base/unicode.h"
#include "base/utf8.h"
#include "prim/args.h"

static bool code_point(sx_val v, uint32_t *c)
{
    if (!sx_is_small(v) || sx_small_value(v) < 0 || sx_small_value(v) > 0x10FFFF) return false;
    *c = (uint32_t)sx_small_value(v);
    return true;
}

SX_PRIM(case2, "(unicode:$case how c)", "What code point `c` becomes by upper, lower, title or fold: a code point, or a list of them.")
{
    uint32_t c, to[SX_UNICODE_MOST];
    int n;
    if (!code_point(argv[1], &c)) return sx_badarg(p, "$case: takes a code point");
    if (!sx_is_code_point(c)) return argv[1];
    if (argv[0] == sx_atom("upper")) n = sx_unicode_upper(c, to);
    else if (argv[0] == sx_atom("lower")) n = sx_unicode_lower(c, to);
    else if (argv[0] == sx_atom("title")) n = sx_unicode_title(c, to);
    else if (argv[0] == sx_atom("fold")) n = sx_unicode_fold(c, to);
    else return sx_badarg(p, "$case: takes upper, lower, title or fold");
    if (n == 1) return sx_small(to[0]);
    sx_val list = SX_EMPTY;
    while (n-- > 0) list = sx_cons(&p->heap, sx_small(to[n]), list);
    return list;
}

SX_PRIM(normalize2, "(unicode:$normalize form text)", "Normal form nfc, nfd, nfkc or nfkd of a UTF-8 binary.")
{
    static const char *const forms[] = {[SX_UNICODE_NFC] = "nfc", [SX_UNICODE_NFD] = "nfd", [SX_UNICODE_NFKC] = "nfkc", [SX_UNICODE_NFKD] = "nfkd"};
    size_t form = 0, n;
    while (form < SX_COUNT(forms) && argv[0] != sx_atom(forms[form])) form++;
    if (form == SX_COUNT(forms) || !sx_bits_is_binary(argv[1])) return sx_badarg(p, "$normalize: takes nfc, nfd, nfkc or nfkd, and a binary");
    unsigned char *scratch = NULL;
    const unsigned char *bytes = sx_binary_bytes_any(argv[1], &n, &scratch);
    SxBuf b = SX_BUF_INIT;
    sx_val v;
    if (sx_utf8_valid_prefix(bytes, n) != n) v = sx_badarg(p, "$normalize: the text is not valid UTF-8");
    else if (!sx_unicode_normalize(bytes, n, (SxUnicodeForm)form, &b)) v = sx_error(p, SX_A(notsup));
    else v = sx_binary(&p->heap, b.data, b.len);
    sx_charge(p, n / 32);
    sx_buf_deinit(&b);
    sx_free(scratch);
    return v;
}

SX_PRIM(grapheme_break3, "(unicode:$grapheme_break a b state)", "-1 when a grapheme cluster ends between two code points of a text, else the state for the next pair; 0 is the first state.")
{
    uint32_t a, b;
    if (!code_point(argv[0], &a) || !code_point(argv[1], &b) || !sx_is_small(argv[2])) return sx_badarg(p, "$grapheme_break: takes two code points and a state");
    int32_t state = (int32_t)sx_small_value(argv[2]);
    return sx_small(sx_unicode_breaks(a, b, &state) ? -1 : state < 0 ? 0 : state);
}

SX_PRIM(gc_size1, "(unicode:$gc_size text)", "Bytes of the first grapheme cluster of a UTF-8 binary; 0 when it is empty.")
{
    size_t n;
    unsigned char *scratch = NULL;
    if (!sx_bits_is_binary(argv[0])) return sx_badarg(p, "$gc_size: takes a binary");
    const unsigned char *s = sx_binary_bytes_any(argv[0], &n, &scratch);
    uint32_t c = 0, next = 0;
    int32_t state = 0;
    size_t at = (size_t)sx_utf8_decode(s, n, &c);
    while (at > 0 && at < n) {
        int taken = sx_utf8_decode(s + at, n - at, &next);
        if (taken == 0 || sx_unicode_breaks(c, next, &state)) break;
        c = next;
        at += (size_t)taken;
    }
    sx_free(scratch);
    sx_charge(p, at / 32);
    return sx_small((int64_t)at);
}

SX_PRIM(printable_range0, "(io:printable_range)", "Which characters ~p shows as text: :latin1.") { return sx_atom("latin1"); }

SX_PRIM_TABLE(erl_unicode){&case2_prim, &normalize2_prim, &grapheme_break3_prim, &gc_size1_prim, &printable_range0_prim, NULL};
