/* test_sx_prims.c - the primitives of SX: the example of every doc string, and long data. Long data runs as slowly as can be:
 * a slice is short, and everything moves between two calls. */
#include "base/buf.h"
#include "lang/reader.h"
#include "prim/args.h"
#include "prim/prims.h"
#include "unit.h"
#include "value/print.h"
#include <stdlib.h>
#include <time.h>

static SxRuntime rt;
static SxProc proc, *const p = &proc;
static SxHeap *const h = &proc.heap;
static size_t live;  /* words of the stack that hold values */
static bool hurried; /* collect and starve between calls */
static size_t n_again;

static size_t push(sx_val v)
{
    h->stack[live] = v;
    return live++;
}

static const SxPrim *find(const char *name)
{
    uint32_t n;
    const SxPrim *const *all = sx_prims_all(&n);
    size_t len = strlen(name);
    for (uint32_t i = 0; i < n; i++) {
        const char *usage = all[i]->usage + 1;
        if (strncmp(usage, name, len) == 0 && (usage[len] == ' ' || usage[len] == ')')) return all[i];
    }
    return NULL;
}

static void collect(bool major)
{
    SxRoots roots = SX_PROC_ROOTS(p);
    sx_heap_collect(h, h->stack + live, &roots, 1, 64, 16, major);
}

/* Call with the last argc words of the stack, which are popped. */
static sx_val call_stacked(const char *name, int argc)
{
    const SxPrim *prim = find(name);
    if (prim == NULL) {
        printf("there is no %s\n", name);
        CHECK(false);
        return SX_NIL;
    }
    int want = 0; /* parameters, to pad absent ones */
    const char *at = strchr(prim->usage, ' ');
    for (; at && strncmp(at, " &", 2) != 0; at = strchr(at + 1, ' ')) want++;
    if (at && strncmp(at, " &opt", 5) == 0)
        for (at = strchr(at + 1, ' '); at; at = strchr(at + 1, ' ')) want++;
    int n = argc;
    while (n < want) push(SX_NONE), n++;
    size_t base = live - (size_t)n;
    p->prim_state = SX_NONE;
    sx_val v;
    for (;;) {
        p->reductions = hurried ? 100 : SX_REDUCTIONS;
        v = prim->fn(p, h->stack + base, n);
        if (v != SX_AGAIN) break;
        n_again++;
        collect(hurried && n_again % 3 == 0);
    }
    p->prim_state = SX_NONE;
    live = base;
    return v;
}
static sx_val call1(const char *name, sx_val a) { return push(a), call_stacked(name, 1); }
static sx_val call2(const char *name, sx_val a, sx_val b) { return push(a), push(b), call_stacked(name, 2); }
static sx_val call3(const char *name, sx_val a, sx_val b, sx_val c) { return push(a), push(b), push(c), call_stacked(name, 3); }

/* v and what stands at `slot`, read after the call that made v moved everything. */
static bool same(sx_val v, size_t slot) { return sx_equal(v, h->stack[slot]); }

/* ---- examples ---- */

static sx_val eval(sx_val form)
{
    if (!sx_is_cons(form)) return form;
    char name[64];
    size_t n_name;
    const char *text = sx_atom_text(sx_symbol_name(sx_head(form)), &n_name);
    snprintf(name, sizeof name, "%s", text);
    int n = 0;
    for (sx_val a = sx_tail(form); sx_is_cons(a); a = sx_tail(a), n++) push(eval(sx_head(a)));
    if (strcmp(name, "%list") == 0) return call_stacked("list", n);
    if (strcmp(name, "%tuple") == 0) return call_stacked("tuple", n);
    if (strcmp(name, "%map") == 0) return call_stacked("hash-map", n);
    return call_stacked(name, n);
}

static bool read(const char **at, sx_val *v)
{
    SxReader r;
    sx_reader_init(&r, *at, strlen(*at), sx_atom("doc"), 1, 1);
    if (sx_read(&r, h, v) != SX_READ_OK) return false;
    *at += r.at;
    return true;
}

