/* test_keeper.c - see test_keeper.h. The keeper waits for signals only (SIGCHLD, SIGTERM) and for time; nothing in it polls. */
#include "cli/test_keeper.h"
#include "cli/test_table.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define STRAY_GRACE_MS 2000 /* for processes that are on their way out when the test ends */
#define TABLE_LIMIT_MS 3000 /* for hosts to print their process tables */
#define TABLE_FIRST_MS 500  /* before so long nobody is taken to be silent */
#define TABLE_QUIET_MS 150  /* a table is whole when nothing came for so long */
#define KILL_LIMIT_MS 5000  /* for what was killed to be gone */

typedef struct Keeper {
    const SxKeeperJob *job;
    pid_t child;
    bool ended;  /* the child; `report.status` says how */
    bool alone;  /* no process is left below this one */
    bool stop;   /* the harness wants an end */
    sigset_t signals;
    SxKeeperReport report;
    SxBuf notes;
} Keeper;

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- the test's side ---- */

static SX_NORETURN void become_test(const SxKeeperJob *job, int out, int err)
{
    setsid(); /* a process group of its own, no terminal */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int null = open("/dev/null", O_RDONLY);
    dup2(null, 0);
    dup2(out, 1);
    dup2(err, 2);
    close_range(3, ~0u, 0);
    for (int s = 1; s < 32; s++) signal(s, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setenv("TEST_DIR", job->dir, 1);
    if (job->folder != NULL && chdir(job->folder) != 0) dprintf(2, "%s: %s\n", job->folder, strerror(errno));
    else {
        execvp(job->argv[0], job->argv);
        dprintf(2, "%s cannot be run: %s\n", job->argv[0], strerror(errno));
    }
    _exit(127);
}

/* ---- the keeper's side ---- */

static void reap(Keeper *k)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        if (pid == k->child) {
            k->ended = true;
            k->report.status = status;
        }
    k->alone = pid < 0 && errno == ECHILD;
}

/* Wait for a signal, at most until `deadline`, and take what it says. */
static void await(Keeper *k, int64_t deadline)
{
    int64_t left = deadline - now_ms();
    if (left < 0) left = 0;
    struct timespec t = {left / 1000, (long)(left % 1000) * 1000000};
    if (sigtimedwait(&k->signals, NULL, &t) == SIGTERM) k->stop = true;
    reap(k);
}

/* SIGQUIT to every host below, and what they then print into files to the notes: a host's standard error is most often one in
 * the test's folder. A table that goes to the test's own standard error comes by itself. */
static void ask_for_tables(Keeper *k)
{
    SxTableHost hosts[SX_TABLE_MAX_HOSTS];
    int n = sx_table_hosts(hosts, getpid(), k->job->program);
    for (int i = 0; i < n; i++) kill(hosts[i].pid, SIGQUIT);
    int64_t limit = now_ms() + TABLE_LIMIT_MS, quiet = now_ms() + TABLE_FIRST_MS;
    while (n > 0 && now_ms() < limit) {
        await(k, now_ms() + TABLE_QUIET_MS / 3);
        if (sx_table_grew(hosts, n)) quiet = now_ms() + TABLE_QUIET_MS;
        else if (now_ms() > quiet && sx_table_all_came(hosts, n)) break;
    }
    for (int i = 0; i < n; i++) sx_table_add(&k->notes, &hosts[i]);
}

static void add_processes(Keeper *k, const char *title)
{
    pid_t pids[SX_TABLE_MAX_PROCESSES];
    int n = sx_table_below(pids, SX_TABLE_MAX_PROCESSES, getpid());
    if (n > 0) sx_buf_addf(&k->notes, "%s\n", title);
    for (int i = 0; i < n; i++) sx_table_add_command(&k->notes, pids[i]);
}

/* SIGKILL to all below until nothing is there: what forks meanwhile is met on the next round. */
static void end_all(Keeper *k)
{
    pid_t pids[SX_TABLE_MAX_PROCESSES];
    int64_t limit = now_ms() + KILL_LIMIT_MS;
    reap(k);
    while (!k->alone && now_ms() < limit) {
        int n = sx_table_below(pids, SX_TABLE_MAX_PROCESSES, getpid());
        for (int i = 0; i < n; i++) kill(pids[i], SIGKILL);
        await(k, now_ms() + 10);
    }
    if (!k->alone) add_processes(k, "could not be ended:");
}

static void watch(Keeper *k)
{
    int64_t limit = now_ms() + k->job->timeout_ms;
    reap(k);
    while (!k->ended && !k->stop && now_ms() < limit) await(k, limit);
    if (!k->ended && !k->stop) {
        k->report.late = 1;
        add_processes(k, "running at the time limit:");
        ask_for_tables(k);
    }
    int64_t grace = now_ms() + STRAY_GRACE_MS;
    while (k->ended && !k->alone && !k->stop && !k->report.late && now_ms() < grace) await(k, grace);
    if (!k->alone && !k->stop && !k->report.late) {
        pid_t pids[SX_TABLE_MAX_PROCESSES];
        k->report.n_strays = sx_table_below(pids, SX_TABLE_MAX_PROCESSES, getpid());
        add_processes(k, "left running:");
    }
    end_all(k);
}

static void write_all(int fd, const void *bytes, size_t n_bytes)
{
    const char *at = bytes;
    while (n_bytes > 0) {
        ssize_t n = write(fd, at, n_bytes);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return;
        at += n;
        n_bytes -= (size_t)n;
    }
}

static SX_NORETURN void keep(const SxKeeperJob *job, pid_t harness, int out, int err, int notes)
{
    Keeper k = {.job = job};
    setsid();
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    sigemptyset(&k.signals);
    sigaddset(&k.signals, SIGCHLD);
    sigaddset(&k.signals, SIGTERM);
    sigprocmask(SIG_SETMASK, &k.signals, NULL);
    signal(SIGCHLD, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGPIPE, SIG_IGN);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != harness) _exit(1);
    k.child = fork();
    if (k.child == 0) become_test(job, out, err);
    k.report.status = 127 << 8;
    if (k.child < 0) {
        k.ended = true;
        sx_buf_addf(&k.notes, "cannot fork: %s\n", strerror(errno));
    }
    int null = open("/dev/null", O_RDWR);
    for (int fd = 0; fd < 3; fd++) dup2(null, fd);
    dup2(notes, 3);
    close_range(4, ~0u, 0);
    watch(&k);
    k.report.done = 1;
    write_all(3, &k.report, sizeof k.report);
    write_all(3, k.notes.data, k.notes.len);
    _exit(0);
}

static bool open_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC) == 0; }

bool sx_keeper_start(SxKeeper *k, const SxKeeperJob *job)
{
    int ends[3][2] = {{-1, -1}, {-1, -1}, {-1, -1}};
    bool ok = open_pipe(ends[0]) && open_pipe(ends[1]) && open_pipe(ends[2]);
    pid_t harness = getpid();
    k->pid = ok ? fork() : -1;
    if (k->pid == 0) keep(job, harness, ends[0][1], ends[1][1], ends[2][1]);
    int why = errno;
    for (int i = 0; i < 3; i++) {
        if (ends[i][1] >= 0) close(ends[i][1]);
        if (k->pid < 0 && ends[i][0] >= 0) close(ends[i][0]);
    }
    errno = why;
    if (k->pid < 0) return false;
    k->out = ends[0][0];
    k->err = ends[1][0];
    k->notes = ends[2][0];
    for (int i = 0; i < 3; i++) fcntl(ends[i][0], F_SETFL, O_NONBLOCK);
    return true;
}
