/* report.c - see report.h. Takes an exception apart: frames, place, process.
 * An exit because a server that was called ended tells of the server: its frames come first, then the caller's. */
#include "cli/report.h"
#include "base/utf8.h"
#include "cli/hint.h"
#include "cli/message.h"
#include "cli/sources.h"
#include "cli/timeout.h"
#include "value/atom.h"
#include "value/bits.h"
#include "value/map.h"
#include "value/print.h"
#include "vm/vm.h"
#include <stdio.h>

#define REASON_BYTES 2048
#define MESSAGE_BYTES 1000
#define LABEL_BYTES 100

/* ---- taking values apart ---- */

/* Text of an atom, a binary or an Erlang string, cut to fit between characters. */
static void copy_text(char *to, size_t n_to, sx_val v)
{
    SxBuf text = SX_BUF_INIT;
    size_t n = 0;
    if (sx_is_atom(v)) {
        const char *name = sx_atom_text(v, &n);
        sx_buf_add(&text, name, n);
    } else if (sx_is_bits(v)) {
        const unsigned char *bytes = sx_binary_bytes(v, &n);
        if (bytes != NULL) sx_buf_add(&text, bytes, n);
    } else {
        for (; sx_is_cons(v) && text.len < n_to; v = sx_tail(v))
            if (sx_is_small(sx_head(v)) && sx_is_code_point((uint32_t)sx_small_value(sx_head(v)))) sx_buf_add_utf8(&text, (uint32_t)sx_small_value(sx_head(v)));
    }
    n = text.len;
    if (n >= n_to)
        for (n = n_to - 1; n > 0 && ((unsigned char)text.data[n] & 0xC0) == 0x80;) n--;
    if (n > 0) memcpy(to, text.data, n);
    to[n] = 0;
    sx_buf_deinit(&text);
}

static int small_or_0(sx_val v) { return v != SX_NONE && sx_is_small(v) && sx_small_value(v) > 0 && sx_small_value(v) < INT32_MAX ? (int)sx_small_value(v) : 0; }

/* #(file "x") and the like in a list of pairs; SX_NONE when it is not there. */
static sx_val in_pairs(sx_val list, sx_val key)
{
    for (; sx_is_cons(list); list = sx_tail(list)) {
        sx_val pair = sx_head(list);
        if (sx_is_tuple(pair) && sx_tuple_size(pair) == 2 && sx_tuple_elements(pair)[0] == key) return sx_tuple_elements(pair)[1];
    }
    return SX_NONE;
}

static bool is_frame(sx_val v) { return sx_is_tuple(v) && sx_tuple_size(v) == 4; }
static bool is_stack(sx_val v) { return sx_is_cons(v) && is_frame(sx_head(v)); }

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

static bool is_erlang_file(const char *file) { return ends_with(file, ".erl") || ends_with(file, ".hrl") || ends_with(file, ".escript"); }

/* Is `file` named after the module? */
static bool is_file_of(const char *file, const char *module)
{
    const char *base = strrchr(file, '/');
    base = base == NULL ? file : base + 1;
    size_t n = strlen(module);
    return strncmp(base, module, n) == 0 && strcmp(base + n, ".erl") == 0;
}

/* ---- frames ---- */

static size_t arity_of(sx_val args)
{
    if (sx_is_small(args)) return sx_small_value(args) > 0 ? (size_t)sx_small_value(args) : 0;
    size_t arity = 0;
    for (; sx_is_cons(args); args = sx_tail(args)) arity++;
    return arity;
}

static void take_frame(SxReportFrame *f, sx_val frame)
{
    const sx_val *e = sx_tuple_elements(frame);
    sx_val file = in_pairs(e[3], SX_A(file));
    memset(f, 0, sizeof *f);
    if (file != SX_NONE) copy_text(f->file, sizeof f->file, file);
    f->line = small_or_0(in_pairs(e[3], SX_A(line)));
    f->column = small_or_0(in_pairs(e[3], SX_A(column)));
    char module[96], name[96];
    copy_text(module, sizeof module, e[0]);
    copy_text(name, sizeof name, e[1]);
    if (name[0] == 0) strcpy(name, arity_of(e[2]) == 0 ? "top level" : "a function");
    bool erlang = is_erlang_file(f->file) || (f->file[0] == 0 && module[0] != 0 && strcmp(module, "sx") != 0 && strchr(module, '/') == NULL);
    if (erlang && is_file_of(f->file, module)) snprintf(f->function, sizeof f->function, "%.80s/%zu", name, arity_of(e[2]));
    else if (erlang) snprintf(f->function, sizeof f->function, "%.50s:%.38s/%zu", module, name, arity_of(e[2]));
    else if (module[0] == 0 || strcmp(module, "sx") == 0 || strcmp(module, "nil") == 0) snprintf(f->function, sizeof f->function, "%s", name);
    else snprintf(f->function, sizeof f->function, "%.40s/%.50s", module, name);
}

