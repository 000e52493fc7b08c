/* fileop.c - see fileop.h. The first half runs on the pool and may block; the second turns the outcome into a value. */
#include "io/fileop.h"
#include "base/sys.h"
#include "io/lookup.h"
#include "value/atom.h"
#include "value/bits.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

SxFileOp *sx_file_op_new(SxFileVerb verb)
{
    SxFileOp *f = sx_alloc_zero(sizeof *f);
    f->verb = verb;
    return f;
}

void sx_file_op_free(SxFileOp *f)
{
    sx_buf_deinit(&f->path);
    sx_buf_deinit(&f->other);
    sx_buf_deinit(&f->data);
    if (f->bytes != NULL) sx_blob_unref(f->bytes);
    sx_free(f);
}

/* ---- on the pool ---- */

/* A blob with at least `more` free bytes behind those of b. */
static SxBlob *grow(SxBlob *b, size_t more)
{
    size_t used = atomic_load(&b->used);
    if (b->cap - used >= more) return b;
    SxBlob *bigger = sx_blob_new(2 * b->cap > used + more ? 2 * b->cap : used + more);
    memcpy(bigger->bytes, b->bytes, used);
    atomic_store(&bigger->used, used);
    sx_blob_unref(b);
    return bigger;
}

static int read_contents(SxFileOp *f, int fd)
{
    struct stat st;
    if (fstat(fd, &st) != 0) return errno;
    if (S_ISDIR(st.st_mode)) return EISDIR;
    size_t size = S_ISREG(st.st_mode) && st.st_size > 0 ? (size_t)st.st_size : 4096;
    if (size > f->max_bytes) return EFBIG;
    f->bytes = sx_blob_new(size + 1); /* one more, so that the end is seen without growing */
    for (;;) {
        f->bytes = grow(f->bytes, 1);
        size_t used = atomic_load(&f->bytes->used);
        ssize_t n = read(fd, f->bytes->bytes + used, f->bytes->cap - used);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return errno;
        if (n == 0) return 0;
        if (used + (size_t)n > f->max_bytes) return EFBIG;
        atomic_store(&f->bytes->used, used + (size_t)n);
    }
}

static int read_file(SxFileOp *f)
{
    const SxBootFile *embedded = NULL;
    int fd;
    if (f->look_up) fd = sx_lookup_open(f->path.data, NULL, &embedded);
    else {
        fd = open(f->path.data, O_RDONLY | O_CLOEXEC);
        if (fd < 0) fd = -errno;
    }
    if (embedded != NULL) {
        f->bytes = sx_blob_new(embedded->n_bytes + 1);
        memcpy(f->bytes->bytes, embedded->bytes, embedded->n_bytes);
        atomic_store(&f->bytes->used, embedded->n_bytes);
        return 0;
    }
    if (fd < 0) return -fd;
    int error = read_contents(f, fd);
    close(fd);
    return error;
}

/* Write the data, then close fd. 0 or the system's error. */
static int write_contents(SxFileOp *f, int fd)
{
    const char *at = f->data.data;
    size_t left = f->data.len;
    int error = 0;
    while (left > 0 && error == 0) {
        ssize_t n = write(fd, at, left);
        if (n >= 0) at += n, left -= (size_t)n;
        else if (errno != EINTR) error = errno;
    }
    if (f->verb == SX_FILE_WRITE_SECRET && error == 0 && fsync(fd) != 0) error = errno;
    if (close(fd) != 0 && error == 0) error = errno;
    return error;
}

static int write_file(SxFileOp *f)
{
    int fd = open(f->path.data, O_WRONLY | O_CREAT | O_CLOEXEC | (f->verb == SX_FILE_APPEND ? O_APPEND : O_TRUNC), 0666);
    return fd < 0 ? errno : write_contents(f, fd);
}

/* A new file that only its owner may read. It is written under another name and linked to its own, so that nobody ever sees a part of
 * it and nothing that is there, be it a link that leads nowhere, is touched: EEXIST. */
static int write_secret(SxFileOp *f)
{
    SxBuf name = SX_BUF_INIT;
    sx_buf_addf(&name, "%s.XXXXXX", f->path.data);
    sx_buf_add_char(&name, 0);
    int fd = mkstemp(name.data), error = fd < 0 ? errno : 0; /* mkstemp makes it 0600 */
    if (error == 0) {
        error = write_contents(f, fd);
        if (error == 0 && link(name.data, f->path.data) != 0) error = errno;
        unlink(name.data);
    }
    sx_buf_deinit(&name);
    return error;
}

