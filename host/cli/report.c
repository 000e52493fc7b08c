/* report.c - see report.h. Collects the fields; message.c finds the words. */
#include "cli/report.h"
#include "base/utf8.h"
#include "cli/message.h"
#include "value/atom.h"
#include "value/bits.h"
#include "value/map.h"
#include "value/print.h"
#include <stdio.h>

#define REASON_BYTES 2048
#define EXCERPT_BYTES 400

/* ---- taking values apart ---- */

/* Text of an atom, a binary or an Erlang string, cut to fit. */
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
    n = text.len < n_to ? text.len : n_to - 1;
    if (n > 0) memcpy(to, text.data, n);
    to[n] = 0;
    sx_buf_deinit(&text);
}

static int small_or_0(sx_val v) { return v != SX_NONE && sx_is_small(v) && sx_small_value(v) > 0 ? (int)sx_small_value(v) : 0; }

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

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
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
    if (name[0] == 0) strcpy(name, "top level");
    bool erlang = ends_with(f->file, ".erl") || (f->file[0] == 0 && module[0] != 0 && strcmp(module, "sx") != 0 && strchr(module, '/') == NULL);
    size_t arity = 0;
    if (sx_is_small(e[2])) arity = (size_t)sx_small_value(e[2]);
    else
        for (sx_val args = e[2]; sx_is_cons(args); args = sx_tail(args)) arity++;
    if (erlang) snprintf(f->function, sizeof f->function, "%.60s:%.28s/%zu", module, name, arity);
    else if (module[0] == 0 || strcmp(module, "sx") == 0 || strcmp(module, "nil") == 0) snprintf(f->function, sizeof f->function, "%s", name);
    else snprintf(f->function, sizeof f->function, "%.40s/%.50s", module, name);
}

/* compile and read errors say themselves where they are. */
static bool place_in_reason(SxReport *r, sx_val reason)
{
    if (!sx_is_tuple(reason) || sx_tuple_size(reason) != 2) return false;
    const sx_val *e = sx_tuple_elements(reason);
    if ((e[0] != SX_A(compile_error) && e[0] != SX_A(read_error)) || !sx_is_map(e[1])) return false;
    sx_val file = sx_map_get(e[1], SX_A(file));
    if (file != SX_NONE && file != SX_NIL) copy_text(r->file, sizeof r->file, file);
    r->line = small_or_0(sx_map_get(e[1], SX_A(line)));
    r->column = small_or_0(sx_map_get(e[1], SX_A(column)));
    return r->file[0] != 0;
}

/* The library's own frames are rarely where the mistake is. */
static bool is_library(const SxReportFrame *f)
{
    return strncmp(f->file, "lib/sx/", 7) == 0 || strncmp(f->file, "lib/erlang/", 11) == 0 || strncmp(f->file, "lib/otp/", 8) == 0;
}

/* The frames by which every command is evaluated say nothing. */
static void drop_outer_frames(SxReport *r)
{
    while (r->n_frames > 0) {
        const SxReportFrame *last = &r->frames[r->n_frames - 1];
        bool outer = strcmp(last->file, "lib/sx/core.sx") == 0 || strcmp(last->file, "lib/sx/session.sx") == 0;
        if (!outer || (last->function[0] != '%' && r->n_frames == 1)) return;
        r->n_frames--;
    }
}

static void place_in_stack(SxReport *r)
{
    const SxReportFrame *at = NULL;
    for (int i = 0; i < r->n_frames && at == NULL; i++)
        if (r->frames[i].line > 0 && !is_library(&r->frames[i])) at = &r->frames[i];
    if (at == NULL) return;
    snprintf(r->file, sizeof r->file, "%s", at->file);
    r->line = at->line;
    r->column = at->column;
}

void sx_report_init(SxReport *r, SxRuntime *rt, sx_val class, sx_val reason, sx_val stack)
{
    memset(r, 0, sizeof *r);
    copy_text(r->class, sizeof r->class, class);
    sx_print(&r->reason, reason, REASON_BYTES);
    sx_val top = sx_is_cons(stack) && is_frame(sx_head(stack)) ? sx_head(stack) : SX_NONE;
    sx_message_of(&r->message, r->kind, sizeof r->kind, rt, class, reason, top);
    for (; sx_is_cons(stack) && r->n_frames < SX_REPORT_MAX_FRAMES; stack = sx_tail(stack))
        if (is_frame(sx_head(stack))) take_frame(&r->frames[r->n_frames++], sx_head(stack));
    drop_outer_frames(r);
    if (!place_in_reason(r, reason)) place_in_stack(r);
    if (strcmp(r->kind, "unbound") == 0 && sx_is_tuple(reason) && sx_tuple_size(reason) == 2) {
        SxBuf near = SX_BUF_INIT;
        if (sx_message_near_name(&rt->code, sx_tuple_elements(reason)[1], &near)) sx_buf_addf(&r->hint, "did you mean `%.*s`?", (int)near.len, near.data);
        sx_buf_deinit(&near);
    }
    rt->sched.detail[0] = 0; /* it was about this error at most */
}

