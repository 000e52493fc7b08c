/* compare.h - equality and order of all values, iterative (explicit work list, never the C stack).
 * Order: number < atom < reference < function < pid < tuple < map < [] < list < bitstring, as in Erlang; a symbol compares
 * as a tuple would after pids. */
#ifndef SX_COMPARE_H
#define SX_COMPARE_H

#include "value/heap.h"

bool sx_equal_slow(sx_val a, sx_val b);       /* =:= ; 1 and 1.0 differ; symbols by name */
SX_INLINE bool sx_equal(sx_val a, sx_val b)
{
    if (a == b) return true;
    if (!sx_is_pointer(a) || !sx_is_pointer(b)) return false;
    return sx_equal_slow(a, b);
}
bool sx_equal_num(sx_val a, sx_val b);        /* == ; 1 and 1.0 are equal, also inside */
int sx_compare(sx_val a, sx_val b);           /* -1 0 1, numbers by value (1 == 1.0 gives 0) */
/* The same for operands that may be long: SX_NOT_YET once more than *most pairs of elements (or bytes) would have to be looked at;
 * what was looked at is taken off *most. */
enum { SX_NOT_YET = 3 };
typedef enum SxRelation { SX_EXACTLY, SX_AS_NUMBERS, SX_IN_ORDER } SxRelation; /* sx_equal, sx_equal_num: 0 when equal; sx_compare */
int sx_relate(sx_val a, sx_val b, SxRelation relation, size_t *most);
int sx_compare_exact(sx_val a, sx_val b);     /* the order of map keys: 1 before 1.0; 0 only when sx_equal */

#endif
