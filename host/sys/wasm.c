/* wasm.c - the platform of the WebAssembly build: runtime/base/sys.h over imports, and the exports boot, tick, post.
 * Owns the border to the embedder and the binding of the boot image to this build. The image was written by the native
 * program, whose primitives are more than those here: they are matched by usage string, and those that nobody implements
 * raise notsup. What the evaluator asks for is wasm_prims.c's.
 * INVARIANT: no export blocks; only tick runs code. Times cross the border as doubles in milliseconds, as JavaScript has no
 * plain 64-bit integers. */
#include "sys/wasm.h"
#include "base/sys.h"
#include "code/prim.h"
#include "io/lookup.h"
#include "prim/prims.h"
#include "value/atom.h"
#include "value/bits.h"
#include <time.h>

#define IMPORT(name) __attribute__((import_module("sxhost"), import_name(#name)))

/* ---- imports ---- */

IMPORT(monotonic) double import_monotonic(void);
IMPORT(wall) double import_wall(void);
IMPORT(random) void import_random(void *out, size_t n_bytes);
/* 0: it is full, nothing was taken; post to SX_PORT_ROOM when there is room. The streams REPLY and the machine's own log
 * (ERR, epoch 0) take everything. */
IMPORT(write) int import_write(int stream, uint32_t epoch, const char *bytes, size_t n_bytes);
/* Size of a file, its bytes in `to` when they fit `room`; negative: there is none. Asked only with SX_CAP_FILES. */
IMPORT(read_file) int32_t import_read_file(const char *path, size_t n_path, char *to, size_t room);
IMPORT(wake) void import_wake(void);     /* call tick soon */
IMPORT(exit) void import_exit(int code); /* the program has ended; tick answers so from now on */
IMPORT(capabilities) uint32_t import_capabilities(void);

/* ---- sys.h ---- */

#define PAGE ((size_t)65536)
#define NS_PER_MS 1e6

static SxWasm machine;

void *sx_sys_reserve(__attribute__((unused)) void *wanted, size_t n_bytes)
{
    size_t page = __builtin_wasm_memory_grow(0, (n_bytes + PAGE - 1) / PAGE); /* fresh pages are zero */
    return page == SIZE_MAX ? NULL : (void *)(page * PAGE);
}

bool sx_sys_map_own(__attribute__((unused)) void *at, __attribute__((unused)) const void *bytes, __attribute__((unused)) size_t n_bytes) { return false; }
bool sx_sys_commit(__attribute__((unused)) void *at, __attribute__((unused)) size_t n_bytes) { return true; }
size_t sx_sys_half_memory(void) { return (size_t)512 << 20; } /* of the 4 GiB of addresses no engine gives all */
int64_t sx_sys_monotonic_ns(void) { return (int64_t)(import_monotonic() * NS_PER_MS); }
int64_t sx_sys_thread_ns(void) { return sx_sys_monotonic_ns(); }
int64_t sx_sys_wall_ns(void) { return (int64_t)(import_wall() * NS_PER_MS); }
void sx_sys_random(void *out, size_t n_bytes) { import_random(out, n_bytes); }
clock_t clock(void) { return (clock_t)(import_monotonic() * (CLOCKS_PER_SEC / 1e3)); } /* for erlang:statistics */

/* Debian's compiler runtime is built with stack protection, whose guard no library here defines. */
extern uintptr_t __stack_chk_guard;
SX_NORETURN void __stack_chk_fail(void);
uintptr_t __stack_chk_guard = 0x5AFEC0DE;
void __stack_chk_fail(void) { sx_fail("wasm", 0, "the stack was overwritten"); }

int sx_sys_read_file(const char *path, char **data, size_t *n_bytes)
{
    size_t n_path = strlen(path);
    if (!sx_wasm_has_file(path, n_bytes)) {
        const SxBootFile *file = sx_boot_file(path, n_path);
        if (file == NULL) return -1;
        *n_bytes = file->n_bytes;
        *data = sx_alloc(file->n_bytes + 1);
        memcpy(*data, file->bytes, file->n_bytes + 1);
        return 0;
    }
    *data = sx_alloc(*n_bytes + 1);
    if (import_read_file(path, n_path, *data, *n_bytes) != (int32_t)*n_bytes) { /* it changed in between */
        sx_free(*data);
        return -1;
    }
    (*data)[*n_bytes] = 0;
    return 0;
}

