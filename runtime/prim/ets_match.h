/* ets_match.h - match specifications: [{Head, Guards, Body}] compiled to a small program that is run on one object after the
 * other. A program refers to the specification's terms, so it lasts no longer than the call of a primitive. */
#ifndef SX_PRIM_ETS_MATCH_H
#define SX_PRIM_ETS_MATCH_H

#include "prim/ets.h"

typedef struct SxMatchSpec SxMatchSpec;

/* NULL: it is malformed, and *why says how. */
SxMatchSpec *sx_ms_compile(SxProc *p, sx_val spec, const char **why);
void sx_ms_free(SxMatchSpec *m);
/* The value that the first clause that fits makes of an object, in p's heap; SX_NONE when none fits. The object may lie in a
 * table: what is answered never points into it. `object`: the value; `o`: where it is stored, NULL when it is in p's heap. */
sx_val sx_ms_run(SxMatchSpec *m, sx_val object, const SxEtsObj *o);

/* What a head says of the key of objects that it fits. */
typedef enum SxMsKey {
    SX_MS_KEY_ANY,
    SX_MS_KEY_BOUND, /* it is *key */
    SX_MS_KEY_PREFIX, /* a tuple of the same size that begins with the same *n_bound elements as *key */
    SX_MS_KEY_NONE   /* there is no such object */
} SxMsKey;
uint32_t sx_ms_clauses(const SxMatchSpec *m);
SxMsKey sx_ms_key(const SxMatchSpec *m, uint32_t clause, size_t key_at, sx_val *key, size_t *n_bound);
/* Does the clause's body make a tuple with the same key of every object (for select_replace)? */
bool sx_ms_keeps_key(const SxMatchSpec *m, uint32_t clause, size_t key_at);

#endif
