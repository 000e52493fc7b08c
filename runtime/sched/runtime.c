/* runtime.c - the runtime itself: the process table, spawning, registered names.
 * INVARIANT: a record that was handed out once keeps its place in the table for good; free ones are used oldest first. */
#include "base/sys.h"
#include "sched/sched.h"
#include "value/map.h"
#include "vm/vm.h"

#define SLAB_BITS 10
#define SLAB_SIZE (1u << SLAB_BITS)

static size_t default_heap_words(void)
{
    size_t most = (size_t)1 << 30, half = sx_sys_half_memory();
    return (half < most ? half : most) / sizeof(sx_val);
}

void sx_runtime_init(SxRuntime *rt, const SxLimits *limits)
{
    memset(rt, 0, sizeof *rt);
    rt->limits = *limits;
    if (rt->limits.max_atoms == 0) rt->limits.max_atoms = SX_ATOM_LIMIT;
    if (rt->limits.max_processes == 0) rt->limits.max_processes = SX_MAX_PROCESSES;
    if (rt->limits.max_heap_words == 0) rt->limits.max_heap_words = default_heap_words();
    rt->sched.rt = rt;
    rt->sched.tail_fn = SX_NIL;
    rt->sched.now = sx_sys_monotonic_ns();
    rt->sched.wheel_ms = rt->sched.now / 1000000;
    sx_sys_random(&sx_map_seed, sizeof sx_map_seed);
    rt->slabs = sx_alloc_zero((rt->limits.max_processes / SLAB_SIZE + 1) * sizeof *rt->slabs);
    sx_atoms_init(rt->limits.max_atoms);
    sx_code_init(&rt->code);
    if (rt->limits.max_shared_words != 0) rt->code.shared.limit_words = rt->limits.max_shared_words;
}

void sx_runtime_deinit(SxRuntime *rt)
{
    for (uint32_t i = 0; i < rt->n_slots; i++) {
        SxProc *p = &rt->slabs[i >> SLAB_BITS][i & (SLAB_SIZE - 1)];
        if (atomic_load(&p->state) != SX_STATE_FREE) sx_proc_free(rt, p);
        else sx_mailbox_deinit(p);
    }
    for (uint32_t i = 0; i < rt->n_slabs; i++) sx_free(rt->slabs[i]);
    sx_free(rt->slabs);
    for (int i = 0; i < SX_STORE_COUNT; i++)
        if (rt->stores[i] != NULL) rt->stores[i]->free(rt, rt->stores[i]);
    sx_wheel_deinit(&rt->sched);
    sx_idmap_deinit(&rt->names);
    sx_idmap_deinit(&rt->timers);
    sx_atoms_deinit();
}

SxProc *sx_proc_find(SxRuntime *rt, sx_val pid)
{
    if (!sx_is_pid(pid)) return NULL;
    uint32_t slot = sx_pid_slot(pid);
    if (slot >= atomic_load_explicit(&rt->n_slots, memory_order_relaxed)) return NULL;
    SxProc *p = &rt->slabs[slot >> SLAB_BITS][slot & (SLAB_SIZE - 1)];
    return sx_proc_pid(p) == pid ? p : NULL;
}

SxProc *sx_proc_at(SxRuntime *rt, uint32_t slot)
{
    if (slot >= rt->n_slots) return NULL;
    SxProc *p = &rt->slabs[slot >> SLAB_BITS][slot & (SLAB_SIZE - 1)];
    return atomic_load(&p->state) == SX_STATE_FREE ? NULL : p;
}

/* A record that nobody uses; NULL at the limit. */
static SxProc *take_record(SxRuntime *rt, uint32_t *slot)
{
    if (rt->n_processes >= rt->limits.max_processes) return NULL;
    SxProc *p = rt->free_first;
    if (p != NULL) {
        rt->free_first = p->queue_next;
        if (rt->free_first == NULL) rt->free_last = NULL;
        *slot = p->slot;
    } else {
        if (rt->n_slots == rt->n_slabs * SLAB_SIZE) {
            rt->slabs[rt->n_slabs++] = sx_alloc_zero(SLAB_SIZE * sizeof(SxProc));
        }
        *slot = rt->n_slots;
        p = &rt->slabs[*slot >> SLAB_BITS][*slot & (SLAB_SIZE - 1)];
        p->slot = *slot;
        atomic_store_explicit(&rt->n_slots, *slot + 1, memory_order_relaxed);
    }
    rt->n_processes++;
    return p;
}

