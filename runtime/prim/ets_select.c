/* ets_select.c - module ets: primitives that walk a table with a match specification: select, match and their kin.
 * A walk gives way when its slice is used up; until it is through, the table is kept fixed when it is one by hash, and its place
 * is #(position results count): the next bucket, or the last key. A walk in chunks keeps the same in its continuation,
 *   #(:'$ets_walk' table specification limit backwards position rest)
 * and fixes nothing between two chunks: that is the program's to ask for.
 * INVARIANT: a bucket is always worked off as a whole, so a position is never inside of one. */
#include "prim/ets_match.h"
#include "value/compare.h"

typedef enum Verb { COLLECT, COUNT, DELETE, REPLACE } Verb;

typedef struct Walk {
    SxProc *p;
    SxEtsTable *t;
    SxMatchSpec *m;    /* NULL: every object as it is */
    Verb verb;
    bool backwards;    /* trees: from the end */
    size_t limit;      /* stop when so many were collected; 0: never */
    sx_val results;    /* newest first */
    size_t n;
    sx_val position;   /* SX_NONE: at the begin */
    size_t visited;    /* since the last look at the budget */
    bool at_end;
} Walk;

#define VISITS_PER_REDUCTION 4
#define LOOK_EVERY 64

/* Time is up. */
static bool spent(Walk *w)
{
    if (w->visited < LOOK_EVERY) return false;
    sx_charge(w->p, w->visited / VISITS_PER_REDUCTION);
    w->visited = 0;
    return sx_out_of_time(w->p);
}

/* Run the specification on o; true when it is to be deleted, or *replacement takes its place. */
static bool visit(Walk *w, SxEtsObj *o, SxEtsObj **replacement)
{
    w->visited++;
    sx_val v = w->m == NULL ? sx_ets_copy_out(w->p, o) : sx_ms_run(w->m, sx_ets_value(o), o);
    if (v == SX_NONE) return false;
    switch (w->verb) {
    case COLLECT:
        w->results = sx_cons(&w->p->heap, v, w->results);
        w->n++;
        if (sx_is_pointer(v) && o->n_words > 32) {
            sx_charge(w->p, o->n_words / 32);
            if (o->n_words > 4096) sx_heap_admits(&w->p->heap, o->n_words);
        }
        return false;
    case COUNT:
        w->n += v == SX_TRUE;
        return false;
    case DELETE:
        w->n += v == SX_TRUE;
        return v == SX_TRUE;
    default:
        if (!sx_is_tuple(v) || sx_tuple_size(v) <= w->t->key_at || !sx_equal(sx_tuple_elements(v)[w->t->key_at], sx_ets_key(w->t, o))) return false;
        *replacement = sx_ets_obj_new(v);
        w->n++;
        return true;
    }
}

/* ---- by hash ---- */

/* Visit the objects from link on: the whole chain, or those with `key`. */
static void visit_chain(Walk *w, SxEtsObj **link, sx_val key, uint64_t hash)
{
    while (*link != NULL) {
        SxEtsObj *o = *link, *replacement = NULL;
        if (key != SX_NONE && (o->hash != hash || !sx_equal(sx_ets_key(w->t, o), key))) return;
        if (o->gone || !visit(w, o, &replacement)) {
            link = &o->next;
        } else if (replacement != NULL) {
            sx_ets_replace(w->t, o, replacement);
            link = &replacement->next;
        } else {
            sx_ets_hash_drop(w->t, link);
            if (*link == o) link = &o->next;
        }
    }
}

/* True when the walk is through (or has as many as it wanted), false when it gives way. */
static bool walk_hash(Walk *w)
{
    SxEtsTable *t = w->t;
    uint64_t i = w->position == SX_NONE ? 0 : (uint64_t)sx_small_value(w->position);
    while (i < t->n_buckets) {
        visit_chain(w, &t->buckets[i++], SX_NONE, 0);
        w->visited++;
        if (w->limit > 0 && w->n >= w->limit) break;
        if (spent(w) && i < t->n_buckets) {
            w->position = sx_small((int64_t)i);
            return false;
        }
    }
    w->at_end = i >= t->n_buckets;
    w->position = sx_small((int64_t)i);
    return true;
}

