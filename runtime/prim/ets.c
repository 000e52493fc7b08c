/* ets.c - module ets: primitives on the objects of a table. Making tables is ets_admin.c's, matching ets_select.c's.
 * Whatever may be wrong is found before anything is changed, so a primitive that raises has changed nothing. */
#include "prim/ets.h"
#include "prim/words.h"
#include "value/compare.h"
#include "value/num.h"

static sx_val end_of_table(void) { return sx_atom("$end_of_table"); }

/* ---- putting in ---- */

/* The tables together hold as much as they may: false, and system_limit is raised. */
static bool has_room(SxProc *p, const SxEtsTable *t)
{
    if (SX_LIKELY(t->all->n_words < t->all->max_words)) return true;
    sx_error(p, SX_A(system_limit));
    return false;
}

static bool is_object(const SxEtsTable *t, sx_val v) { return sx_is_tuple(v) && sx_tuple_size(v) > t->key_at; }

/* A list of objects: how many; -1: it is none. */
static int64_t count_objects(const SxEtsTable *t, sx_val list)
{
    int64_t n = 0;
    for (; sx_is_cons(list); list = sx_tail(list), n++)
        if (!is_object(t, sx_head(list))) return -1;
    return list == SX_EMPTY ? n : -1;
}

static void put_one(SxProc *p, SxEtsTable *t, sx_val tuple)
{
    SxEtsObj *o = sx_ets_obj_new(tuple);
    sx_charge(p, 1 + o->n_words / 64);
    sx_ets_put(t, o);
}

/* All objects of a list: in order, but into a bag the last one first, as OTP does it. */
static void put_all(SxProc *p, SxEtsTable *t, sx_val list)
{
    if (t->type != SX_ETS_BAG) {
        for (; sx_is_cons(list); list = sx_tail(list)) put_one(p, t, sx_head(list));
        return;
    }
    SxWords turned;
    sx_words_init(&turned);
    for (; sx_is_cons(list); list = sx_tail(list)) sx_words_push(&turned, sx_head(list));
    while (!sx_words_empty(&turned)) put_one(p, t, sx_words_pop(&turned));
    sx_words_deinit(&turned);
}

SX_PRIM(insert2, "(ets:insert table objects)", "Put a tuple, or all tuples of a list, into the table; in a set they replace those with the same key.")
{
    SxEtsTable *t = sx_ets_open(p, argv[0], SX_ETS_WRITE);
    if (t == NULL || !has_room(p, t)) return SX_THROWN;
    if (SX_LIKELY(is_object(t, argv[1]))) {
        put_one(p, t, argv[1]);
        return SX_TRUE;
    }
    if (!sx_is_list(argv[1]) || count_objects(t, argv[1]) < 0) return sx_badarg(p, "ets:insert: takes a tuple with at least %zu elements, or a list of them", t->key_at + 1);
    put_all(p, t, argv[1]);
    return SX_TRUE;
}

SX_PRIM(insert_new2, "(ets:insert_new table objects)", "Like insert, when none of the keys is there yet; answers whether it was done.")
{
    SxEtsTable *t = sx_ets_open(p, argv[0], SX_ETS_WRITE);
    if (t == NULL || !has_room(p, t)) return SX_THROWN;
    if (is_object(t, argv[1])) {
        if (sx_ets_lookup(t, sx_tuple_elements(argv[1])[t->key_at]) != NULL) return SX_FALSE;
        sx_ets_put(t, sx_ets_obj_new(argv[1]));
        return SX_TRUE;
    }
    int64_t n = sx_is_list(argv[1]) ? count_objects(t, argv[1]) : -1;
    if (n < 0) return sx_badarg(p, "ets:insert_new: takes a tuple with at least %zu elements, or a list of them", t->key_at + 1);
    sx_charge(p, (size_t)n);
    for (sx_val l = argv[1]; sx_is_cons(l); l = sx_tail(l))
        if (sx_ets_lookup(t, sx_tuple_elements(sx_head(l))[t->key_at]) != NULL) return SX_FALSE;
    put_all(p, t, argv[1]);
    return SX_TRUE;
}

/* ---- looking up ---- */

