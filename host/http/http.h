/* http.h - the HTTP server inside: what its files share.
 *   listen.c    listeners, their primitives, deadlines
 *   conn.c      a connection: bytes in, requests one after the other, the end
 *   head.c      what a request head must look like; pure
 *   chunk.c     bodies in chunked coding; pure
 *   request.c   from a head and a body to the map that a handler gets
 *   respond.c   answers: heads, bodies, streams; their primitives
 * Everything runs on the scheduler's thread, between two steps or inside a primitive.
 * INVARIANT: a connection has at most one request with a handler; its serial names it to the process, and a serial that is
 * no longer current names nothing. What stands behind that request in the stream waits in `in`. */
#ifndef SX_HTTP_H
#define SX_HTTP_H

#include "base/buf.h"
#include "http/http_prims.h"
#include "io/loop.h"

/* Limits; those of a listener can be set by its options. */
#define SX_HTTP_MAX_LINE 16384          /* request line, bytes: more is 414 */
#define SX_HTTP_MAX_HEAD 65536          /* whole head: more is 431 */
#define SX_HTTP_MAX_FIELDS 200          /* header fields: more is 431 */
#define SX_HTTP_MAX_BODY (16u << 20)    /* body: more is 413 */
#define SX_HTTP_MAX_TOLD 1000           /* messages in the mailbox of who is notified: beyond that it is not told of refusals */
#define SX_HTTP_MAX_CHUNK_LINES 4096    /* bytes of chunk extensions and trailers in one request */
#define SX_HTTP_MAX_PIPELINED 65536     /* bytes read ahead while a request is answered */
#define SX_HTTP_MAX_CONNECTIONS 10000
#define SX_HTTP_HEAD_MS 30000           /* from the first byte of a request to its end of head and body */
#define SX_HTTP_IDLE_MS 60000           /* a connection that rests between requests */
#define SX_HTTP_MIN_RATE 8192           /* bytes of body per second that keep a request alive beyond that */
#define SX_HTTP_LINGER_MS 5000          /* after a last answer, the client may finish sending */
#define SX_HTTP_LINGER_BYTES (64u << 20)
#define SX_HTTP_KEEP_BYTES 16384        /* a connection at rest keeps no larger buffers */

typedef struct SxHttpListener {
    SxListener base;
    SxResource resource;                /* of the process that listens */
    SxLoop *loop;
    uv_tcp_t tcp;
    uv_timer_t sweep;                   /* looks at deadlines */
    sx_val owner;                       /* pid */
    SxFrag *handler;
    struct SxHttpConn *conns;
    uint32_t n_conns, n_busy, max_conns;
    size_t max_body, max_head;
    int64_t head_ms, idle_ms;
    int port;
    int n_handles;                      /* libuv handles still to be closed */
    sx_val notify;                      /* pid that is told of what no handler sees; SX_NIL: nobody */
    bool closed;                        /* accepts no more */
    bool owner_gone;
} SxHttpListener;

typedef enum SxHttpState {
    SX_HTTP_HEAD,      /* waits for, or reads, a request head */
    SX_HTTP_BODY,      /* reads a body */
    SX_HTTP_ANSWER,    /* a process works on the request */
    SX_HTTP_LINGER,    /* the last answer is out; what still comes is thrown away until the client closes */
    SX_HTTP_CLOSED
} SxHttpState;

typedef struct SxHttpChunks { /* where a chunked body stands; all zero at its start */
    int state, digits;
    uint64_t left;                      /* bytes of the chunk that are still to come */
    size_t dropped;                     /* bytes of extensions and trailers so far */
} SxHttpChunks;

