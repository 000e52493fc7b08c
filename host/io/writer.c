/* writer.c - the queue is two runs of bytes: `back`, which producers append to under the lock, and `front`, which the thread
 * writes without it; the thread swaps them when front is done. So a record is copied once and a busy pipe costs one system
 * call for many records.
 * The thread starts at the first kick: a program that prints one line and ends never pays for it. */
#include "io/writer.h"
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#define MAX_FDS 4
#define PIECE ((size_t)64 << 10) /* one write at most: a slow reader's progress is seen between two */

typedef struct Run { /* bytes for one descriptor, records one behind the other */
    int fd;
    size_t n_bytes;
} Run;

typedef struct Batch {
    SxBuf bytes;
    Run *runs;
    size_t n_runs, cap_runs;
} Batch;

struct SxWriter {
    SxWriterEvents events;
    size_t limit;
    pthread_mutex_t lock;
    pthread_cond_t filled;  /* the thread waits: something is in back */
    pthread_cond_t emptied; /* flush waits: all is written */
    Batch back, front;
    size_t unwritten;       /* bytes of front that are still to be written; of back not counted */
    bool writing;           /* front belongs to the thread */
    bool refused;           /* has_room is owed */
    bool started;
    bool dirty;             /* producer only: queued since the last kick */
    int broken[MAX_FDS];
    int n_broken;
};

static void batch_add(Batch *b, int fd, const void *bytes, size_t n_bytes)
{
    sx_buf_add(&b->bytes, bytes, n_bytes);
    if (b->n_runs > 0 && b->runs[b->n_runs - 1].fd == fd) {
        b->runs[b->n_runs - 1].n_bytes += n_bytes;
        return;
    }
    if (b->n_runs == b->cap_runs) {
        b->cap_runs = b->cap_runs == 0 ? 8 : 2 * b->cap_runs;
        b->runs = sx_realloc(b->runs, b->cap_runs * sizeof *b->runs);
    }
    b->runs[b->n_runs++] = (Run){fd, n_bytes};
}

static void batch_clear(Batch *b)
{
    if (b->bytes.cap > ((size_t)4 << 20)) { /* one huge reply should not stay for good */
        sx_buf_deinit(&b->bytes);
        b->bytes = SX_BUF_INIT;
    }
    b->bytes.len = 0;
    b->n_runs = 0;
}

SxWriter *sx_writer_new(size_t limit_bytes, const SxWriterEvents *events)
{
    SxWriter *w = sx_alloc_zero(sizeof *w);
    w->events = *events;
    w->limit = limit_bytes;
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->filled, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&w->emptied, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return w;
}

/* ---- writing ---- */

static bool is_broken(const SxWriter *w, int fd)
{
    for (int i = 0; i < w->n_broken; i++)
        if (w->broken[i] == fd) return true;
    return false;
}

/* 0, or the errno that ends the descriptor. A descriptor that somebody else made non-blocking is waited for. */
static int write_all(SxWriter *w, int fd, const char *bytes, size_t n_bytes)
{
    while (n_bytes > 0) {
        ssize_t n = write(fd, bytes, n_bytes < PIECE ? n_bytes : PIECE);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            struct pollfd ready = {fd, POLLOUT, 0};
            poll(&ready, 1, -1);
            continue;
        }
        if (n < 0) return errno;
        bytes += n;
        n_bytes -= (size_t)n;
        pthread_mutex_lock(&w->lock);
        w->unwritten -= (size_t)n;
        bool tell = w->refused && w->unwritten + w->back.bytes.len <= w->limit / 2;
        if (tell) w->refused = false;
        pthread_mutex_unlock(&w->lock);
        if (tell && w->events.has_room != NULL) w->events.has_room(w->events.arg);
    }
    return 0;
}

/* Write all of front; called without the lock. */
static void write_front(SxWriter *w)
{
    const char *at = w->front.bytes.data;
    for (size_t i = 0; i < w->front.n_runs; i++) {
        Run run = w->front.runs[i];
        int error = is_broken(w, run.fd) ? EPIPE : write_all(w, run.fd, at, run.n_bytes);
        if (error != 0 && !is_broken(w, run.fd)) {
            if (w->n_broken < MAX_FDS) w->broken[w->n_broken++] = run.fd;
            if (w->events.broken != NULL) w->events.broken(w->events.arg, run.fd, error);
        }
        at += run.n_bytes;
    }
    batch_clear(&w->front);
}

