/* re.c - module re: Perl's regular expressions on PCRE2, with OTP's options and results.
 * A compiled expression is a value: {re_pattern, Groups, Unicode, UsesCrLf, Binary}, whose binary holds the expression's text
 * and options. What PCRE2 made of it is kept in a cache here, so nothing has to be freed by programs and a forged binary does
 * no harm: it is compiled again.
 * A match is tried at once with a small limit. What needs more (a long subject, much backtracking, many matches) runs on
 * libuv's pool while its process is parked, with the limits that the program asked for; so it ends in any case.
 * INVARIANT: cache and jobs are touched on the scheduler's thread only; on the pool a job's run touches what the job owns, and
 * compiled code, which nobody changes. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "base/buf.h"
#include "base/utf8.h"
#include "io/loop.h"
#include "io/text.h"
#include "prim/args.h"
#include "sys/crypto.h"
#include <pcre2.h>

#define CACHE_MOST 128              /* compiled expressions kept */
#define AT_ONCE_BYTES (64 * 1024)   /* longer subjects go to the pool */
#define AT_ONCE_LIMIT 20000         /* PCRE2's match limit for what is tried at once, */
#define AT_ONCE_MATCHES 1000        /* and how many matches of a global run */
#define DEFAULT_LIMIT 10000000
#define HEAP_LIMIT_KIB (256 * 1024)

/* ---- compiled expressions ---- */

typedef struct Key { /* what makes two expressions one, with the text */
    uint32_t options, newline, bsr;
} Key;

typedef struct Regex {
    struct Regex *next, **link; /* cache, most recently used first; link NULL: not in it */
    uint32_t refs;
    uint64_t hash;
    Key key;
    pcre2_code *code;
    PCRE2_SPTR names;           /* PCRE2's table: two bytes of group, then the name */
    uint32_t n_groups, n_names, name_size;
    size_t n_text;
    char text[];
} Regex;

static struct {
    Regex *first;
    uint32_t n;
    unsigned char tables[2][2048]; /* character tables for Latin-1, [0]: made; the second is scratch */
    bool has_tables, tried_tables;
} cache;

static void regex_unref(Regex *r)
{
    if (--r->refs > 0) return;
    pcre2_code_free(r->code);
    sx_free(r);
}

static void cache_remove(Regex *r)
{
    *r->link = r->next;
    if (r->next != NULL) r->next->link = r->link;
    r->link = NULL;
    cache.n--;
    regex_unref(r);
}

static void cache_add(Regex *r)
{
    r->next = cache.first;
    r->link = &cache.first;
    if (r->next != NULL) r->next->link = &r->next;
    cache.first = r;
    r->refs++;
    if (++cache.n <= CACHE_MOST) return;
    Regex *last = r;
    while (last->next != NULL) last = last->next;
    cache_remove(last);
}

/* Character tables in which the letters of Latin-1 are letters, as OTP has them. They are made from those of the C locale: a
 * character gets what a like one of ASCII has, so nothing is assumed of the tables' inside but where its three parts begin,
 * which is checked. */
enum { LOWER_AT = 0, FLIP_AT = 256, CLASSES_AT = 512, CLASS_BYTES = 32, N_CLASSES = 10, TYPES_AT = CLASSES_AT + N_CLASSES * CLASS_BYTES };

static const uint8_t *latin1_tables(void)
{
    if (cache.tried_tables) return cache.has_tables ? cache.tables[0] : NULL;
    cache.tried_tables = true;
    const uint8_t *made = pcre2_maketables(NULL);
    if (made == NULL) return NULL;
    unsigned char *t = cache.tables[0];
    memcpy(t, made, TYPES_AT + 256);
    pcre2_maketables_free(NULL, made);
    if (t[LOWER_AT + 'A'] != 'a' || t[FLIP_AT + 'a'] != 'A' || t[TYPES_AT + '_'] == 0 || t[TYPES_AT + 1] != 0) return NULL;
    for (int c = 128; c < 256; c++) {
        bool upper = c >= 0xC0 && c <= 0xDE && c != 0xD7, lower = (c >= 0xDF && c != 0xF7) || c == 0xAA || c == 0xB5 || c == 0xBA;
        bool has_other = upper || (c >= 0xE0 && c != 0xF7 && c != 0xFF);
        int like = upper ? 'G' : lower ? 'g' : c < 160 ? 1 : '!';
        t[LOWER_AT + c] = (unsigned char)(upper ? c + 32 : c);
        t[FLIP_AT + c] = (unsigned char)(has_other ? c ^ 32 : c);
        t[TYPES_AT + c] = t[TYPES_AT + like];
        for (int k = 0; k < N_CLASSES; k++) {
            unsigned char *bits = t + CLASSES_AT + k * CLASS_BYTES;
            if (bits[like / 8] >> (like % 8) & 1) bits[c / 8] |= (unsigned char)(1 << (c % 8));
        }
    }
    cache.has_tables = true;
    return t;
}