/* All objects with o's key, oldest first; o is the newest. */
static sx_val listed(SxProc *p, const SxEtsTable *t, const SxEtsObj *o)
{
    sx_val list = SX_EMPTY;
    for (; o != NULL; o = sx_ets_lookup_next(t, o)) {
        if (o->n_words > 4096 && !sx_heap_admits(&p->heap, o->n_words)) break; /* the process ends */
        list = sx_cons(&p->heap, sx_ets_copy_out(p, o), list);
        sx_charge(p, o->n_words / 64);
    }
    return list;
}
SX_PRIM(lookup2, "(ets:lookup table key)", "List of the objects with that key.")
{
    SxEtsTable *t = sx_ets_open(p, argv[0], SX_ETS_READ);
    return t == NULL ? SX_THROWN : listed(p, t, sx_ets_lookup(t, argv[1]));
}
SX_PRIM(member2, "(ets:member table key)", "True when there is an object with that key.")
{
    SxEtsTable *t = sx_ets_open(p, argv[0], SX_ETS_READ);
    return t == NULL ? SX_THROWN : sx_bool(sx_ets_lookup(t, argv[1]) != NULL);
}
SX_PRIM(lookup_element3, "(ets:lookup_element table key i)", "Element `i` of the object with that key; a list of them in a bag. Raises badarg when there is none.")
{
    SxEtsTable *t = sx_ets_open(p, argv[0], SX_ETS_READ);
    if (t == NULL) return SX_THROWN;
    if (!sx_is_small(argv[2]) || sx_small_value(argv[2]) < 1) return sx_badarg(p, "ets:lookup_element: the position counts from 1");
    size_t at = (size_t)sx_small_value(argv[2]);
    const SxEtsObj *o = sx_ets_lookup(t, argv[1]);
    if (o == NULL) return sx_badarg(p, "ets:lookup_element: there is no object with this key");
    sx_val list = SX_EMPTY;
    for (const SxEtsObj *each = o; each != NULL; each = sx_ets_lookup_next(t, each)) {
        if (sx_ets_arity(each) < at) return sx_badarg(p, "ets:lookup_element: an object has fewer than %zu elements", at);
        sx_val v = sx_ets_copy_part(p, each->words[at]);
        if (!sx_ets_is_bag(t)) return v;
        list = sx_cons(&p->heap, v, list);
    }
    return list;
}
SX_PRIM(take2, "(ets:take table key)", "Remove the objects with that key. Answers them.")
{
    SxEtsTable *t = sx_ets_open(p, argv[0], SX_ETS_WRITE);
    if (t == NULL) return SX_THROWN;
    sx_val list = listed(p, t, sx_ets_lookup(t, argv[1]));
    if (list != SX_EMPTY) sx_ets_remove_key(t, argv[1]);
    return list;
}

/* ---- removing ---- */

#define FREE_SLICE 5000 /* objects freed between two looks at the budget */

/* Free what waits, giving way in between; then answer true. */
static sx_val reap(SxProc *p)
{
    while (!sx_ets_reap(p->rt, FREE_SLICE)) {
        sx_charge(p, FREE_SLICE / 8);
        if (sx_out_of_time(p)) return sx_again(p, SX_TRUE);
    }
    return SX_TRUE;
}
SX_PRIM(reap0, "(ets:$reap)", "Free the memory of large tables that were deleted.") { return reap(p); }

SX_PRIM(delete1, "(ets:delete table)", "Delete the table.")
{
    if (p->prim_state != SX_NONE) return reap(p);
    SxEtsTable *t = sx_ets_open(p, argv[0], SX_ETS_WRITE);
    if (t == NULL) return SX_THROWN;
    return sx_ets_bury(p->rt, t) ? SX_TRUE : reap(p);
}
SX_PRIM(delete2, "(ets:delete table key)", "Remove the objects with that key.")
{
    SxEtsTable *t = sx_ets_open(p, argv[0], SX_ETS_WRITE);
    if (t == NULL) return SX_THROWN;
    sx_charge(p, sx_ets_remove_key(t, argv[1]) / 8);
    return SX_TRUE;
}
SX_PRIM(delete_object2, "(ets:delete_object table object)", "Remove exactly this object; all copies of it in a duplicate_bag.")
{
    SxEtsTable *t = sx_ets_open(p, argv[0], SX_ETS_WRITE);
    if (t == NULL) return SX_THROWN;
    if (!sx_is_tuple(argv[1])) return sx_badarg(p, "ets:delete_object: takes a tuple");
    sx_ets_remove_object(t, argv[1]);
    return SX_TRUE;
}
SX_PRIM(delete_all1, "(ets:delete_all_objects table)", "Remove all objects.")
{
    if (p->prim_state != SX_NONE) return reap(p);
    SxEtsTable *t = sx_ets_open(p, argv[0], SX_ETS_WRITE);
    if (t == NULL) return SX_THROWN;
    if (t->fixes != NULL && !sx_ets_is_tree(t)) {
        sx_charge(p, t->n / 8);
        sx_ets_remove_all(t);
        return SX_TRUE;
    }
    return sx_ets_empty(p->rt, t) ? SX_TRUE : reap(p);
}

