/* test_http.c - the pure parts of the HTTP server: where a head ends, what a head must look like, bodies in chunks. Every stream is
 * fed whole, cut in two at each place, and a byte at a time: the answers are the same. */
#include "http/http.h"
#include "unit.h"

/* ---- the end of a head ---- */

/* What sx_http_head_length says of `text` when it comes in pieces that end at `cut` and then every `stride` bytes. */
static size_t length_of(const char *text, size_t n, size_t cut, size_t stride)
{
    size_t scanned = 0;
    for (size_t come = cut; scanned < n; come = come + stride < n ? come + stride : n) {
        char *exact = sx_alloc(come); /* a tool that watches memory sees what is read behind */
        memcpy(exact, text, come);
        size_t length = sx_http_head_length(exact, come, scanned);
        sx_free(exact);
        if (length != 0) return length;
        scanned = come;
    }
    return 0;
}

static void check_length(const char *text, size_t wanted)
{
    size_t n = strlen(text);
    CHECK_EQ(length_of(text, n, n, 1), wanted);
    CHECK_EQ(length_of(text, n, 1, 1), wanted);
    for (size_t cut = 1; cut < n; cut++) CHECK_EQ(length_of(text, n, cut, n), wanted);
}

static void test_length(void)
{
    check_length("GET / HTTP/1.1\r\nHost: x\r\n\r\n", 27);
    check_length("GET / HTTP/1.1\r\nHost: x\r\n\r\nGET /next", 27);
    check_length("GET / HTTP/1.1\r\n\r\n", 18);
    check_length("GET / HTTP/1.1\r\nHost: x\r\n", 0);
    check_length("GET / HTTP/1.1\r\nHost: x\r\n\r", 0);
    check_length("G", 0);
    check_length("GET / HTTP/1.1\nHost: x\n\n", SX_HTTP_BAD_HEAD);
    check_length("GET / HTTP/1.1\r\nHost: x\n\r\n", SX_HTTP_BAD_HEAD);
    check_length("\x16\x03\x01", SX_HTTP_BAD_HEAD);
    check_length("\nGET / HTTP/1.1\r\n\r\n", SX_HTTP_BAD_HEAD);
}

/* ---- what a head must look like ---- */

static int status_of(const char *text, size_t n, SxHttpHead *head)
{
    char *exact = sx_alloc(n);
    memcpy(exact, text, n);
    int status = sx_http_head_check(exact, n, head);
    sx_free(exact);
    return status;
}

/* A head of this request line and these fields. */
static int head_status(const char *line, const char *fields, SxHttpHead *head)
{
    SxBuf text = SX_BUF_INIT;
    sx_buf_addf(&text, "%s\r\n%s\r\n", line, fields);
    int status = status_of(text.data, text.len, head);
    sx_buf_deinit(&text);
    return status;
}

static void test_parts(void)
{
    SxHttpHead head;
    CHECK_EQ(head_status("POST /a?b HTTP/1.1", "Host: x\r\nContent-Length: 12\r\n", &head), 0);
    CHECK(head.method_len == 4 && head.target_at == 5 && head.target_len == 4 && head.minor == 1 && !head.chunked);
    CHECK_EQ(head.length, 12);
    CHECK_EQ(head_status("GET / HTTP/1.0", "", &head), 0);
    CHECK(head.minor == 0 && head.length == -1 && !head.chunked);
    CHECK_EQ(head_status("POST / HTTP/1.1", "host:\r\ntransfer-encoding: \t Chunked \t\r\n", &head), 0);
    CHECK(head.chunked && head.length == -1);
    CHECK_EQ(head_status("POST / HTTP/1.1", "Host: x\r\nContent-Length: 999999999999999999\r\n", &head), 0);
    CHECK_EQ(head.length, 999999999999999999);
    CHECK_EQ(head_status("POST / HTTP/1.1", "Host: x\r\nContent-Length: 1000000000000000000\r\n", &head), 400);
}

