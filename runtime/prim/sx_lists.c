/* sx_lists.c - primitives over lists and tuples; several take strings too and count code points there. Sorting is sx_sort.c.
 * Those that a guard may hold never give way: they charge for their length and end. */
#include "prim/sx_pieces.h"

/* ---- making ---- */

SX_PRIM(list, "(list & xs)", "List of all arguments. (list 1 2) => [1 2]") { return sx_list_from(&p->heap, argv, (size_t)argc, SX_EMPTY); }
SX_PRIM(cons2, "(cons x xs)", "List `xs` with `x` before it. Raises badarg when `xs` is no list. (cons 1 [2]) => [1 2]")
{
    if (!sx_is_list(argv[1])) return sx_wrong(p, "cons: takes a value and a list", argv[1]);
    return sx_cons(&p->heap, argv[0], argv[1]);
}
SX_PRIM(tuple, "(tuple & xs)", "Tuple of all arguments. (tuple 1 2) => #(1 2)")
{
    sx_val t = sx_tuple_new(&p->heap, (size_t)argc);
    memcpy(sx_tuple_elements(t), argv, (size_t)argc * sizeof *argv);
    return t;
}

/* ---- single elements ---- */

SX_GUARD_PRIM(first, "(first xs)", "First element of a list or tuple; nil when it is empty. Raises badarg for anything else. (first [1 2]) => 1")
{
    if (sx_is_cons(argv[0])) return sx_head(argv[0]);
    if (argv[0] == SX_EMPTY) return SX_NIL;
    if (!sx_is_tuple(argv[0])) return sx_wrong(p, "first: takes a list or tuple", argv[0]);
    return sx_tuple_size(argv[0]) > 0 ? sx_tuple_elements(argv[0])[0] : SX_NIL;
}

static sx_val tuple_rest(SxProc *p, sx_val t, size_t from)
{
    size_t n = sx_tuple_size(t);
    if (from >= n) return SX_EMPTY;
    sx_charge(p, (n - from) / SX_ELEMENTS_PER_REDUCTION);
    return sx_list_from(&p->heap, sx_tuple_elements(t) + from, n - from, SX_EMPTY);
}
SX_GUARD_PRIM(rest, "(rest xs)", "All but the first element of a list or tuple, a list; [] when there is none. Raises badarg for anything else. (rest [1 2]) => [2]")
{
    if (sx_is_cons(argv[0])) return sx_tail(argv[0]);
    if (argv[0] == SX_EMPTY) return SX_EMPTY;
    if (!sx_is_tuple(argv[0])) return sx_wrong(p, "rest: takes a list or tuple", argv[0]);
    return tuple_rest(p, argv[0], 1);
}

SX_PRIM(second, "(second xs)", "Second element of a list or tuple; nil when there is none. Raises badarg for anything else. (second [1 2]) => 2")
{
    sx_val xs = argv[0];
    if (sx_is_tuple(xs)) return sx_tuple_size(xs) > 1 ? sx_tuple_elements(xs)[1] : SX_NIL;
    if (!sx_is_list(xs)) return sx_wrong(p, "second: takes a list or tuple", xs);
    return sx_is_cons(xs) && sx_is_cons(sx_tail(xs)) ? sx_head(sx_tail(xs)) : SX_NIL;
}

SX_PRIM(last, "(last xs)", "Last element of a list or tuple; nil when it is empty. Raises badarg for anything else. (last [1 2]) => 2")
{
    sx_val xs = sx_resumed(p) ? sx_place(p, 1) : argv[0];
    if (sx_is_tuple(xs)) return sx_tuple_size(xs) > 0 ? sx_tuple_elements(xs)[sx_tuple_size(xs) - 1] : SX_NIL;
    if (xs == SX_EMPTY) return SX_NIL;
    if (!sx_is_cons(xs)) return sx_wrong(p, "last: takes a list or tuple", argv[0]);
    for (size_t n = 1; sx_is_cons(sx_tail(xs)); xs = sx_tail(xs), n++)
        if (n % SX_PRIM_SLICE == 0 && sx_spent(p, SX_PRIM_SLICE, 4 * SX_ELEMENTS_PER_REDUCTION)) return sx_again(p, sx_tuple(&p->heap, 2, sx_small(0), xs));
    return sx_head(xs);
}