/* The compiled expression, or NULL: then *error and *at say why not. One reference is the caller's. */
static Regex *regex_get(const Key *key, const char *text, size_t n, int *error, size_t *at)
{
    uint64_t hash = sx_hash_bytes(text, n) ^ ((uint64_t)key->options << 8 | key->newline << 4 | key->bsr);
    for (Regex *r = cache.first; r != NULL; r = r->next) {
        if (r->hash != hash || r->n_text != n || memcmp(&r->key, key, sizeof *key) != 0 || memcmp(r->text, text, n) != 0) continue;
        r->refs++;
        if (cache.first != r) { /* to the front */
            *r->link = r->next;
            if (r->next != NULL) r->next->link = r->link;
            r->next = cache.first;
            r->link = &cache.first;
            r->next->link = &r->next;
            cache.first = r;
        }
        return r;
    }
    pcre2_compile_context *context = pcre2_compile_context_create(NULL);
    pcre2_set_newline(context, key->newline);
    pcre2_set_bsr(context, key->bsr);
    if (latin1_tables() != NULL) pcre2_set_character_tables(context, latin1_tables());
    PCRE2_SIZE offset = 0;
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)text, n, key->options, error, &offset, context);
    pcre2_compile_context_free(context);
    *at = offset;
    if (code == NULL) return NULL;
    Regex *r = sx_alloc_zero(sizeof *r + n);
    r->refs = 1;
    r->hash = hash;
    r->key = *key;
    r->code = code;
    r->n_text = n;
    if (n > 0) memcpy(r->text, text, n);
    pcre2_pattern_info(code, PCRE2_INFO_CAPTURECOUNT, &r->n_groups);
    pcre2_pattern_info(code, PCRE2_INFO_NAMECOUNT, &r->n_names);
    pcre2_pattern_info(code, PCRE2_INFO_NAMEENTRYSIZE, &r->name_size);
    pcre2_pattern_info(code, PCRE2_INFO_NAMETABLE, &r->names);
    cache_add(r);
    return r;
}

/* Texts of errors that OTP, with an older PCRE, has differently. */
static const struct { int error; const char *text; } messages[] = {
    {107, "invalid escape sequence in character class"}, {109, "nothing to repeat"}, {114, "missing )"}, {118, "missing ) after comment"},
    {122, "unmatched parentheses"}, {124, "malformed number or name after (?("}, {127, "conditional group contains more than two branches"},
    {128, "assertion expected after (?("}, {129, "digit expected after (?+"}, {134, "character value in \\x{} or \\o{} is too large"},
    {136, "\\C not allowed in lookbehind assertion"}, {138, "number after (?C is > 255"}, {139, "closing ) for (?C expected"},
    {142, "syntax error in subpattern name (missing terminator)"}, {143, "two named subpatterns have the same name"},
    {144, "group name must start with a non-digit"}, {147, "unknown property name after \\P or \\p"},
    {148, "subpattern name is too long (maximum 32 characters)"}, {149, "too many named subpatterns (maximum 10000)"},
    {154, "DEFINE group contains more than one branch"}, {158, "(?R or (?[+-]digits must be followed by )"}, {161, "number is too big"}};

static sx_val string_of(SxHeap *h, const char *text) { return sx_text_string(h, text, strlen(text)); }

/* {Text, Position} */
static sx_val compile_error(SxHeap *h, int error, size_t at)
{
    PCRE2_UCHAR text[256];
    const char *message = NULL;
    for (size_t i = 0; i < SX_COUNT(messages); i++)
        if (messages[i].error == error) message = messages[i].text;
    if (message == NULL) {
        pcre2_get_error_message(error, text, sizeof text);
        message = (const char *)text;
    }
    return sx_tuple(h, 2, string_of(h, message), sx_int(h, (int64_t)at));
}

/* ---- options ---- */

typedef enum Capture { ALL, ALL_BUT_FIRST, ALL_NAMES, FIRST, NONE, THESE } Capture;
typedef enum Form { AS_INDEX, AS_LIST, AS_BINARY } Form;

