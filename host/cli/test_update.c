/* test_update.c - see test_update.h. A file is written beside the old one and put in its place. */
#include "cli/test_update.h"
#include "cli/test_mask.h"
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Put text in the place of the file, with its mode. */
static bool replace_file(const char *path, const SxBuf *text)
{
    SxBuf temporary = SX_BUF_INIT;
    struct stat st;
    sx_buf_addf(&temporary, "%s.new", path);
    sx_buf_add_char(&temporary, 0);
    FILE *f = fopen(temporary.data, "wb");
    bool ok = f != NULL && fwrite(text->data, 1, text->len, f) == text->len;
    if (f != NULL && stat(path, &st) == 0) fchmod(fileno(f), st.st_mode & 07777);
    if (f != NULL && fclose(f) != 0) ok = false;
    ok = ok && rename(temporary.data, path) == 0;
    if (!ok && f != NULL) {
        int why = errno;
        unlink(temporary.data);
        errno = why;
    }
    sx_buf_deinit(&temporary);
    return ok;
}

/* NAME.out: the lines that match as the file has them, the others as they came. */
static bool update_file(const SxTestExpected *x, const SxTestDiff *d, const SxTestLines *got, const char *dir)
{
    SxBuf text = SX_BUF_INIT;
    for (int i = 0; i < d->n; i++) {
        const SxTestRow *r = &d->rows[i];
        if (r->got < 0) continue;
        const SxTestLine *line = r->wanted < 0 ? &got->at[r->got] : &x->lines.at[r->wanted];
        if (r->wanted < 0) sx_test_mask_add(&text, line->text, line->n_bytes, dir);
        else sx_buf_add(&text, line->text, line->n_bytes);
        if (r->got < got->n - 1 || !got->unended) sx_buf_add_char(&text, '\n');
    }
    bool ok = replace_file(x->path, &text);
    sx_buf_deinit(&text);
    return ok;
}

/* What becomes of the expectations of one stream. In a block of lines that go and lines that come, the first takes the place of
 * the first and so on; what comes beyond that stands behind the last. */
enum { KEPT = -2, GONE = -1 };
typedef struct Plan {
    const SxTestLines *got;
    const char *word, *dir;
    char sign;
    int n;               /* expectations */
    int *instead;        /* for each: KEPT, GONE, or the line of output that takes its place */
    int *from, *to;      /* lines of output new behind expectation i: [from[i + 1], to[i + 1]); at 0 before the first */
} Plan;

static void plan_init(Plan *p, const SxTestDiff *d, int n)
{
    p->n = n;
    p->instead = sx_alloc((size_t)(n + 1) * sizeof *p->instead);
    p->from = sx_alloc_zero((size_t)(n + 1) * sizeof *p->from);
    p->to = sx_alloc_zero((size_t)(n + 1) * sizeof *p->to);
    int wanted = 0, got = 0; /* the next of each */
    for (int i = 0; i < d->n;) {
        if (d->rows[i].wanted >= 0 && d->rows[i].got >= 0) {
            p->instead[wanted++] = KEPT;
            got++;
            i++;
            continue;
        }
        int n_wanted = 0, n_got = 0;
        for (; i < d->n && (d->rows[i].wanted < 0 || d->rows[i].got < 0); i++) *(d->rows[i].wanted < 0 ? &n_got : &n_wanted) += 1;
        for (; n_wanted > 0; n_wanted--) {
            p->instead[wanted++] = n_got > 0 ? got++ : GONE;
            if (n_got > 0) n_got--;
        }
        p->from[wanted] = got;
        p->to[wanted] = got += n_got;
    }
}

static void plan_deinit(Plan *p)
{
    sx_free(p->instead);
    sx_free(p->from);
    sx_free(p->to);
}

static void add_comment(SxBuf *out, const Plan *p, const char *before, size_t n_before, int got)
{
    const SxTestLine *line = &p->got->at[got];
    sx_buf_add(out, before, n_before);
    sx_buf_addf(out, "%c %s:%s", p->sign, p->word, line->n_bytes > 0 ? " " : "");
    sx_test_mask_add(out, line->text, line->n_bytes, p->dir);
    sx_buf_add_char(out, '\n');
}

static void add_new_ones(SxBuf *out, const Plan *p, int behind, const char *indent, size_t n_indent)
{
    for (int i = p->from[behind]; i < p->to[behind]; i++) add_comment(out, p, indent, n_indent, i);
}

static void add_line(SxBuf *out, const char *text, size_t n_bytes)
{
    sx_buf_add(out, text, n_bytes);
    sx_buf_add_char(out, '\n');
}

static size_t without_blanks(const char *text, size_t n)
{
    while (n > 0 && (text[n - 1] == ' ' || text[n - 1] == '\t')) n--;
    return n;
}

/* The line of source that has expectation i. Where its comment goes, the line goes with it when it holds nothing else. */
static void add_expectation(SxBuf *out, const Plan *p, int i, const SxTestLine *line, const char *comment)
{
    size_t n_before = (size_t)(comment - line->text), n_indent = 0;
    while (n_indent < n_before && (line->text[n_indent] == ' ' || line->text[n_indent] == '\t')) n_indent++;
    if (i == 0) add_new_ones(out, p, 0, line->text, n_indent);
    if (p->instead[i] == KEPT) add_line(out, line->text, line->n_bytes);
    else if (p->instead[i] >= 0) add_comment(out, p, line->text, n_before, p->instead[i]);
    else if (without_blanks(line->text, n_before) > 0) add_line(out, line->text, without_blanks(line->text, n_before));
    add_new_ones(out, p, i + 1, line->text, n_indent);
}

static bool update_comments(const SxTest *t, const SxTestExpected *x, const char *word, const SxTestDiff *d, const SxTestLines *got, const char *dir)
{
    SxBuf source = SX_BUF_INIT, text = SX_BUF_INIT;
    if (!sx_test_read_file(t->full, &source)) return false;
    SxTestLines lines = {0};
    sx_test_lines(&lines, source.data, source.len);
    Plan p = {.got = got, .word = word, .dir = dir, .sign = sx_test_sign(t->kind)};
    plan_init(&p, d, x->lines.n);
    int n = 0;
    for (int i = 0; i < lines.n; i++) {
        SxTestLine ignored;
        const char *comment = sx_test_comment(&lines.at[i], p.sign, word, false, &ignored);
        if (comment != NULL && n < p.n) add_expectation(&text, &p, n++, &lines.at[i], comment);
        else add_line(&text, lines.at[i].text, lines.at[i].n_bytes);
    }
    if (p.n == 0) add_new_ones(&text, &p, 0, "", 0);
    bool ok = replace_file(t->full, &text);
    plan_deinit(&p);
    sx_free(lines.at);
    sx_buf_deinit(&source);
    sx_buf_deinit(&text);
    return ok;
}

bool sx_test_update(const SxTest *t, const SxTestExpected *x, const char *word, const SxTestDiff *d, const SxTestLines *got, const char *dir)
{
    return x->exact ? update_file(x, d, got, dir) : update_comments(t, x, word, d, got, dir);
}