typedef struct SxHttpConn {
    struct SxHttpConn *next, **link;
    SxHttpListener *listener;
    uv_tcp_t tcp;
    SxHttpState state;
    SxBuf in;                           /* bytes that came and were not used up; from in_at on */
    size_t in_at, scanned;              /* scanned: bytes of the head that hold no end of head */
    /* the request */
    uint64_t serial;                    /* names it; 0: none */
    SxResource resource;                /* of the process that answers */
    sx_val pid;
    size_t head_len;
    SxBuf body;
    size_t body_left;                   /* bytes of a body with a length that are still to come */
    SxHttpChunks chunks;
    bool is_head, http10, keep_alive, expects_continue, in_chunks;
    /* the answer */
    bool answered, streaming, chunked, has_body; /* the last two: of the stream */
    int64_t stream_left;                /* bytes that the handler's content-length still promises; -1: it promised none */
    bool reading, peer_closed, gone;    /* gone: nothing can be written any more */
    int64_t deadline;                   /* monotonic ns; INT64_MAX: none */
    size_t lingered;
    uint32_t n_writes;                  /* libuv writes in flight */
    size_t queued;                      /* bytes that they had left when the deadline was last looked at */
    uint64_t waiting_op;                /* a primitive that waits for the last write */
    char peer[64];
} SxHttpConn;

/* head.c */
typedef struct SxHttpHead { /* where the parts of a head are, as offsets */
    size_t method_len, target_at, target_len;
    int minor;                          /* HTTP/1.minor */
    bool chunked;                       /* how the body is framed */
    int64_t length;                     /* of a content-length; -1: there is none */
} SxHttpHead;
#define SX_HTTP_BAD_HEAD SIZE_MAX
/* Bytes of the head with its blank line, when `text` holds one from its start; 0: not yet; SX_HTTP_BAD_HEAD: it will never be
 * one. `from`: where to go on looking. */
size_t sx_http_head_length(const char *text, size_t n, size_t from);
/* 0 when the head keeps to RFC 9112 as an origin server may demand it, else the status to refuse it with. */
int sx_http_head_check(const char *text, size_t n, SxHttpHead *head);
bool sx_http_is_token(unsigned char c); /* may it stand in a name? */

/* chunk.c */
/* Decode into body. 0: more is needed; 1: the body is complete; else the status to refuse it with. *used: bytes taken. */
int sx_http_dechunk(SxHttpChunks *s, const char *bytes, size_t n, size_t *used, SxBuf *body, size_t max_body);

/* request.c */
/* Feed bytes of the body. Answers as sx_http_dechunk does. */
int sx_http_feed(SxHttpConn *c, const char *bytes, size_t n, size_t *used);
/* Begin a request with the head at `text`. 0, 1 and statuses as above. */
int sx_http_begin(SxHttpConn *c, const char *text, size_t n, const SxHttpHead *head);
/* The map for the handler, in h. */
sx_val sx_http_request_map(SxHttpConn *c, SxHeap *h, const char *text, const SxHttpHead *head);

/* conn.c */
void sx_http_accept(SxHttpListener *l);
void sx_http_conn_close(SxHttpConn *c);
void sx_http_conn_abort(SxHttpConn *c); /* so that the client sees an error (a reset), not an end */
/* The client is gone, or as good as: its handler is told, and the connection closed. */
void sx_http_conn_lost(SxHttpConn *c);
/* The answer is complete: the next request, or the end. */
void sx_http_conn_done(SxHttpConn *c);
SxHttpConn *sx_http_conn_of(SxProc *p, sx_val ref); /* the connection whose current request `ref` names; NULL: over */
/* Write; bytes that the socket does not take at once are copied. False: the client is gone. */
bool sx_http_write(SxHttpConn *c, const uv_buf_t *bufs, unsigned n);

/* respond.c */
void sx_http_refuse(SxHttpConn *c, int status); /* an error answer of the engine's own, after which the connection ends */
void sx_http_crashed(SxHttpConn *c);            /* the process ended without an answer */
const char *sx_http_reason(int status);

/* listen.c */
void sx_http_raise_descriptor_limit(void); /* of the program, to what it may have */
void sx_http_listener_check(SxHttpListener *l); /* less depends on the listener: it may be able to go */

#endif