typedef struct Options {
    Key key;
    bool compiles, sets_newline; /* options were given that matter to compiling; to line ends */
    bool global, report_errors;
    bool runs;                   /* options were given that only run takes */
    uint32_t match;              /* PCRE2's */
    uint32_t limit, depth;
    size_t offset;
    Capture capture;
    Form form;
    sx_val these;                /* THESE: a list */
} Options;

static const struct { const char *name; uint32_t bit; } compile_options[] = {
    {"unicode", PCRE2_UTF}, {"caseless", PCRE2_CASELESS}, {"dollar_endonly", PCRE2_DOLLAR_ENDONLY}, {"dotall", PCRE2_DOTALL}, {"extended", PCRE2_EXTENDED},
    {"firstline", PCRE2_FIRSTLINE}, {"multiline", PCRE2_MULTILINE}, {"no_auto_capture", PCRE2_NO_AUTO_CAPTURE}, {"dupnames", PCRE2_DUPNAMES},
    {"ungreedy", PCRE2_UNGREEDY}, {"no_start_optimize", PCRE2_NO_START_OPTIMIZE}, {"ucp", PCRE2_UCP}, {"never_utf", PCRE2_NEVER_UTF}};
static const struct { const char *name; uint32_t bit; } match_options[] = {
    {"notbol", PCRE2_NOTBOL}, {"noteol", PCRE2_NOTEOL}, {"notempty", PCRE2_NOTEMPTY}, {"notempty_atstart", PCRE2_NOTEMPTY_ATSTART}};
static const struct { const char *name; uint32_t value; } newlines[] = {
    {"cr", PCRE2_NEWLINE_CR}, {"lf", PCRE2_NEWLINE_LF}, {"crlf", PCRE2_NEWLINE_CRLF}, {"any", PCRE2_NEWLINE_ANY}, {"anycrlf", PCRE2_NEWLINE_ANYCRLF}, {"nul", PCRE2_NEWLINE_NUL}};

static bool take_atom(sx_val v, Options *o)
{
    for (size_t i = 0; i < SX_COUNT(compile_options); i++)
        if (v == sx_atom(compile_options[i].name)) {
            o->key.options |= compile_options[i].bit;
            return o->compiles = true;
        }
    for (size_t i = 0; i < SX_COUNT(match_options); i++)
        if (v == sx_atom(match_options[i].name)) {
            o->match |= match_options[i].bit;
            return o->runs = true;
        }
    if (v == sx_atom("anchored")) { /* both take it: at the match is enough, but a compiled expression keeps it */
        o->key.options |= PCRE2_ANCHORED;
        o->match |= PCRE2_ANCHORED;
    } else if (v == sx_atom("bsr_anycrlf")) {
        o->key.bsr = PCRE2_BSR_ANYCRLF;
        o->sets_newline = true;
    } else if (v == sx_atom("bsr_unicode")) {
        o->key.bsr = PCRE2_BSR_UNICODE;
        o->sets_newline = true;
    } else if (v == sx_atom("global")) {
        o->global = o->runs = true;
    } else if (v == sx_atom("report_errors")) {
        o->report_errors = o->runs = true;
    } else {
        return false;
    }
    return true;
}

static bool take_capture(const sx_val *e, size_t n, Options *o)
{
    static const char *const what[] = {[ALL] = "all", [ALL_BUT_FIRST] = "all_but_first", [ALL_NAMES] = "all_names", [FIRST] = "first", [NONE] = "none"};
    static const char *const forms[] = {[AS_INDEX] = "index", [AS_LIST] = "list", [AS_BINARY] = "binary"};
    o->runs = true;
    o->capture = THESE;
    o->these = e[1];
    for (size_t i = 0; i < SX_COUNT(what); i++)
        if (e[1] == sx_atom(what[i])) o->capture = (Capture)i;
    if (o->capture == THESE && !sx_is_list(e[1])) return false;
    for (size_t i = 0; i < SX_COUNT(forms) && n == 3; i++)
        if (e[2] == sx_atom(forms[i])) {
            o->form = (Form)i;
            return true;
        }
    return n == 2;
}