/* Behaviours whose module calls back: a frame in front of theirs is a callback. */
static const char *behaviour_of(const SxReportFrame *f)
{
    static const char *const files[] = {"lib/otp/gen_server.erl", "lib/otp/gen_statem.erl", "lib/otp/gen_event.erl", "lib/otp/supervisor.erl"};
    static const char *const names[] = {"gen_server", "gen_statem", "gen_event", "supervisor"};
    for (size_t i = 0; i < SX_COUNT(files); i++)
        if (ends_with(f->file, files[i])) return names[i];
    return NULL;
}

/* The library's own frames are rarely where the mistake is. */
static bool is_library(const SxReportFrame *f)
{
    return strncmp(f->file, "lib/sx/", 7) == 0 || strncmp(f->file, "lib/erlang/", 11) == 0 || strncmp(f->file, "lib/otp/", 8) == 0;
}

/* Reading, expanding and running a text: between a file and the one that loads it. */
static bool is_loader(const SxReportFrame *f) { return strcmp(f->file, "lib/sx/core.sx") == 0 && f->function[0] == '%'; }

/* Say of callbacks who runs them. */
static void give_role(SxReport *r, bool inner, const char *who)
{
    for (int i = 0; i < r->n_frames; i++) {
        SxReportFrame *f = &r->frames[i];
        if (f->behaviour != NULL && f->inner == inner) snprintf(f->role, sizeof f->role, "%.20s %.70s", f->behaviour, who);
    }
}

/* The frames by which every command is evaluated, and those below a server's callback, say nothing. */
static void drop_outer_frames(SxReport *r, int from)
{
    for (int i = from; i + 1 < r->n_frames; i++) {
        const char *behaviour = behaviour_of(&r->frames[i + 1]);
        if (behaviour == NULL || r->frames[i].line == 0 || is_library(&r->frames[i])) continue;
        r->frames[i].behaviour = behaviour;
        r->n_frames = i + 1;
        return;
    }
    while (r->n_frames > from) {
        const SxReportFrame *last = &r->frames[r->n_frames - 1];
        bool outer = strcmp(last->file, "lib/sx/core.sx") == 0 || strcmp(last->file, "lib/sx/session.sx") == 0;
        if (!outer || (last->function[0] != '%' && r->n_frames == 1)) return;
        r->n_frames--;
    }
}

/* The stack's frames, with the columns that are noted for it; the place of a stack's own note is of the expansion of a macro. */
static void take_frames(SxReport *r, sx_val stack, bool inner, sx_val *macros)
{
    bool exact = false;
    const SxTraceNote *note = sx_vm_trace_note(&r->rt->sched, stack, &exact);
    uint32_t n = 0;
    int from = r->n_frames;
    for (sx_val rest = stack; sx_is_cons(rest); rest = sx_tail(rest)) n++;
    for (uint32_t i = 0; sx_is_cons(stack); stack = sx_tail(stack), i++) {
        if (!is_frame(sx_head(stack))) continue;
        if (r->n_frames == SX_REPORT_MAX_FRAMES) {
            r->n_left_out++;
            continue;
        }
        SxReportFrame *f = &r->frames[r->n_frames];
        take_frame(f, sx_head(stack));
        if (i > 0 && is_loader(f)) continue;
        macros[r->n_frames++] = SX_NIL;
        f->inner = inner;
        if (note == NULL || (i == 0 && !exact)) continue;
        const SxTraceFrame *at = &note->frames[n - 1 - i];
        if (f->column == 0) f->column = (int)at->column;
        macros[r->n_frames - 1] = at->macro;
    }
    if (r->n_left_out == 0) drop_outer_frames(r, from);
}

/* ---- the place ---- */

static void tell_expansion(SxReport *r, sx_val macro)
{
    if (!sx_is_atom(macro) || macro == SX_NIL || macro == SX_FALSE) return;
    const char *name = sx_atom_text(macro, NULL);
    sx_buf_addf(&r->expansion, "macro `%s`", strncmp(name, "sx/", 3) == 0 ? name + 3 : name);
    char full[300];
    snprintf(full, sizeof full, "%%macro:%s", name);
    sx_val atom = sx_atom_existing(full, strlen(full));
    const SxCell *cell = atom == SX_NONE ? NULL : sx_cell_find(&r->rt->code, atom);
    SxWhere at;
    if (cell == NULL || !sx_is_closure(cell->value)) return;
    const SxFn *fn = (const SxFn *)(uintptr_t)sx_ptr(cell->value)[1];
    if (sx_code_where(&r->rt->code, fn->code, &at) && at.line > 0 && sx_is_atom(at.file)) sx_buf_addf(&r->expansion, " (%s:%u)", sx_atom_text(at.file, NULL), at.line);
}

