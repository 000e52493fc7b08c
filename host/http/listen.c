/* listen.c - listeners: binding, accepting, deadlines, closing; the primitives %http-listen and %http-close.
 * A listener lives as long as its process listens and its connections need it: it keeps the program alive until the last request
 * in flight is answered, and is freed when it is closed, its handles are, and its last connection has gone. */
#include "http/http.h"
#include "io/deterministic.h"
#include "prim/args.h"
#include <stdio.h>
#include <sys/resource.h>

#define SWEEP_MS 500

static SxHttpListener *of_base(const SxListener *base) { return SX_CONTAINER(base, SxHttpListener, base); }

static void handle_closed(uv_handle_t *handle)
{
    SxHttpListener *l = handle->data;
    l->n_handles--;
    sx_http_listener_check(l);
}

/* Accept nothing new; connections that rest are closed, the others end with their answer. */
static void close_listener(SxHttpListener *l)
{
    if (l->closed) return;
    l->closed = true;
    uv_close((uv_handle_t *)&l->tcp, handle_closed);
    for (SxHttpConn *c = l->conns, *next; c != NULL; c = next) {
        next = c->next;
        if (c->state == SX_HTTP_HEAD && c->in.len == c->in_at) sx_http_conn_close(c);
    }
    if (!l->owner_gone) sx_deliver(l->loop->rt, &l->loop->rt->sched, l->owner, SX_SIG_WAKE, sx_frag_copy(SX_NIL));
    sx_http_listener_check(l);
}

void sx_http_listener_check(SxHttpListener *l)
{
    if (!l->closed || !l->owner_gone) return;
    if (l->n_busy == 0 && l->base.link != NULL) sx_loop_unlisten(l->loop, &l->base);
    if (l->n_conns > 0) return;
    if (!uv_is_closing((uv_handle_t *)&l->sweep)) {
        uv_close((uv_handle_t *)&l->sweep, handle_closed);
        return;
    }
    if (l->n_handles > 0) return;
    sx_frag_free(l->handler);
    sx_free(l);
}

static void on_owner_exit(SxResource *r, SxProc *p)
{
    (void)p;
    SxHttpListener *l = SX_CONTAINER(r, SxHttpListener, resource);
    l->owner_gone = true;
    close_listener(l);
    sx_http_listener_check(l);
}

static void stop(SxListener *base) { close_listener(of_base(base)); }
static bool busy(const SxListener *base) { return of_base(base)->n_busy > 0; }

static void on_connection(uv_stream_t *server, int status)
{
    SxHttpListener *l = server->data;
    if (status == 0 && !l->closed) sx_http_accept(l);
}

static void sweep(uv_timer_t *timer)
{
    SxHttpListener *l = timer->data;
    int64_t now = l->loop->rt->sched.now;
    for (SxHttpConn *c = l->conns, *next; c != NULL; c = next) {
        next = c->next;
        if (c->deadline > now || c->state == SX_HTTP_CLOSED) continue;
        size_t queued = c->n_writes > 0 ? uv_stream_get_write_queue_size((uv_stream_t *)&c->tcp) : 0;
        if (queued < c->queued && queued > 0) { /* a slow reader, but a reader */
            c->queued = queued;
            c->deadline = now + l->idle_ms * 1000000;
            continue;
        }
        bool amid_request = c->state == SX_HTTP_BODY || (c->state == SX_HTTP_HEAD && c->in.len > c->in_at);
        c->deadline = INT64_MAX;
        if (amid_request && c->n_writes == 0) sx_http_refuse(c, 408);
        else sx_http_conn_lost(c);
    }
}

/* ---- options ---- */

static int64_t number(sx_val options, const char *name, int64_t otherwise)
{
    sx_val v = sx_map_get(options, sx_atom(name));
    return v != SX_NONE && sx_is_small(v) ? sx_small_value(v) : otherwise;
}

static sx_val listen_error(SxProc *p, int status) { return sx_error2(p, sx_atom("http_listen"), sx_host_error_atom(status)); }

static int bind_to(SxHttpListener *l, const char *host, int port, int backlog)
{
    struct sockaddr_storage address;
    int r = uv_ip4_addr(host, port, (struct sockaddr_in *)&address);
    if (r != 0) r = uv_ip6_addr(host, port, (struct sockaddr_in6 *)&address);
    if (r == 0) r = uv_tcp_bind(&l->tcp, (struct sockaddr *)&address, 0);
    if (r == 0) r = uv_listen((uv_stream_t *)&l->tcp, backlog, on_connection);
    int n = sizeof address;
    if (r == 0) r = uv_tcp_getsockname(&l->tcp, (struct sockaddr *)&address, &n);
    if (r == 0) l->port = ntohs(address.ss_family == AF_INET ? ((struct sockaddr_in *)&address)->sin_port : ((struct sockaddr_in6 *)&address)->sin6_port);
    return r;
}