static bool take_pair(sx_val v, Options *o)
{
    const sx_val *e = sx_tuple_elements(v);
    size_t n = sx_tuple_size(v);
    if (n >= 2 && e[0] == sx_atom("capture")) return n <= 3 && take_capture(e, n, o);
    if (n != 2) return false;
    if (e[0] == sx_atom("newline")) {
        for (size_t i = 0; i < SX_COUNT(newlines); i++)
            if (e[1] == sx_atom(newlines[i].name)) {
                o->key.newline = newlines[i].value;
                return o->sets_newline = true;
            }
        return false;
    }
    if (!sx_is_small(e[1]) || sx_small_value(e[1]) < 0) return false;
    uint64_t i = (uint64_t)sx_small_value(e[1]);
    uint32_t bounded = i > UINT32_MAX ? UINT32_MAX : (uint32_t)i;
    o->runs = true;
    if (e[0] == sx_atom("offset")) o->offset = (size_t)i;
    else if (e[0] == sx_atom("match_limit")) o->limit = bounded;
    else if (e[0] == sx_atom("match_limit_recursion")) o->depth = bounded;
    else return false;
    return true;
}

static bool take_options(sx_val list, Options *o)
{
    *o = (Options){.key = {.newline = PCRE2_NEWLINE_LF, .bsr = PCRE2_BSR_UNICODE}, .limit = DEFAULT_LIMIT, .depth = DEFAULT_LIMIT, .capture = ALL, .form = AS_INDEX};
    for (; sx_is_cons(list); list = sx_tail(list)) {
        sx_val v = sx_head(list);
        if (!(sx_is_atom(v) ? take_atom(v, o) : sx_is_tuple(v) && take_pair(v, o))) return false;
    }
    return list == SX_EMPTY;
}

/* Bytes of a subject or expression: a binary's own, or iodata (chardata, when `chars`) gathered in b. */
static bool bytes_of(sx_val v, bool chars, SxBuf *b, const char **bytes, size_t *n)
{
    *bytes = (const char *)sx_binary_bytes(v, n);
    if (*bytes == NULL) {
        if (!(sx_is_list(v) || sx_bits_is_binary(v)) || !sx_flatten_text(v, chars, b)) return false;
        *bytes = b->data != NULL ? b->data : "";
        *n = b->len;
    }
    return !chars || sx_utf8_valid_prefix((const unsigned char *)*bytes, *n) == *n;
}

/* ---- compiled expressions as values ---- */

#define MAGIC "sxre1" /* begins the binary; then the key, then the text */
#define MAGIC_BYTES 5

static sx_val pattern_value(SxHeap *h, const Regex *r)
{
    unsigned char *to;
    sx_val binary = sx_binary_new(h, MAGIC_BYTES + sizeof r->key + r->n_text, &to);
    memcpy(to, MAGIC, MAGIC_BYTES);
    memcpy(to + MAGIC_BYTES, &r->key, sizeof r->key);
    memcpy(to + MAGIC_BYTES + sizeof r->key, r->text, r->n_text);
    bool crlf = r->key.newline == PCRE2_NEWLINE_CRLF || r->key.newline == PCRE2_NEWLINE_ANY || r->key.newline == PCRE2_NEWLINE_ANYCRLF;
    return sx_tuple(h, 5, sx_atom("re_pattern"), sx_small(r->n_groups), sx_small((r->key.options & PCRE2_UTF) != 0), sx_small(crlf), binary);
}

#define KNOWN_OPTIONS                                                                                                  \
    (PCRE2_UTF | PCRE2_ANCHORED | PCRE2_CASELESS | PCRE2_DOLLAR_ENDONLY | PCRE2_DOTALL | PCRE2_EXTENDED | PCRE2_FIRSTLINE | PCRE2_MULTILINE |  \
     PCRE2_NO_AUTO_CAPTURE | PCRE2_DUPNAMES | PCRE2_UNGREEDY | PCRE2_NO_START_OPTIMIZE | PCRE2_UCP | PCRE2_NEVER_UTF)

static bool is_pattern(sx_val v) { return sx_is_tuple(v) && sx_tuple_size(v) == 5 && sx_tuple_elements(v)[0] == sx_atom("re_pattern"); }