bool sx_sys_output(struct SxRuntime *rt, int stream, uint64_t epoch, const char *bytes, size_t n_bytes)
{
    if (import_write(stream, (uint32_t)epoch, bytes, n_bytes) != 0) return true;
    if (rt->sched.current != NULL) sx_wasm_wait(&machine.for_room, rt->sched.current);
    return false;
}

void sx_sys_log(const char *text, size_t n_bytes) { import_write(SX_STREAM_ERR, 0, text, n_bytes); }
void sx_sys_wake(__attribute__((unused)) struct SxRuntime *rt) { import_wake(); }

/* ---- for wasm_prims.c ---- */

void sx_wasm_reply(const SxBuf *line) { import_write(SX_STREAM_REPLY, 0, line->data, line->len); }
void sx_wasm_report(uint32_t epoch, const SxBuf *text) { import_write(SX_STREAM_ERR, epoch, text->data, text->len); }

bool sx_wasm_has_file(const char *path, size_t *n_bytes)
{
    if (!(import_capabilities() & SX_CAP_FILES)) return false;
    int32_t n = import_read_file(path, strlen(path), NULL, 0);
    *n_bytes = n < 0 ? 0 : (size_t)n;
    return n >= 0;
}

void sx_wasm_wait(SxWaiters *w, SxProc *p)
{
    if (w->n == w->cap) {
        w->cap = w->cap == 0 ? 8 : 2 * w->cap;
        w->pids = sx_realloc(w->pids, w->cap * sizeof *w->pids);
    }
    w->pids[w->n++] = p->pid;
}

void sx_wasm_wake(SxWasm *m, SxWaiters *w)
{
    size_t n = w->n;
    w->n = 0; /* who finds nothing waits again */
    for (size_t i = 0; i < n; i++) sx_deliver(&m->rt, &m->rt.sched, w->pids[i], SX_SIG_WAKE, sx_frag_copy(SX_NIL));
}

/* ---- the files that the module carries: host/io/lookup.h without its folders ---- */

const SxBootFile *sx_boot_file(const char *name, size_t n_bytes)
{
    for (size_t i = 0; i < sx_boot_files_count; i++)
        if (strncmp(sx_boot_files[i].name, name, n_bytes) == 0 && sx_boot_files[i].name[n_bytes] == 0) return &sx_boot_files[i];
    return NULL;
}

const SxBootFile *sx_boot_file_of_path(const char *path, size_t n_bytes)
{
    const char *end = path + n_bytes;
    for (;;) {
        const SxBootFile *file = sx_boot_file(path, (size_t)(end - path));
        const char *slash = memchr(path, '/', (size_t)(end - path));
        if (file != NULL || slash == NULL) return file;
        path = slash + 1;
    }
}

/* ---- boot ---- */

extern const unsigned char sx_boot_image[]; /* from tools/wasm, as are the boot files */
extern const size_t sx_boot_image_bytes;

SX_PRIM(not_here, "(%not-here)", "Stands for each primitive whose library this build has not.") { return sx_error(p, SX_A(notsup)); }

static bool has_usage(const SxPrim *prim, const char *usage, size_t n_bytes) { return strncmp(prim->usage, usage, n_bytes) == 0 && prim->usage[n_bytes] == 0; }

/* The primitive of this build with that usage string; NULL: none. The machine's have the same numbers in both builds. */
static const SxPrim *prim_of_usage(uint32_t number, const char *usage, size_t n_bytes)
{
    uint32_t n;
    const SxPrim *const *of_machine = sx_prims_all(&n);
    if (number < n) return has_usage(of_machine[number], usage, n_bytes) ? of_machine[number] : NULL;
    for (const SxPrim *const *t = sx_prims_wasm; *t != NULL; t++)
        if (has_usage(*t, usage, n_bytes)) return *t;
    return NULL;
}

static SxPrim *stand_in(const char *usage, size_t n_bytes, const SxFn *fn)
{
    SxPrim *prim = sx_alloc_zero(sizeof *prim);
    char *text = sx_alloc_zero(n_bytes + 1);
    memcpy(text, usage, n_bytes);
    *prim = (SxPrim){text, not_here_prim.doc, not_here_body, fn->flags & SX_FN_GUARD ? SX_PRIM_IS_GUARD : 0};
    return prim;
}