/* Each connection takes a descriptor, and the usual soft limit of 1,024 is there for the sake of select() alone. */
void sx_http_raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static void never_was(uv_handle_t *handle) { sx_free(handle->data); }

SX_PRIM(listen, "(%http-listen options handler)", "Listen and serve until the listener is closed: parks, then answers :closed. Raises #(:http_listen reason).")
{
    if (p->prim_state != SX_NONE) {
        SxHttpListener *l = (SxHttpListener *)(uintptr_t)p->prim_state;
        if (!l->closed) return sx_park(p, SX_WAIT_LISTEN);
        sx_resource_remove(&l->resource);
        on_owner_exit(&l->resource, p);
        return sx_atom("closed");
    }
    if (!sx_deterministic_allows(p, "http-listen: the network")) return SX_THROWN;
    sx_val options = argv[0], host_value;
    const char *host;
    size_t host_len;
    char host_text[64] = "127.0.0.1";
    if (!sx_is_map(options) || !sx_is_closure(argv[1])) return sx_badarg(p, "%%http-listen: takes a map and a function");
    host_value = sx_map_get(options, sx_atom("host"));
    if (host_value != SX_NONE && host_value != SX_NIL) {
        if (!sx_arg_text(host_value, &host, &host_len) || host_len >= sizeof host_text) return sx_badarg(p, "%%http-listen: the host must be an address as text");
        memcpy(host_text, host, host_len);
        host_text[host_len] = '\0';
        if (strcmp(host_text, "localhost") == 0) strcpy(host_text, "127.0.0.1");
    }
    SxLoop *loop = sx_loop_of(p);
    if (loop->stopping) return listen_error(p, UV_ESHUTDOWN);
    sx_http_raise_descriptor_limit();
    SxHttpListener *l = sx_alloc_zero(sizeof *l);
    l->loop = loop;
    uv_tcp_init(&loop->uv, &l->tcp);
    l->tcp.data = l;
    int status = bind_to(l, host_text, (int)number(options, "port", 8080), (int)number(options, "backlog", 511));
    if (status != 0) {
        uv_close((uv_handle_t *)&l->tcp, never_was);
        return listen_error(p, status);
    }
    uv_timer_init(&loop->uv, &l->sweep);
    l->sweep.data = l;
    uv_timer_start(&l->sweep, sweep, SWEEP_MS, SWEEP_MS);
    uv_unref((uv_handle_t *)&l->sweep);
    l->n_handles = 2;
    l->owner = p->pid;
    l->handler = sx_frag_copy(argv[1]);
    l->max_body = (size_t)number(options, "body-limit", SX_HTTP_MAX_BODY);
    l->max_head = (size_t)number(options, "header-limit", SX_HTTP_MAX_HEAD);
    l->head_ms = number(options, "request-timeout", SX_HTTP_HEAD_MS);
    l->idle_ms = number(options, "idle-timeout", SX_HTTP_IDLE_MS);
    l->max_conns = (uint32_t)number(options, "max-connections", SX_HTTP_MAX_CONNECTIONS);
    l->base.stop = stop;
    l->base.busy = busy;
    l->resource.on_exit = on_owner_exit;
    sx_resource_add(p, &l->resource);
    char url[120];
    snprintf(url, sizeof url, strchr(host_text, ':') ? "http://[%s]:%d/" : "http://%s:%d/", host_text, l->port);
    sx_loop_listening(loop, &l->base, p, url);
    sx_val notify = sx_map_get(options, sx_atom("notify"));
    l->notify = notify != SX_NONE && sx_is_pid(notify) ? notify : SX_NIL;
    if (l->notify != SX_NIL) {
        SxHeap *h = sx_host_heap(loop);
        sx_send(loop->rt, &loop->rt->sched, l->notify, sx_tuple(h, 2, sx_atom("http-listening"), sx_binary_text(h, url)));
    }
    sx_loop_parked(loop, p, "http-listen");
    p->prim_state = (sx_val)(uintptr_t)l;
    return sx_park(p, SX_WAIT_LISTEN);
}

SX_PRIM(close, "(%http-close port)", "Close the listener on `port`, or :all of them; requests in flight are still answered. Answers how many were closed.")
{
    int n = 0;
    for (SxListener *b = sx_loop_of(p)->listeners, *next; b != NULL; b = next) {
        next = b->next;
        SxHttpListener *l = of_base(b);
        if (b->stop != stop || l->closed || (argv[0] != sx_atom("all") && argv[0] != sx_small(l->port))) continue;
        close_listener(l);
        n++;
    }
    return sx_small(n);
}

SX_PRIM_TABLE(http_listen){&listen_prim, &close_prim, NULL};
