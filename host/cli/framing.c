/* framing.c - where the data of the protocol's stream begin and end. See framing.h.
 * A state machine over bytes that knows brackets, strings, comments and characters, and nothing else; what a datum says is
 * framing_command.c's. All that is fed is looked at at once, so that control commands are seen; the commands found on the way
 * wait in a queue. When a program takes a line they are text after all: the machine goes back to `taken`, and from there on
 * looks at lines only, until a command is asked for again.
 * INVARIANT: base <= taken <= start <= at; the bytes from `taken` on are held. */
#include "cli/framing_internal.h"

typedef enum State {
    STATE_TOP,           /* between data */
    STATE_TOKEN,         /* in a datum without brackets, or in bytes that are none */
    STATE_BRACKETS,      /* in brackets; at depth 0: where the open datum begins, or behind a prefix */
    STATE_STRING,        /* "..." */
    STATE_TRIPLE,        /* """...""" */
    STATE_LINE_COMMENT,
    STATE_BLOCK_COMMENT,
    STATE_LINES          /* lines of a program: only control commands count */
} State;

typedef struct SxFrameNode {
    struct SxFrameNode *next;
    SxFrame frame;
    SxFramePlace end; /* behind it */
} Node;

#define COMPACT_FROM ((size_t)16 << 10) /* bytes in front of `taken` that are kept, to move less */

/* ---- queues ---- */

static void queue_init(SxFrameQueue *q) { q->first = NULL, q->last = &q->first; }

static void queue_add(SxFrameQueue *q, const SxFrame *frame, SxFramePlace end)
{
    Node *node = sx_alloc(sizeof *node);
    *node = (Node){NULL, *frame, end};
    *q->last = node;
    q->last = &node->next;
}

/* The oldest: its frame belongs to the caller now. */
static bool queue_take(SxFrameQueue *q, SxFrame *frame, SxFramePlace *end)
{
    Node *node = q->first;
    if (!node) return false;
    *frame = node->frame;
    *end = node->end;
    q->first = node->next;
    if (!q->first) q->last = &q->first;
    sx_free(node);
    return true;
}

static void queue_clear(SxFrameQueue *q)
{
    SxFrame frame;
    SxFramePlace end;
    while (queue_take(q, &frame, &end)) sx_buf_deinit(&frame.text);
}

void sx_framing_init(SxFraming *f, size_t max_form_bytes)
{
    memset(f, 0, sizeof *f);
    f->max_form_bytes = max_form_bytes;
    f->taken.line = f->taken.column = 1;
    f->at = f->taken;
    queue_init(&f->commands);
    queue_init(&f->controls);
}

void sx_framing_deinit(SxFraming *f)
{
    queue_clear(&f->commands);
    queue_clear(&f->controls);
    sx_buf_deinit(&f->held);
}

/* ---- bytes ---- */

static uint64_t end_of(const SxFraming *f) { return f->base + f->held.len; }
static const char *bytes_at(const SxFraming *f, uint64_t offset) { return f->held.data + (offset - f->base); }
static bool opens(int c) { return c == '(' || c == '[' || c == '{'; }
static bool closes(int c) { return c == ')' || c == ']' || c == '}'; }
static int closing(int c) { return c == '(' ? ')' : c == '[' ? ']' : '}'; }
static bool is_prefix(int c) { return c == '\'' || c == '`' || c == ',' || c == '^'; }

/* The byte `ahead` bytes on; -1 when it was not fed. */
static int peek(const SxFraming *f, size_t ahead)
{
    uint64_t offset = f->at.offset + ahead;
    return offset < end_of(f) ? (unsigned char)*bytes_at(f, offset) : -1;
}

static void advance(const SxFraming *f, SxFramePlace *place, uint64_t to)
{
    for (; place->offset < to; place->offset++) {
        unsigned char c = (unsigned char)*bytes_at(f, place->offset);
        if (c == '\n') {
            place->line++;
            place->column = 1;
        } else if ((c & 0xC0) != 0x80) {
            place->column++;
        }
    }
}

