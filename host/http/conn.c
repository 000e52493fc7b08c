/* conn.c - one connection: reads, finds requests, starts a process for each, and ends.
 * Owns the states, the order of pipelined requests, reading ahead, deadlines and the last bytes. What is said is respond.c's.
 * INVARIANT: while a process answers, nothing of the next request is parsed; it waits in `in`, bounded. */
#include "http/http.h"
#include "code/code.h"
#include "value/atom.h"
#include <stdio.h>

#define READ_BYTES 65536
#define REQUEST_STACK_WORDS 128 /* of its stack: a handler that calls a little does not outgrow it */
#define REQUEST_WORDS 1024 /* heap of a request's process: enough for a small one to end without a collection */
static char read_space[READ_BYTES]; /* libuv fills it and the callback empties it at once: one for all connections */

static void process_input(SxHttpConn *c);
static void read_on(SxHttpConn *c);

static int64_t from_now(const SxHttpConn *c, int64_t ms) { return c->listener->loop->rt->sched.now + ms * 1000000; }

/* ---- the end ---- */

static void on_closed(uv_handle_t *handle)
{
    SxHttpConn *c = handle->data;
    SxHttpListener *l = c->listener;
    *c->link = c->next;
    if (c->next != NULL) c->next->link = c->link;
    l->n_conns--;
    sx_buf_deinit(&c->in);
    sx_buf_deinit(&c->body);
    sx_free(c);
    sx_http_listener_check(l);
}

/* The handler's process, if there is one, is told, and nothing of it reaches this connection any more. */
static void let_go(SxHttpConn *c)
{
    if (c->waiting_op != 0) {
        sx_complete(c->listener->loop->rt, &c->listener->loop->rt->sched, c->pid, c->waiting_op, sx_frag_copy(SX_FALSE));
        c->waiting_op = 0;
    }
    if (c->serial == 0) return;
    sx_resource_remove(&c->resource);
    c->serial = 0;
    c->listener->n_busy--;
    sx_http_listener_check(c->listener);
    sx_loop_check_stopped(c->listener->loop);
}

void sx_http_conn_close(SxHttpConn *c)
{
    if (c->state == SX_HTTP_CLOSED) return;
    let_go(c);
    c->state = SX_HTTP_CLOSED;
    c->gone = true;
    uv_close((uv_handle_t *)&c->tcp, on_closed);
}

void sx_http_conn_abort(SxHttpConn *c)
{
    if (c->state == SX_HTTP_CLOSED) return;
    let_go(c);
    c->state = SX_HTTP_CLOSED;
    c->gone = true;
    if (uv_tcp_close_reset(&c->tcp, on_closed) != 0) uv_close((uv_handle_t *)&c->tcp, on_closed);
}

/* Tell the process that its client has gone, or will send no more. */
static void tell_closed(SxHttpConn *c)
{
    if (c->serial == 0 || c->pid == SX_NIL || c->answered) return;
    SxRuntime *rt = c->listener->loop->rt;
    SxHeap *h = sx_host_heap(c->listener->loop);
    sx_send(rt, &rt->sched, c->pid, sx_tuple(h, 2, sx_atom("http-closed"), sx_ref_new(h, c->serial, SX_NIL)));
}

void sx_http_conn_lost(SxHttpConn *c)
{
    c->gone = true;
    tell_closed(c);
    sx_http_conn_close(c);
}

/* ---- writing ---- */

/* An answer on its way must move on; a handler may take as long as it likes. */
static void set_write_deadline(SxHttpConn *c)
{
    if (c->state != SX_HTTP_ANSWER) return;
    c->queued = uv_stream_get_write_queue_size((uv_stream_t *)&c->tcp);
    c->deadline = c->n_writes > 0 ? from_now(c, c->listener->idle_ms) : INT64_MAX;
}

typedef struct Write {
    uv_write_t req;
    char bytes[];
} Write;

static void after_write(SxHttpConn *c)
{
    if (c->waiting_op != 0 && c->n_writes == 0) {
        uint64_t op = c->waiting_op;
        c->waiting_op = 0;
        sx_complete(c->listener->loop->rt, &c->listener->loop->rt->sched, c->pid, op, sx_frag_copy(sx_bool(!c->gone)));
    }
    if (c->n_writes == 0 && c->serial != 0 && c->answered) sx_http_conn_done(c);
    else if (c->n_writes == 0 && c->serial == 0 && c->state != SX_HTTP_CLOSED) process_input(c);
}

