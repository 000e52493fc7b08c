/* request.c - from a checked head and a body to a request: a second opinion on the head, the body, the map for the handler.
 * The second opinion is llhttp's, which also knows the methods and what `connection` says. */
#include "http/http.h"
#include "value/atom.h"
#include "value/bits.h"
#include "value/map.h"
#include <ctype.h>
#include <llhttp.h>

static int without_body(llhttp_t *parser)
{
    parser->upgrade = 0; /* nothing is upgraded here: the request is answered as it stands */
    return 1;
}

static int pause_parser(llhttp_t *parser)
{
    (void)parser;
    return HPE_PAUSED;
}

/* 0, or the status to refuse the head with. */
static int second_opinion(const char *text, size_t n, bool *keep_alive)
{
    static const llhttp_settings_t settings = {.on_headers_complete = without_body, .on_message_complete = pause_parser};
    llhttp_t parser;
    llhttp_init(&parser, HTTP_REQUEST, &settings);
    switch (llhttp_execute(&parser, text, n)) {
    case HPE_PAUSED: *keep_alive = llhttp_should_keep_alive(&parser); return 0;
    case HPE_INVALID_METHOD: return 501;
    case HPE_INVALID_VERSION: return 505;
    default: return 400;
    }
}

int sx_http_feed(SxHttpConn *c, const char *bytes, size_t n, size_t *used)
{
    if (c->in_chunks) return sx_http_dechunk(&c->chunks, bytes, n, used, &c->body, c->listener->max_body);
    *used = n < c->body_left ? n : c->body_left;
    sx_buf_add(&c->body, bytes, *used);
    c->body_left -= *used;
    return c->body_left == 0;
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
    c->http10 = head->minor == 0;
    c->is_head = head->method_len == 4 && memcmp(text, "HEAD", 4) == 0;
    int status = second_opinion(text, n, &c->keep_alive);
    if (status != 0) return status;
    size_t len;
    const char *v;
    if (c->http10) { /* only when it was asked for */
        v = field(text, n, "connection", &len);
        c->keep_alive = v != NULL && len == 10 && strncasecmp(v, "keep-alive", 10) == 0;
    }
    v = c->http10 ? NULL : field(text, n, "expect", &len);
    c->expects_continue = v != NULL;
    if (v != NULL && (len != 12 || strncasecmp(v, "100-continue", 12) != 0)) return 417;
    if (head->length > (int64_t)c->listener->max_body) return 413;
    c->in_chunks = head->chunked;
    c->chunks = (SxHttpChunks){0};
    c->body_left = head->length > 0 ? (size_t)head->length : 0;
    return c->body_left == 0 && !c->in_chunks;
}

/* ---- the map ---- */

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
    enum { BODY, HEADERS, METHOD, PATH, PEER, QUERY, VERSION, N_KEYS }; /* in the order of terms: nothing is left to sort */
    static sx_val keys[N_KEYS];                                          /* atoms stay */
    if (keys[0] == 0) {
        static const char *const names[N_KEYS] = {"body", "headers", "method", "path", "peer", "query", "version"};
        for (int i = 0; i < N_KEYS; i++) keys[i] = sx_atom(names[i]);
    }
    sx_val pairs[] = {
        keys[BODY], sx_binary(h, c->body.data, c->body.len),
        keys[HEADERS], headers_map(h, text, c->head_len),
        keys[METHOD], sx_binary(h, text, head->method_len),
        keys[PATH], path,
        keys[PEER], sx_binary_text(h, c->peer),
        keys[QUERY], query ? sx_binary(h, query + 1, n - path_len - 1) : sx_binary_text(h, ""),
        keys[VERSION], sx_binary_text(h, c->http10 ? "1.0" : "1.1"),
    };
    return sx_map_from_sorted(h, pairs, SX_COUNT(pairs) / 2);
}