SX_GUARD_PRIM(nth, "(nth xs i)", "Element `i` of a list, tuple or string (code point), from 0; nil when there is none. Raises badarg for a negative index. (nth [7 8] 1) => 8")
{
    sx_val xs = argv[0];
    SxText t;
    if (!sx_is_integer(argv[1]) || sx_num_compare(argv[1], sx_small(0)) < 0) return sx_wrong(p, "nth: takes an index from 0", argv[1]);
    int64_t i = sx_is_small(argv[1]) ? sx_small_value(argv[1]) : INT64_MAX;
    if (sx_is_list(xs)) {
        int64_t left = i;
        for (; left > 0 && sx_is_cons(xs); left--) xs = sx_tail(xs);
        sx_charge(p, (size_t)(i - left) / (4 * SX_ELEMENTS_PER_REDUCTION));
        return sx_is_cons(xs) ? sx_head(xs) : SX_NIL;
    }
    if (sx_is_tuple(xs)) return (uint64_t)i < sx_tuple_size(xs) ? sx_tuple_elements(xs)[i] : SX_NIL;
    if (!sx_string_of(p, xs, &t)) return sx_wrong(p, "nth: takes a list, tuple or string and an index", xs);
    size_t at = sx_code_point_offset(t.at, t.n, (size_t)i);
    uint32_t c;
    sx_charge(p, at / SX_BYTES_PER_REDUCTION);
    return sx_utf8_decode(t.at + at, t.n - at, &c) > 0 ? sx_small(c) : SX_NIL;
}

/* ---- sizes ---- */

/* SxWork: code points of string args[0]; SX_NONE: it is none. */
static sx_val count_text(SxProc *p, const sx_val *args, int n)
{
    SxText t;
    (void)n;
    if (!sx_string_of(p, args[0], &t)) return SX_NONE;
    sx_charge(p, t.n / SX_BYTES_PER_REDUCTION);
    return sx_small((int64_t)sx_count_code_points(t.at, t.n));
}

SX_GUARD_PRIM(count, "(count xs)", "Number of elements of a list, tuple or map, code points of a string. Raises badarg for anything else. (count [1 2]) => 2")
{
    sx_val xs = argv[0];
    if (sx_is_tuple(xs)) return sx_small((int64_t)sx_tuple_size(xs));
    if (sx_is_map(xs)) return sx_small((int64_t)sx_map_size(xs));
    if (sx_is_list(xs)) {
        sx_val n = sx_vm_length(p, xs);
        return n == SX_NONE ? sx_wrong(p, "count: takes a list that ends in []", xs) : n;
    }
    sx_val n = sx_is_bits(xs) && sx_bits_size(xs) / 8 > SX_AT_ONCE_BYTES ? sx_work(p, count_text, &xs, 1) : count_text(p, &xs, 1);
    return n == SX_NONE ? sx_wrong(p, "count: takes a list, tuple, map or string", xs) : n;
}

SX_GUARD_PRIM(empty, "(empty? xs)", "True for [], #(), {} and \"\". Raises badarg for what is no list, tuple, map or string. (empty? []) => true")
{
    sx_val xs = argv[0];
    if (sx_is_list(xs)) return sx_bool(xs == SX_EMPTY);
    if (sx_is_tuple(xs)) return sx_bool(sx_tuple_size(xs) == 0);
    if (sx_is_map(xs)) return sx_bool(sx_map_size(xs) == 0);
    if (sx_is_bits(xs)) return sx_bool(sx_bits_size(xs) == 0);
    return sx_wrong(p, "empty?: takes a list, tuple, map or string", xs);
}

/* ---- whole lists ---- */

static sx_val reverse_text(SxProc *p, const SxText *t)
{
    unsigned char *to;
    if (t->n > SX_HEAPBIN_MAX_BYTES && !sx_heap_admits(&p->heap, t->n / sizeof(sx_val))) return SX_NIL;
    sx_val v = sx_binary_new(&p->heap, t->n, &to);
    size_t at = 0;
    while (at < t->n) {
        uint32_t c;
        size_t n = (size_t)sx_utf8_decode(t->at + at, t->n - at, &c);
        memcpy(to + t->n - at - n, t->at + at, n);
        at += n;
    }
    sx_charge(p, t->n / SX_BYTES_PER_REDUCTION);
    return v;
}

