/* client.c - the primitive %http-request: options in, a response or an error term out; and the fetch's tie to its process.
 * Owns what a request may ask for and the names of what can go wrong: #(step reason text), where step is one of
 *   url address proxy resolve connect tls request response redirect limit client
 * and says how far the request came; reason is one of the names below or the system's (econnrefused); text is for people. */
#include "http/client.h"
#include "http/http.h"
#include "io/deterministic.h"
#include "prim/args.h"
#include "value/atom.h"
#include <arpa/inet.h>
#include <ctype.h>

/* ---- the fetch and its process ---- */

static void free_fetch(SxFetch *f)
{
    SxBuf *all[] = {&f->method, &f->url, &f->body, &f->proxy, &f->ca_file, &f->fields, &f->head, &f->received};
    for (size_t i = 0; i < SX_COUNT(all); i++) sx_buf_deinit(all[i]);
    sx_free(f);
}

static void cancel(SxResource *r, SxProc *p)
{
    (void)p;
    SxFetch *f = SX_CONTAINER(r, SxFetch, resource);
    sx_fetch_stop(f);
    free_fetch(f);
}

/* A process waits for one fetch at most. One that is still there was interrupted: nobody waits for it. */
static void cancel_forgotten(SxProc *p)
{
    for (SxResource *r = p->resources; r != NULL; r = r->next) {
        if (r->on_exit != cancel) continue;
        sx_resource_remove(r);
        cancel(r, p);
        return;
    }
}

/* ---- the end ---- */

typedef struct Failure { const char *step, *reason; } Failure;

/* How far it came: the step that was not finished. */
static const char *step_of(const SxFetch *f, const SxFetchOutcome *o)
{
    if (!o->named) return "resolve";
    if (f->tls_begun && !o->secured) return "tls";
    if (!o->connected) return "connect";
    return o->sent ? "response" : "request";
}

static Failure failure_of(const SxFetch *f, const SxFetchOutcome *o)
{
    if (f->refused) return (Failure){"address", "refused"};
    if (f->head_over) return (Failure){"limit", "head_too_large"};
    if (f->body_over) return (Failure){"limit", "body_too_large"};
    switch (o->code) {
    case CURLE_URL_MALFORMAT: return (Failure){o->n_redirects > 0 ? "redirect" : "url", "malformed"};
    case CURLE_UNSUPPORTED_PROTOCOL:
        if (o->status >= 300) return (Failure){"redirect", "unsupported_scheme"};
        return o->connected ? (Failure){"response", "bad_response"} /* HTTP/0.9 */ : (Failure){"url", "unsupported_scheme"};
    case CURLE_COULDNT_RESOLVE_PROXY: return (Failure){"proxy", "unknown_host"};
    case CURLE_PROXY: return (Failure){"proxy", "failed"};
    case CURLE_COULDNT_RESOLVE_HOST: return (Failure){"resolve", "unknown_host"};
    case CURLE_COULDNT_CONNECT: return (Failure){"connect", o->os_error != 0 ? NULL : "failed"};
    case CURLE_OPERATION_TIMEDOUT: return (Failure){step_of(f, o), "timeout"};
    case CURLE_SSL_CONNECT_ERROR: return (Failure){"tls", "handshake"};
    case CURLE_PEER_FAILED_VERIFICATION: return (Failure){"tls", "certificate"};
    case CURLE_SSL_CACERT_BADFILE: return (Failure){"tls", "ca_file"};
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ENGINE_INITFAILED:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS: return (Failure){"tls", "failed"};
    case CURLE_TOO_MANY_REDIRECTS: return (Failure){"redirect", "too_many"};
    case CURLE_FILESIZE_EXCEEDED: return (Failure){"limit", "body_too_large"};
    case CURLE_GOT_NOTHING: return (Failure){"response", "closed"};
    case CURLE_PARTIAL_FILE: return (Failure){"response", "incomplete"};
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING: return (Failure){"response", "bad_response"};
    case CURLE_SEND_ERROR: return (Failure){"request", o->os_error != 0 ? NULL : "closed"};
    case CURLE_RECV_ERROR: return (Failure){"response", o->os_error != 0 ? NULL : "closed"};
    default: return (Failure){"client", "failed"};
    }
}

