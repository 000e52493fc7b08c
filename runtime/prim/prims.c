/* prims.c - see prims.h. */
#include "prim/prims.h"
#include "base/base.h"

enum { MAX_PRIMS = 2048 };

const SxPrim *const *sx_prims_all(uint32_t *n)
{
    static const SxPrim *const *const tables[] = {
#define PRIMS(subject) sx_prims_##subject,
#include "prim/prims.def"
#undef PRIMS
    };
    static const SxPrim *all[MAX_PRIMS]; /* the same content whoever fills it: constant once filled */
    static uint32_t count;
    if (count == 0) {
        uint32_t k = 0;
        for (size_t i = 0; i < SX_COUNT(tables); i++)
            for (const SxPrim *const *t = tables[i]; *t != NULL; t++) {
                SX_CHECK(k < MAX_PRIMS);
                all[k++] = *t;
            }
        count = k;
    }
    *n = count;
    return all;
}