SX_PRIM(reverse, "(reverse xs)", "List or string `xs` from its end to its start. Raises badarg for anything else. (reverse [1 2 3]) => [3 2 1]")
{
    sx_val xs = argv[0], done = SX_EMPTY;
    SxText t;
    if (sx_resumed(p)) {
        xs = sx_place(p, 1);
        done = sx_place(p, 2);
    } else if (!sx_is_list(xs)) {
        if (!sx_string_of(p, xs, &t)) return sx_wrong(p, "reverse: takes a list or string", xs);
        return reverse_text(p, &t);
    }
    for (size_t n = 0; sx_is_cons(xs); xs = sx_tail(xs)) {
        if (n++ == SX_PRIM_SLICE) {
            if (sx_spent(p, SX_PRIM_SLICE, SX_ELEMENTS_PER_REDUCTION)) return sx_again(p, sx_tuple(&p->heap, 3, sx_small(0), xs, done));
            n = 1;
        }
        done = sx_cons(&p->heap, sx_head(xs), done);
    }
    return xs == SX_EMPTY ? done : sx_wrong(p, "reverse: takes a list that ends in []", argv[0]);
}

SX_PRIM(concat, "(concat & lists)", "Lists one behind the other; all but the last are copied. Raises badarg for what is no list. (concat [1] [2 3]) => [1 2 3]")
{
    if (sx_joining(p)) return sx_list_join(p);
    if (argc == 0) return SX_EMPTY;
    SxListOut o;
    int i = 0;
    sx_val xs = argv[0];
    sx_list_out(&o, p, SX_EMPTY);
    if (sx_resumed(p)) {
        o.chunks = sx_place(p, 1);
        i = (int)sx_small_value(sx_place(p, 2));
        xs = sx_place(p, 3);
    }
    size_t n = 0;
    for (; i + 1 < argc; xs = argv[++i]) {
        for (; sx_is_cons(xs); xs = sx_tail(xs)) {
            if (n++ == SX_PRIM_SLICE) {
                if (sx_spent(p, SX_PRIM_SLICE, SX_ELEMENTS_PER_REDUCTION)) return sx_again(p, sx_tuple(&p->heap, 4, sx_small(0), sx_list_chunks(&o), sx_small(i), xs));
                n = 1;
            }
            sx_list_add(&o, sx_head(xs));
        }
        if (xs != SX_EMPTY) return sx_wrong(p, "concat: takes lists", argv[i]);
    }
    sx_charge(p, n / SX_ELEMENTS_PER_REDUCTION);
    if (!sx_is_list(xs)) return sx_wrong(p, "concat: takes lists", xs);
    return sx_list_finish(p, &o, xs);
}

SX_PRIM(range, "(range a &opt b step)",
        "Integers from `a` up to, not including, `b` by `step` (1 unless told); `(range n)` from 0. Raises badarg for step 0 and for what is no integer. "
        "(range 3) => [0 1 2] (range 5 0 -2) => [5 3 1]")
{
    if (sx_joining(p)) return sx_list_join(p);
    sx_val b = sx_opt(argv, argc, 1), step = sx_opt(argv, argc, 2), a = sx_given(b) ? argv[0] : sx_small(0);
    if (!sx_given(b)) b = argv[0];
    if (!sx_given(step)) step = sx_small(1);
    for (int i = 0; i < argc; i++)
        if (sx_given(argv[i]) && !sx_is_integer(argv[i])) return sx_wrong(p, "range: takes integers", argv[i]);
    if (step == sx_small(0)) return sx_badarg(p, "range: takes a step other than 0");
    bool up = sx_num_compare(step, sx_small(0)) > 0;
    SxListOut o;
    sx_list_out(&o, p, SX_EMPTY);
    if (sx_resumed(p)) {
        o.chunks = sx_place(p, 1);
        a = sx_place(p, 2);
    }
    for (size_t n = 0; up ? sx_num_compare(a, b) < 0 : sx_num_compare(a, b) > 0;) {
        if (n++ == SX_PRIM_SLICE) {
            if (sx_spent(p, SX_PRIM_SLICE, SX_ELEMENTS_PER_REDUCTION)) return sx_again(p, sx_tuple(&p->heap, 3, sx_small(0), sx_list_chunks(&o), a));
            n = 1;
        }
        sx_list_add(&o, a);
        a = sx_num_add(&p->heap, a, step);
        if (a == SX_TOO_BIG) return sx_error(p, SX_A(system_limit));
    }
    return sx_list_finish(p, &o, SX_EMPTY);
}