static sx_val error_value(SxHeap *h, const char *step, sx_val reason, const char *text)
{
    return sx_tuple(h, 2, SX_A(error), sx_tuple(h, 3, sx_atom(step), reason, sx_binary_text(h, text)));
}

/* Value of a field that came again: a list for set-cookie, else joined by a comma. */
static sx_val joined(SxHeap *h, sx_val name, sx_val old, const char *v, size_t n)
{
    size_t name_len, old_len;
    const unsigned char *name_bytes = sx_binary_bytes(name, &name_len);
    if (name_len == 10 && memcmp(name_bytes, "set-cookie", 10) == 0) {
        sx_val all = sx_is_bits(old) ? sx_cons(h, old, SX_EMPTY) : old, last = sx_cons(h, sx_binary(h, v, n), SX_EMPTY);
        return sx_list_onto(h, sx_list_onto(h, all, SX_EMPTY), last);
    }
    const unsigned char *bytes = sx_binary_bytes(old, &old_len);
    unsigned char *out;
    sx_val value = sx_binary_new(h, old_len + 2 + n, &out);
    memcpy(out, bytes, old_len);
    memcpy(out + old_len, ", ", 2);
    memcpy(out + old_len + 2, v, n);
    return value;
}

static sx_val headers_map(SxHeap *h, const SxBuf *head)
{
    sx_val map = sx_map_empty();
    const char *at = head->data, *end = at + head->len;
    for (const char *eol; at < end; at = eol + 1) {
        eol = memchr(at, '\n', (size_t)(end - at));
        if (eol == NULL) eol = end;
        const char *colon = memchr(at, ':', (size_t)(eol - at)), *e = eol;
        if (colon == NULL || colon == at || isspace((unsigned char)*at)) continue; /* the status line, the blank line */
        const char *v = colon + 1;
        while (v < e && isspace((unsigned char)*v)) v++;
        while (e > v && isspace((unsigned char)e[-1])) e--;
        unsigned char *lower;
        sx_val name = sx_binary_new(h, (size_t)(colon - at), &lower);
        for (const char *c = at; c < colon; c++) *lower++ = (unsigned char)tolower((unsigned char)*c);
        sx_val old = sx_map_get(map, name);
        map = sx_map_put(h, map, name, old == SX_NONE ? sx_binary(h, v, (size_t)(e - v)) : joined(h, name, old, v, (size_t)(e - v)));
    }
    return map;
}

static sx_val response_value(SxHeap *h, const SxFetch *f, const SxFetchOutcome *o)
{
    sx_val pairs[] = {
        sx_atom("body"), sx_binary(h, f->received.data, f->received.len), sx_atom("headers"), headers_map(h, &f->head),
        sx_atom("status"), sx_small(o->status), sx_atom("url"), sx_binary_text(h, o->url),
    };
    return sx_tuple(h, 2, SX_A(ok), sx_map_from_pairs(h, pairs, SX_COUNT(pairs) / 2));
}

void sx_fetch_done(SxFetch *f, const SxFetchOutcome *o, const char *no_library)
{
    SxHeap *h = sx_host_heap(f->loop);
    sx_val answer;
    if (o == NULL && no_library != NULL) answer = error_value(h, "client", SX_A(notsup), no_library);
    else if (o == NULL) answer = error_value(h, "limit", sx_atom("too_many_requests"), "too many requests are outstanding");
    else if (o->code == CURLE_OK) answer = response_value(h, f, o);
    else {
        Failure failure = failure_of(f, o);
        sx_val reason = failure.reason != NULL ? sx_atom(failure.reason) : sx_host_error_atom((int)o->os_error);
        answer = error_value(h, failure.step, reason, f->refused ? "the address is not one that may be connected to" : f->message);
    }
    sx_resource_remove(&f->resource);
    sx_host_answer(f->loop, f->pid, f->op, answer);
    free_fetch(f);
}

/* ---- the beginning ---- */

static bool add_text(SxBuf *b, sx_val v)
{
    const char *text;
    size_t n;
    if (!sx_arg_text(v, &text, &n) || memchr(text, 0, n) != NULL) return false;
    sx_buf_add(b, text, n);
    sx_buf_add_char(b, 0);
    return true;
}