static int find_file(SxFileOp *f)
{
    const SxBootFile *embedded = NULL;
    int fd = sx_lookup_open(f->path.data, &f->data, &embedded);
    if (embedded != NULL) return 0;
    if (fd < 0) return -fd;
    close(fd);
    return 0;
}

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static int list_folder(SxFileOp *f)
{
    DIR *folder = opendir(f->path.data);
    if (folder == NULL) return errno;
    char **names = NULL;
    size_t n = 0, cap = 0;
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(folder);
        if (entry == NULL) break;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        if (n == cap) names = sx_realloc(names, (cap = cap == 0 ? 32 : 2 * cap) * sizeof *names);
        size_t len = strlen(entry->d_name) + 1;
        names[n++] = memcpy(sx_alloc(len), entry->d_name, len);
    }
    int error = errno;
    closedir(folder);
    if (n > 0) qsort(names, n, sizeof *names, by_name);
    for (size_t i = 0; i < n; i++) {
        sx_buf_add(&f->data, names[i], strlen(names[i]) + 1);
        sx_free(names[i]);
    }
    sx_free(names);
    return error;
}

static int current_folder(SxFileOp *f)
{
    char text[4096];
    if (getcwd(text, sizeof text) == NULL) return errno;
    sx_buf_add_str(&f->data, text);
    return 0;
}

/* libuv's own call gives all times of a file alike on every system; without a callback it runs here and now. */
static int look_at(SxFileOp *f, bool follow)
{
    uv_fs_t request;
    int status = follow ? uv_fs_stat(NULL, &request, f->path.data, NULL) : uv_fs_lstat(NULL, &request, f->path.data, NULL);
    if (status == 0) f->info = request.statbuf;
    uv_fs_req_cleanup(&request);
    return -status;
}

static int read_link(SxFileOp *f)
{
    char text[4096]; /* PATH_MAX, to which the system keeps */
    ssize_t n = readlink(f->path.data, text, sizeof text);
    if (n < 0) return errno;
    sx_buf_add(&f->data, text, (size_t)n);
    return 0;
}

static struct timespec time_to_set(const SxFileOp *f, int which)
{
    return (struct timespec){.tv_sec = f->set[which], .tv_nsec = f->is_set[which] ? 0 : UTIME_OMIT};
}

/* Owners before the mode, for a change of owner takes set-id bits away. */
static int set_info(const SxFileOp *f)
{
    uid_t uid = f->is_set[SX_FILE_SET_UID] ? (uid_t)f->set[SX_FILE_SET_UID] : (uid_t)-1;
    gid_t gid = f->is_set[SX_FILE_SET_GID] ? (gid_t)f->set[SX_FILE_SET_GID] : (gid_t)-1;
    struct timespec times[2] = {time_to_set(f, SX_FILE_SET_ATIME), time_to_set(f, SX_FILE_SET_MTIME)};
    if ((uid != (uid_t)-1 || gid != (gid_t)-1) && chown(f->path.data, uid, gid) != 0) return errno;
    if (f->is_set[SX_FILE_SET_MODE] && chmod(f->path.data, (mode_t)f->set[SX_FILE_SET_MODE] & 07777) != 0) return errno;
    return utimensat(AT_FDCWD, f->path.data, times, 0) != 0 ? errno : 0;
}

static int done(int status) { return status == 0 ? 0 : errno; }

static int perform(SxFileOp *f)
{
    struct stat st;
    switch (f->verb) {
    case SX_FILE_READ: return read_file(f);
    case SX_FILE_WRITE:
    case SX_FILE_APPEND: return write_file(f);
    case SX_FILE_WRITE_SECRET: return write_secret(f);
    case SX_FILE_EXISTS: f->answer = stat(f->path.data, &st) == 0; return 0;
    case SX_FILE_FIND: return find_file(f);
    case SX_FILE_DELETE: return done(unlink(f->path.data));
    case SX_FILE_LIST: return list_folder(f);
    case SX_FILE_MAKE_DIR: return done(mkdir(f->path.data, 0777));
    case SX_FILE_DELETE_DIR: return done(rmdir(f->path.data));
    case SX_FILE_RENAME: return done(rename(f->path.data, f->other.data));
    case SX_FILE_CURRENT: return current_folder(f);
    case SX_FILE_CHANGE: return done(chdir(f->path.data));
    case SX_FILE_INFO: return look_at(f, true);
    case SX_FILE_LINK_INFO: return look_at(f, false);
    case SX_FILE_SET_INFO: return set_info(f);
    case SX_FILE_LINK: return done(link(f->path.data, f->other.data));
    case SX_FILE_SYMLINK: return done(symlink(f->path.data, f->other.data));
    case SX_FILE_READ_LINK: return read_link(f);
    }
    return ENOSYS;
}

