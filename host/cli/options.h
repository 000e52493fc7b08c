/* options.h - the command line. Pure: words in, a struct or a complaint out. */
#ifndef SX_OPTIONS_H
#define SX_OPTIONS_H

#include "base/buf.h"

typedef enum SxRunMode {
    SX_RUN_SESSION, /* protocol on standard input (a prompt when that is a terminal) */
    SX_RUN_FILE,    /* sxhost FILE ARGS */
    SX_RUN_ONCE,    /* -e, -E */
    SX_RUN_CHECK,   /* sxhost check FILES: args are the files */
    SX_RUN_HELP, SX_RUN_VERSION,
    SX_RUN_MAKE_IMAGE /* --make-image OUT: for the build */
} SxRunMode;

typedef struct SxOnce { /* one -e or -E, in order */
    bool erlang;
    const char *source;
} SxOnce;

typedef enum SxSourceKind { SX_SOURCE_INCLUDE, SX_SOURCE_DEFINE, SX_SOURCE_PATH, SX_SOURCE_OTP_PATH, SX_SOURCE_OTP } SxSourceKind;

typedef struct SxSourceOption { /* where Erlang source comes from and how it is read: one -I, -D, -pa, --otp-path or --otp */
    SxSourceKind kind;
    const char *value;
} SxSourceOption;

typedef struct SxOptions {
    SxRunMode mode;
    const char *file;       /* FILE, or OUT of --make-image */
    SxOnce *once;
    int n_once;
    char **args;            /* behind FILE or -- */
    int n_args;
    SxSourceOption *sources; /* in order */
    int n_sources;
    bool plain, exit_at_eof, prompt, protocol; /* prompt: --repl, protocol: --protocol: whatever standard input is */
    bool break_rings;       /* --deadlock=error */
    bool deterministic;     /* --deterministic SEED */
    uint64_t seed;
    uint32_t switches;      /* --switches N: print the last so many at the end */
    const char *fifo;
    int64_t drain_ms, timeout_ms; /* timeout_ms 0: none */
    /* limits */
    uint64_t max_atoms, max_processes, max_heap_bytes, max_shared_bytes, max_read_ahead, max_form_bytes; /* 0: the default */
} SxOptions;

/* False: *why is the complaint, one line. */
bool sx_options_parse(SxOptions *o, int argc, char **argv, SxBuf *why);
extern const char sx_options_help[];

#endif