static bool is_token(const char *text)
{
    for (const char *c = text; *c != '\0'; c++)
        if (!sx_http_is_token((unsigned char)*c)) return false;
    return *text != '\0';
}

/* A line of libcurl's list: "Name: value", "Name;" when it is empty. Typed: it is a content-type. */
static bool add_field(SxBuf *b, sx_val name, sx_val value, bool *typed)
{
    size_t start = b->len, n;
    const char *text;
    SxBuf digits = SX_BUF_INIT;
    if (!add_text(b, name) || !is_token(b->data + start)) return false;
    *typed = *typed || strcasecmp(b->data + start, "content-type") == 0;
    b->len--;
    if (sx_is_small(value)) sx_buf_addf(&digits, "%lld", (long long)sx_small_value(value));
    else if (sx_arg_text(value, &text, &n)) sx_buf_add(&digits, text, n);
    else return false;
    bool ok = true;
    for (size_t i = 0; i < digits.len; i++) ok = ok && (digits.data[i] == '\t' || ((unsigned char)digits.data[i] >= 0x20 && digits.data[i] != 0x7f));
    if (ok && digits.len == 0) sx_buf_add_char(b, ';');
    else if (ok) {
        sx_buf_add_str(b, ": ");
        sx_buf_add(b, digits.data, digits.len);
    }
    sx_buf_add_char(b, 0);
    sx_buf_deinit(&digits);
    return ok;
}

static bool add_fields(SxFetch *f, sx_val map)
{
    SxMapIter it;
    bool typed = false;
    if (!sx_is_map(map)) return false;
    sx_map_iter_init(&it, map);
    for (sx_val k, v; sx_map_iter_next(&it, &k, &v);) {
        if (!sx_is_cons(v) && v != SX_EMPTY) {
            if (!add_field(&f->fields, k, v, &typed)) return false;
            continue;
        }
        for (; sx_is_cons(v); v = sx_tail(v))
            if (!add_field(&f->fields, k, sx_head(v), &typed)) return false;
    }
    if (!typed) sx_buf_add(&f->fields, "Content-Type:", sizeof "Content-Type:"); /* libcurl would say it is a form */
    return true;
}

/* Only what names its scheme: libcurl would guess one. */
static bool is_url(const SxBuf *url)
{
    for (size_t i = 0; i + 1 < url->len; i++)
        if ((unsigned char)url->data[i] <= 0x20 || url->data[i] == 0x7f) return false;
    return url->len <= SX_CLIENT_MAX_URL;
}
static bool is_http(const char *url) { return strncasecmp(url, "http://", 7) == 0 || strncasecmp(url, "https://", 8) == 0; }

static bool number(sx_val options, const char *name, int64_t least, int64_t most, int64_t *n)
{
    sx_val v = sx_map_get(options, sx_atom(name));
    if (v == SX_NONE || v == SX_NIL) return true;
    if (!sx_is_small(v) || sx_small_value(v) < least || sx_small_value(v) > most) return false;
    *n = sx_small_value(v);
    return true;
}

