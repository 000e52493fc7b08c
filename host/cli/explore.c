/* explore.c - see explore.h.
 * Seeds are handed out in order and run many at once; the lowest one that breaks the test is told, whichever comes in first. It
 * is then run twice more, once with --switches, and what all three printed must be the same bytes: if it is not, something
 * decides a run that the seed does not, and that is an error of this program.
 * It is also run once without a seed: a test that fails then as well is not broken by an order.
 * The time limit is the wall clock's: a run that it ends is told, with the switches before it, and not compared. */
#include "cli/explore.h"
#include "cli/test_judge.h"
#include "cli/test_place.h"
#include "cli/test_pool.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#define MOST_SEEDS 10000000
#define MOST_JOBS 1024
#define LAST_SEED 1000
#define SWITCHES 40
#define TIMEOUT_MS 60000
#define WORD_BYTES 32
#define N_REPLAYS 2

static const char help[] =
    "usage: sxhost explore [options] TEST     run one test in many orders: each seed another one\n"
    "\n"
    "TEST is a .sx, .erl or .erlt test as `sxhost test` takes them. It runs in deterministic mode (sxhost --deterministic\n"
    "SEED): virtual time, so sleeps and timeouts cost nothing, and the seed decides which process runs next and for how\n"
    "long. The first seed that breaks it is told with what went wrong and the last switches from process to process, and\n"
    "replayed: the same seed gives the same bytes.\n"
    "\n"
    "  --seeds A..B        these seeds (1..1000)\n"
    "  --switches N        tell so many switches (40)\n"
    "  --jobs N            so many runs at once (the number of cores)\n"
    "  --timeout SECONDS   the limit of one run, by the wall clock (60)\n"
    "\n"
    "exit: 0 no seed breaks it; 1 one does, or it was not run; 2 wrong usage; 128+n after signal n\n";

typedef struct Words { /* of SxTest.words, with the texts that they need */
    const char *at[SX_TEST_MOST_WORDS + 1];
    char seed[WORD_BYTES], switches[WORD_BYTES], timeout[WORD_BYTES];
} Words;

typedef struct Explore {
    SxTestOptions o;         /* for the harness's parts */
    uint64_t first, last;    /* seeds */
    uint32_t n_switches;
    bool help;
    SxTestPlace place;
    SxTestList list;         /* a test for each seed */
    Words *words;            /* of each */
    bool *done;
    int n_done_in_order;     /* so many from the first one are done */
    int n_run;
    int broken;              /* the lowest that failed or was skipped; -1: none yet */
    SxTestResult result;     /* of it, and what it printed: */
    SxTestRun run;
    SxTestRun replays[N_REPLAYS];
    bool fails_plainly;      /* without a seed, too */
} Explore;

/* ---- the command line ---- */

static bool complain(SxBuf *why, const char *what, const char *word)
{
    sx_buf_addf(why, "%s: %s", what, word);
    return false;
}

/* A number up to `most` at the beginning of text; *end: what stands behind it. */
static bool take_number(uint64_t *to, const char *text, const char **end, uint64_t most)
{
    char *rest;
    errno = 0;
    *to = strtoull(text, &rest, 10);
    *end = rest;
    return text[0] >= '0' && text[0] <= '9' && errno == 0 && *to <= most;
}

static bool take_seeds(Explore *e, const char *text, SxBuf *why)
{
    const char *rest;
    bool ok = take_number(&e->first, text, &rest, UINT64_MAX);
    if (ok && *rest == 0) e->last = e->first;
    else ok = ok && strncmp(rest, "..", 2) == 0 && take_number(&e->last, rest + 2, &rest, UINT64_MAX) && *rest == 0;
    if (!ok || e->last < e->first) return complain(why, "--seeds takes FIRST..LAST, not", text);
    if (e->last - e->first >= MOST_SEEDS) return complain(why, "more seeds than can be run", text);
    return true;
}

