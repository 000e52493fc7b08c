/* test_expect.c - see test_expect.h. */
#include "cli/test_expect.h"
#include <stdio.h>
#include <stdlib.h>

bool sx_test_read_file(const char *path, SxBuf *to)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL) return false;
    size_t n;
    while ((n = fread(sx_buf_reserve(to, 65536), 1, 65536, f)) > 0) to->len += n;
    bool ok = ferror(f) == 0;
    fclose(f);
    return ok;
}

static void add_line(SxTestLines *lines, const char *text, size_t n_bytes, int number)
{
    if (lines->n == lines->cap) {
        lines->cap = lines->cap * 2 + 16;
        lines->at = sx_realloc(lines->at, (size_t)lines->cap * sizeof *lines->at);
    }
    lines->at[lines->n++] = (SxTestLine){text, n_bytes, number};
}

void sx_test_lines(SxTestLines *lines, const char *text, size_t n_bytes)
{
    const char *end = text + n_bytes;
    while (n_bytes > 0 && text < end) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        const char *stop = newline == NULL ? end : newline;
        add_line(lines, text, (size_t)(stop - text), lines->n + 1);
        lines->unended = newline == NULL;
        text = stop + 1;
    }
}

const char *sx_test_comment(const SxTestLine *line, char sign, const char *word, bool alone, SxTestLine *text)
{
    size_t n_word = strlen(word);
    const char *end = line->text + line->n_bytes, *found = NULL;
    for (const char *at = line->text; at + n_word + 3 <= end; at++) {
        if (alone && *at != sign && *at != ' ' && *at != '\t') break;
        if (at[0] == sign && at[1] == ' ' && memcmp(at + 2, word, n_word) == 0 && at[2 + n_word] == ':') found = at;
    }
    if (found == NULL) return NULL;
    const char *from = found + n_word + 3;
    if (from < end && *from == ' ') from++;
    *text = (SxTestLine){from, (size_t)(end - from), line->number};
    return found;
}

char sx_test_sign(SxTestKind kind) { return kind == SX_TEST_LISP ? ';' : '%'; }

static void read_comments(SxTestExpect *e, const SxTest *t)
{
    char sign = sx_test_sign(t->kind);
    bool cases = t->kind == SX_TEST_CASES;
    SxTestLines source = {0};
    sx_test_lines(&source, e->source.data, e->source.len);
    for (int i = 0; i < source.n; i++) {
        SxTestLine text;
        bool any = true;
        if (sx_test_comment(&source.at[i], sign, "options", true, &text) != NULL) e->options = text.text, e->n_options = text.n_bytes;
        else if (sx_test_comment(&source.at[i], sign, "skip", true, &text) != NULL) e->skip = text.text, e->n_skip = text.n_bytes;
        else if (cases) continue;
        else if (sx_test_comment(&source.at[i], sign, "expect", false, &text) != NULL) add_line(&e->out.lines, text.text, text.n_bytes, text.number);
        else if (sx_test_comment(&source.at[i], sign, "stderr", false, &text) != NULL) add_line(&e->err.lines, text.text, text.n_bytes, text.number);
        else if (sx_test_comment(&source.at[i], sign, "exit", true, &text) != NULL) e->status = atoi(text.text);
        else any = false;
        e->any |= any;
    }
    sx_free(source.at);
    bool any = e->err.lines.n == 1 && e->err.lines.at[0].n_bytes == 3 && memcmp(e->err.lines.at[0].text, "...", 3) == 0;
    e->out.compared = !cases;
    e->err.compared = !cases && !any;
    e->out.path = strdup(t->full);
    e->err.path = strdup(t->full);
}

/* NAME.out beside NAME.sh. */
static void read_beside(SxTestExpected *x, const char *full, const char *extension)
{
    SxBuf path = SX_BUF_INIT;
    const char *dot = strrchr(full, '.');
    sx_buf_addf(&path, "%.*s%s", (int)(dot - full), full, extension);
    x->path = strndup(path.data, path.len);
    sx_buf_deinit(&path);
    x->compared = x->exact = sx_test_read_file(x->path, &x->source);
    sx_test_lines(&x->lines, x->source.data, x->source.len);
}

void sx_test_expect_read(SxTestExpect *e, const SxTest *t)
{
    memset(e, 0, sizeof *e);
    if (t->kind == SX_TEST_LISP || t->kind == SX_TEST_ERLANG || t->kind == SX_TEST_CASES) {
        sx_test_read_file(t->full, &e->source);
        read_comments(e, t);
    } else if (t->kind == SX_TEST_SHELL) {
        read_beside(&e->out, t->full, ".out");
        read_beside(&e->err, t->full, ".err");
    }
}

static void deinit_expected(SxTestExpected *x)
{
    free(x->path);
    sx_buf_deinit(&x->source);
    sx_free(x->lines.at);
}

void sx_test_expect_deinit(SxTestExpect *e)
{
    deinit_expected(&e->out);
    deinit_expected(&e->err);
    sx_buf_deinit(&e->source);
}
