/* settings.h - what a program may set of a process and the machine mostly takes as advice: min_heap_size and its like, all known
 * by the names of process_flag and spawn_opt. max_heap_size is no advice: it is the heap's limit, unless `kill` is false.
 * A process whose settings are the usual ones, as nearly all are, has no record of them. */
#ifndef SX_SETTINGS_H
#define SX_SETTINGS_H

#include "proc/proc.h"

typedef struct SxSettings {
    uint64_t max_heap_size;      /* words; 0: as large as the host's limit */
    uint64_t min_heap_size, min_bin_vheap_size; /* words: of OTP's series of heap sizes */
    uint32_t fullsweep_after, save_calls;
    bool kill, error_logger;     /* of max_heap_size */
    bool off_heap;               /* message_queue_data */
    bool sensitive;
    sx_val error_handler;        /* atom */
} SxSettings;

SxSettings sx_settings_usual(void);
SxSettings sx_settings_of(const SxProc *p);
/* Give p these settings: its heap's limit follows. */
void sx_settings_apply(SxProc *p, const SxSettings *settings);
/* Change one by its name. False: there is none of that name, or the value is none of its. */
bool sx_setting_change(SxSettings *settings, sx_val name, sx_val value);
/* Its value as a program sees it, in h; SX_NONE: there is none of that name. */
sx_val sx_setting_value(SxHeap *h, const SxSettings *settings, sx_val name);

#endif
