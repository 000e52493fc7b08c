/* test_keeper.h - one test from its start to the end of everything that it started.
 * A keeper is a process between harness and test. It adopts what the test's processes leave behind (a subreaper), whatever
 * session, group or environment they have moved to, so all of it can be found and ended; at the time limit it asks the hosts
 * among them for their process tables first. When the harness dies, the keeper ends the test; so nothing outlives a run. */
#ifndef SX_TEST_KEEPER_H
#define SX_TEST_KEEPER_H

#include "base/buf.h"
#include <sys/types.h>

typedef struct SxKeeperJob {
    char **argv;         /* argv[0] is looked up in PATH */
    const char *folder;  /* where it runs; NULL: here */
    const char *dir;     /* its TEST_DIR */
    const char *program; /* of hosts: processes that run this file are asked for their tables */
    int64_t timeout_ms;
} SxKeeperJob;

/* What a keeper writes to its notes once all has ended; text for people stands behind it. */
typedef struct SxKeeperReport {
    int32_t status;   /* of the test, as waitpid gives it */
    int32_t n_strays; /* processes that were there after it */
    int32_t late;     /* it was ended at the limit */
    int32_t done;     /* 1: the report is whole */
} SxKeeperReport;

typedef struct SxKeeper {
    pid_t pid;
    int out, err, notes; /* to read from */
} SxKeeper;

/* Start a test under a keeper of its own. SIGTERM to the keeper ends it early. False: errno says why. */
bool sx_keeper_start(SxKeeper *k, const SxKeeperJob *job);

#endif
