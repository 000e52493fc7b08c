/* test_compile.c - forms to code to values: what each core form does, what code is made of the ones that matter for speed,
 * what is refused and how that reads, and sizes that must not hurt. Every unit passes the verifier. */
#include "lang/compile.h"
#include "lang/reader.h"
#include "prim/prims.h"
#include "sched/runtime.h"
#include "unit.h"
#include "value/atom.h"
#include "value/print.h"
#include "vm/vm.h"
#include <stdlib.h>

#define MOST_VERIFIED 20000 /* words of code: the verifier takes its time */

static SxRuntime rt;
static SxBuf result;  /* of the last process: its value, or class and reason */
static SxBuf listing; /* of the units compiled last */
static SxCompileError error;
static int n_warnings;

static void keep_result(SxRuntime *runtime, SxProc *p)
{
    (void)runtime;
    result.len = 0;
    if (p->exc_class != SX_NONE) {
        sx_print(&result, p->exc_class, 100);
        sx_buf_add_char(&result, ' ');
    }
    sx_print(&result, p->exc_class == SX_NONE ? p->fp[0] : p->exc_reason, 4000);
}

static void count_warning(void *arg, const SxCompileWarning *w)
{
    (void)arg;
    if (w->message[0] && w->line > 0) n_warnings++;
}

static void run(SxFn *fn)
{
    SxSpawn spawn = {.fn = sx_fn_closure(&rt.code, fn), .parent = SX_NIL, .name = SX_NONE, .priority = SX_PRIO_NORMAL, .group_leader = SX_NIL};
    int64_t now = 1000000000, until = now;
    result.len = 0;
    sx_spawn(&rt, &spawn);
    for (;;) {
        SxStepResult step = sx_step(&rt.sched, now, 100000, &until);
        if (step == SX_STEP_WAIT) now = until;
        else if (step != SX_STEP_AGAIN) break;
    }
}

/* Instructions lie one behind the other up to the end, and the verifier agrees. */
static void check_unit(const SxUnit *unit)
{
    size_t at = 0;
    for (uint32_t i = 0; i < unit->n_fns; i++) {
        const SxFn *fn = &unit->fns[i];
        CHECK(fn->code == unit->code + at);
        size_t end = at + fn->n_code;
        while (at < end) at += sx_op_length(unit->code + at);
        CHECK_EQ(at, end);
    }
    SxBuf why = SX_BUF_INIT;
    if (unit->n_code <= MOST_VERIFIED && !sx_code_verify(&rt.code, unit, &why)) {
        printf("%.*s\n", (int)why.len, why.data);
        CHECK(!"the verifier refuses it");
    }
    sx_buf_deinit(&why);
}

typedef enum Want { RUN, LIST, TRANSIENT } Want;

/* Compile all forms of a text, in a namespace; each is run (RUN) or listed. False at the first error. */
static bool compile(const char *text, const char *ns, Want want)
{
    SxHeap h;
    SxReader r;
    sx_val form;
    bool ok = true, keeps;
    sx_heap_init(&h, 16, 1024, (size_t)1 << 27);
    sx_reader_init(&r, text, strlen(text), sx_atom("t.sx"), 1, 1);
    listing.len = 0;
    n_warnings = 0;
    SxReadStatus status;
    while (ok && (status = sx_read(&r, &h, &form)) == SX_READ_OK) {
        SxCompileOptions options = {.ns = sx_atom(ns), .transient = want == TRANSIENT, .warn = count_warning};
        uint64_t first = rt.code.n_units;
        SxFn *fn = sx_compile(&rt.code, &h, form, &options, &error, &keeps);
        ok = fn != NULL;
        for (uint64_t u = first; u < rt.code.n_units; u++) {
            const SxUnit *unit = (const SxUnit *)(uintptr_t)rt.code.units[u];
            check_unit(unit);
            for (uint32_t i = 0; want == LIST && i < unit->n_fns; i++) sx_code_disassemble(&rt.code, &unit->fns[i], &listing);
        }
        if (ok && want != LIST) run(fn);
    }
    if (ok && status != SX_READ_END) printf("%d:%d: %s\n", r.error_line, r.error_column, r.message);
    CHECK(!ok || status == SX_READ_END);
    sx_heap_deinit(&h);
    sx_buf_add_char(&listing, '\0');
    sx_buf_add_char(&result, '\0');
    return ok;
}

static void gives(const char *text, const char *expected)
{
    for (int transient = 0; transient < 2; transient++) {
        bool ok = compile(text, "", transient ? TRANSIENT : RUN);
        if (!ok) printf("%s\n  %d:%d: %s\n", text, error.line, error.column, error.message);
        CHECK(ok);
        if (ok && strcmp(result.data, expected) != 0) {
            printf("%s\n  gives %s\n  not   %s\n", text, result.data, expected);
            CHECK(!"the value");
        }
    }
}

