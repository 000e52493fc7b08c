/* command.c - see command.h. libuv starts /bin/sh with an empty input and one pipe for both outputs.
 * The answer is due when the shell has ended: what it wrote until then is in the pipe. A program that it left in the background
 * may hold the other end for hours, so the end of the pipe is not waited for.
 * INVARIANT: while a process waits, the command is one of its resources: when that process is killed or interrupted, so is the
 * command's process group. A command outlives its answer until libuv has closed both handles, and is freed then. */
#include "io/command.h"
#include "io/deterministic.h"
#include "io/text.h"
#include "prim/args.h"
#include "value/atom.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#define MAX_COMMANDS 1024                     /* at the same time */
#define MAX_OUTPUT_BYTES ((size_t)256 << 20)  /* of one command; beyond, it is killed */
#define READ_BYTES 65536

typedef struct SxCommand {
    struct SxCommand *next, **link;   /* of loop->commands */
    uv_process_t process;
    uv_pipe_t output;
    SxResource resource;
    SxLoop *loop;
    sx_val pid;                       /* who waits; SX_NONE: nobody any more */
    uint64_t op;
    size_t max_bytes;                 /* so many are wanted */
    int n_open;                       /* handles that are not closed yet */
    bool ended;
    SxBuf text;
} SxCommand;

/* ---- its end ---- */

static void closed(uv_handle_t *handle)
{
    SxCommand *c = handle->data;
    if (--c->n_open > 0) return;
    sx_buf_deinit(&c->text);
    sx_free(c);
}

static void kill_group(const SxCommand *c)
{
    if (!c->ended) kill(-c->process.pid, SIGKILL);
}

/* Nobody listens from now on: its group is killed if it still runs. */
static void let_go(SxCommand *c)
{
    kill_group(c);
    c->pid = SX_NONE;
    uv_read_stop((uv_stream_t *)&c->output);
    if (!uv_is_closing((uv_handle_t *)&c->output)) uv_close((uv_handle_t *)&c->output, closed);
}

static void cancel(SxResource *r, __attribute__((unused)) SxProc *p) { let_go(SX_CONTAINER(r, SxCommand, resource)); }

/* A process waits for one command at most. One that is still there was interrupted. */
static void cancel_forgotten(SxProc *p)
{
    for (SxResource *r = p->resources; r != NULL; r = r->next) {
        if (r->on_exit != cancel) continue;
        sx_resource_remove(r);
        cancel(r, p);
        return;
    }
}

static void answer(SxCommand *c)
{
    if (c->pid == SX_NONE) return;
    SxHeap *h = sx_host_heap(c->loop);
    bool too_much = c->text.len > MAX_OUTPUT_BYTES;
    sx_val value = too_much ? sx_tuple(h, 2, SX_A(error), sx_atom("system_limit"))
                            : sx_tuple(h, 2, SX_A(ok), sx_binary(h, c->text.data, c->text.len < c->max_bytes ? c->text.len : c->max_bytes));
    sx_resource_remove(&c->resource);
    sx_host_answer(c->loop, c->pid, c->op, value);
    let_go(c);
}

/* More is wanted? */
static bool took(SxCommand *c, const char *bytes, size_t n)
{
    sx_buf_add(&c->text, bytes, n);
    return c->text.len < c->max_bytes && c->text.len <= MAX_OUTPUT_BYTES;
}

static void got(uv_stream_t *stream, ssize_t n, const uv_buf_t *space)
{
    SxCommand *c = stream->data;
    if (n < 0) uv_read_stop(stream); /* its outputs are closed, it may still run */
    else if (n > 0 && !took(c, space->base, (size_t)n)) answer(c);
}

static void give_space(__attribute__((unused)) uv_handle_t *handle, __attribute__((unused)) size_t wanted, uv_buf_t *space)
{
    static char bytes[READ_BYTES]; /* used up by `got` before anything else reads */
    *space = uv_buf_init(bytes, sizeof bytes);
}

/* What is in the pipe when the shell has ended. */
static void read_rest(SxCommand *c)
{
    char bytes[4096];
    int fd;
    if (uv_fileno((uv_handle_t *)&c->output, &fd) != 0) return;
    for (;;) {
        ssize_t n = read(fd, bytes, sizeof bytes);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0 || !took(c, bytes, (size_t)n)) return;
    }
}

