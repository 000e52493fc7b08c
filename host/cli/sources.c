/* sources.c - see sources.h. A ring: the newest replaces the oldest.
 * INVARIANT: at most MAX_TEXTS texts and MAX_BYTES bytes are kept, none over MAX_TEXT. */
#include "cli/sources.h"
#include "base/buf.h"
#include "base/utf8.h"
#include "io/lookup.h"

#define MAX_TEXTS 256
#define MAX_TEXT ((size_t)2 << 20)
#define MAX_BYTES ((size_t)8 << 20)

typedef struct Text { char *file, *bytes; size_t n_bytes; bool erlang; } Text; /* file NULL: free */

typedef struct Sources {
    SxStore store; /* first */
    Text texts[MAX_TEXTS];
    uint32_t next;  /* the oldest, and the place of the next one */
    size_t n_bytes; /* of all */
} Sources;

static void drop(Sources *s, Text *t)
{
    if (t->file == NULL) return;
    s->n_bytes -= t->n_bytes;
    sx_free(t->file);
    sx_free(t->bytes);
    *t = (Text){NULL, NULL, 0, false};
}

static void free_sources(SxRuntime *rt, SxStore *store)
{
    (void)rt;
    Sources *s = (Sources *)store;
    for (size_t i = 0; i < MAX_TEXTS; i++) drop(s, &s->texts[i]);
    sx_free(s);
}

/* The i-th text from the newest on. */
static Text *from_newest(Sources *s, uint32_t i) { return &s->texts[(s->next + MAX_TEXTS - 1 - i) % MAX_TEXTS]; }

static char *copy_of(const char *bytes, size_t n)
{
    char *copy = sx_alloc(n + 1);
    memcpy(copy, bytes, n);
    copy[n] = 0;
    return copy;
}

void sx_sources_keep(SxRuntime *rt, const char *file, const char *text, size_t n_bytes, bool erlang)
{
    if (n_bytes > MAX_TEXT) return;
    if (rt->stores[SX_STORE_SOURCES] == NULL) {
        Sources *made = sx_alloc_zero(sizeof *made);
        made->store.free = free_sources;
        rt->stores[SX_STORE_SOURCES] = &made->store;
    }
    Sources *s = (Sources *)rt->stores[SX_STORE_SOURCES];
    Text *newest = from_newest(s, 0);
    if (newest->file != NULL && newest->n_bytes == n_bytes && newest->erlang == erlang && strcmp(newest->file, file) == 0 && memcmp(newest->bytes, text, n_bytes) == 0) return;
    for (uint32_t i = 0; i < MAX_TEXTS && s->n_bytes + n_bytes > MAX_BYTES; i++) drop(s, &s->texts[(s->next + i) % MAX_TEXTS]);
    Text *t = &s->texts[s->next];
    drop(s, t);
    *t = (Text){copy_of(file, strlen(file)), copy_of(text, n_bytes), n_bytes, erlang};
    s->n_bytes += n_bytes;
    s->next = (s->next + 1) % MAX_TEXTS;
}

bool sx_sources_line(const char *text, size_t n_bytes, int line, size_t *at, size_t *n_line)
{
    size_t from = 0;
    for (int i = 1; i < line; i++) {
        const char *newline = memchr(text + from, '\n', n_bytes - from);
        if (newline == NULL) return false;
        from = (size_t)(newline + 1 - text);
    }
    const char *newline = memchr(text + from, '\n', n_bytes - from);
    size_t n = newline == NULL ? n_bytes - from : (size_t)(newline - text) - from;
    if (n > 0 && text[from + n - 1] == '\r') n--;
    *at = from;
    *n_line = n;
    return line > 0;
}

/* Does something begin at line:column? */
static bool begins_there(const Text *t, int line, int column)
{
    size_t at, n, i = 0;
    if (!sx_sources_line(t->bytes, t->n_bytes, line, &at, &n)) return false;
    const unsigned char *l = (const unsigned char *)t->bytes + at;
    for (int point = 1; point < column; point++) {
        uint32_t c;
        if (i >= n) return false;
        int taken = sx_utf8_decode(l + i, n - i, &c);
        i += taken > 0 ? (size_t)taken : 1;
    }
    return i < n && l[i] > ' ';
}

static bool mentions(const Text *t, const char *name)
{
    return name != NULL && name[0] != 0 && memmem(t->bytes, t->n_bytes, name, strlen(name)) != NULL;
}

const char *sx_sources_find(SxRuntime *rt, const char *file, int line, int column, const char *function, size_t *n_bytes, bool *erlang)
{
    Sources *s = (Sources *)rt->stores[SX_STORE_SOURCES];
    const Text *best = NULL;
    int most = -1;
    for (uint32_t i = 0; s != NULL && i < MAX_TEXTS; i++) {
        const Text *t = from_newest(s, i);
        if (t->file == NULL || strcmp(t->file, file) != 0) continue;
        int fit = (begins_there(t, line, column) ? 2 : 0) + (mentions(t, function) ? 1 : 0);
        if (fit > most) best = t, most = fit;
    }
    if (best != NULL) {
        *n_bytes = best->n_bytes;
        *erlang = best->erlang;
        return best->bytes;
    }
    const SxBootFile *boot = sx_boot_file_of_path(file, strlen(file));
    *erlang = false; /* its name says it */
    if (boot == NULL) return NULL;
    *n_bytes = boot->n_bytes;
    return (const char *)boot->bytes;
}
