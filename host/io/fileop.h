/* fileop.h - one operation on the file system, run on libuv's pool while its process is parked. files.c has the primitives.
 * INVARIANT: while it runs only the pool's thread touches it; before and after only the scheduler's. */
#ifndef SX_FILEOP_H
#define SX_FILEOP_H

#include "base/buf.h"
#include "io/loop.h"

typedef enum SxFileVerb {
    SX_FILE_READ, SX_FILE_WRITE, SX_FILE_APPEND, SX_FILE_WRITE_SECRET, SX_FILE_EXISTS, SX_FILE_FIND, SX_FILE_DELETE, SX_FILE_LIST, SX_FILE_MAKE_DIR,
    SX_FILE_DELETE_DIR, SX_FILE_RENAME, SX_FILE_CURRENT, SX_FILE_CHANGE, SX_FILE_INFO, SX_FILE_LINK_INFO,
    SX_FILE_SET_INFO, SX_FILE_LINK, SX_FILE_SYMLINK, SX_FILE_READ_LINK
} SxFileVerb;

/* What SET_INFO may set. */
enum { SX_FILE_SET_MODE, SX_FILE_SET_UID, SX_FILE_SET_GID, SX_FILE_SET_ATIME, SX_FILE_SET_MTIME, SX_FILE_SETTINGS };

typedef struct SxFileOp {
    uv_work_t work;
    SxLoop *loop;
    sx_val pid;
    uint64_t op;
    SxFileVerb verb;
    bool look_up;        /* READ, FIND: also below boot/ and in the program */
    size_t max_bytes;    /* READ: more is efbig */
    SxBuf path, other;   /* NUL-terminated; other: the new name of RENAME, LINK, SYMLINK */
    SxBuf data;          /* WRITE: what; LIST: names, each NUL-terminated; FIND, CURRENT, READ_LINK: the path */
    SxBlob *bytes;       /* READ: the contents */
    uv_stat_t info;      /* INFO */
    int64_t set[SX_FILE_SETTINGS];   /* SET_INFO: the values of those that is_set */
    bool is_set[SX_FILE_SETTINGS];
    bool answer;         /* EXISTS */
    int error;           /* errno, or 0 */
} SxFileOp;

SxFileOp *sx_file_op_new(SxFileVerb verb);
void sx_file_op_free(SxFileOp *f);
/* Begin the operation for p, which parks; completes it with #(:ok value) or #(:error reason). Takes f. */
void sx_file_op_submit(SxFileOp *f, SxProc *p);

#endif
