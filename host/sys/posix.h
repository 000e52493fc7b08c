/* posix.h - what the platform offers to main beyond sys.h. */
#ifndef SX_POSIX_H
#define SX_POSIX_H

/* Set the C library's allocator up for this program; once, before anything is allocated in earnest. */
void sx_posix_tune_malloc(void);

#endif
