/* framing_command.c - what a datum of the protocol's stream says. See framing.h.
 * Owns the list of commands and their arguments; strings are decoded by the SX reader. A datum whose head is no command is
 * not read at all, so that garbage makes no atoms. */
#include "cli/framing_internal.h"
#include "base/utf8.h"
#include "lang/reader.h"
#include "value/atom.h"
#include "value/bits.h"
#include "value/num.h"

#define SHOWN 40 /* bytes of the input that a message shows */

typedef enum ArgKind { ARG_NONE, ARG_NUMBER, ARG_OPTIONAL_NUMBER, ARG_STRING } ArgKind;

typedef struct Command {
    const char *name;
    SxFrameKind kind;
    ArgKind arg;
    bool is_epoch; /* then kind says nothing */
    const char *usage;
} Command;

static const Command commands[] = {
    {"epoch", SX_FRAME_ERROR, ARG_NUMBER, true, "(epoch N) has one integer from 0 on"},
    {"load", SX_FRAME_LOAD, ARG_STRING, false, "(load \"path\") has one string"},
    {"eval", SX_FRAME_EVAL, ARG_STRING, false, "(eval \"source\") has one string"},
    {"quit", SX_FRAME_QUIT, ARG_OPTIONAL_NUMBER, false, "(quit) or (quit CODE), CODE from 0 to 255"},
    {"interrupt", SX_FRAME_INTERRUPT, ARG_NUMBER, false, "(interrupt N) has the number of an epoch"},
    {"ping", SX_FRAME_PING, ARG_NONE, false, "(ping) has no arguments"},
    {"describe", SX_FRAME_DESCRIBE, ARG_NONE, false, "(describe) has no arguments"},
    {"processes", SX_FRAME_PROCESSES, ARG_NONE, false, "(processes) has no arguments"},
};
static const char all_commands[] = "(epoch N) (load \"path\") (eval \"source\") (interrupt N) (ping) (describe) (processes) (quit CODE)";

/* The command whose name is at text, up to what is no letter; NULL: none. *n_name is set in any case. */
static const Command *find_command(const char *text, size_t n, size_t *n_name)
{
    size_t length = 0;
    while (length < n && text[length] >= 'a' && text[length] <= 'z') length++;
    *n_name = length;
    for (size_t i = 0; i < SX_COUNT(commands); i++)
        if (strlen(commands[i].name) == length && memcmp(commands[i].name, text, length) == 0) return &commands[i];
    return NULL;
}

static bool begins_a_name(const char *text, size_t n)
{
    for (size_t i = 0; i < SX_COUNT(commands); i++)
        if (n <= strlen(commands[i].name) && memcmp(commands[i].name, text, n) == 0) return true;
    return false;
}

static size_t skip_space(const char *text, size_t i, size_t n)
{
    while (i < n && (text[i] == ' ' || text[i] == '\t')) i++;
    return i;
}

SxCommandStart sx_command_start(const char *text, size_t n, size_t *n_bytes)
{
    SxCommandStart unfinished = SX_START_MAYBE;
    if (n >= SX_START_BYTES) n = SX_START_BYTES, unfinished = SX_START_NONE;
    size_t n_name;
    const Command *c = find_command(text + 1, n - 1, &n_name);
    size_t i = 1 + n_name;
    if (i == n) return begins_a_name(text + 1, n_name) ? unfinished : SX_START_NONE;
    if (!c) return SX_START_NONE;
    size_t argument = skip_space(text, i, n);
    bool apart = argument > i;
    i = argument;
    if (i == n) return unfinished;
    if (c->arg == ARG_STRING) return text[i] == '"' ? SX_START_COMMAND : SX_START_NONE;
    if (c->arg != ARG_NONE && apart)
        while (i < n && text[i] >= '0' && text[i] <= '9') i++;
    bool has_number = i > argument;
    i = skip_space(text, i, n);
    if (i == n) return unfinished;
    if (text[i] != ')' || (c->arg == ARG_NUMBER && !has_number)) return SX_START_NONE;
    *n_bytes = i + 1;
    if (c->is_epoch) return SX_START_EPOCH;
    return c->kind >= SX_FRAME_INTERRUPT ? SX_START_CONTROL : SX_START_COMMAND;
}

