/* protocol.c - see protocol.h. Bytes are taken from the input as long as less than max_read_ahead of them wait, whatever the
 * evaluator does, so that an interrupt behind a running command is seen; commands are taken off the stream one at a time, when
 * the evaluator asks for one. */
#include "cli/protocol.h"
#include "cli/describe.h"
#include "value/print.h"
#include <stdio.h>

/* ---- control commands ---- */

static void answer_table(SxProtocol *pr, uint64_t epoch)
{
    SxBuf text = SX_BUF_INIT;
    sx_buf_addf(&text, "(process-table %llu ", (unsigned long long)epoch);
    sx_describe_processes(pr->session->loop->rt, &text);
    sx_buf_add_char(&text, ')');
    sx_console_line(pr->session->loop->console, text.data, text.len);
    sx_buf_deinit(&text);
}

static void answer_description(SxProtocol *pr, uint64_t epoch)
{
    SxBuf text = SX_BUF_INIT;
    char limits[96];
    snprintf(limits, sizeof limits, " :max_read_ahead %zu :max_form_bytes %zu", pr->max_read_ahead, pr->max_form_bytes);
    sx_buf_addf(&text, "(description %llu ", (unsigned long long)epoch);
    sx_describe(pr->session->loop->rt, &text, limits);
    sx_buf_add_char(&text, ')');
    sx_console_line(pr->session->loop->console, text.data, text.len);
    sx_buf_deinit(&text);
}

static void refuse_interrupt(SxProtocol *pr, uint64_t epoch)
{
    pr->session->failed = true;
    sx_session_notice(pr->session, "(error %llu \"nothing of epoch %llu is being evaluated\" {:kind :interrupt :class :error})",
                      (unsigned long long)epoch, (unsigned long long)epoch);
}

static void confirm_interrupt(SxProtocol *pr, uint64_t epoch) { sx_session_notice(pr->session, "(interrupted %llu)", (unsigned long long)epoch); }

/* What epoch `number` is evaluating; or its first command that stands before the interrupt and has not begun. */
static void interrupt(SxProtocol *pr, uint64_t epoch, uint64_t offset)
{
    if (sx_session_interrupt(pr->session, epoch)) {
        confirm_interrupt(pr, epoch);
        return;
    }
    if (sx_framing_peek(&pr->framing) < 0) {
        refuse_interrupt(pr, epoch);
        return;
    }
    if (pr->n_early == pr->cap_early) {
        pr->cap_early = pr->cap_early == 0 ? 4 : 2 * pr->cap_early;
        pr->early = sx_realloc(pr->early, pr->cap_early * sizeof *pr->early);
    }
    pr->early[pr->n_early++] = (SxEarlyInterrupt){epoch, offset};
}

/* A command that stands at `offset` is about to begin (UINT64_MAX: none will): settle the early interrupts. */
static void settle_early(SxProtocol *pr, SxCommand *command, uint64_t offset)
{
    size_t kept = 0;
    for (size_t i = 0; i < pr->n_early; i++) {
        SxEarlyInterrupt e = pr->early[i];
        if (e.offset <= offset) refuse_interrupt(pr, e.epoch); /* all that stood before it is done */
        else if (command != NULL && command->epoch == e.epoch && !command->interrupted) {
            command->interrupted = true;
            confirm_interrupt(pr, e.epoch);
        } else pr->early[kept++] = e;
    }
    pr->n_early = kept;
}

static bool is_control(SxFrameKind kind) { return kind >= SX_FRAME_INTERRUPT; }

static void take_control(SxProtocol *pr, const SxFrame *frame)
{
    switch (frame->kind) {
    case SX_FRAME_INTERRUPT: interrupt(pr, (uint64_t)frame->number, frame->offset); break;
    case SX_FRAME_PING: sx_session_notice(pr->session, "(pong %llu)", (unsigned long long)frame->epoch); break;
    case SX_FRAME_DESCRIBE: answer_description(pr, frame->epoch); break;
    default: answer_table(pr, frame->epoch); break;
    }
}

/* ---- bytes ---- */

