/* respond.c - answers: status line, fields, body or stream, and the engine's own refusals.
 * Owns what a response looks like on the wire (RFC 9112) and the primitives by which a handler's process gives it. */
#include "http/http.h"
#include "prim/args.h"
#include "value/map.h"
#include <stdio.h>
#include <time.h>

static const struct { int status; const char *reason; } reasons[] = {
    {100, "Continue"}, {101, "Switching Protocols"}, {200, "OK"}, {201, "Created"}, {202, "Accepted"}, {203, "Non-Authoritative Information"}, {204, "No Content"},
    {205, "Reset Content"}, {206, "Partial Content"}, {300, "Multiple Choices"}, {301, "Moved Permanently"}, {302, "Found"}, {303, "See Other"}, {304, "Not Modified"},
    {307, "Temporary Redirect"}, {308, "Permanent Redirect"}, {400, "Bad Request"}, {401, "Unauthorized"}, {402, "Payment Required"}, {403, "Forbidden"}, {404, "Not Found"},
    {405, "Method Not Allowed"}, {406, "Not Acceptable"}, {408, "Request Timeout"}, {409, "Conflict"}, {410, "Gone"}, {411, "Length Required"}, {412, "Precondition Failed"},
    {413, "Content Too Large"}, {414, "URI Too Long"}, {415, "Unsupported Media Type"}, {416, "Range Not Satisfiable"}, {417, "Expectation Failed"}, {418, "I'm a teapot"},
    {421, "Misdirected Request"}, {422, "Unprocessable Content"}, {425, "Too Early"}, {426, "Upgrade Required"}, {428, "Precondition Required"}, {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"}, {500, "Internal Server Error"}, {501, "Not Implemented"}, {502, "Bad Gateway"}, {503, "Service Unavailable"},
    {504, "Gateway Timeout"}, {505, "HTTP Version Not Supported"}};

const char *sx_http_reason(int status)
{
    for (size_t i = 0; i < SX_COUNT(reasons); i++)
        if (reasons[i].status == status) return reasons[i].reason;
    return "Unknown";
}

/* Today's date as HTTP writes it, made anew once a second. */
static const char *date_now(void)
{
    static char text[40];
    static time_t made;
    time_t now = time(NULL);
    if (now != made) {
        struct tm tm;
        gmtime_r(&now, &tm);
        strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &tm);
        made = now;
    }
    return text;
}

#define SMALL_BODY 4096

static bool may_have_body(int status) { return status != 204 && status != 205 && status != 304; }
static bool may_have_length(int status) { return status != 204 && status != 304; }

static void begin_head(SxBuf *b, int status)
{
    if (status == 200) sx_buf_add(b, "HTTP/1.1 200 OK\r\ndate: ", 23);
    else sx_buf_addf(b, "HTTP/1.1 %d %s\r\ndate: ", status, sx_http_reason(status));
    sx_buf_add(b, date_now(), 29);
    sx_buf_add(b, "\r\n", 2);
}

static void add_connection(SxHttpConn *c, SxBuf *b)
{
    if (!c->keep_alive) sx_buf_add_str(b, "connection: close\r\n");
    else if (c->http10) sx_buf_add_str(b, "connection: keep-alive\r\n");
}

static void add_length(SxBuf *b, uint64_t n)
{
    char digits[20];
    size_t at = sizeof digits;
    do digits[--at] = (char)('0' + n % 10);
    while ((n /= 10) > 0);
    sx_buf_add(b, "content-length: ", 16);
    sx_buf_add(b, digits + at, sizeof digits - at);
    sx_buf_add(b, "\r\n", 2);
}

static void write_bytes(SxHttpConn *c, SxBuf *head, const char *body, size_t n)
{
    if (n <= SMALL_BODY) { /* one run of bytes is written faster than two */
        sx_buf_add(head, body, n);
        n = 0;
    }
    uv_buf_t bufs[2] = {uv_buf_init(head->data, (unsigned)head->len), uv_buf_init((char *)(uintptr_t)body, (unsigned)n)};
    sx_http_write(c, bufs, n > 0 ? 2 : 1);
}