static void exited(uv_process_t *process, __attribute__((unused)) int64_t status, __attribute__((unused)) int signal_number)
{
    SxCommand *c = process->data;
    c->ended = true;
    *c->link = c->next;
    if (c->next != NULL) c->next->link = c->link;
    c->loop->n_commands--;
    if (c->pid != SX_NONE) {
        read_rest(c);
        answer(c);
    }
    uv_close((uv_handle_t *)process, closed);
}

void sx_commands_end(SxLoop *loop)
{
    for (const SxCommand *c = loop->commands; c != NULL; c = c->next) kill_group(c);
}

/* ---- its beginning ---- */

/* Start the shell with `text`; 0, or libuv's status: then the handles are being closed. */
static int start(SxCommand *c, char *text)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return -errno;
    static char shell[] = "/bin/sh", option[] = "-c", name[] = "/bin/sh", tag[] = "unix:cmd";
    char *args[] = {shell, option, text, name, tag, NULL};
    uv_stdio_container_t stdio[3] = {{.flags = UV_IGNORE}, {.flags = UV_INHERIT_FD, .data.fd = ends[1]}, {.flags = UV_INHERIT_FD, .data.fd = ends[1]}};
    uv_process_options_t options = {.exit_cb = exited, .file = shell, .args = args, .flags = UV_PROCESS_DETACHED, .stdio_count = 3, .stdio = stdio};
    c->n_open = 2;
    c->process.data = c->output.data = c;
    uv_pipe_init(&c->loop->uv, &c->output, 0);
    int status = uv_pipe_open(&c->output, ends[0]);
    if (status != 0) close(ends[0]);
    if (status == 0) status = uv_read_start((uv_stream_t *)&c->output, give_space, got);
    int spawned = uv_spawn(&c->loop->uv, &c->process, &options); /* initializes the handle even when it fails */
    close(ends[1]);
    if (spawned != 0) {
        c->ended = true;
        uv_close((uv_handle_t *)&c->process, closed);
        return spawned;
    }
    c->next = c->loop->commands;
    c->link = &c->loop->commands;
    if (c->next != NULL) c->next->link = &c->next;
    c->loop->commands = c;
    c->loop->n_commands++;
    return status;
}

SX_PRIM(command, "(os:$command text max-bytes)",
        "{ok, Binary} with what the shell's command `text` wrote to both outputs, at most max-bytes (nil: no limit but the host's), or {error, Reason}. "
        "Waits for its end, or until there is so much; then, as when the caller is killed, the command's process group is killed.")
{
    if (p->prim_state != SX_NONE) {
        sx_val result, out;
        return sx_host_await(p, SX_WAIT_IO, &result, &out) ? result : out;
    }
    if (!sx_deterministic_allows(p, "os:cmd: what other programs do")) return SX_THROWN;
    SxBuf text = SX_BUF_INIT;
    if (!sx_text_name(&text, argv[0]) || (argv[1] != SX_NIL && (!sx_is_small(argv[1]) || sx_small_value(argv[1]) < 0))) {
        sx_buf_deinit(&text);
        return sx_badarg(p, "os:$command takes a string and a number of bytes");
    }
    sx_buf_add_char(&text, 0);
    cancel_forgotten(p);
    SxLoop *loop = sx_loop_of(p);
    SxCommand *c = sx_alloc_zero(sizeof *c);
    c->loop = loop;
    c->pid = SX_NONE;
    c->max_bytes = argv[1] == SX_NIL ? SIZE_MAX : (size_t)sx_small_value(argv[1]);
    int status = UV_EAGAIN;
    if (loop->n_commands < MAX_COMMANDS) status = start(c, text.data);
    sx_buf_deinit(&text);
    if (status != 0) {
        if (c->n_open > 0) let_go(c);
        else sx_free(c);
        return sx_tuple(&p->heap, 2, SX_A(error), sx_host_error_atom(-status));
    }
    loop->turn_soon = true;
    c->pid = p->pid;
    c->op = sx_host_begin(p);
    c->resource.on_exit = cancel;
    sx_resource_add(p, &c->resource);
    sx_charge(p, 1000);
    return sx_park(p, SX_WAIT_IO);
}

SX_PRIM_TABLE(command) {&command_prim, NULL};
