/* console.c - see console.h. Implements sx_sys_output and sx_sys_log of the machine's platform header. */
#include "io/console.h"
#include "base/sys.h"
#include "base/utf8.h"
#include "code/prim.h"
#include "value/atom.h"
#include "value/bits.h"
#include "value/print.h"
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define WRITER_LIMIT ((size_t)256 << 10)
#define LOG_LIMIT ((size_t)4 << 20) /* more log than this waits for a reader: the rest is dropped */

/* At the start, little output waits until the loop rests: a program that prints a line and ends needs no thread. */
#define SMALL_OUTPUT ((size_t)2 << 10)
#define LAZY_TURNS 8

static SxConsole *the_console; /* for sx_sys_log, which is not told which runtime it speaks for */

int sx_console_take_stdout(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) == -1 && errno == EBADF) {
            int opened = open("/dev/null", fd == 0 ? O_RDONLY : O_WRONLY);
            SX_CHECK(opened == fd); /* the lowest free number */
            if (fd == 1) {          /* standard output was closed: writing must fail, as it would have */
                close(1);
                SX_CHECK(open("/dev/null", O_RDONLY) == 1);
            }
        }
    int out_fd = fcntl(1, F_DUPFD_CLOEXEC, 3);
    SX_CHECK(out_fd >= 3);
    SX_CHECK(dup2(2, 1) == 1);
    return out_fd;
}

/* ---- the writers' threads speak ---- */

static void has_room(void *arg)
{
    SxConsole *c = arg;
    atomic_store(&c->room, true);
    sx_loop_wake(c->loop);
}

static void broken(void *arg, int fd, int error)
{
    SxConsole *c = arg;
    if (fd != c->out_fd) return; /* a closed standard error is nobody's loss */
    atomic_store(&c->broken, error);
    sx_loop_wake(c->loop);
}

void sx_console_init(SxConsole *c, SxLoop *loop, SxConsoleMode mode, int out_fd)
{
    memset(c, 0, sizeof *c);
    c->loop = loop;
    c->mode = mode;
    c->out_fd = out_fd;
    c->writer = sx_writer_new(WRITER_LIMIT, &(SxWriterEvents){has_room, broken, c});
    loop->console = c;
    the_console = c;
}

/* A reader that left ends the program quietly (true); a full disk is told. */
static bool standard_output_broke(SxConsole *c, int error)
{
    if (error == EPIPE || error == EBADF) {
        sx_loop_end(c->loop, 0);
        return true;
    }
    SxBuf text = SX_BUF_INIT;
    sx_buf_addf(&text, "sxhost: standard output: %s\n", uv_strerror(uv_translate_sys_error(error)));
    sx_sys_log(text.data, text.len);
    sx_buf_deinit(&text);
    sx_loop_end(c->loop, 1);
    return false;
}

void sx_console_woken(SxConsole *c)
{
    int error = atomic_exchange(&c->broken, 0);
    if (error != 0) standard_output_broke(c, error);
    if (!atomic_exchange(&c->room, false)) return;
    size_t n = c->n_waiting;
    c->n_waiting = 0;
    for (size_t i = 0; i < n; i++) sx_deliver(c->loop->rt, &c->loop->rt->sched, c->waiting[i], SX_SIG_WAKE, sx_frag_copy(SX_NIL));
}

void sx_console_turn(SxConsole *c, bool will_block)
{
    if (c->lazy_turns < LAZY_TURNS) c->lazy_turns++;
    if (will_block || c->lazy_turns == LAZY_TURNS || sx_writer_queued(c->writer) > SMALL_OUTPUT) sx_writer_kick(c->writer);
    if (c->log != NULL) sx_writer_kick(c->log);
}

bool sx_console_flush(SxConsole *c, int timeout_ms)
{
    sx_writer_flush(c->writer, timeout_ms);
    int error = atomic_exchange(&c->broken, 0);
    bool lost = error != 0 && !standard_output_broke(c, error);
    if (c->log != NULL) sx_writer_flush(c->log, timeout_ms);
    return !lost;
}

/* ---- waiting for room ---- */

static void wait_for_room(SxConsole *c, SxProc *p)
{
    for (size_t i = 0; i < c->n_waiting; i++)
        if (c->waiting[i] == p->pid) return;
    if (c->n_waiting == c->cap_waiting) {
        c->cap_waiting = c->cap_waiting == 0 ? 16 : 2 * c->cap_waiting;
        c->waiting = sx_realloc(c->waiting, c->cap_waiting * sizeof *c->waiting);
    }
    c->waiting[c->n_waiting++] = p->pid;
}

/* In deterministic mode how fast a reader is decides nothing: what is queued is written first. */
static bool has_room_now(SxConsole *c)
{
    if (sx_writer_has_room(c->writer)) return true;
    if (c->loop->deterministic == NULL) return false;
    sx_writer_flush(c->writer, -1);
    return true;
}

bool sx_console_has_room(SxConsole *c, SxProc *p)
{
    if (has_room_now(c)) return true;
    wait_for_room(c, p);
    return false;
}

/* ---- lines ---- */

static void finish_line(SxConsole *c)
{
    if (c->mid_line) sx_writer_push(c->writer, c->out_fd, "\n", 1);
    c->mid_line = false;
}

void sx_console_line(SxConsole *c, const char *text, size_t n_bytes)
{
    SxBuf line = SX_BUF_INIT;
    finish_line(c);
    sx_buf_add(&line, text, n_bytes);
    sx_buf_add_char(&line, '\n');
    sx_writer_push(c->writer, c->out_fd, line.data, line.len);
    sx_buf_deinit(&line);
}

