/* request.c - from a checked head and the parser's events to a request: the body, its bounds, the map for the handler.
 * The grammar of bodies is llhttp's, which must be compiled strict: its loose build takes any byte after a chunk's CR. */
#include "http/http.h"
#include "value/atom.h"
#include "value/bits.h"
#include "value/map.h"
#include <ctype.h>

static SxHttpConn *conn(llhttp_t *parser) { return SX_CONTAINER(parser, SxHttpConn, parser); }

static int on_headers_complete(llhttp_t *parser)
{
    SxHttpConn *c = conn(parser);
    parser->upgrade = 0; /* nothing is upgraded here: the request is answered as it stands */
    if ((parser->flags & F_CONTENT_LENGTH) == 0 || parser->content_length <= c->listener->max_body) return 0;
    c->refuse = 413;
    return -1;
}

static int on_body(llhttp_t *parser, const char *at, size_t n)
{
    SxHttpConn *c = conn(parser);
    if (c->body.len + n > c->listener->max_body) {
        c->refuse = 413;
        return -1;
    }
    sx_buf_add(&c->body, at, n);
    return 0;
}

/* Chunk extensions and trailers are bounded and dropped. */
static int on_dropped(llhttp_t *parser, const char *at, size_t n)
{
    (void)at;
    SxHttpConn *c = conn(parser);
    if (c->state != SX_HTTP_BODY) return 0; /* the head's own fields */
    c->chunk_lines += n;
    if (c->chunk_lines <= SX_HTTP_MAX_CHUNK_LINES) return 0;
    c->refuse = 431;
    return -1;
}

static int on_message_complete(llhttp_t *parser)
{
    (void)parser;
    return HPE_PAUSED; /* what follows is the next request's */
}

const llhttp_settings_t sx_http_settings = {
    .on_headers_complete = on_headers_complete,
    .on_body = on_body,
    .on_chunk_extension_name = on_dropped,
    .on_chunk_extension_value = on_dropped,
    .on_header_field = on_dropped,
    .on_header_value = on_dropped,
    .on_message_complete = on_message_complete,
};

static int status_of(SxHttpConn *c, llhttp_errno_t e)
{
    if (c->refuse != 0) return c->refuse;
    switch (e) {
    case HPE_INVALID_METHOD: return 501;
    case HPE_INVALID_VERSION: return 505;
    default: return 400;
    }
}

int sx_http_feed(SxHttpConn *c, const char *bytes, size_t n, size_t *used)
{
    llhttp_errno_t e = llhttp_execute(&c->parser, bytes, n);
    if (e == HPE_OK) {
        *used = n;
        return 0;
    }
    if (e == HPE_PAUSED) {
        *used = (size_t)(llhttp_get_error_pos(&c->parser) - bytes);
        llhttp_resume(&c->parser);
        return 1;
    }
    *used = n;
    return status_of(c, e);
}

/* Value of a field in a checked head; NULL when it is not there. */
static const char *field(const char *text, size_t n, const char *name, size_t *value_len)
{
    size_t name_len = strlen(name);
    const char *end = text + n - 2, *eol = memchr(text, '\r', n);
    for (const char *line = eol + 2; line < end; line = eol + 2) {
        eol = memchr(line, '\r', (size_t)(end - line));
        if ((size_t)(eol - line) <= name_len || line[name_len] != ':' || strncasecmp(line, name, name_len) != 0) continue;
        const char *v = line + name_len + 1, *e = eol;
        while (v < e && (*v == ' ' || *v == '\t')) v++;
        while (e > v && (e[-1] == ' ' || e[-1] == '\t')) e--;
        *value_len = (size_t)(e - v);
        return v;
    }
    return NULL;
}

int sx_http_begin(SxHttpConn *c, const char *text, size_t n, const SxHttpHead *head)
{
    c->body.len = 0;
    c->chunk_lines = 0;
    c->refuse = 0;
    c->http10 = head->minor == 0;
    c->is_head = head->method_len == 4 && memcmp(text, "HEAD", 4) == 0;
    c->expects_continue = false;
    size_t expect_len;
    const char *expect = field(text, n, "expect", &expect_len);
    if (expect != NULL && !c->http10) {
        if (expect_len != 12 || strncasecmp(expect, "100-continue", 12) != 0) return 417;
        c->expects_continue = true;
    }
    llhttp_reset(&c->parser);
    c->state = SX_HTTP_HEAD;
    size_t used;
    int r = sx_http_feed(c, text, n, &used);
    if (r > 1) return r;
    c->keep_alive = llhttp_should_keep_alive(&c->parser);
    if (c->http10) { /* only when it was asked for */
        size_t len;
        const char *v = field(text, n, "connection", &len);
        c->keep_alive = v != NULL && len == 10 && strncasecmp(v, "keep-alive", 10) == 0;
    }
    return r;
}

