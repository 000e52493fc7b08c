/* test_find.c - see test_find.h. Symbolic links to folders are not followed, so a walk ends. */
#include "cli/test_find.h"
#include "cli/test_expect.h"
#include <dirent.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct Finder {
    SxTestList *list;
    const SxTestOptions *o;
} Finder;

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n > m && strcmp(text + n - m, end) == 0;
}

static const char *base_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

/* The kind that the name says, SX_TEST_NONE when it says nothing. */
static SxTestKind kind_of(const SxTestOptions *o, const char *path, const char **command)
{
    for (int i = 0; i < o->n_runners; i++)
        if (fnmatch(o->runners[i].pattern, base_of(path), 0) == 0) {
            *command = o->runners[i].command;
            return SX_TEST_PROGRAM;
        }
    if (ends_with(path, ".sh")) return SX_TEST_SHELL;
    if (ends_with(path, ".sx")) return SX_TEST_LISP;
    if (ends_with(path, ".erl")) return SX_TEST_ERLANG;
    return ends_with(path, ".erlt") ? SX_TEST_CASES : SX_TEST_NONE;
}

static bool is_wanted(const SxTestOptions *o, const char *path)
{
    if (o->only == NULL) return true;
    SxBuf pattern = SX_BUF_INIT;
    sx_buf_addf(&pattern, "*%s*", o->only);
    sx_buf_add_char(&pattern, 0);
    bool wanted = fnmatch(pattern.data, path, 0) == 0;
    sx_buf_deinit(&pattern);
    return wanted;
}

static void add(Finder *f, const char *path, SxTestKind kind, const char *command, const char *wrong)
{
    SxTestList *list = f->list;
    if (list->n == list->cap) {
        list->cap = list->cap * 2 + 64;
        list->at = sx_realloc(list->at, (size_t)list->cap * sizeof *list->at);
    }
    char *full = realpath(path, NULL);
    list->at[list->n++] = (SxTest){strdup(path), full == NULL ? strdup(path) : full, kind, command, wrong, 1, NULL};
}

static bool says_something(const char *path, SxTestKind kind)
{
    SxTest t = {(char *)path, (char *)path, kind, NULL, NULL, 1, NULL};
    SxTestExpect e;
    sx_test_expect_read(&e, &t);
    bool any = e.any;
    sx_test_expect_deinit(&e);
    return any;
}

static bool passed_over(const char *name) { return name[0] == '.' || name[0] == '_' || strcmp(name, "lib") == 0 || strcmp(name, "must_fail") == 0; }

static void walk(Finder *f, const char *folder)
{
    struct dirent **entries;
    int n = scandir(folder, &entries, NULL, alphasort);
    if (n < 0) {
        add(f, folder, SX_TEST_NONE, NULL, "this folder cannot be read");
        return;
    }
    for (int i = 0; i < n; i++) {
        SxBuf path = SX_BUF_INIT;
        struct stat st;
        const char *name = entries[i]->d_name, *command = NULL;
        if (strcmp(folder, ".") != 0) sx_buf_addf(&path, "%s%s", folder, ends_with(folder, "/") ? "" : "/");
        sx_buf_add_str(&path, name);
        sx_buf_add_char(&path, 0);
        if (name[0] != '.' && lstat(path.data, &st) == 0) {
            bool file = S_ISREG(st.st_mode) || (S_ISLNK(st.st_mode) && stat(path.data, &st) == 0 && S_ISREG(st.st_mode));
            SxTestKind kind = file ? kind_of(f->o, path.data, &command) : SX_TEST_NONE;
            if (!file && S_ISDIR(st.st_mode) && !passed_over(name)) walk(f, path.data);
            else if (kind != SX_TEST_NONE && ((kind != SX_TEST_LISP && kind != SX_TEST_ERLANG) || says_something(path.data, kind)) && is_wanted(f->o, path.data)) add(f, path.data, kind, command, NULL);
        }
        sx_buf_deinit(&path);
        free(entries[i]);
    }
    free(entries);
}

static void find_path(Finder *f, const char *path)
{
    struct stat st;
    const char *command = NULL;
    if (stat(path, &st) != 0) {
        add(f, path, SX_TEST_NONE, NULL, "there is no such file or folder");
        return;
    }
    if (S_ISDIR(st.st_mode)) {
        int before = f->list->n;
        walk(f, path);
        if (f->list->n == before && f->o->only == NULL) add(f, path, SX_TEST_NONE, NULL, "there is no test in this folder");
        return;
    }
    if (!is_wanted(f->o, path)) return;
    SxTestKind kind = kind_of(f->o, path, &command);
    if (kind == SX_TEST_NONE && S_ISREG(st.st_mode) && access(path, X_OK) == 0) kind = SX_TEST_PROGRAM;
    if ((kind == SX_TEST_LISP || kind == SX_TEST_ERLANG) && !f->o->update && !says_something(path, kind)) {
        add(f, path, SX_TEST_NONE, NULL, "it expects nothing: a comment `; expect: TEXT` (in Erlang % expect: TEXT) says what it prints");
        return;
    }
    add(f, path, kind, command, kind == SX_TEST_NONE ? "no .sh, .sx, .erl or .erlt, and not executable" : NULL);
}

static uint64_t random_next(uint64_t *state) /* xorshift* */
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 2685821657736338717u;
}

static void shuffle(SxTest *at, int n, uint64_t *state)
{
    for (int i = n - 1; i > 0; i--) {
        int j = (int)(random_next(state) % (uint64_t)(i + 1));
        SxTest other = at[i];
        at[i] = at[j];
        at[j] = other;
    }
}

/* Copies of the first round for the others. */
static void repeat(Finder *f)
{
    int n = f->list->n;
    for (int round = 2; round <= f->o->repeat; round++)
        for (int i = 0; i < n; i++) {
            const SxTest t = f->list->at[i];
            add(f, t.path, t.kind, t.command, t.wrong);
            f->list->at[f->list->n - 1].round = round;
        }
}

static int by_path(const void *a, const void *b) { return strcmp(((const SxTest *)a)->path, ((const SxTest *)b)->path); }

/* What was named twice is one test. */
static void sort_and_unite(SxTestList *list)
{
    qsort(list->at, (size_t)list->n, sizeof *list->at, by_path);
    int n = 0;
    for (int i = 0; i < list->n; i++) {
        if (n > 0 && strcmp(list->at[n - 1].full, list->at[i].full) == 0) {
            free(list->at[i].path);
            free(list->at[i].full);
        } else list->at[n++] = list->at[i];
    }
    list->n = n;
}

void sx_test_find(SxTestList *list, const SxTestOptions *o)
{
    Finder f = {list, o};
    memset(list, 0, sizeof *list);
    for (int i = 0; i < o->n_paths; i++) find_path(&f, o->paths[i]);
    if (list->n == 0) return;
    sort_and_unite(list);
    int n = list->n;
    repeat(&f);
    uint64_t state = o->seed * 2654435761u + 88172645463325252u;
    for (int round = 0; o->seeded && round < o->repeat; round++) shuffle(list->at + (ptrdiff_t)round * n, n, &state);
}

void sx_test_list_deinit(SxTestList *list)
{
    for (int i = 0; i < list->n; i++) {
        free(list->at[i].path);
        free(list->at[i].full);
    }
    sx_free(list->at);
}