void sx_command_error(SxFrame *out, int line, int column, const char *format, ...)
{
    out->kind = SX_FRAME_ERROR;
    out->line = line;
    out->column = column;
    out->text.len = 0;
    va_list args;
    va_start(args, format);
    sx_buf_addv(&out->text, format, args);
    va_end(args);
}

static void no_command(const char *text, size_t n, SxFrame *out)
{
    static const char *const source[] = {"define", "defmacro", "module", "namespace", "import", "do", "let", "print", "println", "spawn"};
    size_t n_name = 0, i = 1, end = 0;
    if (text[0] == '(') find_command(text + 1, n - 1, &n_name);
    for (size_t k = 0; k < SX_COUNT(source); k++) {
        if (strlen(source[k]) != n_name || memcmp(source[k], text + i, n_name) != 0) continue;
        sx_command_error(out, out->line, out->column, "(%s ...) is source and no command: write (eval \"(%s ...)\")", source[k], source[k]);
        return;
    }
    while (end < n && end < SHOWN && text[end] >= ' ') end++;
    end = sx_utf8_valid_prefix((const unsigned char *)text, end);
    if (end == 0) sx_command_error(out, out->line, out->column, "byte 0x%02x is no command; there are %s", (unsigned char)text[0], all_commands);
    else sx_command_error(out, out->line, out->column, "`%.*s%s` is no command; there are %s", (int)end, text, end < n ? "..." : "", all_commands);
}

/* The list of arguments into out. False: they are not what the command takes. */
static bool take_arguments(const Command *c, sx_val args, SxFrame *out)
{
    out->number = -1;
    if (args == SX_EMPTY) return c->arg == ARG_NONE || c->arg == ARG_OPTIONAL_NUMBER;
    if (c->arg == ARG_NONE || sx_tail(args) != SX_EMPTY) return false;
    sx_val v = sx_head(args);
    if (c->arg == ARG_STRING) {
        size_t n;
        if (!sx_is_bits(v) || !sx_bits_is_binary(v)) return false;
        const unsigned char *bytes = sx_binary_bytes(v, &n);
        sx_buf_add(&out->text, bytes, n);
        return c->kind != SX_FRAME_LOAD || n == 0 || memchr(bytes, 0, n) == NULL;
    }
    uint64_t number;
    if (!sx_is_integer(v) || !sx_num_to_uint64(v, &number) || (c->kind == SX_FRAME_QUIT && number > 255)) return false;
    out->number = (int64_t)number;
    return true;
}

SxDatum sx_command_decode(const char *text, size_t n, SxFrame *out)
{
    size_t i = 1, n_name;
    if (n >= 2 && text[0] == '#' && text[1] == ';') return SX_DATUM_NOTHING;
    while (i < n && sx_frame_blank(text[i])) i++;
    const Command *c = text[0] == '(' ? find_command(text + i, n - i, &n_name) : NULL;
    if (!c) return no_command(text, n, out), SX_DATUM_FRAME;
    SxHeap h;
    SxReader r;
    sx_val v = SX_NONE;
    SxDatum says = SX_DATUM_FRAME;
    sx_heap_init(&h, 16, 256, SIZE_MAX / 16);
    sx_reader_init(&r, text, n, SX_NIL, out->line, out->column);
    if (sx_read(&r, &h, &v) != SX_READ_OK) {
        sx_command_error(out, r.error_line, r.error_column, "%s", r.message);
    } else if (!sx_is_symbol(sx_head(v)) || sx_symbol_name(sx_head(v)) != sx_atom(c->name)) {
        no_command(text, n, out); /* (load/x ...) and the like */
    } else if (take_arguments(c, sx_tail(v), out)) {
        out->kind = c->kind;
        if (c->is_epoch) says = SX_DATUM_EPOCH;
    } else {
        sx_command_error(out, out->line, out->column, "%s", c->usage);
    }
    sx_heap_deinit(&h);
    return says;
}
