/* rel.h - what ties a process to others: links, monitors (both ends), aliases. One small table per process, keyed by kind
 * and key; a plain array while it is short, hashed beyond SX_RELS_LINEAR entries. */
#ifndef SX_REL_H
#define SX_REL_H

#include "value/heap.h"

typedef enum SxRelKind {
    SX_REL_LINK,    /* key: the other's pid */
    SX_REL_WATCHES, /* key: reference serial; other: pid watched, name: registered name it was asked by or nil */
    SX_REL_WATCHED, /* key: reference serial; other: the watcher; name likewise */
    SX_REL_ALIAS,   /* key: reference serial; other: SxAliasMode as a small integer */
    SX_REL_TAG      /* key: reference serial; other: address of an SxFrag, which the table owns: what stands for 'DOWN' in its message */
} SxRelKind;
enum { SX_ALIAS_EXPLICIT, SX_ALIAS_DEMONITOR, SX_ALIAS_REPLY };

typedef struct SxRel {
    uint64_t key;
    sx_val other, name;
    uint32_t kind;
    uint32_t tagged; /* WATCHES: a TAG goes with it */
} SxRel;

#define SX_RELS_LINEAR 12

typedef struct SxRels {
    SxRel *entries;      /* dense */
    uint32_t *index;     /* hash to entry number + 1; its size in front, as index[-1]; NULL while short */
    uint32_t n, cap;
} SxRels;

void sx_rels_deinit(SxRels *r);
SxRel *sx_rel_find(const SxRels *r, SxRelKind kind, uint64_t key); /* valid until the next change */
SxRel *sx_rel_add(SxRels *r, SxRelKind kind, uint64_t key, sx_val other, sx_val name); /* or the one that is there */
bool sx_rel_remove(SxRels *r, SxRelKind kind, uint64_t key);
SxFrag *sx_rel_take_tag(SxRels *r, uint64_t key); /* the caller's from now on; NULL when there is none */

#endif
