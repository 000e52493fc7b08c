/* explore.h - `sxhost explore TEST`: one test under one seed of deterministic mode after the other, until one breaks it. The
 * starting and judging of tests are the harness's (test.h). */
#ifndef SX_EXPLORE_H
#define SX_EXPLORE_H

#define SX_SWITCHES_TITLE "the last switches of" /* begins what --switches prints at the end of standard error */

/* `argv` without the program's name: argv[0] is "explore". Answers the exit status. */
int sx_explore_main(int argc, char **argv);

#endif
