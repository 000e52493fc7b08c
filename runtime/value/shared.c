/* shared.c - the reserved range of immutable data: see shared.h.
 * Pages are committed a piece at a time. A large bitstring in the range is a HEAPBIN, whatever its size, because a counted
 * blob would be an address outside of the range, which the boot image could not keep. */
#include "value/shared.h"
#include "base/sys.h"
#include "value/copy.h"
#include "value/map.h"

#define COMMIT_WORDS ((size_t)1 << 15)                       /* 256 KiB at a time */

uintptr_t sx_shared_base, sx_shared_size;

void sx_shared_init(SxShared *s)
{
    bool is_wide = sizeof(void *) > 4;
    size_t n_bytes = is_wide ? SX_SHARED_RESERVE : (size_t)32 << 20;
    s->base = sx_sys_reserve(is_wide ? (void *)(uintptr_t)SX_SHARED_WANTED : NULL, n_bytes);
    SX_CHECK(s->base != NULL);
    s->top = s->committed = s->base;
    s->end = s->base + n_bytes / sizeof(sx_val);
    s->limit_words = n_bytes / sizeof(sx_val);
    sx_shared_base = (uintptr_t)s->base;
    sx_shared_size = n_bytes;
}

sx_val *sx_shared_alloc(SxShared *s, size_t n_words)
{
    size_t used = (size_t)(s->top - s->base), room = (size_t)(s->end - s->top);
    if (used > s->limit_words || n_words > s->limit_words - used || n_words > room) return NULL;
    if (n_words > (size_t)(s->committed - s->top)) {
        size_t more = n_words - (size_t)(s->committed - s->top);
        more = (more + COMMIT_WORDS - 1) / COMMIT_WORDS * COMMIT_WORDS;
        if (more > (size_t)(s->end - s->committed)) more = (size_t)(s->end - s->committed);
        if (!sx_sys_commit(s->committed, more * sizeof(sx_val))) return NULL;
        s->committed += more;
    }
    sx_val *at = s->top;
    s->top += n_words;
    return at;
}

sx_val sx_shared_copy(SxShared *s, sx_val v)
{
    SxCopier c = SX_COPIER_INIT;
    c.into_shared = true;
    size_t n_words = sx_copier_measure(&c, &v, 1);
    if (n_words > 0) {
        sx_val *to = sx_shared_alloc(s, n_words);
        if (to) sx_copier_run(&c, &v, 1, to);
        else v = SX_NONE;
    }
    sx_copier_deinit(&c);
    return v;
}

void sx_shared_release(SxShared *s, sx_val *mark)
{
    SX_CHECK(mark >= s->base && mark <= s->top);
    memset(mark, 0, (size_t)(s->top - mark) * sizeof *mark);
    s->top = mark;
}
