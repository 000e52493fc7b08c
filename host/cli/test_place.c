/* test_place.c - see test_place.h. */
#include "cli/test_place.h"
#include "cli/test_expect.h"
#include "cli/test_pool.h"
#include "io/lookup.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define LIBRARY "lib/test/host.sh" /* what SXHOST_TEST_LIB names, among the program's own files */

static bool complain(const char *what, const char *why)
{
    fprintf(stderr, "sxhost test: %s: %s\n", what, why);
    return false;
}

static bool write_library(const char *path)
{
    const SxBootFile *file = sx_boot_file(LIBRARY, sizeof LIBRARY - 1);
    if (file == NULL) return complain(LIBRARY, "not in this program");
    FILE *f = fopen(path, "wb");
    bool ok = f != NULL && fwrite(file->bytes, 1, file->n_bytes, f) == file->n_bytes;
    if (f != NULL && fclose(f) != 0) ok = false;
    return ok || complain(path, strerror(errno));
}

void sx_test_place_add_words(SxBuf *out)
{
    const SxBootFile *file = sx_boot_file(LIBRARY, sizeof LIBRARY - 1);
    SxTestLines lines = {0};
    if (file != NULL) sx_test_lines(&lines, (const char *)file->bytes, file->n_bytes);
    for (int i = 0; i < lines.n && lines.at[i].n_bytes > 0 && lines.at[i].text[0] == '#'; i++) {
        size_t n_sign = lines.at[i].n_bytes > 1 && lines.at[i].text[1] == ' ' ? 2 : 1;
        sx_buf_add(out, lines.at[i].text + n_sign, lines.at[i].n_bytes - n_sign);
        sx_buf_add_char(out, '\n');
    }
    sx_free(lines.at);
}

bool sx_test_place_make(SxTestPlace *place, const SxTestOptions *o)
{
    const char *tmp = getenv("TMPDIR");
    char library[SX_TEST_PATH_BYTES + 16], seed[32], timeout[32];
    snprintf(place->folder, sizeof place->folder, "%s/sxhost-test.XXXXXX", tmp != NULL && tmp[0] == '/' ? tmp : "/tmp");
    if (mkdtemp(place->folder) == NULL) {
        complain(place->folder, strerror(errno));
        place->folder[0] = 0;
        return false;
    }
    ssize_t n = readlink("/proc/self/exe", place->program, sizeof place->program - 1);
    if (n < 0) return complain("/proc/self/exe", strerror(errno));
    place->program[n] = 0;
    snprintf(library, sizeof library, "%s/host.sh", place->folder);
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)o->seed);
    snprintf(timeout, sizeof timeout, "%lld", (long long)(o->timeout_ms + 999) / 1000);
    setenv("SXHOST", place->program, 1);
    setenv("TEST_TIMEOUT", timeout, 1);
    setenv("SXHOST_TEST_LIB", library, 1);
    if (o->seeded) setenv("TEST_SEED", seed, 1);
    return write_library(library);
}

void sx_test_place_leave(SxTestPlace *place, bool keep)
{
    char library[SX_TEST_PATH_BYTES + 16];
    snprintf(library, sizeof library, "%s/host.sh", place->folder);
    if (keep) unlink(library);
    else if (place->folder[0] != 0) sx_test_remove(place->folder);
}
