/* options.c - see options.h. Options stand before FILE; everything behind it is the program's. */
#include "cli/options.h"
#include <errno.h>
#include <stdlib.h>

const char sx_options_help[] =
    "usage: sxhost [options]                    commands from standard input; a prompt on a terminal\n"
    "       sxhost [options] FILE.sx [ARGS]     run a file\n"
    "       sxhost [options] FILE.erl [ARGS]    compile and load a module, call its main/1\n"
    "       sxhost [options] -e 'SX' [-- ARGS]  evaluate and print the value; -E 'Erlang' likewise\n"
    "       sxhost [options] check FILE.erl...  print errors and warnings as erlc does; exit 1 when there are errors\n"
    "       sxhost test [options] PATH...       run tests (sxhost test --help)\n"
    "       sxhost explore [options] TEST       run one test in many orders (sxhost explore --help)\n"
    "\n"
    "  -e SOURCE          evaluate SX, print the value (may be given again)\n"
    "  -E SOURCE          the same for Erlang expressions\n"
    "  --fifo PATH        read commands from a fifo, through any number of writers\n"
    "  --plain            what programs print goes out as it is, not as (out N \"text\")\n"
    "  --protocol         commands and replies, also on a terminal\n"
    "  --repl             a prompt, also when standard input is no terminal\n"
    "  --exit-at-eof      end at the end of input even when something listens\n"
    "  --drain SECONDS    how long SIGTERM waits for what is in flight (10)\n"
    "  --timeout SECONDS  after that, print every process and exit 124\n"
    "  --deadlock=WHAT    a ring of calls that nobody can answer is reported (report, the default);\n"
    "                     error: its callers exit with {deadlock, Ring} as well\n"
    "  --deterministic SEED  virtual time (a sleep costs nothing), and the seed decides which process runs next:\n"
    "                     the same seed, command line and files give the same bytes. Standard input is read to its\n"
    "                     end first; the network is refused\n"
    "  --switches N       with --deterministic: print the last N switches from process to process at the end\n"
    "  --limit NAME=N     max_atoms, max_processes, max_heap_bytes, max_shared_bytes,\n"
    "                     max_read_ahead, max_form_bytes\n"
    "  -I DIR             look for Erlang include files there\n"
    "  -D NAME[=TEXT]     define an Erlang macro\n"
    "  -pa DIR            look for Erlang modules in DIR and DIR/src\n"
    "  --otp-path DIR     an installed OTP, or its lib folder: modules that sxhost has not are compiled from\n"
    "                     its source (Debian: erlang-src, /usr/lib/erlang); ERL_LIBS names more folders\n"
    "  --otp NAME,...     take these modules from there, also when sxhost has its own\n"
    "  --version, --help\n"
    "\n"
    "commands: (epoch N) (eval \"source\") (load \"path\") (interrupt N) (ping) (describe) (processes) (quit CODE).\n"
    "Erlang in them: (eval \"(erlang-eval-ast \\\"lists:seq(1, 3)\\\")\").\n"
    "at the prompt: (doc name), (apropos \"text\"), *1 is the last value; Ctrl-C stops what runs, Ctrl-D leaves.\n"
    "exit: 0; 1 after an error; 2 wrong usage; 124 timeout; what (erlang:halt n) says; 128+n after a second signal n\n";

typedef struct Words {
    char **argv;
    int argc, at;
} Words;

static bool complain(SxBuf *why, const char *what, const char *word)
{
    sx_buf_addf(why, "%s: %s", what, word);
    return false;
}

/* The word behind option argv[at]; --name=value gives it too. NULL: there is none. */
static const char *value_of(Words *w, SxBuf *why)
{
    char *word = w->argv[w->at];
    char *equals = word[0] == '-' && word[1] == '-' ? strchr(word, '=') : NULL;
    if (equals != NULL) return equals + 1;
    if (w->at + 1 < w->argc) return w->argv[++w->at];
    complain(why, "a value is missing behind", word);
    return NULL;
}

static bool take_seconds(int64_t *ms, const char *text, SxBuf *why)
{
    char *end;
    double seconds = strtod(text, &end);
    if (end == text || *end != 0 || !(seconds >= 0) || seconds > 1e9) return complain(why, "not a number of seconds", text);
    *ms = (int64_t)(seconds * 1000);
    return true;
}