static void on_written(uv_write_t *req, int status)
{
    SxHttpConn *c = req->data;
    sx_free(SX_CONTAINER(req, Write, req));
    c->n_writes--;
    if (c->state == SX_HTTP_CLOSED) return;
    if (status < 0) {
        sx_http_conn_lost(c);
        return;
    }
    set_write_deadline(c);
    after_write(c);
}

bool sx_http_write(SxHttpConn *c, const uv_buf_t *bufs, unsigned n)
{
    if (c->gone) return false;
    size_t total = 0, sent = 0;
    for (unsigned i = 0; i < n; i++) total += bufs[i].len;
    if (c->n_writes == 0) {
        int r = uv_try_write((uv_stream_t *)&c->tcp, bufs, n);
        if (r < 0 && r != UV_EAGAIN) {
            c->gone = true;
            return false;
        }
        if (r > 0) sent = (size_t)r;
    }
    if (sent == total) return true;
    Write *w = sx_alloc(sizeof *w + total - sent);
    size_t at = 0, skip = sent;
    for (unsigned i = 0; i < n; i++) {
        size_t skipped = skip < bufs[i].len ? skip : bufs[i].len;
        skip -= skipped;
        memcpy(w->bytes + at, bufs[i].base + skipped, bufs[i].len - skipped);
        at += bufs[i].len - skipped;
    }
    uv_buf_t rest = uv_buf_init(w->bytes, (unsigned)(total - sent));
    w->req.data = c;
    c->n_writes++;
    if (uv_write(&w->req, (uv_stream_t *)&c->tcp, &rest, 1, on_written) < 0) {
        sx_free(w);
        c->n_writes--;
        c->gone = true;
        return false;
    }
    set_write_deadline(c);
    return true;
}

static void on_shut(uv_shutdown_t *req, int status)
{
    (void)status;
    sx_free(req);
}

/* The last answer is written: no more from us; the client may finish what it sends, within a bound, so that it reads the
 * answer rather than a reset. */
static void linger(SxHttpConn *c)
{
    uv_shutdown_t *req = sx_alloc(sizeof *req);
    c->state = SX_HTTP_LINGER;
    c->lingered = 0;
    c->in.len = c->in_at = 0;
    c->deadline = from_now(c, SX_HTTP_LINGER_MS);
    read_on(c);
    if (c->peer_closed || uv_shutdown(req, (uv_stream_t *)&c->tcp, on_shut) < 0) {
        sx_free(req);
        sx_http_conn_close(c);
    }
}

void sx_http_conn_done(SxHttpConn *c)
{
    if (c->n_writes > 0 && !c->gone) return; /* on_written comes back */
    let_go(c);
    if (c->gone) {
        sx_http_conn_close(c);
        return;
    }
    if (!c->keep_alive || c->listener->closed) {
        linger(c);
        return;
    }
    c->state = SX_HTTP_HEAD;
    c->scanned = 0;
    c->deadline = from_now(c, c->listener->idle_ms);
    if (c->in.len == c->in_at && c->in.cap > SX_HTTP_KEEP_BYTES) {
        sx_buf_deinit(&c->in);
        c->in_at = 0;
    }
    read_on(c);
    process_input(c);
}

/* ---- requests ---- */

static void on_process_exit(SxResource *r, SxProc *p)
{
    (void)p;
    SxHttpConn *c = SX_CONTAINER(r, SxHttpConn, resource);
    if (!c->answered) sx_http_crashed(c);
    else sx_http_conn_done(c);
}

SxHttpConn *sx_http_conn_of(SxProc *p, sx_val ref)
{
    if (!sx_is_ref(ref)) return NULL;
    for (SxResource *r = p->resources; r != NULL; r = r->next) {
        SxHttpConn *c = SX_CONTAINER(r, SxHttpConn, resource);
        if (r->on_exit == on_process_exit && c->serial == sx_ref_serial(ref)) return c;
    }
    return NULL;
}

typedef struct Request { SxHttpConn *c; const char *text; const SxHttpHead *head; } Request;

/* What the process of a request begins with: (%http-serve handler request ref), made where it will live. */
static void make_args(SxHeap *h, sx_val *args, void *data)
{
    const Request *r = data;
    args[0] = sx_heap_copy(h, r->c->listener->handler->value);
    args[1] = sx_http_request_map(r->c, h, r->text, r->head);
    args[2] = sx_ref_new(h, r->c->serial, SX_NIL);
}

