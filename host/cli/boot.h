/* boot.h - the machine with its library in it: from the boot image, or, where there is none, by loading the boot files.
 * The image is made by a first stage of the program (no image inside) in the mode --make-image. */
#ifndef SX_BOOT_H
#define SX_BOOT_H

#include "io/loop.h"

extern const unsigned char sx_boot_image[];
extern const size_t sx_boot_image_size; /* 0 in the first stage */

/* Set up rt with all primitives of machine and host, and the image if there is one. False: *why says what is wrong. */
bool sx_boot_machine(SxRuntime *rt, const SxLimits *limits, const char **why);
/* Load the library from the boot files: core.sx form by form, then through the loader that it defines, as boot/boot.list says.
 * False: it was said on standard error. */
bool sx_boot_library(SxLoop *loop);
/* Write the image of what is loaded to a file. False: it was said on standard error. */
bool sx_boot_write_image(SxRuntime *rt, const char *path);

#endif
