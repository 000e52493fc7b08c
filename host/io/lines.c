/* lines.c - see lines.h. */
#include "io/lines.h"
#include "base/sys.h"
#include "base/utf8.h"
#include "code/prim.h"
#include "value/atom.h"
#include "value/bits.h"

void sx_lines_init(SxLines *l, SxLoop *loop, SxLineStatus (*take)(void *source, SxBuf *line), void *source)
{
    memset(l, 0, sizeof *l);
    l->loop = loop;
    l->take = take;
    l->source = source;
    loop->lines = l;
}

void sx_lines_look(SxLines *l)
{
    size_t n = l->n_waiting;
    l->n_waiting = 0; /* whoever finds nothing waits again */
    for (size_t i = 0; i < n; i++) sx_deliver_outside(l->loop->rt, l->waiting[i], SX_SIG_WAKE, sx_frag_copy(SX_NIL));
}

static void wait_for_line(SxLines *l, SxProc *p)
{
    for (size_t i = 0; i < l->n_waiting; i++)
        if (l->waiting[i] == p->pid) return;
    if (l->n_waiting == l->cap_waiting) {
        l->cap_waiting = l->cap_waiting == 0 ? 4 : 2 * l->cap_waiting;
        l->waiting = sx_realloc(l->waiting, l->cap_waiting * sizeof *l->waiting);
    }
    l->waiting[l->n_waiting++] = p->pid;
}

/* ---- the plain source ---- */

static void arrived(void *arg)
{
    SxLines *l = arg;
    sx_loop_wake(l->loop);
}

static void woken(SxLoop *loop)
{
    SxLines *l = loop->lines;
    if (l->input != NULL && sx_input_take(l->input, &l->ahead) + (size_t)sx_input_ended(l->input) > 0) sx_lines_look(l);
}

static SxInput *new_input(SxLines *l)
{
    SxInput *in = sx_input_new(0, arrived, l);
    SxBuf why = SX_BUF_INIT;
    if (l->loop->deterministic != NULL && !sx_input_read_whole(in, &why)) {
        sx_buf_add_char(&why, '\n');
        sx_sys_log("sxhost: ", 8);
        sx_sys_log(why.data, why.len);
        sx_loop_end(l->loop, 1);
    }
    sx_buf_deinit(&why);
    return in;
}

static SxLineStatus take_plain(void *source, SxBuf *line)
{
    SxLines *l = source;
    if (l->input == NULL) l->input = new_input(l);
    sx_input_take(l->input, &l->ahead);
    const char *start = l->ahead.data + l->at;
    size_t left = l->ahead.len - l->at;
    const char *newline = left == 0 ? NULL : memchr(start, '\n', left);
    bool ended = newline == NULL && sx_input_ended(l->input);
    if (newline == NULL && !ended) {
        sx_input_want(l->input, true);
        return SX_LINE_NONE;
    }
    if (ended && left == 0) return SX_LINE_END;
    size_t n = newline == NULL ? left : (size_t)(newline + 1 - start);
    sx_buf_add(line, start, n);
    l->at += n;
    if (l->at == l->ahead.len) l->at = l->ahead.len = 0;
    else if (l->at > ((size_t)1 << 20)) { /* a long file is not copied line by line */
        memmove(l->ahead.data, l->ahead.data + l->at, l->ahead.len - l->at);
        l->ahead.len -= l->at;
        l->at = 0;
    }
    return SX_LINE_TAKEN;
}

void sx_lines_init_plain(SxLines *l, SxLoop *loop)
{
    sx_lines_init(l, loop, take_plain, l);
    loop->on_wake = woken;
}

void sx_lines_rest(SxLines *l)
{
    if (l->input != NULL) sx_input_want(l->input, false);
    sx_lines_look(l);
}

/* ---- primitives ---- */

/* SX_NONE: parked */
static SxLineStatus take(SxProc *p, SxBuf *line)
{
    SxLines *l = sx_loop_of(p)->lines;
    SxLineStatus status = l == NULL ? SX_LINE_END : l->take(l->source, line);
    if (status == SX_LINE_NONE) wait_for_line(l, p);
    sx_charge(p, 1 + line->len / 256);
    return status;
}

SX_PRIM(read_line, "(read-line)", "Next line of the program's standard input, without its newline; nil at the end of input.")
{
    SxBuf line = SX_BUF_INIT;
    SxLineStatus status = take(p, &line);
    if (status == SX_LINE_NONE) return sx_park(p, SX_WAIT_IO);
    if (line.len > 0 && line.data[line.len - 1] == '\n') line.len--;
    if (line.len > 0 && line.data[line.len - 1] == '\r') line.len--;
    sx_val value = status == SX_LINE_END ? SX_NIL : sx_binary(&p->heap, line.data, line.len);
    sx_buf_deinit(&line);
    return value;
}

SX_PRIM(get_line, "(sx_io:get_line)", "Next line of the program's standard input with its newline, or eof.")
{
    SxBuf line = SX_BUF_INIT;
    SxLineStatus status = take(p, &line);
    if (status == SX_LINE_NONE) return sx_park(p, SX_WAIT_IO);
    sx_val value = status == SX_LINE_END ? sx_atom("eof") : sx_binary(&p->heap, line.data, line.len);
    sx_buf_deinit(&line);
    return value;
}

SX_PRIM_TABLE(lines) {&read_line_prim, &get_line_prim, NULL};
