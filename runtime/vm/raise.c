/* raise.c - exceptions: raising them, finding who handles them, and the trace.
 * A raw trace is a tuple: #(top pc0 pc1 ...). `top` is nil, or #(module name args cause info) when the innermost call is not a place
 * in code (a native, a function that is not there, function_clause), or the cause alone; info is what error/3 was
 * given for error_info, or true: a native's; a cause is a text or nil: which
 * argument was wrong, and what it should have been. The pcs are code addresses, which look like small integers.
 * It becomes the list that programs see only when one asks (sx_vm_stacktrace); columns, which Erlang's form of it has no
 * place for, are noted beside it in SxSched.notes. */
#include "vm/vm_internal.h"
#include <stdarg.h>
#include <stdio.h>

#include "value/bits.h"
#include "value/map.h"
#include "value/print.h"

#define CAUSE_VALUE_BYTES 60
#define TOP_SIZE 5

sx_val sx_throw(SxProc *p, sx_val class, sx_val reason)
{
    p->exc_class = class;
    p->exc_reason = reason;
    p->exc_trace = SX_NONE;
    p->blame = false;
    p->rt->sched.detail[0] = 0;
    p->rt->sched.detail_value = SX_NONE;
    return SX_THROWN;
}

sx_val sx_error(SxProc *p, sx_val reason)
{
    sx_throw(p, SX_A(error), reason);
    p->blame = true;
    return SX_THROWN;
}

sx_val sx_error2(SxProc *p, sx_val tag, sx_val value)
{
    return sx_error(p, sx_tuple(&p->heap, 2, tag, value));
}

sx_val sx_badarg(SxProc *p, const char *format, ...)
{
    sx_error(p, SX_A(badarg));
    va_list args;
    va_start(args, format);
    vsnprintf(p->rt->sched.detail, sizeof p->rt->sched.detail, format, args);
    va_end(args);
    return SX_THROWN;
}

sx_val sx_vm_explained(SxProc *p, sx_val value, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(p->rt->sched.detail, sizeof p->rt->sched.detail, format, args);
    va_end(args);
    p->rt->sched.detail_value = value;
    return SX_THROWN;
}

/* What was said about the exception, as a text that the trace keeps; nil when nothing was. A value in it is written in the
 * language of the function at p->pc. */
static sx_val take_cause(SxProc *p)
{
    SxSched *s = &p->rt->sched;
    if (s->detail[0] == 0) return SX_NIL;
    SxBuf text = SX_BUF_INIT;
    sx_buf_add_str(&text, s->detail);
    if (s->detail_value != SX_NONE) {
        const SxFn *fn = sx_code_fn_at(&p->rt->code, p->pc);
        if (fn != NULL && fn->flags & SX_FN_MODULE) sx_print_erlang(&text, s->detail_value, text.len + CAUSE_VALUE_BYTES);
        else sx_print(&text, s->detail_value, text.len + CAUSE_VALUE_BYTES);
    }
    sx_val cause = sx_binary(&p->heap, text.data, text.len);
    sx_buf_deinit(&text);
    s->detail[0] = 0;
    s->detail_value = SX_NONE;
    return cause;
}

/* ---- raising from instructions ---- */

static void set_top(SxProc *p, sx_val module, sx_val name, sx_val args, sx_val info)
{
    if (p->exc_reason == SX_A(function_clause) || p->exc_reason == SX_A(undef)) info = SX_NIL;
    sx_val top = sx_tuple(&p->heap, TOP_SIZE, module, name, args, take_cause(p), info);
    p->exc_trace = top; /* sx_vm_raw_trace makes the tuple of it */
    p->blame = true;
}

/* What the functions that are instructions want. */
static const struct { const char *name, *wants; } instruction_wants[] = {
    {"hd", "argument 1 must be a list with at least one element"}, {"tl", "argument 1 must be a list with at least one element"},
    {"length", "argument 1 must be a proper list"}, {"tuple_size", "argument 1 must be a tuple"}, {"byte_size", "argument 1 must be a binary or bitstring"},
    {"element", "argument 1 must be an index of the tuple that is argument 2, from 1 on"}, {"not", "argument 1 must be true or false"},
};