/* The text is refused at line:column with an error of that kind whose message holds `part`. */
static void refused(const char *text, const char *kind, int line, int column, const char *part)
{
    bool ok = compile(text, "", LIST);
    CHECK(!ok);
    if (ok) {
        printf("%s\n  is not refused\n", text);
        return;
    }
    bool good = error.kind == sx_atom(kind) && error.line == line && error.column == column && strstr(error.message, part) != NULL;
    if (!good) printf("%.200s\n  %s %d:%d: %s\n", text, sx_atom_text(error.kind, NULL), error.line, error.column, error.message);
    CHECK(good);
}

/* The parts occur in the listing in this order; a part that begins with ! does not occur behind the one before. */
static void lists(const char *text, const char *const *parts)
{
    bool ok = compile(text, "", LIST);
    CHECK(ok);
    const char *at = ok ? listing.data : "";
    for (; *parts; parts++) {
        bool absent = **parts == '!';
        const char *found = strstr(at, *parts + absent);
        if ((found != NULL) == absent) {
            printf("%s: %s\n%s", text, *parts, listing.data);
            CHECK(!"the listing");
            return;
        }
        if (!absent) at = found + strlen(*parts);
    }
    CHECK(true);
}
#define LISTS(text, ...) lists(text, (const char *const[]){__VA_ARGS__, NULL})

/* ---- values ---- */

static void test_basics(void)
{
    gives("42", "42");
    gives("'(a \"b\" [1 & c] #(x) {k v} (quote y))", "[:a \"b\" [1 & :c] #(:x) {:k :v} [:quote :y]]");
    gives("(if nil 1 2)", "2");
    gives("(if [] 1 2)", "1");
    gives("(do)", "nil");
    gives("(do 1 2 3)", "3");
    gives("(let ((x 1) (y (+ x 1)) (x 5)) [x y])", "[5 2]");
    gives("(let ((#(:ok [a & b]) #(:ok [1 2 3]))) #(a b))", "#(1 [2 3])");
    gives("(let ((#(:ok x) #(:error 1))) x)", ":error #(:badmatch #(:error 1))");
    gives("(let ((_ (error :x))) 1)", ":error :x");
    gives("(let ((x (+ 1 1)) (^x 2)) :same)", ":same");
    gives("[1 (+ 1 1) & [3]]", "[1 2 3]");
    gives("(let ((t [9])) [& t])", "[9]");
    gives("{:a (+ 1 2) :b 4}", "{:a 3 :b 4}");
    gives("(map-put {:a 1} :b (+ 1 1) :a 3)", "{:a 3 :b 2}");
    gives("(map-put [] :b 2)", ":error #(:badmap [])");
    gives("(map-update {:a 1} :a 2)", "{:a 2}");
    gives("(map-update {:a 1} :z 2)", ":error #(:badkey :z)");
    gives("(+ 1 2 3 (* 2 2) -1)", "9");
    gives("(- 10 1 2)", "7");
    gives("(- 5)", "-5");
    gives("(let ((x 5)) [(- x) (- 10 x) (+ 10 x) (- x 10) (+ x -32768) (- x -32768) (- x 32768)])", "[-5 5 15 -5 -32763 32773 -32763]");
    gives("(+ 576460752303423487 576460752303423487)", "1152921504606846974");
    gives("(let ((x 1.5)) [(+ x x) (* x 2) (/ 3 2) (div 7 2) (rem -7 2)])", "[3.0 3.0 1.5 3 -1]");
    gives("(erlang:element 2 #(1 (+ 1 1)))", "2");
    gives("(remote :erlang :abs -5)", "5");
    gives("(let ((f :abs)) (remote :erlang f -7))", "7");
    gives("(let ((m :erlang) (f :abs)) ((remote-fn m f 1) -8))", "8");
    gives("((fun erlang:abs/1) -3)", "3");
    gives("(lists:no_such_function 1)", ":error :undef");
    gives("(apply + 1 [2 3])", "6");
    gives("(let ((f nth)) (f [1 2 3] 1))", "2");
    gives("(no-such-name-at-all 1)", ":error #(:unbound :no-such-name-at-all)");
    gives("no-such-value", ":error #(:unbound :no-such-value)");
    gives("(define d-one 11) (define (d-two x) \"Doubles.\" (* x 2)) (d-two d-one)", "22");
    gives("(do (define d-a (fn () (d-b))) (define (d-b) 7)) (d-a)", "7");
    gives("(define (opt a (b :default (+ a 1)) (c :default 0) & more) [a b c more]) [(opt 1) (opt 1 5) (opt 1 5 6 7 8)]",
          "[[1 2 0 []] [1 5 0 []] [1 5 6 [7 8]]]");
    gives("(let ((x 1)) 2)", "2");
}

