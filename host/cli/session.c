/* session.c - see session.h. */
#include "cli/session.h"
#include "base/sys.h"
#include "cli/crash.h"
#include "cli/describe.h"
#include "cli/report.h"
#include "cli/sources.h"
#include "cli/watch.h"
#include "code/prim.h"
#include "value/atom.h"
#include "value/bits.h"
#include "value/print.h"
#include "vm/vm.h"
#include <stdio.h>

#define LONG_VALUE ((size_t)64 << 10)  /* a longer one is an ok-len */
#define VALUE_MAX ((size_t)1 << 30)    /* printed, in bytes */
#define REPL_VALUE_MAX ((size_t)8 << 10)
#define STILLBORN_MAX 3

SxCommand *sx_command_new(SxCommandKind kind, uint64_t epoch, const char *text, size_t n_bytes)
{
    SxCommand *c = sx_alloc_zero(sizeof *c);
    c->kind = kind;
    c->epoch = epoch;
    c->line = c->column = 1;
    c->code = -1;
    sx_buf_add(&c->text, text, n_bytes);
    return c;
}

static void command_free(SxCommand *c)
{
    sx_buf_deinit(&c->text);
    sx_free(c);
}

static SxSession *session_of(const SxProc *p) { return sx_loop_of(p)->session; }

/* ---- replies ---- */

static void line_of(SxSession *s, const SxBuf *line) { sx_console_line(s->loop->console, line->data, line->len); }

void sx_session_notice(SxSession *s, const char *format, ...)
{
    SxBuf line = SX_BUF_INIT;
    va_list args;
    va_start(args, format);
    sx_buf_addv(&line, format, args);
    va_end(args);
    line_of(s, &line);
    sx_buf_deinit(&line);
}

/* The current command has its reply. */
static void answered(SxSession *s)
{
    command_free(s->current);
    s->current = NULL;
}

static void reply_ok(SxSession *s, const char *text, size_t n_bytes)
{
    SxBuf line = SX_BUF_INIT;
    unsigned long long epoch = s->current->epoch;
    if (n_bytes > LONG_VALUE) {
        sx_buf_addf(&line, "(ok-len %llu %zu)\n", epoch, n_bytes);
        sx_buf_add(&line, text, n_bytes);
    } else {
        sx_buf_addf(&line, "(ok %llu ", epoch);
        sx_buf_add(&line, text, n_bytes);
        sx_buf_add_char(&line, ')');
    }
    line_of(s, &line);
    sx_buf_deinit(&line);
}

static void reply_value(SxSession *s, sx_val value)
{
    SxBuf text = SX_BUF_INIT;
    size_t most = s->mode == SX_SESSION_REPL ? REPL_VALUE_MAX : VALUE_MAX;
    if (s->current->kind == SX_COMMAND_ERLANG) sx_print_erlang(&text, value, most);
    else sx_print(&text, value, most);
    bool says_value = s->current->kind == SX_COMMAND_EVAL || s->current->kind == SX_COMMAND_ERLANG;
    if (s->mode == SX_SESSION_PROTOCOL) reply_ok(s, text.data, text.len);
    else if (says_value) sx_console_line(s->loop->console, text.data, text.len);
    sx_buf_deinit(&text);
    answered(s);
}

static void reply_report(SxSession *s, const SxReport *r)
{
    SxBuf text = SX_BUF_INIT;
    s->failed = true;
    if (s->mode == SX_SESSION_PROTOCOL) {
        sx_buf_addf(&text, "(error %llu ", (unsigned long long)s->current->epoch);
        sx_print_string(&text, r->message.data, r->message.len);
        sx_buf_add_char(&text, ' ');
        sx_report_record(r, &text);
        sx_buf_add_char(&text, ')');
        line_of(s, &text);
    } else {
        sx_report_text(r, &text, s->colour);
        sx_console_report(s->loop->console, text.data, text.len);
    }
    sx_buf_deinit(&text);
    answered(s);
    if (s->mode == SX_SESSION_PLAIN) sx_loop_end(s->loop, 1);
}

