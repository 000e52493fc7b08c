/* protocol.h - the epoch protocol's input side (DESIGN §4): from a stream of bytes to commands for the session.
 * Owns the input, the framing, the control commands, which are taken at once wherever they stand, and the lines that programs
 * read from the same stream. */
#ifndef SX_PROTOCOL_H
#define SX_PROTOCOL_H

#include "cli/framing.h"
#include "cli/session.h"
#include "io/input.h"
#include "io/lines.h"

typedef struct SxEarlyInterrupt { /* an interrupt whose command has not begun */
    uint64_t epoch, offset;       /* offset: of the interrupt in the stream */
} SxEarlyInterrupt;

typedef struct SxProtocol {
    SxSession *session;
    SxLines *lines;
    SxInput *input;
    SxFraming framing;
    SxBuf chunk;
    size_t max_read_ahead;
    size_t max_form_bytes;
    bool end_told;               /* to the framing */
    SxEarlyInterrupt *early;
    size_t n_early, cap_early;
} SxProtocol;

/* Begin: standard input, or the fifo when that is not NULL; the `ready` line. False: *why in one line. */
bool sx_protocol_start(SxProtocol *pr, SxSession *session, SxLines *lines, const char *fifo, size_t max_read_ahead, size_t max_form_bytes, SxBuf *why);

#endif
