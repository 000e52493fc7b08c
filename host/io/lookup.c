/* lookup.c - see lookup.h. The boot folder is sought once: $SXHOST_BOOT, then `boot` in the program's folder and the three
 * above it (a tree that was built in place), then share/sxhost/boot beside the program's folder (installed). */
#include "io/lookup.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define LEVELS 4 /* folders that may have `boot` in them: the program's and three above */

static pthread_once_t once = PTHREAD_ONCE_INIT;
static char boot_folder[4096]; /* with a slash at the end; empty when there is none */

static bool take_boot_folder(const char *parent, size_t n, const char *below)
{
    if (n + strlen(below) + 1 > sizeof boot_folder) return false;
    char *at = boot_folder;
    memcpy(at, parent, n);
    strcpy(at + n, below);
    struct stat st;
    if (stat(boot_folder, &st) == 0 && S_ISDIR(st.st_mode)) return true;
    boot_folder[0] = 0;
    return false;
}

static void find_boot_folder(void)
{
    const char *told = getenv("SXHOST_BOOT");
    if (told != NULL && told[0] != 0) {
        take_boot_folder(told, strlen(told), "/");
        return;
    }
    char program[4096];
    ssize_t n = readlink("/proc/self/exe", program, sizeof program);
    if (n <= 0 || (size_t)n >= sizeof program) return;
    size_t len = (size_t)n, folder = 0;
    for (int level = 0; level < LEVELS && len > 0; level++) {
        while (len > 0 && program[len - 1] != '/') len--;
        if (len == 0) return;
        if (level == 0) folder = len;
        if (take_boot_folder(program, len, "boot/")) return;
        len--; /* the slash: on to the folder above */
    }
    take_boot_folder(program, folder, "../share/sxhost/boot/");
}

const SxBootFile *sx_boot_file(const char *name, size_t n_bytes)
{
    size_t low = 0, high = sx_boot_files_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        const char *there = sx_boot_files[middle].name;
        int order = strncmp(name, there, n_bytes);
        if (order == 0 && there[n_bytes] == 0) return &sx_boot_files[middle];
        if (order <= 0) high = middle;
        else low = middle + 1;
    }
    return NULL;
}

const SxBootFile *sx_boot_file_of_path(const char *path, size_t n_bytes)
{
    for (;;) {
        const SxBootFile *file = sx_boot_file(path, n_bytes);
        if (file != NULL) return file;
        const char *slash = memchr(path, '/', n_bytes);
        if (slash == NULL) return NULL;
        n_bytes -= (size_t)(slash + 1 - path);
        path = slash + 1;
    }
}

static bool means_absent(int error) { return error == ENOENT || error == ENOTDIR; }

static int open_one(const char *path, SxBuf *found)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return -errno;
    if (found != NULL) sx_buf_add_str(found, path);
    return fd;
}

int sx_lookup_open(const char *path, SxBuf *found, const SxBootFile **embedded)
{
    *embedded = NULL;
    int fd = open_one(path, found);
    if (fd >= 0 || !means_absent(-fd) || path[0] == '/' || path[0] == 0) return fd;
    pthread_once(&once, find_boot_folder);
    if (boot_folder[0] != 0) {
        SxBuf below = SX_BUF_INIT;
        sx_buf_addf(&below, "%s%s", boot_folder, path);
        sx_buf_add_char(&below, 0);
        int fd2 = open_one(below.data, found);
        sx_buf_deinit(&below);
        if (fd2 >= 0 || !means_absent(-fd2)) return fd2;
    }
    const SxBootFile *file = sx_boot_file(path, strlen(path));
    if (file == NULL) return fd;
    if (found != NULL) sx_buf_add_str(found, path);
    *embedded = file;
    return -1;
}