/* Take what the input has, if there is room. True: something new is there. */
static bool take_input(SxProtocol *pr)
{
    bool more = false;
    SxFrame frame;
    while (sx_framing_pending(&pr->framing) < pr->max_read_ahead && !sx_console_is_flooded(pr->session->loop->console)) {
        pr->chunk.len = 0;
        if (sx_input_take(pr->input, &pr->chunk) == 0) break;
        sx_framing_feed(&pr->framing, pr->chunk.data, pr->chunk.len);
        more = true;
        while (sx_framing_control(&pr->framing, &frame)) take_control(pr, &frame);
    }
    if (!pr->end_told && sx_input_ended(pr->input)) {
        sx_framing_end(&pr->framing);
        pr->end_told = more = true;
        while (sx_framing_control(&pr->framing, &frame)) take_control(pr, &frame);
    }
    return more;
}

static void woken(SxLoop *loop)
{
    SxProtocol *pr = loop->session->front;
    if (!take_input(pr)) return;
    if (sx_lines_wanted(pr->lines)) sx_lines_look(pr->lines);
    sx_session_look(pr->session);
}

static SxCommandKind kind_of(SxFrameKind kind)
{
    switch (kind) {
    case SX_FRAME_LOAD: return SX_COMMAND_LOAD;
    case SX_FRAME_EVAL: return SX_COMMAND_EVAL;
    case SX_FRAME_QUIT: return SX_COMMAND_QUIT;
    default: return SX_COMMAND_ERROR;
    }
}

/* The next command in order, if there is one, to the session. */
static bool give_next(SxProtocol *pr)
{
    SxFrame frame;
    while (sx_framing_next(&pr->framing, &frame)) {
        if (is_control(frame.kind)) { /* one that does not begin in column 0 has to wait for its turn */
            take_control(pr, &frame);
            sx_buf_deinit(&frame.text);
            continue;
        }
        SxCommand *command = sx_command_new(kind_of(frame.kind), frame.epoch, frame.text.data, frame.text.len);
        command->line = frame.line;
        command->column = frame.column;
        command->code = (int)frame.number;
        sx_buf_deinit(&frame.text);
        settle_early(pr, command, frame.offset);
        sx_session_give(pr->session, command);
        return true;
    }
    return false;
}

static bool pull(void *front)
{
    SxProtocol *pr = front;
    do {
        if (sx_lines_wanted(pr->lines)) { /* a program reads the stream: what is no list is its own */
            int c = sx_framing_peek(&pr->framing);
            if (c >= 0 && c != '(') return false;
        }
        if (give_next(pr)) return true;
    } while (take_input(pr));
    if (pr->end_told && !pr->session->input_ended) {
        settle_early(pr, NULL, UINT64_MAX);
        pr->session->input_ended = true;
        pr->session->loop->turn_soon = true;
        if (sx_lines_wanted(pr->lines)) sx_lines_look(pr->lines);
    }
    return false;
}

static bool at_end(void *front) { return ((const SxProtocol *)front)->end_told; }

static SxLineStatus take_line(void *source, SxBuf *line)
{
    SxProtocol *pr = source;
    do {
        if (sx_framing_line(&pr->framing, line)) return SX_LINE_TAKEN;
    } while (take_input(pr));
    return pr->end_told ? SX_LINE_END : SX_LINE_NONE;
}

/* ---- start ---- */

static void arrived(void *arg)
{
    SxProtocol *pr = arg;
    sx_loop_wake(pr->session->loop);
}

bool sx_protocol_start(SxProtocol *pr, SxSession *session, SxLines *lines, const char *fifo, size_t max_read_ahead, size_t max_form_bytes, SxBuf *why)
{
    memset(pr, 0, sizeof *pr);
    pr->session = session;
    pr->lines = lines;
    pr->max_read_ahead = max_read_ahead;
    pr->max_form_bytes = max_form_bytes;
    sx_framing_init(&pr->framing, max_form_bytes);
    pr->input = fifo == NULL ? sx_input_new(0, arrived, pr) : sx_input_new_fifo(fifo, arrived, pr, why);
    if (pr->input == NULL) return false;
    if (session->loop->deterministic != NULL && !sx_input_read_whole(pr->input, why)) return false;
    sx_lines_init(lines, session->loop, take_line, pr);
    session->pull = pull;
    session->at_end = at_end;
    session->front = pr;
    session->loop->on_wake = woken;
    sx_session_notice(session, "(ready \"sxhost\" \"%s\" %d)", SX_VERSION, SX_PROTOCOL);
    sx_input_want(pr->input, true);
    return true;
}