/* Whoever is notified hears what no handler does, unless it is behind with that. */
static void tell_refused(SxHttpConn *c, int status)
{
    SxLoop *loop = c->listener->loop;
    const SxProc *to = c->listener->notify != SX_NIL ? sx_proc_find(loop->rt, c->listener->notify) : NULL;
    if (to == NULL || to->n_messages >= SX_HTTP_MAX_TOLD) return;
    sx_send(loop->rt, &loop->rt->sched, c->listener->notify, sx_tuple(sx_host_heap(loop), 2, sx_atom("http-refused"), sx_small(status)));
}

void sx_http_refuse(SxHttpConn *c, int status)
{
    tell_refused(c, status);
    SxBuf head = SX_BUF_INIT;
    char body[80];
    int n = snprintf(body, sizeof body, "%d %s\n", status, sx_http_reason(status));
    c->keep_alive = false;
    begin_head(&head, status);
    add_connection(c, &head);
    sx_buf_addf(&head, "content-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\n\r\n", n);
    write_bytes(c, &head, body, c->is_head && c->serial != 0 ? 0 : (size_t)n);
    sx_buf_deinit(&head);
    if (c->serial == 0) { /* no process has it: a serial of nobody makes the end one path */
        c->serial = UINT64_MAX;
        c->listener->n_busy++;
        c->resource.link = NULL;
        c->pid = SX_NIL;
        c->state = SX_HTTP_ANSWER;
        c->deadline = INT64_MAX;
    }
    c->answered = true;
    sx_http_conn_done(c);
}

void sx_http_crashed(SxHttpConn *c)
{
    if (c->streaming) { /* the head is out: an unfinished body is all that can tell */
        if (!c->chunked && c->stream_left < 0) sx_http_conn_abort(c); /* where the body's end is the connection's */
        else sx_http_conn_close(c);
        return;
    }
    SxBuf head = SX_BUF_INIT;
    begin_head(&head, 500);
    add_connection(c, &head);
    sx_buf_add_str(&head, "content-type: text/plain; charset=utf-8\r\ncontent-length: 26\r\n\r\n");
    write_bytes(c, &head, "500 Internal Server Error\n", c->is_head ? 0 : 26);
    sx_buf_deinit(&head);
    c->answered = true;
    sx_http_conn_done(c);
}

/* ---- primitives ---- */

static bool is_token_text(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!sx_http_is_token((unsigned char)s[i])) return false;
    return n > 0;
}

static bool is_field_text(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (((unsigned char)s[i] < 0x20 && s[i] != '\t') || s[i] == 0x7f) return false;
    return true;
}

/* Fields that the engine writes itself. */
static bool is_own(const char *s, size_t n)
{
    static const char *const own[] = {"content-length", "transfer-encoding", "date", "connection"};
    for (size_t i = 0; i < SX_COUNT(own); i++)
        if (n == strlen(own[i]) && strncasecmp(s, own[i], n) == 0) return true;
    return false;
}

static bool parse_length(const char *s, size_t n, int64_t *length)
{
    *length = 0;
    for (size_t i = 0; i < n; i++) {
        if (s[i] < '0' || s[i] > '9' || i == 18) return false;
        *length = *length * 10 + (s[i] - '0');
    }
    return n > 0;
}

typedef struct Fields { /* what the fields of a handler's answer said */
    int64_t length;  /* of content-length; -1: not there */
    bool close;      /* connection: close */
    bool typed;      /* there is a content-type */
} Fields;

static bool add_field(SxBuf *b, const char *name, size_t n, sx_val v, Fields *said)
{
    char digits[24];
    const char *value;
    size_t m;
    if (sx_is_small(v)) {
        m = (size_t)snprintf(digits, sizeof digits, "%lld", (long long)sx_small_value(v));
        value = digits;
    } else if (!sx_arg_text(v, &value, &m)) return false;
    if (!is_field_text(value, m)) return false;
    if (n == 14 && strncasecmp(name, "content-length", n) == 0 && !parse_length(value, m, &said->length)) return false;
    if (n == 12 && strncasecmp(name, "content-type", n) == 0) said->typed = true;
    if (n == 10 && strncasecmp(name, "connection", n) == 0 && m == 5 && strncasecmp(value, "close", 5) == 0) said->close = true;
    if (is_own(name, n)) return true;
    sx_buf_add(b, name, n);
    sx_buf_add(b, ": ", 2);
    sx_buf_add(b, value, m);
    sx_buf_add(b, "\r\n", 2);
    return true;
}

