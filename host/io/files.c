/* files.c - primitives on files. Each parks its process while fileop.c works on the pool. SX's raise
 * #(:file_error reason path); Erlang's answer {error, Reason}. */
#include "io/files.h"
#include "io/fileop.h"
#include "io/lookup.h"
#include "io/text.h"
#include "prim/args.h"
#include "value/atom.h"
#include "value/bits.h"
#include "value/map.h"

/* ---- starting one ---- */

static bool take_name(SxBuf *to, sx_val name)
{
    if (!sx_text_name(to, name)) return false;
    sx_buf_add_char(to, 0);
    return true;
}

/* Fills an operation from the arguments; NULL, or what is wrong with them. */
typedef const char *(*Fill)(SxFileOp *f, SxProc *p, const sx_val *argv, int argc);

/* First call: submit and park. Later calls: true when *result is #(:ok v) or #(:error reason). Wrong arguments raise; for Erlang
 * they are a result as well. */
static bool run_as(SxProc *p, const sx_val *argv, int argc, SxFileVerb verb, Fill fill, bool erlang, sx_val *result, sx_val *out)
{
    if (p->prim_state != SX_NONE) return sx_host_await(p, SX_WAIT_IO, result, out);
    SxFileOp *f = sx_file_op_new(verb);
    const char *wrong = fill(f, p, argv, argc);
    if (wrong != NULL) {
        sx_file_op_free(f);
        if (erlang) *result = sx_tuple(&p->heap, 2, SX_A(error), SX_A(badarg));
        else *out = sx_badarg(p, "%s", wrong);
        return erlang;
    }
    sx_file_op_submit(f, p);
    *out = sx_park(p, SX_WAIT_IO);
    return false;
}

static bool run(SxProc *p, const sx_val *argv, int argc, SxFileVerb verb, Fill fill, sx_val *result, sx_val *out)
{
    return run_as(p, argv, argc, verb, fill, false, result, out);
}

static bool run_erlang(SxProc *p, const sx_val *argv, int argc, SxFileVerb verb, Fill fill, sx_val *result, sx_val *out)
{
    return run_as(p, argv, argc, verb, fill, true, result, out);
}

static const char *fill_path(SxFileOp *f, __attribute__((unused)) SxProc *p, const sx_val *argv, __attribute__((unused)) int argc)
{
    return take_name(&f->path, argv[0]) ? NULL : "argument 1 is a file name";
}

static const char *fill_looked_up(SxFileOp *f, SxProc *p, const sx_val *argv, int argc)
{
    f->look_up = true;
    return fill_path(f, p, argv, argc);
}

static const char *fill_nothing(__attribute__((unused)) SxFileOp *f, __attribute__((unused)) SxProc *p, __attribute__((unused)) const sx_val *argv,
                                __attribute__((unused)) int argc)
{
    return NULL;
}

static const char *fill_data(SxFileOp *f, SxProc *p, const sx_val *argv, int argc)
{
    const char *wrong = fill_path(f, p, argv, argc);
    if (wrong != NULL) return wrong;
    if (!sx_flatten_text(argv[1], false, &f->data)) return "argument 2 is a binary, or a list of binaries and bytes";
    sx_charge(p, f->data.len / 256);
    return NULL;
}

static const char *fill_names(SxFileOp *f, SxProc *p, const sx_val *argv, int argc)
{
    const char *wrong = fill_path(f, p, argv, argc);
    if (wrong != NULL) return wrong;
    return take_name(&f->other, argv[1]) ? NULL : "argument 2 is a file name";
}

/* name, mode, uid, gid, atime, mtime: nil leaves what is there. */
static const char *fill_set_info(SxFileOp *f, SxProc *p, const sx_val *argv, int argc)
{
    const char *wrong = fill_path(f, p, argv, argc);
    for (int i = 0; wrong == NULL && i < SX_FILE_SETTINGS; i++) {
        sx_val v = argv[1 + i];
        f->set[i] = sx_is_small(v) ? sx_small_value(v) : 0;
        if (v != SX_NIL && !sx_is_small(v)) wrong = "what is set is an integer or nil";
        f->is_set[i] = v != SX_NIL;
    }
    return wrong;
}

/* ---- SX ---- */

/* The value of #(:ok v); else raise. */
static sx_val value_or_raise(SxProc *p, sx_val result, sx_val path)
{
    const sx_val *parts = sx_tuple_elements(result);
    if (parts[0] == SX_A(ok)) return parts[1];
    return sx_error(p, sx_tuple(&p->heap, 3, sx_atom("file_error"), parts[1], path));
}

