/* client_curl.c - libcurl's multi interface in libuv's loop: sockets are watched by uv_poll, its one timer by uv_timer.
 * Owns the library (opened on the pool at the first request, so start-up does not pay and nothing waits), the transfers in
 * flight and the connections at rest. What a request is and what its end means is client.c's.
 * INVARIANT: libcurl's callbacks only fill buffers and set watchers; no fetch ends inside one, so none is freed under it. */
#define CURL_DISABLE_TYPECHECK
#include "http/client.h"
#include "http/http.h"
#include <dlfcn.h>
#include <unistd.h>

#define LIBRARY "libcurl.so.4"

/* The functions that are used, by name. */
#define FUNCTIONS(F) \
    F(global_init) F(easy_init) F(easy_setopt) F(easy_getinfo) F(easy_cleanup) F(slist_append) F(slist_free_all) \
    F(multi_init) F(multi_setopt) F(multi_add_handle) F(multi_remove_handle) F(multi_socket_action) F(multi_info_read) F(multi_assign)

typedef struct Client {
    SxLoop *loop;
    enum { NEW, OPENING, OPEN, FAILED } state;
    uv_work_t opening;
    char why[200];               /* FAILED: what dlopen said */
    CURLM *multi;
    uv_timer_t timer;            /* libcurl's */
    SxFetch *waiting, **waiting_end; /* for the library */
    uint32_t n_outstanding;
#define F(name) __typeof__(curl_##name) *name;
    FUNCTIONS(F)
#undef F
} Client;

static Client client; /* libcurl's own state is one for the program, so this is too */

/* One socket that libcurl wants watched. */
typedef struct Watch {
    uv_poll_t poll;
    curl_socket_t fd;
} Watch;

/* ---- transfers that are over ---- */

static bool reached(CURL *easy, CURLINFO time)
{
    curl_off_t us = 0;
    return client.easy_getinfo(easy, time, &us) == CURLE_OK && us > 0;
}

static void detach(SxFetch *f)
{
    client.multi_remove_handle(client.multi, f->easy);
    client.easy_cleanup(f->easy);
    client.slist_free_all(f->lines);
    f->easy = NULL;
    f->lines = NULL;
}

static void finish(SxFetch *f, CURLcode code)
{
    char *url = NULL;
    curl_off_t sent = 0;
    SxFetchOutcome o = {.code = code};
    client.easy_getinfo(f->easy, CURLINFO_RESPONSE_CODE, &o.status);
    client.easy_getinfo(f->easy, CURLINFO_OS_ERRNO, &o.os_error);
    client.easy_getinfo(f->easy, CURLINFO_REDIRECT_COUNT, &o.n_redirects);
    client.easy_getinfo(f->easy, CURLINFO_EFFECTIVE_URL, &url);
    client.easy_getinfo(f->easy, CURLINFO_SIZE_UPLOAD_T, &sent);
    o.named = reached(f->easy, CURLINFO_NAMELOOKUP_TIME_T);
    o.connected = reached(f->easy, CURLINFO_CONNECT_TIME_T);
    o.secured = reached(f->easy, CURLINFO_APPCONNECT_TIME_T);
    o.sent = reached(f->easy, CURLINFO_PRETRANSFER_TIME_T) && (size_t)sent >= f->body.len;
    SxBuf last = SX_BUF_INIT;
    sx_buf_add_str(&last, url != NULL ? url : f->url.data);
    sx_buf_add_char(&last, 0);
    o.url = last.data;
    detach(f);
    client.n_outstanding--;
    sx_fetch_done(f, &o, NULL);
    sx_buf_deinit(&last);
}

static void collect(void)
{
    int left;
    for (CURLMsg *m; (m = client.multi_info_read(client.multi, &left)) != NULL;) {
        if (m->msg != CURLMSG_DONE) continue;
        char *f = NULL;
        CURLcode code = m->data.result;
        client.easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &f);
        finish((SxFetch *)(void *)f, code);
    }
}

/* ---- sockets and the timer ---- */

static void act(curl_socket_t fd, int what)
{
    int running;
    client.multi_socket_action(client.multi, fd, what, &running);
    collect();
}

static void on_timer(uv_timer_t *timer)
{
    (void)timer;
    act(CURL_SOCKET_TIMEOUT, 0);
}

static int set_timer(CURLM *multi, long ms, void *user)
{
    (void)multi;
    (void)user;
    if (ms < 0) {
        uv_timer_stop(&client.timer);
        return 0;
    }
    uv_update_time(&client.loop->uv);
    uv_timer_start(&client.timer, on_timer, (uint64_t)ms, 0);
    client.loop->turn_soon = true;
    return 0;
}