/* The expression that a value holds, with line ends as `o` says when that sets them. NULL: it is none. */
static Regex *regex_of_value(sx_val v, const Options *o)
{
    size_t n, at;
    int error;
    Key key;
    unsigned char *scratch = NULL;
    if (!is_pattern(v) || !sx_bits_is_binary(sx_tuple_elements(v)[4])) return NULL;
    const unsigned char *bytes = sx_binary_bytes_any(sx_tuple_elements(v)[4], &n, &scratch);
    Regex *r = NULL;
    if (n >= MAGIC_BYTES + sizeof key && memcmp(bytes, MAGIC, MAGIC_BYTES) == 0) {
        memcpy(&key, bytes + MAGIC_BYTES, sizeof key);
        key.options &= KNOWN_OPTIONS;
        if (o != NULL && o->sets_newline) {
            key.newline = o->key.newline;
            key.bsr = o->key.bsr;
        }
        const char *text = (const char *)bytes + MAGIC_BYTES + sizeof key;
        size_t n_text = n - MAGIC_BYTES - sizeof key;
        bool valid = key.newline >= 1 && key.newline <= 6 && key.bsr >= 1 && key.bsr <= 2;
        if (valid && (!(key.options & PCRE2_UTF) || sx_utf8_valid_prefix((const unsigned char *)text, n_text) == n_text)) r = regex_get(&key, text, n_text, &error, &at);
    }
    sx_free(scratch);
    return r;
}

/* Compile the text `v`. NULL: *problem is {Text, Position}, or SX_NONE when v is no text at all. */
static Regex *regex_of_text(SxHeap *h, sx_val v, const Options *o, sx_val *problem)
{
    SxBuf b = SX_BUF_INIT;
    const char *text;
    size_t n, at;
    int error;
    Regex *r = NULL;
    *problem = SX_NONE;
    if (bytes_of(v, (o->key.options & PCRE2_UTF) != 0, &b, &text, &n)) {
        r = regex_get(&o->key, text, n, &error, &at);
        if (r == NULL) *problem = compile_error(h, error, at);
    }
    sx_buf_deinit(&b);
    return r;
}

SX_PRIM(compile2, "(re:compile regexp &opt options)", "{ok, Compiled} of a regular expression, or {error, {Text, Position}}.")
{
    Options o;
    sx_val problem;
    if (!take_options(sx_given(argv[1]) ? argv[1] : SX_EMPTY, &o) || o.runs) return sx_badarg(p, "re:compile: an option is not known, or not one for compiling");
    Regex *r = regex_of_text(&p->heap, argv[0], &o, &problem);
    if (r == NULL && problem == SX_NONE) return sx_badarg(p, "re:compile: takes text");
    if (r == NULL) return sx_tuple(&p->heap, 2, SX_A(error), problem);
    sx_val v = pattern_value(&p->heap, r);
    sx_charge(p, 10 + r->n_text / 8);
    regex_unref(r);
    return sx_tuple(&p->heap, 2, SX_A(ok), v);
}

static sx_val name_value(SxHeap *h, PCRE2_SPTR entry) { return sx_binary(h, entry + 2, strlen((const char *)entry + 2)); }

SX_PRIM(inspect2, "(re:inspect compiled item)", "{namelist, Names} of a compiled regular expression.")
{
    Regex *r = argv[1] == sx_atom("namelist") ? regex_of_value(argv[0], NULL) : NULL;
    if (r == NULL) return sx_badarg(p, "re:inspect: takes a compiled regular expression and namelist");
    sx_val list = SX_EMPTY;
    for (uint32_t i = r->n_names; i-- > 0;) {
        PCRE2_SPTR entry = r->names + (size_t)i * r->name_size;
        if (i + 1 < r->n_names && strcmp((const char *)entry + 2, (const char *)entry + r->name_size + 2) == 0) continue; /* a duplicate */
        list = sx_cons(&p->heap, name_value(&p->heap, entry), list);
    }
    regex_unref(r);
    return sx_tuple(&p->heap, 2, sx_atom("namelist"), list);
}

SX_PRIM(version0, "(re:version)", "Version of the library that does the work, PCRE2.")
{
    PCRE2_UCHAR text[64];
    pcre2_config(PCRE2_CONFIG_VERSION, text);
    return sx_binary(&p->heap, text, strlen((const char *)text));
}

/* ---- running ---- */

typedef struct Wanted { /* a part that {capture, [...]} names */
    int64_t group;   /* -1: by name */
    size_t name_at;  /* in `names`, NUL-terminated */
} Wanted;

typedef struct Job {
    uv_work_t work;
    SxLoop *loop;
    sx_val pid;
    uint64_t op;
    Regex *regex;
    const char *subject;
    size_t n_subject, offset;
    char *own_subject;     /* on the pool */
    uint32_t match, limit, depth;
    size_t most;           /* matches: stop and answer TOO_MANY */
    bool global, report_errors;
    Capture capture;
    Form form;
    SxBuf wanted, names;   /* THESE: Wanted each */
    SxBuf found;           /* for each match: how many pairs, then the pairs, all size_t */
    size_t n_found;
    int status;            /* 0, or PCRE2's error */
} Job;
#define TOO_MANY 1

