/* wasm_prims.c - the host's primitives in the WebAssembly build: the evaluator's questions (host/cli/session.c natively),
 * printing, reading lines, files. Usage strings are those of the native host; what is not here raises notsup (wasm.c).
 * Files come from the embedder, else from those that the module carries; both are there at once, so nothing parks.
 * INVARIANT: each command gets one reply, in order, whatever happens to its evaluator. */
#include "sys/wasm.h"
#include "base/sys.h"
#include "cli/crash.h"
#include "cli/report.h"
#include "cli/sources.h"
#include "code/prim.h"
#include "io/lookup.h"
#include "io/text.h"
#include "value/atom.h"
#include "value/bits.h"
#include "value/print.h"
#include "vm/vm.h"

#define VALUE_MAX ((size_t)1 << 28) /* of a reply, in bytes */
#define STILLBORN_MAX 3

/* ---- replies ---- */

static bool is_evaluator(const SxWasm *m, const SxProc *p) { return p->pid == m->evaluator; }
static bool is_evaluating(const SxWasm *m, const SxProc *p) { return is_evaluator(m, p) && m->current != NULL; }

/* Send the current command's reply. Takes line. */
static void answer(SxWasm *m, SxBuf *line)
{
    sx_wasm_reply(line);
    sx_buf_deinit(line);
    sx_buf_deinit(&m->current->text);
    sx_free(m->current);
    m->current = NULL;
}

static void answer_value(SxWasm *m, sx_val value)
{
    SxBuf line = SX_BUF_INIT;
    sx_buf_addf(&line, "(ok %u ", (unsigned)m->current->number);
    if (m->current->port == SX_PORT_ERLANG)
        sx_print_erlang(&line, value, VALUE_MAX);
    else
        sx_print(&line, value, VALUE_MAX);
    sx_buf_add_char(&line, ')');
    answer(m, &line);
}

static void answer_report(SxWasm *m, const SxReport *r)
{
    SxBuf line = SX_BUF_INIT;
    sx_buf_addf(&line, "(error %u ", (unsigned)m->current->number);
    sx_print_string(&line, r->message.data, r->message.len);
    sx_buf_add_char(&line, ' ');
    sx_report_record(r, &line);
    sx_buf_add_char(&line, ')');
    answer(m, &line);
}

static void print_report(const SxReport *r, const SxProc *p)
{
    SxBuf text = SX_BUF_INIT;
    sx_report_text(r, &text, false);
    sx_wasm_report((uint32_t)p->epoch, &text);
    sx_buf_deinit(&text);
}

/* ---- the evaluator ---- */

bool sx_wasm_make_evaluator(SxWasm *m)
{
    if (m->evaluator != SX_NONE) return true;
    const SxCell *cell = sx_cell_find(&m->rt.code, sx_atom("sx/%evaluator"));
    if (cell == NULL || cell->value == SX_NONE || m->stillborn >= STILLBORN_MAX) {
        static const char text[] = "sxhost: the evaluator cannot start (boot/lib/sx/session.sx)\n";
        sx_sys_log(text, sizeof text - 1);
        return false;
    }
    SxSpawn spawn = {.fn = cell->value, .parent = SX_NIL, .name = SX_NONE, .priority = SX_PRIO_NORMAL, .group_leader = SX_NIL};
    SxProc *p = sx_spawn(&m->rt, &spawn);
    if (p == NULL) return true; /* max_processes: tried again at the next step */
    p->label = sx_atom("evaluator");
    m->evaluator = p->pid;
    m->idle = false;
    m->stillborn++;
    return true;
}

static void process_exit(SxRuntime *rt, SxProc *p)
{
    SxWasm *m = rt->host;
    if (!is_evaluator(m, p)) return;
    m->evaluator = SX_NONE;
    m->idle = false;
    if (m->current == NULL) return;
    SxReport r;
    bool crashed = p->exc_class != SX_NONE;
    if (p->over_limit)
        sx_report_init(&r, rt, SX_A(error), SX_A(max_heap_size), SX_EMPTY);
    else if (crashed)
        sx_report_init(&r, rt, p->exc_class, p->exc_reason, p->exc_class == SX_A(exit) ? SX_EMPTY : sx_vm_stacktrace(p, p->exc_trace));
    else
        sx_report_init(&r, rt, SX_A(exit), SX_A(normal), SX_EMPTY);
    sx_report_process(&r, p);
    answer_report(m, &r);
    sx_report_deinit(&r);
}