sx_val sx_vm_bif_error(SxProc *p, sx_val reason, const char *name, int n_args, sx_val a, sx_val b)
{
    sx_val args[2] = {a, b};
    sx_throw(p, SX_A(error), reason);
    for (size_t i = 0; reason == SX_A(badarg) && i < SX_COUNT(instruction_wants); i++)
        if (strcmp(instruction_wants[i].name, name) == 0) sx_vm_explained(p, SX_NONE, "%s", instruction_wants[i].wants);
    set_top(p, SX_A(erlang), sx_atom(name), sx_list_from(&p->heap, args, (size_t)n_args, SX_EMPTY), SX_TRUE);
    return SX_THROWN;
}

void sx_vm_blame_native(SxProc *p, const SxFn *fn, const sx_val *argv, int argc)
{
    if (!p->blame || p->exc_trace != SX_NONE) return;
    while (argc > 0 && argv[argc - 1] == SX_NONE) argc--;
    set_top(p, fn->module, fn->name, sx_list_from(&p->heap, argv, (size_t)argc, SX_EMPTY), SX_TRUE);
}

sx_val sx_vm_raise_op(SxProc *p, unsigned what, sx_val value)
{
    static const uint32_t tags[] = {[SX_ERR_BADMATCH] = SX_ATOM_INDEX_badmatch,
                                    [SX_ERR_CASE_CLAUSE] = SX_ATOM_INDEX_case_clause,
                                    [SX_ERR_TRY_CLAUSE] = SX_ATOM_INDEX_try_clause};
    sx_val reason = what == SX_ERR_ERROR       ? value
                    : what == SX_ERR_IF_CLAUSE ? SX_A(if_clause)
                    : what == SX_ERR_BADARG    ? SX_A(badarg)
                                               : sx_tuple(&p->heap, 2, SX_ATOM(tags[what]), value);
    return sx_throw(p, SX_A(error), reason);
}

void sx_vm_function_clause(SxProc *p, const sx_val *args, int n_args)
{
    sx_throw(p, SX_A(error), SX_A(function_clause));
    const SxFn *fn = sx_code_fn_at(&p->rt->code, p->pc);
    for (int i = 0; i < n_args; i++) sx_bits_settle(args[i]);
    set_top(p, fn ? fn->module : SX_NIL, fn ? fn->name : SX_NIL, sx_list_from(&p->heap, args, (size_t)n_args, SX_EMPTY), SX_NIL);
}

sx_val sx_vm_error_args(SxProc *p, sx_val reason, sx_val args, sx_val info)
{
    sx_throw(p, SX_A(error), reason);
    const SxFn *fn = sx_code_fn_at(&p->rt->code, p->pc);
    if (fn != NULL) set_top(p, fn->module, fn->name, args, sx_is_map(info) ? info : SX_NIL);
    return SX_THROWN;
}

sx_val sx_vm_raise(SxProc *p, sx_val class, sx_val reason, sx_val trace)
{
    sx_throw(p, class, reason);
    p->exc_trace = trace;
    return SX_THROWN;
}

sx_val sx_vm_bad_call(SxProc *p, sx_val f, const sx_val *argv, int argc)
{
    if (!sx_is_closure(f)) {
        sx_error2(p, SX_A(badfun), f);
    } else {
        sx_val args = sx_list_from(&p->heap, argv, (size_t)argc, SX_EMPTY);
        sx_error2(p, SX_A(badarity), sx_tuple(&p->heap, 2, f, args));
    }
    p->blame = false;
    return SX_THROWN;
}

sx_val sx_vm_undefined(SxProc *p, sx_val module, sx_val name, const sx_val *argv, int argc)
{
    sx_val args = sx_list_from(&p->heap, argv, (size_t)argc, SX_EMPTY);
    const SxCell *handler = sx_cell_find(&p->rt->code, sx_atom("er-undefined-function"));
    if (handler != NULL && handler->value != SX_NONE) {
        sx_val call[3] = {module, name, args};
        return sx_tail_call(p, handler->value, call, 3);
    }
    sx_throw(p, SX_A(error), SX_A(undef));
    set_top(p, module, name, args, SX_NIL);
    return SX_THROWN;
}

sx_val sx_tail_call(SxProc *p, sx_val fn_value, const sx_val *args, int n)
{
    SxSched *s = &p->rt->sched;
    SX_CHECK(n >= 0 && n <= SX_MAX_ARGS);
    s->tail_fn = fn_value;
    s->tail_argc = n;
    memmove(s->tail_args, args, (size_t)n * sizeof *args);
    return SX_TAILCALL;
}

