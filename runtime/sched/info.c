/* info.c - what process_info tells of a process. The process that is asked answers it itself, between two slices. */
#include "base/buf.h"
#include "sched/sched.h"
#include "sched/settings.h"
#include "value/bits.h"
#include "value/heap_policy.h"
#include "value/map.h"
#include "value/num.h"
#include "vm/vm.h"

static sx_val links(SxProc *p)
{
    sx_val list = SX_EMPTY;
    for (uint32_t i = 0; i < p->rels.n; i++)
        if (p->rels.entries[i].kind == SX_REL_LINK) list = sx_cons(&p->heap, p->rels.entries[i].other, list);
    return list;
}

static sx_val monitors(SxProc *p)
{
    SxHeap *h = &p->heap;
    sx_val list = SX_EMPTY;
    for (uint32_t i = 0; i < p->rels.n; i++) {
        const SxRel *r = &p->rels.entries[i];
        if (r->kind != SX_REL_WATCHES) continue;
        sx_val object = r->name == SX_NIL ? r->other : sx_tuple(h, 2, r->name, SX_A(node));
        list = sx_cons(h, sx_tuple(h, 2, SX_A(process), object), list);
    }
    return list;
}

static sx_val watchers(SxProc *p)
{
    sx_val list = SX_EMPTY;
    for (uint32_t i = 0; i < p->rels.n; i++)
        if (p->rels.entries[i].kind == SX_REL_WATCHED) list = sx_cons(&p->heap, p->rels.entries[i].other, list);
    return list;
}

static sx_val messages(SxProc *p)
{
    SxHeap *h = &p->heap;
    sx_val reversed = SX_EMPTY, list = SX_EMPTY;
    for (SxFrag *f = p->first; f != NULL; f = f->next) reversed = sx_cons(h, sx_heap_copy(h, f->value), reversed);
    for (; sx_is_cons(reversed); reversed = sx_tail(reversed)) list = sx_cons(h, sx_head(reversed), list);
    return list;
}

static sx_val pairs(SxProc *p, sx_val map)
{
    SxMapIter it;
    sx_val key, value, list = SX_EMPTY;
    sx_map_iter_init(&it, map);
    while (sx_map_iter_next(&it, &key, &value)) list = sx_cons(&p->heap, sx_tuple(&p->heap, 2, key, value), list);
    return list;
}

static sx_val frame(SxHeap *h, const SxWhere *at) { return sx_tuple(h, 4, at->fn->module, at->fn->name, sx_small(at->fn->max_args), sx_vm_location(h, at, SX_EMPTY)); }

/* The functions p is in, innermost first; 0 when it runs without a saved place. */
static int where(SxProc *p, SxWhere *at, int most) { return p == p->rt->sched.current && p->pc == NULL ? 0 : sx_vm_where(p, at, most); }

static sx_val stack(SxProc *p)
{
    SxWhere at[SX_TRACE_DEPTH];
    int n = where(p, at, SX_TRACE_DEPTH);
    sx_val list = SX_EMPTY;
    for (int i = n; i-- > 0;) list = sx_cons(&p->heap, frame(&p->heap, &at[i]), list);
    return list;
}

static sx_val current_function(SxProc *p)
{
    SxWhere at;
    if (where(p, &at, 1) == 0) return SX_A(undefined);
    return sx_tuple(&p->heap, 3, at.fn->module, at.fn->name, sx_small(at.fn->max_args));
}

static sx_val current_location(SxProc *p)
{
    SxWhere at;
    return where(p, &at, 1) == 0 ? SX_A(undefined) : frame(&p->heap, &at);
}

/* Text: a line for each function that p is in. */
static sx_val backtrace(SxProc *p)
{
    SxWhere at[SX_TRACE_DEPTH];
    SxBuf text = SX_BUF_INIT;
    int n = where(p, at, SX_TRACE_DEPTH);
    for (int i = 0; i < n; i++) {
        sx_buf_addf(&text, "%d %s:%s/%u", i, sx_atom_text(at[i].fn->module, NULL), sx_atom_text(at[i].fn->name, NULL), at[i].fn->max_args);
        if (at[i].line != 0) sx_buf_addf(&text, " (%s:%u)", sx_atom_text(at[i].file, NULL), at[i].line);
        sx_buf_add_char(&text, '\n');
    }
    sx_val binary = sx_binary(&p->heap, text.data, text.len);
    sx_buf_deinit(&text);
    return binary;
}