static void test_tests(void)
{
    gives("[(< 1 2) (> 1 2) (<= 2 2) (>= 1 2) (= 1 1.0) (== 1 1.0) (not= 1 1) (= [1] [1])]", "[true false true false false true false true]");
    gives("(let ((x 3)) [(< x 5) (< 5 x) (> x 5) (> 5 x) (<= x 3) (<= 3 x) (>= x 4) (>= 4 x)])", "[true false false true true true false true]");
    gives("(let ((x :a)) [(= x :a) (= :b x) (not= x :a) (== x :a) (= x \"s\")])", "[true false false true false]");
    gives("(let ((x 1.5)) [(< x 2) (> x 2) (< :a x)])", "[true false false]");
    gives("[(not nil) (not 0) (not (< 1 2)) (not (not 5))]", "[true false false true]");
    gives("[(integer? 1) (integer? 1.0) (atom? :a) (nil? nil) (nil? false) (list? []) (erlang:is_function (fn () 1))]", "[true false true true false true true]");
    gives("(let ((a 1) (b nil)) [(if (if a b false) 1 2) (if (if a true b) 1 2) (if (if b false a) 1 2) (if (if b a true) 1 2)])", "[2 1 1 1]");
    gives("(let ((x 4)) (if (if (> x 3) (< x 5) false) :in :out))", ":in");
    gives("(let ((x 4)) (if (let ((y (+ x 1))) (= y 5)) :yes :no))", ":yes");
    gives("(erlang:not true)", "false");
    gives("(erlang:not 1)", ":error :badarg");
    gives("(if (erlang:not (erlang:is_atom 1)) 1 2)", "1");
    gives("(match (< 1 2) (true :t) (false :f))", ":t");
    gives("(match (< 2 1) (true :t) (_ :f))", ":f");
    gives("(match (if (= 1 1) true false) (false :f) (x x))", "true");
}

static void test_functions(void)
{
    gives("((fn (x) (+ x 1)) 2)", "3");
    gives("(let ((y (+ 1 1))) ((fn (x) (+ x y)) 2))", "4");
    gives("(let ((y (+ 1 1)) (z (+ 2 2))) ((fn (x) ((fn (w) [x y z w]) 5)) 2))", "[2 2 4 5]");
    gives("((fn fact (n) (if (= n 0) 1 (* n (fact (- n 1))))) 25)", "15511210043330985984000000");
    gives("(let ((k (+ 1 2))) ((fn loop (n) (if (= n 0) k (loop (- n 1)))) 100000))", "3");
    gives("(let ((k (+ 1 2))) ((fn self-value (n) (if (= n 0) k (let ((f self-value)) (f (- n 1))))) 5))", "3");
    gives("(letrec ((even (fn (n) (if (= n 0) true (odd (- n 1))))) (odd (fn (n) (if (= n 0) false (even (- n 1)))))) (even 100001))", "false");
    gives("(let ((z (+ 0 0))) (letrec ((even (fn (n) (if (= n z) true (odd (- n 1))))) (odd (fn (n) (if (= n z) false (even (- n 1)))))) [(even 10) (odd 7) (even 7)]))",
          "[true true false]");
    gives("(let ((z (+ 0 5))) (letrec ((a (fn (n) (if (= n 0) [z] ((fn (f) (f n)) b)))) (b (fn (n) (let ((g (fn () (a (- n 1))))) (g))))) (a 3)))", "[5]");
    gives("(let ((z (+ 0 5))) (letrec ((a (fn () z)) (b (fn () [a (a)]))) (match (b) ([f 5] (f)))))", "5");
    gives("(let ((x 1)) (letrec ((f (fn-match ((0) x) ((n) :when (> n 0) (f (- n 1)))))) (f 10)))", "1");
    gives("((fn-match ((0 acc) acc) ((n acc) [n acc])) 3 4)", "[3 4]");
    gives("((fn-match ((0 acc) acc)) 3 4)", ":error :function_clause");
    gives("(let ((fs (let ((a (+ 1 1))) [(fn () a) (fn () (+ a 1))]))) (match fs ([f g] [(f) (g)])))", "[2 3]");
    gives("(letrec ((f (fn (a (b :default 5) & c) (if (= a 0) [b c] (f (- a 1)))))) (f 3 1 2))", "[5 []]");
    gives("(let ((k (self))) (letrec ((f (fn (a (b :default 5) & c) (if (= a 0) [b c (= k (self))] (f (- a 1) 1 2))))) (f 3)))", "[1 [2] true]");
    gives("((fn f (n) (f)) 1)", ":error #(:badarity #(#<fn in f/1> []))");
    gives("(letrec ((f (fn (n) (if (= n 0) :done (apply f [(- n 1)]))))) (f 100000))", ":done");
    gives("((fn (a & r) [a r]) 1)", "[1 []]");
    gives("((fn (a) a))", ":error #(:badarity #(#<fn in fn/1> []))");
}