static void job_deinit(Job *j)
{
    regex_unref(j->regex);
    sx_free(j->own_subject);
    sx_buf_deinit(&j->wanted);
    sx_buf_deinit(&j->names);
    sx_buf_deinit(&j->found);
}

static void keep_match(Job *j, const PCRE2_SIZE *pairs, size_t n)
{
    sx_buf_add(&j->found, &n, sizeof n);
    sx_buf_add(&j->found, pairs, 2 * n * sizeof *pairs);
    j->n_found++;
}

/* Bytes of the character at `at`; a line end of two characters is one where such line ends count. */
static size_t character_size(const Job *j, size_t at)
{
    const unsigned char *s = (const unsigned char *)j->subject;
    uint32_t newline = j->regex->key.newline, c;
    bool crlf = newline == PCRE2_NEWLINE_CRLF || newline == PCRE2_NEWLINE_ANY || newline == PCRE2_NEWLINE_ANYCRLF;
    if (crlf && at + 1 < j->n_subject && s[at] == '\r' && s[at + 1] == '\n') return 2;
    if (!(j->regex->key.options & PCRE2_UTF)) return 1;
    int n = sx_utf8_decode(s + at, j->n_subject - at, &c);
    return n > 0 ? (size_t)n : 1;
}

/* Match with this limit, as often as wanted. On any thread. */
static void run_job(Job *j, uint32_t limit)
{
    pcre2_match_data *data = pcre2_match_data_create_from_pattern(j->regex->code, NULL);
    pcre2_match_context *context = pcre2_match_context_create(NULL);
    pcre2_set_match_limit(context, limit);
    pcre2_set_depth_limit(context, j->depth);
    pcre2_set_heap_limit(context, HEAP_LIMIT_KIB);
    const PCRE2_SIZE *ends = pcre2_get_ovector_pointer(data);
    size_t at = j->offset;
    uint32_t more = 0;
    j->status = 0;
    while (at <= j->n_subject) {
        int n = pcre2_match(j->regex->code, (PCRE2_SPTR)j->subject, j->n_subject, at, j->match | more | PCRE2_NO_UTF_CHECK, data, context);
        if (n == PCRE2_ERROR_NOMATCH && more != 0) { /* nothing but the empty match here: one character on */
            if (at >= j->n_subject) break;
            at += character_size(j, at);
            more = 0;
            continue;
        }
        if (n < 0) {
            if (n != PCRE2_ERROR_NOMATCH) j->status = n;
            break;
        }
        keep_match(j, ends, (size_t)n);
        if (!j->global) break;
        if (j->n_found >= j->most) {
            j->status = TOO_MANY;
            break;
        }
        bool moves = ends[1] > at && ends[1] > ends[0];
        if (ends[1] > at) at = ends[1];
        more = moves ? 0 : PCRE2_NOTEMPTY_ATSTART | PCRE2_ANCHORED;
    }
    pcre2_match_context_free(context);
    pcre2_match_data_free(data);
}

/* ---- results ---- */

typedef struct Result {
    SxHeap *h;
    const Job *j;
    sx_val subject; /* the subject as a binary, for parts of it; SX_NONE before it is needed */
} Result;

/* The part [from, to) of the subject; from PCRE2_UNSET: a group that is not set. */
static sx_val part_value(Result *r, size_t from, size_t to)
{
    bool set = from != PCRE2_UNSET && from <= to;
    size_t n = set ? to - from : 0;
    switch (r->j->form) {
    case AS_INDEX: return sx_tuple(r->h, 2, set ? sx_int(r->h, (int64_t)from) : sx_small(-1), sx_int(r->h, (int64_t)n));
    case AS_LIST: {
        if (r->j->regex->key.options & PCRE2_UTF) return set ? sx_text_string(r->h, r->j->subject + from, n) : SX_EMPTY;
        sx_val list = SX_EMPTY;
        for (size_t i = n; i-- > 0;) list = sx_cons(r->h, sx_small((unsigned char)r->j->subject[from + i]), list);
        return list;
    }
    default:
        if (n <= SX_HEAPBIN_MAX_BYTES) return sx_binary(r->h, n > 0 ? r->j->subject + from : "", n);
        if (r->subject == SX_NONE) r->subject = sx_binary(r->h, r->j->subject, r->j->n_subject);
        return sx_bits_sub(r->h, r->subject, from * 8, n * 8);
    }
}