/* An error of the input itself, or of a command that never began. */
static void reply_error(SxSession *s, const char *kind, const char *message, size_t n_bytes)
{
    SxReport r;
    memset(&r, 0, sizeof r);
    snprintf(r.class, sizeof r.class, "error");
    snprintf(r.kind, sizeof r.kind, "%s", kind);
    sx_buf_add(&r.message, message, n_bytes);
    if (s->current->line > 0 && s->current->kind == SX_COMMAND_ERROR) {
        snprintf(r.file, sizeof r.file, "input");
        r.line = s->current->line;
        r.column = s->current->column;
    }
    reply_report(s, &r);
    sx_report_deinit(&r);
}

/* ---- the evaluator ---- */

static bool is_evaluator(const SxSession *s, const SxProc *p) { return s != NULL && p->pid == s->evaluator; }

static void end_stillborn(SxSession *s)
{
    static const char text[] = "sxhost: the evaluator cannot start (boot/lib/sx/session.sx)\n";
    sx_console_report(s->loop->console, text, sizeof text - 1);
    sx_loop_end(s->loop, 1);
}

static void make_evaluator(SxSession *s)
{
    const SxCell *cell = sx_cell_find(&s->loop->rt->code, sx_atom("sx/%evaluator"));
    if (cell == NULL || cell->value == SX_NONE || s->stillborn >= STILLBORN_MAX) {
        end_stillborn(s);
        return;
    }
    SxSpawn spawn = {.fn = cell->value, .parent = SX_NIL, .name = SX_NONE, .priority = SX_PRIO_NORMAL, .group_leader = SX_NIL};
    SxProc *p = sx_spawn(s->loop->rt, &spawn);
    if (p == NULL) return; /* max_processes: tried again at the next turn */
    p->label = sx_atom("evaluator");
    s->evaluator = p->pid;
    s->idle = false;
    s->stillborn++;
}

/* Has p ended as a script may end itself: by a return or by exit(normal)? */
static bool ended_normally(const SxProc *p)
{
    return !p->over_limit && (p->exc_class == SX_NONE || (p->exc_class == SX_A(exit) && p->exc_reason == SX_A(normal)));
}

/* What ended p. */
static void report_end(SxReport *r, SxProc *p)
{
    bool crashed = p->exc_class != SX_NONE;
    if (p->over_limit) sx_report_init(r, p->rt, SX_A(error), SX_A(max_heap_size), SX_EMPTY);
    else sx_report_init(r, p->rt, crashed ? p->exc_class : SX_A(exit), crashed ? p->exc_reason : SX_A(normal),
                        crashed && p->exc_class != SX_A(exit) ? sx_vm_stacktrace(p, p->exc_trace) : SX_EMPTY);
    sx_report_process(r, p);
}

/* The evaluator has ended: answer for it. */
static void evaluator_exit(SxSession *s, SxProc *p)
{
    s->evaluator = SX_NONE;
    s->idle = false;
    s->loop->turn_soon = true;
    if (s->current == NULL) return;
    SxReport r;
    report_end(&r, p);
    if (s->mode != SX_SESSION_PLAIN || !ended_normally(p)) reply_report(s, &r);
    else answered(s);
    sx_report_deinit(&r);
}

/* What a command parked in has ended, and with it its listener. The command has its reply: this is told, and a script has failed. */
static void parked_exit(SxSession *s, SxProc *p)
{
    if (ended_normally(p) || s->loop->stopping) return;
    SxBuf text = SX_BUF_INIT;
    SxReport r;
    report_end(&r, p);
    if (s->mode == SX_SESSION_PLAIN) sx_buf_add_str(&text, "sxhost: what the program parked in has ended\n");
    else sx_buf_addf(&text, "sxhost: what epoch %llu parked in has ended\n", (unsigned long long)p->epoch);
    sx_report_text(&r, &text, s->colour);
    sx_console_report(s->loop->console, text.data, text.len);
    sx_report_deinit(&r);
    sx_buf_deinit(&text);
    if (s->mode == SX_SESSION_PLAIN) s->failed = true;
}

/* The name under which the source of a command is compiled. It becomes an atom, and these never go: a session that counts its
 * labels up for ever does without the number before half of the table is full. */
