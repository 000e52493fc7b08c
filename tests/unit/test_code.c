/* test_code.c - the store: cells, exports, modules, natives, where code belongs, giving back; the verifier; the listing. */
#include "code_fixture.h"
#include "unit.h"
#include "value/bits.h"

static SxCode code;

static const uint64_t identity[] = {I(RETURN, 0, 0, 0)};

static bool text_is(sx_val binary, const char *text)
{
    size_t n;
    const unsigned char *bytes = sx_binary_bytes(binary, &n);
    return n == strlen(text) && memcmp(bytes, text, n) == 0;
}

static void test_natives(void)
{
    CHECK(sx_code_add_prims(&code, fixture_prims, FIXTURE_PRIMS));
    SxCell *slice = sx_cell_find(&code, sx_atom("sx/slice"));
    CHECK(slice && slice->fn && sx_is_closure(slice->value) && slice->flags & SX_CELL_LIBRARY);
    const SxFn *fn = slice->fn;
    CHECK(fn->min_args == 2 && fn->max_args == 3 && fn->flags == SX_FN_NATIVE && fn->prim == 0 && fn->frame == 3);
    CHECK(text_is(fn->usage, "(slice xs start &opt end)") && text_is(fn->doc, "Part of `xs`.") && slice->doc == fn->doc);
    CHECK(SX_INSTR_OP(fn->code[0]) == SX_OP_PRIM && fn->code[1] == 0 && SX_INSTR_OP(fn->code[2]) == SX_OP_RETURN);
    CHECK(sx_code_prim_fn(&code, 0) == fn);
    CHECK(sx_code_fn_at(&code, fn->code + 1) == fn);
    SxExport *length = sx_export_find(&code, SX_A(erlang), sx_atom("length"), 1);
    CHECK(length && length->fn && length->fn->flags == (SX_FN_NATIVE | SX_FN_MODULE | SX_FN_GUARD));
    CHECK(!sx_export_find(&code, SX_A(erlang), sx_atom("length"), 2));
    CHECK(sx_export_closure(&code, length) == length->fn->closure);
    SxExport *r1 = sx_export_find(&code, SX_A(lists), sx_atom("reverse"), 1), *r2 = sx_export_find(&code, SX_A(lists), sx_atom("reverse"), 2);
    CHECK(r1 && r2 && r1->fn == r2->fn && r1->fn->min_args == 1 && r1->fn->max_args == 2);
    CHECK(sx_export_find(&code, SX_A(erlang), sx_atom("=:="), 2) != NULL);
    const SxFn *str = sx_cell_find(&code, sx_atom("sx/str"))->fn;
    CHECK(str->flags & SX_FN_REST && str->min_args == 0 && str->max_args == 0 && str->frame == 1);
    CHECK(text_is(str->doc, fixture_str_prim.doc));
    CHECK(sx_cell_find(&code, sx_atom("sx/self"))->fn->frame == 1);
}

static void test_cells(void)
{
    CHECK(sx_full_name(SX_A(empty), sx_atom("x")) == sx_atom("x"));
    CHECK(sx_full_name(sx_atom("a/b"), sx_atom("x")) == sx_atom("a/b/x"));
    CHECK(!sx_cell_find(&code, sx_atom("pi")));
    SxCell *pi = sx_cell(&code, sx_atom("pi"));
    CHECK(pi && pi->value == SX_NONE && sx_cell(&code, sx_atom("pi")) == pi && sx_cell_find(&code, sx_atom("pi")) == pi);
    SxHeap h;
    sx_heap_init(&h, 16, 64, (size_t)1 << 30);
    CHECK(sx_cell_define(&code, pi, sx_tuple(&h, 2, SX_A(ok), sx_float(&h, 3.5)), SX_NIL));
    sx_heap_deinit(&h);
    CHECK(sx_is_shared(pi->value) && sx_is_tuple(pi->value) && sx_float_value(sx_tuple_elements(pi->value)[1]) == 3.5 && !pi->fn);
    CHECK(sx_cell_define(&code, pi, sx_cell_find(&code, sx_atom("sx/self"))->value, SX_NIL) && pi->fn == sx_code_prim_fn(&code, 5));
    /* many, so that the table grows; all stay where they are */
    SxCell *first = NULL;
    char name[20];
    for (int i = 0; i < 5000; i++) {
        snprintf(name, sizeof name, "many/%d", i);
        SxCell *cell = sx_cell(&code, sx_atom(name));
        if (i == 0) first = cell;
        sx_cell_define(&code, cell, sx_small(i), SX_NIL);
    }
    bool all = true;
    for (int i = 0; i < 5000; i++) {
        snprintf(name, sizeof name, "many/%d", i);
        SxCell *cell = sx_cell_find(&code, sx_atom(name));
        all = all && cell && cell->value == sx_small(i);
    }
    CHECK(all && sx_cell_find(&code, sx_atom("many/0")) == first);
    size_t n = 0;
    uint64_t at = 0;
    while (sx_table_next(&code.cells, &at)) n++;
    CHECK_EQ(n, code.cells.n);
}