static void test_statuses(void)
{
    static const struct {
        int status;
        const char *line, *fields;
    } cases[] = {
        {0, "GET http://x:8080/p?q HTTP/1.1", "Host: x\r\n"},
        {0, "OPTIONS * HTTP/1.1", "Host: x\r\n"},
        {0, "GET / HTTP/1.1", "Host: [::ffff:1.2.3.4]:65535\r\n"},
        {0, "GET / HTTP/1.1", "Host: x\r\nX:\r\nY: \t\r\nZ: \xff\r\n"},
        {400, "GET * HTTP/1.1", "Host: x\r\n"},
        {400, "GET http:// HTTP/1.1", "Host: x\r\n"},
        {400, "GET http://:80/ HTTP/1.1", "Host: x\r\n"},
        {400, "GET /", "Host: x\r\n"},
        {400, "GET", "Host: x\r\n"},
        {400, "", "Host: x\r\n"},
        {400, "GET  HTTP/1.1", "Host: x\r\n"},
        {400, "GET / HTTP/1.x", "Host: x\r\n"},
        {505, "GET / HTTP/1.2", "Host: x\r\n"},
        {505, "GET / HTTP/3.0", "Host: x\r\n"},
        {501, "CONNECT x:1 HTTP/1.1", "Host: x\r\n"},
        {400, "GET / HTTP/1.1", ""},
        {400, "GET / HTTP/1.1", "Host: x\r\nHost: x\r\n"},
        {400, "GET / HTTP/1.1", "Host: x:123456\r\n"},
        {400, "GET / HTTP/1.1", "Host: []\r\n"},
        {400, "GET / HTTP/1.1", "Host: x\r\n X: y\r\n"},
        {400, "GET / HTTP/1.1", "Host: x\r\nX : y\r\n"},
        {400, "GET / HTTP/1.1", "Host: x\r\n: y\r\n"},
        {400, "GET / HTTP/1.1", "Host: x\r\nX\r\n"},
        {400, "GET / HTTP/1.1", "Host: x\r\nX: a\rb\r\n"},
        {400, "GET / HTTP/1.1", "Host: x\r\nX: a\x01\r\n"},
        {400, "POST / HTTP/1.1", "Host: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n"},
        {400, "POST / HTTP/1.1", "Host: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n"},
        {400, "POST / HTTP/1.1", "Host: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"},
        {400, "POST / HTTP/1.1", "Host: x\r\nTransfer-Encoding: chunked, gzip\r\n"},
        {400, "POST / HTTP/1.1", "Host: x\r\nTransfer-Encoding: ,\r\n"},
        {400, "POST / HTTP/1.0", "Transfer-Encoding: chunked\r\n"},
        {501, "POST / HTTP/1.1", "Host: x\r\nTransfer-Encoding: gzip, chunked\r\n"},
        {400, "POST / HTTP/1.1", "Host: x\r\nTransfer-Encoding: gzip, chunked\r\nContent-Length: x\r\n"},
    };
    SxHttpHead head;
    for (size_t i = 0; i < SX_COUNT(cases); i++) {
        int status = head_status(cases[i].line, cases[i].fields, &head);
        if (status != cases[i].status) printf("%s, %s\n", cases[i].line, cases[i].fields);
        CHECK_EQ(status, cases[i].status);
    }
    CHECK_EQ(status_of("GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n", 29, &head), 400);
}

static void test_limits(void)
{
    SxHttpHead head;
    SxBuf line = SX_BUF_INIT, fields = SX_BUF_INIT;
    sx_buf_addf(&line, "GET /");
    while (line.len < SX_HTTP_MAX_LINE - strlen(" HTTP/1.1")) sx_buf_add_char(&line, 'a');
    sx_buf_addf(&line, " HTTP/1.1");
    sx_buf_add_char(&line, '\0');
    CHECK_EQ(head_status(line.data, "Host: x\r\n", &head), 0);
    line.len = 0;
    sx_buf_addf(&line, "GET /");
    while (line.len <= SX_HTTP_MAX_LINE - strlen(" HTTP/1.1")) sx_buf_add_char(&line, 'a');
    sx_buf_addf(&line, " HTTP/1.1");
    sx_buf_add_char(&line, '\0');
    CHECK_EQ(head_status(line.data, "Host: x\r\n", &head), 414);
    sx_buf_addf(&fields, "Host: x\r\n");
    for (int i = 1; i < SX_HTTP_MAX_FIELDS; i++) sx_buf_addf(&fields, "X: %d\r\n", i);
    sx_buf_add_char(&fields, '\0');
    CHECK_EQ(head_status("GET / HTTP/1.1", fields.data, &head), 0);
    fields.len--;
    sx_buf_addf(&fields, "X: y\r\n");
    sx_buf_add_char(&fields, '\0');
    CHECK_EQ(head_status("GET / HTTP/1.1", fields.data, &head), 431);
    sx_buf_deinit(&line);
    sx_buf_deinit(&fields);
}

/* ---- bodies in chunks ---- */

#define MAX_BODY 100