static bool take_option(Explore *e, const char *word, const char *value, SxBuf *why)
{
    uint64_t n = 0;
    const char *rest;
    if (strcmp(word, "--seeds") == 0) return take_seeds(e, value, why);
    if (strcmp(word, "--timeout") == 0) {
        char *end;
        double seconds = strtod(value, &end);
        e->o.timeout_ms = (int64_t)(seconds * 1000);
        return (end != value && *end == 0 && seconds > 0 && seconds <= 1e6) || complain(why, "not a number of seconds", value);
    }
    bool jobs = strcmp(word, "--jobs") == 0;
    if (!jobs && strcmp(word, "--switches") != 0) return complain(why, "unknown option", word);
    if (!take_number(&n, value, &rest, jobs ? MOST_JOBS : UINT32_MAX) || *rest != 0 || (jobs && n == 0)) return complain(why, "not a number that will do", value);
    if (jobs) e->o.jobs = (int)n;
    else e->n_switches = (uint32_t)n;
    return true;
}

static bool parse(Explore *e, int argc, char **argv, SxBuf *why)
{
    e->first = 1;
    e->last = LAST_SEED;
    e->n_switches = SWITCHES;
    e->o.timeout_ms = TIMEOUT_MS;
    e->o.repeat = 1;
    e->o.paths = sx_alloc((size_t)argc * sizeof *e->o.paths);
    for (int at = 1; at < argc; at++) {
        char *word = argv[at];
        if (word[0] != '-') {
            e->o.paths[e->o.n_paths++] = word;
            continue;
        }
        if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) return e->help = true;
        char *equals = strchr(word, '='), name[WORD_BYTES];
        snprintf(name, sizeof name, "%.*s", equals != NULL ? (int)(equals - word) : (int)strlen(word), word);
        const char *value = equals != NULL ? equals + 1 : at + 1 < argc ? argv[++at] : NULL;
        if (value == NULL) return complain(why, "a value is missing behind", word);
        if (!take_option(e, name, value, why)) return false;
    }
    return e->o.n_paths == 1 || complain(why, "what to explore", e->o.n_paths == 0 ? "a TEST is missing" : "one TEST, not several");
}

/* ---- the runs ---- */

static void fill_words(Words *w, uint64_t seed, uint32_t n_switches, int64_t timeout_ms)
{
    int n = 0;
    snprintf(w->seed, sizeof w->seed, "%llu", (unsigned long long)seed);
    w->at[n++] = "--deterministic";
    w->at[n++] = w->seed;
    if (n_switches > 0) {
        snprintf(w->switches, sizeof w->switches, "%u", n_switches);
        w->at[n++] = "--switches";
        w->at[n++] = w->switches;
    }
    if (timeout_ms > 0) { /* before the harness's own limit, so that it still can tell its switches */
        snprintf(w->timeout, sizeof w->timeout, "%.3f", (double)timeout_ms / 2000);
        w->at[n++] = "--timeout";
        w->at[n++] = w->timeout;
    }
    w->at[n] = NULL;
}

/* A list of n times the test `of`, each with words of its own. */
static SxTestList copies(const SxTest *of, int n, Words *words)
{
    SxTestList list = {sx_alloc_zero((size_t)n * sizeof(SxTest)), n, n};
    for (int i = 0; i < n; i++) {
        list.at[i] = *of;
        list.at[i].path = strdup(of->path);
        list.at[i].full = strdup(of->full);
        list.at[i].words = words[i].at;
    }
    return list;
}

/* The folder of each run has another number: where a test prints it, that is no difference. */
static void hide_folder(SxBuf *text, const char *dir)
{
    SxBuf hidden = SX_BUF_INIT;
    size_t at = 0, n_dir = strlen(dir);
    while (at < text->len) {
        const char *found = memmem(text->data + at, text->len - at, dir, n_dir);
        size_t n = found == NULL ? text->len - at : (size_t)(found - text->data) - at;
        sx_buf_add(&hidden, text->data + at, n);
        if (found != NULL) sx_buf_add_str(&hidden, "<DIR>");
        at += n + (found != NULL ? n_dir : 0);
    }
    sx_buf_deinit(text);
    *text = hidden;
}

/* Keep a run beyond the pool's callback. */
static void keep_run(SxTestRun *to, SxTestRun *run)
{
    *to = *run;
    run->out = run->err = run->notes = (SxBuf)SX_BUF_INIT;
    hide_folder(&to->out, to->dir);
    hide_folder(&to->err, to->dir);
    to->dir = NULL; /* the pool removes it */
}

