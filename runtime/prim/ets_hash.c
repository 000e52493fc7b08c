/* ets_hash.c - tables by hash: linear hashing, so that a table grows and shrinks one bucket at a time and nobody ever waits
 * for a whole table to be rehashed.
 * Objects of one key stand together in their chain, newest first.
 * INVARIANT: bucket i < n_buckets holds the objects for which sx_ets_bucket answers i. */
#include "prim/ets.h"
#include "value/compare.h"

#define LEAST_BUCKETS 16
#define MOST_BUCKETS (1u << 30)
#define AT_ONCE 8 /* buckets that one change adds or takes away */

void sx_ets_hash_init(SxEtsTable *t)
{
    t->n_buckets = t->low = t->cap_buckets = LEAST_BUCKETS;
    t->buckets = sx_alloc_zero(LEAST_BUCKETS * sizeof *t->buckets);
}

void sx_ets_hash_deinit(SxEtsTable *t)
{
    sx_free(t->buckets);
    sx_free(t->with_gone);
    t->buckets = NULL;
    t->with_gone = NULL;
    t->n_with_gone = t->cap_with_gone = 0;
}

/* One bucket more: the objects of bucket n_buckets - low are divided between the two, in their order. */
static void split(SxEtsTable *t)
{
    if (t->n_buckets == t->cap_buckets) {
        t->cap_buckets *= 2;
        t->buckets = sx_realloc(t->buckets, t->cap_buckets * sizeof *t->buckets);
    }
    uint32_t from = t->n_buckets - t->low;
    SxEtsObj **stay = &t->buckets[from], **go = &t->buckets[t->n_buckets];
    for (SxEtsObj *o = *stay; o != NULL; o = o->next) {
        if ((uint32_t)o->hash & t->low) {
            *go = o;
            go = &o->next;
        } else {
            *stay = o;
            stay = &o->next;
        }
    }
    *stay = *go = NULL;
    if (++t->n_buckets == 2 * t->low) t->low *= 2;
}

/* One bucket less: the last one's objects go behind those of the bucket that they came from. */
static void join(SxEtsTable *t)
{
    if (t->n_buckets == t->low) t->low /= 2;
    SxEtsObj *moved = t->buckets[--t->n_buckets], **end = &t->buckets[t->n_buckets - t->low];
    if (moved == NULL) return;
    while (*end != NULL) end = &(*end)->next;
    *end = moved;
}

void sx_ets_hash_fit(SxEtsTable *t)
{
    if (t->fixes != NULL) return;
    for (int i = 0; i < AT_ONCE && t->n > t->n_buckets && t->n_buckets < MOST_BUCKETS; i++) split(t);
    for (int i = 0; i < AT_ONCE && t->n_buckets > LEAST_BUCKETS && t->n < t->n_buckets / 4; i++) join(t);
    if (t->cap_buckets > 8 * t->n_buckets) {
        t->cap_buckets = 2 * t->low;
        t->buckets = sx_realloc(t->buckets, t->cap_buckets * sizeof *t->buckets);
    }
}

SxEtsObj **sx_ets_hash_link(const SxEtsTable *t, sx_val key, uint64_t hash)
{
    SxEtsObj **link = &t->buckets[sx_ets_bucket(t, hash)];
    for (; *link != NULL; link = &(*link)->next)
        if ((*link)->hash == hash && sx_equal(sx_ets_key(t, *link), key)) break;
    return link;
}

static void count_in(SxEtsTable *t, const SxEtsObj *o)
{
    t->n++;
    sx_ets_weigh(t, o, NULL);
}

/* The object at link leaves the chain and is freed. */
static void unlink_object(SxEtsTable *t, SxEtsObj **link)
{
    SxEtsObj *o = *link;
    *link = o->next;
    sx_ets_weigh(t, NULL, o);
    if (!o->gone) t->n--;
    sx_ets_obj_free(o);
}

void sx_ets_hash_put(SxEtsTable *t, SxEtsObj *o)
{
    sx_val key = sx_ets_key(t, o);
    o->hash = sx_term_hash(key);
    o->gone = false;
    SxEtsObj **link = sx_ets_hash_link(t, key, o->hash);
    if (*link == NULL) link = &t->buckets[sx_ets_bucket(t, o->hash)];
    else if (t->type == SX_ETS_SET) unlink_object(t, link);
    else if (t->type == SX_ETS_BAG) {
        for (SxEtsObj **at = link; *at != NULL && (*at)->hash == o->hash && sx_equal(sx_ets_key(t, *at), key); at = &(*at)->next) {
            if (!sx_equal(sx_ets_value(*at), sx_ets_value(o))) continue;
            if ((*at)->gone) t->n++;
            (*at)->gone = false;
            sx_ets_obj_free(o);
            return;
        }
    }
    o->next = *link;
    *link = o;
    count_in(t, o);
    sx_ets_hash_fit(t);
}

void sx_ets_hash_drop(SxEtsTable *t, SxEtsObj **link)
{
    SxEtsObj *o = *link;
    if (t->fixes == NULL) {
        unlink_object(t, link);
        return;
    }
    if (o->gone) return;
    o->gone = true;
    t->n--;
    uint32_t bucket = sx_ets_bucket(t, o->hash);
    if (t->n_with_gone > 0 && t->with_gone[t->n_with_gone - 1] == bucket) return;
    if (t->n_with_gone == t->cap_with_gone) {
        t->cap_with_gone = t->cap_with_gone ? 2 * t->cap_with_gone : 64;
        t->with_gone = sx_realloc(t->with_gone, t->cap_with_gone * sizeof *t->with_gone);
    }
    t->with_gone[t->n_with_gone++] = bucket;
}

void sx_ets_hash_sweep(SxEtsTable *t)
{
    for (uint32_t i = 0; i < t->n_with_gone; i++)
        for (SxEtsObj **link = &t->buckets[t->with_gone[i]]; *link != NULL;) {
            if ((*link)->gone) unlink_object(t, link);
            else link = &(*link)->next;
        }
    t->n_with_gone = 0;
    sx_ets_hash_fit(t);
}
