/* erl_ext.h - Erlang's external term format: the tags that its writer and reader share (erl_ext_write.c, erl_ext_read.c). */
#ifndef SX_PRIM_ERL_EXT_H
#define SX_PRIM_ERL_EXT_H

#include "base/buf.h"
#include "prim/args.h"

enum {
    SX_EXT_VERSION = 131, SX_EXT_COMPRESSED = 80, SX_EXT_NEW_FLOAT = 70, SX_EXT_BITSTRING = 77, SX_EXT_NEW_PID = 88, SX_EXT_NEW_PORT = 89,
    SX_EXT_NEWER_REF = 90, SX_EXT_SMALL_INT = 97, SX_EXT_INT = 98, SX_EXT_OLD_FLOAT = 99, SX_EXT_ATOM = 100, SX_EXT_OLD_REF = 101,
    SX_EXT_OLD_PORT = 102, SX_EXT_PID = 103, SX_EXT_SMALL_TUPLE = 104, SX_EXT_LARGE_TUPLE = 105, SX_EXT_EMPTY = 106, SX_EXT_STRING = 107,
    SX_EXT_LIST = 108, SX_EXT_BINARY = 109, SX_EXT_SMALL_BIG = 110, SX_EXT_LARGE_BIG = 111, SX_EXT_NEW_FUN = 112, SX_EXT_EXPORT = 113,
    SX_EXT_NEW_REF = 114, SX_EXT_SMALL_ATOM = 115, SX_EXT_MAP = 116, SX_EXT_FUN = 117, SX_EXT_ATOM_UTF8 = 118, SX_EXT_SMALL_ATOM_UTF8 = 119,
    SX_EXT_V4_PORT = 120
};
#define SX_EXT_OLD_FLOAT_BYTES 31 /* text, padded with NUL */
#define SX_EXT_STRING_MOST 65535  /* bytes in a list that is written as a string */
#define SX_EXT_UNIQ_BYTES 16

/* What stands in a local function's place for the version of its module: 16 bytes that name the function in it. */
void sx_ext_uniq(const SxFn *fn, unsigned char uniq[SX_EXT_UNIQ_BYTES]);

#endif