static sx_val perform(SxProc *p, const sx_val *argv, int argc, SxFileVerb verb, Fill fill)
{
    sx_val result, out;
    if (!run(p, argv, argc, verb, fill, &result, &out)) return out;
    return value_or_raise(p, result, argc > 0 ? argv[0] : SX_NIL);
}

SX_PRIM(file_read, "(file-read path)",
        "Contents of a file as a binary: from the current folder, or below boot/. Raises #(:file_error reason path) when it "
        "cannot be read; reason is :enoent, :eacces, :eisdir and the like.")
{
    return perform(p, argv, argc, SX_FILE_READ, fill_looked_up);
}

static bool wants_append(SxProc *p, sx_val options, bool *append)
{
    *append = false;
    if (options == SX_NONE || options == SX_NIL) return true;
    if (!sx_is_map(options)) {
        sx_badarg(p, "argument 3 of file-write is a map of options");
        return false;
    }
    SxMapIter it;
    sx_val key, value;
    sx_map_iter_init(&it, options);
    while (sx_map_iter_next(&it, &key, &value)) {
        if (key != sx_atom("append")) {
            sx_error2(p, SX_A(badopt), key);
            return false;
        }
        *append = sx_is_true(value);
    }
    return true;
}

SX_PRIM(file_write, "(file-write path data &opt options)",
        "Writes a binary, or a list of binaries and bytes, as the whole of a file; with {:append true} behind what is there. "
        "Answers :ok; raises #(:file_error reason path).")
{
    bool append;
    if (!wants_append(p, argc > 2 ? argv[2] : SX_NONE, &append)) return SX_THROWN;
    return perform(p, argv, argc, append ? SX_FILE_APPEND : SX_FILE_WRITE, fill_data);
}

SX_PRIM(file_exists, "(file-exists? path)", "True when there is a file or folder of that name.")
{
    return perform(p, argv, argc, SX_FILE_EXISTS, fill_path);
}

SX_PRIM(file_delete, "(file-delete path)", "Deletes a file. Answers :ok; raises #(:file_error reason path).")
{
    return perform(p, argv, argc, SX_FILE_DELETE, fill_path);
}

SX_PRIM(file_list, "(file-list path)", "Names in a folder, sorted. Raises #(:file_error reason path).")
{
    return perform(p, argv, argc, SX_FILE_LIST, fill_path);
}

SX_PRIM(find_file, "(%find-file path)", "Path that file-read would open, or nil.")
{
    sx_val result, out;
    if (!run(p, argv, argc, SX_FILE_FIND, fill_path, &result, &out)) return out;
    const sx_val *parts = sx_tuple_elements(result);
    return parts[0] == SX_A(ok) ? parts[1] : SX_NIL;
}

/* ---- Erlang ---- */

/* {ok, V} or {error, Reason} as they are; `ok` for what answers nothing. */
static sx_val perform_erlang(SxProc *p, const sx_val *argv, int argc, SxFileVerb verb, Fill fill)
{
    sx_val result, out;
    if (!run_erlang(p, argv, argc, verb, fill, &result, &out)) return out;
    const sx_val *parts = sx_tuple_elements(result);
    return parts[0] == SX_A(ok) && parts[1] == SX_A(ok) ? SX_A(ok) : result;
}

/* A path or name that came as a binary, as Erlang's string of code points. */
static sx_val string_of(SxHeap *h, sx_val binary)
{
    size_t n_bytes;
    unsigned char *scratch = NULL;
    const unsigned char *bytes = sx_binary_bytes_any(binary, &n_bytes, &scratch);
    sx_val list = sx_text_string(h, (const char *)bytes, n_bytes);
    sx_free(scratch);
    return list;
}

SX_PRIM(erl_read_file, "(file:read_file name)", "{ok, Binary} or {error, Reason}.") { return perform_erlang(p, argv, argc, SX_FILE_READ, fill_looked_up); }

SX_PRIM(erl_write_file, "(file:write_file name data &opt modes)", "ok or {error, Reason}; modes: [append].")
{
    bool append = false;
    for (sx_val modes = argc > 2 && argv[2] != SX_NONE ? argv[2] : SX_EMPTY; sx_is_cons(modes); modes = sx_tail(modes))
        append = append || sx_head(modes) == sx_atom("append");
    return perform_erlang(p, argv, argc, append ? SX_FILE_APPEND : SX_FILE_WRITE, fill_data);
}