static void test_units(void)
{
    static const uint64_t second[] = {I(ADDI, 1, 0, 1), I(MOVE, 2, 1, 0), I(RETURN, 2, 0, 0)};
    FixtureFn fns[] = {{"one", 1, 1, 0, identity, SX_COUNT(identity)}, {"two", 1, 3, 0, second, SX_COUNT(second)}};
    SxUnit *u = fixture_unit(&code, "", "shop.sx", fns, 2);
    CHECK(sx_code_add_unit(&code, u));
    SxWhere at;
    CHECK(sx_code_where(&code, u->code, &at) && at.fn == &u->fns[0] && at.line == 10 && at.column == 1 && at.file == sx_atom("shop.sx"));
    CHECK(sx_code_where(&code, u->code + 1, &at) && at.fn == &u->fns[1] && at.line == 20 && at.column == 1);
    CHECK(sx_code_where(&code, u->code + 3, &at) && at.fn == &u->fns[1] && at.line == 20 && at.column == 5);
    CHECK(!sx_code_where(&code, u->code + 4, &at) && !sx_code_where(&code, u->code - 1, &at) && !sx_code_fn_at(&code, NULL));
    CHECK(sx_code_where(&code, sx_code_prim_fn(&code, 2)->code, &at) && at.line == 0 && at.file == SX_NIL);
    for (int i = 0; i < 1500; i++) {
        SxUnit *more = fixture_unit(&code, "", "x.sx", fns, 1);
        CHECK(sx_code_add_unit(&code, more) && sx_code_fn_at(&code, more->code) == &more->fns[0]);
    }
    CHECK(sx_code_fn_at(&code, u->code + 1) == &u->fns[1]);
}

static void test_drop(void)
{
    FixtureFn fn = {"gone", 0, 1, 0, identity, SX_COUNT(identity)};
    sx_val *before = code.shared.top;
    uint64_t n_units = code.n_units;
    SxUnit *u = fixture_unit(&code, "", "eval", &fn, 1);
    const uint64_t *pc = u->code;
    sx_code_add_unit(&code, u);
    sx_code_drop_unit(&code, u);
    CHECK(code.shared.top == before && code.n_units == n_units && !sx_code_fn_at(&code, pc));
    /* its function's closure goes with it; that of another unit stays */
    u = fixture_unit(&code, "", "eval", &fn, 1);
    sx_code_add_unit(&code, u);
    sx_fn_closure(&code, u->fns);
    sx_code_drop_unit(&code, u);
    CHECK(code.shared.top == before);
    /* what was made since and stays is not given back */
    u = fixture_unit(&code, "", "eval", &fn, 1);
    sx_code_add_unit(&code, u);
    SxCell *cell = sx_cell(&code, sx_atom("made/meanwhile"));
    sx_val *top = code.shared.top;
    sx_code_drop_unit(&code, u);
    CHECK(code.shared.top == top && sx_cell_find(&code, sx_atom("made/meanwhile")) == cell && cell->name == sx_atom("made/meanwhile"));
    /* not the newest: stays */
    u = fixture_unit(&code, "", "eval", &fn, 1);
    sx_code_add_unit(&code, u);
    SxUnit *newer = fixture_unit(&code, "", "eval", &fn, 1);
    sx_code_add_unit(&code, newer);
    sx_code_drop_unit(&code, u);
    CHECK(sx_code_fn_at(&code, u->code) == u->fns);
    sx_code_drop_unit(&code, newer);
    sx_code_drop_unit(&code, u);
    CHECK(code.shared.top == top);
}