/* All clauses name their keys: visit only those. False: they do not. */
static bool walk_keys(Walk *w)
{
    uint32_t n = w->m == NULL ? 0 : sx_ms_clauses(w->m);
    size_t ignored;
    sx_val key, earlier;
    if (n == 0 || (sx_ets_is_tree(w->t) && n > 1)) return false;
    for (uint32_t i = 0; i < n; i++) {
        SxMsKey kind = sx_ms_key(w->m, i, w->t->key_at, &key, &ignored);
        if (kind == SX_MS_KEY_ANY || kind == SX_MS_KEY_PREFIX) return false;
    }
    for (uint32_t i = 0; i < n; i++) {
        if (sx_ms_key(w->m, i, w->t->key_at, &key, &ignored) == SX_MS_KEY_NONE) continue;
        bool again = false;
        for (uint32_t k = 0; k < i && !again; k++) again = sx_ms_key(w->m, k, w->t->key_at, &earlier, &ignored) == SX_MS_KEY_BOUND && sx_equal(earlier, key);
        if (again) continue;
        if (!sx_ets_is_tree(w->t)) {
            uint64_t hash = sx_term_hash(key);
            visit_chain(w, sx_ets_hash_link(w->t, key, hash), key, hash);
            continue;
        }
        SxEtsObj *o = sx_ets_tree_find(w->t, key), *replacement = NULL;
        if (o == NULL || !visit(w, o, &replacement)) continue;
        if (replacement != NULL) sx_ets_replace(w->t, o, replacement);
        else sx_ets_remove_key(w->t, key);
    }
    w->at_end = true;
    w->position = sx_small(SX_SMALL_MAX);
    return true;
}

/* ---- in order ---- */

typedef struct Prefix { sx_val tuple; size_t n; } Prefix;

/* Order of the tuples of one size with the same first elements to a key; 0: it is one of them. */
static int order_prefix(const void *what, sx_val key)
{
    const Prefix *x = what;
    if (!sx_is_tuple(key)) return sx_compare(x->tuple, key);
    size_t a = sx_tuple_size(x->tuple), b = sx_tuple_size(key);
    if (a != b) return a < b ? -1 : 1;
    for (size_t i = 0; i < x->n; i++) {
        int c = sx_ets_key_compare(sx_tuple_elements(x->tuple)[i], sx_tuple_elements(key)[i]);
        if (c != 0) return c;
    }
    return 0;
}

static bool walk_tree(Walk *w)
{
    SxEtsTable *t = w->t;
    SxEtsPath path;
    Prefix prefix = {SX_NONE, 0};
    if (w->m != NULL && sx_ms_clauses(w->m) == 1 && sx_ms_key(w->m, 0, t->key_at, &prefix.tuple, &prefix.n) != SX_MS_KEY_PREFIX) prefix.n = 0;
    SxEtsObj *o;
    if (w->position != SX_NONE) o = sx_ets_path_seek(t, &path, sx_ets_order_key, &w->position, w->backwards, false);
    else if (prefix.n > 0) o = sx_ets_path_seek(t, &path, order_prefix, &prefix, w->backwards, true);
    else o = sx_ets_path_begin(t, &path, w->backwards);
    while (o != NULL && (prefix.n == 0 || order_prefix(&prefix, sx_ets_key(t, o)) == 0)) {
        SxEtsObj *old = o, *replacement = NULL;
        bool changed = visit(w, o, &replacement);
        if (replacement != NULL) {
            sx_ets_tree_exchange(t, o, replacement);
            path.at[path.n - 1] = replacement;
        } else if (changed) {
            sx_ets_tree_remove(t, sx_ets_key(t, o));
        }
        bool enough = w->limit > 0 && w->n >= w->limit, gives_way = spent(w);
        sx_val key = sx_ets_key(t, old);
        if (enough || gives_way) w->position = sx_ets_copy_part(w->p, key);
        else if (changed && replacement == NULL) o = sx_ets_path_seek(t, &path, sx_ets_order_key, &key, w->backwards, false);
        else o = sx_ets_path_next(&path, w->backwards);
        if (changed) sx_ets_obj_free(old);
        if (enough || gives_way) return enough;
    }
    w->at_end = true;
    return true;
}