static int examples_of(const SxPrim *prim)
{
    int n = 0;
    for (const char *at = prim->doc; (at = strchr(at, '(')) != NULL; at++) {
        const char *end = at;
        sx_val form, want;
        if (!read(&end, &form) || strncmp(end, " => ", 4) != 0) continue;
        end += 4;
        if (!read(&end, &want)) continue;
        n++;
        if (strstr(at, "(self)") || strstr(at, "(fn? first)")) continue;
        sx_val got = eval(form), expected = eval(want);
        if (sx_equal(got, expected)) {
            CHECK(true);
            continue;
        }
        SxBuf b = SX_BUF_INIT;
        if (got == SX_THROWN) sx_buf_add_str(&b, rt.sched.detail);
        else sx_print(&b, got, 200);
        printf("%s: gave %.*s\n", at, (int)b.len, b.data);
        sx_buf_deinit(&b);
        CHECK(false);
    }
    return n;
}

static void test_examples(void)
{
    static const SxPrim *const *const tables[] = {sx_prims_sx_types, sx_prims_sx_numbers, sx_prims_sx_lists, sx_prims_sx_sort, sx_prims_sx_maps, sx_prims_sx_strings};
    for (size_t i = 0; i < SX_COUNT(tables); i++)
        for (const SxPrim *const *t = tables[i]; *t; t++)
            if (examples_of(*t) == 0) {
                printf("%s has no example\n", (*t)->usage);
                CHECK(false);
            }
}

/* ---- small cases: SX source, each `form => value` ---- */

