/* ets_table.c - tables and what is in them, whatever the storage: the books by id and name, who may do what, objects copied
 * in and out, fixing. The two storages are ets_hash.c's and ets_tree.c's.
 * INVARIANT: a table is in the books from sx_ets_table_new to sx_ets_table_forget, and among its owner's resources; a fix is
 * among its process's resources and in its table's list. */
#include "prim/ets.h"
#include "base/sys.h"
#include "value/compare.h"
#include "value/copy.h"
#include "value/shared.h"

/* ---- the books ---- */

static void free_store(SxRuntime *rt, SxStore *s);

SxEts *sx_ets(SxRuntime *rt)
{
    SxStore **s = &rt->stores[SX_STORE_ETS];
    if (*s == NULL) {
        SxEts *e = sx_alloc_zero(sizeof *e);
        e->store.free = free_store;
        e->max_words = sx_sys_half_memory() / sizeof(sx_val);
        *s = &e->store;
    }
    return SX_CONTAINER(*s, SxEts, store);
}

SxEtsTable *sx_ets_find(SxRuntime *rt, sx_val id)
{
    SxEts *e = sx_ets(rt);
    uint64_t address;
    if (sx_is_ref(id)) {
        uint64_t serial = sx_ref_serial(id);
        if (e->last != NULL && e->last->serial == serial) return e->last;
        if (!sx_idmap_get(&e->by_serial, serial, &address)) return NULL;
        return e->last = (SxEtsTable *)(uintptr_t)address;
    }
    return sx_is_atom(id) && sx_idmap_get(&e->by_name, id, &address) ? (SxEtsTable *)(uintptr_t)address : NULL;
}

SxEtsTable *sx_ets_open_slow(SxProc *p, sx_val id, SxEtsWant want)
{
    SxEtsTable *t = sx_ets_find(p->rt, id);
    if (SX_UNLIKELY(t == NULL)) {
        sx_badarg(p, "there is no such table");
        return NULL;
    }
    if (SX_LIKELY(t->owner == p->pid || want == SX_ETS_ASK)) return t;
    if (want == SX_ETS_READ ? t->access != SX_ETS_PRIVATE : want == SX_ETS_WRITE && t->access == SX_ETS_PUBLIC) return t;
    sx_badarg(p, want == SX_ETS_OWN ? "the table is not the caller's own" : "the table's owner does not let others do this");
    return NULL;
}

sx_val sx_ets_id(SxHeap *h, const SxEtsTable *t) { return sx_ref_new(h, t->serial, t->maker); }
sx_val sx_ets_handle(SxHeap *h, const SxEtsTable *t) { return t->named ? t->name : sx_ets_id(h, t); }

bool sx_ets_rename(SxEts *e, SxEtsTable *t, sx_val name)
{
    uint64_t taken;
    if (t->named) {
        if (sx_idmap_get(&e->by_name, name, &taken)) return taken == (uint64_t)(uintptr_t)t;
        sx_idmap_remove(&e->by_name, t->name);
        sx_idmap_put(&e->by_name, name, (uint64_t)(uintptr_t)t);
    }
    t->name = name;
    return true;
}

/* ---- an owner ends ---- */

#define FREE_AT_ONCE 20000 /* objects */

static void transfer_to_heir(SxProc *p, SxEtsTable *t, SxProc *heir)
{
    SxHeap *h = &p->heap;
    sx_val data = t->heir_data != NULL ? t->heir_data->value : SX_NIL;
    sx_val message = sx_tuple(h, 4, sx_atom("ETS-TRANSFER"), sx_ets_handle(h, t), t->owner, data);
    sx_send(p->rt, &p->rt->sched, heir->pid, message);
    if (t->heir_data != NULL) sx_frag_free(t->heir_data);
    t->heir_data = NULL;
    t->heir = SX_NONE;
    sx_ets_set_owner(t, heir);
}

