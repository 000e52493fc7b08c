/* settings.c - see settings.h. The record is a resource of its process, and ends with it. */
#include "sched/settings.h"
#include "proc/runtime.h"
#include "value/map.h"

#define LEAST_HEAP 233           /* OTP's least min_heap_size, */
#define LEAST_BIN_VHEAP 46422    /* its least min_bin_vheap_size, in words, */
#define FULLSWEEP_AFTER 65535    /* how many minor collections it lets pass, */
#define MOST_SAVED_CALLS 10000   /* and how many calls it would keep */
#define SERIES_TURN 833026       /* up to here its heap sizes grow as Fibonacci's numbers do, then by a fifth */

typedef struct Record {
    SxResource resource;
    SxSettings settings;
} Record;

static void owner_ends(SxResource *r, SxProc *p)
{
    (void)p;
    sx_free(SX_CONTAINER(r, Record, resource));
}

static Record *record_of(const SxProc *p)
{
    for (SxResource *r = p->resources; r != NULL; r = r->next)
        if (r->on_exit == owner_ends) return SX_CONTAINER(r, Record, resource);
    return NULL;
}

SxSettings sx_settings_usual(void)
{
    return (SxSettings){.min_heap_size = LEAST_HEAP, .min_bin_vheap_size = LEAST_BIN_VHEAP, .fullsweep_after = FULLSWEEP_AFTER, .kill = true, .error_logger = true,
                        .error_handler = SX_A(error_handler)};
}

SxSettings sx_settings_of(const SxProc *p)
{
    const Record *r = record_of(p);
    return r != NULL ? r->settings : sx_settings_usual();
}

void sx_settings_apply(SxProc *p, const SxSettings *settings)
{
    Record *r = record_of(p);
    if (r == NULL) {
        r = sx_alloc_zero(sizeof *r);
        r->resource.on_exit = owner_ends;
        sx_resource_add(p, &r->resource);
    }
    r->settings = *settings;
    uint64_t most = p->rt->limits.max_heap_words;
    p->heap.limit_words = settings->kill && settings->max_heap_size != 0 && settings->max_heap_size < most ? (size_t)settings->max_heap_size : (size_t)most;
}

/* The heap size of OTP's series that is next to `words` or equal. */
static uint64_t in_series(uint64_t words)
{
    uint64_t before = 12, size = 38;
    while (size < words) {
        uint64_t next = size < SERIES_TURN ? before + size + 1 : size + size / 5;
        before = size;
        size = next;
    }
    return size;
}

static bool flag(sx_val v, bool *out)
{
    *out = v == SX_TRUE;
    return v == SX_TRUE || v == SX_FALSE;
}

static bool number(sx_val v, uint64_t most, uint64_t *out)
{
    if (!sx_is_small(v) || sx_small_value(v) < 0 || (uint64_t)sx_small_value(v) > most) return false;
    *out = (uint64_t)sx_small_value(v);
    return true;
}

static bool size_in_series(sx_val v, uint64_t least, uint64_t *out)
{
    if (!number(v, SX_SMALL_MAX / 2, out)) return false;
    *out = in_series(*out < least ? least : *out);
    return true;
}

/* An integer, or a map with `size` and perhaps `kill`, `error_logger`. */
static bool change_max(SxSettings *s, sx_val v)
{
    sx_val size = v;
    if (!sx_is_map(v)) {
        s->kill = s->error_logger = true;
    } else {
        SxMapIter it;
        sx_val key, value;
        size = SX_NONE;
        sx_map_iter_init(&it, v);
        while (sx_map_iter_next(&it, &key, &value)) {
            if (key == SX_A(size)) size = value;
            else if (key == SX_A(kill) ? !flag(value, &s->kill) : key == SX_A(error_logger) && !flag(value, &s->error_logger)) return false;
        }
    }
    if (size == SX_NONE || !number(size, SX_SMALL_MAX, &s->max_heap_size)) return false;
    return s->max_heap_size == 0 || s->max_heap_size >= s->min_heap_size;
}

static bool change(SxSettings *s, sx_val name, sx_val value)
{
    uint64_t n;
    switch (sx_is_atom(name) ? sx_atom_index(name) : UINT32_MAX) {
    case SX_ATOM_INDEX_max_heap_size: return change_max(s, value);
    case SX_ATOM_INDEX_min_heap_size: return size_in_series(value, LEAST_HEAP, &s->min_heap_size) && (s->max_heap_size == 0 || s->min_heap_size <= s->max_heap_size);
    case SX_ATOM_INDEX_min_bin_vheap_size: return size_in_series(value, LEAST_BIN_VHEAP, &s->min_bin_vheap_size);
    case SX_ATOM_INDEX_fullsweep_after:
        if (!number(value, UINT32_MAX, &n)) return false;
        s->fullsweep_after = n < FULLSWEEP_AFTER ? (uint32_t)n : FULLSWEEP_AFTER;
        return true;
    case SX_ATOM_INDEX_save_calls:
        if (!number(value, MOST_SAVED_CALLS, &n)) return false;
        s->save_calls = (uint32_t)n;
        return true;
    case SX_ATOM_INDEX_message_queue_data:
        s->off_heap = value == SX_A(off_heap);
        return value == SX_A(off_heap) || value == SX_A(on_heap);
    case SX_ATOM_INDEX_sensitive: return flag(value, &s->sensitive);
    case SX_ATOM_INDEX_error_handler:
        s->error_handler = value;
        return sx_is_atom(value);
    default: return false;
    }
}

bool sx_setting_change(SxSettings *settings, sx_val name, sx_val value)
{
    SxSettings changed = *settings;
    if (!change(&changed, name, value)) return false;
    *settings = changed;
    return true;
}

static sx_val max_heap_size(SxHeap *h, const SxSettings *s)
{
    sx_val pairs[] = {SX_A(size), sx_int(h, (int64_t)s->max_heap_size), SX_A(kill), sx_bool(s->kill), SX_A(error_logger), sx_bool(s->error_logger)};
    return sx_map_from_pairs(h, pairs, SX_COUNT(pairs) / 2);
}

sx_val sx_setting_value(SxHeap *h, const SxSettings *s, sx_val name)
{
    switch (sx_is_atom(name) ? sx_atom_index(name) : UINT32_MAX) {
    case SX_ATOM_INDEX_max_heap_size: return max_heap_size(h, s);
    case SX_ATOM_INDEX_min_heap_size: return sx_int(h, (int64_t)s->min_heap_size);
    case SX_ATOM_INDEX_min_bin_vheap_size: return sx_int(h, (int64_t)s->min_bin_vheap_size);
    case SX_ATOM_INDEX_fullsweep_after: return sx_small(s->fullsweep_after);
    case SX_ATOM_INDEX_save_calls: return sx_small(s->save_calls);
    case SX_ATOM_INDEX_message_queue_data: return s->off_heap ? SX_A(off_heap) : SX_A(on_heap);
    case SX_ATOM_INDEX_sensitive: return sx_bool(s->sensitive);
    case SX_ATOM_INDEX_error_handler: return s->error_handler;
    default: return SX_NONE;
    }
}
