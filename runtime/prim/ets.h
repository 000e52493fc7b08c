/* ets.h - tables of tuples outside all heaps, for all processes: what the files ets*.c share.
 *   ets.c        primitives on objects      ets_admin.c   making, naming, owning, asking
 *   ets_select.c matching and walking       ets_match.c   match specifications
 *   ets_table.c  tables and objects, the access rule, fixing          ets_hash.c, ets_tree.c   the two ways to store
 * Objects are copied in and out; nothing in a heap ever points into a table, and nothing in a table into a heap.
 * A table belongs to a process, whose end deletes it or hands it to an heir. Everything here runs on the scheduler's thread
 * (one in this version: with several, a lock per table goes into sx_ets_open and its callers).
 * INVARIANT: the storage is not rearranged while the table is fixed: objects that are deleted then are only marked `gone`. */
#ifndef SX_PRIM_ETS_H
#define SX_PRIM_ETS_H

#include "prim/args.h"
#include "value/heap_policy.h"
#include "value/map.h"

/* An object: the tuple and all that it refers to, in one piece. */
typedef struct SxEtsObj {
    struct SxEtsObj *next;                              /* hash: the chain; tree: what is less */
    union { uint64_t hash; struct SxEtsObj *right; };   /* of the key */
    sx_val *blobs;                                      /* chain of the BLOB objects inside */
    uint32_t n_words;
    int8_t balance;                                     /* tree: height of the right minus height of the left */
    bool gone;                                          /* hash: deleted while the table was fixed */
    sx_val words[];                                     /* the tuple first */
} SxEtsObj;

typedef enum SxEtsType { SX_ETS_SET, SX_ETS_ORDERED, SX_ETS_BAG, SX_ETS_DUPLICATE } SxEtsType;
typedef enum SxEtsAccess { SX_ETS_PRIVATE, SX_ETS_PROTECTED, SX_ETS_PUBLIC } SxEtsAccess;
typedef enum SxEtsWant { SX_ETS_READ, SX_ETS_WRITE, SX_ETS_ASK /* anybody may */, SX_ETS_OWN } SxEtsWant;

/* A process that keeps the table fixed. */
typedef struct SxEtsFix {
    SxResource resource;
    struct SxEtsFix *next;
    struct SxEtsTable *table;
    sx_val pid;
    uint32_t n;      /* times */
    bool walks;      /* one of them is a walk of its own that gave way */
} SxEtsFix;

typedef struct SxEtsTable {
    struct SxEts *all;
    uint64_t serial; /* of the reference that is its id, */
    sx_val maker;    /* made by this process */
    sx_val name, owner;
    SxResource resource; /* of the owner */
    sx_val heir;         /* pid, or SX_NONE */
    SxFrag *heir_data;
    SxEtsType type;
    SxEtsAccess access;
    size_t key_at;       /* index of the key in the tuple, from 0 */
    bool named, read_concurrency, write_auto, write_concurrency, compressed, decentralized;
    size_t n, n_words;   /* objects that are there; words that all objects take, gone ones included */
    /* hash: linear hashing over `buckets`; those in use are n_buckets, low <= n_buckets < 2 * low */
    SxEtsObj **buckets;
    uint32_t n_buckets, low, cap_buckets;
    uint32_t *with_gone; /* buckets that hold gone objects */
    uint32_t n_with_gone, cap_with_gone;
    /* tree: AVL */
    SxEtsObj *root;
    SxEtsFix *fixes;
    int64_t fixed_since; /* wall clock ns */
    struct SxEtsTable *next_dead;
} SxEtsTable;

typedef struct SxEts {
    SxStore store;
    SxIdMap by_serial, by_name; /* to the table's address */
    SxEtsTable *last;           /* the one that was asked for last, or NULL */
    SxEtsTable *dead;           /* deleted, not yet freed */
    uint32_t n_tables;
    size_t n_words, max_words;  /* of all objects of all tables; more is system_limit (blobs not counted) */
} SxEts;

