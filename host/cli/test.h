/* test.h - the program as a test harness: `sxhost test PATH...`. Its parts, by job:
 *   test_options  the command line          test_mask    volatile text in an expectation
 *   test_find     which files are tests     test_diff    two runs of lines, line against line
 *   test_keeper   one test and all that     test_judge   what came against what was expected
 *                 it starts, to the end     test_update  expectations rewritten in place
 *   test_pool     many at once              test_report  for people, TAP, JUnit
 *   test_expect   what a test should give
 *   test_place    the folder of a run, and what tests find in their environment
 * explore.c runs one test with many seeds by the same parts. The harness starts no machine of its own: a test is a process, and the host in it is one more process. */
#ifndef SX_TEST_H
#define SX_TEST_H

#include "base/buf.h"

#define SX_TEST_MAX_OUTPUT_BYTES ((size_t)16 << 20) /* of a test's standard output, and of its standard error */
#define SX_TEST_SKIP_STATUS 77
#define SX_TEST_MOST_WORDS 8 /* of SxTest.words */

typedef enum SxTestKind {
    SX_TEST_SHELL,   /* bash FILE */
    SX_TEST_LISP,    /* sxhost FILE; expectations in comments */
    SX_TEST_ERLANG,
    SX_TEST_CASES,   /* .erlt: sxhost lib/test/erlt.erl FILE */
    SX_TEST_PROGRAM, /* an executable, or COMMAND FILE of --run */
    SX_TEST_NONE     /* a path that gives no test: `wrong` says why, and it fails */
} SxTestKind;

typedef struct SxTest {
    char *path;          /* as it was found; owned */
    char *full;          /* from the root; owned */
    SxTestKind kind;
    const char *command; /* of --run, or NULL */
    const char *wrong;   /* SX_TEST_NONE */
    int round;           /* of --repeat, from 1 */
    const char *const *words; /* options of the host that runs it, behind those of its own comment; ends with NULL. NULL: none */
} SxTest;

typedef enum SxTestOutcome { SX_TEST_PASSED, SX_TEST_FAILED, SX_TEST_SKIPPED } SxTestOutcome;

/* What came of one start. */
typedef struct SxTestRun {
    int status;       /* as waitpid gives it */
    bool late;        /* was ended at the time limit */
    bool flooded;     /* was ended at SX_TEST_MAX_OUTPUT_BYTES */
    int n_strays;     /* processes that it left running */
    SxBuf out, err;
    SxBuf notes;      /* the keeper's: who was left, process tables */
    double seconds;
    const char *dir;  /* its TEST_DIR */
} SxTestRun;

typedef struct SxTestResult {
    const SxTest *test;
    SxTestOutcome outcome;
    SxBuf why;        /* one line: why it failed or was skipped; what was updated */
    SxBuf details;    /* lines for people */
    SxBuf known;      /* lines: cases of it that are known to fail, with their reasons */
    int n_known;
    double seconds;
} SxTestResult;

/* `argv` without the program's name: argv[0] is "test". Answers the exit status. */
int sx_test_main(int argc, char **argv);

#endif
