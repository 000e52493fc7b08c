/* compile_match.h - what the two files of pattern matching share: places, rows of tests, the state of a match. */
#ifndef SX_COMPILE_MATCH_H
#define SX_COMPILE_MATCH_H

#include "lang/compile_internal.h"

typedef enum CcOccKind { OCC_REG, OCC_ELEMENT, OCC_BITS } CcOccKind;

typedef struct CcOcc { /* a place that is looked at */
    CcOccKind kind;
    int reg;               /* -1: not loaded */
    struct CcOcc *parent;  /* OCC_ELEMENT: the tuple; OCC_BITS: the bitstring */
    uint32_t index;        /* OCC_ELEMENT */
    int pos_reg;           /* OCC_BITS: register of the position, -1: none yet */
    int64_t pos;           /* OCC_BITS: the position when it is known, else -1 */
    const CcLabel *scope;  /* OCC_BITS: where tests go that fail for all rows that use it */
} CcOcc;

typedef struct CcItem { struct CcItem *next; CcOcc *occ; const CcPat *pat; } CcItem;

typedef struct CcRow {
    CcClause *clause;
    CcItem *items;           /* tests to be done, left to right */
    CcItem *late;            /* by serial */
    CcBind *binds, *last;  /* names, left to right */
} CcRow;

typedef struct CcMatching {
    Cc *c;
    const CcMatchWant *want;
    CC_ARRAY(CcOcc *) trail;
    int64_t budget;        /* rows that may still be copied */
    unsigned first_reg;
} CcMatching;

typedef struct CcState { unsigned top; uint32_t trail; } CcState;

/* One step: the first n rows take part in the test of a place. */
typedef struct CcBranching {
    CcMatching *m;
    CcRow **rows;
    uint32_t n;
    CcOcc *occ;
    uint32_t *wild;        /* rows that do not care about the place, in order */
    uint32_t n_wild;
    CcLabel *fail;
} CcBranching;

/* ---- compile_match.c ---- */
CcState sx_cc_save(const CcMatching *m);
void sx_cc_restore(CcMatching *m, CcState s);
CcOcc *sx_cc_occ(CcMatching *m, CcOccKind kind, int reg);
CcOcc *sx_cc_occ_element(CcMatching *m, CcOcc *tuple, uint32_t index);
CcOcc *sx_cc_occ_bits(CcMatching *m, CcOcc *bits, int64_t pos, int pos_reg, const CcLabel *scope);
unsigned sx_cc_occ_load(CcMatching *m, CcOcc *o);
/* Add what p wants of the place: names are bound, tests go in at `where`. Answers where the next one goes. */
CcItem **sx_cc_add_test(CcMatching *m, CcRow *row, CcItem **where, CcOcc *occ, const CcPat *p);
CcItem **sx_cc_find_test(CcRow *row, const CcOcc *occ); /* NULL: the row does not look at that place */
bool sx_cc_wants(const CcPat *p);                   /* does it look at its value? */
/* Test for a cons; head and tail as places, NULL when not wanted. */
void sx_cc_take_cons(CcMatching *m, unsigned reg, bool want_head, bool want_tail, CcOcc **head, CcOcc **tail, CcLabel *no);
unsigned sx_cc_take_key(CcMatching *m, unsigned reg, const CcNode *key, bool keep, CcLabel *no);
unsigned sx_cc_position(CcMatching *m, const CcOcc *o, bool in_place);
void sx_cc_match_rows(CcMatching *m, CcRow **rows, uint32_t n, CcLabel *fail);

/* ---- compile_branch.c ---- */
CcOcc *sx_cc_choose(CcRow **rows, uint32_t n);
uint32_t sx_cc_group_size(CcMatching *m, CcRow **rows, uint32_t n, const CcOcc *occ);
void sx_cc_branch(CcBranching *b);

#endif