static bool take_limit(SxOptions *o, const char *text, SxBuf *why)
{
    const struct { const char *name; uint64_t *to; } limits[] = {
        {"max_atoms", &o->max_atoms}, {"max_processes", &o->max_processes}, {"max_heap_bytes", &o->max_heap_bytes},
        {"max_shared_bytes", &o->max_shared_bytes}, {"max_read_ahead", &o->max_read_ahead}, {"max_form_bytes", &o->max_form_bytes},
    };
    const char *equals = strchr(text, '=');
    if (equals == NULL) return complain(why, "--limit takes NAME=NUMBER, not", text);
    for (size_t i = 0; i < SX_COUNT(limits); i++) {
        if (strlen(limits[i].name) != (size_t)(equals - text) || strncmp(limits[i].name, text, (size_t)(equals - text)) != 0) continue;
        char *end;
        unsigned long long n = strtoull(equals + 1, &end, 10);
        if (equals[1] < '0' || equals[1] > '9' || *end != 0 || n == 0) return complain(why, "not a limit", text);
        *limits[i].to = n;
        return true;
    }
    return complain(why, "no such limit", text);
}

static bool take_number(uint64_t *to, const char *text, SxBuf *why)
{
    char *end;
    errno = 0;
    *to = strtoull(text, &end, 10);
    return (text[0] >= '0' && text[0] <= '9' && *end == 0 && errno == 0) || complain(why, "not a number that will do", text);
}

static bool take_switches(SxOptions *o, const char *text, SxBuf *why)
{
    uint64_t n;
    if (!take_number(&n, text, why)) return false;
    o->switches = n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
    return true;
}

static bool is_option(const char *word, const char *name)
{
    size_t n = strlen(name);
    return strncmp(word, name, n) == 0 && (word[n] == 0 || word[n] == '=');
}

static void add_once(SxOptions *o, bool erlang, const char *source)
{
    o->once = sx_realloc(o->once, (size_t)(o->n_once + 1) * sizeof *o->once);
    o->once[o->n_once++] = (SxOnce){erlang, source};
    o->mode = SX_RUN_ONCE;
}

static const struct { const char *name; SxSourceKind kind; } source_options[] = {
    {"-pa", SX_SOURCE_PATH}, {"-I", SX_SOURCE_INCLUDE}, {"-D", SX_SOURCE_DEFINE}, {"--otp-path", SX_SOURCE_OTP_PATH}, {"--otp", SX_SOURCE_OTP},
};

/* Which of source_options the word is; -Idir and -DNAME are also written in one word. Negative: none. */
static int source_option(const char *word)
{
    for (size_t i = 0; i < SX_COUNT(source_options); i++) {
        bool joined = source_options[i].kind == SX_SOURCE_INCLUDE || source_options[i].kind == SX_SOURCE_DEFINE;
        if (is_option(word, source_options[i].name) || (joined && strncmp(word, source_options[i].name, 2) == 0)) return (int)i;
    }
    return -1;
}

static bool take_source(SxOptions *o, int which, Words *w, SxBuf *why)
{
    const char *word = w->argv[w->at];
    SxSourceKind kind = source_options[which].kind;
    const char *value = (kind == SX_SOURCE_INCLUDE || kind == SX_SOURCE_DEFINE) && word[2] != 0 ? word + 2 : value_of(w, why);
    if (value == NULL) return false;
    o->sources = sx_realloc(o->sources, (size_t)(o->n_sources + 1) * sizeof *o->sources);
    o->sources[o->n_sources++] = (SxSourceOption){kind, value};
    return true;
}