static void drop_run(SxTestRun *run)
{
    sx_buf_deinit(&run->out);
    sx_buf_deinit(&run->err);
    sx_buf_deinit(&run->notes);
}

static bool explored(void *arg, const SxTest *t, SxTestRun *run)
{
    Explore *e = arg;
    int at = (int)(t - e->list.at);
    SxTestResult r = {0};
    sx_test_judge(&r, t, run, &e->o);
    e->n_run++;
    e->done[at] = true;
    while (e->n_done_in_order < e->list.n && e->done[e->n_done_in_order]) e->n_done_in_order++;
    if (r.outcome != SX_TEST_PASSED && (e->broken < 0 || at < e->broken)) {
        sx_test_result_deinit(&e->result);
        drop_run(&e->run);
        e->broken = at;
        e->result = r;
        keep_run(&e->run, run);
    } else {
        sx_test_result_deinit(&r);
    }
    return e->broken < 0 || e->n_done_in_order < e->broken;
}

static bool replayed(void *arg, const SxTest *t, SxTestRun *run)
{
    Explore *e = arg;
    if (t->round == N_REPLAYS) {
        SxTestResult r = {0};
        sx_test_judge(&r, t, run, &e->o);
        e->fails_plainly = r.outcome == SX_TEST_FAILED && !run->late; /* sleeps take their time then: late says nothing */
        sx_test_result_deinit(&r);
    } else keep_run(&e->replays[t->round], run);
    return true;
}

/* Run the broken seed again: plainly, and with its switches; and the test without a seed. The number of the signal that stopped it, or 0. */
static int replay(Explore *e)
{
    Words words[N_REPLAYS + 1] = {0};
    for (int i = 0; i < N_REPLAYS; i++) fill_words(&words[i], e->first + (uint64_t)e->broken, i == N_REPLAYS - 1 ? e->n_switches : 0, e->run.late ? e->o.timeout_ms : 0);
    SxTestList list = copies(&e->list.at[0], N_REPLAYS + 1, words);
    for (int i = 0; i <= N_REPLAYS; i++) list.at[i].round = i;
    SxTestPool pool = {&e->o, e->place.program, e->place.folder, replayed, e};
    int number = sx_test_pool_run(&pool, &list);
    sx_test_list_deinit(&list);
    return number;
}

/* ---- telling ---- */

static void print_lines(const char *indent, const char *text, size_t n_bytes)
{
    while (n_bytes > 0) {
        const char *newline = memchr(text, '\n', n_bytes);
        size_t n = newline == NULL ? n_bytes : (size_t)(newline - text);
        printf("%s%.*s\n", indent, (int)n, text);
        n += newline != NULL;
        text += n;
        n_bytes -= n;
    }
}

/* Where in standard error the switches begin: its end when there are none. */
static size_t switches_at(const SxBuf *err)
{
    size_t n = sizeof SX_SWITCHES_TITLE - 1;
    for (size_t at = err->len; at-- > 0;)
        if ((at == 0 || err->data[at - 1] == '\n') && err->len - at >= n && memcmp(err->data + at, SX_SWITCHES_TITLE, n) == 0) return at;
    return err->len;
}

static bool same_bytes(const SxBuf *a, const SxBuf *b, size_t n_b) { return a->len == n_b && (n_b == 0 || memcmp(a->data, b->data, n_b) == 0); }

static bool replays_agree(const Explore *e)
{
    for (int i = 0; i < N_REPLAYS; i++) {
        const SxTestRun *r = &e->replays[i];
        if (r->status != e->run.status || !same_bytes(&e->run.out, &r->out, r->out.len) || !same_bytes(&e->run.err, &r->err, switches_at(&r->err))) return false;
    }
    return true;
}

static void print_command(const Explore *e)
{
    const SxTest *t = &e->list.at[0];
    SxTestExpect x;
    sx_test_expect_read(&x, t);
    printf("    again: %s %.*s%s--deterministic %llu %s%s\n", e->place.program, (int)x.n_options, x.options != NULL ? x.options : "", x.n_options > 0 ? " " : "",
           (unsigned long long)(e->first + (uint64_t)e->broken), t->kind == SX_TEST_CASES ? "lib/test/erlt.erl " : "", t->full);
    sx_test_expect_deinit(&x);
}