static void process_crash(SxRuntime *rt, SxProc *p)
{
    if (is_evaluating(rt->host, p)) return; /* its reply says it */
    SxBuf text = SX_BUF_INIT;
    sx_crash_text(&text, p, p->exc_class, p->exc_reason, sx_vm_stacktrace(p, p->exc_trace), SX_EMPTY, false);
    sx_wasm_report((uint32_t)p->epoch, &text);
    sx_buf_deinit(&text);
}

void sx_wasm_hooks(SxWasm *m)
{
    m->rt.on_exit = process_exit;
    m->rt.on_crash = process_crash;
}

SX_PRIM(next_command, "(%next-command)", "#(:eval text name) or #(:erlang text name) when there is a command; :stop for a process that is the evaluator no more.")
{
    SxWasm *m = sx_wasm_of(p);
    if (!is_evaluator(m, p)) return sx_atom("stop");
    m->stillborn = 0;
    m->idle = m->first == NULL;
    if (m->idle) return sx_park(p, SX_WAIT_IO);
    SxWasmCommand *c = m->current = m->first;
    m->first = c->next;
    if (m->first == NULL) m->last = &m->first;
    p->epoch = c->number;
    SxBuf file = SX_BUF_INIT;
    sx_buf_addf(&file, "epoch-%u", (unsigned)c->number);
    sx_val name = sx_atom_intern(file.data, file.len);
    sx_buf_deinit(&file);
    sx_val text = sx_binary(&p->heap, c->text.data, c->text.len);
    return sx_tuple(&p->heap, 3, sx_atom(c->port == SX_PORT_ERLANG ? "erlang" : "eval"), text, name == SX_NONE ? sx_atom("command") : name);
}

SX_PRIM(reply, "(%reply value)", "Answers the evaluator's command with a value.")
{
    SxWasm *m = sx_wasm_of(p);
    if (is_evaluating(m, p)) answer_value(m, argv[0]);
    return SX_A(ok);
}

SX_PRIM(reply_error, "(%reply-error class reason stack source)", "Answers the evaluator's command with an error report; in another process the report is printed.")
{
    SxWasm *m = sx_wasm_of(p);
    SxReport r;
    sx_report_init(&r, p->rt, argv[0], argv[1], argv[2]);
    size_t n_bytes;
    const unsigned char *source = sx_is_bits(argv[3]) ? sx_binary_bytes(argv[3], &n_bytes) : NULL;
    if (source != NULL)
        sx_report_source(&r, (const char *)source, n_bytes);
    if (is_evaluating(m, p))
        answer_report(m, &r);
    else if (!is_evaluator(m, p)) {
        sx_report_process(&r, p);
        print_report(&r, p);
    }
    sx_report_deinit(&r);
    return SX_A(ok);
}

SX_PRIM(error_file, "(%error-file class reason stack)", "File whose text an error report wants to show a line of and that is not kept, or nil.")
{
    SxReport r;
    sx_report_init(&r, p->rt, argv[0], argv[1], argv[2]);
    sx_val file = r.line == 0 || r.excerpt.text.len > 0 ? SX_NIL : sx_binary_text(&p->heap, r.file);
    sx_report_deinit(&r);
    return file;
}

SX_PRIM(keep_source, "(%keep-source file text &opt language)",
        "Keeps a text that is run as `file` (an atom) for a while, for the lines that error reports show. `language`: :erlang, if it is.")
{
    size_t n_file, n_bytes;
    const unsigned char *text = sx_is_atom(argv[0]) && sx_bits_is_binary(argv[1]) ? sx_binary_bytes(argv[1], &n_bytes) : NULL;
    if (text != NULL) sx_sources_keep(p->rt, sx_atom_text(argv[0], &n_file), (const char *)text, n_bytes, argv[2] == sx_atom("erlang"));
    return SX_A(ok);
}

SX_PRIM(error_report, "(%error-report class reason stack &opt details)",
        "Text of the report of an exception in this process, as it is printed when nobody catches it. `details`: a list of #(name value) that it shows too.")
{
    SxBuf text = SX_BUF_INIT;
    sx_crash_text(&text, p, argv[0], argv[1], argv[2], argv[3] == SX_NONE ? SX_EMPTY : argv[3], false);
    sx_val report = sx_binary(&p->heap, text.data, text.len);
    sx_buf_deinit(&text);
    return report;
}