static void step(SxFraming *f, size_t n) { advance(f, &f->at, f->at.offset + n); }

/* Forget what is in front of `taken`, now and then. */
static void compact(SxFraming *f)
{
    size_t n = (size_t)(f->taken.offset - f->base);
    if (n == 0 || (n < f->held.len && (n < COMPACT_FROM || n < f->held.len / 2))) return;
    memmove(f->held.data, f->held.data + n, f->held.len - n);
    f->held.len -= n;
    f->base += n;
}

/* ---- data begin and end ---- */

static SxFrame frame_at(const SxFramePlace *place)
{
    return (SxFrame){.epoch = place->epoch, .number = -1, .offset = place->offset, .line = place->line, .column = place->column, .text = SX_BUF_INIT};
}

static void end(SxFraming *f)
{
    f->is_open = f->dropping = false;
    f->depth = 0;
    f->state = STATE_TOP;
    f->boundary = true;
}

/* The open datum ends in front of `at`, whole or not: what is not does not parse. */
static void end_datum(SxFraming *f)
{
    bool was_dropped = f->dropping;
    end(f);
    if (was_dropped) return;
    SxFrame frame = frame_at(&f->start);
    switch (sx_command_decode(bytes_at(f, f->start.offset), (size_t)(f->at.offset - f->start.offset), &frame)) {
    case SX_DATUM_FRAME: queue_add(&f->commands, &frame, f->at); break;
    case SX_DATUM_EPOCH: f->at.epoch = (uint64_t)frame.number; break;
    case SX_DATUM_NOTHING: break;
    }
}

/* A control command of n bytes at `at`, unless it was told before the machine went back. */
static void tell_control(SxFraming *f, size_t n)
{
    if (f->at.offset < f->told) return;
    f->told = f->at.offset + 1;
    SxFrame frame = frame_at(&f->at);
    sx_command_decode(bytes_at(f, f->at.offset), n, &frame);
    queue_add(&f->controls, &frame, f->at);
}

/* What is open is over the limit: say so of a datum, and drop it as it comes. What waits in front of it keeps its bytes, and
 * those behind it, until it is taken. */
static void drop_long(SxFraming *f)
{
    if (f->state == STATE_TOP || f->state == STATE_LINES) return;
    if (!f->dropping && f->at.offset - f->start.offset <= f->max_form_bytes) return;
    if (f->is_open && !f->dropping) {
        SxFrame frame = frame_at(&f->start);
        sx_command_error(&frame, frame.line, frame.column, "this form has more than %zu bytes (max_form_bytes)", f->max_form_bytes);
        queue_add(&f->commands, &frame, f->at);
        f->dropping = true;
    }
    f->start = f->at;
}

/* ---- the machine: each answers false when it needs more bytes ---- */

/* On a `(` in column 0. *done: it was dealt with. */
static bool line_start(SxFraming *f, bool *done)
{
    size_t n = 0;
    SxCommandStart what = sx_command_start(bytes_at(f, f->at.offset), (size_t)(end_of(f) - f->at.offset), &n);
    *done = false;
    if (what == SX_START_MAYBE) return f->ended;
    if (what == SX_START_NONE) return true;
    switch (f->state) {
    case STATE_STRING:
        if (what == SX_START_CONTROL) return tell_control(f, n), true;
        end_datum(f);
        return *done = true;
    case STATE_TRIPLE:
        if (what != SX_START_EPOCH) return true;
        end_datum(f);
        return *done = true;
    case STATE_BRACKETS:
        end_datum(f);
        return *done = true;
    case STATE_TOP: case STATE_LINES:
        if (what != SX_START_CONTROL) return true;
        tell_control(f, n);
        step(f, n);
        return *done = true;
    default: return true;
    }
}