SX_PRIM(erl_write_secret, "(file:write_new_secret name data)", "Write a new file that only its owner may read: ok or {error, Reason}, eexist among them.")
{
    return perform_erlang(p, argv, argc, SX_FILE_WRITE_SECRET, fill_data);
}

SX_PRIM(erl_list_dir, "(file:list_dir name)", "{ok, Names} or {error, Reason}.")
{
    sx_val result, out;
    if (!run_erlang(p, argv, argc, SX_FILE_LIST, fill_path, &result, &out)) return out;
    const sx_val *parts = sx_tuple_elements(result);
    if (parts[0] != SX_A(ok)) return result;
    sx_val names = SX_EMPTY, reversed = SX_EMPTY;
    for (sx_val l = parts[1]; sx_is_cons(l); l = sx_tail(l)) reversed = sx_cons(&p->heap, string_of(&p->heap, sx_head(l)), reversed);
    for (; sx_is_cons(reversed); reversed = sx_tail(reversed)) names = sx_cons(&p->heap, sx_head(reversed), names);
    return sx_tuple(&p->heap, 2, SX_A(ok), names);
}

SX_PRIM(erl_get_cwd, "(file:get_cwd)", "{ok, Path}.")
{
    sx_val result, out;
    if (!run_erlang(p, argv, argc, SX_FILE_CURRENT, fill_nothing, &result, &out)) return out;
    const sx_val *parts = sx_tuple_elements(result);
    return parts[0] != SX_A(ok) ? result : sx_tuple(&p->heap, 2, SX_A(ok), string_of(&p->heap, parts[1]));
}

SX_PRIM(erl_make_dir, "(file:make_dir name)", "ok or {error, Reason}.") { return perform_erlang(p, argv, argc, SX_FILE_MAKE_DIR, fill_path); }
SX_PRIM(erl_delete, "(file:delete name)", "ok or {error, Reason}.") { return perform_erlang(p, argv, argc, SX_FILE_DELETE, fill_path); }
SX_PRIM(erl_del_dir, "(file:del_dir name)", "ok or {error, Reason}.") { return perform_erlang(p, argv, argc, SX_FILE_DELETE_DIR, fill_path); }
SX_PRIM(erl_rename, "(file:rename from to)", "ok or {error, Reason}.") { return perform_erlang(p, argv, argc, SX_FILE_RENAME, fill_names); }
SX_PRIM(erl_set_cwd, "(file:set_cwd name)", "ok or {error, Reason}.") { return perform_erlang(p, argv, argc, SX_FILE_CHANGE, fill_path); }

SX_PRIM(erl_make_link, "(file:make_link existing new)", "ok or {error, Reason}.") { return perform_erlang(p, argv, argc, SX_FILE_LINK, fill_names); }
SX_PRIM(erl_make_symlink, "(file:make_symlink existing new)", "ok or {error, Reason}.") { return perform_erlang(p, argv, argc, SX_FILE_SYMLINK, fill_names); }

SX_PRIM(erl_read_link, "(file:read_link name)", "{ok, Name} of what the symbolic link points to, or {error, Reason}.")
{
    sx_val result, out;
    if (!run_erlang(p, argv, argc, SX_FILE_READ_LINK, fill_path, &result, &out)) return out;
    const sx_val *parts = sx_tuple_elements(result);
    return parts[0] != SX_A(ok) ? result : sx_tuple(&p->heap, 2, SX_A(ok), string_of(&p->heap, parts[1]));
}

SX_PRIM(erl_set_info, "(file:$set_info name mode uid gid atime mtime)", "ok or {error, Reason}. Times are seconds since 1970; nil leaves what is there.")
{
    return perform_erlang(p, argv, argc, SX_FILE_SET_INFO, fill_set_info);
}

/* #(size type mode links device inode uid gid atime mtime ctime) as Erlang's record file_info with posix times; file.erl turns
 * them into dates. */