/* The large binaries that p holds on to: [{Address, Bytes, References}]. */
static sx_val binaries(SxProc *p)
{
    SxHeap *h = &p->heap;
    sx_val list = SX_EMPTY, *chains[] = {h->blobs, h->old_blobs};
    for (size_t i = 0; i < SX_COUNT(chains); i++)
        for (const sx_val *at = chains[i]; at != NULL; at = sx_blob_next(at)) {
            const SxBlob *b = sx_blob_at(at);
            sx_val address = sx_uint(h, (uint64_t)(uintptr_t)b), refs = sx_uint(h, atomic_load(&b->refs));
            list = sx_cons(h, sx_tuple(h, 3, address, sx_uint(h, atomic_load(&b->used)), refs), list);
        }
    return list;
}

typedef struct Number { const char *name; uint64_t value; } Number;
static sx_val numbers(SxHeap *h, const Number *n, size_t count)
{
    sx_val list = SX_EMPTY;
    for (size_t i = count; i-- > 0;) list = sx_cons(h, sx_tuple(h, 2, sx_atom(n[i].name), sx_uint(h, n[i].value)), list);
    return list;
}

static sx_val garbage_collection(SxProc *p)
{
    SxHeap *h = &p->heap;
    SxSettings s = sx_settings_of(p);
    const Number n[] = {{"min_bin_vheap_size", s.min_bin_vheap_size}, {"min_heap_size", s.min_heap_size}, {"fullsweep_after", s.fullsweep_after}, {"minor_gcs", h->minor_since_major}};
    sx_val list = numbers(h, n, SX_COUNT(n));
    return sx_cons(h, sx_tuple(h, 2, SX_A(max_heap_size), sx_setting_value(h, &s, SX_A(max_heap_size))), list);
}

/* Sizes in words, as OTP names them. */
static sx_val garbage_collection_info(SxProc *p)
{
    SxHeap *h = &p->heap;
    const uint64_t word = sizeof(sx_val);
    const Number n[] = {{"old_heap_block_size", (uint64_t)(h->old_end - h->old)}, {"heap_block_size", (uint64_t)(h->end - h->stack)}, {"mbuf_size", h->frag_words},
                        {"recent_size", (uint64_t)(h->hp - h->mature)}, {"stack_size", (uint64_t)(p->fp - h->stack) + p->live}, {"old_heap_size", (uint64_t)(h->old_hp - h->old)},
                        {"heap_size", (uint64_t)(h->hp - h->stack_end)}, {"bin_vheap_size", h->blob_bytes / word}, {"bin_vheap_block_size", sx_settings_of(p).min_bin_vheap_size},
                        {"bin_old_vheap_size", h->old_blob_bytes / word}, {"bin_old_vheap_block_size", h->old_blob_limit / word}};
    return numbers(h, n, SX_COUNT(n));
}

static sx_val status(const SxProc *p)
{
    if (p->suspended > 0) return sx_atom("suspended");
    if (p->wait_kind == SX_WAIT_INFO) return SX_A(running); /* it asks, perhaps about itself */
    /* one that asks about itself waits for its own answer: that is no waiting */
    if (p == p->rt->sched.current && (p->wait_kind == SX_WAIT_NONE || p->wait_kind == SX_WAIT_INFO)) return SX_A(running);
    return p->wait_kind != SX_WAIT_NONE ? SX_A(waiting) : SX_A(runnable);
}

static sx_val priority(const SxProc *p)
{
    static const uint32_t names[] = {SX_ATOM_INDEX_max, SX_ATOM_INDEX_high, SX_ATOM_INDEX_normal, SX_ATOM_INDEX_low};
    return SX_ATOM(names[p->priority]);
}