/* On a quote. */
static bool begin_string(SxFraming *f)
{
    int next = peek(f, 1), third = peek(f, 2);
    if ((next < 0 || (next == '"' && third < 0)) && !f->ended) return false;
    bool triple = next == '"' && third == '"';
    f->state = triple ? STATE_TRIPLE : STATE_STRING;
    step(f, triple ? 3 : 1);
    return true;
}

/* On a # that begins a token. *done: it was dealt with. */
static bool begin_special(SxFraming *f, bool *done)
{
    int next = peek(f, 1);
    *done = false;
    if (next < 0) return f->ended;
    if (next == '\\') { /* the character may be a bracket or a quote */
        if (peek(f, 2) < 0 && !f->ended) return false;
        step(f, peek(f, 2) < 0 ? 2 : 3);
        f->boundary = false;
        if (f->depth == 0) f->state = STATE_TOKEN;
    } else if (next == '|') {
        f->state = STATE_BLOCK_COMMENT;
        f->comment_depth = 1;
        step(f, 2);
    } else if (next == ';' || next == '(') {
        step(f, next == ';' ? 2 : 1);
    } else {
        return true;
    }
    return *done = true;
}

static bool lex_brackets(SxFraming *f)
{
    int c = peek(f, 0);
    if (c == '"') return begin_string(f);
    if (c == ';') return f->state = STATE_LINE_COMMENT, true;
    if (c == '#' && f->boundary) {
        bool done;
        if (!begin_special(f, &done)) return false;
        if (done) return true;
    }
    step(f, 1);
    f->boundary = sx_frame_blank(c) || opens(c) || closes(c) || is_prefix(c);
    if (f->depth == 0) {
        if (opens(c)) f->bracket = (char)c, f->depth = 1;
        else if (!sx_frame_blank(c) && !is_prefix(c)) f->state = STATE_TOKEN;
    } else if (c == f->bracket) {
        f->depth++;
    } else if (c == closing(f->bracket) && --f->depth == 0) {
        end_datum(f);
    }
    return true;
}

static bool lex_top(SxFraming *f)
{
    int c = peek(f, 0);
    if (f->at.offset == 0 && c == 0xEF) { /* a byte order mark? */
        if (end_of(f) < 3 && !f->ended) return false;
        if (end_of(f) >= 3 && memcmp(bytes_at(f, 0), "\xEF\xBB\xBF", 3) == 0) return f->at.offset = 3, true;
    }
    f->boundary = true;
    if (sx_frame_blank(c)) return step(f, 1), true;
    if (c == '#' && peek(f, 1) < 0 && !f->ended) return false;
    f->start = f->at; /* of a comment too */
    if (c == ';') return f->state = STATE_LINE_COMMENT, true;
    f->state = STATE_BRACKETS;
    f->is_open = c != '#' || peek(f, 1) != '|';
    return lex_brackets(f);
}

static bool lex_token(SxFraming *f)
{
    int c = peek(f, 0);
    char first = f->dropping ? 0 : *bytes_at(f, f->start.offset);
    if (c == '"' && (first == '#' || first == ':')) return begin_string(f); /* #chars"..." and :"..." */
    if (sx_frame_blank(c) || opens(c) || c == ';') end_datum(f);
    else step(f, 1);
    return true;
}

static bool lex_string(SxFraming *f)
{
    int c = peek(f, 0), next = peek(f, 1);
    if (c == '\\') {
        if (next < 0 && !f->ended) return false;
        step(f, next < 0 || next == '\n' ? 1 : 2); /* behind a newline is column 0, which must be seen */
        return true;
    }
    if (c == '"' && f->state == STATE_TRIPLE) {
        if ((next < 0 || (next == '"' && peek(f, 2) < 0)) && !f->ended) return false;
        if (next != '"' || peek(f, 2) != '"') return step(f, 1), true;
        step(f, 2);
    }
    step(f, 1);
    if (c != '"') return true;
    f->state = STATE_BRACKETS;
    f->boundary = false;
    if (f->depth == 0) end_datum(f);
    return true;
}