static void owner_ends(SxResource *r, SxProc *p)
{
    SxEtsTable *t = SX_CONTAINER(r, SxEtsTable, resource);
    SxRuntime *rt = p->rt;
    SxProc *heir = t->heir != SX_NONE && t->heir != p->pid ? sx_proc_find(rt, t->heir) : NULL;
    if (heir != NULL && !heir->exiting) {
        transfer_to_heir(p, t, heir);
        return;
    }
    if (sx_ets_bury(rt, t)) return;
    /* a large one: a process of its own frees it, in slices */
    SxSpawn spawn = {.fn = sx_atom("ets"), .name = sx_atom("$reap"), .parent = SX_NIL, .group_leader = SX_NIL, .priority = SX_PRIO_LOW};
    if (sx_spawn(rt, &spawn) == NULL)
        while (!sx_ets_reap(rt, SIZE_MAX)) {}
}

void sx_ets_set_owner(SxEtsTable *t, SxProc *owner)
{
    if (t->resource.link != NULL) sx_resource_remove(&t->resource);
    t->owner = owner->pid;
    sx_resource_add(owner, &t->resource);
}

/* ---- making and freeing ---- */

SxEtsTable *sx_ets_table_new(SxProc *owner, SxEtsType type)
{
    SxEts *e = sx_ets(owner->rt);
    SxEtsTable *t = sx_alloc_zero(sizeof *t);
    t->all = e;
    t->serial = sx_next_serial(&owner->rt->sched);
    t->maker = owner->pid;
    t->type = type;
    t->access = SX_ETS_PROTECTED;
    t->heir = SX_NONE;
    t->resource.on_exit = owner_ends;
    if (!sx_ets_is_tree(t)) sx_ets_hash_init(t);
    sx_ets_set_owner(t, owner);
    sx_idmap_put(&e->by_serial, t->serial, (uint64_t)(uintptr_t)t);
    e->n_tables++;
    return t;
}

static void drop_fix(SxEtsTable *t, SxEtsFix *f)
{
    SxEtsFix **link = &t->fixes;
    while (*link != f) link = &(*link)->next;
    *link = f->next;
    sx_free(f);
    if (t->fixes == NULL && t->n_with_gone > 0) sx_ets_hash_sweep(t);
}

/* Take it out of the books; what it holds is still there. */
static void forget(SxEts *e, SxEtsTable *t)
{
    sx_idmap_remove(&e->by_serial, t->serial);
    if (t->named) sx_idmap_remove(&e->by_name, t->name);
    if (e->last == t) e->last = NULL;
    e->n_tables--;
    t->named = false;
    if (t->resource.link != NULL) sx_resource_remove(&t->resource);
    t->resource.link = NULL;
    while (t->fixes != NULL) {
        SxEtsFix *f = t->fixes;
        t->fixes = f->next;
        sx_resource_remove(&f->resource);
        sx_free(f);
    }
    t->n_with_gone = 0;
}

/* Free about `most` objects of a forgotten table; true when it is empty. */
static bool clear(SxEtsTable *t, size_t most)
{
    if (sx_ets_is_tree(t)) {
        while (t->root != NULL && most-- > 0) { /* turn the tree into a list to the right, and eat that */
            SxEtsObj *o = t->root, *left = o->next;
            if (left != NULL) {
                o->next = left->right;
                left->right = o;
                t->root = left;
            } else {
                t->root = o->right;
                sx_ets_obj_free(o);
            }
        }
        if (t->root != NULL) return false;
    } else {
        while (t->n_buckets > 0) {
            SxEtsObj *o = t->buckets[t->n_buckets - 1];
            if (most == 0) return false;
            most--;
            if (o == NULL) {
                t->n_buckets--;
                continue;
            }
            t->buckets[t->n_buckets - 1] = o->next;
            sx_ets_obj_free(o);
        }
        sx_ets_hash_deinit(t);
    }
    t->all->n_words -= t->n_words;
    t->n = t->n_words = 0;
    return true;
}

static void free_table(SxEtsTable *t)
{
    if (t->heir_data != NULL) sx_frag_free(t->heir_data);
    sx_free(t);
}

bool sx_ets_bury(SxRuntime *rt, SxEtsTable *t)
{
    SxEts *e = sx_ets(rt);
    forget(e, t);
    if (t->n <= FREE_AT_ONCE && clear(t, SIZE_MAX)) {
        free_table(t);
        return true;
    }
    t->next_dead = e->dead;
    e->dead = t;
    return false;
}