static bool fail(const char *what, const char *which)
{
    SxBuf text = SX_BUF_INIT;
    sx_buf_addf(&text, "sxhost: boot: %s%s\n", what, which);
    sx_sys_log(text.data, text.len);
    sx_buf_deinit(&text);
    return false;
}

/* Give the image's primitives their functions, in its order. Each one here must be in it: a changed usage string would
 * otherwise silently become notsup. The array and the stand-ins live as long as the module. */
static bool bind_prims(SxCode *c)
{
    const SxUnit *natives = (const SxUnit *)(uintptr_t)c->units[0];
    const SxPrim **prims = sx_alloc(natives->n_fns * sizeof *prims);
    for (uint32_t i = 0; i < natives->n_fns; i++) {
        size_t n_bytes;
        const char *usage = (const char *)sx_binary_bytes(natives->fns[i].usage, &n_bytes);
        prims[i] = prim_of_usage(i, usage, n_bytes);
        if (prims[i] == NULL) prims[i] = stand_in(usage, n_bytes, &natives->fns[i]);
    }
    for (const SxPrim *const *t = sx_prims_wasm; *t != NULL; t++) {
        uint32_t i = 0;
        while (i < natives->n_fns && prims[i] != *t) i++;
        if (i == natives->n_fns) return fail("the native host has no primitive ", (*t)->usage);
    }
    return sx_code_add_prims(c, prims, natives->n_fns) || fail("the primitives do not fit the boot image", "");
}

int sx_wasm_boot(void)
{
    const char *why;
    SxWasm *m = &machine;
    m->last = &m->first;
    m->evaluator = SX_NONE;
    sx_runtime_init(&m->rt, &(SxLimits){0});
    m->rt.host = m;
    if (!sx_image_read(&m->rt.code, sx_boot_image, sx_boot_image_bytes, true, &why)) return fail(why, ""), 1;
    if (!bind_prims(&m->rt.code)) return 1;
    sx_wasm_hooks(m);
    return 0;
}

/* ---- running ---- */

#define STEP_REDUCTIONS 40000 /* of one step: a fraction of a millisecond to a few */

int32_t sx_wasm_tick(int32_t slice_ms)
{
    SxWasm *m = &machine;
    int64_t now = sx_sys_monotonic_ns(), end = now + (int64_t)slice_ms * 1000000, until = 0;
    SxStepResult result;
    do {
        if (!sx_wasm_make_evaluator(m)) return SX_TICK_HALTED;
        result = sx_step(&m->rt.sched, now, STEP_REDUCTIONS, &until);
        now = sx_sys_monotonic_ns();
    } while ((result == SX_STEP_AGAIN || m->evaluator == SX_NONE) && now < end);
    if (result == SX_STEP_HALTED) {
        import_exit(m->rt.halt_code);
        return SX_TICK_HALTED;
    }
    if (result == SX_STEP_AGAIN || m->evaluator == SX_NONE) return SX_TICK_AGAIN;
    if (result == SX_STEP_IDLE) return SX_TICK_IDLE;
    if (until <= now) return SX_TICK_AGAIN;
    int64_t ms = (until - now + 999999) / 1000000;
    return ms > INT32_MAX ? INT32_MAX : (int32_t)ms;
}

char *sx_wasm_room(size_t n_bytes) { return sx_alloc(n_bytes); }

uint32_t sx_wasm_post(int port, char *bytes, size_t n_bytes)
{
    SxWasm *m = &machine;
    uint32_t number = 0;
    if (port == SX_PORT_SX || port == SX_PORT_ERLANG) {
        SxWasmCommand *c = sx_alloc_zero(sizeof *c);
        number = c->number = ++m->n_commands;
        c->port = (SxWasmPort)port;
        sx_buf_add(&c->text, bytes, n_bytes);
        *m->last = c;
        m->last = &c->next;
        if (m->idle) sx_deliver(&m->rt, &m->rt.sched, m->evaluator, SX_SIG_WAKE, sx_frag_copy(SX_NIL));
    } else if (port == SX_PORT_LINE) {
        sx_buf_add(&m->lines, bytes, n_bytes);
        if (n_bytes == 0) m->lines_ended = true;
        sx_wasm_wake(m, &m->for_line);
    } else if (port == SX_PORT_ROOM)
        sx_wasm_wake(m, &m->for_room);
    sx_free(bytes);
    return number;
}
