/* repl.c - see repl.h. Readline writes through a stream that feeds the console's writer, so what it draws and what programs
 * print leave in one order; before a program prints, the prompt is taken away, and comes back at the next turn.
 * Standard input is waited for through an epoll descriptor: libuv would make the terminal itself non-blocking, for everybody
 * who shares it.
 * INVARIANT: while an evaluation runs, readline has given the terminal back, and programs may read lines from it. */
#include "cli/repl.h"
#include "base/sys.h"
#include "cli/complete.h"
#include "lang/reader.h"
#include "value/atom.h"
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>
#include <readline/history.h>
#include <readline/readline.h>

#define PROMPT "sx> "
#define MORE_PROMPT "  > "
#define GREETING "sxhost " SX_VERSION ": (help) says what to try, Ctrl-D leaves\n"
#define HISTORY_LINES 5000
#define SCRATCH_WORDS ((size_t)1 << 24)

typedef struct Repl {
    SxSession *session;
    SxLines *lines;
    uv_poll_t poll;
    int epoll;
    SxBuf text;         /* lines of a form that is not complete yet */
    uint64_t epoch;     /* counts the evaluations */
    bool editing;       /* readline has the terminal */
    bool hidden;        /* editing, but the prompt was taken away for what a program prints */
    bool leaving;
    char *history;      /* path */
} Repl;

static Repl repl;

/* ---- what readline draws ---- */

static ssize_t draw(void *cookie, const char *bytes, size_t n_bytes)
{
    (void)cookie;
    SxConsole *c = repl.session->loop->console;
    sx_writer_push(c->writer, c->out_fd, bytes, n_bytes);
    return (ssize_t)n_bytes;
}

static void hide(void *arg)
{
    (void)arg;
    if (!repl.editing || repl.hidden) return;
    rl_clear_visible_line();
    fflush(rl_outstream);
    repl.hidden = true;
}

static void show(void)
{
    SxConsole *c = repl.session->loop->console;
    if (!repl.hidden) return;
    repl.hidden = false;
    if (c->mid_line) sx_console_text(c, "\n", 1);
    rl_on_new_line();
    rl_redisplay();
    fflush(rl_outstream);
}

/* ---- lines ---- */

static void take_line(char *line);

static void prompt(void)
{
    SxConsole *c = repl.session->loop->console;
    if (repl.editing || repl.leaving) return;
    sx_lines_rest(repl.lines);
    if (c->mid_line) sx_console_text(c, "\n", 1);
    rl_callback_handler_install(repl.text.len > 0 ? MORE_PROMPT : PROMPT, take_line);
    fflush(rl_outstream);
    repl.editing = true;
    repl.hidden = false;
    uv_poll_start(&repl.poll, UV_READABLE, repl.poll.poll_cb);
}

static void stop_editing(void)
{
    if (!repl.editing) return;
    rl_callback_handler_remove();
    fflush(rl_outstream);
    uv_poll_stop(&repl.poll);
    repl.editing = false;
}

typedef enum Completeness { NOTHING, UNFINISHED, COMPLETE } Completeness;

static Completeness look_at(const SxBuf *text)
{
    SxReader reader;
    SxHeap scratch;
    sx_heap_init(&scratch, 0, 1024, SCRATCH_WORDS);
    sx_reader_init(&reader, text->data, text->len, sx_atom("prompt"), 1, 1);
    Completeness found = NOTHING;
    for (;;) {
        sx_val form;
        SxReadStatus status = sx_read(&reader, &scratch, &form);
        if (status == SX_READ_END) break;
        found = status == SX_READ_MORE ? UNFINISHED : COMPLETE;
        if (status != SX_READ_OK) break;
    }
    sx_heap_deinit(&scratch);
    return found;
}

static void remember(const char *text)
{
    const HIST_ENTRY *last = history_length > 0 ? history_get(history_base + history_length - 1) : NULL;
    if (last != NULL && strcmp(last->line, text) == 0) return;
    add_history(text);
    if (repl.history != NULL && append_history(1, repl.history) != 0) write_history(repl.history);
}

static void evaluate(void)
{
    sx_buf_add_char(&repl.text, 0);
    repl.text.data[--repl.text.len] = 0;
    while (repl.text.len > 0 && repl.text.data[repl.text.len - 1] == '\n') repl.text.data[--repl.text.len] = 0;
    remember(repl.text.data);
    stop_editing();
    sx_session_give(repl.session, sx_command_new(SX_COMMAND_EVAL, ++repl.epoch, repl.text.data, repl.text.len));
    sx_session_look(repl.session);
    repl.text.len = 0;
}