bool sx_ets_empty(SxRuntime *rt, SxEtsTable *t)
{
    if (t->n <= FREE_AT_ONCE) {
        clear(t, SIZE_MAX);
        if (!sx_ets_is_tree(t)) sx_ets_hash_init(t);
        return true;
    }
    SxEts *e = sx_ets(rt);
    SxEtsTable *dead = sx_alloc_zero(sizeof *dead); /* takes the storage along */
    dead->type = t->type;
    dead->all = t->all;
    dead->n = t->n;
    dead->n_words = t->n_words;
    dead->buckets = t->buckets;
    dead->n_buckets = t->n_buckets;
    dead->root = t->root;
    dead->next_dead = e->dead;
    e->dead = dead;
    t->root = NULL;
    t->n = t->n_words = 0;
    if (!sx_ets_is_tree(t)) sx_ets_hash_init(t);
    return false;
}

bool sx_ets_reap(SxRuntime *rt, size_t most)
{
    SxEts *e = sx_ets(rt);
    SxEtsTable *t = e->dead;
    if (t == NULL) return true;
    if (!clear(t, most)) return false;
    e->dead = t->next_dead;
    free_table(t);
    return e->dead == NULL;
}

/* The runtime ends; its processes are gone already. */
static void free_store(SxRuntime *rt, SxStore *s)
{
    SxEts *e = SX_CONTAINER(s, SxEts, store);
    for (uint32_t i = 0; i < e->by_serial.cap; i++) {
        if (e->by_serial.slots[i].key == 0) continue;
        SxEtsTable *t = (SxEtsTable *)(uintptr_t)e->by_serial.slots[i].value;
        while (t->fixes != NULL) {
            SxEtsFix *f = t->fixes;
            t->fixes = f->next;
            sx_free(f);
        }
        clear(t, SIZE_MAX);
        free_table(t);
    }
    while (!sx_ets_reap(rt, SIZE_MAX)) {}
    sx_idmap_deinit(&e->by_serial);
    sx_idmap_deinit(&e->by_name);
    sx_free(e);
}

/* ---- objects ---- */

static SxEtsObj *object_of_size(size_t n_words)
{
    SX_CHECK(n_words < UINT32_MAX);
    SxEtsObj *o = sx_alloc(sizeof *o + n_words * sizeof(sx_val));
    o->next = NULL;
    o->right = NULL;
    o->blobs = NULL;
    o->n_words = (uint32_t)n_words;
    o->balance = 0;
    o->gone = false;
    return o;
}

SxEtsObj *sx_ets_obj_from(const sx_val *elements, size_t n)
{
    SxCopier c = SX_COPIER_INIT;
    size_t more = 0, i = 0;
    while (i < n && (!sx_is_pointer(elements[i]) || sx_is_shared(elements[i]))) i++;
    if (i < n) more = sx_copier_measure(&c, elements, n);
    SxEtsObj *o = object_of_size(n + 1 + more);
    o->words[0] = SX_HEADER(SX_KIND_TUPLE, n);
    if (n > 0) memcpy(o->words + 1, elements, n * sizeof *elements);
    if (i < n) {
        sx_copier_run(&c, o->words + 1, n, o->words + 1 + n);
        o->blobs = c.blobs;
        sx_copier_deinit(&c);
    }
    return o;
}

SxEtsObj *sx_ets_obj_new(sx_val tuple) { return sx_ets_obj_from(sx_tuple_elements(tuple), sx_tuple_size(tuple)); }

void sx_ets_obj_free(SxEtsObj *o)
{
    if (o->blobs != NULL) sx_blob_chain_unref(o->blobs);
    sx_free(o);
}

