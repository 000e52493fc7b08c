/* test_options.h - the command line of `sxhost test`. Pure: words in, a struct or a complaint out. */
#ifndef SX_TEST_OPTIONS_H
#define SX_TEST_OPTIONS_H

#include "base/buf.h"

typedef struct SxTestRunner { /* --run PATTERN=COMMAND */
    char *pattern;            /* of a file's name */
    char *command;
} SxTestRunner;

typedef struct SxTestOptions {
    char **paths;
    int n_paths;
    SxTestRunner *runners;
    int n_runners;
    const char *only;  /* NULL: all */
    const char *junit; /* NULL: none */
    int repeat, jobs;  /* jobs 0: the number of cores */
    bool seeded;
    uint64_t seed;
    int64_t timeout_ms;
    bool fail_fast, tap, update, verbose, keep, help;
} SxTestOptions;

/* False: *why is the complaint, one line. */
bool sx_test_options_parse(SxTestOptions *o, int argc, char **argv, SxBuf *why);
void sx_test_options_deinit(SxTestOptions *o);
extern const char sx_test_options_help[];

#endif