static void on_socket(uv_poll_t *poll, int status, int events)
{
    const Watch *w = SX_CONTAINER(poll, Watch, poll);
    int what = (events & UV_READABLE ? CURL_CSELECT_IN : 0) | (events & UV_WRITABLE ? CURL_CSELECT_OUT : 0);
    act(w->fd, status < 0 ? CURL_CSELECT_IN | CURL_CSELECT_OUT : what); /* to read or write will tell which error it is */
}

static void watch_closed(uv_handle_t *handle) { sx_free(SX_CONTAINER(handle, Watch, poll)); }

static int watch(CURL *easy, curl_socket_t fd, int what, void *user, void *of_socket)
{
    (void)easy;
    (void)user;
    Watch *w = of_socket;
    if (what == CURL_POLL_REMOVE) {
        if (w == NULL) return 0;
        client.multi_assign(client.multi, fd, NULL);
        uv_close((uv_handle_t *)&w->poll, watch_closed);
        return 0;
    }
    if (w == NULL) {
        w = sx_alloc_zero(sizeof *w);
        w->fd = fd;
        if (uv_poll_init_socket(&client.loop->uv, &w->poll, fd) != 0) { /* then its timeout ends the fetch */
            sx_free(w);
            return -1;
        }
        client.multi_assign(client.multi, fd, w);
    }
    uv_poll_start(&w->poll, (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0), on_socket);
    client.loop->turn_soon = true;
    return 0;
}

/* ---- what libcurl asks of a transfer ---- */

static size_t on_head(char *line, size_t size, size_t n, void *user)
{
    SxFetch *f = user;
    n *= size;
    if (n > 5 && memcmp(line, "HTTP/", 5) == 0 && (f->head.len == 0 || f->head_done)) { /* a head begins; one before it was not the last */
        f->head.len = f->n_fields = 0;
        f->head_done = false;
    }
    if (f->head_done) return n; /* trailers are dropped */
    if (f->head.len + n > f->max_head || f->n_fields++ > SX_CLIENT_MAX_FIELDS) {
        f->head_over = true;
        return 0;
    }
    sx_buf_add(&f->head, line, n);
    f->head_done = n <= 2 && (line[0] == '\r' || line[0] == '\n');
    return n;
}

static size_t on_body(char *bytes, size_t size, size_t n, void *user)
{
    SxFetch *f = user;
    n *= size;
    if (f->received.len + n > f->max_body) {
        f->body_over = true;
        return n + 1; /* anything but n ends it */
    }
    sx_buf_add(&f->received, bytes, n);
    return n;
}

static curl_socket_t open_socket(void *user, curlsocktype purpose, struct curl_sockaddr *to)
{
    SxFetch *f = user;
    (void)purpose;
    if (sx_address_reach(&to->addr) > f->reach) {
        f->refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

/* Asked again right before the request is written: the connection may be one that another fetch opened. */
static int before_request(void *user, char *remote_ip, char *local_ip, int remote_port, int local_port)
{
    SxFetch *f = user;
    (void)local_ip;
    (void)remote_port;
    (void)local_port;
    if (sx_address_text_reach(remote_ip) <= f->reach) return CURL_PREREQFUNC_OK;
    f->refused = true;
    return CURL_PREREQFUNC_ABORT;
}

static CURLcode tls_begins(CURL *easy, void *context, void *user)
{
    SxFetch *f = user;
    (void)easy;
    (void)context;
    f->tls_begun = true;
    return CURLE_OK;
}

static void set_method(SxFetch *f)
{
    const char *method = f->method.data;
    bool post = strcmp(method, "POST") == 0;
    if (f->body.len > 0 || post || strcmp(method, "PUT") == 0 || strcmp(method, "PATCH") == 0) {
        client.easy_setopt(f->easy, CURLOPT_POSTFIELDS, f->body.len > 0 ? f->body.data : "");
        client.easy_setopt(f->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)f->body.len);
        if (!post) client.easy_setopt(f->easy, CURLOPT_CUSTOMREQUEST, method);
        return;
    }
    if (strcmp(method, "HEAD") == 0) client.easy_setopt(f->easy, CURLOPT_NOBODY, 1L);
    else if (strcmp(method, "GET") != 0) client.easy_setopt(f->easy, CURLOPT_CUSTOMREQUEST, method);
}

static void set_fields(SxFetch *f)
{
    for (const char *line = f->fields.data, *end = line + f->fields.len; line < end; line += strlen(line) + 1)
        f->lines = client.slist_append(f->lines, line);
    f->lines = client.slist_append(f->lines, "Expect:"); /* a body is sent at once */
    client.easy_setopt(f->easy, CURLOPT_HTTPHEADER, f->lines);
}

static void begin(SxFetch *f)
{
    CURL *e = f->easy = client.easy_init();
    SX_CHECK(e != NULL);
    client.easy_setopt(e, CURLOPT_PRIVATE, (char *)f);
    client.easy_setopt(e, CURLOPT_URL, f->url.data);
    client.easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
    client.easy_setopt(e, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    client.easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    client.easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    client.easy_setopt(e, CURLOPT_QUICK_EXIT, 1L); /* to cancel is not to wait for a name server */
    client.easy_setopt(e, CURLOPT_ERRORBUFFER, f->message);
    client.easy_setopt(e, CURLOPT_TIMEOUT_MS, f->timeout_ms);
    client.easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, f->connect_timeout_ms);
    client.easy_setopt(e, CURLOPT_FOLLOWLOCATION, f->redirects > 0 ? 1L : 0L);
    client.easy_setopt(e, CURLOPT_MAXREDIRS, f->redirects);
    client.easy_setopt(e, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)f->max_body);
    client.easy_setopt(e, CURLOPT_SSL_VERIFYPEER, f->verify ? 1L : 0L);
    client.easy_setopt(e, CURLOPT_SSL_VERIFYHOST, f->verify ? 2L : 0L);
    client.easy_setopt(e, CURLOPT_SSL_CTX_FUNCTION, tls_begins);
    client.easy_setopt(e, CURLOPT_SSL_CTX_DATA, f);
    if (f->ca_file.len > 0) client.easy_setopt(e, CURLOPT_CAINFO, f->ca_file.data);
    /* through a proxy the addresses would be seen by it alone */
    if (f->no_proxy || f->reach < SX_REACH_SPECIAL) client.easy_setopt(e, CURLOPT_PROXY, "");
    else if (f->proxy.len > 0) client.easy_setopt(e, CURLOPT_PROXY, f->proxy.data);
    client.easy_setopt(e, CURLOPT_HEADERFUNCTION, on_head);
    client.easy_setopt(e, CURLOPT_HEADERDATA, f);
    client.easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
    client.easy_setopt(e, CURLOPT_WRITEDATA, f);
    if (f->reach < SX_REACH_SPECIAL) {
        client.easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, open_socket);
        client.easy_setopt(e, CURLOPT_OPENSOCKETDATA, f);
        client.easy_setopt(e, CURLOPT_PREREQFUNCTION, before_request);
        client.easy_setopt(e, CURLOPT_PREREQDATA, f);
    }
    set_method(f);
    set_fields(f);
    SX_CHECK(client.multi_add_handle(client.multi, e) == CURLM_OK);
}