/* ---- the walk of a primitive ---- */

static sx_val end_of_table(void) { return sx_atom("$end_of_table"); }

/* {Chunk, Continuation} of a walk with a limit. */
static sx_val chunk(Walk *w, sx_val id, sx_val spec, bool backwards)
{
    SxHeap *h = &w->p->heap;
    if (w->n == 0) return end_of_table();
    sx_val rest = SX_EMPTY, list = w->results;
    size_t n_rest = w->n > w->limit ? w->n - w->limit : 0;
    if (sx_ets_is_tree(w->t)) {
        list = sx_list_onto(h, list, SX_EMPTY);
        n_rest = 0;
    } else if (n_rest > 0) { /* what was met first stands last */
        sx_val turned = SX_EMPTY;
        for (size_t i = 0; i < n_rest; i++, list = sx_tail(list)) turned = sx_cons(h, sx_head(list), turned);
        rest = sx_list_onto(h, turned, SX_EMPTY);
    }
    if (w->at_end && rest == SX_EMPTY) return sx_tuple(h, 2, list, end_of_table());
    sx_val more = sx_tuple(h, 7, sx_atom("$ets_walk"), id, spec, sx_small((int64_t)w->limit), sx_bool(backwards), w->position, rest);
    return sx_tuple(h, 2, list, more);
}

typedef struct Task {
    sx_val id, spec; /* spec SX_NONE: every object */
    Verb verb;
    bool backwards;
    size_t limit;
    sx_val position, rest; /* of a continuation; SX_NONE and [] otherwise */
    size_t n_rest;
} Task;

static sx_val perform(SxProc *p, const Task *task)
{
    const char *why = "";
    Walk w = {.p = p, .verb = task->verb, .limit = task->limit, .results = task->rest, .n = task->n_rest, .position = task->position};
    bool resumed = p->prim_state != SX_NONE;
    w.t = sx_ets_open(p, task->id, task->verb == COLLECT || task->verb == COUNT ? SX_ETS_READ : SX_ETS_WRITE);
    if (w.t == NULL) return SX_THROWN;
    /* without a limit results are collected from the end, so that they come out in order */
    w.backwards = task->verb == COLLECT && task->limit == 0 ? !task->backwards : task->backwards;
    if (task->verb == REPLACE && w.t->type == SX_ETS_BAG) return sx_badarg(p, "ets:select_replace: takes no bag");
    if (task->spec != SX_NONE) {
        w.m = sx_ms_compile(p, task->spec, &why);
        if (w.m == NULL) return sx_badarg(p, "ets: a match specification is malformed; ets:test_ms tells what is wrong");
        for (uint32_t i = 0; task->verb == REPLACE && i < sx_ms_clauses(w.m); i++)
            if (!sx_ms_keeps_key(w.m, i, w.t->key_at)) {
                sx_ms_free(w.m);
                return sx_badarg(p, "ets:select_replace: the body must make a tuple that has the object's key for certain");
            }
    }
    if (resumed) {
        const sx_val *place = sx_tuple_elements(p->prim_state);
        w.position = place[0];
        w.results = place[1];
        w.n = (size_t)sx_small_value(place[2]);
    }
    bool done = task->limit > 0 && w.n >= task->limit;
    if (!done) done = w.position == SX_NONE && walk_keys(&w);
    if (!done) done = sx_ets_is_tree(w.t) ? walk_tree(&w) : walk_hash(&w);
    if (w.m != NULL) sx_ms_free(w.m);
    sx_charge(p, w.visited / VISITS_PER_REDUCTION);
    if (!done) {
        if (!sx_ets_is_tree(w.t)) sx_ets_fix_walk(w.t, p);
        return sx_again(p, sx_tuple(&p->heap, 3, w.position, w.results, sx_small((int64_t)w.n)));
    }
    if (!sx_ets_is_tree(w.t)) {
        if (resumed) sx_ets_unfix_walk(w.t, p);
        if (task->verb == DELETE) sx_ets_hash_fit(w.t);
    }
    if (task->verb != COLLECT) return sx_small((int64_t)w.n);
    return task->limit > 0 ? chunk(&w, task->id, task->spec, task->backwards) : w.results;
}

