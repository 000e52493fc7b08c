/* collect.c - the collector of one heap: generational, copying (Cheney), and the policy of sizes.
 * A minor collection copies what is younger than the last collection into a fresh block and what survived that one into the
 * old generation; a major one copies the old generation too. Heaps with little that survives have no old generation: all is
 * copied each time. The block (stack and young heap) is always replaced, fragments are copied in and freed.
 * Two-space copying needs memory for the worst case before it is known what survives: to-spaces are taken large, their far
 * pages stay untouched, and a block that turns out far too large is collected into a fitting one at once.
 * INVARIANT: old never points to young, since an object only ever points to older ones and `mature` is a line in time. */
#include "value/heap_policy.h"
#include "value/map.h"
#include "value/shared.h"

typedef struct Gc {
    uintptr_t young_at;  /* from-space: the young heap, */
    size_t young_bytes;
    size_t mature_bytes; /* whose first bytes go to the old generation (0: nothing is promoted), */
    uintptr_t old_at;
    size_t old_bytes;    /* the old generation (not from-space in a minor collection), and all other private addresses */
    sx_val *young_to, *old_to; /* next free words of the to-spaces */
    bool major;
    bool one_space; /* a major collection that leaves no old generation */
} Gc;

static SX_NOINLINE sx_val move_object(sx_val v, sx_val *from, sx_val **to_space)
{
    sx_val *to = *to_space;
    if (sx_is_cons(v)) {
        to[0] = from[0];
        to[1] = from[1];
        *to_space = to + 2;
    } else {
        size_t n = sx_header_size(from[0]) + 1;
        if (n <= 8)
            for (size_t i = 0; i < n; i++) to[i] = from[i];
        else
            memcpy(to, from, n * sizeof *to);
        *to_space = to + n;
    }
    from[0] = sx_make_ptr(to, SX_TAG_FWD);
    return sx_make_ptr(to, sx_tag(v));
}

/* Where the object of pointer v is after this collection; moves it there when it is the first to ask. */
SX_INLINE sx_val forward(Gc *g, sx_val v)
{
    sx_val *from = sx_ptr(v);
    size_t offset = (uintptr_t)from - g->young_at;
    sx_val **to = &g->young_to;
    if (SX_LIKELY(offset < g->young_bytes)) {
        if (offset < g->mature_bytes) to = &g->old_to;
    } else if ((uintptr_t)from - g->old_at < g->old_bytes) {
        if (!g->major) return v;
        if (!g->one_space) to = &g->old_to;
    } else if (sx_is_shared_ptr(from)) {
        return v;
    } else if (from[0] == SX_EMPTY_MAP_HEADER) {
        return sx_map_empty();
    }
    if (sx_tag(from[0]) == SX_TAG_FWD) return (from[0] & ~(sx_val)7) | (sx_val)sx_tag(v);
    return move_object(v, from, to);
}

static void forward_range(Gc *g, sx_val *at, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (sx_is_pointer(at[i])) at[i] = forward(g, at[i]);
}

/* Forward every pointer in [scan, *to), while *to moves on. */
static sx_val *scan_space(Gc *g, sx_val *scan, sx_val **to)
{
    while (scan < *to) {
        sx_val w = *scan;
        if (sx_is_pointer(w)) *scan = forward(g, w);
        else if (sx_is_header(w) && sx_header_kind(w) >= SX_KIND_FIRST_RAW) scan += sx_header_size(w);
        scan++;
    }
    return scan;
}

/* Go through a chain of from-space BLOB objects: those that moved join the chain of where they are now, the others lose
 * their reference. */
static void sweep_blobs(SxHeap *h, sx_val *chain)
{
    while (chain) {
        sx_val *next = sx_blob_next(chain);
        if (sx_tag(chain[0]) == SX_TAG_FWD) {
            sx_val *now = sx_ptr(chain[0]);
            bool is_old = (uintptr_t)now - (uintptr_t)h->old < (uintptr_t)h->old_end - (uintptr_t)h->old;
            sx_val **head = is_old ? &h->old_blobs : &h->blobs;
            now[2] = (sx_val)(uintptr_t)*head;
            *head = now;
            if (is_old) h->old_blob_bytes += sx_blob_at(now)->cap;
        } else {
            sx_blob_unref(sx_blob_at(chain));
        }
        chain = next;
    }
}

static void free_frags(SxFrag *f)
{
    while (f) {
        SxFrag *next = f->next;
        sx_free(f);
        f = next;
    }
}

static size_t larger(size_t a, size_t b) { return a > b ? a : b; }
static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