static void source_name(const SxSession *s, const SxCommand *c, char *to, size_t n)
{
    if (s->mode == SX_SESSION_PLAIN) snprintf(to, n, "command");
    else if (s->mode == SX_SESSION_REPL) snprintf(to, n, "prompt-%llu", (unsigned long long)c->epoch);
    else if (sx_atom_count() < s->loop->rt->limits.max_atoms / 2) snprintf(to, n, "epoch-%llu", (unsigned long long)c->epoch);
    else snprintf(to, n, "epoch");
}

static void process_exit(SxRuntime *rt, SxProc *p)
{
    SxSession *s = ((SxLoop *)rt->host)->session;
    if (is_evaluator(s, p)) {
        evaluator_exit(s, p);
        return;
    }
    for (size_t i = 0; i < s->n_parked; i++)
        if (s->parked[i] == p->pid) {
            s->parked[i] = s->parked[--s->n_parked];
            s->loop->turn_soon = true;
            parked_exit(s, p);
            return;
        }
}

/* A process of its own tells logger's handlers, as p runs no more. */
static void tell_handlers(SxRuntime *rt, SxProc *p)
{
    sx_val stack = sx_vm_stacktrace(p, p->exc_trace), args[] = {p->pid, p->exc_class, p->exc_reason, stack};
    SxSpawn spawn = {.fn = sx_atom("sx_report"), .name = sx_atom("plain"), .args = args, .n_args = 4, .parent = SX_NIL,
                     .group_leader = p->group_leader, .epoch = p->epoch, .priority = SX_PRIO_NORMAL};
    sx_spawn(rt, &spawn); /* at max_processes nobody is told */
}

static void process_crash(SxRuntime *rt, SxProc *p)
{
    SxSession *s = ((SxLoop *)rt->host)->session;
    if (is_evaluator(s, p) && s->current != NULL) return; /* its reply says it */
    if (rt->crash_told && p->exc_class != SX_NONE) tell_handlers(rt, p);
    if (rt->crash_quiet && p->exc_class != SX_NONE) return;
    SxBuf text = SX_BUF_INIT;
    sx_crash_text(&text, p, p->exc_class, p->exc_reason, sx_vm_stacktrace(p, p->exc_trace), SX_EMPTY, s->colour);
    sx_console_program_report(s->loop->console, p->epoch, text.data, text.len);
    sx_buf_deinit(&text);
}

static void parked(SxLoop *loop, SxProc *p, const char *why)
{
    SxSession *s = loop->session;
    if (!is_evaluator(s, p) || s->current == NULL) return;
    if (s->n_parked == s->cap_parked) {
        s->cap_parked = s->cap_parked == 0 ? 8 : 2 * s->cap_parked;
        s->parked = sx_realloc(s->parked, s->cap_parked * sizeof *s->parked);
    }
    s->parked[s->n_parked++] = p->pid;
    s->evaluator = SX_NONE;
    if (s->mode == SX_SESSION_PROTOCOL) {
        SxBuf line = SX_BUF_INIT;
        sx_buf_addf(&line, "(parked %llu ", (unsigned long long)s->current->epoch);
        sx_print_string(&line, why, strlen(why));
        sx_buf_add_char(&line, ')');
        line_of(s, &line);
        sx_buf_deinit(&line);
    }
    answered(s);
}

static void listening(SxLoop *loop, SxProc *p, const char *url)
{
    SxSession *s = loop->session;
    SxBuf line = SX_BUF_INIT;
    if (s->mode == SX_SESSION_PROTOCOL) {
        sx_buf_addf(&line, "(listening %llu ", (unsigned long long)p->epoch);
        sx_print_string(&line, url, strlen(url));
        sx_buf_add_char(&line, ')');
        line_of(s, &line);
    } else {
        sx_buf_addf(&line, "listening on %s\n", url);
        sx_console_report(loop->console, line.data, line.len);
    }
    sx_buf_deinit(&line);
}

/* ---- the end ---- */

bool sx_session_busy(const SxSession *s) { return s->current != NULL || s->first != NULL; }

/* All commands are answered and no more will come: does the program go on? A script goes on while what it parked in lives. */
static void settle(SxSession *s)
{
    if (!s->input_ended || sx_session_busy(s) || s->loop->stopping) return;
    int code = s->failed ? 1 : 0;
    bool serves = sx_loop_listens(s->loop) || (s->mode == SX_SESSION_PLAIN && s->n_parked > 0);
    if (serves && !s->exit_at_eof) return;
    sx_loop_stop(s->loop, code, s->drain_ms);
}