/* Append the fields of a map: names are text, values text, integers or lists of them. SX_NONE, or the name of the one that
 * cannot stand in a head. Those that the engine writes itself are only noted. */
static sx_val add_fields(SxBuf *b, sx_val map, Fields *said)
{
    *said = (Fields){.length = -1};
    SxMapIter it;
    sx_map_iter_init(&it, map);
    for (sx_val k, v; sx_map_iter_next(&it, &k, &v);) {
        const char *name;
        size_t n;
        if (!sx_arg_text(k, &name, &n) || !is_token_text(name, n)) return k;
        if (!sx_is_cons(v) && v != SX_EMPTY) {
            if (!add_field(b, name, n, v, said)) return k;
            continue;
        }
        for (; sx_is_cons(v); v = sx_tail(v))
            if (!add_field(b, name, n, sx_head(v), said)) return k;
        if (v != SX_EMPTY) return k;
    }
    return SX_NONE;
}

/* Bytes of iodata: a binary's own, or gathered in b. False: it is none. */
static bool body_bytes(sx_val v, SxBuf *b, const char **bytes, size_t *n)
{
    *bytes = (const char *)sx_binary_bytes(v, n);
    if (*bytes != NULL) return true;
    if (!sx_is_list(v) || !sx_flatten_text(v, false, b)) return false;
    *bytes = b->data;
    *n = b->len;
    return true;
}

/* A primitive has written: wait until the socket has taken all, answer whether the client is there. */
static sx_val written(SxProc *p, SxHttpConn *c)
{
    if (c->gone) return SX_FALSE;
    if (c->n_writes == 0) return SX_TRUE;
    c->waiting_op = sx_host_begin(p);
    return sx_park(p, SX_WAIT_IO);
}

/* The second half of each of them: the wait is over. True: *out is the answer. */
static bool resumed(SxProc *p, sx_val *out)
{
    if (p->prim_state == SX_NONE) return false;
    sx_val v;
    if (sx_host_await(p, SX_WAIT_IO, &v, out)) *out = v;
    return true;
}

SX_PRIM(respond, "(%http-respond conn status headers body)", "Answer the request `conn` as a whole. True, or false when the client is gone.")
{
    sx_val out;
    if (resumed(p, &out)) return out;
    SxHttpConn *c = sx_http_conn_of(p, argv[0]);
    if (c == NULL) return SX_FALSE;
    if (c->answered || c->streaming) return sx_badarg(p, "%%http-respond: this request is answered already");
    int64_t status;
    SxBuf head = SX_BUF_INIT, gathered = SX_BUF_INIT;
    const char *body;
    size_t n;
    if (!sx_num_to_int64(argv[1], &status) || status < 200 || status > 599) return sx_badarg(p, "%%http-respond: the status must be 200 to 599");
    if (!sx_is_map(argv[2])) return sx_badarg(p, "%%http-respond: the headers must be a map");
    if (!body_bytes(argv[3], &gathered, &body, &n)) {
        sx_buf_deinit(&gathered);
        return sx_badarg(p, "%%http-respond: the body must be a string, a list of strings and bytes, or a function");
    }
    Fields said;
    sx_buf_reserve(&head, 256);
    begin_head(&head, (int)status);
    sx_val bad = add_fields(&head, argv[2], &said);
    if (bad != SX_NONE) {
        sx_buf_deinit(&head);
        sx_buf_deinit(&gathered);
        return sx_error2(p, sx_atom("bad_header"), bad);
    }
    if (said.close) c->keep_alive = false;
    add_connection(c, &head);
    bool bare = c->is_head || !may_have_body((int)status);
    if (!may_have_body((int)status)) n = 0;
    else if (c->is_head && n == 0 && said.length > 0) n = (size_t)said.length; /* what GET would have sent */
    if (n > 0 && !said.typed) sx_buf_add_str(&head, "content-type: text/plain; charset=utf-8\r\n");
    if (may_have_length((int)status)) add_length(&head, n);
    sx_buf_add(&head, "\r\n", 2);
    write_bytes(c, &head, body, bare ? 0 : n);
    sx_buf_deinit(&head);
    sx_buf_deinit(&gathered);
    sx_charge(p, 10 + n / 1024);
    c->answered = true;
    bool there = !c->gone;
    sx_http_conn_done(c);
    return sx_bool(there);
}

