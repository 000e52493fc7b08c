/* test_find.h - which tests there are. A path that was named is a test whatever it is called, or fails; in a folder only what
 * looks like one is. */
#ifndef SX_TEST_FIND_H
#define SX_TEST_FIND_H

#include "cli/test.h"
#include "cli/test_options.h"

typedef struct SxTestList {
    SxTest *at;
    int n, cap;
} SxTestList;

/* All tests of the options, each as often as --repeat says, in order of their paths or, with a seed, in that of the seed. */
void sx_test_find(SxTestList *list, const SxTestOptions *o);
void sx_test_list_deinit(SxTestList *list);

#endif