SX_PRIM(park, "(park why)", "Parks the process for good, as a named service. When it evaluates a command, that command's reply is (parked N \"why\").")
{
    SxWasm *m = sx_wasm_of(p);
    if (is_evaluating(m, p)) { /* at the first call: it is the evaluator no more afterwards */
        SxBuf line = SX_BUF_INIT, why = SX_BUF_INIT;
        if (!sx_text_name(&why, argv[0])) sx_print(&why, argv[0], 200);
        sx_buf_addf(&line, "(parked %u ", (unsigned)m->current->number);
        sx_print_string(&line, why.data, why.len);
        sx_buf_add_char(&line, ')');
        sx_buf_deinit(&why);
        answer(m, &line);
        m->evaluator = SX_NONE;
    }
    return sx_park(p, SX_WAIT_PARK);
}

SX_PRIM(args, "(args)", "Arguments of the program: there are none.") { return SX_EMPTY; }
SX_PRIM(source_options, "(%source-options)", "There is no command line: none.") { return SX_EMPTY; }

/* ---- printing and lines ---- */

SX_PRIM(put, "(sx_io:put stream text)", "Prints binary `text`; `stream` is :out or :err. Waits while the writer is full.")
{
    bool is_out = argv[0] == sx_atom("out");
    if (!is_out && argv[0] != sx_atom("err")) return sx_badarg(p, "argument 1 of put is :out or :err");
    size_t n_bytes;
    unsigned char *scratch = NULL;
    const unsigned char *bytes = sx_is_bits(argv[1]) ? sx_binary_bytes_any(argv[1], &n_bytes, &scratch) : NULL;
    if (bytes == NULL) return sx_badarg(p, "argument 2 of put is a binary");
    bool taken = sx_sys_output(p->rt, is_out ? SX_STREAM_OUT : SX_STREAM_ERR, p->epoch, (const char *)bytes, n_bytes);
    sx_free(scratch);
    if (!taken) return sx_park(p, SX_WAIT_OUTPUT);
    sx_charge(p, 1 + n_bytes / 256);
    return SX_A(ok);
}

/* The next posted line with its newline; `at_end` when there are no more; SX_NONE: none yet, p is to park. */
static sx_val take_line(SxProc *p, bool with_newline, sx_val at_end)
{
    SxWasm *m = sx_wasm_of(p);
    const char *start = m->lines.data + m->lines_at;
    size_t left = m->lines.len - m->lines_at;
    const char *newline = left == 0 ? NULL : memchr(start, '\n', left);
    if (newline == NULL && !m->lines_ended) {
        sx_wasm_wait(&m->for_line, p);
        return SX_NONE;
    }
    if (left == 0) return at_end;
    size_t n = newline == NULL ? left : (size_t)(newline - start), taken = newline == NULL ? n : n + 1;
    sx_val line = sx_binary(&p->heap, start, with_newline ? taken : n > 0 && start[n - 1] == '\r' ? n - 1 : n);
    m->lines_at += taken;
    if (m->lines_at == m->lines.len) m->lines_at = m->lines.len = 0;
    sx_charge(p, 1 + n / 256);
    return line;
}

SX_PRIM(read_line, "(read-line)", "Next line that was posted, without its newline; nil when there are no more.")
{
    sx_val line = take_line(p, false, SX_NIL);
    return line == SX_NONE ? sx_park(p, SX_WAIT_IO) : line;
}

SX_PRIM(get_line, "(sx_io:get_line)", "Next line that was posted with its newline, or eof.")
{
    sx_val line = take_line(p, true, sx_atom("eof"));
    return line == SX_NONE ? sx_park(p, SX_WAIT_IO) : line;
}

/* ---- files ---- */

/* Name of a file as a C string in out; false: raised. */
static bool take_path(SxProc *p, sx_val name, SxBuf *out)
{
    bool ok = sx_text_name(out, name);
    sx_buf_add_char(out, 0);
    if (!ok) sx_badarg(p, "argument 1 is a file name");
    return ok;
}

static bool is_there(const char *path)
{
    size_t n_bytes;
    return sx_wasm_has_file(path, &n_bytes) || sx_boot_file(path, strlen(path)) != NULL;
}

/* The file's bytes; SX_NONE: there is none; SX_THROWN. */
static sx_val contents(SxProc *p, sx_val name)
{
    SxBuf path = SX_BUF_INIT;
    char *data;
    size_t n_bytes;
    sx_val value = SX_THROWN;
    if (take_path(p, name, &path)) {
        value = SX_NONE;
        if (sx_sys_read_file(path.data, &data, &n_bytes) == 0) {
            value = sx_binary(&p->heap, data, n_bytes);
            sx_charge(p, 1 + n_bytes / 256);
            sx_free(data);
        }
    }
    sx_buf_deinit(&path);
    return value;
}

