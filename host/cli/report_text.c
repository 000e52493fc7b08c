/* report_text.c - the two forms of a report (report.h): lines for people, a record for programs. */
#include "cli/report.h"
#include "value/atom.h"
#include "value/print.h"
#include <stdio.h>

#define FUNCTION_COLUMNS 40 /* longer names move the rest of their line */
#define PLACE_COLUMNS 18

/* ---- for people ---- */

typedef struct Paint { const char *red, *blue, *bold, *off; } Paint;
static const Paint no_paint = {"", "", "", ""};
static const Paint paint = {"\033[1;31m", "\033[1;34m", "\033[1m", "\033[0m"};

static void add_place(SxBuf *out, const char *file, int line, int column)
{
    sx_buf_addf(out, "%s:%d", file, line);
    if (column > 0) sx_buf_addf(out, ":%d", column);
}

/* What is said behind the carets. */
static const char *caret_words(const SxReport *r)
{
    if (strcmp(r->kind, "unbound") == 0) return " not defined here";
    if (strcmp(r->kind, "undef") == 0) return " no such function";
    return "";
}

static void add_excerpt(const SxReport *r, SxBuf *out, const Paint *c)
{
    char number[16];
    const SxExcerpt *e = &r->excerpt;
    int width = snprintf(number, sizeof number, "%d", r->line);
    sx_buf_addf(out, "%s%*s |%s\n", c->blue, width, "", c->off);
    sx_buf_addf(out, "%s%s |%s %.*s\n", c->blue, number, c->off, (int)e->text.len, e->text.data);
    if (e->caret == 0) return;
    sx_buf_addf(out, "%s%*s |%s %*s%s", c->blue, width, "", c->off, e->caret - 1, "", c->red);
    for (int i = 0; i < e->width; i++) sx_buf_add_char(out, '^');
    sx_buf_addf(out, "%s%s\n", caret_words(r), c->off);
}

/* Code points of UTF-8: what a name takes on the screen, near enough for a table. */
static int columns_of(const char *utf8)
{
    int n = 0;
    for (; *utf8 != 0; utf8++) n += ((unsigned char)*utf8 & 0xC0) != 0x80;
    return n;
}

static void add_stack(const SxReport *r, SxBuf *out)
{
    int widest = 0;
    for (int i = 0; i < r->n_frames; i++) {
        int width = columns_of(r->frames[i].function);
        if (r->frames[i].line > 0 && width > widest && width <= FUNCTION_COLUMNS) widest = width;
    }
    sx_buf_add_str(out, "stack (latest first)\n");
    for (int i = 0; i < r->n_frames; i++) {
        const SxReportFrame *f = &r->frames[i];
        sx_buf_addf(out, "  %d %s", i, f->function);
        if (f->line > 0) {
            int pad = widest + 4 - columns_of(f->function);
            sx_buf_addf(out, "%*s", pad > 2 ? pad : 2, "");
            size_t before = out->len;
            add_place(out, f->file, f->line, f->column);
            int left = PLACE_COLUMNS - (int)(out->len - before);
            if (f->role[0] != 0) sx_buf_addf(out, "%*s%s", left > 2 ? left : 2, "", f->role);
        }
        sx_buf_add_char(out, '\n');
    }
    if (r->n_left_out > 0) sx_buf_addf(out, "  ... %d more\n", r->n_left_out);
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
    if (r->excerpt.text.len > 0) add_excerpt(r, out, c);
    if (r->expansion.len > 0) sx_buf_addf(out, "   = in the expansion of %.*s\n", (int)r->expansion.len, r->expansion.data);
    if (r->hint.len > 0) sx_buf_addf(out, "   = %.*s\n", (int)r->hint.len, r->hint.data);
    if (r->n_frames > 0) add_stack(r, out);
    for (int i = 0; i < r->n_more; i++) {
        sx_buf_add_char(out, '\n');
        sx_report_text(&r->more[i], out, colour);
    }
    if (r->n_more_left_out > 0) sx_buf_addf(out, "\n... %d more\n", r->n_more_left_out);
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

/* What one of several faults has that is its own. */
static void add_fault(const SxReport *r, SxBuf *out)
{
    sx_buf_add_str(out, ":kind ");
    sx_print(out, sx_atom(r->kind), SIZE_MAX);
    add_text_field(out, "message", r->message.data, r->message.len);
    add_text_field(out, "file", r->file, strlen(r->file));
    add_number_field(out, "line", r->line);
    add_number_field(out, "column", r->column);
    add_text_field(out, "excerpt", r->excerpt.text.data, r->excerpt.text.len);
    add_text_field(out, "hint", r->hint.data, r->hint.len);
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
    add_text_field(out, "excerpt", r->excerpt.text.data, r->excerpt.text.len);
    add_text_field(out, "expansion", r->expansion.data, r->expansion.len);
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
        add_text_field(out, "role", f->role, strlen(f->role));
        sx_buf_add_char(out, '}');
    }
    sx_buf_add_char(out, ']');
    for (int i = 0; i < r->n_more; i++) {
        sx_buf_add_str(out, i > 0 ? " {" : " :more [{");
        add_fault(&r->more[i], out);
        sx_buf_add_char(out, '}');
    }
    sx_buf_add_str(out, r->n_more > 0 ? "]}" : "}");
}