static void test_modules(void)
{
    sx_val name = sx_atom("shop");
    FixtureFn v1[] = {{"area", 1, 1, SX_FN_EXPORTED, identity, 1}, {"old", 0, 1, SX_FN_EXPORTED, identity, 1}, {"inner", 0, 1, 0, identity, 1}};
    FixtureFn v2[] = {{"area", 1, 1, SX_FN_EXPORTED, identity, 1}, {"new", 0, 1, SX_FN_EXPORTED, identity, 1}};
    SxExport *area = sx_export(&code, name, sx_atom("area"), 1);
    CHECK(!area->fn && !sx_module_find(&code, name));
    SxUnit *first = fixture_unit(&code, "shop", "shop.erl", v1, 3);
    CHECK(sx_code_add_unit(&code, first));
    SxModule *m = sx_module_install(&code, name, first, SX_NIL);
    CHECK(m && m == sx_module_find(&code, name) && m->version == 1 && m->unit == first && area->fn == &first->fns[0]);
    CHECK(sx_export_find(&code, name, sx_atom("old"), 0)->fn == &first->fns[1] && !sx_export_find(&code, name, sx_atom("inner"), 0));
    SxUnit *second = fixture_unit(&code, "shop", "shop.erl", v2, 2);
    CHECK(sx_code_add_unit(&code, second) && sx_module_install(&code, name, second, SX_NIL) == m && m->version == 2);
    CHECK(area->fn == &second->fns[0] && !sx_export_find(&code, name, sx_atom("old"), 0)->fn && sx_export_find(&code, name, sx_atom("new"), 0)->fn);
    CHECK(sx_code_fn_at(&code, first->code) == first->fns); /* the old version still runs */
    /* natives win */
    FixtureFn stub[] = {{"length", 1, 1, SX_FN_EXPORTED, identity, 1}, {"extra", 1, 1, SX_FN_EXPORTED, identity, 1}};
    SxUnit *erlang = fixture_unit(&code, "erlang", "erlang.erl", stub, 2);
    CHECK(sx_code_add_unit(&code, erlang) && sx_module_install(&code, SX_A(erlang), erlang, SX_NIL));
    CHECK(sx_export_find(&code, SX_A(erlang), sx_atom("length"), 1)->fn == sx_code_prim_fn(&code, 1));
    CHECK(sx_export_find(&code, SX_A(erlang), sx_atom("extra"), 1)->fn == &erlang->fns[1]);
}

static void test_closures(void)
{
    SxExport *area = sx_export(&code, sx_atom("shop"), sx_atom("area"), 1);
    sx_val f = sx_export_closure(&code, area);
    CHECK(sx_is_closure(f) && sx_is_shared(f) && sx_export_closure(&code, area) == f);
    const SxFn *stub = (const SxFn *)(uintptr_t)sx_ptr(f)[1];
    CHECK(stub->flags & SX_FN_REMOTE && stub->min_args == 1 && stub->max_args == 1 && sx_code_fn_at(&code, stub->code) == stub);
    SxBuf why = SX_BUF_INIT;
    CHECK(sx_code_verify(&code, stub->unit, &why));
    sx_buf_deinit(&why);
    SxFn *fn = area->fn;
    sx_val own = sx_fn_closure(&code, fn);
    CHECK(sx_is_closure(own) && own == sx_fn_closure(&code, fn) && sx_ptr(own)[1] == W(fn));
}

/* ---- the verifier ---- */

static bool verify(unsigned n_args, unsigned frame, const uint64_t *words, size_t n, const char *part)
{
    FixtureFn fn = {"f", n_args, frame, 0, words, n};
    SxUnit *u = fixture_unit(&code, "", "v.sx", &fn, 1);
    SxBuf why = SX_BUF_INIT;
    bool ok = sx_code_verify(&code, u, &why);
    sx_buf_add_char(&why, '\0');
    bool as_expected = part ? !ok && strstr(why.data, part) : ok;
    if (!as_expected) printf("  verify: %s\n", why.data);
    sx_buf_deinit(&why);
    return as_expected;
}
#define GOOD(n_args, frame, ...) CHECK(verify(n_args, frame, (const uint64_t[]){__VA_ARGS__}, SX_COUNT(((const uint64_t[]){__VA_ARGS__})), NULL))
#define BAD(part, n_args, frame, ...) CHECK(verify(n_args, frame, (const uint64_t[]){__VA_ARGS__}, SX_COUNT(((const uint64_t[]){__VA_ARGS__})), part))

