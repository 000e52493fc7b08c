/* boot.c - see boot.h. core.sx is written in core forms alone, so it needs no macro expander: it is the expander. */
#include "cli/boot.h"
#include "http/http_prims.h"
#include "sys/crypto.h"
#include "base/sys.h"
#include "cli/describe.h"
#include "cli/report.h"
#include "cli/session.h"
#include "http/http_prims.h"
#include "io/command.h"
#include "io/console.h"
#include "io/files.h"
#include "io/lines.h"
#include "io/lookup.h"
#include "lang/compile.h"
#include "lang/reader.h"
#include "prim/prims.h"
#include "value/atom.h"
#include "value/bits.h"
#include "vm/vm.h"
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#define CORE "lib/sx/core.sx"
#define MAX_PRIMS 4096
#define SCRATCH_LIMIT ((size_t)1 << 27) /* words */

/* The host's tables, behind those of the machine. Append: a primitive's number follows from its place. */
static const SxPrim *const *const host_tables[] = {
    sx_prims_console, sx_prims_files, sx_prims_os, sx_prims_command, sx_prims_lines, sx_prims_session, sx_prims_crypto, sx_prims_http_listen, sx_prims_http_respond,
    sx_prims_digest, sx_prims_re, sx_prims_http_client,
};

static const SxPrim *const *all_prims(uint32_t *n)
{
    static const SxPrim *all[MAX_PRIMS]; /* filled once, before anything runs */
    uint32_t count;
    const SxPrim *const *machine = sx_prims_all(&count);
    memcpy(all, machine, count * sizeof *all);
    for (size_t i = 0; i < SX_COUNT(host_tables); i++)
        for (const SxPrim *const *t = host_tables[i]; *t != NULL; t++) {
            SX_CHECK(count < MAX_PRIMS);
            all[count++] = *t;
        }
    *n = count;
    return all;
}

bool sx_boot_machine(SxRuntime *rt, const SxLimits *limits, const char **why)
{
    sx_runtime_init(rt, limits);
    if (sx_boot_image_size > 0 && !sx_image_read(&rt->code, sx_boot_image, sx_boot_image_size, true, why)) return false;
    uint32_t n_prims;
    const SxPrim *const *prims = all_prims(&n_prims);
    if (!sx_code_add_prims(&rt->code, prims, n_prims)) {
        *why = "the primitives do not fit the boot image";
        return false;
    }
    return true;
}

/* ---- loading the library ---- */

static void tell(const char *text, size_t n_bytes) { sx_sys_log(text, n_bytes); }

static bool fail(const char *format, ...) SX_PRINTF(1, 2);
static bool fail(const char *format, ...)
{
    SxBuf text = SX_BUF_INIT;
    va_list args;
    sx_buf_add_str(&text, "sxhost: boot: ");
    va_start(args, format);
    sx_buf_addv(&text, format, args);
    va_end(args);
    sx_buf_add_char(&text, '\n');
    tell(text.data, text.len);
    sx_buf_deinit(&text);
    return false;
}

static void crashed(SxRuntime *rt, SxProc *p)
{
    SxReport r;
    SxBuf text = SX_BUF_INIT;
    sx_report_init(&r, rt, p->exc_class, p->exc_reason, sx_vm_stacktrace(p, p->exc_trace));
    sx_report_process(&r, p);
    sx_report_text(&r, &text, false);
    tell(text.data, text.len);
    sx_buf_deinit(&text);
    sx_report_deinit(&r);
}

static bool call(SxLoop *loop, sx_val fn, const sx_val *args, int n_args)
{
    SxSpawn spawn = {.fn = fn, .args = args, .n_args = n_args, .parent = SX_NIL, .name = SX_NONE, .priority = SX_PRIO_NORMAL, .group_leader = SX_NIL};
    SxProc *p = sx_spawn(loop->rt, &spawn);
    return p != NULL && sx_loop_run_process(loop, p);
}

static bool call_global(SxLoop *loop, const char *name, const sx_val *args, int n_args)
{
    const SxCell *cell = sx_cell_find(&loop->rt->code, sx_atom(name));
    if (cell == NULL || cell->value == SX_NONE) return fail("%s is not defined", name);
    return call(loop, cell->value, args, n_args) || fail("%s failed", name);
}

static void warned(void *arg, const SxCompileWarning *w)
{
    (void)arg;
    if (strncmp(w->message, "nothing defines ", 16) == 0) return; /* yet: see all_defined */
    fail("%s:%d:%d: %s", sx_is_atom(w->file) ? sx_atom_text(w->file, NULL) : CORE, w->line, w->column, w->message);
}

