/* test_options.c - see test_options.h. Options and paths may stand in any order. */
#include "cli/test_options.h"
#include <stdlib.h>

#define TIMEOUT_MS 120000
#define MAX_REPEAT 1000000
#define MAX_JOBS 1024

const char sx_test_options_help[] =
    "usage: sxhost test [options] PATH...\n"
    "\n"
    "Runs tests, in parallel, and closes with `N passed, N failed, N skipped`. A PATH is a test, or a folder whose tests\n"
    "are all run (folders in it that are called lib or must_fail, or begin with . or _, are passed over). By kind:\n"
    "  NAME.sh           run by bash in the current folder (its own is ${0%/*}); passes when it exits 0. When NAME.out or\n"
    "                    NAME.err lies beside it, what it prints to standard output or standard error must be that file's text\n"
    "  NAME.sx NAME.erl  run by this program in the test's TEST_DIR; must exit 0 and print what comments say, in order:\n"
    "                        (println (+ 1 2))    ; expect: 3\n"
    "                        io:format(\"~p~n\", [X])    % expect: 3\n"
    "                    ; stderr: TEXT is a line of standard error (none is expected unless told; ; stderr: ... allows\n"
    "                    anything). Lines of their own may say ; exit: N, the wanted exit status, ; skip: REASON,\n"
    "                    and ; options: WORDS, options for this program. A folder's .sx and .erl files are tests when they have such a comment\n"
    "  NAME.erlt         cases of Erlang: %% CASE: NAME, expressions, %% EXPECT: VALUE or %% RAISES: CLASS:REASON.\n"
    "                    It may call modules that lie beside it; %% options: WORDS as above (-pa with an absolute DIR).\n"
    "                    %% KNOWN: REASON marks a case that is known to fail: it is counted apart, and fails when it passes\n"
    "  executables       when named; pass when they exit 0\n"
    "\n"
    "In an expectation <PID>, <REF>, <PORT>, <TIME> and <DIR> stand for a process, a reference, a port, a date, time of day\n"
    "or duration, and the test's folder. Exit status 77 behind a printed line `skip: REASON` skips a test.\n"
    "\n"
    "A test has a process group and a temporary folder (TEST_DIR) of its own, no standard input, and this program in SXHOST.\n"
    "At the time limit its hosts print their process tables and all it started is killed. A process that it leaves running is\n"
    "killed, and a failure. Shell tests source \"$SXHOST_TEST_LIB\"; its words are below.\n"
    "\n"
    "  --only PATTERN      only tests whose path has PATTERN in it (* ? [...] as in the shell)\n"
    "  --repeat N          each test N times\n"
    "  --seed N            in an order that follows from N; tests see it as TEST_SEED\n"
    "  --jobs N            so many at once (the number of cores)\n"
    "  --timeout SECONDS   the limit of each test (120)\n"
    "  --fail-fast         stop at the first failure\n"
    "  --update            rewrite expectations of output that differs; exit statuses and .erlt cases stay as they are\n"
    "  --run GLOB=COMMAND  files whose name matches GLOB are tests too, run by COMMAND FILE\n"
    "  --tap               TAP version 14 on standard output (prove --exec 'sxhost test --tap')\n"
    "  --junit FILE        JUnit XML as well\n"
    "  --verbose, -v       also tests that pass, with what they print\n"
    "  --keep              leave the folders of tests that fail, and say where they are\n"
    "\n"
    "exit: 0; 1 when a test failed or none was run; 2 wrong usage; 128+n after signal n\n";

static bool complain(SxBuf *why, const char *what, const char *word)
{
    sx_buf_addf(why, "%s: %s", what, word);
    return false;
}

static bool take_count(int *to, const char *text, int most, SxBuf *why)
{
    char *end;
    long n = strtol(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != 0 || n < 1 || n > most) return complain(why, "not a number that will do", text);
    *to = (int)n;
    return true;
}

static bool take_seconds(int64_t *ms, const char *text, SxBuf *why)
{
    char *end;
    double seconds = strtod(text, &end);
    if (end == text || *end != 0 || !(seconds > 0) || seconds > 1e6) return complain(why, "not a number of seconds", text);
    *ms = (int64_t)(seconds * 1000);
    return true;
}