/* An object came, or went. */
SX_INLINE void sx_ets_weigh(SxEtsTable *t, const SxEtsObj *came, const SxEtsObj *went)
{
    size_t more = came == NULL ? 0 : came->n_words + sizeof *came / sizeof(sx_val), less = went == NULL ? 0 : went->n_words + sizeof *went / sizeof(sx_val);
    t->n_words += more - less;
    t->all->n_words += more - less;
}
SX_INLINE bool sx_ets_is_tree(const SxEtsTable *t) { return t->type == SX_ETS_ORDERED; }
SX_INLINE bool sx_ets_is_bag(const SxEtsTable *t) { return t->type >= SX_ETS_BAG; }
SX_INLINE sx_val sx_ets_value(const SxEtsObj *o) { return sx_make_ptr(o->words, SX_TAG_BOXED); }
SX_INLINE size_t sx_ets_arity(const SxEtsObj *o) { return sx_header_size(o->words[0]); }
SX_INLINE sx_val sx_ets_key(const SxEtsTable *t, const SxEtsObj *o) { return o->words[1 + t->key_at]; }

/* ---- ets_table.c ---- */
SxEts *sx_ets(SxRuntime *rt);
SxEtsTable *sx_ets_open_slow(SxProc *p, sx_val id, SxEtsWant want);
/* The table that an id or name stands for, when p may do this with it. NULL: badarg was raised. */
SX_INLINE SxEtsTable *sx_ets_open(SxProc *p, sx_val id, SxEtsWant want)
{
    const SxStore *s = p->rt->stores[SX_STORE_ETS];
    if (SX_LIKELY(s != NULL && sx_is_ref(id))) { /* asked for again, by its owner */
        SxEtsTable *t = ((const SxEts *)s)->last;
        if (t != NULL && t->serial == sx_ref_serial(id) && t->owner == p->pid) return t;
    }
    return sx_ets_open_slow(p, id, want);
}
SxEtsTable *sx_ets_find(SxRuntime *rt, sx_val id); /* the same without rights and without raising */
sx_val sx_ets_id(SxHeap *h, const SxEtsTable *t);  /* its reference */
sx_val sx_ets_handle(SxHeap *h, const SxEtsTable *t); /* what new answered: the name of a named one, else the reference */
SxEtsTable *sx_ets_table_new(SxProc *owner, SxEtsType type);
void sx_ets_set_owner(SxEtsTable *t, SxProc *owner);
/* Delete it: nobody finds it from now on. True: it is freed; false: it is large, and waits for sx_ets_reap. */
bool sx_ets_bury(SxRuntime *rt, SxEtsTable *t);
/* Free about `most` objects of what waits; true when nothing does. */
bool sx_ets_reap(SxRuntime *rt, size_t most);
/* Remove all objects of a table that is not fixed; answers as sx_ets_bury. */
bool sx_ets_empty(SxRuntime *rt, SxEtsTable *t);
bool sx_ets_rename(SxEts *e, SxEtsTable *t, sx_val name); /* false: the name is taken */

SxEtsObj *sx_ets_obj_new(sx_val tuple);
/* The same from the n elements of a tuple. */
SxEtsObj *sx_ets_obj_from(const sx_val *elements, size_t n);
void sx_ets_obj_free(SxEtsObj *o);
sx_val sx_ets_copy_out(SxProc *p, const SxEtsObj *o);
SX_INLINE sx_val sx_ets_copy_part(SxProc *p, sx_val v) { return sx_is_pointer(v) ? sx_heap_copy(&p->heap, v) : v; }

/* One process keeps it fixed once more, or once less; false: it did not. */
void sx_ets_fix(SxEtsTable *t, SxProc *p);
bool sx_ets_unfix(SxEtsTable *t, SxProc *p);
/* The same for a walk that gives way: at most one of a process counts. */
void sx_ets_fix_walk(SxEtsTable *t, SxProc *p);
void sx_ets_unfix_walk(SxEtsTable *t, SxProc *p);