static sx_val file_info(SxProc *p, const sx_val *argv, int argc, SxFileVerb verb)
{
    sx_val result, out;
    if (!run_erlang(p, argv, argc, verb, fill_path, &result, &out)) return out;
    const sx_val *parts = sx_tuple_elements(result);
    if (parts[0] != SX_A(ok)) return result;
    const sx_val *i = sx_tuple_elements(parts[1]);
    int64_t mode = sx_small_value(i[2]);
    const char *access = (mode & 0600) == 0600 ? "read_write" : (mode & 0400) != 0 ? "read" : (mode & 0200) != 0 ? "write" : "none";
    sx_val record = sx_tuple(&p->heap, 14, sx_atom("file_info"), i[0], i[1], sx_atom(access), i[8], i[9], i[10], i[2], i[3], i[4], sx_small(0), i[5], i[6], i[7]);
    return sx_tuple(&p->heap, 2, SX_A(ok), record);
}
SX_PRIM(erl_file_info, "(file:$file_info name)", "{ok, #file_info{}} with times in seconds, or {error, Reason}.") { return file_info(p, argv, argc, SX_FILE_INFO); }
SX_PRIM(erl_link_info, "(file:$link_info name)", "The same, of a link itself.") { return file_info(p, argv, argc, SX_FILE_LINK_INFO); }

/* ---- boot files ---- */

static bool was_replaced(const SxLoop *loop, size_t i)
{
    return loop->replaced_files != NULL && (loop->replaced_files[i / 64] >> (i % 64) & 1) != 0;
}

static void mark_replaced(SxLoop *loop, size_t i)
{
    if (loop->replaced_files == NULL) loop->replaced_files = sx_alloc_zero((sx_boot_files_count / 64 + 1) * sizeof(uint64_t));
    loop->replaced_files[i / 64] |= (uint64_t)1 << (i % 64);
}

extern const size_t sx_boot_image_size;

/* Names of the files that the image was made of: a list in the global sx/%boot-files, atoms. */
static void note_in_image(SxProc *p, const char *name)
{
    SxCell *cell = sx_cell(&p->rt->code, sx_atom("sx/%boot-files"));
    sx_val list = cell->value == SX_NONE ? SX_EMPTY : cell->value;
    SX_CHECK(sx_cell_define(&p->rt->code, cell, sx_cons(&p->heap, sx_atom(name), list), SX_NIL));
}
static bool is_in_image(SxProc *p, const char *name)
{
    const SxCell *cell = sx_cell_find(&p->rt->code, sx_atom("sx/%boot-files"));
    sx_val atom = sx_atom_existing(name, strlen(name));
    for (sx_val l = cell == NULL || cell->value == SX_NONE ? SX_EMPTY : cell->value; sx_is_cons(l); l = sx_tail(l))
        if (sx_head(l) == atom) return true;
    return false;
}

SX_PRIM(boot_load, "(%boot-load path text)",
        "#(:ok :loaded) when the boot image was made of exactly this text of the file that `path` names by its end, and no other "
        "version was loaded since; else nil, and from then on the file counts as another version.")
{
    SxBuf path = SX_BUF_INIT;
    const SxBootFile *file = sx_text_name(&path, argv[0]) ? sx_boot_file_of_path(path.data, path.len) : NULL;
    sx_buf_deinit(&path);
    if (file == NULL) return SX_NIL;
    if (sx_boot_image_size == 0) { /* the image is being made: it is what is loaded now that it will hold */
        note_in_image(p, file->name);
        return SX_NIL;
    }
    if (!is_in_image(p, file->name)) return SX_NIL;
    size_t n_bytes;
    unsigned char *scratch = NULL;
    const unsigned char *text = sx_is_bits(argv[1]) ? sx_binary_bytes_any(argv[1], &n_bytes, &scratch) : NULL;
    if (text == NULL) return sx_badarg(p, "argument 2 of %%boot-load is a binary");
    bool same = n_bytes == file->n_bytes && memcmp(text, file->bytes, n_bytes) == 0;
    sx_free(scratch);
    sx_charge(p, n_bytes / 256);
    size_t i = (size_t)(file - sx_boot_files);
    if (same && !was_replaced(sx_loop_of(p), i)) return sx_tuple(&p->heap, 2, SX_A(ok), sx_atom("loaded"));
    mark_replaced(sx_loop_of(p), i);
    return SX_NIL;
}

SX_PRIM_TABLE(files) {
    &file_read_prim, &file_write_prim, &file_exists_prim, &file_delete_prim, &file_list_prim, &find_file_prim,
    &erl_read_file_prim, &erl_write_file_prim, &erl_write_secret_prim, &erl_list_dir_prim, &erl_get_cwd_prim, &erl_make_dir_prim, &erl_delete_prim,
    &erl_del_dir_prim, &erl_rename_prim, &erl_set_cwd_prim, &erl_make_link_prim, &erl_make_symlink_prim, &erl_read_link_prim, &erl_set_info_prim,
    &erl_file_info_prim, &erl_link_info_prim, &boot_load_prim, NULL,
};
