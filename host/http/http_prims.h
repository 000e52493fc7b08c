/* http_prims.h - the tables of the HTTP server's natives. */
#ifndef SX_HTTP_PRIMS_H
#define SX_HTTP_PRIMS_H

#include "code/prim.h"

extern const SxPrim *const sx_prims_http_listen[];
extern const SxPrim *const sx_prims_http_respond[];

#endif