static bool turn(SxLoop *loop)
{
    SxSession *s = loop->session;
    bool made = false;
    if (s->evaluator == SX_NONE && !loop->stopping) {
        make_evaluator(s);
        made = s->evaluator != SX_NONE;
    }
    settle(s);
    if (loop->watch != NULL) sx_watch_look(loop->watch, false);
    return made;
}

/* Nothing moves: is it because the current command waits for what never comes? */
static bool is_stalled(void *arg)
{
    const SxSession *s = arg;
    const SxProc *p = s->current != NULL && s->evaluator != SX_NONE ? sx_proc_find(s->loop->rt, s->evaluator) : NULL;
    return p != NULL && p->wait_kind == SX_WAIT_RECEIVE && !s->loop->stopping;
}

static SxFrag *stalled_reason(void)
{
    SxFrag *f = sx_frag_copy(sx_atom("stalled"));
    f->ref = 0;
    return f;
}

/* It does: say so, once; where nobody can interrupt it any more, end it. */
static void stalled(void *arg)
{
    SxSession *s = arg;
    if (!s->current->stalled) {
        SxBuf text = SX_BUF_INIT;
        sx_buf_addf(&text, "sxhost: epoch %llu is stalled: everything waits for good, and no timer, descriptor or listener could wake anybody\n", (unsigned long long)s->current->epoch);
        sx_describe_dump(s->loop->rt, &text);
        sx_sys_log(text.data, text.len);
        sx_buf_deinit(&text);
        s->current->stalled = true;
    }
    if (s->input_ended || (s->at_end != NULL && s->at_end(s->front)))
        sx_deliver(s->loop->rt, &s->loop->rt->sched, s->evaluator, SX_SIG_DEADLOCK, stalled_reason());
}

static bool stop_busy(SxLoop *loop) { return loop->session->current != NULL; }

/* ---- commands ---- */

void sx_session_init(SxSession *s, SxLoop *loop, SxSessionMode mode)
{
    memset(s, 0, sizeof *s);
    s->loop = loop;
    s->mode = mode;
    s->last = &s->first;
    s->evaluator = SX_NONE;
    s->drain_ms = 10000;
    loop->session = s;
    loop->on_turn = turn;
    loop->on_stop_busy = stop_busy;
    loop->on_parked = parked;
    loop->on_listening = listening;
    if (loop->watch != NULL) {
        loop->watch->is_stalled = is_stalled;
        loop->watch->on_stalled = stalled;
        loop->watch->arg = s;
    }
    loop->rt->on_exit = process_exit;
    loop->rt->on_crash = process_crash;
}

void sx_session_give(SxSession *s, SxCommand *command)
{
    command->next = NULL;
    *s->last = command;
    s->last = &command->next;
}

void sx_session_look(SxSession *s)
{
    s->loop->turn_soon = true;
    if (s->loop->watch != NULL) sx_watch_look(s->loop->watch, true);
    if (s->idle && s->evaluator != SX_NONE) sx_deliver_outside(s->loop->rt, s->evaluator, SX_SIG_WAKE, sx_frag_copy(SX_NIL));
}

bool sx_session_interrupt(SxSession *s, uint64_t epoch)
{
    if (s->current != NULL && s->current->epoch == epoch) {
        SxFrag *f = sx_frag_copy(SX_NIL);
        f->ref = epoch;
        f->flags = s->current->interrupted ? SX_INTERRUPT_FINAL : SX_INTERRUPT_PLAIN;
        s->current->interrupted = true;
        sx_deliver(s->loop->rt, &s->loop->rt->sched, s->evaluator, SX_SIG_INTERRUPT, f);
        return true;
    }
    for (SxCommand *c = s->first; c != NULL; c = c->next)
        if (c->epoch == epoch && !c->interrupted) {
            c->interrupted = true;
            return true;
        }
    return false;
}

/* Take the first command off the queue as the current one; it is asked for when there is none. False: nothing is there. */
static bool begin_next(SxSession *s)
{
    if (s->first == NULL && (s->pull == NULL || !s->pull(s->front))) return false;
    s->current = s->first;
    s->first = s->current->next;
    if (s->first == NULL) s->last = &s->first;
    return true;
}