SxProc *sx_spawn(SxRuntime *rt, const SxSpawn *o)
{
    uint32_t slot;
    SxProc *p = take_record(rt, &slot);
    if (p == NULL) return NULL;
    sx_mailbox_deinit(p); /* what was published to the slot while it was free */
    p->serial_next = (p->serial_next + 1) & 0x3FFFFFFF;
    size_t words = sx_term_words(o->fn) + 2 * (size_t)o->n_args;
    for (int i = 0; i < o->n_args && !o->make_args; i++) words += sx_term_words(o->args[i]);
    size_t least = o->min_heap_words > SX_PROC_HEAP_WORDS ? o->min_heap_words : SX_PROC_HEAP_WORDS;
    sx_heap_init(&p->heap, o->min_stack_words > SX_PROC_STACK_WORDS ? o->min_stack_words : SX_PROC_STACK_WORDS, words + least / 2 > least ? words + least / 2 : least,
                 o->max_heap_words ? o->max_heap_words : rt->limits.max_heap_words);
    p->rt = rt;
    p->total_reductions = 0;
    p->trap_exit = p->exiting = p->over_limit = p->op_done = p->timed_out = p->woken = p->blame = false;
    p->priority = o->priority < SX_PRIO_COUNT ? o->priority : SX_PRIO_NORMAL;
    p->wait_kind = SX_WAIT_NONE;
    p->deadline_set = 0;
    p->suspended = 0;
    p->interrupted = SX_INTERRUPT_NONE;
    p->prim_state = SX_NONE;
    p->op_result = p->label = SX_NIL;
    p->exc_class = p->exc_reason = p->exc_trace = SX_NIL;
    p->dictionary = sx_map_empty();
    sx_proc_set_pid(p, sx_make_pid(slot, p->serial_next));
    p->parent = o->parent;
    p->group_leader = o->group_leader;
    p->name = SX_NIL;
    p->epoch = o->epoch;
    p->rels = (SxRels){0};
    p->resources = NULL;
    p->apart = NULL;
    p->apart_done = false;
    p->op_serial = 0;
    p->timer_link = NULL;
    sx_val args = SX_EMPTY, made[SX_SPAWN_MADE];
    if (o->make_args) {
        SX_CHECK(o->n_args <= SX_SPAWN_MADE);
        o->make_args(&p->heap, made, o->data);
    }
    for (int i = o->n_args; i-- > 0;) args = sx_cons(&p->heap, o->make_args ? made[i] : sx_heap_copy(&p->heap, o->args[i]), args);
    sx_val fn = sx_heap_copy(&p->heap, o->fn);
    p->initial_module = p->initial_name = SX_NIL;
    p->initial_arity = (uint32_t)o->n_args;
    if (o->name != SX_NONE) {
        p->initial_module = o->fn;
        p->initial_name = o->name;
    } else if (sx_is_closure(fn)) {
        const SxFn *f = (const SxFn *)(uintptr_t)sx_ptr(fn)[1];
        p->initial_module = f->module;
        p->initial_name = f->name;
    }
    sx_vm_start(p, fn, args, o->name);
    atomic_store(&p->state, SX_STATE_RUNNABLE);
    sx_queue_push(&rt->sched, p);
    return p;
}

/* ---- names ---- */

sx_val sx_whereis(SxRuntime *rt, sx_val name)
{
    uint64_t pid;
    return sx_idmap_get(&rt->names, name, &pid) ? (sx_val)pid : SX_NONE;
}

bool sx_register(SxRuntime *rt, sx_val name, SxProc *p)
{
    uint64_t taken;
    if (p->name != SX_NIL || sx_idmap_get(&rt->names, name, &taken)) return false;
    sx_idmap_put(&rt->names, name, p->pid);
    p->name = name;
    return true;
}

bool sx_unregister(SxRuntime *rt, sx_val name)
{
    uint64_t pid;
    if (!sx_idmap_get(&rt->names, name, &pid)) return false;
    sx_idmap_remove(&rt->names, name);
    SxProc *p = sx_proc_find(rt, (sx_val)pid);
    if (p != NULL) p->name = SX_NIL;
    return true;
}