/* The options into f; NULL, or the name of the one that is wrong. */
static const char *take_options(SxFetch *f, sx_val options)
{
    int64_t timeout = SX_CLIENT_TIMEOUT_MS, connect = SX_CLIENT_CONNECT_TIMEOUT_MS, redirects = 0, max_body = SX_CLIENT_MAX_BODY, max_head = SX_CLIENT_MAX_HEAD;
    if (!number(options, "timeout-ms", 1, INT32_MAX, &timeout)) return "timeout-ms";
    if (!number(options, "connect-timeout-ms", 1, INT32_MAX, &connect)) return "connect-timeout-ms";
    if (!number(options, "redirects", 0, SX_CLIENT_MAX_REDIRECTS, &redirects)) return "redirects";
    if (!number(options, "body-limit", 0, INT32_MAX, &max_body)) return "body-limit";
    if (!number(options, "header-limit", 0, INT32_MAX, &max_head)) return "header-limit";
    f->timeout_ms = (long)timeout;
    f->connect_timeout_ms = (long)connect;
    f->redirects = (long)redirects;
    f->max_body = (size_t)max_body;
    f->max_head = (size_t)max_head;
    if (!add_text(&f->url, sx_map_get(options, sx_atom("url")))) return "url";
    if (!add_text(&f->method, sx_map_get(options, sx_atom("method"))) || !is_token(f->method.data)) return "method";
    if (!add_fields(f, sx_map_get(options, sx_atom("headers")))) return "headers";
    sx_val body = sx_map_get(options, sx_atom("body"));
    if (sx_is_small(body) || !sx_flatten_text(body, false, &f->body)) return "body";
    sx_val reach = sx_map_get(options, sx_atom("addresses"));
    if (reach == sx_atom("any")) f->reach = SX_REACH_SPECIAL;
    else if (reach == sx_atom("private")) f->reach = SX_REACH_PRIVATE;
    else if (reach == sx_atom("public")) f->reach = SX_REACH_PUBLIC;
    else return "addresses";
    sx_val proxy = sx_map_get(options, sx_atom("proxy")), ca_file = sx_map_get(options, sx_atom("ca-file")), verify = sx_map_get(options, sx_atom("verify"));
    f->no_proxy = proxy == SX_FALSE;
    if (proxy != SX_FALSE && proxy != SX_NIL && !add_text(&f->proxy, proxy)) return "proxy";
    if (ca_file != SX_NIL && !add_text(&f->ca_file, ca_file)) return "ca-file";
    if (verify != SX_TRUE && verify != SX_FALSE) return "verify";
    f->verify = verify == SX_TRUE;
    return NULL;
}

SX_PRIM(request, "(%http-request options)", "#(:ok {:status :headers :body :url}) or #(:error #(step reason text)); `options` has every key of sx/%http-request-options.")
{
    if (p->prim_state != SX_NONE) {
        sx_val answer, out;
        return sx_host_await(p, SX_WAIT_IO, &answer, &out) ? answer : out;
    }
    if (!sx_is_map(argv[0])) return sx_badarg(p, "%%http-request: takes a map");
    if (!sx_deterministic_allows(p, "http-request: the network")) return SX_THROWN;
    cancel_forgotten(p);
    SxFetch *f = sx_alloc_zero(sizeof *f);
    f->loop = sx_loop_of(p);
    f->pid = p->pid;
    const char *wrong = take_options(f, argv[0]);
    if (wrong != NULL) {
        free_fetch(f);
        return sx_error2(p, SX_A(badarg), sx_atom(wrong));
    }
    if (!is_url(&f->url) || !is_http(f->url.data)) {
        sx_val error = is_url(&f->url) ? error_value(&p->heap, "url", sx_atom("unsupported_scheme"), "the address begins with neither http:// nor https://")
                                       : error_value(&p->heap, "url", sx_atom("malformed"), "the address is too long, or holds blanks or control characters");
        free_fetch(f);
        return error;
    }
    sx_charge(p, 200 + f->body.len / 1024);
    f->op = sx_host_begin(p);
    f->resource.on_exit = cancel;
    sx_resource_add(p, &f->resource);
    sx_fetch_start(f);
    return sx_park(p, SX_WAIT_IO);
}

SX_PRIM(reach, "(%http-address-reach text)", "What an address in digits is: :public, :private (loopback and private ranges), :special; :none when the text is no address.")
{
    const char *text;
    size_t n;
    char bare[64];
    if (!sx_arg_text(argv[0], &text, &n)) return sx_badarg(p, "%%http-address-reach: takes a text");
    if (n >= sizeof bare || memchr(text, 0, n) != NULL) return sx_atom("none");
    memcpy(bare, text, n);
    bare[n] = '\0';
    unsigned char parsed[16];
    if (inet_pton(AF_INET, bare, parsed) != 1 && inet_pton(AF_INET6, bare, parsed) != 1) return sx_atom("none");
    SxReach r = sx_address_text_reach(bare);
    return sx_atom(r == SX_REACH_PUBLIC ? "public" : r == SX_REACH_PRIVATE ? "private" : "special");
}

SX_PRIM_TABLE(http_client){&request_prim, &reach_prim, NULL};