/* compile and read errors say themselves where they are. */
static bool place_in_reason(SxReport *r, sx_val reason)
{
    if (!sx_is_tuple(reason) || sx_tuple_size(reason) != 2) return false;
    const sx_val *e = sx_tuple_elements(reason);
    if ((e[0] != SX_A(compile_error) && e[0] != SX_A(read_error)) || !sx_is_map(e[1])) return false;
    sx_val file = sx_map_get(e[1], SX_A(file)), macro = sx_map_get(e[1], sx_atom("macro"));
    if (file != SX_NONE && file != SX_NIL) copy_text(r->file, sizeof r->file, file);
    if (r->file[0] == 0) return false;
    r->line = small_or_0(sx_map_get(e[1], SX_A(line)));
    r->column = small_or_0(sx_map_get(e[1], SX_A(column)));
    if (macro != SX_NONE) tell_expansion(r, macro);
    return true;
}

static const SxReportFrame *place_in_stack(SxReport *r, const sx_val *macros)
{
    for (int i = 0; i < r->n_frames; i++) {
        const SxReportFrame *at = &r->frames[i];
        if (at->line <= 0 || is_library(at)) continue;
        snprintf(r->file, sizeof r->file, "%s", at->file);
        r->line = at->line;
        r->column = at->column;
        tell_expansion(r, macros[i]);
        return at;
    }
    return NULL;
}

/* ---- the whole ---- */

/* {Reason, Stack}, what an error ends a process with. */
static bool is_with_stack(sx_val v) { return sx_is_tuple(v) && sx_tuple_size(v) == 2 && is_stack(sx_tuple_elements(v)[1]); }

/* {Reason, {gen_server, call, [Server | _]}} and #(reason #(:call server request)): the server that was called, else SX_NONE. */
static sx_val called_server(sx_val class, sx_val reason)
{
    if (class != SX_A(exit) || !sx_is_tuple(reason) || sx_tuple_size(reason) != 2 || !sx_is_tuple(sx_tuple_elements(reason)[1])) return SX_NONE;
    sx_val call = sx_tuple_elements(reason)[1];
    if (sx_tuple_size(call) != 3) return SX_NONE;
    const sx_val *e = sx_tuple_elements(call), call_atom = sx_atom("call");
    if (e[0] == call_atom) return e[1];
    if (e[1] == call_atom && sx_is_cons(e[2]) && (e[0] == sx_atom("gen_server") || e[0] == sx_atom("gen_statem"))) return sx_head(e[2]);
    return SX_NONE;
}

static void name_server(SxReport *r, sx_val server, char *who, size_t n)
{
    SxBuf text = SX_BUF_INIT;
    sx_print_erlang(&text, server, LABEL_BYTES);
    sx_val pid = sx_is_atom(server) ? sx_whereis(r->rt, server) : SX_NONE;
    snprintf(who, n, "%.*s", (int)text.len, text.data);
    if (pid != SX_NONE) snprintf(who + strlen(who), n - strlen(who), " <0.%u.%u>", sx_pid_slot(pid), sx_pid_serial(pid));
    sx_buf_deinit(&text);
}

/* From the text in which the place is: the line, and what was probably meant. */
static void use_source(SxReport *r, const char *text, size_t n_bytes)
{
    size_t at, n;
    SxHintAsk ask = {.kind = r->kind, .reason = r->reason_value, .top = r->top, .source = text, .n_source = n_bytes, .line = r->line, .column = r->column, .erlang = r->erlang};
    r->hint.len = 0;
    if (r->rt != NULL) sx_hint(&r->hint, r->rt, &ask);
    if (text == NULL || !sx_sources_line(text, n_bytes, r->line, &at, &n)) return;
    r->excerpt.text.len = 0;
    r->excerpt.caret = r->excerpt.width = 0;
    sx_excerpt_take(&r->excerpt, text + at, n, r->column, r->erlang);
}

static void cut_message(SxBuf *message)
{
    if (message->len <= MESSAGE_BYTES) return;
    size_t n = MESSAGE_BYTES;
    while (n > 0 && ((unsigned char)message->data[n] & 0xC0) == 0x80) n--;
    message->len = n;
    sx_buf_add_str(message, "...");
}

