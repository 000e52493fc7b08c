/* writer.h - bytes on their way to file descriptors, written by a thread of their own.
 * One queue, one order: what programs print, protocol lines and the program's errors leave in the order in which they came,
 * whichever of the descriptors each is for. Bounded: sx_writer_offer refuses when `limit` bytes wait.
 * INVARIANT: a record (one offer or push) is never cut or mixed with another. All calls come from one thread; only the
 * writing is done by the other. */
#ifndef SX_WRITER_H
#define SX_WRITER_H

#include "base/buf.h"

typedef struct SxWriter SxWriter;

typedef struct SxWriterEvents { /* both are called on the writer's thread */
    void (*has_room)(void *arg);               /* something was refused; now there is room */
    void (*broken)(void *arg, int fd, int error); /* a descriptor takes no more: EPIPE, ENOSPC...; told once for each. What is
                                                  queued for it is dropped from now on */
    void *arg;
} SxWriterEvents;

SxWriter *sx_writer_new(size_t limit_bytes, const SxWriterEvents *events);
/* Queue a record. False: full, nothing was taken; has_room will be called. */
bool sx_writer_offer(SxWriter *w, int fd, const void *bytes, size_t n_bytes);
/* The same for what may not be refused: replies, reports. */
void sx_writer_push(SxWriter *w, int fd, const void *bytes, size_t n_bytes);
bool sx_writer_has_room(SxWriter *w); /* false counts as a refusal: has_room will be called */
size_t sx_writer_queued(SxWriter *w); /* bytes not yet written */
/* Let the thread know that records are queued. Push and offer do not, so that a turn of the loop costs one wake-up. */
void sx_writer_kick(SxWriter *w);
/* Write all that is queued, for at most timeout_ms (-1: as long as it takes). False: time is over, bytes were left. */
bool sx_writer_flush(SxWriter *w, int timeout_ms);

#endif
