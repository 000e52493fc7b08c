/* test_place.h - the folder of a run of tests, the shell library in it, and what tests find in their environment: SXHOST,
 * SXHOST_TEST_LIB, TEST_TIMEOUT, TEST_SEED. */
#ifndef SX_TEST_PLACE_H
#define SX_TEST_PLACE_H

#include "cli/test_options.h"

#define SX_TEST_PATH_BYTES 4096

typedef struct SxTestPlace {
    char program[SX_TEST_PATH_BYTES]; /* this one */
    char folder[SX_TEST_PATH_BYTES];  /* made; empty: it could not be */
} SxTestPlace;

/* False: it was said why. */
bool sx_test_place_make(SxTestPlace *place, const SxTestOptions *o);
/* Remove the folder; keep: the folders of tests in it stay. */
void sx_test_place_leave(SxTestPlace *place, bool keep);
/* The words of the shell library, as its head comment has them, a line each. */
void sx_test_place_add_words(SxBuf *out);

#endif
