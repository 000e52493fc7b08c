/* client.h - outgoing HTTP: what its files share.
 *   client.c          the primitive: from options to a fetch, from a finished fetch to a value
 *   client_curl.c     libcurl's multi interface inside libuv's loop; opened at the first request
 *   client_address.c  which addresses may be connected to; pure
 * A fetch is one request on its way. It belongs to the process that waits for it: when that ends, or asks for something else,
 * the fetch is cancelled. Everything but opening the library happens on the scheduler's thread, between two steps or inside a
 * primitive.
 * INVARIANT: each fetch is answered once, by sx_fetch_done, unless it was cancelled first; then nothing answers it. */
#ifndef SX_HTTP_CLIENT_H
#define SX_HTTP_CLIENT_H

#include "base/buf.h"
#include "http/client_address.h"
#include "io/loop.h"
#include <curl/curl.h>

/* Limits; those of a request can be set by its options. */
#define SX_CLIENT_MAX_BODY (16u << 20)     /* of a response: more is the error `limit` */
#define SX_CLIENT_MAX_HEAD 65536           /* head of a response */
#define SX_CLIENT_MAX_FIELDS 200           /* header fields of it */
#define SX_CLIENT_TIMEOUT_MS 30000         /* from the first step to the last byte */
#define SX_CLIENT_CONNECT_TIMEOUT_MS 10000 /* of that: name, connection and TLS */
#define SX_CLIENT_MAX_URL 8192
#define SX_CLIENT_MAX_REDIRECTS 50
#define SX_CLIENT_MAX_OUTSTANDING 10000    /* fetches at once: more is the error `limit` */
#define SX_CLIENT_MAX_CONNECTIONS 4096     /* open at once; further fetches wait for one */
#define SX_CLIENT_MAX_RESTING 256          /* connections kept for later requests */

typedef struct SxFetch {
    struct SxFetch *next, **link;  /* while it waits for the library */
    SxLoop *loop;
    SxResource resource;           /* of the process that waits */
    sx_val pid;
    uint64_t op;                   /* what sx_fetch_done answers to */
    /* what is asked; texts end with NUL */
    SxBuf method, url, body, proxy, ca_file;
    SxBuf fields;                  /* header lines, each with its NUL */
    SxReach reach;                 /* addresses beyond this one are refused */
    long timeout_ms, connect_timeout_ms, redirects;
    size_t max_body, max_head;
    bool verify, no_proxy;
    /* what came */
    SxBuf head;                    /* of the last response: status line and fields */
    SxBuf received;
    uint32_t n_fields;
    bool head_done, head_over, body_over;
    bool refused;                  /* an address was, by `reach` */
    bool tls_begun;                /* a connection was made; libcurl's times do not tell that from TLS on it */
    char message[CURL_ERROR_SIZE]; /* libcurl's, for people */
    CURL *easy;                    /* NULL: not started */
    struct curl_slist *lines;
} SxFetch;

/* client_curl.c */
/* Start f, or keep it until the library is open. */
void sx_fetch_start(SxFetch *f);
/* Take f off whatever works on it: no answer comes any more. */
void sx_fetch_stop(SxFetch *f);

typedef struct SxFetchOutcome { /* as libcurl tells it */
    CURLcode code;
    long status, os_error, n_redirects;
    bool named, connected, secured, sent; /* the steps that were finished */
    const char *url;                      /* that URL; valid during sx_fetch_done */
} SxFetchOutcome;
/* client.c: f is over; answers its process and frees f. `no_library`: why there is none, else NULL. */
void sx_fetch_done(SxFetch *f, const SxFetchOutcome *outcome, const char *no_library);

#endif