/* The answer, bytes used and the body, when the stream comes in pieces. */
static int dechunk(const char *text, size_t n, size_t cut, size_t stride, size_t *used, SxBuf *body)
{
    SxHttpChunks s = {0};
    int status = 0;
    *used = body->len = 0;
    for (size_t at = 0, come = cut; at < n && status == 0; come = come + stride < n ? come + stride : n) {
        char *exact = sx_alloc(come - at);
        size_t k = 0;
        memcpy(exact, text + at, come - at);
        status = sx_http_dechunk(&s, exact, come - at, &k, body, MAX_BODY);
        sx_free(exact);
        CHECK(body->len <= MAX_BODY && (status > 1 || k <= come - at) && (status != 0 || k == come - at));
        *used += k;
        at = come;
    }
    return status;
}

static void check_chunks_n(const char *text, size_t n, int status, const char *body, size_t left)
{
    SxBuf got = SX_BUF_INIT;
    size_t used;
    for (size_t cut = 1; cut <= n; cut++)
        for (size_t stride = 1; stride <= n; stride += n) {
            CHECK_EQ(dechunk(text, n, cut, stride, &used, &got), status);
            if (status <= 1) CHECK(got.len == strlen(body) && (got.len == 0 || memcmp(got.data, body, got.len) == 0) && n - used == left);
        }
    sx_buf_deinit(&got);
}
static void check_chunks(const char *text, int status, const char *body, size_t left) { check_chunks_n(text, strlen(text), status, body, left); }

static void test_chunks(void)
{
    check_chunks("5\r\nhello\r\n0\r\n\r\n", 1, "hello", 0);
    check_chunks("5\r\nhello\r\n0\r\n\r\nGET /", 1, "hello", 5);
    check_chunks("00A\r\n0123456789\r\na\r\nabcdefghij\r\n000\r\n\r\n", 1, "0123456789abcdefghij", 0);
    check_chunks("1;a=b;c=\"d\" \r\nx\r\n1 \t;e\r\ny\r\n0;f\r\nA: b\r\nContent-Length: 9\r\n\r\n", 1, "xy", 0);
    check_chunks("5\r\nhello\r\n0\r\n\r", 0, "hello", 0);
    check_chunks("5\r\nhel", 0, "hel", 0);
    check_chunks("\r\n", 400, "", 0);
    check_chunks("g\r\n", 400, "", 0);
    check_chunks("-1\r\n", 400, "", 0);
    check_chunks("0x1\r\n", 400, "", 0);
    check_chunks("1 \r\n", 400, "", 0);
    check_chunks("1\nx\r\n", 400, "", 0);
    check_chunks("1\rx\r\n", 400, "", 0);
    check_chunks("1;\x01\r\n", 400, "", 0);
    check_chunks("1;\n", 400, "", 0);
    check_chunks("1\r\nxy\r\n", 400, "", 0);
    check_chunks("1\r\nx\ry", 400, "", 0);
    check_chunks("0\r\nA : b\r\n", 400, "", 0);
    check_chunks("0\r\n A: b\r\n", 400, "", 0);
    check_chunks("0\r\nA: b\n", 400, "", 0);
    check_chunks("0\r\n\rx", 400, "", 0);
    check_chunks("0\r\n:\r\n", 400, "", 0);
    check_chunks("0000000000000000\r\n\r\n", 1, "", 0);
    check_chunks("00000000000000000", 400, "", 0);
    check_chunks("ffffffffffffffff\r\n", 413, "", 0);
    check_chunks("65\r\n", 413, "", 0);
    check_chunks("5\r\nhello\r\n60\r\n", 413, "", 0);
    check_chunks_n("1;a\0\r\n", 6, 400, "", 0);
}

/* Extensions and trailers are bounded together, whatever their number. */
static void test_dropped(void)
{
    SxBuf text = SX_BUF_INIT, body = SX_BUF_INIT;
    size_t used;
    sx_buf_addf(&text, "1;");
    while (text.len < SX_HTTP_MAX_CHUNK_LINES - 20) sx_buf_add_char(&text, 'a');
    sx_buf_addf(&text, "\r\nx\r\n0\r\n\r\n");
    CHECK_EQ(dechunk(text.data, text.len, text.len, 1, &used, &body), 1);
    text.len -= 2;
    sx_buf_addf(&text, "name: what is too much for all of it together\r\n\r\n");
    CHECK_EQ(dechunk(text.data, text.len, text.len, 1, &used, &body), 431);
    CHECK_EQ(dechunk(text.data, text.len, 1, 1, &used, &body), 431);
    sx_buf_deinit(&text);
    sx_buf_deinit(&body);
}

int main(void)
{
    test_length();
    test_parts();
    test_statuses();
    test_limits();
    test_chunks();
    test_dropped();
    return unit_end();
}