static sx_val group_value(Result *r, const size_t *pairs, size_t n_pairs, size_t group)
{
    return group < n_pairs ? part_value(r, pairs[2 * group], pairs[2 * group + 1]) : part_value(r, PCRE2_UNSET, PCRE2_UNSET);
}

/* The group of this name that is set, or any, or none. */
static sx_val named_value(Result *r, const size_t *pairs, size_t n_pairs, const char *name)
{
    const Regex *x = r->j->regex;
    for (uint32_t i = 0; i < x->n_names; i++) {
        PCRE2_SPTR entry = x->names + (size_t)i * x->name_size;
        size_t group = (size_t)entry[0] << 8 | entry[1];
        if (strcmp((const char *)entry + 2, name) == 0 && group < n_pairs && pairs[2 * group] != PCRE2_UNSET) return group_value(r, pairs, n_pairs, group);
    }
    return part_value(r, PCRE2_UNSET, PCRE2_UNSET);
}

/* What one match gives: a list. */
static sx_val match_value(Result *r, const size_t *pairs, size_t n)
{
    const Job *j = r->j;
    SxHeap *h = r->h;
    sx_val list = SX_EMPTY;
    switch (j->capture) {
    case ALL:
    case ALL_BUT_FIRST:
        for (size_t i = n; i-- > (j->capture == ALL ? 0u : 1u);) list = sx_cons(h, group_value(r, pairs, n, i), list);
        return list;
    case FIRST: return sx_cons(h, group_value(r, pairs, n, 0), SX_EMPTY);
    case ALL_NAMES:
        for (uint32_t i = j->regex->n_names; i-- > 0;) {
            PCRE2_SPTR entry = j->regex->names + (size_t)i * j->regex->name_size;
            if (i + 1 < j->regex->n_names && strcmp((const char *)entry + 2, (const char *)entry + j->regex->name_size + 2) == 0) continue;
            list = sx_cons(h, named_value(r, pairs, n, (const char *)entry + 2), list);
        }
        return list;
    default: {
        const Wanted *wanted = (const Wanted *)(const void *)j->wanted.data;
        for (size_t i = j->wanted.len / sizeof *wanted; i-- > 0;) {
            sx_val v = wanted[i].group >= 0 ? group_value(r, pairs, n, (size_t)wanted[i].group) : named_value(r, pairs, n, j->names.data + wanted[i].name_at);
            list = sx_cons(h, v, list);
        }
        return list;
    }
    }
}

/* What re:run answers. */
static sx_val job_value(const Job *j, SxHeap *h, sx_val subject)
{
    if (j->status < 0) {
        if (!j->report_errors) return sx_atom("nomatch");
        return sx_tuple(h, 2, SX_A(error), sx_atom(j->status == PCRE2_ERROR_MATCHLIMIT ? "match_limit" : "match_limit_recursion"));
    }
    if (j->n_found == 0) return sx_atom("nomatch");
    sx_val match = sx_atom("match");
    bool nothing = j->capture == NONE || (j->capture == THESE && j->wanted.len == 0) || (j->capture == ALL_NAMES && j->regex->n_names == 0);
    if (nothing) return match;
    Result r = {h, j, subject};
    sx_val *values = sx_alloc(j->n_found * sizeof *values);
    size_t at = 0;
    for (size_t i = 0; i < j->n_found; i++) {
        size_t n;
        memcpy(&n, j->found.data + at, sizeof n);
        values[i] = match_value(&r, (const size_t *)(const void *)(j->found.data + at + sizeof n), n);
        at += (1 + 2 * n) * sizeof n;
    }
    sx_val v = j->global ? sx_list_from(h, values, j->n_found, SX_EMPTY) : values[0];
    sx_free(values);
    return sx_tuple(h, 2, match, v);
}

/* ---- the pool ---- */

static void on_pool(uv_work_t *w)
{
    Job *j = w->data;
    run_job(j, j->limit);
}

static void after_pool(uv_work_t *w, __attribute__((unused)) int status)
{
    Job *j = w->data;
    sx_val v = job_value(j, sx_host_heap(j->loop), SX_NONE);
    sx_host_answer(j->loop, j->pid, j->op, v);
    job_deinit(j);
    sx_free(j);
}

