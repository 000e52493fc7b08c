/* crash.c - see crash.h. Values are printed with a bound, so a state of any size costs no more than what is shown.
 * INVARIANT: looks at the process's own memory alone, and at the names of others: it runs in that process, or when that process
 * has just ended. */
#include "cli/crash.h"
#include "value/atom.h"
#include "value/map.h"
#include "value/print.h"

#define VALUE_BYTES 300    /* of one detail */
#define NAME_COLUMNS 15
#define WAITING_MOST 10    /* callers that are named */
#define QUEUE_MOST 1000    /* messages that are looked at */
#define CUT "\n... (cut)\n"
#define HEADING "process\n"

static void add_name(SxBuf *out, const char *name) { sx_buf_addf(out, "  %-*s", NAME_COLUMNS, name); }

static void add_detail(SxBuf *out, const char *name, sx_val value)
{
    add_name(out, name);
    sx_print_erlang(out, value, out->len + VALUE_BYTES);
    sx_buf_add_char(out, '\n');
}

static sx_val in_dictionary(const SxProc *p, const char *key)
{
    sx_val atom = sx_atom_existing(key, strlen(key));
    return atom == SX_NONE || !sx_is_map(p->dictionary) ? SX_NONE : sx_map_get(p->dictionary, atom);
}

/* The pid of {'$gen_call', {Pid, Tag}, Request}, else SX_NONE. */
static sx_val caller_of(sx_val message)
{
    if (!sx_is_tuple(message) || sx_tuple_size(message) != 3) return SX_NONE;
    const sx_val *e = sx_tuple_elements(message);
    if (e[0] != sx_atom("$gen_call") || !sx_is_tuple(e[1]) || sx_tuple_size(e[1]) != 2) return SX_NONE;
    sx_val pid = sx_tuple_elements(e[1])[0];
    return sx_is_pid(pid) ? pid : SX_NONE;
}

static void add_caller(SxBuf *out, SxRuntime *rt, sx_val pid, int *n)
{
    if (++*n > WAITING_MOST) return;
    if (*n == 1) add_name(out, "waiting");
    else sx_buf_add_str(out, ", ");
    sx_print_erlang(out, pid, SIZE_MAX);
    const SxProc *caller = sx_proc_find(rt, pid);
    if (caller != NULL && sx_is_atom(caller->name) && caller->name != SX_NIL) {
        sx_buf_add_char(out, ' ');
        sx_print_atom_erlang(out, caller->name);
    }
}

/* Who waits for an answer: the caller whose request was at hand, and those whose requests are still queued. */
static void add_waiting(SxBuf *out, const SxProc *p, sx_val at_hand)
{
    int n = 0, looked = 0;
    if (sx_is_pid(at_hand)) add_caller(out, p->rt, at_hand, &n);
    for (const SxFrag *f = p->first; f != NULL && looked < QUEUE_MOST; f = f->next, looked++) {
        sx_val pid = caller_of(f->value);
        if (pid != SX_NONE) add_caller(out, p->rt, pid, &n);
    }
    if (n > WAITING_MOST) sx_buf_addf(out, " and %d more", n - WAITING_MOST);
    if (n > 0) sx_buf_add_char(out, '\n');
}

/* {M, F, A} as M:F/A, anything else as it is. */
static void add_began(SxBuf *out, sx_val call)
{
    const sx_val *e = sx_is_tuple(call) && sx_tuple_size(call) == 3 ? sx_tuple_elements(call) : NULL;
    if (e == NULL || !sx_is_atom(e[0]) || !sx_is_atom(e[1]) || !sx_is_small(e[2])) return;
    add_name(out, "began as");
    sx_print_atom_erlang(out, e[0]);
    sx_buf_add_char(out, ':');
    sx_print_atom_erlang(out, e[1]);
    sx_buf_addf(out, "/%lld\n", (long long)sx_small_value(e[2]));
}

static void add_details(SxBuf *out, const SxProc *p, sx_val details)
{
    sx_val ancestors = in_dictionary(p, "$ancestors"), began = in_dictionary(p, "$initial_call"), at_hand = SX_NIL;
    if (began != SX_NONE) add_began(out, began);
    for (; sx_is_cons(details); details = sx_tail(details)) {
        sx_val pair = sx_head(details);
        if (!sx_is_tuple(pair) || sx_tuple_size(pair) != 2 || !sx_is_atom(sx_tuple_elements(pair)[0])) continue;
        const sx_val *e = sx_tuple_elements(pair);
        const char *name = sx_atom_text(e[0], NULL);
        if (strcmp(name, "client") == 0) at_hand = e[1];
        else add_detail(out, name, e[1]);
    }
    if (ancestors != SX_NONE) add_detail(out, "ancestors", ancestors);
    else if (p->parent != SX_NIL) add_detail(out, "started by", p->parent);
    if (p->n_messages > 0) {
        add_name(out, "queue");
        sx_buf_addf(out, "%u message%s\n", p->n_messages, p->n_messages == 1 ? "" : "s");
    }
    add_waiting(out, p, at_hand);
}

/* Cut what was added since `from` to at most `most` bytes, between lines. */
static void cut(SxBuf *out, size_t from, size_t most)
{
    if (out->len - from <= most) return;
    size_t n = from + most - strlen(CUT);
    while (n > from && out->data[n] != '\n') n--;
    out->len = n;
    sx_buf_add_str(out, CUT);
}

void sx_crash_text(SxBuf *out, SxProc *p, sx_val class, sx_val reason, sx_val stack, sx_val details, bool colour)
{
    SxReport r;
    SxBuf about = SX_BUF_INIT;
    size_t from = out->len;
    add_details(&about, p, details);
    cut(&about, 0, SX_CRASH_BYTES / 2);
    sx_report_init(&r, p->rt, class, reason, stack);
    sx_report_process(&r, p);
    sx_report_text(&r, out, colour);
    sx_report_deinit(&r);
    cut(out, from, SX_CRASH_BYTES - about.len - sizeof HEADING);
    if (about.len > 0) sx_buf_add_str(out, HEADING);
    sx_buf_add(out, about.data, about.len);
    sx_buf_deinit(&about);
}
