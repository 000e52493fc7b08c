/* describe.c - see describe.h. */
#include "cli/describe.h"
#include "base/sys.h"
#include "sched/confirm.h"
#include "sched/hold.h"
#include "sched/why.h"
#include "value/atom.h"
#include "value/print.h"
#include "vm/vm.h"

#define FRAMES 6          /* of a parked process, in the dump */
#define LIST_MOST 2000    /* processes that a dump or the table lists one by one; the others are counted by place */
#define GROUPS_MOST 64    /* places */

void sx_describe(SxRuntime *rt, SxBuf *out, const char *more_limits)
{
    const SxLimits *l = &rt->limits;
    sx_buf_addf(out, "{:name \"sxhost\" :version \"%s\" :protocol %d", SX_VERSION, SX_PROTOCOL);
    sx_buf_add_str(out, " :features [:epoch :interrupt :ping :describe :processes :quit :ok-len :out :err :listening :parked :read-line]");
    sx_buf_addf(out, " :limits {:max_atoms %u :max_processes %u :max_heap_bytes %zu :max_shared_bytes %zu%s}", l->max_atoms,
                l->max_processes, l->max_heap_words * sizeof(sx_val), l->max_shared_words * sizeof(sx_val), more_limits);
    SxConfirmBooks b = rt->confirmer != NULL ? sx_confirmer_books(rt->confirmer) : (SxConfirmBooks){0};
    sx_buf_addf(out, " :counters {:processes %u :atoms %u :shared_bytes %zu :switches %llu :collections %llu :lost_wakeups_healed %llu",
                rt->n_processes, sx_atom_count(), (size_t)(rt->code.shared.top - rt->code.shared.base) * sizeof(sx_val),
                (unsigned long long)rt->sched.switches, (unsigned long long)rt->sched.collections, (unsigned long long)b.healed);
    sx_buf_add_str(out, " :longest_slice ");
    sx_hold_add(out, &rt->sched);
    /* armed = observed + ended + dropped + pending; shared: deliveries that an order stood for already */
    sx_buf_addf(out, " :wake_orders {:armed %llu :observed %llu :ended %llu :dropped %llu :pending %llu :shared %llu :checks %llu :wakes %llu}}}",
                (unsigned long long)b.armed, (unsigned long long)b.observed, (unsigned long long)b.ended, (unsigned long long)b.dropped,
                (unsigned long long)b.pending, (unsigned long long)b.shared, (unsigned long long)b.checks, (unsigned long long)b.wakes);
}

static const char *status_of(SxProc *p)
{
    if (p == p->rt->sched.current) return "running";
    if (sx_is_apart(p)) return p->apart->work == NULL ? "collecting" : "running";
    return (atomic_load(&p->state) & SX_STATE_MASK) == SX_STATE_WAITING ? "waiting" : "runnable";
}

static void add_pid(SxBuf *out, const SxProc *p) { sx_buf_addf(out, "<0.%u.%u>", sx_pid_slot(p->pid), sx_pid_serial(p->pid)); }

static bool has_label(const SxProc *p) { return !sx_is_apart(p) && p->label != SX_NIL && p->label != SX_NONE; }

/* ns/name, or module:name/arity */
static void add_function(SxBuf *out, const SxFn *fn)
{
    const char *module = sx_is_atom(fn->module) ? sx_atom_text(fn->module, NULL) : "";
    const char *name = sx_is_atom(fn->name) ? sx_atom_text(fn->name, NULL) : "";
    if (fn->flags & SX_FN_MODULE) sx_buf_addf(out, "%s:%s/%u", module, name, fn->max_args);
    else sx_buf_addf(out, "%s%s%s", module, module[0] != 0 ? "/" : "", name[0] != 0 ? name : "top level");
}

static void add_place(SxBuf *out, const SxWhere *at)
{
    add_function(out, at->fn);
    if (at->line > 0 && sx_is_atom(at->file)) sx_buf_addf(out, " %s:%u", sx_atom_text(at->file, NULL), at->line);
}

/* ---- processes beyond LIST_MOST: how many wait at which place ---- */

typedef struct Group { const SxFn *fn; sx_val file; uint32_t line; SxWaitKind kind; SxProc *first; uint32_t n; } Group;
typedef struct Groups { Group groups[GROUPS_MOST]; uint32_t n, elsewhere; } Groups;

static void count_place(Groups *g, SxProc *p)
{
    SxWhy why;
    sx_why(p, &why);
    for (uint32_t i = 0; i < g->n; i++) {
        Group *at = &g->groups[i];
        if (at->fn != why.at.fn || at->line != why.at.line || at->kind != why.kind) continue;
        at->n++;
        return;
    }
    if (g->n < GROUPS_MOST) g->groups[g->n++] = (Group){why.at.fn, why.at.file, why.at.line, why.kind, p, 1};
    else g->elsewhere++;
}

static void add_stack(SxBuf *out, SxProc *p)
{
    SxWhere at[FRAMES];
    int n = p == p->rt->sched.current ? 0 : sx_vm_where(p, at, FRAMES);
    if (n == 0) return;
    sx_buf_add_str(out, " :stack [");
    for (int i = 0; i < n; i++) {
        SxBuf place = SX_BUF_INIT;
        add_place(&place, &at[i]);
        if (i > 0) sx_buf_add_char(out, ' ');
        sx_print_string(out, place.data, place.len);
        sx_buf_deinit(&place);
    }
    sx_buf_add_char(out, ']');
}