static void start_process(SxHttpConn *c, const char *text, const SxHttpHead *head)
{
    SxLoop *loop = c->listener->loop;
    SxRuntime *rt = loop->rt;
    const SxCell *serve = sx_cell_find(&rt->code, sx_atom("sx/%http-serve"));
    c->serial = sx_next_serial(&rt->sched);
    c->answered = c->streaming = false;
    c->state = SX_HTTP_ANSWER;
    c->deadline = INT64_MAX;
    c->listener->n_busy++;
    if (c->listener->closed) c->keep_alive = false;
    Request request = {c, text, head};
    SxProc *owner = sx_proc_find(rt, c->listener->owner);
    SxSpawn s = {.fn = serve ? serve->value : SX_NIL, .make_args = make_args, .data = &request, .n_args = 3, .name = SX_NONE, .parent = c->listener->owner, .priority = SX_PRIO_NORMAL, .min_heap_words = REQUEST_WORDS, .min_stack_words = REQUEST_STACK_WORDS,
                 .epoch = owner ? owner->epoch : 0, .group_leader = owner ? owner->group_leader : SX_NIL};
    SxProc *p = sx_spawn(rt, &s);
    if (c->body.cap > SX_HTTP_KEEP_BYTES) sx_buf_deinit(&c->body);
    if (p == NULL) { /* max_processes */
        c->pid = SX_NIL;
        c->resource.link = NULL;
        c->keep_alive = false;
        sx_http_refuse(c, 503);
        return;
    }
    c->pid = p->pid;
    c->resource.on_exit = on_process_exit;
    sx_resource_add(p, &c->resource);
}

static void drop_used(SxHttpConn *c)
{
    if (c->in_at == c->in.len) c->in.len = c->in_at = 0;
    else if (c->in_at > READ_BYTES) {
        memmove(c->in.data, c->in.data + c->in_at, c->in.len - c->in_at);
        c->in.len -= c->in_at;
        c->in_at = 0;
    }
}

/* One step of what `in` holds. False: nothing more can be done with it now. */
static bool take_head(SxHttpConn *c)
{
    while (c->scanned == 0 && c->in_at < c->in.len && (c->in.data[c->in_at] == '\r' || c->in.data[c->in_at] == '\n')) {
        /* an empty line before a request is passed over, as RFC 9112 asks; only a whole one */
        if (c->in.data[c->in_at] == '\n') {
            sx_http_refuse(c, 400);
            return false;
        }
        if (c->in.len - c->in_at < 2) return false;
        if (c->in.data[c->in_at + 1] != '\n') {
            sx_http_refuse(c, 400);
            return false;
        }
        c->in_at += 2;
    }
    const char *text = c->in.data + c->in_at;
    size_t n = c->in.len - c->in_at;
    if (n == 0) return false;
    if (c->scanned == 0) c->deadline = from_now(c, c->listener->head_ms);
    size_t length = sx_http_head_length(text, n, c->scanned);
    if (length == 0 || length > c->listener->max_head) {
        const char *eol = memchr(text, '\n', n);
        c->scanned = n;
        if (length == SX_HTTP_BAD_HEAD) sx_http_refuse(c, 400);
        else if (eol == NULL && n > SX_HTTP_MAX_LINE) sx_http_refuse(c, 414);
        else if (n > c->listener->max_head) sx_http_refuse(c, 431);
        return false;
    }
    SxHttpHead head;
    c->scanned = 0;
    c->head_len = length;
    c->keep_alive = false;
    int r = sx_http_head_check(text, length, &head);
    if (r == 0) r = sx_http_begin(c, text, length, &head);
    if (r > 1) {
        sx_http_refuse(c, r);
        return false;
    }
    if (r == 1) {
        c->in_at += length;
        start_process(c, text, &head);
        return false;
    }
    /* the body follows; the head stays in `in` until the request is complete */
    c->state = SX_HTTP_BODY;
    if (c->expects_continue && c->in.len - c->in_at == length) {
        uv_buf_t go_on = uv_buf_init("HTTP/1.1 100 Continue\r\n\r\n", 25);
        sx_http_write(c, &go_on, 1);
    }
    return true;
}