static void leave(void)
{
    stop_editing(); /* ends the line */
    repl.leaving = true;
    repl.session->failed = false; /* errors at the prompt are no failure of the program */
    sx_loop_stop(repl.session->loop, 0, repl.session->drain_ms);
}

/* Readline has a line; NULL: Ctrl-D. */
static void take_line(char *line)
{
    if (line == NULL) {
        leave();
        return;
    }
    sx_buf_add_str(&repl.text, line);
    sx_buf_add_char(&repl.text, '\n');
    free(line);
    switch (look_at(&repl.text)) {
    case NOTHING: repl.text.len = 0; rl_set_prompt(PROMPT); break;
    case UNFINISHED: rl_set_prompt(MORE_PROMPT); break;
    case COMPLETE: evaluate(); break;
    }
}

static void readable(uv_poll_t *handle, int status, int events)
{
    (void)handle, (void)status, (void)events;
    struct pollfd in = {0, POLLIN, 0};
    show();
    do rl_callback_read_char();
    while (repl.editing && poll(&in, 1, 0) > 0);
    fflush(rl_outstream);
}

/* The session's own turn, then the prompt when nothing is being evaluated. */
static bool (*session_turn)(SxLoop *loop);
static bool turn(SxLoop *loop)
{
    bool work = session_turn(loop);
    if (repl.session->idle && !sx_session_busy(repl.session) && !loop->stopping) prompt();
    show();
    return work;
}

void sx_repl_interrupt(SxSession *session)
{
    if (sx_session_busy(session)) {
        sx_console_text(session->loop->console, "\n", 1); /* behind the terminal's ^C */
        sx_session_interrupt(session, repl.epoch);
        return;
    }
    if (!repl.editing) return;
    show();
    repl.text.len = 0;
    sx_console_text(session->loop->console, "^C\n", 3);
    rl_free_line_state();
    rl_callback_sigcleanup();
    rl_replace_line("", 0);
    rl_set_prompt(PROMPT);
    rl_on_new_line();
    rl_redisplay();
    fflush(rl_outstream);
}

/* ---- start and end ---- */

/* $SXHOST_HISTORY, or .sxhost_history at home. */
static char *history_path(void)
{
    const char *told = getenv("SXHOST_HISTORY"), *home = getenv("HOME");
    SxBuf path = SX_BUF_INIT;
    if (told != NULL) sx_buf_add_str(&path, told);
    else if (home != NULL && home[0] != 0) sx_buf_addf(&path, "%s/.sxhost_history", home);
    else return NULL;
    sx_buf_add_char(&path, 0);
    return path.data;
}

static bool fail(const char *what)
{
    SxBuf line = SX_BUF_INIT;
    sx_buf_addf(&line, "sxhost: standard input has no prompt: %s\n", what);
    sx_sys_log(line.data, line.len);
    sx_buf_deinit(&line);
    return false;
}

bool sx_repl_start(SxSession *session, SxLines *lines)
{
    repl.session = session;
    repl.lines = lines;
    repl.epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN};
    if (repl.epoll < 0 || epoll_ctl(repl.epoll, EPOLL_CTL_ADD, 0, &event) != 0) return fail(strerror(errno));
    SX_CHECK(uv_poll_init(&session->loop->uv, &repl.poll, repl.epoll) == 0);
    repl.poll.poll_cb = readable;
    rl_readline_name = "sxhost";
    rl_instream = stdin;
    rl_outstream = fopencookie(NULL, "w", (cookie_io_functions_t){.write = draw});
    rl_catch_signals = 0;
    sx_complete_start(&session->loop->rt->code);
    using_history();
    stifle_history(HISTORY_LINES);
    history_comment_char = '#'; /* with times in the file, forms of several lines stay whole */
    history_write_timestamps = 1;
    repl.history = history_path();
    if (repl.history != NULL) read_history(repl.history);
    session->loop->console->before_output = hide;
    session_turn = session->loop->on_turn;
    session->loop->on_turn = turn;
    if (isatty(0)) sx_console_text(session->loop->console, GREETING, sizeof GREETING - 1);
    return true;
}

void sx_repl_end(void)
{
    stop_editing();
}