void sx_console_text(SxConsole *c, const char *text, size_t n_bytes)
{
    if (n_bytes == 0) return;
    sx_writer_push(c->writer, c->out_fd, text, n_bytes);
    c->mid_line = text[n_bytes - 1] != '\n';
}

void sx_console_report(SxConsole *c, const char *text, size_t n_bytes)
{
    if (c->before_output != NULL) c->before_output(c->before_output_arg);
    sx_writer_push(c->writer, 2, text, n_bytes);
}

static void add_record(SxBuf *line, int stream, uint64_t epoch, const char *bytes, size_t n_bytes)
{
    sx_buf_addf(line, "(%s %llu ", stream == 1 ? "out" : "err", (unsigned long long)epoch);
    if (sx_utf8_valid_prefix((const unsigned char *)bytes, n_bytes) == n_bytes) sx_print_string(line, bytes, n_bytes);
    else {
        sx_buf_add_str(line, "#bytes\"");
        for (size_t i = 0; i < n_bytes; i++) sx_buf_addf(line, "\\x%02x", (unsigned char)bytes[i]);
        sx_buf_add_char(line, '"');
    }
    sx_buf_add_str(line, ")\n");
}

bool sx_console_is_flooded(SxConsole *c) { return c->loop->deterministic == NULL && sx_writer_queued(c->writer) > 16 * WRITER_LIMIT; }

void sx_console_program_report(SxConsole *c, uint64_t epoch, const char *text, size_t n_bytes)
{
    if (sx_console_is_flooded(c)) return;
    if (c->mode == SX_CONSOLE_PLAIN) {
        sx_console_report(c, text, n_bytes);
        return;
    }
    SxBuf line = SX_BUF_INIT;
    add_record(&line, 2, epoch, text, n_bytes);
    sx_writer_push(c->writer, c->out_fd, line.data, line.len);
    sx_buf_deinit(&line);
}

/* Queue it, whether or not there is room. */
static void put(SxConsole *c, int stream, uint64_t epoch, const char *bytes, size_t n_bytes)
{
    if (c->before_output != NULL) c->before_output(c->before_output_arg);
    if (c->mode == SX_CONSOLE_PLAIN) {
        if (stream == 1) sx_console_text(c, bytes, n_bytes);
        else sx_writer_push(c->writer, 2, bytes, n_bytes);
        return;
    }
    SxBuf line = SX_BUF_INIT;
    add_record(&line, stream, epoch, bytes, n_bytes);
    sx_writer_push(c->writer, c->out_fd, line.data, line.len);
    sx_buf_deinit(&line);
}

bool sx_sys_output(struct SxRuntime *rt, int stream, uint64_t epoch, const char *bytes, size_t n_bytes)
{
    SxLoop *loop = rt->host;
    SxConsole *c = loop->console;
    SxProc *p = rt->sched.current;
    if (n_bytes == 0) return true;
    if (!has_room_now(c)) {
        if (p != NULL) wait_for_room(c, p);
        return false;
    }
    put(c, stream, epoch, bytes, n_bytes);
    return true;
}

#define PUT_BYTES ((size_t)128 << 10)

SX_PRIM(sx_io_put, "(sx_io:put stream text)",
        "Prints binary `text`; `stream` is :out or :err. Waits while the reader is behind. What is longer than 128 KiB leaves in pieces, "
        "between which others may print. "
        "(sx_io:put :out \"hello\") => :ok")
{
    bool is_out = argv[0] == sx_atom("out");
    if (!is_out && argv[0] != sx_atom("err")) return sx_badarg(p, "argument 1 of put is :out or :err");
    size_t n_bytes;
    unsigned char *scratch = NULL;
    const unsigned char *bytes = sx_is_bits(argv[1]) ? sx_binary_bytes_any(argv[1], &n_bytes, &scratch) : NULL;
    if (bytes == NULL) return sx_badarg(p, "argument 2 of put is a binary");
    size_t from = p->prim_state == SX_NONE ? 0 : (size_t)sx_small_value(p->prim_state), n = n_bytes - from;
    if (n > PUT_BYTES) {
        for (n = PUT_BYTES; n > PUT_BYTES - 4 && (bytes[from + n] & 0xC0) == 0x80;) n--; /* between characters */
    }
    bool taken = true;
    if (from == 0) taken = sx_sys_output(p->rt, is_out ? 1 : 2, p->epoch, (const char *)bytes, n);
    else put(sx_loop_of(p)->console, is_out ? 1 : 2, p->epoch, (const char *)bytes + from, n); /* what has begun waits no more */
    sx_free(scratch);
    if (!taken) return sx_park(p, SX_WAIT_OUTPUT);
    sx_charge(p, 1 + n / 64);
    from += n;
    if (from == n_bytes) return SX_A(ok);
    return sx_again(p, sx_small((int64_t)from));
}

SX_PRIM_TABLE(console) {&sx_io_put_prim, NULL};

void sx_sys_log(const char *text, size_t n_bytes)
{
    SxConsole *c = the_console;
    if (c == NULL) {
        ssize_t n = write(2, text, n_bytes);
        (void)n;
        return;
    }
    if (c->loop->deterministic != NULL) { /* one order for all that goes out */
        sx_console_report(c, text, n_bytes);
        return;
    }
    if (c->before_output != NULL) c->before_output(c->before_output_arg);
    if (c->log == NULL) c->log = sx_writer_new(LOG_LIMIT, &(SxWriterEvents){NULL, NULL, NULL});
    sx_writer_offer(c->log, 2, text, n_bytes);
}
