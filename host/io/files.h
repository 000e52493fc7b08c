/* files.h - the file primitives: SX's file-... and Erlang's file:..., os:... */
#ifndef SX_FILES_H
#define SX_FILES_H

#include "code/prim.h"

extern const SxPrim *const sx_prims_files[];
extern const SxPrim *const sx_prims_os[];

#endif