static bool take_option(SxOptions *o, Words *w, SxBuf *why)
{
    const struct { const char *name; bool *flag; } flags[] = {
        {"--plain", &o->plain}, {"--exit-at-eof", &o->exit_at_eof}, {"--repl", &o->prompt}, {"--protocol", &o->protocol},
    };
    const char *word = w->argv[w->at], *value;
    for (size_t i = 0; i < SX_COUNT(flags); i++)
        if (strcmp(word, flags[i].name) == 0) {
            *flags[i].flag = true;
            return true;
        }
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
        o->mode = SX_RUN_HELP;
        return true;
    }
    if (strcmp(word, "--version") == 0) {
        o->mode = SX_RUN_VERSION;
        return true;
    }
    int source = source_option(word);
    if (source >= 0) return take_source(o, source, w, why);
    bool known = strcmp(word, "-e") == 0 || strcmp(word, "-E") == 0 || is_option(word, "--fifo") || is_option(word, "--drain") ||
                 is_option(word, "--timeout") || is_option(word, "--limit") || is_option(word, "--deadlock") || is_option(word, "--deterministic") ||
                 is_option(word, "--switches") || is_option(word, "--make-image");
    if (!known) return complain(why, "unknown option", word);
    value = value_of(w, why);
    if (value == NULL) return false;
    if (word[1] == 'e' || word[1] == 'E') {
        add_once(o, word[1] == 'E', value);
        return true;
    }
    if (is_option(word, "--fifo")) o->fifo = value;
    else if (is_option(word, "--drain")) return take_seconds(&o->drain_ms, value, why);
    else if (is_option(word, "--timeout")) return take_seconds(&o->timeout_ms, value, why);
    else if (is_option(word, "--deadlock")) {
        if (strcmp(value, "error") != 0 && strcmp(value, "report") != 0) return complain(why, "--deadlock takes report or error, not", value);
        o->break_rings = value[0] == 'e';
    }
    else if (is_option(word, "--deterministic")) {
        o->deterministic = true;
        return take_number(&o->seed, value, why);
    }
    else if (is_option(word, "--switches")) return take_switches(o, value, why);
    else if (is_option(word, "--limit")) return take_limit(o, value, why);
    else {
        o->mode = SX_RUN_MAKE_IMAGE;
        o->file = value;
    }
    return true;
}

/* Behind `check`: options of sources and files in any order. The files move to the front of what is left of argv. */
static bool take_check(SxOptions *o, Words *w, SxBuf *why)
{
    o->mode = SX_RUN_CHECK;
    o->args = w->argv + ++w->at;
    for (; w->at < w->argc; w->at++) {
        char *word = w->argv[w->at];
        int source = word[0] == '-' ? source_option(word) : -1;
        if (source >= 0) {
            if (!take_source(o, source, w, why)) return false;
        } else if (word[0] == '-' && word[1] != 0) return complain(why, "check takes no option", word);
        else o->args[o->n_args++] = word;
    }
    return o->n_args > 0 || complain(why, "check wants files", "none are given");
}

bool sx_options_parse(SxOptions *o, int argc, char **argv, SxBuf *why)
{
    memset(o, 0, sizeof *o);
    o->drain_ms = 10000;
    Words w = {argv, argc, 1};
    for (; w.at < argc; w.at++) {
        char *word = argv[w.at];
        if (strcmp(word, "--") == 0) {
            w.at++;
            break;
        }
        if (word[0] != '-' || word[1] == 0) {
            if (o->mode != SX_RUN_SESSION) return complain(why, "what to do with", word);
            if (strcmp(word, "check") == 0) return take_check(o, &w, why);
            o->mode = SX_RUN_FILE;
            o->file = word;
            w.at++;
            break;
        }
        if (!take_option(o, &w, why)) return false;
        if (o->mode == SX_RUN_HELP || o->mode == SX_RUN_VERSION) return true;
    }
    o->args = argv + w.at;
    o->n_args = argc - w.at;
    if (o->fifo != NULL && o->mode != SX_RUN_SESSION) return complain(why, "--fifo reads commands; it does not go with", o->mode == SX_RUN_FILE ? o->file : "-e");
    if (o->deterministic && (o->fifo != NULL || o->prompt)) return complain(why, "--deterministic reads all input before it begins; it does not go with", o->prompt ? "--repl" : "--fifo");
    if (o->switches > 0 && !o->deterministic) return complain(why, "--switches goes with", "--deterministic SEED");
    if (o->prompt && o->protocol) return complain(why, "--repl and --protocol", "one or the other");
    return true;
}