static bool take_seed(SxTestOptions *o, const char *text, SxBuf *why)
{
    char *end;
    o->seed = strtoull(text, &end, 10);
    o->seeded = true;
    return (text[0] >= '0' && text[0] <= '9' && *end == 0) || complain(why, "not a seed", text);
}

static bool take_runner(SxTestOptions *o, const char *text, SxBuf *why)
{
    const char *equals = strchr(text, '=');
    if (equals == NULL || equals == text || equals[1] == 0) return complain(why, "--run takes GLOB=COMMAND, not", text);
    o->runners = sx_realloc(o->runners, (size_t)(o->n_runners + 1) * sizeof *o->runners);
    SxTestRunner *r = &o->runners[o->n_runners++];
    r->pattern = strdup(text);
    r->pattern[equals - text] = 0;
    r->command = strdup(equals + 1);
    return true;
}

/* The value of the option that `name` is, behind = or in the next word. NULL: there is none. */
static const char *value_of(int argc, char **argv, int *at)
{
    const char *equals = strchr(argv[*at], '=');
    if (equals != NULL) return equals + 1;
    return *at + 1 < argc ? argv[++*at] : NULL;
}

static bool is_option(const char *word, const char *name)
{
    size_t n = strlen(name);
    return strncmp(word, name, n) == 0 && (word[n] == 0 || word[n] == '=');
}

static bool take_option(SxTestOptions *o, int argc, char **argv, int *at, SxBuf *why)
{
    const struct { const char *name; bool *flag; } flags[] = {
        {"--fail-fast", &o->fail_fast}, {"--tap", &o->tap}, {"--update", &o->update}, {"--verbose", &o->verbose},
        {"-v", &o->verbose}, {"--keep", &o->keep}, {"--help", &o->help}, {"-h", &o->help},
    };
    const char *word = argv[*at];
    for (size_t i = 0; i < SX_COUNT(flags); i++)
        if (strcmp(word, flags[i].name) == 0) {
            *flags[i].flag = true;
            return true;
        }
    static const char *const valued[] = {"--only", "--repeat", "--seed", "--jobs", "--timeout", "--run", "--junit"};
    size_t which = 0;
    while (which < SX_COUNT(valued) && !is_option(word, valued[which])) which++;
    if (which == SX_COUNT(valued)) return complain(why, "unknown option", word);
    const char *value = value_of(argc, argv, at);
    if (value == NULL) return complain(why, "a value is missing behind", word);
    switch (which) {
    case 0: o->only = value; return true;
    case 1: return take_count(&o->repeat, value, MAX_REPEAT, why);
    case 2: return take_seed(o, value, why);
    case 3: return take_count(&o->jobs, value, MAX_JOBS, why);
    case 4: return take_seconds(&o->timeout_ms, value, why);
    case 5: return take_runner(o, value, why);
    default: o->junit = value; return true;
    }
}

bool sx_test_options_parse(SxTestOptions *o, int argc, char **argv, SxBuf *why)
{
    memset(o, 0, sizeof *o);
    o->repeat = 1;
    o->timeout_ms = TIMEOUT_MS;
    o->paths = sx_alloc((size_t)argc * sizeof *o->paths);
    bool options_end = false;
    for (int at = 1; at < argc; at++) {
        if (!options_end && strcmp(argv[at], "--") == 0) options_end = true;
        else if (options_end || argv[at][0] != '-') o->paths[o->n_paths++] = argv[at];
        else if (!take_option(o, argc, argv, &at, why)) return false;
    }
    if (o->help) return true;
    if (o->n_paths == 0) return complain(why, "what to test", "a PATH is missing");
    if (o->update && o->repeat > 1) return complain(why, "--update and --repeat", "one or the other");
    return true;
}

void sx_test_options_deinit(SxTestOptions *o)
{
    for (int i = 0; i < o->n_runners; i++) {
        free(o->runners[i].pattern);
        free(o->runners[i].command);
    }
    sx_free(o->runners);
    sx_free(o->paths);
}
