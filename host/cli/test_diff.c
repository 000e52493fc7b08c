/* test_diff.c - see test_diff.h. Longest common subsequence by table, behind what both runs begin and end with; where the table
 * would be too large, the middle is one block that goes and one that comes. */
#include "cli/test_diff.h"
#include "cli/test_mask.h"
#include <stdio.h>

#define MAX_CELLS ((size_t)4 << 20)
#define AROUND 3         /* matching rows shown beside differing ones */
#define MAX_SHOWN 400    /* rows */
#define MAX_LINE_BYTES 2000

typedef struct Sides {
    SxTestDiff *d;
    const SxTestLine *wanted, *got;
    const char *dir;
} Sides;

static bool match(const Sides *s, int i, int j)
{
    return sx_test_mask_match(s->wanted[i].text, s->wanted[i].n_bytes, s->got[j].text, s->got[j].n_bytes, s->dir);
}

static void add_row(SxTestDiff *d, int wanted, int got)
{
    d->rows[d->n++] = (SxTestRow){wanted, got};
    d->differs |= wanted < 0 || got < 0;
}

/* Rows for wanted [i, n) and got [j, m). */
static void middle(const Sides *s, int i, int n, int j, int m)
{
    size_t width = (size_t)(m - j) + 1, height = (size_t)(n - i) + 1;
    uint32_t *common = width * height <= MAX_CELLS ? sx_alloc_zero(width * height * sizeof *common) : NULL;
    int top = i, left = j;
#define CELL(a, b) common[(size_t)((a) - top) * width + (size_t)((b) - left)]
    for (int a = n - 1; common != NULL && a >= i; a--)
        for (int b = m - 1; b >= j; b--) {
            uint32_t down = CELL(a + 1, b), right = CELL(a, b + 1);
            CELL(a, b) = match(s, a, b) ? CELL(a + 1, b + 1) + 1 : down > right ? down : right;
        }
    while (i < n && j < m && common != NULL) {
        if (match(s, i, j)) {
            add_row(s->d, i, j);
            i++, j++;
        } else if (CELL(i + 1, j) >= CELL(i, j + 1)) add_row(s->d, i++, -1);
        else add_row(s->d, -1, j++);
    }
#undef CELL
    while (i < n) add_row(s->d, i++, -1);
    while (j < m) add_row(s->d, -1, j++);
    sx_free(common);
}

void sx_test_diff(SxTestDiff *d, const SxTestLines *wanted, const SxTestLines *got, const char *dir)
{
    Sides s = {d, wanted->at, got->at, dir};
    int n = wanted->n, m = got->n, i = 0, end = 0;
    *d = (SxTestDiff){sx_alloc((size_t)(n + m) * sizeof *d->rows), 0, false};
    for (; i < n && i < m && match(&s, i, i); i++) add_row(d, i, i);
    while (end < n - i && end < m - i && match(&s, n - 1 - end, m - 1 - end)) end++;
    middle(&s, i, n - end, i, m - end);
    for (; end > 0; end--) add_row(d, n - end, m - end);
}

void sx_test_diff_deinit(SxTestDiff *d) { sx_free(d->rows); }

static bool row_differs(const SxTestRow *r) { return r->wanted < 0 || r->got < 0; }

static bool near_difference(const SxTestDiff *d, int at)
{
    for (int i = at < AROUND ? 0 : at - AROUND; i <= at + AROUND && i < d->n; i++)
        if (row_differs(&d->rows[i])) return true;
    return false;
}

static void add_number(SxBuf *out, int number)
{
    if (number > 0) sx_buf_addf(out, "%5d ", number);
    else sx_buf_add_str(out, "      ");
}

void sx_test_diff_add(SxBuf *out, const SxTestDiff *d, const SxTestLines *wanted, const SxTestLines *got)
{
    int shown = 0, left_out = 0;
    bool gap = false;
    for (int i = 0; i < d->n; i++) {
        const SxTestRow *r = &d->rows[i];
        if (!near_difference(d, i)) {
            gap = shown > 0;
            continue;
        }
        if (shown == MAX_SHOWN) {
            left_out++;
            continue;
        }
        if (gap) sx_buf_add_str(out, "  ...\n");
        gap = false;
        shown++;
        const SxTestLine *line = r->got >= 0 ? &got->at[r->got] : &wanted->at[r->wanted];
        sx_buf_add_str(out, r->got < 0 ? "- " : r->wanted < 0 ? "+ " : "  ");
        add_number(out, r->wanted < 0 ? 0 : wanted->at[r->wanted].number);
        add_number(out, r->got < 0 ? 0 : got->at[r->got].number);
        size_t n = line->n_bytes < MAX_LINE_BYTES ? line->n_bytes : MAX_LINE_BYTES;
        sx_buf_add_str(out, "| ");
        sx_buf_add(out, line->text, n);
        sx_buf_add_str(out, n < line->n_bytes ? " ...\n" : "\n");
    }
    if (left_out > 0) sx_buf_addf(out, "  ... and %d lines more\n", left_out);
}
