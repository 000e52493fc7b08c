/* hold.c - see hold.h. */
#include "sched/hold.h"
#include "base/sys.h"
#include "sched/why.h"
#include "value/atom.h"
#include "value/print.h"
#include "vm/vm.h"

void sx_hold_whose(SxProc *p, SxHold *of)
{
    SxWhere at;
    of->pid = p->pid;
    of->name = p->name;
    of->module = p->initial_module;
    of->function = p->initial_name;
    of->arity = p->initial_arity;
    of->file = of->primitive = SX_NIL;
    if (of->what != SX_HOLD_RUN || p->pc == NULL || sx_vm_where(p, &at, 1) == 0) return;
    of->module = at.fn->module;
    of->function = at.fn->name;
    of->arity = at.fn->max_args;
    of->file = at.file;
    of->line = at.line;
    of->primitive = sx_why_primitive(p, at.fn);
}

bool sx_hold_measure(SxSched *s, SxHold *of, int64_t now)
{
    of->ns = now - s->now;
    of->collect_ns = s->collect_ns;
    of->slices = s->short_slices + (of->what != SX_HOLD_SEVERAL);
    if (s->watched) {
        int64_t cpu = sx_sys_thread_ns();
        of->cpu_ns = cpu - s->cpu_at;
        s->cpu_at = cpu;
    }
    s->now = now;
    s->collect_ns = 0;
    s->short_slices = 0;
    return s->watched ? of->cpu_ns > s->longest.cpu_ns : of->ns > s->longest.ns;
}

void sx_hold_begin(SxSched *s)
{
    s->short_slices = 0;
    if (s->watched) s->cpu_at = sx_sys_thread_ns();
}

void sx_hold_reset(SxSched *s, bool watched)
{
    s->longest = (SxHold){0};
    s->watched = watched;
    if (watched) s->cpu_at = sx_sys_thread_ns();
}

void sx_hold_add_function(SxBuf *out, const SxHold *h)
{
    const char *module = sx_is_atom(h->module) && h->module != SX_NIL ? sx_atom_text(h->module, NULL) : "";
    const char *name = sx_is_atom(h->function) && h->function != SX_NIL ? sx_atom_text(h->function, NULL) : "top level";
    sx_buf_addf(out, "%s%s%s/%u", module, module[0] != 0 ? ":" : "", name, h->arity);
}

void sx_hold_add_place(SxBuf *out, const SxHold *h)
{
    if (h->line > 0 && sx_is_atom(h->file) && h->file != SX_NIL) sx_buf_addf(out, "%s:%u", sx_atom_text(h->file, NULL), h->line);
}

static void add_atom(SxBuf *out, const char *key, sx_val atom)
{
    if (!sx_is_atom(atom) || atom == SX_NIL) return;
    sx_buf_add_str(out, key);
    sx_print(out, atom, SIZE_MAX);
}

void sx_hold_add(SxBuf *out, const SxSched *s)
{
    static const char *const names[] = SX_HOLD_NAMES;
    const SxHold *h = &s->longest;
    if (h->ns == 0) {
        sx_buf_add_str(out, "nil");
        return;
    }
    sx_buf_addf(out, "{:us %lld :cpu_us %lld :collecting_us %lld :what :%s :slices %u", (long long)(h->ns / 1000), (long long)(h->cpu_ns / 1000),
                (long long)(h->collect_ns / 1000), names[h->what], h->slices);
    if (h->what != SX_HOLD_SEVERAL) {
        SxBuf text = SX_BUF_INIT;
        sx_buf_addf(out, " :pid \"<0.%u.%u>\"", sx_pid_slot(h->pid), sx_pid_serial(h->pid));
        add_atom(out, " :name ", h->name);
        sx_hold_add_function(&text, h);
        sx_buf_add_str(out, " :in ");
        sx_print_string(out, text.data, text.len);
        text.len = 0;
        sx_hold_add_place(&text, h);
        if (text.len > 0) {
            sx_buf_add_str(out, " :at ");
            sx_print_string(out, text.data, text.len);
        }
        add_atom(out, " :primitive ", h->primitive);
        sx_buf_deinit(&text);
    }
    sx_buf_add_char(out, '}');
}