/* ---- opening the library ---- */

static void open_library(uv_work_t *work) /* on the pool */
{
    (void)work;
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    bool whole = library != NULL;
#define F(name) whole = whole && (client.name = (__typeof__(curl_##name) *)dlsym(library, "curl_" #name)) != NULL;
    FUNCTIONS(F)
#undef F
    if (whole && client.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK) return;
    const char *why = dlerror();
    snprintf(client.why, sizeof client.why, "%s", why != NULL ? why : LIBRARY " cannot be used");
}

static void opened(uv_work_t *work, int status)
{
    (void)work;
    if (status == 0 && client.why[0] == '\0') {
        client.multi = client.multi_init();
        SX_CHECK(client.multi != NULL);
        client.multi_setopt(client.multi, CURLMOPT_SOCKETFUNCTION, watch);
        client.multi_setopt(client.multi, CURLMOPT_TIMERFUNCTION, set_timer);
        client.multi_setopt(client.multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)SX_CLIENT_MAX_CONNECTIONS);
        client.multi_setopt(client.multi, CURLMOPT_MAXCONNECTS, (long)SX_CLIENT_MAX_RESTING);
        uv_timer_init(&client.loop->uv, &client.timer);
    }
    client.state = client.multi != NULL ? OPEN : FAILED;
    for (SxFetch *f = client.waiting, *next; f != NULL; f = next) {
        next = f->next;
        f->link = NULL;
        if (client.state == OPEN) {
            begin(f);
            continue;
        }
        client.n_outstanding--;
        sx_fetch_done(f, NULL, client.why);
    }
    client.waiting = NULL;
}

void sx_fetch_start(SxFetch *f)
{
    if (client.state == NEW) {
        client.loop = f->loop;
        client.state = OPENING;
        client.waiting_end = &client.waiting;
        sx_http_raise_descriptor_limit();
        uv_queue_work(&f->loop->uv, &client.opening, open_library, opened);
    }
    if (client.state == FAILED) sx_fetch_done(f, NULL, client.why);
    else if (client.n_outstanding >= SX_CLIENT_MAX_OUTSTANDING) sx_fetch_done(f, NULL, NULL);
    else {
        client.n_outstanding++;
        if (client.state == OPEN) {
            begin(f);
            return;
        }
        f->next = NULL;
        f->link = client.waiting_end;
        *f->link = f;
        client.waiting_end = &f->next;
    }
}

void sx_fetch_stop(SxFetch *f)
{
    client.n_outstanding--;
    if (f->easy != NULL) {
        detach(f);
        return;
    }
    *f->link = f->next;
    if (f->next != NULL) f->next->link = f->link;
    else client.waiting_end = f->link;
}