static void test_verify_formats(void)
{
    SxCell *cell = sx_cell(&code, sx_atom("pi"));
    SxExport *e = sx_export_find(&code, SX_A(erlang), sx_atom("length"), 1);
    const SxFn *native = sx_code_prim_fn(&code, 0);
    GOOD(1, 1, I(RETURN, 0, 0, 0));
    GOOD(1, 3, I(CALLG, 1, 0, 0), W(cell), I(MOVE, 2, 0, 0), I(TCALLE, 1, 1, 0), W(e));
    GOOD(2, 3, I(LOADK, 2, 0, 0), SX_NONE, I(PRIM, 0, 0, 3), 0, I(RETURN, 0, 0, 0));
    GOOD(1, 2, I(IFEQK, 0, 0, 0), SX_A(ok), 4, I(RETURN, 0, 0, 0), I(LOADI, 1, 7, 0), I(RETURN, 1, 0, 0));
    GOOD(1, 1, I(SWITCH, 0, 0, 0), 2, 7, SX_A(ok), 7, SX_A(error), 7, I(RETURN, 0, 0, 0));
    GOOD(1, 1, I(JTABLE, 0, 0, 0), 2, 6, 0, 6, 6, I(RETURN, 0, 0, 0));
    GOOD(2, 2, I(IFGET, 0, 0, 1), SX_SPEC(0, 1, 0, 16), 3, I(RETURN, 0, 0, 0));
    GOOD(0, 1, I(TUPLE, 0, 0, 0), I(RETURN, 0, 0, 0));
    BAD("outside of the frame", 1, 1, I(MOVE, 1, 0, 0), I(RETURN, 0, 0, 0));
    BAD("outside of the frame", 1, 2, I(CALLE, 1, 1, 0), W(e), I(RETURN, 1, 0, 0));
    BAD("no opcode", 1, 1, 0xffff);
    BAD("the instruction goes on", 1, 1, I(MOVE, 0, 0, 0));
    BAD("passes the function's end", 1, 1, I(LOADK, 0, 0, 0));
    BAD("passes the function's end", 1, 1, I(SWITCH, 0, 0, 0), 1000, 0);
    BAD("no instruction", 1, 1, I(JUMP, 0, 0, 0), 1, I(RETURN, 0, 0, 0));
    BAD("no instruction", 1, 1, I(JUMP, 0, 0, 0), (uint64_t)-1, I(RETURN, 0, 0, 0));
    BAD("no constant", 1, 1, I(LOADK, 0, 0, 0), W(&code) | SX_TAG_BOXED, I(RETURN, 0, 0, 0));
    BAD("no constant", 1, 1, I(LOADK, 0, 0, 0), SX_HEADER(SX_KIND_TUPLE, 1), I(RETURN, 0, 0, 0));
    BAD("no global", 1, 1, I(GETG, 0, 0, 0), W(e), I(RETURN, 0, 0, 0));
    BAD("no export", 1, 1, I(MAKEFUN, 0, 0, 0), W(cell), I(RETURN, 0, 0, 0));
    BAD("no function", 0, 1, I(CALLF, 0, 0, 0), W(native) + 8, I(RETURN, 0, 0, 0));
    BAD("no primitive", 1, 1, I(PRIM, 0, 0, 1), 99, I(RETURN, 0, 0, 0));
    BAD("gets 1 arguments", 1, 1, I(PRIM, 0, 0, 1), 0, I(RETURN, 0, 0, 0));
    BAD("rising order", 1, 1, I(SWITCH, 0, 0, 0), 2, 7, SX_A(error), 7, SX_A(ok), 7, I(RETURN, 0, 0, 0));
    BAD("no type test", 1, 1, I(IFTYPE, 0, 77, 0), 2, I(RETURN, 0, 0, 0));
    BAD("belongs to the machine", 1, 1, I(END, 0, 0, 0), I(RETURN, 0, 0, 0));
    BAD("no RECV_PEEK", 0, 1, I(RECV_WAIT, 0, 0, 0), 2, I(LOADI, 0, 0, 0), I(RETURN, 0, 0, 0));
}