sx_val sx_again(SxProc *p, sx_val place)
{
    p->prim_state = place;
    p->reductions = 0;
    return SX_AGAIN;
}

sx_val sx_park(SxProc *p, SxWaitKind why)
{
    p->wait_kind = (uint8_t)why;
    return SX_PARKED;
}

/* ---- traces ---- */

#define TRACE_WALK 1000 /* frames looked at: a recursion that returns to one place again and again is one frame of the trace */

sx_val sx_vm_raw_trace(SxProc *p)
{
    sx_val given = p->exc_trace;
    if (given != SX_NONE && !p->blame) return given; /* raised again: keeps its trace */
    sx_val pcs[SX_TRACE_DEPTH];
    size_t n = 0;
    const uint64_t *pc = p->pc;
    const sx_val *fp = p->fp;
    for (int walked = 0; pc != sx_vm_end_code && n < SX_TRACE_DEPTH && walked < TRACE_WALK; walked++) {
        if (n < 2 || pcs[n - 1] != (sx_val)(uintptr_t)pc) pcs[n++] = (sx_val)(uintptr_t)pc;
        pc = sx_vm_return_address(fp);
        fp -= SX_INSTR_A(*pc) + 1;
    }
    sx_val trace = sx_tuple_new(&p->heap, n + 1);
    sx_val *e = sx_tuple_elements(trace);
    e[0] = given == SX_NONE ? take_cause(p) : given;
    memcpy(e + 1, pcs, n * sizeof *pcs);
    p->blame = false;
    return trace;
}

/* The handler of the frame that stands at pc, or NULL. An interrupt is no failure of a guard: it passes by its handlers. */
static const SxHandler *handler_at(const SxProc *p, const uint64_t *pc)
{
    const SxFn *fn = sx_code_fn_at(&p->rt->code, pc);
    if (fn == NULL || fn->n_handlers == 0) return NULL;
    uint32_t at = (uint32_t)(pc - fn->unit->code);
    for (uint32_t i = 0; i < fn->n_handlers; i++) {
        const SxHandler *h = &fn->handlers[i];
        if (at >= h->start && at < h->end && !(p->interrupted && h->is_guard)) return h;
    }
    return NULL;
}

/* Where an exception goes on: the nearest handler at or above *pc, *fp; a final interrupt's is the outermost one. *pc and *fp
 * become its frame's; NULL: nobody handles it. */
static const SxHandler *find_handler(const SxProc *p, const uint64_t **pc, sx_val **fp)
{
    const SxHandler *found = NULL;
    const uint64_t *at = *pc;
    sx_val *frame = *fp;
    while (at != sx_vm_end_code && (found == NULL || p->interrupted == SX_INTERRUPT_FINAL)) {
        const SxHandler *h = handler_at(p, at);
        if (h != NULL) {
            found = h;
            *pc = at;
            *fp = frame;
        }
        at = sx_vm_return_address(frame);
        frame -= SX_INSTR_A(*at) + 1;
    }
    return found;
}

bool sx_vm_interrupt(SxProc *p, SxInterrupt kind)
{
    const uint64_t *pc = p->pc;
    sx_val *fp = p->fp;
    p->interrupted = (uint8_t)kind;
    if (find_handler(p, &pc, &fp) == NULL) {
        p->interrupted = SX_INTERRUPT_NONE;
        return false;
    }
    p->exc_class = SX_A(error);
    p->exc_reason = SX_A(interrupted);
    p->exc_trace = SX_NONE;
    p->blame = false;
    return true;
}

void sx_vm_raise_in(SxProc *p, sx_val class, sx_val reason)
{
    p->interrupted = SX_INTERRUPT_PLAIN;
    p->exc_class = class;
    p->exc_reason = reason;
    p->exc_trace = SX_NONE;
    p->blame = false;
}

bool sx_vm_unwind(SxProc *p)
{
    const uint64_t *pc = p->pc;
    sx_val *fp = p->fp;
    p->prim_state = SX_NONE;
    sx_vm_drop_outcome(p);
    const SxHandler *h = find_handler(p, &pc, &fp);
    if (h == NULL) {
        p->exc_trace = sx_vm_raw_trace(p);
        return false;
    }
    if (!h->is_guard) {
        sx_val trace = sx_vm_raw_trace(p); /* reads the frames that the handler's registers may overwrite */
        fp[h->base] = p->exc_class;
        fp[h->base + 1] = p->exc_reason;
        fp[h->base + 2] = trace;
        p->live = h->base + 3u;
    } else {
        p->live = h->base;
    }
    p->exc_class = p->exc_reason = p->exc_trace = SX_NIL;
    p->blame = false;
    p->pc = sx_code_fn_at(&p->rt->code, pc)->unit->code + h->target;
    p->fp = fp;
    return true;
}

