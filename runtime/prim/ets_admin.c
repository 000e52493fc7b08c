/* ets_admin.c - module ets: making tables, naming them, who owns them, what is known of them. */
#include "prim/ets.h"
#include "value/compare.h"

/* ---- making ---- */

static bool is_bool(sx_val v) { return v == SX_TRUE || v == SX_FALSE; }

/* What new and setopts ask for. */
typedef struct Options {
    SxEtsType type;
    SxEtsAccess access;
    int64_t key_pos;
    bool named, read_concurrency, write_concurrency, write_auto, decentralized, compressed;
    sx_val heir, heir_data; /* pid or SX_NONE */
    bool has_heir, has_access;
} Options;

static bool take_access(sx_val v, Options *o)
{
    if (v == sx_atom("public")) o->access = SX_ETS_PUBLIC;
    else if (v == sx_atom("protected")) o->access = SX_ETS_PROTECTED;
    else if (v == sx_atom("private")) o->access = SX_ETS_PRIVATE;
    else return false;
    o->has_access = true;
    return true;
}

static bool take_type(sx_val v, Options *o)
{
    if (v == sx_atom("set")) o->type = SX_ETS_SET;
    else if (v == sx_atom("ordered_set")) o->type = SX_ETS_ORDERED;
    else if (v == sx_atom("bag")) o->type = SX_ETS_BAG;
    else if (v == sx_atom("duplicate_bag")) o->type = SX_ETS_DUPLICATE;
    else return false;
    return true;
}

static bool take_heir(sx_val option, Options *o)
{
    const sx_val *e = sx_tuple_elements(option);
    size_t n = sx_tuple_size(option);
    o->has_heir = true;
    o->heir = SX_NONE;
    if (n == 2) return e[1] == sx_atom("none");
    o->heir = e[1];
    o->heir_data = e[2];
    return n == 3 && sx_is_pid(e[1]);
}

static bool take_option(sx_val v, Options *o)
{
    if (v == sx_atom("named_table")) return o->named = true;
    if (v == sx_atom("compressed")) return o->compressed = true;
    if (sx_is_atom(v)) return take_type(v, o) || take_access(v, o);
    if (!sx_is_tuple(v) || sx_tuple_size(v) < 2) return false;
    sx_val key = sx_tuple_elements(v)[0], value = sx_tuple_elements(v)[1];
    if (key == sx_atom("heir")) return take_heir(v, o);
    if (sx_tuple_size(v) != 2) return false;
    if (key == sx_atom("keypos")) {
        if (!sx_is_small(value) || sx_small_value(value) < 1) return false;
        o->key_pos = sx_small_value(value);
        return true;
    }
    if (key == sx_atom("write_concurrency")) {
        o->write_auto = value == sx_atom("auto");
        o->write_concurrency = value == SX_TRUE;
        return o->write_auto || is_bool(value);
    }
    if (key == sx_atom("read_concurrency")) o->read_concurrency = value == SX_TRUE;
    else if (key == sx_atom("decentralized_counters")) o->decentralized = value == SX_TRUE;
    else return false;
    return is_bool(value);
}

static void set_heir(SxEtsTable *t, const Options *o)
{
    if (t->heir_data != NULL) sx_frag_free(t->heir_data);
    t->heir = o->heir;
    t->heir_data = o->heir != SX_NONE ? sx_frag_copy(o->heir_data) : NULL;
}

SX_PRIM(new2, "(ets:new name options)",
        "A new table, which the caller owns. Options: set, ordered_set, bag, duplicate_bag; public, protected, private; named_table; {keypos, N}; {heir, Pid, Data}; those for concurrency.")
{
    Options o = {.type = SX_ETS_SET, .access = SX_ETS_PROTECTED, .key_pos = 1, .heir = SX_NONE};
    SxEts *e = sx_ets(p->rt);
    uint64_t taken;
    sx_val l = argv[1];
    for (; sx_is_cons(l); l = sx_tail(l))
        if (!take_option(sx_head(l), &o)) return sx_badarg(p, "ets:new: an option is not known or malformed");
    if (l != SX_EMPTY || !sx_is_atom(argv[0])) return sx_badarg(p, "ets:new: takes an atom and a list of options");
    if (o.named && (argv[0] == SX_A(undefined) || sx_idmap_get(&e->by_name, argv[0], &taken))) return sx_badarg(p, "ets:new: there is a table of this name");
    SxEtsTable *t = sx_ets_table_new(p, o.type);
    t->access = o.access;
    t->name = argv[0];
    t->key_at = (size_t)o.key_pos - 1;
    t->named = o.named;
    t->read_concurrency = o.read_concurrency;
    t->write_concurrency = o.write_concurrency;
    t->write_auto = o.write_auto;
    t->decentralized = o.decentralized;
    t->compressed = o.compressed;
    if (o.heir != SX_NONE) set_heir(t, &o);
    if (t->named) sx_idmap_put(&e->by_name, t->name, (uint64_t)(uintptr_t)t);
    sx_charge(p, 5);
    return sx_ets_handle(&p->heap, t);
}