SX_PRIM(file_read, "(file-read path)", "Contents of a file as a binary. Raises #(:file_error :enoent path).")
{
    sx_val value = contents(p, argv[0]);
    return value == SX_NONE ? sx_error(p, sx_tuple(&p->heap, 3, sx_atom("file_error"), sx_atom("enoent"), argv[0])) : value;
}

SX_PRIM(erl_read_file, "(file:read_file name)", "{ok, Binary} or {error, enoent}.")
{
    sx_val value = contents(p, argv[0]);
    if (value == SX_THROWN) return value;
    return value == SX_NONE ? sx_tuple(&p->heap, 2, SX_A(error), sx_atom("enoent")) : sx_tuple(&p->heap, 2, SX_A(ok), value);
}

SX_PRIM(file_exists, "(file-exists? path)", "True when there is a file of that name.")
{
    SxBuf path = SX_BUF_INIT;
    sx_val value = take_path(p, argv[0], &path) ? sx_bool(is_there(path.data)) : SX_THROWN;
    sx_buf_deinit(&path);
    return value;
}

SX_PRIM(find_file, "(%find-file path)", "Path that file-read would open, or nil.")
{
    SxBuf path = SX_BUF_INIT;
    sx_val value = SX_THROWN;
    if (take_path(p, argv[0], &path)) value = is_there(path.data) ? sx_binary_text(&p->heap, path.data) : SX_NIL;
    sx_buf_deinit(&path);
    return value;
}

/* Was the image made of this boot file? */
static bool is_in_image(SxProc *p, const SxBootFile *file)
{
    const SxCell *cell = sx_cell_find(&p->rt->code, sx_atom("sx/%boot-files"));
    sx_val atom = sx_atom_existing(file->name, strlen(file->name));
    for (sx_val l = cell == NULL || cell->value == SX_NONE ? SX_EMPTY : cell->value; sx_is_cons(l); l = sx_tail(l))
        if (sx_head(l) == atom) return true;
    return false;
}

SX_PRIM(boot_load, "(%boot-load path text)",
        "#(:ok :loaded) when the boot image was made of exactly this text of the file that `path` names by its end, and no other "
        "version was loaded since; else nil, and from then on the file counts as another version.")
{
    SxWasm *m = sx_wasm_of(p);
    SxBuf path = SX_BUF_INIT;
    const SxBootFile *file = sx_text_name(&path, argv[0]) ? sx_boot_file_of_path(path.data, path.len) : NULL;
    sx_buf_deinit(&path);
    if (file == NULL || !is_in_image(p, file)) return SX_NIL;
    size_t n_bytes, i = (size_t)(file - sx_boot_files);
    unsigned char *scratch = NULL;
    const unsigned char *text = sx_is_bits(argv[1]) ? sx_binary_bytes_any(argv[1], &n_bytes, &scratch) : NULL;
    if (text == NULL) return sx_badarg(p, "argument 2 of %%boot-load is a binary");
    bool same = n_bytes == file->n_bytes && memcmp(text, file->bytes, n_bytes) == 0;
    sx_free(scratch);
    sx_charge(p, n_bytes / 256);
    if (m->replaced_files == NULL) m->replaced_files = sx_alloc_zero(sx_boot_files_count);
    if (same && !m->replaced_files[i]) return sx_tuple(&p->heap, 2, SX_A(ok), sx_atom("loaded"));
    m->replaced_files[i] = 1;
    return SX_NIL;
}

/* ---- surroundings ---- */

SX_PRIM(getenv1, "(os:getenv name &opt default)", "There is no environment: false, or the default.") { return argc > 1 && argv[1] != SX_NONE ? argv[1] : SX_FALSE; }

SX_PRIM(type0, "(os:type)", "{wasm, wasm32}.") { return sx_tuple(&p->heap, 2, sx_atom("wasm"), sx_atom("wasm32")); }

SX_PRIM_TABLE(wasm){
    &next_command_prim, &reply_prim,     &reply_error_prim,   &error_file_prim,  &error_report_prim, &keep_source_prim, &park_prim,      &args_prim, &source_options_prim,    &put_prim,   &read_line_prim,
    &get_line_prim,     &file_read_prim, &erl_read_file_prim, &file_exists_prim, &find_file_prim,    &boot_load_prim, &getenv1_prim, &type0_prim, NULL,
};
