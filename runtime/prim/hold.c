/* hold.c - what programs are told of the longest slice: see sched/hold.h. */
#include "prim/args.h"
#include "sched/hold.h"

static sx_val text_of(SxProc *p, void (*add)(SxBuf *out, const SxHold *h), const SxHold *h)
{
    SxBuf b = SX_BUF_INIT;
    add(&b, h);
    sx_val v = b.len == 0 ? SX_NIL : sx_binary(&p->heap, b.data, b.len);
    sx_buf_deinit(&b);
    return v;
}

SX_PRIM(longest_slice, "(longest-slice)",
        "What held the scheduler longest since the last call, as a map, or nil: :us, :cpu_us (processor time, by which it is chosen), "
        ":collecting_us (in collections of large heaps), :what (:run, :end of the process, :several short slices), :pid, :name, :in (function), :at (file:line), :primitive. "
        "Forgets it, and from then on measures each slice by itself, which costs a look at two clocks. (let ((held (longest-slice))) (or (nil? held) (map? held))) => true")
{
    static const char *const whats[] = SX_HOLD_NAMES;
    SxHold h = sx_sched(p)->longest;
    sx_hold_reset(sx_sched(p), true);
    if (h.ns == 0) return SX_NIL;
    SxHeap *heap = &p->heap;
    sx_val m = sx_map_empty();
    m = sx_map_put(heap, m, sx_atom("us"), sx_int(heap, h.ns / 1000));
    m = sx_map_put(heap, m, sx_atom("cpu_us"), sx_int(heap, h.cpu_ns / 1000));
    m = sx_map_put(heap, m, sx_atom("collecting_us"), sx_int(heap, h.collect_ns / 1000));
    m = sx_map_put(heap, m, sx_atom("what"), sx_atom(whats[h.what]));
    m = sx_map_put(heap, m, sx_atom("slices"), sx_small(h.slices));
    if (h.what == SX_HOLD_SEVERAL) return m;
    m = sx_map_put(heap, m, sx_atom("pid"), h.pid);
    m = sx_map_put(heap, m, sx_atom("name"), h.name);
    m = sx_map_put(heap, m, sx_atom("in"), text_of(p, sx_hold_add_function, &h));
    m = sx_map_put(heap, m, sx_atom("at"), text_of(p, sx_hold_add_place, &h));
    return sx_map_put(heap, m, sx_atom("primitive"), h.primitive);
}

SX_PRIM_TABLE(hold){&longest_slice_prim, NULL};
