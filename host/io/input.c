/* input.c - see input.h. The thread sleeps in poll on the descriptor and on an eventfd by which it is told that its orders
 * changed; a fifo adds an inotify watch on its folder, so that a fifo made anew is found without looking again and again.
 * A fifo is opened for reading and writing: then the last writer's leaving is no end of file, and nothing spins. */
#include "io/input.h"
#include "base/sys.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

struct SxInput {
    void (*arrived)(void *arg);
    void *arg;
    int fd, orders;         /* orders: eventfd, written when want or the room changed */
    int watch;              /* inotify; -1 without a fifo */
    char *path;             /* of the fifo */
    dev_t device;           /* of the fifo that is open */
    ino_t inode;
    bool started;
    pthread_mutex_t lock;
    SxBuf bytes;            /* read, not taken */
    bool want, ended;
};

static SxInput *new_input(int fd, void (*arrived)(void *arg), void *arg)
{
    SxInput *in = sx_alloc_zero(sizeof *in);
    in->arrived = arrived;
    in->arg = arg;
    in->fd = fd;
    in->watch = -1;
    in->orders = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    SX_CHECK(in->orders >= 0);
    pthread_mutex_init(&in->lock, NULL);
    return in;
}

SxInput *sx_input_new(int fd, void (*arrived)(void *arg), void *arg) { return new_input(fd, arrived, arg); }

/* ---- fifo ---- */

static void watch_folder(SxInput *in)
{
    in->watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (in->watch < 0) return;
    const char *slash = strrchr(in->path, '/');
    SxBuf folder = SX_BUF_INIT;
    if (slash == NULL) sx_buf_add_str(&folder, ".");
    else sx_buf_add(&folder, in->path, slash == in->path ? 1 : (size_t)(slash - in->path));
    sx_buf_add_char(&folder, 0);
    inotify_add_watch(in->watch, folder.data, IN_CREATE | IN_MOVED_TO);
    sx_buf_deinit(&folder);
}

/* A descriptor for the fifo that now stands at the path, or -1 and a reason. */
static int open_fifo(SxInput *in, SxBuf *why)
{
    struct stat st;
    if (stat(in->path, &st) != 0) {
        sx_buf_addf(why, "%s: %s", in->path, errno == ENOENT ? "no such fifo (mkfifo makes one)" : strerror(errno));
        return -1;
    }
    if (!S_ISFIFO(st.st_mode)) {
        sx_buf_addf(why, "%s: not a fifo", in->path);
        return -1;
    }
    int fd = open(in->path, O_RDWR | O_CLOEXEC);
    if (fd < 0) {
        sx_buf_addf(why, "%s: %s", in->path, strerror(errno));
        return -1;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        sx_buf_addf(why, "%s: another sxhost reads this fifo", in->path);
        close(fd);
        return -1;
    }
    SX_CHECK(fstat(fd, &st) == 0);
    in->device = st.st_dev;
    in->inode = st.st_ino;
    return fd;
}

SxInput *sx_input_new_fifo(const char *path, void (*arrived)(void *arg), void *arg, SxBuf *why)
{
    SxInput *in = new_input(-1, arrived, arg);
    size_t n = strlen(path) + 1;
    in->path = memcpy(sx_alloc(n), path, n);
    watch_folder(in); /* before the fifo is opened: what is made anew in between is seen */
    in->fd = open_fifo(in, why);
    if (in->fd >= 0) return in;
    if (in->watch >= 0) close(in->watch);
    close(in->orders);
    sx_free(in->path);
    sx_free(in);
    return NULL;
}

/* Something was made in the fifo's folder: is it a new fifo in the old one's place? What is left in the old one was read. */
static void follow_fifo(SxInput *in)
{
    char events[4096];
    while (read(in->watch, events, sizeof events) > 0) {}
    struct stat st;
    if (stat(in->path, &st) != 0 || !S_ISFIFO(st.st_mode) || (st.st_dev == in->device && st.st_ino == in->inode)) return;
    SxBuf why = SX_BUF_INIT;
    int fd = open_fifo(in, &why);
    if (fd >= 0) {
        close(in->fd);
        in->fd = fd;
    } else {
        sx_buf_add_str(&why, "; the old one is still read\n");
        sx_sys_log(why.data, why.len);
    }
    sx_buf_deinit(&why);
}