SX_PRIM(repeat, "(repeat n x)", "List of `n` times `x`. Raises badarg when `n` is no integer from 0. (repeat 2 :a) => [:a :a]")
{
    sx_val done = SX_EMPTY;
    if (!sx_is_small(argv[0]) || sx_small_value(argv[0]) < 0) return sx_wrong(p, "repeat: takes how often, an integer from 0", argv[0]);
    int64_t left = sx_small_value(argv[0]);
    if (sx_resumed(p)) {
        left = sx_small_value(sx_place(p, 1));
        done = sx_place(p, 2);
    }
    for (size_t n = 0; left > 0; left--) {
        if (n++ == SX_PRIM_SLICE) {
            if (sx_spent(p, SX_PRIM_SLICE, SX_ELEMENTS_PER_REDUCTION)) return sx_again(p, sx_tuple(&p->heap, 3, sx_small(0), sx_small(left), done));
            n = 1;
        }
        done = sx_cons(&p->heap, argv[1], done);
    }
    return done;
}

SX_PRIM(zip, "(zip xs ys)", "List of #(x y), as long as the shorter list. Raises badarg for what is no list. (zip [1 2] [:a :b]) => [#(1 :a) #(2 :b)]")
{
    if (sx_joining(p)) return sx_list_join(p);
    sx_val xs = argv[0], ys = argv[1];
    SxListOut o;
    sx_list_out(&o, p, SX_EMPTY);
    if (sx_resumed(p)) {
        o.chunks = sx_place(p, 1);
        xs = sx_place(p, 2);
        ys = sx_place(p, 3);
    }
    for (size_t n = 0; sx_is_cons(xs) && sx_is_cons(ys); xs = sx_tail(xs), ys = sx_tail(ys)) {
        if (n++ == SX_PRIM_SLICE) {
            if (sx_spent(p, SX_PRIM_SLICE, SX_ELEMENTS_PER_REDUCTION)) return sx_again(p, sx_tuple(&p->heap, 4, sx_small(0), sx_list_chunks(&o), xs, ys));
            n = 1;
        }
        sx_list_add(&o, sx_tuple(&p->heap, 2, sx_head(xs), sx_head(ys)));
    }
    if (!sx_is_list(xs)) return sx_wrong(p, "zip: takes lists", xs);
    if (!sx_is_list(ys)) return sx_wrong(p, "zip: takes lists", ys);
    return sx_list_finish(p, &o, SX_EMPTY);
}

SX_PRIM(flatten, "(flatten xs)", "Elements of list `xs`, and of the lists in it at any depth, in one list. Raises badarg for what is no list. (flatten [1 [2 [3]]]) => [1 2 3]")
{
    if (sx_joining(p)) return sx_list_join(p);
    sx_val xs = argv[0], pending = SX_EMPTY; /* tails to go back to, innermost first */
    SxListOut o;
    if (!sx_is_list(xs)) return sx_wrong(p, "flatten: takes a list", xs);
    sx_list_out(&o, p, SX_EMPTY);
    if (sx_resumed(p)) {
        o.chunks = sx_place(p, 1);
        xs = sx_place(p, 2);
        pending = sx_place(p, 3);
    }
    for (size_t n = 0;;) {
        if (n++ == SX_PRIM_SLICE) {
            if (sx_spent(p, SX_PRIM_SLICE, SX_ELEMENTS_PER_REDUCTION)) return sx_again(p, sx_tuple(&p->heap, 4, sx_small(0), sx_list_chunks(&o), xs, pending));
            n = 1;
        }
        if (sx_is_cons(xs)) {
            sx_val x = sx_head(xs);
            xs = sx_tail(xs);
            if (sx_is_list(x)) {
                if (xs != SX_EMPTY) pending = sx_cons(&p->heap, xs, pending);
                xs = x;
            } else {
                sx_list_add(&o, x);
            }
        } else if (xs != SX_EMPTY) {
            return sx_wrong(p, "flatten: takes lists that end in []", argv[0]);
        } else if (pending == SX_EMPTY) {
            return sx_list_finish(p, &o, SX_EMPTY);
        } else {
            xs = sx_head(pending);
            pending = sx_tail(pending);
        }
    }
}