void sx_report_deinit(SxReport *r)
{
    sx_buf_deinit(&r->message);
    sx_buf_deinit(&r->reason);
    sx_buf_deinit(&r->excerpt);
    sx_buf_deinit(&r->hint);
    sx_buf_deinit(&r->process);
}

void sx_report_process(SxReport *r, const SxProc *p)
{
    r->epoch = p->epoch;
    r->process.len = 0;
    sx_buf_addf(&r->process, "process <0.%u.%u>", sx_pid_slot(p->pid), sx_pid_serial(p->pid));
    if (p->name != SX_NIL && sx_is_atom(p->name)) sx_buf_addf(&r->process, " %s", sx_atom_text(p->name, NULL));
    if (p->label != SX_NIL && p->label != SX_NONE) {
        sx_buf_add_char(&r->process, ' ');
        sx_print(&r->process, p->label, r->process.len + 100);
    }
}

/* ---- the line of source ---- */

static bool ends_symbol(unsigned char c) { return c <= ' ' || strchr("()[]{}\"';`,", c) != NULL; }

/* Columns that a code point takes on a terminal: combining marks none, East Asian wide ones two. */
static int columns_of(uint32_t c)
{
    if (c == 0x200D || (c >= 0x300 && c <= 0x36F) || (c >= 0xFE00 && c <= 0xFE0F)) return 0;
    if ((c >= 0x1100 && c <= 0x115F) || (c >= 0x2E80 && c <= 0xA4CF) || (c >= 0xAC00 && c <= 0xD7A3) || (c >= 0xF900 && c <= 0xFAFF) ||
        (c >= 0xFE30 && c <= 0xFE6F) || (c >= 0xFF00 && c <= 0xFF60) || (c >= 0x1F300 && c <= 0x1F64F) || (c >= 0x1F900 && c <= 0x1F9FF) ||
        (c >= 0x20000 && c <= 0x3FFFD))
        return 2;
    return 1;
}

/* Excerpt, caret and width from one line; blanks stand for what would move the cursor. */
static void take_line(SxReport *r, const unsigned char *line, size_t n)
{
    int point = 1, shown = 0; /* number of the next code point, display columns so far */
    bool inside = false;
    for (size_t i = 0; i < n && r->excerpt.len < EXCERPT_BYTES; point++) {
        uint32_t c;
        int taken = sx_utf8_decode(line + i, n - i, &c);
        if (taken == 0) taken = 1, c = 0xFFFD;
        if (point == r->column) {
            r->caret = shown + 1;
            inside = true;
        }
        if (inside && point > r->column && ends_symbol(line[i])) inside = false;
        if (c < ' ' || c == 0x7F) sx_buf_add_char(&r->excerpt, ' ');
        else sx_buf_add_utf8(&r->excerpt, c);
        int columns = columns_of(c);
        shown += columns;
        if (inside) r->width += columns;
        i += (size_t)taken;
    }
}

void sx_report_source(SxReport *r, const char *text, size_t n_bytes)
{
    if (r->line <= 0) return;
    size_t at = 0;
    for (int line = 1; line < r->line; line++) {
        const char *newline = memchr(text + at, '\n', n_bytes - at);
        if (newline == NULL) return;
        at = (size_t)(newline + 1 - text);
    }
    const char *newline = memchr(text + at, '\n', n_bytes - at);
    size_t n = newline == NULL ? n_bytes - at : (size_t)(newline - text) - at;
    if (n > 0 && text[at + n - 1] == '\r') n--;
    r->excerpt.len = 0;
    r->caret = r->width = 0;
    take_line(r, (const unsigned char *)text + at, n);
}

/* ---- for people ---- */

typedef struct Paint { const char *red, *blue, *bold, *off; } Paint;
static const Paint no_paint = {"", "", "", ""};
static const Paint paint = {"\033[1;31m", "\033[1;34m", "\033[1m", "\033[0m"};