/* Commands that need no evaluator. True: it was one, and is answered. */
static bool answer_here(SxSession *s)
{
    SxCommand *c = s->current;
    if (c->interrupted) reply_error(s, "interrupted", "interrupted", 11);
    else if (c->kind == SX_COMMAND_ERROR) reply_error(s, "syntax", c->text.data, c->text.len);
    else if (c->kind == SX_COMMAND_QUIT) {
        int code = c->code >= 0 ? c->code : s->failed ? 1 : 0;
        command_free(c);
        s->current = NULL;
        sx_loop_stop(s->loop, code, s->drain_ms);
    } else return false;
    return true;
}

static sx_val command_value(SxProc *p, const SxCommand *c)
{
    static const char *const names[] = {[SX_COMMAND_LOAD] = "load", [SX_COMMAND_EVAL] = "eval", [SX_COMMAND_ERLANG] = "erlang", [SX_COMMAND_SCRIPT] = "script"};
    const char *name = session_of(p)->mode == SX_SESSION_REPL && c->kind == SX_COMMAND_EVAL ? "prompt" : names[c->kind];
    char file[40];
    source_name(session_of(p), c, file, sizeof file);
    sx_val text = sx_binary(&p->heap, c->text.data, c->text.len);
    return sx_tuple(&p->heap, 3, sx_atom(name), text, sx_atom(file));
}

SX_PRIM(next_command, "(%next-command)",
        "For the session's evaluator: #(:load path name), #(:eval text name), #(:erlang text name) or #(:script path name), when there is "
        "a command; :stop for a process that is the evaluator no more.")
{
    SxSession *s = session_of(p);
    if (!is_evaluator(s, p)) return sx_atom("stop");
    s->stillborn = 0;
    s->idle = true;
    for (;;) {
        if (s->loop->stopping || s->loop->ended) return sx_park(p, SX_WAIT_IO);
        if (!sx_console_has_room(s->loop->console, p)) return sx_park(p, SX_WAIT_OUTPUT);
        if (!begin_next(s)) return sx_park(p, SX_WAIT_IO);
        if (!answer_here(s)) break;
        sx_charge(p, 10);
        if (sx_out_of_time(p)) return sx_again(p, SX_NIL);
    }
    s->idle = false;
    p->epoch = s->current->epoch;
    return command_value(p, s->current);
}

SX_PRIM(reply, "(%reply value)", "For the session's evaluator: answers its command with a value.")
{
    SxSession *s = session_of(p);
    if (!is_evaluator(s, p) || s->current == NULL) return SX_A(ok);
    if (!sx_console_has_room(s->loop->console, p)) return sx_park(p, SX_WAIT_OUTPUT);
    reply_value(s, argv[0]);
    return SX_A(ok);
}

static void add_source(SxReport *r, sx_val source)
{
    size_t n_bytes;
    const unsigned char *bytes = sx_is_bits(source) ? sx_binary_bytes(source, &n_bytes) : NULL;
    if (bytes != NULL) sx_report_source(r, (const char *)bytes, n_bytes);
}

SX_PRIM(reply_error, "(%reply-error class reason stack source)",
        "For the session's evaluator: answers its command with an error report; `source` is the text of the file that %error-file "
        "named, or nil. In a process that parked in a service the report is printed.")
{
    SxSession *s = session_of(p);
    if (!sx_console_has_room(s->loop->console, p)) return sx_park(p, SX_WAIT_OUTPUT);
    bool mine = is_evaluator(s, p) && s->current != NULL;
    if (mine && s->mode == SX_SESSION_PLAIN && argv[0] == SX_A(exit) && argv[1] == SX_A(normal)) {
        answered(s); /* a script may end itself */
        return SX_A(ok);
    }
    SxReport r;
    sx_report_init(&r, p->rt, argv[0], argv[1], argv[2]);
    if (!mine) sx_report_process(&r, p);
    add_source(&r, argv[3]);
    if (mine) reply_report(s, &r);
    else if (!is_evaluator(s, p)) {
        if (s->mode == SX_SESSION_PLAIN) s->failed = true; /* a script ended in what it had parked in */
        SxBuf text = SX_BUF_INIT;
        sx_report_text(&r, &text, s->colour);
        sx_console_program_report(s->loop->console, p->epoch, text.data, text.len);
        sx_buf_deinit(&text);
    }
    sx_report_deinit(&r);
    return SX_A(ok);
}