sx_val sx_ets_copy_out(SxProc *p, const SxEtsObj *o)
{
    if (SX_UNLIKELY(o->blobs != NULL)) return sx_heap_copy(&p->heap, sx_ets_value(o));
    /* the object is one piece, and points into itself or the shared range only: move it as a whole */
    size_t n = o->n_words, i = 0, raw;
    sx_val *to = sx_heap_alloc(&p->heap, n);
    const sx_val *from = o->words;
    sx_val delta = (sx_val)(uintptr_t)to - (sx_val)(uintptr_t)from;
    while (i < n) {
        sx_val w = from[i];
        if (sx_is_pointer(w) && (uintptr_t)sx_ptr(w) - (uintptr_t)from < n * sizeof w) w += delta;
        to[i++] = w;
        if (SX_LIKELY(!sx_is_header(w) || sx_header_kind(w) < SX_KIND_FIRST_RAW)) continue;
        for (raw = sx_header_size(w); raw > 0; raw--, i++) to[i] = from[i];
    }
    return sx_make_ptr(to, SX_TAG_BOXED);
}

/* ---- fixing ---- */

static SxEtsFix *fix_of(const SxEtsTable *t, sx_val pid)
{
    for (SxEtsFix *f = t->fixes; f != NULL; f = f->next)
        if (f->pid == pid) return f;
    return NULL;
}

static void fixer_ends(SxResource *r, SxProc *p)
{
    SxEtsFix *f = SX_CONTAINER(r, SxEtsFix, resource);
    (void)p;
    drop_fix(f->table, f);
}

static SxEtsFix *make_fix(SxEtsTable *t, SxProc *p)
{
    SxEtsFix *f = fix_of(t, p->pid);
    if (f != NULL) return f;
    f = sx_alloc_zero(sizeof *f);
    f->table = t;
    f->pid = p->pid;
    f->resource.on_exit = fixer_ends;
    sx_resource_add(p, &f->resource);
    if (t->fixes == NULL) t->fixed_since = sx_sys_wall_ns();
    f->next = t->fixes;
    return t->fixes = f;
}

static void lower_fix(SxEtsTable *t, SxEtsFix *f)
{
    if (f->n > 0 || f->walks) return;
    sx_resource_remove(&f->resource);
    drop_fix(t, f);
}

void sx_ets_fix(SxEtsTable *t, SxProc *p) { make_fix(t, p)->n++; }

bool sx_ets_unfix(SxEtsTable *t, SxProc *p)
{
    SxEtsFix *f = fix_of(t, p->pid);
    if (f == NULL || f->n == 0) return false;
    f->n--;
    lower_fix(t, f);
    return true;
}

void sx_ets_fix_walk(SxEtsTable *t, SxProc *p) { make_fix(t, p)->walks = true; }

void sx_ets_unfix_walk(SxEtsTable *t, SxProc *p)
{
    SxEtsFix *f = fix_of(t, p->pid);
    if (f == NULL || !f->walks) return;
    f->walks = false;
    lower_fix(t, f);
}

/* ---- storage ---- */

static const SxEtsObj *not_gone(const SxEtsTable *t, const SxEtsObj *o, sx_val key, uint64_t hash)
{
    while (o != NULL && o->gone) {
        o = o->next;
        if (o != NULL && (o->hash != hash || !sx_equal(sx_ets_key(t, o), key))) return NULL;
    }
    return o;
}

SxEtsObj *sx_ets_lookup_slow(const SxEtsTable *t, sx_val key)
{
    if (sx_ets_is_tree(t)) return sx_ets_tree_find(t, key);
    uint64_t hash = sx_term_hash(key);
    SxEtsObj *o = *sx_ets_hash_link(t, key, hash);
    return o == NULL || SX_LIKELY(!o->gone) ? o : (SxEtsObj *)(uintptr_t)not_gone(t, o, key, hash);
}

SxEtsObj *sx_ets_lookup_next(const SxEtsTable *t, const SxEtsObj *o)
{
    if (!sx_ets_is_bag(t)) return NULL;
    sx_val key = sx_ets_key(t, o);
    const SxEtsObj *next = o->next;
    if (next == NULL || next->hash != o->hash || !sx_equal(sx_ets_key(t, next), key)) return NULL;
    return (SxEtsObj *)(uintptr_t)not_gone(t, next, key, o->hash);
}

void sx_ets_put(SxEtsTable *t, SxEtsObj *o)
{
    if (sx_ets_is_tree(t)) {
        SxEtsObj *old = sx_ets_tree_put(t, o);
        if (old != NULL) sx_ets_obj_free(old);
        return;
    }
    sx_ets_hash_put(t, o);
}