/* Take back as front; the lock is held. */
static void take_back(SxWriter *w)
{
    Batch empty = w->front;
    w->front = w->back;
    w->back = empty;
    w->unwritten = w->front.bytes.len;
    w->writing = true;
}

/* Front is done; the lock is held. */
static bool finish_front(SxWriter *w)
{
    w->writing = false;
    w->unwritten = 0;
    bool tell = w->refused && w->back.bytes.len <= w->limit / 2;
    if (tell) w->refused = false;
    if (w->back.n_runs == 0) pthread_cond_broadcast(&w->emptied);
    return tell;
}

static void *write_forever(void *arg)
{
    SxWriter *w = arg;
    pthread_mutex_lock(&w->lock);
    for (;;) {
        while (w->back.n_runs == 0) pthread_cond_wait(&w->filled, &w->lock);
        take_back(w);
        pthread_mutex_unlock(&w->lock);
        write_front(w);
        pthread_mutex_lock(&w->lock);
        if (finish_front(w) && w->events.has_room != NULL) {
            pthread_mutex_unlock(&w->lock);
            w->events.has_room(w->events.arg);
            pthread_mutex_lock(&w->lock);
        }
    }
    return NULL;
}

/* ---- producers ---- */

bool sx_writer_has_room(SxWriter *w)
{
    pthread_mutex_lock(&w->lock);
    bool room = w->unwritten + w->back.bytes.len < w->limit;
    if (!room) w->refused = true;
    pthread_mutex_unlock(&w->lock);
    return room;
}

size_t sx_writer_queued(SxWriter *w)
{
    pthread_mutex_lock(&w->lock);
    size_t queued = w->unwritten + w->back.bytes.len;
    pthread_mutex_unlock(&w->lock);
    return queued;
}

bool sx_writer_offer(SxWriter *w, int fd, const void *bytes, size_t n_bytes)
{
    pthread_mutex_lock(&w->lock);
    bool room = w->unwritten + w->back.bytes.len < w->limit;
    if (room) batch_add(&w->back, fd, bytes, n_bytes);
    else w->refused = true;
    pthread_mutex_unlock(&w->lock);
    w->dirty = true;
    return room;
}

void sx_writer_push(SxWriter *w, int fd, const void *bytes, size_t n_bytes)
{
    pthread_mutex_lock(&w->lock);
    batch_add(&w->back, fd, bytes, n_bytes);
    pthread_mutex_unlock(&w->lock);
    w->dirty = true;
}

/* The thread takes no signals: they are the main thread's. */
static void start(SxWriter *w)
{
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &old);
    pthread_t thread;
    SX_CHECK(pthread_create(&thread, NULL, write_forever, w) == 0);
    pthread_detach(thread);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    w->started = true;
}

void sx_writer_kick(SxWriter *w)
{
    if (!w->dirty) return;
    w->dirty = false;
    if (!w->started) start(w);
    pthread_mutex_lock(&w->lock);
    if (!w->writing) pthread_cond_signal(&w->filled);
    pthread_mutex_unlock(&w->lock);
}

bool sx_writer_flush(SxWriter *w, int timeout_ms)
{
    if (!w->started && timeout_ms < 0) { /* nobody else writes: do it here */
        pthread_mutex_lock(&w->lock);
        take_back(w);
        pthread_mutex_unlock(&w->lock);
        write_front(w);
        pthread_mutex_lock(&w->lock);
        finish_front(w);
        pthread_mutex_unlock(&w->lock);
        w->dirty = false;
        return true;
    }
    w->dirty = true;
    sx_writer_kick(w);
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += timeout_ms / 1000;
    until.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) until.tv_sec++, until.tv_nsec -= 1000000000;
    pthread_mutex_lock(&w->lock);
    int status = 0;
    while (status != ETIMEDOUT && (w->writing || w->back.n_runs > 0))
        status = timeout_ms < 0 ? pthread_cond_wait(&w->emptied, &w->lock) : pthread_cond_timedwait(&w->emptied, &w->lock, &until);
    bool done = !w->writing && w->back.n_runs == 0;
    pthread_mutex_unlock(&w->lock);
    return done;
}