/* A seed breaks the test. */
static void tell_broken(const Explore *e)
{
    const SxBuf *err = &e->replays[N_REPLAYS - 1].err;
    size_t at = switches_at(err);
    unsigned long long seed = e->first + (uint64_t)e->broken;
    printf("FAIL %s: ", e->list.at[0].path);
    printf(e->fails_plainly ? "it fails without a seed, too, and so with seed %llu" : "seed %llu breaks it", seed);
    printf(": %.*s\n", (int)e->result.why.len, e->result.why.data);
    print_lines("    ", e->result.details.data, e->result.details.len);
    print_lines("    ", err->data + at, err->len - at);
    if (e->run.late) printf("    not compared with a replay: the time limit is the wall clock's\n");
    else if (replays_agree(e)) printf("    replayed %d times, the same bytes each time\n", N_REPLAYS);
    else printf("    REPLAYS DIFFER from it: something decides this run that the seed does not\n");
    print_command(e);
}

static int explore(Explore *e)
{
    if (!sx_test_place_make(&e->place, &e->o)) return 1;
    SxTestList found;
    sx_test_find(&found, &e->o);
    bool fit = found.n == 1 && (found.at[0].kind == SX_TEST_LISP || found.at[0].kind == SX_TEST_ERLANG || found.at[0].kind == SX_TEST_CASES);
    if (!fit) {
        fprintf(stderr, "sxhost explore: %s: %s\n", e->o.paths[0], found.n == 1 && found.at[0].wrong != NULL ? found.at[0].wrong : "not one .sx, .erl or .erlt test");
        sx_test_list_deinit(&found);
        return 1;
    }
    int n = (int)(e->last - e->first) + 1;
    e->words = sx_alloc_zero((size_t)n * sizeof *e->words);
    e->done = sx_alloc_zero((size_t)n);
    for (int i = 0; i < n; i++) fill_words(&e->words[i], e->first + (uint64_t)i, 0, 0);
    e->list = copies(&found.at[0], n, e->words);
    sx_test_list_deinit(&found);
    e->broken = -1;
    const char *path = e->list.at[0].path;
    if (sx_test_judge_skip(&e->result, &e->list.at[0])) e->broken = 0;
    SxTestPool pool = {&e->o, e->place.program, e->place.folder, explored, e};
    int number = e->broken < 0 ? sx_test_pool_run(&pool, &e->list) : 0;
    if (number == 0 && e->broken >= 0 && e->result.outcome == SX_TEST_FAILED) number = replay(e);
    if (number != 0) printf("stopped by a signal; %d of %d seeds were run\n", e->n_run, n);
    else if (e->broken < 0) printf("ok   %s: seeds %llu..%llu\n", path, (unsigned long long)e->first, (unsigned long long)e->last);
    else if (e->result.outcome == SX_TEST_FAILED) tell_broken(e);
    else printf("skip %s: %.*s\nnothing was run\n", path, (int)e->result.why.len, e->result.why.data);
    return number != 0 ? 128 + number : e->broken < 0 ? 0 : 1;
}

int sx_explore_main(int argc, char **argv)
{
    Explore *e = sx_alloc_zero(sizeof *e);
    SxBuf why = SX_BUF_INIT;
    int code = 0;
    signal(SIGPIPE, SIG_IGN);
    if (!parse(e, argc, argv, &why)) {
        fprintf(stderr, "sxhost explore: %.*s\n(sxhost explore --help says more)\n", (int)why.len, why.data);
        code = 2;
    } else if (e->help) {
        code = fputs(help, stdout) >= 0 ? 0 : 1;
    } else {
        code = explore(e);
        sx_test_place_leave(&e->place, false);
    }
    if (fflush(stdout) != 0 && code == 0) code = 1;
    sx_buf_deinit(&why);
    sx_test_result_deinit(&e->result);
    drop_run(&e->run);
    for (int i = 0; i < N_REPLAYS; i++) drop_run(&e->replays[i]);
    sx_test_list_deinit(&e->list);
    sx_free(e->words);
    sx_free(e->done);
    sx_test_options_deinit(&e->o);
    sx_free(e);
    return code;
}