static void test_matching(void)
{
    const char *f = "(define (m-f x) (match x (:a 1) (:b 2) (:c 3) (:d 4) (1 10) (2 20) (3 30) (100 40) ([] :empty) ([h] #(:one h)) ([h & t] #(h t)) (#(:ok y) y)"
                    " (#(:error z) #(:err z)) (#(a b c) [a b c]) (\"str\" :s) (\"other\" :o) (2.5 :f) ({:k v :l 1} #(:both v)) ({:k v} v) ((bin (a 8) (r :binary)) #(:bin a r)) (_ :else)))"
                    " (erlang:tuple_to_list #((m-f :a) (m-f :d) (m-f :e) (m-f 3) (m-f 100) (m-f 4) (m-f []) (m-f [1]) (m-f [1 2]) (m-f #(:ok 7)) (m-f #(:error 8)) (m-f #(:x 8)) (m-f #(1 2 3))"
                    " (m-f \"str\") (m-f \"other\") (m-f \"zz\") (m-f \"\") (m-f 2.5) (m-f {:k 5}) (m-f {:k 5 :l 1}) (m-f {}) (m-f #())))";
    gives(f, "[1 4 :else 30 40 :else :empty #(:one 1) #(1 [2]) 7 #(:err 8) :else [1 2 3] :s :o #(:bin 122 \"z\") :else :f 5 #(:both 5) :else :else]");
    gives("(match 5 (1 2))", ":error #(:case_clause 5)");
    gives("(let ((a (+ 1 1))) (match #(a 3) (#(1 x) x)))", ":error #(:case_clause #(2 3))");
    gives("(let ((a (+ 1 1)) (b (+ 1 2))) (match #(a b) (#(2 :x) 1) (#(x 3) :when (> x 5) 2) (#(2 y) #(:y y))))", "#(:y 3)");
    gives("(match #(1 1) (#(x x) :same) (_ :other))", ":same");
    gives("(match #(1 2) (#(x x) :same) (_ :other))", ":other");
    gives("(let ((y (+ 2 2))) (match [4 5] ([^y z] z)))", "5");
    gives("(match [4 5] ((= whole [a & _]) #(whole a)))", "#([4 5] 4)");
    gives("(match #(3 3) (#(n ^n) :same))", ":same");
    gives("(let ((k (+ 1 1))) (match {2 :two :a 1} ({^k v :a w} #(v w))))", "#(:two 1)");
    gives("(match #(:k {:k 9}) (#(k {^k v}) v))", "9");
    gives("(match {} ({:a 1} 1) ({} 2))", "2");
    gives("(match [] ({} 2) (_ 3))", "3");
    gives("(match 7 (x :when (erlang:hd x) 1) (x :when (> x 8) 2) (x :when (> x 8) :when (= x 7) 3))", "3");
    gives("(match 7 (x :when false 1) (x :when true 2))", "2");
    gives("(match \"b\" (\"a\" 1) (\"b\" 2) (\"c\" 3) (\"d\" 4) (\"e\" 5) (\"f\" 6) (\"g\" 7) (\"h\" 8) (\"i\" 9))", "2");
    gives("(match 16#ffffffffffffffffff (16#fffffffffffffffffe 1) (16#ffffffffffffffffff 2))", "2");
    gives("(match [1 2 3] ([1 2] 1) ('(1 2 3) 2))", "2");
    gives("(match '(97 98) ('(97) 1) ([97 & t] t))", "[98]");
    /* rows that do not care stand between the others */
    gives("(define (m-g a b) (match #(a b) (#(:x 1) 1) (#(_ 2) 2) (#(:y 3) 3) (#(_ c) #(:c c))))"
          " [(m-g :x 1) (m-g :x 2) (m-g :x 3) (m-g :y 3) (m-g :y 2) (m-g :z 2) (m-g :z 4) (m-g :y 1)]", "[1 2 #(:c 3) 3 2 2 #(:c 4) #(:c 1)]");
    gives("(define (m-h p q r) (match #(p q r) (#(:a x y) #(1 x y)) (#(x :b y) #(2 x y)) (#(:c x y) #(3 x y)) (#(y x :d) #(4 x y)) (#(:e _ _) 5) (_ 6)))"
          " [(m-h :a :b :d) (m-h :c :b :d) (m-h :c 1 :d) (m-h :e 1 :d) (m-h :e 1 2) (m-h :e :b 2) (m-h 1 2 3)]",
          "[#(1 :b :d) #(2 :c :d) #(3 1 :d) #(4 1 :e) 5 #(2 :e 2) 6]");
    /* a body that two ways lead to, with its variables in other places */
    gives("(define (m-i a b) (match #(a b) (#([1 & s] :k) #(:one s)) (#(t u) :when (= t :never) t) (#(x #(y z)) #(x y z)) (#([2 & v] w) #(:two v w)) (#(_ [q]) q) (_ :none)))"
          " [(m-i [1] :k) (m-i [1] #(7 8)) (m-i 5 #(7 8)) (m-i [2 3] :w) (m-i [2 3] [4]) (m-i 1 [4]) (m-i 1 1)]",
          "[#(:one []) #([1] 7 8) #(5 7 8) #(:two [3] :w) #(:two [3] [4]) 4 :none]");
}

