/* main.c - the program: from the command line to the loop, and out again.
 * Owns what happens on signals, at the time limit and at the end. The modes are the options'; what a mode does is the
 * session's and its front's. */
#include "base/sys.h"
#include "cli/boot.h"
#include "cli/describe.h"
#include "cli/explore.h"
#include "cli/options.h"
#include "cli/protocol.h"
#include "cli/repl.h"
#include "cli/session.h"
#include "cli/test.h"
#include "cli/watch.h"
#include "io/auditor.h"
#include "io/command.h"
#include "io/console.h"
#include "io/deterministic.h"
#include "io/lines.h"
#include "io/loop.h"
#include "sys/posix.h"
#include "value/atom.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <unistd.h>

#define MAX_HEAP_BYTES ((size_t)1 << 30)
#define MAX_SHARED_BYTES ((size_t)4 << 30)
#define MAX_READ_AHEAD ((size_t)1 << 20)
#define TIMEOUT_CODE 124
#define LAST_WORDS_S 1 /* for a reader to take the rest when the end is not an orderly one */

/* A lost wake-up that was healed is logged in any build; in those that tests run it fails the run. */
#ifdef SX_DEBUG
#define SX_LOST_WAKEUP_FAILS true
#else
#define SX_LOST_WAKEUP_FAILS false
#endif

typedef struct SxHost {
    SxOptions options;
    SxRuntime rt;
    SxLoop loop;
    SxAuditor auditor;
    SxWatch watch;
    SxConsole console;
    SxSession session;
    SxLines lines;
    SxProtocol protocol;
    SxDeterministic deterministic;
    uv_signal_t terminate, interrupt, quit;
    uv_timer_t timeout;
    bool watching;
    bool hurried; /* the end does not wait for a reader of standard output */
} SxHost;

static void complain(const char *what, size_t n_bytes)
{
    SxBuf line = SX_BUF_INIT;
    sx_buf_addf(&line, "sxhost: %.*s\n", (int)n_bytes, what);
    sx_sys_log(line.data, line.len);
    sx_buf_deinit(&line);
}

/* ---- signals, time ---- */

static void dump(SxHost *h)
{
    SxBuf text = SX_BUF_INIT;
    sx_describe_dump(&h->rt, &text);
    sx_sys_log(text.data, text.len);
    sx_buf_deinit(&text);
}

static void quit_signal(uv_signal_t *signal, int number)
{
    (void)number;
    dump(signal->data);
}

static void end_at_once(int number) { _exit(128 + number); }

/* From now on SIGTERM and SIGINT end the program wherever it is: libuv's handlers are set aside. */
static void end_on_signals(void)
{
    signal(SIGTERM, end_at_once);
    signal(SIGINT, end_at_once);
}

/* The program is ending, and all that is left is to write what is queued. The first signal then bounds the wait for a reader,
 * and so does --timeout; a second signal ends at once. */
static volatile sig_atomic_t ending_code, alarm_code;

static void last_words_are_over(int number)
{
    static const char text[] = "sxhost: time is over (--timeout): nobody reads what is left to write\n";
    (void)number;
    if (alarm_code == TIMEOUT_CODE && write(2, text, sizeof text - 1) < 0) {}
    _exit(alarm_code);
}

static void end_soon(int number)
{
    (void)number;
    end_on_signals();
    alarm_code = ending_code;
    alarm(LAST_WORDS_S);
}

/* left_ms: until the time limit; 0: there is none. */
static void hurry_on_signals(int code, uint64_t left_ms)
{
    struct itimerval left = {.it_value = {(time_t)(left_ms / 1000), (suseconds_t)(left_ms % 1000 * 1000)}};
    ending_code = code;
    alarm_code = TIMEOUT_CODE;
    signal(SIGALRM, last_words_are_over);
    signal(SIGTERM, end_soon);
    signal(SIGINT, end_soon);
    setitimer(ITIMER_REAL, &left, NULL);
}

/* SIGTERM, and SIGINT where no prompt has it: an orderly end, unless it is the second one. */
static void end_signal(uv_signal_t *signal, int number)
{
    SxHost *h = signal->data;
    if (h->hurried) end_at_once(number); /* both came before either was seen */
    end_on_signals();
    h->hurried = true;
    bool serves = h->session.mode == SX_SESSION_PROTOCOL || sx_loop_listens(&h->loop);
    if (serves) sx_loop_stop(&h->loop, 0, h->options.drain_ms);
    else sx_loop_end(&h->loop, 128 + number);
}

static void interrupt_signal(uv_signal_t *signal, int number)
{
    SxHost *h = signal->data;
    if (h->session.mode == SX_SESSION_REPL) sx_repl_interrupt(&h->session);
    else end_signal(signal, number);
}