/* ---- the thread ---- */

/* Sleep until the descriptor has bytes (true) or something else happened. */
static bool wait_readable(SxInput *in, bool may_read)
{
    struct pollfd fds[3] = {{in->orders, POLLIN, 0}, {in->watch, POLLIN, 0}, {may_read ? in->fd : -1, POLLIN, 0}};
    if (poll(fds, 3, -1) < 0) return false;
    if (fds[0].revents != 0) {
        uint64_t count;
        ssize_t n = read(in->orders, &count, sizeof count);
        (void)n;
        return false; /* look at the orders again before reading */
    }
    if (fds[2].revents != 0) return true;
    if (fds[1].revents != 0) follow_fifo(in);
    return false;
}

static void *read_forever(void *arg)
{
    SxInput *in = arg;
    char *chunk = sx_alloc(SX_INPUT_AHEAD);
    for (;;) {
        pthread_mutex_lock(&in->lock);
        size_t room = in->want && in->bytes.len < SX_INPUT_AHEAD ? SX_INPUT_AHEAD - in->bytes.len : 0;
        pthread_mutex_unlock(&in->lock);
        if (!wait_readable(in, room > 0)) continue;
        ssize_t n = read(in->fd, chunk, room);
        if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        pthread_mutex_lock(&in->lock);
        if (n > 0) sx_buf_add(&in->bytes, chunk, (size_t)n);
        else in->ended = true;
        pthread_mutex_unlock(&in->lock);
        in->arrived(in->arg);
        if (n <= 0) break;
    }
    sx_free(chunk);
    return NULL;
}

static void start(SxInput *in)
{
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &old);
    pthread_t thread;
    SX_CHECK(pthread_create(&thread, NULL, read_forever, in) == 0);
    pthread_detach(thread);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    in->started = true;
}

/* ---- the taker's side ---- */

static void tell(SxInput *in)
{
    uint64_t one = 1;
    ssize_t n = write(in->orders, &one, sizeof one);
    (void)n; /* full: it was told already */
}

void sx_input_want(SxInput *in, bool want)
{
    pthread_mutex_lock(&in->lock);
    bool changed = in->want != want;
    in->want = want;
    pthread_mutex_unlock(&in->lock);
    if (want && !in->started) start(in);
    else if (changed) tell(in);
}

bool sx_input_read_whole(SxInput *in, SxBuf *why)
{
    struct pollfd readable = {in->fd, POLLIN, 0};
    in->started = in->ended = true;
    for (;;) {
        if (poll(&readable, 1, -1) < 0) return true; /* a signal: libuv restarts a read, not this */
        ssize_t n = read(in->fd, sx_buf_reserve(&in->bytes, SX_INPUT_AHEAD), SX_INPUT_AHEAD);
        if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (n < 0) sx_buf_addf(why, "standard input: %s", strerror(errno));
        if (n <= 0) return n == 0;
        in->bytes.len += (size_t)n;
        if (in->bytes.len > SX_INPUT_WHOLE_MAX) {
            sx_buf_addf(why, "standard input is longer than %zu MiB, and --deterministic keeps all of it", SX_INPUT_WHOLE_MAX >> 20);
            return false;
        }
    }
}

size_t sx_input_take(SxInput *in, SxBuf *to)
{
    pthread_mutex_lock(&in->lock);
    size_t n = in->bytes.len;
    if (n > 0) sx_buf_add(to, in->bytes.data, n);
    in->bytes.len = 0;
    pthread_mutex_unlock(&in->lock);
    if (n >= SX_INPUT_AHEAD) tell(in); /* it waits for room */
    return n;
}

bool sx_input_ended(SxInput *in)
{
    pthread_mutex_lock(&in->lock);
    bool ended = in->ended && in->bytes.len == 0;
    pthread_mutex_unlock(&in->lock);
    return ended;
}
