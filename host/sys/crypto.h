/* crypto.h - the table of module crypto's natives. */
#ifndef SX_CRYPTO_H
#define SX_CRYPTO_H

#include "code/prim.h"

extern const SxPrim *const sx_prims_crypto[];

#endif
