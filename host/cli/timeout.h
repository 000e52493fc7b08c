/* timeout.h - what a server was doing that did not answer in time. Knows no event loop. */
#ifndef SX_TIMEOUT_H
#define SX_TIMEOUT_H

#include "base/buf.h"
#include "sched/runtime.h"

/* A sentence about `reason` when it says that a call timed out: `call to shop timed out after 5000 ms; shop is in handle_cast at
 * shop.erl:91, waiting for db <0.40.0>, 812 messages queued`, and the ring that the server is in. False: it is something else. */
bool sx_tell_timeout(SxRuntime *rt, sx_val reason, SxBuf *out);

#endif
