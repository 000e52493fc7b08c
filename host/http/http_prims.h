/* http_prims.h - the tables of the natives of the HTTP server and client. */
#ifndef SX_HTTP_PRIMS_H
#define SX_HTTP_PRIMS_H

#include "code/prim.h"

extern const SxPrim *const sx_prims_http_listen[];
extern const SxPrim *const sx_prims_http_respond[];
extern const SxPrim *const sx_prims_http_client[];

#endif
