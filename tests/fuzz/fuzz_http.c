/* fuzz_http.c - any bytes as a stream of requests to the pure parts of the HTTP server (head.c, chunk.c, request.c): no crash,
 * nothing read behind what has come, bodies within their limit, and the same requests and refusals however the stream is cut.
 * What is accepted is held against two second opinions: llhttp on how long a body is, and a decoder of chunks by lines.
 * The first two bytes choose the cuts. Seeds: the requests of tests/http_wire.sh; dictionary: http.dict. */
#include "http/http.h"
#include "value/atom.h"
#include "value/print.h"
#include <llhttp.h>
#include <stdlib.h>

#define MAX_BODY 1000
#define MOST_PRINTED 100000
#define MAX_CUTS 16

/* ---- second opinions ---- */

typedef struct Framing {
    llhttp_t parser;
    bool complete, chunked, has_length;
    uint64_t length;
} Framing;

static int on_headers(llhttp_t *parser)
{
    Framing *f = SX_CONTAINER(parser, Framing, parser);
    f->complete = true;
    f->chunked = (parser->flags & F_CHUNKED) != 0;
    f->has_length = (parser->flags & F_CONTENT_LENGTH) != 0;
    f->length = parser->content_length;
    return HPE_PAUSED;
}

static void check_framing(const char *text, size_t n, const SxHttpHead *head)
{
    static const llhttp_settings_t settings = {.on_headers_complete = on_headers};
    Framing f = {.complete = false};
    if (memchr(text, '\t', n) != NULL) return; /* a blank as good as any, but llhttp does not know `chunked` before one */
    llhttp_init(&f.parser, HTTP_REQUEST, &settings);
    llhttp_execute(&f.parser, text, n);
    SX_CHECK(f.complete);
    SX_CHECK(f.chunked == head->chunked && f.has_length == (head->length >= 0));
    SX_CHECK(!f.has_length || f.length == (uint64_t)head->length);
}

/* The first line of s: its length; n when there is none. */
static size_t line_length(const char *s, size_t n)
{
    const char *end = memmem(s, n, "\r\n", 2);
    return end ? (size_t)(end - s) : n;
}

static bool is_text(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (((unsigned char)s[i] < 0x20 && s[i] != '\t') || s[i] == 0x7f) return false;
    return true;
}

/* Is s the start of a complete body in chunked coding? Its length, and what it says appended to body. */
static bool dechunk_by_lines(const char *s, size_t n, size_t *used, SxBuf *body)
{
    for (size_t at = 0;;) {
        size_t len = line_length(s + at, n - at), digits = strspn(memcpy((char[20]){0}, s + at, len < 19 ? len : 19), "0123456789abcdefABCDEF");
        if (at + len == n || digits == 0 || digits > 16) return false;
        size_t blanks = digits;
        while (blanks < len && (s[at + blanks] == ' ' || s[at + blanks] == '\t')) blanks++;
        if (blanks < len ? s[at + blanks] != ';' || !is_text(s + at, len) : blanks != digits) return false;
        uint64_t size = strtoull(memcpy((char[20]){0}, s + at, digits), NULL, 16);
        at += len + 2;
        if (size == 0) {
            while ((len = line_length(s + at, n - at)) > 0) {
                if (at + len == n) return false;
                const char *colon = memchr(s + at, ':', len);
                if (colon == NULL || colon == s + at || !is_text(s + at, len)) return false;
                for (const char *c = s + at; c < colon; c++)
                    if (!sx_http_is_token((unsigned char)*c)) return false;
                at += len + 2;
            }
            if (at == n) return false;
            *used = at + 2;
            return true;
        }
        if (n - at < 2 || size > n - at - 2 || memcmp(s + at + size, "\r\n", 2) != 0) return false;
        sx_buf_add(body, s + at, size);
        at += size + 2;
    }
}

static void check_body(const char *s, size_t n, int status, size_t used, const SxBuf *body)
{
    SxBuf again = SX_BUF_INIT;
    size_t used_again = 0;
    bool complete = dechunk_by_lines(s, n, &used_again, &again);
    if (status == 1) SX_CHECK(complete && used == used_again && again.len == body->len && (body->len == 0 || memcmp(again.data, body->data, body->len) == 0));
    else SX_CHECK(!complete || status == 413 || status == 431);
    sx_buf_deinit(&again);
}

/* ---- a connection without a socket ---- */