/* ---- walking by hand ---- */

static sx_val key_or_end(SxProc *p, const SxEtsTable *t, const SxEtsObj *o) { return o == NULL ? end_of_table() : sx_ets_copy_part(p, sx_ets_key(t, o)); }

static sx_val first(SxProc *p, sx_val id, bool from_end)
{
    SxEtsTable *t = sx_ets_open(p, id, SX_ETS_READ);
    if (t == NULL) return SX_THROWN;
    sx_charge(p, t->n_buckets / 1024);
    return key_or_end(p, t, sx_ets_first(t, from_end));
}
static sx_val next(SxProc *p, const sx_val *argv, bool backwards)
{
    SxEtsTable *t = sx_ets_open(p, argv[0], SX_ETS_READ);
    if (t == NULL) return SX_THROWN;
    bool found;
    const SxEtsObj *o = sx_ets_next(t, argv[1], backwards, &found);
    return found ? key_or_end(p, t, o) : sx_badarg(p, "ets:next: there is no object with this key");
}
SX_PRIM(first1, "(ets:first table)", "First key of the table, or '$end_of_table'.") { return first(p, argv[0], false); }
SX_PRIM(last1, "(ets:last table)", "Last key of an ordered_set; of other tables the first. Or '$end_of_table'.") { return first(p, argv[0], true); }
SX_PRIM(next2, "(ets:next table key)", "The key behind `key`, or '$end_of_table'. Raises badarg when `key` is not there, but not in an ordered_set or a fixed table.") { return next(p, argv, false); }
SX_PRIM(prev2, "(ets:prev table key)", "The key before `key` in an ordered_set; of other tables what next answers.") { return next(p, argv, true); }

/* What a fold needs of a key, in one go. Under a fix, so that the key is there. */
static sx_val step(SxProc *p, const sx_val *argv, bool backwards)
{
    SxEtsTable *t = sx_ets_open(p, argv[0], SX_ETS_READ);
    if (t == NULL) return SX_THROWN;
    bool found = true;
    const SxEtsObj *o = argv[1] == end_of_table() ? sx_ets_first(t, backwards) : sx_ets_next(t, argv[1], backwards, &found);
    if (!found) return sx_badarg(p, "ets:$step: there is no object with this key");
    if (o == NULL) return end_of_table();
    sx_val list = listed(p, t, o);
    return sx_cons(&p->heap, sx_tuple_elements(sx_head(list))[t->key_at], list);
}
SX_PRIM(step2, "(ets:$step table key)", "[Key | Objects] of the key behind `key`, or of the first one when `key` is '$end_of_table'; '$end_of_table' when there is none.") { return step(p, argv, false); }
SX_PRIM(step_back2, "(ets:$step_back table key)", "The same from the end of an ordered_set.") { return step(p, argv, true); }

SX_PRIM(slot2, "(ets:slot table i)", "Objects of slot `i`, from 0; '$end_of_table' behind the last one.")
{
    SxEtsTable *t = sx_ets_open(p, argv[0], SX_ETS_READ);
    if (t == NULL) return SX_THROWN;
    size_t most = sx_ets_is_tree(t) ? t->n : t->n_buckets;
    if (!sx_is_small(argv[1]) || sx_small_value(argv[1]) < 0 || (uint64_t)sx_small_value(argv[1]) > most) return sx_badarg(p, "ets:slot: the slot must be 0 to %zu", most);
    size_t i = (size_t)sx_small_value(argv[1]);
    if (i == most) return end_of_table();
    sx_val list = SX_EMPTY;
    if (sx_ets_is_tree(t)) {
        SxEtsPath path;
        const SxEtsObj *o = sx_ets_path_begin(t, &path, false);
        sx_charge(p, i / 16);
        while (i-- > 0) o = sx_ets_path_next(&path, false);
        return sx_cons(&p->heap, sx_ets_copy_out(p, o), list);
    }
    for (const SxEtsObj *o = t->buckets[i]; o != NULL; o = o->next)
        if (!o->gone) list = sx_cons(&p->heap, sx_ets_copy_out(p, o), list);
    return list;
}