/* Read, compile and run one form of core.sx. */
static SxReadStatus run_form(SxLoop *loop, SxReader *reader, SxHeap *scratch, bool *ok)
{
    sx_val form;
    SxReadStatus status = sx_read(reader, scratch, &form);
    if (status == SX_READ_END) return status;
    if (status != SX_READ_OK) {
        *ok = fail("%s:%d:%d: %s", CORE, reader->error_line, reader->error_column, reader->message);
        return status;
    }
    SxCompileOptions options = {.ns = SX_A(sx), .is_library = true, .warn = sx_boot_image_size == 0 ? warned : NULL};
    SxCompileError error;
    bool keeps;
    SxCode *code = &loop->rt->code;
    SxFn *fn = sx_compile(code, scratch, form, &options, &error, &keeps);
    if (fn == NULL) {
        *ok = fail("%s:%d:%d: %s", CORE, error.line, error.column, error.message);
        return status;
    }
    *ok = call(loop, sx_fn_closure(code, fn), NULL, 0);
    return status;
}

static bool run_core(SxLoop *loop)
{
    const SxBootFile *core = sx_boot_file(CORE, strlen(CORE));
    if (core == NULL) return fail("%s is missing", CORE);
    SxReader reader;
    sx_reader_init(&reader, (const char *)core->bytes, core->n_bytes, sx_atom(CORE), 1, 1);
    bool ok = true;
    SxReadStatus status = SX_READ_OK;
    while (ok && status == SX_READ_OK) {
        SxHeap scratch;
        sx_heap_init(&scratch, 0, 4096, SCRATCH_LIMIT);
        status = run_form(loop, &reader, &scratch, &ok);
        sx_heap_deinit(&scratch);
    }
    return ok;
}

/* Load the files that boot.list names, one a line; # begins a comment. */
static bool load_list(SxLoop *loop)
{
    const SxBootFile *list = sx_boot_file("boot.list", 9);
    if (list == NULL) return fail("boot.list is missing");
    const char *at = (const char *)list->bytes, *end = at + list->n_bytes;
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *stop = newline == NULL ? end : newline;
        const char *last = memchr(at, '#', (size_t)(stop - at));
        if (last == NULL) last = stop;
        while (last > at && last[-1] == ' ') last--;
        if (last > at) {
            SxHeap scratch;
            sx_heap_init(&scratch, 0, 64, SCRATCH_LIMIT);
            sx_val path = sx_binary(&scratch, at, (size_t)(last - at));
            bool ok = call_global(loop, "sx/%load-library", &path, 1) || fail("cannot load %.*s", (int)(last - at), at);
            sx_heap_deinit(&scratch);
            if (!ok) return false;
        }
        at = stop + 1;
    }
    return true;
}

/* Is everything defined that boot/ mentions? Says what is not. */
static bool all_defined(const SxCode *code)
{
    bool ok = true;
    for (uint64_t i = 0; i < code->cells.cap; i++) {
        const SxCell *cell = (const SxCell *)(uintptr_t)code->cells.slots[i];
        if (cell == NULL || cell->value != SX_NONE) continue;
        ok = fail("nothing defines `%s`", sx_atom_text(cell->name, NULL));
    }
    return ok;
}

bool sx_boot_library(SxLoop *loop)
{
    void (*on_crash)(SxRuntime *rt, SxProc *p) = loop->rt->on_crash;
    loop->rt->on_crash = crashed;
    bool ok = run_core(loop) && call_global(loop, "sx/%boot", NULL, 0) && load_list(loop) && all_defined(&loop->rt->code);
    loop->rt->on_crash = on_crash;
    return ok;
}

/* ---- the image ---- */

bool sx_boot_write_image(SxRuntime *rt, const char *path)
{
    SxBuf image = SX_BUF_INIT, temporary = SX_BUF_INIT;
    if (!sx_image_write(&rt->code, &image)) return fail("the image cannot be made");
    sx_buf_addf(&temporary, "%s.new", path);
    sx_buf_add_char(&temporary, 0);
    FILE *f = fopen(temporary.data, "wb");
    bool ok = f != NULL && fwrite(image.data, 1, image.len, f) == image.len;
    if (f != NULL && fclose(f) != 0) ok = false;
    if (ok && rename(temporary.data, path) != 0) ok = false;
    if (!ok) fail("%s: %s", path, strerror(errno));
    sx_buf_deinit(&image);
    sx_buf_deinit(&temporary);
    return ok;
}