/* ---- naming ---- */

SX_PRIM(whereis1, "(ets:whereis name)", "Reference of the named table, or undefined.")
{
    if (!sx_is_atom(argv[0]) && !sx_is_ref(argv[0])) return sx_badarg(p, "ets:whereis: takes an atom");
    const SxEtsTable *t = sx_ets_find(p->rt, argv[0]);
    return t == NULL ? SX_A(undefined) : sx_ets_id(&p->heap, t);
}
SX_PRIM(rename2, "(ets:rename table name)", "Give the table another name. Answers it.")
{
    SxEtsTable *t = sx_ets_open(p, argv[0], SX_ETS_WRITE);
    if (t == NULL) return SX_THROWN;
    if (!sx_is_atom(argv[1]) || !sx_ets_rename(sx_ets(p->rt), t, argv[1])) return sx_badarg(p, "ets:rename: takes a name, an atom, that no table has");
    return argv[1];
}
SX_PRIM(all0, "(ets:all)", "All tables.")
{
    const SxEts *e = sx_ets(p->rt);
    sx_val list = SX_EMPTY;
    for (uint32_t i = 0; i < e->by_serial.cap; i++)
        if (e->by_serial.slots[i].key != 0) list = sx_cons(&p->heap, sx_ets_handle(&p->heap, (SxEtsTable *)(uintptr_t)e->by_serial.slots[i].value), list);
    sx_charge(p, e->by_serial.cap / 16);
    return list;
}

/* ---- owning ---- */

SX_PRIM(give_away3, "(ets:give_away table pid data)", "Make another process the owner; it gets {'ETS-TRANSFER', Table, FromPid, Data}.")
{
    SxEtsTable *t = sx_ets_open(p, argv[0], SX_ETS_OWN);
    SxProc *to = sx_proc_find(p->rt, argv[1]);
    if (t == NULL) return SX_THROWN;
    if (to == NULL || to == p) return sx_badarg(p, "ets:give_away: takes the pid of another living process");
    sx_ets_set_owner(t, to);
    sx_send(p->rt, sx_sched(p), to->pid, sx_tuple(&p->heap, 4, sx_atom("ETS-TRANSFER"), sx_ets_handle(&p->heap, t), p->pid, argv[2]));
    return SX_TRUE;
}
SX_PRIM(setopts2, "(ets:setopts table options)", "Set {heir, Pid, Data}, {heir, none} or {protection, P} of a table, one or a list of them.")
{
    SxEtsTable *t = sx_ets_open(p, argv[0], SX_ETS_OWN);
    Options o = {.heir = SX_NONE};
    if (t == NULL) return SX_THROWN;
    for (sx_val l = sx_is_list(argv[1]) ? argv[1] : sx_cons(&p->heap, argv[1], SX_EMPTY); l != SX_EMPTY; l = sx_tail(l)) {
        sx_val v = sx_is_cons(l) ? sx_head(l) : SX_NIL;
        bool ok = sx_is_tuple(v) && sx_tuple_size(v) >= 2;
        if (ok && sx_tuple_elements(v)[0] == sx_atom("heir")) ok = take_heir(v, &o);
        else ok = ok && sx_tuple_size(v) == 2 && sx_tuple_elements(v)[0] == sx_atom("protection") && take_access(sx_tuple_elements(v)[1], &o);
        if (!ok) return sx_badarg(p, "ets:setopts: options are {heir, Pid, Data}, {heir, none} and {protection, P}");
    }
    if (o.has_heir) set_heir(t, &o);
    if (o.has_access) t->access = o.access;
    return SX_TRUE;
}
SX_PRIM(safe_fixtable2, "(ets:safe_fixtable table on)", "Fix the table, or no more: while it is fixed, next works for keys that were deleted meanwhile.")
{
    SxEtsTable *t = sx_ets_open(p, argv[0], SX_ETS_READ);
    if (t == NULL) return SX_THROWN;
    if (!is_bool(argv[1])) return sx_badarg(p, "ets:safe_fixtable: takes true or false");
    if (argv[1] == SX_TRUE) sx_ets_fix(t, p);
    else sx_ets_unfix(t, p);
    return SX_TRUE;
}