static sx_val perform_all(SxProc *p, sx_val id, sx_val spec, Verb verb, bool backwards)
{
    Task task = {.id = id, .spec = spec, .verb = verb, .backwards = backwards, .position = SX_NONE, .rest = SX_EMPTY};
    return perform(p, &task);
}

static sx_val perform_some(SxProc *p, sx_val id, sx_val spec, sx_val limit, bool backwards)
{
    if (!sx_is_small(limit) || sx_small_value(limit) < 1) return sx_badarg(p, "the number of objects must be a positive integer");
    Task task = {.id = id, .spec = spec, .verb = COLLECT, .backwards = backwards, .limit = (size_t)sx_small_value(limit), .position = SX_NONE, .rest = SX_EMPTY};
    return perform(p, &task);
}

/* Go on with a continuation, which a stranger may have made up. */
static sx_val perform_more(SxProc *p, sx_val more)
{
    if (more == end_of_table()) return more;
    const sx_val *e = sx_is_tuple(more) && sx_tuple_size(more) == 7 ? sx_tuple_elements(more) : NULL;
    int64_t n = e != NULL ? sx_list_length(p, e[6]) : -1;
    if (n < 0 || e[0] != sx_atom("$ets_walk") || !sx_is_small(e[3]) || sx_small_value(e[3]) < 1) return sx_badarg(p, "takes a continuation of select/3, match/3 or match_object/3");
    Task task = {.id = e[1], .spec = e[2], .verb = COLLECT, .backwards = e[4] == SX_TRUE, .limit = (size_t)sx_small_value(e[3]), .position = e[5], .rest = e[6], .n_rest = (size_t)n};
    const SxEtsTable *t = sx_ets_find(p->rt, task.id);
    if (t != NULL && !sx_ets_is_tree(t) && (!sx_is_small(e[5]) || sx_small_value(e[5]) < 0)) return sx_badarg(p, "the continuation is not one of this table");
    return perform(p, &task);
}

/* [{Pattern, [], [Body]}] */
static sx_val pattern_spec(SxProc *p, sx_val pattern, sx_val body)
{
    SxHeap *h = &p->heap;
    return sx_cons(h, sx_tuple(h, 3, pattern, SX_EMPTY, sx_cons(h, body, SX_EMPTY)), SX_EMPTY);
}
static sx_val bindings_spec(SxProc *p, sx_val pattern) { return pattern_spec(p, pattern, sx_atom("$$")); }
static sx_val objects_spec(SxProc *p, sx_val pattern) { return pattern_spec(p, pattern, sx_atom("$_")); }

