/* test_writer.c - the bounded writer: order, refusal, room, a reader that leaves, a slow reader. */
#include "io/writer.h"
#include "unit.h"
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

static atomic_int rooms, broken_fd, broken_error;

static void has_room(void *arg) { (void)arg, atomic_fetch_add(&rooms, 1); }
static void broken(void *arg, int fd, int error)
{
    (void)arg;
    atomic_store(&broken_fd, fd);
    atomic_store(&broken_error, error);
}

static SxWriter *make(size_t limit) { return sx_writer_new(limit, &(SxWriterEvents){has_room, broken, NULL}); }

static size_t read_some(int fd, char *to, size_t n)
{
    ssize_t got = read(fd, to, n);
    return got > 0 ? (size_t)got : 0;
}

static void test_order(void)
{
    int a[2];
    CHECK(pipe(a) == 0);
    SxWriter *w = make(100);
    CHECK(sx_writer_offer(w, a[1], "one ", 4) && sx_writer_offer(w, a[1], "two ", 4));
    sx_writer_push(w, a[1], "three", 5);
    CHECK(sx_writer_flush(w, -1)); /* without a thread */
    char text[64];
    CHECK_EQ(read_some(a[0], text, sizeof text), 13);
    CHECK(memcmp(text, "one two three", 13) == 0);
    sx_writer_push(w, a[1], "four", 4);
    sx_writer_kick(w);
    CHECK_EQ(read_some(a[0], text, sizeof text), 4);
    CHECK(sx_writer_flush(w, 1000) && sx_writer_queued(w) == 0);
    close(a[0]), close(a[1]);
}

/* A pipe that nobody reads fills; then offers are refused, pushes are not; when it is read there is room again, and nothing was
 * lost, doubled or cut. */
static void test_full(void)
{
    int a[2];
    char record[1000], text[4096];
    CHECK(pipe(a) == 0);
    SxWriter *w = make(10000);
    size_t sent = 0, seen = 0;
    memset(record, 'x', sizeof record);
    atomic_store(&rooms, 0);
    do { /* until the pipe is full, and the queue too */
        while (sx_writer_offer(w, a[1], record, sizeof record)) sent += sizeof record;
    } while (sx_writer_flush(w, 50));
    while (sx_writer_offer(w, a[1], record, sizeof record)) sent += sizeof record;
    atomic_store(&rooms, 0);
    CHECK(!sx_writer_has_room(w));
    sx_writer_push(w, a[1], "end", 3);
    sx_writer_kick(w);
    sent += 3;
    while (seen < sent) {
        size_t n = read_some(a[0], text, sizeof text);
        if (n == 0) break;
        seen += n;
        if (seen == sent) CHECK(memcmp(text + n - 3, "end", 3) == 0);
    }
    CHECK_EQ(seen, sent);
    CHECK(sx_writer_flush(w, 1000) && sx_writer_has_room(w));
    CHECK_EQ(atomic_load(&rooms), 1);
    close(a[0]), close(a[1]);
}

static void test_broken(void)
{
    int a[2], b[2];
    char text[16];
    CHECK(pipe(a) == 0 && pipe(b) == 0);
    SxWriter *w = make(1000);
    close(a[0]);
    sx_writer_push(w, a[1], "lost", 4);
    sx_writer_push(w, b[1], "kept", 4);
    sx_writer_push(w, a[1], "lost", 4);
    CHECK(sx_writer_flush(w, 1000));
    CHECK(atomic_load(&broken_fd) == a[1] && atomic_load(&broken_error) == EPIPE);
    CHECK_EQ(read_some(b[0], text, sizeof text), 4);
    close(a[1]), close(b[0]), close(b[1]);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    test_order();
    test_full();
    test_broken();
    return unit_end();
}