/* Words of the stack's part of the next block. */
static size_t next_stack_size(const SxHeap *h, size_t live, size_t need, bool shrink)
{
    size_t now = (size_t)(h->stack_end - h->stack), least = live + need;
    if (least > now) return larger(least + least / 2, smaller(2 * now, h->limit_words / 2));
    if (sx_heap_stack_may_shrink(h, least)) return larger(shrink ? least + 16 : now / 2, least);
    return now;
}

/* Words of the young heap until the next collection, when `live` words survived into it: so many that most of the next
 * cycle's words are dead when it is full, and that a deep stack is not scanned for little. */
static size_t next_young_size(size_t now, size_t live, size_t need, size_t stack_live)
{
    size_t full = live + need, next = now;
    if (full > now / 3) next = smaller(larger(2 * now, 3 * full), SX_YOUNG_MOST);
    else if (full < now / 16 && now > SX_YOUNG_KEEP) next = now / 2;
    next = larger(next, stack_live / 4);
    return larger(next, full + live / 2);
}

/* What a large old generation makes worth while: a young heap that is not small beside it, so that what dies soon is not
 * promoted first. */
static size_t least_beside_old(const SxHeap *h) { return smaller((size_t)(h->old_hp - h->old) / 4, SX_YOUNG_MOST); }

/* Words that the new young space takes when `worst` words may survive into it. */
static size_t young_space(const SxHeap *h, size_t worst, size_t need, size_t stack_live, bool shrink)
{
    size_t now = (size_t)(h->young_end - h->stack_end), mature = (size_t)(h->mature - h->stack_end), space = worst + need;
    space += space < 1024 ? space : space / 2;
    if (shrink) return space;
    if (mature > now / 3) space = larger(space, smaller(2 * now, SX_YOUNG_MOST)); /* much survived, so it will want to grow */
    return larger(larger(larger(space, now), stack_live / 4), least_beside_old(h));
}

/* Words that a heap near its limit keeps free. One that has less left after a collection is over its limit: it would collect
 * everything for every few words, for ever. */
static size_t least_room(const SxHeap *h) { return h->limit_words / 16; }

/* Set how much of the new spaces is used until the next collection; answers whether they are far larger than that. */
static bool set_ends(SxHeap *h, size_t young_size, size_t stack_live, size_t need, bool major, bool shrink)
{
    size_t space = (size_t)(h->young_end - h->stack_end), live = (size_t)(h->hp - h->stack_end);
    size_t stack_size = (size_t)(h->stack_end - h->stack), old_live = (size_t)(h->old_hp - h->old);
    size_t wanted = next_young_size(shrink ? 0 : young_size, live, need, stack_live);
    if (!shrink) wanted = larger(wanted, live + least_beside_old(h));
    size_t others = stack_size + old_live, left = h->limit_words > others ? h->limit_words - others : 0;
    bool too_large = false;

    wanted = larger(smaller(wanted, left), smaller(wanted, live + need + least_room(h)));
    if (wanted < space && space > 64) h->young_end = h->stack_end + wanted;
    if (space > 4 * wanted + (shrink ? 64 : 1024)) too_large = true;
    if (major && h->old) {
        size_t old_space = (size_t)(h->old_end - h->old), old_wanted = larger(2 * old_live, SX_OLD_LEAST);
        size_t old_left = left > wanted ? left - wanted + old_live : old_live;
        if (old_space > 4 * old_wanted) too_large = true;
        h->old_end = h->old + smaller(old_space, smaller(old_wanted, old_left));
    }
    return too_large;
}

typedef struct Task {
    const SxRoots *roots;
    size_t n_roots, stack_live, stack_need, heap_need;
    bool shrink; /* leave no more room than is sensible for a process that will not run soon */
} Task;