static void time_is_over(uv_timer_t *timer)
{
    SxHost *h = timer->data;
    dump(h);
    complain("time is over (--timeout)", 24);
    h->hurried = true;
    sx_loop_end(&h->loop, TIMEOUT_CODE);
}

static void watch(SxHost *h)
{
    uv_signal_init(&h->loop.uv, &h->terminate);
    uv_signal_init(&h->loop.uv, &h->interrupt);
    uv_signal_init(&h->loop.uv, &h->quit);
    h->terminate.data = h->interrupt.data = h->quit.data = h;
    uv_signal_start(&h->terminate, end_signal, SIGTERM);
    uv_signal_start(&h->interrupt, interrupt_signal, SIGINT);
    uv_signal_start(&h->quit, quit_signal, SIGQUIT);
    h->watching = true;
    if (h->options.timeout_ms == 0) return;
    uv_timer_init(&h->loop.uv, &h->timeout);
    h->timeout.data = h;
    uv_timer_start(&h->timeout, time_is_over, (uint64_t)h->options.timeout_ms, 0);
}

/* ---- modes ---- */

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

static void give_once(SxHost *h)
{
    for (int i = 0; i < h->options.n_once; i++) {
        const SxOnce *once = &h->options.once[i];
        sx_session_give(&h->session, sx_command_new(once->erlang ? SX_COMMAND_ERLANG : SX_COMMAND_EVAL, 0, once->source, strlen(once->source)));
    }
    h->session.input_ended = true;
}

static void give_file(SxHost *h)
{
    const char *file = h->options.file;
    bool erlang = ends_with(file, ".erl") || ends_with(file, ".escript");
    sx_session_give(&h->session, sx_command_new(erlang ? SX_COMMAND_SCRIPT : SX_COMMAND_LOAD, 0, file, strlen(file)));
    h->session.input_ended = true;
}

static void give_check(SxHost *h)
{
    static const char source[] = "(erlang:halt (if (= (er-check-files (args)) 0) 0 1))";
    sx_session_give(&h->session, sx_command_new(SX_COMMAND_EVAL, 0, source, sizeof source - 1));
    h->session.input_ended = true;
}

static bool wants_colour(void)
{
    const char *none = getenv("NO_COLOR"), *term = getenv("TERM");
    return isatty(2) && (none == NULL || none[0] == 0) && term != NULL && strcmp(term, "dumb") != 0;
}

/* Set up session and front for the mode. False: it was said why not. */
static bool start(SxHost *h)
{
    const SxOptions *o = &h->options;
    bool session = o->mode == SX_RUN_SESSION;
    bool repl = session && (o->prompt || (!o->protocol && o->fifo == NULL && isatty(0) && isatty(h->console.out_fd)));
    sx_session_init(&h->session, &h->loop, repl ? SX_SESSION_REPL : session ? SX_SESSION_PROTOCOL : SX_SESSION_PLAIN);
    if (repl && o->deterministic) {
        static const char terminal[] = "--deterministic reads all input before it begins: give it a file, -e or a pipe, not a terminal";
        complain(terminal, sizeof terminal - 1);
        return false;
    }
    h->session.exit_at_eof = o->exit_at_eof;
    h->session.drain_ms = o->drain_ms;
    h->session.colour = h->session.mode != SX_SESSION_PROTOCOL && wants_colour();
    h->session.args = o->args;
    h->session.n_args = o->n_args;
    h->session.sources = o->sources;
    h->session.n_sources = o->n_sources;
    if (h->session.mode == SX_SESSION_PROTOCOL && !o->plain) h->console.mode = SX_CONSOLE_RECORDS;
    if (h->session.mode != SX_SESSION_PROTOCOL) sx_lines_init_plain(&h->lines, &h->loop);
    if (o->mode == SX_RUN_ONCE) give_once(h);
    else if (o->mode == SX_RUN_FILE) give_file(h);
    else if (o->mode == SX_RUN_CHECK) give_check(h);
    else if (repl) return sx_repl_start(&h->session, &h->lines);
    else {
        SxBuf why = SX_BUF_INIT;
        size_t read_ahead = o->max_read_ahead > 0 ? (size_t)o->max_read_ahead : MAX_READ_AHEAD;
        size_t form = o->max_form_bytes > 0 ? (size_t)o->max_form_bytes : SX_MAX_FORM_BYTES;
        bool ok = sx_protocol_start(&h->protocol, &h->session, &h->lines, o->fifo, read_ahead, form, &why);
        if (!ok) complain(why.data, why.len);
        sx_buf_deinit(&why);
        return ok;
    }
    return true;
}