static bool take_body(SxHttpConn *c)
{
    size_t at = c->in_at + c->head_len, used = 0;
    if (at == c->in.len) return false;
    size_t had = c->body.len;
    int r = sx_http_feed(c, c->in.data + at, c->in.len - at, &used);
    c->deadline += (int64_t)(c->body.len - had) * (1000000000 / SX_HTTP_MIN_RATE);
    if (r == 1) {
        SxHttpHead head;
        const char *text = c->in.data + c->in_at;
        sx_http_head_check(text, c->head_len, &head);
        c->in_at += c->head_len + used;
        start_process(c, text, &head);
        return false;
    }
    /* body bytes are in `body` now: close the gap behind the head */
    memmove(c->in.data + at, c->in.data + at + used, c->in.len - at - used);
    c->in.len -= used;
    if (r > 1) sx_http_refuse(c, r);
    return false;
}

static void process_input(SxHttpConn *c)
{
    bool more = true;
    while (more && (c->state == SX_HTTP_HEAD || c->state == SX_HTTP_BODY)) more = c->state == SX_HTTP_HEAD ? take_head(c) : take_body(c);
    if (c->state == SX_HTTP_CLOSED) return;
    drop_used(c);
    if (c->peer_closed && (c->state == SX_HTTP_HEAD || c->state == SX_HTTP_BODY)) {
        /* the client will send no more: a request that is not complete never will be */
        if (c->state == SX_HTTP_BODY || c->in.len > c->in_at) sx_http_refuse(c, 400);
        else if (c->n_writes == 0) sx_http_conn_close(c);
    }
}

/* ---- reading ---- */

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    (void)handle;
    (void)suggested;
    *buf = uv_buf_init(read_space, sizeof read_space);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    SxHttpConn *c = stream->data;
    if (n == 0 || c->state == SX_HTTP_CLOSED) return;
    if (n == UV_EOF) {
        c->peer_closed = true;
        uv_read_stop(stream);
        c->reading = false;
        if (c->state == SX_HTTP_LINGER) sx_http_conn_close(c);
        else if (c->state == SX_HTTP_ANSWER) {
            c->keep_alive = c->in.len > c->in_at && c->keep_alive; /* pipelined requests are still answered */
            tell_closed(c);
        } else process_input(c);
        return;
    }
    if (n < 0) {
        sx_http_conn_lost(c);
        return;
    }
    if (c->state == SX_HTTP_LINGER) {
        c->lingered += (size_t)n;
        if (c->lingered > SX_HTTP_LINGER_BYTES) sx_http_conn_close(c);
        return;
    }
    sx_buf_add(&c->in, buf->base, (size_t)n);
    if (c->state == SX_HTTP_ANSWER) {
        if (c->in.len - c->in_at > SX_HTTP_MAX_PIPELINED) {
            uv_read_stop(stream);
            c->reading = false;
        }
        return;
    }
    process_input(c);
}

static void read_on(SxHttpConn *c)
{
    if (c->reading || c->peer_closed || c->state == SX_HTTP_CLOSED) return;
    c->reading = uv_read_start((uv_stream_t *)&c->tcp, on_alloc, on_read) == 0;
}

/* ---- the beginning ---- */

static void describe_peer(SxHttpConn *c)
{
    struct sockaddr_storage address;
    int n = sizeof address;
    char host[48] = "";
    c->peer[0] = '\0';
    if (uv_tcp_getpeername(&c->tcp, (struct sockaddr *)&address, &n) != 0) return;
    if (address.ss_family == AF_INET) {
        const struct sockaddr_in *a = (const struct sockaddr_in *)&address;
        uv_ip4_name(a, host, sizeof host);
        snprintf(c->peer, sizeof c->peer, "%s:%d", host, ntohs(a->sin_port));
    } else {
        const struct sockaddr_in6 *a = (const struct sockaddr_in6 *)&address;
        uv_ip6_name(a, host, sizeof host);
        snprintf(c->peer, sizeof c->peer, "[%s]:%d", host, ntohs(a->sin6_port));
    }
}

void sx_http_accept(SxHttpListener *l)
{
    SxHttpConn *c = sx_alloc_zero(sizeof *c);
    c->listener = l;
    uv_tcp_init(&l->loop->uv, &c->tcp);
    c->tcp.data = c;
    c->next = l->conns;
    c->link = &l->conns;
    if (c->next != NULL) c->next->link = &c->next;
    l->conns = c;
    l->n_conns++;
    if (uv_accept((uv_stream_t *)&l->tcp, (uv_stream_t *)&c->tcp) != 0 || l->n_conns > l->max_conns) {
        sx_http_conn_close(c);
        return;
    }
    uv_tcp_nodelay(&c->tcp, 1);
    describe_peer(c);
    c->state = SX_HTTP_HEAD;
    c->deadline = from_now(c, l->head_ms);
    read_on(c);
}