/* Run what was tried in vain from the start on the pool. Takes what j holds. */
static sx_val to_pool(SxProc *p, const Job *tried)
{
    Job *j = sx_alloc(sizeof *j);
    *j = *tried;
    j->own_subject = sx_alloc(j->n_subject + 1);
    memcpy(j->own_subject, j->subject, j->n_subject);
    j->subject = j->own_subject;
    j->found.len = 0;
    j->n_found = 0;
    j->most = SIZE_MAX;
    j->loop = sx_loop_of(p);
    j->pid = p->pid;
    j->op = sx_host_begin(p);
    j->work.data = j;
    sx_host_work(j->loop, &j->work, on_pool, after_pool);
    return sx_park(p, SX_WAIT_IO);
}

/* ---- run ---- */

/* What {capture, List} names: group numbers, and names as atoms, strings or binaries. */
static bool take_wanted(Job *j, sx_val list)
{
    for (; sx_is_cons(list); list = sx_tail(list)) {
        sx_val v = sx_head(list);
        Wanted w = {-1, j->names.len};
        if (sx_is_small(v)) {
            if (sx_small_value(v) < 0) return false;
            w.group = sx_small_value(v);
        } else {
            if (!sx_text_name(&j->names, v)) return false;
            sx_buf_add_char(&j->names, 0);
        }
        sx_buf_add(&j->wanted, &w, sizeof w);
    }
    return list == SX_EMPTY;
}

static sx_val run(SxProc *p, sx_val subject, sx_val regexp, sx_val options)
{
    sx_val out, problem = SX_NONE;
    Options o;
    if (p->prim_state != SX_NONE) return sx_host_await(p, SX_WAIT_IO, &problem, &out) ? problem : out;
    if (!take_options(options, &o)) return sx_badarg(p, "re:run: an option is not known or malformed");
    Job j = {.match = o.match, .limit = o.limit, .depth = o.depth, .most = AT_ONCE_MATCHES, .offset = o.offset, .global = o.global, .report_errors = o.report_errors,
             .capture = o.capture, .form = o.form};
    if (is_pattern(regexp)) {
        j.regex = o.compiles ? NULL : regex_of_value(regexp, &o);
        if (j.regex == NULL) return sx_badarg(p, "re:run: takes options for compiling only with an expression that is not compiled");
    } else {
        j.regex = regex_of_text(&p->heap, regexp, &o, &problem);
        if (j.regex == NULL && (problem == SX_NONE || !o.report_errors)) return sx_badarg(p, "re:run: the regular expression is malformed; re:compile tells where");
        if (j.regex == NULL) return sx_tuple(&p->heap, 2, SX_A(error), sx_tuple(&p->heap, 2, sx_atom("compile"), problem));
    }
    SxBuf gathered = SX_BUF_INIT;
    sx_val v;
    bool unicode = (j.regex->key.options & PCRE2_UTF) != 0;
    bool ok = bytes_of(subject, unicode, &gathered, &j.subject, &j.n_subject) && take_wanted(&j, o.capture == THESE ? o.these : SX_EMPTY) && j.offset <= j.n_subject;
    if (ok && unicode && j.offset < j.n_subject) ok = ((unsigned char)j.subject[j.offset] & 0xC0) != 0x80;
    if (!ok) {
        v = sx_badarg(p, "re:run: takes a subject, and groups as numbers or names; the offset must be in the subject");
    } else {
        uint32_t limit = j.limit < AT_ONCE_LIMIT ? j.limit : AT_ONCE_LIMIT;
        bool later = j.n_subject > AT_ONCE_BYTES;
        if (!later) {
            run_job(&j, limit);
            sx_charge(p, 2 + j.n_subject / 64 + j.n_found);
            later = j.status == TOO_MANY || (j.status == PCRE2_ERROR_MATCHLIMIT && limit < j.limit);
            if (j.status == PCRE2_ERROR_MATCHLIMIT) sx_charge(p, 1000);
        }
        if (later) {
            v = to_pool(p, &j);
            sx_buf_deinit(&gathered);
            return v;
        }
        v = job_value(&j, &p->heap, sx_binary_bytes(subject, &(size_t){0}) == NULL ? SX_NONE : subject);
    }
    job_deinit(&j);
    sx_buf_deinit(&gathered);
    return v;
}
SX_PRIM(run3, "(re:run subject regexp &opt options)",
        "{match, Captured}, match or nomatch of a regular expression (text or compiled) in a subject. Options as in OTP: global, {capture, What, Form}, {offset, N}, caseless, unicode ...")
{
    return run(p, argv[0], argv[1], sx_given(argv[2]) ? argv[2] : SX_EMPTY);
}

SX_PRIM_TABLE(re){&compile2_prim, &run3_prim, &inspect2_prim, &version0_prim, NULL};