static SxLimits limits_of(const SxOptions *o)
{
    SxLimits l = {SX_ATOM_LIMIT, SX_MAX_PROCESSES, 0, MAX_SHARED_BYTES / sizeof(sx_val)};
    size_t heap = (size_t)o->max_heap_bytes;
    if (heap == 0) {
        heap = sx_sys_half_memory();
        if (heap > MAX_HEAP_BYTES) heap = MAX_HEAP_BYTES;
    }
    l.max_heap_words = heap / sizeof(sx_val);
    if (o->max_atoms > 0) l.max_atoms = o->max_atoms > UINT32_MAX ? UINT32_MAX : (uint32_t)o->max_atoms;
    if (o->max_processes > 0 && o->max_processes < SX_MAX_PROCESSES) l.max_processes = (uint32_t)o->max_processes;
    if (o->max_shared_bytes > 0) l.max_shared_words = (size_t)o->max_shared_bytes / sizeof(sx_val);
    return l;
}

/* Attach deterministic mode. False: it was said why it cannot be. */
static bool determine(SxHost *h)
{
    if ((uintptr_t)h->rt.code.shared.base != SX_SHARED_WANTED) {
        static const char taken[] = "--deterministic: something else has the addresses of code, so hashes of funs would differ";
        complain(taken, sizeof taken - 1);
        return false;
    }
    h->rt.confirmer = NULL;
    sx_deterministic_init(&h->deterministic, &h->loop, h->options.seed);
    return true;
}

static void print_switches(SxHost *h)
{
    SxBuf text = SX_BUF_INIT;
    const SxSeeded *d = &h->deterministic.seeded;
    sx_buf_addf(&text, SX_SWITCHES_TITLE " %llu with seed %llu (time, process, from -> to, why it stopped):\n", (unsigned long long)d->n_switches, (unsigned long long)h->options.seed);
    sx_seeded_add_switches(d, h->options.switches, &text);
    sx_sys_log(text.data, text.len);
    sx_buf_deinit(&text);
}

static int run(SxHost *h)
{
    SxLimits limits = limits_of(&h->options);
    const char *why = NULL;
    int out_fd = sx_console_take_stdout();
    if (h->options.deterministic) sx_posix_determine(h->options.seed);
    if (!sx_boot_machine(&h->rt, &limits, &why)) {
        complain(why, strlen(why));
        return 1;
    }
    sx_loop_init(&h->loop, &h->rt);
    sx_auditor_init(&h->auditor, &h->rt);
    if (h->options.deterministic && !determine(h)) return 1;
    sx_watch_init(&h->watch, &h->loop, h->options.break_rings);
    sx_console_init(&h->console, &h->loop, SX_CONSOLE_PLAIN, out_fd);
    int code = 1;
    if (sx_boot_image_size > 0 || sx_boot_library(&h->loop)) {
        if (h->options.mode == SX_RUN_MAKE_IMAGE) code = sx_boot_write_image(&h->rt, h->options.file) ? 0 : 1;
        else if (start(h)) {
            watch(h);
            code = sx_loop_run(&h->loop);
            sx_commands_end(&h->loop);
            if (h->options.switches > 0) print_switches(h);
        }
    }
    if (!sx_auditor_stop(&h->auditor) && SX_LOST_WAKEUP_FAILS && code == 0) code = 1;
    if (h->session.mode == SX_SESSION_REPL) sx_repl_end();
    if (h->watching && !h->hurried) hurry_on_signals(code, h->options.timeout_ms > 0 ? uv_timer_get_due_in(&h->timeout) + 1 : 0);
    if (!sx_console_flush(&h->console, h->hurried ? 1000 * LAST_WORDS_S : -1) && code == 0) code = 1;
    return code;
}

static int print(const char *text)
{
    return fputs(text, stdout) >= 0 && fflush(stdout) == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "test") == 0) return sx_test_main(argc - 1, argv + 1);
    if (argc > 1 && strcmp(argv[1], "explore") == 0) return sx_explore_main(argc - 1, argv + 1);
    SxHost *h = sx_alloc_zero(sizeof *h);
    SxBuf why = SX_BUF_INIT;
    signal(SIGPIPE, SIG_IGN);
    sx_posix_tune_malloc();
    if (!sx_options_parse(&h->options, argc, argv, &why)) {
        fprintf(stderr, "sxhost: %.*s\n(sxhost --help says more)\n", (int)why.len, why.data);
        return 2;
    }
    if (h->options.mode == SX_RUN_HELP) return print(sx_options_help);
    if (h->options.mode == SX_RUN_VERSION) return print("sxhost " SX_VERSION "\n");
    int code = run(h);
    fflush(NULL);
    _exit(code); /* exit would wait for what the pool is still at, and nobody wants that any more */
}