/* ---- changing elements ---- */

/* Write elements[0..n) into the object `o` in place when all that changes is immediate, else put a new object in its stead. */
static void store_elements(SxEtsTable *t, SxEtsObj *o, const sx_val *elements, size_t n)
{
    bool in_place = true;
    for (size_t i = 0; i < n && in_place; i++) in_place = elements[i] == o->words[1 + i] || (!sx_is_pointer(elements[i]) && !sx_is_pointer(o->words[1 + i]));
    if (in_place) memcpy(o->words + 1, elements, n * sizeof *elements);
    else sx_ets_replace(t, o, sx_ets_obj_from(elements, n));
}

/* One step of update_counter on the elements, whose value is answered. `step`: increment, {Pos, Increment} or {Pos, Increment,
 * Threshold, SetValue}. SX_NONE: it is none, or does not fit. */
static sx_val count(SxProc *p, const SxEtsTable *t, sx_val *elements, size_t n, sx_val step)
{
    size_t at = t->key_at + 1;
    sx_val increment = step, threshold = SX_NONE, reset = SX_NONE;
    if (sx_is_tuple(step)) {
        const sx_val *s = sx_tuple_elements(step);
        size_t size = sx_tuple_size(step);
        if ((size != 2 && size != 4) || !sx_is_small(s[0]) || sx_small_value(s[0]) < 1) return SX_NONE;
        at = (size_t)sx_small_value(s[0]) - 1;
        increment = s[1];
        if (size == 4) {
            threshold = s[2];
            reset = s[3];
            if (!sx_is_integer(threshold) || !sx_is_integer(reset)) return SX_NONE;
        }
    }
    if (at >= n || at == t->key_at || !sx_is_integer(increment) || !sx_is_integer(elements[at])) return SX_NONE;
    sx_val v = sx_num_add(&p->heap, elements[at], increment);
    if (v == SX_TOO_BIG) return SX_NONE;
    if (threshold != SX_NONE) {
        int c = sx_num_compare(v, threshold), direction = sx_num_compare(increment, sx_small(0));
        if (direction >= 0 ? c > 0 : c < 0) v = reset;
    }
    return elements[at] = v;
}

/* Counting on a copy of the elements: what several steps, or large numbers, need. */
static sx_val count_steps(SxProc *p, SxEtsTable *t, SxEtsObj *o, sx_val steps)
{
    size_t n = sx_ets_arity(o);
    SxWords w;
    sx_words_init(&w);
    sx_words_reserve(&w, n);
    memcpy(w.at, o->words + 1, n * sizeof *w.at);
    sx_val result, list = SX_EMPTY;
    bool several = sx_is_list(steps), ok = true;
    if (!several) {
        result = count(p, t, w.at, n, steps);
        ok = result != SX_NONE;
    } else {
        for (; ok && sx_is_cons(steps); steps = sx_tail(steps)) {
            result = count(p, t, w.at, n, sx_head(steps));
            ok = result != SX_NONE;
            list = sx_cons(&p->heap, result, list);
        }
        ok = ok && steps == SX_EMPTY;
        result = ok ? sx_list_onto(&p->heap, list, SX_EMPTY) : SX_NONE;
    }
    if (ok) {
        result = sx_is_pointer(result) && !several ? sx_heap_copy(&p->heap, result) : result; /* it may be the object's own */
        if (several && sx_is_cons(result)) result = sx_heap_copy(&p->heap, result);
        store_elements(t, o, w.at, n);
    }
    sx_words_deinit(&w);
    return ok ? result : sx_badarg(p, "ets:update_counter: takes an increment, {Position, Increment}, {Position, Increment, Threshold, SetValue} or a list of them, for integers beside the key");
}