/* ---- the map ---- */

static sx_val key(const char *name) { return sx_atom(name); }

/* Header names as binaries, lower case. */
static sx_val lower_binary(SxHeap *h, const char *s, size_t n)
{
    unsigned char *out;
    sx_val v = sx_binary_new(h, n, &out);
    for (size_t i = 0; i < n; i++) out[i] = (unsigned char)tolower((unsigned char)s[i]);
    return v;
}

/* Repeated fields become one, joined by a comma (cookies by a semicolon), in their order. */
static sx_val joined(SxHeap *h, sx_val old, sx_val name, const char *v, size_t n)
{
    size_t old_len, name_len;
    const unsigned char *bytes = sx_binary_bytes(old, &old_len), *name_bytes = sx_binary_bytes(name, &name_len);
    bool cookie = name_len == 6 && memcmp(name_bytes, "cookie", 6) == 0;
    unsigned char *out;
    sx_val value = sx_binary_new(h, old_len + 2 + n, &out);
    memcpy(out, bytes, old_len);
    memcpy(out + old_len, cookie ? "; " : ", ", 2);
    memcpy(out + old_len + 2, v, n);
    return value;
}

static sx_val headers_map(SxHeap *h, const char *text, size_t n)
{
    sx_val pairs[2 * SX_HTTP_MAX_FIELDS];
    size_t n_pairs = 0;
    const char *end = text + n - 2, *eol = memchr(text, '\r', n);
    for (const char *line = eol + 2; line < end; line = eol + 2) {
        eol = memchr(line, '\r', (size_t)(end - line));
        const char *colon = memchr(line, ':', (size_t)(eol - line)), *v = colon + 1, *e = eol;
        while (v < e && (*v == ' ' || *v == '\t')) v++;
        while (e > v && (e[-1] == ' ' || e[-1] == '\t')) e--;
        sx_val name = lower_binary(h, line, (size_t)(colon - line));
        size_t i = 0;
        while (i < n_pairs && sx_bits_compare(pairs[2 * i], name) != 0) i++;
        if (i < n_pairs) {
            pairs[2 * i + 1] = joined(h, pairs[2 * i + 1], name, v, (size_t)(e - v));
            continue;
        }
        pairs[2 * n_pairs] = name;
        pairs[2 * n_pairs + 1] = sx_binary(h, v, (size_t)(e - v));
        n_pairs++;
    }
    return sx_map_from_pairs(h, pairs, n_pairs);
}

sx_val sx_http_request_map(SxHttpConn *c, SxHeap *h, const char *text, const SxHttpHead *head)
{
    const char *target = text + head->target_at;
    size_t n = head->target_len;
    if (n > 7 && target[0] != '/') { /* absolute-form: the path begins behind the authority */
        const char *scheme = memmem(target, n, "://", 3);
        if (scheme != NULL) {
            const char *end = target + n, *path = scheme + 3;
            while (path < end && *path != '/' && *path != '?') path++;
            target = path;
            n = (size_t)(end - path);
        }
    }
    const char *query = memchr(target, '?', n);
    size_t path_len = query ? (size_t)(query - target) : n;
    sx_val path = path_len > 0 ? sx_binary(h, target, path_len) : sx_binary_text(h, "/");
    sx_val pairs[] = {
        key("method"), sx_binary(h, text, head->method_len),
        key("path"), path,
        key("query"), query ? sx_binary(h, query + 1, n - path_len - 1) : sx_binary_text(h, ""),
        key("headers"), headers_map(h, text, c->head_len),
        key("body"), sx_binary(h, c->body.data, c->body.len),
        key("peer"), sx_binary_text(h, c->peer),
        key("version"), sx_binary_text(h, c->http10 ? "1.0" : "1.1"),
    };
    return sx_map_from_pairs(h, pairs, SX_COUNT(pairs) / 2);
}