static void work(uv_work_t *w)
{
    SxFileOp *f = w->data;
    f->error = perform(f);
}

/* ---- back on the scheduler's thread ---- */

static sx_val names_list(SxHeap *h, const SxBuf *names)
{
    sx_val list = SX_EMPTY;
    size_t end = names->len; /* from the last: the NUL of the name that ends here stands at end - 1 */
    while (end > 0) {
        size_t start = end - 1;
        while (start > 0 && names->data[start - 1] != 0) start--;
        list = sx_cons(h, sx_binary(h, names->data + start, end - 1 - start), list);
        end = start;
    }
    return list;
}

static int64_t seconds(uv_timespec_t t) { return (int64_t)t.tv_sec; }

/* #(size type mode links device inode uid gid atime mtime ctime), times in seconds since 1970: files.c and file.erl name them. */
static sx_val info_tuple(SxHeap *h, uv_stat_t *s, bool deterministic)
{
    if (deterministic) { /* what differs from copy to copy of the same files */
        s->st_dev = s->st_ino = 0;
        s->st_atim = s->st_mtim = s->st_ctim = (uv_timespec_t){.tv_sec = (long)(sx_sys_wall_ns() / 1000000000)};
    }
    unsigned kind = (unsigned)s->st_mode & S_IFMT;
    const char *type = kind == S_IFREG ? "regular" : kind == S_IFDIR ? "directory" : kind == S_IFLNK ? "symlink" : kind == S_IFCHR || kind == S_IFBLK ? "device" : "other";
    return sx_tuple(h, 11, sx_uint(h, s->st_size), sx_atom(type), sx_uint(h, s->st_mode), sx_uint(h, s->st_nlink), sx_uint(h, s->st_dev),
                    sx_uint(h, s->st_ino), sx_uint(h, s->st_uid), sx_uint(h, s->st_gid), sx_int(h, seconds(s->st_atim)),
                    sx_int(h, seconds(s->st_mtim)), sx_int(h, seconds(s->st_ctim)));
}

static sx_val value_of(SxFileOp *f, SxHeap *h)
{
    switch (f->verb) {
    case SX_FILE_READ: return sx_binary_from_blob(h, f->bytes, 0, atomic_load(&f->bytes->used));
    case SX_FILE_EXISTS: return sx_bool(f->answer);
    case SX_FILE_FIND:
    case SX_FILE_CURRENT:
    case SX_FILE_READ_LINK: return sx_binary(h, f->data.data, f->data.len);
    case SX_FILE_LIST: return names_list(h, &f->data);
    case SX_FILE_INFO:
    case SX_FILE_LINK_INFO: return info_tuple(h, &f->info, f->loop->deterministic != NULL);
    default: return SX_A(ok);
    }
}

static void after_work(uv_work_t *w, int status)
{
    SxFileOp *f = w->data;
    SxHeap *h = sx_host_heap(f->loop);
    if (status != 0) f->error = ECANCELED;
    sx_val answer = f->error == 0 ? sx_tuple(h, 2, SX_A(ok), value_of(f, h)) : sx_tuple(h, 2, SX_A(error), sx_host_error_atom(f->error));
    sx_host_answer(f->loop, f->pid, f->op, answer);
    sx_file_op_free(f);
}

void sx_file_op_submit(SxFileOp *f, SxProc *p)
{
    f->loop = sx_loop_of(p);
    f->pid = p->pid;
    f->op = sx_host_begin(p);
    f->work.data = f;
    f->max_bytes = p->heap.limit_words * sizeof(sx_val);
    sx_host_work(f->loop, &f->work, work, after_work);
}