static void test_bits(void)
{
    gives("(bin (1 8) \"abc\" (300 16 :little) (2.5 :float))", "\"\\x01abc,\\x01@\\x04\\x00\\x00\\x00\\x00\\x00\\x00\"");
    gives("(let ((n (+ 1 2))) (bin (n n) (1 (+ 1 4)) (\"x\" :utf16)))", "\"a\\x00x\"");
    gives("(let ((b (bin (1 8) (2 8)))) (bin (b :binary) (3 8) (b 1 :binary)))", "\"\\x01\\x02\\x03\\x01\"");
    gives("(bin (:x 8))", ":error :badarg");
    gives("(bin)", "\"\"");
    gives("(match (bin (3 8) \"abcdef\") ((bin (n 8) (s n :binary) (rest :binary)) #(n s rest)))", "#(3 \"abc\" \"def\")");
    gives("(match \"GET /x\" ((bin \"POST \" (p :binary)) #(:post p)) ((bin \"GET \" (p :binary)) #(:get p)))", "#(:get \"/x\")");
    gives("(define (tok b acc) (match b ((bin 32 (t :binary)) (tok t acc)) ((bin (c 8) (t :binary)) :when (>= c 48) :when (= c 46) (tok t [c & acc])) ((bin) acc) (_ :odd)))"
          " [(tok \"1 2.\" []) (tok \"!\" []) (tok 5 [])]", "[[46 50 49] :odd :odd]");
    gives("(match (bin (5 3) (1 5)) ((bin (a 3) (b :bits)) #(a (erlang:bit_size b))))", "#(5 5)");
    gives("(match (bin (-2 16 :signed :little)) ((bin (a 16 :signed :little)) a))", "-2");
    gives("(match (bin (1.5 32 :float)) ((bin (f 32 :float)) f))", "1.5");
    gives("(match \"\\u{e9}x\" ((bin (c :utf8) (r :binary)) #(c r)))", "#(233 \"x\")");
    gives("(match \"ab\" ((bin (_ 8) (x 8)) x))", "98");
    gives("(match \"abc\" ((bin (_ 8) (x 8)) x) (_ :longer))", ":longer");
    gives("(match (bin (1 8) (1 8)) ((bin (x 8) (x 8)) :same))", ":same");
    gives("(match (bin (2 8) (7 16)) ((bin (n 8) (v (* n 8))) v))", "7");
    gives("(match \"ab\" ((bin (n 8) (v (* n :x))) v) (_ :no))", ":no");
    gives("(match \"xyz\" ((bin (a :binary :unit 16)) 1) ((bin (a :binary)) 2))", "2");
    gives("(define (hdr b) (match b ((bin (1 8) (n 16) (r :binary)) #(:one n r)) ((bin (2 8) (n 8) (r :binary)) #(:two n r)) ((bin (k 8) (r :bits)) #(k r))))"
          " [(hdr (bin 1 0 5 9)) (hdr (bin 2 5 9)) (hdr (bin 1 7)) (hdr (bin 3))]", "[#(:one 5 \"\\t\") #(:two 5 \"\\t\") #(1 \"\\x07\") #(3 \"\")]");
}

static void test_control(void)
{
    gives("(try (error :boom) (catch (:error r _) r))", ":boom");
    gives("(try (throw 1) (catch (:error r _) r) (catch (c r _) #(c r)))", "#(:throw 1)");
    gives("(try (throw 1) (catch (:error r _) r))", ":throw 1");
    gives("(try (+ 1 2) (of (3 :three)) (catch (_ _ _) :caught))", ":three");
    gives("(try (+ 1 2) (of (4 :four)) (catch (_ _ _) :caught))", ":error #(:try_clause 3)");
    gives("(try (+ 1 2) (of (x (error x))) (catch (_ r _) #(:caught r)))", ":error 3");
    gives("(try (error :x) (catch (:error :x s) (erlang:is_list s)))", "true");
    gives("(try (let ((#(a b) 5)) a) (catch (:error r _) r))", "#(:badmatch 5)");
    gives("(try (match 5 (6 7)) (catch (:error r _) r))", "#(:case_clause 5)");
    gives("(do (try 1 (after (send (self) :after))) (receive (m m)))", ":after");
    gives("(try (try (error :x) (after (send (self) :ran))) (catch (c r _) #(c r (receive (m m)))))", "#(:error :x :ran)");
    gives("(try (try (error :x) (catch (:error :x _) (error :y)) (after (send (self) :ran))) (catch (c r _) #(c r (receive (m m)))))", "#(:error :y :ran)");
    gives("(try 5 (of (x (+ x 1))) (after :ignored))", "6");
    gives("(+ 1 (try (error :a) (catch (_ _ _) 2)) (try 3 (after 4)))", "6");
    gives("(if (try true (catch (_ _ _) false)) 1 2)", "1");
    gives("(if (try (error :a) (catch (_ _ _) false) (after 1)) 1 2)", "2");
    gives("(letrec ((f (fn (n) (if (= n 0) :done (try (f (- n 1)) (catch (_ _ _) :never)))))) (f 1000))", ":done");
    gives("(receive (x x) (after 10 :timeout))", ":timeout");
    gives("(receive (after 0 :now))", ":now");
    gives("(receive (x x) (after :never 1))", ":error :timeout_value");
    gives("(do (send (self) 1) (send (self) #(:a 2)) (send (self) 3) [(receive (#(:a x) x)) (receive (x x)) (receive (x x))])", "[2 1 3]");
    gives("(let ((r (erlang:make_ref)) (me (self))) (do (send me :noise) (send me #(r 5)) (receive (#(^r x) x) (after 50 :lost))))", "5");
    gives("(do (send (self) 4) (receive (x :when (> x 5) :big) (x :when (= x 4) :four)))", ":four");
    gives("(do (send (self) [1 2 3]) (receive ([a & b] (+ a (erlang:length b)))))", "3");
}