SX_PRIM(error_file, "(%error-file class reason stack)", "File whose text an error report wants to show a line of and that is not kept, or nil.")
{
    SxReport r;
    sx_report_init(&r, p->rt, argv[0], argv[1], argv[2]);
    sx_val file = r.line == 0 || r.excerpt.text.len > 0 ? SX_NIL : sx_binary(&p->heap, r.file, strlen(r.file));
    sx_report_deinit(&r);
    return file;
}

SX_PRIM(keep_source, "(%keep-source file text &opt language)",
        "Keeps a text that is run as `file` (an atom) for a while, for the lines that error reports show. `language`: :erlang, if it is.")
{
    size_t n_file, n_bytes;
    unsigned char *scratch = NULL;
    if (!sx_is_atom(argv[0]) || !sx_bits_is_binary(argv[1])) return sx_badarg(p, "%%keep-source: takes an atom and a binary");
    const unsigned char *text = sx_binary_bytes_any(argv[1], &n_bytes, &scratch);
    sx_sources_keep(p->rt, sx_atom_text(argv[0], &n_file), (const char *)text, n_bytes, argv[2] == sx_atom("erlang"));
    sx_free(scratch);
    sx_charge(p, n_bytes / 1024);
    return SX_A(ok);
}

SX_PRIM(error_report, "(%error-report class reason stack &opt details)",
        "Text of the report of an exception in this process, as it is printed when nobody catches it. `details`: a list of #(name value) that it shows too.")
{
    SxBuf text = SX_BUF_INIT;
    sx_crash_text(&text, p, argv[0], argv[1], argv[2], argv[3] == SX_NONE ? SX_EMPTY : argv[3], false);
    sx_val report = sx_binary(&p->heap, text.data, text.len);
    sx_buf_deinit(&text);
    return report;
}

SX_PRIM(park, "(park why)",
        "Parks the process for good, as a named service. When it evaluates a command, that command's reply is (parked N \"why\").")
{
    if (p->prim_state == SX_NONE) {
        SxBuf why = SX_BUF_INIT;
        if (sx_is_bits(argv[0])) {
            size_t n_bytes;
            const unsigned char *bytes = sx_binary_bytes(argv[0], &n_bytes);
            if (bytes != NULL) sx_buf_add(&why, bytes, n_bytes);
        } else sx_print(&why, argv[0], 200);
        sx_buf_add_char(&why, 0);
        p->prim_state = SX_TRUE;
        sx_loop_parked(sx_loop_of(p), p, why.data);
        sx_buf_deinit(&why);
    }
    return sx_park(p, SX_WAIT_PARK);
}

SX_PRIM(args, "(args)", "Arguments that stand behind the file on the command line, as strings.")
{
    const SxSession *s = session_of(p);
    sx_val list = SX_EMPTY;
    for (int i = s == NULL ? 0 : s->n_args; i-- > 0;) list = sx_cons(&p->heap, sx_binary_text(&p->heap, s->args[i]), list);
    return list;
}

SX_PRIM(source_options, "(%source-options)", "Command line options about Erlang source, in order: #(:include dir) #(:define text) #(:path dir) #(:otp-path dir) #(:otp names).")
{
    static const char *const kinds[] = {"include", "define", "path", "otp-path", "otp"};
    const SxSession *s = session_of(p);
    sx_val list = SX_EMPTY;
    for (int i = s == NULL ? 0 : s->n_sources; i-- > 0;)
        list = sx_cons(&p->heap, sx_tuple(&p->heap, 2, sx_atom(kinds[s->sources[i].kind]), sx_binary_text(&p->heap, s->sources[i].value)), list);
    return list;
}

SX_PRIM_TABLE(session) {
    &next_command_prim, &reply_prim, &reply_error_prim, &error_file_prim, &error_report_prim, &keep_source_prim, &park_prim, &args_prim, &source_options_prim, NULL,
};
