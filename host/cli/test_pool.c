/* test_pool.c - see test_pool.h. A slot is a test that runs: its keeper and three pipes. The keeper's end is the test's: whoever
 * else still holds the pipes is not waited for. */
#include "cli/test_pool.h"
#include "cli/test_expect.h"
#include "cli/test_keeper.h"
#include "cli/test_table.h"
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CASE_RUNNER "lib/test/erlt.erl" /* among the program's own files */
#define OPEN_FOLDERS 16
#define ORPHAN_ROUNDS 1000 /* of 5 ms, for what was killed to be gone */
#define MAX_OPTIONS 32 /* words of `; options:` */

typedef struct Slot {
    const SxTest *test; /* NULL: free */
    SxKeeper keeper;
    SxTestRun run;
    char *dir;
    int64_t started_us;
} Slot;

typedef struct Pool {
    const SxTestPool *p;
    Slot *slots;
    int n_slots, n_busy;
    int n_started; /* names the folders */
    bool stopping;
} Pool;

static volatile sig_atomic_t signalled; /* the last of SIGINT and SIGTERM */
static void on_signal(int number) { signalled = number; }

static int64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)ftw;
    if (type == FTW_DNR) chmod(path, 0700);
    remove(path);
    return 0;
}

void sx_test_remove(const char *folder) { nftw(folder, remove_one, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS); }

/* ---- one test ---- */

static void run_free(SxTestRun *run)
{
    sx_buf_deinit(&run->out);
    sx_buf_deinit(&run->err);
    sx_buf_deinit(&run->notes);
}

/* The words of the test's `; options:` line; they stand in `text`. Answers how many. */
static int option_words(char **words, SxBuf *text, const SxTest *t)
{
    SxTestExpect e;
    int n = 0;
    sx_test_expect_read(&e, t);
    if (e.n_options > 0) sx_buf_add(text, e.options, e.n_options);
    sx_buf_add_char(text, 0);
    char *rest = text->data, *word;
    while (n < MAX_OPTIONS && (word = strtok_r(rest, " \t\r", &rest)) != NULL) words[n++] = word;
    sx_test_expect_deinit(&e);
    return n;
}

static void start(Pool *pool, Slot *s, const SxTest *t)
{
    char dir[4096];
    const SxTestPool *p = pool->p;
    snprintf(dir, sizeof dir, "%s/%06d", p->folder, ++pool->n_started);
    memset(s, 0, sizeof *s);
    s->test = t;
    s->dir = strdup(dir);
    s->run.dir = s->dir;
    s->started_us = now_us();
    char *argv[MAX_OPTIONS + SX_TEST_MOST_WORDS + 7] = {0};
    int n = 0;
    SxBuf options = SX_BUF_INIT;
    bool host = t->kind == SX_TEST_LISP || t->kind == SX_TEST_ERLANG || t->kind == SX_TEST_CASES;
    if (t->kind == SX_TEST_SHELL) argv[n++] = "bash";
    if (host) {
        argv[n++] = (char *)p->program;
        n += option_words(argv + n, &options, t);
        for (const char *const *word = t->words; word != NULL && *word != NULL; word++) argv[n++] = (char *)*word;
    }
    SxBuf beside = SX_BUF_INIT; /* the folder of a file of cases: it may call modules that lie there */
    if (t->kind == SX_TEST_CASES) {
        sx_buf_addf(&beside, "%.*s/", (int)(strrchr(t->full, '/') - t->full), t->full);
        sx_buf_add_char(&beside, 0);
        argv[n++] = "-pa";
        argv[n++] = beside.data;
        argv[n++] = CASE_RUNNER;
    }
    if (t->command != NULL) argv[n++] = (char *)t->command;
    argv[n++] = host || t->kind == SX_TEST_PROGRAM ? t->full : t->path;
    SxKeeperJob job = {argv, host ? dir : NULL, dir, p->program, p->o->timeout_ms};
    if (mkdir(dir, 0700) != 0 || !sx_keeper_start(&s->keeper, &job)) {
        sx_buf_addf(&s->run.notes, "cannot be started: %s\n", strerror(errno));
        s->run.status = 127 << 8;
        s->keeper = (SxKeeper){-1, -1, -1, -1};
    }
    sx_buf_deinit(&options);
    sx_buf_deinit(&beside);
    pool->n_busy++;
}

/* Read what is there. False: the other end is closed. */
static bool take(int fd, SxBuf *to, size_t most, bool *too_much)
{
    char rest[65536];
    for (;;) {
        bool full = to->len >= most;
        ssize_t n = full ? read(fd, rest, sizeof rest) : read(fd, sx_buf_reserve(to, sizeof rest), sizeof rest);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return errno == EAGAIN;
        if (n == 0) return false;
        if (full) *too_much = true;
        else to->len += (size_t)n;
        if (full) return true; /* the rest when poll says so again: others have a turn */
    }
}

static void take_output(Slot *s)
{
    SxTestRun *run = &s->run;
    bool flooded = run->flooded;
    struct { int *fd; SxBuf *to; } streams[] = {{&s->keeper.out, &run->out}, {&s->keeper.err, &run->err}};
    for (size_t i = 0; i < SX_COUNT(streams); i++)
        if (*streams[i].fd >= 0 && !take(*streams[i].fd, streams[i].to, SX_TEST_MAX_OUTPUT_BYTES, &run->flooded)) {
            close(*streams[i].fd);
            *streams[i].fd = -1;
        }
    if (run->flooded && !flooded) kill(s->keeper.pid, SIGTERM);
}

