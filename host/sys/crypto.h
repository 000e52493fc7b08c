/* crypto.h - the tables of the natives in this folder: module crypto, hashes made piece by piece, module re. */
#ifndef SX_CRYPTO_H
#define SX_CRYPTO_H

#include "code/prim.h"

extern const SxPrim *const sx_prims_crypto[];
extern const SxPrim *const sx_prims_digest[];
extern const SxPrim *const sx_prims_re[];

#endif