SX_PRIM(select2, "(ets:select table spec)", "What the match specification makes of each object.") { return perform_all(p, argv[0], argv[1], COLLECT, false); }
SX_PRIM(select3, "(ets:select table spec n)", "Like select, at most about `n` at a time: {List, Continuation} or '$end_of_table'.") { return perform_some(p, argv[0], argv[1], argv[2], false); }
SX_PRIM(select1, "(ets:select continuation)", "The next ones: {List, Continuation} or '$end_of_table'.") { return perform_more(p, argv[0]); }
SX_PRIM(select_reverse2, "(ets:select_reverse table spec)", "Like select, from the end of an ordered_set.") { return perform_all(p, argv[0], argv[1], COLLECT, true); }
SX_PRIM(select_reverse3, "(ets:select_reverse table spec n)", "Like select/3, from the end of an ordered_set.") { return perform_some(p, argv[0], argv[1], argv[2], true); }
SX_PRIM(select_reverse1, "(ets:select_reverse continuation)", "The next ones.") { return perform_more(p, argv[0]); }
SX_PRIM(select_count2, "(ets:select_count table spec)", "For how many objects the match specification answers true.") { return perform_all(p, argv[0], argv[1], COUNT, false); }
SX_PRIM(select_delete2, "(ets:select_delete table spec)", "Remove the objects for which the match specification answers true. Answers how many.") { return perform_all(p, argv[0], argv[1], DELETE, false); }
SX_PRIM(select_replace2, "(ets:select_replace table spec)", "Put what the match specification makes of an object in its place; the key must stay. Answers how many.") { return perform_all(p, argv[0], argv[1], REPLACE, false); }
SX_PRIM(match2, "(ets:match table pattern)", "For each object that fits, the list of what '$1', '$2' ... stand for.") { return perform_all(p, argv[0], bindings_spec(p, argv[1]), COLLECT, false); }
SX_PRIM(match3, "(ets:match table pattern n)", "Like match, at most about `n` at a time: {List, Continuation} or '$end_of_table'.") { return perform_some(p, argv[0], bindings_spec(p, argv[1]), argv[2], false); }
SX_PRIM(match1, "(ets:match continuation)", "The next ones.") { return perform_more(p, argv[0]); }
SX_PRIM(match_object2, "(ets:match_object table pattern)", "All objects that fit.") { return perform_all(p, argv[0], objects_spec(p, argv[1]), COLLECT, false); }
SX_PRIM(match_object3, "(ets:match_object table pattern n)", "Like match_object, at most about `n` at a time: {List, Continuation} or '$end_of_table'.") { return perform_some(p, argv[0], objects_spec(p, argv[1]), argv[2], false); }
SX_PRIM(match_object1, "(ets:match_object continuation)", "The next ones.") { return perform_more(p, argv[0]); }
SX_PRIM(match_delete2, "(ets:match_delete table pattern)", "Remove all objects that fit.")
{
    sx_val v = perform_all(p, argv[0], pattern_spec(p, argv[1], SX_TRUE), DELETE, false);
    return sx_is_small(v) ? SX_TRUE : v;
}
SX_PRIM(tab2list1, "(ets:tab2list table)", "All objects.") { return perform_all(p, argv[0], SX_NONE, COLLECT, false); }
SX_PRIM(repair_continuation2, "(ets:repair_continuation continuation spec)", "The continuation: it needs no repair.") { return argv[0]; }

/* ---- without a table ---- */

/* A compiled specification is the term itself, marked; a program holds no code. */
static sx_val compiled_spec(sx_val v)
{
    bool is = sx_is_tuple(v) && sx_tuple_size(v) == 2 && sx_tuple_elements(v)[0] == sx_atom("$compiled_ms");
    return is ? sx_tuple_elements(v)[1] : SX_NONE;
}
SX_PRIM(match_spec_compile1, "(ets:match_spec_compile spec)", "A match specification for match_spec_run. Raises badarg when it is malformed.")
{
    const char *why = "";
    SxMatchSpec *m = sx_ms_compile(p, argv[0], &why);
    if (m == NULL) return sx_badarg(p, "ets:match_spec_compile: the match specification is malformed; ets:test_ms tells what is wrong");
    sx_ms_free(m);
    return sx_tuple(&p->heap, 2, sx_atom("$compiled_ms"), argv[0]);
}
SX_PRIM(is_compiled_ms1, "(ets:is_compiled_ms x)", "True for what match_spec_compile answered.") { return sx_bool(compiled_spec(argv[0]) != SX_NONE); }

