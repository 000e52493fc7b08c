/* test_expect.h - what a test should give, as its comments or the files beside it say. Reads; test_update.c writes.
 * The comment character is ; in .sx and % in .erl:
 *   ; expect: TEXT    a line of standard output; may stand behind code
 *   ; stderr: TEXT    a line of standard error; likewise. None is expected unless told; `; stderr: ...` alone: anything may come
 *   ; exit: N         the exit status (0 unless told); a line of its own
 *   ; skip: REASON    do not run it; a line of its own
 *   ; options: WORDS  options of the host that runs it, between blanks; a line of its own
 * In .erlt, skip and options alone. */
#ifndef SX_TEST_EXPECT_H
#define SX_TEST_EXPECT_H

#include "cli/test.h"

typedef struct SxTestLine { /* points into the text that it was cut from */
    const char *text;
    size_t n_bytes;
    int number; /* in its file or output, from 1 */
} SxTestLine;

typedef struct SxTestLines {
    SxTestLine *at;
    int n, cap;
    bool unended; /* the last line has no newline */
} SxTestLines;

typedef struct SxTestExpected { /* of one stream */
    bool compared;
    bool exact;       /* a file: its last newline counts */
    char *path;       /* the file that the lines stand in; owned */
    SxBuf source;     /* of that file, where it is not the test's own */
    SxTestLines lines;
} SxTestExpected;

typedef struct SxTestExpect {
    SxBuf source;             /* of a .sx or .erl */
    SxTestExpected out, err;
    int status;
    const char *skip;         /* points into source, n_skip bytes; NULL: run it */
    size_t n_skip;
    const char *options;      /* likewise */
    size_t n_options;
    bool any;                 /* a comment says something */
} SxTestExpect;

/* Whole file behind what `to` holds. False: errno says why. */
bool sx_test_read_file(const char *path, SxBuf *to);
/* Cut text into lines that point into it. */
void sx_test_lines(SxTestLines *lines, const char *text, size_t n_bytes);
/* The comment `; WORD:` or `% WORD:` in a line: where it begins, and its text (one blank behind the colon does not count).
 * alone: only when nothing but blanks stands before it. NULL: none. */
const char *sx_test_comment(const SxTestLine *line, char sign, const char *word, bool alone, SxTestLine *text);
/* ; in SX, % in Erlang. */
char sx_test_sign(SxTestKind kind);
void sx_test_expect_read(SxTestExpect *e, const SxTest *t);
void sx_test_expect_deinit(SxTestExpect *e);

#endif
