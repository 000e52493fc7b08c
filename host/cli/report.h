/* report.h - an uncaught exception, told to people and to programs (DESIGN D10). Both forms have the same fields.
 * report.c collects them, report_text.c writes the two forms; words are message.c's, hints hint.c's, the line of source is
 * taken from what sources.c keeps, or from a text that the caller has. */
#ifndef SX_REPORT_H
#define SX_REPORT_H

#include "cli/excerpt.h"
#include "sched/runtime.h"

#define SX_REPORT_MAX_FRAMES 20
#define SX_REPORT_MAX_MORE 30

typedef struct SxReportFrame {
    char function[96];  /* `name`, `ns/name`, `name/arity` (the file says the module) or `module:name/arity` */
    char file[160];     /* empty: unknown */
    char role[96];      /* who runs it, where a process calls back: `gen_server shop <0.31.0>`; or empty */
    const char *behaviour; /* that called it back: gen_server; or NULL */
    int line, column;   /* 0: unknown */
    bool inner;         /* of the server that was called */
} SxReportFrame;

typedef struct SxReport {
    SxRuntime *rt;      /* NULL: an error of the input itself */
    char class[16];     /* error, exit, throw */
    char kind[64];      /* one word: unbound, badmatch, syntax... */
    SxBuf message;      /* one sentence */
    SxBuf reason;       /* SX text, cut to a few KiB */
    char file[256];     /* where; empty: unknown */
    int line, column;
    bool erlang;        /* the place is in Erlang: values are shown as Erlang writes them */
    SxExcerpt excerpt;  /* the line of source; empty: unknown */
    SxBuf expansion;    /* `macro `m` (file:line)`: whose expansion the place is in, or empty */
    SxBuf hint;         /* empty: none */
    SxBuf process;      /* `process <0.88.0> "label"`, or empty */
    uint64_t epoch;
    SxReportFrame frames[SX_REPORT_MAX_FRAMES];
    int n_frames, n_left_out;
    struct SxReport *more; /* the other faults of a text that does not compile, owned; NULL: none */
    int n_more, n_more_left_out;
    /* what was raised: for the hint, valid until the process that was given runs on */
    sx_val reason_value, top;
} SxReport;

/* From what was raised; `stack` is the list that a program sees, or anything when there is none. */
void sx_report_init(SxReport *r, SxRuntime *rt, sx_val class, sx_val reason, sx_val stack);
void sx_report_deinit(SxReport *r);
/* In which process it happened: header and roles. */
void sx_report_process(SxReport *r, const SxProc *p);
/* Another text of r->file than the one that is kept, to take the excerpt and the hint from. */
void sx_report_source(SxReport *r, const char *text, size_t n_bytes);
/* For people: several lines. colour: with terminal colours. */
void sx_report_text(const SxReport *r, SxBuf *out, bool colour);
/* For programs: {:kind :unbound :class :error ...}. */
void sx_report_record(const SxReport *r, SxBuf *out);

#endif