static void test_cases(void)
{
    static const char *const cases[] = {
        "(nth [7 8] 2) => nil", "(nth \"a\\u{e9}\\u{1F600}z\" 2) => 128512", "(nth #(1 2) 0) => 1", "(nth \"ab\" 2) => nil", "(last []) => nil",
        "(first #()) => nil", "(rest []) => []", "(rest #(1 2 3)) => [2 3]", "(second [1]) => nil", "(count \"a\\u{e9}\") => 2", "(count {:a 1}) => 1",
        "(range 0) => []", "(range 2 5) => [2 3 4]", "(range 0 10 3) => [0 3 6 9]", "(range 1 0) => []",
        "(range 1152921504606846975 1152921504606846978) => [1152921504606846975 1152921504606846976 1152921504606846977]",
        "(take 5 [1]) => [1]", "(take 0 [1]) => []", "(drop 5 [1]) => []", "(slice [1 2 3 4] 1) => [2 3 4]", "(slice [1 2 3 4] -2) => [3 4]",
        "(slice [1 2 3 4] 1 -1) => [2 3]", "(slice [1 2] 5) => []", "(slice #(1 2 3) 1 9) => #(2 3)", "(slice \"h\\u{e9}llo\" 1 -1) => \"\\u{e9}ll\"",
        "(slice [1 2 3] 2 1) => []", "(member? 1 [1.0]) => false", "(member? [1] [[1]]) => true", "(index-of [1 2 1] 1 1) => 2", "(index-of [1] 2) => nil",
        "(index-of \"a\\u{e9}b\" \"b\") => 2", "(index-of \"aaa\" \"a\" 1) => 1", "(index-of \"aaa\" \"a\" 4) => nil", "(index-of \"ab\" \"\" 2) => 2",
        "(flatten []) => []", "(flatten [[] [[]] 1]) => [1]", "(sort []) => []", "(sort [2]) => [2]", "(sort [\"b\" :a 1 2.5 [] #(1)]) => [1 2.5 :a #(1) [] \"b\"]",
        "(%key-sort 0 [#(2 1) #(1 1) #(2 0) #(1 0)]) => [#(1 1) #(1 0) #(2 1) #(2 0)]",
        "(reverse \"a\\u{e9}b\") => \"b\\u{e9}a\"", "(concat) => []", "(concat [1] [] [2]) => [1 2]", "(empty? \"\") => true", "(empty? {}) => true", "(empty? #(1)) => false",
        "(get nil :a 1) => 1", "(get [1 2] 1) => 2", "(get [1 2] -1) => nil", "(get #(1) 1 :no) => :no", "(get {:a nil} :a 1) => nil",
        "(assoc #(1 2) 1 :x) => #(1 :x)", "(dissoc {:a 1} :b) => {:a 1}", "(merge) => {}", "(->map {:a 1}) => {:a 1}", "(->map [#(1 2) #(1 3)]) => {1 3}",
        "(->list \"a\\u{e9}\") => [97 233]", "(->list {:a 1}) => [#(:a 1)]", "(zipmap [1 2] [3]) => {1 3}",
        "(mod 5 -3) => -1", "(mod -6 3) => 0", "(mod 5 3) => 2", "(- 5) => -5", "(pow 2 100) => 1267650600228229401496703205376", "(pow 2 -1) => 0.5", "(pow 2.0 3) => 8.0",
        "(pow -1 1000000000000000000000) => 1", "(pow 0 0) => 1", "(floor 1.0e20) => 100000000000000000000", "(round -2.5) => -3", "(abs -1.5) => 1.5",
        "(= 1 1 1) => true", "(< 1 3 2) => false", "(min 1 1.0) => 1", "(bit-and 7) => 7", "(compare :a 1) => 1", "(+) => 0", "(*) => 1",
        "(parse-integer \"12x\") => nil", "(parse-integer \"\") => nil", "(parse-integer \"-7\") => -7", "(parse-float \"3\") => 3.0", "(parse-float \"1e3\") => 1000.0",
        "(parse-float \".5\") => nil", "(parse-float \"1e999\") => nil", "(->integer 3.0) => 3", "(->float \"2.5e3\") => 2500.0", "(->float \"2\") => 2.0",
        "(integer->string -255 16) => \"-ff\"", "(str) => \"\"", "(str nil 1.5 [1 \"a\"]) => \"nil1.5[1 \\\"a\\\"]\"", "(inspect [1 2 3] {:max 4}) => \"[1 2...\"",
        "(join \",\" []) => \"\"", "(join \",\" [:a]) => \"a\"", "(split \"\" \",\") => [\"\"]", "(split \"\" \"\") => []", "(split \"abc\" \"\") => [\"a\" \"b\" \"c\"]",
        "(split \"a,b,c\" \",\" {:limit 2}) => [\"a\" \"b,c\"]", "(split \",\" \",\") => [\"\" \"\"]", "(split \"abc\" \"\" {:limit 2}) => [\"a\" \"bc\"]", "(split \"a--b\" \"--\") => [\"a\" \"b\"]",
        "(trim \"\\u{3000} a b\\u{85}\\n\") => \"a b\"", "(trim \"  \") => \"\"", "(trim-left \"\\u{2003}x\") => \"x\"", "(trim-right \"x\\u{2003}\") => \"x\"",
        "(upper \"stra\\u{df}e \\u{fb01} \\u{e9}\\u{3c3}\\u{436}\") => \"STRASSE FI \\u{c9}\\u{3a3}\\u{416}\"", "(lower \"\\u{c9}\\u{3a3}\\u{416}\\u{130}\") => \"\\u{e9}\\u{3c3}\\u{436}i\\u{307}\"",
        "(replace \"aaa\" \"aa\" \"b\") => \"ba\"", "(replace \"abc\" \"x\" \"y\") => \"abc\"", "(replace \"abab\" \"b\" \"\") => \"aa\"", "(includes? \"abc\" \"\") => true",
        "(ends-with? \"a\" \"ba\") => false", "(->string []) => \"\"", "(->string [\"a\" [98 [\"c\"]]]) => \"abc\"", "(->string :a) => \"a\"", "(->string [:a]) => \"[:a]\"",
        "(string? #bytes\"\\xff\") => false", "(utf8? #bytes\"\\xff\") => false", "(byte-size \"\\u{e9}\") => 2", "(->tuple []) => #()", "(repeat 0 1) => []"};
    static const char *const raising[] = {"(nth [1] -1)", "(count 1)", "(range 1 2 0)", "(sort :a)", "(sort [1 & 2])", "(%key-sort 1 [#(1)])", "(->integer \"x\")", "(->integer 1.5)",
        "(assoc {} 1 2 3)", "(assoc #(1) 1 2)", "(div 1 0)", "(mod 1 0)", "(mod 1.5 1)", "(+ 1 :a)", "(sqrt -1)", "(pow 2 100000000)", "(split 1 \"\")", "(split \"a\" \",\" {:limit 0})",
        "(split \"a\" \",\" {:x 0})", "(replace \"a\" \"\" \"b\")", "(upper #bytes\"\\xff\")", "(hash-map 1)", "(merge 1)", "(keys [])", "(->map [1])", "(->map [#(1 2) 3])", "(repeat -1 1)",
        "(take -1 [])", "(random 0)", "(inspect 1 {:y 2})", "(bit-and 1.5)", "(join 1 [])", "(join \"\" 1)", "(zip [1] 2)", "(concat [1] 2)", "(flatten 1)", "(index-of 1 1)", "(chars #bytes\"\\xff\")"};
    for (size_t i = 0; i < SX_COUNT(cases); i++) {
        const char *at = cases[i];
        sx_val form, want;
        bool ok = read(&at, &form) && (at += 4, read(&at, &want));
        sx_val got = ok ? eval(form) : SX_NONE;
        if (!ok || !sx_equal(got, eval(want))) {
            SxBuf b = SX_BUF_INIT;
            if (got == SX_THROWN) sx_buf_add_str(&b, rt.sched.detail);
            else if (ok) sx_print(&b, got, 200);
            printf("%s: gave %.*s\n", cases[i], (int)b.len, b.data);
            sx_buf_deinit(&b);
            CHECK(false);
        } else CHECK(true);
    }
    for (size_t i = 0; i < SX_COUNT(raising); i++) {
        const char *at = raising[i];
        sx_val form;
        if (strchr(at, '&')) continue;
        CHECK(read(&at, &form));
        sx_val got = eval(form);
        if (got != SX_THROWN) printf("%s does not raise\n", raising[i]);
        CHECK(got == SX_THROWN);
    }
}

