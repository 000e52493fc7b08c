/* fileop.h - one operation on the file system, run on libuv's pool while its process is parked. files.c has the primitives.
 * INVARIANT: while it runs only the pool's thread touches it; before and after only the scheduler's. */
#ifndef SX_FILEOP_H
#define SX_FILEOP_H

#include "base/buf.h"
#include "io/loop.h"

typedef enum SxFileVerb {
    SX_FILE_READ, SX_FILE_WRITE, SX_FILE_APPEND, SX_FILE_WRITE_SECRET, SX_FILE_EXISTS, SX_FILE_FIND, SX_FILE_DELETE, SX_FILE_LIST, SX_FILE_MAKE_DIR,
    SX_FILE_DELETE_DIR, SX_FILE_RENAME, SX_FILE_CURRENT, SX_FILE_CHANGE, SX_FILE_INFO, SX_FILE_LINK_INFO
} SxFileVerb;

typedef struct SxFileOp {
    uv_work_t work;
    SxLoop *loop;
    sx_val pid;
    uint64_t op;
    SxFileVerb verb;
    bool look_up;        /* READ, FIND: also below boot/ and in the program */
    size_t max_bytes;    /* READ: more is efbig */
    SxBuf path, other;   /* NUL-terminated; other: RENAME's new name */
    SxBuf data;          /* WRITE: what; LIST: names, each NUL-terminated; FIND, CURRENT: the path */
    SxBlob *bytes;       /* READ: the contents */
    uv_stat_t info;      /* INFO */
    bool answer;         /* EXISTS */
    int error;           /* errno, or 0 */
} SxFileOp;

SxFileOp *sx_file_op_new(SxFileVerb verb);
void sx_file_op_free(SxFileOp *f);
/* Begin the operation for p, which parks; completes it with #(:ok value) or #(:error reason). Takes f. */
void sx_file_op_submit(SxFileOp *f, SxProc *p);

#endif
