/* compile.h - expanded core forms to bytecode. Pure towards processes: it reads forms from a heap, writes a unit into the
 * shared range and answers a function of no arguments that performs the form; it runs nothing.
 * Forms nested deeper than SX_COMPILE_MAX_DEPTH are an error, so that recursion over a form stays bounded. */
#ifndef SX_COMPILE_H
#define SX_COMPILE_H

#include "code/code.h"

#define SX_COMPILE_MAX_DEPTH 2000

typedef struct SxCompileError {
    sx_val kind;           /* atom: syntax, undefined, guard, pattern, arity, limit */
    char message[300];     /* one sentence; names and right forms included */
    sx_val file, macro;    /* atoms or nil; macro: whose expansion the form at fault is of */
    int line, column;
} SxCompileError;

typedef struct SxCompileWarning { char message[200]; sx_val file; int line, column; } SxCompileWarning;

typedef struct SxCompileOptions {
    sx_val ns;             /* namespace atom; empty atom: none */
    bool is_library;       /* globals defined are the library's */
    bool transient;        /* an evaluation: heap constants are copied out when loaded, so the unit can be dropped when it
                              made no function (see *keeps) */
    /* called for each warning, may be NULL */
    void (*warn)(void *arg, const SxCompileWarning *w);
    void *warn_arg;
} SxCompileOptions;

/* Compile one top-level form. NULL and *err when it cannot be. `*keeps`: the unit holds functions or definitions, so it must
 * stay; a transient unit without them is dropped after its run by sx_code_drop_unit. */
SxFn *sx_compile(SxCode *c, SxHeap *scratch, sx_val form, const SxCompileOptions *options, SxCompileError *err, bool *keeps);
/* How core form `name` (an atom) is written, and what it does; false when it is none. */
bool sx_form_doc(sx_val name, const char **usage, const char **doc);

#endif