bool sx_vm_in_old_code(const SxProc *p, sx_val module)
{
    const SxCode *c = &p->rt->code;
    const uint64_t *pc = p->pc;
    for (const sx_val *fp = p->fp; pc != NULL && pc != sx_vm_end_code;) {
        const SxFn *fn = sx_code_fn_at(c, pc);
        if (fn == NULL) return false;
        if (fn->module == module && sx_fn_is_old(c, fn)) return true;
        pc = sx_vm_return_address(fp);
        fp -= SX_INSTR_A(*pc) + 1;
    }
    return false;
}

sx_val sx_vm_location(SxHeap *h, const SxWhere *at, sx_val rest)
{
    if (at == NULL || at->line == 0 || !sx_is_atom(at->file)) return rest;
    size_t n;
    const char *file = sx_atom_text(at->file, &n);
    sx_val chars = SX_EMPTY;
    for (size_t i = n; i-- > 0;) chars = sx_cons(h, sx_small((unsigned char)file[i]), chars);
    sx_val line = sx_tuple(h, 2, SX_A(line), sx_small(at->line));
    return sx_cons(h, sx_tuple(h, 2, SX_A(file), chars), sx_cons(h, line, rest));
}

/* What OTP says of a native function's error beside its arguments: [{error_info, #{module => M}}], M the module that could
 * explain it. Functions that are Erlang in OTP have none, of lists all but a few. */
static sx_val error_info(SxHeap *h, const sx_val *top)
{
    static const struct { const char *module, *explains, *only; } explained[] = {
        {"erlang", "erl_erts_errors", NULL}, {"math", "erl_stdlib_errors", NULL}, {"ets", "erl_stdlib_errors", NULL},
        {"maps", "erl_stdlib_errors", NULL}, {"binary", "erl_stdlib_errors", NULL}, {"unicode", "erl_stdlib_errors", NULL},
        {"re", "erl_stdlib_errors", NULL}, {"lists", "erl_stdlib_errors", " member reverse keyfind keymember keysearch "},
    };
    if (sx_is_map(top[4])) return sx_cons(h, sx_tuple(h, 2, sx_atom("error_info"), top[4]), SX_EMPTY);
    if (top[4] != SX_TRUE || !sx_is_atom(top[0]) || !sx_is_atom(top[1])) return SX_EMPTY;
    const char *module = sx_atom_text(top[0], NULL), *name = sx_atom_text(top[1], NULL);
    for (size_t i = 0; i < SX_COUNT(explained); i++) {
        if (strcmp(explained[i].module, module) != 0) continue;
        char blanks[64];
        snprintf(blanks, sizeof blanks, " %.60s ", name);
        if (explained[i].only != NULL && strstr(explained[i].only, blanks) == NULL) return SX_EMPTY;
        sx_val info = sx_map_put(h, sx_map_empty(), sx_atom("module"), sx_atom(explained[i].explains));
        return sx_cons(h, sx_tuple(h, 2, sx_atom("error_info"), info), SX_EMPTY);
    }
    return SX_EMPTY;
}

/* One more frame, outer ones first: in the list, and in the note that is being taken. `info`: [] or error_info. */
static sx_val add_frame(SxHeap *h, SxTraceNote *note, sx_val list, const sx_val *mfa, const SxWhere *at, sx_val info)
{
    SxTraceFrame *f = &note->frames[note->n++];
    *f = (SxTraceFrame){.module = mfa[0], .name = mfa[1], .macro = SX_NIL};
    if (at != NULL) {
        f->line = at->line;
        f->column = at->column;
        f->macro = at->macro;
    }
    return sx_cons(h, sx_tuple(h, 4, mfa[0], mfa[1], mfa[2], sx_vm_location(h, at, info)), list);
}

static void note_cause(SxTraceNote *note, sx_val cause)
{
    size_t n = 0;
    const unsigned char *text = sx_bits_is_binary(cause) ? sx_binary_bytes(cause, &n) : NULL;
    if (text == NULL) n = 0;
    if (n >= sizeof note->cause) n = sizeof note->cause - 1;
    if (n > 0) memcpy(note->cause, text, n);
    note->cause[n] = 0;
}

