/* report.h - an uncaught exception, told to people and to programs (DESIGN D10). Both forms have the same fields.
 * Owns the wording. Where the source text comes from is the caller's matter: reading files parks. */
#ifndef SX_REPORT_H
#define SX_REPORT_H

#include "base/buf.h"
#include "sched/runtime.h"

#define SX_REPORT_MAX_FRAMES 16

typedef struct SxReportFrame {
    char function[96];  /* `name`, `ns/name` or `module:name/arity` */
    char file[160];     /* empty: unknown */
    int line, column;   /* 0: unknown */
} SxReportFrame;

typedef struct SxReport {
    char class[16];     /* error, exit, throw */
    char kind[64];      /* one word: unbound, badmatch, syntax... */
    SxBuf message;      /* one sentence */
    SxBuf reason;       /* SX text, cut to a few KiB */
    char file[256];     /* where; empty: unknown */
    int line, column;
    SxBuf excerpt;      /* the line of source; empty: unknown */
    int caret, width;   /* display columns in it: first, and how many; 0: unknown */
    SxBuf hint;         /* empty: none */
    SxBuf process;      /* `process <0.88.0> "label"`, or empty */
    uint64_t epoch;
    SxReportFrame frames[SX_REPORT_MAX_FRAMES];
    int n_frames;
} SxReport;

/* From what was raised; `stack` is the list that a program sees, or anything when there is none. */
void sx_report_init(SxReport *r, SxRuntime *rt, sx_val class, sx_val reason, sx_val stack);
void sx_report_deinit(SxReport *r);
void sx_report_process(SxReport *r, const SxProc *p);
/* The text of r->file, to take the excerpt from. */
void sx_report_source(SxReport *r, const char *text, size_t n_bytes);
/* For people: several lines. colour: with terminal colours. */
void sx_report_text(const SxReport *r, SxBuf *out, bool colour);
/* For programs: {:kind :unbound :class :error ...}. */
void sx_report_record(const SxReport *r, SxBuf *out);

#endif
