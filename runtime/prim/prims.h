/* prims.h - all primitives of the machine in one array; the host appends its own. prims.def says which tables there are. */
#ifndef SX_PRIM_PRIMS_H
#define SX_PRIM_PRIMS_H

#include "code/prim.h"

#define PRIMS(subject) extern const SxPrim *const sx_prims_##subject[];
#include "prim/prims.def"
#undef PRIMS

/* The primitives of every table of prims.def, in its order; *n is how many. The array is static: never freed, no end mark. */
const SxPrim *const *sx_prims_all(uint32_t *n);

#endif