sx_val sx_vm_stacktrace(SxProc *p, sx_val raw)
{
    if (!sx_is_tuple(raw)) return raw; /* raise/3 was given a list */
    SxHeap *h = &p->heap;
    SxSched *s = &p->rt->sched;
    SxTraceNote *note = &s->notes[s->next_note++ % SX_TRACE_NOTES];
    note->n = 0;
    const sx_val *e = sx_tuple_elements(raw);
    size_t n = sx_tuple_size(raw);
    /* anybody may call raise/3 with a tuple: nothing is believed */
    const sx_val *top = n > 0 && sx_is_tuple(e[0]) && sx_tuple_size(e[0]) == TOP_SIZE ? sx_tuple_elements(e[0]) : NULL;
    sx_val cause = top != NULL ? top[3] : n > 0 ? e[0] : SX_NIL;
    note_cause(note, cause);
    sx_val list = SX_EMPTY;
    if (n > SX_TRACE_DEPTH + 1) n = SX_TRACE_DEPTH + 1;
    for (size_t i = n; i-- > 1;) {
        SxWhere at;
        if (!sx_code_where(&p->rt->code, (const uint64_t *)(uintptr_t)e[i], &at) || at.fn == NULL) continue;
        /* function_clause: the place is in the function whose arguments `top` holds */
        if (i == 1 && top != NULL && top[0] == at.fn->module && top[1] == at.fn->name) return add_frame(h, note, list, top, &at, error_info(h, top));
        sx_val mfa[3] = {at.fn->module, at.fn->name, sx_small(at.fn->max_args)};
        list = add_frame(h, note, list, mfa, &at, SX_EMPTY);
    }
    return top != NULL ? add_frame(h, note, list, top, NULL, error_info(h, top)) : list;
}

static int64_t line_of(sx_val location)
{
    for (; sx_is_cons(location); location = sx_tail(location)) {
        sx_val pair = sx_head(location);
        if (sx_is_tuple(pair) && sx_tuple_size(pair) == 2 && sx_tuple_elements(pair)[0] == SX_A(line)) {
            sx_val line = sx_tuple_elements(pair)[1];
            return sx_is_small(line) ? sx_small_value(line) : -1;
        }
    }
    return 0;
}

/* Does the note tell of these frames (innermost first)? Not exactly: the innermost may be another one, and behind it the note
 * may have more, as when a library raises as if its caller had. */
static bool note_fits(const SxTraceNote *note, const sx_val *frames, uint32_t n, bool exactly)
{
    if (exactly ? note->n != n : n < 2 || note->n < n - 1) return false;
    for (uint32_t i = exactly ? 0 : 1; i < n; i++) { /* the note begins at the outermost */
        const sx_val *frame = sx_tuple_elements(frames[i]);
        const SxTraceFrame *f = &note->frames[n - 1 - i];
        if (frame[0] != f->module || frame[1] != f->name || line_of(frame[3]) != f->line) return false;
    }
    return true;
}

const SxTraceNote *sx_vm_trace_note(const SxSched *s, sx_val list, bool *exact)
{
    sx_val frames[SX_TRACE_DEPTH + 1];
    uint32_t n = 0;
    for (; sx_is_cons(list); list = sx_tail(list)) {
        sx_val frame = sx_head(list);
        if (n > SX_TRACE_DEPTH || !sx_is_tuple(frame) || sx_tuple_size(frame) != 4) return NULL;
        frames[n++] = frame;
    }
    for (uint32_t back = 1; back <= 2 * SX_TRACE_NOTES && n > 0; back++) {
        const SxTraceNote *note = &s->notes[(s->next_note - back) % SX_TRACE_NOTES];
        *exact = back <= SX_TRACE_NOTES;
        if (note_fits(note, frames, n, *exact)) return note;
    }
    return NULL;
}

int sx_vm_where(SxProc *p, SxWhere *out, int max)
{
    if (sx_is_apart(p)) return 0;
    const uint64_t *pc = p->pc;
    const sx_val *fp = p->fp;
    int n = 0;
    while (n < max && pc != NULL && pc != sx_vm_end_code) {
        if (!sx_code_where(&p->rt->code, pc, &out[n])) break;
        n++;
        pc = sx_vm_return_address(fp);
        fp -= SX_INSTR_A(*pc) + 1;
    }
    return n;
}