static sx_val item(SxProc *p, sx_val what)
{
    SxHeap *h = &p->heap;
    if (!sx_is_atom(what)) return SX_NONE;
    switch (sx_atom_index(what)) {
    case SX_ATOM_INDEX_message_queue_len: return sx_small(p->n_messages);
    case SX_ATOM_INDEX_messages: return messages(p);
    case SX_ATOM_INDEX_links: return links(p);
    case SX_ATOM_INDEX_monitors: return monitors(p);
    case SX_ATOM_INDEX_monitored_by: return watchers(p);
    case SX_ATOM_INDEX_status: return status(p);
    case SX_ATOM_INDEX_registered_name: return p->name == SX_NIL ? SX_EMPTY : p->name;
    case SX_ATOM_INDEX_trap_exit: return sx_bool(p->trap_exit);
    case SX_ATOM_INDEX_priority: return priority(p);
    case SX_ATOM_INDEX_memory: return sx_int(h, (int64_t)(sx_heap_words(h) * sizeof(sx_val) + sizeof *p));
    case SX_ATOM_INDEX_heap_size:
    case SX_ATOM_INDEX_total_heap_size: return sx_int(h, (int64_t)sx_heap_words(h));
    case SX_ATOM_INDEX_stack_size: return sx_small((int64_t)(p->fp - h->stack) + p->live);
    case SX_ATOM_INDEX_reductions: return sx_int(h, (int64_t)p->total_reductions);
    case SX_ATOM_INDEX_dictionary: return pairs(p, p->dictionary);
    case SX_ATOM_INDEX_current_function: return current_function(p);
    case SX_ATOM_INDEX_current_stacktrace: return stack(p);
    case SX_ATOM_INDEX_current_location: return current_location(p);
    case SX_ATOM_INDEX_backtrace: return backtrace(p);
    case SX_ATOM_INDEX_binary: return binaries(p);
    case SX_ATOM_INDEX_garbage_collection: return garbage_collection(p);
    case SX_ATOM_INDEX_garbage_collection_info: return garbage_collection_info(p);
    case SX_ATOM_INDEX_suspending: return sx_suspending(p);
    case SX_ATOM_INDEX_trace: return sx_small(0); /* nothing is traced */
    case SX_ATOM_INDEX_last_calls: return SX_FALSE;
    case SX_ATOM_INDEX_sequential_trace_token: return SX_EMPTY;
    case SX_ATOM_INDEX_initial_call: return sx_tuple(h, 3, p->initial_module, p->initial_name, sx_small(p->initial_arity));
    case SX_ATOM_INDEX_group_leader: return p->group_leader;
    case SX_ATOM_INDEX_parent: return p->parent == SX_NIL ? SX_A(undefined) : p->parent;
    case SX_ATOM_INDEX_label: return p->label == SX_NIL ? SX_A(undefined) : p->label;
    case SX_ATOM_INDEX_min_heap_size:
    case SX_ATOM_INDEX_min_bin_vheap_size:
    case SX_ATOM_INDEX_max_heap_size:
    case SX_ATOM_INDEX_message_queue_data:
    case SX_ATOM_INDEX_error_handler: {
        SxSettings settings = sx_settings_of(p);
        return sx_setting_value(h, &settings, what);
    }
    default: return SX_NONE;
    }
}

sx_val sx_process_info(SxProc *p, sx_val items)
{
    SxHeap *h = &p->heap;
    if (sx_is_tuple(items)) return sx_bool(sx_vm_in_old_code(p, sx_tuple_elements(items)[1]));
    if (sx_is_atom(items)) {
        sx_val v = item(p, items);
        return v == SX_NONE ? SX_NONE : sx_tuple(h, 2, items, v);
    }
    sx_val reversed = SX_EMPTY, list = SX_EMPTY;
    for (; sx_is_cons(items); items = sx_tail(items)) {
        sx_val v = item(p, sx_head(items));
        if (v == SX_NONE) return SX_NONE;
        reversed = sx_cons(h, sx_tuple(h, 2, sx_head(items), v), reversed);
    }
    if (items != SX_EMPTY) return SX_NONE;
    for (; sx_is_cons(reversed); reversed = sx_tail(reversed)) list = sx_cons(h, sx_head(reversed), list);
    return list;
}
