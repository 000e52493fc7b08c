/* os.c - primitives on the program's surroundings: environment, process number. */
#include "io/files.h"
#include "io/loop.h"
#include "io/text.h"
#include "value/atom.h"
#include <stdlib.h>
#include <unistd.h>

extern char **environ;

static sx_val string_value(SxProc *p, const char *text) { return sx_text_string(&p->heap, text, strlen(text)); }

SX_PRIM(getenv1, "(os:getenv name &opt default)", "Value of an environment variable as a string; false, or the default, when it is not set.")
{
    SxBuf name = SX_BUF_INIT;
    if (!sx_text_name(&name, argv[0])) {
        sx_buf_deinit(&name);
        return sx_badarg(p, "argument 1 of getenv is a name");
    }
    sx_buf_add_char(&name, 0);
    const char *value = getenv(name.data);
    sx_buf_deinit(&name);
    if (value != NULL) return string_value(p, value);
    return argc > 1 && argv[1] != SX_NONE ? argv[1] : SX_FALSE;
}

SX_PRIM(getenv0, "(os:getenv)", "All environment variables, as strings \"NAME=value\".")
{
    sx_val list = SX_EMPTY;
    for (char **at = environ; *at != NULL; at++) list = sx_cons(&p->heap, string_value(p, *at), list);
    return list;
}

SX_PRIM(putenv2, "(os:putenv name value)", "Sets an environment variable. Answers true.")
{
    SxBuf name = SX_BUF_INIT, value = SX_BUF_INIT;
    bool ok = sx_text_name(&name, argv[0]) && name.len > 0 && memchr(name.data, '=', name.len) == NULL && sx_text_name(&value, argv[1]);
    sx_buf_add_char(&name, 0);
    sx_buf_add_char(&value, 0);
    if (ok) setenv(name.data, value.data, 1);
    sx_buf_deinit(&name);
    sx_buf_deinit(&value);
    return ok ? SX_TRUE : sx_badarg(p, "putenv takes a name without = and a value, both strings");
}

SX_PRIM(unsetenv1, "(os:unsetenv name)", "Removes an environment variable. Answers true.")
{
    SxBuf name = SX_BUF_INIT;
    bool ok = sx_text_name(&name, argv[0]) && name.len > 0 && memchr(name.data, '=', name.len) == NULL;
    sx_buf_add_char(&name, 0);
    if (ok) unsetenv(name.data);
    sx_buf_deinit(&name);
    return ok ? SX_TRUE : sx_badarg(p, "argument 1 of unsetenv is a name");
}

SX_PRIM(getpid0, "(os:getpid)", "Number of the operating system's process, as a string.")
{
    SxBuf text = SX_BUF_INIT;
    sx_buf_addf(&text, "%ld", sx_loop_of(p)->deterministic != NULL ? 1L : (long)getpid());
    sx_buf_add_char(&text, 0);
    sx_val value = string_value(p, text.data);
    sx_buf_deinit(&text);
    return value;
}

SX_PRIM(type0, "(os:type)", "{unix, linux}.") { return sx_tuple(&p->heap, 2, sx_atom("unix"), sx_atom("linux")); }

SX_PRIM_TABLE(os) {&getenv1_prim, &getenv0_prim, &putenv2_prim, &unsetenv1_prim, &getpid0_prim, &type0_prim, NULL};