static void init(SxReport *r, SxRuntime *rt, sx_val class, sx_val reason, sx_val stack)
{
    memset(r, 0, sizeof *r);
    sx_val macros[SX_REPORT_MAX_FRAMES], server = called_server(class, reason);
    r->rt = rt;
    copy_text(r->class, sizeof r->class, class);
    sx_print(&r->reason, reason, REASON_BYTES);
    SxMessageAsk ask = {.class = class, .reason = reason, .server = server};
    sx_val first = stack;
    if (server != SX_NONE) {
        ask.reason = sx_tuple_elements(reason)[0];
        if (is_with_stack(ask.reason)) {
            char who[96];
            const sx_val *e = sx_tuple_elements(ask.reason);
            first = e[1];
            take_frames(r, first, true, macros);
            name_server(r, server, who, sizeof who);
            give_role(r, true, who);
            ask.class = SX_A(error);
            ask.reason = e[0];
        }
    }
    take_frames(r, stack, false, macros);
    bool exact = false;
    const SxTraceNote *note = is_stack(first) ? sx_vm_trace_note(&rt->sched, first, &exact) : NULL;
    ask.top = is_stack(first) ? sx_head(first) : SX_NONE;
    ask.cause = note != NULL && exact ? note->cause : NULL;
    const SxReportFrame *at = NULL;
    if (!place_in_reason(r, ask.reason)) at = place_in_stack(r, macros);
    size_t n_bytes = 0;
    const char *text = r->line > 0 ? sx_sources_find(rt, r->file, r->line, r->column, at != NULL ? at->function : NULL, &n_bytes, &r->erlang) : NULL;
    if (is_erlang_file(r->file)) r->erlang = true;
    ask.erlang = r->erlang;
    sx_message_of(&r->message, r->kind, sizeof r->kind, &ask);
    SxBuf timeout = SX_BUF_INIT; /* what the server was doing says more */
    if (class == SX_A(exit) && sx_tell_timeout(rt, reason, &timeout)) {
        sx_buf_deinit(&r->message);
        r->message = timeout;
    }
    cut_message(&r->message);
    r->reason_value = ask.reason;
    r->top = ask.top;
    use_source(r, text, n_bytes);
}

/* #(:compile_error {:more [#(:compile_error {...}) ...]}): a report of each. */
static void take_more(SxReport *r, SxRuntime *rt, sx_val class, sx_val reason)
{
    if (!sx_is_tuple(reason) || sx_tuple_size(reason) != 2 || sx_tuple_elements(reason)[0] != SX_A(compile_error) || !sx_is_map(sx_tuple_elements(reason)[1])) return;
    sx_val more = sx_map_get(sx_tuple_elements(reason)[1], sx_atom("more"));
    if (more == SX_NONE || !sx_is_cons(more)) return;
    r->more = sx_alloc(SX_REPORT_MAX_MORE * sizeof *r->more);
    for (; sx_is_cons(more); more = sx_tail(more)) {
        if (r->n_more < SX_REPORT_MAX_MORE) init(&r->more[r->n_more++], rt, class, sx_head(more), SX_EMPTY);
        else r->n_more_left_out++;
    }
}

void sx_report_init(SxReport *r, SxRuntime *rt, sx_val class, sx_val reason, sx_val stack)
{
    init(r, rt, class, reason, stack);
    take_more(r, rt, class, reason);
}

void sx_report_deinit(SxReport *r)
{
    for (int i = 0; i < r->n_more; i++) sx_report_deinit(&r->more[i]);
    sx_free(r->more);
    sx_buf_deinit(&r->message);
    sx_buf_deinit(&r->reason);
    sx_buf_deinit(&r->excerpt.text);
    sx_buf_deinit(&r->expansion);
    sx_buf_deinit(&r->hint);
    sx_buf_deinit(&r->process);
}

void sx_report_process(SxReport *r, const SxProc *p)
{
    r->epoch = p->epoch;
    r->process.len = 0;
    char who[96];
    snprintf(who, sizeof who, "<0.%u.%u>", sx_pid_slot(p->pid), sx_pid_serial(p->pid));
    sx_buf_addf(&r->process, "process %s", who);
    if (p->name != SX_NIL && sx_is_atom(p->name)) {
        sx_buf_addf(&r->process, " %s", sx_atom_text(p->name, NULL));
        snprintf(who, sizeof who, "%.60s <0.%u.%u>", sx_atom_text(p->name, NULL), sx_pid_slot(p->pid), sx_pid_serial(p->pid));
    }
    if (p->label != SX_NIL && p->label != SX_NONE) {
        sx_buf_add_char(&r->process, ' ');
        sx_print(&r->process, p->label, r->process.len + LABEL_BYTES);
    }
    give_role(r, false, who);
}

void sx_report_source(SxReport *r, const char *text, size_t n_bytes)
{
    if (r->line > 0) use_source(r, text, n_bytes);
}