/* ---- parts ---- */

/* The first `left` elements of xs at most. The primitive has seen to joining; `whole` is what a message shows. Phase 1. */
static sx_val take(SxProc *p, sx_val xs, int64_t left, sx_val whole)
{
    SxListOut o;
    sx_list_out(&o, p, SX_EMPTY);
    if (sx_resumed(p) && sx_place(p, 0) == sx_small(1)) {
        o.chunks = sx_place(p, 1);
        xs = sx_place(p, 2);
        left = sx_small_value(sx_place(p, 3));
    }
    for (size_t n = 0; left > 0 && sx_is_cons(xs); xs = sx_tail(xs), left--) {
        if (n++ == SX_PRIM_SLICE) {
            if (sx_spent(p, SX_PRIM_SLICE, SX_ELEMENTS_PER_REDUCTION)) return sx_again(p, sx_tuple(&p->heap, 4, sx_small(1), sx_list_chunks(&o), xs, sx_small(left)));
            n = 1;
        }
        sx_list_add(&o, sx_head(xs));
    }
    if (left > 0 && xs != SX_EMPTY) return sx_wrong(p, "take, slice: takes a list that ends in []", whole);
    return sx_list_finish(p, &o, SX_EMPTY);
}

/* A count of elements: large integers count as more than there are. */
static bool arg_count(sx_val v, int64_t *n)
{
    *n = SX_SMALL_MAX;
    if (!sx_is_integer(v) || sx_num_compare(v, sx_small(0)) < 0) return false;
    if (sx_is_small(v)) *n = sx_small_value(v);
    return true;
}

SX_PRIM(take2, "(take n xs)", "The first `n` elements of list `xs`, all of them when there are fewer. Raises badarg for a negative n. (take 2 [1 2 3]) => [1 2]")
{
    int64_t n;
    if (sx_joining(p)) return sx_list_join(p);
    if (!arg_count(argv[0], &n)) return sx_wrong(p, "take: takes how many, an integer from 0", argv[0]);
    if (!sx_is_list(argv[1])) return sx_wrong(p, "take: takes a list", argv[1]);
    return take(p, argv[1], n, argv[1]);
}

/* Pass over *left elements of *xs. False: the slice is used up, go on later. */
static bool skip(SxProc *p, sx_val *xs, int64_t *left)
{
    for (size_t n = 1; *left > 0 && sx_is_cons(*xs); n++) {
        *xs = sx_tail(*xs);
        --*left;
        if (n % SX_PRIM_SLICE == 0 && sx_spent(p, SX_PRIM_SLICE, 4 * SX_ELEMENTS_PER_REDUCTION)) return false;
    }
    return true;
}

SX_PRIM(drop2, "(drop n xs)", "List `xs` without its first `n` elements. Raises badarg for a negative n. (drop 2 [1 2 3]) => [3]")
{
    int64_t n;
    sx_val xs = argv[1];
    if (!arg_count(argv[0], &n)) return sx_wrong(p, "drop: takes how many, an integer from 0", argv[0]);
    if (!sx_is_list(xs)) return sx_wrong(p, "drop: takes a list", xs);
    if (sx_resumed(p)) {
        xs = sx_place(p, 1);
        n = sx_small_value(sx_place(p, 2));
    }
    if (!skip(p, &xs, &n)) return sx_again(p, sx_tuple(&p->heap, 3, sx_small(0), xs, sx_small(n)));
    return sx_is_list(xs) ? xs : sx_wrong(p, "drop: takes a list that ends in []", argv[1]);
}

/* Where an index that may count from the end (negative) stands among n elements, kept inside 0..n. */
static int64_t slice_index(sx_val v, int64_t n)
{
    if (!sx_is_small(v)) return sx_num_compare(v, sx_small(0)) < 0 ? 0 : n;
    int64_t i = sx_small_value(v);
    if (i < 0) i += n;
    return i < 0 ? 0 : i > n ? n : i;
}