/* The keeper has said all it had to say. */
static void finish(Pool *pool, Slot *s)
{
    SxTestRun *run = &s->run;
    if (s->keeper.pid > 0) {
        SxKeeperReport report = {0};
        int status;
        close(s->keeper.notes);
        while (waitpid(s->keeper.pid, &status, 0) < 0 && errno == EINTR) {}
        take_output(s);
        if (s->keeper.out >= 0) close(s->keeper.out);
        if (s->keeper.err >= 0) close(s->keeper.err);
        if (run->notes.len >= sizeof report) memcpy(&report, run->notes.data, sizeof report);
        if (report.done == 1) {
            run->notes.len -= sizeof report;
            memmove(run->notes.data, run->notes.data + sizeof report, run->notes.len);
        } else {
            sx_buf_addf(&run->notes, "the keeper of this test was killed\n");
            report.status = 127 << 8;
        }
        run->status = report.status;
        run->late = report.late != 0;
        run->n_strays = report.n_strays;
    }
    run->seconds = (double)(now_us() - s->started_us) / 1e6;
    if (!pool->stopping && !pool->p->ended(pool->p->arg, s->test, run)) pool->stopping = true;
    if (run->dir != NULL) sx_test_remove(run->dir);
    free(s->dir);
    run_free(run);
    s->test = NULL;
    pool->n_busy--;
}

/* ---- all of them ---- */

static int default_jobs(void)
{
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

static void end_all(Pool *pool)
{
    for (int i = 0; i < pool->n_slots; i++)
        if (pool->slots[i].test != NULL && pool->slots[i].keeper.pid > 0) kill(pool->slots[i].keeper.pid, SIGTERM);
}

/* Wait for output, a keeper's end or a signal, and take what came. */
static void turn(Pool *pool, struct pollfd *fds, const sigset_t *open_to)
{
    int n = 0;
    for (int i = 0; i < pool->n_slots; i++) {
        const Slot *s = &pool->slots[i];
        int of[3] = {s->keeper.out, s->keeper.err, s->keeper.notes};
        for (int j = 0; s->test != NULL && j < 3; j++) fds[n++] = (struct pollfd){of[j], POLLIN, 0};
    }
    if (ppoll(fds, (nfds_t)n, NULL, open_to) < 0) return;
    for (int i = 0; i < pool->n_slots; i++) {
        Slot *s = &pool->slots[i];
        if (s->test == NULL) continue;
        bool ignored;
        take_output(s);
        if (!take(s->keeper.notes, &s->run.notes, SX_TEST_MAX_OUTPUT_BYTES, &ignored)) finish(pool, s);
    }
}

static void fill(Pool *pool, const SxTestList *list, int *next)
{
    for (int i = 0; i < pool->n_slots && *next < list->n && !pool->stopping; i++) {
        Slot *s = &pool->slots[i];
        if (s->test != NULL) continue;
        const SxTest *t = &list->at[(*next)++];
        if (t->kind == SX_TEST_NONE) {
            SxTestRun none = {0};
            if (!pool->p->ended(pool->p->arg, t, &none)) pool->stopping = true;
            i--;
            continue;
        }
        start(pool, s, t);
        if (s->keeper.pid < 0) finish(pool, s);
    }
}

/* What a test whose keeper it killed left behind has come to this process. */
static void end_orphans(void)
{
    pid_t pids[SX_TABLE_MAX_PROCESSES];
    int n;
    for (int round = 0; round < ORPHAN_ROUNDS && (n = sx_table_below(pids, SX_TABLE_MAX_PROCESSES, getpid())) > 0; round++) {
        for (int i = 0; i < n; i++) kill(pids[i], SIGKILL);
        while (waitpid(-1, NULL, WNOHANG) > 0) {}
        nanosleep(&(struct timespec){0, 5000000}, NULL);
    }
}

int sx_test_pool_run(const SxTestPool *p, const SxTestList *list)
{
    Pool pool = {.p = p, .n_slots = p->o->jobs > 0 ? p->o->jobs : default_jobs()};
    pool.slots = sx_alloc_zero((size_t)pool.n_slots * sizeof *pool.slots);
    struct pollfd *fds = sx_alloc((size_t)pool.n_slots * 3 * sizeof *fds);
    struct sigaction act = {.sa_handler = on_signal}, old[2];
    sigset_t closed, before;
    sigemptyset(&closed);
    sigaddset(&closed, SIGINT);
    sigaddset(&closed, SIGTERM);
    sigprocmask(SIG_BLOCK, &closed, &before); /* they arrive inside ppoll alone, so none is missed */
    sigaction(SIGINT, &act, &old[0]);
    sigaction(SIGTERM, &act, &old[1]);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    bool ending = false;
    int next = 0;
    for (;;) {
        if (signalled != 0) pool.stopping = true;
        fill(&pool, list, &next);
        if (pool.stopping && !ending) {
            end_all(&pool);
            ending = true;
        }
        if (pool.n_busy == 0) break;
        turn(&pool, fds, &before);
    }
    end_orphans();
    sigaction(SIGINT, &old[0], NULL);
    sigaction(SIGTERM, &old[1], NULL);
    sigprocmask(SIG_SETMASK, &before, NULL);
    sx_free(fds);
    sx_free(pool.slots);
    return signalled;
}