static void test_verify_flow(void)
{
    SxExport *e = sx_export_find(&code, SX_A(erlang), sx_atom("length"), 1);
    BAD("register 1 is read", 1, 2, I(MOVE, 0, 1, 0), I(RETURN, 0, 0, 0));
    /* written on one way only */
    BAD("register 1 is read", 1, 2, I(IFTRUE, 0, 0, 0), 3, I(LOADI, 1, 1, 0), I(RETURN, 1, 0, 0));
    GOOD(1, 2, I(IFTRUE, 0, 0, 0), 5, I(LOADI, 1, 1, 0), I(JUMP, 0, 0, 0), 3, I(MOVE, 1, 0, 0), I(RETURN, 1, 0, 0));
    /* a test that fails has written nothing */
    BAD("register 1 is read", 1, 3, I(IFUNCONS, 1, 2, 0), 3, I(RETURN, 1, 0, 0), I(RETURN, 1, 0, 0));
    /* a hole below a call's base */
    BAD("register 1 lies below", 1, 4, I(MOVE, 3, 0, 0), I(CALLE, 2, 1, 0), W(e), I(RETURN, 2, 0, 0));
    /* what stood above the base is gone after the call */
    BAD("register 2 is read", 1, 3, I(MOVE, 2, 0, 0), I(CALLE, 1, 1, 0), W(e), I(RETURN, 2, 0, 0));
    /* a loop: the second way round finds what the first has lost */
    BAD("register 2 is read", 1, 4, I(LOADI, 1, 0, 0), I(LOADI, 2, 0, 0), I(MOVE, 3, 2, 0), I(MOVE, 2, 0, 0), I(CALLE, 1, 1, 0), W(e), I(IFTRUE, 1, 0, 0), 2,
        I(JUMP, 0, 0, 0), (uint64_t)-6);
    GOOD(1, 2, I(RECV_PEEK, 1, 0, 0), 4, I(RECV_TAKE, 0, 0, 0), I(RETURN, 1, 0, 0), I(RECV_WAIT, 0, 0, 0), (uint64_t)-4, I(RETURN, 0, 0, 0));
}

static void test_verify_handlers(void)
{
    SxExport *e = sx_export_find(&code, SX_A(erlang), sx_atom("length"), 1);
    const uint64_t words[] = {I(MOVE, 2, 0, 0), I(CALLE, 1, 1, 0), W(e), I(RETURN, 1, 0, 0), I(RETURN, 2, 0, 0)};
    FixtureFn fn = {"f", 1, 4, 0, words, SX_COUNT(words)};
    SxUnit *u = fixture_unit(&code, "", "v.sx", &fn, 1);
    u->fns[0].handlers = (SxHandler *)sx_shared_alloc(&code.shared, sizeof(SxHandler) / 8);
    u->fns[0].n_handlers = 1;
    SxHandler *h = u->fns[0].handlers;
    SxBuf why = SX_BUF_INIT;
    *h = (SxHandler){.start = 0, .end = 3, .target = 4, .base = 1};
    CHECK(sx_code_verify(&code, u, &why));
    h->base = 2;
    CHECK(!sx_code_verify(&code, u, &why));
    *h = (SxHandler){.start = 0, .end = 3, .target = 2, .base = 1};
    CHECK(!sx_code_verify(&code, u, &why));
    *h = (SxHandler){.start = 0, .end = 3, .target = 4, .base = 1, .is_guard = 1};
    CHECK(!sx_code_verify(&code, u, &why)); /* r2 is not written at the target */
    sx_buf_deinit(&why);
}

static void test_listing(void)
{
    SxExport *e = sx_export_find(&code, SX_A(erlang), sx_atom("length"), 1);
    const uint64_t words[] = {I(IFEQK, 0, 0, 0), SX_A(ok), 6, I(MOVE, 2, 0, 0), I(CALLE, 1, 1, 0), W(e), I(RETURN, 0, 0, 0)};
    FixtureFn fn = {"area", 1, 3, 0, words, SX_COUNT(words)};
    SxUnit *u = fixture_unit(&code, "shop", "shop.sx", &fn, 1);
    sx_code_add_unit(&code, u);
    SxBuf b = SX_BUF_INIT;
    sx_code_disassemble(&code, u->fns, &b);
    sx_buf_add_char(&b, '\0');
    CHECK(strcmp(b.data, "shop/area/1  frame 3, 7 words\n"
                         "  ; shop.sx:10:1\n"
                         "     0  IFEQK      r0 :ok -> 6\n"
                         "  ; shop.sx:10:5\n"
                         "     3  MOVE       r2= r0\n"
                         "     4  CALLE      r1= 1 erlang:length/1\n"
                         "     6  RETURN     r0\n") == 0);
    sx_buf_deinit(&b);
    CHECK_EQ(sx_op_length(words), 3);
    const uint64_t table[] = {I(SWITCH, 0, 0, 0), 2, 7};
    CHECK_EQ(sx_op_length(table), 7);
}

int main(void)
{
    sx_atoms_init(SX_ATOM_LIMIT);
    sx_code_init(&code);
    test_natives();
    test_cells();
    test_units();
    test_drop();
    test_modules();
    test_closures();
    test_verify_formats();
    test_verify_flow();
    test_verify_handlers();
    test_listing();
    sx_atoms_deinit();
    return unit_end();
}
