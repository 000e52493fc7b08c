/* lookup.h - where a file that a program names is found, and the files that the program itself brings along.
 * A relative path means: below the current folder; else below boot/ beside the program or where it is installed; else the
 * copy in the program. Everything here may block: it is for libuv's pool and for the time before anything is served. */
#ifndef SX_LOOKUP_H
#define SX_LOOKUP_H

#include "base/buf.h"

/* The files below boot/ as the build saw them, by rising name ("lib/sx/core.sx"); made by tools/embed. */
typedef struct SxBootFile {
    const char *name;
    const unsigned char *bytes;
    size_t n_bytes;
} SxBootFile;
extern const SxBootFile sx_boot_files[];
extern const size_t sx_boot_files_count;

/* The embedded file of that name, or NULL. */
const SxBootFile *sx_boot_file(const char *name, size_t n_bytes);
/* The embedded file that `path` means by its end: "lib/x.sx", "boot/lib/x.sx" and "/opt/boot/lib/x.sx" are one. NULL: none. */
const SxBootFile *sx_boot_file_of_path(const char *path, size_t n_bytes);

/* Open `path` for reading. A descriptor (found: the path that was opened), or -1 and *embedded when only the program has it,
 * or a negative errno. found may be NULL. */
int sx_lookup_open(const char *path, SxBuf *found, const SxBootFile **embedded);

#endif
