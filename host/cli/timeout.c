/* timeout.c - see timeout.h. */
#include "cli/timeout.h"
#include "sched/why.h"
#include "value/atom.h"
#include "value/print.h"

#define CALL_TIMEOUT_MS 5000 /* gen_server's, when the call does not say */

static SxProc *server_of(SxRuntime *rt, sx_val server)
{
    if (sx_is_atom(server)) server = sx_whereis(rt, server);
    return server == SX_NONE ? NULL : sx_proc_find(rt, server);
}

static bool is_tuple_of(sx_val v, size_t n, sx_val tag) { return sx_is_tuple(v) && sx_tuple_size(v) == n && sx_tuple_elements(v)[0] == tag; }

bool sx_tell_timeout(SxRuntime *rt, sx_val reason, SxBuf *out)
{
    if (!is_tuple_of(reason, 2, SX_A(timeout))) return false;
    sx_val call = sx_tuple_elements(reason)[1], server, ms = SX_NONE;
    if (is_tuple_of(call, 3, sx_atom("call"))) {
        server = sx_tuple_elements(call)[1]; /* SX: #(:call server request) */
    } else if (is_tuple_of(call, 3, sx_atom("gen_server")) && sx_tuple_elements(call)[1] == sx_atom("call") && sx_is_cons(sx_tuple_elements(call)[2])) {
        sx_val args = sx_tuple_elements(call)[2];
        server = sx_head(args);
        ms = sx_small(CALL_TIMEOUT_MS);
        if (sx_is_cons(sx_tail(args)) && sx_is_cons(sx_tail(sx_tail(args)))) ms = sx_head(sx_tail(sx_tail(args)));
    } else {
        return false;
    }
    SxProc *p = server_of(rt, server);
    sx_buf_add_str(out, "call to ");
    if (p != NULL) sx_add_process(out, p);
    else sx_print_erlang(out, server, 100);
    sx_buf_add_str(out, " timed out");
    if (ms != SX_NONE && sx_is_small(ms)) sx_buf_addf(out, " after %lld ms", (long long)sx_small_value(ms));
    sx_buf_add_str(out, "; ");
    if (p == NULL) {
        sx_buf_add_str(out, "it has ended");
        return true;
    }
    sx_add_state_of(out, p);
    if (rt->add_ring != NULL) rt->add_ring(rt, p, out);
    return true;
}
