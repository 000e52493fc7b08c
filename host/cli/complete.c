/* complete.c - see complete.h. */
#include "cli/complete.h"
#include <stdio.h>
#include <stdlib.h>
#include <readline/readline.h>

static const SxCode *the_code;
static uint64_t cell_at, export_at; /* where the walk stands */

static const char *without_library(const char *name) { return strncmp(name, "sx/", 3) == 0 && name[3] != 0 ? name + 3 : name; }

static char *copy_of(const char *text)
{
    size_t n = strlen(text) + 1;
    char *copy = malloc(n); /* readline frees it */
    return copy == NULL ? NULL : memcpy(copy, text, n);
}

/* The next name that begins with text, or NULL. */
static char *next_name(const char *text, int state)
{
    size_t n = strlen(text);
    if (state == 0) cell_at = export_at = 0;
    const SxCell *cell;
    while ((cell = sx_table_next(&the_code->cells, &cell_at)) != NULL) {
        if (cell->value == SX_NONE) continue;
        const char *name = without_library(sx_atom_text(cell->name, NULL));
        if (name[0] == '%' && text[0] != '%') continue;
        if (strncmp(name, text, n) == 0) return copy_of(name);
    }
    const SxExport *e;
    while (strchr(text, ':') != NULL && (e = sx_table_next(&the_code->exports, &export_at)) != NULL) {
        if (e->fn == NULL) continue;
        char name[600];
        snprintf(name, sizeof name, "%s:%s", sx_atom_text(e->module, NULL), sx_atom_text(e->name, NULL));
        if (strncmp(name, text, n) == 0) return copy_of(name);
    }
    return NULL;
}

static char **complete(const char *text, int start, int end)
{
    (void)start, (void)end;
    rl_attempted_completion_over = 1; /* no file names */
    return rl_completion_matches(text, next_name);
}

void sx_complete_start(const SxCode *code)
{
    the_code = code;
    rl_attempted_completion_function = complete;
    rl_completer_word_break_characters = " \t\n()[]{}\"';`,@^#";
    rl_basic_word_break_characters = " \t\n()[]{}\"';`,@^#";
    rl_completion_append_character = ' ';
}