/* The place is #(rest . results). */
static sx_val run_on_list(SxProc *p, sx_val list, sx_val spec, sx_val results, bool in_order)
{
    const char *why = "";
    SxMatchSpec *m = spec == SX_NONE ? NULL : sx_ms_compile(p, spec, &why);
    if (m == NULL) return sx_badarg(p, "match_spec_run: takes a list and a compiled match specification");
    if (p->prim_state != SX_NONE) {
        list = sx_head(p->prim_state);
        results = sx_tail(p->prim_state);
    }
    for (size_t i = 1; sx_is_cons(list); list = sx_tail(list), i++) {
        sx_val v = sx_ms_run(m, sx_head(list), NULL);
        if (v != SX_NONE) results = sx_cons(&p->heap, v, results);
        if (i % LOOK_EVERY != 0) continue;
        sx_charge(p, LOOK_EVERY / VISITS_PER_REDUCTION);
        if (!sx_out_of_time(p)) continue;
        sx_ms_free(m);
        return sx_again(p, sx_cons(&p->heap, sx_tail(list), results));
    }
    sx_ms_free(m);
    if (list != SX_EMPTY) return sx_badarg(p, "match_spec_run: takes a proper list");
    return in_order ? sx_list_onto(&p->heap, results, SX_EMPTY) : results;
}
SX_PRIM(match_spec_run2, "(ets:match_spec_run list spec)", "What a compiled match specification makes of the elements of a list.") { return run_on_list(p, argv[0], compiled_spec(argv[1]), SX_EMPTY, true); }
SX_PRIM(match_spec_run_r3, "(ets:match_spec_run_r list spec results)", "The same in front of `results`, the last one first.") { return run_on_list(p, argv[0], compiled_spec(argv[1]), argv[2], false); }

/* A text as Erlang's string. */
static sx_val string_of(SxHeap *h, const char *text)
{
    sx_val list = SX_EMPTY;
    for (size_t i = strlen(text); i-- > 0;) list = sx_cons(h, sx_small((unsigned char)text[i]), list);
    return list;
}
/* SX_NONE: the specification is malformed; *problem is {error, [{error, Text}]} then. */
static sx_val test_spec(SxProc *p, sx_val object, sx_val spec, sx_val *problem)
{
    SxHeap *h = &p->heap;
    const char *why = "";
    SxMatchSpec *m = sx_ms_compile(p, spec, &why);
    if (m == NULL) {
        *problem = sx_tuple(h, 2, SX_A(error), sx_cons(h, sx_tuple(h, 2, SX_A(error), string_of(h, why)), SX_EMPTY));
        return SX_NONE;
    }
    sx_val v = sx_ms_run(m, object, NULL);
    sx_ms_free(m);
    return v == SX_NONE ? SX_FALSE : v;
}
SX_PRIM(test_ms2, "(ets:test_ms tuple spec)", "{ok, Result} of a match specification for one object, Result false when it does not fit; or {error, Errors}.")
{
    sx_val problem, v = test_spec(p, argv[0], argv[1], &problem);
    return v == SX_NONE ? problem : sx_tuple(&p->heap, 2, SX_A(ok), v);
}
SX_PRIM(match_spec_test3, "(erlang:match_spec_test object spec kind)", "{ok, Result, Flags, Warnings} of a match specification for one object, or {error, Errors}.")
{
    sx_val problem, v = test_spec(p, argv[0], argv[1], &problem);
    return v == SX_NONE ? problem : sx_tuple(&p->heap, 4, SX_A(ok), v, SX_EMPTY, SX_EMPTY);
}

SX_PRIM_TABLE(ets_select){
    &select2_prim, &select3_prim, &select1_prim, &select_reverse2_prim, &select_reverse3_prim, &select_reverse1_prim, &select_count2_prim,
    &select_delete2_prim, &select_replace2_prim, &match2_prim, &match3_prim, &match1_prim, &match_object2_prim, &match_object3_prim,
    &match_object1_prim, &match_delete2_prim, &tab2list1_prim, &repair_continuation2_prim, &match_spec_compile1_prim, &is_compiled_ms1_prim,
    &match_spec_run2_prim, &match_spec_run_r3_prim, &test_ms2_prim, &match_spec_test3_prim, NULL};