/* ---- long data ---- */

static uint64_t seed = 88172645463325252u;

static bool is_range(sx_val list, int64_t from, int64_t to, int64_t step)
{
    for (; sx_is_cons(list) && from != to; list = sx_tail(list), from += step)
        if (sx_head(list) != sx_small(from)) return false;
    return list == SX_EMPTY && from == to;
}

static void test_long_lists(void)
{
    enum { N = 50000 };
    size_t xs = push(call1("range", sx_small(N)));
#define XS h->stack[xs]
    CHECK(n_again > 10);
    CHECK(is_range(XS, 0, N, 1));
    CHECK(is_range(call1("reverse", XS), N - 1, -1, -1));
    CHECK(is_range(call2("take", sx_small(N - 10), XS), 0, N - 10, 1));
    CHECK(is_range(call2("drop", sx_small(N - 10), XS), N - 10, N, 1));
    CHECK(is_range(call3("slice", XS, sx_small(9000), sx_small(-9000)), 9000, N - 9000, 1));
    CHECK(is_range(call2("slice", XS, sx_small(-30000)), N - 30000, N, 1));
    CHECK(call1("last", XS) == sx_small(N - 1));
    CHECK(call1("count", XS) == sx_small(N));
    CHECK(call2("nth", XS, sx_small(N - 2)) == sx_small(N - 2));
    CHECK(call2("member?", sx_small(N - 1), XS) == SX_TRUE);
    CHECK(call2("member?", sx_small(N), XS) == SX_FALSE);
    CHECK(call2("index-of", XS, sx_small(N - 1)) == sx_small(N - 1));
    CHECK(call2("index-of", XS, SX_NIL) == SX_NIL);
    push(XS), push(call3("range", sx_small(N), sx_small(2 * N), sx_small(1))), push(SX_EMPTY);
    CHECK(is_range(call_stacked("concat", 3), 0, 2 * N, 1));
    sx_val v = call2("repeat", sx_small(N), SX_TRUE);
    int64_t n = 0;
    for (; sx_is_cons(v) && sx_head(v) == SX_TRUE; v = sx_tail(v)) n++;
    CHECK_EQ(n, N);
    v = call2("zip", XS, XS);
    for (n = 0; sx_is_cons(v); v = sx_tail(v), n++) {
        sx_val t = sx_head(v);
        if (sx_tuple_elements(t)[0] != sx_small(n) || sx_tuple_elements(t)[1] != sx_small(n)) break;
    }
    CHECK_EQ(n, N);
    /* [[0 1 2 [3 4 5 [6 ...]]]] */
    v = SX_EMPTY;
    for (n = N; n-- > 0;) {
        v = sx_cons(h, sx_small(n), v);
        if (n % 3 == 0) v = sx_cons(h, v, SX_EMPTY);
    }
    CHECK(is_range(call1("flatten", v), 0, N, 1));
    v = SX_EMPTY; /* and to the left */
    for (n = 0; n < N; n++) v = sx_cons(h, v, sx_cons(h, sx_small(n), SX_EMPTY));
    CHECK(is_range(call1("flatten", v), 0, N, 1));
    live = xs;
#undef XS
}