static bool lex_block_comment(SxFraming *f)
{
    int c = peek(f, 0), next = peek(f, 1);
    if ((c == '|' || c == '#') && next < 0 && !f->ended) return false;
    bool deeper = c == '#' && next == '|', ends = c == '|' && next == '#';
    f->comment_depth += deeper;
    f->comment_depth -= ends;
    step(f, deeper || ends ? 2 : 1);
    if (f->comment_depth == 0) f->state = f->is_open ? STATE_BRACKETS : STATE_TOP;
    f->boundary = true;
    return true;
}

/* To the end of the line, or of what was fed. */
static bool skip_line(SxFraming *f)
{
    const char *text = bytes_at(f, f->at.offset), *newline = memchr(text, '\n', (size_t)(end_of(f) - f->at.offset));
    advance(f, &f->at, newline ? f->at.offset + (uint64_t)(newline - text) : end_of(f));
    return true;
}

static bool lex_one(SxFraming *f)
{
    int c = peek(f, 0);
    if (c == '(' && f->at.column == 1 && (!f->is_open || f->at.offset > f->start.offset || f->dropping)) {
        bool done;
        if (!line_start(f, &done)) return false;
        if (done) return true;
    }
    switch ((State)f->state) {
    case STATE_TOP: return lex_top(f);
    case STATE_TOKEN: return lex_token(f);
    case STATE_BRACKETS: return lex_brackets(f);
    case STATE_STRING: case STATE_TRIPLE: return lex_string(f);
    case STATE_BLOCK_COMMENT: return lex_block_comment(f);
    case STATE_LINE_COMMENT:
        if (c != '\n') return skip_line(f);
        f->state = f->is_open ? STATE_BRACKETS : STATE_TOP;
        f->boundary = true;
        return true;
    case STATE_LINES:
        if (c == '\n') step(f, 1);
        else skip_line(f);
        return true;
    }
    return true;
}

/* Look at what was fed: all of it, or until a command is found. */
static void run(SxFraming *f, bool to_command)
{
    while (f->at.offset < end_of(f) && !(to_command && f->commands.first) && lex_one(f)) drop_long(f);
    if (!f->ended || f->at.offset < end_of(f) || f->state == STATE_LINES) return;
    if (f->is_open) {
        end_datum(f);
    } else if (f->state == STATE_BLOCK_COMMENT) {
        SxFrame frame = frame_at(&f->start);
        sx_command_error(&frame, frame.line, frame.column, "the input ends inside the comment `#|`, which `|#` ends");
        queue_add(&f->commands, &frame, f->at);
        f->state = STATE_TOP;
    }
}

void sx_framing_feed(SxFraming *f, const char *bytes, size_t n_bytes)
{
    sx_buf_add(&f->held, bytes, n_bytes);
    for (size_t i = n_bytes; i > 0; i--) {
        if (bytes[i - 1] != '\n') continue;
        f->lines_end = end_of(f) - n_bytes + i;
        break;
    }
    run(f, false);
}

void sx_framing_end(SxFraming *f)
{
    f->ended = true;
    run(f, false);
}

/* ---- taking ---- */

size_t sx_framing_pending(const SxFraming *f)
{
    uint64_t whole = f->state == STATE_LINES ? f->lines_end : end_of(f);
    if (f->state != STATE_LINES && f->state != STATE_TOP && f->at.offset + SX_START_BYTES >= end_of(f)) whole = f->start.offset;
    return whole > f->taken.offset ? (size_t)(whole - f->taken.offset) : 0;
}

/* Go over what was not taken once more, as commands or as lines. */
static void restart(SxFraming *f, State state)
{
    queue_clear(&f->commands);
    end(f);
    f->at = f->taken;
    f->state = state;
}

bool sx_framing_control(SxFraming *f, SxFrame *out)
{
    SxFramePlace place;
    return queue_take(&f->controls, out, &place);
}