SX_PRIM(start, "(%http-start conn status headers)", "Begin a streamed answer. True, or false when the client is gone.")
{
    sx_val out;
    if (resumed(p, &out)) return out;
    SxHttpConn *c = sx_http_conn_of(p, argv[0]);
    if (c == NULL) return SX_FALSE;
    if (c->answered || c->streaming) return sx_badarg(p, "%%http-start: this request is answered already");
    int64_t status;
    if (!sx_num_to_int64(argv[1], &status) || status < 200 || status > 599) return sx_badarg(p, "%%http-start: the status must be 200 to 599");
    if (!sx_is_map(argv[2])) return sx_badarg(p, "%%http-start: the headers must be a map");
    SxBuf head = SX_BUF_INIT;
    Fields said;
    begin_head(&head, (int)status);
    sx_val bad = add_fields(&head, argv[2], &said);
    if (bad != SX_NONE) {
        sx_buf_deinit(&head);
        return sx_error2(p, sx_atom("bad_header"), bad);
    }
    c->stream_left = may_have_body((int)status) ? said.length : 0;
    c->chunked = c->stream_left < 0 && !c->http10;
    if (said.close || (c->stream_left < 0 && c->http10)) c->keep_alive = false;
    add_connection(c, &head);
    if (c->chunked) sx_buf_add_str(&head, "transfer-encoding: chunked\r\n");
    else if (c->stream_left >= 0 && may_have_length((int)status)) add_length(&head, (uint64_t)c->stream_left);
    sx_buf_add(&head, "\r\n", 2);
    write_bytes(c, &head, NULL, 0);
    sx_buf_deinit(&head);
    c->streaming = true;
    c->has_body = may_have_body((int)status) && !c->is_head;
    return written(p, c);
}

SX_PRIM(chunk, "(%http-chunk conn data)", "Send a piece of a streamed answer; waits while the client is slow. True, or false when it is gone.")
{
    sx_val out;
    if (resumed(p, &out)) return out;
    SxHttpConn *c = sx_http_conn_of(p, argv[0]);
    if (c == NULL) return SX_FALSE;
    if (!c->streaming) return sx_badarg(p, "%%http-chunk: the answer was not begun by %%http-start");
    SxBuf gathered = SX_BUF_INIT;
    const char *body;
    size_t n;
    if (!body_bytes(argv[1], &gathered, &body, &n)) {
        sx_buf_deinit(&gathered);
        return sx_badarg(p, "%%http-chunk: takes a string or a list of strings and bytes");
    }
    if (n > 0 && c->has_body && c->stream_left >= 0) {
        if (n > (uint64_t)c->stream_left) {
            sx_buf_deinit(&gathered);
            return sx_badarg(p, "%%http-chunk: this is more than the answer's content-length");
        }
        c->stream_left -= (int64_t)n;
    }
    if (n > 0 && c->has_body) {
        char size[20];
        int k = c->chunked ? snprintf(size, sizeof size, "%zx\r\n", n) : 0;
        uv_buf_t bufs[3] = {uv_buf_init(size, (unsigned)k), uv_buf_init((char *)(uintptr_t)body, (unsigned)n), uv_buf_init("\r\n", 2)};
        sx_http_write(c, c->chunked ? bufs : bufs + 1, c->chunked ? 3 : 1);
    }
    sx_buf_deinit(&gathered);
    sx_charge(p, 5 + n / 1024);
    return written(p, c);
}

SX_PRIM(finish, "(%http-finish conn)", "End a streamed answer. True, or false when the client is gone.")
{
    SxHttpConn *c = sx_http_conn_of(p, argv[0]);
    if (c == NULL) return SX_FALSE;
    if (!c->streaming) return sx_badarg(p, "%%http-finish: the answer was not begun by %%http-start");
    if (c->has_body && c->stream_left > 0) return sx_badarg(p, "%%http-finish: this is less than the answer's content-length");
    if (c->chunked && c->has_body) {
        uv_buf_t end = uv_buf_init("0\r\n\r\n", 5);
        sx_http_write(c, &end, 1);
    }
    c->answered = true;
    bool there = !c->gone;
    sx_http_conn_done(c);
    return sx_bool(there);
}

SX_PRIM_TABLE(http_respond){&respond_prim, &start_prim, &chunk_prim, &finish_prim, NULL};