static void test_sort(size_t n, unsigned range, bool mixed)
{
    size_t xs = push(SX_EMPTY), tuples = push(SX_EMPTY);
    for (size_t i = n; i-- > 0;) {
        int64_t k = (int64_t)(unit_random(&seed) % range) - range / 2;
        sx_val key = mixed && k % 3 == 0 ? sx_float(h, (double)k) : sx_small(k);
        h->stack[xs] = sx_cons(h, key, h->stack[xs]);
        h->stack[tuples] = sx_cons(h, sx_tuple(h, 2, key, sx_small((int64_t)i)), h->stack[tuples]);
        if (i % 10000 == 0) collect(false);
    }
    sx_val v = call1("sort", h->stack[xs]);
    size_t count = 0;
    bool ok = true;
    for (sx_val c = v; sx_is_cons(c); c = sx_tail(c), count++)
        if (sx_is_cons(sx_tail(c)) && sx_compare(sx_head(c), sx_head(sx_tail(c))) > 0) ok = false;
    CHECK(ok);
    CHECK_EQ(count, n);
    v = call2("%key-sort", sx_small(0), h->stack[tuples]);
    count = 0;
    for (sx_val c = v; sx_is_cons(c); c = sx_tail(c), count++) {
        if (!sx_is_cons(sx_tail(c))) continue;
        sx_val *a = sx_tuple_elements(sx_head(c)), *b = sx_tuple_elements(sx_head(sx_tail(c)));
        int order = sx_compare(a[0], b[0]);
        if (order > 0 || (order == 0 && a[1] > b[1])) ok = false;
    }
    CHECK(ok);
    CHECK_EQ(count, n);
    live = xs;
}

static void test_long_maps(void)
{
    enum { N = 40000 };
    size_t xs = push(call1("range", sx_small(N)));
    size_t pairs = push(call2("zip", h->stack[xs], h->stack[xs]));
    size_t m = push(call1("->map", h->stack[pairs])), m2 = push(call2("zipmap", h->stack[xs], h->stack[xs]));
    CHECK_EQ(sx_map_size(h->stack[m]), N);
    CHECK(sx_equal(h->stack[m], h->stack[m2]));
    size_t keys = push(call1("keys", h->stack[m])), vals = push(call1("vals", h->stack[m])), ps = push(call1("pairs", h->stack[m]));
    CHECK(sx_equal(h->stack[keys], h->stack[vals]));
    CHECK(same(call2("zip", h->stack[keys], h->stack[vals]), ps));
    SxMapIter it;
    sx_val k, v, list = h->stack[keys];
    bool in_order = true;
    sx_map_iter_init(&it, h->stack[m]);
    while (sx_map_iter_next(&it, &k, &v)) {
        if (!sx_is_cons(list) || sx_head(list) != k) {
            in_order = false;
            break;
        }
        list = sx_tail(list);
    }
    CHECK(in_order && list == SX_EMPTY);
    CHECK(is_range(call1("sort", h->stack[keys]), 0, N, 1));
    live = xs;
}