/* Phase 0: passing over the start; phase 1 is take's. */
static sx_val slice_list(SxProc *p, sx_val xs, sx_val start, sx_val end)
{
    int64_t from, n;
    if (sx_joining(p)) return sx_list_join(p);
    if (sx_resumed(p) && sx_place(p, 0) == sx_small(1)) return take(p, xs, 0, xs);
    sx_val at = xs;
    if (sx_resumed(p)) {
        at = sx_place(p, 1);
        from = sx_small_value(sx_place(p, 2));
        n = sx_small_value(sx_place(p, 3));
    } else {
        bool from_end = sx_num_compare(start, sx_small(0)) < 0 || (sx_given(end) && sx_num_compare(end, sx_small(0)) < 0);
        int64_t length = from_end ? sx_list_length(p, xs) : SX_SMALL_MAX;
        if (length < 0) return sx_wrong(p, "slice: takes a list that ends in []", xs);
        from = slice_index(start, length);
        n = (sx_given(end) ? slice_index(end, length) : length) - from;
        if (n <= 0) return SX_EMPTY;
    }
    if (!skip(p, &at, &from)) return sx_again(p, sx_tuple(&p->heap, 4, sx_small(0), at, sx_small(from), sx_small(n)));
    if (!sx_given(end) && sx_is_list(at)) return at;
    p->prim_state = SX_NONE; /* take begins anew */
    return take(p, at, n, xs);
}

SX_PRIM(slice, "(slice xs start &opt end)",
        "Part of a list, tuple or string (code points) from index `start` up to, not including, `end` (default: its length). "
        "What is past the end is the end; negative indices count from the end. Raises badarg for anything else. (slice \"hello\" 1 3) => \"el\"")
{
    sx_val xs = argv[0], start = argv[1], end = sx_opt(argv, argc, 2);
    SxText t;
    if (!sx_is_integer(start)) return sx_wrong(p, "slice: takes a start index", start);
    if (sx_given(end) && !sx_is_integer(end)) return sx_wrong(p, "slice: takes an end index", end);
    if (sx_is_list(xs)) return slice_list(p, xs, start, end);
    if (sx_is_tuple(xs)) {
        int64_t n = (int64_t)sx_tuple_size(xs), from = slice_index(start, n), to = sx_given(end) ? slice_index(end, n) : n;
        n = to > from ? to - from : 0;
        sx_val part = sx_tuple_new(&p->heap, (size_t)n);
        memcpy(sx_tuple_elements(part), sx_tuple_elements(xs) + from, (size_t)n * sizeof *argv);
        sx_charge(p, (size_t)n / SX_ELEMENTS_PER_REDUCTION);
        return part;
    }
    if (!sx_string_of(p, xs, &t)) return sx_wrong(p, "slice: takes a list, tuple or string", xs);
    sx_charge(p, t.n / SX_BYTES_PER_REDUCTION);
    int64_t n = (int64_t)sx_count_code_points(t.at, t.n), from = slice_index(start, n), to = sx_given(end) ? slice_index(end, n) : n;
    if (to <= from) return sx_binary(&p->heap, "", 0);
    size_t at = sx_code_point_offset(t.at, t.n, (size_t)from), size = sx_code_point_offset(t.at + at, t.n - at, (size_t)(to - from));
    return sx_bits_sub(&p->heap, t.v, at * 8, size * 8);
}

/* ---- searching ---- */