static void test_modules(void)
{
    gives("(module cm {:export [#(:start 1) #(:loop 2)]} (fun start 1 ((n) (%local loop n 0)))"
          " (fun loop 2 ((0 a) a) ((n a) :when (remote :erlang :> n 0) (%local loop (remote :erlang :- n 1) (remote :erlang :+ a n)))))"
          " [(cm:start 10) (cm:loop 2 0)]", "[55 3]");
    gives("(cm:loop -1 2)", ":error :function_clause");
    gives("(module cn {:export [#(f 0)]} (fun f 0 (() ((%local-fn g 1) 4))) (fun g 1 ((x) (h x))) (fun h 1 ((x) [x])))"
          " [(cn:f) (try (cn:g 1) (catch (_ r _) r))]", "[[4] :undef]");
    gives("(do (module co (fun id 1 ((X) X))) (co:id 3))", "3");
    gives("(module cp {:export [#(mk 1)]} (fun mk 1 ((x) (fn (y) [x y (%local add x y)]))) (fun add 2 ((a b) (+ a b)))) ((cp:mk 1) 2)", "[1 2 3]");
    CHECK(compile("(define x 5) (define (get-x) x)", "shop/cart", RUN));
    gives("[shop/cart/x (shop/cart/get-x)]", "[5 5]");
}

/* ---- code ---- */

static void test_code(void)
{
    LISTS("(fn (n) (if (< n 2) n (+ n 1)))", "IFLTI      r0 2", "RETURN     r0", "ADDI", "!LOADI");
    LISTS("(define (c-fib n) (if (< n 2) n (+ (c-fib (- n 1)) (c-fib (- n 2)))))", "c-fib/1", "IFLTI", "!CLEAR");
    LISTS("(fn (a b) (if (if (< a b) (not (= a 1)) false) 1 2))", "IFLT       r0 r1", "IFEQI", "!true");
    LISTS("(fn (xs) (match xs ([] 0) ([_ & t] (erlang:length t))))", "IFEQK      r0 []", "IFUNCONS", "SIZE");
    LISTS("(fn (x) (match x (1 :a) (2 :b) (3 :c) (4 :d)))", "JTABLE     r0", "!IFEQ", "ERROR");
    LISTS("(fn (x) (match x (:a 1) (:b 2) (:c 3) (:d 4)))", "SWITCH     r0", "!IFEQ");
    LISTS("(fn (x) (match x (#(:ok y) y) (#(:error z) #(:e z))))", "IFTUPLE    r0 2", "ELEMENT", "IFEQK", "IFEQK", "!IFTUPLE");
    LISTS("(fn (b) (match b ((bin 32 (t :binary)) t) ((bin (c 8) (t :binary)) #(c t))))", "IFBINARY", "IFBYTE", "IFEQI", "REST", "!IFBYTE");
    LISTS("(fn (b) (match b ((bin 32 _) :a) ((bin 33 _) :b) ((bin c _) :when (> c 64) :c) ((bin) :d)))", "BYTESWITCH", " 32 ->", "no byte", "no binary");
    LISTS("(fn (a b) (match #(a b) (#(1 x) x) (#(_ y) :when (= y 3) 4)))", "IFEQI      r0 1", "RETURN     r1", "TUPLE", "ERROR");
    LISTS("(fn (x) (erlang:=:= (erlang:is_atom x) true))", "IFTYPE     r0 0", "!IFEQ");
    LISTS("(letrec ((f (fn (n a) (if (= n 0) a (f (- n 1) (+ a n)))))) (f 10 0))", "TCALLF", "!CLOSURE");
    LISTS("(let ((k (self))) (letrec ((f (fn (n) (if (= n 0) k (f (- n 1)))))) (f 10)))", "CLOSURE", "TCALLS", "!CLOSURE");
    LISTS("#(1 [2 {:a \"x\"}])", "LOADK", "!TUPLE");
    LISTS("(fn (a b c) #(a b c))", "TUPLE      r3= r0 3", "!MOVE");
    LISTS("(fn (x) (try (c-fib x) (catch (_ _ _) 1)))", "fn", "!CLEAR", "!JUMP", "handler");
    LISTS("(fn (x) (match x (y :when (> (erlang:hd y) 1) 1) (_ 2)))", "handler", "guard");
    LISTS("(fn (r) (receive (#(^r x) x) (#(:down ^r y) y)))", "RECV_MARK  r0", "RECV_PEEK", "RECV_TAKE", "RECV_WAIT");
    CHECK(compile("(forward-name 1)", "", LIST) && n_warnings == 1);
}