static void test_long_texts(void)
{
    enum { N = 60000 };
    size_t xs = push(call1("range", sx_small(N))), sep = push(sx_binary_text(h, "\xc3\xa9,"));
    size_t s = push(call2("join", h->stack[sep], h->stack[xs]));
    SxBuf b = SX_BUF_INIT;
    for (int i = 0; i < N; i++) sx_buf_addf(&b, "%s%d", i ? "\xc3\xa9," : "", i);
    size_t n;
    const unsigned char *bytes = sx_binary_bytes(h->stack[s], &n);
    CHECK(n == b.len && memcmp(bytes, b.data, n) == 0);
    sx_val v = call2("split", h->stack[s], h->stack[sep]);
    size_t strings = push(v), count = 0;
    for (; sx_is_cons(v); v = sx_tail(v), count++) {
        char want[20];
        snprintf(want, sizeof want, "%zu", count);
        bytes = sx_binary_bytes(sx_head(v), &n);
        if (n != strlen(want) || memcmp(bytes, want, n) != 0) break;
    }
    CHECK_EQ(count, N);
    CHECK(same(call2("join", h->stack[sep], h->stack[strings]), s));
    size_t up = push(call1("upper", h->stack[s]));
    CHECK(same(call1("lower", h->stack[up]), s));
    CHECK(!sx_equal(h->stack[up], h->stack[s]));
    size_t other = push(sx_binary_text(h, "--"));
    size_t replaced = push(call3("replace", h->stack[s], h->stack[sep], h->stack[other]));
    CHECK(same(call2("join", h->stack[other], h->stack[xs]), replaced));
    CHECK(same(call3("replace", h->stack[replaced], h->stack[other], h->stack[sep]), s));
    size_t points = push(call1("chars", h->stack[s]));
    CHECK(same(call1("->string", h->stack[points]), s));
    CHECK(call1("count", h->stack[s]) == call1("count", h->stack[points]));
    size_t last = push(sx_binary_text(h, "59999"));
    CHECK(call2("includes?", h->stack[s], h->stack[last]) == SX_TRUE);
    CHECK(call2("includes?", h->stack[s], h->stack[other]) == SX_FALSE);
    sx_val at = call2("index-of", h->stack[s], h->stack[last]);
    CHECK(at == sx_small(sx_small_value(call1("count", h->stack[s])) - 5));
    CHECK(same(call1("reverse", call1("reverse", h->stack[s])), s));
    size_t none = push(sx_binary_text(h, ""));
    v = call2("split", h->stack[s], h->stack[none]);
    CHECK(call1("count", v) == call1("count", h->stack[s]));
    sx_buf_deinit(&b);
    live = xs;
}

static void test_speed(void)
{
    size_t xs = push(SX_EMPTY);
    for (int i = 0; i < 1000000; i++) h->stack[xs] = sx_cons(h, sx_small((int64_t)(unit_random(&seed) >> 8)), h->stack[xs]);
    collect(true);
    clock_t from = clock();
    size_t again = n_again;
    call1("sort", h->stack[xs]);
    printf("sort of 1000000 integers: %.0f ms in %zu slices\n", (double)(clock() - from) * 1000 / CLOCKS_PER_SEC, n_again - again + 1);
    live = xs;
}

int main(void)
{
    SxLimits limits = {0};
    sx_runtime_init(&rt, &limits);
    sx_heap_init(h, 256, 4096, (size_t)1 << 27);
    p->rt = &rt;
    for (sx_val *root = p->roots_begin; root < p->roots_end; root++) *root = SX_NONE;
    p->dictionary = sx_map_empty();
    p->label = SX_NIL;
    test_examples();
    test_cases();
    test_speed();
    hurried = true;
    test_long_lists();
    test_sort(1, 10, false);
    test_sort(17, 10, true);
    test_sort(1000, 50, true);
    test_sort(16384, 1000, false);
    test_sort(16385, 1000, false);
    test_sort(100000, 5000, true);
    test_sort(150000, 1u << 30, false);
    test_long_maps();
    test_long_texts();
    sx_heap_deinit(h);
    sx_runtime_deinit(&rt);
    return unit_end();
}