/* One collection; answers whether the spaces it left are far larger than needed. */
static bool collect_once(SxHeap *h, const Task *t, bool major)
{
    size_t young_used = (size_t)(h->hp - h->stack_end), young_size = (size_t)(h->young_end - h->stack_end);
    size_t mature = (size_t)(h->mature - h->stack_end), old_used = (size_t)(h->old_hp - h->old);
    size_t worst = young_used + h->frag_words; /* that the new young heap must take */
    bool promote;

    if (major) {
        promote = old_used + mature >= SX_PROMOTE_LEAST;
        if (!promote) worst += old_used;
    } else {
        promote = h->old ? mature > 0 : mature >= SX_PROMOTE_LEAST;
    }
    if (promote) worst -= mature;

    sx_val *old_from = h->old, *old_scan = h->old_hp;
    size_t old_size = (size_t)(h->old_end - h->old);
    if (promote && (major || !h->old)) {
        old_size = larger(2 * (old_used + mature), SX_OLD_LEAST);
        old_scan = sx_alloc(old_size * sizeof(sx_val));
    } else if (major) {
        old_size = 0;
        old_scan = NULL;
    }
    sx_val *old_to_space = major || !h->old ? old_scan : h->old;

    size_t stack_size = next_stack_size(h, t->stack_live, t->stack_need, t->shrink);
    size_t space = young_space(h, worst, t->heap_need, t->stack_live, t->shrink);
    sx_val *block = sx_alloc((stack_size + space) * sizeof(sx_val));
    sx_val *young = block + stack_size;

    Gc g = {
        .young_at = (uintptr_t)h->stack_end, .young_bytes = young_used * sizeof(sx_val),
        .mature_bytes = promote ? mature * sizeof(sx_val) : 0,
        .old_at = (uintptr_t)old_from, .old_bytes = old_used * sizeof(sx_val),
        .young_to = young, .old_to = old_scan, .major = major, .one_space = !promote,
    };

    /* roots, then all that they reach */
    for (size_t i = 0; i < t->stack_live; i++) {
        sx_val w = h->stack[i];
        block[i] = sx_is_pointer(w) ? forward(&g, w) : w;
    }
    for (size_t i = 0; i < t->n_roots; i++) forward_range(&g, t->roots[i].at, t->roots[i].n);
    sx_val *young_scan = young;
    do {
        young_scan = scan_space(&g, young_scan, &g.young_to);
        if (promote) old_scan = scan_space(&g, old_scan, &g.old_to);
    } while (young_scan < g.young_to);

    /* the new spaces become the heap's; blobs need the from-space once more, then it goes */
    sx_val *old_stack = h->stack, *blobs = h->blobs, *old_blobs = h->old_blobs;
    SxFrag *frags = h->frags;
    h->stack = block;
    h->stack_end = young;
    h->hp = h->mature = g.young_to;
    h->young_end = young + space;
    h->old = old_to_space;
    h->old_hp = g.old_to;
    h->old_end = h->old ? h->old + old_size : NULL;
    h->frags = NULL;
    h->frag_words = 0;
    h->blobs = NULL;
    h->blob_bytes = 0;
    if (major) {
        h->old_blobs = NULL;
        h->old_blob_bytes = 0;
        sweep_blobs(h, old_blobs);
    }
    sweep_blobs(h, blobs);
    free_frags(frags);
    sx_free(old_stack);
    if (major) {
        sx_free(old_from);
        h->old_blob_limit = larger(2 * h->old_blob_bytes, SX_OLD_BLOB_LEAST);
    }
    h->minor_since_major = major ? 0 : h->minor_since_major + 1;
    h->gc_count++;

    return set_ends(h, young_size, t->stack_live, t->heap_need, major, t->shrink);
}

static bool is_major_due(const SxHeap *h)
{
    if (!h->old) return false;
    return h->old_end - h->old_hp < h->mature - h->stack_end || h->old_blob_bytes > h->old_blob_limit || h->minor_since_major >= SX_MAJOR_EVERY;
}

size_t sx_heap_collect_words(const SxHeap *h, const sx_val *live_top)
{
    size_t old = is_major_due(h) ? (size_t)(h->old_hp - h->old) : 0;
    return (size_t)(live_top - h->stack) + (size_t)(h->hp - h->stack_end) + h->frag_words + old;
}

void sx_heap_collect(SxHeap *h, sx_val *live_top, const SxRoots *roots, size_t n_roots, size_t stack_need, size_t heap_need, bool force_major)
{
    Task t = {roots, n_roots, (size_t)(live_top - h->stack), stack_need, heap_need, force_major || h->minor_since_major == SX_WANT_LEAST};
    size_t need = t.stack_live + stack_need + heap_need;
    bool major = t.shrink || is_major_due(h);

    h->want_gc = false;
    if (stack_need > h->limit_words || heap_need > h->limit_words || need > h->limit_words) {
        h->over_limit = true;
        return;
    }
    bool too_large = collect_once(h, &t, major);
    size_t used = need + (size_t)(h->hp - h->stack_end) + (size_t)(h->old_hp - h->old), most = h->limit_words - least_room(h);
    if (used > most && h->old && !major) {
        major = true;
        too_large = collect_once(h, &t, major);
        used = need + (size_t)(h->hp - h->stack_end) + (size_t)(h->old_hp - h->old);
    }
    if (used > most) h->over_limit = true;
    if (too_large) {
        h->mature = h->stack_end; /* the line may always be drawn lower: nothing is promoted twice in a row */
        collect_once(h, &t, major);
    }
    sx_heap_give_out(h, heap_need);
}