/* ---- errors ---- */

static void test_errors(void)
{
    refused("(if 1 2)", "syntax", 1, 2, "(when test then)");
    refused("\n (let [x 1] x)", "syntax", 2, 3, "not in [ ]");
    refused("(let (x 1) x)", "syntax", 1, 7, "(let ((x 1)");
    refused("(let ((x 1)))", "syntax", 1, 2, "no body");
    refused("(let loop ((i 0)) i)", "syntax", 1, 2, "named let");
    refused("(fn [x] x)", "syntax", 1, 2, "not in [ ]");
    refused("(fn (x))", "syntax", 1, 2, "no body");
    refused("(fn (x y x) 1)", "syntax", 1, 10, "`x` is there twice");
    refused("(fn ((x :default 1) y) 1)", "syntax", 1, 21, "default too");
    refused("(fn (#(a b)) 1)", "syntax", 1, 6, "fn-match");
    refused("(fn-match ((a) 1) ((a b) 2))", "arity", 1, 21, "clause 2 has 2 patterns");
    refused("(match 1)", "syntax", 1, 2, "(match value");
    refused("(match 1 2 3)", "syntax", 1, 2, "in parentheses");
    refused("(match 1 (x))", "syntax", 1, 11, "no body");
    refused("(match 1 ((f x) 2))", "pattern", 1, 12, "(f ...) is no pattern");
    refused("(match 1 (^zz 2))", "pattern", 1, 11, "nothing of that name is bound");
    refused("(match 1 (x :when (d-two x) 2))", "guard", 1, 20, "`d-two` may not be called in a guard");
    refused("(match 1 (x :when (lists:sort x) 2))", "guard", 1, 20, "lists:sort/1");
    refused("(match 1 ((bin (x :binary) (y 8)) 2))", "pattern", 1, 12, "last segment");
    refused("(match 1 ({k v} 2))", "pattern", 1, 11, "no key");
    refused("(defn f (x) 1)", "syntax", 1, 2, "(define (name x) body ...)");
    refused("(lambda (x) 1)", "syntax", 1, 2, "(fn (x) body ...)");
    refused("(setq x 1)", "syntax", 1, 2, "values never change");
    refused("(do 1 (fn () (define x 1)))", "syntax", 1, 15, "top level only");
    refused("(define 5 1)", "syntax", 1, 2, "(define name value)");
    refused("(define (if x) 1)", "syntax", 1, 2, "core form");
    refused("(unquote x)", "syntax", 1, 2, "inside of a template");
    refused("^x", "syntax", 1, 1, "patterns only");
    refused("_", "syntax", 1, 1, "no value");
    refused("(do (:a {}))", "syntax", 1, 2, "(get m :a)");
    refused("(+ 1 lists:map)", "syntax", 1, 6, "(fun lists:map/1)");
    refused("(nth)", "arity", 1, 2, "(nth ");
    refused("(bin (1 8 :strange))", "syntax", 1, 2, ":signed");
    refused("(map-put {} :a)", "syntax", 1, 2, "no value");
    refused("(5 6)", "syntax", 0, 0, "no function");
    refused("(%local f 1)", "undefined", 1, 2, "undefined function f/1");
    refused("(module q {:export [#(f 1)]} (fun g 0 (() 1)))", "undefined", 1, 31, "f/1 is exported");
    refused("(module q (fun g 0 (() (%local h))))", "undefined", 1, 25, "undefined function h/0");
    refused("(module q (fun g 0 (() 1)) (fun g 0 (() 2)))", "syntax", 1, 29, "g/0 is there twice");
    refused("(try 1 2)", "syntax", 1, 2, "one expression");
    refused("(try 1 (catch e 2))", "syntax", 1, 9, "(catch (class reason stack)");
    refused("(receive (after 1))", "syntax", 1, 2, "milliseconds");
    refused("(letrec ((x 1)) x)", "syntax", 1, 11, "to functions");
}

/* ---- sizes ---- */

static void repeat(SxBuf *b, const char *text, int n)
{
    while (n-- > 0) sx_buf_add_str(b, text);
}