SX_PRIM(member, "(member? x xs)", "True when list or tuple `xs` has an element that is `x` (1 is not 1.0). Raises badarg for anything else. (member? 2 [1 2]) => true")
{
    sx_val x = argv[0], xs = sx_resumed(p) ? sx_place(p, 1) : argv[1];
    if (sx_is_tuple(xs)) {
        size_t n = sx_tuple_size(xs);
        sx_charge(p, n / SX_ELEMENTS_PER_REDUCTION);
        for (size_t i = 0; i < n; i++)
            if (sx_equal(sx_tuple_elements(xs)[i], x)) return SX_TRUE;
        return SX_FALSE;
    }
    size_t n = 0;
    for (; sx_is_cons(xs); xs = sx_tail(xs)) {
        if (sx_equal(sx_head(xs), x)) {
            sx_charge(p, n / SX_ELEMENTS_PER_REDUCTION);
            return SX_TRUE;
        }
        if (++n < SX_PRIM_SLICE) continue;
        n = 0;
        if (sx_spent(p, SX_PRIM_SLICE, SX_ELEMENTS_PER_REDUCTION)) return sx_again(p, sx_tuple(&p->heap, 2, sx_small(0), sx_tail(xs)));
    }
    sx_charge(p, n / SX_ELEMENTS_PER_REDUCTION);
    return xs == SX_EMPTY ? SX_FALSE : sx_wrong(p, "member?: takes a value and a list or tuple", argv[1]);
}

static sx_val index_in_list(SxProc *p, sx_val xs, sx_val x, int64_t start)
{
    int64_t i = 0;
    sx_val whole = xs;
    if (sx_resumed(p)) {
        xs = sx_place(p, 1);
        i = sx_small_value(sx_place(p, 2));
    }
    for (size_t n = 0; sx_is_cons(xs); xs = sx_tail(xs), i++) {
        if (n++ == SX_PRIM_SLICE) {
            if (sx_spent(p, SX_PRIM_SLICE, SX_ELEMENTS_PER_REDUCTION)) return sx_again(p, sx_tuple(&p->heap, 3, sx_small(0), xs, sx_small(i)));
            n = 1;
        }
        if (i >= start && sx_equal(sx_head(xs), x)) return sx_small(i);
    }
    return xs == SX_EMPTY ? SX_NIL : sx_wrong(p, "index-of: takes a list that ends in []", whole);
}

/* The place: byte where the search goes on, and the code points before it. */
static sx_val index_in_text(SxProc *p, const SxText *s, const SxText *x, int64_t start)
{
    size_t at, index;
    if (sx_resumed(p)) {
        at = (size_t)sx_small_value(sx_place(p, 1));
        index = (size_t)sx_small_value(sx_place(p, 2));
    } else {
        at = sx_code_point_offset(s->at, s->n, (size_t)start);
        index = sx_count_code_points(s->at, at);
        if (index < (size_t)start) return SX_NIL;
        if (x->n == 0) return sx_small((int64_t)index);
    }
    for (;;) {
        size_t next;
        bool found = sx_find_piece(p, s, at, x, &next);
        if (!found && next == s->n) return SX_NIL;
        index += sx_count_code_points(s->at + at, next - at);
        if (found) return sx_small((int64_t)index);
        at = next;
        if (sx_out_of_time(p)) return sx_again(p, sx_tuple(&p->heap, 3, sx_small(0), sx_small((int64_t)at), sx_small((int64_t)index)));
    }
}

SX_PRIM(index_of, "(index-of xs x &opt start)",
        "Index of the first element of list `xs` that is `x`, or of the first occurrence of text `x` in string `xs`, from index `start` (0 unless told) on; "
        "nil when there is none. Raises badarg for anything else. (index-of \"banana\" \"na\") => 2")
{
    int64_t start = 0;
    SxText s, x;
    if (sx_given(sx_opt(argv, argc, 2)) && !arg_count(argv[2], &start)) return sx_wrong(p, "index-of: takes a start index from 0", argv[2]);
    if (sx_is_list(argv[0])) return index_in_list(p, argv[0], argv[1], start);
    if (!sx_text_of(p, argv[0], &s)) return sx_wrong(p, "index-of: takes a list or string", argv[0]);
    if (!sx_text_of(p, argv[1], &x)) return sx_wrong(p, "index-of: takes the text to look for in a string", argv[1]);
    return index_in_text(p, &s, &x, start);
}

SX_PRIM_TABLE(sx_lists){&list_prim, &cons2_prim, &tuple_prim, &first_prim, &rest_prim, &second_prim, &last_prim, &nth_prim, &count_prim,
                        &empty_prim, &reverse_prim, &concat_prim, &range_prim, &repeat_prim, &zip_prim, &flatten_prim, &take2_prim,
                        &drop2_prim, &slice_prim, &member_prim, &index_of_prim, NULL};
