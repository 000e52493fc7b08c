/* test_table.h - the processes of a test, as /proc shows them: which are below a keeper, which of them are hosts, where a host's
 * process table goes. Looks; ends nobody. */
#ifndef SX_TEST_TABLE_H
#define SX_TEST_TABLE_H

#include "base/buf.h"
#include <sys/types.h>

#define SX_TABLE_MAX_PROCESSES 4096
#define SX_TABLE_MAX_HOSTS 64
#define SX_TABLE_MAX_BYTES 65536 /* of one host's table */

typedef struct SxTableHost {
    pid_t pid;
    bool file;         /* its standard error is a regular file, from `start` on the table's */
    int64_t start, size;
} SxTableHost;

/* The processes whose line of parents leads to `root`, without those that are dead already. */
int sx_table_below(pid_t *pids, int n_pids, pid_t root);
/* Those of them that run the file `program`, with how long their standard errors are now. */
int sx_table_hosts(SxTableHost hosts[SX_TABLE_MAX_HOSTS], pid_t root, const char *program);
/* Has the standard error of any grown since this was last asked? */
bool sx_table_grew(SxTableHost *hosts, int n);
/* Has that of each grown, as far as it can be seen? */
bool sx_table_all_came(const SxTableHost *hosts, int n);
/* Append what came since, under a line that names the host. Nothing for one whose standard error is no file. */
void sx_table_add(SxBuf *out, const SxTableHost *host);
/* Append `  PID COMMAND` and a newline. */
void sx_table_add_command(SxBuf *out, pid_t pid);

#endif