typedef struct Stream {
    SxHttpListener listener;
    SxHttpConn c;
    SxHttpHead head;
    const char *text;  /* all that will come */
    size_t begin, at;  /* where the request begins, and what of it is used */
    char *head_text;   /* the head alone, so that nothing behind it can be read unseen */
    SxBuf *out;        /* what was found */
    bool over;
} Stream;

static void deliver(Stream *s)
{
    SxHeap h;
    sx_heap_init(&h, 16, 4096, (size_t)1 << 24);
    sx_print(s->out, sx_http_request_map(&s->c, &h, s->head_text, &s->head), MOST_PRINTED);
    sx_buf_addf(s->out, " keeps %d expects %d\n", s->c.keep_alive, s->c.expects_continue);
    sx_heap_deinit(&h);
    free(s->head_text);
    s->head_text = NULL;
    s->begin = s->at;
    s->c.scanned = 0;
    s->c.state = SX_HTTP_HEAD;
}

static void refuse(Stream *s, int status)
{
    SX_CHECK(status >= 400 && status < 600);
    sx_buf_addf(s->out, "%d\n", status);
    s->over = true;
}

/* False: more must come first. */
static bool take_head(Stream *s, size_t n)
{
    char *come = memcpy(malloc(n + !n), s->text + s->begin, n);
    size_t length = sx_http_head_length(come, n, s->c.scanned);
    free(come);
    s->c.scanned = n;
    if (length == SX_HTTP_BAD_HEAD) refuse(s, 400);
    if (length == 0 || s->over) return false;
    SX_CHECK(length <= n);
    s->head_text = memcpy(malloc(length), s->text + s->begin, length);
    s->c.head_len = length;
    int status = sx_http_head_check(s->head_text, length, &s->head);
    if (status == 0) {
        status = sx_http_begin(&s->c, s->head_text, length, &s->head);
        if (status <= 1) check_framing(s->head_text, length, &s->head);
    }
    s->at = s->begin + length;
    if (status > 1) refuse(s, status);
    else if (status == 1) deliver(s);
    else s->c.state = SX_HTTP_BODY;
    return !s->over;
}

static bool take_body(Stream *s, size_t n, bool whole)
{
    size_t used = 0;
    char *come = memcpy(malloc(n + !n), s->text + s->at, n);
    int status = sx_http_feed(&s->c, come, n, &used);
    SX_CHECK(used <= n && s->c.body.len <= MAX_BODY);
    if (whole && s->c.in_chunks) check_body(come, n, status, used, &s->c.body);
    free(come);
    if (status > 1) {
        refuse(s, status);
        return false;
    }
    s->at += used;
    SX_CHECK(status == 1 || used == n);
    if (status == 1) deliver(s);
    return status == 1;
}

/* All requests of the stream when it comes in pieces that end at `cuts`. */
static void requests(const char *text, size_t n, const size_t *cuts, int n_cuts, SxBuf *out)
{
    Stream s = {.text = text, .out = out, .listener = {.max_body = MAX_BODY}, .c = {.state = SX_HTTP_HEAD, .peer = "peer"}};
    s.c.listener = &s.listener;
    for (int i = 0; i <= n_cuts && !s.over; i++) {
        size_t come = i < n_cuts ? cuts[i] : n;
        bool more = true;
        while (more && !s.over) more = s.c.state == SX_HTTP_HEAD ? come > s.begin && take_head(&s, come - s.begin) : take_body(&s, come - s.at, n_cuts == 0);
    }
    if (!s.over) sx_buf_addf(out, "%d\n", s.c.state);
    free(s.head_text);
    sx_buf_deinit(&s.c.body);
}

static int by_size(const void *a, const void *b)
{
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    return (x > y) - (x < y);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    if (n < 2) return 0;
    uint64_t random = 1 + bytes[0];
    size_t cuts[MAX_CUTS];
    int n_cuts = 1 + bytes[1] % MAX_CUTS;
    n -= 2;
    for (int i = 0; i < n_cuts; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        cuts[i] = (random >> 33) % (n + 1);
    }
    qsort(cuts, (size_t)n_cuts, sizeof *cuts, by_size);
    SxBuf whole = SX_BUF_INIT, pieces = SX_BUF_INIT;
    static bool begun;
    if (!begun) sx_atoms_init(2000);
    begun = true;
    requests((const char *)bytes + 2, n, NULL, 0, &whole);
    requests((const char *)bytes + 2, n, cuts, n_cuts, &pieces);
    SX_CHECK(whole.len == pieces.len && memcmp(whole.data, pieces.data, whole.len) == 0);
    sx_buf_deinit(&whole);
    sx_buf_deinit(&pieces);
    return 0;
}