/* ---- storage, whatever the type ---- */
SxEtsObj *sx_ets_lookup_slow(const SxEtsTable *t, sx_val key);
/* First object with this key, newest first in a bag; NULL. */
SX_INLINE SxEtsObj *sx_ets_lookup(const SxEtsTable *t, sx_val key)
{
    if (sx_is_pointer(key) || sx_ets_is_tree(t) || t->fixes != NULL) return sx_ets_lookup_slow(t, key);
    uint32_t hash = (uint32_t)sx_term_hash(key), i = hash & (2 * t->low - 1);
    SxEtsObj *o = t->buckets[i < t->n_buckets ? i : i - t->low];
    while (o != NULL && sx_ets_key(t, o) != key) o = o->next;
    return o;
}
/* The next one with the same key, in a bag. */
SxEtsObj *sx_ets_lookup_next(const SxEtsTable *t, const SxEtsObj *o);
/* Put an object in; takes it. What it replaces is freed. */
void sx_ets_put(SxEtsTable *t, SxEtsObj *o);
/* Put `o` in the place of `old`, which has the same key; takes it and frees old. */
void sx_ets_replace(SxEtsTable *t, SxEtsObj *old, SxEtsObj *o);
size_t sx_ets_remove_key(SxEtsTable *t, sx_val key);       /* answers how many went */
void sx_ets_remove_object(SxEtsTable *t, sx_val tuple);    /* all that are exactly this */
void sx_ets_remove_all(SxEtsTable *t);                     /* of a fixed table; others are cleared */
/* First object of the table, and the one behind key (`found`: is the key there?); NULL at the end. */
SxEtsObj *sx_ets_first(const SxEtsTable *t, bool from_end);
SxEtsObj *sx_ets_next(const SxEtsTable *t, sx_val key, bool backwards, bool *found);

/* ---- ets_hash.c ---- */
void sx_ets_hash_init(SxEtsTable *t);
void sx_ets_hash_deinit(SxEtsTable *t);
SX_INLINE uint32_t sx_ets_bucket(const SxEtsTable *t, uint64_t hash)
{
    uint32_t i = (uint32_t)hash & (2 * t->low - 1);
    return i < t->n_buckets ? i : i - t->low;
}
/* Where the first object with this key hangs, gone ones included; *link is NULL when there is none. */
SxEtsObj **sx_ets_hash_link(const SxEtsTable *t, sx_val key, uint64_t hash);
void sx_ets_hash_put(SxEtsTable *t, SxEtsObj *o);
/* Take the object out that hangs at link, or mark it when the table is fixed. */
void sx_ets_hash_drop(SxEtsTable *t, SxEtsObj **link);
/* After dropping: as many buckets as the objects want. */
void sx_ets_hash_fit(SxEtsTable *t);
/* After the last fix: drop what is gone. */
void sx_ets_hash_sweep(SxEtsTable *t);

/* ---- ets_tree.c ---- */
#define SX_ETS_TREE_DEPTH 64 /* of an AVL tree with 2^40 objects and more */
typedef struct SxEtsPath { /* from the root to where a walk stands; invalid after any change */
    SxEtsObj *at[SX_ETS_TREE_DEPTH];
    int n;
} SxEtsPath;
SxEtsObj *sx_ets_tree_find(const SxEtsTable *t, sx_val key);
/* Put in; answers what it replaced, which is the caller's, or NULL. */
SxEtsObj *sx_ets_tree_put(SxEtsTable *t, SxEtsObj *o);
SxEtsObj *sx_ets_tree_remove(SxEtsTable *t, sx_val key); /* the caller's, or NULL */
/* Put o where old is: no rearrangement. */
void sx_ets_tree_exchange(SxEtsTable *t, SxEtsObj *old, SxEtsObj *o);
/* How a walk finds its begin: order of what is looked for to a key. -1: it lies before the key. */
typedef int SxEtsOrder(const void *what, sx_val key);
/* Begin at the first object (last, when backwards). */
SxEtsObj *sx_ets_path_begin(const SxEtsTable *t, SxEtsPath *path, bool backwards);
/* Begin at the first object whose key is behind `what` (or not before it, with or_at); backwards: the last one before. */
SxEtsObj *sx_ets_path_seek(const SxEtsTable *t, SxEtsPath *path, SxEtsOrder *order, const void *what, bool backwards, bool or_at);
SxEtsObj *sx_ets_path_next(SxEtsPath *path, bool backwards);
int sx_ets_order_key(const void *key, sx_val other); /* `key` points to a value */
int sx_ets_key_compare_slow(sx_val a, sx_val b);
SX_INLINE int sx_ets_key_compare(sx_val a, sx_val b)
{
    if (sx_both_small(a, b)) return (int64_t)a < (int64_t)b ? -1 : a != b;
    return a == b ? 0 : sx_ets_key_compare_slow(a, b);
}

#endif