static sx_val update_counter(SxProc *p, const sx_val *argv, sx_val fresh)
{
    SxEtsTable *t = sx_ets_open(p, argv[0], SX_ETS_WRITE);
    if (t == NULL) return SX_THROWN;
    if (sx_ets_is_bag(t)) return sx_badarg(p, "ets:update_counter: takes a set or an ordered_set");
    SxEtsObj *o = sx_ets_lookup(t, argv[1]);
    if (o == NULL) {
        if (fresh == SX_NONE) return sx_badarg(p, "ets:update_counter: there is no object with this key");
        if (!is_object(t, fresh)) return sx_badarg(p, "ets:update_counter: the default must be a tuple with at least %zu elements", t->key_at + 1);
        /* count on the new object before it is in the table */
        size_t n = sx_tuple_size(fresh);
        SxWords w;
        sx_words_init(&w);
        sx_words_reserve(&w, n);
        memcpy(w.at, sx_tuple_elements(fresh), n * sizeof *w.at);
        w.at[t->key_at] = argv[1];
        o = sx_ets_obj_from(w.at, n);
        sx_words_deinit(&w);
        size_t before = t->n;
        sx_ets_put(t, o);
        sx_val v = count_steps(p, t, o, argv[2]);
        if (v == SX_THROWN && t->n > before) sx_ets_remove_key(t, argv[1]);
        return v;
    }
    /* one step of a small integer, in place: this is what counters mostly are */
    size_t at = t->key_at + 1;
    sx_val step = argv[2];
    if (sx_is_tuple(step) && sx_tuple_size(step) == 2 && sx_is_small(sx_tuple_elements(step)[0])) {
        at = (size_t)sx_small_value(sx_tuple_elements(step)[0]) - 1;
        step = sx_tuple_elements(step)[1];
    }
    int64_t sum;
    if (SX_LIKELY(sx_is_small(step) && at < sx_ets_arity(o) && at != t->key_at && sx_is_small(o->words[1 + at]) &&
                  !__builtin_add_overflow((int64_t)o->words[1 + at], (int64_t)step, &sum)))
        return o->words[1 + at] = (sx_val)sum;
    return count_steps(p, t, o, argv[2]);
}
SX_PRIM(update_counter3, "(ets:update_counter table key step)", "Add to an integer of the object with that key. Answers the new value, or a list of them for a list of steps.") { return update_counter(p, argv, SX_NONE); }
SX_PRIM(update_counter4, "(ets:update_counter table key step default)", "Like update_counter/3; `default` is put in first when there is no such object.") { return update_counter(p, argv, argv[3]); }

SX_PRIM(update_element3, "(ets:update_element table key changes)", "Set elements of the object with that key: {Position, Value} or a list of them. Answers whether there is one.")
{
    SxEtsTable *t = sx_ets_open(p, argv[0], SX_ETS_WRITE);
    if (t == NULL) return SX_THROWN;
    if (sx_ets_is_bag(t)) return sx_badarg(p, "ets:update_element: takes a set or an ordered_set");
    SxEtsObj *o = sx_ets_lookup(t, argv[1]);
    if (o == NULL) return SX_FALSE;
    size_t n = sx_ets_arity(o);
    SxWords w;
    sx_words_init(&w);
    sx_words_reserve(&w, n);
    memcpy(w.at, o->words + 1, n * sizeof *w.at);
    bool ok = true;
    for (sx_val l = sx_is_list(argv[2]) ? argv[2] : sx_cons(&p->heap, argv[2], SX_EMPTY); ok && l != SX_EMPTY; l = sx_tail(l)) {
        ok = sx_is_cons(l) && sx_is_tuple(sx_head(l)) && sx_tuple_size(sx_head(l)) == 2;
        if (!ok) break;
        const sx_val *change = sx_tuple_elements(sx_head(l));
        ok = sx_is_small(change[0]) && sx_small_value(change[0]) >= 1 && (uint64_t)sx_small_value(change[0]) <= n && (size_t)sx_small_value(change[0]) - 1 != t->key_at;
        if (ok) w.at[sx_small_value(change[0]) - 1] = change[1];
    }
    if (ok) store_elements(t, o, w.at, n);
    sx_words_deinit(&w);
    return ok ? SX_TRUE : sx_badarg(p, "ets:update_element: takes {Position, Value} or a list of them, for elements beside the key");
}

SX_PRIM_TABLE(ets){
    &insert2_prim, &insert_new2_prim, &lookup2_prim, &member2_prim, &lookup_element3_prim, &take2_prim, &reap0_prim, &delete1_prim, &delete2_prim,
    &delete_object2_prim, &delete_all1_prim, &first1_prim, &last1_prim, &next2_prim, &prev2_prim, &step2_prim, &step_back2_prim, &slot2_prim, &update_counter3_prim,
    &update_counter4_prim, &update_element3_prim, NULL};