static void sized(const char *what, SxBuf *b, const char *expected)
{
    sx_buf_add_char(b, '\0');
    bool ok = compile(b->data, "", RUN);
    if (!ok) printf("%s: %s\n", what, error.message);
    CHECK(ok && strcmp(result.data, expected) == 0);
    if (ok && strcmp(result.data, expected) != 0) printf("%s gives %s\n", what, result.data);
    b->len = 0;
}

static void test_sizes(void)
{
    SxBuf b = SX_BUF_INIT;
    sx_buf_add_str(&b, "(define s-ints (fn-match ");
    for (int i = 0; i < 7000; i++) sx_buf_addf(&b, "((%d x) (+ x %d))\n", i * 7919 % 100003, i);
    sx_buf_add_str(&b, ")) (s-ints 7919 1)");
    sized("7,000 integers", &b, "2");
    sx_buf_add_str(&b, "(define s-texts (fn-match ");
    for (int i = 0; i < 7000; i++) sx_buf_addf(&b, "((\"text %d\" x) (+ x %d))\n", i, i);
    sx_buf_add_str(&b, ")) [(s-texts \"text 6999\" 1) (s-texts \"text 0\" 1)]");
    sized("7,000 texts", &b, "[7000 1]");
    sx_buf_add_str(&b, "(define s-guards (fn-match ");
    for (int i = 0; i < 7000; i++) sx_buf_addf(&b, "((x) :when (= x %d) %d)\n", i, i);
    sx_buf_add_str(&b, ")) (s-guards 6999)");
    sized("7,000 guards", &b, "6999");
    sx_buf_add_str(&b, "(define s-mixed (fn-match ");
    for (int i = 0; i < 3500; i++) sx_buf_addf(&b, "((%d :a) %d) ((_ %d) :b)\n", i, i, i);
    sx_buf_add_str(&b, ")) [(s-mixed 3499 :a) (s-mixed 7 3499)]");
    sized("rows that do not care", &b, "[3499 :b]");
    sx_buf_add_str(&b, "(erlang:length (do ");
    repeat(&b, "(self)\n", 10000);
    sx_buf_add_str(&b, "[1]))");
    sized("do", &b, "1");
    sx_buf_add_str(&b, "(let ((x (+ 1 1))) (erlang:length [");
    repeat(&b, "(+ x 1)\n", 10000);
    sx_buf_add_str(&b, "]))");
    sized("list", &b, "10000");
    sx_buf_add_str(&b, "(erlang:length [");
    repeat(&b, "1 \"a\" ", 50000);
    sx_buf_add_str(&b, "])");
    sized("constant list", &b, "100000");
    repeat(&b, "(let ((x (self))) ", 1990);
    sx_buf_add_str(&b, "(erlang:is_pid x)");
    repeat(&b, ")", 1990);
    sized("nested", &b, "true");
    repeat(&b, "(do 1 ", 2100);
    repeat(&b, ")", 2100);
    sx_buf_add_char(&b, '\0');
    refused(b.data, "limit", 1, 12002 - 6, "2000 deep");
    b.len = 0;
    sx_buf_add_char(&b, '\'');
    repeat(&b, "(", 9000);
    repeat(&b, ")", 9000);
    sx_buf_add_char(&b, '\0');
    CHECK(compile(b.data, "", RUN));
    b.len = 0;
    sx_buf_add_str(&b, "(define (s-list x) (match x ");
    for (int k = 0; k < 4; k++) {
        sx_buf_add_str(&b, "([");
        for (int i = 0; i < 2000; i++) sx_buf_addf(&b, i % 3 ? "a%d " : "%d ", i % 3 ? i : i + (i == 1998 ? k : 0));
        sx_buf_addf(&b, "] %d)\n", k);
    }
    sx_buf_add_str(&b, "(_ :none))) (s-list ");
    sx_buf_add_str(&b, "'(");
    for (int i = 0; i < 2000; i++) sx_buf_addf(&b, "%d ", i == 1998 ? 2000 : i);
    sx_buf_add_str(&b, "))");
    sized("long list patterns", &b, "2");
    sx_buf_add_str(&b, "(fn (");
    for (int i = 0; i < 256; i++) sx_buf_addf(&b, "a%d ", i);
    sx_buf_add_str(&b, ") 1)");
    sx_buf_add_char(&b, '\0');
    CHECK(!compile(b.data, "", LIST) && error.kind == sx_atom("limit"));
    sx_buf_deinit(&b);
}

int main(void)
{
    SxLimits limits = {.max_atoms = 1 << 20, .max_processes = 1 << 16, .max_heap_words = (size_t)1 << 26, .max_shared_words = (size_t)1 << 28};
    sx_runtime_init(&rt, &limits);
    uint32_t n;
    const SxPrim *const *prims = sx_prims_all(&n);
    CHECK(sx_code_add_prims(&rt.code, prims, n));
    rt.on_exit = keep_result;
    test_basics();
    test_tests();
    test_functions();
    test_matching();
    test_bits();
    test_control();
    test_modules();
    test_code();
    test_errors();
    test_sizes();
    return unit_end();
}