/* ---- asking ---- */

static sx_val fixes_of(SxHeap *h, const SxEtsTable *t, bool with_time)
{
    if (t->fixes == NULL) return SX_FALSE;
    sx_val list = SX_EMPTY;
    for (const SxEtsFix *f = t->fixes; f != NULL; f = f->next) list = sx_cons(h, sx_tuple(h, 2, f->pid, sx_small((int64_t)f->n + f->walks)), list);
    int64_t us = t->fixed_since / 1000;
    sx_val since = with_time ? sx_tuple(h, 3, sx_small(us / 1000000000000), sx_small(us / 1000000 % 1000000), sx_small(us % 1000000)) : sx_int(h, t->fixed_since);
    return sx_tuple(h, 2, since, list);
}

static size_t words_of(const SxEtsTable *t)
{
    return (sizeof *t + t->cap_buckets * sizeof *t->buckets) / sizeof(sx_val) + t->n_words;
}

/* Value of an item; SX_NONE when there is no such item. */
static sx_val item_of(SxProc *p, const SxEtsTable *t, sx_val item)
{
    static const char *const types[] = {"set", "ordered_set", "bag", "duplicate_bag"}, *const rights[] = {"private", "protected", "public"};
    SxHeap *h = &p->heap;
    if (item == SX_A(size)) return sx_int(h, (int64_t)t->n);
    if (item == sx_atom("id")) return sx_ets_id(h, t);
    if (item == SX_A(memory)) return sx_int(h, (int64_t)words_of(t));
    if (item == sx_atom("owner")) return t->owner;
    if (item == sx_atom("heir")) return t->heir == SX_NONE ? sx_atom("none") : t->heir;
    if (item == SX_A(name)) return t->name;
    if (item == sx_atom("node")) return SX_A(node);
    if (item == sx_atom("named_table")) return sx_bool(t->named);
    if (item == sx_atom("type")) return sx_atom(types[t->type]);
    if (item == sx_atom("keypos")) return sx_small((int64_t)t->key_at + 1);
    if (item == sx_atom("protection")) return sx_atom(rights[t->access]);
    if (item == sx_atom("compressed")) return sx_bool(t->compressed);
    if (item == sx_atom("read_concurrency")) return sx_bool(t->read_concurrency);
    if (item == sx_atom("write_concurrency")) return t->write_auto ? sx_atom("auto") : sx_bool(t->write_concurrency);
    if (item == sx_atom("decentralized_counters")) return sx_bool(t->decentralized);
    if (item == sx_atom("fixed")) return sx_bool(t->fixes != NULL);
    if (item == sx_atom("safe_fixed")) return fixes_of(h, t, true);
    if (item == sx_atom("safe_fixed_monotonic_time")) return fixes_of(h, t, false);
    if (item == sx_atom("stats")) return SX_FALSE;
    if (item == sx_atom("binary")) return SX_EMPTY;
    return SX_NONE;
}

static bool is_table_id(sx_val v) { return sx_is_atom(v) || sx_is_ref(v); }

SX_PRIM(info1, "(ets:info table)", "What is known of a table, as a list of {Item, Value}; undefined when there is none.")
{
    static const char *const items[] = {"id", "decentralized_counters", "read_concurrency", "write_concurrency", "compressed", "memory", "owner", "heir", "name",
                                        "size", "node", "named_table", "type", "keypos", "protection"};
    if (!is_table_id(argv[0])) return sx_badarg(p, "ets:info: takes a table");
    const SxEtsTable *t = sx_ets_find(p->rt, argv[0]);
    if (t == NULL) return SX_A(undefined);
    sx_val list = SX_EMPTY;
    for (size_t i = SX_COUNT(items); i-- > 0;) {
        sx_val item = sx_atom(items[i]);
        list = sx_cons(&p->heap, sx_tuple(&p->heap, 2, item, item_of(p, t, item)), list);
    }
    return list;
}
SX_PRIM(info2, "(ets:info table item)", "One item of what is known of a table; undefined when there is none.")
{
    if (!is_table_id(argv[0])) return sx_badarg(p, "ets:info: takes a table and an item");
    const SxEtsTable *t = sx_ets_find(p->rt, argv[0]);
    if (t == NULL) return SX_A(undefined);
    sx_val v = item_of(p, t, argv[1]);
    return v == SX_NONE ? sx_badarg(p, "ets:info: the item is not known") : v;
}

SX_PRIM_TABLE(ets_admin){&new2_prim, &whereis1_prim, &rename2_prim, &all0_prim, &give_away3_prim, &setopts2_prim, &safe_fixtable2_prim, &info1_prim, &info2_prim, NULL};