void sx_ets_replace(SxEtsTable *t, SxEtsObj *old, SxEtsObj *o)
{
    if (sx_ets_is_tree(t)) {
        sx_ets_tree_exchange(t, old, o);
    } else {
        SxEtsObj **link = &t->buckets[sx_ets_bucket(t, old->hash)];
        while (*link != old) link = &(*link)->next;
        o->next = old->next;
        o->hash = old->hash;
        *link = o;
        sx_ets_weigh(t, o, old);
    }
    sx_ets_obj_free(old);
}

size_t sx_ets_remove_key(SxEtsTable *t, sx_val key)
{
    if (sx_ets_is_tree(t)) {
        SxEtsObj *o = sx_ets_tree_remove(t, key);
        if (o == NULL) return 0;
        sx_ets_obj_free(o);
        return 1;
    }
    size_t before = t->n;
    uint64_t hash = sx_term_hash(key);
    SxEtsObj **link = sx_ets_hash_link(t, key, hash);
    while (*link != NULL && (*link)->hash == hash && sx_equal(sx_ets_key(t, *link), key)) {
        const SxEtsObj *o = *link;
        bool last = !sx_ets_is_bag(t);
        sx_ets_hash_drop(t, link);
        if (*link == o) link = &(*link)->next; /* it was only marked */
        if (last) break;
    }
    size_t n = before - t->n;
    if (n > 0) sx_ets_hash_fit(t);
    return n;
}

void sx_ets_remove_object(SxEtsTable *t, sx_val tuple)
{
    if (sx_tuple_size(tuple) <= t->key_at) return;
    sx_val key = sx_tuple_elements(tuple)[t->key_at];
    if (sx_ets_is_tree(t)) {
        SxEtsObj *o = sx_ets_tree_find(t, key);
        if (o != NULL && sx_equal(sx_ets_value(o), tuple)) sx_ets_remove_key(t, key);
        return;
    }
    uint64_t hash = sx_term_hash(key);
    SxEtsObj **link = sx_ets_hash_link(t, key, hash);
    while (*link != NULL && (*link)->hash == hash && sx_equal(sx_ets_key(t, *link), key)) {
        const SxEtsObj *o = *link;
        if (sx_equal(sx_ets_value(o), tuple)) sx_ets_hash_drop(t, link);
        if (*link == o) link = &(*link)->next;
    }
    sx_ets_hash_fit(t);
}

void sx_ets_remove_all(SxEtsTable *t)
{
    for (uint32_t i = 0; i < t->n_buckets; i++)
        for (SxEtsObj **link = &t->buckets[i]; *link != NULL; link = &(*link)->next) sx_ets_hash_drop(t, link);
}

/* First object that is there in bucket i or behind it. */
static SxEtsObj *first_from(const SxEtsTable *t, uint32_t i)
{
    for (; i < t->n_buckets; i++)
        for (SxEtsObj *o = t->buckets[i]; o != NULL; o = o->next)
            if (!o->gone) return o;
    return NULL;
}

SxEtsObj *sx_ets_first(const SxEtsTable *t, bool from_end)
{
    SxEtsPath path;
    return sx_ets_is_tree(t) ? sx_ets_path_begin(t, &path, from_end) : first_from(t, 0);
}

SxEtsObj *sx_ets_next(const SxEtsTable *t, sx_val key, bool backwards, bool *found)
{
    *found = true;
    if (sx_ets_is_tree(t)) {
        SxEtsPath path;
        return sx_ets_path_seek(t, &path, sx_ets_order_key, &key, backwards, false);
    }
    uint64_t hash = sx_term_hash(key);
    const SxEtsObj *o = *sx_ets_hash_link(t, key, hash);
    if (o == NULL) {
        *found = false;
        return NULL;
    }
    while (o != NULL && (o->gone || (o->hash == hash && sx_equal(sx_ets_key(t, o), key)))) o = o->next;
    return o != NULL ? (SxEtsObj *)(uintptr_t)o : first_from(t, sx_ets_bucket(t, hash) + 1);
}
