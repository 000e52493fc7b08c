/* why.c - see why.h.
 * A call is told from any other receive by its code: the compiler puts RECV_MARK before a receive that waits for a fresh
 * reference; when the process watches somebody under that reference, that is whom it waits for. */
#include "sched/why.h"
#include "base/sys.h"
#include "value/atom.h"
#include "vm/vm.h"

static bool is_library(const SxWhere *at) { return at->fn == NULL || (sx_is_atom(at->file) && strncmp(sx_atom_text(at->file, NULL), "lib/", 4) == 0); }

bool sx_why_call(const SxProc *p, sx_val *callee, uint64_t *ref)
{
    if (p->wait_kind != SX_WAIT_RECEIVE) return false;
    unsigned loop = SX_INSTR_OP(*p->pc);
    if (loop != SX_OP_RECV_PEEK && loop != SX_OP_RECV_SKIP) return false;
    const uint64_t *before = p->pc - 1;
    if (SX_INSTR_OP(*before) == SX_OP_RECV_TIMER) before--;
    unsigned r = SX_INSTR_A(*before);
    if (SX_INSTR_OP(*before) != SX_OP_RECV_MARK || r >= p->live || !sx_is_ref(p->fp[r])) return false;
    const SxRel *rel = sx_rel_find(&p->rels, SX_REL_WATCHES, sx_ref_serial(p->fp[r]));
    if (rel == NULL || !sx_is_pid(rel->other)) return false;
    *callee = rel->other;
    *ref = rel->key;
    return true;
}

sx_val sx_why_primitive(const SxProc *p, const SxFn *fn)
{
    if (fn != NULL && fn->flags & SX_FN_NATIVE) return fn->name;
    if (SX_INSTR_OP(*p->pc) != SX_OP_PRIM) return SX_NIL;
    const SxFn *prim = sx_code_prim_fn(&p->rt->code, (uint32_t)p->pc[1]);
    return prim != NULL ? prim->name : SX_NIL;
}

void sx_why(SxProc *p, SxWhy *why)
{
    *why = (SxWhy){.kind = SX_WAIT_NONE, .callee = SX_NIL, .primitive = SX_NIL, .left_ns = -1};
    if (p == p->rt->sched.current || p->pc == NULL || sx_is_apart(p)) return;
    SxWhere at[SX_WHY_FRAMES];
    int n = sx_vm_where(p, at, SX_WHY_FRAMES);
    for (int i = 0; i < n && why->at.fn == NULL; i++)
        if (!is_library(&at[i])) why->at = at[i];
    if (why->at.fn == NULL && n > 0) why->at = at[0];
    why->kind = (SxWaitKind)p->wait_kind;
    if (why->kind == SX_WAIT_NONE) return;
    if (p->deadline_set) {
        why->left_ns = p->deadline - sx_sys_monotonic_ns();
        if (why->left_ns < 0) why->left_ns = 0;
    }
    const SxFn *fn = n > 0 ? at[0].fn : NULL;
    if (why->kind != SX_WAIT_RECEIVE) {
        why->primitive = sx_why_primitive(p, fn);
        return;
    }
    why->is_call = sx_why_call(p, &why->callee, &why->call_ref);
    if (fn != NULL && fn->name == sx_atom("sleep") && is_library(&at[0])) why->kind = SX_WAIT_SLEEP;
}

/* ---- text ---- */

const char *sx_wait_name(const SxWhy *why)
{
    static const char *const names[] = {
        [SX_WAIT_NONE] = "none", [SX_WAIT_RECEIVE] = "receive", [SX_WAIT_SLEEP] = "sleep", [SX_WAIT_IO] = "io",
        [SX_WAIT_LISTEN] = "listen", [SX_WAIT_OUTPUT] = "output", [SX_WAIT_INFO] = "info", [SX_WAIT_PARK] = "park",
    };
    return why->is_call ? "call" : names[why->kind];
}

static void add_pid(SxBuf *out, sx_val pid) { sx_buf_addf(out, "<0.%u.%u>", sx_pid_slot(pid), sx_pid_serial(pid)); }

void sx_add_process(SxBuf *out, const SxProc *p)
{
    if (p->name != SX_NIL && sx_is_atom(p->name)) sx_buf_add_str(out, sx_atom_text(p->name, NULL));
    else add_pid(out, p->pid);
}

static void add_place(SxBuf *out, const SxWhere *at)
{
    if (at->fn != NULL && at->line > 0 && sx_is_atom(at->file)) sx_buf_addf(out, " at %s:%u", sx_atom_text(at->file, NULL), at->line);
}

static void add_callee(SxBuf *out, SxProc *p, const SxWhy *why)
{
    const SxProc *callee = sx_proc_find(p->rt, why->callee);
    if (callee != NULL && callee->name != SX_NIL) {
        sx_add_process(out, callee);
        sx_buf_add_char(out, ' ');
    }
    add_pid(out, why->callee);
}

/* What it waits for, without the place. */
static void add_wait(SxBuf *out, SxProc *p, const SxWhy *why)
{
    if (why->is_call) {
        sx_buf_add_str(out, "waiting for ");
        add_callee(out, p, why);
    } else if (p == p->rt->sched.current) {
        sx_buf_add_str(out, "running");
    } else {
        if (sx_is_apart(p)) sx_buf_add_str(out, p->apart->work == NULL ? "collecting garbage" : "running");
        else if (why->kind == SX_WAIT_NONE) sx_buf_add_str(out, "runnable");
        else sx_buf_addf(out, "waiting in %s", sx_wait_name(why));
        if (sx_is_atom(why->primitive) && why->primitive != SX_NIL) sx_buf_addf(out, " (%s)", sx_atom_text(why->primitive, NULL));
    }
}

void sx_add_why(SxBuf *out, SxProc *p)
{
    SxWhy why;
    sx_why(p, &why);
    add_wait(out, p, &why);
    add_place(out, &why.at);
    if (why.left_ns >= 0) sx_buf_addf(out, ", %lld ms left", (long long)(why.left_ns / 1000000));
}

void sx_add_state_of(SxBuf *out, SxProc *p)
{
    SxWhy why;
    sx_why(p, &why);
    sx_add_process(out, p);
    sx_buf_add_str(out, " is ");
    if (why.at.fn != NULL && !is_library(&why.at)) {
        const char *name = sx_is_atom(why.at.fn->name) ? sx_atom_text(why.at.fn->name, NULL) : "";
        sx_buf_addf(out, "in %s", name[0] != 0 ? name : "top level");
        add_place(out, &why.at);
        sx_buf_add_str(out, ", ");
    }
    add_wait(out, p, &why);
    sx_buf_addf(out, ", %u message%s queued", p->n_messages, p->n_messages == 1 ? "" : "s");
}
