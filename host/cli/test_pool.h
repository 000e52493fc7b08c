/* test_pool.h - runs the tests of a list, so many at once, and hands each one's run over as it ends. Waits for pipes and signals;
 * SIGINT and SIGTERM to the harness end all that runs. */
#ifndef SX_TEST_POOL_H
#define SX_TEST_POOL_H

#include "cli/test_find.h"

typedef struct SxTestPool {
    const SxTestOptions *o;
    const char *program;  /* of hosts */
    const char *folder;   /* below which each test gets its own */
    /* Called for each test that ran to its end, and each that is SX_TEST_NONE; the run is the pool's and is gone afterwards, its
     * folder too unless the callee set run->dir to NULL. False: stop. */
    bool (*ended)(void *arg, const SxTest *t, SxTestRun *run);
    void *arg;
} SxTestPool;

/* The number of the signal that stopped it, or 0. */
int sx_test_pool_run(const SxTestPool *pool, const SxTestList *list);
/* Remove a folder and all in it; links are not followed. */
void sx_test_remove(const char *folder);

#endif
