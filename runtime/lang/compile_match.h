/* compile_match.h - what the three files of pattern matching share: places, rows of tests, the state of a match. */
#ifndef SX_COMPILE_MATCH_H
#define SX_COMPILE_MATCH_H

#include "lang/compile_internal.h"

typedef enum CcOccKind { OCC_REG, OCC_ELEMENT, OCC_BITS, OCC_REST } CcOccKind;

typedef struct CcOcc { /* a place that is looked at */
    CcOccKind kind;
    int reg;               /* -1: not loaded */
    struct CcOcc *parent;  /* OCC_ELEMENT: the tuple; OCC_BITS, OCC_REST: the bitstring */
    uint32_t index;        /* OCC_ELEMENT; OCC_REST: the byte it begins at */
    int pos_reg;           /* OCC_BITS: register of the position, -1: none yet */
    int64_t pos;           /* OCC_BITS: the position when it is known, else -1 */
    const CcLabel *scope;  /* OCC_BITS: where tests go that fail for all rows that use it */
    bool whole;            /* OCC_BITS: the bitstring is known to be one of whole bytes */
} CcOcc;

typedef struct CcItem { struct CcItem *next; CcOcc *occ; const CcPat *pat; } CcItem;

typedef struct CcRow {
    CcClause *clause;
    CcItem *items;           /* tests to be done, left to right */
    CcItem *late;            /* by serial */
    CcBind *binds, *last;  /* names, left to right */
    bool sure;             /* its guards are known to hold */
} CcRow;

typedef struct CcMatching {
    Cc *c;
    const CcMatchWant *want;
    CC_ARRAY(CcOcc *) trail;
    int64_t budget;        /* rows that may still be copied */
    unsigned first_reg;
    const CcFn *fn;        /* the function whose arguments are matched, or NULL */
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
CcOcc *sx_cc_occ_rest(CcMatching *m, CcOcc *binary, int64_t from_byte);
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
CcRow *sx_cc_copy_row(CcMatching *m, const CcRow *row); /* shares the clause, whose body is emitted once */
void sx_cc_run_branch(const CcBranching *b, CcRow **sub, uint32_t n); /* rows that are left, in a state of their own */
CcOcc *sx_cc_choose(CcRow **rows, uint32_t n);
uint32_t sx_cc_group_size(CcMatching *m, CcRow **rows, uint32_t n, const CcOcc *occ);
void sx_cc_branch(CcBranching *b);

/* ---- compile_bytes.c ---- */
bool sx_cc_is_byte(const CcSeg *s);          /* one unsigned byte */
bool sx_cc_is_rest(const CcSeg *s);          /* all that is left, of whole bytes or any bits */
bool sx_cc_whole_bytes(const CcBin *bin);    /* only binaries of whole bytes fit it */
bool sx_cc_at_byte(const CcOcc *o);          /* a place between bytes that is known, in a binary of whole bytes */
/* One BYTESWITCH for all rows, which look at occ next: it decides literals and guards over that byte. False: nothing was
 * emitted. A bitstring that is not of whole bytes goes to b->fail. */
bool sx_cc_byte_switch(CcBranching *b, CcOcc *occ);
/* Before the body of the row is emitted: which names are rests that only its tail calls want? They become is_rest. */
void sx_cc_find_rests(CcMatching *m, const CcRow *row);
/* On every way to the body: arguments that it wants as values are owned views no more. */
void sx_cc_settle(CcMatching *m, const CcRow *row);
/* Is v, bound in the row, looked at by its guards or late tests? */
bool sx_cc_guards_use(const CcRow *row, const CcVar *v);

#endif
