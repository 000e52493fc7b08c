/* test_table.c - see test_table.h. A process may end while it is looked at: what cannot be read is left out. */
#include "cli/test_table.h"
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define COMMAND_BYTES 300

typedef struct Process {
    pid_t pid, parent;
    bool below;
} Process;

static bool read_process(Process *p, const char *name)
{
    char path[64], text[1024], state;
    snprintf(path, sizeof path, "/proc/%.20s/stat", name);
    FILE *f = fopen(path, "r");
    if (f == NULL) return false;
    size_t n = fread(text, 1, sizeof text - 1, f);
    fclose(f);
    text[n] = 0;
    const char *behind = strrchr(text, ')'); /* the name before it may hold anything */
    int parent;
    if (behind == NULL || sscanf(behind + 1, " %c %d", &state, &parent) != 2 || state == 'Z' || state == 'X') return false;
    *p = (Process){atoi(name), parent, false};
    return true;
}

static int read_processes(Process **all)
{
    int n = 0, cap = 0;
    DIR *proc = opendir("/proc");
    *all = NULL;
    for (struct dirent *entry; proc != NULL && (entry = readdir(proc)) != NULL;) {
        if (!isdigit((unsigned char)entry->d_name[0])) continue;
        if (n == cap) {
            cap = cap * 2 + 256;
            *all = sx_realloc(*all, (size_t)cap * sizeof **all);
        }
        if (read_process(&(*all)[n], entry->d_name)) n++;
    }
    if (proc != NULL) closedir(proc);
    return n;
}

int sx_table_below(pid_t *pids, int n_pids, pid_t root)
{
    Process *all;
    int n_all = read_processes(&all), n = 0;
    for (bool more = true; more;) {
        more = false;
        for (int i = 0; i < n_all; i++) {
            if (all[i].below) continue;
            bool below = all[i].parent == root;
            for (int j = 0; j < n_all && !below; j++) below = all[j].below && all[j].pid == all[i].parent;
            all[i].below = below;
            more |= below;
        }
    }
    for (int i = 0; i < n_all && n < n_pids; i++)
        if (all[i].below) pids[n++] = all[i].pid;
    sx_free(all);
    return n;
}

static bool runs(pid_t pid, const struct stat *program)
{
    char path[64];
    struct stat st;
    snprintf(path, sizeof path, "/proc/%d/exe", (int)pid);
    return stat(path, &st) == 0 && st.st_dev == program->st_dev && st.st_ino == program->st_ino;
}

/* The length of its standard error; -1: no regular file. */
static int64_t error_size(pid_t pid)
{
    char path[64];
    struct stat st;
    snprintf(path, sizeof path, "/proc/%d/fd/2", (int)pid);
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) ? (int64_t)st.st_size : -1;
}

int sx_table_hosts(SxTableHost hosts[SX_TABLE_MAX_HOSTS], pid_t root, const char *program)
{
    pid_t pids[SX_TABLE_MAX_PROCESSES];
    struct stat st;
    int n_pids = sx_table_below(pids, SX_TABLE_MAX_PROCESSES, root), n = 0;
    if (stat(program, &st) != 0) return 0;
    for (int i = 0; i < n_pids && n < SX_TABLE_MAX_HOSTS; i++) {
        if (!runs(pids[i], &st)) continue;
        int64_t size = error_size(pids[i]);
        hosts[n++] = (SxTableHost){pids[i], size >= 0, size < 0 ? 0 : size, size < 0 ? 0 : size};
    }
    return n;
}

bool sx_table_grew(SxTableHost *hosts, int n)
{
    bool grew = false;
    for (int i = 0; i < n; i++) {
        int64_t size = hosts[i].file ? error_size(hosts[i].pid) : 0;
        if (size <= hosts[i].size) continue;
        hosts[i].size = size;
        grew = true;
    }
    return grew;
}

bool sx_table_all_came(const SxTableHost *hosts, int n)
{
    for (int i = 0; i < n; i++)
        if (hosts[i].file && hosts[i].size == hosts[i].start) return false;
    return true;
}

void sx_table_add(SxBuf *out, const SxTableHost *host)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/fd/2", (int)host->pid);
    int fd = host->file && host->size > host->start ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0) return;
    size_t n_bytes = (size_t)(host->size - host->start);
    if (n_bytes > SX_TABLE_MAX_BYTES) n_bytes = SX_TABLE_MAX_BYTES;
    sx_buf_addf(out, "process table of host %d:\n", (int)host->pid);
    ssize_t n = pread(fd, sx_buf_reserve(out, n_bytes), n_bytes, (off_t)host->start);
    if (n > 0) out->len += (size_t)n;
    if (n > 0 && out->data[out->len - 1] != '\n') sx_buf_add_char(out, '\n');
    close(fd);
}

void sx_table_add_command(SxBuf *out, pid_t pid)
{
    char path[64], text[COMMAND_BYTES];
    snprintf(path, sizeof path, "/proc/%d/cmdline", (int)pid);
    FILE *f = fopen(path, "r");
    size_t n = f == NULL ? 0 : fread(text, 1, sizeof text, f);
    if (f != NULL) fclose(f);
    if (n == 0) return; /* it is gone */
    while (n > 0 && text[n - 1] == 0) n--;
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)text[i] < ' ') text[i] = ' ';
    sx_buf_addf(out, "  %d %.*s\n", (int)pid, (int)n, text);
}