static void add_place(SxBuf *out, const char *file, int line, int column)
{
    sx_buf_addf(out, "%s:%d", file, line);
    if (column > 0) sx_buf_addf(out, ":%d", column);
}

static void add_excerpt(const SxReport *r, SxBuf *out, const Paint *c)
{
    char number[16];
    int width = snprintf(number, sizeof number, "%d", r->line);
    sx_buf_addf(out, "%s%*s |%s\n", c->blue, width, "", c->off);
    sx_buf_addf(out, "%s%s |%s %.*s\n", c->blue, number, c->off, (int)r->excerpt.len, r->excerpt.data);
    if (r->caret > 0) {
        sx_buf_addf(out, "%s%*s |%s %*s%s", c->blue, width, "", c->off, r->caret - 1, "", c->red);
        for (int i = 0; i < (r->width > 0 ? r->width : 1); i++) sx_buf_add_char(out, '^');
        sx_buf_addf(out, "%s\n", c->off);
    }
}

void sx_report_text(const SxReport *r, SxBuf *out, bool colour)
{
    const Paint *c = colour ? &paint : &no_paint;
    sx_buf_addf(out, "%s%s[%s]%s: %s%.*s%s\n", c->red, r->class, r->kind, c->off, c->bold, (int)r->message.len, r->message.data, c->off);
    if (r->line > 0) {
        sx_buf_addf(out, "  %s-->%s ", c->blue, c->off);
        add_place(out, r->file, r->line, r->column);
    }
    if (r->process.len > 0) {
        sx_buf_addf(out, "%s%.*s", r->line > 0 ? "          " : "  in ", (int)r->process.len, r->process.data);
        if (r->epoch > 0) sx_buf_addf(out, ", epoch %llu", (unsigned long long)r->epoch);
    }
    if (r->line > 0 || r->process.len > 0) sx_buf_add_char(out, '\n');
    if (r->excerpt.len > 0) add_excerpt(r, out, c);
    if (r->hint.len > 0) sx_buf_addf(out, "   = %.*s\n", (int)r->hint.len, r->hint.data);
    if (r->n_frames == 0) return;
    sx_buf_add_str(out, "stack (latest first)\n");
    for (int i = 0; i < r->n_frames; i++) {
        const SxReportFrame *f = &r->frames[i];
        sx_buf_addf(out, "  %d %s", i, f->function);
        if (f->line > 0) {
            int pad = 18 - (int)strlen(f->function);
            sx_buf_addf(out, "%*s", pad > 1 ? pad : 1, "");
            add_place(out, f->file, f->line, f->column);
        }
        sx_buf_add_char(out, '\n');
    }
}

/* ---- for programs ---- */

static void add_text_field(SxBuf *out, const char *name, const char *text, size_t n)
{
    if (n == 0) return;
    sx_buf_addf(out, " :%s ", name);
    sx_print_string(out, text, n);
}

static void add_number_field(SxBuf *out, const char *name, int number)
{
    if (number > 0) sx_buf_addf(out, " :%s %d", name, number);
}

void sx_report_record(const SxReport *r, SxBuf *out)
{
    sx_buf_add_str(out, "{:kind ");
    sx_print(out, sx_atom(r->kind), SIZE_MAX);
    sx_buf_add_str(out, " :class ");
    sx_print(out, sx_atom(r->class), SIZE_MAX);
    add_text_field(out, "reason", r->reason.data, r->reason.len);
    add_text_field(out, "file", r->file, strlen(r->file));
    add_number_field(out, "line", r->line);
    add_number_field(out, "column", r->column);
    add_text_field(out, "excerpt", r->excerpt.data, r->excerpt.len);
    add_text_field(out, "hint", r->hint.data, r->hint.len);
    add_text_field(out, "process", r->process.data, r->process.len);
    sx_buf_add_str(out, " :stack [");
    for (int i = 0; i < r->n_frames; i++) {
        const SxReportFrame *f = &r->frames[i];
        sx_buf_add_str(out, i > 0 ? " {:function " : "{:function ");
        sx_print_string(out, f->function, strlen(f->function));
        add_text_field(out, "file", f->file, strlen(f->file));
        add_number_field(out, "line", f->line);
        add_number_field(out, "column", f->column);
        sx_buf_add_char(out, '}');
    }
    sx_buf_add_str(out, "]}");
}