bool sx_framing_next(SxFraming *f, SxFrame *out)
{
    if (f->state == STATE_LINES) restart(f, STATE_TOP);
    run(f, true);
    bool found = queue_take(&f->commands, out, &f->taken);
    if (found) f->behind_command = true;
    else f->taken = f->state == STATE_TOP || f->ended ? f->at : f->start; /* labels and comments, and what was dropped, are done with */
    compact(f);
    return found;
}

/* Behind a command: pass over the rest of its line, newline included, when that is blank. False: it is not all there. */
static bool pass_blank_rest(SxFraming *f)
{
    uint64_t i = f->taken.offset;
    while (i < end_of(f) && sx_frame_blank(*bytes_at(f, i)) && *bytes_at(f, i) != '\n') i++;
    if (i == end_of(f) && !f->ended) return false;
    if (i == end_of(f) || *bytes_at(f, i) == '\n') advance(f, &f->taken, i < end_of(f) ? i + 1 : i);
    f->behind_command = false;
    return true;
}

/* At a control command in column 0, which is no line: pass over it. */
static bool pass_control(SxFraming *f, bool *wait)
{
    size_t left = (size_t)(end_of(f) - f->taken.offset), n = 0;
    *wait = false;
    if (left == 0 || f->taken.column != 1 || *bytes_at(f, f->taken.offset) != '(') return false;
    SxCommandStart what = sx_command_start(bytes_at(f, f->taken.offset), left, &n);
    *wait = what == SX_START_MAYBE && !f->ended;
    if (what != SX_START_CONTROL) return false;
    if (f->at.offset <= f->taken.offset) { /* the machine has not seen it as one */
        f->at = f->taken;
        tell_control(f, n);
    }
    advance(f, &f->taken, f->taken.offset + n);
    f->behind_command = true;
    return true;
}

bool sx_framing_line(SxFraming *f, SxBuf *line)
{
    if (f->state != STATE_LINES) restart(f, STATE_LINES);
    bool found = false;
    for (;;) {
        bool wait;
        if (f->behind_command && !pass_blank_rest(f)) break;
        if (pass_control(f, &wait)) continue;
        size_t n = (size_t)(end_of(f) - f->taken.offset);
        if (wait || n == 0) break;
        const char *text = bytes_at(f, f->taken.offset), *newline = memchr(text, '\n', n);
        if (newline) n = (size_t)(newline - text) + 1;
        else if (!f->ended && n <= f->max_form_bytes) break;
        sx_buf_add(line, text, n);
        advance(f, &f->taken, f->taken.offset + n);
        found = true;
        break;
    }
    if (f->at.offset < f->taken.offset) f->at = f->taken;
    compact(f);
    return found;
}

/* Offset behind the comment at `i`, nested ones included; the end when it is not all there. */
static uint64_t behind_comment(const SxFraming *f, uint64_t i)
{
    size_t depth = 0;
    if (*bytes_at(f, i) == ';') {
        while (i < end_of(f) && *bytes_at(f, i) != '\n') i++;
        return i;
    }
    for (; i + 1 < end_of(f); i++) {
        bool deeper = memcmp(bytes_at(f, i), "#|", 2) == 0, ends = memcmp(bytes_at(f, i), "|#", 2) == 0;
        depth += deeper;
        depth -= ends;
        i += deeper || ends;
        if (depth == 0) return i + 1;
    }
    return end_of(f);
}

int sx_framing_peek(SxFraming *f)
{
    SxFramePlace i = f->taken;
    while (i.offset < end_of(f)) {
        const char *text = bytes_at(f, i.offset);
        size_t left = (size_t)(end_of(f) - i.offset), n = 0;
        if (sx_frame_blank(*text)) n = 1;
        else if (*text == ';' || (left > 1 && memcmp(text, "#|", 2) == 0)) n = (size_t)(behind_comment(f, i.offset) - i.offset);
        else if (*text != '(' || i.column != 1 || sx_command_start(text, left, &n) != SX_START_CONTROL) return (unsigned char)*text;
        advance(f, &i, i.offset + n);
    }
    return -1;
}