static void add_why(SxBuf *out, SxProc *p)
{
    SxBuf why = SX_BUF_INIT;
    sx_add_why(&why, p);
    sx_buf_add_str(out, " :why ");
    sx_print_string(out, why.data, why.len);
    sx_buf_deinit(&why);
}

static void add_row(SxBuf *out, SxProc *p, int64_t now)
{
    sx_buf_add_str(out, "{:pid \"");
    add_pid(out, p);
    sx_buf_addf(out, "\" :status :%s", status_of(p));
    if (p->wait_kind != SX_WAIT_NONE) {
        SxWhy why;
        sx_why(p, &why);
        sx_buf_addf(out, " :waits-for :%s :since-ms %lld", sx_wait_name(&why), (long long)((now - p->wait_since) / 1000000));
        add_why(out, p);
    }
    if (p->name != SX_NIL && sx_is_atom(p->name)) {
        sx_buf_add_str(out, " :name ");
        sx_print(out, p->name, SIZE_MAX);
    }
    if (has_label(p)) {
        SxBuf label = SX_BUF_INIT;
        sx_print(&label, p->label, 200);
        sx_buf_add_str(out, " :label ");
        sx_print_string(out, label.data, label.len);
        sx_buf_deinit(&label);
    }
    SxWhere at;
    if (p != p->rt->sched.current && sx_vm_where(p, &at, 1) == 1) {
        SxBuf where = SX_BUF_INIT;
        add_place(&where, &at);
        sx_buf_add_str(out, " :at ");
        sx_print_string(out, where.data, where.len);
        sx_buf_deinit(&where);
    }
    add_stack(out, p);
    sx_buf_addf(out, " :epoch %llu :messages %u :reductions %llu :memory %zu}", (unsigned long long)p->epoch, p->n_messages,
                (unsigned long long)p->total_reductions, sx_proc_words(p) * sizeof(sx_val) + sizeof *p);
}

/* The rows that are not listed: {:more N :places [{:n N :why "..."} ...] :elsewhere N} */
static void add_groups(SxBuf *out, const Groups *g, uint32_t more)
{
    sx_buf_addf(out, " {:more %u :places [", more);
    for (uint32_t i = 0; i < g->n; i++) {
        sx_buf_addf(out, "%s{:n %u", i > 0 ? " " : "", g->groups[i].n);
        add_why(out, g->groups[i].first);
        sx_buf_add_char(out, '}');
    }
    sx_buf_addf(out, "] :elsewhere %u}", g->elsewhere);
}

void sx_describe_processes(SxRuntime *rt, SxBuf *out)
{
    int64_t now = sx_sys_monotonic_ns();
    uint32_t shown = 0;
    Groups *groups = sx_alloc_zero(sizeof *groups);
    sx_buf_add_char(out, '[');
    for (uint32_t slot = 0; slot < rt->n_slots; slot++) {
        SxProc *p = sx_proc_at(rt, slot);
        if (p == NULL) continue;
        if (shown >= LIST_MOST) {
            count_place(groups, p);
            continue;
        }
        if (shown++ > 0) sx_buf_add_char(out, ' ');
        add_row(out, p, now);
    }
    if (shown < rt->n_processes) add_groups(out, groups, rt->n_processes - shown);
    sx_buf_add_char(out, ']');
    sx_free(groups);
}

static void dump_one(SxBuf *out, SxProc *p, int64_t now)
{
    add_pid(out, p);
    if (p->name != SX_NIL && sx_is_atom(p->name)) sx_buf_addf(out, " %s", sx_atom_text(p->name, NULL));
    if (has_label(p)) {
        sx_buf_add_char(out, ' ');
        sx_print(out, p->label, out->len + 100);
    }
    sx_buf_add_str(out, "  ");
    sx_add_why(out, p);
    if (p->wait_kind != SX_WAIT_NONE) sx_buf_addf(out, ", since %lld ms", (long long)((now - p->wait_since) / 1000000));
    sx_buf_addf(out, ", epoch %llu, %u messages, %zu bytes, %llu reductions\n", (unsigned long long)p->epoch, p->n_messages,
                sx_proc_words(p) * sizeof(sx_val), (unsigned long long)p->total_reductions);
    SxWhere at[FRAMES];
    int n = p == p->rt->sched.current ? 0 : sx_vm_where(p, at, FRAMES);
    for (int i = 0; i < n; i++) {
        sx_buf_addf(out, "    %d ", i);
        add_place(out, &at[i]);
        sx_buf_add_char(out, '\n');
    }
}

void sx_describe_dump(SxRuntime *rt, SxBuf *out)
{
    int64_t now = sx_sys_monotonic_ns();
    uint32_t shown = 0;
    Groups *groups = sx_alloc_zero(sizeof *groups);
    sx_buf_addf(out, "--- sxhost %s: %u processes\n", SX_VERSION, rt->n_processes);
    for (uint32_t slot = 0; slot < rt->n_slots; slot++) {
        SxProc *p = sx_proc_at(rt, slot);
        if (p == NULL) continue;
        if (shown < LIST_MOST) {
            dump_one(out, p, now);
            shown++;
        } else {
            count_place(groups, p);
        }
    }
    if (shown < rt->n_processes) sx_buf_addf(out, "... and %u more:\n", rt->n_processes - shown);
    for (uint32_t i = 0; i < groups->n; i++) {
        sx_buf_addf(out, "%8u ", groups->groups[i].n);
        sx_add_why(out, groups->groups[i].first);
        sx_buf_add_char(out, '\n');
    }
    if (groups->elsewhere > 0) sx_buf_addf(out, "%8u elsewhere\n", groups->elsewhere);
    sx_buf_add_str(out, "---\n");
    sx_free(groups);
}
